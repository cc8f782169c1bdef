//! The history between two revisions, walked by parents as `git rev-list HEAD ^SINCE` does.
//!
//! The newest commit of the frontier is taken each time. What `since` reaches is marked, and the walk ends when only
//! marked commits are left: a merge of an old branch neither hides commits nor drags the whole past in.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::aws::calls::Calls;
use crate::aws::codecommit::{BATCH, SERVICE, commit};
use crate::model::fault::Fault;
use crate::model::ids::{RepositoryName, RevisionId};
use crate::model::repository::Commit;
use crate::model::time::Timestamp;

/// Commits kept, over all repositories of a scope; the oldest read are let go.
const KEPT: usize = 10_000;
/// Calls one walk may make. History that must be asked for commit by commit is cut here.
const MOST_CALLS: usize = 250;

/// Commits once read. They never change.
#[derive(Debug, Default)]
pub(crate) struct CommitCache {
    commits: BTreeMap<(RepositoryName, RevisionId), Commit>,
    /// Asked for and not known to AWS: a history that was rewritten. They do not come back.
    gone: BTreeSet<(RepositoryName, RevisionId)>,
    read: VecDeque<(RepositoryName, RevisionId)>,
}

impl CommitCache {
    fn get(&self, repository: &RepositoryName, id: &RevisionId) -> Option<&Commit> {
        self.commits.get(&(repository.clone(), id.clone()))
    }

    fn keep(&mut self, repository: &RepositoryName, commit: Commit) {
        let key = (repository.clone(), commit.id.clone());
        if self.commits.insert(key.clone(), commit).is_none() {
            self.read.push_back(key);
        }
        while self.read.len() > KEPT {
            if let Some(oldest) = self.read.pop_front() {
                self.commits.remove(&oldest);
            }
        }
    }
}

/// Commits, newest first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Walked {
    pub commits: Vec<Commit>,
    /// There are more than the limit, or than may be asked for.
    pub cut: bool,
}

/// The commits with these ids: from memory, the rest by BatchGetCommits. What AWS does not know is left out.
pub(crate) async fn ensure(
    calls: &Calls<'_>,
    repository: &RepositoryName,
    ids: &[RevisionId],
) -> Result<Vec<Commit>, Fault> {
    let missing: Vec<RevisionId> = {
        let cache = calls.clients.commits.lock().await;
        let unknown: BTreeSet<&RevisionId> = ids
            .iter()
            .filter(|id| {
                cache.get(repository, id).is_none()
                    && !cache.gone.contains(&(repository.clone(), (*id).clone()))
            })
            .collect();
        unknown.into_iter().cloned().collect()
    };
    for some in missing.chunks(BATCH) {
        let request = calls
            .clients
            .codecommit
            .batch_get_commits()
            .repository_name(repository.as_str())
            .set_commit_ids(Some(some.iter().map(ToString::to_string).collect()));
        let answer = calls
            .call(SERVICE, "BatchGetCommits", request.send())
            .await?;
        let mut cache = calls.clients.commits.lock().await;
        for found in answer.commits().iter().filter_map(commit) {
            cache.keep(repository, found);
        }
        for id in some {
            if cache.get(repository, id).is_none() && cache.gone.len() < KEPT {
                cache.gone.insert((repository.clone(), id.clone()));
            }
        }
    }
    let cache = calls.clients.commits.lock().await;
    let found = ids.iter().filter_map(|id| cache.get(repository, id));
    Ok(found.cloned().collect())
}

/// The commits `head` reaches and `since` does not, newest first, at most `limit`.
pub(crate) async fn since(
    calls: &Calls<'_>,
    repository: &RepositoryName,
    head: &RevisionId,
    since: Option<&RevisionId>,
    limit: usize,
) -> Result<Walked, Fault> {
    let mut walk = Walk::new(head.clone(), since.cloned(), limit);
    for _ in 0..MOST_CALLS {
        let wanted = {
            let cache = calls.clients.commits.lock().await;
            walk.advance(|id| cache.get(repository, id))
        };
        if wanted.is_empty() {
            return Ok(walk.finish(false));
        }
        let found = ensure(calls, repository, &wanted).await?;
        walk.give_up_on(&wanted, &found);
    }
    Ok(walk.finish(true))
}

