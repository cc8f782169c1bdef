//! `FilterLogEvents`: several streams merged by time, a pattern, and pages that may be empty.
//!
//! One call looks at a bounded number of events, so a pattern that matches little gives empty pages with a
//! token, as the real service does. Patterns of terms, phrases and regular expressions are understood; those
//! over fields of JSON or of space-delimited lines are refused.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;

use crate::sim::random::Random;
use crate::sim::wire::{BadToken, Millis};

use super::stream::{EVENT_OVERHEAD_BYTES, Event, Key, Stream};

/// Events that one call looks at before it answers with what it has.
const MOST_EXAMINED: usize = 10_000;
const MOST_BYTES: usize = 1024 * 1024;
const TOKEN_SECONDS: i64 = 24 * 3600;

/// A pattern that is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPattern;

/// Which messages are wanted.
#[derive(Clone, Debug, Default)]
pub struct Pattern {
    all: Vec<Term>,
    any: Vec<Term>,
    none: Vec<Term>,
}

#[derive(Clone, Debug)]
enum Term {
    Text(String),
    Regex(Regex),
}

impl Term {
    fn matches(&self, message: &str) -> bool {
        match self {
            Self::Text(text) => message.contains(text.as_str()),
            Self::Regex(regex) => regex.is_match(message),
        }
    }
}

impl Pattern {
    /// Reads `ERROR -health ?WARN "two words" %regex%`; terms are told apart by case.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let mut pattern = Self::default();
        let mut rest = text.trim();
        if rest.starts_with(['{', '[']) {
            return Err(BadPattern);
        }
        while let Some(first) = rest.chars().next() {
            let (list, body) = match first {
                '?' => (&mut pattern.any, rest.strip_prefix('?')),
                '-' => (&mut pattern.none, rest.strip_prefix('-')),
                _ => (&mut pattern.all, Some(rest)),
            };
            let body = body.unwrap_or(rest);
            let (term, after) = term(body)?;
            list.push(term);
            rest = after.trim_start();
        }
        Ok(pattern)
    }

    pub fn matches(&self, message: &str) -> bool {
        self.all.iter().all(|term| term.matches(message))
            && !self.none.iter().any(|term| term.matches(message))
            && (self.any.is_empty() || self.any.iter().any(|term| term.matches(message)))
    }
}

fn term(body: &str) -> Result<(Term, &str), BadPattern> {
    if let Some(quoted) = body.strip_prefix('"') {
        let (text, after) = quoted.split_once('"').ok_or(BadPattern)?;
        return Ok((Term::Text(text.to_owned()), after));
    }
    if let Some(regex) = body.strip_prefix('%') {
        let (text, after) = regex.split_once('%').ok_or(BadPattern)?;
        return match Regex::new(text) {
            Ok(regex) => Ok((Term::Regex(regex), after)),
            Err(_) => Err(BadPattern),
        };
    }
    let end = body.find(char::is_whitespace).unwrap_or(body.len());
    let (text, after) = body.split_at(end);
    if text.is_empty() {
        return Err(BadPattern);
    }
    Ok((Term::Text(text.to_owned()), after))
}

/// What is asked for.
#[derive(Debug)]
pub struct Search<'a> {
    /// Names the arguments; part of every token.
    pub scope: &'a str,
    pub token: Option<&'a str>,
    pub start: Option<Millis>,
    /// Exclusive.
    pub end: Option<Millis>,
    pub limit: usize,
    pub pattern: &'a Pattern,
}

/// One event with the stream it came from.
#[derive(Debug)]
pub struct Found {
    /// Its number among those given.
    pub stream: usize,
    pub event: Event,
    /// The same for every answer that holds this event.
    pub id: String,
}

/// One page, in order of time.
#[derive(Debug)]
pub struct Page {
    pub events: Vec<Found>,
    /// Absent at the end.
    pub next: Option<String>,
}

