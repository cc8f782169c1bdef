//! Several logs read as one: their lines by time, as an index.
//!
//! Lines of one time stand in the order of their logs, and lines of one log in its own order whatever their times say.
//! Merging goes on in the background as the logs grow ([`Merge`]): what comes late is put where it belongs, and only
//! what stands after it is merged anew. Nine bytes a line, never text.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::ArcSwap;

use crate::model::grown::Grown;
use crate::model::log::{LineNo, LogSnapshot};

/// Which of the merged logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceNo(pub u8);

/// Lines between two marks of the newest time so far.
const MARK_EVERY: usize = 4 * 1024;

/// The lines of all logs by time. Copies share them.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    sources: Grown<u8>,
    lines: Grown<u32>,
    /// Of each log, where its lines stand.
    places: Vec<Grown<u32>>,
}

impl Merged {
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What stands at a place.
    pub fn get(&self, place: usize) -> Option<(SourceNo, LineNo)> {
        Some((
            SourceNo(self.sources.get(place)?),
            LineNo(self.lines.get(place)?),
        ))
    }

    /// Where a line stands.
    pub fn place(&self, source: SourceNo, line: LineNo) -> Option<usize> {
        let places = self.places.get(usize::from(source.0))?;
        places.get(line.0 as usize).map(|place| place as usize)
    }

    /// How many lines of a log have been merged.
    pub fn lines_of(&self, source: SourceNo) -> u32 {
        let places = self.places.get(usize::from(source.0));
        places.map_or(0, |places| places.len() as u32)
    }

    fn truncate(&mut self, len: usize) {
        self.sources.truncate(len);
        self.lines.truncate(len);
        for places in &mut self.places {
            let kept = places.partition_point(|&place| (place as usize) < len);
            places.truncate(kept);
        }
    }
}

/// Merges logs that grow. Dropping it cancels what runs.
pub struct Merge {
    shared: Arc<Shared>,
    /// How many lines of each log have been handed out to be merged.
    asked_to: Vec<u32>,
    running: Weak<Vec<LogSnapshot>>,
}

struct Shared {
    cancelled: AtomicBool,
    state: Mutex<State>,
    published: ArcSwap<Merged>,
}

#[derive(Default)]
struct State {
    merged: Merged,
    /// The newest time of each log.
    newest: Vec<i64>,
    /// The newest time of all before every [`MARK_EVERY`]th place.
    marks: Vec<i64>,
}

impl Drop for Merge {
    fn drop(&mut self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
    }
}

impl Default for Merge {
    fn default() -> Self {
        Self {
            shared: Arc::new(Shared {
                cancelled: AtomicBool::new(false),
                state: Mutex::default(),
                published: ArcSwap::default(),
            }),
            asked_to: Vec::new(),
            running: Weak::new(),
        }
    }
}

impl Merge {
    /// What has been merged so far. Takes no lock.
    pub fn merged(&self) -> Arc<Merged> {
        self.shared.published.load_full()
    }

    /// What is to be run now: nothing while an earlier pass runs, or when no line has come since. The logs must be the
    /// same ones each time, grown, and new ones behind them; at most 256.
    pub fn pass(&mut self, logs: &[LogSnapshot]) -> Option<Pass> {
        self.asked_to.resize(logs.len().max(self.asked_to.len()), 0);
        let grown = logs
            .iter()
            .zip(&self.asked_to)
            .any(|(log, &asked_to)| log.len() > asked_to);
        if !grown || logs.len() > 256 || self.running.strong_count() > 0 {
            return None;
        }
        for (log, asked_to) in logs.iter().zip(&mut self.asked_to) {
            *asked_to = log.len();
        }
        let logs = Arc::new(logs.to_vec());
        self.running = Arc::downgrade(&logs);
        Some(Pass {
            shared: Arc::clone(&self.shared),
            logs,
        })
    }
}

/// Logs that have grown.
pub struct Pass {
    shared: Arc<Shared>,
    logs: Arc<Vec<LogSnapshot>>,
}

impl Pass {
    /// Merges what has come, and publishes. Some hundred nanoseconds a line.
    pub fn run(self) {
        let mut state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if state.extend(&self.logs, &self.shared.cancelled) {
            self.shared.published.store(Arc::new(state.merged.clone()));
        }
    }
}

impl State {
    /// Returns whether it was not cancelled amid.
    fn extend(&mut self, logs: &[LogSnapshot], cancelled: &AtomicBool) -> bool {
        self.newest
            .resize(logs.len().max(self.newest.len()), i64::MIN);
        self.merged
            .places
            .resize(self.newest.len(), Grown::default());
        let first_new = |(source, log): (usize, &LogSnapshot)| {
            let known = self.merged.places.get(source)?.len() as u32;
            let newest = self.newest.get(source)?;
            Some(log.time(LineNo(known))?.max(*newest))
        };
        let Some(from) = logs.iter().enumerate().filter_map(first_new).min() else {
            return true;
        };
        self.cut(logs, from);

        // Everything that is left to merge is at `from` or later, so that is where each log's time goes on.
        let mut times: Vec<_> = logs
            .iter()
            .zip(&self.merged.places)
            .map(|(log, places)| log.times_from(LineNo(places.len() as u32)))
            .collect();
        let mut heads = BinaryHeap::new();
        for (source, times) in times.iter_mut().enumerate() {
            if let Some(time) = times.next() {
                heads.push(Reverse((time.max(from), source)));
            }
        }
        let mut batch = Batch::after(&self.merged);
        let mut latest = self.newest.iter().copied().max().unwrap_or(i64::MIN);
        while let Some(Reverse((time, source))) = heads.pop() {
            if batch.place.is_multiple_of(MARK_EVERY) {
                if cancelled.load(Ordering::Relaxed) {
                    return false;
                }
                if self.marks.len() * MARK_EVERY == batch.place {
                    self.marks.push(latest);
                }
                batch.put(&mut self.merged);
            }
            batch.push(source);
            latest = time;
            if let Some(newest) = self.newest.get_mut(source) {
                *newest = time;
            }
            if let Some(next) = times.get_mut(source).and_then(Iterator::next) {
                heads.push(Reverse((next.max(time), source)));
            }
        }
        batch.put(&mut self.merged);
        true
    }

