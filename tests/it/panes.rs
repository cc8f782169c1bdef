//! The build's and the deployment's pane, from hand-made snapshots: in pictures, by clicks and by keys.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use eframe::egui::{self, Key, Modifiers, Vec2};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotResults};
use starboard::model::command::Command;
use starboard::model::focus::Focus;
use starboard::model::issue::IssueFinder;
use starboard::model::kept::Kept;
use starboard::model::ledger::Journal;
use starboard::model::log::{LogOrigin, LogTail, TailPosition};
use starboard::model::oneshot::Oneshots;
use starboard::model::remote::Remote;
use starboard::model::settings::Settings;
use starboard::model::snapshot::Snapshot;
use starboard::ui::action::{Actions, FoundProfiles, UiAction};
use starboard::ui::route::Route;
use starboard::ui::theme;
use starboard::ui::view::ViewContext;
use starboard::ui::widgets::build_pane::BuildPane;
use starboard::ui::widgets::deployment_pane::DeploymentPane;

use crate::fixture;
use crate::fixture::bare::NOW;
use crate::harness::{self, Sheet};

/// As wide as the pane is in a window of 1440 points.
const SIZE: Vec2 = Vec2::new(1000.0, 620.0);

/// What a pane is shown with, and what it asked for.
pub struct Stage {
    pub snapshot: Snapshot,
    pub settings: Settings,
    pub focus: Focus,
    pub asked: Vec<UiAction>,
}

pub type Shared = Rc<RefCell<Stage>>;

pub fn stage(snapshot: Snapshot) -> Shared {
    Rc::new(RefCell::new(Stage {
        snapshot,
        settings: Settings::default(),
        focus: Focus::default(),
        asked: Vec::new(),
    }))
}

fn paint(
    stage: &Shared,
    ui: &mut egui::Ui,
    pane: impl FnOnce(&mut egui::Ui, &mut ViewContext<'_>),
) {
    let Stage {
        snapshot,
        settings,
        focus,
        asked,
    } = &mut *stage.borrow_mut();
    *focus = Focus::default();
    let mut actions = Actions::default();
    let mut cx = ViewContext {
        snapshot,
        now: NOW,
        route: &Route::Board,
        settings,
        issues: &IssueFinder::new(&[]).expect("built-in patterns"),
        oneshots: &Oneshots::new(),
        journal: &Journal::default(),
        kept: &Kept::default(),
        profiles: &FoundProfiles::default(),
        background: &harness::AtOnce(ui.ctx().clone()),
        covered: false,
        actions: &mut actions,
        focus,
    };
    let theme = theme::of(ui);
    theme.panel_frame().show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        pane(ui, &mut cx);
    });
    asked.extend(actions.take());
}

pub fn build_harness(stage: &Shared, dark: bool) -> Harness<'static, Sheet<'static>> {
    let stage = Rc::clone(stage);
    let mut pane = BuildPane::default();
    harness::sheet(SIZE, dark, move |ui| {
        paint(&stage, ui, |ui, cx| {
            pane.ui(ui, cx, &fixture::log::build_key());
        });
    })
}

fn fleet_harness(stage: &Shared, dark: bool) -> Harness<'static, Sheet<'static>> {
    let stage = Rc::clone(stage);
    let mut pane = DeploymentPane::default();
    harness::sheet(SIZE, dark, move |ui| {
        paint(&stage, ui, |ui, cx| pane.ui(ui, cx, &fixture::fleet::key()));
    })
}

pub fn shots(name: &str, make: impl Fn(bool) -> Harness<'static, Sheet<'static>>) {
    let mut results = SnapshotResults::new();
    for (dark, suffix) in [(true, "dark"), (false, "light")] {
        let mut harness = make(dark);
        harness.run_steps(4);
        harness.snapshot(format!("{name}-{suffix}"));
        results.extend_harness(&mut harness);
    }
}

