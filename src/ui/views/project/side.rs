//! The side pane: commits, issues, history, artifacts, numbers and details of what the graph shows.

mod artifacts;
mod definition;
pub mod history;
mod numbers;
mod past;
mod versions;

use std::collections::BTreeMap;

use eframe::egui::{self, Margin, Ui};

use crate::model::board::subject;
use crate::model::ids::BuildProjectKey;
use crate::model::oneshot::Changes;
use crate::ui::action::UiAction;
use crate::ui::route::{ProjectRoute, Route, SideTab};
use crate::ui::theme::{self, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::artifact::Opened;
use crate::ui::views::project::details;
use crate::ui::views::project::scene::{Commits, Scene, commits};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::segments::{segment, width};
use crate::ui::widgets::{commit_list, copyable, fault_banner, menu, safe_text, skeleton};

const TABS: [(SideTab, &str); 6] = [
    (SideTab::Commits, "Commits"),
    (SideTab::Issues, "Issues"),
    (SideTab::History, "History"),
    (SideTab::Artifacts, "Artifacts"),
    (SideTab::Numbers, "Numbers"),
    (SideTab::Details, "Details"),
];
const TAB: f32 = 28.0;

/// The looks of the tabs that have one.
#[derive(Default)]
pub struct Side {
    history: history::HistoryTab,
    numbers: numbers::NumbersTab,
    past: past::Past,
    artifacts: artifacts::ArtifactsTab,
    versions: versions::Versions,
    detail: Detail,
}

/// What the Details tab tells of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Detail {
    #[default]
    Selected,
    Definition,
    Versions,
}

/// What is to be opened in place of the selected action's pane.
pub enum Wanted {
    Artifact(Opened),
    PastBuilds(BuildProjectKey),
}

impl Side {
    /// Paints it; returns what is to be opened.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        scene: Scene<'_>,
        cx: &mut ViewContext<'_>,
    ) -> Option<Wanted> {
        tabs_ui(ui, scene, cx);
        let mut opened = None;
        // Rows that are many are virtual; they bring their own scrolling.
        if scene.route.tab == SideTab::History {
            let project = self.history.ui(ui, scene, &mut self.past, cx);
            return project.map(Wanted::PastBuilds);
        }
        if scene.route.tab == SideTab::Details {
            self.detail_ui(ui);
        }
        egui::ScrollArea::vertical()
            .id_salt(("side", scene.route.tab as u8, self.detail as u8))
            .auto_shrink(false)
            .show(ui, |ui| {
                egui::Frame::new()
                    .inner_margin(Margin::symmetric(12, 4))
                    .show(ui, |ui| match scene.route.tab {
                        SideTab::Commits => commits_ui(ui, scene, cx),
                        SideTab::Issues => issues_ui(ui, scene, cx),
                        SideTab::Artifacts => opened = self.artifacts.ui(ui, scene, cx),
                        SideTab::Numbers => self.numbers.ui(ui, scene, &mut self.past, cx),
                        SideTab::Details => match self.detail {
                            Detail::Selected => details::ui(ui, scene, cx),
                            Detail::Definition => definition::ui(ui, scene, cx),
                            Detail::Versions => self.versions.ui(ui, scene, cx),
                        },
                        SideTab::History => {}
                    });
            });
        opened.map(Wanted::Artifact)
    }

    fn detail_ui(&mut self, ui: &mut Ui) {
        egui::Frame::new()
            .inner_margin(Margin::symmetric(8, 4))
            .show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 2.0;
                    for (detail, name) in [
                        (Detail::Selected, "Selected"),
                        (Detail::Definition, "Definition"),
                        (Detail::Versions, "What changed"),
                    ] {
                        if segment(ui, name, self.detail == detail, 24.0) {
                            self.detail = detail;
                        }
                    }
                });
            });
    }
}

/// The tabs that fit, the one that is on among them; the others are in a menu.
fn tabs_ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    let theme = theme::of(ui);
    egui::Frame::new()
        .inner_margin(Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                let (shown, folded) = fitting(ui, scene.route.tab);
                for (tab, name) in shown {
                    if segment(ui, name, scene.route.tab == tab, TAB) {
                        go(scene, tab, cx);
                    }
                }
                if folded.is_empty() {
                    return;
                }
                let response = ui.add(Button::new("⋯").quiet().named("More tabs"));
                let mut picked = None;
                menu::show(&response, 160.0, |ui| {
                    for (tab, name) in folded {
                        if menu::item(ui, name, None, None) {
                            picked = Some(tab);
                        }
                    }
                });
                if let Some(tab) = picked {
                    go(scene, tab, cx);
                }
            });
        });
    let line = ui.max_rect().x_range();
    ui.painter().hline(line, ui.cursor().top(), theme.outline());
    ui.add_space(1.0);
}

type Tabs = Vec<(SideTab, &'static str)>;

fn fitting(ui: &Ui, on: SideTab) -> (Tabs, Tabs) {
    const MORE: f32 = 36.0;
    let room = ui.available_width();
    let taken = |tabs: &Tabs| -> f32 { tabs.iter().map(|(_, name)| width(ui, name) + 2.0).sum() };
    let mut shown: Tabs = TABS.to_vec();
    let mut folded = Tabs::new();
    while taken(&shown) + if folded.is_empty() { 0.0 } else { MORE } > room && shown.len() > 1 {
        let last = shown.iter().rposition(|(tab, _)| *tab != on);
        match last {
            Some(last) => folded.insert(0, shown.remove(last)),
            None => break,
        }
    }
    (shown, folded)
}

fn go(scene: Scene<'_>, tab: SideTab, cx: &mut ViewContext<'_>) {
    cx.actions
        .push(UiAction::Replace(Route::Project(ProjectRoute {
            tab,
            ..scene.route.clone()
        })));
}

fn commits_ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    match commits(scene, cx) {
        Commits::Ready(changes) => changes_ui(ui, &changes, scene, cx),
        other => {
            heads_ui(ui, scene, cx);
            not_ready_ui(ui, &other, scene, cx);
        }
    }
}

