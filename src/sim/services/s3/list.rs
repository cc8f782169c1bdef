//! The objects of a bucket, page by page.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::xml;
use crate::sim::protocol::rest_xml::{RestAnswer, RestRequest};
use crate::sim::wire::{Call, Millis, WireError, page};
use crate::sim::world::World;
use crate::sim::world::artifacts::{Home, Object};

const MOST_KEYS: usize = 1000;

/// A line of the list: an object, or what many have in common.
enum Line {
    Object(Object),
    Common(String),
}

fn refused(name: &'static str, value: &str, message: &str) -> WireError {
    WireError::new("InvalidArgument", message)
        .about("ArgumentName", name)
        .about("ArgumentValue", value)
}

fn most_keys(request: &RestRequest<'_>) -> Result<usize, WireError> {
    let Some(text) = request.query("max-keys") else {
        return Ok(MOST_KEYS);
    };
    let wrong = || {
        refused(
            "max-keys",
            text,
            "Argument max-keys must be an integer between 0 and 2147483647",
        )
    };
    let most = text.parse::<u32>().ok().ok_or_else(wrong)?;
    if i32::try_from(most).is_err() {
        return Err(wrong());
    }
    Ok((most as usize).min(MOST_KEYS))
}

pub fn objects(
    call: &Call<'_>,
    request: &RestRequest<'_>,
    world: &World,
    home: &Home,
) -> Result<RestAnswer, WireError> {
    let most = most_keys(request)?;
    let encoded = match request.query("encoding-type") {
        None => false,
        Some("url") => true,
        Some(other) => {
            return Err(refused(
                "encoding-type",
                other,
                "Invalid Encoding Method specified in Request",
            ));
        }
    };
    let shown = |text: &str| {
        if encoded {
            url_encoded(text)
        } else {
            text.to_owned()
        }
    };
    let prefix = request.query("prefix").unwrap_or_default();
    let delimiter = request.query("delimiter").filter(|text| !text.is_empty());
    let after = request.query("start-after").unwrap_or_default();
    let token = request.query("continuation-token");
    let mut objects = world.objects(home, prefix, call.now);
    objects.retain(|object| object.key.as_str() > after);
    let lines = lines(objects, prefix, delimiter);
    let scope = format!("{} {prefix} {delimiter:?} {after}", request.bucket);
    let (range, next) = page(&lines, token, most, &scope).map_err(|_bad| {
        refused(
            "continuation-token",
            token.unwrap_or_default(),
            "The continuation token provided is incorrect",
        )
    })?;
    let lines = if most == 0 {
        &[]
    } else {
        lines.get(range).unwrap_or_default()
    };
    let next = next.filter(|_| most > 0);
    let mut members = json!({
        "Name": request.bucket,
        "Prefix": shown(prefix),
        "MaxKeys": most,
        "KeyCount": lines.len(),
        "IsTruncated": next.is_some(),
    });
    let contents = lines.iter().filter_map(|line| match line {
        Line::Object(object) => Some(content(object, &shown(&object.key))),
        Line::Common(_) => None,
    });
    members["Contents"] = contents.collect();
    let common = lines.iter().filter_map(|line| match line {
        Line::Common(prefix) => Some(json!({"Prefix": shown(prefix)})),
        Line::Object(_) => None,
    });
    members["CommonPrefixes"] = common.collect();
    for (name, value) in [
        ("Delimiter", delimiter.map(shown)),
        ("EncodingType", encoded.then(|| "url".to_owned())),
        (
            "StartAfter",
            Some(shown(after)).filter(|_| !after.is_empty()),
        ),
        ("ContinuationToken", token.map(str::to_owned)),
        ("NextContinuationToken", next),
    ] {
        if let Some(value) = value {
            members[name] = Value::from(value);
        }
    }
    Ok(RestAnswer {
        status: 200,
        headers: vec![("x-amz-bucket-region", home.region.clone())],
        body: xml("ListBucketResult", members),
    })
}

fn lines(objects: Vec<Object>, prefix: &str, delimiter: Option<&str>) -> Vec<Line> {
    let mut lines = Vec::new();
    for object in objects {
        let rest = object.key.strip_prefix(prefix).unwrap_or_default();
        let Some((folder, _)) = delimiter.and_then(|delimiter| rest.split_once(delimiter)) else {
            lines.push(Line::Object(object));
            continue;
        };
        let common = format!("{prefix}{folder}{}", delimiter.unwrap_or_default());
        // The keys are in order, so those with this beginning stand together.
        if !matches!(lines.last(), Some(Line::Common(last)) if *last == common) {
            lines.push(Line::Common(common));
        }
    }
    lines
}

fn content(object: &Object, key: &str) -> Value {
    json!({
        "Key": key,
        "LastModified": iso8601(object.made),
        "ETag": format!("\"{}\"", object.etag()),
        "Size": object.size(),
        "StorageClass": "STANDARD",
    })
}

fn iso8601(at: Millis) -> String {
    Timestamp::from_millisecond(at)
        .unwrap_or_default()
        .strftime("%Y-%m-%dT%H:%M:%S.000Z")
        .to_string()
}

/// As S3 encodes keys in lists: slashes stay.
fn url_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._*/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
