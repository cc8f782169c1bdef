//! The Project view: how it looks, where keys and clicks lead, and what it asks for.

use crate::fixture::pipeline;
use crate::fixture::project as fixture;
use crate::harness;
use crate::wall::{Scene, Wall};
use eframe::egui::{self, Key};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, SnapshotResults};
use starboard::model::oneshot::Response;
use starboard::model::settings::Settings;
use starboard::model::status::State;
use starboard::ui::action::UiAction;
use starboard::ui::route::SideTab;
use std::sync::Arc;

/// A scene in both themes; `dark` alone for what differs from another picture only in what it says.
fn shot(results: &mut SnapshotResults, name: &str, themes: &[bool], scene: Scene) {
    let wall = Wall::new(scene);
    for dark in themes {
        let mut paint = wall.project();
        let mut harness = harness::sheet(harness::WINDOW, *dark, move |ui| paint(ui));
        harness.run();
        let suffix = if *dark { "dark" } else { "light" };
        harness.snapshot(format!("{name}-{suffix}"));
        results.extend_harness(&mut harness);
    }
}

const BOTH: &[bool] = &[true, false];
const DARK: &[bool] = &[true];

#[test]
fn the_project_looks_as_drawn() {
    let mut results = SnapshotResults::new();
    let orders = || Scene::of(vec![fixture::orders_api()]);
    let indexer = || Scene::of(vec![fixture::search_indexer()]);
    shot(&mut results, "project-deploy", BOTH, orders());
    shot(&mut results, "project-build", BOTH, indexer());
    let mut gate = Scene::of(vec![fixture::checkout_api()]);
    gate.oneshots.insert(
        fixture::review_request(),
        fixture::ready(Response::Review(Arc::new(fixture::review()))),
    );
    shot(&mut results, "project-gate", BOTH, gate);
    let older = orders().at(|route| {
        route.execution = fixture::search_indexer()
            .executions
            .value()
            .map(|all| all[3].id.clone());
        route.tab = SideTab::History;
    });
    shot(&mut results, "project-older", DARK, older);
    let details = indexer().at(|route| {
        route.action = Some(pipeline::action_key("Source", "indexer"));
        route.tab = SideTab::Details;
    });
    shot(&mut results, "project-source", DARK, details);
    let issues = orders().at(|route| {
        route.action = Some(pipeline::action_key("Staging", "smoke"));
        route.tab = SideTab::Issues;
    });
    shot(&mut results, "project-issues", DARK, issues);
    shot(
        &mut results,
        "project-parallel",
        DARK,
        Scene::of(vec![fixture::edge_parallel()]),
    );
    shot(
        &mut results,
        "project-large",
        DARK,
        Scene::of(vec![fixture::enormous()]),
    );
}

/// The Project view of these pipelines, painted once.
fn project(scene: Scene) -> (Wall, Harness<'static, harness::Sheet<'static>>) {
    let wall = Wall::new(scene);
    let mut paint = wall.project();
    let mut harness = harness::sheet(harness::WINDOW, true, move |ui| paint(ui));
    harness.run();
    (wall, harness)
}

#[test]
fn keys_walk_the_graph_and_the_executions() {
    let (wall, mut harness) = project(Scene::of(vec![fixture::orders_api()]));
    let mut press = |key| {
        harness.key_press(key);
        harness.run();
    };
    press(Key::H);
    assert_eq!(
        wall.selected().as_deref(),
        Some("Approve"),
        "from the running fleet"
    );
    press(Key::H);
    press(Key::J);
    assert_eq!(wall.selected().as_deref(), Some("smoke"));
    press(Key::L);
    press(Key::L);
    assert_eq!(wall.selected().as_deref(), Some("fleet"));
    harness.event(egui::Event::Text("[".into()));
    harness.run();
    harness.get_by_label("Back to now").click();
    harness.run();
    assert!(harness.query_by_label("Back to now").is_none());
}

#[test]
fn a_click_on_a_card_selects_it_and_the_open_gate_is_reviewed_by_key() {
    let (wall, mut harness) = project(Scene::of(vec![fixture::checkout_api()]));
    harness.get_by_label_contains("Staging / smoke").click();
    harness.run();
    assert_eq!(wall.selected().as_deref(), Some("smoke"));
    harness.key_press(Key::A);
    harness.run();
    let asked = wall.asked.borrow();
    assert!(asked.iter().any(|action| matches!(
        action,
        UiAction::OpenGate { action, .. } if action.action.as_str() == "Approve-production"
    )));
}

