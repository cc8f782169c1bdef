//! How batches move: their builds are started when what they wait for has ended.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::batch::{Batch, BatchPhase, BatchPhaseRecord, DOWNLOAD_SOURCE, Group, Member, Node};
use super::build::Status;
use super::plan::{Context, Plan};
use super::project::Variable;
use super::{BuildFault, Builds, StartBuild, Step, Token, with_first_digits};
use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::logs::Logs;

/// How long SUBMITTED lasts.
const SUBMITTED_MILLIS: Millis = 320;
/// How long the artifacts of a batch take to be put together.
const COMBINING_MILLIS: Millis = 40;

/// How a group stands for those that wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Waiting,
    Running,
    /// It succeeded, or its failure does not count.
    Passed,
    Failed,
}

impl Builds {
    pub fn batch(&self, id: &str) -> Option<&Batch> {
        self.batches.get(id)
    }

    /// The ids of all batches, oldest first.
    pub fn batch_ids(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.batches_by_start.iter().map(|(_, _, id)| id.as_str())
    }

    /// Starts a batch and answers its id. `first` are courses that nodes take in their first try.
    pub fn start_batch(
        &mut self,
        now: Millis,
        project: &str,
        start: StartBuild,
        first: BTreeMap<String, Arc<Plan>>,
    ) -> Result<String, BuildFault> {
        if let Some(token) = &start.token
            && let Some(id) = self.told_before(now, token)?
        {
            return Ok(id);
        }
        let Some(known) = self.projects.get(project) else {
            return Err(BuildFault::NoSuchProject);
        };
        let plan = known.batch.clone().ok_or(BuildFault::NoBatches)?;
        self.started += 1;
        let of_project = |batch: &&Batch| batch.project == project;
        let number = self.batches.values().filter(of_project).count() as u64 + 1;
        let (account, region) = (&self.owner.account, &self.owner.region);
        let name = format!("batch {account} {region} {project} {number}");
        let uuid = Random::named(self.owner.seed, &name).uuid();
        let uuid = with_first_digits(&uuid, start.uuid.as_deref().unwrap_or_default());
        let id = format!("{project}:{uuid}");
        if let Some(token) = &start.token {
            self.note(now, token, &id);
        }
        let batch = Batch {
            id: id.clone(),
            project: project.to_owned(),
            number,
            started: now,
            ended: None,
            start: StartBuild {
                uuid: None,
                token: None,
                batch: Some(id.clone()),
                ..start
            },
            phases: vec![BatchPhaseRecord {
                phase: BatchPhase::Submitted,
                status: None,
                started: now,
                ended: None,
                context: None,
            }],
            groups: groups(&plan.nodes),
            plan,
            first,
        };
        self.batches_by_start
            .insert((now, self.started, id.clone()));
        self.batches.insert(id.clone(), batch);
        self.after(now, SUBMITTED_MILLIS, &id);
        Ok(id)
    }

    /// Takes a batch up again that has failed: all of it, or what did not succeed.
    pub fn retry_batch(
        &mut self,
        now: Millis,
        id: &str,
        all: bool,
        token: Option<&Token>,
    ) -> Result<(), BuildFault> {
        if let Some(token) = token
            && self.told_before(now, token)?.is_some()
        {
            return Ok(());
        }
        let standings = self.standings(id);
        let batch = self.batches.get_mut(id).ok_or(BuildFault::NoSuchBatch)?;
        if batch.status() != Status::Failed {
            return Err(BuildFault::NotFailed);
        }
        for group in &mut batch.groups {
            let stands = standings.get(&group.identifier);
            if all || stands != Some(&Standing::Passed) {
                group.prior.extend(group.current.take());
            }
        }
        batch.enter(BatchPhase::Submitted, Status::Failed, None, now);
        if let Some(token) = token {
            self.note(now, token, id);
        }
        self.after(now, SUBMITTED_MILLIS, id);
        Ok(())
    }

    /// Stops a batch and the builds of it that run; one that is over stays as it is.
    pub fn stop_batch(&mut self, now: Millis, id: &str, logs: &mut Logs) -> Result<(), BuildFault> {
        let batch = self.batches.get_mut(id).ok_or(BuildFault::NoSuchBatch)?;
        if batch.complete() {
            return Ok(());
        }
        batch.enter(BatchPhase::Stopped, Status::Stopped, None, now);
        self.stop_members(id, now, logs);
        Ok(())
    }

