//! What the window asks of the kept logs, and what is said of them once, wherever in the window a person is.

use crate::app::window::App;
use crate::model::ids::AccountName;
use crate::model::time::Timestamp;
use crate::ui::action::KeptAction;

impl App {
    pub(super) fn run_kept(&self, action: KeptAction) {
        let kept = &self.boot.kept;
        match action {
            KeptAction::Look => kept.look(&self.runtime),
            KeptAction::Search(query) => kept.search(query, &self.runtime),
            KeptAction::Read { project, logs } => {
                let production = self.is_production(&project.scope.account);
                let means = self.boot.means.clone();
                kept.read(project, logs, production, means, &self.runtime);
            }
            KeptAction::StopReading => kept.stop_reading(),
            KeptAction::Clear => kept.clear(&self.runtime),
        }
    }

    fn is_production(&self, account: &AccountName) -> bool {
        let account = self.snapshot.accounts.get(account);
        account.is_some_and(|account| account.production)
    }

    /// One notice for files that cannot be read, and one for each time that keeping begins to fail.
    pub(super) fn tell_kept(&mut self, now: Timestamp) {
        let unreadable = self.kept.unreadable;
        if unreadable > self.told.kept_unreadable {
            let place = self.kept.place.as_deref().unwrap_or_default();
            let files = match unreadable {
                1 => "1 file cannot be read and stays as it is".to_owned(),
                several => format!("{several} files cannot be read and stay as they are"),
            };
            self.window
                .say(format!("Of the kept logs {files} in {place}"), now);
        }
        self.told.kept_unreadable = unreadable;
        let since = self.kept.fault.as_ref().map(|fault| fault.since);
        if since != self.told.kept_fault
            && let Some(fault) = &self.kept.fault
        {
            self.window.say(fault.message.clone(), now);
        }
        self.told.kept_fault = since;
    }
}
