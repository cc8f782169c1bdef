//! The views' jobs, on the runtime's blocking pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::engine::waker::Waker;
use crate::ui::background::{Background, Job, Wake};

/// Running jobs wake the window no oftener than this, as the store does. At a job's end it is woken in any case.
const BETWEEN_WAKES: Duration = Duration::from_millis(33);

/// Wakes the window at the end of every job, also of one that panics.
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
            let (waker, made) = (waker.clone(), Instant::now());
            // Milliseconds after `made` before which no job wakes again.
            let next = AtomicU64::new(0);
            let between = BETWEEN_WAKES.as_millis() as u64;
            Arc::new(move || {
                let now = made.elapsed().as_millis() as u64;
                let due = next.load(Ordering::Relaxed);
                let ours = now >= due
                    && next
                        .compare_exchange(due, now + between, Ordering::Relaxed, Ordering::Relaxed)
                        .is_ok();
                if ours {
                    waker.wake();
                }
            })
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
