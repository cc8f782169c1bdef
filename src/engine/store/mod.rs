//! The one writer of the state: takes updates, keeps the tables, publishes snapshots.
//!
//! Runs as one task. At most every 33 ms it recomputes what is derived from the tables that changed, swaps the new
//! snapshot in and then wakes the window, once. An answer equal to the one before moves only its age: that is swapped
//! in without waking anyone, so a frame painted for an age on screen finds the true one.

mod apply;
mod derive;
mod state;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::engine::clock::Clock;
use crate::engine::update::{Message, Update, UpdateSender};
use crate::engine::waker::Waker;
use crate::model::account::Account;
use crate::model::snapshot::Snapshot;
use state::State;

/// The shortest time between two publications: a frame at 30 a second.
const PUBLISH_EVERY: Duration = Duration::from_millis(33);

/// Ages that moved without anything else changing are swapped in this often.
const PUBLISH_AGES_EVERY: Duration = Duration::from_secs(1);

/// How many messages may wait. Sources wait when the store is behind.
const QUEUE: usize = 1_024;

/// The way to read what the store last published: lock-free, from any thread.
#[derive(Clone)]
pub struct Published(Arc<ArcSwap<Snapshot>>);

impl Published {
    pub fn load(&self) -> Arc<Snapshot> {
        self.0.load_full()
    }

    /// A published state that nothing writes to: for tests and pictures of the window.
    pub fn fixed(snapshot: Snapshot) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(snapshot)))
    }
}

pub struct Store {
    state: State,
    published: Published,
    waker: Waker,
    clock: Clock,
    incoming: mpsc::Receiver<Message>,
}

impl Store {
    /// A store with the way to it and the way to what it publishes. [`crate::engine::Engine`] runs it as a task; driven
    /// by hand it tells what a change costs.
    pub fn new(waker: Waker, clock: Clock) -> (Self, UpdateSender, Published) {
        let (sender, incoming) = mpsc::channel(QUEUE);
        let published = Published(Arc::new(ArcSwap::from_pointee(Snapshot::default())));
        let store = Self {
            state: State::default(),
            published: published.clone(),
            waker,
            clock,
            incoming,
        };
        (store, UpdateSender(sender), published)
    }

    /// Takes an account in, as the engine does when a person signs in.
    pub fn put_account(&mut self, account: Account, generation: u64) {
        let account = Box::new(account);
        self.state.apply(Message::PutAccount {
            account,
            generation,
        });
    }

    /// Takes one finding in. Nothing is published.
    pub fn apply(&mut self, update: Update) {
        self.state.apply(Message::Update(Box::new(update)));
    }

    /// Runs until every sender is gone.
    pub(crate) async fn run(mut self) {
        let mut last = Instant::now();
        loop {
            let due = if self.state.is_dirty() {
                Some(last + PUBLISH_EVERY)
            } else if self.state.ages_moved() {
                Some(last + PUBLISH_AGES_EVERY)
            } else {
                None
            };
            let message = tokio::select! {
                message = self.incoming.recv() => message,
                () = sleep_until(due) => {
                    self.publish();
                    last = Instant::now();
                    continue;
                }
            };
            match message {
                None => return,
                Some(Message::Flush(done)) => {
                    self.publish();
                    last = Instant::now();
                    // Whoever asked may have given up waiting.
                    done.send(()).ok();
                }
                Some(message) => self.state.apply(message),
            }
        }
    }

    /// Publishes what changed, then wakes; ages alone are published without waking anyone.
    pub fn publish(&mut self) {
        let changed = self.state.is_dirty();
        if !changed && !self.state.ages_moved() {
            return;
        }
        let snapshot = self.state.snapshot(self.clock.now());
        self.published.0.store(Arc::new(snapshot));
        if changed {
            self.waker.wake();
        }
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
