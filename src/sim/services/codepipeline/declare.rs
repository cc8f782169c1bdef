//! A pipeline's structure as AWS declares it: written for GetPipeline, read and judged for UpdatePipeline.

use serde_json::{Map, Value, json};

use super::shapes::Structure;
use crate::sim::world::pipelines::definition::{ActionDefinition, Definition, StageDefinition};
use crate::sim::world::pipelines::rules::{Condition, Consequence, OnFailure, Rule};

/// A PipelineDeclaration.
pub fn declaration(definition: &Definition) -> Value {
    let stages: Vec<Value> = definition.stages.iter().map(stage_declaration).collect();
    let variables: Vec<Value> = definition
        .variables
        .iter()
        .map(|variable| {
            Structure::default()
                .with("name", variable.name.clone())
                .maybe("defaultValue", variable.default.clone())
                .maybe("description", variable.description.clone())
                .value()
        })
        .collect();
    let (member, stores) = stores(definition);
    Structure::default()
        .with("name", definition.name.clone())
        .with("roleArn", definition.role_arn.clone())
        .with(member, stores)
        .with("stages", stages)
        .with("version", definition.version)
        .with("executionMode", definition.mode.word())
        .with("pipelineType", definition.pipeline_type)
        .maybe("variables", filled(variables))
        .maybe("triggers", filled(definition.triggers.clone()))
        .value()
}

fn filled<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// One artifactStore, or artifactStores by region where actions run in several.
fn stores(definition: &Definition) -> (&'static str, Value) {
    let store = |bucket: &str| {
        let key = definition.encryption_key.as_ref();
        Structure::default()
            .with("type", "S3")
            .with("location", bucket)
            .maybe(
                "encryptionKey",
                key.map(|id| json!({"id": id, "type": "KMS"})),
            )
            .value()
    };
    if definition.regional_buckets.is_empty() {
        return ("artifactStore", store(&definition.artifact_bucket));
    }
    let stores: Map<String, Value> = definition
        .regional_buckets
        .iter()
        .map(|(region, bucket)| (region.clone(), store(bucket)))
        .collect();
    ("artifactStores", Value::Object(stores))
}

fn stage_declaration(stage: &StageDefinition) -> Value {
    let conditions = |condition: &Option<Condition>| {
        condition
            .as_ref()
            .map(|one| json!({"conditions": [condition_declaration(one)]}))
    };
    let actions: Vec<Value> = stage.actions.iter().map(action_declaration).collect();
    Structure::default()
        .with("name", stage.name.clone())
        .with("actions", actions)
        .maybe("beforeEntry", conditions(&stage.before_entry))
        .maybe("onSuccess", conditions(&stage.on_success))
        .maybe(
            "onFailure",
            stage.on_failure.as_ref().map(failure_declaration),
        )
        .value()
}

fn failure_declaration(handling: &OnFailure) -> Value {
    let retry = handling.retry;
    let condition = handling.condition.as_ref();
    Structure::default()
        .maybe("result", handling.result.map(Consequence::word))
        .maybe(
            "retryConfiguration",
            retry.map(|mode| json!({"retryMode": mode.word()})),
        )
        .maybe(
            "conditions",
            condition.map(|condition| vec![condition_declaration(condition)]),
        )
        .value()
}

fn condition_declaration(condition: &Condition) -> Value {
    let rules: Vec<Value> = condition.rules.iter().map(rule_declaration).collect();
    json!({"result": condition.result.word(), "rules": rules})
}

fn named(names: &[String]) -> Vec<Value> {
    names.iter().map(|name| json!({"name": name})).collect()
}

/// A RuleTypeId.
pub fn rule_type(rule: &Rule) -> Value {
    json!({"category": "Rule", "owner": "AWS", "provider": rule.provider, "version": "1"})
}

fn rule_declaration(rule: &Rule) -> Value {
    Structure::default()
        .with("name", rule.name.clone())
        .with("ruleTypeId", rule_type(rule))
        .with("configuration", json!(rule.configuration))
        .maybe("commands", filled(rule.commands.clone()))
        .with("inputArtifacts", named(&rule.inputs))
        .maybe("roleArn", rule.role_arn.clone())
        .maybe("region", rule.region.clone())
        .maybe("timeoutInMinutes", rule.timeout_minutes)
        .value()
}

/// An ActionTypeId.
pub fn action_type(action: &ActionDefinition) -> Value {
    let version = if action.type_version.is_empty() {
        "1"
    } else {
        &action.type_version
    };
    json!({"category": action.category, "owner": action.owner, "provider": action.provider, "version": version})
}

fn action_declaration(action: &ActionDefinition) -> Value {
    let environment: Vec<Value> = action
        .environment
        .iter()
        .map(|one| json!({"name": one.name, "value": one.value, "type": one.kind}))
        .collect();
    Structure::default()
        .with("name", action.name.clone())
        .with("actionTypeId", action_type(action))
        .with("runOrder", action.run_order)
        .with("configuration", json!(action.configuration))
        .maybe("commands", filled(action.commands.clone()))
        .with("outputArtifacts", named(&action.outputs))
        .with("inputArtifacts", named(&action.inputs))
        .maybe("outputVariables", filled(action.output_variables.clone()))
        .maybe("environmentVariables", filled(environment))
        .maybe("roleArn", action.role_arn.clone())
        .maybe("region", action.region.clone())
        .maybe("namespace", action.namespace.clone())
        .maybe("timeoutInMinutes", action.timeout_minutes)
        .value()
}
