//! The keys that work everywhere, in one table: the sheet shows it, the window obeys it.

use eframe::egui::{self, Align, Key, Layout, Modifiers, Role, Ui, WidgetInfo};

use super::dialog;
use crate::ui::action::{Actions, UiAction};
use crate::ui::keys::{self, Stroke};
use crate::ui::route::Route;
use crate::ui::theme::{self, space};
use crate::ui::view::LogKeys;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{key_hint, live_pane, log_view, past_builds};

/// The dialog's distance from the window's upper edge.
const TOP: f32 = 48.0;
/// The room for the keys of a row.
const KEYS: f32 = 118.0;

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
        let struck = global.strokes.iter().any(|stroke| stroke.struck(context));
        if struck {
            actions.push((global.ask)());
        }
    }
}

/// What the sheet tells.
pub struct Sheet {
    /// The view's title.
    pub view: &'static str,
    pub of_view: &'static [(&'static str, &'static str)],
    /// Whose the letters were when it was opened.
    pub log: LogKeys,
}

/// One table of the sheet.
struct Table<'a> {
    title: &'a str,
    rows: Vec<Row>,
}

struct Row {
    keys: String,
    does: &'static str,
    /// It does nothing while the focus is where it is.
    rests: bool,
}

/// The sheet: the keys of the view, those of a log on it, those of the window. Returns whether it stays open.
pub fn sheet(context: &egui::Context, sheet: &Sheet) -> bool {
    let mut stays = true;
    let has_log = sheet.log != LogKeys::None;
    let width = if has_log { 1120.0 } else { 760.0 };
    let closed = dialog::show(context, "keys", width, TOP, |ui| {
        dialog::head(ui, |ui| dialog::title(ui, "Keys"));
        dialog::body(ui, |ui| {
            // Its head and its foot, and the room around it.
            let most = context.content_rect().height() - TOP - 190.0;
            egui::ScrollArea::vertical()
                .max_height(most.max(120.0))
                .auto_shrink([false, true])
                .show(ui, |ui| tables(ui, sheet));
        });
        dialog::foot(ui, |ui| {
            stays = !ui.add(Button::new("Close").key("Esc")).clicked();
            let theme = theme::of(ui);
            let told = match sheet.log {
                LogKeys::None => return,
                LogKeys::Beside => "Faint: acts once the log is pressed, or Tab reaches it",
                LogKeys::Focused => "Faint: acts once Esc has let go of the log",
            };
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(theme.small(told));
            });
        });
    });
    let again = keys::typed(context, "?");
    stays && !closed && !again
}

fn tables(ui: &mut Ui, sheet: &Sheet) {
    ui.add_space(space::XS);
    let view = Table {
        title: sheet.view,
        rows: view_rows(sheet),
    };
    let own = GLOBAL
        .iter()
        .map(|global| Row::new(global.label, global.does));
    let window = Table {
        title: "Everywhere",
        rows: own.chain([Row::new("Esc", "close, or step out")]).collect(),
    };
    let tables = if sheet.log == LogKeys::None {
        vec![vec![view], vec![window]]
    } else {
        vec![
            vec![view],
            vec![log_table(sheet.log)],
            vec![window, page_table(sheet)],
        ]
    };
    ui.columns(tables.len(), |columns| {
        for (ui, tables) in columns.iter_mut().zip(&tables) {
            for (number, table) in tables.iter().enumerate() {
                if number > 0 {
                    ui.add_space(space::M);
                }
                table_ui(ui, table);
            }
        }
    });
    ui.add_space(space::S);
}

fn view_rows(sheet: &Sheet) -> Vec<Row> {
    let in_log = sheet.log == LogKeys::Focused;
    let rows = sheet.of_view.iter().map(|(keys, does)| Row {
        rests: in_log && keys.split(' ').any(log_view::is_logs_name),
        ..Row::new(*keys, does)
    });
    rows.collect()
}

/// What a log on the page hears wherever the focus is, but for what the view itself answers.
fn page_table(sheet: &Sheet) -> Table<'static> {
    let is_views = |row: &Row| sheet.of_view.iter().any(|(keys, _)| *keys == row.keys);
    let of_log = log_view::EVERYWHERE.iter();
    let of_log = of_log.map(|row| Row::new(row.names(), row.does()));
    let past = live_pane::KEYS.iter().chain(past_builds::KEYS);
    let past = past.map(|(keys, does)| Row::new(*keys, does));
    Table {
        title: "With a log on the page",
        rows: of_log.chain(past).filter(|row| !is_views(row)).collect(),
    }
}

fn log_table(log: LogKeys) -> Table<'static> {
    let rests = log != LogKeys::Focused;
    let rows = log_view::AREA.iter().map(|row| (row.names(), row.does()));
    let esc = (
        "Esc".to_owned(),
        "close the line, drop the selection, let go",
    );
    let rows = rows.chain([esc]);
    Table {
        title: if rests {
            "In the log, once it is pressed"
        } else {
            "In the log: it has the keyboard now"
        },
        rows: rows.map(|(keys, does)| Row { keys, does, rests }).collect(),
    }
}

impl Row {
    fn new(keys: impl Into<String>, does: &'static str) -> Self {
        Self {
            keys: keys.into(),
            does,
            rests: false,
        }
    }
}

fn table_ui(ui: &mut Ui, table: &Table<'_>) {
    let theme = theme::of(ui);
    ui.label(theme.caption(table.title));
    ui.add_space(space::XS);
    for row in &table.rows {
        ui.horizontal_top(|ui| {
            let left = ui.cursor().left();
            ui.spacing_mut().item_spacing.x = space::XS;
            for key in row.keys.split(' ').filter(|key| !key.is_empty()) {
                key_hint::key(ui, key);
            }
            let used = ui.cursor().left() - left;
            ui.add_space((KEYS - used).max(space::XS));
            let text = if row.rests {
                theme.faint(row.does)
            } else {
                theme.body(row.does)
            };
            let words = ui.add(egui::Label::new(text).wrap());
            if row.rests {
                let told = format!("{}, not now", row.does);
                words.widget_info(|| WidgetInfo::labeled(Role::Label, true, &told));
            }
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
            let name = stroke.name();
            assert!(!seen.contains(&name), "{name}");
            seen.push(name);
        }
    }
}
