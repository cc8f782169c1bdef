//! One pipeline as it moves: executions enter stages, run their actions by run order, wait, and end.
//!
//! The rules are those of the user guide's "How pipeline executions work". In SUPERSEDED and QUEUED mode a
//! stage holds one execution at a time; who waits in front of it is superseded by a more recent arrival, or
//! stands in a queue. In PARALLEL mode nothing is shared. A failed or stopped execution frees its stage.
//! What goes on inside a stage is in `stages`.

use std::collections::BTreeMap;

use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::Owner;
use crate::sim::world::pipelines::Outside;
use crate::sim::world::pipelines::definition::{Definition, Mode};
use crate::sim::world::pipelines::errands::Errand;
use crate::sim::world::pipelines::execution::{
    Execution, ExecutionStatus, Following, Position, StageRun, StageStatus, Trigger,
};
use crate::sim::world::pipelines::rhythm::Rhythm;

/// The transition into a stage, or out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    pub enabled: bool,
    pub reason: Option<String>,
    pub changed: Option<(Millis, String)>,
}

impl Default for Transition {
    fn default() -> Self {
        Self {
            enabled: true,
            reason: None,
            changed: None,
        }
    }
}

/// What all executions share of one stage.
#[derive(Clone, Debug, Default)]
pub struct Slot {
    pub inbound: Transition,
    pub outbound: Transition,
    /// The execution that holds the stage, by index.
    pub occupant: Option<usize>,
    /// The last execution that entered, by index.
    pub latest: Option<usize>,
}

/// One pipeline and all its executions.
#[derive(Debug)]
pub struct Pipeline {
    pub definition: Definition,
    /// The versions before, oldest first, as far back as the world has lived.
    pub(super) editions: Vec<Definition>,
    pub(super) owner: Owner,
    pub(super) random: Random,
    pub(super) executions: Vec<Execution>,
    pub(super) slots: Vec<Slot>,
    /// The last run of each action over all executions, by stage and action, as (execution, run).
    pub(super) latest_runs: BTreeMap<(usize, usize), (usize, usize)>,
    /// Executions not over yet, by index.
    pub(super) active: Vec<usize>,
    /// What it wants done in other places; its place carries them on.
    pub(super) errands: Vec<Errand>,
    /// What starts executions without anybody: generated pipelines only.
    rhythm: Option<Rhythm>,
    arrivals: u64,
    /// Client request tokens and the executions they started.
    tokens: BTreeMap<String, String>,
}

impl Pipeline {
    pub fn new(definition: Definition, owner: &Owner) -> Self {
        let name = format!(
            "{}/{}/pipeline/{}",
            owner.account, owner.region, definition.name
        );
        Self {
            slots: vec![Slot::default(); definition.stages.len()],
            random: Random::named(owner.seed, &name),
            owner: owner.clone(),
            definition,
            editions: Vec::new(),
            errands: Vec::new(),
            executions: Vec::new(),
            latest_runs: BTreeMap::new(),
            active: Vec::new(),
            rhythm: None,
            arrivals: 0,
            tokens: BTreeMap::new(),
        }
    }

    pub fn region(&self) -> &str {
        &self.owner.region
    }

    pub fn arn(&self) -> String {
        format!(
            "arn:aws:codepipeline:{}:{}:{}",
            self.owner.region, self.owner.account, self.definition.name
        )
    }

    /// The structure of a version; none for one that is not there yet. Of versions from before the world began only
    /// the number is known, and the oldest structure stands for theirs.
    pub fn edition(&self, version: u32) -> Option<Definition> {
        let current = &self.definition;
        if version > current.version {
            return None;
        }
        let oldest = self.editions.first().unwrap_or(current);
        let found = self
            .editions
            .iter()
            .chain([current])
            .find(|known| known.version == version);
        Some(Definition {
            version,
            ..found.unwrap_or(oldest).clone()
        })
    }

    /// The execution that a client request token started before.
    pub fn started_by(&self, token: &str) -> Option<&str> {
        self.tokens.get(token).map(String::as_str)
    }

    pub fn remember_token(&mut self, token: &str, execution: &str) {
        self.tokens.insert(token.to_owned(), execution.to_owned());
    }

    /// The executions in the order they started.
    pub fn executions(&self) -> &[Execution] {
        &self.executions
    }

    pub fn execution(&self, id: &str) -> Option<&Execution> {
        self.executions
            .iter()
            .rev()
            .find(|execution| execution.id == id)
    }

    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The last run of an action over all executions, and the execution it belongs to.
    pub fn latest_run(
        &self,
        stage: usize,
        action: usize,
    ) -> Option<(&Execution, &super::execution::ActionRun)> {
        let (execution, run) = self.latest_runs.get(&(stage, action))?;
        let execution = self.executions.get(*execution)?;
        Some((execution, execution.runs.get(*run)?))
    }

