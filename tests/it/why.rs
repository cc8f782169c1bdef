//! The card that says why a build failed: in pictures in every condition, by keys, by clicks.

use std::sync::Arc;

use eframe::egui::{self, Key};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotResults};
use starboard::model::issue::IssueFinder;
use starboard::model::kept::Kept;
use starboard::model::ledger::Journal;
use starboard::model::log::{LogOrigin, LogTail, TailPosition};
use starboard::model::oneshot::Oneshots;
use starboard::model::remote::Remote;
use starboard::model::settings::Settings;
use starboard::model::snapshot::Snapshot;
use starboard::model::status::State;
use starboard::ui::action::{FoundProfiles, UiAction};
use starboard::ui::shell::{FrameInput, Window};

use crate::fixture::bare::NOW;
use crate::fixture::harbour;
use crate::fixture::log;
use crate::harness::{self, AtOnce, WINDOW};

/// A window with the card open over an empty Board.
struct Stage {
    window: Window,
    snapshot: Snapshot,
    settings: Settings,
    is_open: bool,
    logs: usize,
    copied: Vec<String>,
}

impl eframe::App for Stage {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if !std::mem::replace(&mut self.is_open, true) {
            self.window.explain(log::build_key(), None);
        }
        let context = ui.ctx().clone();
        let output = self.window.ui(
            ui,
            &FrameInput {
                snapshot: &self.snapshot,
                now: NOW,
                settings: &self.settings,
                issues: &IssueFinder::built_in(),
                oneshots: &Oneshots::default(),
                journal: &Journal::default(),
                profiles: &FoundProfiles::default(),
                background: &AtOnce(context.clone()),
                kept: &Kept::default(),
            },
        );
        self.logs = output.focus.logs.len();
        context.output(|output| {
            for command in &output.commands {
                if let egui::OutputCommand::CopyText(text) = command {
                    self.copied.push(text.clone());
                }
            }
        });
        assert!(
            !output
                .actions
                .iter()
                .any(|action| matches!(action, UiAction::Send(_))),
            "an explanation writes nothing"
        );
    }
}

fn open(snapshot: Snapshot, dark: bool) -> Harness<'static, Stage> {
    let stage = Stage {
        window: Window::default(),
        snapshot,
        settings: harbour::settings(dark),
        is_open: false,
        logs: 0,
        copied: Vec::new(),
    };
    let mut harness = harness::builder(WINDOW, dark).build_eframe(|_| stage);
    harness.run_steps(6);
    harness
}

fn shots(name: &str, snapshot: &Snapshot) {
    let mut results = SnapshotResults::new();
    for (dark, suffix) in [(true, "dark"), (false, "light")] {
        let mut harness = open(snapshot.clone(), dark);
        harness.snapshot(format!("{name}-{suffix}"));
        results.extend_harness(&mut harness);
    }
}

fn failed(position: TailPosition) -> Snapshot {
    log::snapshot(log::failed_build(), Some((&log::failing(), position)))
}

#[test]
fn a_failed_test_is_explained_with_the_lines_around_it() {
    let snapshot = failed(TailPosition::Complete);
    shots("why", &snapshot);
    let harness = open(snapshot, true);
    harness.get_by_label("Why search-indexer #412 failed");
    harness.get_by_label_contains("1 test failed in BUILD");
    harness.get_by_label_contains("Exit status 101");
    harness.get_by_label_contains("rust says so, line 211");
    harness.get_by_label_contains("weights changed, src/synonyms.rs:88");
    harness.get_by_label_contains("211, this one: thread");
    assert_eq!(
        harness.state().logs,
        1,
        "the engine is told to read the log"
    );
}

