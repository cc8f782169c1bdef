//! What is looked for in the lines of a log: a text or a regular expression.
//!
//! A line matches as it is drawn ([`ansi`]), so that a colour amid a word hides nothing. Lines that are drawn as they
//! stand, nearly all, are searched many at once; the result is the same as line by line.

use memchr::memmem;
use regex::{Regex, RegexBuilder};

use crate::model::ansi;
use crate::model::log::{Piece, Sought};

/// The compiled size of a regular expression, in bytes. Larger ones are refused.
const SIZE_LIMIT: usize = 4 * 1024 * 1024;
/// What a thread may spend on the states of one, in bytes; beyond it a search gets slow and no larger.
const STATES_LIMIT: usize = 8 * 1024 * 1024;

/// What a person asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    pub text: String,
    /// The text is a regular expression.
    pub regex: bool,
    pub match_case: bool,
}

impl Query {
    /// A text as it stands.
    pub const fn literal(text: String) -> Self {
        Self {
            text,
            regex: false,
            match_case: true,
        }
    }

    /// Makes it ready to search with. An empty text matches nothing. The error says in a sentence what is wrong with
    /// the expression.
    pub fn pattern(&self) -> Result<Pattern, String> {
        let source = if self.regex {
            self.text.clone()
        } else {
            regex::escape(&self.text)
        };
        let regex = RegexBuilder::new(&source)
            .case_insensitive(!self.match_case)
            .multi_line(true)
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(STATES_LIMIT)
            .build()
            .map_err(|error| problem(&error))?;
        let literal = (!self.regex && self.match_case)
            .then(|| memmem::Finder::new(self.text.as_bytes()).into_owned());
        Ok(Pattern {
            // A line holds no line feed, so a text with one is in none of them.
            never: self.text.is_empty() || (!self.regex && self.text.contains('\n')),
            sought: (!self.regex)
                .then(|| Sought::new(&self.text, self.match_case))
                .flatten(),
            line_by_line: self.regex && asks_for_more_than_lines(&self.text),
            regex,
            literal,
        })
    }
}

/// What the expression's author can do something about; the crate's own words draw a picture of several lines.
fn problem(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "the expression is too large".to_owned(),
        other => {
            let words = other.to_string();
            let last = words.lines().last().unwrap_or_default();
            last.trim_start_matches("error:").trim().to_owned()
        }
    }
}

/// Whether an expression may tell a line's ends from those of a text of many lines: by `\A`, `\z` or a flag.
fn asks_for_more_than_lines(source: &str) -> bool {
    let mut groups = source.split("(?").skip(1);
    source.contains("\\A")
        || source.contains("\\z")
        || groups.any(|group| {
            !["i)", "i:", ":", "P<", "<"]
                .iter()
                .any(|harmless| group.starts_with(harmless))
        })
}

/// A query that can be searched with, on any thread.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    /// Finds the same as the expression, faster.
    literal: Option<memmem::Finder<'static>>,
    /// Tells packed chunks apart that need not be unpacked.
    sought: Option<Sought>,
    line_by_line: bool,
    never: bool,
}

