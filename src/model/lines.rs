//! Some lines of a log, in order, as numbers: where a search hits, what a filter leaves. Four bytes a line, never text.

use std::ops::Range;

use crate::model::grown::Grown;
use crate::model::log::LineNo;

/// Line numbers that never fall. A copy shares them.
#[derive(Clone, Debug, Default)]
pub struct LineIndex {
    lines: Grown<u32>,
}

impl LineIndex {
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The line at a place.
    pub fn get(&self, place: usize) -> Option<LineNo> {
        self.lines.get(place).map(LineNo)
    }

    pub fn last(&self) -> Option<LineNo> {
        self.lines.last().map(LineNo)
    }

    /// The place of the first entry in this line or after it; the length if there is none.
    pub fn position(&self, line: LineNo) -> usize {
        self.lines.partition_point(|&own| own < line.0)
    }

    pub fn contains(&self, line: LineNo) -> bool {
        self.get(self.position(line)) == Some(line)
    }

    /// How many entries are in these lines: what a stretch of a rail beside the log tells.
    pub fn count_in(&self, lines: Range<u32>) -> usize {
        self.position(LineNo(lines.end))
            .saturating_sub(self.position(LineNo(lines.start)))
    }

    /// Appends lines that come after all others.
    pub fn extend(&mut self, lines: &[u32]) {
        self.lines.extend(lines);
    }

    pub fn iter_from(&self, place: usize) -> impl Iterator<Item = LineNo> {
        self.lines.iter_from(place).map(LineNo)
    }
}
