//! The codec layer: which service and operation a request names, and the bytes of its answer.
//!
//! Services know members and errors only. A further protocol is a file here, a variant of [`Protocol`] and
//! one of [`Flavour`]. A service may speak several: the request decides which.

pub mod aws_json;
pub mod event_stream;
pub mod query;
pub mod rest_xml;
pub mod rpc_cbor;

use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::http::Method;
use hyper::http::request::Parts;
use serde_json::{Map, Value};

use crate::sim::session::Session;
use crate::sim::wire::{Protocol, Service, WireError};
use rest_xml::{RestAnswer, RestBody, RestRequest};

/// A body with its content type and what else travels in headers.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// Empty when a header says it, or there is no body.
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
}

impl Encoded {
    pub fn new(content_type: &'static str, body: Bytes) -> Self {
        Self {
            content_type,
            headers: Vec::new(),
            body,
        }
    }
}

/// What a request asks for.
pub struct Routed<'a> {
    pub service: &'a dyn Service,
    pub operation: String,
    pub input: Map<String, Value>,
    protocol: Protocol,
}

/// How the client speaks and wants its errors, judged from the request alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// AWS JSON 1.1.
    Json,
    /// AWS JSON 1.0, in which errors keep the codes they have in Query.
    Json10,
    Cbor,
    Query,
    RestXml,
}

impl Flavour {
    /// The headers of a protocol decide; then a path or a method that no RPC has; the rest is JSON.
    pub fn of(parts: &Parts) -> Self {
        let headers = &parts.headers;
        let kind = header(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
        let rpc_path = parts.uri.path() == "/" && parts.method == Method::POST;
        if header(headers, rpc_cbor::PROTOCOL_HEADER) == Some(rpc_cbor::PROTOCOL) {
            Self::Cbor
        } else if headers.contains_key("x-amz-target") {
            if kind.starts_with(aws_json::CONTENT_TYPE_10) {
                Self::Json10
            } else {
                Self::Json
            }
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            Self::Query
        } else if rpc_path {
            Self::Json
        } else {
            Self::RestXml
        }
    }

    pub fn error(self, error: &WireError, request_id: &str) -> Encoded {
        match self {
            Self::Json => aws_json::error(error, aws_json::CONTENT_TYPE),
            Self::Json10 => {
                with_query_code(error, aws_json::error(error, aws_json::CONTENT_TYPE_10))
            }
            Self::Cbor => with_query_code(error, rpc_cbor::error(error)),
            Self::Query => query::error(error, request_id),
            Self::RestXml => rest_xml::error(error, request_id),
        }
    }
}

/// Services that once spoke Query repeat the code they had there.
fn with_query_code(error: &WireError, mut encoded: Encoded) -> Encoded {
    let blame = if error.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    let code = format!("{};{blame}", error.code);
    encoded.headers.push(("x-amzn-query-error", code));
    encoded
}

/// A header's value when it is text.
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn unknown() -> WireError {
    WireError::new("UnknownOperationException", "")
}

/// Finds the service by the signing scope, the operation by the protocol, and reads the members.
///
/// The scope is the most dependable key: two Query services share the names of several operations.
pub fn route<'a>(
    services: &'a [Box<dyn Service>],
    scope_service: &str,
    parts: &Parts,
    body: &[u8],
) -> Result<Routed<'a>, WireError> {
    let service = services
        .iter()
        .find(|service| service.signing_name() == scope_service)
        .map(AsRef::as_ref);
    let service = service.ok_or_else(unknown)?;
    let flavour = Flavour::of(parts);
    let spoken = service
        .protocols()
        .iter()
        .find(|protocol| protocol.flavour() == flavour);
    // A service that does not speak so refuses in the words of what it does speak.
    let protocol = *spoken
        .or_else(|| service.protocols().first())
        .ok_or_else(unknown)?;
    let (operation, input) = read(service, protocol, parts, body)?;
    Ok(Routed {
        service,
        operation,
        input,
        protocol,
    })
}

