//! The Builds view beyond its list: a build, its project, its batch, the dialog that starts one; and its keys.

use std::time::Duration;

use eframe::egui::{self, Key};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, SnapshotResults};
use starboard::model::command::Command;
use starboard::model::ids::BuildProjectKey;
use starboard::model::oneshot::Request;
use starboard::model::snapshot::Snapshot;
use starboard::ui::action::UiAction;
use starboard::ui::route::{BuildTab, BuildsRoute, ProjectTab, Route};

use crate::fixture::builds::{self, answers};
use crate::fixture::harbour::{self, Condition, scope};
use crate::views::{Wall, go, open};

fn snapshot() -> Snapshot {
    builds::add(harbour::snapshot(Condition::Full), Condition::Full)
}

fn project() -> BuildProjectKey {
    BuildProjectKey {
        scope: scope("dev"),
        name: "search-indexer".into(),
    }
}

/// The window at a place, with everything answered that it asks for.
fn at(route: BuildsRoute, dark: bool) -> Harness<'static, Wall> {
    let mut snapshot = snapshot();
    answers::add_batch(&mut snapshot);
    let failed = builds::key("search-indexer", "88");
    let oneshots = answers::of(&snapshot, &project(), &failed);
    let mut harness = open(snapshot, dark);
    harness.state_mut().oneshots = oneshots;
    go(&mut harness, Route::Builds(route));
    harness
}

fn build(tab: BuildTab) -> BuildsRoute {
    BuildsRoute::Build {
        build: builds::key("search-indexer", "88"),
        tab,
    }
}

fn of_project(tab: ProjectTab) -> BuildsRoute {
    BuildsRoute::Project {
        project: project(),
        tab,
    }
}

fn place(harness: &Harness<'_, Wall>) -> BuildsRoute {
    match harness.state().window.route() {
        Route::Builds(route) => route.clone(),
        other => panic!("{other:?}"),
    }
}

fn press(harness: &mut Harness<'static, Wall>, key: Key) {
    harness.key_press(key);
    harness.run();
}

fn type_text(harness: &mut Harness<'static, Wall>, text: &str) {
    harness.event(egui::Event::Text(text.to_owned()));
    harness.run();
}

#[test]
fn builds_projects_and_batches_look_as_they_should() {
    let mut batch = snapshot();
    let batch = answers::add_batch(&mut batch);
    let places = [
        ("about", build(BuildTab::About)),
        ("variables", build(BuildTab::Variables)),
        ("reports", build(BuildTab::Reports)),
        ("member", build(BuildTab::Batch)),
        ("local", build(BuildTab::Local)),
        (
            "running",
            BuildsRoute::Build {
                build: builds::key("orders-build", "412"),
                tab: BuildTab::About,
            },
        ),
        ("batch", BuildsRoute::Batch(batch)),
        ("projects", BuildsRoute::Projects),
        ("trend", of_project(ProjectTab::Trend)),
        ("alarms", of_project(ProjectTab::Alarms)),
        ("batches", of_project(ProjectTab::Batches)),
    ];
    let mut results = SnapshotResults::new();
    for (name, route) in places {
        for (dark, theme) in [(true, "dark"), (false, "light")] {
            let mut harness = at(route.clone(), dark);
            harness.snapshot(format!("build-{name}-{theme}"));
            results.extend_harness(&mut harness);
        }
    }
}

#[test]
fn the_dialog_that_starts_a_build_looks_as_it_should() {
    let mut results = SnapshotResults::new();
    for (dark, theme) in [(true, "dark"), (false, "light")] {
        let mut harness = at(of_project(ProjectTab::Trend), dark);
        press(&mut harness, Key::C);
        harness.get_by_label("Version to build").focus();
        harness.run();
        harness
            .get_by_label("Version to build")
            .type_text("feature/x");
        harness.run();
        harness.snapshot(format!("build-start-{theme}"));
        results.extend_harness(&mut harness);
    }
}

#[test]
fn rows_are_walked_filtered_and_opened_by_key() {
    let mut harness = at(BuildsRoute::All, true);
    type_text(&mut harness, "2");
    for key in [Key::J, Key::J, Key::Enter] {
        press(&mut harness, key);
    }
    let BuildsRoute::Build { build, .. } = place(&harness) else {
        panic!("{:?}", place(&harness));
    };
    assert_eq!(
        build,
        builds::key("edge-images", "19"),
        "the second of those that failed"
    );
    press(&mut harness, Key::Escape);
    assert_eq!(place(&harness), BuildsRoute::All);
    type_text(&mut harness, "1");
    type_text(&mut harness, "/");
    type_text(&mut harness, "webhook 730");
    harness.get_by_role_and_label(egui::Role::Row, "web-shop-build #730");
    assert!(harness.query_by_label("web-shop-build #731").is_none());
}

