//! The instances of a deployment, and the events on each.

use serde_json::{Value, json};

use crate::sim::wire::{Answer, Call, WireError};
use crate::sim::world::deployments::{Deployments, Target};

use super::{asked_started, listed, members, shapes, too_many};

const MOST_TARGETS: usize = 25;
const TARGET_STATUSES: [&str; 7] = [
    "Pending",
    "InProgress",
    "Succeeded",
    "Failed",
    "Skipped",
    "Unknown",
    "Ready",
];

pub(super) fn list_targets(call: &Call<'_>, deployments: &Deployments) -> Answer {
    let members = members(call);
    let deployment = asked_started(call, deployments)?;
    let mut statuses: Option<Vec<&str>> = None;
    let mut labelled = false;
    if let Some(Value::Object(filters)) = call.input.get("targetFilters") {
        for (name, values) in filters {
            let values: Vec<&str> = values
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let (known, code): (&[&str], _) = match name.as_str() {
                "TargetStatus" => (&TARGET_STATUSES, "InvalidInstanceStatusException"),
                "ServerInstanceLabel" => (&["Blue", "Green"], "InvalidInstanceTypeException"),
                other => {
                    return Err(WireError::new(
                        "InvalidTargetFilterNameException",
                        format!("{other} is not a valid target filter name"),
                    ));
                }
            };
            if let Some(wrong) = values.iter().find(|value| !known.contains(value)) {
                return Err(WireError::new(
                    code,
                    format!("{wrong} is not a valid value of {name}"),
                ));
            }
            if name == "TargetStatus" {
                statuses = Some(values);
            } else {
                labelled = true;
            }
        }
    }
    // Only blue/green deployments label their instances.
    let ids: Vec<&str> = deployment
        .targets
        .iter()
        .filter(|target| {
            !labelled
                && statuses
                    .as_ref()
                    .is_none_or(|statuses| statuses.contains(&target.status.word()))
        })
        .map(|target| target.instance.as_str())
        .collect();
    let scope = format!(
        "ListDeploymentTargets {} {} {} {statuses:?} {labelled}",
        call.account, call.region, deployment.id
    );
    listed(
        "targetIds",
        &ids,
        members.optional_text("nextToken")?,
        &scope,
    )
}

pub(super) fn batch_get_targets(call: &Call<'_>, deployments: &Deployments) -> Answer {
    let deployment = asked_started(call, deployments)?;
    let ids = members(call)
        .optional_texts("targetIds")?
        .filter(|ids| !ids.is_empty())
        .ok_or_else(|| {
            WireError::new(
                "DeploymentTargetIdRequiredException",
                "At least one deployment target id is required",
            )
        })?;
    if ids.len() > MOST_TARGETS {
        return Err(too_many(
            "DeploymentTargetListSizeExceededException",
            MOST_TARGETS,
        ));
    }
    let shown = ids
        .into_iter()
        .map(|id| {
            let target: &Target = deployment.target(id).ok_or_else(|| {
                WireError::new(
                    "DeploymentTargetDoesNotExistException",
                    format!(
                        "The deployment target {id} does not exist in {}",
                        deployment.id
                    ),
                )
            })?;
            Ok(shapes::target(call, deployment, target))
        })
        .collect::<Result<Vec<Value>, WireError>>()?;
    Ok(json!({ "deploymentTargets": shown }))
}
