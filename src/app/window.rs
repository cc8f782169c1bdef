//! The eframe application: takes the newest snapshot, paints the window, runs what it asks for.
//!
//! Main thread. It blocks on nothing: writes go to the engine, one-shots and settings to the runtime.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use eframe::egui;
use secrecy::SecretString;

use crate::app::background::Pool;
use crate::app::boot::{self, Boot, Entry};
use crate::app::oneshots::Asked;
use crate::app::settings_store;
use crate::aws::profiles;
use crate::engine::AccountChange;
use crate::engine::waker::Waker;
use crate::model::focus::Focus;
use crate::model::ids::AccountName;
use crate::model::issue::IssueFinder;
use crate::model::kept::Kept;
use crate::model::ledger::{Export, Journal};
use crate::model::oneshot::{Oneshot, Request, Response};
use crate::model::settings::{AccountSettings, Settings};
use crate::model::snapshot::Snapshot;
use crate::model::time::Timestamp;
use crate::model::why;
use crate::secrets::{AccessKey, Keep};
use crate::ui::action::{FoundProfile, FoundProfiles, KeyPlace, TypedKey, UiAction};
use crate::ui::background::Background as _;
use crate::ui::route::Route;
use crate::ui::shell::{FrameInput, Window, title};
use crate::ui::theme;

/// Where settings go when they change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// The demo and the tests keep none.
    Nothing,
    File,
}

/// What has been said once.
#[derive(Default)]
pub(super) struct Told {
    unreadable: bool,
    export: Option<Timestamp>,
    /// Of the kept logs: how many files cannot be read, and since when something fails.
    pub(super) kept_unreadable: u32,
    pub(super) kept_fault: Option<Timestamp>,
}

pub struct App {
    pub(super) boot: Boot,
    pub(super) window: Window,
    pub(super) snapshot: Arc<Snapshot>,
    settings: Settings,
    keeper: Keeper,
    issues: IssueFinder,
    pub(super) asked: Asked,
    profiles: FoundProfiles,
    profiles_found: Option<poll_promise::Promise<FoundProfiles>>,
    /// How each account was signed in to: cards of accounts that are not in the settings change here alone.
    pub(super) entries: BTreeMap<AccountName, Entry>,
    pub(super) runtime: tokio::runtime::Handle,
    pool: Pool,
    focus: Focus,
    /// Whether this window changed the settings; another one may have since.
    changed: bool,
    journal: Arc<Journal>,
    pub(super) kept: Arc<Kept>,
    /// What of the journal and of the kept logs has been said in a toast.
    pub(super) told: Told,
    /// As the desktop shows it now.
    title: String,
    /// For the start-up log; taken by the first frame.
    started: Option<Instant>,
}

impl App {
    pub fn new(
        context: &egui::Context,
        boot: Boot,
        waker: Waker,
        settings: Settings,
        keeper: Keeper,
        notice: Option<String>,
        runtime: tokio::runtime::Handle,
    ) -> Self {
        theme::install(context);
        let mut window = Window::default();
        let now = boot.clock.now();
        if let Some(notice) = notice {
            window.say(notice, now);
        }
        let issues = IssueFinder::new(&settings.issue_patterns).unwrap_or_else(|problem| {
            window.say(problem, now);
            IssueFinder::built_in()
        });
        let entries = boot
            .entries
            .iter()
            .map(|entry| (entry.account.name.clone(), entry.clone()))
            .collect();
        let simulated = boot.entries.iter().any(|entry| entry.account.simulated);
        let pool = Pool::new(runtime.clone(), waker.clone());
        pool.run(Box::new(why::prepare));
        let mut app = Self {
            snapshot: boot.engine.published().load(),
            asked: Asked::new(runtime.clone(), waker.clone()),
            journal: boot.desk.journal(),
            kept: boot.kept.shown(),
            told: Told::default(),
            boot,
            window,
            settings,
            keeper,
            issues,
            profiles: FoundProfiles::default(),
            profiles_found: None,
            entries,
            pool,
            runtime,
            focus: Focus::default(),
            changed: false,
            title: String::new(),
            started: None,
        };
        if !simulated {
            app.find_profiles(waker);
        }
        app
    }

    /// Logs how long the first frame took, counted from here.
    pub fn timed_from(mut self, started: Instant) -> Self {
        self.started = Some(started);
        self
    }

    /// What the last frame was painted from.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }

    /// Goes somewhere, as a link does.
    pub fn go(&mut self, route: Route) {
        self.window.go(route);
    }

    fn find_profiles(&mut self, waker: Waker) {
        let (sender, promise) = poll_promise::Promise::new();
        let now = self.boot.clock.now();
        self.runtime.spawn(async move {
            let found = profiles::list(now).await.unwrap_or_default();
            let found = found.into_iter().map(|profile| FoundProfile {
                name: profile.name,
                region: profile.region,
                kind: profile.kind.label(),
            });
            sender.send(FoundProfiles {
                profiles: Arc::new(found.collect()),
            });
            waker.wake();
        });
        self.profiles_found = Some(promise);
    }

