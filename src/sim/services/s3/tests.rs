//! Objects and buckets of the story of gates, read as S3 answers.

use hyper::body::Bytes;
use hyper::http::request::Parts;
use hyper::{Method, Request};
use serde_json::Value;

use super::S3;
use crate::sim::protocol::rest_xml::{RestAnswer, RestBody, RestRequest};
use crate::sim::wire::{Call, Service as _, WireError};
use crate::sim::world::World;
use crate::sim::world::story::{StorySource, tell};

const START: i64 = 1_795_000_000_000;
const ACCOUNT: &str = "482100937715";
const BUCKET: &str = "codepipeline-eu-west-1-482100937715";

fn world() -> World {
    let source = StorySource::Named("gates".to_owned());
    tell(&source, 1, START, 1.0).unwrap().world
}

fn parts(method: Method, path: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn ask_as(
    world: &mut World,
    (account, region): (&str, &str),
    parts: &Parts,
) -> Result<RestAnswer, WireError> {
    let request = RestRequest::of(parts);
    let call = Call {
        account,
        region,
        operation: S3.rest_operation(&request)?,
        input: &serde_json::Map::new(),
        caller_arn: "arn:aws:iam::482100937715:user/ines",
        now: world.now(),
    };
    S3.handle_rest(&call, &request, world)
}

fn ask(world: &mut World, parts: &Parts) -> Result<RestAnswer, WireError> {
    ask_as(world, (ACCOUNT, "eu-west-1"), parts)
}

fn get(world: &mut World, path: &str, headers: &[(&str, &str)]) -> Result<RestAnswer, WireError> {
    ask(world, &parts(Method::GET, path, headers))
}

fn bytes(answer: &RestAnswer) -> Bytes {
    match &answer.body {
        RestBody::Bytes(bytes) => bytes.clone(),
        RestBody::Xml { .. } => panic!("{answer:?}"),
    }
}

fn members(answer: RestAnswer) -> Value {
    match answer.body {
        RestBody::Xml { members, .. } => members,
        RestBody::Bytes(_) => panic!("bytes"),
    }
}

fn header<'a>(answer: &'a RestAnswer, name: &str) -> &'a str {
    let found = answer.headers.iter().find(|(known, _)| *known == name);
    found.map_or("", |(_, value)| value.as_str())
}