impl Pattern {
    /// Where the matches are in a drawn line, as byte ranges. A match of nothing is none.
    pub fn ranges<'t>(
        &'t self,
        drawn: &'t str,
    ) -> impl Iterator<Item = std::ops::Range<usize>> + 't {
        let regex = (!self.never).then_some(&self.regex);
        regex
            .into_iter()
            .flat_map(|regex| regex.find_iter(drawn))
            .map(|found| found.range())
            .filter(|range| !range.is_empty())
    }

    /// What every line with a match has; none if that cannot be told.
    pub fn sought(&self) -> Option<&Sought> {
        self.sought.as_ref()
    }

    /// Calls back with the number of the line of each match, in order.
    pub fn search(&self, piece: &Piece, found: &mut impl FnMut(u32)) {
        if self.never {
            return;
        }
        if piece.is_plain() && !self.line_by_line {
            self.search_text(piece.text(), &mut |at| found(piece.line_at(at).0));
            return;
        }
        if self.line_by_line {
            for (line, _, raw) in piece.lines() {
                self.search_line(line.0, raw, piece.is_plain_line(line), found);
            }
            return;
        }
        // What lies between two lines that are not plain is searched at once.
        for run in piece.runs() {
            let range = piece.range(&run.lines);
            let text = piece.text().get(range.clone()).unwrap_or("");
            if run.plain {
                self.search_text(text, &mut |at| found(piece.line_at(range.start + at).0));
            } else {
                for (line, raw) in run.lines.zip(text.split('\n')) {
                    self.search_line(line, raw, false, found);
                }
            }
        }
    }

    /// Calls back with where each match begins in a text of whole lines that are drawn as they stand, in order.
    pub fn search_plain(&self, text: &str, found: &mut impl FnMut(usize)) {
        if self.never {
            return;
        }
        if !self.line_by_line {
            return self.search_text(text, found);
        }
        let mut from = 0;
        for line in text.split('\n') {
            for range in self.ranges(line) {
                found(from + range.start);
            }
            from += line.len() + 1;
        }
    }

    fn search_line(&self, line: u32, raw: &str, plain: bool, found: &mut impl FnMut(u32)) {
        let count = if plain {
            self.ranges(raw).count()
        } else {
            self.ranges(&ansi::plain(raw)).count()
        };
        for _ in 0..count {
            found(line);
        }
    }

    /// Calls back with where each match begins in a text of whole lines.
    fn search_text(&self, text: &str, found: &mut impl FnMut(usize)) {
        if let Some(literal) = &self.literal {
            for at in literal.find_iter(text.as_bytes()) {
                found(at);
            }
            return;
        }
        let mut from = 0;
        while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
            let mut across = None;
            for each in self.regex.find_iter(rest) {
                if memchr::memchr(b'\n', each.as_str().as_bytes()).is_some() {
                    across = Some(each.start());
                    break;
                }
                if !each.is_empty() {
                    found(from + each.start());
                }
            }
            let Some(across) = across else {
                return;
            };
            // It takes in a line's end: what is there in the line alone is found in the line alone.
            let before = rest.get(..across).unwrap_or("");
            let start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |end| end + 1);
            let tail = rest.get(start..).unwrap_or("");
            let end = memchr::memchr(b'\n', tail.as_bytes()).unwrap_or(tail.len());
            for range in self.ranges(tail.get(..end).unwrap_or("")) {
                if start + range.start >= across {
                    found(from + start + range.start);
                }
            }
            from += start + end + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::{LineNo, LogBuffer};

    /// `r`: a regular expression; `i`: in any case.
    fn query(text: &str, modes: &str) -> Query {
        Query {
            text: text.to_owned(),
            regex: modes.contains('r'),
            match_case: !modes.contains('i'),
        }
    }

    fn found(lines: &[&str], query: &Query) -> Vec<u32> {
        let mut buffer = LogBuffer::default();
        for line in lines {
            buffer.append(0, line);
        }
        let pattern = query.pattern().unwrap();
        let mut found = Vec::new();
        for piece in buffer.snapshot().pieces_from(LineNo(0)) {
            pattern.search(&piece, &mut |line| found.push(line));
        }
        found
    }

    #[test]
    fn packed_chunks_are_searched_like_others() {
        let mut buffer = LogBuffer::default();
        for number in 0..30_000 {
            buffer.append(0, &format!("line {number} of the l\u{1b}[1mog"));
        }
        let log = buffer.snapshot();
        buffer.chores(0).unwrap().run();
        for (text, lines) in [
            ("line 29 of the log", 1),
            ("LINE 7", 0),
            ("of the log", 30_000),
        ] {
            let pattern = query(text, "").pattern().unwrap();
            let mut found = 0;
            for piece in log.pieces_in(0..log.len(), pattern.sought()) {
                pattern.search(&piece, &mut |_| found += 1);
            }
            assert_eq!(found, lines, "{text}");
        }
    }

    #[test]
    fn every_match_is_counted_and_none_across_two_lines() {
        let lines = ["ab ab", "xa", "bx", "\u{1b}[31ma\u{1b}[0mb", "AB"];
        assert_eq!(found(&lines, &query("ab", "")), [0, 0, 3]);
        assert_eq!(found(&lines, &query("ab", "i")), [0, 0, 3, 4]);
        assert_eq!(found(&lines, &query("^a|b$", "r")), [0, 0, 3, 3]);
        assert_eq!(found(&lines, &query("b\\s", "r")), [0]);
        assert_eq!(found(&lines, &query("\\A[xA]", "r")), [1, 4]);
        assert!(found(&lines, &query("", "ri")).is_empty());
        assert!(found(&lines, &query("a\nb", "")).is_empty());
        assert!(found(&lines, &query("q*", "r")).is_empty());
    }

    #[test]
    fn what_is_wrong_with_an_expression_is_said_in_a_sentence() {
        let wrong = |text| query(text, "r").pattern().unwrap_err();
        assert_eq!(wrong("(a"), "unclosed group");
        assert_eq!(wrong("(\\w{200}){200}"), "the expression is too large");
    }

    proptest::proptest! {
        #[test]
        fn a_text_is_searched_as_its_lines_are(
            lines in proptest::collection::vec("[abA é\t\u{1b}\r]{0,8}|[ab ]{0,6}", 0..30),
            source in "[ab][ab]?|\\^?a?[ab ]\\$?|a\\*|[^a]\\+|\\\\s\\+b?|\\\\ba|b\\\\B|\\\\Aa|(a|b\\\\s)+|\\(\\?s\\)a.b|b\\s*|\\W+",
            modes in "r?i?",
        ) {
            let query = query(&source, &modes);
            let pattern = query.pattern();
            proptest::prop_assume!(pattern.is_ok());
            let pattern = pattern.unwrap();
            let lines: Vec<&str> = lines.iter().map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
            let mut naive = Vec::new();
            for (number, line) in lines.iter().enumerate() {
                let count = pattern.ranges(&ansi::plain(line)).count();
                naive.extend(std::iter::repeat_n(number as u32, count));
            }
            proptest::prop_assert_eq!(found(&lines, &query), naive);
        }
    }
}
