//! Tailing one log stream: from its first line, by GetLogEvents' forward tokens, for the window and the terminal alike.
//!
//! Rules of GetLogEvents (API reference): a page may be empty in the middle of a stream; only a token equal to the one
//! sent means the end, and only for now. A stream that does not exist yet (a build before PROVISIONING) is waited for.

use std::time::Duration;

use crate::engine::source::{LogPage, LogReader};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::LogKey;
use crate::model::log::TailPosition;

/// While lines come.
const LIVELY: Duration = Duration::from_millis(1_500);
/// At rest.
const QUIET: Duration = Duration::from_secs(5);
/// Quiet polls before the pace drops.
const PATIENCE: u32 = 4;
/// Between pages while catching up: the budget paces the rest.
const CATCHING_UP: Duration = Duration::ZERO;
/// After this many endless new tokens without a line, the pace drops as at rest.
const EMPTY_PAGES: u32 = 20;

/// The position in one stream.
#[derive(Debug)]
pub struct Tail {
    pub key: LogKey,
    token: Option<String>,
    quiet_polls: u32,
    empty_pages: u32,
    position: TailPosition,
}

/// What one step brought.
#[derive(Debug)]
pub struct Step {
    pub events: Vec<(i64, String)>,
    pub position: TailPosition,
    /// How long to wait before the next.
    pub wait: Duration,
}

impl Tail {
    pub fn new(key: LogKey) -> Self {
        Self {
            key,
            token: None,
            quiet_polls: 0,
            empty_pages: 0,
            position: TailPosition::Waiting,
        }
    }

    /// Reads one page. A fault leaves the position where it was, so nothing is lost or doubled by trying again.
    pub async fn step(&mut self, reader: &dyn LogReader) -> Result<Step, Fault> {
        match reader.page(&self.key, self.token.as_deref()).await {
            Ok(page) => Ok(self.advance(page)),
            Err(fault) if fault.class == FaultClass::NotFound => Ok(Step {
                events: Vec::new(),
                position: TailPosition::Waiting,
                wait: QUIET.min(LIVELY * 2),
            }),
            Err(fault) => Err(fault),
        }
    }

    fn advance(&mut self, page: LogPage) -> Step {
        let ended = self.token.as_deref() == Some(page.next.as_str());
        self.token = Some(page.next);
        if page.events.is_empty() {
            self.empty_pages += 1;
        } else {
            self.empty_pages = 0;
        }
        self.position = if ended {
            TailPosition::CaughtUp
        } else {
            TailPosition::Reading
        };
        self.quiet_polls = if ended { self.quiet_polls + 1 } else { 0 };
        let wait = if ended {
            if self.quiet_polls > PATIENCE {
                QUIET
            } else {
                LIVELY
            }
        } else if self.empty_pages > EMPTY_PAGES {
            QUIET
        } else {
            CATCHING_UP
        };
        Step {
            events: page.events,
            position: self.position,
            wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::Scope;

    fn page(events: &[&str], next: &str) -> LogPage {
        LogPage {
            events: events.iter().map(|text| (0, (*text).to_owned())).collect(),
            next: next.into(),
        }
    }

    fn tail() -> Tail {
        let scope = Scope {
            account: "a".into(),
            region: "r".into(),
        };
        Tail::new(LogKey {
            scope,
            group: "g".into(),
            stream: "s".into(),
        })
    }

    #[test]
    fn an_empty_page_is_not_the_end_and_a_repeated_token_is_only_for_now() {
        let mut tail = tail();
        assert_eq!(
            tail.advance(page(&["one"], "f/1")).position,
            TailPosition::Reading
        );
        assert_eq!(
            tail.advance(page(&[], "f/2")).position,
            TailPosition::Reading
        );
        assert_eq!(
            tail.advance(page(&["two"], "f/3")).position,
            TailPosition::Reading
        );
        assert_eq!(
            tail.advance(page(&[], "f/3")).position,
            TailPosition::CaughtUp
        );
        assert_eq!(
            tail.advance(page(&["three"], "f/4")).position,
            TailPosition::Reading
        );
    }

    #[test]
    fn endless_empty_pages_slow_down() {
        let mut tail = tail();
        let waits: Vec<_> = (0..30)
            .map(|number| tail.advance(page(&[], &format!("f/{number}"))).wait)
            .collect();
        assert_eq!(waits.first(), Some(&CATCHING_UP));
        assert_eq!(waits.last(), Some(&QUIET));
    }
}
