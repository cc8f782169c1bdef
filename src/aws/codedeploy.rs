//! CodeDeploy: the newest deployments of a scope, and the fleets of those that move, failed, or are looked at.
//!
//! The listing costs one call, and one for every 25 deployments that are new or still move. A fleet costs two calls or
//! more, so it is read while it can change, once after its deployment has ended, and not again.

mod map;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::result::SdkError;

use crate::aws::calls::Calls;
use crate::aws::{Sessions, class_of, page};
use crate::engine::source::{
    BoxFuture, Change, DeploymentPart, Item, Pace, PlanView, Planned, Reader, Source,
};
use crate::model::deployment::{Deployment, DeploymentRow, MinimumHealthyHosts, Target};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{DeploymentId, DeploymentKey};
use crate::model::status::Status;
use crate::model::time::Timestamp;

pub(super) const SERVICE: &str = "codedeploy";

/// Deployments kept in view.
const NEWEST: usize = 100;
/// The most BatchGetDeployments and BatchGetDeploymentTargets take (API model; an older quota page says 100).
const BATCH: usize = 25;
/// A fleet larger than this is cut.
const MOST_TARGETS: usize = 5_000;

/// A rollback is told in the deployment it undoes within this time.
const ROLLBACK_TOLD: Duration = Duration::from_mins(10);
/// The last events of a fleet are written within this time of the deployment's end.
const LAST_EVENTS: Duration = Duration::from_secs(10);

pub(super) struct Deployments {
    sessions: Arc<Sessions>,
}

impl Deployments {
    pub(super) fn source(sessions: &Arc<Sessions>) -> Arc<dyn Source> {
        Arc::new(Self {
            sessions: Arc::clone(sessions),
        })
    }
}

