//! A pipeline's versions: what UpdatePipeline does to one that lives.
//!
//! Executions under way end as Cancelled, with their running actions abandoned. Stages and actions that keep their
//! names keep what was last seen of them, and the state of their transitions.

use std::collections::BTreeMap;

use crate::sim::wire::Millis;
use crate::sim::world::pipelines::Outside;
use crate::sim::world::pipelines::conditions::close;
use crate::sim::world::pipelines::definition::Definition;
use crate::sim::world::pipelines::execution::{
    ActionStatus, ConditionStatus, ExecutionStatus, Following, StageStatus,
};
use crate::sim::world::pipelines::machine::{Pipeline, Slot};

impl Pipeline {
    /// Puts a new structure in place of the current one. Its version and times are set here.
    pub fn update(&mut self, definition: Definition, now: Millis, outside: &mut Outside<'_>) {
        self.cancel_all(now);
        let old = std::mem::replace(&mut self.definition, definition);
        self.definition.name.clone_from(&old.name);
        self.definition.version = old.version + 1;
        self.definition.created = old.created;
        self.definition.updated = now;
        self.definition.take_behaviour(&old);
        self.keep_state(&old);
        self.editions.push(old);
        self.settle(now, outside);
    }

    fn cancel_all(&mut self, now: Millis) {
        for index in self.active.clone() {
            if let Some(execution) = self.executions.get_mut(index) {
                for run in execution.runs.iter_mut().filter(|run| run.is_running()) {
                    run.status = ActionStatus::Abandoned;
                    run.updated = now;
                    run.following = Following::Nothing;
                }
                let asked = execution.conditions.iter_mut();
                for run in asked.filter(|run| run.status == ConditionStatus::InProgress) {
                    close(run, ConditionStatus::Cancelled, now);
                }
                if let Some(stage) = execution.stage_entered()
                    && let Some(run) = execution.stages.get_mut(stage)
                {
                    run.status = Some(StageStatus::Cancelled);
                }
                let why = "The pipeline's definition was updated before the execution could be completed.";
                execution.summary = Some(why.to_owned());
            }
            self.end(index, ExecutionStatus::Cancelled, now);
        }
    }

    /// Carries what was last seen over to the new structure, by name.
    fn keep_state(&mut self, old: &Definition) {
        let old_slots = std::mem::take(&mut self.slots);
        let old_runs = std::mem::take(&mut self.latest_runs);
        let mut runs = BTreeMap::new();
        for (at, stage) in self.definition.stages.iter().enumerate() {
            let before = old.stage_index(&stage.name);
            let slot = before.and_then(|before| old_slots.get(before));
            self.slots
                .push(slot.map_or_else(Slot::default, |slot| Slot {
                    occupant: None,
                    ..slot.clone()
                }));
            let Some((before, was)) = before.and_then(|at| Some((at, old.stages.get(at)?))) else {
                continue;
            };
            for (index, action) in stage.actions.iter().enumerate() {
                let last = was
                    .action_index(&action.name)
                    .and_then(|index| old_runs.get(&(before, index)));
                if let Some(last) = last {
                    runs.insert((at, index), *last);
                }
            }
        }
        self.latest_runs = runs;
    }
}

impl Definition {
    /// Actions and rules that keep their name and provider go on behaving as they did: a structure sent by a client
    /// says nothing of that.
    fn take_behaviour(&mut self, old: &Self) {
        let stages = std::sync::Arc::make_mut(&mut self.stages);
        for stage in stages.iter_mut() {
            let Some(was) = old.stages.iter().find(|was| was.name == stage.name) else {
                continue;
            };
            for action in &mut stage.actions {
                let same = was
                    .actions
                    .iter()
                    .find(|known| known.name == action.name && known.provider == action.provider);
                if let Some(same) = same {
                    action.behaviour = same.behaviour.clone();
                }
            }
            let pairs = [
                (&mut stage.before_entry, &was.before_entry),
                (&mut stage.on_success, &was.on_success),
            ];
            for (condition, was) in pairs {
                let rules = condition
                    .iter_mut()
                    .flat_map(|condition| &mut condition.rules);
                for rule in rules {
                    let mut known = was.iter().flat_map(|condition| &condition.rules);
                    if let Some(same) = known.find(|known| known.name == rule.name) {
                        rule.behaviour = same.behaviour.clone();
                    }
                }
            }
        }
    }
}
