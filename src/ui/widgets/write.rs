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
    let progress = cx
        .snapshot
        .command_like(&command)
        .filter(|record| record.progress.is_open())
        .map(|record| (record.progress.words(cx.now), record.asked_at));
    let mut button = Button::new(text).small().disabled_because(refusal);
    if dangerous {
        button = button.danger();
    }
    if ui.add(button).clicked() {
        cx.actions.push(UiAction::Confirm(confirm(command)));
    }
    if let Some((words, asked_at)) = progress {
        let words = safe_text::line(&words).into_owned();
        let short = theme::of(ui).small(safe_text::elide(&words, MOST));
        ui.label(short).on_hover_text(words);
        age::tick(ui, asked_at.age(cx.now));
    }
}
