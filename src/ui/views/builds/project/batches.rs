//! The batches of a project, newest first.

use eframe::egui::Ui;

use crate::model::build::{Batch, Initiator};
use crate::model::ids::{BatchKey, BuildProjectKey};
use crate::model::oneshot::{Request, Response};
use crate::model::time::duration;
use crate::ui::action::UiAction;
use crate::ui::route::{BuildsRoute, Route};
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::builds::{asked, crumb};
use crate::ui::widgets::{age, facts, glyph, safe_text};

pub fn ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildProjectKey) {
    let request = Request::Batches {
        project: key.clone(),
    };
    let shown = asked::show(ui, cx, &request, "Reading the batches…");
    let Some((at, Response::Batches(batches))) = shown else {
        return;
    };
    ui.add_space(space::XS);
    asked::age_ui(ui, cx, &request, at);
    ui.add_space(space::XS);
    if batches.is_empty() {
        facts::note(
            ui,
            "No batch of this project is known. A batch starts several builds that wait for each other, by `batch:` in its buildspec.",
        );
    }
    for batch in batches.iter() {
        batch_ui(ui, cx, key, batch);
    }
}

fn batch_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildProjectKey, batch: &Batch) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        glyph::state(ui, &batch.state, size::GLYPH);
        let name = batch
            .number
            .map_or_else(|| batch.id.to_string(), |number| format!("Batch #{number}"));
        if crumb(
            ui,
            &safe_text::elide(&safe_text::line(&name), 30),
            "Open the batch",
        ) {
            let route = BuildsRoute::Batch(BatchKey {
                scope: key.scope.clone(),
                id: batch.id.clone(),
            });
            cx.actions.push(UiAction::Go(Route::Builds(route)));
        }
        if !batch.groups.is_empty() {
            ui.label(theme.small(format!("{} builds", batch.groups.len())));
        }
        if let Some(took) = batch.elapsed(cx.now) {
            ui.label(theme.small(duration(took)));
        }
        if let Some(by) = batch.initiator.as_deref().map(Initiator::of) {
            let words = safe_text::line(&by.words()).into_owned();
            ui.label(theme.small(safe_text::elide(&words, 32)));
        }
        if let Some(started) = batch.started {
            age::ago(ui, started, cx.now);
        }
    });
}
