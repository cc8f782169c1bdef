//! How each message changes the tables. Every arm ends in [`State::note`]: did anything a person can see change?

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::store::state::State;
use crate::engine::update::{
    Change, DeploymentPart, Message, PipelineListed, PipelinePart, RepositoryPart, Update,
};
use crate::model::account::Account;
use crate::model::build::{Batch, BatchRow, Build, BuildRow};
use crate::model::deployment::{Deployment, DeploymentRow};
use crate::model::fault::Fault;
use crate::model::ids::{
    AccountName, BatchKey, BuildId, BuildKey, DeploymentKey, PipelineKey, PipelineName,
    RepositoryKey, RepositoryName, Scope,
};
use crate::model::pipeline::{Definition, Pipeline};
use crate::model::remote::Remote;
use crate::model::repository::{Commit, Repository};
use crate::model::snapshot::Listings;
use crate::model::table::Table;
use crate::model::time::Timestamp;

/// Puts an answer or a fault into a part; returns whether it changed.
fn put<T: PartialEq>(part: &mut Remote<T>, result: Result<T, Fault>, at: Timestamp) -> bool {
    match result {
        Ok(value) => part.receive(value, at),
        Err(fault) => {
            // The same fault once more is no news, though its request id is another.
            let goes_on = part.fault().is_some_and(|earlier| {
                fault.continues(earlier) && fault.message == earlier.message
            });
            part.fail(fault);
            !goes_on
        }
    }
}

fn put_shared<T: PartialEq>(
    part: &mut Remote<Arc<T>>,
    result: Result<T, Fault>,
    at: Timestamp,
) -> bool {
    put(part, result.map(Arc::new), at)
}

/// Batches kept of those that were looked at.
const MOST_BATCHES: usize = 50;

/// Earlier structures kept of one pipeline.
const EARLIER: usize = 10;

/// Puts a structure in, and keeps the one that it replaces. A version that counts from the start again is another
/// pipeline of the same name, whose past is not this one's.
fn put_definition(row: &mut Pipeline, result: Result<Definition, Fault>, at: Timestamp) -> bool {
    let before = row.definition.value().cloned();
    if let (Ok(now), Some(before)) = (&result, before) {
        match now.version.cmp(&before.version) {
            Ordering::Greater => {
                row.earlier.insert(0, before);
                row.earlier.truncate(EARLIER);
            }
            Ordering::Less => row.earlier.clear(),
            Ordering::Equal => {}
        }
    }
    put_shared(&mut row.definition, result, at)
}

impl State {
    pub(super) fn apply(&mut self, message: Message) {
        match message {
            Message::Update(update) => self.update(*update),
            Message::PutAccount {
                account,
                generation,
            } => self.put_account(*account, generation),
            Message::RemoveAccount { name } => self.remove_account(&name),
            Message::Log { key, at, result } => {
                let logs = Arc::make_mut(&mut self.logs);
                let changed = put(logs.entry(key).or_default(), result, at);
                self.note(changed);
            }
            Message::DropLog { key } => {
                let gone = Arc::make_mut(&mut self.logs).remove(&key).is_some();
                self.note(gone);
            }
            Message::Live(live) => {
                self.live = live;
                self.note(true);
            }
            Message::Command(record) => {
                Arc::make_mut(&mut self.commands).insert(*record);
                self.note(true);
            }
            Message::Budget(budget) => {
                let changed = self.budget.throttled != budget.throttled;
                let moved = self.budget != budget;
                self.budget = budget;
                if moved {
                    self.note(changed);
                }
            }
            Message::Flush(_) => {}
        }
    }

