//! Builds from the key to the wire and back: starts, stops, retries, batches, references and reports, on the story
//! `builds`.

use std::time::Duration;

use eframe::egui::Key;
use egui_kittest::kittest::Queryable as _;
use starboard::model::build::Build;
use starboard::model::command::Progress;
use starboard::model::ids::{BatchKey, BuildKey, BuildProjectKey, Scope};
use starboard::model::snapshot::Snapshot;
use starboard::model::status::Status;
use starboard::ui::route::{BuildTab, BuildsRoute, ProjectTab, Route};

use super::driver::Driver;

fn story() -> Driver {
    Driver::open("builds")
}

fn prod() -> Scope {
    Scope {
        account: "prod".into(),
        region: "eu-west-1".into(),
    }
}

fn dev() -> Scope {
    Scope {
        account: "dev".into(),
        region: "eu-west-1".into(),
    }
}

fn project(name: &str) -> BuildProjectKey {
    BuildProjectKey {
        scope: dev(),
        name: name.into(),
    }
}

fn go(driver: &mut Driver, route: BuildsRoute) {
    driver.harness.state_mut().go(Route::Builds(route));
    driver.harness.step();
    driver.harness.step();
}

fn to_project(driver: &mut Driver, name: &str) {
    let project = project(name);
    let tab = ProjectTab::default();
    go(driver, BuildsRoute::Project { project, tab });
}

/// The builds of a project in dev, newest first.
fn builds(snapshot: &Snapshot, name: &str) -> Vec<(BuildKey, Build)> {
    builds_in(&dev(), snapshot, name)
}

fn builds_in(scope: &Scope, snapshot: &Snapshot, name: &str) -> Vec<(BuildKey, Build)> {
    let mut all: Vec<(BuildKey, Build)> = snapshot
        .builds
        .rows()
        .iter()
        .filter_map(|row| Some((row.key.clone(), row.build.value()?.as_ref().clone())))
        .filter(|(key, build)| key.scope == *scope && build.project.as_str() == name)
        .collect();
    all.sort_by_key(|(_, build)| std::cmp::Reverse(build.started));
    all
}

fn accepted(driver: &mut Driver, count: usize) {
    driver.until("AWS's acceptance", |snapshot| {
        let rows = snapshot.commands.rows();
        match rows.last().map(|record| &record.progress) {
            Some(Progress::Accepted { .. }) => rows.len() == count,
            Some(Progress::Refused { fault, .. }) => panic!("{}", fault.headline()),
            Some(Progress::Changed { message, .. }) => panic!("{message}"),
            _ => false,
        }
    });
}

#[test]
fn a_build_is_started_with_its_overrides_then_stopped_and_run_again() {
    let mut driver = story();
    to_project(&mut driver, "storefront");
    let known = builds(&driver.snapshot(), "storefront").len();
    driver.key(Key::C);
    driver.type_into("Version to build", "feature/flags");
    driver.type_into("Value of NODE_ENV", "test");
    driver.expect("NODE_ENV: test in place of production");
    driver.expect("missing or of no use");
    driver.press_twice("Start build of feature/flags with another NODE_ENV: storefront in dev");
    accepted(&mut driver, 1);
    assert_eq!(
        driver.sim.request_count("StartBuild"),
        1,
        "two presses are one start"
    );
    driver.live(Duration::from_secs(12));
    driver.until("the new build", |snapshot| {
        builds(snapshot, "storefront").len() > known
    });
    let (key, build) = builds(&driver.snapshot(), "storefront").remove(0);
    assert_eq!(build.branch(), Some("feature/flags"));
    let tab = BuildTab::About;
    go(
        &mut driver,
        BuildsRoute::Build {
            build: key.clone(),
            tab,
        },
    );
    driver.key(Key::S);
    driver.press("Stop build: storefront");
    accepted(&mut driver, 2);
    driver.live(Duration::from_secs(6));
    driver.until("its end", |snapshot| {
        let own = snapshot.builds.get(&key);
        own.and_then(|row| row.build.value())
            .is_some_and(|build| build.state.status == Status::Stopped)
    });
    driver.key(Key::R);
    driver.press("Retry build: storefront");
    accepted(&mut driver, 3);
    for operation in ["StopBuild", "RetryBuild"] {
        assert_eq!(driver.sim.request_count(operation), 1, "{operation}");
    }
}

#[test]
fn a_batch_is_shown_as_a_graph_stopped_and_run_again() {
    let mut driver = story();
    to_project(&mut driver, "release");
    let running = builds(&driver.snapshot(), "release")
        .into_iter()
        .find_map(|(_, build)| build.batch.filter(|_| build.state.status.is_moving()));
    let batch = BatchKey {
        scope: dev(),
        id: running.expect("a batch that runs"),
    };
    go(&mut driver, BuildsRoute::Batch(batch.clone()));
    driver.expect("publish: waiting for");
    driver.key(Key::S);
    driver.press("Stop batch: release");
    accepted(&mut driver, 1);
    driver.live(Duration::from_secs(8));
    driver.until("its end", |snapshot| {
        let own = snapshot.batches.get(&batch);
        own.and_then(|row| row.batch.value())
            .is_some_and(|batch| !batch.state.status.is_moving())
    });
    driver.key(Key::R);
    driver.expect("CodeBuild retries only a batch that failed");
    // The one of the day before failed in its web tests.
    let failed = builds(&driver.snapshot(), "release")
        .into_iter()
        .filter(|(_, build)| {
            build
                .failure()
                .is_some_and(|said| said.contains("npm test"))
        })
        .find_map(|(_, build)| build.batch);
    let batch = BatchKey {
        scope: dev(),
        id: failed.expect("a batch that failed"),
    };
    go(&mut driver, BuildsRoute::Batch(batch));
    driver.expect("web: failed");
    driver.key(Key::R);
    driver.choose("All builds");
    driver.press("Retry all builds: release");
    accepted(&mut driver, 2);
    for operation in ["StopBuildBatch", "RetryBuildBatch"] {
        assert_eq!(driver.sim.request_count(operation), 1, "{operation}");
    }
}

