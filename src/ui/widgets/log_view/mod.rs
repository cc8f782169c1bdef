//! The log window: folds, follow, search, filters, selection, at any length.
//!
//! The view owns its place, its folds and its indices; the text stays in the snapshot. A frame lays out the rows it
//! shows and no others; what has to read the whole log runs in the background and is looked at here. Main thread, inside
//! a frame.

mod asked;
mod bar;
mod clock;
mod colour;
mod filters;
mod find;
mod folds;
mod header;
mod hits;
mod keys;
mod line;
mod lines;
mod looks;
mod merging;
mod moves;
mod opened;
mod paint;
mod rows;
mod saving;
mod scroll;
mod scroll_bar;
mod select;
mod shown;
mod status;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use eframe::egui::{self, Rect, Role, Sense, Ui, WidgetInfo};

use crate::model::build::Phase;
use crate::model::fold::FoldIndex;
use crate::model::ids::{BuildKey, LogKey};
use crate::model::log::{LineNo, LogOrigin, LogSnapshot, LogTail, TailPosition};
use crate::model::oneshot::Oneshots;
use crate::model::remote::Remote;
use crate::model::repeat::Gathering;
use crate::model::settings::LogClock;
use crate::model::sweep::Sweep;
use crate::model::time::Timestamp;
use crate::model::why::Why;
use crate::ui::action::Actions;
use crate::ui::background::{self, Background};

pub use asked::ask_for;
use filters::Filters;
use find::Find;
use folds::Folds;
pub use keys::{ARROWS, KEYS, LETTERS};
use line::Columns;
use lines::Lines;
use looks::Kept;
use merging::Merging;
pub use merging::OtherLog;
use moves::Move;
use rows::{Outside, Rows};
use scroll::Place;
use select::Selection;
use shown::Shown;
pub use status::bytes;

/// What a log view is shown with.
#[derive(Clone, Copy)]
pub struct LogInput<'a> {
    pub key: &'a LogKey,
    pub log: &'a LogSnapshot,
    pub position: TailPosition,
    pub origin: LogOrigin,
    /// Everything written so far is here.
    pub caught_up: bool,
    /// Nothing more will come.
    pub complete: bool,
    /// What AWS tells of the phases; it knows more than the log of those that wrote nothing.
    pub phases: &'a [Phase],
    /// Whose log it is; a link to a line names it.
    pub build: Option<&'a BuildKey>,
    /// What a person calls it, beside others it is merged with.
    pub name: &'a str,
    /// Logs that belong together with it, and can be merged with it.
    pub others: &'a [OtherLog],
    /// Every log that is tailed.
    pub logs: &'a BTreeMap<LogKey, Remote<LogTail>>,
    pub clock: LogClock,
    pub now: Timestamp,
    pub oneshots: &'a Oneshots,
    pub background: &'a dyn Background,
    /// A dialog is open above: keys are not ours.
    pub covered: bool,
}

/// The state of a log view. One per pane; another log's key starts it anew.
pub struct LogView {
    key: Option<LogKey>,
    folds: Folds,
    /// Which lines have a row where nothing is folded.
    shown: Shown,
    rows: Rc<Rows>,
    repeats: Sweep<Gathering>,
    laid_out: Option<Layout>,
    place: Place,
    /// The lowest place there is.
    bottom: Place,
    /// What moves the place, until the rows of this frame are known.
    moves: Vec<Move>,
    /// The room last painted in.
    height: f32,
    top: f32,
    /// The log itself has the keyboard's focus.
    focused: bool,
    following: bool,
    /// The first look has been placed: at the failure, or following.
    settled: bool,
    /// How many lines there were when following ended.
    let_go_at: u32,
    find: Find,
    filters: Filters,
    /// The row at the upper edge before the filters left lines out, and its height on the screen, until a person moves.
    before_filter: Option<(rows::Row, f32)>,
    selected: Option<Selection>,
    /// Where the mouse button went down.
    pressed: Option<select::Spot>,
    opened: Option<LineNo>,
    /// The opened line as it was last read, so that its megabytes are not read in every frame.
    opened_text: Option<Rc<opened::Opened>>,
    /// Long lines wrap.
    wraps: bool,
    /// Repeated lines have one row.
    gathers: bool,
    /// Secrets are shown, because a person asked for it in this view.
    unmasked: bool,
    merging: Option<Merging>,
    /// The line to go back to once other logs have been merged.
    return_to: Option<LineNo>,
    columns: Columns,
    kept: Rc<RefCell<Kept>>,
}

impl Default for LogView {
    fn default() -> Self {
        Self {
            key: None,
            folds: Folds::default(),
            shown: Shown::All,
            rows: Rc::default(),
            repeats: Sweep::new(Gathering),
            laid_out: None,
            place: Place::TOP,
            bottom: Place::TOP,
            moves: Vec::new(),
            height: 0.0,
            top: 0.0,
            focused: false,
            following: false,
            settled: false,
            let_go_at: 0,
            find: Find::default(),
            filters: Filters::default(),
            before_filter: None,
            selected: None,
            pressed: None,
            opened: None,
            opened_text: None,
            wraps: false,
            gathers: true,
            unmasked: false,
            merging: None,
            return_to: None,
            columns: Columns::default(),
            kept: Rc::default(),
        }
    }
}

