//! StartLiveTail: what is written to some streams from now on, in updates of a second.
//!
//! Rules kept here, from StartLiveTail's page in the API reference: one to ten log groups by ARN without `:*`; streams
//! by name or by prefix of one group only; at most 500 events a second, of more a sample and the update says so; an
//! update each second, an empty one too; of a client that reads slowly the ten newest seconds; three hours, then
//! SessionTimeoutException. Fifteen sessions an account and region at once (CloudWatch Logs quotas).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{INVALID, group_arn, members};
use crate::sim::protocol::event_stream::Message;
use crate::sim::random::Random;
use crate::sim::session::{Next, Session};
use crate::sim::wire::{Call, Members, Millis, WireError};
use crate::sim::world::World;
use crate::sim::world::logs::filter::Pattern;
use crate::sim::world::logs::{Event, Group, Logs, Stream, Written};

const MOST_GROUPS: usize = 10;
const MOST_STREAMS: usize = 100;
const MOST_SESSIONS: usize = 15;
const MOST_A_SECOND: usize = 500;
/// Seconds that are kept for a client that does not read.
const BUFFERED_SECONDS: i64 = 10;
const LONGEST: Millis = 3 * 3600 * 1000;

/// Of the streams of a group.
#[derive(Clone, Debug)]
enum Streams {
    All,
    Named(Vec<String>),
    Prefixed(Vec<String>),
}

impl Streams {
    fn has(&self, stream: &Stream) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.contains(&stream.name),
            Self::Prefixed(prefixes) => {
                let mut prefixes = prefixes.iter();
                prefixes.any(|prefix| stream.name.starts_with(prefix.as_str()))
            }
        }
    }

    fn members(&self) -> (&[String], &[String]) {
        match self {
            Self::All => (&[], &[]),
            Self::Named(names) => (names, &[]),
            Self::Prefixed(prefixes) => (&[], prefixes),
        }
    }
}

#[derive(Debug)]
struct LiveTail {
    account: String,
    region: String,
    id: String,
    request_id: String,
    /// ARN and name.
    groups: Vec<(String, String)>,
    streams: Streams,
    pattern: Pattern,
    pattern_text: String,
    /// By group and stream. A stream that is not here yet is read from its beginning.
    written: BTreeMap<(String, String), Written>,
    started: Millis,
    told: Option<Millis>,
    /// Held as long as the session lives, and counted.
    _seat: Arc<()>,
}

/// Opens a session, whose first update tells what comes after `call.now`.
pub(super) fn start(call: &Call<'_>, logs: &Logs) -> Result<Box<dyn Session>, WireError> {
    let members = members(call);
    let groups = groups(call, &members, logs)?;
    let streams = streams(&members, groups.len())?;
    let text = members
        .optional_bounded_text("logEventFilterPattern", 0, 1024)?
        .unwrap_or_default();
    let Ok(pattern) = Pattern::parse(text) else {
        let message = format!("Invalid filter pattern: {text}");
        return Err(WireError::new(INVALID, message));
    };
    let seats = logs.live_tails();
    if Arc::strong_count(seats) > MOST_SESSIONS {
        let message = "Live Tail session limit exceeded for this account";
        return Err(WireError::new("LimitExceededException", message));
    }
    let mut ids = Random::named(
        call.now as u64,
        &format!(
            "live tail {} {} {}",
            call.account,
            call.region,
            Arc::strong_count(seats)
        ),
    );
    let mut session = LiveTail {
        account: call.account.to_owned(),
        region: call.region.to_owned(),
        id: ids.uuid(),
        request_id: ids.uuid(),
        groups,
        streams,
        pattern,
        pattern_text: text.to_owned(),
        written: BTreeMap::new(),
        started: call.now,
        told: None,
        _seat: Arc::clone(seats),
    };
    session.pass_over(logs, call.now);
    Ok(Box::new(session))
}

/// The groups asked for: their ARNs and names.
fn groups(
    call: &Call<'_>,
    members: &Members<'_>,
    logs: &Logs,
) -> Result<Vec<(String, String)>, WireError> {
    let arns = members.texts("logGroupIdentifiers")?;
    if !(1..=MOST_GROUPS).contains(&arns.len()) {
        return Err(members.breach(
            "logGroupIdentifiers",
            &format!("'[{}]'", arns.join(", ")),
            &format!("have length between 1 and {MOST_GROUPS}"),
        ));
    }
    let prefix = group_arn(call, "");
    arns.into_iter()
        .map(|arn| {
            if !arn.starts_with("arn:") || arn.ends_with('*') {
                let message = format!("The specified log group identifier is not valid: {arn}");
                return Err(WireError::new(INVALID, message));
            }
            let name = arn.strip_prefix(&prefix);
            match name.filter(|name| logs.group(name).is_some()) {
                Some(name) => Ok((arn.to_owned(), name.to_owned())),
                None => Err(WireError::new(
                    "ResourceNotFoundException",
                    "The specified log group does not exist.",
                )),
            }
        })
        .collect()
}

