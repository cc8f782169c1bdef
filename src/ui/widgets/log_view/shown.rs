//! Which lines have a row of their own: all of them, all but repeats, or those that the filters leave.
//!
//! Answers "how many rows has this range" and "which is its nth" without ever walking the log.

use std::ops::Range;

use super::left::{Item, Only};
use crate::model::log::LineNo;
use crate::model::repeat::{Repeat, Repeats};

#[derive(Clone, Debug, Default)]
pub enum Shown {
    #[default]
    All,
    /// Lines that are the same as the one before have none.
    Gathered(Repeats),
    /// These alone.
    Only(Only),
}

impl Shown {
    /// Whether lines are left out that nothing on screen stands for.
    pub const fn is_filtered(&self) -> bool {
        matches!(self, Self::Only(_))
    }

    /// How many rows a range of lines takes.
    pub fn rows(&self, lines: Range<u32>) -> u32 {
        match self {
            _ if lines.is_empty() => 0,
            Self::All => lines.end - lines.start,
            Self::Gathered(repeats) => {
                let (before, through) = (repeats.before(lines.start), repeats.before(lines.end));
                through.saturating_sub(before)
            }
            Self::Only(left) => left.rows(lines),
        }
    }

    /// The nth row of a range of lines, from zero.
    pub fn nth(&self, lines: Range<u32>, nth: u32) -> Option<Item> {
        match self {
            Self::All => Some(Item::Line(LineNo(lines.start + nth))),
            Self::Gathered(repeats) => {
                let before = repeats.before(lines.start);
                Some(Item::Line(LineNo(repeats.nth(before + nth))))
            }
            Self::Only(left) => left.nth(lines, nth),
        }
    }

    /// The row of a line in a range of lines: its own, that of the line before it that stands for it, or of its gap.
    pub fn row_of(&self, lines: Range<u32>, line: LineNo) -> u32 {
        let through = lines.start..(line.0 + 1).min(lines.end);
        self.rows(through).saturating_sub(1)
    }

    /// Whether any line of a range is shown.
    pub fn holds_any(&self, lines: Range<u32>) -> bool {
        match self {
            Self::All | Self::Gathered(_) => !lines.is_empty(),
            Self::Only(left) => left.count(lines) > 0,
        }
    }

    /// Whether a line is left out.
    pub fn leaves_out(&self, line: LineNo) -> bool {
        match self {
            Self::All | Self::Gathered(_) => false,
            Self::Only(left) => !left.holds(line),
        }
    }

    /// The line whose row a line is told by: its own, or that of the line it repeats.
    pub fn told_by(&self, line: LineNo) -> LineNo {
        match self {
            Self::Gathered(repeats) => repeats.of(line).map_or(line, |repeat| LineNo(repeat.first)),
            Self::Only(left) => left.told_by(line),
            Self::All => line,
        }
    }

    /// The first line from this one on that has a row; none past the last.
    pub fn next(&self, line: LineNo) -> Option<LineNo> {
        match self {
            Self::All => Some(line),
            Self::Gathered(repeats) => Some(LineNo(repeats.nth(repeats.before(line.0)))),
            Self::Only(left) => left.next(line),
        }
    }

    /// How many lines in a row the row of this one stands for.
    pub fn times(&self, line: LineNo) -> u32 {
        match self {
            Self::Gathered(repeats) => repeats.of(line).map_or(1, Repeat::times),
            Self::Only(left) => left.times(line),
            Self::All => 1,
        }
    }
}
