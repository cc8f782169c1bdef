//! The circumstances of builds, batches and projects: the three tell the same in types that differ a little.

use aws_sdk_codebuild::types;

use crate::aws::map::{id, text, time, word};
use crate::model::build::{
    BuildAbout, BuildArtifact, BuildCache, BuildProject, BuildSource, BuildVpc, Environment,
    LogSettings, PlainValue, Variable, VariableValue,
};

pub(super) fn of_build(build: &types::Build) -> BuildAbout {
    let logs = build.logs();
    BuildAbout {
        environment: environment(build.environment()),
        sources: sources(
            build.source(),
            build.source_version(),
            build.secondary_sources(),
            build.secondary_source_versions(),
        ),
        artifacts: built(build.artifacts(), build.secondary_artifacts()),
        cache: build.cache().map(cache),
        service_role: text(build.service_role()),
        encryption_key: text(build.encryption_key()),
        vpc: build.vpc_config().and_then(vpc),
        timeout_minutes: build.timeout_in_minutes(),
        queued_timeout_minutes: build.queued_timeout_in_minutes(),
        file_systems: file_systems(build.file_system_locations()),
        logs: log_settings(
            logs.and_then(types::LogsLocation::cloud_watch_logs),
            logs.and_then(types::LogsLocation::s3_logs),
        ),
    }
}

pub(super) fn of_batch(batch: &types::BuildBatch) -> BuildAbout {
    let logs = batch.log_config();
    BuildAbout {
        environment: environment(batch.environment()),
        sources: sources(
            batch.source(),
            batch.source_version(),
            batch.secondary_sources(),
            batch.secondary_source_versions(),
        ),
        artifacts: built(batch.artifacts(), batch.secondary_artifacts()),
        cache: batch.cache().map(cache),
        service_role: text(batch.service_role()),
        encryption_key: text(batch.encryption_key()),
        vpc: batch.vpc_config().and_then(vpc),
        timeout_minutes: batch.build_timeout_in_minutes(),
        queued_timeout_minutes: batch.queued_timeout_in_minutes(),
        file_systems: file_systems(batch.file_system_locations()),
        logs: log_settings(
            logs.and_then(types::LogsConfig::cloud_watch_logs),
            logs.and_then(types::LogsConfig::s3_logs),
        ),
    }
}

fn of_project(project: &types::Project) -> BuildAbout {
    let logs = project.logs_config();
    let artifacts = project.artifacts().into_iter();
    BuildAbout {
        environment: environment(project.environment()),
        sources: sources(
            project.source(),
            project.source_version(),
            project.secondary_sources(),
            project.secondary_source_versions(),
        ),
        artifacts: artifacts
            .chain(project.secondary_artifacts())
            .map(to_be_built)
            .collect(),
        cache: project.cache().map(cache),
        service_role: text(project.service_role()),
        encryption_key: text(project.encryption_key()),
        vpc: project.vpc_config().and_then(vpc),
        timeout_minutes: project.timeout_in_minutes(),
        queued_timeout_minutes: project.queued_timeout_in_minutes(),
        file_systems: file_systems(project.file_system_locations()),
        logs: log_settings(
            logs.and_then(types::LogsConfig::cloud_watch_logs),
            logs.and_then(types::LogsConfig::s3_logs),
        ),
    }
}

/// None for one without a name, which nothing could be asked about.
pub(super) fn project(project: &types::Project) -> Option<BuildProject> {
    let tags = project.tags().iter();
    Some(BuildProject {
        name: id(project.name())?,
        arn: word(project.arn()),
        description: text(project.description()),
        about: of_project(project),
        concurrent_limit: project.concurrent_build_limit(),
        batches: project.build_batch_config().is_some(),
        webhook: project.webhook().and_then(|webhook| text(webhook.url())),
        created: time(project.created()),
        modified: time(project.last_modified()),
        tags: tags
            .map(|tag| (word(tag.key()), word(tag.value())))
            .collect(),
    })
}

fn environment(told: Option<&types::ProjectEnvironment>) -> Environment {
    let Some(told) = told else {
        return Environment::default();
    };
    let fleet = told.fleet().and_then(types::ProjectFleet::fleet_arn);
    let registry = told.registry_credential();
    Environment {
        kind: told.r#type().as_str().to_owned(),
        compute: told.compute_type().as_str().to_owned(),
        image: told.image().to_owned(),
        image_credentials: told
            .image_pull_credentials_type()
            .map(|kind| kind.as_str().to_owned()),
        registry_credential: registry.and_then(|registry| text(Some(registry.credential()))),
        privileged: told.privileged_mode().unwrap_or(false),
        fleet: text(fleet),
        variables: told.environment_variables().iter().map(variable).collect(),
    }
}

