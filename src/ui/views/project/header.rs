//! The line above the graph: where we are, and what can be done to the pipeline as a whole.

use std::time::Duration;

use eframe::egui::{self, Align, Layout, Role, Sense, Ui, WidgetInfo};

use crate::model::command::{Command, Progress};
use crate::model::graph::label;
use crate::model::pipeline::Pipeline;
use crate::model::status::Status;
use crate::model::time::{Timestamp, ago, duration};
use crate::ui::action::UiAction;
use crate::ui::route::{ProjectRoute, Route, SideTab};
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::scene::Scene;
use crate::ui::views::project::verbs::{self, Offer};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::stage_graph::GraphEvent;
use crate::ui::widgets::{age, copyable, glyph, menu, safe_text};

/// From this width on every button has its own place.
const WIDE: f32 = 1_000.0;
/// The width of the menu.
const MENU: f32 = 380.0;
/// State older than this is shown as such, and faded.
const STALE_AFTER: Duration = Duration::from_mins(5);
/// A command that was not taken is shown this long after its end.
const FAILURE_SHOWN: Duration = Duration::from_mins(3);

pub fn ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    let place = Place::of(cx.snapshot, cx.settings, &scene.pipeline.key.scope);
    ui.horizontal(|ui| {
        ui.set_height(28.0);
        ui.spacing_mut().item_spacing.x = 10.0;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            buttons_ui(ui, scene, cx);
            ui.add_space(space::M);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 10.0;
                names_ui(ui, scene, cx, &place);
            });
        });
    });
    if scene.graph.chosen {
        ui.add_space(space::S);
        history_ui(ui, scene, cx);
    }
    command_ui(ui, scene, cx);
}

/// When the state was read, if that is too long ago to be now. What is on screen is polled every few seconds.
pub fn stale_since(pipeline: &Pipeline, now: Timestamp) -> Option<Timestamp> {
    let read = pipeline
        .stages
        .fetched_at()
        .or_else(|| pipeline.executions.fetched_at())?;
    (read.age(now) > STALE_AFTER).then_some(read)
}

fn names_ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>, place: &Place) {
    let theme = theme::of(ui);
    let crumb = ui.add(egui::Label::new(theme.faint("Board /")).sense(Sense::click()));
    crumb.widget_info(|| WidgetInfo::labeled(Role::Link, true, "Back to the Board"));
    let crumb = crumb.on_hover_cursor(egui::CursorIcon::PointingHand);
    if crumb.on_hover_text("Back to the Board").clicked() {
        cx.actions.push(UiAction::Go(Route::Board));
    }
    let name = scene.pipeline.key.name.as_str();
    let shown = safe_text::elide(&safe_text::line(name), 48).into_owned();
    let title = theme.title(shown);
    ui.label(title).on_hover_text(name);
    place.chip(ui);
    if let Some(definition) = scene.pipeline.definition.value() {
        let words = format!(
            "{} mode · {}",
            definition.mode.label(),
            definition.pipeline_type
        );
        ui.add(Chip::new(safe_text::line(&words)));
    }
    if let Some(read) = stale_since(scene.pipeline, cx.now) {
        let words = theme.soft(format!("as of {}", ago(read, cx.now)));
        age::show(ui, words, read, cx.now);
    }
    let project = cx.settings.projects.get(name);
    if let Some(endpoint) = project.and_then(|project| project.endpoint.clone()) {
        let shown = endpoint
            .split_once("://")
            .map_or(&*endpoint, |(_, host)| host);
        let chip = Chip::new(format!("{} ↗", safe_text::elide(shown, 40))).clickable();
        let response = ui.add(chip).on_hover_text(&endpoint);
        if response.clicked() {
            cx.actions.push(UiAction::OpenLink(endpoint));
        }
    }
}

/// From the right: the layout runs towards the names. Where there is little room, all but the first are in the menu.
fn buttons_ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    let is_wide = ui.available_width() >= WIDE;
    offer_ui(ui, verbs::release(scene, cx), "Release change…", true, cx);
    let mut folded = Vec::new();
    for (offer, words) in [
        (verbs::stop(scene, cx), "Stop…"),
        (verbs::retry(scene, cx), "Retry…"),
    ] {
        if is_wide {
            offer_ui(ui, offer, words, false, cx);
        } else {
            folded.insert(0, offer);
        }
    }
    menu_ui(ui, scene, folded, cx);
}

/// A verb as a button.
fn offer_ui(ui: &mut Ui, offer: Offer, words: &str, is_first: bool, cx: &mut ViewContext<'_>) {
    let mut button = Button::new(words).disabled_because(offer.refusal().map(str::to_owned));
    if is_first {
        button = button.go();
    }
    if ui.add(button).clicked() {
        cx.actions.push(offer.into_action());
    }
}

