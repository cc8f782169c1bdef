//! The room of a table that fills what is left of a view: a panel with its border, and inside it rows without gaps.

use eframe::egui::{self, Align, Layout, Ui};

use crate::ui::theme;

/// Paints the panel into all the room there is, and gives what lies within its border.
pub fn whole(ui: &mut Ui) -> Ui {
    let theme = theme::of(ui);
    let outer = ui.available_rect_before_wrap();
    let inside = outer.shrink(1.0);
    ui.painter().add(theme.panel_frame().paint(inside));
    let mut ui = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(inside)
            .layout(Layout::top_down(Align::Min)),
    );
    ui.set_clip_rect(inside.intersect(ui.clip_rect()));
    ui.spacing_mut().item_spacing.y = 0.0;
    ui
}
