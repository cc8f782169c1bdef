//! Searching the logs of a project's past builds: what is looked for, where it was found, and the log at that line.
//!
//! Only logs that this computer keeps are searched. Builds whose log is not kept are counted, and read once a person
//! asks for it. Typing begins the search anew; what has been found so far is shown while it goes on. Main thread.

mod results;
mod unread;

use std::time::Duration;

use eframe::egui::{
    self, Align, Context, Event, Id, Key, Layout, Modifiers, Rect, Stroke, Ui, pos2, vec2,
};

use crate::model::build::Phase;
use crate::model::find::Query;
use crate::model::ids::{BuildKey, BuildProjectKey, LogKey};
use crate::model::log::LineNo;
use crate::model::past::{PastQuery, PastSearch};
use crate::model::remote::Remote;
use crate::ui::action::{KeptAction, UiAction};
use crate::ui::keys;
use crate::ui::route::{BuildTab, BuildsRoute, Route};
use crate::ui::theme::{self, size};
use crate::ui::view::ViewContext;
use crate::ui::widgets::build_pane::{FOOTER, HEADER};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::log_view::{LogInput, LogView, grouped};
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{empty, fault_banner, glyph, safe_text, skeleton, split};
use results::Results;
use unread::Unread;

/// The keys of the search, for the `?` sheet.
pub const KEYS: &[(&str, &str)] = &[
    (
        "Ctrl+Shift+F",
        "search the logs of this project's past builds",
    ),
    (
        "j k ↑ ↓",
        "another line that was found, once the field is left",
    ),
    ("Enter", "show the line in its log"),
];

/// The share of the room that the results take.
const SHARE: f32 = 0.45;
const LEAST: f32 = 280.0;

/// The state of the search. One per pane; another project's key starts it anew.
#[derive(Default)]
pub struct PastBuilds {
    project: Option<BuildProjectKey>,
    query: Query,
    /// What was asked for last.
    asked: Option<PastQuery>,
    results: Results,
    unread: Unread,
    /// The line whose log is shown.
    open: Option<Opened>,
    log: LogView,
    focused: bool,
}

struct Opened {
    key: LogKey,
    build: BuildKey,
    line: LineNo,
    /// The log has been brought there.
    shown: bool,
}

/// What the button that opens the search is for.
pub const HINT: &str = "Search the logs of this project's past builds (Ctrl+Shift+F)";

/// The button that opens the search, wherever a project's builds are looked at.
pub fn button_ui(ui: &mut Ui, button: Button) {
    if ui.add(button).on_hover_text(HINT).clicked() {
        ui.data_mut(|data| data.insert_temp(pressed(), true));
        ui.ctx().request_repaint_after(Duration::from_millis(1));
    }
}

/// Whether the search was asked for, by its keys or its button.
pub fn asked_for(context: &Context) -> bool {
    let pressed = context.data_mut(|data| data.remove_temp::<bool>(pressed()).is_some());
    keys::shortcut(context, Modifiers::CTRL | Modifiers::SHIFT, Key::F) || pressed
}

/// Where the press of the button waits for the next frame.
fn pressed() -> Id {
    Id::unique("past builds pressed")
}

impl PastBuilds {
    /// Paints the search in all the room there is; returns whether a person has left it.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, project: &BuildProjectKey) -> bool {
        if self.project.as_ref() != Some(project) {
            *self = Self {
                project: Some(project.clone()),
                query: std::mem::take(&mut self.query),
                ..Self::default()
            };
            cx.actions.push(UiAction::Kept(KeptAction::Look));
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let kept = cx.kept;
        let search = kept
            .search
            .as_deref()
            .filter(|search| search.query.project == *project);
        let mut left = self.header_ui(ui, cx, project, search);
        self.unread.ui(ui, cx, project);
        if let Some(fault) = &kept.fault {
            fault_banner::show(ui, fault, cx.now);
        }
        self.ask(cx, project);
        self.results.update(search);
        let room = ui.available_rect_before_wrap();
        let width = (room.width() * SHARE).max(LEAST).min(room.width());
        let middle = room.left() + width;
        let list = Rect::from_min_max(room.min, pos2(middle, room.bottom()));
        let log = Rect::from_min_max(pos2(middle + 1.0, room.top()), room.max);
        let line = Stroke::new(1.0, theme::of(ui).line);
        ui.painter().vline(middle, room.y_range(), line);
        let picked = inside(ui, list, |ui| self.list_ui(ui, cx, search));
        if let Some((key, build, line)) = picked {
            let shown = false;
            self.open = Some(Opened {
                key,
                build,
                line,
                shown,
            });
        }
        inside(ui, log, |ui| self.log_ui(ui, cx));
        ui.advance_cursor_after_rect(room);
        left |= !cx.covered && keys::pressed(ui.ctx(), Key::Escape);
        if left {
            cx.actions.push(UiAction::Kept(KeptAction::Search(None)));
            self.asked = None;
        }
        left
    }

