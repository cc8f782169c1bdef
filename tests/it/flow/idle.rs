//! Nothing changes, so nothing happens: no publication, no wake, no frame but for an age on screen.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::driver::{Driver, nap};

#[test]
fn with_nothing_changing_the_engine_wakes_nobody_and_the_window_settles() {
    let mut driver = Driver::open("empty");
    for _ in 0..100 {
        driver.harness.step();
        nap();
    }
    let (wakes, revision) = (driver.waker.count(), driver.snapshot().revision);
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    driver.harness.ctx.set_repaint_observer(move |info| {
        if info.delay < Duration::from_millis(900) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    // Some listings are read again within this span (they are near), and answer the same.
    let calls = driver.sim.requests().len();
    for _ in 0..12 {
        driver.harness.run();
        for _ in 0..66 {
            nap();
        }
    }
    assert!(driver.sim.requests().len() > calls, "it goes on reading");
    assert_eq!(
        (driver.waker.count(), driver.snapshot().revision),
        (wakes, revision),
        "and publishes nothing for the same answers"
    );
    assert_eq!(
        asked.load(Ordering::Relaxed),
        0,
        "no frame is asked for before an age on screen changes"
    );
}
