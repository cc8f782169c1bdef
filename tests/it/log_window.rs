//! The log window by clicks and keys, from hand-made snapshots: filters, secrets, repeats, wrapping, links.

use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotResults};
use starboard::model::build::{BuildRow, LogLocation};
use starboard::model::ids::{BuildKey, LogKey};
use starboard::model::log::{LineNo, LogOrigin, LogTail, TailPosition};
use starboard::model::remote::Remote;
use starboard::model::settings::LogClock;
use starboard::model::status::State;
use starboard::ui::action::UiAction;

use crate::fixture;
use crate::fixture::bare::NOW;
use crate::fixture::log::Writer;
use crate::harness::Sheet;
use crate::panes::{Shared, build_harness, shots, stage};

type Window = Harness<'static, Sheet<'static>>;

/// The failed build of the pictures.
fn failed() -> Shared {
    let log = fixture::log::failing();
    stage(fixture::log::snapshot(
        fixture::log::failed_build(),
        Some((&log, TailPosition::Complete)),
    ))
}

/// A build that succeeded, with this log.
fn green(log: &Writer) -> Shared {
    let mut build = fixture::log::failed_build();
    build.state = State::of_build("SUCCEEDED");
    build.phases.clear();
    stage(fixture::log::snapshot(
        build,
        Some((log, TailPosition::Complete)),
    ))
}

fn opened(stage: &Shared, dark: bool) -> Window {
    let mut window = build_harness(stage, dark);
    window.run();
    window
}

fn find(window: &mut Window, text: &str) {
    window.event(egui::Event::Text("/".to_owned()));
    window.run();
    window.get_by_role(Role::TextInput).type_text(text);
    window.run();
}

/// Presses what has this name; a menu opens and closes in between.
fn press(window: &mut Window, name: &str) {
    window.get_by_role_and_label(Role::Button, name).click();
    window.run();
}

fn has(window: &Window, words: &str) -> bool {
    window.query_all_by_label_contains(words).next().is_some()
}

fn copied(stage: &Shared) -> Vec<String> {
    let asked = std::mem::take(&mut stage.borrow_mut().asked);
    let copies = asked.into_iter().filter_map(|action| match action {
        UiAction::Copy(text) => Some(text),
        _ => None,
    });
    copies.collect()
}

/// Shows only lines with a text, by way of the search field.
fn show_only(window: &mut Window, text: &str) {
    find(window, text);
    press(window, "filter");
    press(window, &format!("Show only lines with “{text}”"));
}

#[test]
fn a_filter_is_a_chip_in_words_with_an_honest_count() {
    let stage = failed();
    shots("pane-log-filtered", |dark| {
        let mut window = opened(&stage, dark);
        show_only(&mut window, "Compiling tantivy");
        window
    });
    let mut window = opened(&stage, true);
    show_only(&mut window, "Compiling tantivy");
    window.get_by_label("35 of 225 lines shown");
    window.get_by_label_contains("Compiling tantivy v0.25.0 (3/140)");
    assert!(!has(&window, "Compiling serde"), "the others are left out");
    assert!(
        !has(&window, "DOWNLOAD_SOURCE"),
        "nor is there a header without a line"
    );
    press(&mut window, "show only: Compiling tantivy  ×");
    assert!(!has(&window, "lines shown"));
    window.get_by_label_contains("DOWNLOAD_SOURCE");
}

#[test]
fn a_filter_that_is_taken_away_leaves_a_person_where_they_were() {
    let stage = failed();
    let mut window = opened(&stage, true);
    window.get_by_label_contains("211: thread").click();
    window.run();
    let before = window.get_by_label_contains("211: thread").rect();
    window.key_press(Key::E);
    window.run();
    window.get_by_label("show only: warnings and errors  ×");
    press(&mut window, "Clear all filters");
    let after = window.get_by_label_contains("211: thread").rect();
    assert!((before.top() - after.top()).abs() < 0.5, "{before} {after}");
}

