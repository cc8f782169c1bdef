//! Records as AWS's structures. A member without a value is absent, never null.

use serde_json::{Map, Value, json};

use crate::sim::wire::seconds;
use crate::sim::world::pipelines::actions::summary_of;
use crate::sim::world::pipelines::definition::{ActionDefinition, Definition, Mode};
use crate::sim::world::pipelines::execution::{
    ActionRun, ActionStatus, Execution, Revision, StageStatus,
};
use crate::sim::world::pipelines::machine::{Pipeline, Transition};
use crate::sim::world::pipelines::names::artifact_key;

/// A structure that takes only members which have a value.
#[derive(Default)]
pub struct Structure(Map<String, Value>);

impl Structure {
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    pub fn maybe(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub fn value(self) -> Value {
        Value::Object(self.0)
    }
}

/// A text cut to the number of characters that the model allows it.
fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

pub fn pipeline_summary(definition: &Definition) -> Value {
    json!({
        "name": definition.name,
        "version": definition.version,
        "pipelineType": definition.pipeline_type,
        "executionMode": definition.mode.word(),
        "created": seconds(definition.created),
        "updated": seconds(definition.updated),
    })
}

/// A PipelineDeclaration.
pub fn declaration(definition: &Definition) -> Value {
    let stages: Vec<Value> = definition
        .stages
        .iter()
        .map(|stage| json!({"name": stage.name, "actions": stage.actions.iter().map(action_declaration).collect::<Vec<_>>()}))
        .collect();
    let variables: Vec<Value> = definition
        .variables
        .iter()
        .map(|(name, value)| json!({"name": name, "defaultValue": value}))
        .collect();
    Structure::default()
        .with("name", definition.name.clone())
        .with("roleArn", definition.role_arn.clone())
        .with(
            "artifactStore",
            json!({"type": "S3", "location": definition.artifact_bucket}),
        )
        .with("stages", stages)
        .with("version", definition.version)
        .with("executionMode", definition.mode.word())
        .with("pipelineType", definition.pipeline_type)
        .maybe("variables", (!variables.is_empty()).then_some(variables))
        .value()
}

fn action_type(action: &ActionDefinition) -> Value {
    json!({"category": action.category, "owner": action.owner, "provider": action.provider, "version": "1"})
}

fn action_declaration(action: &ActionDefinition) -> Value {
    let named = |names: &[String]| {
        names
            .iter()
            .map(|name| json!({"name": name}))
            .collect::<Vec<_>>()
    };
    Structure::default()
        .with("name", action.name.clone())
        .with("actionTypeId", action_type(action))
        .with("runOrder", action.run_order)
        .with("configuration", json!(action.configuration))
        .maybe(
            "commands",
            (!action.commands.is_empty()).then(|| action.commands.clone()),
        )
        .with("outputArtifacts", named(&action.outputs))
        .with("inputArtifacts", named(&action.inputs))
        .maybe("namespace", action.namespace.clone())
        .maybe("timeoutInMinutes", action.timeout_minutes)
        .value()
}

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
        .map(|execution| json!({"pipelineExecutionId": execution.id, "status": "InProgress", "type": "STANDARD"}))
        .collect();
    // A SUPERSEDED pipeline has one waiting execution at most; only a QUEUED one lists a queue.
    if definition.mode == Mode::Queued && !waiting.is_empty() {
        state = state.with("inboundExecutions", waiting.clone());
    }
    let latest = slot
        .latest
        .and_then(|latest| pipeline.executions().get(latest));
    let run = latest.and_then(|execution| execution.stages.get(index));
    let retries = run.map_or(0, |run| run.manual_retries);
    state
        .maybe("inboundExecution", waiting.into_iter().next())
        .maybe("latestExecution", latest.map(|execution| stage_execution(execution, run.and_then(|run| run.status))))
        .maybe(
            "retryStageMetadata",
            (retries > 0).then(|| json!({"manualStageRetryAttempt": retries, "latestRetryTrigger": "ManualStageRetry"})),
        )
        .value()
}

fn stage_execution(execution: &Execution, status: Option<StageStatus>) -> Value {
    let status = status.unwrap_or(StageStatus::InProgress);
    json!({"pipelineExecutionId": execution.id, "status": status.word(), "type": "STANDARD"})
}

fn transition(transition: &Transition) -> Value {
    Structure::default()
        .with("enabled", transition.enabled)
        .maybe(
            "lastChangedBy",
            transition.changed.as_ref().map(|(_, by)| by.clone()),
        )
        .maybe(
            "lastChangedAt",
            transition.changed.as_ref().map(|(at, _)| seconds(*at)),
        )
        .maybe("disabledReason", transition.reason.clone())
        .value()
}

