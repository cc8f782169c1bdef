//! What a service sees of a request and what it answers, free of any protocol's bytes.
//!
//! A service reads its members through [`Members`], whose errors are worded as AWS words them, and cuts its
//! lists with [`page`], whose tokens are opaque and good for one operation and one set of arguments only.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use serde_json::{Map, Value};

use crate::sim::protocol::Flavour;
use crate::sim::protocol::rest_xml::{RestAnswer, RestRequest};
use crate::sim::random::Random;
use crate::sim::session::Session;
use crate::sim::world::World;

/// Milliseconds since 1970 on the simulated clock.
pub type Millis = i64;

/// One request, its signature already verified and its body already read.
#[derive(Debug)]
pub struct Call<'a> {
    /// The twelve digits of the account that the access key names.
    pub account: &'a str,
    /// The region of the signing scope.
    pub region: &'a str,
    pub operation: &'a str,
    pub input: &'a Map<String, Value>,
    /// Who signed: `arn:aws:iam::…:user/…` or `arn:aws:sts::…:assumed-role/…`.
    pub caller_arn: &'a str,
    pub now: Millis,
}

/// An error as AWS sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError {
    pub status: u16,
    /// The bare code, `PipelineNotFoundException`, without a namespace.
    pub code: String,
    pub message: String,
    /// Further elements of an error in XML, as the key that was not found.
    pub details: Vec<(&'static str, String)>,
}

impl WireError {
    /// The caller's fault: HTTP 400.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::with_status(400, code, message)
    }

    /// The service's fault: HTTP 500.
    pub fn server(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::with_status(500, code, message)
    }

    /// Any other status, as 403 for a signature that does not match.
    pub fn with_status(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            details: Vec::new(),
        }
    }

    /// The same with a further element.
    #[must_use]
    pub fn about(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }
}

/// The members of the answer by their names in AWS's model, or the error.
pub type Answer = Result<Value, WireError>;

/// How a service's bodies are written. A further codec is a further variant and a file in `protocol`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `X-Amz-Target: PREFIX.Operation`, bodies of `application/x-amz-json-1.1`.
    AwsJson11 { target_prefix: &'static str },
    /// The same in `application/x-amz-json-1.0`.
    AwsJson10 { target_prefix: &'static str },
    /// `/service/SHAPE/operation/Operation`, bodies of CBOR.
    RpcV2Cbor {
        shape: &'static str,
        /// The members that are times; JSON does not tell them from other numbers.
        times: &'static [&'static str],
    },
    /// Method, path and query name the operation.
    RestXml,
    /// A form with `Action` and `Version`, answers in XML.
    Query {
        version: &'static str,
        xmlns: &'static str,
    },
}

impl Protocol {
    /// What a request in this protocol looks like.
    pub fn flavour(self) -> Flavour {
        match self {
            Self::AwsJson11 { .. } => Flavour::Json,
            Self::AwsJson10 { .. } => Flavour::Json10,
            Self::RpcV2Cbor { .. } => Flavour::Cbor,
            Self::RestXml => Flavour::RestXml,
            Self::Query { .. } => Flavour::Query,
        }
    }
}

/// One simulated service.
pub trait Service: Send + Sync {
    /// The service's name in the signing scope, `codepipeline`.
    fn signing_name(&self) -> &'static str;
    /// The protocols it is asked in; errors of any other request are worded as in the first.
    fn protocols(&self) -> &'static [Protocol];
    /// The operations answered; any other gets UnknownOperationException.
    fn operations(&self) -> &'static [&'static str];
    /// Answers one call. The world has been moved to `call.now` before.
    fn handle(&self, call: &Call<'_>, world: &mut World) -> Answer;

    /// Answers one call of JSON with the body itself, where members would be too dear; then [`Service::handle`] is not
    /// asked.
    fn written(&self, _call: &Call<'_>, _world: &mut World) -> Option<Result<Bytes, WireError>> {
        None
    }

    /// Answers one call of JSON with a stream of events; then neither of the others is asked.
    fn session(
        &self,
        _call: &Call<'_>,
        _world: &mut World,
    ) -> Option<Result<Box<dyn Session>, WireError>> {
        None
    }

    /// The operation that a REST request means; services that are not asked so have none.
    fn rest_operation(&self, _request: &RestRequest<'_>) -> Result<&'static str, WireError> {
        Err(WireError::new("UnknownOperationException", ""))
    }

    /// Answers one REST call, in place of [`Service::handle`].
    fn handle_rest(
        &self,
        _call: &Call<'_>,
        _request: &RestRequest<'_>,
        _world: &mut World,
    ) -> Result<RestAnswer, WireError> {
        Err(WireError::new("UnknownOperationException", ""))
    }
}

/// A time in a JSON 1.1 body: seconds since 1970, with a fraction.
pub fn seconds(at: Millis) -> Value {
    Value::from(at as f64 / 1000.0)
}

/// Reads the members of one structure of a request.
///
/// A member of the wrong JSON type is a SerializationException, as from AWS's own decoder. A missing or
/// out-of-range one is the error code given here, which differs between services.
#[derive(Clone, Copy, Debug)]
pub struct Members<'a> {
    input: &'a Map<String, Value>,
    code: &'static str,
}