/// Reads one page over the streams given.
pub fn search(streams: &[&Stream], search: &Search<'_>, now: Millis) -> Result<Page, BadToken> {
    let from = search
        .token
        .map(|token| parse(token, search.scope, now))
        .transpose()?;
    let mut heads: BinaryHeap<Reverse<(Key, usize, usize)>> = BinaryHeap::new();
    for (number, stream) in streams.iter().enumerate() {
        let mut index = search
            .start
            .map_or(0, |start| stream.index_of((start, 0), now));
        if let Some((key, last)) = &from {
            // At one time and sequence the streams come in the order of their names.
            let (at, sequence) = *key;
            let passed = u64::from(stream.name <= *last);
            index = index.max(stream.index_of((at, sequence + passed), now));
        }
        if let Some(key) = stream.key(index, now) {
            heads.push(Reverse((key, number, index)));
        }
    }
    let seeds: Vec<u64> = streams
        .iter()
        .map(|stream| id_seed(search.scope, &stream.name))
        .collect();
    let (mut events, mut examined, mut bytes) = (Vec::new(), 0, 0);
    let mut last: Option<(Key, usize)> = None;
    while let Some(Reverse((key, number, index))) = heads.pop() {
        if search.end.is_some_and(|end| key.0 >= end) {
            continue;
        }
        let (Some(stream), Some(seed)) = (streams.get(number), seeds.get(number)) else {
            continue;
        };
        let matching = stream
            .event(index, now)
            .filter(|event| search.pattern.matches(&event.message));
        bytes += matching
            .as_ref()
            .map_or(0, |event| event.message.len() + EVENT_OVERHEAD_BYTES);
        let is_full = events.len() == search.limit
            || examined == MOST_EXAMINED
            || (bytes > MOST_BYTES && !events.is_empty());
        if is_full {
            let name = |number: usize| streams.get(number).map_or("", |stream| &stream.name);
            let next = last.map(|(key, number)| write(key, now / 1000, name(number), search.scope));
            return Ok(Page { events, next });
        }
        examined += 1;
        events.extend(matching.map(|event| Found {
            stream: number,
            event,
            id: event_id(*seed, key),
        }));
        last = Some((key, number));
        if let Some(next) = stream.key(index + 1, now) {
            heads.push(Reverse((next, number, index + 1)));
        }
    }
    Ok(Page { events, next: None })
}

/// What the ids of a stream's events are drawn from.
fn id_seed(scope: &str, stream: &str) -> u64 {
    let group = scope.split('\n').next().unwrap_or_default();
    Random::named(0, &format!("{group}/{stream}")).next_u64()
}

/// 56 digits, growing with time.
fn event_id(seed: u64, (at, sequence): Key) -> String {
    let hash = Random::new(seed ^ sequence).next_u64();
    format!("{at:017}{sequence:019}{hash:020}")
}

fn write((at, sequence): Key, issued: i64, stream: &str, scope: &str) -> String {
    let body = format!("{at}/{sequence}/{issued}/{stream}");
    let checksum = Random::named(1, &format!("{scope}\n{body}")).hex(16);
    STANDARD.encode(format!("{checksum}{body}"))
}

