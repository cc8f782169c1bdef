//! CBOR and REST XML over the socket, signed by hand.

use ciborium::Value as Cbor;
use serde_json::{Value, json};

use super::{Bench, START};
use crate::sim::Fault;
use crate::sim::auth::signed;

const CBOR: &[(&str, &str)] = &[("smithy-protocol", "rpc-v2-cbor")];
const ALARMS: &str = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms";
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const BUCKET: &str = "codepipeline-eu-west-1-482100937715";

impl Bench {
    async fn signed(
        &self,
        service: &str,
        (method, path, query): (&str, &str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> (String, Vec<u8>) {
        let account = &self.sim.accounts()[0];
        let (id, secret) = (&account.access_key_id, &account.secret_access_key);
        let headers = signed(
            (id, secret, START),
            ("eu-west-1", service),
            (method, path, query),
            headers,
            body,
        );
        let target = if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        };
        self.exchange(method, &target, &headers, body).await
    }

    async fn cbor(&self, path: &str, body: &[u8]) -> (String, Cbor) {
        let (head, body) = self
            .signed("monitoring", ("POST", path, ""), CBOR, body)
            .await;
        let read = ciborium::from_reader(body.as_slice());
        (head, read.unwrap_or(Cbor::Null))
    }

    async fn s3(&self, method: &str, path: &str, hash: &str) -> (String, Vec<u8>) {
        let headers = [("x-amz-content-sha256", hash)];
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        self.signed("s3", (method, path, query), &headers, b"")
            .await
    }
}

fn member<'a>(map: &'a Cbor, name: &str) -> &'a Cbor {
    let members = map.as_map().unwrap();
    let found = members
        .iter()
        .find(|(known, _)| known.as_text() == Some(name));
    found.map_or(&Cbor::Null, |(_, value)| value)
}

#[tokio::test]
async fn alarms_are_told_in_cbor_and_in_json() {
    let bench = Bench::start("gates").await;
    // {"StateValue": "ALARM"}, by hand.
    let asked = b"\xa1\x6aStateValue\x65ALARM";
    let (head, answer) = bench.cbor(ALARMS, asked).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains("smithy-protocol: rpc-v2-cbor"), "{head}");
    assert!(head.contains("content-type: application/cbor"), "{head}");
    let alarms = member(&answer, "MetricAlarms").as_array().unwrap();
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    let alarm = &alarms[0];
    assert_eq!(member(alarm, "AlarmName").as_text(), Some("pier-tide"));
    assert_eq!(member(alarm, "Threshold").as_float(), Some(3.2));
    let (tag, since) = member(alarm, "StateUpdatedTimestamp").as_tag().unwrap();
    let wanted = (START - 30 * 60_000) as f64 / 1000.0;
    assert_eq!((tag, since.as_float()), (1, Some(wanted)));
    let body = json!({"StateValue": "ALARM"}).to_string();
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        (
            "x-amz-target",
            "GraniteServiceVersion20100801.DescribeAlarms",
        ),
    ];
    let (head, body) = bench
        .signed("monitoring", ("POST", "/", ""), &headers, body.as_bytes())
        .await;
    assert!(
        head.contains("content-type: application/x-amz-json-1.0"),
        "{head}"
    );
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(told["MetricAlarms"][0]["AlarmName"], "pier-tide");
    assert_eq!(told["MetricAlarms"][0]["StateUpdatedTimestamp"], wanted);
}

#[tokio::test]
async fn refusals_come_in_the_callers_protocol() {
    let bench = Bench::start("gates").await;
    let kind = |answer: &Cbor| member(answer, "__type").as_text().map(str::to_owned);
    let (head, answer) = bench.cbor(ALARMS, b"\xa1\x69NextToken\x61x").await;
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    assert!(
        head.contains("x-amzn-query-error: InvalidNextToken;Sender"),
        "{head}"
    );
    assert!(kind(&answer).unwrap().ends_with("#InvalidNextToken"));
    let path = ALARMS.replace("DescribeAlarms", "PutMetricData");
    let (head, answer) = bench.cbor(&path, b"").await;
    assert!(head.contains("smithy-protocol: rpc-v2-cbor"), "{head}");
    assert!(
        kind(&answer)
            .unwrap()
            .ends_with("#UnknownOperationException")
    );
    let (_, answer) = bench.cbor(ALARMS, b"\x01").await;
    assert!(kind(&answer).unwrap().ends_with("#SerializationException"));
    let unsigned = "host: 127.0.0.1\r\nsmithy-protocol: rpc-v2-cbor\r\n";
    let (head, body) = bench.exchange("POST", ALARMS, unsigned, b"").await;
    let answer: Cbor = ciborium::from_reader(body.as_slice()).unwrap();
    assert!(head.starts_with("HTTP/1.1 403"), "{head}");
    assert!(
        kind(&answer)
            .unwrap()
            .ends_with("#MissingAuthenticationTokenException")
    );
    bench
        .sim
        .faults()
        .inject("DescribeAlarms", Fault::Throttle, Some(1));
    let (_, answer) = bench.cbor(ALARMS, b"").await;
    assert!(kind(&answer).unwrap().ends_with("#ThrottlingException"));
}

