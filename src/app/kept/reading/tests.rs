//! Readings that are ended while they say something, and logs larger than is to be held.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::app::kept::tests::{finished, kept_in, project, query};
use crate::engine::source::{BoxFuture, LogAsk, LogPage};

/// A log of so many full pages.
struct Pages(usize, AtomicUsize);

impl LogReader for Pages {
    fn read<'a>(
        &'a self,
        _key: &'a LogKey,
        ask: LogAsk<'a>,
    ) -> BoxFuture<'a, Result<LogPage, Fault>> {
        let number = self.1.fetch_add(1, Ordering::Relaxed);
        let mut page = LogPage {
            next: ask.token.map_or_else(|| "f/0".to_owned(), str::to_owned),
            ..LogPage::default()
        };
        if number < self.0 {
            page.next = format!("f/{number}");
            for line in 0..10_000 {
                let message = format!("line {line} of page {number}: {:080}", line * number);
                page.events.push(line as i64, 0, &message);
            }
        }
        Box::pin(std::future::ready(Ok(page)))
    }
}

/// A reading of one log of so many pages, which has not begun.
fn task(kept: &Arc<KeptLogs>, pages: usize) -> Task {
    let ended = CancellationToken::new();
    kept.replace_reading(Some(ended.clone()));
    Task {
        kept: Arc::clone(kept),
        means: Means {
            reader: Arc::new(Pages(pages, AtomicUsize::default())),
            limiter: Limiter::wide(),
        },
        production: false,
        ended,
        reading: PastReading {
            project: project(),
            read: 0,
            of: 1,
            calls: 0,
            gone: 0,
            fault: None,
            done: false,
        },
    }
}

#[tokio::test]
async fn of_a_large_log_only_the_newest_text_is_held_as_it_is() {
    let place = tempfile::tempdir().unwrap();
    let kept = kept_in(&place);
    let mut task = task(&kept, 12);
    let log = task.whole(&finished(1).key).await.unwrap().unwrap();
    assert_eq!((log.len(), task.reading.calls), (120_000, 13));
    // What is told of a chunk says whether it is packed. What the last page made cold is still being packed.
    let unpacked = format!("{log:?}").matches("packed: None").count() as u64;
    assert!(
        unpacked * 64 * 1024 <= HOT_BYTES + 2 * 1024 * 1024,
        "{unpacked}"
    );
}

#[tokio::test]
async fn a_reading_that_was_ended_does_not_show_itself_again() {
    let place = tempfile::tempdir().unwrap();
    let kept = kept_in(&place);
    let stopped = task(&kept, 1);
    stopped.publish();
    assert!(kept.shown().reading.is_some());
    kept.stop_reading();
    stopped.publish();
    assert!(kept.shown().reading.is_none());
    // Nor in place of the one that followed it.
    let mut newer = task(&kept, 1);
    newer.reading.of = 7;
    newer.publish();
    stopped.publish();
    assert_eq!(kept.shown().reading.as_ref().unwrap().of, 7);
}

#[test]
fn what_is_ended_just_before_it_is_shown_is_not_shown() {
    let place = tempfile::tempdir().unwrap();
    let kept = kept_in(&place);
    let ended = CancellationToken::new();
    let reading = Arc::new(task(&kept, 1).reading);
    // Another thread stops the reading between the question and the swap.
    kept.change_while(
        || {
            let goes_on = !ended.is_cancelled();
            if goes_on {
                ended.cancel();
                kept.stop_reading();
            }
            goes_on
        },
        |shown| shown.reading = Some(Arc::clone(&reading)),
    );
    assert!(kept.shown().reading.is_none());
    // The same of a search: None ends it.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let mine = kept.newest_search.fetch_add(1, Ordering::AcqRel) + 1;
    let search = Arc::new(crate::model::past::PastSearch {
        query: query("line"),
        found: Arc::default(),
        searched: 0,
        of: 0,
        bytes: 0,
        took: Duration::ZERO,
        done: true,
    });
    kept.change_while(
        || {
            let goes_on = kept.is_current(mine);
            if goes_on {
                kept.search(None, runtime.handle());
            }
            goes_on
        },
        |shown| shown.search = Some(Arc::clone(&search)),
    );
    assert!(kept.shown().search.is_none());
}
