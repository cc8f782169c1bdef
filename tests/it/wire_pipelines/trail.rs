//! CloudTrail's decisions, two calls a second.

use std::time::Duration;

use starboard::model::time::Timestamp;
use starboard::sim;

use super::{START, Story, action, approve, key};

#[tokio::test]
async fn decisions_are_looked_up_in_cloudtrail_without_their_tokens() {
    let story = Story::start("races").await;
    let lighthouse = key("prod", "eu-west-1", "lighthouse");
    let gate = action("Gate", "Approve");
    let gate = story.review(&lighthouse, &gate, None).await.unwrap().gate;
    story.goes_through(&approve(&gate)).await;
    story.pass(Duration::from_mins(40));
    let from = Timestamp::from_millis(START - 30 * 86_400_000);
    let trail = story.aws.trail(&lighthouse.scope, from).await.unwrap();
    assert!(
        trail
            .events
            .is_sorted_by_key(|event| std::cmp::Reverse(event.at))
    );
    let ours = trail
        .events
        .iter()
        .find(|event| event.comment == "from the wire test")
        .expect("CloudTrail has it by now");
    assert_eq!(ours.pipeline, lighthouse.name);
    assert_eq!(ours.action, gate.action);
    assert_eq!(ours.decision, "Approved");
    assert!(ours.by.starts_with("arn:aws:"), "{}", ours.by);
    let colleague = trail
        .events
        .iter()
        .find(|event| event.pipeline.as_str() == "anchor");
    assert_eq!(colleague.unwrap().decision, "Rejected");
    assert!(!format!("{trail:?}").contains(gate.token.as_str()));
}

#[tokio::test]
async fn a_throttled_look_up_is_made_again_and_keeps_to_two_a_second() {
    let story = Story::start("races").await;
    let scope = key("prod", "eu-west-1", "lighthouse").scope;
    let from = Timestamp::from_millis(START - 86_400_000);
    story
        .sim
        .faults()
        .inject("LookupEvents", sim::Fault::Throttle, Some(1));
    story.aws.trail(&scope, from).await.unwrap();
    assert_eq!(story.sim.request_count("LookupEvents"), 2);
}
