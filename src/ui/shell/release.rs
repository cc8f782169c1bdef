//! The dialog that releases a change: which revisions, which variables, and what happens then.
//!
//! Left as it opens it releases the newest of every source with every default. Each field is held against AWS's limits
//! before anything is sent. Enter never answers it.

use std::sync::Arc;

use eframe::egui::{self, Ui, Vec2};

use super::{confirm, dialog};
use crate::model::board::subject;
use crate::model::command::{Command, RevisionKind};
use crate::model::ids::{ActionName, PipelineKey, RepositoryKey};
use crate::model::pipeline::{
    ActionCategory, ActionDeclaration, Definition, ExecutionMode, Pipeline, StageDeclaration,
    VariableDeclaration,
};
use crate::model::release::{self, VALUE_LIMIT};
use crate::model::snapshot::Snapshot;
use crate::ui::action::UiAction;
use crate::ui::theme::{self, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::menu;
use crate::ui::widgets::safe_text;
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::text_field::TextField;

const TOP: f32 = 72.0;
/// Revisions offered for a source.
const OFFERED: usize = 12;

pub struct ReleaseDialog {
    pipeline: PipelineKey,
    /// The structure the fields were made from.
    version: Option<u32>,
    sources: Vec<Source>,
    variables: Vec<Variable>,
}

struct Source {
    action: ActionName,
    provider: String,
    /// `checkout, main`, as configured.
    place: String,
    kinds: &'static [RevisionKind],
    kind: RevisionKind,
    value: String,
    /// Revisions it has brought or could bring: the id and what it says.
    known: Vec<(String, String)>,
}

struct Variable {
    declared: VariableDeclaration,
    value: String,
}

impl ReleaseDialog {
    pub fn open(key: PipelineKey, snapshot: &Snapshot) -> Self {
        let pipeline = snapshot.pipelines.get(&key);
        let definition = pipeline.and_then(|pipeline| pipeline.definition.value());
        let mut dialog = Self {
            pipeline: key,
            version: definition.map(|definition| definition.version),
            sources: Vec::new(),
            variables: Vec::new(),
        };
        if let (Some(pipeline), Some(definition)) = (pipeline, definition) {
            dialog.fill(pipeline, definition, snapshot);
        }
        dialog
    }

    pub fn pipeline(&self) -> &PipelineKey {
        &self.pipeline
    }

    fn fill(&mut self, pipeline: &Pipeline, definition: &Definition, snapshot: &Snapshot) {
        self.sources = release::sources(definition)
            .filter_map(|action| {
                let kinds = RevisionKind::of_provider(&action.provider);
                Some(Source {
                    action: action.name.clone(),
                    provider: action.provider.clone(),
                    place: place_of(action),
                    kinds,
                    kind: *kinds.first()?,
                    value: String::new(),
                    known: known(pipeline, action, snapshot),
                })
            })
            .collect();
        self.variables = definition
            .variables
            .iter()
            .map(|declared| Variable {
                declared: declared.clone(),
                value: String::new(),
            })
            .collect();
    }

    /// Shows it; returns whether it stays open.
    pub fn ui(&mut self, context: &egui::Context, cx: &mut ViewContext<'_>) -> bool {
        let snapshot = cx.snapshot;
        let pipeline = snapshot.pipelines.get(&self.pipeline);
        let place = Place::of(snapshot, cx.settings, &self.pipeline.scope);
        let mut decided = None;
        let closed = dialog::show(context, "release", 680.0, TOP, |ui| {
            let name = safe_text::line(self.pipeline.name.as_str()).into_owned();
            let title = format!("Release a change through {name}");
            confirm::head(ui, &title, &self.pipeline.scope, snapshot);
            // The head and the foot keep their room; what is between scrolls.
            let room = (context.content_rect().height() - TOP - 240.0).max(120.0);
            dialog::body(ui, |ui| {
                egui::ScrollArea::vertical()
                    .id_salt("release")
                    .max_height(room)
                    .show(ui, |ui| {
                        ui.spacing_mut().item_spacing.y = space::XS;
                        self.sources_ui(ui);
                        self.variables_ui(ui);
                        if let Some(pipeline) = pipeline {
                            consequences_ui(ui, pipeline, self.version);
                        }
                    });
            });
            let command = self.command();
            let refused = self
                .fault()
                .or_else(|| confirm::refusal(&self.pipeline.scope, snapshot))
                .or_else(|| snapshot.refusal(&command, cx.now));
            let words = self.button(&place);
            decided = confirm::foot_ui(ui, &words, false, refused);
        });
        if decided == Some(true) {
            cx.actions.push(UiAction::Send(self.command()));
        }
        decided.is_none() && !closed
    }

    fn sources_ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        if self.sources.is_empty() {
            return;
        }
        ui.label(theme.caption("Revisions"));
        for source in &mut self.sources {
            source_ui(ui, source);
        }
        ui.add_space(space::S);
    }

    fn variables_ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        if self.variables.is_empty() {
            return;
        }
        ui.label(theme.caption("Variables"));
        for variable in &mut self.variables {
            variable_ui(ui, variable);
        }
        ui.add_space(space::S);
    }

    /// The first field that AWS would not take.
    fn fault(&self) -> Option<String> {
        let sources = self.sources.iter().filter_map(|source| {
            let fault = release::revision_fault(source.kind, &source.whole())?;
            Some(format!("{}: {fault}", source.action))
        });
        let variables = self.variables.iter().filter_map(|variable| {
            let fault = release::variable_fault(&variable.declared, &variable.value)?;
            Some(format!("{}: {fault}", variable.declared.name))
        });
        sources.chain(variables).next()
    }

    fn command(&self) -> Command {
        let revisions = self.sources.iter();
        let variables = self.variables.iter();
        Command::ReleaseChange {
            pipeline: self.pipeline.clone(),
            revisions: revisions
                .filter_map(|it| release::revision(&it.action, it.kind, &it.whole()))
                .collect(),
            variables: variables
                .filter(|variable| !variable.value.is_empty())
                .map(|variable| (variable.declared.name.clone(), variable.value.clone()))
                .collect(),
        }
    }

    /// `Release f3a91c2 of checkout, Region=north: checkout-api in prod (…)`.
    fn button(&self, place: &Place) -> String {
        let mut parts: Vec<String> = Vec::new();
        for source in self.sources.iter().filter(|it| !it.value.trim().is_empty()) {
            let whole = source.whole();
            let id = crate::model::ids::RevisionId::from(whole.as_str());
            parts.push(format!("{} of {}", id.short(), source.action));
        }
        if parts.is_empty() {
            parts.push("the newest".to_owned());
        }
        let given = self.variables.iter().filter(|it| !it.value.is_empty());
        parts.extend(given.map(|variable| {
            let value = safe_text::elide(&variable.value, 24);
            format!("{}={value}", variable.declared.name)
        }));
        let name = &self.pipeline.name;
        format!("Release {}: {name} in {}", parts.join(", "), place.object())
    }
}

