//! Builds over the wire: what the product reads of projects, histories, reports, batches and references, and that each
//! write is one request whose end is known.

mod reads;
mod writes;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use starboard::aws::Aws;
use starboard::engine::clock::Clock;
use starboard::engine::{AccountChange, Engine};
use starboard::model::account::Account;
use starboard::model::focus::Focus;
use starboard::model::ids::{BuildProjectKey, Scope};
use starboard::model::remote::Remote;
use starboard::model::snapshot::Snapshot;
use starboard::sim::world::story::StorySource;
use starboard::sim::{Options, Simulator};

use crate::account::{engine, signed_in};

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
        let story = Options {
            story: StorySource::Text {
                name: "yard".to_owned(),
                text: include_str!("yard.toml").to_owned(),
            },
            ..Options::named("")
        };
        let (sim, aws, now) = signed_in(story, START).await;
        let clock = Clock::Manual(Arc::clone(&now));
        let engine = engine(&aws, aws.sources(), clock);
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
