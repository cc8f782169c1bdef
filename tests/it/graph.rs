//! The graph room of the Project view: the stage graph in every mode and state, the waterfall and the list, how they look
//! and where keys and clicks lead.

use crate::fixture::graph as fixture;
use crate::fixture::pipeline::{action_key, ago, execution_id};
use crate::fixture::project;
use crate::harness;
use crate::wall::{Scene, Wall};
use eframe::egui::{self, Key};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, SnapshotResults};
use starboard::model::fault::Fault;
use starboard::model::history::ExecutionDetail;
use starboard::model::ids::ExecutionId;
use starboard::model::oneshot::{Oneshot, Request, Response};
use starboard::model::pipeline::{Execution, Pipeline};
use starboard::model::remote::Remote;
use starboard::model::settings::{GraphFold, Lens};
use starboard::model::status::State;
use starboard::ui::action::UiAction;
use starboard::ui::route::{Route, SideTab};
use std::sync::Arc;

const BOTH: &[bool] = &[true, false];
const DARK: &[bool] = &[true];

fn shot(results: &mut SnapshotResults, name: &str, themes: &[bool], scene: Scene) {
    let wall = Wall::new(scene);
    for dark in themes {
        let mut paint = wall.project();
        let mut harness = harness::sheet(harness::WINDOW, *dark, move |ui| paint(ui));
        // What is opened in one frame is laid out in the next.
        harness.run();
        harness.run();
        let suffix = if *dark { "dark" } else { "light" };
        harness.snapshot(format!("{name}-{suffix}"));
        results.extend_harness(&mut harness);
    }
}

fn through(pipeline: Pipeline, lens: Lens) -> Scene {
    let mut scene = Scene::of(vec![pipeline]);
    scene.settings.views.project_lens = lens;
    scene
}

#[test]
fn the_graph_looks_right_in_each_mode_and_state() {
    let mut results = SnapshotResults::new();
    let graph = |pipeline| through(pipeline, Lens::Graph);
    let train = || graph(fixture::release_train());
    shot(&mut results, "graph-conditions", BOTH, train());
    let dimmed = train().at(|route| route.action = Some(action_key("Build", "compile")));
    shot(&mut results, "graph-dimmed", BOTH, dimmed);
    let given_up = train().at(|route| route.execution = Some(execution_id(7)));
    shot(&mut results, "graph-superseded", DARK, given_up);
    shot(&mut results, "graph-queue", BOTH, graph(fixture::queue()));
    let lanes = || graph(fixture::twelve_lanes());
    shot(&mut results, "graph-lanes", BOTH, lanes());
    shot(
        &mut results,
        "graph-folded",
        BOTH,
        graph(fixture::forty_checks()),
    );
    let mut all = graph(fixture::forty_checks());
    all.settings.views.project_fold = GraphFold::Never;
    shot(&mut results, "graph-unfolded", DARK, all);
}

#[test]
fn a_small_window_holds_the_room_with_its_controls() {
    let wall = Wall::new(through(fixture::release_train(), Lens::Graph));
    let small = egui::vec2(900.0, 600.0);
    let mut paint = wall.project();
    let mut harness = harness::sheet(small, true, move |ui| paint(ui));
    harness.run();
    let list = harness.get_by_label("Show the execution as list").rect();
    assert!(list.right() <= small.x - 16.0, "{list}");
    let splitter = harness.get_by_label("Resize the stage graph").rect();
    assert!(splitter.right() <= small.x, "{splitter}");
    harness.snapshot("graph-small-dark");
}

#[test]
fn the_other_lenses_look_right() {
    let mut results = SnapshotResults::new();
    for (lens, name) in [(Lens::Waterfall, "waterfall"), (Lens::List, "list")] {
        let train = through(fixture::release_train(), lens)
            .at(|route| route.action = Some(action_key("Staging", "deploy")));
        shot(&mut results, &format!("lens-{name}"), BOTH, train);
        let running = through(fixture::queue(), lens);
        shot(&mut results, &format!("lens-{name}-running"), DARK, running);
        let large = through(fixture::enormous_run(), lens);
        shot(&mut results, &format!("lens-{name}-large"), DARK, large);
    }
}

type Window = Harness<'static, harness::Sheet<'static>>;

fn room(scene: Scene) -> (Wall, Window) {
    let wall = Wall::new(scene);
    let mut paint = wall.project();
    let mut harness = harness::sheet(harness::WINDOW, true, move |ui| paint(ui));
    harness.run();
    (wall, harness)
}

/// Frames, with the settings that were asked for in force.
fn settle(wall: &Wall, harness: &mut Window) {
    harness.run();
    wall.apply_settings();
    harness.run();
}

