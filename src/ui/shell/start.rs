//! The dialog that starts a build or a batch of a project: which version, which variables, and whether everything it
//! refers to is there.
//!
//! Left as it opens it starts what the project says. What differs from the project is said before the yes, and the
//! references are checked while a person reads. A production account asks for the project's name. Enter never answers it.

mod fields;

use std::sync::Arc;

use eframe::egui::{self, Ui};

use super::typed_name::{TypedName, Wanted};
use super::{confirm, dialog};
use crate::model::build::{BuildOverrides, BuildProject, Reference};
use crate::model::command::Command;
use crate::model::ids::BuildProjectKey;
use crate::model::oneshot::{Oneshot, Request, Response};
use crate::model::snapshot::Snapshot;
use crate::model::status::Status;
use crate::ui::action::UiAction;
use crate::ui::theme::{self, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::references::{self, Tally};
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{fault_banner, menu, safe_text, skeleton};
use fields::Field;

const TOP: f32 = 64.0;
/// The room of the scroll bar.
const BAR: f32 = 14.0;
/// What lies between head and foot.
const BODY: f32 = 460.0;
/// Versions offered that builds before were of.
const OFFERED: usize = 12;
/// What AWS takes as a version.
const LONGEST_VERSION: usize = 1_024;

pub struct StartDialog {
    project: BuildProjectKey,
    batch: bool,
    version: String,
    /// The versions of earlier builds, newest first.
    known: Vec<String>,
    fields: Vec<Field>,
    /// Whether the fields were made from the project's definition yet.
    filled: bool,
    /// The project's name, where the account is production.
    typed: TypedName,
}

impl StartDialog {
    /// The dialog, and what it asks to be read afresh.
    pub fn open(
        project: BuildProjectKey,
        batch: bool,
        snapshot: &Snapshot,
    ) -> (Self, Vec<UiAction>) {
        let known = versions(&project, snapshot);
        let dialog = Self {
            project,
            batch,
            version: String::new(),
            known,
            fields: Vec::new(),
            filled: false,
            typed: TypedName::default(),
        };
        let asked = [dialog.definition(), dialog.references()];
        let asked = asked
            .into_iter()
            .flat_map(|request| [UiAction::Dismiss(request.clone()), UiAction::Ask(request)]);
        (dialog, asked.collect())
    }

    fn definition(&self) -> Request {
        Request::BuildProject {
            project: self.project.clone(),
        }
    }

    fn references(&self) -> Request {
        Request::References {
            project: self.project.clone(),
        }
    }

    /// Shows it; returns whether it stays open.
    pub fn ui(&mut self, context: &egui::Context, cx: &mut ViewContext<'_>) -> bool {
        let snapshot = cx.snapshot;
        let place = Place::of(snapshot, cx.settings, &self.project.scope);
        let project = match cx.oneshots.get(&self.definition()) {
            Some(Oneshot::Ready {
                response: Response::BuildProject(project),
                ..
            }) => Some(Arc::clone(project)),
            _ => None,
        };
        if let Some(project) = project.as_ref().filter(|_| !self.filled) {
            self.fields = project
                .about
                .environment
                .variables
                .iter()
                .map(Field::of)
                .collect();
            self.filled = true;
        }
        let mut decided = None;
        let closed = dialog::show(context, "start", 720.0, TOP, |ui| {
            let what = if self.batch { "batch" } else { "build" };
            let name = safe_text::line(self.project.name.as_str()).into_owned();
            let title = format!("Start a {what} of {name}");
            confirm::head(ui, &title, &self.project.scope, snapshot);
            // The head and the foot keep their place, whatever is read meanwhile: no button moves under the pointer.
            let room = (context.content_rect().height() - TOP - 260.0).clamp(120.0, BODY);
            dialog::body(ui, |ui| {
                egui::ScrollArea::vertical()
                    .id_salt("start")
                    .max_height(room)
                    .min_scrolled_height(room)
                    .auto_shrink(false)
                    .show(ui, |ui| {
                        ui.spacing_mut().item_spacing.y = space::XS;
                        // The bar lies over what it scrolls.
                        ui.set_max_width(ui.available_width() - BAR);
                        self.version_ui(ui, project.as_deref());
                        self.variables_ui(ui, cx);
                        self.references_ui(ui, cx);
                        self.differences_ui(ui, project.as_deref());
                    });
                if let Some(wanted) = Wanted::of(&self.command(), &place) {
                    ui.add_space(space::S);
                    self.typed.ui(ui, wanted);
                }
            });
            let refused = self
                .fault()
                .or_else(|| confirm::refusal(&self.project.scope, snapshot))
                .or_else(|| snapshot.refusal(&self.command(), cx.now))
                .or_else(|| self.no_batches(project.as_deref()))
                .or_else(|| self.typed.refusal(Wanted::of(&self.command(), &place)?));
            let words = self.button(&place);
            decided = confirm::foot_ui(ui, &words, false, refused);
        });
        if decided == Some(true) {
            cx.actions.push(UiAction::Send(self.command()));
        }
        decided.is_none() && !closed
    }

    fn version_ui(&mut self, ui: &mut Ui, project: Option<&BuildProject>) {
        let theme = theme::of(ui);
        ui.label(theme.caption("Version"));
        let source = project.and_then(|project| project.about.sources.first());
        let own = source
            .and_then(|source| source.version.as_deref())
            .filter(|version| !version.is_empty());
        let hint = match own {
            Some(version) => format!(
                "Branch, tag or commit, or empty for {}",
                safe_text::elide(&safe_text::line(version), 40)
            ),
            None => "Branch, tag or commit, or empty for the source's default".to_owned(),
        };
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let width = (ui.available_width() - 88.0).max(120.0);
            let is_long = self.version.chars().count() > LONGEST_VERSION;
            TextField::new(&mut self.version, &hint)
                .mono()
                .width(width)
                .faulty(is_long)
                .show(ui)
                .accessible_name("Version to build");
            let none = self.known.is_empty();
            let button = Button::new("Recent ▾")
                .named("Versions of earlier builds")
                .disabled_because(none.then(|| "No earlier build is known here".to_owned()));
            let response = ui.add(button);
            let mut picked = None;
            menu::show(&response, 420.0, |ui| {
                for version in self.known.iter().take(OFFERED) {
                    if menu::item(ui, &safe_text::line(version), None, None) {
                        picked = Some(version.clone());
                    }
                }
            });
            if let Some(picked) = picked {
                self.version = picked;
            }
        });
        if source.is_some_and(|source| source.kind == "CODEPIPELINE") {
            let words = "The project takes its source from a pipeline, which a build started here does not have: CodeBuild refuses it, unless the buildspec does without. Release a change through the pipeline instead.";
            ui.add(egui::Label::new(theme.small(words).color(theme.fail)).wrap());
        }
        ui.add_space(space::S);
    }

    fn variables_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let theme = theme::of(ui);
        ui.label(theme.caption("Variables"));
        match cx.oneshots.get(&self.definition()) {
            Some(Oneshot::Failed { fault, .. }) => {
                fault_banner::show(ui, fault, cx.now);
            }
            Some(Oneshot::Ready { .. }) => {}
            _ => {
                skeleton::rows(ui, "Reading the project…", 2);
            }
        }
        let mut gone = None;
        for (index, field) in self.fields.iter_mut().enumerate() {
            if fields::ui(ui, field, index) {
                gone = Some(index);
            }
        }
        if let Some(gone) = gone {
            self.fields.remove(gone);
        }
        if ui.add(Button::new("Add a variable").small()).clicked() {
            self.fields.push(Field::new());
        }
        ui.add_space(space::S);
    }

    fn references_ui(&self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let theme = theme::of(ui);
        ui.label(theme.caption("What it refers to"));
        let request = self.references();
        match cx.oneshots.get(&request) {
            Some(Oneshot::Ready {
                response: Response::References(references),
                ..
            }) => {
                found_ui(ui, &references.found, cx);
                if let Some(words) = references.buildspec.words() {
                    let words = theme.small(safe_text::line(&words));
                    ui.add(egui::Label::new(words).wrap());
                }
            }
            Some(Oneshot::Failed { fault, .. }) => {
                fault_banner::show(ui, fault, cx.now);
                if ui.add(Button::new("Check again").small()).clicked() {
                    cx.actions.push(UiAction::Dismiss(request.clone()));
                    cx.actions.push(UiAction::Ask(request));
                }
            }
            _ => {
                ui.label(theme.small("Checking parameters, secrets and keys…"));
            }
        }
        ui.add_space(space::S);
    }

    fn differences_ui(&self, ui: &mut Ui, project: Option<&BuildProject>) {
        let theme = theme::of(ui);
        ui.label(theme.caption("Differs from the project"));
        let said = self.differences(project);
        if said.is_empty() {
            ui.label(theme.soft("Nothing: it starts as the project says."));
        }
        for words in said {
            ui.add(egui::Label::new(theme.body(safe_text::line(&words))).wrap());
        }
    }

    /// A sentence each; secrets are masked.
    fn differences(&self, project: Option<&BuildProject>) -> Vec<String> {
        let mut said = Vec::new();
        let version = self.version.trim();
        if !version.is_empty() {
            let own = project
                .and_then(|project| project.about.sources.first())
                .and_then(|source| source.version.clone())
                .unwrap_or_else(|| "the source's default".to_owned());
            said.push(format!("Version {version} in place of {own}"));
        }
        for variable in self.overrides().variables {
            let value = fields::shown(&variable).into_owned();
            let old = self.fields.iter().find(|field| field.is_of(&variable.name));
            said.push(match old.and_then(Field::old_words) {
                Some(old) => format!("{}: {value} in place of {old}", variable.name),
                None => format!("{}: {value}, added", variable.name),
            });
        }
        said
    }

    fn overrides(&self) -> BuildOverrides {
        let version = self.version.trim();
        BuildOverrides {
            source_version: (!version.is_empty()).then(|| version.to_owned()),
            variables: self.fields.iter().filter_map(Field::overriding).collect(),
        }
    }

    fn command(&self) -> Command {
        let (scope, project) = (self.project.scope.clone(), self.project.name.clone());
        let overrides = self.overrides();
        if self.batch {
            Command::StartBatch {
                scope,
                project,
                overrides,
            }
        } else {
            Command::StartBuild {
                scope,
                project,
                overrides,
            }
        }
    }

    /// The first field that AWS would not take.
    fn fault(&self) -> Option<String> {
        if self.version.chars().count() > LONGEST_VERSION {
            return Some(format!(
                "A version has at most {LONGEST_VERSION} characters"
            ));
        }
        let mut names = std::collections::BTreeSet::new();
        self.fields.iter().find_map(|field| {
            let twice = !field.name.is_empty() && !names.insert(field.name.as_str());
            if twice {
                return Some(format!("{} is set twice", field.name));
            }
            field.fault()
        })
    }

    fn no_batches(&self, project: Option<&BuildProject>) -> Option<String> {
        let none = self.batch && project.is_some_and(|project| !project.batches);
        none.then(|| "The project has no batch configuration".to_owned())
    }

    /// `Start build of main, STAGE: web-shop in prod (…)`.
    fn button(&self, place: &Place) -> String {
        let overrides = self.overrides();
        let mut parts = vec![
            if self.batch {
                "Start batch"
            } else {
                "Start build"
            }
            .to_owned(),
        ];
        if let Some(version) = &overrides.source_version {
            parts.push(format!("of {}", safe_text::elide(version, 24)));
        }
        match overrides.variables.as_slice() {
            [] => {}
            [one] => parts.push(format!("with another {}", one.name)),
            several => parts.push(format!("with {} other variables", several.len())),
        }
        let name = safe_text::line(self.project.name.as_str());
        format!("{}: {name} in {}", parts.join(" "), place.object())
    }
}

