//! Everything that can be done with a pipeline, from the key to the wire and back: what counts is what arrived at the
//! server, one write each, and what the window says about AWS's refusals.

use std::time::Duration;

use eframe::egui::Key;
use serde_json::json;
use starboard::model::command::Progress;
use starboard::model::ids::ActionKey;
use starboard::model::pipeline::{ConditionKind, Execution, Pipeline};
use starboard::model::snapshot::Snapshot;
use starboard::model::status::Status;
use starboard::sim::Fault;
use starboard::sim::world::happenings::{Happening, Where};
use starboard::sim::world::pipelines::commands::RetryMode;
use starboard::sim::world::pipelines::execution::Trigger;
use starboard::ui::route::{ProjectRoute, Route};

use super::driver::Driver;

/// The story with so many executions more in the queue of `crowded`.
fn dock(queued: usize) -> Driver {
    let mut story = include_str!("dock.toml").to_owned();
    for number in 0..queued {
        let at = 420 - number;
        story.push_str(&format!(
            "[[event]]\nat = \"-{at}s\"\nstart = \"crowded\"\nby = \"Ines Okafor\"\n\n"
        ));
    }
    Driver::open_text("dock", &story)
}

/// At a pipeline with this action selected.
fn at(driver: &mut Driver, pipeline: &str, stage: &str, action: &str) {
    let key = row(&driver.snapshot(), pipeline).key.clone();
    let mut route = ProjectRoute::new(key);
    route.action = Some(ActionKey {
        stage: stage.into(),
        action: action.into(),
    });
    driver.harness.state_mut().go(Route::Project(route));
    driver.harness.step();
    driver.harness.step();
}

fn row<'a>(snapshot: &'a Snapshot, pipeline: &str) -> &'a Pipeline {
    let mut rows = snapshot.pipelines.rows().iter();
    rows.find(|row| row.key.name.as_str() == pipeline).unwrap()
}

fn executions(snapshot: &Snapshot, pipeline: &str) -> Vec<Execution> {
    let row = row(snapshot, pipeline);
    row.executions.value().unwrap().as_ref().clone()
}

fn last(snapshot: &Snapshot) -> Option<&Progress> {
    let rows = snapshot.commands.rows();
    rows.last().map(|record| &record.progress)
}

fn accepted(driver: &mut Driver) {
    driver.until("AWS's acceptance", |snapshot| match last(snapshot) {
        Some(Progress::Accepted { .. }) => true,
        Some(Progress::Refused { fault, .. }) => panic!("{}", fault.headline()),
        Some(Progress::Changed { message, .. }) => panic!("{message}"),
        _ => false,
    });
}

/// Waits for a refusal by AWS, and returns its words.
fn refused(driver: &mut Driver, code: &str) -> String {
    let mut said = String::new();
    driver.until(code, |snapshot| match last(snapshot) {
        Some(Progress::Refused { fault, .. }) => {
            assert_eq!(fault.code.as_deref(), Some(code), "{}", fault.message);
            assert!(fault.request_id.is_some(), "AWS's request id is kept");
            said.clone_from(&fault.message);
            true
        }
        Some(Progress::Changed { message, .. }) => panic!("not sent: {message}"),
        Some(Progress::Accepted { message, .. }) => panic!("accepted: {message}"),
        _ => false,
    });
    said
}

/// What happens in the account meanwhile, by another hand.
fn meanwhile(driver: &Driver, happening: Happening) {
    let place = Where {
        account: "482100937715".to_owned(),
        region: "eu-west-1".to_owned(),
    };
    let now = driver.now();
    driver.sim.world(|world| {
        world.plan(now, place, happening);
        world.advance(now);
    });
}

/// Exactly one of this operation has arrived.
fn once(driver: &Driver, operation: &str) {
    assert_eq!(driver.sim.request_count(operation), 1, "{operation}");
}

/// A person releases a change meanwhile.
fn start(pipeline: &str) -> Happening {
    let by = "arn:aws:iam::482100937715:user/ines.okafor";
    Happening::Start {
        pipeline: pipeline.to_owned(),
        trigger: Trigger::new("StartPipelineExecution", by),
    }
}

#[test]
fn a_release_brings_the_revision_and_the_variables_that_were_typed() {
    let mut driver = dock(0);
    at(&mut driver, "berth", "Source", "source");
    let known = executions(&driver.snapshot(), "berth");
    let older = known.last().unwrap().revisions[0].id.clone();
    driver.key(Key::C);
    driver.type_into("commit of source", older.as_str());
    driver.type_into("Tide", "flood");
    driver.press_twice("Tide=flood: berth in prod (4821-0093-7715, eu-west-1)");
    accepted(&mut driver);
    once(&driver, "StartPipelineExecution");
    driver.live(Duration::from_secs(10));
    driver.until("the execution with that revision", |snapshot| {
        let newest = &executions(snapshot, "berth")[0];
        !known.iter().any(|old| old.id == newest.id) && newest.revisions[0].id == older
    });
}

