//! What goes through a gate: the card a person reads before deciding, and the commits an execution brings.
//!
//! Everything is read when it is asked for. Commits of CodeCommit are walked by parents down to the revision that
//! passed before; other sources tell nothing of the commits between two executions, so the head of each is shown.

use crate::aws::calls::Calls;
use crate::aws::{codecommit, codepipeline};
use crate::model::board;
use crate::model::command::Gate;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{
    ActionKey, ApprovalToken, ExecutionId, PipelineKey, PipelineName, RepositoryName, RevisionId,
};
use crate::model::oneshot::{Behind, Changes, Extent, Review};
use crate::model::pipeline::{
    ActionCategory, ActionDeclaration, ActionExecution, Definition, Execution, SourceRevision,
    StageState,
};
use crate::model::repository::Commit;
use crate::model::status::Status;
use crate::model::time::Timestamp;

/// Commits a review shows at most.
const LIMIT: usize = 200;

/// A gate that waits, as just read.
pub(super) struct OpenGate {
    pub execution: ExecutionId,
    pub token: ApprovalToken,
    pub since: Option<Timestamp>,
}

/// The gate of an action in GetPipelineState's answer.
pub(super) fn open_gate(stages: &[StageState], action: &ActionKey) -> Option<OpenGate> {
    let stage = stages.iter().find(|stage| stage.name == action.stage)?;
    let state = stage.action(&action.action)?;
    if state.state.status != Status::Waiting {
        return None;
    }
    Some(OpenGate {
        execution: stage.latest.as_ref()?.0.clone(),
        token: state.token.clone()?,
        since: state.changed_at,
    })
}

/// The newest gate of an action in ListActionExecutions' answer: where PARALLEL pipelines keep theirs.
pub(super) fn open_attempt<'a>(
    attempts: &'a [ActionExecution],
    action: &ActionKey,
    execution: Option<&ExecutionId>,
) -> Option<(OpenGate, &'a ActionExecution)> {
    let mut waiting = attempts.iter().filter(|attempt| {
        attempt.action == *action
            && attempt.state.status == Status::Waiting
            && execution.is_none_or(|execution| attempt.execution == *execution)
    });
    let attempt = waiting.find(|attempt| attempt.external_id.is_some())?;
    let gate = OpenGate {
        execution: attempt.execution.clone(),
        token: ApprovalToken::from(attempt.external_id.as_deref()?),
        since: attempt.started,
    };
    Some((gate, attempt))
}

/// The approval card: state, attempts, structure and executions, a call each.
///
/// More are made where they are needed: further pages of attempts back to the last that passed, GetPipelineExecution for
/// this execution and the one that passed if the listing no longer has them, and BatchGetCommits for what is not known of
/// a CodeCommit repository's commits.
pub(super) async fn review(
    calls: &Calls<'_>,
    pipeline: &PipelineKey,
    action: &ActionKey,
) -> Result<Review, Fault> {
    let name = &pipeline.name;
    let stages = codepipeline::stages(calls, name).await?;
    let passed = |attempt: &ActionExecution| {
        attempt.action == *action && attempt.state.status == Status::Succeeded
    };
    let attempts = codepipeline::actions_until(calls, name, passed).await?;
    let gate = match open_gate(&stages, action) {
        Some(gate) => gate,
        None => match open_attempt(&attempts, action, None) {
            Some((gate, _)) => gate,
            None => return Err(nothing_waits(calls, action, &stages, &attempts)),
        },
    };
    let definition = codepipeline::definition(calls, name).await?;
    let executions = codepipeline::executions(calls, name).await?;
    let execution = find_execution(calls, name, &definition, &executions, &gate.execution).await?;
    let changes = changes_of(
        calls,
        name,
        action,
        &definition,
        &executions,
        &attempts,
        &execution,
    )
    .await?;
    let declared = declaration(&definition, action);
    let configured = |name: &str| {
        let value = declared?.configuration.get(name)?;
        (!value.is_empty()).then(|| value.clone())
    };
    let timeout = board::timeout_in_minutes(configured("timeoutInMinutes").as_ref());
    Ok(Review {
        waiting_since: gate.since,
        expires: gate.since.map(|since| since.plus(timeout)),
        custom_data: configured("CustomData"),
        review_link: configured("ExternalEntityLink").filter(|link| is_web(link)),
        revisions: execution.revisions.clone(),
        changes,
        behind: behind(&stages, action, &executions),
        mode: definition.mode.clone(),
        trigger: execution.trigger.clone(),
        rollback_of: execution.rollback_of.clone(),
        evidence: Vec::new(),
        alarms: Err(std::sync::Arc::new(nothing_waits(
            calls, action, &stages, &attempts,
        ))),
        files: None,
        read_at: calls.now(),
        gate: Gate {
            revisions: execution
                .revisions
                .iter()
                .map(|revision| revision.id.clone())
                .collect(),
            pipeline: pipeline.clone(),
            action: action.clone(),
            execution: gate.execution,
            token: gate.token,
        },
    })
}