    fn update(&mut self, update: Update) {
        let Update {
            scope,
            generation,
            at,
            change,
        } = update;
        if self.generations.get(&scope.account) != Some(&generation) {
            return;
        }
        match change {
            Change::Identity(result) => {
                let accounts = Arc::make_mut(&mut self.accounts);
                let Some(account) = accounts
                    .get(&scope.account)
                    .map(|account| Account::clone(account))
                else {
                    return;
                };
                let changed = accounts.update(
                    &scope.account,
                    || account,
                    |account| put(&mut account.identity, result, at),
                );
                self.note(changed);
            }
            Change::Pipelines(result) => self.pipelines(&scope, result, at),
            Change::Pipeline(name, part) => self.pipeline(&scope, name, part, at),
            Change::Builds(result) => self.builds(&scope, result, at),
            Change::Build(id, result) => {
                let key = BuildKey { scope, id };
                let changed = build(Arc::make_mut(&mut self.builds), &key, result, at);
                self.note(changed);
            }
            Change::Batch(id, result) => self.batch(&BatchKey { scope, id }, result, at),
            Change::Deployments(result) => self.deployments(&scope, result, at),
            Change::Deployment(id, part) => {
                let key = DeploymentKey { scope, id };
                let changed = deployment(Arc::make_mut(&mut self.deployments), &key, part, at);
                self.note(changed);
            }
            Change::Repositories(result) => self.repositories(&scope, result, at),
            Change::Repository(name, part) => self.repository(&scope, name, part, at),
            Change::Commits(commits) => self.learn_authors(&commits),
        }
    }

    fn put_account(&mut self, mut account: Account, generation: u64) {
        let earlier = self.generations.insert(account.name.clone(), generation);
        if let Some(before) = self
            .accounts
            .get(&account.name)
            .filter(|_| earlier == Some(generation))
        {
            account.identity = before.identity.clone();
        }
        if earlier.is_some() && earlier != Some(generation) {
            self.forget(&account.name);
        }
        let listings = Arc::make_mut(&mut self.listings);
        for scope in account.scopes() {
            listings.entry(scope).or_default();
        }
        Arc::make_mut(&mut self.accounts).insert(account);
        self.note(true);
    }

    fn remove_account(&mut self, name: &AccountName) {
        self.generations.remove(name);
        self.forget(name);
        Arc::make_mut(&mut self.accounts).retain(|account| account.name != *name);
        self.note(true);
    }

    /// Lets go of all that was read with credentials that are no longer these.
    fn forget(&mut self, name: &AccountName) {
        Arc::make_mut(&mut self.listings).retain(|scope, _| scope.account != *name);
        Arc::make_mut(&mut self.pipelines).retain(|row| row.key.scope.account != *name);
        Arc::make_mut(&mut self.builds).retain(|row| row.key.scope.account != *name);
        Arc::make_mut(&mut self.batches).retain(|row| row.key.scope.account != *name);
        Arc::make_mut(&mut self.deployments).retain(|row| row.key.scope.account != *name);
        Arc::make_mut(&mut self.repositories).retain(|row| row.key.scope.account != *name);
        Arc::make_mut(&mut self.logs).retain(|key, _| key.scope.account != *name);
        self.all_touched = true;
    }

    fn listing(
        &mut self,
        scope: &Scope,
        part: impl FnOnce(&mut Listings) -> &mut Remote<()>,
        result: Result<(), Fault>,
        at: Timestamp,
    ) -> bool {
        put(
            part(
                Arc::make_mut(&mut self.listings)
                    .entry(scope.clone())
                    .or_default(),
            ),
            result,
            at,
        )
    }

    fn pipelines(
        &mut self,
        scope: &Scope,
        result: Result<Vec<PipelineListed>, Fault>,
        at: Timestamp,
    ) {
        let (listed, result) = split(result);
        let mut changed = self.listing(scope, |listings| &mut listings.pipelines, result, at);
        if let Some(listed) = listed {
            let table = Arc::make_mut(&mut self.pipelines);
            let names: BTreeSet<&PipelineName> = listed.iter().map(|listed| &listed.name).collect();
            let gone = table.retain(|row| row.key.scope != *scope || names.contains(&row.key.name));
            self.all_touched |= gone;
            changed |= gone;
            for PipelineListed {
                name,
                version,
                updated,
            } in &listed
            {
                let key = PipelineKey {
                    scope: scope.clone(),
                    name: name.clone(),
                };
                let is_new = table.get(&key).is_none();
                let differs = table.update(
                    &key,
                    || Pipeline::new(key.clone()),
                    |row| {
                        let differs = row.version != *version || row.updated != *updated;
                        (row.version, row.updated) = (*version, *updated);
                        differs
                    },
                );
                if is_new || differs {
                    self.touched.insert(key);
                    changed = true;
                }
            }
        }
        self.note(changed);
    }

