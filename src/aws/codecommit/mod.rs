//! CodeCommit: repositories, branch heads, the newest commits, open pull requests, and the authors the Board names.
//!
//! No operation lists commits: history is walked from a head by parents, one BatchGetCommits for each generation. So
//! commits are kept once read (they never change), and a refresh asks only for what is above the known ones.

mod differences;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_codecommit::types;

use crate::aws::calls::Calls;
use crate::aws::map::{id, text, time, word};
use crate::aws::{Sessions, class_of, page};
use crate::engine::source::{
    BoxFuture, Change, Item, Pace, PlanView, Planned, Reader, RepositoryPart, Source,
};
use crate::model::board::current_execution;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{BranchName, RepositoryKey, RepositoryName, RevisionId, Scope};
use crate::model::pipeline::{ActionCategory, Pipeline};
use crate::model::repository::{Branch, Commit, PullRequest, Repository, RepositoryMetadata};
use crate::model::snapshot::Snapshot;
use crate::model::time::Timestamp;

pub(super) use differences::differences;
pub(super) use walk::{CommitCache, Walked, ensure, since};

pub(super) const SERVICE: &str = "codecommit";

/// The most names BatchGetRepositories and ids BatchGetCommits take (API model).
const BATCH: usize = 100;
const MOST_REPOSITORIES: usize = 1_000;
const MOST_BRANCHES: usize = 1_000;
/// Branches whose head is read, the default one first: one call each.
const HEADS: usize = 25;
/// Commits shown of the default branch.
const COMMITS: usize = 20;
/// Open pull requests read: one call each.
const PULL_REQUESTS: usize = 25;
/// The item that reads the commits which pipelines ran on, for their authors. No repository can be named so.
const AUTHORS: &str = "the authors of revisions";

pub(super) struct Repositories {
    sessions: Arc<Sessions>,
}

impl Repositories {
    pub(super) fn source(sessions: &Arc<Sessions>) -> Arc<dyn Source> {
        Arc::new(Self {
            sessions: Arc::clone(sessions),
        })
    }
}

impl Source for Repositories {
    fn service(&self) -> &'static str {
        SERVICE
    }

    fn plan(&self, view: &PlanView<'_>) -> Vec<Planned> {
        let mut plan = vec![Planned {
            item: Item::Listing,
            pace: Pace::Listing,
        }];
        if !revisions(view.snapshot, view.scope).is_empty() {
            plan.push(Planned {
                item: Item::One(Arc::from(AUTHORS)),
                pace: Pace::Near,
            });
        }
        for row in view.snapshot.repositories.rows() {
            if row.key.scope == *view.scope {
                let selected = view.focus.repository.as_ref() == Some(&row.key);
                let name: Arc<str> = Arc::from(row.key.name.as_str());
                plan.push(Planned {
                    item: Item::One(Arc::clone(&name)),
                    pace: if selected { Pace::Near } else { Pace::InTurn },
                });
                if selected && row.branches.value().is_some() {
                    plan.push(Planned {
                        item: Item::Detail(name),
                        pace: Pace::Near,
                    });
                }
            }
        }
        plan
    }

    fn read<'a>(
        &'a self,
        item: &'a Item,
        reader: &'a Reader,
    ) -> BoxFuture<'a, Result<(), FaultClass>> {
        Box::pin(async move {
            let calls = match self.sessions.reading(reader).await {
                Ok(calls) => calls,
                Err(fault) => {
                    let class = fault.class;
                    reader.send(unreadable(item, fault)).await;
                    return Err(class);
                }
            };
            let class = match item {
                Item::Listing => listing(&calls, reader).await,
                Item::One(name) if &**name == AUTHORS => authors(&calls, reader).await,
                Item::One(name) => read_one(&calls, reader, &RepositoryName::from(name)).await,
                Item::Detail(name) => history(&calls, reader, &RepositoryName::from(name)).await,
            };
            self.sessions.after(reader, class)
        })
    }
}

fn unreadable(item: &Item, fault: Fault) -> Change {
    match item {
        Item::One(name) if &**name == AUTHORS => Change::Commits(Vec::new()),
        Item::Listing => Change::Repositories(Err(fault)),
        Item::One(name) => Change::Repository(
            RepositoryName::from(name),
            RepositoryPart::Branches(Err(fault)),
        ),
        Item::Detail(name) => Change::Repository(
            RepositoryName::from(name),
            RepositoryPart::Commits(Err(fault)),
        ),
    }
}

