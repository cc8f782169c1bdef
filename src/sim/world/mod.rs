//! What the simulated accounts contain, and how it moves with time.
//!
//! One [`World`] stands behind one lock; the server moves it to the present with [`World::advance`] before
//! each answer. A [`Place`] is one account in one region. The parts are pure state machines: times are
//! passed in, ids come from the seed, and no part performs I/O.

use std::collections::BTreeMap;

use crate::sim::clock::Pace;
use crate::sim::wire::Millis;

pub mod alarms;
pub mod artifacts;
pub mod builds;
pub mod deployments;
pub mod generator;
pub mod happenings;
pub mod keys;
pub mod logs;
pub mod pipelines;
pub mod repositories;
pub mod story;
pub mod trail;
pub mod vault;
pub mod words;

use alarms::Alarms;
use builds::Builds;
use deployments::Deployments;
use happenings::{Happening, Where};
use keys::Keys;
use logs::Logs;
use pipelines::errands::{self, Journey};
use pipelines::machine::Pipeline;
use pipelines::{Cast, Outside, Pipelines};
use repositories::Repositories;
use trail::Trail;
use vault::Vault;

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
    pub owner: Owner,
    pub repositories: Repositories,
    pub pipelines: Pipelines,
    pub builds: Builds,
    pub logs: Logs,
    pub deployments: Deployments,
    pub alarms: Alarms,
    pub trail: Trail,
    pub vault: Vault,
}

impl Place {
    pub fn new(owner: &Owner) -> Self {
        Self {
            owner: owner.clone(),
            repositories: Repositories::new(owner),
            pipelines: Pipelines::new(owner),
            builds: Builds::new(owner),
            logs: Logs::new(owner),
            deployments: Deployments::new(owner),
            alarms: Alarms::default(),
            trail: Trail::default(),
            vault: Vault::new(owner),
        }
    }

    /// When the next thing happens by itself.
    fn next_event(&self) -> Option<Millis> {
        let parts = [
            self.pipelines.next_event(),
            self.builds.next_event(),
            self.deployments.next_event(),
        ];
        parts.into_iter().flatten().min()
    }

    fn advance(&mut self, to: Millis) {
        self.builds.advance(to, &mut self.logs);
        self.deployments.advance(to);
        let Self {
            owner,
            repositories,
            pipelines,
            builds,
            logs,
            deployments,
            alarms,
            trail: _,
            vault: _,
        } = self;
        pipelines.advance(to, |pipeline, cast| {
            let region = &owner.region;
            pipeline.advance(
                to,
                &mut Outside {
                    region,
                    cast,
                    repositories,
                    builds,
                    logs,
                    deployments,
                    alarms,
                },
            );
        });
    }

    /// What a pipeline of this place would see of it.
    pub fn outside(&mut self) -> Outside<'_> {
        Outside {
            region: &self.owner.region,
            cast: self.pipelines.cast(),
            repositories: &self.repositories,
            builds: &mut self.builds,
            logs: &mut self.logs,
            deployments: &mut self.deployments,
            alarms: &self.alarms,
        }
    }

    /// Hands a pipeline, moved to `now`, to `act` with the rest of the place; none when there is no such
    /// pipeline.
    pub fn with_pipeline<T>(
        &mut self,
        name: &str,
        now: Millis,
        act: impl FnOnce(&mut Pipeline, &mut Outside<'_>) -> T,
    ) -> Option<T> {
        let Self {
            owner,
            repositories,
            pipelines,
            builds,
            logs,
            deployments,
            alarms,
            trail: _,
            vault: _,
        } = self;
        pipelines.with(name, |pipeline: &mut Pipeline, cast: &Cast| {
            let region = &owner.region;
            let mut outside = Outside {
                region,
                cast,
                repositories,
                builds,
                logs,
                deployments,
                alarms,
            };
            pipeline.advance(now, &mut outside);
            act(pipeline, &mut outside)
        })
    }
}

/// Every place, at one moment.
#[derive(Debug)]
pub struct World {
    /// Who may sign.
    pub keys: Keys,
    seed: u64,
    pace: Pace,
    now: Millis,
    places: BTreeMap<(String, String), Place>,
    /// What people will do, in order of time.
    script: BTreeMap<(Millis, u64), (Where, Happening)>,
    written: u64,
    /// Builds and deployments that pipelines of other places wait for.
    journeys: Vec<Journey>,
}

impl World {
    pub fn new(seed: u64, pace: Pace, now: Millis) -> Self {
        Self {
            keys: Keys::default(),
            seed,
            pace,
            now,
            places: BTreeMap::new(),
            script: BTreeMap::new(),
            written: 0,
            journeys: Vec::new(),
        }
    }

    /// The moment the world has been moved to.
    pub fn now(&self) -> Millis {
        self.now
    }

    pub fn pace(&self) -> Pace {
        self.pace
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

    /// Lets something happen at a time to come, or at the next advance when it is past.
    pub fn plan(&mut self, at: Millis, place: Where, happening: Happening) {
        self.script.insert((at, self.written), (place, happening));
        self.written += 1;
    }

    /// Moves everything to `to`, from one next event to the next and not in ticks. Time never runs back.
    pub fn advance(&mut self, to: Millis) {
        while let Some(next) = self.next_event().filter(|next| *next <= to) {
            self.now = self.now.max(next);
            let now = self.now;
            for place in self.places.values_mut() {
                place.advance(now);
            }
            while let Some(entry) = self
                .script
                .first_entry()
                .filter(|entry| entry.key().0 <= now)
            {
                let (place, happening) = entry.remove();
                happening.happen(self, &place, now);
            }
            errands::run(&mut self.places, &mut self.journeys, now);
        }
        self.now = self.now.max(to);
        errands::run(&mut self.places, &mut self.journeys, self.now);
    }

    fn next_event(&self) -> Option<Millis> {
        let script = self.script.keys().next().map(|(at, _)| *at);
        self.places
            .values()
            .filter_map(Place::next_event)
            .chain(script)
            .min()
    }
}
