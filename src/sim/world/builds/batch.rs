//! A batch: builds of one project that wait for each other, started and told of as one.
//!
//! Here is what a batch is and how it stands; `batches` moves it on when one of its builds ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sim::wire::Millis;

use super::StartBuild;
use super::build::Status;
use super::plan::{Context, Plan};
use super::project::Variable;

/// The group whose build fetches the source and reads what the batch consists of.
pub const DOWNLOAD_SOURCE: &str = "DOWNLOAD_SOURCE";

/// What a project's batches consist of, as the `batch` part of its buildspec says it.
#[derive(Clone, Debug)]
pub struct BatchPlan {
    pub nodes: Vec<Node>,
    /// The first failure stops the builds that run and starts none any more.
    pub fast_fail: bool,
    /// How its first build goes, which reads this plan.
    pub download: Arc<Plan>,
    pub timeout_minutes: i64,
    /// Builds that a batch may have.
    pub most_builds: i64,
}

/// One build of a batch, and what it waits for.
#[derive(Clone, Debug)]
pub struct Node {
    pub identifier: String,
    pub depends_on: Vec<String>,
    /// Its failure fails neither the batch nor those that wait for it.
    pub ignore_failure: bool,
    pub plan: Arc<Plan>,
    pub variables: Vec<Variable>,
    pub image: Option<String>,
    pub compute_type: Option<String>,
}

/// A phase of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchPhase {
    Submitted,
    DownloadBatchspec,
    InProgress,
    CombineArtifacts,
    Succeeded,
    Failed,
    Stopped,
}

impl BatchPhase {
    /// CodeBuild's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::DownloadBatchspec => "DOWNLOAD_BATCHSPEC",
            Self::InProgress => "IN_PROGRESS",
            Self::CombineArtifacts => "COMBINE_ARTIFACTS",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Stopped => "STOPPED",
        }
    }
}

/// A phase that a batch entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchPhaseRecord {
    pub phase: BatchPhase,
    pub status: Option<Status>,
    pub started: Millis,
    pub ended: Option<Millis>,
    pub context: Option<Context>,
}

/// One try of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The id of its build.
    pub build: String,
    pub requested: Millis,
}

/// A node of a batch under way.
#[derive(Clone, Debug)]
pub struct Group {
    pub identifier: String,
    pub depends_on: Vec<String>,
    pub ignore_failure: bool,
    /// None before its build is started.
    pub current: Option<Member>,
    /// Builds of earlier tries, oldest first.
    pub prior: Vec<Member>,
}

/// One batch.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `project:uuid`.
    pub id: String,
    pub project: String,
    /// Counts from 1 in each project, apart from its builds.
    pub number: u64,
    pub started: Millis,
    pub ended: Option<Millis>,
    /// What each of its builds is started with.
    pub start: StartBuild,
    pub plan: Arc<BatchPlan>,
    pub phases: Vec<BatchPhaseRecord>,
    pub groups: Vec<Group>,
    /// Courses that nodes take in their first try, in place of their own.
    pub first: BTreeMap<String, Arc<Plan>>,
}

impl Batch {
    pub fn phase(&self) -> BatchPhase {
        self.phases
            .last()
            .map_or(BatchPhase::Submitted, |record| record.phase)
    }

    pub fn complete(&self) -> bool {
        matches!(
            self.phase(),
            BatchPhase::Succeeded | BatchPhase::Failed | BatchPhase::Stopped
        )
    }

    pub fn status(&self) -> Status {
        match self.phase() {
            BatchPhase::Succeeded => Status::Succeeded,
            BatchPhase::Failed => Status::Failed,
            BatchPhase::Stopped => Status::Stopped,
            _ => Status::InProgress,
        }
    }

    /// The build of a group that counts.
    pub fn current(&self, identifier: &str) -> Option<&Member> {
        let mut groups = self.groups.iter();
        let group = groups.find(|group| group.identifier == identifier)?;
        group.current.as_ref()
    }

    /// Ends the phase it is in and enters the next.
    pub(super) fn enter(
        &mut self,
        phase: BatchPhase,
        before: Status,
        context: Option<Context>,
        now: Millis,
    ) {
        if let Some(last) = self.phases.last_mut() {
            last.status = Some(before);
            last.ended = Some(now);
            last.context = context;
        }
        self.phases.push(BatchPhaseRecord {
            phase,
            status: None,
            started: now,
            ended: None,
            context: None,
        });
        self.ended = self.complete().then_some(now);
    }
}
