//! The engine's clock: the wall, or a hand that a test turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::model::time::Timestamp;

#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    Wall,
    /// Milliseconds since 1970, shared with the simulated account and the SDK in tests.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    pub fn now(&self) -> Timestamp {
        match self {
            Self::Wall => Timestamp::from_millis(jiff::Timestamp::now().as_millisecond()),
            Self::Manual(millis) => Timestamp::from_millis(millis.load(Ordering::Acquire)),
        }
    }
}
