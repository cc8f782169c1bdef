//! A stage's frame with its name and what is in it.

use eframe::egui::{
    Align2, CornerRadius, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
};

use crate::model::graph::StageNode;
use crate::model::status::Status;
use crate::ui::theme::{self, font, size};
use crate::ui::widgets::stage_graph::canvas::Placed;
use crate::ui::widgets::stage_graph::card::{sized, text};
use crate::ui::widgets::stage_graph::condition;
use crate::ui::widgets::stage_graph::layout::{BAR, StageBox};
use crate::ui::widgets::{glyph, safe_text};

/// How far the bar follows the corners down.
const CROWN: f32 = 5.0;

/// The frame: a bar in the stage's colour, its name, and the short name of the execution in it. A stage whose done
/// actions were opened can be folded again; returns whether that was asked for.
pub fn frame_ui(
    ui: &Ui,
    placed: Placed,
    node: &StageNode,
    place: &StageBox,
    foldable: bool,
) -> bool {
    let theme = theme::of(ui);
    let rect = placed.rect(place.rect);
    let response = ui.interact(
        rect,
        ui.scope_id().with(("stage", &node.name)),
        Sense::hover(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Group, true, spoken_name(node)));

    let radius = CornerRadius::same(size::PANEL_RADIUS);
    let bar = match node.status {
        Status::NotRun | Status::Queued | Status::Unknown | Status::Skipped => theme.line,
        status => theme.status(status),
    };
    // Nothing is painted under anything else, so that a faded graph shows no layers.
    ui.painter().rect(
        rect,
        radius,
        theme.panel,
        theme.outline(),
        StrokeKind::Inside,
    );
    let crown = Rect::from_min_size(rect.min, Vec2::new(rect.width(), CROWN));
    let crown = ui.painter().with_clip_rect(crown.intersect(ui.clip_rect()));
    crown.rect_stroke(rect, radius, Stroke::new(BAR, bar), StrokeKind::Inside);

    title_ui(ui, placed, node, place, foldable);
    let clicked = foldable && fold_ui(ui, placed, node, place);
    response.on_hover_ui(|ui| {
        ui.label(theme::of(ui).body(spoken_name(node)));
    });
    clicked
}

/// The stage's name, what is particular about it, and as far as there is room what is in it.
fn title_ui(ui: &Ui, placed: Placed, node: &StageNode, place: &StageBox, foldable: bool) {
    let theme = theme::of(ui);
    let scale = placed.scale;
    let title = placed.rect(place.title);
    let line = title.center().y;
    let (left_badge, right_badge) = condition::at_title(node);
    let mut left = title.left() + if left_badge { 6.0 * scale } else { 0.0 };
    let mut right = title.right() - if right_badge { 6.0 * scale } else { 0.0 };
    if foldable {
        right -= 20.0 * scale;
    }
    if let Some(status) = title_mark(node) {
        let side = size::SMALL_GLYPH * scale;
        let centre = Pos2::new(left + side / 2.0, line);
        let mark = Rect::from_center_size(centre, Vec2::splat(side));
        glyph::paint(ui, mark, status);
        left += side + 6.0 * scale;
    }
    let said = said_of(node);
    if let (Some(occupant), None) = (&node.occupant, said) {
        let label = safe_text::line(&occupant.label);
        let font = sized(font::tiny_mono(), scale);
        let at = Pos2::new(right, line);
        let width = title.width() * 0.6;
        let align = Align2::RIGHT_CENTER;
        let drawn = text(ui, at, align, &label, font, theme.faint, width);
        right = drawn.left() - 8.0 * scale;
    }
    let name = safe_text::line(node.name.as_str());
    let at = Pos2::new(left, line);
    let strong = sized(font::strong(), scale);
    let kept = if said.is_some() { 72.0 * scale } else { 0.0 };
    let room = right - left - kept;
    let drawn = text(ui, at, Align2::LEFT_CENTER, &name, strong, theme.text, room);
    if let Some(said) = said {
        let left = drawn.right() + 8.0 * scale;
        let at = Pos2::new(left, line);
        let small = sized(font::small(), scale);
        let room = right - left;
        text(ui, at, Align2::LEFT_CENTER, said, small, theme.soft, room);
    }
}

/// The states that the cards of a stage do not show by themselves.
const fn title_mark(node: &StageNode) -> Option<Status> {
    match node.status {
        Status::Queued
        | Status::Skipped
        | Status::RolledBack
        | Status::Stopped
        | Status::Unknown
        | Status::Superseded
        | Status::Errored => Some(node.status),
        _ => None,
    }
}

/// What is particular about the execution in the stage.
fn said_of(node: &StageNode) -> Option<&'static str> {
    match node.status {
        Status::Skipped => Some("skipped"),
        status if node.is_rollback && status.is_moving() => Some("rolling back"),
        _ if node.is_rollback => Some("rolled back"),
        _ => None,
    }
}

/// `automatic retry, attempt 3`; the cards say which attempt of theirs it is.
fn retried(node: &StageNode) -> Option<String> {
    let retry = node.retry.as_ref()?;
    let attempt = retry.automatic + retry.manual + 1;
    let how = if retry.latest_trigger == "AutomatedStageRetry" {
        "automatic retry"
    } else {
        "retried"
    };
    (attempt > 1).then(|| format!("{how}, attempt {attempt}"))
}

/// Folds what a person opened. Stands at the foot of the frame's title, over its line.
fn fold_ui(ui: &Ui, placed: Placed, node: &StageNode, place: &StageBox) -> bool {
    let theme = theme::of(ui);
    let title = placed.rect(place.title);
    let centre = Pos2::new(title.right() - 6.0 * placed.scale, title.center().y);
    let rect = Rect::from_center_size(centre, Vec2::splat(16.0 * placed.scale));
    let id = ui.scope_id().with(("fold", &node.name));
    let response = ui.interact(rect, id, Sense::click());
    let stage = safe_text::line(node.name.as_str()).into_owned();
    let name = format!("Fold what is done in {stage}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let colour = if response.hovered() || response.has_focus() {
        theme.text
    } else {
        theme.faint
    };
    let font = sized(font::small(), placed.scale);
    ui.painter()
        .text(rect.center(), Align2::CENTER_CENTER, "▾", font, colour);
    response.on_hover_text(name).clicked()
}

fn spoken_name(node: &StageNode) -> String {
    let mut name = format!(
        "Stage {}: {}",
        safe_text::line(node.name.as_str()),
        node.status.label()
    );
    let said = [said_of(node).map(str::to_owned), retried(node)];
    for said in said.into_iter().flatten() {
        if said != node.status.label() {
            name.push_str(", ");
            name.push_str(&said);
        }
    }
    if let Some(occupant) = &node.occupant {
        name.push_str(", ");
        name.push_str(&safe_text::line(&occupant.label));
    }
    name
}
