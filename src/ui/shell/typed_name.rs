//! The name that a person types before a write is sent to a production account: a button alone is pressed too easily.

use eframe::egui::Ui;

use crate::model::command::Command;
use crate::ui::theme;
use crate::ui::widgets::safe_text;
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::text_field::TextField;

/// What has been typed so far.
#[derive(Default)]
pub struct TypedName(String);

/// What is to be typed, and for what.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    pub name: &'a str,
    /// `pipeline`, `project`.
    pub kind: &'a str,
    /// What is done with it: `approve`.
    pub verb: &'a str,
    /// The production account, as a person names it.
    pub account: &'a str,
}

impl<'a> Wanted<'a> {
    /// What a write to builds asks for; none where the account is not production.
    pub fn of(command: &'a Command, place: &'a Place) -> Option<Self> {
        let verb = match command {
            Command::StartBuild { .. } | Command::StartBatch { .. } => "start",
            Command::StopBuild { .. } | Command::StopBatch { .. } => "stop",
            Command::RetryBuild { .. } | Command::RetryBatch { .. } => "retry",
            _ => return None,
        };
        let name = command.build_project().filter(|_| place.production)?;
        Some(Self {
            name,
            kind: "project",
            verb,
            account: &place.name,
        })
    }
}

impl TypedName {
    /// The line that asks for it.
    pub fn ui(&mut self, ui: &mut Ui, wanted: Wanted<'_>) {
        let Wanted {
            name,
            kind,
            verb,
            account,
        } = wanted;
        ui.horizontal(|ui| {
            let theme = theme::of(ui);
            let name = safe_text::line(name);
            ui.label(theme.soft(format!("{account} is a production account. Type")));
            ui.label(theme.mono(safe_text::elide(&name, 40)));
            ui.label(theme.soft(format!("to {verb}:")));
            TextField::new(&mut self.0, &format!("{kind}'s name"))
                .mono()
                .width(ui.available_width())
                .show(ui)
                .accessible_name(format!("Name of the {kind}"));
        });
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Why the write cannot be sent yet.
    pub fn refusal(&self, wanted: Wanted<'_>) -> Option<String> {
        let Wanted { name, account, .. } = wanted;
        (self.0.trim() != name)
            .then(|| format!("Type {name} above: {account} is a production account"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::build::BuildOverrides;
    use crate::model::ids::Scope;

    #[test]
    fn every_write_to_builds_asks_for_the_project_in_production_and_nowhere_else() {
        let scope = Scope {
            account: "prod".into(),
            region: "eu-west-1".into(),
        };
        let place = |production| Place {
            name: "prod".to_owned(),
            number: None,
            region: "eu-west-1".to_owned(),
            production,
            read_only: false,
        };
        let commands = [
            Command::StopBuild {
                scope: scope.clone(),
                build: "pier:1".into(),
            },
            Command::RetryBuild {
                scope: scope.clone(),
                build: "pier:1".into(),
            },
            Command::StopBatch {
                scope: scope.clone(),
                batch: "pier:1".into(),
            },
            Command::RetryBatch {
                scope: scope.clone(),
                batch: "pier:1".into(),
                all: true,
            },
            Command::StartBuild {
                scope: scope.clone(),
                project: "pier".into(),
                overrides: BuildOverrides::default(),
            },
            Command::StartBatch {
                scope,
                project: "pier".into(),
                overrides: BuildOverrides::default(),
            },
        ];
        let (elsewhere, production) = (place(false), place(true));
        for command in &commands {
            assert!(Wanted::of(command, &elsewhere).is_none(), "{command:?}");
            let wanted = Wanted::of(command, &production).unwrap();
            let refusal = |typed: &str| TypedName(typed.to_owned()).refusal(wanted);
            assert!(refusal("").is_some() && refusal("pie").is_some());
            assert_eq!(refusal(" pier "), None);
        }
    }
}
