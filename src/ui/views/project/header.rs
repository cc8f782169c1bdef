//! The line above the graph: where we are, and what can be done to the pipeline as a whole.

use std::time::Duration;

use eframe::egui::{self, Align, Layout, Role, Sense, Ui, WidgetInfo};

use crate::model::command::{Command, Progress, RetryMode};
use crate::model::graph::label;
use crate::model::pipeline::{Execution, Pipeline};
use crate::model::status::Status;
use crate::model::time::{Timestamp, ago, duration};
use crate::ui::action::{Confirmation, UiAction};
use crate::ui::route::Route;
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::scene::Scene;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::stage_graph::GraphEvent;
use crate::ui::widgets::{age, copyable, glyph, safe_text};

/// StopPipelineExecution and DisableStageTransition take so many characters of reason.
const STOP_REASON: usize = 200;
const TRANSITION_REASON: usize = 300;
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
            buttons_ui(ui, scene, cx, &place);
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

/// From the right: the layout runs towards the names.
fn buttons_ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>, place: &Place) {
    let release = release(scene, place);
    let refusal = cx.snapshot.refusal(&release.command, cx.now);
    let button = Button::new("Release change").go().disabled_because(refusal);
    if ui.add(button).clicked() {
        cx.actions.push(UiAction::Confirm(release));
    }
    let stop = stop(scene, place);
    let refusal = match &stop {
        Ok(stop) => cx.snapshot.refusal(&stop.command, cx.now),
        Err(reason) => Some(reason.clone()),
    };
    let words = match &stop {
        Ok(Confirmation {
            command: Command::StopExecution { abandon: true, .. },
            ..
        }) => "Abandon…",
        _ => "Stop…",
    };
    let pressed = ui
        .add(Button::new(words).disabled_because(refusal))
        .clicked();
    if let (true, Ok(stop)) = (pressed, stop) {
        cx.actions.push(UiAction::Confirm(stop));
    }
    retry_ui(ui, scene, cx, place);
}

fn retry_ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>, place: &Place) {
    let retry = retry(scene, place);
    let refusal = match &retry {
        Ok(retry) => cx.snapshot.refusal(&retry.command, cx.now),
        Err(reason) => Some(reason.clone()),
    };
    let button = Button::new("Retry failed").disabled_because(refusal);
    let pressed = ui.add(button).clicked();
    if let (true, Ok(retry)) = (pressed, retry) {
        cx.actions.push(UiAction::Confirm(retry));
    }
}

pub fn release(scene: Scene<'_>, place: &Place) -> Confirmation {
    let name = safe_text::line(scene.pipeline.key.name.as_str()).into_owned();
    Confirmation {
        title: format!("Release the newest change through {name}"),
        consequences: vec![
            format!(
                "A new execution starts from the sources, in {} mode.",
                scene.graph.mode.label()
            ),
            "It runs through every stage whose transition is on, deployments included.".to_owned(),
        ],
        button: format!("Release: {name} in {}", place.object()),
        dangerous: false,
        reason: None,
        command: Command::ReleaseChange {
            pipeline: scene.pipeline.key.clone(),
            revisions: Vec::new(),
            variables: Vec::new(),
        },
    }
}

/// Ends the execution drawn; why not, where nothing of it runs.
pub fn stop(scene: Scene<'_>, place: &Place) -> Result<Confirmation, String> {
    let moving = |execution: &&Execution| {
        execution.state.status.is_moving() || execution.state.status == Status::Waiting
    };
    let Some(execution) = scene.execution().filter(moving) else {
        return Err("Nothing runs in this execution".to_owned());
    };
    let label = label(scene.pipeline, &execution.id);
    let label = safe_text::line(&label).into_owned();
    let name = safe_text::line(scene.pipeline.key.name.as_str()).into_owned();
    // AWS lets an execution that is stopping only be abandoned.
    let abandon = execution.state.word() == "Stopping";
    let consequences = if abandon {
        vec![
            "It is stopping and waits for its running actions. Abandoning ends it at once."
                .to_owned(),
            "What its actions have begun, a build or a deployment, goes on unwatched.".to_owned(),
        ]
    } else {
        vec![
            "Actions that run now are finished first; nothing after them starts.".to_owned(),
            "It can be retried from the stage where it stops.".to_owned(),
        ]
    };
    let verb = if abandon { "Abandon" } else { "Stop" };
    Ok(Confirmation {
        title: format!("{verb} the execution of {label}"),
        consequences,
        button: format!("{verb}: {label} of {name} in {}", place.object()),
        dangerous: true,
        reason: Some(("Reason (others will read it)".to_owned(), STOP_REASON)),
        command: Command::StopExecution {
            pipeline: scene.pipeline.key.clone(),
            execution: execution.id.clone(),
            abandon,
            reason: String::new(),
        },
    })
}

