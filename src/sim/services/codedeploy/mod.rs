//! CodeDeploy: applications, groups, deployments and their targets, and stopping a deployment.
//!
//! The service has an exception of its own for nearly every breach, so members are read one by one here.

use serde_json::{Value, json};

use crate::sim::wire::{Answer, BadToken, Call, Members, Protocol, Service, WireError, page};
use crate::sim::world::World;
use crate::sim::world::deployments::{Application, Deployment, DeploymentStatus, Deployments};

mod deployments;
mod shapes;
mod targets;

const MOST_LISTED: usize = 100;
const MOST_NAMES: usize = 100;

/// The service.
#[derive(Debug)]
pub struct CodeDeploy;

impl Service for CodeDeploy {
    fn signing_name(&self) -> &'static str {
        "codedeploy"
    }

    fn protocols(&self) -> &'static [Protocol] {
        &[Protocol::AwsJson11 {
            target_prefix: "CodeDeploy_20141006",
        }]
    }

    fn operations(&self) -> &'static [&'static str] {
        &[
            "BatchGetApplications",
            "BatchGetDeploymentGroups",
            "BatchGetDeploymentTargets",
            "BatchGetDeployments",
            "GetDeploymentConfig",
            "ListApplications",
            "ListDeploymentGroups",
            "ListDeploymentTargets",
            "ListDeployments",
            "StopDeployment",
        ]
    }

    fn handle(&self, call: &Call<'_>, world: &mut World) -> Answer {
        let deployments = &mut world.place_mut(call.account, call.region).deployments;
        match call.operation {
            "BatchGetApplications" => batch_get_applications(call, deployments),
            "BatchGetDeploymentGroups" => batch_get_groups(call, deployments),
            "BatchGetDeploymentTargets" => targets::batch_get_targets(call, deployments),
            "BatchGetDeployments" => self::deployments::batch_get_deployments(call, deployments),
            "GetDeploymentConfig" => get_config(call, deployments),
            "ListApplications" => list_applications(call, deployments),
            "ListDeploymentGroups" => list_groups(call, deployments),
            "ListDeploymentTargets" => targets::list_targets(call, deployments),
            "ListDeployments" => self::deployments::list_deployments(call, deployments),
            "StopDeployment" => self::deployments::stop_deployment(call, deployments),
            other => Err(WireError::new(
                "UnknownOperationException",
                format!("{other} is not an operation of CodeDeploy"),
            )),
        }
    }
}

fn members<'a>(call: &Call<'a>) -> Members<'a> {
    Members::new(call.input, "ValidationException")
}

fn bad_token(_: BadToken) -> WireError {
    WireError::new("InvalidNextTokenException", "Invalid next token")
}

/// A name of 1 to 100 characters; `kind` is Application, `DeploymentGroup` or `DeploymentConfig`.
fn checked_name<'a>(kind: &str, name: Option<&'a str>) -> Result<&'a str, WireError> {
    let name = name.ok_or_else(|| {
        WireError::new(
            format!("{kind}NameRequiredException"),
            format!("{kind} name is required"),
        )
    })?;
    if (1..=100).contains(&name.chars().count()) {
        Ok(name)
    } else {
        Err(WireError::new(
            format!("Invalid{kind}NameException"),
            format!("{kind} name must be between 1 and 100 characters long"),
        ))
    }
}

fn no_application(call: &Call<'_>) -> WireError {
    WireError::new(
        "ApplicationDoesNotExistException",
        format!("Applications not found for {}", call.account),
    )
}

fn asked_application<'a>(
    call: &Call<'_>,
    name: Option<&str>,
    deployments: &'a Deployments,
) -> Result<&'a Application, WireError> {
    let name = checked_name("Application", name)?;
    deployments
        .application(name)
        .ok_or_else(|| no_application(call))
}

fn check_deployment_id(id: &str) -> Result<(), WireError> {
    let valid = id.strip_prefix("d-").is_some_and(|rest| {
        (1..=40).contains(&rest.len())
            && rest
                .chars()
                .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
    });
    if valid {
        Ok(())
    } else {
        Err(WireError::new(
            "InvalidDeploymentIdException",
            format!("The deployment id {id} is not valid"),
        ))
    }
}

fn no_deployment(id: &str) -> WireError {
    WireError::new(
        "DeploymentDoesNotExistException",
        format!("The deployment {id} could not be found"),
    )
}

