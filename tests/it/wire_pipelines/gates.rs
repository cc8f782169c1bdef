//! Gates of several executions, the queue behind one, and the card a person reads before deciding.

use std::time::Duration;

use starboard::engine::source::{Checked, Sent};
use starboard::model::command::{Command, Decision};
use starboard::model::fault::FaultClass;
use starboard::model::oneshot::Extent;
use starboard::model::pipeline::ExecutionMode;
use starboard::model::status::Status;
use starboard::sim;

use super::{Story, action, approve, key};

const FERRY: [&str; 2] = [
    "55555555-0f3d-4e58-9b7a-5d21c0e877d0",
    "66666666-0f3d-4e58-9b7a-5d21c0e877d0",
];

#[tokio::test]
async fn gates_of_a_parallel_pipeline_are_decided_by_execution() {
    let story = Story::start("races").await;
    let ferry = key("prod", "eu-west-1", "ferry");
    let gate = action("Gate", "Approve");
    let first = story.review(&ferry, &gate, Some(FERRY[0])).await.unwrap();
    let second = story.review(&ferry, &gate, Some(FERRY[1])).await.unwrap();
    assert_eq!(first.mode, ExecutionMode::Parallel);
    assert_eq!(first.gate.execution.as_str(), FERRY[0]);
    assert_eq!(second.gate.execution.as_str(), FERRY[1]);
    assert_ne!(first.gate.token, second.gate.token);
    assert_ne!(first.gate.revisions, second.gate.revisions);

    story.goes_through(&approve(&first.gate)).await;
    assert_eq!(story.sim.request_count("PutApprovalResult"), 1);
    let said = story.not_sent(&approve(&first.gate)).await;
    assert!(said.starts_with("already approved"), "{said}");
    let checked = story.checked(&approve(&second.gate)).await;
    assert!(matches!(checked, Checked::Go(_)));
    let fault = story.review(&ferry, &gate, Some(FERRY[0])).await;
    let fault = fault.unwrap_err();
    assert!(fault.message.starts_with("approved"), "{}", fault.message);
}

#[tokio::test]
async fn a_gate_whose_execution_brings_something_else_is_not_answered() {
    let story = Story::start("races").await;
    let lighthouse = key("prod", "eu-west-1", "lighthouse");
    let gate = action("Gate", "Approve");
    let mut gate = story.review(&lighthouse, &gate, None).await.unwrap().gate;
    gate.revisions = vec!["seen-by-the-person".into()];
    let said = story.not_sent(&approve(&gate)).await;
    assert!(
        said.contains("where you saw seen-by-the"),
        "it says what differs: {said}"
    );
    assert_eq!(story.sim.request_count("PutApprovalResult"), 0);
}

#[tokio::test]
async fn a_rejection_that_was_lost_before_the_gate_expired_is_not_told_as_applied() {
    let story = Story::start("races").await;
    let buoy = key("prod", "eu-west-1", "buoy");
    let review = story.review(&buoy, &action("Gate", "Approve"), None).await;
    let reject = Command::Decide {
        gate: review.unwrap().gate,
        decision: Decision::Reject,
        comment: "not today".into(),
    };
    let faults = story.sim.faults();
    faults.inject("PutApprovalResult", sim::Fault::ServerError, Some(1));
    let sent = story.writer.send(&reject).await;
    assert!(matches!(sent, Sent::Unknown(_)), "{sent:?}");
    story.pass(Duration::from_mins(2));
    let found = story.found(&reject).await.unwrap();
    assert!(!found.applied, "{found:?}");
    assert!(
        found.message.starts_with("ended as its time ran out"),
        "{found:?}"
    );
}

#[tokio::test]
async fn the_queue_behind_a_gate_is_told_with_what_it_brings() {
    let story = Story::start("races").await;
    let tug = key("prod", "eu-west-1", "tug");
    let review = story.review(&tug, &action("Gate", "Approve"), None).await;
    let review = review.unwrap();
    assert_eq!(review.mode, ExecutionMode::Queued);
    assert_eq!(review.behind.len(), 2);
    assert!(review.behind.iter().all(|one| !one.revisions.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_review_holds_what_went_before_and_what_comes_next() {
    let story = Story::start("harbour").await;
    let checkout = key("prod", "eu-west-1", "checkout-api");
    let gate = action("Gate", "Approve-production");
    let review = story.review(&checkout, &gate, None).await.unwrap();
    let told: Vec<(&str, Status)> = review
        .evidence
        .iter()
        .map(|one| (one.action.action.as_str(), one.state.status))
        .collect();
    assert_eq!(
        told,
        ["checkout", "compile", "unit", "ecs-staging", "smoke"]
            .map(|name| (name, Status::Succeeded))
    );
    let unit = &review.evidence[2];
    let tests = unit.tests.expect("the build of the tests reported them");
    assert!(tests.passed > 0 && tests.failed == 0, "{tests:?}");
    assert!(unit.took.is_some() && unit.attempts == 1);
    let alarms = review.alarms.unwrap();
    assert_eq!(alarms.scope, checkout.scope);
    let names: Vec<&str> = alarms
        .in_alarm
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert!(names.contains(&"checkout-api-latency"), "{names:?}");
    assert!(alarms.known > alarms.in_alarm.len());
    let since: Vec<_> = alarms.in_alarm.iter().map(|one| one.since).collect();
    assert!(since.is_sorted(), "longest first: {since:?}");
    let files = review.files.expect("CodeCommit tells files").unwrap();
    assert!(!files.files.is_empty() && !files.cut);
}

#[tokio::test]
async fn what_a_review_may_not_read_is_told_and_the_rest_stands() {
    let story = Story::start("harbour").await;
    let checkout = key("prod", "eu-west-1", "checkout-api");
    for (operation, action) in [
        ("DescribeAlarms", "cloudwatch:DescribeAlarms"),
        ("BatchGetReports", "codebuild:BatchGetReports"),
        ("GetDifferences", "codecommit:GetDifferences"),
    ] {
        let denied = sim::Fault::AccessDenied {
            action: action.to_owned(),
        };
        story.sim.faults().inject(operation, denied, None);
    }
    let gate = action("Gate", "Approve-production");
    let review = story.review(&checkout, &gate, None).await.unwrap();
    let fault = review.alarms.unwrap_err();
    assert_eq!(fault.class, FaultClass::Denied, "{fault:?}");
    assert!(fault.message.contains("cloudwatch:DescribeAlarms"));
    assert!(review.evidence.iter().all(|one| one.tests.is_none()));
    assert!(review.files.unwrap().is_err());
    assert!(!review.changes.commits.is_empty());
}

#[tokio::test]
async fn a_repository_that_cannot_answer_leaves_the_heads_and_the_card() {
    let gate = action("Gate", "Approve-production");
    let checkout = key("prod", "eu-west-1", "checkout-api");
    for fault in [sim::Fault::Throttle, sim::Fault::ServerError] {
        let story = Story::start("harbour").await;
        let faults = story.sim.faults();
        faults.inject("BatchGetCommits", fault, None);
        let review = story.review(&checkout, &gate, None).await.unwrap();
        assert_eq!(review.changes.extent, Extent::HeadsOnly);
        assert!(!review.changes.commits.is_empty());
        let unread = review.changes.unread.unwrap();
        assert_eq!(unread.operation, "BatchGetCommits");
    }
}
