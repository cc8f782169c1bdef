//! Groups within a build's log: which markers begin and end them, and in what they lie.

use super::marker::{Dialect, Marker, Reader, What};
use super::{FoldIndex, MOST, Section, SectionKind, SectionNo};
use crate::model::status::{State, Status};

/// Deeper groups are text: nobody reads a log by its tenth level, and a hostile log must not build a tower.
const DEEPEST: usize = 8;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    reader: Reader,
    open: Vec<OpenGroup>,
    /// A `---` heading that the next line may still show to be a diff's.
    pending: Option<Pending>,
    count: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct OpenGroup {
    section: usize,
    dialect: Dialect,
    key: String,
    /// An error was told inside.
    has_error: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pending {
    line: u32,
    time: i64,
    title: String,
}

impl Groups {
    /// The sections of the groups that have not ended, from the outermost in.
    pub fn open(&self) -> impl Iterator<Item = usize> {
        self.open.iter().map(|group| group.section)
    }

    /// Nothing is remembered that an ordinary line would end.
    pub fn is_at_rest(&self) -> bool {
        self.pending.is_none() && self.reader.is_at_rest()
    }
}

impl FoldIndex {
    /// Reads a line that the container did not write.
    pub(super) fn read_groups(&mut self, line: u32, time: i64, text: &str) {
        self.settle_heading(text);
        let mut reader = std::mem::take(&mut self.groups.reader);
        reader.read(text, |marker| self.obey(line, time, marker));
        self.groups.reader = reader;
    }

    /// The line after a `---` heading decides about it.
    pub(super) fn settle_heading(&mut self, next: &str) {
        if let Some(Pending { line, time, title }) = self.groups.pending.take()
            && !next.starts_with("+++ ")
        {
            self.open_group(line, time, Dialect::Buildkite, "", &title, false);
        }
    }

    fn obey(&mut self, line: u32, time: i64, marker: Marker<'_>) {
        let time = marker.time.unwrap_or(time);
        match marker.what {
            What::Open {
                title,
                tentative: true,
                ..
            } => {
                self.groups.pending = Some(Pending {
                    line,
                    time,
                    title: title.to_owned(),
                });
            }
            What::Open {
                key,
                title,
                expanded,
                ..
            } => self.open_group(line, time, marker.dialect, key, title, expanded),
            What::Close { key, alone } => {
                let from = self
                    .groups
                    .open
                    .iter()
                    .rposition(|group| group.dialect == marker.dialect && group.key == key);
                if let Some(from) = from {
                    self.close_groups(from, line + u32::from(alone), time, Status::Unknown);
                }
            }
            What::Expand => {
                let heading = self
                    .groups
                    .open
                    .iter()
                    .rfind(|group| group.dialect == marker.dialect);
                if let Some(section) =
                    heading.and_then(|group| self.sections.get_mut(group.section))
                {
                    section.expanded = true;
                }
            }
            What::Error => {
                if let Some(group) = self.groups.open.last_mut() {
                    group.has_error = true;
                }
            }
        }
    }

    fn open_group(
        &mut self,
        line: u32,
        time: i64,
        dialect: Dialect,
        key: &str,
        title: &str,
        expanded: bool,
    ) {
        // Only GitLab's lie within one another; elsewhere the next one ends the one before.
        if dialect != Dialect::GitLab
            && let Some(from) = self
                .groups
                .open
                .iter()
                .rposition(|group| group.dialect == dialect)
        {
            self.close_groups(from, line, time, Status::Unknown);
        }
        if self.groups.open.len() >= DEEPEST {
            return;
        }
        if self.groups.count == MOST {
            self.cut.get_or_insert(SectionKind::Group);
            return;
        }
        let around = self.groups.open.last().map(|group| group.section);
        let parent = around.or(self.command).or(self.phase);
        let depth = parent
            .and_then(|parent| self.sections.get(parent))
            .map_or(0, |parent| parent.depth + 1);
        // One header stands for a line; further groups that begin in the same line have theirs after it.
        let is_taken = self
            .sections
            .last()
            .is_some_and(|last| last.start > line || (last.start == line && last.opened));
        self.groups.count += 1;
        self.groups.open.push(OpenGroup {
            section: self.sections.len(),
            dialect,
            key: key.to_owned(),
            has_error: false,
        });
        self.sections.push(Section {
            start: line + u32::from(is_taken),
            opened: !is_taken,
            parent: parent.map(SectionNo),
            depth,
            expanded,
            ..Section::begun(SectionKind::Group, title, line, time)
        });
    }

    /// Ends the open groups from one of them inwards.
    pub(super) fn close_groups(&mut self, from: usize, end: u32, time: i64, status: Status) {
        while self.groups.open.len() > from {
            let Some(group) = self.groups.open.pop() else {
                return;
            };
            let Some(section) = self.sections.get_mut(group.section) else {
                continue;
            };
            let status = if group.has_error {
                Status::Failed
            } else {
                status
            };
            let end = end.max(section.start);
            self.ended_to = self.ended_to.max(end);
            section.end = Some(end);
            section.ended = Some(time);
            section.state = State::new(status, "");
        }
    }
}
