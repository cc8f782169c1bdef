//! The side pane: commits, issues, history and details of what the graph shows.

use std::collections::BTreeMap;

use eframe::egui::{self, CornerRadius, Margin, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::model::board::subject;
use crate::model::oneshot::Changes;
use crate::ui::action::UiAction;
use crate::ui::route::{ProjectRoute, Route, SideTab};
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::scene::{Commits, Scene, commits};
use crate::ui::views::project::{details, history};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{commit_list, copyable, fault_banner, safe_text, skeleton};

const TABS: [(SideTab, &str); 4] = [
    (SideTab::Commits, "Commits"),
    (SideTab::Issues, "Issues"),
    (SideTab::History, "History"),
    (SideTab::Details, "Details"),
];

pub fn ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    tabs_ui(ui, scene, cx);
    // Rows that are many are virtual; they bring their own scrolling.
    if scene.route.tab == SideTab::History {
        history::ui(ui, scene, cx);
        return;
    }
    egui::ScrollArea::vertical()
        .id_salt(("side", scene.route.tab as u8))
        .auto_shrink(false)
        .show(ui, |ui| {
            egui::Frame::new()
                .inner_margin(Margin::symmetric(12, 4))
                .show(ui, |ui| match scene.route.tab {
                    SideTab::Commits => commits_ui(ui, scene, cx),
                    SideTab::Issues => issues_ui(ui, scene, cx),
                    SideTab::Details => details::ui(ui, scene, cx),
                    SideTab::History => {}
                });
        });
}

fn tabs_ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    let theme = theme::of(ui);
    egui::Frame::new()
        .inner_margin(Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                for (tab, name) in TABS {
                    if tab_ui(ui, name, scene.route.tab == tab) {
                        cx.actions
                            .push(UiAction::Replace(Route::Project(ProjectRoute {
                                tab,
                                ..scene.route.clone()
                            })));
                    }
                }
            });
        });
    let line = ui.max_rect().x_range();
    ui.painter().hline(line, ui.cursor().top(), theme.outline());
    ui.add_space(1.0);
}

fn tab_ui(ui: &mut Ui, name: &str, is_on: bool) -> bool {
    let theme = theme::of(ui);
    let galley = ui
        .painter()
        .layout_no_wrap(name.to_owned(), font::body(), theme.soft);
    let wanted = galley.size() + Vec2::new(16.0, 0.0);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(wanted.x, 28.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_on, name));
    let lit = response.hovered() || response.has_focus();
    if is_on || lit {
        let fill = if is_on { theme.tab_bg } else { theme.hover };
        ui.painter()
            .rect_filled(rect, CornerRadius::same(size::RADIUS), fill);
    }
    let colour = match (is_on, lit) {
        (true, _) => theme.tab_text,
        (false, true) => theme.text,
        (false, false) => theme.soft,
    };
    let at = rect.center() - galley.size() / 2.0;
    ui.painter()
        .galley_with_override_text_color(at, galley, colour);
    response.clicked()
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
