//! One place's build projects and their builds.
//!
//! A build is a start and a plan; where it stands is told from the time, so running and finished builds cost
//! nothing while nobody asks. [`Builds::advance`] makes log streams and notes ends. Pipelines start builds
//! here and follow [`build::Build::status`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::Owner;
use crate::sim::world::logs::Logs;

pub mod batch;
mod batches;
pub mod build;
pub mod cases;
pub mod plan;
pub mod project;
pub mod report;
pub mod surroundings;

use batch::Batch;
pub use build::{Build, PhaseRecord, Status};
pub use plan::{Command, Context, Phase, Plan, Script};
pub use project::{Environment, Project, SourceSettings, Variable};
pub use report::Tests;
pub use surroundings::Surroundings;

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
    batches: BTreeMap<String, Batch>,
    batches_by_start: BTreeSet<(Millis, u64, String)>,
    due: BTreeSet<(Millis, Step, String)>,
    /// Builds and batches started so far, which puts those of one moment in order.
    started: u64,
    /// Builds that pipelines started so far.
    ordered: u64,
    /// Who was started when with which token, and by which request.
    tokens: BTreeMap<String, (Millis, String, String)>,
    /// The moment of the last event that was dealt with.
    now: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Log,
    End,
    Batch,
}

/// What makes a request that is repeated start nothing again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    /// All that was asked for: another request with the same token is refused.
    pub request: String,
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
    /// `LINUX_CONTAINER`, …
    pub kind: Option<String>,
    pub privileged: Option<bool>,
    /// The name of the service role, without its path.
    pub role: Option<String>,
    pub timeout_minutes: Option<i64>,
    pub queued_timeout_minutes: Option<i64>,
    /// In place of the project's.
    pub surroundings: Option<Arc<Surroundings>>,
    /// Where the artifact goes, an S3 ARN, when that is not the project's own.
    pub artifact_location: Option<String>,
    /// The id of the batch it belongs to.
    pub batch: Option<String>,
    /// How this build goes, in place of what the project says.
    pub plan: Option<Arc<Plan>>,
    /// How much longer than its plan it takes; absent, a little more or less, as real builds do.
    pub stretch: Option<f64>,
    /// The first digits of its UUID.
    pub uuid: Option<String>,
    pub token: Option<Token>,
}