#[test]
fn a_batch_is_started_only_where_the_project_has_them() {
    let mut driver = story();
    to_project(&mut driver, "release");
    driver.key(Key::B);
    driver.press("Start batch: release in dev");
    accepted(&mut driver, 1);
    assert_eq!(driver.sim.request_count("StartBuildBatch"), 1);
    let project = project("storefront");
    let tab = ProjectTab::Definition;
    go(&mut driver, BuildsRoute::Project { project, tab });
    driver.expect("not configured");
    driver.key(Key::B);
    driver.expect("The project has no batch configuration");
}

#[test]
fn references_are_checked_without_their_values_and_reports_name_what_failed() {
    let mut driver = story();
    to_project(&mut driver, "storefront");
    let failed = builds(&driver.snapshot(), "storefront")
        .into_iter()
        .find(|(_, build)| build.state.status.is_bad() && !build.reports.is_empty());
    let (build, _) = failed.expect("a failed build with reports");
    let tab = BuildTab::Variables;
    go(
        &mut driver,
        BuildsRoute::Build {
            build: build.clone(),
            tab,
        },
    );
    driver.expect("Secrets in plain text?");
    driver.press("Check references");
    driver.expect("no such parameter");
    for operation in ["GetParameter", "GetParameters", "GetSecretValue", "Decrypt"] {
        assert_eq!(driver.sim.request_count(operation), 0, "{operation}");
    }
    let tab = BuildTab::Reports;
    go(&mut driver, BuildsRoute::Build { build, tab });
    driver.expect("passed or skipped");
    driver.expect("failed");
}

#[test]
fn every_project_is_listed_and_a_history_reads_on() {
    let mut driver = story();
    go(&mut driver, BuildsRoute::Projects);
    driver.expect("legacy-export");
    to_project(&mut driver, "storefront");
    driver.expect("These are all that CodeBuild keeps");
}

#[test]
fn in_production_every_write_to_builds_asks_for_the_projects_name() {
    let mut driver = story();
    let nightly = BuildProjectKey {
        scope: prod(),
        name: "nightly-load".into(),
    };
    let running = builds_in(&prod(), &driver.snapshot(), "nightly-load");
    let running = running
        .into_iter()
        .find(|(_, build)| build.status() == Status::Running);
    let (build, _) = running.expect("a build that runs");
    go(
        &mut driver,
        BuildsRoute::Project {
            project: nightly,
            tab: ProjectTab::default(),
        },
    );
    let tab = BuildTab::About;
    let type_and_press = |driver: &mut Driver, key: Key, button: &str, count: usize| {
        driver.key(key);
        driver.expect("prod is a production account");
        driver.type_into("Name of the project", "nightly");
        assert!(!driver.is_enabled(button), "{button}");
        driver.type_into("Name of the project", "-load");
        driver.press(button);
        accepted(driver, count);
    };
    type_and_press(&mut driver, Key::C, "Start build: nightly-load in prod", 1);
    let route = || BuildsRoute::Build {
        build: build.clone(),
        tab,
    };
    go(&mut driver, route());
    type_and_press(&mut driver, Key::S, "Stop build: nightly-load", 2);
    driver.live(Duration::from_secs(8));
    driver.until("its end", |snapshot| {
        let own = snapshot.builds.get(&build);
        own.and_then(|row| row.build.value())
            .is_some_and(|build| build.state.status == Status::Stopped)
    });
    type_and_press(&mut driver, Key::R, "Retry build: nightly-load", 3);
    for operation in ["StartBuild", "StopBuild", "RetryBuild"] {
        assert_eq!(driver.sim.request_count(operation), 1, "{operation}");
    }
}

#[test]
fn builds_that_wait_in_the_queue_are_counted_and_found() {
    let mut driver = story();
    go(&mut driver, BuildsRoute::All);
    let snapshot = driver.snapshot();
    let all = snapshot.builds.rows().iter();
    let waits = |build: &Build| {
        build.state.word() == "IN_PROGRESS"
            && matches!(build.current_phase.as_str(), "QUEUED" | "SUBMITTED")
    };
    let queued = all
        .filter(|row| row.build.value().is_some_and(|build| waits(build)))
        .count();
    assert!(queued > 0);
    driver.expect(&format!("queued {queued}"));
    driver.choose(&format!("queued {queued}"));
    driver.expect(&format!("{queued} of "));
    let waiting = snapshot.builds.rows().iter();
    let mut waiting = waiting.filter(|row| row.build.value().is_some_and(|build| waits(build)));
    let build = waiting.next().unwrap().key.clone();
    let tab = BuildTab::About;
    go(&mut driver, BuildsRoute::Build { build, tab });
    driver.expect("No log yet");
    // Nowhere is it said to run: not in its head, and not in its phases.
    assert!(driver.harness.query_by_label("running").is_none());
}
