//! Batch builds: the newest of a project, and one with its graph.

use std::collections::BTreeMap;

use aws_sdk_codebuild::types;

use super::map::{batch_phase, build_id};
use super::{NEWEST, SERVICE, about, by_ids};
use crate::aws::calls::Calls;
use crate::aws::map::{id, text, time, word};
use crate::model::build::{Batch, BatchBuild, BatchGroup, Build};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{BatchId, BuildId, ProjectName};
use crate::model::status::State;

/// ListBuildBatchesForProject: the newest ids, newest first; one page, which holds a hundred.
pub(in crate::aws) async fn newest_of(
    calls: &Calls<'_>,
    project: &ProjectName,
) -> Result<Vec<BatchId>, Fault> {
    let request = calls
        .clients
        .codebuild
        .list_build_batches_for_project()
        .project_name(project.as_str())
        .sort_order(types::SortOrderType::Descending);
    let answer = calls
        .call(SERVICE, "ListBuildBatchesForProject", request.send())
        .await?;
    Ok(answer.ids().iter().take(NEWEST).map(Into::into).collect())
}

/// The newest batches of a project, newest first: two calls.
pub(in crate::aws) async fn of_project(
    calls: &Calls<'_>,
    project: &ProjectName,
) -> Result<Vec<Batch>, Fault> {
    let ids = newest_of(calls, project).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut batches = get(calls, &ids).await?;
    // BatchGetBuildBatches answers in any order.
    batches.sort_by_key(|batch| ids.iter().position(|id| *id == batch.id));
    Ok(batches)
}

/// BatchGetBuildBatches of one.
pub(in crate::aws) async fn one(calls: &Calls<'_>, id: &BatchId) -> Result<Batch, Fault> {
    let found = get(calls, std::slice::from_ref(id)).await?.pop();
    found.ok_or_else(|| {
        calls.place(SERVICE, "BatchGetBuildBatches").fault(
            FaultClass::NotFound,
            format!("CodeBuild knows no batch {id} in this region; it keeps them for a year"),
        )
    })
}

/// One batch, and when each of its builds started and ended, which a batch does not tell. `known`: builds that have
/// ended, and are not asked for again.
pub(in crate::aws) async fn with_times(
    calls: &Calls<'_>,
    id: &BatchId,
    known: &BTreeMap<BuildId, BatchBuild>,
) -> Result<Batch, Fault> {
    let mut batch = one(calls, id).await?;
    let asked: Vec<BuildId> = builds(&mut batch)
        .filter(|build| !known.contains_key(&build.build))
        .map(|build| build.build.clone())
        .take(NEWEST)
        .collect();
    let read: BTreeMap<BuildId, Build> = by_ids(calls, &asked)
        .await?
        .into_iter()
        .map(|build| (build.id.clone(), build))
        .collect();
    for build in builds(&mut batch) {
        if let Some(read) = read.get(&build.build) {
            (build.started, build.ended) = (read.started, read.ended);
        } else if let Some(known) = known.get(&build.build) {
            (build.started, build.ended) = (known.started, known.ended);
        }
    }
    Ok(batch)
}

/// Every build of a batch, earlier tries included.
fn builds(batch: &mut Batch) -> impl Iterator<Item = &mut BatchBuild> {
    let groups = batch.groups.iter_mut();
    groups.flat_map(|group| group.current.iter_mut().chain(&mut group.prior))
}

async fn get(calls: &Calls<'_>, ids: &[BatchId]) -> Result<Vec<Batch>, Fault> {
    let request = calls
        .clients
        .codebuild
        .batch_get_build_batches()
        .set_ids(Some(ids.iter().map(ToString::to_string).collect()));
    let answer = calls
        .call(SERVICE, "BatchGetBuildBatches", request.send())
        .await?;
    Ok(answer.build_batches().iter().filter_map(batch).collect())
}

/// None for one without an id, which nothing could be asked about.
pub(super) fn batch(told: &types::BuildBatch) -> Option<Batch> {
    let status = told.build_batch_status();
    Some(Batch {
        id: id(told.id())?,
        arn: word(told.arn()),
        project: word(told.project_name()).into(),
        number: told.build_batch_number(),
        state: State::of_build(status.map_or("", types::StatusType::as_str)),
        started: time(told.start_time()),
        ended: time(told.end_time()),
        source_version: text(told.source_version()),
        resolved_source_version: text(told.resolved_source_version()),
        initiator: text(told.initiator()),
        phases: told.phases().iter().map(batch_phase).collect(),
        groups: told.build_groups().iter().map(group).collect(),
        about: about::of_batch(told),
    })
}

fn group(told: &types::BuildGroup) -> BatchGroup {
    BatchGroup {
        identifier: word(told.identifier()),
        depends_on: told.depends_on().to_vec(),
        ignore_failure: told.ignore_failure(),
        current: told.current_build_summary().and_then(summary),
        prior: told
            .prior_build_summary_list()
            .iter()
            .filter_map(summary)
            .collect(),
    }
}

/// None before CodeBuild has made the build.
fn summary(told: &types::BuildSummary) -> Option<BatchBuild> {
    let status = told.build_status();
    Some(BatchBuild {
        build: build_id(told.arn()?)?.into(),
        state: State::of_build(status.map_or("", types::StatusType::as_str)),
        requested: time(told.requested_on()),
        started: None,
        ended: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::Status;

    #[test]
    fn a_batch_tells_what_waits_for_what_and_which_tries_there_were() {
        let summary = |id: &str, status: &str| {
            types::BuildSummary::builder()
                .arn(format!("arn:aws:codebuild:eu-west-1:1:build/{id}"))
                .build_status(status.into())
                .build()
        };
        let lint = types::BuildGroup::builder()
            .identifier("lint")
            .ignore_failure(true)
            .current_build_summary(summary("p:2", "IN_PROGRESS"))
            .prior_build_summary_list(summary("p:1", "FAILED"))
            .build();
        let test = types::BuildGroup::builder()
            .identifier("test")
            .depends_on("lint")
            .current_build_summary(types::BuildSummary::builder().build())
            .build();
        let told = types::BuildBatch::builder()
            .id("p:b")
            .build_batch_status(types::StatusType::InProgress)
            .build_groups(lint)
            .build_groups(test)
            .build();
        let batch = batch(&told).unwrap();
        let [lint, test] = &batch.groups[..] else {
            panic!("{:?}", batch.groups);
        };
        assert!(lint.ignore_failure && !test.ignore_failure);
        assert_eq!(lint.current.as_ref().unwrap().build.as_str(), "p:2");
        assert_eq!(lint.prior[0].state.status, Status::Failed);
        assert_eq!(
            (&test.depends_on[..], &test.current),
            (&["lint".to_owned()][..], &None)
        );
    }
}
