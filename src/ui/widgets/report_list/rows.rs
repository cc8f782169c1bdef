//! Reports as rows: of every report its head, its counts, its trend, what failed with its message, then the rest.

use super::Open;
use crate::model::ansi;
use crate::model::build::{CoverageReport, Report, ReportContent, TestCase, TestReport};
use crate::model::mask;
use crate::model::status::Status;
use crate::model::time::duration;

/// Lines of a message before the rest is folded.
const LINES: usize = 8;
/// A message is cut here, however often it is unfolded.
const MOST_LINES: usize = 400;
/// Files of a coverage report before the rest is folded.
const FILES: usize = 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Gap,
    Head(usize),
    Counts(String),
    Note(String),
    Trend(usize),
    Case {
        report: usize,
        case: usize,
    },
    /// A line of what the runner said.
    Said(String),
    /// Unfolds so many lines of a message; none: folds it.
    More {
        report: usize,
        case: usize,
        lines: usize,
    },
    /// Unfolds what is good.
    Rest {
        report: usize,
        words: String,
    },
    File {
        report: usize,
        file: usize,
    },
}

/// Cost: linear in what is shown. Reports with failures come first.
pub fn of(reports: &[Report], open: &Open) -> Vec<Row> {
    let mut order: Vec<usize> = (0..reports.len()).collect();
    order.sort_by_key(|index| reports.get(*index).map(|report| !has_failed(report)));
    let mut rows = Vec::new();
    for index in order {
        let Some(report) = reports.get(index) else {
            continue;
        };
        rows.push(Row::Head(index));
        match &report.content {
            ReportContent::Tests(tests) => tests_rows(&mut rows, index, tests, open),
            ReportContent::Coverage(coverage) => coverage_rows(&mut rows, index, coverage, open),
            ReportContent::Other(kind) => {
                let kind = ansi::plain(kind);
                rows.push(Row::Note(format!(
                    "A report of type {kind}, which Starboard does not know."
                )));
            }
        }
        rows.push(Row::Gap);
    }
    rows
}

pub fn case(report: &Report, index: usize) -> Option<&TestCase> {
    match &report.content {
        ReportContent::Tests(tests) => tests.cases.get(index),
        _ => None,
    }
}

fn has_failed(report: &Report) -> bool {
    match &report.content {
        ReportContent::Tests(tests) => tests.cases.iter().any(needs_a_look),
        _ => report.state.status.is_bad(),
    }
}

/// What did not pass and was not skipped: also what AWS has no word for that we know.
fn needs_a_look(case: &TestCase) -> bool {
    !matches!(case.state.status, Status::Succeeded | Status::Skipped)
}

fn tests_rows(rows: &mut Vec<Row>, report: usize, tests: &TestReport, open: &Open) {
    let mut counts: Vec<String> = tests
        .counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{count} {}", ansi::plain(word).to_lowercase()))
        .collect();
    counts.extend(tests.duration.map(duration));
    rows.push(Row::Counts(counts.join(" · ")));
    rows.push(Row::Trend(report));
    let (bad, good): (Vec<usize>, Vec<usize>) =
        (0..tests.cases.len()).partition(|index| tests.cases.get(*index).is_some_and(needs_a_look));
    for case in bad {
        rows.push(Row::Case { report, case });
        if let Some(message) = tests.cases.get(case).and_then(|it| it.message.as_deref()) {
            message_rows(rows, (report, case), message, open);
        }
    }
    if !good.is_empty() {
        let words = format!("{} passed or skipped", good.len());
        rows.push(Row::Rest { report, words });
        if open.rest.contains(&report) {
            rows.extend(good.into_iter().map(|case| Row::Case { report, case }));
        }
    }
    if tests.unread > 0 {
        rows.push(Row::Note(format!("{} more were not read", tests.unread)));
    }
}

