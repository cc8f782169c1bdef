//! A selected source: the revision it brought, in full.

use eframe::egui::{self, Align, Layout, Margin, Ui};

use crate::model::board::subject;
use crate::model::graph::ActionNode;
use crate::model::pipeline::SourceRevision;
use crate::model::status::Status;
use crate::ui::action::UiAction;
use crate::ui::theme::{self, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::panes::{head_ui, not_run_ui};
use crate::ui::views::project::scene::{Commits, Scene, commits};
use crate::ui::views::project::{failure, side};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::{copyable, safe_text};

pub fn ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode, cx: &mut ViewContext<'_>) {
    let revision = scene
        .execution_at(action)
        .and_then(|id| scene.pipeline.execution(id))
        .and_then(|execution| {
            execution
                .revisions
                .iter()
                .find(|revision| revision.action == action.key.action)
        });
    head_ui(ui, action, |ui| {
        for words in where_from(scene, action) {
            ui.add(Chip::new(safe_text::elide(&safe_text::line(&words), 60)));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(url) = revision.and_then(|revision| revision.url.clone())
                && ui
                    .add(Button::new("Open the change ↗"))
                    .on_hover_text(&url)
                    .clicked()
            {
                cx.actions.push(UiAction::OpenLink(url));
            }
        });
    });
    if action.state.status == Status::NotRun {
        not_run_ui(ui, scene, action);
        return;
    }
    egui::ScrollArea::vertical()
        .id_salt("source")
        .auto_shrink(false)
        .show(ui, |ui| {
            egui::Frame::new()
                .inner_margin(Margin::symmetric(12, 10))
                .show(ui, |ui| {
                    failure::ui(ui, scene, action, cx);
                    if let Some(revision) = revision {
                        revision_ui(ui, scene, revision, cx);
                    } else {
                        let theme = theme::of(ui);
                        ui.label(theme.soft("AWS names no revision for this source."));
                    }
                });
        });
}

fn revision_ui(ui: &mut Ui, scene: Scene<'_>, revision: &SourceRevision, cx: &mut ViewContext<'_>) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        copyable::id(ui, revision.id.short(), revision.id.as_str(), cx.actions);
        let subject = theme.strong(safe_text::line(&subject(&revision.summary)));
        ui.add(egui::Label::new(subject).truncate());
    });
    ui.add_space(space::S);
    match commits(scene, cx) {
        Commits::Ready(changes) => {
            let commit = changes.commits.iter().find(|it| it.id == revision.id);
            let message = commit.map_or(&*revision.summary, |commit| &*commit.message);
            // A connection's summary is JSON around the message, of which the subject is shown already.
            let body = message.split_once('\n').map_or("", |(_, body)| body.trim());
            if !body.is_empty() && !message.starts_with('{') {
                ui.add(egui::Label::new(theme.soft(safe_text::block(body))).wrap());
                ui.add_space(space::S);
            }
            ui.add_space(space::S);
            ui.label(theme.caption("What it brought"));
            side::changes_ui(ui, &changes, scene, cx);
        }
        other => side::not_ready_ui(ui, &other, scene, cx),
    }
}

/// Repository and branch, or bucket and key, as configured.
fn where_from(scene: Scene<'_>, action: &ActionNode) -> Vec<String> {
    let Some(declared) = scene.pipeline.declaration(&action.key) else {
        return Vec::new();
    };
    [
        "FullRepositoryId",
        "RepositoryName",
        "Repo",
        "BranchName",
        "Branch",
        "S3Bucket",
        "S3ObjectKey",
        "ImageTag",
    ]
    .iter()
    .filter_map(|name| declared.configuration.get(*name).cloned())
    .take(2)
    .collect()
}
