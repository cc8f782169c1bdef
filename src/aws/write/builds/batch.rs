//! StartBuildBatch, StopBuildBatch and RetryBuildBatch.

use aws_sdk_codebuild::types;

use super::ours::{self, New, Words};
use super::{started, token, variables};
use crate::aws::calls::Calls;
use crate::aws::codebuild::{SERVICE, batches};
use crate::aws::write::stopped;
use crate::engine::source::{Checked, Found, Seen};
use crate::model::build::{Batch, BuildOverrides};
use crate::model::fault::Fault;
use crate::model::ids::{BatchId, ProjectName};
use crate::model::status::Status;

pub(super) async fn check_start(
    calls: &Calls<'_>,
    project: &ProjectName,
) -> Result<Checked, Fault> {
    match super::project(calls, project).await? {
        Ok(found) if !found.batches => Ok(Checked::Changed(format!(
            "project {project} is not set up for batches any more"
        ))),
        Ok(_) => {
            let ids = batches::newest_of(calls, project).await?;
            Ok(Checked::Go(Seen::of(ids)))
        }
        Err(gone) => Ok(gone),
    }
}

pub(super) async fn start(
    calls: &Calls<'_>,
    project: &ProjectName,
    overrides: &BuildOverrides,
) -> Result<String, Fault> {
    const OPERATION: &str = "StartBuildBatch";
    let request = calls
        .clients
        .codebuild
        .start_build_batch()
        .project_name(project.as_str())
        .set_source_version(overrides.source_version.clone())
        .set_environment_variables_override(variables(calls, OPERATION, overrides)?)
        .idempotency_token(token(calls));
    let answer = calls
        .call(SERVICE, OPERATION, Box::pin(request.send()))
        .await?;
    let id = answer.build_batch().and_then(|batch| batch.id());
    Ok(started(id, project, "batch"))
}

/// A batch that was not there before, of the version asked for and by the same caller, is the one that it started.
pub(super) async fn look_up_start(
    calls: &Calls<'_>,
    project: &ProjectName,
    overrides: &BuildOverrides,
    seen: &Seen,
) -> Result<Option<Found>, Fault> {
    let all = batches::of_project(calls, project).await?;
    let new = all.iter().take_while(|batch| !seen.has(batch.id.as_str()));
    let new: Vec<New<'_>> = new.map(New::from).collect();
    let words = Words {
        found: "started as",
        missing: "it did not arrive; no batch was started",
    };
    Ok(ours::look_up(calls, &new, &overrides.into(), words).await)
}

pub(super) async fn check_stop(calls: &Calls<'_>, id: &BatchId) -> Result<Checked, Fault> {
    let batch = batches::one(calls, id).await?;
    Ok(super::check_stop(&batch.state, "the batch"))
}

pub(super) async fn stop(calls: &Calls<'_>, id: &BatchId) -> Result<String, Fault> {
    let request = calls.clients.codebuild.stop_build_batch().id(id.as_str());
    calls
        .call(SERVICE, "StopBuildBatch", request.send())
        .await?;
    Ok("the batch and its running builds are being stopped".to_owned())
}

pub(super) async fn look_up_stop(calls: &Calls<'_>, id: &BatchId) -> Result<Option<Found>, Fault> {
    let batch = batches::one(calls, id).await?;
    Ok(stopped(batch.state.status, batch.state.word(), "the batch"))
}

/// AWS retries only batches that did not succeed.
pub(super) async fn check_retry(calls: &Calls<'_>, id: &BatchId) -> Result<Checked, Fault> {
    let batch = batches::one(calls, id).await?;
    Ok(match batch.state.status {
        status if status.is_moving() => Checked::Changed("the batch still runs".to_owned()),
        Status::Succeeded => Checked::Changed(
            "the batch has succeeded; CodeBuild retries only those that did not".to_owned(),
        ),
        _ => Checked::Go(Seen::of(phases(&batch))),
    })
}

pub(super) async fn retry(calls: &Calls<'_>, id: &BatchId, all: bool) -> Result<String, Fault> {
    let request = calls
        .clients
        .codebuild
        .retry_build_batch()
        .id(id.as_str())
        .retry_type(if all {
            types::RetryBuildBatchType::RetryAllBuilds
        } else {
            types::RetryBuildBatchType::RetryFailedBuilds
        })
        .idempotency_token(token(calls));
    calls
        .call(SERVICE, "RetryBuildBatch", request.send())
        .await?;
    Ok(if all {
        "all builds of the batch run again".to_owned()
    } else {
        "the failed builds of the batch run again".to_owned()
    })
}

/// A batch that is retried is the same batch: it goes on through new phases (retry-build-batch, AWS CLI reference).
pub(super) async fn look_up_retry(
    calls: &Calls<'_>,
    id: &BatchId,
    seen: &Seen,
) -> Result<Option<Found>, Fault> {
    Ok(Some(told(&batches::one(calls, id).await?, seen)))
}

fn told(batch: &Batch, seen: &Seen) -> Found {
    let again =
        batch.state.status.is_moving() || phases(batch).iter().any(|phase| !seen.has(phase));
    Found {
        applied: again,
        message: if again {
            "the batch runs again"
        } else {
            "it did not arrive; the batch stands as it was"
        }
        .to_owned(),
    }
}

/// Each phase by its place and name: a retry adds to them.
fn phases(batch: &Batch) -> Vec<String> {
    let phases = batch.phases.iter().enumerate();
    phases
        .map(|(place, phase)| format!("{place} {}", phase.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::build::{BuildAbout, Phase};
    use crate::model::status::State;

    fn batch(word: &str, phases: &[&str]) -> Batch {
        let phase = |name: &&str| Phase {
            name: (*name).to_owned(),
            state: State::not_run(),
            started: None,
            ended: None,
            duration: None,
            contexts: Vec::new(),
        };
        Batch {
            id: "p:b".into(),
            arn: String::new(),
            project: "p".into(),
            number: None,
            state: State::of_build(word),
            started: None,
            ended: None,
            source_version: None,
            resolved_source_version: None,
            initiator: None,
            phases: phases.iter().map(phase).collect(),
            groups: Vec::new(),
            about: BuildAbout::default(),
        }
    }

    #[test]
    fn a_retried_batch_goes_on_through_new_phases_also_when_it_has_failed_again() {
        let before = batch("FAILED", &["SUBMITTED", "IN_PROGRESS", "FAILED"]);
        let seen = Seen::of(phases(&before));
        assert!(!told(&before, &seen).applied);
        let runs = batch("IN_PROGRESS", &["SUBMITTED", "IN_PROGRESS", "FAILED"]);
        assert!(told(&runs, &seen).applied);
        let again = ["SUBMITTED", "IN_PROGRESS", "FAILED", "SUBMITTED", "FAILED"];
        assert!(told(&batch("FAILED", &again), &seen).applied);
    }
}