#[test]
fn a_failed_build_says_why_and_shows_the_line() {
    let log = fixture::log::failing();
    let stage = stage(fixture::log::snapshot(
        fixture::log::failed_build(),
        Some((&log, TailPosition::Complete)),
    ));
    shots("pane-build-failed", |dark| build_harness(&stage, dark));
    let mut harness = build_harness(&stage, true);
    harness.run();
    harness.get_by_label_contains("1 test failed in BUILD");
    harness.get_by_label_contains("211: thread");
    assert!(
        harness.query_by_label_contains("Compiling serde").is_none(),
        "what succeeded is folded"
    );
    let stage = stage.borrow();
    assert_eq!(stage.focus.build, Some(fixture::log::build_key()));
    assert_eq!(stage.focus.logs, [fixture::log::log_key()]);
}

#[test]
fn a_running_build_follows_until_a_person_scrolls_up() {
    let mut log = fixture::log::running();
    let stage = stage(fixture::log::snapshot(
        fixture::log::running_build(),
        Some((&log, TailPosition::CaughtUp)),
    ));
    let mut harness = build_harness(&stage, true);
    harness.run_steps(4);
    harness.get_by_label_contains("case_47");
    let grow = |log: &mut fixture::log::Writer, lines: u32| {
        for number in 0..lines {
            log.line(&format!("late line {number}"));
        }
        let tail = LogTail {
            log: log.buffer.snapshot(),
            position: TailPosition::CaughtUp,
            origin: LogOrigin::Service,
        };
        Arc::make_mut(&mut stage.borrow_mut().snapshot.logs)
            .insert(fixture::log::log_key(), Remote::ready(tail, NOW));
    };
    grow(&mut log, 3);
    harness.run_steps(4);
    harness.get_by_label_contains("late line 2");
    harness.hover_at(egui::pos2(400.0, 300.0));
    harness.run_steps(2);
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, 200.0),
        modifiers: Modifiers::NONE,
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
    });
    harness.run_steps(30);
    grow(&mut log, 1_204);
    harness.run_steps(4);
    assert!(harness.query_by_label_contains("late line 1203").is_none());
    harness.snapshot("pane-build-let-go-dark");
    harness.get_by_label_contains("1 204 new lines").click();
    harness.run_steps(4);
    harness.get_by_label_contains("late line 1203");
}

#[test]
fn a_search_unfolds_what_it_finds_and_counts_truly() {
    let log = fixture::log::failing();
    let stage = stage(fixture::log::snapshot(
        fixture::log::failed_build(),
        Some((&log, TailPosition::Complete)),
    ));
    let mut harness = build_harness(&stage, true);
    harness.run();
    harness.event(egui::Event::Text("/".to_owned()));
    harness.run();
    let field = harness.get_by_role(egui::accesskit::Role::TextInput);
    field.type_text("compiling tantivy");
    harness.run();
    harness.get_by_label("1 of 35");
    harness.get_by_label_contains("Compiling tantivy v0.25.0 (3/140)");
    harness.key_press(Key::Enter);
    harness.run();
    harness.get_by_label("2 of 35");
    harness.snapshot("pane-build-search-dark");
    // The log has the keyboard now.
    assert!(!harness.ctx.text_edit_focused());
    harness.get_by(|node| node.role() == egui::accesskit::Role::Document && node.is_focused());
    harness.key_press(Key::N);
    harness.run();
    harness.get_by_label("3 of 35");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::N);
    harness.run();
    harness.get_by_label("2 of 35");
}

#[test]
fn lines_are_selected_and_copied_as_they_are_drawn() {
    let log = fixture::log::failing();
    let stage = stage(fixture::log::snapshot(
        fixture::log::failed_build(),
        Some((&log, TailPosition::Complete)),
    ));
    let mut harness = build_harness(&stage, true);
    harness.run();
    harness.get_by_label_contains("test result: FAILED").click();
    harness.run();
    harness.key_press(Key::Y);
    harness.run();
    let asked = std::mem::take(&mut stage.borrow_mut().asked);
    let copied: Vec<_> = asked
        .into_iter()
        .filter_map(|action| match action {
            UiAction::Copy(text) => Some(text),
            _ => None,
        })
        .collect();
    assert_eq!(
        copied,
        ["test result: FAILED. 212 passed; 1 failed; 0 ignored; finished in 71.32s"]
    );
}