impl<'a> Members<'a> {
    pub fn new(input: &'a Map<String, Value>, code: &'static str) -> Self {
        Self { input, code }
    }

    fn present(&self, name: &str) -> Option<&'a Value> {
        self.input.get(name).filter(|value| !value.is_null())
    }

    /// A constraint that a value breaks, in AWS's words.
    pub fn breach(&self, name: &str, value: &str, constraint: &str) -> WireError {
        WireError::new(
            self.code,
            format!(
                "1 validation error detected: Value {value} at '{name}' failed to satisfy constraint: Member must {constraint}"
            ),
        )
    }

    /// The error of a required member that is not there.
    pub fn missing(&self, name: &str) -> WireError {
        self.breach(name, "null", "not be null")
    }

    pub fn optional_text(&self, name: &str) -> Result<Option<&'a str>, WireError> {
        match self.present(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(mistyped(other, "a String")),
        }
    }

    pub fn text(&self, name: &str) -> Result<&'a str, WireError> {
        self.optional_text(name)?.ok_or_else(|| self.missing(name))
    }

    /// A required text whose length in characters must lie in the range.
    pub fn bounded_text(
        &self,
        name: &str,
        least: usize,
        most: usize,
    ) -> Result<&'a str, WireError> {
        let text = self.text(name)?;
        self.check_length(name, text, least, most)?;
        Ok(text)
    }

    /// An optional text whose length in characters must lie in the range.
    pub fn optional_bounded_text(
        &self,
        name: &str,
        least: usize,
        most: usize,
    ) -> Result<Option<&'a str>, WireError> {
        let text = self.optional_text(name)?;
        if let Some(text) = text {
            self.check_length(name, text, least, most)?;
        }
        Ok(text)
    }

    fn check_length(
        &self,
        name: &str,
        text: &str,
        least: usize,
        most: usize,
    ) -> Result<(), WireError> {
        let length = text.chars().count();
        if length < least {
            return Err(self.breach(
                name,
                &format!("'{text}'"),
                &format!("have length greater than or equal to {least}"),
            ));
        }
        if length > most {
            return Err(self.breach(
                name,
                &format!("'{text}'"),
                &format!("have length less than or equal to {most}"),
            ));
        }
        Ok(())
    }

    /// A required text that must be one of the words.
    pub fn word(&self, name: &str, words: &[&'static str]) -> Result<&'static str, WireError> {
        self.optional_word(name, words)?
            .ok_or_else(|| self.missing(name))
    }

    /// An optional text that must be one of the words.
    pub fn optional_word(
        &self,
        name: &str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, WireError> {
        let Some(text) = self.optional_text(name)? else {
            return Ok(None);
        };
        match words.iter().find(|word| **word == text) {
            Some(word) => Ok(Some(word)),
            None => Err(self.breach(
                name,
                &format!("'{text}'"),
                &format!("satisfy enum value set: [{}]", words.join(", ")),
            )),
        }
    }

    pub fn optional_integer(&self, name: &str) -> Result<Option<i64>, WireError> {
        match self.present(name) {
            None => Ok(None),
            Some(value) => value
                .as_i64()
                .map(Some)
                .ok_or_else(|| mistyped(value, "a Long")),
        }
    }

    /// An optional whole number that must lie in the range.
    pub fn optional_bounded_integer(
        &self,
        name: &str,
        least: i64,
        most: i64,
    ) -> Result<Option<i64>, WireError> {
        let number = self.optional_integer(name)?;
        match number {
            Some(number) if number < least => Err(self.breach(
                name,
                &format!("'{number}'"),
                &format!("have value greater than or equal to {least}"),
            )),
            Some(number) if number > most => Err(self.breach(
                name,
                &format!("'{number}'"),
                &format!("have value less than or equal to {most}"),
            )),
            other => Ok(other),
        }
    }

    /// An optional number, whole or not, that must lie in the range.
    pub fn optional_number(
        &self,
        name: &str,
        least: f64,
        most: f64,
    ) -> Result<Option<f64>, WireError> {
        let Some(value) = self.present(name) else {
            return Ok(None);
        };
        let number = value.as_f64().ok_or_else(|| mistyped(value, "a Double"))?;
        if number < least {
            let constraint = format!("have value greater than or equal to {least}");
            return Err(self.breach(name, &format!("'{number}'"), &constraint));
        }
        if number > most {
            let constraint = format!("have value less than or equal to {most}");
            return Err(self.breach(name, &format!("'{number}'"), &constraint));
        }
        Ok(Some(number))
    }

    /// An optional time: seconds since 1970, with or without a fraction.
    pub fn optional_seconds(&self, name: &str) -> Result<Option<Millis>, WireError> {
        match self.present(name) {
            None => Ok(None),
            Some(value) => value
                .as_f64()
                .map(|seconds| Some((seconds * 1000.0).round() as Millis))
                .ok_or_else(|| mistyped(value, "a Timestamp")),
        }
    }

    pub fn optional_flag(&self, name: &str) -> Result<Option<bool>, WireError> {
        match self.present(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(mistyped(other, "a Boolean")),
        }
    }

    /// The elements of a list member; an absent one is `None`.
    pub fn optional_list(&self, name: &str) -> Result<Option<&'a [Value]>, WireError> {
        match self.present(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(other) => Err(mistyped(other, "a List")),
        }
    }

    /// The texts of a list member; an absent one is `None`.
    pub fn optional_texts(&self, name: &str) -> Result<Option<Vec<&'a str>>, WireError> {
        let Some(items) = self.optional_list(name)? else {
            return Ok(None);
        };
        items
            .iter()
            .map(|item| item.as_str().ok_or_else(|| mistyped(item, "a String")))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    pub fn texts(&self, name: &str) -> Result<Vec<&'a str>, WireError> {
        self.optional_texts(name)?.ok_or_else(|| self.missing(name))
    }

    /// The members of a structure member; an absent one is `None`.
    pub fn optional_structure(&self, name: &str) -> Result<Option<Self>, WireError> {
        match self.present(name) {
            None => Ok(None),
            Some(Value::Object(input)) => Ok(Some(Self {
                input,
                code: self.code,
            })),
            Some(other) => Err(mistyped(other, "a Structure")),
        }
    }

    /// The structures of a list member; an absent one is `None`.
    pub fn optional_structures(&self, name: &str) -> Result<Option<Vec<Self>>, WireError> {
        let Some(items) = self.optional_list(name)? else {
            return Ok(None);
        };
        let structure = |item: &'a Value| match item {
            Value::Object(input) => Ok(Self {
                input,
                code: self.code,
            }),
            other => Err(mistyped(other, "a Structure")),
        };
        items
            .iter()
            .map(structure)
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// The names of the members that are there: the keys of a map.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.input.keys().map(String::as_str)
    }

    /// The entries of a map of structures; an absent one is `None`.
    pub fn optional_map(&self, name: &str) -> Result<Option<Vec<(&'a str, Self)>>, WireError> {
        let Some(map) = self.optional_structure(name)? else {
            return Ok(None);
        };
        map.names()
            .map(|key| Ok((key, map.structure(key)?)))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    pub fn structure(&self, name: &str) -> Result<Self, WireError> {
        self.optional_structure(name)?
            .ok_or_else(|| self.missing(name))
    }
}

