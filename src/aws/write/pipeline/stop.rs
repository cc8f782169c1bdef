//! StopPipelineExecution: let what runs finish first, or abandon it.

use super::words;
use crate::aws::calls::Calls;
use crate::aws::codepipeline::{self, SERVICE};
use crate::engine::source::{Checked, Found};
use crate::model::fault::Fault;
use crate::model::ids::{ExecutionId, PipelineName};
use crate::model::pipeline::Execution;

pub(super) async fn check(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    execution: &ExecutionId,
) -> Result<Checked, Fault> {
    let execution = codepipeline::execution(calls, pipeline, execution)
        .await
        .map_err(words::plain)?;
    if execution.state.status.is_moving() {
        return Ok(Checked::Go);
    }
    Ok(Checked::Changed(format!(
        "the execution has ended meanwhile: {}",
        execution.state
    )))
}

pub(super) async fn send(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    execution: &ExecutionId,
    abandon: bool,
    reason: &str,
) -> Result<String, Fault> {
    let reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
    let request = calls
        .clients
        .codepipeline
        .stop_pipeline_execution()
        .pipeline_name(pipeline.as_str())
        .pipeline_execution_id(execution.as_str())
        .abandon(abandon)
        .set_reason(reason);
    calls
        .call(SERVICE, "StopPipelineExecution", request.send())
        .await?;
    Ok(if abandon {
        "stopping; actions under way are abandoned".to_owned()
    } else {
        "stopping; actions under way finish first".to_owned()
    })
}

pub(super) async fn look_up(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    execution: &ExecutionId,
) -> Result<Option<Found>, Fault> {
    let execution = codepipeline::execution(calls, pipeline, execution).await?;
    Ok(told(&execution))
}

fn told(execution: &Execution) -> Option<Found> {
    match execution.state.word() {
        "Stopping" | "Stopped" => Some(Found {
            applied: true,
            message: format!("the execution is {}", execution.state.word().to_lowercase()),
        }),
        "InProgress" => Some(Found {
            applied: false,
            message: "it did not arrive; the execution goes on".to_owned(),
        }),
        _ if execution.state.status.is_moving() => None,
        word => Some(Found {
            applied: false,
            message: format!("the execution ended by itself: {word}"),
        }),
    }
}
