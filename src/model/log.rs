//! A log as it is held: closed chunks of text that snapshots share, and an index of lines and times.
//!
//! One [`LogBuffer`] belongs to the task that tails a stream; it appends there and hands out [`LogSnapshot`]s, which
//! cost a few reference counts and one copy of the open chunk (at most [`CHUNK_BYTES`], or one line that is longer).
//! A line costs its text, two bytes for its end and none to four for its time. What costs more than appending is left to
//! others ([`LogBuffer::chores`]): closed chunks get an imprint, so that a search reads few of them, and those that are
//! no longer new are packed to about a quarter. Who reads a line does not notice.

mod chunk;
mod column;
mod imprint;

use std::ops::Deref;
use std::ops::Range;
use std::sync::Arc;

pub use chunk::CHUNK_BYTES;
use chunk::{Chunk, Open, Text};
pub use imprint::Sought;

use crate::model::time::Timestamp;

/// A line's number in the buffer, from zero. Not the number of a row on screen: folding and filtering come between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineNo(pub u32);

/// A tailed stream as the snapshot carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTail {
    pub log: LogSnapshot,
    pub position: TailPosition,
    pub origin: LogOrigin,
}

/// Where the lines on screen were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogOrigin {
    /// From the service, page by page.
    #[default]
    Service,
    /// From the copy on this computer, which was read from the service then.
    Kept { read: Timestamp, cloud: InCloud },
}

/// Whether the service still has a log that is kept here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InCloud {
    /// Nobody asked: no retention is as short as the build is old, or the answer is on its way.
    NotAsked,
    There,
    /// Its retention took it: this copy may be the only one.
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TailPosition {
    /// The stream does not exist yet: the build has not reached PROVISIONING, or wrote nothing.
    Waiting,
    /// Pages keep coming.
    Reading,
    /// Pages keep coming, and the latest so many of them were empty. It may go on for long: what a retention took leaves
    /// such pages.
    Empty { pages: u32 },
    /// The token repeated: everything written so far is here, more may come.
    CaughtUp,
    /// Caught up, and what writes the stream has ended.
    Complete,
    /// The service has no such stream, though what writes it has ended or lines of it were read: its retention took it,
    /// or somebody deleted it. What was read stays.
    Gone,
}

impl TailPosition {
    /// Nothing more will come.
    pub const fn is_complete(self) -> bool {
        matches!(self, Self::Complete | Self::Gone)
    }

    /// More pages are there.
    pub const fn is_reading(self) -> bool {
        matches!(self, Self::Reading | Self::Empty { .. })
    }
}

/// The growing end of a log. Owned by one tail task.
#[derive(Debug, Default)]
pub struct LogBuffer {
    closed: Arc<Vec<Arc<Chunk>>>,
    open: Open,
    bytes: u64,
    /// How many of the closed chunks have been handed out to be pressed.
    pressed: usize,
    /// How many of them have been handed out to be packed.
    cold: usize,
    /// The text of the others.
    hot_bytes: u64,
}

impl LogBuffer {
    /// Appends one event, as a line for each of its lines. A trailing line feed ends the event and starts no line.
    pub fn append(&mut self, time: i64, message: &str) {
        let message = message.strip_suffix('\n').unwrap_or(message);
        for line in message.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if self.open.is_full_for(line.len() + 1) {
                let next = Open::starting_at(self.len());
                let full = std::mem::replace(&mut self.open, next).chunk();
                self.hot_bytes += full.bytes() as u64;
                Arc::make_mut(&mut self.closed).push(Arc::new(full));
            }
            self.open.push(time, line);
            self.bytes += line.len() as u64 + 1;
        }
    }

    pub fn len(&self) -> u32 {
        self.open.first_line + self.open.lines()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn snapshot(&self) -> LogSnapshot {
        LogSnapshot {
            closed: Arc::clone(&self.closed),
            open: Arc::new(self.open.chunk()),
            lines: self.len(),
            bytes: self.bytes,
        }
    }

    /// What is to be done now with closed chunks, off the UI thread and once for each: imprints for all, and packing
    /// for the oldest beyond `hot` bytes of newer text.
    pub fn chores(&mut self, hot: u64) -> Option<Chores> {
        let fresh = self.closed.get(self.pressed..).unwrap_or_default().to_vec();
        self.pressed = self.closed.len();
        let mut cold = Vec::new();
        while self.hot_bytes > hot
            && let Some(chunk) = self.closed.get(self.cold)
        {
            self.hot_bytes -= chunk.bytes() as u64;
            self.cold += 1;
            cold.push(Arc::clone(chunk));
        }
        let any = !fresh.is_empty() || !cold.is_empty();
        any.then_some(Chores { fresh, cold })
    }
}

