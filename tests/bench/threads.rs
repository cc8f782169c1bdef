//! A thread for each of a view's jobs. It counts how often a frame was asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use starboard::ui::background::{Background, Job, Wake};

#[derive(Clone, Default)]
pub struct Threads {
    wakes: Arc<AtomicU64>,
}

impl Background for Threads {
    fn run(&self, job: Job) {
        let wake = self.wake();
        std::thread::spawn(move || {
            job();
            wake();
        });
    }

    fn wake(&self) -> Wake {
        let wakes = Arc::clone(&self.wakes);
        Arc::new(move || {
            wakes.fetch_add(1, Ordering::Relaxed);
        })
    }

    fn workers(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }
}
