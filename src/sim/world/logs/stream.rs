//! One log stream: scripted or generated lines first, appended ones after.
//!
//! Events are ordered by (time, sequence). Lines of a script exist from the moment they are due; nothing has
//! to run for them to appear, and finding one is a binary search.

use crate::sim::wire::Millis;

use super::source::Source;

/// How long after its time an event can be read.
const INGESTION_MILLIS: Millis = 80;
/// What CloudWatch Logs counts for an event beside its message.
pub const EVENT_OVERHEAD_BYTES: usize = 26;

/// One event as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub at: Millis,
    pub ingested: Millis,
    pub message: String,
}

/// The place of an event in its stream: time, then sequence.
pub type Key = (Millis, u64);

/// How far a stream had been written at some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    at: Millis,
    sequence: u64,
}

#[derive(Debug)]
struct Kept {
    at: Millis,
    sequence: u64,
    ingested: Millis,
    message: String,
}

/// One log stream.
#[derive(Debug)]
pub struct Stream {
    pub name: String,
    pub created: Millis,
    source: Source,
    cut: Option<Millis>,
    kept: Vec<Kept>,
    next_sequence: u64,
    gaps: Vec<Key>,
    overlap: usize,
}

impl Stream {
    pub fn new(name: &str, created: Millis, source: Source) -> Self {
        Self {
            name: name.to_owned(),
            created,
            source,
            cut: None,
            kept: Vec::new(),
            // Above every index of a source, so that sequences never meet.
            next_sequence: 1 << 40,
            gaps: Vec::new(),
            overlap: 0,
        }
    }

    /// Lines of the source that can be read at `now`.
    fn sourced(&self, now: Millis) -> usize {
        let until = self
            .cut
            .map_or(now, |cut| now.min(cut.saturating_add(INGESTION_MILLIS)))
            - INGESTION_MILLIS;
        self.source.due(until)
    }

    /// Events that can be read at `now`.
    pub fn count(&self, now: Millis) -> usize {
        self.sourced(now) + self.kept.len()
    }

    /// The key of the event at `index`, and whether there is one.
    pub fn key(&self, index: usize, now: Millis) -> Option<Key> {
        let sourced = self.sourced(now);
        if index < sourced {
            return Some((self.source.at(index), index as u64));
        }
        let kept = self.kept.get(index - sourced)?;
        Some((kept.at, kept.sequence))
    }

    /// The event at `index` in order of time.
    pub fn event(&self, index: usize, now: Millis) -> Option<Event> {
        let sourced = self.sourced(now);
        if index >= sourced {
            let kept = self.kept.get(index - sourced)?;
            return Some(Event {
                at: kept.at,
                ingested: kept.ingested,
                message: kept.message.clone(),
            });
        }
        let (at, message) = self.source.line(index)?;
        Some(Event {
            at,
            ingested: self.source.at(index) + INGESTION_MILLIS,
            message,
        })
    }

    /// How far it has been written at this moment.
    pub fn written_to(&self, now: Millis) -> Written {
        Written {
            at: now,
            sequence: self.next_sequence,
        }
    }

    /// What has been written since, in the order of writing: of late events too, wherever their times put them.
    pub fn written_since(&self, since: Written, now: Millis) -> impl Iterator<Item = Event> {
        let sourced = (self.sourced(since.at)..self.sourced(now))
            .filter_map(move |index| self.event(index, now));
        let mut kept: Vec<&Kept> = self
            .kept
            .iter()
            .filter(|kept| kept.sequence >= since.sequence)
            .collect();
        kept.sort_by_key(|kept| kept.sequence);
        let kept = kept.into_iter().map(|kept| Event {
            at: kept.at,
            ingested: kept.ingested,
            message: kept.message.clone(),
        });
        sourced.chain(kept)
    }

