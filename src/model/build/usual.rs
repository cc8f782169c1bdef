//! How long a project's builds usually take, by those that succeeded.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::build::{Build, BuildRow};
use crate::model::ids::BuildProjectKey;
use crate::model::status::Status;
use crate::model::table::Table;

/// Fewer successes than this tell nothing usual.
const LEAST: usize = 3;
/// What was long ago is not usual any more.
const NEWEST: usize = 20;

/// Medians of a project's newest builds that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usual {
    pub took: Duration,
    /// By AWS's word for the phase.
    phases: BTreeMap<String, Duration>,
    /// Of so many builds.
    pub of: usize,
}

impl Usual {
    /// Of builds with the newest first; none where too few of them succeeded.
    pub fn of<'a>(builds: impl IntoIterator<Item = &'a Build>) -> Option<Self> {
        let succeeded: Vec<(&Build, Duration)> = builds
            .into_iter()
            .filter(|build| build.state.status == Status::Succeeded)
            .filter_map(|build| Some((build, build.started?.age(build.ended?))))
            .take(NEWEST)
            .collect();
        if succeeded.len() < LEAST {
            return None;
        }
        let took = median(succeeded.iter().map(|(_, took)| *took).collect())?;
        let mut spans: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
        for phase in succeeded.iter().flat_map(|(build, _)| &build.phases) {
            if let Some(span) = phase.duration {
                spans.entry(&phase.name).or_default().push(span);
            }
        }
        let phases = spans
            .into_iter()
            .filter_map(|(name, spans)| Some((name.to_owned(), median(spans)?)))
            .collect();
        Some(Self {
            took,
            phases,
            of: succeeded.len(),
        })
    }

    /// How long this phase usually takes.
    pub fn phase(&self, name: &str) -> Option<Duration> {
        self.phases.get(name).copied()
    }
}

/// The usual of every project with enough builds. Costs a sort of all of them: once a change, never once a frame.
pub fn usual_of_each(builds: &Table<BuildRow>) -> BTreeMap<BuildProjectKey, Usual> {
    let mut by_project: BTreeMap<BuildProjectKey, Vec<&Build>> = BTreeMap::new();
    for row in builds.rows() {
        if let Some(build) = row.build.value() {
            let key = row.project_key(build);
            by_project.entry(key).or_default().push(build);
        }
    }
    by_project
        .into_iter()
        .filter_map(|(key, mut builds)| {
            builds.sort_by_key(|build| Reverse(build.started));
            Some((key, Usual::of(builds)?))
        })
        .collect()
}

fn median(mut spans: Vec<Duration>) -> Option<Duration> {
    spans.sort_unstable();
    spans.get(spans.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::build::tests::build;

    #[test]
    fn the_usual_is_that_of_successes_and_of_enough_of_them() {
        let builds = [
            build("SUCCEEDED", 100),
            build("FAILED", 7),
            build("SUCCEEDED", 300),
            build("SUCCEEDED", 120),
        ];
        let usual = Usual::of(&builds);
        assert_eq!(
            usual.map(|usual| (usual.took.as_secs(), usual.of)),
            Some((120, 3))
        );
        assert_eq!(Usual::of(builds.iter().take(3)), None);
    }
}
