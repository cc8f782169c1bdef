//! The builds whose logs are read together with one's: of its batch, of its pipeline's same revision, of its pipeline at
//! the same time.

use std::sync::Arc;

use crate::model::build::Build;
use crate::model::ids::{BuildKey, LogKey};
use crate::model::snapshot::Snapshot;
use crate::ui::widgets::log_view::OtherLog;

/// More are not offered; the nearest in time are.
const MOST: usize = 7;

/// Gathered once for each change of the builds.
#[derive(Default)]
pub struct Family {
    of: Option<(BuildKey, u64)>,
    logs: Arc<[OtherLog]>,
}

impl Family {
    pub fn of(&mut self, snapshot: &Snapshot, key: &BuildKey, build: &Build) -> Arc<[OtherLog]> {
        let revision = snapshot.builds.revision();
        let is_known = self
            .of
            .as_ref()
            .is_some_and(|(of, at)| of == key && *at == revision);
        if !is_known {
            self.of = Some((key.clone(), revision));
            self.logs = gather(snapshot, key, build).into();
        }
        Arc::clone(&self.logs)
    }
}

fn gather(snapshot: &Snapshot, key: &BuildKey, build: &Build) -> Vec<OtherLog> {
    let rows = snapshot.builds.rows().iter();
    let mut kin: Vec<_> = rows
        .filter(|row| row.key.scope == key.scope && row.key != *key)
        .filter_map(|row| {
            let other = row.build.value()?;
            let log = log_of(&row.key, other)?;
            belongs(build, other).then(|| {
                let log = OtherLog {
                    key: log,
                    build: Some(row.key.clone()),
                    name: name(other),
                };
                (apart(build, other), log)
            })
        })
        .collect();
    kin.sort_by_key(|(apart, _)| *apart);
    kin.truncate(MOST);
    kin.into_iter().map(|(_, log)| log).collect()
}

fn belongs(build: &Build, other: &Build) -> bool {
    if build.batch.is_some() {
        return build.batch == other.batch;
    }
    let same_pipeline = build.pipeline().is_some() && build.pipeline() == other.pipeline();
    let same_revision = build.resolved_source_version.is_some()
        && build.resolved_source_version == other.resolved_source_version;
    same_pipeline && (same_revision || overlap(build, other))
}

/// Whether both ran at one time; what has not ended runs on.
fn overlap(build: &Build, other: &Build) -> bool {
    let begins_before_end = |a: &Build, b: &Build| match (a.started, b.ended) {
        (Some(started), Some(ended)) => started <= ended,
        (started, None) => started.is_some(),
        (None, _) => false,
    };
    begins_before_end(build, other) && begins_before_end(other, build)
}

/// How far apart they began, in milliseconds.
fn apart(build: &Build, other: &Build) -> u64 {
    let both = build.started.zip(other.started);
    both.map_or(u64::MAX, |(a, b)| a.millis().abs_diff(b.millis()))
}

/// The stream that a build's log is read from.
pub fn log_of(key: &BuildKey, build: &Build) -> Option<LogKey> {
    build.log.as_ref().map(|log| LogKey {
        scope: key.scope.clone(),
        group: log.group.clone(),
        stream: log.stream.clone(),
    })
}

/// `search-indexer #412`.
pub fn name(build: &Build) -> String {
    match build.number {
        Some(number) => format!("{} #{number}", build.project),
        None => build.project.to_string(),
    }
}