/// What the rows were last built from.
#[derive(Clone, PartialEq, Eq)]
struct Layout {
    lines: u32,
    folds: (u32, u64),
    complete: bool,
    outside: Outside,
    filter: Option<(u64, u32)>,
    gathered: Option<u32>,
    merged: bool,
}

impl LogView {
    /// Takes in what came since the last frame. Call it before the other parts are painted.
    pub fn update(&mut self, ui: &Ui, input: &LogInput<'_>) {
        if self.key.as_ref() != Some(input.key) || input.log.len() < self.folds.scanned() {
            let find = std::mem::take(&mut self.find).restarted();
            let filters = std::mem::take(&mut self.filters).restarted();
            *self = Self {
                key: Some(input.key.clone()),
                find,
                filters,
                wraps: self.wraps,
                gathers: self.gathers,
                following: !input.complete,
                ..Self::default()
            };
        }
        let reading = self.folds.update(ui, input, !self.following);
        self.update_merging(input);
        let (from, lines) = (self.first_visible_line(), self.lines(input));
        let found = self
            .find
            .update(&lines, input.background, from, &self.shown);
        if let Some(line) = found {
            self.moves.push(Move::Show(line));
        }
        self.filters.update(input.log, input.background);
        background::sweep(input.background, &mut self.repeats, input.log);
        self.lay_out(input);
        self.come_back();
        // Of a log that is still being read the line may not have come yet.
        if (input.caught_up || self.settled)
            && let Some(build) = input.build
            && let Some(line) = asked::take(ui.ctx(), build)
        {
            self.go_to(line);
        }
        if !self.settled && !reading && input.caught_up && self.height > 0.0 {
            self.settled = true;
            if !self.following {
                self.show_why();
            }
        }
    }

    /// The line that says why the build failed, once the log has been read.
    pub fn why(&self) -> Option<&Why> {
        self.folds.why()
    }

    /// The command that failed, as written.
    pub fn failed_command(&self) -> Option<&str> {
        self.folds.failed_command()
    }

    pub fn is_following(&self) -> bool {
        self.following
    }

    /// Letters and arrows are the log's, because it has the keyboard's focus.
    pub fn has_focus(&self) -> bool {
        self.focused
    }

    /// Brings a line into view, unfolding what hides it, and marks it: what a link asks for.
    pub fn go_to(&mut self, line: LineNo) {
        self.selected = Some(Selection::line(line));
        self.settled = true;
        self.moves.push(Move::Show(line));
    }

    /// Brings the failing line into view.
    pub fn show_why(&mut self) {
        if let Some(line) = self.why().map(|why| why.line) {
            self.moves.push(Move::Show(line));
        }
    }

    /// The log itself, in all the room there is.
    pub fn ui(&mut self, ui: &mut Ui, input: &LogInput<'_>, actions: &mut Actions) {
        self.opened_ui(ui, input, actions);
        let room = ui.available_rect_before_wrap();
        self.kept.borrow_mut().next_frame();
        self.stay(room);
        self.columns = Columns::of(self, ui, room, input);
        let area = self.area(ui, room, input, actions);
        let lines = self.lines(input);
        let bar = scroll_bar::hand(self, ui, room, &lines);
        let part = self.carry_out(ui, input);
        paint::rows(self, ui, room, input);
        self.empty_ui(ui, room);
        scroll_bar::paint(self, ui, &bar, part);
        scroll_bar::new_lines(self, ui, room, input);
        bar::context_menu(self, &area, input, actions);
        ui.advance_cursor_after_rect(room);
    }

    /// The keys that work wherever the focus is, outside text fields. Call it after everything is painted.
    pub fn keys(&mut self, ui: &Ui, input: &LogInput<'_>, actions: &mut Actions) {
        if !input.covered {
            keys::everywhere(self, ui, input, actions);
        }
    }

    /// The whole area: wheel, selecting, keys while it has the focus.
    fn area(
        &mut self,
        ui: &Ui,
        room: Rect,
        input: &LogInput<'_>,
        actions: &mut Actions,
    ) -> egui::Response {
        let id = find::area_id(ui);
        let response = ui.interact(room, id, Sense::click_and_drag());
        response.widget_info(|| {
            WidgetInfo::labeled(
                Role::Document,
                true,
                format!("Log {}, {} lines", input.key.stream, input.log.len()),
            )
        });
        if response.contains_pointer() {
            let wheel = ui.input(|input| input.smooth_scroll_delta().y);
            if wheel != 0.0 {
                self.moves.push(Move::By(-wheel));
            }
        }
        select::hand(self, ui, &response, room, input);
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        self.focused = response.has_focus();
        if self.focused && !input.covered {
            // The arrows scroll here; without this they would move the focus on.
            let filter = egui::EventFilter {
                // Escape lets go of what is selected or opened first, and only then of the log.
                escape: self.selected.is_some() || self.opened.is_some(),
                ..ARROWS
            };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
            keys::area(self, ui, input, actions);
        }
        response
    }

