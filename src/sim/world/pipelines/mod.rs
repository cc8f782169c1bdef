//! One place's pipelines: who has something to do, and when.
//!
//! A pipeline whose actions nobody else plays sleeps until somebody reads it, and then catches up; so an
//! account of ten thousand costs only what is looked at. The others move with their place.

pub mod actions;
pub mod commands;
pub mod conditions;
pub mod definition;
pub mod editions;
pub mod errands;
pub mod execution;
pub mod machine;
pub mod names;
pub mod orders;
pub mod outside;
pub mod rhythm;
pub mod rollback;
pub mod rules;
pub mod stages;
pub mod variables;

use std::collections::{BTreeMap, BTreeSet};

use crate::sim::wire::Millis;
use crate::sim::world::Owner;
use definition::{ActionDefinition, Definition};
use errands::Errand;
use machine::Pipeline;
pub use outside::{Cast, Outside};
use rhythm::Rhythm;

/// One place's pipelines.
#[derive(Debug, Default)]
pub struct Pipelines {
    owner: Owner,
    entries: Vec<Entry>,
    by_name: BTreeMap<String, usize>,
    by_source: BTreeMap<(String, String), Vec<usize>>,
    cast: Cast,
    /// Awake pipelines by the time of their next event.
    due: BTreeSet<(Millis, usize)>,
    /// Awake pipelines that wait for a build or a deployment.
    following: BTreeSet<usize>,
    /// What pipelines want done in other places.
    errands: Vec<Errand>,
}

#[derive(Debug)]
struct Entry {
    pipeline: Pipeline,
    awake: bool,
    due: Option<Millis>,
}

impl Pipelines {
    pub fn new(owner: &Owner) -> Self {
        Self {
            owner: owner.clone(),
            ..Self::default()
        }
    }

    /// What the story adds to the services' own data.
    pub fn cast_mut(&mut self) -> &mut Cast {
        &mut self.cast
    }

    pub fn cast(&self) -> &Cast {
        &self.cast
    }

    /// What is to be done in other places, once.
    pub fn take_errands(&mut self) -> Vec<Errand> {
        std::mem::take(&mut self.errands)
    }

    /// The definitions, in order of name.
    pub fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.by_name
            .values()
            .filter_map(|index| self.entries.get(*index))
            .map(|entry| &entry.pipeline.definition)
    }

    /// The pipelines as they stand; one that sleeps has not caught up.
    pub fn iter(&self) -> impl Iterator<Item = &Pipeline> {
        self.by_name
            .values()
            .filter_map(|index| self.entries.get(*index))
            .map(|entry| &entry.pipeline)
    }

    /// Adds a pipeline that moves with its place. One of the same name is replaced.
    pub fn add(&mut self, definition: Definition) {
        self.insert(Pipeline::new(definition, &self.owner), true);
    }

    /// Adds a pipeline that starts executions by itself and sleeps until it is read. Its actions must be
    /// such as no other part of the place plays.
    pub fn add_asleep(&mut self, definition: Definition, rhythm: Rhythm) {
        let mut pipeline = Pipeline::new(definition, &self.owner);
        pipeline.set_rhythm(rhythm);
        self.insert(pipeline, false);
    }

    fn insert(&mut self, pipeline: Pipeline, awake: bool) {
        let index = self.entries.len();
        self.by_name.insert(pipeline.definition.name.clone(), index);
        self.entries.push(Entry {
            pipeline,
            awake,
            due: None,
        });
        self.note_sources(index);
    }

    /// Remembers which branches a pipeline reads.
    fn note_sources(&mut self, index: usize) {
        let Some(entry) = self.entries.get(index) else {
            return;
        };
        let stages = entry.pipeline.definition.stages.iter();
        for (repository, branch) in stages
            .flat_map(|stage| &stage.actions)
            .filter_map(ActionDefinition::source)
        {
            let readers = self
                .by_source
                .entry((repository.to_owned(), branch.to_owned()))
                .or_default();
            if !readers.contains(&index) {
                readers.push(index);
            }
        }
    }

    /// When the next awake pipeline moves by itself.
    pub fn next_event(&self) -> Option<Millis> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Moves the awake pipelines to `to`.
    pub fn advance(&mut self, to: Millis, mut outside: impl FnMut(&mut Pipeline, &Cast)) {
        let mut moving: BTreeSet<usize> = self.following.clone();
        moving.extend(self.due.range(..=(to, usize::MAX)).map(|(_, index)| *index));
        for index in moving {
            if let Some(entry) = self.entries.get_mut(index) {
                outside(&mut entry.pipeline, &self.cast);
            }
            self.note(index);
        }
    }

    /// Hands a pipeline to `act`, first waking it up, and afterwards notes what it waits for.
    pub fn with<T>(
        &mut self,
        name: &str,
        act: impl FnOnce(&mut Pipeline, &Cast) -> T,
    ) -> Option<T> {
        let index = *self.by_name.get(name)?;
        let entry = self.entries.get_mut(index)?;
        entry.awake = true;
        let version = entry.pipeline.definition.version;
        let result = act(&mut entry.pipeline, &self.cast);
        if entry.pipeline.definition.version != version {
            self.by_source.values_mut().for_each(|readers| {
                readers.retain(|reader| *reader != index);
            });
            self.note_sources(index);
        }
        self.note(index);
        Some(result)
    }

    /// The names of the pipelines that read a branch.
    pub fn fed_by(&self, repository: &str, branch: &str) -> Vec<String> {
        let indices = self
            .by_source
            .get(&(repository.to_owned(), branch.to_owned()));
        indices
            .into_iter()
            .flatten()
            .filter_map(|index| self.entries.get(*index))
            .map(|entry| entry.pipeline.definition.name.clone())
            .collect()
    }

    fn note(&mut self, index: usize) {
        let Some(entry) = self.entries.get_mut(index).filter(|entry| entry.awake) else {
            return;
        };
        self.errands.append(&mut entry.pipeline.errands);
        if let Some(due) = entry.due.take() {
            self.due.remove(&(due, index));
        }
        entry.due = entry.pipeline.next_event();
        if let Some(due) = entry.due {
            self.due.insert((due, index));
        }
        if entry.pipeline.follows_outside() {
            self.following.insert(index);
        } else {
            self.following.remove(&index);
        }
    }
}

#[cfg(test)]
mod tests;