/// ListRepositories, and BatchGetRepositories for all of them.
async fn listing(calls: &Calls<'_>, reader: &Reader) -> Option<FaultClass> {
    let names = names(calls).await;
    let mut class = class_of(&names);
    let known = names.clone().unwrap_or_default();
    reader.send(Change::Repositories(names)).await;
    for some in known.chunks(BATCH) {
        match metadata(calls, some).await {
            Ok(found) => {
                for (name, metadata) in found {
                    let part = RepositoryPart::Metadata(Ok(metadata));
                    reader.send(Change::Repository(name, part)).await;
                }
            }
            Err(fault) => {
                class = class.or(Some(fault.class));
                for name in some {
                    let part = RepositoryPart::Metadata(Err(fault.clone()));
                    reader.send(Change::Repository(name.clone(), part)).await;
                }
            }
        }
    }
    class
}

/// Branches and open pull requests.
async fn read_one(calls: &Calls<'_>, reader: &Reader, name: &RepositoryName) -> Option<FaultClass> {
    let send = async |part| reader.send(Change::Repository(name.clone(), part)).await;
    let default = row(reader, name)
        .and_then(|row| row.metadata.value())
        .and_then(|metadata| metadata.default_branch.clone());
    let branches = branches(calls, name, default.as_ref()).await;
    let class = class_of(&branches);
    send(RepositoryPart::Branches(branches)).await;
    let requests = pull_requests(calls, name).await;
    let class = class.or_else(|| class_of(&requests));
    send(RepositoryPart::PullRequests(requests)).await;
    class
}

/// The newest commits of the default branch. A call for each commit that is not known, so only of the repository that
/// a person looks at.
async fn history(calls: &Calls<'_>, reader: &Reader, name: &RepositoryName) -> Option<FaultClass> {
    let row = row(reader, name)?;
    let default = row
        .metadata
        .value()
        .and_then(|known| known.default_branch.clone());
    let first = row.branches.value()?.first()?;
    if default.is_some_and(|default| default != first.name) || first.head.is_empty() {
        return None;
    }
    let commits = since(calls, name, &first.head, None, COMMITS).await;
    let class = class_of(&commits);
    let part = RepositoryPart::Commits(commits.map(|walked| walked.commits));
    reader.send(Change::Repository(name.clone(), part)).await;
    class
}

fn row<'a>(reader: &'a Reader, name: &RepositoryName) -> Option<&'a Repository> {
    let key = RepositoryKey {
        scope: reader.scope.clone(),
        name: name.clone(),
    };
    reader.snapshot.repositories.get(&key).map(|row| &**row)
}

/// Reads the commits that pipelines ran on last and that are not known yet.
async fn authors(calls: &Calls<'_>, reader: &Reader) -> Option<FaultClass> {
    let wanted = revisions(&reader.snapshot, &reader.scope);
    let mut commits = Vec::new();
    let mut class = None;
    for (repository, ids) in wanted {
        match ensure(calls, &repository, &ids).await {
            Ok(found) => commits.extend(found),
            Err(fault) => class = class.or(Some(fault.class)),
        }
    }
    if !commits.is_empty() {
        reader.send(Change::Commits(commits)).await;
    }
    class
}

/// The revisions that the Board's rows of a scope show and whose author it does not name yet, by repository.
fn revisions(snapshot: &Snapshot, scope: &Scope) -> BTreeMap<RepositoryName, Vec<RevisionId>> {
    let nameless = snapshot
        .board
        .rows
        .iter()
        .filter(|row| row.author.is_none() && row.key.scope == *scope);
    let mut wanted: BTreeMap<RepositoryName, Vec<RevisionId>> = BTreeMap::new();
    for row in nameless {
        let pipeline = snapshot.pipelines.get(&row.key);
        if let Some((repository, revision)) = pipeline.and_then(|pipeline| head_of(pipeline)) {
            wanted.entry(repository).or_default().push(revision);
        }
    }
    wanted
}

/// The CodeCommit repository and revision of a pipeline's current execution.
fn head_of(pipeline: &Pipeline) -> Option<(RepositoryName, RevisionId)> {
    let revision = current_execution(pipeline)?.revisions.first()?;
    let repository = repository_of(pipeline, revision.action.as_str())?;
    let is_commit = revision.id.as_str().len() == 40;
    is_commit.then(|| (repository, revision.id.clone()))
}

/// The repository a source action of provider CodeCommit reads.
fn repository_of(pipeline: &Pipeline, action: &str) -> Option<RepositoryName> {
    let definition = pipeline.definition.value()?;
    let mut actions = definition.stages.iter().flat_map(|stage| &stage.actions);
    let source = actions.find(|declared| {
        declared.category == ActionCategory::Source && declared.name.as_str() == action
    })?;
    if source.provider != "CodeCommit" {
        return None;
    }
    source
        .configuration
        .get("RepositoryName")
        .map(RepositoryName::from)
}

