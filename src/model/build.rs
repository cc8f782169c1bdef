//! A build as CodeBuild tells it, and what hangs on it: its circumstances, project, batch, reports and references.

mod about;
mod batch;
mod buildspec;
mod history;
mod local;
mod metrics;
mod project;
mod reference;
mod report;
mod start;
mod suspicion;
mod usual;
mod words;

use std::sync::Arc;
use std::time::Duration;

use crate::model::ids::{
    BatchId, BuildId, BuildKey, BuildProjectKey, IN_S3, LogGroupName, LogStreamName, ProjectName,
};
use crate::model::log::{LineNo, LogSnapshot};
use crate::model::mask;
use crate::model::remote::Remote;
use crate::model::status::{State, Status};
use crate::model::table::Record;
use crate::model::time::Timestamp;

pub use about::{
    BuildAbout, BuildArtifact, BuildCache, BuildSource, BuildVpc, Environment, LogSettings,
    PlainValue, Variable, VariableValue,
};
pub use batch::{Batch, BatchBuild, BatchGroup, BatchRow};
pub use buildspec::{
    BuildspecPlace, BuildspecRead, BuildspecReference, References, buildspec_references,
};
pub use history::BuildHistory;
pub use local::{LocalFile, LocalRun, LocalStep, local_command};
pub use metrics::{BuildMetrics, MetricSeries, MetricUnit};
pub use project::BuildProject;
pub use reference::{Reference, ReferenceKind, ReferenceOutcome, SecretName, parameter_name};
pub use report::{
    CoverageFile, CoverageReport, Report, ReportContent, ReportTrend, TestCase, TestReport,
    TrendPoint,
};
pub use start::BuildOverrides;
pub use suspicion::{Suspicion, shown_value, suspicions};
pub use usual::{Usual, usual_of_each};
pub use words::{Billed, Initiator};

/// A build with the age of its reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildRow {
    pub key: BuildKey,
    pub build: Remote<Arc<Build>>,
}

impl Record for BuildRow {
    type Key = BuildKey;

    fn key(&self) -> &BuildKey {
        &self.key
    }
}

impl BuildRow {
    /// Its project, in the account and region of the build.
    pub fn project_key(&self, build: &Build) -> BuildProjectKey {
        BuildProjectKey {
            scope: self.key.scope.clone(),
            name: build.project.clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    pub id: BuildId,
    pub arn: String,
    pub project: ProjectName,
    pub number: Option<i64>,
    pub state: State,
    /// AWS's word for the phase it is in.
    pub current_phase: String,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub source_version: Option<String>,
    pub resolved_source_version: Option<String>,
    /// `codepipeline/NAME`, a user's name, `rule/NAME`, ...
    pub initiator: Option<String>,
    pub phases: Vec<Phase>,
    pub log: Option<LogLocation>,
    /// A link to the log in the console; only meaningful when `log` is known.
    pub log_url: Option<String>,
    /// `bucket/key` of the log in S3, where the project writes one.
    pub log_s3: Option<String>,
    pub about: BuildAbout,
    /// The batch it belongs to.
    pub batch: Option<BatchId>,
    /// ARNs of its reports.
    pub reports: Vec<String>,
    /// Name and value of what the buildspec exports.
    pub exported: Vec<(String, String)>,
}

/// A log stream, or an object in S3 as [`crate::model::ids::LogKey`] names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLocation {
    pub group: LogGroupName,
    pub stream: LogStreamName,
}

impl LogLocation {
    /// The log at `bucket/key` in S3.
    pub fn in_s3(object: &str) -> Option<Self> {
        let (bucket, key) = object.split_once('/')?;
        Some(Self {
            group: format!("{IN_S3}{bucket}").into(),
            stream: key.into(),
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// AWS's word: `DOWNLOAD_SOURCE`, ...
    pub name: String,
    pub state: State,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub duration: Option<Duration>,
    pub contexts: Vec<PhaseContext>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseContext {
    pub status_code: String,
    pub message: String,
}

impl PhaseContext {
    /// Code and message as they may be shown: a message repeats the command that failed, secrets and all.
    pub fn words(&self) -> String {
        let said = format!("{} {}", self.status_code, self.message);
        mask::masked_text(said.trim())
    }

    /// The message alone, likewise.
    pub fn said(&self) -> String {
        mask::masked_text(&self.message)
    }
}

impl Build {
    /// The phase that made the build fail: the first that did not succeed. POST_BUILD, UPLOAD_ARTIFACTS and FINALIZING
    /// run, and mostly succeed, after BUILD has failed.
    pub fn failing_phase(&self) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.state.status.is_bad())
    }

    /// Why it failed, as the failing phase's context says it, secrets masked.
    pub fn failure(&self) -> Option<String> {
        if !self.state.status.is_bad() {
            return None;
        }
        let phase = self.failing_phase()?;
        let said = phase
            .contexts
            .iter()
            .find(|context| !context.message.is_empty());
        Some(said.map_or_else(
            || format!("{} failed", phase.name),
            |context| format!("{}: {}", phase.name, context.said()),
        ))
    }

    /// Time so far at `now`, or in all once it has ended.
    pub fn elapsed(&self, now: Timestamp) -> Option<Duration> {
        let end = if self.state.status == Status::Running {
            now
        } else {
            self.ended?
        };
        Some(self.started?.age(end))
    }

    /// How much of its log is here, from 0 to 1, by the time of the last line between the build's start and end:
    /// CloudWatch does not tell how long a stream is. None while the build runs.
    pub fn part_read(&self, log: &LogSnapshot) -> Option<f32> {
        let last = log.time(LineNo(log.len().checked_sub(1)?))?;
        let (from, to) = (self.started?.millis(), self.ended?.millis());
        let whole = to.checked_sub(from).filter(|whole| *whole > 0)?;
        Some(((last - from) as f32 / whole as f32).clamp(0.0, 1.0))
    }

    /// The pipeline that started it.
    pub fn pipeline(&self) -> Option<&str> {
        self.initiator.as_deref()?.strip_prefix("codepipeline/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A build that took so many seconds and ended so.
    pub fn build(word: &str, seconds: i64) -> Build {
        Build {
            id: "web:1".into(),
            arn: String::new(),
            project: "web".into(),
            number: Some(1),
            state: State::of_build(word),
            current_phase: "COMPLETED".to_owned(),
            started: Some(Timestamp::from_millis(0)),
            ended: Some(Timestamp::from_millis(seconds * 1_000)),
            source_version: None,
            resolved_source_version: None,
            initiator: None,
            phases: Vec::new(),
            log: None,
            log_url: None,
            log_s3: None,
            about: BuildAbout::default(),
            batch: None,
            reports: Vec::new(),
            exported: Vec::new(),
        }
    }

    #[test]
    fn what_a_phase_says_is_masked() {
        let context = PhaseContext {
            status_code: "COMMAND_EXECUTION_ERROR".to_owned(),
            message: "Error while executing command: deploy --password hunter2".to_owned(),
        };
        let mut failed = build("FAILED", 1);
        failed.phases = vec![Phase {
            name: "BUILD".to_owned(),
            state: State::of_build("FAILED"),
            started: None,
            ended: None,
            duration: None,
            contexts: vec![context.clone()],
        }];
        for said in [
            Some(context.words()),
            Some(context.said()),
            failed.failure(),
        ] {
            let said = said.unwrap();
            assert!(said.ends_with("deploy --password ****"), "{said}");
        }
    }
}