/// The failed stage of the execution drawn. AWS retries only the newest execution in a stage.
pub fn retry(scene: Scene<'_>, place: &Place) -> Result<Confirmation, String> {
    let Some(stage) = scene.graph.failed_stage() else {
        return Err("Nothing failed in this execution".to_owned());
    };
    let Some(occupant) = &stage.occupant else {
        return Err("It is not known which execution failed here".to_owned());
    };
    let latest = scene
        .pipeline
        .stage(&stage.name)
        .and_then(|state| state.latest.as_ref());
    if latest.is_some_and(|(latest, _)| *latest != occupant.execution) {
        return Err(format!(
            "Another execution has entered {} since; AWS retries only the newest",
            stage.name
        ));
    }
    let name = safe_text::line(scene.pipeline.key.name.as_str()).into_owned();
    let label = safe_text::line(&occupant.label).into_owned();
    let failed: Vec<String> = stage
        .actions()
        .filter(|action| action.state.status.is_bad())
        .map(|action| safe_text::line(action.key.action.as_str()).into_owned())
        .collect();
    Ok(Confirmation {
        title: format!("Retry {} of {name} with {label}", stage.name),
        consequences: vec![
            format!("Runs again: {}. What succeeded is kept.", failed.join(", ")),
            "If it succeeds, the execution goes on to the next stage.".to_owned(),
        ],
        button: format!("Retry: {} of {name} in {}", stage.name, place.object()),
        dangerous: false,
        reason: None,
        command: Command::RetryStage {
            pipeline: scene.pipeline.key.clone(),
            stage: stage.name.clone(),
            execution: occupant.execution.clone(),
            mode: RetryMode::FailedActions,
        },
    })
}

/// Asks for the yes to a write, or says why there is nothing to ask.
pub fn confirm_or_say(write: Result<Confirmation, String>, cx: &ViewContext<'_>) -> UiAction {
    let refusal = write
        .as_ref()
        .ok()
        .and_then(|write| cx.snapshot.refusal(&write.command, cx.now));
    match (write, refusal) {
        (Ok(write), None) => UiAction::Confirm(write),
        (Ok(_), Some(reason)) | (Err(reason), _) => UiAction::Say(reason),
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
        GraphEvent::Execution(execution) => {
            cx.actions
                .push(UiAction::Go(scene.with_execution(Some(execution))));
        }
        GraphEvent::Transition(stage) => {
            let Some(node) = scene.graph.stage(&stage) else {
                return;
            };
            let place = Place::of(cx.snapshot, cx.settings, &scene.pipeline.key.scope);
            let enabled = !node.transition.enabled;
            let name = safe_text::line(scene.pipeline.key.name.as_str()).into_owned();
            let shown = safe_text::line(stage.as_str()).into_owned();
            let verb = if enabled { "Open" } else { "Close" };
            let consequence = if enabled {
                "The newest execution that waits there enters at once.".to_owned()
            } else {
                format!(
                    "Executions end their stage before {shown} and wait there until it is opened again."
                )
            };
            let command = Command::SetTransition {
                pipeline: scene.pipeline.key.clone(),
                stage,
                enabled,
                reason: String::new(),
            };
            if let Some(reason) = cx.snapshot.refusal(&command, cx.now) {
                cx.actions.push(UiAction::Say(reason));
                return;
            }
            cx.actions.push(UiAction::Confirm(Confirmation {
                title: format!("{verb} the way into {shown} of {name}"),
                consequences: vec![consequence],
                button: format!("{verb}: {shown} of {name} in {}", place.object()),
                dangerous: !enabled,
                reason: (!enabled)
                    .then(|| ("Reason (others will read it)".to_owned(), TRANSITION_REASON)),
                command,
            }));
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
            verb(&record.command),
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

fn verb(command: &Command) -> String {
    use crate::model::command::Decision;
    match command {
        Command::Decide {
            decision: Decision::Approve,
            gate,
            ..
        } => format!("Approve {}", gate.action.action),
        Command::Decide { gate, .. } => format!("Reject {}", gate.action.action),
        Command::ReleaseChange { .. } => "Release change".to_owned(),
        Command::StopExecution { abandon: true, .. } => "Abandon".to_owned(),
        Command::StopExecution { .. } => "Stop".to_owned(),
        Command::RetryStage { stage, .. } => format!("Retry {stage}"),
        Command::RollbackStage { stage, .. } => format!("Roll {stage} back"),
        Command::OverrideCondition {
            stage, condition, ..
        } => format!("Override the condition {} of {stage}", condition.label()),
        Command::SetTransition {
            stage,
            enabled: true,
            ..
        } => format!("Open the way into {stage}"),
        Command::SetTransition { stage, .. } => format!("Close the way into {stage}"),
        Command::StopBuild { .. } => "Stop build".to_owned(),
        Command::RetryBuild { .. } => "Retry build".to_owned(),
        Command::StopDeployment { .. } => "Stop deployment".to_owned(),
    }
}
