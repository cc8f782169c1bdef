//! The simulator as the demo, `starboard simulate` and the tests hold it.

use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::sim::clock::Clock;
use crate::sim::faults::Faults;
use crate::sim::random::Random;
use crate::sim::server::{self, Request, Shared};
use crate::sim::world::World;
use crate::sim::world::story::{self, SimAccount, StoryError, StorySource};

/// What to simulate, and how.
#[derive(Clone, Debug)]
pub struct Options {
    pub story: StorySource,
    /// The same seed gives the same ids.
    pub seed: u64,
    /// How many times faster than told the story passes; 1 is its own pace.
    pub speed: f64,
    pub clock: Clock,
    /// Whether `/_sim/…` is served, guarded by [`Simulator::control_token`].
    pub control: bool,
    /// 0 takes any free port.
    pub port: u16,
}

impl Options {
    /// A named story on the wall clock at its own pace, on any port, without the control endpoint.
    pub fn named(story: &str) -> Self {
        Self {
            story: StorySource::Named(story.to_owned()),
            seed: 1,
            speed: 1.0,
            clock: Clock::wall(),
            control: false,
            port: 0,
        }
    }
}

/// A running simulated account. Dropping it ends it.
pub struct Simulator {
    shared: Arc<Shared>,
    story: String,
    accounts: Vec<SimAccount>,
    port: u16,
}

impl fmt::Debug for Simulator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Simulator")
            .field("story", &self.story)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Simulator {
    /// Tells the story and serves it on 127.0.0.1, on the tokio runtime that this is called in.
    pub async fn start(options: Options) -> Result<Self, StoryError> {
        let Options {
            story,
            seed,
            speed,
            clock,
            control,
            port,
        } = options;
        let told = story::tell(&story, seed, clock.now(), speed)?;
        let token =
            control.then(|| Random::named(clock.wire_now() as u64, "control token").hex(32));
        let shared = Arc::new(Shared::new(told.world, clock, token));
        let port = server::serve(Arc::clone(&shared), port)
            .await
            .map_err(|fault| StoryError {
                file: format!("127.0.0.1:{port}"),
                at: None,
                message: format!("the simulated account cannot listen there: {fault}"),
            })?;
        Ok(Self {
            shared,
            story: told.name,
            accounts: told.accounts,
            port,
        })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The accounts in the story's order, each with its key pair.
    pub fn accounts(&self) -> &[SimAccount] {
        &self.accounts
    }

    pub fn story_name(&self) -> &str {
        &self.story
    }

    /// What the header `x-sim-token` must hold; none when the control endpoint is not served.
    pub fn control_token(&self) -> Option<&str> {
        self.shared.control_token.as_deref()
    }

    pub fn faults(&self) -> Faults {
        self.shared.faults.clone()
    }

    /// The latest verified requests, oldest first; twenty thousand are kept.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests().latest()
    }

    /// How often an operation was called since the start.
    pub fn request_count(&self, operation: &str) -> usize {
        self.shared
            .requests()
            .counts()
            .get(operation)
            .copied()
            .unwrap_or(0)
    }

    /// Hands the world, moved to the present, to a test that pushes, approves or looks.
    pub fn world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.shared.world())
    }

    /// Lines for a shell: the first account in its first region as AWS's variables, the others as comments.
    pub fn exports(&self) -> String {
        let mut text = String::new();
        for (index, account) in self.accounts.iter().enumerate() {
            let region = account.regions.first().map_or("", String::as_str);
            let variables = [
                ("AWS_ENDPOINT_URL", self.url()),
                ("AWS_ACCESS_KEY_ID", account.access_key_id.clone()),
                ("AWS_SECRET_ACCESS_KEY", account.secret_access_key.clone()),
                ("AWS_REGION", region.to_owned()),
                ("AWS_DEFAULT_REGION", region.to_owned()),
            ];
            let mark = if index == 0 { "" } else { "# " };
            if index > 0 {
                let _ = writeln!(
                    text,
                    "# account {}: {} in {}",
                    account.name,
                    account.account_id,
                    account.regions.join(", ")
                );
            }
            for (name, value) in variables.iter().skip(usize::from(index > 0)) {
                let _ = writeln!(text, "{mark}export {name}={value}");
            }
        }
        text
    }

    /// Ends the listener and every connection.
    pub fn shutdown(&self) {
        self.shared.stop();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shutdown();
    }
}
