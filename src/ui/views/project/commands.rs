//! A Commands action: it has no build of its own, only a log stream, which is tailed here as a build's is.

use eframe::egui::{self, Align, Layout, Margin, Ui, Vec2};

use crate::model::graph::ActionNode;
use crate::model::ids::LogKey;
use crate::model::log::LogTail;
use crate::model::remote::Remote;
use crate::ui::theme;
use crate::ui::view::ViewContext;
use crate::ui::views::project::failure;
use crate::ui::views::project::panes::head_ui;
use crate::ui::views::project::scene::Scene;
use crate::ui::widgets::build_pane::{FOOTER, HEADER};
use crate::ui::widgets::log_view::{LogInput, LogView};
use crate::ui::widgets::{empty, fault_banner, skeleton, split};

/// The look at the log.
#[derive(Default)]
pub struct CommandsPane {
    log: LogView,
}

impl CommandsPane {
    pub fn has_focus(&self) -> bool {
        self.log.has_focus()
    }

    /// Paints the pane in all the room there is.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        scene: Scene<'_>,
        action: &ActionNode,
        key: &LogKey,
        cx: &mut ViewContext<'_>,
    ) {
        cx.focus.logs.push(key.clone());
        let snapshot = cx.snapshot;
        let remote = snapshot.logs.get(key);
        let ended = !action.state.status.is_moving();
        let input = remote
            .and_then(Remote::value)
            .map(|tail| log_input(key, tail, ended, cx));
        if let Some(input) = &input {
            self.log.update(ui, input);
        }
        let written = input.as_ref().filter(|input| !input.log.is_empty());
        head_ui(ui, action, |ui| {
            let theme = theme::of(ui);
            ui.label(theme.faint("Commands"));
            let clock = action.clock(cx.now);
            if !clock.is_empty() {
                ui.label(theme.faint(clock));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if let Some(input) = written {
                    self.log.bar_ui(ui, HEADER, input, cx.actions);
                }
            });
        });
        if let Some(fault) = remote.and_then(Remote::fault) {
            fault_banner::show(ui, fault, cx.now);
        }
        if action.error.is_some() {
            egui::Frame::new()
                .inner_margin(Margin::symmetric(12, 8))
                .show(ui, |ui| failure::ui(ui, scene, action, cx));
        }
        match &input {
            Some(input) if !input.log.is_empty() => {
                self.log.notes_ui(ui, input, cx.actions);
                let room = ui.available_size() - Vec2::new(0.0, FOOTER);
                ui.allocate_ui_with_layout(room, Layout::top_down(Align::Min), |ui| {
                    ui.set_min_size(room);
                    self.log.ui(ui, input, cx.actions);
                });
                split::row(
                    ui,
                    FOOTER,
                    12.0,
                    cx,
                    |_, _| {},
                    |ui, cx| {
                        ui.spacing_mut().item_spacing.x = 12.0;
                        self.log.status_ui(ui, input, cx.actions);
                    },
                );
                self.log.keys(ui, input, cx.actions);
            }
            Some(_) if ended => {
                empty::show(ui, "An empty log", "The commands wrote nothing.", |_| {});
            }
            Some(_) => empty::show(
                ui,
                "Waiting for the first line",
                &format!("Stream {} of {}.", key.stream, key.group),
                |_| {},
            ),
            None => {
                egui::Frame::new().inner_margin(12).show(ui, |ui| {
                    skeleton::rows(ui, "Reading the log…", 8);
                });
            }
        }
    }
}

fn log_input<'a>(
    key: &'a LogKey,
    tail: &'a LogTail,
    ended: bool,
    cx: &ViewContext<'a>,
) -> LogInput<'a> {
    let input = LogInput::of(key, &tail.log, tail.position, cx);
    LogInput {
        origin: tail.origin,
        complete: input.complete || (ended && input.caught_up),
        running: !ended,
        ..input
    }
}
