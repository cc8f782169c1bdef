//! CodeBuild: projects, builds, and starting, stopping and retrying a build.

use serde_json::{Value, json};

use crate::sim::wire::{Answer, BadToken, Call, Members, Protocol, Service, WireError, page};
use crate::sim::world::builds::{
    BuildFault, Builds, Project, SourceSettings, StartBuild, Variable,
};
use crate::sim::world::repositories::Repositories;
use crate::sim::world::{Place, World};

mod shapes;

const INVALID: &str = "InvalidInputException";
const MOST_LISTED: usize = 100;
const MOST_BATCHED: usize = 100;
const ORDERS: [&str; 2] = ["ASCENDING", "DESCENDING"];
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
            "BatchGetBuilds",
            "BatchGetProjects",
            "BatchGetReports",
            "ListBuilds",
            "ListBuildsForProject",
            "ListProjects",
            "RetryBuild",
            "StartBuild",
            "StopBuild",
        ]
    }

    fn handle(&self, call: &Call<'_>, world: &mut World) -> Answer {
        let place = world.place_mut(call.account, call.region);
        match call.operation {
            "BatchGetBuilds" => batch_get_builds(call, &place.builds),
            "BatchGetProjects" => batch_get_projects(call, &place.builds),
            "BatchGetReports" => batch_get_reports(call, &place.builds),
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
    let (range, next) = page(ids, token, MOST_LISTED, scope).map_err(bad_token)?;
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

fn batch_get_reports(call: &Call<'_>, builds: &Builds) -> Answer {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for arn in batch(call, "reportArns")? {
        let report = bare(call, "report", &arn).rsplit_once(':');
        let build = report.and_then(|(group, uuid)| {
            let project = group.strip_suffix("-tests")?;
            builds.get(&format!("{project}:{uuid}"))
        });
        match build.and_then(|build| shapes::report(call, build)) {
            Some(report) if arn.starts_with("arn:") => found.push(report),
            _ => missing.push(arn),
        }
    }
    Ok(json!({ "reports": found, "reportsNotFound": missing }))
}

fn batch_get_builds(call: &Call<'_>, builds: &Builds) -> Answer {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in batch(call, "ids")? {
        match builds.get(bare(call, "build", &id)) {
            Some(build) => found.push(shapes::build(call, build)),
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

fn variables(members: &Members<'_>) -> Result<Vec<Variable>, WireError> {
    let given = members
        .optional_list("environmentVariablesOverride")?
        .unwrap_or_default();
    let mut variables = Vec::with_capacity(given.len());
    for one in given {
        let Value::Object(input) = one else {
            return Err(WireError::new(
                "SerializationException",
                "environmentVariablesOverride is a list of structures",
            ));
        };
        let one = Members::new(input, INVALID);
        let kind = one
            .optional_word("type", &["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"])?
            .unwrap_or("PLAINTEXT");
        variables.push(Variable {
            name: one.bounded_text("name", 1, usize::MAX)?.to_owned(),
            value: one.text("value")?.to_owned(),
            kind: kind.to_owned(),
        });
    }
    Ok(variables)
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

fn start_build(call: &Call<'_>, place: &mut Place) -> Answer {
    let members = members(call);
    let name = bare(
        call,
        "project",
        members.bounded_text("projectName", 1, usize::MAX)?,
    );
    let version = members.optional_text("sourceVersion")?;
    let timeout = members.optional_bounded_integer("timeoutInMinutesOverride", 5, 2160)?;
    members.optional_bounded_integer("queuedTimeoutInMinutesOverride", 5, 480)?;
    let kind = members.optional_word("sourceTypeOverride", &SOURCE_KINDS)?;
    let location = members.optional_text("sourceLocationOverride")?;
    let buildspec = members.optional_text("buildspecOverride")?;
    let image = members.optional_bounded_text("imageOverride", 1, usize::MAX)?;
    let compute = members.optional_word("computeTypeOverride", &COMPUTE_TYPES)?;
    let variables = variables(&members)?;
    let token = members.optional_text("idempotencyToken")?;
    let Some(project) = place.builds.project(name) else {
        return Err(no_project(call, name));
    };
    let mut source = project.source.clone();
    if let Some(kind) = kind {
        kind.clone_into(&mut source.kind);
        source.location = None;
    }
    if let Some(location) = location {
        source.location = Some(location.to_owned());
    }
    if let Some(buildspec) = buildspec {
        source.buildspec = Some(buildspec.to_owned());
    }
    let start = StartBuild {
        source_version: version.map(str::to_owned),
        resolved_source_version: resolved(&source, version, &place.repositories),
        initiator: initiator(call),
        variables,
        source: Some(source),
        image: image.map(str::to_owned),
        compute_type: compute.map(str::to_owned),
        timeout_minutes: timeout,
        token: token.map(str::to_owned),
        ..StartBuild::default()
    };
    let id = place
        .builds
        .start(call.now, name, start)
        .map_err(|fault| refused(call, name, &fault))?;
    shown(call, &place.builds, &id)
}

fn retry_build(call: &Call<'_>, place: &mut Place) -> Answer {
    let members = members(call);
    let id = bare(call, "build", members.bounded_text("id", 1, usize::MAX)?);
    let token = members.optional_text("idempotencyToken")?;
    let again = place
        .builds
        .retry(call.now, id, &initiator(call), token.map(str::to_owned))
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
    Ok(json!({ "build": shapes::build(call, build) }))
}

#[cfg(test)]
mod tests;
