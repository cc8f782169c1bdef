//! What the simulated accounts contain, and how it moves with time.
//!
//! One [`World`] stands behind one lock; the server moves it to the present with [`World::advance`] before
//! each answer. A [`Place`] is one account in one region. The parts are pure state machines: times are
//! passed in, ids come from the seed, and no part performs I/O.

use std::collections::BTreeMap;

use crate::sim::clock::Pace;
use crate::sim::wire::Millis;

pub mod builds;
pub mod deployments;
pub mod logs;
pub mod repositories;

use builds::Builds;
use deployments::Deployments;
use logs::Logs;
use repositories::Repositories;

/// What a part needs to name things (ARNs, console links, ids that differ between places) and to time them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Owner {
    /// Twelve digits.
    pub account: String,
    pub region: String,
    pub seed: u64,
    /// Turns a story's duration into the moment it ends: `pace.after(now, duration)`, never `now + duration`.
    pub pace: Pace,
}

/// One account in one region.
#[derive(Debug)]
pub struct Place {
    pub repositories: Repositories,
    pub builds: Builds,
    pub logs: Logs,
    pub deployments: Deployments,
}

impl Place {
    pub fn new(owner: &Owner) -> Self {
        Self {
            repositories: Repositories::new(owner),
            builds: Builds::new(owner),
            logs: Logs::new(owner),
            deployments: Deployments::new(owner),
        }
    }

    /// When the next thing happens by itself.
    fn next_event(&self) -> Option<Millis> {
        [self.builds.next_event(), self.deployments.next_event()]
            .into_iter()
            .flatten()
            .min()
    }

    fn advance(&mut self, to: Millis) {
        self.builds.advance(to, &mut self.logs);
        self.deployments.advance(to);
    }
}

/// Every place, at one moment.
#[derive(Debug)]
pub struct World {
    seed: u64,
    pace: Pace,
    now: Millis,
    places: BTreeMap<(String, String), Place>,
}

impl World {
    pub fn new(seed: u64, pace: Pace, now: Millis) -> Self {
        Self {
            seed,
            pace,
            now,
            places: BTreeMap::new(),
        }
    }

    /// The moment the world has been moved to.
    pub fn now(&self) -> Millis {
        self.now
    }

    /// A place, empty when nothing was ever put there.
    pub fn place_mut(&mut self, account: &str, region: &str) -> &mut Place {
        let (seed, pace) = (self.seed, self.pace);
        self.places
            .entry((account.to_owned(), region.to_owned()))
            .or_insert_with(|| {
                Place::new(&Owner {
                    account: account.to_owned(),
                    region: region.to_owned(),
                    seed,
                    pace,
                })
            })
    }

    /// Moves everything to `to`, from one next event to the next and not in ticks. Time never runs back.
    pub fn advance(&mut self, to: Millis) {
        for place in self.places.values_mut() {
            while let Some(next) = place.next_event().filter(|next| *next <= to) {
                place.advance(next.max(self.now));
            }
            place.advance(to.max(self.now));
        }
        self.now = self.now.max(to);
    }
}