fn message_rows(rows: &mut Vec<Row>, (report, case): (usize, usize), message: &str, open: &Open) {
    let message = message.trim_end();
    let lines: Vec<&str> = message.lines().take(MOST_LINES).collect();
    let is_open = open.messages.contains(&(report, case));
    let shown = if is_open || lines.len() <= LINES + 1 {
        lines.len()
    } else {
        LINES
    };
    let said: Vec<&str> = lines.iter().take(shown).copied().collect();
    let said = mask::masked_text(&said.join("\n"));
    rows.extend(
        said.lines()
            .map(|line| Row::Said(ansi::draw(line, 2_000).text)),
    );
    let left = lines.len() - shown;
    if left > 0 || (is_open && lines.len() > LINES + 1) {
        let lines = left;
        rows.push(Row::More {
            report,
            case,
            lines,
        });
    }
}

fn coverage_rows(rows: &mut Vec<Row>, report: usize, coverage: &CoverageReport, open: &Open) {
    let of = |covered: u32, missed: u32| format!("{covered} of {}", covered + missed);
    let mut words = format!(
        "{} of lines ({})",
        percent(coverage.lines),
        of(coverage.lines_covered, coverage.lines_missed)
    );
    if coverage.branches.is_some() {
        let branches = of(coverage.branches_covered, coverage.branches_missed);
        words.push_str(&format!(
            " · {} of branches ({branches})",
            percent(coverage.branches)
        ));
    }
    rows.push(Row::Counts(words));
    rows.push(Row::Trend(report));
    let count = coverage.files.len();
    let is_open = open.rest.contains(&report);
    let shown = if is_open { count } else { count.min(FILES) };
    rows.extend((0..shown).map(|file| Row::File { report, file }));
    if count > FILES {
        let words = if is_open {
            "Only the least covered files".to_owned()
        } else {
            format!("{} better covered files", count - FILES)
        };
        rows.push(Row::Rest { report, words });
    }
    if coverage.cut {
        rows.push(Row::Note("There are more files than were read".to_owned()));
    }
}

/// `83.4 %`
pub fn percent(part: Option<f64>) -> String {
    part.map_or_else(|| "–".to_owned(), |part| format!("{part:.1} %"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::State;

    fn case(word: &str, message: &str) -> TestCase {
        TestCase {
            name: "t".to_owned(),
            suite: None,
            raw_path: None,
            state: State::of_build(word),
            duration: None,
            message: (!message.is_empty()).then(|| message.to_owned()),
        }
    }

    fn report(cases: Vec<TestCase>) -> Report {
        Report {
            arn: String::new(),
            group_arn: String::new(),
            name: "unit".to_owned(),
            state: State::of_build("FAILED"),
            created: None,
            content: ReportContent::Tests(TestReport {
                cases,
                ..TestReport::default()
            }),
        }
    }

    #[test]
    fn messages_are_masked() {
        let said = "expected 1\nlogin with --password hunter2 failed";
        let rows = of(&[report(vec![case("FAILED", said)])], &Open::default());
        let masked = "login with --password **** failed".to_owned();
        assert!(rows.contains(&Row::Said(masked)), "{rows:?}");
    }

    #[test]
    fn failures_come_with_their_message_and_what_passed_is_folded() {
        let lines: Vec<String> = (1..=30).map(|line| format!("line {line}")).collect();
        let long = lines.join("\n");
        let reports = [
            report(vec![case("SUCCEEDED", "")]),
            report(vec![
                case("FAILED", &long),
                case("NO_SUCH_WORD", ""),
                case("SUCCEEDED", ""),
            ]),
        ];
        let rows = of(&reports, &Open::default());
        assert_eq!(rows.first(), Some(&Row::Head(1)), "what failed comes first");
        let said = rows
            .iter()
            .filter(|row| matches!(row, Row::Said(_)))
            .count();
        assert_eq!(said, LINES);
        assert!(rows.contains(&Row::More {
            report: 1,
            case: 0,
            lines: 22
        }));
        assert!(
            rows.contains(&Row::Case { report: 1, case: 1 }),
            "an unknown word needs a look"
        );
        assert!(!rows.contains(&Row::Case { report: 1, case: 2 }));
        let open = Open {
            messages: [(1, 0)].into(),
            rest: [1].into(),
        };
        let rows = of(&reports, &open);
        assert!(rows.contains(&Row::Said("line 30".to_owned())));
        assert!(rows.contains(&Row::Case { report: 1, case: 2 }));
    }
}
