//! Test and coverage reports: of a build, with their cases and files, and of a group over time.
//!
//! A report of many thousand cases is read in part: what did not succeed first. How much was not read is told.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_codebuild::types;

use super::map::build_id;
use super::{NEWEST, SERVICE};
use crate::aws::calls::Calls;
use crate::aws::map::{id, text, time, word};
use crate::aws::page;
use crate::model::build::{
    CoverageFile, CoverageReport, Report, ReportContent, ReportTrend, TestCase, TestReport,
    TrendPoint,
};
use crate::model::fault::Fault;
use crate::model::ids::BuildId;
use crate::model::oneshot::TestCounts;
use crate::model::status::State;

/// Cases or files of one report that are read, a hundred a page.
const MOST: usize = 1_000;
const MOST_PAGES: usize = 10;
const PAGE: i32 = 100;
/// Reports of a group in its trend: one call for their ids, one for what they say.
const TREND: usize = 100;

/// AWS's words for a test case, in the order of attention.
const WORDS: [&str; 5] = ["FAILED", "ERROR", "UNKNOWN", "SKIPPED", "SUCCEEDED"];

/// The reports of a build, in the order asked for, with what is in them. Those that AWS no longer knows are left out: it
/// keeps them for thirty days.
pub(in crate::aws) async fn whole(
    calls: &Calls<'_>,
    arns: &[String],
) -> Result<Vec<Report>, Fault> {
    let mut reports = Vec::with_capacity(arns.len());
    for some in arns.chunks(NEWEST) {
        for told in get(calls, some).await? {
            reports.push(read(calls, &told).await?);
        }
    }
    reports.sort_by_key(|report| arns.iter().position(|arn| *arn == report.arn));
    Ok(reports)
}

async fn read(calls: &Calls<'_>, told: &types::Report) -> Result<Report, Fault> {
    let arn = word(told.arn());
    let content = match told.r#type() {
        Some(types::ReportType::Test) => {
            ReportContent::Tests(tests_in(calls, &arn, told.test_summary()).await?)
        }
        Some(types::ReportType::CodeCoverage) => {
            ReportContent::Coverage(coverage(calls, &arn, told.code_coverage_summary()).await?)
        }
        other => ReportContent::Other(word(other.map(types::ReportType::as_str))),
    };
    Ok(Report {
        arn,
        group_arn: word(told.report_group_arn()),
        name: word(told.name()),
        state: State::of_report(told.status().map_or("", types::ReportStatusType::as_str)),
        created: time(told.created()),
        content,
    })
}

async fn tests_in(
    calls: &Calls<'_>,
    arn: &str,
    summary: Option<&types::TestReportSummary>,
) -> Result<TestReport, Fault> {
    let counts = summary.map_or_else(Vec::new, counts_of);
    let total = summary.map_or(0, |summary| number(summary.total()));
    let fits = usize::try_from(total).is_ok_and(|total| total <= MOST);
    let mut cases = Vec::new();
    if fits {
        cases = walk_cases(calls, arn, None, MOST).await?;
    } else {
        // What did not succeed must not be among what is left out, so each word is asked for by itself.
        for (word, count) in &counts {
            let room = MOST - cases.len();
            if *count > 0 && room > 0 {
                cases.extend(walk_cases(calls, arn, Some(word), room).await?);
            }
        }
    }
    cases.sort_by_key(|case| attention(case.state.word()));
    let read = u32::try_from(cases.len()).unwrap_or(u32::MAX);
    Ok(TestReport {
        counts,
        duration: summary.and_then(|summary| nanos(summary.duration_in_nano_seconds())),
        unread: total.saturating_sub(read),
        cases,
    })
}

/// By AWS's words, those that need a look first.
fn counts_of(summary: &types::TestReportSummary) -> Vec<(String, u32)> {
    let counts = summary.status_counts().iter();
    let mut counts: Vec<(String, u32)> = counts
        .map(|(word, count)| (word.clone(), number(*count)))
        .collect();
    counts.sort_by(|(one, _), (other, _)| (attention(one), one).cmp(&(attention(other), other)));
    counts
}

/// A word that this version does not know is no success: it comes before what was skipped.
fn attention(word: &str) -> usize {
    let known = WORDS.iter().position(|known| *known == word);
    known.unwrap_or(2)
}

async fn walk_cases(
    calls: &Calls<'_>,
    arn: &str,
    status: Option<&str>,
    most: usize,
) -> Result<Vec<TestCase>, Fault> {
    let walked = page::walk(MOST_PAGES, most, |token| {
        cases_page(calls, arn, status, token)
    });
    Ok(walked.await?.all)
}

