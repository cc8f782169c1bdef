//! How often a window paints when much happens: at once where little does, and never oftener than a person can tell.
//!
//! Every wake that has something new to show asks here when its frame may come. Two that come one after the other are
//! answered at once (a publication, and the job that reads it for a view); a stream of them is thinned out, and those
//! that come before a frame that is due share it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Between frames of a stream, in microseconds: with the one that may come early no second has more than thirty.
const BETWEEN: u64 = 36_000;

/// The frames of one window. Takes no lock.
#[derive(Debug)]
pub struct Pace {
    made: Instant,
    /// Microseconds after `made` at which the frames that were granted are paid for.
    paid: AtomicU64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            made: Instant::now(),
            paid: AtomicU64::new(0),
        }
    }
}

impl Pace {
    /// How long the frame of a wake that comes now has to wait.
    pub fn wait(&self) -> Duration {
        let now = self.made.elapsed().as_micros() as u64;
        // One frame may come before it is paid for, hence the second `BETWEEN`.
        let now = now + 2 * BETWEEN;
        let mut wait = 0;
        self.paid
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |paid| {
                let (granted, next) = grant(paid, now);
                wait = granted - now;
                next
            })
            .ok();
        Duration::from_micros(wait)
    }
}

/// When the frame for a wake comes, and until when the frames are paid for then; none where one that is due already
/// serves.
fn grant(paid: u64, now: u64) -> (u64, Option<u64>) {
    let due = paid.saturating_sub(2 * BETWEEN);
    if due > now {
        return (due, None);
    }
    let granted = now.max(paid.saturating_sub(BETWEEN));
    (granted, Some(paid.max(now) + BETWEEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When frames come for wakes at these times.
    fn frames(wakes: &[u64]) -> Vec<u64> {
        let (mut paid, mut frames) = (0, Vec::new());
        for &wake in wakes {
            let wake = wake + 2 * BETWEEN;
            let (granted, next) = grant(paid, wake);
            assert!(granted >= wake, "no frame comes before what it shows");
            if let Some(next) = next {
                paid = next;
                frames.push(granted - 2 * BETWEEN);
            } else {
                assert_eq!(frames.last(), Some(&(granted - 2 * BETWEEN)));
            }
        }
        frames
    }

    #[test]
    fn two_wakes_are_answered_at_once_and_a_stream_is_thinned_out() {
        assert_eq!(frames(&[5, 1_005]), [5, 1_005]);
        let stream: Vec<u64> = (0..1_000).map(|wake| wake * 1_000).collect();
        let frames = frames(&stream);
        assert!((25..=30).contains(&frames.len()), "{}", frames.len());
    }

    proptest::proptest! {
        #[test]
        fn no_second_has_more_than_thirty_frames_and_none_waits_long(
            steps in proptest::collection::vec(0..80_000_u64, 1..300),
        ) {
            let mut at = 0;
            let wakes: Vec<u64> = steps.iter().map(|step| { at += step; at }).collect();
            let frames = frames(&wakes);
            for (first, frame) in frames.iter().enumerate() {
                let second = frames[first..].iter().take_while(|&&other| other < frame + 1_000_000);
                proptest::prop_assert!(second.count() <= 30);
            }
            for wake in wakes {
                let next = frames.iter().find(|&&frame| frame >= wake);
                proptest::prop_assert!(next.is_some_and(|frame| frame - wake <= 2 * BETWEEN));
            }
        }
    }
}
