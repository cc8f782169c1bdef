//! Tailing one log stream: from its first line, by GetLogEvents' forward tokens, for the window and the terminal alike.
//!
//! Rules of GetLogEvents (API reference): a page may be empty in the middle of a stream; only a token equal to the one
//! sent means the end, and only for now; a token expires after a day. A stream that does not exist yet (a build before
//! PROVISIONING) is waited for.
//!
//! Events stay in the order in which they came: AWS gives them by time, and one that comes in late belongs below what a
//! person has read already. A stream is read forwards only. A build's log is a few pages, which the budget gives at once,
//! and a log that grows at one end alone never moves under its reader.

pub mod growing;

use std::time::Duration;

use crate::engine::recent::{Known, Recent};
use crate::engine::source::{LogAsk, LogPage, LogReader};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::LogKey;
use crate::model::log::TailPosition;
use crate::model::log_events::LogEvents;

/// While lines come.
const LIVELY: Duration = Duration::from_millis(1_500);
/// At rest.
const QUIET: Duration = Duration::from_secs(5);
/// Before a stream that does not exist is asked for again.
const ABSENT: Duration = Duration::from_secs(3);
/// The same when it had existed.
const GONE: Duration = Duration::from_mins(1);
/// Quiet polls before the pace drops.
const PATIENCE: u32 = 4;
/// Between pages while catching up: the budget paces the rest.
const CATCHING_UP: Duration = Duration::ZERO;
/// After so many empty pages in a row comes a rest, each longer than the one before: pages that a retention has emptied
/// can go on for ever, and are to cost little then.
const EMPTY_PAGES: u32 = 20;
const LONGEST_REST: Duration = Duration::from_mins(1);
/// Tokens refused in a row, without a new line between them, that are taken for expired.
const REFUSALS: u32 = 3;

/// The position in one stream.
#[derive(Debug)]
pub struct Tail {
    pub key: LogKey,
    token: Option<String>,
    /// The reading began anew at this time, after a token was refused.
    since: Option<i64>,
    recent: Recent,
    /// Read before the reading began anew, and coming again.
    known: Option<Known>,
    quiet_polls: u32,
    empty_pages: u32,
    refusals: u32,
}

/// What one step brought.
#[derive(Debug)]
pub struct Step {
    pub events: LogEvents,
    pub position: TailPosition,
    /// How long to wait before the next.
    pub wait: Duration,
}

impl Tail {
    pub fn new(key: LogKey) -> Self {
        Self {
            key,
            token: None,
            since: None,
            recent: Recent::default(),
            known: None,
            quiet_polls: 0,
            empty_pages: 0,
            refusals: 0,
        }
    }

    /// Reads one page. A fault leaves the position where it was, so nothing is lost or doubled by trying again.
    pub async fn step(&mut self, reader: &dyn LogReader) -> Result<Step, Fault> {
        let ask = LogAsk {
            token: self.token.as_deref(),
            since: self.since,
        };
        match reader.read(&self.key, ask).await {
            Ok(page) => Ok(self.advance(page)),
            Err(fault) if fault.class == FaultClass::NotFound => Ok(self.absent()),
            Err(fault) if fault.class == FaultClass::Refused && self.begins_anew() => Ok(Step {
                events: LogEvents::default(),
                position: TailPosition::Reading,
                wait: CATCHING_UP,
            }),
            Err(fault) => Err(fault),
        }
    }

    fn absent(&self) -> Step {
        let was_there = self.recent.since().is_some();
        let (position, wait) = if was_there {
            (TailPosition::Gone, GONE)
        } else {
            (TailPosition::Waiting, ABSENT)
        };
        Step {
            events: LogEvents::default(),
            position,
            wait,
        }
    }

    /// Lets go of a token that was refused, so that the next page is read from the time of the last event on. False
    /// when there is none to let go of, or this has happened too often for tokens that have expired.
    fn begins_anew(&mut self) -> bool {
        if self.token.is_none() || self.refusals == REFUSALS {
            return false;
        }
        self.refusals += 1;
        self.token = None;
        self.since = self.recent.since();
        self.known = self.since.map(|_| self.recent.known());
        true
    }

    fn advance(&mut self, page: LogPage) -> Step {
        let LogPage { mut events, next } = page;
        let ended = self.token.as_ref() == Some(&next);
        self.token = Some(next);
        let is_empty = events.is_empty();
        if let Some(known) = &mut self.known {
            known.drop_from(&mut events);
            if ended || known.is_spent() {
                self.known = None;
            }
        } else {
            let mut repeated = self.recent.repeated(&events);
            events.retain(|_| {
                let is_new = repeated == 0;
                repeated = repeated.saturating_sub(1);
                is_new
            });
        }
        self.recent.note(&events);
        if !events.is_empty() {
            self.refusals = 0;
        }
        self.empty_pages = match (is_empty, ended) {
            (true, false) => self.empty_pages + 1,
            _ => 0,
        };
        self.quiet_polls = if ended { self.quiet_polls + 1 } else { 0 };
        Step {
            events,
            position: match (ended, self.empty_pages) {
                (true, _) => TailPosition::CaughtUp,
                (false, 0) => TailPosition::Reading,
                (false, pages) => TailPosition::Empty { pages },
            },
            wait: self.pause(ended),
        }
    }

    fn pause(&self, ended: bool) -> Duration {
        match ended {
            true if self.quiet_polls > PATIENCE => QUIET,
            true => LIVELY,
            false => rest_after(self.empty_pages),
        }
    }
}

/// The rest after so many empty pages in a row.
pub(super) fn rest_after(empty_pages: u32) -> Duration {
    if empty_pages == 0 || !empty_pages.is_multiple_of(EMPTY_PAGES) {
        return CATCHING_UP;
    }
    let doublings = (empty_pages / EMPTY_PAGES - 1).min(8);
    (QUIET * (1 << doublings)).min(LONGEST_REST)
}

#[cfg(test)]
mod tests;
