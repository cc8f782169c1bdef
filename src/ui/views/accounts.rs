//! The accounts: who one is signed in as, from where, what Starboard may do there; and how to add one.
//!
//! A typed secret lives in this view only until its button is pressed, and is wiped then. Main thread.

mod add;
mod card;

use eframe::egui::{Margin, ScrollArea, Ui};

use crate::model::account::Account;
use crate::model::settings::{AccountSettings, CredentialSource};
use crate::ui::route::Route;
use crate::ui::theme::{self, space};
use crate::ui::view::{View, ViewContext};

#[derive(Default)]
pub struct AccountsView {
    add: add::AddAccount,
}

const KEYS: &[(&str, &str)] = &[("Tab", "to the next control"), ("Space", "press it")];

impl View for AccountsView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        ScrollArea::vertical()
            .auto_shrink([false, false])
            .content_margin(Margin::same(16))
            .show(ui, |ui| {
                let theme = theme::of(ui);
                ui.label(theme.title("Accounts"));
                ui.add_space(space::M);
                let accounts = all(cx);
                if accounts.is_empty() {
                    ui.label(theme.soft("None yet. A profile or an access key below is all it takes; a new account is read-only until you say otherwise."));
                    ui.add_space(space::L);
                }
                let width = ui.available_width();
                let columns = if width > 1_100.0 { 2 } else { 1 };
                ui.spacing_mut().item_spacing.x = space::M;
                for pair in accounts.chunks(columns) {
                    ui.columns(columns, |columns| {
                        for (column, one) in columns.iter_mut().zip(pair) {
                            column.spacing_mut().item_spacing.x = space::S;
                            card::show(column, cx, one);
                        }
                    });
                    ui.add_space(space::M);
                }
                ui.add_space(space::S);
                if cx.snapshot.accounts.rows().iter().any(|account| account.simulated) {
                    ui.label(theme.soft("The simulated account brings its own sign-ins. Start Starboard without it to add yours."));
                } else {
                    self.add.ui(ui, cx);
                }
            });
    }

    fn keys(&self, _route: &Route) -> &'static [(&'static str, &'static str)] {
        KEYS
    }
}

/// What is known of an account: its settings, and what runs once the engine has taken them up.
#[derive(Clone)]
pub struct Known {
    pub account: Option<std::sync::Arc<Account>>,
    pub settings: AccountSettings,
}

/// The settings of an account that was named on the command line or belongs to the demo: its card has the same switches.
fn unkept(account: &Account) -> AccountSettings {
    let profile = account
        .source
        .strip_prefix("AWS profile \"")
        .and_then(|rest| rest.strip_suffix('"'));
    AccountSettings {
        name: account.name.clone(),
        source: profile.map_or(CredentialSource::Environment, |name| {
            CredentialSource::Profile(name.to_owned())
        }),
        regions: account.regions.clone(),
        display_name: None,
        production: account.production,
        read_only: account.read_only,
    }
}

fn all(cx: &ViewContext<'_>) -> Vec<Known> {
    let kept = |name: &crate::model::ids::AccountName| {
        cx.settings.accounts.iter().find(|one| one.name == *name)
    };
    let mut all: Vec<Known> = cx
        .snapshot
        .accounts
        .rows()
        .iter()
        .map(|account| Known {
            account: Some(account.clone()),
            settings: kept(&account.name)
                .cloned()
                .unwrap_or_else(|| unkept(account)),
        })
        .collect();
    // Just added, and not taken up by the engine yet.
    for one in &cx.settings.accounts {
        if cx.snapshot.accounts.get(&one.name).is_none() {
            all.push(Known {
                account: None,
                settings: one.clone(),
            });
        }
    }
    all
}