impl Source for Deployments {
    fn service(&self) -> &'static str {
        SERVICE
    }

    fn plan(&self, view: &PlanView<'_>) -> Vec<Planned> {
        let mut plan = vec![Planned {
            item: Item::Listing,
            pace: Pace::Near,
        }];
        let rows = view.snapshot.deployments.rows();
        let here: Vec<&DeploymentRow> = rows
            .iter()
            .map(|row| &**row)
            .filter(|row| row.key.scope == *view.scope)
            .collect();
        let newest = newest_of_groups(&here);
        for row in &here {
            let interest = if view.focus.deployment.as_ref() == Some(&row.key) {
                Interest::Selected
            } else if newest.contains(&row.key.id) {
                Interest::Newest
            } else {
                Interest::Past
            };
            if let Some(pace) = pace(row, interest) {
                plan.push(Planned {
                    item: Item::One(Arc::from(row.key.id.as_str())),
                    pace,
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
            let class = match item {
                Item::Listing => {
                    let deployments = match calls {
                        Ok(calls) => newest(&calls, reader).await,
                        Err(fault) => Err(fault),
                    };
                    let class = class_of(&deployments);
                    reader.send(Change::Deployments(deployments)).await;
                    class
                }
                Item::One(id) | Item::Detail(id) => {
                    let id = DeploymentId::from(id);
                    match calls {
                        Ok(calls) => read_one(&calls, reader, &id).await,
                        Err(fault) => {
                            let class = fault.class;
                            let part = DeploymentPart::Targets(Err(fault));
                            reader.send(Change::Deployment(id, part)).await;
                            Some(class)
                        }
                    }
                }
            };
            self.sessions.after(reader, class)
        })
    }
}

/// Why a deployment's fleet is worth its calls.
#[derive(Clone, Copy, Debug)]
enum Interest {
    Selected,
    /// The newest of its group: it tells what runs there now.
    Newest,
    Past,
}

/// How often a fleet is read; none once nothing in it can change any more.
fn pace(row: &DeploymentRow, interest: Interest) -> Option<Pace> {
    let deployment = row.deployment.value()?;
    let status = deployment.state.status;
    if status.is_moving() || status == Status::Waiting {
        return Some(match interest {
            Interest::Selected => Pace::Watched,
            Interest::Newest | Interest::Past => Pace::Near,
        });
    }
    let settled = row.targets.fault().is_none()
        && match (row.targets.fetched_at(), deployment.completed) {
            (Some(read), Some(ended)) => read > ended.plus(LAST_EVENTS),
            (Some(_), None) => true,
            (None, _) => false,
        };
    if settled {
        return None;
    }
    match interest {
        Interest::Selected => Some(Pace::Near),
        Interest::Newest => Some(Pace::InTurn),
        Interest::Past => status.is_bad().then_some(Pace::InTurn),
    }
}

/// The newest deployment of each application and group: the one that tells what runs there now.
fn newest_of_groups(rows: &[&DeploymentRow]) -> BTreeSet<DeploymentId> {
    let mut newest: BTreeMap<(&str, &str), &Deployment> = BTreeMap::new();
    for row in rows {
        let Some(deployment) = row.deployment.value() else {
            continue;
        };
        let group = (deployment.application.as_str(), deployment.group.as_str());
        let known = newest.entry(group).or_insert(deployment);
        if deployment.created > known.created {
            *known = deployment;
        }
    }
    newest.values().map(|newest| newest.id.clone()).collect()
}

/// Reads the deployment itself, its fleet, and the configuration that says how many must stay healthy.
async fn read_one(calls: &Calls<'_>, reader: &Reader, id: &DeploymentId) -> Option<FaultClass> {
    let send = async |part| reader.send(Change::Deployment(id.clone(), part)).await;
    let targets = targets(calls, id).await;
    let mut class = class_of(&targets);
    send(DeploymentPart::Targets(targets)).await;
    let key = DeploymentKey {
        scope: reader.scope.clone(),
        id: id.clone(),
    };
    let row = reader.snapshot.deployments.get(&key);
    let known = row.and_then(|row| row.deployment.value());
    // The fleet and its deployment are shown beside each other and should be of one age.
    let read = match known {
        Some(known) if !known.state.status.is_moving() => None,
        _ => Some(one(calls, id).await),
    };
    let configuration = match &read {
        Some(Ok(read)) => Some(read.configuration.clone()),
        _ => known.map(|known| known.configuration.clone()),
    };
    if let Some(read) = read {
        class = class.or_else(|| class_of(&read));
        send(DeploymentPart::Info(Box::new(read))).await;
    }
    if let Some(configuration) = configuration.filter(|name| !name.is_empty()) {
        let minimum = minimum_healthy(calls, &configuration).await;
        class = class.or_else(|| class_of(&minimum));
        send(DeploymentPart::MinimumHealthy(minimum)).await;
    }
    class
}

/// The newest deployments, newest first. Those that ended and are known are not asked for again.
async fn newest(calls: &Calls<'_>, reader: &Reader) -> Result<Vec<Deployment>, Fault> {
    let ids = newest_ids(calls).await?;
    let mut known: BTreeMap<&str, &Arc<Deployment>> = BTreeMap::new();
    for row in reader.snapshot.deployments.rows() {
        if row.key.scope == reader.scope
            && let Some(deployment) = row.deployment.value()
            && has_ended(deployment, reader.now())
        {
            known.insert(row.key.id.as_str(), deployment);
        }
    }
    let unknown = ids.iter().filter(|id| !known.contains_key(id.as_str()));
    let unknown: Vec<DeploymentId> = unknown.cloned().collect();
    let mut all = by_ids(calls, &unknown).await?;
    let kept = ids.iter().filter_map(|id| known.get(id.as_str()));
    all.extend(kept.map(|deployment| Deployment::clone(deployment)));
    // Neither listing nor batch promises an order.
    all.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
    Ok(all)
}

/// Nothing about it changes any more: a rollback that a failed one starts is told in it a little after its end.
fn has_ended(deployment: &Deployment, now: Timestamp) -> bool {
    let over = matches!(
        deployment.state.status,
        Status::Succeeded | Status::Failed | Status::Stopped
    );
    over && deployment
        .completed
        .is_some_and(|completed| completed.age(now) > ROLLBACK_TOLD)
}

/// ListDeployments: the newest ids over all applications.
pub(super) async fn newest_ids(calls: &Calls<'_>) -> Result<Vec<DeploymentId>, Fault> {
    page::collect(NEWEST, |token| async move {
        let request = calls
            .clients
            .codedeploy
            .list_deployments()
            .set_next_token(token);
        let answer = calls
            .call(SERVICE, "ListDeployments", request.send())
            .await?;
        let ids = answer.deployments().iter().map(DeploymentId::from);
        Ok((ids.collect(), answer.next_token().map(str::to_owned)))
    })
    .await
}

/// BatchGetDeployments, 25 a call.
pub(super) async fn by_ids(
    calls: &Calls<'_>,
    ids: &[DeploymentId],
) -> Result<Vec<Deployment>, Fault> {
    let mut all = Vec::with_capacity(ids.len());
    for some in ids.chunks(BATCH) {
        let request = calls
            .clients
            .codedeploy
            .batch_get_deployments()
            .set_deployment_ids(Some(some.iter().map(ToString::to_string).collect()));
        let answer = calls
            .call(SERVICE, "BatchGetDeployments", request.send())
            .await?;
        let infos = answer.deployments_info().iter();
        all.extend(infos.filter_map(map::deployment));
    }
    Ok(all)
}

/// BatchGetDeployments of one.
pub(super) async fn one(calls: &Calls<'_>, id: &DeploymentId) -> Result<Deployment, Fault> {
    let mut found = by_ids(calls, std::slice::from_ref(id)).await?;
    found.pop().ok_or_else(|| {
        calls.place(SERVICE, "BatchGetDeployments").fault(
            FaultClass::NotFound,
            format!("CodeDeploy knows no deployment {id} in this region"),
        )
    })
}

/// ListDeploymentTargets and BatchGetDeploymentTargets: the fleet, what needs a look first. None before it started.
pub(super) async fn targets(calls: &Calls<'_>, id: &DeploymentId) -> Result<Vec<Target>, Fault> {
    let ids = page::collect(MOST_TARGETS, |token| async move {
        let request = calls
            .clients
            .codedeploy
            .list_deployment_targets()
            .deployment_id(id.as_str())
            .set_next_token(token);
        let request = async {
            match request.send().await {
                // Not started means no targets yet, which is no fault.
                Err(SdkError::ServiceError(error))
                    if error.err().is_deployment_not_started_exception() =>
                {
                    Ok(None)
                }
                answer => answer.map(Some),
            }
        };
        let answer = calls
            .call(SERVICE, "ListDeploymentTargets", request)
            .await?;
        let ids = answer.as_ref().map(|answer| answer.target_ids().to_vec());
        let token = answer.and_then(|answer| answer.next_token().map(str::to_owned));
        Ok((ids.unwrap_or_default(), token))
    })
    .await?;
    let mut all = Vec::with_capacity(ids.len());
    for some in ids.chunks(BATCH) {
        let request = calls
            .clients
            .codedeploy
            .batch_get_deployment_targets()
            .deployment_id(id.as_str())
            .set_target_ids(Some(some.to_vec()));
        let answer = calls
            .call(SERVICE, "BatchGetDeploymentTargets", request.send())
            .await?;
        let found = answer.deployment_targets().iter();
        all.extend(found.filter_map(map::target));
    }
    all.sort_by(|a, b| (a.state.status, &a.id).cmp(&(b.state.status, &b.id)));
    Ok(all)
}

/// GetDeploymentConfig: how many hosts must stay healthy. Read once for each configuration.
pub(super) async fn minimum_healthy(
    calls: &Calls<'_>,
    configuration: &str,
) -> Result<MinimumHealthyHosts, Fault> {
    let known = calls.clients.healthy_hosts.lock().await;
    if let Some(known) = known.get(configuration) {
        return Ok(known.clone());
    }
    drop(known);
    let request = calls
        .clients
        .codedeploy
        .get_deployment_config()
        .deployment_config_name(configuration);
    let answer = calls
        .call(SERVICE, "GetDeploymentConfig", request.send())
        .await?;
    let minimum = map::minimum(
        answer
            .deployment_config_info()
            .and_then(|info| info.minimum_healthy_hosts()),
    );
    let mut known = calls.clients.healthy_hosts.lock().await;
    known.insert(configuration.to_owned(), minimum.clone());
    Ok(minimum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::remote::Remote;

    fn row(word: &str, completed: Option<i64>, read: Option<i64>) -> DeploymentRow {
        let info = aws_sdk_codedeploy::types::DeploymentInfo::builder()
            .deployment_id("d-1")
            .status(word.into())
            .set_complete_time(completed.map(aws_smithy_types::DateTime::from_millis))
            .build();
        let deployment = map::deployment(&info).unwrap();
        let mut row = DeploymentRow::new(DeploymentKey {
            scope: crate::model::ids::Scope {
                account: "a".into(),
                region: "r".into(),
            },
            id: deployment.id.clone(),
        });
        row.deployment = Remote::ready(Arc::new(deployment), Timestamp::from_millis(1));
        if let Some(read) = read {
            row.targets = Remote::ready(Arc::default(), Timestamp::from_millis(read));
        }
        row
    }

    #[test]
    fn a_fleet_is_read_while_it_moves_once_after_and_not_again() {
        assert_eq!(
            pace(&row("InProgress", None, Some(5)), Interest::Selected),
            Some(Pace::Watched)
        );
        assert_eq!(
            pace(&row("InProgress", None, None), Interest::Past),
            Some(Pace::Near)
        );
        let ended = 100_000;
        assert_eq!(
            pace(
                &row("Succeeded", Some(ended), Some(ended)),
                Interest::Newest
            ),
            Some(Pace::InTurn),
            "read at its end, perhaps before the last event"
        );
        assert_eq!(
            pace(
                &row("Succeeded", Some(ended), Some(ended + 11_000)),
                Interest::Selected
            ),
            None
        );
        assert_eq!(
            pace(&row("Failed", Some(ended), None), Interest::Past),
            Some(Pace::InTurn)
        );
        assert_eq!(
            pace(&row("Succeeded", Some(ended), None), Interest::Past),
            None
        );
    }
}
