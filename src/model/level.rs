//! How serious a line of a log says it is, by the words that loggers, compilers and package managers use.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::ansi;
use crate::model::log::{LineNo, LogSnapshot};
use crate::model::why::is_harmless;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Debug,
    /// Also what every line is that says nothing of its level.
    Info,
    Warning,
    Error,
}

/// The level stands near the start of a line, behind a time, a thread or a module.
const NEAR_START: usize = 120;
/// Lines that are indented go with the one before them, at most so many: a stack trace.
const FOLLOWERS: u32 = 1_000;

/// Of each level, its words in capitals and its words in any case, and what tells them from the others' words.
const WORDS: [(Level, &str, &str, &[&str]); 4] = [
    (
        Level::Error,
        "ERROR|FATAL|CRITICAL|SEVERE|PANIC|ERR",
        "fatal error|error|fatal|critical|severe|panic|err",
        &["err", "fatal", "critical", "severe", "panic"],
    ),
    (Level::Warning, "WARN|WARNING", "warning|warn", &["warn"]),
    (
        Level::Info,
        "INFO|NOTICE",
        "information|info|notice|note",
        &["info", "not"],
    ),
    (
        Level::Debug,
        "DEBUG|TRACE|FINE|VERBOSE",
        "debug|trace|verbose",
        &[],
    ),
];

/// A word counts where it stands as a label and not in a sentence: in capitals, in brackets, before a colon, or as the
/// value of a field.
static LABEL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let joined = |words: fn(&(Level, &'static str, &'static str, &[&str])) -> &'static str| {
        WORDS.iter().map(words).collect::<Vec<_>>().join("|")
    };
    let capitals = joined(|words| words.1);
    let any_case = joined(|words| words.2);
    Regex::new(&format!(
        r#"\b(?:{capitals})\b|[\[(](?i:{any_case})[\])]|(?:^|[\s:])(?i:{any_case})(?:\[\w+\])?:(?:\s|$)|\b(?:level|lvl|severity)"?\s*[=:]\s*"?(?i:{any_case})\b"#
    ))
    .ok()
});

/// By which words a line without a level tells that something failed: those of test runners, compilers and shells.
static FAILURE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?-u:\b)FAIL(?:ED|URES?)?(?-u:\b)",
        r"|^\s*(?:✕|✗|✘|✖|❌|×)\s",
        r"|(?-u:\b)panicked at(?-u:\b)|(?-u:\b)assertion(?-u:\b).*(?-u:\b)failed(?-u:\b)",
        r"|^Traceback \(most recent|^\s*Caused by:|^panic:|Segmentation fault|did not exit successfully",
        r"|(?-u:\b)[A-Za-z]+(?:Error|Exception)(?::|$|\s+in\s)|(?-u:\b)Exception in thread",
        r"|^\s*not ok(?-u:\b)|^\s*failures:|^E {3}",
        r"|(?:^|[^0-9.])[1-9][0-9]* (?:failed|failures?|failing|errors?)(?-u:\b)",
    ))
    .ok()
});

/// Whether a line that names no level tells of a failure. `0 failed` and a test that passed do not.
fn tells_failure(start: &str, drawn: &str) -> bool {
    FAILURE
        .as_ref()
        .is_some_and(|failure| failure.is_match(start))
        && !is_harmless(drawn)
}

/// The level that a drawn line says it has, by its first word that tells one; a failure is an error by any words.
pub fn said(drawn: &str) -> Option<Level> {
    let mut end = NEAR_START.min(drawn.len());
    while !drawn.is_char_boundary(end) {
        end -= 1;
    }
    let start = drawn.get(..end)?;
    let Some(label) = LABEL.as_ref()?.find(start) else {
        return tells_failure(start, drawn).then_some(Level::Error);
    };
    let label = label.as_str().to_ascii_lowercase();
    WORDS
        .iter()
        .find(|(.., told_by)| told_by.is_empty() || told_by.iter().any(|word| label.contains(word)))
        .map(|(level, ..)| *level)
}

/// Reads the levels of lines one after another: what is indented and says nothing goes with what is above it.
#[derive(Debug)]
pub struct Reader {
    above: Level,
    followers: u32,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            above: Level::Info,
            followers: 0,
        }
    }
}

