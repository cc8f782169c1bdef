//! One batch on one screen: its graph above, the log of the selected build below.

use eframe::egui::{self, Align, Key, Layout, Rect, Ui, Vec2, pos2};

use crate::model::build::{Batch, BatchGroup, Initiator};
use crate::model::command::Command;
use crate::model::ids::{BatchKey, BuildKey, BuildProjectKey, RevisionId};
use crate::model::status::Status;
use crate::model::time::{ago, duration};
use crate::ui::action::UiAction;
use crate::ui::keys;
use crate::ui::offer::Offer;
use crate::ui::theme::{self, size, space};
use crate::ui::view::{Verb, ViewContext};
use crate::ui::widgets::batch_graph::{self, BatchGraph, Event};
use crate::ui::widgets::build_pane::BuildPane;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::{
    age, build_verbs, copyable, empty, fault_banner, glyph, log_view, safe_text, skeleton, write,
};

const GAP: f32 = space::M;
const LEAST_GRAPH: f32 = 90.0;

#[derive(Default)]
pub struct BatchPage {
    of: Option<BatchKey>,
    /// By identifier, so that it stays as the batch moves on.
    selected: Option<String>,
    graph: BatchGraph,
    pane: BuildPane,
}

impl BatchPage {
    /// Letters are the log's.
    pub fn has_focus(&self) -> bool {
        self.pane.has_focus()
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BatchKey) {
        if self.of.as_ref() != Some(key) {
            *self = Self {
                of: Some(key.clone()),
                ..Self::default()
            };
        }
        cx.focus.batch = Some(key.clone());
        let row = cx.snapshot.batches.get(key).cloned();
        let batch = row.as_ref().and_then(|row| row.batch.value()).cloned();
        header_ui(ui, cx, key, batch.as_deref());
        if let Some(fault) = row.as_ref().and_then(|row| row.batch.fault()) {
            ui.add_space(space::S);
            fault_banner::show(ui, fault, cx.now);
        }
        ui.add_space(GAP);
        let Some(batch) = batch else {
            if row.is_none_or(|row| row.batch.is_loading()) {
                skeleton::rows(ui, "Reading the batch…", 6);
            }
            return;
        };
        let selected = self.selected(&batch);
        if !cx.covered {
            self.obey(ui.ctx(), cx, key, &batch, selected);
        }
        self.graph_ui(ui, cx, key, &batch, selected);
        self.pane_ui(ui, cx, key, &batch, selected);
    }

    /// The group picked, else the first that failed, else the first that runs, else the first.
    fn selected(&self, batch: &Batch) -> Option<usize> {
        let find = |wanted: &dyn Fn(&BatchGroup) -> bool| batch.groups.iter().position(wanted);
        let picked = self.selected.as_deref();
        find(&|group| Some(group.identifier.as_str()) == picked)
            .or_else(|| find(&|group| batch_graph::state(group).status.is_bad()))
            .or_else(|| find(&|group| batch_graph::state(group).status == Status::Running))
            .or_else(|| (!batch.groups.is_empty()).then_some(0))
    }

    fn select(&mut self, batch: &Batch, index: usize) {
        let group = batch.groups.get(index);
        self.selected = group.map(|group| group.identifier.clone());
    }

