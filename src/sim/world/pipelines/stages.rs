//! What goes on inside a stage: the condition before entry, the actions by run order, the condition after them,
//! and what the stage does by itself when it has failed.

use crate::sim::wire::Millis;
use crate::sim::world::pipelines::Outside;
use crate::sim::world::pipelines::commands::RetryMode;
use crate::sim::world::pipelines::conditions::Verdict;
use crate::sim::world::pipelines::definition::StageDefinition;
use crate::sim::world::pipelines::execution::{
    ActionRun, ActionStatus, ConditionStatus, Execution, ExecutionStatus, Position, StageStatus,
};
use crate::sim::world::pipelines::machine::Pipeline;
use crate::sim::world::pipelines::rules::{ConditionKind, Consequence};

/// How the actions of a stage stand.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Actions {
    /// Some run; nothing can be begun before they end.
    Running,
    /// These are to begin now.
    Due(Vec<usize>),
    Failed,
    /// The execution is being stopped, and no action runs any more.
    Stopped,
    Done,
}

impl Pipeline {
    /// Does the stage's next thing, or leaves the stage when there is none. True when something moved.
    pub(super) fn work(
        &mut self,
        index: usize,
        stage: usize,
        now: Millis,
        outside: &mut Outside<'_>,
    ) -> bool {
        let stages = std::sync::Arc::clone(&self.definition.stages);
        let Some(definition) = stages.get(stage) else {
            return false;
        };
        match self.ask(index, stage, ConditionKind::BeforeEntry, now, outside) {
            Verdict::Passed => {}
            Verdict::Waiting => return false,
            Verdict::Asked => return true,
            Verdict::Stopped => {
                self.leave(index, stage, StageStatus::Stopped, now);
                return true;
            }
            Verdict::Failed(result) => {
                self.refuse(index, stage, ConditionKind::BeforeEntry, result, now);
                return true;
            }
        }
        let Some(execution) = self.executions.get(index) else {
            return false;
        };
        match actions_of(execution, stage, definition) {
            Actions::Running => false,
            Actions::Due(due) => {
                for action in due {
                    self.begin_action(index, stage, action, now, outside);
                }
                true
            }
            Actions::Stopped => {
                self.leave(index, stage, StageStatus::Stopped, now);
                true
            }
            Actions::Failed => self.after_failure(index, stage, definition, now, outside),
            Actions::Done => self.after_success(index, stage, now, outside),
        }
    }

    fn after_success(
        &mut self,
        index: usize,
        stage: usize,
        now: Millis,
        outside: &mut Outside<'_>,
    ) -> bool {
        match self.ask(index, stage, ConditionKind::OnSuccess, now, outside) {
            Verdict::Waiting => return false,
            Verdict::Asked => {}
            Verdict::Stopped => self.leave(index, stage, StageStatus::Stopped, now),
            Verdict::Failed(result) => {
                self.refuse(index, stage, ConditionKind::OnSuccess, result, now);
            }
            Verdict::Passed => {
                let stopping = self
                    .executions
                    .get(index)
                    .is_some_and(|execution| execution.status == ExecutionStatus::Stopping);
                let more = stage + 1 < self.definition.stages.len();
                self.leave(index, stage, StageStatus::Succeeded, now);
                if stopping && more {
                    self.end(index, ExecutionStatus::Stopped, now);
                }
            }
        }
        true
    }

    /// A failed action has ended the stage's work; the stage may have been told what to do then.
    fn after_failure(
        &mut self,
        index: usize,
        stage: usize,
        definition: &StageDefinition,
        now: Millis,
        outside: &mut Outside<'_>,
    ) -> bool {
        let rolls_back = self
            .executions
            .get(index)
            .is_some_and(|execution| execution.rollback_of.is_some());
        let Some(handling) = definition.on_failure.as_ref().filter(|_| !rolls_back) else {
            self.leave(index, stage, StageStatus::Failed, now);
            return true;
        };
        let result = match self.ask(index, stage, ConditionKind::OnFailure, now, outside) {
            Verdict::Waiting => return false,
            Verdict::Asked => return true,
            Verdict::Stopped => {
                self.leave(index, stage, StageStatus::Stopped, now);
                return true;
            }
            Verdict::Failed(result) => Some(result),
            // The rules hold, so the failure stays what it is.
            Verdict::Passed if handling.condition.is_some() => None,
            Verdict::Passed => handling.result,
        };
        let retried = self
            .executions
            .get(index)
            .and_then(|execution| execution.stages.get(stage))
            .is_some_and(|run| run.automatic_retries > 0);
        match result {
            Some(Consequence::Retry) if !retried => {
                let mode = handling.retry.unwrap_or(RetryMode::FailedActions);
                self.run_again(index, stage, mode, true, now);
            }
            Some(Consequence::RollBack) => {
                self.leave(index, stage, StageStatus::Failed, now);
                self.roll_back_by_itself(index, stage, now);
            }
            Some(Consequence::Skip) => self.leave(index, stage, StageStatus::Skipped, now),
            Some(Consequence::Retry | Consequence::Fail) | None => {
                self.leave(index, stage, StageStatus::Failed, now);
            }
        }
        true
    }

