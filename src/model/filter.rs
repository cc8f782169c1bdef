//! Which lines of a log are shown: those with these texts, without those, of a level at least, and some lines around.
//!
//! A filter is swept over the log in the background ([`crate::model::sweep`]); what it leaves is an index of lines,
//! never a copy of them.

use std::borrow::Cow;
use std::ops::Range;

use crate::model::ansi;
use crate::model::level::{self, Level};
use crate::model::lines::LineIndex;
use crate::model::log::{LineNo, Piece, Sought};
use crate::model::pattern::{Pattern, Query};
use crate::model::sweep::{Scan, Stretch};

/// What a person chose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A line is shown if it has all of these: each narrows what the others leave.
    pub only: Vec<Query>,
    /// Lines with any of these are shown never, not even around others.
    pub hide: Vec<Query>,
    /// Lines below this level are not shown.
    pub level: Option<Level>,
    /// So many lines before and after each are shown with it.
    pub around: u32,
}

impl Filter {
    /// Every line is shown.
    pub fn is_empty(&self) -> bool {
        self.only.is_empty() && self.hide.is_empty() && self.level.is_none()
    }

    /// Makes it ready to filter with. The error says in a sentence which expression is wrong, and how.
    pub fn sieve(&self) -> Result<Sieve, String> {
        let patterns = |queries: &[Query]| {
            let patterns = queries.iter().map(|query| {
                let pattern = query.pattern();
                pattern.map_err(|problem| format!("{}: {problem}", query.text))
            });
            patterns.collect::<Result<Vec<_>, _>>()
        };
        Ok(Sieve {
            only: patterns(&self.only)?,
            hide: patterns(&self.hide)?,
            level: self.level,
            around: self.around,
        })
    }
}

/// A filter that can be swept over a log.
#[derive(Debug)]
pub struct Sieve {
    only: Vec<Pattern>,
    hide: Vec<Pattern>,
    level: Option<Level>,
    around: u32,
}

/// What the filter leaves of the lines read so far.
#[derive(Clone, Debug, Default)]
pub struct Left {
    /// The lines that are shown.
    pub lines: LineIndex,
    /// Those of them that are shown for their own sake, and not because they are near one.
    pub hits: LineIndex,
    /// The shown lines that are drawn as the one before, which is shown for its own sake too.
    pub same: LineIndex,
    /// The shown lines before which one is hidden.
    pub starts: LineIndex,
}

#[derive(Debug, Default)]
pub struct Joining {
    left: Left,
    /// The line after the last that is known to be shown or not.
    decided_to: u32,
    /// Lines before this one are shown because they follow a hit.
    around_to: u32,
    /// The hidden ones among the last lines, as far back as a hit that comes now reaches.
    hidden: Vec<u32>,
}

/// Lines of a stretch.
#[derive(Debug, Default)]
pub struct Part {
    hits: Vec<u32>,
    /// Hits that are drawn as the line before them.
    same: Vec<u32>,
    /// Those with a text that is hidden; only told where lines around hits are shown.
    hidden: Vec<u32>,
}

impl Scan for Sieve {
    type Part = Part;
    type State = Joining;
    type Found = Left;

    fn read(&self, stretch: &Stretch<'_>) -> Part {
        let mut part = Part::default();
        let mut levels = self.level.map(|least| {
            let reader = level::Reader::before(stretch.log, LineNo(stretch.lines.start));
            (least, reader)
        });
        let before = stretch.lines.start.checked_sub(1);
        let before = before.and_then(|line| Some((line, stretch.log.text(LineNo(line))?)));
        let mut last = before.map(|(line, raw)| (line, ansi::plain(&raw)));
        for piece in stretch.pieces_with(self.sought()) {
            let from = part.hits.len();
            self.read_piece(&piece, &mut levels, &mut part);
            let hits = part.hits.get(from..).unwrap_or_default();
            last = repeats(&piece, hits, last, &mut part.same);
        }
        part
    }

