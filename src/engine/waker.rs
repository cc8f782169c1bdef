//! How the engine wakes the window: a call that costs little and blocks never.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Called after a publication, outside every lock. `app` makes one that asks egui for exactly one frame.
#[derive(Clone)]
pub struct Waker {
    wake: Arc<dyn Fn() + Send + Sync>,
    count: Arc<AtomicU64>,
}

impl Waker {
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            wake: Arc::new(wake),
            count: Arc::default(),
        }
    }

    /// For commands on a terminal, which look when they like.
    pub fn none() -> Self {
        Self::new(|| {})
    }

    pub fn wake(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
        (self.wake)();
    }

    /// How often it woke: with nothing changing this stands still.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}
