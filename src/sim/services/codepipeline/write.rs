//! The operations that do something.

use serde_json::{Value, json};

use super::declare::declaration;
use super::parse::structures;
use super::{members, name, parse, refused, uuid, with_pipeline};
use crate::sim::wire::{Answer, Call, Members, WireError, seconds};
use crate::sim::world::World;
use crate::sim::world::pipelines::commands::{Decision, Refusal, RetryMode, Side};
use crate::sim::world::pipelines::execution::Trigger;
use crate::sim::world::pipelines::machine::Pipeline;
use crate::sim::world::pipelines::rules::ConditionKind;

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
    for variable in structures(&members, "variables", 50)? {
        let named = (
            variable.bounded_text("name", 1, 128)?,
            variable.bounded_text("value", 1, 1000)?,
        );
        trigger
            .variables
            .push((named.0.to_owned(), named.1.to_owned()));
    }
    let mut overrides = Vec::new();
    for revision in structures(&members, "sourceRevisions", 50)? {
        let action = name(&revision, "actionName")?;
        let kind = revision.word("revisionType", &REVISION_TYPES)?;
        let value = revision.bounded_text("revisionValue", 1, 1500)?;
        overrides.push((action, kind));
        trigger
            .overrides
            .entry(action.to_owned())
            .or_default()
            .push((kind, value.to_owned()));
    }
    with_pipeline(call, world, wanted, |pipeline, outside| {
        if let Some(id) = token.and_then(|token| pipeline.started_by(token)) {
            return Ok(json!({"pipelineExecutionId": id}));
        }
        check(pipeline, &trigger)?;
        check_overrides(pipeline, &overrides)?;
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

fn invalid(message: impl Into<String>) -> WireError {
    WireError::new("ValidationException", message)
}

/// Variables must be declared, and those without a default must be given.
fn check(pipeline: &Pipeline, trigger: &Trigger) -> Result<(), WireError> {
    let declared = &pipeline.definition.variables;
    let unknown = trigger
        .variables
        .iter()
        .find(|(given, _)| !declared.iter().any(|known| known.name == *given));
    if let Some((unknown, _)) = unknown {
        return Err(invalid(format!(
            "Pipeline variables that are not declared in the pipeline were specified: [{unknown}]"
        )));
    }
    let missing = declared.iter().find(|known| {
        known.default.is_none()
            && !trigger
                .variables
                .iter()
                .any(|(given, _)| known.name == *given)
    });
    match missing {
        Some(missing) => Err(invalid(format!(
            "Value for the pipeline variable '{}' must be specified because it has no default value",
            missing.name
        ))),
        None => Ok(()),
    }
}

/// Overrides must name source actions, each by the kind of revision that its provider has.
fn check_overrides(pipeline: &Pipeline, overrides: &[(&str, &str)]) -> Result<(), WireError> {
    if pipeline.definition.pipeline_type == "V1" && !overrides.is_empty() {
        return Err(invalid(
            "Source revision overrides are supported for pipelines of type V2 only",
        ));
    }
    let actions = pipeline.definition.stages.iter();
    let actions: Vec<_> = actions.flat_map(|stage| &stage.actions).collect();
    for (name, kind) in overrides {
        let source = actions
            .iter()
            .find(|action| action.category == "Source" && action.name == *name);
        let Some(source) = source else {
            return Err(invalid(format!(
                "Source revision overrides name an action that is not a source action of the pipeline: {name}"
            )));
        };
        let kinds: &[&str] = match source.provider.as_str() {
            "CodeCommit" | "CodeStarSourceConnection" | "GitHub" => &["COMMIT_ID"],
            "ECR" => &["IMAGE_DIGEST"],
            "S3" => &["S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"],
            _ => &[],
        };
        if !kinds.contains(kind) {
            return Err(invalid(format!(
                "The revision type {kind} is not supported for the source action {name} of provider {}",
                source.provider
            )));
        }
    }
    Ok(())
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

pub fn roll_back(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let wanted = name(&members, "pipelineName")?;
    let stage = name(&members, "stageName")?;
    let target = uuid(&members, "targetPipelineExecutionId")?;
    with_pipeline(call, world, wanted, |pipeline, outside| {
        let id = pipeline
            .roll_back(stage, target, call.caller_arn, call.now, outside)
            .map_err(|refusal| {
                let subject = if refusal == Refusal::NoSuchExecution {
                    target
                } else {
                    stage
                };
                refused(refusal, wanted, subject)
            })?;
        Ok(json!({"pipelineExecutionId": id}))
    })
}

pub fn override_condition(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let wanted = name(&members, "pipelineName")?;
    let stage = name(&members, "stageName")?;
    let id = uuid(&members, "pipelineExecutionId")?;
    let kind = match members.word("conditionType", &["BEFORE_ENTRY", "ON_SUCCESS"])? {
        "ON_SUCCESS" => ConditionKind::OnSuccess,
        _ => ConditionKind::BeforeEntry,
    };
    with_pipeline(call, world, wanted, |pipeline, outside| {
        pipeline
            .override_condition(id, stage, kind, call.caller_arn, call.now, outside)
            .map_err(|refusal| refused(refusal, wanted, stage))?;
        Ok(Value::Null)
    })
}

pub fn update(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let declared = members.structure("pipeline")?;
    let wanted = name(&declared, "name")?;
    let definition = parse::definition(&declared, call.region)?;
    // UpdatePipeline has no PipelineNotFoundException of its own.
    let missing = |fault: WireError| match fault.code.as_str() {
        "PipelineNotFoundException" => WireError::new("InvalidStructureException", fault.message),
        _ => fault,
    };
    with_pipeline(call, world, wanted, |pipeline, outside| {
        pipeline.update(definition, call.now, outside);
        Ok(json!({"pipeline": declaration(&pipeline.definition)}))
    })
    .map_err(missing)
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
