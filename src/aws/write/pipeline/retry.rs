//! RetryStageExecution: what failed in a stage again, or the whole stage.

use aws_sdk_codepipeline::types;

use super::{find, found, no_stage, not_at_rest};
use crate::aws::calls::Calls;
use crate::aws::codepipeline::{self, SERVICE};
use crate::engine::source::{Checked, Found, Seen};
use crate::model::command::RetryMode;
use crate::model::fault::Fault;
use crate::model::ids::{ExecutionId, PipelineName, StageName};
use crate::model::pipeline::{ExecutionMode, StageState};
use crate::model::status::Status;

/// The stage must be at rest with this execution in it. Of a PARALLEL pipeline AWS itself says whether it can be
/// retried.
pub(super) async fn check(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    stage: &StageName,
    execution: &ExecutionId,
) -> Result<Checked, Fault> {
    let stages = codepipeline::stages(calls, pipeline).await?;
    let Some(state) = find(&stages, stage) else {
        return Ok(no_stage(stage));
    };
    if let Some(objection) = objection(state, execution) {
        let definition = codepipeline::definition(calls, pipeline, None).await?;
        if !is_overruled(&definition.mode) {
            return Ok(objection);
        }
    }
    let attempts = codepipeline::actions(calls, pipeline, Some(execution)).await?;
    let attempts = attempts.iter().map(|attempt| attempt.id.as_str());
    Ok(Checked::Go(Seen::of(attempts)))
}

/// What the state of the stage says against it.
fn objection(state: &StageState, execution: &ExecutionId) -> Option<Checked> {
    let succeeded = state
        .latest
        .as_ref()
        .is_some_and(|(_, state)| state.status == Status::Succeeded);
    not_at_rest(state, execution).or_else(|| {
        succeeded.then(|| {
            Checked::Changed(
                "the stage has succeeded meanwhile; nothing is left to retry".to_owned(),
            )
        })
    })
}

/// In PARALLEL mode the state shows at most what stood in the stage before the mode was changed: that is no objection.
fn is_overruled(mode: &ExecutionMode) -> bool {
    *mode == ExecutionMode::Parallel
}

pub(super) async fn send(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    stage: &StageName,
    execution: &ExecutionId,
    mode: RetryMode,
) -> Result<String, Fault> {
    let request = calls
        .clients
        .codepipeline
        .retry_stage_execution()
        .pipeline_name(pipeline.as_str())
        .stage_name(stage.as_str())
        .pipeline_execution_id(execution.as_str())
        .retry_mode(match mode {
            RetryMode::FailedActions => types::StageRetryMode::FailedActions,
            RetryMode::AllActions => types::StageRetryMode::AllActions,
        });
    calls
        .call(SERVICE, "RetryStageExecution", request.send())
        .await?;
    Ok(match mode {
        RetryMode::FailedActions => format!("what failed in stage {stage} runs again"),
        RetryMode::AllActions => format!("stage {stage} runs again"),
    })
}

pub(super) async fn look_up(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    stage: &StageName,
    execution: &ExecutionId,
    seen: &Seen,
) -> Result<Option<Found>, Fault> {
    let attempts = codepipeline::actions(calls, pipeline, Some(execution)).await?;
    let again = attempts.iter().any(|attempt| {
        attempt.action.stage == *stage
            && !seen.has(attempt.id.as_str())
            && attempt.state.status != Status::Unknown
    });
    Ok(Some(found(
        again,
        "the stage runs again",
        "it did not arrive; the stage stands as it was",
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::State;

    #[test]
    fn what_stood_in_a_stage_before_parallel_mode_is_no_objection() {
        let stood = |execution: &str, word: &str| StageState {
            latest: Some((execution.into(), State::of_pipeline(word))),
            ..StageState::new("Deploy".into())
        };
        let failed = "e2".into();
        for (execution, word) in [("e1", "Succeeded"), ("e1", "Failed"), ("e2", "Succeeded")] {
            let objection = objection(&stood(execution, word), &failed).unwrap();
            assert!(
                matches!(objection, Checked::Changed(_)),
                "{execution} {word}"
            );
        }
        assert!(is_overruled(&ExecutionMode::Parallel));
        assert!(!is_overruled(&ExecutionMode::Superseded));
        assert_eq!(objection(&stood("e2", "Failed"), &failed), None);
    }
}