#[test]
fn a_superseded_execution_promises_nothing_more() {
    let orders = fixture::orders_api();
    let all = orders.executions.value().unwrap();
    let superseded = all
        .iter()
        .find(|execution| execution.state.word() == "Superseded")
        .map(|execution| execution.id.clone());
    assert!(superseded.is_some());
    let scene = Scene::of(vec![orders.clone()]).at(|route| {
        route.execution = superseded;
        route.action = Some(pipeline::action_key("Production", "fleet"));
    });
    let (_, harness) = project(scene);
    harness.get_by_label("Did not run in this execution");
    harness.get_by_label_contains("A newer execution superseded this one");
}

#[test]
fn a_selection_survives_what_the_pipeline_does_meanwhile() {
    let (wall, mut harness) = project(Scene::of(vec![fixture::orders_api()]));
    harness.get_by_label_contains("Production / fleet: running");
    wall.change(|snapshot| {
        let mut pipeline = fixture::orders_api();
        pipeline::with_stage(&mut pipeline, "Staging", |stage| {
            stage.actions[1].state = State::of_pipeline("Failed");
        });
        Arc::make_mut(&mut snapshot.pipelines).insert(pipeline);
    });
    harness.run();
    let fleet = harness.get_by_label_contains("Production / fleet: running");
    assert_eq!(
        fleet.accesskit_node().toggled(),
        Some(egui::accesskit::Toggled::True)
    );
}

#[test]
fn an_enormous_pipeline_names_only_what_is_in_sight() {
    let (_, harness) = project(Scene::of(vec![fixture::enormous()]));
    let cards = harness.query_all_by_label_contains("/ action-").count();
    assert!(
        (1..400).contains(&cards),
        "{cards} of 2 500 cards have a node"
    );
    assert_eq!(harness.query_all_by_label_contains("\u{202e}").count(), 0);
}

#[test]
fn splitters_follow_the_hand_and_are_remembered_when_let_go() {
    let (wall, mut harness) = project(Scene::of(vec![fixture::orders_api()]));
    for (name, by) in [
        ("Resize the side pane", egui::vec2(-120.0, 0.0)),
        ("Resize the stage graph", egui::vec2(0.0, -60.0)),
    ] {
        let at = harness.get_by_label(name).rect().center();
        harness.drag_at(at);
        harness.run();
        harness.hover_at(at + by);
        harness.run();
        let moved = harness.get_by_label(name).rect().center();
        assert!((moved - at - by).length() < 2.0, "{name} is at {moved}");
        harness.drop_at(at + by);
        harness.run();
    }
    let mut settings = Settings::default();
    for action in wall.asked.borrow_mut().drain(..) {
        if let UiAction::Settings(change) = action {
            change(&mut settings);
        }
    }
    assert!((settings.views.project_side_width - 520.0).abs() < 2.0);
    assert!(settings.views.project_graph_height.is_some());
}

#[test]
fn a_large_graph_is_panned_by_hand_and_fitted_again() {
    let (_, mut harness) = project(Scene::of(vec![fixture::enormous()]));
    assert!(harness.query_by_label("Fit the stage graph").is_none());
    let before = harness.get_by_label_contains("Stage Stage-1-").rect();
    let at = before.left_top() - egui::vec2(20.0, -4.0);
    harness.drag_at(at);
    harness.run();
    harness.hover_at(at - egui::vec2(200.0, 0.0));
    harness.run();
    harness.drop_at(at - egui::vec2(200.0, 0.0));
    harness.run();
    let after = harness.get_by_label_contains("Stage Stage-1-").rect();
    assert!(
        (before.left() - after.left() - 200.0).abs() < 2.0,
        "{before} {after}"
    );
    harness.get_by_label("Fit the stage graph").click();
    harness.run();
    let fitted = harness.get_by_label_contains("Stage Stage-1-").rect();
    assert!((before.left() - fitted.left()).abs() < 1.0);
}
