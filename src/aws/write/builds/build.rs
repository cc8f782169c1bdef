//! StartBuild, StopBuild and RetryBuild.

use super::ours::{self, Asked, New, Words};
use super::{started, token, variables};
use crate::aws::calls::Calls;
use crate::aws::codebuild::{self, SERVICE};
use crate::aws::write::stopped;
use crate::engine::source::{Checked, Found, Seen};
use crate::model::build::{Build, BuildOverrides};
use crate::model::fault::Fault;
use crate::model::ids::{BuildId, ProjectName};

pub(super) async fn check_stop(calls: &Calls<'_>, id: &BuildId) -> Result<Checked, Fault> {
    let build = codebuild::one(calls, id).await?;
    Ok(super::check_stop(&build.state, "the build"))
}

pub(super) async fn stop(calls: &Calls<'_>, id: &BuildId) -> Result<String, Fault> {
    let request = calls.clients.codebuild.stop_build().id(id.as_str());
    calls.call(SERVICE, "StopBuild", request.send()).await?;
    Ok("the build is being stopped".to_owned())
}

pub(super) async fn look_up_stop(calls: &Calls<'_>, id: &BuildId) -> Result<Option<Found>, Fault> {
    let build = codebuild::one(calls, id).await?;
    Ok(stopped(build.state.status, build.state.word(), "the build"))
}

pub(super) async fn check_retry(calls: &Calls<'_>, id: &BuildId) -> Result<Checked, Fault> {
    let build = codebuild::one(calls, id).await?;
    if build.state.status.is_moving() {
        return Ok(Checked::Changed("the build still runs".to_owned()));
    }
    Ok(Checked::Go(seen(calls, &build.project).await?))
}

pub(super) async fn retry(calls: &Calls<'_>, id: &BuildId) -> Result<String, Fault> {
    let request = calls
        .clients
        .codebuild
        .retry_build()
        .id(id.as_str())
        .idempotency_token(token(calls));
    let answer = calls.call(SERVICE, "RetryBuild", request.send()).await?;
    Ok(match answer.build_value().and_then(|build| build.id()) {
        Some(new) => format!("started again as {new}"),
        None => "started again".to_owned(),
    })
}

/// A build that was not there before, of the same project, revision and variables and by the same
/// caller, is the one that it started.
pub(super) async fn look_up_retry(
    calls: &Calls<'_>,
    id: &BuildId,
    seen: &Seen,
) -> Result<Option<Found>, Fault> {
    let old = codebuild::one(calls, id).await?;
    let builds = unseen(calls, &old.project, seen).await?;
    let new: Vec<New<'_>> = builds.iter().map(New::from).collect();
    let words = Words {
        found: "started again as",
        missing: "no newer build of this revision was found",
    };
    Ok(ours::look_up(calls, &new, &Asked::again(&old), words).await)
}

pub(super) async fn check_start(
    calls: &Calls<'_>,
    project: &ProjectName,
) -> Result<Checked, Fault> {
    match super::project(calls, project).await? {
        Ok(_) => Ok(Checked::Go(seen(calls, project).await?)),
        Err(gone) => Ok(gone),
    }
}

pub(super) async fn start(
    calls: &Calls<'_>,
    project: &ProjectName,
    overrides: &BuildOverrides,
) -> Result<String, Fault> {
    const OPERATION: &str = "StartBuild";
    let request = calls
        .clients
        .codebuild
        .start_build()
        .project_name(project.as_str())
        .set_source_version(overrides.source_version.clone())
        .set_environment_variables_override(variables(calls, OPERATION, overrides)?)
        .idempotency_token(token(calls));
    let answer = calls
        .call(SERVICE, OPERATION, Box::pin(request.send()))
        .await?;
    let id = answer.build_value().and_then(|build| build.id());
    Ok(started(id, project, "build"))
}

pub(super) async fn look_up_start(
    calls: &Calls<'_>,
    project: &ProjectName,
    overrides: &BuildOverrides,
    seen: &Seen,
) -> Result<Option<Found>, Fault> {
    let builds = unseen(calls, project, seen).await?;
    let new: Vec<New<'_>> = builds.iter().map(New::from).collect();
    let words = Words {
        found: "started as",
        missing: "it did not arrive; no build was started",
    };
    Ok(ours::look_up(calls, &new, &overrides.into(), words).await)
}

/// The newest builds of the project, before a start.
async fn seen(calls: &Calls<'_>, project: &ProjectName) -> Result<Seen, Fault> {
    let (ids, _) = codebuild::projects::build_ids(calls, project, None).await?;
    Ok(Seen::of(ids))
}

/// The builds of the project that were not there before, newest first.
async fn unseen(
    calls: &Calls<'_>,
    project: &ProjectName,
    seen: &Seen,
) -> Result<Vec<Build>, Fault> {
    let (ids, _) = codebuild::projects::build_ids(calls, project, None).await?;
    let new = ids.into_iter().take_while(|id| !seen.has(id.as_str()));
    let new: Vec<BuildId> = new.collect();
    codebuild::by_ids(calls, &new).await
}
