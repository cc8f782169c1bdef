//! What CodeBuild answers at the turns of a build's life.

use std::sync::Arc;

use serde_json::{Value, json};

use super::CodeBuild;
use crate::sim::clock::Pace;
use crate::sim::wire::{Answer, Call, Service as _};
use crate::sim::world::World;
use crate::sim::world::builds::batch::{BatchPlan, Node};
use crate::sim::world::builds::surroundings::{Artifacts, LogSettings, Surroundings};
use crate::sim::world::builds::{Command, Phase, Plan, Project, Script};
use crate::sim::world::repositories::{NewCommit, Person};

const START: i64 = 1_795_000_000_000;
const ACCOUNT: &str = "220744100831";
const REGION: &str = "eu-west-1";

fn world() -> World {
    let mut world = World::new(1, Pace::default(), START);
    let place = world.place_mut(ACCOUNT, REGION);
    let mut project = Project::new("indexer", Plan::of(&Script::default()), START);
    project.source.kind = "CODECOMMIT".to_owned();
    project.source.location =
        Some("https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/indexer".to_owned());
    place.builds.add_project(project);
    place.repositories.create("indexer", None, START);
    let commit = NewCommit {
        id: Some("c02b5e1".to_owned()),
        author: Person {
            name: "Aiko Mori".to_owned(),
            email: "aiko.mori@harbour.example".to_owned(),
        },
        message: "Index synonyms per locale".to_owned(),
        time: START,
    };
    place
        .repositories
        .push("indexer", "main", commit, START)
        .unwrap();
    world
}

fn ask(world: &mut World, operation: &str, input: &Value, now: i64) -> Answer {
    world.advance(now);
    let call = Call {
        account: ACCOUNT,
        region: REGION,
        operation,
        input: input.as_object().unwrap(),
        caller_arn: "arn:aws:iam::220744100831:user/aiko.mori",
        now,
    };
    CodeBuild.handle(&call, world)
}

#[test]
fn a_log_has_no_name_before_provisioning() {
    let mut world = world();
    let input = json!({ "projectName": "indexer" });
    let answer = ask(&mut world, "StartBuild", &input, START).unwrap();
    let logs = &answer["build"]["logs"];
    assert_eq!(logs.get("groupName"), None);
    assert!(
        logs["deepLink"]
            .as_str()
            .unwrap()
            .ends_with("group=null;stream=null")
    );
    let ids = json!({ "ids": [answer["build"]["id"]] });
    let later = ask(&mut world, "BatchGetBuilds", &ids, START + 5_000).unwrap();
    assert_eq!(
        later["builds"][0]["logs"]["groupName"],
        "/aws/codebuild/indexer"
    );
    assert_eq!(later["builds"][0]["currentPhase"], "PROVISIONING");
}

#[test]
fn a_branch_is_resolved_to_its_head_and_the_starter_is_named() {
    let mut world = world();
    for version in [Value::Null, json!("main"), json!("refs/heads/main")] {
        let input = json!({ "projectName": "indexer", "sourceVersion": version });
        let answer = ask(&mut world, "StartBuild", &input, START).unwrap();
        let build = &answer["build"];
        let commit = build["resolvedSourceVersion"].as_str().unwrap();
        assert!(
            commit.starts_with("c02b5e1") && commit.len() == 40,
            "{commit}"
        );
        assert_eq!(build["initiator"], "aiko.mori");
    }
}

#[test]
fn completed_has_a_start_and_nothing_else() {
    let mut world = world();
    let input = json!({ "projectName": "indexer" });
    let answer = ask(&mut world, "StartBuild", &input, START).unwrap();
    let ids = json!({ "ids": [answer["build"]["id"], "indexer:none"] });
    let answer = ask(&mut world, "BatchGetBuilds", &ids, START + 3_600_000).unwrap();
    assert_eq!(answer["buildsNotFound"], json!(["indexer:none"]));
    let build = &answer["builds"][0];
    let last = build["phases"].as_array().unwrap().last().unwrap();
    assert_eq!(
        last,
        &json!({ "phaseType": "COMPLETED", "startTime": build["endTime"] })
    );
    assert_eq!(build["buildStatus"], "SUCCEEDED");
}

