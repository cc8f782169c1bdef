//! A log as it is held: closed chunks of text that snapshots share, and an index of lines and times.
//!
//! One [`LogBuffer`] belongs to the task that tails a stream; it appends there and hands out [`LogSnapshot`]s, which
//! cost a few reference counts and one copy of the open chunk (at most [`CHUNK_BYTES`]).

use std::sync::Arc;

use crate::model::ansi;

/// A line's number in the buffer, from zero. Not the number of a row on screen: folding and filtering come between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineNo(pub u32);

/// The text a chunk closes at.
pub const CHUNK_BYTES: usize = 64 * 1024;

/// A tailed stream as the snapshot carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTail {
    pub log: LogSnapshot,
    pub position: TailPosition,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TailPosition {
    /// The stream does not exist yet: the build has not reached PROVISIONING, or wrote nothing.
    Waiting,
    /// Pages keep coming.
    Reading,
    /// The token repeated: everything written so far is here, more may come.
    CaughtUp,
    /// Caught up, and what writes the stream has ended.
    Complete,
}

#[derive(Debug, PartialEq, Eq)]
struct Chunk {
    text: String,
    /// Where each line ends in `text`, without the line feed (there is none in `text`).
    ends: Vec<u32>,
    /// Milliseconds since 1970 of each line.
    times: Vec<i64>,
    first_line: u32,
    /// No line of it has anything that is not drawn as it stands, so that it can be searched as one text.
    plain: bool,
}

impl Chunk {
    fn empty(first_line: u32) -> Self {
        Self {
            text: String::new(),
            ends: Vec::new(),
            times: Vec::new(),
            first_line,
            plain: true,
        }
    }

    fn line(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = if index == 0 {
            0
        } else {
            *self.ends.get(index - 1)? as usize
        };
        self.text.get(start..end)
    }
}

/// The growing end of a log. Owned by one tail task.
#[derive(Debug)]
pub struct LogBuffer {
    closed: Arc<Vec<Arc<Chunk>>>,
    open: Chunk,
    bytes: u64,
}

impl Default for LogBuffer {
    fn default() -> Self {
        Self {
            closed: Arc::default(),
            open: Chunk::empty(0),
            bytes: 0,
        }
    }
}

