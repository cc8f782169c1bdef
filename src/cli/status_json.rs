//! The document of `starboard status --json`, version 1. The README describes it; a test pins it.
//!
//! Times are RFC 3339 in UTC, states are AWS's own words, arrays are sorted by name and then by time.

use serde_json::{Map, Value, json};

use crate::cli::status::Profiles;
use crate::model::board::Need;
use crate::model::build::Build;
use crate::model::deployment::{Deployment, Target};
use crate::model::fault::Fault;
use crate::model::ids::{DeploymentId, ExecutionId, Scope};
use crate::model::pipeline::{ActionExecution, Execution, Pipeline};
use crate::model::snapshot::Snapshot;
use crate::model::time::Timestamp;

pub(super) fn document(snapshot: &Snapshot, profiles: &Profiles, faults: &[Fault]) -> String {
    let document = json!({
        "version": 1,
        "taken_at": snapshot.published_at.rfc3339(),
        "scopes": scopes(snapshot, profiles),
        "pipelines": snapshot.pipelines.rows().iter().map(|row| pipeline(snapshot, row)).collect::<Vec<_>>(),
        "executions": snapshot.pipelines.rows().iter().filter_map(|row| executions(row)).collect::<Vec<_>>(),
        "builds": builds(snapshot),
        "deployments": deployments(snapshot),
        "repositories": repositories(snapshot),
        "approvals": approvals(snapshot),
        "faults": faults.iter().map(fault).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| json!(at.rfc3339()))
}

fn place(scope: &Scope) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("account".into(), json!(scope.account.as_str()));
    map.insert("region".into(), json!(scope.region.as_str()));
    map
}

/// A record with where it is.
fn placed(scope: &Scope, record: Value) -> Value {
    let mut map = place(scope);
    if let Value::Object(fields) = record {
        map.extend(fields);
    }
    Value::Object(map)
}

fn scopes(snapshot: &Snapshot, profiles: &Profiles) -> Vec<Value> {
    let mut scopes = Vec::new();
    for account in snapshot.accounts.rows() {
        let identity = account
            .identity
            .value()
            .map(|identity| json!({ "account": identity.account.as_str(), "arn": identity.arn }));
        let profile = profiles.get(&account.name);
        for scope in account.scopes() {
            scopes.push(json!({
                "account": account.name.as_str(),
                "profile": profile,
                "region": scope.region.as_str(),
                "identity": identity,
                "fault": account.identity.fault().map(|found| fault(found)),
            }));
        }
    }
    scopes
}

