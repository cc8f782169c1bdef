//! The one Live Tail session: opened when a person says so, ended when they say so or look away.
//!
//! A session is billed by the minute, so nothing here opens one by itself, and one that broke off is not opened again.
//! Its task ends it when its place has left the screen, when the window has been hidden for [`HIDDEN`], and when AWS has
//! been silent for [`SILENCE`].

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::engine::clock::Clock;
use crate::engine::source::{LiveNews, LiveSession, LiveTailer, LiveUpdate};
use crate::engine::tail::growing::GrowingLog;
use crate::engine::update::{Message, UpdateSender};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::AccountName;
use crate::model::live::{LiveAsk, LiveEnd, LiveState, LiveTail, Sampled};
use crate::model::log::LogSnapshot;

/// For so long the focus may not name a session that was just started.
const UNSEEN: Duration = Duration::from_secs(10);
/// For so long the window may be hidden.
const HIDDEN: Duration = Duration::from_secs(30);
/// Updates come each second: after so many without one the connection is taken for dead.
const SILENCE: Duration = Duration::from_secs(30);
/// The text that is held as it is; what is older is packed.
const HOT_BYTES: u64 = 16 * 1024 * 1024;

/// How a person stands to the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watch {
    /// Started, and not on screen yet.
    Unseen,
    Looking,
    /// On screen in a window that is hidden.
    Hidden,
    Over(LiveEnd),
}

pub(crate) struct Live {
    tailer: Arc<dyn LiveTailer>,
    updates: UpdateSender,
    clock: Clock,
    running: Option<Running>,
}

/// A session, open or over; what it brought is in the store.
struct Running {
    ask: LiveAsk,
    watch: watch::Sender<Watch>,
    task: JoinHandle<()>,
}

impl Running {
    /// Tells the task how a person stands to it; what is over stays over.
    fn tell(&self, to: Watch) {
        self.watch.send_if_modified(|watch| {
            let moves = *watch != to && !matches!(watch, Watch::Over(_));
            if moves {
                *watch = to;
            }
            moves
        });
    }

    fn is_seen(&self) -> bool {
        *self.watch.borrow() != Watch::Unseen
    }
}

impl Live {
    pub(crate) fn new(tailer: Arc<dyn LiveTailer>, updates: UpdateSender, clock: Clock) -> Self {
        Self {
            tailer,
            updates,
            clock,
            running: None,
        }
    }

    /// Opens a session in place of the one before.
    pub(crate) async fn start(&mut self, ask: LiveAsk) {
        self.let_go().await;
        let (watch, watched) = watch::channel(Watch::Unseen);
        let task = Task {
            tailer: Arc::clone(&self.tailer),
            updates: self.updates.clone(),
            clock: self.clock.clone(),
            watched,
            tail: LiveTail {
                ask: ask.clone(),
                asked: self.clock.now(),
                log: LogSnapshot::default(),
                sampled: Sampled::default(),
                state: LiveState::Opening,
            },
            log: GrowingLog::new(HOT_BYTES),
        };
        self.running = Some(Running {
            ask,
            watch,
            task: tokio::spawn(task.run()),
        });
    }

    /// Ends the session; what it brought stays.
    pub(crate) fn stop(&self, how: LiveEnd) {
        if let Some(running) = &self.running {
            running.tell(Watch::Over(how));
        }
    }

    /// Ends the session of an account.
    pub(crate) fn forget(&self, account: &AccountName) {
        if let Some(running) = &self.running
            && running.ask.scope.account == *account
        {
            running.tell(Watch::Over(LiveEnd::Account));
        }
    }

    /// Follows what is on screen: a session that has left it ends, and what it brought is let go of.
    pub(crate) async fn look_at(&mut self, on_screen: Option<&LiveAsk>, hidden: bool) {
        let Some(running) = &self.running else {
            return;
        };
        if on_screen == Some(&running.ask) {
            running.tell(if hidden {
                Watch::Hidden
            } else {
                Watch::Looking
            });
        } else if running.is_seen() {
            self.let_go().await;
            self.updates.message(Message::Live(None)).await;
        }
    }

