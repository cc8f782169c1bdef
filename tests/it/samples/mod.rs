//! Strangers' answers: every public sample of an operation Starboard calls is read without a panic, and what was made of
//! it holds the sample's members.
//!
//! A member is looked for in the published snapshot's text; one that Starboard lets go must be named here as such, so
//! that nothing is lost unseen. `STARBOARD_SAMPLES=FOLDER` (laid out as `tests/fixtures/samples`) widens the set.

mod drawn;
mod faults;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use starboard::aws::{Aws, Login, LoginSource};
use starboard::engine::AccountChange;
use starboard::engine::clock::Clock;
use starboard::engine::source::Sent;
use starboard::model::account::Account;
use starboard::model::build::BuildOverrides;
use starboard::model::command::{Command, RetryMode};
use starboard::model::ids::{BatchKey, LogKey, PipelineKey, Scope};
use starboard::model::remote::Remote;
use starboard::model::snapshot::Snapshot;
use starboard::model::time::Timestamp;
use starboard::secrets::Vaults;

use self::table::{CALLED, MOMENTS, Way, let_go};
use crate::account::engine;
use crate::replay::{self, Answer};

/// Where the samples are read: in no region that one of them names, so that every region in them is news.
const REGION: &str = "eu-north-1";

struct Sample {
    operation: String,
    way: Way,
    name: String,
    json: Value,
}

fn samples() -> Vec<Sample> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/samples");
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    let more = std::env::var_os("STARBOARD_SAMPLES").map(PathBuf::from);
    for folder in std::iter::once(own).chain(more) {
        for service in std::fs::read_dir(&folder).unwrap().flatten() {
            let Ok(answers) = std::fs::read_dir(service.path()) else {
                continue;
            };
            for answer in answers.flatten() {
                let service = service.file_name().into_string().unwrap();
                let file = answer.file_name().into_string().unwrap();
                files.insert(format!("{service}/{file}"), answer.path());
            }
        }
    }
    let services = [
        "codepipeline",
        "codebuild",
        "codedeploy",
        "codecommit",
        "cloudtrail",
        "logs",
        "sts",
    ];
    let mut samples = Vec::new();
    for (name, path) in files {
        let (service, file) = name.split_once('/').unwrap();
        let Some((operation, _)) = file.split_once("--") else {
            continue;
        };
        let called = CALLED.iter().find(|(called, _)| *called == operation);
        let is_json = path.extension().is_some_and(|ending| ending == "json");
        if let (Some((_, way)), true, true) = (called, is_json, services.contains(&service)) {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut json: Value = serde_json::from_str(&text).unwrap();
            seconds(&mut json);
            samples.push(Sample {
                operation: operation.to_owned(),
                way: *way,
                name,
                json,
            });
        }
    }
    samples
}

/// On the wire of these services a moment is a number of seconds.
fn seconds(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let text = member.as_str().filter(|_| MOMENTS.contains(&name.as_str()));
                match text.and_then(|text| text.parse::<jiff::Timestamp>().ok()) {
                    Some(time) => *member = (time.as_microsecond() as f64 / 1e6).into(),
                    None => seconds(member),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(seconds),
        _ => {}
    }
}

fn scope() -> Scope {
    Scope {
        account: "sample".into(),
        region: REGION.into(),
    }
}

fn aws(url: String) -> Aws {
    let aws = Aws::new(Vaults::new(None), Clock::Wall);
    aws.put(Login {
        account: "sample".into(),
        source: LoginSource::Simulated {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "example".into(),
        },
        endpoint: Some(url),
    });
    aws
}