    /// Forgets all that does not stand before `from`, milliseconds since 1970.
    fn cut(&mut self, logs: &[LogSnapshot], from: i64) {
        let marks = self.marks.partition_point(|&newest| newest < from);
        self.marks.truncate(marks);
        let mut place = marks.saturating_sub(1) * MARK_EVERY;
        while let Some((source, line)) = self.merged.get(place)
            && logs
                .get(usize::from(source.0))
                .and_then(|log| log.time(line))
                .is_some_and(|time| time < from)
        {
            place += 1;
        }
        self.marks.truncate(place / MARK_EVERY + 1);
        self.merged.truncate(place);
    }
}

/// Lines that are merged and not yet put behind the others.
struct Batch {
    sources: Vec<u8>,
    lines: Vec<u32>,
    places: Vec<Vec<u32>>,
    next_lines: Vec<u32>,
    place: usize,
}

impl Batch {
    fn after(merged: &Merged) -> Self {
        Self {
            sources: Vec::with_capacity(MARK_EVERY),
            lines: Vec::with_capacity(MARK_EVERY),
            places: vec![Vec::new(); merged.places.len()],
            next_lines: merged
                .places
                .iter()
                .map(|places| places.len() as u32)
                .collect(),
            place: merged.len(),
        }
    }

    fn push(&mut self, source: usize) {
        let (Some(places), Some(next)) =
            (self.places.get_mut(source), self.next_lines.get_mut(source))
        else {
            return;
        };
        places.push(self.place as u32);
        self.sources.push(source as u8);
        self.lines.push(*next);
        *next += 1;
        self.place += 1;
    }

    fn put(&mut self, merged: &mut Merged) {
        merged.sources.extend(&self.sources);
        merged.lines.extend(&self.lines);
        self.sources.clear();
        self.lines.clear();
        for (all, own) in merged.places.iter_mut().zip(&mut self.places) {
            all.extend(own);
            own.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::LogBuffer;

    fn naive(times: &[Vec<i64>]) -> Vec<(u8, u32)> {
        let mut all = Vec::new();
        for (source, times) in times.iter().enumerate() {
            let mut newest = i64::MIN;
            for (line, &time) in times.iter().enumerate() {
                newest = newest.max(time);
                all.push((newest, source as u8, line as u32));
            }
        }
        all.sort_unstable();
        all.into_iter()
            .map(|(_, source, line)| (source, line))
            .collect()
    }

    fn check(merge: &mut Merge, buffers: &[LogBuffer], times: &[Vec<i64>]) {
        let logs: Vec<LogSnapshot> = buffers.iter().map(LogBuffer::snapshot).collect();
        if let Some(pass) = merge.pass(&logs) {
            pass.run();
        }
        let merged = merge.merged();
        let found: Vec<(u8, u32)> = (0..merged.len())
            .filter_map(|place| merged.get(place))
            .map(|(source, line)| (source.0, line.0))
            .collect();
        assert_eq!(found, naive(times));
        for (place, &(source, line)) in found.iter().enumerate() {
            assert_eq!(merged.place(SourceNo(source), LineNo(line)), Some(place));
        }
        for (source, times) in times.iter().enumerate() {
            assert_eq!(merged.lines_of(SourceNo(source as u8)), times.len() as u32);
        }
    }

    #[test]
    fn what_comes_late_is_put_where_it_belongs() {
        let mut buffers = vec![LogBuffer::default(), LogBuffer::default()];
        let mut times = vec![Vec::new(), Vec::new()];
        let mut merge = Merge::default();
        for (source, from, to) in [
            (0, 0, 20_000),
            (1, 0, 9_000),
            (1, 9_000, 9_001),
            (1, 9_001, 30_000),
            (0, 20_000, 20_500),
        ] {
            for time in from..to {
                buffers[source].append(time, "");
                times[source].push(time);
            }
            check(&mut merge, &buffers, &times);
        }
        assert!(
            merge
                .pass(&buffers.iter().map(LogBuffer::snapshot).collect::<Vec<_>>())
                .is_none()
        );
    }

    proptest::proptest! {
        #[test]
        fn every_line_is_there_once_by_time_then_log_then_number(
            steps in proptest::collection::vec((0..4_usize, -20..20_i64, 0..12_usize), 0..40),
        ) {
            let mut buffers = Vec::new();
            let mut times: Vec<Vec<i64>> = Vec::new();
            let mut merge = Merge::default();
            for (source, time, count) in steps {
                while buffers.len() <= source {
                    buffers.push(LogBuffer::default());
                    times.push(Vec::new());
                }
                for step in 0..count {
                    let time = time + (step % 3) as i64;
                    buffers[source].append(time, "text");
                    times[source].push(time);
                }
                check(&mut merge, &buffers, &times);
            }
        }
    }
}
