//! The Approvals view by clicks and keys, and its ledger against its pictures. The inbox itself is pictured with the
//! other views.

use std::sync::Arc;

use eframe::egui::{self, Key, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, SnapshotResults};
use starboard::model::board::{Board, Need};
use starboard::model::ids::ExecutionId;
use starboard::model::ledger::{
    Decided, Export, Journal, OwnOutcome, OwnRecord, OwnRevision, VERSION,
};
use starboard::model::oneshot::{Oneshot, Request, Response};
use starboard::model::pipeline::{ActionCategory, ActionExecution, ExecutionMode, Pipeline};
use starboard::model::remote::Remote;
use starboard::model::snapshot::Snapshot;
use starboard::model::status::State;
use starboard::model::table::Table;
use starboard::model::trail::{Trail, TrailEvent};
use starboard::ui::action::UiAction;
use starboard::ui::route::{ApprovalsTab, Route};
use starboard::ui::view::View as _;
use starboard::ui::views::approvals::ApprovalsView;

use crate::fixture::harbour::{self, Condition, NOW, ago};
use crate::fixture::project;
use crate::harness::{self, Sheet, WINDOW};
use crate::wall::{Scene, Wall};

fn scene(snapshot: Snapshot, tab: ApprovalsTab) -> Scene {
    let mut scene = Scene::of(Vec::new());
    scene.snapshot = snapshot;
    scene.settings = harbour::settings(true);
    scene.route = Route::Approvals(tab);
    scene
}

fn open(wall: &Wall, size: Vec2, dark: bool) -> Harness<'static, Sheet<'static>> {
    let wall = wall.clone();
    let mut view = ApprovalsView::default();
    let mut harness = harness::sheet(size, dark, move |ui| {
        let scene = wall.scene.borrow().clone();
        let asked = scene.frame(&ui.ctx().clone(), |cx| view.ui(ui, cx));
        wall.keep(asked);
    });
    harness.run();
    harness
}

fn rows(harness: &Harness<'_, Sheet<'_>>) -> Vec<String> {
    harness
        .query_all_by_role(egui::Role::Row)
        .filter_map(|node| node.accesskit_node().label())
        .collect()
}

fn opened(wall: &Wall) -> Vec<(String, Option<ExecutionId>)> {
    let asked = wall.asked.borrow();
    asked
        .iter()
        .filter_map(|action| match action {
            UiAction::OpenGate {
                pipeline,
                execution,
                ..
            } => Some((pipeline.name.to_string(), execution.clone())),
            _ => None,
        })
        .collect()
}

fn inbox() -> Wall {
    Wall::new(scene(
        harbour::snapshot(Condition::Full),
        ApprovalsTab::Waiting,
    ))
}

#[test]
fn the_inbox_is_walked_filtered_and_opened_by_key() {
    let wall = inbox();
    let mut harness = open(&wall, WINDOW, true);
    let names = |harness: &Harness<'_, Sheet<'_>>| -> Vec<String> {
        rows(harness)
            .iter()
            .filter_map(|row| row.split(' ').next().map(str::to_owned))
            .collect()
    };
    assert_eq!(
        names(&harness),
        ["ledger-batch", "edge-router", "checkout-api"],
        "what expires first is first"
    );
    harness.key_press(Key::A);
    harness.run();
    harness.key_press(Key::J);
    harness.run();
    harness.key_press(Key::J);
    harness.run();
    harness.key_press(Key::A);
    harness.run();
    let names_opened: Vec<String> = opened(&wall).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names_opened, ["ledger-batch", "edge-router"]);
    harness.event(egui::Event::Text("/".to_owned()));
    harness.run();
    harness.event(egui::Event::Text("f3a91 prod".to_owned()));
    harness.run();
    assert_eq!(names(&harness), ["checkout-api"]);
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(rows(&harness).len(), 3);
    harness.key_press(Key::Home);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    let Route::Project(route) = wall.scene.borrow().route.clone() else {
        panic!("Enter opens the pipeline");
    };
    assert_eq!(route.pipeline.name.as_str(), "ledger-batch");
}

