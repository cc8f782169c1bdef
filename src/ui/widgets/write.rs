//! The button that leads to a write: it opens the confirmation, says why where it cannot, and what became of the last one.

use eframe::egui;

use super::button::Button;
use super::{age, safe_text};
use crate::model::command::Command;
use crate::ui::action::{Confirmation, UiAction};
use crate::ui::theme;
use crate::ui::view::ViewContext;

/// Words of an outcome are cut here; the whole stands in the hint.
const MOST: usize = 48;

/// A button that asks for the confirmation of `command` when pressed. While such a command is under way, its progress
/// stands beside it; no state is shown that AWS has not told.
pub fn button(
    ui: &mut egui::Ui,
    cx: &mut ViewContext<'_>,
    text: &str,
    dangerous: bool,
    command: Command,
    confirm: impl FnOnce(Command) -> Confirmation,
) {
    let refusal = cx.snapshot.refusal(&command, cx.now);
    let mut button = Button::new(text).small().disabled_because(refusal);
    if dangerous {
        button = button.danger();
    }
    let clicked = ui.add(button).clicked();
    progress(ui, cx, &command);
    if clicked {
        cx.actions.push(UiAction::Confirm(confirm(command)));
    }
}

/// How far such a command is, while it is under way.
pub fn progress(ui: &mut egui::Ui, cx: &ViewContext<'_>, command: &Command) {
    let record = cx.snapshot.command_like(command);
    let Some(record) = record.filter(|record| record.progress.is_open()) else {
        return;
    };
    let words = safe_text::line(&record.progress.words(cx.now)).into_owned();
    let short = theme::of(ui).small(safe_text::elide(&words, MOST));
    ui.label(short).on_hover_text(words);
    age::tick(ui, record.asked_at.age(cx.now));
}
