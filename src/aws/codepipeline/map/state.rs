//! GetPipelineState: the stages as they stand.

use aws_sdk_codepipeline::types;

use super::{count, error};
use crate::aws::map::{id, text, time, word};
use crate::model::ids::{ExecutionId, RevisionId};
use crate::model::pipeline::{
    ActionState, ConditionKind, ConditionState, RuleState, StageRetry, StageState, Transition,
};
use crate::model::status::{State, Status};
use crate::model::time::Timestamp;

pub(in crate::aws::codepipeline) fn stage_state(stage: &types::StageState) -> StageState {
    let execution_id = |execution: &types::StageExecution| {
        id::<ExecutionId>(Some(execution.pipeline_execution_id()))
    };
    let latest = stage.latest_execution().and_then(|latest| {
        let state = State::of_pipeline(latest.status().as_str());
        Some((execution_id(latest)?, state))
    });
    let kind = stage
        .latest_execution()
        .and_then(types::StageExecution::r#type);
    let mut inbound: Vec<ExecutionId> = stage
        .inbound_executions()
        .iter()
        .filter_map(execution_id)
        .collect();
    if inbound.is_empty() {
        inbound.extend(stage.inbound_execution().and_then(execution_id));
    }
    let told = [
        (
            ConditionKind::BeforeEntry,
            stage.before_entry_condition_state(),
        ),
        (ConditionKind::OnSuccess, stage.on_success_condition_state()),
        (ConditionKind::OnFailure, stage.on_failure_condition_state()),
    ];
    let told = told.into_iter();
    StageState {
        latest,
        is_rollback: kind == Some(&types::ExecutionType::Rollback),
        inbound,
        transition: stage
            .inbound_transition_state()
            .map(transition)
            .unwrap_or_default(),
        actions: stage.action_states().iter().map(action_state).collect(),
        conditions: told
            .filter_map(|(kind, state)| condition_state(kind, state?))
            .collect(),
        retry: stage.retry_stage_metadata().and_then(retry),
        ..StageState::new(word(stage.stage_name()).into())
    }
}

/// A stage's conditions of one kind, as one: AWS allows one condition of a kind, with up to five rules. None where they
/// were declared and never evaluated.
fn condition_state(
    kind: ConditionKind,
    state: &types::StageConditionState,
) -> Option<ConditionState> {
    let whole = state.latest_execution();
    let each = state.condition_states();
    let executions = each.iter().filter_map(|one| one.latest_execution());
    let said = whole
        .and_then(types::StageConditionsExecution::status)
        .or_else(|| executions.clone().find_map(|one| one.status()))
        .map_or("", types::ConditionExecutionStatus::as_str);
    let summary = whole
        .and_then(|whole| text(whole.summary()))
        .or_else(|| executions.clone().find_map(|one| text(one.summary())));
    let changed = executions.filter_map(|one| time(one.last_status_change()));
    let rules: Vec<RuleState> = each
        .iter()
        .flat_map(types::ConditionState::rule_states)
        .map(rule_state)
        .collect();
    let was_evaluated =
        !said.is_empty() || rules.iter().any(|rule| rule.state.status != Status::NotRun);
    was_evaluated.then(|| {
        let changed: Option<Timestamp> = changed.max();
        ConditionState {
            kind,
            state: State::of_pipeline(said),
            summary,
            changed_at: changed.or_else(|| rules.iter().filter_map(|rule| rule.changed_at).max()),
            rules,
        }
    })
}

fn rule_state(rule: &types::RuleState) -> RuleState {
    let latest = rule.latest_execution();
    let said = latest
        .and_then(types::RuleExecution::status)
        .map_or("", types::RuleExecutionStatus::as_str);
    RuleState {
        name: word(rule.rule_name()).into(),
        state: State::of_pipeline(said),
        summary: latest.and_then(|latest| text(latest.summary())),
        changed_at: latest.and_then(|latest| time(latest.last_status_change())),
        updated_by: latest.and_then(|latest| text(latest.last_updated_by())),
        external_id: latest.and_then(|latest| text(latest.external_execution_id())),
        external_url: latest.and_then(|latest| text(latest.external_execution_url())),
        error: latest.and_then(|latest| error(latest.error_details())),
    }
}

fn retry(metadata: &types::RetryStageMetadata) -> Option<StageRetry> {
    let retry = StageRetry {
        automatic: count(metadata.auto_stage_retry_attempt()),
        manual: count(metadata.manual_stage_retry_attempt()),
        latest_trigger: word(
            metadata
                .latest_retry_trigger()
                .map(types::RetryTrigger::as_str),
        ),
    };
    (retry.automatic > 0 || retry.manual > 0 || !retry.latest_trigger.is_empty()).then_some(retry)
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

    fn condition(word: &str) -> types::StageConditionState {
        let rule = types::RuleState::builder()
            .rule_name("alarms-quiet")
            .latest_execution(
                types::RuleExecution::builder()
                    .status(types::RuleExecutionStatus::Failed)
                    .last_status_change(aws_smithy_types::DateTime::from_secs(7))
                    .build(),
            )
            .build();
        types::StageConditionState::builder()
            .latest_execution(
                types::StageConditionsExecution::builder()
                    .status(types::ConditionExecutionStatus::from(word))
                    .build(),
            )
            .condition_states(types::ConditionState::builder().rule_states(rule).build())
            .build()
    }

    #[test]
    fn a_condition_is_told_with_its_rules_and_one_never_evaluated_is_not() {
        let status = |word| {
            let told = condition_state(ConditionKind::OnSuccess, &condition(word)).unwrap();
            assert_eq!(told.rules[0].name.as_str(), "alarms-quiet");
            assert_eq!(told.changed_at, Some(Timestamp::from_millis(7_000)));
            told.state.status
        };
        assert_eq!(status("Failed"), Status::Failed);
        assert_eq!(status("Errored"), Status::Errored);
        assert_eq!(status("Overridden"), Status::Skipped);
        assert_eq!(status("Pondering"), Status::Unknown);
        let never = types::StageConditionState::builder().build();
        assert_eq!(condition_state(ConditionKind::BeforeEntry, &never), None);
    }

    #[test]
    fn a_rollback_in_a_stage_is_told_apart() {
        let latest = |kind| {
            let latest = types::StageExecution::builder()
                .pipeline_execution_id("e")
                .status(types::StageExecutionStatus::Succeeded)
                .set_type(kind)
                .build()
                .unwrap();
            let stage = types::StageState::builder()
                .latest_execution(latest)
                .build();
            stage_state(&stage).is_rollback
        };
        assert!(latest(Some(types::ExecutionType::Rollback)));
        assert!(!latest(Some(types::ExecutionType::Standard)));
        assert!(!latest(None));
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
