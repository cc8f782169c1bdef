//! Logs of finished builds that are kept on this computer: what each is, and what is known of all of them.
//!
//! CloudWatch forgets by its retention; what was once read to the end stays here, and can be searched across builds.

use std::sync::Arc;

use crate::model::build::Build;
use crate::model::fault::Fault;
use crate::model::ids::{BuildId, BuildProjectKey, LogKey, ProjectName, Scope};
use crate::model::past::{PastReading, PastSearch};
use crate::model::status::State;
use crate::model::time::Timestamp;

/// The build that wrote a log, as far as a list of past builds tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBuild {
    pub id: BuildId,
    pub project: ProjectName,
    pub number: Option<i64>,
    pub state: State,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
}

impl From<&Build> for KeptBuild {
    fn from(build: &Build) -> Self {
        Self {
            id: build.id.clone(),
            project: build.project.clone(),
            number: build.number,
            state: build.state.clone(),
            started: build.started,
            ended: build.ended,
        }
    }
}

impl KeptBuild {
    /// `#412`, or the beginning of the id where CodeBuild gives no number.
    pub fn name(&self) -> String {
        let id = self.id.as_str();
        let uuid = id.rsplit_once(':').map_or(id, |(_, uuid)| uuid);
        match self.number {
            Some(number) => format!("#{number}"),
            None => uuid.chars().take(8).collect(),
        }
    }
}

/// One kept log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLog {
    pub key: LogKey,
    pub build: KeptBuild,
    /// When it was read to its end from AWS.
    pub read: Timestamp,
    pub lines: u32,
    /// The size of its text with the line feeds.
    pub bytes: u64,
}

/// All that is kept, as the window shows it.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Moves when [`Self::logs`] does.
    pub revision: u64,
    /// The folder; none where this user has no such folder, and nothing is kept.
    pub place: Option<String>,
    /// Newest build first.
    pub logs: Arc<Vec<Arc<KeptLog>>>,
    /// Bytes on disk.
    pub used: u64,
    /// Files in the folder that are no log this Starboard can read. They stay as they are.
    pub unreadable: u32,
    /// Why a log could not be kept or read, last.
    pub fault: Option<Arc<Fault>>,
    pub search: Option<Arc<PastSearch>>,
    pub reading: Option<Arc<PastReading>>,
}

impl Kept {
    /// The kept logs of a project's builds, newest first. O(kept logs).
    pub fn of_project<'a>(
        &'a self,
        project: &'a BuildProjectKey,
    ) -> impl Iterator<Item = &'a Arc<KeptLog>> + 'a {
        self.logs
            .iter()
            .filter(|log| is_of(&log.key.scope, &log.build, project))
    }
}

fn is_of(scope: &Scope, build: &KeptBuild, project: &BuildProjectKey) -> bool {
    *scope == project.scope && build.project == project.name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_called_by_its_number_or_the_beginning_of_its_id() {
        let mut build = KeptBuild {
            id: "pier:3f9c0e12-aaaa".into(),
            project: "pier".into(),
            number: Some(412),
            state: State::of_build("FAILED"),
            started: None,
            ended: None,
        };
        assert_eq!(build.name(), "#412");
        build.number = None;
        assert_eq!(build.name(), "3f9c0e12");
    }
}
