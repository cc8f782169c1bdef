//! The folds of a build's log: CodeBuild writes its phases and commands between the lines, scripts the group markers of
//! other systems, and this finds them again.
//!
//! A [`FoldIndex`] holds sections, never text, and of each kind at most [`MOST`]. A log view has its log swept for it by
//! [`Folding`] in the background; who is in the background already reads a log whole ([`FoldIndex::of`]).

mod container;
mod groups;
mod marker;
mod scan;

use std::collections::BTreeSet;
use std::time::Duration;

pub use container::container_line;
pub use scan::Folding;

use crate::model::log::{LineNo, LogSnapshot};
use crate::model::status::{State, Status};

/// More sections of a kind than this are text: a header each for ten thousand is no help to anyone, and each costs memory
/// and time in every frame that lays out a log.
pub const MOST: usize = 10_000;

/// Which section of a [`FoldIndex`]. Sections keep their number as the log grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SectionNo(pub usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    /// `Entering phase BUILD` and the like.
    Phase,
    /// `Running command …`, inside a phase.
    Command,
    /// What a group marker of GitHub, GitLab or Buildkite began, inside a command or another group. Whether it went
    /// well nobody says: it is [`Status::Unknown`] once it has ended, unless something shows that it failed.
    Group,
}

/// A part of the log that folds under one header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub kind: SectionKind,
    /// AWS's word for a phase, the command or the group's title as written.
    pub name: String,
    pub state: State,
    /// The first line that belongs to it.
    pub start: u32,
    /// The first line that no longer does; none while it grows.
    pub end: Option<u32>,
    /// Whether the line `start` said that it begins, so that the header stands for that line.
    pub opened: bool,
    /// The phase a command runs in, the command or group a group lies in.
    pub parent: Option<SectionNo>,
    /// In how many others it lies.
    pub depth: u8,
    /// A group asked to be shown open.
    expanded: bool,
    began: Option<i64>,
    ended: Option<i64>,
}

