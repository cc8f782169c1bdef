//! Artifacts, caches, logs and webhooks as CodeBuild writes them.

use serde_json::{Value, json};

use crate::sim::wire::Millis;
use crate::sim::world::Owner;
use crate::sim::world::artifacts::kept;
use crate::sim::world::builds::build::artifact_arn;
use crate::sim::world::builds::project::Webhook;
use crate::sim::world::builds::surroundings::{Artifacts, Cache, LogSettings};
use crate::sim::world::builds::{Build, Project};

/// A project's first artifact: CodePipeline's, one in a bucket, or none.
pub(super) fn project_artifacts(project: &Project) -> Value {
    match &project.surroundings.artifacts {
        Some(kept) => artifacts(kept),
        None if project.source.kind == "CODEPIPELINE" => json!({
            "type": "CODEPIPELINE",
            "name": project.name,
            "packaging": "NONE",
            "encryptionDisabled": false,
        }),
        None => json!({ "type": "NO_ARTIFACTS" }),
    }
}

/// One artifact in a bucket.
pub(super) fn artifacts(kept: &Artifacts) -> Value {
    let mut shape = json!({
        "type": "S3",
        "location": kept.bucket,
        "path": kept.path,
        "namespaceType": if kept.by_build { "BUILD_ID" } else { "NONE" },
        "name": kept.name,
        "packaging": if kept.zipped { "ZIP" } else { "NONE" },
        "overrideArtifactName": false,
        "encryptionDisabled": kept.encryption_disabled,
    });
    if !kept.identifier.is_empty() {
        shape["artifactIdentifier"] = kept.identifier.as_str().into();
    }
    shape
}

/// The first artifact of a build. The sums are those of the object in the bucket, once it lies there as one zip.
pub(super) fn build_artifacts(owner: &Owner, build: &Build, now: Millis) -> Value {
    let sums = kept::sums(owner, build, now);
    let (sha256, md5) = sums.map_or(("", ""), |sums| (sums.sha256.as_str(), sums.md5.as_str()));
    let kept = build.surroundings.artifacts.as_ref();
    json!({
        "location": build.artifact_location(),
        "sha256sum": sha256,
        "md5sum": md5,
        "overrideArtifactName": false,
        "encryptionDisabled": kept.is_some_and(|kept| kept.encryption_disabled),
    })
}

pub(super) fn secondary_artifacts(build: &Build) -> Value {
    let artifacts = build.surroundings.secondary_artifacts.iter();
    artifacts
        .map(|kept| {
            json!({
                "artifactIdentifier": kept.identifier,
                "location": artifact_arn(kept, build.uuid()),
                "overrideArtifactName": false,
                "encryptionDisabled": kept.encryption_disabled,
            })
        })
        .collect()
}

pub(super) fn cache(cache: &Cache) -> Value {
    match cache {
        Cache::None => json!({ "type": "NO_CACHE" }),
        Cache::S3(location) => json!({ "type": "S3", "location": location }),
        Cache::Local(modes) => json!({ "type": "LOCAL", "modes": modes }),
    }
}

pub(super) fn logs(settings: &LogSettings) -> Value {
    let status = |on: bool| if on { "ENABLED" } else { "DISABLED" };
    let mut cloudwatch = json!({ "status": status(settings.cloudwatch) });
    for (name, value) in [
        ("groupName", &settings.group),
        ("streamName", &settings.stream_prefix),
    ] {
        if let Some(value) = value {
            cloudwatch[name] = value.as_str().into();
        }
    }
    let mut s3 = json!({
        "status": status(settings.s3.is_some()),
        "encryptionDisabled": settings.s3_encryption_disabled,
    });
    if let Some(location) = &settings.s3 {
        s3["location"] = location.as_str().into();
    }
    json!({ "cloudWatchLogs": cloudwatch, "s3Logs": s3 })
}

pub(super) fn webhook(webhook: &Webhook, project: &Project) -> Value {
    let groups: Vec<Vec<Value>> = webhook
        .filters
        .iter()
        .map(|group| {
            let filters = group.iter();
            filters
                .map(|(kind, pattern)| {
                    json!({ "type": kind, "pattern": pattern, "excludeMatchedPattern": false })
                })
                .collect()
        })
        .collect();
    json!({
        "url": webhook.url,
        "filterGroups": groups,
        "buildType": if project.batch.is_some() { "BUILD_BATCH" } else { "BUILD" },
        "manualCreation": false,
        "status": "ACTIVE",
    })
}
