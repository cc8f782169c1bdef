//! A field of one line, framed as the window's other controls, with a hint and the key that leads to it.

use eframe::egui::{
    self, CornerRadius, Id, Key, Margin, Modifiers, Response, Stroke, StrokeKind, TextEdit, Ui,
    Vec2,
};

use super::key_hint;
use crate::ui::theme::{self, font, size};

/// A text field. Its hint is its name for screen readers while it is empty; `named` says it always.
pub struct TextField<'a> {
    text: &'a mut String,
    hint: &'a str,
    key: Option<&'a str>,
    width: f32,
    height: f32,
    password: bool,
    mono: bool,
    id: Option<Id>,
    faulty: bool,
}

impl<'a> TextField<'a> {
    pub fn new(text: &'a mut String, hint: &'a str) -> Self {
        Self {
            text,
            hint,
            key: None,
            width: 220.0,
            height: size::BUTTON,
            password: false,
            mono: false,
            id: None,
            faulty: false,
        }
    }

    /// The key that moves here, shown while the field is empty.
    pub fn key(mut self, key: &'a str) -> Self {
        self.key = Some(key);
        self
    }

    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    pub fn height(mut self, height: f32) -> Self {
        self.height = height;
        self
    }

    pub fn password(mut self) -> Self {
        self.password = true;
        self
    }

    pub fn mono(mut self) -> Self {
        self.mono = true;
        self
    }

    /// An id of its own, so that a key can move the focus here.
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// What stands in it cannot be taken.
    pub fn faulty(mut self, faulty: bool) -> Self {
        self.faulty = faulty;
        self
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        let theme = theme::of(ui);
        let (rect, _) =
            ui.allocate_exact_size(Vec2::new(self.width, self.height), egui::Sense::hover());
        let key = self
            .key
            .filter(|_| self.text.is_empty())
            .map(|key| key_hint::layout(ui, key));
        let key_width = key.as_ref().map_or(0.0, |key| key_hint::width(key) + 8.0);
        let radius = CornerRadius::same(size::RADIUS);
        ui.painter().rect_filled(rect, radius, theme.sunk);
        let face = if self.mono {
            font::mono()
        } else {
            font::body()
        };
        let mut inside = rect.shrink2(Vec2::new(8.0, 0.0));
        inside.max.x -= key_width;
        let mut edit = TextEdit::singleline(self.text)
            .hint_text(egui::RichText::new(self.hint).color(theme.faint))
            .font(face)
            .text_color(theme.text)
            .password(self.password)
            .frame(egui::Frame::NONE)
            .margin(Margin::ZERO)
            .align(egui::Align2::LEFT_CENTER)
            .desired_width(inside.width());
        if let Some(id) = self.id {
            edit = edit.id(id);
        }
        // A child, not `put`: the layout goes on after the frame, not after the text.
        let mut room = ui.new_child(
            egui::UiBuilder::new()
                .max_rect(inside)
                .layout(egui::Layout::left_to_right(egui::Align::Center)),
        );
        // A hint is gone once something stands in the field; its name must stay.
        let response = room.add(edit).accessible_name(self.hint);
        // Escape leaves the field and no more. Of a dialog it closes the whole, field and all.
        let in_dialog = ui.memory(|memory| memory.top_modal_layer().is_some());
        if response.lost_focus() && !in_dialog {
            ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        }
        let line = if self.faulty {
            Stroke::new(1.0, theme.fail)
        } else if response.has_focus() {
            Stroke::new(1.0, theme.accent)
        } else {
            theme.outline()
        };
        ui.painter()
            .rect_stroke(rect, radius, line, StrokeKind::Inside);
        if let Some(key) = key {
            let room = Vec2::new(key_hint::width(&key), key_hint::HEIGHT);
            let centre = egui::pos2(rect.right() - 8.0 - room.x / 2.0, rect.center().y);
            key_hint::paint(ui, egui::Rect::from_center_size(centre, room), key);
        }
        response
    }
}
