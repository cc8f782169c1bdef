//! What a request sets in place of what the project says, for a build and for a batch alike.

use std::sync::Arc;

use crate::sim::wire::{Call, Members, WireError};
use crate::sim::world::builds::surroundings::{
    Artifacts, Cache, LogSettings, SecondarySource, Surroundings,
};
use crate::sim::world::builds::{Project, SourceSettings, StartBuild, Token, Variable};
use crate::sim::world::repositories::Repositories;

use super::{INVALID, initiator};

const SOURCE_KINDS: [&str; 9] = [
    "CODECOMMIT",
    "CODEPIPELINE",
    "GITHUB",
    "GITLAB",
    "GITLAB_SELF_MANAGED",
    "S3",
    "BITBUCKET",
    "GITHUB_ENTERPRISE",
    "NO_SOURCE",
];
const ENVIRONMENT_KINDS: [&str; 12] = [
    "WINDOWS_CONTAINER",
    "LINUX_CONTAINER",
    "LINUX_GPU_CONTAINER",
    "ARM_CONTAINER",
    "WINDOWS_SERVER_2019_CONTAINER",
    "WINDOWS_SERVER_2022_CONTAINER",
    "LINUX_LAMBDA_CONTAINER",
    "ARM_LAMBDA_CONTAINER",
    "LINUX_EC2",
    "ARM_EC2",
    "WINDOWS_EC2",
    "MAC_ARM",
];
const COMPUTE_TYPES: [&str; 12] = [
    "BUILD_GENERAL1_SMALL",
    "BUILD_GENERAL1_MEDIUM",
    "BUILD_GENERAL1_LARGE",
    "BUILD_GENERAL1_XLARGE",
    "BUILD_GENERAL1_2XLARGE",
    "BUILD_LAMBDA_1GB",
    "BUILD_LAMBDA_2GB",
    "BUILD_LAMBDA_4GB",
    "BUILD_LAMBDA_8GB",
    "BUILD_LAMBDA_10GB",
    "ATTRIBUTE_BASED_COMPUTE",
    "CUSTOM_INSTANCE_TYPE",
];
const VARIABLE_KINDS: [&str; 3] = ["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"];
const STATUSES: [&str; 2] = ["ENABLED", "DISABLED"];

/// A request's overrides, read before the project is looked for: what is unlawful is told first.
#[derive(Debug)]
pub(super) struct Overrides<'a> {
    version: Option<&'a str>,
    kind: Option<&'static str>,
    location: Option<&'a str>,
    buildspec: Option<&'a str>,
    start: StartBuild,
    artifacts: Option<Members<'a>>,
    cache: Option<Members<'a>>,
    logs: Option<Members<'a>>,
    encryption_key: Option<&'a str>,
    sources: Option<Vec<SecondarySource>>,
    versions: Option<Vec<(&'a str, &'a str)>>,
}

impl<'a> Overrides<'a> {
    /// `timeout` is the name of the member with the time limit, which differs.
    pub(super) fn of(
        call: &Call<'a>,
        members: &Members<'a>,
        timeout: &str,
    ) -> Result<Self, WireError> {
        let text = |name| members.optional_bounded_text(name, 1, usize::MAX);
        let owned = |name| Ok::<_, WireError>(text(name)?.map(str::to_owned));
        let role = text("serviceRoleOverride")?
            .map(|role| role.rsplit('/').next().unwrap_or(role).to_owned());
        members.optional_word(
            "imagePullCredentialsTypeOverride",
            &["CODEBUILD", "SERVICE_ROLE"],
        )?;
        let kind = members.optional_word("environmentTypeOverride", &ENVIRONMENT_KINDS)?;
        let compute = members.optional_word("computeTypeOverride", &COMPUTE_TYPES)?;
        let start = StartBuild {
            initiator: initiator(call),
            variables: variables(members)?,
            image: owned("imageOverride")?,
            compute_type: compute.map(str::to_owned),
            kind: kind.map(str::to_owned),
            privileged: members.optional_flag("privilegedModeOverride")?,
            role,
            timeout_minutes: members.optional_bounded_integer(timeout, 5, 2160)?,
            queued_timeout_minutes: members.optional_bounded_integer(
                "queuedTimeoutInMinutesOverride",
                5,
                480,
            )?,
            token: token(call, members)?,
            ..StartBuild::default()
        };
        Ok(Self {
            version: members.optional_text("sourceVersion")?,
            kind: members.optional_word("sourceTypeOverride", &SOURCE_KINDS)?,
            location: members.optional_text("sourceLocationOverride")?,
            buildspec: members.optional_text("buildspecOverride")?,
            start,
            artifacts: members.optional_structure("artifactsOverride")?,
            cache: members.optional_structure("cacheOverride")?,
            logs: members.optional_structure("logsConfigOverride")?,
            encryption_key: text("encryptionKeyOverride")?,
            sources: secondary_sources(members)?,
            versions: secondary_versions(members)?,
        })
    }