#[test]
fn what_is_selected_can_be_hidden_by_a_key() {
    let stage = failed();
    let mut window = opened(&stage, true);
    window.get_by_label_contains("error: test failed").click();
    window.run();
    window.key_press(Key::X);
    window.run();
    window.get_by_label_contains("hide: error: test failed");
    window.get_by_label("224 of 225 lines shown");
    assert!(!has(&window, "220: error: test failed"));
}

#[test]
fn levels_leave_errors_and_what_belongs_to_them() {
    let mut log = Writer::new(NOW.millis());
    log.line("INFO starting")
        .line("ERROR cannot connect")
        .line("    at client.rs:3")
        .line("WARN slow answer")
        .line("INFO done");
    let stage = green(&log);
    let mut window = opened(&stage, true);
    press(&mut window, "filter");
    press(&mut window, "errors");
    window.get_by_label("2 of 5 lines shown");
    window.get_by_label_contains("at client.rs:3");
    press(&mut window, "errors");
    press(&mut window, "warnings and errors");
    window.get_by_label("3 of 5 lines shown");
}

#[test]
fn hidden_lines_are_told_where_they_are_missing_and_shown_by_a_press() {
    let stage = failed();
    let mut window = opened(&stage, true);
    show_only(&mut window, "Compiling tantivy");
    window.get_by_label_contains("17: ");
    assert!(!has(&window, "18: ") && !has(&window, "19: "));
    let gaps = || window.query_all_by_label("3 lines hidden");
    let first = gaps().next().unwrap();
    first.click();
    window.run();
    for line in ["17: ", "18: ", "19: ", "20: ", "21: "] {
        window.get_by_label_contains(line);
    }
    window.get_by_label("35 of 225 lines shown");
    assert!(!has(&window, "22: "), "other gaps stay");
}

#[test]
fn repeats_have_one_row_under_a_filter_too() {
    let stage = green(&busy());
    let mut window = opened(&stage, true);
    show_only(&mut window, "database");
    window.get_by_label("48 of 57 lines shown");
    window.get_by_label("6: waiting for the database…, 48 times");
    assert!(!has(&window, "7: waiting"));
}

#[test]
fn the_lines_that_say_why_stay_whatever_level_is_shown() {
    let stage = failed();
    let mut window = opened(&stage, true);
    press(&mut window, "filter");
    press(&mut window, "errors");
    window.get_by_label_contains("211: thread");
    window.get_by_label_contains("212: assertion");
    assert!(!has(&window, "205: "), "others of their level do not");
}

#[test]
fn what_passes_a_filter_is_in_sight_also_in_a_closed_fold() {
    let stage = failed();
    let mut window = opened(&stage, true);
    show_only(&mut window, "Phase complete");
    let shown = window
        .query_all_by_label_contains("Phase complete: ")
        .count();
    assert!(shown > 1, "{shown}");
}

#[test]
fn a_filter_that_leaves_nothing_says_so_and_offers_all_lines() {
    let stage = failed();
    let mut window = opened(&stage, true);
    show_only(&mut window, "no such words here");
    window.get_by_label("No line passes: show only: no such words here");
    press(&mut window, "Show all lines");
    assert!(!has(&window, "No line passes"));
}

#[test]
fn an_expression_that_cannot_be_understood_is_told_why() {
    let stage = failed();
    let mut window = opened(&stage, true);
    press(&mut window, "Regular expression: off");
    find(&mut window, "(");
    window.get_by_label("Not understood as a regular expression:");
    window.get_by_label("not understood");
    window.snapshot("pane-log-misunderstood-dark");
    window.get_by_role(Role::TextInput).type_text("FAILED|ok)");
    window.run();
    assert!(has(&window, " of ") && !has(&window, "Not understood"));
}

/// A log with what people must not see, must not scroll through, and must not miss.
fn busy() -> Writer {
    let mut log = Writer::new(NOW.millis() - 400_000);
    log.line("export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE")
        .line("remote: https://x-access-token:ghp_16C7e42F292c6912E7710c838347Ae178B4a@github.com/harbour/pier")
        .line("-----BEGIN RSA PRIVATE KEY-----")
        .line("MIIEpAIBAAKCAQEAwJ0zZ3mJx5mY1uZfVqQ2o4hV1b3mC8zJ4u0h7xk9bQe2vT1c")
        .line("-----END RSA PRIVATE KEY-----");
    for _ in 0..48 {
        log.line("waiting for the database…");
    }
    log.wait(95_000)
        .line(" 10 %\r 50 %\r100 % downloaded")
        .wait(12_000)
        .line(&"a line that is wider than the window ".repeat(9))
        .line("{\"level\":\"info\",\"pier\":7,\"ships\":[\"Aurora\",\"Borealis\"]}")
        .line("\u{1b}[1;4mbold and underlined\u{1b}[0m \u{1b}[38;2;20;20;60mdark blue made readable\u{1b}[0m");
    log
}