/// Work on closed chunks.
#[derive(Debug)]
pub struct Chores {
    fresh: Vec<Arc<Chunk>>,
    /// Those that nobody is expected to read soon.
    cold: Vec<Arc<Chunk>>,
}

impl Chores {
    /// Does it, also for the snapshots that hold the chunks: a second or so a gigabyte for imprints, some three for
    /// packing.
    pub fn run(&self) {
        for chunk in &self.fresh {
            chunk.press();
        }
        for chunk in &self.cold {
            chunk.pack();
        }
    }
}

/// A line's raw text. It holds the text of its whole chunk for as long as it lives.
#[derive(Clone)]
pub struct LineText {
    text: Text,
    range: Range<usize>,
}

impl Deref for LineText {
    type Target = str;

    fn deref(&self) -> &str {
        self.text.get(self.range.clone()).unwrap_or("")
    }
}

impl AsRef<str> for LineText {
    fn as_ref(&self) -> &str {
        self
    }
}

impl std::fmt::Debug for LineText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&**self, formatter)
    }
}

impl PartialEq<&str> for LineText {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

/// A log at one moment. Lines never change once here: a later snapshot only has more of them.
#[derive(Clone, Debug)]
pub struct LogSnapshot {
    closed: Arc<Vec<Arc<Chunk>>>,
    open: Arc<Chunk>,
    lines: u32,
    bytes: u64,
}

impl Default for LogSnapshot {
    fn default() -> Self {
        LogBuffer::default().snapshot()
    }
}

impl PartialEq for LogSnapshot {
    /// A log only grows, so the count of lines and bytes tells; comparing text would cost the log's size.
    fn eq(&self, other: &Self) -> bool {
        self.lines == other.lines && self.bytes == other.bytes
    }
}

impl Eq for LogSnapshot {}

impl LogSnapshot {
    pub fn len(&self) -> u32 {
        self.lines
    }

    pub fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// The size of the text with its line feeds.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The raw text of a line: O(log chunks), and the unpacking of its chunk if that is packed and not at hand.
    pub fn text(&self, line: LineNo) -> Option<LineText> {
        let (chunk, index) = self.locate(line)?;
        Some(LineText {
            text: chunk.text_at_hand()?,
            range: chunk.range(index)?,
        })
    }

    /// Milliseconds since 1970 of a line.
    pub fn time(&self, line: LineNo) -> Option<i64> {
        let (chunk, index) = self.locate(line)?;
        chunk.time(index)
    }

    /// The times of the lines from one number on, without looking at their text.
    pub fn times_from(&self, line: LineNo) -> impl Iterator<Item = i64> + use<> {
        let first = self.closed.partition_point(|chunk| chunk.end() <= line.0);
        let (closed, open) = (Arc::clone(&self.closed), Arc::clone(&self.open));
        (first..=closed.len())
            .map(move |index| Arc::clone(closed.get(index).unwrap_or(&open)))
            .flat_map(move |chunk| {
                let skipped = line.0.saturating_sub(chunk.first_line);
                (skipped..chunk.lines()).filter_map(move |index| chunk.time(index as usize))
            })
    }

    /// The lines from one number on, in order, with their times: for some of them. Passes over a whole log are cheaper
    /// by [`Self::pieces_from`].
    pub fn iter_from(&self, line: LineNo) -> impl Iterator<Item = (LineNo, i64, LineText)> {
        self.pieces(line.0..self.lines, Chunk::text_at_hand)
            .flat_map(|piece| {
                (piece.skipped..piece.chunk.lines() as usize).filter_map(move |index| {
                    let text = LineText {
                        text: Arc::clone(&piece.text),
                        range: piece.chunk.range(index)?,
                    };
                    Some((piece.line(index), piece.chunk.time(index)?, text))
                })
            })
    }

    /// The chunks of text that hold the lines from one number on, for passes over the whole log.
    pub fn pieces_from(&self, line: LineNo) -> impl Iterator<Item = Piece> {
        self.pieces(line.0..self.lines, Chunk::text)
    }

    /// As [`Self::pieces_from`], up to the chunk that holds the last of these lines. Chunks that cannot hold what is
    /// sought may be left out.
    pub fn pieces_in(
        &self,
        lines: Range<u32>,
        sought: Option<&Sought>,
    ) -> impl Iterator<Item = Piece> {
        self.pieces(lines, move |chunk| {
            let wanted = sought.is_none_or(|sought| chunk.may_hold(sought));
            wanted.then(|| chunk.text()).flatten()
        })
    }

