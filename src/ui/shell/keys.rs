//! The keys that work everywhere, in one table: the sheet shows it, the window obeys it.

use eframe::egui::{self, Key, Modifiers, Ui};

use super::dialog;
use crate::ui::action::{Actions, UiAction};
use crate::ui::keys;
use crate::ui::route::Route;
use crate::ui::theme::{self, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{key_hint, live_pane, log_view};

/// What a global key asks for.
type Ask = fn() -> UiAction;

struct Global {
    label: &'static str,
    does: &'static str,
    /// Every way to type it.
    strokes: &'static [Stroke],
    /// It concerns the window alone, and so works over a dialog too.
    over_dialogs: bool,
    ask: Ask,
}

enum Stroke {
    /// Works inside a text field too: what has a modifier or writes no letter.
    With(Modifiers, Key),
    /// A character, wherever the keyboard's layout has it.
    Character(&'static str),
    Plain(Key),
}

/// In the order of the sheet.
const GLOBAL: &[Global] = &[
    Global {
        label: "Ctrl+K  :",
        does: "go to a pipeline, a view, or do something",
        strokes: &[
            Stroke::With(Modifiers::COMMAND, Key::K),
            Stroke::Character(":"),
        ],
        over_dialogs: false,
        ask: || UiAction::OpenPalette,
    },
    Global {
        label: "?",
        does: "the keys of this view",
        strokes: &[Stroke::Character("?"), Stroke::Plain(Key::F1)],
        over_dialogs: false,
        ask: || UiAction::OpenKeys,
    },
    Global {
        label: "Alt+←",
        does: "back",
        strokes: &[
            Stroke::With(Modifiers::ALT, Key::ArrowLeft),
            Stroke::Plain(Key::BrowserBack),
        ],
        over_dialogs: false,
        ask: || UiAction::Back,
    },
    Global {
        label: "Alt+→",
        does: "forward",
        strokes: &[Stroke::With(Modifiers::ALT, Key::ArrowRight)],
        over_dialogs: false,
        ask: || UiAction::Forward,
    },
    Global {
        label: "F5",
        does: "read what is on screen again now",
        strokes: &[Stroke::Plain(Key::F5)],
        over_dialogs: false,
        ask: || UiAction::Refresh,
    },
    Global {
        label: "Ctrl+,",
        does: "settings",
        strokes: &[Stroke::With(Modifiers::COMMAND, Key::Comma)],
        over_dialogs: false,
        ask: || UiAction::Go(Route::Settings),
    },
    Global {
        label: "Ctrl++",
        does: "larger",
        strokes: &[
            Stroke::With(Modifiers::COMMAND, Key::Plus),
            Stroke::With(Modifiers::COMMAND, Key::Equals),
        ],
        over_dialogs: true,
        ask: || UiAction::ZoomIn,
    },
    Global {
        label: "Ctrl+−",
        does: "smaller",
        strokes: &[Stroke::With(Modifiers::COMMAND, Key::Minus)],
        over_dialogs: true,
        ask: || UiAction::ZoomOut,
    },
    Global {
        label: "Ctrl+0",
        does: "the size of the system",
        strokes: &[Stroke::With(Modifiers::COMMAND, Key::Num0)],
        over_dialogs: true,
        ask: || UiAction::ZoomReset,
    },
    Global {
        label: "F11",
        does: "full screen",
        strokes: &[Stroke::With(Modifiers::NONE, Key::F11)],
        over_dialogs: true,
        ask: || UiAction::FullScreen,
    },
    Global {
        label: "Ctrl+Q",
        does: "quit",
        strokes: &[Stroke::With(Modifiers::COMMAND, Key::Q)],
        over_dialogs: false,
        ask: || UiAction::Quit,
    },
];

/// Turns this frame's global keys into actions. While a dialog covers the window, only size and full screen.
pub fn obey(context: &egui::Context, covered: bool, actions: &mut Actions) {
    for global in GLOBAL {
        if covered && !global.over_dialogs {
            continue;
        }
        let struck = global.strokes.iter().any(|stroke| match stroke {
            Stroke::With(modifiers, key) => keys::shortcut(context, *modifiers, *key),
            Stroke::Character(character) => keys::typed(context, character),
            Stroke::Plain(key) => keys::pressed(context, *key),
        });
        if struck {
            actions.push((global.ask)());
        }
    }
}

/// The sheet: the keys of the view, then those of the window. Returns whether it stays open.
pub fn sheet(
    context: &egui::Context,
    view: &'static str,
    of_view: &'static [(&'static str, &'static str)],
) -> bool {
    let mut stays = true;
    let closed = dialog::show(context, "keys", 760.0, 80.0, |ui| {
        dialog::head(ui, |ui| dialog::title(ui, "Keys"));
        dialog::body(ui, |ui| {
            ui.add_space(space::XS);
            ui.columns(2, |columns| {
                let [left, right] = columns else { return };
                table(left, view, of_view.iter().copied());
                let global = GLOBAL.iter().map(|global| (global.label, global.does));
                table(
                    right,
                    "Everywhere",
                    global.chain([("Esc", "close, or step out")]),
                );
                // The view's own table tells how to step through a log's matches.
                if of_view.iter().any(|(keys, _)| *keys == "n N") {
                    right.add_space(space::M);
                    let log = log_view::KEYS.iter().chain(live_pane::KEYS).copied();
                    table(right, "In a log, once it is pressed", log);
                }
            });
            ui.add_space(space::S);
        });
        dialog::foot(ui, |ui| {
            stays = !ui.add(Button::new("Close").key("Esc")).clicked();
        });
    });
    let again = keys::typed(context, "?");
    stays && !closed && !again
}

fn table(ui: &mut Ui, title: &str, rows: impl Iterator<Item = (&'static str, &'static str)>) {
    let theme = theme::of(ui);
    ui.label(theme.caption(title));
    ui.add_space(space::XS);
    for (keys, does) in rows {
        ui.horizontal(|ui| {
            let left = ui.cursor().left();
            ui.spacing_mut().item_spacing.x = space::XS;
            for key in keys.split(' ').filter(|key| !key.is_empty()) {
                key_hint::key(ui, key);
            }
            let used = ui.cursor().left() - left;
            ui.add_space((112.0 - used).max(space::XS));
            ui.label(theme.soft(does));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let mut seen = Vec::new();
        for stroke in GLOBAL.iter().flat_map(|global| global.strokes) {
            let name = match stroke {
                Stroke::With(modifiers, key) => format!("{modifiers:?} {key:?}"),
                Stroke::Character(character) => (*character).to_owned(),
                Stroke::Plain(key) => format!("{key:?}"),
            };
            assert!(!seen.contains(&name), "{name}");
            seen.push(name);
        }
    }
}
