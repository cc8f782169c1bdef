//! A view or a dialog on a hand-made snapshot that a test changes while it looks, with what was asked for.

use crate::fixture::pipeline;
use crate::fixture::pipeline::NOW;
use crate::fixture::project as fixture;
use crate::harness::AtOnce;
use eframe::egui::{self};
use starboard::model::command::{Command, CommandId, CommandRecord, Decision, Progress};
use starboard::model::focus::Focus;
use starboard::model::issue::IssueFinder;
use starboard::model::kept::Kept;
use starboard::model::ledger::Journal;
use starboard::model::oneshot::{Oneshot, Oneshots, Response, Review};
use starboard::model::pipeline::Pipeline;
use starboard::model::settings::Settings;
use starboard::model::snapshot::Snapshot;
use starboard::ui::action::{Actions, FoundProfiles, UiAction};
use starboard::ui::route::{ProjectRoute, Route};
use starboard::ui::shell::gate::GateDialog;
use starboard::ui::view::{View as _, ViewContext};
use starboard::ui::views::project::Project;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// Everything a frame is made of, to be changed between frames.
#[derive(Clone)]
pub struct Scene {
    pub snapshot: Snapshot,
    pub settings: Settings,
    pub oneshots: Oneshots,
    pub journal: Journal,
    pub kept: Kept,
    pub route: Route,
}

impl Scene {
    pub fn of(pipelines: Vec<Pipeline>) -> Self {
        let oneshots = fixture::answers(&pipelines);
        let route = pipelines.first().map_or(Route::Board, |pipeline| {
            Route::Project(ProjectRoute::new(pipeline.key.clone()))
        });
        Self {
            snapshot: fixture::snapshot(pipelines),
            settings: Settings::default(),
            oneshots,
            journal: Journal::default(),
            kept: Kept::default(),
            route,
        }
    }

    pub fn at(mut self, change: impl FnOnce(&mut ProjectRoute)) -> Self {
        if let Route::Project(route) = &mut self.route {
            change(route);
        }
        self
    }

    /// Runs something that needs a frame's context, and returns what it asked for.
    pub fn frame(
        &self,
        context: &egui::Context,
        run: impl FnOnce(&mut ViewContext<'_>),
    ) -> Vec<UiAction> {
        let mut actions = Actions::default();
        let mut focus = Focus::default();
        let issues = IssueFinder::new(&[]).unwrap();
        let profiles = FoundProfiles::default();
        run(&mut ViewContext {
            snapshot: &self.snapshot,
            now: NOW,
            route: &self.route,
            settings: &self.settings,
            issues: &issues,
            oneshots: &self.oneshots,
            journal: &self.journal,
            kept: &self.kept,
            profiles: &profiles,
            background: &AtOnce(context.clone()),
            covered: false,
            actions: &mut actions,
            focus: &mut focus,
        });
        actions.take()
    }
}

/// A scene on a wall: the test changes it and reads what was asked for.
#[derive(Clone)]
pub struct Wall {
    pub scene: Rc<RefCell<Scene>>,
    pub asked: Rc<RefCell<Vec<UiAction>>>,
}

impl Wall {
    pub fn new(scene: Scene) -> Self {
        Self {
            scene: Rc::new(RefCell::new(scene)),
            asked: Rc::default(),
        }
    }

    /// The Project view; routes it asks for are followed.
    pub fn project(&self) -> impl FnMut(&mut egui::Ui) + use<> {
        let wall = self.clone();
        let mut view = Project::default();
        move |ui| {
            let scene = wall.scene.borrow().clone();
            let asked = scene.frame(&ui.ctx().clone(), |cx| view.ui(ui, cx));
            wall.keep(asked);
        }
    }

    pub fn gate(&self) -> impl FnMut(&mut egui::Ui) + use<> {
        let wall = self.clone();
        let mut dialog = None;
        move |ui| {
            let scene = wall.scene.borrow().clone();
            let asked = scene.frame(&ui.ctx().clone(), |cx| {
                let dialog = dialog.get_or_insert_with(|| {
                    let gate = fixture::gate();
                    GateDialog::open(gate.pipeline, gate.action, None, cx)
                });
                dialog.ui(ui.ctx(), cx);
            });
            wall.keep(asked);
        }
    }

    pub fn keep(&self, asked: Vec<UiAction>) {
        for action in asked {
            match action {
                UiAction::Go(route) | UiAction::Replace(route) => {
                    self.scene.borrow_mut().route = route;
                }
                // As the app does: the old answer goes, a new one is on its way.
                UiAction::Dismiss(request) => {
                    self.scene.borrow_mut().oneshots.remove(&request);
                }
                UiAction::Ask(request) => {
                    let mut scene = self.scene.borrow_mut();
                    let pending = Oneshot::Pending {
                        since: NOW,
                        before: None,
                    };
                    scene.oneshots.entry(request).or_insert(pending);
                }
                other => self.asked.borrow_mut().push(other),
            }
        }
    }

    /// Answers the dialog's question, as read so many seconds ago.
    pub fn answer(&self, seconds: i64) {
        self.answer_with(seconds, fixture::review());
    }

    /// The same with another review.
    pub fn answer_with(&self, seconds: i64, mut review: Review) {
        review.read_at = pipeline::ago(seconds);
        let answer = Oneshot::Ready {
            at: review.read_at,
            response: Response::Review(Arc::new(review)),
        };
        let request = fixture::review_request();
        self.scene.borrow_mut().oneshots.insert(request, answer);
    }

    pub fn change(&self, change: impl FnOnce(&mut Snapshot)) {
        change(&mut self.scene.borrow_mut().snapshot);
    }

    /// What became of the decision, as the engine tells it.
    pub fn progress(&self, progress: Progress) {
        self.change(|snapshot| {
            let command = Command::Decide {
                gate: fixture::gate(),
                decision: Decision::Approve,
                comment: String::new(),
            };
            Arc::make_mut(&mut snapshot.commands).insert(CommandRecord {
                id: CommandId(1),
                command: Arc::new(command),
                asked_at: pipeline::ago(1),
                progress,
            });
        });
    }

    /// Puts the settings in force that were asked for.
    pub fn apply_settings(&self) {
        let mut asked = self.asked.borrow_mut();
        let (changes, others): (Vec<_>, Vec<_>) = asked
            .drain(..)
            .partition(|action| matches!(action, UiAction::Settings(_)));
        *asked = others;
        for action in changes {
            if let UiAction::Settings(change) = action {
                change(&mut self.scene.borrow_mut().settings);
            }
        }
    }

    pub fn decisions(&self) -> Vec<(Decision, String)> {
        let asked = self.asked.borrow();
        asked
            .iter()
            .filter_map(|action| match action {
                UiAction::Send(Command::Decide {
                    decision, comment, ..
                }) => Some((*decision, comment.clone())),
                _ => None,
            })
            .collect()
    }

    pub fn selected(&self) -> Option<String> {
        match &self.scene.borrow().route {
            Route::Project(route) => route.action.as_ref().map(|key| key.action.to_string()),
            _ => None,
        }
    }
}
