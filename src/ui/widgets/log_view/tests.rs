//! What a log view shows while its log is read, and while what has to be known of it is found out elsewhere.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use eframe::egui::{RawInput, vec2};
use proptest::strategy::Strategy;

use super::rows::{Row, RowNo};
use super::scroll::ROW;
use super::*;
use crate::model::log::{LogBuffer, LogOrigin, TailPosition};
use crate::model::oneshot::Oneshots;
use crate::model::settings::LogClock;
use crate::model::time::Timestamp;
use crate::ui::background::Background;
use crate::ui::background::{Job, Wake};
use crate::ui::theme;

/// Keeps jobs until they are let go.
#[derive(Default)]
struct Held(Mutex<Vec<Job>>);

impl Held {
    fn release(&self) {
        let jobs = std::mem::take(&mut *self.0.lock().unwrap());
        for job in jobs {
            job();
        }
    }
}

impl Background for Held {
    fn run(&self, job: Job) {
        self.0.lock().unwrap().push(job);
    }

    fn wake(&self) -> Wake {
        Arc::new(|| {})
    }

    fn workers(&self) -> usize {
        1
    }
}

/// A view of twenty rows, and the log it shows.
struct Stage {
    context: egui::Context,
    view: LogView,
    buffer: LogBuffer,
    held: Held,
    running: bool,
    position: TailPosition,
}

impl Stage {
    fn new(running: bool, position: TailPosition) -> Self {
        let context = egui::Context::default();
        theme::install(&context);
        Self {
            context,
            view: LogView::default(),
            buffer: LogBuffer::default(),
            held: Held::default(),
            running,
            position,
        }
    }

    fn write(&mut self, lines: &[&str]) {
        for line in lines {
            self.buffer.append(0, line);
        }
    }

    fn frame(&mut self) {
        self.frame_with(Vec::new());
    }

    fn frame_with(&mut self, events: Vec<egui::Event>) {
        let raw = input(events);
        let log = self.buffer.snapshot();
        let key = LogKey {
            scope: crate::model::ids::Scope {
                account: "dev".into(),
                region: "eu-west-1".into(),
            },
            group: "group".into(),
            stream: "stream".into(),
        };
        let (logs, oneshots) = (BTreeMap::new(), Oneshots::new());
        let complete = self.position == TailPosition::Complete;
        let input = LogInput {
            key: &key,
            log: &log,
            position: self.position,
            origin: LogOrigin::Service,
            caught_up: complete || self.position == TailPosition::CaughtUp,
            complete,
            running: self.running,
            part_read: None,
            phases: &[],
            build: None,
            name: "",
            others: &[],
            logs: &logs,
            clock: LogClock::Off,
            now: Timestamp::from_millis(0),
            oneshots: &oneshots,
            background: &self.held,
            covered: false,
        };
        let view = &mut self.view;
        let mut output = self.context.run_ui(raw, |ui| {
            let mut actions = Actions::default();
            view.update(ui, &input);
            view.ui(ui, &input, &mut actions);
            view.keys(ui, &input, &mut actions);
        });
        // Nobody paints it.
        output.textures_delta.clear();
    }

    /// A click in the middle, on the log or on whatever was there before it.
    fn click(&mut self, on_the_log: bool) {
        for pressed in [true, false] {
            let pos = egui::pos2(300.0, 10.0 * ROW);
            let press = egui::Event::PointerButton {
                pos,
                button: egui::PointerButton::Primary,
                pressed,
                modifiers: egui::Modifiers::NONE,
            };
            let events = vec![egui::Event::PointerMoved(pos), press];
            if on_the_log {
                self.frame_with(events);
            } else {
                let mut output = self.context.run_ui(input(events), |_| {});
                output.textures_delta.clear();
            }
        }
    }

    /// Frames and jobs until nothing is left to be done.
    fn settle(&mut self) {
        for _ in 0..4 {
            self.frame();
            self.held.release();
        }
        self.frame();
    }

    /// The rows there are, in short.
    fn rows(&self) -> Vec<Row> {
        let rows = (0..self.view.rows.len()).map(RowNo);
        rows.filter_map(|row| self.view.rows.get(row)).collect()
    }

    /// What stands at the upper edge, and how much of it is above.
    fn top(&self) -> (Option<Row>, f32) {
        let place = self.view.place;
        (self.view.rows.get(place.row), place.offset)
    }

