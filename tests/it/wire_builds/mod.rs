//! Builds over the wire: what the product reads of projects, histories, reports, batches and references, and that each
//! write is one request whose end is known.

mod reads;
mod writes;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use starboard::aws::{Aws, Login, LoginSource};
use starboard::engine::archive::NoArchive;
use starboard::engine::clock::Clock;
use starboard::engine::limiter::Limiter;
use starboard::engine::waker::Waker;
use starboard::engine::{AccountChange, Engine, Parts};
use starboard::model::account::Account;
use starboard::model::focus::Focus;
use starboard::model::ids::{BuildProjectKey, Scope};
use starboard::model::remote::Remote;
use starboard::model::snapshot::Snapshot;
use starboard::secrets::Vaults;
use starboard::sim::world::story::StorySource;
use starboard::sim::{self, Options, Simulator};

use crate::harness::undecided;

/// 2026-11-23 16:00 UTC.
const START: i64 = 1_795_449_600_000;

/// The yard's account, signed in to, with an engine at work in it.
struct Yard {
    sim: Simulator,
    aws: Aws,
    engine: Engine,
    now: Arc<AtomicI64>,
}

impl Yard {
    async fn open() -> Self {
        let now = Arc::new(AtomicI64::new(START));
        let options = Options {
            clock: sim::Clock::manual(Arc::clone(&now)),
            story: StorySource::Text {
                name: "yard".to_owned(),
                text: include_str!("yard.toml").to_owned(),
            },
            ..Options::named("")
        };
        let sim = Simulator::start(options).await.unwrap();
        let aws = Aws::new(Vaults::new(None), Clock::Manual(Arc::clone(&now)));
        let account = &sim.accounts()[0];
        aws.put(Login {
            account: account.name.as_str().into(),
            source: LoginSource::Simulated {
                access_key_id: account.access_key_id.clone(),
                secret_access_key: SecretString::from(account.secret_access_key.clone()),
            },
            endpoint: Some(sim.url()),
        });
        let engine = engine(&aws, &now);
        let yard = Self {
            sim,
            aws,
            engine,
            now,
        };
        yard.sign_in();
        yard.engine.complete().await;
        yard
    }

    fn sign_in(&self) {
        let account = Account {
            name: scope().account,
            regions: vec![scope().region],
            source: String::new(),
            secret_place: String::new(),
            read_only: false,
            production: false,
            simulated: true,
            endpoint: Some(self.sim.url()),
            identity: Remote::default(),
        };
        self.engine.put_account(account, AccountChange::Credentials);
    }

    fn pass(&self, span: Duration) {
        self.now
            .fetch_add(span.as_millis() as i64, Ordering::AcqRel);
    }

    /// Waits until the published state says so.
    async fn until<T>(&self, what: &str, look: impl Fn(&Snapshot) -> Option<T>) -> T {
        let wait = async {
            loop {
                if let Some(found) = look(&self.engine.published().load()) {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_mins(1), wait).await;
        waited.unwrap_or_else(|_| panic!("{what} within a minute"))
    }

    fn look_at(&self, focus: Focus) {
        self.engine.look_at(focus);
    }
}

fn engine(aws: &Aws, now: &Arc<AtomicI64>) -> Engine {
    let parts = Parts {
        sources: aws.sources(),
        logs: aws.log_reader(),
        live: aws.live_tailer(),
        writer: aws.writer(),
        claims: undecided(),
        archive: Arc::new(NoArchive),
        waker: Waker::none(),
        clock: Clock::Manual(Arc::clone(now)),
        limiter: Limiter::wide(),
    };
    Engine::start(parts, &tokio::runtime::Handle::current())
}

fn scope() -> Scope {
    Scope {
        account: "prod".into(),
        region: "eu-west-1".into(),
    }
}

fn project(name: &str) -> BuildProjectKey {
    BuildProjectKey {
        scope: scope(),
        name: name.into(),
    }
}
