//! One place's applications, fleets and deployments.

use crate::sim::wire::Millis;
use crate::sim::world::Owner;

/// One place's applications, fleets and deployments.
#[derive(Debug, Default)]
pub struct Deployments {
    owner: Owner,
}

impl Deployments {
    pub fn new(owner: &Owner) -> Self {
        Self {
            owner: owner.clone(),
        }
    }

    /// When the next thing happens by itself.
    pub fn next_event(&self) -> Option<Millis> {
        None
    }

    /// Moves everything to `to`.
    pub fn advance(&mut self, to: Millis) {
        let _ = (to, &self.owner);
    }
}
