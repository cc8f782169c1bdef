//! Every place of the window, in every condition, in both themes, against its picture; and the window by clicks and keys.
//!
//! The list is the registry: a view that is registered is looked at.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, SnapshotResults};
use starboard::model::issue::IssueFinder;
use starboard::model::kept::Kept;
use starboard::model::ledger::Journal;
use starboard::model::oneshot::{Oneshot, Oneshots, Request, Response};
use starboard::model::pipeline::Pipeline;
use starboard::model::remote::Remote;
use starboard::model::settings::Settings;
use starboard::model::snapshot::Snapshot;
use starboard::model::table::Table;
use starboard::model::time::Timestamp;
use starboard::ui::action::{FoundProfiles, UiAction};
use starboard::ui::route::{ProjectRoute, Route};
use starboard::ui::shell::{FrameInput, Window};
use starboard::ui::views::VIEWS;

use crate::fixture::builds;
use crate::fixture::harbour::{self, Condition, NOW};
use crate::fixture::project;
use crate::harness::{self, WINDOW};

/// A window on a hand-made snapshot. What it asks of the app is kept, settings are applied.
pub struct Wall {
    pub window: Window,
    pub snapshot: Snapshot,
    pub settings: Settings,
    issues: IssueFinder,
    pub oneshots: Oneshots,
    journal: Journal,
    kept: Kept,
    profiles: FoundProfiles,
    pub asked: Rc<RefCell<Vec<UiAction>>>,
    push: Rc<RefCell<Vec<Route>>>,
    pub now: Timestamp,
}

impl Wall {
    fn new(snapshot: Snapshot, dark: bool) -> Self {
        let settings = harbour::settings(dark);
        Self {
            window: Window::default(),
            snapshot,
            issues: IssueFinder::new(&settings.issue_patterns).unwrap(),
            settings,
            oneshots: Oneshots::default(),
            journal: Journal::default(),
            kept: crate::fixture::kept::kept(),
            profiles: harbour::profiles(),
            asked: Rc::default(),
            push: Rc::default(),
            now: NOW,
        }
    }
}

impl eframe::App for Wall {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        for route in self.push.borrow_mut().drain(..) {
            self.window.go(route);
        }
        let context = ui.ctx().clone();
        let output = self.window.ui(
            ui,
            &FrameInput {
                snapshot: &self.snapshot,
                now: self.now,
                settings: &self.settings,
                issues: &self.issues,
                oneshots: &self.oneshots,
                journal: &self.journal,
                kept: &self.kept,
                profiles: &self.profiles,
                background: &harness::AtOnce(context),
            },
        );
        for action in output.actions {
            match action {
                UiAction::Settings(change) => change(&mut self.settings),
                other => self.asked.borrow_mut().push(other),
            }
        }
    }
}

pub fn open(snapshot: Snapshot, dark: bool) -> Harness<'static, Wall> {
    let mut harness = harness::builder(WINDOW, dark).build_eframe(|_| Wall::new(snapshot, dark));
    harness.run();
    harness
}

fn full() -> Harness<'static, Wall> {
    open(harbour::snapshot(Condition::Full), true)
}

pub fn go(harness: &mut Harness<'static, Wall>, route: Route) {
    harness.state().push.borrow_mut().push(route);
    harness.run();
}

/// Where a view is looked at, and with what. A pipeline's page needs a pipeline; the others have a home.
fn scene(id: &str, home: Option<Route>, condition: Condition) -> (Snapshot, Oneshots, Route) {
    let snapshot = harbour::snapshot(condition);
    if id == "builds" {
        let route = home.expect("the list of builds");
        return (builds::add(snapshot, condition), Oneshots::default(), route);
    }
    if let Some(home) = home {
        return (snapshot, Oneshots::default(), home);
    }
    assert_eq!(id, "project", "a view without a home needs a scene here");
    let orders = project::orders_api();
    let route = Route::Project(ProjectRoute::new(orders.key.clone()));
    let known = project::snapshot(vec![orders.clone()]);
    let oneshots = project::answers(std::slice::from_ref(&orders));
    let mut pipelines = Table::default();
    pipelines.insert(match condition {
        Condition::Loading => Pipeline::new(orders.key.clone()),
        Condition::Empty => {
            let mut fresh = orders.clone();
            fresh.executions = Remote::ready(Arc::new(Vec::new()), NOW);
            fresh.actions = Remote::ready(Arc::new(Vec::new()), NOW);
            fresh.stages = Remote::ready(Arc::new(Vec::new()), NOW);
            fresh
        }
        Condition::Fault => {
            let mut broken = orders.clone();
            broken.stages.fail(harbour::denied());
            broken.executions.fail(harbour::denied());
            broken
        }
        Condition::Full | Condition::Stale => orders,
    });
    let snapshot = Snapshot {
        pipelines: Arc::new(pipelines),
        builds: known.builds,
        deployments: known.deployments,
        logs: known.logs,
        ..snapshot
    };
    (snapshot, oneshots, route)
}

