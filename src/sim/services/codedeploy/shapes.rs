//! Applications, groups, deployments and targets as CodeDeploy writes them.

use serde_json::{Value, json};

use crate::sim::wire::{Call, seconds};
use crate::sim::world::deployments::{
    Application, AutoRollback, Creator, Deployment, DeploymentConfig, DeploymentStatus,
    Deployments, EventRecord, Group, MinimumHealthy, Revision, Target,
};

/// An application for `BatchGetApplications`.
pub(super) fn application(application: &Application) -> Value {
    json!({
        "applicationId": application.id,
        "applicationName": application.name,
        "createTime": seconds(application.created),
        "linkedToGitHub": false,
        "computePlatform": "Server",
    })
}

fn revision(revision: &Revision) -> Value {
    match revision {
        Revision::S3 {
            bucket,
            key,
            bundle,
            version,
            etag,
        } => {
            let mut location = json!({ "bucket": bucket, "key": key, "bundleType": bundle });
            if let Some(version) = version {
                location["version"] = version.as_str().into();
            }
            if let Some(etag) = etag {
                location["eTag"] = etag.as_str().into();
            }
            json!({ "revisionType": "S3", "s3Location": location })
        }
        Revision::GitHub { repository, commit } => json!({
            "revisionType": "GitHub",
            "gitHubLocation": { "repository": repository, "commitId": commit },
        }),
    }
}

fn auto_rollback(rollback: AutoRollback) -> Value {
    json!({ "enabled": rollback.enabled(), "events": rollback.events() })
}

fn style(balanced: bool) -> Value {
    json!({
        "deploymentType": "IN_PLACE",
        "deploymentOption": if balanced { "WITH_TRAFFIC_CONTROL" } else { "WITHOUT_TRAFFIC_CONTROL" },
    })
}

fn load_balancer(target_group: &str) -> Value {
    json!({ "targetGroupInfoList": [{ "name": target_group }] })
}

fn last_deployment(deployment: &Deployment) -> Value {
    let mut shape = json!({
        "deploymentId": deployment.id,
        "status": deployment.status.word(),
        "createTime": seconds(deployment.created),
    });
    if let Some(completed) = deployment.completed {
        shape["endTime"] = seconds(completed);
    }
    shape
}

/// A deployment group for `BatchGetDeploymentGroups`.
pub(super) fn group(
    call: &Call<'_>,
    application: &str,
    group: &Group,
    deployments: &Deployments,
) -> Value {
    let (key, value) = &group.tag;
    let alarms: Vec<Value> = group
        .alarms
        .iter()
        .map(|name| json!({ "name": name }))
        .collect();
    let mut shape = json!({
        "applicationName": application,
        "deploymentGroupId": group.id,
        "deploymentGroupName": group.name,
        "deploymentConfigName": group.config,
        "ec2TagSet": {
            "ec2TagSetList": [[{ "Key": key, "Value": value, "Type": "KEY_AND_VALUE" }]],
        },
        "onPremisesTagSet": { "onPremisesTagSetList": [] },
        "autoScalingGroups": [],
        "serviceRoleArn": format!("arn:aws:iam::{}:role/{}", call.account, group.role),
        "triggerConfigurations": [],
        "alarmConfiguration": {
            "enabled": !group.alarms.is_empty(),
            "ignorePollAlarmFailure": false,
            "alarms": alarms,
        },
        "autoRollbackConfiguration": auto_rollback(group.auto_rollback),
        "deploymentStyle": style(group.target_group.is_some()),
        "outdatedInstancesStrategy": "UPDATE",
        "computePlatform": "Server",
        "terminationHookEnabled": false,
    });
    if let Some(target_group) = &group.target_group {
        shape["loadBalancerInfo"] = load_balancer(target_group);
    }
    let known = |id: Option<&str>| id.and_then(|id| deployments.get(id));
    if let Some(last) = known(group.last_attempted()) {
        shape["lastAttemptedDeployment"] = last_deployment(last);
        shape["targetRevision"] = revision(&last.revision);
    }
    if let Some(last) = known(group.last_succeeded()) {
        shape["lastSuccessfulDeployment"] = last_deployment(last);
    }
    shape
}

