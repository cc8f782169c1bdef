//! The codec layer: which service and operation a request names, and the bytes of its answer.
//!
//! Services know members and errors only. A further protocol is a file here and a variant of
//! [`Protocol`].

pub mod aws_json;
pub mod query;

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Map, Value};

use crate::sim::wire::{Protocol, Service, WireError};

/// A body with its content type.
#[derive(Clone, Debug)]
pub struct Encoded {
    pub content_type: &'static str,
    pub body: Bytes,
}

/// What a request asks for.
pub struct Routed<'a> {
    pub service: &'a dyn Service,
    pub operation: String,
    pub input: Map<String, Value>,
}

/// How the client wants its errors, judged from the request alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    Json,
    Query,
}

impl Flavour {
    /// A form is a Query call; everything else is answered in JSON.
    pub fn of(headers: &HeaderMap) -> Self {
        let form = header(headers, CONTENT_TYPE.as_str())
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if form && !headers.contains_key("x-amz-target") {
            Self::Query
        } else {
            Self::Json
        }
    }

    pub fn error(self, error: &WireError, request_id: &str) -> Encoded {
        match self {
            Self::Json => aws_json::error(error),
            Self::Query => query::error(error, request_id),
        }
    }
}

/// A header's value when it is text.
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Finds the service by the signing scope, the operation by the protocol, and reads the members.
///
/// The scope is the most dependable key: two Query services share the names of several operations.
pub fn route<'a>(
    services: &'a [Box<dyn Service>],
    scope_service: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Routed<'a>, WireError> {
    let unknown = || WireError::new("UnknownOperationException", "");
    let service = services
        .iter()
        .find(|service| service.signing_name() == scope_service)
        .map(AsRef::as_ref);
    let service = service.ok_or_else(unknown)?;
    let (operation, input) = match service.protocol() {
        Protocol::AwsJson11 { target_prefix } => {
            let target = header(headers, "x-amz-target").unwrap_or_default();
            let operation = target
                .strip_prefix(target_prefix)
                .and_then(|rest| rest.strip_prefix('.'))
                .ok_or_else(unknown)?;
            check_offered(service, operation).map_err(|()| unknown())?;
            (operation.to_owned(), aws_json::read(body)?)
        }
        Protocol::Query { version, .. } => {
            let mut input = query::read(body)?;
            let operation = take_text(&mut input, "Action").ok_or_else(|| {
                WireError::new(
                    "MissingAction",
                    "The request must contain the parameter Action.",
                )
            })?;
            let asked = take_text(&mut input, "Version").unwrap_or_default();
            let offered = check_offered(service, &operation).is_ok() && asked == version;
            if !offered {
                let message = format!("Could not find operation {operation} for version {asked}");
                return Err(WireError::new("InvalidAction", message));
            }
            (operation, input)
        }
    };
    Ok(Routed {
        service,
        operation,
        input,
    })
}

fn check_offered(service: &dyn Service, operation: &str) -> Result<(), ()> {
    if service.operations().contains(&operation) {
        Ok(())
    } else {
        Err(())
    }
}

fn take_text(input: &mut Map<String, Value>, name: &str) -> Option<String> {
    match input.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// Writes a service's answer in its protocol.
pub fn answer(service: &dyn Service, operation: &str, value: &Value, request_id: &str) -> Encoded {
    match service.protocol() {
        Protocol::AwsJson11 { .. } => aws_json::answer(value),
        Protocol::Query { xmlns, .. } => query::answer(operation, value, xmlns, request_id),
    }
}
