//! Live Tail as a person uses it: told its price, started, seen beside the log that goes on, stopped, left.

use std::time::Duration;

use eframe::egui::{Key, Modifiers};
use starboard::model::live::{LiveEnd, LiveState};
use starboard::model::status::Status;

use super::driver::Driver;
use super::logs::{build, open};

#[test]
fn a_session_starts_by_a_yes_brings_lines_and_ends_when_it_is_left() {
    let mut driver = Driver::open("harbour");
    let running = build(&mut driver, "a running build", |status| {
        status == Status::Running
    });
    open(&mut driver, &running);
    driver.expect("following");
    let keys = Modifiers::CTRL | Modifiers::SHIFT;
    driver.harness.key_press_modifiers(keys, Key::L);
    driver.expect("1 800 free minutes");
    assert!(driver.snapshot().live.is_none());
    driver.press("Start Live Tail in");
    driver.until("a session", |snapshot| {
        let live = snapshot.live.as_ref();
        live.is_some_and(|live| matches!(live.state, LiveState::Running { .. }))
    });
    driver.live(Duration::from_secs(40));
    driver.until("lines", |snapshot| {
        snapshot
            .live
            .as_ref()
            .is_some_and(|live| !live.log.is_empty())
    });
    driver.expect("not the log");
    driver.press("Stop Live Tail");
    driver.until("an end", |snapshot| {
        let live = snapshot.live.as_ref();
        live.is_some_and(|live| {
            matches!(
                live.state,
                LiveState::Ended {
                    how: LiveEnd::Stopped,
                    ..
                }
            )
        })
    });
    driver.press("Back to the log");
    driver.until("no session", |snapshot| snapshot.live.is_none());
    driver.expect(" lines, ");
    assert_eq!(driver.sim.request_count("StartLiveTail"), 1);
}
