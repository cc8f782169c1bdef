//! An empty place, which says how it is filled.

use eframe::egui::{self, Align, Layout, Ui};

use crate::ui::theme::{self, space};

/// A title and a sentence in the middle of the room there is; `more` adds what can be done about it.
pub fn show(ui: &mut Ui, title: &str, how: &str, more: impl FnOnce(&mut Ui)) {
    let theme = theme::of(ui);
    let room = ui.available_size();
    ui.allocate_ui_with_layout(room, Layout::top_down(Align::Center), |ui| {
        ui.add_space((room.y * 0.3).clamp(space::L, 180.0));
        ui.label(theme.strong(title));
        ui.add_space(space::XS);
        let width = room.x.min(560.0);
        ui.scope(|ui| {
            ui.set_max_width(width);
            ui.add(egui::Label::new(theme.soft(how)).wrap());
        });
        ui.add_space(space::M);
        more(ui);
    });
}
