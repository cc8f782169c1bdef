//! CodeCommit: repositories, branches, commits and pull requests, read only.

mod differences;

use serde_json::{Value, json};

use crate::sim::wire::{
    Answer, BadToken, Call, Members, Millis, Protocol, Service, WireError, page, seconds,
};
use crate::sim::world::World;
use crate::sim::world::repositories::{
    Commit, Person, PullRequest, PullRequestState, Repositories, Repository,
};

const MOST_LISTED: usize = 100;
const MOST_BATCHED: usize = 100;

/// The service.
#[derive(Debug)]
pub struct CodeCommit;

impl Service for CodeCommit {
    fn signing_name(&self) -> &'static str {
        "codecommit"
    }

    fn protocols(&self) -> &'static [Protocol] {
        &[Protocol::AwsJson11 {
            target_prefix: "CodeCommit_20150413",
        }]
    }

    fn operations(&self) -> &'static [&'static str] {
        &[
            "BatchGetCommits",
            "BatchGetRepositories",
            "GetBranch",
            "GetDifferences",
            "GetPullRequest",
            "ListBranches",
            "ListPullRequests",
            "ListRepositories",
        ]
    }

    fn handle(&self, call: &Call<'_>, world: &mut World) -> Answer {
        let repositories = &world.place_mut(call.account, call.region).repositories;
        match call.operation {
            "BatchGetCommits" => batch_get_commits(call, repositories),
            "BatchGetRepositories" => batch_get_repositories(call, repositories),
            "GetBranch" => get_branch(call, repositories),
            "GetDifferences" => differences::get(call, repositories),
            "GetPullRequest" => get_pull_request(call, repositories),
            "ListBranches" => list_branches(call, repositories),
            "ListPullRequests" => list_pull_requests(call, repositories),
            "ListRepositories" => list_repositories(call, repositories),
            other => Err(WireError::new(
                "UnknownOperationException",
                format!("{other} is not an operation of CodeCommit"),
            )),
        }
    }
}

fn bad_token(_: BadToken) -> WireError {
    WireError::new(
        "InvalidContinuationTokenException",
        "The specified continuation token is not valid.",
    )
}

fn check_repository_name(name: &str) -> Result<(), WireError> {
    let valid = (1..=100).contains(&name.chars().count())
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-'))
        && name.strip_suffix(".git").is_none();
    if valid {
        return Ok(());
    }
    Err(WireError::new(
        "InvalidRepositoryNameException",
        format!(
            "The repository name: {name} is not valid. Repository names can contain any combination of \
             letters, numbers, periods, underscores, and dashes between 1 and 100 characters in length. \
             Names cannot end in .git."
        ),
    ))
}

fn asked_repository<'a>(
    members: &Members<'_>,
    repositories: &'a Repositories,
) -> Result<&'a Repository, WireError> {
    let name = members.optional_text("repositoryName")?.ok_or_else(|| {
        WireError::new(
            "RepositoryNameRequiredException",
            "A repository name is required, but was not specified.",
        )
    })?;
    check_repository_name(name)?;
    repositories.get(name).ok_or_else(|| {
        WireError::new(
            "RepositoryDoesNotExistException",
            format!("{name} does not exist"),
        )
    })
}

/// The members of a request; every breach has an exception of its own, so the code here is only for JSON
/// of the wrong type.
fn members<'a>(call: &Call<'a>) -> Members<'a> {
    Members::new(call.input, "ValidationException")
}

fn with_token(mut answer: Value, next: Option<String>) -> Value {
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    answer
}

fn list_repositories(call: &Call<'_>, repositories: &Repositories) -> Answer {
    let members = members(call);
    let by_time = match members.optional_text("sortBy")? {
        None | Some("repositoryName") => false,
        Some("lastModifiedDate") => true,
        Some(_) => {
            return Err(WireError::new(
                "InvalidSortByException",
                "The specified sort by value is not valid.",
            ));
        }
    };
    let descending = match members.optional_text("order")? {
        None | Some("ascending") => false,
        Some("descending") => true,
        Some(_) => {
            return Err(WireError::new(
                "InvalidOrderException",
                "The specified sort order is not valid.",
            ));
        }
    };
    let mut found: Vec<&Repository> = repositories.iter().collect();
    if by_time {
        found.sort_by_key(|repository| repository.modified);
    }
    if descending {
        found.reverse();
    }
    let scope = format!(
        "ListRepositories {} {} {by_time} {descending}",
        call.account, call.region
    );
    let token = members.optional_text("nextToken")?;
    let (range, next) = page(&found, token, MOST_LISTED, &scope).map_err(bad_token)?;
    let shown: Vec<Value> = found
        .get(range)
        .unwrap_or_default()
        .iter()
        .map(|repository| {
            json!({ "repositoryName": repository.name, "repositoryId": repository.id })
        })
        .collect();
    Ok(with_token(json!({ "repositories": shown }), next))
}