    /// Ends the session and waits until its task says nothing more.
    async fn let_go(&mut self) {
        if let Some(running) = self.running.take() {
            running.tell(Watch::Over(LiveEnd::Left));
            // It fails only when the program ends, or when the task broke off; either way it says nothing more.
            running.task.await.ok();
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.task.abort();
        }
    }
}

struct Task {
    tailer: Arc<dyn LiveTailer>,
    updates: UpdateSender,
    clock: Clock,
    watched: watch::Receiver<Watch>,
    tail: LiveTail,
    log: GrowingLog,
}

impl Task {
    async fn run(mut self) {
        self.say().await;
        let mut watched = self.watched.clone();
        let state = tokio::select! {
            // First: a session that is over must not be opened.
            biased;
            how = over(&mut watched) => self.ended(how),
            state = self.listen() => state,
        };
        self.tail.state = state;
        self.say().await;
    }

    fn ended(&self, how: LiveEnd) -> LiveState {
        LiveState::Ended {
            at: self.clock.now(),
            how,
        }
    }

    /// Opens the session and takes what comes until it is over; the session ends with this future.
    async fn listen(&mut self) -> LiveState {
        let tailer = Arc::clone(&self.tailer);
        let ask = self.tail.ask.clone();
        let mut session = match tailer.open(&ask).await {
            Ok(session) => session,
            Err(fault) => return LiveState::Failed(fault),
        };
        loop {
            match self.next(&mut *session).await {
                Ok(LiveNews::Begun) => {
                    self.tail.state = LiveState::Running {
                        since: self.clock.now(),
                    };
                    self.say().await;
                }
                Ok(LiveNews::Update(update)) => self.take(update).await,
                Ok(LiveNews::Ended(how)) => return self.ended(how),
                Err(fault) => return LiveState::Failed(fault),
            }
        }
    }

    async fn next(&self, session: &mut dyn LiveSession) -> Result<LiveNews, Fault> {
        let news = tokio::time::timeout(SILENCE, session.next()).await;
        news.unwrap_or_else(|_| {
            Err(Fault {
                class: FaultClass::TimedOut,
                scope: Some(self.tail.ask.scope.clone()),
                service: "logs",
                operation: "StartLiveTail",
                code: None,
                request_id: None,
                message: format!(
                    "no update for {} seconds, though one comes each second; the session was ended",
                    SILENCE.as_secs()
                ),
                since: self.clock.now(),
            })
        })
    }

    /// A second without events changes nothing that is shown.
    async fn take(&mut self, update: LiveUpdate) {
        if update.events.is_empty() && !update.sampled {
            return;
        }
        self.log.append(update.events).await;
        self.tail.log = self.log.snapshot();
        if update.sampled {
            self.tail.sampled = Sampled {
                updates: self.tail.sampled.updates + 1,
                last: Some(self.clock.now()),
            };
        }
        self.say().await;
    }

    async fn say(&self) {
        let live = Some(Arc::new(self.tail.clone()));
        self.updates.message(Message::Live(live)).await;
    }
}

/// Resolves when nobody wants the session any more.
async fn over(watched: &mut watch::Receiver<Watch>) -> LiveEnd {
    loop {
        let (patience, how) = match *watched.borrow_and_update() {
            Watch::Over(how) => return how,
            Watch::Unseen => (Some(UNSEEN), LiveEnd::Left),
            Watch::Hidden => (Some(HIDDEN), LiveEnd::Hidden),
            Watch::Looking => (None, LiveEnd::Left),
        };
        let until = patience.map(|patience| Instant::now() + patience);
        tokio::select! {
            changed = watched.changed() => if changed.is_err() {
                return LiveEnd::Left;
            },
            () = wait(until) => return how,
        }
    }
}

async fn wait(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}
