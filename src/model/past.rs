//! Searching the logs of a project's past builds: what is looked for, and what has been found so far.

use std::sync::Arc;
use std::time::Duration;

use crate::model::fault::Fault;
use crate::model::find::Query;
use crate::model::ids::{BuildProjectKey, LogKey};
use crate::model::kept::{KeptBuild, KeptLog};
use crate::model::log::LineNo;

/// What is looked for, in the kept logs of one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastQuery {
    pub project: BuildProjectKey,
    pub query: Query,
}

/// What a search has found so far. A later state of the same search only has more.
#[derive(Clone, Debug)]
pub struct PastSearch {
    pub query: PastQuery,
    /// Builds with a hit, newest first.
    pub found: Arc<Vec<Arc<PastHits>>>,
    /// Logs searched, of how many.
    pub searched: u32,
    pub of: u32,
    /// Bytes of text read, and the time it took.
    pub bytes: u64,
    pub took: Duration,
    pub done: bool,
}

impl PastSearch {
    pub fn hits(&self) -> u64 {
        self.found.iter().map(|build| build.hits).sum()
    }

    /// `2.1 ms a build`: the time divided by the logs searched.
    pub fn pace(&self) -> Option<Duration> {
        (self.searched > 0).then(|| self.took / self.searched)
    }
}

/// The hits in one build's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastHits {
    pub log: Arc<KeptLog>,
    /// Every match, whether it is among `first` or not.
    pub hits: u64,
    /// The first lines with a match.
    pub first: Vec<PastHit>,
}

/// A line with a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastHit {
    pub line: LineNo,
    /// As it is drawn, clipped around the match.
    pub text: String,
    /// The match in `text`, in bytes.
    pub at: std::ops::Range<usize>,
}

/// A finished build whose log can be read so that it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastLog {
    pub key: LogKey,
    pub build: KeptBuild,
}

/// Logs of past builds being read from AWS, one after another, because a person asked for it.
#[derive(Clone, Debug)]
pub struct PastReading {
    pub project: BuildProjectKey,
    pub read: u32,
    pub of: u32,
    /// Requests sent.
    pub calls: u32,
    /// Builds of whose log CloudWatch has nothing any more.
    pub gone: u32,
    /// Why it stopped before the end.
    pub fault: Option<Arc<Fault>>,
    pub done: bool,
}