#[test]
fn secrets_are_masked_and_repeats_are_one_row() {
    let stage = green(&busy());
    shots("pane-log-busy", |dark| opened(&stage, dark));
    let mut window = opened(&stage, true);
    window.get_by_label("1: export AWS_ACCESS_KEY_ID=********************");
    assert!(!has(&window, "MIIEpAIBAAKCAQEA"));
    window.get_by_label("6: waiting for the database…, 48 times");
    assert!(!has(&window, "7: waiting"));
    window.get_by_label_contains("1: export").click();
    window.run();
    window.key_press(Key::Y);
    window.run();
    assert_eq!(copied(&stage), ["export AWS_ACCESS_KEY_ID=****"]);
    press(&mut window, "More about this log");
    press(&mut window, "Show secrets in this view");
    window.get_by_label_contains("AKIAIOSFODNN7EXAMPLE");
    window.get_by_label("secrets shown  ×").click();
    window.run();
    assert!(!has(&window, "AKIAIOSFODNN7EXAMPLE"));
}

#[test]
fn long_lines_wrap_by_a_key_and_open_whole_by_another() {
    let stage = green(&busy());
    let wrapped = |dark| {
        let mut window = opened(&stage, dark);
        window.get_by_label_contains("a line that is wider").click();
        window.run();
        window.key_press(Key::Z);
        window.run();
        window
    };
    shots("pane-log-wrapped", wrapped);
    let mut window = opened(&stage, true);
    let flat = window.get_by_label_contains("55: a line that").rect();
    window.get_by_label_contains("55: a line that").click();
    window.run();
    window.key_press(Key::Z);
    window.run();
    let tall = window.get_by_label_contains("55: a line that").rect();
    assert!(tall.height() > 2.5 * flat.height(), "{flat} {tall}");
    window.get_by_label_contains("56: {").click();
    window.run();
    window.key_press(Key::Enter);
    window.run();
    window.get_by_label("Line 56");
    window.get_by_label_contains("\"pier\": 7,");
    press(&mut window, "Close");
    assert!(!has(&window, "Line 56"));
}

#[test]
fn a_link_to_the_selected_line_is_copied() {
    let stage = failed();
    let mut window = opened(&stage, true);
    window.get_by_label_contains("211: thread").click();
    window.run();
    window.key_press(Key::L);
    window.run();
    assert_eq!(
        copied(&stage),
        [
            "starboard://build/dev/eu-west-1/search-indexer:3f9c0e12-6c1b-4d0e-9d5e-2f6f0a7c1b11#L211"
        ]
    );
}

#[test]
fn the_log_goes_to_an_editor_at_the_selected_line() {
    let stage = failed();
    let mut window = opened(&stage, true);
    window.get_by_label_contains("211: thread").click();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    window.run();
    press(&mut window, "More about this log");
    press(&mut window, "Open in your editor");
    let asked = std::mem::take(&mut stage.borrow_mut().asked);
    let lines: Vec<u32> = asked
        .iter()
        .filter_map(|action| match action {
            UiAction::EditLog { line, .. } => Some(line.0),
            _ => None,
        })
        .collect();
    assert_eq!(lines, [210, 210], "by the key and from the menu");
}

