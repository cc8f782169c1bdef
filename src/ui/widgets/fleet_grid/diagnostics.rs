//! What a lifecycle event left behind: its script, its error and the end of its output, at most 4 KB of it.

use eframe::egui::{self, Align, Layout, Margin, Stroke, Ui};

use crate::model::ansi;
use crate::model::deployment::{LifecycleEvent, Target};
use crate::model::status::Status;
use crate::model::time::{self, Timestamp};
use crate::ui::action::{Actions, UiAction};
use crate::ui::theme::{self, font, size};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{age, glyph, safe_text};

/// Paints the diagnostics of one cell in all the room there is.
pub fn show(
    ui: &mut Ui,
    target: &Target,
    event: &LifecycleEvent,
    now: Timestamp,
    actions: &mut Actions,
) {
    let theme = theme::of(ui);
    let room = ui.available_rect_before_wrap();
    ui.painter()
        .rect_filled(room, egui::CornerRadius::ZERO, theme.sunk);
    ui.painter()
        .hline(room.x_range(), room.top(), Stroke::new(1.0, theme.line));
    egui::Frame::new()
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            ui.horizontal(|ui| {
                ui.set_height(22.0);
                head(ui, target, event, now, actions);
            });
            ui.add_space(6.0);
            output(ui, event);
        });
}

fn head(
    ui: &mut Ui,
    target: &Target,
    event: &LifecycleEvent,
    now: Timestamp,
    actions: &mut Actions,
) {
    let theme = theme::of(ui);
    glyph::state(ui, &event.state, size::SMALL_GLYPH);
    ui.label(theme.strong(safe_text::line(&event.name)));
    let diagnostics = event.diagnostics.as_ref();
    if let Some(script) = diagnostics
        .map(|diagnostics| diagnostics.script.as_str())
        .filter(|script| !script.is_empty())
    {
        ui.label(
            theme
                .mono(safe_text::elide(&safe_text::line(script), 48))
                .color(theme.text),
        );
    }
    ui.label(theme.soft(sentence(target, event, now)));
    if event.state.status == Status::Running
        && let Some(started) = event.started
    {
        age::tick_second(ui, started.age(now));
    }
    let tail = diagnostics
        .map(|diagnostics| diagnostics.log_tail.as_str())
        .filter(|tail| !tail.is_empty());
    if let Some(tail) = tail {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = Button::new("Copy output").small();
            if ui.add(button).clicked() {
                let safe: Vec<_> = tail.lines().map(ansi::plain).collect();
                actions.push(UiAction::Copy(safe.join("\n")));
            }
        });
    }
}

/// `ScriptFailed after 60 s on i-0c31e7d2f9af`.
fn sentence(target: &Target, event: &LifecycleEvent, now: Timestamp) -> String {
    let word = event
        .diagnostics
        .as_ref()
        .map(|diagnostics| diagnostics.error_code.as_str())
        .filter(|code| !code.is_empty() && *code != "Success")
        .map_or_else(|| event.state.to_string(), str::to_owned);
    let took = super::spent(event, now)
        .map(|spent| format!(" after {}", time::duration(spent)))
        .unwrap_or_default();
    safe_text::line(&format!("{word}{took} on {}", target.id)).into_owned()
}

fn output(ui: &mut Ui, event: &LifecycleEvent) {
    let theme = theme::of(ui);
    let Some(diagnostics) = &event.diagnostics else {
        let words = match event.state.status {
            Status::NotRun => "Not reached yet.",
            Status::Running => "Running; CodeDeploy shows a script's output once it has ended.",
            _ => "CodeDeploy keeps no output for this event.",
        };
        ui.label(theme.faint(words));
        return;
    };
    let bad = event.state.status.is_bad();
    let message = diagnostics.message.trim();
    if !message.is_empty() && message != "Succeeded" {
        let text = safe_text::line(message).into_owned();
        ui.label(theme.body(safe_text::elide(&text, 400)));
        ui.add_space(6.0);
    }
    if diagnostics.log_tail.is_empty() {
        ui.label(theme.faint("No output."));
        return;
    }
    egui::ScrollArea::both()
        .id_salt("script output")
        .auto_shrink([false, false])
        .stick_to_bottom(true)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for line in diagnostics.log_tail.lines() {
                let drawn = ansi::draw(line, 1_000).text;
                let error = bad && drawn.starts_with("[stderr]");
                let colour = if error {
                    theme.fail
                } else if drawn.starts_with('[') {
                    theme.soft
                } else {
                    theme.faint
                };
                ui.label(egui::RichText::new(drawn).font(font::mono()).color(colour));
            }
        });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::deployment::Diagnostics;
    use crate::model::status::State;

    #[test]
    fn the_sentence_names_the_error_the_time_and_the_place() {
        let event = LifecycleEvent {
            name: "ValidateService".to_owned(),
            state: State::of_deployment("Failed"),
            started: Some(Timestamp::from_millis(0)),
            ended: Some(Timestamp::from_millis(60_000)),
            diagnostics: Some(Diagnostics {
                error_code: "ScriptFailed".to_owned(),
                script: "scripts/validate.sh".to_owned(),
                message: String::new(),
                log_tail: String::new(),
            }),
        };
        let target = Target {
            id: "i-0c31".into(),
            kind: "InstanceTarget".to_owned(),
            state: State::of_deployment("Failed"),
            label: None,
            updated: None,
            events: Vec::new(),
        };
        assert_eq!(
            sentence(&target, &event, Timestamp::default()),
            "ScriptFailed after 1 m 00 s on i-0c31"
        );
    }
}
