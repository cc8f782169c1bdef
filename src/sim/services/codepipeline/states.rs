//! The state of a stage as GetPipelineState tells it, its conditions and their rules with it.

use serde_json::{Value, json};

use super::declare::rule_type;
use super::shapes::{Structure, action_state, error_details, said, transition};
use crate::sim::wire::seconds;
use crate::sim::world::pipelines::definition::Mode;
use crate::sim::world::pipelines::execution::{
    ConditionRun, Execution, RuleRun, StageRun, StageStatus,
};
use crate::sim::world::pipelines::machine::Pipeline;
use crate::sim::world::pipelines::rules::{ConditionKind, Rule};
use crate::sim::world::pipelines::variables::resolve;

const CONDITIONS: [(&str, ConditionKind); 3] = [
    ("beforeEntryConditionState", ConditionKind::BeforeEntry),
    ("onSuccessConditionState", ConditionKind::OnSuccess),
    ("onFailureConditionState", ConditionKind::OnFailure),
];

/// A StageState. In a PARALLEL pipeline stages show no execution at all.
pub fn stage_state(pipeline: &Pipeline, index: usize) -> Value {
    let definition = &pipeline.definition;
    let (Some(stage), Some(slot)) = (definition.stages.get(index), pipeline.slots().get(index))
    else {
        return Value::Null;
    };
    let shown = definition.mode != Mode::Parallel;
    let actions: Vec<Value> = stage
        .actions
        .iter()
        .enumerate()
        .map(|(at, action)| action_state(pipeline, index, at, action, shown))
        .collect();
    let mut state = Structure::default()
        .with("stageName", stage.name.clone())
        .with("actionStates", actions);
    if index > 0 {
        state = state.with("inboundTransitionState", transition(&slot.inbound));
    }
    if !shown {
        return state.value();
    }
    let waiting: Vec<Value> = pipeline
        .waiting(index)
        .into_iter()
        .map(|execution| stage_execution(execution, None))
        .collect();
    // A SUPERSEDED pipeline has one waiting execution at most; only a QUEUED one lists a queue.
    if definition.mode == Mode::Queued && !waiting.is_empty() {
        state = state.with("inboundExecutions", waiting.clone());
    }
    let latest = slot
        .latest
        .and_then(|latest| pipeline.executions().get(latest));
    // The execution may be of an older version, in which the stage stood elsewhere.
    let seen = latest.and_then(|execution| {
        let at = execution.structure.iter();
        let at = at.clone().position(|known| known.name == stage.name)?;
        Some((execution, at))
    });
    let run = seen.and_then(|(execution, at)| execution.stages.get(at));
    for (member, kind) in CONDITIONS {
        let told = seen.and_then(|(execution, at)| condition_state(execution, at, kind));
        state = state.maybe(member, told);
    }
    state
        .maybe("inboundExecution", waiting.into_iter().next())
        .maybe(
            "latestExecution",
            latest.map(|execution| stage_execution(execution, run.and_then(|run| run.status))),
        )
        .maybe("retryStageMetadata", run.and_then(retries))
        .value()
}

fn stage_execution(execution: &Execution, status: Option<StageStatus>) -> Value {
    let status = status.unwrap_or(StageStatus::InProgress);
    json!({"pipelineExecutionId": execution.id, "status": status.word(), "type": execution.kind()})
}

fn retries(run: &StageRun) -> Option<Value> {
    let some = |count: u32| (count > 0).then_some(count);
    let told = Structure::default()
        .maybe("autoStageRetryAttempt", some(run.automatic_retries))
        .maybe("manualStageRetryAttempt", some(run.manual_retries))
        .with("latestRetryTrigger", run.last_retry?);
    Some(told.value())
}

/// A StageConditionState: what came of the stage's condition in its latest execution.
fn condition_state(execution: &Execution, stage: usize, kind: ConditionKind) -> Option<Value> {
    let rules = &execution.structure.get(stage)?.condition(kind)?.rules;
    let run = execution.condition(stage, kind)?;
    let states: Vec<Value> = rules
        .iter()
        .zip(&run.rules)
        .map(|(rule, run)| rule_state(rule, run))
        .collect();
    let summary = |structure: Structure| structure.maybe("summary", run.summary.clone());
    let whole = summary(Structure::default().with("status", run.status.word()));
    let one = summary(
        Structure::default()
            .with("status", run.status.word())
            .with("lastStatusChange", seconds(run.changed)),
    );
    Some(json!({
        "latestExecution": whole.value(),
        "conditionStates": [{"latestExecution": one.value(), "ruleStates": states}],
    }))
}

fn rule_state(rule: &Rule, run: &RuleRun) -> Value {
    let latest = Structure::default()
        .with("ruleExecutionId", run.id.clone())
        .with("status", run.status.word())
        .maybe("summary", said(run.summary.as_deref()))
        .with("lastStatusChange", seconds(run.updated))
        .maybe("lastUpdatedBy", run.updated_by.clone())
        .maybe("externalExecutionId", run.external_id.clone())
        .maybe("externalExecutionUrl", run.external_url.clone())
        .maybe("errorDetails", error_details(run.error.as_ref()));
    json!({"ruleName": rule.name, "latestExecution": latest.value()})
}

/// A RuleExecutionDetail.
pub fn rule_execution_detail(
    pipeline: &Pipeline,
    execution: &Execution,
    condition: &ConditionRun,
    (rule, run): (&Rule, &RuleRun),
) -> Value {
    let stage = execution.structure.get(condition.stage);
    let resolved: serde_json::Map<String, Value> = rule
        .configuration
        .iter()
        .map(|(key, value)| (key.clone(), Value::from(resolve(value, execution))))
        .collect();
    let input = Structure::default()
        .with("ruleTypeId", rule_type(rule))
        .with("configuration", json!(rule.configuration))
        .with("resolvedConfiguration", resolved)
        .maybe("roleArn", rule.role_arn.clone())
        .with(
            "region",
            rule.region.as_deref().unwrap_or_else(|| pipeline.region()),
        )
        .with("inputArtifacts", Vec::<Value>::new());
    let result = Structure::default()
        .maybe("externalExecutionId", run.external_id.clone())
        .maybe("externalExecutionSummary", said(run.summary.as_deref()))
        .maybe("externalExecutionUrl", run.external_url.clone())
        .maybe("errorDetails", error_details(run.error.as_ref()));
    Structure::default()
        .with("pipelineExecutionId", execution.id.clone())
        .with("ruleExecutionId", run.id.clone())
        .with("pipelineVersion", execution.version)
        .with("stageName", stage.map_or("", |stage| stage.name.as_str()))
        .with("ruleName", rule.name.clone())
        .with("startTime", seconds(run.started))
        .with("lastUpdateTime", seconds(run.updated))
        .maybe("updatedBy", run.updated_by.clone())
        .with("status", run.status.word())
        .with("input", input.value())
        .with("output", json!({"executionResult": result.value()}))
        .value()
}
