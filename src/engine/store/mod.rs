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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::update::{Change, PipelineListed, PipelinePart};
    use crate::model::ids::{PipelineKey, Scope};
    use crate::model::pipeline::{Definition, ExecutionMode};
    use crate::model::remote::Remote;
    use crate::model::time::Timestamp;

    fn scope() -> Scope {
        Scope {
            account: "a".into(),
            region: "r".into(),
        }
    }

    fn update(change: Change) -> Update {
        Update {
            scope: scope(),
            generation: 1,
            at: Timestamp::from_millis(1),
            change,
        }
    }

    fn earlier_after(versions: &[u32]) -> Vec<u32> {
        let (mut store, _updates, published) = Store::new(Waker::none(), Clock::Wall);
        let account = Account {
            name: "a".into(),
            regions: vec!["r".into()],
            source: String::new(),
            secret_place: String::new(),
            read_only: true,
            production: false,
            simulated: false,
            endpoint: None,
            identity: Remote::default(),
        };
        store.put_account(account, 1);
        let listed = PipelineListed {
            name: "pier".into(),
            version: 1,
            updated: None,
        };
        store.apply(update(Change::Pipelines(Ok(vec![listed]))));
        for version in versions {
            let definition = Definition::new(*version, ExecutionMode::Superseded, Vec::new());
            let part = PipelinePart::Definition(Ok(definition));
            store.apply(update(Change::Pipeline("pier".into(), part)));
        }
        store.publish();
        let key = PipelineKey {
            scope: scope(),
            name: "pier".into(),
        };
        let snapshot = published.load();
        let row = snapshot.pipelines.get(&key).unwrap();
        row.earlier.iter().map(|one| one.version).collect()
    }

    #[test]
    fn structures_that_were_replaced_are_kept_newest_first_and_at_most_ten() {
        assert_eq!(earlier_after(&[3, 3, 4, 7]), [4, 3]);
        let many: Vec<u32> = (1..=20).collect();
        assert_eq!(
            earlier_after(&many),
            [19, 18, 17, 16, 15, 14, 13, 12, 11, 10]
        );
        assert!(
            earlier_after(&[3, 4, 1]).is_empty(),
            "made anew under the same name"
        );
    }
}
