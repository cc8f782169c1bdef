//! The `?` sheet of a page with a log: whose the letters are, told and obeyed.

use eframe::egui::{self, Key, Vec2};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::Queryable as _;

use crate::desk::{self, OnDesk};
use crate::fixture::project as fixture;
use crate::harness::WINDOW;

/// The failed build of a pipeline, its log beside the graph.
fn open(size: Vec2, dark: bool) -> OnDesk {
    desk::open(size, dark, vec![fixture::search_indexer()], |_| {})
}

fn in_log(harness: &mut OnDesk) {
    harness.get_by_label_contains("18: thread").click();
    harness.run();
}

fn sheet(harness: &mut OnDesk) {
    harness.event(egui::Event::Text("?".to_owned()));
    harness.run();
}

#[test]
fn the_sheet_shows_whose_the_letters_are() {
    let mut results = SnapshotResults::new();
    for (size, dark, suffix) in [
        (WINDOW, true, "dark"),
        (WINDOW, false, "light"),
        (Vec2::new(1000.0, 640.0), true, "small"),
    ] {
        let mut harness = open(size, dark);
        if dark {
            in_log(&mut harness);
        }
        sheet(&mut harness);
        harness.snapshot(format!("keys-log-{suffix}"));
        results.extend_harness(&mut harness);
    }
}

#[test]
fn a_letter_that_is_the_logs_rests_on_the_page_until_escape() {
    let mut harness = open(WINDOW, true);
    sheet(&mut harness);
    harness.get_by_label("In the log, once it is pressed");
    harness.get_by_label("copy a link to the line, not now");
    harness.get_by_label("copy the pipeline's ARN");
    harness.key_press(Key::Escape);
    harness.run();
    in_log(&mut harness);
    sheet(&mut harness);
    harness.get_by_label("In the log: it has the keyboard now");
    harness.get_by_label("copy a link to the line");
    harness.get_by_label("copy the pipeline's ARN, not now");
    harness.get_by_label("retry what failed");
    // The dialog took the keyboard, and gives it back.
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press(Key::Y);
    harness.run();
    harness.get_by_label("Copied 1 line");
}

#[test]
fn a_copy_is_told_in_a_toast() {
    let mut harness = open(WINDOW, true);
    in_log(&mut harness);
    harness.key_press(Key::Y);
    harness.run();
    harness.get_by_label("Copied 1 line");
    harness.key_press_modifiers(egui::Modifiers::SHIFT, Key::ArrowDown);
    harness.run();
    harness.event(egui::Event::Copy);
    harness.run();
    harness.get_by_label("Copied 2 lines");
}
