//! CodeBuild: projects, builds, and starting, stopping and retrying a build. Batches and reports have files of their own.

use serde_json::json;

use crate::sim::wire::{Answer, BadToken, Call, Members, Protocol, Service, WireError, page};
use crate::sim::world::builds::{BuildFault, Builds, Project};
use crate::sim::world::{Place, World};

mod batches;
mod overrides;
mod reports;
mod shapes;

use overrides::Overrides;

const INVALID: &str = "InvalidInputException";
const MOST_LISTED: usize = 100;
const MOST_BATCHED: usize = 100;
const ORDERS: [&str; 2] = ["ASCENDING", "DESCENDING"];
/// The service.
#[derive(Debug)]
pub struct CodeBuild;

impl Service for CodeBuild {
    fn signing_name(&self) -> &'static str {
        "codebuild"
    }

    fn protocols(&self) -> &'static [Protocol] {
        &[Protocol::AwsJson11 {
            target_prefix: "CodeBuild_20161006",
        }]
    }

    fn operations(&self) -> &'static [&'static str] {
        &[
            "BatchGetBuildBatches",
            "BatchGetBuilds",
            "BatchGetProjects",
            "BatchGetReportGroups",
            "BatchGetReports",
            "DescribeCodeCoverages",
            "DescribeTestCases",
            "GetReportGroupTrend",
            "ListBuildBatches",
            "ListBuildBatchesForProject",
            "ListBuilds",
            "ListBuildsForProject",
            "ListProjects",
            "ListReportGroups",
            "ListReports",
            "ListReportsForReportGroup",
            "RetryBuild",
            "RetryBuildBatch",
            "StartBuild",
            "StartBuildBatch",
            "StopBuild",
            "StopBuildBatch",
        ]
    }

    fn handle(&self, call: &Call<'_>, world: &mut World) -> Answer {
        let place = world.place_mut(call.account, call.region);
        match call.operation {
            "BatchGetBuildBatches" => batches::batch_get(call, &place.builds),
            "ListBuildBatches" => batches::list(call, &place.builds),
            "ListBuildBatchesForProject" => batches::list_for_project(call, &place.builds),
            "RetryBuildBatch" => batches::retry(call, place),
            "StartBuildBatch" => batches::start(call, place),
            "StopBuildBatch" => batches::stop(call, place),
            "BatchGetReportGroups" => reports::batch_get_groups(call, &place.builds),
            "BatchGetReports" => reports::batch_get(call, &place.builds),
            "DescribeCodeCoverages" => reports::describe_coverages(call, &place.builds),
            "DescribeTestCases" => reports::describe_cases(call, &place.builds),
            "GetReportGroupTrend" => reports::trend(call, &place.builds),
            "ListReportGroups" => reports::list_groups(call, &place.builds),
            "ListReports" => reports::list(call, &place.builds),
            "ListReportsForReportGroup" => reports::list_for_group(call, &place.builds),
            "BatchGetBuilds" => batch_get_builds(call, &place.builds),
            "BatchGetProjects" => batch_get_projects(call, &place.builds),
            "ListBuilds" => list_builds(call, &place.builds),
            "ListBuildsForProject" => list_builds_for_project(call, &place.builds),
            "ListProjects" => list_projects(call, &place.builds),
            "RetryBuild" => retry_build(call, place),
            "StartBuild" => start_build(call, place),
            "StopBuild" => stop_build(call, place),
            other => Err(WireError::new(
                "UnknownOperationException",
                format!("{other} is not an operation of CodeBuild"),
            )),
        }
    }
}

fn members<'a>(call: &Call<'a>) -> Members<'a> {
    Members::new(call.input, INVALID)
}

fn bad_token(_: BadToken) -> WireError {
    WireError::new(INVALID, "Invalid next token")
}

fn no_project(call: &Call<'_>, name: &str) -> WireError {
    WireError::new(
        "ResourceNotFoundException",
        format!(
            "Project cannot be found: {}",
            shapes::arn(call, "project", name)
        ),
    )
}

