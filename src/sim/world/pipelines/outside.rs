//! What a pipeline sees of the rest of its place: repositories to read, builds and deployments to start.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::sim::wire::Millis;
use crate::sim::world::alarms::Alarms;
use crate::sim::world::builds::build::Status as BuildStatus;
use crate::sim::world::builds::plan::Plan;
use crate::sim::world::builds::{BuildFault, Builds, StartBuild};
use crate::sim::world::deployments::{
    CreateDeployment, DeploymentFault, DeploymentStatus, Deployments, Failure, Revision as Bundle,
};
use crate::sim::world::logs::Logs;
use crate::sim::world::pipelines::definition::ActionDefinition;
use crate::sim::world::pipelines::execution::{Following, Revision};
use crate::sim::world::repositories::Repositories;

/// What a place's story adds to the services' own data.
#[derive(Debug, Default)]
pub struct Cast {
    /// The heads of branches that live outside AWS, by repository and branch.
    pub remotes: BTreeMap<(String, String), Revision>,
    /// Other courses of a project's builds, by project and scenario.
    pub plans: BTreeMap<(String, String), Arc<Plan>>,
    /// What can go wrong in a group's deployments, by `application/group` and scenario.
    pub failures: BTreeMap<(String, String), Vec<Failure>>,
    /// Types of action that the account has made itself.
    pub custom_actions: Vec<CustomAction>,
}

/// A custom type of action.
#[derive(Clone, Debug)]
pub struct CustomAction {
    pub category: &'static str,
    pub provider: String,
    pub version: String,
    /// Templates, as `https://ci.example/job/{Config:ProjectName}`.
    pub entity_url: Option<String>,
    pub execution_url: Option<String>,
    pub properties: Vec<CustomProperty>,
}

/// A setting of a custom type.
#[derive(Clone, Debug)]
pub struct CustomProperty {
    pub name: String,
    pub required: bool,
    /// A job is told apart by it.
    pub key: bool,
    pub secret: bool,
}

/// The rest of the place, lent for one step.
#[derive(Debug)]
pub struct Outside<'a> {
    pub region: &'a str,
    pub cast: &'a Cast,
    pub repositories: &'a Repositories,
    pub builds: &'a mut Builds,
    pub logs: &'a mut Logs,
    pub deployments: &'a mut Deployments,
    pub alarms: &'a Alarms,
}

/// A build that an action asks for.
#[derive(Clone, Debug)]
pub struct BuildOrder {
    pub project: String,
    /// The source artifact's ARN, a build's sourceVersion.
    pub artifact_arn: String,
    /// The ARN of what it hands on, for an action with an output.
    pub output_arn: Option<String>,
    /// The commit, a build's resolvedSourceVersion.
    pub revision: Option<String>,
    pub initiator: String,
    pub scenario: Option<String>,
    /// The first digits of the build's UUID, for stories that name one.
    pub id: Option<String>,
}

/// A deployment that an action asks for.
#[derive(Clone, Debug)]
pub struct DeploymentOrder {
    pub application: String,
    pub group: String,
    pub bucket: String,
    pub key: String,
    pub description: String,
    pub scenario: Option<String>,
    /// In place of one that the seed gives.
    pub id: Option<String>,
}

