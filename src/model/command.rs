//! What a person asks AWS to do, and what became of it.
//!
//! A command is sent once, after a fresh read. Its outcome is what AWS says; while that is unknown it is looked up,
//! never guessed and never sent again.

use std::sync::Arc;

use crate::model::build::BuildOverrides;
use crate::model::fault::Fault;
use crate::model::ids::{
    ActionKey, ActionName, ApprovalToken, BatchId, BuildId, DeploymentId, ExecutionId, PipelineKey,
    ProjectName, RevisionId, Scope, StageName,
};
use crate::model::pipeline::ConditionKind;
use crate::model::table::Record;
use crate::model::time::{Timestamp, rough};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// PutApprovalResult.
    Decide {
        gate: Gate,
        decision: Decision,
        comment: String,
    },
    /// StartPipelineExecution.
    ReleaseChange {
        pipeline: PipelineKey,
        /// For these source actions, in place of their newest revision.
        revisions: Vec<RevisionOverride>,
        /// Name and value of those that shall differ from their default.
        variables: Vec<(String, String)>,
    },
    /// StopPipelineExecution.
    StopExecution {
        pipeline: PipelineKey,
        execution: ExecutionId,
        abandon: bool,
        reason: String,
    },
    /// RetryStageExecution.
    RetryStage {
        pipeline: PipelineKey,
        stage: StageName,
        execution: ExecutionId,
        mode: RetryMode,
    },
    /// RollbackStage: to what an earlier execution brought, which succeeded in the stage.
    RollbackStage {
        pipeline: PipelineKey,
        stage: StageName,
        target: ExecutionId,
    },
    /// OverrideStageCondition: lets an execution pass though a rule did not succeed.
    OverrideCondition {
        pipeline: PipelineKey,
        stage: StageName,
        execution: ExecutionId,
        condition: ConditionKind,
    },
    /// EnableStageTransition or DisableStageTransition of the way into a stage.
    SetTransition {
        pipeline: PipelineKey,
        stage: StageName,
        enabled: bool,
        reason: String,
    },
    /// StopBuild.
    StopBuild { scope: Scope, build: BuildId },
    /// RetryBuild.
    RetryBuild { scope: Scope, build: BuildId },
    /// StartBuild.
    StartBuild {
        scope: Scope,
        project: ProjectName,
        overrides: BuildOverrides,
    },
    /// StartBuildBatch.
    StartBatch {
        scope: Scope,
        project: ProjectName,
        overrides: BuildOverrides,
    },
    /// StopBuildBatch: every build of it that runs.
    StopBatch { scope: Scope, batch: BatchId },
    /// RetryBuildBatch.
    RetryBatch {
        scope: Scope,
        batch: BatchId,
        /// Also the builds that succeeded; otherwise only those that failed.
        all: bool,
    },
    /// StopDeployment.
    StopDeployment {
        scope: Scope,
        deployment: DeploymentId,
        roll_back: bool,
    },
}

/// A manual approval that waits: exactly what a person saw when deciding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    pub pipeline: PipelineKey,
    pub action: ActionKey,
    pub execution: ExecutionId,
    pub token: ApprovalToken,
    /// What the execution brings, in the order of its source actions. Told again before a decision is sent; empty where
    /// the execution was not known.
    pub revisions: Vec<RevisionId>,
}

/// A source action's revision for one release, instead of its newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionOverride {
    pub action: ActionName,
    pub kind: RevisionKind,
    pub value: String,
}

/// What an override names; which one a source takes depends on its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevisionKind {
    CommitId,
    ImageDigest,
    S3ObjectVersion,
    S3ObjectKey,
}