#[test]
fn every_view_in_every_condition_looks_as_it_should() {
    let mut results = SnapshotResults::new();
    for entry in VIEWS {
        for condition in Condition::ALL {
            let (snapshot, oneshots, route) = scene(entry.id, (entry.home)(), condition);
            for (dark, theme) in [(true, "dark"), (false, "light")] {
                let mut harness = open(snapshot.clone(), dark);
                harness.state_mut().oneshots.clone_from(&oneshots);
                if condition == Condition::Stale && (entry.home)().is_none() {
                    harness.state_mut().now = NOW.plus(Duration::from_hours(2));
                }
                go(&mut harness, route.clone());
                harness.snapshot(format!("{}-{}-{theme}", entry.id, condition.name()));
                results.extend_harness(&mut harness);
            }
        }
    }
}

#[test]
fn dialogs_look_as_they_should() {
    let mut results = SnapshotResults::new();
    for (dark, theme) in [(true, "dark"), (false, "light")] {
        let mut palette = open(harbour::snapshot(Condition::Full), dark);
        palette.key_press_modifiers(Modifiers::COMMAND, Key::K);
        palette.run();
        palette.event(egui::Event::Text("api".to_owned()));
        palette.run();
        palette.snapshot(format!("palette-{theme}"));
        results.extend_harness(&mut palette);

        let mut keys = open(harbour::snapshot(Condition::Full), dark);
        keys.event(egui::Event::Text("?".to_owned()));
        keys.run();
        keys.snapshot(format!("keys-{theme}"));
        results.extend_harness(&mut keys);

        let mut welcome = open(Snapshot::default(), dark);
        welcome.snapshot(format!("welcome-{theme}"));
        results.extend_harness(&mut welcome);
    }
}

/// The pipelines on screen, from top to bottom.
fn rows(harness: &Harness<'_, Wall>) -> Vec<String> {
    harness
        .query_all_by_role(egui::Role::Row)
        .filter_map(|node| node.accesskit_node().label())
        .collect()
}

fn at(harness: &Harness<'_, Wall>) -> Route {
    harness.state().window.route().clone()
}

#[test]
fn the_filter_narrows_the_table_and_escape_clears_it() {
    let mut harness = full();
    assert_eq!(rows(&harness).len(), 14);
    harness.event(egui::Event::Text("/".to_owned()));
    harness.run();
    harness.event(egui::Event::Text("prod wait".to_owned()));
    harness.run();
    assert_eq!(rows(&harness), ["checkout-api", "ledger-batch"]);
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(rows(&harness).len(), 14);
    assert_eq!(at(&harness), Route::Board);
}

#[test]
fn a_row_opens_its_pipeline_and_the_way_back_leads_where_one_was() {
    let mut harness = full();
    harness
        .get_by_role_and_label(egui::Role::Row, "catalog-web")
        .click();
    harness.run();
    let Route::Project(route) = at(&harness) else {
        panic!("{:?}", at(&harness));
    };
    assert_eq!(route.pipeline.name.as_str(), "catalog-web");
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(at(&harness), Route::Board);
    harness.get_by_label("Forward").click();
    harness.run();
    assert!(matches!(at(&harness), Route::Project(_)));
}

#[test]
fn rows_are_walked_and_opened_by_key() {
    let mut harness = full();
    for key in [Key::J, Key::J, Key::K, Key::ArrowDown, Key::Enter] {
        harness.key_press(key);
        harness.run();
    }
    let Route::Project(route) = at(&harness) else {
        panic!("{:?}", at(&harness));
    };
    assert_eq!(route.pipeline.name.as_str(), "edge-router");
}

