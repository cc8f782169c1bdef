//! What a filter leaves of a log, as rows: the lines that pass, one row for those that repeat, and one for each stretch
//! of hidden lines between them.
//!
//! Nothing is laid out in advance: how many rows a range of lines has is counted by binary searches, and the row at a
//! place is found by searching those counts.

use std::ops::Range;
use std::sync::Arc;

use crate::model::filter::Left;
use crate::model::lines::LineIndex;
use crate::model::log::LineNo;

/// What a row of a filtered range shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Line(LineNo),
    /// Lines from one up to another are hidden.
    Gap(u32, u32),
}

#[derive(Clone, Debug, Default)]
pub struct Only {
    lines: LineIndex,
    /// Those of them that have no row, because the one before is the same.
    same: LineIndex,
    /// Those of them before which a line is hidden.
    starts: LineIndex,
    /// Shown though the filter leaves them out. In order, and without those that it leaves.
    also: Arc<[Range<u32>]>,
}

impl Only {
    /// `also`: lines that are shown in any case, in any order.
    pub fn of(left: &Left, gathers: bool, also: &[Range<u32>]) -> Self {
        let same = if gathers {
            left.same.clone()
        } else {
            LineIndex::default()
        };
        Self {
            also: apart(&left.lines, also).into(),
            lines: left.lines.clone(),
            same,
            starts: left.starts.clone(),
        }
    }

    pub fn holds(&self, line: LineNo) -> bool {
        self.lines.contains(line) || self.also.iter().any(|range| range.contains(&line.0))
    }

    /// How many lines of a range are shown, those that repeat too.
    pub fn count(&self, lines: Range<u32>) -> u32 {
        if lines.is_empty() {
            return 0;
        }
        let also = self.also.iter().map(|range| {
            let from = range.start.max(lines.start);
            range.end.min(lines.end).saturating_sub(from)
        });
        also.sum::<u32>() + self.lines.count_in(lines) as u32
    }

    /// How many rows a range of lines takes.
    pub fn rows(&self, lines: Range<u32>) -> u32 {
        let Some(last) = lines.end.checked_sub(1).filter(|_| !lines.is_empty()) else {
            return 0;
        };
        // One that begins the range has a row of its own, whatever it repeats.
        let inner = lines.start + 1..lines.end;
        let same = self.same.count_in(inner.clone()) as u32;
        let ended = self.starts(inner);
        let open = u32::from(!self.holds(LineNo(last)));
        self.count(lines) - same + ended + open
    }

