//! A finished build's log: read once, kept on this computer, shown from there, and still there once CloudWatch has none.

use std::path::PathBuf;
use std::time::Duration;

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