    /// The first index whose key is not before `key`.
    pub fn index_of(&self, key: Key, now: Millis) -> usize {
        let (mut low, mut high) = (0, self.count(now));
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.key(middle, now).is_some_and(|found| found < key) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Adds an event in its place by time; the script, if any, ends here.
    pub fn append(&mut self, at: Millis, message: &str, now: Millis) {
        self.cut(now);
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        let place = self.kept.partition_point(|kept| kept.at <= at);
        self.kept.insert(
            place,
            Kept {
                at,
                sequence,
                ingested: now.max(at),
                message: message.to_owned(),
            },
        );
    }

    /// No line of the source that is due after `at` will appear.
    pub fn cut(&mut self, at: Millis) {
        self.cut = Some(self.cut.map_or(at, |cut| cut.min(at)));
    }

    /// A read that crosses the event at this place answers one empty page first, as CloudWatch Logs does
    /// at the seams of its storage.
    pub fn mark_gap(&mut self, index: usize) {
        let key = if index < self.source.length() {
            (self.source.at(index), index as u64)
        } else {
            return;
        };
        self.gaps.push(key);
        self.gaps.sort_unstable();
    }

    /// The indexes of the gaps, in order.
    pub fn gaps(&self, now: Millis) -> Vec<usize> {
        self.gaps
            .iter()
            .map(|gap| self.index_of(*gap, now))
            .collect()
    }

    /// Pages that go on from a token begin with so many events of the page before, as CloudWatch Logs' pages have done.
    pub fn mark_overlap(&mut self, events: usize) {
        self.overlap = events;
    }

    pub fn overlap(&self) -> usize {
        self.overlap
    }

    /// Times of the first and the last event that can be read at `now`.
    pub fn span(&self, now: Millis) -> Option<(Millis, Millis)> {
        let last = self.count(now).checked_sub(1)?;
        let (first, _) = self.key(0, now)?;
        let (last, _) = self.key(last, now)?;
        Some((first, last))
    }

    /// When the newest readable event came in.
    pub fn last_ingested(&self, now: Millis) -> Option<Millis> {
        let last = self.count(now).checked_sub(1)?;
        Some(self.event(last, now)?.ingested)
    }

    /// Bytes stored; a source's lines are counted by the mean of the first 8.
    pub fn stored_bytes(&self, now: Millis) -> u64 {
        let kept: usize = self
            .kept
            .iter()
            .map(|kept| kept.message.len() + EVENT_OVERHEAD_BYTES)
            .sum();
        let sourced = self.sourced(now);
        let sample = sourced.min(8);
        let sampled: usize = (0..sample)
            .filter_map(|index| self.event(index, now))
            .map(|event| event.message.len() + EVENT_OVERHEAD_BYTES)
            .sum();
        let mean = sampled.checked_div(sample).unwrap_or(0);
        (kept + mean * sourced) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Generated, ScriptLine, Source, Stream};
    use crate::sim::clock::Pace;

    fn scripted() -> Stream {
        let lines = (0..10)
            .map(|index| ScriptLine {
                offset: index * 1000,
                stamped: index == 0,
                text: format!("line {index} of {{commit}}"),
            })
            .collect::<Vec<_>>();
        Stream::new(
            "s",
            0,
            Source::Script {
                lines: lines.into(),
                start: 1_795_000_000_000,
                stretch: 0.5,
                pace: Pace::default(),
                values: vec![("commit", "f3a91c2".to_owned())],
            },
        )
    }

    #[test]
    fn lines_of_a_script_appear_when_they_are_due() {
        let stream = scripted();
        assert_eq!(stream.count(1_795_000_000_000), 0);
        assert_eq!(stream.count(1_795_000_000_080), 1);
        assert_eq!(stream.count(1_795_000_000_580), 2);
        assert_eq!(stream.count(1_795_000_100_000), 10);
        let event = stream.event(1, 1_795_000_100_000).unwrap();
        assert_eq!(event.at, 1_795_000_000_500);
        assert_eq!(event.message, "line 1 of f3a91c2\n");
        let first = stream.event(0, 1_795_000_100_000).unwrap().message;
        assert!(
            first.starts_with("[Container] 2026/11/18 11:06:40.000"),
            "{first}"
        );
    }

    #[test]
    fn a_cut_ends_the_script_and_appended_events_follow() {
        let mut stream = scripted();
        stream.append(1_795_000_002_100, "stopped\n", 1_795_000_002_100);
        let late = 1_795_000_100_000;
        assert_eq!(stream.count(late), 6);
        assert_eq!(stream.event(5, late).unwrap().message, "stopped\n");
        stream.append(1_795_000_001_000, "late\n", 1_795_000_003_000);
        assert_eq!(stream.event(5, late).unwrap().message, "late\n");
    }

    #[test]
    fn a_million_generated_lines_are_found_by_their_time() {
        let stream = Stream::new(
            "big",
            0,
            Source::Generated(Generated {
                seed: 1,
                start: 1000,
                span: 10_000_000,
                count: 1_000_000,
                disorder: 0,
            }),
        );
        let now = 20_000_000;
        assert_eq!(stream.count(now), 1_000_000);
        assert_eq!(stream.count(1000 + 80 + 25), 3);
        assert_eq!(stream.index_of((1000 + 777_000 * 10, 0), now), 777_000);
        assert!(
            stream
                .event(777_000, now)
                .unwrap()
                .message
                .starts_with("00777000 level=info")
        );
    }
}
