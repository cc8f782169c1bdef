//! One place's applications, fleets and deployments.
//!
//! Pipelines create deployments here and follow their status; `services::codedeploy` reads. A group deploys
//! one thing at a time; a failed or stopped deployment may call up another that brings the last good
//! revision back, as its group says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::Owner;

pub mod deployment;
pub mod fleet;
mod walk;

pub use deployment::{
    Creator, Deployment, DeploymentStatus, Diagnostics, EventRecord, Overview, RollbackInfo,
    Target, TargetStatus,
};
pub use fleet::{
    Application, AutoRollback, DeploymentConfig, EVENT_NAMES, EventPlan, Failure, Group, Instance,
    MinimumHealthy, Revision, balanced_events, standard_events,
};

/// How long a deployment stays Created.
const CREATED_MILLIS: Millis = 1_500;
/// How long after the end of a deployment its rollback is created.
const ROLLBACK_MILLIS: Millis = 900;

/// One place's applications, fleets and deployments.
#[derive(Debug, Default)]
pub struct Deployments {
    owner: Owner,
    applications: BTreeMap<String, Application>,
    configs: BTreeMap<String, DeploymentConfig>,
    all: BTreeMap<String, Deployment>,
    by_creation: BTreeSet<(Millis, u64, String)>,
    due: BTreeSet<(Millis, Due, String)>,
    created: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Step,
    /// The deployment named is to be rolled back.
    Rollback,
}

/// What a deployment is created with.
#[derive(Clone, Debug)]
pub struct CreateDeployment {
    pub revision: Revision,
    pub description: Option<String>,
    /// In place of the group's.
    pub config: Option<String>,
    /// What will go wrong.
    pub failures: Vec<Failure>,
    /// In place of one that the seed gives.
    pub id: Option<String>,
}

/// Why a deployment was not created or stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeploymentFault {
    NoSuchApplication,
    NoSuchGroup,
    NoSuchConfig,
    NoSuchDeployment,
    /// The group is busy with this deployment.
    Deploying(String),
    AlreadyCompleted,
}

/// How far a stop has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopProgress {
    /// Events that run are let finish.
    Pending,
    Succeeded,
}

impl Deployments {
    /// A place has AWS's predefined configurations from the start.
    pub fn new(owner: &Owner) -> Self {
        let mut deployments = Self {
            owner: owner.clone(),
            ..Self::default()
        };
        for (number, name, percent) in [
            (1, "CodeDeployDefault.AllAtOnce", 0),
            (2, "CodeDeployDefault.HalfAtATime", 50),
            (3, "CodeDeployDefault.OneAtATime", 99),
        ] {
            deployments.configs.insert(
                name.to_owned(),
                DeploymentConfig {
                    name: name.to_owned(),
                    id: format!("00000000-0000-0000-0000-{number:012}"),
                    minimum: MinimumHealthy::FleetPercent(percent),
                    created: 1_411_081_164_379,
                },
            );
        }
        deployments
    }

    fn random(&self, what: &str) -> Random {
        Random::named(
            self.owner.seed,
            &format!("{} {} {what}", self.owner.account, self.owner.region),
        )
    }

    /// Adds a configuration, or replaces the one of this name.
    pub fn add_config(&mut self, name: &str, minimum: MinimumHealthy, now: Millis) {
        let id = self.random(&format!("configuration {name}")).uuid();
        self.configs.insert(
            name.to_owned(),
            DeploymentConfig {
                name: name.to_owned(),
                id,
                minimum,
                created: now,
            },
        );
    }

    pub fn config(&self, name: &str) -> Option<&DeploymentConfig> {
        self.configs.get(name)
    }

    /// Adds a group, and its application when it is not there. A group of this name is replaced.
    pub fn add_group(&mut self, application: &str, mut group: Group, now: Millis) {
        group.id = self
            .random(&format!("group {application} {}", group.name))
            .uuid();
        let id = self.random(&format!("application {application}")).uuid();
        self.applications
            .entry(application.to_owned())
            .or_insert_with(|| Application {
                name: application.to_owned(),
                id,
                created: now,
                groups: BTreeMap::new(),
            })
            .groups
            .insert(group.name.clone(), group);
    }

