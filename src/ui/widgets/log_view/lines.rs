//! What a view reads its lines from: one log.

use crate::model::log::{LineNo, LineText, LogSnapshot};

/// Lines by their numbers. A `LineNo` of a view is a number of these.
#[derive(Clone, Copy)]
pub struct Lines<'a> {
    log: &'a LogSnapshot,
}

impl<'a> Lines<'a> {
    pub const fn of(log: &'a LogSnapshot) -> Self {
        Self { log }
    }

    pub fn len(self) -> u32 {
        self.log.len()
    }

    pub fn text(self, line: LineNo) -> Option<LineText> {
        self.log.text(line)
    }

    /// Milliseconds since 1970.
    pub fn time(self, line: LineNo) -> Option<i64> {
        self.log.time(line)
    }

    /// The lines above one, the nearest first.
    pub fn before(self, line: LineNo) -> impl Iterator<Item = LineText> + 'a {
        (0..line.0)
            .rev()
            .map_while(move |line| self.text(LineNo(line)))
    }
}
