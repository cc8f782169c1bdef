//! The single tests of a build, read from the log that they print, with what the failed ones said.
//!
//! A runner that names only what failed has the rest named here, so that a report lists as many cases as the log
//! counts.

use std::path::Path;

use crate::sim::random::Random;
use crate::sim::wire::Millis;

use super::report::{Tests, without_colours};

/// How one test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    Failed,
    Skipped,
}

impl Outcome {
    /// CodeBuild's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Skipped => "SKIPPED",
        }
    }
}

/// One test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Empty where the runner knows no suites.
    pub suite: String,
    pub name: String,
    pub outcome: Outcome,
    /// None where the runner does not tell it.
    pub lasts: Option<Millis>,
    /// What a failed one said; several lines.
    pub message: String,
}

/// The tests that one command printed: as many of each outcome as `counted` says.
pub fn listed(log: &[String], counted: Tests) -> Vec<Case> {
    let plain: Vec<String> = log.iter().map(|line| without_colours(line)).collect();
    let mut cases = named(&plain);
    for case in cases
        .iter_mut()
        .filter(|case| case.outcome == Outcome::Failed)
    {
        if case.message.is_empty() {
            case.message = message_of(&case.name, &plain);
        }
    }
    let mut whole = Vec::new();
    for (outcome, count) in [
        (Outcome::Failed, counted.failed),
        (Outcome::Passed, counted.passed),
        (Outcome::Skipped, counted.skipped),
    ] {
        let told = cases.iter().filter(|case| case.outcome == outcome);
        whole.extend(told.take(count as usize).cloned());
        let missing = count as usize - whole.iter().filter(|case| case.outcome == outcome).count();
        whole.extend((0..missing).map(|index| unnamed(index, outcome)));
    }
    whole
}

/// The cases that the lines name.
fn named(lines: &[String]) -> Vec<Case> {
    let mut suite = String::new();
    let mut cases = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let line = line.trim_end();
        if let Some(path) = jest_suite(line) {
            path.clone_into(&mut suite);
        }
        let rest = lines.get(index + 1..).unwrap_or_default();
        let found = cargo(line)
            .or_else(|| nextest(line))
            .or_else(|| jest(line, &suite))
            .or_else(|| pytest(line))
            .or_else(|| go(line, rest))
            .or_else(|| maven(line, rest))
            .or_else(|| gradle(line));
        cases.extend(found);
    }
    cases
}

fn case(suite: &str, name: &str, outcome: Outcome) -> Case {
    Case {
        suite: suite.to_owned(),
        name: name.to_owned(),
        outcome,
        lasts: None,
        message: String::new(),
    }
}

/// `test index::tests::keeps_order ... ok`
fn cargo(line: &str) -> Option<Case> {
    let (name, end) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let outcome = match end.split([' ', ',']).next()? {
        "ok" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        "ignored" => Outcome::Skipped,
        _ => return None,
    };
    let suite = name.rsplit_once("::").map_or("", |(suite, _)| suite);
    Some(case(suite, name, outcome))
}

/// `        PASS [   0.312s] (  1/120) service::clock tests::dst_forward`
fn nextest(line: &str) -> Option<Case> {
    let (word, rest) = line.trim_start().split_once(" [")?;
    let outcome = match word.trim() {
        "PASS" => Outcome::Passed,
        "FAIL" => Outcome::Failed,
        "SKIP" => Outcome::Skipped,
        _ => return None,
    };
    let (lasts, rest) = rest.split_once(']')?;
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('(') {
        Some(counted) => counted.split_once(')')?.1.trim_start(),
        None => rest,
    };
    let (suite, name) = rest.split_once(' ')?;
    Some(Case {
        lasts: millis(lasts),
        ..case(suite, name.trim(), outcome)
    })
}

/// ` PASS src/components/PriceTag.test.tsx (4.9 s)`
fn jest_suite(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line
        .strip_prefix("PASS ")
        .or_else(|| line.strip_prefix("FAIL "))?;
    rest.split_whitespace()
        .next()
        .filter(|path| path.contains(".test."))
}

