//! The log window on the wire: a build's log is read, searched, filtered, followed and merged as a person does it.

use std::time::Duration;

use starboard::model::build::BuildRow;
use starboard::model::ids::BuildKey;
use starboard::model::snapshot::Snapshot;
use starboard::model::status::Status;
use starboard::ui::route::{BuildTab, BuildsRoute, Route};

use super::driver::Driver;

/// The newest build that is as wanted and has a log.
fn build(driver: &mut Driver, what: &str, wanted: impl Fn(Status) -> bool) -> BuildKey {
    let find = |snapshot: &Snapshot| {
        let is_wanted = |row: &&std::sync::Arc<BuildRow>| {
            let build = row.build.value();
            build.is_some_and(|build| wanted(build.state.status) && build.log.is_some())
        };
        let rows = snapshot.builds.rows();
        rows.iter().find(is_wanted).map(|row| row.key.clone())
    };
    driver.until(what, |snapshot| find(snapshot).is_some());
    find(&driver.snapshot()).unwrap()
}

fn open(driver: &mut Driver, build: &BuildKey) {
    let route = Route::Builds(BuildsRoute::Build {
        build: build.clone(),
        tab: BuildTab::default(),
    });
    driver.harness.state_mut().go(route);
    driver.expect(" lines, ");
}

#[test]
fn a_failed_builds_log_is_searched_folded_lines_and_all_and_filtered() {
    let mut driver = Driver::open("harbour");
    let failed = build(&mut driver, "a failed build", |status| {
        status == Status::Failed
    });
    open(&mut driver, &failed);
    driver.expect("complete");
    driver.type_into("Find in the log", "Entering phase");
    driver.expect(" of ");
    driver.press("filter");
    driver.press("Show only lines with “Entering phase”");
    driver.expect("show only: Entering phase");
    driver.expect(" lines shown");
    driver.press("Clear all filters");
    driver.until("no filter any more", |_| true);
}

#[test]
fn escape_closes_a_menu_of_the_log_and_no_more() {
    let mut driver = Driver::open("harbour");
    let failed = build(&mut driver, "a failed build", |status| {
        status == Status::Failed
    });
    open(&mut driver, &failed);
    driver.expect("complete");
    for (button, inside) in [
        ("filter", "All lines"),
        ("More about this log", "Save a clean copy"),
    ] {
        driver.press(button);
        driver.expect(inside);
        driver.key(eframe::egui::Key::Escape);
        driver.expect_gone(inside);
        driver.expect(" lines, ");
    }
}

#[test]
fn a_running_builds_log_is_followed_until_it_is_let_go_and_taken_up_again() {
    let mut driver = Driver::open("harbour");
    let running = build(&mut driver, "a running build", |status| {
        status == Status::Running
    });
    open(&mut driver, &running);
    driver.expect("following");
    driver.harness.key_press(eframe::egui::Key::F);
    driver.expect("paused here");
    driver.live(Duration::from_secs(40));
    driver.expect("new line");
    driver.press("new line");
    driver.expect("following");
}