impl Source {
    /// What is typed, a short commit made whole where it is known.
    fn whole(&self) -> String {
        let known = self.known.iter().map(|(id, _)| id.as_str());
        match self.kind {
            RevisionKind::CommitId => release::whole_commit(&self.value, known)
                .map_or_else(|| self.value.trim().to_owned(), str::to_owned),
            _ => self.value.trim().to_owned(),
        }
    }
}

/// Repository and branch, image and tag, or bucket and key, as configured.
fn place_of(action: &ActionDeclaration) -> String {
    let names = [
        "FullRepositoryId",
        "RepositoryName",
        "Repo",
        "S3Bucket",
        "BranchName",
        "Branch",
        "ImageTag",
        "S3ObjectKey",
    ];
    let parts = names
        .iter()
        .filter_map(|name| action.configuration.get(*name));
    let parts: Vec<&str> = parts.take(2).map(String::as_str).collect();
    parts.join(", ")
}

/// The repository's newest commits, else what earlier executions brought.
fn known(
    pipeline: &Pipeline,
    action: &ActionDeclaration,
    snapshot: &Snapshot,
) -> Vec<(String, String)> {
    let mut known: Vec<(String, String)> = Vec::new();
    if action.provider == "CodeCommit"
        && let Some(name) = action.configuration.get("RepositoryName")
    {
        let mut scope = pipeline.key.scope.clone();
        if let Some(region) = &action.region {
            scope.region = region.clone();
        }
        let key = RepositoryKey {
            scope,
            name: name.as_str().into(),
        };
        let repository = snapshot.repositories.get(&key);
        let commits = repository.and_then(|repository| repository.commits.value());
        for commit in commits.map(Arc::as_ref).into_iter().flatten() {
            known.push((commit.id.to_string(), commit.subject().to_owned()));
        }
    }
    let executions = pipeline.executions.value().map(Arc::as_ref);
    for execution in executions.into_iter().flatten() {
        let brought = execution
            .revisions
            .iter()
            .find(|it| it.action == action.name);
        if let Some(brought) = brought
            && known.iter().all(|(id, _)| id != brought.id.as_str())
        {
            known.push((brought.id.to_string(), subject(&brought.summary)));
        }
    }
    known
}

