//! An answer that goes on: what a service sends in an event stream for as long as its client listens.

use std::fmt;
use std::time::Duration;

use crate::sim::protocol::event_stream::Message;
use crate::sim::world::World;

/// How often a session is asked for what is new, by the machine's clock: Live Tail's updates come once a second.
pub const EVERY: Duration = Duration::from_secs(1);

/// One client's stream. It ends when the client leaves, which drops it, or with [`Next::Last`].
pub trait Session: Send + fmt::Debug {
    /// What is to be sent now, from a world moved to the present.
    fn next(&mut self, world: &mut World) -> Next;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    More(Vec<Message>),
    /// The stream is over after these.
    Last(Vec<Message>),
}
