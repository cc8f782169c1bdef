//! `starboard simulate`: the simulated account alone, so that any AWS client can be held against it.

use std::io::Write as _;

use crate::app::boot::Demo;
use crate::cli::{Exit, complain, signal};
use crate::sim::{Clock, Options, Simulator};

/// Serves until SIGINT or SIGTERM. Prints the URL, the lines to export, the other accounts' as comments, and the token
/// that `/_sim/` asks for.
pub(super) async fn run(demo: Demo, port: u16) -> Exit {
    let options = Options {
        story: demo.story,
        seed: demo.seed,
        speed: demo.speed,
        clock: Clock::wall(),
        control: true,
        port,
    };
    let simulator = match Simulator::start(options).await {
        Ok(simulator) => simulator,
        Err(error) => {
            complain(&error.to_string());
            return Exit::Usage;
        }
    };
    let mut text = format!("{}\n\n{}", simulator.url(), simulator.exports());
    if let Some(token) = simulator.control_token() {
        text.push_str(&format!(
            "\n# control: POST {}/_sim/... with the header x-sim-token: {token}\n",
            simulator.url()
        ));
    }
    let mut out = std::io::stdout().lock();
    if out
        .write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .is_err()
    {
        return Exit::Done;
    }
    drop(out);
    signal().await;
    simulator.shutdown();
    Exit::Done
}