#[test]
fn the_keys_of_the_board_act_on_the_selected_row_first() {
    let reviewed = |harness: &Harness<'_, Wall>| {
        let asked = harness.state().asked.borrow();
        asked.iter().find_map(|action| match action {
            UiAction::Ask(Request::Review { pipeline, .. }) => Some(pipeline.name.to_string()),
            _ => None,
        })
    };
    let board = harbour::snapshot(Condition::Full).board;
    let first = board.needs[0].gate.pipeline.name.to_string();
    let later = board.needs[1].gate.pipeline.name.to_string();
    let select = |harness: &mut Harness<'static, Wall>, name: &str| {
        let place = rows(harness).iter().position(|row| row == name).unwrap();
        for _ in 0..=place {
            harness.key_press(Key::J);
            harness.run();
        }
    };
    let mut harness = full();
    harness.key_press(Key::A);
    harness.run();
    assert_eq!(reviewed(&harness), Some(first.clone()));
    let mut harness = full();
    select(&mut harness, &later);
    harness.key_press(Key::A);
    harness.run();
    assert_eq!(reviewed(&harness), Some(later));

    let older = board.failing.last().unwrap();
    for (name, leads_to) in [
        (older.pipeline.name.to_string(), &older.pipeline),
        (first, &board.failing[0].pipeline),
    ] {
        let mut harness = full();
        select(&mut harness, &name);
        harness.key_press(Key::W);
        harness.run();
        let Route::Project(route) = at(&harness) else {
            panic!("{:?}", at(&harness));
        };
        assert_eq!(route.pipeline, *leads_to, "from {name}");
    }
}

#[test]
fn escape_in_a_field_leaves_the_field_and_not_the_place() {
    let mut harness = full();
    go(&mut harness, Route::Repositories(None));
    harness.event(egui::Event::Text("/".to_owned()));
    harness.run();
    assert!(harness.ctx.text_edit_focused());
    harness.key_press(Key::Escape);
    harness.run();
    assert!(!harness.ctx.text_edit_focused());
    assert_eq!(at(&harness), Route::Repositories(None));
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(at(&harness), Route::Board);
}

#[test]
fn a_gate_is_opened_by_click_and_reads_itself_afresh() {
    let mut harness = full();
    harness.get_by_label("Review checkout-api").click();
    harness.run();
    let asked = harness.state().asked.borrow();
    let review = asked.iter().any(|action| {
        matches!(action, UiAction::Ask(Request::Review { pipeline, .. }) if pipeline.name.as_str() == "checkout-api")
    });
    assert!(review, "the card asks for a fresh reading");
    let sent = asked
        .iter()
        .any(|action| matches!(action, UiAction::Send(_)));
    assert!(!sent, "opening it decides nothing");
}

#[test]
fn a_link_on_the_approval_card_leads_back_to_the_card() {
    let mut harness = full();
    harness.get_by_label("Review checkout-api").click();
    harness.run();
    let request = harness
        .state()
        .asked
        .borrow()
        .iter()
        .find_map(|action| match action {
            UiAction::Ask(request @ Request::Review { .. }) => Some(request.clone()),
            _ => None,
        });
    let review = Response::Review(Arc::new(project::review()));
    let answer = Oneshot::Ready {
        at: NOW,
        response: review,
    };
    harness
        .state_mut()
        .oneshots
        .insert(request.unwrap(), answer);
    harness.run();
    harness.get_by_label("Comment").focus();
    harness.run();
    harness
        .get_by_label("Comment")
        .type_text("looked at the dashboards");
    harness.run();
    harness.get_by_label("Open the review link").click();
    harness.run();
    assert!(
        harness.query_by_label("Comment").is_none(),
        "the host is confirmed first"
    );
    harness.key_press(Key::Escape);
    harness.run();
    let comment = harness.get_by_label("Comment");
    assert_eq!(comment.value().as_deref(), Some("looked at the dashboards"));
}

#[test]
fn letters_typed_into_a_field_are_no_keys() {
    let mut harness = full();
    harness.event(egui::Event::Text("/".to_owned()));
    harness.run();
    for key in [Key::A, Key::W, Key::J] {
        harness.key_press(key);
        harness.run();
    }
    assert_eq!(at(&harness), Route::Board);
    assert!(harness.state().asked.borrow().is_empty());
}

