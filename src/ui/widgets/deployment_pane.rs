//! All about one deployment: how it goes about it, how many may still fail, the fleet it walks, and what failed where.
//! The Project view shows it under a selected deployment; while it is painted the engine polls this deployment first.

use std::sync::Arc;

use eframe::egui::{
    self, Margin, Rect, Role, Sense, Ui, WidgetInfo, pos2, text::LayoutJob, text::TextFormat,
};

use super::build_header::underline;
use super::build_pane::HEADER;
use super::chip::Chip;
use super::fleet_grid::{FleetGrid, diagnostics};
use super::{copyable, empty, fault_banner, glyph, safe_text, skeleton, split, write};
use crate::model::command::Command;
use crate::model::deployment::{Deployment, DeploymentRow, MinimumHealthyHosts};
use crate::model::ids::DeploymentKey;
use crate::model::remote::Remote;
use crate::model::status::Status;
use crate::ui::action::Confirmation;
use crate::ui::theme::{self, font, size};
use crate::ui::view::ViewContext;

/// The keys of the pane, for the `?` sheet of the view that shows it.
pub const KEYS: &[(&str, &str)] = &[("arrows", "move in the fleet grid, once it is clicked")];

/// The room kept for a script's output.
const OUTPUT: f32 = 132.0;

#[derive(Default)]
pub struct DeploymentPane {
    grid: FleetGrid,
    of: Option<DeploymentKey>,
}

impl DeploymentPane {
    /// Paints the pane in all the room there is.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, key: &DeploymentKey) {
        cx.focus.deployment = Some(key.clone());
        ui.spacing_mut().item_spacing.y = 0.0;
        if self.of.as_ref() != Some(key) {
            *self = Self {
                of: Some(key.clone()),
                ..Self::default()
            };
        }
        let snapshot = cx.snapshot;
        let row = snapshot.deployments.get(key).map(Arc::as_ref);
        let Some((row, deployment)) = row.and_then(|row| Some((row, row.deployment.value()?)))
        else {
            missing(ui, cx, key, row);
            return;
        };
        header(ui, cx, key, row, deployment);
        for fault in [row.deployment.fault(), row.targets.fault()]
            .into_iter()
            .flatten()
        {
            fault_banner::show(ui, fault, cx.now);
        }
        outcome(ui, deployment);
        let Some(targets) = row.targets.value() else {
            loading_targets(ui, &row.targets, deployment);
            return;
        };
        if targets.is_empty() {
            not_started(ui, deployment);
            return;
        }
        self.fleet(ui, cx, targets);
    }

    fn fleet(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        targets: &Arc<Vec<crate::model::deployment::Target>>,
    ) {
        let room = ui.available_rect_before_wrap();
        let natural = FleetGrid::natural_height(targets.len());
        let height = natural.min((room.height() - OUTPUT).max(room.height() * 0.5));
        let top = Rect::from_min_max(room.min, pos2(room.right(), room.top() + height));
        let below = Rect::from_min_max(pos2(room.left(), top.bottom()), room.max);
        let mut upper = ui.new_child(egui::UiBuilder::new().max_rect(top).id_salt("grid"));
        self.grid.ui(&mut upper, targets, cx.now, cx.covered);
        if let Some((target, event)) = self.grid.selected(targets) {
            let mut lower = ui.new_child(egui::UiBuilder::new().max_rect(below).id_salt("output"));
            diagnostics::show(&mut lower, target, event, cx.now, cx.actions);
        }
        ui.advance_cursor_after_rect(room);
    }
}

fn missing(ui: &mut Ui, cx: &ViewContext<'_>, key: &DeploymentKey, row: Option<&DeploymentRow>) {
    egui::Frame::new()
        .inner_margin(Margin::same(12))
        .show(ui, |ui| match row.and_then(|row| row.deployment.fault()) {
            Some(fault) => {
                fault_banner::show(ui, fault, cx.now);
            }
            None => {
                skeleton::rows(ui, &format!("Reading deployment {}…", key.id), 6);
            }
        });
}

fn loading_targets<T>(ui: &mut Ui, targets: &Remote<T>, deployment: &Deployment) {
    if targets.is_loading() && deployment.state.status != Status::Queued {
        egui::Frame::new()
            .inner_margin(Margin::same(12))
            .show(ui, |ui| {
                skeleton::rows(ui, "Reading the fleet…", 8);
            });
    } else if targets.fault().is_none() {
        not_started(ui, deployment);
    }
}

fn not_started(ui: &mut Ui, deployment: &Deployment) {
    let (title, how) = if deployment.state.status.is_moving() {
        (
            "The deployment has not started",
            "CodeDeploy names its targets once it does; they appear here by themselves.",
        )
    } else {
        (
            "No targets",
            "CodeDeploy keeps none for this deployment: it ended before it reached an instance.",
        )
    };
    empty::show(ui, title, how, |_| {});
}

