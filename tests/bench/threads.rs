//! A thread for each of a view's jobs. Nobody waits for a frame here, so nobody is woken.

use std::sync::Arc;

use starboard::ui::background::{Background, Job, Wake};

#[derive(Clone, Copy)]
pub struct Threads;

impl Background for Threads {
    fn run(&self, job: Job) {
        std::thread::spawn(job);
    }

    fn wake(&self) -> Wake {
        Arc::new(|| {})
    }

    fn workers(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }
}
