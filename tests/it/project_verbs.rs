//! Everything that can be done with a pipeline: which dialog a verb opens, what it says, what it sends, and why not.

use std::sync::Arc;

use crate::desk::{self, OnDesk};
use crate::fixture::pipeline::{action_key, current, execution_id, sha, with_stage};
use crate::fixture::{delivery, project as fixture};
use crate::harness::WINDOW;
use eframe::egui::{Key, Vec2};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::Queryable as _;
use starboard::model::command::{Command, RetryMode, RevisionKind};
use starboard::model::oneshot::Response;
use starboard::model::pipeline::{ConditionKind, Pipeline};
use starboard::model::status::State;
use starboard::model::table::Table;
use starboard::ui::route::ProjectRoute;

const SMALL: Vec2 = Vec2::new(900.0, 600.0);

fn at(stage: &'static str, action: &'static str) -> impl Fn(&mut ProjectRoute) {
    move |route| route.action = Some(action_key(stage, action))
}

/// The window on these pipelines with this key pressed, in both themes and small, against their pictures.
fn shots(
    results: &mut SnapshotResults,
    name: &str,
    key: Key,
    open: impl Fn(Vec2, bool) -> OnDesk,
    more: impl Fn(&mut OnDesk),
) {
    for (size, dark, suffix) in [
        (WINDOW, true, "dark"),
        (WINDOW, false, "light"),
        (SMALL, true, "small"),
    ] {
        let mut harness = open(size, dark);
        harness.key_press(key);
        harness.run();
        more(&mut harness);
        harness.snapshot(format!("{name}-{suffix}"));
        results.extend_harness(&mut harness);
    }
}

fn ferry(size: Vec2, dark: bool) -> OnDesk {
    desk::open_with(
        size,
        dark,
        vec![delivery::ferry()],
        at("Staging", "deploy"),
        |_, oneshots| {
            let candidates = Response::RollbackCandidates(Arc::new(delivery::candidates()));
            oneshots.insert(
                delivery::candidates_request("Staging"),
                delivery::ready(candidates),
            );
        },
    )
}

fn indexer(size: Vec2, dark: bool) -> OnDesk {
    desk::open(size, dark, vec![fixture::search_indexer()], |_| {})
}

fn orders(size: Vec2, dark: bool) -> OnDesk {
    desk::open(size, dark, vec![fixture::orders_api()], |_| {})
}

#[test]
fn the_dialogs_look_as_they_should() {
    let mut results = SnapshotResults::new();
    let results = &mut results;
    shots(results, "verb-release", Key::C, ferry, |harness| {
        desk::type_into(harness, "commit of app", "2c1f0a9");
        desk::type_into(harness, "Ticket", "CHG-1042");
    });
    shots(results, "verb-rollback", Key::B, ferry, |harness| {
        desk::press(harness, "Go back to 5520c1b");
    });
    shots(results, "verb-retry", Key::R, indexer, |_| {});
    shots(results, "verb-stop", Key::S, orders, |_| {});
}

#[test]
fn the_menu_of_a_stage_offers_its_verbs_and_says_why_not() {
    let mut results = SnapshotResults::new();
    for (size, dark, name) in [
        (WINDOW, true, "verb-menu-dark"),
        (WINDOW, false, "verb-menu-light"),
        (SMALL, true, "verb-menu-small"),
    ] {
        let mut harness = ferry(size, dark);
        desk::press(&mut harness, "What can be done with Staging");
        harness
            .get_by_label("Override a condition of Staging…: No condition of Staging has failed");
        harness.snapshot(name);
        results.extend_harness(&mut harness);
    }
}

#[test]
fn a_release_takes_revisions_and_variables_and_says_so_on_its_button() {
    let mut harness = ferry(WINDOW, true);
    harness.key_press(Key::C);
    harness.run();
    assert!(
        !desk::can(&harness, "Release the newest"),
        "Ticket has no default"
    );
    desk::type_into(&mut harness, "Ticket", "CHG-1042");
    desk::type_into(&mut harness, "commit of app", "2c1f0a");
    assert!(
        !desk::can(&harness, "Release 2c1f0a"),
        "too short to mean one commit"
    );
    desk::type_into(&mut harness, "commit of app", "9");
    desk::press(
        &mut harness,
        "Release 2c1f0a9 of app, Ticket=CHG-1042: ferry in prod (4821-0093-7715, eu-west-1)",
    );
    let sent = harness.state().sent();
    let [
        Command::ReleaseChange {
            revisions,
            variables,
            ..
        },
    ] = sent.as_slice()
    else {
        panic!("{sent:?}");
    };
    assert_eq!(revisions.len(), 1);
    assert_eq!(revisions[0].value, sha("2c1f0a9b3d"), "made whole");
    assert_eq!(revisions[0].kind, RevisionKind::CommitId);
    assert_eq!(*variables, [("Ticket".to_owned(), "CHG-1042".to_owned())]);
    assert!(
        !desk::can(&harness, "Release 2c1f0a9"),
        "the dialog went with the click"
    );
}

