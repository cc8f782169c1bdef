//! Where something lives, in the words people use: the account's name, its grouped number, the region.

use eframe::egui::Ui;

use crate::model::account::Account;
use crate::model::ids::Scope;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::safe_text;

/// An account as a person names it.
pub struct Place {
    pub name: String,
    /// Grouped digits, once the account has told who it is.
    pub number: Option<String>,
    pub region: String,
    pub production: bool,
    pub read_only: bool,
}

impl Place {
    pub fn of(snapshot: &Snapshot, settings: &Settings, scope: &Scope) -> Self {
        let account = snapshot.accounts.get(&scope.account);
        let named = settings
            .accounts
            .iter()
            .find(|account| account.name == scope.account)
            .and_then(|account| account.display_name.clone());
        Self {
            name: safe_text::line(&named.unwrap_or_else(|| scope.account.to_string())).into_owned(),
            number: account
                .and_then(|account| account.number())
                .map(crate::model::ids::AccountNumber::grouped),
            region: scope.region.to_string(),
            production: account.is_some_and(|account: &std::sync::Arc<Account>| account.production),
            read_only: account.is_some_and(|account| account.read_only),
        }
    }

    /// `prod · 4821-0093-7715 · eu-west-1`.
    pub fn words(&self) -> String {
        match &self.number {
            Some(number) => format!("{} · {number} · {}", self.name, self.region),
            None => format!("{} · {}", self.name, self.region),
        }
    }

    /// `prod (4821-0093-7715, eu-west-1)`: for a button that names its object.
    pub fn object(&self) -> String {
        match &self.number {
            Some(number) => format!("{} ({number}, {})", self.name, self.region),
            None => format!("{} ({})", self.name, self.region),
        }
    }

    pub fn chip(&self, ui: &mut Ui) {
        ui.add(Chip::new(self.words()).production(self.production));
    }
}
