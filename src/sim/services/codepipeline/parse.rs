//! A PipelineDeclaration as a client sends it, judged as AWS judges it: the shape of every member first, then the
//! structure as a whole in `judge`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{judge, name};
use crate::sim::wire::{Members, WireError};
use crate::sim::world::pipelines::commands::RetryMode;
use crate::sim::world::pipelines::definition::{
    ActionDefinition, Definition, EnvironmentVariable, Mode, StageDefinition, Variable,
};
use crate::sim::world::pipelines::rules::{Condition, Consequence, OnFailure, Rule};

const CATEGORIES: [&str; 7] = [
    "Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute",
];
const OWNERS: [&str; 3] = ["AWS", "ThirdParty", "Custom"];
const RESULTS: [&str; 4] = ["ROLLBACK", "FAIL", "RETRY", "SKIP"];

type Parsed<T> = Result<T, WireError>;

/// The structure in a request. Version and times are the pipeline's own affair.
pub fn definition(declared: &Members<'_>, region: &str) -> Parsed<Definition> {
    let mode = declared
        .optional_word("executionMode", &["QUEUED", "SUPERSEDED", "PARALLEL"])?
        .and_then(Mode::of_word)
        .unwrap_or(Mode::Superseded);
    let pipeline_type = declared
        .optional_word("pipelineType", &["V1", "V2"])?
        .unwrap_or("V1");
    if declared.optional_list("stages")?.is_none() {
        return Err(declared.missing("stages"));
    }
    let stages = structures(declared, "stages", usize::MAX)?
        .iter()
        .map(stage)
        .collect::<Parsed<Vec<_>>>()?;
    let (artifact_bucket, regional_buckets, encryption_key) = stores(declared, region)?;
    let definition = Definition {
        name: name(declared, "name")?.to_owned(),
        version: 1,
        pipeline_type,
        mode,
        role_arn: role(declared)?.ok_or_else(|| declared.missing("roleArn"))?,
        artifact_bucket,
        regional_buckets,
        encryption_key,
        created: 0,
        updated: 0,
        variables: structures(declared, "variables", 50)?
            .iter()
            .map(variable)
            .collect::<Parsed<_>>()?,
        triggers: declared
            .optional_list("triggers")?
            .unwrap_or_default()
            .to_vec(),
        stages: Arc::new(stages),
    };
    judge::structure(&definition)?;
    Ok(definition)
}

/// The structures of a list member, at most so many.
pub fn structures<'a>(members: &Members<'a>, list: &str, most: usize) -> Parsed<Vec<Members<'a>>> {
    let items = members.optional_list(list)?.unwrap_or_default();
    if items.len() > most {
        let constraint = format!("have length less than or equal to {most}");
        return Err(members.breach(list, "'[…]'", &constraint));
    }
    items
        .iter()
        .map(|item| match item {
            Value::Object(inner) => Ok(Members::new(inner, "ValidationException")),
            _ => Err(WireError::new(
                "SerializationException",
                format!("The elements of {list} must be structures"),
            )),
        })
        .collect()
}

