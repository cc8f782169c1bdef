//! How deployments walk their fleets.

use super::{
    AutoRollback, CreateDeployment, Creator, DeploymentFault, DeploymentStatus, Deployments,
    Failure, Group, Instance, MinimumHealthy, Owner, Revision, StopProgress, TargetStatus,
};

const START: i64 = 1_795_000_000_000;
const HOUR: i64 = 3_600_000;

fn revision(version: &str) -> Revision {
    Revision::S3 {
        bucket: "artifacts".to_owned(),
        key: format!("orders-{version}.zip"),
        bundle: "zip".to_owned(),
        version: None,
        etag: None,
    }
}

fn fleet(size: usize) -> Vec<Instance> {
    (0..size)
        .map(|number| Instance {
            id: format!("i-{number:04}"),
            ip: format!("10.2.1.{number}"),
            zone: "eu-west-1a".to_owned(),
            revision: None,
        })
        .collect()
}

fn deployments(size: usize, config: &str, auto_rollback: AutoRollback) -> Deployments {
    let mut deployments = Deployments::new(&Owner {
        account: "482100937715".to_owned(),
        region: "eu-west-1".to_owned(),
        seed: 1,
        ..Owner::default()
    });
    deployments.add_config("ThreeQuarters", MinimumHealthy::FleetPercent(75), START);
    deployments.add_config("Twenty", MinimumHealthy::HostCount(20), START);
    let mut group = Group::new("prod", fleet(size));
    config.clone_into(&mut group.config);
    group.auto_rollback = auto_rollback;
    deployments.add_group("orders", group, START);
    deployments
}

fn create(version: &str, failing: &[&str]) -> CreateDeployment {
    CreateDeployment {
        revision: revision(version),
        description: None,
        config: None,
        failures: failing
            .iter()
            .map(|instance| Failure {
                instance: (*instance != "*").then(|| (*instance).to_owned()),
                event: "ValidateService".to_owned(),
                code: "ScriptFailed".to_owned(),
                script: Some("scripts/validate.sh".to_owned()),
                message: "Script at specified location: {script} failed with exit code 1"
                    .to_owned(),
                log: vec!["[stderr]still 503 on {ip}".to_owned()],
            })
            .collect(),
        id: None,
    }
}

/// Runs a deployment to its end and tells the fewest instances that served on the way.
fn run(deployments: &mut Deployments, id: &str) -> usize {
    let mut fewest = usize::MAX;
    while let Some(next) = deployments.next_event() {
        deployments.advance(next);
        let deployment = deployments.get(id).unwrap();
        if !deployment.targets.is_empty() {
            fewest = fewest.min(
                deployment
                    .targets
                    .iter()
                    .filter(|target| target.serves())
                    .count(),
            );
        }
        if deployment.status.complete() {
            break;
        }
    }
    fewest
}

#[test]
fn a_rolling_deployment_keeps_the_minimum_and_bears_one_failure() {
    let mut deployments = deployments(12, "ThreeQuarters", AutoRollback::default());
    let id = deployments
        .create(START, "orders", "prod", create("1.43.0", &["i-0004"]))
        .unwrap();
    assert_eq!(deployments.get(&id).unwrap().status.word(), "Created");
    let fewest = run(&mut deployments, &id);
    assert_eq!(fewest, 9);
    let deployment = deployments.get(&id).unwrap();
    assert_eq!(deployment.status, DeploymentStatus::Succeeded);
    let overview = deployment.overview();
    assert_eq!((overview.succeeded, overview.failed), (11, 1));
    let target = deployment.target("i-0004").unwrap();
    let events = deployment.event_records(target);
    let failed = events.last().unwrap();
    assert_eq!(failed.status, TargetStatus::Failed);
    let diagnostics = failed.diagnostics.as_ref().unwrap();
    assert_eq!(
        diagnostics.log_tail,
        "LifecycleEvent - ValidateService\nScript - scripts/validate.sh\n[stderr]still 503 on 10.2.1.4\n"
    );
    assert_eq!(
        diagnostics.message,
        "Script at specified location: scripts/validate.sh failed with exit code 1"
    );
    let times: Vec<_> = events
        .iter()
        .flat_map(|event| [event.started.unwrap(), event.ended.unwrap()])
        .collect();
    assert!(times.is_sorted());
}

#[test]
fn the_failed_instance_comes_first_next_time() {
    let mut deployments = deployments(4, "ThreeQuarters", AutoRollback::default());
    let first = deployments
        .create(START, "orders", "prod", create("1", &["i-0002"]))
        .unwrap();
    run(&mut deployments, &first);
    let group = deployments.group("orders", "prod").unwrap();
    assert_eq!(group.last_attempted(), Some(first.as_str()));
    let second = deployments
        .create(START + HOUR, "orders", "prod", create("2", &[]))
        .unwrap();
    assert_eq!(
        deployments.get(&second).unwrap().targets[0].instance,
        "i-0002"
    );
    run(&mut deployments, &second);
    assert_eq!(deployments.get(&second).unwrap().overview().succeeded, 4);
}

