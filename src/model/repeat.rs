//! Lines that repeat the one before them, gathered to one: `the same ×400`.
//!
//! Two lines are the same if they are drawn the same. Empty lines are left alone: a gap is no repetition. Swept over
//! the log in the background ([`crate::model::sweep`]); a log without repeats costs nothing to hold.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::model::ansi;
use crate::model::grown::Grown;
use crate::model::log::LineNo;
use crate::model::sweep::{Scan, Stretch};

/// Finds the repeats.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gathering;

/// Lines that are drawn the same, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// The line that stands for all.
    pub first: u32,
    pub last: u32,
    /// How many lines earlier repeats hide.
    hidden_before: u32,
}

impl Repeat {
    /// How often the line stands there.
    pub const fn times(self) -> u32 {
        self.last - self.first + 1
    }

    /// How many lines this one and earlier ones hide.
    const fn hidden_to(self) -> u32 {
        self.hidden_before + self.last - self.first
    }

    /// The lines that the first one stands for.
    pub const fn hidden(self) -> Range<u32> {
        self.first + 1..self.last + 1
    }
}

/// The repeats of the lines read so far.
#[derive(Clone, Debug, Default)]
pub struct Repeats {
    known: Grown<Repeat>,
    /// It ends with the last line that was read, and may go on.
    open: Option<Repeat>,
}

impl Repeats {
    pub fn is_empty(&self) -> bool {
        self.known.is_empty() && self.open.is_none()
    }

    /// The repeat that a line belongs to.
    pub fn of(&self, line: LineNo) -> Option<Repeat> {
        let last = self.last_from(line.0)?;
        (line.0 <= last.last).then_some(last)
    }

    /// How many of the lines before this one are not hidden: O(log repeats).
    pub fn before(&self, line: u32) -> u32 {
        match self.last_from(line) {
            Some(repeat) => line - repeat.hidden_before - hidden_of(repeat, line),
            None => line,
        }
    }

    /// The line that so many others which are not hidden come before: the inverse of [`Self::before`].
    pub fn nth(&self, nth: u32) -> u32 {
        // The last repeat whose first line has at most `nth` shown lines before it.
        let known = self
            .known
            .partition_point(|repeat| repeat.first - repeat.hidden_before <= nth);
        let open = self
            .open
            .filter(|repeat| repeat.first - repeat.hidden_before <= nth);
        let repeat = open.or_else(|| self.known.get(known.checked_sub(1)?));
        match repeat {
            Some(repeat) if repeat.first - repeat.hidden_before == nth => repeat.first,
            Some(repeat) => nth + repeat.hidden_to(),
            None => nth,
        }
    }

    /// As they are when those that begin in these lines are shown line by line: O(repeats).
    pub fn without(&self, opened: &BTreeSet<u32>) -> Self {
        if opened.is_empty() {
            return self.clone();
        }
        let mut hidden_before = 0;
        let mut kept = Vec::new();
        for repeat in self.known.iter_from(0).chain(self.open) {
            if !opened.contains(&repeat.first) {
                let repeat = Repeat {
                    hidden_before,
                    ..repeat
                };
                hidden_before = repeat.hidden_to();
                kept.push(repeat);
            }
        }
        let mut known = Grown::default();
        known.extend(&kept);
        Self { known, open: None }
    }

    /// The last repeat that begins in this line or before it.
    fn last_from(&self, line: u32) -> Option<Repeat> {
        let open = self.open.filter(|repeat| repeat.first <= line);
        open.or_else(|| {
            let known = self.known.partition_point(|repeat| repeat.first <= line);
            self.known.get(known.checked_sub(1)?)
        })
    }
}

/// How many lines of a repeat that come before this line are hidden.
fn hidden_of(repeat: Repeat, line: u32) -> u32 {
    line.min(repeat.last + 1).saturating_sub(repeat.first + 1)
}

impl Scan for Gathering {
    /// Lines that are the same as the one before, as ranges.
    type Part = Vec<Range<u32>>;
    type State = Repeats;
    type Found = Repeats;

