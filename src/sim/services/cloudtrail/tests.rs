//! LookupEvents over the story of gates.

use serde_json::{Value, json};

use super::CloudTrail;
use crate::sim::wire::{Answer, Call, Service as _};
use crate::sim::world::World;
use crate::sim::world::story::{StorySource, tell};

const START: i64 = 1_795_000_000_000;

fn world() -> World {
    let source = StorySource::Named("gates".to_owned());
    tell(&source, 1, START, 1.0).unwrap().world
}

/// Each lookup two seconds after the one before.
fn ask(world: &mut World, input: &Value) -> Answer {
    let now = world.now() + 2_000;
    world.advance(now);
    let call = Call {
        account: "482100937715",
        region: "eu-west-1",
        operation: "LookupEvents",
        input: input.as_object().unwrap(),
        caller_arn: "arn:aws:iam::482100937715:user/ines",
        now,
    };
    CloudTrail.handle(&call, world)
}

fn by(key: &str, value: &str) -> Value {
    json!({"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]})
}

fn count(world: &mut World, input: &Value) -> usize {
    let answer = ask(world, input).unwrap();
    answer["Events"].as_array().unwrap().len()
}

#[test]
fn an_approval_is_told_as_aws_writes_it() {
    let mut world = world();
    let answer = ask(&mut world, &by("EventName", "PutApprovalResult")).unwrap();
    let event = &answer["Events"][0];
    assert_eq!(event["Username"], "tom.lindqvist");
    assert_eq!(event["EventSource"], "codepipeline.amazonaws.com");
    assert_eq!(
        event["Resources"],
        json!([{"ResourceType": "AWS::CodePipeline::Pipeline", "ResourceName": "pier"}])
    );
    let record: Value = serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap();
    assert_eq!(record["userIdentity"]["type"], "IAMUser");
    assert_eq!(
        record["userIdentity"]["arn"],
        "arn:aws:iam::482100937715:user/tom.lindqvist"
    );
    assert_eq!(record["eventID"], event["EventId"]);
    let request = &record["requestParameters"];
    assert_eq!(request["stageName"], "Gate");
    assert_eq!(request["actionName"], "Approve");
    assert_eq!(request["result"]["status"], "Approved");
    assert_eq!(record.get("errorCode"), None);
}

#[test]
fn events_are_found_by_one_attribute_and_by_time() {
    let mut world = world();
    assert_eq!(count(&mut world, &json!({})), 3);
    for (key, value, found) in [
        ("Username", "tom.lindqvist", 3),
        ("Username", "nobody", 0),
        ("ResourceName", "pier", 3),
        ("ResourceType", "AWS::CodeBuild::Project", 0),
        ("EventSource", "codepipeline.amazonaws.com", 3),
        ("ReadOnly", "true", 0),
        ("ReadOnly", "false", 3),
    ] {
        assert_eq!(count(&mut world, &by(key, value)), found, "{key} {value}");
    }
    let hours_ago = |hours: i64| (START - hours * 3_600_000) as f64 / 1000.0;
    let window = json!({"StartTime": hours_ago(6), "EndTime": hours_ago(2)});
    assert_eq!(count(&mut world, &window), 2);
    assert_eq!(count(&mut world, &json!({"EventCategory": "insight"})), 0);
}

#[test]
fn pages_hold_what_the_first_one_saw() {
    let mut world = world();
    let mut seen = Vec::new();
    let mut input = json!({"MaxResults": 1});
    loop {
        let answer = ask(&mut world, &input).unwrap();
        seen.push(answer["Events"][0]["EventId"].clone());
        let Some(next) = answer.get("NextToken") else {
            break;
        };
        input["NextToken"] = next.clone();
    }
    assert_eq!(seen.len(), 3);
    input["MaxResults"] = json!(2);
    assert!(ask(&mut world, &input).is_ok());
    input["StartTime"] = json!(0);
    let refused = ask(&mut world, &input).unwrap_err();
    assert_eq!(refused.code, "InvalidNextTokenException");
}

#[test]
fn wrong_questions_have_exceptions_of_their_own() {
    let mut world = world();
    let two = json!({"LookupAttributes": [
        {"AttributeKey": "EventName", "AttributeValue": "a"},
        {"AttributeKey": "Username", "AttributeValue": "b"},
    ]});
    for (input, code) in [
        (two, "InvalidLookupAttributesException"),
        (by("Colour", "red"), "InvalidLookupAttributesException"),
        (by("EventName", ""), "InvalidLookupAttributesException"),
        (json!({"MaxResults": 51}), "InvalidMaxResultsException"),
        (json!({"MaxResults": 0}), "InvalidMaxResultsException"),
        (json!({"NextToken": "x"}), "InvalidNextTokenException"),
        (
            json!({"StartTime": 20, "EndTime": 10}),
            "InvalidTimeRangeException",
        ),
        (
            json!({"EventCategory": "management"}),
            "InvalidEventCategoryException",
        ),
        (json!({"StartTime": "today"}), "SerializationException"),
    ] {
        let refused = ask(&mut world, &input).unwrap_err();
        assert_eq!(refused.code, code, "{input}");
    }
}
