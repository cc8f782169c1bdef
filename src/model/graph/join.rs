//! The join itself: which execution a stage tells of, and which of two readings of an action is the newer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use crate::model::board::current_execution;
use crate::model::graph::conditions;
use crate::model::graph::executions::{lanes, notes, occupant};
use crate::model::graph::path::links;
use crate::model::graph::{ActionNode, ActionRow, ActionTime, Note, RECENT, StageGraph, StageNode};
use crate::model::ids::{AccountNumber, ActionKey, ActionName, ExecutionId, StageName};
use crate::model::pipeline::{
    ActionCategory, ActionDeclaration, ActionExecution, ActionState, Execution, ExecutionMode,
    Pipeline, StageState,
};
use crate::model::status::{State, Status};

/// So many successful runs make a median worth showing, as of whole executions.
const USUAL_NEEDS: usize = 3;
/// So many successful runs make "slower than usual" worth saying.
const SLOW_NEEDS: usize = 5;

pub(super) struct Join<'a> {
    pipeline: &'a Pipeline,
    execution: Option<&'a Execution>,
    chosen: bool,
    /// Newest first, as AWS lists them.
    attempts: HashMap<&'a ActionKey, Vec<&'a ActionExecution>>,
}

/// Whose truth a stage tells.
enum Told<'a> {
    /// This execution's.
    Execution(&'a ExecutionId),
    /// Nobody's: the execution drawn has not come here, and what an older one left is no news. (What a newer one did
    /// here is: it has passed the execution that a gate holds.)
    Leftover(State),
    Nothing,
}

impl<'a> Join<'a> {
    pub(super) fn new(pipeline: &'a Pipeline, chosen: Option<&ExecutionId>) -> Self {
        let picked = chosen.and_then(|id| pipeline.execution(id));
        let mut attempts: HashMap<_, Vec<_>> = HashMap::new();
        for attempt in pipeline.actions.value().into_iter().flat_map(|all| &**all) {
            attempts.entry(&attempt.action).or_default().push(attempt);
        }
        Self {
            pipeline,
            execution: picked.or_else(|| current_execution(pipeline)),
            chosen: picked.is_some(),
            attempts,
        }
    }

    pub(super) fn graph(&self) -> Option<StageGraph> {
        if self.pipeline.definition.value().is_none() && self.pipeline.stages.value().is_none() {
            return None;
        }
        let stages = self.stages();
        let definition = self.pipeline.definition.value();
        Some(StageGraph {
            execution: self.execution.map(|execution| execution.id.clone()),
            chosen: self.chosen,
            notes: self.notes(&stages),
            lanes: lanes(self.pipeline),
            links: definition.map_or_else(Vec::new, |definition| links(definition)),
            ended_before: self.ended_before(&stages),
            ..StageGraph::new(self.pipeline.mode(), stages)
        })
    }

    /// Of a picked execution only what concerns it: the others are of now, and it is of then.
    fn notes(&self, stages: &[StageNode]) -> Vec<Note> {
        let mut notes = notes(self.pipeline, stages);
        if self.chosen {
            notes.retain(|note| self.execution.is_some_and(|it| it.id == *note.execution()));
        }
        notes
    }

    /// Where an execution that was superseded or stopped gave up: the first stage it never entered.
    fn ended_before(&self, stages: &[StageNode]) -> Option<(StageName, Status)> {
        let execution = self.execution?;
        let status = execution.state.status;
        if !matches!(status, Status::Superseded | Status::Stopped) {
            return None;
        }
        let entered =
            |stage: &StageNode| stage.status != Status::NotRun && stage.leftover.is_none();
        let first = stages.iter().position(|stage| !entered(stage))?;
        // Before the first there is no way in to draw it on.
        (first > 0).then(|| stages.get(first).map(|stage| (stage.name.clone(), status)))?
    }

    pub(super) fn stages(&self) -> Vec<StageNode> {
        let Some(definition) = self.pipeline.definition.value() else {
            return self.stages_without_structure();
        };
        let declared = definition.stages.iter();
        let mut stages: Vec<StageNode> = declared
            .map(|stage| self.stage(&stage.name, &by_run_order(&stage.actions)))
            .collect();
        if self.chosen {
            self.add_removed(&mut stages);
        }
        stages
    }