    /// What a failed condition does to the stage.
    fn refuse(
        &mut self,
        index: usize,
        stage: usize,
        kind: ConditionKind,
        result: Consequence,
        now: Millis,
    ) {
        if result == Consequence::Skip && kind == ConditionKind::BeforeEntry {
            return self.leave(index, stage, StageStatus::Skipped, now);
        }
        if let Some(execution) = self.executions.get_mut(index) {
            let name = execution.structure.get(stage);
            let name = name.map_or("", |stage| stage.name.as_str());
            let when = match kind {
                ConditionKind::BeforeEntry => "entry",
                ConditionKind::OnSuccess => "success",
                ConditionKind::OnFailure => "failure",
            };
            execution.summary = Some(format!("The {when} condition of the stage {name} failed."));
        }
        self.leave(index, stage, StageStatus::Failed, now);
        if result == Consequence::RollBack {
            self.roll_back_by_itself(index, stage, now);
        }
    }

    /// Puts an execution back into a stage and sets aside what is to run again.
    pub(super) fn run_again(
        &mut self,
        index: usize,
        stage: usize,
        mode: RetryMode,
        by_itself: bool,
        now: Millis,
    ) {
        let Some(execution) = self.executions.get_mut(index) else {
            return;
        };
        let runs = execution.runs.iter_mut();
        for run in runs.filter(|run| run.stage == stage && !run.retried) {
            run.retried = mode == RetryMode::AllActions || is_broken(run);
        }
        let conditions = execution.conditions.iter_mut();
        for run in conditions.filter(|run| run.stage == stage) {
            let passed = matches!(
                run.status,
                ConditionStatus::Succeeded | ConditionStatus::Overridden
            );
            run.retried |= run.kind != ConditionKind::BeforeEntry || !passed;
        }
        if let Some(run) = execution.stages.get_mut(stage) {
            let (count, word) = if by_itself {
                (&mut run.automatic_retries, "AutomatedStageRetry")
            } else {
                (&mut run.manual_retries, "ManualStageRetry")
            };
            *count += 1;
            run.last_retry = Some(word);
        }
        self.resume(index, stage, now);
    }

    /// Lets an execution be in a stage again that it had left.
    pub(super) fn resume(&mut self, index: usize, stage: usize, now: Millis) {
        if let Some(execution) = self.executions.get_mut(index) {
            execution.status = ExecutionStatus::InProgress;
            execution.stop_reason = None;
            execution.summary = None;
            execution.position = Position::In { stage };
        }
        self.enter(index, stage, now);
        if !self.active.contains(&index) {
            self.active.push(index);
            self.active.sort_unstable();
        }
    }
}

/// Whether a retry of failed actions runs this one again.
pub(super) fn is_broken(run: &ActionRun) -> bool {
    !matches!(
        run.status,
        ActionStatus::Succeeded | ActionStatus::InProgress
    )
}

fn actions_of(execution: &Execution, stage: usize, definition: &StageDefinition) -> Actions {
    let stopping = execution.status == ExecutionStatus::Stopping;
    for order in definition.run_orders() {
        let group = definition.actions.iter().enumerate();
        let group = group.filter(|(_, action)| action.run_order == order);
        let states: Vec<(usize, Option<ActionStatus>)> = group
            .map(|(at, _)| (at, execution.current_run(stage, at).map(|run| run.status)))
            .collect();
        let any = |wanted: fn(ActionStatus) -> bool| {
            states.iter().filter_map(|(_, state)| *state).any(wanted)
        };
        if any(|status| status == ActionStatus::InProgress) {
            return Actions::Running;
        }
        let failed = any(|status| status != ActionStatus::Succeeded);
        let due: Vec<usize> = states
            .iter()
            .filter(|(_, state)| state.is_none())
            .map(|(at, _)| *at)
            .collect();
        if stopping && (failed || !due.is_empty()) {
            return Actions::Stopped;
        }
        if !due.is_empty() {
            return Actions::Due(due);
        }
        if failed {
            return Actions::Failed;
        }
    }
    Actions::Done
}
