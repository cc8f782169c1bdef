//! The views' jobs, on the runtime's blocking pool.

use std::sync::Arc;

use crate::engine::waker::Waker;
use crate::ui::background::{Background, Job, Wake};

/// Wakes the window at the end of every job, also of one that panics.
pub struct Pool {
    runtime: tokio::runtime::Handle,
    waker: Waker,
    workers: usize,
}

struct WakeAtEnd(Waker);

impl Drop for WakeAtEnd {
    fn drop(&mut self) {
        self.0.wake();
    }
}

impl Pool {
    pub fn new(runtime: tokio::runtime::Handle, waker: Waker) -> Self {
        Self {
            runtime,
            waker,
            workers: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

impl Background for Pool {
    fn run(&self, job: Job) {
        let at_end = WakeAtEnd(self.waker.clone());
        self.runtime.spawn_blocking(move || {
            let _at_end = at_end;
            job();
        });
    }

    fn wake(&self) -> Wake {
        let waker = self.waker.clone();
        Arc::new(move || waker.wake())
    }

    fn workers(&self) -> usize {
        self.workers
    }
}
