//! The dialog that says why a build failed. It opens over the Board, the graph and the log alike.
//!
//! It keeps the build and its log in the focus, so that the engine reads both, and looks through the log in the background
//! once all of it is there. Main thread.

use std::sync::{Arc, OnceLock};

use eframe::egui::{self, Key, Ui};

use super::dialog;
use crate::model::build::Build;
use crate::model::fault::Fault;
use crate::model::fold::FoldIndex;
use crate::model::ids::{BuildKey, LogKey};
use crate::model::log::{LogSnapshot, LogTail, TailPosition};
use crate::model::remote::Remote;
use crate::model::status::Status;
use crate::model::why::{self, Explanation};
use crate::ui::action::UiAction;
use crate::ui::background::Background;
use crate::ui::keys;
use crate::ui::route::Route;
use crate::ui::theme::{self, size};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::why_card::{self, Log, WhyCard};
use crate::ui::widgets::{empty, fault_banner, glyph, jump, safe_text, skeleton};

const TOP: f32 = 56.0;
const WIDTH: f32 = 860.0;

pub struct WhyDialog {
    build: BuildKey,
    /// The place that shows the build whole; none where the card was opened over it.
    place: Option<Route>,
    looking: Option<Looking>,
    found: Option<Arc<Explanation>>,
}

/// A log that is being looked through in the background.
struct Looking {
    /// How long it was then.
    lines: u32,
    result: Arc<OnceLock<Explanation>>,
}

impl WhyDialog {
    pub fn new(build: BuildKey, place: Option<Route>) -> Self {
        Self {
            build,
            place,
            looking: None,
            found: None,
        }
    }

    /// Paints the card; returns whether it stays.
    pub fn ui(&mut self, context: &egui::Context, cx: &mut ViewContext<'_>) -> bool {
        let snapshot = cx.snapshot;
        cx.focus.build = Some(self.build.clone());
        let row = snapshot.builds.get(&self.build);
        let build = row.and_then(|row| row.build.value());
        let key = build.and_then(|build| log_key(&self.build, build));
        let tail = key.as_ref().and_then(|key| {
            cx.focus.logs.push(key.clone());
            snapshot.logs.get(key)
        });
        if let Some(tail) = tail.and_then(Remote::value) {
            self.look(tail, cx.background);
        }
        let found = self.found.clone();
        let mut stays = true;
        let closed = dialog::show(context, "why", WIDTH, TOP, |ui| {
            let fault = row.and_then(|row| row.build.fault()).map(Arc::as_ref);
            let Some(build) = build else {
                stays = unknown_ui(ui, &self.build, fault, cx);
                return;
            };
            head_ui(ui, build, &self.build, cx);
            let Some(told) = why::told(build) else {
                dialog::body(ui, |ui| {
                    let words = "This build has not failed.";
                    empty::show(ui, words, "There is nothing to explain.", |_| {});
                });
                dialog::foot(ui, |ui| stays &= !ui.add(Button::new("Close")).clicked());
                return;
            };
            let read = tail.and_then(Remote::value);
            let card = WhyCard {
                build,
                told: &told,
                log: log_part(build, key.is_some(), read, found.as_deref()),
                fault: tail.and_then(Remote::fault).map(Arc::as_ref).or(fault),
                now: cx.now,
            };
            let height = context.content_rect().height() - TOP - 230.0;
            dialog::body(ui, |ui| {
                egui::ScrollArea::vertical()
                    .id_salt("why")
                    .max_height(height.max(200.0))
                    .auto_shrink([false, true])
                    .show(ui, |ui| card.ui(ui, cx.actions));
            });
            dialog::foot(ui, |ui| {
                stays &= !ui.add(Button::new("Close").key("Esc")).clicked();
                let mut line = why_card::buttons(ui, &card, &self.build, cx.actions);
                if keys::pressed(context, Key::L) {
                    why_card::copy_link(&card, &self.build, cx.actions);
                }
                if keys::pressed(context, Key::Y) {
                    why_card::copy(&card, cx.actions);
                }
                if line.is_none() && keys::enter(context) {
                    line = why_card::line(&card);
                }
                if let Some(line) = line {
                    stays = false;
                    if let Some(key) = &key {
                        jump::ask(context, key, line);
                    }
                    if let Some(place) = &self.place {
                        cx.actions.push(UiAction::Go(place.clone()));
                    }
                }
            });
        });
        stays && !closed
    }

