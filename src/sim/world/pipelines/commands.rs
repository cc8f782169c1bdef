//! What people do to a pipeline: stop, retry, answer a gate, switch a transition. Rollbacks and overrides are in
//! `rollback`, edits in `editions`.
//!
//! Each command either happens at once or is refused with the reason that the service turns into the
//! error AWS documents for it.

use crate::sim::wire::Millis;
use crate::sim::world::pipelines::Outside;
use crate::sim::world::pipelines::conditions::close;
use crate::sim::world::pipelines::definition::Mode;
use crate::sim::world::pipelines::execution::{
    ActionRun, ActionStatus, ConditionStatus, ExecutionStatus, Following, StageStatus,
};
use crate::sim::world::pipelines::machine::{Pipeline, Transition};
use crate::sim::world::pipelines::stages::is_broken;

/// The most executions that a QUEUED or PARALLEL pipeline may have under way.
const CONCURRENT_EXECUTIONS: usize = 50;

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NoSuchExecution,
    NoSuchStage,
    NoSuchAction,
    /// The execution is over, or was superseded.
    NotStoppable,
    /// The same stop was asked for before.
    StopAlreadyRequested,
    /// The stage of that execution has no failed action.
    NotRetryable,
    /// A later execution has entered the stage since.
    NotLatest,
    /// Another execution is in the stage now.
    Busy,
    TooManyExecutions,
    /// No open approval has this token: it expired, was stopped, or never was.
    WrongToken,
    AlreadyAnswered,
    /// The stage cannot be rolled back to that execution, and why.
    NotRollable(&'static str),
    /// The execution is too old to go back to.
    Outdated,
    /// There is no such condition, or it has neither failed nor is it being asked.
    NotOverridable,
}

/// Which actions a retry runs again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryMode {
    FailedActions,
    AllActions,
}

impl RetryMode {
    /// AWS's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::FailedActions => "FAILED_ACTIONS",
            Self::AllActions => "ALL_ACTIONS",
        }
    }
}

/// Which side of a stage a transition is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Inbound,
    Outbound,
}

/// A decision about a gate.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    pub approved: bool,
    pub summary: &'a str,
    /// The ARN of who decided.
    pub by: &'a str,
}

impl Pipeline {
    /// Whether one more execution may be started.
    pub fn check_room(&self) -> Result<(), Refusal> {
        if self.definition.mode != Mode::Superseded && self.active.len() >= CONCURRENT_EXECUTIONS {
            return Err(Refusal::TooManyExecutions);
        }
        Ok(())
    }

    pub(super) fn index_of(&self, id: &str) -> Result<usize, Refusal> {
        self.executions
            .iter()
            .rposition(|execution| execution.id == id)
            .ok_or(Refusal::NoSuchExecution)
    }

    /// Stops an execution: after its running actions have ended, or at once when they are abandoned.
    pub fn stop(
        &mut self,
        id: &str,
        abandon: bool,
        reason: &str,
        now: Millis,
        outside: &mut Outside<'_>,
    ) -> Result<(), Refusal> {
        let index = self.index_of(id)?;
        let Some(execution) = self.executions.get_mut(index) else {
            return Err(Refusal::NoSuchExecution);
        };
        match execution.status {
            ExecutionStatus::InProgress => {}
            ExecutionStatus::Stopping if abandon => {}
            ExecutionStatus::Stopping => return Err(Refusal::StopAlreadyRequested),
            _ => return Err(Refusal::NotStoppable),
        }
        execution.status = ExecutionStatus::Stopping;
        execution.stop_reason = Some(reason.to_owned());
        execution.updated = now;
        if let Some(stage) = execution.stage_entered() {
            if let Some(run) = execution.stages.get_mut(stage) {
                run.status = Some(StageStatus::Stopping);
            }
            if abandon {
                for run in execution.runs.iter_mut().filter(|run| run.is_running()) {
                    run.status = ActionStatus::Abandoned;
                    run.updated = now;
                    run.following = Following::Nothing;
                }
                let asked = execution.conditions.iter_mut();
                for run in asked.filter(|run| run.status == ConditionStatus::InProgress) {
                    close(run, ConditionStatus::Abandoned, now);
                }
            }
        }
        self.settle(now, outside);
        Ok(())
    }

