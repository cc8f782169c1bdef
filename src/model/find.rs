//! Searching a log: every match in every line, folded or not, counted truly.
//!
//! A [`Search`] belongs to one log view and grows with the log. It reads the text in portions of a size the caller
//! chooses, and keeps four bytes for each match: the line it is in. What is searched is what is drawn, so that a
//! colour in the middle of a word does not hide it.

use regex::{Regex, RegexBuilder};

use crate::model::ansi;
use crate::model::log::{LineNo, LogSnapshot};

#[derive(Clone, Debug)]
pub struct Search {
    pattern: Option<Regex>,
    /// The line of each match, in order.
    matches: Vec<u32>,
    scanned: u32,
}

impl Search {
    /// Looks for a literal text; nothing is found for an empty one. Fails only for a text too long to search.
    pub fn new(text: &str, match_case: bool) -> Option<Self> {
        let pattern = if text.is_empty() || text.contains('\n') {
            None
        } else {
            Some(
                RegexBuilder::new(&regex::escape(text))
                    .case_insensitive(!match_case)
                    .build()
                    .ok()?,
            )
        };
        Some(Self {
            pattern,
            matches: Vec::new(),
            scanned: 0,
        })
    }

    /// Reads about `budget` more bytes; returns whether any line was left unread.
    pub fn extend(&mut self, log: &LogSnapshot, budget: usize) -> bool {
        if log.len() < self.scanned {
            self.matches.clear();
            self.scanned = 0;
        }
        let Some(pattern) = &self.pattern else {
            self.scanned = log.len();
            return false;
        };
        let mut read = 0;
        for piece in log.pieces_from(LineNo(self.scanned)) {
            if read >= budget {
                return true;
            }
            let text = piece.text();
            if piece.is_plain() {
                let found = pattern.find_iter(text);
                self.matches
                    .extend(found.map(|found| piece.line_at(found.start()).0));
            } else {
                for (line, _, raw) in piece.lines() {
                    let count = if piece.is_plain_line(line) {
                        pattern.find_iter(raw).count()
                    } else {
                        pattern.find_iter(&ansi::plain(raw)).count()
                    };
                    self.matches.extend(std::iter::repeat_n(line.0, count));
                }
            }
            read += text.len() + 64;
            self.scanned = piece.end();
        }
        false
    }

    /// How many matches have been found so far.
    pub fn len(&self) -> usize {
        self.matches.len()
    }

    pub fn is_empty(&self) -> bool {
        self.matches.is_empty()
    }

    /// How many lines have been read.
    pub fn scanned(&self) -> u32 {
        self.scanned
    }

    /// The line of a match.
    pub fn line(&self, number: usize) -> Option<LineNo> {
        self.matches.get(number).copied().map(LineNo)
    }

    /// The first match in this line or after it, going round at the end.
    pub fn from_line(&self, line: LineNo) -> Option<usize> {
        if self.matches.is_empty() {
            return None;
        }
        let number = self.matches.partition_point(|&found| found < line.0);
        Some(if number == self.matches.len() {
            0
        } else {
            number
        })
    }

    /// Which of the matches in its own line a match is, from zero.
    pub fn place_in_line(&self, number: usize) -> usize {
        self.matches.get(number).map_or(0, |line| {
            number - self.matches.partition_point(|found| found < line)
        })
    }

    /// Where the matches are in a drawn text, as byte ranges.
    pub fn ranges<'t>(
        &'t self,
        text: &'t str,
    ) -> impl Iterator<Item = std::ops::Range<usize>> + 't {
        self.pattern
            .iter()
            .flat_map(move |pattern| pattern.find_iter(text).map(|found| found.range()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::LogBuffer;

    fn lines(search: &Search) -> Vec<u32> {
        (0..search.len())
            .filter_map(|number| search.line(number))
            .map(|line| line.0)
            .collect()
    }

    #[test]
    fn every_match_is_counted_and_none_across_two_lines() {
        let mut buffer = LogBuffer::default();
        for line in ["ab ab", "xa", "bx", "\u{1b}[31ma\u{1b}[0mb", "AB"] {
            buffer.append(0, line);
        }
        let log = buffer.snapshot();
        let mut search = Search::new("ab", true).unwrap();
        assert!(!search.extend(&log, usize::MAX));
        assert_eq!(lines(&search), [0, 0, 3]);
        assert_eq!((search.place_in_line(1), search.place_in_line(2)), (1, 0));
        assert_eq!(search.from_line(LineNo(1)), Some(2));
        assert_eq!(search.from_line(LineNo(4)), Some(0));
        let mut search = Search::new("ab", false).unwrap();
        search.extend(&log, usize::MAX);
        assert_eq!(lines(&search), [0, 0, 3, 4]);
        assert_eq!(search.ranges("xAb").next(), Some(1..3));
    }

    #[test]
    fn plain_chunks_are_searched_as_one_text_with_the_same_result() {
        let mut buffer = LogBuffer::default();
        let mut expected = Vec::new();
        for number in 0..40_000_u32 {
            let line = format!(
                "{} needl",
                if number % 1_000 == 7 { "e needle" } else { "e" }
            );
            if number % 1_000 == 7 {
                expected.push(number);
            }
            buffer.append(0, &line);
        }
        let log = buffer.snapshot();
        let mut search = Search::new("needle", true).unwrap();
        let mut portions = 0;
        while search.extend(&log, 1) {
            portions += 1;
        }
        assert!(portions > 1);
        assert_eq!(lines(&search), expected);
    }

    #[test]
    fn a_growing_log_is_searched_on_and_a_new_one_anew() {
        let mut buffer = LogBuffer::default();
        buffer.append(0, "one");
        let mut search = Search::new("one", true).unwrap();
        search.extend(&buffer.snapshot(), usize::MAX);
        buffer.append(0, "one and one");
        search.extend(&buffer.snapshot(), usize::MAX);
        assert_eq!(lines(&search), [0, 1, 1]);
        let mut other = LogBuffer::default();
        other.append(0, "one");
        search.extend(&other.snapshot(), usize::MAX);
        assert_eq!(lines(&search), [0]);
        assert!(Search::new("", true).unwrap().is_empty());
    }
}