fn batch_get_repositories(call: &Call<'_>, repositories: &Repositories) -> Answer {
    let members = members(call);
    let names = members.optional_texts("repositoryNames")?.ok_or_else(|| {
        WireError::new(
            "RepositoryNamesRequiredException",
            "A repository names object is required, but was not specified.",
        )
    })?;
    if names.len() > MOST_BATCHED {
        return Err(WireError::new(
            "MaximumRepositoryNamesExceededException",
            format!(
                "The maximum number of allowed repository names was exceeded. Currently, this number is {MOST_BATCHED}."
            ),
        ));
    }
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        check_repository_name(name)?;
        match repositories.get(name) {
            Some(repository) => found.push(repository_shape(call, repository)),
            None => missing.push(name),
        }
    }
    Ok(json!({ "repositories": found, "repositoriesNotFound": missing, "errors": [] }))
}

fn repository_shape(call: &Call<'_>, repository: &Repository) -> Value {
    let Call {
        account, region, ..
    } = call;
    let name = &repository.name;
    let mut shape = json!({
        "accountId": account,
        "repositoryId": repository.id,
        "repositoryName": name,
        "lastModifiedDate": seconds(repository.modified),
        "creationDate": seconds(repository.created),
        "cloneUrlHttp": format!("https://git-codecommit.{region}.amazonaws.com/v1/repos/{name}"),
        "cloneUrlSsh": format!("ssh://git-codecommit.{region}.amazonaws.com/v1/repos/{name}"),
        "Arn": format!("arn:aws:codecommit:{region}:{account}:{name}"),
        "kmsKeyId": format!("arn:aws:kms:{region}:{account}:key/{}", repository.id),
    });
    if let Some(description) = &repository.description {
        shape["repositoryDescription"] = description.as_str().into();
    }
    if let Some(branch) = &repository.default_branch {
        shape["defaultBranch"] = branch.as_str().into();
    }
    shape
}

fn list_branches(call: &Call<'_>, repositories: &Repositories) -> Answer {
    let members = members(call);
    let repository = asked_repository(&members, repositories)?;
    let branches: Vec<&str> = repository.branches().map(|(name, _)| name).collect();
    let scope = format!(
        "ListBranches {} {} {}",
        call.account, call.region, repository.name
    );
    let token = members.optional_text("nextToken")?;
    let (range, next) = page(&branches, token, MOST_LISTED, &scope).map_err(bad_token)?;
    let shown = branches.get(range).unwrap_or_default();
    Ok(with_token(json!({ "branches": shown }), next))
}

fn get_branch(call: &Call<'_>, repositories: &Repositories) -> Answer {
    let members = members(call);
    let repository = asked_repository(&members, repositories)?;
    let name = members.optional_text("branchName")?.ok_or_else(|| {
        WireError::new(
            "BranchNameRequiredException",
            "A branch name is required, but was not specified.",
        )
    })?;
    if name.is_empty() || name.chars().count() > 256 {
        return Err(WireError::new(
            "InvalidBranchNameException",
            "The specified reference name is not valid.",
        ));
    }
    let commit = repository.branch(name).ok_or_else(|| {
        WireError::new(
            "BranchDoesNotExistException",
            format!("Branch {name} does not exist"),
        )
    })?;
    Ok(json!({ "branch": { "branchName": name, "commitId": commit } }))
}

fn batch_get_commits(call: &Call<'_>, repositories: &Repositories) -> Answer {
    let members = members(call);
    let ids = members
        .optional_texts("commitIds")?
        .filter(|ids| !ids.is_empty())
        .ok_or_else(|| {
            WireError::new(
                "CommitIdsListRequiredException",
                "A list of commit IDs is required, but was either not specified or the list was empty.",
            )
        })?;
    if ids.len() > MOST_BATCHED {
        return Err(WireError::new(
            "CommitIdsLimitExceededException",
            format!(
                "The maximum number of allowed commit IDs in a batch request is {MOST_BATCHED}. Verify that \
                 your batch requests contains no more than {MOST_BATCHED} commit IDs, and then try again."
            ),
        ));
    }
    let repository = asked_repository(&members, repositories)?;
    let (mut commits, mut errors) = (Vec::new(), Vec::new());
    for id in ids {
        match repository.commit(id) {
            Some(commit) => commits.push(commit_shape(commit)),
            None if is_commit_id(id) => errors.push(json!({
                "commitId": id,
                "errorCode": "CommitIdDoesNotExistException",
                "errorMessage": format!("Could not find commit {id}"),
            })),
            None => errors.push(json!({
                "commitId": id,
                "errorCode": "InvalidCommitIdException",
                "errorMessage": format!("{id} is not a valid commit ID"),
            })),
        }
    }
    Ok(json!({ "commits": commits, "errors": errors }))
}

