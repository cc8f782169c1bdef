//! The tables of a story's pipelines: stages, actions, conditions, earlier versions and histories.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{Duration, Reference};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    pub name: Reference,
    pub account: Reference,
    pub region: Reference,
    #[serde(default)]
    pub r#type: PipelineType,
    #[serde(default)]
    pub mode: Mode,
    #[serde(default = "first_version")]
    pub version: u32,
    pub created: Option<Duration>,
    pub updated: Option<Duration>,
    /// With their default values.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Pushes and pull requests that start it, in place of every push.
    #[serde(default)]
    pub triggers: Vec<GitTrigger>,
    /// A KMS key for its artifacts.
    pub encryption_key: Option<String>,
    /// What it was before, oldest first.
    #[serde(default)]
    pub edition: Vec<Edition>,
    pub stage: Vec<Stage>,
    pub history: Option<History>,
}

fn first_version() -> u32 {
    1
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum PipelineType {
    V1,
    #[default]
    V2,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Mode {
    #[default]
    Superseded,
    Queued,
    Parallel,
}

/// Filters of a trigger.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitTrigger {
    pub source: String,
    #[serde(default)]
    pub branches: Vec<String>,
    #[serde(default)]
    pub tags: Vec<String>,
    /// Target branches of pull requests.
    #[serde(default)]
    pub pull_requests: Vec<String>,
}

/// An earlier version, told by what is different now.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// When the next version took its place.
    pub until: Duration,
    /// Stages and `Stage/action`s that were not there yet.
    #[serde(default)]
    pub without: Vec<Reference>,
    /// `Stage/action` to settings that were different.
    #[serde(default)]
    pub settings: BTreeMap<String, Spanned<BTreeMap<String, String>>>,
    /// Stages that had no conditions yet.
    #[serde(default)]
    pub unconditional: Vec<Reference>,
    pub mode: Option<Mode>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    pub name: String,
    pub action: Vec<Action>,
    pub before_entry: Option<Condition>,
    pub on_success: Option<Condition>,
    pub on_failure: Option<OnFailure>,
}

/// Rules and what follows when one fails.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub result: Reference,
    pub rules: Vec<Rule>,
}

/// What a stage does when it has failed; with rules, only when one of them fails.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnFailure {
    pub result: Reference,
    /// Of `RETRY`: `FAILED_ACTIONS` or `ALL_ACTIONS`.
    pub retry: Option<Reference>,
    #[serde(default)]
    pub rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub name: String,
    pub provider: Reference,
    #[serde(default)]
    pub configuration: BTreeMap<String, String>,
    #[serde(default)]
    pub commands: Vec<String>,
    #[serde(default)]
    pub inputs: Vec<String>,
    pub region: Option<String>,
    pub timeout_minutes: Option<u32>,
    pub takes: Option<Duration>,
    pub summary: Option<String>,
    #[serde(default)]
    pub scenarios: BTreeMap<String, ActionScenario>,
}

/// A custom type of action.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionType {
    pub provider: String,
    pub category: Category,
    pub account: Reference,
    pub region: Reference,
    #[serde(default = "first_type_version")]
    pub version: String,
    pub entity_url: Option<String>,
    pub execution_url: Option<String>,
    #[serde(default)]
    pub properties: Vec<Property>,
}

fn first_type_version() -> String {
    "1".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Property {
    pub name: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub key: bool,
    #[serde(default)]
    pub secret: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    pub name: String,
    pub provider: Reference,
    pub category: Option<Category>,
    #[serde(default = "first_order")]
    pub order: u32,
    #[serde(default)]
    pub configuration: BTreeMap<String, String>,
    #[serde(default)]
    pub inputs: Vec<String>,
    #[serde(default)]
    pub outputs: Vec<String>,
    pub namespace: Option<String>,
    pub timeout_minutes: Option<u32>,
    #[serde(default)]
    pub commands: Vec<String>,
    /// What a Commands action hands on, by name.
    #[serde(default)]
    pub output_variables: Vec<String>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Where it runs, if elsewhere than the pipeline.
    pub region: Option<String>,
    /// The account whose `role` it runs with.
    pub account: Option<Reference>,
    pub role: Option<String>,
    /// What it hands on when it succeeds, with the values.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    pub takes: Option<Duration>,
    pub summary: Option<String>,
    pub link: Option<String>,
    pub answer: Option<Answer>,
    #[serde(default)]
    pub scenarios: BTreeMap<String, ActionScenario>,
}

fn first_order() -> u32 {
    1
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Category {
    Source,
    Build,
    Test,
    Deploy,
    Invoke,
    Approval,
    Compute,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub after: Duration,
    pub by: Reference,
    #[serde(default)]
    pub comment: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionScenario {
    pub takes: Option<Duration>,
    pub summary: Option<String>,
    pub link: Option<String>,
    /// The message it fails with.
    pub fails: Option<String>,
    pub code: Option<String>,
}

/// The executions that a pipeline had before the story's events.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    pub executions: u32,
    pub every: Duration,
    /// When the last of them began.
    pub last: Duration,
    #[serde(default)]
    pub trigger: HistoryTrigger,
    #[serde(default)]
    pub scenarios: Vec<HistoryScenario>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HistoryTrigger {
    #[default]
    Push,
    Schedule,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryScenario {
    /// Counted back: 1 is the last.
    pub execution: u32,
    /// `Stage/action`.
    pub at: Reference,
    pub scenario: Reference,
}
