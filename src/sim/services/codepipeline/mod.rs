//! AWS CodePipeline: what the product reads and does there.
//!
//! `read` answers the lists and states, `write` the commands, `shapes`, `states` and `declare` turn records into AWS's
//! structures, `parse` reads the one that a client sends.

mod action_types;
mod declare;
mod judge;
mod parse;
mod read;
mod shapes;
mod states;
mod write;

use serde_json::{Map, Value};

use crate::sim::wire::{Answer, BadToken, Call, Members, Protocol, Service, WireError};
use crate::sim::world::World;
use crate::sim::world::pipelines::Outside;
use crate::sim::world::pipelines::commands::Refusal;
use crate::sim::world::pipelines::machine::Pipeline;

/// The service.
#[derive(Debug)]
pub struct CodePipeline;

const OPERATIONS: [&str; 17] = [
    "ListPipelines",
    "GetPipeline",
    "GetPipelineState",
    "ListPipelineExecutions",
    "GetPipelineExecution",
    "ListActionExecutions",
    "StartPipelineExecution",
    "StopPipelineExecution",
    "RetryStageExecution",
    "PutApprovalResult",
    "EnableStageTransition",
    "DisableStageTransition",
    "RollbackStage",
    "OverrideStageCondition",
    "ListRuleExecutions",
    "ListActionTypes",
    "UpdatePipeline",
];

impl Service for CodePipeline {
    fn signing_name(&self) -> &'static str {
        "codepipeline"
    }

    fn protocols(&self) -> &'static [Protocol] {
        &[Protocol::AwsJson11 {
            target_prefix: "CodePipeline_20150709",
        }]
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn handle(&self, call: &Call<'_>, world: &mut World) -> Answer {
        match call.operation {
            "ListPipelines" => read::list_pipelines(call, world),
            "GetPipeline" => read::get_pipeline(call, world),
            "GetPipelineState" => read::get_pipeline_state(call, world),
            "ListPipelineExecutions" => read::list_pipeline_executions(call, world),
            "GetPipelineExecution" => read::get_pipeline_execution(call, world),
            "ListActionExecutions" => read::list_action_executions(call, world),
            "StartPipelineExecution" => write::start(call, world),
            "StopPipelineExecution" => write::stop(call, world),
            "RetryStageExecution" => write::retry(call, world),
            "PutApprovalResult" => write::approve(call, world),
            "EnableStageTransition" => write::transition(call, world, true),
            "DisableStageTransition" => write::transition(call, world, false),
            "RollbackStage" => write::roll_back(call, world),
            "OverrideStageCondition" => write::override_condition(call, world),
            "ListRuleExecutions" => read::list_rule_executions(call, world),
            "ListActionTypes" => action_types::list(call, world),
            "UpdatePipeline" => write::update(call, world),
            _ => Err(WireError::new("UnknownOperationException", "")),
        }
    }
}

fn members(input: &Map<String, Value>) -> Members<'_> {
    Members::new(input, "ValidationException")
}

/// A required name of a pipeline, stage or action: up to 100 of the letters that AWS allows.
fn name<'a>(members: &Members<'a>, member: &str) -> Result<&'a str, WireError> {
    let name = members.bounded_text(member, 1, 100)?;
    let fits = |letter: char| letter.is_ascii_alphanumeric() || ".@-_".contains(letter);
    if name.chars().all(fits) {
        Ok(name)
    } else {
        let quoted = format!("'{name}'");
        Err(members.breach(
            member,
            &quoted,
            "satisfy regular expression pattern: [A-Za-z0-9.@\\-_]+",
        ))
    }
}

/// A required id in the form of a UUID: of an execution, or an approval's token.
fn uuid<'a>(members: &Members<'a>, member: &str) -> Result<&'a str, WireError> {
    let text = members.text(member)?;
    let groups: Vec<&str> = text.split('-').collect();
    let digits = |group: &str| {
        group
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let fits = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| digits(group));
    if fits {
        Ok(text)
    } else {
        let pattern = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
        Err(members.breach(
            member,
            &format!("'{text}'"),
            &format!("satisfy regular expression pattern: {pattern}"),
        ))
    }
}

