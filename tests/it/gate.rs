//! The approval dialog: how it looks, and that nothing is decided by accident or twice.

use crate::fixture::pipeline;
use crate::fixture::pipeline::{NOW, action_key};
use crate::fixture::project as fixture;
use crate::harness;
use crate::wall::{Scene, Wall};
use eframe::egui::{Key, Vec2};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotResults};
use starboard::model::alarm::{Alarm, Alarms};
use starboard::model::board::{Board, Need};
use starboard::model::command::{Decision, Progress};
use starboard::model::fault::{Fault, FaultClass};
use starboard::model::oneshot::{
    ChangedFile, ChangedFiles, Evidence, Response, Review, TestCounts,
};
use starboard::model::pipeline::{ActionCategory, ExecutionMode, SourceRevision, Trigger};
use starboard::model::remote::Remote;
use starboard::model::status::State;
use starboard::ui::action::UiAction;
use starboard::ui::route::Route;
use std::sync::Arc;
use std::time::Duration;

/// The dialog on the gate of `checkout-api`, answered, in a window of its own.
fn dialog(dark: bool) -> (Wall, Harness<'static, harness::Sheet<'static>>) {
    let wall = Wall::new(Scene::of(vec![fixture::checkout_api()]));
    let mut paint = wall.gate();
    let size = Vec2::new(1_000.0, 760.0);
    let mut harness = harness::sheet(size, dark, move |ui| paint(ui));
    harness.run();
    wall.answer(2);
    harness.run();
    (wall, harness)
}

#[test]
fn the_approval_dialog_looks_as_drawn() {
    let mut results = SnapshotResults::new();
    for (dark, suffix) in [(true, "dark"), (false, "light")] {
        let (wall, mut harness) = dialog(dark);
        harness.snapshot(format!("gate-{suffix}"));
        type_name(&mut harness);
        harness.run();
        harness.snapshot(format!("gate-typed-{suffix}"));
        if dark {
            harness.get_by_label(APPROVE).click();
            harness.run();
            wall.progress(Progress::Refused {
                at: pipeline::ago(0),
                fault: Arc::new(denied()),
            });
            harness.run();
            harness.snapshot("gate-refused-dark");
        }
        results.extend_harness(&mut harness);
    }
}

/// Everything a card can hold: what the execution went through, alarms that ring, files, a rollback, and a hand that is
/// the approver's own.
fn rich_review() -> Review {
    let mut review = fixture::review();
    let evidence = |stage: &str, action: &str, category, provider: &str, took, attempts| Evidence {
        action: action_key(stage, action),
        category,
        provider: provider.to_owned(),
        state: State::of_pipeline("Succeeded"),
        took: Some(Duration::from_secs(took)),
        attempts,
        failed_before: attempts - 1,
        external_id: None,
        tests: None,
    };
    review.evidence = vec![
        Evidence {
            tests: Some(TestCounts {
                passed: 312,
                failed: 0,
                skipped: 4,
            }),
            ..evidence("Build", "build", ActionCategory::Build, "CodeBuild", 205, 1)
        },
        evidence(
            "Staging",
            "deploy-staging",
            ActionCategory::Deploy,
            "CodeDeploy",
            240,
            1,
        ),
        Evidence {
            tests: Some(TestCounts {
                passed: 41,
                ..TestCounts::default()
            }),
            ..evidence("Staging", "smoke", ActionCategory::Test, "CodeBuild", 61, 2)
        },
    ];
    let alarm = |name: &str, reason: &str, since| Alarm {
        name: name.to_owned(),
        arn: format!("arn:aws:cloudwatch:eu-west-1:482100937715:alarm:{name}"),
        description: None,
        state: State::new(starboard::model::status::Status::Failed, "ALARM"),
        reason: Some(reason.to_owned()),
        since: Some(pipeline::ago(since)),
    };
    review.alarms = Ok(Alarms {
        scope: pipeline::scope("prod"),
        in_alarm: vec![
            alarm(
                "checkout-5xx",
                "Threshold Crossed: 3 datapoints were greater than 1.0",
                2_400,
            ),
            alarm(
                "queue-age",
                "Threshold Crossed: 1 datapoint was greater than 300.0",
                240,
            ),
        ],
        known: 12,
    });
    let file = |change: &str, path: &str| ChangedFile {
        path: path.to_owned(),
        change: change.to_owned(),
    };
    review.files = Some(Ok(ChangedFiles {
        files: vec![
            file("M", "src/capture/idempotent.rs"),
            file("A", "src/capture/retry.rs"),
            file("D", "src/legacy/capture.rs"),
        ],
        cut: false,
    }));
    review.changes.commits[0].author = "Ines Okafor".into();
    review
}