    /// What a build of this project is then started with.
    pub(super) fn start(
        self,
        project: &Project,
        repositories: &Repositories,
    ) -> Result<StartBuild, WireError> {
        let mut source = project.source.clone();
        if let Some(kind) = self.kind {
            kind.clone_into(&mut source.kind);
            source.location = None;
        }
        if let Some(location) = self.location {
            source.location = Some(location.to_owned());
        }
        if let Some(buildspec) = self.buildspec {
            source.buildspec = Some(buildspec.to_owned());
        }
        let surroundings = self.surroundings(&project.surroundings)?;
        Ok(StartBuild {
            source_version: self.version.map(str::to_owned),
            resolved_source_version: resolved(&source, self.version, repositories),
            source: Some(source),
            surroundings: Some(surroundings),
            ..self.start
        })
    }

    fn surroundings(&self, own: &Arc<Surroundings>) -> Result<Arc<Surroundings>, WireError> {
        let mut made = Surroundings::clone(own);
        if let Some(key) = self.encryption_key {
            made.encryption_key = Some(key.to_owned());
        }
        if let Some(given) = &self.artifacts {
            made.artifacts = artifacts(given)?;
        }
        if let Some(given) = &self.cache {
            made.cache = cache(given)?;
        }
        if let Some(given) = &self.logs {
            logs(given, &mut made.logs)?;
        }
        if let Some(sources) = &self.sources {
            made.secondary_sources.clone_from(sources);
        }
        for (identifier, version) in self.versions.iter().flatten() {
            let mut sources = made.secondary_sources.iter_mut();
            let Some(source) = sources.find(|source| source.identifier == *identifier) else {
                return Err(WireError::new(
                    INVALID,
                    format!(
                        "Secondary source version {identifier} has no matching secondary source"
                    ),
                ));
            };
            source.version = Some((*version).to_owned());
        }
        Ok(Arc::new(made))
    }
}

/// The token of a request, with all that it asked for.
pub(super) fn token(call: &Call<'_>, members: &Members<'_>) -> Result<Option<Token>, WireError> {
    let text = members.optional_text("idempotencyToken")?;
    Ok(text.map(|text| Token {
        text: text.to_owned(),
        request: format!(
            "{} {}",
            call.operation,
            serde_json::Value::Object(call.input.clone())
        ),
    }))
}

fn variables(members: &Members<'_>) -> Result<Vec<Variable>, WireError> {
    let given = members.optional_structures("environmentVariablesOverride")?;
    let variable = |one: Members<'_>| {
        let kind = one.optional_word("type", &VARIABLE_KINDS)?;
        Ok(Variable {
            name: one.bounded_text("name", 1, usize::MAX)?.to_owned(),
            value: one.text("value")?.to_owned(),
            kind: kind.unwrap_or("PLAINTEXT").to_owned(),
        })
    };
    given
        .unwrap_or_default()
        .into_iter()
        .map(variable)
        .collect()
}