fn action_state(
    pipeline: &Pipeline,
    stage: usize,
    index: usize,
    action: &ActionDefinition,
    shown: bool,
) -> Value {
    let latest = pipeline.latest_run(stage, index).filter(|_| shown);
    let revision = latest.and_then(|(execution, run)| {
        let found = revision_of(execution, action).filter(|_| action.category == "Source")?;
        Some((found, run))
    });
    let current = revision.map(|(found, run)| {
        json!({"revisionId": cut(&found.id, 1500), "revisionChangeId": cut(&found.id, 100), "created": seconds(run.updated)})
    });
    Structure::default()
        .with("actionName", action.name.clone())
        .maybe("currentRevision", current)
        .maybe(
            "latestExecution",
            latest.map(|(_, run)| action_execution(action, run)),
        )
        .maybe("entityUrl", entity_url(pipeline.region(), action))
        .maybe(
            "revisionUrl",
            revision.and_then(|(found, _)| found.url.clone()),
        )
        .value()
}

fn revision_of<'a>(execution: &'a Execution, action: &ActionDefinition) -> Option<&'a Revision> {
    execution
        .revisions
        .iter()
        .find(|(name, _)| *name == action.name)
        .map(|(_, revision)| revision)
}

/// An ActionExecution: the last run of an action as GetPipelineState shows it.
fn action_execution(action: &ActionDefinition, run: &ActionRun) -> Value {
    let open = action.is_gate() && run.is_running();
    Structure::default()
        .with("actionExecutionId", run.id.clone())
        .with("status", run.status.word())
        .maybe("summary", summary(run))
        .with("lastStatusChange", seconds(run.updated))
        .maybe("token", run.token.clone().filter(|_| open))
        .maybe("lastUpdatedBy", run.updated_by.clone())
        .maybe("externalExecutionId", run.external_id.clone())
        .maybe("externalExecutionUrl", run.external_url.clone())
        .maybe("errorDetails", error_details(run))
        .value()
}

fn summary(run: &ActionRun) -> Option<String> {
    run.summary
        .as_deref()
        .filter(|text| !text.is_empty())
        .map(|text| cut(text, 2048))
}

fn error_details(run: &ActionRun) -> Option<Value> {
    run.error
        .as_ref()
        .map(|(code, message)| json!({"code": code, "message": cut(message, 5000)}))
}

/// The page of what an action works on.
fn entity_url(region: &str, action: &ActionDefinition) -> Option<String> {
    let console = format!("https://{region}.console.aws.amazon.com");
    let setting = |key| action.setting(key);
    Some(match action.provider.as_str() {
        "CodeCommit" => format!(
            "{console}/codesuite/codecommit/repositories/{}/browse/refs/heads/{}",
            setting("RepositoryName"),
            setting("BranchName")
        ),
        "CodeStarSourceConnection" => format!(
            "https://github.com/{}/tree/{}",
            setting("FullRepositoryId"),
            setting("BranchName")
        ),
        "CodeBuild" => format!(
            "{console}/codesuite/codebuild/projects/{}/view",
            setting("ProjectName")
        ),
        "CodeDeploy" => format!(
            "{console}/codesuite/codedeploy/applications/{}/deployment-groups/{}",
            setting("ApplicationName"),
            setting("DeploymentGroupName")
        ),
        "ECS" => format!(
            "{console}/ecs/v2/clusters/{}/services/{}",
            setting("ClusterName"),
            setting("ServiceName")
        ),
        "Lambda" => format!(
            "{console}/lambda/home?region={region}#/functions/{}",
            setting("FunctionName")
        ),
        "CloudFormation" => format!(
            "{console}/cloudformation/home?region={region}#/stacks?filteringText={}",
            setting("StackName")
        ),
        "Jenkins" => format!("{}/job/{}", setting("ServerURL"), setting("ProjectName")),
        "Manual" => action.configuration.get("ExternalEntityLink").cloned()?,
        _ => return None,
    })
}

fn trigger(execution: &Execution) -> Value {
    json!({"triggerType": execution.trigger.kind, "triggerDetail": cut(&execution.trigger.detail, 1024)})
}

/// A PipelineExecutionSummary.
pub fn execution_summary(pipeline: &Pipeline, execution: &Execution) -> Value {
    let revisions: Vec<Value> = execution
        .revisions
        .iter()
        .map(|(action, revision)| {
            let text = source_action(&pipeline.definition, action).map_or_else(
                || revision.summary.clone(),
                |action| summary_of(action, &revision.summary),
            );
            Structure::default()
                .with("actionName", action.clone())
                .with("revisionId", cut(&revision.id, 1500))
                .maybe(
                    "revisionSummary",
                    (!text.is_empty()).then(|| cut(&text, 2048)),
                )
                .maybe("revisionUrl", revision.url.clone())
                .value()
        })
        .collect();
    Structure::default()
        .with("pipelineExecutionId", execution.id.clone())
        .with("status", execution.status.word())
        .maybe("statusSummary", status_summary(execution))
        .with("startTime", seconds(execution.started))
        .with("lastUpdateTime", seconds(execution.updated))
        .with("sourceRevisions", revisions)
        .with("trigger", trigger(execution))
        .maybe(
            "stopTrigger",
            execution
                .stop_reason
                .as_ref()
                .map(|reason| json!({"reason": reason})),
        )
        .with("executionMode", pipeline.definition.mode.word())
        .with("executionType", "STANDARD")
        .value()
}

