//! The log window on the wire: a build's log is read, searched, filtered, followed and merged as a person does it.

use std::time::{Duration, Instant};

use eframe::egui::Key;
use egui_kittest::kittest::Queryable as _;
use starboard::model::build::BuildRow;
use starboard::model::ids::BuildKey;
use starboard::model::snapshot::Snapshot;
use starboard::model::status::Status;
use starboard::ui::route::{BuildTab, BuildsRoute, Route};

use super::driver::{Driver, nap};

/// The newest build that is as wanted and has a log.
pub fn build(driver: &mut Driver, what: &str, wanted: impl Fn(Status) -> bool) -> BuildKey {
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

pub fn open(driver: &mut Driver, build: &BuildKey) {
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
        driver.key(Key::Escape);
        driver.expect_gone(inside);
        driver.expect(" lines, ");
    }
}

#[test]
fn escape_over_an_opened_line_closes_just_that() {
    let mut driver = Driver::open("harbour");
    let failed = build(&mut driver, "a failed build", |status| {
        status == Status::Failed
    });
    open(&mut driver, &failed);
    driver.expect("complete");
    driver.expect("Command did not exit");
    let mut lines = driver
        .harness
        .query_all_by_label_contains("Command did not exit");
    lines.next().unwrap().click();
    drop(lines);
    driver.harness.step();
    driver.harness.step();
    driver.key(Key::Enter);
    driver.expect(" characters");
    driver.key(Key::Escape);
    driver.expect_gone(" characters");
    let is_there = |driver: &Driver| {
        let mut lines = driver.harness.query_all_by_label_contains(" lines, ");
        lines.next().is_some()
    };
    assert!(is_there(&driver), "the build is still on screen");
    // The selection goes next, then the log's hold on the keyboard, and only then the page.
    for _ in 0..2 {
        driver.key(Key::Escape);
        assert!(is_there(&driver), "the build is still on screen");
    }
    driver.key(Key::Escape);
    driver.expect_gone(" lines, ");
}

#[test]
fn a_running_builds_log_is_followed_until_it_is_let_go_and_taken_up_again() {
    let mut driver = Driver::open("harbour");
    let running = build(&mut driver, "a running build", |status| {
        status == Status::Running
    });
    open(&mut driver, &running);
    driver.expect("following");
    driver.harness.key_press(Key::F);
    driver.expect("paused here");
    driver.live(Duration::from_secs(40));
    driver.expect("new line");
    driver.press("new line");
    driver.expect("following");
}

#[test]
fn a_long_log_that_was_written_long_ago_opens_at_its_beginning_and_tells_how_far_it_is_read() {
    let mut driver = Driver::open_text("torrent", include_str!("torrent.toml"));
    let ended = build(&mut driver, "the build that ended", |status| {
        !status.is_moving()
    });
    open(&mut driver, &ended);
    let mut reading = 0;
    let has = |driver: &Driver, words: &str| {
        let mut all = driver.harness.query_all_by_label_contains(words);
        all.next().is_some()
    };
    let limit = Instant::now() + Duration::from_mins(1);
    while !has(&driver, "60 000 lines, ") {
        assert!(Instant::now() < limit, "waited in vain for the last page");
        reading += u32::from(has(&driver, "Reading: "));
        assert!(!has(&driver, "new line") && !has(&driver, "following"));
        driver.turn(Duration::from_millis(200));
        driver.harness.step();
        nap();
    }
    assert!(reading > 0, "it was told how far the log is read");
    driver.expect("complete");
    driver.expect_gone("Reading: ");
    assert!(has(&driver, "1: "), "the beginning is still in view");
}