    /// The end of the chunk with which the lines from one on have so many bytes of text; the log's end if they never
    /// have: O(log chunks + chunks of the stretch).
    pub fn stretch(&self, from: LineNo, bytes: u64) -> u32 {
        let first = self.closed.partition_point(|chunk| chunk.end() <= from.0);
        let mut sum = 0;
        for chunk in self.closed.iter().skip(first) {
            sum += chunk.bytes() as u64;
            if sum >= bytes {
                return chunk.end();
            }
        }
        self.lines
    }

    /// Up to the chunk that holds the last of these lines; without those whose text is not given.
    fn pieces(
        &self,
        lines: Range<u32>,
        text: impl Fn(&Chunk) -> Option<Text>,
    ) -> impl Iterator<Item = Piece> {
        let closed = &self.closed;
        let first = closed.partition_point(|chunk| chunk.end() <= lines.start);
        closed
            .iter()
            .skip(first)
            .chain(std::iter::once(&self.open))
            .take_while(move |chunk| chunk.first_line < lines.end)
            .filter_map(move |chunk| {
                let skipped = lines.start.saturating_sub(chunk.first_line) as usize;
                if skipped >= chunk.lines() as usize {
                    return None;
                }
                Some(Piece {
                    text: text(chunk)?,
                    chunk: Arc::clone(chunk),
                    skipped,
                })
            })
    }

    fn locate(&self, line: LineNo) -> Option<(&Chunk, usize)> {
        if line.0 >= self.lines {
            return None;
        }
        if line.0 >= self.open.first_line {
            return Some((&self.open, (line.0 - self.open.first_line) as usize));
        }
        let chunk = self
            .closed
            .partition_point(|chunk| chunk.first_line <= line.0)
            .checked_sub(1)?;
        let chunk = self.closed.get(chunk)?;
        Some((chunk, (line.0 - chunk.first_line) as usize))
    }
}

/// A run of lines that lie in one text, which it holds.
#[derive(Clone, Debug)]
pub struct Piece {
    chunk: Arc<Chunk>,
    text: Text,
    /// Lines of the chunk before the run.
    skipped: usize,
}

impl Piece {
    /// Every line is drawn as it stands: no colours, no control characters, no tabs.
    pub fn is_plain(&self) -> bool {
        self.chunk.is_all_plain()
    }

    /// This line is drawn as it stands.
    pub fn is_plain_line(&self, line: LineNo) -> bool {
        self.chunk
            .is_plain(line.0.saturating_sub(self.chunk.first_line) as usize)
    }

    /// The lines one after another, each with its line feed.
    pub fn text(&self) -> &str {
        self.text
            .get(self.chunk.start(self.skipped)..)
            .unwrap_or("")
    }

    /// The line that holds a byte of [`Self::text`].
    pub fn line_at(&self, byte: usize) -> LineNo {
        self.line(self.chunk.index_at(self.chunk.start(self.skipped) + byte))
    }

    /// Each line with the milliseconds since 1970 of its event and its raw text.
    pub fn lines(&self) -> impl Iterator<Item = (LineNo, i64, &str)> {
        (self.skipped..self.chunk.lines() as usize).filter_map(|index| {
            let text = self.text.get(self.chunk.range(index)?)?;
            Some((self.line(index), self.chunk.time(index)?, text))
        })
    }

    /// Its lines as runs of those that are drawn as they stand, and of those that are not.
    pub fn runs(&self) -> impl Iterator<Item = Run> {
        let mut next = self.skipped;
        let end = self.chunk.lines() as usize;
        std::iter::from_fn(move || {
            let first = next;
            let plain = self.chunk.is_plain(first);
            while next < end && self.chunk.is_plain(next) == plain {
                next += 1;
            }
            (first < next).then(|| Run {
                lines: self.line(first).0..self.line(next).0,
                plain,
            })
        })
    }

    /// Where some of its lines are in [`Self::text`], the last one's line feed included.
    pub fn range(&self, lines: &Range<u32>) -> Range<usize> {
        let start = |line: u32| {
            let index = line.saturating_sub(self.chunk.first_line) as usize;
            self.chunk.start(index) - self.chunk.start(self.skipped)
        };
        start(lines.start)..start(lines.end)
    }

    /// The number of the first line, and that after the last.
    pub fn numbers(&self) -> Range<u32> {
        self.line(self.skipped).0..self.chunk.end()
    }

