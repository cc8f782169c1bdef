//! The folds of a build's log: CodeBuild writes its phases and commands between the lines, scripts the group markers of
//! other systems, and this finds them again.
//!
//! A [`FoldIndex`] belongs to one log view. It reads each line once, in portions of a size the caller chooses, so that
//! a log of millions of lines costs a frame no more than its budget. It holds sections, never text.

mod groups;
mod marker;

use std::time::Duration;

use crate::model::log::{LineNo, LogSnapshot};
use crate::model::status::{State, Status};

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
    scanned: u32,
    phase: Option<usize>,
    command: Option<usize>,
    /// Where lines outside any phase begin: the start of a phase that only says that it has ended.
    loose_from: u32,
    /// All loose lines so far are the container's own.
    loose_is_container: bool,
    /// The last line completed a phase, so that its context may follow.
    just_completed: Option<usize>,
    /// The phases among the sections.
    phases: Vec<usize>,
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

    /// How many lines have been read.
    pub fn scanned(&self) -> u32 {
        self.scanned
    }

    /// Reads at most `budget` more lines; returns whether any line was left unread. A log that got shorter was read
    /// anew by its tail: everything starts over.
    pub fn extend(&mut self, log: &LogSnapshot, budget: u32) -> bool {
        if log.len() < self.scanned {
            *self = Self::default();
        }
        if self.scanned == 0 {
            self.loose_is_container = true;
        }
        let until = self.scanned.saturating_add(budget).min(log.len());
        'pieces: for piece in log.pieces_from(LineNo(self.scanned)) {
            for (line, time, text) in piece.lines() {
                if line.0 >= until {
                    break 'pieces;
                }
                self.read(line.0, time, text);
            }
        }
        self.scanned = until;
        until < log.len()
    }

    /// The state of a section once the log is known to be whole: what still runs then was cut off.
    pub fn state(&self, section: SectionNo, complete: bool) -> State {
        match self.sections.get(section.0) {
            Some(found) if complete && found.state.status == Status::Running => {
                // A group mostly ends where the log ends; nothing was cut off.
                let status = match found.kind {
                    SectionKind::Group => Status::Unknown,
                    SectionKind::Phase | SectionKind::Command => Status::Stopped,
                };
                State::new(status, "")
            }
            Some(found) => found.state.clone(),
            None => State::not_run(),
        }
    }

    /// Whether a section is open before a person says otherwise: what runs and what failed is open, what succeeded is
    /// folded. A whole log without a failure keeps its last command open, so that a green build is not an empty page.
    /// A group is open as well where its marker asks for it.
    pub fn opens_by_default(&self, section: SectionNo, complete: bool) -> bool {
        if self.get(section).is_some_and(|found| found.expanded) {
            return true;
        }
        match self.state(section, complete).status {
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

    /// The phases of the log, in order.
    pub fn phases(&self) -> impl Iterator<Item = (SectionNo, &Section)> {
        self.phases
            .iter()
            .filter_map(|&phase| Some((SectionNo(phase), self.sections.get(phase)?)))
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
                self.loose_is_container = false;
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
        let first = self.sections.is_empty() && self.loose_is_container;
        let (start, opened) = if first && line > 0 {
            (0, false)
        } else {
            (line, true)
        };
        self.phase = Some(self.sections.len());
        self.phases.push(self.sections.len());
        self.sections.push(Section {
            kind: SectionKind::Phase,
            name: name.to_owned(),
            state: State::of_build("IN_PROGRESS"),
            start,
            end: None,
            opened,
            parent: None,
            depth: 0,
            expanded: false,
            began: Some(time),
            ended: None,
        });
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
        let index = open.unwrap_or_else(|| {
            // UPLOAD_ARTIFACTS says only that it has ended; the lines before belong to it.
            // A command or a group outside any phase may have come between.
            let start = self.ended_to.max(self.loose_from).min(line);
            if let Some(other) = self.phase
                && let Some(section) = self.sections.get_mut(other)
            {
                section.end = Some(line);
            }
            self.phases.push(self.sections.len());
            self.sections.push(Section {
                kind: SectionKind::Phase,
                name: name.to_owned(),
                state: state.clone(),
                start: if self.phase.is_some() { line } else { start },
                end: None,
                opened: false,
                parent: None,
                depth: 0,
                expanded: false,
                began: None,
                ended: None,
            });
            self.sections.len() - 1
        });
        if let Some(section) = self.sections.get_mut(index) {
            section.end = Some(line + 1);
            section.ended = Some(time);
            section.state = state;
        }
        if bad {
            self.failed_phase.get_or_insert(index);
        }
        self.phase = None;
        self.just_completed = Some(index);
        self.loose_from = line + 1;
        self.loose_is_container = true;
    }

    fn open_command(&mut self, line: u32, time: i64, command: &str) {
        self.close_command(line, time, Status::Succeeded);
        self.command = Some(self.sections.len());
        self.last_command = self.command;
        self.sections.push(Section {
            kind: SectionKind::Command,
            name: command.to_owned(),
            state: State::of_build("IN_PROGRESS"),
            start: line,
            end: None,
            opened: true,
            parent: self.phase.map(SectionNo),
            depth: u8::from(self.phase.is_some()),
            expanded: false,
            began: Some(time),
            ended: None,
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

/// The message of a line that the build container itself wrote, with its own time where that can be read.
///
/// `[Container] 2024/06/05 02:04:08.786311 Phase is DOWNLOAD_SOURCE`; older containers write whole seconds.
pub fn container_line(text: &str) -> Option<(Option<i64>, &str)> {
    let rest = text.strip_prefix("[Container] ")?;
    let (date, after_date) = rest.split_once(' ')?;
    let (clock, message) = after_date.split_once(' ')?;
    Some((stamp(date, clock), message))
}

fn stamp(date: &str, clock: &str) -> Option<i64> {
    let mut date = date.split('/').map(str::parse::<i16>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let (seconds, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut seconds = seconds.split(':').map(str::parse::<i8>);
    let (hour, minute, second) = (
        seconds.next()?.ok()?,
        seconds.next()?.ok()?,
        seconds.next()?.ok()?,
    );
    let millis = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
    let time = jiff::civil::DateTime::new(
        year,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        hour,
        minute,
        second,
        0,
    )
    .ok()?;
    let time = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(time.timestamp().as_millisecond() + millis)
}

#[cfg(test)]
mod tests;