    fn stop_members(&mut self, id: &str, now: Millis, logs: &mut Logs) {
        let members: Vec<String> = self
            .batches
            .get(id)
            .into_iter()
            .flat_map(|batch| &batch.groups)
            .filter_map(|group| group.current.as_ref())
            .map(|member| member.build.clone())
            .collect();
        for build in members {
            let stopped = self.cut_short(now, &build, logs);
            debug_assert!(
                stopped.is_ok(),
                "{build} belongs to a batch and is not there"
            );
        }
    }

    /// Lets a batch go on by itself after a while.
    fn after(&mut self, now: Millis, lasts: Millis, id: &str) {
        let at = self.owner.pace.after(now, lasts).max(now + 1);
        self.due.insert((at, Step::Batch, id.to_owned()));
    }

    /// Moves the batches on that wait for the end of a build of this one's project.
    pub(super) fn build_ended(&mut self, build: &str, now: Millis, logs: &mut Logs) {
        let Some((project, _)) = build.rsplit_once(':') else {
            return;
        };
        let waiting: Vec<String> = self
            .batches
            .values()
            .filter(|batch| batch.project == project && !batch.complete())
            .map(|batch| batch.id.clone())
            .collect();
        for id in waiting {
            match self.batches.get(&id).map(Batch::phase) {
                Some(BatchPhase::DownloadBatchspec) => self.downloaded(&id, now),
                Some(BatchPhase::InProgress) => self.settle(&id, now, logs),
                _ => {}
            }
        }
    }

    /// Moves a batch on whose time has come.
    pub(super) fn batch_due(&mut self, id: &str, now: Millis) {
        let Some(batch) = self.batches.get_mut(id) else {
            return;
        };
        match batch.phase() {
            BatchPhase::Submitted => {
                batch.enter(BatchPhase::DownloadBatchspec, Status::Succeeded, None, now);
                if batch.current(DOWNLOAD_SOURCE).is_some() {
                    // A retry of what failed has its source already.
                    self.downloaded(id, now);
                } else {
                    self.start_member(id, DOWNLOAD_SOURCE, now);
                }
            }
            BatchPhase::CombineArtifacts => {
                batch.enter(BatchPhase::Succeeded, Status::Succeeded, None, now);
            }
            _ => {}
        }
    }

    /// The source is there, or cannot be had.
    fn downloaded(&mut self, id: &str, now: Millis) {
        let standing = self.standings(id).get(DOWNLOAD_SOURCE).copied();
        let Some(batch) = self.batches.get_mut(id) else {
            return;
        };
        match standing {
            Some(Standing::Passed) => {
                batch.enter(BatchPhase::InProgress, Status::Succeeded, None, now);
                self.start_ready(id, now);
            }
            Some(Standing::Failed) => {
                let context = Context {
                    code: "CLIENT_ERROR".to_owned(),
                    message: "Failed to download batch spec".to_owned(),
                };
                batch.enter(BatchPhase::Failed, Status::Failed, Some(context), now);
            }
            _ => {}
        }
    }

    /// Starts what can start; when nothing runs and nothing can, the batch is over.
    fn settle(&mut self, id: &str, now: Millis, logs: &mut Logs) {
        let standings = self.standings(id);
        let failed = standings.values().any(|one| *one == Standing::Failed);
        let fast = self
            .batches
            .get(id)
            .is_some_and(|batch| batch.plan.fast_fail);
        if failed && fast {
            self.stop_members(id, now, logs);
        } else {
            self.start_ready(id, now);
        }
        let standings = self.standings(id);
        if standings.values().any(|one| *one == Standing::Running) || self.ready(id, &standings) {
            return;
        }
        let Some(batch) = self.batches.get_mut(id) else {
            return;
        };
        if failed {
            let context = Context {
                code: "CLIENT_ERROR".to_owned(),
                message: format!(
                    "Build group failed: {}",
                    names(&standings, Standing::Failed)
                ),
            };
            batch.enter(BatchPhase::Failed, Status::Failed, Some(context), now);
        } else {
            batch.enter(BatchPhase::CombineArtifacts, Status::Succeeded, None, now);
            self.after(now, COMBINING_MILLIS, id);
        }
    }

