//! Batch builds: started, stopped, retried, listed and told.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::sim::wire::{Answer, Call, Members, WireError, seconds};
use crate::sim::world::Place;
use crate::sim::world::builds::batch::{Batch, BatchPhaseRecord, Group, Member};
use crate::sim::world::builds::{Build, Builds};

use super::overrides::{self, Overrides};
use super::shapes;
use super::{MOST_LISTED, ORDERS, bare, batch, listed_by, members, no_project, refused};

const STATUSES: [&str; 6] = [
    "SUCCEEDED",
    "FAILED",
    "FAULT",
    "TIMED_OUT",
    "IN_PROGRESS",
    "STOPPED",
];

pub(super) fn no_batch(call: &Call<'_>, id: &str) -> WireError {
    WireError::new(
        "ResourceNotFoundException",
        format!(
            "Build batch {} cannot be found",
            shapes::arn(call, "build-batch", id)
        ),
    )
}

pub(super) fn batch_get(call: &Call<'_>, builds: &Builds) -> Answer {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in batch(call, "ids")? {
        match builds.batch(bare(call, "build-batch", &id)) {
            Some(batch) => found.push(shape(call, builds, batch)),
            None => missing.push(id),
        }
    }
    Ok(json!({ "buildBatches": found, "buildBatchesNotFound": missing }))
}

pub(super) fn list(call: &Call<'_>, builds: &Builds) -> Answer {
    let members = members(call);
    let ids = builds.batch_ids().collect();
    listed(call, &members, builds, ids, "")
}

pub(super) fn list_for_project(call: &Call<'_>, builds: &Builds) -> Answer {
    let members = members(call);
    let name = members.bounded_text("projectName", 1, usize::MAX)?;
    let name = bare(call, "project", name);
    if builds.project(name).is_none() {
        return Err(no_project(call, name));
    }
    let own = |id: &&str| {
        id.rsplit_once(':')
            .is_some_and(|(project, _)| project == name)
    };
    let ids = builds.batch_ids().filter(own).collect();
    listed(call, &members, builds, ids, name)
}

/// One page of batches, of those that the filter takes.
fn listed(
    call: &Call<'_>,
    members: &Members<'_>,
    builds: &Builds,
    mut ids: Vec<&str>,
    named: &str,
) -> Answer {
    let order = members.optional_word("sortOrder", &ORDERS)?;
    let limit = members.optional_bounded_integer("maxResults", 1, MOST_LISTED as i64)?;
    let token = members.optional_text("nextToken")?;
    let filter = members.optional_structure("filter")?;
    let status = match filter {
        Some(filter) => filter.optional_word("status", &STATUSES)?,
        None => None,
    };
    if let Some(status) = status {
        ids.retain(|id| {
            let batch = builds.batch(id);
            batch.is_some_and(|batch| batch.status().word() == status)
        });
    }
    if order != Some("ASCENDING") {
        ids.reverse();
    }
    let scope = format!(
        "ListBuildBatches {} {} {named} {order:?} {status:?}",
        call.account, call.region
    );
    let limit = limit.map_or(MOST_LISTED, |limit| limit as usize);
    listed_by("ids", &ids, token, limit, &scope)
}

pub(super) fn start(call: &Call<'_>, place: &mut Place) -> Answer {
    let members = members(call);
    let name = members.bounded_text("projectName", 1, usize::MAX)?;
    let name = bare(call, "project", name);
    let overrides = Overrides::of(call, &members, "buildTimeoutInMinutesOverride")?;
    let Some(project) = place.builds.project(name) else {
        return Err(no_project(call, name));
    };
    let start = overrides.start(project, &place.repositories)?;
    let id = place
        .builds
        .start_batch(call.now, name, start, BTreeMap::new())
        .map_err(|fault| refused(call, name, &fault))?;
    shown(call, &place.builds, &id)
}

pub(super) fn stop(call: &Call<'_>, place: &mut Place) -> Answer {
    let members = members(call);
    let id = members.bounded_text("id", 1, usize::MAX)?;
    let id = bare(call, "build-batch", id);
    place
        .builds
        .stop_batch(call.now, id, &mut place.logs)
        .map_err(|fault| refused(call, id, &fault))?;
    shown(call, &place.builds, id)
}

