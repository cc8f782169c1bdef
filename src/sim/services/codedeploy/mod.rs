//! CodeDeploy: applications, groups, deployments and their targets, and stopping a deployment.
//!
//! The service has an exception of its own for nearly every breach, so members are read one by one here.

use serde_json::{Value, json};

use crate::sim::wire::{Answer, BadToken, Call, Members, Protocol, Service, WireError, page};
use crate::sim::world::World;
use crate::sim::world::deployments::{
    Application, Deployment, DeploymentFault, DeploymentStatus, Deployments, StopProgress, Target,
};

mod shapes;

const MOST_LISTED: usize = 100;
const MOST_NAMES: usize = 100;
const MOST_DEPLOYMENTS: usize = 25;
const MOST_TARGETS: usize = 25;
const STATUSES: [&str; 8] = [
    "Created",
    "Queued",
    "InProgress",
    "Baking",
    "Succeeded",
    "Failed",
    "Stopped",
    "Ready",
];
const TARGET_STATUSES: [&str; 7] = [
    "Pending",
    "InProgress",
    "Succeeded",
    "Failed",
    "Skipped",
    "Unknown",
    "Ready",
];

/// The service.
#[derive(Debug)]
pub struct CodeDeploy;

impl Service for CodeDeploy {
    fn signing_name(&self) -> &'static str {
        "codedeploy"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson11 {
            target_prefix: "CodeDeploy_20141006",
        }
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
            "BatchGetDeploymentTargets" => batch_get_targets(call, deployments),
            "BatchGetDeployments" => batch_get_deployments(call, deployments),
            "GetDeploymentConfig" => get_config(call, deployments),
            "ListApplications" => list_applications(call, deployments),
            "ListDeploymentGroups" => list_groups(call, deployments),
            "ListDeploymentTargets" => list_targets(call, deployments),
            "ListDeployments" => list_deployments(call, deployments),
            "StopDeployment" => stop_deployment(call, deployments),
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

/// What `ListDeployments` selects by.
struct Selection<'a> {
    group: Option<(&'a str, &'a str)>,
    statuses: Option<Vec<&'a str>>,
    /// Milliseconds, both ends included.
    created: (Option<f64>, Option<f64>),
}

fn selection<'a>(call: &Call<'a>, deployments: &Deployments) -> Result<Selection<'a>, WireError> {
    let members = members(call);
    let application = members.optional_text("applicationName")?;
    let group = members.optional_text("deploymentGroupName")?;
    let group = if application.is_none() && group.is_none() {
        None
    } else {
        let found = asked_application(call, application, deployments)?;
        let group = checked_name("DeploymentGroup", group)?;
        if found.group(group).is_none() {
            return Err(WireError::new(
                "DeploymentGroupDoesNotExistException",
                format!("No Deployment Group found for name: {group}"),
            ));
        }
        application.map(|application| (application, group))
    };
    let statuses = members.optional_texts("includeOnlyStatuses")?;
    if let Some(wrong) = statuses
        .iter()
        .flatten()
        .find(|status| !STATUSES.contains(status))
    {
        return Err(WireError::new(
            "InvalidDeploymentStatusException",
            format!("{wrong} is not a valid deployment status"),
        ));
    }
    let mut created = (None, None);
    if let Some(Value::Object(range)) = call.input.get("createTimeRange") {
        let end_of = |name: &str| {
            range
                .get(name)
                .and_then(Value::as_f64)
                .map(|at| at * 1000.0)
        };
        created = (end_of("start"), end_of("end"));
        if let (Some(start), Some(end)) = created
            && start > end
        {
            return Err(WireError::new(
                "InvalidTimeRangeException",
                "The start of the time range must not be after its end",
            ));
        }
    }
    Ok(Selection {
        group,
        statuses: statuses.filter(|statuses| !statuses.is_empty()),
        created,
    })
}

impl Selection<'_> {
    fn holds(&self, deployment: &Deployment) -> bool {
        let created = deployment.created as f64;
        self.group.is_none_or(|(application, group)| {
            deployment.application == application && deployment.group == group
        }) && self
            .statuses
            .as_ref()
            .is_none_or(|statuses| statuses.contains(&deployment.status.word()))
            && self.created.0.is_none_or(|start| start <= created)
            && self.created.1.is_none_or(|end| created <= end)
    }
}

fn list_deployments(call: &Call<'_>, deployments: &Deployments) -> Answer {
    let members = members(call);
    let selection = selection(call, deployments)?;
    // None of these deployments was made by another service on somebody's behalf.
    let external = members.optional_text("externalId")?;
    let ids: Vec<&str> = deployments
        .iter()
        .rev()
        .filter(|deployment| external.is_none() && selection.holds(deployment))
        .map(|deployment| deployment.id.as_str())
        .collect();
    let scope = format!(
        "ListDeployments {} {} {:?} {:?} {:?}",
        call.account, call.region, selection.group, selection.statuses, selection.created
    );
    listed(
        "deployments",
        &ids,
        members.optional_text("nextToken")?,
        &scope,
    )
}

fn batch_get_deployments(call: &Call<'_>, deployments: &Deployments) -> Answer {
    let ids = members(call)
        .optional_texts("deploymentIds")?
        .filter(|ids| !ids.is_empty())
        .ok_or_else(|| {
            WireError::new(
                "DeploymentIdRequiredException",
                "At least one deployment id is required",
            )
        })?;
    if ids.len() > MOST_DEPLOYMENTS {
        return Err(too_many("BatchLimitExceededException", MOST_DEPLOYMENTS));
    }
    let mut shown = Vec::new();
    for id in ids {
        check_deployment_id(id)?;
        if let Some(deployment) = deployments.get(id) {
            let group = deployments.group(&deployment.application, &deployment.group);
            shown.push(shapes::deployment(deployment, group));
        }
    }
    Ok(json!({ "deploymentsInfo": shown }))
}

fn list_targets(call: &Call<'_>, deployments: &Deployments) -> Answer {
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

fn batch_get_targets(call: &Call<'_>, deployments: &Deployments) -> Answer {
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

fn stop_deployment(call: &Call<'_>, deployments: &mut Deployments) -> Answer {
    let id = asked_id(call)?;
    let rollback = members(call)
        .optional_flag("autoRollbackEnabled")?
        .unwrap_or(false);
    match deployments.stop(call.now, id, rollback) {
        Ok(progress) => Ok(json!({
            "status": match progress {
                StopProgress::Pending => "Pending",
                StopProgress::Succeeded => "Succeeded",
            },
            "statusMessage": "No more commands will be scheduled for execution in the deployment instances",
        })),
        Err(DeploymentFault::AlreadyCompleted) => Err(WireError::new(
            "DeploymentAlreadyCompletedException",
            format!("The deployment {id} is already completed"),
        )),
        Err(_) => Err(no_deployment(id)),
    }
}