fn texts(members: &Members<'_>, list: &str) -> Parsed<Vec<String>> {
    let texts = members.optional_texts(list)?.unwrap_or_default();
    Ok(texts.into_iter().map(str::to_owned).collect())
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn role(members: &Members<'_>) -> Parsed<Option<String>> {
    let role = members.optional_bounded_text("roleArn", 0, 1024)?;
    match role {
        Some(arn) if !(arn.starts_with("arn:aws") && arn.contains(":role/")) => Err(members
            .breach(
                "roleArn",
                &format!("'{arn}'"),
                "satisfy regular expression pattern: arn:aws(-[\\w]+)*:iam::[0-9]{12}:role/.*",
            )),
        role => Ok(owned(role)),
    }
}

fn region(members: &Members<'_>) -> Parsed<Option<String>> {
    Ok(owned(members.optional_bounded_text("region", 4, 30)?))
}

/// The bucket of the pipeline's region, those of all regions if there are several, and the key.
type Stores = (String, BTreeMap<String, String>, Option<String>);

fn stores(declared: &Members<'_>, region: &str) -> Parsed<Stores> {
    let one = declared.optional_structure("artifactStore")?;
    let many = declared.optional_map("artifactStores")?;
    match (one, many) {
        (Some(store), None) => {
            let (bucket, key) = store_of(&store)?;
            Ok((bucket, BTreeMap::new(), key))
        }
        (None, Some(many)) => {
            let (mut buckets, mut key) = (BTreeMap::new(), None);
            for (region, store) in many {
                let (bucket, own) = store_of(&store)?;
                key = key.or(own);
                buckets.insert(region.to_owned(), bucket);
            }
            let bucket = buckets.get(region).cloned().ok_or_else(|| {
                judge::invalid(format!(
                    "The artifact stores must include one in the pipeline's region {region}"
                ))
            })?;
            Ok((bucket, buckets, key))
        }
        _ => Err(judge::invalid(
            "Exactly one of artifactStore and artifactStores must be specified",
        )),
    }
}

fn store_of(store: &Members<'_>) -> Parsed<(String, Option<String>)> {
    store.word("type", &["S3"])?;
    let bucket = store.bounded_text("location", 3, 63)?.to_owned();
    let key = store.optional_structure("encryptionKey")?;
    let key = key.map(|key| key.bounded_text("id", 1, 400).map(str::to_owned));
    Ok((bucket, key.transpose()?))
}

fn variable(declared: &Members<'_>) -> Parsed<Variable> {
    Ok(Variable {
        name: declared.bounded_text("name", 1, 128)?.to_owned(),
        default: owned(declared.optional_bounded_text("defaultValue", 1, 1000)?),
        description: owned(declared.optional_bounded_text("description", 0, 200)?),
    })
}

fn stage(declared: &Members<'_>) -> Parsed<StageDefinition> {
    let on_failure = declared.optional_structure("onFailure")?;
    Ok(StageDefinition {
        name: name(declared, "name")?.to_owned(),
        actions: structures(declared, "actions", usize::MAX)?
            .iter()
            .map(action)
            .collect::<Parsed<_>>()?,
        before_entry: conditions(declared, "beforeEntry")?,
        on_success: conditions(declared, "onSuccess")?,
        on_failure: on_failure.as_ref().map(failure).transpose()?,
    })
}

fn conditions(declared: &Members<'_>, member: &str) -> Parsed<Option<Condition>> {
    match declared.optional_structure(member)? {
        None => Ok(None),
        Some(inner) => Ok(Some(
            condition(&inner)?.ok_or_else(|| inner.missing("conditions"))?,
        )),
    }
}

/// The one condition that AWS allows of a kind.
fn condition(declared: &Members<'_>) -> Parsed<Option<Condition>> {
    let list = structures(declared, "conditions", 1)?;
    let Some(one) = list.first() else {
        return Ok(None);
    };
    let rules = structures(one, "rules", 5)?;
    if rules.is_empty() {
        return Err(one.breach("rules", "'[]'", "have length greater than or equal to 1"));
    }
    Ok(Some(Condition {
        result: one
            .optional_word("result", &RESULTS)?
            .and_then(Consequence::of_word)
            .unwrap_or(Consequence::Fail),
        rules: rules.iter().map(rule).collect::<Parsed<_>>()?,
    }))
}

fn failure(declared: &Members<'_>) -> Parsed<OnFailure> {
    let retry = declared.optional_structure("retryConfiguration")?;
    let mode = retry.map(|retry| retry.word("retryMode", &["FAILED_ACTIONS", "ALL_ACTIONS"]));
    Ok(OnFailure {
        result: declared
            .optional_word("result", &RESULTS)?
            .and_then(Consequence::of_word),
        retry: mode.transpose()?.map(|mode| match mode {
            "ALL_ACTIONS" => RetryMode::AllActions,
            _ => RetryMode::FailedActions,
        }),
        condition: condition(declared)?,
    })
}

fn rule(declared: &Members<'_>) -> Parsed<Rule> {
    let kind = declared.structure("ruleTypeId")?;
    kind.word("category", &["Rule"])?;
    kind.optional_word("owner", &["AWS"])?;
    Ok(Rule {
        name: name(declared, "name")?.to_owned(),
        provider: kind.bounded_text("provider", 1, 35)?.to_owned(),
        configuration: settings(declared)?,
        commands: texts(declared, "commands")?,
        inputs: artifacts(declared, "inputArtifacts")?,
        role_arn: role(declared)?,
        region: region(declared)?,
        timeout_minutes: timeout(declared)?,
        ..Rule::default()
    })
}

fn action(declared: &Members<'_>) -> Parsed<ActionDefinition> {
    let kind = declared.structure("actionTypeId")?;
    let order = declared.optional_bounded_integer("runOrder", 1, 999)?;
    let environment = structures(declared, "environmentVariables", 10)?;
    Ok(ActionDefinition {
        name: name(declared, "name")?.to_owned(),
        category: kind.word("category", &CATEGORIES)?,
        owner: kind.word("owner", &OWNERS)?,
        provider: kind.bounded_text("provider", 1, 35)?.to_owned(),
        type_version: kind.bounded_text("version", 1, 9)?.to_owned(),
        run_order: order.unwrap_or(1) as u32,
        configuration: settings(declared)?,
        inputs: artifacts(declared, "inputArtifacts")?,
        outputs: artifacts(declared, "outputArtifacts")?,
        namespace: owned(declared.optional_bounded_text("namespace", 1, 100)?),
        timeout_minutes: timeout(declared)?,
        commands: texts(declared, "commands")?,
        output_variables: texts(declared, "outputVariables")?,
        environment: environment.iter().map(variable_of).collect::<Parsed<_>>()?,
        region: region(declared)?,
        role_arn: role(declared)?,
        ..ActionDefinition::default()
    })
}

fn variable_of(declared: &Members<'_>) -> Parsed<EnvironmentVariable> {
    let kinds = ["PLAINTEXT", "SECRETS_MANAGER"];
    Ok(EnvironmentVariable {
        name: declared.bounded_text("name", 1, 128)?.to_owned(),
        value: declared.bounded_text("value", 1, 2000)?.to_owned(),
        kind: declared
            .optional_word("type", &kinds)?
            .unwrap_or("PLAINTEXT"),
    })
}

fn timeout(declared: &Members<'_>) -> Parsed<Option<u32>> {
    let minutes = declared.optional_bounded_integer("timeoutInMinutes", 5, 86_400)?;
    Ok(minutes.map(|minutes| minutes as u32))
}

fn settings(declared: &Members<'_>) -> Parsed<BTreeMap<String, String>> {
    let Some(settings) = declared.optional_structure("configuration")? else {
        return Ok(BTreeMap::new());
    };
    settings
        .names()
        .map(|key| Ok((key.to_owned(), settings.text(key)?.to_owned())))
        .collect()
}

fn artifacts(declared: &Members<'_>, list: &str) -> Parsed<Vec<String>> {
    structures(declared, list, usize::MAX)?
        .iter()
        .map(|artifact| Ok(artifact.bounded_text("name", 1, 100)?.to_owned()))
        .collect()
}