#[test]
fn a_hostile_line_is_marked_and_a_long_one_can_be_opened() {
    let mut log = fixture::log::Writer::new(NOW.millis());
    log.line("\u{1b}]0;owned\u{7}title \u{1b}[2J clear \u{202e}txt.exe\u{0} \u{1b}]8;;https://evil.example\u{7}link")
        .line(" 10 %\r 50 %\r100 % done")
        .line("\u{1b}[38;5;208m256 colours\u{1b}[0m \u{1b}[38;2;90;200;250mtrue colour\u{1b}[0m \u{1b}[1;4mbold underlined\u{1b}[0m \u{1b}[7minverse\u{1b}[0m \u{1b}[9mstruck\u{1b}[0m")
        .line(&"long ".repeat(400));
    for colour in 0..8 {
        log.line(&format!("\u{1b}[3{colour}mcolour {colour}\u{1b}[0m \u{1b}[9{colour}mbright {colour}\u{1b}[0m \u{1b}[4{colour}mbehind {colour}\u{1b}[0m"));
    }
    let mut build = fixture::log::failed_build();
    build.state = starboard::model::status::State::of_build("SUCCEEDED");
    build.phases.clear();
    let stage = stage(fixture::log::snapshot(
        build,
        Some((&log, TailPosition::Complete)),
    ));
    let open = |dark| {
        let mut harness = build_harness(&stage, dark);
        harness.run();
        harness.get_by_label("Show all of line 4").click();
        harness.run();
        harness
    };
    shots("pane-build-hostile", open);
    let harness = open(true);
    harness.get_by_label_contains("‹U+202E›txt.exe\u{2400}");
    harness.get_by_label("2: 100 % done");
    assert!(harness.query_by_label_contains("evil").is_none());
    harness.get_by_label("2 000 characters");
}

#[test]
fn a_build_without_a_log_says_what_it_waits_for() {
    let mut build = fixture::log::running_build();
    build.log = None;
    build.phases = vec![
        fixture::log::phase("SUBMITTED", "SUCCEEDED", Some(0)),
        fixture::log::phase("QUEUED", "SUCCEEDED", Some(14)),
        fixture::log::phase("PROVISIONING", "IN_PROGRESS", None),
    ];
    let stage = stage(fixture::log::snapshot(build, None));
    let mut harness = build_harness(&stage, true);
    harness.run_steps(4);
    harness.get_by_label_contains("No log yet");
    harness.snapshot("pane-build-provisioning-dark");
}

#[test]
fn stopping_a_build_asks_first_and_a_read_only_account_says_why_not() {
    let log = fixture::log::running();
    let stage = stage(fixture::log::snapshot(
        fixture::log::running_build(),
        Some((&log, TailPosition::CaughtUp)),
    ));
    let mut harness = build_harness(&stage, true);
    harness.run_steps(4);
    harness.get_by_label_contains("Stop build…").click();
    harness.run_steps(4);
    assert!(
        matches!(
            stage.borrow().asked.as_slice(),
            [UiAction::Confirm(confirmation)]
                if matches!(confirmation.command, Command::StopBuild { .. }) && confirmation.dangerous
        ),
        "nothing but a question"
    );
    stage.borrow_mut().asked.clear();
    fixture::bare::read_only(&mut stage.borrow_mut().snapshot);
    harness.run_steps(4);
    harness.get_by_label_contains("Stop build…").click();
    harness.run_steps(4);
    assert!(stage.borrow().asked.is_empty());
}

#[test]
fn a_rolling_deployment_shows_where_it_failed_and_why() {
    let stage = stage(fixture::fleet::snapshot(
        fixture::fleet::deployment(),
        Some(fixture::fleet::targets()),
    ));
    shots("pane-fleet", |dark| fleet_harness(&stage, dark));
    let mut harness = fleet_harness(&stage, true);
    harness.run_steps(4);
    harness.get_by_label("9 of 12 serving, at least 9: 2 more may fail");
    harness.get_by_label_contains("ScriptFailed after 1 m 00 s on i-0c31e7d2f9af");
    harness.get_by_label_contains("still 503 after 60 s, giving up");
    harness
        .get_by_label_contains("i-0b52e6a01f3d AfterInstall")
        .click();
    harness.run_steps(4);
    harness.get_by_label_contains("InProgress after");
    assert_eq!(stage.borrow().focus.deployment, Some(fixture::fleet::key()));
    harness.get_by_label_contains("Stop and roll back…").click();
    harness.run_steps(4);
    let asked = &stage.borrow().asked;
    let Some(UiAction::Confirm(confirmation)) = asked.last() else {
        panic!("nothing was asked");
    };
    assert!(confirmation.consequences[0].contains("indeterminate deployment state"));
}

