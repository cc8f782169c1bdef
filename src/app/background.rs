//! The views' jobs, on the runtime's blocking pool.

use std::sync::Arc;

use crate::engine::waker::Waker;
use crate::ui::background::{Background, Job, Wake};

/// Wakes the window at the end of every job, also of one that panics. The waker sees to it that it is not too often.
pub struct Pool {
    runtime: tokio::runtime::Handle,
    waker: Waker,
    wake: Wake,
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
        let wake = {
            let waker = waker.clone();
            Arc::new(move || waker.wake())
        };
        Self {
            runtime,
            waker,
            wake,
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
        Arc::clone(&self.wake)
    }

    fn workers(&self) -> usize {
        self.workers
    }
}
