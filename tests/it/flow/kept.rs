//! A finished build's log: read once, kept on this computer, shown from there, and still there once CloudWatch has none.

use std::path::PathBuf;
use std::time::Duration;

use eframe::egui::{Key, Modifiers};
use starboard::model::log::{InCloud, LogOrigin, LogTail, TailPosition};
use starboard::model::snapshot::Snapshot;
use starboard::sim::faults::Fault;
use starboard::ui::route::{ProjectRoute, Route};

use super::driver::Driver;

/// Where a failed build with a log is shown: the execution and the action that started it.
fn failed(snapshot: &Snapshot) -> Option<Route> {
    let builds = snapshot.builds.rows().iter();
    let mut failed = builds.filter_map(|row| {
        let build = row.build.value()?;
        (build.log.is_some() && build.state.status.is_bad()).then_some(build)
    });
    failed.find_map(|build| {
        snapshot.pipelines.rows().iter().find_map(|row| {
            let mut actions = row.actions.value()?.iter();
            let action =
                actions.find(|action| action.external_id.as_deref() == Some(build.id.as_str()))?;
            Some(Route::Project(ProjectRoute {
                execution: Some(action.execution.clone()),
                action: Some(action.action.clone()),
                ..ProjectRoute::new(row.key.clone())
            }))
        })
    })
}

fn go(driver: &mut Driver, route: &Route) {
    driver.until("a failed build", |snapshot| failed(snapshot).is_some());
    driver.harness.state_mut().go(route.clone());
    driver.harness.step();
}

/// The one log on screen, once it is complete.
fn complete(snapshot: &Snapshot) -> Option<LogTail> {
    let mut tails = snapshot.logs.values().filter_map(|log| log.value());
    let tail = tails.next()?;
    (tail.position == TailPosition::Complete && !tail.log.is_empty()).then(|| tail.clone())
}

fn kept_files(driver: &Driver) -> Vec<PathBuf> {
    let folder = driver.folder.path().join("state").join("logs");
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "zst"))
        .collect()
}

#[test]
fn a_finished_log_is_kept_shown_without_a_call_and_marked_once_it_has_expired() {
    let mut driver = Driver::open("harbour");
    let route = failed(&driver.snapshot()).unwrap();
    go(&mut driver, &route);
    driver.until("the whole log", |snapshot| complete(snapshot).is_some());
    let first = complete(&driver.snapshot()).unwrap();
    assert_eq!(first.origin, LogOrigin::Service);
    while kept_files(&driver).is_empty() {
        driver.harness.step();
        super::driver::nap();
    }

    // A second start of the program.
    driver.harness = driver.another_window();
    let calls = driver.sim.request_count("GetLogEvents");
    go(&mut driver, &route);
    driver.until("the kept log", |snapshot| complete(snapshot).is_some());
    let second = complete(&driver.snapshot()).unwrap();
    assert!(matches!(
        second.origin,
        LogOrigin::Kept {
            cloud: InCloud::NotAsked,
            ..
        }
    ));
    assert!(second.log == first.log);
    assert_eq!(
        driver.sim.request_count("GetLogEvents"),
        calls,
        "it was read from this computer"
    );
    driver.expect("kept on this computer");

    // Days later its retention has taken it.
    driver.turn(Duration::from_hours(72));
    let nothing = r#"{"events":[],"nextForwardToken":"f/1","nextBackwardToken":"b/1"}"#;
    let gone = Fault::Body {
        text: nothing.to_owned(),
    };
    driver.sim.faults().inject("GetLogEvents", gone, None);
    driver.harness = driver.another_window();
    go(&mut driver, &route);
    driver.expect("expired in CloudWatch");
    let third = complete(&driver.snapshot()).unwrap();
    assert!(third.log == first.log);
}

#[test]
fn a_torn_kept_log_is_told_and_read_from_the_service() {
    let mut driver = Driver::open("harbour");
    let route = failed(&driver.snapshot()).unwrap();
    go(&mut driver, &route);
    driver.until("the whole log", |snapshot| complete(snapshot).is_some());
    while kept_files(&driver).is_empty() {
        driver.harness.step();
        super::driver::nap();
    }
    let file = kept_files(&driver).remove(0);
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    driver.harness = driver.another_window();
    go(&mut driver, &route);
    driver.until("the log from the service", |snapshot| {
        complete(snapshot).is_some_and(|tail| tail.origin == LogOrigin::Service)
    });
    driver.expect("cannot be read and stays as it is");
}

#[test]
fn past_builds_are_searched_once_their_logs_are_read() {
    let mut driver = Driver::open("harbour");
    let route = failed(&driver.snapshot()).unwrap();
    go(&mut driver, &route);
    driver.until("the whole log", |snapshot| complete(snapshot).is_some());
    while kept_files(&driver).is_empty() {
        driver.harness.step();
        super::driver::nap();
    }
    let modifiers = Modifiers::CTRL | Modifiers::SHIFT;
    driver.harness.key_press_modifiers(modifiers, Key::F);
    driver.harness.step();
    driver.type_into("Search the logs of past builds", "Container");
    driver.expect("in 1 of 1 builds");
    driver.press("Read ");
    driver.expect("ms a build");
    let deadline = std::time::Instant::now() + Duration::from_mins(1);
    while kept_files(&driver).len() < 2 {
        assert!(
            std::time::Instant::now() < deadline,
            "no second log is kept"
        );
        driver.harness.step();
        super::driver::nap();
    }
    driver.expect("hits in 2 of");
    while driver.is_enabled("Stop reading") {
        driver.harness.step();
        super::driver::nap();
    }
    // The head of the build whose log was read for this search: its first line is opened from this computer.
    let calls = driver.sim.request_count("GetLogEvents");
    driver.press(", line ");
    driver.expect("Open build");
    driver.until("the kept log", |snapshot| {
        let mut tails = snapshot.logs.values().filter_map(|log| log.value());
        tails.any(|tail| matches!(tail.origin, LogOrigin::Kept { .. }) && !tail.log.is_empty())
            || complete(snapshot).is_some()
    });
    assert_eq!(driver.sim.request_count("GetLogEvents"), calls);
}
