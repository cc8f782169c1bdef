//! Projects and builds as CodeBuild writes them.

use serde_json::{Value, json};

use crate::sim::wire::{Call, seconds};
use crate::sim::world::builds::batch::BatchPlan;
use crate::sim::world::builds::{
    Build, Builds, Environment, Phase, PhaseRecord, Project, SourceSettings, StartBuild, Status,
    Surroundings, Variable,
};

mod surroundings;

/// `arn:aws:codebuild:REGION:ACCOUNT:KIND/NAME`
pub(super) fn arn(call: &Call<'_>, kind: &str, name: &str) -> String {
    format!(
        "arn:aws:codebuild:{}:{}:{kind}/{name}",
        call.region, call.account
    )
}

fn role_arn(call: &Call<'_>, role: &str) -> String {
    format!("arn:aws:iam::{}:role/service-role/{role}", call.account)
}

/// The key that encrypts what is kept: the project's, else S3's own.
fn key_arn(call: &Call<'_>, surroundings: &Surroundings) -> String {
    let (region, account) = (call.region, call.account);
    match surroundings.encryption_key.as_deref() {
        Some(key) if key.starts_with("arn:") => key.to_owned(),
        Some(alias) if alias.starts_with("alias/") => {
            format!("arn:aws:kms:{region}:{account}:{alias}")
        }
        Some(id) => format!("arn:aws:kms:{region}:{account}:key/{id}"),
        None => format!("arn:aws:kms:{region}:{account}:alias/aws/s3"),
    }
}

fn source(settings: &SourceSettings) -> Value {
    let mut shape = json!({
        "type": settings.kind,
        "insecureSsl": false,
    });
    if settings.kind != "NO_SOURCE" && settings.kind != "S3" {
        shape["gitCloneDepth"] = 1.into();
    }
    if settings.kind == "CODECOMMIT" {
        shape["gitSubmodulesConfig"] = json!({ "fetchSubmodules": false });
    }
    if let Some(location) = &settings.location {
        shape["location"] = location.as_str().into();
    }
    if let Some(buildspec) = &settings.buildspec {
        shape["buildspec"] = buildspec.as_str().into();
    }
    shape
}

fn environment(environment: &Environment) -> Value {
    let variables: Vec<Value> = environment.variables.iter().map(variable).collect();
    json!({
        "type": environment.kind,
        "image": environment.image,
        "computeType": environment.compute_type,
        "environmentVariables": variables,
        "privilegedMode": environment.privileged,
        "imagePullCredentialsType": environment.image_credentials,
    })
}

fn variable(variable: &Variable) -> Value {
    json!({ "name": variable.name, "value": variable.value, "type": variable.kind })
}

/// Tags as every service writes them.
pub(super) fn tags(tags: &[(String, String)]) -> Value {
    let tags = tags.iter();
    tags.map(|(key, value)| json!({ "key": key, "value": value }))
        .collect()
}

/// A project for `BatchGetProjects`.
pub(super) fn project(call: &Call<'_>, project: &Project) -> Value {
    let around = &project.surroundings;
    let mut shape = json!({
        "name": project.name,
        "arn": arn(call, "project", &project.name),
        "source": source(&project.source),
        "artifacts": surroundings::project_artifacts(project),
        "secondaryArtifacts": around.secondary_artifacts.iter().map(surroundings::artifacts).collect::<Value>(),
        "environment": environment(&project.environment),
        "serviceRole": role_arn(call, &project.role),
        "timeoutInMinutes": project.timeout_minutes,
        "queuedTimeoutInMinutes": project.queued_timeout_minutes,
        "tags": tags(&project.tags),
        "created": seconds(project.created),
        "lastModified": seconds(project.modified),
        "badge": { "badgeEnabled": false },
        "logsConfig": surroundings::logs(&around.logs),
        "projectVisibility": "PRIVATE",
    });
    shared(call, around, &mut shape);
    if let Some(description) = &project.description {
        shape["description"] = description.as_str().into();
    }
    if let Some(limit) = project.concurrent_limit {
        shape["concurrentBuildLimit"] = limit.into();
    }
    if let Some(webhook) = &project.webhook {
        shape["webhook"] = surroundings::webhook(webhook, project);
    }
    if let Some(plan) = &project.batch {
        shape["buildBatchConfig"] = batch_config(call, &project.name, plan);
    }
    shape
}

/// What projects, builds and batches tell alike.
fn shared(call: &Call<'_>, around: &Surroundings, shape: &mut Value) {
    let sources = around.secondary_sources.iter();
    let versions = sources.clone().filter_map(|one| {
        let version = one.version.as_ref()?;
        Some(json!({ "sourceIdentifier": one.identifier, "sourceVersion": version }))
    });
    shape["secondarySourceVersions"] = versions.collect();
    shape["secondarySources"] = sources
        .map(|one| {
            let mut shape = source(&one.source);
            shape["sourceIdentifier"] = one.identifier.as_str().into();
            shape
        })
        .collect();
    shape["cache"] = surroundings::cache(&around.cache);
    shape["encryptionKey"] = key_arn(call, around).into();
    if let Some(vpc) = &around.vpc {
        shape["vpcConfig"] = json!({
            "vpcId": vpc.id,
            "subnets": vpc.subnets,
            "securityGroupIds": vpc.security_groups,
        });
    }
}

/// A project's settings for its batches.
pub(super) fn batch_config(call: &Call<'_>, project: &str, plan: &BatchPlan) -> Value {
    json!({
        "serviceRole": role_arn(call, &format!("codebuild-{project}-batch-service-role")),
        "restrictions": { "maximumBuildsAllowed": plan.most_builds },
        "timeoutInMins": plan.timeout_minutes,
    })
}

