//! One place's log groups, streams and their events.

use crate::sim::world::Owner;

/// One place's log groups, streams and their events.
#[derive(Debug, Default)]
pub struct Logs {
    owner: Owner,
}

impl Logs {
    pub fn new(owner: &Owner) -> Self {
        Self {
            owner: owner.clone(),
        }
    }
}
