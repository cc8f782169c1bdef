//! Repositories, branches, commits and pull requests, as CodeCommit tells them.

use std::sync::Arc;

use crate::model::ids::{BranchName, RepositoryKey, RevisionId};
use crate::model::remote::Remote;
use crate::model::table::Record;
use crate::model::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    pub key: RepositoryKey,
    /// BatchGetRepositories.
    pub metadata: Remote<Arc<RepositoryMetadata>>,
    /// ListBranches and GetBranch; the default branch first, then by name.
    pub branches: Remote<Arc<Vec<Branch>>>,
    /// The newest commits of the default branch, newest first.
    pub commits: Remote<Arc<Vec<Commit>>>,
    /// Open pull requests, newest first.
    pub pull_requests: Remote<Arc<Vec<PullRequest>>>,
}

impl Record for Repository {
    type Key = RepositoryKey;

    fn key(&self) -> &RepositoryKey {
        &self.key
    }
}

impl Repository {
    pub fn new(key: RepositoryKey) -> Self {
        Self {
            key,
            metadata: Remote::default(),
            branches: Remote::default(),
            commits: Remote::default(),
            pull_requests: Remote::default(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryMetadata {
    pub arn: String,
    pub description: Option<String>,
    pub default_branch: Option<BranchName>,
    pub clone_url_http: String,
    pub clone_url_ssh: String,
    pub created: Option<Timestamp>,
    pub modified: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    pub name: BranchName,
    pub head: RevisionId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub id: RevisionId,
    pub parents: Vec<RevisionId>,
    pub author: String,
    /// The whole message; the subject is its first line.
    pub message: String,
    pub at: Option<Timestamp>,
}

impl Commit {
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or("")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    pub id: String,
    pub title: String,
    /// ARN of who opened it.
    pub author: String,
    /// `OPEN`, `CLOSED`.
    pub status: String,
    pub source: BranchName,
    pub destination: BranchName,
    pub opened: Option<Timestamp>,
    pub updated: Option<Timestamp>,
}
