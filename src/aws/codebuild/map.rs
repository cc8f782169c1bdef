//! Builds and their phases, from the SDK's types to the model's.

use std::time::Duration;

use aws_sdk_codebuild::types;

use super::about;
use crate::aws::map::{id, text, time, word};
use crate::model::build::{Build, LogLocation, Phase, PhaseContext};
use crate::model::ids::IN_S3;
use crate::model::status::{State, Status};

/// None for one without an id, which nothing could be asked about.
pub(super) fn build(build: &types::Build) -> Option<Build> {
    let log_s3 = build.logs().and_then(log_object);
    let log = build.logs().and_then(log_location).or_else(|| {
        // The object is written when the build ends: before, a stream of CloudWatch may still come.
        let object = log_s3.as_deref().filter(|_| build.build_complete());
        object.and_then(LogLocation::in_s3)
    });
    let exported = build.exported_environment_variables().iter();
    Some(Build {
        id: id(build.id())?,
        arn: word(build.arn()),
        project: word(build.project_name()).into(),
        number: build.build_number(),
        state: State::of_build(build.build_status().map_or("", types::StatusType::as_str)),
        current_phase: word(build.current_phase()),
        started: time(build.start_time()),
        ended: time(build.end_time()),
        source_version: text(build.source_version()),
        resolved_source_version: text(build.resolved_source_version()),
        initiator: text(build.initiator()),
        phases: build.phases().iter().map(phase).collect(),
        // Without a stream the link reads `group=null;stream=null`.
        log_url: log.as_ref().and_then(|log| {
            let link = if log.group.as_str().starts_with(IN_S3) {
                types::LogsLocation::s3_deep_link
            } else {
                types::LogsLocation::deep_link
            };
            text(build.logs().and_then(link))
        }),
        log,
        log_s3,
        about: about::of_build(build),
        batch: build.build_batch_arn().and_then(batch_id).map(Into::into),
        reports: build.report_arns().to_vec(),
        exported: exported
            .map(|variable| (word(variable.name()), word(variable.value())))
            .collect(),
    })
}

/// `arn:aws:codebuild:REGION:ACCOUNT:build-batch/PROJECT:UUID`
fn batch_id(arn: &str) -> Option<&str> {
    let (_, id) = arn.split_once(":build-batch/")?;
    Some(id).filter(|id| !id.is_empty())
}

/// `arn:aws:codebuild:REGION:ACCOUNT:build/PROJECT:UUID`
pub(super) fn build_id(arn: &str) -> Option<&str> {
    let (_, id) = arn.split_once(":build/")?;
    Some(id).filter(|id| !id.is_empty())
}

/// Absent until PROVISIONING has made the stream, and with logs turned off.
fn log_location(logs: &types::LogsLocation) -> Option<LogLocation> {
    Some(LogLocation {
        group: id(logs.group_name())?,
        stream: id(logs.stream_name())?,
    })
}

/// `bucket/key` from `arn:PARTITION:s3:::bucket/key`; AWS names the object before it is written, at the build's end.
fn log_object(logs: &types::LogsLocation) -> Option<String> {
    let enabled = logs.s3_logs()?.status() == &types::LogsConfigStatusType::Enabled;
    let (_, object) = logs.s3_logs_arn()?.split_once(":s3:::")?;
    (enabled && object.contains('/')).then(|| object.to_owned())
}

fn phase(phase: &types::BuildPhase) -> Phase {
    let word = phase.phase_type().map(types::BuildPhaseType::as_str);
    Phase {
        contexts: contexts(phase.contexts()),
        ..phase_of(&Told {
            name: word.unwrap_or_default(),
            status: phase.phase_status(),
            started: phase.start_time(),
            ended: phase.end_time(),
            seconds: phase.duration_in_seconds(),
        })
    }
}

/// A batch's phases are those of a build, under names of their own.
pub(super) fn batch_phase(phase: &types::BuildBatchPhase) -> Phase {
    let word = phase.phase_type().map(types::BuildBatchPhaseType::as_str);
    Phase {
        contexts: contexts(phase.contexts()),
        ..phase_of(&Told {
            name: word.unwrap_or_default(),
            status: phase.phase_status(),
            started: phase.start_time(),
            ended: phase.end_time(),
            seconds: phase.duration_in_seconds(),
        })
    }
}

struct Told<'a> {
    name: &'a str,
    status: Option<&'a types::StatusType>,
    started: Option<&'a aws_smithy_types::DateTime>,
    ended: Option<&'a aws_smithy_types::DateTime>,
    seconds: Option<i64>,
}

/// Phases that stand for the end: they have a start and nothing else.
const ENDS: [&str; 4] = ["COMPLETED", "SUCCEEDED", "FAILED", "STOPPED"];

fn phase_of(told: &Told<'_>) -> Phase {
    let (started, ended) = (time(told.started), time(told.ended));
    let said = told.status.map_or("", types::StatusType::as_str);
    let is_under_way =
        said.is_empty() && started.is_some() && ended.is_none() && !ENDS.contains(&told.name);
    Phase {
        // A phase without a status is the one it is in.
        state: if is_under_way {
            State::new(Status::Running, "")
        } else {
            State::of_build(said)
        },
        name: told.name.to_owned(),
        started,
        ended,
        duration: told
            .seconds
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map(Duration::from_secs),
        contexts: Vec::new(),
    }
}

