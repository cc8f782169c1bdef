//! The Project: one pipeline with all that hangs on it, on one screen.
//!
//! Above, the stage graph; below at the left what the selected action is about; below at the right its commits, issues,
//! history and details. What is joined and laid out here is kept until the pipeline changes. Main thread.

mod artifact;
mod commands;
mod details;
mod drawn;
mod failure;
mod gate;
mod header;
mod keys;
mod other;
mod panes;
mod past_builds;
mod room;
mod scene;
mod side;
mod source;
mod verbs;

use std::sync::Arc;

use eframe::egui::{self, Margin, Rect, Ui, Vec2, pos2};

use crate::model::fault::Fault;
use crate::model::ids::{ActionKey, ExecutionId, PipelineKey};
use crate::model::oneshot::{Oneshot, Oneshots, Request, Response};
use crate::model::pipeline::{ExecutionMode, Pipeline};
use crate::model::settings::{GraphFold, Lens};
use crate::ui::action::UiAction;
use crate::ui::route::{ProjectRoute, Route};
use crate::ui::theme::{self, space};
use crate::ui::view::{LogKeys, Verb, View, ViewContext};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::splitter::{self, Moves};
use crate::ui::widgets::stage_graph::lanes_height;
use crate::ui::widgets::{empty, fault_banner, safe_text, skeleton};
use drawn::{Details, Drawn};
use room::{Painting, Room};
use scene::Scene;

/// Between the panes.
const GAP: f32 = space::M;
/// The least a pane keeps of the room.
const LEAST_GRAPH: f32 = 72.0;
const LEAST_LOWER: f32 = 240.0;
const LEAST_SIDE: f32 = 260.0;
const LEAST_MAIN: f32 = 420.0;

#[derive(Default)]
pub struct Project {
    room: Room,
    drawn: Option<Drawn>,
    /// Executions drawn that were read whole because the listing does not hold them.
    details: Details,
    /// Counts the joins.
    revision: u64,
    /// Picked by the view when a pipeline or an execution is opened, so that it does not jump as the pipeline moves on.
    picked: Option<ActionKey>,
    panes: panes::Panes,
    /// While a splitter is dragged; let go, the settings have it.
    dragged: Dragged,
}

#[derive(Clone, Copy, Default)]
struct Dragged {
    graph_height: Option<f32>,
    side_width: Option<f32>,
}

impl View for Project {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Route::Project(route) = cx.route else {
            return;
        };
        cx.focus.pipeline = Some(route.pipeline.clone());
        let margin = Margin::symmetric(space::L as i8, space::M as i8);
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let Some(pipeline) = cx.snapshot.pipelines.get(&route.pipeline).cloned() else {
                absent_ui(ui, &route.pipeline, cx);
                return;
            };
            let is_news = self.take_details(route, cx.oneshots);
            self.follow(&pipeline, route, is_news);
            // Another place may draw executions that were read before.
            if self.take_details(route, cx.oneshots) {
                self.follow(&pipeline, route, true);
            }
            match self.drawn.take() {
                Some(mut drawn) => {
                    self.ask_for_details(&drawn, cx);
                    self.lay_out(&mut drawn, route, cx);
                    self.project_ui(ui, &drawn, route, cx);
                    self.drawn = Some(drawn);
                }
                None => not_read_ui(ui, &pipeline, cx),
            }
        });
    }

    fn keys(&self, _route: &Route) -> &'static [(&'static str, &'static str)] {
        keys::KEYS
    }

    fn log(&self, _route: &Route) -> LogKeys {
        LogKeys::of(self.panes.has_focus())
    }

    fn verbs(&self, cx: &ViewContext<'_>) -> Vec<Verb> {
        let (Route::Project(route), Some(drawn)) = (cx.route, &self.drawn) else {
            return Vec::new();
        };
        if drawn.pipeline.key != route.pipeline || drawn.execution != route.execution {
            return Vec::new();
        }
        let picked = self.picked.as_ref();
        verbs::of(drawn.scene(picked, route, cx.snapshot), cx)
    }
}

impl Project {
    /// Takes in what was read of the executions drawn; returns whether there is any news.
    fn take_details(&mut self, route: &ProjectRoute, oneshots: &Oneshots) -> bool {
        let mut is_news = false;
        let partial = self.drawn.as_ref().map(|drawn| drawn.partial.as_slice());
        for id in route.execution.iter().chain(partial.unwrap_or_default()) {
            let Some(Oneshot::Ready {
                at,
                response: Response::Execution(detail),
            }) = oneshots.get(&reading(&route.pipeline, id))
            else {
                continue;
            };
            let is_known = self
                .details
                .get(id)
                .is_some_and(|(_, known)| Arc::ptr_eq(known, detail));
            if !is_known && detail.execution.id == *id {
                self.details.insert(id.clone(), (*at, Arc::clone(detail)));
                is_news = true;
            }
        }
        is_news
    }