    /// Runs the failed actions of a stage again, or all of them.
    pub fn retry(
        &mut self,
        id: &str,
        stage: &str,
        mode: RetryMode,
        now: Millis,
        outside: &mut Outside<'_>,
    ) -> Result<(), Refusal> {
        let stage = self
            .definition
            .stage_index(stage)
            .ok_or(Refusal::NoSuchStage)?;
        let index = self.index_of(id)?;
        let slot = self.slots.get(stage).ok_or(Refusal::NoSuchStage)?;
        if self.definition.mode != Mode::Parallel {
            if slot.latest.is_some_and(|latest| latest != index) {
                return Err(Refusal::NotLatest);
            }
            if slot.occupant.is_some() {
                return Err(Refusal::Busy);
            }
        }
        let execution = self.executions.get(index).ok_or(Refusal::NoSuchExecution)?;
        let ended_here = execution.stages.get(stage).is_some_and(|run| {
            matches!(run.status, Some(StageStatus::Failed | StageStatus::Stopped))
        });
        let has_broken = execution
            .runs
            .iter()
            .any(|run| run.stage == stage && !run.retried && is_broken(run));
        let changed = execution.version != self.definition.version;
        if changed || !execution.status.is_over() || !ended_here || !has_broken {
            return Err(Refusal::NotRetryable);
        }
        self.run_again(index, stage, mode, false, now);
        self.settle(now, outside);
        Ok(())
    }

    /// Answers the gate that has this token.
    pub fn answer(
        &mut self,
        stage: &str,
        action: &str,
        token: &str,
        decision: Decision<'_>,
        now: Millis,
        outside: &mut Outside<'_>,
    ) -> Result<(), Refusal> {
        let (stage, action) = self.locate(stage, action)?;
        let gate = self
            .definition
            .stages
            .get(stage)
            .and_then(|stage| stage.actions.get(action));
        if !gate.is_some_and(super::definition::ActionDefinition::is_gate) {
            return Err(Refusal::NoSuchAction);
        }
        let run = self
            .executions
            .iter_mut()
            .rev()
            .flat_map(|execution| execution.runs.iter_mut())
            .find(|run| {
                run.stage == stage && run.action == action && run.token.as_deref() == Some(token)
            })
            .ok_or(Refusal::WrongToken)?;
        if !run.is_running() {
            return Err(if run.updated_by.is_some() {
                Refusal::AlreadyAnswered
            } else {
                Refusal::WrongToken
            });
        }
        decide(run, decision, now);
        self.settle(now, outside);
        Ok(())
    }

    /// The token of the oldest open gate at an action; stories answer gates without reading one first.
    pub fn open_token(&self, stage: &str, action: &str) -> Result<String, Refusal> {
        let (stage, action) = self.locate(stage, action)?;
        self.executions
            .iter()
            .flat_map(|execution| &execution.runs)
            .find(|run| run.stage == stage && run.action == action && run.is_running())
            .and_then(|run| run.token.clone())
            .ok_or(Refusal::WrongToken)
    }

    fn locate(&self, stage: &str, action: &str) -> Result<(usize, usize), Refusal> {
        let stage = self
            .definition
            .stage_index(stage)
            .ok_or(Refusal::NoSuchStage)?;
        let action = self
            .definition
            .stages
            .get(stage)
            .and_then(|stage| stage.action_index(action));
        Ok((stage, action.ok_or(Refusal::NoSuchAction)?))
    }

    /// Opens or closes the transition on one side of a stage. A reason closes it.
    pub fn set_transition(
        &mut self,
        stage: &str,
        side: Side,
        closed_because: Option<&str>,
        by: &str,
        now: Millis,
        outside: &mut Outside<'_>,
    ) -> Result<(), Refusal> {
        let stage = self
            .definition
            .stage_index(stage)
            .ok_or(Refusal::NoSuchStage)?;
        let slot = self.slots.get_mut(stage).ok_or(Refusal::NoSuchStage)?;
        let transition = match side {
            Side::Inbound => &mut slot.inbound,
            Side::Outbound => &mut slot.outbound,
        };
        *transition = Transition {
            enabled: closed_because.is_none(),
            reason: closed_because.map(str::to_owned),
            changed: Some((now, by.to_owned())),
        };
        self.settle(now, outside);
        Ok(())
    }
}

/// Closes an open gate with somebody's decision.
pub(super) fn decide(run: &mut ActionRun, decision: Decision<'_>, now: Millis) {
    run.status = if decision.approved {
        ActionStatus::Succeeded
    } else {
        ActionStatus::Failed
    };
    run.updated = now;
    run.updated_by = Some(decision.by.to_owned());
    run.summary = (!decision.summary.is_empty()).then(|| decision.summary.to_owned());
    run.following = Following::Nothing;
}