async fn cases_page(
    calls: &Calls<'_>,
    arn: &str,
    status: Option<&str>,
    token: Option<String>,
) -> Result<(Vec<TestCase>, Option<String>), Fault> {
    let filter = status.map(|status| types::TestCaseFilter::builder().status(status).build());
    let request = calls
        .clients
        .codebuild
        .describe_test_cases()
        .report_arn(arn)
        .max_results(PAGE)
        .set_filter(filter)
        .set_next_token(token);
    let answer = calls
        .call(SERVICE, "DescribeTestCases", request.send())
        .await?;
    let cases = answer.test_cases().iter().map(case).collect();
    Ok((cases, answer.next_token().map(str::to_owned)))
}

fn case(told: &types::TestCase) -> TestCase {
    TestCase {
        name: word(told.name()),
        suite: text(told.test_suite_name()).or_else(|| text(told.prefix())),
        raw_path: text(told.test_raw_data_path()),
        state: State::of_test(told.status().unwrap_or_default()),
        duration: told.duration_in_nano_seconds().and_then(nanos),
        message: text(told.message()),
    }
}

/// The least covered files first: AWS sorts, so what is left out is what is covered best.
async fn coverage(
    calls: &Calls<'_>,
    arn: &str,
    summary: Option<&types::CodeCoverageReportSummary>,
) -> Result<CoverageReport, Fault> {
    let walked = page::walk(MOST_PAGES, MOST, |token| files_page(calls, arn, token));
    let walked = walked.await?;
    let mut report = CoverageReport {
        files: walked.all,
        cut: walked.cut,
        ..CoverageReport::default()
    };
    if let Some(summary) = summary {
        report.lines = summary.line_coverage_percentage();
        report.lines_covered = count(summary.lines_covered());
        report.lines_missed = count(summary.lines_missed());
        report.branches_covered = count(summary.branches_covered());
        report.branches_missed = count(summary.branches_missed());
        // Formats that count no branches arrive as a percentage of none.
        let has_branches = report.branches_covered + report.branches_missed > 0;
        report.branches = summary
            .branch_coverage_percentage()
            .filter(|_| has_branches);
    }
    Ok(report)
}

async fn files_page(
    calls: &Calls<'_>,
    arn: &str,
    token: Option<String>,
) -> Result<(Vec<CoverageFile>, Option<String>), Fault> {
    let request = calls
        .clients
        .codebuild
        .describe_code_coverages()
        .report_arn(arn)
        .max_results(PAGE)
        .sort_by(types::ReportCodeCoverageSortByType::LineCoveragePercentage)
        .sort_order(types::SortOrderType::Ascending)
        .set_next_token(token);
    let answer = calls
        .call(SERVICE, "DescribeCodeCoverages", request.send())
        .await?;
    let files = answer.code_coverages().iter().map(|told| CoverageFile {
        path: word(told.file_path()),
        lines: told.line_coverage_percentage(),
        branches: told
            .branch_coverage_percentage()
            .filter(|_| count(told.branches_covered()) + count(told.branches_missed()) > 0),
        lines_missed: count(told.lines_missed()),
    });
    Ok((files.collect(), answer.next_token().map(str::to_owned)))
}

/// The newest reports of a group, oldest first.
pub(in crate::aws) async fn trend(calls: &Calls<'_>, group: &str) -> Result<ReportTrend, Fault> {
    let request = calls
        .clients
        .codebuild
        .list_reports_for_report_group()
        .report_group_arn(group)
        .sort_order(types::SortOrderType::Descending)
        .max_results(PAGE);
    let answer = calls
        .call(SERVICE, "ListReportsForReportGroup", request.send())
        .await?;
    let arns = answer.reports();
    let arns = arns.get(..TREND).unwrap_or(arns);
    if arns.is_empty() {
        return Ok(ReportTrend::default());
    }
    let mut points: Vec<TrendPoint> = get(calls, arns).await?.iter().filter_map(point).collect();
    points.sort_by_key(|point| point.at);
    Ok(ReportTrend { points })
}

/// None for a report that says nothing yet.
fn point(told: &types::Report) -> Option<TrendPoint> {
    let mut point = TrendPoint {
        at: time(told.created())?,
        build: told.execution_id().and_then(build_id).map(str::to_owned),
        passed: 0,
        failed: 0,
        skipped: 0,
        lines: told
            .code_coverage_summary()
            .and_then(types::CodeCoverageReportSummary::line_coverage_percentage),
        duration: None,
    };
    if let Some(summary) = told.test_summary() {
        let mut counts = TestCounts::default();
        count_tests(&mut counts, summary);
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        (point.passed, point.failed) = (small(counts.passed), small(counts.failed));
        point.skipped = small(counts.skipped);
        point.duration = nanos(summary.duration_in_nano_seconds());
    }
    (told.test_summary().is_some() || point.lines.is_some()).then_some(point)
}

fn number(count: i32) -> u32 {
    u32::try_from(count).unwrap_or(0)
}

fn count(told: Option<i32>) -> u32 {
    told.map_or(0, number)
}

fn nanos(told: i64) -> Option<Duration> {
    u64::try_from(told).ok().map(Duration::from_nanos)
}

