//! What the Board shows of a pipeline, derived from what was read: one row, the gates that wait, the reason it fails.
//!
//! Pure functions of the records; the store calls them for the pipelines that changed, never the UI.

mod attention;
mod stuck;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::model::fault::Fault;
use crate::model::ids::{ExecutionId, PipelineKey, StageName};
use crate::model::pipeline::{
    ActionCategory, Execution, ExecutionMode, Pipeline, SourceRevision, StageState,
};
use crate::model::status::Status;
use crate::model::time::Timestamp;

pub use attention::{Failing, Need, failing, needs, one_line, timeout_in_minutes};
use attention::{failing_status, newest_attempts};
pub use stuck::{Stuck, StuckAt, stuck};

#[derive(Clone, Debug, Default)]
pub struct Board {
    /// Moves when any row, need or failure does.
    pub revision: u64,
    /// One for each pipeline, in key order.
    pub rows: Vec<Arc<BoardRow>>,
    /// Gates waiting for a person, soonest expiry first.
    pub needs: Vec<Arc<Need>>,
    /// Newest first.
    pub failing: Vec<Arc<Failing>>,
    /// In the order of their moments: those whose moment is past are stuck.
    pub stuck: Vec<Arc<Stuck>>,
}

impl Board {
    /// What is stuck at this moment, longest first. Cost: a binary search.
    pub fn stuck_at(&self, now: Timestamp) -> &[Arc<Stuck>] {
        let count = self.stuck.partition_point(|stuck| stuck.from <= now);
        self.stuck.get(..count).unwrap_or_default()
    }

