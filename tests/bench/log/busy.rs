//! Jobs that are counted, so that a bench knows when nothing is left to be read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use starboard::ui::background::{Background, Job, Wake};

use super::threads::Threads;

#[derive(Clone, Default)]
pub struct Busy {
    jobs: Arc<AtomicUsize>,
}

/// A job for as long as it is there, also one that panics.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}

impl Busy {
    /// Whether a job has not ended.
    pub fn is_busy(&self) -> bool {
        self.jobs.load(Ordering::Acquire) > 0
    }
}

impl Background for Busy {
    fn run(&self, job: Job) {
        self.jobs.fetch_add(1, Ordering::Release);
        let counted = Counted(Arc::clone(&self.jobs));
        Threads.run(Box::new(move || {
            let _counted = counted;
            job();
        }));
    }

    fn wake(&self) -> Wake {
        Threads.wake()
    }

    fn workers(&self) -> usize {
        Threads.workers()
    }
}
