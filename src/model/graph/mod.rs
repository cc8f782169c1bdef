//! A pipeline joined into the drawing a person knows: stages, their actions by run order, and what is where.
//!
//! Pure. The structure comes from GetPipeline, what stands now from GetPipelineState, and the truth of one execution
//! from its action executions; [`StageGraph::of`] joins the three for one chosen execution, or for "now". The Project
//! view builds it once a change of its pipeline, never once a frame. Cost: one pass over the pipeline's attempts.

mod clock;
mod conditions;
mod estimate;
mod executions;
mod fold;
mod join;
mod path;

use std::time::Duration;

use crate::model::ids::{
    AccountNumber, ActionExecutionId, ActionKey, ExecutionId, Region, StageName,
};
use crate::model::pipeline::{
    ActionCategory, ActionError, Execution, ExecutionMode, Pipeline, StageRetry, Transition,
};
use crate::model::status::{State, Status};
use crate::model::time::Timestamp;

pub use conditions::{ConditionNode, RuleNode, refused};
pub use estimate::Estimate;
pub use executions::{Lane, Note, WaitReason, label};
pub use fold::{Cell, Folded, Folding, Piece, fold, is_large};
pub use join::who;
pub use path::{Link, Passed};

/// Results kept on an action's strip.
pub const RECENT: usize = 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageGraph {
    pub mode: ExecutionMode,
    /// The execution the graph tells of; none while nothing ever ran.
    pub execution: Option<ExecutionId>,
    /// A person picked the execution: the graph is its history, not what stands now.
    pub chosen: bool,
    pub stages: Vec<StageNode>,
    /// What passes from action to action, by the structure.
    pub links: Vec<Link>,
    /// The execution drawn ended without entering this stage: how it ended.
    pub ended_before: Option<(StageName, Status)>,
    /// PARALLEL mode: every execution in flight, newest first. Empty in the other modes, where the stages show them.
    pub lanes: Vec<Lane>,
    /// Executions beside the one drawn: waiting to enter, or lately superseded.
    pub notes: Vec<Note>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageNode {
    pub name: StageName,
    pub status: Status,
    /// The execution that is, or last was, in the stage.
    pub occupant: Option<Occupant>,
    /// The occupant is an older execution that finished here; its state is no news, so the stage shows as not reached.
    pub leftover: Option<State>,
    /// The way into this stage.
    pub transition: Transition,
    pub inbound: Vec<Occupant>,
    /// The occupant rolls the stage back rather than bringing something new.
    pub is_rollback: bool,
    /// How often the occupant was retried here.
    pub retry: Option<StageRetry>,
    /// In the order in which they decide: before entry, on success, on failure.
    pub conditions: Vec<ConditionNode>,
    /// By run order.
    pub rows: Vec<ActionRow>,
}

/// An execution with the short name people know it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupant {
    pub execution: ExecutionId,
    /// The short id of its first revision, else of the execution.
    pub label: String,
}

/// Actions that run beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionRow {
    pub run_order: u32,
    pub actions: Vec<ActionNode>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionNode {
    pub key: ActionKey,
    pub category: ActionCategory,
    pub provider: String,
    /// Where it runs, if elsewhere than the pipeline.
    pub region: Option<Region>,
    /// The account it runs in, if another than the pipeline's.
    pub account: Option<AccountNumber>,
    pub state: State,
    pub time: ActionTime,
    /// The median of its successful runs; needs three of them.
    pub usual: Option<Duration>,
    /// Nine in ten of its successful runs took no longer; needs five of them.
    pub slow: Option<Duration>,
    /// Who decided a gate, or else changed the action last: the end of an ARN.
    pub by: Option<String>,
    /// One result for each execution that came here, oldest first, at most [`RECENT`]; ends with [`Status::NotRun`]
    /// when the execution drawn has not come yet.
    pub recent: Vec<Status>,
    /// Attempts in the execution drawn.
    pub attempts: usize,
    pub attempt: Option<ActionExecutionId>,
    pub percent_complete: Option<u32>,
    pub summary: Option<String>,
    pub error: Option<ActionError>,
    /// A build id, a deployment id, a commit id, ... by provider.
    pub external_id: Option<String>,
    pub external_url: Option<String>,
    /// Part of the pipeline's current structure. False for what an older execution ran and was since removed.
    pub declared: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionTime {
    Unknown,
    /// Ended: how long it took, or how long a gate waited.
    Took(Duration),
    /// Under way, or waiting for a person, since then.
    Since(Timestamp),
}

/// A step of the keyboard over the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    PreviousStage,
    NextStage,
    PreviousAction,
    NextAction,
}

impl StageGraph {
    /// Joins what is known. None while neither the structure nor the state of the pipeline has been read.
    ///
    /// `chosen` picks an execution; one that is not known (any more) is taken for "now".
    pub fn of(pipeline: &Pipeline, chosen: Option<&ExecutionId>) -> Option<Self> {
        join::Join::new(pipeline, chosen).graph()
    }

    pub fn actions(&self) -> impl Iterator<Item = &ActionNode> {
        self.stages.iter().flat_map(StageNode::actions)
    }

