//! One place's CloudTrail: who changed what, as AWS notes it, to be looked up some minutes later.
//!
//! The server records every write that arrives. What colleagues of the story did is told from the
//! pipelines when somebody asks, the lived-through past included. Calls that only read are not kept.

mod past;

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::sim::clock::{Pace, wall_now};
use crate::sim::random::Random;
use crate::sim::wire::{Millis, WireError};

/// Recorded calls kept at most; the oldest go first.
const MOST_KEPT: usize = 5_000;
/// How long an event can be looked up.
pub const KEPT: Millis = 90 * 86_400_000;
/// Lookups a second.
const MOST_LOOKUPS: usize = 2;
const MINUTE: Millis = 60_000;

/// One place's recorded calls.
#[derive(Debug, Default)]
pub struct Trail {
    events: VecDeque<Event>,
    /// When the last lookups came, on the world's clock and on the machine's.
    lookups: VecDeque<(Millis, Millis)>,
}

/// Who called, as CloudTrail tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    pub account: String,
    pub arn: String,
    /// `AIDA…`, or `AROA…:session`.
    pub principal: String,
    pub access_key: Option<String>,
}

impl Who {
    /// The user's name, or the name of the session.
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    /// The role of a session.
    pub fn role(&self) -> Option<&str> {
        let (_, rest) = self.arn.split_once(":assumed-role/")?;
        rest.split('/').next()
    }
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// A UUID.
    pub id: String,
    pub at: Millis,
    /// From when on it is found.
    pub seen: Millis,
    /// The signing name of the service.
    pub service: String,
    pub name: String,
    pub who: Who,
    pub address: String,
    pub agent: String,
    pub request: Value,
    pub response: Value,
    /// Code and message of a refusal.
    pub error: Option<(String, String)>,
    pub request_id: String,
    /// Made in the console, by somebody signed in with a second factor.
    pub console: bool,
}

/// A call as the server saw it.
#[derive(Debug)]
pub struct Recorded<'a> {
    pub at: Millis,
    pub service: &'a str,
    pub operation: &'a str,
    pub who: Who,
    pub agent: &'a str,
    pub request: Value,
    pub outcome: Result<&'a Value, &'a WireError>,
    pub request_id: &'a str,
}

/// Whether an operation changes something; CloudTrail calls the others read-only.
pub fn writes(operation: &str) -> bool {
    const READS: [&str; 9] = [
        "Assume", "BatchGet", "Describe", "Filter", "Get", "Head", "List", "Lookup", "Search",
    ];
    !READS.iter().any(|verb| operation.starts_with(verb))
}

impl Trail {
    /// Notes a call that arrived.
    pub fn record(&mut self, call: Recorded<'_>, pace: Pace) {
        let (response, error) = match call.outcome {
            Ok(value) => (dates_in_words(value), None),
            Err(error) => (Value::Null, Some(refusal(error))),
        };
        if self.events.len() == MOST_KEPT {
            self.events.pop_front();
        }
        let mut random = Random::named(call.at as u64, call.request_id);
        self.events.push_back(Event {
            id: random.uuid(),
            at: call.at,
            seen: late(call.at, &mut random, pace),
            service: call.service.to_owned(),
            name: call.operation.to_owned(),
            who: call.who,
            address: "127.0.0.1".to_owned(),
            agent: call.agent.to_owned(),
            request: without_secrets(call.request),
            response,
            error,
            request_id: call.request_id.to_owned(),
            console: false,
        });
    }

    pub fn recorded(&self) -> impl Iterator<Item = &Event> {
        self.events.iter()
    }

    /// Whether one more lookup is within the two that a second allows. The clock of a test may stand still
    /// or leap, so a lookup counts as recent only while neither clock has moved by a second.
    pub fn may_look_up(&mut self, now: Millis) -> bool {
        let wall = wall_now();
        self.lookups
            .retain(|(at, on_wall)| now - at < 1_000 && wall - on_wall < 1_000);
        if self.lookups.len() >= MOST_LOOKUPS {
            return false;
        }
        self.lookups.push_back((now, wall));
        true
    }
}

/// When an event is found: three to eight minutes after the call.
fn late(at: Millis, random: &mut Random, pace: Pace) -> Millis {
    pace.after(at, random.between(3 * MINUTE, 8 * MINUTE))
}

/// CloudTrail has one code for whatever a policy forbids.
fn refusal(error: &WireError) -> (String, String) {
    let code = match error.code.as_str() {
        "AccessDeniedException" => "AccessDenied",
        code => code,
    };
    (code.to_owned(), error.message.clone())
}

/// Times are numbers on the wire and words in the trail: `Nov 23, 2026, 2:04:08 AM`.
fn dates_in_words(value: &Value) -> Value {
    let mut told = value.clone();
    if let Some(at) = told.get("approvedAt").and_then(Value::as_f64) {
        told["approvedAt"] = Value::from(in_words((at * 1000.0) as Millis));
    }
    // Long answers, as that of StartBuild, are told by their names only.
    if let Some(id) = value.pointer("/build/id").cloned() {
        told = json!({"build": {"id": id, "arn": value.pointer("/build/arn")}});
    }
    told
}

fn in_words(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at)
        .unwrap_or_default()
        .strftime("%b %-d, %Y, %-I:%M:%S %p")
        .to_string()
}

/// The values of environment variables are never written down.
fn without_secrets(mut request: Value) -> Value {
    let variables = request
        .get_mut("environmentVariablesOverride")
        .and_then(Value::as_array_mut);
    for variable in variables.into_iter().flatten() {
        if let Some(value) = variable.get_mut("value") {
            *value = Value::from("HIDDEN_DUE_TO_SECURITY_REASONS");
        }
    }
    request
}

#[cfg(test)]
mod tests;