impl Reader {
    /// Ready for this line: what is above it is looked up.
    pub fn before(log: &LogSnapshot, line: LineNo) -> Self {
        let mut reader = Self::default();
        for above in (line.0.saturating_sub(FOLLOWERS + 1)..line.0).rev() {
            let Some(raw) = log.text(LineNo(above)) else {
                break;
            };
            let drawn = ansi::plain(&raw);
            if let Some(level) = said(&drawn) {
                reader.above = level;
                break;
            }
            if !is_indented(&drawn) {
                break;
            }
            reader.followers += 1;
        }
        reader
    }

    /// The level of the next line. `plain`: it is drawn as it stands.
    pub fn read(&mut self, raw: &str, plain: bool) -> Level {
        let drawn;
        let text = if plain {
            raw
        } else {
            drawn = ansi::plain(raw);
            &drawn
        };
        if let Some(level) = said(text) {
            (self.above, self.followers) = (level, 0);
        } else if is_indented(text) && self.followers < FOLLOWERS {
            self.followers += 1;
        } else {
            (self.above, self.followers) = (Level::Info, 0);
        }
        self.above
    }
}

fn is_indented(drawn: &str) -> bool {
    drawn.starts_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_said_as_a_label_and_not_in_a_sentence() {
        for (line, level) in [
            ("ERROR in src/app.ts", Some(Level::Error)),
            ("[ERROR] Failed to execute goal", Some(Level::Error)),
            ("npm ERR! code ELIFECYCLE", Some(Level::Error)),
            ("error[E0308]: mismatched types", Some(Level::Error)),
            ("main.c:3:5: error: expected ';'", Some(Level::Error)),
            ("fatal: not a git repository", Some(Level::Error)),
            (
                "2026-11-23 02:04:05,123 [main] WARN c.e.App - slow",
                Some(Level::Warning),
            ),
            ("warning: unused variable", Some(Level::Warning)),
            ("time=1 level=info msg=\"no error\"", Some(Level::Info)),
            (
                "{\"level\":\"debug\",\"msg\":\"ERRORS none\"}",
                Some(Level::Debug),
            ),
            ("12:00:01 TRACE enter", Some(Level::Debug)),
            ("Tests run: 3, no error was found", None),
            ("terror: the film", None),
            ("", None),
        ] {
            assert_eq!(said(line), level, "{line}");
        }
        let late = format!("{} ERROR", "é".repeat(NEAR_START));
        assert_eq!(said(&late), None);
    }

    #[test]
    fn a_failure_is_an_error_by_the_words_of_its_tool() {
        for line in [
            "FAIL src/checkout/cart.test.ts",
            "    ✕ keeps the order of items (12 ms)",
            " ✗ builds",
            "thread 'synonyms::merge_is_stable' panicked at src/synonyms.rs:88:9:",
            "assertion `left == right` failed: order of equal weights changed",
            "test result: FAILED. 212 passed; 1 failed; 0 ignored",
            "test synonyms::merge_is_stable ... FAILED",
            "--- FAIL: TestLedger (0.00s)",
            "not ok 3 - rounds half to even",
            "Traceback (most recent call last):",
            "ValueError: no such tariff",
            "java.lang.IllegalStateException: closed",
            "Exception in thread \"main\" java.lang.NullPointerException",
            "npm ERR! Test failed.",
            "Tests:       1 failed, 41 passed, 42 total",
            "failures:",
            "[Container] 2026/11/23 02:04:05 Command did not exit successfully npm test exit status 1",
            "[Container] 2026/11/23 02:04:05 Phase complete: BUILD State: FAILED",
        ] {
            assert_eq!(said(line), Some(Level::Error), "{line}");
        }
        for line in [
            "test result: ok. 12 passed; 0 failed; 0 ignored",
            "Found 0 errors.",
            "no errors",
            "test error_test::a_FAILED_step ... ok",
            "    ✓ shows a ValueError: of the form",
            "PASS src/FAILURE.test.ts",
            "it failed gracefully in 1993",
        ] {
            assert_eq!(said(line), None, "{line}");
        }
    }

    #[test]
    fn what_is_indented_goes_with_the_line_above() {
        let mut reader = Reader::default();
        let lines = [
            "ERROR: a", "    at b", "\tat c", "d", "    e", " WARN f", "  g",
        ];
        let levels: Vec<Level> = lines
            .iter()
            .map(|line| reader.read(line, ansi::is_plain(line)))
            .collect();
        use Level::{Error, Info, Warning};
        assert_eq!(levels, [Error, Error, Error, Info, Info, Warning, Warning]);
    }
}