#[test]
fn lines_are_selected_by_drag_and_keys_and_copied_raw_only_when_asked() {
    let stage = green(&busy());
    let mut window = opened(&stage, true);
    let from = window.get_by_label_contains("1: export").rect();
    let to = window.get_by_label_contains("54:").rect();
    let at = |rect: egui::Rect| egui::pos2(rect.left() + 200.0, rect.center().y);
    window.drag_at(at(from));
    window.run();
    window.hover_at(at(to));
    window.run();
    window.drop_at(at(to));
    window.run();
    window.key_press_modifiers(Modifiers::SHIFT, Key::Y);
    window.run();
    let raw = copied(&stage).concat();
    assert!(raw.starts_with("export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n"));
    assert!(raw.ends_with(" 10 %\r 50 %\r100 % downloaded"), "{raw:?}");
    assert_eq!(
        raw.lines().filter(|line| line.contains("database")).count(),
        48
    );
    window.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    window.run();
    window.key_press(Key::Y);
    window.run();
    let clean = copied(&stage).concat();
    assert!(clean.contains("\n100 % downloaded\na line that is wider"));
    assert!(
        !clean.contains("AKIA") && !clean.contains("MIIE"),
        "{clean}"
    );
}

#[test]
fn every_reading_of_the_clock_has_its_column() {
    let log = busy();
    let mut results = SnapshotResults::new();
    for (clock, name) in [
        (LogClock::SinceStart, "start"),
        (LogClock::Utc, "utc"),
        (LogClock::Off, "off"),
    ] {
        let stage = green(&log);
        stage.borrow_mut().settings.views.log_clock = clock;
        let mut window = opened(&stage, false);
        window.snapshot(format!("pane-log-clock-{name}-light"));
        results.extend_harness(&mut window);
    }
}

#[test]
fn nothing_moves_what_is_read_when_repeats_gather_and_folds_close() {
    let mut log = fixture::log::running();
    let stage = stage(fixture::log::snapshot(
        fixture::log::running_build(),
        Some((&log, TailPosition::CaughtUp)),
    ));
    let mut window = build_harness(&stage, true);
    window.run_steps(4);
    window.get_by_label_contains("case_40").click();
    window.run_steps(4);
    let before = window.get_by_label_contains("case_40").rect();
    for _ in 0..500 {
        log.line("again");
    }
    log.complete("BUILD", "SUCCEEDED", ":  Message: ")
        .phase("POST_BUILD", 2_000);
    let tail = LogTail {
        log: log.buffer.snapshot(),
        position: TailPosition::CaughtUp,
        origin: LogOrigin::default(),
    };
    Arc::make_mut(&mut stage.borrow_mut().snapshot.logs)
        .insert(fixture::log::log_key(), Remote::ready(tail, NOW));
    window.run_steps(6);
    let after = window.get_by_label_contains("case_40").rect();
    let moved = (before.top() - after.top()).abs();
    assert!(moved < 0.5, "a click lets go of the end");
    window.get_by_label_contains(" new lines");
}

/// Two builds of one batch that ran at the same time, the first one's log on screen.
fn siblings() -> Shared {
    let mut build = fixture::log::failed_build();
    build.state = State::of_build("SUCCEEDED");
    build.phases.clear();
    build.batch = Some("search-indexer:batch-7".into());
    let mut own = Writer::new(NOW.millis() - 60_000);
    let mut other = Writer::new(NOW.millis() - 59_500);
    for number in 0..6 {
        own.line(&format!("linux: step {number}")).wait(1_000);
        other.line(&format!("windows: step {number}")).wait(1_000);
    }
    let key = BuildKey {
        id: "search-indexer:7c1b0f31".into(),
        ..fixture::log::build_key()
    };
    let log = LogKey {
        stream: "7c1b0f31".into(),
        ..fixture::log::log_key()
    };
    let mut sibling = build.clone();
    sibling.id = key.id.clone();
    sibling.number = Some(413);
    sibling.log = Some(LogLocation {
        group: log.group.clone(),
        stream: log.stream.clone(),
    });
    let mut snapshot = fixture::log::snapshot(build, Some((&own, TailPosition::Complete)));
    Arc::make_mut(&mut snapshot.builds).insert(BuildRow {
        key,
        build: Remote::ready(Arc::new(sibling), NOW),
    });
    let tail = LogTail {
        log: other.buffer.snapshot(),
        position: TailPosition::Complete,
        origin: LogOrigin::default(),
    };
    Arc::make_mut(&mut snapshot.logs).insert(log, Remote::ready(tail, NOW));
    stage(snapshot)
}

