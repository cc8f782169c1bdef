//! Adding an account: a profile of the AWS files, or an access key typed once.

use eframe::egui::{self, Margin, Ui};
use secrecy::SecretString;
use std::collections::BTreeMap;

use super::card;
use crate::model::ids::{AccountName, Region};
use crate::model::oneshot::Request;
use crate::model::settings::{AccountSettings, CredentialSource};
use crate::ui::action::{FoundProfile, KeyPlace, TypedKey, UiAction};
use crate::ui::theme::{self, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::safe_text;
use crate::ui::widgets::text_field::TextField;

/// What is being typed.
#[derive(Default)]
pub struct AddAccount {
    /// Regions typed for a profile that names none, or for more than its own.
    regions: BTreeMap<String, String>,
    name: String,
    key_regions: String,
    access_key_id: String,
    secret: String,
    session_token: String,
}

impl AddAccount {
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let theme = theme::of(ui);
        ui.label(theme.caption("Add an account"));
        ui.add_space(space::XS);
        let columns = if ui.available_width() > 1_100.0 { 2 } else { 1 };
        ui.columns(columns, |columns| {
            let mut columns = columns.iter_mut();
            let Some(first) = columns.next() else { return };
            panel(first, "By AWS profile", |ui| self.profiles(ui, cx));
            if let Some(second) = columns.next() {
                panel(second, "By access key", |ui| self.access_key(ui, cx));
            } else {
                first.add_space(space::M);
                panel(first, "By access key", |ui| self.access_key(ui, cx));
            }
        });
    }

    fn profiles(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let theme = theme::of(ui);
        if cx.profiles.profiles.is_empty() {
            ui.add(egui::Label::new(theme.soft("No profile was found in the AWS config and credentials files. `aws configure sso` makes one; it appears here at the next start.")).wrap());
            return;
        }
        let found = cx.profiles.profiles.clone();
        for profile in found.iter() {
            self.profile(ui, cx, profile);
        }
    }

    fn profile(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, profile: &FoundProfile) {
        let theme = theme::of(ui);
        let source = CredentialSource::Profile(profile.name.clone());
        let taken = cx
            .settings
            .accounts
            .iter()
            .any(|account| account.source == source)
            || cx
                .snapshot
                .accounts
                .get(&AccountName::from(&profile.name))
                .is_some();
        ui.horizontal(|ui| {
            ui.label(theme.strong(safe_text::line(&profile.name)));
            ui.label(theme.small(safe_text::line(&profile.kind)));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if taken {
                    ui.label(theme.small("added"));
                    return;
                }
                let text = self
                    .regions
                    .entry(profile.name.clone())
                    .or_insert_with(|| profile.region.clone().unwrap_or_default());
                let parsed = regions(text);
                let refused = parsed.as_ref().err().cloned();
                let add = Button::new("Add")
                    .named(format!("Add profile {}", profile.name))
                    .disabled_because(refused);
                let pressed = ui.add(add).clicked();
                let faulty = parsed.is_err() && !text.is_empty();
                TextField::new(text, "Region, such as eu-west-1")
                    .width(190.0)
                    .faulty(faulty)
                    .show(ui);
                if let Ok(regions) = parsed
                    && pressed
                {
                    cx.actions.push(UiAction::PutAccount(AccountSettings {
                        name: AccountName::from(&profile.name),
                        source: source.clone(),
                        regions,
                        display_name: None,
                        production: false,
                        read_only: true,
                    }));
                }
            });
        });
    }

    fn access_key(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let theme = theme::of(ui);
        let width = ui.available_width().min(420.0);
        let field = |ui: &mut Ui, text: &mut String, hint: &str, password: bool| {
            let field = TextField::new(text, hint).width(width);
            let field = if password { field.password() } else { field };
            let response = field.show(ui);
            response.widget_info(|| {
                let mut info = egui::WidgetInfo::labeled(egui::Role::TextInput, true, hint);
                // The value of a secret is no business of the accessibility tree.
                info.current_text_value = (!password).then(|| text.clone());
                info
            });
        };
        field(ui, &mut self.name, "Name here, such as prod", false);
        field(
            ui,
            &mut self.key_regions,
            "Regions, separated by spaces",
            false,
        );
        field(ui, &mut self.access_key_id, "Access key id", false);
        field(ui, &mut self.secret, "Secret access key", true);
        field(
            ui,
            &mut self.session_token,
            "Session token (temporary keys only)",
            true,
        );
        let refused = self.refusal(cx);
        ui.add_space(space::XS);
        ui.horizontal(|ui| {
            let keep = Button::new("Keep in the system's keyring")
                .go()
                .disabled_because(refused.clone());
            let memory = Button::new("Use for this run only").disabled_because(refused);
            let place = if ui.add(keep).clicked() {
                Some(KeyPlace::Keyring)
            } else if ui.add(memory).clicked() {
                Some(KeyPlace::Memory)
            } else {
                None
            };
            if let Some(place) = place {
                self.send(cx, place);
            }
        });
        ui.add(egui::Label::new(theme.small("The secret is never written to a file. A new account is read-only until its card says otherwise.")).wrap());
        if !self.name.trim().is_empty() {
            let account = AccountName::from(self.name.trim());
            card::outcome(ui, cx, &Request::StoreKey { account });
        }
    }

    /// Why the key cannot be taken as it stands.
    fn refusal(&self, cx: &ViewContext<'_>) -> Option<String> {
        let name = self.name.trim();
        if name.is_empty() {
            return Some("Give it a name first".to_owned());
        }
        let known = |account: &AccountName| account.as_str() == name;
        if cx
            .settings
            .accounts
            .iter()
            .any(|account| known(&account.name))
            || cx
                .snapshot
                .accounts
                .rows()
                .iter()
                .any(|account| known(&account.name))
        {
            return Some(format!("There is an account {name} already"));
        }
        if let Err(reason) = regions(&self.key_regions) {
            return Some(reason);
        }
        key_refusal(&self.access_key_id, &self.secret, &self.session_token)
    }

    /// Hands the key over and wipes what was typed.
    fn send(&mut self, cx: &mut ViewContext<'_>, place: KeyPlace) {
        let Ok(regions) = regions(&self.key_regions) else {
            return;
        };
        let name = AccountName::from(self.name.trim());
        let secret = |text: &mut String| SecretString::from(std::mem::take(text).trim().to_owned());
        let key = TypedKey {
            access_key_id: std::mem::take(&mut self.access_key_id).trim().to_owned(),
            secret_access_key: secret(&mut self.secret),
            session_token: (!self.session_token.trim().is_empty())
                .then(|| secret(&mut self.session_token)),
        };
        cx.actions.push(UiAction::StoreKey {
            account: name.clone(),
            key,
            place,
        });
        cx.actions.push(UiAction::PutAccount(AccountSettings {
            source: CredentialSource::Keyring(name.to_string()),
            name,
            regions,
            display_name: None,
            production: false,
            read_only: true,
        }));
        self.key_regions.clear();
    }
}

