//! Making an engine out of what was asked for: the demo's accounts, named profiles, or the accounts of the settings.

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;

use crate::app::journal::{Desk, DeskClaims, Folders};
use crate::app::kept::{KeptArchive, KeptLogs, Means};
use crate::aws::{self, Aws, Login, LoginSource, profiles};
use crate::cli::Exit;
use crate::engine::clock::Clock;
use crate::engine::limiter::Limiter;
use crate::engine::waker::Waker;
use crate::engine::{AccountChange, Engine, Parts};
use crate::model::account::Account;
use crate::model::ids::{AccountName, Region};
use crate::model::remote::Remote;
use crate::model::settings::{AccountSettings, CredentialSource, Settings};
use crate::secrets::Vaults;
use crate::secrets::keyring::Keyring;
use crate::sim::{self, Simulator, StorySource};

/// Which accounts and regions to look at.
#[derive(Clone, Debug)]
pub enum Where {
    /// The simulated account. It reads no AWS file or variable, no proxy and no keyring.
    Demo { demo: Demo, regions: Vec<String> },
    Real {
        profiles: Vec<String>,
        regions: Vec<String>,
        endpoint_url: Option<String>,
    },
}

/// What the simulated account is like.
#[derive(Clone, Debug)]
pub struct Demo {
    pub story: StorySource,
    pub seed: u64,
    pub speed: f64,
}

/// A story by its name, or by a path where the text looks like one.
pub fn story(text: &str) -> StorySource {
    if text.contains(['/', '\\'])
        || std::path::Path::new(text)
            .extension()
            .is_some_and(|ending| ending == "toml")
    {
        StorySource::Path(PathBuf::from(text))
    } else {
        StorySource::Named(text.to_owned())
    }
}

/// Everything that runs, and what was signed in to at the start.
pub struct Boot {
    pub aws: Aws,
    pub engine: Engine,
    pub vaults: Vaults,
    /// The record of decisions, and the claims on gates.
    pub desk: Arc<Desk>,
    /// Logs of finished builds, and what those of past builds are read through.
    pub kept: Arc<KeptLogs>,
    pub means: Means,
    pub entries: Vec<Entry>,
    /// Lives as long as the demo.
    pub simulator: Option<Simulator>,
    pub clock: Clock,
}

/// Why nothing could be started, and the exit status that says so.
#[derive(Debug)]
pub struct BootError {
    pub message: String,
    pub exit: Exit,
}

impl BootError {
    fn usage(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            exit: Exit::Usage,
        }
    }
}

/// An account to sign in to: its card, and how.
#[derive(Clone)]
pub struct Entry {
    pub account: Account,
    pub login: Login,
}

/// Starts the engine on `places`. With no account at all the engine runs empty: the window then welcomes.
pub async fn boot(
    places: &Where,
    settings: &Settings,
    vaults: Vaults,
    waker: Waker,
) -> Result<Boot, BootError> {
    let (entries, simulator) = entries(places, settings).await?;
    let folders = match places {
        Where::Demo { .. } => Folders::throw_away(),
        Where::Real { .. } => Folders::of_user(),
    };
    let clock = Clock::Wall;
    let boot = start(entries, vaults, waker, clock, simulator, folders);
    boot.kept
        .settle(settings.kept_logs, &tokio::runtime::Handle::current());
    Ok(boot)
}

/// The accounts that `places` names, and the simulator that serves them in the demo.
async fn entries(
    places: &Where,
    settings: &Settings,
) -> Result<(Vec<Entry>, Option<Simulator>), BootError> {
    match places {
        Where::Demo { demo, regions } => {
            let simulator = start_simulator(demo).await?;
            let entries = simulated(&simulator, regions)?;
            Ok((entries, Some(simulator)))
        }
        Where::Real {
            profiles,
            regions,
            endpoint_url,
        } => {
            let entries = real(profiles, regions, endpoint_url.as_deref(), settings).await?;
            Ok((entries, None))
        }
    }
}

