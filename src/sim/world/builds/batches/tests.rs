//! How batches go through their graphs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::batch::{BatchPhase, BatchPlan, DOWNLOAD_SOURCE, Node};
use super::super::{BuildFault, Builds, Command, Logs, Owner, Phase, Plan, Project, Script};
use super::super::{StartBuild, Status, Token};

const START: i64 = 1_795_000_000_000;
const HOUR: i64 = 3_600_000;

fn plan(exit: i32) -> Arc<Plan> {
    Plan::of(&Script {
        commands: vec![Command {
            phase: Phase::Build,
            run: "make".to_owned(),
            lasts: 60_000,
            log: vec!["made".to_owned()],
            exit,
        }],
        ..Script::default()
    })
}

fn node(identifier: &str, after: &[&str], exit: i32) -> Node {
    Node {
        identifier: identifier.to_owned(),
        depends_on: after.iter().map(|&name| name.to_owned()).collect(),
        ignore_failure: false,
        plan: plan(exit),
        variables: Vec::new(),
        image: None,
        compute_type: None,
    }
}

fn builds(nodes: Vec<Node>, fast_fail: bool, limit: Option<usize>) -> (Builds, Logs) {
    let owner = Owner {
        account: "220744100831".to_owned(),
        region: "eu-west-1".to_owned(),
        seed: 1,
        ..Owner::default()
    };
    let mut builds = Builds::new(&owner);
    let mut project = Project::new("site", plan(0), START);
    project.concurrent_limit = limit;
    project.batch = Some(Arc::new(BatchPlan {
        nodes,
        fast_fail,
        download: Plan::of(&Script::default()),
        timeout_minutes: 480,
        most_builds: 100,
    }));
    builds.add_project(project);
    (builds, Logs::new(&owner))
}

fn started(builds: &mut Builds) -> String {
    let start = StartBuild {
        initiator: "aiko.mori".to_owned(),
        ..StartBuild::default()
    };
    builds
        .start_batch(START, "site", start, BTreeMap::new())
        .unwrap()
}

fn status(builds: &Builds, batch: &str, group: &str, now: i64) -> Option<Status> {
    let member = builds.batch(batch)?.current(group)?;
    Some(builds.get(&member.build)?.status(now))
}

fn phases(builds: &Builds, batch: &str) -> Vec<&'static str> {
    let phases = builds.batch(batch).unwrap().phases.iter();
    phases.map(|record| record.phase.word()).collect()
}

#[test]
fn a_build_starts_when_those_it_waits_for_have_succeeded() {
    let nodes = vec![
        node("lint", &[], 0),
        node("test", &[], 0),
        node("image", &["lint", "test"], 0),
    ];
    let (mut builds, mut logs) = builds(nodes, false, None);
    let id = started(&mut builds);
    builds.advance(START + 1_000, &mut logs);
    assert_eq!(
        builds.batch(&id).unwrap().phase(),
        BatchPhase::DownloadBatchspec
    );
    assert_eq!(
        status(&builds, &id, DOWNLOAD_SOURCE, START + 1_000),
        Some(Status::InProgress)
    );
    assert_eq!(status(&builds, &id, "lint", START), None);
    builds.advance(START + 60_000, &mut logs);
    assert_eq!(
        status(&builds, &id, "lint", START + 60_000),
        Some(Status::InProgress)
    );
    assert_eq!(status(&builds, &id, "image", START), None);
    builds.advance(START + HOUR, &mut logs);
    let batch = builds.batch(&id).unwrap();
    assert_eq!(batch.status(), Status::Succeeded);
    assert_eq!(
        phases(&builds, &id),
        [
            "SUBMITTED",
            "DOWNLOAD_BATCHSPEC",
            "IN_PROGRESS",
            "COMBINE_ARTIFACTS",
            "SUCCEEDED"
        ]
    );
    // The image was asked for at the very end of the later one of the two.
    let ends = |group: &str| {
        let member = batch.current(group).unwrap();
        builds.get(&member.build).unwrap().ends()
    };
    let asked = batch.current("image").unwrap().requested;
    assert_eq!(asked, ends("lint").max(ends("test")));
    // Its builds are builds of the project, and log as such.
    assert_eq!(builds.ids_of("site").len(), 4);
    let image = builds.get(&batch.current("image").unwrap().build).unwrap();
    assert_eq!(image.batch.as_ref(), Some(&id));
    assert!(logs.stream(&image.log_group, &image.log_stream).is_some());
    let variables = &image.environment.variables;
    assert!(variables.iter().any(|one| one.value == "image"));
}

