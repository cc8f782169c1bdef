//! The approval dialog: how it looks, and that nothing is decided by accident or twice.

use crate::fixture::pipeline;
use crate::fixture::pipeline::NOW;
use crate::fixture::project as fixture;
use crate::harness;
use crate::wall::{Scene, Wall};
use eframe::egui::{Key, Vec2};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotResults};
use starboard::model::command::{Decision, Progress};
use starboard::model::fault::{Fault, FaultClass};
use starboard::model::oneshot::Response;
use starboard::model::remote::Remote;
use starboard::model::status::State;
use starboard::ui::action::UiAction;
use std::sync::Arc;

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
fn a_read_only_account_decides_nothing() {
    let (wall, mut harness) = dialog(true);
    wall.change(|snapshot| {
        let accounts = Arc::make_mut(&mut snapshot.accounts);
        let mut account = accounts.get(&"prod".into()).unwrap().as_ref().clone();
        account.read_only = true;
        accounts.insert(account);
    });
    type_name(&mut harness);
    harness.get_by_label(APPROVE).click();
    harness.run();
    assert_eq!(wall.decisions(), []);
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
