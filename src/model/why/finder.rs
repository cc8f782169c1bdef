//! Holds the lines of what failed against the rules, and keeps the one that says most.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use regex::bytes::{RegexSet, RegexSetBuilder};
use regex::{Captures, Regex};

use super::place;
use super::rule::{Join, Rank, Rule};
use super::{Confidence, Why, rules};
use crate::model::ansi;
use crate::model::fold::container_line;
use crate::model::log::{LineNo, LogSnapshot};

/// Characters of a line that are looked at: no tool says what failed behind the five hundredth.
const COLUMNS: usize = 512;
/// Names of failed tests that are kept.
const TESTS: usize = 200;
/// Further causes that are kept.
const FURTHER: usize = 8;
/// How many lines below a line its sentence may go on.
const GOES_ON: u32 = 4;

struct Compiled {
    /// Which rules a line is worth holding against. Asked of bytes: word boundaries and classes of Unicode would take the
    /// automaton off its fast path in every line with a check mark.
    any: RegexSet,
    /// Compiled when first needed; most never are.
    each: Vec<(&'static Rule, OnceLock<Option<Regex>>)>,
}

static COMPILED: LazyLock<Option<Compiled>> = LazyLock::new(|| {
    let any = RegexSetBuilder::new(rules::all().map(|rule| rule.pattern))
        .unicode(false)
        .size_limit(64 * 1024 * 1024)
        .dfa_size_limit(16 * 1024 * 1024)
        .build()
        .ok()?;
    let each = rules::all().map(|rule| (rule, OnceLock::new())).collect();
    Some(Compiled { any, each })
});

pub fn prepare() {
    LazyLock::force(&COMPILED);
}

/// A line that a rule knows.
struct Hit {
    rule: &'static Rule,
    line: LineNo,
    /// What the rule's groups hold.
    text: Option<String>,
    test: Option<String>,
    file: Option<String>,
    at: Option<u32>,
}

/// What was found in the lines of what failed.
#[derive(Default)]
pub struct Found {
    best: Option<Hit>,
    further: Vec<Hit>,
    pub failed_tests: Vec<String>,
    pub tests_failed: Option<u32>,
}

/// Reads the lines of `body`.
pub fn read(log: &LogSnapshot, body: Range<u32>) -> Found {
    let mut found = Found::default();
    let Some(compiled) = COMPILED.as_ref() else {
        return found;
    };
    'pieces: for piece in log.pieces_from(LineNo(body.start)) {
        for (line, _, raw) in piece.lines() {
            if line.0 >= body.end {
                break 'pieces;
            }
            // What the container says of itself AWS's context says already.
            if container_line(raw).is_some() {
                continue;
            }
            if ansi::is_plain(raw) && raw.len() <= COLUMNS {
                found.line(compiled, line, raw);
            } else {
                found.line(compiled, line, &ansi::draw(raw, COLUMNS).text);
            }
        }
    }
    found
}

impl Found {
    fn line(&mut self, compiled: &Compiled, line: LineNo, drawn: &str) {
        let said = without_frame(drawn);
        if said.is_empty() || is_harmless(said) {
            return;
        }
        for index in compiled.any.matches(said.as_bytes()) {
            let Some((rule, regex)) = compiled.each.get(index) else {
                continue;
            };
            let regex = regex.get_or_init(|| Regex::new(rule.pattern).ok());
            let Some(captures) = regex.as_ref().and_then(|regex| regex.captures(said)) else {
                continue;
            };
            if rule.rank == Rank::Vague && is_idle(said) {
                continue;
            }
            self.take(rule, line, &captures);
            return;
        }
    }

