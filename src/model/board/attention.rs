//! What of the Board wants a person: the gates that wait, and why a pipeline fails.
//!
//! Pure functions of the records, as the rows beside it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{CommitAuthors, current_execution, subject};
use crate::model::command::Gate;
use crate::model::graph::label;
use crate::model::graph::refused;
use crate::model::ids::{ActionKey, ApprovalToken, ExecutionId, PipelineKey};
use crate::model::pipeline::{ActionExecution, Execution, ExecutionMode, Pipeline};
use crate::model::status::Status;
use crate::model::time::Timestamp;

/// A gate without an own timeout waits this long (approvals, CodePipeline user guide).
const DEFAULT_GATE_TIMEOUT: Duration = Duration::from_hours(168);

/// The longest wait that is believed: a configuration may hold any number, and AWS allows far less.
const LONGEST_GATE_TIMEOUT: Duration = Duration::from_hours(366 * 24);

/// A gate that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    pub gate: Gate,
    pub since: Option<Timestamp>,
    pub expires: Option<Timestamp>,
    pub change: String,
    pub author: Option<String>,
    /// How many executions have passed the source since this gate was last passed: at least the commits in it.
    pub executions: usize,
    pub behind: usize,
    /// What waits behind it by its short names, in the order in which it comes.
    pub queue: Vec<String>,
    pub mode: ExecutionMode,
    /// The execution rolls back to what this earlier one brought.
    pub rollback_of: Option<ExecutionId>,
}

impl Need {
    /// A gate of which nothing more is known.
    pub fn new(gate: Gate) -> Self {
        Self {
            gate,
            since: None,
            expires: None,
            change: String::new(),
            author: None,
            executions: 1,
            behind: 0,
            queue: Vec::new(),
            mode: ExecutionMode::Superseded,
            rollback_of: None,
        }
    }

    /// Which execution's gate to ask for: in PARALLEL mode several may wait at one action.
    pub fn execution(&self) -> Option<ExecutionId> {
        (self.mode == ExecutionMode::Parallel).then(|| self.gate.execution.clone())
    }
}

/// A pipeline whose newest execution failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    pub pipeline: PipelineKey,
    pub execution: ExecutionId,
    /// What failed; none where a condition of a stage did.
    pub action: Option<ActionKey>,
    /// The action's name, or the condition in words.
    pub what: String,
    pub status: Status,
    /// A deployment over instances, which is best looked at as a fleet.
    pub is_fleet: bool,
    /// One line: why, not only that.
    pub reason: String,
    pub at: Option<Timestamp>,
}

/// The gates of a pipeline that wait for a person.
pub fn needs(pipeline: &Pipeline, authors: &CommitAuthors) -> Vec<Need> {
    let mut needs = Vec::new();
    for stage in pipeline
        .stages
        .value()
        .into_iter()
        .flat_map(|stages| stages.iter())
    {
        for action in stage
            .actions
            .iter()
            .filter(|action| action.state.status == Status::Waiting)
        {
            let (Some(token), Some((execution, _))) = (&action.token, &stage.latest) else {
                continue;
            };
            let key = ActionKey {
                stage: stage.name.clone(),
                action: action.name.clone(),
            };
            needs.push(need(
                pipeline,
                authors,
                key,
                execution,
                token,
                action.changed_at,
                &stage.inbound,
            ));
        }
    }
    // PARALLEL pipelines hold their tokens in the action executions.
    if pipeline.mode() == ExecutionMode::Parallel {
        for attempt in pipeline
            .actions
            .value()
            .into_iter()
            .flat_map(|all| all.iter())
        {
            let (Status::Waiting, Some(token)) = (attempt.state.status, &attempt.external_id)
            else {
                continue;
            };
            needs.push(need(
                pipeline,
                authors,
                attempt.action.clone(),
                &attempt.execution,
                &token.into(),
                attempt.started,
                &[],
            ));
        }
    }
    needs
}

fn need(
    pipeline: &Pipeline,
    authors: &CommitAuthors,
    action: ActionKey,
    execution: &ExecutionId,
    token: &ApprovalToken,
    since: Option<Timestamp>,
    inbound: &[ExecutionId],
) -> Need {
    let known = pipeline.execution(execution);
    let revision = known.and_then(|execution| execution.revisions.first());
    Need {
        since,
        expires: since.map(|since| since.plus(gate_timeout(pipeline, &action))),
        change: revision
            .map(|revision| subject(&revision.summary))
            .unwrap_or_default(),
        author: revision.and_then(|revision| authors.get(revision.id.as_str()).cloned()),
        executions: executions_since_passed(pipeline, &action, execution),
        behind: inbound.len(),
        queue: inbound.iter().map(|id| label(pipeline, id)).collect(),
        mode: pipeline.mode(),
        rollback_of: known.and_then(|execution| execution.rollback_of.clone()),
        gate: Gate {
            pipeline: pipeline.key.clone(),
            action,
            execution: execution.clone(),
            token: token.clone(),
            revisions: known
                .map(|execution| {
                    let revisions = execution.revisions.iter();
                    revisions.map(|revision| revision.id.clone()).collect()
                })
                .unwrap_or_default(),
        },
    }
}

