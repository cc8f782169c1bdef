//! Ages that keep themselves true: each asks for the one frame in which its words change, and only while it is visible.

use std::time::Duration;

use eframe::egui::{self, Response, RichText};

use crate::model::time::{self, Timestamp};
use crate::ui::theme;

/// `18 min ago`, small and faint, with the exact instant in the hint.
pub fn ago(ui: &mut egui::Ui, then: Timestamp, now: Timestamp) -> Response {
    let text = theme::of(ui).small(time::ago(then, now));
    show(ui, text, then, now)
}

/// Own words about an instant, with its exact form in the hint.
pub fn show(ui: &mut egui::Ui, text: RichText, then: Timestamp, now: Timestamp) -> Response {
    let response = ui.label(text);
    if ui.is_rect_visible(response.rect) {
        tick(ui, then.age(now));
    }
    response.on_hover_text(exact(then))
}

/// The exact instant, here and in UTC.
pub fn exact(then: Timestamp) -> String {
    format!("{}\n{}", then.local(), then.rfc3339())
}

/// Asks for a frame when words about this age next change. For ages painted by hand; call it only for visible ones.
pub fn tick(ui: &egui::Ui, age: Duration) {
    ui.ctx().request_repaint_after(time::next_change(age));
}

/// Asks for a frame at the next second: for a measured duration that runs and is looked at.
pub fn tick_second(ui: &egui::Ui, elapsed: Duration) {
    let left = 1_000 - elapsed.subsec_millis();
    ui.ctx()
        .request_repaint_after(Duration::from_millis(u64::from(left.max(1))));
}
