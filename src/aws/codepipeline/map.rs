//! CodePipeline's answers as the model's records. Pure; the SDK's types end here.

use aws_sdk_codepipeline::types;

use crate::aws::map::{id, sorted, text, time, word};
use crate::engine::source::PipelineListed;
use crate::model::ids::{ActionKey, ActionName, ExecutionId, Region, RevisionId};
use crate::model::pipeline::{
    ActionCategory, ActionDeclaration, ActionError, ActionExecution, ActionState, Definition,
    Execution, ExecutionMode, SourceRevision, StageDeclaration, StageState, Transition, Trigger,
};
use crate::model::status::{State, Status};

pub(super) fn listed(summary: &types::PipelineSummary) -> Option<PipelineListed> {
    Some(PipelineListed {
        name: id(summary.name())?,
        version: count(summary.version()),
        updated: time(summary.updated()).or_else(|| time(summary.created())),
    })
}

pub(super) fn definition(
    pipeline: &types::PipelineDeclaration,
    metadata: Option<&types::PipelineMetadata>,
) -> Definition {
    let stages = pipeline.stages().iter().map(stage_declaration).collect();
    Definition {
        arn: word(metadata.and_then(types::PipelineMetadata::pipeline_arn)),
        pipeline_type: word(pipeline.pipeline_type().map(types::PipelineType::as_str)),
        role_arn: pipeline.role_arn().to_owned(),
        ..Definition::new(
            count(pipeline.version()),
            mode(pipeline.execution_mode()),
            stages,
        )
    }
}

fn stage_declaration(stage: &types::StageDeclaration) -> StageDeclaration {
    let actions = stage.actions().iter().map(action_declaration).collect();
    StageDeclaration::new(stage.name().into(), actions)
}

fn action_declaration(action: &types::ActionDeclaration) -> ActionDeclaration {
    let kind = action.action_type_id();
    let mut configuration = sorted(action.configuration());
    // Since 2024 a member of the action beside its configuration; the Board reads it as the configuration's.
    if let Some(minutes) = action.timeout_in_minutes() {
        configuration.insert("timeoutInMinutes".to_owned(), minutes.to_string());
    }
    let inputs = action.input_artifacts().iter();
    let outputs = action.output_artifacts().iter();
    ActionDeclaration {
        name: action.name().into(),
        category: ActionCategory::of(kind.map_or("", |kind| kind.category().as_str())),
        owner: word(kind.map(|kind| kind.owner().as_str())),
        provider: word(kind.map(types::ActionTypeId::provider)),
        run_order: u32::try_from(action.run_order().unwrap_or(1)).unwrap_or(1),
        configuration,
        input_artifacts: inputs.map(|artifact| artifact.name().to_owned()).collect(),
        output_artifacts: outputs.map(|artifact| artifact.name().to_owned()).collect(),
        commands: action.commands().to_vec(),
        namespace: text(action.namespace()),
        output_variables: action.output_variables().to_vec(),
        region: id::<Region>(action.region()),
        role_arn: text(action.role_arn()),
    }
}

pub(super) fn stage_state(stage: &types::StageState) -> StageState {
    let execution_id = |execution: &types::StageExecution| {
        id::<ExecutionId>(Some(execution.pipeline_execution_id()))
    };
    let latest = stage.latest_execution().and_then(|latest| {
        let state = State::of_pipeline(latest.status().as_str());
        Some((execution_id(latest)?, state))
    });
    let mut inbound: Vec<ExecutionId> = stage
        .inbound_executions()
        .iter()
        .filter_map(execution_id)
        .collect();
    if inbound.is_empty() {
        inbound.extend(stage.inbound_execution().and_then(execution_id));
    }
    StageState {
        latest,
        inbound,
        transition: stage
            .inbound_transition_state()
            .map(transition)
            .unwrap_or_default(),
        actions: stage.action_states().iter().map(action_state).collect(),
        ..StageState::new(word(stage.stage_name()).into())
    }
}

fn transition(state: &types::TransitionState) -> Transition {
    Transition {
        enabled: state.enabled(),
        changed_by: text(state.last_changed_by()),
        changed_at: time(state.last_changed_at()),
        reason: text(state.disabled_reason()),
    }
}

