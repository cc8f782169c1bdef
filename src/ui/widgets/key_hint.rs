//! A key's name in a small frame, beside what it does.

use std::sync::Arc;

use eframe::egui::{
    self, Color32, CornerRadius, Galley, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo,
};

use crate::ui::theme::{self, font, size};

const PADDING: f32 = 5.0;
pub const HEIGHT: f32 = 16.0;

/// A key that takes its room in the layout.
pub fn key(ui: &mut Ui, key: &str) -> Response {
    let galley = layout(ui, key);
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(width(&galley), HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("key {key}")));
    paint(ui, rect, galley);
    response
}

pub fn layout(ui: &Ui, key: &str) -> Arc<Galley> {
    ui.painter()
        .layout_no_wrap(key.to_owned(), font::tiny_mono(), Color32::PLACEHOLDER)
}

pub fn width(galley: &Galley) -> f32 {
    galley.size().x + 2.0 * PADDING
}

/// Paints a key laid out before, for widgets that place it themselves.
pub fn paint(ui: &Ui, rect: Rect, galley: Arc<Galley>) {
    let theme = theme::of(ui);
    paint_in(ui, rect, galley, theme.outline(), theme.faint);
}

/// The same on a ground that takes other colours.
pub fn paint_in(ui: &Ui, rect: Rect, galley: Arc<Galley>, line: Stroke, text: Color32) {
    ui.painter().rect_stroke(
        rect,
        CornerRadius::same(size::CELL_RADIUS),
        line,
        StrokeKind::Inside,
    );
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(egui::pos2(at.x, at.y), galley, text);
}
