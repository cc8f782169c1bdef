//! The writes of CodePipeline: gates, releases, stops, retries and transitions.

use aws_sdk_codepipeline::types;

use crate::aws::calls::Calls;
use crate::aws::codepipeline::{self, SERVICE};
use crate::aws::review::{decided, open_attempt, open_gate};
use crate::aws::write::failed;
use crate::engine::source::{Checked, Found, Sent};
use crate::model::command::{Command, Decision, Gate, RetryMode};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{ExecutionId, PipelineKey, PipelineName, StageName};
use crate::model::pipeline::{Execution, StageState};
use crate::model::status::Status;
use crate::model::time::Timestamp;

/// What AWS's clock may be behind ours when a lost write is looked up.
const CLOCK_SKEW: std::time::Duration = std::time::Duration::from_secs(3);

/// The fresh read before a write: what the person saw must still be so.
pub(super) async fn check(calls: &Calls<'_>, command: &Command) -> Result<Checked, Fault> {
    match command {
        Command::Decide { gate, .. } => check_gate(calls, gate).await,
        Command::ReleaseChange { pipeline, .. }
        | Command::RollbackStage { pipeline, .. }
        | Command::OverrideCondition { pipeline, .. } => {
            // Nothing a person saw decides this; that the pipeline is still there does.
            codepipeline::stages(calls, &pipeline.name).await?;
            Ok(Checked::Go)
        }
        Command::StopExecution {
            pipeline,
            execution,
            ..
        } => check_stop(calls, pipeline, execution).await,
        Command::RetryStage {
            pipeline,
            stage,
            execution,
            ..
        } => check_retry(calls, pipeline, stage, execution).await,
        Command::SetTransition {
            pipeline,
            stage,
            enabled,
            ..
        } => check_transition(calls, pipeline, stage, *enabled).await,
        Command::StopBuild { .. } | Command::RetryBuild { .. } | Command::StopDeployment { .. } => {
            Ok(Checked::Go)
        }
    }
}

async fn check_gate(calls: &Calls<'_>, gate: &Gate) -> Result<Checked, Fault> {
    let name = &gate.pipeline.name;
    let stages = codepipeline::stages(calls, name).await?;
    if let Some(open) = open_gate(&stages, &gate.action) {
        if open.execution == gate.execution && open.token == gate.token {
            return Ok(Checked::Go);
        }
        return Ok(Checked::Changed(format!(
            "another execution stands at this gate now: {}",
            open.execution.short()
        )));
    }
    let attempts = codepipeline::actions(calls, name, Some(&gate.execution)).await?;
    if let Some((open, _)) = open_attempt(&attempts, &gate.action, Some(&gate.execution)) {
        if open.token == gate.token {
            return Ok(Checked::Go);
        }
        return Ok(Checked::Changed(
            "this gate was asked anew, for example after a retry of its stage".to_owned(),
        ));
    }
    let decided = decided(&stages, &attempts, &gate.action, Some(&gate.execution));
    Ok(Checked::Changed(match decided {
        Some(decided) => format!("already {decided}"),
        None => "this execution no longer waits here".to_owned(),
    }))
}

async fn check_stop(
    calls: &Calls<'_>,
    pipeline: &PipelineKey,
    execution: &ExecutionId,
) -> Result<Checked, Fault> {
    let execution = codepipeline::execution(calls, &pipeline.name, execution).await?;
    if execution.state.status.is_moving() {
        return Ok(Checked::Go);
    }
    Ok(Checked::Changed(format!(
        "the execution has ended meanwhile: {}",
        execution.state
    )))
}

