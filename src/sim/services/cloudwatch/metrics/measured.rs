//! The samples that builds leave: counts and durations when they end, the load of their machines while they work.

use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::builds::{Build, Builds, Phase, Status};

const MINUTE: Millis = 60_000;

/// What CodeBuild measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Builds,
    Succeeded,
    Failed,
    /// From the start to the end, or of one phase; in seconds.
    Duration(Option<Phase>),
    /// Of the processors: in units of 1024 a processor, or per cent.
    Processors {
        percent: bool,
    },
    /// In megabytes, or per cent.
    Memory {
        percent: bool,
    },
}

impl Measure {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "Builds" => Self::Builds,
            "SucceededBuilds" => Self::Succeeded,
            "FailedBuilds" => Self::Failed,
            "Duration" => Self::Duration(None),
            "SubmittedDuration" => Self::Duration(Some(Phase::Submitted)),
            "QueuedDuration" => Self::Duration(Some(Phase::Queued)),
            "ProvisioningDuration" => Self::Duration(Some(Phase::Provisioning)),
            "DownloadSourceDuration" => Self::Duration(Some(Phase::DownloadSource)),
            "InstallDuration" => Self::Duration(Some(Phase::Install)),
            "PreBuildDuration" => Self::Duration(Some(Phase::PreBuild)),
            "BuildDuration" => Self::Duration(Some(Phase::Build)),
            "PostBuildDuration" => Self::Duration(Some(Phase::PostBuild)),
            "UploadArtifactsDuration" => Self::Duration(Some(Phase::UploadArtifacts)),
            "FinalizingDuration" => Self::Duration(Some(Phase::Finalizing)),
            "CPUUtilized" => Self::Processors { percent: false },
            "CPUUtilizedPercent" => Self::Processors { percent: true },
            "MemoryUtilized" => Self::Memory { percent: false },
            "MemoryUtilizedPercent" => Self::Memory { percent: true },
            _ => return None,
        })
    }

    /// CloudWatch's word for what it is counted in.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Builds | Self::Succeeded | Self::Failed => "Count",
            Self::Duration(_) => "Seconds",
            Self::Processors { percent: true } | Self::Memory { percent: true } => "Percent",
            Self::Processors { percent: false } => "None",
            Self::Memory { percent: false } => "Megabytes",
        }
    }
}

/// One sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) at: Millis,
    pub(super) value: f64,
}

/// What was measured by `now`, of one project or of all.
pub(super) fn samples(
    builds: &Builds,
    project: Option<&str>,
    measure: Measure,
    now: Millis,
) -> Vec<Sample> {
    let ids: Vec<&str> = match project {
        Some(project) => builds.ids_of(project).iter().map(String::as_str).collect(),
        None => builds.ids().collect(),
    };
    let found = ids.into_iter().filter_map(|id| builds.get(id));
    found
        .flat_map(|build| of_build(build, measure, now))
        .collect()
}

fn of_build(build: &Build, measure: Measure, now: Millis) -> Vec<Sample> {
    let once = |at, value| vec![Sample { at, value }];
    let over = build.complete(now);
    let ends = build.ends();
    match measure {
        Measure::Builds => once(build.started, 1.0),
        Measure::Succeeded if over && build.status(now) == Status::Succeeded => once(ends, 1.0),
        // A build that somebody stopped counts as neither.
        Measure::Failed
            if over && matches!(build.status(now), Status::Failed | Status::TimedOut) =>
        {
            once(ends, 1.0)
        }
        Measure::Duration(None) if over => once(ends, lasted(build.started, ends)),
        Measure::Duration(Some(wanted)) if over => {
            let phases = build.phases(now);
            let phase = phases.iter().find(|record| record.phase == wanted);
            let ended = phase.and_then(|record| Some((record.started, record.ended?)));
            ended.map_or_else(Vec::new, |(started, ended)| {
                once(ends, lasted(started, ended))
            })
        }
        Measure::Processors { percent } => {
            let whole = 1024.0 * machine(build).0;
            load(
                build,
                now,
                "processors",
                if percent { 100.0 } else { whole },
            )
        }
        Measure::Memory { percent } => {
            let whole = 1024.0 * machine(build).1;
            load(build, now, "memory", if percent { 100.0 } else { whole })
        }
        _ => Vec::new(),
    }
}

fn lasted(from: Millis, to: Millis) -> f64 {
    (to - from) as f64 / 1000.0
}

/// Processors and gigabytes of a build's machine.
fn machine(build: &Build) -> (f64, f64) {
    match build.environment.compute_type.as_str() {
        "BUILD_GENERAL1_MEDIUM" => (4.0, 7.0),
        "BUILD_GENERAL1_LARGE" => (8.0, 15.0),
        "BUILD_GENERAL1_XLARGE" => (36.0, 70.0),
        "BUILD_GENERAL1_2XLARGE" => (72.0, 145.0),
        _ => (2.0, 3.0),
    }
}

/// How much of `whole` is used, once a minute while commands run: it rises, and stays.
fn load(build: &Build, now: Millis, what: &str, whole: f64) -> Vec<Sample> {
    let works = |phase| (Phase::Install..=Phase::PostBuild).contains(&phase);
    let phases = build.phases(now);
    let working = phases.iter().filter(|record| works(record.phase));
    let spans: Vec<(Millis, Millis)> = working
        .map(|record| (record.started, record.ended.unwrap_or(now)))
        .collect();
    let (Some((from, _)), Some((_, to))) = (spans.first(), spans.last()) else {
        return Vec::new();
    };
    let mut samples = Vec::new();
    let mut minute = 0;
    while from + minute * MINUTE < *to {
        let mut random = Random::named(minute as u64, &format!("{what} {}", build.id));
        let rise = (minute as f64 * 0.12).min(0.35);
        let used = 0.38 + rise + random.between(0, 240) as f64 / 1000.0;
        samples.push(Sample {
            at: from + minute * MINUTE,
            value: (used * whole * 100.0).round() / 100.0,
        });
        minute += 1;
    }
    samples
}
