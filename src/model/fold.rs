//! The folds of a build's log: CodeBuild writes its phases and commands between the lines, and this finds them again.
//!
//! A [`FoldIndex`] belongs to one log view. It reads each line once, in portions of a size the caller chooses, so that
//! a log of millions of lines costs a frame no more than its budget. It holds sections, never text.

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
}

/// A part of the log that folds under one header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub kind: SectionKind,
    /// AWS's word for a phase, or the command as written.
    pub name: String,
    pub state: State,
    /// The first line that belongs to it.
    pub start: u32,
    /// The first line that no longer does; none while it grows.
    pub end: Option<u32>,
    /// Whether the line `start` said that it begins, so that the header stands for that line.
    pub opened: bool,
    /// The phase a command runs in.
    pub parent: Option<SectionNo>,
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
                State::new(Status::Stopped, "")
            }
            Some(found) => found.state.clone(),
            None => State::not_run(),
        }
    }

    /// Whether a section is open before a person says otherwise: what runs and what failed is open, what succeeded is
    /// folded. A whole log without a failure keeps its last command open, so that a green build is not an empty page.
    pub fn opens_by_default(&self, section: SectionNo, complete: bool) -> bool {
        match self.state(section, complete).status {
            Status::Running | Status::Failed | Status::Errored | Status::Stopped => true,
            _ if complete && self.failed().is_none() => self.last_group(section),
            _ => false,
        }
    }

    fn last_group(&self, section: SectionNo) -> bool {
        let last = self
            .last_command
            .or_else(|| self.sections.len().checked_sub(1));
        let Some(last) = last else {
            return false;
        };
        let parent = self.sections.get(last).and_then(|found| found.parent);
        section == SectionNo(last) || Some(section) == parent
    }

    /// The phases of the log, in order.
    pub fn phases(&self) -> impl Iterator<Item = (SectionNo, &Section)> {
        self.phases
            .iter()
            .filter_map(|&phase| Some((SectionNo(phase), self.sections.get(phase)?)))
    }

    /// The phase and the command that have not ended.
    pub fn open(&self) -> impl Iterator<Item = SectionNo> {
        [self.phase, self.command]
            .into_iter()
            .flatten()
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
            return;
        };
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
            // A command outside any phase may have come between.
            let start = self
                .sections
                .last()
                .and_then(|last| last.end)
                .unwrap_or(0)
                .max(self.loose_from)
                .min(line);
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
            began: Some(time),
            ended: None,
        });
    }

    fn close_command(&mut self, end: u32, time: i64, status: Status) {
        if let Some(command) = self.command.take()
            && let Some(section) = self.sections.get_mut(command)
        {
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
mod tests {
    use super::*;
    use crate::model::log::LogBuffer;

    const FAILED: &str = "\
[Container] 2026/11/23 02:04:05 Waiting for agent ping
[Container] 2026/11/23 02:04:05 Waiting for DOWNLOAD_SOURCE
[Container] 2026/11/23 02:04:06.000000 Phase is DOWNLOAD_SOURCE
[Container] 2026/11/23 02:04:08.500000 Phase complete: DOWNLOAD_SOURCE State: SUCCEEDED
[Container] 2026/11/23 02:04:08.500000 Phase context status code:  Message: 
[Container] 2026/11/23 02:04:09.000000 Entering phase BUILD
[Container] 2026/11/23 02:04:09.000000 Running command cargo build --locked
   Compiling synonyms v0.4.1
[Container] 2026/11/23 02:05:09.000000 Running command cargo test --locked
running 2 tests
test result: FAILED. 1 passed; 1 failed
[Container] 2026/11/23 02:06:09.000000 Command did not exit successfully cargo test --locked exit status 101
[Container] 2026/11/23 02:06:09.100000 Phase complete: BUILD State: FAILED
[Container] 2026/11/23 02:06:09.100000 Phase context status code: COMMAND_EXECUTION_ERROR Message: Error while executing command: cargo test --locked. Reason: exit status 101
[Container] 2026/11/23 02:06:09.200000 Entering phase POST_BUILD
[Container] 2026/11/23 02:06:11.200000 Phase complete: POST_BUILD State: SUCCEEDED
[Container] 2026/11/23 02:06:11.200000 Phase context status code:  Message: 
[Container] 2026/11/23 02:06:11.300000 Expanding base directory path: .
[Container] 2026/11/23 02:06:11.400000 Phase complete: UPLOAD_ARTIFACTS State: SUCCEEDED
[Container] 2026/11/23 02:06:11.400000 Phase context status code:  Message: 
";

    fn log(text: &str) -> LogSnapshot {
        let mut buffer = LogBuffer::default();
        for (number, line) in text.lines().enumerate() {
            buffer.append(1_000 * number as i64, line);
        }
        buffer.snapshot()
    }

    fn index(text: &str) -> FoldIndex {
        let mut index = FoldIndex::default();
        assert!(!index.extend(&log(text), u32::MAX));
        index
    }

    fn named<'a>(index: &'a FoldIndex, name: &str) -> (SectionNo, &'a Section) {
        let position = index
            .sections()
            .iter()
            .position(|section| section.name == name)
            .unwrap();
        (SectionNo(position), &index.sections()[position])
    }

    #[test]
    fn phases_and_commands_are_found_with_their_lines_states_and_durations() {
        let index = index(FAILED);
        let found: Vec<_> = index
            .sections()
            .iter()
            .map(|section| {
                (
                    section.name.as_str(),
                    section.state.status,
                    section.start,
                    section.end,
                    section.duration(0).map(|span| span.as_millis()),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (
                    "DOWNLOAD_SOURCE",
                    Status::Succeeded,
                    0,
                    Some(5),
                    Some(2_500)
                ),
                ("BUILD", Status::Failed, 5, Some(14), Some(120_100)),
                (
                    "cargo build --locked",
                    Status::Succeeded,
                    6,
                    Some(8),
                    Some(60_000)
                ),
                (
                    "cargo test --locked",
                    Status::Failed,
                    8,
                    Some(12),
                    Some(60_000)
                ),
                ("POST_BUILD", Status::Succeeded, 14, Some(17), Some(2_000)),
                ("UPLOAD_ARTIFACTS", Status::Succeeded, 17, Some(20), None),
            ]
        );
    }

    #[test]
    fn what_failed_is_open_and_what_succeeded_is_folded() {
        let index = index(FAILED);
        let open: Vec<_> = (0..index.sections().len())
            .filter(|&section| index.opens_by_default(SectionNo(section), true))
            .map(|section| index.sections()[section].name.as_str())
            .collect();
        assert_eq!(open, ["BUILD", "cargo test --locked"]);
        assert_eq!(index.failed(), Some(named(&index, "cargo test --locked").0));
    }

    #[test]
    fn a_green_log_keeps_its_last_command_open() {
        let green = FAILED
            .replace(
                "[Container] 2026/11/23 02:06:09.000000 Command did not exit successfully cargo test --locked exit status 101\n",
                "",
            )
            .replace("BUILD State: FAILED", "BUILD State: SUCCEEDED");
        let index = index(&green);
        for (name, open) in [
            ("BUILD", true),
            ("cargo test --locked", true),
            ("cargo build --locked", false),
            ("UPLOAD_ARTIFACTS", false),
        ] {
            assert_eq!(
                index.opens_by_default(named(&index, name).0, true),
                open,
                "{name}"
            );
        }
    }

    #[test]
    fn a_running_build_is_open_where_it_runs_and_a_cut_one_is_stopped_there() {
        let half = FAILED.lines().take(10).collect::<Vec<_>>().join("\n");
        let index = index(&half);
        let (command, section) = named(&index, "cargo test --locked");
        assert_eq!(section.state.status, Status::Running);
        assert_eq!(section.end, None);
        assert!(index.opens_by_default(command, false));
        assert_eq!(index.state(command, true).status, Status::Stopped);
        assert_eq!(section.body(10), 9..10);
    }

    #[test]
    fn reading_in_portions_finds_the_same_and_a_line_knows_its_section() {
        let log = log(FAILED);
        let mut index = FoldIndex::default();
        while index.extend(&log, 3) {}
        assert_eq!(index, super::tests::index(FAILED));
        for (line, name) in [
            (1, "DOWNLOAD_SOURCE"),
            (7, "cargo build --locked"),
            (12, "BUILD"),
            (19, "UPLOAD_ARTIFACTS"),
        ] {
            assert_eq!(index.section_of(LineNo(line)), Some(named(&index, name).0));
        }
        assert_eq!(FoldIndex::default().section_of(LineNo(0)), None);
    }

    #[test]
    fn a_log_without_phases_has_no_sections_and_a_broken_stamp_is_no_panic() {
        assert_eq!(index("one\ntwo").sections(), []);
        assert_eq!(
            container_line("[Container] yesterday noon Phase is BUILD"),
            Some((None, "Phase is BUILD"))
        );
        assert_eq!(
            container_line("[Container] 2026/13/45 99:00:00 x")
                .unwrap()
                .0,
            None
        );
        assert_eq!(container_line("[Container]"), None);
    }
}
