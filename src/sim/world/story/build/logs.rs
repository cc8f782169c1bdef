//! Log streams beside those that builds write, and in place of them.

use super::super::grammar;
use super::{Builder, Fault, unknown};
use crate::sim::wire::Millis;
use crate::sim::world::logs::{Generated, Source};

impl Builder<'_> {
    /// Streams that are not a build's; their lines are made when they are read.
    pub(super) fn logs(&mut self) -> Result<(), Fault> {
        for index in 0..self.story.log.len() {
            let Some(log) = self
                .story
                .log
                .get(index)
                .filter(|log| log.project.is_none())
            else {
                continue;
            };
            self.stream(index, log, &log.group, &log.stream)?;
        }
        Ok(())
    }

    /// Streams in place of what the latest builds of projects wrote, once the past has been lived.
    pub(super) fn logs_of_builds(&mut self) -> Result<(), Fault> {
        for (index, log) in self.story.log.iter().enumerate() {
            let Some(project) = &log.project else {
                continue;
            };
            let place = self.place(&log.account, &log.region)?;
            let builds = &self.world.place_mut(&place.account, &place.region).builds;
            let latest = builds.ids_of(project.get_ref()).last();
            let Some(build) = latest.and_then(|id| builds.get(id)) else {
                let names = builds.projects().map(|project| &project.name);
                return Err(unknown(project, "project with a build", names));
            };
            let (group, stream) = (build.log_group.clone(), build.log_stream.clone());
            self.stream(index, log, &group, &stream)?;
        }
        Ok(())
    }

    fn stream(
        &mut self,
        index: usize,
        log: &grammar::Log,
        group: &str,
        stream: &str,
    ) -> Result<(), Fault> {
        let place = self.place(&log.account, &log.region)?;
        let from = self.start + log.from.0;
        let span = match (&log.within, &log.every) {
            (Some(within), _) => within.0,
            (None, Some(every)) => every.0.saturating_mul(log.lines as i64),
            (None, None) => 0,
        };
        let source = Source::Generated(Generated {
            seed: self.seed.wrapping_add(index as u64),
            start: from,
            span,
            count: log.lines,
            disorder: log.disorder.as_ref().map_or(0, |disorder| disorder.0),
        });
        let logs = &mut self.world.place_mut(&place.account, &place.region).logs;
        let created: Millis = from.min(self.start);
        let made = logs.create_stream(group, stream, created, source);
        for gap in &log.gaps {
            made.mark_gap(*gap);
        }
        made.mark_overlap(log.overlap);
        for text in &log.text {
            made.append(from, text, from);
        }
        if let Some(bytes) = log.huge {
            made.append(from, &huge(bytes), from);
        }
        if let Some(days) = log.retention_days {
            logs.create_group(group, created).retention_days = Some(days);
        }
        Ok(())
    }
}

/// One line of so many bytes: numbered words, so that a place in it can be told.
fn huge(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 16);
    let mut word = 0;
    while text.len() < bytes {
        text.push_str(&format!("word-{word:07} "));
        word += 1;
    }
    text.truncate(bytes);
    text
}
