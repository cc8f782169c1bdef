//! A stage's frame with its name and what is in it, and the way into it with its switch.

use eframe::egui::{
    Align2, CornerRadius, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
};

use crate::model::graph::StageNode;
use crate::model::status::Status;
use crate::model::time::{Timestamp, ago, rough};
use crate::ui::theme::{self, font, size};
use crate::ui::widgets::stage_graph::GraphEvent;
use crate::ui::widgets::stage_graph::canvas::Placed;
use crate::ui::widgets::stage_graph::card::{sized, text};
use crate::ui::widgets::stage_graph::layout::{BAR, StageBox};
use crate::ui::widgets::{age, glyph, safe_text};

/// How far the bar follows the corners down.
const CROWN: f32 = 5.0;

/// The frame: a bar in the stage's colour, its name, and the short name of the execution in it.
pub fn frame_ui(ui: &Ui, placed: Placed, node: &StageNode, place: &StageBox) {
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

    let title = placed.rect(place.title);
    let mut right = title.right();
    if let Some(occupant) = &node.occupant {
        let label = safe_text::line(&occupant.label);
        let font = sized(font::tiny_mono(), placed.scale);
        let at = Pos2::new(right, title.center().y);
        let width = title.width() * 0.6;
        right = text(
            ui,
            at,
            Align2::RIGHT_CENTER,
            &label,
            font,
            theme.faint,
            width,
        )
        .left()
            - 8.0 * placed.scale;
    }
    let mut left = title.left();
    if node.status == Status::Queued {
        let side = size::SMALL_GLYPH * placed.scale;
        let centre = Pos2::new(left + side / 2.0, title.center().y);
        glyph::paint(
            ui,
            Rect::from_center_size(centre, Vec2::splat(side)),
            node.status,
        );
        left += side + 6.0 * placed.scale;
    }
    text(
        ui,
        Pos2::new(left, title.center().y),
        Align2::LEFT_CENTER,
        &safe_text::line(node.name.as_str()),
        sized(font::strong(), placed.scale),
        theme.text,
        right - left,
    );
}

fn spoken_name(node: &StageNode) -> String {
    let mut name = format!(
        "Stage {}: {}",
        safe_text::line(node.name.as_str()),
        node.status.label()
    );
    if let Some(occupant) = &node.occupant {
        name.push_str(", ");
        name.push_str(&safe_text::line(&occupant.label));
    }
    name
}

/// The way into a stage: an arrow, what waits on it, and the words of a closed transition. Clicking it is the switch.
pub fn arrow_ui(
    ui: &Ui,
    rect: Rect,
    scale: f32,
    node: &StageNode,
    now: Timestamp,
) -> Option<GraphEvent> {
    let theme = theme::of(ui);
    let transition = &node.transition;
    let centre = rect.center();
    let touch = Rect::from_center_size(centre, Vec2::new(rect.width(), 44.0 * scale));
    let id = ui.scope_id().with(("transition", &node.name));
    let response = ui.interact(touch, id, Sense::click());
    let stage = safe_text::line(node.name.as_str());
    let state = if transition.enabled { "on" } else { "off" };
    let name = format!("Transition into {stage}: {state}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));

    let lit = response.hovered() || response.has_focus();
    let colour = match (transition.enabled, lit) {
        (false, _) => theme.fail,
        (true, true) => theme.text,
        (true, false) => theme.faint,
    };
    paint_arrow(ui, centre, scale, Stroke::new(1.4 * scale.max(0.7), colour));
    let tiny = || sized(font::tiny_mono(), scale);
    if !node.inbound.is_empty() {
        let side = 10.0 * scale;
        let line = centre.y - 16.0 * scale;
        let mark =
            Rect::from_center_size(Pos2::new(centre.x - 7.0 * scale, line), Vec2::splat(side));
        glyph::paint_as(ui.painter(), mark, Status::Queued, theme.soft);
        let count = node.inbound.len().to_string();
        let at = Pos2::new(centre.x + 1.0 * scale, line);
        text(
            ui,
            at,
            Align2::LEFT_CENTER,
            &count,
            tiny(),
            theme.soft,
            20.0 * scale,
        );
    }
    if !transition.enabled {
        let below = centre.y + 16.0 * scale;
        let at = Pos2::new(centre.x, below);
        text(
            ui,
            at,
            Align2::CENTER_CENTER,
            "off",
            tiny(),
            theme.fail,
            rect.width(),
        );
        if let Some(since) = transition.changed_at {
            let at = Pos2::new(centre.x, below + 13.0 * scale);
            let words = rough(since.age(now));
            text(
                ui,
                at,
                Align2::CENTER_CENTER,
                &words,
                tiny(),
                theme.fail,
                rect.width(),
            );
            age::tick(ui, since.age(now));
        }
    }
    let clicked = response.clicked();
    response.on_hover_text(hint(node, now));
    clicked.then(|| GraphEvent::Transition(node.name.clone()))
}

fn paint_arrow(ui: &Ui, centre: Pos2, scale: f32, stroke: Stroke) {
    let at = |x: f32, y: f32| centre + Vec2::new(x, y) * scale;
    ui.painter()
        .line_segment([at(-14.0, 0.0), at(12.0, 0.0)], stroke);
    let head = vec![at(7.0, -4.5), at(12.0, 0.0), at(7.0, 4.5)];
    ui.painter().add(Shape::line(head, stroke));
}

fn hint(node: &StageNode, now: Timestamp) -> String {
    let stage = safe_text::line(node.name.as_str()).into_owned();
    let transition = &node.transition;
    let mut lines = Vec::new();
    if transition.enabled {
        lines.push(format!("Executions may enter {stage}. Click to close it."));
    } else {
        let when = transition
            .changed_at
            .map_or_else(String::new, |at| format!(" {}", ago(at, now)));
        let by = transition
            .changed_by
            .as_deref()
            .map_or_else(String::new, |by| format!(" by {}", safe_text::line(by)));
        lines.push(format!(
            "Closed{when}{by}: nothing enters {stage}. Click to open it."
        ));
        if let Some(reason) = transition.reason.as_deref().filter(|it| !it.is_empty()) {
            lines.push(format!("“{}”", safe_text::line(reason)));
        }
    }
    for waiting in &node.inbound {
        lines.push(format!(
            "{} waits to enter",
            safe_text::line(&waiting.label)
        ));
    }
    lines.join("\n")
}