impl RevisionKind {
    /// What a source action of this provider can be given, the usual one first; none where AWS takes no override.
    pub fn of_provider(provider: &str) -> &'static [Self] {
        match provider {
            "CodeCommit" | "CodeStarSourceConnection" | "GitHub" => &[Self::CommitId],
            "ECR" => &[Self::ImageDigest],
            "S3" => &[Self::S3ObjectVersion, Self::S3ObjectKey],
            _ => &[],
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::CommitId => "commit",
            Self::ImageDigest => "image digest",
            Self::S3ObjectVersion => "object version",
            Self::S3ObjectKey => "object key",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Approve,
    Reject,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryMode {
    FailedActions,
    AllActions,
}

/// PutApprovalResult takes at most this many characters of comment.
pub const COMMENT_LIMIT: usize = 512;

impl Command {
    pub fn scope(&self) -> &Scope {
        match self {
            Self::Decide { gate, .. } => &gate.pipeline.scope,
            Self::ReleaseChange { pipeline, .. }
            | Self::StopExecution { pipeline, .. }
            | Self::RetryStage { pipeline, .. }
            | Self::RollbackStage { pipeline, .. }
            | Self::OverrideCondition { pipeline, .. }
            | Self::SetTransition { pipeline, .. } => &pipeline.scope,
            Self::StopBuild { scope, .. }
            | Self::RetryBuild { scope, .. }
            | Self::StartBuild { scope, .. }
            | Self::StartBatch { scope, .. }
            | Self::StopBatch { scope, .. }
            | Self::RetryBatch { scope, .. }
            | Self::StopDeployment { scope, .. } => scope,
        }
    }

    /// The pipeline it is done to; none for what concerns a build or a deployment.
    pub const fn pipeline(&self) -> Option<&PipelineKey> {
        match self {
            Self::Decide { gate, .. } => Some(&gate.pipeline),
            Self::ReleaseChange { pipeline, .. }
            | Self::StopExecution { pipeline, .. }
            | Self::RetryStage { pipeline, .. }
            | Self::RollbackStage { pipeline, .. }
            | Self::OverrideCondition { pipeline, .. }
            | Self::SetTransition { pipeline, .. } => Some(pipeline),
            Self::StopBuild { .. }
            | Self::RetryBuild { .. }
            | Self::StartBuild { .. }
            | Self::StartBatch { .. }
            | Self::StopBatch { .. }
            | Self::RetryBatch { .. }
            | Self::StopDeployment { .. } => None,
        }
    }

    /// The name of the build project it is done to; none for what concerns no builds.
    pub fn build_project(&self) -> Option<&str> {
        // `PROJECT:UUID`
        let project = |id| str::rsplit_once(id, ':').map_or(id, |(project, _)| project);
        match self {
            Self::StartBuild { project, .. } | Self::StartBatch { project, .. } => {
                Some(project.as_str())
            }
            Self::StopBuild { build, .. } | Self::RetryBuild { build, .. } => {
                Some(project(build.as_str()))
            }
            Self::StopBatch { batch, .. } | Self::RetryBatch { batch, .. } => {
                Some(project(batch.as_str()))
            }
            _ => None,
        }
    }

    /// With the reason a person typed, where AWS keeps one.
    #[must_use]
    pub fn with_reason(mut self, text: String) -> Self {
        if let Self::StopExecution { reason, .. } | Self::SetTransition { reason, .. } = &mut self {
            *reason = text;
        }
        self
    }

    /// The IAM action it needs, for a disabled button and a refusal.
    pub const fn permission(&self) -> &'static str {
        match self {
            Self::Decide { .. } => "codepipeline:PutApprovalResult",
            Self::ReleaseChange { .. } => "codepipeline:StartPipelineExecution",
            Self::StopExecution { .. } => "codepipeline:StopPipelineExecution",
            Self::RetryStage { .. } => "codepipeline:RetryStageExecution",
            Self::RollbackStage { .. } => "codepipeline:RollbackStage",
            Self::OverrideCondition { .. } => "codepipeline:OverrideStageCondition",
            Self::SetTransition { enabled: true, .. } => "codepipeline:EnableStageTransition",
            Self::SetTransition { enabled: false, .. } => "codepipeline:DisableStageTransition",
            Self::StopBuild { .. } => "codebuild:StopBuild",
            Self::RetryBuild { .. } => "codebuild:RetryBuild",
            Self::StartBuild { .. } => "codebuild:StartBuild",
            Self::StartBatch { .. } => "codebuild:StartBuildBatch",
            Self::StopBatch { .. } => "codebuild:StopBuildBatch",
            Self::RetryBatch { .. } => "codebuild:RetryBuildBatch",
            Self::StopDeployment { .. } => "codedeploy:StopDeployment",
        }
    }

    /// Two commands with the same target are one: while one is under way the other is refused. For a gate that is its
    /// token, so that a double click or a second window cannot answer twice; another mode, comment or reason does not
    /// make another target.
    pub fn same_target(&self, other: &Self) -> bool {
        self.scope() == other.scope() && self.target() == other.target()
    }

    fn target(&self) -> [&str; 4] {
        match self {
            Self::Decide { gate, .. } => [
                "decide",
                gate.pipeline.name.as_str(),
                gate.token.as_str(),
                "",
            ],
            Self::ReleaseChange { pipeline, .. } => ["release", pipeline.name.as_str(), "", ""],
            Self::StopExecution {
                pipeline,
                execution,
                abandon,
                ..
            } => {
                // Abandoning is what one asks for while a stop that waits is under way.
                let way = if *abandon { "abandon" } else { "stop" };
                [way, pipeline.name.as_str(), execution.as_str(), ""]
            }
            Self::RetryStage {
                pipeline,
                stage,
                execution,
                ..
            } => [
                "retry",
                pipeline.name.as_str(),
                stage.as_str(),
                execution.as_str(),
            ],
            Self::RollbackStage {
                pipeline, stage, ..
            } => ["roll back", pipeline.name.as_str(), stage.as_str(), ""],
            Self::OverrideCondition {
                pipeline,
                stage,
                condition,
                ..
            } => [
                "override",
                pipeline.name.as_str(),
                stage.as_str(),
                condition.label(),
            ],
            Self::SetTransition {
                pipeline, stage, ..
            } => ["transition", pipeline.name.as_str(), stage.as_str(), ""],
            Self::StopBuild { build, .. } => ["stop build", build.as_str(), "", ""],
            Self::RetryBuild { build, .. } => ["retry build", build.as_str(), "", ""],
            Self::StartBuild { project, .. } => ["start build", project.as_str(), "", ""],
            Self::StartBatch { project, .. } => ["start batch", project.as_str(), "", ""],
            Self::StopBatch { batch, .. } => ["stop batch", batch.as_str(), "", ""],
            Self::RetryBatch { batch, .. } => ["retry batch", batch.as_str(), "", ""],
            Self::StopDeployment { deployment, .. } => {
                ["stop deployment", deployment.as_str(), "", ""]
            }
        }
    }
}

/// Counts up from one in each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u64);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRecord {
    pub id: CommandId,
    pub command: Arc<Command>,
    pub asked_at: Timestamp,
    pub progress: Progress,
}

