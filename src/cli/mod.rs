//! The command line: what a person or a script asks for, and the exit status they get back.
//!
//! Nothing but the window opens a display; every command works on a machine without one.

mod doctor;
mod printer;
mod simulate;
mod status;
mod status_json;
mod status_text;
mod tail;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::app;
use crate::app::boot::{Demo, Where};
use crate::cli::status::{ExitStatus, Form};

/// What the exit status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done,
    /// A latest execution, build or deployment failed, or a line of `doctor`.
    Failed,
    Usage,
    /// Nothing could be reached: sign-in, network.
    Unreachable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Unreachable => 3,
        })
    }
}

/// A native desktop dashboard for AWS delivery.
#[derive(Debug, Parser)]
#[command(name = "starboard", version, about, max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    places: Places,
    #[command(subcommand)]
    verb: Option<Verb>,
}

/// Which accounts and regions to look at.
#[derive(Args, Clone, Debug)]
struct Places {
    /// Show the simulated account: a story's name or the path of a story file
    #[arg(
        long,
        global = true,
        value_name = "STORY",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "harbour"
    )]
    demo: Option<String>,
    /// An AWS profile; may be given several times
    #[arg(long = "profile", global = true, value_name = "NAME")]
    profiles: Vec<String>,
    /// A region; may be given several times
    #[arg(long = "region", global = true, value_name = "NAME")]
    regions: Vec<String>,
    /// Send every request here instead of to AWS
    #[arg(long, global = true, value_name = "URL")]
    endpoint_url: Option<String>,
    #[command(flatten)]
    world: World,
}

/// What the simulated account is like.
#[derive(Args, Clone, Debug)]
struct World {
    /// Seed of all that is drawn by chance in the simulated account
    #[arg(long, global = true, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Generate this many pipelines in place of the story
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pipelines: Option<u32>,
    /// Make the story's durations this many times shorter
    #[arg(long, global = true, value_name = "X", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
}

fn ago(text: &str) -> Result<std::time::Duration, String> {
    let span: jiff::SignedDuration = text.parse().map_err(|error| format!("{error}"))?;
    span.try_into()
        .map_err(|_error| "a time that lies in the past".to_owned())
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|error| format!("{error}"))?;
    if (0.01..=1_000.0).contains(&speed) {
        Ok(speed)
    } else {
        Err("a number from 0.01 to 1000".to_owned())
    }
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Read everything once and print it
    Status {
        /// As JSON, documented in the README
        #[arg(long)]
        json: bool,
        /// Exit with 1 when a latest execution, build or deployment has failed
        #[arg(long)]
        exit_status: bool,
    },
    /// Print a log as it grows: of a build, or of a log stream
    Tail {
        /// The build, as `project:uuid`; ends with the build, and with 1 when it failed
        #[arg(long, value_name = "ID", conflicts_with_all = ["group", "stream"])]
        build: Option<String>,
        /// The log group
        #[arg(required_unless_present = "build")]
        group: Option<String>,
        /// The log stream; with --filter it may be left out
        #[arg(required_unless_present_any = ["build", "filter"])]
        stream: Option<String>,
        /// Search by FilterLogEvents, in all streams of the group, for a filter pattern; "" finds all
        #[arg(long, value_name = "PATTERN", conflicts_with = "build")]
        filter: Option<String>,
        /// With --filter: from so long ago, as 90m or 24h
        #[arg(long, value_name = "TIME", requires = "filter", value_parser = ago)]
        since: Option<std::time::Duration>,
        /// Stop at the end of what is there now
        #[arg(long)]
        until_end: bool,
    },
    /// Check identity, clock, endpoints, keyring, proxy, and which read operations answer
    Doctor,
    /// Serve the simulated account alone, for any AWS client
    Simulate {
        /// A story's name or the path of a story file
        #[arg(long, default_value = "harbour")]
        story: String,
        /// The port on 127.0.0.1; 0 picks a free one
        #[arg(long, default_value_t = 0)]
        port: u16,
    },
}