#[test]
fn the_palette_goes_where_it_is_told_and_enter_takes_the_first() {
    let mut harness = full();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    harness.event(egui::Event::Text("setti".to_owned()));
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(at(&harness), Route::Settings);
    harness.get_by_label("Theme: Light").click();
    harness.run();
    assert_eq!(
        harness.state().settings.theme,
        starboard::model::settings::ThemeChoice::Light
    );
    assert!(!harness.ctx.global_style().visuals.dark_mode);
}

/// Types into the palette and takes the first.
fn choose(harness: &mut Harness<'static, Wall>, words: &str) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    harness.event(egui::Event::Text(words.to_owned()));
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
}

#[test]
fn the_palette_takes_a_pipeline_before_the_gates_in_it() {
    let mut harness = full();
    choose(&mut harness, "checkout");
    let Route::Project(route) = at(&harness) else {
        panic!("{:?}", at(&harness));
    };
    assert_eq!(route.pipeline.name.as_str(), "checkout-api");
    assert_eq!(route.execution, None);
}

#[test]
fn the_palette_does_what_the_header_of_the_pipeline_on_screen_does() {
    let (snapshot, oneshots, route) = scene("project", None, Condition::Full);
    let mut harness = open(snapshot, true);
    harness.state_mut().oneshots = oneshots;
    go(&mut harness, route);
    choose(&mut harness, "release change");
    harness.get_by_label_contains("Release the newest: orders-api in prod");
    let asked = harness.state().asked.borrow();
    let sent = |action: &UiAction| matches!(action, UiAction::Send(_));
    assert!(!asked.iter().any(sent), "it asks first");
}

#[test]
fn the_size_is_changed_over_a_dialog_too() {
    let mut harness = full();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Minus);
    harness.run();
    let zoom = harness.state().settings.zoom;
    assert!((zoom - 0.9).abs() < 0.001, "{zoom}");
    assert!(harness.ctx.text_edit_focused(), "the palette stays open");
}

#[test]
fn a_settled_window_asks_for_no_frame_but_for_its_ages() {
    let harness = full();
    let output = &harness.output().viewport_output[&egui::ViewportId::ROOT];
    assert!(
        output.repaint_delay >= std::time::Duration::from_millis(250),
        "{:?}",
        output.repaint_delay
    );
}

#[test]
fn a_switch_on_a_card_asks_for_the_changed_account_and_nothing_else() {
    let mut harness = full();
    go(&mut harness, Route::Accounts);
    let switches: Vec<_> = harness.get_all_by_label("Read-only").collect();
    switches[0].click();
    drop(switches);
    harness.run();
    let asked = harness.state().asked.borrow();
    let [UiAction::PutAccount(account)] = asked.as_slice() else {
        panic!("one account is put");
    };
    assert_eq!(account.name.as_str(), "dev");
    assert!(account.read_only);
}

#[test]
fn a_write_asks_first_and_a_second_click_finds_nothing_to_press() {
    let (snapshot, oneshots, route) = scene("project", None, Condition::Full);
    let mut harness = open(snapshot, true);
    harness.state_mut().oneshots = oneshots;
    go(&mut harness, route);
    harness.get_by_label("Release change…").click();
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    let sent = |harness: &Harness<'_, Wall>| {
        let asked = harness.state().asked.borrow();
        asked
            .iter()
            .filter(|action| matches!(action, UiAction::Send(_)))
            .count()
    };
    assert_eq!(sent(&harness), 0, "Enter is no yes");
    harness.snapshot("confirm-dark");
    let button = harness.get_by(|node| {
        node.role() == egui::Role::Button
            && node.label().is_some_and(|label| {
                label.starts_with("Release") && label.contains("4821-0093-7715")
            })
    });
    let at = button.rect().center();
    for _ in 0..2 {
        harness.hover_at(at);
        for pressed in [true, false] {
            harness.event(egui::Event::PointerButton {
                pos: at,
                button: egui::PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            });
        }
    }
    harness.run();
    assert_eq!(sent(&harness), 1, "two clicks are one write");
}