    /// The field with its switches, what was found so far, and the way back.
    fn header_ui(
        &mut self,
        ui: &mut Ui,
        cx: &ViewContext<'_>,
        project: &BuildProjectKey,
        search: Option<&PastSearch>,
    ) -> bool {
        let theme = theme::of(ui);
        let fault = self.query.pattern().err();
        let words = match (&fault, search) {
            (Some(fault), _) => safe_text::line(fault).into_owned(),
            (None, Some(search)) => summary(search),
            (None, None) => format!(
                "{} of {} here",
                logs(cx.kept.of_project(project).count() as u64),
                safe_text::line(project.name.as_str())
            ),
        };
        let mut left = false;
        let mut both = (self, &mut left);
        split::row(
            ui,
            HEADER,
            12.0,
            &mut both,
            |ui, (_, left)| {
                let back = Button::new("Back").small().key("Esc");
                **left = ui
                    .add(back.named("Back from the search in past builds"))
                    .clicked();
            },
            |ui, (this, _)| {
                this.field_ui(ui, fault.is_some());
                switch(ui, ".*", "Regular expression", &mut this.query.regex);
                switch(ui, "Aa", "Match case", &mut this.query.match_case);
                let colour = if fault.is_some() {
                    theme.fail
                } else {
                    theme.soft
                };
                ui.label(theme.small(words).color(colour));
            },
        );
        let line = Stroke::new(1.0, theme.line);
        let bottom = ui.cursor().top() - 0.5;
        ui.painter().hline(ui.max_rect().x_range(), bottom, line);
        left
    }

    fn field_ui(&mut self, ui: &mut Ui, faulty: bool) {
        let id = Id::unique("past builds field");
        let field = TextField::new(&mut self.query.text, "Search the logs of past builds")
            .width(260.0)
            .height(24.0)
            .mono()
            .id(id)
            .faulty(faulty)
            .show(ui);
        if !std::mem::replace(&mut self.focused, true) {
            field.request_focus();
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if entered {
            // The results get the keyboard: j, k and Enter go on from here.
            ui.input_mut(|input| {
                input.events.retain(|event| {
                    !matches!(
                        event,
                        Event::Key {
                            key: Key::Enter,
                            ..
                        }
                    )
                });
            });
            self.results.pick_first();
        }
    }

    /// Asks once for what is typed now.
    fn ask(&mut self, cx: &mut ViewContext<'_>, project: &BuildProjectKey) {
        let wanted =
            (!self.query.text.is_empty() && self.query.pattern().is_ok()).then(|| PastQuery {
                project: project.clone(),
                query: self.query.clone(),
            });
        // Logs that have been kept since belong to the answer too.
        let grown = self.unread.has_grown(cx.kept.revision);
        if wanted != self.asked || (grown && wanted.is_some()) {
            self.asked.clone_from(&wanted);
            cx.actions.push(UiAction::Kept(KeptAction::Search(wanted)));
        }
    }

    fn list_ui(
        &mut self,
        ui: &mut Ui,
        cx: &ViewContext<'_>,
        search: Option<&PastSearch>,
    ) -> Option<(LogKey, BuildKey, LineNo)> {
        let Some(search) = search.filter(|_| !self.query.text.is_empty()) else {
            empty::show(
                ui,
                "Search past builds",
                "Every line of every kept log of this project, newest build first.",
                |_| {},
            );
            return None;
        };
        if search.found.is_empty() {
            if search.done && search.of == 0 {
                let how = "No log of this project is kept on this computer yet. Read those of its builds above, or open one: what is read to its end is kept.";
                empty::show(ui, "Nothing to search yet", how, |_| {});
            } else if search.done {
                let how = format!("{} searched to the last line.", logs(u64::from(search.of)));
                empty::show(ui, "Not found", &how, |_| {});
            }
            return None;
        }
        let open = self.open.as_ref().map(|open| (&open.key, open.line));
        let keys = !cx.covered && !self.log.has_focus();
        self.results.ui(ui, cx, search, open, keys)
    }

    /// The log of the line that was picked, brought to that line once it has been read.
    fn log_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Some(open) = &mut self.open else {
            empty::show(
                ui,
                "No line picked",
                "A line that was found is shown here within its log.",
                |_| {},
            );
            return;
        };
        open_header(ui, cx, open);
        cx.focus.logs.push(open.key.clone());
        let snapshot = cx.snapshot;
        let tail = snapshot.logs.get(&open.key);
        let Some(tail) = tail
            .and_then(Remote::value)
            .filter(|tail| !tail.log.is_empty())
        else {
            skeleton::rows(ui, "Reading the log…", 8);
            return;
        };
        let row = snapshot.builds.get(&open.build);
        let build = row.and_then(|row| row.build.value());
        let phases: &[Phase] = build.map_or(&[], |build| &build.phases);
        let input = LogInput::of(&open.key, &tail.log, tail.position, cx);
        let input = LogInput {
            origin: tail.origin,
            running: build.is_some_and(|build| build.state.status.is_moving()),
            part_read: build.and_then(|build| build.part_read(&tail.log)),
            phases,
            build: Some(&open.build),
            ..input
        };
        self.log.update(ui, &input);
        if input.caught_up && !std::mem::replace(&mut open.shown, true) {
            self.log.go_to(open.line);
        }
        let room = ui.available_rect_before_wrap();
        let foot = pos2(room.left(), (room.bottom() - FOOTER).max(room.top()));
        let text = Rect::from_min_max(room.min, pos2(room.right(), foot.y));
        inside(ui, text, |ui| self.log.ui(ui, &input, cx.actions));
        inside(ui, Rect::from_min_max(foot, room.max), |ui| {
            let line = Stroke::new(1.0, theme::of(ui).line);
            ui.painter().hline(room.x_range(), foot.y, line);
            ui.horizontal_centered(|ui| {
                ui.spacing_mut().item_spacing.x = 12.0;
                ui.add_space(12.0);
                self.log.status_ui(ui, &input, cx.actions);
            });
        });
    }
}

