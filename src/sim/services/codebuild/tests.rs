//! What CodeBuild answers at the turns of a build's life.

use serde_json::{Value, json};

use super::CodeBuild;
use crate::sim::clock::Pace;
use crate::sim::wire::{Answer, Call, Service as _};
use crate::sim::world::World;
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
