//! The conditions of a stage, as badges on its frame: before entry at its left edge, on success and on failure at its
//! right.

use eframe::egui::{Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2};

use crate::model::graph::{ConditionNode, StageNode};
use crate::model::pipeline::ConditionKind;
use crate::model::status::{State, Status};
use crate::ui::theme;
use crate::ui::widgets::stage_graph::GraphEvent;
use crate::ui::widgets::{glyph, safe_text};

const RADIUS: f32 = 9.0;

/// Paints the badges of a stage whose frame is `rect`; the way in of the first is free for the arrow.
pub fn badges_ui(ui: &Ui, rect: Rect, scale: f32, stage: &StageNode) -> Option<GraphEvent> {
    let mut event = None;
    for condition in &stage.conditions {
        let centre = match condition.kind {
            ConditionKind::BeforeEntry => pos2(rect.left(), rect.top() + 22.0 * scale),
            ConditionKind::OnSuccess => pos2(rect.right(), rect.top() + 22.0 * scale),
            ConditionKind::OnFailure => pos2(rect.right(), rect.top() + 46.0 * scale),
        };
        let badge = Rect::from_center_size(centre, Vec2::splat(2.0 * RADIUS * scale));
        event = badge_ui(ui, badge, stage, condition).or(event);
    }
    event
}

/// Whether a badge stands beside the stage's name, at its left and at its right.
pub fn at_title(stage: &StageNode) -> (bool, bool) {
    let has = |kind| stage.conditions.iter().any(|it| it.kind == kind);
    (
        has(ConditionKind::BeforeEntry),
        has(ConditionKind::OnSuccess),
    )
}

fn badge_ui(
    ui: &Ui,
    rect: Rect,
    stage: &StageNode,
    condition: &ConditionNode,
) -> Option<GraphEvent> {
    let theme = theme::of(ui);
    let id = ui
        .scope_id()
        .with(("condition", &stage.name, condition.kind));
    let response = ui.interact(rect.expand(2.0), id, Sense::click());
    let name = spoken_name(stage, condition);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let status = condition.state.status;
    let ring = if response.hovered() || response.has_focus() {
        Stroke::new(1.5, theme.accent)
    } else if status == Status::NotRun {
        Stroke::new(1.0, theme.faint)
    } else {
        Stroke::new(1.0, theme.status(status))
    };
    let radius = rect.width() / 2.0;
    ui.painter()
        .circle(rect.center(), radius, theme.panel, ring);
    let mark = Rect::from_center_size(rect.center(), Vec2::splat(rect.width() * 0.6));
    if status == Status::NotRun {
        // A ring in a ring says nothing: a lock that has not been tried yet is a small dot.
        ui.painter()
            .circle_filled(rect.center(), rect.width() * 0.14, theme.faint);
    } else {
        glyph::paint(ui, mark, status);
    }
    let clicked = response.clicked();
    response.on_hover_text(hint(stage, condition));
    clicked.then(|| GraphEvent::Condition {
        stage: stage.name.clone(),
        kind: condition.kind,
    })
}

/// `Condition before entry of Production: failed, 1 of 2 rules failed`.
fn spoken_name(stage: &StageNode, condition: &ConditionNode) -> String {
    let failed = condition
        .rules
        .iter()
        .filter(|rule| rule.state.status.is_bad())
        .count();
    let mut name = format!(
        "Condition {} of {}: {}",
        condition.kind.label(),
        safe_text::line(stage.name.as_str()),
        state_words(&condition.state)
    );
    let rules = condition.rules.len();
    let noun = if rules == 1 { "rule" } else { "rules" };
    if failed > 0 {
        name.push_str(&format!(", {failed} of {rules} {noun} failed"));
    } else {
        name.push_str(&format!(", {rules} {noun}"));
    }
    name
}

/// AWS's word where it says more than the state's own: `overridden`, `errored`, `abandoned`.
fn state_words(state: &State) -> String {
    match state.word() {
        "" if state.status == Status::NotRun => "not evaluated yet".to_owned(),
        word @ ("Overridden" | "Errored" | "Cancelled" | "Abandoned") => word.to_lowercase(),
        _ => state.status.label().to_owned(),
    }
}

fn hint(stage: &StageNode, condition: &ConditionNode) -> String {
    let mut lines = vec![format!(
        "Condition {} of {}: {}",
        condition.kind.label(),
        safe_text::line(stage.name.as_str()),
        state_words(&condition.state)
    )];
    if let Some(summary) = condition.summary.as_deref().filter(|it| !it.is_empty()) {
        lines.push(safe_text::elide(&safe_text::line(summary), 200).into_owned());
    }
    for rule in &condition.rules {
        let name = safe_text::line(rule.name.as_str());
        let mut line = format!("· {name}");
        if !rule.provider.is_empty() {
            line.push_str(&format!(" ({})", safe_text::line(&rule.provider)));
        }
        line.push_str(": ");
        line.push_str(&state_words(&rule.state));
        let said = rule.error.as_ref().map(|error| &error.message);
        if let Some(said) = said.or(rule.summary.as_ref()).filter(|it| !it.is_empty()) {
            line.push_str(&format!(
                ", {}",
                safe_text::elide(&safe_text::line(said), 120)
            ));
        }
        lines.push(line);
    }
    if let Some(words) = consequence(condition) {
        lines.push(words);
    }
    if let Some(at) = condition.changed_at {
        lines.push(format!("Since {}", at.local()));
    }
    lines.join("\n")
}

/// What happens when a rule does not succeed, in words; AWS's own word for what is new.
fn consequence(condition: &ConditionNode) -> Option<String> {
    let what = match condition.result.as_str() {
        "" => return None,
        "FAIL" => "the stage fails".to_owned(),
        "ROLLBACK" => "the stage is rolled back".to_owned(),
        "RETRY" => "the stage is retried".to_owned(),
        "SKIP" => "the stage is skipped".to_owned(),
        other => safe_text::line(other).into_owned(),
    };
    Some(format!("If a rule does not succeed: {what}."))
}
