//! Signature Version 4, verified whole: who signed, and for which region and service.
//!
//! Accepted is the `Authorization` header, over a canonical request whose payload hash is that of the body.
//! S3 differs: its path is encoded once and not twice, and the payload may be left unsigned.

use std::fmt::Write as _;

use hmac::{Hmac, Mac as _};
use hyper::http::request::Parts;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use crate::sim::protocol::rest_xml::percent_decoded;
use crate::sim::protocol::{Flavour, header};
use crate::sim::wire::{Millis, WireError};
use crate::sim::world::keys::{Key, Keys};

mod refusals;

use refusals::Refusals;
pub use refusals::expired;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Who signed a request, and for what.
#[derive(Clone, Debug)]
pub struct Caller {
    pub key: Key,
    pub region: String,
    pub service: String,
}

/// The parts of an `Authorization` header.
#[derive(Debug, PartialEq, Eq)]
struct Authorization<'a> {
    key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

/// Verifies a request at `now`, the time that signatures go by; sessions expire by the same clock.
pub fn verify(parts: &Parts, body: &[u8], keys: &Keys, now: Millis) -> Result<Caller, WireError> {
    let refusals = Refusals(Flavour::of(parts));
    let Some(text) = header(&parts.headers, "authorization") else {
        return Err(refusals.missing());
    };
    let authorization = parse(text).ok_or_else(|| refusals.incomplete(text))?;
    let key = keys
        .get(authorization.key_id)
        .ok_or_else(|| refusals.unknown_key(authorization.key_id))?;
    if let Some(session) = &key.session {
        if header(&parts.headers, "x-amz-security-token") != Some(session.token.as_str()) {
            return Err(refusals.wrong_token());
        }
        if session.expires <= now {
            return Err(expired(refusals.0));
        }
    }
    let date = header(&parts.headers, "x-amz-date").unwrap_or_default();
    refusals.check_date(date, authorization.date, now)?;
    let payload_hash = refusals.payload_hash(parts, body)?;
    let single = authorization.service == "s3";
    let canonical = canonical_request(parts, &authorization.signed_headers, &payload_hash, single)
        .ok_or_else(|| refusals.mismatch())?;
    let expected = signature(
        &key.secret_access_key,
        date,
        authorization.region,
        authorization.service,
        &canonical,
    );
    if !same(expected.as_bytes(), authorization.signature.as_bytes()) {
        return Err(refusals.mismatch());
    }
    Ok(Caller {
        key: key.clone(),
        region: authorization.region.to_owned(),
        service: authorization.service.to_owned(),
    })
}

fn parse(text: &str) -> Option<Authorization<'_>> {
    let fields = text.strip_prefix(ALGORITHM)?;
    let (mut credential, mut signed, mut signature) = (None, None, None);
    for field in fields.split(',') {
        match field.trim().split_once('=')? {
            ("Credential", value) => credential = Some(value),
            ("SignedHeaders", value) => signed = Some(value),
            ("Signature", value) => signature = Some(value),
            _ => return None,
        }
    }
    let mut scope = credential?.split('/');
    let authorization = Authorization {
        key_id: scope.next()?,
        date: scope.next()?,
        region: scope.next()?,
        service: scope.next()?,
        signed_headers: signed?.split(';').collect(),
        signature: signature?,
    };
    (scope.next() == Some("aws4_request") && scope.next().is_none()).then_some(authorization)
}