#[test]
fn a_full_queue_refuses_a_release_in_plain_words() {
    let mut driver = dock(50);
    at(&mut driver, "crowded", "Build", "long");
    driver.key(Key::C);
    driver.press("Release the newest: crowded");
    let said = refused(
        &mut driver,
        "ConcurrentPipelineExecutionsLimitExceededException",
    );
    assert!(said.contains("As many executions run already"), "{said}");
    assert_eq!(driver.sim.request_count("StartPipelineExecution"), 1);
}

#[test]
fn a_stop_waits_for_what_runs_and_abandoning_does_not() {
    let mut driver = dock(0);
    at(&mut driver, "busy", "Build", "long");
    driver.key(Key::S);
    driver.type_into("Reason", "Wrong tide");
    driver.press("Stop: ");
    accepted(&mut driver);
    once(&driver, "StopPipelineExecution");
    driver.until("the execution to be stopping", |snapshot| {
        executions(snapshot, "busy").iter().any(|it| {
            it.state.word() == "Stopping" && it.stop_reason.as_deref() == Some("Wrong tide")
        })
    });
    driver.key(Key::S);
    driver.expect("It is stopping already");
    driver.press("Abandon: ");
    driver.live(Duration::from_secs(3));
    driver.until("its end", |snapshot| {
        let mut all = executions(snapshot, "busy").into_iter();
        all.any(|it| it.state.status == Status::Stopped)
    });
    assert_eq!(
        driver.sim.request_count("StopPipelineExecution"),
        2,
        "one for each yes"
    );
}

#[test]
fn a_retry_runs_what_failed_or_the_whole_stage() {
    for (way, runs_of_the_good_one) in [("", 1), ("The whole stage", 2)] {
        let mut driver = dock(0);
        at(&mut driver, "broken", "Build", "bad");
        driver.key(Key::R);
        driver.expect("Failed actions");
        if !way.is_empty() {
            driver.choose(way);
        }
        driver.press("Build of broken in prod");
        accepted(&mut driver);
        once(&driver, "RetryStageExecution");
        driver.live(Duration::from_secs(8));
        driver.until("the success of the stage", |snapshot| {
            executions(snapshot, "broken")[0].state.status == Status::Succeeded
        });
        let good = ActionKey {
            stage: "Build".into(),
            action: "good".into(),
        };
        driver.until("every attempt", |snapshot| {
            let newest = &executions(snapshot, "broken")[0].id;
            let attempts = row(snapshot, "broken").attempts(&good);
            let here = attempts.filter(|attempt| attempt.execution == *newest);
            here.count() == runs_of_the_good_one
        });
    }
}

#[test]
fn a_stage_another_person_has_retried_already_is_not_retried_again() {
    let mut driver = dock(0);
    at(&mut driver, "broken", "Build", "bad");
    driver.key(Key::R);
    driver.expect("Failed actions");
    let retry = Happening::Retry {
        pipeline: "broken".to_owned(),
        stage: "Build".to_owned(),
        mode: RetryMode::FailedActions,
    };
    meanwhile(&driver, retry);
    driver.press("Build of broken in prod");
    driver.until("what changed", |snapshot| {
        matches!(
            last(snapshot),
            Some(Progress::Changed { .. } | Progress::Refused { .. })
        )
    });
    assert!(driver.sim.request_count("RetryStageExecution") <= 1);
}

/// The stage as it failed, told by the reads though the world has moved on since: the race between a read and a write.
fn tell_failed(driver: &Driver, pipeline: &str) {
    let snapshot = driver.snapshot();
    let id = executions(&snapshot, pipeline)[0].id.to_string();
    let patch = json!({ "stageStates": {
        "latestExecution": { "pipelineExecutionId": id, "status": "Failed" }
    } });
    let faults = driver.sim.faults();
    faults.inject("GetPipelineState", Fault::Malformed { patch }, None);
}

#[test]
fn a_stage_that_is_not_retryable_any_more_is_refused_in_plain_words() {
    let mut driver = dock(0);
    at(&mut driver, "broken", "Build", "bad");
    driver.key(Key::R);
    driver.expect("Failed actions");
    tell_failed(&driver, "broken");
    let retry = Happening::Retry {
        pipeline: "broken".to_owned(),
        stage: "Build".to_owned(),
        mode: RetryMode::FailedActions,
    };
    meanwhile(&driver, retry);
    // The other person's retry has succeeded by then.
    driver.turn(Duration::from_secs(10));
    driver.press("Build of broken in prod");
    let said = refused(&mut driver, "StageNotRetryableException");
    assert!(said.contains("cannot be retried"), "{said}");
    assert_eq!(driver.sim.request_count("RetryStageExecution"), 1);
}

#[test]
fn an_older_execution_is_refused_in_plain_words() {
    let mut driver = dock(0);
    at(&mut driver, "broken", "Build", "bad");
    driver.key(Key::R);
    driver.expect("Failed actions");
    tell_failed(&driver, "broken");
    meanwhile(&driver, start("broken"));
    driver.turn(Duration::from_secs(5));
    driver.press("Build of broken in prod");
    let said = refused(&mut driver, "NotLatestPipelineExecutionException");
    assert!(
        said.contains("A newer execution has gone through"),
        "{said}"
    );
    assert_eq!(driver.sim.request_count("RetryStageExecution"), 1);
}

