//! The tables of a story file, exactly as `assets/stories/README.md` documents them.
//!
//! Words that are looked up later keep their span, so that an unknown one is reported where it stands.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::Error as _;
use toml::Spanned;

use crate::sim::wire::Millis;

mod builds;
mod pipelines;
mod references;
pub use builds::*;
pub use pipelines::*;
pub use references::*;

/// A name that must be found elsewhere in the story.
pub type Reference = Spanned<String>;

/// A whole story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    pub name: String,
    #[serde(default)]
    pub person: Vec<Person>,
    #[serde(default)]
    pub account: Vec<Account>,
    #[serde(default)]
    pub repository: Vec<Repository>,
    #[serde(default)]
    pub script: Vec<Script>,
    #[serde(default)]
    pub project: Vec<Project>,
    #[serde(default)]
    pub parameter: Vec<Parameter>,
    #[serde(default)]
    pub secret: Vec<Secret>,
    #[serde(default)]
    pub key: Vec<Key>,
    #[serde(default)]
    pub fleet: Vec<Fleet>,
    #[serde(default)]
    pub log: Vec<Log>,
    #[serde(default)]
    pub alarm: Vec<Alarm>,
    #[serde(default)]
    pub action_type: Vec<ActionType>,
    #[serde(default)]
    pub pipeline: Vec<Pipeline>,
    #[serde(default)]
    pub event: Vec<Spanned<Event>>,
    #[serde(default)]
    pub repeat: Vec<Repeat>,
}

/// Somebody who commits, approves and stops.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub name: String,
    /// The IAM user's name.
    pub user: String,
    pub email: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub name: Reference,
    pub id: Reference,
    pub regions: Vec<String>,
    #[serde(default)]
    pub production: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    pub name: Reference,
    pub account: Reference,
    pub region: Reference,
    #[serde(default)]
    pub host: Host,
    pub description: Option<String>,
    #[serde(default = "main_branch")]
    pub branch: String,
    /// Further branches, each one commit ahead of the first.
    #[serde(default)]
    pub branches: Vec<Branch>,
    pub created: Option<Duration>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    pub name: String,
    pub message: String,
    pub author: Reference,
    pub at: Duration,
    /// The title of the pull request that is opened for it.
    pub pull_request: Option<String>,
    /// When that is merged; absent, it stays open.
    pub merged: Option<Duration>,
    /// Absent: the author.
    pub merged_by: Option<Reference>,
}

fn main_branch() -> String {
    "main".to_owned()
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Host {
    #[default]
    CodeCommit,
    GitHub,
    Bitbucket,
    GitLab,
    /// A bucket, whose branch is the key of an object: a commit's id is a version of it.
    S3,
    /// A repository of images, whose tag is the branch: a commit's id is a digest.
    #[serde(rename = "ECR")]
    Ecr,
}

/// A log stream beside those of builds: request lines made when they are read, or lines told one by one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    #[serde(default)]
    pub group: String,
    #[serde(default)]
    pub stream: String,
    /// In place of group and stream: the log of this project's latest build at the start.
    pub project: Option<Reference>,
    pub account: Reference,
    pub region: Reference,
    /// When the first line comes.
    pub from: Duration,
    /// Between two lines; or `within`.
    pub every: Option<Duration>,
    /// From the first line to the last.
    pub within: Option<Duration>,
    #[serde(default)]
    pub lines: u64,
    /// Lines tell times up to so much too early.
    pub disorder: Option<Duration>,
    /// Events in place of request lines, all at `from`.
    #[serde(default)]
    pub text: Vec<String>,
    /// One more event of so many bytes, at `from`.
    pub huge: Option<usize>,
    /// Empty pages lie at these lines.
    #[serde(default)]
    pub gaps: Vec<usize>,
    /// Pages begin with so many events of the page before.
    #[serde(default)]
    pub overlap: usize,
    pub retention_days: Option<u32>,
}

/// A CloudWatch alarm, on a metric or on other alarms.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    pub name: Reference,
    pub account: Reference,
    pub region: Reference,
    pub description: Option<String>,
    pub metric: Option<String>,
    /// In place of a metric: `ALARM("a") OR ALARM("b")`.
    pub rule: Option<String>,
    #[serde(default = "load_balancer")]
    pub namespace: String,
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    #[serde(default = "sum")]
    pub statistic: String,
    #[serde(default)]
    pub threshold: f64,
    /// A topic that is told of an ALARM.
    pub notifies: Option<String>,
    /// It is OK until the first of these.
    #[serde(default)]
    pub states: Vec<AlarmChange>,
}

fn load_balancer() -> String {
    "AWS/ApplicationELB".to_owned()
}

