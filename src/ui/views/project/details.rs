//! Everything AWS says about the pipeline, the execution and the selected action, to read and to copy.

use eframe::egui::Ui;

use crate::model::graph::ActionNode;
use crate::model::mask;
use crate::model::pipeline::{ActionExecution, Execution};
use crate::model::time::Timestamp;
use crate::ui::theme::space;
use crate::ui::view::ViewContext;
use crate::ui::views::project::scene::Scene;
use crate::ui::views::project::side::history;
use crate::ui::widgets::facts;

pub fn ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    facts::prepare(ui);
    if let Some(action) = scene.selected {
        action_ui(ui, scene, action, cx);
    }
    if let Some(execution) = scene.execution() {
        section_ui(ui, "Execution");
        execution_ui(ui, execution, cx);
    }
    section_ui(ui, "Pipeline");
    let key = &scene.pipeline.key;
    row_ui(ui, "Name", key.name.as_str(), cx);
    row_ui(ui, "Where", &key.scope.to_string(), cx);
    if let Some(definition) = scene.pipeline.definition.value() {
        row_ui(ui, "ARN", &definition.arn, cx);
        row_ui(ui, "Version", &definition.version.to_string(), cx);
        let kind = format!(
            "{}, {} mode",
            definition.pipeline_type,
            definition.mode.label()
        );
        row_ui(ui, "Type", &kind, cx);
        row_ui(ui, "Role", &definition.role_arn, cx);
    }
    if let Some(updated) = scene.pipeline.updated {
        row_ui(ui, "Changed", &updated.rfc3339(), cx);
    }
    ui.add_space(space::S);
}

fn action_ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode, cx: &mut ViewContext<'_>) {
    section_ui(ui, &format!("Action {}", action.key.action));
    row_ui(ui, "State", &action.state.to_string(), cx);
    let attempt = scene
        .pipeline
        .attempts(&action.key)
        .find(|attempt| action.attempt.as_ref() == Some(&attempt.id));
    if let Some(declared) = scene.pipeline.declaration(&action.key) {
        let kind = format!(
            "{} by {} ({})",
            declared.category.label(),
            declared.provider,
            declared.owner
        );
        row_ui(ui, "Provider", &kind, cx);
        row_ui(ui, "Run order", &declared.run_order.to_string(), cx);
        for (name, value) in [
            ("Region", declared.region.as_ref().map(ToString::to_string)),
            ("Role", declared.role_arn.clone()),
            ("Input", joined(&declared.input_artifacts)),
            ("Output", joined(&declared.output_artifacts)),
        ] {
            if let Some(value) = value {
                row_ui(ui, name, &value, cx);
            }
        }
        // Variables are resolved in what an attempt ran with; the structure has only their names.
        let resolved = attempt
            .map(|attempt| &attempt.configuration)
            .filter(|configuration| !configuration.is_empty());
        for (name, value) in resolved.unwrap_or(&declared.configuration) {
            row_ui(ui, name, &mask::shown(name, value, &[]), cx);
        }
    }
    if let Some(id) = &action.external_id {
        row_ui(ui, "External id", id, cx);
    }
    if let Some(attempt) = attempt {
        attempt_ui(ui, attempt, cx);
    }
    attempts_ui(ui, scene, action, cx);
}

/// Every attempt in this execution, where there was more than one; latest first.
fn attempts_ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode, cx: &ViewContext<'_>) {
    let attempts = scene.attempts_of(action);
    if attempts.len() < 2 {
        return;
    }
    section_ui(ui, "Attempts, latest first");
    for (index, attempt) in attempts.iter().enumerate() {
        history::attempt_ui(ui, attempts.len() - index, attempt, cx);
    }
}

fn attempt_ui(ui: &mut Ui, attempt: &ActionExecution, cx: &mut ViewContext<'_>) {
    row_ui(ui, "Attempt id", attempt.id.as_str(), cx);
    times_ui(ui, attempt.started, attempt.updated, cx);
    for (name, value) in &attempt.output_variables {
        row_ui(ui, name, &mask::shown(name, value, &[]), cx);
    }
}

fn execution_ui(ui: &mut Ui, execution: &Execution, cx: &mut ViewContext<'_>) {
    row_ui(ui, "Id", execution.id.as_str(), cx);
    row_ui(ui, "State", &execution.state.to_string(), cx);
    row_ui(ui, "Started by", &execution.trigger.words(), cx);
    row_ui(ui, "Trigger", &execution.trigger.kind, cx);
    row_ui(ui, "Triggered by", &execution.trigger.detail, cx);
    times_ui(ui, execution.started, execution.updated, cx);
    for (name, value) in [
        ("Summary", &execution.status_summary),
        ("Stop reason", &execution.stop_reason),
    ] {
        if let Some(value) = value {
            row_ui(ui, name, value, cx);
        }
    }
    if let Some(of) = &execution.rollback_of {
        row_ui(ui, "Rolls back to", of.as_str(), cx);
    }
    for revision in &execution.revisions {
        row_ui(ui, revision.action.as_str(), revision.id.as_str(), cx);
    }
    for (name, value) in &execution.variables {
        row_ui(ui, name, &mask::shown(name, value, &[]), cx);
    }
}

fn times_ui(
    ui: &mut Ui,
    started: Option<Timestamp>,
    updated: Option<Timestamp>,
    cx: &mut ViewContext<'_>,
) {
    for (name, at) in [("Started", started), ("Changed", updated)] {
        if let Some(at) = at {
            row_ui(ui, name, &at.rfc3339(), cx);
        }
    }
}

fn joined(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| names.join(", "))
}

pub fn section_ui(ui: &mut Ui, name: &str) {
    facts::section(ui, name);
}

/// A name and a value that a click copies; nothing where AWS says nothing.
pub fn row_ui(ui: &mut Ui, name: &str, value: &str, cx: &mut ViewContext<'_>) {
    facts::row(ui, name, value, cx.actions);
}
