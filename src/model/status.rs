//! The states of everything that runs, in one vocabulary with one meaning each.
//!
//! AWS uses some sixty words over its services. [`Status`] is what a colour and a shape stand for; [`State`] keeps
//! AWS's own word beside it, so that nothing is lost and an unknown word is shown and never taken for success.

use std::fmt;
use std::sync::Arc;

/// What a state means to a person. The order is that of attention: what needs a look sorts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// A person has to decide. This meaning has a hue of its own, and shows on every parent.
    Waiting,
    Failed,
    /// Went wrong for a reason that is not the change's own: a permission, a throttle, a service fault.
    Errored,
    /// Undone after a failure. Never success.
    RolledBack,
    Running,
    /// Waits to enter: behind another execution or a closed transition.
    Queued,
    Stopped,
    /// A word Starboard does not know.
    Unknown,
    Superseded,
    Skipped,
    Succeeded,
    NotRun,
}

impl Status {
    pub const ALL: [Self; 12] = [
        Self::Waiting,
        Self::Failed,
        Self::Errored,
        Self::RolledBack,
        Self::Running,
        Self::Queued,
        Self::Stopped,
        Self::Unknown,
        Self::Superseded,
        Self::Skipped,
        Self::Succeeded,
        Self::NotRun,
    ];

    /// The word for a screen reader and a hint.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "waiting for a person",
            Self::Failed => "failed",
            Self::Errored => "errored",
            Self::RolledBack => "rolled back",
            Self::Running => "running",
            Self::Queued => "queued",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
            Self::Superseded => "superseded",
            Self::Skipped => "skipped",
            Self::Succeeded => "succeeded",
            Self::NotRun => "not run",
        }
    }

    /// Whether this can still change by itself.
    pub const fn is_moving(self) -> bool {
        matches!(self, Self::Running | Self::Queued)
    }

    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Errored | Self::RolledBack)
    }
}

/// A [`Status`] with AWS's own word.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State {
    pub status: Status,
    word: Arc<str>,
}

impl State {
    pub fn new(status: Status, word: impl AsRef<str>) -> Self {
        Self {
            status,
            word: Arc::from(word.as_ref()),
        }
    }

    /// What has no answer from AWS because it never ran.
    pub fn not_run() -> Self {
        Self::new(Status::NotRun, "")
    }

    /// AWS's own word, empty where AWS says nothing.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// CodePipeline's words for executions, stages, actions, conditions and rules. An overridden condition was neither
    /// met nor did it stop anything: it was passed over.
    pub fn of_pipeline(word: &str) -> Self {
        let status = match word {
            "InProgress" | "Stopping" => Status::Running,
            "Succeeded" => Status::Succeeded,
            "Failed" => Status::Failed,
            "Errored" => Status::Errored,
            "Stopped" | "Abandoned" | "Cancelled" => Status::Stopped,
            "Superseded" => Status::Superseded,
            "Skipped" | "Overridden" => Status::Skipped,
            "" => Status::NotRun,
            _ => Status::Unknown,
        };
        Self::new(status, word)
    }

    /// CodeBuild's words for builds and phases, with those its own model does not list (`CLIENT_ERROR`, `PENDING`,
    /// `RETRY`: aws-codebuild user guide and the CLI's examples).
    pub fn of_build(word: &str) -> Self {
        let status = match word {
            "IN_PROGRESS" | "RETRY" => Status::Running,
            "PENDING" | "QUEUED" => Status::Queued,
            "SUCCEEDED" => Status::Succeeded,
            "FAILED" | "TIMED_OUT" => Status::Failed,
            "FAULT" | "CLIENT_ERROR" => Status::Errored,
            "STOPPED" => Status::Stopped,
            "" => Status::NotRun,
            _ => Status::Unknown,
        };
        Self::new(status, word)
    }

    /// CodeBuild's words for a report: an incomplete one is the build's own trouble, and no test's.
    pub fn of_report(word: &str) -> Self {
        let status = match word {
            "GENERATING" => Status::Running,
            "SUCCEEDED" => Status::Succeeded,
            "FAILED" => Status::Failed,
            "INCOMPLETE" => Status::Errored,
            "" | "DELETING" => Status::NotRun,
            _ => Status::Unknown,
        };
        Self::new(status, word)
    }

    /// CodeBuild's words for a test case.
    pub fn of_test(word: &str) -> Self {
        let status = match word {
            "SUCCEEDED" => Status::Succeeded,
            "FAILED" => Status::Failed,
            "ERROR" => Status::Errored,
            "SKIPPED" => Status::Skipped,
            "" => Status::NotRun,
            _ => Status::Unknown,
        };
        Self::new(status, word)
    }

    /// CodeDeploy's words for deployments, targets and lifecycle events.
    pub fn of_deployment(word: &str) -> Self {
        let status = match word {
            "InProgress" | "Baking" => Status::Running,
            "Created" | "Queued" => Status::Queued,
            "Ready" => Status::Waiting,
            "Succeeded" => Status::Succeeded,
            "Failed" => Status::Failed,
            "Stopped" => Status::Stopped,
            "Skipped" => Status::Skipped,
            "" | "Pending" => Status::NotRun,
            _ => Status::Unknown,
        };
        Self::new(status, word)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({})", self.status, self.word)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.word.is_empty() {
            self.status.label()
        } else {
            &self.word
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_nobody_knows_is_shown_and_is_not_success() {
        for state in [
            State::of_pipeline("Cancelling2"),
            State::of_build("PAUSED"),
            State::of_deployment("Melting"),
        ] {
            assert_eq!(state.status, Status::Unknown);
            assert!(!state.word().is_empty());
        }
    }

    #[test]
    fn every_status_has_its_own_label() {
        let labels: std::collections::BTreeSet<_> =
            Status::ALL.iter().map(|status| status.label()).collect();
        assert_eq!(labels.len(), Status::ALL.len());
    }
}
