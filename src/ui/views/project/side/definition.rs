//! The structure of the pipeline as an outline: stages, actions with their configuration, conditions with their rules and
//! what each rule said lately. Values that look like secrets are masked, as AWS masks those it knows of.

use eframe::egui::{self, Ui};

use crate::model::mask;
use crate::model::pipeline::{
    ActionDeclaration, ConditionDeclaration, Definition, RuleDeclaration, RuleExecution,
    StageDeclaration,
};
use crate::model::time::duration;
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::details::{row_ui, section_ui};
use crate::ui::views::project::scene::Scene;
use crate::ui::widgets::{age, fault_banner, glyph, safe_text, skeleton};

/// Results of a rule shown.
const RESULTS: usize = 4;

pub fn ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    let Some(definition) = scene.pipeline.definition.value().cloned() else {
        ui.add_space(space::S);
        match scene.pipeline.definition.fault() {
            Some(fault) => {
                fault_banner::show(ui, fault, cx.now);
            }
            None => {
                skeleton::rows(ui, "Reading the structure…", 6);
            }
        }
        return;
    };
    pipeline_ui(ui, &definition, cx);
    for (index, stage) in definition.stages.iter().enumerate() {
        stage_ui(ui, scene, index + 1, stage, cx);
    }
    ui.add_space(space::S);
}

fn pipeline_ui(ui: &mut Ui, definition: &Definition, cx: &mut ViewContext<'_>) {
    section_ui(ui, "Pipeline");
    let kind = format!(
        "{}, {} mode, version {}",
        definition.pipeline_type,
        definition.mode.label(),
        definition.version
    );
    row_ui(ui, "Type", &kind, cx);
    row_ui(ui, "Service role", &definition.role_arn, cx);
    for store in &definition.artifact_stores {
        let region = store.region.as_ref().map_or("", |region| region.as_str());
        let place = format!("{} {} {region}", store.kind, store.bucket);
        row_ui(ui, "Artifact store", place.trim(), cx);
        let key = store
            .encryption_key
            .as_deref()
            .unwrap_or("the default key of S3");
        row_ui(ui, "Its key", key, cx);
    }
    if !definition.variables.is_empty() {
        section_ui(ui, "Variables");
    }
    for variable in &definition.variables {
        let default = match variable.default.as_deref() {
            None | Some("") => "no default".to_owned(),
            Some(value) => format!("default {}", mask::shown(&variable.name, value, &[])),
        };
        row_ui(ui, &variable.name, &default, cx);
        if let Some(words) = &variable.description {
            ui.add(egui::Label::new(theme::of(ui).small(safe_text::line(words))).wrap());
        }
    }
    if !definition.triggers.is_empty() {
        section_ui(ui, "Triggers");
    }
    for trigger in &definition.triggers {
        let filters = trigger.filters.join("; ");
        row_ui(ui, trigger.source_action.as_str(), &filters, cx);
    }
}

fn stage_ui(
    ui: &mut Ui,
    scene: Scene<'_>,
    number: usize,
    stage: &StageDeclaration,
    cx: &mut ViewContext<'_>,
) {
    let theme = theme::of(ui);
    ui.add_space(space::M);
    let line = ui.max_rect().x_range();
    ui.painter()
        .hline(line, ui.cursor().top(), theme.row_line());
    ui.add_space(space::S);
    let name = safe_text::line(stage.name.as_str());
    ui.label(theme.strong(format!("{number}  {name}")));
    if let Some(failure) = &stage.on_failure {
        let words = match &failure.retry_mode {
            Some(mode) => format!("{} ({mode})", failure.result),
            None => failure.result.clone(),
        };
        row_ui(ui, "When it fails", &words, cx);
    }
    for condition in &stage.conditions {
        condition_ui(ui, scene, stage, condition, cx);
    }
    for action in &stage.actions {
        action_ui(ui, action, cx);
    }
}

