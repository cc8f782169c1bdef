//! StopPipelineExecution: let what runs finish first, or abandon it.

use super::words;
use crate::aws::calls::Calls;
use crate::aws::codepipeline::{self, SERVICE};
use crate::aws::write::words::plain;
use crate::engine::source::{Checked, Found, Seen};
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
        .map_err(|fault| plain(fault, words::words))?;
    if execution.state.status.is_moving() {
        return Ok(Checked::Go(Seen::default()));
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
    abandon: bool,
) -> Result<Option<Found>, Fault> {
    let execution = codepipeline::execution(calls, pipeline, execution).await?;
    Ok(told(&execution, abandon))
}

/// An execution that is to be abandoned may have been stopping before, with its actions left to finish: that it still
/// is tells nothing of the request.
fn told(execution: &Execution, abandon: bool) -> Option<Found> {
    match execution.state.word() {
        "Stopping" if abandon => None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::State;

    #[test]
    fn an_execution_that_was_stopping_anyway_does_not_prove_that_it_was_abandoned() {
        let told = |word: &str, abandon| {
            let execution = Execution::new("e".into(), State::of_pipeline(word));
            super::told(&execution, abandon).map(|found| found.applied)
        };
        assert_eq!(told("Stopping", false), Some(true));
        assert_eq!(told("Stopping", true), None);
        assert_eq!(told("Stopped", true), Some(true));
        assert_eq!(told("InProgress", true), Some(false));
    }
}
