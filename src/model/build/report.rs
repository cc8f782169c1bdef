//! Test and coverage reports of a build.

use std::time::Duration;

use crate::model::status::State;
use crate::model::time::Timestamp;

/// One report with what was read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub arn: String,
    pub group_arn: String,
    pub name: String,
    /// AWS's word: GENERATING, SUCCEEDED, FAILED, INCOMPLETE, DELETING.
    pub state: State,
    pub created: Option<Timestamp>,
    pub content: ReportContent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportContent {
    Tests(TestReport),
    Coverage(CoverageReport),
    /// A type that this version does not know, by AWS's word.
    Other(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestReport {
    /// By AWS's word, in AWS's own count over the whole report.
    pub counts: Vec<(String, u32)>,
    pub duration: Option<Duration>,
    /// Failed and errored first, then unknown, skipped, and those that passed; in AWS's order within each.
    pub cases: Vec<TestCase>,
    /// Cases that were not read: there were more than the pages allowed.
    pub unread: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCase {
    pub name: String,
    pub suite: Option<String>,
    /// The file it came from.
    pub raw_path: Option<String>,
    /// AWS's word: SUCCEEDED, FAILED, ERROR, SKIPPED, UNKNOWN.
    pub state: State,
    pub duration: Option<Duration>,
    /// What the runner said, which can be many lines.
    pub message: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct CoverageReport {
    /// Per cent, or none where the format does not count it.
    pub lines: Option<f64>,
    pub lines_covered: u32,
    pub lines_missed: u32,
    pub branches: Option<f64>,
    pub branches_covered: u32,
    pub branches_missed: u32,
    /// Least covered first.
    pub files: Vec<CoverageFile>,
    /// There are more files than were read; AWS tells no number.
    pub cut: bool,
}

impl Eq for CoverageReport {}

#[derive(Clone, Debug, PartialEq)]
pub struct CoverageFile {
    pub path: String,
    pub lines: Option<f64>,
    pub branches: Option<f64>,
    pub lines_missed: u32,
}

impl Eq for CoverageFile {}

/// A report group's reports over time, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportTrend {
    pub points: Vec<TrendPoint>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TrendPoint {
    pub at: Timestamp,
    /// The build that wrote it, by the id in its ARN.
    pub build: Option<String>,
    pub passed: u32,
    pub failed: u32,
    pub skipped: u32,
    /// Per cent of lines, for coverage.
    pub lines: Option<f64>,
    pub duration: Option<Duration>,
}

impl Eq for TrendPoint {}