#[test]
fn a_narrow_deployment_keeps_its_title_and_drops_what_would_cut_it() {
    let mut deployment = fixture::fleet::deployment();
    deployment.group = "orders-fleet-production".to_owned();
    let stage = stage(fixture::fleet::snapshot(
        deployment,
        Some(fixture::fleet::targets()),
    ));
    let mut pane = DeploymentPane::default();
    let narrow = Vec2::new(500.0, 400.0);
    let mut harness = harness::sheet(narrow, true, move |ui| {
        paint(&stage, ui, |ui, cx| pane.ui(ui, cx, &fixture::fleet::key()));
    });
    harness.run_steps(4);
    let title = harness.get_by_label("orders-fleet-production").rect();
    let stop = harness.get_by_label_contains("Stop and roll back…").rect();
    assert!(title.right() <= stop.left(), "{title} {stop}");
    assert!(harness.query_by_label("rolls back on failure").is_none());
    harness.snapshot("pane-fleet-narrow-dark");
}

#[test]
fn a_large_fleet_paints_only_what_is_in_view_and_arrows_move_in_it() {
    let mut targets = Vec::new();
    for number in 0..2_000 {
        targets.push(fixture::fleet::target(
            &format!("i-{number:012x}"),
            7,
            "",
            "Succeeded",
        ));
    }
    let mut deployment = fixture::fleet::deployment();
    deployment.state = starboard::model::status::State::of_deployment("Failed");
    deployment.error = Some(starboard::model::deployment::DeploymentError {
        code: "HEALTH_CONSTRAINTS".to_owned(),
        message:
            "The overall deployment failed because too many individual instances failed deployment."
                .to_owned(),
    });
    let stage = stage(fixture::fleet::snapshot(deployment, Some(targets)));
    let mut harness = fleet_harness(&stage, true);
    harness.run_steps(4);
    let cells = harness
        .query_all_by_role(egui::accesskit::Role::Cell)
        .count();
    assert!(cells > 0 && cells < 400, "{cells}");
    harness
        .get_by_label_contains("i-000000000003 Install")
        .click();
    harness.run_steps(2);
    harness.snapshot("pane-fleet-large-dark");
    harness.get_by_label_contains("Succeeded after 11 s on i-000000000003");
    harness.get_by_role(egui::accesskit::Role::Grid).focus();
    harness.run_steps(2);
    for _ in 0..300 {
        harness.key_press(Key::ArrowDown);
        harness.step();
    }
    harness.run_steps(2);
    harness.get_by_label_contains("on i-00000000012f");
}

#[test]
fn a_deployment_that_has_not_started_says_so() {
    let mut deployment = fixture::fleet::deployment();
    deployment.state = starboard::model::status::State::of_deployment("Queued");
    deployment.overview = None;
    let stage = stage(fixture::fleet::snapshot(deployment, None));
    let mut harness = fleet_harness(&stage, true);
    harness.run_steps(4);
    harness.get_by_label_contains("has not started");
}

#[test]
fn a_log_of_many_lines_is_exact_at_both_ends_and_idle_once_read() {
    const LINES: u32 = 250_000;
    let mut log = fixture::log::Writer::new(NOW.millis());
    for number in 1..=LINES {
        log.line(&format!("line number {number}"));
    }
    let mut build = fixture::log::failed_build();
    build.state = starboard::model::status::State::of_build("SUCCEEDED");
    build.phases.clear();
    let stage = stage(fixture::log::snapshot(
        build,
        Some((&log, TailPosition::Complete)),
    ));
    let mut harness = build_harness(&stage, true);
    harness.run_steps(8);
    harness.get_by_label("1: line number 1");
    harness.get_by_role(egui::accesskit::Role::Document).focus();
    harness.run_steps(2);
    harness.key_press(Key::End);
    harness.run();
    harness.get_by_label(&format!("{LINES}: line number {LINES}"));
    let rows = harness.query_all_by_label_contains("line number").count();
    assert!(rows < 40, "only the rows in view are painted: {rows}");
    harness.key_press(Key::Home);
    harness.run();
    harness.get_by_label("1: line number 1");
}
