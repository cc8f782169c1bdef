//! Stories told, and stories refused.

use super::{StorySource, tell};
use crate::sim::wire::Millis;
use crate::sim::world::Place;
use crate::sim::world::alarms::AlarmState;
use crate::sim::world::builds::Status as BuildStatus;
use crate::sim::world::builds::cases::Outcome;
use crate::sim::world::pipelines::execution::{ActionStatus, ConditionStatus, ExecutionStatus};
use crate::sim::world::pipelines::machine::Pipeline;
use crate::sim::world::pipelines::rules::ConditionKind;

const START: Millis = 1_795_000_000_000;

fn refusal(text: &str) -> String {
    let source = StorySource::Text {
        name: "test.toml".to_owned(),
        text: text.to_owned(),
    };
    tell(&source, 1, START, 1.0).unwrap_err().to_string()
}

const ACCOUNT: &str = "name = \"t\"\n[[account]]\nname = \"prod\"\nid = \"482100937715\"\nregions = [\"eu-west-1\"]\n";

#[test]
fn the_stories_that_come_along_can_be_told() {
    for name in ["harbour", "builds", "gates", "races", "empty", "flood"] {
        let told = tell(&StorySource::Named(name.to_owned()), 1, START, 1.0)
            .unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(told.name, name);
        assert_eq!(told.world.now(), START);
    }
}

#[test]
fn a_gate_waits_in_the_story_of_gates() {
    let mut told = tell(&StorySource::Named("gates".to_owned()), 1, START, 1.0).unwrap();
    let place = told.world.place_mut("482100937715", "eu-west-1");
    place
        .with_pipeline("pier", START, |pipeline, _| {
            let executions = pipeline.executions();
            assert_eq!(executions.len(), 4);
            assert!(
                executions[..3]
                    .iter()
                    .all(|execution| execution.status == ExecutionStatus::Succeeded),
                "{executions:#?}"
            );
            assert_eq!(executions[3].id, "4be1c2a6-0f3d-4e58-9b7a-5d21c0e877d0");
            assert!(executions[3].revisions[0].1.id.starts_with("f3a91c2"));
            assert!(pipeline.open_token("Gate", "Approve").is_ok());
            let (_, fleet) = pipeline.latest_run(3, 0).unwrap();
            assert_eq!(fleet.status, ActionStatus::Succeeded);
            assert!(fleet.external_id.as_ref().unwrap().starts_with("d-"));
        })
        .unwrap();
    assert!(place.builds.ids().count() == 4 && place.deployments.iter().count() == 3);
}

#[test]
fn faults_name_line_and_column_and_what_was_expected() {
    assert_eq!(
        refusal(&format!(
            "{ACCOUNT}[[repository]]\nname = \"pier\"\naccount = \"prd\"\nregion = \"eu-west-1\"\n"
        )),
        "test.toml:8:11: no account named \"prd\"; expected prod"
    );
    let unknown_field = refusal(&format!("{ACCOUNT}production = true\ncolour = \"red\"\n"));
    assert!(
        unknown_field.starts_with("test.toml:7:1: unknown field `colour`, expected one of"),
        "{unknown_field}"
    );
    let duration = refusal(&format!(
        "{ACCOUNT}[[event]]\nat = \"soon\"\nstart = \"x\"\n"
    ));
    assert!(
        duration.starts_with("test.toml:7:6: \"soon\" is not a duration"),
        "{duration}"
    );
    let kinds = refusal(&format!("{ACCOUNT}[[event]]\nat = \"1s\"\n"));
    assert!(kinds.contains("an event is exactly one of push"), "{kinds}");
    let syntax = refusal("name = \"t\"\n[[account]\n");
    assert!(syntax.starts_with("test.toml:2:"), "{syntax}");
    assert!(refusal("name = \"t\"").contains("at least one [[account]]"));
    assert!(refusal(&ACCOUNT.replace("482100937715", "4821")).contains("expected twelve digits"));
}

