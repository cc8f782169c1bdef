//! Tailing what a search finds in a log group: FilterLogEvents from the first event on, then again and again from the
//! time of the last.
//!
//! Its rules differ from GetLogEvents': the end, for now, is a page without a token, which leaves nothing to go on from.
//! The next search begins two seconds before the last event, and the ids of what was read keep it from coming twice.

use std::time::Duration;

use crate::engine::recent::{Known, Recent};
use crate::engine::source::{FoundPage, LogAsk, LogSearch, LogSearcher};
use crate::engine::tail::{Step, rest_after};
use crate::model::fault::{Fault, FaultClass};
use crate::model::log::TailPosition;
use crate::model::log_events::LogEvents;

/// Between searches at the end. The quota is five calls a second for everybody in the account and region.
const AGAIN: Duration = Duration::from_secs(5);
/// Tokens refused in a row, without a new event between them, that are taken for expired.
const REFUSALS: u32 = 3;

/// The position in one search.
#[derive(Debug)]
pub struct SearchTail {
    search: LogSearch,
    token: Option<String>,
    since: Option<i64>,
    recent: Recent,
    known: Option<Known>,
    empty_pages: u32,
    refusals: u32,
}

impl SearchTail {
    /// From the first event of the group, or from a time on (milliseconds since 1970).
    pub fn new(search: LogSearch, since: Option<i64>) -> Self {
        Self {
            search,
            token: None,
            since,
            recent: Recent::default(),
            known: None,
            empty_pages: 0,
            refusals: 0,
        }
    }

    /// Reads one page. A fault leaves the position where it was. A group or stream that does not exist is waited for.
    pub async fn step(&mut self, searcher: &dyn LogSearcher) -> Result<Step, Fault> {
        let ask = LogAsk {
            token: self.token.as_deref(),
            since: self.since,
        };
        match searcher.find(&self.search, ask).await {
            Ok(page) => Ok(self.advance(page)),
            Err(fault) if fault.class == FaultClass::NotFound => {
                Ok(step(LogEvents::default(), TailPosition::Waiting, AGAIN))
            }
            Err(fault) if fault.class == FaultClass::Refused && self.lets_go_of_token() => Ok(
                step(LogEvents::default(), TailPosition::Reading, Duration::ZERO),
            ),
            Err(fault) => Err(fault),
        }
    }

    fn lets_go_of_token(&mut self) -> bool {
        if self.token.is_none() || self.refusals == REFUSALS {
            return false;
        }
        self.refusals += 1;
        self.begin_anew();
        true
    }

    /// The next page is the first of a search from the last event on.
    fn begin_anew(&mut self) {
        self.token = None;
        if let Some(since) = self.recent.since() {
            self.since = Some(since);
            self.known = Some(self.recent.known());
        }
    }

    fn advance(&mut self, page: FoundPage) -> Step {
        let FoundPage { mut events, next } = page;
        let is_empty = events.is_empty();
        if let Some(known) = &mut self.known {
            known.drop_from(&mut events);
        }
        self.recent.note(&events);
        if !events.is_empty() {
            self.refusals = 0;
        }
        self.token = next;
        if self.token.is_none() {
            self.empty_pages = 0;
            self.begin_anew();
            return step(events, TailPosition::CaughtUp, AGAIN);
        }
        self.empty_pages = if is_empty { self.empty_pages + 1 } else { 0 };
        match self.empty_pages {
            0 => step(events, TailPosition::Reading, Duration::ZERO),
            pages => step(events, TailPosition::Empty { pages }, rest_after(pages)),
        }
    }
}

fn step(events: LogEvents, position: TailPosition, wait: Duration) -> Step {
    Step {
        events,
        position,
        wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::Scope;

    fn tail() -> SearchTail {
        let scope = Scope {
            account: "a".into(),
            region: "r".into(),
        };
        let search = LogSearch {
            scope,
            group: "g".into(),
            stream: None,
            pattern: String::new(),
        };
        SearchTail::new(search, None)
    }

    fn page(events: &[(i64, u64)], next: Option<&str>) -> FoundPage {
        let mut page = FoundPage {
            next: next.map(str::to_owned),
            ..FoundPage::default()
        };
        for (time, id) in events {
            page.events.push(*time, *id, "same text");
        }
        page
    }

    fn marks(step: &Step) -> Vec<u64> {
        step.events.iter().map(|event| event.mark).collect()
    }

    #[test]
    fn the_end_is_a_page_without_a_token_and_the_next_search_brings_only_what_is_new() {
        let mut tail = tail();
        assert_eq!(marks(&tail.advance(page(&[(5_000, 1)], Some("t")))), [1]);
        let end = tail.advance(page(&[(5_000, 2), (5_001, 3)], None));
        assert_eq!(
            (marks(&end), end.position, end.wait),
            (vec![2, 3], TailPosition::CaughtUp, AGAIN)
        );
        assert_eq!((tail.token.as_deref(), tail.since), (None, Some(3_001)));
        // One came in late, with an earlier time.
        let again = tail.advance(page(
            &[(4_000, 9), (5_000, 1), (5_000, 2), (5_001, 3), (5_001, 4)],
            None,
        ));
        assert_eq!(marks(&again), [9, 4]);
        let nothing = tail.advance(page(&[(4_000, 9), (5_001, 3), (5_001, 4)], None));
        assert!(nothing.events.is_empty());
    }

    #[test]
    fn empty_pages_with_tokens_are_counted_and_rest() {
        let mut tail = tail();
        let steps: Vec<_> = (0..40)
            .map(|number| tail.advance(page(&[], Some(&format!("t{number}")))))
            .collect();
        assert_eq!(steps.iter().filter(|step| !step.wait.is_zero()).count(), 2);
        assert_eq!(steps[39].position, TailPosition::Empty { pages: 40 });
        assert_eq!(
            tail.advance(page(&[(1, 1)], Some("t"))).position,
            TailPosition::Reading
        );
    }

    #[test]
    fn a_refused_token_is_let_go_of_three_times() {
        let mut tail = tail();
        tail.advance(page(&[(5_000, 1)], Some("t")));
        for _ in 0..3 {
            assert!(tail.lets_go_of_token());
            assert!(!tail.lets_go_of_token(), "there is none");
            assert!(
                tail.advance(page(&[(5_000, 1)], Some("t")))
                    .events
                    .is_empty()
            );
        }
        assert!(!tail.lets_go_of_token());
    }
}