fn header(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    key: &DeploymentKey,
    row: &DeploymentRow,
    deployment: &Deployment,
) {
    split::row(
        ui,
        HEADER,
        12.0,
        cx,
        |ui, cx| {
            if can_stop(deployment) {
                stop(ui, cx, key, deployment);
            }
            // The title is what the row is about: what would cut it is left out, the least telling first.
            let job = health(ui, row, deployment);
            let gap = ui.spacing().item_spacing.x;
            let health_width = job.as_ref().map_or(0.0, |job| width(ui, job) + gap);
            let room = ui.available_width() - title_width(ui, deployment);
            let chip = Chip::new("rolls back on failure");
            if deployment.rolls_back_on_failure && chip.width(ui) + gap + health_width <= room {
                ui.add(chip).on_hover_text(
                    "The deployment group has automatic rollback on failure: CodeDeploy then deploys the last good revision.",
                );
            }
            if let Some(job) = job.filter(|_| health_width <= room) {
                health_ui(ui, job);
            }
        },
        |ui, cx| name(ui, cx, row, deployment),
    );
    underline(ui);
}

fn title(deployment: &Deployment) -> String {
    safe_text::elide(&safe_text::line(&deployment.group), 32).into_owned()
}

/// The room of the glyph and the title, with the gap that the row keeps between its sides.
fn title_width(ui: &Ui, deployment: &Deployment) -> f32 {
    let job = LayoutJob::simple_singleline(title(deployment), font::strong(), theme::of(ui).text);
    size::GLYPH + ui.spacing().item_spacing.x + width(ui, &job) + split::GAP
}

fn width(ui: &Ui, job: &LayoutJob) -> f32 {
    ui.painter().layout_job(job.clone()).size().x
}

fn name(ui: &mut Ui, cx: &mut ViewContext<'_>, row: &DeploymentRow, deployment: &Deployment) {
    let theme = theme::of(ui);
    glyph::status(ui, deployment.status(), size::GLYPH)
        .on_hover_text(safe_text::line(deployment.state.word()));
    let title = egui::Label::new(theme.strong(title(deployment))).truncate();
    ui.add(title).on_hover_text(safe_text::line(&format!(
        "{} / {}\n{}",
        deployment.application,
        deployment.group,
        deployment.revision.as_deref().unwrap_or("")
    )));
    let id = deployment.id.as_str();
    let job = LayoutJob::simple_singleline(id.to_owned(), font::mono(), theme.faint);
    if width(ui, &job) > ui.available_width() {
        return;
    }
    copyable::text(ui, id, id, (font::mono(), theme.faint), cx.actions);
    // As much of it as there is room for; the whole stands in the hint.
    let [whole, short] = strategy(row, deployment);
    let room = ui.available_width();
    let fits = |text: &&String| Chip::new(text.as_str()).width(ui) <= room;
    if let Some(text) = [&whole, &short].into_iter().find(fits) {
        ui.add(Chip::new(text.as_str()))
            .on_hover_text(whole.clone());
    }
}

/// `in place · HalfAtATime · keeps 50 %`, and the same without the configuration's name.
fn strategy(row: &DeploymentRow, deployment: &Deployment) -> [String; 2] {
    let style = match deployment.style.as_str() {
        "IN_PLACE" => "in place",
        "BLUE_GREEN" => "blue/green",
        other => other,
    };
    let configuration = deployment
        .configuration
        .strip_prefix("CodeDeployDefault.")
        .unwrap_or(&deployment.configuration);
    let least = match row.minimum_healthy.value() {
        Some(MinimumHealthyHosts::Percent(percent)) => format!("keeps {percent} %"),
        Some(MinimumHealthyHosts::Count(count)) => format!("keeps {count}"),
        Some(MinimumHealthyHosts::None) | None => String::new(),
    };
    let join = |parts: &[&str]| {
        let parts: Vec<_> = parts
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect();
        safe_text::line(&parts.join(" · ")).into_owned()
    };
    [
        join(&[style, configuration, &least]),
        join(&[style, &least]),
    ]
}

/// `9 of 12 serving, at least 9: 2 more may fail`; once it has ended, how many succeeded.
fn health(ui: &Ui, row: &DeploymentRow, deployment: &Deployment) -> Option<LayoutJob> {
    let theme = theme::of(ui);
    let mut job = LayoutJob::default();
    let mut put = |text: &str, strong: bool, colour: egui::Color32| {
        let face = if strong { font::strong() } else { font::body() };
        job.append(text, 0.0, TextFormat::simple(face, colour));
    };
    let moving = deployment.state.status.is_moving();
    match (row.health(), deployment.overview) {
        (Some(health), _) if moving => {
            put(
                &format!("{} of {}", health.serving, health.total),
                true,
                theme.text,
            );
            put(
                &format!(" serving, at least {}: ", health.minimum),
                false,
                theme.text,
            );
            let (words, colour) = match health.may_still_fail {
                0 => ("no more may fail".to_owned(), theme.fail),
                more if health.failed > 0 => (format!("{more} more may fail"), theme.fail),
                more => (format!("{more} may fail"), theme.text),
            };
            put(&words, true, colour);
        }
        (_, Some(overview)) => {
            let total = overview.pending
                + overview.in_progress
                + overview.succeeded
                + overview.failed
                + overview.skipped
                + overview.ready;
            put(
                &format!("{} of {total}", overview.succeeded),
                true,
                theme.text,
            );
            put(" succeeded", false, theme.text);
            for (count, word) in [
                (overview.failed, "failed"),
                (overview.skipped, "skipped"),
                (overview.pending, "pending"),
            ] {
                if count > 0 {
                    let colour = if word == "failed" {
                        theme.fail
                    } else {
                        theme.soft
                    };
                    put(&format!(", {count} {word}"), word == "failed", colour);
                }
            }
        }
        _ => return None,
    }
    Some(job)
}

