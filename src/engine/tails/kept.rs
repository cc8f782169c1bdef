//! What a tail has to do with kept logs: it shows one in place of reading it again, and hands over what it has read to
//! the end.

use std::time::Duration;

use super::{SERVICE, Task};
use crate::engine::archive::{FinishedLog, FoundLog};
use crate::engine::update::Message;
use crate::model::build::Build;
use crate::model::fault::FaultClass;
use crate::model::kept::KeptBuild;
use crate::model::log::{InCloud, LogOrigin, LogTail, TailPosition};

/// The shortest retention that CloudWatch Logs offers: of a younger build nothing has expired.
const SHORTEST_RETENTION: Duration = Duration::from_hours(24);
/// What has expired leaves empty pages whose tokens never repeat: so many tell.
const EMPTY_PAGES: u32 = 5;
/// So long after a build's end nothing of its log is still on its way.
const SETTLED: Duration = Duration::from_mins(1);

impl Task {
    /// Shows the kept copy of this log, which is whole, without a call. Of a build old enough for its log to have
    /// expired it asks, once the copy is on screen, whether AWS still has it.
    pub(super) async fn shows_kept(&self) -> bool {
        let Some(found) = self.archive.find(&self.tail.key).await else {
            return false;
        };
        self.say_kept(&found, InCloud::NotAsked).await;
        let ended = found.build.ended.unwrap_or(found.read);
        if ended.age(self.clock.now()) > SHORTEST_RETENTION
            && let Some(cloud) = self.ask_cloud().await
        {
            self.say_kept(&found, cloud).await;
        }
        true
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

    /// Whether AWS still has a line of this log; none if it cannot say now.
    async fn ask_cloud(&self) -> Option<InCloud> {
        let mut token = None;
        for _ in 0..EMPTY_PAGES {
            self.limiter.take(&self.tail.key.scope, SERVICE).await;
            let page = self.reader.page(&self.tail.key, token.as_deref()).await;
            match page {
                Ok(page) if !page.events.is_empty() => return Some(InCloud::There),
                Ok(page) if token.as_deref() == Some(page.next.as_str()) => break,
                Ok(page) => token = Some(page.next),
                Err(fault) if fault.class == FaultClass::NotFound => break,
                Err(fault) => {
                    let throttled = fault.class == FaultClass::Throttled;
                    self.limiter.ended(&self.tail.key.scope, SERVICE, throttled);
                    return None;
                }
            }
        }
        Some(InCloud::Expired)
    }

    /// Hands over a log that was read to its end. One without a line tells nothing, and may be what expired.
    pub(super) async fn keep(&mut self, build: &Build) {
        self.wait_for_stragglers(build).await;
        let log = self.buffer.snapshot();
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

    /// Lines that CloudWatch took in late belong to a copy that is never read again.
    async fn wait_for_stragglers(&mut self, build: &Build) {
        let age = build.ended.map_or(SETTLED, |at| at.age(self.clock.now()));
        let Some(rest) = SETTLED.checked_sub(age).filter(|rest| !rest.is_zero()) else {
            return;
        };
        tokio::time::sleep(rest).await;
        loop {
            self.limiter.take(&self.tail.key.scope, SERVICE).await;
            // What cannot be asked for now is no reason to keep nothing.
            let Ok(step) = self.tail.step(&*self.reader).await else {
                return;
            };
            self.append(step.events).await;
            if !step.position.is_reading() {
                break;
            }
        }
        self.say(TailPosition::Complete).await;
    }
}
