//! A verb where it can be done, or the reason why it cannot: what buttons, menus, keys and the palette share.

use crate::ui::action::{Confirmation, UiAction};
use crate::ui::view::ViewContext;

/// A verb and what it leads to.
pub struct Offer {
    /// `Roll Production back…`
    pub words: String,
    /// The key that does the same.
    pub key: &'static str,
    /// The dialog to open, or why there is none.
    pub ask: Result<UiAction, String>,
}

impl Offer {
    pub fn refusal(&self) -> Option<&str> {
        self.ask.as_ref().err().map(String::as_str)
    }

    /// Opens the dialog, or says why not.
    pub fn into_action(self) -> UiAction {
        self.ask.unwrap_or_else(UiAction::Say)
    }
}

/// Asks for the yes, unless the write is refused as things stand.
pub fn confirm(write: Confirmation, cx: &ViewContext<'_>) -> Result<UiAction, String> {
    match cx.snapshot.refusal(&write.command, cx.now) {
        Some(reason) => Err(reason),
        None => Ok(UiAction::Confirm(write)),
    }
}