    /// When the next of them will be stuck if nothing changes.
    pub fn next_stuck(&self, now: Timestamp) -> Option<Timestamp> {
        let count = self.stuck_at(now).len();
        self.stuck.get(count).map(|stuck| stuck.from)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardRow {
    pub key: PipelineKey,
    pub status: Status,
    pub stages: Vec<StageCell>,
    /// The newest execution that still counts: not superseded, unless there is no other.
    pub execution: Option<ExecutionId>,
    pub revision: Option<SourceRevision>,
    /// The first line of what is in it.
    pub change: String,
    /// Known for CodeCommit sources.
    pub author: Option<String>,
    pub trigger: String,
    pub started: Option<Timestamp>,
    /// None while it moves.
    pub ended: Option<Timestamp>,
    /// The median of its successful runs.
    pub usual: Option<Duration>,
    pub changed: Option<Timestamp>,
    /// CodeCommit repositories or the full names of connected ones, for grouping.
    pub repository: Option<String>,
    /// The oldest reading it stands on, and what went wrong since.
    pub fetched_at: Option<Timestamp>,
    pub fault: Option<Arc<Fault>>,
    /// Not one execution is known yet, nor that there is none.
    pub loading: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageCell {
    pub name: StageName,
    pub status: Status,
    /// Closed for what comes next.
    pub disabled: bool,
}

/// What is known of commits by id: author and subject, from CodeCommit.
pub type CommitAuthors = BTreeMap<String, String>;

/// The row of a pipeline.
pub fn row(pipeline: &Pipeline, authors: &CommitAuthors) -> BoardRow {
    let execution = current_execution(pipeline);
    let mut stages = stage_cells(pipeline, execution);
    let revision = execution
        .and_then(|execution| execution.revisions.first())
        .cloned();
    let status = status(pipeline, execution, &stages);
    if status == Status::RolledBack {
        // The stage that failed is the one that was undone.
        for stage in stages.iter_mut().filter(|stage| stage.status.is_bad()) {
            stage.status = Status::RolledBack;
        }
    }
    BoardRow {
        key: pipeline.key.clone(),
        status,
        execution: execution.map(|execution| execution.id.clone()),
        change: revision
            .as_ref()
            .map(|revision| subject(&revision.summary))
            .unwrap_or_default(),
        author: revision
            .as_ref()
            .and_then(|revision| authors.get(revision.id.as_str()).cloned()),
        trigger: execution
            .map(|execution| execution.trigger.label().to_owned())
            .unwrap_or_default(),
        started: execution.and_then(|execution| execution.started),
        ended: execution
            .filter(|execution| !execution.state.status.is_moving())
            .and_then(|execution| execution.updated),
        usual: usual_duration(pipeline),
        changed: changed(pipeline, execution),
        repository: repository(pipeline),
        fetched_at: pipeline.executions.fetched_at(),
        fault: first_fault(pipeline),
        loading: pipeline.executions.is_loading()
            || (pipeline.executions.value().is_none() && pipeline.executions.fault().is_none()),
        stages,
        revision,
    }
}

/// The execution a row stands for: the one a gate holds, else the newest that is in a stage rather than waiting before
/// one, else the newest that was not superseded.
pub fn current_execution(pipeline: &Pipeline) -> Option<&Execution> {
    let all = pipeline.executions.value()?;
    let stages = pipeline
        .stages
        .value()
        .map(|stages| stages.as_slice())
        .unwrap_or_default();
    let gate = stages.iter().rev().find(|stage| {
        stage
            .actions
            .iter()
            .any(|action| action.state.status == Status::Waiting)
    });
    if let Some((held, _)) = gate.and_then(|stage| stage.latest.as_ref())
        && let Some(execution) = all.iter().find(|execution| execution.id == *held)
    {
        return Some(execution);
    }
    let waits = |execution: &Execution| {
        stages
            .iter()
            .any(|stage| stage.inbound.contains(&execution.id))
    };
    let moving_in_a_stage = all
        .iter()
        .find(|execution| execution.state.status.is_moving() && !waits(execution));
    let newest = newest_execution(pipeline)?;
    if newest.state.status.is_moving() && waits(newest) {
        return moving_in_a_stage.or(Some(newest));
    }
    Some(newest)
}

/// The newest execution that was not superseded; the newest of all where every one was.
fn newest_execution(pipeline: &Pipeline) -> Option<&Execution> {
    let all = pipeline.executions.value()?;
    let counts = |execution: &&Execution| execution.state.status != Status::Superseded;
    all.iter().find(counts).or_else(|| all.first())
}

/// The message's first line; a connected repository's summary is JSON with the message in it.
pub fn subject(summary: &str) -> String {
    let message = serde_json::from_str::<serde_json::Value>(summary)
        .ok()
        .and_then(|json| Some(json.get("CommitMessage")?.as_str()?.to_owned()))
        .unwrap_or_else(|| summary.to_owned());
    message
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("")
        .to_owned()
}

fn stage_cells(pipeline: &Pipeline, execution: Option<&Execution>) -> Vec<StageCell> {
    let Some(definition) = pipeline.definition.value() else {
        let states = pipeline
            .stages
            .value()
            .map(|stages| stages.as_slice())
            .unwrap_or_default();
        return states
            .iter()
            .map(|stage| StageCell {
                name: stage.name.clone(),
                status: stage_status(pipeline, stage, execution),
                disabled: !stage.transition.enabled,
            })
            .collect();
    };
    let cell = |name: &StageName| {
        let state = pipeline.stage(name);
        let status = match (&definition.mode, state) {
            // GetPipelineState tells nothing of PARALLEL pipelines; what the execution's actions did does.
            (ExecutionMode::Parallel, _) => parallel_stage_status(pipeline, name, execution),
            (_, Some(state)) => stage_status(pipeline, state, execution),
            (_, None) => Status::NotRun,
        };
        StageCell {
            name: name.clone(),
            status,
            disabled: state.is_some_and(|stage| !stage.transition.enabled),
        }
    };
    definition
        .stages
        .iter()
        .map(|stage| cell(&stage.name))
        .collect()
}

/// A stage as this execution sees it: what this or a newer one left there. What an older execution left is not this
/// one's: it has not been reached, unless it still goes on.
fn stage_status(pipeline: &Pipeline, stage: &StageState, execution: Option<&Execution>) -> Status {
    if stage
        .actions
        .iter()
        .any(|action| action.state.status == Status::Waiting)
    {
        return Status::Waiting;
    }
    let Some((latest, state)) = &stage.latest else {
        return if stage.inbound.is_empty() {
            Status::NotRun
        } else {
            Status::Queued
        };
    };
    let Some(execution) = execution else {
        return state.status;
    };
    let newest_first = pipeline
        .executions
        .value()
        .map(|all| all.as_slice())
        .unwrap_or_default();
    let place = |id: &ExecutionId| {
        newest_first
            .iter()
            .position(|candidate| candidate.id == *id)
            .unwrap_or(usize::MAX)
    };
    if place(latest) <= place(&execution.id) || state.status.is_moving() {
        state.status
    } else if stage.inbound.contains(&execution.id) {
        Status::Queued
    } else {
        Status::NotRun
    }
}

fn parallel_stage_status(
    pipeline: &Pipeline,
    stage: &StageName,
    execution: Option<&Execution>,
) -> Status {
    let Some(execution) = execution else {
        return Status::NotRun;
    };
    let in_stage: Vec<Status> = newest_attempts(pipeline, execution)
        .filter(|attempt| attempt.action.stage == *stage)
        .map(|attempt| attempt.state.status)
        .collect();
    let declared = pipeline
        .definition
        .value()
        .and_then(|definition| {
            definition
                .stages
                .iter()
                .find(|declared| declared.name == *stage)
        })
        .map_or(0, |declared| declared.actions.len());
    match in_stage.iter().min() {
        None => Status::NotRun,
        Some(Status::Succeeded)
            if in_stage.len() < declared && execution.state.status.is_moving() =>
        {
            Status::Running
        }
        Some(status) => *status,
    }
}

fn status(pipeline: &Pipeline, execution: Option<&Execution>, stages: &[StageCell]) -> Status {
    if stages.iter().any(|stage| stage.status == Status::Waiting) {
        return Status::Waiting;
    }
    let Some(execution) = execution else {
        return Status::NotRun;
    };
    let rolled_back =
        execution.rollback_of.is_some() && execution.state.status == Status::Succeeded;
    if rolled_back {
        return Status::RolledBack;
    }
    if execution.state.status.is_bad() && failing_status(pipeline, execution) == Status::RolledBack
    {
        return Status::RolledBack;
    }
    execution.state.status
}

fn changed(pipeline: &Pipeline, execution: Option<&Execution>) -> Option<Timestamp> {
    let in_stages = pipeline.stages.value().and_then(|stages| {
        stages
            .iter()
            .flat_map(|stage| stage.actions.iter().filter_map(|action| action.changed_at))
            .max()
    });
    execution
        .and_then(|execution| execution.updated.or(execution.started))
        .max(in_stages)
}

/// The median duration of the succeeded executions; needs three of them to be worth showing.
pub fn usual_duration(pipeline: &Pipeline) -> Option<Duration> {
    let executions = pipeline.executions.value()?;
    let spans = executions
        .iter()
        .filter(|execution| execution.state.status == Status::Succeeded)
        .filter_map(|execution| Some(execution.started?.age(execution.updated?)));
    median(spans.collect())
}

/// The middle of at least three spans.
pub fn median(mut spans: Vec<Duration>) -> Option<Duration> {
    if spans.len() < 3 {
        return None;
    }
    spans.sort_unstable();
    spans.get(spans.len() / 2).copied()
}

fn repository(pipeline: &Pipeline) -> Option<String> {
    let definition = pipeline.definition.value()?;
    let sources = definition.stages.iter().flat_map(|stage| &stage.actions);
    let source = sources
        .into_iter()
        .find(|action| action.category == ActionCategory::Source)?;
    ["RepositoryName", "FullRepositoryId", "Repo", "S3Bucket"]
        .iter()
        .find_map(|name| source.configuration.get(*name).cloned())
}

fn first_fault(pipeline: &Pipeline) -> Option<Arc<Fault>> {
    [
        pipeline.executions.fault(),
        pipeline.stages.fault(),
        pipeline.definition.fault(),
        pipeline.actions.fault(),
    ]
    .into_iter()
    .flatten()
    .next()
    .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{ActionKey, Scope};
    use crate::model::pipeline::{
        ActionDeclaration, ActionExecution, Definition, StageDeclaration,
    };
    use crate::model::remote::Remote;
    use crate::model::status::State;

    #[test]
    fn the_subject_is_taken_out_of_a_connections_json() {
        let json = r#"{"ProviderType":"GitHub","CommitMessage":"\nIndex synonyms\n\nbody"}"#;
        assert_eq!(subject(json), "Index synonyms");
        assert_eq!(subject("Plain\nmore"), "Plain");
        assert_eq!(subject(""), "");
    }

    fn execution(id: &str, word: &str) -> Execution {
        Execution::new(id.into(), State::of_pipeline(word))
    }

    fn stage(name: &str, latest: &str, word: &str, inbound: &[&str]) -> StageState {
        StageState {
            latest: Some((latest.into(), State::of_pipeline(word))),
            inbound: inbound.iter().map(ExecutionId::from).collect(),
            ..StageState::new(name.into())
        }
    }

    /// Executions newest first.
    fn pipeline(executions: Vec<Execution>, stages: Vec<StageState>) -> Pipeline {
        let scope = Scope {
            account: "a".into(),
            region: "r".into(),
        };
        let mut pipeline = Pipeline::new(PipelineKey {
            scope,
            name: "p".into(),
        });
        let at = Timestamp::from_millis(1);
        pipeline.executions = Remote::ready(Arc::new(executions), at);
        pipeline.stages = Remote::ready(Arc::new(stages), at);
        pipeline
    }

    fn cells(pipeline: &Pipeline) -> (Option<&str>, Vec<Status>) {
        let current = current_execution(pipeline);
        let cells = stage_cells(pipeline, current);
        let statuses = cells.iter().map(|cell| cell.status).collect();
        (current.map(|execution| execution.id.as_str()), statuses)
    }

    #[test]
    fn a_row_stands_for_what_is_in_a_stage_and_not_for_what_waits_before_it() {
        let running = pipeline(
            vec![
                execution("waits", "InProgress"),
                execution("gone", "Superseded"),
                execution("moves", "InProgress"),
            ],
            vec![
                stage("Build", "waits", "Succeeded", &[]),
                stage("Deploy", "moves", "InProgress", &["waits"]),
            ],
        );
        let expected = vec![Status::Succeeded, Status::Running];
        assert_eq!(cells(&running), (Some("moves"), expected));
    }

    #[test]
    fn a_leftover_of_an_older_execution_is_not_this_ones() {
        let fresh = pipeline(
            vec![execution("new", "InProgress"), execution("old", "Failed")],
            vec![
                stage("Build", "new", "InProgress", &[]),
                stage("Deploy", "old", "Failed", &[]),
            ],
        );
        let expected = vec![Status::Running, Status::NotRun];
        assert_eq!(cells(&fresh), (Some("new"), expected));
    }

    /// What actions did in the execution `e`: stage and action, AWS's word, the reason; newest first.
    fn did(attempts: &[(&str, &str, &str, &str)]) -> Remote<Arc<Vec<ActionExecution>>> {
        let attempt =
            |(place, &(stage, action, word, said)): (usize, &(&str, &str, &str, &str))| {
                let key = ActionKey {
                    stage: stage.into(),
                    action: action.into(),
                };
                ActionExecution {
                    updated: i64::try_from(attempts.len() - place)
                        .ok()
                        .map(Timestamp::from_millis),
                    external_summary: Some(said.to_owned()),
                    ..ActionExecution::new(
                        "e".into(),
                        key,
                        format!("{place}").into(),
                        State::of_pipeline(word),
                    )
                }
            };
        let all = attempts.iter().enumerate().map(attempt).collect();
        Remote::ready(Arc::new(all), Timestamp::from_millis(9))
    }

    #[test]
    fn a_retried_actions_old_failure_is_not_why_the_pipeline_fails() {
        let mut retried = pipeline(vec![execution("e", "Failed")], Vec::new());
        retried.actions = did(&[
            ("Deploy", "Fleet", "Failed", "no healthy hosts"),
            ("Build", "Compile", "Succeeded", ""),
            ("Build", "Compile", "Failed", "out of memory, rolled back"),
        ]);
        let failing = failing(&retried).unwrap();
        assert_eq!(failing.reason, "no healthy hosts");
        assert_eq!(failing.action.unwrap().stage.as_str(), "Deploy");
        assert_eq!(failing.status, Status::Failed);
    }

    #[test]
    fn a_condition_that_does_not_let_pass_is_why_the_pipeline_fails() {
        use crate::model::pipeline::{ConditionKind, ConditionState, RuleState};
        let mut held = pipeline(
            vec![execution("e", "Failed")],
            vec![stage("Production", "e", "Failed", &[])],
        );
        let mut stages = held.stages.value().unwrap().to_vec();
        let rule = |word: &str| RuleState {
            name: format!("rule {word}").into(),
            state: State::of_pipeline(word),
            summary: Some("latency is in ALARM".to_owned()),
            changed_at: None,
            updated_by: None,
            external_id: None,
            external_url: None,
            error: None,
        };
        stages[0].conditions = vec![ConditionState {
            kind: ConditionKind::BeforeEntry,
            state: State::of_pipeline("Failed"),
            summary: None,
            changed_at: None,
            rules: vec![rule("Succeeded"), rule("Failed")],
        }];
        held.stages = Remote::ready(Arc::new(stages), Timestamp::from_millis(1));
        let production = StageDeclaration::new("Production".into(), Vec::new());
        let production = StageDeclaration {
            conditions: vec![crate::model::pipeline::ConditionDeclaration {
                kind: ConditionKind::BeforeEntry,
                result: "FAIL".to_owned(),
                rules: Vec::new(),
            }],
            ..production
        };
        let definition = Definition::new(1, ExecutionMode::Superseded, vec![production]);
        held.definition = Remote::ready(Arc::new(definition), Timestamp::from_millis(1));
        let failing = failing(&held).unwrap();
        assert_eq!(failing.action, None);
        assert_eq!(failing.what, "Production, before entry");
        assert_eq!(failing.reason, "rule Failed: latency is in ALARM");
    }

    #[test]
    fn a_parallel_stage_is_what_the_last_attempts_of_its_actions_came_to() {
        let stage = StageName::from("Test");
        let action =
            |name: &str| ActionDeclaration::new(name.into(), ActionCategory::Test, "CodeBuild");
        let actions = vec![action("Unit"), action("Load")];
        let definition = Definition::new(
            1,
            ExecutionMode::Parallel,
            vec![StageDeclaration::new(stage.clone(), actions)],
        );
        let mut parallel = pipeline(vec![execution("e", "InProgress")], Vec::new());
        parallel.definition = Remote::ready(Arc::new(definition), Timestamp::from_millis(1));
        let status = |parallel: &Pipeline| {
            parallel_stage_status(parallel, &stage, parallel.execution(&"e".into()))
        };

        let retried = [
            ("Test", "Unit", "Succeeded", ""),
            ("Test", "Unit", "Failed", "flaky"),
        ];
        parallel.actions = did(&retried);
        // Two attempts are not two actions: Load has yet to run.
        assert_eq!(status(&parallel), Status::Running);
        let load = ("Test", "Load", "Succeeded", "");
        parallel.actions = did(&[&[load][..], &retried[..]].concat());
        assert_eq!(status(&parallel), Status::Succeeded);
    }

    #[test]
    fn a_gate_waits_as_configured_within_reason() {
        let wait = |text: &str| timeout_in_minutes(Some(&text.to_owned()));
        assert_eq!(wait("90"), Duration::from_mins(90));
        assert_eq!(wait("soon"), timeout_in_minutes(None));
        assert_eq!(timeout_in_minutes(None), Duration::from_hours(7 * 24));
        assert_eq!(wait(&u64::MAX.to_string()), Duration::from_hours(366 * 24));
    }

    #[test]
    fn where_every_execution_was_superseded_the_newest_stands() {
        let superseded = pipeline(
            vec![execution("b", "Superseded"), execution("a", "Superseded")],
            Vec::new(),
        );
        assert_eq!(cells(&superseded).0, Some("b"));
        assert_eq!(cells(&pipeline(Vec::new(), Vec::new())).0, None);
    }

    #[test]
    fn a_median_needs_three_runs() {
        let seconds = |all: &[u64]| {
            all.iter()
                .copied()
                .map(Duration::from_secs)
                .collect::<Vec<_>>()
        };
        assert_eq!(median(seconds(&[1, 9])), None);
        assert_eq!(median(seconds(&[9, 1, 5])), Some(Duration::from_secs(5)));
    }
}