    /// The nth row of a range of lines, from zero.
    pub fn nth(&self, lines: Range<u32>, nth: u32) -> Option<Item> {
        let (mut low, mut high) = (lines.start, lines.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.rows(lines.start..middle + 1) > nth {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        if low >= lines.end {
            None
        } else if self.holds(LineNo(low)) {
            Some(Item::Line(LineNo(low)))
        } else {
            let next = self.next(LineNo(low));
            let end = next.map_or(lines.end, |next| next.0.min(lines.end));
            Some(Item::Gap(low, end))
        }
    }

    /// The first shown line from this one on.
    pub fn next(&self, line: LineNo) -> Option<LineNo> {
        let left = self.lines.get(self.lines.position(line));
        let also = self.also.iter().find(|range| range.end > line.0);
        let also = also.map(|range| LineNo(range.start.max(line.0)));
        left.into_iter().chain(also).min()
    }

    /// The line whose row tells this one.
    pub fn told_by(&self, line: LineNo) -> LineNo {
        if !self.same.contains(line) {
            return line;
        }
        let at = self.same.position(line);
        // How many right before it repeat too.
        let before = longest(at, |count| {
            let first = at.checked_sub(count).and_then(|at| self.same.get(at));
            first == line.0.checked_sub(count as u32).map(LineNo)
        });
        LineNo(line.0 - before as u32 - 1)
    }

    /// How many lines the row of this one stands for.
    pub fn times(&self, line: LineNo) -> u32 {
        let at = self.same.position(LineNo(line.0 + 1));
        let most = self.same.len() - at;
        let after = longest(most, |count| {
            self.same.get(at + count - 1) == Some(LineNo(line.0 + count as u32))
        });
        after as u32 + 1
    }

    /// How many lines of a range are shown of which the one before is hidden.
    fn starts(&self, lines: Range<u32>) -> u32 {
        let mut count = self.starts.count_in(lines.clone()) as u32;
        for range in self.also.iter() {
            let begins = range.start > 0 && !self.holds(LineNo(range.start - 1));
            count += u32::from(begins && lines.contains(&range.start));
            let ends = self.starts.contains(LineNo(range.end));
            count -= u32::from(ends && lines.contains(&range.end));
        }
        count
    }
}

/// The largest count up to `most` for which it holds; it holds for all below one, and for none above.
fn longest(most: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if holds(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

/// The ranges in order, once each, without the lines of an index.
fn apart(lines: &LineIndex, ranges: &[Range<u32>]) -> Vec<Range<u32>> {
    let mut ranges = ranges.to_vec();
    ranges.sort_by_key(|range| range.start);
    let mut parts: Vec<Range<u32>> = Vec::new();
    for range in ranges {
        let mut from = parts.last().map_or(0, |last| last.end).max(range.start);
        for line in lines.iter_from(lines.position(LineNo(from))) {
            if line.0 >= range.end {
                break;
            }
            if from < line.0 {
                parts.push(from..line.0);
            }
            from = line.0 + 1;
        }
        if from < range.end {
            parts.push(from..range.end);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(lines: &[u32], same: &[u32]) -> Left {
        let mut left = Left::default();
        left.lines.extend(lines);
        left.same.extend(same);
        let before = |line: &&u32| **line == 0 || !lines.contains(&(**line - 1));
        let starts: Vec<u32> = lines.iter().filter(before).copied().collect();
        left.starts.extend(&starts);
        left
    }

    fn items(only: &Only, lines: Range<u32>) -> Vec<Item> {
        (0..only.rows(lines.clone()))
            .map(|nth| only.nth(lines.clone(), nth).unwrap())
            .collect()
    }

    #[test]
    fn hidden_lines_between_have_one_row_that_counts_them() {
        let line = |line| Item::Line(LineNo(line));
        let only = Only::of(&left(&[2, 3, 7], &[3]), true, &[]);
        let shown = [
            Item::Gap(0, 2),
            line(2),
            Item::Gap(4, 7),
            line(7),
            Item::Gap(8, 10),
        ];
        assert_eq!(items(&only, 0..10), shown);
        assert_eq!(
            (only.times(LineNo(2)), only.told_by(LineNo(3))),
            (2, LineNo(2))
        );
        let revealed = Only::of(&left(&[2, 3, 7], &[3]), false, &[4..6, 5..7]);
        let shown = [
            Item::Gap(0, 2),
            line(2),
            line(3),
            line(4),
            line(5),
            line(6),
            line(7),
            Item::Gap(8, 10),
        ];
        assert_eq!(items(&revealed, 0..10), shown);
        assert_eq!(items(&Only::default(), 3..9), [Item::Gap(3, 9)]);
    }

    proptest::proptest! {
        #[test]
        fn rows_are_what_walking_the_lines_tells(
            kept in proptest::collection::btree_set(0..40_u32, 0..30),
            repeats in proptest::collection::btree_set(0..40_u32, 0..20),
            also in proptest::collection::vec((0..40_u32, 0..6_u32), 0..4),
            from in 0..20_u32,
            to in 0..41_u32,
        ) {
            let lines: Vec<u32> = kept.iter().copied().collect();
            let is_same = |line: &u32| *line > 0 && repeats.contains(line) && kept.contains(&(line - 1));
            let same: Vec<u32> = lines.iter().filter(|line| is_same(line)).copied().collect();
            let also: Vec<Range<u32>> = also.iter().map(|(from, long)| *from..(from + long).min(40)).collect();
            let only = Only::of(&left(&lines, &same), true, &also);
            let holds = |line: u32| kept.contains(&line) || also.iter().any(|range| range.contains(&line));
            let mut walked: Vec<Item> = Vec::new();
            for line in from..to {
                if holds(line) {
                    if line == from || !same.contains(&line) {
                        walked.push(Item::Line(LineNo(line)));
                    }
                } else if let Some(Item::Gap(_, end)) = walked.last_mut() {
                    *end = line + 1;
                } else {
                    walked.push(Item::Gap(line, line + 1));
                }
            }
            proptest::prop_assert_eq!(items(&only, from..to), walked.clone());
            for (row, item) in walked.iter().enumerate() {
                let first = match *item {
                    Item::Line(line) => line.0,
                    Item::Gap(from, _) => from,
                };
                proptest::prop_assert_eq!(only.rows(from..first + 1), row as u32 + 1);
            }
        }
    }
}
