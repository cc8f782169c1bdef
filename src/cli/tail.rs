//! `starboard tail`: a log on a terminal or into a file, by the same tail as the window's.
//!
//! One line an event, the message alone. Notes go to standard error.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use crate::app::boot::{self, Where};
use crate::aws::Aws;
use crate::cli::{Exit, complain};
use crate::engine::clock::Clock;
use crate::engine::source::LogReader;
use crate::engine::tail::{Step, Tail};
use crate::model::build::{Build, LogLocation};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{BuildId, LogGroupName, LogKey, LogStreamName, Scope};
use crate::model::log::TailPosition;
use crate::model::terminal;

pub(super) enum What {
    /// Ends with the build.
    Build(BuildId),
    Stream {
        group: LogGroupName,
        stream: LogStreamName,
        until_end: bool,
    },
}

const BUILD_EVERY: Duration = Duration::from_secs(3);

pub(super) async fn run(places: Where, what: What) -> Exit {
    // No engine: it would read the whole account beside one log.
    let (entries, _simulator) = match boot::entries_for_terminal(&places).await {
        Ok(entries) => entries,
        Err(error) => {
            complain(&error.message);
            return error.exit;
        }
    };
    let aws = Aws::new(boot::vaults(&places), Clock::Wall);
    for entry in &entries {
        aws.put(entry.login.clone());
    }
    let scopes: Vec<Scope> = entries
        .iter()
        .flat_map(|entry| entry.account.scopes().collect::<Vec<_>>())
        .collect();
    let mut printer = Printer::new();
    let result = match what {
        What::Build(id) => build(&aws, &scopes, &id, &mut printer).await,
        What::Stream {
            group,
            stream,
            until_end,
        } => {
            let Some(scope) = scopes.into_iter().next() else {
                return Exit::Usage;
            };
            let key = LogKey {
                scope,
                group,
                stream,
            };
            stream_to_end(&aws, key, until_end, &mut printer).await
        }
    };
    result.unwrap_or_else(|stop| match stop {
        // The reader of our output has gone, as with `| head`: that is no error.
        Stop::OutputClosed => Exit::Done,
        Stop::Fault(fault) => {
            complain(&fault.headline());
            complain(fault.class.advice());
            Exit::Unreachable
        }
    })
}

enum Stop {
    OutputClosed,
    Fault(Box<Fault>),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

/// Finds the build in the first scope that knows it, then prints its log until it has ended.
async fn build(
    aws: &Aws,
    scopes: &[Scope],
    id: &BuildId,
    printer: &mut Printer,
) -> Result<Exit, Stop> {
    let mut found: Option<(Scope, Build)> = None;
    let mut last = None;
    for scope in scopes {
        match aws.build(scope, id).await {
            Ok(build) => {
                found = Some((scope.clone(), build));
                break;
            }
            Err(fault) => last = Some(fault),
        }
    }
    let Some((scope, mut build)) = found else {
        return Err(last.map_or(Stop::OutputClosed, Stop::from));
    };
    complain(&format!("{} in {scope}: {}", build.id, build.state));
    let reader = aws.log_reader();
    let mut tail: Option<Tail> = None;
    let mut checked = tokio::time::Instant::now();
    loop {
        let ended = !build.state.status.is_moving();
        if let (None, Some(LogLocation { group, stream })) = (&tail, &build.log) {
            tail = Some(Tail::new(LogKey {
                scope: scope.clone(),
                group: group.clone(),
                stream: stream.clone(),
            }));
        }
        let mut wait = BUILD_EVERY;
        let mut at_end = tail.is_none();
        if let Some(tail) = &mut tail {
            let step = step(tail, &*reader).await?;
            printer.events(&step.events)?;
            wait = step.wait;
            at_end = step.position != TailPosition::Reading;
        }
        if ended && at_end {
            complain(&format!("{} {}", build.id, build.state));
            return Ok(if build.state.status.is_bad() {
                Exit::Failed
            } else {
                Exit::Done
            });
        }
        tokio::time::sleep(wait).await;
        if checked.elapsed() >= BUILD_EVERY && !ended {
            build = read_build(aws, &scope, id).await?;
            checked = tokio::time::Instant::now();
        }
    }
}

async fn stream_to_end(
    aws: &Aws,
    key: LogKey,
    until_end: bool,
    printer: &mut Printer,
) -> Result<Exit, Stop> {
    let reader = aws.log_reader();
    let mut tail = Tail::new(key);
    loop {
        let step = step(&mut tail, &*reader).await?;
        printer.events(&step.events)?;
        match step.position {
            TailPosition::CaughtUp if until_end => return Ok(Exit::Done),
            TailPosition::Waiting if until_end => {
                complain(&format!(
                    "there is no log stream {} in {}",
                    tail.key.stream, tail.key.group
                ));
                return Ok(Exit::Unreachable);
            }
            _ => tokio::time::sleep(step.wait).await,
        }
    }
}

/// One page; faults that pass are waited out, the others end the command.
async fn step(tail: &mut Tail, reader: &dyn LogReader) -> Result<Step, Stop> {
    let mut patience = Patience::default();
    loop {
        match tail.step(reader).await {
            Ok(step) => return Ok(step),
            Err(fault) => patience.wait_out(fault).await?,
        }
    }
}

/// The build as it is now, with the same patience.
async fn read_build(aws: &Aws, scope: &Scope, id: &BuildId) -> Result<Build, Stop> {
    let mut patience = Patience::default();
    loop {
        match aws.build(scope, id).await {
            Ok(build) => return Ok(build),
            Err(fault) => patience.wait_out(fault).await?,
        }
    }
}

/// Waits longer after each fault in a row that may pass by itself: two minutes in all.
struct Patience {
    wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            wait: Duration::from_secs(1),
        }
    }
}

impl Patience {
    async fn wait_out(&mut self, fault: Fault) -> Result<(), Stop> {
        let passes = matches!(
            fault.class,
            FaultClass::Throttled | FaultClass::TimedOut | FaultClass::Service
        );
        if !passes || self.wait > Duration::from_mins(1) {
            return Err(fault.into());
        }
        complain(&format!(
            "{}; again in {} s",
            fault.headline(),
            self.wait.as_secs()
        ));
        tokio::time::sleep(self.wait).await;
        self.wait *= 2;
        Ok(())
    }
}

/// Writes messages: as they are into a file or pipe, made safe on a terminal.
struct Printer {
    out: std::io::BufWriter<std::io::Stdout>,
    /// Some(keep colours) on a terminal.
    terminal: Option<bool>,
}

impl Printer {
    fn new() -> Self {
        let out = std::io::stdout();
        let colours = !boot::has_variable("NO_COLOR");
        let terminal = out.is_terminal().then_some(colours);
        Self {
            out: std::io::BufWriter::new(out),
            terminal,
        }
    }

    fn events(&mut self, events: &[(i64, String)]) -> Result<(), Stop> {
        let write = |out: &mut std::io::BufWriter<std::io::Stdout>,
                     terminal: Option<bool>|
         -> std::io::Result<()> {
            for (_, message) in events {
                let message = message.strip_suffix('\n').unwrap_or(message);
                match terminal {
                    None => out.write_all(message.as_bytes())?,
                    Some(colours) => {
                        out.write_all(terminal::safe_line(message, colours).as_bytes())?;
                    }
                }
                out.write_all(b"\n")?;
            }
            out.flush()
        };
        write(&mut self.out, self.terminal).map_err(|_closed| Stop::OutputClosed)
    }
}
