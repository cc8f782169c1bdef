//! One repository: where to clone it from, its branches, its latest commits with the issues they name, and what is open.

use eframe::egui::{self, Align, Layout, Margin, ScrollArea, Ui};
use egui_extras::{Column, TableBuilder};

use crate::model::repository::{Branch, Commit, PullRequest, Repository, RepositoryMetadata};
use crate::model::time::Timestamp;
use crate::ui::action::UiAction;
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::{age, fault_banner, safe_text, skeleton};

const TABLE_ROW: f32 = 30.0;

/// Paints the repository over the room there is.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, repository: &Repository) {
    ui.push_id(("repository", &repository.key), |ui| {
        ScrollArea::vertical()
            .auto_shrink([false, false])
            .show(ui, |ui| {
                egui::Frame::new()
                    .inner_margin(Margin::same(16))
                    .show(ui, |ui| {
                        head(ui, cx, repository);
                        for fault in [
                            repository.metadata.fault(),
                            repository.branches.fault(),
                            repository.commits.fault(),
                            repository.pull_requests.fault(),
                        ]
                        .into_iter()
                        .flatten()
                        {
                            ui.add_space(space::S);
                            fault_banner::show(ui, fault, cx.now);
                        }
                        ui.add_space(space::L);
                        pull_requests(ui, cx, repository);
                        commits(ui, cx, repository);
                        ui.add_space(space::L);
                        branches(ui, cx, repository);
                    });
            });
    });
}

fn head(ui: &mut Ui, cx: &mut ViewContext<'_>, repository: &Repository) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.label(theme.title(safe_text::line(repository.key.name.as_str())));
        let account = cx.snapshot.accounts.get(&repository.key.scope.account);
        let production = account.is_some_and(|account| account.production);
        ui.add(Chip::new(repository.key.scope.to_string()).production(production));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(at) = repository.branches.fetched_at() {
                let words = format!("as of {}", crate::model::time::ago(at, cx.now));
                age::show(ui, theme.small(words), at, cx.now);
            }
        });
    });
    let Some(metadata) = repository.metadata.value() else {
        if repository.metadata.is_loading() {
            skeleton::bar(ui, 320.0, 12.0);
        }
        return;
    };
    if let Some(description) = metadata
        .description
        .as_deref()
        .filter(|text| !text.is_empty())
    {
        ui.label(theme.soft(safe_text::line(description)));
    }
    ui.add_space(space::XS);
    clone_addresses(ui, cx, metadata);
}

fn clone_addresses(ui: &mut Ui, cx: &mut ViewContext<'_>, metadata: &RepositoryMetadata) {
    ui.horizontal(|ui| {
        for (name, address) in [
            ("HTTPS", &metadata.clone_url_http),
            ("SSH", &metadata.clone_url_ssh),
        ] {
            if address.is_empty() {
                continue;
            }
            let button = Button::new(format!("Copy {name} address"));
            if ui.add(button).on_hover_text(address).clicked() {
                cx.actions.push(UiAction::Copy(address.clone()));
                cx.actions.push(UiAction::Say(format!("Copied {address}")));
            }
        }
        if ui
            .add(Button::new("Copy ARN"))
            .on_hover_text(&metadata.arn)
            .clicked()
        {
            cx.actions.push(UiAction::Copy(metadata.arn.clone()));
            cx.actions
                .push(UiAction::Say(format!("Copied {}", metadata.arn)));
        }
    });
}

fn caption(ui: &mut Ui, words: &str) {
    ui.label(theme::of(ui).caption(words));
    ui.add_space(space::XS);
}

fn commits(ui: &mut Ui, cx: &mut ViewContext<'_>, repository: &Repository) {
    let branch = repository
        .metadata
        .value()
        .and_then(|metadata| metadata.default_branch.as_ref())
        .map(|branch| format!(" on {branch}"))
        .unwrap_or_default();
    caption(ui, &format!("Latest commits{branch}"));
    let Some(commits) = repository.commits.value().cloned() else {
        if repository.commits.is_loading() {
            skeleton::rows(ui, "Reading the latest commits…", 4);
        }
        return;
    };
    if commits.is_empty() {
        ui.label(theme::of(ui).soft("No commit yet: push one and it appears here."));
        return;
    }
    ui.push_id("commits", |ui| {
        table(ui, &[84.0, 130.0, 96.0]).body(|body| {
            body.rows(TABLE_ROW, commits.len(), |mut row| {
                let Some(commit) = commits.get(row.index()) else {
                    return;
                };
                commit_cells(&mut row, cx, commit);
            });
        });
    });
}