fn streams(members: &Members<'_>, groups: usize) -> Result<Streams, WireError> {
    let texts = |name: &str| -> Result<Option<Vec<String>>, WireError> {
        let texts = members
            .optional_texts(name)?
            .filter(|list| !list.is_empty());
        if let Some(texts) = &texts
            && texts.len() > MOST_STREAMS
        {
            return Err(members.breach(
                name,
                &format!("'[{}]'", texts.join(", ")),
                &format!("have length less than or equal to {MOST_STREAMS}"),
            ));
        }
        Ok(texts.map(|texts| texts.into_iter().map(str::to_owned).collect()))
    };
    let refuse = |message: &str| Err(WireError::new(INVALID, message));
    let chosen = match (texts("logStreamNames")?, texts("logStreamNamePrefixes")?) {
        (None, None) => return Ok(Streams::All),
        (Some(_), Some(_)) => {
            return refuse(
                "logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.",
            );
        }
        (Some(names), None) => Streams::Named(names),
        (None, Some(prefixes)) => Streams::Prefixed(prefixes),
    };
    if groups > 1 {
        return refuse("Log streams can be chosen in a single log group only.");
    }
    Ok(chosen)
}

impl LiveTail {
    /// What is there already is nothing new.
    fn pass_over(&mut self, logs: &Logs, now: Millis) {
        for (_, name) in &self.groups {
            for stream in wanted(logs, name, &self.streams) {
                let place = (name.clone(), stream.name.clone());
                self.written.insert(place, stream.written_to(now));
            }
        }
    }

    /// What has been written and is wanted since the last time, by the time of its arrival.
    fn gather(&mut self, logs: &Logs, now: Millis) -> Vec<Value> {
        let mut found: Vec<(Event, String, String)> = Vec::new();
        for (_, name) in &self.groups {
            for stream in wanted(logs, name, &self.streams) {
                let place = (name.clone(), stream.name.clone());
                let since = self.written.insert(place, stream.written_to(now));
                let new = stream.written_since(since.unwrap_or_default(), now);
                let new = new.filter(|event| self.pattern.matches(&event.message));
                found.extend(new.map(|event| (event, name.clone(), stream.name.clone())));
            }
        }
        found.sort_by_key(|(event, ..)| event.ingested);
        let shapes = found
            .iter()
            .map(|(event, group, stream)| self.shape(event, group, stream));
        shapes.collect()
    }

    fn shape(&self, event: &Event, group: &str, stream: &str) -> Value {
        json!({
            "logStreamName": stream,
            "logGroupIdentifier": format!("{}:{group}", self.account),
            "message": event.message,
            "timestamp": event.at,
            "ingestionTime": event.ingested,
        })
    }

    fn opening(&self) -> Message {
        let (names, prefixes) = self.streams.members();
        let arns: Vec<&str> = self.groups.iter().map(|(arn, _)| arn.as_str()).collect();
        Message::Event(
            "sessionStart",
            json!({
                "requestId": self.request_id,
                "sessionId": self.id,
                "logGroupIdentifiers": arns,
                "logStreamNames": names,
                "logStreamNamePrefixes": prefixes,
                "logEventFilterPattern": self.pattern_text,
            }),
        )
    }
}

/// The streams of a group that a session is about; none of a group that was deleted meanwhile.
fn wanted<'a>(
    logs: &'a Logs,
    group: &str,
    streams: &'a Streams,
) -> impl Iterator<Item = &'a Stream> {
    let all = logs.group(group).into_iter().flat_map(Group::streams);
    all.filter(|stream| streams.has(stream))
}

/// An update: all of the events, or an even sample of what one second may carry.
fn update(mut events: Vec<Value>, passed: Millis) -> Message {
    let seconds = (passed + 999).div_euclid(1000).clamp(1, BUFFERED_SECONDS);
    let room = MOST_A_SECOND * seconds as usize;
    let all = events.len();
    let sampled = all > room;
    if sampled {
        let mut index = 0;
        events.retain(|_| {
            let kept = (index + 1) * room / all > index * room / all;
            index += 1;
            kept
        });
    }
    Message::Event(
        "sessionUpdate",
        json!({"sessionMetadata": {"sampled": sampled}, "sessionResults": events}),
    )
}

impl Session for LiveTail {
    fn next(&mut self, world: &mut World) -> Next {
        let now = world.now();
        let logs = &world.place_mut(&self.account, &self.region).logs;
        let Some(told) = self.told else {
            self.told = Some(now);
            return Next::More(vec![self.opening()]);
        };
        if now - self.started >= LONGEST {
            let message = "Live Tail session has timed out: it lasted three hours";
            let error = WireError::new("SessionTimeoutException", message);
            return Next::Last(vec![Message::Exception(error)]);
        }
        let events = self.gather(logs, now);
        self.told = Some(now);
        Next::More(vec![update(events, now - told)])
    }
}

#[cfg(test)]
mod tests;
