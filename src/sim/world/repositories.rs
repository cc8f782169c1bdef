//! One place's CodeCommit repositories: branches, commits and pull requests.
//!
//! Stories and pushes write here; `services::codecommit` reads, and a pipeline's source follows the head of
//! a branch. Ids derive from the content and the place's seed, so that a story has the same ids at each start.

use std::collections::BTreeMap;

use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::Owner;

/// One place's repositories, commits and pull requests.
#[derive(Debug, Default)]
pub struct Repositories {
    seed: u64,
    by_name: BTreeMap<String, Repository>,
    pull_requests: BTreeMap<u64, PullRequest>,
}

/// A repository with everything in it.
#[derive(Debug)]
pub struct Repository {
    pub name: String,
    /// A UUID.
    pub id: String,
    pub description: Option<String>,
    /// The first branch pushed.
    pub default_branch: Option<String>,
    pub created: Millis,
    pub modified: Millis,
    branches: BTreeMap<String, String>,
    commits: BTreeMap<String, Commit>,
}

/// Who wrote or committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub email: String,
}

/// A commit as it lies in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// 40 hexadecimal digits.
    pub id: String,
    pub tree: String,
    pub parents: Vec<String>,
    pub author: Person,
    pub committer: Person,
    pub message: String,
    pub time: Millis,
}

/// A commit about to be pushed.
#[derive(Clone, Debug)]
pub struct NewCommit {
    /// Given by a story, in full or as its first digits; otherwise made from the content.
    pub id: Option<String>,
    pub author: Person,
    pub message: String,
    pub time: Millis,
}

/// A request to merge one branch into another.
#[derive(Clone, Debug)]
pub struct PullRequest {
    pub number: u64,
    pub repository: String,
    pub title: String,
    pub description: Option<String>,
    /// A branch name, without `refs/heads/`.
    pub source: String,
    pub destination: String,
    pub source_commit: String,
    pub destination_commit: String,
    pub merge_base: String,
    pub author_arn: String,
    /// 64 hexadecimal digits, new with every change.
    pub revision: String,
    pub created: Millis,
    pub active: Millis,
    pub state: PullRequestState,
}

/// Open, or by whom it was merged and to which commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullRequestState {
    Open,
    Merged { by: String, commit: String },
}

/// Why a repository could not be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepositoryFault {
    NoSuchRepository,
    NoSuchBranch,
    NoSuchPullRequest,
    PullRequestClosed,
}

impl Repositories {
    pub fn new(owner: &Owner) -> Self {
        Self {
            seed: Random::named(owner.seed, &format!("{}/{}", owner.account, owner.region))
                .next_u64(),
            ..Self::default()
        }
    }

    /// The repositories in order of name.
    pub fn iter(&self) -> impl Iterator<Item = &Repository> {
        self.by_name.values()
    }

    pub fn get(&self, name: &str) -> Option<&Repository> {
        self.by_name.get(name)
    }

    /// The commit at the tip of a branch.
    pub fn head(&self, repository: &str, branch: &str) -> Option<&Commit> {
        let repository = self.by_name.get(repository)?;
        repository.commits.get(repository.branches.get(branch)?)
    }

    /// Makes an empty repository; one of this name stays as it is.
    pub fn create(&mut self, name: &str, description: Option<&str>, now: Millis) {
        let id = Random::named(self.seed, &format!("repository {name}")).uuid();
        self.by_name
            .entry(name.to_owned())
            .or_insert_with(|| Repository {
                name: name.to_owned(),
                id,
                description: description.map(str::to_owned),
                default_branch: None,
                created: now,
                modified: now,
                branches: BTreeMap::new(),
                commits: BTreeMap::new(),
            });
    }

    /// Puts a commit on a branch, on top of its head, and answers the commit's id. A branch that is not
    /// there yet starts from the head of the default branch.
    pub fn push(
        &mut self,
        repository: &str,
        branch: &str,
        commit: NewCommit,
        now: Millis,
    ) -> Result<String, RepositoryFault> {
        let seed = self.seed;
        let repository = self
            .by_name
            .get_mut(repository)
            .ok_or(RepositoryFault::NoSuchRepository)?;
        let id = repository.add(seed, branch, commit, None);
        repository.modified = repository.modified.max(now);
        let name = repository.name.clone();
        for request in self
            .pull_requests
            .values_mut()
            .filter(|request| request.state == PullRequestState::Open && request.repository == name)
        {
            if request.source == branch {
                request.source_commit.clone_from(&id);
                request.active = now;
                request.revision = Random::named(seed, &format!("{} {id}", request.number)).hex(64);
            } else if request.destination == branch {
                request.destination_commit.clone_from(&id);
            }
        }
        Ok(id)
    }