    fn opened_ui(&mut self, ui: &mut Ui, input: &LogInput<'_>, actions: &mut Actions) {
        let Some(line) = self.opened else {
            self.opened_text = None;
            return;
        };
        let (number, masks) = (self.number(line), !self.unmasked);
        let lines = self.lines(input);
        let before = self.opened_text.take();
        let Some(opened) = opened::read(before, line, masks, &lines) else {
            self.opened = None;
            return;
        };
        self.opened_text = Some(Rc::clone(&opened));
        let stays = egui::Panel::bottom(ui.scope_id().with("opened line"))
            .exact_size(opened::HEIGHT)
            .frame(egui::Frame::NONE)
            .resizable(false)
            .show_separator_line(false)
            .show(ui, |ui| {
                opened::ui(ui, &opened, line, &number, &lines, actions)
            });
        if !stays.inner {
            self.opened = None;
        }
    }

    fn lay_out(&mut self, input: &LogInput<'_>) {
        let layout = self.layout(input);
        if self.laid_out.as_ref() == Some(&layout) {
            return;
        }
        let filter_of = |layout: &Layout| layout.filter.map(|(revision, _)| revision);
        let refiltered = self.laid_out.as_ref().and_then(filter_of) != filter_of(&layout);
        let top = self.rows.get(self.place.row);
        let height = self.top - self.place.offset;
        let home = self.before_filter.take_if(|_| refiltered);
        if refiltered && layout.filter.is_some() {
            self.before_filter = home.or_else(|| top.map(|top| (top, height)));
        }
        self.shown = match self.filters.left() {
            _ if layout.merged => Shown::All,
            Some(left) => left,
            None if self.gathers => Shown::Gathered(self.repeats.progress().found.clone()),
            None => Shown::All,
        };
        let unfolded = FoldIndex::default();
        let index = if layout.merged {
            &unfolded
        } else {
            self.folds.index()
        };
        // Of a filtered log every line that is left is in sight: nothing is folded.
        let flat = self.shown.is_filtered();
        let is_open = |section| flat || self.folds.is_open(section, input.complete);
        let shown = self.shown.clone();
        let rows = Rows::build(index, layout.lines, &layout.outside, shown, is_open);
        if let Some((row, height)) = home {
            // At the height on the screen where it was, whatever has come above the log since.
            self.place = Place {
                row: rows.of(row, index),
                offset: 0.0,
            };
            self.moves.push(Move::Along(self.top - height));
        } else if let Some(top) = top {
            self.place.row = rows.of(top, index);
        }
        self.rows = Rc::new(rows);
        self.laid_out = Some(layout);
    }

    fn layout(&self, input: &LogInput<'_>) -> Layout {
        let merged = self.merging.is_some();
        Layout {
            lines: self.lines(input).len(),
            folds: (self.folds.scanned(), self.folds.touched()),
            complete: input.complete,
            outside: if merged {
                Outside::default()
            } else {
                self.folds.outside(input.phases)
            },
            filter: self.filters.stamp().filter(|_| !merged),
            gathered: self.gathers.then(|| self.repeats.progress().read_to),
            merged,
        }
    }

    fn lines<'a>(&self, input: &LogInput<'a>) -> Lines<'a> {
        let merging = self.merging.as_ref();
        let joined = merging.map(|merging| Rc::clone(merging.joined()));
        Lines::new(input.log, joined)
    }

    /// Whether a line is one of those that say why the build failed.
    fn is_why(&self, line: LineNo) -> bool {
        let why = self.why().filter(|_| self.merging.is_none());
        why.is_some_and(|why| {
            let next = why.with_next.then_some(LineNo(why.line.0 + 1));
            let mut lines = std::iter::once(why.line).chain(next);
            lines.any(|at| self.rows.told_by(at) == line)
        })
    }

    fn first_visible_line(&self) -> LineNo {
        self.line_from(self.place.row).unwrap_or(LineNo(0))
    }

    /// The line that a row shows, or that its header stands for.
    fn line_of(&self, row: rows::RowNo) -> Option<LineNo> {
        match self.rows.get(row)? {
            rows::Row::Line(line) => Some(line),
            rows::Row::Section(section) => self.folds.start(section),
            rows::Row::Phase(_) => None,
        }
    }

    /// The same, of the first row from this one on that has a line.
    fn line_from(&self, row: rows::RowNo) -> Option<LineNo> {
        (row.0..self.rows.len()).find_map(|row| self.line_of(rows::RowNo(row)))
    }
}

/// `1 204 112`: groups of three, set apart by blanks.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_204, "1 204"),
            (16_777_217, "16 777 217"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