fn typed(wall: &Wall, harness: &mut Window, character: &str) {
    harness.event(egui::Event::Text(character.into()));
    settle(wall, harness);
}

#[test]
fn g_goes_through_the_lenses_and_the_choice_is_remembered() {
    let (wall, mut harness) = room(Scene::of(vec![fixture::release_train()]));
    let lens = || wall.scene.borrow().settings.views.project_lens;
    for expected in [Lens::Waterfall, Lens::List, Lens::Graph] {
        harness.key_press(Key::G);
        settle(&wall, &mut harness);
        assert_eq!(lens(), expected);
    }
    harness.get_by_label("Show the execution as list").click();
    settle(&wall, &mut harness);
    assert_eq!(lens(), Lens::List);
    let on = harness.get_by_label("Show the execution as list");
    assert_eq!(
        on.accesskit_node().toggled(),
        Some(egui::accesskit::Toggled::True)
    );
}

#[test]
fn the_waterfall_tells_every_attempt_and_a_click_selects_its_action() {
    let (wall, mut harness) = room(through(fixture::release_train(), Lens::Waterfall));
    harness.get_by_label_contains("Staging / deploy: failed, attempt 1 of 3,");
    harness.get_by_label_contains("Staging / deploy: succeeded, attempt 3 of 3, the latest");
    harness.get_by_label_contains(
        "Production / approve: waiting for a person, waits 18 min, on the critical path",
    );
    harness.get_by_label_contains("Critical path");
    harness
        .get_by_label_contains("Build / unit: succeeded")
        .click();
    settle(&wall, &mut harness);
    assert_eq!(wall.selected().as_deref(), Some("unit"));
}

#[test]
fn the_list_is_walked_by_keys_and_sorted_by_its_heads() {
    let (wall, mut harness) = room(through(fixture::release_train(), Lens::List));
    let tops = |harness: &Window, words: &str| harness.get_by_label_contains(words).rect().top();
    // Latest first: the gate that waits stands above the build.
    assert!(tops(&harness, "Production / approve") < tops(&harness, "Build / compile"));
    harness.key_press(Key::J);
    settle(&wall, &mut harness);
    assert_eq!(wall.selected().as_deref(), Some("publish"));
    harness.key_press(Key::K);
    settle(&wall, &mut harness);
    assert_eq!(wall.selected().as_deref(), Some("approve"));
    harness.key_press(Key::End);
    settle(&wall, &mut harness);
    let last = wall.selected();
    assert!(
        matches!(last.as_deref(), Some("app" | "config")),
        "{last:?}"
    );
    harness
        .get_by_label_contains("Sort attempts by State")
        .click();
    settle(&wall, &mut harness);
    let failed = tops(&harness, "Staging / deploy: failed, attempt 2");
    assert!(failed < tops(&harness, "Build / compile: succeeded"));
    harness
        .get_by_label("Sort attempts by State, sorted by it")
        .click();
    settle(&wall, &mut harness);
    harness.get_by_label("Sort attempts by State, sorted by it, reversed");
}

#[test]
fn what_is_done_is_folded_until_it_is_opened() {
    let (wall, mut harness) = room(Scene::of(vec![fixture::forty_checks()]));
    harness.get_by_label_contains("Checks / check-17: failed");
    harness.get_by_label_contains("Checks / check-30: running");
    assert!(
        harness
            .query_by_label_contains("Checks / check-05")
            .is_none()
    );
    harness
        .get_by_label("Show the actions of Checks that are folded: 37 succeeded")
        .click();
    settle(&wall, &mut harness);
    harness.get_by_label_contains("Checks / check-05: succeeded");
    harness.get_by_label("Fold what is done in Checks").click();
    settle(&wall, &mut harness);
    assert!(
        harness
            .query_by_label_contains("Checks / check-05")
            .is_none()
    );
    harness.get_by_label_contains("folded stages").click();
    settle(&wall, &mut harness);
    harness.get_by_label_contains("Lint-3 / clippy");
}

#[test]
fn keys_pass_over_what_is_folded() {
    let (wall, mut harness) = room(Scene::of(vec![fixture::forty_checks()]));
    harness.key_press(Key::J);
    settle(&wall, &mut harness);
    assert_eq!(
        wall.selected().as_deref(),
        Some("check-30"),
        "from check-17"
    );
    harness.key_press(Key::L);
    settle(&wall, &mut harness);
    assert_eq!(wall.selected().as_deref(), Some("sign"));
}

