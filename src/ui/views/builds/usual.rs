//! What is usual of each project, kept until the builds change.

use std::collections::BTreeMap;

use crate::model::build::{BuildRow, Usual, usual_of_each};
use crate::model::ids::BuildProjectKey;
use crate::model::table::Table;

#[derive(Default)]
pub struct Usuals {
    of: Option<u64>,
    each: BTreeMap<BuildProjectKey, Usual>,
}

impl Usuals {
    pub fn follow(&mut self, builds: &Table<BuildRow>) {
        if self.of != Some(builds.revision()) {
            self.each = usual_of_each(builds);
            self.of = Some(builds.revision());
        }
    }

    pub fn of(&self, project: &BuildProjectKey) -> Option<&Usual> {
        self.each.get(project)
    }
}
