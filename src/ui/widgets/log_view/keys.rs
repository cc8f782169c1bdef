//! The keys of a log, in one table: the `?` sheet shows it, the log obeys it.
//!
//! Those of the area work while it has the keyboard's focus, the others wherever the focus is.

use eframe::egui::{self, Context, Key, Modifiers, Ui};

use super::clock;
use super::find::{self, Find};
use super::rows::{Row, RowNo};
use super::saving;
use super::scroll::ROW;
use super::select::{self, Copying, Selection};
use super::{LogInput, LogView, Move};
use crate::model::log::LineNo;
use crate::ui::action::Actions;
use crate::ui::keys::Stroke;

/// What a stroke does; it is asked only in the frame in which it was typed.
type Act = fn(&mut LogView, &Ui, &LogInput<'_>, &mut Actions);

/// One row of the sheet: strokes that belong together, and what each does.
pub struct Binding {
    does: &'static str,
    strokes: &'static [(Stroke, Act)],
}

impl Binding {
    pub const fn does(&self) -> &'static str {
        self.does
    }

    /// The strokes by their names, set apart by blanks.
    pub fn names(&self) -> String {
        let names = self.strokes.iter().map(|(stroke, _)| stroke.name());
        names.collect::<Vec<_>>().join(" ")
    }
}

const fn plain(key: Key) -> Stroke {
    Stroke::Plain(key)
}

const fn with(modifiers: Modifiers, key: Key) -> Stroke {
    Stroke::With(modifiers, key)
}

const CTRL: Modifiers = Modifiers::COMMAND;
const SHIFT: Modifiers = Modifiers::SHIFT;
const BOTH: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// The keys of the area, in the order of the sheet.
pub const AREA: &[Binding] = &[
    Binding {
        does: "scroll by a line",
        strokes: &[
            (plain(Key::J), |view, _, _, _| by_lines(view, 1.0)),
            (plain(Key::K), |view, _, _, _| by_lines(view, -1.0)),
            (plain(Key::ArrowDown), |view, _, _, _| by_lines(view, 1.0)),
            (plain(Key::ArrowUp), |view, _, _, _| by_lines(view, -1.0)),
        ],
    },
    Binding {
        does: "a page down",
        strokes: &[
            (plain(Key::Space), |view, _, _, _| by_pages(view, 1.0)),
            (plain(Key::PageDown), |view, _, _, _| by_pages(view, 1.0)),
        ],
    },
    Binding {
        does: "a page up",
        strokes: &[
            (with(SHIFT, Key::Space), |view, _, _, _| {
                by_pages(view, -1.0);
            }),
            (plain(Key::PageUp), |view, _, _, _| by_pages(view, -1.0)),
        ],
    },
    Binding {
        does: "the first line, the last",
        strokes: &[
            (plain(Key::Home), |view, _, _, _| {
                view.moves.push(Move::Part(0.0));
            }),
            (plain(Key::End), |view, _, _, _| {
                view.moves.push(Move::Part(1.0));
            }),
        ],
    },
    Binding {
        does: "select a line more, a line less",
        strokes: &[
            (with(SHIFT, Key::ArrowDown), |view, _, _, _| {
                reach(view, true);
            }),
            (with(SHIFT, Key::ArrowUp), |view, _, _, _| {
                reach(view, false);
            }),
        ],
    },
    Binding {
        does: "select all",
        strokes: &[(with(CTRL, Key::A), |view, _, input, _| {
            view.select_all(input);
        })],
    },
    Binding {
        does: "copy what is selected, clean",
        strokes: &[(plain(Key::Y), copy), (Stroke::Copy, copy)],
    },
    Binding {
        does: "copy it as it came, secrets too",
        strokes: &[
            (with(SHIFT, Key::Y), copy_raw),
            (with(BOTH, Key::C), copy_raw),
        ],
    },
    Binding {
        does: "copy a link to the line",
        strokes: &[(plain(Key::L), |view, _, input, actions| {
            view.copy_link(input, actions);
        })],
    },
    Binding {
        does: "open the selected line whole",
        strokes: &[(plain(Key::Enter), |view, _, _, _| view.open_selected())],
    },
    Binding {
        does: "only lines with it, without it",
        strokes: &[
            (plain(Key::I), |view, _, input, _| {
                like_it(view, input, false);
            }),
            (plain(Key::X), |view, _, input, _| {
                like_it(view, input, true);
            }),
        ],
    },
    Binding {
        does: "warnings and errors, errors, all",
        strokes: &[(plain(Key::E), |view, _, _, _| {
            if view.merging.is_none() {
                view.filters.next_level();
            }
        })],
    },
    Binding {
        does: "what the times count",
        strokes: &[(plain(Key::T), |_, _, input, actions| {
            clock::go_on(input.clock, actions);
        })],
    },
    Binding {
        does: "wrap long lines, or not",
        strokes: &[(plain(Key::Z), |view, _, _, _| view.wraps = !view.wraps)],
    },
];

