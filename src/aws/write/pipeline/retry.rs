//! RetryStageExecution: what failed in a stage again, or the whole stage.

use aws_sdk_codepipeline::types;

use super::{find, found, is_since, no_stage, not_at_rest};
use crate::aws::calls::Calls;
use crate::aws::codepipeline::{self, SERVICE};
use crate::engine::source::{Checked, Found};
use crate::model::command::RetryMode;
use crate::model::fault::Fault;
use crate::model::ids::{ExecutionId, PipelineName, StageName};
use crate::model::pipeline::{ExecutionMode, StageState};
use crate::model::status::Status;
use crate::model::time::Timestamp;

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
    let Some(objection) = objection(state, execution) else {
        return Ok(Checked::Go);
    };
    let definition = codepipeline::definition(calls, pipeline, None).await?;
    Ok(weighed(objection, &definition.mode))
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

/// In PARALLEL mode the state shows at most what stood in the stage before the mode was changed.
fn weighed(objection: Checked, mode: &ExecutionMode) -> Checked {
    if *mode == ExecutionMode::Parallel {
        Checked::Go
    } else {
        objection
    }
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
    sent_at: Timestamp,
) -> Result<Option<Found>, Fault> {
    let attempts = codepipeline::actions(calls, pipeline, Some(execution)).await?;
    let again = attempts.iter().any(|attempt| {
        attempt.action.stage == *stage
            && attempt
                .started
                .is_some_and(|started| is_since(started, sent_at))
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
            let superseded = weighed(objection.clone(), &ExecutionMode::Superseded);
            assert_eq!(superseded, objection, "{execution} {word}");
            assert_eq!(weighed(objection, &ExecutionMode::Parallel), Checked::Go);
        }
        assert_eq!(objection(&stood("e2", "Failed"), &failed), None);
    }
}
