//! What keeps a generated pipeline going: an execution now and again, most of them fine.
//!
//! Only the next beat is kept, so that ten thousand pipelines cost little before somebody reads them.

use std::collections::BTreeMap;

use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::Owner;
use crate::sim::world::pipelines::definition::Definition;
use crate::sim::world::pipelines::execution::{Revision, Trigger};
use crate::sim::world::words;

/// The scenario in which generated actions fail.
pub const FAILS: &str = "fails";

/// Starts that come of themselves.
#[derive(Clone, Debug)]
pub struct Rhythm {
    next: Millis,
    every: Millis,
    random: Random,
}

impl Rhythm {
    /// Beats at `first`, then about every `every` milliseconds.
    pub fn new(first: Millis, every: Millis, random: Random) -> Self {
        Self {
            next: first,
            every: every.max(60_000),
            random,
        }
    }

    /// When the next execution begins.
    pub fn next(&self) -> Millis {
        self.next
    }

    /// The start that is due, if one is.
    pub fn beat(&mut self, now: Millis, definition: &Definition, owner: &Owner) -> Option<Trigger> {
        if self.next > now {
            return None;
        }
        let random = &mut self.random;
        self.next = owner.pace.after(
            self.next,
            random.between(self.every / 2, self.every * 3 / 2),
        );
        let mut trigger = Trigger::new("", "").noticed(owner, definition, false);
        trigger.attended = random.chance(80);
        if random.chance(14) {
            trigger.scenarios = failure(definition, random);
        }
        let id = random.hex(40);
        trigger.revision = Some(Revision {
            url: Some(format!(
                "https://github.com/harbour/{}/commit/{id}",
                definition.name
            )),
            id,
            summary: words::commit_message(random),
        });
        Some(trigger)
    }
}

/// One action that is to fail, anywhere after the source.
fn failure(definition: &Definition, random: &mut Random) -> BTreeMap<String, String> {
    let spots: Vec<String> = definition
        .stages
        .iter()
        .flat_map(|stage| stage.actions.iter().map(move |action| (stage, action)))
        .filter(|(_, action)| action.behaviour.scenario(FAILS).is_some())
        .map(|(stage, action)| format!("{}/{}", stage.name, action.name))
        .collect();
    random
        .pick(&spots)
        .map(|spot| (spot.clone(), FAILS.to_owned()))
        .into_iter()
        .collect()
}
