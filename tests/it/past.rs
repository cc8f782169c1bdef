//! The search in past builds, from hand-made findings: in pictures, by clicks and by keys.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, Key, Vec2};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotResults};
use starboard::model::build::BuildHistory;
use starboard::model::find::Query;
use starboard::model::focus::Focus;
use starboard::model::issue::IssueFinder;
use starboard::model::kept::Kept;
use starboard::model::ledger::Journal;
use starboard::model::log::{LineNo, TailPosition};
use starboard::model::oneshot::{Oneshot, Oneshots, Request, Response};
use starboard::model::past::{PastHit, PastHits, PastQuery, PastReading, PastSearch};
use starboard::model::settings::Settings;
use starboard::model::snapshot::Snapshot;
use starboard::ui::action::{Actions, FoundProfiles, KeptAction, UiAction};
use starboard::ui::route::{BuildsRoute, Route};
use starboard::ui::theme;
use starboard::ui::view::ViewContext;
use starboard::ui::widgets::past_builds::PastBuilds;

use crate::fixture::bare::NOW;
use crate::fixture::kept;
use crate::fixture::log;
use crate::harness::{self, Sheet};

const SIZE: Vec2 = Vec2::new(1100.0, 560.0);

struct Stage {
    snapshot: Snapshot,
    kept: Kept,
    oneshots: Oneshots,
    asked: Vec<UiAction>,
    focus: Focus,
    left: bool,
}

type Shared = Rc<RefCell<Stage>>;

fn hit(line: u32, text: &str, of: &str) -> PastHit {
    let start = text.find(of).unwrap();
    PastHit {
        line: LineNo(line),
        text: text.to_owned(),
        at: start..start + of.len(),
    }
}

fn search(done: bool) -> PastSearch {
    let query = PastQuery {
        project: kept::project(),
        query: Query::literal("thread".to_owned()),
    };
    let found = vec![
        Arc::new(PastHits {
            log: kept::log(412, "FAILED", 1),
            hits: 2,
            first: vec![
                hit(
                    210,
                    "thread 'case_17' panicked at src/lib.rs:88:9:",
                    "thread",
                ),
                hit(231, "error: the thread pool never came to rest", "thread"),
            ],
        }),
        Arc::new(PastHits {
            log: kept::log(398, "FAILED", 41),
            hits: 1_204,
            first: vec![hit(
                9,
                "…a very long line, clipped around what was found: thread 'case_17' panicked at src/lib.rs:88:9, and on it goes…",
                "thread",
            )],
        }),
    ];
    PastSearch {
        query,
        found: Arc::new(found),
        searched: 3,
        of: 3,
        bytes: 3_600_000,
        took: Duration::from_micros(2_700),
        done,
    }
}

/// A page of the project's history.
fn page(numbers: &[i64], after: Option<&str>, next: Option<&str>) -> (Request, Oneshot) {
    let mut build = log::failed_build();
    let mut builds = Vec::new();
    for number in numbers {
        build.id = format!("search-indexer:{number}").into();
        build.number = Some(*number);
        let log = build.log.as_mut().unwrap();
        log.stream = number.to_string().into();
        builds.push(Arc::new(build.clone()));
    }
    let history = BuildHistory {
        builds,
        next: next.map(str::to_owned),
    };
    let request = Request::BuildHistory {
        project: kept::project(),
        after: after.map(str::to_owned),
    };
    let answer = Oneshot::Ready {
        at: NOW,
        response: Response::BuildHistory(Arc::new(history)),
    };
    (request, answer)
}

fn stage(search: Option<PastSearch>) -> Shared {
    let text = log::failing();
    Rc::new(RefCell::new(Stage {
        snapshot: log::snapshot(log::failed_build(), Some((&text, TailPosition::Complete))),
        kept: Kept {
            search: search.map(Arc::new),
            ..kept::kept()
        },
        oneshots: Oneshots::from([page(&[410, 409], None, None)]),
        asked: Vec::new(),
        focus: Focus::default(),
        left: false,
    }))
}

fn open(stage: &Shared, dark: bool) -> Harness<'static, Sheet<'static>> {
    let stage = Rc::clone(stage);
    let mut past = PastBuilds::default();
    harness::sheet(SIZE, dark, move |ui| {
        let stage = &mut *stage.borrow_mut();
        stage.focus = Focus::default();
        let mut actions = Actions::default();
        let background = harness::AtOnce(ui.ctx().clone());
        let mut cx = ViewContext {
            snapshot: &stage.snapshot,
            now: NOW,
            route: &Route::Board,
            settings: &Settings::default(),
            issues: &IssueFinder::new(&[]).unwrap(),
            oneshots: &stage.oneshots,
            journal: &Journal::default(),
            kept: &stage.kept,
            profiles: &FoundProfiles::default(),
            background: &background,
            covered: false,
            actions: &mut actions,
            focus: &mut stage.focus,
        };
        theme::of(ui).panel_frame().show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            stage.left |= past.ui(ui, &mut cx, &kept::project());
        });
        stage.asked.extend(actions.take());
    })
}

fn type_thread(harness: &mut Harness<'static, Sheet<'static>>) {
    harness.run_steps(2);
    let fields = harness.query_all_by_role(egui::accesskit::Role::TextInput);
    fields.last().unwrap().type_text("thread");
    harness.run_steps(3);
}

fn kept_actions(stage: &Shared) -> Vec<KeptAction> {
    let asked = std::mem::take(&mut stage.borrow_mut().asked);
    let kept = asked.into_iter().filter_map(|action| match action {
        UiAction::Kept(action) => Some(action),
        _ => None,
    });
    kept.collect()
}

