//! What GetMetricData tells of builds.

use serde_json::{Value, json};

use super::super::CloudWatch;
use crate::sim::clock::Pace;
use crate::sim::wire::{Answer, Call, Service as _};
use crate::sim::world::World;
use crate::sim::world::builds::{Command, Phase, Plan, Project, Script, StartBuild};

/// The start of an hour.
const START: i64 = 1_794_999_600_000;
const HOUR: i64 = 3_600_000;
const ACCOUNT: &str = "482100937715";
const REGION: &str = "eu-west-1";

/// Three builds an hour apart, the last of which fails.
fn world() -> World {
    let mut world = World::new(1, Pace::default(), START);
    let plan = |exit| {
        Plan::of(&Script {
            commands: vec![Command {
                phase: Phase::Build,
                run: "make".to_owned(),
                lasts: 600_000,
                log: Vec::new(),
                exit,
            }],
            ..Script::default()
        })
    };
    let builds = &mut world.place_mut(ACCOUNT, REGION).builds;
    builds.add_project(Project::new("site", plan(0), START));
    for (hour, exit) in [(0, 0), (1, 0), (2, 2)] {
        let start = StartBuild {
            plan: Some(plan(exit)),
            stretch: Some(1.0),
            ..StartBuild::default()
        };
        builds.start(START + hour * HOUR, "site", start).unwrap();
    }
    world
}

fn ask(input: &Value) -> Answer {
    let call = Call {
        account: ACCOUNT,
        region: REGION,
        operation: "GetMetricData",
        input: input.as_object().unwrap(),
        caller_arn: "",
        now: START + 5 * HOUR,
    };
    CloudWatch.handle(&call, &mut world())
}

fn query(id: &str, metric: &str, statistic: &str, period: i64) -> Value {
    json!({
        "Id": id,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/CodeBuild",
                "MetricName": metric,
                "Dimensions": [{ "Name": "ProjectName", "Value": "site" }],
            },
            "Period": period,
            "Stat": statistic,
        },
    })
}

fn asked(queries: &[Value]) -> Value {
    json!({
        "MetricDataQueries": queries,
        "StartTime": START / 1000,
        "EndTime": START / 1000 + 5 * 3600,
        "ScanBy": "TimestampAscending",
    })
}

#[test]
fn counts_and_durations_follow_from_the_builds() {
    let answer = ask(&asked(&[
        query("builds", "Builds", "Sum", 3600),
        query("failed", "FailedBuilds", "Sum", 3600),
        query("good", "SucceededBuilds", "Sum", 86_400),
        query("phase", "BuildDuration", "Average", 3600),
        query("load", "CPUUtilizedPercent", "Maximum", 3600),
        query("none", "Weather", "Sum", 3600),
    ]))
    .unwrap();
    let results = &answer["MetricDataResults"];
    assert_eq!(results[0]["Values"], json!([1.0, 1.0, 1.0]));
    let hours: Vec<f64> = (0..3)
        .map(|hour| (START + hour * HOUR) as f64 / 1e3)
        .collect();
    assert_eq!(results[0]["Timestamps"], json!(hours));
    assert_eq!(results[1]["Timestamps"], json!([hours[2]]));
    assert_eq!(results[2]["Values"], json!([2.0]));
    assert_eq!(results[3]["Values"], json!([600.0, 600.0, 600.0]));
    let load = results[4]["Values"][0].as_f64().unwrap();
    assert!((50.0..=100.0).contains(&load), "{load}");
    assert_eq!(results[5]["Values"], json!([]));
    assert_eq!(results[5]["StatusCode"], "Complete");
}

#[test]
fn points_come_in_pages() {
    let mut input = asked(&[
        query("builds", "Builds", "Sum", 3600),
        query("long", "Duration", "Maximum", 3600),
    ]);
    input["MaxDatapoints"] = 4.into();
    let first = ask(&input).unwrap();
    let results = &first["MetricDataResults"];
    assert_eq!(results[0]["StatusCode"], "Complete");
    assert_eq!(results[1]["StatusCode"], "PartialData");
    input["NextToken"] = first["NextToken"].clone();
    let second = ask(&input).unwrap();
    let values = |answer: &Value| {
        let results = answer["MetricDataResults"].as_array().unwrap().iter();
        results
            .map(|result| result["Values"].as_array().unwrap().len())
            .collect::<Vec<_>>()
    };
    assert_eq!((values(&first), values(&second)), (vec![3, 1], vec![0, 2]));
    assert_eq!(second.get("NextToken"), None);
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let with = |name: &str, value: Value| {
        let mut input = asked(&[query("builds", "Builds", "Sum", 3600)]);
        input[name] = value;
        input
    };
    for (input, code) in [
        (with("EndTime", json!(START / 1000)), "ValidationError"),
        (with("NextToken", json!("AAAA")), "InvalidNextToken"),
        (with("MetricDataQueries", json!([])), "ValidationError"),
        (
            asked(&[query("Builds", "Builds", "Sum", 3600)]),
            "ValidationError",
        ),
        (
            asked(&[query("b", "Builds", "Mode", 3600)]),
            "ValidationError",
        ),
        (asked(&[query("b", "Builds", "Sum", 61)]), "ValidationError"),
        (
            asked(&[json!({ "Id": "b", "Expression": "a + 1" })]),
            "ValidationError",
        ),
    ] {
        assert_eq!(ask(&input).unwrap_err().code, code, "{input}");
    }
}