#[test]
fn refusals_carry_the_codes_of_codebuild() {
    let mut world = world();
    let many: Vec<String> = (0..101).map(|number| format!("p:{number}")).collect();
    for (operation, input, code) in [
        (
            "BatchGetBuilds",
            json!({ "ids": many }),
            "InvalidInputException",
        ),
        ("BatchGetBuilds", json!({}), "InvalidInputException"),
        (
            "ListBuilds",
            json!({ "nextToken": "AAAA" }),
            "InvalidInputException",
        ),
        (
            "StartBuild",
            json!({ "projectName": "none" }),
            "ResourceNotFoundException",
        ),
        (
            "StopBuild",
            json!({ "id": "indexer:none" }),
            "ResourceNotFoundException",
        ),
        ("StopBuild", json!({ "id": 7 }), "SerializationException"),
    ] {
        let error = ask(&mut world, operation, &input, START).unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.status),
            (code, 400),
            "{operation} {input}"
        );
    }
}

#[test]
fn a_report_counts_what_the_log_counts() {
    let mut world = world();
    let log = [
        "running 3 tests",
        "test result: FAILED. 2 passed; 1 failed; 4 ignored",
    ];
    let plan = Plan::of(&Script {
        commands: vec![Command {
            phase: Phase::Build,
            run: "cargo test".to_owned(),
            lasts: 10_000,
            log: log.map(str::to_owned).to_vec(),
            exit: 101,
        }],
        ..Script::default()
    });
    let project = Project::new("tested", plan, START);
    world.place_mut(ACCOUNT, REGION).builds.add_project(project);
    let input = json!({ "projectName": "tested" });
    let answer = ask(&mut world, "StartBuild", &input, START).unwrap();
    assert_eq!(answer["build"].get("reportArns"), None);
    let ids = json!({ "ids": [answer["build"]["id"]] });
    let answer = ask(&mut world, "BatchGetBuilds", &ids, START + 600_000).unwrap();
    let arns = &answer["builds"][0]["reportArns"];
    let mut asked = arns.as_array().unwrap().clone();
    asked.push(json!(
        "arn:aws:codebuild:eu-west-1:220744100831:report/tested-tests:none"
    ));
    asked.push(json!("tested"));
    let input = json!({ "reportArns": asked });
    let answer = ask(&mut world, "BatchGetReports", &input, START + 600_000).unwrap();
    assert_eq!(answer["reportsNotFound"], json!(asked[1..]));
    let report = &answer["reports"][0];
    assert_eq!(report["status"], "FAILED");
    assert_eq!(report["testSummary"]["total"], 7);
    assert_eq!(
        report["testSummary"]["statusCounts"],
        json!({"ERROR": 0, "FAILED": 1, "SKIPPED": 4, "SUCCEEDED": 2, "UNKNOWN": 0})
    );
    // A build without tests has none, and a report is kept for thirty days.
    let input = json!({ "reportArns": arns });
    let later = START + 31 * 86_400_000;
    let answer = ask(&mut world, "BatchGetReports", &input, later).unwrap();
    assert_eq!(answer["reportsNotFound"], *arns);
    let empty = json!({ "reportArns": [] });
    let refused = ask(&mut world, "BatchGetReports", &empty, later).unwrap_err();
    assert_eq!(refused.code, "InvalidInputException");
}

/// A world with a project that keeps its artifacts and its log in S3, and has a batch of two.
fn kept_world() -> World {
    let mut world = world();
    let plan = Plan::of(&Script {
        commands: vec![Command {
            phase: Phase::Build,
            run: "make".to_owned(),
            lasts: 10_000,
            log: vec!["made {short_commit}".to_owned()],
            exit: 0,
        }],
        artifact_files: vec!["dist/**/*".to_owned()],
        exports: vec![("VERSION".to_owned(), "1.{number}".to_owned())],
        ..Script::default()
    });
    let mut project = Project::new("site", Arc::clone(&plan), START);
    project.source.kind = "GITHUB".to_owned();
    project.concurrent_limit = Some(2);
    project.surroundings = Arc::new(Surroundings {
        artifacts: Some(Artifacts {
            bucket: "site-builds".to_owned(),
            by_build: true,
            name: "site.zip".to_owned(),
            zipped: true,
            ..Artifacts::default()
        }),
        encryption_key: Some("alias/artifacts".to_owned()),
        logs: LogSettings {
            cloudwatch: false,
            s3: Some("site-logs/builds".to_owned()),
            ..LogSettings::default()
        },
        ..Surroundings::default()
    });
    let node = |identifier: &str, after: &[&str]| Node {
        identifier: identifier.to_owned(),
        depends_on: after.iter().map(|&name| name.to_owned()).collect(),
        ignore_failure: false,
        plan: Arc::clone(&plan),
        variables: Vec::new(),
        image: None,
        compute_type: None,
    };
    project.batch = Some(Arc::new(BatchPlan {
        nodes: vec![node("one", &[]), node("two", &["one"])],
        fast_fail: false,
        download: Plan::of(&Script::default()),
        timeout_minutes: 480,
        most_builds: 100,
    }));
    world.place_mut(ACCOUNT, REGION).builds.add_project(project);
    world
}

