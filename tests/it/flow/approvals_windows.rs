//! One answer to a gate from however many windows, and the record that is kept of it. Two windows here share what two
//! starts of the program share: the account and a folder.

use std::fs;
use std::time::Duration;

use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use starboard::app::window::App;
use starboard::model::command::Progress;
use starboard::model::ledger::{OwnOutcome, OwnRecord, parse};
use starboard::model::snapshot::Snapshot;
use starboard::sim::Fault;
use starboard::ui::route::{ApprovalsTab, Route};

use super::driver::Driver;

const APPROVE: &str = "Approve: ";

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

/// The card of the story's one gate, with what has to be typed typed.
fn ready_to_approve(driver: &mut Driver) {
    driver.press("Review pier");
    driver.expect("Widen the gangway");
    driver.type_into("Name of the pipeline", "pier");
}

/// Two windows, both at the card.
fn two_windows() -> (Driver, Harness<'static, App>) {
    let mut driver = Driver::open("gates");
    ready_to_approve(&mut driver);
    let mut other = driver.another_window();
    std::mem::swap(&mut driver.harness, &mut other);
    driver.until("the gate in the second window", |snapshot| {
        !snapshot.board.needs.is_empty()
    });
    ready_to_approve(&mut driver);
    std::mem::swap(&mut driver.harness, &mut other);
    (driver, other)
}

fn written(driver: &Driver) -> Vec<OwnRecord> {
    let path = driver.folder.path().join("data/decisions.jsonl");
    let (records, unreadable) = parse(&fs::read(path).unwrap_or_default());
    assert_eq!(unreadable, 0);
    records
}

fn outcomes(driver: &Driver) -> Vec<OwnOutcome> {
    written(driver)
        .iter()
        .map(|record| record.outcome)
        .collect()
}

#[test]
fn a_second_window_that_clicks_while_the_first_is_answering_sends_nothing() {
    let (mut driver, mut other) = two_windows();
    let faults = driver.sim.faults();
    faults.inject("PutApprovalResult", Fault::Stall, Some(1));
    driver.press(APPROVE);
    driver.until("the first window's request on its way", |snapshot| {
        matches!(last(snapshot), Some(Progress::Sent { .. }))
    });
    std::mem::swap(&mut driver.harness, &mut other);
    driver.press(APPROVE);
    driver.until("the second window's refusal", |snapshot| {
        matches!(last(snapshot), Some(Progress::Changed { .. }))
    });
    driver.expect("another window of Starboard is answering this gate");
    assert_eq!(sent(&driver), 1);
    assert_eq!(outcomes(&driver), [OwnOutcome::Sending]);
}

#[test]
fn two_windows_that_click_at_once_send_one_request() {
    let (mut driver, mut other) = two_windows();
    driver.press(APPROVE);
    std::mem::swap(&mut driver.harness, &mut other);
    driver.press(APPROVE);
    let ended = |snapshot: &Snapshot| last(snapshot).is_some_and(|progress| !progress.is_open());
    driver.until("the end in one window", ended);
    let one = driver.snapshot();
    std::mem::swap(&mut driver.harness, &mut other);
    driver.until("the end in the other", ended);
    let two = driver.snapshot();
    let accepted = [&one, &two]
        .iter()
        .filter(|snapshot| matches!(last(snapshot), Some(Progress::Accepted { .. })))
        .count();
    let changed = [&one, &two]
        .iter()
        .filter(|snapshot| matches!(last(snapshot), Some(Progress::Changed { .. })))
        .count();
    assert_eq!((accepted, changed, sent(&driver)), (1, 1, 1));
    assert_eq!(
        outcomes(&driver),
        [OwnOutcome::Sending, OwnOutcome::Accepted]
    );
}

#[test]
fn a_request_that_timed_out_is_looked_up_and_the_gate_given_back() {
    let mut driver = Driver::open("gates");
    ready_to_approve(&mut driver);
    let faults = driver.sim.faults();
    faults.inject("PutApprovalResult", Fault::Stall, Some(1));
    driver.press(APPROVE);
    driver.until("the look-up", |snapshot| {
        matches!(last(snapshot), Some(Progress::Checking { .. }))
    });
    assert!(
        !driver.is_enabled(APPROVE),
        "nothing is sent again meanwhile"
    );
    driver.until("AWS's word that nothing was applied", |snapshot| {
        matches!(last(snapshot), Some(Progress::Found { applied: false, .. }))
    });
    assert_eq!(sent(&driver), 1);
    assert_eq!(
        outcomes(&driver),
        [OwnOutcome::Sending, OwnOutcome::NotApplied]
    );
    driver.turn(Duration::from_secs(1));
    driver.press("Read the gate again");
    driver.press(APPROVE);
    driver.until("AWS's acceptance", |snapshot| {
        matches!(last(snapshot), Some(Progress::Accepted { .. }))
    });
    assert_eq!(sent(&driver), 2, "a person asked again, of an open gate");
}

