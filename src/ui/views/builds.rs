//! Builds over every account and region: all of them, one project's, one build with its log, one batch as a graph.
//!
//! The view keeps filters, selections and what was worked out from the tables; where it is comes from the route. Main
//! thread.

mod asked;
mod batch;
mod build;
mod columns;
mod list;
mod order;
mod project;
mod projects;
mod row;
mod side;
mod states;
mod table;
mod usual;
mod verbs;

use eframe::egui::{self, Margin, Rect, Ui};

use crate::model::ids::{BuildKey, BuildProjectKey, Scope};
use crate::ui::action::UiAction;
use crate::ui::route::{BuildTab, BuildsRoute, ProjectTab, Route};
use crate::ui::theme::{self, space};
use crate::ui::view::{LogKeys, Verb, View, ViewContext};
use crate::ui::widgets::safe_text;
use usual::Usuals;

#[derive(Default)]
pub struct BuildsView {
    usuals: Usuals,
    list: list::List,
    project: project::ProjectPage,
    build: build::BuildPage,
    batch: batch::BatchPage,
}

type Keys = &'static [(&'static str, &'static str)];

const LIST: Keys = &[
    ("j k ↓ ↑", "move"),
    ("Enter", "open the build"),
    ("/", "filter"),
    ("Esc", "clear the filter"),
    ("p", "builds or projects; of a build: its project"),
    ("g", "group by project, or not"),
    ("1 2 3 4", "all, failed, running, queued"),
    ("w", "why did the build fail"),
    ("c", "start a build of the project"),
    ("b", "of a project: start a batch"),
    ("r", "retry the build"),
    ("s", "stop the build"),
    ("o", "open in the AWS console"),
    ("y", "copy the ARN"),
];
const PROJECT: Keys = &[
    ("j k ↓ ↑", "move"),
    ("Enter", "open the build"),
    ("/", "filter"),
    ("Esc", "clear the filter, or step out"),
    ("1 2 3 4", "all, failed, running, queued"),
    ("[ ]", "the tab before, after"),
    ("w", "why did the build fail"),
    ("c", "start a build"),
    ("b", "start a batch"),
    ("r", "retry the build"),
    ("s", "stop the build"),
    ("o", "open in the AWS console"),
    ("y", "copy the ARN"),
    (
        "Ctrl+Shift+F",
        "search the logs of the project's past builds",
    ),
];
const BUILD: Keys = &[
    ("[ ]", "the tab before, after"),
    ("d", "show the details beside the log, or hide them"),
    ("w", "why did it fail"),
    ("r", "retry the build"),
    ("s", "stop the build"),
    ("c", "start a build of the project"),
    ("p", "its project"),
    ("o", "open in the AWS console"),
    ("y", "copy the ARN"),
    ("Esc", "step out"),
];
const BATCH: Keys = &[
    ("h l ← →", "the builds before, after"),
    ("j k ↓ ↑", "the build below, above"),
    ("Enter", "open the build"),
    ("d", "everything else about the build"),
    ("w", "why did the build fail"),
    ("r", "retry the batch"),
    ("s", "stop the batch"),
    ("y", "copy the ARN"),
    ("Esc", "step out"),
];

