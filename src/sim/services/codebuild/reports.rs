//! Reports: their groups, what they count, their cases, the coverage by file, and how it all goes over time.

use serde_json::{Value, json};

use crate::sim::random::Random;
use crate::sim::wire::{Answer, Call, Members, Millis, WireError, page, seconds};
use crate::sim::world::builds::Builds;
use crate::sim::world::builds::build::{BuildReport, ReportKind};
use crate::sim::world::builds::cases::Case;
use crate::sim::world::builds::report::Covered;

use super::shapes::{self, arn};
use super::{INVALID, MOST_LISTED, ORDERS, bad_token, bare, batch, listed_by, members};

/// How long CodeBuild keeps a report.
const KEPT: Millis = 30 * 86_400_000;
const STATUSES: [&str; 5] = [
    "GENERATING",
    "SUCCEEDED",
    "FAILED",
    "INCOMPLETE",
    "DELETING",
];
const CASE_STATUSES: [&str; 5] = ["SUCCEEDED", "FAILED", "ERROR", "SKIPPED", "UNKNOWN"];
const OF_TESTS: [&str; 3] = ["PASS_RATE", "DURATION", "TOTAL"];
const TRENDS: [&str; 9] = [
    "PASS_RATE",
    "DURATION",
    "TOTAL",
    "LINE_COVERAGE",
    "LINES_COVERED",
    "LINES_MISSED",
    "BRANCH_COVERAGE",
    "BRANCHES_COVERED",
    "BRANCHES_MISSED",
];

fn absent(what: &str) -> WireError {
    WireError::new(
        "ResourceNotFoundException",
        format!("Cannot find resource: {what}"),
    )
}

/// The reports of all builds that are still kept, newest first.
fn kept<'a>(call: &Call<'_>, builds: &'a Builds) -> Vec<BuildReport<'a>> {
    let mut found: Vec<BuildReport<'_>> = builds
        .ids()
        .filter_map(|id| builds.get(id))
        .filter(|build| build.ends() + KEPT > call.now)
        .flat_map(|build| build.reports(call.now))
        .filter(|report| report.created + KEPT > call.now)
        .collect();
    found.sort_by_key(|report| std::cmp::Reverse(report.created));
    found
}

/// The report of this ARN, when it is still kept.
fn find<'a>(call: &Call<'_>, builds: &'a Builds, named: &str) -> Option<BuildReport<'a>> {
    let id = bare(call, "report", named);
    let (group, uuid) = id.rsplit_once(':')?;
    let (project, _) = group.rsplit_once('-')?;
    let build = builds.get(&format!("{project}:{uuid}"))?;
    let reports = build.reports(call.now).into_iter();
    reports
        .filter(|report| named.starts_with("arn:") && report.created + KEPT > call.now)
        .find(|report| report.id() == id)
}

fn status(call: &Call<'_>, report: &BuildReport<'_>) -> &'static str {
    let failed = report.kind == ReportKind::Tests && report.build.plan.tests.failed > 0;
    match (report.build.complete(call.now), failed) {
        (false, _) => "GENERATING",
        (true, false) => "SUCCEEDED",
        (true, true) => "FAILED",
    }
}

fn kind(report: &BuildReport<'_>) -> &'static str {
    match report.kind {
        ReportKind::Tests => "TEST",
        ReportKind::Coverage => "CODE_COVERAGE",
    }
}

pub(super) fn batch_get(call: &Call<'_>, builds: &Builds) -> Answer {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for named in batch(call, "reportArns")? {
        match find(call, builds, &named) {
            Some(report) => found.push(shape(call, &report)),
            None => missing.push(named),
        }
    }
    Ok(json!({ "reports": found, "reportsNotFound": missing }))
}