/// Doctor's questions about CodeCommit: one call each, on the first repository.
pub(super) async fn probe(calls: &Calls<'_>) -> Vec<(&'static str, Result<String, Fault>)> {
    let names = names(calls).await;
    let first = names.as_ref().ok().and_then(|names| names.first()).cloned();
    let count = |number: usize, what: &str| format!("{number} {what}");
    let mut probes = vec![(
        "codecommit:ListRepositories",
        names.map(|all| count(all.len(), "repositories")),
    )];
    if let Some(first) = first {
        let metadata = metadata(calls, std::slice::from_ref(&first)).await;
        let default = metadata
            .as_ref()
            .ok()
            .and_then(|all| all.first()?.1.default_branch.clone());
        probes.push((
            "codecommit:BatchGetRepositories",
            metadata.map(|all| count(all.len(), "repositories")),
        ));
        if let Some(default) = default {
            let head = head(calls, &first, &default).await;
            let found = head.as_ref().ok().filter(|head| !head.is_empty()).cloned();
            let answer = head.map(|head| format!("{default} at {}", head.short()));
            probes.push(("codecommit:GetBranch", answer));
            if let Some(found) = found {
                let commits = ensure(calls, &first, std::slice::from_ref(&found)).await;
                let parent = commits
                    .as_ref()
                    .ok()
                    .and_then(|all| all.first()?.parents.first().cloned());
                probes.push((
                    "codecommit:BatchGetCommits",
                    commits.map(|all| count(all.len(), "commits")),
                ));
                if let Some(parent) = parent {
                    let changed = differences(calls, &first, &parent, &found).await;
                    probes.push((
                        "codecommit:GetDifferences",
                        changed.map(|all| count(all.files.len(), "changed files")),
                    ));
                }
            }
        }
        let requests = pull_requests(calls, &first).await;
        probes.push((
            "codecommit:ListPullRequests",
            requests.map(|all| count(all.len(), "open pull requests")),
        ));
    }
    probes
}

/// ListRepositories, all pages.
async fn names(calls: &Calls<'_>) -> Result<Vec<RepositoryName>, Fault> {
    page::collect(MOST_REPOSITORIES, |token| async move {
        let request = calls
            .clients
            .codecommit
            .list_repositories()
            .set_next_token(token);
        let answer = calls
            .call(SERVICE, "ListRepositories", request.send())
            .await?;
        let names = answer.repositories().iter();
        let names = names.filter_map(|pair| id(pair.repository_name()));
        Ok((names.collect(), answer.next_token().map(str::to_owned)))
    })
    .await
}

/// BatchGetRepositories of at most a hundred.
async fn metadata(
    calls: &Calls<'_>,
    names: &[RepositoryName],
) -> Result<Vec<(RepositoryName, RepositoryMetadata)>, Fault> {
    let request = calls
        .clients
        .codecommit
        .batch_get_repositories()
        .set_repository_names(Some(names.iter().map(ToString::to_string).collect()));
    let answer = calls
        .call(SERVICE, "BatchGetRepositories", request.send())
        .await?;
    let found = answer.repositories().iter();
    Ok(found.filter_map(repository_metadata).collect())
}

fn repository_metadata(
    metadata: &types::RepositoryMetadata,
) -> Option<(RepositoryName, RepositoryMetadata)> {
    Some((
        id(metadata.repository_name())?,
        RepositoryMetadata {
            arn: word(metadata.arn()),
            description: text(metadata.repository_description()),
            default_branch: id(metadata.default_branch()),
            clone_url_http: word(metadata.clone_url_http()),
            clone_url_ssh: word(metadata.clone_url_ssh()),
            created: time(metadata.creation_date()),
            modified: time(metadata.last_modified_date()),
        },
    ))
}

/// ListBranches, and GetBranch for the default one and the first others; the rest is named without a head.
async fn branches(
    calls: &Calls<'_>,
    repository: &RepositoryName,
    default: Option<&BranchName>,
) -> Result<Vec<Branch>, Fault> {
    let mut names: Vec<BranchName> = page::collect(MOST_BRANCHES, |token| async move {
        let request = calls
            .clients
            .codecommit
            .list_branches()
            .repository_name(repository.as_str())
            .set_next_token(token);
        let answer = calls.call(SERVICE, "ListBranches", request.send()).await?;
        let names = answer.branches().iter().map(BranchName::from);
        Ok((names.collect(), answer.next_token().map(str::to_owned)))
    })
    .await?;
    names.sort_by(|a, b| (Some(a) != default, a).cmp(&(Some(b) != default, b)));
    let mut branches = Vec::with_capacity(names.len());
    for (index, name) in names.into_iter().enumerate() {
        let head = if index < HEADS {
            head(calls, repository, &name).await?
        } else {
            RevisionId::from("")
        };
        branches.push(Branch { name, head });
    }
    Ok(branches)
}

