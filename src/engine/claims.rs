//! One answer to a gate from however many windows, and a record of it: what the engine asks of `app` before and after
//! it sends a decision.
//!
//! A run refuses its own second command by itself; another window, or another start of the program, shares nothing with
//! it but a folder. [`Claims`] is the way there. The work on files is the implementation's, off the engine's workers.

use crate::engine::source::BoxFuture;
use crate::model::fault::Fault;
use crate::model::ledger::OwnRecord;

pub trait Claims: Send + Sync + 'static {
    /// Before the request: claims the gate for this window, then writes down what is about to be sent. Without both
    /// nothing is sent.
    fn claim<'a>(&'a self, record: &'a OwnRecord) -> BoxFuture<'a, Result<Claimed, Fault>>;

    /// After it: writes down what became of it. The claim is given back where the gate is still open.
    fn settle<'a>(&'a self, record: &'a OwnRecord) -> BoxFuture<'a, Result<(), Fault>>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    Ours,
    /// Another window has it; says so in words.
    Elsewhere(String),
}
