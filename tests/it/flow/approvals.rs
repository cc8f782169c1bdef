//! The gate: approve and reject by click, and every way in which the world may move between looking and deciding.
//! What counts is what arrived at the server: one PutApprovalResult, or none.

use std::time::Duration;

use starboard::model::command::Progress;
use starboard::model::snapshot::Snapshot;
use starboard::model::status::Status;
use starboard::sim::Fault;
use starboard::ui::route::{ApprovalsTab, Route};

use super::driver::Driver;

const APPROVE: &str = "Approve: ";
const REJECT: &str = "Reject: ";

/// The card of the one gate in the story, read and ready to be answered.
fn at_the_card() -> Driver {
    let mut driver = Driver::open("gates");
    driver.press("Review pier");
    driver.expect("Widen the gangway");
    driver
}

fn last(snapshot: &Snapshot) -> Option<&Progress> {
    snapshot
        .commands
        .rows()
        .last()
        .map(|record| &record.progress)
}

fn sent(driver: &Driver) -> usize {
    driver.sim.request_count("PutApprovalResult")
}

#[test]
fn a_gate_of_production_is_approved_by_its_name_and_the_deployment_follows() {
    let mut driver = at_the_card();
    assert!(
        !driver.is_enabled(APPROVE),
        "a production account asks for the pipeline's name first"
    );
    driver.type_into("Name of the pipeline", "pier");
    driver.press(APPROVE);
    driver.until("AWS's acceptance", |snapshot| {
        matches!(last(snapshot), Some(Progress::Accepted { .. }))
    });
    assert_eq!(sent(&driver), 1);
    driver.until("the gate to be gone from the Board", |snapshot| {
        snapshot.board.needs.is_empty()
    });
    driver.live(Duration::from_secs(20));
    driver.until("the deployment that follows", |snapshot| {
        !snapshot.deployments.is_empty()
    });
}

#[test]
fn a_rejection_needs_a_comment_and_fails_the_execution() {
    let mut driver = at_the_card();
    assert!(!driver.is_enabled(REJECT), "no comment yet");
    driver.type_into("Comment", "The tide is out");
    driver.press(REJECT);
    driver.until("AWS's acceptance", |snapshot| {
        matches!(last(snapshot), Some(Progress::Accepted { .. }))
    });
    driver.until("the failure on the Board", |snapshot| {
        snapshot.board.failing.iter().any(|failing| {
            failing.pipeline.name.as_str() == "pier" && failing.status == Status::Failed
        })
    });
    assert_eq!(sent(&driver), 1);
}

#[test]
fn a_double_click_is_one_request() {
    let mut driver = at_the_card();
    driver.type_into("Name of the pipeline", "pier");
    driver.press_twice(APPROVE);
    driver.until("AWS's acceptance", |snapshot| {
        matches!(last(snapshot), Some(Progress::Accepted { .. }))
    });
    driver.live(Duration::from_secs(5));
    assert_eq!(sent(&driver), 1);
}

#[test]
fn another_person_who_was_faster_is_news_and_nothing_is_sent() {
    let mut driver = at_the_card();
    driver.type_into("Name of the pipeline", "pier");
    driver.another_person_answers(true);
    driver.press(APPROVE);
    driver.until("what changed", |snapshot| {
        matches!(last(snapshot), Some(Progress::Changed { .. }))
    });
    assert_eq!(
        sent(&driver),
        0,
        "the fresh read before the write must stop it"
    );
}

#[test]
fn a_lost_answer_is_looked_up_and_never_sent_again() {
    let mut driver = at_the_card();
    driver.type_into("Name of the pipeline", "pier");
    driver
        .sim
        .faults()
        .inject("PutApprovalResult", Fault::ApplyThenDrop, Some(1));
    driver.press(APPROVE);
    driver.until("the truth", |snapshot| {
        matches!(last(snapshot), Some(Progress::Found { applied: true, .. }))
    });
    assert_eq!(sent(&driver), 1);
}

#[test]
fn a_refusal_for_want_of_permission_leaves_the_gate_open() {
    let mut driver = at_the_card();
    driver.type_into("Name of the pipeline", "pier");
    let action = "codepipeline:PutApprovalResult".to_owned();
    driver
        .sim
        .faults()
        .inject("PutApprovalResult", Fault::AccessDenied { action }, Some(1));
    driver.press(APPROVE);
    driver.until("the refusal", |snapshot| {
        matches!(last(snapshot), Some(Progress::Refused { .. }))
    });
    driver.expect("codepipeline:PutApprovalResult");
    assert_eq!((sent(&driver), driver.snapshot().board.needs.len()), (1, 1));
}

#[test]
fn the_card_stays_with_what_it_decided_when_the_next_release_reaches_the_gate() {
    let mut driver = Driver::open("harbour");
    driver.until("the gate of checkout-api", |snapshot| {
        held(snapshot).is_some()
    });
    let first = held(&driver.snapshot());
    driver.go_to_project("checkout-api");
    driver.press("Review");
    driver.expect("Reject: execution fails here");
    driver.type_into("Name of the pipeline", "checkout-api");
    driver.press(APPROVE);
    driver.until("AWS's acceptance", |snapshot| {
        matches!(last(snapshot), Some(Progress::Accepted { .. }))
    });
    for _ in 0..60 {
        driver.live(Duration::from_secs(2));
        if held(&driver.snapshot()).is_some_and(|next| Some(&next) != first.as_ref()) {
            break;
        }
    }
    driver.until("the release behind it at the gate", |snapshot| {
        held(snapshot).is_some_and(|next| Some(&next) != first.as_ref())
    });
    driver.live(Duration::from_secs(3));
    assert!(
        !driver.is_enabled(APPROVE),
        "what reached the gate since was never shown to this person"
    );
    assert_eq!(sent(&driver), 1);
}

/// The execution that the gate of checkout-api holds.
fn held(snapshot: &Snapshot) -> Option<String> {
    let needs = snapshot.board.needs.iter();
    let mut of_checkout = needs.filter(|need| need.gate.pipeline.name.as_str() == "checkout-api");
    of_checkout
        .next()
        .map(|need| need.gate.execution.to_string())
}

#[test]
fn of_two_gates_that_wait_side_by_side_the_chosen_one_is_decided() {
    let mut driver = Driver::open("harbour");
    let side_by_side = |snapshot: &Snapshot| -> Vec<(String, String)> {
        let needs = snapshot.board.needs.iter();
        needs
            .filter(|need| need.gate.pipeline.name.as_str() == "preview-envs")
            .map(|need| (need.gate.execution.short().to_owned(), need.change.clone()))
            .collect()
    };
    driver.until("both gates of preview-envs", |snapshot| {
        side_by_side(snapshot).len() == 2
    });
    let both = side_by_side(&driver.snapshot());
    driver
        .harness
        .state_mut()
        .go(Route::Approvals(ApprovalsTab::Waiting));
    driver.press(&format!("Review preview-envs {}", both[0].0));
    driver.expect("concerns no other execution");
    driver.press(APPROVE);
    driver.until("AWS's acceptance", |snapshot| {
        matches!(last(snapshot), Some(Progress::Accepted { .. }))
    });
    driver.until("the other gate alone", |snapshot| {
        side_by_side(snapshot) == both[1..]
    });
    assert_eq!(sent(&driver), 1);
}
