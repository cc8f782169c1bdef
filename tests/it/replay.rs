//! A server that says what it was told to: one recorded answer, and the least that leads to it for everything else.
//!
//! Independent of the simulated account, so that a mapping cannot be right only because both sides were written here.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// An answer to one operation.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
}

impl Answer {
    pub fn json(value: &Value) -> Self {
        Self {
            status: 200,
            content_type: "application/x-amz-json-1.1",
            body: value.to_string(),
        }
    }

    /// An error as the JSON services send it.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Self {
            status,
            content_type: "application/x-amz-json-1.1",
            body: json!({"__type": code, "message": message}).to_string(),
        }
    }
}

/// Serves `told` by operation, and [`usual`] answers for the rest, until the runtime ends. Returns the URL.
pub async fn serve(told: BTreeMap<String, Answer>) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let told = Arc::new(told);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let told = Arc::clone(&told);
            let service = service_fn(move |request| respond(Arc::clone(&told), request));
            let serving = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(async move { serving.await.ok() });
        }
    });
    url
}

async fn respond(
    told: Arc<BTreeMap<String, Answer>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let target = request
        .headers()
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .and_then(|target| target.rsplit_once('.'))
        .map(|(_, operation)| operation.to_owned());
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let answer = if let Some(operation) = target {
        let input = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let told = told.get(&operation).cloned();
        told.unwrap_or_else(|| Answer::json(&usual(&operation, &input)))
    } else if let Some(told) = told.get(&path) {
        // The REST services are told by their path.
        told.clone()
    } else {
        let form: BTreeMap<String, String> =
            url::form_urlencoded::parse(&body).into_owned().collect();
        let operation = form.get("Action").cloned().unwrap_or_default();
        let told = told.get(&operation).cloned();
        let told = told.unwrap_or_else(|| Answer::json(&json!({})));
        as_query(&operation, told)
    };
    let response = Response::builder()
        .status(answer.status)
        .header("content-type", answer.content_type)
        .header("x-amzn-requestid", "00000000-1111-2222-3333-444444444444");
    Ok(response.body(Full::from(answer.body)).unwrap())
}

/// A JSON answer in the XML of the Query services.
fn as_query(operation: &str, answer: Answer) -> Answer {
    let Ok(Value::Object(members)) = serde_json::from_str(&answer.body) else {
        return answer;
    };
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let mut inner = String::new();
    for (name, value) in &members {
        let text = escape(value.as_str().unwrap_or_default());
        write!(inner, "<{name}>{text}</{name}>").unwrap();
    }
    Answer {
        content_type: "text/xml",
        body: format!(
            "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <{operation}Result>{inner}</{operation}Result></{operation}Response>"
        ),
        ..answer
    }
}

/// The least that leads a client on to the operation it is told of.
fn usual(operation: &str, input: &Value) -> Value {
    let asked = |member: &str| -> Vec<Value> {
        let list = input.get(member).and_then(Value::as_array);
        list.cloned().unwrap_or_default()
    };
    let each = |member: &str, make: &dyn Fn(&Value) -> Value| -> Vec<Value> {
        asked(member).iter().map(make).collect()
    };
    match operation {
        "ListPipelines" => json!({"pipelines": [{"name": "sample", "version": 1}]}),
        "GetPipeline" => {
            json!({"pipeline": {"name": "sample", "roleArn": "r", "version": 1, "stages": []}})
        }
        "GetPipelineExecution" => json!({"pipelineExecution": {
            "pipelineExecutionId": input.get("pipelineExecutionId"), "status": "InProgress"}}),
        "ListBuilds" => json!({"ids": ["sample:1"]}),
        "BatchGetBuilds" => json!({"builds": each("ids", &|id| {
            json!({"id": id, "buildStatus": "IN_PROGRESS"})
        })}),
        "ListDeployments" => json!({"deployments": ["d-1"]}),
        "BatchGetDeployments" => json!({"deploymentsInfo": each("deploymentIds", &|id| json!({
            "deploymentId": id, "status": "InProgress", "deploymentConfigName": "sample"}))}),
        "ListDeploymentTargets" => json!({"targetIds": ["i-1"]}),
        "BatchGetDeploymentTargets" => {
            json!({"deploymentTargets": each("targetIds", &|id| json!({
                "deploymentTargetType": "InstanceTarget", "instanceTarget": {"targetId": id}}))})
        }
        "ListRepositories" => json!({"repositories": [{"repositoryName": "sample"}]}),
        "BatchGetRepositories" => json!({"repositories": each("repositoryNames", &|name| json!({
            "repositoryName": name, "defaultBranch": "main"}))}),
        "GetBranch" => json!({"branch": {"branchName": input.get("branchName"),
            "commitId": "f3a91c2b6f0e4f7a9d1c2b3a4f5e6d7c8b9a0f1e"}}),
        "GetPullRequest" => json!({"pullRequest": {"pullRequestId": input.get("pullRequestId")}}),
        _ => json!({}),
    }
}
