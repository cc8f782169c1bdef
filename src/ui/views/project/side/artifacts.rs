//! The artifacts that the selected action took and gave in this execution: where each is, how large, and the way inside.
//!
//! The size is asked first (HeadObject) and stands on the button that downloads. What is opened shows below the graph.

use std::collections::{BTreeMap, BTreeSet};

use eframe::egui::{self, Ui};

use crate::model::artifact::ArtifactKey;
use crate::model::graph::{ActionNode, label};
use crate::model::ids::{ExecutionId, Scope};
use crate::model::oneshot::{Oneshot, Request, Response};
use crate::model::pipeline::{ActionExecution, ArtifactLocation};
use crate::model::time::ago;
use crate::ui::action::UiAction;
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::artifact::{Opened, bytes};
use crate::ui::views::project::scene::Scene;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{age, copyable, fault_banner, menu, safe_text};

/// Earlier executions offered to compare with.
const OFFERED: usize = 12;

/// What was picked in the tab to compare with: by the artifact, an older one of the same name and its execution.
#[derive(Default)]
pub struct ArtifactsTab {
    picked: Picked,
}

impl ArtifactsTab {
    /// Paints the tab; returns what is to be opened.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        scene: Scene<'_>,
        cx: &mut ViewContext<'_>,
    ) -> Option<Opened> {
        let opened = ui_of(ui, scene, &mut self.picked, cx);
        if let Some(Opened::Difference { newer, .. }) = &opened {
            self.picked.remove(newer);
        }
        opened
    }
}

type Picked = BTreeMap<ArtifactKey, (ExecutionId, ArtifactKey)>;

fn ui_of(
    ui: &mut Ui,
    scene: Scene<'_>,
    picked: &mut Picked,
    cx: &mut ViewContext<'_>,
) -> Option<Opened> {
    let theme = theme::of(ui);
    let action = scene.selected?;
    let Some(attempt) = attempt_of(scene, action) else {
        ui.add_space(space::S);
        let words =
            "The selected action has not run in this execution, so it took and gave nothing.";
        ui.add(egui::Label::new(theme.small(words)).wrap());
        declared_ui(ui, scene, action);
        return None;
    };
    let mut opened = None;
    for (caption, artifacts, nothing) in [
        (
            "Given",
            &attempt.output_artifacts,
            "This action gives no artifact.",
        ),
        (
            "Taken",
            &attempt.input_artifacts,
            "This action takes no artifact.",
        ),
    ] {
        ui.add_space(space::S);
        let name = safe_text::line(action.key.action.as_str());
        ui.label(theme.caption(format!("{caption} by {name}")));
        if artifacts.is_empty() {
            ui.label(theme.small(nothing));
        }
        for location in artifacts {
            let key = key_of(scene, action, location);
            if let Some(it) = artifact_ui(ui, scene, &key, &attempt.execution, picked, cx) {
                opened = Some(it);
            }
        }
    }
    ui.add_space(space::S);
    opened
}

/// The last attempt of the action in the execution looked at.
fn attempt_of<'a>(scene: Scene<'a>, action: &'a ActionNode) -> Option<&'a ActionExecution> {
    let drawn = scene.execution_at(action)?;
    let mut attempts = scene.pipeline.attempts(&action.key);
    attempts.find(|attempt| attempt.execution == *drawn)
}

/// What the structure says it will take and give.
fn declared_ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode) {
    let theme = theme::of(ui);
    let Some(declared) = scene.pipeline.declaration(&action.key) else {
        return;
    };
    for (words, names) in [
        ("It takes", &declared.input_artifacts),
        ("It gives", &declared.output_artifacts),
    ] {
        if !names.is_empty() {
            let words = format!("{words} {}.", names.join(", "));
            ui.add(egui::Label::new(theme.small(safe_text::line(&words))).wrap());
        }
    }
}

/// Artifacts of an action in another region are kept in that region's store.
fn key_of(scene: Scene<'_>, action: &ActionNode, location: &ArtifactLocation) -> ArtifactKey {
    let scope = &scene.pipeline.key.scope;
    ArtifactKey {
        scope: Scope {
            account: scope.account.clone(),
            region: action
                .region
                .clone()
                .unwrap_or_else(|| scope.region.clone()),
        },
        location: location.clone(),
    }
}

