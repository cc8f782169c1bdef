//! EnableStageTransition and DisableStageTransition: the way into a stage.

use aws_sdk_codepipeline::types;

use super::{find, found, no_stage};
use crate::aws::calls::Calls;
use crate::aws::codepipeline::{self, SERVICE};
use crate::aws::review::person;
use crate::engine::source::{Checked, Found, Seen};
use crate::model::fault::Fault;
use crate::model::ids::{PipelineName, StageName};

pub(super) async fn check(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    stage: &StageName,
    enabled: bool,
) -> Result<Checked, Fault> {
    let stages = codepipeline::stages(calls, pipeline).await?;
    let Some(state) = find(&stages, stage) else {
        return Ok(no_stage(stage));
    };
    if state.transition.enabled != enabled {
        return Ok(Checked::Go(Seen::default()));
    }
    let by = state.transition.changed_by.as_deref();
    let by = by.map_or(String::new(), |by| format!(" by {}", person(by)));
    let done = if enabled { "opened" } else { "closed" };
    Ok(Checked::Changed(format!(
        "the way in was {done} already{by}"
    )))
}

pub(super) async fn send(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    stage: &StageName,
    enabled: bool,
    reason: &str,
) -> Result<String, Fault> {
    if enabled {
        open(calls, pipeline, stage).await
    } else {
        close(calls, pipeline, stage, reason).await
    }
}

async fn open(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    stage: &StageName,
) -> Result<String, Fault> {
    let request = calls
        .clients
        .codepipeline
        .enable_stage_transition()
        .pipeline_name(pipeline.as_str())
        .stage_name(stage.as_str())
        .transition_type(types::StageTransitionType::Inbound);
    calls
        .call(SERVICE, "EnableStageTransition", request.send())
        .await?;
    Ok(format!("the way into {stage} is open"))
}

async fn close(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    stage: &StageName,
    reason: &str,
) -> Result<String, Fault> {
    let request = calls
        .clients
        .codepipeline
        .disable_stage_transition()
        .pipeline_name(pipeline.as_str())
        .stage_name(stage.as_str())
        .transition_type(types::StageTransitionType::Inbound)
        .reason(reason);
    calls
        .call(SERVICE, "DisableStageTransition", request.send())
        .await?;
    Ok(format!("the way into {stage} is closed"))
}

pub(super) async fn look_up(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    stage: &StageName,
    enabled: bool,
) -> Result<Option<Found>, Fault> {
    let stages = codepipeline::stages(calls, pipeline).await?;
    let applied = find(&stages, stage).is_some_and(|stage| stage.transition.enabled == enabled);
    Ok(Some(found(
        applied,
        if enabled {
            "the way in is open"
        } else {
            "the way in is closed"
        },
        "the way in is as it was",
    )))
}