/// The settings of a batch: its project's, and what it was started with.
pub(super) fn batch_surroundings(
    call: &Call<'_>,
    project: &Project,
    start: &StartBuild,
    shape: &mut Value,
) {
    let around = start.surroundings.as_ref().unwrap_or(&project.surroundings);
    let mut machine = project.environment.clone();
    machine.image = start.image.clone().unwrap_or(machine.image);
    machine.compute_type = start.compute_type.clone().unwrap_or(machine.compute_type);
    let overridden = |one: &Variable| !start.variables.iter().any(|other| other.name == one.name);
    machine.variables.retain(overridden);
    machine.variables.extend(start.variables.iter().cloned());
    shape["source"] = source(start.source.as_ref().unwrap_or(&project.source));
    shape["environment"] = environment(&machine);
    shape["serviceRole"] = role_arn(call, start.role.as_ref().unwrap_or(&project.role)).into();
    shape["logConfig"] = surroundings::logs(&around.logs);
    shape["buildTimeoutInMinutes"] = start
        .timeout_minutes
        .unwrap_or(project.timeout_minutes)
        .into();
    shape["queuedTimeoutInMinutes"] = start
        .queued_timeout_minutes
        .unwrap_or(project.queued_timeout_minutes)
        .into();
    shared(call, around, shape);
}

/// A build for `BatchGetBuilds`, `StartBuild`, `StopBuild` and `RetryBuild`.
pub(super) fn build(call: &Call<'_>, builds: &Builds, build: &Build) -> Value {
    let now = call.now;
    let around = &build.surroundings;
    let phases: Vec<Value> = build.phases(now).iter().map(phase).collect();
    let mut shape = json!({
        "id": build.id,
        "arn": arn(call, "build", &build.id),
        "buildNumber": build.number,
        "startTime": seconds(build.started),
        "currentPhase": build.current_phase(now).word(),
        "buildStatus": build.status(now).word(),
        "projectName": build.project,
        "phases": phases,
        "source": source(&build.source),
        "artifacts": surroundings::build_artifacts(builds.owner(), build, now),
        "secondaryArtifacts": surroundings::secondary_artifacts(build),
        "environment": environment(&build.environment),
        "serviceRole": role_arn(call, &build.role),
        "logs": logs(call, build),
        "timeoutInMinutes": build.timeout_minutes,
        "queuedTimeoutInMinutes": build.queued_timeout_minutes,
        "buildComplete": build.complete(now),
        "initiator": build.initiator,
    });
    shared(call, around, &mut shape);
    let reports: Vec<String> = build
        .reports(now)
        .iter()
        .map(|report| arn(call, "report", &report.id()))
        .collect();
    if !reports.is_empty() {
        shape["reportArns"] = json!(reports);
    }
    let exported = build.exported(builds.owner(), now);
    if !exported.is_empty() {
        let exported = exported.iter();
        shape["exportedEnvironmentVariables"] = exported
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
    }
    if let Some(batch) = &build.batch {
        shape["buildBatchArn"] = arn(call, "build-batch", batch).into();
    }
    if build.complete(now) {
        shape["endTime"] = seconds(build.ends());
    }
    for (name, value) in [
        ("sourceVersion", &build.source_version),
        ("resolvedSourceVersion", &build.resolved_source_version),
    ] {
        if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
            shape[name] = value.as_str().into();
        }
    }
    shape
}

fn phase(record: &PhaseRecord) -> Value {
    let mut shape = json!({
        "phaseType": record.phase.word(),
        "startTime": seconds(record.started),
    });
    if let Some(status) = record.status {
        shape["phaseStatus"] = status.word().into();
    }
    if let Some(ended) = record.ended {
        shape["endTime"] = seconds(ended);
        shape["durationInSeconds"] = ((ended - record.started) / 1000).into();
    }
    // The phases before PROVISIONING say nothing; later ones say nothing in two empty texts.
    if let Some(context) = &record.context {
        shape["contexts"] = json!([{ "statusCode": context.code, "message": context.message }]);
    } else if record.phase >= Phase::Provisioning && record.status == Some(Status::Succeeded) {
        shape["contexts"] = json!([{ "statusCode": "", "message": "" }]);
    }
    shape
}

/// Group and stream have no names before PROVISIONING, and the links then read `null`, as they do for a project
/// that does not log to CloudWatch.
fn logs(call: &Call<'_>, build: &Build) -> Value {
    let region = call.region;
    let settings = &build.surroundings.logs;
    let named = build.has_log(call.now) && settings.cloudwatch;
    let (group, stream) = if named {
        (build.log_group.as_str(), build.log_stream.as_str())
    } else {
        ("null", "null")
    };
    let config = surroundings::logs(settings);
    let mut shape = json!({
        "deepLink": format!(
            "https://console.aws.amazon.com/cloudwatch/home?region={region}#logEvent:group={group};stream={stream}"
        ),
        "cloudWatchLogsArn": if named {
            format!("arn:aws:logs:{region}:{}:log-group:{group}:log-stream:{stream}", call.account)
        } else {
            "arn:aws:logs:::log-group:null:log-stream:null".to_owned()
        },
        "cloudWatchLogs": config["cloudWatchLogs"],
        "s3Logs": config["s3Logs"],
    });
    if named {
        shape["groupName"] = group.into();
        shape["streamName"] = stream.into();
    }
    // Where the log will lie is known from the start, though it lies there at the end only.
    if let Some((bucket, key)) = settings.s3_object(build.uuid()) {
        shape["s3LogsArn"] = format!("arn:aws:s3:::{bucket}/{key}").into();
        shape["s3DeepLink"] =
            format!("https://s3.console.aws.amazon.com/s3/object/{bucket}/{key}?region={region}")
                .into();
    }
    shape
}
