//! Starboard: one native window onto a team's AWS delivery.
//!
//! The rooms of the house, in the order in which they may use each other:
//!
//! - [`model`]: pure data. No clock, no socket, no pixel.
//! - [`secrets`]: what a person typed and nobody else may read: the keyring, or memory for this run.
//! - [`engine`]: reads in the background, keeps the one store, wakes the window when something changed.
//! - [`aws`]: the only room that knows the AWS SDK.
//! - [`ui`]: paint. It knows the model and egui.
//! - [`app`] and [`cli`]: the wiring, the window's frame loop, the commands. They know every room.
//! - [`sim`]: the simulated account. It uses nothing else of this crate, so that it can judge the rest.

pub mod app;
pub mod aws;
pub mod cli;
pub mod engine;
pub mod model;
pub mod secrets;
pub mod sim;
pub mod ui;