    /// The rows in view that show a line, with the height of their upper edges.
    fn lines_in_view(&self) -> Vec<(LineNo, f32)> {
        let place = self.view.place;
        (0..20)
            .filter_map(
                |down| match self.view.rows.get(RowNo(place.row.0 + down))? {
                    Row::Line(line) => Some((line, down as f32 * ROW - place.offset)),
                    Row::Section(_) | Row::Phase(_) | Row::Gap(..) => None,
                },
            )
            .collect()
    }
}

fn input(events: Vec<egui::Event>) -> RawInput {
    RawInput {
        screen_rect: Some(Rect::from_min_size(
            egui::Pos2::ZERO,
            vec2(800.0, 20.0 * ROW),
        )),
        events,
        ..RawInput::default()
    }
}

const STAMP: &str = "[Container] 2026/11/23 02:04:05";

fn failing() -> Vec<String> {
    let mut lines = vec![
        format!("{STAMP} Entering phase INSTALL"),
        format!("{STAMP} Running command npm ci"),
    ];
    lines.extend((0..50).map(|number| format!("package {number}")));
    lines.extend([
        format!("{STAMP} Phase complete: INSTALL State: SUCCEEDED"),
        format!("{STAMP} Entering phase BUILD"),
        format!("{STAMP} Running command cargo build"),
    ]);
    lines.extend((0..50).map(|number| format!("   Compiling crate_{number}")));
    lines.extend([
        "error[E0425]: cannot find value `x` in this scope".to_owned(),
        format!("{STAMP} Command did not exit successfully cargo build exit status 101"),
        format!("{STAMP} Phase complete: BUILD State: FAILED"),
    ]);
    lines
}