fn keys(world: &mut World, query: &str) -> Vec<String> {
    let path = format!("/{BUCKET}?list-type=2{query}");
    let listed = members(get(world, &path, &[]).unwrap());
    listed["Contents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|object| object["Key"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_listed_object_can_be_got_and_is_as_long_as_its_head_says() {
    let mut world = world();
    let all = keys(&mut world, "");
    // Four executions, a source and a build in each.
    assert_eq!(all.len(), 8, "{all:?}");
    for key in all {
        let path = format!("/{BUCKET}/{key}");
        let whole = get(&mut world, &path, &[]).unwrap();
        let head = ask(&mut world, &parts(Method::HEAD, &path, &[])).unwrap();
        assert_eq!(
            header(&head, "content-length"),
            bytes(&whole).len().to_string()
        );
        assert_eq!(header(&head, "etag"), header(&whole, "etag"));
        assert_eq!(header(&whole, "x-amz-server-side-encryption"), "aws:kms");
        assert!(bytes(&whole).starts_with(b"PK\x03\x04"), "{key}");
        assert!(bytes(&head).is_empty());
    }
}

#[test]
fn ranges_are_cut_or_refused() {
    let mut world = world();
    let key = keys(&mut world, "").remove(0);
    let path = format!("/{BUCKET}/{key}");
    let whole = bytes(&get(&mut world, &path, &[]).unwrap());
    let size = whole.len();
    let mut range = |text: &str| get(&mut world, &path, &[("range", text)]);
    for (text, from, to) in [
        ("bytes=0-3", 0, 4),
        ("bytes=5-", 5, size),
        ("bytes=-10", size - 10, size),
        ("bytes=4-99999999", 4, size),
    ] {
        let part = range(text).unwrap();
        assert_eq!((part.status, bytes(&part)), (206, whole.slice(from..to)));
        let wanted = format!("bytes {from}-{}/{size}", to - 1);
        assert_eq!(header(&part, "content-range"), wanted);
    }
    for text in ["bytes=5-2", "lines=1-2", "bytes=a-b", "bytes=0-1,4-5"] {
        assert_eq!(range(text).unwrap().status, 200, "{text}");
    }
    let refused = range(&format!("bytes={size}-")).unwrap_err();
    assert_eq!(
        (refused.status, refused.code.as_str()),
        (416, "InvalidRange")
    );
}

#[test]
fn lists_have_pages_prefixes_and_folders() {
    let mut world = world();
    let all = keys(&mut world, "");
    assert!(all.is_sorted());
    let sources = keys(&mut world, "&prefix=pier%2FSource%2F");
    assert_eq!(sources.len(), 4);
    assert!(sources.iter().all(|key| key.starts_with("pier/Source/")));
    let after = format!("&start-after={}", all[2]);
    assert_eq!(keys(&mut world, &after), all[3..]);
    let path = format!("/{BUCKET}?list-type=2&prefix=pier/&delimiter=/");
    let folders = members(get(&mut world, &path, &[]).unwrap());
    assert_eq!(
        folders["CommonPrefixes"],
        serde_json::json!([{"Prefix": "pier/Build/"}, {"Prefix": "pier/Source/"}])
    );
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let path = format!("/{BUCKET}?list-type=2&max-keys=3{token}");
        let listed = members(get(&mut world, &path, &[]).unwrap());
        seen.push(listed["KeyCount"].as_u64().unwrap());
        let Some(next) = listed["NextContinuationToken"].as_str() else {
            break;
        };
        token = format!("&continuation-token={}", next.replace('+', "%2B"));
    }
    assert_eq!(seen, [3, 3, 2]);
}

#[test]
fn refusals_are_those_of_s3() {
    let mut world = world();
    let key = keys(&mut world, "").remove(0);
    let path = format!("/{BUCKET}/{key}");
    let get_path = parts(Method::GET, &path, &[]);
    let refusals = [
        (
            get(&mut world, "/nobody-has-this/x", &[]),
            404,
            "NoSuchBucket",
        ),
        (get(&mut world, "/UPPER/x", &[]), 400, "InvalidBucketName"),
        (
            get(&mut world, &format!("/{BUCKET}/pier/none"), &[]),
            404,
            "NoSuchKey",
        ),
        (
            get(&mut world, &path, &[("if-match", "\"abc\"")]),
            412,
            "PreconditionFailed",
        ),
        (
            get(&mut world, &format!("{path}?versionId=short"), &[]),
            400,
            "InvalidArgument",
        ),
        (
            ask(&mut world, &parts(Method::PUT, &path, &[])),
            405,
            "MethodNotAllowed",
        ),
        (
            ask_as(&mut world, (ACCOUNT, "us-east-1"), &get_path),
            301,
            "PermanentRedirect",
        ),
        (
            ask_as(&mut world, ("220744100831", "eu-west-1"), &get_path),
            403,
            "AccessDenied",
        ),
    ];
    for (answer, status, code) in refusals {
        let refused = answer.unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (status, code));
    }
    let whole = get(&mut world, &path, &[]).unwrap();
    let etag = header(&whole, "etag").to_owned();
    assert!(get(&mut world, &path, &[("if-match", &etag)]).is_ok());
    let version = format!("{path}?versionId={}", header(&whole, "x-amz-version-id"));
    assert!(get(&mut world, &version, &[]).is_ok());
}

#[test]
fn an_artifact_is_gone_after_thirty_days() {
    let mut world = world();
    assert_eq!(keys(&mut world, "").len(), 8);
    world.advance(START + 31 * 86_400_000);
    // Nothing was pushed since; the gate has expired.
    assert_eq!(keys(&mut world, ""), [""; 0]);
}
