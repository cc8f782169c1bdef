//! The line that says why a build failed, looked for in the background as soon as the log tells what failed.

use std::sync::{Arc, OnceLock};

use crate::model::fold::{FoldIndex, SectionNo};
use crate::model::log::LogSnapshot;
use crate::model::why::{self, Why};
use crate::ui::background::Background;

#[derive(Default)]
pub struct Reason {
    /// What failed, and where it ends.
    of: Option<(SectionNo, Option<u32>)>,
    /// Where the answer will be; none when it is here.
    looking: Option<Arc<OnceLock<Option<Why>>>>,
    found: Option<Why>,
}

impl Reason {
    /// Looks anew when something else has failed, and takes what was found. Until then the reason known before stands.
    pub fn update(
        &mut self,
        log: &LogSnapshot,
        index: &Arc<FoldIndex>,
        background: &dyn Background,
    ) {
        let failed = index
            .failed()
            .and_then(|section| Some((section, index.get(section)?.end)));
        if failed != self.of {
            self.of = failed;
            self.looking = failed.map(|_| look(log, index, background));
        }
        if failed.is_none() {
            self.found = None;
        }
        // Before the answer: a job that ends in between has left one.
        let is_over = |looking: &mut Arc<_>| Arc::strong_count(looking) == 1;
        if let Some(looking) = self
            .looking
            .take_if(|looking| is_over(looking) || looking.get().is_some())
        {
            self.found = looking.get().cloned().flatten();
        }
    }

    pub const fn found(&self) -> Option<&Why> {
        self.found.as_ref()
    }

    pub const fn is_looked_for(&self) -> bool {
        self.looking.is_some()
    }
}

fn look(
    log: &LogSnapshot,
    index: &Arc<FoldIndex>,
    background: &dyn Background,
) -> Arc<OnceLock<Option<Why>>> {
    let answer = Arc::new(OnceLock::new());
    let (log, index, told) = (log.clone(), Arc::clone(index), Arc::clone(&answer));
    background.run(Box::new(move || {
        // Set once, here alone.
        told.set(why::find(&log, &index)).ok();
    }));
    answer
}