fn is_commit_id(text: &str) -> bool {
    text.len() == 40 && text.chars().all(|digit| digit.is_ascii_hexdigit())
}

fn commit_shape(commit: &Commit) -> Value {
    json!({
        "commitId": commit.id,
        "treeId": commit.tree,
        "parents": commit.parents,
        "message": commit.message,
        "author": person_shape(&commit.author, commit.time),
        "committer": person_shape(&commit.committer, commit.time),
        "additionalData": "",
    })
}

/// Git's own form of a time: seconds and the zone, as text.
fn person_shape(person: &Person, time: Millis) -> Value {
    json!({
        "name": person.name,
        "email": person.email,
        "date": format!("{} +0000", time.div_euclid(1000)),
    })
}

fn list_pull_requests(call: &Call<'_>, repositories: &Repositories) -> Answer {
    let members = members(call);
    let repository = asked_repository(&members, repositories)?;
    let author = members.optional_text("authorArn")?;
    let open = match members.optional_text("pullRequestStatus")? {
        None => None,
        Some("OPEN") => Some(true),
        Some("CLOSED") => Some(false),
        Some(_) => {
            return Err(WireError::new(
                "InvalidPullRequestStatusException",
                "The pull request status is not valid. The only valid values are OPEN and CLOSED.",
            ));
        }
    };
    let limit = members.optional_integer("maxResults")?;
    if limit.is_some_and(|limit| !(1..=MOST_LISTED as i64).contains(&limit)) {
        return Err(WireError::new(
            "InvalidMaxResultsException",
            "The specified number of maximum results is not valid.",
        ));
    }
    let ids: Vec<String> = repositories
        .pull_requests(&repository.name)
        .filter(|request| author.is_none_or(|author| request.author_arn == author))
        .filter(|request| open.is_none_or(|open| open == (request.state == PullRequestState::Open)))
        .map(|request| request.number.to_string())
        .collect();
    let scope = format!(
        "ListPullRequests {} {} {} {author:?} {open:?}",
        call.account, call.region, repository.name
    );
    let token = members.optional_text("nextToken")?;
    let limit = limit.map_or(MOST_LISTED, |limit| limit as usize);
    let (range, next) = page(&ids, token, limit, &scope).map_err(bad_token)?;
    let shown = ids.get(range).unwrap_or_default();
    Ok(with_token(json!({ "pullRequestIds": shown }), next))
}

fn get_pull_request(call: &Call<'_>, repositories: &Repositories) -> Answer {
    let members = members(call);
    let id = members.optional_text("pullRequestId")?.ok_or_else(|| {
        WireError::new(
            "PullRequestIdRequiredException",
            "A pull request ID is required, but none was provided.",
        )
    })?;
    let Ok(number) = id.parse::<u64>() else {
        return Err(WireError::new(
            "InvalidPullRequestIdException",
            "The pull request ID is not valid. Make sure that you have provided the full ID and that the \
             pull request is in the specified repository, and then try again.",
        ));
    };
    let request = repositories.pull_request(number).ok_or_else(|| {
        WireError::new(
            "PullRequestDoesNotExistException",
            format!("{id} does not exist"),
        )
    })?;
    Ok(json!({ "pullRequest": pull_request_shape(request) }))
}

fn pull_request_shape(request: &PullRequest) -> Value {
    let merge = match &request.state {
        PullRequestState::Merged { by, commit } => json!({
            "isMerged": true,
            "mergedBy": by,
            "mergeCommitId": commit,
            "mergeOption": "THREE_WAY_MERGE",
        }),
        PullRequestState::Open => json!({ "isMerged": false }),
    };
    let status = if request.state == PullRequestState::Open {
        "OPEN"
    } else {
        "CLOSED"
    };
    let mut shape = json!({
        "pullRequestId": request.number.to_string(),
        "title": request.title,
        "lastActivityDate": seconds(request.active),
        "creationDate": seconds(request.created),
        "pullRequestStatus": status,
        "authorArn": request.author_arn,
        "pullRequestTargets": [{
            "repositoryName": request.repository,
            "sourceReference": format!("refs/heads/{}", request.source),
            "destinationReference": format!("refs/heads/{}", request.destination),
            "destinationCommit": request.destination_commit,
            "sourceCommit": request.source_commit,
            "mergeBase": request.merge_base,
            "mergeMetadata": merge,
        }],
        "revisionId": request.revision,
        "approvalRules": [],
    });
    if let Some(description) = &request.description {
        shape["description"] = description.as_str().into();
    }
    shape
}