#[test]
fn overrides_take_the_place_of_the_projects_settings_and_a_retry_keeps_them() {
    let mut world = kept_world();
    let input = json!({
        "projectName": "site",
        "sourceVersion": "v1",
        "environmentVariablesOverride": [{ "name": "A", "value": "/a/b", "type": "PARAMETER_STORE" }],
        "imageOverride": "node:24",
        "computeTypeOverride": "BUILD_GENERAL1_LARGE",
        "environmentTypeOverride": "ARM_CONTAINER",
        "privilegedModeOverride": true,
        "serviceRoleOverride": format!("arn:aws:iam::{ACCOUNT}:role/service-role/other"),
        "encryptionKeyOverride": "alias/other",
        "cacheOverride": { "type": "LOCAL", "modes": ["LOCAL_SOURCE_CACHE"] },
        "artifactsOverride": { "type": "S3", "location": "elsewhere", "name": "out", "packaging": "ZIP" },
        "logsConfigOverride": { "cloudWatchLogs": { "status": "ENABLED", "streamName": "own" } },
        "secondarySourcesOverride": [{ "type": "GITHUB", "sourceIdentifier": "charts", "location": "https://github.com/a/b" }],
        "secondarySourcesVersionOverride": [{ "sourceIdentifier": "charts", "sourceVersion": "main" }],
        "buildspecOverride": "other.yml",
        "queuedTimeoutInMinutesOverride": 15,
    });
    let answer = ask(&mut world, "StartBuild", &input, START).unwrap();
    let id = answer["build"]["id"].clone();
    let again = ask(
        &mut world,
        "RetryBuild",
        &json!({ "id": id }),
        START + 600_000,
    )
    .unwrap();
    for build in [&answer["build"], &again["build"]] {
        let environment = &build["environment"];
        assert_eq!(environment["image"], "node:24");
        assert_eq!(environment["type"], "ARM_CONTAINER");
        assert_eq!(environment["privilegedMode"], true);
        assert_eq!(
            environment["environmentVariables"],
            json!([{ "name": "A", "value": "/a/b", "type": "PARAMETER_STORE" }])
        );
        assert_eq!(build["source"]["buildspec"], "other.yml");
        assert_eq!(build["cache"]["modes"], json!(["LOCAL_SOURCE_CACHE"]));
        assert_eq!(build["artifacts"]["location"], "arn:aws:s3:::elsewhere/out");
        assert_eq!(
            build["encryptionKey"],
            format!("arn:aws:kms:{REGION}:{ACCOUNT}:alias/other")
        );
        assert_eq!(build["logs"]["cloudWatchLogs"]["status"], "ENABLED");
        assert_eq!(build["secondarySourceVersions"][0]["sourceVersion"], "main");
        assert_eq!(build["queuedTimeoutInMinutes"], 15);
        let role = build["serviceRole"].as_str().unwrap();
        assert!(role.ends_with("role/service-role/other"), "{role}");
    }
    let unmatched = json!({
        "projectName": "site",
        "secondarySourcesVersionOverride": [{ "sourceIdentifier": "none", "sourceVersion": "main" }],
    });
    let refused = ask(&mut world, "StartBuild", &unmatched, START).unwrap_err();
    assert_eq!(refused.code, "InvalidInputException");
}

#[test]
fn a_token_answers_the_same_build_for_the_same_request_alone() {
    let mut world = kept_world();
    let input = |version: &str| json!({ "projectName": "site", "sourceVersion": version, "idempotencyToken": "t" });
    let first = ask(&mut world, "StartBuild", &input("a"), START).unwrap();
    let again = ask(&mut world, "StartBuild", &input("a"), START + 1_000).unwrap();
    assert_eq!(first["build"]["id"], again["build"]["id"]);
    let other = ask(&mut world, "StartBuild", &input("b"), START + 1_000).unwrap_err();
    assert_eq!(other.code, "InvalidInputException");
}

