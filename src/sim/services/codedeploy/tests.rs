//! What CodeDeploy answers at the turns of a deployment's life.

use serde_json::{Value, json};

use super::CodeDeploy;
use crate::sim::clock::Pace;
use crate::sim::wire::{Answer, Call, Service as _};
use crate::sim::world::World;
use crate::sim::world::deployments::{CreateDeployment, Group, Instance, Revision};

const START: i64 = 1_795_000_000_000;
const ACCOUNT: &str = "482100937715";
const REGION: &str = "eu-west-1";

/// A world in which a deployment to two machines has just been created, and its id.
fn world() -> (World, String) {
    let mut world = World::new(1, Pace::default(), START);
    let place = world.place_mut(ACCOUNT, REGION);
    let fleet = ["i-0a11", "i-0b22"]
        .map(|id| Instance {
            id: id.to_owned(),
            ip: "10.2.1.14".to_owned(),
            zone: "eu-west-1a".to_owned(),
            revision: None,
        })
        .to_vec();
    place
        .deployments
        .add_group("orders", Group::new("prod", fleet), START);
    let create = CreateDeployment {
        revision: Revision::GitHub {
            repository: "harbour/orders".to_owned(),
            commit: "9be07d4".to_owned(),
        },
        description: None,
        config: None,
        failures: Vec::new(),
        id: Some("d-7QX2B0L4G".to_owned()),
    };
    let id = place
        .deployments
        .create(START, "orders", "prod", create)
        .unwrap();
    (world, id)
}

fn ask(world: &mut World, operation: &str, input: &Value, now: i64) -> Answer {
    world.advance(now);
    let call = Call {
        account: ACCOUNT,
        region: REGION,
        operation,
        input: input.as_object().unwrap(),
        caller_arn: "arn:aws:iam::482100937715:user/tom.lindqvist",
        now,
    };
    CodeDeploy.handle(&call, world)
}

#[test]
fn targets_are_there_once_the_deployment_has_started() {
    let (mut world, id) = world();
    let asked = json!({ "deploymentId": id });
    let early = ask(&mut world, "ListDeploymentTargets", &asked, START).unwrap_err();
    assert_eq!(early.code, "DeploymentNotStartedException");
    let now = START + 10_000;
    let listed = ask(&mut world, "ListDeploymentTargets", &asked, now).unwrap();
    assert_eq!(listed["targetIds"], json!(["i-0a11", "i-0b22"]));
    let asked = json!({ "deploymentId": id, "targetIds": ["i-0a11"] });
    let answer = ask(&mut world, "BatchGetDeploymentTargets", &asked, now).unwrap();
    let target = &answer["deploymentTargets"][0]["instanceTarget"];
    assert_eq!(target["status"], "InProgress");
    let events = target["lifecycleEvents"].as_array().unwrap();
    assert_eq!(events.len(), 7);
    assert_eq!(events[0]["diagnostics"]["errorCode"], "Success");
    assert_eq!(
        events[6],
        json!({ "lifecycleEventName": "ValidateService", "status": "Pending" })
    );
}

#[test]
fn the_overview_is_absent_while_created() {
    let (mut world, id) = world();
    let asked = json!({ "deploymentIds": [id] });
    let created = ask(&mut world, "BatchGetDeployments", &asked, START).unwrap();
    assert_eq!(
        created["deploymentsInfo"][0].get("deploymentOverview"),
        None
    );
    let running = ask(&mut world, "BatchGetDeployments", &asked, START + 5_000).unwrap();
    let overview = &running["deploymentsInfo"][0]["deploymentOverview"];
    assert_eq!(
        (&overview["Pending"], &overview["InProgress"]),
        (&json!(1), &json!(1))
    );
}

#[test]
fn deployments_are_selected_by_group_status_and_time() {
    let (mut world, id) = world();
    let now = START + 5_000;
    for (input, found) in [
        (json!({}), true),
        (
            json!({ "applicationName": "orders", "deploymentGroupName": "prod" }),
            true,
        ),
        (json!({ "includeOnlyStatuses": ["InProgress"] }), true),
        (
            json!({ "includeOnlyStatuses": ["Succeeded", "Failed"] }),
            false,
        ),
        (
            json!({ "createTimeRange": { "start": START / 1000 + 1 } }),
            false,
        ),
        (json!({ "createTimeRange": { "end": START / 1000 } }), true),
    ] {
        let answer = ask(&mut world, "ListDeployments", &input, now).unwrap();
        let wanted = if found { json!([id]) } else { json!([]) };
        assert_eq!(answer["deployments"], wanted, "{input}");
    }
}

#[test]
fn refusals_carry_the_codes_of_codedeploy() {
    let (mut world, id) = world();
    let now = START + 5_000;
    let many: Vec<String> = (0..26).map(|number| format!("d-{number:09}")).collect();
    for (operation, input, code) in [
        (
            "BatchGetDeployments",
            json!({ "deploymentIds": many }),
            "BatchLimitExceededException",
        ),
        (
            "ListDeployments",
            json!({ "deploymentGroupName": "prod" }),
            "ApplicationNameRequiredException",
        ),
        (
            "ListDeployments",
            json!({ "applicationName": "orders" }),
            "DeploymentGroupNameRequiredException",
        ),
        (
            "GetDeploymentConfig",
            json!({ "deploymentConfigName": "none" }),
            "DeploymentConfigDoesNotExistException",
        ),
        (
            "BatchGetDeploymentTargets",
            json!({ "deploymentId": id, "targetIds": ["i-none"] }),
            "DeploymentTargetDoesNotExistException",
        ),
        (
            "ListDeploymentTargets",
            json!({ "deploymentId": id, "targetFilters": { "Colour": [] } }),
            "InvalidTargetFilterNameException",
        ),
        (
            "StopDeployment",
            json!({ "deploymentId": "d-NONE" }),
            "DeploymentDoesNotExistException",
        ),
        (
            "StopDeployment",
            json!({ "deploymentId": "nonsense" }),
            "InvalidDeploymentIdException",
        ),
    ] {
        let error = ask(&mut world, operation, &input, now).unwrap_err();
        assert_eq!(error.code, code, "{operation} {input}");
    }
    let stopped = ask(
        &mut world,
        "StopDeployment",
        &json!({ "deploymentId": id }),
        now,
    )
    .unwrap();
    assert_eq!(stopped["status"], "Pending");
}
