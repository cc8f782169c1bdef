//! One build: where it stands at a moment, told from its plan, its start and its end alone.

use std::sync::{Arc, OnceLock};

use crate::sim::clock::Pace;
use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::Owner;
use crate::sim::world::logs::source::stretched;
use crate::sim::world::logs::{Source, Stream};

use super::plan::{Context, Phase, Plan};
use super::project::{Environment, SourceSettings};
use super::report::Covered;
use super::surroundings::{Artifacts, Surroundings};

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

/// What an artifact's bytes come to, in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    pub sha256: String,
    pub md5: String,
}

/// What a report tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportKind {
    Tests,
    Coverage,
}

/// A report of a build.
#[derive(Clone, Copy, Debug)]
pub struct BuildReport<'a> {
    pub build: &'a Build,
    pub kind: ReportKind,
    pub created: Millis,
}

impl BuildReport<'_> {
    /// The group that CodeBuild makes for it: the project's name, and that of the buildspec.
    pub fn group(&self) -> String {
        let kind = match self.kind {
            ReportKind::Tests => "tests",
            ReportKind::Coverage => "coverage",
        };
        format!("{}-{kind}", self.build.project)
    }

    /// `group:uuid`
    pub fn id(&self) -> String {
        format!("{}:{}", self.group(), self.build.uuid())
    }
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
    /// Where its starter wants the artifact, an S3 ARN.
    pub given_location: Option<String>,
    pub log_group: String,
    /// The UUID of the id, after the project's prefix if it has one.
    pub log_stream: String,
    pub surroundings: Arc<Surroundings>,
    /// The id of the batch it belongs to.
    pub batch: Option<String>,
    pub plan: Arc<Plan>,
    /// Above 1 this build takes longer than its plan.
    pub stretch: f64,
    /// The sums of its artifact, once somebody asked.
    pub sums: OnceLock<Sums>,
    pub(super) pace: Pace,
    pub(super) stopped: Option<Millis>,
}

impl Build {
    /// What stands behind the project in its id.
    pub fn uuid(&self) -> &str {
        self.id
            .rsplit_once(':')
            .map_or(self.id.as_str(), |(_, uuid)| uuid)
    }

    /// Where the artifact goes, an S3 ARN; empty for a build that keeps none.
    pub fn artifact_location(&self) -> String {
        let own = |artifacts: &Artifacts| artifact_arn(artifacts, self.uuid());
        let given = self.given_location.clone();
        given
            .or_else(|| self.surroundings.artifacts.as_ref().map(own))
            .unwrap_or_default()
    }

    /// What the names in braces of its log and of its exported variables stand for.
    fn values(&self, owner: &Owner) -> Vec<(&'static str, String)> {
        let commit = self.resolved_source_version.clone().unwrap_or_default();
        vec![
            ("short_commit", commit.chars().take(7).collect()),
            ("commit", commit),
            ("build", self.uuid().to_owned()),
            ("project", self.project.clone()),
            ("number", self.number.to_string()),
            ("account", owner.account.clone()),
            ("region", owner.region.clone()),
        ]
    }

    /// The lines that its log consists of.
    pub(super) fn log_source(&self, owner: &Owner) -> Source {
        Source::Script {
            lines: Arc::clone(&self.plan.lines),
            start: self.started,
            stretch: self.stretch,
            pace: self.pace,
            values: self.values(owner),
        }
    }

    /// Its whole log as text, for a build that is over.
    pub fn log_text(&self, owner: &Owner) -> String {
        let ends = self.ends();
        let mut stream = Stream::new(self.uuid(), self.started, self.log_source(owner));
        stream.cut(ends);
        let read = ends + 60_000;
        let events = (0..stream.count(read)).filter_map(|index| stream.event(index, read));
        let mut text = String::new();
        for event in events {
            text.push_str(event.message.trim_end_matches('\n'));
            text.push('\n');
        }
        text
    }

    /// The bucket and the key of its log in S3; none before it is over, and for a project that keeps none there.
    pub fn s3_log(&self, now: Millis) -> Option<(&str, String)> {
        let kept = self.surroundings.logs.s3_object(self.uuid())?;
        (self.has_log(now) && self.complete(now)).then_some(kept)
    }

    /// The variables that its buildspec exports: none before the commands are through.
    pub fn exported(&self, owner: &Owner, now: Millis) -> Vec<(String, String)> {
        let through = |record: &PhaseRecord| record.phase == Phase::UploadArtifacts;
        if self.plan.exports.is_empty() || !self.phases(now).iter().any(through) {
            return Vec::new();
        }
        let values = self.values(owner);
        let filled = |template: &String| {
            values.iter().fold(template.clone(), |text, (name, value)| {
                text.replace(&format!("{{{name}}}"), value)
            })
        };
        let exports = self.plan.exports.iter();
        exports
            .map(|(name, template)| (name.clone(), filled(template)))
            .collect()
    }

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

    /// Its reports, and when they were made: none before the artifacts are uploaded.
    pub fn reports(&self, now: Millis) -> Vec<BuildReport<'_>> {
        let kinds = [
            (ReportKind::Tests, self.plan.tests.total() > 0),
            (ReportKind::Coverage, !self.plan.coverage.is_empty()),
        ];
        if kinds.iter().all(|(_, made)| !made) {
            return Vec::new();
        }
        let phases = self.phases(now);
        let uploading = |record: &&PhaseRecord| record.phase == Phase::UploadArtifacts;
        let Some(created) = phases.iter().find(uploading).map(|record| record.started) else {
            return Vec::new();
        };
        let made = kinds.into_iter().filter(|(_, made)| *made);
        made.map(|(kind, _)| BuildReport {
            build: self,
            kind,
            created,
        })
        .collect()
    }

    /// What its tests reached: a little more or less in each build.
    pub fn coverage(&self) -> Vec<Covered> {
        let files = self.plan.coverage.iter();
        files
            .map(|file| {
                let mut random = Random::named(self.number, &file.path);
                let mut drifted = |covered: u64, most: u64| {
                    let drift = random.between(-2, 2);
                    covered.saturating_add_signed(drift).min(most)
                };
                Covered {
                    path: file.path.clone(),
                    lines: file.lines,
                    lines_covered: drifted(file.lines_covered, file.lines),
                    branches: file.branches,
                    branches_covered: drifted(file.branches_covered, file.branches),
                }
            })
            .collect()
    }

    pub(super) fn stream_starts(&self) -> Millis {
        self.moment(self.plan.stream_starts)
    }
}

/// `arn:aws:s3:::bucket/key`
pub fn artifact_arn(artifacts: &Artifacts, uuid: &str) -> String {
    format!("arn:aws:s3:::{}/{}", artifacts.bucket, artifacts.key(uuid))
}
