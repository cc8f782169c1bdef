//! What a build runs in and with: environment, source, artifacts, roles, keys, where its log goes.

use std::fmt;

/// A build's or a project's circumstances. Everything is as AWS said it; what it did not say is empty or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildAbout {
    pub environment: Environment,
    /// The primary source first, then the secondary ones.
    pub sources: Vec<BuildSource>,
    pub artifacts: Vec<BuildArtifact>,
    pub cache: Option<BuildCache>,
    /// The ARN of the role that the build acts as.
    pub service_role: Option<String>,
    /// An ARN, a key id or `alias/...`.
    pub encryption_key: Option<String>,
    pub vpc: Option<BuildVpc>,
    pub timeout_minutes: Option<i32>,
    pub queued_timeout_minutes: Option<i32>,
    /// Mounted file systems: identifier and location.
    pub file_systems: Vec<(String, String)>,
    pub logs: LogSettings,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `LINUX_CONTAINER`, `ARM_LAMBDA_CONTAINER`, ...
    pub kind: String,
    /// `BUILD_GENERAL1_SMALL`, ...
    pub compute: String,
    pub image: String,
    /// `CODEBUILD` or `SERVICE_ROLE`: with whose credentials the image is pulled.
    pub image_credentials: Option<String>,
    /// The secret of Secrets Manager that a private registry's image is pulled with: its ARN, or its name.
    pub registry_credential: Option<String>,
    /// Docker can be run inside.
    pub privileged: bool,
    /// The ARN of a reserved capacity fleet.
    pub fleet: Option<String>,
    pub variables: Vec<Variable>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub value: VariableValue,
}

/// What stands behind an environment variable: the text itself, or where the build finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableValue {
    Plain(PlainValue),
    /// A name or ARN of Systems Manager's Parameter Store.
    ParameterStore(String),
    /// `secret-id[:json-key[:version-stage[:version-id]]]` of Secrets Manager.
    SecretsManager(String),
    /// A kind that this version does not know, by AWS's word, and its value.
    Other(String, PlainValue),
}

/// A plaintext value: often a setting, now and then a secret that should not be there. Its `Debug` hides it, so that no
/// log line of ours can carry it.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainValue(String);

impl PlainValue {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The text, for `mask::shown`, for drawing in full after a person asked for it, and for a start with the same variables.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PlainValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlainValue({} bytes)", self.0.len())
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildSource {
    /// Empty for the primary source.
    pub identifier: String,
    /// `CODEPIPELINE`, `GITHUB`, `CODECOMMIT`, `S3`, `NO_SOURCE`, ...
    pub kind: String,
    pub location: Option<String>,
    /// The branch, tag, commit or object version asked for.
    pub version: Option<String>,
    /// The buildspec itself, or its path in the source; none for `buildspec.yml`.
    pub buildspec: Option<String>,
}

impl BuildSource {
    /// The buildspec where it is kept inline with the project, and not in the source.
    pub fn inline_buildspec(&self) -> Option<&str> {
        self.buildspec
            .as_deref()
            .filter(|text| text.contains('\n') || text.trim_start().starts_with('{'))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildArtifact {
    /// Empty for the primary artifact.
    pub identifier: String,
    /// `S3`, `CODEPIPELINE`, `NO_ARTIFACTS`; empty where AWS tells only the location.
    pub kind: String,
    /// `arn:aws:s3:::bucket/key`, or a bucket's name in a project.
    pub location: Option<String>,
    pub path: Option<String>,
    pub name: Option<String>,
    pub sha256: Option<String>,
    pub md5: Option<String>,
    pub encryption_disabled: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildCache {
    /// `NO_CACHE`, `S3` or `LOCAL`.
    pub kind: String,
    pub location: Option<String>,
    /// `LOCAL_DOCKER_LAYER_CACHE`, ...
    pub modes: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildVpc {
    pub id: String,
    pub subnets: Vec<String>,
    pub security_groups: Vec<String>,
}

/// Where a log is written, by the project's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSettings {
    /// `ENABLED` or `DISABLED`; none where AWS says nothing, which means enabled.
    pub cloudwatch: Option<String>,
    /// `ENABLED` or `DISABLED`.
    pub s3: Option<String>,
    /// `bucket/prefix`.
    pub s3_location: Option<String>,
}
