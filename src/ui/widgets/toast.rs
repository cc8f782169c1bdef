//! Short notices at the lower right, gone after a few seconds. What matters longer stands where it belongs instead.

use std::time::Duration;

use eframe::egui::{self, Align2, Area, Id, Margin, Order, Vec2};

use crate::model::time::Timestamp;
use crate::ui::theme::{self, size, space};
use crate::ui::widgets::safe_text;

const SHOWN: Duration = Duration::from_secs(5);
const MOST: usize = 4;

/// The notices on screen, oldest first.
#[derive(Default)]
pub struct Toasts(Vec<(String, Timestamp)>);

impl Toasts {
    /// Says it; what was said last and is still shown is not said twice.
    pub fn say(&mut self, text: impl Into<String>, now: Timestamp) {
        let text = text.into();
        self.0.retain(|(earlier, _)| *earlier != text);
        self.0.push((text, now));
        let excess = self.0.len().saturating_sub(MOST);
        self.0.drain(..excess);
    }

    pub fn ui(&mut self, context: &egui::Context, now: Timestamp) {
        self.0.retain(|(_, since)| since.age(now) < SHOWN);
        let Some((_, oldest)) = self.0.first() else {
            return;
        };
        context.request_repaint_after(SHOWN.saturating_sub(oldest.age(now)));
        let above_the_status_line = Vec2::new(-space::L, -(size::STATUS_LINE + space::M));
        Area::new(Id::unique("toasts"))
            .order(Order::Tooltip)
            .anchor(Align2::RIGHT_BOTTOM, above_the_status_line)
            .interactable(false)
            .show(context, |ui| {
                let theme = theme::of(ui);
                for (text, _) in &self.0 {
                    let frame = egui::Frame::new()
                        .fill(theme.raised)
                        .stroke(theme.outline())
                        .corner_radius(size::RADIUS)
                        .shadow(ui.visuals().popup_shadow)
                        .inner_margin(Margin::symmetric(14, 10));
                    frame.show(ui, |ui| {
                        ui.label(theme.body(safe_text::elide(&safe_text::line(text), 120)));
                    });
                    ui.add_space(space::XS);
                }
            });
    }
}