/// A dialog on a review of the test's making, in a window of its own.
fn card(
    dark: bool,
    size: Vec2,
    review: Review,
) -> (Wall, Harness<'static, harness::Sheet<'static>>) {
    let wall = Wall::new(Scene::of(vec![fixture::checkout_api()]));
    let harness = card_of(&wall, dark, size, review);
    (wall, harness)
}

fn card_of(
    wall: &Wall,
    dark: bool,
    size: Vec2,
    review: Review,
) -> Harness<'static, harness::Sheet<'static>> {
    let mut paint = wall.gate();
    let mut harness = harness::sheet(size, dark, move |ui| paint(ui));
    harness.run();
    wall.answer_with(2, review);
    harness.run();
    harness
}

#[test]
fn the_card_shows_what_speaks_for_and_against_a_release() {
    let mut results = SnapshotResults::new();
    for (dark, suffix) in [(true, "dark"), (false, "light")] {
        let (_wall, mut harness) = card(dark, Vec2::new(1_000.0, 1_000.0), rich_review());
        harness.snapshot(format!("gate-rich-{suffix}"));
        results.extend_harness(&mut harness);
    }
    let (_wall, mut small) = card(true, Vec2::new(900.0, 600.0), rich_review());
    small.snapshot("gate-small-dark");
    results.extend_harness(&mut small);

    let mut parallel = rich_review();
    parallel.mode = ExecutionMode::Parallel;
    parallel.behind.clear();
    parallel.rollback_of = Some(pipeline::execution_id(3));
    parallel.alarms = Err(Arc::new(Fault {
        service: "cloudwatch",
        operation: "DescribeAlarms",
        message: "not authorized to perform: cloudwatch:DescribeAlarms on *".into(),
        ..denied()
    }));
    let (_wall, mut parallel) = card(true, Vec2::new(1_000.0, 900.0), parallel);
    parallel.snapshot("gate-parallel-dark");
    results.extend_harness(&mut parallel);

    let wall = Wall::new(Scene::of(vec![fixture::checkout_api()]));
    make_read_only(&wall);
    let mut locked = card_of(&wall, false, Vec2::new(1_000.0, 760.0), fixture::review());
    locked.snapshot("gate-read-only-light");
    results.extend_harness(&mut locked);
}

/// An execution of three sources: two of them bring something, the third stands where it stood.
fn review_of_three_sources() -> Review {
    let mut review = rich_review();
    let revision = |action: &str, start: &str| SourceRevision {
        action: action.into(),
        id: pipeline::sha(start).as_str().into(),
        summary: String::new(),
        url: None,
    };
    review.revisions.truncate(1);
    review.revisions.push(revision("infrastructure", "07cc9d8"));
    review.revisions.push(revision("settings", "5d21c0e"));
    let commits = vec![
        fixture::commit("07cc9d8", "Open 8443 to the mesh", "Jonas Weber", 7_200),
        fixture::commit(
            "c41a90b",
            "Raise the connection limit",
            "Ines Okafor",
            9_000,
        ),
    ];
    review.others = vec![fixture::changes(commits), fixture::changes(Vec::new())];
    let revisions = review.revisions.iter();
    review.gate.revisions = revisions.map(|revision| revision.id.clone()).collect();
    review
}

#[test]
fn every_source_is_on_the_card_and_counted_on_the_button() {
    let mut results = SnapshotResults::new();
    for (dark, suffix) in [(true, "dark"), (false, "light")] {
        let size = Vec2::new(1_000.0, 1_100.0);
        let (_wall, mut harness) = card(dark, size, review_of_three_sources());
        for words in [
            "Goes out with this, from 3 sources",
            "Open 8443 to the mesh",
            "Nothing new since Approve-production last succeeded",
            "3 of the 5 commits look like your own",
            "3 files change in source checkout",
        ] {
            harness.get_by_label_contains(words);
        }
        for name in ["infrastructure", "settings"] {
            harness.get_by_label(name);
        }
        harness.get_by_label_contains("Approve: 3 commits of checkout and 2 other sources to prod");
        harness.snapshot(format!("gate-sources-{suffix}"));
        results.extend_harness(&mut harness);
    }
}

