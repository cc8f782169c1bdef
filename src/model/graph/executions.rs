//! The executions beside the one a graph draws: those that wait, those lately superseded, and PARALLEL mode's lanes.

use crate::model::board::subject;
use crate::model::graph::join::Join;
use crate::model::graph::{Occupant, StageNode};
use crate::model::ids::{ExecutionId, StageName};
use crate::model::pipeline::{ExecutionMode, Pipeline};
use crate::model::status::Status;
use crate::model::time::Timestamp;

/// Lanes at most. CodePipeline lets fifty executions of a pipeline be in flight; this is for a day when it allows more.
const LANES: usize = 200;
/// How far back superseded executions are still worth a word.
const SUPERSEDED_WITHIN: usize = 6;
const SUPERSEDED_SHOWN: usize = 2;

/// One execution of a PARALLEL pipeline, as a strip of stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    pub execution: ExecutionId,
    pub label: String,
    pub subject: String,
    pub status: Status,
    /// AWS's word for the execution: `Stopping` tells more than that something still runs.
    pub word: String,
    pub stages: Vec<(StageName, Status)>,
    pub started: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Waits to enter a stage.
    Waiting {
        execution: ExecutionId,
        label: String,
        stage: StageName,
        reason: WaitReason,
    },
    Superseded {
        execution: ExecutionId,
        label: String,
        at: Option<Timestamp>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// Another execution is in the stage.
    Busy,
    /// The transition into the stage is disabled.
    Closed,
    /// So many others enter before it.
    Behind(usize),
}

impl Note {
    pub const fn execution(&self) -> &ExecutionId {
        match self {
            Self::Waiting { execution, .. } | Self::Superseded { execution, .. } => execution,
        }
    }
}

/// What people call an execution: the short id of its first revision, else of the execution itself.
pub fn label(pipeline: &Pipeline, id: &ExecutionId) -> String {
    let revision = pipeline
        .execution(id)
        .and_then(|execution| execution.revisions.first());
    revision.map_or_else(
        || id.short().to_owned(),
        |revision| revision.id.short().to_owned(),
    )
}

pub(super) fn occupant(pipeline: &Pipeline, id: &ExecutionId) -> Occupant {
    Occupant {
        execution: id.clone(),
        label: label(pipeline, id),
    }
}

/// What waits and what was superseded, in the order of the stages and then of time.
pub(super) fn notes(pipeline: &Pipeline, stages: &[StageNode]) -> Vec<Note> {
    let mut notes = Vec::new();
    for stage in stages {
        for (index, waiting) in stage.inbound.iter().enumerate() {
            let reason = match index {
                _ if !stage.transition.enabled => WaitReason::Closed,
                0 => WaitReason::Busy,
                ahead => WaitReason::Behind(ahead),
            };
            notes.push(Note::Waiting {
                execution: waiting.execution.clone(),
                label: waiting.label.clone(),
                stage: stage.name.clone(),
                reason,
            });
        }
    }
    let newest = pipeline
        .executions
        .value()
        .map(|all| all.as_slice())
        .unwrap_or_default();
    let superseded = newest
        .iter()
        .take(SUPERSEDED_WITHIN)
        .filter(|execution| execution.state.status == Status::Superseded)
        .take(SUPERSEDED_SHOWN);
    notes.extend(superseded.map(|execution| Note::Superseded {
        execution: execution.id.clone(),
        label: label(pipeline, &execution.id),
        at: execution.updated,
    }));
    notes
}

/// The executions in flight of a PARALLEL pipeline, which has no state of its own. None for the other modes.
pub(super) fn lanes(pipeline: &Pipeline) -> Vec<Lane> {
    if pipeline.mode() != ExecutionMode::Parallel {
        return Vec::new();
    }
    let all = pipeline
        .executions
        .value()
        .map(|all| all.as_slice())
        .unwrap_or_default();
    let in_flight = all
        .iter()
        .filter(|execution| execution.state.status.is_moving());
    in_flight
        .take(LANES)
        .map(|execution| {
            let stages = Join::new(pipeline, Some(&execution.id)).stages();
            let waits = stages.iter().any(|stage| stage.status == Status::Waiting);
            Lane {
                execution: execution.id.clone(),
                label: label(pipeline, &execution.id),
                subject: execution
                    .revisions
                    .first()
                    .map(|revision| subject(&revision.summary))
                    .unwrap_or_default(),
                status: if waits {
                    Status::Waiting
                } else {
                    execution.state.status
                },
                word: execution.state.word().to_owned(),
                stages: stages
                    .into_iter()
                    .map(|stage| (stage.name, stage.status))
                    .collect(),
                started: execution.started,
            }
        })
        .collect()
}