/// A configuration for `GetDeploymentConfig`.
pub(super) fn config(config: &DeploymentConfig) -> Value {
    let (kind, value) = match config.minimum {
        MinimumHealthy::HostCount(hosts) => ("HOST_COUNT", hosts),
        MinimumHealthy::FleetPercent(percent) => ("FLEET_PERCENT", percent),
    };
    json!({
        "deploymentConfigId": config.id,
        "deploymentConfigName": config.name,
        "minimumHealthyHosts": { "type": kind, "value": value },
        "createTime": seconds(config.created),
        "computePlatform": "Server",
    })
}

/// A deployment for `BatchGetDeployments`.
pub(super) fn deployment(deployment: &Deployment, group: Option<&Group>) -> Value {
    let target_group = group.and_then(|group| group.target_group.as_deref());
    let creator = match deployment.creator {
        Creator::User => "user",
        Creator::Rollback => "codeDeployRollback",
    };
    let mut shape = json!({
        "applicationName": deployment.application,
        "deploymentGroupName": deployment.group,
        "deploymentConfigName": deployment.config,
        "deploymentId": deployment.id,
        "revision": revision(&deployment.revision),
        "status": deployment.status.word(),
        "createTime": seconds(deployment.created),
        "creator": creator,
        "ignoreApplicationStopFailures": false,
        "autoRollbackConfiguration": auto_rollback(deployment.auto_rollback),
        "updateOutdatedInstancesOnly": false,
        "rollbackInfo": rollback(deployment),
        "deploymentStyle": style(target_group.is_some()),
        "instanceTerminationWaitTimeStarted": false,
        "fileExistsBehavior": "DISALLOW",
        "deploymentStatusMessages": [],
        "computePlatform": "Server",
    });
    if deployment.status != DeploymentStatus::Created {
        let overview = deployment.overview();
        shape["deploymentOverview"] = json!({
            "Pending": overview.pending,
            "InProgress": overview.in_progress,
            "Succeeded": overview.succeeded,
            "Failed": overview.failed,
            "Skipped": overview.skipped,
            "Ready": 0,
        });
    }
    if let Some(previous) = &deployment.previous_revision {
        shape["previousRevision"] = revision(previous);
    }
    if let Some((code, message)) = &deployment.error {
        shape["errorInformation"] = json!({ "code": code, "message": message });
    }
    if let Some(description) = &deployment.description {
        shape["description"] = description.as_str().into();
    }
    if let Some(target_group) = target_group {
        shape["loadBalancerInfo"] = load_balancer(target_group);
    }
    for (name, time) in [
        ("startTime", deployment.started),
        ("completeTime", deployment.completed),
    ] {
        if let Some(time) = time {
            shape[name] = seconds(time);
        }
    }
    shape
}

fn rollback(deployment: &Deployment) -> Value {
    let mut shape = json!({});
    for (name, value) in [
        ("rollbackDeploymentId", &deployment.rollback.rollback),
        (
            "rollbackTriggeringDeploymentId",
            &deployment.rollback.triggering,
        ),
        ("rollbackMessage", &deployment.rollback.message),
    ] {
        if let Some(value) = value {
            shape[name] = value.as_str().into();
        }
    }
    shape
}

/// An instance of a deployment for `BatchGetDeploymentTargets`.
pub(super) fn target(call: &Call<'_>, deployment: &Deployment, target: &Target) -> Value {
    let events: Vec<Value> = deployment.event_records(target).iter().map(event).collect();
    json!({
        "deploymentTargetType": "InstanceTarget",
        "instanceTarget": {
            "deploymentId": deployment.id,
            "targetId": target.instance,
            "targetArn": format!(
                "arn:aws:ec2:{}:{}:instance/{}",
                call.region, call.account, target.instance
            ),
            "status": target.status.word(),
            "lastUpdatedAt": seconds(target.updated),
            "lifecycleEvents": events,
        },
    })
}

fn event(record: &EventRecord) -> Value {
    let mut shape = json!({
        "lifecycleEventName": record.name,
        "status": record.status.word(),
    });
    if let Some(started) = record.started {
        shape["startTime"] = seconds(started);
    }
    if let Some(ended) = record.ended {
        shape["endTime"] = seconds(ended);
    }
    if let Some(diagnostics) = &record.diagnostics {
        shape["diagnostics"] = json!({
            "errorCode": diagnostics.code,
            "scriptName": diagnostics.script,
            "message": diagnostics.message,
            "logTail": diagnostics.log_tail,
        });
    }
    shape
}
