//! Beside a build's log: what it ran in, its variables, its reports, its batch, and how to run it locally.

mod about;
mod variables;

use std::sync::Arc;

use eframe::egui::{self, Margin, Ui};

use crate::model::build::Build;
use crate::model::ids::BuildKey;
use crate::ui::action::UiAction;
use crate::ui::route::BuildTab;
use crate::ui::theme::{self, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::segments::segment;
use crate::ui::widgets::skeleton;

pub const TABS: [(BuildTab, &str); 2] = [
    (BuildTab::About, "About"),
    (BuildTab::Variables, "Variables"),
];
const TAB: f32 = 28.0;

/// The looks of the tabs that have one.
#[derive(Default)]
pub struct Side {
    variables: variables::Variables,
}

impl Side {
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        key: &BuildKey,
        tab: BuildTab,
        build: Option<&Arc<Build>>,
    ) {
        tabs_ui(ui, cx, key, tab);
        let Some(build) = build else {
            egui::Frame::new()
                .inner_margin(Margin::same(12))
                .show(ui, |ui| {
                    skeleton::rows(ui, "Reading the build…", 6);
                });
            return;
        };
        egui::ScrollArea::vertical()
            .id_salt(("side", tab as u8))
            .auto_shrink(false)
            .show(ui, |ui| {
                egui::Frame::new()
                    .inner_margin(Margin::symmetric(12, 4))
                    .show(ui, |ui| {
                        match tab {
                            BuildTab::Variables => self.variables.ui(ui, cx, &build.about),
                            _ => about::of_build(ui, cx, key, build),
                        }
                        ui.add_space(space::M);
                    });
            });
    }
}

fn tabs_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildKey, on: BuildTab) {
    let theme = theme::of(ui);
    egui::Frame::new()
        .inner_margin(Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
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
}