    /// Whether something of a batch could run as soon as there is room for it.
    fn ready(&self, id: &str, standings: &BTreeMap<String, Standing>) -> bool {
        let fast = |batch: &&Batch| {
            batch.plan.fast_fail && standings.values().any(|one| *one == Standing::Failed)
        };
        self.batches
            .get(id)
            .filter(|batch| !fast(batch))
            .into_iter()
            .flat_map(|batch| &batch.groups)
            .any(|group| can_start(group, standings))
    }

    fn start_ready(&mut self, id: &str, now: Millis) {
        let standings = self.standings(id);
        let ready: Vec<String> = self
            .batches
            .get(id)
            .into_iter()
            .flat_map(|batch| &batch.groups)
            .filter(|group| can_start(group, &standings))
            .map(|group| group.identifier.clone())
            .collect();
        for identifier in ready {
            self.start_member(id, &identifier, now);
        }
    }

    /// Starts the build of a group. One for which there is no room waits for the end of another.
    fn start_member(&mut self, id: &str, identifier: &str, now: Millis) {
        let Some(batch) = self.batches.get_mut(id) else {
            return;
        };
        let node = batch
            .plan
            .nodes
            .iter()
            .find(|node| node.identifier == identifier);
        let first = batch.first.get(identifier);
        let start = member(batch, node, first, identifier);
        let project = batch.project.clone();
        let Ok(build) = self.start(now, &project, start) else {
            return;
        };
        let Some(batch) = self.batches.get_mut(id) else {
            return;
        };
        batch.first.remove(identifier);
        let mut groups = batch.groups.iter_mut();
        if let Some(group) = groups.find(|group| group.identifier == identifier) {
            group.current = Some(Member {
                build,
                requested: now,
            });
        }
    }

    /// How the groups of a batch stand, at the moment that it has been moved to.
    fn standings(&self, id: &str) -> BTreeMap<String, Standing> {
        let groups = self
            .batches
            .get(id)
            .into_iter()
            .flat_map(|batch| &batch.groups);
        groups
            .map(|group| {
                let build = group
                    .current
                    .as_ref()
                    .and_then(|one| self.all.get(&one.build));
                let standing = match build.map(|build| build.status(self.now)) {
                    None => Standing::Waiting,
                    Some(Status::InProgress) => Standing::Running,
                    Some(Status::Succeeded) => Standing::Passed,
                    Some(_) if group.ignore_failure => Standing::Passed,
                    Some(_) => Standing::Failed,
                };
                (group.identifier.clone(), standing)
            })
            .collect()
    }
}

fn groups(nodes: &[Node]) -> Vec<Group> {
    let first = Group {
        identifier: DOWNLOAD_SOURCE.to_owned(),
        depends_on: Vec::new(),
        ignore_failure: false,
        current: None,
        prior: Vec::new(),
    };
    let others = nodes.iter().map(|node| Group {
        identifier: node.identifier.clone(),
        depends_on: node.depends_on.clone(),
        ignore_failure: node.ignore_failure,
        current: None,
        prior: Vec::new(),
    });
    std::iter::once(first).chain(others).collect()
}

fn can_start(group: &Group, standings: &BTreeMap<String, Standing>) -> bool {
    let passed = |name: &String| standings.get(name) == Some(&Standing::Passed);
    standings.get(&group.identifier) == Some(&Standing::Waiting)
        && group.depends_on.iter().all(passed)
}

/// What the build of a group is started with.
fn member(
    batch: &Batch,
    node: Option<&Node>,
    first: Option<&Arc<Plan>>,
    identifier: &str,
) -> StartBuild {
    let own = node.map_or(&batch.plan.download, |node| &node.plan);
    let mut start = StartBuild {
        plan: Some(Arc::clone(first.unwrap_or(own))),
        ..batch.start.clone()
    };
    if let Some(node) = node {
        start.variables.extend(node.variables.iter().cloned());
        start.image = node.image.clone().or(start.image);
        start.compute_type = node.compute_type.clone().or(start.compute_type);
    }
    start.variables.push(Variable {
        name: "CODEBUILD_BATCH_BUILD_IDENTIFIER".to_owned(),
        value: identifier.to_owned(),
        kind: "PLAINTEXT".to_owned(),
    });
    start
}

fn names(standings: &BTreeMap<String, Standing>, wanted: Standing) -> String {
    let found = standings.iter().filter(|(_, one)| **one == wanted);
    let names: Vec<&str> = found.map(|(name, _)| name.as_str()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests;