#[test]
fn each_gate_of_a_parallel_pipeline_is_a_row_and_opens_by_its_execution() {
    let mut snapshot = harbour::snapshot(Condition::Full);
    let mut board = Board::clone(&snapshot.board);
    let mut gate = board.needs[0].gate.clone();
    gate.execution = "another-execution".into();
    let parallel = |need: Need| {
        Arc::new(Need {
            mode: ExecutionMode::Parallel,
            ..need
        })
    };
    let first = Need::clone(&board.needs[0]);
    board.needs = vec![
        parallel(first.clone()),
        parallel(Need {
            gate: gate.clone(),
            ..first
        }),
    ];
    snapshot.board = Arc::new(board);
    let wall = Wall::new(scene(snapshot, ApprovalsTab::Waiting));
    let mut harness = open(&wall, WINDOW, true);
    assert_eq!(rows(&harness).len(), 2);
    let name = format!("Review ledger-batch {}", gate.execution.short());
    harness.get_by_label(&name).click();
    harness.run();
    assert_eq!(
        opened(&wall),
        [("ledger-batch".to_owned(), Some(gate.execution))]
    );
}

#[test]
fn gates_are_grouped_by_account_when_asked() {
    let wall = inbox();
    let mut harness = open(&wall, WINDOW, true);
    harness.get_by_label("not grouped").click();
    harness.run();
    harness.snapshot("approvals-grouped-dark");
    assert_eq!(rows(&harness).len(), 3);
}

/// The pipelines of the pictures with decisions at their gates, CloudTrail's answer and this program's own record.
fn decided() -> Scene {
    let mut snapshot = harbour::snapshot(Condition::Full);
    let mut table: Table<Pipeline> = Table::default();
    for (name, attempts) in [
        (
            "checkout-api",
            &[
                (
                    "Succeeded",
                    Some("arn:aws:sts::482100937715:assumed-role/Deliver/priya"),
                    86_400,
                    "Dashboards are quiet",
                ),
                (
                    "Failed",
                    Some("arn:aws:iam::482100937715:user/tom"),
                    180_000,
                    "Wrong week: finance closes its books\nSee HARB-2199",
                ),
            ][..],
        ),
        (
            "ledger-batch",
            &[
                (
                    "Succeeded",
                    Some("arn:aws:iam::482100937715:user/ines"),
                    7_000,
                    "ok",
                ),
                (
                    "Failed",
                    None,
                    700_000,
                    "The approval action was not answered before it expired.",
                ),
            ][..],
        ),
    ] {
        table.insert(gates_of(name, attempts));
    }
    snapshot.pipelines = Arc::new(table);
    let mut scene = scene(snapshot, ApprovalsTab::Decided);
    scene.journal = Journal {
        revision: 1,
        records: Arc::new(vec![
            own("1", OwnOutcome::Accepted, "ledger-batch", 7_001),
            own("2", OwnOutcome::Refused, "edge-router", 9_000),
            own("3", OwnOutcome::Sending, "edge-router", 40),
        ]),
        unreadable: 1,
        path: Some("~/.local/share/starboard/decisions.jsonl".to_owned()),
        fault: None,
        export: None,
    };
    scene
}

fn gates_of(name: &str, attempts: &[(&str, Option<&str>, i64, &str)]) -> Pipeline {
    let mut pipeline = project::checkout_api();
    pipeline.key.scope = harbour::scope("prod");
    pipeline.key.name = name.into();
    let gate = project::gate();
    let attempt = |(place, (word, by, at, said)): (usize, &(&str, Option<&str>, i64, &str))| {
        ActionExecution {
            updated: Some(ago(*at)),
            updated_by: by.map(str::to_owned),
            external_summary: Some((*said).to_owned()),
            category: ActionCategory::Approval,
            ..ActionExecution::new(
                gate.execution.clone(),
                gate.action.clone(),
                format!("{name}-{place}").as_str().into(),
                State::of_pipeline(word),
            )
        }
    };
    let all = attempts.iter().enumerate().map(attempt).collect();
    pipeline.actions = Remote::ready(Arc::new(all), ago(9));
    pipeline
}

