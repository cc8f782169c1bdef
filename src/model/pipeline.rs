//! A pipeline as CodePipeline tells it: its structure, its stages as they stand, its executions and their actions.
//!
//! Its parts come from an operation each and age apart, so each is a [`Remote`] of its own. GetPipelineState tells
//! of stages, not of executions: a stage that failed may be a leftover of an older execution, and a PARALLEL pipeline
//! has no state at all. The truth of one execution is in its [`ActionExecution`]s.

mod definition;
mod execution;
mod state;
mod trigger;

use std::sync::Arc;

use crate::model::ids::{ActionKey, ExecutionId, PipelineKey, StageName};
use crate::model::remote::Remote;
use crate::model::table::Record;
use crate::model::time::Timestamp;

pub use definition::{
    ActionCategory, ActionDeclaration, ArtifactStore, ConditionDeclaration, ConditionKind,
    Definition, FailureHandling, RuleDeclaration, StageDeclaration, TriggerDeclaration,
    VariableDeclaration, account_of,
};
pub use execution::{
    ActionExecution, ArtifactLocation, Execution, RuleExecution, SourceRevision, Trigger,
};
pub use state::{
    ActionError, ActionState, ConditionState, RuleState, StageRetry, StageState, Transition,
};

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
    /// ListRuleExecutions, newest first. Read only where the structure declares conditions; elsewhere it stays empty.
    pub rules: Remote<Arc<Vec<RuleExecution>>>,
    /// Earlier structures that were read as current since the program started, newest first, at most ten.
    pub earlier: Vec<Arc<Definition>>,
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
            rules: Remote::default(),
            earlier: Vec::new(),
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