impl Section {
    /// One whose own first line says that it begins.
    fn begun(kind: SectionKind, name: &str, start: u32, time: i64) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            state: State::of_build("IN_PROGRESS"),
            start,
            end: None,
            opened: true,
            parent: None,
            depth: 0,
            expanded: false,
            began: Some(time),
            ended: None,
        }
    }

    /// How long it took by the build container's own clock; while it runs, until `now` (milliseconds since 1970).
    pub fn duration(&self, now: i64) -> Option<Duration> {
        let end = match self.ended {
            Some(ended) => ended,
            None if self.state.status == Status::Running => now,
            None => return None,
        };
        Some(Duration::from_millis(
            u64::try_from(end.saturating_sub(self.began?)).unwrap_or(0),
        ))
    }

    /// The lines below its header, up to `lines` while it grows.
    pub fn body(&self, lines: u32) -> std::ops::Range<u32> {
        let start = self.start + u32::from(self.opened);
        start..self.end.unwrap_or(lines).max(start)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoldIndex {
    sections: Vec<Section>,
    phase: Option<usize>,
    command: Option<usize>,
    /// Where lines outside any phase begin: the start of a phase that only says that it has ended.
    loose_from: u32,
    /// Some loose line was not the container's own.
    loose_is_mixed: bool,
    /// The last line completed a phase, so that its context may follow.
    just_completed: Option<usize>,
    /// How many phases and how many commands are among the sections.
    phases: usize,
    commands: usize,
    /// What the phases are called.
    phase_names: BTreeSet<String>,
    /// The first kind of which there were more than [`MOST`].
    cut: Option<SectionKind>,
    /// The command that began last.
    last_command: Option<usize>,
    /// The first command and the first phase that failed.
    failed_command: Option<usize>,
    failed_phase: Option<usize>,
    groups: groups::Groups,
    /// The first line after all commands and groups that have ended.
    ended_to: u32,
}

impl FoldIndex {
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    pub fn get(&self, section: SectionNo) -> Option<&Section> {
        self.sections.get(section.0)
    }

    /// Reads a whole log: some tens of nanoseconds a line.
    pub fn of(log: &LogSnapshot) -> Self {
        let mut index = Self::default();
        for piece in log.pieces_from(LineNo(0)) {
            for (line, time, text) in piece.lines() {
                index.read(line.0, time, text);
            }
        }
        index
    }

    /// The first kind of section of which there are more than [`MOST`] in the log; those beyond are text.
    pub const fn cut(&self) -> Option<SectionKind> {
        self.cut
    }

    /// Whether the log tells of a phase of this name: O(log phases).
    pub fn has_phase(&self, name: &str) -> bool {
        self.phase_names.contains(name)
    }

    /// The state of a section once the log is known to be whole: what still runs then was cut off.
    pub fn state(&self, section: SectionNo, complete: bool) -> State {
        let status = self.status(section, complete);
        match self.get(section) {
            Some(found) if found.state.status == status => found.state.clone(),
            Some(_) => State::new(status, ""),
            None => State::not_run(),
        }
    }

    /// As [`Self::state`], in Starboard's words alone.
    pub fn status(&self, section: SectionNo, complete: bool) -> Status {
        let Some(found) = self.get(section) else {
            return Status::NotRun;
        };
        match (found.state.status, found.kind) {
            // A group mostly ends where the log ends; nothing was cut off.
            (Status::Running, SectionKind::Group) if complete => Status::Unknown,
            (Status::Running, _) if complete => Status::Stopped,
            (status, _) => status,
        }
    }

    /// Whether a section is open before a person says otherwise: what runs and what failed is open, what succeeded is
    /// folded. A whole log without a failure keeps its last command open, so that a green build is not an empty page.
    /// A group is open as well where its marker asks for it.
    pub fn opens_by_default(&self, section: SectionNo, complete: bool) -> bool {
        if self.get(section).is_some_and(|found| found.expanded) {
            return true;
        }
        match self.status(section, complete) {
            Status::Running | Status::Failed | Status::Errored | Status::Stopped => true,
            _ if complete && self.failed().is_none() => self.is_around_the_last(section),
            _ => false,
        }
    }

    /// Whether a section is the last command, or the last section where there is none, or lies around it.
    fn is_around_the_last(&self, section: SectionNo) -> bool {
        let last = self
            .last_command
            .or_else(|| self.sections.len().checked_sub(1));
        let mut around = last;
        while let Some(index) = around {
            if index == section.0 {
                return true;
            }
            around = self
                .sections
                .get(index)
                .and_then(|found| found.parent)
                .map(|parent| parent.0);
        }
        false
    }

    /// The phase, the command and the groups that have not ended.
    pub fn open(&self) -> impl Iterator<Item = SectionNo> {
        [self.phase, self.command]
            .into_iter()
            .flatten()
            .chain(self.groups.open())
            .map(SectionNo)
    }

    /// The deepest section a line belongs to: O(log sections).
    pub fn section_of(&self, line: LineNo) -> Option<SectionNo> {
        let mut index = self
            .sections
            .partition_point(|section| section.start <= line.0)
            .checked_sub(1)?;
        loop {
            let section = self.sections.get(index)?;
            if section.end.is_none_or(|end| line.0 < end) {
                return Some(SectionNo(index));
            }
            index = section.parent?.0;
        }
    }

    /// The command that began last.
    pub fn last_command(&self) -> Option<SectionNo> {
        self.last_command.map(SectionNo)
    }

    /// Where to look for the reason of a failure: the command that failed, else the phase.
    pub fn failed(&self) -> Option<SectionNo> {
        self.failed_command.or(self.failed_phase).map(SectionNo)
    }

    fn read(&mut self, line: u32, time: i64, text: &str) {
        let Some((stamp, message)) = container_line(text) else {
            if self.phase.is_none() {
                self.loose_is_mixed = true;
            }
            self.just_completed = None;
            self.read_groups(line, time, text);
            return;
        };
        self.settle_heading(text);
        let time = stamp.unwrap_or(time);
        let completed = self.just_completed.take();
        if let Some(name) = message
            .strip_prefix("Entering phase ")
            .or_else(|| message.strip_prefix("Phase is "))
        {
            self.open_phase(line, time, name.trim());
        } else if let Some(rest) = message.strip_prefix("Phase complete: ") {
            let (name, state) = rest.split_once(" State: ").unwrap_or((rest, ""));
            self.close_phase(line, time, name.trim(), state.trim());
        } else if message.starts_with("Phase context status code:") {
            if let Some(section) = completed.and_then(|index| self.sections.get_mut(index)) {
                section.end = Some(line + 1);
                self.loose_from = line + 1;
            }
        } else if let Some(command) = message.strip_prefix("Running command ") {
            self.open_command(line, time, command.trim());
        } else if message.starts_with("Command did not exit successfully") {
            self.close_command(line + 1, time, Status::Failed);
        }
    }

    fn open_phase(&mut self, line: u32, time: i64, name: &str) {
        self.close_command(line, time, Status::Succeeded);
        if let Some(phase) = self.phase.take()
            && let Some(section) = self.sections.get_mut(phase)
        {
            // Never said to be complete: the next one took over.
            section.end = Some(line);
            section.ended = Some(time);
            section.state = State::new(Status::Unknown, "");
        }
        // The container's first words (`Waiting for agent ping`) belong to the phase it waits for.
        self.close_groups(0, line, time, Status::Unknown);
        let first = self.sections.is_empty() && !self.loose_is_mixed;
        let (start, opened) = if first && line > 0 {
            (0, false)
        } else {
            (line, true)
        };
        self.phase = self.add_phase(Section {
            start,
            opened,
            ..Section::begun(SectionKind::Phase, name, line, time)
        });
    }

    /// Returns where it is; none if there are too many.
    fn add_phase(&mut self, phase: Section) -> Option<usize> {
        if self.phases == MOST {
            self.cut.get_or_insert(SectionKind::Phase);
            return None;
        }
        self.phases += 1;
        self.phase_names.insert(phase.name.clone());
        self.sections.push(phase);
        Some(self.sections.len() - 1)
    }

    fn close_phase(&mut self, line: u32, time: i64, name: &str, word: &str) {
        let state = State::of_build(word);
        let open = self.phase.filter(|&phase| {
            self.sections
                .get(phase)
                .is_some_and(|open| open.name == name)
        });
        let bad = state.status.is_bad();
        self.close_command(
            line,
            time,
            if bad {
                Status::Failed
            } else {
                Status::Succeeded
            },
        );
        let index = open.or_else(|| {
            // UPLOAD_ARTIFACTS says only that it has ended; the lines before belong to it.
            // A command or a group outside any phase may have come between.
            let loose = self.ended_to.max(self.loose_from).min(line);
            let other = self.phase.and_then(|other| self.sections.get_mut(other));
            let start = other.map_or(loose, |other| {
                other.end = Some(line);
                line
            });
            self.add_phase(Section {
                opened: false,
                began: None,
                ..Section::begun(SectionKind::Phase, name, start, time)
            })
        });
        if let Some(section) = index.and_then(|index| self.sections.get_mut(index)) {
            section.end = Some(line + 1);
            section.ended = Some(time);
            section.state = state;
        }
        if bad && self.failed_phase.is_none() {
            self.failed_phase = index;
        }
        self.phase = None;
        self.just_completed = index;
        self.loose_from = line + 1;
        self.loose_is_mixed = false;
    }

    fn open_command(&mut self, line: u32, time: i64, command: &str) {
        self.close_command(line, time, Status::Succeeded);
        if self.commands == MOST {
            self.cut.get_or_insert(SectionKind::Command);
            return;
        }
        self.commands += 1;
        self.command = Some(self.sections.len());
        self.last_command = self.command;
        self.sections.push(Section {
            parent: self.phase.map(SectionNo),
            depth: u8::from(self.phase.is_some()),
            ..Section::begun(SectionKind::Command, command, line, time)
        });
    }

    fn close_command(&mut self, end: u32, time: i64, status: Status) {
        // What is still open when a command fails is where it failed.
        let of_groups = if status.is_bad() {
            status
        } else {
            Status::Unknown
        };
        self.close_groups(0, end, time, of_groups);
        if let Some(command) = self.command.take()
            && let Some(section) = self.sections.get_mut(command)
        {
            self.ended_to = self.ended_to.max(end);
            section.end = Some(end);
            section.ended = Some(time);
            section.state = State::new(status, "");
            if status.is_bad() {
                self.failed_command.get_or_insert(command);
            }
        }
    }
}

#[cfg(test)]
mod tests;