fn no_build(call: &Call<'_>, id: &str) -> WireError {
    WireError::new(
        "ResourceNotFoundException",
        format!("Build {} cannot be found", shapes::arn(call, "build", id)),
    )
}

fn refused(call: &Call<'_>, named: &str, fault: &BuildFault) -> WireError {
    match fault {
        BuildFault::NoSuchProject => no_project(call, named),
        BuildFault::NoSuchBuild => no_build(call, named),
        BuildFault::NoSuchBatch => batches::no_batch(call, named),
        BuildFault::NoBatches => WireError::new(
            INVALID,
            format!("Build batch config must be set on project {named} to start a batch build"),
        ),
        BuildFault::NotFailed => WireError::new(
            INVALID,
            format!(
                "Batch build {named} has not failed: only batch builds that have failed can be retried"
            ),
        ),
        BuildFault::TokenReused => WireError::new(
            INVALID,
            "Idempotency token was used before with other parameters",
        ),
        BuildFault::ProjectFull(most) => WireError::new(
            "AccountLimitExceededException",
            format!("Cannot have more than {most} active builds for the project {named}"),
        ),
        BuildFault::QueueFull(most) => WireError::new(
            "AccountLimitExceededException",
            format!("Cannot have more than {most} builds in queue for the account"),
        ),
    }
}

/// The last part of an ARN, as ids and names may be given as ARNs.
fn bare<'a>(call: &Call<'_>, kind: &str, name: &'a str) -> &'a str {
    name.strip_prefix(&shapes::arn(call, kind, ""))
        .unwrap_or(name)
}

/// One page of ids under the name that the operation gives them.
fn listed(member: &str, ids: &[&str], token: Option<&str>, scope: &str) -> Answer {
    listed_by(member, ids, token, MOST_LISTED, scope)
}

/// The same with so many to a page.
fn listed_by(member: &str, ids: &[&str], token: Option<&str>, limit: usize, scope: &str) -> Answer {
    let (range, next) = page(ids, token, limit, scope).map_err(bad_token)?;
    let shown = ids.get(range).unwrap_or_default();
    let mut answer = json!({ member: shown });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(answer)
}

fn list_projects(call: &Call<'_>, builds: &Builds) -> Answer {
    let members = members(call);
    let sort = members
        .optional_word("sortBy", &["NAME", "CREATED_TIME", "LAST_MODIFIED_TIME"])?
        .unwrap_or("NAME");
    let order = members.optional_word("sortOrder", &ORDERS)?;
    let token = members.optional_bounded_text("nextToken", 1, usize::MAX)?;
    let mut projects: Vec<&Project> = builds.projects().collect();
    match sort {
        "CREATED_TIME" => projects.sort_by_key(|project| project.created),
        "LAST_MODIFIED_TIME" => projects.sort_by_key(|project| project.modified),
        _ => {}
    }
    if order == Some("DESCENDING") {
        projects.reverse();
    }
    let names: Vec<&str> = projects
        .iter()
        .map(|project| project.name.as_str())
        .collect();
    let scope = format!(
        "ListProjects {} {} {sort} {order:?}",
        call.account, call.region
    );
    listed("projects", &names, token, &scope)
}

fn batch(call: &Call<'_>, member: &'static str) -> Result<Vec<String>, WireError> {
    let members = members(call);
    let names = members.texts(member)?;
    let breach =
        |constraint: &str| members.breach(member, &format!("'[{}]'", names.join(", ")), constraint);
    if names.is_empty() {
        return Err(breach("have length greater than or equal to 1"));
    }
    if names.len() > MOST_BATCHED {
        return Err(breach(&format!(
            "have length less than or equal to {MOST_BATCHED}"
        )));
    }
    if names.iter().any(|name| name.is_empty()) {
        return Err(breach(
            "satisfy constraint: [Member must have length greater than or equal to 1]",
        ));
    }
    Ok(names.into_iter().map(str::to_owned).collect())
}