/// The keys wherever the focus is, outside text fields, in the order of the sheet.
pub const EVERYWHERE: &[Binding] = &[
    Binding {
        does: "find in the log",
        strokes: &[(Stroke::Character("/"), |_, ui, _, _| {
            let id = Find::id(ui);
            ui.ctx().memory_mut(|memory| memory.request_focus(id));
        })],
    },
    Binding {
        does: "the next match",
        strokes: &[
            (plain(Key::N), |view, _, input, _| step(view, input, true)),
            (plain(Key::F3), |view, _, input, _| step(view, input, true)),
        ],
    },
    Binding {
        does: "the match before",
        strokes: &[
            (with(SHIFT, Key::N), |view, _, input, _| {
                step(view, input, false);
            }),
            (with(SHIFT, Key::F3), |view, _, input, _| {
                step(view, input, false);
            }),
        ],
    },
    Binding {
        does: "follow the end, or let go",
        strokes: &[(plain(Key::F), |view, _, input, _| {
            if input.is_growing() {
                view.moves.push(Move::Follow(!view.following));
            }
        })],
    },
    Binding {
        does: "show why it failed",
        strokes: &[(plain(Key::W), |view, _, _, _| view.show_why())],
    },
    Binding {
        does: "save a clean copy as a file",
        strokes: &[(with(CTRL, Key::S), |_, _, input, actions| {
            saving::save(Copying::Clean, input, actions);
        })],
    },
    Binding {
        does: "open a clean copy in your editor",
        strokes: &[(with(CTRL, Key::E), |view, _, input, actions| {
            view.edit(input, actions);
        })],
    },
];

/// The arrows belong to what has the focus; Tab and Esc lead away from it.
pub const ARROWS: egui::EventFilter = egui::EventFilter {
    tab: false,
    horizontal_arrows: true,
    vertical_arrows: true,
    escape: false,
};

/// Whether a key is the log's while it has the focus, whatever the view around it does with it.
pub fn is_logs(key: Key) -> bool {
    let mut strokes = AREA.iter().flat_map(|binding| binding.strokes);
    strokes.any(|(stroke, _)| *stroke == Stroke::Plain(key))
}

/// The same of a key by the name it has on a sheet.
pub fn is_logs_name(name: &str) -> bool {
    let mut strokes = AREA.iter().flat_map(|binding| binding.strokes);
    strokes.any(|(stroke, _)| matches!(stroke, Stroke::Plain(_)) && stroke.name() == name)
}

/// A key of the page around a log was pressed, and is not the log's because that has the focus. Takes it.
pub fn pressed_beside(context: &Context, key: Key, in_log: bool) -> bool {
    !(in_log && is_logs(key)) && Stroke::Plain(key).struck(context)
}

