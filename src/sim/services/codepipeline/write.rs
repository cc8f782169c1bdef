//! The operations that do something.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{members, name, refused, uuid, with_pipeline};
use crate::sim::wire::{Answer, Call, Members, WireError, seconds};
use crate::sim::world::World;
use crate::sim::world::pipelines::commands::{Decision, Refusal, RetryMode, Side};
use crate::sim::world::pipelines::execution::Trigger;
use crate::sim::world::pipelines::machine::Pipeline;

const REVISION_TYPES: [&str; 4] = [
    "COMMIT_ID",
    "IMAGE_DIGEST",
    "S3_OBJECT_VERSION_ID",
    "S3_OBJECT_KEY",
];

pub fn start(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let wanted = name(&members, "name")?;
    let token = request_token(&members)?;
    let mut trigger = Trigger::new("StartPipelineExecution", call.caller_arn);
    for variable in structures(&members, "variables")? {
        let named = (
            variable.bounded_text("name", 1, 128)?,
            variable.bounded_text("value", 1, 1000)?,
        );
        trigger
            .variables
            .push((named.0.to_owned(), named.1.to_owned()));
    }
    for revision in structures(&members, "sourceRevisions")? {
        let action = name(&revision, "actionName")?;
        revision.word("revisionType", &REVISION_TYPES)?;
        let value = revision.bounded_text("revisionValue", 1, 1500)?;
        trigger
            .overrides
            .insert(action.to_owned(), value.to_owned());
    }
    with_pipeline(call, world, wanted, |pipeline, outside| {
        if let Some(id) = token.and_then(|token| pipeline.started_by(token)) {
            return Ok(json!({"pipelineExecutionId": id}));
        }
        check(pipeline, &trigger)?;
        pipeline
            .check_room()
            .map_err(|refusal| refused(refusal, wanted, ""))?;
        let id = pipeline.start(trigger, call.now, outside);
        if let Some(token) = token {
            pipeline.remember_token(token, &id);
        }
        Ok(json!({"pipelineExecutionId": id}))
    })
}

/// The client's request token: 1 to 128 letters, digits and dashes.
fn request_token<'a>(members: &Members<'a>) -> Result<Option<&'a str>, WireError> {
    let token = members.optional_bounded_text("clientRequestToken", 1, 128)?;
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    match token {
        Some(text) if !text.chars().all(fits) => Err(members.breach(
            "clientRequestToken",
            &format!("'{text}'"),
            "satisfy regular expression pattern: ^[a-zA-Z0-9-]+$",
        )),
        token => Ok(token),
    }
}

/// Variables and overrides must name what the pipeline has.
fn check(pipeline: &Pipeline, trigger: &Trigger) -> Result<(), WireError> {
    let definition = &pipeline.definition;
    if let Some((unknown, _)) = trigger
        .variables
        .iter()
        .find(|(given, _)| !definition.variables.iter().any(|(name, _)| name == given))
    {
        let message = format!(
            "Pipeline variables that are not declared in the pipeline were specified: [{unknown}]"
        );
        return Err(WireError::new("ValidationException", message));
    }
    let sources: BTreeSet<&str> = definition
        .stages
        .iter()
        .flat_map(|stage| &stage.actions)
        .filter(|action| action.category == "Source")
        .map(|action| action.name.as_str())
        .collect();
    if let Some(unknown) = trigger
        .overrides
        .keys()
        .find(|action| !sources.contains(action.as_str()))
    {
        let message = format!(
            "Source revision overrides name an action that is not a source action of the pipeline: {unknown}"
        );
        return Err(WireError::new("ValidationException", message));
    }
    Ok(())
}

/// The structures of a list member.
fn structures<'a>(members: &Members<'a>, list: &str) -> Result<Vec<Members<'a>>, WireError> {
    let items = members.optional_list(list)?.unwrap_or_default();
    if items.len() > 50 {
        return Err(members.breach(list, "'[…]'", "have length less than or equal to 50"));
    }
    let wrong = || WireError::new("SerializationException", "Expected a Structure in the list");
    items
        .iter()
        .map(|item| item.as_object().map(super::members).ok_or_else(wrong))
        .collect()
}