/// `  ✓ formats for every locale (180 ms)`
fn jest(line: &str, suite: &str) -> Option<Case> {
    let line = line.trim_start();
    let marks = [
        ("✓ ", Outcome::Passed),
        ("✕ ", Outcome::Failed),
        ("○ skipped ", Outcome::Skipped),
    ];
    let (name, outcome) = marks
        .into_iter()
        .find_map(|(mark, outcome)| Some((line.strip_prefix(mark)?, outcome)))?;
    let timed = name.rsplit_once(" (").and_then(|(name, rest)| {
        let lasts = rest.strip_suffix(" ms)")?.parse().ok()?;
        Some((name, lasts))
    });
    Some(Case {
        lasts: timed.map(|(_, lasts)| lasts),
        ..case(suite, timed.map_or(name, |(name, _)| name), outcome)
    })
}

/// `tests/test_batching.py::test_keeps_large PASSED  [  4%]`
fn pytest(line: &str) -> Option<Case> {
    let (id, rest) = line.split_once(' ')?;
    let (suite, name) = id.split_once("::")?;
    let outcome = match rest.split_whitespace().next()? {
        "PASSED" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        "SKIPPED" => Outcome::Skipped,
        _ => return None,
    };
    let python = Path::new(suite)
        .extension()
        .is_some_and(|kind| kind == "py");
    python.then(|| case(suite, name, outcome))
}

/// `--- FAIL: TestRelay (0.12s)`, what it said indented below.
fn go(line: &str, rest: &[String]) -> Option<Case> {
    let line = line.strip_prefix("--- ")?;
    let marks = [
        ("PASS: ", Outcome::Passed),
        ("FAIL: ", Outcome::Failed),
        ("SKIP: ", Outcome::Skipped),
    ];
    let (named, outcome) = marks
        .into_iter()
        .find_map(|(mark, outcome)| Some((line.strip_prefix(mark)?, outcome)))?;
    let (name, lasts) = named.split_once(" (")?;
    let said = rest.iter().take_while(|line| line.starts_with("    "));
    let said: Vec<&str> = said.map(|line| line.trim()).collect();
    Some(Case {
        lasts: millis(lasts.trim_end_matches(')')),
        message: said.join("\n"),
        ..case("", name, outcome)
    })
}

/// `[ERROR] com.harbour.LedgerTest.balances -- Time elapsed: 0.02 s <<< FAILURE!`, what it said below.
fn maven(line: &str, rest: &[String]) -> Option<Case> {
    let line = line.strip_prefix("[ERROR] ")?;
    let (id, after) = line.split_once(" -- Time elapsed: ")?;
    let (lasts, _) = after.split_once(" <<< ")?;
    let (suite, name) = id.rsplit_once('.')?;
    let said = rest
        .iter()
        .take_while(|line| !line.trim().is_empty() && !line.starts_with('['));
    let said: Vec<&str> = said.map(String::as_str).collect();
    (!id.contains(' ')).then(|| Case {
        lasts: millis(lasts),
        message: said.join("\n"),
        ..case(suite, name, Outcome::Failed)
    })
}

/// `LedgerTest > balancesToZero() PASSED`
fn gradle(line: &str) -> Option<Case> {
    let (suite, rest) = line.split_once(" > ")?;
    let (name, word) = rest.rsplit_once(' ')?;
    let outcome = match word {
        "PASSED" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        "SKIPPED" => Outcome::Skipped,
        _ => return None,
    };
    Some(case(suite, name, outcome))
}

/// `0.312s`, ` 0.02 s`
fn millis(text: &str) -> Option<Millis> {
    let number = text.trim().trim_end_matches('s').trim();
    let seconds: f64 = number.parse().ok()?;
    Some((seconds * 1000.0).round() as Millis)
}

/// The lines under the heading that names a failed test, up to the next heading.
fn message_of(name: &str, lines: &[String]) -> String {
    let heads = |line: &str| {
        let line = line.trim();
        (line.starts_with("---") || line.starts_with("___") || line.starts_with('●'))
            && line.contains(name)
    };
    let Some(start) = lines.iter().position(|line| heads(line)) else {
        return String::new();
    };
    let ends = |line: &&String| {
        let line = line.trim_start();
        let marks = [
            "---",
            "___",
            "===",
            "●",
            "Test Suites:",
            "Tests:",
            "failures:",
            "Summary",
        ];
        marks.iter().any(|mark| line.starts_with(mark))
    };
    let said = lines.get(start + 1..).unwrap_or_default().iter();
    let said: Vec<&str> = said
        .take_while(|line| !ends(line))
        .map(String::as_str)
        .collect();
    said.join("\n").trim().to_owned()
}