fn source_ui(ui: &mut Ui, source: &mut Source) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.label(theme.body(safe_text::line(source.action.as_str())));
        let place = format!("{} {}", source.provider, source.place);
        ui.add(egui::Label::new(theme.small(safe_text::line(&place))).truncate());
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        if let [_, _, ..] = source.kinds {
            for kind in source.kinds {
                let words = kind.label();
                let is_on = source.kind == *kind;
                if ui.radio(is_on, theme.body(words)).clicked() {
                    source.kind = *kind;
                }
            }
        }
        let whole = source.whole();
        let fault = release::revision_fault(source.kind, &whole);
        let hint = format!(
            "{} of {}, or empty for the newest",
            source.kind.label(),
            source.action
        );
        let width = (ui.available_width() - 88.0).max(120.0);
        TextField::new(&mut source.value, &hint)
            .mono()
            .width(width)
            .faulty(fault.is_some())
            .show(ui);
        known_ui(ui, source);
    });
    let whole = source.whole();
    if let Some(fault) = release::revision_fault(source.kind, &whole) {
        ui.label(theme.small(fault).color(theme.fail));
    } else if let Some((id, says)) = source.known.iter().find(|(id, _)| *id == whole) {
        let words = format!("{id}  {says}");
        ui.add(egui::Label::new(theme.small(safe_text::line(&words))).truncate());
    }
}

fn known_ui(ui: &mut Ui, source: &mut Source) {
    let reason = source
        .known
        .is_empty()
        .then(|| "No revision of it is known here".to_owned());
    let button = Button::new("Recent ▾")
        .named(format!("Recent revisions of {}", source.action))
        .disabled_because(reason);
    let response = ui.add(button);
    let mut picked = None;
    menu::show(&response, 420.0, |ui| {
        for (id, says) in source.known.iter().take(OFFERED) {
            let short = crate::model::ids::RevisionId::from(id.as_str());
            let words = format!("{}  {says}", short.short());
            if menu::item(ui, &safe_text::line(&words), None, None) {
                picked = Some(id.clone());
            }
        }
    });
    if let Some(id) = picked {
        source.value = id;
        if let Some(first) = source.kinds.first() {
            source.kind = *first;
        }
    }
}

