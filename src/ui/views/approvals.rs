//! Every approval over all accounts and regions: the gates that wait, soonest expiry first, and every decision that is
//! known.
//!
//! Main thread. What waits comes from the Board, which the store keeps; orders are worked out again only when what they
//! stand on or a wish changes.

mod decided;
mod ledger_row;
mod list;
mod row;
mod sources;
mod waiting;

use eframe::egui::{self, Ui};

use crate::ui::action::UiAction;
use crate::ui::route::{ApprovalsTab, Route};
use crate::ui::theme::space;
use crate::ui::view::{Verb, View, ViewContext};
use crate::ui::widgets::segments::segment;
use decided::Decided;
use waiting::Waiting;

/// The height of the tabs.
const TAB: f32 = 28.0;

#[derive(Default)]
pub struct ApprovalsView {
    waiting: Waiting,
    decided: Decided,
}

const KEYS: &[(&str, &str)] = &[
    ("j k ↓ ↑", "move"),
    ("h l", "waiting, decided"),
    ("Enter", "open the pipeline"),
    ("a", "review the row's gate, else the first"),
    ("/", "filter"),
    ("Esc", "clear the filter"),
    ("y", "copy the pipeline's name, or the decision"),
];

const TABS: [(ApprovalsTab, &str); 2] = [
    (ApprovalsTab::Waiting, "Waiting"),
    (ApprovalsTab::Decided, "Decided"),
];

impl View for ApprovalsView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let tab = tab_of(cx.route);
        let margin = egui::Margin::same(space::L as i8);
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            tabs_ui(ui, cx, tab);
            ui.add_space(space::S);
            match tab {
                ApprovalsTab::Waiting => self.waiting.ui(ui, cx),
                ApprovalsTab::Decided => self.decided.ui(ui, cx),
            }
        });
        if cx.covered {
            return;
        }
        let pressed = |key| crate::ui::keys::pressed(ui.ctx(), key);
        if pressed(egui::Key::L) {
            go(cx, ApprovalsTab::Decided);
        } else if pressed(egui::Key::H) {
            go(cx, ApprovalsTab::Waiting);
        }
        match tab {
            ApprovalsTab::Waiting => self.waiting.obey(ui.ctx(), cx),
            ApprovalsTab::Decided => self.decided.obey(ui.ctx(), cx),
        }
    }

    fn keys(&self, _route: &Route) -> &'static [(&'static str, &'static str)] {
        KEYS
    }

    fn verbs(&self, cx: &ViewContext<'_>) -> Vec<Verb> {
        TABS.iter()
            .filter(|(tab, _)| *tab != tab_of(cx.route))
            .map(|(tab, name)| Verb {
                words: format!("{name} approvals"),
                object: "view".to_owned(),
                actions: vec![UiAction::Replace(Route::Approvals(*tab))],
            })
            .collect()
    }
}

const fn tab_of(route: &Route) -> ApprovalsTab {
    match route {
        Route::Approvals(tab) => *tab,
        _ => ApprovalsTab::Waiting,
    }
}

/// A tab is a selection, not a step of the history.
fn go(cx: &mut ViewContext<'_>, tab: ApprovalsTab) {
    if tab != tab_of(cx.route) {
        cx.actions.push(UiAction::Replace(Route::Approvals(tab)));
    }
}

fn tabs_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, on: ApprovalsTab) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (tab, name) in TABS {
            if segment(ui, name, tab == on, TAB) {
                go(cx, tab);
            }
        }
    });
}