    fn join(&self, state: &mut Joining, lines: Range<u32>, part: Part) {
        if self.around == 0 {
            state.push(&part.hits, &part.same);
            return;
        }
        state.left.hits.extend(&part.hits);
        state.hidden.extend(&part.hidden);
        let mut shown = Vec::new();
        for hit in part.hits {
            let from = hit.saturating_sub(self.around);
            state.show(state.decided_to..state.around_to.min(from), &mut shown);
            state.show(from.max(state.decided_to)..hit + 1, &mut shown);
            state.decided_to = hit + 1;
            state.around_to = hit.saturating_add(self.around).saturating_add(1);
        }
        let to = state.around_to.min(lines.end);
        if state.decided_to < to {
            state.show(state.decided_to..to, &mut shown);
            state.decided_to = to;
        }
        state.push(&shown, &part.same);
        let reach = lines.end.saturating_sub(self.around);
        let passed = state.hidden.partition_point(|&line| line < reach);
        state.hidden.drain(..passed);
    }

    fn found(&self, state: &Joining) -> Left {
        Left {
            lines: state.left.lines.clone(),
            hits: if self.around == 0 {
                state.left.lines.clone()
            } else {
                state.left.hits.clone()
            },
            same: state.left.same.clone(),
            starts: state.left.starts.clone(),
        }
    }
}

impl Sieve {
    /// What every line that counts has; none where other lines count too, for their level or for being hidden.
    fn sought(&self) -> Option<&Sought> {
        let alone = self.level.is_none() && self.around == 0;
        self.only.first().filter(|_| alone)?.sought()
    }

    fn read_piece(
        &self,
        piece: &Piece,
        levels: &mut Option<(Level, level::Reader)>,
        part: &mut Part,
    ) {
        let numbers = piece.numbers();
        let index = |line: u32| (line - numbers.start) as usize;
        let mut left = vec![true; numbers.len()];
        if let Some((least, reader)) = levels {
            for (line, _, raw) in piece.lines() {
                left[index(line.0)] = reader.read(raw, piece.is_plain_line(line)) >= *least;
            }
        }
        for pattern in &self.only {
            let mut with = vec![false; numbers.len()];
            pattern.search(piece, &mut |line| with[index(line)] = true);
            for (left, with) in left.iter_mut().zip(with) {
                *left &= with;
            }
        }
        let mut hidden = vec![false; numbers.len()];
        for pattern in &self.hide {
            pattern.search(piece, &mut |line| hidden[index(line)] = true);
        }
        for ((line, left), hidden) in numbers.zip(left).zip(hidden) {
            if hidden {
                if self.around > 0 {
                    part.hidden.push(line);
                }
            } else if left {
                part.hits.push(line);
            }
        }
    }
}

/// Finds those of a piece's hits that are drawn as the line right before them, if that is a hit too; returns the last hit,
/// as it is drawn. `last` is the one before the piece.
fn repeats(
    piece: &Piece,
    hits: &[u32],
    last: Option<(u32, String)>,
    same: &mut Vec<u32>,
) -> Option<(u32, String)> {
    if hits.is_empty() {
        return last;
    }
    let mut last = last.map(|(line, text)| (line, Cow::Owned(text)));
    let mut hits = hits.iter().copied().peekable();
    for (line, _, raw) in piece.lines() {
        if hits.next_if_eq(&line.0).is_none() {
            continue;
        }
        let drawn = if piece.is_plain_line(line) {
            Cow::Borrowed(raw)
        } else {
            Cow::Owned(ansi::plain(raw))
        };
        let repeats = last.as_ref().is_some_and(|(before, text)| {
            !drawn.is_empty() && before + 1 == line.0 && *text == drawn
        });
        if repeats {
            same.push(line.0);
        }
        last = Some((line.0, drawn));
    }
    last.map(|(line, text)| (line, text.into_owned()))
}

impl Joining {
    /// Appends shown lines, of which these may repeat the one before.
    fn push(&mut self, shown: &[u32], same: &[u32]) {
        let last = self.left.lines.last().map(|line| line.0);
        let mut before = last;
        let is_start = |line: &u32| {
            let starts = *line > 0 && before != Some(line - 1);
            before = Some(*line);
            starts
        };
        let starts: Vec<u32> = shown.iter().copied().filter(is_start).collect();
        self.left.lines.extend(shown);
        self.left.starts.extend(&starts);
        // What stands before the first line of a stretch may not have passed.
        let known = same.iter().copied();
        let known: Vec<u32> = known
            .filter(|line| self.left.lines.contains(LineNo(line - 1)))
            .collect();
        self.left.same.extend(&known);
    }