    /// Asks for the attempts of what is in sight and not held whole, one execution at a time.
    fn ask_for_details(&self, drawn: &Drawn, cx: &mut ViewContext<'_>) {
        let pipeline = &drawn.pipeline.key;
        // Of what stands now the stages tell enough for the graph, unless they tell nothing at all.
        let is_told = cx.settings.views.project_lens == Lens::Graph
            && drawn.graph.mode != ExecutionMode::Parallel;
        let current = drawn.graph.execution.as_ref().filter(|_| !is_told);
        let drawn_one = drawn.execution.as_ref().or(current);
        let in_sight = drawn_one.into_iter().chain(&self.room.in_sight);
        let is_pending = |oneshot| matches!(oneshot, Some(&Oneshot::Pending { .. }));
        let partial = drawn.partial.iter();
        if partial
            .clone()
            .any(|id| is_pending(cx.oneshots.get(&reading(pipeline, id))))
        {
            return;
        }
        for id in in_sight {
            if !drawn.wants(id, &self.details, cx.now) {
                continue;
            }
            let request = reading(pipeline, id);
            match cx.oneshots.get(&request) {
                // A fault is told where the attempts would stand, and not asked about again and again.
                Some(Oneshot::Failed { .. } | Oneshot::Pending { .. }) => continue,
                Some(Oneshot::Ready { .. }) => cx.actions.push(UiAction::Dismiss(request.clone())),
                None => {}
            }
            cx.actions.push(UiAction::Ask(request));
            return;
        }
    }

    /// Joins the graph anew if the pipeline or the place changed, and picks an action on a new place.
    fn follow(&mut self, pipeline: &Arc<Pipeline>, route: &ProjectRoute, is_news: bool) {
        let before = self.drawn.take();
        let is_same_pipeline = before
            .as_ref()
            .is_some_and(|drawn| drawn.pipeline.key == pipeline.key);
        let is_same_place = is_same_pipeline
            && before
                .as_ref()
                .is_some_and(|drawn| drawn.execution == route.execution);
        if !is_same_pipeline {
            self.panes.reset();
        }
        let place = route.execution.as_ref();
        if !is_same_place {
            self.room.leave_execution(&pipeline.key);
            self.details.retain(|id, _| Some(id) == place);
        }
        self.drawn = match before {
            Some(drawn) if is_same_place && !is_news && Arc::ptr_eq(&drawn.source, pipeline) => {
                Some(drawn)
            }
            _ => {
                self.revision += 1;
                Drawn::join(pipeline, place, &self.details, self.revision)
            }
        };
        let Some(drawn) = &self.drawn else {
            self.picked = None;
            return;
        };
        self.details
            .retain(|id, _| Some(id) == place || drawn.partial.contains(id));
        let is_gone = self
            .picked
            .as_ref()
            .is_none_or(|picked| drawn.graph.action(picked).is_none());
        // Without executions nothing is known to look at yet; the pick is made when they are here.
        let is_early = drawn.pipeline.executions.value().is_none();
        if !is_same_place || is_gone || is_early {
            self.picked = drawn
                .graph
                .first_to_look_at()
                .map(|action| action.key.clone());
            // What is shown below stands in sight, unless somebody moved the graph.
            let look = self.room.look(&pipeline.key);
            let shown = route.action.as_ref().or(self.picked.as_ref());
            if let Some(shown) = shown.filter(|_| look.graph.is_fitted()) {
                look.graph.reveal(shown.clone());
            }
        }
    }

    fn lay_out(&mut self, drawn: &mut Drawn, route: &ProjectRoute, cx: &ViewContext<'_>) {
        let on = cx.settings.views.project_fold == GraphFold::Auto;
        let selected = drawn
            .scene(self.picked.as_ref(), route, cx.snapshot)
            .selected
            .map(|action| action.key.clone());
        let look = self.room.look(&drawn.source.key);
        drawn.lay_out(on, &mut look.kept, selected.as_ref());
    }