/// Which build's log it is, and the way to the build itself.
fn open_header(ui: &mut Ui, cx: &mut ViewContext<'_>, open: &Opened) {
    let theme = theme::of(ui);
    let kept = cx.kept.logs.iter().find(|log| log.key == open.key);
    let line = format!("line {}", grouped(u64::from(open.line.0) + 1));
    split::row(
        ui,
        HEADER,
        12.0,
        cx,
        |ui, cx| {
            if ui.add(Button::new("Open build").small()).clicked() {
                cx.actions
                    .push(UiAction::Go(Route::Builds(BuildsRoute::Build {
                        build: open.build.clone(),
                        tab: BuildTab::default(),
                    })));
            }
        },
        |ui, _| {
            if let Some(kept) = kept {
                glyph::state(ui, &kept.build.state, size::GLYPH);
                ui.label(theme.strong(safe_text::line(&kept.build.name())));
            }
            ui.label(theme.small(line));
        },
    );
}

/// A word that is on or off.
fn switch(ui: &mut Ui, words: &str, what: &str, on: &mut bool) {
    let theme = theme::of(ui);
    let state = if *on { "on" } else { "off" };
    let button = Button::new(words)
        .quiet()
        .small()
        .named(format!("{what}: {state}"));
    let response = ui.add(button).on_hover_text(what);
    if *on {
        let line = response.rect.shrink2(vec2(6.0, 2.0));
        let stroke = Stroke::new(2.0, theme.accent);
        ui.painter().hline(line.x_range(), line.bottom(), stroke);
    }
    if response.clicked() {
        *on = !*on;
    }
}

/// A part of the room of its own.
fn inside<T>(ui: &mut Ui, room: Rect, paint: impl FnOnce(&mut Ui) -> T) -> T {
    let mut child = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(room)
            .layout(Layout::top_down(Align::Min)),
    );
    child.set_clip_rect(room.intersect(ui.clip_rect()));
    child.set_min_size(room.size());
    paint(&mut child)
}

fn logs(count: u64) -> String {
    match count {
        1 => "1 kept log".to_owned(),
        several => format!("{} kept logs", grouped(several)),
    }
}

/// `14 hits in 3 of 41 builds · 0.9 ms a build`.
fn summary(search: &PastSearch) -> String {
    let hits = match search.hits() {
        1 => "1 hit".to_owned(),
        several => format!("{} hits", grouped(several)),
    };
    let builds = search.found.len();
    if !search.done {
        return format!(
            "{hits} in {builds} builds, {} of {} searched",
            search.searched, search.of
        );
    }
    let pace = search.pace().map_or_else(String::new, |pace| {
        format!(" · {:.1} ms a build", pace.as_secs_f64() * 1_000.0)
    });
    format!("{hits} in {builds} of {} builds{pace}", search.of)
}