impl LogBuffer {
    /// Appends one event, as a line for each of its lines. A trailing line feed ends the event and starts no line.
    pub fn append(&mut self, time: i64, message: &str) {
        let message = message.strip_suffix('\n').unwrap_or(message);
        for line in message.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            self.open.plain = self.open.plain && ansi::is_plain(line);
            self.open.text.push_str(line);
            self.open.ends.push(self.open.text.len() as u32);
            self.open.times.push(time);
            self.bytes += line.len() as u64 + 1;
            if self.open.text.len() >= CHUNK_BYTES || self.open.ends.len() >= CHUNK_BYTES / 8 {
                let next = Chunk::empty(self.open.first_line + self.open.ends.len() as u32);
                let full = std::mem::replace(&mut self.open, next);
                Arc::make_mut(&mut self.closed).push(Arc::new(full));
            }
        }
    }

    pub fn len(&self) -> u32 {
        self.open.first_line + self.open.ends.len() as u32
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn snapshot(&self) -> LogSnapshot {
        let open = Chunk {
            text: self.open.text.clone(),
            ends: self.open.ends.clone(),
            times: self.open.times.clone(),
            first_line: self.open.first_line,
            plain: self.open.plain,
        };
        LogSnapshot {
            closed: Arc::clone(&self.closed),
            open: Arc::new(open),
            lines: self.len(),
            bytes: self.bytes,
        }
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

    /// The raw text of a line: O(log chunks).
    pub fn text(&self, line: LineNo) -> Option<&str> {
        let (chunk, index) = self.locate(line)?;
        chunk.line(index)
    }

    /// Milliseconds since 1970 of a line.
    pub fn time(&self, line: LineNo) -> Option<i64> {
        let (chunk, index) = self.locate(line)?;
        chunk.times.get(index).copied()
    }

    /// The lines from one number on, in order.
    pub fn iter_from(&self, line: LineNo) -> impl Iterator<Item = (LineNo, i64, &str)> {
        (line.0..self.lines).filter_map(move |number| {
            let line = LineNo(number);
            let (chunk, index) = self.locate(line)?;
            Some((line, *chunk.times.get(index)?, chunk.line(index)?))
        })
    }

    /// The chunks of text that hold the lines from one number on, for passes over the whole log.
    pub fn pieces_from(&self, line: LineNo) -> impl Iterator<Item = Piece<'_>> {
        let first = self
            .closed
            .partition_point(|chunk| chunk.first_line + chunk.ends.len() as u32 <= line.0);
        self.closed
            .iter()
            .skip(first)
            .map(|chunk| &**chunk)
            .chain(std::iter::once(&*self.open))
            .filter_map(move |chunk| {
                let skipped = (line.0.saturating_sub(chunk.first_line)) as usize;
                (skipped < chunk.ends.len()).then_some(Piece { chunk, skipped })
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

/// A run of lines that lie in one text.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    chunk: &'a Chunk,
    /// Lines of the chunk before the run.
    skipped: usize,
}

impl<'a> Piece<'a> {
    /// Every line is drawn as it stands: no colours, no control characters, no tabs.
    pub fn is_plain(&self) -> bool {
        self.chunk.plain
    }

    /// The lines one after another, with nothing between them.
    pub fn text(&self) -> &'a str {
        self.chunk.text.get(self.base()..).unwrap_or("")
    }

    /// The line that holds a byte of [`Self::text`], and whether the line reaches on to `end`.
    pub fn line_at(&self, start: usize, end: usize) -> Option<(LineNo, bool)> {
        let (start, end) = (self.base() + start, self.base() + end);
        let index = self
            .chunk
            .ends
            .partition_point(|&line_end| line_end as usize <= start);
        let line_end = *self.chunk.ends.get(index)? as usize;
        Some((
            LineNo(self.chunk.first_line + index as u32),
            end <= line_end,
        ))
    }

    /// Where in [`Self::text`] the line after this one begins.
    pub fn end_of(&self, line: LineNo) -> usize {
        let index = (line.0 - self.chunk.first_line) as usize;
        self.chunk
            .ends
            .get(index)
            .map_or_else(|| self.text().len(), |&end| end as usize - self.base())
    }

    pub fn lines(&self) -> impl Iterator<Item = (LineNo, &'a str)> + use<'a> {
        let chunk = self.chunk;
        (self.skipped..chunk.ends.len()).filter_map(move |index| {
            Some((LineNo(chunk.first_line + index as u32), chunk.line(index)?))
        })
    }

    /// The number after the last line.
    pub fn end(&self) -> u32 {
        self.chunk.first_line + self.chunk.ends.len() as u32
    }

    fn base(&self) -> usize {
        self.skipped
            .checked_sub(1)
            .and_then(|last| self.chunk.ends.get(last))
            .map_or(0, |&end| end as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_over_many_chunks_gives_every_line_back() {
        let mut buffer = LogBuffer::default();
        for number in 0..30_000_i64 {
            buffer.append(number, &format!("line {number} of the log\n"));
        }
        let early = buffer.snapshot();
        buffer.append(30_000, "two\nlines\r\n");
        let log = buffer.snapshot();
        assert_eq!((early.len(), log.len()), (30_000, 30_002));
        for number in [0, 1, 8_191, 8_192, 29_999] {
            assert_eq!(
                log.text(LineNo(number)),
                Some(format!("line {number} of the log").as_str())
            );
            assert_eq!(log.time(LineNo(number)), Some(i64::from(number)));
        }
        assert_eq!(
            (
                log.text(LineNo(30_000)),
                log.text(LineNo(30_001)),
                log.text(LineNo(30_002))
            ),
            (Some("two"), Some("lines"), None)
        );
        assert_eq!(log.iter_from(LineNo(29_998)).count(), 4);
        assert_ne!(early, log);
    }

    #[test]
    fn pieces_hold_every_line_from_any_number_on() {
        let mut buffer = LogBuffer::default();
        for number in 0..20_000_i64 {
            buffer.append(number, &format!("line {number}"));
        }
        let log = buffer.snapshot();
        for from in [0, 1, 8_191, 8_192, 8_193, 19_999] {
            let lines: Vec<_> = log
                .pieces_from(LineNo(from))
                .flat_map(|piece| piece.lines())
                .collect();
            assert_eq!(lines.len(), 20_000 - from as usize);
            assert_eq!(lines[0], (LineNo(from), format!("line {from}").as_str()));
            let piece = log.pieces_from(LineNo(from)).next().unwrap();
            assert!(piece.is_plain() && piece.text().starts_with(&format!("line {from}")));
            assert_eq!(piece.line_at(0, 4), Some((LineNo(from), true)));
            assert_eq!(
                piece.line_at(piece.end_of(LineNo(from)) - 1, 999),
                Some((LineNo(from), false))
            );
        }
        assert_eq!(log.pieces_from(LineNo(20_000)).count(), 0);
    }

    #[test]
    fn an_empty_event_is_an_empty_line() {
        let mut buffer = LogBuffer::default();
        buffer.append(1, "\n");
        assert_eq!(buffer.snapshot().text(LineNo(0)), Some(""));
    }
}
