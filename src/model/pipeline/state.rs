//! The stages as they stand, as GetPipelineState tells them. A PARALLEL pipeline has no such state.

use crate::model::ids::{
    ActionExecutionId, ActionName, ApprovalToken, ExecutionId, RevisionId, RuleName, StageName,
};
use crate::model::pipeline::ConditionKind;
use crate::model::status::State;
use crate::model::time::Timestamp;

/// One stage as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageState {
    pub name: StageName,
    /// The execution last in the stage, and the stage's state with it.
    pub latest: Option<(ExecutionId, State)>,
    /// That execution rolls the stage back rather than bringing something new.
    pub is_rollback: bool,
    /// Executions waiting to enter: at most one in SUPERSEDED mode, the whole queue in QUEUED mode.
    pub inbound: Vec<ExecutionId>,
    pub transition: Transition,
    pub actions: Vec<ActionState>,
    /// Those the stage declares and AWS tells a state of.
    pub conditions: Vec<ConditionState>,
    pub retry: Option<StageRetry>,
}

impl StageState {
    /// A stage nothing has come to.
    pub fn new(name: StageName) -> Self {
        Self {
            name,
            latest: None,
            is_rollback: false,
            inbound: Vec::new(),
            transition: Transition::default(),
            actions: Vec::new(),
            conditions: Vec::new(),
            retry: None,
        }
    }

    pub fn action(&self, name: &ActionName) -> Option<&ActionState> {
        self.actions.iter().find(|action| action.name == *name)
    }

    pub fn condition(&self, kind: ConditionKind) -> Option<&ConditionState> {
        self.conditions
            .iter()
            .find(|condition| condition.kind == kind)
    }
}

/// How often the stage was retried in its latest execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageRetry {
    pub automatic: u32,
    pub manual: u32,
    /// AWS's word: `AutomatedStageRetry`, `ManualStageRetry`.
    pub latest_trigger: String,
}

/// A stage's condition with its rules, as last evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionState {
    pub kind: ConditionKind,
    pub state: State,
    pub summary: Option<String>,
    pub changed_at: Option<Timestamp>,
    pub rules: Vec<RuleState>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleState {
    pub name: RuleName,
    pub state: State,
    pub summary: Option<String>,
    pub changed_at: Option<Timestamp>,
    pub updated_by: Option<String>,
    pub external_id: Option<String>,
    pub external_url: Option<String>,
    pub error: Option<ActionError>,
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

impl ActionState {
    /// A state of which nothing more is told.
    pub fn new(name: ActionName, state: State) -> Self {
        Self {
            name,
            state,
            execution_id: None,
            summary: None,
            changed_at: None,
            token: None,
            updated_by: None,
            external_id: None,
            external_url: None,
            percent_complete: None,
            error: None,
            revision: None,
            entity_url: None,
            revision_url: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionError {
    pub code: String,
    pub message: String,
}