fn batch_get_projects(call: &Call<'_>, builds: &Builds) -> Answer {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in batch(call, "names")? {
        match builds.project(bare(call, "project", &name)) {
            Some(project) => found.push(shapes::project(call, project)),
            None => missing.push(name),
        }
    }
    Ok(json!({ "projects": found, "projectsNotFound": missing }))
}

fn batch_get_builds(call: &Call<'_>, builds: &Builds) -> Answer {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in batch(call, "ids")? {
        match builds.get(bare(call, "build", &id)) {
            Some(build) => found.push(shapes::build(call, builds, build)),
            None => missing.push(id),
        }
    }
    Ok(json!({ "builds": found, "buildsNotFound": missing }))
}

fn list_builds(call: &Call<'_>, builds: &Builds) -> Answer {
    let members = members(call);
    let order = members.optional_word("sortOrder", &ORDERS)?;
    let token = members.optional_text("nextToken")?;
    let ids: Vec<&str> = if order == Some("ASCENDING") {
        builds.ids().collect()
    } else {
        builds.ids().rev().collect()
    };
    let scope = format!("ListBuilds {} {} {order:?}", call.account, call.region);
    listed("ids", &ids, token, &scope)
}

fn list_builds_for_project(call: &Call<'_>, builds: &Builds) -> Answer {
    let members = members(call);
    let name = bare(
        call,
        "project",
        members.bounded_text("projectName", 1, usize::MAX)?,
    );
    let order = members.optional_word("sortOrder", &ORDERS)?;
    let token = members.optional_text("nextToken")?;
    if builds.project(name).is_none() {
        return Err(no_project(call, name));
    }
    let mut ids: Vec<&str> = builds.ids_of(name).iter().map(String::as_str).collect();
    if order != Some("ASCENDING") {
        ids.reverse();
    }
    let scope = format!(
        "ListBuildsForProject {} {} {name} {order:?}",
        call.account, call.region
    );
    listed("ids", &ids, token, &scope)
}

/// Who a build is started by, as CodeBuild writes it: the user's name, or role and session.
fn initiator(call: &Call<'_>) -> String {
    let resource = call.caller_arn.splitn(6, ':').nth(5).unwrap_or_default();
    let named = resource
        .split_once('/')
        .map_or(resource, |(_, named)| named);
    named.to_owned()
}

fn start_build(call: &Call<'_>, place: &mut Place) -> Answer {
    let members = members(call);
    let name = bare(
        call,
        "project",
        members.bounded_text("projectName", 1, usize::MAX)?,
    );
    let overrides = Overrides::of(call, &members, "timeoutInMinutesOverride")?;
    let Some(project) = place.builds.project(name) else {
        return Err(no_project(call, name));
    };
    let start = overrides.start(project, &place.repositories)?;
    let id = place
        .builds
        .start(call.now, name, start)
        .map_err(|fault| refused(call, name, &fault))?;
    shown(call, &place.builds, &id)
}

fn retry_build(call: &Call<'_>, place: &mut Place) -> Answer {
    let members = members(call);
    let id = bare(call, "build", members.bounded_text("id", 1, usize::MAX)?);
    let token = overrides::token(call, &members)?;
    let again = place
        .builds
        .retry(call.now, id, &initiator(call), token)
        .map_err(|fault| refused(call, id, &fault))?;
    shown(call, &place.builds, &again)
}

fn stop_build(call: &Call<'_>, place: &mut Place) -> Answer {
    let members = members(call);
    let id = bare(call, "build", members.bounded_text("id", 1, usize::MAX)?);
    place
        .builds
        .stop(call.now, id, &mut place.logs)
        .map_err(|fault| refused(call, id, &fault))?;
    shown(call, &place.builds, id)
}

fn shown(call: &Call<'_>, builds: &Builds, id: &str) -> Answer {
    let build = builds.get(id).ok_or_else(|| no_build(call, id))?;
    Ok(json!({ "build": shapes::build(call, builds, build) }))
}

#[cfg(test)]
mod tests;
