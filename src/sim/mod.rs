//! The simulated account: AWS's wire protocols over a loopback socket, in front of a world that moves.
//!
//! `server` accepts the connection, `auth` verifies the signature, `protocol` reads and writes the bodies,
//! `services` answer one operation each against the `world`, and `faults` breaks an answer on purpose.
//! Nothing here imports the rest of the crate: the simulator is an oracle the product is held against, and a
//! shared mapping bug would cancel itself out.

pub mod auth;
pub mod clock;
pub mod control;
pub mod faults;
pub mod protocol;
pub mod random;
pub mod server;
pub mod services;
pub mod session;
pub mod simulator;
pub mod wire;
pub mod world;

pub use clock::Clock;
pub use faults::{Fault, Faults, Quirk};
pub use server::Request;
pub use simulator::{Options, Simulator};
pub use world::story::{SimAccount, StoryError, StorySource};
