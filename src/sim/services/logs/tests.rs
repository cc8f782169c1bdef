//! What CloudWatch Logs answers about a stream that grows.

use serde_json::{Value, json};

use super::CloudWatchLogs;
use crate::sim::clock::Pace;
use crate::sim::wire::{Answer, Call, Service as _};
use crate::sim::world::World;

const START: i64 = 1_795_000_000_000;
const ACCOUNT: &str = "482100937715";
const REGION: &str = "eu-west-1";

fn write(world: &mut World, message: &str, at: i64) {
    let logs = &mut world.place_mut(ACCOUNT, REGION).logs;
    logs.append("/harbour/orders", "i-0a11", at, message, at);
}

fn ask(world: &mut World, operation: &str, input: &Value, now: i64) -> Answer {
    let call = Call {
        account: ACCOUNT,
        region: REGION,
        operation,
        input: input.as_object().unwrap(),
        caller_arn: "arn:aws:iam::482100937715:user/ines.okafor",
        now,
    };
    CloudWatchLogs.handle(&call, world)
}

#[test]
fn a_tail_goes_on_from_the_repeated_token() {
    let mut world = World::new(1, Pace::default(), START);
    write(&mut world, "one", START);
    write(&mut world, "two \u{1b}[31mred\u{1b}[0m", START + 1);
    let mut input = json!({
        "logGroupName": "/harbour/orders",
        "logStreamName": "i-0a11",
        "startFromHead": true,
    });
    let page = ask(&mut world, "GetLogEvents", &input, START + 2).unwrap();
    assert_eq!(page["events"].as_array().unwrap().len(), 2);
    assert_eq!(page["events"][1]["message"], "two \u{1b}[31mred\u{1b}[0m");
    input["nextToken"] = page["nextForwardToken"].clone();
    let end = ask(&mut world, "GetLogEvents", &input, START + 3).unwrap();
    assert_eq!(end["events"], json!([]));
    assert_eq!(end["nextForwardToken"], input["nextToken"]);
    write(&mut world, "three", START + 4);
    let more = ask(&mut world, "GetLogEvents", &input, START + 5).unwrap();
    assert_eq!(more["events"][0]["message"], "three");
    assert_ne!(more["nextForwardToken"], input["nextToken"]);
}

#[test]
fn groups_and_streams_tell_their_sizes_and_spans() {
    let mut world = World::new(1, Pace::default(), START);
    write(&mut world, "0123456789", START);
    write(&mut world, "0123456789", START + 500);
    let now = START + 1_000;
    let groups = ask(&mut world, "DescribeLogGroups", &json!({}), now).unwrap();
    let group = &groups["logGroups"][0];
    assert_eq!(group["storedBytes"], 72);
    assert_eq!(
        group["arn"],
        "arn:aws:logs:eu-west-1:482100937715:log-group:/harbour/orders:*"
    );
    let asked = json!({ "logGroupIdentifier": group["arn"] });
    let streams = ask(&mut world, "DescribeLogStreams", &asked, now).unwrap();
    let stream = &streams["logStreams"][0];
    assert_eq!(stream["firstEventTimestamp"], START);
    assert_eq!(stream["lastEventTimestamp"], START + 500);
}

#[test]
fn refusals_carry_the_codes_of_logs() {
    let mut world = World::new(1, Pace::default(), START);
    write(&mut world, "one", START);
    let stream = json!({ "logGroupName": "/harbour/orders", "logStreamName": "i-0a11" });
    let with = |name: &str, value: Value| {
        let mut input = stream.clone();
        input[name] = value;
        input
    };
    for (input, code) in [
        (
            with("logStreamName", json!("none")),
            "ResourceNotFoundException",
        ),
        (
            with("logGroupName", json!("/none")),
            "ResourceNotFoundException",
        ),
        (with("nextToken", json!("f/1")), "InvalidParameterException"),
        (with("limit", json!(10_001)), "InvalidParameterException"),
        (
            with("logGroupIdentifier", json!("/harbour/orders")),
            "InvalidParameterException",
        ),
        (with("startTime", json!("now")), "SerializationException"),
    ] {
        let error = ask(&mut world, "GetLogEvents", &input, START + 1).unwrap_err();
        assert_eq!(error.code, code, "{input}");
    }
}
