//! The pane below the graph: chosen by what the selected action is about.

use eframe::egui::{Margin, Ui};

use crate::model::graph::ActionNode;
use crate::model::ids::{ActionKey, LogKey};
use crate::model::status::Status;
use crate::model::there;
use crate::ui::action::UiAction;
use crate::ui::route::{BuildTab, BuildsRoute, Route};
use crate::ui::view::ViewContext;
use crate::ui::views::project::artifact::ArtifactPane;
use crate::ui::views::project::commands::CommandsPane;
use crate::ui::views::project::past_builds::{self, PastPane};
use crate::ui::views::project::scene::{Scene, Subject};
use crate::ui::views::project::side::{Side, Wanted};
use crate::ui::views::project::{gate, other, source};
use crate::ui::widgets::build_pane::BuildPane;
use crate::ui::widgets::deployment_pane::DeploymentPane;
use crate::ui::widgets::empty;
use crate::ui::widgets::past_builds as widget;

/// The looks of the panes that have one: where a log is scrolled to, which instance is selected.
#[derive(Default)]
pub struct Panes {
    build: BuildPane,
    deployment: DeploymentPane,
    commands: CommandsPane,
    side: Side,
    /// Opened from the side pane; it stands here until it is closed or another action is selected.
    artifact: Option<(ActionKey, ArtifactPane)>,
    /// The search in past builds, opened from the side pane or by its keys.
    past: Option<PastPane>,
}

impl Panes {
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// A pane has the keyboard's focus, and letters and arrows are its own.
    pub fn has_focus(&self) -> bool {
        self.build.has_focus() || self.commands.has_focus() || self.past.is_some()
    }

    /// The side pane; what it opens is shown in this one.
    pub fn side_ui(&mut self, ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
        match (self.side.ui(ui, scene, cx), scene.selected) {
            (Some(Wanted::Artifact(opened)), Some(action)) => {
                self.close(cx);
                self.artifact = Some((action.key.clone(), ArtifactPane::new(opened)));
            }
            (Some(Wanted::PastBuilds(project)), _) => {
                self.close(cx);
                self.past = Some(PastPane::new(project, scene));
            }
            _ => {}
        }
    }

    /// Closes what stands in place of the selected action's own pane.
    fn close(&mut self, cx: &mut ViewContext<'_>) {
        if let Some((_, artifact)) = self.artifact.take() {
            artifact.close(cx);
        }
        self.past = None;
    }

    pub fn ui(&mut self, ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
        let Some(action) = scene.selected else {
            empty::show(
                ui,
                "A pipeline without actions",
                "Its stages are empty; there is nothing to run and nothing to show.",
                |_| {},
            );
            return;
        };
        if let Some((of, artifact)) = &mut self.artifact {
            if *of == action.key && artifact.ui(ui, cx) {
                return;
            }
            self.close(cx);
        }
        let subject = scene.subject(action);
        // A build's own pane has the search itself.
        if !matches!(subject, Subject::Build(_))
            && !cx.covered
            && widget::asked_for(ui.ctx())
            && let Some(project) = past_builds::projects(scene).into_iter().next()
        {
            self.past = Some(PastPane::new(project, scene));
        }
        if let Some(past) = &mut self.past {
            if past.is_of(scene) && past.ui(ui, cx) {
                return;
            }
            self.past = None;
        }
        // Nothing of what it does there can be read with the credentials at hand.
        if other::is_out_of_reach(scene, action) {
            other::ui(ui, scene, action, cx);
            return;
        }
        if let Some(key) = log_of(scene, action) {
            self.commands.ui(ui, scene, action, &key, cx);
            return;
        }
        match subject {
            Subject::Gate => gate::ui(ui, scene, action, cx),
            Subject::Source => source::ui(ui, scene, action, cx),
            Subject::Build(key) => {
                if self.build.ui(ui, cx, &key) {
                    let tab = BuildTab::default();
                    let route = BuildsRoute::Build { build: key, tab };
                    cx.actions.push(UiAction::Go(Route::Builds(route)));
                }
            }
            Subject::Deployment(key) => self.deployment.ui(ui, cx, &key),
            Subject::Other => other::ui(ui, scene, action, cx),
        }
    }
}

/// The log stream of a Commands action in the execution looked at.
fn log_of(scene: Scene<'_>, action: &ActionNode) -> Option<LogKey> {
    let attempt = scene
        .pipeline
        .attempts(&action.key)
        .find(|attempt| action.attempt.as_ref() == Some(&attempt.id))?;
    let arn = attempt.log_stream_arn.as_deref()?;
    there::log_stream(arn, &other::scope_of(scene, action))
}

/// The head of a pane: the action's state and name, then what the pane adds, on the line below which its content begins.
pub fn head_ui(ui: &mut Ui, action: &ActionNode, more: impl FnOnce(&mut Ui)) {
    use crate::ui::theme::{self, size};
    use crate::ui::widgets::{glyph, safe_text};
    use eframe::egui;
    let theme = theme::of(ui);
    egui::Frame::new()
        .inner_margin(Margin::symmetric(12, 0))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.set_height(size::TABLE_HEADER + 12.0);
                glyph::state(ui, &action.state, size::GLYPH);
                ui.label(theme.strong(safe_text::line(action.key.action.as_str())));
                more(ui);
            });
        });
    let line = ui.max_rect().x_range();
    ui.painter().hline(line, ui.cursor().top(), theme.outline());
    ui.add_space(1.0);
}

/// What stands where an action has nothing to show, because it has not run.
pub fn not_run_ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode) {
    if scene.graph.execution.is_none() {
        empty::show(
            ui,
            "This pipeline has not run yet",
            "Release a change, or push to its source; what happens appears here by itself.",
            |_| {},
        );
        return;
    }
    if let Some(how) = scene
        .execution()
        .and_then(|execution| ended_before(execution.state.status))
    {
        empty::show(ui, "Did not run in this execution", how, |_| {});
        return;
    }
    let stage = scene.graph.stage(&action.key.stage);
    let how = match stage {
        Some(stage) if stage.status == Status::Queued => {
            "The execution waits to enter this stage; what the action does appears here by itself."
        }
        Some(stage) if !stage.transition.enabled => {
            "The way into this stage is closed. Its switch is the red arrow in the graph."
        }
        Some(stage) if stage.leftover.is_some() => {
            "An older execution was here last: pick it under History to see what it did."
        }
        _ => "It runs when everything before it in the pipeline has succeeded.",
    };
    empty::show(ui, "Has not run in this execution", how, |_| {});
}

/// Why an action does not run any more in an execution that ended like this before it reached the action.
const fn ended_before(status: Status) -> Option<&'static str> {
    match status {
        Status::Superseded => {
            Some("A newer execution superseded this one, so this action will not run in it.")
        }
        Status::Stopped => Some(
            "The execution was stopped before it came here. This action runs only if the stage where it stopped is retried.",
        ),
        Status::Failed | Status::Errored | Status::RolledBack => Some(
            "The execution failed before it came here. This action runs only if what failed is retried and succeeds.",
        ),
        _ => None,
    }
}
