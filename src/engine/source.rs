//! What the engine asks of the rooms that know a service: sources that read, a log reader, a writer.
//!
//! `aws` and `trackers` implement these; the engine owns when they run, how often, and what becomes of their answers.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::update::{Update, UpdateSender};
use crate::model::command::Command;
use crate::model::fault::{Fault, FaultClass};
use crate::model::focus::Focus;
use crate::model::ids::{LogGroupName, LogKey, LogStreamName, Scope};
use crate::model::live::{LiveAsk, LiveEnd};
use crate::model::log_events::LogEvents;
use crate::model::snapshot::Snapshot;
use crate::model::time::Timestamp;

// What a source needs of the engine, under the one name it may import.
pub use crate::engine::clock::Clock;
pub use crate::engine::limiter::Limiter;
pub use crate::engine::update::{
    Change, DeploymentPart, PipelineListed, PipelinePart, RepositoryPart,
};

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One service of one kind of account: knows what there is to read and how to read it.
pub trait Source: Send + Sync + 'static {
    /// The service's name as in an endpoint and in the budget table: `codepipeline`.
    fn service(&self) -> &'static str;

    /// What there is to read in this scope, from what is known and what is looked at. Called when either changed;
    /// must be cheap (no I/O) and must name each item once.
    fn plan(&self, view: &PlanView<'_>) -> Vec<Planned>;

    /// Reads one item and sends what it found through the reader, faults included. Returns the gravest fault, from
    /// which the scheduler takes when to try again.
    fn read<'a>(
        &'a self,
        item: &'a Item,
        reader: &'a Reader,
    ) -> BoxFuture<'a, Result<(), FaultClass>>;
}

/// What a plan is made from.
pub struct PlanView<'a> {
    pub scope: &'a Scope,
    pub snapshot: &'a Snapshot,
    pub focus: &'a Focus,
    pub now: Timestamp,
}

/// Names one reading of a source within a scope: a listing, or one thing by its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    Listing,
    One(Arc<str>),
    /// What costs more of one thing, read only while a person looks at it.
    Detail(Arc<str>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub item: Item,
    pub pace: Pace,
}

/// How often something is read. The spans are the polling table's; the order is the order of service when the budget
/// is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// Selected or followed, and running: every 3 s.
    Watched,
    /// Waiting for a person, visible and moving, selected and at rest, or a listing that tells what moves: every 10 s.
    Near,
    /// Listings of what exists, and the identity: every minute.
    Listing,
    /// The rest, in turn with what is left of the budget: every minute, stretched to 15 minutes at most.
    InTurn,
}

impl Pace {
    /// The span between readings, before the hidden window's factor of six.
    pub const fn every(self) -> Duration {
        match self {
            Self::Watched => Duration::from_secs(3),
            Self::Near => Duration::from_secs(10),
            Self::Listing | Self::InTurn => Duration::from_mins(1),
        }
    }
}

/// What a source reads through: it takes a call from the budget, tells the time, and carries what was found.
#[derive(Clone)]
pub struct Reader {
    pub scope: Scope,
    pub(crate) generation: u64,
    pub(crate) updates: UpdateSender,
    pub(crate) limiter: Limiter,
    pub(crate) clock: Clock,
    /// As published when the reading began.
    pub snapshot: Arc<Snapshot>,
}

impl Reader {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits for a call of this service's budget and counts it. To be awaited before every single request.
    pub async fn call(&self, service: &'static str) {
        self.limiter.take(&self.scope, service).await;
    }

    /// Tells the budget how a call ended: a throttled one halves it.
    pub fn ended(&self, service: &'static str, fault: Option<FaultClass>) {
        self.limiter
            .ended(&self.scope, service, fault == Some(FaultClass::Throttled));
    }

    /// Hands a finding to the store; waits while the store is behind.
    pub async fn send(&self, change: Change) {
        self.updates
            .send(Update {
                scope: self.scope.clone(),
                generation: self.generation,
                at: self.clock.now(),
                change,
            })
            .await;
    }
}

/// One page of a log stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPage {
    /// In the service's order.
    pub events: LogEvents,
    /// `nextForwardToken`: equal to the one sent means the end for now.
    pub next: String,
}