impl View for BuildsView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Route::Builds(route) = cx.route else {
            return;
        };
        self.usuals.follow(&cx.snapshot.builds);
        let margin = Margin::symmetric(space::L as i8, space::M as i8);
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            match route {
                BuildsRoute::Build { build, tab } => {
                    self.build.ui(ui, cx, build, *tab, &self.usuals);
                }
                BuildsRoute::Project { project, tab } => {
                    self.project.ui(ui, cx, project, *tab, &self.usuals);
                }
                BuildsRoute::Batch(batch) => self.batch.ui(ui, cx, batch),
                BuildsRoute::Projects => self.list.projects_ui(ui, cx, &self.usuals),
                BuildsRoute::All => self.list.ui(ui, cx, &self.usuals),
            }
        });
    }

    fn keys(&self, route: &Route) -> Keys {
        match route {
            Route::Builds(BuildsRoute::Project { .. }) => PROJECT,
            Route::Builds(BuildsRoute::Build { .. }) => BUILD,
            Route::Builds(BuildsRoute::Batch(_)) => BATCH,
            _ => LIST,
        }
    }

    fn log(&self, route: &Route) -> LogKeys {
        match route {
            Route::Builds(BuildsRoute::Build { .. }) => LogKeys::of(self.build.has_focus()),
            Route::Builds(BuildsRoute::Batch(_)) => LogKeys::of(self.batch.has_focus()),
            _ => LogKeys::None,
        }
    }

    fn verbs(&self, cx: &ViewContext<'_>) -> Vec<Verb> {
        let Route::Builds(route) = cx.route else {
            return Vec::new();
        };
        match route {
            BuildsRoute::Build { build, .. } => verbs::of_build(build, cx),
            BuildsRoute::Project { project, .. } => verbs::of_project(project, cx),
            BuildsRoute::Batch(batch) => batch::verbs_of(batch, cx),
            BuildsRoute::All | BuildsRoute::Projects => Vec::new(),
        }
    }
}

/// To a build, with what is said about it first: its reports where tests may have failed would be a guess, so its
/// circumstances.
fn open(build: BuildKey) -> UiAction {
    UiAction::Go(place_of(build))
}

fn place_of(build: BuildKey) -> Route {
    Route::Builds(BuildsRoute::Build {
        build,
        tab: BuildTab::About,
    })
}

/// To a project with its history.
fn open_project(project: BuildProjectKey) -> UiAction {
    UiAction::Go(Route::Builds(BuildsRoute::Project {
        project,
        tab: ProjectTab::default(),
    }))
}

/// A word that leads somewhere; whether it was pressed.
fn crumb(ui: &mut Ui, words: &str, hint: &str) -> bool {
    let theme = theme::of(ui);
    let crumb = ui.add(egui::Label::new(theme.faint(words)).sense(egui::Sense::click()));
    crumb.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Link, true, words));
    if crumb.hovered() || crumb.has_focus() {
        let line = egui::Stroke::new(1.0, theme.faint);
        let y = crumb.rect.bottom() - 1.0;
        ui.painter().hline(crumb.rect.x_range(), y, line);
    }
    let crumb = crumb.on_hover_cursor(egui::CursorIcon::PointingHand);
    crumb.on_hover_text(hint).clicked()
}

/// The way back to all builds.
fn all_crumb(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    if crumb(ui, "Builds /", "Back to all builds") {
        cx.actions
            .push(UiAction::Go(Route::Builds(BuildsRoute::All)));
    }
}

/// The way back to all builds, and to the project.
fn crumbs(ui: &mut Ui, cx: &mut ViewContext<'_>, project: &BuildProjectKey) {
    all_crumb(ui, cx);
    let name = safe_text::line(project.name.as_str());
    let name = safe_text::elide(&name, 48);
    if crumb(ui, &format!("{name} /"), "The project") {
        cx.actions.push(open_project(project.clone()));
    }
}

/// A panel in a place of its own.
fn pane_ui(ui: &mut Ui, rect: Rect, id: &str, content: impl FnOnce(&mut Ui)) {
    let theme = theme::of(ui);
    ui.painter().add(theme.panel_frame().paint(rect));
    let inside = rect.shrink(1.0);
    let builder = egui::UiBuilder::new().max_rect(inside).id_salt(id);
    ui.scope_builder(builder, |ui| {
        ui.shrink_clip_rect(inside);
        ui.spacing_mut().item_spacing = egui::vec2(space::S, 0.0);
        content(ui);
    });
}

/// An account's name; with the region where it has more than one.
fn account_words(cx: &ViewContext<'_>, scope: &Scope) -> String {
    let named = cx
        .settings
        .accounts
        .iter()
        .find(|account| account.name == scope.account)
        .and_then(|account| account.display_name.as_deref())
        .unwrap_or_else(|| scope.account.as_str());
    let several = cx
        .snapshot
        .accounts
        .get(&scope.account)
        .is_some_and(|account| account.regions.len() > 1);
    let name = safe_text::line(named);
    if several {
        format!("{name} · {}", scope.region)
    } else {
        name.into_owned()
    }
}