#[test]
fn the_fold_is_turned_off_for_good_and_on_again() {
    let (wall, mut harness) = room(Scene::of(vec![fixture::forty_checks()]));
    let fold = || wall.scene.borrow().settings.views.project_fold;
    harness.key_press(Key::E);
    settle(&wall, &mut harness);
    assert_eq!(fold(), GraphFold::Never);
    harness.get_by_label_contains("Lint-3 / clippy");
    harness.get_by_label_contains("that are done").click();
    settle(&wall, &mut harness);
    assert_eq!(fold(), GraphFold::Auto);
    assert!(harness.query_by_label_contains("Lint-3 / clippy").is_none());
}

#[test]
fn what_ends_while_it_is_looked_at_does_not_vanish() {
    let (wall, mut harness) = room(Scene::of(vec![fixture::forty_checks()]));
    let before = harness.get_by_label_contains("Checks / check-31").rect();
    wall.change(|snapshot| {
        let mut pipeline = fixture::forty_checks();
        let mut attempts = pipeline.actions.value().unwrap().to_vec();
        for attempt in &mut attempts {
            if attempt.state.word() == "InProgress" {
                attempt.state = State::of_pipeline("Succeeded");
            }
        }
        pipeline.actions = Remote::ready(Arc::new(attempts), ago(1));
        Arc::make_mut(&mut snapshot.pipelines).insert(pipeline);
    });
    harness.run();
    let after = harness
        .get_by_label_contains("Checks / check-31: succeeded")
        .rect();
    assert!((before.min - after.min).length() < 0.5, "{before} {after}");
}

#[test]
fn conditions_are_named_and_lead_to_their_rules() {
    let (wall, mut harness) = room(Scene::of(vec![fixture::release_train()]));
    harness.get_by_label("Condition on success of Staging: overridden, 1 of 1 rule failed");
    harness.get_by_label("Condition before entry of Production: succeeded, 1 rule");
    harness.get_by_label("Condition on success of Production: not evaluated yet, 1 rule");
    harness
        .get_by_label("Condition before entry of Load: failed, 1 of 2 rules failed")
        .click();
    settle(&wall, &mut harness);
    let route = wall.scene.borrow().route.clone();
    assert!(matches!(route, Route::Project(route) if route.tab == SideTab::Details));
}

#[test]
fn what_is_particular_about_a_stage_is_in_its_name() {
    let (_, harness) = room(Scene::of(vec![fixture::release_train()]));
    harness.get_by_label_contains("Stage Docs: rolled back, f3a91c2");
    harness.get_by_label_contains("Stage Load: skipped");
    harness.get_by_label_contains("Stage Staging: succeeded, automatic retry, attempt 3");
}

#[test]
fn an_action_elsewhere_says_where_and_leads_there() {
    let (wall, mut harness) = room(Scene::of(vec![fixture::release_train()]));
    harness.get_by_label_contains("Staging / smoke: succeeded, CodeBuild · us-east-1, us-east-1");
    harness
        .get_by_label("Open deploy in dev · eu-north-1")
        .click();
    settle(&wall, &mut harness);
    assert_eq!(wall.selected().as_deref(), Some("deploy"));
    harness
        .get_by_label("Runs in 4444-5555-6666, which is not signed in")
        .click();
    settle(&wall, &mut harness);
    assert_eq!(wall.scene.borrow().route, Route::Accounts);
}

#[test]
fn the_queue_stands_in_order_on_the_arrow_and_each_leads_to_its_execution() {
    let (wall, mut harness) = room(Scene::of(vec![fixture::queue()]));
    for (place, label) in [(1, "0ad4f92"), (2, "3e5a6b1"), (3, "d4ee310")] {
        let name = format!("Execution {label} is number {place} in the queue into Migrate");
        harness.get_by_label(&name);
    }
    harness.get_by_label_contains(
        "Migrate / schema: running, Commands, 20 of ~4 min, slower than usual",
    );
    harness.get_by_label_contains("3e5a6b1 is number 2").click();
    settle(&wall, &mut harness);
    let route = wall.scene.borrow().route.clone();
    assert!(matches!(route, Route::Project(route) if route.execution.is_some()));
}

#[test]
fn every_execution_in_flight_has_a_lane_and_those_out_of_sight_have_no_node() {
    let (wall, mut harness) = room(Scene::of(vec![fixture::twelve_lanes()]));
    harness.get_by_label("12 executions in flight");
    let lanes = harness
        .query_all_by_label_contains(": waiting for a person, ")
        .count();
    assert!((1..12).contains(&lanes), "{lanes}");
    let seen = harness
        .query_all_by_label_contains("of the upload form")
        .count();
    assert!(seen < 11, "{seen} of 11 are in sight");
    harness
        .get_by_label_contains("running, Try variant 1 of")
        .click();
    settle(&wall, &mut harness);
    harness.get_by_label_contains("Build / bundle: running");
}