#[test]
fn a_project_of_its_own_limit_refuses_one_build_more() {
    let mut world = kept_world();
    let input = json!({ "projectName": "site" });
    for _ in 0..2 {
        ask(&mut world, "StartBuild", &input, START).unwrap();
    }
    let refused = ask(&mut world, "StartBuild", &input, START).unwrap_err();
    assert_eq!(refused.code, "AccountLimitExceededException");
    assert!(ask(&mut world, "StartBuild", &input, START + 600_000).is_ok());
}

#[test]
fn what_a_build_keeps_in_s3_is_told_with_its_sums_and_its_log() {
    let mut world = kept_world();
    let input = json!({ "projectName": "site" });
    let answer = ask(&mut world, "StartBuild", &input, START).unwrap();
    assert_eq!(answer["build"]["artifacts"]["sha256sum"], "");
    let ids = json!({ "ids": [answer["build"]["id"]] });
    let later = START + 600_000;
    let answer = ask(&mut world, "BatchGetBuilds", &ids, later).unwrap();
    let build = &answer["builds"][0];
    let uuid = build["id"].as_str().unwrap().strip_prefix("site:").unwrap();
    assert_eq!(
        build["artifacts"]["location"],
        format!("arn:aws:s3:::site-builds/{uuid}/site.zip")
    );
    assert_eq!(build["artifacts"]["sha256sum"].as_str().unwrap().len(), 64);
    assert_eq!(build["artifacts"]["md5sum"].as_str().unwrap().len(), 32);
    assert_eq!(
        build["exportedEnvironmentVariables"],
        json!([{ "name": "VERSION", "value": "1.1" }])
    );
    let logs = &build["logs"];
    assert_eq!(logs.get("groupName"), None);
    assert_eq!(logs["cloudWatchLogs"]["status"], "DISABLED");
    assert_eq!(
        logs["s3LogsArn"],
        format!("arn:aws:s3:::site-logs/builds/{uuid}.gz")
    );
    let home = world.bucket("site-logs").unwrap();
    let keys: Vec<String> = world
        .objects(&home, "", later)
        .into_iter()
        .map(|object| object.key)
        .collect();
    assert_eq!(keys, [format!("builds/{uuid}.gz")]);
}

#[test]
fn a_batch_tells_its_groups_and_their_builds() {
    let mut world = kept_world();
    let input = json!({ "projectName": "site", "sourceVersion": "v1" });
    let answer = ask(&mut world, "StartBuildBatch", &input, START).unwrap();
    let batch = &answer["buildBatch"];
    assert_eq!(batch["currentPhase"], "SUBMITTED");
    assert_eq!(batch["buildBatchNumber"], 1);
    let ids = json!({ "ids": [batch["id"], "site:none"] });
    let answer = ask(&mut world, "BatchGetBuildBatches", &ids, START + 3_600_000).unwrap();
    assert_eq!(answer["buildBatchesNotFound"], json!(["site:none"]));
    let batch = &answer["buildBatches"][0];
    assert_eq!(batch["buildBatchStatus"], "SUCCEEDED");
    let groups = batch["buildGroups"].as_array().unwrap();
    let names: Vec<&str> = groups
        .iter()
        .map(|group| group["identifier"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["DOWNLOAD_SOURCE", "one", "two"]);
    assert_eq!(groups[2]["dependsOn"], json!(["one"]));
    let summary = &groups[2]["currentBuildSummary"];
    assert_eq!(summary["buildStatus"], "SUCCEEDED");
    let builds = json!({ "ids": [summary["arn"]] });
    let builds = ask(&mut world, "BatchGetBuilds", &builds, START + 3_600_000).unwrap();
    assert_eq!(builds["builds"][0]["buildBatchArn"], batch["arn"]);
    let refused = json!({ "id": batch["id"] });
    let refused = ask(&mut world, "RetryBuildBatch", &refused, START + 3_600_000).unwrap_err();
    assert_eq!(refused.code, "InvalidInputException");
    let none = json!({ "projectName": "indexer" });
    let refused = ask(&mut world, "StartBuildBatch", &none, START).unwrap_err();
    assert_eq!(refused.code, "InvalidInputException");
}