fn shape(call: &Call<'_>, report: &BuildReport<'_>) -> Value {
    let group = report.group();
    let mut shape = json!({
        "arn": arn(call, "report", &report.id()),
        "type": kind(report),
        "name": group,
        "reportGroupArn": arn(call, "report-group", &group),
        "executionId": arn(call, "build", &report.build.id),
        "status": status(call, report),
        "created": seconds(report.created),
        "expired": seconds(report.created + KEPT),
        "exportConfig": { "exportConfigType": "NO_EXPORT" },
        "truncated": false,
    });
    match report.kind {
        ReportKind::Tests => {
            let tests = report.build.plan.tests;
            shape["testSummary"] = json!({
                "total": tests.total(),
                "statusCounts": {
                    "ERROR": 0,
                    "FAILED": tests.failed,
                    "SKIPPED": tests.skipped,
                    "SUCCEEDED": tests.passed,
                    "UNKNOWN": 0,
                },
                "durationInNanoSeconds": tests_last(report) * 1_000_000,
            });
        }
        ReportKind::Coverage => {
            let sum = Sum::of(&report.build.coverage());
            shape["codeCoverageSummary"] = json!({
                "lineCoveragePercentage": percent(sum.lines_covered, sum.lines),
                "linesCovered": sum.lines_covered,
                "linesMissed": sum.lines - sum.lines_covered,
                "branchCoveragePercentage": percent(sum.branches_covered, sum.branches),
                "branchesCovered": sum.branches_covered,
                "branchesMissed": sum.branches - sum.branches_covered,
            });
        }
    }
    shape
}

/// How long the tests of a build took, which was a little more or less than planned.
fn tests_last(report: &BuildReport<'_>) -> Millis {
    let build = report.build;
    (build.plan.tests.lasts as f64 * build.stretch).round() as Millis
}

/// Two decimals, as CodeBuild rounds.
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    (part as f64 / whole as f64 * 10_000.0).round() / 100.0
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    lines: u64,
    lines_covered: u64,
    branches: u64,
    branches_covered: u64,
}

impl Sum {
    fn of(files: &[Covered]) -> Self {
        files.iter().fold(Self::default(), |sum, file| Self {
            lines: sum.lines + file.lines,
            lines_covered: sum.lines_covered + file.lines_covered,
            branches: sum.branches + file.branches,
            branches_covered: sum.branches_covered + file.branches_covered,
        })
    }
}

/// A report group as it follows from its reports.
struct Group<'a> {
    name: String,
    first: BuildReport<'a>,
    last: Millis,
}

/// The groups in order of name.
fn groups<'a>(call: &Call<'_>, builds: &'a Builds) -> Vec<Group<'a>> {
    let mut found: std::collections::BTreeMap<String, Group<'a>> =
        std::collections::BTreeMap::new();
    // Oldest first: the first report makes the group, which outlives its reports.
    let all = builds.ids().filter_map(|id| builds.get(id));
    for report in all.flat_map(|build| build.reports(call.now)) {
        let name = report.group();
        let group = found.entry(name.clone()).or_insert(Group {
            name,
            first: report,
            last: report.created,
        });
        group.last = group.last.max(report.created);
    }
    found.into_values().collect()
}

pub(super) fn list_groups(call: &Call<'_>, builds: &Builds) -> Answer {
    let members = members(call);
    let sorts = ["NAME", "CREATED_TIME", "LAST_MODIFIED_TIME"];
    let sort = members.optional_word("sortBy", &sorts)?.unwrap_or("NAME");
    let order = members.optional_word("sortOrder", &ORDERS)?;
    let limit = limit(&members)?;
    let token = members.optional_text("nextToken")?;
    let mut groups = groups(call, builds);
    match sort {
        "CREATED_TIME" => groups.sort_by_key(|group| group.first.created),
        "LAST_MODIFIED_TIME" => groups.sort_by_key(|group| group.last),
        _ => {}
    }
    if order == Some("DESCENDING") {
        groups.reverse();
    }
    let arns: Vec<String> = groups
        .iter()
        .map(|group| arn(call, "report-group", &group.name))
        .collect();
    let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
    let scope = format!(
        "ListReportGroups {} {} {sort} {order:?}",
        call.account, call.region
    );
    listed_by("reportGroups", &arns, token, limit, &scope)
}

pub(super) fn batch_get_groups(call: &Call<'_>, builds: &Builds) -> Answer {
    let groups = groups(call, builds);
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for named in batch(call, "reportGroupArns")? {
        let name = bare(call, "report-group", &named);
        match groups.iter().find(|group| group.name == name) {
            Some(group) => found.push(json!({
                "arn": arn(call, "report-group", name),
                "name": name,
                "type": kind(&group.first),
                "exportConfig": { "exportConfigType": "NO_EXPORT" },
                "created": seconds(group.first.created),
                "lastModified": seconds(group.last),
                "tags": shapes::tags(&[]),
                "status": "ACTIVE",
            })),
            None => missing.push(named),
        }
    }
    Ok(json!({ "reportGroups": found, "reportGroupsNotFound": missing }))
}

pub(super) fn list(call: &Call<'_>, builds: &Builds) -> Answer {
    listed_reports(call, &members(call), kept(call, builds), "")
}

