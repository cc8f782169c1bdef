//! A thread for each of a view's jobs. Nobody waits for a frame here, so nobody is woken.

use std::sync::Arc;

use starboard::ui::background::{Background, Job, Wake};

#[derive(Clone, Copy)]
pub struct Threads;

impl Background for Threads {
    fn run(&self, job: Job) {
        let thread = std::thread::Builder::new().name("job".to_owned());
        // Without threads left nothing would be measured, and what waits for the job would tell.
        thread.spawn(job).ok();
    }

    fn wake(&self) -> Wake {
        Arc::new(|| {})
    }

    fn workers(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }
}
