//! The live log of a build: folds, follow, search, selection, at any length.
//!
//! The view owns its place, its folds and its indices; the text stays in the snapshot. A frame reads the lines that
//! came since the last one, up to a budget, and lays out the rows it shows. Main thread, inside a frame.

mod find;
mod input;
mod paint;
mod rows;
mod scroll;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use eframe::egui;

use crate::model::build::Phase;
use crate::model::fold::{FoldIndex, SectionNo};
use crate::model::ids::LogKey;
use crate::model::log::{LineNo, LogSnapshot};
use crate::model::settings::LogClock;
use crate::model::status::{State, Status};
use crate::model::time::Timestamp;
use crate::model::why::{self, Why};
use crate::ui::action::Actions;
use crate::ui::background::Background;

use find::Find;
pub use input::{ARROWS, grouped};
use rows::{Outside, Row, RowNo, Rows};
use scroll::Place;

/// Lines that one frame reads for the folds; a line costs some tens of nanoseconds.
const FOLD_BUDGET: u32 = 100_000;
/// When there is more to read than a frame's budget, the next frame comes this soon.
const GO_ON: Duration = Duration::from_millis(8);

/// What a log view is shown with.
#[derive(Clone, Copy)]
pub struct LogInput<'a> {
    pub key: &'a LogKey,
    pub log: &'a LogSnapshot,
    /// Everything written so far is here.
    pub caught_up: bool,
    /// Nothing more will come.
    pub complete: bool,
    /// What AWS tells of the phases; it knows more than the log of those that wrote nothing.
    pub phases: &'a [Phase],
    pub clock: LogClock,
    pub now: Timestamp,
    /// Where the log is searched.
    pub background: &'a dyn Background,
    /// A dialog is open above: keys are not ours.
    pub covered: bool,
}

/// The state of a log view. One per pane; another log's key starts it anew.
pub struct LogView {
    key: Option<LogKey>,
    index: FoldIndex,
    /// Folds a person touched, and those kept open because someone was reading in them.
    chosen: BTreeMap<SectionNo, bool>,
    rows: Rows,
    laid_out: Option<Layout>,
    touched: u64,
    place: Place,
    /// The height last painted.
    height: f32,
    /// The log itself has the keyboard's focus.
    focused: bool,
    following: bool,
    /// The first look has been placed: at the failure, or following.
    settled: bool,
    /// How many lines there were when following ended.
    let_go_at: u32,
    find: Find,
    selected: Option<Selection>,
    expanded: Option<LineNo>,
    why: Option<Why>,
    why_of: Option<(SectionNo, Option<u32>)>,
}

/// What the rows were last built from.
#[derive(Clone, PartialEq, Eq)]
struct Layout {
    lines: u32,
    scanned: u32,
    complete: bool,
    touched: u64,
    outside: Outside,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Selection {
    from: LineNo,
    to: LineNo,
}

impl Selection {
    fn lines(self) -> RangeInclusive<u32> {
        self.from.0.min(self.to.0)..=self.from.0.max(self.to.0)
    }
}

impl Default for LogView {
    fn default() -> Self {
        Self {
            key: None,
            index: FoldIndex::default(),
            chosen: BTreeMap::new(),
            rows: Rows::default(),
            laid_out: None,
            touched: 0,
            place: Place::TOP,
            height: 0.0,
            focused: false,
            following: false,
            settled: false,
            let_go_at: 0,
            find: Find::default(),
            selected: None,
            expanded: None,
            why: None,
            why_of: None,
        }
    }
}

impl LogView {
    /// Takes in what came since the last frame. Call it before the other parts are painted.
    pub fn update(&mut self, ui: &egui::Ui, input: &LogInput<'_>) {
        if self.key.as_ref() != Some(input.key) || input.log.len() < self.index.scanned() {
            let find = std::mem::take(&mut self.find).restarted();
            *self = Self {
                key: Some(input.key.clone()),
                find,
                following: !input.complete,
                ..Self::default()
            };
        }
        let running: Vec<_> = self.index.open().collect();
        let more = self.index.extend(input.log, FOLD_BUDGET);
        if !self.following {
            // What someone reads in does not fold under their eyes because it has just succeeded.
            for section in running {
                if self.state(section, input.complete).status != Status::Running {
                    self.chosen.entry(section).or_insert(true);
                    self.touched += 1;
                }
            }
        }
        self.find.update(input.log, input.background);
        if more {
            ui.ctx().request_repaint_after(GO_ON);
        } else {
            self.look_for_why(input);
        }
        self.lay_out(input);
        if !self.settled && !more && input.caught_up && self.height > 0.0 {
            self.settled = true;
            if !self.following
                && let Some(line) = self.why.as_ref().map(|why| why.line)
            {
                self.show_line(line, input);
            }
        }
    }

    /// The line that says why the build failed, once the log has been read.
    pub fn why(&self) -> Option<&Why> {
        self.why.as_ref()
    }

