//! Lines of a pop-up menu of which one is on.

use eframe::egui::{self, Align2, CornerRadius, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::ui::theme::{self, font, size};

/// A line of a menu, with a dot if it is on; tells whether it was chosen.
pub fn item(ui: &mut Ui, words: &str, on: bool) -> bool {
    let theme = theme::of(ui);
    let wanted = Vec2::new(180.0, size::BUTTON);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::MenuItemRadio, true, on, words));
    if response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect, CornerRadius::same(size::CELL_RADIUS), theme.hover);
    }
    if on {
        let dot = egui::pos2(rect.left() + 10.0, rect.center().y);
        ui.painter().circle_filled(dot, 3.0, theme.accent);
    }
    let at = egui::pos2(rect.left() + 22.0, rect.center().y);
    ui.painter()
        .text(at, Align2::LEFT_CENTER, words, font::body(), theme.text);
    response.clicked()
}
