//! An action of a provider without a pane of its own: what it says, why it failed, and where to look further.

use eframe::egui::{self, Align, Layout, Margin, Ui};

use crate::model::graph::ActionNode;
use crate::model::status::Status;
use crate::ui::action::UiAction;
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::panes::{head_ui, not_run_ui};
use crate::ui::views::project::scene::Scene;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{copyable, glyph, safe_text};

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
                .show(ui, |ui| said_ui(ui, action, cx));
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
