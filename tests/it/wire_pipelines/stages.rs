//! Conditions, rollbacks, releases and versions: what is read of them, sent, refused, and looked up.

use std::time::Duration;

use starboard::engine::source::Sent;
use starboard::model::command::{Command, RevisionKind, RevisionOverride};
use starboard::model::fault::FaultClass;
use starboard::model::ids::{ExecutionId, PipelineKey};
use starboard::model::pipeline::ConditionKind;
use starboard::model::status::Status;
use starboard::sim;

use super::{Story, key};

fn pricing() -> PipelineKey {
    key("prod", "us-east-1", "pricing-engine")
}

#[tokio::test]
async fn a_failed_condition_is_told_with_its_rules_and_overridden_once() {
    let story = Story::start("harbour").await;
    let history = story.aws.history(&pricing()).await.unwrap();
    assert!(!history.cut);
    let newest = &history.executions[0];
    let detail = story.aws.execution(&pricing(), &newest.id).await.unwrap();
    assert_eq!(
        detail.execution.variables,
        [("ROLLOUT_PERCENT".to_owned(), "50".to_owned())]
    );
    assert!(detail.execution.started.is_some());
    assert_eq!(detail.execution.revisions[0].action.as_str(), "image");
    let failed: Vec<&str> = detail
        .rules
        .iter()
        .filter(|rule| rule.state.status.is_bad())
        .map(|rule| rule.rule.as_str())
        .collect();
    assert_eq!(failed, ["latency-is-quiet"]);

    let command = |condition| Command::OverrideCondition {
        pipeline: pricing(),
        stage: "Production".into(),
        execution: newest.id.clone(),
        condition,
    };
    let before = command(ConditionKind::BeforeEntry);
    let message = story.goes_through(&before).await;
    assert!(message.contains("before entry"), "{message}");
    assert_eq!(story.sim.request_count("OverrideStageCondition"), 1);
    story.not_sent(&before).await;
    let fault = story.refused(&before).await;
    assert_eq!(
        fault.code.as_deref(),
        Some("ConditionNotOverridableException")
    );
    assert!(
        fault
            .message
            .starts_with("This condition cannot be overridden now")
            && fault.request_id.is_some(),
        "{fault:?}"
    );
}

#[tokio::test]
async fn a_stage_is_rolled_back_only_to_what_aws_still_offers() {
    let story = Story::start("harbour").await;
    let checkout = key("prod", "eu-west-1", "checkout-api");
    let stage = starboard::model::ids::StageName::from("Staging");
    let candidates = story.aws.rollback_candidates(&checkout, &stage).await;
    let candidates = candidates.unwrap();
    assert!(candidates.len() > 2);
    assert!(
        candidates.is_sorted_by_key(|one| std::cmp::Reverse(one.started)),
        "newest first"
    );
    let to = |target: &ExecutionId| Command::RollbackStage {
        pipeline: checkout.clone(),
        stage: stage.clone(),
        target: target.clone(),
    };
    let nowhere = to(&"00000000-0000-4000-8000-000000000000".into());
    let said = story.not_sent(&nowhere).await;
    assert!(said.contains("no longer one to roll back to"), "{said}");
    let fault = story.refused(&nowhere).await;
    assert!(
        fault.message.contains("AWS says:") && fault.code.is_some(),
        "{fault:?}"
    );

    let target = candidates
        .iter()
        .find(|one| one.state.status == Status::Succeeded);
    let command = to(&target.unwrap().id);
    let message = story.goes_through(&command).await;
    assert!(message.contains("rolls stage Staging back"), "{message}");
    let newest = story.aws.history(&checkout).await.unwrap().executions;
    let rollback = newest.iter().find(|one| one.rollback_of.is_some()).unwrap();
    assert_eq!(rollback.trigger.kind, "ManualRollback");
    let said = story.not_sent(&command).await;
    assert!(said.contains("not at rest"), "{said}");
}