fn artifact_ui(
    ui: &mut Ui,
    scene: Scene<'_>,
    key: &ArtifactKey,
    execution: &ExecutionId,
    picked: &mut Picked,
    cx: &mut ViewContext<'_>,
) -> Option<Opened> {
    let theme = theme::of(ui);
    let mut opened = None;
    ui.add_space(space::XS);
    let request = Request::ArtifactSize {
        artifact: key.clone(),
    };
    let state = cx.oneshots.get(&request).cloned();
    if state.is_none() {
        cx.actions.push(UiAction::Ask(request.clone()));
    }
    let name = &key.location.name;
    ui.horizontal(|ui| {
        let face = (font::strong(), theme.text);
        copyable::text(ui, name, name, face, cx.actions);
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = size::LINE;
        let place = format!("{}/{}", key.location.bucket, key.location.key);
        copyable::id(ui, &place, &place, cx.actions);
    });
    match state {
        Some(Oneshot::Ready {
            response: Response::ArtifactSize(told),
            ..
        }) => {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                let open = Button::new(format!("Open ({})", bytes(told.bytes)))
                    .small()
                    .named(format!("Open {name} ({})", bytes(told.bytes)));
                if ui.add(open).clicked() {
                    opened = Some(Opened::Files(key.clone()));
                }
                if let Some(older) = compare_ui(ui, scene, key, execution, cx) {
                    picked.insert(key.clone(), older);
                }
                if let Some(at) = told.modified {
                    age::ago(ui, at, cx.now);
                }
            });
            if let Some((of, older)) = picked.get(key)
                && difference_ui(ui, scene, (of, older), told.bytes, cx)
            {
                opened = Some(Opened::Difference {
                    older: older.clone(),
                    newer: key.clone(),
                });
            }
            if let Some(key) = &told.encryption_key {
                let words = format!("Encrypted with {key}");
                ui.add(egui::Label::new(theme.small(safe_text::line(&words))).truncate());
            }
        }
        Some(Oneshot::Failed { fault, .. }) => {
            fault_banner::show(ui, &fault, cx.now);
            ui.add_space(space::XS);
            let again = Button::new("Try again").small();
            let again = again.named(format!("Ask the size of {name} again"));
            if ui.add(again).clicked() {
                cx.actions.push(UiAction::Dismiss(request.clone()));
                cx.actions.push(UiAction::Ask(request));
            }
        }
        _ => {
            ui.label(theme.small("Asking its size…"));
        }
    }
    ui.add_space(space::S);
    let line = ui.max_rect().x_range();
    ui.painter()
        .hline(line, ui.cursor().top(), theme.row_line());
    opened
}

/// What a comparison downloads, told before it does; returns whether it is wanted.
fn difference_ui(
    ui: &mut Ui,
    scene: Scene<'_>,
    (execution, older): (&ExecutionId, &ArtifactKey),
    newer_bytes: u64,
    cx: &mut ViewContext<'_>,
) -> bool {
    let theme = theme::of(ui);
    let label = label(scene.pipeline, execution);
    let label = safe_text::line(&label).into_owned();
    let request = Request::ArtifactSize {
        artifact: older.clone(),
    };
    match cx.oneshots.get(&request).cloned() {
        Some(Oneshot::Ready {
            response: Response::ArtifactSize(told),
            ..
        }) => {
            let words = format!(
                "Compare with {label} ({} and {})",
                bytes(newer_bytes),
                bytes(told.bytes)
            );
            let hint = "Downloads both, unless they are here already";
            ui.add(Button::new(words).small())
                .on_hover_text(hint)
                .clicked()
        }
        Some(Oneshot::Failed { fault, .. }) => {
            fault_banner::show(ui, &fault, cx.now);
            let again = Button::new("Try again").small();
            let again = again.named(format!("Ask the size in {label} again"));
            if ui.add(again).clicked() {
                cx.actions.push(UiAction::Dismiss(request.clone()));
                cx.actions.push(UiAction::Ask(request));
            }
            false
        }
        asked => {
            if asked.is_none() {
                cx.actions.push(UiAction::Ask(request));
            }
            ui.label(theme.small(format!("Asking its size in {label}…")));
            false
        }
    }
}

/// Artifacts of the same name from other executions, newest first.
fn compare_ui(
    ui: &mut Ui,
    scene: Scene<'_>,
    key: &ArtifactKey,
    execution: &ExecutionId,
    cx: &ViewContext<'_>,
) -> Option<(ExecutionId, ArtifactKey)> {
    let name = &key.location.name;
    let others = others(scene, key, execution);
    let refusal = others
        .is_empty()
        .then(|| format!("No other execution known here has an artifact {name}"));
    let button = Button::new("Compare ▾")
        .small()
        .named(format!("Compare {name} with that of another execution"))
        .disabled_because(refusal);
    let response = ui.add(button);
    let mut picked = None;
    menu::show(&response, 360.0, |ui| {
        menu::caption(ui, "What changed since");
        for (execution, location) in &others {
            let label = label(scene.pipeline, execution);
            let when = scene
                .pipeline
                .execution(execution)
                .and_then(|execution| execution.started)
                .map_or_else(String::new, |at| format!("  {}", ago(at, cx.now)));
            let words = format!("{label}{when}");
            if menu::item(ui, &safe_text::line(&words), None, None) {
                let older = ArtifactKey {
                    scope: key.scope.clone(),
                    location: location.clone(),
                };
                picked = Some((execution.clone(), older));
            }
        }
    });
    picked
}

fn others(
    scene: Scene<'_>,
    key: &ArtifactKey,
    execution: &ExecutionId,
) -> Vec<(ExecutionId, ArtifactLocation)> {
    let attempts = scene.pipeline.actions.value();
    let mut seen = BTreeSet::from([execution.clone()]);
    let mut found = Vec::new();
    for attempt in attempts.into_iter().flat_map(|all| all.iter()) {
        let given = attempt.output_artifacts.iter();
        let mut same = given.filter(|it| it.name == key.location.name && **it != key.location);
        if let Some(location) = same.next()
            && seen.insert(attempt.execution.clone())
        {
            found.push((attempt.execution.clone(), location.clone()));
        }
        if found.len() == OFFERED {
            break;
        }
    }
    found
}