    fn take(&mut self, rule: &'static Rule, line: LineNo, captures: &Captures<'_>) {
        let group = |name| {
            captures
                .name(name)
                .map(|group| group.as_str().trim().to_owned())
        };
        let test = group("test");
        if let Some(test) = &test
            && self.failed_tests.len() < TESTS
            && !self.failed_tests.contains(test)
        {
            self.failed_tests.push(test.clone());
        }
        if let Some(count) = group("count").and_then(|count| count.parse().ok())
            && count > 0
        {
            self.tests_failed = Some(count);
        }
        let hit = Hit {
            rule,
            line,
            text: group("text").filter(|text| !text.is_empty()),
            test,
            file: group("file"),
            at: group("line").and_then(|at| at.parse().ok()),
        };
        let takes_over = self.best.as_ref().is_none_or(|best| {
            rule.rank < best.rule.rank
                || (rule.rank == best.rule.rank
                    && ((rule.last && rule.tool == best.rule.tool) || rule.rank == Rank::Vague))
        });
        if takes_over {
            self.best = Some(hit);
            self.further
                .retain(|further| further.rule.rank <= rule.rank);
        } else if rule.rank == Rank::Cause && self.further.len() < FURTHER {
            self.further.push(hit);
        }
    }

    /// The line that says why, with what stands around it.
    pub fn why(&self, log: &LogSnapshot, body: &Range<u32>) -> Option<Why> {
        self.best.as_ref().map(|hit| hit.told(log, body))
    }

    /// Other lines that name a defect, in order.
    pub fn further(&self, log: &LogSnapshot, body: &Range<u32>) -> Vec<Why> {
        self.further.iter().map(|hit| hit.told(log, body)).collect()
    }
}

impl Hit {
    fn told(&self, log: &LogSnapshot, body: &Range<u32>) -> Why {
        let whole = said(log, self.line).unwrap_or_default();
        let next = (self.line.0 + 1..body.end.min(self.line.0 + 1 + GOES_ON))
            .filter_map(|line| Some((line, said(log, LineNo(line))?)))
            .find(|(_, text)| !text.is_empty());
        let own = match (&self.test, &self.text) {
            (Some(test), Some(text)) => format!("{test}: {text}"),
            (Some(test), None) => test.clone(),
            (None, Some(text)) => text.clone(),
            (None, None) => whole,
        };
        let place = place::of(
            self.rule.place,
            self.file.as_deref(),
            self.at,
            |line| {
                (body.contains(&line))
                    .then(|| said(log, LineNo(line)))
                    .flatten()
            },
            self.line.0,
        );
        let join = if self.rule.join == Join::Alone && own.ends_with(':') {
            Join::Next
        } else {
            self.rule.join
        };
        let (text, with_next) = match (join, next) {
            (Join::Next, Some((line, next))) => {
                let own = own.trim_end_matches(':');
                (format!("{own}: {next}"), line == self.line.0 + 1)
            }
            (Join::NextFirst, Some((line, next))) => {
                let at = place.as_ref().map(|place| format!(", {place}"));
                (
                    format!("{next}{}", at.unwrap_or_default()),
                    line == self.line.0 + 1,
                )
            }
            _ => (own, false),
        };
        Why {
            line: self.line,
            with_next,
            text,
            failed_tests: None,
            tool: self.rule.tool,
            confidence: match self.rule.rank {
                Rank::Cause => Confidence::Sure,
                Rank::Said => Confidence::Likely,
                Rank::Effect | Rank::Vague => Confidence::Unsure,
            },
            place,
            hint: self.rule.hint,
        }
    }
}

/// A line as it is held against the rules, its blanks kept.
fn said(log: &LogSnapshot, line: LineNo) -> Option<String> {
    let raw = log.text(line)?;
    if container_line(&raw).is_some() {
        return None;
    }
    let drawn = ansi::draw(&raw, COLUMNS).text;
    Some(without_frame(&drawn).trim().to_owned())
}

