//! How to run this build on one's own machine, worked out once for a build.

use std::sync::Arc;

use eframe::egui::Ui;

use crate::model::build::{Build, BuildAbout, LocalRun, local_command};
use crate::model::ids::Scope;
use crate::model::settings::CredentialSource;
use crate::ui::view::ViewContext;
use crate::ui::widgets::local_run;

#[derive(Default)]
pub struct Local {
    made: Option<(BuildAbout, Option<String>, Result<LocalRun, String>)>,
}

impl Local {
    pub fn of_build(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        scope: &Scope,
        build: &Arc<Build>,
    ) {
        let commit = build.resolved_source_version.clone();
        self.ui(ui, cx, scope, &build.about, commit);
    }

    pub fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        scope: &Scope,
        about: &BuildAbout,
        commit: Option<String>,
    ) {
        let is_same = |(of, on, _): &(BuildAbout, Option<String>, Result<LocalRun, String>)| {
            of == about && *on == commit
        };
        if !self.made.as_ref().is_some_and(is_same) {
            let run = local_command(about, commit.as_deref(), profile(cx, scope));
            self.made = Some((about.clone(), commit, run));
        }
        if let Some((_, _, run)) = &self.made {
            local_run::show(ui, run, about, cx.actions);
        }
    }
}

/// The AWS profile of the account, where it is signed in to with one.
fn profile<'a>(cx: &'a ViewContext<'_>, scope: &Scope) -> Option<&'a str> {
    let mut accounts = cx.settings.accounts.iter();
    let account = accounts.find(|account| account.name == scope.account)?;
    match &account.source {
        CredentialSource::Profile(name) => Some(name),
        CredentialSource::Keyring(_) | CredentialSource::Environment => None,
    }
}