fn millis_of(stamp: &str) -> Option<Millis> {
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", stamp).ok()?;
    Some(
        civil
            .to_zoned(TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_millisecond(),
    )
}

/// `20261123T020408Z`.
fn basic(at: Millis) -> String {
    Timestamp::from_millisecond(at)
        .unwrap_or_default()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string()
}

/// None when a header that is said to be signed is absent.
fn canonical_request(
    parts: &Parts,
    signed_headers: &[&str],
    payload_hash: &str,
    single: bool,
) -> Option<String> {
    let mut headers = String::new();
    for name in signed_headers {
        let mut values = parts.headers.get_all(*name).iter().peekable();
        values.peek()?;
        let joined: Option<Vec<String>> = values
            .map(|value| value.to_str().ok().map(collapsed))
            .collect();
        let _ = writeln!(headers, "{name}:{}", joined?.join(","));
    }
    let path = canonical_path(parts.uri.path(), single);
    let (method, query) = (
        &parts.method,
        canonical_query(parts.uri.query().unwrap_or_default()),
    );
    Some(format!(
        "{method}\n{path}\n{query}\n{headers}\n{}\n{payload_hash}",
        signed_headers.join(";")
    ))
}

/// Each part of the path encoded once, for S3, or once more than it came.
fn canonical_path(path: &str, single: bool) -> String {
    let part = |part: &str| {
        if single {
            percent_encoded(&percent_decoded(part))
        } else {
            percent_encoded(part)
        }
    };
    let parts: Vec<String> = path.split('/').map(part).collect();
    if path.is_empty() {
        "/".to_owned()
    } else {
        parts.join("/")
    }
}

fn collapsed(value: &str) -> String {
    value
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (percent_encoded(&name), percent_encoded(&value)))
        .collect();
    pairs.sort();
    pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn signature(secret: &str, stamp: &str, region: &str, service: &str, canonical: &str) -> String {
    let day = stamp.split('T').next().unwrap_or_default();
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let to_sign = format!(
        "{ALGORITHM}\n{stamp}\n{scope}\n{}",
        hex(&Sha256::digest(canonical.as_bytes()))
    );
    let mut key = keyed(format!("AWS4{secret}").as_bytes(), day);
    for part in [region, service, "aws4_request"] {
        key = keyed(&key, part);
    }
    hex(&keyed(&key, &to_sign))
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes keys of any length, so the error has no way to occur; an empty key signs nothing real.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}

/// The headers of a signed JSON call, for tests that speak raw HTTP.
#[cfg(test)]
pub fn signed_headers(
    id: &str,
    secret: &str,
    now: Millis,
    (region, service, target): (&str, &str, &str),
    body: &str,
) -> String {
    let headers = [("x-amz-target", target)];
    signed(
        (id, secret, now),
        (region, service),
        ("POST", "/", ""),
        &headers,
        body.as_bytes(),
    )
}

/// The headers of any signed request. The path is as it is on the wire, encoded once.
#[cfg(test)]
pub fn signed(
    (id, secret, now): (&str, &str, Millis),
    (region, service): (&str, &str),
    (method, path, query): (&str, &str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> String {
    let stamp = basic(now);
    let hash = headers
        .iter()
        .find(|(name, _)| *name == "x-amz-content-sha256")
        .map_or_else(
            || hex(&Sha256::digest(body)),
            |(_, hash)| (*hash).to_owned(),
        );
    let mut all = vec![("host", "127.0.0.1"), ("x-amz-date", stamp.as_str())];
    all.extend_from_slice(headers);
    all.sort_unstable();
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines = |end: &str, between: &str| {
        let mut lines = String::new();
        for (name, value) in &all {
            let _ = write!(lines, "{name}:{between}{value}{end}");
        }
        lines
    };
    let canonical = format!(
        "{method}\n{path}\n{}\n{}\n{names}\n{hash}",
        canonical_query(query),
        lines("\n", "")
    );
    let signed = signature(secret, &stamp, region, service, &canonical);
    let day = stamp.split('T').next().unwrap_or_default();
    format!(
        "{}authorization: {ALGORITHM} Credential={id}/{day}/{region}/{service}/aws4_request, SignedHeaders={names}, Signature={signed}\r\n",
        lines("\r\n", " ")
    )
}

#[cfg(test)]
mod tests {
    use hyper::Request;
    use hyper::http::request::Parts;

    use super::{basic, millis_of, parse, signature, verify};
    use crate::sim::world::keys::Keys;

    /// The example of AWS's page "Create a signed AWS API request": the hash of its canonical request and
    /// its secret are known, and so is the signature.
    #[test]
    fn the_documented_example_has_the_documented_signature() {
        let canonical = "GET\n/\nAction=ListUsers&Version=2010-05-08\ncontent-type:application/x-www-form-urlencoded; charset=utf-8\nhost:iam.amazonaws.com\nx-amz-date:20150830T123600Z\n\ncontent-type;host;x-amz-date\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let signed = signature(
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "20150830T123600Z",
            "us-east-1",
            "iam",
            canonical,
        );
        assert_eq!(
            signed,
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }

    fn request(keys: &Keys, id: &str, stamp: &str, body: &str, tamper: bool) -> Parts {
        let secret = keys
            .get(id)
            .map_or("nothing", |key| key.secret_access_key.as_str());
        let hash = super::hex(&<sha2::Sha256 as sha2::Digest>::digest(body.as_bytes()));
        let canonical = format!(
            "POST\n/\n\nhost:127.0.0.1:1\nx-amz-date:{stamp}\nx-amz-target:Logs_20140328.GetLogEvents\n\nhost;x-amz-date;x-amz-target\n{hash}"
        );
        let mut signed = signature(secret, stamp, "eu-west-1", "logs", &canonical);
        if tamper {
            signed = signed.replace(['a', 'b', 'c'], "d");
        }
        let day = stamp.split('T').next().unwrap();
        let request = Request::post("/")
            .header("host", "127.0.0.1:1")
            .header("x-amz-date", stamp)
            .header("x-amz-target", "Logs_20140328.GetLogEvents")
            .header("authorization", format!("AWS4-HMAC-SHA256 Credential={id}/{day}/eu-west-1/logs/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature={signed}"))
            .body(())
            .unwrap();
        request.into_parts().0
    }

    #[test]
    fn a_signature_is_verified_whole() {
        let mut keys = Keys::default();
        let id = keys.add_account("482100937715", "ines").access_key_id;
        let now = millis_of("20261123T120000Z").unwrap();
        let good = request(&keys, &id, "20261123T120200Z", "{}", false);
        let caller = verify(&good, b"{}", &keys, now).unwrap();
        assert_eq!(
            (
                caller.key.account.as_str(),
                caller.region.as_str(),
                caller.service.as_str()
            ),
            ("482100937715", "eu-west-1", "logs")
        );
        let refused = |parts: &Parts, body: &[u8]| verify(parts, body, &keys, now).unwrap_err();
        assert_eq!(refused(&good, b"{ }").code, "SignatureDoesNotMatch");
        assert_eq!(
            refused(&request(&keys, &id, "20261123T120200Z", "{}", true), b"{}").code,
            "SignatureDoesNotMatch"
        );
        assert!(
            refused(&request(&keys, &id, "20261123T115000Z", "{}", false), b"{}")
                .message
                .starts_with("Signature expired")
        );
        assert!(
            refused(&request(&keys, &id, "20261123T121000Z", "{}", false), b"{}")
                .message
                .starts_with("Signature not yet current")
        );
        let stranger = refused(
            &request(&keys, "AKIASTRANGER", "20261123T120000Z", "{}", false),
            b"{}",
        );
        assert_eq!(
            (stranger.status, stranger.code.as_str()),
            (403, "UnrecognizedClientException")
        );
    }

    #[test]
    fn a_session_needs_its_token_and_ends() {
        let mut keys = Keys::default();
        let now = millis_of("20261123T120000Z").unwrap();
        let key = keys.assume("482100937715", "Reader", "me", now + 60_000);
        let token = key.session.unwrap().token;
        let mut parts = request(&keys, &key.access_key_id, "20261123T120000Z", "{}", false);
        assert_eq!(
            verify(&parts, b"{}", &keys, now).unwrap_err().code,
            "UnrecognizedClientException"
        );
        parts
            .headers
            .insert("x-amz-security-token", token.parse().unwrap());
        assert!(
            verify(&parts, b"{}", &keys, now)
                .unwrap()
                .key
                .arn
                .ends_with("assumed-role/Reader/me")
        );
        assert_eq!(
            verify(&parts, b"{}", &keys, now + 61_000).unwrap_err().code,
            "ExpiredTokenException"
        );
    }

    #[test]
    fn a_header_that_is_not_a_credential_is_refused() {
        assert_eq!(parse("Bearer abc"), None);
        assert_eq!(
            parse("AWS4-HMAC-SHA256 Credential=A/20261123/r/s, SignedHeaders=host, Signature=0"),
            None
        );
        assert_eq!(
            basic(millis_of("20261123T020408Z").unwrap()),
            "20261123T020408Z"
        );
    }
}
