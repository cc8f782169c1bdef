//! A build project's settings, as `BatchGetProjects` shows them and builds take them over.

use std::sync::Arc;

use crate::sim::wire::Millis;

use super::batch::BatchPlan;
use super::plan::Plan;
use super::surroundings::Surroundings;

/// An environment variable of a project or a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub value: String,
    /// `PLAINTEXT`, `PARAMETER_STORE` or `SECRETS_MANAGER`.
    pub kind: String,
}

/// Where the source comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSettings {
    /// `CODECOMMIT`, `CODEPIPELINE`, `GITHUB`, S3, `NO_SOURCE`, …
    pub kind: String,
    /// Absent for `CODEPIPELINE` and `NO_SOURCE`.
    pub location: Option<String>,
    pub buildspec: Option<String>,
}

/// The machine a build runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// `LINUX_CONTAINER`, `ARM_CONTAINER`, …
    pub kind: String,
    pub image: String,
    /// `BUILD_GENERAL1_SMALL`, …
    pub compute_type: String,
    pub privileged: bool,
    /// `CODEBUILD` or `SERVICE_ROLE`: whose credentials pull the image.
    pub image_credentials: String,
    pub variables: Vec<Variable>,
}

/// What starts builds when a Git host tells of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub url: String,
    /// Any of these groups of (type, pattern) starts a build.
    pub filters: Vec<Vec<(String, String)>>,
}

/// A build project.
#[derive(Clone, Debug)]
pub struct Project {
    pub name: String,
    pub description: Option<String>,
    pub source: SourceSettings,
    pub environment: Environment,
    /// The name of the service role, without its path.
    pub role: String,
    pub timeout_minutes: i64,
    pub queued_timeout_minutes: i64,
    pub tags: Vec<(String, String)>,
    pub surroundings: Arc<Surroundings>,
    pub webhook: Option<Webhook>,
    /// Builds that may run at once, where the project has a limit of its own.
    pub concurrent_limit: Option<usize>,
    /// How its batches go; none for a project without batches.
    pub batch: Option<Arc<BatchPlan>>,
    pub created: Millis,
    pub modified: Millis,
    /// How its builds go.
    pub plan: Arc<Plan>,
}

impl Project {
    /// A project of a pipeline on a small Linux machine; every field can be set afterwards.
    pub fn new(name: &str, plan: Arc<Plan>, created: Millis) -> Self {
        Self {
            name: name.to_owned(),
            description: None,
            source: SourceSettings {
                kind: "CODEPIPELINE".to_owned(),
                location: None,
                buildspec: None,
            },
            environment: Environment {
                kind: "LINUX_CONTAINER".to_owned(),
                image: "aws/codebuild/standard:7.0".to_owned(),
                compute_type: "BUILD_GENERAL1_SMALL".to_owned(),
                privileged: false,
                image_credentials: "CODEBUILD".to_owned(),
                variables: Vec::new(),
            },
            role: format!("codebuild-{name}-service-role"),
            timeout_minutes: 60,
            queued_timeout_minutes: 480,
            tags: Vec::new(),
            surroundings: Arc::default(),
            webhook: None,
            concurrent_limit: None,
            batch: None,
            created,
            modified: created,
            plan,
        }
    }

    /// Where its builds log.
    pub fn log_group(&self) -> String {
        let own = || format!("/aws/codebuild/{}", self.name);
        self.surroundings.logs.group.clone().unwrap_or_else(own)
    }
}
