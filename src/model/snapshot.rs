//! Everything the window shows, at one moment.
//!
//! The store is the only writer; it publishes a new `Arc<Snapshot>` when something visible changed. Untouched tables
//! keep their `Arc`, so a clone costs a handful of reference counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::account::Account;
use crate::model::board::Board;
use crate::model::build::{BatchRow, BuildRow};
use crate::model::command::{Command, CommandRecord};
use crate::model::deployment::DeploymentRow;
use crate::model::ids::{LogKey, Scope};
use crate::model::live::LiveTail;
use crate::model::log::LogTail;
use crate::model::pipeline::Pipeline;
use crate::model::remote::Remote;
use crate::model::repository::Repository;
use crate::model::table::Table;
use crate::model::time::Timestamp;

#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Counts publications.
    pub revision: u64,
    pub published_at: Timestamp,
    pub accounts: Arc<Table<Account>>,
    /// What the listings of each scope last said: the age and fault of a table's completeness.
    pub listings: Arc<BTreeMap<Scope, Listings>>,
    pub pipelines: Arc<Table<Pipeline>>,
    pub builds: Arc<Table<BuildRow>>,
    /// Batches that were looked at; there is no listing of them.
    pub batches: Arc<Table<BatchRow>>,
    pub deployments: Arc<Table<DeploymentRow>>,
    pub repositories: Arc<Table<Repository>>,
    /// Derived from the tables above: what the Board shows.
    pub board: Arc<Board>,
    /// The logs being tailed.
    pub logs: Arc<BTreeMap<LogKey, Remote<LogTail>>>,
    /// The Live Tail session that a person started last, until it is let go of.
    pub live: Option<Arc<LiveTail>>,
    pub commands: Arc<Table<CommandRecord>>,
    pub budget: Budget,
}

impl Snapshot {
    /// Why a write cannot be sent now, for its button: the account is read-only, or the same is already under way.
    pub fn refusal(&self, command: &Command, now: Timestamp) -> Option<String> {
        let account = &command.scope().account;
        if self
            .accounts
            .get(account)
            .is_some_and(|account| account.read_only)
        {
            return Some(format!(
                "{account} is read-only in Starboard: turn its switch under Accounts ({} is needed)",
                command.permission()
            ));
        }
        let record = self.command_like(command)?;
        record
            .progress
            .is_open()
            .then(|| format!("Under way: {}", record.progress.words(now)))
    }

    /// The newest command with the same target.
    pub fn command_like(&self, command: &Command) -> Option<&Arc<CommandRecord>> {
        let newest_first = self.commands.rows().iter().rev();
        newest_first
            .into_iter()
            .find(|record| record.command.same_target(command))
    }
}

/// Whether each listing of a scope has been read, and what went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listings {
    pub pipelines: Remote<()>,
    pub builds: Remote<()>,
    pub deployments: Remote<()>,
    pub repositories: Remote<()>,
}

impl Listings {
    pub fn all(&self) -> [&Remote<()>; 4] {
        [
            &self.pipelines,
            &self.builds,
            &self.deployments,
            &self.repositories,
        ]
    }
}

/// The calls Starboard makes, against what it allows itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    pub calls_last_minute: u32,
    pub allowed_per_minute: u32,
    /// Scopes and services that AWS asked to slow down, as words: `prod · eu-west-1 codepipeline`.
    pub throttled: Vec<String>,
}
