//! An action that runs in another account or region: where, and the way there.

use eframe::egui::{Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};

use crate::model::graph::ActionNode;
use crate::model::ids::AccountNumber;
use crate::ui::theme;
use crate::ui::widgets::safe_text;
use crate::ui::widgets::stage_graph::Drawing;

/// An account that is signed in, by its digits, and what a person calls it.
pub type Named = (AccountNumber, String);

/// `tools · us-east-1`, `4444-5555-6666`; none for what runs where the pipeline is.
pub fn words(action: &ActionNode, accounts: &[Named]) -> Option<String> {
    let account = action.account.as_ref().map(|number| {
        let named = accounts.iter().find(|(known, _)| known == number);
        named.map_or_else(|| number.grouped(), |(_, name)| name.clone())
    });
    match (account, &action.region) {
        (Some(account), Some(region)) => Some(format!("{account} · {region}")),
        (Some(account), None) => Some(account),
        (None, Some(region)) => Some(region.to_string()),
        (None, None) => None,
    }
}

/// The words' place on the card as a link, for what runs in another account; returns whether it was clicked.
pub fn link_ui(ui: &Ui, card: Rect, scale: f32, action: &ActionNode, drawing: Drawing<'_>) -> bool {
    let Some(number) = &action.account else {
        return false;
    };
    let Some(words) = words(action, drawing.accounts) else {
        return false;
    };
    let corner = card.min + Vec2::new(10.0, 28.0) * scale;
    let size = Vec2::new(card.width() * 0.6, 16.0 * scale);
    let rect = Rect::from_min_size(corner, size);
    let id = ui.scope_id().with(("there", &action.key));
    let response = ui.interact(rect, id, Sense::click());
    let signed_in = drawing.accounts.iter().any(|(known, _)| known == number);
    let words = safe_text::line(&words).into_owned();
    let name = if signed_in {
        format!(
            "Open {} in {words}",
            safe_text::line(action.key.action.as_str())
        )
    } else {
        format!("Runs in {words}, which is not signed in")
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &name));
    if response.hovered() || response.has_focus() {
        let line = Stroke::new(1.0, theme::of(ui).accent);
        ui.painter().hline(rect.x_range(), rect.bottom(), line);
    }
    let hint = if signed_in {
        format!("{name}: what it does is shown below")
    } else {
        format!("{name}. Add that account to see what the action does there.")
    };
    response.on_hover_text(hint).clicked()
}
