//! Deployments: listed by selection, read in batches, stopped.

use serde_json::{Value, json};

use crate::sim::wire::{Answer, Call, WireError};
use crate::sim::world::deployments::{Deployment, DeploymentFault, Deployments, StopProgress};

use super::{
    asked_application, asked_id, check_deployment_id, checked_name, listed, members, no_deployment,
    shapes, too_many,
};

const MOST_DEPLOYMENTS: usize = 25;
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

pub(super) fn list_deployments(call: &Call<'_>, deployments: &Deployments) -> Answer {
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

pub(super) fn batch_get_deployments(call: &Call<'_>, deployments: &Deployments) -> Answer {
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

pub(super) fn stop_deployment(call: &Call<'_>, deployments: &mut Deployments) -> Answer {
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