/// The verbs of the selected action's stage, under its name.
fn menu_ui(ui: &mut Ui, scene: Scene<'_>, folded: Vec<Offer>, cx: &mut ViewContext<'_>) {
    let Some(stage) = verbs::stage_of(scene) else {
        return;
    };
    let name = safe_text::line(stage.name.as_str()).into_owned();
    let shown = if folded.is_empty() {
        safe_text::elide(&name, 18).into_owned()
    } else {
        "More".to_owned()
    };
    let button = Button::new(format!("{shown} ▾")).named(format!("What can be done with {name}"));
    let response = ui
        .add(button)
        .on_hover_text(format!("What can be done with {name}"));
    let mut picked = None;
    menu::show(&response, MENU, |ui| {
        let offers = verbs::of_stage(scene, cx);
        for offer in folded.into_iter().chain(offers) {
            if menu::item(ui, &offer.words, Some(offer.key), offer.refusal()) {
                picked = Some(offer);
            }
        }
    });
    if let Some(offer) = picked {
        cx.actions.push(offer.into_action());
    }
}

/// What was done to the graph, as what the view asks for.
pub fn graph_event(event: GraphEvent, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    match event {
        GraphEvent::Select(action) => {
            cx.actions
                .push(UiAction::Replace(scene.with_action(action)));
        }
        GraphEvent::Open(action) => {
            let waits = scene.open_gate() == Some(&action);
            cx.actions
                .push(UiAction::Replace(scene.with_action(action.clone())));
            if waits {
                cx.actions.push(UiAction::OpenGate {
                    pipeline: scene.pipeline.key.clone(),
                    action,
                    execution: scene.gate_execution(),
                });
            }
        }
        // What it does there is shown below; the account that is not signed in can be added.
        GraphEvent::There(action) => {
            let node = scene.graph.action(&action);
            let is_known = node.is_some_and(|node| scene.account_of(node).is_some());
            cx.actions
                .push(UiAction::Replace(scene.with_action(action)));
            if !is_known {
                cx.actions.push(UiAction::Go(Route::Accounts));
            }
        }
        GraphEvent::Condition { .. } => {
            cx.actions
                .push(UiAction::Replace(Route::Project(ProjectRoute {
                    tab: SideTab::Details,
                    ..scene.route.clone()
                })));
        }
        GraphEvent::Execution(execution) => {
            cx.actions
                .push(UiAction::Go(scene.with_execution(Some(execution))));
        }
        GraphEvent::Transition(stage) => {
            let Some(node) = scene.graph.stage(&stage) else {
                return;
            };
            let offer = verbs::transition(scene, node, cx);
            cx.actions.push(offer.into_action());
        }
    }
}

/// A picked execution: which, and the way back to now.
fn history_ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    let theme = theme::of(ui);
    let Some(execution) = scene.execution() else {
        return;
    };
    let frame = egui::Frame::new()
        .fill(theme.accent_bg)
        .corner_radius(size::RADIUS)
        .inner_margin(egui::Margin::symmetric(10, 4));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            glyph::state(ui, &execution.state, size::SMALL_GLYPH);
            ui.label(theme.body("Execution"));
            let label = label(scene.pipeline, &execution.id);
            copyable::id(ui, &label, execution.id.as_str(), cx.actions);
            if let Some(started) = execution.started {
                let words = format!("started {}", ago(started, cx.now));
                age::show(ui, theme.soft(words), started, cx.now);
                if let Some(ended) = execution
                    .updated
                    .filter(|_| !execution.state.status.is_moving())
                {
                    ui.label(theme.soft(format!("took {}", duration(started.age(ended)))));
                }
            }
            if let Some(words) = execution
                .stop_reason
                .as_ref()
                .or(execution.status_summary.as_ref())
            {
                ui.label(theme.soft(safe_text::elide(&safe_text::line(words), 80)));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.add(Button::new("Back to now").small()).clicked() {
                    cx.actions.push(UiAction::Go(scene.with_execution(None)));
                }
            });
        });
    });
}

/// What became of the newest command to this pipeline, while that is news.
fn command_ui(ui: &mut Ui, scene: Scene<'_>, cx: &ViewContext<'_>) {
    let is_of = |command: &Command| command.pipeline() == Some(&scene.pipeline.key);
    let newest = cx.snapshot.commands.rows().iter().rev();
    let Some(record) = newest.into_iter().find(|record| is_of(&record.command)) else {
        return;
    };
    let status = match &record.progress {
        Progress::Reading | Progress::Sent { .. } | Progress::Checking { .. } => Status::Running,
        Progress::Accepted { .. } | Progress::Found { applied: true, .. } => Status::Succeeded,
        Progress::Unknown { .. } => Status::Unknown,
        Progress::Changed { .. } | Progress::Refused { .. } | Progress::Found { .. } => {
            Status::Failed
        }
    };
    // Success is said in a toast and then seen in the graph; what failed stays long enough to be read.
    let age = record
        .progress
        .ended_at()
        .map_or(Duration::ZERO, |at| at.age(cx.now));
    if status == Status::Succeeded || age >= FAILURE_SHOWN {
        return;
    }
    let theme = theme::of(ui);
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        glyph::status(ui, status, size::SMALL_GLYPH);
        let words = format!(
            "{}: {}",
            verbs::name(&record.command),
            record.progress.words(cx.now)
        );
        let text = theme.soft(safe_text::line(&words));
        ui.add(egui::Label::new(text).truncate())
            .on_hover_text(safe_text::block(&words));
    });
    if record.progress.is_open() {
        age::tick(ui, record.asked_at.age(cx.now));
    } else {
        ui.ctx()
            .request_repaint_after(FAILURE_SHOWN.saturating_sub(age));
    }
}
