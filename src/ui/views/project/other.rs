//! An action of a provider without a pane of its own: what it says, why it failed, and where to look further.

use eframe::egui::{self, Align, Layout, Margin, Ui};

use crate::model::graph::{ActionNode, label};
use crate::model::status::Status;
use crate::model::time::{duration, rough};
use crate::ui::action::UiAction;
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::panes::{head_ui, not_run_ui};
use crate::ui::views::project::scene::Scene;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::stage_graph::execution_link;
use crate::ui::widgets::{age, copyable, glyph, safe_text};

pub fn ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode, cx: &mut ViewContext<'_>) {
    head_ui(ui, action, |ui| {
        let theme = theme::of(ui);
        ui.label(theme.faint(safe_text::line(&action.place())));
        let clock = action.clock(cx.now);
        if !clock.is_empty() {
            ui.label(theme.faint(clock));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(url) = &action.external_url {
                let provider = safe_text::elide(&action.provider, 24).into_owned();
                let button = Button::new(format!("Open in {provider} ↗"));
                if ui.add(button).on_hover_text(url).clicked() {
                    cx.actions.push(UiAction::OpenLink(url.clone()));
                }
            }
        });
    });
    if action.state.status == Status::NotRun {
        not_run_ui(ui, scene, action);
        return;
    }
    egui::ScrollArea::vertical()
        .id_salt("other")
        .auto_shrink(false)
        .show(ui, |ui| {
            egui::Frame::new()
                .inner_margin(Margin::symmetric(12, 10))
                .show(ui, |ui| {
                    said_ui(ui, action, cx);
                    runs_ui(ui, scene, action, cx);
                });
        });
}

fn said_ui(ui: &mut Ui, action: &ActionNode, cx: &mut ViewContext<'_>) {
    let theme = theme::of(ui);
    if let Some(error) = &action.error {
        let frame = egui::Frame::new()
            .fill(theme.fail_bg)
            .corner_radius(size::RADIUS)
            .inner_margin(Margin::symmetric(12, 8));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_top(|ui| {
                glyph::status(ui, action.state.status, size::GLYPH);
                ui.vertical(|ui| {
                    ui.label(theme.strong(safe_text::line(&error.code)));
                    ui.add(egui::Label::new(theme.body(safe_text::block(&error.message))).wrap());
                });
            });
        });
        ui.add_space(space::M);
    }
    if let Some(summary) = action.summary.as_deref().filter(|it| !it.is_empty()) {
        ui.add(egui::Label::new(theme.body(safe_text::block(summary))).wrap());
        ui.add_space(space::M);
    }
    if let Some(percent) = action
        .percent_complete
        .filter(|_| action.state.status == Status::Running)
    {
        ui.label(theme.soft(format!("{percent} % complete")));
        ui.add_space(space::M);
    }
    if let Some(id) = &action.external_id {
        ui.horizontal(|ui| {
            ui.label(theme.small("Run there as"));
            copyable::id(ui, id, id, cx.actions);
        });
    }
    if action.summary.is_none() && action.error.is_none() && action.external_id.is_none() {
        let words = format!(
            "{} tells CodePipeline no more than its state: {}.",
            safe_text::line(&action.provider),
            action.state
        );
        ui.add(egui::Label::new(theme.soft(words)).wrap());
    }
}

/// What the action did in each execution lately.
fn runs_ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode, cx: &mut ViewContext<'_>) {
    const SHOWN: usize = 12;
    let theme = theme::of(ui);
    let mut runs = scene.pipeline.attempts(&action.key).take(SHOWN).peekable();
    if runs.peek().is_none() {
        return;
    }
    ui.add_space(space::L);
    let usual = action
        .usual
        .map_or_else(String::new, |usual| format!(", usually {}", rough(usual)));
    ui.label(theme.caption(format!("Recent runs{usual}")));
    ui.add_space(space::XS);
    ui.spacing_mut().interact_size.y = size::LINE;
    for run in runs {
        ui.horizontal(|ui| {
            glyph::status(ui, run.status(), size::SMALL_GLYPH);
            let name = label(scene.pipeline, &run.execution);
            let is_shown = scene.execution_at(action) == Some(&run.execution);
            if execution_link(ui, &run.execution, &name) && !is_shown {
                cx.actions.push(UiAction::Go(
                    scene.with_execution(Some(run.execution.clone())),
                ));
            }
            if let Some(started) = run.started {
                age::ago(ui, started, cx.now);
            }
            if let Some(took) = run.duration() {
                ui.label(theme.small(format!("took {}", duration(took))));
            }
            let said = run.error.as_ref().map(|error| &error.message);
            if let Some(said) = said.or(run.external_summary.as_ref()) {
                let said = theme.small(safe_text::line(said));
                ui.add(egui::Label::new(said).truncate());
            }
        });
    }
}
