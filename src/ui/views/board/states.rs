//! What the Board shows when there is nothing to show, not yet, or not all of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{self, Rect, Sense, Ui, Vec2};

use super::columns::{Column, Columns};

use crate::model::fault::{Fault, FaultClass};
use crate::ui::action::UiAction;
use crate::ui::route::Route;
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{empty, fault_banner, safe_text, skeleton};

const MOST_BANNERS: usize = 2;

/// No account yet.
pub fn welcome(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let found = cx.profiles.profiles.len();
    let how = match found {
        0 => {
            "Sign in with an AWS profile or an access key. To look around first, start `starboard --demo`."
        }
        _ => {
            "Sign in with one of the AWS profiles found on this computer, or with an access key. To look around first, start `starboard --demo`."
        }
    };
    empty::show(ui, "Welcome to Starboard", how, |ui| {
        let words = match found {
            0 => "Add an account".to_owned(),
            1 => "Add an account: 1 profile found".to_owned(),
            several => format!("Add an account: {several} profiles found"),
        };
        if ui.add(Button::new(words).go()).clicked() {
            cx.actions.push(UiAction::Go(Route::Accounts));
        }
    });
}

/// The faults of the listings the Board stands on, one for each kind.
pub fn faults(ui: &mut Ui, cx: &ViewContext<'_>) {
    // What a person has to act on comes first.
    let mut faults: BTreeMap<(bool, String, &str), Arc<Fault>> = BTreeMap::new();
    for (scope, listings) in cx.snapshot.listings.iter() {
        for fault in listings
            .all()
            .into_iter()
            .filter_map(|listing| listing.fault())
        {
            // A session that ended breaks every listing of its account in the same way.
            let key = match fault.class {
                FaultClass::SignIn => (false, scope.account.to_string(), "sign-in"),
                FaultClass::Denied => (false, scope.to_string(), fault.operation),
                _ => (true, scope.to_string(), fault.operation),
            };
            faults.entry(key).or_insert_with(|| Arc::clone(fault));
        }
    }
    for fault in faults.values().take(MOST_BANNERS) {
        fault_banner::show(ui, fault, cx.now);
        ui.add_space(space::S);
    }
    let more = faults.len().saturating_sub(MOST_BANNERS);
    if more > 0 {
        let rest: Vec<String> = faults
            .values()
            .skip(MOST_BANNERS)
            .map(|fault| fault.headline())
            .collect();
        ui.label(theme::of(ui).small(format!("and {more} more faults")))
            .on_hover_text(rest.join("\n"));
        ui.add_space(space::S);
    }
}

/// Whether some scope's pipelines have not been listed yet, well or badly.
pub fn is_reading(cx: &ViewContext<'_>) -> bool {
    let listings = &cx.snapshot.listings;
    listings.is_empty()
        || listings
            .values()
            .any(|listings| listings.pipelines.is_loading())
}

/// A table without a row: still reading, nothing passes, or nothing there.
pub fn no_rows(ui: &mut Ui, cx: &mut ViewContext<'_>, filter: &str, columns: &Columns) {
    let mut listings = cx.snapshot.listings.values();
    let unread = listings.all(|listings| listings.pipelines.value().is_none());
    if !filter.trim().is_empty() && !cx.snapshot.board.rows.is_empty() {
        let how = format!(
            "No pipeline has “{}” in its name, account, change, author or state.",
            safe_text::line(filter)
        );
        empty::show(ui, "Nothing passes the filter", &how, |_| {});
    } else if is_reading(cx) {
        reading(ui, cx, columns);
    } else if unread {
        let how = "The faults above say why. Starboard tries again by itself where that can help.";
        empty::show(ui, "The pipelines could not be read", how, |ui| {
            if ui.add(Button::new("Read again now").key("F5")).clicked() {
                cx.actions.push(UiAction::Refresh);
            }
        });
    } else {
        let how = "They appear here by themselves as soon as they exist. Other regions are added on the Accounts page.";
        empty::show(
            ui,
            "No pipelines in these accounts and regions",
            how,
            |ui| {
                if ui.add(Button::new("Accounts")).clicked() {
                    cx.actions.push(UiAction::Go(Route::Accounts));
                }
            },
        );
    }
}

/// Rows to come, in the table's own columns.
fn reading(ui: &mut Ui, cx: &ViewContext<'_>, columns: &Columns) {
    const ROWS: usize = 8;
    let theme = theme::of(ui);
    for row in 0..ROWS {
        let wanted = Vec2::new(ui.available_width(), size::ROW);
        let (rect, _) = ui.allocate_exact_size(wanted, Sense::hover());
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 0.5, theme.row_line());
        for (index, (column, cell)) in columns.cells(rect).enumerate() {
            let part = match column {
                Column::Status => continue,
                Column::Change => skeleton::part(row + index) * 0.7,
                _ => skeleton::part(row + index) + 0.2,
            };
            let bar = Vec2::new(cell.width() * part.min(1.0), 10.0);
            let left = egui::pos2(cell.left(), cell.center().y - 5.0);
            skeleton::paint(ui, Rect::from_min_size(left, bar));
        }
    }
    ui.add_space(space::M);
    ui.horizontal(|ui| {
        ui.add_space(space::L);
        let accounts = cx.snapshot.accounts.rows().iter();
        let names: Vec<&str> = accounts.map(|account| account.name.as_str()).collect();
        let words = format!("Reading the pipelines of {}…", names.join(", "));
        ui.label(theme.small(safe_text::line(&words)));
    });
}