#[test]
fn a_retry_runs_failed_actions_or_the_whole_stage() {
    for (way, mode) in [
        (None, RetryMode::FailedActions),
        (Some("The whole stage"), RetryMode::AllActions),
    ] {
        let mut harness = indexer(WINDOW, true);
        harness.key_press(Key::R);
        harness.run();
        if let Some(way) = way {
            desk::press(&mut harness, way);
        }
        desk::press(
            &mut harness,
            "Build of search-indexer in dev (2207-4410-0831, eu-west-1)",
        );
        let sent = harness.state().sent();
        assert!(
            matches!(sent.as_slice(), [Command::RetryStage { mode: sent, execution, .. }]
                if *sent == mode && *execution == current()),
            "{sent:?}"
        );
    }
}

#[test]
fn a_stop_finishes_what_runs_or_abandons_it_with_a_reason() {
    let mut harness = orders(WINDOW, true);
    harness.key_press(Key::S);
    harness.run();
    desk::press(&mut harness, "Abandon");
    desk::type_into(&mut harness, "Reason", "Wrong tide");
    desk::press(
        &mut harness,
        "Abandon: 9be07d4 of orders-api in prod (4821-0093-7715, eu-west-1)",
    );
    let sent = harness.state().sent();
    assert!(
        matches!(sent.as_slice(), [Command::StopExecution { abandon: true, reason, .. }] if reason == "Wrong tide"),
        "{sent:?}"
    );
    let mut stopping = fixture::orders_api();
    let mut all = stopping.executions.value().unwrap().to_vec();
    all[0].state = State::of_pipeline("Stopping");
    stopping.executions =
        starboard::model::remote::Remote::ready(Arc::new(all), crate::fixture::pipeline::ago(9));
    let mut harness = desk::open(WINDOW, true, vec![stopping], |_| {});
    harness.key_press(Key::S);
    harness.run();
    harness.get_by_label_contains("It is stopping already");
    assert!(
        desk::can(&harness, "Abandon: 9be07d4"),
        "what is left is picked"
    );
}

#[test]
fn a_rollback_names_what_it_goes_back_to() {
    let mut harness = ferry(WINDOW, true);
    harness.key_press(Key::B);
    harness.run();
    assert!(
        !desk::can(&harness, "Roll back to an earlier"),
        "nothing is picked yet"
    );
    desk::press(&mut harness, "Go back to 5520c1b: Announce the next quay");
    desk::press(
        &mut harness,
        "Roll back to 5520c1b: Staging of ferry in prod (4821-0093-7715, eu-west-1)",
    );
    let sent = harness.state().sent();
    assert!(
        matches!(sent.as_slice(), [Command::RollbackStage { stage, target, .. }]
            if stage.as_str() == "Staging" && *target == execution_id(2)),
        "{sent:?}"
    );
}

#[test]
fn a_failed_condition_is_overridden_with_its_rules_told() {
    let mut harness = desk::open(
        WINDOW,
        true,
        vec![delivery::ferry()],
        at("Production", "deploy-prod"),
    );
    harness.key_press(Key::V);
    harness.run();
    harness.get_by_label_contains("Rule no-alarm: Failed. Alarm checkout-p99 is in ALARM");
    desk::press(
        &mut harness,
        "Override: let 9be07d4 pass Production of ferry in prod",
    );
    let sent = harness.state().sent();
    assert!(
        matches!(sent.as_slice(), [Command::OverrideCondition { condition: ConditionKind::BeforeEntry, execution, .. }]
            if *execution == current()),
        "{sent:?}"
    );
}