/// Which page of a log stream is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogAsk<'a> {
    /// What the page before gave; none for the first.
    pub token: Option<&'a str>,
    /// Milliseconds since 1970 of the earliest event wanted; none for all. The same for all pages of one reading.
    pub since: Option<i64>,
}

/// Reads log streams forwards from their first event (GetLogEvents), or from a time on.
///
/// A refusal ([`FaultClass::Refused`]) of an ask with a token means that the token is no longer good.
pub trait LogReader: Send + Sync + 'static {
    fn read<'a>(
        &'a self,
        key: &'a LogKey,
        ask: LogAsk<'a>,
    ) -> BoxFuture<'a, Result<LogPage, Fault>>;

    /// A page from the first event on.
    fn page<'a>(
        &'a self,
        key: &'a LogKey,
        token: Option<&'a str>,
    ) -> BoxFuture<'a, Result<LogPage, Fault>> {
        self.read(key, LogAsk { token, since: None })
    }
}

/// What to search for in a log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSearch {
    pub scope: Scope,
    pub group: LogGroupName,
    /// None: all streams of the group.
    pub stream: Option<LogStreamName>,
    /// A filter pattern of CloudWatch Logs; an empty one matches every event.
    pub pattern: String,
}

/// One page of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundPage {
    /// By time; their marks are of their ids.
    pub events: LogEvents,
    /// None at the end, for now.
    pub next: Option<String>,
}

/// Searches log groups (FilterLogEvents). Refusals mean what they mean to a [`LogReader`].
pub trait LogSearcher: Send + Sync + 'static {
    fn find<'a>(
        &'a self,
        search: &'a LogSearch,
        ask: LogAsk<'a>,
    ) -> BoxFuture<'a, Result<FoundPage, Fault>>;
}

/// Opens Live Tail sessions (StartLiveTail). Each is billed by the minute, so nothing opens one by itself or again.
pub trait LiveTailer: Send + Sync + 'static {
    fn open<'a>(&'a self, ask: &'a LiveAsk) -> BoxFuture<'a, Result<Box<dyn LiveSession>, Fault>>;
}

/// An open session. Dropping it closes the connection, which ends it.
pub trait LiveSession: Send {
    /// What comes next: an update each second, an empty one too. Must not be asked again after an error or an end.
    fn next(&mut self) -> BoxFuture<'_, Result<LiveNews, Fault>>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveNews {
    /// AWS says that the session has begun.
    Begun,
    Update(LiveUpdate),
    Ended(LiveEnd),
}

/// What came in a second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveUpdate {
    pub events: LogEvents,
    /// AWS left events out: more than it lets through in a second matched.
    pub sampled: bool,
}

/// Sends writes. Each method is one step of the engine's commands; none retries.
pub trait Writer: Send + Sync + 'static {
    /// The fresh read before the write: is what the person saw still so?
    fn check<'a>(&'a self, command: &'a Command) -> BoxFuture<'a, Result<Checked, Fault>>;

    /// The write itself: one request.
    fn send<'a>(&'a self, command: &'a Command) -> BoxFuture<'a, Sent>;

    /// After a lost answer: has it been applied? `seen` is what the check handed over. `None` while AWS does not tell yet.
    fn look_up<'a>(
        &'a self,
        command: &'a Command,
        seen: &'a Seen,
    ) -> BoxFuture<'a, Result<Option<Found>, Fault>>;
}

/// The ids that stood in AWS's listing just before a write: what is not among them afterwards is new. It tells a lost
/// start from those before it without asking any clock. Empty for writes that start nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(BTreeSet<String>);

impl Seen {
    pub fn of(ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(ids.into_iter().map(Into::into).collect())
    }

    pub fn has(&self, id: &str) -> bool {
        self.0.contains(id)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    Go(Seen),
    /// Must not be sent; says what differs.
    Changed(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    Accepted(String),
    /// Somebody or something was first: news rather than an error (`approved by Priya at 16:20`).
    Changed(String),
    Refused(Fault),
    /// Sent, but nobody knows whether it was applied: timeout or reset after sending.
    Unknown(Fault),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub applied: bool,
    pub message: String,
}
