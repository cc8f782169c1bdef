//! The rows in view, one below the other. Touches no other row of the log.

use std::sync::Arc;

use eframe::egui::{self, Color32, CornerRadius, Galley, Rect, Ui, pos2, vec2};

use super::rows::{Row, RowNo};
use super::scroll::ROW;
use super::{LogInput, LogView, header, line};
use crate::ui::theme;

/// Where the right column ends, from the scroll bar.
pub const RIGHT: f32 = 4.0;

/// Paints the rows in view.
pub fn rows(view: &mut LogView, ui: &mut Ui, room: Rect, input: &LogInput<'_>) {
    let theme = theme::of(ui);
    ui.painter()
        .rect_filled(room, CornerRadius::ZERO, theme.sunk);
    let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(room));
    inside.set_clip_rect(room.intersect(ui.clip_rect()));
    let mut top = room.top() - view.place.offset;
    let mut number = view.place.row;
    while top < room.bottom()
        && let Some(row) = view.rows.get(number)
    {
        let tall = row_tall(view, &inside, row, input);
        let rect = Rect::from_min_size(pos2(room.left(), top), vec2(room.width(), tall));
        match row {
            Row::Section(section) => header::section(view, &inside, rect, section, input),
            Row::Phase(phase) => {
                if let Some(phase) = input.phases.get(phase) {
                    header::phase(&inside, rect, phase, input.now);
                }
            }
            Row::Line(line) => line::row(view, &inside, number, rect, line, input),
            Row::Gap(from, to) => header::gap(view, &inside, rect, from..to),
        }
        top += tall;
        number = RowNo(number.0 + 1);
    }
    pinned(view, &inside, room, input);
}

/// The height of a row: that of a line grows where long ones wrap.
pub fn row_tall(view: &LogView, ui: &Ui, row: Row, input: &LogInput<'_>) -> f32 {
    match row {
        Row::Line(line) if view.wraps => line::tall(view, ui, line, input),
        Row::Line(_) | Row::Section(_) | Row::Phase(_) | Row::Gap(..) => ROW,
    }
}

/// The row at a height of the window, and the height of its upper edge.
pub fn row_at(view: &LogView, ui: &Ui, room: Rect, y: f32, input: &LogInput<'_>) -> (RowNo, f32) {
    let mut top = room.top() - view.place.offset;
    let mut number = view.place.row;
    while let Some(row) = view.rows.get(number) {
        let tall = row_tall(view, ui, row, input);
        if y < top + tall || number.0 + 1 >= view.rows.len() {
            break;
        }
        top += tall;
        number.0 += 1;
    }
    (number, top)
}

/// Where the first row in view lies inside a fold, that fold's header stays at the upper edge: a person always sees
/// in which command they are reading.
fn pinned(view: &mut LogView, ui: &Ui, room: Rect, input: &LogInput<'_>) {
    let Some(Row::Line(line)) = view.rows.get(view.place.row) else {
        return;
    };
    if view.merging.is_some() {
        return;
    }
    let Some(section) = view.folds.section_of(line) else {
        return;
    };
    // At its very end the next header takes over without a jump.
    let left = match view.rows.get(RowNo(view.place.row.0 + 1)) {
        Some(Row::Line(_) | Row::Gap(..)) | None => ROW,
        Some(Row::Section(_) | Row::Phase(_)) => {
            let tall = row_tall(view, ui, Row::Line(line), input);
            (tall - view.place.offset).min(ROW)
        }
    };
    let rect = Rect::from_min_size(
        pos2(room.left(), room.top() - (ROW - left)),
        vec2(room.width(), ROW),
    );
    header::section(view, ui, rect, section, input);
}

/// A text with its middle at a height.
pub fn centred(ui: &Ui, at: egui::Pos2, galley: Arc<Galley>, colour: Color32) {
    let at = pos2(at.x, at.y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, colour);
}

/// The accent's edge at the row of the current match.
pub fn edge(ui: &Ui, rect: Rect) {
    let theme = theme::of(ui);
    ui.painter().rect_filled(
        Rect::from_min_size(rect.min, vec2(3.0, rect.height())),
        CornerRadius::ZERO,
        theme.accent,
    );
}

/// The frame of a log that has the keyboard: letters are its own, and no longer the page's.
pub fn focus(view: &LogView, ui: &Ui, room: Rect) {
    if view.focused {
        let line = egui::Stroke::new(1.0, theme::of(ui).accent);
        let inside = egui::StrokeKind::Inside;
        ui.painter()
            .rect_stroke(room, CornerRadius::ZERO, line, inside);
    }
}
