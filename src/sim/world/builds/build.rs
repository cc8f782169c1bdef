//! One build: where it stands at a moment, told from its plan, its start and its end alone.

use std::sync::Arc;

use crate::sim::clock::Pace;
use crate::sim::wire::Millis;
use crate::sim::world::logs::source::stretched;

use super::plan::{Context, Phase, Plan};
use super::project::{Environment, SourceSettings};

/// How a build or one of its phases stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    InProgress,
    Succeeded,
    Failed,
    TimedOut,
    Stopped,
}

impl Status {
    /// CodeBuild's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Stopped => "STOPPED",
        }
    }
}

/// A phase that was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseRecord {
    pub phase: Phase,
    /// COMPLETED has none; the running phase has none yet.
    pub status: Option<Status>,
    pub started: Millis,
    pub ended: Option<Millis>,
    pub context: Option<Context>,
}

/// One build.
#[derive(Clone, Debug)]
pub struct Build {
    /// `project:uuid`.
    pub id: String,
    pub project: String,
    /// Counts from 1 in each project.
    pub number: u64,
    pub started: Millis,
    pub source_version: Option<String>,
    pub resolved_source_version: Option<String>,
    /// `codepipeline/NAME`, a user's name, or `rule/NAME`.
    pub initiator: String,
    pub source: SourceSettings,
    pub environment: Environment,
    pub role: String,
    pub timeout_minutes: i64,
    pub queued_timeout_minutes: i64,
    /// Where the artifact goes, an S3 ARN; empty for a project that keeps none.
    pub artifact_location: String,
    pub log_group: String,
    /// The UUID of the id.
    pub log_stream: String,
    pub plan: Arc<Plan>,
    /// Above 1 this build takes longer than its plan.
    pub stretch: f64,
    pub(super) pace: Pace,
    pub(super) stopped: Option<Millis>,
}

impl Build {
    /// The moment this far into the plan.
    pub(super) fn moment(&self, offset: Millis) -> Millis {
        self.pace
            .after(self.started, stretched(offset, self.stretch))
    }

    /// The end the build will have, or has, unless it is stopped before, and what ends it.
    fn end(&self) -> (Millis, Status) {
        let planned = self.moment(self.plan.lasts);
        let limit = self.pace.after(self.started, self.timeout_minutes * 60_000);
        let (end, status) = if planned <= limit {
            let status = if self.plan.succeeds() {
                Status::Succeeded
            } else {
                Status::Failed
            };
            (planned, status)
        } else {
            (limit, Status::TimedOut)
        };
        match self.stopped {
            Some(stopped) if stopped < end => (stopped, Status::Stopped),
            _ => (end, status),
        }
    }

    /// When it ends, or ended.
    pub fn ends(&self) -> Millis {
        self.end().0
    }

    pub fn complete(&self, now: Millis) -> bool {
        self.ends() <= now
    }

    pub fn status(&self, now: Millis) -> Status {
        let (end, status) = self.end();
        if now < end {
            Status::InProgress
        } else {
            status
        }
    }

    /// The phases entered by `now`, the running one last; COMPLETED ends the list.
    pub fn phases(&self, now: Millis) -> Vec<PhaseRecord> {
        let (end, status) = self.end();
        let seen = now.min(end);
        let mut records: Vec<PhaseRecord> = Vec::new();
        for planned in &self.plan.phases {
            let started = self.moment(planned.starts);
            if started > seen || (started == end && !records.is_empty()) {
                break;
            }
            let ended = self.moment(planned.ends);
            records.push(if ended <= seen {
                PhaseRecord {
                    phase: planned.phase,
                    status: Some(if planned.failure.is_some() {
                        Status::Failed
                    } else {
                        Status::Succeeded
                    }),
                    started,
                    ended: Some(ended),
                    context: planned.failure.clone(),
                }
            } else if end <= now {
                self.broken_off(planned.phase, started, end, status)
            } else {
                PhaseRecord {
                    phase: planned.phase,
                    status: None,
                    started,
                    ended: None,
                    context: None,
                }
            });
        }
        if end <= now {
            records.push(PhaseRecord {
                phase: Phase::Completed,
                status: None,
                started: end,
                ended: None,
                context: None,
            });
        }
        records
    }

    /// The phase that a stop or the time limit ended.
    fn broken_off(
        &self,
        phase: Phase,
        started: Millis,
        end: Millis,
        status: Status,
    ) -> PhaseRecord {
        let context = (status == Status::TimedOut).then(|| Context {
            code: "BUILD_TIMED_OUT".to_owned(),
            message: format!("Build has timed out after {} minutes", self.timeout_minutes),
        });
        PhaseRecord {
            phase,
            status: Some(status),
            started,
            ended: Some(end),
            context,
        }
    }

    /// The phase it is in.
    pub fn current_phase(&self, now: Millis) -> Phase {
        self.phases(now)
            .last()
            .map_or(Phase::Submitted, |record| record.phase)
    }

    /// The first phase that did not succeed: the one to look at, since later ones may have run well.
    pub fn failed_phase(&self, now: Millis) -> Option<PhaseRecord> {
        self.phases(now).into_iter().find(|record| {
            !matches!(
                record.status,
                None | Some(Status::Succeeded | Status::InProgress)
            )
        })
    }

    /// Whether PROVISIONING was reached, from when on group and stream have names.
    pub fn has_log(&self, now: Millis) -> bool {
        self.phases(now)
            .iter()
            .any(|record| record.phase == Phase::Provisioning)
    }

    /// The id of its test report, `group:uuid`, and when it was made: none before the artifacts are
    /// uploaded, and none for a build without tests.
    pub fn report(&self, now: Millis) -> Option<(String, Millis)> {
        if self.plan.tests.total() == 0 {
            return None;
        }
        let phases = self.phases(now);
        let uploading = phases
            .iter()
            .find(|record| record.phase == Phase::UploadArtifacts)?;
        Some((
            format!("{}-tests:{}", self.project, self.log_stream),
            uploading.started,
        ))
    }

    pub(super) fn stream_starts(&self) -> Millis {
        self.moment(self.plan.stream_starts)
    }
}
