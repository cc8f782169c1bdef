//! PARALLEL mode: every execution in flight as a lane of small cells, one below the other; those beyond the room scroll.

use eframe::egui::{
    self, Align2, CornerRadius, Rect, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
};

use crate::model::graph::{Lane, StageGraph};
use crate::model::ids::ExecutionId;
use crate::model::status::Status;
use crate::model::time::{Timestamp, duration};
use crate::ui::theme::{self, font, size, space};
use crate::ui::widgets::stage_graph::GraphEvent;
use crate::ui::widgets::stage_graph::card::text;
use crate::ui::widgets::{age, glyph, safe_text};

const LANE: f32 = 26.0;
/// Lanes in sight; the seventh is cut, so that it shows that there are more.
const IN_SIGHT: f32 = 6.5;
/// Stages drawn in a lane; a strip of more is counted.
const CELLS: usize = 16;

/// What was done to the lanes, and which of them are in sight.
#[derive(Default)]
pub struct Lanes {
    pub event: Option<GraphEvent>,
    pub in_sight: Vec<ExecutionId>,
}

/// The room the lanes of a graph take.
pub fn lanes_height(graph: &StageGraph) -> f32 {
    if graph.lanes.len() < 2 {
        return 0.0;
    }
    LANE * (graph.lanes.len() as f32).min(IN_SIGHT)
}

/// The executions in flight; the one drawn above is marked.
pub fn lanes_ui(ui: &mut Ui, graph: &StageGraph, now: Timestamp) -> Lanes {
    let mut lanes = Lanes::default();
    let height = lanes_height(graph);
    if height == 0.0 {
        return lanes;
    }
    let size = Vec2::new(ui.available_width(), height);
    ui.allocate_ui(size, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        egui::ScrollArea::vertical()
            .id_salt("lanes")
            .max_height(height)
            .min_scrolled_height(0.0)
            .auto_shrink(false)
            .show_rows(ui, LANE, graph.lanes.len(), |ui, rows| {
                for lane in graph.lanes.get(rows).unwrap_or_default() {
                    let is_drawn = graph.execution.as_ref() == Some(&lane.execution);
                    lanes.in_sight.push(lane.execution.clone());
                    if lane_ui(ui, lane, is_drawn, now) {
                        lanes.event = Some(GraphEvent::Execution(lane.execution.clone()));
                    }
                }
            });
    });
    lanes
}

fn lane_ui(ui: &mut Ui, lane: &Lane, is_drawn: bool, now: Timestamp) -> bool {
    let theme = theme::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), LANE), Sense::click());
    let label = safe_text::line(&lane.label).into_owned();
    let subject = safe_text::line(&lane.subject).into_owned();
    let state = state_words(lane);
    let name = format!("Execution {label}: {state}, {subject}");
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_drawn, &name));
    if is_drawn || response.hovered() || response.has_focus() {
        let fill = if is_drawn {
            theme.accent_bg
        } else {
            theme.hover
        };
        ui.painter()
            .rect_filled(rect, CornerRadius::same(size::RADIUS), fill);
    }
    let line = rect.center().y;
    let mark = Rect::from_center_size(pos2(rect.left() + 14.0, line), Vec2::splat(size::GLYPH));
    glyph::paint(ui, mark, lane.status);
    let put = |left: f32, words: &str, font, colour, width: f32| {
        let at = pos2(left, line);
        text(ui, at, Align2::LEFT_CENTER, words, font, colour, width)
    };
    let drawn = put(rect.left() + 30.0, &label, font::mono(), theme.soft, 96.0);
    let mut left = drawn.right().max(rect.left() + 30.0 + 52.0) + space::M;
    for (stage, status) in lane.stages.iter().take(CELLS) {
        let cell = Rect::from_center_size(
            pos2(left + size::CELL_WIDTH / 2.0, line),
            Vec2::new(size::CELL_WIDTH, size::CELL_HEIGHT),
        );
        cell_ui(ui, cell, *status);
        let id = response.id.with(stage);
        ui.interact(cell, id, Sense::hover()).on_hover_text(format!(
            "{}: {}",
            safe_text::line(stage.as_str()),
            status.label()
        ));
        left += size::CELL_WIDTH + 3.0;
    }
    let more = lane.stages.len().saturating_sub(CELLS);
    if more > 0 {
        let words = format!("+{more}");
        left = put(left, &words, font::small(), theme.faint, 40.0).right();
    }
    let right = clock_ui(ui, lane, rect, now);
    let state_colour = if lane.status == Status::Waiting {
        theme.wait
    } else {
        theme.soft
    };
    left += space::S;
    if !matches!(lane.status, Status::Running) || lane.word == "Stopping" {
        left = put(left, &state, font::small(), state_colour, 150.0).right() + space::M;
    }
    let elided = safe_text::elide(&subject, 120);
    put(
        left,
        &elided,
        font::body(),
        theme.text,
        right - left - space::M,
    );
    response.on_hover_text(name).clicked()
}

/// How long it is in flight; returns where it begins.
fn clock_ui(ui: &Ui, lane: &Lane, rect: Rect, now: Timestamp) -> f32 {
    let Some(started) = lane.started else {
        return rect.right();
    };
    let theme = theme::of(ui);
    let at = pos2(rect.right() - 10.0, rect.center().y);
    let elapsed = started.age(now);
    let words = duration(elapsed);
    if elapsed.as_secs() < 3_600 {
        age::tick_second(ui, elapsed);
    } else {
        age::tick(ui, elapsed);
    }
    let drawn = text(
        ui,
        at,
        Align2::RIGHT_CENTER,
        &words,
        font::small(),
        theme.faint,
        160.0,
    );
    drawn.left()
}

/// `stopping` is AWS's word for an execution that finishes what runs and then ends.
fn state_words(lane: &Lane) -> String {
    match lane.word.as_str() {
        "Stopping" => "stopping".to_owned(),
        _ => lane.status.label().to_owned(),
    }
}

fn cell_ui(ui: &Ui, rect: Rect, status: Status) {
    let theme = theme::of(ui);
    let radius = CornerRadius::same(size::CELL_RADIUS);
    match theme.status_tint(status) {
        Some(tint) => ui.painter().rect_filled(rect, radius, tint),
        None => ui
            .painter()
            .rect_stroke(rect, radius, theme.outline(), StrokeKind::Inside),
    };
    let mark = Rect::from_center_size(rect.center(), Vec2::splat(size::SMALL_GLYPH));
    glyph::paint(ui, mark, status);
}