/// The commits and the sentence on what they are counted from.
pub fn changes_ui(ui: &mut Ui, changes: &Changes, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    for commit in &changes.commits {
        commit_list::commit_ui(ui, commit, cx.now, cx.issues, cx.actions);
    }
    let what = scene
        .selected
        .map_or("it", |action| action.key.action.as_str());
    let theme = theme::of(ui);
    ui.add_space(space::S);
    let words = commit_list::since_words(changes, what, cx.now);
    ui.add(egui::Label::new(theme.small(words)).wrap());
    ui.add_space(space::S);
}

pub fn not_ready_ui(ui: &mut Ui, commits: &Commits, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    let theme = theme::of(ui);
    ui.add_space(space::S);
    match commits {
        Commits::None => {
            let words = if scene.graph.execution.is_some() {
                "No commits are known for this action."
            } else {
                "Nothing has run yet; commits appear with the first execution."
            };
            ui.add(egui::Label::new(theme.small(words)).wrap());
        }
        Commits::Reading => {
            skeleton::rows(ui, "Reading the commits since it last succeeded…", 3);
        }
        Commits::Failed(fault, request) => {
            fault_banner::show(ui, fault, cx.now);
            ui.add_space(space::S);
            if ui.add(Button::new("Try again").small()).clicked() {
                cx.actions.push(UiAction::Dismiss((**request).clone()));
                cx.actions.push(UiAction::Ask((**request).clone()));
            }
        }
        Commits::Ready(_) => {}
    }
}

/// What is known without asking: the head that each source brought.
fn heads_ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    let Some(execution) = scene
        .selected
        .and_then(|action| scene.execution_at(action))
        .and_then(|id| scene.pipeline.execution(id))
    else {
        return;
    };
    let theme = theme::of(ui);
    for revision in &execution.revisions {
        ui.add_space(space::S);
        ui.horizontal(|ui| {
            copyable::id(ui, revision.id.short(), revision.id.as_str(), cx.actions);
            let words = theme.body(safe_text::line(&subject(&revision.summary)));
            ui.add(egui::Label::new(words).truncate());
        });
    }
}

/// The issues named by the commits and by the branch, each with what names it.
fn issues_ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    let state = commits(scene, cx);
    let mut found: BTreeMap<String, (Option<String>, Vec<String>)> = BTreeMap::new();
    let mut look = |text: &str, named_by: &str| {
        for issue in cx.issues.find(text) {
            let entry = found.entry(issue.key).or_insert((issue.url, Vec::new()));
            entry.1.push(named_by.to_owned());
        }
    };
    if let Commits::Ready(changes) = &state {
        for commit in &changes.commits {
            look(
                &commit.message,
                &format!("{} {}", commit.id.short(), commit.subject()),
            );
        }
    } else {
        let revisions = scene.execution().into_iter().flat_map(|it| &it.revisions);
        for revision in revisions {
            let subject = subject(&revision.summary);
            look(
                &revision.summary,
                &format!("{} {subject}", revision.id.short()),
            );
        }
    }
    for branch in branches(scene) {
        look(&branch, &format!("branch {branch}"));
    }
    let theme = theme::of(ui);
    for (key, (url, named_by)) in &found {
        issue_ui(ui, key, url.as_deref(), named_by, cx);
    }
    if found.is_empty() && matches!(state, Commits::Ready(_) | Commits::None) {
        ui.add_space(space::S);
        let words = "No issue is named in these commits or the branch. JIRA keys (HARB-2231) and GitHub numbers (#318) are found by themselves; own patterns are in the settings.";
        ui.add(egui::Label::new(theme.small(words)).wrap());
    }
    not_ready_ui(ui, &state, scene, cx);
}

fn issue_ui(
    ui: &mut Ui,
    key: &str,
    url: Option<&str>,
    named_by: &[String],
    cx: &mut ViewContext<'_>,
) {
    let theme = theme::of(ui);
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        ui.label(theme.strong(safe_text::line(key)));
        if let Some(url) = url {
            let button = Button::new("Open ↗").small().named(format!("Open {key}"));
            if ui.add(button).on_hover_text(url).clicked() {
                cx.actions.push(UiAction::OpenLink(url.to_owned()));
            }
        }
    });
    for words in named_by.iter().take(4) {
        ui.add(egui::Label::new(theme.small(safe_text::line(words))).truncate());
    }
    if named_by.len() > 4 {
        ui.label(theme.small(format!("and {} more", named_by.len() - 4)));
    }
    ui.add_space(space::S);
    let line = ui.max_rect().x_range();
    ui.painter()
        .hline(line, ui.cursor().top(), theme.row_line());
}

/// The branches the pipeline's sources follow.
fn branches(scene: Scene<'_>) -> Vec<String> {
    let Some(definition) = scene.pipeline.definition.value() else {
        return Vec::new();
    };
    let actions = definition.stages.iter().flat_map(|stage| &stage.actions);
    actions
        .flat_map(|action| {
            ["BranchName", "Branch"]
                .iter()
                .filter_map(|name| action.configuration.get(*name).cloned())
        })
        .collect()
}