fn sum() -> String {
    "Sum".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmChange {
    pub at: Duration,
    /// `OK`, `ALARM`, `INSUFFICIENT_DATA`.
    pub state: Reference,
    pub reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    pub application: String,
    pub group: String,
    pub account: Reference,
    pub region: Reference,
    pub instances: Vec<Instance>,
    /// A deployment configuration of AWS's, or the name of one made with `minimum_healthy`.
    pub config: Option<String>,
    pub minimum_healthy: Option<MinimumHealthy>,
    #[serde(default)]
    pub rollback: Vec<Rollback>,
    #[serde(default)]
    pub alarms: Vec<String>,
    pub target_group: Option<String>,
    #[serde(default)]
    pub hooks: BTreeMap<String, Spanned<Hook>>,
    #[serde(default)]
    pub scenario: Vec<FleetScenario>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    pub id: String,
    pub ip: String,
    pub zone: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MinimumHealthy {
    Hosts(u32),
    Percent(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rollback {
    Failure,
    Alarm,
    Stop,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    pub takes: Option<Duration>,
    pub script: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetScenario {
    pub name: String,
    pub failure: Vec<FleetFailure>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetFailure {
    /// Absent: on every instance.
    pub instance: Option<String>,
    pub event: Reference,
    #[serde(default = "script_failed")]
    pub code: String,
    pub script: Option<String>,
    pub message: String,
    #[serde(default)]
    pub log: String,
}

fn script_failed() -> String {
    "ScriptFailed".to_owned()
}

/// Something that happens once; exactly one of the kinds is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    pub at: Duration,
    pub push: Option<Push>,
    pub start: Option<Reference>,
    pub approve: Option<Reference>,
    pub reject: Option<Reference>,
    pub stop: Option<Reference>,
    pub retry: Option<Reference>,
    /// `pipeline/Stage`.
    pub roll_back: Option<Reference>,
    /// `pipeline/Stage`.
    pub r#override: Option<Reference>,
    pub disable: Option<Reference>,
    pub enable: Option<Reference>,
    /// A project, of which a build is started.
    pub build: Option<Reference>,
    /// A project, of which a batch is started.
    pub batch: Option<Reference>,
    /// A project, of which the newest build is stopped.
    pub stop_build: Option<Reference>,
    /// A log group that is gone, with all that is in it.
    pub expire: Option<String>,
    /// Of an expiry: a project of the same place.
    pub r#in: Option<Reference>,
    pub by: Option<Reference>,
    #[serde(default)]
    pub comment: String,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub abandon: bool,
    /// Retry every action, not the failed ones only.
    #[serde(default)]
    pub all: bool,
    /// Of an override: `BEFORE_ENTRY` (the default) or `ON_SUCCESS`.
    pub condition: Option<Reference>,
    /// Of a rollback: which of the executions that succeeded in the stage, counted back from 1.
    #[serde(default = "first")]
    pub to: u32,
    /// What a start is given.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Source action to the revision that a start is given.
    #[serde(default)]
    pub revisions: BTreeMap<String, String>,
    /// By the clock, not by a person.
    #[serde(default)]
    pub scheduled: bool,
    #[serde(default)]
    pub attended: bool,
    /// `Stage/action` to scenario.
    #[serde(default)]
    pub scenarios: BTreeMap<String, Reference>,
    /// `Stage/action` to the id of its build or deployment.
    #[serde(default)]
    pub ids: BTreeMap<String, String>,
    /// The id of the execution that is started.
    pub execution: Option<String>,
    /// Of a build: how it goes, in place of the project's script.
    pub scenario: Option<Reference>,
    /// Of a build or batch: what it is started with, a branch, tag or commit.
    pub source_version: Option<String>,
    /// Of a build or batch: the first digits of the commit that it comes to.
    pub revision: Option<String>,
    /// Of a build or batch: the first digits of its UUID.
    pub id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    pub repository: Reference,
    pub branch: Option<String>,
    /// The commit's id or its first digits.
    pub commit: Option<String>,
    pub message: String,
    pub author: Reference,
    pub authored: Option<Duration>,
    /// False for a commit that rides along with a later push.
    #[serde(default = "yes")]
    pub starts: bool,
}

fn yes() -> bool {
    true
}

fn first() -> u32 {
    1
}

/// Pushes that come round for ever, one after the other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    pub at: Duration,
    pub every: Duration,
    pub push: Vec<RepeatedPush>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepeatedPush {
    pub repository: Reference,
    pub message: String,
    pub author: Reference,
    #[serde(default = "yes")]
    pub attended: bool,
    #[serde(default)]
    pub scenarios: BTreeMap<String, Reference>,
}

/// `45s`, `1h 20m`, `-3d`: milliseconds, signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub Millis);

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = String::deserialize(source)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!("{text:?} is not a duration; expected numbers with d, h, m, s or ms, as in \"1h 20m\" or \"-45s\""))
        })
    }
}

impl Duration {
    fn parse(text: &str) -> Option<Self> {
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        if rest.trim().is_empty() {
            return None;
        }
        let mut total: Millis = 0;
        for part in rest.split_whitespace() {
            let digits = part.len()
                - part
                    .trim_start_matches(|letter: char| letter.is_ascii_digit())
                    .len();
            let (number, unit) = part.split_at_checked(digits)?;
            let unit = match unit {
                "d" => 86_400_000,
                "h" => 3_600_000,
                "m" => 60_000,
                "s" => 1_000,
                "ms" => 1,
                _ => return None,
            };
            total = total.checked_add(number.parse::<Millis>().ok()?.checked_mul(unit)?)?;
        }
        Some(Self(sign * total))
    }
}

#[cfg(test)]
mod tests {
    use super::Duration;

    #[test]
    fn durations_are_numbers_with_units() {
        let millis = |text| Duration::parse(text).map(|duration| duration.0);
        assert_eq!(millis("1h 20m"), Some(4_800_000));
        assert_eq!(millis("-45s"), Some(-45_000));
        assert_eq!(millis("2d 3ms"), Some(172_800_003));
        assert_eq!(millis("0s"), Some(0));
        for wrong in [
            "",
            "-",
            "12",
            "m",
            "1w",
            "1h20m",
            "3.5s",
            "99999999999999999999d",
        ] {
            assert_eq!(millis(wrong), None, "{wrong:?}");
        }
    }
}