#[test]
fn too_many_failures_end_it_and_the_rest_is_skipped() {
    let mut deployments = deployments(6, "CodeDeployDefault.OneAtATime", AutoRollback::default());
    let id = deployments
        .create(START, "orders", "prod", create("1", &["i-0001"]))
        .unwrap();
    run(&mut deployments, &id);
    let deployment = deployments.get(&id).unwrap();
    assert_eq!(deployment.status, DeploymentStatus::Failed);
    let (code, message) = deployment.error.as_ref().unwrap();
    assert_eq!(*code, "HEALTH_CONSTRAINTS");
    assert!(message.contains("too few healthy instances are available"));
    let overview = deployment.overview();
    assert_eq!(
        (overview.succeeded, overview.failed, overview.skipped),
        (1, 1, 4)
    );
    let skipped = deployment.event_records(&deployment.targets[5]);
    assert!(
        skipped
            .iter()
            .all(|event| event.status == TargetStatus::Skipped && event.started.is_none())
    );
}

#[test]
fn the_last_of_one_at_a_time_may_fail_but_not_everyone_at_once() {
    let mut rolling = deployments(3, "CodeDeployDefault.OneAtATime", AutoRollback::default());
    let id = rolling
        .create(START, "orders", "prod", create("1", &["i-0002"]))
        .unwrap();
    run(&mut rolling, &id);
    assert_eq!(
        rolling.get(&id).unwrap().status,
        DeploymentStatus::Succeeded
    );
    let mut at_once = deployments(3, "CodeDeployDefault.AllAtOnce", AutoRollback::default());
    let id = at_once
        .create(START, "orders", "prod", create("1", &["*"]))
        .unwrap();
    run(&mut at_once, &id);
    let deployment = at_once.get(&id).unwrap();
    assert_eq!(deployment.status, DeploymentStatus::Failed);
    assert!(deployment.error.as_ref().unwrap().1.contains("No hosts"));
}

#[test]
fn a_failed_deployment_is_rolled_back_to_the_last_good_revision() {
    let mut deployments = deployments(
        3,
        "CodeDeployDefault.OneAtATime",
        AutoRollback {
            on_failure: true,
            ..AutoRollback::default()
        },
    );
    let good = deployments
        .create(START, "orders", "prod", create("1.42.0", &[]))
        .unwrap();
    deployments.advance(START + HOUR);
    let bad = deployments
        .create(START + HOUR, "orders", "prod", create("1.43.0", &["*"]))
        .unwrap();
    deployments.advance(START + 2 * HOUR);
    let failed = deployments.get(&bad).unwrap();
    assert_eq!(failed.status, DeploymentStatus::Failed);
    let rollback = failed.rollback.rollback.clone().unwrap();
    let rollback = deployments.get(&rollback).unwrap();
    assert_eq!(rollback.creator, Creator::Rollback);
    assert_eq!(rollback.revision, revision("1.42.0"));
    assert_eq!(rollback.rollback.triggering.as_ref(), Some(&bad));
    assert_eq!(rollback.status, DeploymentStatus::Succeeded);
    let group = deployments.group("orders", "prod").unwrap();
    assert_eq!(group.last_succeeded(), Some(rollback.id.as_str()));
    assert_eq!(group.deployments().len(), 3);
    assert_ne!(good, rollback.id);
    assert!(
        group
            .fleet
            .iter()
            .all(|instance| instance.revision == Some(revision("1.42.0")))
    );
}

#[test]
fn a_stop_lets_running_events_finish() {
    let mut deployments = deployments(12, "ThreeQuarters", AutoRollback::default());
    let id = deployments
        .create(START, "orders", "prod", create("1", &[]))
        .unwrap();
    assert_eq!(
        deployments.create(START + 1, "orders", "prod", create("2", &[])),
        Err(DeploymentFault::Deploying(id.clone()))
    );
    deployments.advance(START + 20_000);
    assert_eq!(
        deployments.stop(START + 20_000, &id, false),
        Ok(StopProgress::Pending)
    );
    deployments.advance(START + HOUR);
    let deployment = deployments.get(&id).unwrap();
    assert_eq!(deployment.status, DeploymentStatus::Stopped);
    assert_eq!(deployment.overview().skipped, 12);
    assert!(deployment.completed.unwrap() < START + 60_000);
    assert_eq!(
        deployments.stop(START + HOUR, &id, false),
        Err(DeploymentFault::AlreadyCompleted)
    );
    let early = deployments
        .create(START + HOUR, "orders", "prod", create("2", &[]))
        .unwrap();
    assert_eq!(
        deployments.get(&early).unwrap().targets[0].instance,
        "i-0000"
    );
    assert_eq!(
        deployments.stop(START + HOUR, &early, false),
        Ok(StopProgress::Succeeded)
    );
    assert_eq!(deployments.next_event(), None);
}

#[test]
fn a_fleet_that_cannot_be_deployed_to_fails_at_once() {
    let mut none = deployments(0, "CodeDeployDefault.OneAtATime", AutoRollback::default());
    let id = none
        .create(START, "orders", "prod", create("1", &[]))
        .unwrap();
    none.advance(START + HOUR);
    assert_eq!(
        none.get(&id).unwrap().error.as_ref().unwrap().0,
        "NO_INSTANCES"
    );
    let mut few = deployments(12, "Twenty", AutoRollback::default());
    let id = few
        .create(START, "orders", "prod", create("1", &[]))
        .unwrap();
    few.advance(START + HOUR);
    assert_eq!(
        few.get(&id).unwrap().error.as_ref().unwrap().0,
        "HEALTH_CONSTRAINTS_INVALID"
    );
    assert_eq!(
        few.create(START, "orders", "staging", create("1", &[])),
        Err(DeploymentFault::NoSuchGroup)
    );
}
