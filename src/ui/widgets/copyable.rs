//! Ids, shas and addresses: a click copies them.

use eframe::egui::{
    self, CursorIcon, FontId, Rect, Role, Sense, Stroke, StrokeKind, TextWrapMode, Ui, Vec2,
    WidgetInfo, pos2,
};

use crate::ui::action::{Actions, UiAction};
use crate::ui::theme::{self, font};
use crate::ui::widgets::safe_text;

/// The room of the sign and of the gap before it.
const SIGN: f32 = 18.0;

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
    look: (FontId, egui::Color32),
    actions: &mut Actions,
) -> egui::Response {
    copied_by_a_press(ui, shown, whole, look, false, actions)
}

/// The whole in the mono face, cut to the width there is, with the sign of copying beside it.
pub fn fact(ui: &mut Ui, whole: &str, actions: &mut Actions) -> egui::Response {
    let look = (font::mono(), theme::of(ui).text);
    copied_by_a_press(ui, whole, whole, look, true, actions)
}

fn copied_by_a_press(
    ui: &mut Ui,
    shown: &str,
    whole: &str,
    (font, colour): (FontId, egui::Color32),
    has_sign: bool,
    actions: &mut Actions,
) -> egui::Response {
    let shown = safe_text::line(shown);
    let words: egui::WidgetText = egui::RichText::new(shown.as_ref())
        .font(font)
        .color(colour)
        .into();
    let sign = if has_sign { SIGN } else { 0.0 };
    let room = (ui.available_width() - sign).max(0.0);
    let galley = words.into_galley(
        ui,
        Some(TextWrapMode::Truncate),
        room,
        egui::TextStyle::Body,
    );
    let size = galley.size() + Vec2::new(sign, 0.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Copy {shown}")));
    let theme = theme::of(ui);
    let lit = response.hovered() || response.has_focus();
    if has_sign {
        sign_ui(ui, rect, if lit { theme.accent } else { theme.faint });
    }
    if lit {
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

/// Two sheets, one over the other, at the right end.
fn sign_ui(ui: &Ui, rect: Rect, colour: egui::Color32) {
    let line = Stroke::new(1.0, colour);
    let sheet = Vec2::new(6.0, 7.0);
    let front = Rect::from_center_size(rect.right_center() - Vec2::new(5.0, -1.0), sheet);
    let painter = ui.painter();
    painter.rect_stroke(front, 1, line, StrokeKind::Middle);
    let back = front.translate(Vec2::new(-2.5, -2.5));
    // What of the sheet behind is seen.
    let corners = [
        back.left_bottom(),
        back.left_top(),
        back.right_top(),
        pos2(back.right(), front.top()),
    ];
    painter.line(corners.to_vec(), line);
}
