//! How much of a log is here while what was written long ago is still being read.

use eframe::egui::{
    self, CornerRadius, FontSelection, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    WidgetText, pos2, vec2,
};

use super::{LogInput, grouped};
use crate::ui::theme::{self, size};

const HEIGHT: f32 = 28.0;
/// Of the bar at the lower edge.
const BAR: f32 = 3.0;
/// Of less than this nobody can tell how long the whole is.
const LEAST: f32 = 0.01;

/// Paints it over the lines at the lower edge: there more of them are to come, and nothing above moves for it.
pub fn show(ui: &Ui, room: Rect, input: &LogInput<'_>) {
    if input.running || input.caught_up || input.complete {
        return;
    }
    let theme = theme::of(ui);
    let words = words(input.log.len(), input.part_read);
    let text = WidgetText::from(theme.small(words.as_str()).color(theme.text));
    let galley = text.into_galley(
        ui,
        Some(egui::TextWrapMode::Extend),
        f32::INFINITY,
        FontSelection::Default,
    );
    let place = Rect::from_center_size(
        pos2(room.center().x, room.bottom() - 24.0),
        vec2(galley.size().x + 24.0, HEIGHT),
    );
    let response = ui.interact(place, ui.scope_id().with("log progress"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &words));
    let painter = ui.painter();
    let radius = CornerRadius::same(size::RADIUS);
    let edge = Stroke::new(1.0, theme.line);
    painter.rect(place, radius, theme.raised, edge, StrokeKind::Inside);
    let at = place.center() - galley.size() / 2.0;
    painter.galley(at, galley, theme.text);
    if let Some(part) = input.part_read {
        let line = Rect::from_min_max(pos2(place.left(), place.bottom() - BAR), place.max);
        let done = line.with_max_x(place.left() + part * place.width());
        painter
            .with_clip_rect(done)
            .rect_filled(place, radius, theme.accent);
    }
}

/// `Reading: 412 000 of about 1 000 000 lines`.
fn words(lines: u32, part: Option<f32>) -> String {
    let read = grouped(u64::from(lines));
    match part.filter(|part| (LEAST..1.0).contains(part)) {
        Some(part) => {
            let whole = grouped(rounded(f64::from(lines) / f64::from(part)));
            format!("Reading: {read} of about {whole} lines")
        }
        None => format!("Reading: {read} lines so far"),
    }
}

/// To two figures: more would claim what nobody knows.
fn rounded(number: f64) -> u64 {
    let figures = 10_f64.powf(number.max(1.0).log10().floor() - 1.0).max(1.0);
    ((number / figures).round() * figures) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_is_told_roughly_and_only_where_it_can_be() {
        for (lines, part, told) in [
            (
                412_000,
                Some(0.4),
                "Reading: 412 000 of about 1 000 000 lines",
            ),
            (50, Some(0.5), "Reading: 50 of about 100 lines"),
            (7, Some(0.001), "Reading: 7 lines so far"),
            (90_000, Some(1.0), "Reading: 90 000 lines so far"),
            (1_204, None, "Reading: 1 204 lines so far"),
        ] {
            assert_eq!(words(lines, part), told);
        }
    }
}
