//! A simulated account on a hand-turned clock, signed in to, and an engine over it: what every test of the wire stands on.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use secrecy::SecretString;
use starboard::aws::{Aws, Login, LoginSource};
use starboard::engine::archive::NoArchive;
use starboard::engine::clock::Clock;
use starboard::engine::limiter::Limiter;
use starboard::engine::source::Source;
use starboard::engine::waker::Waker;
use starboard::engine::{Engine, Parts};
use starboard::secrets::Vaults;
use starboard::sim::{self, Options, Simulator};

use crate::harness::undecided;

/// Every account of a story, signed in to at `start`. The clock stands until the test turns it, for both sides.
pub async fn signed_in(story: Options, start: i64) -> (Simulator, Aws, Arc<AtomicI64>) {
    let now = Arc::new(AtomicI64::new(start));
    let options = Options {
        clock: sim::Clock::manual(Arc::clone(&now)),
        ..story
    };
    let sim = Simulator::start(options).await.unwrap();
    let aws = Aws::new(Vaults::new(None), Clock::Manual(Arc::clone(&now)));
    for account in sim.accounts() {
        aws.put(Login {
            account: account.name.as_str().into(),
            source: LoginSource::Simulated {
                access_key_id: account.access_key_id.clone(),
                secret_access_key: SecretString::from(account.secret_access_key.clone()),
            },
            endpoint: Some(sim.url()),
        });
    }
    (sim, aws, now)
}

/// An engine that reads through these sources, keeps nothing and wakes nobody.
pub fn engine(aws: &Aws, sources: Vec<Arc<dyn Source>>, clock: Clock) -> Engine {
    let parts = Parts {
        sources,
        logs: aws.log_reader(),
        live: aws.live_tailer(),
        writer: aws.writer(),
        claims: undecided(),
        archive: Arc::new(NoArchive),
        waker: Waker::none(),
        clock,
        limiter: Limiter::wide(),
    };
    Engine::start(parts, &tokio::runtime::Handle::current())
}
