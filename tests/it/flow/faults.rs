//! What goes wrong stays where it belongs: old data stays with its age, other panels live, no frame waits.

use std::time::{Duration, Instant};

use starboard::model::fault::FaultClass;
use starboard::sim::Fault;

use super::driver::Driver;

#[test]
fn a_missing_permission_is_one_panels_fault_and_the_rest_lives() {
    let mut driver = Driver::open_at_once("gates");
    let action = "codebuild:ListBuilds".to_owned();
    driver
        .sim
        .faults()
        .inject("ListBuilds", Fault::AccessDenied { action }, None);
    driver.until("the fault of the builds and the rest", |snapshot| {
        let denied = snapshot.listings.values().all(|listings| {
            listings
                .builds
                .fault()
                .is_some_and(|fault| fault.class == FaultClass::Denied)
        });
        denied
            && !snapshot.listings.is_empty()
            && !snapshot.board.needs.is_empty()
            && !snapshot.repositories.is_empty()
    });
    let snapshot = driver.snapshot();
    let fault = snapshot
        .listings
        .values()
        .find_map(|listings| listings.builds.fault().cloned())
        .unwrap();
    assert!(fault.message.contains("codebuild:ListBuilds"), "{fault:?}");
    assert!(fault.request_id.is_some(), "AWS's request id is kept");
}

#[test]
fn a_portal_that_answers_in_awss_place_is_said_to_be_one() {
    let mut driver = Driver::open_at_once("gates");
    driver
        .sim
        .faults()
        .inject("ListPipelines", Fault::CaptivePortal, None);
    driver.until("an unreadable answer", |snapshot| {
        snapshot.listings.values().any(|listings| {
            listings
                .pipelines
                .fault()
                .is_some_and(|fault| fault.class == FaultClass::Unreadable)
        })
    });
    assert!(
        driver.snapshot().pipelines.is_empty(),
        "and nothing is shown as empty that was not read"
    );
}

#[test]
fn with_every_call_hanging_frames_go_on_and_what_was_read_stays() {
    let mut driver = Driver::open("gates");
    for operation in [
        "ListPipelines",
        "GetPipelineState",
        "ListPipelineExecutions",
        "ListActionExecutions",
        "GetPipeline",
        "ListBuilds",
        "BatchGetBuilds",
        "ListDeployments",
        "BatchGetDeployments",
        "ListRepositories",
        "ListBranches",
        "GetCallerIdentity",
        "GetLogEvents",
    ] {
        driver.sim.faults().inject(operation, Fault::Stall, None);
    }
    driver.key(eframe::egui::Key::F5);
    let rows = driver.snapshot().board.rows.len();
    let start = Instant::now();
    let mut frames = 0;
    while start.elapsed() < Duration::from_secs(3) {
        driver.harness.step();
        frames += 1;
    }
    assert!(frames > 10, "the window never waits: {frames} frames");
    assert_eq!(driver.snapshot().board.rows.len(), rows, "old data stays");
    driver.expect("pier");
}

#[test]
fn an_unknown_word_is_shown_and_is_not_success() {
    let mut driver = Driver::open_at_once("gates");
    let patch = serde_json::json!({ "pipelineExecutionSummaries": [{ "pipelineExecutionId": "4be1c2a6-0f3d-4e58-9b7a-5d21c0e877d0", "status": "Cancelling2" }] });
    driver
        .sim
        .faults()
        .inject("ListPipelineExecutions", Fault::Malformed { patch }, None);
    driver.until("the unknown word", |snapshot| {
        let rows = snapshot.pipelines.rows();
        rows.iter().any(|row| {
            row.executions
                .value()
                .is_some_and(|all| all.iter().any(|one| one.state.word() == "Cancelling2"))
        })
    });
    let status = driver.snapshot().board.rows.first().map(|row| row.status);
    assert_ne!(status, Some(starboard::model::status::Status::Succeeded));
}