/// A case that the log only counts.
fn unnamed(index: usize, outcome: Outcome) -> Case {
    const VERBS: [&str; 8] = [
        "keeps", "drops", "rejects", "renders", "retries", "bounds", "merges", "expires",
    ];
    const OBJECTS: [&str; 8] = [
        "empty_input",
        "late_events",
        "unicode_names",
        "large_batches",
        "repeated_keys",
        "partial_writes",
        "stale_tokens",
        "signed_amounts",
    ];
    // No two outcomes number alike, so that a name is never told twice.
    let first = match outcome {
        Outcome::Passed => 0,
        Outcome::Failed => 5_000,
        Outcome::Skipped => 7_000,
    };
    let index = first + index;
    let mut random = Random::named(index as u64, outcome.word());
    let verb = random.pick(&VERBS).copied().unwrap_or_default();
    let object = random.pick(&OBJECTS).copied().unwrap_or_default();
    Case {
        lasts: Some(random.between(1, 240)),
        ..case("", &format!("{verb}_{object}_{index:03}"), outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, Outcome, listed};
    use crate::sim::world::builds::report::Tests;

    fn of(log: &str) -> Vec<Case> {
        let lines: Vec<String> = log.lines().map(str::to_owned).collect();
        let mut tests = Tests::default();
        tests.add(&lines, 1_000);
        listed(&lines, tests)
    }

    #[test]
    fn every_runner_names_its_failures_and_says_why() {
        for (log, name, suite, why) in [
            (
                "test a::keeps ... ok\ntest a::order ... FAILED\n\nfailures:\n\n---- a::order stdout ----\nthread 'a::order' panicked at src/a.rs:3:5:\nleft != right\n\n\nfailures:\n    a::order\n\ntest result: FAILED. 1 passed; 1 failed; 0 ignored",
                "a::order",
                "a",
                "thread 'a::order' panicked at src/a.rs:3:5:\nleft != right",
            ),
            (
                "        FAIL [   5.002s] (  2/120) service::reservation tests::released\n\n--- STDERR: service::reservation tests::released ---\nstill held\n\n     Summary [  61.120s] 2 tests run: 1 passed, 1 failed, 0 skipped",
                "tests::released",
                "service::reservation",
                "still held",
            ),
            (
                " FAIL src/LazyImage.test.tsx\n  ✕ loads once (44 ms)\n\n  ● LazyImage › loads once\n\n    Expected: 1\n    Received: 2\n\nTests:       1 failed, 3 passed, 4 total",
                "loads once",
                "src/LazyImage.test.tsx",
                "Expected: 1\n    Received: 2",
            ),
            (
                "tests/test_a.py::test_b FAILED    [ 50%]\n____ test_b ____\nE   assert 1 == 2\n===== short test summary info =====\n== 1 failed, 1 passed in 0.1s ==",
                "test_b",
                "tests/test_a.py",
                "E   assert 1 == 2",
            ),
            (
                "=== RUN   TestRelay\n--- FAIL: TestRelay (0.12s)\n    relay_test.go:41: got 3, want 4\n--- PASS: TestOther (0.00s)\nFAIL",
                "TestRelay",
                "",
                "relay_test.go:41: got 3, want 4",
            ),
            (
                "[ERROR] com.harbour.LedgerTest.balances -- Time elapsed: 0.02 s <<< FAILURE!\norg.opentest4j.AssertionFailedError: expected: <0> but was: <1>\n\n[ERROR] Tests run: 12, Failures: 1, Errors: 0, Skipped: 2",
                "balances",
                "com.harbour.LedgerTest",
                "org.opentest4j.AssertionFailedError: expected: <0> but was: <1>",
            ),
        ] {
            let cases = of(log);
            let failed: Vec<&Case> = cases
                .iter()
                .filter(|case| case.outcome == Outcome::Failed)
                .collect();
            assert_eq!(failed.len(), 1, "{log}");
            assert_eq!(
                (
                    failed[0].name.as_str(),
                    failed[0].suite.as_str(),
                    failed[0].message.as_str()
                ),
                (name, suite, why)
            );
        }
    }

    #[test]
    fn what_is_only_counted_is_listed_too() {
        let cases = of("== 1 failed, 40 passed, 3 skipped in 0.1s ==");
        assert_eq!(cases.len(), 44);
        let names: std::collections::BTreeSet<&str> =
            cases.iter().map(|case| case.name.as_str()).collect();
        assert_eq!(names.len(), 44, "every case has a name of its own");
    }
}
