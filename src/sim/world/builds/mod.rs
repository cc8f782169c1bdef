//! One place's build projects and their builds.
//!
//! A build is a start and a plan; where it stands is told from the time, so running and finished builds cost
//! nothing while nobody asks. [`Builds::advance`] makes log streams and notes ends. Pipelines start builds
//! here and follow [`build::Build::status`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::Owner;
use crate::sim::world::logs::{Logs, Source};

pub mod build;
pub mod plan;
pub mod project;
pub mod report;

pub use build::{Build, PhaseRecord, Status};
pub use plan::{Command, Context, Phase, Plan, Script};
pub use project::{Environment, Project, SourceSettings, Variable};
pub use report::Tests;

/// Builds that may run in one place at once; CodeBuild's default for small machines.
const MOST_RUNNING: usize = 60;
/// How long a `StartBuild` with the same token answers the same build.
const TOKEN_MILLIS: Millis = 5 * 60_000;

/// One place's build projects and their builds.
#[derive(Debug, Default)]
pub struct Builds {
    owner: Owner,
    projects: BTreeMap<String, Project>,
    all: BTreeMap<String, Build>,
    by_start: BTreeSet<(Millis, u64, String)>,
    by_project: BTreeMap<String, Vec<String>>,
    due: BTreeSet<(Millis, Step, String)>,
    started: u64,
    tokens: BTreeMap<String, (Millis, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Log,
    End,
}

/// What a build is started with.
#[derive(Clone, Debug, Default)]
pub struct StartBuild {
    pub source_version: Option<String>,
    pub resolved_source_version: Option<String>,
    pub initiator: String,
    /// Added to the project's variables; one of the same name replaces it.
    pub variables: Vec<Variable>,
    pub source: Option<SourceSettings>,
    pub image: Option<String>,
    pub compute_type: Option<String>,
    pub timeout_minutes: Option<i64>,
    /// Where the artifact goes, an S3 ARN.
    pub artifact_location: Option<String>,
    /// How this build goes, in place of what the project says.
    pub plan: Option<Arc<Plan>>,
    /// How much longer than its plan it takes; absent, a little more or less, as real builds do.
    pub stretch: Option<f64>,
    /// The first digits of its UUID.
    pub uuid: Option<String>,
    pub token: Option<String>,
}

/// Why a build was not started or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildFault {
    NoSuchProject,
    NoSuchBuild,
    /// As many builds run as the place allows.
    QueueFull(usize),
}

impl Builds {
    pub fn new(owner: &Owner) -> Self {
        Self {
            owner: owner.clone(),
            ..Self::default()
        }
    }

    /// Adds a project, or replaces the one of this name.
    pub fn add_project(&mut self, project: Project) {
        self.projects.insert(project.name.clone(), project);
    }

    /// The projects in order of name.
    pub fn projects(&self) -> impl Iterator<Item = &Project> {
        self.projects.values()
    }

    pub fn project(&self, name: &str) -> Option<&Project> {
        self.projects.get(name)
    }

    pub fn get(&self, id: &str) -> Option<&Build> {
        self.all.get(id)
    }

