//! The tables as the store holds them, and which of them changed since the last publication.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::store::derive;
use crate::model::account::Account;
use crate::model::board::{Board, CommitAuthors};
use crate::model::build::{BatchRow, BuildRow};
use crate::model::command::CommandRecord;
use crate::model::deployment::DeploymentRow;
use crate::model::ids::{AccountName, LogKey, PipelineKey, Scope};
use crate::model::live::LiveTail;
use crate::model::log::LogTail;
use crate::model::pipeline::Pipeline;
use crate::model::remote::Remote;
use crate::model::repository::Repository;
use crate::model::snapshot::{Budget, Listings, Snapshot};
use crate::model::table::Table;
use crate::model::time::Timestamp;

/// The tables are `Arc`s: a publication shares them, and the next change copies the pointers of that one table.
#[derive(Default)]
pub(super) struct State {
    pub(super) accounts: Arc<Table<Account>>,
    /// Findings of another generation are dropped.
    pub(super) generations: BTreeMap<AccountName, u64>,
    pub(super) listings: Arc<BTreeMap<Scope, Listings>>,
    pub(super) pipelines: Arc<Table<Pipeline>>,
    pub(super) builds: Arc<Table<BuildRow>>,
    pub(super) batches: Arc<Table<BatchRow>>,
    pub(super) deployments: Arc<Table<DeploymentRow>>,
    pub(super) repositories: Arc<Table<Repository>>,
    pub(super) logs: Arc<BTreeMap<LogKey, Remote<LogTail>>>,
    pub(super) live: Option<Arc<LiveTail>>,
    pub(super) commands: Arc<Table<CommandRecord>>,
    pub(super) budget: Budget,
    /// Author by commit id, over all repositories.
    pub(super) authors: CommitAuthors,
    board: Arc<Board>,
    /// Pipelines whose Board row may have changed.
    pub(super) touched: BTreeSet<PipelineKey>,
    /// Every row may have changed: an author became known, an account went.
    pub(super) all_touched: bool,
    dirty: bool,
    ages: bool,
    revision: u64,
}

impl State {
    pub(super) fn is_dirty(&self) -> bool {
        self.dirty
    }

    pub(super) fn ages_moved(&self) -> bool {
        self.ages
    }

    /// Notes the outcome of applying a finding: changed, or only confirmed.
    pub(super) fn note(&mut self, changed: bool) {
        if changed {
            self.dirty = true;
        } else {
            self.ages = true;
        }
    }

    pub(super) fn snapshot(&mut self, now: Timestamp) -> Snapshot {
        derive::board(
            &mut self.board,
            &self.pipelines,
            &self.authors,
            &self.touched,
            self.all_touched,
        );
        self.touched.clear();
        self.all_touched = false;
        // The revision is the key of every view's caches: ages alone do not move it.
        self.revision += u64::from(self.dirty);
        self.dirty = false;
        self.ages = false;
        Snapshot {
            revision: self.revision,
            published_at: now,
            accounts: Arc::clone(&self.accounts),
            listings: Arc::clone(&self.listings),
            pipelines: Arc::clone(&self.pipelines),
            builds: Arc::clone(&self.builds),
            batches: Arc::clone(&self.batches),
            deployments: Arc::clone(&self.deployments),
            repositories: Arc::clone(&self.repositories),
            board: Arc::clone(&self.board),
            logs: Arc::clone(&self.logs),
            live: self.live.clone(),
            commands: Arc::clone(&self.commands),
            budget: self.budget.clone(),
        }
    }
}
