//! A fault where its data would be fresh: what, where, since when, and what to do about it.

use eframe::egui::{self, Align, Layout, Margin, Response, Ui};

use super::{age, chip::Chip, glyph, safe_text};
use crate::model::fault::{Fault, FaultClass};
use crate::model::status::Status;
use crate::model::time::{self, Timestamp};
use crate::ui::theme::{self, size, space};

/// A band across the available width. The whole message, with the request id, is in its hint.
pub fn show(ui: &mut Ui, fault: &Fault, now: Timestamp) -> Response {
    let theme = theme::of(ui);
    let (status, fill) = match fault.class {
        // Nothing of the person's own failed; Starboard waits.
        FaultClass::Throttled
        | FaultClass::Offline
        | FaultClass::TimedOut
        | FaultClass::Service => (Status::Errored, theme.faded(theme.err, 0.14)),
        _ => (Status::Failed, theme.fail_bg),
    };
    let frame = egui::Frame::new()
        .fill(fill)
        .corner_radius(size::RADIUS)
        .inner_margin(Margin::symmetric(12, 8));
    let inner = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            glyph::status(ui, status, size::GLYPH);
            let since = format!("since {}", time::rough(fault.since.age(now)));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                age::show(ui, theme.small(since), fault.since, now);
                if let Some(scope) = &fault.scope {
                    ui.add(Chip::new(scope.to_string()).small());
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let text = theme.body(safe_text::line(&fault.headline()));
                    ui.add(egui::Label::new(text).truncate());
                });
            });
        });
        ui.horizontal(|ui| {
            ui.add_space(size::GLYPH + space::S);
            ui.add(egui::Label::new(theme.soft(fault.class.advice())).truncate());
        });
    });
    inner.response.on_hover_text(details(fault))
}

/// Everything known of a fault, as it is copied and shown in hints.
pub fn details(fault: &Fault) -> String {
    let mut text = format!(
        "{} {} ({})\n{}",
        fault.service,
        fault.operation,
        fault.class.name(),
        safe_text::block(&fault.message)
    );
    if let Some(code) = &fault.code {
        text.push_str(&format!("\nCode {}", safe_text::line(code)));
    }
    if let Some(id) = &fault.request_id {
        text.push_str(&format!("\nRequest id {}", safe_text::line(id)));
    }
    text.push_str(&format!("\nSince {}", fault.since.local()));
    text
}

/// One line for a table's row: the glyph and the headline, cut to the room there is.
pub fn inline(ui: &mut Ui, fault: &Fault) -> Response {
    let theme = theme::of(ui);
    let response = ui.horizontal(|ui| {
        glyph::status(ui, Status::Errored, size::SMALL_GLYPH);
        let text = theme.small(safe_text::line(&fault.headline()));
        ui.add(egui::Label::new(text).truncate());
    });
    response.response.on_hover_text(details(fault))
}
