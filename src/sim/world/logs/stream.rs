//! One log stream: scripted or generated lines first, appended ones after.
//!
//! Events are ordered by (time, sequence). Lines of a script exist from the moment they are due; nothing has
//! to run for them to appear, and finding one is a binary search.

use std::sync::Arc;

use jiff::Timestamp;

use crate::sim::clock::Pace;
use crate::sim::random::Random;
use crate::sim::wire::Millis;

/// How long after its time an event can be read.
const INGESTION_MILLIS: Millis = 80;
/// What CloudWatch Logs counts for an event beside its message.
pub const EVENT_OVERHEAD_BYTES: usize = 26;

/// One line of a script, due `offset` after the stream's start at normal speed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptLine {
    pub offset: Millis,
    /// CodeBuild's own line: written as `[Container] 2026/11/23 02:04:08.786311 TEXT`.
    pub stamped: bool,
    /// `{name}` stands for the stream's value of that name.
    pub text: String,
}

/// Where the first lines of a stream come from.
#[derive(Clone, Debug)]
pub enum Source {
    None,
    /// The lines of a script, shared between all streams that follow it.
    Script {
        lines: Arc<[ScriptLine]>,
        start: Millis,
        /// Above 1 this stream takes longer than its script says.
        stretch: f64,
        pace: Pace,
        /// What the names in braces stand for.
        values: Vec<(&'static str, String)>,
    },
    /// `count` request lines, one each `every` milliseconds from `start`, made when read.
    Generated {
        seed: u64,
        start: Millis,
        every: Millis,
        count: u64,
    },
}

/// One event as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub at: Millis,
    pub ingested: Millis,
    pub message: String,
}

/// The place of an event in its stream: time, then sequence.
pub type Key = (Millis, u64);

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
        }
    }

    /// Lines of the source that can be read at `now`.
    fn sourced(&self, now: Millis) -> usize {
        let until = self
            .cut
            .map_or(now, |cut| now.min(cut.saturating_add(INGESTION_MILLIS)))
            - INGESTION_MILLIS;
        match &self.source {
            Source::None => 0,
            Source::Script {
                lines,
                start,
                stretch,
                pace,
                ..
            } => lines.partition_point(|line| {
                pace.after(*start, stretched(line.offset, *stretch)) <= until
            }),
            Source::Generated {
                start,
                every,
                count,
                ..
            } => {
                let due = (until - start).checked_div((*every).max(1)).unwrap_or(0) + 1;
                if until < *start {
                    0
                } else {
                    (due as u64).min(*count) as usize
                }
            }
        }
    }

    /// Events that can be read at `now`.
    pub fn count(&self, now: Millis) -> usize {
        self.sourced(now) + self.kept.len()
    }

    /// The key of the event at `index`, and whether there is one.
    pub fn key(&self, index: usize, now: Millis) -> Option<Key> {
        let sourced = self.sourced(now);
        if index < sourced {
            return Some((self.sourced_at(index), index as u64));
        }
        let kept = self.kept.get(index - sourced)?;
        Some((kept.at, kept.sequence))
    }

    fn sourced_at(&self, index: usize) -> Millis {
        match &self.source {
            Source::None => 0,
            Source::Script {
                lines,
                start,
                stretch,
                pace,
                ..
            } => lines.get(index).map_or(*start, |line| {
                pace.after(*start, stretched(line.offset, *stretch))
            }),
            Source::Generated { start, every, .. } => start + index as Millis * (*every).max(1),
        }
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
        let at = self.sourced_at(index);
        let message = match &self.source {
            Source::None => return None,
            Source::Script { lines, values, .. } => written(lines.get(index)?, at, values, index),
            Source::Generated { seed, .. } => request_line(*seed, index as u64),
        };
        Some(Event {
            at,
            ingested: at + INGESTION_MILLIS,
            message,
        })
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
        let key = if index < self.source_length() {
            (self.sourced_at(index), index as u64)
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

    fn source_length(&self) -> usize {
        match &self.source {
            Source::None => 0,
            Source::Script { lines, .. } => lines.len(),
            Source::Generated { count, .. } => *count as usize,
        }
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

/// A duration of a script in a run that takes `stretch` times as long.
pub fn stretched(duration: Millis, stretch: f64) -> Millis {
    (duration as f64 * stretch).round() as Millis
}

fn written(
    line: &ScriptLine,
    at: Millis,
    values: &[(&'static str, String)],
    index: usize,
) -> String {
    let mut text = line.text.clone();
    for (name, value) in values {
        if text.contains('{') {
            text = text.replace(&format!("{{{name}}}"), value);
        }
    }
    if line.stamped {
        // The agent stamps microseconds; the index stands for those below the millisecond.
        let micros = Random::new(index as u64).below(1000);
        format!("[Container] {}{micros:03} {text}\n", stamp(at))
    } else {
        format!("{text}\n")
    }
}

/// `2026/11/23 02:04:08.786`
fn stamp(at: Millis) -> String {
    Timestamp::from_millisecond(at).map_or_else(
        |_| at.to_string(),
        |time| time.strftime("%Y/%m/%d %H:%M:%S.%3f").to_string(),
    )
}

fn request_line(seed: u64, index: u64) -> String {
    const PATHS: [&str; 6] = [
        "/v1/orders",
        "/v1/orders/9f2c/lines",
        "/v1/reservations",
        "/health",
        "/v1/stock/sku-20417",
        "/v1/payments/captures",
    ];
    const STATUSES: [u16; 8] = [200, 200, 200, 200, 201, 204, 404, 503];
    let mut random = Random::new(seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let path = random.pick(&PATHS).copied().unwrap_or("/");
    let status = random.pick(&STATUSES).copied().unwrap_or(200);
    let millis = random.between(1, 900);
    format!(
        "{index:08} level=info method=GET path={path} status={status} duration={millis}ms request={}",
        random.hex(16)
    )
}

#[cfg(test)]
mod tests {
    use super::{Pace, ScriptLine, Source, Stream};

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
            Source::Generated {
                seed: 1,
                start: 1000,
                every: 10,
                count: 1_000_000,
            },
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
