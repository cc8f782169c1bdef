//! Every approval over all accounts and regions: the gates that wait, soonest expiry first.
//!
//! Main thread. Facts come from the Board, which the store keeps; the order is worked out again only when the board's
//! revision or a wish changes.

mod list;
mod row;
mod waiting;

use eframe::egui::{self, Ui};

use crate::ui::theme::space;
use crate::ui::view::{View, ViewContext};
use waiting::Waiting;

#[derive(Default)]
pub struct ApprovalsView {
    waiting: Waiting,
}

const KEYS: &[(&str, &str)] = &[
    ("j k ↓ ↑", "move"),
    ("Enter", "open the pipeline"),
    ("a", "review the row's gate, else the first"),
    ("/", "filter"),
    ("Esc", "clear the filter"),
    ("y", "copy the pipeline's name"),
];

impl View for ApprovalsView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let margin = egui::Margin::same(space::L as i8);
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            self.waiting.ui(ui, cx);
        });
        if !cx.covered {
            self.waiting.obey(ui.ctx(), cx);
        }
    }

    fn keys(&self) -> &'static [(&'static str, &'static str)] {
        KEYS
    }
}