/// For commands on a terminal: no account is an error.
pub async fn for_terminal(places: Where, waker: Waker) -> Result<Boot, BootError> {
    let vaults = vaults(&places);
    let (entries, simulator) = entries_for_terminal(&places).await?;
    // Nothing is decided from a terminal.
    let folders = Folders::none();
    let clock = Clock::Wall;
    Ok(start(entries, vaults, waker, clock, simulator, folders))
}

/// The accounts of a command on a terminal, without an engine that reads them.
pub async fn entries_for_terminal(
    places: &Where,
) -> Result<(Vec<Entry>, Option<Simulator>), BootError> {
    let settings = match places {
        Where::Demo { .. } => Settings::default(),
        Where::Real { .. } => {
            let peeked = crate::app::settings_store::peek();
            if let Some(notice) = peeked.notice {
                crate::cli::complain(&notice);
            }
            peeked.settings
        }
    };
    let (entries, simulator) = entries(places, &settings).await?;
    if entries.is_empty() {
        let message = "no account: name one with --profile, set AWS_PROFILE, add one in the window, or try --demo";
        return Err(BootError {
            message: message.into(),
            exit: Exit::Unreachable,
        });
    }
    Ok((entries, simulator))
}

/// The vaults of a run: the demo has no keyring.
pub fn vaults(places: &Where) -> Vaults {
    match places {
        Where::Demo { .. } => Vaults::new(None),
        Where::Real { .. } => Vaults::new(Some(Arc::new(Keyring::default()))),
    }
}

/// Wires the parts together and hands the accounts to the engine. Must be called inside a tokio runtime.
pub fn start(
    entries: Vec<Entry>,
    vaults: Vaults,
    waker: Waker,
    clock: Clock,
    simulator: Option<Simulator>,
    folders: Folders,
) -> Boot {
    let aws = Aws::new(vaults.clone(), clock.clone());
    let runtime = tokio::runtime::Handle::current();
    let kept = KeptLogs::new(folders.logs(), waker.clone(), clock.clone());
    kept.look(&runtime);
    let desk = Desk::new(folders, waker.clone(), clock.clone());
    desk.read_again(&runtime);
    let limiter = if simulator.is_some() {
        Limiter::wide()
    } else {
        Limiter::default()
    };
    let means = Means {
        reader: aws.log_reader(),
        limiter: limiter.clone(),
    };
    let parts = Parts {
        sources: aws.sources(),
        logs: aws.log_reader(),
        live: aws.live_tailer(),
        writer: aws.writer(),
        claims: Arc::new(DeskClaims(Arc::clone(&desk))),
        archive: Arc::new(KeptArchive(Arc::clone(&kept))),
        waker,
        clock: clock.clone(),
        limiter,
    };
    let engine = Engine::start(parts, &runtime);
    for Entry { account, login } in &entries {
        aws.put(login.clone());
        engine.put_account(account.clone(), AccountChange::Credentials);
    }
    Boot {
        aws,
        engine,
        vaults,
        desk,
        kept,
        means,
        entries,
        simulator,
        clock,
    }
}

async fn start_simulator(demo: &Demo) -> Result<Simulator, BootError> {
    let options = sim::Options {
        story: demo.story.clone(),
        seed: demo.seed,
        speed: demo.speed,
        clock: sim::Clock::wall(),
        control: false,
        port: 0,
    };
    Simulator::start(options)
        .await
        .map_err(|error| BootError::usage(error.to_string()))
}

/// The accounts of a running simulator, in all their regions or the named ones.
pub fn simulated(simulator: &Simulator, regions: &[String]) -> Result<Vec<Entry>, BootError> {
    let mut entries = Vec::new();
    for account in simulator.accounts() {
        let regions: Vec<Region> = account
            .regions
            .iter()
            .filter(|region| regions.is_empty() || regions.contains(region))
            .map(Region::from)
            .collect();
        if regions.is_empty() {
            continue;
        }
        let name = AccountName::from(&account.name);
        let login = Login {
            account: name.clone(),
            source: LoginSource::Simulated {
                access_key_id: account.access_key_id.clone(),
                secret_access_key: SecretString::from(account.secret_access_key.clone()),
            },
            endpoint: Some(simulator.url()),
        };
        let account = Account {
            name,
            regions,
            source: login.source.label(),
            secret_place: "a fixed key of the simulated account".to_owned(),
            read_only: false,
            production: account.production,
            simulated: true,
            endpoint: Some(simulator.url()),
            identity: Remote::default(),
        };
        entries.push(Entry { account, login });
    }
    if entries.is_empty() {
        return Err(BootError::usage(format!(
            "the story has nothing in {}",
            regions.join(", ")
        )));
    }
    Ok(entries)
}

