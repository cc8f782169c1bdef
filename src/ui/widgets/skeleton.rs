//! What stands in the place of data that has not come yet: still bars of its shape, with words. Nothing moves, so a
//! window that waits paints no frames.

use eframe::egui::{self, CornerRadius, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::ui::theme::{self, size};

/// Rows of bars under a sentence such as `Reading the pipelines of prod…`.
pub fn rows(ui: &mut Ui, words: &str, rows: usize) -> Response {
    let theme = theme::of(ui);
    let response = ui.label(theme.small(words));
    for row in 0..rows {
        bar(ui, ui.available_width() * part(row), 12.0);
        ui.add_space(6.0);
    }
    response
}

/// One bar.
pub fn bar(ui: &mut Ui, width: f32, height: f32) -> Response {
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(width.max(8.0), height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::GenericContainer, true, "loading"));
    paint(ui, rect);
    response
}

/// Paints a bar where a value will stand.
pub fn paint(ui: &Ui, rect: egui::Rect) {
    let theme = theme::of(ui);
    ui.painter().rect_filled(
        rect,
        CornerRadius::same(size::CELL_RADIUS),
        theme.faded(theme.line, 0.7),
    );
}

/// Uneven widths that do not change from frame to frame: text is never a block.
pub fn part(row: usize) -> f32 {
    const PARTS: [f32; 5] = [0.62, 0.48, 0.71, 0.4, 0.55];
    PARTS.get(row % PARTS.len()).copied().unwrap_or(0.5)
}
