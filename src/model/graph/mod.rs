//! A pipeline joined into the drawing a person knows: stages, their actions by run order, and what is where.
//!
//! Pure. The structure comes from GetPipeline, what stands now from GetPipelineState, and the truth of one execution
//! from its action executions; [`StageGraph::of`] joins the three for one chosen execution, or for "now". The Project
//! view builds it once a change of its pipeline, never once a frame. Cost: one pass over the pipeline's attempts.

mod executions;
mod join;

use std::time::Duration;

use crate::model::ids::{ActionExecutionId, ActionKey, ExecutionId, Region, StageName};
use crate::model::pipeline::{
    ActionCategory, ActionError, Execution, ExecutionMode, Pipeline, Transition,
};
use crate::model::status::{State, Status};
use crate::model::time::Timestamp;

pub use executions::{Lane, Note, WaitReason, label};

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
    pub state: State,
    pub time: ActionTime,
    /// The median of its successful runs; needs three of them.
    pub usual: Option<Duration>,
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
        let stage = self
            .stages
            .iter()
            .position(|stage| stage.name == from.stage)?;
        let position = self
            .stages
            .get(stage)?
            .actions()
            .position(|action| action.key == *from)?;
        match step {
            Step::NextAction => self.at(stage, position + 1),
            Step::PreviousAction => self.at(stage, position.checked_sub(1)?),
            Step::NextStage => self.nearest(stage + 1.., position),
            Step::PreviousStage => (0..stage)
                .rev()
                .find_map(|stage| self.closest_in(stage, position)),
        }
    }

    fn nearest(&self, stages: std::ops::RangeFrom<usize>, position: usize) -> Option<&ActionKey> {
        (stages.start..self.stages.len()).find_map(|stage| self.closest_in(stage, position))
    }

    fn closest_in(&self, stage: usize, position: usize) -> Option<&ActionKey> {
        let last = self.stages.get(stage)?.actions().count().checked_sub(1)?;
        self.at(stage, position.min(last))
    }

    fn at(&self, stage: usize, position: usize) -> Option<&ActionKey> {
        let action = self.stages.get(stage)?.actions().nth(position)?;
        Some(&action.key)
    }

    /// The stage that failed, and so can be retried.
    pub fn failed_stage(&self) -> Option<&StageNode> {
        self.stages.iter().find(|stage| stage.status.is_bad())
    }
}

impl StageNode {
    pub fn actions(&self) -> impl Iterator<Item = &ActionNode> {
        self.rows.iter().flat_map(|row| row.actions.iter())
    }
}

impl ActionNode {
    /// The text of the action's clock at `now`: `2 m 41 s`, `4 of ~6 min`, `waited 41 min`, `since 18 min`.
    pub fn clock(&self, now: Timestamp) -> String {
        use crate::model::time::{duration, rough};
        let is_gate = self.category == ActionCategory::Approval;
        match self.time {
            ActionTime::Unknown => String::new(),
            ActionTime::Took(span) if is_gate => format!("waited {}", rough(span)),
            ActionTime::Took(span) => duration(span),
            ActionTime::Since(then) if self.state.status == Status::Waiting => {
                format!("since {}", rough(then.age(now)))
            }
            ActionTime::Since(then) => match self.usual {
                Some(usual) => {
                    let (so_far, usual) = (rough(then.age(now)), rough(usual));
                    // One unit is said once.
                    let same = so_far.rsplit(' ').next() == usual.rsplit(' ').next();
                    match so_far.split_once(' ') {
                        Some((number, _)) if same => format!("{number} of ~{usual}"),
                        _ => format!("{so_far} of ~{usual}"),
                    }
                }
                None => duration(then.age(now)),
            },
        }
    }

    /// The line under the name: who decided, else the provider and where it runs.
    pub fn place(&self) -> String {
        let decided =
            self.category == ActionCategory::Approval && !matches!(self.time, ActionTime::Since(_));
        let provider = match self.provider.as_str() {
            // The connection knows whether it is GitHub's, GitLab's or Bitbucket's; the action does not.
            "CodeStarSourceConnection" => "Connection",
            other => other,
        };
        match (&self.by, &self.region) {
            (Some(by), _) if decided => format!("by {by}"),
            (_, Some(region)) => format!("{provider} · {region}"),
            _ => provider.to_owned(),
        }
    }
}

/// The execution before (older) or after (newer) the one drawn, for `[` and `]`.
///
/// From "now" the older one is what came before the current execution; past the newest there is only "now" (None in
/// `Some`). The outer None means there is nowhere to go.
pub fn neighbour_execution(
    pipeline: &Pipeline,
    from: Option<&ExecutionId>,
    newer: bool,
) -> Option<Option<ExecutionId>> {
    let all = pipeline.executions.value()?;
    let position = |id: &ExecutionId| all.iter().position(|execution| execution.id == *id);
    let id = |execution: &Execution| Some(execution.id.clone());
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