    fn graph_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        key: &BatchKey,
        batch: &Batch,
        selected: Option<usize>,
    ) {
        let room = ui.available_rect_before_wrap();
        let own = self.graph.natural_height(batch);
        let height = own.clamp(LEAST_GRAPH, (room.height() * 0.5).max(LEAST_GRAPH));
        let graph = Rect::from_min_size(room.min, Vec2::new(room.width(), height));
        let mut event = None;
        super::pane_ui(ui, graph, "graph", |ui| {
            if batch.groups.is_empty() {
                let how = "CodeBuild reads the batch from the buildspec first; its builds appear here by themselves.";
                empty::show(ui, "No builds yet", how, |_| {});
            } else {
                event = self.graph.ui(ui, batch, selected, cx.now);
            }
        });
        match event {
            Some(Event::Select(index)) => self.select(batch, index),
            Some(Event::Open(index)) => {
                self.select(batch, index);
                open_build(cx, key, batch, Some(index));
            }
            None => {}
        }
        ui.add_space(GAP);
    }

    fn pane_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        key: &BatchKey,
        batch: &Batch,
        selected: Option<usize>,
    ) {
        let Some(group) = selected.and_then(|index| batch.groups.get(index)) else {
            return;
        };
        let room = ui.available_rect_before_wrap();
        let below = Rect::from_min_max(pos2(room.left(), room.top()), room.max);
        super::pane_ui(ui, below, "build", |ui| {
            let Some(build) = build_of(key, group) else {
                waiting_ui(ui, batch, group);
                return;
            };
            if self.pane.ui(ui, cx, &build) {
                cx.actions.push(super::open(build));
            }
        });
    }

    fn obey(
        &mut self,
        context: &egui::Context,
        cx: &mut ViewContext<'_>,
        key: &BatchKey,
        batch: &Batch,
        selected: Option<usize>,
    ) {
        let in_log = self.pane.has_focus();
        let pressed = |key| log_view::pressed_beside(context, key, in_log);
        let steps = [
            (Key::H, Key::ArrowLeft, (-1, 0)),
            (Key::L, Key::ArrowRight, (1, 0)),
            (Key::K, Key::ArrowUp, (0, -1)),
            (Key::J, Key::ArrowDown, (0, 1)),
        ];
        for (letter, arrow, by) in steps {
            if pressed(letter) || (!in_log && pressed(arrow)) {
                let groups: Vec<(String, Vec<String>)> = batch
                    .groups
                    .iter()
                    .map(|group| (group.identifier.clone(), group.depends_on.clone()))
                    .collect();
                let to = selected.and_then(|at| batch_graph::step(&groups, at, by));
                if let Some(to) = to {
                    self.select(batch, to);
                    self.graph.reveal();
                }
            }
        }
        if keys::enter(context) {
            open_build(cx, key, batch, selected);
        }
        for (stroke, make) in VERBS {
            if pressed(stroke) {
                let offer = make(key, batch, cx);
                cx.actions.push(offer.into_action());
            }
        }
        if pressed(Key::Y) {
            cx.actions.push(UiAction::Copy(batch.arn.clone()));
            let said = "Copied the batch's ARN".to_owned();
            cx.actions.push(UiAction::Say(said));
        }
    }
}

/// What stands for a build that has not begun.
fn waiting_ui(ui: &mut Ui, batch: &Batch, group: &BatchGroup) {
    let (title, how) = match batch_graph::waits_for(batch, group) {
        None => (
            "Has not run in this batch",
            "The batch ended before it came to this build.".to_owned(),
        ),
        Some(open) if open.is_empty() => (
            "Waiting to begin",
            "CodeBuild has not asked for its build yet.".to_owned(),
        ),
        Some(open) => {
            let open = safe_text::line(&open.join(", ")).into_owned();
            (
                "Waiting",
                format!("It begins once this has succeeded: {open}."),
            )
        }
    };
    empty::show(ui, title, &how, |_| {});
}