/// Without what a builder of images (`#12 3.456 `) and raw logs of other systems put before a line.
fn without_frame(line: &str) -> &str {
    let mut line = line.trim_end();
    if let Some(rest) = line.strip_prefix('#')
        && let Some((number, rest)) = rest.split_once(' ')
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && !number.is_empty()
    {
        line = match rest.split_once(' ') {
            Some((seconds, rest)) if seconds.parse::<f64>().is_ok() => rest,
            _ => rest,
        };
    }
    for frame in ["##[error]", "::error::"] {
        line = line.strip_prefix(frame).unwrap_or(line);
    }
    line
}

/// Lines that name the word and mean the opposite: `0 failed`, `no errors`, a test that is called so and passed.
pub(in crate::model) fn is_harmless(said: &str) -> bool {
    const NOTHING: &[&str] = &[
        "0 failed",
        "0 errors",
        "0 error",
        "0 failures",
        "0 failing",
        "no errors",
        "no error",
        "no failures",
        "without errors",
        "no vulnerabilities",
    ];
    let start = said.trim_start();
    if [
        "warning", "WARNING", "npm WARN", "npm warn", "✓", "✔", "PASS ", "ok ",
    ]
    .iter()
    .any(|word| start.starts_with(word))
        || said.ends_with("... ok")
    {
        return true;
    }
    let bytes = said.as_bytes();
    memchr::memchr2_iter(b'0', b'n', bytes)
        .chain(memchr::memchr2_iter(b'N', b'w', bytes))
        .any(|at| {
            let before = at.checked_sub(1).and_then(|before| bytes.get(before));
            let begins_word = before.is_none_or(|byte| !byte.is_ascii_alphanumeric());
            begins_word
                && NOTHING.iter().any(|words| {
                    bytes
                        .get(at..at + words.len())
                        .is_some_and(|there| there.eq_ignore_ascii_case(words.as_bytes()))
                })
        })
        // `0 failed` beside `1 error` is not harmless; only a count that stands alone is.
        && !is_count_of_others(said)
}

/// Whether a summary counts something else that failed.
fn is_count_of_others(said: &str) -> bool {
    static COUNTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:^|[^\d.])[1-9]\d* (?:failed|failures?|failing|errors?)\b").ok()
    });
    COUNTS.as_ref().is_some_and(|counts| counts.is_match(said))
}

/// Lines of which a vague word says nothing: a level below an error, a command shown, a download.
fn is_idle(said: &str) -> bool {
    let start = said.trim_start().trim_start_matches('[');
    [
        "INFO",
        "info",
        "Info",
        "DEBUG",
        "debug",
        "WARN",
        "warn",
        "Warn",
        "NOTE",
        "note",
        "+ ",
        "Downloading",
        "Get:",
        "Hit:",
        "Compiling",
        "Collecting",
        "adding",
        "added",
    ]
    .iter()
    .any(|word| start.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_compiles_and_the_set_of_all() {
        for rule in rules::all() {
            assert!(Regex::new(rule.pattern).is_ok(), "{}", rule.pattern);
        }
        assert_eq!(COMPILED.as_ref().unwrap().each.len(), rules::all().count());
    }

    #[test]
    fn what_stands_before_a_line_is_left_out() {
        for (line, said) in [
            ("#12 3.456 error: x", "error: x"),
            ("#12 ERROR: process", "ERROR: process"),
            ("##[error]x", "x"),
            ("# heading", "# heading"),
            ("  plain ", "  plain"),
        ] {
            assert_eq!(without_frame(line), said);
        }
    }

    #[test]
    fn counts_of_nothing_are_harmless_and_others_are_not() {
        for line in [
            "12 passed; 0 failed",
            "Found 0 errors.",
            "no errors",
            "✓ handles errors",
            "test error ... ok",
        ] {
            assert!(is_harmless(line), "{line}");
        }
        for line in [
            "found 10 errors",
            "1 failed, 0 errors",
            "0 failed, 2 errors",
            "error: no error handler",
        ] {
            assert_eq!(
                is_harmless(line),
                line == "error: no error handler",
                "{line}"
            );
        }
    }
}