fn asked_id<'a>(call: &Call<'a>) -> Result<&'a str, WireError> {
    let id = members(call)
        .optional_text("deploymentId")?
        .ok_or_else(|| {
            WireError::new(
                "DeploymentIdRequiredException",
                "The deployment id is required",
            )
        })?;
    check_deployment_id(id)?;
    Ok(id)
}

/// The deployment asked for, once it has begun.
fn asked_started<'a>(
    call: &Call<'_>,
    deployments: &'a Deployments,
) -> Result<&'a Deployment, WireError> {
    let id = asked_id(call)?;
    let deployment = deployments.get(id).ok_or_else(|| no_deployment(id))?;
    if deployment.status == DeploymentStatus::Created {
        return Err(WireError::new(
            "DeploymentNotStartedException",
            format!("The deployment {id} has not started yet"),
        ));
    }
    Ok(deployment)
}

fn too_many(code: &str, most: usize) -> WireError {
    WireError::new(
        code,
        format!(
            "The maximum number of names or IDs allowed for this request ({most}) was exceeded."
        ),
    )
}

/// One page of names under the member that the operation gives them.
fn listed(member: &str, names: &[&str], token: Option<&str>, scope: &str) -> Answer {
    let (range, next) = page(names, token, MOST_LISTED, scope).map_err(bad_token)?;
    let shown = names.get(range).unwrap_or_default();
    let mut answer = json!({ member: shown });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(answer)
}

fn list_applications(call: &Call<'_>, deployments: &Deployments) -> Answer {
    let names: Vec<&str> = deployments
        .applications()
        .map(|application| application.name.as_str())
        .collect();
    let scope = format!("ListApplications {} {}", call.account, call.region);
    let token = members(call).optional_text("nextToken")?;
    listed("applications", &names, token, &scope)
}

fn batch_get_applications(call: &Call<'_>, deployments: &Deployments) -> Answer {
    let names = members(call)
        .optional_texts("applicationNames")?
        .filter(|names| !names.is_empty());
    let names = names.ok_or_else(|| {
        WireError::new(
            "ApplicationNameRequiredException",
            "At least one application name is required",
        )
    })?;
    if names.len() > MOST_NAMES {
        return Err(too_many("BatchLimitExceededException", MOST_NAMES));
    }
    let shown = names
        .into_iter()
        .map(|name| asked_application(call, Some(name), deployments).map(shapes::application))
        .collect::<Result<Vec<Value>, _>>()?;
    Ok(json!({ "applicationsInfo": shown }))
}

fn list_groups(call: &Call<'_>, deployments: &Deployments) -> Answer {
    let members = members(call);
    let application =
        asked_application(call, members.optional_text("applicationName")?, deployments)?;
    let names: Vec<&str> = application
        .groups()
        .map(|group| group.name.as_str())
        .collect();
    let scope = format!(
        "ListDeploymentGroups {} {} {}",
        call.account, call.region, application.name
    );
    let token = members.optional_text("nextToken")?;
    let mut answer = listed("deploymentGroups", &names, token, &scope)?;
    answer["applicationName"] = application.name.as_str().into();
    Ok(answer)
}

fn batch_get_groups(call: &Call<'_>, deployments: &Deployments) -> Answer {
    let members = members(call);
    let application =
        asked_application(call, members.optional_text("applicationName")?, deployments)?;
    let names = members
        .optional_texts("deploymentGroupNames")?
        .filter(|names| !names.is_empty())
        .ok_or_else(|| {
            WireError::new(
                "DeploymentGroupNameRequiredException",
                "At least one deployment group name is required",
            )
        })?;
    if names.len() > MOST_NAMES {
        return Err(too_many("BatchLimitExceededException", MOST_NAMES));
    }
    let (mut shown, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        match application.group(checked_name("DeploymentGroup", Some(name))?) {
            Some(group) => shown.push(shapes::group(call, &application.name, group, deployments)),
            None => missing.push(format!("No Deployment Group found for name: {name}")),
        }
    }
    Ok(json!({ "deploymentGroupsInfo": shown, "errorMessage": missing.join("; ") }))
}

fn get_config(call: &Call<'_>, deployments: &Deployments) -> Answer {
    let name = members(call).optional_text("deploymentConfigName")?;
    let name = checked_name("DeploymentConfig", name)?;
    let config = deployments.config(name).ok_or_else(|| {
        WireError::new(
            "DeploymentConfigDoesNotExistException",
            format!("No Deployment Configuration found for name: {name}"),
        )
    })?;
    Ok(json!({ "deploymentConfigInfo": shapes::config(config) }))
}

#[cfg(test)]
mod tests;