/// How the references stand, and those that a build would fail over.
fn found_ui(ui: &mut Ui, references: &[Reference], cx: &ViewContext<'_>) {
    let theme = theme::of(ui);
    if references.is_empty() {
        ui.label(theme.soft("No parameter, secret or key."));
        return;
    }
    let tally = Tally::of(references);
    ui.label(theme.body(tally.words()));
    let odd = references
        .iter()
        .filter(|it| references::status(it) != Status::Succeeded);
    for reference in odd {
        ui.horizontal(|ui| {
            ui.label(theme.strong(safe_text::line(&reference.needed_by)));
            let name = theme.mono(safe_text::elide(&safe_text::line(&reference.name), 60));
            ui.label(name);
        });
        references::outcome(ui, reference, cx.now);
    }
    if tally.broken > 0 {
        let words = "A build that needs one of them fails as it begins.";
        ui.add(egui::Label::new(theme.soft(words)).wrap());
    }
}

/// What earlier builds of the project were of: branches and commits, newest first, each once.
fn versions(project: &BuildProjectKey, snapshot: &Snapshot) -> Vec<String> {
    let mut builds: Vec<_> = snapshot
        .builds
        .rows()
        .iter()
        .filter(|row| row.key.scope == project.scope)
        .filter_map(|row| row.build.value())
        .filter(|build| build.project == project.name)
        .collect();
    builds.sort_by_key(|build| std::cmp::Reverse(build.started));
    let mut known = Vec::new();
    for build in builds {
        let branch = build.branch().map(str::to_owned);
        let revision = build.revision().map(String::from);
        for version in branch.into_iter().chain(revision) {
            if !known.contains(&version) {
                known.push(version);
            }
        }
    }
    known
}