/// The commits an execution brings to an action since that action last succeeded in another.
pub(super) async fn changes(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    action: &ActionKey,
    execution: &ExecutionId,
) -> Result<Changes, Fault> {
    let definition = codepipeline::definition(calls, pipeline).await?;
    let executions = codepipeline::executions(calls, pipeline).await?;
    let passed = |attempt: &ActionExecution| {
        attempt.action == *action
            && attempt.execution != *execution
            && attempt.state.status == Status::Succeeded
    };
    let attempts = codepipeline::actions_until(calls, pipeline, passed).await?;
    let execution = find_execution(calls, pipeline, &definition, &executions, execution).await?;
    changes_of(
        calls,
        pipeline,
        action,
        &definition,
        &executions,
        &attempts,
        &execution,
    )
    .await
}

fn is_web(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with("http://")
}

/// Executions that wait to enter the gate's stage, with what they bring.
fn behind(stages: &[StageState], action: &ActionKey, executions: &[Execution]) -> Vec<Behind> {
    let stage = stages.iter().find(|stage| stage.name == action.stage);
    let inbound = stage.map(|stage| stage.inbound.as_slice());
    let describe = |id: &ExecutionId| Behind {
        execution: id.clone(),
        revisions: executions
            .iter()
            .find(|execution| execution.id == *id)
            .map(|execution| execution.revisions.clone())
            .unwrap_or_default(),
    };
    inbound.unwrap_or_default().iter().map(describe).collect()
}

/// Nobody can decide here now; who did, or that it is gone.
fn nothing_waits(
    calls: &Calls<'_>,
    action: &ActionKey,
    stages: &[StageState],
    attempts: &[ActionExecution],
) -> Fault {
    let decided = decided(stages, attempts, action, None);
    let message = decided.unwrap_or_else(|| "no execution waits at this gate now".to_owned());
    calls
        .place(codepipeline::SERVICE, "GetPipelineState")
        .fault(FaultClass::Refused, message)
}

/// What became of a gate, in words: `approved by Priya at 2026-11-23T16:20:00Z: ship it`.
///
/// A rejection is an action that failed; who decided and what they said is in the attempt or in the state.
pub(super) fn decided(
    stages: &[StageState],
    attempts: &[ActionExecution],
    action: &ActionKey,
    execution: Option<&ExecutionId>,
) -> Option<String> {
    let attempt = attempts.iter().find(|attempt| {
        attempt.action == *action
            && execution.is_none_or(|execution| attempt.execution == *execution)
    });
    let stage = stages.iter().find(|stage| stage.name == action.stage);
    let state = stage
        .filter(|stage| {
            let latest = stage.latest.as_ref().map(|(latest, _)| latest);
            execution.is_none() || latest == execution
        })
        .and_then(|stage| stage.action(&action.action));
    let status = attempt
        .map(|attempt| attempt.state.status)
        .or_else(|| state.map(|state| state.state.status))?;
    let verb = match status {
        Status::Succeeded => "approved",
        Status::Failed => "rejected",
        Status::Stopped => "abandoned",
        _ => return None,
    };
    let by = attempt
        .and_then(|attempt| attempt.updated_by.as_deref())
        .or_else(|| state.and_then(|state| state.updated_by.as_deref()));
    let at = attempt
        .and_then(|attempt| attempt.updated)
        .or_else(|| state.and_then(|state| state.changed_at));
    let said = state
        .and_then(|state| state.summary.as_deref())
        .or_else(|| attempt.and_then(|attempt| attempt.external_summary.as_deref()));
    let mut text = verb.to_owned();
    if let Some(by) = by {
        text = format!("{text} by {}", person(by));
    }
    if let Some(at) = at {
        text = format!("{text} at {at}");
    }
    if let Some(said) = said.filter(|said| !said.trim().is_empty()) {
        text = format!("{text}: {}", said.trim());
    }
    Some(text)
}