impl Places {
    /// The one that is meant; an error where both the simulated account and a real one are.
    fn resolve(self) -> Result<Where, clap::Error> {
        // clap's own `conflicts_with` misses a flag before the verb that conflicts with one behind it.
        let real = [
            ("--profile", !self.profiles.is_empty()),
            ("--endpoint-url", self.endpoint_url.is_some()),
        ];
        let real = real.into_iter().find(|(_, is_given)| *is_given);
        if let (Some(_), Some((flag, _))) = (&self.demo, real) {
            let message = format!("the argument '--demo' cannot be used with '{flag}'");
            return Err(Arguments::command().error(ErrorKind::ArgumentConflict, message));
        }
        let story = self.demo.as_deref().map(app::boot::story);
        let generated = self
            .world
            .pipelines
            .map(|count| crate::sim::StorySource::Generated {
                pipelines: count as usize,
            });
        let demo = story.map(|story| Demo {
            story: generated.unwrap_or(story),
            seed: self.world.seed,
            speed: self.world.speed,
        });
        Ok(match demo {
            Some(demo) => Where::Demo {
                demo,
                regions: self.regions,
            },
            None => Where::Real {
                profiles: self.profiles,
                regions: self.regions,
                endpoint_url: self.endpoint_url,
            },
        })
    }
}

/// Parses the arguments and runs what they ask for. The tokio runtime is made here and handed down, because eframe
/// wants the main thread for itself.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let world = arguments.places.world.clone();
    let places = match arguments.places.resolve() {
        Ok(places) => places,
        Err(error) => error.exit(),
    };
    start_log();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .thread_name("engine")
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("the runtime could not be started: {error}"));
            return Exit::Unreachable.into();
        }
    };
    let exit = match arguments.verb {
        None => app::window(&runtime, &places),
        Some(Verb::Status { json, exit_status }) => {
            let form = if json { Form::Json } else { Form::Text };
            let told = if exit_status {
                ExitStatus::OfWhatFailed
            } else {
                ExitStatus::OfReading
            };
            runtime.block_on(status::run(places, form, told))
        }
        Some(Verb::Tail {
            build,
            group,
            stream,
            filter,
            since,
            until_end,
        }) => {
            let group = group.unwrap_or_default().into();
            let what = match (build, filter) {
                (Some(build), _) => tail::What::Build(build.into()),
                (None, Some(pattern)) => tail::What::Search {
                    group,
                    stream: stream.map(Into::into),
                    pattern,
                    since,
                    until_end,
                },
                (None, None) => tail::What::Stream {
                    group,
                    stream: stream.unwrap_or_default().into(),
                    until_end,
                },
            };
            runtime.block_on(tail::run(places, what))
        }
        Some(Verb::Doctor) => runtime.block_on(doctor::run(places)),
        Some(Verb::Simulate { story, port }) => {
            let story = match world.pipelines {
                Some(count) => crate::sim::StorySource::Generated {
                    pipelines: count as usize,
                },
                None => app::boot::story(&story),
            };
            runtime.block_on(simulate::run(
                Demo {
                    story,
                    seed: world.seed,
                    speed: world.speed,
                },
                port,
            ))
        }
    };
    // A keyring's prompt may hold a blocking thread for minutes; nothing waits for it.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    exit.into()
}

/// Errors and notes for a person, never on standard output.
pub(crate) fn complain(text: &str) {
    use std::io::Write as _;
    // Nobody is left to tell when standard error is closed.
    writeln!(std::io::stderr().lock(), "starboard: {text}").ok();
}

/// The program's own log goes to standard error, by `STARBOARD_LOG` (as `info` or `starboard::engine=debug`); warnings
/// alone without it. The SDK's own events could hold request bodies and stay off.
fn start_log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("STARBOARD_LOG")
        .unwrap_or_else(|_| EnvFilter::new("starboard=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
}

/// Waits for SIGINT or SIGTERM.
pub(crate) async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler the default one ends the program.
    tokio::signal::ctrl_c().await.ok();
}
