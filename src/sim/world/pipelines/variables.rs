//! The variables of an execution: those it was given, and those that actions hand on under their namespace.

use std::collections::BTreeMap;

use crate::sim::world::pipelines::definition::ActionDefinition;
use crate::sim::world::pipelines::execution::{ActionRun, ActionStatus, Execution};

/// What an action handed on in an execution; nothing before it has succeeded.
pub fn output_variables(
    execution: &Execution,
    action: &ActionDefinition,
    run: &ActionRun,
) -> BTreeMap<String, String> {
    if run.status != ActionStatus::Succeeded {
        return BTreeMap::new();
    }
    let mut variables = action.behaviour.variables.clone();
    let revision = execution
        .revisions
        .iter()
        .find(|(name, _)| *name == action.name);
    if let (Some((_, revision)), Some((repository, branch))) = (revision, action.source()) {
        let named: &[(&str, &str)] = match action.provider.as_str() {
            "ECR" => &[
                ("ImageDigest", &revision.id),
                ("ImageTag", branch),
                ("RepositoryName", repository),
            ],
            "S3" => &[
                ("VersionId", &revision.id),
                ("ObjectKey", branch),
                ("BucketName", repository),
            ],
            "CodeStarSourceConnection" => &[
                ("BranchName", branch),
                ("CommitId", &revision.id),
                ("CommitMessage", &revision.summary),
                ("ConnectionArn", action.setting("ConnectionArn")),
                ("FullRepositoryName", repository),
            ],
            _ => &[
                ("BranchName", branch),
                ("CommitId", &revision.id),
                ("CommitMessage", &revision.summary),
                ("RepositoryName", repository),
            ],
        };
        variables.extend(
            named
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
    }
    variables
}

/// A text with `#{namespace.name}` replaced by what the execution knows of it. What it does not know stays.
pub fn resolve(text: &str, execution: &Execution) -> String {
    let mut resolved = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("#{") {
        resolved.push_str(before);
        let Some((reference, after)) = after.split_once('}') else {
            resolved.push_str("#{");
            rest = after;
            break;
        };
        if let Some(value) = value_of(reference, execution) {
            resolved.push_str(&value);
        } else {
            resolved.push_str("#{");
            resolved.push_str(reference);
            resolved.push('}');
        }
        rest = after;
    }
    resolved.push_str(rest);
    resolved
}

fn value_of(reference: &str, execution: &Execution) -> Option<String> {
    let (namespace, name) = reference.split_once('.')?;
    match (namespace, name) {
        ("variables", name) => {
            let mut given = execution.variables.iter();
            let (_, value) = given.find(|(known, _)| known == name)?;
            Some(value.clone())
        }
        ("codepipeline", "PipelineExecutionId") => Some(execution.id.clone()),
        _ => execution.runs.iter().rev().find_map(|run| {
            let action = execution
                .structure
                .get(run.stage)?
                .actions
                .get(run.action)?;
            if action.namespace.as_deref() != Some(namespace) {
                return None;
            }
            output_variables(execution, action, run).remove(name)
        }),
    }
}
