//! Smithy RPC v2 CBOR: `POST /service/SHAPE/operation/NAME`, one CBOR map in, one out.
//!
//! Members keep the names and forms they have in JSON, so that one service can speak both: a time is a
//! number of seconds, a blob is base64 text. On the wire a time is tag 1 and a blob a byte string. The
//! product reads these bytes with the SDK's own codec; this one is written against `ciborium`.

use ciborium::Value as Cbor;
use hyper::body::Bytes;
use serde_json::{Map, Number, Value};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::sim::protocol::Encoded;
use crate::sim::wire::WireError;

const CONTENT_TYPE: &str = "application/cbor";
/// The header that names the protocol, in requests and in answers.
pub const PROTOCOL_HEADER: &str = "smithy-protocol";
pub const PROTOCOL: &str = "rpc-v2-cbor";
/// Seconds since 1970.
const TAG_TIME: u64 = 1;

/// The shape of the service and the operation that a path names.
pub fn target(path: &str) -> Option<(&str, &str)> {
    let (shape, operation) = path.strip_prefix("/service/")?.split_once("/operation/")?;
    // A shape may come with its namespace; only its last part counts.
    let shape = shape.rsplit('.').next()?;
    (!operation.is_empty() && !operation.contains('/')).then_some((shape, operation))
}

/// The members of a request; an empty body has none, and a member that is null is absent.
pub fn read(body: &[u8]) -> Result<Map<String, Value>, WireError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    let mut rest = body;
    let read: Cbor = ciborium::from_reader(&mut rest)
        .map_err(|fault| refused(&format!("Unable to parse the request body: {fault}")))?;
    if !rest.is_empty() {
        return Err(refused("Something follows the map of the request."));
    }
    match decoded(read)? {
        Value::Object(members) => Ok(members),
        _ => Err(refused(
            "Start of structure or map found where not expected.",
        )),
    }
}

fn refused(message: &str) -> WireError {
    WireError::new("SerializationException", message)
}

fn decoded(value: Cbor) -> Result<Value, WireError> {
    match value {
        Cbor::Null => Ok(Value::Null),
        Cbor::Bool(flag) => Ok(Value::Bool(flag)),
        Cbor::Text(text) => Ok(Value::String(text)),
        Cbor::Bytes(bytes) => Ok(Value::String(STANDARD.encode(bytes))),
        Cbor::Integer(whole) => i64::try_from(whole)
            .map(Value::from)
            .or_else(|_| u64::try_from(whole).map(Value::from))
            .ok()
            .ok_or_else(|| refused("A number does not fit in 64 bits.")),
        Cbor::Float(float) => Number::from_f64(float)
            .map(Value::Number)
            .ok_or_else(|| refused("A number is not finite.")),
        Cbor::Tag(TAG_TIME, inner) => match decoded(*inner)? {
            time @ Value::Number(_) => Ok(time),
            _ => Err(refused("A time is not a number.")),
        },
        Cbor::Tag(tag, _) => Err(refused(&format!("The tag {tag} is not expected."))),
        Cbor::Array(items) => items
            .into_iter()
            .map(decoded)
            .collect::<Result<_, _>>()
            .map(Value::Array),
        Cbor::Map(members) => map(members),
        _ => Err(refused("A value is of no known kind.")),
    }
}

fn map(members: Vec<(Cbor, Cbor)>) -> Result<Value, WireError> {
    let mut read = Map::new();
    for (name, member) in members {
        let Cbor::Text(name) = name else {
            return Err(refused("The name of a member is not a text."));
        };
        let member = decoded(member)?;
        if !member.is_null() {
            read.insert(name, member);
        }
    }
    Ok(Value::Object(read))
}

/// The body of an answer; the members named in `times` are times. An operation without output, which
/// answers null, has an empty body.
pub fn answer(value: &Value, times: &[&str]) -> Encoded {
    let mut body = Vec::new();
    if !value.is_null() && ciborium::into_writer(&encoded(value, false, times), &mut body).is_err()
    {
        // A vector takes everything; only a value without a form in CBOR could fail, and JSON has none.
        body.clear();
    }
    Encoded {
        headers: vec![(PROTOCOL_HEADER, PROTOCOL.to_owned())],
        ..Encoded::new(CONTENT_TYPE, Bytes::from(body))
    }
}

/// The body of an error.
pub fn error(error: &WireError) -> Encoded {
    let mut members = Map::new();
    members.insert(
        "__type".to_owned(),
        Value::from(format!("com.amazon.coral.service#{}", error.code)),
    );
    if !error.message.is_empty() {
        members.insert("message".to_owned(), Value::from(error.message.as_str()));
    }
    answer(&Value::Object(members), &[])
}

/// What is a float in JSON is a double here, even when it has no fraction.
fn encoded(value: &Value, time: bool, times: &[&str]) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(flag) => Cbor::Bool(*flag),
        Value::String(text) => Cbor::Text(text.clone()),
        Value::Number(number) => {
            let plain = match (number.as_i64(), number.as_u64()) {
                (Some(whole), _) => Cbor::Integer(whole.into()),
                (None, Some(whole)) => Cbor::Integer(whole.into()),
                (None, None) => Cbor::Float(number.as_f64().unwrap_or_default()),
            };
            if time {
                Cbor::Tag(TAG_TIME, Box::new(plain))
            } else {
                plain
            }
        }
        Value::Array(items) => Cbor::Array(
            items
                .iter()
                .map(|item| encoded(item, time, times))
                .collect(),
        ),
        Value::Object(members) => Cbor::Map(
            members
                .iter()
                .map(|(name, member)| {
                    let time = times.contains(&name.as_str());
                    (Cbor::Text(name.clone()), encoded(member, time, times))
                })
                .collect(),
        ),
    }
}