    fn run(&mut self, action: UiAction) {
        match action {
            UiAction::Send(command) => self.boot.engine.command(command),
            // An answer that was not dismissed stays beside the reading that replaces it.
            UiAction::Ask(request) | UiAction::Renew(request) => self.ask(request),
            UiAction::Dismiss(request) => self.asked.dismiss(&request),
            UiAction::StartLiveTail(ask) => self.boot.engine.start_live_tail(ask),
            UiAction::StopLiveTail => self.boot.engine.stop_live_tail(),
            UiAction::Refresh => self.boot.engine.refresh(),
            UiAction::Settings(change) => {
                change(&mut self.settings);
                self.settings_changed();
            }
            UiAction::PutAccount(account) => self.put_account(account),
            UiAction::RemoveAccount(name) => self.remove_account(name),
            UiAction::StoreKey {
                account,
                key,
                place,
            } => self.store_key(account, key, place),
            UiAction::ForgetKey(account) => self.forget_key(account),
            UiAction::SaveLog { key, log, raw } => self.save_log(key, log, raw),
            UiAction::EditLog { key, log, line } => self.edit_log(key, log, line),
            UiAction::OpenFile(path) => self.open_file(path),
            UiAction::ReadJournal => self.boot.desk.read_again(&self.runtime),
            UiAction::Export { name, text } => self.boot.desk.export(name, text, &self.runtime),
            UiAction::Kept(action) => self.run_kept(action),
            // The window ran the others itself.
            _ => {}
        }
    }

    fn settings_changed(&mut self) {
        self.changed = true;
        self.boot
            .kept
            .settle(self.settings.kept_logs, &self.runtime);
        match IssueFinder::new(&self.settings.issue_patterns) {
            Ok(finder) => self.issues = finder,
            Err(problem) => self.window.say(problem, self.boot.clock.now()),
        }
        if self.keeper == Keeper::File {
            let settings = self.settings.clone();
            self.runtime.spawn_blocking(move || {
                if let Err(fault) = settings_store::save(&settings) {
                    tracing::warn!(message = fault.message, "the settings could not be saved");
                }
            });
        }
    }

    /// Adds an account or changes its card. New credentials or regions mean that everything is read anew.
    fn put_account(&mut self, wanted: AccountSettings) {
        let known = self.entries.get(&wanted.name);
        let entry = match known {
            Some(entry) if entry.account.simulated => {
                let mut entry = entry.clone();
                (entry.account.read_only, entry.account.production) =
                    (wanted.read_only, wanted.production);
                entry
            }
            // What was given on the command line for this run stays with the account.
            known => boot::entry(
                &wanted,
                known.and_then(|known| known.login.endpoint.as_deref()),
            ),
        };
        let same_login = known.is_some_and(|known| {
            known.account.regions == entry.account.regions
                && known.account.source == entry.account.source
        });
        let change = if same_login {
            AccountChange::Card
        } else {
            AccountChange::Credentials
        };
        if !same_login {
            self.boot.aws.put(entry.login.clone());
        }
        self.boot.engine.put_account(entry.account.clone(), change);
        if !entry.account.simulated {
            let kept = &mut self.settings.accounts;
            match kept.iter_mut().find(|account| account.name == wanted.name) {
                Some(account) => account.clone_from(&wanted),
                None => kept.push(wanted.clone()),
            }
        }
        self.entries.insert(wanted.name, entry);
        self.settings_changed();
    }

    fn remove_account(&mut self, name: AccountName) {
        self.entries.remove(&name);
        self.settings
            .accounts
            .retain(|account| account.name != name);
        self.boot.aws.remove(&name);
        self.boot.engine.remove_account(name);
        self.settings_changed();
    }

    fn store_key(&mut self, account: AccountName, key: TypedKey, place: KeyPlace) {
        let keep = match place {
            KeyPlace::Keyring => Keep::InKeyring,
            KeyPlace::Memory => Keep::InMemory,
        };
        let TypedKey {
            access_key_id,
            secret_access_key,
            session_token,
        } = key;
        let key = AccessKey {
            access_key_id: SecretString::from(access_key_id),
            secret_access_key,
            session_token,
        };
        let (vaults, now) = (self.boot.vaults.clone(), self.boot.clock.now());
        let name = account.clone();
        self.asked.dismiss(&Request::StoreKey {
            account: account.clone(),
        });
        self.asked
            .ask(Request::StoreKey { account }, now, async move {
                vaults
                    .store(name.as_str(), &key, keep, now)
                    .await
                    .map(|place| Response::Stored(place.to_owned()))
            });
    }

    fn forget_key(&mut self, account: AccountName) {
        let (vaults, now) = (self.boot.vaults.clone(), self.boot.clock.now());
        let name = account.clone();
        self.asked
            .ask(Request::ForgetKey { account }, now, async move {
                vaults
                    .forget(name.as_str(), now)
                    .await
                    .map(|()| Response::Forgotten)
            });
    }