fn short(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

#[test]
fn folds_and_the_reason_are_found_elsewhere_and_nothing_is_shown_before_it_is_folded() {
    let mut stage = Stage::new(false, TailPosition::Complete);
    stage.write(&short(&failing()));
    stage.frame();
    stage.frame();
    assert_eq!(stage.rows(), [], "the folds are not known");
    stage.held.release();
    stage.frame();
    let command = stage.view.failed_command().map(str::to_owned);
    assert_eq!(command.as_deref(), Some("cargo build"));
    assert_eq!(
        stage.rows().first(),
        Some(&Row::Section(crate::model::fold::SectionNo(0)))
    );
    assert!(stage.view.why().is_none() && stage.view.place == Place::TOP);
    stage.held.release();
    stage.frame();
    assert_eq!(stage.view.why().map(|why| why.line), Some(LineNo(105)));
    let in_view = stage.lines_in_view();
    assert!(in_view.iter().any(|(line, _)| *line == LineNo(105)));
}

#[test]
fn a_finished_log_opens_at_its_beginning_and_goes_to_the_failure_once_it_is_read() {
    let lines = failing();
    let mut stage = Stage::new(false, TailPosition::Reading);
    for part in short(&lines).chunks(20) {
        stage.write(part);
        stage.settle();
        assert!(!stage.view.is_following());
        assert_eq!(stage.view.place, Place::TOP);
    }
    stage.position = TailPosition::Complete;
    stage.settle();
    let in_view = stage.lines_in_view();
    assert!(in_view.iter().any(|(line, _)| *line == LineNo(105)));
}

#[test]
fn who_went_somewhere_while_a_finished_log_is_read_stays_there() {
    let lines = failing();
    let mut stage = Stage::new(false, TailPosition::Reading);
    stage.write(&short(&lines)[..80]);
    stage.settle();
    stage.view.go_to(LineNo(10));
    stage.settle();
    let before = stage.lines_in_view();
    assert!(before.iter().any(|(line, _)| *line == LineNo(10)));
    stage.write(&short(&lines)[80..]);
    stage.settle();
    stage.position = TailPosition::Complete;
    stage.settle();
    assert!(stage.view.why().is_some());
    assert_eq!(stage.lines_in_view(), before);
}

#[test]
fn a_double_click_that_opened_the_log_selects_nothing_in_it_and_keeps_it_from_nowhere() {
    for elsewhere in [true, false] {
        let mut stage = Stage::new(false, TailPosition::Complete);
        stage.write(&short(&failing()));
        stage.frame();
        stage.held.release();
        stage.frame();
        assert!(stage.view.why().is_none(), "the reason is not known yet");
        stage.click(!elsewhere);
        stage.click(true);
        assert_eq!(stage.view.selected.is_none(), elsewhere);
        stage.settle();
        let in_view = stage.lines_in_view();
        let shows_why = in_view.iter().any(|(line, _)| *line == LineNo(105));
        assert_eq!(shows_why, elsewhere);
    }
}

#[test]
fn the_end_of_a_finished_log_is_not_followed_and_that_of_a_running_one_is() {
    for (running, follows) in [(true, true), (false, false)] {
        let mut stage = Stage::new(running, TailPosition::Reading);
        stage.write(&["text"; 100]);
        stage.view.gathers = false;
        stage.settle();
        assert_eq!(stage.view.is_following(), follows);
        stage.view.moves.push(Move::Follow(false));
        stage.view.moves.push(Move::Part(1.0));
        stage.settle();
        assert_eq!(stage.view.is_following(), follows, "at the end");
    }
}

#[test]
fn a_line_is_gone_to_once_its_folds_are_known() {
    let mut stage = Stage::new(false, TailPosition::Complete);
    stage.write(&short(&failing()));
    stage.frame();
    stage.view.go_to(LineNo(30));
    stage.frame();
    assert_eq!(stage.rows(), []);
    stage.settle();
    let in_view = stage.lines_in_view();
    assert!(in_view.iter().any(|(line, _)| *line == LineNo(30)));
}

/// Portions of a log as it comes: lines of all kinds.
fn portions() -> impl Strategy<Value = Vec<Vec<String>>> {
    let line = (0..16_u8, 0..1_000_u32).prop_map(|(kind, number)| match kind {
        0 => format!("{STAMP} Entering phase BUILD"),
        1 => format!("{STAMP} Phase complete: BUILD State: SUCCEEDED"),
        2 => format!("{STAMP} Phase complete: BUILD State: FAILED"),
        3 | 4 => format!("{STAMP} Running command make {number}"),
        5 => format!("{STAMP} Command did not exit successfully make exit status 2"),
        6 => format!("{STAMP} Phase complete: UPLOAD_ARTIFACTS State: SUCCEEDED"),
        7 => format!("::group::{number}"),
        8 => "::endgroup::".to_owned(),
        9 => format!("--- Heading {number}"),
        _ => format!("text {number}"),
    });
    let portion = proptest::collection::vec(line, 0..40);
    proptest::collection::vec(portion, 1..8)
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(48))]

    #[test]
    fn a_finished_log_that_comes_in_portions_folds_as_one_that_is_there(portions in portions()) {
        let mut by_portion = Stage::new(false, TailPosition::Reading);
        let mut at_once = Stage::new(false, TailPosition::Complete);
        for portion in &portions {
            by_portion.write(&short(portion));
            by_portion.settle();
            at_once.write(&short(portion));
        }
        by_portion.position = TailPosition::Complete;
        by_portion.settle();
        at_once.settle();
        proptest::prop_assert_eq!(by_portion.rows(), at_once.rows());
        proptest::prop_assert_eq!(by_portion.view.place, at_once.view.place);
    }

    #[test]
    fn what_is_read_stays_where_it_is_whatever_folds_come(
        portions in portions(),
        from in 0.0..1.0_f32,
        ends in proptest::bool::ANY,
    ) {
        let mut stage = Stage::new(true, TailPosition::CaughtUp);
        let (first, later) = portions.split_first().unwrap();
        stage.write(&["before"; 30]);
        stage.write(&short(first));
        stage.view.gathers = false;
        stage.settle();
        stage.view.moves.extend([Move::Follow(false), Move::Part(from * 0.9)]);
        stage.settle();
        let (before, top) = (stage.lines_in_view(), stage.top());
        for portion in later {
            stage.write(&short(portion));
            stage.settle();
        }
        if ends {
            stage.running = false;
            stage.position = TailPosition::Complete;
            stage.settle();
        }
        proptest::prop_assert_eq!(stage.top(), top);
        for (line, _) in &before {
            let is_there = match stage.view.rows.get(stage.view.rows.of_line(*line)) {
                Some(Row::Line(shown)) => shown == *line,
                // A heading is known to be one by the line after it.
                Some(Row::Section(header)) => stage.view.folds.start(header) == Some(*line),
                Some(Row::Phase(_) | Row::Gap(..)) | None => false,
            };
            proptest::prop_assert!(is_there, "{line:?}");
        }
    }
}

#[test]
fn numbers_are_grouped_by_three() {
    for (number, text) in [
        (0, "0"),
        (999, "999"),
        (1_204, "1 204"),
        (16_777_217, "16 777 217"),
    ] {
        assert_eq!(grouped(number), text);
    }
}