    /// From the state alone. The run order is not known then: one action below the other.
    fn stages_without_structure(&self) -> Vec<StageNode> {
        let states = self.pipeline.stages.value().into_iter();
        states
            .flat_map(|stages| stages.iter())
            .map(|stage| {
                let rows: Vec<_> = (1..)
                    .zip(&stage.actions)
                    .map(|(order, action)| (order, vec![Declared::Named(&action.name)]))
                    .collect();
                self.stage(&stage.name, &rows)
            })
            .collect()
    }

    fn stage(&self, name: &StageName, rows: &[(u32, Vec<Declared<'_>>)]) -> StageNode {
        let state = self.pipeline.stage(name);
        let told = self.told(state);
        let rows: Vec<ActionRow> = rows
            .iter()
            .map(|(run_order, actions)| ActionRow {
                run_order: *run_order,
                actions: actions
                    .iter()
                    .map(|declared| self.action(name, declared, state, &told))
                    .collect(),
            })
            .collect();
        let execution = match &told {
            Told::Execution(execution) => Some(*execution),
            Told::Leftover(_) | Told::Nothing => state
                .and_then(|state| state.latest.as_ref())
                .map(|(id, _)| id),
        };
        let came = rows
            .iter()
            .flat_map(|row| &row.actions)
            .any(|action| action.state.status != Status::NotRun);
        let is_occupied = came || !matches!(told, Told::Execution(_));
        let here = match &told {
            Told::Execution(execution) if came => Some(*execution),
            _ => None,
        };
        let state_here = state.filter(|state| {
            let latest = state.latest.as_ref().map(|(latest, _)| latest);
            latest.is_some() && latest == here
        });
        let is_rollback = here.is_some_and(|here| {
            let rolls_back = |it: &Execution| it.rollback_of.is_some();
            state_here.is_some_and(|state| state.is_rollback)
                || self.pipeline.execution(here).is_some_and(rolls_back)
        });
        let status = match self.stage_status(state, &told, &rows) {
            // What was rolled back is never shown as success.
            Status::Succeeded if is_rollback => Status::RolledBack,
            status => status,
        };
        let conditions = match &told {
            Told::Execution(execution) => conditions::of(self.pipeline, name, execution),
            Told::Leftover(_) | Told::Nothing => conditions::declared(self.pipeline, name),
        };
        StageNode {
            status,
            is_rollback,
            retry: state_here.and_then(|state| state.retry.clone()),
            conditions,
            occupant: execution
                .filter(|_| is_occupied)
                .map(|id| occupant(self.pipeline, id)),
            leftover: match told {
                Told::Leftover(state) => Some(state),
                Told::Execution(_) | Told::Nothing => None,
            },
            transition: state
                .map(|state| state.transition.clone())
                .unwrap_or_default(),
            inbound: state
                .into_iter()
                .flat_map(|state| &state.inbound)
                .filter(|id| !self.chosen || self.execution.is_some_and(|it| it.id == **id))
                .map(|id| occupant(self.pipeline, id))
                .collect(),
            ..StageNode::new(name.clone(), rows)
        }
    }

    fn told(&self, state: Option<&'a StageState>) -> Told<'a> {
        let drawn = self.execution.map(|execution| &execution.id);
        // GetPipelineState tells nothing of a PARALLEL pipeline.
        if self.chosen || self.pipeline.mode() == ExecutionMode::Parallel {
            return drawn.map_or(Told::Nothing, Told::Execution);
        }
        let Some((latest, stage_state)) = state.and_then(|state| state.latest.as_ref()) else {
            return Told::Nothing;
        };
        let waits = state.is_some_and(|state| {
            state
                .actions
                .iter()
                .any(|action| action.state.status == Status::Waiting)
        });
        let is_older = drawn.is_some_and(|drawn| self.place(latest) > self.place(drawn));
        if !is_older || stage_state.status.is_moving() || waits {
            Told::Execution(latest)
        } else {
            Told::Leftover(stage_state.clone())
        }
    }

    /// How far back an execution is: zero for the newest.
    fn place(&self, id: &ExecutionId) -> usize {
        let newest_first = self.pipeline.executions.value();
        newest_first
            .and_then(|all| all.iter().position(|execution| execution.id == *id))
            .unwrap_or(usize::MAX)
    }

    fn action(
        &self,
        stage: &StageName,
        declared: &Declared<'_>,
        stage_state: Option<&StageState>,
        told: &Told<'_>,
    ) -> ActionNode {
        let key = ActionKey {
            stage: stage.clone(),
            action: declared.name().clone(),
        };
        let attempts = self
            .attempts
            .get(&key)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let (usual, slow) = usual(attempts);
        let mut node = ActionNode {
            region: declared.full().and_then(|declared| declared.region.clone()),
            account: self.account(declared),
            usual,
            slow,
            declared: !matches!(declared, Declared::Removed(_)),
            ..ActionNode::new(key, declared.category(), declared.provider())
        };
        if let Told::Execution(execution) = told {
            let here = attempts
                .iter()
                .filter(|attempt| attempt.execution == **execution);
            node.attempts = here.clone().count();
            let attempt = here.clone().next().copied();
            let state = stage_state
                .filter(|stage| {
                    stage
                        .latest
                        .as_ref()
                        .is_some_and(|(id, _)| id == *execution)
                })
                .and_then(|stage| stage.action(&node.key.action))
                .filter(|state| belongs(state, execution, attempts));
            fill(&mut node, state, attempt);
            // Elsewhere the state tells by its token that a gate is open; here nothing but the attempt tells of it.
            let is_gate = node.category == ActionCategory::Approval;
            let is_parallel = self.pipeline.mode() == ExecutionMode::Parallel;
            if is_gate && is_parallel && node.state.status == Status::Running {
                node.state = State::new(Status::Waiting, node.state.word());
            }
        }
        let here = match told {
            Told::Execution(execution) => Some((*execution, node.state.status)),
            Told::Leftover(_) | Told::Nothing => None,
        };
        node.recent = recent(attempts, here);
        let drawn = self.execution.map(|execution| &execution.id);
        let came = attempts
            .iter()
            .any(|attempt| drawn == Some(&attempt.execution));
        if drawn.is_some() && !came {
            push_recent(&mut node.recent, node.state.status);
        }
        node
    }

    /// Where it runs, if its role is of another account.
    fn account(&self, declared: &Declared<'_>) -> Option<AccountNumber> {
        let definition = self.pipeline.definition.value()?;
        declared.full()?.foreign_account(&definition.arn)
    }

    fn stage_status(
        &self,
        state: Option<&StageState>,
        told: &Told<'_>,
        rows: &[ActionRow],
    ) -> Status {
        let queued = state.is_some_and(|state| {
            let is_drawn = |id: &ExecutionId| self.execution.is_some_and(|it| it.id == *id);
            let is_first = state.latest.is_none() && !state.inbound.is_empty() && !self.chosen;
            is_first || state.inbound.iter().any(is_drawn)
        });
        let not_reached = if queued {
            Status::Queued
        } else {
            Status::NotRun
        };
        let Told::Execution(execution) = told else {
            return not_reached;
        };
        let statuses = || {
            rows.iter()
                .flat_map(|row| &row.actions)
                .map(|action| action.state.status)
        };
        if let Some(status) =
            statuses().find(|status| matches!(status, Status::Waiting | Status::RolledBack))
        {
            return status;
        }
        let said = state
            .and_then(|state| state.latest.as_ref())
            .filter(|(latest, _)| latest == *execution)
            .map(|(_, state)| state.status)
            .filter(|status| *status != Status::NotRun);
        if let Some(status) = said {
            return status;
        }
        let came = statuses().filter(|status| *status != Status::NotRun).min();
        let goes_on = self.pipeline.execution(execution).is_none_or(|execution| {
            execution.state.status.is_moving() || execution.state.status == Status::Waiting
        });
        match came {
            None => not_reached,
            Some(Status::Succeeded)
                if goes_on && statuses().any(|status| status == Status::NotRun) =>
            {
                Status::Running
            }
            Some(status) => status,
        }
    }

    /// What the chosen execution ran and the pipeline's structure no longer has.
    fn add_removed(&self, stages: &mut Vec<StageNode>) {
        let known: BTreeSet<ActionKey> = stages
            .iter()
            .flat_map(StageNode::actions)
            .map(|action| action.key.clone())
            .collect();
        let Some(execution) = self.execution else {
            return;
        };
        let attempts = self.pipeline.actions.value().into_iter();
        let removed: BTreeSet<&ActionKey> = attempts
            .flat_map(|all| all.iter())
            .filter(|attempt| attempt.execution == execution.id)
            .map(|attempt| &attempt.action)
            .filter(|key| !known.contains(*key))
            .collect();
        for key in removed {
            let rows = [(u32::MAX, vec![Declared::Removed(&key.action)])];
            let mut node = self.stage(&key.stage, &rows);
            match stages.iter_mut().find(|stage| stage.name == key.stage) {
                Some(stage) => stage.rows.append(&mut node.rows),
                None => stages.push(node),
            }
        }
    }
}

/// An action as far as its structure is known.
enum Declared<'a> {
    Full(&'a ActionDeclaration),
    Named(&'a ActionName),
    Removed(&'a ActionName),
}

impl Declared<'_> {
    fn name(&self) -> &ActionName {
        match self {
            Self::Full(declared) => &declared.name,
            Self::Named(name) | Self::Removed(name) => name,
        }
    }

    fn full(&self) -> Option<&ActionDeclaration> {
        match self {
            Self::Full(declared) => Some(declared),
            Self::Named(_) | Self::Removed(_) => None,
        }
    }

    fn category(&self) -> ActionCategory {
        self.full()
            .map_or_else(|| ActionCategory::of(""), |full| full.category.clone())
    }

    fn provider(&self) -> String {
        match self {
            Self::Full(declared) => declared.provider.clone(),
            Self::Named(_) => String::new(),
            Self::Removed(_) => "since removed".to_owned(),
        }
    }
}

fn by_run_order(actions: &[ActionDeclaration]) -> Vec<(u32, Vec<Declared<'_>>)> {
    let mut rows: BTreeMap<u32, Vec<Declared<'_>>> = BTreeMap::new();
    for action in actions {
        let row = rows.entry(action.run_order).or_default();
        row.push(Declared::Full(action));
    }
    rows.into_iter().collect()
}

/// Whether what GetPipelineState says of an action is about this execution. An action the execution has not started
/// keeps telling of the one before (aws-cdk #15441), which its attempts give away; an attempt nobody has listed yet is
/// newer than the listing.
fn belongs(state: &ActionState, execution: &ExecutionId, attempts: &[&ActionExecution]) -> bool {
    let Some(id) = &state.execution_id else {
        return state.state.status == Status::Waiting || attempts.is_empty();
    };
    attempts
        .iter()
        .find(|attempt| attempt.id == *id)
        .is_none_or(|attempt| attempt.execution == *execution)
}

/// Fills a node from the two readings of one action, of which either may be the older.
fn fill(node: &mut ActionNode, state: Option<&ActionState>, attempt: Option<&ActionExecution>) {
    let newer_attempt = match (state, attempt) {
        (Some(state), Some(attempt)) => {
            let is_same = state.execution_id.as_ref() == Some(&attempt.id);
            if is_same {
                state.state.status.is_moving() && !attempt.state.status.is_moving()
            } else {
                attempt.started > state.changed_at
            }
        }
        (None, Some(_)) => true,
        (_, None) => false,
    };
    if let Some(attempt) = attempt {
        node.state = State::new(attempt.status(), attempt.state.word());
        node.attempt = Some(attempt.id.clone());
        node.summary.clone_from(&attempt.external_summary);
        node.error.clone_from(&attempt.error);
        node.external_id.clone_from(&attempt.external_id);
        node.external_url.clone_from(&attempt.external_url);
        node.by = attempt.updated_by.as_deref().map(who);
        node.time = attempt_time(attempt);
    }
    let Some(state) = state.filter(|_| !newer_attempt) else {
        return;
    };
    let attempt = attempt.filter(|attempt| state.execution_id.as_ref() == Some(&attempt.id));
    let is_undone = node.state.status == Status::RolledBack && attempt.is_some();
    if !is_undone {
        node.state = state.state.clone();
    }
    node.attempt.clone_from(&state.execution_id);
    node.attempts = node.attempts.max(1);
    node.percent_complete = state.percent_complete;
    if state.summary.is_some() || attempt.is_none() {
        node.summary.clone_from(&state.summary);
    }
    if state.error.is_some() || attempt.is_none() {
        node.error.clone_from(&state.error);
    }
    if state.external_id.is_some() {
        node.external_id.clone_from(&state.external_id);
    }
    if state.external_url.is_some() {
        node.external_url.clone_from(&state.external_url);
    }
    if let Some(by) = &state.updated_by {
        node.by = Some(who(by));
    }
    let is_open = state.state.status.is_moving() || state.state.status == Status::Waiting;
    node.time = match (is_open, attempt) {
        (true, Some(attempt)) => attempt
            .started
            .or(state.changed_at)
            .map_or(ActionTime::Unknown, ActionTime::Since),
        (true, None) => state
            .changed_at
            .map_or(ActionTime::Unknown, ActionTime::Since),
        (false, Some(attempt)) => match (attempt.started, state.changed_at) {
            (Some(started), Some(changed)) => ActionTime::Took(started.age(changed)),
            _ => attempt_time(attempt),
        },
        (false, None) => ActionTime::Unknown,
    };
}

fn attempt_time(attempt: &ActionExecution) -> ActionTime {
    let is_open = attempt.state.status.is_moving() || attempt.state.status == Status::Waiting;
    match (is_open, attempt.started, attempt.updated) {
        (true, Some(started), _) => ActionTime::Since(started),
        (false, Some(started), Some(updated)) => ActionTime::Took(started.age(updated)),
        _ => ActionTime::Unknown,
    }
}

/// The median of the successful runs, and what nine in ten of them took no longer than.
fn usual(attempts: &[&ActionExecution]) -> (Option<Duration>, Option<Duration>) {
    let succeeded = attempts
        .iter()
        .filter(|attempt| attempt.state.status == Status::Succeeded);
    let mut spans: Vec<Duration> = succeeded.filter_map(|attempt| attempt.duration()).collect();
    spans.sort_unstable();
    let at = |needs: usize, place: usize| {
        let enough = spans.len() >= needs;
        enough.then(|| spans.get(place).copied()).flatten()
    };
    let ninth = (spans.len() * 9).div_ceil(10).saturating_sub(1);
    (at(USUAL_NEEDS, spans.len() / 2), at(SLOW_NEEDS, ninth))
}

/// The newest attempt of each of the newest executions, oldest first. Of the execution `here` more is known than its
/// attempt tells: that it waits for a person.
fn recent(attempts: &[&ActionExecution], here: Option<(&ExecutionId, Status)>) -> Vec<Status> {
    let mut seen: Vec<&ExecutionId> = Vec::with_capacity(RECENT);
    let mut results: Vec<Status> = Vec::with_capacity(RECENT);
    for attempt in attempts {
        if results.len() == RECENT {
            break;
        }
        if seen.contains(&&attempt.execution) {
            continue;
        }
        seen.push(&attempt.execution);
        results.push(match here {
            Some((execution, status)) if attempt.execution == *execution => status,
            _ => attempt.status(),
        });
    }
    results.reverse();
    results
}

fn push_recent(recent: &mut Vec<Status>, status: Status) {
    if recent.len() == RECENT {
        recent.remove(0);
    }
    recent.push(status);
}

/// The person at the end of an ARN: a user's name, or the session name of an assumed role.
pub fn who(arn: &str) -> String {
    let last = arn.rsplit(['/', ':']).next().unwrap_or(arn);
    if last.is_empty() { arn } else { last }.to_owned()
}