/// The name in an ARN: a user, or the session of a role. Anything else is kept whole.
pub(super) fn person(arn: &str) -> &str {
    match arn.rsplit_once('/') {
        Some((before, name)) if before.starts_with("arn:") && !name.is_empty() => name,
        _ => arn,
    }
}

/// An execution of the listing, or by GetPipelineExecution when it is older than that.
async fn find_execution(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    definition: &Definition,
    executions: &[Execution],
    id: &ExecutionId,
) -> Result<Execution, Fault> {
    if let Some(known) = executions.iter().find(|execution| execution.id == *id) {
        return Ok(known.clone());
    }
    let mut execution = codepipeline::execution(calls, pipeline, id).await?;
    // It names artifacts where the listing names source actions.
    for revision in &mut execution.revisions {
        let producer = sources(definition).find(|source| {
            let outputs = &source.output_artifacts;
            outputs.iter().any(|name| name == revision.action.as_str())
        });
        if let Some(producer) = producer {
            revision.action = producer.name.clone();
        }
    }
    Ok(execution)
}

fn sources(definition: &Definition) -> impl Iterator<Item = &ActionDeclaration> {
    let actions = definition.stages.iter().flat_map(|stage| &stage.actions);
    actions.filter(|action| action.category == ActionCategory::Source)
}

fn declaration<'a>(definition: &'a Definition, key: &ActionKey) -> Option<&'a ActionDeclaration> {
    let mut stages = definition.stages.iter();
    let stage = stages.find(|stage| stage.name == key.stage)?;
    stage
        .actions
        .iter()
        .find(|action| action.name == key.action)
}

/// The newest other execution in which the action succeeded, with the time it did.
fn passed_before<'a>(
    attempts: &'a [ActionExecution],
    action: &ActionKey,
    execution: &ExecutionId,
) -> Option<&'a ActionExecution> {
    let passed = attempts.iter().filter(|attempt| {
        attempt.action == *action
            && attempt.execution != *execution
            && attempt.state.status == Status::Succeeded
    });
    passed.max_by_key(|attempt| attempt.updated)
}

async fn changes_of(
    calls: &Calls<'_>,
    pipeline: &PipelineName,
    action: &ActionKey,
    definition: &Definition,
    executions: &[Execution],
    attempts: &[ActionExecution],
    execution: &Execution,
) -> Result<Changes, Fault> {
    let passed = passed_before(attempts, action, &execution.id);
    let before = match passed {
        Some(passed) => {
            Some(find_execution(calls, pipeline, definition, executions, &passed.execution).await?)
        }
        None => None,
    };
    let Some(head) = execution.revisions.first() else {
        return Ok(Changes {
            commits: Vec::new(),
            since: None,
            since_at: None,
            extent: Extent::NothingBefore,
        });
    };
    let since = before
        .as_ref()
        .and_then(|before| revision_of(before, head).map(|revision| revision.id.clone()));
    let mut changes = Changes {
        commits: heads(executions, execution, before.as_ref(), head),
        since: since.clone(),
        since_at: passed.and_then(|passed| passed.updated),
        extent: if since.is_some() {
            Extent::HeadsOnly
        } else {
            Extent::NothingBefore
        },
    };
    if since.is_none() {
        changes.commits.truncate(1);
    }
    if let Some(repository) = codecommit_repository(definition, head) {
        walk(
            calls,
            &repository,
            head,
            since.as_ref(),
            executions,
            &mut changes,
        )
        .await?;
    }
    Ok(changes)
}

