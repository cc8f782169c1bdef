//! Live Tail in a build's pane, from hand-made sessions: in pictures, by keys and by clicks.

use std::sync::Arc;

use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::Queryable as _;
use starboard::model::fault::{Fault, FaultClass};
use starboard::model::live::{LiveAsk, LiveEnd, LiveState, LiveTail, Sampled};
use starboard::model::log::{LogBuffer, TailPosition};
use starboard::ui::action::UiAction;

use crate::fixture;
use crate::fixture::bare::NOW;
use crate::fixture::harbour::ago;
use crate::harness::Sheet;
use crate::panes::{Shared, build_harness, stage};

fn running() -> Shared {
    let log = fixture::log::running();
    let build = fixture::log::running_build();
    stage(fixture::log::snapshot(
        build,
        Some((&log, TailPosition::CaughtUp)),
    ))
}

fn offered(stage: &Shared, dark: bool) -> Harness<'static, Sheet<'static>> {
    let mut harness = build_harness(stage, dark);
    harness.run_steps(3);
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::SHIFT, Key::L);
    harness.run_steps(3);
    harness
}

/// Starts the session that the page offers; what was asked for.
fn start(stage: &Shared, harness: &mut Harness<'static, Sheet<'static>>) -> LiveAsk {
    stage.borrow_mut().asked.clear();
    harness.get_by_label_contains("Start Live Tail in").click();
    harness.run_steps(2);
    let asked = &stage.borrow().asked;
    let mut sessions = asked.iter().filter_map(|action| match action {
        UiAction::StartLiveTail(ask) => Some(ask.clone()),
        _ => None,
    });
    let ask = sessions.next().expect("a session was asked for");
    assert!(sessions.next().is_none(), "two sessions were asked for");
    ask
}

fn tell(stage: &Shared, ask: &LiveAsk, state: LiveState, sampled: u32) {
    let since = ago(130);
    let mut buffer = LogBuffer::default();
    for number in 0..14_i64 {
        let line = format!(
            "02{number:02} \u{1b}[36mreplay\u{1b}[0m order {}  ok",
            7 * number
        );
        buffer.append(since.millis() + number * 900, &line);
    }
    stage.borrow_mut().snapshot.live = Some(Arc::new(LiveTail {
        ask: ask.clone(),
        asked: since,
        log: buffer.snapshot(),
        sampled: Sampled {
            updates: sampled,
            last: (sampled > 0).then(|| ago(12)),
        },
        state,
    }));
}

fn pictures(
    results: &mut SnapshotResults,
    name: &str,
    make: impl Fn(bool) -> Harness<'static, Sheet<'static>>,
) {
    for (dark, suffix) in [(true, "dark"), (false, "light")] {
        let mut harness = make(dark);
        harness.run_steps(4);
        harness.snapshot(format!("live-{name}-{suffix}"));
        results.extend_harness(&mut harness);
    }
}

#[test]
fn price_and_sampling_are_told_before_anything_starts() {
    let stage = running();
    let mut harness = offered(&stage, true);
    for words in ["1 800 free minutes", "leaves the rest out", "after 3 hours"] {
        assert!(
            harness.query_by_label_contains(words).is_some(),
            "{words} is not told"
        );
    }
    let nothing = |stage: &Shared| stage.borrow().focus.live.is_none();
    assert!(nothing(&stage) && stage.borrow().asked.is_empty());
    harness.get_by_label("all streams of the group").click();
    harness.run_steps(2);
    let ask = start(&stage, &mut harness);
    assert_eq!(ask.stream, None);
    assert_eq!(ask.group, fixture::log::log_key().group);
    assert_eq!(stage.borrow().focus.live.as_ref(), Some(&ask));
    pictures(&mut SnapshotResults::new(), "offer", |dark| {
        offered(&running(), dark)
    });
}

#[test]
fn a_session_is_marked_counted_and_ended() {
    let run = |dark: bool, state: fn() -> LiveState, sampled: u32| {
        let stage = running();
        let mut harness = offered(&stage, dark);
        let ask = start(&stage, &mut harness);
        tell(&stage, &ask, state(), sampled);
        harness.run_steps(3);
        (stage, harness)
    };
    let open = || LiveState::Running { since: ago(130) };
    let (stage, mut harness) = run(true, open, 3);
    assert!(harness.query_by_label_contains("about $0.03").is_some());
    let left_out = harness.query_by_label_contains("lines left out in 3 updates");
    assert!(left_out.is_some());
    // The log itself is read on beside it.
    assert_eq!(stage.borrow().focus.logs, [fixture::log::log_key()]);
    harness.get_by_label("Stop Live Tail").click();
    harness.run_steps(2);
    let stops = |action: &UiAction| matches!(action, UiAction::StopLiveTail);
    assert_eq!(
        stage.borrow().asked.iter().filter(|it| stops(it)).count(),
        1
    );
    let ended = || LiveState::Ended {
        at: ago(40),
        how: LiveEnd::ThreeHours,
    };
    let mut results = SnapshotResults::new();
    pictures(&mut results, "running", |dark| run(dark, open, 3).1);
    pictures(&mut results, "ended", |dark| run(dark, ended, 0).1);
}

#[test]
fn a_session_that_failed_says_why_and_starts_again_only_from_the_page_with_its_price() {
    let stage = running();
    let mut harness = offered(&stage, true);
    let ask = start(&stage, &mut harness);
    let fault = Fault {
        class: FaultClass::Denied,
        scope: Some(ask.scope.clone()),
        service: "logs",
        operation: "StartLiveTail",
        code: Some("AccessDeniedException".to_owned()),
        request_id: None,
        message: "User: ines.okafor is not authorized to perform: logs:StartLiveTail".to_owned(),
        since: NOW,
    };
    tell(&stage, &ask, LiveState::Failed(fault), 0);
    harness.run_steps(3);
    let told = harness.query_all_by_label_contains("not authorized");
    assert!(told.count() > 0);
    harness.get_by_label("Start again").click();
    harness.run_steps(2);
    assert!(
        harness
            .query_by_label_contains("1 800 free minutes")
            .is_some()
    );
    assert!(stage.borrow().focus.live.is_none());
    start(&stage, &mut harness);
}

#[test]
fn leaving_goes_back_to_the_log_and_looks_away_from_the_session() {
    let stage = running();
    let mut harness = offered(&stage, true);
    let ask = start(&stage, &mut harness);
    tell(&stage, &ask, LiveState::Opening, 0);
    harness.run_steps(2);
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(stage.borrow().focus.live.is_none());
    assert!(harness.query_by_label_contains("not the log").is_none());
    assert!(harness.query_by_label_contains("following").is_some());
}

#[test]
fn a_build_that_has_ended_has_no_live_tail_and_says_so() {
    let log = fixture::log::failing();
    let build = fixture::log::failed_build();
    let stage = stage(fixture::log::snapshot(
        build,
        Some((&log, TailPosition::Complete)),
    ));
    let _harness = offered(&stage, true);
    let said = |action: &UiAction| matches!(action, UiAction::Say(words) if words.contains("nothing more will come"));
    assert!(stage.borrow().asked.iter().any(said));
}
