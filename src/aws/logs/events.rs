//! The events of a page, taken out of its JSON before the SDK reads the rest.
//!
//! The SDK makes three allocations of each event and gives a page up for one byte that is no UTF-8. Of a log that is a
//! line of garbage and nine thousand good ones. Here invalid bytes become U+FFFD, lone surrogates too, and everything
//! else is as it was sent. A body that is not what it should be is left to the SDK, whose errors say so.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use memchr::{memchr, memchr2};

use crate::model::log_events::{LogEvents, fingerprint};

/// How deep a member that nobody asked for may nest.
const DEEPEST: usize = 64;

/// Takes the events of one call's answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken(Arc<Mutex<Option<LogEvents>>>);

impl Taken {
    /// The events; none when they were left to the SDK.
    pub(super) fn take(&self) -> Option<LogEvents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[dyn_dispatch_hint]
impl Intercept for Taken {
    fn name(&self) -> &'static str {
        "TakeLogEvents"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response_mut();
        let body = answer
            .body()
            .bytes()
            .filter(|_| answer.status().is_success());
        let Some((events, rest)) = body.and_then(split) else {
            return Ok(());
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(events);
        *answer.body_mut() = SdkBody::from(rest);
        Ok(())
    }
}

/// What stands for an event's id.
pub(super) fn mark_of(id: &str) -> u64 {
    fingerprint(id.as_bytes(), 1)
}

/// The events of a body and the body without them; none of a body that is not one object.
fn split(body: &[u8]) -> Option<(LogEvents, String)> {
    // The lossy way alone goes through good text five times as slowly.
    let text = match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(body),
    };
    let mut scan = Scan { text: &text, at: 0 };
    let mut events = None;
    let mut rest = String::from("{");
    scan.members(|scan, start, name| {
        if name == "events" {
            let mut found = LogEvents::with_room(scan.text.len() - scan.at);
            scan.events(&mut found)?;
            events = Some(found);
        } else {
            scan.skip(0)?;
            if rest.len() > 1 {
                rest.push(',');
            }
            rest.push_str(scan.text.get(start..scan.at)?);
        }
        Some(())
    })?;
    scan.space();
    rest.push('}');
    (scan.at == text.len()).then_some((events?, rest))
}

