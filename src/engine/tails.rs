//! The log streams being tailed for the window: one task each, a few kept warm after a person looked away.

mod kept;

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::engine::archive::Archive;
use crate::engine::clock::Clock;
use crate::engine::limiter::Limiter;
use crate::engine::source::LogReader;
use crate::engine::store::Published;
use crate::engine::tail::Tail;
use crate::engine::tail::growing::GrowingLog;
use crate::engine::update::{Message, UpdateSender};
use crate::model::build::Build;
use crate::model::fault::FaultClass;
use crate::model::ids::LogKey;
use crate::model::log::{LogOrigin, LogTail, TailPosition};
use crate::model::log_events::LogEvents;
use crate::model::time::Timestamp;
use kept::is_settled;

/// Logs kept in memory at once; the one looked at longest ago goes first.
const KEPT: usize = 8;
/// The newest text of a log that is held as it is: more than nearly every build writes. What is older is packed.
const HOT_BYTES: u64 = 64 * 1024 * 1024;
/// The budget that pages of a log are taken from.
const SERVICE: &str = "logs";

pub(crate) struct Tails {
    reader: Arc<dyn LogReader>,
    archive: Arc<dyn Archive>,
    updates: UpdateSender,
    limiter: Limiter,
    published: Published,
    clock: Clock,
    /// In the order in which they were last looked at.
    running: Vec<Running>,
}

struct Running {
    key: LogKey,
    /// Whether a person looks at it: a tail nobody looks at pauses.
    watched: watch::Sender<bool>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    /// Ends the task and waits until it has: a poll under way may still be saying what it has read.
    async fn end(&mut self) {
        self.cancel.cancel();
        // It fails only when the program ends, or when the task broke off; either way it says nothing more.
        (&mut self.task).await.ok();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Tails {
    pub(crate) fn new(
        reader: Arc<dyn LogReader>,
        archive: Arc<dyn Archive>,
        updates: UpdateSender,
        limiter: Limiter,
        published: Published,
        clock: Clock,
    ) -> Self {
        Self {
            reader,
            archive,
            updates,
            limiter,
            published,
            clock,
            running: Vec::new(),
        }
    }

    /// Follows what is on screen.
    pub(crate) async fn look_at(&mut self, keys: &[LogKey]) {
        for running in &self.running {
            running.watched.send_if_modified(|watched| {
                std::mem::replace(watched, keys.contains(&running.key))
                    != keys.contains(&running.key)
            });
        }
        for key in keys {
            if let Some(index) = self.running.iter().position(|running| running.key == *key) {
                let running = self.running.remove(index);
                self.running.push(running);
            } else {
                let running = self.spawn(key.clone());
                self.running.push(running);
            }
        }
        while self.running.len() > KEPT.max(keys.len()) {
            // The task ends first: a page on its way must not bring the log back.
            let mut oldest = self.running.remove(0);
            oldest.end().await;
            let key = oldest.key.clone();
            self.updates.message(Message::DropLog { key }).await;
        }
    }

    /// Lets go of every log that is not to be kept, and waits until their tasks have ended: one that is still saying what
    /// it read would bring a log of a forgotten account back.
    pub(crate) async fn forget(&mut self, keep: impl Fn(&LogKey) -> bool) {
        let (kept, mut gone): (Vec<_>, Vec<_>) = std::mem::take(&mut self.running)
            .into_iter()
            .partition(|running| keep(&running.key));
        self.running = kept;
        for running in &gone {
            running.cancel.cancel();
        }
        for running in &mut gone {
            running.end().await;
        }
    }

    fn spawn(&self, key: LogKey) -> Running {
        let cancel = CancellationToken::new();
        let (watched, looked_at) = watch::channel(true);
        let task = Task {
            tail: Tail::new(key.clone()),
            log: GrowingLog::new(HOT_BYTES),
            reader: Arc::clone(&self.reader),
            archive: Arc::clone(&self.archive),
            updates: self.updates.clone(),
            limiter: self.limiter.clone(),
            published: self.published.clone(),
            clock: self.clock.clone(),
            looked_at,
            first_read: None,
        };
        let token = cancel.clone();
        let task = tokio::spawn(async move {
            token.run_until_cancelled(task.run()).await;
        });
        Running {
            key,
            watched,
            cancel,
            task,
        }
    }
}

struct Task {
    tail: Tail,
    log: GrowingLog,
    reader: Arc<dyn LogReader>,
    archive: Arc<dyn Archive>,
    updates: UpdateSender,
    limiter: Limiter,
    published: Published,
    clock: Clock,
    looked_at: watch::Receiver<bool>,
    /// When the first line had come.
    first_read: Option<Timestamp>,
}

impl Task {
    async fn run(mut self) {
        self.show_kept().await;
        let mut failures: u32 = 0;
        loop {
            // The sender lives as long as this task may run.
            self.looked_at.wait_for(|watched| *watched).await.ok();
            let writer = self.writer_that_ended();
            self.limiter.take(&self.tail.key.scope, SERVICE).await;
            match self.tail.step(&*self.reader).await {
                Ok(step) => {
                    failures = 0;
                    self.append(step.events).await;
                    let position = match (&writer, step.position) {
                        // A log in S3 is written when its build ends, and takes a moment to be there.
                        (Some(build), TailPosition::Waiting)
                            if is_settled(build, self.clock.now()) =>
                        {
                            TailPosition::Gone
                        }
                        (Some(_), TailPosition::CaughtUp) => TailPosition::Complete,
                        (_, position) => position,
                    };
                    self.say(position).await;
                    match (writer, position) {
                        (Some(build), TailPosition::Complete) => return self.keep(&build).await,
                        (_, TailPosition::Gone) => return,
                        _ => {}
                    }
                    tokio::time::sleep(step.wait).await;
                }
                Err(fault) => {
                    failures += 1;
                    let throttled = fault.class == FaultClass::Throttled;
                    self.limiter.ended(&self.tail.key.scope, SERVICE, throttled);
                    let wait = wait_after(fault.class, failures);
                    let message = Message::Log {
                        key: self.tail.key.clone(),
                        at: self.clock.now(),
                        result: Err(fault),
                    };
                    self.updates.message(message).await;
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    async fn append(&mut self, events: LogEvents) {
        if self.first_read.is_none() && !events.is_empty() {
            self.first_read = Some(self.clock.now());
        }
        self.log.append(events).await;
    }

    async fn say(&self, position: TailPosition) {
        let result = Ok(LogTail {
            log: self.log.snapshot(),
            position,
            origin: LogOrigin::Service,
        });
        self.updates
            .message(Message::Log {
                key: self.tail.key.clone(),
                at: self.clock.now(),
                result,
            })
            .await;
    }

    /// The build that writes this stream, if it was known to have ended before the page was asked for.
    fn writer_that_ended(&self) -> Option<Arc<Build>> {
        let key = &self.tail.key;
        let snapshot = self.published.load();
        snapshot
            .builds
            .rows()
            .iter()
            .filter(|row| row.key.scope == key.scope)
            .filter_map(|row| row.build.value())
            .find(|build| {
                let writes_here = build
                    .log
                    .as_ref()
                    .is_some_and(|log| log.group == key.group && log.stream == key.stream);
                writes_here && !build.state.status.is_moving()
            })
            .cloned()
    }
}

fn wait_after(class: FaultClass, failures: u32) -> std::time::Duration {
    let seconds = match class {
        FaultClass::SignIn => 60,
        FaultClass::Denied => 600,
        FaultClass::Offline => 15,
        _ => (2_u64 << failures.min(5)).min(60),
    };
    std::time::Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests;
