//! Starboard: one native window onto a team's AWS delivery.

pub mod sim;