#[test]
fn in_a_small_window_the_buttons_and_the_comment_stay_in_sight() {
    let (wall, mut harness) = card(true, Vec2::new(900.0, 600.0), rich_review());
    let screen =
        eframe::egui::Rect::from_min_size(eframe::egui::Pos2::ZERO, Vec2::new(900.0, 600.0));
    for name in [APPROVE, REJECT, "Comment", "Name of the pipeline"] {
        let rect = harness.get_by_label(name).rect();
        assert!(screen.contains_rect(rect), "{name}: {rect:?}");
    }
    type_name(&mut harness);
    harness.get_by_label(APPROVE).click();
    harness.run();
    assert_eq!(wall.decisions().len(), 1);
}

#[test]
fn evidence_alarms_files_and_ones_own_hand_are_told_in_words() {
    let (_wall, mut harness) = card(true, Vec2::new(1_000.0, 1_000.0), rich_review());
    for words in [
        "build: succeeded 3 m 25 s, 312 tests passed, 4 skipped",
        "failed before: attempt 2",
        "2 alarms are in ALARM in prod",
        "2 of the 3 commits look like your own: by Ines Okafor",
        "comes to the gate next",
    ] {
        harness.get_by_label_contains(words);
    }
    assert!(
        harness
            .query_by_label_contains("src/legacy/capture.rs")
            .is_none()
    );
    harness.get_by_label("3 files change").click();
    harness.run();
    harness.get_by_label_contains("src/legacy/capture.rs");
    harness.get_by_label_contains("deleted");
}

#[test]
fn an_execution_that_was_started_by_the_approver_is_a_notice_and_no_block() {
    let mut review = fixture::review();
    review.trigger = Trigger {
        kind: "StartPipelineExecution".into(),
        detail: "arn:aws:iam::482100937715:user/ines".into(),
    };
    let (wall, mut harness) = card(true, Vec2::new(1_000.0, 760.0), review);
    harness.get_by_label_contains("You started this execution yourself, as ines");
    type_name(&mut harness);
    harness.get_by_label(APPROVE).click();
    harness.run();
    assert_eq!(wall.decisions().len(), 1);
}

#[test]
fn a_gate_that_moved_on_before_the_card_was_read_is_told() {
    let mut scene = Scene::of(vec![fixture::checkout_api()]);
    let mut seen = fixture::gate();
    seen.execution = pipeline::execution_id(2);
    seen.token = "an-older-token".into();
    scene.snapshot.board = Arc::new(Board {
        needs: vec![Arc::new(Need::new(seen))],
        ..Board::default()
    });
    let wall = Wall::new(scene);
    let harness = card_of(&wall, true, Vec2::new(1_000.0, 760.0), fixture::review());
    harness.get_by_label_contains("This gate has moved on since you saw it");
}

fn make_read_only(wall: &Wall) {
    wall.change(|snapshot| {
        let accounts = Arc::make_mut(&mut snapshot.accounts);
        let mut account = accounts.get(&"prod".into()).unwrap().as_ref().clone();
        account.read_only = true;
        accounts.insert(account);
    });
}

const APPROVE: &str = "Approve: 3 commits to prod (4821-0093-7715, eu-west-1)";
const REJECT: &str = "Reject: execution fails here";

fn denied() -> Fault {
    Fault {
        class: FaultClass::Denied,
        scope: Some(pipeline::scope("prod")),
        service: "codepipeline",
        operation: "PutApprovalResult",
        code: Some("AccessDeniedException".into()),
        request_id: None,
        message: "not authorized to perform codepipeline:PutApprovalResult".into(),
        since: NOW,
    }
}

fn type_name(harness: &mut Harness<'_, harness::Sheet<'_>>) {
    harness.get_by_label("Name of the pipeline").focus();
    harness.run();
    harness
        .get_by_label("Name of the pipeline")
        .type_text("checkout-api");
    harness.run();
}

fn type_comment(harness: &mut Harness<'_, harness::Sheet<'_>>, text: &str) {
    harness.get_by_label("Comment").focus();
    harness.run();
    harness.get_by_label("Comment").type_text(text);
    harness.run();
}

#[test]
fn a_production_gate_is_approved_once_and_only_with_its_name_typed() {
    let (wall, mut harness) = dialog(true);
    harness.get_by_label(APPROVE).click();
    harness.run();
    assert_eq!(wall.decisions(), [], "the name is not typed yet");
    type_name(&mut harness);
    for _ in 0..3 {
        harness.get_by_label(APPROVE).click();
    }
    harness.run();
    harness.get_by_label(APPROVE).click();
    harness.run();
    assert_eq!(wall.decisions(), [(Decision::Approve, String::new())]);
}

#[test]
fn enter_never_decides() {
    let (wall, mut harness) = dialog(true);
    type_name(&mut harness);
    harness.key_press(Key::Enter);
    harness.run();
    harness.get_by_label(APPROVE).focus();
    harness.run();
    assert!(harness.get_by_label(APPROVE).is_focused());
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(wall.decisions(), []);
}

