//! Under the graph: what waits or was superseded, in words, and PARALLEL mode's executions as lanes of small cells.

use eframe::egui::{CornerRadius, Rect, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo, pos2};

use crate::model::graph::{Lane, Note, StageGraph, WaitReason};
use crate::model::ids::ExecutionId;
use crate::model::status::Status;
use crate::model::time::{Timestamp, ago};
use crate::ui::theme::{self, font, size, space};
use crate::ui::widgets::stage_graph::GraphEvent;
use crate::ui::widgets::{age, glyph, safe_text};

const LANE: f32 = 26.0;

/// One line of words; nothing if there is nothing to say. Notes that do not fit are counted, and named in the hint.
pub fn notes_ui(ui: &mut Ui, graph: &StageGraph, now: Timestamp) -> Option<GraphEvent> {
    const SHOWN: usize = 4;
    let mut event = None;
    if graph.notes.is_empty() {
        return None;
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        for note in graph.notes.iter().take(SHOWN) {
            if let Some(done) = note_ui(ui, note, now) {
                event = Some(done);
            }
            ui.add_space(space::S);
        }
        let rest = graph.notes.get(SHOWN..).unwrap_or_default();
        if !rest.is_empty() {
            let hint: Vec<String> = rest.iter().map(|note| words(note, now).1).collect();
            let more = theme::of(ui).small(format!("and {} more", rest.len()));
            ui.label(more).on_hover_text(hint.join("\n"));
        }
    });
    event
}

fn note_ui(ui: &mut Ui, note: &Note, now: Timestamp) -> Option<GraphEvent> {
    let theme = theme::of(ui);
    let (status, execution, label) = match note {
        Note::Waiting {
            execution, label, ..
        } => (Status::Queued, execution, label),
        Note::Superseded {
            execution,
            label,
            at,
        } => {
            if let Some(at) = at {
                age::tick(ui, at.age(now));
            }
            (Status::Superseded, execution, label)
        }
    };
    glyph::status(ui, status, size::SMALL_GLYPH);
    let clicked = execution_link(ui, execution, label);
    ui.label(theme.small(words(note, now).0));
    clicked.then(|| GraphEvent::Execution(execution.clone()))
}

/// The short name of an execution, as a quiet link to it; returns whether it was clicked.
pub fn execution_link(ui: &mut Ui, execution: &ExecutionId, label: &str) -> bool {
    let theme = theme::of(ui);
    let label = safe_text::line(label).into_owned();
    let galley = ui
        .painter()
        .layout_no_wrap(label.clone(), font::mono(), theme.soft);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::click());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("Show execution {label}")));
    let colour = if response.hovered() || response.has_focus() {
        theme.accent
    } else {
        theme.soft
    };
    ui.painter()
        .galley_with_override_text_color(rect.min, galley, colour);
    response.on_hover_text(execution.as_str()).clicked()
}

/// What follows the execution's name, and the whole sentence.
fn words(note: &Note, now: Timestamp) -> (String, String) {
    let (label, words) = match note {
        Note::Waiting {
            label,
            stage,
            reason,
            ..
        } => {
            let stage = safe_text::line(stage.as_str());
            let why = match reason {
                WaitReason::Busy => "sent on when what is in it ends".to_owned(),
                WaitReason::Closed => "which is closed".to_owned(),
                WaitReason::Behind(1) => "behind 1 other".to_owned(),
                WaitReason::Behind(ahead) => format!("behind {ahead} others"),
            };
            (label, format!("waits before {stage}, {why}"))
        }
        Note::Superseded { label, at, .. } => (
            label,
            at.map_or_else(
                || "superseded".to_owned(),
                |at| format!("superseded {}", ago(at, now)),
            ),
        ),
    };
    let sentence = format!("{} {words}", safe_text::line(label));
    (words, sentence)
}

/// The room the lanes of a graph take.
pub fn lanes_height(graph: &StageGraph) -> f32 {
    if graph.lanes.len() < 2 {
        return 0.0;
    }
    LANE * graph.lanes.len() as f32
}

/// PARALLEL mode's executions in flight, one below the other; the one drawn above is marked.
pub fn lanes_ui(ui: &mut Ui, graph: &StageGraph, now: Timestamp) -> Option<GraphEvent> {
    if graph.lanes.len() < 2 {
        return None;
    }
    let mut event = None;
    for lane in &graph.lanes {
        let is_drawn = graph.execution.as_ref() == Some(&lane.execution);
        event = lane_ui(ui, lane, is_drawn, now).or(event);
    }
    event
}

fn lane_ui(ui: &mut Ui, lane: &Lane, is_drawn: bool, now: Timestamp) -> Option<GraphEvent> {
    let theme = theme::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), LANE), Sense::click());
    let label = safe_text::line(&lane.label).into_owned();
    let subject = safe_text::line(&lane.subject).into_owned();
    let name = format!("Execution {label}: {}, {subject}", lane.status.label());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_drawn, &name));
    if is_drawn || response.hovered() {
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
    let mut left = rect.left() + 30.0;
    let put = |left: f32, text: String, font, colour| {
        let galley = ui.painter().layout_no_wrap(text, font, colour);
        let at = pos2(left, line - galley.size().y / 2.0);
        let width = galley.size().x;
        ui.painter().galley(at, galley, colour);
        left + width + space::M
    };
    left = put(left, label, font::mono(), theme.soft);
    for (stage, status) in &lane.stages {
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
    left = put(
        left + space::S,
        safe_text::elide(&subject, 72).into_owned(),
        font::body(),
        theme.text,
    );
    if let Some(started) = lane.started {
        put(left, ago(started, now), font::small(), theme.faint);
        age::tick(ui, started.age(now));
    }
    response
        .clicked()
        .then(|| GraphEvent::Execution(lane.execution.clone()))
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
