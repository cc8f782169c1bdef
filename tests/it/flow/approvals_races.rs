//! Gates that race, in the story `races`: the world moves between looking and clicking, and each mode has its own rules.
//! What counts is what arrived at the server.

use std::time::Duration;

use starboard::model::command::Progress;
use starboard::model::ids::ExecutionId;
use starboard::model::snapshot::Snapshot;
use starboard::ui::route::{ApprovalsTab, Route};

use super::driver::Driver;

const APPROVE: &str = "Approve: ";

/// The story, and in it the card of a gate, with what has to be typed typed.
fn at_the_card(pipeline: &str) -> Driver {
    let mut driver = Driver::open("races");
    inbox(&mut driver);
    open_card(&mut driver, pipeline, pipeline);
    driver
}

fn inbox(driver: &mut Driver) {
    driver
        .harness
        .state_mut()
        .go(Route::Approvals(ApprovalsTab::Waiting));
}

/// `button` is the pipeline, with an execution where several wait.
fn open_card(driver: &mut Driver, button: &str, pipeline: &str) {
    driver.press(&format!("Review {button}"));
    driver.type_into("Name of the pipeline", pipeline);
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

/// Clicks after the world has moved on, and returns what the program said instead of sending.
fn click_too_late(driver: &mut Driver, after: Duration) -> String {
    driver.turn(after);
    driver.press(APPROVE);
    driver.until("what changed", |snapshot| {
        matches!(last(snapshot), Some(Progress::Changed { .. }))
    });
    assert_eq!(sent(driver), 0, "the fresh read before the write stops it");
    match last(&driver.snapshot()) {
        Some(Progress::Changed { message, .. }) => message.clone(),
        other => panic!("{other:?}"),
    }
}

fn waiting(snapshot: &Snapshot, pipeline: &str) -> Vec<ExecutionId> {
    let needs = snapshot.board.needs.iter();
    needs
        .filter(|need| need.gate.pipeline.name.as_str() == pipeline)
        .map(|need| need.gate.execution.clone())
        .collect()
}

#[test]
fn who_approved_first_is_news() {
    let mut driver = at_the_card("lighthouse");
    let words = click_too_late(&mut driver, Duration::from_secs(200));
    assert!(words.contains("approved by priya.nair"), "{words}");
}

#[test]
fn an_execution_that_took_the_gate_over_is_not_decided_unseen() {
    let mut driver = at_the_card("breakwater");
    let before = waiting(&driver.snapshot(), "breakwater");
    let words = click_too_late(&mut driver, Duration::from_secs(200));
    assert!(words.contains("already rejected by priya.nair"), "{words}");
    driver.until("the next execution at the gate", |snapshot| {
        let now = waiting(snapshot, "breakwater");
        !now.is_empty() && now != before
    });
    assert!(
        !driver.is_enabled(APPROVE),
        "what stands there now was never shown to this person"
    );
}

#[test]
fn a_gate_that_expired_between_looking_and_clicking_is_not_answered() {
    let mut driver = at_the_card("buoy");
    let words = click_too_late(&mut driver, Duration::from_mins(2));
    assert!(
        words.starts_with("already ended as its time ran out"),
        "nobody rejected it: {words}"
    );
}

#[test]
fn each_gate_of_a_parallel_pipeline_is_decided_by_its_own_execution() {
    let mut driver = Driver::open("races");
    driver.until("both gates of ferry", |snapshot| {
        waiting(snapshot, "ferry").len() == 2
    });
    inbox(&mut driver);
    // The older one: AWS's own listing has the other first.
    open_card(&mut driver, "ferry 55555555", "ferry");
    driver.expect("Sail at nine");
    driver.expect("concerns no other execution");
    driver.press(APPROVE);
    driver.until("AWS's acceptance", |snapshot| {
        matches!(last(snapshot), Some(Progress::Accepted { .. }))
    });
    driver.until("the other gate alone", |snapshot| {
        let left = waiting(snapshot, "ferry");
        left.len() == 1 && left[0].as_str().starts_with("66666666")
    });
    driver.key(eframe::egui::Key::Escape);
    open_card(&mut driver, "ferry 66666666", "ferry");
    driver.expect("Sail at ten");
    driver.press(APPROVE);
    driver.until("the second acceptance", |snapshot| {
        waiting(snapshot, "ferry").is_empty()
    });
    assert_eq!(sent(&driver), 2, "one for each");
}

#[test]
fn a_queued_pipeline_says_that_none_is_dropped() {
    let mut driver = at_the_card("tug");
    driver.expect("they come to the gate after it, one by one. None is dropped.");
    driver.press(APPROVE);
    driver.until("AWS's acceptance", |snapshot| {
        matches!(last(snapshot), Some(Progress::Accepted { .. }))
    });
    assert_eq!(sent(&driver), 1);
}