fn parse(token: &str, scope: &str, now: Millis) -> Result<(Key, String), BadToken> {
    let text = STANDARD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or(BadToken)?;
    let mut parts = text.get(16..).ok_or(BadToken)?.splitn(4, '/');
    let mut number = || parts.next()?.parse::<i64>().ok();
    let (at, sequence, issued) = (number(), number(), number());
    let (Some(at), Some(sequence), Some(issued)) = (at, sequence, issued) else {
        return Err(BadToken);
    };
    let stream = parts.next().ok_or(BadToken)?;
    let key: Key = (at, sequence as u64);
    if write(key, issued, stream, scope) == token && now / 1000 - issued <= TOKEN_SECONDS {
        Ok((key, stream.to_owned()))
    } else {
        Err(BadToken)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Generated, Source, Stream};
    use super::{MOST_EXAMINED, Pattern, Search, search};

    const NOW: i64 = 100_000_000;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn patterns_know_all_any_none_phrases_and_regexes() {
        let line = "ERROR upstream timed out after 800 ms";
        for (text, wanted) in [
            ("", true),
            ("ERROR", true),
            ("error", false),
            ("ERROR upstream", true),
            ("ERROR -upstream", false),
            ("?WARN ?ERROR", true),
            ("?WARN ?FATAL", false),
            ("\"timed out\"", true),
            ("\"out timed\"", false),
            ("%[0-9]{3} ms%", true),
            ("%^timed%", false),
        ] {
            assert_eq!(pattern(text).matches(line), wanted, "{text}");
        }
        for bad in ["{ $.level = \"ERROR\" }", "\"open", "%(%", "?"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    fn two_streams() -> [Stream; 2] {
        let mut one = Stream::new("a", 0, Source::None);
        let mut two = Stream::new("b", 0, Source::None);
        for at in 0..50 {
            one.append(at * 10, &format!("a{at}"), NOW);
            two.append(at * 10, &format!("b{at}"), NOW);
        }
        [one, two]
    }

    fn all(streams: &[&Stream], text: &str, limit: usize) -> (Vec<String>, usize) {
        let pattern = pattern(text);
        let (mut seen, mut token, mut empty) = (Vec::new(), None::<String>, 0);
        loop {
            let page = search(
                streams,
                &Search {
                    scope: "g",
                    token: token.as_deref(),
                    start: None,
                    end: None,
                    limit,
                    pattern: &pattern,
                },
                NOW,
            )
            .unwrap();
            empty += usize::from(page.events.is_empty());
            seen.extend(page.events.into_iter().map(|found| found.event.message));
            token = page.next;
            if token.is_none() {
                return (seen, empty);
            }
        }
    }

    #[test]
    fn streams_are_merged_by_time_and_no_event_is_lost_between_pages() {
        let [one, two] = two_streams();
        let (seen, _) = all(&[&one, &two], "", 7);
        assert_eq!(seen.len(), 100);
        assert_eq!(seen[..4], ["a0", "b0", "a1", "b1"]);
        let mut unique = seen.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), 100);
    }

    #[test]
    fn a_rare_pattern_gives_empty_pages_before_the_end() {
        let stream = Stream::new(
            "big",
            0,
            Source::Generated(Generated {
                seed: 3,
                start: 0,
                span: 4 * MOST_EXAMINED as i64,
                count: 4 * MOST_EXAMINED as u64,
                disorder: 0,
            }),
        );
        let (seen, empty) = all(&[&stream], "00017000", 100);
        assert_eq!(seen.len(), 1);
        assert!(empty >= 3, "{empty}");
    }

    #[test]
    fn a_token_of_other_arguments_is_refused() {
        let [one, two] = two_streams();
        let pattern = Pattern::default();
        let ask = |scope, token| {
            search(
                &[&one, &two],
                &Search {
                    scope,
                    token,
                    start: Some(100),
                    end: Some(300),
                    limit: 5,
                    pattern: &pattern,
                },
                NOW,
            )
        };
        let page = ask("g\n1", None).unwrap();
        assert_eq!(page.events[0].event.at, 100);
        let token = page.next.unwrap();
        assert!(ask("g\n1", Some(&token)).is_ok());
        assert!(ask("g\n2", Some(&token)).is_err());
        let later = NOW + 24 * 3_600_000 + 1_000;
        assert!(
            search(
                &[&one, &two],
                &Search {
                    scope: "g\n1",
                    token: Some(&token),
                    start: None,
                    end: None,
                    limit: 5,
                    pattern: &pattern
                },
                later
            )
            .is_err()
        );
        assert!(ask("g\n1", Some("nonsense")).is_err());
    }
}
