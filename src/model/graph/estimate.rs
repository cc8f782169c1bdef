//! How long the execution drawn still takes, by what its actions usually take.

use std::time::Duration;

use crate::model::graph::{ActionNode, ActionTime, StageGraph, StageNode};
use crate::model::ids::StageName;
use crate::model::pipeline::ActionCategory;
use crate::model::status::Status;
use crate::model::time::{Timestamp, rough};

/// What lies ahead of an execution. People are not estimated: a gate counts, and takes no time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// The usual times of what is left; of actions beside each other the longest.
    pub left: Duration,
    /// Gates that wait or are still to come.
    pub gates: usize,
    /// Actions whose usual time is not known; the rest takes at least `left`.
    pub unknown: usize,
    /// Something runs longer than nine in ten of its runs took.
    pub slow: bool,
    /// The way into this stage is closed.
    pub held: Option<StageName>,
}

impl Estimate {
    /// `about 12 min to go`, `at least 4 min to go after 1 approval`, `about to end`; names are the caller's to make safe.
    pub fn words(&self) -> String {
        let mut words = match (self.left.as_secs(), self.unknown) {
            (0, 0) if self.gates == 0 => "about to end".to_owned(),
            (0, 0) => String::new(),
            (0, _) => "time to go not known yet".to_owned(),
            (_, 0) => format!("about {} to go", rough(self.left)),
            (_, _) => format!("at least {} to go", rough(self.left)),
        };
        if self.gates > 0 {
            let noun = if self.gates == 1 {
                "approval"
            } else {
                "approvals"
            };
            let gates = format!("{} {noun}", self.gates);
            words = if words.is_empty() {
                format!("only {gates} to go")
            } else {
                format!("{words} after {gates}")
            };
        }
        if self.slow {
            words.push_str(", slower than usual");
        }
        if let Some(stage) = &self.held {
            words.push_str(", held before ");
            words.push_str(stage.as_str());
        }
        words
    }
}

impl StageGraph {
    /// None for an execution that has ended, or that cannot go on because something failed.
    pub fn estimate(&self, now: Timestamp) -> Option<Estimate> {
        let own: Vec<&StageNode> = self.stages.iter().filter(|it| self.is_ahead(it)).collect();
        let goes_on = |status: Status| status.is_moving() || status == Status::Waiting;
        if !own.iter().any(|stage| goes_on(stage.status)) {
            return None;
        }
        let mut estimate = Estimate::default();
        for stage in own {
            // A stage that was rolled back lies behind; one in which something failed goes no further.
            if stage.is_rollback && !goes_on(stage.status) {
                continue;
            }
            if stage.status.is_bad() || stage.actions().any(|it| it.state.status.is_bad()) {
                return None;
            }
            let is_ahead = matches!(stage.status, Status::NotRun | Status::Queued);
            if is_ahead && !stage.transition.enabled && estimate.held.is_none() {
                estimate.held = Some(stage.name.clone());
            }
            for row in &stage.rows {
                let spans = row.actions.iter().map(|it| estimate.take(it, now));
                let longest = spans.max().unwrap_or_default();
                estimate.left += longest;
            }
        }
        Some(estimate)
    }

    /// A stage the execution drawn is in or has before it. One that a newer execution has entered lies behind it.
    fn is_ahead(&self, stage: &StageNode) -> bool {
        let is_own = stage.occupant.as_ref().map(|it| &it.execution) == self.execution.as_ref();
        is_own
            || stage.leftover.is_some()
            || matches!(stage.status, Status::NotRun | Status::Queued)
    }
}

impl Estimate {
    /// Counts one action, and tells how long it still takes.
    fn take(&mut self, action: &ActionNode, now: Timestamp) -> Duration {
        let is_gate = action.category == ActionCategory::Approval;
        match (action.state.status, action.time) {
            (Status::Waiting | Status::NotRun, _) if is_gate => {
                self.gates += 1;
                Duration::ZERO
            }
            (Status::Running, ActionTime::Since(then)) => {
                self.slow |= action.is_slow(now);
                let usual = action.usual.unwrap_or_else(|| {
                    self.unknown += 1;
                    Duration::ZERO
                });
                usual.saturating_sub(then.age(now))
            }
            (Status::NotRun | Status::Queued | Status::Running, _) => {
                action.usual.unwrap_or_else(|| {
                    self.unknown += 1;
                    Duration::ZERO
                })
            }
            _ => Duration::ZERO,
        }
    }
}
