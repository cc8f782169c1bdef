//! A selected gate: what waits at it, read but not decided here (the approval dialog does that), or what was decided.

use eframe::egui::{self, Align, Layout, Margin, Ui};

use crate::model::graph::{ActionNode, ActionTime};
use crate::model::oneshot::{Oneshot, Request, Response, Review};
use crate::model::status::Status;
use crate::model::time::{Timestamp, ago};
use crate::ui::action::UiAction;
use crate::ui::theme::{self, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::panes::{head_ui, not_run_ui};
use crate::ui::views::project::scene::Scene;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::gate_card::{self, Card};
use crate::ui::widgets::{age, fault_banner, safe_text, skeleton};

pub fn ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode, cx: &mut ViewContext<'_>) {
    let waits = action.state.status == Status::Waiting;
    head_ui(ui, action, |ui| {
        let theme = theme::of(ui);
        ui.label(theme.faint(action.state.status.label()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if waits && ui.add(Button::new("Review…").key("a")).clicked() {
                cx.actions.push(UiAction::OpenGate {
                    pipeline: scene.pipeline.key.clone(),
                    action: action.key.clone(),
                    execution: scene.gate_execution(),
                });
            }
        });
    });
    egui::ScrollArea::vertical()
        .id_salt("gate")
        .auto_shrink(false)
        .show(ui, |ui| {
            egui::Frame::new()
                .inner_margin(Margin::symmetric(12, 10))
                .show(ui, |ui| match (waits, action.state.status) {
                    (true, _) => waiting_ui(ui, scene, action, cx),
                    (false, Status::NotRun) => not_run_ui(ui, scene, action),
                    (false, _) => decided_ui(ui, scene, action, cx.now),
                });
        });
}

fn waiting_ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode, cx: &mut ViewContext<'_>) {
    let request = Request::Review {
        pipeline: scene.pipeline.key.clone(),
        action: action.key.clone(),
        execution: scene.gate_execution(),
    };
    match cx.oneshots.get(&request) {
        Some(Oneshot::Ready {
            response: Response::Review(review),
            ..
        }) if is_current(review, scene, action) => {
            let card = Card {
                review,
                pipeline: Some(scene.pipeline),
                graph: Some(scene.graph),
                now: cx.now,
                issues: cx.issues,
            };
            gate_card::facts_ui(ui, card, cx.actions);
            ui.add_space(space::M);
            gate_card::behind_ui(ui, card);
            gate_card::notices_ui(ui, card, &[]);
            gate_card::caption_ui(ui, card);
            gate_card::commits_ui(ui, card, cx.actions);
            gate_card::evidence_ui(ui, card);
            gate_card::alarms_ui(ui, card);
            gate_card::files_ui(ui, card);
        }
        Some(Oneshot::Failed { fault, .. }) => {
            fault_banner::show(ui, fault, cx.now);
            ui.add_space(space::S);
            if ui.add(Button::new("Try again")).clicked() {
                cx.actions.push(UiAction::Dismiss(request.clone()));
                cx.actions.push(UiAction::Ask(request));
            }
        }
        Some(Oneshot::Pending { .. }) => {
            skeleton::rows(ui, "Reading what waits at this gate…", 5);
        }
        // Never asked, or read for a gate that has been decided since.
        stale => {
            if stale.is_some() {
                cx.actions.push(UiAction::Dismiss(request.clone()));
            }
            cx.actions.push(UiAction::Ask(request));
            skeleton::rows(ui, "Reading what waits at this gate…", 5);
        }
    }
}

/// Whether a review is still about the gate that waits: its token is the one polled last, unless the poll is older.
fn is_current(review: &Review, scene: Scene<'_>, action: &ActionNode) -> bool {
    let polled = scene.pipeline.stages.fetched_at() > Some(review.read_at);
    let state = scene
        .pipeline
        .stage(&action.key.stage)
        .and_then(|stage| stage.action(&action.key.action));
    match state.and_then(|state| state.token.as_ref()) {
        Some(token) => !polled || *token == review.gate.token,
        None => true,
    }
}

fn decided_ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode, now: Timestamp) {
    let theme = theme::of(ui);
    let verb = match action.state.status {
        Status::Succeeded => "Approved".to_owned(),
        Status::Failed => "Rejected, or its time ran out".to_owned(),
        status => format!("{status:?}"),
    };
    let by = action
        .by
        .as_deref()
        .map_or_else(String::new, |by| format!(" by {}", safe_text::line(by)));
    ui.label(theme.strong(format!("{verb}{by}")));
    ui.add_space(space::XS);
    if let ActionTime::Took(_) = action.time {
        ui.label(theme.soft(format!("It {}.", action.clock(now))));
    }
    let decided = scene
        .pipeline
        .attempts(&action.key)
        .find(|attempt| action.attempt.as_ref() == Some(&attempt.id))
        .and_then(|attempt| attempt.updated);
    if let Some(at) = decided {
        age::show(
            ui,
            theme.soft(format!("Decided {}.", ago(at, now))),
            at,
            now,
        );
    }
    let error = action.error.as_ref().map(|error| &error.message);
    if let Some(comment) = action
        .summary
        .as_ref()
        .or(error)
        .filter(|it| !it.is_empty())
    {
        ui.add_space(space::M);
        ui.label(theme.caption("Comment"));
        ui.add_space(space::XS);
        ui.add(egui::Label::new(theme.body(safe_text::block(comment))).wrap());
    }
}
