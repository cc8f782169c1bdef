//! A menu under a button: what can be done, by which key, and where something cannot, why.

use eframe::egui::{
    self, Align2, CornerRadius, Margin, Popup, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2,
};

use crate::ui::theme::{self, font, size, space};
use crate::ui::widgets::key_hint;
use crate::ui::widgets::stage_graph::line_of_text;

const ROW: f32 = 28.0;
const REASON: f32 = 17.0;

/// Opens and closes with the button; a press on an item closes it.
pub fn show(button: &Response, width: f32, content: impl FnOnce(&mut Ui)) {
    Popup::menu(button)
        .width(width)
        .frame(frame(button))
        .align(egui::RectAlign::BOTTOM_END)
        .show(|ui| inside(ui, width, content));
}

fn frame(of: &Response) -> egui::Frame {
    let theme = theme::named(of.ctx.theme() == egui::Theme::Dark);
    egui::Frame::new()
        .fill(theme.panel)
        .stroke(theme.outline())
        .corner_radius(size::PANEL_RADIUS)
        .inner_margin(Margin::same(4))
        .shadow(egui::Shadow {
            offset: [0, 8],
            blur: 32,
            spread: 0,
            color: theme.shadow,
        })
}

fn inside(ui: &mut Ui, width: f32, content: impl FnOnce(&mut Ui)) {
    ui.set_width(width);
    ui.spacing_mut().item_spacing.y = 0.0;
    content(ui);
}

/// A line of the menu. One that cannot be pressed tells its reason below its words and in its name.
pub fn item(ui: &mut Ui, words: &str, key: Option<&str>, refusal: Option<&str>) -> bool {
    item_named(ui, words, words, key, refusal)
}

fn item_named(
    ui: &mut Ui,
    words: &str,
    name: &str,
    key: Option<&str>,
    refusal: Option<&str>,
) -> bool {
    let theme = theme::of(ui);
    let height = ROW + refusal.map_or(0.0, |_| REASON);
    let wanted = Vec2::new(ui.available_width(), height);
    let sense = if refusal.is_some() {
        Sense::hover()
    } else {
        Sense::click()
    };
    let (rect, response) = ui.allocate_exact_size(wanted, sense);
    let name = refusal.map_or_else(|| name.to_owned(), |why| format!("{name}: {why}"));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, refusal.is_none(), &name));
    if refusal.is_none() && (response.hovered() || response.has_focus()) {
        ui.painter()
            .rect_filled(rect, CornerRadius::same(size::RADIUS), theme.hover);
    }
    let colour = if refusal.is_some() {
        theme.faint
    } else {
        theme.text
    };
    let (left, mut right) = (rect.left() + 10.0, rect.right() - 10.0);
    let middle = rect.top() + ROW / 2.0;
    if let Some(key) = key {
        let galley = key_hint::layout(ui, key);
        let room = Vec2::new(key_hint::width(&galley), key_hint::HEIGHT);
        let centre = pos2(right - room.x / 2.0, middle);
        key_hint::paint(ui, egui::Rect::from_center_size(centre, room), galley);
        right -= room.x + space::S;
    }
    let width = right - left;
    let at = pos2(left, middle);
    line_of_text(
        ui,
        at,
        Align2::LEFT_CENTER,
        words,
        font::body(),
        colour,
        width,
    );
    if let Some(why) = refusal {
        let at = pos2(left, rect.top() + ROW + REASON / 2.0 - 5.0);
        let room = rect.right() - 10.0 - left;
        line_of_text(
            ui,
            at,
            Align2::LEFT_CENTER,
            why,
            font::small(),
            theme.faint,
            room,
        );
    }
    match refusal {
        Some(why) => response.on_hover_text(why).clicked(),
        None => response.clicked(),
    }
}

/// A quiet line between groups, with what the group is about.
pub fn caption(ui: &mut Ui, words: &str) {
    let theme = theme::of(ui);
    egui::Frame::new()
        .inner_margin(Margin {
            left: 10,
            right: 10,
            top: 6,
            bottom: 2,
        })
        .show(ui, |ui| ui.label(theme.caption(words)));
}

/// The menu of what lies under the pointer: a right click opens it there.
pub fn context(area: &Response, width: f32, content: impl FnOnce(&mut Ui)) {
    Popup::context_menu(area)
        .width(width)
        .frame(frame(area))
        .show(|ui| inside(ui, width, content));
}

/// A line of the menu that is chosen or not: a tick says so, and its name.
pub fn check(ui: &mut Ui, words: &str, chosen: bool, key: Option<&str>) -> bool {
    if !chosen {
        return item(ui, words, key, None);
    }
    let theme = theme::of(ui);
    let clicked = item_named(ui, words, &format!("{words}, chosen"), key, None);
    let last = ui.min_rect();
    let right = if key.is_some() { 48.0 } else { 10.0 };
    let at = pos2(last.right() - right, last.bottom() - ROW / 2.0);
    line_of_text(
        ui,
        at,
        Align2::RIGHT_CENTER,
        "✓",
        font::body(),
        theme.accent,
        24.0,
    );
    clicked
}