fn mistyped(value: &Value, wanted: &str) -> WireError {
    let found = match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "Start of list",
        Value::Object(_) => "Start of structure or map",
    };
    WireError::new(
        "SerializationException",
        format!("{found} can not be converted to {wanted}"),
    )
}

/// A token that this list did not give out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadToken;

/// The range of one page, and the token of the next when something is left.
///
/// `scope` names the list: the operation, the place and the arguments that select. A token made for
/// another scope is refused.
pub fn page<T>(
    items: &[T],
    token: Option<&str>,
    limit: usize,
    scope: &str,
) -> Result<(Range<usize>, Option<String>), BadToken> {
    let start = token
        .map_or(Ok(0), |token| offset_of(token, scope))?
        .min(items.len());
    let end = start.saturating_add(limit.max(1)).min(items.len());
    Ok((
        start..end,
        (end < items.len()).then(|| token_of(end, scope)),
    ))
}

fn checksum(offset: u64, scope: &str) -> u64 {
    Random::named(offset, scope).next_u64()
}

fn token_of(offset: usize, scope: &str) -> String {
    let offset = offset as u64;
    let mut bytes = [0_u8; 16];
    let mask = checksum(u64::MAX, scope);
    for (slot, byte) in bytes.iter_mut().zip(
        (offset ^ mask)
            .to_be_bytes()
            .into_iter()
            .chain(checksum(offset, scope).to_be_bytes()),
    ) {
        *slot = byte;
    }
    STANDARD.encode(bytes)
}