    /// Opens a pull request between two branches and answers its number.
    pub fn open_pull_request(
        &mut self,
        repository: &str,
        source: &str,
        destination: &str,
        title: &str,
        author_arn: &str,
        now: Millis,
    ) -> Result<u64, RepositoryFault> {
        let found = self
            .by_name
            .get(repository)
            .ok_or(RepositoryFault::NoSuchRepository)?;
        let tip = |branch: &str| {
            found
                .branches
                .get(branch)
                .cloned()
                .ok_or(RepositoryFault::NoSuchBranch)
        };
        let (source_commit, destination_commit) = (tip(source)?, tip(destination)?);
        let number = self
            .pull_requests
            .last_key_value()
            .map_or(1, |(last, _)| last + 1);
        let request = PullRequest {
            number,
            repository: repository.to_owned(),
            title: title.to_owned(),
            description: None,
            source: source.to_owned(),
            destination: destination.to_owned(),
            merge_base: found.merge_base(&source_commit, &destination_commit),
            source_commit,
            destination_commit,
            author_arn: author_arn.to_owned(),
            revision: Random::named(self.seed, &format!("pull request {number}")).hex(64),
            created: now,
            active: now,
            state: PullRequestState::Open,
        };
        self.pull_requests.insert(number, request);
        Ok(number)
    }

    /// Merges an open pull request with a merge commit and answers that commit's id.
    pub fn merge_pull_request(
        &mut self,
        number: u64,
        by: &Person,
        by_arn: &str,
        now: Millis,
    ) -> Result<String, RepositoryFault> {
        let request = self
            .pull_requests
            .get_mut(&number)
            .ok_or(RepositoryFault::NoSuchPullRequest)?;
        if request.state != PullRequestState::Open {
            return Err(RepositoryFault::PullRequestClosed);
        }
        let repository = self
            .by_name
            .get_mut(&request.repository)
            .ok_or(RepositoryFault::NoSuchRepository)?;
        let commit = NewCommit {
            id: None,
            author: by.clone(),
            message: format!("Merge branch '{}': {}", request.source, request.title),
            time: now,
        };
        let merged = request.source_commit.clone();
        let id = repository.add(self.seed, &request.destination, commit, Some(merged));
        repository.modified = now;
        request.active = now;
        request.state = PullRequestState::Merged {
            by: by_arn.to_owned(),
            commit: id.clone(),
        };
        Ok(id)
    }

    /// The open pull request that would merge this branch.
    pub fn open_pull_request_of(&self, repository: &str, source: &str) -> Option<&PullRequest> {
        self.pull_requests(repository)
            .find(|request| request.state == PullRequestState::Open && request.source == source)
    }

    pub fn pull_request(&self, number: u64) -> Option<&PullRequest> {
        self.pull_requests.get(&number)
    }

    /// A repository's pull requests, newest first.
    pub fn pull_requests(&self, repository: &str) -> impl Iterator<Item = &PullRequest> {
        self.pull_requests
            .values()
            .rev()
            .filter(move |request| request.repository == repository)
    }
}

impl Repository {
    /// Branches and the commits at their tips, in order of name.
    pub fn branches(&self) -> impl Iterator<Item = (&str, &str)> {
        self.branches
            .iter()
            .map(|(name, commit)| (name.as_str(), commit.as_str()))
    }

    pub fn branch(&self, name: &str) -> Option<&str> {
        self.branches.get(name).map(String::as_str)
    }

    /// A commit by its whole id.
    pub fn commit(&self, id: &str) -> Option<&Commit> {
        self.commits.get(id)
    }

    /// The commits up to one by first parents, oldest first; none for one that is not here.
    pub fn line(&self, id: &str) -> Vec<&Commit> {
        let mut line = Vec::new();
        let mut next = self.commits.get(id);
        while let Some(commit) = next {
            line.push(commit);
            next = commit
                .parents
                .first()
                .and_then(|parent| self.commits.get(parent));
        }
        line.reverse();
        line
    }

    fn add(
        &mut self,
        seed: u64,
        branch: &str,
        commit: NewCommit,
        merged: Option<String>,
    ) -> String {
        let parent = self.branches.get(branch).or_else(|| {
            self.default_branch
                .as_ref()
                .and_then(|default| self.branches.get(default))
        });
        let mut parents: Vec<String> = parent.cloned().into_iter().collect();
        parents.extend(merged);
        let mut digits = Random::named(
            seed,
            &format!(
                "{} {} {} {} {}",
                self.name,
                parents.join(" "),
                commit.author.email,
                commit.time,
                commit.message
            ),
        );
        let mut id = commit.id.unwrap_or_default();
        id.push_str(&digits.hex(40_usize.saturating_sub(id.len())));
        self.commits.insert(
            id.clone(),
            Commit {
                id: id.clone(),
                tree: digits.hex(40),
                parents,
                committer: commit.author.clone(),
                author: commit.author,
                message: commit.message,
                time: commit.time,
            },
        );
        self.branches.insert(branch.to_owned(), id.clone());
        self.default_branch.get_or_insert_with(|| branch.to_owned());
        id
    }

