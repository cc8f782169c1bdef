//! The program as a person uses it: the real App on the real engine, the SDK, a loopback socket and the simulated
//! account, driven by what is on screen.

mod approvals;
mod approvals_races;
mod approvals_windows;
mod builds;
mod driver;
mod faults;
mod idle;
mod kept;
mod live;
mod live_tail;
mod logs;
mod verbs;
mod why;