type Make = fn(&BatchKey, &Batch, &ViewContext<'_>) -> Offer;
const VERBS: [(Key, Make); 2] = [
    (Key::R, build_verbs::retry_batch),
    (Key::S, build_verbs::stop_batch),
];

/// For the palette.
pub fn verbs_of(key: &BatchKey, cx: &ViewContext<'_>) -> Vec<Verb> {
    let row = cx.snapshot.batches.get(key);
    let Some(batch) = row.and_then(|row| row.batch.value()) else {
        return Vec::new();
    };
    VERBS
        .into_iter()
        .map(|(_, make)| {
            let offer = make(key, batch, cx);
            Verb {
                words: offer.words.trim_end_matches('…').to_owned(),
                object: safe_text::line(batch.project.as_str()).into_owned(),
                actions: vec![offer.into_action()],
            }
        })
        .collect()
}

fn build_of(key: &BatchKey, group: &BatchGroup) -> Option<BuildKey> {
    let build = group.current.as_ref()?;
    Some(BuildKey {
        scope: key.scope.clone(),
        id: build.build.clone(),
    })
}

fn open_build(cx: &mut ViewContext<'_>, key: &BatchKey, batch: &Batch, index: Option<usize>) {
    let group = index.and_then(|index| batch.groups.get(index));
    if let Some(build) = group.and_then(|group| build_of(key, group)) {
        cx.actions.push(super::open(build));
    }
}

fn header_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BatchKey, batch: Option<&Batch>) {
    // The id of a batch begins with its project, as a build's does.
    let id = key.id.as_str();
    let name = id.rsplit_once(':').map_or(id, |(project, _)| project);
    let project = BuildProjectKey {
        scope: key.scope.clone(),
        name: name.into(),
    };
    ui.horizontal(|ui| {
        ui.set_height(28.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            if let Some(batch) = batch {
                buttons_ui(ui, cx, key, batch);
            }
            ui.add_space(space::M);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                super::crumbs(ui, cx, &project);
                let number = batch.and_then(|batch| batch.number);
                let title =
                    number.map_or_else(|| "Batch".to_owned(), |number| format!("Batch #{number}"));
                ui.label(theme::of(ui).title(title));
                Place::of(cx.snapshot, cx.settings, &key.scope).chip(ui);
            });
        });
    });
    if let Some(batch) = batch {
        ui.add_space(space::S);
        summary_ui(ui, cx, batch);
    }
}

fn buttons_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BatchKey, batch: &Batch) {
    for (_, make) in VERBS {
        let offer = make(key, batch, cx);
        let button = Button::new(offer.words.clone())
            .key(offer.key)
            .disabled_because(offer.refusal().map(str::to_owned));
        if ui.add(button).clicked() {
            cx.actions.push(offer.into_action());
        }
    }
    for command in [
        Command::StopBatch {
            scope: key.scope.clone(),
            batch: key.id.clone(),
        },
        Command::RetryBatch {
            scope: key.scope.clone(),
            batch: key.id.clone(),
            all: false,
        },
    ] {
        write::progress(ui, cx, &command);
    }
}

fn summary_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, batch: &Batch) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(size::LINE);
        ui.spacing_mut().item_spacing.x = space::M;
        glyph::state(ui, &batch.state, size::GLYPH);
        ui.label(theme.strong(batch.state.status.label()));
        ui.label(theme.soft(counts(batch)));
        if let Some(took) = batch.elapsed(cx.now) {
            ui.label(theme.body(duration(took)));
            if batch.state.status.is_moving() {
                age::tick_second(ui, took);
            }
        }
        if let Some(started) = batch.started {
            let words = format!("started {}", ago(started, cx.now));
            age::show(ui, theme.soft(words), started, cx.now);
        }
        let version = batch.source_version.as_deref().unwrap_or_default();
        let version = ["refs/heads/", "refs/tags/"]
            .into_iter()
            .find_map(|prefix| version.strip_prefix(prefix))
            .unwrap_or(version);
        let version = safe_text::line(version);
        ui.label(theme.body(safe_text::elide(&version, 40)));
        if let Some(revision) = &batch.resolved_source_version {
            let revision = RevisionId::from(revision);
            copyable::id(ui, revision.short(), revision.as_str(), cx.actions);
        }
        let by = batch.initiator.as_deref().map(Initiator::of);
        if let Some(by) = by {
            let words = format!("by {}", by.words());
            ui.label(theme.soft(safe_text::elide(&safe_text::line(&words), 48)));
        }
    });
}

/// `7 builds: 1 failed, 2 running, 4 succeeded`
fn counts(batch: &Batch) -> String {
    let states: Vec<Status> = batch
        .groups
        .iter()
        .map(|group| batch_graph::state(group).status)
        .collect();
    let said: Vec<String> = Status::ALL
        .into_iter()
        .filter_map(|status| {
            let count = states.iter().filter(|state| **state == status).count();
            let waits = status == Status::NotRun && batch.state.status.is_moving();
            let label = if waits { "waiting" } else { status.label() };
            (count > 0).then(|| format!("{count} {label}"))
        })
        .collect();
    let noun = if states.len() == 1 { "build" } else { "builds" };
    format!("{} {noun}: {}", states.len(), said.join(", "))
}
