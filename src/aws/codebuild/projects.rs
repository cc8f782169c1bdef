//! Projects, and the builds of one.

use std::sync::Arc;

use aws_sdk_codebuild::types;

use super::{SERVICE, about, by_ids};
use crate::aws::calls::Calls;
use crate::aws::page;
use crate::model::build::{BuildHistory, BuildProject};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{BuildId, ProjectName};

/// The most BatchGetProjects takes.
const TOGETHER: usize = 100;
/// Projects read at most; AWS allows 5 000 to an account and region (CodeBuild quotas).
const MOST: usize = 5_000;
/// A hundred names each.
const MOST_PAGES: usize = 50;

/// Every project, by name.
pub(in crate::aws) async fn all(calls: &Calls<'_>) -> Result<Vec<BuildProject>, Fault> {
    let names = page::walk(MOST_PAGES, MOST, |token| names(calls, token)).await?;
    let mut all = Vec::with_capacity(names.all.len());
    for some in names.all.chunks(TOGETHER) {
        all.extend(get(calls, some).await?);
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// ListProjects: a page of names, and the token after it.
pub(in crate::aws) async fn names(
    calls: &Calls<'_>,
    token: Option<String>,
) -> Result<(Vec<ProjectName>, Option<String>), Fault> {
    let request = calls
        .clients
        .codebuild
        .list_projects()
        .sort_by(types::ProjectSortByType::Name)
        .set_next_token(token);
    let answer = calls.call(SERVICE, "ListProjects", request.send()).await?;
    let names = answer.projects().iter().map(Into::into).collect();
    Ok((names, answer.next_token().map(str::to_owned)))
}

/// BatchGetProjects of one.
pub(in crate::aws) async fn one(
    calls: &Calls<'_>,
    name: &ProjectName,
) -> Result<BuildProject, Fault> {
    let found = get(calls, std::slice::from_ref(name)).await?.pop();
    found.ok_or_else(|| {
        calls.place(SERVICE, "BatchGetProjects").fault(
            FaultClass::NotFound,
            format!("CodeBuild knows no project {name} in this region"),
        )
    })
}

async fn get(calls: &Calls<'_>, names: &[ProjectName]) -> Result<Vec<BuildProject>, Fault> {
    let request = calls
        .clients
        .codebuild
        .batch_get_projects()
        .set_names(Some(names.iter().map(ToString::to_string).collect()));
    let answer = calls
        .call(SERVICE, "BatchGetProjects", request.send())
        .await?;
    Ok(answer
        .projects()
        .iter()
        .filter_map(about::project)
        .collect())
}

/// ListBuildsForProject: a page of ids, newest first, and the token after it.
pub(in crate::aws) async fn build_ids(
    calls: &Calls<'_>,
    project: &ProjectName,
    after: Option<String>,
) -> Result<(Vec<BuildId>, Option<String>), Fault> {
    let request = calls
        .clients
        .codebuild
        .list_builds_for_project()
        .project_name(project.as_str())
        .sort_order(types::SortOrderType::Descending)
        .set_next_token(after);
    let answer = calls
        .call(SERVICE, "ListBuildsForProject", request.send())
        .await?;
    let ids = answer.ids().iter().map(Into::into).collect();
    let next = answer.next_token().filter(|token| !token.is_empty());
    Ok((ids, next.map(str::to_owned)))
}

/// One page of a project's builds, newest first.
pub(in crate::aws) async fn history(
    calls: &Calls<'_>,
    project: &ProjectName,
    after: Option<String>,
) -> Result<BuildHistory, Fault> {
    let (ids, next) = build_ids(calls, project, after.clone()).await?;
    let mut builds = by_ids(calls, &ids).await?;
    // BatchGetBuilds answers in any order.
    builds.sort_by_key(|build| ids.iter().position(|id| *id == build.id));
    Ok(BuildHistory {
        builds: builds.into_iter().map(Arc::new).collect(),
        // The same token once more would lead in a circle.
        next: next.filter(|next| Some(next) != after.as_ref()),
    })
}