    /// The newest commit reached from both, by first parents.
    fn merge_base(&self, source: &str, destination: &str) -> String {
        let line = |from: &str| {
            let mut line = Vec::new();
            let mut next = Some(from.to_owned());
            while let Some(id) = next {
                next = self
                    .commits
                    .get(&id)
                    .and_then(|commit| commit.parents.first().cloned());
                line.push(id);
            }
            line
        };
        let destination_line = line(destination);
        line(source)
            .into_iter()
            .find(|id| destination_line.contains(id))
            .unwrap_or_else(|| destination.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{NewCommit, Person, PullRequestState, Repositories, RepositoryFault};
    use crate::sim::world::Owner;

    fn person(name: &str) -> Person {
        Person {
            name: name.to_owned(),
            email: format!("{}@harbour.example", name.to_lowercase()),
        }
    }

    fn commit(message: &str, time: i64) -> NewCommit {
        NewCommit {
            id: None,
            author: person("Ines"),
            message: message.to_owned(),
            time,
        }
    }

    fn repositories() -> Repositories {
        let mut repositories = Repositories::new(&Owner {
            account: "482100937715".to_owned(),
            region: "eu-west-1".to_owned(),
            seed: 7,
            ..Owner::default()
        });
        repositories.create("orders", None, 1);
        repositories
    }

    #[test]
    fn a_push_moves_the_branch_and_remembers_its_parent() {
        let mut repositories = repositories();
        let first = repositories
            .push("orders", "main", commit("First", 10), 10)
            .unwrap();
        let named = NewCommit {
            id: Some("9be07d4".to_owned()),
            ..commit("Split reservation from payment", 20)
        };
        let second = repositories.push("orders", "main", named, 20).unwrap();
        assert_eq!(first.len(), 40);
        assert!(second.starts_with("9be07d4") && second.len() == 40);
        let head = repositories.head("orders", "main").unwrap();
        assert_eq!((&head.id, &head.parents), (&second, &vec![first]));
        let repository = repositories.get("orders").unwrap();
        assert_eq!(repository.modified, 20);
        assert_eq!(repository.default_branch.as_deref(), Some("main"));
        assert_eq!(
            repositories.push("nowhere", "main", commit("x", 1), 1),
            Err(RepositoryFault::NoSuchRepository)
        );
    }

    #[test]
    fn the_same_story_gives_the_same_ids() {
        let push = || {
            repositories()
                .push("orders", "main", commit("First", 10), 10)
                .unwrap()
        };
        assert_eq!(push(), push());
    }

    #[test]
    fn a_pull_request_follows_its_branch_and_merges_once() {
        let mut repositories = repositories();
        let base = repositories
            .push("orders", "main", commit("Base", 10), 10)
            .unwrap();
        repositories
            .push("orders", "stock", commit("Time out lookups", 20), 20)
            .unwrap();
        let number = repositories
            .open_pull_request("orders", "stock", "main", "Time out", "arn:ines", 30)
            .unwrap();
        let open = repositories.open_pull_request_of("orders", "stock");
        assert_eq!(open.map(|request| request.number), Some(number));
        let tip = repositories
            .push("orders", "stock", commit("Fix test", 40), 40)
            .unwrap();
        let request = repositories.pull_request(number).unwrap();
        assert_eq!(request.source_commit, tip);
        assert_eq!(request.merge_base, base);
        assert_eq!(request.active, 40);
        let merged = repositories
            .merge_pull_request(number, &person("Tom"), "arn:tom", 50)
            .unwrap();
        assert_eq!(
            repositories.head("orders", "main").unwrap().parents,
            [base, tip]
        );
        assert_eq!(
            repositories.pull_request(number).unwrap().state,
            PullRequestState::Merged {
                by: "arn:tom".to_owned(),
                commit: merged
            }
        );
        assert_eq!(
            repositories.merge_pull_request(number, &person("Tom"), "arn:tom", 60),
            Err(RepositoryFault::PullRequestClosed)
        );
        assert!(
            repositories
                .open_pull_request_of("orders", "stock")
                .is_none()
        );
    }
}
