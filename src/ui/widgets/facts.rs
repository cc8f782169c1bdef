//! Facts as a list: a name at the left, a value at the right that a click copies.

use eframe::egui::{self, Align, Label, Layout, Ui, Vec2};

use crate::ui::action::Actions;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{copyable, safe_text};

const NAME: f32 = 116.0;
const ROW: f32 = 18.0;

/// The distances of such a list.
pub fn prepare(ui: &mut Ui) {
    ui.spacing_mut().item_spacing = Vec2::new(space::S, 4.0);
    ui.spacing_mut().interact_size.y = ROW;
}

/// The caption over some of them.
pub fn section(ui: &mut Ui, name: &str) {
    let theme = theme::of(ui);
    ui.add_space(space::S);
    ui.label(theme.caption(safe_text::line(name)));
}

/// A name and a value that a click copies; nothing where AWS says nothing.
pub fn row(ui: &mut Ui, name: &str, value: &str, actions: &mut Actions) {
    if !value.is_empty() {
        row_with(ui, name, |ui| {
            copyable::fact(ui, value, actions);
        });
    }
}

/// A name and whatever stands beside it.
pub fn row_with(ui: &mut Ui, name: &str, value: impl FnOnce(&mut Ui)) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let name = theme.small(safe_text::elide(&safe_text::line(name), 20));
        let left = Layout::left_to_right(Align::Center);
        ui.allocate_ui_with_layout(Vec2::new(NAME, ROW), left, |ui| {
            ui.set_min_width(NAME);
            ui.add(Label::new(name).truncate());
        });
        value(ui);
    });
}

/// A quiet sentence below them.
pub fn note(ui: &mut Ui, words: &str) {
    let theme = theme::of(ui);
    ui.add(egui::Label::new(theme.small(safe_text::line(words))).wrap());
}