impl Outside<'_> {
    /// The newest revision that a source action would find.
    pub fn head(&self, action: &ActionDefinition) -> Option<Revision> {
        let (repository, branch) = action.source()?;
        if action.provider == "CodeCommit" {
            let commit = self.repositories.head(repository, branch)?;
            return Some(self.codecommit(repository, &commit.id, &commit.message));
        }
        self.cast
            .remotes
            .get(&(repository.to_owned(), branch.to_owned()))
            .cloned()
    }

    /// A revision named by whoever starts an execution; its text is known when it lies in CodeCommit.
    pub fn revision(
        &self,
        action: &ActionDefinition,
        given: &[(&str, String)],
    ) -> Option<Revision> {
        let (repository, branch) = action.source()?;
        let of = |kind: &str| given.iter().find(|(known, _)| *known == kind);
        if let Some((_, key)) = of("S3_OBJECT_KEY") {
            let newest = self.head(action).map(|found| found.id);
            let version = of("S3_OBJECT_VERSION_ID").map(|(_, version)| version.clone());
            return Some(Revision {
                id: version.or(newest)?,
                summary: format!("Amazon S3 object {repository}/{key}"),
                url: None,
            });
        }
        let (kind, id) = given.first()?;
        if action.provider == "CodeCommit" {
            let commit = self.repositories.get(repository)?.commit(id)?;
            return Some(self.codecommit(repository, &commit.id, &commit.message));
        }
        let summary = match *kind {
            "IMAGE_DIGEST" => format!("Image {repository}@{id}"),
            "S3_OBJECT_VERSION_ID" => format!("Amazon S3 object {repository}/{branch}"),
            _ => format!("Source revision {id}"),
        };
        let known = self
            .cast
            .remotes
            .get(&(repository.to_owned(), branch.to_owned()));
        let host = known.map_or("https://github.com", |known| known.host().1);
        let commits = if host.contains("bitbucket") {
            "commits"
        } else {
            "commit"
        };
        Some(Revision {
            id: id.clone(),
            summary,
            url: (*kind == "COMMIT_ID").then(|| format!("{host}/{repository}/{commits}/{id}")),
        })
    }

    fn codecommit(&self, repository: &str, id: &str, message: &str) -> Revision {
        let region = self.region;
        Revision {
            id: id.to_owned(),
            summary: message.to_owned(),
            url: Some(format!(
                "https://{region}.console.aws.amazon.com/codesuite/codecommit/repositories/{repository}/commit/{id}?region={region}"
            )),
        }
    }

    /// Starts a build, or says why CodeBuild refused.
    pub fn start_build(&mut self, order: &BuildOrder, now: Millis) -> Result<String, String> {
        let key = |scenario: &String| (order.project.clone(), scenario.clone());
        let start = StartBuild {
            source_version: Some(order.artifact_arn.clone()),
            artifact_location: order.output_arn.clone(),
            resolved_source_version: order.revision.clone(),
            initiator: order.initiator.clone(),
            plan: order
                .scenario
                .as_ref()
                .and_then(|scenario| self.cast.plans.get(&key(scenario)).cloned()),
            uuid: order.id.clone(),
            ..StartBuild::default()
        };
        self.builds
            .start(now, &order.project, start)
            .map_err(|fault| match fault {
                BuildFault::QueueFull(most) => {
                    format!("Cannot have more than {most} builds in queue for the account")
                }
                BuildFault::ProjectFull(most) => {
                    format!("Cannot have more than {most} active builds for the project")
                }
                BuildFault::NoSuchProject
                | BuildFault::NoSuchBuild
                | BuildFault::NoSuchBatch
                | BuildFault::NoBatches
                | BuildFault::NotFailed
                | BuildFault::TokenReused => {
                    format!("Project cannot be found: {}", order.project)
                }
            })
    }

    /// How a build ended; none while it runs. An error is worded as CodePipeline words it.
    pub fn build_end(&self, id: &str, now: Millis) -> Option<Result<(), String>> {
        let Some(build) = self.builds.get(id) else {
            return Some(Err(format!("Build {id} cannot be found")));
        };
        let status = build.status(now);
        match status {
            BuildStatus::InProgress => None,
            BuildStatus::Succeeded => Some(Ok(())),
            BuildStatus::Failed | BuildStatus::TimedOut | BuildStatus::Stopped => {
                let mut message = format!("Build terminated with state: {}", status.word());
                if let Some(phase) = build.failed_phase(now) {
                    let _ = write!(message, ". Phase: {}", phase.phase.word());
                    if let Some(context) = phase.context {
                        let _ = write!(
                            message,
                            ", Code: {}, Message: {}",
                            context.code, context.message
                        );
                    }
                }
                Some(Err(message))
            }
        }
    }

    /// Creates a deployment, or says why CodeDeploy refused.
    pub fn create_deployment(
        &mut self,
        order: &DeploymentOrder,
        now: Millis,
    ) -> Result<String, String> {
        let key = |scenario: &String| {
            (
                format!("{}/{}", order.application, order.group),
                scenario.clone(),
            )
        };
        let create = CreateDeployment {
            revision: Bundle::S3 {
                bucket: order.bucket.clone(),
                key: order.key.clone(),
                bundle: "zip".to_owned(),
                version: None,
                etag: None,
            },
            description: Some(order.description.clone()),
            config: None,
            failures: order
                .scenario
                .as_ref()
                .and_then(|scenario| self.cast.failures.get(&key(scenario)).cloned())
                .unwrap_or_default(),
            id: order.id.clone(),
        };
        self.deployments
            .create(now, &order.application, &order.group, create)
            .map_err(|fault| match fault {
                DeploymentFault::NoSuchApplication => {
                    format!("No application found for name: {}", order.application)
                }
                DeploymentFault::NoSuchGroup => {
                    format!("No Deployment Group found for name: {}", order.group)
                }
                DeploymentFault::Deploying(id) => {
                    format!("Deployment Group is already deploying deployment {id}")
                }
                DeploymentFault::NoSuchConfig
                | DeploymentFault::NoSuchDeployment
                | DeploymentFault::AlreadyCompleted => {
                    "The deployment configuration could not be found".to_owned()
                }
            })
    }

    /// How a build or a deployment ended, with what it says; none while it goes on.
    pub fn end_of(&self, what: &Following, now: Millis) -> Option<Result<String, String>> {
        match what {
            Following::Build(id) => Some(self.build_end(id, now)?.map(|()| String::new())),
            Following::Deployment(id) => Some(
                self.deployment_end(id)?
                    .map(|()| "Deployment Succeeded".to_owned()),
            ),
            _ => None,
        }
    }

    /// How a deployment ended; none while it goes on.
    pub fn deployment_end(&self, id: &str) -> Option<Result<(), String>> {
        let Some(deployment) = self.deployments.get(id) else {
            return Some(Err(format!("Deployment {id} cannot be found")));
        };
        match deployment.status {
            DeploymentStatus::Succeeded => Some(Ok(())),
            status if status.complete() => Some(Err(match &deployment.error {
                Some((_, message)) => message.clone(),
                None => format!("Deployment {id} failed"),
            })),
            _ => None,
        }
    }
}
