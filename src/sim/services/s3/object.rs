//! One object: its head, and its bytes whole or in part.

use std::ops::Range;

use hyper::body::Bytes;
use jiff::Timestamp;

use crate::sim::protocol::rest_xml::{RestAnswer, RestBody, RestRequest};
use crate::sim::random::Random;
use crate::sim::wire::{Call, Millis, WireError};
use crate::sim::world::World;
use crate::sim::world::artifacts::{Home, Object};

/// The object that a request names, its conditions met.
fn find(
    call: &Call<'_>,
    request: &RestRequest<'_>,
    world: &World,
    home: &Home,
) -> Result<Object, WireError> {
    let object = world.object(home, &request.key, call.now).ok_or_else(|| {
        WireError::with_status(404, "NoSuchKey", "The specified key does not exist.")
            .about("Key", &request.key)
    })?;
    check_version(request, &object)?;
    check_conditions(request, &object)?;
    Ok(object)
}

fn check_version(request: &RestRequest<'_>, object: &Object) -> Result<(), WireError> {
    let Some(asked) = request.query("versionId") else {
        return Ok(());
    };
    if asked == object.version() {
        return Ok(());
    }
    let lawful = asked.len() == 32 && asked.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Err(if lawful {
        WireError::with_status(
            404,
            "NoSuchVersion",
            "The specified version does not exist.",
        )
        .about("Key", &request.key)
        .about("VersionId", asked)
    } else {
        WireError::new("InvalidArgument", "Invalid version id specified")
            .about("ArgumentName", "versionId")
            .about("ArgumentValue", asked)
    })
}

fn check_conditions(request: &RestRequest<'_>, object: &Object) -> Result<(), WireError> {
    let etag = object.etag();
    let names = |list: &str| {
        list.split(',')
            .map(|one| one.trim().trim_matches('"'))
            .any(|one| one == "*" || one == etag)
    };
    if request.header("if-match").is_some_and(|list| !names(list)) {
        return Err(WireError::with_status(
            412,
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
        )
        .about("Condition", "If-Match"));
    }
    if request.header("if-none-match").is_some_and(names) {
        return Err(WireError::with_status(304, "NotModified", "Not Modified"));
    }
    Ok(())
}

pub fn head(
    call: &Call<'_>,
    request: &RestRequest<'_>,
    world: &World,
    home: &Home,
) -> Result<RestAnswer, WireError> {
    let object = find(call, request, world, home)?;
    let size = object.size();
    let mut headers = headers(&object, home);
    let range = asked_range(request, size)?;
    let length = range.as_ref().map_or(size, |range| range.end - range.start);
    headers.push(("content-length", length.to_string()));
    Ok(RestAnswer {
        status: status(range, size, &mut headers),
        headers,
        body: RestBody::Bytes(Bytes::new()),
    })
}

pub fn get(
    call: &Call<'_>,
    request: &RestRequest<'_>,
    world: &World,
    home: &Home,
) -> Result<RestAnswer, WireError> {
    let object = find(call, request, world, home)?;
    let bytes = object.bytes();
    let size = bytes.len() as u64;
    let range = asked_range(request, size)?;
    let body = match &range {
        None => bytes,
        Some(range) => bytes.slice(range.start as usize..range.end as usize),
    };
    let mut headers = headers(&object, home);
    Ok(RestAnswer {
        status: status(range, size, &mut headers),
        headers,
        body: RestBody::Bytes(body),
    })
}

/// 206 with the range that is sent, else 200.
fn status(range: Option<Range<u64>>, size: u64, headers: &mut Vec<(&'static str, String)>) -> u16 {
    let Some(range) = range else {
        return 200;
    };
    let value = format!("bytes {}-{}/{size}", range.start, range.end - 1);
    headers.push(("content-range", value));
    206
}

fn headers(object: &Object, home: &Home) -> Vec<(&'static str, String)> {
    let kind = if object.is_zip() {
        "application/zip"
    } else {
        "application/octet-stream"
    };
    let (region, account) = (&home.region, &home.account);
    let id = Random::named(0, &format!("key of {account}")).uuid();
    let own = || format!("arn:aws:kms:{region}:{account}:key/{id}");
    let key = object.encryption_key.clone().unwrap_or_else(own);
    vec![
        ("accept-ranges", "bytes".to_owned()),
        ("content-type", kind.to_owned()),
        ("etag", format!("\"{}\"", object.etag())),
        ("last-modified", http_date(object.made)),
        ("x-amz-version-id", object.version()),
        ("x-amz-server-side-encryption", "aws:kms".to_owned()),
        ("x-amz-server-side-encryption-aws-kms-key-id", key),
    ]
}

fn http_date(at: Millis) -> String {
    Timestamp::from_millisecond(at)
        .unwrap_or_default()
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

/// The one range that is asked for. Several, or what is no range, are answered with the whole.
fn asked_range(request: &RestRequest<'_>, size: u64) -> Result<Option<Range<u64>>, WireError> {
    let Some(text) = request.header("range") else {
        return Ok(None);
    };
    let Some(range) = text.strip_prefix("bytes=").and_then(parsed) else {
        return Ok(None);
    };
    let range = match range {
        (Some(first), last) => first..last.map_or(size, |last| last.saturating_add(1).min(size)),
        (None, last) => size.saturating_sub(last.unwrap_or(0))..size,
    };
    if range.start >= range.end {
        return Err(WireError::with_status(
            416,
            "InvalidRange",
            "The requested range is not satisfiable",
        )
        .about("RangeRequested", text)
        .about("ActualObjectSize", size.to_string()));
    }
    Ok(Some(range))
}

/// `first-last`, `first-` or `-length`; the last must not lie before the first.
fn parsed(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (first, last) = text.split_once('-')?;
    let number = |text: &str| {
        if text.is_empty() {
            Some(None)
        } else {
            text.parse::<u64>().ok().map(Some)
        }
    };
    let range = (number(first)?, number(last)?);
    match range {
        (None, None) => None,
        (Some(first), Some(last)) if last < first => None,
        range => Some(range),
    }
}
