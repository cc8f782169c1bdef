//! `GetLogEvents`' way through a stream: pages by token, forward and back.
//!
//! Documented rules kept here: a page holds at most 10 000 events and 1 MiB; the end of the stream, for now,
//! is where the answered token equals the one sent; a page may be empty without being the end; a token is good
//! for 24 hours.

use crate::sim::random::Random;
use crate::sim::wire::{BadToken, Millis};

use super::stream::{EVENT_OVERHEAD_BYTES, Event, Key, Stream};

const MOST_BYTES: usize = 1024 * 1024;
const TOKEN_SECONDS: i64 = 24 * 3600;

/// What part of a stream is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// Names the stream among all others; part of every token.
    pub scope: &'a str,
    pub token: Option<&'a str>,
    pub start: Option<Millis>,
    /// Exclusive.
    pub end: Option<Millis>,
    pub limit: usize,
    pub from_head: bool,
}

/// One page, in order of time.
#[derive(Debug)]
pub struct Page {
    pub events: Vec<Event>,
    pub forward: String,
    pub backward: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Forward,
    Backward,
}

/// A place between two events, and whether the gap there has been crossed.
#[derive(Clone, Copy, Debug)]
struct Position {
    key: Key,
    crossed: bool,
}

/// Reads one page.
pub fn read(stream: &Stream, request: &Request<'_>, now: Millis) -> Result<Page, BadToken> {
    let count = stream.count(now);
    let low = request
        .start
        .map_or(0, |start| stream.index_of((start, 0), now));
    let high = request
        .end
        .map_or(count, |end| stream.index_of((end, 0), now))
        .max(low);
    let (direction, position) = match request.token {
        Some(token) => parse(token, request.scope, now)?,
        None if request.from_head => (Direction::Forward, before(stream, low, now)),
        None => {
            // The newest events, whatever lies between them.
            let mut position = before(stream, high, now);
            position.crossed = true;
            (Direction::Backward, position)
        }
    };
    let here = stream.index_of(position.key, now).clamp(low, high);
    let gaps = stream.gaps(now);
    let stands_at_gap = !position.crossed && gaps.contains(&here);
    let walk = Walk {
        stream,
        request,
        now,
    };
    Ok(match direction {
        Direction::Forward => {
            if stands_at_gap && here < high {
                return Ok(walk.empty(direction, position));
            }
            let limit = gaps
                .iter()
                .copied()
                .find(|gap| *gap > here)
                .map_or(high, |gap| gap.min(high));
            let overlap = match request.token {
                Some(_) if here < limit => stream.overlap().min(request.limit / 2),
                _ => 0,
            };
            walk.forward(here.saturating_sub(overlap).max(low), limit)
        }
        Direction::Backward => {
            if stands_at_gap && here > low {
                return Ok(walk.empty(direction, position));
            }
            let limit = if request.token.is_none() {
                low
            } else {
                gaps.iter()
                    .copied()
                    .rfind(|gap| *gap < here)
                    .map_or(low, |gap| gap.max(low))
            };
            walk.backward(here, limit)
        }
    })
}

struct Walk<'a> {
    stream: &'a Stream,
    request: &'a Request<'a>,
    now: Millis,
}

impl Walk<'_> {
    fn token(&self, direction: Direction, position: Position) -> String {
        let issued = self.now / 1000;
        write(direction, position, issued, self.request.scope)
    }

    /// The page with nothing in it that stands for a gap; only the asked direction moves.
    fn empty(&self, direction: Direction, position: Position) -> Page {
        let crossed = Position {
            crossed: true,
            ..position
        };
        let (forward, backward) = match direction {
            Direction::Forward => (crossed, position),
            Direction::Backward => (position, crossed),
        };
        Page {
            events: Vec::new(),
            forward: self.token(Direction::Forward, forward),
            backward: self.token(Direction::Backward, backward),
        }
    }

    fn forward(&self, from: usize, limit: usize) -> Page {
        let (mut events, mut bytes) = (Vec::new(), 0);
        for index in from..limit {
            let Some(event) = self.stream.event(index, self.now) else {
                break;
            };
            bytes += event.message.len() + EVENT_OVERHEAD_BYTES;
            if events.len() == self.request.limit || (bytes > MOST_BYTES && !events.is_empty()) {
                break;
            }
            events.push(event);
        }
        let reached = from + events.len();
        self.page(events, from, reached, Direction::Forward)
    }

    fn backward(&self, from: usize, limit: usize) -> Page {
        let (mut events, mut bytes) = (Vec::new(), 0);
        for index in (limit..from).rev() {
            let Some(event) = self.stream.event(index, self.now) else {
                break;
            };
            bytes += event.message.len() + EVENT_OVERHEAD_BYTES;
            if events.len() == self.request.limit || (bytes > MOST_BYTES && !events.is_empty()) {
                break;
            }
            events.push(event);
        }
        events.reverse();
        let reached = from - events.len();
        self.page(events, reached, from, Direction::Backward)
    }

    fn page(&self, events: Vec<Event>, first: usize, after: usize, asked: Direction) -> Page {
        let mut forward = self.token(Direction::Forward, before(self.stream, after, self.now));
        let mut backward = self.token(Direction::Backward, before(self.stream, first, self.now));
        if events.is_empty()
            && let Some(sent) = self.request.token
        {
            // The end for now: the same token again.
            match asked {
                Direction::Forward => sent.clone_into(&mut forward),
                Direction::Backward => sent.clone_into(&mut backward),
            }
        }
        Page {
            events,
            forward,
            backward,
        }
    }
}

