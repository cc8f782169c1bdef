//! A pass over a whole log in the background: by several threads at once, its results published in order as they come,
//! and gone on with when the log grows.
//!
//! The window owns a [`Sweep`]. Whenever the log has grown it takes a [`Pass`] from it and has that run elsewhere, on
//! as many threads as it likes; it reads what has been found without a lock, and drops the sweep to cancel it. The
//! threads share a lock among themselves, for the few microseconds in which a stretch's part joins the others.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::ArcSwap;

use crate::model::log::{LineNo, LogSnapshot, Piece, Sought};

/// The text that one thread reads before it tells what it found.
const STRETCH_BYTES: u64 = 1024 * 1024;
/// Of this many stretches the findings are published at once, after the first.
const PUBLISH_EVERY: u32 = 8;
/// Less than this is read by one thread.
const ALONE_BYTES: u64 = 4 * STRETCH_BYTES;

/// What is worked out from the lines of a log.
pub trait Scan: Send + Sync + 'static {
    /// What a stretch of lines says, whatever is around it.
    type Part: Send;
    /// What all stretches up to one say.
    type State: Default + Send;
    /// What the window reads of it; made often, so it should share what it holds.
    type Found: Default + Send + Sync;

    /// Reads a stretch, on any thread, beside others.
    fn read(&self, stretch: &Stretch<'_>) -> Self::Part;

    /// Appends what a stretch says. Stretches come in order and without a gap.
    fn join(&self, state: &mut Self::State, lines: Range<u32>, part: Self::Part);

    fn found(&self, state: &Self::State) -> Self::Found;
}

/// Lines that one thread reads.
pub struct Stretch<'a> {
    pub log: &'a LogSnapshot,
    pub lines: Range<u32>,
    cancelled: &'a AtomicBool,
}

impl Stretch<'_> {
    /// Its text, chunk by chunk; breaks off when nobody waits for the result any more. Only the first and the last may
    /// begin or end amid a chunk.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> {
        self.pieces_with(None)
    }

    /// As [`Self::pieces`], perhaps without those that do not hold what is sought.
    pub fn pieces_with(&self, sought: Option<&Sought>) -> impl Iterator<Item = Piece> {
        self.log
            .pieces_in(self.lines.clone(), sought)
            .take_while(|_| !self.cancelled.load(Ordering::Relaxed))
    }
}

/// What has been found so far.
#[derive(Debug, Default)]
pub struct Progress<F> {
    pub found: F,
    /// How many lines have been read.
    pub read_to: u32,
}

/// A scan of one log. Dropping it cancels what runs.
pub struct Sweep<S: Scan> {
    shared: Arc<Shared<S>>,
    /// How many lines have been handed out to be read.
    asked_to: u32,
    running: Weak<Running>,
}

struct Shared<S: Scan> {
    scan: S,
    cancelled: AtomicBool,
    joined: Mutex<Joined<S>>,
    published: ArcSwap<Progress<S::Found>>,
}

struct Joined<S: Scan> {
    state: S::State,
    to: u32,
    /// Parts whose turn has not come, by their first line.
    waiting: BTreeMap<u32, (u32, S::Part)>,
    unpublished: u32,
}

impl<S: Scan> Drop for Sweep<S> {
    fn drop(&mut self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
    }
}

impl<S: Scan> Sweep<S> {
    pub fn new(scan: S) -> Self {
        Self {
            shared: Arc::new(Shared {
                scan,
                cancelled: AtomicBool::new(false),
                joined: Mutex::new(Joined {
                    state: S::State::default(),
                    to: 0,
                    waiting: BTreeMap::new(),
                    unpublished: 0,
                }),
                published: ArcSwap::default(),
            }),
            asked_to: 0,
            running: Weak::new(),
        }
    }

    pub fn scan(&self) -> &S {
        &self.shared.scan
    }

    /// What has been found so far. Takes no lock.
    pub fn progress(&self) -> Arc<Progress<S::Found>> {
        self.shared.published.load_full()
    }

    /// Whether everything in the log has been read.
    pub fn is_done(&self, log: &LogSnapshot) -> bool {
        self.shared.published.load().read_to >= log.len()
    }

    /// What is to be run now: nothing while an earlier pass still runs, or when no line has come since. A log that is
    /// shorter than what was read is another one, and needs another sweep.
    pub fn pass(&mut self, log: &LogSnapshot) -> Option<Pass<S>> {
        if self.asked_to >= log.len() || self.running.strong_count() > 0 {
            return None;
        }
        let running = Arc::new(Running {
            next: Mutex::new(self.asked_to),
        });
        self.running = Arc::downgrade(&running);
        self.asked_to = log.len();
        Some(Pass {
            shared: Arc::clone(&self.shared),
            log: log.clone(),
            running,
        })
    }
}

/// The first line that no thread has taken.
struct Running {
    next: Mutex<u32>,
}

/// What is to be read now. Each of its copies may run on a thread of its own; it has ended when all are gone.
pub struct Pass<S: Scan> {
    shared: Arc<Shared<S>>,
    log: LogSnapshot,
    running: Arc<Running>,
}

impl<S: Scan> Clone for Pass<S> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            log: self.log.clone(),
            running: Arc::clone(&self.running),
        }
    }
}