impl Record for CommandRecord {
    type Key = CommandId;

    fn key(&self) -> &CommandId {
        &self.id
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The fresh read before the write is under way.
    Reading,
    /// Sent and not answered yet.
    Sent { at: Timestamp },
    /// AWS accepted it.
    Accepted { at: Timestamp, message: String },
    /// Not sent, because what the fresh read showed differs from what the person saw; says how.
    Changed { at: Timestamp, message: String },
    /// AWS refused it, or it could not be sent.
    Refused { at: Timestamp, fault: Arc<Fault> },
    /// Sent, and the answer was lost: being looked up, not sent again.
    Checking { since: Timestamp },
    /// Sent, and never told whether it was applied.
    Unknown { at: Timestamp, message: String },
    /// What looking up told.
    Found {
        at: Timestamp,
        message: String,
        applied: bool,
    },
}

impl Progress {
    /// One line for a person: what became of it so far.
    pub fn words(&self, now: Timestamp) -> String {
        match self {
            Self::Reading => "reading again before it is sent".to_owned(),
            Self::Sent { at } => format!("sent {} ago, no answer yet", rough(at.age(now))),
            Self::Accepted { message, .. }
            | Self::Found { message, .. }
            | Self::Unknown { message, .. } => message.clone(),
            Self::Changed { message, .. } => format!("not sent: {message}"),
            Self::Refused { fault, .. } => fault.headline(),
            Self::Checking { since } => format!(
                "the answer was lost {} ago; looking it up, not sending it again",
                rough(since.age(now))
            ),
        }
    }

    /// When it came to its end; none while it is open.
    pub fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Reading | Self::Sent { .. } | Self::Checking { .. } => None,
            Self::Accepted { at, .. }
            | Self::Changed { at, .. }
            | Self::Refused { at, .. }
            | Self::Unknown { at, .. }
            | Self::Found { at, .. } => Some(*at),
        }
    }

    pub const fn is_open(&self) -> bool {
        matches!(
            self,
            Self::Reading | Self::Sent { .. } | Self::Checking { .. }
        )
    }
}