    /// The applications in order of name.
    pub fn applications(&self) -> impl Iterator<Item = &Application> {
        self.applications.values()
    }

    pub fn application(&self, name: &str) -> Option<&Application> {
        self.applications.get(name)
    }

    pub fn group(&self, application: &str, group: &str) -> Option<&Group> {
        self.applications.get(application)?.groups.get(group)
    }

    pub fn get(&self, id: &str) -> Option<&Deployment> {
        self.all.get(id)
    }

    /// All deployments, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Deployment> {
        self.by_creation
            .iter()
            .filter_map(|(_, _, id)| self.all.get(id))
    }

    /// Creates a deployment and answers its id.
    pub fn create(
        &mut self,
        now: Millis,
        application: &str,
        group: &str,
        create: CreateDeployment,
    ) -> Result<String, DeploymentFault> {
        self.make(now, application, group, create, Creator::User)
    }

    fn make(
        &mut self,
        now: Millis,
        application: &str,
        group: &str,
        create: CreateDeployment,
        creator: Creator,
    ) -> Result<String, DeploymentFault> {
        self.created += 1;
        let mut random = self.random(&format!("deployment {}", self.created));
        let known = self
            .applications
            .get_mut(application)
            .ok_or(DeploymentFault::NoSuchApplication)?
            .groups
            .get_mut(group)
            .ok_or(DeploymentFault::NoSuchGroup)?;
        let config = create.config.unwrap_or_else(|| known.config.clone());
        let minimum = self
            .configs
            .get(&config)
            .ok_or(DeploymentFault::NoSuchConfig)?
            .minimum;
        let last = known.deployments.last().and_then(|id| self.all.get(id));
        if let Some(last) = last.filter(|last| !last.status.complete()) {
            return Err(DeploymentFault::Deploying(last.id.clone()));
        }
        let id = create
            .id
            .unwrap_or_else(|| format!("d-{}", random.capitals(9)));
        let previous = known
            .last_succeeded
            .as_ref()
            .and_then(|id| self.all.get(id))
            .map(|last| last.revision.clone());
        let deployment = Deployment {
            id: id.clone(),
            application: application.to_owned(),
            group: group.to_owned(),
            config,
            revision: create.revision,
            previous_revision: previous,
            description: create.description,
            creator,
            created: now,
            started: None,
            completed: None,
            status: DeploymentStatus::Created,
            error: None,
            rollback: RollbackInfo::default(),
            auto_rollback: known.auto_rollback,
            targets: in_order(known, now),
            minimum: minimum.hosts(known.fleet.len()),
            events: Arc::clone(&known.events),
            failures: create.failures,
            pace: self.owner.pace,
            begins: self.owner.pace.after(now, CREATED_MILLIS),
            stop: None,
        };
        known.deployments.push(id.clone());
        self.due.insert((deployment.begins, Due::Step, id.clone()));
        self.by_creation.insert((now, self.created, id.clone()));
        self.all.insert(id.clone(), deployment);
        Ok(id)
    }

    /// When the next thing happens by itself.
    pub fn next_event(&self) -> Option<Millis> {
        self.due.first().map(|(at, _, _)| *at)
    }

    /// Moves everything to `to`.
    pub fn advance(&mut self, to: Millis) {
        while self.next_event().is_some_and(|at| at <= to) {
            let Some((at, due, id)) = self.due.pop_first() else {
                break;
            };
            match due {
                Due::Step => self.step(at, &id),
                Due::Rollback => self.roll_back(at, &id),
            }
        }
    }

    fn step(&mut self, now: Millis, id: &str) {
        let Some(deployment) = self.all.get_mut(id) else {
            return;
        };
        deployment.step(now);
        if let Some(next) = deployment.next_event() {
            self.due.insert((next, Due::Step, id.to_owned()));
        }
        if deployment.status.complete() {
            self.completed(now, id);
        }
    }

    /// Keeps in the group what the deployment left behind.
    fn completed(&mut self, now: Millis, id: &str) {
        let Some(deployment) = self.all.get(id) else {
            return;
        };
        let Some(group) = self
            .applications
            .get_mut(&deployment.application)
            .and_then(|application| application.groups.get_mut(&deployment.group))
        else {
            return;
        };
        group.unhealthy = deployment
            .targets
            .iter()
            .filter(|target| target.unfinished())
            .map(|target| target.instance.clone())
            .collect();
        for instance in &mut group.fleet {
            if deployment
                .target(&instance.id)
                .is_some_and(|target| target.status == TargetStatus::Succeeded)
            {
                instance.revision = Some(deployment.revision.clone());
            }
        }
        if deployment.status == DeploymentStatus::Succeeded {
            group.last_succeeded = Some(id.to_owned());
        }
        let wanted = match deployment.status {
            DeploymentStatus::Failed => deployment.auto_rollback.on_failure,
            DeploymentStatus::Stopped => {
                deployment.stop == Some(true) || deployment.auto_rollback.on_stop
            }
            _ => false,
        };
        if wanted && deployment.creator == Creator::User {
            let at = self.owner.pace.after(now, ROLLBACK_MILLIS);
            self.due.insert((at, Due::Rollback, id.to_owned()));
        }
    }

    fn roll_back(&mut self, now: Millis, id: &str) {
        let Some(failed) = self.all.get(id) else {
            return;
        };
        let (application, group) = (failed.application.clone(), failed.group.clone());
        let create = failed
            .previous_revision
            .clone()
            .map(|revision| CreateDeployment {
                revision,
                description: None,
                config: None,
                failures: Vec::new(),
                id: None,
            });
        let made = create.and_then(|create| {
            self.make(now, &application, &group, create, Creator::Rollback)
                .ok()
        });
        let message = match &made {
            Some(rollback) => format!(
                "Deployment {id} is being rolled back. Deployment {rollback} redeploys the last revision that was deployed successfully."
            ),
            None => format!(
                "Deployment {id} can't be rolled back, because no revision was deployed successfully to this deployment group before."
            ),
        };
        if let Some(failed) = self.all.get_mut(id) {
            failed.rollback.rollback.clone_from(&made);
            failed.rollback.message = Some(message.clone());
        }
        if let Some(rollback) = made.and_then(|made| self.all.get_mut(&made)) {
            rollback.rollback.triggering = Some(id.to_owned());
            rollback.rollback.message = Some(message);
        }
    }

    /// Stops a deployment: nothing more is begun, events that run are let finish. With `rollback` the last
    /// good revision is brought back even where the group would not.
    pub fn stop(
        &mut self,
        now: Millis,
        id: &str,
        rollback: bool,
    ) -> Result<StopProgress, DeploymentFault> {
        let deployment = self
            .all
            .get_mut(id)
            .ok_or(DeploymentFault::NoSuchDeployment)?;
        if deployment.status.complete() {
            return Err(DeploymentFault::AlreadyCompleted);
        }
        deployment.stop = Some(rollback || deployment.stop == Some(true));
        if deployment.overview().in_progress > 0 {
            return Ok(StopProgress::Pending);
        }
        if let Some(next) = deployment.next_event() {
            self.due.remove(&(next, Due::Step, id.to_owned()));
        }
        self.step(now, id);
        Ok(StopProgress::Succeeded)
    }
}

/// The fleet in the order it is walked: what the last deployment left broken first.
fn in_order(group: &Group, now: Millis) -> Vec<Target> {
    let target =
        |instance: &Instance| Target::new(instance, !group.unhealthy.contains(&instance.id), now);
    let broken = |instance: &&Instance| group.unhealthy.contains(&instance.id);
    let mut targets: Vec<Target> = group.fleet.iter().filter(broken).map(target).collect();
    targets.extend(
        group
            .fleet
            .iter()
            .filter(|instance| !broken(instance))
            .map(target),
    );
    targets
}

#[cfg(test)]
mod tests;