    fn read(&self, stretch: &Stretch<'_>) -> Vec<Range<u32>> {
        let mut same: Vec<Range<u32>> = Vec::new();
        let before = stretch.lines.start.checked_sub(1);
        let before = before.and_then(|line| stretch.log.text(LineNo(line)));
        let mut last = before.map(|raw| ansi::plain(&raw));
        for piece in stretch.pieces() {
            let mut previous = last.take().map(Cow::Owned);
            for (line, _, raw) in piece.lines() {
                let drawn = if piece.is_plain_line(line) {
                    Cow::Borrowed(raw)
                } else {
                    Cow::Owned(ansi::plain(raw))
                };
                if !drawn.is_empty() && previous.as_deref() == Some(&*drawn) {
                    match same.last_mut() {
                        Some(range) if range.end == line.0 => range.end += 1,
                        _ => same.push(line.0..line.0 + 1),
                    }
                }
                previous = Some(drawn);
            }
            last = previous.map(Cow::into_owned);
        }
        same
    }

    fn join(&self, state: &mut Repeats, lines: Range<u32>, part: Vec<Range<u32>>) {
        let mut known = Vec::new();
        for same in part {
            match &mut state.open {
                Some(open) if open.last + 1 == same.start => open.last = same.end - 1,
                open => {
                    known.extend(*open);
                    let before = open.or_else(|| state.known.last());
                    *open = Some(Repeat {
                        first: same.start - 1,
                        last: same.end - 1,
                        hidden_before: before.map_or(0, Repeat::hidden_to),
                    });
                }
            }
        }
        known.extend(state.open.take_if(|open| open.last + 1 < lines.end));
        state.known.extend(&known);
    }

    fn found(&self, state: &Repeats) -> Repeats {
        state.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::LogBuffer;
    use crate::model::sweep::Sweep;

    fn repeats(lines: &[&str], portions: &[usize]) -> Repeats {
        let mut buffer = LogBuffer::default();
        let mut sweep = Sweep::new(Gathering);
        for (number, line) in lines.iter().enumerate() {
            buffer.append(0, line);
            if portions.contains(&number)
                && let Some(pass) = sweep.pass(&buffer.snapshot())
            {
                pass.run(&|| {});
            }
        }
        if let Some(pass) = sweep.pass(&buffer.snapshot()) {
            pass.run(&|| {});
        }
        sweep.progress().found.clone()
    }

    #[test]
    fn lines_that_are_drawn_the_same_are_gathered() {
        let lines = ["a", "a", "\u{1b}[1ma\u{1b}[0m", "", "", "b", "c", "c"];
        let found = repeats(&lines, &[]);
        let first = found.of(LineNo(1)).unwrap();
        assert_eq!((first.first, first.times(), first.hidden()), (0, 3, 1..3));
        assert!(found.of(LineNo(4)).is_none() && found.of(LineNo(5)).is_none());
        assert_eq!(found.of(LineNo(7)).map(Repeat::times), Some(2));
        let opened = found.without(&BTreeSet::from([0]));
        assert!(opened.of(LineNo(1)).is_none());
        assert_eq!((opened.before(8), opened.nth(6)), (7, 6));
        assert!(repeats(&["a", "b"], &[]).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn hidden_lines_are_those_that_repeat_the_one_before(
            lines in proptest::collection::vec("[ab]?", 0..60),
            portions in proptest::collection::vec(0..60_usize, 0..8),
        ) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let found = repeats(&lines, &portions);
            let hidden = |line: usize| line > 0 && !lines[line].is_empty() && lines[line] == lines[line - 1];
            let mut shown = 0;
            for line in 0..lines.len() {
                proptest::prop_assert_eq!(found.before(line as u32), shown);
                let own = found.of(LineNo(line as u32));
                proptest::prop_assert_eq!(own.is_some_and(|own| own.hidden().contains(&(line as u32))), hidden(line));
                if !hidden(line) {
                    proptest::prop_assert_eq!(found.nth(shown), line as u32);
                    shown += 1;
                }
            }
        }
    }
}
