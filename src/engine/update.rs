//! What sources tell the store, one finding at a time.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::model::account::{Account, Identity};
use crate::model::build::{Batch, Build};
use crate::model::command::CommandRecord;
use crate::model::deployment::{Deployment, MinimumHealthyHosts, Target};
use crate::model::fault::Fault;
use crate::model::ids::{
    AccountName, BatchId, BuildId, DeploymentId, LogKey, PipelineName, RepositoryName, Scope,
};
use crate::model::live::LiveTail;
use crate::model::log::LogTail;
use crate::model::pipeline::{ActionExecution, Definition, Execution, RuleExecution, StageState};
use crate::model::repository::{Branch, Commit, PullRequest, RepositoryMetadata};
use crate::model::snapshot::Budget;
use crate::model::time::Timestamp;

/// A finding of one scope. A stale generation (the account was changed meanwhile) is dropped by the store.
#[derive(Debug)]
pub struct Update {
    pub scope: Scope,
    pub generation: u64,
    /// When it was read.
    pub at: Timestamp,
    pub change: Change,
}

/// What was read, or why it could not be. A listing replaces what the scope held of its kind.
#[derive(Debug)]
pub enum Change {
    Identity(Result<Identity, Fault>),
    Pipelines(Result<Vec<PipelineListed>, Fault>),
    Pipeline(PipelineName, PipelinePart),
    /// The newest builds of the scope, at most 100; older ones are let go.
    Builds(Result<Vec<Build>, Fault>),
    Build(BuildId, Result<Build, Fault>),
    /// A batch that is looked at.
    Batch(BatchId, Result<Batch, Fault>),
    /// The newest deployments of the scope, at most 100; older ones are let go.
    Deployments(Result<Vec<Deployment>, Fault>),
    Deployment(DeploymentId, DeploymentPart),
    Repositories(Result<Vec<RepositoryName>, Fault>),
    Repository(RepositoryName, RepositoryPart),
    /// Commits read for their own sake: they name authors on the Board.
    Commits(Vec<Commit>),
}

/// A row of ListPipelines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineListed {
    pub name: PipelineName,
    pub version: u32,
    pub updated: Option<Timestamp>,
}

#[derive(Debug)]
pub enum PipelinePart {
    Definition(Result<Definition, Fault>),
    Stages(Result<Vec<StageState>, Fault>),
    Executions(Result<Vec<Execution>, Fault>),
    Actions(Result<Vec<ActionExecution>, Fault>),
    Rules(Result<Vec<RuleExecution>, Fault>),
}

#[derive(Debug)]
pub enum DeploymentPart {
    Info(Box<Result<Deployment, Fault>>),
    Targets(Result<Vec<Target>, Fault>),
    MinimumHealthy(Result<MinimumHealthyHosts, Fault>),
}

#[derive(Debug)]
pub enum RepositoryPart {
    Metadata(Result<RepositoryMetadata, Fault>),
    Branches(Result<Vec<Branch>, Fault>),
    Commits(Result<Vec<Commit>, Fault>),
    PullRequests(Result<Vec<PullRequest>, Fault>),
}

/// Everything the store takes: findings, and what the engine itself tells.
#[derive(Debug)]
pub(crate) enum Message {
    Update(Box<Update>),
    /// The account's card, without its identity (kept if the account was there).
    PutAccount {
        account: Box<Account>,
        generation: u64,
    },
    RemoveAccount {
        name: AccountName,
    },
    Log {
        key: LogKey,
        at: Timestamp,
        result: Result<LogTail, Fault>,
    },
    DropLog {
        key: LogKey,
    },
    /// The Live Tail session as it is now; none once it is let go of.
    Live(Option<Arc<LiveTail>>),
    Command(Box<CommandRecord>),
    Budget(Budget),
    /// Answered once everything before it is published.
    Flush(tokio::sync::oneshot::Sender<()>),
}

/// The bounded way to the store.
#[derive(Clone, Debug)]
pub struct UpdateSender(pub(crate) mpsc::Sender<Message>);

impl UpdateSender {
    pub(crate) async fn send(&self, update: Update) {
        self.message(Message::Update(Box::new(update))).await;
    }

    pub(crate) async fn message(&self, message: Message) {
        // The store ends only with the engine; what is still on its way then concerns nobody.
        self.0.send(message).await.ok();
    }
}
