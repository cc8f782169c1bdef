//! The folds of a log view: what is open, what a person opened, and what the log says of a failure.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::reason::Reason;
use super::rows::Outside;
use super::{LogInput, grouped};
use crate::model::build::Phase;
use crate::model::fold::{FoldIndex, Folding, MOST, Section, SectionKind, SectionNo};
use crate::model::log::LineNo;
use crate::model::status::{State, Status};
use crate::model::sweep::Sweep;
use crate::model::why::Why;
use crate::ui::background;

pub struct Folds {
    sweep: Sweep<Folding>,
    /// What the sweep has found in the lines up to one.
    index: Arc<FoldIndex>,
    read_to: u32,
    /// The log's length when it was last looked at.
    lines: u32,
    /// What writes the log was seen running.
    live: bool,
    complete: bool,
    /// Everything that had been written was read once.
    whole: bool,
    /// Folds a person touched, and those kept as they are because someone was reading.
    chosen: BTreeMap<SectionNo, bool>,
    touched: u64,
    reason: Reason,
}

impl Default for Folds {
    fn default() -> Self {
        Self {
            sweep: Sweep::new(Folding),
            index: Arc::default(),
            read_to: 0,
            lines: 0,
            live: false,
            complete: false,
            whole: false,
            chosen: BTreeMap::new(),
            touched: 0,
            reason: Reason::default(),
        }
    }
}

impl Folds {
    /// Has what came be read elsewhere, and takes what was found; returns whether there is more to come. Where someone
    /// is `reading`, no fold opens or closes by itself.
    pub fn update(&mut self, input: &LogInput<'_>, reading: bool) -> bool {
        if input.running && !self.live {
            self.live = true;
            self.touched += 1;
        }
        self.lines = input.log.len();
        background::sweep(input.background, &mut self.sweep, input.log);
        let progress = self.sweep.progress();
        if progress.read_to != self.read_to || input.complete != self.complete {
            let before = reading.then(|| self.all_open());
            let shown_to = self.read_to;
            self.index = Arc::clone(&progress.found);
            self.read_to = progress.read_to;
            self.complete = input.complete;
            if let Some(before) = before {
                self.keep(&before, shown_to);
            }
        }
        self.open_failing_phase(input.phases);
        self.whole |= input.caught_up && self.read_to == self.lines;
        self.reason.update(input.log, &self.index, input.background);
        self.read_to < self.lines || self.reason.is_looked_for()
    }

    /// Opens the phase whose lines are being read if AWS says that it failed: so it will stand in the end.
    fn open_failing_phase(&mut self, phases: &[Phase]) {
        let Some(section) = self.index.open().next().filter(|_| !self.live) else {
            return;
        };
        let name = self.index.get(section).map(|open| open.name.as_str());
        let failed =
            |phase: &Phase| Some(phase.name.as_str()) == name && phase.state.status.is_bad();
        if !self.chosen.contains_key(&section) && phases.iter().any(failed) {
            self.set_open(section, true);
        }
    }

    /// Whether each section is open.
    fn all_open(&self) -> Vec<bool> {
        let all = 0..self.index.sections().len();
        all.map(|section| self.is_open(SectionNo(section), self.complete))
            .collect()
    }

    /// Leaves the sections as open as they were, and those open that begin above `shown_to`: their lines were in sight.
    fn keep(&mut self, before: &[bool], shown_to: u32) {
        for (number, section) in self.index.sections().iter().enumerate() {
            let was_open = match before.get(number) {
                Some(was_open) => *was_open,
                None if section.start < shown_to => true,
                None => continue,
            };
            let number = SectionNo(number);
            if self.is_open(number, self.complete) != was_open {
                self.chosen.insert(number, was_open);
                self.touched += 1;
            }
        }
    }

    pub fn index(&self) -> &FoldIndex {
        &self.index
    }

    pub fn get(&self, section: SectionNo) -> Option<&Section> {
        self.index.get(section)
    }