/// A place in a JSON text.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Passes over this byte, and the space before it.
    fn eat(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// After an element: whether another follows.
    fn more(&mut self, end: u8) -> Option<bool> {
        self.space();
        let byte = self.peek()?;
        self.at += 1;
        match byte {
            b',' => Some(true),
            _ if byte == end => Some(false),
            _ => None,
        }
    }

    /// Whether a list or object is over before its first element.
    fn is_bare(&mut self, end: u8) -> bool {
        self.space();
        let bare = self.peek() == Some(end);
        self.at += usize::from(bare);
        bare
    }

    /// Each member of an object: where its name begins, and the name. `read` passes over the value.
    fn members(
        &mut self,
        mut read: impl FnMut(&mut Self, usize, &'a str) -> Option<()>,
    ) -> Option<()> {
        self.eat(b'{')?;
        if self.is_bare(b'}') {
            return Some(());
        }
        loop {
            self.space();
            let start = self.at;
            let (name, _) = self.string()?;
            self.eat(b':')?;
            read(self, start, name)?;
            if !self.more(b'}')? {
                return Some(());
            }
        }
    }

    /// A string as it is written, and whether anything in it is escaped.
    fn string(&mut self) -> Option<(&'a str, bool)> {
        self.eat(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let found = memchr2(b'"', b'\\', rest)?;
            self.at += found + 1;
            if rest.get(found) == Some(&b'"') {
                let raw = self.text.get(start..self.at - 1)?;
                return Some((raw, escaped));
            }
            escaped = true;
            self.at += 1;
        }
    }

    /// A whole number, or null for none.
    fn number(&mut self) -> Option<i64> {
        self.space();
        if self.peek() == Some(b'n') {
            return self.word("null").map(|()| 0);
        }
        let start = self.at;
        while matches!(self.peek(), Some(b'-' | b'0'..=b'9')) {
            self.at += 1;
        }
        // A fraction or an exponent is left to the SDK.
        let ends = matches!(
            self.peek(),
            Some(b',' | b'}' | b' ' | b'\n' | b'\r' | b'\t')
        );
        let digits = self.text.get(start..self.at).filter(|_| ends)?;
        digits.parse().ok()
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let found = self.text.get(self.at..)?.starts_with(word);
        found.then(|| self.at += word.len())
    }

    /// Passes over a value of any kind.
    fn skip(&mut self, depth: usize) -> Option<()> {
        self.space();
        match self.peek()? {
            _ if depth == DEEPEST => None,
            b'"' => self.string().map(|_| ()),
            b'{' => self.members(|scan, _, _| scan.skip(depth + 1)),
            b'[' => self.elements(|scan| scan.skip(depth + 1)),
            _ => {
                let rest = self.text.as_bytes().get(self.at..)?;
                let ends =
                    |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
                self.at += rest.iter().position(ends)?;
                Some(())
            }
        }
    }

    fn elements(&mut self, mut read: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.eat(b'[')?;
        if self.is_bare(b']') {
            return Some(());
        }
        loop {
            read(self)?;
            if !self.more(b']')? {
                return Some(());
            }
        }
    }

    fn events(&mut self, events: &mut LogEvents) -> Option<()> {
        self.space();
        if self.word("null").is_some() {
            return Some(());
        }
        self.elements(|scan| scan.event(events))
    }

    fn event(&mut self, events: &mut LogEvents) -> Option<()> {
        let (mut time, mut ingested, mut id) = (0, 0, None);
        self.members(|scan, _, name| {
            match name {
                "timestamp" => time = scan.number()?,
                "ingestionTime" => ingested = scan.number()?,
                "eventId" => {
                    let (raw, _) = scan.string()?;
                    id = Some(mark_of(raw));
                }
                "message" => scan.message(events.open())?,
                _ => scan.skip(0)?,
            }
            Some(())
        })?;
        events.close(time, id.unwrap_or(ingested as u64));
        Some(())
    }

    fn message(&mut self, out: &mut String) -> Option<()> {
        self.space();
        if self.peek() == Some(b'n') {
            return self.word("null");
        }
        match self.string()? {
            (raw, false) => out.push_str(raw),
            (raw, true) => unescape(raw, out)?,
        }
        Some(())
    }
}

/// Writes a string's text. A lone surrogate becomes U+FFFD.
fn unescape(raw: &str, out: &mut String) -> Option<()> {
    let mut rest = raw;
    while let Some(found) = memchr(b'\\', rest.as_bytes()) {
        let (before, escape) = rest.split_at_checked(found)?;
        out.push_str(before);
        let (kind, after) = (escape.as_bytes().get(1)?, escape.get(2..)?);
        rest = after;
        out.push(match kind {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'"' | b'\\' | b'/' => char::from(*kind),
            b'u' => {
                let (character, after) = unicode(after)?;
                rest = after;
                character
            }
            _ => return None,
        });
    }
    out.push_str(rest);
    Some(())
}

/// The character of the four digits after `\u`, of eight where they are a pair of surrogates, and what follows.
fn unicode(text: &str) -> Option<(char, &str)> {
    let four = |text: &str| {
        let digits = text.get(..4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let unit = four(text)?;
    let after = text.get(4..)?;
    if let Some(low) = after.strip_prefix("\\u").and_then(four)
        && (0xd800..0xdc00).contains(&unit)
        && (0xdc00..0xe000).contains(&low)
    {
        let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        return Some((char::from_u32(code)?, after.get(6..)?));
    }
    let character = char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
    Some((character, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(body: &[u8]) -> Option<Vec<String>> {
        let (events, _) = split(body)?;
        Some(
            events
                .iter()
                .map(|event| event.message.to_owned())
                .collect(),
        )
    }

    #[test]
    fn events_are_taken_and_the_rest_is_left() {
        let body = br#" { "searchedLogStreams" : [] , "events": [
            {"timestamp":5,"message":"one\n","ingestionTime":7},
            {"ingestionTime": 8, "extra": {"a": [1, "]"]}, "message": "two", "timestamp": -6}
        ], "nextForwardToken": "f/\u0031", "deep": [[{}]] } "#;
        let (events, rest) = split(body).unwrap();
        let all: Vec<_> = events
            .iter()
            .map(|event| (event.time, event.mark, event.message))
            .collect();
        assert_eq!(all, [(5, 7, "one"), (-6, 8, "two")]);
        let rest: serde_json::Value = serde_json::from_str(&rest).unwrap();
        assert_eq!(
            rest,
            serde_json::json!({"searchedLogStreams": [], "nextForwardToken": "f/1", "deep": [[{}]]})
        );
    }

    #[test]
    fn an_id_marks_an_event_wherever_it_stands() {
        let body =
            br#"{"events":[{"eventId":"3","ingestionTime":1},{"ingestionTime":1,"eventId":"4"}]}"#;
        let (events, rest) = split(body).unwrap();
        let marks: Vec<_> = events.iter().map(|event| event.mark).collect();
        assert_eq!(
            (marks, rest.as_str()),
            (vec![mark_of("3"), mark_of("4")], "{}")
        );
    }

    #[test]
    fn every_escape_is_read_and_what_is_no_text_is_replaced() {
        let body = br#"{"events":[{"message":"\"\\\/\b\f\r\t\u001b[31m \ud83d\ude00 \ud83d! \ude00"},{"message":"caf\u00e9"},{"message":null}]}"#;
        assert_eq!(
            messages(body).unwrap(),
            [
                "\"\\/\u{8}\u{c}\r\t\u{1b}[31m \u{1f600} \u{fffd}! \u{fffd}",
                "caf\u{e9}",
                ""
            ]
        );
        let invalid = b"{\"events\":[{\"message\":\"a\xff\xfeb\"},{\"message\":\"c\xc3\"},{\"message\":\"good\"}]}";
        assert_eq!(
            messages(invalid).unwrap(),
            ["a\u{fffd}\u{fffd}b", "c\u{fffd}", "good"]
        );
    }

    #[test]
    fn what_serde_writes_comes_back() {
        let texts = [
            "",
            "\n",
            "plain",
            "\u{1b}]0;t\u{7}",
            "\u{0}\u{202e}",
            "a\"b\\c\u{1f600}",
        ];
        let events: Vec<_> = texts
            .iter()
            .map(|text| serde_json::json!({"timestamp": 1, "message": text}))
            .collect();
        let body = serde_json::json!({"events": events, "nextToken": "t"}).to_string();
        let expected: Vec<_> = texts
            .iter()
            .map(|text| text.strip_suffix('\n').unwrap_or(text))
            .collect();
        assert_eq!(messages(body.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn what_is_not_a_page_is_left_to_the_sdk() {
        let bodies: [&[u8]; 12] = [
            b"",
            b"{}",
            b"<html>",
            b"[]",
            br#"{"events":[]"#,
            br#"{"events":[]} x"#,
            br#"{"events":[{"timestamp":1.5}]}"#,
            br#"{"events":[{"message":7}]}"#,
            br#"{"events":[{"message":"\x"}]}"#,
            br#"{"events":[{"message":"open}]}"#,
            br#"{"events":[{"message":"\"#,
            b"{\"events\":[]}\0",
        ];
        for body in bodies {
            assert!(split(body).is_none(), "{}", String::from_utf8_lossy(body));
        }
        let deep = format!("{{\"events\":[],\"a\":{}", "[".repeat(100_000));
        assert!(split(deep.as_bytes()).is_none());
    }
}