fn pipeline(snapshot: &Snapshot, row: &Pipeline) -> Value {
    let rows = &snapshot.board.rows;
    let found = rows.binary_search_by(|board| board.key.cmp(&row.key));
    let board = found.ok().and_then(|index| rows.get(index));
    let stages: Vec<Value> = row
        .stages
        .value()
        .into_iter()
        .flat_map(|stages| stages.iter())
        .map(|stage| {
            json!({
                "name": stage.name.as_str(),
                "status": stage.latest.as_ref().map(|(_, state)| state.word()),
                "execution": stage.latest.as_ref().map(|(execution, _)| execution.as_str()),
                "inbound": stage.inbound.iter().map(ExecutionId::as_str).collect::<Vec<_>>(),
                "transition_enabled": stage.transition.enabled,
                "disabled_reason": stage.transition.reason,
                "actions": stage.actions.iter().map(|action| json!({
                    "name": action.name.as_str(),
                    "status": action.state.word(),
                    "summary": action.summary,
                    "changed_at": time(action.changed_at),
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    placed(
        &row.key.scope,
        json!({
            "name": row.key.name.as_str(),
            "version": row.version,
            "mode": row.definition.value().map(|definition| definition.mode.label().to_uppercase()),
            "type": row.definition.value().map(|definition| definition.pipeline_type.as_str()),
            "updated": time(row.updated),
            "status": board.and_then(|board| board.execution.as_ref()).and_then(|id| row.execution(id)).map(|execution| execution.state.word()),
            "execution": board.and_then(|board| board.execution.as_ref()).map(ExecutionId::as_str),
            "stages": stages,
        }),
    )
}

/// The latest execution of a pipeline, with its actions.
fn executions(row: &Pipeline) -> Option<Value> {
    let execution: &Execution = row.executions.value()?.first()?;
    let actions: Vec<Value> = row
        .actions
        .value()
        .into_iter()
        .flat_map(|all| all.iter())
        .filter(|attempt| attempt.execution == execution.id)
        .map(attempt)
        .collect();
    Some(placed(
        &row.key.scope,
        json!({
            "pipeline": row.key.name.as_str(),
            "id": execution.id.as_str(),
            "status": execution.state.word(),
            "status_summary": execution.status_summary,
            "started": time(execution.started),
            "updated": time(execution.updated),
            "trigger": { "type": execution.trigger.kind, "detail": execution.trigger.detail },
            "revisions": execution.revisions.iter().map(|revision| json!({
                "action": revision.action.as_str(),
                "id": revision.id.as_str(),
                "summary": revision.summary,
                "url": revision.url,
            })).collect::<Vec<_>>(),
            "actions": actions,
        }),
    ))
}

fn attempt(attempt: &ActionExecution) -> Value {
    json!({
        "stage": attempt.action.stage.as_str(),
        "action": attempt.action.action.as_str(),
        "id": attempt.id.as_str(),
        "status": attempt.state.word(),
        "started": time(attempt.started),
        "updated": time(attempt.updated),
        "external_id": attempt.external_id,
        "external_url": attempt.external_url,
        "summary": attempt.external_summary,
        "error": attempt.error.as_ref().map(|error| json!({ "code": error.code, "message": error.message })),
    })
}

/// Rows sorted by their place and name, then by time.
fn sorted<T>(
    mut rows: Vec<(Scope, String, Option<Timestamp>, T)>,
) -> impl Iterator<Item = (Scope, T)> {
    rows.sort_by(|a, b| (&a.1, a.2, &a.0).cmp(&(&b.1, b.2, &b.0)));
    rows.into_iter().map(|(scope, _, _, row)| (scope, row))
}

fn builds(snapshot: &Snapshot) -> Vec<Value> {
    let rows = snapshot.builds.rows().iter().filter_map(|row| {
        let build = row.build.value()?;
        Some((
            row.key.scope.clone(),
            build.project.as_str().to_owned(),
            build.started,
            std::sync::Arc::clone(build),
        ))
    });
    sorted(rows.collect())
        .map(|(scope, row)| placed(&scope, build(&row)))
        .collect()
}

fn build(build: &Build) -> Value {
    json!({
        "project": build.project.as_str(),
        "id": build.id.as_str(),
        "number": build.number,
        "status": build.state.word(),
        "phase": build.current_phase,
        "started": time(build.started),
        "ended": time(build.ended),
        "initiator": build.initiator,
        "source_version": build.source_version,
        "resolved_source_version": build.resolved_source_version,
        "failure": build.failure(),
        "log": build.log.as_ref().map(|log| json!({ "group": log.group.as_str(), "stream": log.stream.as_str() })),
    })
}

fn deployments(snapshot: &Snapshot) -> Vec<Value> {
    let rows = snapshot.deployments.rows().iter().filter_map(|row| {
        let deployment = row.deployment.value()?;
        let name = format!("{}/{}", deployment.application, deployment.group);
        let targets: Vec<Value> = row
            .targets
            .value()
            .into_iter()
            .flat_map(|targets| targets.iter())
            .map(target)
            .collect();
        Some((
            row.key.scope.clone(),
            name,
            deployment.created,
            deployment_with(deployment, &targets),
        ))
    });
    sorted(rows.collect())
        .map(|(scope, row)| placed(&scope, row))
        .collect()
}

fn deployment_with(deployment: &Deployment, targets: &[Value]) -> Value {
    json!({
        "application": deployment.application,
        "group": deployment.group,
        "id": deployment.id.as_str(),
        "status": deployment.state.word(),
        "created": time(deployment.created),
        "completed": time(deployment.completed),
        "creator": deployment.creator,
        "configuration": deployment.configuration,
        "revision": deployment.revision,
        "rolled_back_by": deployment.rollback.rolled_back_by.as_ref().map(DeploymentId::as_str),
        "error": deployment.error.as_ref().map(|error| json!({ "code": error.code, "message": error.message })),
        "targets": targets,
    })
}

fn target(target: &Target) -> Value {
    json!({
        "id": target.id.as_str(),
        "type": target.kind,
        "status": target.state.word(),
        "events": target.events.iter().map(|event| json!({
            "name": event.name,
            "status": event.state.word(),
            "started": time(event.started),
            "ended": time(event.ended),
            "error": event.diagnostics.as_ref().filter(|diagnostics| diagnostics.error_code != "Success").map(|diagnostics| json!({
                "code": diagnostics.error_code,
                "script": diagnostics.script,
                "message": diagnostics.message,
                "log_tail": diagnostics.log_tail,
            })),
        })).collect::<Vec<_>>(),
    })
}

fn repositories(snapshot: &Snapshot) -> Vec<Value> {
    let rows = snapshot.repositories.rows().iter();
    rows.map(|row| {
        let metadata = row.metadata.value();
        let branches = row.branches.value().into_iter().flat_map(|branches| branches.iter());
        placed(&row.key.scope, json!({
            "name": row.key.name.as_str(),
            "description": metadata.and_then(|metadata| metadata.description.clone()),
            "default_branch": metadata.and_then(|metadata| metadata.default_branch.as_ref().map(|branch| branch.as_str().to_owned())),
            "modified": time(metadata.and_then(|metadata| metadata.modified)),
            "branches": branches.map(|branch| json!({ "name": branch.name.as_str(), "head": branch.head.as_str() })).collect::<Vec<_>>(),
        }))
    }).collect()
}

fn approvals(snapshot: &Snapshot) -> Vec<Value> {
    let rows = snapshot.board.needs.iter().map(|need| {
        (
            need.gate.pipeline.scope.clone(),
            need.gate.pipeline.name.as_str().to_owned(),
            need.since,
            need,
        )
    });
    sorted(rows.collect())
        .map(|(scope, need)| placed(&scope, approval(need)))
        .collect()
}

fn approval(need: &Need) -> Value {
    json!({
        "pipeline": need.gate.pipeline.name.as_str(),
        "stage": need.gate.action.stage.as_str(),
        "action": need.gate.action.action.as_str(),
        "execution": need.gate.execution.as_str(),
        "since": time(need.since),
        "expires": time(need.expires),
        "change": need.change,
    })
}

fn fault(fault: &Fault) -> Value {
    json!({
        "scope": fault.scope.as_ref().map(|scope| Value::Object(place(scope))),
        "service": fault.service,
        "operation": fault.operation,
        "class": fault.class.name(),
        "code": fault.code,
        "request_id": fault.request_id,
        "message": fault.message,
        "since": fault.since.rfc3339(),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::board::Board;
    use crate::model::command::Gate;
    use crate::model::ids::{ActionKey, PipelineKey};

    #[test]
    fn approvals_stand_by_pipeline_and_then_by_time() {
        let need = |pipeline: &str, since: i64| {
            let gate = Gate {
                pipeline: PipelineKey {
                    scope: Scope {
                        account: "a".into(),
                        region: "r".into(),
                    },
                    name: pipeline.into(),
                },
                action: ActionKey {
                    stage: "Gate".into(),
                    action: "Approve".into(),
                },
                execution: "e".into(),
                token: "t".into(),
                revisions: Vec::new(),
            };
            Arc::new(Need {
                since: Some(Timestamp::from_millis(since * 1_000)),
                ..Need::new(gate)
            })
        };
        let board = Board {
            // As the Board has them: what expires first is first.
            needs: vec![need("zebra", 1), need("ant", 3), need("ant", 2)],
            ..Board::default()
        };
        let snapshot = Snapshot {
            board: Arc::new(board),
            ..Snapshot::default()
        };
        let printed: Vec<(Value, Value)> = approvals(&snapshot)
            .iter()
            .map(|approval| (approval["pipeline"].clone(), approval["since"].clone()))
            .collect();
        let expected = [
            ("ant", "1970-01-01T00:00:02Z"),
            ("ant", "1970-01-01T00:00:03Z"),
            ("zebra", "1970-01-01T00:00:01Z"),
        ];
        assert_eq!(printed, expected.map(|(name, at)| (json!(name), json!(at))));
    }
}
