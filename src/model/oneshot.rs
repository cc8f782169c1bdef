//! Reads that a click starts and one view awaits: what goes through a gate, whether a credential works.
//!
//! They are made in `app` (a promise each) and shown by the view that asked. Polled state never rides on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use std::time::Duration;

use crate::model::account::Identity;
use crate::model::alarm::{Alarm, Alarms};
use crate::model::artifact::{
    ArtifactDifference, ArtifactFile, ArtifactKey, ArtifactListing, ArtifactSize, TextDifference,
};
use crate::model::build::{
    Batch, BuildHistory, BuildMetrics, BuildProject, References, Report, ReportTrend,
};
use crate::model::command::Gate;
use crate::model::fault::Fault;
use crate::model::history::{ExecutionDetail, History};
use crate::model::ids::{
    AccountName, ActionKey, BatchKey, BuildKey, BuildProjectKey, ExecutionId, LogKey, PipelineKey,
    RevisionId, Scope, StageName,
};
use crate::model::pipeline::{
    ActionCategory, Definition, Execution, ExecutionMode, SourceRevision, Trigger,
};
use crate::model::repository::Commit;
use crate::model::status::State;
use crate::model::time::Timestamp;
use crate::model::trail::Trail;

/// What is asked. The same request asked twice is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Request {
    /// The approval card's fresh read: GetPipelineState, ListActionExecutions, GetPipeline and ListPipelineExecutions, a
    /// call each; more for what is older than their first pages, BatchGetCommits and GetDifferences for CodeCommit's
    /// commits and files, BatchGetBuilds and BatchGetReports for tests, and DescribeAlarms of where it goes next, twice.
    Review {
        pipeline: PipelineKey,
        action: ActionKey,
        /// None: the one that waits there now. In PARALLEL mode several may, so it has to be named.
        execution: Option<ExecutionId>,
    },
    /// The commits an execution brings to an action since that action last succeeded.
    Changes {
        pipeline: PipelineKey,
        action: ActionKey,
        execution: ExecutionId,
    },
    /// GetPipelineExecution, and every page of ListActionExecutions and ListRuleExecutions for one execution.
    Execution {
        pipeline: PipelineKey,
        execution: ExecutionId,
    },
    /// ListPipelineExecutions, page by page, up to five hundred executions.
    History { pipeline: PipelineKey },
    /// Executions that succeeded in a stage, to which it can be rolled back.
    RollbackCandidates {
        pipeline: PipelineKey,
        stage: StageName,
    },
    /// GetPipeline of one version.
    Definition { pipeline: PipelineKey, version: u32 },
    /// HeadObject: what a download would cost.
    ArtifactSize { artifact: ArtifactKey },
    /// GetObject, and the listing of the zip. Only after a person saw its size.
    Artifact { artifact: ArtifactKey },
    /// One file of an artifact.
    ArtifactFile { artifact: ArtifactKey, path: String },
    /// The files in which two artifacts differ; downloads both.
    ArtifactDifference {
        older: ArtifactKey,
        newer: ArtifactKey,
    },
    /// One file of two artifacts, line by line.
    FileDifference {
        older: ArtifactKey,
        newer: ArtifactKey,
        path: String,
    },
    /// ListActionTypes: how third-party and custom actions are called and where they lead.
    ActionTypes { scope: Scope },
    /// CloudTrail LookupEvents for PutApprovalResult since a moment, at most two calls a second.
    Trail { scope: Scope, from: Timestamp },
    /// ListProjects and BatchGetProjects: every project of an account and region, by name.
    BuildProjects { scope: Scope },
    /// BatchGetProjects of one.
    BuildProject { project: BuildProjectKey },
    /// ListBuildsForProject and BatchGetBuilds: one page of a project's builds; `after` is the page before's `next`.
    BuildHistory {
        project: BuildProjectKey,
        after: Option<String>,
    },
    /// BatchGetReports, and DescribeTestCases or DescribeCodeCoverages for each, a thousand at most.
    BuildReports { build: BuildKey, arns: Vec<String> },
    /// ListReportsForReportGroup and BatchGetReports: the newest reports of a group.
    ReportTrend { scope: Scope, group: String },
    /// BatchGetBuildBatches of one, and BatchGetBuilds for when its builds started and ended. A batch that runs is
    /// followed by the focus instead.
    Batch { batch: BatchKey },
    /// ListBuildBatchesForProject and BatchGetBuildBatches: the newest hundred, newest first.
    Batches { project: BuildProjectKey },
    /// What a project and its buildspec refer to: DescribeParameters, DescribeSecret and DescribeKey. Never a value.
    References { project: BuildProjectKey },
    /// GetMetricData of a project since a moment. CloudWatch charges for each metric.
    BuildMetrics {
        project: BuildProjectKey,
        from: Timestamp,
    },
    /// DescribeAlarms, of which those that watch a project are kept.
    BuildAlarms { project: BuildProjectKey },
    /// STS GetCallerIdentity with an account's credentials.
    TestAccount { account: AccountName },
    /// Keep an access key under this account name, in the keyring or in memory. The secret itself travels beside the
    /// request, never in it.
    StoreKey { account: AccountName },
    /// Forget the stored access key of this account.
    ForgetKey { account: AccountName },
    /// Save a log as a file. Its text travels beside the request.
    SaveLog { key: LogKey },
    /// Open a clean copy of a log with the person's editor. Its text travels beside the request.
    EditLog { key: LogKey },
    /// Open a file that was saved.
    OpenFile { path: String },
}