    /// A stored or forgotten key means signing in anew, and the card says where the secret lives now.
    fn answered(&mut self, request: &Request) {
        let (Request::StoreKey { account } | Request::ForgetKey { account }) = request else {
            return;
        };
        // What could not be stored or forgotten has changed nothing, and what was read still holds.
        if !matches!(
            self.asked.states().get(request),
            Some(Oneshot::Ready { .. })
        ) {
            return;
        }
        let Some(entry) = self.entries.get_mut(account) else {
            return;
        };
        if let Some(Oneshot::Ready {
            response: Response::Stored(place),
            ..
        }) = self.asked.states().get(request)
        {
            entry.account.secret_place.clone_from(place);
        }
        self.boot.aws.put(entry.login.clone());
        self.boot
            .engine
            .put_account(entry.account.clone(), AccountChange::Credentials);
    }
}

impl eframe::App for App {
    /// Also runs while the window is hidden: takes what came, tells the engine what is on screen.
    fn logic(&mut self, context: &egui::Context, _frame: &mut eframe::Frame) {
        self.snapshot = self.boot.engine.published().load();
        let now = self.boot.clock.now();
        for request in self.asked.collect(now) {
            self.answered(&request);
        }
        if let Some(found) = self
            .profiles_found
            .as_ref()
            .and_then(|promise| promise.ready())
        {
            self.profiles = found.clone();
            self.profiles_found = None;
        }
        self.journal = self.boot.desk.journal();
        self.tell_journal(now);
        self.kept = self.boot.kept.shown();
        self.tell_kept(now);
        self.show_title(context);
        let hidden = context.input(|input| {
            let viewport = input.viewport();
            viewport.minimized.unwrap_or(false) || viewport.occluded.unwrap_or(false)
        });
        if hidden != self.focus.hidden {
            self.focus.hidden = hidden;
            self.boot.engine.look_at(self.focus.clone());
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let input = FrameInput {
            snapshot: &self.snapshot,
            now: self.boot.clock.now(),
            settings: &self.settings,
            issues: &self.issues,
            oneshots: self.asked.states(),
            journal: &self.journal,
            kept: &self.kept,
            profiles: &self.profiles,
            background: &self.pool,
        };
        let output = self.window.ui(ui, &input);
        let hidden = self.focus.hidden;
        self.focus = Focus {
            hidden,
            ..output.focus
        };
        self.boot.engine.look_at(self.focus.clone());
        for action in output.actions {
            self.run(action);
        }
        if let Some(started) = self.started.take() {
            tracing::info!(millis = started.elapsed().as_millis() as u64, "first frame");
        }
        self.remember_size(ui.ctx());
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if self.keeper == Keeper::Nothing {
            return;
        }
        let mut settings = self.settings.clone();
        if !self.changed {
            // What another window saved meanwhile stays; of this one only its size is news.
            settings = settings_store::peek().settings;
            settings.window = self.settings.window;
        }
        if let Err(fault) = settings_store::save(&settings) {
            tracing::warn!(message = fault.message, "the settings could not be saved");
        }
    }
}

impl App {
    /// What waits is told by the desktop's list of windows too, so also while this one is hidden.
    fn show_title(&mut self, context: &egui::Context) {
        let title = title::words(&self.snapshot);
        if self.title != title {
            self.title.clone_from(&title);
            context.send_viewport_cmd(egui::ViewportCommand::Title(title));
        }
    }

    /// Says once what a person should know of the record of decisions, wherever in the window they are.
    fn tell_journal(&mut self, now: Timestamp) {
        let journal = &self.journal;
        if journal.unreadable > 0 && !std::mem::replace(&mut self.told.unreadable, true) {
            let path = journal.path.as_deref().unwrap_or_default();
            let words = format!(
                "{} of the record of decisions cannot be read and stay as they are in {path}",
                match journal.unreadable {
                    1 => "1 line".to_owned(),
                    several => format!("{several} lines"),
                }
            );
            self.window.say(words, now);
        }
        let (at, words) = match &journal.export {
            Some(Export::Saved { path, at }) => (*at, format!("Saved as {path}")),
            Some(Export::Failed(fault)) => (fault.since, fault.message.clone()),
            None => return,
        };
        if self.told.export != Some(at) {
            self.told.export = Some(at);
            self.window.say(words, now);
        }
    }

    fn remember_size(&mut self, context: &egui::Context) {
        let zoom = context.zoom_factor();
        let (inner, maximized) = context.input(|input| {
            (
                input.viewport().inner_rect,
                input.viewport().maximized.unwrap_or(false),
            )
        });
        let window = &mut self.settings.window;
        window.maximized = maximized;
        if let Some(inner) = inner.filter(|_| !maximized) {
            // Inner sizes are told in zoomed points, and a window is opened in unzoomed ones.
            (window.width, window.height) = (inner.width() * zoom, inner.height() * zoom);
        }
    }
}
