//! What a tail has to do with kept logs: it shows one in place of reading it again, and hands over what it has read to
//! the end.

use std::time::Duration;

use super::{HOT_BYTES, SERVICE, Task};
use crate::engine::archive::{FinishedLog, FoundLog};
use crate::engine::tail::Tail;
use crate::engine::tail::growing::GrowingLog;
use crate::engine::update::Message;
use crate::model::build::Build;
use crate::model::fault::FaultClass;
use crate::model::kept::KeptBuild;
use crate::model::log::{InCloud, LogOrigin, LogTail, TailPosition};
use crate::model::time::Timestamp;

/// The shortest retention that CloudWatch Logs offers: of a younger build nothing has expired.
const SHORTEST_RETENTION: Duration = Duration::from_hours(24);
/// Empty pages whose tokens never repeat tell nothing, and are asked for no more than this often.
const EMPTY_PAGES: u32 = 5;
/// So long after a build's end nothing of its log is still on its way.
const SETTLED: Duration = Duration::from_mins(1);
/// Pages read for what came late: far more than can come within [`SETTLED`].
const LATE_PAGES: u32 = 100;

/// Whether a build ended so long ago that all of its log is where it will stay. An end that AWS does not tell is long past.
pub(super) fn is_settled(build: &Build, now: Timestamp) -> bool {
    build.ended.is_none_or(|at| at.age(now) >= SETTLED)
}

impl Task {
    /// Shows the kept copy of this log, which is whole, without a call, and holds it until the task is ended. Of a build old
    /// enough for its log to have expired it asks, once the copy is on screen, whether AWS still has it. Returns only if
    /// there is no copy.
    pub(super) async fn show_kept(&self) {
        let Some(found) = self.archive.find(&self.tail.key).await else {
            return;
        };
        self.say_kept(&found, InCloud::NotAsked).await;
        let ended = found.build.ended.unwrap_or(found.read);
        if ended.age(self.clock.now()) > SHORTEST_RETENTION
            && let Some(cloud) = self.ask_cloud().await
        {
            self.say_kept(&found, cloud).await;
        }
        std::future::pending::<()>().await;
    }

    async fn say_kept(&self, found: &FoundLog, cloud: InCloud) {
        let origin = LogOrigin::Kept {
            read: found.read,
            cloud,
        };
        let message = Message::Log {
            key: self.tail.key.clone(),
            at: self.clock.now(),
            result: Ok(LogTail {
                log: found.log.clone(),
                position: TailPosition::Complete,
                origin,
            }),
        };
        self.updates.message(message).await;
    }

    /// Whether AWS still has a line of this log; none if it cannot say now. Only a stream that is not there, or one read to
    /// its end without a line, has expired: what a copy that may be the only one is called must be known.
    async fn ask_cloud(&self) -> Option<InCloud> {
        let mut token = None;
        for _ in 0..EMPTY_PAGES {
            self.limiter.take(&self.tail.key.scope, SERVICE).await;
            let page = self.reader.page(&self.tail.key, token.as_deref()).await;
            match page {
                Ok(page) if !page.events.is_empty() => return Some(InCloud::There),
                Ok(page) if token.as_deref() == Some(page.next.as_str()) => {
                    return Some(InCloud::Expired);
                }
                Ok(page) => token = Some(page.next),
                Err(fault) if fault.class == FaultClass::NotFound => {
                    return Some(InCloud::Expired);
                }
                Err(fault) => {
                    let throttled = fault.class == FaultClass::Throttled;
                    self.limiter.ended(&self.tail.key.scope, SERVICE, throttled);
                    return None;
                }
            }
        }
        None
    }

    /// Hands over a log that was read to its end. One without a line tells nothing, and may be what expired; one that still
    /// grows would be kept cut.
    pub(super) async fn keep(&mut self, build: &Build) {
        if !self.reads_stragglers(build).await {
            return;
        }
        let log = self.log.snapshot();
        if log.is_empty() {
            return;
        }
        let snapshot = self.published.load();
        let account = snapshot.accounts.get(&self.tail.key.scope.account);
        let finished = FinishedLog {
            key: self.tail.key.clone(),
            build: KeptBuild::from(build),
            log,
            production: account.is_some_and(|account| account.production),
        };
        self.archive.keep(finished).await;
    }

    /// Lines that CloudWatch took in late belong to a copy that is never read again, and an object in S3 may have been
    /// replaced after it was read. False if the log has no end yet.
    async fn reads_stragglers(&mut self, build: &Build) -> bool {
        let settled = build.ended.map(|at| at.plus(SETTLED));
        let was_settled = match (settled, self.first_read) {
            (Some(settled), Some(read)) if self.tail.key.s3().is_some() => read >= settled,
            _ => is_settled(build, self.clock.now()),
        };
        if was_settled {
            return true;
        }
        let rest = settled.map_or(Duration::ZERO, |settled| self.clock.now().age(settled));
        tokio::time::sleep(rest).await;
        if self.tail.key.s3().is_some() {
            return self.reads_object_again().await;
        }
        for _ in 0..LATE_PAGES {
            self.limiter.take(&self.tail.key.scope, SERVICE).await;
            // What cannot be asked for now is no reason to keep nothing.
            let Ok(step) = self.tail.step(&*self.reader).await else {
                return true;
            };
            self.append(step.events).await;
            if !step.position.is_reading() {
                self.say(TailPosition::Complete).await;
                return true;
            }
            tokio::time::sleep(step.wait).await;
        }
        self.say(TailPosition::Complete).await;
        false
    }

    /// Takes the object as it is now for the log. One that cannot be read now is not kept: it may be another.
    async fn reads_object_again(&mut self) -> bool {
        self.limiter.take(&self.tail.key.scope, SERVICE).await;
        let mut tail = Tail::new(self.tail.key.clone());
        let Ok(step) = tail.step(&*self.reader).await else {
            return false;
        };
        if step.events.is_empty() {
            return false;
        }
        self.tail = tail;
        self.log = GrowingLog::new(HOT_BYTES);
        self.append(step.events).await;
        self.say(TailPosition::Complete).await;
        true
    }
}
