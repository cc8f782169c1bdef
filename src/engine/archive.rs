//! Where logs of finished builds are kept, as the engine asks for it: `app` has the disk.
//!
//! The work on files is the implementation's, off the engine's workers. Nothing here fails a tail: what cannot be kept
//! or read is told by the implementation, and the log is read from AWS.

use std::fs::File;
use std::sync::Arc;

use crate::engine::source::BoxFuture;
use crate::model::ids::LogKey;
use crate::model::kept::KeptBuild;
use crate::model::log::LogSnapshot;
use crate::model::time::Timestamp;

pub trait Archive: Send + Sync + 'static {
    /// The kept log of this stream, whole; none if it is not kept or its file cannot be trusted.
    fn find<'a>(&'a self, key: &'a LogKey) -> BoxFuture<'a, Option<FoundLog>>;

    /// Keeps a log that was read to its end, if the settings allow it.
    fn keep(&self, log: FinishedLog) -> BoxFuture<'_, ()>;
}

#[derive(Clone, Debug)]
pub struct FoundLog {
    pub log: LogSnapshot,
    /// When it was read from AWS.
    pub read: Timestamp,
    pub build: KeptBuild,
    /// While this lives the kept copy makes room for no other: it may be the only one.
    pub hold: Option<Arc<File>>,
}

/// A log to which nothing will be added.
#[derive(Clone, Debug)]
pub struct FinishedLog {
    pub key: LogKey,
    pub build: KeptBuild,
    pub log: LogSnapshot,
    /// The account is marked as production.
    pub production: bool,
}

/// Keeps nothing: for commands on a terminal.
pub struct NoArchive;

impl Archive for NoArchive {
    fn find<'a>(&'a self, _key: &'a LogKey) -> BoxFuture<'a, Option<FoundLog>> {
        Box::pin(std::future::ready(None))
    }

    fn keep(&self, _log: FinishedLog) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