#[test]
fn what_is_known_stands_while_the_log_is_read() {
    let mut log = log::Writer::new(NOW.millis() - 704_000);
    log.wait(172_000).line("one");
    let snapshot = log::snapshot(log::failed_build(), Some((&log, TailPosition::Reading)));
    shots("why-reading", &snapshot);
    let mut harness = open(snapshot, true);
    harness.get_by_label_contains("Reading the log… 50 %");
    harness.get_by_label_contains("AWS says: COMMAND_EXECUTION_ERROR");
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    harness.get_by_label("Why search-indexer #412 failed");
    let whole = LogTail {
        log: log::failing().buffer.snapshot(),
        position: TailPosition::Complete,
        origin: LogOrigin::Service,
    };
    Arc::make_mut(&mut harness.state_mut().snapshot.logs)
        .insert(log::log_key(), Remote::ready(whole, NOW));
    harness.run_steps(4);
    harness.get_by_label_contains("rust says so");
}

#[test]
fn a_log_without_known_words_shows_its_last_lines_and_says_that_it_is_not_sure() {
    let mut log = log::Writer::new(NOW.millis() - 600_000);
    log.container("Entering phase BUILD")
        .container("Running command ./wait.sh");
    for number in 0..40 {
        log.line(&format!("waiting, {number}"));
    }
    log.container("Command did not exit successfully ./wait.sh exit status 137")
        .complete("BUILD", "FAILED", ": COMMAND_EXECUTION_ERROR Message: x");
    let mut build = log::failed_build();
    build.phases[6].contexts[0].message =
        "Error while executing command: ./wait.sh. Reason: exit status 137".to_owned();
    let snapshot = log::snapshot(build, Some((&log, TailPosition::Complete)));
    shots("why-unsure", &snapshot);
    let harness = open(snapshot, true);
    harness.get_by_label_contains("No line says why");
    harness.get_by_label_contains("waiting, 39");
    harness.get_by_label_contains("memory ran out");
    harness.get_by_label_contains("larger compute type");
}

#[test]
fn a_build_without_a_log_says_what_aws_says() {
    let mut build = log::failed_build();
    build.log = None;
    build.phases.truncate(4);
    build.phases[3].state = State::of_build("FAILED");
    build.phases[3].contexts = log::failed_build().phases[6].contexts.clone();
    build.phases[3].contexts[0].status_code = "YAML_FILE_ERROR".to_owned();
    build.phases[3].contexts[0].message = "YAML file does not exist".to_owned();
    let snapshot = log::snapshot(build, None);
    shots("why-no-log", &snapshot);
    let harness = open(snapshot, true);
    harness.get_by_label_contains("AWS says: YAML_FILE_ERROR: YAML file does not exist");
    harness.get_by_label_contains("finds no buildspec");
    harness.get_by_label_contains("There is no log");
}

#[test]
fn secrets_are_masked_on_the_card_and_in_what_is_copied() {
    let mut log = log::Writer::new(NOW.millis() - 600_000);
    log.container("Entering phase BUILD")
        .container("Running command ./deploy.sh")
        .line("DB_PASSWORD=hunter2")
        .line("fatal: Authentication failed for 'https://ci:hunter2@git.example/x.git'")
        .container("Command did not exit successfully ./deploy.sh exit status 128")
        .complete("BUILD", "FAILED", ": COMMAND_EXECUTION_ERROR Message: x");
    let snapshot = log::snapshot(log::failed_build(), Some((&log, TailPosition::Complete)));
    let mut harness = open(snapshot, true);
    assert!(harness.query_by_label_contains("hunter2").is_none());
    harness.get_by_label_contains("3: DB_PASSWORD=****");
    harness.key_press(Key::Y);
    harness.run_steps(2);
    let copied = harness.state().copied.join("\n");
    assert!(
        copied.contains("Authentication failed") && !copied.contains("hunter2"),
        "{copied}"
    );
}

#[test]
fn escape_and_the_button_close_it() {
    let mut harness = open(failed(TailPosition::Complete), true);
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    assert!(
        harness
            .query_by_label("Why search-indexer #412 failed")
            .is_none()
    );
    let mut harness = open(failed(TailPosition::Complete), true);
    harness.get_by_label_contains("Close").click();
    harness.run_steps(4);
    assert!(
        harness
            .query_by_label("Why search-indexer #412 failed")
            .is_none()
    );
}