fn own(id: &str, outcome: OwnOutcome, pipeline: &str, at: i64) -> OwnRecord {
    let gate = project::gate();
    OwnRecord {
        version: VERSION,
        id: id.to_owned(),
        at: ago(at),
        identity: Some("arn:aws:iam::482100937715:user/ines".to_owned()),
        account: if pipeline == "edge-router" {
            "staging"
        } else {
            "prod"
        }
        .into(),
        number: None,
        region: "eu-west-1".into(),
        pipeline: pipeline.into(),
        stage: gate.action.stage,
        action: gate.action.action,
        execution: gate.execution,
        revisions: vec![OwnRevision {
            id: harbour::sha("e8814f7").as_str().into(),
            subject: "Weight canary by region".to_owned(),
        }],
        decision: Decided::Approve,
        comment: String::new(),
        token_sha256: format!("hash-{id}"),
        outcome,
        note: if outcome == OwnOutcome::Refused {
            "PutApprovalResult: AccessDeniedException".to_owned()
        } else {
            String::new()
        },
    }
}

/// What CloudTrail tells when it is asked from this scene.
fn answer_trail(wall: &Wall) -> usize {
    let mut scene = wall.scene.borrow_mut();
    let gate = project::gate();
    let mut answered = 0;
    for (request, oneshot) in &mut scene.oneshots {
        let Request::Trail { scope, from } = request else {
            continue;
        };
        answered += 1;
        let event = TrailEvent {
            id: "event".to_owned(),
            at: ago(86_399),
            by: "arn:aws:sts::482100937715:assumed-role/Deliver/priya".to_owned(),
            pipeline: "checkout-api".into(),
            action: gate.action.clone(),
            decision: "Approved".to_owned(),
            comment: "Dashboards are quiet".to_owned(),
            source_address: None,
            error_code: None,
        };
        let trail = Trail {
            events: (scope.account.as_str() == "prod")
                .then_some(event)
                .into_iter()
                .collect(),
            from: *from,
            cut: false,
        };
        *oneshot = Oneshot::Ready {
            at: ago(1),
            response: Response::Trail(Arc::new(trail)),
        };
    }
    answered
}

#[test]
fn the_ledger_looks_as_it_should() {
    let mut results = SnapshotResults::new();
    for (dark, theme) in [(true, "dark"), (false, "light")] {
        let wall = Wall::new(decided());
        let mut harness = open(&wall, WINDOW, dark);
        harness.snapshot(format!("ledger-{theme}"));
        results.extend_harness(&mut harness);
        if dark {
            let mut narrow = open(&Wall::new(decided()), Vec2::new(900.0, 600.0), dark);
            narrow.snapshot("ledger-narrow-dark");
            results.extend_harness(&mut narrow);
            let empty = scene(harbour::snapshot(Condition::Empty), ApprovalsTab::Decided);
            let mut empty = open(&Wall::new(empty), WINDOW, dark);
            empty.snapshot("ledger-empty-dark");
            results.extend_harness(&mut empty);
        }
    }
}

#[test]
fn cloudtrail_is_asked_only_on_demand_and_its_events_join_the_rows() {
    let wall = Wall::new(decided());
    let mut harness = open(&wall, WINDOW, true);
    let before = rows(&harness);
    assert_eq!(before.len(), 6, "{before:#?}");
    let asked = |wall: &Wall| {
        let scene = wall.scene.borrow();
        let requests = scene.oneshots.keys();
        requests
            .filter(|request| matches!(request, Request::Trail { .. }))
            .count()
    };
    assert_eq!(asked(&wall), 0, "looking at the ledger costs no call");
    harness
        .get_by_label("Ask CloudTrail about 3 accounts and regions")
        .click();
    harness.run();
    assert_eq!(asked(&wall), 3);
    harness.get_by_label_contains("CloudTrail is being read: 3 of 3");
    assert_eq!(answer_trail(&wall), 3);
    harness.run();
    harness.get_by_label_contains("CloudTrail told of 1 decision");
    assert_eq!(rows(&harness).len(), 6, "it is a decision already known");
}