fn action_state(action: &types::ActionState) -> ActionState {
    let latest = action.latest_execution();
    let token = latest.and_then(|latest| id(latest.token()));
    ActionState {
        name: word(action.action_name()).into(),
        state: latest.map_or_else(State::not_run, |latest| {
            let said = latest
                .status()
                .map_or("", types::ActionExecutionStatus::as_str);
            // An open gate holds a token, and may have no status yet (AWS CLI reference, get-pipeline-state).
            if token.is_some() && matches!(said, "" | "InProgress") {
                State::new(Status::Waiting, said)
            } else {
                State::of_pipeline(said)
            }
        }),
        execution_id: latest.and_then(|latest| id(latest.action_execution_id())),
        summary: latest.and_then(|latest| text(latest.summary())),
        changed_at: latest.and_then(|latest| time(latest.last_status_change())),
        token,
        updated_by: latest.and_then(|latest| text(latest.last_updated_by())),
        external_id: latest.and_then(|latest| text(latest.external_execution_id())),
        external_url: latest.and_then(|latest| text(latest.external_execution_url())),
        percent_complete: latest
            .and_then(types::ActionExecution::percent_complete)
            .and_then(|percent| u32::try_from(percent).ok()),
        error: latest.and_then(|latest| error(latest.error_details())),
        revision: action
            .current_revision()
            .and_then(|revision| id::<RevisionId>(Some(revision.revision_id()))),
        entity_url: text(action.entity_url()),
        revision_url: text(action.revision_url()),
    }
}

pub(super) fn execution(summary: &types::PipelineExecutionSummary) -> Option<Execution> {
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
pub(super) fn one_execution(execution: &types::PipelineExecution) -> Option<Execution> {
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

fn mode(mode: Option<&types::ExecutionMode>) -> ExecutionMode {
    ExecutionMode::of(mode.map_or("", types::ExecutionMode::as_str))
}

pub(super) fn action_execution(detail: &types::ActionExecutionDetail) -> Option<ActionExecution> {
    let input = detail.input();
    let kind = input.and_then(types::ActionExecutionInput::action_type_id);
    let category = ActionCategory::of(kind.map_or("", |kind| kind.category().as_str()));
    let said = detail
        .status()
        .map_or("", types::ActionExecutionStatus::as_str);
    let result = detail
        .output()
        .and_then(types::ActionExecutionOutput::execution_result);
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
        output_variables: sorted(
            detail
                .output()
                .and_then(types::ActionExecutionOutput::output_variables),
        ),
        ..ActionExecution::new(
            id(detail.pipeline_execution_id())?,
            key,
            word(detail.action_execution_id()).into(),
            state,
        )
    })
}

fn error(details: Option<&types::ErrorDetails>) -> Option<ActionError> {
    let details = details?;
    let error = ActionError {
        code: word(details.code()),
        message: word(details.message()),
    };
    (!error.code.is_empty() || !error.message.is_empty()).then_some(error)
}

fn count(number: Option<i32>) -> u32 {
    number
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latest(token: Option<&str>, status: Option<&str>) -> types::ActionState {
        let latest = types::ActionExecution::builder()
            .set_token(token.map(str::to_owned))
            .set_status(status.map(types::ActionExecutionStatus::from))
            .build();
        types::ActionState::builder()
            .action_name("Approve")
            .latest_execution(latest)
            .build()
    }

    #[test]
    fn a_gate_waits_while_it_holds_a_token_and_nobody_has_decided() {
        let status = |token, status| action_state(&latest(token, status)).state.status;
        assert_eq!(status(Some("t"), None), Status::Waiting);
        assert_eq!(status(Some("t"), Some("InProgress")), Status::Waiting);
        assert_eq!(status(Some("t"), Some("Succeeded")), Status::Succeeded);
        assert_eq!(status(Some("t"), Some("Failed")), Status::Failed);
        assert_eq!(status(None, Some("InProgress")), Status::Running);
        assert_eq!(status(None, Some("Pondering")), Status::Unknown);
    }

    #[test]
    fn a_way_nobody_tells_of_is_open() {
        let stage = types::StageState::builder().stage_name("Prod").build();
        assert!(stage_state(&stage).transition.enabled);
    }

    #[test]
    fn the_queue_of_a_stage_is_the_list_where_there_is_one() {
        let waiting = |name: &str| {
            types::StageExecution::builder()
                .pipeline_execution_id(name)
                .status(types::StageExecutionStatus::InProgress)
                .build()
                .unwrap()
        };
        let one = types::StageState::builder()
            .inbound_execution(waiting("a"))
            .build();
        assert_eq!(stage_state(&one).inbound, [ExecutionId::from("a")]);
        let queue = types::StageState::builder()
            .inbound_execution(waiting("a"))
            .inbound_executions(waiting("a"))
            .inbound_executions(waiting("b"))
            .build();
        assert_eq!(
            stage_state(&queue).inbound,
            [ExecutionId::from("a"), ExecutionId::from("b")]
        );
    }
}