    fn pipeline(&mut self, scope: &Scope, name: PipelineName, part: PipelinePart, at: Timestamp) {
        let key = PipelineKey {
            scope: scope.clone(),
            name,
        };
        // What was deleted meanwhile must not come back by a late answer.
        if self.pipelines.get(&key).is_none() {
            return;
        }
        let changed = Arc::make_mut(&mut self.pipelines).update(
            &key,
            || Pipeline::new(key.clone()),
            |row| match part {
                PipelinePart::Definition(result) => put_definition(row, result, at),
                PipelinePart::Stages(result) => put_shared(&mut row.stages, result, at),
                PipelinePart::Executions(result) => put_shared(&mut row.executions, result, at),
                PipelinePart::Actions(result) => put_shared(&mut row.actions, result, at),
                PipelinePart::Rules(result) => put_shared(&mut row.rules, result, at),
            },
        );
        if changed {
            self.touched.insert(key);
        }
        self.note(changed);
    }

    fn builds(&mut self, scope: &Scope, result: Result<Vec<Build>, Fault>, at: Timestamp) {
        let (listed, result) = split(result);
        let mut changed = self.listing(scope, |listings| &mut listings.builds, result, at);
        if let Some(listed) = listed {
            let table = Arc::make_mut(&mut self.builds);
            let ids: BTreeSet<_> = listed.iter().map(|build| build.id.clone()).collect();
            // Builds older than the hundred newest are let go once they have ended, but for those that were looked at
            // last: what is on screen must not go away and come back.
            let looked_at = looked_at_last(table, scope, &ids);
            changed |= table.retain(|row| {
                row.key.scope != *scope
                    || ids.contains(&row.key.id)
                    || is_moving_build(row)
                    || looked_at.contains(&row.key.id)
            });
            for found in listed {
                let key = BuildKey {
                    scope: scope.clone(),
                    id: found.id.clone(),
                };
                changed |= build(table, &key, Ok(found), at);
            }
        }
        self.note(changed);
    }

    /// Batches are read one at a time while they are looked at: of those that were, the newest readings stay.
    fn batch(&mut self, key: &BatchKey, result: Result<Batch, Fault>, at: Timestamp) {
        let table = Arc::make_mut(&mut self.batches);
        let row = || BatchRow {
            key: key.clone(),
            batch: Remote::default(),
        };
        let changed = table.update(key, row, |row| put_shared(&mut row.batch, result, at));
        if table.len() > MOST_BATCHES {
            let others = table.rows().iter().filter(|row| row.key != *key);
            let oldest = others.min_by_key(|row| row.batch.fetched_at());
            if let Some(oldest) = oldest.map(|row| row.key.clone()) {
                table.retain(|row| row.key != oldest);
            }
        }
        self.note(changed);
    }

    fn deployments(
        &mut self,
        scope: &Scope,
        result: Result<Vec<Deployment>, Fault>,
        at: Timestamp,
    ) {
        let (listed, result) = split(result);
        let mut changed = self.listing(scope, |listings| &mut listings.deployments, result, at);
        if let Some(listed) = listed {
            let table = Arc::make_mut(&mut self.deployments);
            let ids: BTreeSet<_> = listed.iter().map(|found| found.id.clone()).collect();
            changed |= table.retain(|row| {
                row.key.scope != *scope || ids.contains(&row.key.id) || is_moving_deployment(row)
            });
            for found in listed {
                let key = DeploymentKey {
                    scope: scope.clone(),
                    id: found.id.clone(),
                };
                changed |= deployment(table, &key, DeploymentPart::Info(Box::new(Ok(found))), at);
            }
        }
        self.note(changed);
    }

