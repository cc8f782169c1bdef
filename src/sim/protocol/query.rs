//! AWS Query: a form in, XML out.
//!
//! `Tags.member.1.Key=a` reads as a list of structures; values stay texts, since only the service knows
//! which of them are numbers.

use std::fmt::Write as _;

use hyper::body::Bytes;
use serde_json::{Map, Value};

use crate::sim::protocol::Encoded;
use crate::sim::wire::WireError;

const CONTENT_TYPE: &str = "text/xml";

/// The members of a form, nested by the dots in their names.
pub fn read(body: &[u8]) -> Result<Map<String, Value>, WireError> {
    let mut root = Map::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        let path: Vec<&str> = name.split('.').collect();
        if !insert(&mut root, &path, &value) {
            return Err(WireError::new(
                "MalformedQueryString",
                format!("The parameter {name} does not fit the others."),
            ));
        }
    }
    Ok(root
        .into_iter()
        .map(|(name, value)| (name, lists(value)))
        .collect())
}

fn insert(into: &mut Map<String, Value>, path: &[&str], value: &str) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return false;
    };
    if rest.is_empty() {
        return into
            .insert((*first).to_owned(), Value::from(value))
            .is_none();
    }
    match into
        .entry((*first).to_owned())
        .or_insert_with(|| Value::Object(Map::new()))
    {
        Value::Object(inner) => insert(inner, rest, value),
        _ => false,
    }
}

/// Turns every `member: {1: …, 2: …}` into a list, in the order of the numbers.
fn lists(value: Value) -> Value {
    let Value::Object(members) = value else {
        return value;
    };
    if members.len() == 1
        && let Some(Value::Object(numbered)) = members.get("member")
    {
        let mut items: Vec<(u64, Value)> = numbered
            .iter()
            .filter_map(|(number, item)| Some((number.parse().ok()?, lists(item.clone()))))
            .collect();
        if items.len() == numbered.len() {
            items.sort_by_key(|(number, _)| *number);
            return Value::Array(items.into_iter().map(|(_, item)| item).collect());
        }
    }
    Value::Object(
        members
            .into_iter()
            .map(|(name, member)| (name, lists(member)))
            .collect(),
    )
}

/// The body of an answer.
pub fn answer(operation: &str, value: &Value, xmlns: &str, request_id: &str) -> Encoded {
    let mut xml = format!("<{operation}Response xmlns=\"{xmlns}\">\n  <{operation}Result>");
    write_value(&mut xml, value);
    let _ = write!(
        xml,
        "</{operation}Result>\n  <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>\n</{operation}Response>\n"
    );
    Encoded::new(CONTENT_TYPE, Bytes::from(xml))
}

/// The body of an error.
pub fn error(error: &WireError, request_id: &str) -> Encoded {
    let kind = if error.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    let (code, message) = (escaped(&error.code), escaped(&error.message));
    let xml = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    <Type>{kind}</Type>\n    <Code>{code}</Code>\n    <Message>{message}</Message>\n  </Error>\n  <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n"
    );
    Encoded::new(CONTENT_TYPE, Bytes::from(xml))
}

fn write_value(xml: &mut String, value: &Value) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (name, member) in members {
                let _ = write!(xml, "<{name}>");
                write_value(xml, member);
                let _ = write!(xml, "</{name}>");
            }
        }
        Value::Array(items) => {
            for item in items {
                xml.push_str("<member>");
                write_value(xml, item);
                xml.push_str("</member>");
            }
        }
        Value::String(text) => xml.push_str(&escaped(text)),
        Value::Bool(_) | Value::Number(_) => xml.push_str(&value.to_string()),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{answer, read};

    #[test]
    fn a_form_nests_by_its_dots() {
        let input =
            read(b"Action=AssumeRole&Tags.member.2.Key=b&Tags.member.1.Key=a%20b&RoleArn=x")
                .unwrap();
        assert_eq!(
            Value::Object(input),
            json!({"Action": "AssumeRole", "RoleArn": "x", "Tags": [{"Key": "a b"}, {"Key": "b"}]})
        );
        assert_eq!(
            read(b"A=1&A.member.1=2").unwrap_err().code,
            "MalformedQueryString"
        );
    }

    #[test]
    fn an_answer_is_escaped_xml() {
        let encoded = answer(
            "GetThing",
            &json!({"Name": "a<b", "Items": [1, 2]}),
            "urn:x",
            "id",
        );
        let text = String::from_utf8(encoded.body.to_vec()).unwrap();
        assert!(text.contains("<GetThingResult><Items><member>1</member><member>2</member></Items><Name>a&lt;b</Name></GetThingResult>"), "{text}");
    }
}
