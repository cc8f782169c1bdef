//! How builds go through their phases.

use super::{
    BuildFault, Builds, Command, Logs, MOST_RUNNING, Owner, Phase, Plan, Project, Script,
    StartBuild, Status, Token, Variable,
};
use crate::sim::clock::Pace;

const START: i64 = 1_795_000_000_000;

fn script(exit: i32) -> Script {
    Script {
        commands: vec![Command {
            phase: Phase::Build,
            run: "make".to_owned(),
            lasts: 60_000,
            log: (0..10).map(|line| format!("step {line}")).collect(),
            exit,
        }],
        ..Script::default()
    }
}

fn builds(pace: Pace) -> (Builds, Logs) {
    let owner = Owner {
        account: "220744100831".to_owned(),
        region: "eu-west-1".to_owned(),
        seed: 1,
        pace,
    };
    let mut builds = Builds::new(&owner);
    builds.add_project(Project::new("indexer", Plan::of(&script(0)), START));
    (builds, Logs::new(&owner))
}

fn exact() -> StartBuild {
    StartBuild {
        stretch: Some(1.0),
        initiator: "codepipeline/indexer".to_owned(),
        ..StartBuild::default()
    }
}

#[test]
fn a_build_passes_its_phases_and_its_log_grows() {
    let (mut builds, mut logs) = builds(Pace::default());
    let id = builds.start(START, "indexer", exact()).unwrap();
    let build = builds.get(&id).unwrap().clone();
    assert_eq!(build.current_phase(START), Phase::Submitted);
    assert!(!build.has_log(START));
    builds.advance(START + 2_000, &mut logs);
    assert!(build.has_log(START + 2_000));
    assert!(logs.stream(&build.log_group, &build.log_stream).is_none());
    let middle = START + 40_000;
    builds.advance(middle, &mut logs);
    assert_eq!(build.current_phase(middle), Phase::Build);
    assert_eq!(build.status(middle), Status::InProgress);
    let stream = logs.stream(&build.log_group, &build.log_stream).unwrap();
    let (some, all) = (stream.count(middle), stream.count(build.ends() + 1_000));
    assert!(0 < some && some < all, "{some} of {all}");
    assert_eq!(build.status(build.ends()), Status::Succeeded);
    assert_eq!(build.current_phase(build.ends()), Phase::Completed);
    builds.advance(build.ends(), &mut logs);
    assert_eq!(builds.next_event(), None);
}

#[test]
fn a_scripted_failure_holds_for_one_build() {
    let (mut builds, _) = builds(Pace::default());
    let failing = StartBuild {
        plan: Some(Plan::of(&script(2))),
        ..exact()
    };
    let first = builds.start(START, "indexer", failing).unwrap();
    let second = builds.start(START, "indexer", exact()).unwrap();
    let late = START + 600_000;
    let first = builds.get(&first).unwrap();
    assert_eq!(first.status(late), Status::Failed);
    assert_eq!(first.failed_phase(late).unwrap().phase, Phase::Build);
    let phases = first.phases(late);
    let post = phases
        .iter()
        .find(|record| record.phase == Phase::PostBuild)
        .unwrap();
    assert_eq!(post.status, Some(Status::Succeeded));
    assert_eq!(builds.get(&second).unwrap().status(late), Status::Succeeded);
}

#[test]
fn a_stop_ends_the_build_and_its_log() {
    let (mut builds, mut logs) = builds(Pace::default());
    let id = builds.start(START, "indexer", exact()).unwrap();
    let stopped = START + 30_000;
    builds.advance(stopped, &mut logs);
    builds.stop(stopped, &id, &mut logs).unwrap();
    let build = builds.get(&id).unwrap();
    assert_eq!(build.status(stopped), Status::Stopped);
    let late = START + 600_000;
    let failed = build.failed_phase(late).unwrap();
    assert_eq!(
        (failed.phase, failed.status),
        (Phase::Build, Some(Status::Stopped))
    );
    assert_eq!(build.phases(late).last().unwrap().phase, Phase::Completed);
    let stream = logs.stream(&build.log_group, &build.log_stream).unwrap();
    assert_eq!(stream.count(late), stream.count(stopped + 80));
    assert_eq!(builds.next_event(), None);
    builds.stop(late, &id, &mut logs).unwrap();
    assert_eq!(builds.get(&id).unwrap().ends(), stopped);
    assert_eq!(
        builds.stop(late, "indexer:none", &mut logs),
        Err(BuildFault::NoSuchBuild)
    );
}

#[test]
fn a_build_over_its_limit_times_out() {
    let (mut builds, _) = builds(Pace::default());
    let start = StartBuild {
        stretch: Some(20.0),
        timeout_minutes: Some(5),
        ..exact()
    };
    let id = builds.start(START, "indexer", start).unwrap();
    let build = builds.get(&id).unwrap();
    assert_eq!(build.ends(), START + 300_000);
    assert_eq!(build.status(build.ends()), Status::TimedOut);
    let failed = build.failed_phase(build.ends()).unwrap();
    assert_eq!(failed.context.unwrap().code, "BUILD_TIMED_OUT");
}

#[test]
fn a_retry_keeps_the_settings_and_counts_on() {
    let (mut builds, _) = builds(Pace::default());
    let start = StartBuild {
        source_version: Some("refs/heads/main".to_owned()),
        variables: vec![Variable {
            name: "MODE".to_owned(),
            value: "full".to_owned(),
            kind: "PLAINTEXT".to_owned(),
        }],
        uuid: Some("3f9c0e12".to_owned()),
        ..exact()
    };
    let first = builds.start(START, "indexer", start).unwrap();
    assert!(first.starts_with("indexer:3f9c0e12-"), "{first}");
    let again = builds.retry(START + 1, &first, "ines", None).unwrap();
    let again = builds.get(&again).unwrap();
    assert_eq!((again.number, again.initiator.as_str()), (2, "ines"));
    assert_eq!(again.source_version.as_deref(), Some("refs/heads/main"));
    assert_eq!(again.environment.variables.len(), 1);
}

#[test]
fn tokens_repeat_a_start_and_the_queue_has_an_end() {
    let (mut builds, _) = builds(Pace::default());
    let start = StartBuild {
        token: Some(Token {
            text: "once".to_owned(),
            request: String::new(),
        }),
        ..exact()
    };
    let first = builds.start(START, "indexer", start.clone()).unwrap();
    assert_eq!(builds.start(START + 1, "indexer", start), Ok(first));
    for _ in 1..MOST_RUNNING {
        builds.start(START, "indexer", exact()).unwrap();
    }
    assert_eq!(
        builds.start(START, "indexer", exact()),
        Err(BuildFault::QueueFull(MOST_RUNNING))
    );
    assert_eq!(
        builds.start(START, "nothing", exact()),
        Err(BuildFault::NoSuchProject)
    );
}

#[test]
fn a_fast_story_shortens_the_build_only() {
    let (mut builds, _) = builds(Pace::new(START, 10.0));
    let id = builds.start(START, "indexer", exact()).unwrap();
    let fast = builds.get(&id).unwrap().ends() - START;
    assert!((7_000..9_000).contains(&fast), "{fast}");
}
