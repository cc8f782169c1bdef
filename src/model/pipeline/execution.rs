//! The runs of a pipeline and of its actions and rules, as ListPipelineExecutions, ListActionExecutions and
//! ListRuleExecutions tell them.

use std::collections::BTreeMap;

use crate::model::ids::{
    ActionExecutionId, ActionKey, ActionName, ExecutionId, Region, RevisionId, RuleName, StageName,
};
use crate::model::pipeline::{ActionCategory, ActionError, ExecutionMode};
use crate::model::status::{State, Status};
use crate::model::time::Timestamp;

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
    /// Name and value, as resolved at its start. GetPipelineExecution tells them, the listing does not.
    pub variables: Vec<(String, String)>,
}

impl Execution {
    /// An execution of which nothing more is told.
    pub fn new(id: ExecutionId, state: State) -> Self {
        Self {
            id,
            state,
            status_summary: None,
            started: None,
            updated: None,
            revisions: Vec::new(),
            trigger: Trigger::default(),
            stop_reason: None,
            mode: ExecutionMode::Superseded,
            rollback_of: None,
            variables: Vec::new(),
        }
    }
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
    pub category: ActionCategory,
    pub provider: String,
    /// Configuration with variables resolved, where AWS tells it.
    pub configuration: BTreeMap<String, String>,
    pub output_variables: BTreeMap<String, String>,
    pub input_artifacts: Vec<ArtifactLocation>,
    pub output_artifacts: Vec<ArtifactLocation>,
    /// Where it ran, if elsewhere than the pipeline.
    pub region: Option<Region>,
    /// The role it ran with; none: the pipeline's own.
    pub role_arn: Option<String>,
    /// Log stream of a Commands action, which has no build of its own.
    pub log_stream_arn: Option<String>,
}

/// An artifact as an action took or gave it: a zip in S3.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArtifactLocation {
    pub name: String,
    pub bucket: String,
    pub key: String,
}

/// One evaluation of one rule in one execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleExecution {
    pub execution: ExecutionId,
    pub stage: StageName,
    pub rule: RuleName,
    pub id: String,
    pub state: State,
    pub started: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub updated_by: Option<String>,
    pub provider: String,
    pub configuration: BTreeMap<String, String>,
    pub external_id: Option<String>,
    pub external_url: Option<String>,
    pub external_summary: Option<String>,
    pub error: Option<ActionError>,
}

impl ActionExecution {
    /// An attempt of which nothing more is told.
    pub fn new(
        execution: ExecutionId,
        action: ActionKey,
        id: ActionExecutionId,
        state: State,
    ) -> Self {
        Self {
            execution,
            action,
            id,
            state,
            started: None,
            updated: None,
            updated_by: None,
            external_id: None,
            external_url: None,
            external_summary: None,
            error: None,
            category: ActionCategory::of(""),
            provider: String::new(),
            configuration: BTreeMap::new(),
            output_variables: BTreeMap::new(),
            input_artifacts: Vec::new(),
            output_artifacts: Vec::new(),
            region: None,
            role_arn: None,
            log_stream_arn: None,
        }
    }

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
