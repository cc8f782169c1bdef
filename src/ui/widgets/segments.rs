//! A few words of which one is on: what a pane shows of several.

use eframe::egui::{self, CornerRadius, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::ui::theme::{self, font, size};

/// Left and right of the words, together.
const PADDING: f32 = 12.0;

/// The width a segment takes.
pub fn width(ui: &Ui, name: &str) -> f32 {
    ui.fonts_mut(|fonts| {
        fonts
            .layout_no_wrap(name.to_owned(), font::body(), egui::Color32::PLACEHOLDER)
            .size()
            .x
    }) + PADDING
}

/// One of them; whether it was pressed.
pub fn segment(ui: &mut Ui, name: &str, is_on: bool, height: f32) -> bool {
    let theme = theme::of(ui);
    let galley = ui
        .painter()
        .layout_no_wrap(name.to_owned(), font::body(), theme.soft);
    let wanted = galley.size() + Vec2::new(PADDING, 0.0);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(wanted.x, height), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_on, name));
    let lit = response.hovered() || response.has_focus();
    if is_on || lit {
        let fill = if is_on { theme.tab_bg } else { theme.hover };
        ui.painter()
            .rect_filled(rect, CornerRadius::same(size::RADIUS), fill);
    }
    let colour = match (is_on, lit) {
        (true, _) => theme.tab_text,
        (false, true) => theme.text,
        (false, false) => theme.soft,
    };
    let at = rect.center() - galley.size() / 2.0;
    ui.painter()
        .galley_with_override_text_color(at, galley, colour);
    response.clicked()
}