    fn line(&self, index: usize) -> LineNo {
        LineNo(self.chunk.first_line + index as u32)
    }
}

/// Lines of a piece, one after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub lines: Range<u32>,
    /// All are drawn as they stand, or none is.
    pub plain: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(log: &LogSnapshot) -> Vec<(u32, i64, String)> {
        let pieces = log.pieces_from(LineNo(0));
        pieces
            .flat_map(|piece| {
                let lines = piece.lines();
                lines
                    .map(|(line, time, text)| (line.0, time, text.to_owned()))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn a_log_over_many_chunks_gives_every_line_back_packed_or_not() {
        let mut buffer = LogBuffer::default();
        for number in 0..30_000_i64 {
            buffer.append(number, &format!("line {number} of the log\n"));
        }
        let early = buffer.snapshot();
        buffer.append(30_000, "two\nlines\r\n");
        let log = buffer.snapshot();
        assert_eq!((early.len(), log.len()), (30_000, 30_002));
        for hot in [u64::MAX, 100_000, 0] {
            if let Some(chores) = buffer.chores(hot) {
                chores.run();
            }
            for number in [0, 1, 3_000, 8_191, 8_192, 29_999] {
                let text = log.text(LineNo(number)).unwrap();
                assert_eq!(text, format!("line {number} of the log").as_str());
                assert_eq!(log.time(LineNo(number)), Some(i64::from(number)));
            }
            assert_eq!(log.text(LineNo(30_000)).unwrap(), "two");
            assert_eq!(log.text(LineNo(30_001)).unwrap(), "lines");
            assert!(log.text(LineNo(30_002)).is_none());
            assert_eq!(log.iter_from(LineNo(29_998)).count(), 4);
        }
        assert!(buffer.chores(0).is_none(), "each chunk is packed once");
        assert_ne!(early, log);
    }

    #[test]
    fn a_held_line_outlives_the_packing_of_its_chunk() {
        let mut buffer = LogBuffer::default();
        for number in 0..10_000_i64 {
            buffer.append(number, &format!("line {number}"));
        }
        let log = buffer.snapshot();
        let (held, piece) = (
            log.text(LineNo(7)).unwrap(),
            log.pieces_from(LineNo(0)).next().unwrap(),
        );
        buffer.chores(0).unwrap().run();
        assert_eq!(held, "line 7");
        assert!(piece.text().starts_with("line 0\nline 1\n"));
    }

    #[test]
    fn pieces_hold_every_line_from_any_number_on() {
        let mut buffer = LogBuffer::default();
        for number in 0..20_000_i64 {
            buffer.append(number, &format!("line {number}"));
        }
        let log = buffer.snapshot();
        for from in [0, 1, 6_000, 8_191, 8_192, 19_999] {
            let pieces: Vec<_> = log.pieces_from(LineNo(from)).collect();
            let lines: Vec<_> = pieces.iter().flat_map(Piece::lines).collect();
            assert_eq!(lines.len(), 20_000 - from as usize);
            let first = format!("line {from}");
            assert_eq!(lines[0], (LineNo(from), i64::from(from), first.as_str()));
            assert!(pieces[0].is_plain() && pieces[0].text().starts_with(&first));
            assert_eq!(pieces[0].line_at(0), LineNo(from));
            assert_eq!(pieces[0].line_at(first.len()), LineNo(from));
            if from < 19_999 {
                assert_eq!(pieces[0].line_at(first.len() + 1), LineNo(from + 1));
            }
        }
        assert_eq!(log.pieces_from(LineNo(20_000)).count(), 0);
    }

    #[test]
    fn an_empty_event_is_an_empty_line() {
        let mut buffer = LogBuffer::default();
        buffer.append(1, "\n");
        assert_eq!(buffer.snapshot().text(LineNo(0)).unwrap(), "");
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_back_as_it_was(
            lines in proptest::collection::vec(
                (proptest::num::i64::ANY, "[^\n]{0,40}", proptest::sample::select(vec![1_usize, 1, 1, 1, 1, 1, 1, 500, 4_000])),
                0..40,
            ),
            hot in 0..200_000_u64,
        ) {
            let mut buffer = LogBuffer::default();
            let mut expected = Vec::new();
            for (time, text, times) in lines {
                let text = text.repeat(times);
                buffer.append(time, &format!("{text}\n"));
                expected.push((time, text.strip_suffix('\r').unwrap_or(&text).to_owned()));
            }
            let log = buffer.snapshot();
            if let Some(chores) = buffer.chores(hot) {
                chores.run();
            }
            let expected: Vec<_> = (0..)
                .zip(expected)
                .map(|(line, (time, text))| (line, time, text))
                .collect();
            proptest::prop_assert_eq!(&all(&log), &expected);
            let by_line: Vec<_> = log
                .iter_from(LineNo(0))
                .map(|(line, time, text)| (line.0, time, text.to_string()))
                .collect();
            proptest::prop_assert_eq!(&by_line, &expected);
            let bytes: usize = expected.iter().map(|(_, _, text)| text.len() + 1).sum();
            proptest::prop_assert_eq!(log.bytes(), bytes as u64);
        }
    }
}
