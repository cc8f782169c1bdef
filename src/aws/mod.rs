//! AWS: the only room that names its SDK. SDK types end here, as records of the model or as faults.
//!
//! [`Aws`] is the door: the app hands over logins and takes out the sources, the log reader and the writer for the
//! engine, and the answers to what a person asks. Everything runs on the engine's workers and blocks none of them.

mod ask;
mod calls;
mod cloudtrail;
mod cloudwatch;
mod codebuild;
mod codecommit;
mod codedeploy;
mod codepipeline;
mod fault;
mod kms;
mod logs;
mod map;
mod page;
pub mod probe;
pub mod profiles;
mod references;
mod review;
mod s3;
mod secretsmanager;
mod session;
mod ssm;
mod sts;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::Mutex;

use crate::aws::calls::{Calls, Clients};
use crate::aws::session::Session;
pub use crate::aws::session::{Login, LoginSource};
use crate::engine::source::{
    Clock, Limiter, LiveTailer, LogReader, LogSearcher, Reader, Source, Writer,
};
use crate::model::account::Identity;
use crate::model::build::Build;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{AccountName, BuildId, Region, Scope};
use crate::model::time::Timestamp;
use crate::secrets::Vaults;

/// Every service this program reads, one line each.
const SOURCES: [fn(&Arc<Sessions>) -> Arc<dyn Source>; 5] = [
    sts::Identities::source,
    codepipeline::Pipelines::source,
    codebuild::Builds::source,
    codedeploy::Deployments::source,
    codecommit::Repositories::source,
];

/// AWS as the app holds it. Clones share everything.
#[derive(Clone)]
pub struct Aws {
    sessions: Arc<Sessions>,
}

impl Aws {
    /// Reads nothing yet: a session opens with its first call.
    pub fn new(vaults: Vaults, clock: Clock) -> Self {
        Self {
            sessions: Arc::new(Sessions {
                accounts: ArcSwap::default(),
                vaults,
                clock,
                limiter: Limiter::default(),
                artifacts: s3::Kept::default(),
            }),
        }
    }

    /// Signs in to an account, or signs in anew: what was open under this name is dropped.
    pub fn put(&self, login: Login) {
        let slot = Arc::new(Slot {
            login,
            session: Mutex::default(),
        });
        self.sessions.accounts.rcu(|accounts| {
            let mut accounts = BTreeMap::clone(accounts);
            accounts.insert(slot.login.account.clone(), Arc::clone(&slot));
            accounts
        });
    }

    pub fn remove(&self, account: &AccountName) {
        self.sessions.accounts.rcu(|accounts| {
            let mut accounts = BTreeMap::clone(accounts);
            accounts.remove(account);
            accounts
        });
    }

    pub fn sources(&self) -> Vec<Arc<dyn Source>> {
        SOURCES
            .iter()
            .map(|source| source(&self.sessions))
            .collect()
    }

    pub fn log_reader(&self) -> Arc<dyn LogReader> {
        Arc::new(logs::Logs {
            sessions: Arc::clone(&self.sessions),
        })
    }

    pub fn log_searcher(&self) -> Arc<dyn LogSearcher> {
        Arc::new(logs::Logs {
            sessions: Arc::clone(&self.sessions),
        })
    }

    pub fn live_tailer(&self) -> Arc<dyn LiveTailer> {
        Arc::new(logs::Logs {
            sessions: Arc::clone(&self.sessions),
        })
    }

    pub fn writer(&self) -> Arc<dyn Writer> {
        Arc::new(write::Writes {
            sessions: Arc::clone(&self.sessions),
        })
    }

    /// One build as it is now, for `starboard tail`: one call. Outside the engine's budget.
    pub async fn build(&self, scope: &Scope, id: &BuildId) -> Result<Build, Fault> {
        let calls = self.sessions.calls(scope).await?;
        codebuild::one(&calls, id).await
    }

    /// Signs in anew and asks STS who that is: the test of a credential.
    pub async fn identity(&self, scope: &Scope) -> Result<Identity, Fault> {
        self.sessions.forget(&scope.account);
        let calls = self.sessions.calls(scope).await?;
        let mut identity = sts::caller(&calls).await?;
        identity.expires = self.sessions.expires(&scope.account).await;
        Ok(identity)
    }

