//! The control endpoint, `POST /_sim/…`: faults, the world's clock, and request counters, for whoever holds
//! the token that `starboard simulate` prints.
//!
//! | path | body | answer |
//! |---|---|---|
//! | `faults` | `{"operation": "ListBuilds", "fault": "throttle", "times": 3}` (`times` optional) | `{}` |
//! | `faults/clear` | | `{}` |
//! | `clock` | `{"forward_ms": 60000}`; an empty object reads it | `{"now_ms": …}` |
//! | `requests` | | `{"counts": {"ListBuilds": 3}}` |

use hyper::StatusCode;
use hyper::http::Method;
use hyper::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::sim::faults::Fault;
use crate::sim::protocol::header;
use crate::sim::server::Shared;

/// The header that carries the token.
pub const TOKEN_HEADER: &str = "x-sim-token";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultOrder {
    operation: String,
    fault: Fault,
    times: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockOrder {
    #[serde(default)]
    forward_ms: i64,
}

/// Answers one control request, `path` being what follows `/_sim/`.
pub fn handle(shared: &Shared, parts: &Parts, path: &str, body: &[u8]) -> (StatusCode, String) {
    let (status, value) = match answer(shared, parts, path, body) {
        Ok(value) => (StatusCode::OK, value),
        Err((status, message)) => (status, json!({"error": message})),
    };
    (status, value.to_string())
}

fn answer(
    shared: &Shared,
    parts: &Parts,
    path: &str,
    body: &[u8],
) -> Result<Value, (StatusCode, String)> {
    if header(&parts.headers, TOKEN_HEADER) != shared.control_token.as_deref() {
        return Err((
            StatusCode::FORBIDDEN,
            format!("the header {TOKEN_HEADER} does not hold the token that was printed"),
        ));
    }
    if parts.method != Method::POST {
        return Err((
            StatusCode::METHOD_NOT_ALLOWED,
            "only POST is answered here".to_owned(),
        ));
    }
    match path {
        "faults" => {
            let order: FaultOrder = read(body)?;
            shared
                .faults
                .inject(&order.operation, order.fault, order.times);
            Ok(json!({}))
        }
        "faults/clear" => {
            shared.faults.clear();
            Ok(json!({}))
        }
        "clock" => {
            let order: ClockOrder = read(body)?;
            shared.clock.turn_forward(order.forward_ms);
            Ok(json!({"now_ms": shared.world().now()}))
        }
        "requests" => Ok(json!({"counts": shared.requests().counts()})),
        _ => Err((
            StatusCode::NOT_FOUND,
            format!("no control named {path}; there are faults, faults/clear, clock and requests"),
        )),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, (StatusCode, String)> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|fault| (StatusCode::BAD_REQUEST, fault.to_string()))
}
