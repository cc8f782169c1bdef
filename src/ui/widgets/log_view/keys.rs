//! The keys of a log. Those of the area work while it has the keyboard's focus, the others wherever the focus is.

use eframe::egui::{self, Event, Key, Modifiers, Ui};

use super::clock;
use super::find::Find;
use super::rows::{Row, RowNo};
use super::saving;
use super::scroll::ROW;
use super::select::{self, Copying, Selection};
use super::{LogInput, LogView, Move};
use crate::model::log::LineNo;
use crate::ui::action::{Actions, UiAction};
use crate::ui::keys;

/// For the `?` sheet, beside the keys of a view that shows a log: those of a log that has the focus.
pub const KEYS: &[(&str, &str)] = &[
    ("j k Space", "scroll"),
    ("Shift+↑ ↓", "select lines; Ctrl+A: all"),
    ("y Y", "copy, clean or as it came"),
    ("l", "copy a link to the line"),
    ("Enter", "open the selected line whole"),
    ("i x", "only, without lines like it"),
    ("e", "warnings and errors, errors, all"),
    ("t z", "what the times count; wrap"),
    ("Ctrl+S", "save a clean copy as a file"),
];

/// The arrows belong to what has the focus; Tab and Esc lead away from it.
pub const ARROWS: egui::EventFilter = egui::EventFilter {
    tab: false,
    horizontal_arrows: true,
    vertical_arrows: true,
    escape: false,
};

/// Letters that are the log's while it has the focus, whatever the view around it does with them.
pub const LETTERS: &[Key] = &[
    Key::J,
    Key::K,
    Key::Y,
    Key::L,
    Key::I,
    Key::X,
    Key::E,
    Key::T,
    Key::Z,
];

/// The keys of the area itself.
pub fn area(view: &mut LogView, ui: &Ui, input: &LogInput<'_>, actions: &mut Actions) {
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    selecting(view, ui, input);
    let raw =
        pressed(Modifiers::SHIFT, Key::Y) || pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::C);
    let clean = ui.input(|input| {
        input
            .events
            .iter()
            .any(|event| matches!(event, Event::Copy))
    }) || pressed(Modifiers::NONE, Key::Y);
    if raw {
        select::copy(view, Copying::Raw, input, actions);
    } else if clean {
        select::copy(view, Copying::Clean, input, actions);
    }
    if pressed(Modifiers::NONE, Key::L) {
        view.copy_link(input, actions);
    }
    if pressed(Modifiers::NONE, Key::Enter) {
        view.open_selected();
    }
    if pressed(Modifiers::NONE, Key::T) {
        let next = clock::next(input.clock);
        actions.push(UiAction::Settings(Box::new(move |settings| {
            settings.views.log_clock = next;
        })));
    }
    if pressed(Modifiers::NONE, Key::Z) {
        view.wraps = !view.wraps;
    }
    if pressed(Modifiers::NONE, Key::E) && view.merging.is_none() {
        view.filters.next_level();
    }
    for (key, hides) in [(Key::I, false), (Key::X, true)] {
        if pressed(Modifiers::NONE, key)
            && view.merging.is_none()
            && let Some(words) = select::words(view, input)
        {
            view.filters.add(hides, words);
        }
    }
    scrolling(view, ui);
}

fn scrolling(view: &mut LogView, ui: &Ui) {
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let page = (view.height - 2.0 * ROW).max(ROW);
    for (modifiers, key, points) in [
        (Modifiers::NONE, Key::ArrowDown, ROW),
        (Modifiers::NONE, Key::J, ROW),
        (Modifiers::NONE, Key::ArrowUp, -ROW),
        (Modifiers::NONE, Key::K, -ROW),
        (Modifiers::NONE, Key::PageDown, page),
        (Modifiers::SHIFT, Key::Space, -page),
        (Modifiers::NONE, Key::Space, page),
        (Modifiers::NONE, Key::PageUp, -page),
    ] {
        if pressed(modifiers, key) {
            view.moves.push(Move::By(points));
        }
    }
    if pressed(Modifiers::NONE, Key::Home) {
        view.moves.push(Move::Part(0.0));
    }
    if pressed(Modifiers::NONE, Key::End) {
        view.moves.push(Move::Part(1.0));
    }
}

/// Shift with an arrow reaches one line further; from nothing it begins at the first line in view.
fn selecting(view: &mut LogView, ui: &Ui, input: &LogInput<'_>) {
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    for (key, down) in [(Key::ArrowDown, true), (Key::ArrowUp, false)] {
        if !pressed(Modifiers::SHIFT, key) {
            continue;
        }
        let selected = match view.selected.take() {
            None => Selection::line(view.first_visible_line()),
            Some(before) => Selection {
                from: before.from,
                to: beside(view, before.to, down).unwrap_or(before.to),
                part: None,
            },
        };
        view.moves.push(Move::Show(selected.to));
        view.selected = Some(selected);
    }
    if pressed(Modifiers::COMMAND, Key::A) {
        view.select_all(input);
    }
    let has_any = view.opened.is_some() || view.selected.is_some();
    if has_any && pressed(Modifiers::NONE, Key::Escape) && view.opened.take().is_none() {
        view.selected = None;
    }
}

/// The shown line below or above one.
fn beside(view: &LogView, line: LineNo, down: bool) -> Option<LineNo> {
    let mut row = view.rows.of_line(line);
    loop {
        row = RowNo(if down {
            row.0 + 1
        } else {
            row.0.checked_sub(1)?
        });
        if let Row::Line(line) = view.rows.get(row)? {
            return Some(line);
        }
    }
}

/// `/` finds, `n` and `N` step through the matches, `f` follows, `w` shows why it failed.
pub fn everywhere(view: &mut LogView, ui: &Ui, input: &LogInput<'_>, actions: &mut Actions) {
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::COMMAND, Key::S) {
        saving::save(Copying::Clean, input, actions);
    }
    if ui.ctx().text_edit_focused() {
        return;
    }
    // Also where the log has no focus: the panel's own button promises it.
    if view.opened.is_some() && keys::pressed(ui.ctx(), Key::Escape) {
        view.opened = None;
    }
    if keys::typed(ui.ctx(), "/") {
        let id = Find::id(ui);
        ui.ctx().memory_mut(|memory| memory.request_focus(id));
    }
    for (modifiers, key, forward) in [
        (Modifiers::SHIFT, Key::N, false),
        (Modifiers::NONE, Key::N, true),
        (Modifiers::SHIFT, Key::F3, false),
        (Modifiers::NONE, Key::F3, true),
    ] {
        if pressed(modifiers, key)
            && let Some(line) = view.find.step(
                forward,
                view.first_visible_line(),
                &view.lines(input),
                &view.shown,
            )
        {
            view.moves.push(Move::Show(line));
        }
    }
    if pressed(Modifiers::NONE, Key::F) && !input.complete {
        view.moves.push(Move::Follow(!view.following));
    }
    if pressed(Modifiers::NONE, Key::W) {
        view.show_why();
    }
    if !view.moves.is_empty() {
        // It was painted before the keys were asked.
        ui.ctx()
            .request_repaint_after(std::time::Duration::from_millis(1));
    }
}