/// Hands the named pipeline of the caller's place to `act`.
fn with_pipeline<T>(
    call: &Call<'_>,
    world: &mut World,
    pipeline: &str,
    act: impl FnOnce(&mut Pipeline, &mut Outside<'_>) -> Result<T, WireError>,
) -> Result<T, WireError> {
    let place = world.place_mut(call.account, call.region);
    place
        .with_pipeline(pipeline, call.now, act)
        .unwrap_or_else(|| {
            let message = format!(
                "Account '{}' does not have a pipeline with name '{pipeline}'",
                call.account
            );
            Err(WireError::new("PipelineNotFoundException", message))
        })
}

fn bad_token(_: BadToken) -> WireError {
    WireError::new(
        "InvalidNextTokenException",
        "The next token was specified in an invalid format. Make sure that the next token you provide is the token returned by a previous call.",
    )
}

/// AWS's error for a refused command. `subject` names the execution, stage or action that was meant.
fn refused(refusal: Refusal, pipeline: &str, subject: &str) -> WireError {
    let (code, message) = match refusal {
        Refusal::NoSuchExecution => (
            "PipelineExecutionNotFoundException",
            format!("The pipeline execution was specified in an invalid format, or an execution ID or pipeline version that does not exist was specified: {subject} in {pipeline}"),
        ),
        Refusal::NoSuchStage => ("StageNotFoundException", format!("Pipeline '{pipeline}' does not have a stage named '{subject}'")),
        Refusal::NoSuchAction => ("ActionNotFoundException", format!("Pipeline '{pipeline}' does not have an action named '{subject}'")),
        Refusal::NotStoppable => (
            "PipelineExecutionNotStoppableException",
            format!("The pipeline execution {subject} cannot be stopped because it has already finished"),
        ),
        Refusal::StopAlreadyRequested => (
            "DuplicatedStopRequestException",
            format!("The pipeline execution {subject} is already in a Stopping state. If you already chose to stop and wait, you cannot make that request again. You can choose to stop and abandon now, but be aware that this option can lead to failed tasks or out of sequence tasks. If you already chose to stop and abandon, you cannot make that request again."),
        ),
        Refusal::NotRetryable => (
            "StageNotRetryableException",
            "Unable to retry. The pipeline structure or stage state might have changed while actions awaited retry, or the stage contains no failed actions.".to_owned(),
        ),
        Refusal::NotLatest => (
            "NotLatestPipelineExecutionException",
            "The stage has failed in a later run of the pipeline and the pipelineExecutionId associated with the request is out of date.".to_owned(),
        ),
        Refusal::Busy => ("ConflictException", "Your request cannot be handled because the pipeline is busy handling ongoing activities. Try again later.".to_owned()),
        Refusal::TooManyExecutions => (
            "ConcurrentPipelineExecutionsLimitExceededException",
            format!("The pipeline {pipeline} has reached the limit for concurrent pipeline executions."),
        ),
        Refusal::WrongToken => ("InvalidApprovalTokenException", "The approval request already received a response or has expired.".to_owned()),
        Refusal::NotRollable(why) => (
            "UnableToRollbackStageException",
            format!("Unable to roll back the stage {subject} of the pipeline {pipeline}: {why}."),
        ),
        Refusal::Outdated => (
            "PipelineExecutionOutdatedException",
            "The specified pipeline execution is outdated and cannot be used as a target pipeline execution for rollback.".to_owned(),
        ),
        Refusal::NotOverridable => (
            "ConditionNotOverridableException",
            format!("Unable to override because the condition of the stage {subject} does not allow overrides in its state."),
        ),
        Refusal::AlreadyAnswered => ("ApprovalAlreadyCompletedException", "The approval action has already been approved or rejected.".to_owned()),
    };
    WireError::new(code, message)
}