fn commit_cells(
    row: &mut egui_extras::TableRow<'_, '_>,
    cx: &mut ViewContext<'_>,
    commit: &Commit,
) {
    row.col(|ui| copied(ui, cx, commit.id.short(), commit.id.as_str()));
    row.col(|ui| {
        let theme = theme::of(ui);
        let author = safe_text::line(&commit.author);
        ui.add(egui::Label::new(theme.soft(author.as_ref())).truncate());
    });
    row.col(|ui| when(ui, commit.at, cx.now));
    row.col(|ui| {
        let theme = theme::of(ui);
        let subject = safe_text::line(commit.subject());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for issue in cx.issues.find(&commit.message).into_iter().rev() {
                let mut chip = Chip::new(safe_text::line(&issue.key)).small();
                if issue.url.is_some() {
                    chip = chip.clickable();
                }
                let response = ui.add(chip);
                match issue.url {
                    Some(url) if response.clicked() => cx.actions.push(UiAction::OpenLink(url)),
                    Some(url) => {
                        response.on_hover_text(url);
                    }
                    None => {
                        response.on_hover_text("The settings can say where such keys lead");
                    }
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let whole = safe_text::block(&commit.message).into_owned();
                ui.add(egui::Label::new(theme.body(subject.as_ref())).truncate())
                    .on_hover_text(whole);
            });
        });
    });
}

fn branches(ui: &mut Ui, cx: &mut ViewContext<'_>, repository: &Repository) {
    let Some(branches) = repository.branches.value().cloned() else {
        if repository.branches.is_loading() {
            caption(ui, "Branches");
            skeleton::rows(ui, "Reading the branches…", 3);
        }
        return;
    };
    caption(ui, &format!("Branches, {}", branches.len()));
    let main = repository
        .metadata
        .value()
        .and_then(|metadata| metadata.default_branch.clone());
    ui.push_id("branches", |ui| {
        table(ui, &[84.0]).body(|body| {
            body.rows(TABLE_ROW, branches.len(), |mut row| {
                let Some(branch) = branches.get(row.index()) else {
                    return;
                };
                branch_cells(&mut row, cx, branch, main.as_ref() == Some(&branch.name));
            });
        });
    });
}

fn branch_cells(
    row: &mut egui_extras::TableRow<'_, '_>,
    cx: &mut ViewContext<'_>,
    branch: &Branch,
    main: bool,
) {
    row.col(|ui| copied(ui, cx, branch.head.short(), branch.head.as_str()));
    row.col(|ui| {
        let theme = theme::of(ui);
        let name = safe_text::line(branch.name.as_str());
        ui.add(egui::Label::new(theme.body(name.as_ref())).truncate());
        if main {
            ui.add(Chip::new("default").small());
        }
        for issue in cx.issues.find(branch.name.as_str()) {
            if let Some(url) = issue.url {
                let chip = Chip::new(safe_text::line(&issue.key)).small().clickable();
                if ui.add(chip).on_hover_text(&url).clicked() {
                    cx.actions.push(UiAction::OpenLink(url));
                }
            }
        }
    });
}

fn pull_requests(ui: &mut Ui, cx: &ViewContext<'_>, repository: &Repository) {
    let Some(open) = repository
        .pull_requests
        .value()
        .filter(|open| !open.is_empty())
    else {
        return;
    };
    caption(ui, &format!("Open pull requests, {}", open.len()));
    for request in open.iter() {
        pull_request(ui, cx, request);
    }
    ui.add_space(space::L);
}

fn pull_request(ui: &mut Ui, cx: &ViewContext<'_>, request: &PullRequest) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        ui.label(theme.mono(format!("#{}", safe_text::line(&request.id))));
        let title = safe_text::line(&request.title);
        ui.add(egui::Label::new(theme.body(title.as_ref())).truncate());
        let way = format!(
            "{} → {}",
            safe_text::line(request.source.as_str()),
            safe_text::line(request.destination.as_str())
        );
        ui.label(theme.small(way));
        when(ui, request.updated.or(request.opened), cx.now);
    });
}

/// A table that stretches its last column.
fn table<'a>(ui: &'a mut Ui, widths: &[f32]) -> TableBuilder<'a> {
    let mut table = TableBuilder::new(ui)
        .vscroll(false)
        .striped(false)
        .cell_layout(Layout::left_to_right(Align::Center));
    for width in widths {
        table = table.column(Column::exact(*width).clip(true));
    }
    table.column(Column::remainder().clip(true))
}

fn when(ui: &mut Ui, at: Option<Timestamp>, now: Timestamp) {
    match at {
        Some(at) => {
            age::ago(ui, at, now);
        }
        None => {
            ui.label(theme::of(ui).small("no date"));
        }
    }
}

/// An id that a click copies.
fn copied(ui: &mut Ui, cx: &mut ViewContext<'_>, shown: &str, whole: &str) {
    let theme = theme::of(ui);
    let text = egui::RichText::new(safe_text::line(shown))
        .font(font::mono())
        .color(theme.soft);
    let response = ui
        .add(egui::Label::new(text).sense(egui::Sense::click()))
        .on_hover_text(format!("{whole}\nClick to copy"));
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Copy {shown}"))
    });
    if response.clicked() {
        cx.actions.push(UiAction::Copy(whole.to_owned()));
        cx.actions.push(UiAction::Say(format!("Copied {shown}")));
    }
}