#[test]
fn a_refusal_gives_the_gate_back_to_every_window() {
    let (mut driver, mut other) = two_windows();
    let action = "codepipeline:PutApprovalResult".to_owned();
    let denied = Fault::AccessDenied { action };
    driver
        .sim
        .faults()
        .inject("PutApprovalResult", denied, Some(1));
    driver.press(APPROVE);
    driver.until("the refusal", |snapshot| {
        matches!(last(snapshot), Some(Progress::Refused { .. }))
    });
    std::mem::swap(&mut driver.harness, &mut other);
    driver.press(APPROVE);
    driver.until("the second window's acceptance", |snapshot| {
        matches!(last(snapshot), Some(Progress::Accepted { .. }))
    });
    assert_eq!(sent(&driver), 2, "one refused, one taken");
    assert_eq!(
        outcomes(&driver),
        [
            OwnOutcome::Sending,
            OwnOutcome::Refused,
            OwnOutcome::Sending,
            OwnOutcome::Accepted
        ]
    );
}

#[test]
fn what_cannot_be_written_down_is_not_sent_and_the_card_says_why() {
    let mut driver = Driver::open("gates");
    ready_to_approve(&mut driver);
    fs::write(driver.folder.path().join("data"), "in the way").unwrap();
    driver.press(APPROVE);
    driver.until("the refusal", |snapshot| {
        matches!(last(snapshot), Some(Progress::Refused { .. }))
    });
    driver.expect("not sent, because the decision could not be written down");
    assert_eq!(sent(&driver), 0);
}

#[test]
fn a_gate_that_expired_between_looking_and_clicking_is_not_answered() {
    let mut driver = Driver::open("gates");
    ready_to_approve(&mut driver);
    driver.turn(Duration::from_hours(8 * 24));
    driver.press(APPROVE);
    driver.until(
        "that its time ran out, and that nobody rejected it",
        |snapshot| {
            let Some(Progress::Changed { message, .. }) = last(snapshot) else {
                return false;
            };
            message.starts_with("already ended as its time ran out")
        },
    );
    assert_eq!(sent(&driver), 0);
}

#[test]
fn a_decision_is_in_the_ledger_with_all_who_tell_of_it_and_can_be_exported() {
    let mut driver = Driver::open("gates");
    ready_to_approve(&mut driver);
    driver.type_into("Comment", "=looked at the tide");
    driver.press(APPROVE);
    driver.until("the gate to be gone", |snapshot| {
        snapshot.board.needs.is_empty()
    });
    driver.key(eframe::egui::Key::Escape);
    driver
        .harness
        .state_mut()
        .go(Route::Approvals(ApprovalsTab::Decided));
    driver.expect("pipeline, Starboard");
    driver.press("Export as CSV");
    driver.expect("Saved as");
    let folder = driver.folder.path().join("documents");
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    let text = fs::read_to_string(file.path()).unwrap();
    let mine: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("pipeline, Starboard"))
        .collect();
    assert_eq!(mine.len(), 1, "{text}");
    assert!(
        mine[0].contains(",approved,pier,Gate,Approve,prod,"),
        "{text}"
    );
    assert!(mine[0].contains(",'=looked at the tide,"), "{text}");
    let record = &written(&driver)[0];
    assert!(
        record
            .identity
            .as_deref()
            .is_some_and(|arn| arn.starts_with("arn:aws:")),
        "{record:?}"
    );
    assert_eq!(record.revisions[0].subject, "Widen the gangway");
}

#[test]
fn cloudtrail_tells_of_the_decision_once_it_knows_it() {
    let mut driver = Driver::open("gates");
    ready_to_approve(&mut driver);
    driver.press(APPROVE);
    driver.until("the gate to be gone", |snapshot| {
        snapshot.board.needs.is_empty()
    });
    driver.key(eframe::egui::Key::Escape);
    // Its events come late.
    driver.turn(Duration::from_mins(20));
    driver
        .harness
        .state_mut()
        .go(Route::Approvals(ApprovalsTab::Decided));
    driver.expect("pipeline, Starboard");
    assert_eq!(driver.sim.request_count("LookupEvents"), 0);
    driver.press("Ask CloudTrail");
    driver.expect("pipeline, CloudTrail, Starboard");
    let asked = driver.sim.request_count("LookupEvents");
    assert!((1..=2).contains(&asked), "{asked} calls");
}

#[test]
fn a_read_only_account_says_where_its_switch_is() {
    let mut driver = Driver::open("gates");
    driver.harness.state_mut().go(Route::Accounts);
    driver.expect("Read-only");
    driver
        .harness
        .get_by_role_and_label(Role::Switch, "Read-only")
        .click();
    driver.until("the account to be read-only", |snapshot| {
        snapshot
            .accounts
            .rows()
            .iter()
            .all(|account| account.read_only)
    });
    driver
        .harness
        .state_mut()
        .go(Route::Approvals(ApprovalsTab::Waiting));
    driver.press("Review pier");
    driver.expect("prod is read-only in Starboard");
    assert!(!driver.is_enabled(APPROVE));
    driver.press("Open Accounts");
    driver.expect("Read-only");
    assert_eq!(sent(&driver), 0);
}