fn health_ui(ui: &mut Ui, job: LayoutJob) {
    let theme = theme::of(ui);
    let said = job.text.clone();
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, said.clone()));
    ui.painter().galley(rect.min, galley, theme.text);
    response.on_hover_text(
        "An instance that is being deployed to does not count as serving. CodeDeploy fails the deployment once the least number can no longer be kept.",
    );
}

fn can_stop(deployment: &Deployment) -> bool {
    matches!(
        deployment.state.status,
        Status::Running | Status::Queued | Status::Waiting
    )
}

fn stop(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &DeploymentKey, deployment: &Deployment) {
    let command = Command::StopDeployment {
        scope: key.scope.clone(),
        deployment: key.id.clone(),
        roll_back: true,
    };
    let group = safe_text::line(&deployment.group).into_owned();
    let place = format!("{}, {}", key.scope.account, key.scope.region);
    write::button(ui, cx, "Stop and roll back…", true, command, |command| {
        Confirmation {
            title: format!("Stop and roll back deployment {} to {group}", key.id),
            consequences: vec![
                "Stopping a deployment can leave some or all of the instances in an indeterminate deployment state.".to_owned(),
                "CodeDeploy then deploys the last successfully deployed revision to the instances as a new deployment.".to_owned(),
                "The pipeline's action that waits for this deployment fails.".to_owned(),
            ],
            button: format!("Stop and roll back {} ({place})", key.id),
            dangerous: true,
            reason: None,
            command,
        }
    });
}

/// Why it failed, and what undid it or what it undoes.
fn outcome(ui: &mut Ui, deployment: &Deployment) {
    let theme = theme::of(ui);
    let mut lines: Vec<(Status, String)> = Vec::new();
    if let Some(error) = &deployment.error {
        lines.push((Status::Failed, format!("{}: {}", error.code, error.message)));
    }
    let rollback = &deployment.rollback;
    if let Some(by) = &rollback.rolled_back_by {
        lines.push((
            Status::RolledBack,
            format!("Rolled back by deployment {by}"),
        ));
    }
    if let Some(of) = &rollback.rolls_back {
        lines.push((Status::RolledBack, format!("Rolls back deployment {of}")));
    }
    if let Some(message) = rollback.message.as_ref().filter(|text| !text.is_empty()) {
        lines.push((Status::RolledBack, message.clone()));
    }
    for (status, text) in lines {
        let text = safe_text::line(&text).into_owned();
        egui::Frame::new()
            .fill(theme.status_tint(status).unwrap_or(theme.raised))
            .inner_margin(Margin::symmetric(12, 6))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.horizontal(|ui| {
                    glyph::status(ui, status, size::SMALL_GLYPH);
                    let label = egui::Label::new(theme.body(text.clone()))
                        .truncate()
                        .selectable(false);
                    ui.add(label).on_hover_text(text);
                });
            });
        underline(ui);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::Scope;
    use crate::model::remote::Remote;
    use crate::model::status::State;
    use crate::model::time::Timestamp;

    #[test]
    fn the_strategy_says_style_configuration_and_what_stays_healthy() {
        let deployment = Deployment {
            id: "d-1".into(),
            application: "orders".to_owned(),
            group: "fleet".to_owned(),
            configuration: "CodeDeployDefault.HalfAtATime".to_owned(),
            state: State::of_deployment("InProgress"),
            compute_platform: "Server".to_owned(),
            style: "IN_PLACE".to_owned(),
            created: None,
            started: None,
            completed: None,
            creator: "user".to_owned(),
            description: None,
            revision: None,
            error: None,
            overview: None,
            rolls_back_on_failure: true,
            rollback: crate::model::deployment::Rollback::default(),
        };
        let mut row = DeploymentRow::new(DeploymentKey {
            scope: Scope {
                account: "prod".into(),
                region: "eu-west-1".into(),
            },
            id: "d-1".into(),
        });
        assert_eq!(
            strategy(&row, &deployment),
            ["in place · HalfAtATime", "in place"]
        );
        row.minimum_healthy = Remote::ready(MinimumHealthyHosts::Percent(75), Timestamp::default());
        assert_eq!(
            strategy(&row, &deployment),
            [
                "in place · HalfAtATime · keeps 75 %",
                "in place · keeps 75 %"
            ]
        );
    }
}
