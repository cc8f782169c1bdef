//! Searching a log: every match in every line, folded or not, counted truly.
//!
//! A [`Search`] is swept over the log in the background ([`crate::model::sweep`]) and keeps four bytes for each match:
//! the line it is in. What is searched is what is drawn.

use std::ops::Range;

use crate::model::lines::LineIndex;
use crate::model::log::LineNo;
pub use crate::model::pattern::{Pattern, Query};
use crate::model::sweep::{Scan, Stretch};

/// One query over one log.
#[derive(Debug)]
pub struct Search {
    pattern: Pattern,
}

impl Search {
    pub fn new(pattern: Pattern) -> Self {
        Self { pattern }
    }

    /// To mark matches in the lines that are drawn.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }
}

impl Scan for Search {
    type Part = Vec<u32>;
    type State = Matches;
    type Found = Matches;

    fn read(&self, stretch: &Stretch<'_>) -> Vec<u32> {
        let mut found = Vec::new();
        for piece in stretch.pieces_with(self.pattern.sought()) {
            self.pattern.search(&piece, &mut |line| found.push(line));
        }
        found
    }

    fn join(&self, state: &mut Matches, _lines: Range<u32>, part: Vec<u32>) {
        state.lines.extend(&part);
    }

    fn found(&self, state: &Matches) -> Matches {
        state.clone()
    }
}

/// The matches found so far, in order.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    /// The line of each match.
    lines: LineIndex,
}

impl Matches {
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The line of a match.
    pub fn line(&self, number: usize) -> Option<LineNo> {
        self.lines.get(number)
    }

    /// The first match in this line or after it, going round at the end.
    pub fn from_line(&self, line: LineNo) -> Option<usize> {
        let number = self.lines.position(line);
        match self.len() {
            0 => None,
            count if number == count => Some(0),
            _ => Some(number),
        }
    }

    /// Which of the matches in its own line a match is, from zero.
    pub fn place_in_line(&self, number: usize) -> usize {
        self.line(number)
            .map_or(0, |line| number - self.lines.position(line))
    }

    /// How many matches are in these lines: O(log matches), so that a rail costs its height and not the matches.
    pub fn count_in(&self, lines: Range<u32>) -> usize {
        self.lines.count_in(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::{LogBuffer, LogSnapshot};
    use crate::model::sweep::Sweep;

    fn search(text: &str) -> Sweep<Search> {
        let query = Query {
            text: text.to_owned(),
            regex: false,
            match_case: true,
        };
        Sweep::new(Search::new(query.pattern().unwrap()))
    }

    fn run(search: &mut Sweep<Search>, log: &LogSnapshot) -> Matches {
        if let Some(pass) = search.pass(log) {
            pass.run(&|| {});
        }
        assert!(search.is_done(log));
        search.progress().found.clone()
    }

    fn lines(matches: &Matches) -> Vec<u32> {
        (0..matches.len())
            .filter_map(|number| matches.line(number))
            .map(|line| line.0)
            .collect()
    }

    #[test]
    fn matches_are_numbered_and_go_round() {
        let mut buffer = LogBuffer::default();
        for line in ["ab ab", "xa", "bx", "ab"] {
            buffer.append(0, line);
        }
        let found = run(&mut search("ab"), &buffer.snapshot());
        assert_eq!(lines(&found), [0, 0, 3]);
        assert_eq!((found.place_in_line(1), found.place_in_line(2)), (1, 0));
        assert_eq!(found.from_line(LineNo(1)), Some(2));
        assert_eq!(found.from_line(LineNo(4)), Some(0));
        assert_eq!((found.count_in(0..3), found.count_in(1..4)), (2, 1));
        assert_eq!(Matches::default().from_line(LineNo(0)), None);
    }

    #[test]
    fn a_growing_log_is_searched_on() {
        let mut buffer = LogBuffer::default();
        buffer.append(0, "one");
        let mut search = search("one");
        assert_eq!(lines(&run(&mut search, &buffer.snapshot())), [0]);
        assert!(search.pass(&buffer.snapshot()).is_none(), "nothing came");
        buffer.append(0, "one and one");
        let log = buffer.snapshot();
        assert!(!search.is_done(&log));
        assert_eq!(lines(&run(&mut search, &log)), [0, 1, 1]);
    }
}