fn source_action<'a>(definition: &'a Definition, name: &str) -> Option<&'a ActionDefinition> {
    definition
        .stages
        .iter()
        .flat_map(|stage| &stage.actions)
        .find(|action| action.category == "Source" && action.name == name)
}

fn status_summary(execution: &Execution) -> Option<String> {
    let reason = execution.stop_reason.as_ref()?;
    Some(format!("The execution was stopped: {reason}")).filter(|_| !reason.is_empty())
}

/// A PipelineExecution.
pub fn execution_detail(pipeline: &Pipeline, execution: &Execution) -> Value {
    let artifacts: Vec<Value> = execution
        .revisions
        .iter()
        .filter_map(|(action, revision)| {
            let action = source_action(&pipeline.definition, action)?;
            let text = summary_of(action, &revision.summary);
            let artifact = Structure::default()
                .maybe("name", action.outputs.first().cloned())
                .with("revisionId", cut(&revision.id, 1500))
                .maybe(
                    "revisionSummary",
                    (!text.is_empty()).then(|| cut(&text, 2048)),
                )
                .maybe("revisionUrl", revision.url.clone());
            Some(artifact.value())
        })
        .collect();
    let resolved = pipeline.definition.variables.iter().map(|(name, default)| {
        let given = execution
            .trigger
            .variables
            .iter()
            .find(|(given, _)| given == name);
        json!({"name": name, "resolvedValue": given.map_or(default, |(_, value)| value)})
    });
    let variables: Vec<Value> = resolved.collect();
    Structure::default()
        .with("pipelineName", pipeline.definition.name.clone())
        .with("pipelineVersion", pipeline.definition.version)
        .with("pipelineExecutionId", execution.id.clone())
        .with("status", execution.status.word())
        .maybe("statusSummary", status_summary(execution))
        .with("artifactRevisions", artifacts)
        .maybe("variables", (!variables.is_empty()).then_some(variables))
        .with("trigger", trigger(execution))
        .with("executionMode", pipeline.definition.mode.word())
        .with("executionType", "STANDARD")
        .value()
}

/// An ActionExecutionDetail.
pub fn action_execution_detail(
    pipeline: &Pipeline,
    execution: &Execution,
    run: &ActionRun,
) -> Value {
    let definition = &pipeline.definition;
    let Some(stage) = definition.stages.get(run.stage) else {
        return Value::Null;
    };
    let Some(action) = stage.actions.get(run.action) else {
        return Value::Null;
    };
    let artifacts = |names: &[String]| {
        let located = names.iter().map(|name| {
            let key = artifact_key(&definition.name, name, &execution.id);
            json!({"name": name, "s3location": {"bucket": definition.artifact_bucket, "key": key}})
        });
        located.collect::<Vec<Value>>()
    };
    let input = Structure::default()
        .with("actionTypeId", action_type(action))
        .with("configuration", json!(action.configuration))
        .with("resolvedConfiguration", json!(action.configuration))
        .with("region", pipeline.region())
        .with("inputArtifacts", artifacts(&action.inputs))
        .maybe("namespace", action.namespace.clone());
    let result = Structure::default()
        .maybe("externalExecutionId", run.external_id.clone())
        .maybe("externalExecutionSummary", summary(run))
        .maybe("externalExecutionUrl", run.external_url.clone())
        .maybe("errorDetails", error_details(run));
    let made = if run.status == ActionStatus::Succeeded {
        artifacts(&action.outputs)
    } else {
        Vec::new()
    };
    let output = Structure::default()
        .with("outputArtifacts", made)
        .with("executionResult", result.value())
        .with("outputVariables", output_variables(execution, action, run));
    Structure::default()
        .with("pipelineExecutionId", execution.id.clone())
        .with("actionExecutionId", run.id.clone())
        .with("pipelineVersion", definition.version)
        .with("stageName", stage.name.clone())
        .with("actionName", action.name.clone())
        .with("startTime", seconds(run.started))
        .with("lastUpdateTime", seconds(run.updated))
        .maybe("updatedBy", run.updated_by.clone())
        .with("status", run.status.word())
        .with("input", input.value())
        .with("output", output.value())
        .value()
}

/// What a source action hands on; other actions of the simulated account hand on nothing.
fn output_variables(execution: &Execution, action: &ActionDefinition, run: &ActionRun) -> Value {
    match (revision_of(execution, action), action.source()) {
        (Some(revision), Some((repository, branch))) if !run.is_running() => json!({
            "BranchName": branch,
            "CommitId": revision.id,
            "CommitMessage": revision.summary,
            "RepositoryName": repository,
        }),
        _ => json!({}),
    }
}
