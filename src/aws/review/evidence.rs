//! What an execution went through before a gate: each action's last attempt, and how the tests of its builds went.

use std::collections::BTreeMap;

use crate::aws::calls::Calls;
use crate::aws::{codebuild, codepipeline};
use crate::model::fault::Fault;
use crate::model::ids::{ActionKey, BuildId, ExecutionId, PipelineName};
use crate::model::oneshot::{Evidence, TestCounts};
use crate::model::pipeline::{ActionExecution, Definition};

/// First to last in the structure's order. Costs the pages of this execution's attempts, and two calls more where it
/// built something; a refusal of those leaves the tests out.
pub(super) async fn evidence(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    execution: &ExecutionId,
    gate: &ActionKey,
    definition: &Definition,
) -> Result<Vec<Evidence>, Fault> {
    let attempts = codepipeline::actions_of(calls, pipeline, execution).await?;
    let mut evidence = before(&attempts, gate, definition);
    let builds: Vec<BuildId> = evidence
        .iter()
        .filter(|one| one.provider == "CodeBuild")
        .filter_map(|one| one.external_id.as_deref().map(BuildId::from))
        .collect();
    if !builds.is_empty() {
        // The card stands without them: many may read pipelines and not reports.
        let tests = codebuild::reports::tests(calls, &builds)
            .await
            .unwrap_or_default();
        add_tests(&mut evidence, &tests);
    }
    Ok(evidence)
}

/// What stands before the gate: the actions of earlier stages, and those of its own with a lower run order.
fn before(
    attempts: &[ActionExecution],
    gate: &ActionKey,
    definition: &Definition,
) -> Vec<Evidence> {
    let mut found = Vec::new();
    for stage in &definition.stages {
        let is_gates = stage.name == gate.stage;
        let gates_order = stage
            .actions
            .iter()
            .find(|action| action.name == gate.action)
            .map_or(0, |action| action.run_order);
        let mut actions: Vec<_> = stage
            .actions
            .iter()
            .filter(|action| !is_gates || action.run_order < gates_order)
            .collect();
        actions.sort_by_key(|action| action.run_order);
        for action in actions {
            let key = ActionKey {
                stage: stage.name.clone(),
                action: action.name.clone(),
            };
            found.extend(last_of(attempts, key));
        }
        if is_gates {
            break;
        }
    }
    found
}

/// The last attempt of an action; none if it never ran in this execution.
fn last_of(attempts: &[ActionExecution], key: ActionKey) -> Option<Evidence> {
    let its = attempts.iter().filter(|attempt| attempt.action == key);
    let count = its.clone().count();
    let last = its.clone().max_by_key(|attempt| attempt.started)?;
    let failed = its.filter(|attempt| attempt.id != last.id && attempt.state.status.is_bad());
    Some(Evidence {
        category: last.category.clone(),
        provider: last.provider.clone(),
        state: last.state.clone(),
        took: last.duration(),
        attempts: count,
        failed_before: failed.count(),
        external_id: last.external_id.clone(),
        tests: None,
        action: key,
    })
}

fn add_tests(evidence: &mut [Evidence], tests: &BTreeMap<BuildId, TestCounts>) {
    for one in evidence {
        let build = one.external_id.as_deref().map(BuildId::from);
        one.tests = build.and_then(|build| tests.get(&build).copied());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::pipeline::{
        ActionCategory, ActionDeclaration, ExecutionMode, StageDeclaration,
    };
    use crate::model::status::{State, Status};
    use crate::model::time::Timestamp;

    fn declared(name: &str, run_order: u32) -> ActionDeclaration {
        ActionDeclaration {
            run_order,
            ..ActionDeclaration::new(name.into(), ActionCategory::Build, "CodeBuild")
        }
    }

    fn attempt(stage: &str, action: &str, at: i64, word: &str) -> ActionExecution {
        let key = ActionKey {
            stage: stage.into(),
            action: action.into(),
        };
        let id = format!("{action}-{at}");
        ActionExecution {
            started: Some(Timestamp::from_millis(at)),
            external_id: Some(format!("{action}:{at}")),
            provider: "CodeBuild".to_owned(),
            ..ActionExecution::new(
                "e".into(),
                key,
                id.as_str().into(),
                State::of_pipeline(word),
            )
        }
    }

    #[test]
    fn the_last_attempt_of_what_stands_before_the_gate_is_told() {
        let stage = |name: &str, actions| StageDeclaration::new(name.into(), actions);
        let definition = Definition::new(
            1,
            ExecutionMode::Superseded,
            vec![
                stage("Build", vec![declared("unit", 2), declared("image", 1)]),
                stage(
                    "Gate",
                    vec![
                        declared("smoke", 1),
                        declared("Approve", 2),
                        declared("after", 3),
                    ],
                ),
                stage("Prod", vec![declared("deploy", 1)]),
            ],
        );
        let attempts = [
            attempt("Gate", "smoke", 50, "Succeeded"),
            attempt("Build", "unit", 30, "Succeeded"),
            attempt("Build", "unit", 20, "Failed"),
            attempt("Build", "unit", 15, "Abandoned"),
            attempt("Build", "image", 10, "Succeeded"),
            attempt("Gate", "after", 60, "Succeeded"),
        ];
        let gate = ActionKey {
            stage: "Gate".into(),
            action: "Approve".into(),
        };
        let mut found = before(&attempts, &gate, &definition);
        let told: Vec<(&str, usize, Status)> = found
            .iter()
            .map(|one| (one.action.action.as_str(), one.attempts, one.state.status))
            .collect();
        assert_eq!(
            told,
            [
                ("image", 1, Status::Succeeded),
                ("unit", 3, Status::Succeeded),
                ("smoke", 1, Status::Succeeded),
            ]
        );
        let failed: Vec<usize> = found.iter().map(|one| one.failed_before).collect();
        assert_eq!(failed, [0, 1, 0], "one was stopped, which is no failure");
        let counts = TestCounts {
            passed: 3,
            failed: 0,
            skipped: 1,
        };
        add_tests(&mut found, &BTreeMap::from([("unit:30".into(), counts)]));
        assert_eq!(found[1].tests, Some(counts));
        assert_eq!(found[0].tests, None);
    }
}