fn offset_of(token: &str, scope: &str) -> Result<usize, BadToken> {
    let bytes = STANDARD
        .decode(token)
        .ok()
        .and_then(|bytes| <[u8; 16]>::try_from(bytes).ok())
        .ok_or(BadToken)?;
    let both = u128::from_be_bytes(bytes);
    let offset = (both >> 64) as u64 ^ checksum(u64::MAX, scope);
    if both as u64 == checksum(offset, scope) {
        Ok(offset as usize)
    } else {
        Err(BadToken)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{BadToken, Members, page, seconds};

    #[test]
    fn pages_cover_every_item_once() {
        let items: Vec<usize> = (0..23).collect();
        let (mut seen, mut token) = (Vec::new(), None);
        loop {
            let (range, next) = page(&items, token.as_deref(), 5, "ListThings/eu-west-1").unwrap();
            seen.extend_from_slice(&items[range]);
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, items);
    }

    #[test]
    fn a_token_is_good_for_its_own_list_only() {
        let items = [0; 9];
        let (_, token) = page(&items, None, 4, "ListThings").unwrap();
        let token = token.unwrap();
        assert_eq!(page(&items, Some(&token), 4, "ListOthers"), Err(BadToken));
        assert_eq!(page(&items, Some("AAAA"), 4, "ListThings"), Err(BadToken));
        assert_eq!(
            page(&items, Some("not base64"), 4, "ListThings"),
            Err(BadToken)
        );
        assert_eq!(page(&items, Some(&token), 4, "ListThings").unwrap().0, 4..8);
    }

    #[test]
    fn members_are_refused_in_the_words_of_aws() {
        let input = json!({"name": "orders-api", "size": "7", "mode": "SIDEWAYS"});
        let members = Members::new(input.as_object().unwrap(), "ValidationException");
        assert_eq!(members.text("name").unwrap(), "orders-api");
        assert_eq!(
            members.text("stage").unwrap_err().message,
            "1 validation error detected: Value null at 'stage' failed to satisfy constraint: Member must not be null"
        );
        assert_eq!(
            members.optional_integer("size").unwrap_err().code,
            "SerializationException"
        );
        assert_eq!(
            members
                .word("mode", &["QUEUED", "PARALLEL"])
                .unwrap_err()
                .message,
            "1 validation error detected: Value 'SIDEWAYS' at 'mode' failed to satisfy constraint: Member must satisfy enum value set: [QUEUED, PARALLEL]"
        );
        assert_eq!(
            members.bounded_text("name", 1, 4).unwrap_err().code,
            "ValidationException"
        );
    }

    #[test]
    fn a_time_keeps_its_milliseconds() {
        assert_eq!(seconds(1_795_000_000_250), json!(1_795_000_000.25));
    }
}