async fn real(
    profiles: &[String],
    regions: &[String],
    endpoint: Option<&str>,
    settings: &Settings,
) -> Result<Vec<Entry>, BootError> {
    let mut chosen: Vec<AccountSettings> = Vec::new();
    for profile in profiles {
        chosen.push(from_source(
            profile,
            CredentialSource::Profile(profile.clone()),
            settings,
        ));
    }
    if chosen.is_empty() {
        if let Some(profile) = variable("AWS_PROFILE") {
            chosen.push(from_source(
                &profile,
                CredentialSource::Profile(profile.clone()),
                settings,
            ));
        } else if has_variable("AWS_ACCESS_KEY_ID") {
            chosen.push(from_source(
                "environment",
                CredentialSource::Environment,
                settings,
            ));
        } else {
            chosen.clone_from(&settings.accounts);
        }
    }
    let found = profiles::list(Clock::Wall.now()).await.unwrap_or_default();
    if chosen.is_empty() && found.iter().any(|profile| profile.name == "default") {
        chosen.push(from_source(
            "default",
            CredentialSource::Profile("default".into()),
            settings,
        ));
    }
    let mut entries = Vec::new();
    for mut account in chosen {
        if !regions.is_empty() {
            account.regions = regions.iter().map(Region::from).collect();
        }
        if account.regions.is_empty() {
            let of_profile = match &account.source {
                CredentialSource::Profile(name) => found
                    .iter()
                    .find(|profile| profile.name == *name)
                    .and_then(|profile| profile.region.as_deref()),
                CredentialSource::Keyring(_) | CredentialSource::Environment => None,
            };
            account.regions.extend(aws::default_region(of_profile));
        }
        if account.regions.is_empty() {
            return Err(BootError::usage(format!(
                "no region for {}: name one with --region, set AWS_REGION, or give the profile one",
                account.name
            )));
        }
        entries.push(entry(&account, endpoint));
    }
    Ok(entries)
}

/// The settings' account of this source, or a new one: read-only, because it is real.
fn from_source(name: &str, source: CredentialSource, settings: &Settings) -> AccountSettings {
    let known = settings
        .accounts
        .iter()
        .find(|account| account.source == source);
    known.cloned().unwrap_or_else(|| AccountSettings {
        name: name.into(),
        source,
        regions: Vec::new(),
        display_name: None,
        production: false,
        read_only: true,
    })
}

/// The card and the login of an account of the settings.
pub fn entry(account: &AccountSettings, endpoint: Option<&str>) -> Entry {
    let source = match &account.source {
        CredentialSource::Profile(name) => LoginSource::Profile(name.clone()),
        CredentialSource::Keyring(name) => LoginSource::Kept(name.clone()),
        CredentialSource::Environment => LoginSource::Environment,
    };
    let secret_place = match &account.source {
        CredentialSource::Profile(_) => "AWS's own files and caches",
        CredentialSource::Keyring(_) => "the system's keyring, or memory for this run",
        CredentialSource::Environment => "the environment of this program",
    };
    // The variables are left to the SDK, where one for a single service goes before the one for all.
    let login = Login {
        account: account.name.clone(),
        source,
        endpoint: endpoint.map(str::to_owned),
    };
    let account = Account {
        name: account.name.clone(),
        regions: account.regions.clone(),
        source: login.source.label(),
        secret_place: secret_place.to_owned(),
        read_only: account.read_only,
        production: account.production,
        simulated: false,
        endpoint: endpoint
            .map(str::to_owned)
            .or_else(|| variable("AWS_ENDPOINT_URL")),
        identity: Remote::default(),
    };
    Entry { account, login }
}

/// An environment variable that says something.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether a variable is set and not empty, as NO_COLOR's convention wants it.
pub fn has_variable(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}