#[tokio::test]
async fn a_lost_rollback_and_a_lost_override_are_looked_up() {
    let story = Story::start("harbour").await;
    let faults = story.sim.faults();
    let newest = story.aws.history(&pricing()).await.unwrap().executions;
    let over = Command::OverrideCondition {
        pipeline: pricing(),
        stage: "Production".into(),
        execution: newest[0].id.clone(),
        condition: ConditionKind::BeforeEntry,
    };
    faults.inject("OverrideStageCondition", sim::Fault::ServerError, Some(1));
    assert!(matches!(story.writer.send(&over).await, Sent::Unknown(_)));
    assert!(!story.found(&over).await.unwrap().applied);
    faults.inject("OverrideStageCondition", sim::Fault::ApplyThenDrop, Some(1));
    assert!(matches!(story.writer.send(&over).await, Sent::Unknown(_)));
    assert!(story.found(&over).await.unwrap().applied);

    let checkout = key("prod", "eu-west-1", "checkout-api");
    let stage = "Staging".into();
    let candidates = story.aws.rollback_candidates(&checkout, &stage).await;
    let back = Command::RollbackStage {
        pipeline: checkout,
        stage,
        target: candidates.unwrap()[1].id.clone(),
    };
    faults.inject("RollbackStage", sim::Fault::ServerError, Some(1));
    assert!(matches!(story.writer.send(&back).await, Sent::Unknown(_)));
    assert!(!story.found(&back).await.unwrap().applied);
    faults.inject("RollbackStage", sim::Fault::ApplyThenDrop, Some(1));
    assert!(matches!(story.writer.send(&back).await, Sent::Unknown(_)));
    assert!(story.found(&back).await.unwrap().applied);
    assert_eq!(
        story.sim.request_count("RollbackStage"),
        2,
        "never sent by itself again"
    );
}

#[tokio::test]
async fn a_release_takes_variables_and_revisions_that_the_pipeline_still_has() {
    let story = Story::start("harbour").await;
    let checkout = key("prod", "eu-west-1", "checkout-api");
    let release = |source: &str, variable: &str| Command::ReleaseChange {
        pipeline: checkout.clone(),
        revisions: vec![RevisionOverride {
            action: source.into(),
            kind: RevisionKind::CommitId,
            value: "f3a91c2".to_owned(),
        }],
        variables: vec![(variable.to_owned(), "debug".to_owned())],
    };
    let said = story.not_sent(&release("checkout", "LOUDNESS")).await;
    assert_eq!(said, "the pipeline has no variable LOUDNESS any more");
    let said = story.not_sent(&release("elsewhere", "LOG_LEVEL")).await;
    assert_eq!(said, "the pipeline has no source action elsewhere any more");
    let fault = story.refused(&release("checkout", "LOUDNESS")).await;
    assert!(
        fault
            .message
            .starts_with("AWS does not accept this release"),
        "{fault:?}"
    );

    let history = story.aws.history(&checkout).await.unwrap();
    let older = history.executions.last().unwrap().revisions[0].id.clone();
    let command = Command::ReleaseChange {
        pipeline: checkout.clone(),
        revisions: vec![RevisionOverride {
            action: "checkout".into(),
            kind: RevisionKind::CommitId,
            value: older.as_str().to_owned(),
        }],
        variables: vec![("LOG_LEVEL".to_owned(), "debug".to_owned())],
    };
    let message = story.goes_through(&command).await;
    assert!(message.ends_with("has started"), "{message}");
    story.pass(Duration::from_secs(20));
    let newest = &story.aws.history(&checkout).await.unwrap().executions[0];
    let detail = story.aws.execution(&checkout, &newest.id).await.unwrap();
    assert_eq!(
        detail.execution.variables,
        [("LOG_LEVEL".to_owned(), "debug".to_owned())]
    );
    assert_eq!(detail.execution.revisions[0].id, older);
}

#[tokio::test]
async fn versions_of_a_structure_and_kinds_of_actions_are_read() {
    let story = Story::start("harbour").await;
    let now = story.aws.definition(&pricing(), 6).await.unwrap();
    let before = story.aws.definition(&pricing(), 5).await.unwrap();
    assert_eq!((now.version, before.version), (6, 5));
    assert!(now.has_conditions() && !before.has_conditions());
    assert_eq!(now.variables[0].name, "ROLLOUT_PERCENT");
    assert!(!now.artifact_stores.is_empty());
    let production = now.stage(&"Production".into()).unwrap();
    let kinds: Vec<ConditionKind> = production.conditions.iter().map(|one| one.kind).collect();
    assert_eq!(
        kinds,
        [ConditionKind::BeforeEntry, ConditionKind::OnSuccess]
    );
    assert_eq!(production.conditions[0].rules.len(), 3);
    let fault = story.aws.definition(&pricing(), 99).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::NotFound, "{fault:?}");

    let types = story.aws.action_types(&pricing().scope).await.unwrap();
    let owners: std::collections::BTreeSet<&str> =
        types.iter().map(|kind| kind.owner.as_str()).collect();
    assert!(owners.contains("ThirdParty"), "{owners:?}");
    assert!(types.iter().any(|kind| kind.execution_url.is_some()));
    assert!(types.iter().any(|kind| !kind.secret_keys.is_empty()));
}