fn action_ui(ui: &mut Ui, action: &ActionDeclaration, cx: &mut ViewContext<'_>) {
    let theme = theme::of(ui);
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        let name = safe_text::line(action.name.as_str());
        ui.label(theme.body(format!("{}. {name}", action.run_order)));
        let kind = format!(
            "{} by {} ({})",
            action.category.label(),
            action.provider,
            action.owner
        );
        ui.add(egui::Label::new(theme.small(safe_text::line(&kind))).truncate());
    });
    let joined = |names: &[String]| names.join(", ");
    for (name, value) in [
        ("Role", action.role_arn.clone().unwrap_or_default()),
        (
            "Region",
            action
                .region
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ),
        ("Takes", joined(&action.input_artifacts)),
        ("Gives", joined(&action.output_artifacts)),
        ("Namespace", action.namespace.clone().unwrap_or_default()),
        ("Variables", joined(&action.output_variables)),
        ("Commands", action.commands.join(" && ")),
    ] {
        row_ui(ui, name, &value, cx);
    }
    for (name, value) in &action.configuration {
        row_ui(ui, name, &mask::shown(name, value, &[]), cx);
    }
}

fn condition_ui(
    ui: &mut Ui,
    scene: Scene<'_>,
    stage: &StageDeclaration,
    condition: &ConditionDeclaration,
    cx: &mut ViewContext<'_>,
) {
    let theme = theme::of(ui);
    ui.add_space(space::XS);
    let state = scene
        .pipeline
        .stage(&stage.name)
        .and_then(|state| state.condition(condition.kind));
    ui.horizontal(|ui| {
        if let Some(state) = state {
            glyph::state(ui, &state.state, size::SMALL_GLYPH);
        }
        let words = format!("Condition {}", condition.kind.label());
        ui.label(theme.body(words));
        let what = format!("when a rule fails: {}", condition.result);
        ui.label(theme.small(safe_text::line(&what)));
    });
    for rule in &condition.rules {
        rule_ui(ui, scene, stage, rule, cx);
    }
}

fn rule_ui(
    ui: &mut Ui,
    scene: Scene<'_>,
    stage: &StageDeclaration,
    rule: &RuleDeclaration,
    cx: &mut ViewContext<'_>,
) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.add_space(space::M);
        ui.label(theme.soft(safe_text::line(rule.name.as_str())));
        let limit = rule
            .timeout_minutes
            .map_or_else(String::new, |minutes| format!(", at most {minutes} min"));
        let words = format!("{}{limit}", rule.provider);
        ui.add(egui::Label::new(theme.small(safe_text::line(&words))).truncate());
    });
    for (name, value) in &rule.configuration {
        row_ui(ui, name, &mask::shown(name, value, &[]), cx);
    }
    row_ui(ui, "Commands", &rule.commands.join(" && "), cx);
    row_ui(ui, "Role", rule.role_arn.as_deref().unwrap_or(""), cx);
    let results = scene.pipeline.rules.value();
    let of_rule = |result: &&RuleExecution| result.rule == rule.name && result.stage == stage.name;
    let results = results.into_iter().flat_map(|all| all.iter());
    for result in results.filter(of_rule).take(RESULTS) {
        result_ui(ui, scene, result, cx);
    }
}

/// One evaluation: its state, for which execution, when, what it said.
fn result_ui(ui: &mut Ui, scene: Scene<'_>, result: &RuleExecution, cx: &ViewContext<'_>) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.add_space(space::XL);
        glyph::state(ui, &result.state, size::SMALL_GLYPH);
        let label = crate::model::graph::label(scene.pipeline, &result.execution);
        ui.label(theme.small(safe_text::line(&format!("{} for {label}", result.state))));
        if let Some(at) = result.updated.or(result.started) {
            age::ago(ui, at, cx.now);
        }
        if let (Some(from), Some(to)) = (result.started, result.updated) {
            ui.label(theme.small(duration(from.age(to))));
        }
        let said = result.error.as_ref().map(|error| &error.message);
        if let Some(said) = said.or(result.external_summary.as_ref()) {
            let words = theme.small(safe_text::line(said));
            ui.add(egui::Label::new(words).truncate())
                .on_hover_text(safe_text::block(said));
        }
    });
}