/// Why a build was not started or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildFault {
    NoSuchProject,
    NoSuchBuild,
    NoSuchBatch,
    /// The project has no batch settings.
    NoBatches,
    /// Only a batch that has failed can be retried.
    NotFailed,
    /// The token came with another request before.
    TokenReused,
    /// As many builds run as the place allows.
    QueueFull(usize),
    /// As many builds run as the project allows.
    ProjectFull(usize),
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

    /// The place it all is in.
    pub fn owner(&self) -> &Owner {
        &self.owner
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

    /// Moves everything to `to`: makes the log streams of builds that have got that far, and starts the builds of
    /// batches that waited for others.
    pub fn advance(&mut self, to: Millis, logs: &mut Logs) {
        while self.next_event().is_some_and(|at| at <= to) {
            let Some((at, step, id)) = self.due.pop_first() else {
                break;
            };
            self.now = self.now.max(at);
            match step {
                Step::Log => {
                    if let Some(build) = self.all.get(&id) {
                        open_log(build, &self.owner, at, logs);
                    }
                }
                Step::End => self.build_ended(&id, at, logs),
                Step::Batch => self.batch_due(&id, at),
            }
        }
    }

    /// What was started with this token a short while ago, if anything was.
    fn told_before(&self, now: Millis, token: &Token) -> Result<Option<String>, BuildFault> {
        match self.tokens.get(&token.text) {
            Some((at, id, request)) if now - at < TOKEN_MILLIS => {
                if *request == token.request {
                    Ok(Some(id.clone()))
                } else {
                    Err(BuildFault::TokenReused)
                }
            }
            _ => Ok(None),
        }
    }

    fn note(&mut self, now: Millis, token: &Token, id: &str) {
        let entry = (now, id.to_owned(), token.request.clone());
        self.tokens.insert(token.text.clone(), entry);
    }

    /// Whether there is room for another build of the project.
    fn check_room(&self, now: Millis, project: &Project) -> Result<(), BuildFault> {
        let ending = |(at, step, _): &&(Millis, Step, String)| *step == Step::End && *at > now;
        let running = self.due.iter().filter(ending);
        if let Some(limit) = project.concurrent_limit {
            let own = |(_, _, id): &&(Millis, Step, String)| {
                id.rsplit_once(':')
                    .is_some_and(|(name, _)| name == project.name)
            };
            if running.clone().filter(own).count() >= limit {
                return Err(BuildFault::ProjectFull(limit));
            }
        }
        if running.count() >= MOST_RUNNING {
            return Err(BuildFault::QueueFull(MOST_RUNNING));
        }
        Ok(())
    }

    /// Starts a build and answers its id.
    pub fn start(
        &mut self,
        now: Millis,
        project: &str,
        start: StartBuild,
    ) -> Result<String, BuildFault> {
        if let Some(token) = &start.token
            && let Some(id) = self.told_before(now, token)?
        {
            return Ok(id);
        }
        let Some(project) = self.projects.get(project) else {
            return Err(BuildFault::NoSuchProject);
        };
        self.check_room(now, project)?;
        self.started += 1;
        // Builds of pipelines are numbered by the place and others by their project, so that one more project in a
        // story changes no build of a pipeline.
        let earlier = self.by_project.get(&project.name).map_or(0, Vec::len);
        let number = if start.initiator.starts_with("codepipeline/") {
            self.ordered += 1;
            self.ordered.to_string()
        } else {
            format!("own {}", earlier + 1)
        };
        let (account, region) = (&self.owner.account, &self.owner.region);
        let name = format!("build {account} {region} {} {number}", project.name);
        let mut random = Random::named(self.owner.seed, &name);
        let uuid = with_first_digits(&random.uuid(), start.uuid.as_deref().unwrap_or_default());
        let token = start.token.clone();
        let ids = self.by_project.entry(project.name.clone()).or_default();
        let build = made(
            project,
            start,
            &uuid,
            earlier as u64 + 1,
            now,
            &self.owner,
            &mut random,
        );
        let id = build.id.clone();
        ids.push(id.clone());
        if let Some(token) = token {
            self.note(now, &token, &id);
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
        token: Option<Token>,
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
            kind: Some(build.environment.kind.clone()),
            privileged: Some(build.environment.privileged),
            role: Some(build.role.clone()),
            timeout_minutes: Some(build.timeout_minutes),
            queued_timeout_minutes: Some(build.queued_timeout_minutes),
            surroundings: Some(Arc::clone(&build.surroundings)),
            artifact_location: build.given_location.clone(),
            token,
            ..StartBuild::default()
        };
        let project = build.project.clone();
        self.start(now, &project, start)
    }

    /// Stops a running build, after which its batch may go on; one that is over stays as it is.
    pub fn stop(&mut self, now: Millis, id: &str, logs: &mut Logs) -> Result<(), BuildFault> {
        if self.cut_short(now, id, logs)? {
            self.build_ended(id, now, logs);
        }
        Ok(())
    }

    /// Stops a running build and tells whether it ran.
    fn cut_short(&mut self, now: Millis, id: &str, logs: &mut Logs) -> Result<bool, BuildFault> {
        self.now = self.now.max(now);
        let build = self.all.get_mut(id).ok_or(BuildFault::NoSuchBuild)?;
        if build.complete(now) {
            return Ok(false);
        }
        let (log, end) = (build.stream_starts(), build.ends());
        build.stopped = Some(now);
        self.due.remove(&(log, Step::Log, id.to_owned()));
        self.due.remove(&(end, Step::End, id.to_owned()));
        logs.cut(&build.log_group, &build.log_stream, now);
        Ok(true)
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
    if let Some(kind) = start.kind {
        environment.kind = kind;
    }
    environment.privileged = start.privileged.unwrap_or(environment.privileged);
    let surroundings = start
        .surroundings
        .unwrap_or_else(|| Arc::clone(&project.surroundings));
    let prefix = surroundings.logs.stream_prefix.as_deref();
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
        role: start.role.unwrap_or_else(|| project.role.clone()),
        timeout_minutes: start.timeout_minutes.unwrap_or(project.timeout_minutes),
        queued_timeout_minutes: start
            .queued_timeout_minutes
            .unwrap_or(project.queued_timeout_minutes),
        given_location: start.artifact_location,
        log_group: project.log_group(),
        log_stream: prefix.map_or_else(|| uuid.to_owned(), |prefix| format!("{prefix}/{uuid}")),
        surroundings,
        batch: start.batch,
        plan,
        stretch: start
            .stretch
            .unwrap_or_else(|| random.between(900, 1_150) as f64 / 1000.0),
        sums: OnceLock::new(),
        pace: owner.pace,
        stopped: None,
    }
}

/// Opens the log in CloudWatch, unless the project keeps none there.
fn open_log(build: &Build, owner: &Owner, at: Millis, logs: &mut Logs) {
    if !build.surroundings.logs.cloudwatch {
        return;
    }
    let stream = logs.create_stream(
        &build.log_group,
        &build.log_stream,
        at,
        build.log_source(owner),
    );
    if let Some(gap) = build.plan.gap {
        stream.mark_gap(gap);
    }
    // A stream of a build that ran out of time ends with it.
    stream.cut(build.ends());
}

#[cfg(test)]
mod tests;