    /// The first line of a section.
    pub fn start(&self, section: SectionNo) -> Option<LineNo> {
        self.index.get(section).map(|found| LineNo(found.start))
    }

    /// How many lines the folds are known of.
    pub const fn read_to(&self) -> u32 {
        self.read_to
    }

    /// The log's length when it was last looked at. A shorter one is another log.
    pub const fn lines(&self) -> u32 {
        self.lines
    }

    /// What a person has to know of folds that are not there.
    pub fn told(&self) -> Option<String> {
        let kind = match self.index.cut()? {
            SectionKind::Phase => "phases",
            SectionKind::Command => "commands",
            SectionKind::Group => "groups",
        };
        let most = grouped(MOST as u64);
        Some(format!("{kind} after the first {most} are not folded"))
    }

    /// Counts what a person did.
    pub const fn touched(&self) -> u64 {
        self.touched
    }

    /// The line that says why the build failed, once the log has been read.
    pub const fn why(&self) -> Option<&Why> {
        self.reason.found()
    }

    /// The command that failed, as written.
    pub fn failed_command(&self) -> Option<&str> {
        let failed = self.index.get(self.index.failed()?)?;
        failed.parent.map(|_| failed.name.as_str())
    }

    pub fn state(&self, section: SectionNo, complete: bool) -> State {
        let state = self.index.state(section, complete);
        if self.is_unread(state.status) {
            return State::new(Status::Unknown, "");
        }
        state
    }

    /// How long a section took, or runs by `now` (milliseconds since 1970).
    pub fn duration(&self, section: SectionNo, now: i64) -> Option<Duration> {
        let found = self.get(section)?;
        let is_unread = self.is_unread(found.state.status);
        found.duration(now).filter(|_| !is_unread)
    }

    /// Whether what looks as if it ran has long ended, and its end has not been read yet.
    const fn is_unread(&self, status: Status) -> bool {
        matches!(status, Status::Running) && !self.live
    }

    pub fn is_open(&self, section: SectionNo, complete: bool) -> bool {
        let chosen = self.chosen.get(&section).copied();
        chosen.unwrap_or_else(|| {
            // What may turn out to have succeeded is not opened first and folded afterwards.
            !self.is_unread(self.index.status(section, complete))
                && self.index.opens_by_default(section, complete)
        })
    }

    pub fn set_open(&mut self, section: SectionNo, open: bool) {
        self.chosen.insert(section, open);
        self.touched += 1;
    }

    /// Opens or closes every section there is.
    pub fn set_all_open(&mut self, open: bool) {
        let all = 0..self.index.sections().len();
        self.chosen = all.map(|section| (SectionNo(section), open)).collect();
        self.touched += 1;
    }

    /// Opens all that hides a line.
    pub fn unfold(&mut self, line: LineNo, complete: bool) {
        let mut section = self.index.section_of(line);
        while let Some(number) = section {
            let Some(found) = self.index.get(number) else {
                return;
            };
            let parent = found.parent;
            let is_header = found.opened && found.start == line.0;
            if !is_header && !self.is_open(number, complete) {
                self.set_open(number, true);
            }
            section = parent;
        }
    }

    /// The innermost section around a line.
    pub fn section_of(&self, line: LineNo) -> Option<SectionNo> {
        self.index.section_of(line)
    }

    /// Phases that AWS tells of and the log does not. The first ones, before the build's container exists, matter only
    /// while they run or once they fail. Nobody knows of any before all of the log has been read.
    pub fn outside(&self, phases: &[Phase]) -> Outside {
        let phases = if self.whole { phases } else { &[] };
        let mut outside = Outside::default();
        let mut log_began = false;
        for (number, phase) in phases.iter().enumerate() {
            if self.index.has_phase(&phase.name) {
                log_began = true;
            } else if phase.name != "COMPLETED" && phase.state.status != Status::NotRun {
                if log_began {
                    outside.after.push(number);
                } else if phase.state.status != Status::Succeeded {
                    outside.before.push(number);
                }
            }
        }
        outside
    }
}