#[test]
fn an_unknown_story_names_those_there_are() {
    let fault = tell(&StorySource::Named("haven".to_owned()), 1, START, 1.0).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "haven: no story of this name; expected harbour, builds, gates, races, empty, flood or the path of a file"
    );
    let missing = tell(
        &StorySource::Path("/nowhere/story.toml".into()),
        1,
        START,
        1.0,
    )
    .unwrap_err();
    assert!(missing.to_string().starts_with("/nowhere/story.toml: "));
    for pipelines in [0, 10_001] {
        let fault = tell(&StorySource::Generated { pipelines }, 1, START, 1.0).unwrap_err();
        assert!(
            fault.to_string().contains("1 to 10000 pipelines"),
            "{fault}"
        );
    }
}

#[test]
fn alarms_change_when_the_story_says() {
    let told = |speed| tell(&StorySource::Named("gates".to_owned()), 1, START, speed).unwrap();
    let state = |speed, now| {
        let mut told = told(speed);
        let place = told.world.place_mut("482100937715", "eu-west-1");
        place.alarms.state("pier-tide", now)
    };
    assert_eq!(state(1.0, START - 31 * 60_000), Some(AlarmState::Ok));
    assert_eq!(state(1.0, START), Some(AlarmState::Alarm));
    assert_eq!(state(1.0, START + 599_000), Some(AlarmState::Alarm));
    assert_eq!(state(10.0, START + 61_000), Some(AlarmState::Ok));
    let wrong = |line: &str| {
        refusal(&format!(
            "{ACCOUNT}[[alarm]]\nname = \"a\"\naccount = \"prod\"\nregion = \"eu-west-1\"\n{line}\n"
        ))
    };
    assert_eq!(
        wrong("metric = \"m\"\nstates = [{ at = \"0s\", state = \"RED\" }]"),
        "test.toml:11:32: \"RED\" is no state of an alarm; expected OK, ALARM, INSUFFICIENT_DATA"
    );
    assert!(wrong("").ends_with("an alarm has either a `metric` or a `rule`"));
}

/// The harbour at its start, from the place of one of its accounts.
fn in_harbour<T>(account: &str, region: &str, look: impl FnOnce(&mut Place) -> T) -> T {
    let mut told = tell(&StorySource::Named("harbour".to_owned()), 1, START, 1.0).unwrap();
    look(told.world.place_mut(account, region))
}

#[test]
fn the_harbour_has_conditions_that_failed_and_one_that_was_overridden() {
    in_harbour("482100937715", "us-east-1", |place| {
        place
            .with_pipeline("pricing-engine", START, |pipeline, _| {
                let executions = pipeline.executions();
                let newest = executions.last().unwrap();
                let asked = newest.condition(2, ConditionKind::BeforeEntry).unwrap();
                assert_eq!(asked.status, ConditionStatus::Failed);
                assert!(asked.rules[0].error.as_ref().unwrap().1.contains("latency"));
                assert_eq!(newest.variables[0].1, "50");
                let overridden = executions.iter().filter(|execution| {
                    let asked = execution.conditions.iter();
                    asked
                        .clone()
                        .any(|run| run.status == ConditionStatus::Overridden)
                });
                assert_eq!(overridden.count(), 1);
                let rolled = executions
                    .iter()
                    .find(|execution| execution.rollback_of.is_some())
                    .unwrap();
                assert_eq!(rolled.trigger.kind, "ManualRollback");
                assert_eq!(rolled.status, ExecutionStatus::Succeeded);
                let versions: Vec<usize> = (3..=6)
                    .map(|version| pipeline.edition(version).unwrap().stages.len())
                    .collect();
                assert_eq!(versions, [3, 3, 4, 4]);
            })
            .unwrap();
    });
}

#[test]
fn the_harbour_deploys_into_another_account() {
    let mut told = tell(&StorySource::Named("harbour".to_owned()), 1, START, 1.0).unwrap();
    let deployment = told
        .world
        .place_mut("519300482266", "eu-west-1")
        .with_pipeline("loyalty-api", START, |pipeline, _| {
            let rollbacks = pipeline.executions().iter();
            let rollbacks = rollbacks.filter(|one| one.trigger.kind == "AutomatedRollback");
            assert_eq!(rollbacks.count(), 1);
            let (_, run) = pipeline.latest_run(3, 0).unwrap();
            assert_eq!(run.status, ActionStatus::Succeeded);
            run.external_id.clone().unwrap()
        })
        .unwrap();
    let there = told.world.place_mut("482100937715", "eu-west-1");
    assert!(there.deployments.get(&deployment).is_some());
    let here = told.world.place_mut("519300482266", "eu-west-1");
    assert!(here.deployments.get(&deployment).is_none());
}

