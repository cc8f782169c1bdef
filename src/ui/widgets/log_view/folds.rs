//! The folds of a log view: what is open, what a person opened, and what the log says of a failure.

use std::collections::BTreeMap;
use std::time::Duration;

use eframe::egui::Ui;

use super::LogInput;
use super::rows::Outside;
use crate::model::build::Phase;
use crate::model::fold::{FoldIndex, Section, SectionNo};
use crate::model::log::LineNo;
use crate::model::status::{State, Status};
use crate::model::why::{self, Why};

/// Lines that one frame reads for the folds; a line costs some tens of nanoseconds.
const BUDGET: u32 = 100_000;
/// When there is more to read than a frame's budget, the next frame comes this soon.
const GO_ON: Duration = Duration::from_millis(8);

#[derive(Default)]
pub struct Folds {
    index: FoldIndex,
    /// Folds a person touched, and those kept open because someone was reading in them.
    chosen: BTreeMap<SectionNo, bool>,
    touched: u64,
    why: Option<Why>,
    why_of: Option<(SectionNo, Option<u32>)>,
}

impl Folds {
    /// Reads what came, up to a budget; returns whether there is more. What runs stays open where someone is `reading`.
    pub fn update(&mut self, ui: &Ui, input: &LogInput<'_>, reading: bool) -> bool {
        let running: Vec<_> = self.index.open().collect();
        let more = self.index.extend(input.log, BUDGET);
        if reading {
            // What someone reads in does not fold under their eyes because it has just succeeded.
            for section in running {
                if self.state(section, input.complete).status != Status::Running {
                    self.chosen.entry(section).or_insert(true);
                    self.touched += 1;
                }
            }
        }
        if more {
            ui.ctx().request_repaint_after(GO_ON);
        } else {
            self.look_for_why(input);
        }
        more
    }

    pub const fn index(&self) -> &FoldIndex {
        &self.index
    }

    pub fn get(&self, section: SectionNo) -> Option<&Section> {
        self.index.get(section)
    }

    /// The first line of a section.
    pub fn start(&self, section: SectionNo) -> Option<LineNo> {
        self.index.get(section).map(|found| LineNo(found.start))
    }

    pub fn scanned(&self) -> u32 {
        self.index.scanned()
    }

    /// Counts what a person did.
    pub const fn touched(&self) -> u64 {
        self.touched
    }

    /// The line that says why the build failed, once the log has been read.
    pub const fn why(&self) -> Option<&Why> {
        self.why.as_ref()
    }

    /// The command that failed, as written.
    pub fn failed_command(&self) -> Option<&str> {
        let failed = self.index.get(self.index.failed()?)?;
        failed.parent.map(|_| failed.name.as_str())
    }

    pub fn state(&self, section: SectionNo, complete: bool) -> State {
        self.index.state(section, complete)
    }

    pub fn is_open(&self, section: SectionNo, complete: bool) -> bool {
        self.chosen
            .get(&section)
            .copied()
            .unwrap_or_else(|| self.index.opens_by_default(section, complete))
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

    fn look_for_why(&mut self, input: &LogInput<'_>) {
        let failed = self
            .index
            .failed()
            .and_then(|section| Some((section, self.index.get(section)?.end)));
        if failed != self.why_of {
            self.why_of = failed;
            self.why = failed.and_then(|_| why::find(input.log, &self.index));
        }
    }

    /// Phases that AWS tells of and the log does not. The first ones, before the build's container exists, matter only
    /// while they run or once they fail.
    pub fn outside(&self, phases: &[Phase]) -> Outside {
        let in_log = |phase: &Phase| {
            let mut known = self.index.phases();
            known.any(|(_, section)| section.name == phase.name)
        };
        let mut outside = Outside::default();
        let mut log_began = false;
        for (number, phase) in phases.iter().enumerate() {
            if in_log(phase) {
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