fn panel(ui: &mut Ui, title: &str, content: impl FnOnce(&mut Ui)) {
    let theme = theme::of(ui);
    theme
        .panel_frame()
        .inner_margin(Margin::same(16))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            // Columns justify their text; a paragraph is read better ragged.
            ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
                ui.label(theme.strong(title));
                ui.add_space(space::XS);
                content(ui);
            });
        });
}

/// Reads regions separated by spaces or commas.
pub fn regions(text: &str) -> Result<Vec<Region>, String> {
    let mut regions: Vec<Region> = Vec::new();
    for word in text.split([' ', ',', ';']).filter(|word| !word.is_empty()) {
        // Three parts or more, the last a number: eu-west-1, us-gov-east-1.
        let parts: Vec<&str> = word.split('-').collect();
        let named = parts.len() >= 3
            && parts.iter().all(|part| {
                !part.is_empty()
                    && part
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            })
            && parts
                .last()
                .is_some_and(|part| part.chars().all(|c| c.is_ascii_digit()));
        if !named {
            return Err(format!("“{word}” is not a region such as eu-west-1"));
        }
        let region = Region::from(word);
        if !regions.contains(&region) {
            regions.push(region);
        }
    }
    if regions.is_empty() {
        return Err("Name at least one region, such as eu-west-1".to_owned());
    }
    Ok(regions)
}

/// Why what was typed cannot be an access key. The forms are those of the IAM user guide.
fn key_refusal(id: &str, secret: &str, token: &str) -> Option<String> {
    let id = id.trim();
    let looks_like_one =
        (16..=128).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !looks_like_one {
        return Some(
            "An access key id has at least 16 letters and figures, such as AKIA…".to_owned(),
        );
    }
    if id.starts_with("ASIA") && token.trim().is_empty() {
        return Some("A temporary key (ASIA…) needs its session token".to_owned());
    }
    if secret.trim().is_empty() {
        return Some("Type the secret access key".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_read_as_people_write_them() {
        let names = |text| {
            regions(text).map(|regions| regions.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(
            names("eu-west-1, us-east-1 eu-west-1"),
            Ok(vec!["eu-west-1".to_owned(), "us-east-1".to_owned()])
        );
        assert_eq!(names("us-gov-east-1"), Ok(vec!["us-gov-east-1".to_owned()]));
        assert!(names("").is_err());
        assert!(names("Frankfurt").is_err());
        assert!(names("eu-west").is_err());
    }

    #[test]
    fn what_cannot_be_a_key_is_refused_before_it_is_kept() {
        assert!(key_refusal("AKIA", "s", "").is_some());
        assert!(key_refusal("ASIAIOSFODNN7EXAMPLE", "s", "").is_some());
        assert!(key_refusal("AKIAIOSFODNN7EXAMPLE", " ", "").is_some());
        assert_eq!(key_refusal("AKIAIOSFODNN7EXAMPLE", "secret", ""), None);
        assert_eq!(key_refusal("ASIAIOSFODNN7EXAMPLE", "secret", "token"), None);
    }
}