#[derive(Clone, Debug)]
pub enum Response {
    Review(Arc<Review>),
    Changes(Arc<Changes>),
    Execution(Arc<ExecutionDetail>),
    History(Arc<History>),
    /// Newest first.
    RollbackCandidates(Arc<Vec<Execution>>),
    Definition(Arc<Definition>),
    ArtifactSize(ArtifactSize),
    Artifact(Arc<ArtifactListing>),
    ArtifactFile(Arc<ArtifactFile>),
    ArtifactDifference(Arc<ArtifactDifference>),
    FileDifference(Arc<TextDifference>),
    ActionTypes(Arc<Vec<ActionType>>),
    Trail(Arc<Trail>),
    BuildProjects(Arc<Vec<BuildProject>>),
    BuildProject(Arc<BuildProject>),
    BuildHistory(Arc<BuildHistory>),
    BuildReports(Arc<Vec<Report>>),
    ReportTrend(Arc<ReportTrend>),
    Batch(Arc<Batch>),
    Batches(Arc<Vec<Batch>>),
    References(Arc<References>),
    BuildMetrics(Arc<BuildMetrics>),
    BuildAlarms(Arc<Vec<Alarm>>),
    Identity(Identity),
    /// Where the secret now lives, in words; or that it is gone.
    Stored(String),
    Forgotten,
    SavedLog(SavedLog),
    EditedLog(EditedLog),
    Opened,
}

/// A log in the person's editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditedLog {
    /// The program.
    pub editor: String,
    /// The line it was told to show, from one; none where its way of being told is not known.
    pub line: Option<u32>,
}

/// A log as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedLog {
    pub path: String,
    pub lines: u32,
    pub bytes: u64,
    /// As it came; else without control characters and secrets.
    pub raw: bool,
    /// The program that would open it.
    pub opener: String,
}

#[derive(Clone, Debug)]
pub enum Oneshot {
    Pending {
        since: Timestamp,
        /// What it answered before, where it is asked anew and the answer still stands on screen.
        before: Option<Response>,
    },
    Ready {
        at: Timestamp,
        response: Response,
    },
    Failed {
        at: Timestamp,
        fault: Arc<Fault>,
    },
}

/// The state of every one-shot asked for and not yet dismissed.
pub type Oneshots = BTreeMap<Request, Oneshot>;