/// Puts the true commits in place of the heads. Without the right to read them the heads stay, and say that they are
/// only that.
async fn walk(
    calls: &Calls<'_>,
    repository: &RepositoryName,
    head: &SourceRevision,
    since: Option<&RevisionId>,
    executions: &[Execution],
    changes: &mut Changes,
) -> Result<(), Fault> {
    // Most commits on the way started an execution of their own: one call brings them all.
    let likely = executions
        .iter()
        .filter_map(|execution| revision_of(execution, head));
    let mut likely: Vec<RevisionId> = likely.map(|revision| revision.id.clone()).collect();
    likely.push(head.id.clone());
    likely.retain(|id| id.as_str().len() == 40);
    let read = async {
        let known = codecommit::ensure(calls, repository, &likely).await?;
        match since {
            Some(since) => codecommit::since(calls, repository, &head.id, Some(since), LIMIT).await,
            None => Ok(codecommit::Walked {
                commits: known
                    .into_iter()
                    .filter(|commit| commit.id == head.id)
                    .take(1)
                    .collect(),
                cut: false,
            }),
        }
    };
    match read.await {
        Ok(walked) => {
            changes.commits = walked.commits;
            changes.extent = match (since, walked.cut) {
                (None, _) => Extent::NothingBefore,
                (Some(_), true) => Extent::Cut { limit: LIMIT },
                (Some(_), false) => Extent::Complete,
            };
            Ok(())
        }
        Err(fault) if matches!(fault.class, FaultClass::Denied | FaultClass::NotFound) => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// What the same source brought into another execution.
fn revision_of<'a>(execution: &'a Execution, like: &SourceRevision) -> Option<&'a SourceRevision> {
    let mut revisions = execution.revisions.iter();
    revisions.find(|revision| revision.action == like.action)
}

fn codecommit_repository(definition: &Definition, head: &SourceRevision) -> Option<RepositoryName> {
    let source = sources(definition).find(|source| source.name == head.action)?;
    if source.provider != "CodeCommit" {
        return None;
    }
    source
        .configuration
        .get("RepositoryName")
        .map(RepositoryName::from)
}

/// The head of each execution from this one down to the one that passed, newest first, each revision once.
fn heads(
    executions: &[Execution],
    execution: &Execution,
    passed: Option<&Execution>,
    head: &SourceRevision,
) -> Vec<Commit> {
    let mut commits = vec![head_commit(execution, head)];
    let passed_revision = passed.and_then(|passed| revision_of(passed, head));
    let older = executions
        .iter()
        .skip_while(|candidate| candidate.id != execution.id)
        .skip(1)
        .take_while(|candidate| passed.is_none_or(|passed| candidate.id != passed.id));
    for candidate in older {
        let Some(revision) = revision_of(candidate, head) else {
            continue;
        };
        let is_new = commits.iter().all(|commit| commit.id != revision.id)
            && passed_revision.is_none_or(|passed| passed.id != revision.id);
        if is_new {
            commits.push(head_commit(candidate, revision));
        }
    }
    commits.truncate(LIMIT);
    commits
}

fn head_commit(execution: &Execution, revision: &SourceRevision) -> Commit {
    Commit {
        id: revision.id.clone(),
        parents: Vec::new(),
        author: String::new(),
        message: message(&revision.summary),
        at: execution.started,
    }
}

/// A connected repository's summary is JSON with the message in it.
fn message(summary: &str) -> String {
    let json = serde_json::from_str::<serde_json::Value>(summary).ok();
    json.as_ref()
        .and_then(|json| json.get("CommitMessage")?.as_str())
        .unwrap_or(summary)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::State;

    fn execution(id: &str, revision: &str) -> Execution {
        Execution {
            started: Some(Timestamp::from_millis(1)),
            revisions: vec![SourceRevision {
                action: "Source".into(),
                id: revision.into(),
                summary: format!("{{\"CommitMessage\":\"message of {revision}\"}}"),
                url: None,
            }],
            ..Execution::new(id.into(), State::of_pipeline("Succeeded"))
        }
    }

    #[test]
    fn heads_go_down_to_what_passed_and_name_each_revision_once() {
        let all = [
            execution("newer", "r5"),
            execution("this", "r4"),
            execution("again", "r4"),
            execution("superseded", "r3"),
            execution("passed", "r2"),
            execution("old", "r1"),
        ];
        let head = all[1].revisions.first().unwrap();
        let commits = heads(&all, &all[1], Some(&all[4]), head);
        let ids: Vec<&str> = commits.iter().map(|commit| commit.id.as_str()).collect();
        assert_eq!(ids, ["r4", "r3"]);
        assert_eq!(commits[0].message, "message of r4");
    }

    #[test]
    fn a_person_is_the_end_of_an_arn() {
        assert_eq!(
            person("arn:aws:sts::123456789012:assumed-role/Ops/priya"),
            "priya"
        );
        assert_eq!(
            person("arn:aws:iam::123456789012:root"),
            "arn:aws:iam::123456789012:root"
        );
        assert_eq!(person("someone"), "someone");
    }
}