/// The walk itself, without I/O: it runs as far as what is known reaches, then says what it must know next.
struct Walk {
    limit: usize,
    /// Reached and not taken yet; true is "reached by `since`".
    frontier: BTreeMap<RevisionId, bool>,
    /// Taken; true is "reached by `since`".
    taken: BTreeMap<RevisionId, bool>,
    order: Vec<Commit>,
    /// AWS does not know these: a shallow history, a deleted branch.
    unknown: BTreeSet<RevisionId>,
    cut: bool,
}

impl Walk {
    fn new(head: RevisionId, since: Option<RevisionId>, limit: usize) -> Self {
        let mut frontier = BTreeMap::from([(head, false)]);
        if let Some(since) = since {
            frontier.insert(since, true);
        }
        Self {
            limit,
            frontier,
            taken: BTreeMap::new(),
            order: Vec::new(),
            unknown: BTreeSet::new(),
            cut: false,
        }
    }

    /// Walks on; returns the commits it must know to go further, none when it is done.
    fn advance<'a>(
        &mut self,
        known: impl Fn(&RevisionId) -> Option<&'a Commit>,
    ) -> Vec<RevisionId> {
        loop {
            self.frontier.retain(|id, _| !self.unknown.contains(id));
            if self.frontier.values().all(|reached| *reached) {
                return Vec::new();
            }
            let missing = self.frontier.keys().filter(|id| known(id).is_none());
            let missing: Vec<RevisionId> = missing.cloned().collect();
            if !missing.is_empty() {
                return missing;
            }
            if self.order.len() > self.limit {
                self.cut = true;
                return Vec::new();
            }
            let newest = self
                .frontier
                .iter()
                .filter_map(|(id, reached)| Some((known(id)?, *reached)))
                .max_by_key(|(commit, _)| {
                    (
                        commit.at.unwrap_or(Timestamp::from_millis(0)),
                        commit.id.clone(),
                    )
                });
            let Some((commit, reached)) = newest else {
                return Vec::new();
            };
            self.frontier.remove(&commit.id);
            self.take(commit, reached, &known);
        }
    }

    fn take<'a>(
        &mut self,
        commit: &Commit,
        reached: bool,
        known: &impl Fn(&RevisionId) -> Option<&'a Commit>,
    ) {
        self.taken.insert(commit.id.clone(), reached);
        if !reached {
            self.order.push(commit.clone());
        }
        for parent in &commit.parents {
            match self.taken.get(parent).copied() {
                // Clocks that run backwards: `since` reaches what was taken for new. Mark it and all below it.
                Some(false) if reached => self.mark(parent, known),
                Some(_) => {}
                None => *self.frontier.entry(parent.clone()).or_insert(reached) |= reached,
            }
        }
    }

    fn mark<'a>(&mut self, from: &RevisionId, known: &impl Fn(&RevisionId) -> Option<&'a Commit>) {
        let mut below = vec![from.clone()];
        while let Some(id) = below.pop() {
            if let Some(reached) = self.frontier.get_mut(&id) {
                *reached = true;
            }
            if self.taken.get(&id) == Some(&false) {
                self.taken.insert(id.clone(), true);
                below.extend(
                    known(&id)
                        .into_iter()
                        .flat_map(|commit| commit.parents.clone()),
                );
            }
        }
    }

    /// What was asked for and not answered does not exist.
    fn give_up_on(&mut self, wanted: &[RevisionId], found: &[Commit]) {
        let missing = wanted
            .iter()
            .filter(|id| !found.iter().any(|commit| commit.id == **id));
        self.unknown.extend(missing.cloned());
    }

    fn finish(self, out_of_calls: bool) -> Walked {
        let new = self
            .order
            .into_iter()
            .filter(|commit| self.taken.get(&commit.id) == Some(&false));
        let mut commits: Vec<Commit> = new.collect();
        let cut = self.cut || out_of_calls || commits.len() > self.limit;
        commits.truncate(self.limit);
        Walked { commits, cut }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name: parents @ time`
    fn history(lines: &[&str]) -> BTreeMap<RevisionId, Commit> {
        let parse = |line: &&str| {
            let (name, rest) = line.split_once(':').unwrap();
            let (parents, at) = rest.split_once('@').unwrap();
            let id = RevisionId::from(name.trim());
            let commit = Commit {
                id: id.clone(),
                parents: parents.split_whitespace().map(RevisionId::from).collect(),
                author: "A".into(),
                message: name.into(),
                at: Some(Timestamp::from_millis(at.trim().parse().unwrap())),
            };
            (id, commit)
        };
        lines.iter().map(parse).collect()
    }

    /// Walks with a repository that answers what it is asked, and counts the questions.
    fn walk(
        repository: &BTreeMap<RevisionId, Commit>,
        head: &str,
        since: Option<&str>,
        limit: usize,
    ) -> (Vec<String>, bool, usize) {
        let mut known: BTreeMap<RevisionId, Commit> = BTreeMap::new();
        let mut walk = Walk::new(head.into(), since.map(RevisionId::from), limit);
        let mut asked = 0;
        loop {
            let wanted = walk.advance(|id| known.get(id));
            if wanted.is_empty() {
                break;
            }
            asked += 1;
            let found: Vec<Commit> = wanted
                .iter()
                .filter_map(|id| repository.get(id).cloned())
                .collect();
            walk.give_up_on(&wanted, &found);
            known.extend(found.into_iter().map(|commit| (commit.id.clone(), commit)));
        }
        let walked = walk.finish(false);
        let names = walked.commits.iter().map(|commit| commit.id.to_string());
        (names.collect(), walked.cut, asked)
    }

    #[test]
    fn a_line_is_walked_down_to_the_revision_that_passed() {
        let line = history(&["a: @1", "b: a @2", "c: b @3", "d: c @4"]);
        assert_eq!(walk(&line, "d", Some("b"), 200).0, ["d", "c"]);
        assert_eq!(walk(&line, "d", Some("d"), 200).0, Vec::<String>::new());
        assert_eq!(walk(&line, "d", None, 200).0, ["d", "c", "b", "a"]);
    }

    #[test]
    fn a_walk_is_cut_at_its_limit_and_says_so() {
        let line = history(&["a: @1", "b: a @2", "c: b @3", "d: c @4"]);
        let (names, cut, _) = walk(&line, "d", Some("a"), 2);
        assert_eq!((names, cut), (vec!["d".to_owned(), "c".to_owned()], true));
        let (names, cut, _) = walk(&line, "d", Some("a"), 3);
        assert_eq!((names.len(), cut), (3, false));
    }

    #[test]
    fn a_merge_of_an_old_branch_brings_its_commits_and_not_the_past() {
        // a - b - c(since) - m(head); the branch x - y left at a and is merged by m.
        let merged = history(&[
            "a: @1",
            "b: a @2",
            "c: b @5",
            "x: a @3",
            "y: x @4",
            "m: c y @6",
        ]);
        let (names, _, _) = walk(&merged, "m", Some("c"), 200);
        assert_eq!(names, ["m", "y", "x"]);
    }

    #[test]
    fn a_clock_that_ran_backwards_takes_nothing_back_in() {
        // The passed revision is dated after its own child.
        let skewed = history(&["a: @1", "b: a @9", "c: b @3"]);
        assert_eq!(walk(&skewed, "c", Some("b"), 200).0, ["c"]);
    }

    #[test]
    fn a_revision_that_is_gone_ends_the_walk_at_the_root() {
        let line = history(&["a: @1", "b: a @2"]);
        assert_eq!(walk(&line, "b", Some("gone"), 200).0, ["b", "a"]);
        assert_eq!(walk(&line, "gone", None, 200).0, Vec::<String>::new());
    }
}