/// What a person sees before deciding at a gate, all of it read just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// With the token of this reading.
    pub gate: Gate,
    pub waiting_since: Option<Timestamp>,
    /// `waiting_since` and the action's timeout (default seven days).
    pub expires: Option<Timestamp>,
    /// What the pipeline's author wrote for the approver.
    pub custom_data: Option<String>,
    /// ExternalEntityLink of the action, http or https only.
    pub review_link: Option<String>,
    pub revisions: Vec<SourceRevision>,
    /// What the first source brings.
    pub changes: Changes,
    /// What each further source brings, in the order of `revisions`.
    pub others: Vec<Changes>,
    /// Executions that wait to enter this stage, with what they bring.
    pub behind: Vec<Behind>,
    pub mode: ExecutionMode,
    pub trigger: Trigger,
    /// The execution rolls back to what this earlier one brought.
    pub rollback_of: Option<ExecutionId>,
    /// What this very execution went through before the gate, first to last: the last attempt of each action.
    pub evidence: Vec<Evidence>,
    /// Alarms of the account and region that it goes to next; the fault says why they cannot be told.
    pub alarms: Result<Alarms, Arc<Fault>>,
    /// Files of the first source that differ between what passed last and this; none where it cannot tell.
    pub files: Option<Result<ChangedFiles, Arc<Fault>>>,
    pub read_at: Timestamp,
}

impl Review {
    /// Each source's revision with what it brings. Empty where AWS tells of no revision.
    pub fn sources(&self) -> impl Iterator<Item = (&SourceRevision, &Changes)> {
        let changes = std::iter::once(&self.changes).chain(&self.others);
        self.revisions.iter().zip(changes)
    }

    /// The commits of all sources.
    pub fn commits(&self) -> impl Iterator<Item = &Commit> {
        let changes = std::iter::once(&self.changes).chain(&self.others);
        changes.flat_map(|changes| &changes.commits)
    }
}

/// An action that an execution has behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub action: ActionKey,
    pub category: ActionCategory,
    pub provider: String,
    pub state: State,
    pub took: Option<Duration>,
    /// Of this action in this execution, the one told included.
    pub attempts: usize,
    /// Of those before the one told: that ended badly. The others were stopped, or ran again though they had succeeded.
    pub failed_before: usize,
    pub external_id: Option<String>,
    /// Of a build: how its tests went, where it reported any.
    pub tests: Option<TestCounts>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TestCounts {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
}

/// CodeCommit's GetDifferences between two commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFiles {
    /// By path.
    pub files: Vec<ChangedFile>,
    /// There are more than were read.
    pub cut: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    pub path: String,
    /// AWS's letter: `A`, `M`, `D`.
    pub change: String,
}

/// A kind of action, as its provider declared it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionType {
    pub category: ActionCategory,
    pub owner: String,
    pub provider: String,
    pub version: String,
    /// With `{Config:Name}` in it, to be filled from an action's configuration.
    pub entity_url: Option<String>,
    /// With `{ExternalExecutionId}` and `{Config:Name}` in it.
    pub execution_url: Option<String>,
    pub third_party_url: Option<String>,
    /// Configuration keys whose values are secret: shown only as set.
    pub secret_keys: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    pub execution: ExecutionId,
    pub revisions: Vec<SourceRevision>,
}

/// Commits, newest first, from one revision down to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    pub commits: Vec<Commit>,
    /// The revision that passed before; none if nothing ever did.
    pub since: Option<RevisionId>,
    pub since_at: Option<Timestamp>,
    pub extent: Extent,
    /// Why the commits between the heads could not be read, where the source could have told them.
    pub unread: Option<Arc<Fault>>,
}

/// How much of the truth [`Changes::commits`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every commit, walked by parents.
    Complete,
    /// The walk ended at its limit; there are more.
    Cut { limit: usize },
    /// Only the head of each execution since: the source tells nothing of the commits between.
    HeadsOnly,
    /// Nothing passed before, so there is nothing to compare with: the head alone.
    NothingBefore,
}