#[test]
fn a_failure_ends_what_waits_for_it_and_a_retry_takes_up_what_is_left() {
    let nodes = vec![
        node("lint", &[], 0),
        node("test", &[], 0),
        node("image", &["test"], 0),
    ];
    let (mut builds, mut logs) = builds(nodes, false, None);
    let first = BTreeMap::from([("test".to_owned(), plan(2))]);
    let id = builds
        .start_batch(START, "site", StartBuild::default(), first)
        .unwrap();
    builds.advance(START + HOUR, &mut logs);
    let later = START + HOUR;
    assert_eq!(builds.batch(&id).unwrap().status(), Status::Failed);
    assert_eq!(status(&builds, &id, "test", later), Some(Status::Failed));
    assert_eq!(status(&builds, &id, "image", later), None);
    let lint = builds.batch(&id).unwrap().current("lint").cloned();
    builds.retry_batch(later, &id, false, None).unwrap();
    assert_eq!(builds.batch(&id).unwrap().status(), Status::InProgress);
    builds.advance(later + HOUR, &mut logs);
    let batch = builds.batch(&id).unwrap();
    assert_eq!(batch.status(), Status::Succeeded);
    assert_eq!(batch.current("lint").cloned(), lint);
    let test = batch.groups.iter().find(|one| one.identifier == "test");
    assert_eq!(test.unwrap().prior.len(), 1);
    assert_eq!(
        builds.retry_batch(later + HOUR, &id, true, None),
        Err(BuildFault::NotFailed)
    );
}

#[test]
fn a_fast_failure_stops_what_runs() {
    let mut slow = node("slow", &[], 0);
    slow.plan = Plan::of(&Script {
        commands: vec![Command {
            phase: Phase::Build,
            run: "sleep".to_owned(),
            lasts: HOUR / 2,
            log: Vec::new(),
            exit: 0,
        }],
        ..Script::default()
    });
    let (mut builds, mut logs) = builds(vec![node("test", &[], 1), slow], true, None);
    let id = started(&mut builds);
    let soon = START + HOUR / 4;
    builds.advance(soon, &mut logs);
    assert_eq!(builds.batch(&id).unwrap().status(), Status::Failed);
    assert_eq!(status(&builds, &id, "slow", soon), Some(Status::Stopped));
}

#[test]
fn a_failure_that_is_ignored_holds_nothing_up() {
    let mut audit = node("audit", &[], 1);
    audit.ignore_failure = true;
    let nodes = vec![audit, node("image", &["audit"], 0)];
    let (mut builds, mut logs) = builds(nodes, true, None);
    let id = started(&mut builds);
    builds.advance(START + HOUR, &mut logs);
    assert_eq!(builds.batch(&id).unwrap().status(), Status::Succeeded);
}

#[test]
fn a_stopped_batch_stops_its_builds_and_starts_no_more() {
    let nodes = vec![node("test", &[], 0), node("image", &["test"], 0)];
    let (mut builds, mut logs) = builds(nodes, false, None);
    let id = started(&mut builds);
    let soon = START + 60_000;
    builds.advance(soon, &mut logs);
    builds.stop_batch(soon, &id, &mut logs).unwrap();
    builds.advance(START + HOUR, &mut logs);
    let batch = builds.batch(&id).unwrap();
    assert_eq!((batch.status(), batch.ended), (Status::Stopped, Some(soon)));
    assert_eq!(
        status(&builds, &id, "test", START + HOUR),
        Some(Status::Stopped)
    );
    assert!(batch.current("image").is_none());
}

#[test]
fn builds_wait_for_room_and_all_get_their_turn() {
    let nodes = (0..5).map(|one| node(&format!("n{one}"), &[], 0)).collect();
    let (mut builds, mut logs) = builds(nodes, false, Some(2));
    let id = started(&mut builds);
    let mut most = 0;
    for minute in 0..30 {
        let now = START + minute * 60_000;
        builds.advance(now, &mut logs);
        let ids = builds.ids_of("site").iter();
        let running = ids.filter(|id| !builds.get(id).unwrap().complete(now));
        most = most.max(running.count());
    }
    assert_eq!(most, 2);
    assert_eq!(builds.batch(&id).unwrap().status(), Status::Succeeded);
}

#[test]
fn a_token_starts_one_batch_and_refuses_another_request() {
    let (mut builds, _) = builds(vec![node("test", &[], 0)], false, None);
    let start = |request: &str| StartBuild {
        token: Some(Token {
            text: "t".to_owned(),
            request: request.to_owned(),
        }),
        ..StartBuild::default()
    };
    let mut batch = |now, request| builds.start_batch(now, "site", start(request), BTreeMap::new());
    let id = batch(START, "a").unwrap();
    assert_eq!(batch(START + 1_000, "a"), Ok(id));
    assert_eq!(batch(START + 1_000, "b"), Err(BuildFault::TokenReused));
    assert!(batch(START + 6 * 60_000, "b").is_ok());
}
