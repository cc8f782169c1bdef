//! The answers that faults give in place of a service's own.

use hyper::body::Bytes;
use hyper::header::DATE;
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use serde_json::json;

use super::body::AnswerBody;
use super::{Shared, http_date, refusal, response};
use crate::sim::auth;
use crate::sim::faults::Fault;
use crate::sim::protocol::{Encoded, Flavour, header};
use crate::sim::wire::WireError;

/// The answer that a fault gives in place of the service's, if it does.
pub(super) fn instead(
    shared: &Shared,
    parts: &Parts,
    fault: &Fault,
) -> Option<Response<AnswerBody>> {
    let flavour = Flavour::of(parts);
    let refuse = |error: WireError| Some(refusal(shared, parts, &error));
    let page = |status, text: &'static str| {
        let encoded = Encoded::new(
            "text/html; charset=utf-8",
            Bytes::from_static(text.as_bytes()),
        );
        Some(response(shared, status, encoded, &shared.request_id()))
    };
    match fault {
        Fault::Throttle => refuse(throttled(flavour)),
        Fault::ServerError => refuse(failed(flavour)),
        Fault::ServerErrorEmptyBody => {
            let encoded = Encoded::new("application/x-amz-json-1.1", Bytes::new());
            Some(response(
                shared,
                StatusCode::INTERNAL_SERVER_ERROR,
                encoded,
                &shared.request_id(),
            ))
        }
        Fault::Html => page(
            StatusCode::INTERNAL_SERVER_ERROR,
            "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n<p>The server encountered an internal error and was unable to complete your request.</p>\n",
        ),
        Fault::CaptivePortal => page(
            StatusCode::OK,
            "<!doctype html>\n<html><head><title>Welcome to Harbour Guest WiFi</title></head><body><form action=\"/login\">Please sign in to continue.</form></body></html>\n",
        ),
        Fault::ExpiredToken => refuse(auth::expired(flavour)),
        Fault::ClockSkew { minutes } => {
            let error = WireError::with_status(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            );
            let mut reply = refusal(shared, parts, &error);
            if let Ok(date) = http_date(shared.clock.wire_now() + minutes * 60_000).parse() {
                reply.headers_mut().insert(DATE, date);
            }
            Some(reply)
        }
        Fault::Body { text } => {
            let encoded = Encoded::new("application/x-amz-json-1.1", Bytes::from(text.clone()));
            Some(response(
                shared,
                StatusCode::OK,
                encoded,
                &shared.request_id(),
            ))
        }
        Fault::RepeatedToken => Some(log_page(shared, parts, true)),
        Fault::EmptyPages => Some(log_page(shared, parts, false)),
        Fault::AccessDenied { .. }
        | Fault::Stall
        | Fault::Slow(_)
        | Fault::Truncated
        | Fault::ApplyThenDrop
        | Fault::Malformed { .. }
        | Fault::InvalidUtf8
        | Fault::Quirk(_) => None,
    }
}

/// A page of log events that leads nowhere: one event and the token of every other page, or nothing and a token that
/// no page had.
fn log_page(shared: &Shared, parts: &Parts, repeats: bool) -> Response<AnswerBody> {
    let id = shared.request_id();
    let token = if repeats {
        "f/00000000000000000000000000000000000000000000000000000000"
    } else {
        &id
    };
    let now = shared.clock.now();
    let event = json!({"timestamp": now, "message": "again", "ingestionTime": now});
    let events = if repeats { vec![event] } else { Vec::new() };
    let target = header(&parts.headers, "x-amz-target").unwrap_or_default();
    let members = if target.ends_with("FilterLogEvents") {
        json!({"events": events, "searchedLogStreams": [], "nextToken": token})
    } else {
        json!({"events": events, "nextForwardToken": token, "nextBackwardToken": token})
    };
    let encoded = Encoded::new(
        "application/x-amz-json-1.1",
        Bytes::from(members.to_string()),
    );
    response(shared, StatusCode::OK, encoded, &id)
}

/// The body with bytes that are no UTF-8 at the beginning of its first message.
pub(super) fn with_invalid_utf8(body: &[u8]) -> Bytes {
    const MEMBER: &[u8] = b"\"message\":\"";
    let start = body
        .windows(MEMBER.len())
        .position(|window| window == MEMBER)
        .map_or(0, |found| found + MEMBER.len());
    let (before, after) = body.split_at(start);
    [before, b"\xff\xfe caf\xc3\x28 ", after].concat().into()
}

fn throttled(flavour: Flavour) -> WireError {
    if flavour == Flavour::RestXml {
        return WireError::with_status(503, "SlowDown", "Please reduce your request rate.");
    }
    WireError::new("ThrottlingException", "Rate exceeded")
}

fn failed(flavour: Flavour) -> WireError {
    if flavour == Flavour::RestXml {
        let message = "We encountered an internal error. Please try again.";
        return WireError::server("InternalError", message);
    }
    WireError::server(
        "InternalFailure",
        "The request processing has failed because of an unknown error, exception or failure.",
    )
}

/// What a policy forbids. The trail keeps it, so the server answers it.
pub(super) fn denied(flavour: Flavour, who: &str, action: &str) -> WireError {
    let message = format!(
        "User: {who} is not authorized to perform: {action} because no identity-based policy allows the {action} action"
    );
    if flavour == Flavour::RestXml {
        return WireError::with_status(403, "AccessDenied", message);
    }
    WireError::new("AccessDeniedException", message)
}
