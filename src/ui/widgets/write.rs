//! The button that leads to a write: it opens the confirmation, and says why where it cannot.

use eframe::egui;

use super::button::Button;
use crate::model::command::Command;
use crate::model::snapshot::Snapshot;
use crate::model::time::{self, Timestamp};
use crate::ui::action::{Confirmation, UiAction};
use crate::ui::view::ViewContext;

/// A button that asks for the confirmation of `command` when pressed.
pub fn button(
    ui: &mut egui::Ui,
    cx: &mut ViewContext<'_>,
    text: &str,
    dangerous: bool,
    command: Command,
    confirm: impl FnOnce(Command) -> Confirmation,
) {
    let reason = refusal(cx.snapshot, &command, cx.now);
    let mut button = Button::new(text).small().disabled_because(reason);
    if dangerous {
        button = button.danger();
    }
    if ui.add(button).clicked() {
        cx.actions.push(UiAction::Confirm(confirm(command)));
    }
}

/// Why a command cannot be given now: the account is read-only, or the same is under way.
pub fn refusal(snapshot: &Snapshot, command: &Command, now: Timestamp) -> Option<String> {
    let scope = command.scope();
    let read_only = snapshot
        .accounts
        .get(&scope.account)
        .is_none_or(|account| account.read_only);
    if read_only {
        return Some(format!(
            "{} is read-only here; its card on the Accounts view has the switch ({})",
            scope.account,
            command.permission()
        ));
    }
    snapshot
        .commands
        .rows()
        .iter()
        .rev()
        .find(|record| record.progress.is_open() && record.command.same_target(command))
        .map(|record| format!("Asked {}, no answer yet", time::ago(record.asked_at, now)))
}
