//! A page of log events on its way from a service to a log or a file: their texts in one piece.
//!
//! A page holds ten thousand events. One text and three columns of numbers cost four allocations in place of ten
//! thousand, and the text goes into a file as it lies.

/// Events in the service's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogEvents {
    /// Each message, then a line feed: its own where it ends in one.
    text: String,
    /// Where each event ends in `text`, its line feed included.
    ends: Vec<usize>,
    times: Vec<i64>,
    marks: Vec<u64>,
}

/// One event of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogEvent<'a> {
    /// Milliseconds since 1970.
    pub time: i64,
    /// What tells it from another with the same time and message: a hash of the service's id for it, or when it came in.
    pub mark: u64,
    /// Without the line feed that ends it.
    pub message: &'a str,
}

impl LogEvent<'_> {
    /// The same for every answer that holds this event, and for hardly any other of its time. Costs a pass over the
    /// message.
    pub fn fingerprint(&self) -> u64 {
        fingerprint(self.message.as_bytes(), self.mark)
    }
}

/// A hash of bytes for tables that live as long as a tail: quick, and no defence against somebody who wants a collision.
pub fn fingerprint(bytes: &[u8], seed: u64) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| {
        let mixed = (hash ^ word).wrapping_mul(FACTOR);
        mixed ^ (mixed >> 29)
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words
        .iter()
        .fold(mix(seed, bytes.len() as u64), |hash, word| {
            mix(hash, u64::from_le_bytes(*word))
        });
    rest.iter()
        .fold(hash, |hash, byte| mix(hash, u64::from(*byte)))
}

impl LogEvents {
    /// Room for so much text, and the events that it usually is.
    pub fn with_room(bytes: usize) -> Self {
        let events = bytes / 64;
        Self {
            text: String::with_capacity(bytes),
            ends: Vec::with_capacity(events),
            times: Vec::with_capacity(events),
            marks: Vec::with_capacity(events),
        }
    }

    pub fn push(&mut self, time: i64, mark: u64, message: &str) {
        self.text.push_str(message);
        self.close(time, mark);
    }

    /// Where the message of the next event is to be written; [`Self::close`] then makes it one.
    pub fn open(&mut self) -> &mut String {
        &mut self.text
    }

    /// Ends the event whose message was written since the last one.
    pub fn close(&mut self, time: i64, mark: u64) {
        let start = self.ends.last().copied().unwrap_or(0);
        let ends = self.text.as_bytes().last() == Some(&b'\n');
        if self.text.len() == start || !ends {
            self.text.push('\n');
        }
        self.ends.push(self.text.len());
        self.times.push(time);
        self.marks.push(mark);
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All messages, each ended by a line feed.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn get(&self, index: usize) -> Option<LogEvent<'_>> {
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        Some(LogEvent {
            time: *self.times.get(index)?,
            mark: *self.marks.get(index)?,
            message: self.text.get(start..end - 1)?,
        })
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = LogEvent<'_>> + ExactSizeIterator {
        // Every index has its event.
        (0..self.len()).map(|index| self.get(index).unwrap_or(NOTHING))
    }

    /// The latest time of any; events of several threads are not in order.
    pub fn newest(&self) -> Option<i64> {
        self.times.iter().copied().max()
    }

    /// Takes away the events that are not to be kept. Costs nothing while all are.
    pub fn retain(&mut self, mut keep: impl FnMut(LogEvent<'_>) -> bool) {
        let kept: Vec<bool> = self.iter().map(&mut keep).collect();
        if kept.iter().all(|kept| *kept) {
            return;
        }
        let mut rest = Self::with_room(self.text.len());
        for (event, _) in self.iter().zip(kept).filter(|(_, kept)| *kept) {
            rest.push(event.time, event.mark, event.message);
        }
        *self = rest;
    }
}

const NOTHING: LogEvent<'static> = LogEvent {
    time: 0,
    mark: 0,
    message: "",
};

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> LogEvents {
        let mut events = LogEvents::default();
        events.push(5, 1, "one\n");
        events.push(7, 2, "");
        events.push(6, 3, "two\nlines");
        events
    }

    #[test]
    fn events_come_back_as_they_went_in_less_their_last_line_feed() {
        let events = three();
        assert_eq!(events.text(), "one\n\ntwo\nlines\n");
        let all: Vec<_> = events
            .iter()
            .map(|event| (event.time, event.message))
            .collect();
        assert_eq!(all, [(5, "one"), (7, ""), (6, "two\nlines")]);
        assert_eq!((events.len(), events.newest()), (3, Some(7)));
    }

    #[test]
    fn an_empty_line_and_no_text_are_the_same_line() {
        let mut events = LogEvents::default();
        events.push(1, 0, "\n");
        events.push(1, 0, "\n\n");
        assert_eq!(events.text(), "\n\n\n");
        assert_eq!(events.get(1).map(|event| event.message), Some("\n"));
    }

    #[test]
    fn what_is_taken_away_leaves_the_others_whole() {
        let mut events = three();
        events.retain(|event| event.time != 7);
        assert_eq!(events.text(), "one\ntwo\nlines\n");
        assert_eq!(
            events.iter().map(|event| event.mark).collect::<Vec<_>>(),
            [1, 3]
        );
    }

    #[test]
    fn a_fingerprint_tells_message_mark_and_length_apart() {
        let of = |message: &str, mark| fingerprint(message.as_bytes(), mark);
        assert_eq!(of("a line of a log", 7), of("a line of a log", 7));
        let others = [
            of("a line of a log", 8),
            of("a line of a lof", 7),
            of("a line of a lo", 7),
        ];
        assert!(
            others
                .iter()
                .all(|other| *other != of("a line of a log", 7))
        );
        assert_ne!(of("", 0), of("\0", 0));
    }
}
