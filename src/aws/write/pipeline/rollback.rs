//! RollbackStage: a stage back to what an earlier execution brought to it.

use super::{find, no_stage};
use crate::aws::calls::Calls;
use crate::aws::codepipeline::{self, SERVICE};
use crate::engine::source::{Checked, Found, Seen};
use crate::model::fault::Fault;
use crate::model::ids::{ExecutionId, PipelineName, StageName};
use crate::model::pipeline::Execution;

/// The stage must be at rest, and AWS must still offer the target: it lists as succeeded in a stage only executions
/// that ran with the pipeline's current structure.
pub(super) async fn check(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    stage: &StageName,
    target: &ExecutionId,
) -> Result<Checked, Fault> {
    let stages = codepipeline::stages(calls, pipeline).await?;
    let Some(state) = find(&stages, stage) else {
        return Ok(no_stage(stage));
    };
    match &state.latest {
        Some((latest, _)) if latest == target => {
            return Ok(Checked::Changed(format!(
                "execution {} is what stands in the stage now",
                target.short()
            )));
        }
        Some((latest, state)) if state.status.is_moving() => {
            return Ok(Checked::Changed(format!(
                "the stage is not at rest: execution {} is in it ({state})",
                latest.short()
            )));
        }
        Some(_) | None => {}
    }
    let candidates = codepipeline::succeeded_in(calls, pipeline, stage).await?;
    if candidates.iter().any(|candidate| candidate.id == *target) {
        let executions = codepipeline::executions(calls, pipeline).await?;
        let known = executions.iter().map(|execution| execution.id.as_str());
        return Ok(Checked::Go(Seen::of(known)));
    }
    Ok(Checked::Changed(format!(
        "execution {} is no longer one to roll back to; the pipeline's structure may have been changed since it ran",
        target.short()
    )))
}

pub(super) async fn send(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    stage: &StageName,
    target: &ExecutionId,
) -> Result<String, Fault> {
    let request = calls
        .clients
        .codepipeline
        .rollback_stage()
        .pipeline_name(pipeline.as_str())
        .stage_name(stage.as_str())
        .target_pipeline_execution_id(target.as_str());
    let answer = calls.call(SERVICE, "RollbackStage", request.send()).await?;
    let id = ExecutionId::from(answer.pipeline_execution_id());
    Ok(if id.is_empty() {
        format!("stage {stage} is being rolled back to {}", target.short())
    } else {
        format!(
            "execution {} rolls stage {stage} back to {}",
            id.short(),
            target.short()
        )
    })
}

pub(super) async fn look_up(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    target: &ExecutionId,
    seen: &Seen,
) -> Result<Option<Found>, Fault> {
    let executions = codepipeline::executions(calls, pipeline).await?;
    Ok(Some(told(&executions, target, seen)))
}

/// A rollback to the target that was not there before the request is the one it asked for.
fn told(executions: &[Execution], target: &ExecutionId, seen: &Seen) -> Found {
    let mut executions = executions.iter();
    let started = executions.find(|execution| {
        execution.rollback_of.as_ref() == Some(target) && !seen.has(execution.id.as_str())
    });
    match started {
        Some(execution) => Found {
            applied: true,
            message: format!(
                "execution {} rolls back to {}",
                execution.id.short(),
                target.short()
            ),
        },
        None => Found {
            applied: false,
            message: "it did not arrive; no rollback was started".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::State;

    #[test]
    fn only_a_new_rollback_to_the_same_target_is_ours() {
        let rollback = |id: &str, target: &str| Execution {
            rollback_of: Some(target.into()),
            ..Execution::new(id.into(), State::of_pipeline("InProgress"))
        };
        let seen = Seen::of(["earlier"]);
        let executions = [rollback("another", "t2"), rollback("earlier", "t1")];
        assert!(!told(&executions, &"t1".into(), &seen).applied);
        assert!(told(&[rollback("ours", "t1")], &"t1".into(), &seen).applied);
    }
}
