//! `starboard tail`: a log on a terminal or into a file, by the same tail as the window's.
//!
//! One line an event, the message alone. Notes go to standard error.

use std::sync::Arc;
use std::time::Duration;

use crate::app::boot::{self, Where};
use crate::aws::Aws;
use crate::cli::printer::Printer;
use crate::cli::{Exit, complain};
use crate::engine::clock::Clock;
use crate::engine::search_tail::SearchTail;
use crate::engine::source::{LogReader, LogSearch, LogSearcher};
use crate::engine::tail::{Step, Tail};
use crate::model::build::{Build, LogLocation};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{BuildId, LogGroupName, LogKey, LogStreamName, Scope};
use crate::model::log::TailPosition;

pub(super) enum What {
    /// Ends with the build.
    Build(BuildId),
    Stream {
        group: LogGroupName,
        stream: LogStreamName,
        until_end: bool,
    },
    /// By FilterLogEvents.
    Search {
        group: LogGroupName,
        /// None: all of the group.
        stream: Option<LogStreamName>,
        pattern: String,
        /// From so long ago; none: from the first event.
        since: Option<Duration>,
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
    let printer = Printer::new();
    let result = match what {
        What::Build(id) => build(&aws, &scopes, &id, &printer).await,
        streams => {
            let Some(scope) = scopes.into_iter().next() else {
                return Exit::Usage;
            };
            streams_to_end(&aws, scope, streams, &printer).await
        }
    };
    let result = match (result, printer.end().await) {
        (Ok(_), false) => Err(Stop::OutputClosed),
        (result, _) => result,
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
async fn build(aws: &Aws, scopes: &[Scope], id: &BuildId, printer: &Printer) -> Result<Exit, Stop> {
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
    let mut tail: Option<Following> = None;
    let mut checked = tokio::time::Instant::now();
    loop {
        let ended = !build.state.status.is_moving();
        if let (None, Some(LogLocation { group, stream })) = (&tail, &build.log) {
            let key = LogKey {
                scope: scope.clone(),
                group: group.clone(),
                stream: stream.clone(),
            };
            tail = Some(Following::Stream(Tail::new(key), aws.log_reader()));
        }
        let mut wait = BUILD_EVERY;
        let mut at_end = tail.is_none();
        if let Some(tail) = &mut tail {
            let step = step(tail).await?;
            wait = step.wait;
            at_end = !step.position.is_reading();
            print(printer, step).await?;
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

/// What is followed, page by page.
enum Following {
    Stream(Tail, Arc<dyn LogReader>),
    Search(SearchTail, Arc<dyn LogSearcher>),
}

impl Following {
    async fn step(&mut self) -> Result<Step, Fault> {
        match self {
            Self::Stream(tail, reader) => tail.step(&**reader).await,
            Self::Search(tail, searcher) => tail.step(&**searcher).await,
        }
    }
}

async fn streams_to_end(
    aws: &Aws,
    scope: Scope,
    what: What,
    printer: &Printer,
) -> Result<Exit, Stop> {
    let (mut following, name, until_end) = match what {
        What::Stream {
            group,
            stream,
            until_end,
        } => {
            let name = format!("log stream {stream} in {group}");
            let key = LogKey {
                scope,
                group,
                stream,
            };
            let following = Following::Stream(Tail::new(key), aws.log_reader());
            (following, name, until_end)
        }
        What::Search {
            group,
            stream,
            pattern,
            since,
            until_end,
        } => {
            let name = format!("log group {group} with such streams");
            let search = LogSearch {
                scope,
                group,
                stream,
                pattern,
            };
            let since = since.map(|ago| (Clock::Wall.now().millis()) - ago.as_millis() as i64);
            let tail = SearchTail::new(search, since);
            let following = Following::Search(tail, aws.log_searcher());
            (following, name, until_end)
        }
        What::Build(_) => return Ok(Exit::Usage),
    };
    loop {
        let step = step(&mut following).await?;
        let (position, wait) = (step.position, step.wait);
        print(printer, step).await?;
        match position {
            TailPosition::CaughtUp | TailPosition::Gone if until_end => return Ok(Exit::Done),
            TailPosition::Waiting if until_end => {
                complain(&format!("there is no {name}"));
                return Ok(Exit::Unreachable);
            }
            _ => tokio::time::sleep(wait).await,
        }
    }
}

/// Hands a page to the printer, which writes it while the next one is on its way, and tells what a person would wonder
/// about.
async fn print(printer: &Printer, step: Step) -> Result<(), Stop> {
    match step.position {
        TailPosition::Empty { pages } if !step.wait.is_zero() => {
            complain(&format!("still reading: {pages} empty pages in a row"));
        }
        TailPosition::Gone => complain("the log stream is no longer there"),
        _ => {}
    }
    if step.events.is_empty() || printer.print(step.events).await {
        Ok(())
    } else {
        Err(Stop::OutputClosed)
    }
}

/// One page; faults that pass are waited out, the others end the command.
async fn step(following: &mut Following) -> Result<Step, Stop> {
    let mut patience = Patience::default();
    loop {
        match following.step().await {
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