#[test]
fn a_closed_way_tells_who_closed_it_and_a_closing_one_takes_a_reason() {
    let mut harness = desk::open(
        WINDOW,
        true,
        vec![fixture::search_indexer()],
        at("Promote", "Approve"),
    );
    harness.key_press(Key::T);
    harness.run();
    harness.get_by_label("Closed by Jonas 4 d ago: No promotions while the index is rebuilt");
    desk::press(&mut harness, "Open: Promote of search-indexer in dev");
    let mut closing = orders(WINDOW, true);
    closing.key_press(Key::T);
    closing.run();
    desk::type_into(&mut closing, "Reason", "Freeze");
    desk::press(&mut closing, "Close: Production of orders-api in prod");
    for (harness, expected) in [(&harness, true), (&closing, false)] {
        let sent = harness.state().sent();
        assert!(
            matches!(sent.as_slice(), [Command::SetTransition { enabled, .. }] if *enabled == expected),
            "{sent:?}"
        );
    }
}

#[test]
fn enter_sends_nothing() {
    for key in [Key::C, Key::R, Key::S, Key::T] {
        let mut harness = indexer(WINDOW, true);
        harness.key_press(key);
        harness.run();
        for _ in 0..6 {
            harness.key_press(Key::Tab);
            harness.run();
            harness.key_press(Key::Enter);
            harness.run();
        }
        assert!(harness.state().sent().is_empty(), "{key:?}");
    }
}

/// A key pressed over this pipeline says this and opens nothing.
#[test]
fn what_cannot_be_done_says_why() {
    let mut old = delivery::ferry();
    let mut definition = old.definition.value().unwrap().as_ref().clone();
    definition.pipeline_type = "V1".into();
    old.definition = starboard::model::remote::Remote::ready(
        Arc::new(definition),
        crate::fixture::pipeline::ago(9),
    );
    let mut overtaken = fixture::search_indexer();
    with_stage(&mut overtaken, "Build", |stage| {
        stage.latest = Some((execution_id(5), State::of_pipeline("InProgress")));
    });
    /// A pipeline, the action selected, the key, and what is said.
    type Row = (
        Pipeline,
        Option<(&'static str, &'static str)>,
        Key,
        &'static str,
    );
    let rows: Vec<Row> = vec![
        (
            fixture::search_indexer(),
            None,
            Key::S,
            "Nothing runs in this execution",
        ),
        (
            fixture::orders_api(),
            None,
            Key::R,
            "Nothing failed in this execution",
        ),
        (
            fixture::orders_api(),
            None,
            Key::B,
            "An execution is in Production now; AWS rolls back only a stage at rest",
        ),
        (
            old,
            Some(("Staging", "deploy")),
            Key::B,
            "Only V2 pipelines can roll a stage back",
        ),
        (
            delivery::ferry(),
            Some(("Source", "app")),
            Key::B,
            "The source stage brings changes in",
        ),
        (
            fixture::edge_parallel(),
            None,
            Key::B,
            "AWS does not roll back stages of a PARALLEL pipeline",
        ),
        (
            delivery::ferry(),
            Some(("Source", "app")),
            Key::T,
            "Nothing leads into the first stage",
        ),
        (
            delivery::ferry(),
            Some(("Staging", "deploy")),
            Key::V,
            "No condition of Staging has failed",
        ),
    ];
    for (pipeline, place, key, words) in rows {
        let mut harness = desk::open(WINDOW, true, vec![pipeline], |route| {
            route.action = place.map(|(stage, action)| action_key(stage, action));
        });
        harness.key_press(key);
        harness.run();
        assert!(
            harness.query_all_by_label_contains(words).next().is_some(),
            "{words}"
        );
        assert!(!desk::can(&harness, "Cancel"), "{words}");
    }
}

#[test]
fn a_read_only_account_is_told_where_its_switch_is() {
    let mut harness = desk::open_with(
        WINDOW,
        true,
        vec![fixture::search_indexer()],
        |_| {},
        |snapshot, _| {
            let mut accounts = Table::default();
            for account in snapshot.accounts.rows() {
                let mut account = account.as_ref().clone();
                account.read_only = true;
                accounts.insert(account);
            }
            snapshot.accounts = Arc::new(accounts);
        },
    );
    for key in [Key::C, Key::R, Key::T] {
        harness.key_press(key);
        harness.run();
        harness
            .query_all_by_label_contains(
                "dev is read-only in Starboard: turn its switch under Accounts",
            )
            .next()
            .unwrap();
        assert!(!desk::can(&harness, "Cancel"));
    }
}
