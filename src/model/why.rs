//! Why a build failed, in its own words: the line of its log that says it.
//!
//! CodeBuild's phase context tells which command ended with which status; the reason stands some lines above. This
//! looks for the words that compilers, test runners and package managers use. It points, it does not judge: what it
//! finds is shown with its line number, beside what AWS says. Pure; costs one pass over at most [`LINES`] lines.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use crate::model::ansi;
use crate::model::fold::{FoldIndex, SectionKind, container_line};
use crate::model::log::{LineNo, LogSnapshot};

/// How many lines before the end of what failed are looked at.
pub const LINES: u32 = 20_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// The line that says it.
    pub line: LineNo,
    /// The line after it belongs to it.
    pub with_next: bool,
    /// What it says, safe to show.
    pub text: String,
    /// How many tests failed, where a test runner counts them.
    pub failed_tests: Option<u32>,
}

/// From the clearest words to the vaguest; the first line with the clearest word is taken.
static WORDS: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    RegexSet::new([
        r"panicked at|\bAssertionError\b|\bassert(ion)?( .*)? failed\b",
        r"^\s*(error(\[\w+\])?|ERROR|fatal|FATAL|fatal error)\b\s*:|^npm (ERR!|error) |: (fatal )?error\b",
        r"\b\w+(Error|Exception)\b:|^Traceback \(most recent call last\)",
        r"\bFAIL(ED|URE)?\b|✗|✘|not ok \d",
        r"(?i)\b(error|failed|cannot|denied|not found|no such file|timed? ?out)\b",
    ])
    .ok()
});

static TESTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"test result: FAILED\..*?(\d+) failed|^Tests?:\s+(\d+) failed|=+ .*?(\d+) failed|^# fail (\d+)|Failures: (\d+)").ok()
});

/// Finds the line that says why, in the command or phase that failed.
pub fn find(log: &LogSnapshot, index: &FoldIndex) -> Option<Why> {
    let failed = index.get(index.failed()?)?;
    let words = WORDS.as_ref()?;
    let body = failed.body(log.len());
    let from = body.start.max(body.end.saturating_sub(LINES));
    let mut best: Option<(usize, LineNo)> = None;
    let mut failed_tests = None;
    for (line, _, text) in log.iter_from(LineNo(from)) {
        if line.0 >= body.end {
            break;
        }
        // The container's own lines say what AWS's context says already.
        if failed.kind == SectionKind::Command && container_line(&text).is_some() {
            continue;
        }
        let words_of_line = ansi::draw(&text, 512).text;
        if let Some(count) = tests_failed(&words_of_line) {
            failed_tests = Some(count);
        }
        if is_harmless(&words_of_line) {
            continue;
        }
        if let Some(rank) = words.matches(&words_of_line).iter().next()
            && best.is_none_or(|(found, _)| rank < found)
        {
            best = Some((rank, line));
        }
    }
    let (_, line) = best?;
    let text = said(log, line)?;
    let with_next = text.ends_with(':');
    let next = with_next
        .then(|| said(log, LineNo(line.0 + 1)))
        .flatten()
        .filter(|next| !next.is_empty());
    let text = match (text.split_once(" panicked at "), next) {
        // What happened says more than which thread it was.
        (Some((_, place)), Some(next)) => format!("{next}, {}", place.trim_end_matches(':')),
        (None, Some(next)) => format!("{text} {next}"),
        (_, None) => text,
    };
    Some(Why {
        line,
        with_next,
        text,
        failed_tests,
    })
}

fn said(log: &LogSnapshot, line: LineNo) -> Option<String> {
    Some(ansi::draw(&log.text(line)?, 512).text.trim().to_owned())
}

fn tests_failed(said: &str) -> Option<u32> {
    let found = TESTS.as_ref()?.captures(said)?;
    let count: u32 = found
        .iter()
        .skip(1)
        .flatten()
        .next()?
        .as_str()
        .parse()
        .ok()?;
    (count > 0).then_some(count)
}

/// Lines that only name the word: `0 failed`, `no errors`, a test that is called so.
fn is_harmless(said: &str) -> bool {
    let lower = said.to_ascii_lowercase();
    [
        "0 failed",
        "0 errors",
        "no errors",
        "no error",
        "0 failures",
    ]
    .iter()
    .any(|words| lower.contains(words))
        || lower.ends_with("... ok")
        || lower.trim_start().starts_with("warning")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::LogBuffer;

    fn find_in(output: &str) -> Option<Why> {
        let mut buffer = LogBuffer::default();
        buffer.append(0, "[Container] 2026/11/23 02:04:09 Entering phase BUILD");
        buffer.append(0, "[Container] 2026/11/23 02:04:09 Running command make");
        for line in output.lines() {
            buffer.append(0, line);
        }
        buffer.append(0, "[Container] 2026/11/23 02:06:09 Command did not exit successfully make exit status 101");
        buffer.append(
            0,
            "[Container] 2026/11/23 02:06:09 Phase complete: BUILD State: FAILED",
        );
        let log = buffer.snapshot();
        let mut index = FoldIndex::default();
        index.extend(&log, u32::MAX);
        find(&log, &index)
    }

    #[test]
    fn a_rust_test_says_why() {
        let why = find_in(
            "running 3 tests\ntest retries_after_error ... ok\ntest merge_is_stable ... \u{1b}[31mFAILED\u{1b}[0m\n\
             thread 'merge_is_stable' panicked at src/synonyms.rs:88:9:\nassertion `left == right` failed: order changed\n\
             test result: FAILED. 2 passed; 1 failed; 0 ignored",
        )
        .unwrap();
        assert_eq!(why.line, LineNo(5));
        assert_eq!(
            why.text,
            "assertion `left == right` failed: order changed, src/synonyms.rs:88:9"
        );
        assert!(why.with_next);
        assert_eq!(why.failed_tests, Some(1));
    }

    #[test]
    fn other_tools_words_are_known() {
        for (output, expected) in [
            (
                "src/a.ts\n  12:3  ok\nerror TS2345: no\nnpm ERR! code ELIFECYCLE",
                "npm ERR! code ELIFECYCLE",
            ),
            (
                "warning: unused\nerror[E0308]: mismatched types",
                "error[E0308]: mismatched types",
            ),
            (
                "E       AssertionError: assert 3 == 4\n== 2 failed, 10 passed in 0.3s ==",
                "E       AssertionError: assert 3 == 4",
            ),
            (
                "main.c:3:1: error: expected ';'",
                "main.c:3:1: error: expected ';'",
            ),
            (
                "java.lang.IllegalStateException: closed\n\tat Main",
                "java.lang.IllegalStateException: closed",
            ),
            (
                "pulling\ndenied: access forbidden",
                "denied: access forbidden",
            ),
        ] {
            assert_eq!(
                find_in(output).map(|why| why.text).as_deref(),
                Some(expected)
            );
        }
    }

    #[test]
    fn nothing_that_says_why_is_nothing_found() {
        assert_eq!(find_in("all fine\n12 passed; 0 failed"), None);
    }
}