async fn check_retry(
    calls: &Calls<'_>,
    pipeline: &PipelineKey,
    stage: &StageName,
    execution: &ExecutionId,
) -> Result<Checked, Fault> {
    let stages = codepipeline::stages(calls, &pipeline.name).await?;
    let Some(found) = find(&stages, stage) else {
        return Ok(Checked::Changed(format!(
            "there is no stage {stage} any more"
        )));
    };
    Ok(match &found.latest {
        Some((latest, state)) if latest == execution && !state.status.is_moving() => Checked::Go,
        Some((latest, state)) if latest == execution => {
            Checked::Changed(format!("the stage is not at rest: {state}"))
        }
        Some((latest, _)) => Checked::Changed(format!(
            "another execution has entered the stage meanwhile: {}",
            latest.short()
        )),
        // PARALLEL pipelines tell no state; AWS itself says whether the stage can be retried.
        None => Checked::Go,
    })
}

async fn check_transition(
    calls: &Calls<'_>,
    pipeline: &PipelineKey,
    stage: &StageName,
    enabled: bool,
) -> Result<Checked, Fault> {
    let stages = codepipeline::stages(calls, &pipeline.name).await?;
    let Some(found) = find(&stages, stage) else {
        return Ok(Checked::Changed(format!(
            "there is no stage {stage} any more"
        )));
    };
    if found.transition.enabled != enabled {
        return Ok(Checked::Go);
    }
    let by = found.transition.changed_by.as_deref();
    let by = by.map_or(String::new(), |by| {
        format!(" by {}", crate::aws::review::person(by))
    });
    let done = if enabled { "opened" } else { "closed" };
    Ok(Checked::Changed(format!(
        "the way in was {done} already{by}"
    )))
}

fn find<'a>(stages: &'a [StageState], name: &StageName) -> Option<&'a StageState> {
    stages.iter().find(|stage| stage.name == *name)
}

/// The write: one request.
pub(super) async fn send(calls: &Calls<'_>, command: &Command) -> Sent {
    let sent = match command {
        Command::Decide {
            gate,
            decision,
            comment,
        } => return decide(calls, gate, *decision, comment).await,
        Command::ReleaseChange { pipeline, .. } => release(calls, pipeline).await,
        Command::StopExecution {
            pipeline,
            execution,
            abandon,
            reason,
        } => stop(calls, pipeline, execution, *abandon, reason).await,
        Command::RetryStage {
            pipeline,
            stage,
            execution,
            mode,
        } => retry(calls, pipeline, stage, execution, *mode).await,
        Command::SetTransition {
            pipeline,
            stage,
            enabled: true,
            ..
        } => open(calls, pipeline, stage).await,
        Command::SetTransition {
            pipeline,
            stage,
            enabled: false,
            reason,
        } => close(calls, pipeline, stage, reason).await,
        Command::RollbackStage { .. }
        | Command::OverrideCondition { .. }
        | Command::StopBuild { .. }
        | Command::RetryBuild { .. }
        | Command::StopDeployment { .. } => Err(calls
            .place(SERVICE, "send")
            .fault(FaultClass::Local, "this is no write of CodePipeline")),
    };
    match sent {
        Ok(message) => Sent::Accepted(message),
        Err(fault) => failed(fault),
    }
}

async fn decide(calls: &Calls<'_>, gate: &Gate, decision: Decision, comment: &str) -> Sent {
    let status = match decision {
        Decision::Approve => types::ApprovalStatus::Approved,
        Decision::Reject => types::ApprovalStatus::Rejected,
    };
    // The summary is required and may be empty; both are always set, so building cannot fail.
    let result = types::ApprovalResult::builder()
        .summary(comment)
        .status(status)
        .build();
    let result = match result {
        Ok(result) => result,
        Err(error) => {
            let place = calls.place(SERVICE, "PutApprovalResult");
            return Sent::Refused(place.fault(FaultClass::Local, error.to_string()));
        }
    };
    let request = calls
        .clients
        .codepipeline
        .put_approval_result()
        .pipeline_name(gate.pipeline.name.as_str())
        .stage_name(gate.action.stage.as_str())
        .action_name(gate.action.action.as_str())
        .token(gate.token.as_str())
        .result(result);
    let answer = calls
        .call(SERVICE, "PutApprovalResult", request.send())
        .await;
    match answer {
        Ok(_) => Sent::Accepted(
            match decision {
                Decision::Approve => "approved",
                Decision::Reject => "rejected",
            }
            .to_owned(),
        ),
        Err(fault) if was_answered(&fault) => Sent::Changed(who_was_first(calls, gate).await),
        Err(fault) => failed(fault),
    }
}

