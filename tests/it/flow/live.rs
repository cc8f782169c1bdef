//! A commit on its way, followed on screen: the running build's log grows, the fleet is walked.

use std::time::Duration;

use starboard::model::status::Status;

use super::driver::Driver;

#[test]
fn a_running_builds_log_is_on_screen_and_grows() {
    let mut driver = Driver::open("harbour");
    let building = |snapshot: &starboard::model::snapshot::Snapshot| {
        let running = |row: &&std::sync::Arc<starboard::model::build::BuildRow>| {
            row.build.value().is_some_and(|build| {
                build.state.status == Status::Running
                    && build.log.is_some()
                    && build.pipeline().is_some()
            })
        };
        let rows = snapshot.builds.rows();
        rows.iter()
            .find(running)
            .and_then(|row| row.build.value()?.pipeline().map(str::to_owned))
    };
    driver.until("a running build", |snapshot| building(snapshot).is_some());
    let pipeline = building(&driver.snapshot()).unwrap();
    driver.go_to_project(&pipeline);
    let lines = |snapshot: &starboard::model::snapshot::Snapshot| {
        snapshot
            .logs
            .values()
            .filter_map(|log| log.value())
            .map(|tail| tail.log.len())
            .max()
            .unwrap_or(0)
    };
    driver.until("the log's first lines", |snapshot| lines(snapshot) > 0);
    let before = lines(&driver.snapshot());
    driver.live(Duration::from_mins(1));
    driver.until("more lines", |snapshot| lines(snapshot) > before);
}

#[test]
fn an_approved_change_walks_the_fleet_to_its_end() {
    let mut driver = Driver::open("gates");
    driver.another_person_answers(true);
    for _ in 0..40 {
        driver.live(Duration::from_secs(15));
        let snapshot = driver.snapshot();
        let done = snapshot
            .deployments
            .rows()
            .iter()
            .filter_map(|row| row.deployment.value())
            .any(|deployment| {
                deployment.state.status == Status::Succeeded && deployment.completed.is_some()
            });
        if done {
            break;
        }
    }
    driver.until("the fleet with all its events succeeded", |snapshot| {
        snapshot.deployments.rows().iter().any(|row| {
            row.targets.value().is_some_and(|targets| {
                targets.len() == 3
                    && targets.iter().all(|target| {
                        target.state.status == Status::Succeeded && target.events.len() >= 7
                    })
            })
        })
    });
}