#[test]
fn tabs_are_reached_by_key_and_a_build_leads_to_its_project_and_batch() {
    let mut harness = at(build(BuildTab::About), true);
    type_text(&mut harness, "]");
    assert_eq!(place(&harness), build(BuildTab::Variables));
    type_text(&mut harness, "[");
    assert_eq!(place(&harness), build(BuildTab::About));
    press(&mut harness, Key::P);
    assert_eq!(place(&harness), of_project(ProjectTab::Trend));
    go(&mut harness, Route::Builds(build(BuildTab::Batch)));
    harness.get_by_label("Open the batch").click();
    harness.run();
    assert!(matches!(place(&harness), BuildsRoute::Batch(_)));
}

#[test]
fn a_plain_secret_stands_masked_until_it_is_asked_for() {
    let mut harness = at(build(BuildTab::Variables), true);
    let shown = |harness: &Harness<'_, Wall>| {
        let root = harness.root();
        root.children_recursive().any(|node| {
            let node = node.accesskit_node();
            let said = node.label().or_else(|| node.value());
            said.is_some_and(|said| said.contains("npm_9f1c"))
        })
    };
    assert!(!shown(&harness));
    harness.get_by_label("Show the value of NPM_TOKEN").click();
    harness.run();
    harness.get_by_label("Copy the value shown");
    assert!(!shown(&harness), "and is not read out even then");
    harness.get_by_label("Hide the value of NPM_TOKEN").click();
    harness.run();
    assert!(harness.query_by_label("Copy the value shown").is_none());
}

#[test]
fn references_are_checked_only_when_asked() {
    let mut harness = at(build(BuildTab::Variables), true);
    harness.get_by_label_contains("3 references: 2 missing or of no use, 1 not to be told");
    let request = Request::References { project: project() };
    harness.state_mut().oneshots.remove(&request);
    harness.run();
    let asks = |harness: &Harness<'_, Wall>| {
        let asked = harness.state().asked.borrow();
        let own = |action: &&UiAction| matches!(action, UiAction::Ask(it) if *it == request);
        asked.iter().filter(own).count()
    };
    assert_eq!(asks(&harness), 0);
    harness.get_by_label("Check references").click();
    harness.run();
    assert_eq!(asks(&harness), 1);
}

fn sent(harness: &Harness<'_, Wall>) -> Vec<Command> {
    let asked = harness.state().asked.borrow();
    let commands = asked.iter().filter_map(|action| match action {
        UiAction::Send(command) => Some(command.clone()),
        _ => None,
    });
    commands.collect()
}

#[test]
fn a_start_says_what_differs_and_sends_exactly_that() {
    let mut harness = at(of_project(ProjectTab::Trend), true);
    press(&mut harness, Key::C);
    for (field, text) in [
        ("Version to build", "feature/x"),
        ("Value of STAGE", "prod"),
    ] {
        harness.get_by_label(field).focus();
        harness.run();
        harness.get_by_label(field).type_text(text);
        harness.run();
    }
    harness.get_by_label("Version feature/x in place of main");
    harness.get_by_label("STAGE: prod in place of dev");
    harness.get_by_label_contains("2 missing or of no use");
    press(&mut harness, Key::Enter);
    assert!(sent(&harness).is_empty(), "Enter is no yes");
    harness
        .get_by_label_contains(
            "Start build of feature/x with another STAGE: search-indexer in dev (2207-4410-0831",
        )
        .click();
    harness.run();
    let sent = sent(&harness);
    let [
        Command::StartBuild {
            project, overrides, ..
        },
    ] = sent.as_slice()
    else {
        panic!("one build is started");
    };
    assert_eq!(project.as_str(), "search-indexer");
    assert_eq!(overrides.source_version.as_deref(), Some("feature/x"));
    let names: Vec<&str> = overrides
        .variables
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["STAGE"]);
}

#[test]
fn production_asks_for_the_name_before_anything_is_started() {
    let mut snapshot = snapshot();
    answers::add_batch(&mut snapshot);
    let orders = BuildProjectKey {
        scope: scope("prod"),
        name: "orders-build".into(),
    };
    let key = builds::key("orders-build", "411");
    let oneshots = answers::of(&snapshot, &orders, &key);
    let mut harness = open(snapshot, true);
    harness.state_mut().oneshots = oneshots;
    let route = BuildsRoute::Project {
        project: orders,
        tab: ProjectTab::Trend,
    };
    go(&mut harness, Route::Builds(route));
    press(&mut harness, Key::C);
    let button = |harness: &Harness<'_, Wall>| {
        let node = harness.get_by_label_contains("Start build: orders-build in prod");
        node.accesskit_node().is_disabled()
    };
    assert!(button(&harness));
    harness.get_by_label("Name of the project").focus();
    harness.run();
    harness
        .get_by_label("Name of the project")
        .type_text("orders-build");
    harness.run();
    assert!(!button(&harness));
}