#[test]
fn the_harbour_has_a_stage_of_several_attempts_and_a_role_that_may_not() {
    in_harbour("519300482266", "eu-west-1", |place| {
        place
            .with_pipeline("returns-portal", START, |pipeline, _| {
                let newest = pipeline.executions().last().unwrap();
                assert_eq!(newest.status, ExecutionStatus::Succeeded);
                assert_eq!(newest.stages[3].manual_retries, 2);
                let attempts = |action| {
                    let runs = newest.runs.iter();
                    runs.filter(|run| (run.stage, run.action) == (3, action))
                        .count()
                };
                assert_eq!((attempts(0), attempts(2), attempts(4)), (3, 2, 2));
                assert!(
                    newest.revisions[0]
                        .1
                        .url
                        .as_ref()
                        .unwrap()
                        .contains("bitbucket.org")
                );
            })
            .unwrap();
    });
    in_harbour("220744100831", "us-east-1", |place| {
        place
            .with_pipeline("stock-feed", START, |pipeline, _| {
                let (_, run) = pipeline.latest_run(2, 0).unwrap();
                let (code, message) = run.error.clone().unwrap();
                assert_eq!(code, "PermissionError");
                assert!(message.contains("is not authorized to perform"));
            })
            .unwrap();
    });
}

#[test]
fn gates_race_when_the_story_says() {
    let tokens = |after: Millis, pipeline: &str| {
        let mut told = tell(&StorySource::Named("races".to_owned()), 1, START, 1.0).unwrap();
        told.world.advance(START + after);
        let place = told.world.place_mut("482100937715", "eu-west-1");
        let open = |pipeline: &mut Pipeline| {
            let runs = pipeline.executions().iter().flat_map(|one| &one.runs);
            let open = runs.filter(|run| run.is_running() && run.token.is_some());
            open.map(|run| run.token.clone().unwrap())
                .collect::<Vec<_>>()
        };
        place
            .with_pipeline(pipeline, START + after, |pipeline, _| open(pipeline))
            .unwrap()
    };
    let counts = |after| {
        ["lighthouse", "breakwater", "buoy", "anchor", "ferry", "tug"]
            .map(|pipeline| tokens(after, pipeline).len())
    };
    assert_eq!(counts(0), [1, 1, 1, 0, 2, 1]);
    assert_eq!(counts(4 * 60_000), [0, 1, 0, 0, 2, 1]);
    assert_ne!(tokens(0, "breakwater"), tokens(4 * 60_000, "breakwater"));
}

#[test]
fn faults_of_conditions_and_editions_are_placed() {
    let pipeline = "[[pipeline]]\nname = \"p\"\naccount = \"prod\"\nregion = \"eu-west-1\"\n";
    let stages = "[[pipeline.stage]]\nname = \"A\"\naction = [{ name = \"a\", provider = \"ECR\" }]\n[[pipeline.stage]]\nname = \"B\"\naction = [{ name = \"b\", provider = \"ECS\" }]\n";
    let with =
        |before: &str, after: &str| refusal(&format!("{ACCOUNT}{pipeline}{before}{stages}{after}"));
    assert_eq!(
        with("", "before_entry = { result = \"STOP\", rules = [] }\n"),
        "test.toml:16:27: \"STOP\" is no result of a condition; expected ROLLBACK, FAIL, RETRY, SKIP"
    );
    let rule = with(
        "",
        "on_success = { result = \"FAIL\", rules = [{ name = \"r\", provider = \"Oracle\" }] }\n",
    );
    assert!(
        rule.contains("\"Oracle\" is no rule; expected CloudWatchAlarm"),
        "{rule}"
    );
    let edition = |text: &str| {
        with(
            &format!("version = 2\nedition = [{{ until = \"-1d\", {text} }}]\n"),
            "",
        )
    };
    assert_eq!(
        edition("without = [\"C\"]"),
        "test.toml:11:40: no stage or action named \"C\"; expected A/a, A, B/b, B"
    );
    let young = with("edition = [{ until = \"-1d\" }]\n", "");
    assert!(young.contains("has at least version 2"), "{young}");
}