/// Both mean that somebody was first, or that the gate has expired: news, not an error.
fn was_answered(fault: &Fault) -> bool {
    matches!(
        fault.code.as_deref(),
        Some("InvalidApprovalTokenException" | "ApprovalAlreadyCompletedException")
    )
}

async fn who_was_first(calls: &Calls<'_>, gate: &Gate) -> String {
    let name = &gate.pipeline.name;
    let attempts = codepipeline::actions(calls, name, Some(&gate.execution)).await;
    let stages = codepipeline::stages(calls, name).await;
    let decided = decided(
        &stages.unwrap_or_default(),
        &attempts.unwrap_or_default(),
        &gate.action,
        Some(&gate.execution),
    );
    match decided {
        Some(decided) => format!("already {decided}"),
        None => "this gate was already answered, or has expired".to_owned(),
    }
}

async fn release(calls: &Calls<'_>, pipeline: &PipelineKey) -> Result<String, Fault> {
    let request = calls
        .clients
        .codepipeline
        .start_pipeline_execution()
        .name(pipeline.name.as_str());
    let answer = calls
        .call(SERVICE, "StartPipelineExecution", request.send())
        .await?;
    Ok(match answer.pipeline_execution_id() {
        Some(id) => format!("execution {} has started", ExecutionId::from(id).short()),
        None => "an execution has started".to_owned(),
    })
}