    fn repositories(
        &mut self,
        scope: &Scope,
        result: Result<Vec<RepositoryName>, Fault>,
        at: Timestamp,
    ) {
        let (listed, result) = split(result);
        let mut changed = self.listing(scope, |listings| &mut listings.repositories, result, at);
        if let Some(listed) = listed {
            let table = Arc::make_mut(&mut self.repositories);
            let names: BTreeSet<&RepositoryName> = listed.iter().collect();
            changed |= table.retain(|row| row.key.scope != *scope || names.contains(&row.key.name));
            for name in &listed {
                let key = RepositoryKey {
                    scope: scope.clone(),
                    name: name.clone(),
                };
                if table.get(&key).is_none() {
                    table.insert(Repository::new(key));
                    changed = true;
                }
            }
        }
        self.note(changed);
    }

    fn repository(
        &mut self,
        scope: &Scope,
        name: RepositoryName,
        part: RepositoryPart,
        at: Timestamp,
    ) {
        let key = RepositoryKey {
            scope: scope.clone(),
            name,
        };
        if self.repositories.get(&key).is_none() {
            return;
        }
        if let RepositoryPart::Commits(Ok(commits)) = &part {
            self.learn_authors(commits);
        }
        let changed = Arc::make_mut(&mut self.repositories).update(
            &key,
            || Repository::new(key.clone()),
            |row| match part {
                RepositoryPart::Metadata(result) => put_shared(&mut row.metadata, result, at),
                RepositoryPart::Branches(result) => put_shared(&mut row.branches, result, at),
                RepositoryPart::Commits(result) => put_shared(&mut row.commits, result, at),
                RepositoryPart::PullRequests(result) => {
                    put_shared(&mut row.pull_requests, result, at)
                }
            },
        );
        self.note(changed);
    }

    fn learn_authors(&mut self, commits: &[Commit]) {
        let mut learned = false;
        for commit in commits.iter().filter(|commit| !commit.author.is_empty()) {
            if !self.authors.contains_key(commit.id.as_str()) {
                self.authors
                    .insert(commit.id.as_str().to_owned(), commit.author.clone());
                learned = true;
            }
        }
        if learned {
            self.all_touched = true;
        }
        self.note(learned);
    }
}

/// The rows of a listing, and the listing's own outcome.
fn split<T>(result: Result<Vec<T>, Fault>) -> (Option<Vec<T>>, Result<(), Fault>) {
    match result {
        Ok(rows) => (Some(rows), Ok(())),
        Err(fault) => (None, Err(fault)),
    }
}

fn build(
    table: &mut Table<BuildRow>,
    key: &BuildKey,
    result: Result<Build, Fault>,
    at: Timestamp,
) -> bool {
    let new = || BuildRow {
        key: key.clone(),
        build: Remote::default(),
    };
    table.update(key, new, |row| put_shared(&mut row.build, result, at))
}

fn deployment(
    table: &mut Table<DeploymentRow>,
    key: &DeploymentKey,
    part: DeploymentPart,
    at: Timestamp,
) -> bool {
    table.update(
        key,
        || DeploymentRow::new(key.clone()),
        |row| match part {
            DeploymentPart::Info(result) => put_shared(&mut row.deployment, *result, at),
            DeploymentPart::Targets(result) => put_shared(&mut row.targets, result, at),
            DeploymentPart::MinimumHealthy(result) => put(&mut row.minimum_healthy, result, at),
        },
    )
}

/// The ended builds beside the listed ones that were read last.
fn looked_at_last(
    table: &Table<BuildRow>,
    scope: &Scope,
    listed: &BTreeSet<BuildId>,
) -> BTreeSet<BuildId> {
    const KEPT: usize = 16;
    let mut others: Vec<&Arc<BuildRow>> = table
        .rows()
        .iter()
        .filter(|row| row.key.scope == *scope && !listed.contains(&row.key.id))
        .collect();
    others.sort_by_key(|row| Reverse(row.build.fetched_at()));
    let kept = others.into_iter().take(KEPT);
    kept.map(|row| row.key.id.clone()).collect()
}

fn is_moving_build(row: &BuildRow) -> bool {
    row.build
        .value()
        .is_some_and(|build| build.state.status.is_moving())
}

fn is_moving_deployment(row: &DeploymentRow) -> bool {
    row.deployment
        .value()
        .is_some_and(|deployment| deployment.state.status.is_moving())
}
