//! How builds go, and the projects that they belong to.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Duration, Reference};

/// The course of a build.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    pub name: Reference,
    pub queued: Option<Duration>,
    pub provisioning: Option<Duration>,
    pub download: Option<Duration>,
    pub upload: Option<Duration>,
    /// The source cannot be had, or its buildspec not be read.
    pub source_failure: Option<SourceFailure>,
    #[serde(default)]
    pub artifact: Vec<String>,
    /// How large the first file of the artifact is.
    #[serde(default)]
    pub artifact_megabytes: u64,
    /// The artifact is its first file and no zip.
    #[serde(default)]
    pub artifact_raw: bool,
    #[serde(default)]
    pub command: Vec<Command>,
    /// Variables that the buildspec exports.
    #[serde(default)]
    pub exports: BTreeMap<String, String>,
    #[serde(default)]
    pub coverage: Vec<Covered>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFailure {
    pub code: String,
    pub message: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    pub phase: Reference,
    pub run: String,
    pub takes: Duration,
    #[serde(default)]
    pub exit: i32,
    #[serde(default)]
    pub log: String,
    /// A text beside the story, in place of `log`.
    pub log_file: Option<Reference>,
}

/// A file of the source, and how much of it tests reach.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Covered {
    pub file: String,
    pub lines: u64,
    #[serde(rename = "covered")]
    pub lines_reached: u64,
    #[serde(default)]
    pub branches: u64,
    #[serde(default, rename = "branches_covered")]
    pub branches_reached: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    pub name: Reference,
    pub account: Reference,
    pub region: Reference,
    pub description: Option<String>,
    /// Absent: CodePipeline's.
    pub source: Option<Source>,
    #[serde(default)]
    pub secondary_sources: Vec<SecondarySource>,
    pub image: Option<String>,
    pub compute: Option<String>,
    /// `LINUX_CONTAINER`, …
    pub environment: Option<String>,
    #[serde(default)]
    pub privileged: bool,
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Variables that stand for parameters of Systems Manager.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// Variables that stand for secrets: `id[:json-key[:stage[:version]]]`.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    pub role: Option<String>,
    /// What encrypts its artifacts: an ARN or `alias/…`.
    pub key: Option<String>,
    pub vpc: Option<Vpc>,
    pub cache: Option<Cache>,
    pub artifacts: Option<Artifacts>,
    #[serde(default)]
    pub secondary_artifacts: BTreeMap<String, Artifacts>,
    pub logs: Option<Logs>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    pub timeout_minutes: Option<i64>,
    pub queued_timeout_minutes: Option<i64>,
    /// Builds that may run at once.
    pub concurrent: Option<usize>,
    pub webhook: Option<Webhook>,
    pub script: Reference,
    /// Other courses by the names that events give them.
    #[serde(default)]
    pub scenarios: BTreeMap<String, Reference>,
    pub batch: Option<Batch>,
    pub history: Option<BuildHistory>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// `GITHUB`, `CODECOMMIT`, `S3`, …
    pub kind: String,
    pub location: Option<String>,
    pub buildspec: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondarySource {
    pub identifier: String,
    pub kind: String,
    pub location: Option<String>,
    pub version: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vpc {
    pub id: String,
    pub subnets: Vec<String>,
    pub security_groups: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Cache {
    /// `bucket/prefix`.
    S3(String),
    Local(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifacts {
    pub bucket: String,
    #[serde(default)]
    pub path: String,
    pub name: String,
    /// One zip, and not the first file itself.
    #[serde(default)]
    pub zip: bool,
    /// A folder of each build's own.
    #[serde(default)]
    pub by_build: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    #[serde(default = "super::yes")]
    pub cloudwatch: bool,
    pub group: Option<String>,
    pub stream: Option<String>,
    /// `bucket/prefix`.
    pub s3: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    pub url: String,
    /// Groups of filter types to patterns.
    #[serde(default)]
    pub filters: Vec<BTreeMap<String, String>>,
}

/// What a project's batches consist of: a graph of nodes, a list of them (none waits), or a matrix.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    #[serde(default)]
    pub fast_fail: bool,
    /// How the build goes that fetches the source.
    pub download: Option<Reference>,
    #[serde(default)]
    pub node: Vec<BatchNode>,
    pub matrix: Option<Matrix>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchNode {
    pub identifier: String,
    #[serde(default)]
    pub after: Vec<Reference>,
    pub script: Reference,
    #[serde(default)]
    pub ignore_failure: bool,
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    pub image: Option<String>,
    pub compute: Option<String>,
}

/// One build for each combination of an image and the values of the variables.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    pub script: Reference,
    #[serde(default)]
    pub images: Vec<String>,
    #[serde(default)]
    pub variables: BTreeMap<String, Vec<String>>,
}

/// Builds of the past, at even distances.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildHistory {
    pub builds: u32,
    pub every: Duration,
    pub last: Duration,
    /// Absent: the webhook.
    pub by: Option<Reference>,
    #[serde(default)]
    pub scenarios: Vec<HistoryScenario>,
}

/// A build counted back from 1, and how it went.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryScenario {
    pub build: u32,
    pub scenario: Reference,
}
