//! Work that a view has too much of for a frame: it runs elsewhere, and the view reads what it has published so far.
//!
//! A job is plain data and a closure of the model's; it publishes into shared state that the view reads without a lock,
//! calls its [`Wake`] when there is something new to see, and looks itself whether it has been cancelled. `app` runs
//! jobs on the runtime's blocking pool; tests and benches bring their own.

use std::sync::Arc;

use crate::model::log::LogSnapshot;
use crate::model::sweep::{Scan, Sweep};

/// Something to do off the main thread.
pub type Job = Box<dyn FnOnce() + Send>;

/// Asks for a frame; called by a running job after it has published. Costs little and blocks never.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Where jobs run.
pub trait Background: Send + Sync {
    /// Runs a job soon. The window is woken when it has ended.
    fn run(&self, job: Job);

    /// What a job wakes the window with before it ends.
    fn wake(&self) -> Wake;

    /// How many jobs may do one piece of work side by side.
    fn workers(&self) -> usize;
}

/// Has a sweep read what has come since it last did, if anything has. Call it in every frame that shows the result.
pub fn sweep<S: Scan>(background: &dyn Background, sweep: &mut Sweep<S>, log: &LogSnapshot) {
    let Some(pass) = sweep.pass(log) else {
        return;
    };
    for _ in 0..pass.workers(background.workers()) {
        let (pass, wake) = (pass.clone(), background.wake());
        background.run(Box::new(move || pass.run(&*wake)));
    }
}
