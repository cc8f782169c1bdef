//! Rollbacks of one stage, by hand or by itself, and conditions that somebody overrides.
//!
//! A rollback is an execution of its own that runs in the one stage, with the revisions, variables and artifacts of the
//! execution it goes back to.

use serde_json::json;

use crate::sim::wire::Millis;
use crate::sim::world::pipelines::Outside;
use crate::sim::world::pipelines::commands::Refusal;
use crate::sim::world::pipelines::conditions::close;
use crate::sim::world::pipelines::definition::Mode;
use crate::sim::world::pipelines::execution::{
    ConditionStatus, Execution, ExecutionStatus, RuleRun, StageStatus, Trigger,
};
use crate::sim::world::pipelines::machine::Pipeline;
use crate::sim::world::pipelines::rules::{ConditionKind, Consequence};

/// AWS keeps the history of a pipeline for twelve months.
const KEPT: Millis = 365 * 86_400_000;

impl Pipeline {
    /// Rolls a stage back to what an earlier execution brought there. Returns the id of the execution that does it.
    pub fn roll_back(
        &mut self,
        stage: &str,
        target: &str,
        by: &str,
        now: Millis,
        outside: &mut Outside<'_>,
    ) -> Result<String, Refusal> {
        let stage = self
            .definition
            .stage_index(stage)
            .ok_or(Refusal::NoSuchStage)?;
        let target = self.index_of(target)?;
        self.check_rollback(stage, target, now)?;
        let trigger = Trigger::new("ManualRollback", by);
        let id = self.begin_rollback(stage, target, trigger, now);
        self.settle(now, outside);
        id.ok_or(Refusal::NoSuchExecution)
    }

    fn check_rollback(&self, stage: usize, target: usize, now: Millis) -> Result<(), Refusal> {
        let refused = |why| Err(Refusal::NotRollable(why));
        let (Some(slot), Some(execution)) = (self.slots.get(stage), self.executions.get(target))
        else {
            return Err(Refusal::NoSuchExecution);
        };
        if self.definition.mode == Mode::Parallel {
            return refused("stage rollback is not available in PARALLEL mode");
        }
        let definition = self.definition.stages.get(stage);
        if definition.is_some_and(super::definition::StageDefinition::is_source) {
            return refused("a source stage cannot be rolled back");
        }
        if execution.started < now - KEPT {
            return Err(Refusal::Outdated);
        }
        if execution.version != self.definition.version {
            return refused("the pipeline has changed since the target pipeline execution");
        }
        if execution.rollback_of.is_some() {
            return refused("the target pipeline execution is a rollback");
        }
        if !succeeded_in(execution, stage) {
            return refused("the target pipeline execution did not succeed in the stage");
        }
        if slot.occupant.is_some() {
            return refused("the stage is currently running");
        }
        Ok(())
    }

    fn begin_rollback(
        &mut self,
        stage: usize,
        target: usize,
        mut trigger: Trigger,
        now: Millis,
    ) -> Option<String> {
        let target = self.executions.get(target)?.clone();
        trigger.variables = target.variables;
        let index = self.add_execution(trigger, now);
        let execution = self.executions.get_mut(index)?;
        execution.rollback_of = Some(target.id);
        execution.revisions = target.revisions;
        let id = execution.id.clone();
        self.enter(index, stage, now);
        Some(id)
    }

    /// Rolls a stage back that has just failed: to the most recent execution that succeeded there. Without one the
    /// failure stays as it is.
    pub(super) fn roll_back_by_itself(&mut self, failed: usize, stage: usize, now: Millis) {
        let target = self
            .executions
            .get(..failed)
            .unwrap_or_default()
            .iter()
            .rposition(|execution| {
                execution.version == self.definition.version
                    && execution.rollback_of.is_none()
                    && succeeded_in(execution, stage)
            });
        let (Some(target), Some(execution)) = (target, self.executions.get(failed)) else {
            return;
        };
        if self.check_rollback(stage, target, now).is_ok() {
            let detail = json!({"FailedPipelineExecutionId": execution.id}).to_string();
            let trigger = Trigger::new("AutomatedRollback", detail);
            self.begin_rollback(stage, target, trigger, now);
        }
    }

    /// Lets an execution pass a condition that is being asked or has failed.
    pub fn override_condition(
        &mut self,
        id: &str,
        stage: &str,
        kind: ConditionKind,
        by: &str,
        now: Millis,
        outside: &mut Outside<'_>,
    ) -> Result<(), Refusal> {
        let at = self
            .definition
            .stage_index(stage)
            .ok_or(Refusal::NoSuchStage)?;
        let index = self.index_of(id).ok().ok_or(Refusal::NotLatest)?;
        let slot = self.slots.get(at).ok_or(Refusal::NoSuchStage)?;
        let shared = self.definition.mode != Mode::Parallel;
        if shared && slot.latest.is_some_and(|latest| latest != index) {
            return Err(Refusal::NotLatest);
        }
        let occupant = slot.occupant.filter(|occupant| *occupant != index);
        let (execution, condition) = self
            .executions
            .get(index)
            .zip(
                self.definition
                    .stages
                    .get(at)
                    .and_then(|stage| stage.condition(kind)),
            )
            .ok_or(Refusal::NotOverridable)?;
        let asked = execution.condition(at, kind).map(|run| run.status);
        let reopens = match asked {
            Some(ConditionStatus::InProgress) => false,
            // Only a failure that has led to nothing else can still be taken back.
            Some(ConditionStatus::Failed)
                if condition.result == Consequence::Fail
                    && execution.status == ExecutionStatus::Failed =>
            {
                true
            }
            _ => return Err(Refusal::NotOverridable),
        };
        if occupant.is_some() {
            return Err(Refusal::Busy);
        }
        if reopens {
            self.check_room()?;
            self.resume(index, at, now);
        }
        if let Some(execution) = self.executions.get_mut(index) {
            let asked = execution.conditions.iter_mut().rev();
            let mut asked = asked.filter(|run| run.stage == at && run.kind == kind && !run.retried);
            if let Some(run) = asked.next() {
                for rule in run.rules.iter_mut().filter(|rule| is_open(rule)) {
                    rule.updated_by = Some(by.to_owned());
                }
                close(run, ConditionStatus::Overridden, now);
                run.summary = Some(format!("Overridden by {by}"));
            }
        }
        self.settle(now, outside);
        Ok(())
    }
}

/// Whether an override concerns the rule: it had not succeeded.
fn is_open(rule: &RuleRun) -> bool {
    rule.status != super::execution::ActionStatus::Succeeded
}

fn succeeded_in(execution: &Execution, stage: usize) -> bool {
    execution
        .stages
        .get(stage)
        .is_some_and(|run| run.status == Some(StageStatus::Succeeded))
}
