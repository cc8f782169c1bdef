//! Which lines have a row of their own: all of them, all but repeats, or those that the filters leave.
//!
//! Answers "how many before this one" and "which is the nth" without ever walking the log.

use std::ops::Range;

use crate::model::lines::LineIndex;
use crate::model::log::LineNo;
use crate::model::repeat::{Repeat, Repeats};

#[derive(Clone, Debug, Default)]
pub enum Shown {
    #[default]
    All,
    /// Lines that are the same as the one before have none.
    Gathered(Repeats),
    /// These alone.
    Only(LineIndex),
}

impl Shown {
    /// Whether lines are left out that nothing on screen stands for.
    pub const fn is_filtered(&self) -> bool {
        matches!(self, Self::Only(_))
    }

    /// How many lines with a row come before this one.
    pub fn before(&self, line: u32) -> u32 {
        match self {
            Self::All => line,
            Self::Gathered(repeats) => repeats.before(line),
            Self::Only(lines) => lines.position(LineNo(line)) as u32,
        }
    }

    /// The line of the nth row, from zero.
    pub fn nth(&self, nth: u32) -> Option<u32> {
        match self {
            Self::All => Some(nth),
            Self::Gathered(repeats) => Some(repeats.nth(nth)),
            Self::Only(lines) => lines.get(nth as usize).map(|line| line.0),
        }
    }

    /// How many lines of a range have a row.
    pub fn count(&self, lines: Range<u32>) -> u32 {
        if lines.is_empty() {
            return 0;
        }
        self.before(lines.end)
            .saturating_sub(self.before(lines.start))
    }

    /// Whether a line is left out.
    pub fn leaves_out(&self, line: LineNo) -> bool {
        match self {
            Self::All | Self::Gathered(_) => false,
            Self::Only(lines) => !lines.contains(line),
        }
    }

    /// The line whose row a line is told by: its own, or that of the line it repeats.
    pub fn told_by(&self, line: LineNo) -> LineNo {
        match self {
            Self::Gathered(repeats) => repeats.of(line).map_or(line, |repeat| LineNo(repeat.first)),
            Self::All | Self::Only(_) => line,
        }
    }

    /// The first line from this one on that has a row; none past the last.
    pub fn next(&self, line: LineNo) -> Option<LineNo> {
        self.nth(self.before(line.0)).map(LineNo)
    }

    /// How many lines in a row the row of this one stands for.
    pub fn times(&self, line: LineNo) -> u32 {
        match self {
            Self::Gathered(repeats) => repeats.of(line).map_or(1, Repeat::times),
            Self::All | Self::Only(_) => 1,
        }
    }
}
