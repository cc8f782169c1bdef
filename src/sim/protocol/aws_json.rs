//! AWS JSON 1.1 and 1.0: one JSON object in, one out; errors name themselves in `__type`.

use hyper::body::Bytes;
use serde_json::{Map, Value, json};

use crate::sim::protocol::Encoded;
use crate::sim::wire::WireError;

pub const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
pub const CONTENT_TYPE_10: &str = "application/x-amz-json-1.0";

/// The members of a request; an empty body has none.
pub fn read(body: &[u8]) -> Result<Map<String, Value>, WireError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(WireError::new(
            "SerializationException",
            "Start of structure or map found where not expected.",
        )),
        Err(fault) => Err(WireError::new(
            "SerializationException",
            format!("Unable to parse the request body: {fault}"),
        )),
    }
}

/// The body of an answer. An operation without output, which answers null, has an empty body.
pub fn answer(value: &Value, content_type: &'static str) -> Encoded {
    let body = if value.is_null() {
        Bytes::new()
    } else {
        Bytes::from(value.to_string())
    };
    Encoded::new(content_type, body)
}

/// The body of an error; without a message when there is none, as for unknown operations.
pub fn error(error: &WireError, content_type: &'static str) -> Encoded {
    let value = if error.message.is_empty() {
        json!({"__type": error.code})
    } else {
        json!({"__type": error.code, "message": error.message})
    };
    answer(&value, content_type)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{CONTENT_TYPE, answer, read};

    #[test]
    fn only_an_object_or_nothing_is_a_request() {
        assert!(read(b"").unwrap().is_empty());
        assert_eq!(read(br#"{"name":"x"}"#).unwrap().len(), 1);
        assert_eq!(read(b"[1]").unwrap_err().code, "SerializationException");
        assert_eq!(
            read(b"{\"name\":").unwrap_err().code,
            "SerializationException"
        );
    }

    #[test]
    fn no_output_is_an_empty_body() {
        assert!(answer(&Value::Null, CONTENT_TYPE).body.is_empty());
    }
}
