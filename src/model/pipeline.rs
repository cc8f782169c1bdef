//! A pipeline as CodePipeline tells it: its structure, its stages as they stand, its executions and their actions.
//!
//! The four parts come from four operations and age apart, so each is a [`Remote`] of its own. GetPipelineState tells
//! of stages, not of executions: a stage that failed may be a leftover of an older execution, and a PARALLEL pipeline
//! has no state at all. The truth of one execution is in its [`ActionExecution`]s.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::ids::{
    ActionExecutionId, ActionKey, ActionName, ApprovalToken, ExecutionId, PipelineKey, Region,
    RevisionId, StageName,
};
use crate::model::remote::Remote;
use crate::model::status::{State, Status};
use crate::model::table::Record;
use crate::model::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    pub key: PipelineKey,
    /// From ListPipelines: the version whose structure is current.
    pub version: u32,
    pub updated: Option<Timestamp>,
    /// GetPipeline.
    pub definition: Remote<Arc<Definition>>,
    /// GetPipelineState.
    pub stages: Remote<Arc<Vec<StageState>>>,
    /// ListPipelineExecutions, newest first.
    pub executions: Remote<Arc<Vec<Execution>>>,
    /// ListActionExecutions of the pipeline, newest first, with every attempt.
    pub actions: Remote<Arc<Vec<ActionExecution>>>,
}

impl Record for Pipeline {
    type Key = PipelineKey;

    fn key(&self) -> &PipelineKey {
        &self.key
    }
}

impl Pipeline {
    pub fn new(key: PipelineKey) -> Self {
        Self {
            key,
            version: 0,
            updated: None,
            definition: Remote::default(),
            stages: Remote::default(),
            executions: Remote::default(),
            actions: Remote::default(),
        }
    }

    pub fn mode(&self) -> ExecutionMode {
        self.definition
            .value()
            .map_or(ExecutionMode::Superseded, |definition| {
                definition.mode.clone()
            })
    }

    pub fn execution(&self, id: &ExecutionId) -> Option<&Execution> {
        self.executions
            .value()?
            .iter()
            .find(|execution| execution.id == *id)
    }

    pub fn stage(&self, name: &StageName) -> Option<&StageState> {
        self.stages
            .value()?
            .iter()
            .find(|stage| stage.name == *name)
    }

    pub fn declaration(&self, action: &ActionKey) -> Option<&ActionDeclaration> {
        let definition = self.definition.value()?;
        let stage = definition
            .stages
            .iter()
            .find(|stage| stage.name == action.stage)?;
        stage
            .actions
            .iter()
            .find(|declared| declared.name == action.action)
    }