/// Bytes by hand, from RFC 8949 and the Smithy specification: no codec made them.
#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{answer, error, read, target};
    use crate::sim::wire::WireError;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: String = hex.split_whitespace().collect();
        (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(digits.get(at..at + 2).unwrap(), 16).unwrap())
            .collect()
    }

    /// The value of the one member `v` of a map.
    fn value(hex: &str) -> Result<Value, WireError> {
        let mut body = bytes("a1 61 76");
        body.extend(bytes(hex));
        Ok(read(&body)?.remove("v").unwrap_or(Value::Null))
    }

    #[test]
    fn a_path_names_the_service_and_the_operation() {
        let path = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms";
        assert_eq!(
            target(path),
            Some(("GraniteServiceVersion20100801", "DescribeAlarms"))
        );
        assert_eq!(
            target("/service/com.amazonaws.X/operation/Op"),
            Some(("X", "Op"))
        );
        for wrong in [
            "/",
            "/service/X",
            "/service/X/operation/",
            "/service/X/operation/A/B",
        ] {
            assert_eq!(target(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lengths_may_be_definite_or_indefinite() {
        let members = json!({"AlarmNames": ["a", "bc"], "MaxRecords": 100});
        let definite =
            bytes("a2 6a 416c61726d4e616d6573 82 61 61 62 6263 6a 4d61785265636f726473 18 64");
        let indefinite = bytes(
            "bf 6a 416c61726d4e616d6573 9f 61 61 7f 61 62 61 63 ff ff 6a 4d61785265636f726473 18 64 ff",
        );
        assert_eq!(Value::Object(read(&definite).unwrap()), members);
        assert_eq!(Value::Object(read(&indefinite).unwrap()), members);
        assert!(read(b"").unwrap().is_empty());
        assert!(read(&bytes("a0")).unwrap().is_empty());
        assert!(read(&bytes("bf ff")).unwrap().is_empty());
    }

    #[test]
    fn numbers_come_in_every_width() {
        for (hex, wanted) in [
            ("00", json!(0)),
            ("17", json!(23)),
            ("18 18", json!(24)),
            ("19 03e8", json!(1000)),
            ("1a 000f4240", json!(1_000_000)),
            ("1b 000000e8d4a51000", json!(1_000_000_000_000_i64)),
            ("1b ffffffffffffffff", json!(u64::MAX)),
            ("20", json!(-1)),
            ("39 03e7", json!(-1000)),
            // Half, single and double.
            ("f9 3e00", json!(1.5)),
            ("f9 7bff", json!(65504.0)),
            ("fa 47c35000", json!(100_000.0)),
            ("fb 3ff199999999999a", json!(1.1)),
        ] {
            assert_eq!(value(hex).unwrap(), wanted, "{hex}");
        }
    }

    #[test]
    fn times_are_tag_one_around_a_whole_or_broken_number() {
        assert_eq!(value("c1 1a 514b67b0").unwrap(), json!(1_363_896_240));
        assert_eq!(
            value("c1 fb 41d452d9ec200000").unwrap(),
            json!(1_363_896_240.5)
        );
        assert_eq!(value("c1 f9 3e00").unwrap(), json!(1.5));
        assert_eq!(
            value("c1 61 61").unwrap_err().message,
            "A time is not a number."
        );
    }

    #[test]
    fn bytes_are_base64_and_nulls_are_absent() {
        assert_eq!(value("44 01020304").unwrap(), json!("AQIDBA=="));
        assert_eq!(value("5f 42 0102 42 0304 ff").unwrap(), json!("AQIDBA=="));
        assert_eq!(value("f5").unwrap(), json!(true));
        assert!(read(&bytes("a1 61 76 f6")).unwrap().is_empty());
        assert_eq!(value("82 f6 01").unwrap(), json!([null, 1]));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for (hex, why) in [
            ("c2 49 010000000000000000", "a big number"),
            ("c3 49 010000000000000000", "a big negative number"),
            ("3b ffffffffffffffff", "less than 64 bits can tell"),
            ("f9 7e00", "not a number"),
            ("f9 7c00", "infinity"),
            ("c0 61 61", "a time as text"),
            ("61", "a text that ends early"),
            ("01 01", "something after the map"),
            ("a1 01 02", "a name that is a number"),
            ("1c", "a reserved width"),
        ] {
            let refusal = value(hex).unwrap_err();
            assert_eq!(refusal.code, "SerializationException", "{why}");
        }
        assert!(read(&bytes("82 01 02")).is_err());
    }

    #[test]
    fn an_answer_has_tagged_times_and_doubles_that_stay_doubles() {
        let members = json!({"At": 1_363_896_240.5, "Threshold": 25.0, "Periods": 3, "Text": "é"});
        let encoded = answer(&members, &["At"]);
        assert_eq!(
            encoded.body,
            bytes(
                "a4 62 4174 c1 fb 41d452d9ec200000 67 506572696f6473 03 64 54657874 62 c3a9
                 69 5468726573686f6c64 f9 4e40"
            )
        );
        assert_eq!(encoded.content_type, "application/cbor");
        assert_eq!(
            encoded.headers,
            [("smithy-protocol", "rpc-v2-cbor".to_owned())]
        );
        assert!(answer(&Value::Null, &[]).body.is_empty());
    }

    #[test]
    fn an_error_is_a_map_with_its_type() {
        let body = error(&WireError::new("InvalidNextToken", "no")).body;
        assert_eq!(
            body,
            bytes(
                "a2 66 5f5f74797065 78 29 636f6d2e616d617a6f6e2e636f72616c2e73657276696365 23
                 496e76616c69644e657874546f6b656e 67 6d657373616765 62 6e6f"
            )
        );
    }
}