#[test]
fn a_stage_goes_back_to_an_earlier_execution() {
    let mut driver = dock(0);
    at(&mut driver, "berth", "Staging", "warm");
    let target = executions(&driver.snapshot(), "berth")[2].clone();
    let short = target.revisions[0].id.short().to_owned();
    driver.key(Key::B);
    driver.choose(&format!("Go back to {short}"));
    driver.press_twice(&format!("Roll back to {short}: Staging of berth in prod"));
    accepted(&mut driver);
    once(&driver, "RollbackStage");
    driver.live(Duration::from_secs(8));
    driver.until("the rollback in the history", |snapshot| {
        let newest = &executions(snapshot, "berth")[0];
        newest.rollback_of.as_ref() == Some(&target.id)
    });
}

#[test]
fn a_rollback_of_a_stage_that_runs_is_refused_in_plain_words() {
    let mut driver = dock(0);
    at(&mut driver, "berth", "Staging", "warm");
    let target = executions(&driver.snapshot(), "berth")[2].clone();
    let short = target.revisions[0].id.short().to_owned();
    driver.key(Key::B);
    driver.choose(&format!("Go back to {short}"));
    let id = executions(&driver.snapshot(), "berth")[0].id.to_string();
    let patch = json!({ "stageStates": {
        "latestExecution": { "pipelineExecutionId": id, "status": "Succeeded" }
    } });
    let faults = driver.sim.faults();
    faults.inject("GetPipelineState", Fault::Malformed { patch }, None);
    meanwhile(&driver, start("berth"));
    driver.turn(Duration::from_secs(2));
    driver.press(&format!("Roll back to {short}: Staging of berth in prod"));
    let said = refused(&mut driver, "UnableToRollbackStageException");
    assert!(said.contains("AWS cannot roll this stage back"), "{said}");
    assert_eq!(driver.sim.request_count("RollbackStage"), 1);
}

#[test]
fn an_overridden_condition_lets_the_execution_in() {
    let mut driver = dock(0);
    at(&mut driver, "held", "Production", "sail");
    driver.key(Key::V);
    driver.expect("The foghorn sounds");
    driver.press("Override: let ");
    accepted(&mut driver);
    once(&driver, "OverrideStageCondition");
    driver.live(Duration::from_secs(8));
    driver.until("the success", |snapshot| {
        executions(snapshot, "held")[0].state.status == Status::Succeeded
    });
    driver.until("the condition as overridden", |snapshot| {
        let stage = row(snapshot, "held").stage(&"Production".into());
        let condition = stage.and_then(|it| it.condition(ConditionKind::BeforeEntry));
        condition.is_some_and(|it| it.state.word() == "Overridden")
    });
}

#[test]
fn a_way_is_closed_with_a_reason_and_opened_again() {
    let mut driver = dock(0);
    at(&mut driver, "berth", "Production", "sail");
    driver.key(Key::T);
    assert!(!driver.is_enabled("Close: "), "AWS asks for a reason");
    driver.type_into("Reason", "Storm");
    driver.press("Close: Production of berth in prod");
    accepted(&mut driver);
    once(&driver, "DisableStageTransition");
    driver.until("the closed way", |snapshot| {
        let stage = row(snapshot, "berth").stage(&"Production".into());
        stage.is_some_and(|stage| !stage.transition.enabled)
    });
    driver.key(Key::T);
    driver.expect(": Storm");
    driver.press("Open: Production of berth in prod");
    driver.until("the open way", |snapshot| {
        let stage = row(snapshot, "berth").stage(&"Production".into());
        stage.is_some_and(|stage| stage.transition.enabled)
    });
    assert_eq!(driver.sim.request_count("EnableStageTransition"), 1);
}

#[test]
fn a_lost_answer_is_looked_up_and_never_sent_again() {
    let mut driver = dock(0);
    at(&mut driver, "berth", "Staging", "warm");
    let faults = driver.sim.faults();
    faults.inject("StartPipelineExecution", Fault::ApplyThenDrop, Some(1));
    driver.key(Key::C);
    driver.press("Release the newest: berth");
    driver.until("the truth", |snapshot| {
        matches!(last(snapshot), Some(Progress::Found { applied: true, .. }))
    });
    assert_eq!(driver.sim.request_count("StartPipelineExecution"), 1);
}

#[test]
fn a_right_that_is_missing_is_named() {
    let mut driver = dock(0);
    at(&mut driver, "berth", "Staging", "warm");
    let action = "codepipeline:StartPipelineExecution".to_owned();
    let faults = driver.sim.faults();
    faults.inject(
        "StartPipelineExecution",
        Fault::AccessDenied { action },
        Some(1),
    );
    driver.key(Key::C);
    driver.press("Release the newest: berth");
    let said = refused(&mut driver, "AccessDeniedException");
    assert!(
        said.contains("codepipeline:StartPipelineExecution"),
        "{said}"
    );
    driver.expect("codepipeline:StartPipelineExecution");
}