fn read(
    service: &dyn Service,
    protocol: Protocol,
    parts: &Parts,
    body: &[u8],
) -> Result<(String, Map<String, Value>), WireError> {
    match protocol {
        Protocol::AwsJson11 { target_prefix } | Protocol::AwsJson10 { target_prefix } => {
            let target = header(&parts.headers, "x-amz-target").unwrap_or_default();
            let operation = targeted(target, target_prefix).ok_or_else(unknown)?;
            check_offered(service, operation).map_err(|()| unknown())?;
            Ok((operation.to_owned(), aws_json::read(body)?))
        }
        Protocol::RpcV2Cbor { shape, .. } => {
            let (named, operation) = rpc_cbor::target(parts.uri.path()).ok_or_else(unknown)?;
            check_offered(service, operation)
                .ok()
                .filter(|()| named == shape)
                .ok_or_else(unknown)?;
            Ok((operation.to_owned(), rpc_cbor::read(body)?))
        }
        Protocol::Query { version, .. } => read_form(service, version, body),
        Protocol::RestXml => {
            let operation = service.rest_operation(&RestRequest::of(parts))?;
            Ok((operation.to_owned(), Map::new()))
        }
    }
}

/// The operation of a target. SDKs differ in whether they put a namespace before the service's shape.
fn targeted<'t>(target: &'t str, prefix: &str) -> Option<&'t str> {
    let (shape, operation) = target.rsplit_once('.')?;
    let bare = prefix.rsplit('.').next()?;
    (shape == prefix || shape == bare).then_some(operation)
}

fn read_form(
    service: &dyn Service,
    version: &str,
    body: &[u8],
) -> Result<(String, Map<String, Value>), WireError> {
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
    Ok((operation, input))
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

/// What a service answered, in the form its protocol carries.
#[derive(Debug)]
pub enum Outcome {
    Members(Value),
    /// A body of JSON, written by the service.
    Written(Bytes),
    Rest(RestAnswer),
    /// An event stream that goes on for as long as the client listens.
    Session(Box<dyn Session>),
}

impl Outcome {
    /// What a fault may change.
    pub fn members_mut(&mut self) -> Option<&mut Value> {
        if let Self::Written(body) = self {
            *self = Self::Members(serde_json::from_slice(body).unwrap_or_default());
        }
        match self {
            Self::Members(value) => Some(value),
            Self::Written(_) | Self::Session(_) => None,
            Self::Rest(answer) => match &mut answer.body {
                RestBody::Xml { members, .. } => Some(members),
                RestBody::Bytes(_) => None,
            },
        }
    }
}

impl Routed<'_> {
    /// Whether it is answered by [`Service::handle_rest`].
    pub fn is_rest(&self) -> bool {
        self.protocol == Protocol::RestXml
    }

    /// Writes a service's answer, with its status, in the protocol of the request. Of a session it is the first
    /// message; the rest is the server's to send.
    pub fn answer(
        &self,
        outcome: Outcome,
        request_id: &str,
    ) -> (u16, Encoded, Option<Box<dyn Session>>) {
        match outcome {
            Outcome::Rest(answer) => (answer.status, rest_xml::answer(answer, request_id), None),
            Outcome::Members(value) => (200, self.members(&value, request_id), None),
            Outcome::Written(body) => (200, Encoded::new(aws_json::CONTENT_TYPE, body), None),
            Outcome::Session(session) => {
                let first = event_stream::Message::initial().framed();
                let encoded = Encoded::new(event_stream::CONTENT_TYPE, first);
                (200, encoded, Some(session))
            }
        }
    }

    fn members(&self, value: &Value, request_id: &str) -> Encoded {
        match self.protocol {
            Protocol::AwsJson11 { .. } | Protocol::RestXml => {
                aws_json::answer(value, aws_json::CONTENT_TYPE)
            }
            Protocol::AwsJson10 { .. } => aws_json::answer(value, aws_json::CONTENT_TYPE_10),
            Protocol::RpcV2Cbor { times, .. } => rpc_cbor::answer(value, times),
            Protocol::Query { xmlns, .. } => {
                query::answer(&self.operation, value, xmlns, request_id)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::targeted;

    #[test]
    fn a_target_may_come_with_a_namespace() {
        let trail = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101";
        let lookup = Some("LookupEvents");
        let whole = format!("{trail}.LookupEvents");
        assert_eq!(targeted(&whole, trail), lookup);
        assert_eq!(targeted("CloudTrail_20131101.LookupEvents", trail), lookup);
        assert_eq!(targeted("Logs_20140328.LookupEvents", trail), None);
        assert_eq!(targeted("LookupEvents", trail), None);
    }
}
