//! CodeDeploy's answers as the model's records. Pure; the SDK's types end here.

use aws_sdk_codedeploy::types;
use aws_smithy_types::DateTime;

use crate::aws::map::{id, text, time, word};
use crate::model::deployment::{
    Deployment, DeploymentError, Diagnostics, LifecycleEvent, MinimumHealthyHosts, Overview,
    Rollback, Target,
};
use crate::model::status::State;

pub(super) fn deployment(info: &types::DeploymentInfo) -> Option<Deployment> {
    let style = info.deployment_style();
    Some(Deployment {
        id: id(info.deployment_id())?,
        application: word(info.application_name()),
        group: word(info.deployment_group_name()),
        configuration: word(info.deployment_config_name()),
        state: State::of_deployment(info.status().map_or("", types::DeploymentStatus::as_str)),
        compute_platform: word(info.compute_platform().map(types::ComputePlatform::as_str)),
        style: word(
            style
                .and_then(types::DeploymentStyle::deployment_type)
                .map(types::DeploymentType::as_str),
        ),
        created: time(info.create_time()),
        started: time(info.start_time()),
        completed: time(info.complete_time()),
        creator: word(info.creator().map(types::DeploymentCreator::as_str)),
        description: text(info.description()),
        revision: info.revision().and_then(revision),
        error: info.error_information().and_then(error),
        overview: info.deployment_overview().map(|overview| Overview {
            pending: overview.pending(),
            in_progress: overview.in_progress(),
            succeeded: overview.succeeded(),
            failed: overview.failed(),
            skipped: overview.skipped(),
            ready: overview.ready(),
        }),
        rolls_back_on_failure: info.auto_rollback_configuration().is_some_and(|rollback| {
            let failure = types::AutoRollbackEvent::DeploymentFailure;
            rollback.enabled() && rollback.events().contains(&failure)
        }),
        rollback: info
            .rollback_info()
            .map_or_else(Rollback::default, |info| Rollback {
                rolled_back_by: id(info.rollback_deployment_id()),
                rolls_back: id(info.rollback_triggering_deployment_id()),
                message: text(info.rollback_message()),
            }),
    })
}

fn error(information: &types::ErrorInformation) -> Option<DeploymentError> {
    let error = DeploymentError {
        code: word(information.code().map(types::ErrorCode::as_str)),
        message: word(information.message()),
    };
    (!error.code.is_empty() || !error.message.is_empty()).then_some(error)
}

/// The revision in one line.
fn revision(revision: &types::RevisionLocation) -> Option<String> {
    if let Some(s3) = revision.s3_location() {
        let bucket = text(s3.bucket())?;
        return Some(format!("s3://{bucket}/{}", s3.key().unwrap_or_default()));
    }
    if let Some(github) = revision.git_hub_location() {
        let repository = text(github.repository())?;
        return Some(match text(github.commit_id()) {
            Some(commit) => format!("{repository}@{commit}"),
            None => repository,
        });
    }
    // ECS and Lambda carry their AppSpec in the request; its digest tells two apart.
    let digest = revision
        .app_spec_content()
        .and_then(types::AppSpecContent::sha256)
        .or_else(|| {
            #[expect(
                deprecated,
                reason = "older Lambda deployments carry their AppSpec here"
            )]
            let raw = revision.string().and_then(types::RawString::sha256);
            raw
        });
    text(digest).map(|digest| format!("AppSpec sha256:{digest}"))
}

/// A target of whichever kind.
pub(super) fn target(target: &types::DeploymentTarget) -> Option<Target> {
    let kind = word(
        target
            .deployment_target_type()
            .map(types::DeploymentTargetType::as_str),
    );
    if let Some(instance) = target.instance_target() {
        return common(
            kind,
            "InstanceTarget",
            instance.target_id(),
            instance.status(),
            text(instance.instance_label().map(types::TargetLabel::as_str)),
            instance.last_updated_at(),
            instance.lifecycle_events(),
        );
    }
    if let Some(ecs) = target.ecs_target() {
        return common(
            kind,
            "ECSTarget",
            ecs.target_id(),
            ecs.status(),
            None,
            ecs.last_updated_at(),
            ecs.lifecycle_events(),
        );
    }
    if let Some(lambda) = target.lambda_target() {
        return common(
            kind,
            "LambdaTarget",
            lambda.target_id(),
            lambda.status(),
            None,
            lambda.last_updated_at(),
            lambda.lifecycle_events(),
        );
    }
    let stack = target.cloud_formation_target()?;
    common(
        kind,
        "CloudFormationTarget",
        stack.target_id(),
        stack.status(),
        None,
        stack.last_updated_at(),
        stack.lifecycle_events(),
    )
}

