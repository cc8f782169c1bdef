//! What the Board shows when there is nothing to show, not yet, or not all of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{self, Ui};

use crate::model::fault::Fault;
use crate::ui::action::UiAction;
use crate::ui::route::Route;
use crate::ui::theme::{self, space};
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
    let mut faults: BTreeMap<(String, &str), (Arc<Fault>, usize)> = BTreeMap::new();
    for (scope, listings) in cx.snapshot.listings.iter() {
        for fault in listings
            .all()
            .into_iter()
            .filter_map(|listing| listing.fault())
        {
            // A session that ended breaks every listing of its account in the same way.
            let key = match fault.class {
                crate::model::fault::FaultClass::SignIn => (scope.account.to_string(), "sign-in"),
                _ => (scope.to_string(), fault.operation),
            };
            let entry = faults.entry(key).or_insert_with(|| (Arc::clone(fault), 0));
            entry.1 += 1;
        }
    }
    for (fault, _) in faults.values().take(MOST_BANNERS) {
        fault_banner::show(ui, fault, cx.now);
        ui.add_space(space::S);
    }
    let more = faults.len().saturating_sub(MOST_BANNERS);
    if more > 0 {
        let rest: Vec<String> = faults
            .values()
            .skip(MOST_BANNERS)
            .map(|(fault, _)| fault.headline())
            .collect();
        ui.label(theme::of(ui).small(format!("and {more} more faults")))
            .on_hover_text(rest.join("\n"));
        ui.add_space(space::S);
    }
}

/// A table without a row: still reading, nothing passes, or nothing there.
pub fn no_rows(ui: &mut Ui, cx: &mut ViewContext<'_>, filter: &str) {
    let listings = cx.snapshot.listings.values();
    let reading = cx.snapshot.listings.is_empty()
        || listings
            .clone()
            .any(|listings| listings.pipelines.is_loading());
    let unread = listings
        .clone()
        .all(|listings| listings.pipelines.value().is_none());
    if !filter.trim().is_empty() && !cx.snapshot.board.rows.is_empty() {
        let how = format!(
            "No pipeline has “{}” in its name, account, change, author or state.",
            safe_text::line(filter)
        );
        empty::show(ui, "Nothing passes the filter", &how, |_| {});
    } else if reading {
        egui::Frame::new()
            .inner_margin(egui::Margin::same(16))
            .show(ui, |ui| {
                let names: Vec<&str> = cx
                    .snapshot
                    .accounts
                    .rows()
                    .iter()
                    .map(|account| account.name.as_str())
                    .collect();
                skeleton::rows(
                    ui,
                    &format!("Reading the pipelines of {}…", names.join(", ")),
                    9,
                );
            });
    } else if unread {
        empty::show(
            ui,
            "The pipelines could not be read",
            "The faults above say why. What can be read again by itself is; the rest waits for you.",
            |ui| {
                if ui.add(Button::new("Read again now").key("F5")).clicked() {
                    cx.actions.push(UiAction::Refresh);
                }
            },
        );
    } else {
        empty::show(
            ui,
            "No pipelines in these accounts and regions",
            "Pipelines appear here by themselves as soon as they exist. Other regions are added on the Accounts page.",
            |ui| {
                if ui.add(Button::new("Accounts")).clicked() {
                    cx.actions.push(UiAction::Go(Route::Accounts));
                }
            },
        );
    }
}
