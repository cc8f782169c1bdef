//! The simulator's own clock, and the pace at which a story's durations pass on it.
//!
//! Tests turn a manual clock by hand and give the same one to the product; everyone else gets the wall
//! clock. Reading it never blocks.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::UNIX_EPOCH;

use crate::sim::wire::Millis;

/// Where the present comes from.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    /// The machine's clock; `ahead` is what the control endpoint has turned the world forward.
    Wall { ahead: Arc<AtomicI64> },
    /// Milliseconds since 1970, turned by a test.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn wall() -> Self {
        Self {
            source: Source::Wall {
                ahead: Arc::new(AtomicI64::new(0)),
            },
        }
    }

    /// A clock that stands still until its owner stores another time, in milliseconds since 1970.
    pub fn manual(now: Arc<AtomicI64>) -> Self {
        Self {
            source: Source::Manual(now),
        }
    }

    /// The world's present.
    pub fn now(&self) -> Millis {
        match &self.source {
            Source::Wall { ahead } => wall_now() + ahead.load(Ordering::Relaxed),
            Source::Manual(now) => now.load(Ordering::Relaxed),
        }
    }

    /// The present that signatures and the `Date` header go by. A world turned forward by the control
    /// endpoint keeps the machine's time here, else no client could sign for it any more.
    pub fn wire_now(&self) -> Millis {
        match &self.source {
            Source::Wall { .. } => wall_now(),
            Source::Manual(now) => now.load(Ordering::Relaxed),
        }
    }

    /// Turns the world forward; a negative step is ignored, since time never runs back.
    pub fn turn_forward(&self, by: Millis) {
        let (Source::Wall { ahead: hand } | Source::Manual(hand)) = &self.source;
        hand.fetch_add(by.max(0), Ordering::Relaxed);
    }
}

/// The machine's clock, for what must not go by the world's.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the simulator's own clock"
)]
pub fn wall_now() -> Millis {
    let since = std::time::SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    since.as_millis() as Millis
}

/// How fast a story's durations pass: at their own pace before its start, `speed` times faster after it.
///
/// So a build that began two minutes before the start looks the same at any speed, and what is left of it
/// passes quicker. Every time stays a true time of the clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    start: Millis,
    speed: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            start: 0,
            speed: 1.0,
        }
    }
}

impl Pace {
    /// A speed that is not a positive number counts as 1.
    pub fn new(start: Millis, speed: f64) -> Self {
        Self {
            start,
            speed: if speed.is_finite() && speed > 0.0 {
                speed
            } else {
                1.0
            },
        }
    }

    /// The moment at which something of this length ends that begins at `from`.
    pub fn after(self, from: Millis, duration: Millis) -> Millis {
        let end = self.story_time(from).saturating_add(duration);
        if end <= self.start {
            end
        } else {
            self.start + ((end - self.start) as f64 / self.speed).round() as Millis
        }
    }

    fn story_time(self, at: Millis) -> Millis {
        if at <= self.start {
            at
        } else {
            self.start + ((at - self.start) as f64 * self.speed).round() as Millis
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::{Clock, Pace};

    #[test]
    fn a_manual_clock_is_turned_by_its_owner() {
        let hand = Arc::new(AtomicI64::new(1_000));
        let clock = Clock::manual(Arc::clone(&hand));
        hand.store(5_000, Ordering::Relaxed);
        assert_eq!(clock.now(), 5_000);
        clock.turn_forward(500);
        clock.turn_forward(-9_000);
        assert_eq!(clock.wire_now(), 5_500);
    }

    #[test]
    fn only_what_lies_after_the_start_is_shortened() {
        let pace = Pace::new(10_000, 10.0);
        assert_eq!(pace.after(1_000, 2_000), 3_000);
        assert_eq!(pace.after(9_000, 2_000), 10_100);
        assert_eq!(pace.after(10_100, 2_000), 10_300);
        assert_eq!(Pace::new(0, f64::NAN).after(7, 3), 10);
    }
}