fn secondary_sources(members: &Members<'_>) -> Result<Option<Vec<SecondarySource>>, WireError> {
    let Some(given) = members.optional_structures("secondarySourcesOverride")? else {
        return Ok(None);
    };
    let source = |one: Members<'_>| {
        Ok(SecondarySource {
            identifier: one.text("sourceIdentifier")?.to_owned(),
            source: SourceSettings {
                kind: one.word("type", &SOURCE_KINDS)?.to_owned(),
                location: one.optional_text("location")?.map(str::to_owned),
                buildspec: one.optional_text("buildspec")?.map(str::to_owned),
            },
            version: None,
        })
    };
    given
        .into_iter()
        .map(source)
        .collect::<Result<_, _>>()
        .map(Some)
}

fn secondary_versions<'a>(
    members: &Members<'a>,
) -> Result<Option<Vec<(&'a str, &'a str)>>, WireError> {
    let Some(given) = members.optional_structures("secondarySourcesVersionOverride")? else {
        return Ok(None);
    };
    let version =
        |one: Members<'a>| Ok((one.text("sourceIdentifier")?, one.text("sourceVersion")?));
    given
        .into_iter()
        .map(version)
        .collect::<Result<_, _>>()
        .map(Some)
}

fn artifacts(given: &Members<'_>) -> Result<Option<Artifacts>, WireError> {
    let kind = given.word("type", &["CODEPIPELINE", "S3", "NO_ARTIFACTS"])?;
    if kind != "S3" {
        return Ok(None);
    }
    let text = |name| Ok::<_, WireError>(given.optional_text(name)?.unwrap_or_default().to_owned());
    let namespace = given.optional_word("namespaceType", &["NONE", "BUILD_ID"])?;
    let packaging = given.optional_word("packaging", &["NONE", "ZIP"])?;
    Ok(Some(Artifacts {
        identifier: String::new(),
        bucket: given.bounded_text("location", 1, usize::MAX)?.to_owned(),
        path: text("path")?,
        by_build: namespace == Some("BUILD_ID"),
        name: text("name")?,
        zipped: packaging == Some("ZIP"),
        encryption_disabled: given.optional_flag("encryptionDisabled")?.unwrap_or(false),
    }))
}

fn cache(given: &Members<'_>) -> Result<Cache, WireError> {
    Ok(match given.word("type", &["NO_CACHE", "S3", "LOCAL"])? {
        "S3" => Cache::S3(given.bounded_text("location", 1, usize::MAX)?.to_owned()),
        "LOCAL" => {
            let modes = given.optional_texts("modes")?.unwrap_or_default();
            Cache::Local(modes.into_iter().map(str::to_owned).collect())
        }
        _ => Cache::None,
    })
}

fn logs(given: &Members<'_>, settings: &mut LogSettings) -> Result<(), WireError> {
    if let Some(cloudwatch) = given.optional_structure("cloudWatchLogs")? {
        settings.cloudwatch = cloudwatch.word("status", &STATUSES)? == "ENABLED";
        settings.stream_prefix = cloudwatch.optional_text("streamName")?.map(str::to_owned);
        settings.group = cloudwatch.optional_text("groupName")?.map(str::to_owned);
    }
    if let Some(s3) = given.optional_structure("s3Logs")? {
        settings.s3 = if s3.word("status", &STATUSES)? == "ENABLED" {
            Some(s3.bounded_text("location", 1, usize::MAX)?.to_owned())
        } else {
            None
        };
        settings.s3_encryption_disabled = s3.optional_flag("encryptionDisabled")?.unwrap_or(false);
    }
    Ok(())
}

/// The commit that a CodeCommit source's version names: a whole id, a branch, or the default branch's head.
fn resolved(
    source: &SourceSettings,
    version: Option<&str>,
    repositories: &Repositories,
) -> Option<String> {
    if source.kind != "CODECOMMIT" {
        return version
            .filter(|version| is_commit_id(version))
            .map(str::to_owned);
    }
    let location = source.location.as_deref()?;
    let repository = repositories.get(location.rsplit('/').next()?)?;
    let version = version.unwrap_or(repository.default_branch.as_deref()?);
    if is_commit_id(version) {
        return Some(version.to_owned());
    }
    let branch = version.strip_prefix("refs/heads/").unwrap_or(version);
    repository.branch(branch).map(str::to_owned)
}

fn is_commit_id(text: &str) -> bool {
    text.len() == 40 && text.chars().all(|digit| digit.is_ascii_hexdigit())
}