pub fn stop(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let wanted = name(&members, "pipelineName")?;
    let id = uuid(&members, "pipelineExecutionId")?;
    let abandon = members.optional_flag("abandon")?.unwrap_or(false);
    let reason = members
        .optional_bounded_text("reason", 0, 200)?
        .unwrap_or_default();
    with_pipeline(call, world, wanted, |pipeline, outside| {
        pipeline
            .stop(id, abandon, reason, call.now, outside)
            .map_err(|refusal| match refusal {
                // The model gives StopPipelineExecution no error of its own for an unknown execution.
                Refusal::NoSuchExecution => WireError::new(
                    "PipelineExecutionNotStoppableException",
                    format!("No pipeline execution {id} in {wanted}"),
                ),
                other => refused(other, wanted, id),
            })?;
        Ok(json!({"pipelineExecutionId": id}))
    })
}

pub fn retry(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let wanted = name(&members, "pipelineName")?;
    let stage = name(&members, "stageName")?;
    let id = uuid(&members, "pipelineExecutionId")?;
    let mode = match members.word("retryMode", &["FAILED_ACTIONS", "ALL_ACTIONS"])? {
        "ALL_ACTIONS" => RetryMode::AllActions,
        _ => RetryMode::FailedActions,
    };
    with_pipeline(call, world, wanted, |pipeline, outside| {
        pipeline
            .check_room()
            .map_err(|refusal| refused(refusal, wanted, stage))?;
        pipeline
            .retry(id, stage, mode, call.now, outside)
            .map_err(|refusal| match refusal {
                Refusal::NoSuchExecution => WireError::new(
                    "StageNotRetryableException",
                    format!("Unable to retry. No pipeline execution {id} in {wanted}"),
                ),
                other => refused(other, wanted, stage),
            })?;
        Ok(json!({"pipelineExecutionId": id}))
    })
}

pub fn approve(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let wanted = name(&members, "pipelineName")?;
    let (stage, action) = (name(&members, "stageName")?, name(&members, "actionName")?);
    let result = members.structure("result")?;
    let summary = result.bounded_text("summary", 0, 512)?;
    let approved = result.word("status", &["Approved", "Rejected"])? == "Approved";
    let token = uuid(&members, "token")?;
    with_pipeline(call, world, wanted, |pipeline, outside| {
        let decision = Decision {
            approved,
            summary,
            by: call.caller_arn,
        };
        pipeline
            .answer(stage, action, token, decision, call.now, outside)
            .map_err(|refusal| {
                let subject = if refusal == Refusal::NoSuchStage {
                    stage
                } else {
                    action
                };
                refused(refusal, wanted, subject)
            })?;
        Ok(json!({"approvedAt": seconds(call.now)}))
    })
}

pub fn transition(call: &Call<'_>, world: &mut World, enable: bool) -> Answer {
    let members = members(call.input);
    let wanted = name(&members, "pipelineName")?;
    let stage = name(&members, "stageName")?;
    let side = match members.word("transitionType", &["Inbound", "Outbound"])? {
        "Outbound" => Side::Outbound,
        _ => Side::Inbound,
    };
    let reason = if enable {
        None
    } else {
        Some(reason(&members)?)
    };
    with_pipeline(call, world, wanted, |pipeline, outside| {
        pipeline
            .set_transition(stage, side, reason, call.caller_arn, call.now, outside)
            .map_err(|refusal| refused(refusal, wanted, stage))?;
        Ok(Value::Null)
    })
}

/// Why a transition is disabled: 1 to 300 of the few letters that AWS allows.
fn reason<'a>(members: &Members<'a>) -> Result<&'a str, WireError> {
    let reason = members.bounded_text("reason", 1, 300)?;
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "!@ ().*?-".contains(letter);
    if reason.chars().all(fits) {
        return Ok(reason);
    }
    Err(members.breach(
        "reason",
        &format!("'{reason}'"),
        "satisfy regular expression pattern: [a-zA-Z0-9!@ \\(\\)\\.\\*\\?\\-]+",
    ))
}