    fn show(&self, lines: Range<u32>, shown: &mut Vec<u32>) {
        shown.extend(lines.filter(|line| self.hidden.binary_search(line).is_err()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::LogBuffer;
    use crate::model::sweep::Sweep;

    /// The filter's lines and hits when the log is read in these portions.
    fn left(lines: &[String], portions: &[usize], filter: &Filter) -> (Vec<u32>, Vec<u32>) {
        let mut buffer = LogBuffer::default();
        let mut sweep = Sweep::new(filter.sieve().unwrap());
        for (number, line) in lines.iter().enumerate() {
            buffer.append(0, line);
            if (portions.contains(&number) || number + 1 == lines.len())
                && let Some(pass) = sweep.pass(&buffer.snapshot())
            {
                pass.run(&|| {});
            }
        }
        let found = &sweep.progress().found;
        let numbers = |index: &LineIndex| index.iter_from(0).map(|line| line.0).collect();
        (numbers(&found.lines), numbers(&found.hits))
    }

    fn literal(text: &str) -> Query {
        Query::literal(text.to_owned())
    }

    #[test]
    fn texts_levels_and_lines_around_go_together() {
        let lines = [
            "start",
            "ERROR: a",
            "  at x",
            "noise",
            "ERROR: noise",
            "b",
            "WARN b",
        ]
        .map(str::to_owned);
        let errors = Filter {
            level: Some(Level::Error),
            ..Filter::default()
        };
        assert_eq!(left(&lines, &[], &errors).0, [1, 2, 4]);
        let around = Filter {
            hide: vec![literal("noise")],
            around: 1,
            ..errors.clone()
        };
        assert_eq!(left(&lines, &[], &around), (vec![0, 1, 2], vec![1, 2]));
        let both = Filter {
            only: vec![literal("ERROR"), literal("noise")],
            ..Filter::default()
        };
        assert_eq!(left(&lines, &[], &both).0, [4]);
        assert!(Filter::default().is_empty() && !both.is_empty());
        let wrong = Filter {
            hide: vec![Query {
                regex: true,
                ..literal("(a")
            }],
            ..Filter::default()
        };
        assert_eq!(wrong.sieve().unwrap_err(), "(a: unclosed group");
    }

    proptest::proptest! {
        #[test]
        fn a_filter_leaves_what_the_lines_one_by_one_leave(
            lines in proptest::collection::vec("[abc]{0,3}|ERROR a|  b| \u{1b}\\[1mWARN", 0..60),
            portions in proptest::collection::vec(0..60_usize, 0..8),
            only in proptest::collection::vec("[ab]", 0..2),
            hide in proptest::collection::vec("c|bb", 0..2),
            warnings in proptest::bool::ANY,
            around in 0..4_u32,
        ) {
            let filter = Filter {
                only: only.iter().map(|text| literal(text)).collect(),
                hide: hide.iter().map(|text| literal(text)).collect(),
                level: warnings.then_some(Level::Warning),
                around,
            };
            let mut reader = level::Reader::default();
            let drawn: Vec<String> = lines.iter().map(|line| crate::model::ansi::plain(line)).collect();
            let hidden: Vec<bool> = drawn.iter().map(|line| hide.iter().any(|text| line.contains(text))).collect();
            let hit: Vec<bool> = drawn.iter().enumerate().map(|(number, line)| {
                let level = reader.read(line, true);
                !hidden[number] && (!warnings || level >= Level::Warning) && only.iter().all(|text| line.contains(text))
            }).collect();
            let near = |line: usize| {
                let around = around as usize;
                (line.saturating_sub(around)..=line + around).any(|other| hit.get(other).is_some_and(|hit| *hit))
            };
            let all = 0..lines.len();
            let shown: Vec<u32> = all.clone().filter(|&line| !hidden[line] && near(line)).map(|line| line as u32).collect();
            let hits: Vec<u32> = all.filter(|&line| hit[line]).map(|line| line as u32).collect();
            proptest::prop_assert_eq!(left(&lines, &portions, &filter), (shown, hits));
        }
    }
}