#[test]
fn what_was_found_is_shown_beside_the_log_at_that_line() {
    let mut results = SnapshotResults::new();
    for (dark, suffix) in [(true, "dark"), (false, "light")] {
        let stage = stage(Some(search(true)));
        let mut harness = open(&stage, dark);
        type_thread(&mut harness);
        harness.get_by_label_contains("1 206 hits in 2 of 3 builds · 0.9 ms a build");
        harness.key_press(Key::Enter);
        harness.run_steps(8);
        assert_eq!(stage.borrow().focus.logs, [log::log_key()]);
        harness.get_by_label("line 211");
        harness.snapshot(format!("past-builds-{suffix}"));
        results.extend_harness(&mut harness);
    }
}

#[test]
fn typing_asks_once_for_what_is_typed_and_leaving_ends_it() {
    let stage = stage(None);
    let mut harness = open(&stage, true);
    type_thread(&mut harness);
    let asked = kept_actions(&stage);
    assert!(matches!(asked[0], KeptAction::Look), "{asked:?}");
    let searches: Vec<_> = asked
        .iter()
        .filter_map(|action| match action {
            KeptAction::Search(Some(past)) => Some(past.query.text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(searches, ["thread"]);
    harness.run_steps(3);
    assert!(kept_actions(&stage).is_empty(), "nothing is asked twice");
    // Logs that were kept since belong to the answer.
    stage.borrow_mut().kept.revision += 1;
    harness.run_steps(2);
    assert_eq!(kept_actions(&stage).len(), 1);
    harness
        .get_by_label_contains("Back from the search")
        .click();
    harness.run_steps(2);
    assert!(stage.borrow().left);
    assert!(matches!(
        kept_actions(&stage)[..],
        [KeptAction::Search(None), ..]
    ));
}

#[test]
fn builds_that_are_not_kept_are_named_and_read_only_when_asked_for() {
    let stage = stage(None);
    let mut harness = open(&stage, true);
    harness.run_steps(2);
    harness.get_by_label_contains("2 builds are not kept: #410, #409");
    kept_actions(&stage);
    harness
        .get_by_label_contains("Read 2 logs (about 6 calls)")
        .click();
    harness.run_steps(2);
    let asked = kept_actions(&stage);
    let [KeptAction::Read { logs, .. }] = &asked[..] else {
        panic!("{asked:?}");
    };
    assert_eq!(logs.len(), 2);
    stage.borrow_mut().kept.reading = Some(Arc::new(PastReading {
        project: kept::project(),
        read: 1,
        of: 2,
        calls: 4,
        gone: 0,
        fault: None,
        done: false,
    }));
    harness.run_steps(2);
    harness.get_by_label_contains("Read 1 of 2 logs in 4 calls");
    harness.get_by_label("Stop reading").click();
    harness.run_steps(2);
    assert!(matches!(
        kept_actions(&stage)[..],
        [KeptAction::StopReading]
    ));
}

#[test]
fn older_builds_are_looked_for_a_page_at_a_time_and_only_when_asked_for() {
    let stage = stage(None);
    stage.borrow_mut().oneshots = Oneshots::from([page(&[410, 409], None, Some("more"))]);
    let mut harness = open(&stage, true);
    harness.run_steps(2);
    harness.get_by_label_contains("2 of the newest 3 builds are not kept: #410, #409");
    let (older, answer) = page(&[407], Some("more"), None);
    let asked_for = |stage: &Shared| {
        let asked = std::mem::take(&mut stage.borrow_mut().asked);
        let asked = asked.into_iter();
        asked
            .filter(|action| matches!(action, UiAction::Ask(request) if *request == older))
            .count()
    };
    assert_eq!(asked_for(&stage), 0);
    harness.get_by_label("Older builds").click();
    harness.run_steps(2);
    assert!(asked_for(&stage) > 0);
    harness.get_by_label_contains("2 of the newest 3 builds");
    stage.borrow_mut().oneshots.insert(older.clone(), answer);
    harness.run_steps(2);
    // There are no older ones.
    harness.get_by_label_contains("3 builds are not kept: #410, #409, #407");
    harness.get_by_label_contains("Read 3 logs");
    assert!(harness.query_by_label("Older builds").is_none());
}

#[test]
fn an_expression_that_is_none_is_said_and_not_searched_for() {
    let stage = stage(None);
    let mut harness = open(&stage, true);
    harness.run_steps(2);
    harness
        .get_by_label_contains("Regular expression: off")
        .click();
    harness.run_steps(2);
    kept_actions(&stage);
    let fields = harness.query_all_by_role(egui::accesskit::Role::TextInput);
    fields.last().unwrap().focus();
    harness.run_steps(1);
    let fields = harness.query_all_by_role(egui::accesskit::Role::TextInput);
    fields.last().unwrap().type_text("(a");
    harness.run_steps(2);
    harness.get_by_label_contains("unclosed group");
    assert!(kept_actions(&stage).is_empty());
}

#[test]
fn the_build_of_a_line_is_one_press_away() {
    let stage = stage(Some(search(true)));
    let mut harness = open(&stage, true);
    type_thread(&mut harness);
    harness.get_by_label_contains("Build #398, line 10").click();
    harness.run_steps(2);
    harness.get_by_label("Open build").click();
    harness.run_steps(2);
    let asked = &stage.borrow().asked;
    assert!(asked.iter().any(|action| matches!(
        action,
        UiAction::Go(Route::Builds(BuildsRoute::Build { build, .. }))
            if build.id.as_str() == "search-indexer:7d1f398"
    )));
}
