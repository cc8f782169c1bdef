//! A batch build: builds that depend on each other, started and told of as one.

use std::sync::Arc;
use std::time::Duration;

use crate::model::build::{BuildAbout, Phase};
use crate::model::ids::{BatchId, BatchKey, BuildId, ProjectName};
use crate::model::remote::Remote;
use crate::model::status::{State, Status};
use crate::model::table::Record;
use crate::model::time::Timestamp;

/// A batch that was looked at, with the age of its reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRow {
    pub key: BatchKey,
    pub batch: Remote<Arc<Batch>>,
}

impl Record for BatchRow {
    type Key = BatchKey;

    fn key(&self) -> &BatchKey {
        &self.key
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub id: BatchId,
    pub arn: String,
    pub project: ProjectName,
    pub number: Option<i64>,
    pub state: State,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub source_version: Option<String>,
    pub resolved_source_version: Option<String>,
    pub initiator: Option<String>,
    pub phases: Vec<Phase>,
    pub groups: Vec<BatchGroup>,
    pub about: BuildAbout,
}

/// A node of the batch's graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchGroup {
    pub identifier: String,
    pub depends_on: Vec<String>,
    /// Its failure does not fail the batch.
    pub ignore_failure: bool,
    /// None before it was first asked for.
    pub current: Option<BatchBuild>,
    /// Earlier tries, in AWS's order.
    pub prior: Vec<BatchBuild>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchBuild {
    pub build: BuildId,
    pub state: State,
    pub requested: Option<Timestamp>,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
}

impl Batch {
    /// Time so far at `now`, or in all once it has ended.
    pub fn elapsed(&self, now: Timestamp) -> Option<Duration> {
        let end = if self.state.status == Status::Running {
            now
        } else {
            self.ended?
        };
        Some(self.started?.age(end))
    }
}