fn common(
    kind: String,
    usual_kind: &str,
    name: Option<&str>,
    status: Option<&types::TargetStatus>,
    label: Option<String>,
    updated: Option<&DateTime>,
    events: &[types::LifecycleEvent],
) -> Option<Target> {
    Some(Target {
        id: id(name)?,
        kind: if kind.is_empty() {
            usual_kind.to_owned()
        } else {
            kind
        },
        state: State::of_deployment(status.map_or("", types::TargetStatus::as_str)),
        label,
        updated: time(updated),
        events: events.iter().map(event).collect(),
    })
}

fn event(event: &types::LifecycleEvent) -> LifecycleEvent {
    LifecycleEvent {
        name: word(event.lifecycle_event_name()),
        state: State::of_deployment(
            event
                .status()
                .map_or("", types::LifecycleEventStatus::as_str),
        ),
        started: time(event.start_time()),
        ended: time(event.end_time()),
        diagnostics: event.diagnostics().map(|diagnostics| Diagnostics {
            error_code: word(
                diagnostics
                    .error_code()
                    .map(types::LifecycleErrorCode::as_str),
            ),
            script: word(diagnostics.script_name()),
            message: word(diagnostics.message()),
            log_tail: word(diagnostics.log_tail()),
        }),
    }
}

/// How many hosts must stay healthy. Lambda and ECS configurations have no such rule.
pub(super) fn minimum(hosts: Option<&types::MinimumHealthyHosts>) -> MinimumHealthyHosts {
    let Some(hosts) = hosts else {
        return MinimumHealthyHosts::None;
    };
    let value = usize::try_from(hosts.value()).unwrap_or(0);
    match hosts.r#type().map(types::MinimumHealthyHostsType::as_str) {
        Some("HOST_COUNT") => MinimumHealthyHosts::Count(value),
        Some("FLEET_PERCENT") => MinimumHealthyHosts::Percent(value),
        _ => MinimumHealthyHosts::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_told_in_one_line() {
        let s3 = types::S3Location::builder()
            .bucket("b")
            .key("k.zip")
            .build();
        let s3 = types::RevisionLocation::builder().s3_location(s3).build();
        assert_eq!(revision(&s3).as_deref(), Some("s3://b/k.zip"));
        let github = types::GitHubLocation::builder()
            .repository("acme/shop")
            .commit_id("f3a")
            .build();
        let github = types::RevisionLocation::builder()
            .git_hub_location(github)
            .build();
        assert_eq!(revision(&github).as_deref(), Some("acme/shop@f3a"));
        let none = types::RevisionLocation::builder().build();
        assert_eq!(revision(&none), None);
    }

    #[test]
    fn an_empty_rollback_is_none_and_an_unknown_target_state_is_kept() {
        let info = types::DeploymentInfo::builder()
            .deployment_id("d-1")
            .rollback_info(types::RollbackInfo::builder().build())
            .error_information(types::ErrorInformation::builder().build())
            .build();
        let deployment = deployment(&info).unwrap();
        assert_eq!(deployment.rollback, Rollback::default());
        assert_eq!(deployment.error, None);
        let instance = types::InstanceTarget::builder()
            .target_id("i-1")
            .status("Melting".into())
            .build();
        let wrapped = types::DeploymentTarget::builder()
            .instance_target(instance)
            .build();
        let target = target(&wrapped).unwrap();
        assert_eq!(target.state.word(), "Melting");
        assert_eq!(target.kind, "InstanceTarget");
    }
}