/// GetBranch: the commit a branch points at.
async fn head(
    calls: &Calls<'_>,
    repository: &RepositoryName,
    branch: &BranchName,
) -> Result<RevisionId, Fault> {
    let request = calls
        .clients
        .codecommit
        .get_branch()
        .repository_name(repository.as_str())
        .branch_name(branch.as_str());
    let answer = calls.call(SERVICE, "GetBranch", request.send()).await?;
    let commit = answer.branch().and_then(types::BranchInfo::commit_id);
    Ok(word(commit).into())
}

/// ListPullRequests that are open, and GetPullRequest for the newest of them.
async fn pull_requests(
    calls: &Calls<'_>,
    repository: &RepositoryName,
) -> Result<Vec<PullRequest>, Fault> {
    let ids: BTreeSet<(u64, String)> = page::collect(MOST_BRANCHES, |token| async move {
        let request = calls
            .clients
            .codecommit
            .list_pull_requests()
            .repository_name(repository.as_str())
            .pull_request_status(types::PullRequestStatusEnum::Open)
            .set_next_token(token);
        let answer = calls
            .call(SERVICE, "ListPullRequests", request.send())
            .await?;
        let ids = answer.pull_request_ids().iter();
        // Ids are numbers in text; the newest has the greatest.
        let ids = ids.map(|id| (id.parse().unwrap_or(0), id.clone()));
        Ok((ids.collect(), answer.next_token().map(str::to_owned)))
    })
    .await?
    .into_iter()
    .collect();
    let mut requests = Vec::new();
    for (_, id) in ids.into_iter().rev().take(PULL_REQUESTS) {
        let request = calls
            .clients
            .codecommit
            .get_pull_request()
            .pull_request_id(&id);
        let answer = calls
            .call(SERVICE, "GetPullRequest", request.send())
            .await?;
        requests.extend(answer.pull_request().and_then(pull_request));
    }
    Ok(requests)
}

fn pull_request(request: &types::PullRequest) -> Option<PullRequest> {
    let target = request.pull_request_targets().first();
    let branch = |reference: Option<&str>| {
        let reference = reference.unwrap_or_default();
        BranchName::from(reference.strip_prefix("refs/heads/").unwrap_or(reference))
    };
    Some(PullRequest {
        id: text(request.pull_request_id())?,
        title: word(request.title()),
        author: word(request.author_arn()),
        status: word(
            request
                .pull_request_status()
                .map(types::PullRequestStatusEnum::as_str),
        ),
        source: branch(target.and_then(types::PullRequestTarget::source_reference)),
        destination: branch(target.and_then(types::PullRequestTarget::destination_reference)),
        opened: time(request.creation_date()),
        updated: time(request.last_activity_date()),
    })
}

fn commit(commit: &types::Commit) -> Option<Commit> {
    let author = commit.author();
    let date = commit
        .committer()
        .or(author)
        .and_then(types::UserInfo::date);
    Some(Commit {
        id: id(commit.commit_id())?,
        parents: commit.parents().iter().map(RevisionId::from).collect(),
        author: word(author.and_then(|author| {
            author
                .name()
                .filter(|name| !name.is_empty())
                .or_else(|| author.email())
        })),
        message: word(commit.message()),
        at: date.and_then(git_date),
    })
}

/// Git's own way to write a moment: seconds since 1970 and a zone, `1517463137 -0800`.
fn git_date(text: &str) -> Option<Timestamp> {
    let seconds: i64 = text.split_whitespace().next()?.parse().ok()?;
    (seconds > 0).then(|| Timestamp::from_millis(seconds.saturating_mul(1_000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gits_dates_are_read_and_nonsense_is_none() {
        assert_eq!(
            git_date("1517463137 -0800"),
            Some(Timestamp::from_millis(1_517_463_137_000))
        );
        assert_eq!(git_date("0 +0000"), None);
        assert_eq!(git_date("yesterday"), None);
    }

    #[test]
    fn a_pull_requests_branches_lose_their_prefix() {
        let target = types::PullRequestTarget::builder()
            .source_reference("refs/heads/feature/a")
            .destination_reference("main")
            .build();
        let request = types::PullRequest::builder()
            .pull_request_id("7")
            .pull_request_targets(target)
            .build();
        let request = pull_request(&request).unwrap();
        assert_eq!(request.source.as_str(), "feature/a");
        assert_eq!(request.destination.as_str(), "main");
    }
}