    /// The executions that wait in front of a stage, first come first.
    pub fn waiting(&self, stage: usize) -> Vec<&Execution> {
        self.waiting_indices(stage)
            .into_iter()
            .filter_map(|index| self.executions.get(index))
            .collect()
    }

    fn waiting_indices(&self, wanted: usize) -> Vec<usize> {
        let mut waiting: Vec<(u64, usize)> = self
            .active
            .iter()
            .filter_map(|index| match self.executions.get(*index)?.position {
                Position::Before { stage, arrival } if stage == wanted => Some((arrival, *index)),
                _ => None,
            })
            .collect();
        waiting.sort_unstable();
        waiting.into_iter().map(|(_, index)| index).collect()
    }

    /// Lets executions begin by themselves from now on.
    pub fn set_rhythm(&mut self, rhythm: Rhythm) {
        self.rhythm = Some(rhythm);
    }

    /// When the next thing happens by itself; what other parts do is not known here.
    pub fn next_event(&self) -> Option<Millis> {
        let start = self.rhythm.as_ref().map(Rhythm::next);
        let running = self.waits().filter_map(|wait| match wait {
            Following::Time(end) => Some(*end),
            Following::Answer { expires, colleague } => {
                Some(colleague.unwrap_or(*expires).min(*expires))
            }
            Following::Build(_)
            | Following::Deployment(_)
            | Following::Away
            | Following::Nothing => None,
        });
        running.chain(start).min()
    }

    /// Whether an action or a rule waits for a build or a deployment.
    pub fn follows_outside(&self) -> bool {
        self.waits()
            .any(|wait| matches!(wait, Following::Build(_) | Following::Deployment(_)))
    }

    /// What the actions and rules in progress wait for.
    fn waits(&self) -> impl Iterator<Item = &Following> {
        self.active
            .iter()
            .filter_map(|index| self.executions.get(*index))
            .flat_map(|execution| {
                let actions = execution.runs.iter().rev().take(64);
                let actions = actions.filter(|run| run.is_running());
                let rules = execution.conditions.iter().rev().take(3);
                let rules = rules.flat_map(|condition| &condition.rules);
                let rules = rules.filter(|rule| rule.is_running());
                actions
                    .map(|run| &run.following)
                    .chain(rules.map(|rule| &rule.following))
            })
    }

    /// Moves the pipeline to `to`, one event after the other.
    pub fn advance(&mut self, to: Millis, outside: &mut Outside<'_>) {
        while let Some(next) = self.next_event().filter(|next| *next <= to) {
            self.step(next, outside);
        }
        if self.follows_outside() {
            self.step(to, outside);
        }
    }

    fn step(&mut self, now: Millis, outside: &mut Outside<'_>) {
        while let Some(trigger) = self
            .rhythm
            .as_mut()
            .and_then(|rhythm| rhythm.beat(now, &self.definition, &self.owner))
        {
            self.begin_execution(trigger, now);
        }
        for index in self.active.clone() {
            self.end_due_actions(index, now, outside);
            self.end_due_rules(index, now, outside);
        }
        self.settle(now, outside);
    }

    /// Begins an execution now; it waits in front of the first stage when that is held. Returns its id.
    pub fn start(&mut self, trigger: Trigger, now: Millis, outside: &mut Outside<'_>) -> String {
        let id = self.begin_execution(trigger, now);
        self.settle(now, outside);
        id
    }

    fn begin_execution(&mut self, trigger: Trigger, now: Millis) -> String {
        let index = self.add_execution(trigger, now);
        self.arrive(index, 0, now);
        self.executions
            .get(index)
            .map(|execution| execution.id.clone())
            .unwrap_or_default()
    }

    /// Adds an execution that is nowhere yet. Returns its index.
    pub(super) fn add_execution(&mut self, trigger: Trigger, now: Millis) -> usize {
        let drawn = self.random.uuid();
        let id = trigger.execution_id.clone().unwrap_or(drawn);
        let index = self.executions.len();
        let resolved = self.definition.variables.iter().filter_map(|variable| {
            let given = trigger
                .variables
                .iter()
                .find(|(name, _)| *name == variable.name);
            let value = given.map(|(_, value)| value).or(variable.default.as_ref());
            Some((variable.name.clone(), value?.clone()))
        });
        let variables = resolved.collect();
        self.executions.push(Execution {
            id,
            number: index as u64 + 1,
            status: ExecutionStatus::InProgress,
            started: now,
            updated: now,
            trigger,
            version: self.definition.version,
            mode: self.definition.mode,
            structure: std::sync::Arc::clone(&self.definition.stages),
            variables,
            rollback_of: None,
            summary: None,
            revisions: Vec::new(),
            stop_reason: None,
            position: Position::Over,
            stages: vec![StageRun::default(); self.definition.stages.len()],
            runs: Vec::new(),
            conditions: Vec::new(),
        });
        self.active.push(index);
        index
    }