#[tokio::test]
async fn an_object_is_got_whole_signed_with_or_without_its_payload() {
    let bench = Bench::start("gates").await;
    let list = format!("/{BUCKET}?list-type=2&prefix=pier%2FSource");
    let (head, body) = bench.s3("GET", &list, EMPTY).await;
    let text = String::from_utf8(body).unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}{text}");
    assert!(head.contains("x-amz-request-id: ") && head.contains("x-amz-id-2: "));
    assert!(!head.contains("x-amzn-requestid"), "{head}");
    let key = text.split("<Key>").nth(1).unwrap();
    let key = key.split("</Key>").next().unwrap();
    let path = format!("/{BUCKET}/{key}");
    let (head, whole) = bench.s3("GET", &path, "UNSIGNED-PAYLOAD").await;
    assert!(head.contains("content-type: application/zip"), "{head}");
    assert!(whole.starts_with(b"PK\x03\x04"));
    let length = format!("content-length: {}\r\n", whole.len());
    assert!(head.contains(&length), "{head}");
    let (head, nothing) = bench.s3("HEAD", &path, EMPTY).await;
    assert!(head.contains(&length) && nothing.is_empty(), "{head}");
    // The same key with a letter encoded is the same object, and signs the same.
    let encoded = path.replacen("pier/", "%70ier/", 1);
    let account = &bench.sim.accounts()[0];
    let headers = signed(
        (&account.access_key_id, &account.secret_access_key, START),
        ("eu-west-1", "s3"),
        ("GET", &path, ""),
        &[("x-amz-content-sha256", EMPTY)],
        b"",
    );
    let (head, again) = bench.exchange("GET", &encoded, &headers, b"").await;
    assert!(head.starts_with("HTTP/1.1 200") && again == whole, "{head}");
}

#[tokio::test]
async fn s3_refuses_in_its_own_words() {
    let bench = Bench::start("gates").await;
    let missing = format!("/{BUCKET}/pier/Source/none");
    let (head, body) = bench.s3("GET", &missing, EMPTY).await;
    let text = String::from_utf8(body).unwrap();
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    assert!(
        head.contains("content-type: application/xml") && text.contains("<Code>NoSuchKey</Code>"),
        "{head}{text}"
    );
    assert!(text.contains("<Key>pier/Source/none</Key>"), "{text}");
    let (head, body) = bench.s3("HEAD", &missing, EMPTY).await;
    assert!(
        head.starts_with("HTTP/1.1 404") && body.is_empty(),
        "{head}"
    );
    let other = "0".repeat(64);
    for (headers, status, code) in [
        (
            &[("x-amz-content-sha256", other.as_str())][..],
            400,
            "XAmzContentSHA256Mismatch",
        ),
        (&[], 400, "InvalidRequest"),
    ] {
        let (head, body) = bench
            .signed("s3", ("GET", &missing, ""), headers, b"")
            .await;
        let text = String::from_utf8(body).unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
        assert!(text.contains(&format!("<Code>{code}</Code>")), "{text}");
    }
    let (head, body) = bench
        .exchange("GET", &missing, "host: 127.0.0.1\r\n", b"")
        .await;
    let text = String::from_utf8(body).unwrap();
    assert!(
        head.starts_with("HTTP/1.1 403") && text.contains("<Code>AccessDenied</Code>"),
        "{head}{text}"
    );
    bench
        .sim
        .faults()
        .inject("GetObject", Fault::Throttle, Some(1));
    let (head, body) = bench.s3("GET", &missing, EMPTY).await;
    let text = String::from_utf8(body).unwrap();
    assert!(
        head.starts_with("HTTP/1.1 503") && text.contains("<Code>SlowDown</Code>"),
        "{head}{text}"
    );
}

#[tokio::test]
async fn writes_leave_a_trace_and_reads_do_not() {
    let bench = Bench::start("gates").await;
    let start = || bench.call("StartPipelineExecution", json!({"name": "pier"}));
    let (_, started) = start().await;
    bench.call("ListPipelines", json!({})).await;
    bench.call("StartPipelineExecution", json!({})).await;
    let denied = Fault::AccessDenied {
        action: "codepipeline:StartPipelineExecution".to_owned(),
    };
    bench
        .sim
        .faults()
        .inject("StartPipelineExecution", denied, Some(1));
    assert_eq!(start().await.0, 400);
    bench
        .sim
        .faults()
        .inject("StartPipelineExecution", Fault::ApplyThenDrop, Some(1));
    start().await;
    let arn = bench.sim.world(|world| {
        let place = world.place_mut("482100937715", "eu-west-1");
        let events: Vec<_> = place.trail.recorded().cloned().collect();
        let codes: Vec<_> = events
            .iter()
            .map(|event| event.error.as_ref().map(|(code, _)| code.as_str()))
            .collect();
        // What took effect is kept, though its answer was lost.
        assert_eq!(
            codes,
            [
                None,
                Some("ValidationException"),
                Some("AccessDenied"),
                None
            ]
        );
        assert_eq!(events[0].request, json!({"name": "pier"}));
        assert_eq!(events[0].response, started);
        events[0].who.arn.clone()
    });
    assert!(arn.starts_with("arn:aws:iam::482100937715:user/"), "{arn}");
}