/// The place before the event at `index`, told by the event behind it, so that it stays true when the
/// stream grows.
fn before(stream: &Stream, index: usize, now: Millis) -> Position {
    let key = index
        .checked_sub(1)
        .and_then(|last| stream.key(last, now))
        .map_or((0, 0), |(at, sequence)| (at, sequence + 1));
    Position {
        key,
        crossed: false,
    }
}

/// 56 digits behind `f/` or `b/`, as the real ones have: time, sequence with the gap's mark, when it was issued,
/// checksum.
fn write(direction: Direction, position: Position, issued: i64, scope: &str) -> String {
    let letter = match direction {
        Direction::Forward => 'f',
        Direction::Backward => 'b',
    };
    let (at, sequence) = position.key;
    let marked = sequence * 2 + u64::from(position.crossed);
    let body = format!("{at:013}{marked:013}{issued:010}");
    let checksum = Random::named(0, &format!("{scope}\n{body}")).next_u64();
    format!("{letter}/{body}{checksum:020}")
}

fn parse(token: &str, scope: &str, now: Millis) -> Result<(Direction, Position), BadToken> {
    let (direction, digits) = match token.split_once('/') {
        Some(("f", digits)) => (Direction::Forward, digits),
        Some(("b", digits)) => (Direction::Backward, digits),
        _ => return Err(BadToken),
    };
    let at: Millis = number(digits, 0, 13)?;
    let marked: u64 = number(digits, 13, 26)?;
    let issued: i64 = number(digits, 26, 36)?;
    let position = Position {
        key: (at, marked / 2),
        crossed: marked % 2 == 1,
    };
    let is_ours = write(direction, position, issued, scope) == token;
    if is_ours && now / 1000 - issued <= TOKEN_SECONDS {
        Ok((direction, position))
    } else {
        Err(BadToken)
    }
}

