//! What the tests of a build came to, read from the log that they print, and how much of its code they reached.
//!
//! The counts of a report and those a person reads in the log are thus the same.

use crate::sim::wire::Millis;

/// How many tests there were, and how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tests {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
    pub lasts: Millis,
}

impl Tests {
    pub fn total(self) -> u64 {
        self.passed + self.failed + self.skipped
    }

    /// Adds what one command printed, if it ran tests.
    pub fn add(&mut self, log: &[String], lasts: Millis) {
        let plain: Vec<String> = log.iter().map(|line| without_colours(line)).collect();
        let mut found = Self::default();
        for line in plain.iter().filter(|line| sums_up(line)) {
            found.count(line);
        }
        if found.total() == 0 {
            // Gradle and Go sum nothing up: one line a test.
            for line in &plain {
                found.count_one(line);
            }
        }
        if found.total() > 0 {
            self.passed += found.passed;
            self.failed += found.failed;
            self.skipped += found.skipped;
            self.lasts += lasts;
        }
    }

    /// `LedgerTest > balances() PASSED`, `--- FAIL: TestRelay (0.12s)`
    fn count_one(&mut self, line: &str) {
        let gradle = line
            .contains(" > ")
            .then(|| line.rsplit(' ').next().unwrap_or_default());
        let go = line
            .strip_prefix("--- ")
            .and_then(|rest| rest.split(':').next());
        match gradle.or(go) {
            Some("PASSED" | "PASS") => self.passed += 1,
            Some("FAILED" | "FAIL") => self.failed += 1,
            Some("SKIPPED" | "SKIP") => self.skipped += 1,
            _ => {}
        }
    }

    /// `Tests run: 12, Failures: 1, Errors: 0, Skipped: 2`: a number after each word.
    fn count_maven(&mut self, line: &str) {
        let of = |word: &str| {
            let (_, rest) = line.split_once(word)?;
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u64>().ok()
        };
        let failed = of("Failures: ").unwrap_or(0) + of("Errors: ").unwrap_or(0);
        let skipped = of("Skipped: ").unwrap_or(0);
        self.failed += failed;
        self.skipped += skipped;
        self.passed += of("Tests run: ")
            .unwrap_or(0)
            .saturating_sub(failed + skipped);
    }

    /// `212 passed; 1 failed, 3 skipped`: a number before each word.
    fn count(&mut self, line: &str) {
        if line.contains("Tests run: ") {
            return self.count_maven(line);
        }
        // Our own scripts say what they count.
        let line = line.replace(" scenarios ", " ");
        let words: Vec<&str> = line
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        for pair in words.windows(2) {
            let [number, word] = pair else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match *word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "skipped" | "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }
}

/// A source file, and how much of it tests reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    pub path: String,
    pub lines: u64,
    pub lines_covered: u64,
    pub branches: u64,
    pub branches_covered: u64,
}

/// Whether a line is a runner's last word: cargo's, nextest's, Jest's, pytest's or our own scripts'.
fn sums_up(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("test result:")
        || line.starts_with("Tests:")
        || line.contains(" tests run: ")
        || (line.starts_with("==") && line.contains(" passed"))
        || line.contains(" scenarios passed")
        || (line.contains("Tests run: ") && !line.contains("Time elapsed"))
}

/// The text without ANSI's colours.
pub(super) fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            let _ = letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::Tests;

    fn of(log: &str) -> (u64, u64, u64) {
        let lines: Vec<String> = log.lines().map(str::to_owned).collect();
        let mut tests = Tests::default();
        tests.add(&lines, 1_000);
        (tests.passed, tests.failed, tests.skipped)
    }

    #[test]
    fn every_runner_is_understood() {
        for (log, counts) in [
            (
                "test result: FAILED. 212 passed; 1 failed; 2 ignored; 0 measured",
                (212, 1, 2),
            ),
            (
                "\u{1b}[1m\u{1b}[31m     Summary\u{1b}[0m [  61.120s] 120 tests run: 119 passed, 1 \u{1b}[31mfailed\u{1b}[0m, 0 skipped",
                (119, 1, 0),
            ),
            (
                "Test Suites: 28 passed, 28 total\n\u{1b}[1mTests:       \u{1b}[0m\u{1b}[1m\u{1b}[31m1 failed\u{1b}[0m, 121 passed, 122 total",
                (121, 1, 0),
            ),
            ("== 164 passed, 3 skipped in 48.21s ==", (164, 0, 3)),
            ("420 scenarios passed, 0 failed", (420, 0, 0)),
            ("A > one PASSED\nA > two FAILED\nBUILD FAILED", (1, 1, 0)),
            (
                "[INFO] Tests run: 4, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.2 s -- in A\n[ERROR] Tests run: 12, Failures: 1, Errors: 1, Skipped: 2",
                (8, 2, 2),
            ),
            ("--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.1s)", (1, 1, 0)),
            ("   Compiling harbour v1.0.0\n2 warnings", (0, 0, 0)),
        ] {
            assert_eq!(of(log), counts, "{log}");
        }
    }
}