    fn project_ui(
        &mut self,
        ui: &mut Ui,
        drawn: &Drawn,
        route: &ProjectRoute,
        cx: &mut ViewContext<'_>,
    ) {
        let scene = drawn.scene(self.picked.as_ref(), route, cx.snapshot);
        if !cx.covered {
            let in_pane = self.panes.has_focus();
            self.room.keys(ui, drawn, scene, cx, in_pane);
            let graph = &mut self.room.look(&drawn.pipeline.key).graph;
            keys::run(ui, scene, cx, graph, in_pane);
        }
        header::ui(ui, scene, cx);
        ui.add_space(GAP);
        let fault = fault_of(&drawn.pipeline);
        if let Some(fault) = &fault {
            fault_banner::show(ui, fault, cx.now);
            ui.add_space(space::S);
        }
        let is_stale = fault.is_some() || header::stale_since(&drawn.pipeline, cx.now).is_some();
        self.graph_ui(ui, drawn, scene, cx, is_stale);
        self.lower_ui(ui, scene, cx);
    }

    fn graph_ui(
        &mut self,
        ui: &mut Ui,
        drawn: &Drawn,
        scene: Scene<'_>,
        cx: &mut ViewContext<'_>,
        is_stale: bool,
    ) {
        let read = reading_of(drawn, cx);
        if let Some(Oneshot::Failed { fault, .. }) = read {
            fault_banner::show(ui, fault, cx.now);
            ui.add_space(space::S);
            let again = Button::new("Read its attempts again").small();
            if let Some(id) = drawn.execution.as_ref().filter(|_| ui.add(again).clicked()) {
                let request = reading(&drawn.source.key, id);
                cx.actions.push(UiAction::Dismiss(request.clone()));
                cx.actions.push(UiAction::Ask(request));
            }
            ui.add_space(space::S);
        }
        let is_reading = matches!(read, Some(Oneshot::Pending { .. }));
        let room = ui.available_height();
        let lanes = lanes_height(scene.graph);
        let below = lanes + if lanes > 0.0 { space::S } else { 0.0 };
        let most = (room - room::BAR - below - GAP - LEAST_LOWER).max(LEAST_GRAPH);
        // By itself the graph is as high as it needs to be, as long as the pane below keeps the larger half.
        let lens = cx.settings.views.project_lens;
        let own = Room::natural_height(drawn, lens, ui.available_width())
            .min((room * 0.45).max(LEAST_GRAPH));
        let chosen = self
            .dragged
            .graph_height
            .or(cx.settings.views.project_graph_height);
        let height = chosen.unwrap_or(own).clamp(LEAST_GRAPH, most);
        let painting = Painting {
            height,
            is_stale,
            is_reading,
        };
        self.room.ui(ui, drawn, scene, cx, painting);
        let gap = ui.available_rect_before_wrap();
        let gap = Rect::from_min_size(gap.min, Vec2::new(gap.width(), GAP));
        ui.allocate_rect(gap, egui::Sense::hover());
        let moved = splitter::ui(ui, gap, Moves::UpAndDown, "Resize the stage graph");
        if moved.reset {
            self.dragged.graph_height = None;
            cx.actions.push(UiAction::Settings(Box::new(|settings| {
                settings.views.project_graph_height = None;
            })));
        } else if moved.by != 0.0 {
            self.dragged.graph_height = Some((height + moved.by).clamp(LEAST_GRAPH, most));
        }
        if moved.released
            && let Some(height) = self.dragged.graph_height.take()
        {
            cx.actions
                .push(UiAction::Settings(Box::new(move |settings| {
                    settings.views.project_graph_height = Some(height.round());
                })));
        }
    }

    fn lower_ui(&mut self, ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
        let room = ui.available_rect_before_wrap();
        let most = (room.width() - GAP - LEAST_MAIN).max(LEAST_SIDE);
        let width = self
            .dragged
            .side_width
            .unwrap_or(cx.settings.views.project_side_width)
            .clamp(LEAST_SIDE, most);
        let middle = room.right() - width;
        let left = Rect::from_min_max(room.min, pos2(middle - GAP, room.bottom()));
        let gap = Rect::from_min_max(pos2(left.right(), room.top()), pos2(middle, room.bottom()));
        let right = Rect::from_min_max(pos2(middle, room.top()), room.max);
        pane_ui(ui, left, "below", |ui| self.panes.ui(ui, scene, cx));
        pane_ui(ui, right, "side", |ui| self.panes.side_ui(ui, scene, cx));
        let moved = splitter::ui(ui, gap, Moves::Sideways, "Resize the side pane");
        if moved.by != 0.0 {
            self.dragged.side_width = Some((width - moved.by).clamp(LEAST_SIDE, most));
        }
        let released = moved.released.then(|| self.dragged.side_width.take());
        if let Some(width) = released.flatten() {
            cx.actions
                .push(UiAction::Settings(Box::new(move |settings| {
                    settings.views.project_side_width = width.round();
                })));
        }
        if moved.reset {
            self.dragged.side_width = None;
            cx.actions.push(UiAction::Settings(Box::new(|settings| {
                settings.views.project_side_width =
                    crate::model::settings::ViewSettings::default().project_side_width;
            })));
        }
    }
}