    /// The attempts of one action over all executions, newest first.
    pub fn attempts<'a>(
        &'a self,
        action: &'a ActionKey,
    ) -> impl Iterator<Item = &'a ActionExecution> {
        self.actions
            .value()
            .into_iter()
            .flat_map(|all| all.iter())
            .filter(move |attempt| attempt.action == *action)
    }

    /// The age of the oldest part that a view of this pipeline stands on.
    pub fn oldest_fetch(&self) -> Option<Timestamp> {
        [
            self.definition.fetched_at(),
            self.stages.fetched_at(),
            self.executions.fetched_at(),
            self.actions.fetched_at(),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecutionMode {
    Superseded,
    Queued,
    Parallel,
    /// AWS's word for a mode newer than this program.
    Other(Arc<str>),
}

impl ExecutionMode {
    pub fn of(word: &str) -> Self {
        match word {
            // V1 pipelines of before 2024 carry no mode and behave as SUPERSEDED.
            "" | "SUPERSEDED" => Self::Superseded,
            "QUEUED" => Self::Queued,
            "PARALLEL" => Self::Parallel,
            other => Self::Other(Arc::from(other)),
        }
    }

    pub fn label(&self) -> &str {
        match self {
            Self::Superseded => "superseded",
            Self::Queued => "queued",
            Self::Parallel => "parallel",
            Self::Other(word) => word,
        }
    }
}

/// The structure of one version of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    pub version: u32,
    pub arn: String,
    /// `V1`, `V2`.
    pub pipeline_type: String,
    pub mode: ExecutionMode,
    pub role_arn: String,
    pub stages: Vec<StageDeclaration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageDeclaration {
    pub name: StageName,
    /// In AWS's order; actions of one `run_order` run beside each other, the next order after all of them.
    pub actions: Vec<ActionDeclaration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionDeclaration {
    pub name: ActionName,
    pub category: ActionCategory,
    /// `AWS`, `ThirdParty`, `Custom`.
    pub owner: String,
    /// `CodeBuild`, `CodeDeploy`, `CodeStarSourceConnection`, `ECS`, ...
    pub provider: String,
    pub run_order: u32,
    /// As configured. Secrets of third-party actions arrive masked by AWS.
    pub configuration: BTreeMap<String, String>,
    pub input_artifacts: Vec<String>,
    pub output_artifacts: Vec<String>,
    /// Where it runs, if elsewhere than the pipeline.
    pub region: Option<Region>,
    pub role_arn: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionCategory {
    Source,
    Build,
    Deploy,
    Test,
    Invoke,
    Approval,
    Compute,
    Other(Arc<str>),
}

impl ActionCategory {
    pub fn of(word: &str) -> Self {
        match word {
            "Source" => Self::Source,
            "Build" => Self::Build,
            "Deploy" => Self::Deploy,
            "Test" => Self::Test,
            "Invoke" => Self::Invoke,
            "Approval" => Self::Approval,
            "Compute" => Self::Compute,
            other => Self::Other(Arc::from(other)),
        }
    }

    pub fn label(&self) -> &str {
        match self {
            Self::Source => "Source",
            Self::Build => "Build",
            Self::Deploy => "Deploy",
            Self::Test => "Test",
            Self::Invoke => "Invoke",
            Self::Approval => "Approval",
            Self::Compute => "Compute",
            Self::Other(word) => word,
        }
    }
}

/// One stage as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageState {
    pub name: StageName,
    /// The execution last in the stage, and the stage's state with it.
    pub latest: Option<(ExecutionId, State)>,
    /// Executions waiting to enter: at most one in SUPERSEDED mode, the whole queue in QUEUED mode.
    pub inbound: Vec<ExecutionId>,
    pub transition: Transition,
    pub actions: Vec<ActionState>,
}

impl StageState {
    pub fn action(&self, name: &ActionName) -> Option<&ActionState> {
        self.actions.iter().find(|action| action.name == *name)
    }
}

/// The way into a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    pub enabled: bool,
    pub changed_by: Option<String>,
    pub changed_at: Option<Timestamp>,
    /// Why it was disabled.
    pub reason: Option<String>,
}

impl Default for Transition {
    fn default() -> Self {
        Self {
            enabled: true,
            changed_by: None,
            changed_at: None,
            reason: None,
        }
    }
}

/// The latest execution of an action, as GetPipelineState tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionState {
    pub name: ActionName,
    /// Waiting for a gate that holds a token, else AWS's word.
    pub state: State,
    pub execution_id: Option<ActionExecutionId>,
    pub summary: Option<String>,
    pub changed_at: Option<Timestamp>,
    /// Held only while the gate is open.
    pub token: Option<ApprovalToken>,
    /// ARN of who changed it last: for a gate, who decided.
    pub updated_by: Option<String>,
    /// A build id, a deployment id, a commit id, ... by provider.
    pub external_id: Option<String>,
    pub external_url: Option<String>,
    pub percent_complete: Option<u32>,
    pub error: Option<ActionError>,
    pub revision: Option<RevisionId>,
    pub entity_url: Option<String>,
    pub revision_url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionError {
    pub code: String,
    pub message: String,
}

/// One run of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    pub id: ExecutionId,
    pub state: State,
    /// AWS's reason, mostly for failures and stops.
    pub status_summary: Option<String>,
    pub started: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub revisions: Vec<SourceRevision>,
    pub trigger: Trigger,
    pub stop_reason: Option<String>,
    pub mode: ExecutionMode,
    /// A rollback of a stage to what this earlier execution brought.
    pub rollback_of: Option<ExecutionId>,
}

/// What a source action brought into an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRevision {
    pub action: ActionName,
    pub id: RevisionId,
    /// The commit's message, or what the source says instead.
    pub summary: String,
    pub url: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trigger {
    /// AWS's word: `Webhook`, `StartPipelineExecution`, `CloudWatchEvent`, ...
    pub kind: String,
    /// Free text: an ARN, or JSON.
    pub detail: String,
}

impl Trigger {
    /// The word for a column: `push`, `manual`, `schedule`, ...; AWS's own word for what is new.
    pub fn label(&self) -> &str {
        match self.kind.as_str() {
            "CloudWatchEvent" if self.detail.contains("schedule") => "schedule",
            "Webhook"
            | "WebhookV2"
            | "PollForSourceChanges"
            | "PutActionRevision"
            | "CloudWatchEvent" => "push",
            "StartPipelineExecution" => "manual",
            "CreatePipeline" => "created",
            "ManualRollback" | "AutomatedRollback" => "rollback",
            other => other,
        }
    }
}

/// One attempt of one action in one execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionExecution {
    pub execution: ExecutionId,
    pub action: ActionKey,
    pub id: ActionExecutionId,
    pub state: State,
    pub started: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub updated_by: Option<String>,
    pub external_id: Option<String>,
    pub external_url: Option<String>,
    pub external_summary: Option<String>,
    pub error: Option<ActionError>,
    /// Configuration with variables resolved, where AWS tells it.
    pub configuration: BTreeMap<String, String>,
    pub output_variables: BTreeMap<String, String>,
}

impl ActionExecution {
    /// Its state's status; a failed attempt that says it was rolled back is not merely failed.
    pub fn status(&self) -> Status {
        let status = self.state.status;
        if !status.is_bad() {
            return status;
        }
        let said = self
            .error
            .as_ref()
            .map(|error| error.message.as_str())
            .or(self.external_summary.as_deref())
            .unwrap_or("")
            .to_lowercase();
        if said.contains("rolled back") || said.contains("rollback") {
            Status::RolledBack
        } else {
            status
        }
    }

    /// How long it took, or none while it runs. AWS's times may run backwards; that is zero.
    pub fn duration(&self) -> Option<std::time::Duration> {
        if self.state.status.is_moving() {
            return None;
        }
        Some(self.started?.age(self.updated?))
    }
}