/// How the tests of builds went, of those that reported any: BatchGetBuilds, and BatchGetReports for what they name.
pub(in crate::aws) async fn tests(
    calls: &Calls<'_>,
    ids: &[BuildId],
) -> Result<BTreeMap<BuildId, TestCounts>, Fault> {
    let request = calls.clients.codebuild.batch_get_builds().set_ids(Some(
        ids.iter().take(NEWEST).map(ToString::to_string).collect(),
    ));
    let answer = calls
        .call(SERVICE, "BatchGetBuilds", request.send())
        .await?;
    let mut build_of: BTreeMap<String, BuildId> = BTreeMap::new();
    for build in answer.builds() {
        let Some(id) = id::<BuildId>(build.id()) else {
            continue;
        };
        let reports = build.report_arns().iter();
        build_of.extend(reports.map(|report| (report.clone(), id.clone())));
    }
    let arns: Vec<String> = build_of.keys().cloned().collect();
    let mut counts = BTreeMap::new();
    for some in arns.chunks(NEWEST) {
        for report in get(calls, some).await? {
            let build = report.arn().and_then(|arn| build_of.get(arn));
            if let (Some(build), Some(summary)) = (build, report.test_summary()) {
                count_tests(counts.entry(build.clone()).or_default(), summary);
            }
        }
    }
    Ok(counts)
}

/// BatchGetReports of at most a hundred.
async fn get(calls: &Calls<'_>, arns: &[String]) -> Result<Vec<types::Report>, Fault> {
    let request = calls
        .clients
        .codebuild
        .batch_get_reports()
        .set_report_arns(Some(arns.to_vec()));
    let answer = calls
        .call(SERVICE, "BatchGetReports", request.send())
        .await?;
    Ok(answer.reports.unwrap_or_default())
}

/// The group of one report of the newest builds, and how many test cases the report holds: doctor's question. None where
/// no build made any.
pub(in crate::aws) async fn a_report(calls: &Calls<'_>) -> Option<Result<(String, u32), Fault>> {
    let ids = super::newest_ids(calls).await.ok()?;
    let builds = super::by_ids(calls, &ids).await.ok()?;
    let arn = builds.iter().find_map(|build| build.reports.first())?;
    let found = get(calls, std::slice::from_ref(arn)).await;
    Some(found.map(|reports| {
        let report = reports.first();
        let summary = report.and_then(types::Report::test_summary);
        let total = summary.map_or(0, |summary| number(summary.total()));
        let group = report.and_then(types::Report::report_group_arn);
        (word(group), total)
    }))
}

/// Adds a report's test cases. What neither passed nor was skipped did not succeed, whatever its word.
fn count_tests(counts: &mut TestCounts, summary: &types::TestReportSummary) {
    let number = |count: &i32| usize::try_from(*count).unwrap_or(0);
    let of = |word: &str| summary.status_counts().get(word).map_or(0, number);
    let all: usize = summary.status_counts().values().map(number).sum();
    let (passed, skipped) = (of("SUCCEEDED"), of("SKIPPED"));
    counts.passed += passed;
    counts.skipped += skipped;
    counts.failed += all - passed - skipped;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::Status;

    #[test]
    fn a_test_that_neither_passed_nor_was_skipped_counts_as_failed() {
        let summary = types::TestReportSummary::builder()
            .total(8)
            .status_counts("SUCCEEDED", 4)
            .status_counts("FAILED", 1)
            .status_counts("ERROR", 1)
            .status_counts("SKIPPED", 2)
            .duration_in_nano_seconds(1)
            .build()
            .unwrap();
        let mut counts = TestCounts::default();
        count_tests(&mut counts, &summary);
        count_tests(&mut counts, &summary);
        assert_eq!((counts.passed, counts.failed, counts.skipped), (8, 4, 4));
    }

    #[test]
    fn what_needs_a_look_comes_first_and_strange_words_are_no_success() {
        let mut words = ["SUCCEEDED", "PONDERING", "SKIPPED", "ERROR", "FAILED"];
        words.sort_by_key(|word| attention(word));
        assert_eq!(
            words,
            ["FAILED", "ERROR", "PONDERING", "SKIPPED", "SUCCEEDED"]
        );
        assert_eq!(State::of_test("PONDERING").status, Status::Unknown);
    }

    #[test]
    fn a_report_that_is_still_being_made_is_no_point_of_a_trend() {
        let at = aws_smithy_types::DateTime::from_secs(60);
        let report = types::Report::builder()
            .created(at)
            .execution_id("arn:aws:codebuild:eu-west-1:1:build/p:1");
        assert_eq!(point(&report.clone().build()), None);
        let coverage = types::CodeCoverageReportSummary::builder()
            .line_coverage_percentage(81.5)
            .build();
        let told = point(&report.code_coverage_summary(coverage).build()).unwrap();
        assert_eq!(
            (told.lines, told.build.as_deref()),
            (Some(81.5), Some("p:1"))
        );
    }
}
