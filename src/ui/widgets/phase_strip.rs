//! A build's phases as a strip: as wide as each took, in the tint of its state, with a glyph where one has to look.
//!
//! Small in a row of a table, large above a build's log. Main thread.

use std::time::Duration;

use eframe::egui::{
    Align2, Color32, CornerRadius, Rect, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::stage_graph::line_of_text;
use super::{age, glyph, safe_text};
use crate::model::build::{Build, Phase, Usual};
use crate::model::status::Status;
use crate::model::time::{self, Timestamp};
use crate::ui::theme::{self, Theme, font, size};

const GAP: f32 = 2.0;
/// A phase that took no time to speak of.
const LEAST_SMALL: f32 = 5.0;
/// Room for a glyph.
const LEAST_MARKED: f32 = 16.0;
const LEAST_LARGE: f32 = 88.0;
const LARGE: f32 = 40.0;
/// The height where there is little of it, and the room below which that is so.
const LOW: f32 = 24.0;
const LITTLE: f32 = 520.0;

/// The phases that are worth their room: COMPLETED is no work, and SUBMITTED takes no time.
pub fn phases(build: &Build) -> impl Iterator<Item = &Phase> {
    build
        .phases
        .iter()
        .filter(|phase| !matches!(phase.name.as_str(), "COMPLETED" | "SUBMITTED"))
}

/// A build in the queue runs its phase QUEUED, but it waits.
pub fn status(phase: &Phase) -> Status {
    match phase.state.status {
        Status::Running if phase.name == "QUEUED" => Status::Queued,
        status => status,
    }
}

/// How long a phase took, or runs already.
pub fn took(phase: &Phase, now: Timestamp) -> Option<Duration> {
    phase.duration.or_else(|| match phase.state.status {
        Status::Running | Status::Queued => Some(phase.started?.age(now)),
        _ => Some(phase.started?.age(phase.ended?)),
    })
}

/// Paints the small strip into a room. `strength` is below one for what is old.
pub fn paint(ui: &Ui, room: Rect, build: &Build, now: Timestamp, strength: f32) {
    let theme = theme::of(ui);
    let phases: Vec<&Phase> = phases(build).collect();
    if phases.is_empty() {
        return;
    }
    let marked = |phase: &Phase| is_marked(phase.state.status);
    let parts: Vec<Part> = phases
        .iter()
        .map(|phase| Part {
            least: if marked(phase) {
                LEAST_MARKED
            } else {
                LEAST_SMALL
            },
            weight: took(phase, now).unwrap_or_default().as_secs_f32(),
        })
        .collect();
    let band = Rect::from_center_size(room.center(), vec2(room.width(), size::CELL_HEIGHT));
    for (phase, (left, width)) in phases.iter().zip(shares(&parts, room.width())) {
        let cell = Rect::from_min_size(
            pos2(band.left() + left, band.top()),
            vec2(width, band.height()),
        );
        fill(ui, theme, cell, status(phase), 3, strength);
        if marked(phase) && cell.width() >= size::SMALL_GLYPH {
            mark(ui, theme, cell.center(), status(phase), strength);
        }
    }
}

/// The large strip over the whole width: glyph, name and time of each phase, and what is usual in the hint.
pub fn show(ui: &mut Ui, build: &Build, usual: Option<&Usual>, now: Timestamp) {
    let theme = theme::of(ui);
    let shown: Vec<&Phase> = phases(build).collect();
    let height = if ui.available_height() < LITTLE {
        LOW
    } else {
        LARGE
    };
    let (room, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let failing = build
        .failing_phase()
        .filter(|_| build.state.status.is_bad());
    let failing = failing.and_then(|failing| shown.iter().position(|it| it.name == failing.name));
    let words = |number: usize, phase: &Phase| {
        let mut words = words(phase, usual, now);
        let is_after = failing.is_some_and(|failing| failing < number);
        if is_after && phase.state.status == Status::Succeeded {
            words.push_str("; it runs after a failure too, and its success says nothing");
        }
        words
    };
    response.widget_info(|| {
        let said = shown.iter().enumerate();
        let said: Vec<String> = said.map(|(number, phase)| words(number, phase)).collect();
        WidgetInfo::labeled(Role::Group, true, format!("Phases: {}", said.join("; ")))
    });
    if shown.is_empty() || !ui.is_rect_visible(room) {
        return;
    }
    let parts: Vec<Part> = shown
        .iter()
        .map(|phase| Part {
            least: LEAST_LARGE,
            weight: took(phase, now).unwrap_or_default().as_secs_f32(),
        })
        .collect();
    let mut hint = None;
    let cells = shown.iter().zip(shares(&parts, room.width())).enumerate();
    for (number, (phase, (left, width))) in cells {
        let corner = pos2(room.left() + left, room.top());
        let cell = Rect::from_min_size(corner, vec2(width, height));
        large(ui, theme, cell, phase, now);
        if response.hover_pos().is_some_and(|at| cell.contains(at)) {
            hint = Some(words(number, phase));
        }
        let running = phase.state.status.is_moving();
        if let Some(started) = phase.started.filter(|_| running) {
            age::tick_second(ui, started.age(now));
        }
    }
    if let Some(hint) = hint {
        response.on_hover_text_at_pointer(hint);
    }
}

fn large(ui: &Ui, theme: &Theme, cell: Rect, phase: &Phase, now: Timestamp) {
    let status = status(phase);
    fill(ui, theme, cell, status, size::CELL_RADIUS, 1.0);
    let inside = cell.shrink2(vec2(7.0, 0.0));
    let is_low = cell.height() < LARGE;
    let middle = if is_low {
        cell.center().y
    } else {
        cell.top() + 13.0
    };
    let centre = pos2(inside.left() + size::SMALL_GLYPH / 2.0, middle);
    glyph::paint(
        ui,
        Rect::from_center_size(centre, Vec2::splat(size::SMALL_GLYPH)),
        status,
    );
    let left = inside.left() + size::SMALL_GLYPH + 5.0;
    let name = safe_text::line(&phase.name);
    let at = pos2(left, middle);
    let room = (inside.right() - left).max(0.0);
    line_of_text(
        ui,
        at,
        Align2::LEFT_CENTER,
        &name,
        font::small_medium(),
        theme.text,
        room,
    );
    if let Some(took) = took(phase, now).filter(|_| !is_low) {
        let at = pos2(inside.left(), cell.bottom() - 11.0);
        let words = time::duration(took);
        let room = inside.width();
        line_of_text(
            ui,
            at,
            Align2::LEFT_CENTER,
            &words,
            font::small(),
            theme.soft,
            room,
        );
    }
}

/// `BUILD failed, 4 m 52 s, usually 3 m 10 s: COMMAND_EXECUTION_ERROR …`
fn words(phase: &Phase, usual: Option<&Usual>, now: Timestamp) -> String {
    let mut words = format!("{} {}", safe_text::line(&phase.name), status(phase).label());
    if let Some(took) = took(phase, now) {
        words.push_str(&format!(", {}", time::duration(took)));
    }
    if let Some(usual) = usual.and_then(|usual| usual.phase(&phase.name)) {
        words.push_str(&format!(", usually {}", time::duration(usual)));
    }
    for context in &phase.contexts {
        if !context.message.is_empty() || !context.status_code.is_empty() {
            let said = context.words();
            words.push_str(&format!(
                ": {}",
                safe_text::elide(&safe_text::line(&said), 300)
            ));
        }
    }
    words
}

/// A glyph tells the state where the tint alone would.
const fn is_marked(status: Status) -> bool {
    !matches!(status, Status::Succeeded)
}

fn mark(ui: &Ui, theme: &Theme, centre: eframe::egui::Pos2, status: Status, strength: f32) {
    let rect = Rect::from_center_size(centre, Vec2::splat(size::SMALL_GLYPH - 2.0));
    if strength < 1.0 {
        let colour = theme.faded(theme.status(status), strength);
        glyph::paint_as(ui.painter(), rect, status, colour);
    } else {
        glyph::paint(ui, rect, status);
    }
}

fn fill(ui: &Ui, theme: &Theme, cell: Rect, status: Status, radius: u8, strength: f32) {
    let radius = CornerRadius::same(radius);
    let Some(tint) = theme.status_tint(status) else {
        let line = theme.outline();
        ui.painter()
            .rect(cell, radius, Color32::TRANSPARENT, line, StrokeKind::Inside);
        return;
    };
    let tint = if strength < 1.0 {
        theme.faded(tint, strength)
    } else {
        tint
    };
    ui.painter().rect_filled(cell, radius, tint);
}

struct Part {
    least: f32,
    weight: f32,
}

/// Left edge and width of each part: its least, and its share by weight of what is left. Where even the least of all do
/// not fit, all shrink alike.
fn shares(parts: &[Part], width: f32) -> Vec<(f32, f32)> {
    let gaps = GAP * parts.len().saturating_sub(1) as f32;
    let room = (width - gaps).max(0.0);
    let least: f32 = parts.iter().map(|part| part.least).sum();
    let weight: f32 = parts.iter().map(|part| part.weight).sum();
    let squeeze = if least > room { room / least } else { 1.0 };
    let spare = (room - least).max(0.0);
    let mut left = 0.0;
    parts
        .iter()
        .map(|part| {
            let share = if weight > 0.0 {
                part.weight / weight
            } else {
                1.0 / parts.len() as f32
            };
            let own = part.least * squeeze + spare * share;
            let placed = (left, own);
            left += own + GAP;
            placed
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_the_room_by_weight_and_shrink_where_they_do_not_fit() {
        let parts = |weights: &[f32]| -> Vec<Part> {
            let part = |weight: &f32| Part {
                least: 5.0,
                weight: *weight,
            };
            weights.iter().map(part).collect()
        };
        for (weights, width) in [
            (&[1.0, 0.0, 9.0][..], 134.0),
            (&[0.0, 0.0], 60.0),
            (&[3.0; 40], 100.0),
        ] {
            let placed = shares(&parts(weights), width);
            let (left, own) = placed.last().copied().unwrap();
            assert!((left + own - width).abs() < 0.1, "{placed:?}");
            for pair in placed.windows(2) {
                assert!(pair[0].0 + pair[0].1 <= pair[1].0);
            }
        }
        let placed = shares(&parts(&[1.0, 0.0, 9.0]), 134.0);
        assert!(placed[2].1 > 5.0 * placed[0].1, "{placed:?}");
    }
}
