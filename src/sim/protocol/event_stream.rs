//! The framing of `application/vnd.amazon.eventstream`: messages one after another in an answer that has no end yet.
//!
//! A message is its whole length and that of its headers (32 bits each, big endian), a CRC-32 of the two, the headers,
//! the payload, and a CRC-32 of everything before it. A header is the length of its name, the name, the byte 7 for a
//! string, the length of the value in 16 bits, and the value (Smithy, "Amazon Event Stream").
//!
//! A service of AWS JSON sends what its answer holds beside the stream first, as the event `initial-response`; botocore
//! refuses a stream without one.

use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::sim::wire::WireError;

pub const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";

/// A header's value is a string.
const STRING: u8 = 7;
/// Two lengths and their checksum.
const PRELUDE_BYTES: usize = 12;
const CHECKSUM_BYTES: usize = 4;

/// What travels in one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// An event by its name in the model, `sessionUpdate`.
    Event(&'static str, Value),
    /// An error that ends the stream.
    Exception(WireError),
}

impl Message {
    /// The first of every stream.
    pub fn initial() -> Self {
        Self::Event("initial-response", json!({}))
    }

    pub fn framed(&self) -> Bytes {
        match self {
            Self::Event(name, payload) => {
                frame("event", ":event-type", name, payload.to_string().as_bytes())
            }
            Self::Exception(error) => {
                let payload = json!({"message": error.message}).to_string();
                frame(
                    "exception",
                    ":exception-type",
                    &error.code,
                    payload.as_bytes(),
                )
            }
        }
    }
}

fn frame(kind: &str, naming: &str, name: &str, payload: &[u8]) -> Bytes {
    let mut headers = Vec::with_capacity(128);
    header(&mut headers, naming, name);
    header(&mut headers, ":content-type", "application/json");
    header(&mut headers, ":message-type", kind);
    let whole = PRELUDE_BYTES + headers.len() + payload.len() + CHECKSUM_BYTES;
    let mut out = Vec::with_capacity(whole);
    out.extend_from_slice(&(whole as u32).to_be_bytes());
    out.extend_from_slice(&(headers.len() as u32).to_be_bytes());
    checksum(&mut out);
    out.extend_from_slice(&headers);
    out.extend_from_slice(payload);
    checksum(&mut out);
    out.into()
}

/// Appends the checksum of everything so far.
fn checksum(out: &mut Vec<u8>) {
    let sum = crc32fast::hash(out);
    out.extend_from_slice(&sum.to_be_bytes());
}

fn header(out: &mut Vec<u8>, name: &str, value: &str) {
    out.push(name.len() as u8);
    out.extend_from_slice(name.as_bytes());
    out.push(STRING);
    out.extend_from_slice(&(value.len() as u16).to_be_bytes());
    out.extend_from_slice(value.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_its_lengths_and_two_checksums() {
        let bytes = Message::Event("a", json!({})).framed();
        let whole = u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize;
        let headers = u32::from_be_bytes(bytes[4..8].try_into().unwrap()) as usize;
        assert_eq!(whole, bytes.len());
        assert_eq!(bytes[8..12], crc32fast::hash(&bytes[..8]).to_be_bytes());
        assert_eq!(&bytes[12..30], b"\x0b:event-type\x07\x00\x01a\x0d:");
        assert_eq!(&bytes[12 + headers..whole - 4], b"{}");
        let body = &bytes[..whole - 4];
        assert_eq!(bytes[whole - 4..], crc32fast::hash(body).to_be_bytes());
    }

    #[test]
    fn an_exception_names_itself_in_a_header() {
        let error = WireError::new("SessionTimeoutException", "over");
        let bytes = Message::Exception(error).framed();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(text.contains(":exception-type\u{7}\u{0}\u{17}SessionTimeoutException"));
        assert!(text.contains("{\"message\":\"over\"}"));
    }
}
