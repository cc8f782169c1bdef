//! One place's repositories, commits and pull requests.

use crate::sim::world::Owner;

/// One place's repositories, commits and pull requests.
#[derive(Debug, Default)]
pub struct Repositories {
    owner: Owner,
}

impl Repositories {
    pub fn new(owner: &Owner) -> Self {
        Self {
            owner: owner.clone(),
        }
    }
}