    /// Starts looking through a log that is all there, and takes what was found.
    fn look(&mut self, tail: &LogTail, background: &dyn Background) {
        if let Some(looking) = &self.looking
            && let Some(found) = looking.result.get()
        {
            self.found = Some(Arc::new(found.clone()));
        }
        let is_there = match tail.position {
            TailPosition::CaughtUp | TailPosition::Complete => true,
            TailPosition::Gone => !tail.log.is_empty(),
            TailPosition::Waiting | TailPosition::Reading | TailPosition::Empty { .. } => false,
        };
        let lines = tail.log.len();
        let is_known = self.looking.as_ref().is_some_and(|looking| {
            // One look at a time; a log that grew meanwhile is looked at again afterwards.
            looking.lines == lines || looking.result.get().is_none()
        });
        if !is_there || is_known {
            return;
        }
        let result = Arc::new(OnceLock::new());
        self.looking = Some(Looking {
            lines,
            result: Arc::clone(&result),
        });
        let log = tail.log.clone();
        background.run(Box::new(move || {
            // Set once, here alone.
            result.set(explain(&log)).ok();
        }));
    }
}

fn explain(log: &LogSnapshot) -> Explanation {
    why::explain(log, &FoldIndex::of(log))
}

/// The stream a build writes to.
fn log_key(key: &BuildKey, build: &Build) -> Option<LogKey> {
    build.log.as_ref().map(|log| LogKey {
        scope: key.scope.clone(),
        group: log.group.clone(),
        stream: log.stream.clone(),
    })
}

fn log_part<'a>(
    build: &Build,
    has_stream: bool,
    tail: Option<&'a LogTail>,
    found: Option<&'a Explanation>,
) -> Log<'a> {
    match (tail, found) {
        _ if !has_stream => Log::None,
        (Some(tail), Some(found)) => Log::Read {
            log: &tail.log,
            found,
        },
        (Some(tail), None) => match tail.position {
            TailPosition::Waiting => Log::None,
            TailPosition::Gone if tail.log.is_empty() => Log::Gone,
            TailPosition::Reading | TailPosition::Empty { .. } => {
                Log::Reading(build.part_read(&tail.log))
            }
            TailPosition::CaughtUp | TailPosition::Complete | TailPosition::Gone => Log::Looking,
        },
        (None, _) => Log::Reading(None),
    }
}

fn head_ui(ui: &mut Ui, build: &Build, key: &BuildKey, cx: &ViewContext<'_>) {
    dialog::head(ui, |ui| {
        ui.horizontal(|ui| {
            glyph::state(ui, &build.state, size::GLYPH);
            let number = build
                .number
                .map_or_else(String::new, |number| format!(" #{number}"));
            let project = safe_text::line(build.project.as_str());
            dialog::title(ui, &format!("Why {project}{number} failed"));
            Place::of(cx.snapshot, cx.settings, &key.scope).chip(ui);
        });
    });
}

/// The build itself is not known: not read yet, gone, or a fault.
fn unknown_ui(ui: &mut Ui, key: &BuildKey, fault: Option<&Fault>, cx: &ViewContext<'_>) -> bool {
    let mut stays = true;
    dialog::head(ui, |ui| {
        ui.horizontal(|ui| {
            glyph::status(ui, Status::Unknown, size::GLYPH);
            dialog::title(
                ui,
                &format!("Why {} failed", safe_text::line(key.id.as_str())),
            );
        });
    });
    dialog::body(ui, |ui| match fault {
        Some(fault) => {
            fault_banner::show(ui, fault, cx.now);
        }
        None => {
            skeleton::rows(ui, "Reading the build…", 4);
        }
    });
    dialog::foot(ui, |ui| {
        stays = !ui.add(Button::new("Close").key("Esc")).clicked();
        let theme = theme::of(ui);
        ui.label(theme.small(safe_text::line(&key.scope.to_string())));
    });
    stays
}
