//! What should have gone on by now and has not: an action far beyond its usual time, an execution before a closed way.
//!
//! The model knows no clock, so each record says from when on it counts; whoever shows it compares that with now.

use std::time::Duration;

use super::{median, newest_attempts};
use crate::model::graph::label;
use crate::model::ids::{ActionKey, ExecutionId, PipelineKey, StageName};
use crate::model::pipeline::{ActionCategory, ActionExecution, Pipeline, StageState};
use crate::model::status::Status;
use crate::model::time::Timestamp;

/// An action is stuck at three times its median, and never before it is this much behind it.
const LEAST_DELAY: Duration = Duration::from_mins(10);
/// A way is closed for a reason; what waits before it is worth a word after this long.
const CLOSED_AFTER: Duration = Duration::from_hours(1);

/// An execution that does not get on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    pub pipeline: PipelineKey,
    pub execution: ExecutionId,
    /// What people call the execution.
    pub label: String,
    pub why: StuckAt,
    /// Runs, or waits, since then.
    pub since: Timestamp,
    /// It counts as stuck from this moment on.
    pub from: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StuckAt {
    /// Runs far longer than the median of its successful runs.
    Slow { action: ActionKey, usual: Duration },
    /// Waits before a stage that somebody has closed.
    Closed {
        stage: StageName,
        reason: Option<String>,
    },
}

/// All that is, or will become, stuck in a pipeline if nothing changes. Cost: linear in its attempts.
pub fn stuck(pipeline: &Pipeline) -> Vec<Stuck> {
    let mut all: Vec<Stuck> = slow(pipeline).collect();
    let stages = pipeline.stages.value().into_iter();
    all.extend(
        stages
            .flat_map(|stages| stages.iter())
            .filter(|stage| !stage.transition.enabled)
            .filter_map(|stage| closed(pipeline, stage)),
    );
    all
}

fn slow(pipeline: &Pipeline) -> impl Iterator<Item = Stuck> {
    let executions = pipeline.executions.value().into_iter();
    let moving = executions
        .flat_map(|all| all.iter())
        .filter(|execution| execution.state.status.is_moving());
    let running = moving.flat_map(|execution| newest_attempts(pipeline, execution));
    running.filter_map(|attempt| {
        if attempt.state.status != Status::Running || is_gate(pipeline, attempt) {
            return None;
        }
        let usual = usual(pipeline, &attempt.action)?;
        let since = attempt.started?;
        Some(Stuck {
            pipeline: pipeline.key.clone(),
            execution: attempt.execution.clone(),
            label: label(pipeline, &attempt.execution),
            why: StuckAt::Slow {
                action: attempt.action.clone(),
                usual,
            },
            since,
            from: since.plus((usual * 3).max(usual + LEAST_DELAY)),
        })
    })
}

fn is_gate(pipeline: &Pipeline, attempt: &ActionExecution) -> bool {
    let declared = pipeline.declaration(&attempt.action);
    declared.is_some_and(|declared| declared.category == ActionCategory::Approval)
}

fn usual(pipeline: &Pipeline, action: &ActionKey) -> Option<Duration> {
    let succeeded = pipeline
        .attempts(action)
        .filter(|attempt| attempt.state.status == Status::Succeeded);
    median(succeeded.filter_map(ActionExecution::duration).collect())
}

/// The first that waits before a closed stage: those behind it wait for the same reason.
fn closed(pipeline: &Pipeline, stage: &StageState) -> Option<Stuck> {
    let waiting = stage.inbound.first()?;
    let arrived = pipeline
        .execution(waiting)
        .and_then(|execution| execution.updated.or(execution.started));
    let since = stage.transition.changed_at.max(arrived)?;
    Some(Stuck {
        pipeline: pipeline.key.clone(),
        execution: waiting.clone(),
        label: label(pipeline, waiting),
        why: StuckAt::Closed {
            stage: stage.name.clone(),
            reason: stage.transition.reason.clone(),
        },
        since,
        from: since.plus(CLOSED_AFTER),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::ids::Scope;
    use crate::model::pipeline::{Execution, Transition};
    use crate::model::remote::Remote;
    use crate::model::status::State;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn attempt(execution: &str, word: &str, from: i64, to: i64) -> ActionExecution {
        let action = ActionKey {
            stage: "Build".into(),
            action: "compile".into(),
        };
        ActionExecution {
            started: Some(at(from)),
            updated: Some(at(to)),
            ..ActionExecution::new(
                execution.into(),
                action,
                format!("{execution}/{from}").into(),
                State::of_pipeline(word),
            )
        }
    }

    fn pipeline(attempts: Vec<ActionExecution>) -> Pipeline {
        let key = PipelineKey {
            scope: Scope {
                account: "dev".into(),
                region: "eu-west-1".into(),
            },
            name: "orders".into(),
        };
        let mut pipeline = Pipeline::new(key);
        let running = Execution::new("now".into(), State::of_pipeline("InProgress"));
        pipeline.executions = Remote::ready(Arc::new(vec![running]), at(0));
        pipeline.actions = Remote::ready(Arc::new(attempts), at(0));
        pipeline
    }

    #[test]
    fn an_action_is_stuck_at_three_times_its_usual_time_and_ten_minutes_late_at_least() {
        let past = |took: i64| {
            let past = (1..4).map(|back| attempt("old", "Succeeded", back, back + took));
            let running = std::iter::once(attempt("now", "InProgress", 10_000, 10_000));
            stuck(&pipeline(running.chain(past).collect()))
        };
        let [short] = &past(60)[..] else { panic!() };
        assert_eq!(short.from, at(10_000 + 60 + 600));
        let [long] = &past(3_600)[..] else { panic!() };
        assert_eq!(long.from, at(10_000 + 3 * 3_600));
    }

    #[test]
    fn nothing_is_said_of_an_action_without_a_past() {
        let running = attempt("now", "InProgress", 0, 0);
        assert_eq!(stuck(&pipeline(vec![running])), []);
    }

    #[test]
    fn what_waits_before_a_closed_way_is_stuck_an_hour_after_it_came() {
        let mut pipeline = pipeline(Vec::new());
        let stage = StageState {
            inbound: vec!["now".into(), "next".into()],
            transition: Transition {
                enabled: false,
                changed_at: Some(at(500)),
                reason: Some("release freeze".to_owned()),
                changed_by: None,
            },
            ..StageState::new("Production".into())
        };
        pipeline.stages = Remote::ready(Arc::new(vec![stage]), at(0));
        let [closed] = &stuck(&pipeline)[..] else {
            panic!()
        };
        assert_eq!((closed.since, closed.from), (at(500), at(500 + 3_600)));
        assert_eq!(closed.execution.as_str(), "now");
    }
}
