//! Projects and builds as CodeBuild writes them.

use serde_json::{Value, json};

use crate::sim::wire::{Call, seconds};
use crate::sim::world::builds::{
    Build, Environment, Phase, PhaseRecord, Project, SourceSettings, Status, Variable,
};

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

fn key_arn(call: &Call<'_>) -> String {
    format!("arn:aws:kms:{}:{}:alias/aws/s3", call.region, call.account)
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
        "imagePullCredentialsType": "CODEBUILD",
    })
}

fn variable(variable: &Variable) -> Value {
    json!({ "name": variable.name, "value": variable.value, "type": variable.kind })
}

/// A project for `BatchGetProjects`.
pub(super) fn project(call: &Call<'_>, project: &Project) -> Value {
    let artifacts = if project.source.kind == "CODEPIPELINE" {
        json!({
            "type": "CODEPIPELINE",
            "name": project.name,
            "packaging": "NONE",
            "encryptionDisabled": false,
        })
    } else {
        json!({ "type": "NO_ARTIFACTS" })
    };
    let tags: Vec<Value> = project
        .tags
        .iter()
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect();
    let mut shape = json!({
        "name": project.name,
        "arn": arn(call, "project", &project.name),
        "source": source(&project.source),
        "secondarySources": [],
        "secondarySourceVersions": [],
        "artifacts": artifacts,
        "secondaryArtifacts": [],
        "cache": { "type": "NO_CACHE" },
        "environment": environment(&project.environment),
        "serviceRole": role_arn(call, &project.role),
        "timeoutInMinutes": project.timeout_minutes,
        "queuedTimeoutInMinutes": project.queued_timeout_minutes,
        "encryptionKey": key_arn(call),
        "tags": tags,
        "created": seconds(project.created),
        "lastModified": seconds(project.modified),
        "badge": { "badgeEnabled": false },
        "logsConfig": {
            "cloudWatchLogs": { "status": "ENABLED" },
            "s3Logs": { "status": "DISABLED", "encryptionDisabled": false },
        },
        "projectVisibility": "PRIVATE",
    });
    if let Some(description) = &project.description {
        shape["description"] = description.as_str().into();
    }
    shape
}

/// A build for `BatchGetBuilds`, `StartBuild`, `StopBuild` and `RetryBuild`.
pub(super) fn build(call: &Call<'_>, build: &Build) -> Value {
    let now = call.now;
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
        "secondarySources": [],
        "secondarySourceVersions": [],
        "artifacts": {
            "location": build.artifact_location,
            "sha256sum": "",
            "md5sum": "",
            "overrideArtifactName": false,
            "encryptionDisabled": false,
        },
        "secondaryArtifacts": [],
        "cache": { "type": "NO_CACHE" },
        "environment": environment(&build.environment),
        "serviceRole": role_arn(call, &build.role),
        "logs": logs(call, build),
        "timeoutInMinutes": build.timeout_minutes,
        "queuedTimeoutInMinutes": build.queued_timeout_minutes,
        "buildComplete": build.complete(now),
        "initiator": build.initiator,
        "encryptionKey": key_arn(call),
    });
    if let Some((report, _)) = build.report(now) {
        shape["reportArns"] = json!([arn(call, "report", &report)]);
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

/// How long CodeBuild keeps a report.
const REPORT_KEPT: i64 = 30 * 86_400_000;

/// The test report of a build, for `BatchGetReports`; none when there is none, or none any more.
pub(super) fn report(call: &Call<'_>, build: &Build) -> Option<Value> {
    let (id, created) = build.report(call.now)?;
    let expired = created + REPORT_KEPT;
    if expired <= call.now {
        return None;
    }
    let (group, _) = id.rsplit_once(':')?;
    let tests = build.plan.tests;
    let status = match (build.complete(call.now), tests.failed) {
        (false, _) => "GENERATING",
        (true, 0) => "SUCCEEDED",
        (true, _) => "FAILED",
    };
    Some(json!({
        "arn": arn(call, "report", &id),
        "type": "TEST",
        "name": group,
        "reportGroupArn": arn(call, "report-group", group),
        "executionId": arn(call, "build", &build.id),
        "status": status,
        "created": seconds(created),
        "expired": seconds(expired),
        "exportConfig": { "exportConfigType": "NO_EXPORT" },
        "truncated": false,
        "testSummary": {
            "total": tests.total(),
            "statusCounts": {
                "ERROR": 0,
                "FAILED": tests.failed,
                "SKIPPED": tests.skipped,
                "SUCCEEDED": tests.passed,
                "UNKNOWN": 0,
            },
            "durationInNanoSeconds": tests.lasts * 1_000_000,
        },
    }))
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

/// Group and stream have no names before PROVISIONING, and the links then read `null`.
fn logs(call: &Call<'_>, build: &Build) -> Value {
    let region = call.region;
    let named = build.has_log(call.now);
    let (group, stream) = if named {
        (build.log_group.as_str(), build.log_stream.as_str())
    } else {
        ("null", "null")
    };
    let mut shape = json!({
        "deepLink": format!(
            "https://console.aws.amazon.com/cloudwatch/home?region={region}#logEvent:group={group};stream={stream}"
        ),
        "cloudWatchLogsArn": if named {
            format!("arn:aws:logs:{region}:{}:log-group:{group}:log-stream:{stream}", call.account)
        } else {
            "arn:aws:logs:::log-group:null:log-stream:null".to_owned()
        },
        "cloudWatchLogs": { "status": "ENABLED" },
        "s3Logs": { "status": "DISABLED", "encryptionDisabled": false },
    });
    if named {
        shape["groupName"] = group.into();
        shape["streamName"] = stream.into();
    }
    shape
}