/// The reading of one execution, whole.
fn reading(pipeline: &PipelineKey, execution: &ExecutionId) -> Request {
    Request::Execution {
        pipeline: pipeline.clone(),
        execution: execution.clone(),
    }
}

/// How far the reading of the execution that the place names is; none where the listing holds it.
fn reading_of<'a>(drawn: &Drawn, cx: &ViewContext<'a>) -> Option<&'a Oneshot> {
    let id = drawn.execution.as_ref()?;
    let is_partial = drawn.partial.contains(id);
    is_partial.then(|| cx.oneshots.get(&reading(&drawn.source.key, id)))?
}

/// A panel with its frame, in a given place.
fn pane_ui(ui: &mut Ui, rect: Rect, name: &str, content: impl FnOnce(&mut Ui)) {
    let theme = theme::of(ui);
    let frame = theme.panel_frame();
    ui.painter().add(frame.paint(rect));
    let inside = rect.shrink(1.0);
    let builder = egui::UiBuilder::new().max_rect(inside).id_salt(name);
    ui.scope_builder(builder, |ui| {
        ui.shrink_clip_rect(inside);
        ui.spacing_mut().item_spacing = Vec2::new(space::S, 0.0);
        content(ui);
    });
}

fn fault_of(pipeline: &Pipeline) -> Option<Arc<Fault>> {
    [
        pipeline.definition.fault(),
        pipeline.stages.fault(),
        pipeline.executions.fault(),
        pipeline.actions.fault(),
    ]
    .into_iter()
    .flatten()
    .next()
    .cloned()
}

/// The pipeline is not in the table: not listed yet, or not there at all.
fn absent_ui(ui: &mut Ui, key: &PipelineKey, cx: &ViewContext<'_>) {
    let listing = cx.snapshot.listings.get(&key.scope);
    match listing.map(|listings| &listings.pipelines) {
        Some(listing) if listing.fault().is_none() && !listing.is_loading() => empty::show(
            ui,
            &format!("No pipeline {} here", key.name),
            &format!(
                "{} lists no pipeline of this name: it was deleted, renamed, or the account may not see it.",
                key.scope
            ),
            |_| {},
        ),
        listing => waiting_ui(ui, key, listing.and_then(|listing| listing.fault()), cx),
    }
}

/// Listed, and nothing of it read yet.
fn not_read_ui(ui: &mut Ui, pipeline: &Pipeline, cx: &ViewContext<'_>) {
    waiting_ui(ui, &pipeline.key, fault_of(pipeline).as_ref(), cx);
}

/// The shape of a project in still bars; with a fault, the fault in their place.
fn waiting_ui(ui: &mut Ui, key: &PipelineKey, fault: Option<&Arc<Fault>>, cx: &ViewContext<'_>) {
    let theme = theme::of(ui);
    let name = safe_text::line(key.name.as_str()).into_owned();
    ui.horizontal(|ui| {
        ui.set_height(28.0);
        ui.spacing_mut().item_spacing.x = 10.0;
        ui.label(theme.title(&name));
        Place::of(cx.snapshot, cx.settings, &key.scope).chip(ui);
    });
    ui.add_space(GAP);
    if let Some(fault) = fault {
        fault_banner::show(ui, fault, cx.now);
        empty::show(
            ui,
            "Nothing of this pipeline could be read yet",
            "Starboard tries again by itself and shows it here as soon as it can; the other pipelines go on.",
            |_| {},
        );
        return;
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 42.0;
        for _ in 0..4 {
            skeleton::bar(ui, 188.0, 114.0);
        }
    });
    ui.add_space(GAP);
    let room = ui.available_rect_before_wrap();
    let side = cx.settings.views.project_side_width.min(room.width() / 2.0);
    let middle = room.right() - side;
    let left = Rect::from_min_max(room.min, pos2(middle - GAP, room.bottom()));
    let right = Rect::from_min_max(pos2(middle, room.top()), room.max);
    for (rect, id, words, rows) in [
        (left, "below", format!("Reading {name}…"), 9),
        (right, "side", "Reading its commits…".to_owned(), 5),
    ] {
        pane_ui(ui, rect, id, |ui| {
            egui::Frame::new().inner_margin(12).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = space::XS;
                skeleton::rows(ui, &words, rows);
            });
        });
    }
}