impl<S: Scan> Pass<S> {
    /// On how many threads of these it is worth running.
    pub fn workers(&self, threads: usize) -> usize {
        let from = *lock(&self.running.next);
        if self.log.stretch(LineNo(from), ALONE_BYTES) < self.log.len() {
            threads.max(1)
        } else {
            1
        }
    }

    /// Reads stretch after stretch until none is left. `published` is called when there is something new to see.
    pub fn run(&self, published: &dyn Fn()) {
        while !self.shared.cancelled.load(Ordering::Relaxed)
            && let Some(lines) = self.take()
        {
            if self.read(lines) {
                published();
            }
        }
    }

    /// Returns whether something was published.
    fn read(&self, lines: Range<u32>) -> bool {
        let cancelled = &self.shared.cancelled;
        let part = self.shared.scan.read(&Stretch {
            log: &self.log,
            lines: lines.clone(),
            cancelled,
        });
        // What broke off amid is no part.
        !cancelled.load(Ordering::Relaxed) && self.join(lines, part)
    }

    fn take(&self) -> Option<Range<u32>> {
        let mut next = lock(&self.running.next);
        let from = *next;
        *next = self.log.stretch(LineNo(from), STRETCH_BYTES);
        (from < *next).then_some(from..*next)
    }

    fn join(&self, lines: Range<u32>, part: S::Part) -> bool {
        let Shared {
            scan,
            joined,
            published,
            ..
        } = &*self.shared;
        let joined = &mut *lock(joined);
        joined.waiting.insert(lines.start, (lines.end, part));
        while let Some((end, part)) = joined.waiting.remove(&joined.to) {
            scan.join(&mut joined.state, joined.to..end, part);
            joined.to = end;
            joined.unpublished += 1;
        }
        let first = published.load().read_to == 0 && joined.unpublished > 0;
        let last = joined.to == self.log.len() && joined.unpublished > 0;
        if !first && !last && joined.unpublished < PUBLISH_EVERY {
            return false;
        }
        joined.unpublished = 0;
        published.store(Arc::new(Progress {
            found: scan.found(&joined.state),
            read_to: joined.to,
        }));
        true
    }
}

/// A thread that panicked has told of it already; what it held is still whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::LogBuffer;

    /// Remembers which lines it read, in the order in which they were joined.
    struct Read;

    impl Scan for Read {
        type Part = Vec<u32>;
        type State = Vec<u32>;
        type Found = Vec<u32>;

        fn read(&self, stretch: &Stretch<'_>) -> Vec<u32> {
            let pieces = stretch.pieces();
            pieces.flat_map(|piece| piece.numbers()).collect()
        }

        fn join(&self, state: &mut Vec<u32>, lines: Range<u32>, part: Vec<u32>) {
            assert!(part.iter().copied().eq(lines));
            state.extend(part);
        }

        fn found(&self, state: &Vec<u32>) -> Vec<u32> {
            state.clone()
        }
    }

    fn grow(buffer: &mut LogBuffer, lines: u32) -> LogSnapshot {
        let text = "a line of a hundred bytes or so, ".repeat(3);
        for _ in 0..lines {
            buffer.append(0, &text);
        }
        buffer.snapshot()
    }

    #[test]
    fn every_line_is_read_once_and_joined_in_order_whichever_thread_is_first() {
        let mut buffer = LogBuffer::default();
        let mut sweep = Sweep::new(Read);
        for lines in [150_000, 1, 0, 1_000, 60_000] {
            let log = grow(&mut buffer, lines);
            let Some(pass) = sweep.pass(&log) else {
                assert_eq!(lines, 0);
                continue;
            };
            assert!(sweep.pass(&log).is_none(), "one pass at a time");
            // As threads do that end in another order than they began in.
            let mut taken: Vec<_> = std::iter::from_fn(|| pass.take()).collect();
            taken.reverse();
            for lines in taken {
                pass.read(lines);
            }
            drop(pass);
            assert!(sweep.is_done(&log));
            let progress = sweep.progress();
            assert!(progress.found.iter().copied().eq(0..log.len()));
        }
    }

    #[test]
    fn findings_come_before_the_end_and_none_after_it_was_dropped() {
        let mut buffer = LogBuffer::default();
        let log = grow(&mut buffer, 150_000);
        let mut sweep = Sweep::new(Read);
        let pass = sweep.pass(&log).unwrap();
        assert_eq!((pass.workers(2), sweep.progress().read_to), (2, 0));
        let seen = Mutex::new(Vec::new());
        pass.run(&|| lock(&seen).push(pass.shared.published.load().read_to));
        let seen = seen.into_inner().unwrap();
        assert!(seen.len() > 2 && seen.is_sorted() && seen.last() == Some(&150_000));

        let mut sweep = Sweep::new(Read);
        let pass = sweep.pass(&log).unwrap();
        let sweep = Mutex::new(Some(sweep));
        let calls = AtomicBool::new(false);
        pass.run(&|| {
            assert!(!calls.swap(true, Ordering::Relaxed), "cancelled");
            lock(&sweep).take();
        });
        assert!(pass.shared.published.load().read_to < 150_000);
    }
}
