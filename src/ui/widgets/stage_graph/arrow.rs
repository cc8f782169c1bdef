//! The way into a stage: its switch, what waits on it, what passes over it, and where an execution gave up.

use eframe::egui::{
    Align2, Color32, FontId, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo,
};

use crate::model::graph::{Occupant, Passed, StageNode};
use crate::model::ids::ActionKey;
use crate::model::pipeline::ExecutionMode;
use crate::model::status::Status;
use crate::model::time::{ago, rough};
use crate::ui::theme::{self, font};
use crate::ui::widgets::stage_graph::card::{sized, text};
use crate::ui::widgets::stage_graph::{Drawing, GraphEvent};
use crate::ui::widgets::{age, glyph, safe_text};

/// Executions named on an arrow; the rest is counted.
const NAMED: usize = 3;
const LINE: f32 = 13.0;

/// Paints the way into `node` around the middle of `rect`. Clicking the arrow is the switch, a name leads to its
/// execution.
pub fn arrow_ui(
    ui: &Ui,
    rect: Rect,
    scale: f32,
    node: &StageNode,
    drawing: Drawing<'_>,
) -> Option<GraphEvent> {
    let theme = theme::of(ui);
    let transition = &node.transition;
    let centre = Pos2::new(rect.center().x, rect.top() + MIDDLE * scale);
    let touch = Rect::from_center_size(centre, Vec2::new(rect.width(), 22.0 * scale));
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
    let stroke = Stroke::new(1.4 * scale.max(0.7), colour);
    paint_arrow(ui, centre, scale, stroke, transition.enabled);
    let mut below = centre.y + 16.0 * scale;
    let mut put_below = |words: &str, face: FontId, colour: Color32| {
        let at = Pos2::new(centre.x, below);
        let font = sized(face, scale);
        // A word may reach over the frames' outlines, never to their names.
        let room = rect.width() + 8.0 * scale;
        let drawn = text(ui, at, Align2::CENTER_CENTER, words, font, colour, room);
        below += LINE * scale;
        drawn
    };
    if !transition.enabled {
        put_below("off", font::tiny_mono(), theme.fail);
        if let Some(since) = transition.changed_at {
            put_below(
                &rough(since.age(drawing.now)),
                font::tiny_mono(),
                theme.fail,
            );
            age::tick(ui, since.age(drawing.now));
        }
    }
    let ended = drawing.graph.ended_before.as_ref();
    if let Some((_, status)) = ended.filter(|(stage, _)| *stage == node.name) {
        let mark = Rect::from_center_size(centre, Vec2::splat(14.0 * scale));
        ui.painter().circle_filled(centre, 9.0 * scale, theme.bg);
        glyph::paint(ui, mark, *status);
        put_below(status.label(), font::tiny_plain(), theme.soft);
    } else {
        let brought = brought(drawing, node);
        if transition.enabled
            && let Some(first) = brought.first()
        {
            put_below(
                &safe_text::line(&first.0.label()),
                font::tiny_mono(),
                theme.faint,
            );
            if brought.len() > 1 {
                put_below(
                    &format!("+{} more", brought.len() - 1),
                    font::tiny_mono(),
                    theme.faint,
                );
            }
        }
    }
    let clicked = response.clicked();
    response.on_hover_ui(|ui| {
        ui.label(theme::of(ui).body(hint(node, drawing)));
    });
    let event = clicked.then(|| GraphEvent::Transition(node.name.clone()));
    inbound_ui(ui, centre, rect.width(), scale, node, drawing).or(event)
}

/// From the top of an arrow's room to its line.
const MIDDLE: f32 = super::layout::LINE;

/// What waits to enter, the first nearest to the arrow. In QUEUED mode its place in the queue stands before it.
fn inbound_ui(
    ui: &Ui,
    centre: Pos2,
    width: f32,
    scale: f32,
    node: &StageNode,
    drawing: Drawing<'_>,
) -> Option<GraphEvent> {
    let theme = theme::of(ui);
    let is_queue = drawing.graph.mode == ExecutionMode::Queued;
    let mut event = None;
    let mut line = centre.y - 16.0 * scale;
    for (place, waiting) in node.inbound.iter().take(NAMED).enumerate() {
        let rect = Rect::from_center_size(
            Pos2::new(centre.x, line),
            Vec2::new(width - 4.0, LINE * scale),
        );
        let place = is_queue.then_some(place + 1);
        if waiting_ui(ui, rect, scale, node, waiting, place) {
            event = Some(GraphEvent::Execution(waiting.execution.clone()));
        }
        line -= LINE * scale;
    }
    let rest = node.inbound.len().saturating_sub(NAMED);
    if rest > 0 {
        let words = format!("+{rest}");
        let font = sized(font::tiny_mono(), scale);
        let at = Pos2::new(centre.x, line);
        text(
            ui,
            at,
            Align2::CENTER_CENTER,
            &words,
            font,
            theme.soft,
            width,
        );
    }
    event
}