async fn stop(
    calls: &Calls<'_>,
    pipeline: &PipelineKey,
    execution: &ExecutionId,
    abandon: bool,
    reason: &str,
) -> Result<String, Fault> {
    let reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
    let request = calls
        .clients
        .codepipeline
        .stop_pipeline_execution()
        .pipeline_name(pipeline.name.as_str())
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

async fn retry(
    calls: &Calls<'_>,
    pipeline: &PipelineKey,
    stage: &StageName,
    execution: &ExecutionId,
    mode: RetryMode,
) -> Result<String, Fault> {
    let request = calls
        .clients
        .codepipeline
        .retry_stage_execution()
        .pipeline_name(pipeline.name.as_str())
        .stage_name(stage.as_str())
        .pipeline_execution_id(execution.as_str())
        .retry_mode(match mode {
            RetryMode::FailedActions => types::StageRetryMode::FailedActions,
            RetryMode::AllActions => types::StageRetryMode::AllActions,
        });
    calls
        .call(SERVICE, "RetryStageExecution", request.send())
        .await?;
    Ok(format!("stage {stage} runs again"))
}

async fn open(
    calls: &Calls<'_>,
    pipeline: &PipelineKey,
    stage: &StageName,
) -> Result<String, Fault> {
    let request = calls
        .clients
        .codepipeline
        .enable_stage_transition()
        .pipeline_name(pipeline.name.as_str())
        .stage_name(stage.as_str())
        .transition_type(types::StageTransitionType::Inbound);
    calls
        .call(SERVICE, "EnableStageTransition", request.send())
        .await?;
    Ok(format!("the way into {stage} is open"))
}

async fn close(
    calls: &Calls<'_>,
    pipeline: &PipelineKey,
    stage: &StageName,
    reason: &str,
) -> Result<String, Fault> {
    let request = calls
        .clients
        .codepipeline
        .disable_stage_transition()
        .pipeline_name(pipeline.name.as_str())
        .stage_name(stage.as_str())
        .transition_type(types::StageTransitionType::Inbound)
        .reason(reason);
    calls
        .call(SERVICE, "DisableStageTransition", request.send())
        .await?;
    Ok(format!("the way into {stage} is closed"))
}

/// After a lost answer: what AWS shows now. None while it shows nothing that decides.
pub(super) async fn look_up(
    calls: &Calls<'_>,
    command: &Command,
    sent_at: Timestamp,
) -> Result<Option<Found>, Fault> {
    match command {
        Command::Decide { gate, decision, .. } => look_up_gate(calls, gate, *decision).await,
        Command::ReleaseChange { pipeline, .. } => {
            look_up_release(calls, &pipeline.name, sent_at).await
        }
        Command::StopExecution {
            pipeline,
            execution,
            ..
        } => {
            let execution = codepipeline::execution(calls, &pipeline.name, execution).await?;
            Ok(look_up_stop(&execution))
        }
        Command::RetryStage {
            pipeline,
            stage,
            execution,
            ..
        } => look_up_retry(calls, &pipeline.name, stage, execution, sent_at).await,
        Command::SetTransition {
            pipeline,
            stage,
            enabled,
            ..
        } => {
            let stages = codepipeline::stages(calls, &pipeline.name).await?;
            let applied =
                find(&stages, stage).is_some_and(|stage| stage.transition.enabled == *enabled);
            Ok(Some(found(
                applied,
                if *enabled {
                    "the way in is open"
                } else {
                    "the way in is closed"
                },
                "the way in is as it was",
            )))
        }
        Command::RollbackStage { .. }
        | Command::OverrideCondition { .. }
        | Command::StopBuild { .. }
        | Command::RetryBuild { .. }
        | Command::StopDeployment { .. } => Ok(None),
    }
}

fn found(applied: bool, if_so: &str, if_not: &str) -> Found {
    Found {
        applied,
        message: if applied { if_so } else { if_not }.to_owned(),
    }
}

async fn look_up_gate(
    calls: &Calls<'_>,
    gate: &Gate,
    decision: Decision,
) -> Result<Option<Found>, Fault> {
    let name = &gate.pipeline.name;
    let stages = codepipeline::stages(calls, name).await?;
    let attempts = codepipeline::actions(calls, name, Some(&gate.execution)).await?;
    let still_open = open_gate(&stages, &gate.action).is_some_and(|open| open.token == gate.token)
        || open_attempt(&attempts, &gate.action, Some(&gate.execution))
            .is_some_and(|(open, _)| open.token == gate.token);
    if still_open {
        return Ok(Some(Found {
            applied: false,
            message: "it did not arrive; the gate is still open".to_owned(),
        }));
    }
    let Some(text) = decided(&stages, &attempts, &gate.action, Some(&gate.execution)) else {
        return Ok(None);
    };
    let wanted = match decision {
        Decision::Approve => "approved",
        Decision::Reject => "rejected",
    };
    Ok(Some(Found {
        // The token is closed and the gate was decided as wished: by this request, for all that can be told.
        applied: text.starts_with(wanted),
        message: text,
    }))
}

/// StartPipelineExecution has no key to find it by: a manual start since it was sent is taken for it.
async fn look_up_release(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    sent_at: Timestamp,
) -> Result<Option<Found>, Fault> {
    let executions = codepipeline::executions(calls, pipeline).await?;
    let started = executions.iter().find(|execution| {
        execution.trigger.kind == "StartPipelineExecution"
            && execution
                .started
                .is_some_and(|started| is_since(started, sent_at))
    });
    Ok(Some(match started {
        Some(execution) => Found {
            applied: true,
            message: format!("execution {} has started", execution.id.short()),
        },
        None => Found {
            applied: false,
            message: "no execution was started".to_owned(),
        },
    }))
}

/// Whether something happened after a write was sent, allowing for AWS's clock being a little behind ours.
pub(super) fn is_since(then: Timestamp, sent_at: Timestamp) -> bool {
    then.plus(CLOCK_SKEW) >= sent_at
}

fn look_up_stop(execution: &Execution) -> Option<Found> {
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

async fn look_up_retry(
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
