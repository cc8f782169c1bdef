//! The frame of every dialog: over the shaded window, closed by Escape or by a click beside it, one at a time.

use eframe::egui::{self, Align, Align2, Color32, Id, Layout, Margin, Modal, Rect, Ui, Vec2};

use crate::ui::theme::{self, font, size};

/// Shows a dialog of this width, its top at `top` points below the window's. Returns whether Escape or a click beside it
/// closed it.
pub fn show(
    context: &egui::Context,
    id: &'static str,
    width: f32,
    top: f32,
    content: impl FnOnce(&mut Ui),
) -> bool {
    let theme = theme::named(context.theme() == egui::Theme::Dark);
    let area = Modal::default_area(Id::unique(id)).anchor(Align2::CENTER_TOP, Vec2::new(0.0, top));
    let frame = egui::Frame::new()
        .fill(theme.panel)
        .stroke(theme.outline())
        .corner_radius(size::DIALOG_RADIUS)
        .shadow(egui::Shadow {
            offset: [0, 24],
            blur: 80,
            spread: 0,
            color: theme.shadow,
        });
    let room = context.content_rect();
    let response = Modal::new(Id::unique(id))
        .area(area)
        .backdrop_color(theme.shade)
        .frame(frame)
        .show(context, |ui| {
            ui.set_width(width.min(room.width() - 48.0));
            ui.set_max_height(room.height() - top - 48.0);
            ui.spacing_mut().item_spacing.y = 0.0;
            content(ui);
        });
    response.should_close()
}

/// The head of a dialog, with a line below it.
pub fn head(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let inner = padded(ui, 16, content);
    rule(ui, inner);
}

/// The middle of a dialog.
pub fn body(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    padded(ui, 12, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        content(ui);
    });
}

/// The foot of a dialog, under a line: buttons from the right, the weightiest first.
pub fn foot(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let line = Rect::from_min_size(ui.cursor().min, Vec2::new(ui.available_width(), 0.0));
    rule(ui, line);
    padded(ui, 12, |ui| {
        let room = Vec2::new(ui.available_width(), size::BUTTON);
        ui.allocate_ui_with_layout(room, Layout::right_to_left(Align::Center), content);
    });
}

/// A dialog's title.
pub fn title(ui: &mut Ui, text: &str) {
    let theme = theme::of(ui);
    let text = egui::RichText::new(text)
        .font(font::heading())
        .color(theme.text);
    ui.add(egui::Label::new(text).wrap());
}

fn padded(ui: &mut Ui, vertical: i8, content: impl FnOnce(&mut Ui)) -> Rect {
    let frame = egui::Frame::new()
        .fill(Color32::TRANSPARENT)
        .inner_margin(Margin::symmetric(20, vertical));
    let inner = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui);
    });
    inner.response.rect
}

fn rule(ui: &Ui, rect: Rect) {
    let line = theme::of(ui).outline();
    ui.painter()
        .hline(ui.max_rect().x_range(), rect.bottom(), line);
}
