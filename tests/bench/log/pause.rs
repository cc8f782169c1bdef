//! Waiting, where nothing else could be done on the thread.

use std::time::Duration;

#[expect(
    clippy::disallowed_methods,
    reason = "a bench has no frame to hold up and no runtime to wait on"
)]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
