//! The batch that a build belongs to: its builds as a list in the order of waiting, and the way to its graph.

use eframe::egui::{self, Ui};

use crate::model::build::{Batch, Build};
use crate::model::ids::{BatchKey, BuildKey};
use crate::ui::action::UiAction;
use crate::ui::route::{BuildsRoute, Route};
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::builds::open;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{batch_graph, fault_banner, glyph, safe_text, skeleton};

pub fn ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildKey, build: &Build) {
    let theme = theme::of(ui);
    ui.add_space(space::S);
    let Some(batch) = &build.batch else {
        let words = "This build stands alone. A project with a batch configuration starts several that wait for each other: a graph, a matrix or a list in its buildspec.";
        ui.add(egui::Label::new(theme.small(words)).wrap());
        return;
    };
    let batch = BatchKey {
        scope: key.scope.clone(),
        id: batch.clone(),
    };
    cx.focus.batch = Some(batch.clone());
    if ui.add(Button::new("Open the batch")).clicked() {
        let route = Route::Builds(BuildsRoute::Batch(batch.clone()));
        cx.actions.push(UiAction::Go(route));
    }
    ui.add_space(space::S);
    let row = cx.snapshot.batches.get(&batch).cloned();
    let Some(row) = row else {
        skeleton::rows(ui, "Reading the batch…", 4);
        return;
    };
    if let Some(fault) = row.batch.fault() {
        fault_banner::show(ui, fault, cx.now);
        ui.add_space(space::S);
    }
    if let Some(batch) = row.batch.value() {
        groups_ui(ui, cx, key, batch);
    }
}

fn groups_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildKey, batch: &Batch) {
    let theme = theme::of(ui);
    for group in &batch.groups {
        let name = safe_text::line(&group.identifier).into_owned();
        let own = group.current.as_ref().map(|build| BuildKey {
            scope: key.scope.clone(),
            id: build.build.clone(),
        });
        ui.horizontal(|ui| {
            ui.set_height(size::BUTTON);
            let state = batch_graph::state(group);
            glyph::state(ui, &state, size::GLYPH);
            let is_here = own.as_ref() == Some(key);
            let words = safe_text::elide(&name, 40);
            if is_here {
                ui.label(theme.strong(words));
                ui.label(theme.small("this build"));
            } else if let Some(own) = &own {
                if super::super::crumb(ui, &words, "Open its build") {
                    cx.actions.push(open(own.clone()));
                }
            } else {
                ui.label(theme.soft(words));
            }
            if !group.depends_on.is_empty() {
                let waits = safe_text::line(&group.depends_on.join(", ")).into_owned();
                let label = egui::Label::new(theme.small(format!("after {waits}")));
                ui.add(label.truncate());
            }
        });
    }
}