#[test]
fn while_nothing_has_been_read_nothing_is_counted() {
    let mut harness = open(harbour::snapshot(Condition::Loading), true);
    for route in [BuildsRoute::All, of_project(ProjectTab::Trend)] {
        go(&mut harness, Route::Builds(route));
        for words in ["failed —", "running —", "queued —"] {
            harness.get_by_label(words);
        }
    }
    let mut harness = open(harbour::snapshot(Condition::Empty), true);
    go(&mut harness, Route::Builds(BuildsRoute::All));
    harness.get_by_label("failed 0");
}

#[test]
fn a_project_leads_to_the_logs_of_its_past_builds_and_back() {
    let mut results = SnapshotResults::new();
    for (dark, theme) in [(true, "dark"), (false, "light")] {
        let mut harness = at(of_project(ProjectTab::Trend), dark);
        harness.get_by_label("Past builds").click();
        harness.run();
        harness.get_by_label("Search the logs of past builds");
        harness.snapshot(format!("build-past-{theme}"));
        results.extend_harness(&mut harness);
        // Escape leaves the field, then the search, then the project.
        press(&mut harness, Key::Escape);
        press(&mut harness, Key::Escape);
        assert!(
            harness
                .query_by_label("Search the logs of past builds")
                .is_none()
        );
        assert_eq!(place(&harness), of_project(ProjectTab::Trend));
        harness.get_by_label("queued 0");
    }
}

#[test]
fn a_verb_that_cannot_be_done_says_why() {
    let mut harness = at(build(BuildTab::About), true);
    press(&mut harness, Key::S);
    harness.get_by_label_contains("It has ended: there is nothing to stop");
    let running = BuildsRoute::Build {
        build: builds::key("orders-build", "412"),
        tab: BuildTab::About,
    };
    go(&mut harness, Route::Builds(running));
    press(&mut harness, Key::R);
    harness.get_by_label_contains("It has not ended yet");
    press(&mut harness, Key::S);
    harness
        .get_by_label_contains("Stop build: orders-build #412 in prod (4821-0093-7715, eu-west-1)");
    assert!(sent(&harness).is_empty(), "it asks first");
}

#[test]
fn an_account_read_only_here_refuses_every_verb_with_its_reason() {
    let mut harness = at(
        BuildsRoute::Build {
            build: builds::key("web-shop-build", "731"),
            tab: BuildTab::About,
        },
        true,
    );
    press(&mut harness, Key::R);
    harness.get_by_label_contains("staging is read-only in Starboard");
    press(&mut harness, Key::C);
    assert!(harness.query_by_label("Version to build").is_none());
}

#[test]
fn the_graph_of_a_batch_is_walked_by_key_and_leads_to_its_builds() {
    let mut with_batch = snapshot();
    let batch = answers::add_batch(&mut with_batch);
    let mut harness = at(BuildsRoute::Batch(batch), true);
    let selected = |harness: &Harness<'_, Wall>| {
        let nodes = harness.query_all_by_role(egui::Role::Button);
        let mut on = nodes
            .filter(|node| node.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True));
        on.next().and_then(|node| node.accesskit_node().label())
    };
    assert!(selected(&harness).is_some_and(|name| name.starts_with("test_x86: failed")));
    press(&mut harness, Key::L);
    assert!(
        selected(&harness)
            .is_some_and(|name| name.starts_with("package: waiting for test_x86, test_arm"))
    );
    press(&mut harness, Key::H);
    press(&mut harness, Key::Enter);
    assert!(matches!(place(&harness), BuildsRoute::Build { .. }));
}

#[test]
fn ten_thousand_builds_paint_only_what_is_seen() {
    let mut snapshot = snapshot();
    let some = snapshot.builds.rows()[0].clone();
    let table = std::sync::Arc::make_mut(&mut snapshot.builds);
    for number in 0..10_000 {
        let mut row = (*some).clone();
        row.key.id = format!("many:{number:05}").as_str().into();
        table.insert(row);
    }
    let mut harness = open(snapshot, true);
    go(&mut harness, Route::Builds(BuildsRoute::All));
    let rows = harness.query_all_by_role(egui::Role::Row).count();
    assert!((10..60).contains(&rows), "{rows}");
    let output = &harness.output().viewport_output[&egui::ViewportId::ROOT];
    assert!(
        output.repaint_delay >= Duration::from_millis(250),
        "{:?}",
        output.repaint_delay
    );
}