pub(super) fn list_for_group(call: &Call<'_>, builds: &Builds) -> Answer {
    let members = members(call);
    let named = members.bounded_text("reportGroupArn", 1, usize::MAX)?;
    let name = bare(call, "report-group", named);
    if !groups(call, builds).iter().any(|group| group.name == name) {
        return Err(absent(named));
    }
    let mut reports = kept(call, builds);
    reports.retain(|report| report.group() == name);
    listed_reports(call, &members, reports, name)
}

fn limit(members: &Members<'_>) -> Result<usize, WireError> {
    let limit = members.optional_bounded_integer("maxResults", 1, MOST_LISTED as i64)?;
    Ok(limit.map_or(MOST_LISTED, |limit| limit as usize))
}

fn listed_reports(
    call: &Call<'_>,
    members: &Members<'_>,
    mut reports: Vec<BuildReport<'_>>,
    named: &str,
) -> Answer {
    let order = members.optional_word("sortOrder", &ORDERS)?;
    let limit = limit(members)?;
    let token = members.optional_text("nextToken")?;
    let wanted = match members.optional_structure("filter")? {
        Some(filter) => filter.optional_word("status", &STATUSES)?,
        None => None,
    };
    reports.retain(|report| wanted.is_none_or(|wanted| status(call, report) == wanted));
    if order == Some("ASCENDING") {
        reports.reverse();
    }
    let arns: Vec<String> = reports
        .iter()
        .map(|report| arn(call, "report", &report.id()))
        .collect();
    let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
    let scope = format!(
        "ListReports {} {} {named} {order:?} {wanted:?}",
        call.account, call.region
    );
    listed_by("reports", &arns, token, limit, &scope)
}

/// One page of shapes under the name that the operation gives them.
fn paged(member: &str, shapes: &[Value], members: &Members<'_>, scope: &str) -> Answer {
    let token = members.optional_text("nextToken")?;
    let (range, next) = page(shapes, token, limit(members)?, scope).map_err(bad_token)?;
    let mut answer = json!({ member: shapes.get(range).unwrap_or_default() });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(answer)
}

pub(super) fn describe_cases(call: &Call<'_>, builds: &Builds) -> Answer {
    let members = members(call);
    let named = members.bounded_text("reportArn", 1, usize::MAX)?;
    let (wanted, keyword) = match members.optional_structure("filter")? {
        Some(filter) => (
            filter.optional_word("status", &CASE_STATUSES)?,
            filter.optional_text("keyword")?,
        ),
        None => (None, None),
    };
    let report = find(call, builds, named).ok_or_else(|| absent(named))?;
    if report.kind != ReportKind::Tests {
        let message = format!("{named} is no report of tests");
        return Err(WireError::new(INVALID, message));
    }
    let takes = |case: &&Case| {
        wanted.is_none_or(|wanted| case.outcome.word() == wanted)
            && keyword.is_none_or(|keyword| case.name.contains(keyword))
    };
    let cases = report.build.plan.cases.iter().filter(takes);
    let shapes: Vec<Value> = cases.map(|case| case_shape(&report, named, case)).collect();
    let scope = format!("DescribeTestCases {named} {wanted:?} {keyword:?}");
    paged("testCases", &shapes, &members, &scope)
}

fn case_shape(report: &BuildReport<'_>, named: &str, case: &Case) -> Value {
    let even = tests_last(report) / (report.build.plan.tests.total().max(1) as Millis);
    let mut shape = json!({
        "reportArn": named,
        "testRawDataPath": "reports/junit.xml",
        "prefix": case.suite,
        "name": case.name,
        "status": case.outcome.word(),
        "durationInNanoSeconds": case.lasts.unwrap_or(even) * 1_000_000,
        "message": case.message,
        "expired": seconds(report.created + KEPT),
    });
    if !case.suite.is_empty() {
        shape["testSuiteName"] = case.suite.as_str().into();
    }
    shape
}

