//! A log while it is read: its pages are appended, and the chores of its closed chunks done, off the engine's workers.
//!
//! The tail of a log that is looked at and the reading of past builds both gather what they read here.

use tokio::task::JoinHandle;

use crate::model::log::{LogBuffer, LogSnapshot};
use crate::model::log_events::LogEvents;

/// The text of a page that is appended where it was read.
const SMALL_PAGE: usize = 32 * 1024;

#[derive(Debug)]
pub struct GrowingLog {
    buffer: LogBuffer,
    hot_bytes: u64,
    chores: Option<JoinHandle<()>>,
}

impl GrowingLog {
    /// An empty log, whose newest `hot_bytes` of text are held as they are. What is older is packed.
    pub fn new(hot_bytes: u64) -> Self {
        Self {
            buffer: LogBuffer::default(),
            hot_bytes,
            chores: None,
        }
    }

    /// Appends a page. A full one costs milliseconds: too long for the thread that read it.
    pub async fn append(&mut self, events: LogEvents) {
        if events.text().len() <= SMALL_PAGE {
            append(&mut self.buffer, &events);
        } else {
            let mut buffer = std::mem::take(&mut self.buffer);
            let appended = tokio::task::spawn_blocking(move || {
                append(&mut buffer, &events);
                buffer
            });
            // It fails only when the program ends.
            if let Ok(buffer) = appended.await {
                self.buffer = buffer;
            }
        }
        self.do_chores().await;
    }

    /// Imprints and packing take some hundred microseconds a chunk. Those of the page before are waited for, so that a log
    /// that comes faster than it is packed is not in memory whole.
    async fn do_chores(&mut self) {
        let Some(chores) = self.buffer.chores(self.hot_bytes) else {
            return;
        };
        let chores = tokio::task::spawn_blocking(move || chores.run());
        if let Some(before) = self.chores.replace(chores) {
            // It fails only when the program ends.
            before.await.ok();
        }
    }

    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    pub fn snapshot(&self) -> LogSnapshot {
        self.buffer.snapshot()
    }
}

fn append(buffer: &mut LogBuffer, events: &LogEvents) {
    for event in events.iter() {
        buffer.append(event.time, event.message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(first: i64) -> LogEvents {
        let mut page = LogEvents::default();
        for number in first..first + 10_000 {
            page.push(number, 0, &format!("line {number} of a log that goes on"));
        }
        page
    }

    #[tokio::test]
    async fn pages_of_any_size_are_appended_in_order_and_only_the_newest_text_is_not_packed() {
        let mut log = GrowingLog::new(256 * 1024);
        assert!(log.is_empty());
        let mut small = LogEvents::default();
        small.push(0, 0, "first");
        log.append(small).await;
        for number in 0..10 {
            log.append(page(number * 10_000)).await;
        }
        log.chores.take().unwrap().await.unwrap();
        let log = log.snapshot();
        assert_eq!(log.len(), 100_001);
        assert!((0..).zip(log.iter_from(crate::model::log::LineNo(1))).all(
            |(number, (_, time, line))| {
                time == number && *line == format!("line {number} of a log that goes on")
            }
        ));
        // What is told of a chunk says whether it is packed: those of the newest text are not, nor is the open one.
        let unpacked = format!("{log:?}").matches("packed: None").count();
        assert!((1..=6).contains(&unpacked), "{unpacked}");
    }
}