    /// Puts an execution in front of a stage, where in SUPERSEDED mode only the most recent one stays.
    pub(super) fn arrive(&mut self, index: usize, stage: usize, now: Millis) {
        let arrival = self.arrivals;
        self.arrivals += 1;
        if let Some(execution) = self.executions.get_mut(index) {
            execution.position = Position::Before { stage, arrival };
            execution.updated = now;
        }
        if self.definition.mode == Mode::Superseded {
            let mut waiting = self.waiting_indices(stage);
            waiting.sort_unstable();
            waiting.pop();
            for older in waiting {
                self.end(older, ExecutionStatus::Superseded, now);
            }
        }
    }

    /// Ends an execution and frees the stage it held.
    pub(super) fn end(&mut self, index: usize, status: ExecutionStatus, now: Millis) {
        if let Some(execution) = self.executions.get_mut(index) {
            execution.status = status;
            execution.position = Position::Over;
            execution.updated = now;
        }
        self.release(index);
        self.active.retain(|active| *active != index);
    }

    fn release(&mut self, index: usize) {
        for slot in &mut self.slots {
            if slot.occupant == Some(index) {
                slot.occupant = None;
            }
        }
    }

    /// Moves executions on until nothing can move without time or a person.
    pub(super) fn settle(&mut self, now: Millis, outside: &mut Outside<'_>) {
        loop {
            let mut moved = false;
            for index in self.active.clone() {
                moved |= self.move_on(index, now, outside);
            }
            if !moved {
                return;
            }
        }
    }

    fn move_on(&mut self, index: usize, now: Millis, outside: &mut Outside<'_>) -> bool {
        let Some(execution) = self.executions.get(index) else {
            return false;
        };
        match execution.position {
            Position::Over => false,
            Position::Before { .. } if execution.status == ExecutionStatus::Stopping => {
                self.end(index, ExecutionStatus::Stopped, now);
                true
            }
            Position::Before { stage, .. } => {
                let free = self.may_enter(index, stage);
                if free {
                    self.enter(index, stage, now);
                }
                free
            }
            Position::In { stage } => self.work(index, stage, now, outside),
        }
    }

    fn may_enter(&self, index: usize, stage: usize) -> bool {
        let open = self
            .slots
            .get(stage)
            .is_some_and(|slot| slot.inbound.enabled)
            && stage
                .checked_sub(1)
                .and_then(|before| self.slots.get(before))
                .is_none_or(|slot| slot.outbound.enabled);
        if !open || self.definition.mode == Mode::Parallel {
            return open;
        }
        let held = self
            .slots
            .get(stage)
            .is_some_and(|slot| slot.occupant.is_some());
        !held && self.waiting_indices(stage).first() == Some(&index)
    }

    pub(super) fn enter(&mut self, index: usize, stage: usize, now: Millis) {
        if let Some(slot) = self.slots.get_mut(stage) {
            slot.latest = Some(index);
            if self.definition.mode != Mode::Parallel {
                slot.occupant = Some(index);
            }
        }
        if let Some(execution) = self.executions.get_mut(index) {
            execution.position = Position::In { stage };
            execution.updated = now;
            if let Some(run) = execution.stages.get_mut(stage) {
                run.status = Some(StageStatus::InProgress);
            }
        }
    }

    /// Takes an execution out of a stage: on to the next, or to its end.
    pub(super) fn leave(&mut self, index: usize, stage: usize, status: StageStatus, now: Millis) {
        self.release(index);
        if let Some(run) = self
            .executions
            .get_mut(index)
            .and_then(|execution| execution.stages.get_mut(stage))
        {
            run.status = Some(status);
        }
        let rolls_back = self
            .executions
            .get(index)
            .is_some_and(|execution| execution.rollback_of.is_some());
        let last = rolls_back || stage + 1 >= self.definition.stages.len();
        match status {
            StageStatus::Succeeded | StageStatus::Skipped if !last => {
                self.arrive(index, stage + 1, now);
            }
            StageStatus::Succeeded | StageStatus::Skipped => {
                self.end(index, ExecutionStatus::Succeeded, now);
            }
            StageStatus::Stopped => self.end(index, ExecutionStatus::Stopped, now),
            StageStatus::Cancelled => self.end(index, ExecutionStatus::Cancelled, now),
            StageStatus::Failed | StageStatus::InProgress | StageStatus::Stopping => {
                self.end(index, ExecutionStatus::Failed, now);
            }
        }
    }
}
