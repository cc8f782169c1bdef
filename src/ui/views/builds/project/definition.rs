//! What a project is: its environment, source, artifacts, limits, as it is now.

use std::sync::Arc;

use eframe::egui::Ui;

use crate::model::build::BuildProject;
use crate::model::ids::BuildProjectKey;
use crate::model::oneshot::{Request, Response};
use crate::model::time::Timestamp;
use crate::ui::view::ViewContext;
use crate::ui::views::builds::asked;
use crate::ui::views::builds::side::about;
use crate::ui::widgets::facts;

fn request(key: &BuildProjectKey) -> Request {
    Request::BuildProject {
        project: key.clone(),
    }
}

/// The definition, where it was read already; asks nothing.
pub fn known<'a>(cx: &ViewContext<'a>, key: &BuildProjectKey) -> Option<&'a Arc<BuildProject>> {
    match asked::known(cx, &request(key)) {
        Some(Response::BuildProject(project)) => Some(project),
        _ => None,
    }
}

/// Reads it; shows that it is on its way, or why it did not come.
pub fn read<'a>(
    ui: &mut Ui,
    cx: &mut ViewContext<'a>,
    key: &BuildProjectKey,
) -> Option<&'a Arc<BuildProject>> {
    match asked::show(ui, cx, &request(key), "Reading the project…") {
        Some((_, Response::BuildProject(project))) => Some(project),
        _ => None,
    }
}

pub fn ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildProjectKey) {
    let request = request(key);
    let shown = asked::show(ui, cx, &request, "Reading the project…");
    let Some((at, Response::BuildProject(project))) = shown else {
        return;
    };
    facts::prepare(ui);
    asked::age_ui(ui, cx, &request, at);
    facts::section(ui, "Project");
    facts::row(ui, "ARN", &project.arn, cx.actions);
    for (name, value) in [
        ("Description", project.description.clone()),
        (
            "Runs at once",
            project
                .concurrent_limit
                .map(|limit| format!("{limit} at most")),
        ),
        ("Webhook", project.webhook.clone()),
        ("Made", project.created.map(Timestamp::rfc3339)),
        ("Changed", project.modified.map(Timestamp::rfc3339)),
    ] {
        facts::row(ui, name, value.as_deref().unwrap_or_default(), cx.actions);
    }
    let batches = if project.batches {
        "yes"
    } else {
        "not configured"
    };
    facts::row(ui, "Batches", batches, cx.actions);
    about::circumstances(ui, cx, &key.scope.region, &project.about, |_, _| {});
    if !project.tags.is_empty() {
        facts::section(ui, "Tags");
        for (name, value) in &project.tags {
            facts::row(ui, name, value, cx.actions);
        }
    }
}
