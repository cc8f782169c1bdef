//! The runtime: reads in the background, keeps the one store, and wakes the window when something changed.

pub mod clock;
pub mod limiter;
pub mod source;
pub mod update;
