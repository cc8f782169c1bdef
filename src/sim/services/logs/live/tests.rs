//! What a Live Tail session tells, second by second.

use serde_json::{Value, json};

use super::{LONGEST, start};
use crate::sim::clock::Pace;
use crate::sim::protocol::event_stream::Message;
use crate::sim::session::{Next, Session};
use crate::sim::wire::{Call, WireError};
use crate::sim::world::World;

const START: i64 = 1_795_000_000_000;
const ACCOUNT: &str = "482100937715";
const REGION: &str = "eu-west-1";
const ARN: &str = "arn:aws:logs:eu-west-1:482100937715:log-group:/harbour/orders";

fn world() -> World {
    let mut world = World::new(1, Pace::default(), START);
    write(&mut world, "i-0a11", "before", START);
    world
}

fn write(world: &mut World, stream: &str, message: &str, at: i64) {
    let now = world.now();
    let logs = &mut world.place_mut(ACCOUNT, REGION).logs;
    logs.append("/harbour/orders", stream, at, message, now);
}

fn open(world: &mut World, input: &Value) -> Result<Box<dyn Session>, WireError> {
    let now = world.now();
    let call = Call {
        account: ACCOUNT,
        region: REGION,
        operation: "StartLiveTail",
        input: input.as_object().unwrap(),
        caller_arn: "arn:aws:iam::482100937715:user/ines.okafor",
        now,
    };
    start(&call, &world.place_mut(ACCOUNT, REGION).logs)
}

/// The one message of the next telling, a second later.
fn told(session: &mut dyn Session, world: &mut World) -> (&'static str, Value) {
    let now = world.now();
    world.advance(now + 1_000);
    match session.next(world) {
        Next::More(messages) => match messages.as_slice() {
            [Message::Event(name, payload)] => (*name, payload.clone()),
            other => panic!("{other:?}"),
        },
        Next::Last(messages) => panic!("it ended with {messages:?}"),
    }
}

fn texts(update: &Value) -> Vec<&str> {
    let results = update["sessionResults"].as_array().unwrap();
    let texts = results.iter().map(|event| event["message"].as_str());
    texts.map(Option::unwrap).collect()
}

#[test]
fn only_what_comes_after_the_start_is_told_and_an_idle_second_is_an_empty_update() {
    let mut world = world();
    let input = json!({"logGroupIdentifiers": [ARN], "logStreamNames": ["i-0a11"], "logEventFilterPattern": "-noise"});
    let mut session = open(&mut world, &input).unwrap();
    let (name, opening) = told(&mut *session, &mut world);
    assert_eq!(
        (name, &opening["logStreamNames"]),
        ("sessionStart", &json!(["i-0a11"]))
    );
    assert_eq!(opening["logGroupIdentifiers"], json!([ARN]));
    let at = world.now();
    write(&mut world, "i-0a11", "one", at);
    write(&mut world, "i-0a11", "noise", at);
    write(&mut world, "i-0b22", "of another stream", at);
    // Late: its own time is before the start.
    write(&mut world, "i-0a11", "late", START - 60_000);
    let (name, update) = told(&mut *session, &mut world);
    assert_eq!(
        (name, texts(&update)),
        ("sessionUpdate", vec!["one", "late"])
    );
    assert_eq!(update["sessionMetadata"]["sampled"], json!(false));
    assert_eq!(
        update["sessionResults"][1]["timestamp"],
        json!(START - 60_000)
    );
    let (_, update) = told(&mut *session, &mut world);
    assert_eq!(update["sessionResults"], json!([]));
}

#[test]
fn a_stream_that_begins_later_is_told_from_its_beginning() {
    let mut world = world();
    let input = json!({"logGroupIdentifiers": [ARN], "logStreamNamePrefixes": ["i-0c"]});
    let mut session = open(&mut world, &input).unwrap();
    told(&mut *session, &mut world);
    let at = world.now();
    write(&mut world, "i-0c33", "first", at);
    write(&mut world, "i-0d44", "other", at);
    let (_, update) = told(&mut *session, &mut world);
    assert_eq!(texts(&update), ["first"]);
    assert_eq!(
        update["sessionResults"][0]["logStreamName"],
        json!("i-0c33")
    );
}

#[test]
fn more_than_five_hundred_in_a_second_are_sampled_evenly_and_said_to_be() {
    let mut world = world();
    let mut session = open(&mut world, &json!({"logGroupIdentifiers": [ARN]})).unwrap();
    told(&mut *session, &mut world);
    let at = world.now();
    for number in 0..1_500 {
        write(&mut world, "i-0a11", &number.to_string(), at);
    }
    let (_, update) = told(&mut *session, &mut world);
    let kept: Vec<u32> = texts(&update)
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
    assert_eq!(kept.len(), 500);
    assert!(
        kept.windows(2).all(|pair| pair[1] - pair[0] == 3),
        "{kept:?}"
    );
    assert_eq!(update["sessionMetadata"]["sampled"], json!(true));
}

#[test]
fn a_session_ends_after_three_hours() {
    let mut world = world();
    let mut session = open(&mut world, &json!({"logGroupIdentifiers": [ARN]})).unwrap();
    told(&mut *session, &mut world);
    world.advance(START + LONGEST);
    match session.next(&mut world) {
        Next::Last(messages) => match messages.as_slice() {
            [Message::Exception(error)] => assert_eq!(error.code, "SessionTimeoutException"),
            other => panic!("{other:?}"),
        },
        Next::More(messages) => panic!("{messages:?}"),
    }
}

#[test]
fn what_aws_refuses_is_refused() {
    let mut world = world();
    let refused = |input: Value, world: &mut World| open(world, &input).unwrap_err().code;
    let starred = format!("{ARN}:*");
    let eleven = vec![ARN; 11];
    for (input, code) in [
        (json!({}), "InvalidParameterException"),
        (
            json!({"logGroupIdentifiers": []}),
            "InvalidParameterException",
        ),
        (
            json!({"logGroupIdentifiers": eleven}),
            "InvalidParameterException",
        ),
        (
            json!({"logGroupIdentifiers": [starred]}),
            "InvalidParameterException",
        ),
        (
            json!({"logGroupIdentifiers": ["/harbour/orders"]}),
            "InvalidParameterException",
        ),
        (
            json!({"logGroupIdentifiers": [format!("{ARN}x")]}),
            "ResourceNotFoundException",
        ),
        (
            json!({"logGroupIdentifiers": [ARN], "logStreamNames": ["a"], "logStreamNamePrefixes": ["b"]}),
            "InvalidParameterException",
        ),
        (
            json!({"logGroupIdentifiers": [ARN, ARN], "logStreamNames": ["a"]}),
            "InvalidParameterException",
        ),
        (
            json!({"logGroupIdentifiers": [ARN], "logEventFilterPattern": "{ $.level"}),
            "InvalidParameterException",
        ),
    ] {
        assert_eq!(refused(input.clone(), &mut world), code, "{input}");
    }
    let input = json!({"logGroupIdentifiers": [ARN]});
    let mut open_ones: Vec<_> = (0..15).map(|_| open(&mut world, &input).unwrap()).collect();
    assert_eq!(refused(input.clone(), &mut world), "LimitExceededException");
    open_ones.pop();
    assert!(open(&mut world, &input).is_ok());
}
