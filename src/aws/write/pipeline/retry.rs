//! RetryStageExecution: what failed in a stage again, or the whole stage.

use aws_sdk_codepipeline::types;

use super::{find, found, is_since, no_stage, not_at_rest};
use crate::aws::calls::Calls;
use crate::aws::codepipeline::{self, SERVICE};
use crate::engine::source::{Checked, Found};
use crate::model::command::RetryMode;
use crate::model::fault::Fault;
use crate::model::ids::{ExecutionId, PipelineName, StageName};
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
    if let Some(changed) = not_at_rest(state, execution) {
        return Ok(changed);
    }
    let succeeded = state
        .latest
        .as_ref()
        .is_some_and(|(_, state)| state.status == Status::Succeeded);
    Ok(if succeeded {
        Checked::Changed("the stage has succeeded meanwhile; nothing is left to retry".to_owned())
    } else {
        Checked::Go
    })
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