/// The action's `timeoutInMinutes` where it has one, else seven days.
fn gate_timeout(pipeline: &Pipeline, action: &ActionKey) -> Duration {
    let declared = pipeline.declaration(action);
    timeout_in_minutes(declared.and_then(|declared| declared.configuration.get("timeoutInMinutes")))
}

/// What `timeoutInMinutes` stands for: seven days where it is absent or no number, a year and a day at most.
pub fn timeout_in_minutes(configured: Option<&String>) -> Duration {
    let minutes = configured.and_then(|minutes| minutes.parse::<u64>().ok());
    minutes.map_or(DEFAULT_GATE_TIMEOUT, |minutes| {
        Duration::from_secs(minutes.saturating_mul(60)).min(LONGEST_GATE_TIMEOUT)
    })
}

/// Executions from this one down to the last that passed the action.
fn executions_since_passed(
    pipeline: &Pipeline,
    action: &ActionKey,
    execution: &ExecutionId,
) -> usize {
    // In PARALLEL mode the others go their own way; this one lets itself through alone.
    if pipeline.mode() == ExecutionMode::Parallel {
        return 1;
    }
    let Some(all) = pipeline.executions.value() else {
        return 1;
    };
    let passed = |id: &ExecutionId| {
        pipeline
            .attempts(action)
            .any(|attempt| attempt.execution == *id && attempt.state.status == Status::Succeeded)
    };
    let from = all
        .iter()
        .skip_while(|candidate| candidate.id != *execution);
    from.take_while(|candidate| candidate.id == *execution || !passed(&candidate.id))
        .count()
        .max(1)
}

/// The failure of a pipeline's current execution, with the reason that its failed action or condition gives.
pub fn failing(pipeline: &Pipeline) -> Option<Failing> {
    let execution = current_execution(pipeline)?;
    // A stage retried and running again is not failing now.
    if !execution.state.status.is_bad() {
        return None;
    }
    let failed = newest_attempts(pipeline, execution)
        .filter(|attempt| attempt.state.status.is_bad())
        .min_by_key(|attempt| attempt.updated);
    match failed {
        Some(failed) => Some(failed_action(pipeline, execution, failed)),
        None => failed_condition(pipeline, execution),
    }
}

fn failed_action(pipeline: &Pipeline, execution: &Execution, failed: &ActionExecution) -> Failing {
    let declared = pipeline.declaration(&failed.action);
    let said = failed
        .error
        .as_ref()
        .map(|error| error.message.clone())
        .or_else(|| failed.external_summary.clone())
        .or_else(|| execution.status_summary.clone());
    Failing {
        pipeline: pipeline.key.clone(),
        execution: execution.id.clone(),
        action: Some(failed.action.clone()),
        what: failed.action.action.to_string(),
        status: failing_status(pipeline, execution),
        is_fleet: declared.is_some_and(|declared| declared.provider == "CodeDeploy"),
        reason: reason(said),
        at: failed.updated,
    }
}

/// No action failed: a condition did not let the execution pass.
fn failed_condition(pipeline: &Pipeline, execution: &Execution) -> Option<Failing> {
    let (stage, condition) = refused(pipeline, &execution.id)?;
    Some(Failing {
        pipeline: pipeline.key.clone(),
        execution: execution.id.clone(),
        action: None,
        what: format!("{stage}, {}", condition.kind.label()),
        status: Status::Failed,
        is_fleet: false,
        reason: reason(condition.refusal()),
        at: condition.changed_at.or(execution.updated),
    })
}

fn reason(said: Option<String>) -> String {
    said.filter(|text| !text.trim().is_empty())
        .map_or_else(|| "AWS gives no reason".to_owned(), |text| one_line(&text))
}

/// Whitespace of any kind as single spaces.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A failed deployment that says it rolled back is not merely failed.
pub(super) fn failing_status(pipeline: &Pipeline, execution: &Execution) -> Status {
    let is_undone =
        newest_attempts(pipeline, execution).any(|attempt| attempt.status() == Status::RolledBack);
    if is_undone {
        Status::RolledBack
    } else {
        Status::Failed
    }
}

/// Each action's last attempt in an execution, newest first. What was retried no longer stands for its action.
pub(super) fn newest_attempts<'a>(
    pipeline: &'a Pipeline,
    execution: &'a Execution,
) -> impl Iterator<Item = &'a ActionExecution> {
    let attempts = pipeline
        .actions
        .value()
        .map(|all| all.as_slice())
        .unwrap_or_default();
    let mut seen = BTreeSet::new();
    attempts
        .iter()
        .filter(|attempt| attempt.execution == execution.id)
        .filter(move |attempt| seen.insert(&attempt.action))
}