#[test]
fn zoom_and_pan_are_kept_for_each_pipeline() {
    let scene = Scene::of(vec![fixture::release_train(), fixture::queue()]);
    let (wall, mut harness) = room(scene);
    let first = wall.scene.borrow().route.clone();
    let width = |harness: &Window| harness.get_by_label_contains("Stage Source").rect().width();
    let fitted = width(&harness);
    typed(&wall, &mut harness, "+");
    let zoomed = width(&harness);
    assert!(zoomed > fitted * 1.1);
    let other = Scene::of(vec![fixture::queue()]).route;
    wall.scene.borrow_mut().route = other;
    harness.run();
    assert!(
        harness.query_by_label("Fit the stage graph").is_none(),
        "another look"
    );
    wall.scene.borrow_mut().route = first;
    harness.run();
    assert!((width(&harness) - zoomed).abs() < 0.5);
    harness.get_by_label("Zoom the stage graph out").click();
    settle(&wall, &mut harness);
    typed(&wall, &mut harness, "0");
    assert!((width(&harness) - fitted).abs() < 0.5);
}

/// Older than anything that is polled.
fn old() -> ExecutionId {
    "0dd0c0de-5a1f-4c3e-9f00-000000000001".into()
}

#[test]
fn an_execution_that_is_not_polled_is_read_whole_when_it_is_looked_at() {
    let pipeline = project::orders_api();
    let request = Request::Execution {
        pipeline: pipeline.key.clone(),
        execution: old(),
    };
    let scene = Scene::of(vec![pipeline.clone()]).at(|route| route.execution = Some(old()));
    let (wall, mut harness) = room(scene);
    assert!(matches!(
        wall.scene.borrow().oneshots.get(&request),
        Some(Oneshot::Pending { .. })
    ));
    harness.run();
    harness.get_by_label("Reading every attempt…");
    let mut first = pipeline.actions.value().unwrap()[0].clone();
    first.execution = old();
    first.id = "old-attempt".into();
    first.state = State::of_pipeline("Failed");
    first.action = action_key("Build", "compile");
    let detail = ExecutionDetail {
        execution: Execution {
            started: Some(ago(9_000_000)),
            updated: Some(ago(8_999_000)),
            ..Execution::new(old(), State::of_pipeline("Failed"))
        },
        actions: Arc::new(vec![first]),
        rules: Vec::new(),
    };
    let answer = project::ready(Response::Execution(Arc::new(detail)));
    wall.scene.borrow_mut().oneshots.insert(request, answer);
    harness.run();
    harness.run();
    harness.get_by_label_contains("Build / compile: failed");
    harness.get_by_label("Back to now");
}

#[test]
fn a_reading_that_failed_says_so_and_is_asked_for_again_only_by_hand() {
    let pipeline = project::orders_api();
    let request = Request::Execution {
        pipeline: pipeline.key.clone(),
        execution: old(),
    };
    let mut scene = Scene::of(vec![pipeline]).at(|route| route.execution = Some(old()));
    let fault = Fault::local("execution", "read", "the connection was reset", ago(5));
    let failed = Oneshot::Failed {
        at: ago(5),
        fault: Arc::new(fault),
    };
    scene.oneshots.insert(request.clone(), failed);
    let (wall, mut harness) = room(scene);
    let state = || {
        let scene = wall.scene.borrow();
        matches!(scene.oneshots.get(&request), Some(Oneshot::Pending { .. }))
    };
    harness.run();
    assert!(!state(), "not by itself");
    harness.get_by_label_contains("the connection was reset");
    harness.get_by_label("Read its attempts again").click();
    harness.run();
    assert!(state());
}

#[test]
fn before_the_listing_is_here_nothing_more_is_asked_for() {
    let mut pipeline = fixture::twelve_lanes();
    pipeline.actions = Remote::default();
    let (wall, _) = room(through(pipeline, Lens::Waterfall));
    let scene = wall.scene.borrow();
    let mut asked = scene.oneshots.keys();
    assert!(!asked.any(|request| matches!(request, Request::Execution { .. })));
}

#[test]
fn what_the_listing_holds_is_not_asked_for() {
    for lens in Lens::ALL {
        let (wall, _) = room(through(project::orders_api(), lens));
        let asked: Vec<Request> = wall.scene.borrow().oneshots.keys().cloned().collect();
        let reads = |request: &&Request| matches!(request, Request::Execution { .. });
        assert_eq!(asked.iter().find(reads), None);
    }
    let lanes = room(Scene::of(vec![fixture::twelve_lanes()])).0;
    let asked = lanes.asked.borrow();
    assert!(
        !asked
            .iter()
            .any(|action| matches!(action, UiAction::Ask(_)))
    );
}