fn waiting_ui(
    ui: &Ui,
    rect: Rect,
    scale: f32,
    node: &StageNode,
    waiting: &Occupant,
    place: Option<usize>,
) -> bool {
    let theme = theme::of(ui);
    let id = ui
        .scope_id()
        .with(("inbound", &node.name, &waiting.execution));
    let response = ui.interact(rect, id, Sense::click());
    let label = safe_text::line(&waiting.label).into_owned();
    let stage = safe_text::line(node.name.as_str());
    let name = place.map_or_else(
        || format!("Execution {label} waits to enter {stage}"),
        |place| format!("Execution {label} is number {place} in the queue into {stage}"),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &name));
    let colour = if response.hovered() || response.has_focus() {
        theme.accent
    } else {
        theme.soft
    };
    let font = sized(font::tiny_mono(), scale);
    let mark_width = 11.0 * scale;
    let middle = Pos2::new(rect.center().x + mark_width / 2.0, rect.center().y);
    let room = rect.width() - mark_width;
    let drawn = text(
        ui,
        middle,
        Align2::CENTER_CENTER,
        &label,
        font,
        colour,
        room,
    );
    let mark = Pos2::new(drawn.left() - 3.0 * scale, rect.center().y);
    if let Some(place) = place {
        let font = sized(font::tiny_mono(), scale);
        let words = place.to_string();
        text(
            ui,
            mark,
            Align2::RIGHT_CENTER,
            &words,
            font,
            theme.faint,
            20.0,
        );
    } else {
        let centre = Pos2::new(mark.x - mark_width / 2.0, mark.y);
        let mark = Rect::from_center_size(centre, Vec2::splat(9.0 * scale));
        glyph::paint_as(ui.painter(), mark, Status::Queued, theme.soft);
    }
    response.on_hover_text(name).clicked()
}

/// A closed way is broken by a bar, so that it is told without its colour.
fn paint_arrow(ui: &Ui, centre: Pos2, scale: f32, stroke: Stroke, open: bool) {
    let at = |x: f32, y: f32| centre + Vec2::new(x, y) * scale;
    let painter = ui.painter();
    if open {
        painter.line_segment([at(-15.0, 0.0), at(13.0, 0.0)], stroke);
    } else {
        painter.line_segment([at(-15.0, 0.0), at(-4.0, 0.0)], stroke);
        painter.line_segment([at(-2.0, -6.0), at(-2.0, 6.0)], stroke);
        painter.line_segment([at(3.0, 0.0), at(13.0, 0.0)], stroke);
    }
    let head = vec![at(8.0, -4.5), at(13.0, 0.0), at(8.0, 4.5)];
    painter.add(Shape::line(head, stroke));
}

type Brought<'a> = (&'a Passed, &'a ActionKey, Vec<&'a ActionKey>);

fn brought<'a>(drawing: Drawing<'a>, node: &StageNode) -> Vec<Brought<'a>> {
    drawing.graph.entering(&node.name)
}

fn hint(node: &StageNode, drawing: Drawing<'_>) -> String {
    const SHOWN: usize = 8;
    let now = drawing.now;
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
        if let Some(at) = transition.changed_at {
            lines.push(format!("Since {}", at.local()));
        }
    }
    for waiting in &node.inbound {
        lines.push(format!(
            "{} waits to enter",
            safe_text::line(&waiting.label)
        ));
    }
    let brought = brought(drawing, node);
    for (what, from, to) in brought.iter().take(SHOWN) {
        let takers: Vec<&str> = to
            .iter()
            .take(SHOWN)
            .map(|key| key.action.as_str())
            .collect();
        let line = format!(
            "{} from {} / {} to {}",
            what.words(),
            from.stage,
            from.action,
            takers.join(", ")
        );
        lines.push(safe_text::line(&line).into_owned());
    }
    if brought.len() > SHOWN {
        lines.push(format!("and {} more", brought.len() - SHOWN));
    }
    lines.join("\n")
}