pub(super) fn retry(call: &Call<'_>, place: &mut Place) -> Answer {
    let members = members(call);
    let id = members.bounded_text("id", 1, usize::MAX)?;
    let id = bare(call, "build-batch", id);
    let kinds = ["RETRY_ALL_BUILDS", "RETRY_FAILED_BUILDS"];
    let kind = members.optional_word("retryType", &kinds)?;
    let token = overrides::token(call, &members)?;
    place
        .builds
        .retry_batch(
            call.now,
            id,
            kind != Some("RETRY_FAILED_BUILDS"),
            token.as_ref(),
        )
        .map_err(|fault| refused(call, id, &fault))?;
    shown(call, &place.builds, id)
}

fn shown(call: &Call<'_>, builds: &Builds, id: &str) -> Answer {
    let batch = builds.batch(id).ok_or_else(|| no_batch(call, id))?;
    Ok(json!({ "buildBatch": shape(call, builds, batch) }))
}

/// What a batch says of its settings, which are its project's where nothing was set for it.
fn shape(call: &Call<'_>, builds: &Builds, batch: &Batch) -> Value {
    let phases: Vec<Value> = batch.phases.iter().map(phase).collect();
    let groups: Vec<Value> = batch
        .groups
        .iter()
        .map(|group| group_shape(call, builds, group))
        .collect();
    let mut shape = json!({
        "id": batch.id,
        "arn": shapes::arn(call, "build-batch", &batch.id),
        "startTime": seconds(batch.started),
        "currentPhase": batch.phase().word(),
        "buildBatchStatus": batch.status().word(),
        "projectName": batch.project,
        "phases": phases,
        "complete": batch.complete(),
        "initiator": batch.start.initiator,
        "buildBatchNumber": batch.number,
        "buildGroups": groups,
        "artifacts": { "location": "" },
        "secondaryArtifacts": [],
        "buildBatchConfig": shapes::batch_config(call, &batch.project, &batch.plan),
    });
    if let Some(ended) = batch.ended {
        shape["endTime"] = seconds(ended);
    }
    for (name, value) in [
        ("sourceVersion", &batch.start.source_version),
        (
            "resolvedSourceVersion",
            &batch.start.resolved_source_version,
        ),
    ] {
        if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
            shape[name] = value.as_str().into();
        }
    }
    if let Some(project) = builds.project(&batch.project) {
        shapes::batch_surroundings(call, project, &batch.start, &mut shape);
    }
    shape
}

fn phase(record: &BatchPhaseRecord) -> Value {
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
    if let Some(context) = &record.context {
        shape["contexts"] = json!([{ "statusCode": context.code, "message": context.message }]);
    }
    shape
}

fn group_shape(call: &Call<'_>, builds: &Builds, group: &Group) -> Value {
    let summary = |member: &Member| summary(call, builds, group, member);
    let mut shape = json!({
        "identifier": group.identifier,
        "dependsOn": group.depends_on,
        "ignoreFailure": group.ignore_failure,
    });
    if let Some(member) = &group.current {
        shape["currentBuildSummary"] = summary(member);
    }
    if !group.prior.is_empty() {
        shape["priorBuildSummaryList"] = group.prior.iter().map(summary).collect();
    }
    shape
}

fn summary(call: &Call<'_>, builds: &Builds, group: &Group, member: &Member) -> Value {
    let build = builds.get(&member.build);
    let status = build.map_or("FAULT", |build| build.status(call.now).word());
    let location = build.map(Build::artifact_location).unwrap_or_default();
    let artifact = if location.is_empty() {
        json!({ "type": "NO_ARTIFACTS", "identifier": group.identifier })
    } else {
        json!({ "type": "S3", "identifier": group.identifier, "location": location })
    };
    let mut shape = json!({
        "arn": shapes::arn(call, "build", &member.build),
        "requestedOn": seconds(member.requested),
        "buildStatus": status,
    });
    if build.is_some_and(|build| build.complete(call.now)) {
        shape["primaryArtifact"] = artifact;
        shape["secondaryArtifacts"] = json!([]);
    }
    shape
}