    /// The command that failed, as written.
    pub fn failed_command(&self) -> Option<&str> {
        let failed = self.index.get(self.index.failed()?)?;
        failed.parent.map(|_| failed.name.as_str())
    }

    pub fn is_following(&self) -> bool {
        self.following
    }

    /// Letters and arrows are the log's, because it has the keyboard's focus.
    pub fn has_focus(&self) -> bool {
        self.focused
    }

    /// Follows the end, or lets go of it.
    pub fn follow(&mut self, following: bool, input: &LogInput<'_>) {
        if self.following && !following {
            self.let_go_at = input.log.len();
        }
        self.following = following;
        if following {
            self.place = Place::bottom(self.rows.len(), self.height);
        }
    }

    /// Unfolds what hides a line and brings it into view.
    pub fn show_line(&mut self, line: LineNo, input: &LogInput<'_>) {
        self.follow(false, input);
        let mut section = self.index.section_of(line);
        while let Some(number) = section {
            let Some(found) = self.index.get(number) else {
                break;
            };
            let parent = found.parent;
            let is_header = found.opened && found.start == line.0;
            if !is_header && !self.is_open(number, input.complete) {
                self.set_open(number, true);
            }
            section = parent;
        }
        self.lay_out(input);
        self.place = self
            .place
            .showing(self.rows.of_line(line), self.rows.len(), self.height);
    }

    /// Brings the failing line into view and marks it.
    pub fn show_why(&mut self, input: &LogInput<'_>) {
        if let Some(line) = self.why.as_ref().map(|why| why.line) {
            self.show_line(line, input);
        }
    }

    /// The room [`Self::find_ui`] needs.
    pub fn find_width(&self) -> f32 {
        self.find.width()
    }

    /// The field that searches, with its count; for the header of the pane.
    pub fn find_ui(&mut self, ui: &mut egui::Ui, input: &LogInput<'_>) {
        if let Some(line) = self.find.ui(ui, input.log, self.first_visible_line()) {
            self.show_line(line, input);
        }
    }

    /// The log itself, in all the room there is.
    pub fn ui(&mut self, ui: &mut egui::Ui, input: &LogInput<'_>, actions: &mut Actions) {
        if let Some(line) = self.expanded
            && let Some(raw) = input.log.text(line)
            && !paint::expanded(ui, line, &raw, actions)
        {
            self.expanded = None;
        }
        let room = ui.available_rect_before_wrap();
        self.height = room.height();
        self.place = if self.following {
            Place::bottom(self.rows.len(), self.height)
        } else {
            self.place.kept(self.rows.len(), self.height)
        };
        input::area(self, ui, room, input, actions);
        paint::rows(self, ui, room, input);
        input::scroll_bar(self, ui, room, input);
        input::new_lines(self, ui, room, input);
        ui.advance_cursor_after_rect(room);
    }

    /// The keys that work wherever the focus is, outside text fields. Call it after everything is painted.
    pub fn keys(&mut self, ui: &egui::Ui, input: &LogInput<'_>) {
        input::keys(self, ui, input);
    }

    fn state(&self, section: SectionNo, complete: bool) -> State {
        self.index.state(section, complete)
    }

    fn is_open(&self, section: SectionNo, complete: bool) -> bool {
        self.chosen
            .get(&section)
            .copied()
            .unwrap_or_else(|| self.index.opens_by_default(section, complete))
    }

    fn set_open(&mut self, section: SectionNo, open: bool) {
        self.chosen.insert(section, open);
        self.touched += 1;
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

    fn lay_out(&mut self, input: &LogInput<'_>) {
        let layout = Layout {
            lines: input.log.len(),
            scanned: self.index.scanned(),
            complete: input.complete,
            touched: self.touched,
            outside: outside(&self.index, input.phases),
        };
        if self.laid_out.as_ref() == Some(&layout) {
            return;
        }
        let top = self.rows.get(self.place.row);
        self.rows = Rows::build(&self.index, layout.lines, &layout.outside, |section| {
            self.is_open(section, input.complete)
        });
        if let Some(top) = top {
            self.place.row = self.rows.of(top, &self.index);
        }
        self.laid_out = Some(layout);
    }

    fn first_visible_line(&self) -> LineNo {
        (self.place.row.0..self.rows.len())
            .find_map(|row| match self.rows.get(RowNo(row))? {
                Row::Line(line) => Some(line),
                Row::Section(section) => {
                    self.index.get(section).map(|section| LineNo(section.start))
                }
                Row::Phase(_) => None,
            })
            .unwrap_or(LineNo(0))
    }
}

/// Phases that AWS tells of and the log does not. The first ones, before the build's container exists, matter only
/// while they run or once they fail.
fn outside(index: &FoldIndex, phases: &[Phase]) -> Outside {
    let in_log = |phase: &Phase| {
        index
            .phases()
            .any(|(_, section)| section.name == phase.name)
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