/// `[{"statusCode": "", "message": ""}]` on success says nothing.
fn contexts(told: &[types::PhaseContext]) -> Vec<PhaseContext> {
    let all = told.iter().map(|context| PhaseContext {
        status_code: word(context.status_code()),
        message: word(context.message()),
    });
    all.filter(|context| !context.status_code.is_empty() || !context.message.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::build::{PlainValue, VariableValue};

    #[test]
    fn a_log_is_known_by_its_group_and_never_by_its_link() {
        let logs = types::LogsLocation::builder()
            .deep_link("https://console/#logEvent:group=null;stream=null")
            .build();
        let without = types::Build::builder().id("p:1").logs(logs).build();
        let without = build(&without).unwrap();
        assert_eq!((without.log, without.log_url), (None, None));
    }

    #[test]
    fn a_log_in_s3_is_told_only_where_it_is_written() {
        let logs = |status: types::LogsConfigStatusType| {
            let s3 = types::S3LogsConfig::builder()
                .status(status)
                .location("logs/builds")
                .build()
                .unwrap();
            let logs = types::LogsLocation::builder()
                .s3_logs_arn("arn:aws-cn:s3:::logs/builds/1.gz")
                .s3_logs(s3)
                .build();
            let told = types::Build::builder().id("p:1").logs(logs).build();
            build(&told).unwrap()
        };
        let written = logs(types::LogsConfigStatusType::Enabled);
        assert_eq!(written.log, None, "the build runs");
        assert_eq!(written.log_s3.as_deref(), Some("logs/builds/1.gz"));
        assert_eq!(written.about.logs.s3.as_deref(), Some("ENABLED"));
        assert_eq!(
            written.about.logs.s3_location.as_deref(),
            Some("logs/builds")
        );
        assert_eq!(logs(types::LogsConfigStatusType::Disabled).log_s3, None);
    }

    #[test]
    fn the_log_of_a_build_that_ended_is_its_object_in_s3_where_cloudwatch_has_none() {
        let s3 = types::S3LogsConfig::builder()
            .status(types::LogsConfigStatusType::Enabled)
            .build()
            .unwrap();
        let logs = types::LogsLocation::builder()
            .s3_logs_arn("arn:aws:s3:::logs/builds/1.gz")
            .s3_deep_link("https://s3/1.gz")
            .deep_link("https://console/#logEvent:group=null;stream=null")
            .s3_logs(s3);
        let told = |logs: types::LogsLocation| {
            let build = types::Build::builder().id("p:1").build_complete(true);
            super::build(&build.logs(logs).build()).unwrap()
        };
        let alone = told(logs.clone().build());
        assert_eq!(alone.log, LogLocation::in_s3("logs/builds/1.gz"));
        assert_eq!(alone.log_url.as_deref(), Some("https://s3/1.gz"));
        let both = told(logs.group_name("g").stream_name("s").build());
        assert_eq!(both.log.unwrap().group.as_str(), "g");
    }

    #[test]
    fn a_variable_is_told_by_its_kind_and_a_strange_kind_keeps_its_word() {
        let variable = |kind: Option<&str>| {
            types::EnvironmentVariable::builder()
                .name("A")
                .value("v")
                .set_type(kind.map(Into::into))
                .build()
                .unwrap()
        };
        let environment = types::ProjectEnvironment::builder()
            .r#type("LINUX_CONTAINER".into())
            .image("i")
            .compute_type("BUILD_GENERAL1_SMALL".into())
            .environment_variables(variable(None))
            .environment_variables(variable(Some("PLAINTEXT")))
            .environment_variables(variable(Some("PARAMETER_STORE")))
            .environment_variables(variable(Some("SECRETS_MANAGER")))
            .environment_variables(variable(Some("VAULT")))
            .build()
            .unwrap();
        let told = types::Build::builder()
            .id("p:1")
            .environment(environment)
            .build();
        let about = build(&told).unwrap().about;
        let values: Vec<_> = about.environment.variables;
        let values: Vec<_> = values.into_iter().map(|variable| variable.value).collect();
        let plain = || PlainValue::new("v");
        assert_eq!(
            values,
            [
                VariableValue::Plain(plain()),
                VariableValue::Plain(plain()),
                VariableValue::ParameterStore("v".to_owned()),
                VariableValue::SecretsManager("v".to_owned()),
                VariableValue::Other("VAULT".to_owned(), plain()),
            ]
        );
    }

    #[test]
    fn the_phase_under_way_has_no_status_and_words_outside_the_model_are_kept() {
        let running = types::BuildPhase::builder()
            .phase_type(types::BuildPhaseType::Build)
            .start_time(aws_smithy_types::DateTime::from_secs(5))
            .build();
        assert_eq!(phase(&running).state.status, Status::Running);
        let strange = types::BuildPhase::builder()
            .phase_type("RUNNING_SANDBOX".into())
            .phase_status("CLIENT_ERROR".into())
            .build();
        let strange = phase(&strange);
        assert_eq!(strange.name, "RUNNING_SANDBOX");
        assert_eq!(strange.state.word(), "CLIENT_ERROR");
        assert_eq!(strange.state.status, Status::Errored);
        let end = types::BuildBatchPhase::builder()
            .phase_type(types::BuildBatchPhaseType::Failed)
            .start_time(aws_smithy_types::DateTime::from_secs(5))
            .build();
        assert_eq!(batch_phase(&end).state.status, Status::NotRun);
    }
}
