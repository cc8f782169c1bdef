//! The server over a real socket, spoken to in raw HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::sim::auth::signed_headers;
use crate::sim::control::TOKEN_HEADER;
use crate::sim::{Clock, Fault, Options, Simulator};

mod protocols;

const START: i64 = 1_795_000_000_000;

struct Bench {
    sim: Simulator,
    hand: Arc<AtomicI64>,
}

impl Bench {
    async fn start(story: &str) -> Self {
        let hand = Arc::new(AtomicI64::new(START));
        let options = Options {
            clock: Clock::manual(Arc::clone(&hand)),
            control: true,
            ..Options::named(story)
        };
        Self {
            sim: Simulator::start(options).await.unwrap(),
            hand,
        }
    }

    fn turn(&self, seconds: i64) {
        self.hand.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    async fn send(&self, path: &str, headers: &str, body: &str) -> (String, String) {
        let (head, body) = self.exchange("POST", path, headers, body.as_bytes()).await;
        (head, String::from_utf8_lossy(&body).into_owned())
    }

    async fn exchange(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> (String, Vec<u8>) {
        let address = self.sim.url().replace("http://", "");
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut answer = Vec::new();
        // A connection that breaks off ends the answer too.
        let _ = stream.read_to_end(&mut answer).await;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let body = answer.split_off(end.map_or(answer.len(), |end| end + 4));
        (String::from_utf8_lossy(&answer).into_owned(), body)
    }

    /// A signed codepipeline call: the status and the JSON.
    async fn call(&self, operation: &str, input: Value) -> (u16, Value) {
        let (head, body) = self.raw(operation, input).await;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    async fn raw(&self, operation: &str, input: Value) -> (String, String) {
        let account = &self.sim.accounts()[0];
        let target = format!("CodePipeline_20150709.{operation}");
        let body = input.to_string();
        let now = self.hand.load(Ordering::Relaxed);
        let scope = ("eu-west-1", "codepipeline", target.as_str());
        let headers = signed_headers(
            &account.access_key_id,
            &account.secret_access_key,
            now,
            scope,
            &body,
        );
        self.send("/", &headers, &body).await
    }
}

#[tokio::test]
async fn a_gate_is_approved_and_the_deployment_follows() {
    let bench = Bench::start("gates").await;
    let (status, state) = bench
        .call("GetPipelineState", json!({"name": "pier"}))
        .await;
    assert_eq!(status, 200);
    let token = state
        .pointer("/stageStates/2/actionStates/0/latestExecution/token")
        .unwrap();
    let input = json!({"pipelineName": "pier", "stageName": "Gate", "actionName": "Approve", "token": token, "result": {"status": "Approved", "summary": "go"}});
    let (status, answer) = bench.call("PutApprovalResult", input.clone()).await;
    assert_eq!(
        (status, answer),
        (200, json!({"approvedAt": START as f64 / 1000.0}))
    );
    let (status, answer) = bench.call("PutApprovalResult", input).await;
    assert_eq!(
        (status, answer["__type"].as_str()),
        (400, Some("ApprovalAlreadyCompletedException"))
    );
    bench.turn(600);
    let (_, executions) = bench
        .call(
            "ListPipelineExecutions",
            json!({"pipelineName": "pier", "maxResults": 1}),
        )
        .await;
    assert_eq!(
        executions.pointer("/pipelineExecutionSummaries/0/status"),
        Some(&json!("Succeeded"))
    );
    assert_eq!(bench.sim.request_count("PutApprovalResult"), 2);
    let requests = bench.sim.requests();
    assert_eq!((requests[1].status, requests[2].status), (200, 400));
}

#[tokio::test]
async fn unknown_operations_and_keys_and_old_dates_are_refused() {
    let bench = Bench::start("empty").await;
    let (status, answer) = bench.call("ListWebhooks", json!({})).await;
    assert_eq!(
        (status, answer),
        (400, json!({"__type": "UnknownOperationException"}))
    );
    let headers = signed_headers(
        "AKIANOBODY",
        "x",
        START,
        (
            "eu-west-1",
            "codepipeline",
            "CodePipeline_20150709.ListPipelines",
        ),
        "{}",
    );
    let (head, body) = bench.send("/", &headers, "{}").await;
    assert!(
        head.starts_with("HTTP/1.1 403") && body.contains("UnrecognizedClientException"),
        "{head}{body}"
    );
    assert!(
        head.contains("x-amzn-requestid: ") && head.contains("date: "),
        "{head}"
    );
    let (head, body) = bench.send("/", "host: x\r\n", "{}").await;
    assert!(
        head.starts_with("HTTP/1.1 403") && body.contains("MissingAuthenticationTokenException"),
        "{head}{body}"
    );
    let account = &bench.sim.accounts()[0];
    let scope = (
        "eu-west-1",
        "codepipeline",
        "CodePipeline_20150709.ListPipelines",
    );
    let old = signed_headers(
        &account.access_key_id,
        &account.secret_access_key,
        START - 400_000,
        scope,
        "{}",
    );
    let (_, body) = bench.send("/", &old, "{}").await;
    assert!(body.contains("Signature expired"), "{body}");
}

#[tokio::test]
async fn faults_change_what_arrives_and_end() {
    let bench = Bench::start("gates").await;
    let faults = bench.sim.faults();
    let once = |fault| faults.inject("ListPipelines", fault, Some(1));
    let list = || bench.raw("ListPipelines", json!({}));
    once(Fault::Throttle);
    assert!(list().await.1.contains("ThrottlingException"));
    once(Fault::CaptivePortal);
    let (head, _) = list().await;
    assert!(
        head.starts_with("HTTP/1.1 200") && head.contains("text/html"),
        "{head}"
    );
    once(Fault::Truncated);
    let (_, body) = list().await;
    assert!(
        !body.is_empty() && serde_json::from_str::<Value>(&body).is_err(),
        "{body}"
    );
    once(Fault::Slow(Duration::from_millis(1)));
    assert!(serde_json::from_str::<Value>(&list().await.1).is_ok());
    once(Fault::Malformed {
        patch: json!({"pipelines": {"executionMode": "SIDEWAYS"}}),
    });
    assert!(list().await.1.contains("SIDEWAYS"));
    once(Fault::Stall);
    assert!(
        tokio::time::timeout(Duration::from_millis(50), list())
            .await
            .is_err()
    );
    assert!(list().await.0.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_dropped_answer_still_took_effect() {
    let bench = Bench::start("gates").await;
    bench
        .sim
        .faults()
        .inject("StartPipelineExecution", Fault::ApplyThenDrop, Some(1));
    let (head, _) = bench
        .raw("StartPipelineExecution", json!({"name": "pier"}))
        .await;
    assert_eq!(head, "");
    let (_, executions) = bench
        .call("ListPipelineExecutions", json!({"pipelineName": "pier"}))
        .await;
    assert_eq!(
        executions["pipelineExecutionSummaries"]
            .as_array()
            .map(Vec::len),
        Some(5)
    );
}

#[tokio::test]
async fn the_control_endpoint_needs_its_token() {
    let bench = Bench::start("empty").await;
    let (head, _) = bench
        .send("/_sim/clock", "host: x\r\n", r#"{"forward_ms": 5000}"#)
        .await;
    assert!(head.starts_with("HTTP/1.1 403"), "{head}");
    let token = format!(
        "host: x\r\n{TOKEN_HEADER}: {}\r\n",
        bench.sim.control_token().unwrap()
    );
    let (_, body) = bench
        .send("/_sim/clock", &token, r#"{"forward_ms": 5000}"#)
        .await;
    assert_eq!(body, format!(r#"{{"now_ms":{}}}"#, START + 5000));
    let (head, body) = bench
        .send(
            "/_sim/faults",
            &token,
            r#"{"operation": "X", "fault": "sideways"}"#,
        )
        .await;
    assert!(
        head.starts_with("HTTP/1.1 400") && body.contains("unknown variant"),
        "{head}{body}"
    );
    bench.sim.shutdown();
}

#[tokio::test]
async fn the_exports_name_the_first_account_and_comment_the_others() {
    let bench = Bench::start("empty").await;
    let exports = bench.sim.exports();
    assert!(
        exports.starts_with(&format!("export AWS_ENDPOINT_URL={}\n", bench.sim.url())),
        "{exports}"
    );
    assert!(
        exports.contains("\nexport AWS_REGION=eu-west-1\n"),
        "{exports}"
    );
    assert!(
        exports.contains(
            "\n# account dev: 220744100831 in eu-west-1\n# export AWS_ACCESS_KEY_ID=AKIA"
        ),
        "{exports}"
    );
}
