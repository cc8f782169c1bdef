//! ListPipelineExecutions, GetPipelineExecution, ListActionExecutions and ListRuleExecutions: what ran.

use aws_sdk_codepipeline::types;

use super::definition::elsewhere;
use super::{error, mode};
use crate::aws::map::{id, sorted, text, time, word};
use crate::model::ids::{ActionKey, ActionName, ExecutionId, Region};
use crate::model::pipeline::{
    ActionCategory, ActionExecution, ArtifactLocation, Execution, RuleExecution, SourceRevision,
    Trigger,
};
use crate::model::status::{State, Status};

pub(in crate::aws::codepipeline) fn execution(
    summary: &types::PipelineExecutionSummary,
) -> Option<Execution> {
    let status = summary.status();
    Some(Execution {
        id: id(summary.pipeline_execution_id())?,
        state: State::of_pipeline(status.map_or("", types::PipelineExecutionStatus::as_str)),
        status_summary: text(summary.status_summary()),
        started: time(summary.start_time()),
        updated: time(summary.last_update_time()),
        revisions: summary
            .source_revisions()
            .iter()
            .map(source_revision)
            .collect(),
        trigger: trigger(summary.trigger()),
        stop_reason: summary.stop_trigger().and_then(|stop| text(stop.reason())),
        mode: mode(summary.execution_mode()),
        rollback_of: rollback(summary.rollback_metadata()),
        variables: Vec::new(),
    })
}

/// GetPipelineExecution: no times, and artifacts where the listing names source actions.
pub(in crate::aws::codepipeline) fn one_execution(
    execution: &types::PipelineExecution,
) -> Option<Execution> {
    let status = execution.status();
    Some(Execution {
        id: id(execution.pipeline_execution_id())?,
        state: State::of_pipeline(status.map_or("", types::PipelineExecutionStatus::as_str)),
        status_summary: text(execution.status_summary()),
        started: None,
        updated: None,
        revisions: execution
            .artifact_revisions()
            .iter()
            .map(|artifact| SourceRevision {
                action: word(artifact.name()).into(),
                id: word(artifact.revision_id()).into(),
                summary: word(artifact.revision_summary()),
                url: text(artifact.revision_url()),
            })
            .collect(),
        trigger: trigger(execution.trigger()),
        stop_reason: None,
        mode: mode(execution.execution_mode()),
        rollback_of: rollback(execution.rollback_metadata()),
        variables: execution
            .variables()
            .iter()
            .map(|variable| (word(variable.name()), word(variable.resolved_value())))
            .collect(),
    })
}

fn source_revision(revision: &types::SourceRevision) -> SourceRevision {
    SourceRevision {
        action: ActionName::from(revision.action_name()),
        id: word(revision.revision_id()).into(),
        summary: word(revision.revision_summary()),
        url: text(revision.revision_url()),
    }
}

fn trigger(trigger: Option<&types::ExecutionTrigger>) -> Trigger {
    Trigger {
        kind: word(
            trigger
                .and_then(types::ExecutionTrigger::trigger_type)
                .map(types::TriggerType::as_str),
        ),
        detail: word(trigger.and_then(types::ExecutionTrigger::trigger_detail)),
    }
}

fn rollback(metadata: Option<&types::PipelineRollbackMetadata>) -> Option<ExecutionId> {
    id(metadata?.rollback_target_pipeline_execution_id())
}

/// An attempt in a pipeline that lives in the region `home`: ListActionExecutions names every action's region.
pub(in crate::aws::codepipeline) fn action_execution(
    detail: &types::ActionExecutionDetail,
    home: &Region,
) -> Option<ActionExecution> {
    let input = detail.input();
    let kind = input.and_then(types::ActionExecutionInput::action_type_id);
    let category = ActionCategory::of(kind.map_or("", |kind| kind.category().as_str()));
    let said = detail
        .status()
        .map_or("", types::ActionExecutionStatus::as_str);
    let output = detail.output();
    let result = output.and_then(types::ActionExecutionOutput::execution_result);
    let configuration = input.and_then(|input| {
        input
            .resolved_configuration()
            .or_else(|| input.configuration())
    });
    let key = ActionKey {
        stage: word(detail.stage_name()).into(),
        action: word(detail.action_name()).into(),
    };
    // An approval under way is a gate; in PARALLEL mode this is the only place that tells of it.
    let state = if category == ActionCategory::Approval && matches!(said, "" | "InProgress") {
        State::new(Status::Waiting, said)
    } else {
        State::of_pipeline(said)
    };
    Some(ActionExecution {
        category,
        provider: word(kind.map(types::ActionTypeId::provider)),
        started: time(detail.start_time()),
        updated: time(detail.last_update_time()),
        updated_by: text(detail.updated_by()),
        external_id: result.and_then(|result| text(result.external_execution_id())),
        external_url: result.and_then(|result| text(result.external_execution_url())),
        external_summary: result.and_then(|result| text(result.external_execution_summary())),
        error: result.and_then(|result| error(result.error_details())),
        configuration: sorted(configuration),
        output_variables: sorted(output.and_then(types::ActionExecutionOutput::output_variables)),
        input_artifacts: artifacts(input.map(types::ActionExecutionInput::input_artifacts)),
        output_artifacts: artifacts(output.map(types::ActionExecutionOutput::output_artifacts)),
        region: elsewhere(input.and_then(types::ActionExecutionInput::region), home),
        role_arn: input.and_then(|input| text(input.role_arn())),
        log_stream_arn: result.and_then(|result| text(result.log_stream_arn())),
        ..ActionExecution::new(
            id(detail.pipeline_execution_id())?,
            key,
            word(detail.action_execution_id()).into(),
            state,
        )
    })
}

/// Those that lie somewhere: an action that took none, or has not given any yet, tells names alone.
fn artifacts(details: Option<&[types::ArtifactDetail]>) -> Vec<ArtifactLocation> {
    let details = details.unwrap_or_default().iter();
    details
        .filter_map(|detail| {
            let location = detail.s3_location()?;
            Some(ArtifactLocation {
                name: word(detail.name()),
                bucket: text(location.bucket())?,
                key: text(location.key())?,
            })
        })
        .collect()
}

pub(in crate::aws::codepipeline) fn rule_execution(
    detail: &types::RuleExecutionDetail,
) -> Option<RuleExecution> {
    let input = detail.input();
    let result = detail
        .output()
        .and_then(types::RuleExecutionOutput::execution_result);
    let configuration = input.and_then(|input| {
        input
            .resolved_configuration()
            .or_else(|| input.configuration())
    });
    let said = detail
        .status()
        .map_or("", types::RuleExecutionStatus::as_str);
    let kind = input.and_then(types::RuleExecutionInput::rule_type_id);
    Some(RuleExecution {
        execution: id(detail.pipeline_execution_id())?,
        stage: word(detail.stage_name()).into(),
        rule: word(detail.rule_name()).into(),
        id: word(detail.rule_execution_id()),
        state: State::of_pipeline(said),
        started: time(detail.start_time()),
        updated: time(detail.last_update_time()),
        updated_by: text(detail.updated_by()),
        provider: word(kind.map(types::RuleTypeId::provider)),
        configuration: sorted(configuration),
        external_id: result.and_then(|result| text(result.external_execution_id())),
        external_url: result.and_then(|result| text(result.external_execution_url())),
        external_summary: result.and_then(|result| text(result.external_execution_summary())),
        error: result.and_then(|result| error(result.error_details())),
    })
}