pub(super) fn describe_coverages(call: &Call<'_>, builds: &Builds) -> Answer {
    let members = members(call);
    let named = members.bounded_text("reportArn", 1, usize::MAX)?;
    let sorts = ["LINE_COVERAGE_PERCENTAGE", "FILE_PATH"];
    let sort = members.optional_word("sortBy", &sorts)?;
    let order = members.optional_word("sortOrder", &ORDERS)?;
    let least = members.optional_number("minLineCoveragePercentage", 0.0, 100.0)?;
    let most = members.optional_number("maxLineCoveragePercentage", 0.0, 100.0)?;
    // The model gives this operation no other refusal.
    let report = find(call, builds, named)
        .filter(|report| report.kind == ReportKind::Coverage)
        .ok_or_else(|| WireError::new(INVALID, format!("Cannot find resource: {named}")))?;
    let mut files = report.build.coverage();
    let covered = |file: &Covered| percent(file.lines_covered, file.lines);
    files.retain(|file| {
        least.is_none_or(|least| covered(file) >= least)
            && most.is_none_or(|most| covered(file) <= most)
    });
    match sort {
        Some("LINE_COVERAGE_PERCENTAGE") => {
            files.sort_by(|one, other| covered(one).total_cmp(&covered(other)));
        }
        _ => files.sort_by(|one, other| one.path.cmp(&other.path)),
    }
    if order == Some("DESCENDING") {
        files.reverse();
    }
    let expired = report.created + KEPT;
    let shapes: Vec<Value> = files
        .iter()
        .map(|file| coverage_shape(named, file, expired))
        .collect();
    let scope = format!("DescribeCodeCoverages {named} {sort:?} {order:?} {least:?} {most:?}");
    paged("codeCoverages", &shapes, &members, &scope)
}

fn coverage_shape(named: &str, file: &Covered, expired: Millis) -> Value {
    json!({
        "id": Random::named(0, &format!("{named} {}", file.path)).uuid(),
        "reportARN": named,
        "filePath": file.path,
        "lineCoveragePercentage": percent(file.lines_covered, file.lines),
        "linesCovered": file.lines_covered,
        "linesMissed": file.lines - file.lines_covered,
        "branchCoveragePercentage": percent(file.branches_covered, file.branches),
        "branchesCovered": file.branches_covered,
        "branchesMissed": file.branches - file.branches_covered,
        "expired": seconds(expired),
    })
}

pub(super) fn trend(call: &Call<'_>, builds: &Builds) -> Answer {
    let members = members(call);
    let named = members.bounded_text("reportGroupArn", 1, usize::MAX)?;
    let field = members.word("trendField", &TRENDS)?;
    let count = members.optional_bounded_integer("numOfReports", 1, 100)?;
    let name = bare(call, "report-group", named);
    let groups = groups(call, builds);
    let group = groups
        .iter()
        .find(|group| group.name == name)
        .ok_or_else(|| absent(named))?;
    let of_tests = group.first.kind == ReportKind::Tests;
    if of_tests != OF_TESTS.contains(&field) {
        let message = format!(
            "{field} cannot be told of a report group of type {}",
            kind(&group.first)
        );
        return Err(WireError::new(INVALID, message));
    }
    let mut reports = kept(call, builds);
    reports.retain(|report| report.group() == name && report.build.complete(call.now));
    reports.truncate(count.map_or(MOST_LISTED, |count| count as usize));
    let values: Vec<f64> = reports.iter().map(|report| value(report, field)).collect();
    let data: Vec<Value> = reports
        .iter()
        .zip(&values)
        .map(|(report, value)| {
            json!({ "reportArn": arn(call, "report", &report.id()), "data": value.to_string() })
        })
        .collect();
    let mut answer = json!({ "rawData": data });
    if !values.is_empty() {
        let average = values.iter().sum::<f64>() / values.len() as f64;
        answer["stats"] = json!({
            "average": average.to_string(),
            "max": values.iter().copied().fold(f64::MIN, f64::max).to_string(),
            "min": values.iter().copied().fold(f64::MAX, f64::min).to_string(),
        });
    }
    Ok(answer)
}

/// What a report has of a trend's field: per cent, nanoseconds, or a number.
fn value(report: &BuildReport<'_>, field: &str) -> f64 {
    let tests = report.build.plan.tests;
    let sum = Sum::of(&report.build.coverage());
    match field {
        "PASS_RATE" => percent(tests.passed, tests.total() - tests.skipped),
        "DURATION" => tests_last(report) as f64 * 1e6,
        "TOTAL" => tests.total() as f64,
        "LINE_COVERAGE" => percent(sum.lines_covered, sum.lines),
        "LINES_COVERED" => sum.lines_covered as f64,
        "LINES_MISSED" => (sum.lines - sum.lines_covered) as f64,
        "BRANCH_COVERAGE" => percent(sum.branches_covered, sum.branches),
        "BRANCHES_COVERED" => sum.branches_covered as f64,
        _ => (sum.branches - sum.branches_covered) as f64,
    }
}
