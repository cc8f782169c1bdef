//! Who did what, and from when on it is told.

use serde_json::{Value, json};

use super::{Recorded, Who, writes};
use crate::sim::wire::{Millis, WireError};
use crate::sim::world::World;
use crate::sim::world::story::{StorySource, tell};

const START: Millis = 1_795_000_000_000;
const MINUTE: Millis = 60_000;

fn world(speed: f64) -> World {
    let source = StorySource::Named("gates".to_owned());
    tell(&source, 1, START, speed).unwrap().world
}

fn ines() -> Who {
    Who {
        account: "482100937715".to_owned(),
        arn: "arn:aws:sts::482100937715:assumed-role/Operator/ines".to_owned(),
        principal: "AROAX:ines".to_owned(),
        access_key: Some("ASIAX".to_owned()),
    }
}

fn record(world: &mut World, request: Value, outcome: Result<&Value, &WireError>) {
    let (at, pace) = (world.now(), world.pace());
    let call = Recorded {
        at,
        service: "codepipeline",
        operation: "PutApprovalResult",
        who: ines(),
        agent: "starboard",
        request,
        outcome,
        request_id: "one",
    };
    let place = world.place_mut("482100937715", "eu-west-1");
    place.trail.record(call, pace);
}

#[test]
fn gates_that_colleagues_decided_are_in_the_trail() {
    let mut world = world(1.0);
    let place = world.place_mut("482100937715", "eu-west-1");
    let events = place.trail_events(START);
    assert_eq!(events.len(), 3, "{events:#?}");
    assert!(events.is_sorted_by_key(|event| -event.at));
    for event in events {
        assert_eq!(event.name, "PutApprovalResult");
        assert_eq!(event.who.name(), "tom.lindqvist");
        assert_eq!(event.request["pipelineName"], "pier");
        assert_eq!(event.request["result"]["status"], "Approved");
        assert!(event.seen - event.at >= 3 * MINUTE && event.seen - event.at <= 8 * MINUTE);
    }
}

#[test]
fn an_event_is_found_minutes_later_and_sooner_at_speed() {
    for (speed, before, after) in [(1.0, 170_000, 481_000), (60.0, 2_900, 8_100)] {
        let mut world = world(speed);
        record(&mut world, json!({"token": "t"}), Ok(&json!({})));
        let place = world.place_mut("482100937715", "eu-west-1");
        let found = |now| {
            place
                .trail_events(now)
                .iter()
                .any(|event| event.at == START)
        };
        assert!(!found(START + before), "{speed}");
        assert!(found(START + after), "{speed}");
        assert!(!found(START + 91 * 86_400_000), "{speed}");
    }
}

#[test]
fn a_refusal_has_its_code_and_no_answer() {
    let mut world = world(1.0);
    let denied = WireError::new("AccessDeniedException", "User is not authorized");
    record(&mut world, json!({}), Err(&denied));
    let answer = json!({"approvedAt": 1_795_000_000.0});
    record(&mut world, json!({}), Ok(&answer));
    let place = world.place_mut("482100937715", "eu-west-1");
    let events: Vec<_> = place.trail.recorded().collect();
    let error = events[0].error.as_ref().unwrap();
    assert_eq!(error.0, "AccessDenied");
    assert_eq!(events[0].response, Value::Null);
    assert_eq!(
        events[1].response,
        json!({"approvedAt": "Nov 18, 2026, 11:06:40 AM"})
    );
    assert_eq!((ines().role(), ines().name()), (Some("Operator"), "ines"));
}

#[test]
fn two_lookups_a_second_are_allowed() {
    let mut world = world(1.0);
    let trail = &mut world.place_mut("482100937715", "eu-west-1").trail;
    let mut look = |now| trail.may_look_up(now);
    assert_eq!(
        [look(START), look(START), look(START), look(START + 1_000)],
        [true, true, false, true]
    );
}

#[test]
fn reads_are_no_writes() {
    assert!(writes("PutApprovalResult") && writes("StartBuild") && writes("EnableStageTransition"));
    for read in [
        "GetPipelineState",
        "BatchGetBuilds",
        "LookupEvents",
        "AssumeRole",
    ] {
        assert!(!writes(read), "{read}");
    }
}

#[test]
fn what_came_as_a_call_is_not_told_twice() {
    let mut world = world(1.0);
    let place = world.place_mut("482100937715", "eu-west-1");
    let token = place.trail_events(START)[0].request["token"].clone();
    record(&mut world, json!({"token": token}), Ok(&json!({})));
    let place = world.place_mut("482100937715", "eu-west-1");
    let events = place.trail_events(START + 10 * MINUTE);
    let same = events
        .iter()
        .filter(|event| event.request["token"] == token);
    let by: Vec<&str> = same.map(|event| event.who.name()).collect();
    assert_eq!((events.len(), by), (3, vec!["ines"]));
}

#[test]
fn a_rollback_by_hand_names_its_stage_and_its_target() {
    let source = StorySource::Named("harbour".to_owned());
    let mut world = tell(&source, 1, START, 1.0).unwrap().world;
    let mut seen = 0;
    for account in ["482100937715", "519300482266", "220744100831"] {
        for region in ["eu-west-1", "us-east-1"] {
            let events = world.place_mut(account, region).trail_events(START);
            for event in events.iter().filter(|event| event.name == "RollbackStage") {
                assert!(event.request["stageName"].is_string(), "{event:?}");
                assert!(event.request["targetPipelineExecutionId"].is_string());
                assert!(event.response["pipelineExecutionId"].is_string());
                seen += 1;
            }
        }
    }
    assert!(seen > 0);
}
