//! CodeBuild: the newest builds of a scope, and one build or batch at a time while it is looked at.
//!
//! The listing costs one call, and one more for the builds that are new or still move: a build that has ended never
//! changes (but for its log, which has a reader of its own).

mod about;
pub(super) mod batches;
mod map;
pub(super) mod projects;
pub(super) mod reports;

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_codebuild::types;

use crate::aws::Sessions;
use crate::aws::calls::Calls;
use crate::engine::source::{BoxFuture, Change, Item, Pace, PlanView, Planned, Reader, Source};
use crate::model::build::{Batch, BatchBuild, Build};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{BatchId, BatchKey, BuildId};
use crate::model::status::Status;

pub(super) const SERVICE: &str = "codebuild";

/// Builds kept in view, and the most BatchGetBuilds takes.
const NEWEST: usize = 100;

pub(super) struct Builds {
    sessions: Arc<Sessions>,
}

impl Builds {
    pub(super) fn source(sessions: &Arc<Sessions>) -> Arc<dyn Source> {
        Arc::new(Self {
            sessions: Arc::clone(sessions),
        })
    }
}

impl Source for Builds {
    fn service(&self) -> &'static str {
        SERVICE
    }

    fn plan(&self, view: &PlanView<'_>) -> Vec<Planned> {
        let mut plan = vec![Planned {
            item: Item::Listing,
            pace: Pace::Near,
        }];
        let selected = view
            .focus
            .build
            .as_ref()
            .filter(|key| key.scope == *view.scope);
        if let Some(key) = selected {
            let row = view.snapshot.builds.get(key);
            let build = row.and_then(|row| row.build.value());
            let ended = build.is_some_and(|build| !build.state.status.is_moving());
            if !ended {
                plan.push(Planned {
                    item: Item::One(Arc::from(key.id.as_str())),
                    pace: Pace::Watched,
                });
            }
        }
        let selected = view.focus.batch.as_ref();
        if let Some(key) = selected.filter(|key| key.scope == *view.scope) {
            let row = view.snapshot.batches.get(key);
            let batch = row.and_then(|row| row.batch.value());
            if batch.is_none_or(|batch| batch.state.status.is_moving()) {
                plan.push(Planned {
                    item: Item::Detail(Arc::from(key.id.as_str())),
                    pace: Pace::Watched,
                });
            }
        }
        plan
    }

    fn read<'a>(
        &'a self,
        item: &'a Item,
        reader: &'a Reader,
    ) -> BoxFuture<'a, Result<(), FaultClass>> {
        Box::pin(async move {
            let calls = self.sessions.reading(reader).await;
            let change = match item {
                Item::Listing => Change::Builds(match calls {
                    Ok(calls) => newest(&calls, reader).await,
                    Err(fault) => Err(fault),
                }),
                Item::One(id) => {
                    let id = BuildId::from(id);
                    let build = match calls {
                        Ok(calls) => one(&calls, &id).await,
                        Err(fault) => Err(fault),
                    };
                    Change::Build(id, build)
                }
                Item::Detail(id) => {
                    let id = BatchId::from(id);
                    let batch = match calls {
                        Ok(calls) => batches::with_times(&calls, &id, &ended(reader, &id)).await,
                        Err(fault) => Err(fault),
                    };
                    Change::Batch(id, batch)
                }
            };
            let class = match &change {
                Change::Builds(Err(fault))
                | Change::Build(_, Err(fault))
                | Change::Batch(_, Err(fault)) => Some(fault.class),
                _ => None,
            };
            reader.send(change).await;
            self.sessions.after(reader, class)
        })
    }
}

/// The builds of a batch that had ended when it was read last.
fn ended(reader: &Reader, id: &BatchId) -> BTreeMap<BuildId, BatchBuild> {
    let key = BatchKey {
        scope: reader.scope.clone(),
        id: id.clone(),
    };
    let row = reader.snapshot.batches.get(&key);
    let batch: Option<&Arc<Batch>> = row.and_then(|row| row.batch.value());
    let groups = batch.into_iter().flat_map(|batch| &batch.groups);
    let builds = groups.flat_map(|group| group.current.iter().chain(&group.prior));
    builds
        .filter(|build| build.ended.is_some())
        .map(|build| (build.build.clone(), build.clone()))
        .collect()
}

/// The newest builds, newest first. Those that ended and are known are not asked for again.
async fn newest(calls: &Calls<'_>, reader: &Reader) -> Result<Vec<Build>, Fault> {
    let ids = newest_ids(calls).await?;
    let mut known: BTreeMap<&str, &Arc<Build>> = BTreeMap::new();
    for row in reader.snapshot.builds.rows() {
        if row.key.scope == reader.scope
            && let Some(build) = row.build.value()
            && build.state.status != Status::NotRun
            && !build.state.status.is_moving()
        {
            known.insert(row.key.id.as_str(), build);
        }
    }
    let unknown = ids.iter().filter(|id| !known.contains_key(id.as_str()));
    let unknown: Vec<BuildId> = unknown.cloned().collect();
    let mut all = by_ids(calls, &unknown).await?;
    let kept = ids.iter().filter_map(|id| known.get(id.as_str()));
    all.extend(kept.map(|build| Build::clone(build)));
    // BatchGetBuilds answers in any order.
    let place = |build: &Build| ids.iter().position(|id| *id == build.id);
    all.sort_by_key(place);
    Ok(all)
}

/// ListBuilds: the newest ids over all projects, newest first; one page, which holds a hundred.
pub(super) async fn newest_ids(calls: &Calls<'_>) -> Result<Vec<BuildId>, Fault> {
    let request = calls
        .clients
        .codebuild
        .list_builds()
        .sort_order(types::SortOrderType::Descending);
    let answer = calls.call(SERVICE, "ListBuilds", request.send()).await?;
    let ids = answer.ids().iter().map(BuildId::from);
    Ok(ids.take(NEWEST).collect())
}

/// BatchGetBuilds. Ids that AWS no longer knows are left out.
pub(super) async fn by_ids(calls: &Calls<'_>, ids: &[BuildId]) -> Result<Vec<Build>, Fault> {
    let mut all = Vec::with_capacity(ids.len());
    for some in ids.chunks(NEWEST) {
        let request = calls
            .clients
            .codebuild
            .batch_get_builds()
            .set_ids(Some(some.iter().map(ToString::to_string).collect()));
        let answer = calls
            .call(SERVICE, "BatchGetBuilds", request.send())
            .await?;
        all.extend(answer.builds().iter().filter_map(map::build));
    }
    Ok(all)
}

/// BatchGetBuilds of one.
pub(super) async fn one(calls: &Calls<'_>, id: &BuildId) -> Result<Build, Fault> {
    let mut found = by_ids(calls, std::slice::from_ref(id)).await?;
    found.pop().ok_or_else(|| {
        calls.place(SERVICE, "BatchGetBuilds").fault(
            FaultClass::NotFound,
            format!("CodeBuild knows no build {id} in this region; it keeps builds for a year"),
        )
    })
}
