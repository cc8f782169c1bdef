//! Beside a build's log: what it ran in, its variables, its reports, its batch, and how to run it locally.

pub mod about;
mod batch;
pub mod local;
mod reports;
pub mod variables;

use std::sync::Arc;

use eframe::egui::{self, Margin, Ui};

use crate::model::build::Build;
use crate::model::ids::{BuildKey, BuildProjectKey};
use crate::ui::action::UiAction;
use crate::ui::route::BuildTab;
use crate::ui::theme::{self, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::segments::segment;
use crate::ui::widgets::skeleton;

pub const TABS: [(BuildTab, &str); 5] = [
    (BuildTab::About, "About"),
    (BuildTab::Variables, "Variables"),
    (BuildTab::Reports, "Reports"),
    (BuildTab::Batch, "Batch"),
    (BuildTab::Local, "Run locally"),
];
const TAB: f32 = 28.0;

/// The looks of the tabs that have one.
#[derive(Default)]
pub struct Side {
    variables: variables::Variables,
    reports: reports::Reports,
    local: local::Local,
}

impl Side {
    /// Paints the pane; returns whether it is to close.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        key: &BuildKey,
        tab: BuildTab,
        build: Option<&Arc<Build>>,
    ) -> bool {
        let closes = tabs_ui(ui, cx, key, tab);
        let Some(build) = build else {
            egui::Frame::new()
                .inner_margin(Margin::same(12))
                .show(ui, |ui| {
                    skeleton::rows(ui, "Reading the build…", 6);
                });
            return closes;
        };
        // Rows that are many are virtual; they bring their own scrolling.
        if tab == BuildTab::Reports {
            self.reports.ui(ui, cx, key, build);
            return closes;
        }
        let project = BuildProjectKey {
            scope: key.scope.clone(),
            name: build.project.clone(),
        };
        egui::ScrollArea::vertical()
            .id_salt(("side", tab as u8))
            .auto_shrink(false)
            .show(ui, |ui| {
                egui::Frame::new()
                    .inner_margin(Margin::symmetric(12, 4))
                    .show(ui, |ui| {
                        match tab {
                            BuildTab::Variables => {
                                self.variables.ui(ui, cx, &project, &build.about);
                            }
                            BuildTab::Batch => batch::ui(ui, cx, key, build),
                            BuildTab::Local => self.local.of_build(ui, cx, &key.scope, build),
                            BuildTab::About | BuildTab::Reports => {
                                about::of_build(ui, cx, key, build);
                            }
                        }
                        ui.add_space(space::M);
                    });
            });
        closes
    }
}

/// The tabs, and the way to close them all; returns whether that was taken.
fn tabs_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildKey, on: BuildTab) -> bool {
    let theme = theme::of(ui);
    let mut closes = false;
    egui::Frame::new()
        .inner_margin(Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            // At its corner whatever the tabs need, and without room of its own among them.
            let end = ui.max_rect().right_top();
            let corner = egui::vec2(TAB, TAB);
            let place = egui::Rect::from_min_size(end - egui::vec2(TAB, 0.0), corner);
            let layout = egui::Layout::right_to_left(egui::Align::Center);
            let builder = egui::UiBuilder::new().max_rect(place).layout(layout);
            let mut inside = ui.new_child(builder);
            let close = Button::new("›").quiet().small().named("Hide the details");
            let close = inside.add(close).on_hover_text("More room for the log (d)");
            closes = close.clicked();
            ui.set_max_width(ui.available_width() - TAB);
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                for (tab, name) in TABS {
                    if segment(ui, name, on == tab, TAB) {
                        cx.actions
                            .push(UiAction::Replace(super::build::place(key, tab)));
                    }
                }
            });
        });
    let line = ui.max_rect().x_range();
    ui.painter().hline(line, ui.cursor().top(), theme.outline());
    ui.add_space(1.0);
    closes
}