fn number<T: std::str::FromStr>(digits: &str, from: usize, to: usize) -> Result<T, BadToken> {
    digits
        .get(from..to)
        .and_then(|part| part.parse().ok())
        .ok_or(BadToken)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{ScriptLine, Source, Stream};
    use super::{Request, read};
    use crate::sim::clock::Pace;

    const NOW: i64 = 1_000_000;

    fn stream(lines: i64) -> Stream {
        let lines: Arc<[ScriptLine]> = (0..lines)
            .map(|index| ScriptLine {
                offset: index * 1000,
                stamped: false,
                text: format!("line {index}"),
            })
            .collect();
        Stream::new(
            "s",
            0,
            Source::Script {
                lines,
                start: 0,
                stretch: 1.0,
                pace: Pace::default(),
                values: Vec::new(),
            },
        )
    }

    fn ask(token: Option<&str>, limit: usize) -> Request<'_> {
        Request {
            scope: "g/s",
            token,
            limit,
            from_head: true,
            ..Request::default()
        }
    }

    #[test]
    fn forward_pages_cover_the_stream_and_the_last_token_repeats() {
        let stream = stream(25);
        let (mut seen, mut token) = (0, None::<String>);
        for _ in 0..20 {
            let page = read(&stream, &ask(token.as_deref(), 10), NOW).unwrap();
            seen += page.events.len();
            if token.as_deref() == Some(page.forward.as_str()) {
                assert_eq!(seen, 25);
                assert!(page.events.is_empty());
                return;
            }
            token = Some(page.forward);
        }
        panic!("the token never repeated");
    }

    #[test]
    fn the_repeated_token_goes_on_when_lines_come() {
        let stream = stream(25);
        let early = read(&stream, &ask(None, 100), 5_000).unwrap();
        assert_eq!(early.events.len(), 5);
        let again = read(&stream, &ask(Some(&early.forward), 100), 5_000).unwrap();
        assert_eq!(again.forward, early.forward);
        let later = read(&stream, &ask(Some(&again.forward), 100), 7_500).unwrap();
        assert_eq!(later.events.len(), 3);
        assert_eq!(later.events[0].message, "line 5\n");
    }

    #[test]
    fn a_gap_is_one_empty_page_with_a_new_token() {
        let mut stream = stream(20);
        stream.mark_gap(8);
        let first = read(&stream, &ask(None, 100), NOW).unwrap();
        assert_eq!(first.events.len(), 8);
        let gap = read(&stream, &ask(Some(&first.forward), 100), NOW).unwrap();
        assert!(gap.events.is_empty());
        assert_ne!(gap.forward, first.forward);
        let rest = read(&stream, &ask(Some(&gap.forward), 100), NOW).unwrap();
        assert_eq!(rest.events.len(), 12);
        let end = read(&stream, &ask(Some(&rest.forward), 100), NOW).unwrap();
        assert_eq!(end.forward, rest.forward);

        // The same on the way back.
        let back = read(&stream, &ask(Some(&rest.backward), 100), NOW).unwrap();
        assert!(back.events.is_empty());
        let back = read(&stream, &ask(Some(&back.backward), 100), NOW).unwrap();
        assert_eq!(back.events.len(), 8);
        let start = read(&stream, &ask(Some(&back.backward), 100), NOW).unwrap();
        assert_eq!(start.backward, back.backward);
    }

    #[test]
    fn without_a_token_the_newest_events_come() {
        let stream = stream(25);
        let request = Request {
            from_head: false,
            ..ask(None, 4)
        };
        let page = read(&stream, &request, NOW).unwrap();
        assert_eq!(page.events[0].message, "line 21\n");
        assert_eq!(page.events.len(), 4);
        let older = read(&stream, &ask(Some(&page.backward), 4), NOW).unwrap();
        assert_eq!(older.events[3].message, "line 20\n");
    }

    #[test]
    fn times_bound_the_page_and_the_end_is_exclusive() {
        let stream = stream(25);
        let request = Request {
            start: Some(3_000),
            end: Some(6_000),
            ..ask(None, 100)
        };
        let page = read(&stream, &request, NOW).unwrap();
        assert_eq!(page.events.len(), 3);
        assert_eq!(page.events[0].message, "line 3\n");
    }

    #[test]
    fn a_page_stops_at_a_mebibyte() {
        let mut stream = Stream::new("s", 0, Source::None);
        let big = "x".repeat(200_000);
        for at in 0..12 {
            stream.append(at, &big, at);
        }
        let page = read(&stream, &ask(None, 100), NOW).unwrap();
        assert_eq!(page.events.len(), 5);
    }

    #[test]
    fn a_token_is_good_for_a_day() {
        let stream = stream(25);
        let page = read(&stream, &ask(None, 5), NOW).unwrap();
        let day = 24 * 3_600_000;
        assert!(read(&stream, &ask(Some(&page.forward), 5), NOW + day).is_ok());
        assert!(read(&stream, &ask(Some(&page.forward), 5), NOW + day + 1_000).is_err());
    }

    #[test]
    fn overlapping_pages_repeat_events_and_still_end() {
        let mut stream = stream(25);
        stream.mark_overlap(3);
        let (mut seen, mut token) = (Vec::new(), None::<String>);
        loop {
            let page = read(&stream, &ask(token.as_deref(), 10), NOW).unwrap();
            if token.as_deref() == Some(page.forward.as_str()) {
                break;
            }
            seen.extend(page.events.into_iter().map(|event| event.at / 1000));
            token = Some(page.forward);
        }
        let (first, second): (Vec<_>, Vec<_>) = ((0..10).collect(), (7..17).collect());
        assert_eq!((&seen[..10], &seen[10..20]), (&first[..], &second[..]));
        assert_eq!(seen.last(), Some(&24));
    }

    #[test]
    fn a_token_of_another_stream_is_refused() {
        let stream = stream(25);
        let page = read(&stream, &ask(None, 5), NOW).unwrap();
        let other = Request {
            scope: "g/t",
            ..ask(Some(&page.forward), 5)
        };
        assert!(read(&stream, &other, NOW).is_err());
        assert!(read(&stream, &ask(Some("f/12"), 5), NOW).is_err());
        assert!(read(&stream, &ask(Some("é/12"), 5), NOW).is_err());
    }
}