fn variable_ui(ui: &mut Ui, variable: &mut Variable) {
    let theme = theme::of(ui);
    let declared = &variable.declared;
    let fault = release::variable_fault(declared, &variable.value);
    let is_faulty = fault.is_some() && !variable.value.is_empty();
    ui.horizontal(|ui| {
        let left = egui::Layout::left_to_right(egui::Align::Center);
        ui.allocate_ui_with_layout(Vec2::new(160.0, 26.0), left, |ui| {
            ui.set_min_width(160.0);
            let name = theme.body(safe_text::line(&declared.name));
            ui.add(egui::Label::new(name).truncate());
        });
        let default = match declared.default.as_deref() {
            Some("") | None => "no default".to_owned(),
            Some(value) => format!("default {value}"),
        };
        let hint = format!("{}: {}", declared.name, safe_text::line(&default));
        TextField::new(&mut variable.value, &hint)
            .width(ui.available_width())
            .faulty(is_faulty)
            .show(ui);
    });
    if let Some(words) = &declared.description {
        ui.add(egui::Label::new(theme.small(safe_text::line(words))).wrap());
    }
    let count = variable.value.chars().count();
    if let Some(fault) = fault {
        ui.label(theme.small(fault).color(theme.fail));
    } else if count > VALUE_LIMIT * 9 / 10 {
        ui.label(theme.small(format!("{count} of {VALUE_LIMIT} characters")));
    }
}

/// What happens once it is sent, by mode and by what stands in the way.
fn consequences_ui(ui: &mut Ui, pipeline: &Pipeline, version: Option<u32>) {
    let theme = theme::of(ui);
    ui.label(theme.caption("What happens"));
    for sentence in consequences(pipeline, version) {
        ui.add(egui::Label::new(theme.soft(safe_text::line(&sentence))).wrap());
    }
}

/// How far a release comes by itself: to the first gate, or through everything.
fn through(pipeline: &Pipeline) -> String {
    let stages = pipeline
        .definition
        .value()
        .map(|definition| &definition.stages);
    let has = |stage: &&StageDeclaration, wanted: &ActionCategory| {
        stage
            .actions
            .iter()
            .any(|action| action.category == *wanted)
    };
    let stages = stages.into_iter().flatten();
    let gate = stages
        .clone()
        .find(|stage| has(stage, &ActionCategory::Approval));
    if let Some(stage) = gate {
        return format!(
            "It runs by itself, deployments included, up to the gate in {}, which waits for a person.",
            stage.name
        );
    }
    let deploys: Vec<&str> = stages
        .filter(|stage| has(stage, &ActionCategory::Deploy))
        .map(|stage| stage.name.as_str())
        .collect();
    if deploys.is_empty() {
        "No gate stands in its way: it runs through every stage.".to_owned()
    } else {
        format!(
            "No gate stands in its way: it runs through every stage and deploys to {}.",
            deploys.join(", ")
        )
    }
}

fn consequences(pipeline: &Pipeline, version: Option<u32>) -> Vec<String> {
    let executions = pipeline.executions.value().map(Arc::as_ref);
    let in_flight = executions
        .into_iter()
        .flatten()
        .filter(|execution| execution.state.status.is_moving())
        .count();
    let mut said = vec![match (pipeline.mode(), in_flight) {
        (_, 0) => "A new execution starts at once.".to_owned(),
        (ExecutionMode::Parallel, count) => {
            format!("A new execution starts at once, beside the {count} in flight.")
        }
        (ExecutionMode::Queued, count) => {
            format!("A new execution starts and queues behind the {count} in flight.")
        }
        _ => {
            "A new execution starts; where it catches up with one that waits to enter a stage, it takes its place.".to_owned()
        }
    }];
    let stages = pipeline.stages.value().map(Arc::as_ref);
    let closed = stages
        .into_iter()
        .flatten()
        .find(|stage| !stage.transition.enabled);
    said.push(match closed {
        Some(stage) => format!(
            "It runs up to {}, the way into which is closed, and waits there.",
            stage.name
        ),
        None => through(pipeline),
    });
    let now = pipeline
        .definition
        .value()
        .map(|definition| definition.version);
    if now != version {
        said.push(
            "The pipeline was changed since this dialog opened: close it and open it again to see its new fields.".to_owned(),
        );
    }
    said
}