    pub fn action(&self, key: &ActionKey) -> Option<&ActionNode> {
        self.actions().find(|action| action.key == *key)
    }

    pub fn stage(&self, name: &StageName) -> Option<&StageNode> {
        self.stages.iter().find(|stage| stage.name == *name)
    }

    /// What a person most likely came for: the first failed action, else the running one, else the waiting one; of a
    /// pipeline at rest the last that ran, and of one that never ran its first.
    pub fn first_to_look_at(&self) -> Option<&ActionNode> {
        let with = |wanted: fn(Status) -> bool| {
            self.actions()
                .find(move |action| wanted(action.state.status))
        };
        with(Status::is_bad)
            .or_else(|| with(|status| status == Status::Running))
            .or_else(|| with(|status| status == Status::Waiting))
            .or_else(|| {
                self.actions()
                    .filter(|action| action.state.status != Status::NotRun)
                    .last()
            })
            .or_else(|| self.actions().next())
    }

    /// Where a step of the keyboard leads; none at the edges. Between stages the height is kept as far as it goes.
    pub fn step(&self, from: &ActionKey, step: Step) -> Option<&ActionKey> {
        self.step_among(from, step, |_| true)
    }

    /// [`Self::step`] over the actions that are shown.
    pub fn step_among(
        &self,
        from: &ActionKey,
        step: Step,
        is_shown: impl Fn(&ActionKey) -> bool,
    ) -> Option<&ActionKey> {
        let is_own = |stage: &StageNode| stage.name == from.stage;
        let stage = self.stages.iter().position(is_own)?;
        let own = self.stages.get(stage)?;
        let mut keys = own.actions().map(|action| &action.key);
        let position = keys.position(|key| key == from)?;
        let nearest = |stage: usize| {
            let actions = self.stages.get(stage)?.actions().enumerate();
            let shown = actions.filter(|(_, action)| is_shown(&action.key));
            let nearest = shown.min_by_key(|(at, _)| at.abs_diff(position));
            nearest.map(|(_, action)| &action.key)
        };
        match step {
            Step::NextAction => keys.find(|key| is_shown(key)),
            Step::PreviousAction => {
                let before = own.actions().take(position).map(|action| &action.key);
                before.filter(|key| is_shown(key)).last()
            }
            Step::NextStage => (stage + 1..self.stages.len()).find_map(nearest),
            Step::PreviousStage => (0..stage).rev().find_map(nearest),
        }
    }

    /// The stage that failed, and so can be retried.
    pub fn failed_stage(&self) -> Option<&StageNode> {
        self.stages.iter().find(|stage| stage.status.is_bad())
    }
}

impl StageGraph {
    /// A graph of these stages and nothing else.
    pub fn new(mode: ExecutionMode, stages: Vec<StageNode>) -> Self {
        Self {
            mode,
            execution: None,
            chosen: false,
            stages,
            links: Vec::new(),
            ended_before: None,
            lanes: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl StageNode {
    /// A stage nothing has come to.
    pub fn new(name: StageName, rows: Vec<ActionRow>) -> Self {
        Self {
            name,
            status: Status::NotRun,
            occupant: None,
            leftover: None,
            transition: Transition::default(),
            inbound: Vec::new(),
            is_rollback: false,
            retry: None,
            conditions: Vec::new(),
            rows,
        }
    }

    pub fn actions(&self) -> impl Iterator<Item = &ActionNode> {
        self.rows.iter().flat_map(|row| row.actions.iter())
    }
}

impl ActionNode {
    /// An action that has not run.
    pub fn new(key: ActionKey, category: ActionCategory, provider: String) -> Self {
        Self {
            key,
            category,
            provider,
            region: None,
            account: None,
            state: State::not_run(),
            time: ActionTime::Unknown,
            usual: None,
            slow: None,
            by: None,
            recent: Vec::new(),
            attempts: 0,
            attempt: None,
            percent_complete: None,
            summary: None,
            error: None,
            external_id: None,
            external_url: None,
            declared: true,
        }
    }
}

/// The execution before (older) or after (newer) the one drawn, for `[` and `]`, among all that are known, newest first.
///
/// From "now" the older one is what came before the current execution; past the newest there is only "now" (None in
/// `Some`). The outer None means there is nowhere to go.
pub fn neighbour_execution(
    pipeline: &Pipeline,
    all: &[&Execution],
    from: Option<&ExecutionId>,
    newer: bool,
) -> Option<Option<ExecutionId>> {
    let position = |id: &ExecutionId| all.iter().position(|execution| execution.id == *id);
    let id = |execution: &&Execution| Some(execution.id.clone());
    match (from, newer) {
        (None, true) => None,
        (None, false) => {
            let current = crate::model::board::current_execution(pipeline)?;
            all.get(position(&current.id)? + 1).map(id)
        }
        (Some(from), true) => match position(from)?.checked_sub(1) {
            None => Some(None),
            Some(index) => all.get(index).map(id),
        },
        (Some(from), false) => all.get(position(from)? + 1).map(id),
    }
}

#[cfg(test)]
mod tests;