/// A variable without a type is plaintext (EnvironmentVariable, API reference).
fn variable(told: &types::EnvironmentVariable) -> Variable {
    let value = told.value();
    Variable {
        name: told.name().to_owned(),
        value: match told.r#type() {
            None | Some(types::EnvironmentVariableType::Plaintext) => {
                VariableValue::Plain(PlainValue::new(value))
            }
            Some(types::EnvironmentVariableType::ParameterStore) => {
                VariableValue::ParameterStore(value.to_owned())
            }
            Some(types::EnvironmentVariableType::SecretsManager) => {
                VariableValue::SecretsManager(value.to_owned())
            }
            Some(kind) => VariableValue::Other(kind.as_str().to_owned(), PlainValue::new(value)),
        },
    }
}

/// The primary source, then the secondary ones, each with the version asked for.
fn sources(
    primary: Option<&types::ProjectSource>,
    version: Option<&str>,
    secondary: &[types::ProjectSource],
    versions: &[types::ProjectSourceVersion],
) -> Vec<BuildSource> {
    let first = primary.map(|told| BuildSource {
        version: text(version),
        ..source(told)
    });
    let others = secondary.iter().map(|told| {
        let mut source = source(told);
        let mut versions = versions.iter();
        let version = versions.find(|version| version.source_identifier() == source.identifier);
        source.version = version.and_then(|version| text(Some(version.source_version())));
        source
    });
    first.into_iter().chain(others).collect()
}

fn source(told: &types::ProjectSource) -> BuildSource {
    BuildSource {
        identifier: word(told.source_identifier()),
        kind: told.r#type().as_str().to_owned(),
        location: text(told.location()),
        version: None,
        buildspec: text(told.buildspec()),
    }
}

/// What a build left behind: AWS tells no kind, and a primary artifact without a place where there is none.
fn built(
    primary: Option<&types::BuildArtifacts>,
    secondary: &[types::BuildArtifacts],
) -> Vec<BuildArtifact> {
    let all = primary.into_iter().chain(secondary);
    let all = all.map(|told| BuildArtifact {
        identifier: word(told.artifact_identifier()),
        kind: String::new(),
        location: text(told.location()),
        path: None,
        name: None,
        sha256: text(told.sha256_sum()),
        md5: text(told.md5_sum()),
        encryption_disabled: told.encryption_disabled().unwrap_or(false),
    });
    all.filter(|artifact| artifact.location.is_some()).collect()
}

fn to_be_built(told: &types::ProjectArtifacts) -> BuildArtifact {
    BuildArtifact {
        identifier: word(told.artifact_identifier()),
        kind: told.r#type().as_str().to_owned(),
        location: text(told.location()),
        path: text(told.path()),
        name: text(told.name()),
        sha256: None,
        md5: None,
        encryption_disabled: told.encryption_disabled().unwrap_or(false),
    }
}

fn cache(told: &types::ProjectCache) -> BuildCache {
    let modes = told.modes().iter();
    BuildCache {
        kind: told.r#type().as_str().to_owned(),
        location: text(told.location()),
        modes: modes.map(|mode| mode.as_str().to_owned()).collect(),
    }
}

/// None for the empty object that a project without a network has.
fn vpc(told: &types::VpcConfig) -> Option<BuildVpc> {
    Some(BuildVpc {
        id: text(told.vpc_id())?,
        subnets: told.subnets().to_vec(),
        security_groups: told.security_group_ids().to_vec(),
    })
}

fn file_systems(told: &[types::ProjectFileSystemLocation]) -> Vec<(String, String)> {
    let all = told.iter();
    all.map(|told| (word(told.identifier()), word(told.location())))
        .collect()
}

fn log_settings(
    cloudwatch: Option<&types::CloudWatchLogsConfig>,
    s3: Option<&types::S3LogsConfig>,
) -> LogSettings {
    LogSettings {
        cloudwatch: cloudwatch.map(|told| told.status().as_str().to_owned()),
        s3: s3.map(|told| told.status().as_str().to_owned()),
        s3_location: s3.and_then(|told| text(told.location())),
    }
}
