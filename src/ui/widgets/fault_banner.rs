//! A fault where its data would be fresh: what, where, since when, and what to do about it.

use eframe::egui::{self, Align, Layout, Margin, Response, Ui, Vec2};

use super::{age, chip::Chip, glyph, safe_text};
use crate::model::fault::{Fault, FaultClass};
use crate::model::status::Status;
use crate::model::time::{self, Timestamp};
use crate::ui::theme::{self, size, space};

/// From this width on, everything stands on one line.
const WIDE: f32 = 900.0;

/// A band across the available width. The whole message, with the request id, is in its hint.
pub fn show(ui: &mut Ui, fault: &Fault, now: Timestamp) -> Response {
    let theme = theme::of(ui);
    let (status, fill) = match fault.class {
        // Nothing of the person's own failed; Starboard waits.
        FaultClass::Throttled
        | FaultClass::Offline
        | FaultClass::TimedOut
        | FaultClass::Service => (Status::Errored, theme.faded(theme.err, 0.1)),
        _ => (Status::Failed, theme.fail_bg),
    };
    let frame = egui::Frame::new()
        .fill(fill)
        .corner_radius(size::RADIUS)
        .inner_margin(Margin::symmetric(12, 7));
    let inner = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 0.0;
        let wide = ui.available_width() >= WIDE;
        let room = Vec2::new(ui.available_width(), 22.0);
        ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
            glyph::status(ui, status, size::GLYPH);
            let since = format!("since {}", time::rough(fault.since.age(now)));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                age::show(ui, theme.small(since), fault.since, now);
                if let Some(scope) = &fault.scope {
                    ui.add(Chip::new(scope.to_string()).small());
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    words(ui, fault, wide);
                });
            });
        });
        if !wide {
            ui.horizontal(|ui| {
                ui.add_space(size::GLYPH + space::S);
                ui.add(egui::Label::new(theme.soft(advice(fault))).truncate());
            });
        }
    });
    inner.response.on_hover_text(details(fault))
}

/// The headline; in a wide band with the advice behind it, which keeps a third of the room.
fn words(ui: &mut Ui, fault: &Fault, with_advice: bool) {
    let theme = theme::of(ui);
    let room = ui.available_width();
    let headline = theme.body(safe_text::line(&fault.headline()));
    let most = if with_advice { room * 0.64 } else { room };
    ui.scope(|ui| {
        ui.set_max_width(most);
        ui.add(egui::Label::new(headline).truncate());
    });
    if with_advice {
        ui.add(egui::Label::new(theme.soft(advice(fault))).truncate());
    }
}

/// What a person can do; a missing right is named, because it may stand beyond the cut of the headline.
pub fn advice(fault: &Fault) -> String {
    if fault.class != FaultClass::Denied {
        return fault.class.advice().to_owned();
    }
    // `… is not authorized to perform: codepipeline:ListPipelines on resource: …`
    let named = fault
        .message
        .split_once("to perform: ")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .map(|action| safe_text::line(action).into_owned());
    let action = named.unwrap_or_else(|| format!("{}:{}", fault.service, fault.operation));
    format!("Ask for {action}; everything else goes on.")
}

/// Everything known of a fault, as it is copied and shown in hints.
pub fn details(fault: &Fault) -> String {
    let mut lines = vec![
        format!(
            "{} {} ({})",
            fault.service,
            fault.operation,
            fault.class.name()
        ),
        safe_text::block(&fault.message).into_owned(),
    ];
    lines.extend(
        fault
            .code
            .as_ref()
            .map(|code| format!("Code {}", safe_text::line(code))),
    );
    lines.extend(
        fault
            .request_id
            .as_ref()
            .map(|id| format!("Request id {}", safe_text::line(id))),
    );
    lines.push(format!("Since {}", fault.since.local()));
    lines.join("\n")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_right_is_named_by_aws_or_else_by_the_operation() {
        let mut fault = Fault::local("codebuild", "ListBuilds", "", Timestamp::from_millis(0));
        fault.class = FaultClass::Denied;
        assert_eq!(
            advice(&fault),
            "Ask for codebuild:ListBuilds; everything else goes on."
        );
        fault.message =
            "User: a is not authorized to perform: codebuild:ListBuilds2 on resource: b".to_owned();
        assert_eq!(
            advice(&fault),
            "Ask for codebuild:ListBuilds2; everything else goes on."
        );
    }
}
