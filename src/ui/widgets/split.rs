//! A row with something at its left and something at its right, which takes its room first. Nothing of it can push its
//! surroundings wider: what does not fit at the left is cut.

use eframe::egui::{self, Align, Layout, Rect, Sense, UiBuilder, Vec2, pos2};

/// Between the two sides, at least.
pub const GAP: f32 = 12.0;

/// Paints a row of this height and as wide as the room, with `padding` at both ends. `right` is laid out from right to
/// left.
pub fn row<C>(
    ui: &mut egui::Ui,
    height: f32,
    padding: f32,
    context: &mut C,
    right: impl FnOnce(&mut egui::Ui, &mut C),
    left: impl FnOnce(&mut egui::Ui, &mut C),
) -> Rect {
    let (whole, _) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    let inside = whole.shrink2(Vec2::new(padding, 0.0));
    let mut right_ui = ui.new_child(
        UiBuilder::new()
            .max_rect(inside)
            .id_salt("right")
            .layout(Layout::right_to_left(Align::Center)),
    );
    right(&mut right_ui, context);
    let end = (right_ui.min_rect().left() - GAP).max(inside.left());
    let rest = Rect::from_min_max(inside.min, pos2(end, inside.bottom()));
    let mut left_ui = ui.new_child(
        UiBuilder::new()
            .max_rect(rest)
            .id_salt("left")
            .layout(Layout::left_to_right(Align::Center)),
    );
    left_ui.set_clip_rect(rest.intersect(ui.clip_rect()));
    left(&mut left_ui, context);
    whole
}