/// Serves the sample, reads everything of its service once, and returns what was published.
async fn observe(sample: &Sample, service: &str) -> Arc<Snapshot> {
    let mut told = BTreeMap::from([(sample.operation.clone(), Answer::json(&sample.json))]);
    // A listing that leads to the sample's own things, where it is of things by id.
    let ids = |list: &str, id: &str| -> Vec<Value> {
        let all = sample.json.get(list).and_then(Value::as_array);
        let ids = all
            .into_iter()
            .flatten()
            .filter_map(|one| one.get(id).cloned());
        ids.collect()
    };
    let listing = match sample.operation.as_str() {
        "BatchGetBuilds" => Some(("ListBuilds", "ids", ids("builds", "id"))),
        "BatchGetDeployments" => {
            let ids = ids("deploymentsInfo", "deploymentId");
            Some(("ListDeployments", "deployments", ids))
        }
        "GetPullRequest" => {
            let id = sample.json.pointer("/pullRequest/pullRequestId").cloned();
            Some((
                "ListPullRequests",
                "pullRequestIds",
                id.into_iter().collect(),
            ))
        }
        "BatchGetRepositories" => {
            let names = ids("repositories", "repositoryName");
            let pairs = names
                .iter()
                .map(|name| serde_json::json!({"repositoryName": name}));
            Some(("ListRepositories", "repositories", pairs.collect()))
        }
        _ => None,
    };
    if let Some((operation, member, ids)) = listing {
        let answer = Answer::json(&serde_json::json!({ member: ids }));
        told.insert(operation.to_owned(), answer);
    }
    let aws = aws(replay::serve(told).await);
    let sources = aws.sources().into_iter();
    let sources = sources.filter(|source| source.service() == service);
    let engine = engine(&aws, sources.collect(), Clock::Wall);
    let account = Account {
        name: "sample".into(),
        regions: vec![REGION.into()],
        source: String::new(),
        secret_place: String::new(),
        read_only: true,
        production: false,
        simulated: true,
        endpoint: None,
        identity: Remote::default(),
    };
    engine.put_account(account, AccountChange::Credentials);
    let complete = tokio::time::timeout(Duration::from_mins(1), engine.complete()).await;
    assert!(
        complete.is_ok(),
        "{}: not read within a minute",
        sample.name
    );
    engine.published().load()
}

/// Reads a sample the way the program does; returns the text of what came of it.
async fn read(sample: &Sample) -> String {
    match sample.way {
        Way::Source(service) => format!("{:?}", observe(sample, service).await),
        Way::Log => {
            let told = BTreeMap::from([(sample.operation.clone(), Answer::json(&sample.json))]);
            let aws = aws(replay::serve(told).await);
            let key = LogKey {
                scope: scope(),
                group: "group".into(),
                stream: "stream".into(),
            };
            let page = aws.log_reader().page(&key, None).await.unwrap();
            format!("{page:?}")
        }
        Way::Ask => {
            let told = BTreeMap::from([(sample.operation.clone(), Answer::json(&sample.json))]);
            let aws = aws(replay::serve(told).await);
            match sample.operation.as_str() {
                "ListActionTypes" => format!("{:?}", aws.action_types(&scope()).await.unwrap()),
                "LookupEvents" => {
                    let long_ago = Timestamp::from_millis(0);
                    format!("{:?}", aws.trail(&scope(), long_ago).await.unwrap())
                }
                _ => asked_of_builds(sample).await,
            }
        }
        Way::Write => {
            let told = BTreeMap::from([(sample.operation.clone(), Answer::json(&sample.json))]);
            let aws = aws(replay::serve(told).await);
            match aws.writer().send(&command(&sample.operation)).await {
                Sent::Accepted(message) => message,
                other => panic!("{}: {other:?}", sample.name),
            }
        }
    }
}

/// What came of a sample of builds' questions, asked with what leads to it.
async fn asked_of_builds(sample: &Sample) -> String {
    let mut told = BTreeMap::from([(sample.operation.clone(), Answer::json(&sample.json))]);
    let mut also = |operation: &str, answer: Value| {
        told.insert(operation.to_owned(), Answer::json(&answer));
    };
    let arn = "arn:aws:codebuild:eu-north-1:1:report/group:1";
    let report = |kind: &str| serde_json::json!({"reports": [{"arn": arn, "type": kind}]});
    match sample.operation.as_str() {
        "BatchGetProjects" => also("ListProjects", serde_json::json!({"projects": ["sample"]})),
        "BatchGetReports" => also("DescribeTestCases", serde_json::json!({"testCases": []})),
        "DescribeTestCases" => also("BatchGetReports", report("TEST")),
        "DescribeCodeCoverages" => also("BatchGetReports", report("CODE_COVERAGE")),
        _ => {}
    }
    let aws = aws(replay::serve(told).await);
    let arns = || vec![arn.to_owned()];
    match sample.operation.as_str() {
        "BatchGetProjects" => format!("{:?}", aws.build_projects(&scope()).await.unwrap()),
        "BatchGetBuildBatches" => {
            let key = BatchKey {
                scope: scope(),
                id: "sample:1".into(),
            };
            format!("{:?}", aws.batch(&key).await.unwrap())
        }
        "BatchGetReports" | "DescribeTestCases" | "DescribeCodeCoverages" => {
            format!("{:?}", aws.build_reports(&scope(), &arns()).await.unwrap())
        }
        other => panic!("nobody here asks for {other}; add it"),
    }
}

