//! Reading the logs of past builds that are not kept yet, one after another, because a person asked for it.
//!
//! It takes every call from the same budget as all polling, and keeps each log as soon as it is read.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::KeptLogs;
use crate::engine::archive::FinishedLog;
use crate::engine::limiter::Limiter;
use crate::engine::source::LogReader;
use crate::engine::tail::Tail;
use crate::engine::tail::growing::GrowingLog;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{BuildProjectKey, LogKey};
use crate::model::log::{LogSnapshot, TailPosition};
use crate::model::past::{PastLog, PastReading};

/// The budget that pages of a log are taken from.
const SERVICE: &str = "logs";
/// How often a call that failed in passing is sent again before the reading ends.
const TRIES: u32 = 5;
const WAIT: Duration = Duration::from_secs(2);
/// Nobody looks at a log that is being read here: of more text than nearly every build writes, the rest is packed.
const HOT_BYTES: u64 = 4 * 1024 * 1024;
/// What has expired may leave empty pages whose tokens never repeat.
const EMPTY_PAGES: u32 = 20;

/// What a reading goes through.
#[derive(Clone)]
pub struct Means {
    pub reader: Arc<dyn LogReader>,
    pub limiter: Limiter,
}

impl KeptLogs {
    /// Reads these logs and keeps them. A reading before it ends.
    pub fn read(
        self: &Arc<Self>,
        project: BuildProjectKey,
        wanted: Vec<PastLog>,
        production: bool,
        means: Means,
        runtime: &tokio::runtime::Handle,
    ) {
        let ended = CancellationToken::new();
        self.replace_reading(Some(ended.clone()));
        let task = Task {
            kept: Arc::clone(self),
            means,
            production,
            ended: ended.clone(),
            reading: PastReading {
                project,
                read: 0,
                of: wanted.len() as u32,
                calls: 0,
                gone: 0,
                fault: None,
                done: false,
            },
        };
        runtime.spawn(async move { ended.run_until_cancelled(task.run(wanted)).await });
    }

    /// Ends a reading; what has been read stays.
    pub fn stop_reading(&self) {
        self.replace_reading(None);
        self.change(|shown| shown.reading = None);
    }

    fn replace_reading(&self, with: Option<CancellationToken>) {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = std::mem::replace(&mut *reading, with) {
            before.cancel();
        }
    }
}

impl Drop for KeptLogs {
    fn drop(&mut self) {
        self.replace_reading(None);
    }
}

struct Task {
    kept: Arc<KeptLogs>,
    means: Means,
    production: bool,
    /// A person has ended it, or begun another.
    ended: CancellationToken,
    reading: PastReading,
}

impl Task {
    async fn run(mut self, wanted: Vec<PastLog>) {
        self.publish();
        for past in wanted {
            match self.one(past).await {
                Ok(()) => self.reading.read += 1,
                Err(fault) => {
                    self.reading.fault = Some(Arc::new(fault));
                    break;
                }
            }
            self.publish();
        }
        self.reading.done = true;
        self.publish();
    }

    /// Shows how far it is, unless it has been ended.
    fn publish(&self) {
        let reading = Arc::new(self.reading.clone());
        self.kept.change_while(
            || !self.ended.is_cancelled(),
            |shown| shown.reading = Some(Arc::clone(&reading)),
        );
    }

    /// Reads one log and keeps it. A stream that is not there, or gives no end, is gone.
    async fn one(&mut self, past: PastLog) -> Result<(), Fault> {
        let Some(log) = self.whole(&past.key).await? else {
            self.reading.gone += 1;
            return Ok(());
        };
        let log = FinishedLog {
            key: past.key,
            build: past.build,
            log,
            production: self.production,
        };
        let kept = Arc::clone(&self.kept);
        // Broken off inside the program, it is not kept; the crash report says where.
        tokio::task::spawn_blocking(move || kept.keep_now(&log))
            .await
            .ok();
        Ok(())
    }

    /// Reads a log to its end; none if it has no line or no end.
    async fn whole(&mut self, key: &LogKey) -> Result<Option<LogSnapshot>, Fault> {
        let mut tail = Tail::new(key.clone());
        let mut log = GrowingLog::new(HOT_BYTES);
        let mut failures = 0;
        let ended = loop {
            self.means.limiter.take(&key.scope, SERVICE).await;
            self.reading.calls += 1;
            match tail.step(&*self.means.reader).await {
                Ok(step) => {
                    failures = 0;
                    log.append(step.events).await;
                    match step.position {
                        TailPosition::Reading => {}
                        TailPosition::Empty { pages } if pages < EMPTY_PAGES => {}
                        position => break position,
                    }
                    tokio::time::sleep(step.wait).await;
                }
                Err(fault) => {
                    let throttled = fault.class == FaultClass::Throttled;
                    self.means.limiter.ended(&key.scope, SERVICE, throttled);
                    failures += 1;
                    let passes = matches!(
                        fault.class,
                        FaultClass::Throttled | FaultClass::Service | FaultClass::TimedOut
                    );
                    if !passes || failures >= TRIES {
                        return Err(fault);
                    }
                    tokio::time::sleep(WAIT * failures).await;
                }
            }
        };
        let is_whole = !log.is_empty() && ended == TailPosition::CaughtUp;
        Ok(is_whole.then(|| log.snapshot()))
    }
}

#[cfg(test)]
mod tests;
