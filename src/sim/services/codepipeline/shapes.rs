//! Records as AWS's structures. A member without a value is absent, never null.

use serde_json::{Map, Value, json};

use super::declare::action_type;
use crate::sim::wire::seconds;
use crate::sim::world::pipelines::actions::summary_of;
use crate::sim::world::pipelines::definition::{ActionDefinition, Definition};
use crate::sim::world::pipelines::execution::{ActionRun, ActionStatus, Execution, Revision};
use crate::sim::world::pipelines::machine::{Pipeline, Transition};
use crate::sim::world::pipelines::names::artifact_key;
use crate::sim::world::pipelines::variables::{output_variables, resolve};

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

pub fn transition(transition: &Transition) -> Value {
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

pub fn action_state(
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
        .maybe(
            "entityUrl",
            entity_url(
                action
                    .region
                    .as_deref()
                    .unwrap_or_else(|| pipeline.region()),
                action,
                revision.map(|(found, _)| found),
            ),
        )
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
        .maybe("summary", said(run.summary.as_deref()))
        .with("lastStatusChange", seconds(run.updated))
        .maybe("token", run.token.clone().filter(|_| open))
        .maybe("lastUpdatedBy", run.updated_by.clone())
        .maybe("externalExecutionId", run.external_id.clone())
        .maybe("externalExecutionUrl", run.external_url.clone())
        .maybe("errorDetails", error_details(run.error.as_ref()))
        .maybe("logStreamARN", run.log_stream_arn.clone())
        .value()
}

/// A summary that may be shown: not an empty one, and cut to what the model allows.
pub fn said(summary: Option<&str>) -> Option<String> {
    summary
        .filter(|text| !text.is_empty())
        .map(|text| cut(text, 2048))
}

/// ErrorDetails.
pub fn error_details(error: Option<&(String, String)>) -> Option<Value> {
    error.map(|(code, message)| json!({"code": code, "message": cut(message, 5000)}))
}

/// The page of what an action works on.
fn entity_url(region: &str, action: &ActionDefinition, found: Option<&Revision>) -> Option<String> {
    let console = format!("https://{region}.console.aws.amazon.com");
    let setting = |key| action.setting(key);
    Some(match action.provider.as_str() {
        "CodeCommit" => format!(
            "{console}/codesuite/codecommit/repositories/{}/browse/refs/heads/{}",
            setting("RepositoryName"),
            setting("BranchName")
        ),
        "CodeStarSourceConnection" => format!(
            "{}/{}/{}/{}",
            found.map_or("https://github.com", |found| found.host().1),
            setting("FullRepositoryId"),
            if found.is_some_and(|found| found.host().0 == "Bitbucket") {
                "src"
            } else {
                "tree"
            },
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
        "S3" => format!(
            "{console}/s3/buckets/{}?region={region}",
            action
                .configuration
                .get("BucketName")
                .map_or_else(|| setting("S3Bucket"), String::as_str)
        ),
        "ECR" => format!(
            "{console}/ecr/repositories/private/{}?region={region}",
            setting("RepositoryName")
        ),
        "StepFunctions" => format!(
            "{console}/states/home?region={region}#/statemachines/view/{}",
            setting("StateMachineArn")
        ),
        "BlazeMeter" => format!("https://a.blazemeter.com/app/#/tests/{}", setting("Test")),
        "GhostInspector" => format!(
            "https://app.ghostinspector.com/suites/{}",
            setting("SuiteId")
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
pub fn execution_summary(execution: &Execution) -> Value {
    let revisions: Vec<Value> = execution
        .revisions
        .iter()
        .map(|(action, revision)| {
            let text = source_action(execution, action).map_or_else(
                || revision.summary.clone(),
                |action| summary_of(action, revision),
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
        .with("executionMode", execution.mode.word())
        .with("executionType", execution.kind())
        .maybe("rollbackMetadata", rollback(execution))
        .value()
}

fn source_action<'a>(execution: &'a Execution, name: &str) -> Option<&'a ActionDefinition> {
    execution
        .structure
        .iter()
        .flat_map(|stage| &stage.actions)
        .find(|action| action.category == "Source" && action.name == name)
}

/// PipelineRollbackMetadata.
fn rollback(execution: &Execution) -> Option<Value> {
    let target = execution.rollback_of.as_ref()?;
    Some(json!({"rollbackTargetPipelineExecutionId": target}))
}

fn status_summary(execution: &Execution) -> Option<String> {
    if let Some(summary) = &execution.summary {
        return Some(summary.clone());
    }
    let reason = execution.stop_reason.as_ref()?;
    Some(format!("The execution was stopped: {reason}")).filter(|_| !reason.is_empty())
}

/// A PipelineExecution.
pub fn execution_detail(pipeline: &Pipeline, execution: &Execution) -> Value {
    let artifacts: Vec<Value> = execution
        .revisions
        .iter()
        .filter_map(|(action, revision)| {
            let action = source_action(execution, action)?;
            let text = summary_of(action, revision);
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
    let resolved = execution
        .variables
        .iter()
        .map(|(name, value)| json!({"name": name, "resolvedValue": value}));
    let variables: Vec<Value> = resolved.collect();
    Structure::default()
        .with("pipelineName", pipeline.definition.name.clone())
        .with("pipelineVersion", execution.version)
        .with("pipelineExecutionId", execution.id.clone())
        .with("status", execution.status.word())
        .maybe("statusSummary", status_summary(execution))
        .with("artifactRevisions", artifacts)
        .maybe("variables", (!variables.is_empty()).then_some(variables))
        .with("trigger", trigger(execution))
        .with("executionMode", execution.mode.word())
        .with("executionType", execution.kind())
        .maybe("rollbackMetadata", rollback(execution))
        .value()
}

/// An ActionExecutionDetail.
pub fn action_execution_detail(
    pipeline: &Pipeline,
    execution: &Execution,
    run: &ActionRun,
) -> Value {
    let definition = &pipeline.definition;
    let Some(stage) = execution.structure.get(run.stage) else {
        return Value::Null;
    };
    let Some(action) = stage.actions.get(run.action) else {
        return Value::Null;
    };
    let region = action.region.as_deref();
    let region = region.unwrap_or_else(|| pipeline.region());
    let bucket = definition
        .regional_buckets
        .get(region)
        .unwrap_or(&definition.artifact_bucket);
    let artifacts = |names: &[String], kept_under: &str| {
        let located = names.iter().map(|name| {
            let key = artifact_key(&definition.name, name, kept_under);
            json!({"name": name, "s3location": {"bucket": bucket, "key": key}})
        });
        located.collect::<Vec<Value>>()
    };
    let resolved: Map<String, Value> = action
        .configuration
        .iter()
        .map(|(key, value)| (key.clone(), Value::from(resolve(value, execution))))
        .collect();
    let input = Structure::default()
        .with("actionTypeId", action_type(action))
        .with("configuration", json!(action.configuration))
        .with("resolvedConfiguration", resolved)
        .maybe("roleArn", action.role_arn.clone())
        .with("region", region)
        .with(
            "inputArtifacts",
            artifacts(&action.inputs, execution.artifact_execution()),
        )
        .maybe("namespace", action.namespace.clone());
    let result = Structure::default()
        .maybe("externalExecutionId", run.external_id.clone())
        .maybe("externalExecutionSummary", said(run.summary.as_deref()))
        .maybe("externalExecutionUrl", run.external_url.clone())
        .maybe("errorDetails", error_details(run.error.as_ref()))
        .maybe("logStreamARN", run.log_stream_arn.clone());
    let made = if run.status == ActionStatus::Succeeded {
        artifacts(&action.outputs, &execution.id)
    } else {
        Vec::new()
    };
    let output = Structure::default()
        .with("outputArtifacts", made)
        .with("executionResult", result.value())
        .with(
            "outputVariables",
            json!(output_variables(execution, action, run)),
        );
    Structure::default()
        .with("pipelineExecutionId", execution.id.clone())
        .with("actionExecutionId", run.id.clone())
        .with("pipelineVersion", execution.version)
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