    /// The ids of all builds, oldest first.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.by_start.iter().map(|(_, _, id)| id.as_str())
    }

    /// The ids of a project's builds, oldest first.
    pub fn ids_of(&self, project: &str) -> &[String] {
        self.by_project.get(project).map_or(&[], Vec::as_slice)
    }

    /// When the next thing happens by itself.
    pub fn next_event(&self) -> Option<Millis> {
        self.due.first().map(|(at, _, _)| *at)
    }

    /// Moves everything to `to`: makes the log streams of builds that have got that far.
    pub fn advance(&mut self, to: Millis, logs: &mut Logs) {
        while self.next_event().is_some_and(|at| at <= to) {
            let Some((at, step, id)) = self.due.pop_first() else {
                break;
            };
            if step == Step::Log
                && let Some(build) = self.all.get(&id)
            {
                open_log(build, &self.owner, at, logs);
            }
        }
    }

    /// Starts a build and answers its id.
    pub fn start(
        &mut self,
        now: Millis,
        project: &str,
        start: StartBuild,
    ) -> Result<String, BuildFault> {
        if let Some((at, id)) = start
            .token
            .as_ref()
            .and_then(|token| self.tokens.get(token))
            && now - at < TOKEN_MILLIS
        {
            return Ok(id.clone());
        }
        let running = self
            .due
            .iter()
            .filter(|(at, step, _)| *step == Step::End && *at > now)
            .count();
        let Some(project) = self.projects.get(project) else {
            return Err(BuildFault::NoSuchProject);
        };
        if running >= MOST_RUNNING {
            return Err(BuildFault::QueueFull(MOST_RUNNING));
        }
        self.started += 1;
        let mut random = Random::named(
            self.owner.seed,
            &format!(
                "build {} {} {} {}",
                self.owner.account, self.owner.region, project.name, self.started
            ),
        );
        let uuid = with_first_digits(&random.uuid(), start.uuid.as_deref().unwrap_or_default());
        let token = start.token.clone();
        let ids = self.by_project.entry(project.name.clone()).or_default();
        let build = made(
            project,
            start,
            &uuid,
            ids.len() as u64 + 1,
            now,
            &self.owner,
            &mut random,
        );
        let id = build.id.clone();
        ids.push(id.clone());
        if let Some(token) = token {
            self.tokens.insert(token, (now, id.clone()));
        }
        self.by_start.insert((now, self.started, id.clone()));
        let (log, end) = (build.stream_starts(), build.ends());
        if log < end {
            self.due.insert((log, Step::Log, id.clone()));
        }
        self.due.insert((end, Step::End, id.clone()));
        self.all.insert(id.clone(), build);
        Ok(id)
    }

    /// Starts a build with the settings of an earlier one.
    pub fn retry(
        &mut self,
        now: Millis,
        id: &str,
        initiator: &str,
        token: Option<String>,
    ) -> Result<String, BuildFault> {
        let build = self.all.get(id).ok_or(BuildFault::NoSuchBuild)?;
        let start = StartBuild {
            source_version: build.source_version.clone(),
            resolved_source_version: build.resolved_source_version.clone(),
            initiator: initiator.to_owned(),
            variables: build.environment.variables.clone(),
            source: Some(build.source.clone()),
            image: Some(build.environment.image.clone()),
            compute_type: Some(build.environment.compute_type.clone()),
            timeout_minutes: Some(build.timeout_minutes),
            artifact_location: Some(build.artifact_location.clone()),
            token,
            ..StartBuild::default()
        };
        let project = build.project.clone();
        self.start(now, &project, start)
    }

    /// Stops a running build; one that is over stays as it is.
    pub fn stop(&mut self, now: Millis, id: &str, logs: &mut Logs) -> Result<(), BuildFault> {
        let build = self.all.get_mut(id).ok_or(BuildFault::NoSuchBuild)?;
        if build.complete(now) {
            return Ok(());
        }
        let (log, end) = (build.stream_starts(), build.ends());
        build.stopped = Some(now);
        self.due.remove(&(log, Step::Log, id.to_owned()));
        self.due.remove(&(end, Step::End, id.to_owned()));
        logs.cut(&build.log_group, &build.log_stream, now);
        Ok(())
    }
}

/// The UUID with its first digits replaced by those given.
fn with_first_digits(uuid: &str, digits: &str) -> String {
    let mut whole: String = digits.chars().take(uuid.len()).collect();
    whole.extend(uuid.chars().skip(digits.chars().count()));
    whole
}

fn made(
    project: &Project,
    start: StartBuild,
    uuid: &str,
    number: u64,
    now: Millis,
    owner: &Owner,
    random: &mut Random,
) -> Build {
    let mut environment = project.environment.clone();
    for variable in start.variables {
        environment
            .variables
            .retain(|other| other.name != variable.name);
        environment.variables.push(variable);
    }
    if let Some(image) = start.image {
        environment.image = image;
    }
    if let Some(compute_type) = start.compute_type {
        environment.compute_type = compute_type;
    }
    let plan = start.plan.unwrap_or_else(|| Arc::clone(&project.plan));
    Build {
        id: format!("{}:{uuid}", project.name),
        project: project.name.clone(),
        number,
        started: now,
        source_version: start.source_version,
        resolved_source_version: start.resolved_source_version,
        initiator: start.initiator,
        source: start.source.unwrap_or_else(|| project.source.clone()),
        environment,
        role: project.role.clone(),
        timeout_minutes: start.timeout_minutes.unwrap_or(project.timeout_minutes),
        queued_timeout_minutes: project.queued_timeout_minutes,
        artifact_location: start.artifact_location.unwrap_or_default(),
        log_group: project.log_group(),
        log_stream: uuid.to_owned(),
        plan,
        stretch: start
            .stretch
            .unwrap_or_else(|| random.between(900, 1_150) as f64 / 1000.0),
        pace: owner.pace,
        stopped: None,
    }
}

fn open_log(build: &Build, owner: &Owner, at: Millis, logs: &mut Logs) {
    let commit = build.resolved_source_version.clone().unwrap_or_default();
    let source = Source::Script {
        lines: Arc::clone(&build.plan.lines),
        start: build.started,
        stretch: build.stretch,
        pace: build.pace,
        values: vec![
            ("short_commit", commit.chars().take(7).collect()),
            ("commit", commit),
            ("build", build.log_stream.clone()),
            ("project", build.project.clone()),
            ("number", build.number.to_string()),
            ("account", owner.account.clone()),
            ("region", owner.region.clone()),
        ],
    };
    let stream = logs.create_stream(&build.log_group, &build.log_stream, at, source);
    if let Some(gap) = build.plan.gap {
        stream.mark_gap(gap);
    }
    // A stream of a build that ran out of time ends with it.
    stream.cut(build.ends());
}

#[cfg(test)]
mod tests;
