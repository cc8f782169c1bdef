//! REST XML as S3 speaks it: the operation is in the method, the path and the query; members travel as
//! headers; bodies are bytes or XML.
//!
//! Only what S3 needs is here. Buckets are addressed by path, `/bucket/key`.

use std::fmt::Write as _;

use hyper::body::Bytes;
use hyper::header::HeaderMap;
use hyper::http::Method;
use hyper::http::request::Parts;
use serde_json::Value;

use crate::sim::protocol::{Encoded, header};
use crate::sim::wire::WireError;

const CONTENT_TYPE: &str = "application/xml";
const PROLOGUE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
/// The element of a refusal that also travels as a header.
pub const REGION: &str = "Region";

/// A request taken apart, everything in it decoded.
#[derive(Debug)]
pub struct RestRequest<'a> {
    pub method: &'a Method,
    /// Empty for a request to the service itself.
    pub bucket: String,
    /// Empty for a request to the bucket.
    pub key: String,
    pub query: Vec<(String, String)>,
    pub headers: &'a HeaderMap,
}

impl<'a> RestRequest<'a> {
    pub fn of(parts: &'a Parts) -> Self {
        let path = parts.uri.path();
        let path = path.strip_prefix('/').unwrap_or(path);
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let query = parts.uri.query().unwrap_or_default();
        Self {
            method: &parts.method,
            bucket: percent_decoded(bucket),
            key: percent_decoded(key),
            query: url::form_urlencoded::parse(query.as_bytes())
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
            headers: &parts.headers,
        }
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.headers, name)
    }
}

/// An answer with everything that is in it.
#[derive(Debug)]
pub struct RestAnswer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: RestBody,
}

#[derive(Debug)]
pub enum RestBody {
    Bytes(Bytes),
    /// A root element with a namespace, its members in alphabetical order.
    Xml {
        root: &'static str,
        xmlns: &'static str,
        members: Value,
    },
}

/// A body, with its headers beside the content type.
pub fn answer(answer: RestAnswer, request_id: &str) -> Encoded {
    let (content_type, body) = match answer.body {
        RestBody::Bytes(bytes) => ("", bytes),
        RestBody::Xml {
            root,
            xmlns,
            members,
        } => {
            let mut xml = format!("{PROLOGUE}<{root} xmlns=\"{xmlns}\">");
            write_members(&mut xml, &members);
            let _ = write!(xml, "</{root}>");
            (CONTENT_TYPE, Bytes::from(xml))
        }
    };
    let mut headers = answer.headers;
    headers.extend(request_ids(request_id));
    Encoded {
        headers,
        ..Encoded::new(content_type, body)
    }
}

/// The body of an error. An answer to HEAD has none, which the server sees to.
pub fn error(error: &WireError, request_id: &str) -> Encoded {
    let ids = request_ids(request_id);
    let mut xml = format!(
        "{PROLOGUE}<Error><Code>{}</Code><Message>{}</Message>",
        escaped(&error.code),
        escaped(&error.message)
    );
    for (name, value) in &error.details {
        let _ = write!(xml, "<{name}>{}</{name}>", escaped(value));
    }
    let [(_, id), (_, host)] = &ids;
    let _ = write!(
        xml,
        "<RequestId>{id}</RequestId><HostId>{host}</HostId></Error>"
    );
    let region = error.details.iter().find(|(name, _)| *name == REGION);
    let mut headers: Vec<_> = ids.into_iter().collect();
    headers.extend(region.map(|(_, region)| ("x-amz-bucket-region", region.clone())));
    Encoded {
        headers,
        ..Encoded::new(CONTENT_TYPE, Bytes::from(xml))
    }
}

/// S3 has two ids of its own in place of the one that other services send.
fn request_ids(request_id: &str) -> [(&'static str, String); 2] {
    let digits: String = request_id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_uppercase();
    let short = digits.chars().take(16).collect();
    let host = format!("{}=", digits.repeat(2));
    [("x-amz-request-id", short), ("x-amz-id-2", host)]
}

/// A list is its element again and again, as S3 flattens them.
fn write_members(xml: &mut String, value: &Value) {
    let Value::Object(members) = value else {
        return match value {
            Value::String(text) => xml.push_str(&escaped(text)),
            Value::Bool(_) | Value::Number(_) => xml.push_str(&value.to_string()),
            _ => {}
        };
    };
    for (name, member) in members {
        let once = std::slice::from_ref(member);
        for item in member.as_array().map_or(once, Vec::as_slice) {
            let _ = write!(xml, "<{name}>");
            write_members(xml, item);
            let _ = write!(xml, "</{name}>");
        }
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\r' => safe.push_str("&#13;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A part of a path as it was meant. What is not an escape stays; what is no UTF-8 is replaced.
pub fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'%', [high, low, beyond @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                if let (Some(high), Some(low)) = (digit(high), digit(low)) {
                    bytes.push((high * 16 + low) as u8);
                    rest = beyond;
                } else {
                    bytes.push(b'%');
                }
            }
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use hyper::Request;
    use serde_json::json;

    use super::{RestAnswer, RestBody, RestRequest, answer, error, percent_decoded};
    use crate::sim::wire::WireError;

    #[test]
    fn a_path_is_a_bucket_and_a_key() {
        let parts = Request::get("/bin-1/a%20b/%C3%A9+c%2Fd?versionId=x%26y&list-type=2")
            .body(())
            .unwrap()
            .into_parts()
            .0;
        let request = RestRequest::of(&parts);
        assert_eq!(
            (request.bucket.as_str(), request.key.as_str()),
            ("bin-1", "a b/é+c/d")
        );
        assert_eq!(request.query("versionId"), Some("x&y"));
        assert_eq!(request.query("prefix"), None);
        assert_eq!(percent_decoded("100%/%zz%4"), "100%/%zz%4");
    }

    #[test]
    fn an_answer_in_xml_repeats_the_element_of_a_list() {
        let listed = RestAnswer {
            status: 200,
            headers: Vec::new(),
            body: RestBody::Xml {
                root: "ListBucketResult",
                xmlns: "urn:x",
                members: json!({"Contents": [{"Key": "a<b"}, {"Key": "c"}], "KeyCount": 2, "None": []}),
            },
        };
        let text = String::from_utf8(answer(listed, "9c7d-5181").body.to_vec()).unwrap();
        assert_eq!(
            text,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"urn:x\"><Contents><Key>a&lt;b</Key></Contents><Contents><Key>c</Key></Contents><KeyCount>2</KeyCount></ListBucketResult>"
        );
    }

    #[test]
    fn an_error_names_what_it_is_about_and_the_right_region() {
        let mut refusal = WireError::with_status(301, "PermanentRedirect", "Elsewhere.");
        refusal.details = vec![("Region", "eu-west-1".to_owned())];
        let encoded = error(&refusal, "9c7d5181-8670-45bb-9c7d-518186704500");
        let text = String::from_utf8(encoded.body.to_vec()).unwrap();
        assert!(
            text.contains("<Code>PermanentRedirect</Code><Message>Elsewhere.</Message><Region>eu-west-1</Region><RequestId>9C7D5181867045BB</RequestId>"),
            "{text}"
        );
        let region = ("x-amz-bucket-region", "eu-west-1".to_owned());
        assert!(encoded.headers.contains(&region), "{:?}", encoded.headers);
    }
}