#[test]
fn asking_one_account_anew_keeps_what_the_others_told() {
    let wall = Wall::new(decided());
    let mut harness = open(&wall, WINDOW, true);
    let by_cloudtrail = |harness: &Harness<'_, Sheet<'_>>| {
        let rows = rows(harness);
        rows.iter().filter(|row| row.contains("CloudTrail")).count()
    };
    harness
        .get_by_label_contains("Ask CloudTrail about")
        .click();
    harness.run();
    assert_eq!(answer_trail(&wall), 3);
    harness.run();
    assert_eq!(by_cloudtrail(&harness), 1, "of prod");
    let pick = |harness: &mut Harness<'_, Sheet<'_>>, chip: &str, item: &str| {
        harness.get_by_label(chip).click();
        harness.run();
        harness.get_by_label(item).click();
        harness.run();
    };
    pick(&mut harness, "last 7 days", "last 30 days");
    pick(&mut harness, "all accounts", "staging");
    harness
        .get_by_label_contains("Ask CloudTrail about 1 account")
        .click();
    harness.run();
    harness.get_by_label_contains("1 of 1 account and region to come");
    assert_eq!(answer_trail(&wall), 3, "one anew, two as they were");
    harness.run();
    pick(&mut harness, "staging", "all accounts");
    assert_eq!(by_cloudtrail(&harness), 1, "prod's is still there");
    harness.get_by_label_contains("decision in the last 7 d to 30 d");
}

#[test]
fn coming_back_from_another_view_reads_the_record_again() {
    let wall = Wall::new(decided());
    let away = std::rc::Rc::new(std::cell::Cell::new(false));
    let (kept, left) = (wall.clone(), std::rc::Rc::clone(&away));
    let mut view = ApprovalsView::default();
    let mut harness = harness::sheet(WINDOW, true, move |ui| {
        if !left.get() {
            let scene = kept.scene.borrow().clone();
            let asked = scene.frame(&ui.ctx().clone(), |cx| view.ui(ui, cx));
            kept.keep(asked);
        }
    });
    harness.run();
    let read = |wall: &Wall| {
        let asked = wall.asked.borrow();
        let reads = asked.iter();
        reads
            .filter(|action| matches!(action, UiAction::ReadJournal))
            .count()
    };
    harness.run_steps(3);
    assert_eq!(read(&wall), 1, "once, however long it is looked at");
    away.set(true);
    harness.run_steps(2);
    away.set(false);
    harness.run_steps(3);
    assert_eq!(read(&wall), 2);
}

#[test]
fn the_ledger_is_filtered_sorted_and_exported_as_it_is_shown() {
    let wall = Wall::new(decided());
    let mut harness = open(&wall, WINDOW, true);
    harness.event(egui::Event::Text("/".to_owned()));
    harness.run();
    harness.event(egui::Event::Text("checkout tom".to_owned()));
    harness.run();
    let shown = rows(&harness);
    assert_eq!(shown.len(), 1);
    assert!(shown[0].contains("tom rejected"), "{shown:?}");
    harness.get_by_label("Export as CSV").click();
    harness.run();
    let asked = wall.asked.borrow();
    let exported = asked.iter().find_map(|action| match action {
        UiAction::Export { name, text } => Some((name.clone(), text.clone())),
        _ => None,
    });
    let (name, text) = exported.unwrap();
    assert_eq!(name, "starboard-decisions-2026-11-23.csv");
    assert_eq!(text.matches("\r\n").count(), 2, "a head and one decision");
    drop(asked);
    wall.scene.borrow_mut().journal.export = Some(Export::Saved {
        path: "/home-of-ines/Downloads/decisions.csv".to_owned(),
        at: NOW,
    });
    harness.run();
    harness.get_by_label_contains("Copy /home-of-ines");
}

#[test]
fn a_day_narrows_the_ledger_and_what_is_no_day_narrows_nothing() {
    let wall = Wall::new(decided());
    let mut harness = open(&wall, WINDOW, true);
    let all = rows(&harness).len();
    harness.get_by_label("From day").focus();
    harness.run();
    harness.get_by_label("From day").type_text("soon");
    harness.run();
    assert_eq!(rows(&harness).len(), all);
    for _ in 0..4 {
        harness.key_press(Key::Backspace);
        harness.run();
    }
    harness.get_by_label("From day").type_text("2026-11-23");
    harness.run();
    let shown = rows(&harness);
    assert!(!shown.is_empty() && shown.len() < all, "{shown:?}");
}
