//! The whole window on a hand-made snapshot: what it asks of the app is kept, and nothing of it is done.

use std::cell::RefCell;
use std::rc::Rc;

use eframe::egui::{self, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use starboard::model::command::Command;
use starboard::model::focus::Focus;
use starboard::model::issue::IssueFinder;
use starboard::model::kept::Kept;
use starboard::model::ledger::Journal;
use starboard::model::oneshot::{Oneshot, Oneshots, Request};
use starboard::model::pipeline::Pipeline;
use starboard::model::settings::Settings;
use starboard::model::snapshot::Snapshot;
use starboard::ui::action::{FoundProfiles, UiAction};
use starboard::ui::route::{ProjectRoute, Route};
use starboard::ui::shell::{FrameInput, Window};

use crate::fixture::pipeline::NOW;
use crate::fixture::project as fixture;
use crate::harness;

pub struct Desk {
    window: Window,
    pub snapshot: Snapshot,
    pub oneshots: Rc<RefCell<Oneshots>>,
    settings: Settings,
    pub asked: Rc<RefCell<Vec<UiAction>>>,
    /// What the views let go of, in order.
    pub dismissed: Rc<RefCell<Vec<Request>>>,
    focus: Focus,
}

pub type OnDesk = Harness<'static, Desk>;

/// The Project of the first pipeline, in a window of this size.
pub fn open(
    size: Vec2,
    dark: bool,
    pipelines: Vec<Pipeline>,
    at: impl FnOnce(&mut ProjectRoute),
) -> OnDesk {
    open_with(size, dark, pipelines, at, |_, _| {})
}

pub fn open_with(
    size: Vec2,
    dark: bool,
    pipelines: Vec<Pipeline>,
    at: impl FnOnce(&mut ProjectRoute),
    prepare: impl FnOnce(&mut Snapshot, &mut Oneshots),
) -> OnDesk {
    let mut route = ProjectRoute::new(pipelines.first().unwrap().key.clone());
    at(&mut route);
    let mut oneshots = fixture::answers(&pipelines);
    let mut snapshot = fixture::snapshot(pipelines);
    prepare(&mut snapshot, &mut oneshots);
    let mut harness = harness::builder(size, dark).build_eframe(|_| {
        let mut window = Window::default();
        window.go(Route::Project(route));
        let settings = Settings {
            theme: if dark {
                starboard::model::settings::ThemeChoice::Dark
            } else {
                starboard::model::settings::ThemeChoice::Light
            },
            ..Settings::default()
        };
        Desk {
            window,
            snapshot,
            oneshots: Rc::new(RefCell::new(oneshots)),
            settings,
            asked: Rc::default(),
            dismissed: Rc::default(),
            focus: Focus::default(),
        }
    });
    harness.run();
    harness
}

impl eframe::App for Desk {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let oneshots = self.oneshots.borrow().clone();
        let context = ui.ctx().clone();
        let output = self.window.ui(
            ui,
            &FrameInput {
                snapshot: &self.snapshot,
                now: NOW,
                settings: &self.settings,
                issues: &IssueFinder::new(&[]).unwrap(),
                oneshots: &oneshots,
                journal: &Journal::default(),
                kept: &Kept::default(),
                profiles: &FoundProfiles::default(),
                background: &harness::AtOnce(context),
            },
        );
        self.focus = output.focus;
        for action in output.actions {
            match action {
                UiAction::Settings(change) => change(&mut self.settings),
                // What a fixture has answered stays answered; anything else is on its way.
                UiAction::Ask(request) => {
                    let pending = Oneshot::Pending {
                        since: NOW,
                        before: None,
                    };
                    self.oneshots.borrow_mut().entry(request).or_insert(pending);
                }
                UiAction::Dismiss(request) => {
                    let mut oneshots = self.oneshots.borrow_mut();
                    if let Some(Oneshot::Pending { .. }) = oneshots.get(&request) {
                        oneshots.remove(&request);
                    }
                    drop(oneshots);
                    self.dismissed.borrow_mut().push(request);
                }
                other => self.asked.borrow_mut().push(other),
            }
        }
    }
}

impl Desk {
    pub fn route(&self) -> ProjectRoute {
        match self.window.route() {
            Route::Project(route) => route.clone(),
            other => panic!("at {other:?}"),
        }
    }

    /// What was on screen in the last frame, as the engine is told.
    pub fn focus(&self) -> Focus {
        self.focus.clone()
    }

    /// The commands that left, in order.
    pub fn sent(&self) -> Vec<Command> {
        let asked = self.asked.borrow();
        let sent = asked.iter().filter_map(|action| match action {
            UiAction::Send(command) => Some(command.clone()),
            _ => None,
        });
        sent.collect()
    }
}

/// Presses what has these words in its name.
pub fn press(harness: &mut OnDesk, words: &str) {
    let all = harness.query_all_by_label_contains(words);
    let node = all
        .into_iter()
        .find(|node| {
            let node = node.accesskit_node();
            !node.is_disabled() && node.role() != egui::accesskit::Role::Label
        })
        .unwrap_or_else(|| panic!("nothing to press is named {words}"));
    node.click();
    harness.run();
}

/// Types into the field whose name has these words.
pub fn type_into(harness: &mut OnDesk, words: &str, text: &str) {
    for step in [0, 1] {
        let fields = harness.query_all_by_label_contains(words);
        let field = fields
            .into_iter()
            .find(|node| {
                matches!(
                    node.accesskit_node().role(),
                    egui::accesskit::Role::TextInput
                        | egui::accesskit::Role::MultilineTextInput
                        | egui::accesskit::Role::SearchInput
                )
            })
            .unwrap_or_else(|| panic!("no field is named {words}"));
        if step == 0 {
            field.focus();
        } else {
            field.type_text(text);
        }
        harness.run();
    }
}

/// Whether a button of this name can be pressed.
pub fn can(harness: &OnDesk, words: &str) -> bool {
    harness
        .query_all_by_label_contains(words)
        .any(|node| !node.accesskit_node().is_disabled())
}