#[test]
fn the_story_of_builds_has_builds_of_every_end() {
    let mut told = tell(&StorySource::Named("builds".to_owned()), 1, START, 1.0).unwrap();
    let prod = told.world.place_mut("482100937715", "eu-west-1");
    let ids = prod.builds.ids_of("nightly-load").iter();
    let ends: Vec<String> = ids
        .map(|id| {
            let build = prod.builds.get(id).unwrap();
            let failed = build.failed_phase(START);
            let phase = failed.map_or_else(|| build.current_phase(START), |record| record.phase);
            format!("{} {}", build.status(START).word(), phase.word())
        })
        .collect();
    assert_eq!(
        ends,
        [
            "FAILED DOWNLOAD_SOURCE",
            "FAILED DOWNLOAD_SOURCE",
            "FAILED DOWNLOAD_SOURCE",
            "FAILED PRE_BUILD",
            "FAILED BUILD",
            "STOPPED BUILD",
            "SUCCEEDED COMPLETED",
            "IN_PROGRESS BUILD",
            "IN_PROGRESS QUEUED",
        ]
    );
    let smoke = prod.builds.ids_of("smoke").last().unwrap();
    let smoke = prod.builds.get(smoke).unwrap();
    assert_eq!(smoke.status(START), BuildStatus::TimedOut);
    let dev = told.world.place_mut("220744100831", "eu-west-1");
    let batches: Vec<BuildStatus> = dev
        .builds
        .batch_ids()
        .map(|id| dev.builds.batch(id).unwrap().status())
        .collect();
    assert_eq!(
        batches,
        [
            BuildStatus::Succeeded,
            BuildStatus::Failed,
            BuildStatus::InProgress
        ]
    );
    let failed = dev.builds.batch_ids().nth(1).unwrap();
    let failed = dev.builds.batch(failed).unwrap();
    assert!(failed.current("publish").is_none() && failed.current("package_arm").is_some());
    let preview = dev.builds.ids_of("site-preview").last().unwrap();
    let preview = dev.builds.get(preview).unwrap();
    assert!(
        dev.logs
            .stream(&preview.log_group, &preview.log_stream)
            .is_none()
    );
    let (bucket, key) = preview.s3_log(START).unwrap();
    let key = key.clone();
    assert_eq!(bucket, "harbour-build-logs");
    let home = told.world.bucket("harbour-build-logs").unwrap();
    let object = told.world.object(&home, &key, START).unwrap();
    assert_eq!(object.bytes().get(..3), Some(&[0x1f, 0x8b, 8][..]));
    let there = told.world.place_mut("220744100831", "us-east-1");
    assert!(there.logs.group("/aws/codebuild/legacy-export").is_none());
    assert_eq!(there.builds.ids_of("legacy-export").len(), 3);
    let matrix = there.builds.batch_ids().next().unwrap();
    let matrix = there.builds.batch(matrix).unwrap();
    assert_eq!(
        (matrix.groups.len(), matrix.status()),
        (9, BuildStatus::Succeeded)
    );
}

/// A report lists as many cases of each outcome as it counts, for every log that comes along.
#[test]
fn reports_list_what_they_count() {
    for name in ["harbour", "builds"] {
        let mut told = tell(&StorySource::Named(name.to_owned()), 1, START, 1.0).unwrap();
        let place = told.world.place_mut("220744100831", "eu-west-1");
        for build in place.builds.ids().filter_map(|id| place.builds.get(id)) {
            let (tests, cases) = (build.plan.tests, &build.plan.cases);
            let of = |outcome| cases.iter().filter(|case| case.outcome == outcome).count() as u64;
            let listed = [Outcome::Passed, Outcome::Failed, Outcome::Skipped].map(of);
            assert_eq!(
                listed,
                [tests.passed, tests.failed, tests.skipped],
                "{}",
                build.id
            );
            let failed = cases.iter().filter(|case| case.outcome == Outcome::Failed);
            let silent: Vec<_> = failed.filter(|case| case.message.is_empty()).collect();
            assert!(silent.is_empty(), "{}: {silent:?}", build.id);
        }
    }
}