fn merge(window: &mut Window) {
    press(window, "More about this log");
    press(window, "search-indexer #413");
}

#[test]
fn a_link_to_a_line_of_merged_logs_names_the_build_it_is_of() {
    let stage = siblings();
    let mut window = opened(&stage, true);
    merge(&mut window);
    for (line, number) in [
        ("A 2: linux: step 1", "#L2"),
        ("B 1: windows: step 0", "#L1"),
    ] {
        window.get_by_label(line).click();
        window.run();
        window.key_press(Key::L);
        window.run();
        let link = copied(&stage).concat();
        assert!(link.ends_with(number), "{link}");
        let is_own = link.contains("3f9c0e12");
        assert_eq!(is_own, line.starts_with('A'), "{link}");
    }
}

#[test]
fn logs_of_one_batch_are_merged_by_time_and_each_can_be_hidden() {
    let stage = siblings();
    shots("pane-log-merged", |dark| {
        let mut window = opened(&stage, dark);
        merge(&mut window);
        find(&mut window, "step 4");
        window
    });
    let mut window = opened(&stage, true);
    merge(&mut window);
    window.get_by_label("12 lines");
    let top = |window: &Window, label: &str| window.get_by_label(label).rect().top();
    let order = [
        "A 1: linux: step 0",
        "B 1: windows: step 0",
        "A 2: linux: step 1",
    ];
    let tops = order.map(|label| top(&window, label));
    assert!(tops.is_sorted(), "{tops:?}");
    assert_eq!(stage.borrow().focus.logs.len(), 2, "both are tailed");
    find(&mut window, "step 4");
    window.get_by_label("1 of 2");
    window.key_press(Key::Enter);
    window.run();
    window.get_by_label("2 of 2");
    press(&mut window, "B search-indexer #413");
    window.get_by_label("6 lines");
    assert!(!has(&window, "windows: step"));
    window.key_press(Key::N);
    window.run();
    window.get_by_label("1 of 1");
    press(&mut window, "Take apart");
    window.get_by_label("1: linux: step 0");
    assert!(!has(&window, "Merged by time"));
}

/// A failed build with the first lines of its log, whose last pages have not come yet.
fn half_read(lines: usize) -> Shared {
    let whole = fixture::log::failing().buffer.snapshot();
    let mut part = Writer::new(0);
    for (_, at, line) in whole.iter_from(LineNo(0)).take(lines) {
        part.buffer.append(at, &line);
    }
    stage(fixture::log::snapshot(
        fixture::log::failed_build(),
        Some((&part, TailPosition::Reading)),
    ))
}

#[test]
fn a_finished_log_that_is_still_read_tells_how_much_is_here_and_is_not_followed() {
    let stage = half_read(120);
    shots("pane-log-reading", |dark| opened(&stage, dark));
    let mut window = opened(&stage, true);
    assert!(has(&window, "Reading: 120 of about "));
    assert!(!has(&window, "new line") && !has(&window, "Follow the end"));
    window.get_by_label_contains("DOWNLOAD_SOURCE");
    window.get_by_label("cargo build --release --locked, unknown");
    window.key_press(Key::End);
    window.run();
    assert!(!has(&window, "following"), "nothing is written any more");

    let log = fixture::log::failing();
    let tail = LogTail {
        log: log.buffer.snapshot(),
        position: TailPosition::Complete,
        origin: LogOrigin::default(),
    };
    Arc::make_mut(&mut stage.borrow_mut().snapshot.logs)
        .insert(fixture::log::log_key(), Remote::ready(tail, NOW));
    window.run();
    assert!(!has(&window, "Reading: ") && has(&window, "complete"));
}

#[test]
fn of_a_flood_of_commands_the_first_ten_thousand_fold_and_that_is_said() {
    let mut log = Writer::new(NOW.millis() - 400_000);
    for number in 0..10_001 {
        log.container(&format!("Running command make {number}"));
    }
    let window = opened(&green(&log), true);
    window.get_by_label("commands after the first 10 000 are not folded");
    let window = opened(&failed(), true);
    assert!(!has(&window, "are not folded"));
}