/// A command that sends this operation.
fn command(operation: &str) -> Command {
    let pipeline = PipelineKey {
        scope: scope(),
        name: "sample".into(),
    };
    match operation {
        "StartPipelineExecution" => Command::ReleaseChange {
            pipeline,
            revisions: Vec::new(),
            variables: Vec::new(),
        },
        "RetryStageExecution" => Command::RetryStage {
            pipeline,
            stage: "Deploy".into(),
            execution: "e".into(),
            mode: RetryMode::FailedActions,
        },
        "StopBuild" => Command::StopBuild {
            scope: scope(),
            build: "sample:1".into(),
        },
        "RetryBuild" => Command::RetryBuild {
            scope: scope(),
            build: "sample:1".into(),
        },
        "StartBuild" => Command::StartBuild {
            scope: scope(),
            project: "sample".into(),
            overrides: BuildOverrides::default(),
        },
        "StartBuildBatch" => Command::StartBatch {
            scope: scope(),
            project: "sample".into(),
            overrides: BuildOverrides::default(),
        },
        "StopBuildBatch" => Command::StopBatch {
            scope: scope(),
            batch: "sample:1".into(),
        },
        "RetryBuildBatch" => Command::RetryBatch {
            scope: scope(),
            batch: "sample:1".into(),
            all: true,
        },
        "StopDeployment" => Command::StopDeployment {
            scope: scope(),
            deployment: "d-1".into(),
            roll_back: false,
        },
        other => panic!("no command here sends {other}; add one"),
    }
}

/// The members of a sample, each with the path that leads to it.
fn members<'a>(value: &'a Value, path: &str, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(map) => {
            for (name, member) in map {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                members(member, &path, found);
            }
        }
        Value::Array(all) => all.iter().for_each(|one| members(one, path, found)),
        leaf => found.push((path.to_owned(), leaf)),
    }
}

/// Whether the text holds a member. Numbers are looked for as moments, spans or counts.
fn holds(text: &str, path: &str, value: &Value) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    match value {
        Value::String(said) if said.is_empty() => true,
        // A batch tells its builds by ARN; they are held by the id in it.
        Value::String(said) if path.ends_with("BuildSummary.arn") => {
            let id = said.split_once(":build/").map(|(_, id)| id);
            id.is_some_and(|id| text.contains(id))
        }
        Value::String(said) => {
            let quoted = format!("{said:?}");
            let inner = quoted.trim_matches('"');
            // A reference is shown as the branch it names.
            text.contains(inner.strip_prefix("refs/heads/").unwrap_or(inner))
        }
        Value::Number(number) if MOMENTS.contains(&name) => {
            let seconds = number.as_f64().unwrap();
            let millis = (seconds * 1e3).round() as i64;
            text.contains(&format!("Timestamp({millis})"))
        }
        Value::Number(number) if name == "durationInSeconds" => {
            text.contains(&format!("Some({number}s)"))
                || text.contains(&format!("Some({number}ns)"))
        }
        Value::Number(number) if name == "durationInNanoSeconds" => {
            let span = Duration::from_nanos(number.as_u64().unwrap());
            text.contains(&format!("Some({span:?})"))
        }
        Value::Number(number) => text.contains(&number.to_string()),
        Value::Bool(flag) => {
            let held = match name {
                "privilegedMode" => "privileged",
                "ignoreFailure" => "ignore_failure",
                "encryptionDisabled" => "encryption_disabled",
                _ => "enabled",
            };
            text.contains(&format!("{held}: {flag}"))
        }
        _ => true,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_public_answer_is_read_and_its_members_are_held() {
    let samples = samples();
    assert!(samples.len() >= 40, "only {} samples", samples.len());
    let mut reading = tokio::task::JoinSet::new();
    for sample in samples {
        reading.spawn(async move {
            let text = read(&sample).await;
            (sample, text)
        });
    }
    let mut lost = BTreeSet::new();
    while let Some(read) = reading.join_next().await {
        let (sample, text) = read.expect("reading a sample must not panic");
        let gone = let_go(&sample.operation);
        let mut found = Vec::new();
        members(&sample.json, "", &mut found);
        for (path, value) in found {
            let is_gone = gone
                .iter()
                .any(|gone| path == *gone || path.starts_with(&format!("{gone}.")));
            // A write's answer is told in words; of a build started again that is its id.
            let is_told = sample.way != Way::Write
                || matches!(path.as_str(), "build.id" | "statusMessage")
                    && sample.operation != "StopBuild";
            if !is_gone && is_told && !holds(&text, &path, value) {
                lost.insert(format!("{}: {path} = {value}", sample.name));
            }
        }
    }
    assert!(lost.is_empty(), "lost: {lost:#?}");
}
