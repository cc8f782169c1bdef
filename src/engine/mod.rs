//! The runtime: reads in the background, keeps the one store, and wakes the window when something changed.
//!
//! [`Engine`] is the handle: the window and the commands hold one. Behind it run the store's task and the scheduler's,
//! on the tokio runtime they were started in; both end when the last handle is dropped.

pub mod archive;
pub mod claims;
pub mod clock;
mod commands;
pub mod limiter;
mod live;
pub mod pace;
mod recent;
mod schedule;
mod scheduler;
pub mod search_tail;
pub mod source;
pub mod store;
pub mod tail;
mod tails;
pub mod update;
pub mod waker;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

pub use scheduler::AccountChange;

use crate::engine::archive::Archive;
use crate::engine::claims::Claims;
use crate::engine::clock::Clock;
use crate::engine::commands::{Commands, Means};
use crate::engine::limiter::Limiter;
use crate::engine::live::Live;
use crate::engine::scheduler::{Control, Scheduler};
use crate::engine::source::{LiveTailer, LogReader, Source, Writer};
use crate::engine::store::{Published, Store};
use crate::engine::tails::Tails;
use crate::engine::waker::Waker;
use crate::model::account::Account;
use crate::model::command::Command;
use crate::model::focus::Focus;
use crate::model::ids::AccountName;
use crate::model::live::LiveAsk;

/// What an engine is made of.
pub struct Parts {
    pub sources: Vec<Arc<dyn Source>>,
    pub logs: Arc<dyn LogReader>,
    pub live: Arc<dyn LiveTailer>,
    pub writer: Arc<dyn Writer>,
    pub claims: Arc<dyn Claims>,
    pub archive: Arc<dyn Archive>,
    pub waker: Waker,
    pub clock: Clock,
    /// One budget for all polling and tailing.
    pub limiter: Limiter,
}

/// The handle. Its methods return at once and may be called from the UI thread.
pub struct Engine {
    control: mpsc::Sender<Control>,
    focus: watch::Sender<Focus>,
    published: Published,
    runtime: tokio::runtime::Handle,
}

impl Engine {
    /// Starts the tasks on `runtime`.
    pub fn start(parts: Parts, runtime: &tokio::runtime::Handle) -> Self {
        let Parts {
            sources,
            logs,
            live,
            writer,
            claims,
            archive,
            waker,
            clock,
            limiter,
        } = parts;
        let (store, updates, published) = Store::new(waker, clock.clone());
        let (control, controls) = mpsc::channel(256);
        let (focus, looked_at) = watch::channel(Focus::default());
        let (finished, finished_commands) = mpsc::channel(64);
        let scheduler = Scheduler {
            sources,
            published: published.clone(),
            commands: Commands::new(
                Means {
                    writer,
                    claims,
                    published: published.clone(),
                    updates: updates.clone(),
                    clock: clock.clone(),
                },
                finished,
            ),
            tails: Tails::new(
                logs,
                archive,
                updates.clone(),
                limiter.clone(),
                published.clone(),
                clock.clone(),
            ),
            live: Live::new(live, updates.clone(), clock.clone()),
            updates,
            limiter,
            clock,
            control: controls,
            focus: looked_at,
            finished_commands,
        };
        runtime.spawn(store.run());
        runtime.spawn(scheduler.run());
        Self {
            control,
            focus,
            published,
            runtime: runtime.clone(),
        }
    }

    /// What the store last published.
    pub fn published(&self) -> &Published {
        &self.published
    }

    /// Adds an account, or changes one.
    pub fn put_account(&self, account: Account, change: AccountChange) {
        self.send(Control::PutAccount(Box::new(account), change));
    }

    pub fn remove_account(&self, name: AccountName) {
        self.send(Control::RemoveAccount(name));
    }

    /// Tells what is on screen. The same focus again costs a comparison.
    pub fn look_at(&self, focus: Focus) {
        self.focus.send_if_modified(|current| {
            let changed = *current != focus;
            if changed {
                *current = focus;
            }
            changed
        });
    }

    /// Sends a write, after its fresh read. What becomes of it is in the snapshot's commands.
    pub fn command(&self, command: Command) {
        self.send(Control::Command(Box::new(command)));
    }

    /// Starts a Live Tail session in place of any other; it is billed from now on. It runs while the focus names it.
    pub fn start_live_tail(&self, ask: LiveAsk) {
        self.send(Control::StartLiveTail(Box::new(ask)));
    }

    /// Ends the Live Tail session; what it brought stays until its place is left.
    pub fn stop_live_tail(&self) {
        self.send(Control::StopLiveTail);
    }

    /// Reads what is on screen, and the listings, again now.
    pub fn refresh(&self) {
        self.send(Control::Refresh);
    }

    /// Resolves when everything there is to read has been read once.
    pub async fn complete(&self) {
        let (done, complete) = oneshot::channel();
        self.send(Control::Complete(done));
        // The engine ends only with this handle.
        complete.await.ok();
    }

    fn send(&self, control: Control) {
        if let Err(mpsc::error::TrySendError::Full(control)) = self.control.try_send(control) {
            let sender = self.control.clone();
            self.runtime
                .spawn(async move { sender.send(control).await.ok() });
        }
    }
}