#[test]
fn a_rejection_needs_a_comment_and_a_comment_has_a_limit() {
    let (wall, mut harness) = dialog(true);
    harness.get_by_label(REJECT).click();
    harness.run();
    assert_eq!(wall.decisions(), []);
    type_comment(&mut harness, &"ß".repeat(513));
    harness.get_by_label(REJECT).click();
    harness.run();
    assert_eq!(wall.decisions(), [], "513 characters are too many");
    harness.get_by_label("Comment").focus();
    harness.run();
    harness.key_press(Key::Backspace);
    harness.run();
    harness.get_by_label(REJECT).click();
    harness.run();
    assert_eq!(wall.decisions(), [(Decision::Reject, "ß".repeat(512))]);
}

#[test]
fn a_read_only_account_decides_nothing_and_says_where_its_switch_is() {
    let wall = Wall::new(Scene::of(vec![fixture::checkout_api()]));
    make_read_only(&wall);
    let size = Vec2::new(1_000.0, 760.0);
    let mut harness = card_of(&wall, true, size, fixture::review());
    harness.get_by_label_contains("Its switch is on its card under Accounts");
    harness.get_by_label(APPROVE).click();
    harness.run();
    assert_eq!(wall.decisions(), []);
    harness.get_by_label("Open Accounts").click();
    harness.run();
    assert_eq!(wall.scene.borrow().route, Route::Accounts);
}

#[test]
fn a_refused_decision_is_offered_again_only_after_a_new_reading() {
    let (wall, mut harness) = dialog(true);
    type_name(&mut harness);
    harness.get_by_label(APPROVE).click();
    harness.run();
    wall.progress(Progress::Checking { since: NOW });
    harness.run();
    harness.get_by_label_contains("looking it up, not sending it again");
    wall.progress(Progress::Refused {
        at: pipeline::ago(0),
        fault: Arc::new(denied()),
    });
    harness.run();
    harness.get_by_label_contains("AccessDeniedException");
    harness.get_by_label(APPROVE).click();
    harness.run();
    assert_eq!(wall.decisions().len(), 1);
    harness.get_by_label("Read the gate again").click();
    harness.run();
    wall.answer(-1);
    harness.run();
    harness.get_by_label(APPROVE).click();
    harness.run();
    assert_eq!(wall.decisions().len(), 2);
}

#[test]
fn what_aws_took_ends_the_dialog_with_its_words() {
    let (wall, mut harness) = dialog(true);
    type_name(&mut harness);
    harness.get_by_label(APPROVE).click();
    harness.run();
    wall.progress(Progress::Accepted {
        at: NOW,
        message: "Approved; the execution goes on".into(),
    });
    harness.run();
    harness.get_by_label_contains("Approved; the execution goes on");
    assert!(harness.query_by_label(APPROVE).is_none());
    harness.get_by_label("Close").click();
    harness.run();
    assert!(
        wall.asked
            .borrow()
            .iter()
            .any(|it| matches!(it, UiAction::CloseGate))
    );
}

#[test]
fn a_gate_decided_by_somebody_else_meanwhile_is_not_decided_again() {
    let (wall, mut harness) = dialog(true);
    type_name(&mut harness);
    wall.change(|snapshot| {
        let mut pipeline = fixture::checkout_api();
        pipeline::with_stage(&mut pipeline, "Production", |stage| {
            let gate = &mut stage.actions[0];
            gate.state = State::of_pipeline("Succeeded");
            gate.token = None;
            gate.updated_by = Some("arn:aws:iam::482100937715:user/priya".into());
        });
        let stages = pipeline.stages.value().unwrap().clone();
        pipeline.stages = Remote::ready(stages, NOW);
        Arc::make_mut(&mut snapshot.pipelines).insert(pipeline);
    });
    harness.run();
    harness.get_by_label_contains("approved meanwhile by priya");
    harness.get_by_label(APPROVE).click();
    harness.run();
    assert_eq!(wall.decisions(), []);
}

#[test]
fn an_answer_from_before_is_not_taken_for_a_fresh_reading() {
    let mut scene = Scene::of(vec![fixture::checkout_api()]);
    scene.oneshots.insert(
        fixture::review_request(),
        fixture::ready(Response::Review(Arc::new(fixture::review()))),
    );
    let wall = Wall::new(scene);
    let mut paint = wall.gate();
    let mut harness = harness::sheet(Vec2::new(1_000.0, 760.0), true, move |ui| paint(ui));
    harness.step();
    assert!(harness.query_by_label(APPROVE).is_none());
}