    /// The custom endpoints in force for an account, for its card.
    pub async fn endpoints(&self, account: &AccountName) -> Result<Vec<String>, Fault> {
        let session = self.sessions.session(account).await?;
        Ok(session.endpoints.clone())
    }
}

/// One account's login, and its session once it is open.
struct Slot {
    login: Login,
    session: Mutex<Option<Result<Arc<Session>, Fault>>>,
}

/// The accounts signed in to.
struct Sessions {
    accounts: ArcSwap<BTreeMap<AccountName, Arc<Slot>>>,
    vaults: Vaults,
    clock: Clock,
    /// What a person asks for goes without the engine's budget; CloudTrail alone holds everybody to two calls a second.
    limiter: Limiter,
    artifacts: s3::Kept,
}

impl Sessions {
    async fn session(&self, account: &AccountName) -> Result<Arc<Session>, Fault> {
        let slot = self.accounts.load().get(account).cloned();
        let Some(slot) = slot else {
            let mut fault = Fault::local(
                "account",
                "sign in",
                format!("nobody is signed in to {account}"),
                self.clock.now(),
            );
            fault.class = FaultClass::SignIn;
            return Err(fault);
        };
        let mut open = slot.session.lock().await;
        if let Some(known) = &*open {
            return known.clone();
        }
        let opened = Session::open(&slot.login, &self.vaults, &self.clock).await;
        let opened = opened.map(Arc::new);
        // A keyring that failed is asked again only when a person asks: each time could raise its prompt.
        let is_keyring = matches!(&opened, Err(fault) if fault.service == "keyring");
        if opened.is_ok() || is_keyring {
            *open = Some(opened.clone());
        }
        opened
    }

    async fn clients(&self, scope: &Scope) -> Result<Arc<Clients>, Fault> {
        let session = self.session(&scope.account).await;
        match session {
            Ok(session) => Ok(session.clients(&scope.region).await),
            Err(mut fault) => {
                fault.scope = Some(scope.clone());
                Err(fault)
            }
        }
    }

    /// Calls outside the engine's budget: what a person asked for, once.
    async fn calls(&self, scope: &Scope) -> Result<Calls<'static>, Fault> {
        Ok(Calls {
            clients: self.clients(scope).await?,
            reader: None,
        })
    }

    /// Calls on the engine's budget.
    async fn reading<'a>(&self, reader: &'a Reader) -> Result<Calls<'a>, Fault> {
        Ok(Calls {
            clients: self.clients(&reader.scope).await?,
            reader: Some(reader),
        })
    }

    /// Drops what is open of an account, so that the next call signs in anew.
    fn forget(&self, account: &AccountName) {
        if let Some(slot) = self.accounts.load().get(account)
            && let Ok(mut open) = slot.session.try_lock()
        {
            *open = None;
        }
    }

    /// After a sign-in fault the AWS files are read anew for the next call: a person may have signed in meanwhile, and
    /// must not have to restart for it. Other sources change only by [`Aws::put`].
    fn note(&self, account: &AccountName, class: Option<FaultClass>) {
        let accounts = self.accounts.load();
        let slot = accounts.get(account);
        let is_profile =
            slot.is_some_and(|slot| matches!(slot.login.source, LoginSource::Profile(_)));
        if class == Some(FaultClass::SignIn) && is_profile {
            self.forget(account);
        }
    }

    /// The end of a reading, noted.
    fn after(&self, reader: &Reader, class: Option<FaultClass>) -> Result<(), FaultClass> {
        self.note(&reader.scope.account, class);
        class.map_or(Ok(()), Err)
    }

    async fn expires(&self, account: &AccountName) -> Option<Timestamp> {
        self.session(account).await.ok()?.expires()
    }
}

fn class_of<T>(result: &Result<T, Fault>) -> Option<FaultClass> {
    result.as_ref().err().map(|fault| fault.class)
}

/// The region a profile's calls go to when nobody names one: its own, the variables', or none.
pub fn default_region(of_profile: Option<&str>) -> Option<Region> {
    let named = ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .chain(of_profile.map(str::to_owned));
    let mut named = named.filter(|region| !region.is_empty());
    named.next().map(Region::from)
}
