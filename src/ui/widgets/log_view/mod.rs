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
mod input;
mod keys;
mod layout;
mod left;
mod line;
mod lines;
mod looks;
mod merging;
mod moves;
mod opened;
mod paint;
mod progress;
mod reason;
mod rows;
mod saving;
mod scroll;
mod scroll_bar;
mod select;
mod shown;
mod status;

use std::cell::RefCell;
use std::rc::Rc;

use eframe::egui::{self, Rect, Role, Sense, Ui, WidgetInfo};

use crate::model::ids::LogKey;
use crate::model::log::LineNo;
use crate::model::repeat::Gathering;
use crate::model::sweep::Sweep;
use crate::model::why::Why;
use crate::ui::action::Actions;
use crate::ui::background;

pub use asked::ask_for;
pub use colour::line_of;
use filters::Filters;
use find::Find;
use folds::Folds;
pub use input::LogInput;
pub use keys::{AREA, ARROWS, Binding, EVERYWHERE, is_logs, is_logs_name, pressed_beside};
use layout::Layout;
use line::Columns;
use lines::Lines;
use looks::Kept;
use merging::Merging;
pub use merging::OtherLog;
use moves::Move;
use rows::Rows;
use scroll::Place;
use select::Selection;
use shown::Shown;
pub use status::bytes;

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
    /// A dialog was open above in the frame before.
    covered: bool,
    following: bool,
    /// The first look has been placed: at the failure, following, or by a person.
    settled: bool,
    /// How many lines there were when following ended.
    let_go_at: u32,
    find: Find,
    filters: Filters,
    /// The row at the upper edge before the filters left lines out, and its height on the screen, until a person moves.
    before_filter: Option<(rows::Row, f32)>,
    selected: Option<Selection>,
    /// This log has been clicked: only then is a double click one on it.
    clicked: bool,
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
            covered: false,
            following: false,
            settled: false,
            let_go_at: 0,
            find: Find::default(),
            filters: Filters::default(),
            before_filter: None,
            selected: None,
            clicked: false,
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

impl LogView {
    /// Takes in what came since the last frame. Call it before the other parts are painted.
    pub fn update(&mut self, ui: &Ui, input: &LogInput<'_>) {
        if self.key.as_ref() != Some(input.key) || input.log.len() < self.folds.lines() {
            let find = std::mem::take(&mut self.find).restarted();
            let filters = std::mem::take(&mut self.filters).restarted();
            *self = Self {
                key: Some(input.key.clone()),
                find,
                filters,
                wraps: self.wraps,
                gathers: self.gathers,
                following: input.running && !input.complete,
                ..Self::default()
            };
        }
        let read = self.settled && !self.following;
        let more = self.folds.update(input, read);
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
        if !self.settled && !more && input.caught_up && self.height > 0.0 {
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
        progress::show(ui, room, input);
        paint::focus(self, ui, room);
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
        // A dialog takes the keyboard, and gives it back when it is closed.
        let was_covered = std::mem::replace(&mut self.covered, input.covered);
        if input.covered {
            return response;
        }
        if was_covered && self.focused {
            response.request_focus();
        }
        self.focused = response.has_focus();
        if self.focused {
            // The arrows scroll here; without this they would move the focus on.
            let filter = egui::EventFilter {
                // Escape lets go of what is selected or opened first, and only then of the log.
                escape: true,
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
            rows::Row::Phase(_) | rows::Row::Gap(..) => None,
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
mod tests;
