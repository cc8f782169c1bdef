//! Ids, shas and addresses: a click copies them.

use eframe::egui::{self, CursorIcon, FontId, Role, Sense, TextWrapMode, Ui, Vec2, WidgetInfo};

use crate::ui::action::{Actions, UiAction};
use crate::ui::theme::{self, font};
use crate::ui::widgets::safe_text;

/// A short form in the mono face; copies the whole.
pub fn id(ui: &mut Ui, shown: &str, whole: &str, actions: &mut Actions) -> egui::Response {
    let colour = theme::of(ui).soft;
    text(ui, shown, whole, (font::mono(), colour), actions)
}

/// Cut to the width there is; copies the whole.
pub fn text(
    ui: &mut Ui,
    shown: &str,
    whole: &str,
    (font, colour): (FontId, egui::Color32),
    actions: &mut Actions,
) -> egui::Response {
    let shown = safe_text::line(shown);
    let words: egui::WidgetText = egui::RichText::new(shown.as_ref())
        .font(font)
        .color(colour)
        .into();
    let room = ui.available_width();
    let galley = words.into_galley(
        ui,
        Some(TextWrapMode::Truncate),
        room,
        egui::TextStyle::Body,
    );
    let size = Vec2::new(galley.size().x, galley.size().y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Copy {shown}")));
    let theme = theme::of(ui);
    if response.hovered() || response.has_focus() {
        ui.painter()
            .galley_with_override_text_color(rect.min, galley, theme.accent);
    } else {
        ui.painter().galley(rect.min, galley, colour);
    }
    if response.clicked() {
        actions.push(UiAction::Copy(whole.to_owned()));
        actions.push(UiAction::Say(format!("Copied {shown}")));
    }
    let hint = format!("{}\nClick to copy", safe_text::elide(whole, 400));
    response
        .on_hover_cursor(CursorIcon::Copy)
        .on_hover_text(hint)
}