/// What was typed of these, those with modifiers first: a plain key would take them too.
fn struck(of: &[Binding], ui: &Ui) -> Vec<Act> {
    let all = || of.iter().flat_map(|binding| binding.strokes);
    let modified = all().filter(|(stroke, _)| stroke.is_modified());
    let others = all().filter(|(stroke, _)| !stroke.is_modified());
    let typed = modified
        .chain(others)
        .filter(|(stroke, _)| stroke.struck(ui.ctx()));
    typed.map(|(_, act)| *act).collect()
}

/// The keys of the area itself.
pub fn area(view: &mut LogView, ui: &Ui, input: &LogInput<'_>, actions: &mut Actions) {
    for act in struck(AREA, ui) {
        act(view, ui, input, actions);
    }
    // One thing at a time, and the log's hold on the keyboard last; the next one steps out of the page.
    if Stroke::Plain(Key::Escape).struck(ui.ctx())
        && view.opened.take().is_none()
        && view.selected.take().is_none()
    {
        let id = find::area_id(ui);
        ui.memory_mut(|memory| memory.surrender_focus(id));
        view.focused = false;
    }
}

/// The keys of a page with a log, wherever the focus is.
pub fn everywhere(view: &mut LogView, ui: &Ui, input: &LogInput<'_>, actions: &mut Actions) {
    // Also where the log has no focus: the panel's own button promises it.
    if view.opened.is_some() && Stroke::Plain(Key::Escape).struck(ui.ctx()) {
        view.opened = None;
    }
    for act in struck(EVERYWHERE, ui) {
        act(view, ui, input, actions);
    }
    if !view.moves.is_empty() {
        // It was painted before the keys were asked.
        ui.ctx()
            .request_repaint_after(std::time::Duration::from_millis(1));
    }
}

fn by_lines(view: &mut LogView, lines: f32) {
    view.moves.push(Move::By(lines * ROW));
}

fn by_pages(view: &mut LogView, pages: f32) {
    let page = (view.height - 2.0 * ROW).max(ROW);
    view.moves.push(Move::By(pages * page));
}

fn copy(view: &mut LogView, _: &Ui, input: &LogInput<'_>, actions: &mut Actions) {
    select::copy(view, Copying::Clean, input, actions);
}

fn copy_raw(view: &mut LogView, _: &Ui, input: &LogInput<'_>, actions: &mut Actions) {
    select::copy(view, Copying::Raw, input, actions);
}

/// Shows only lines with the selected words, or hides them.
fn like_it(view: &mut LogView, input: &LogInput<'_>, hides: bool) {
    if view.merging.is_none()
        && let Some(words) = select::words(view, input)
    {
        view.filters.add(hides, words);
    }
}

fn step(view: &mut LogView, input: &LogInput<'_>, forward: bool) {
    let (from, lines) = (view.first_visible_line(), view.lines(input));
    if let Some(line) = view.find.step(forward, from, &lines, &view.shown) {
        view.moves.push(Move::Show(line));
    }
}

/// Shift with an arrow reaches one line further; from nothing it begins at the first line in view.
fn reach(view: &mut LogView, down: bool) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_of_a_log_means_two_things() {
        let mut seen: Vec<Stroke> = Vec::new();
        let rows = AREA.iter().chain(EVERYWHERE);
        for (stroke, _) in rows.flat_map(|binding| binding.strokes) {
            assert!(!seen.contains(stroke), "{}", stroke.name());
            seen.push(*stroke);
        }
    }

    #[test]
    fn strokes_are_named_as_they_are_typed() {
        let named = |does: &str| {
            let mut rows = AREA.iter().chain(EVERYWHERE);
            rows.find(|row| row.does == does).unwrap().names()
        };
        assert_eq!(named("a page up"), "Shift+Space PgUp");
        assert_eq!(named("copy what is selected, clean"), "y Ctrl+C");
        assert_eq!(named("the match before"), "Shift+N Shift+F3");
        assert_eq!(named("open a clean copy in your editor"), "Ctrl+E");
        assert!(is_logs(Key::Y) && !is_logs(Key::R));
    }
}
