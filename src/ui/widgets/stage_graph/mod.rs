//! The stage graph: a pipeline's stages from left to right, what runs in them, and what is on its way.
//!
//! The Project view owns a [`StageGraphWidget`] and hands it the joined graph with its layout once a frame. Only what is
//! in sight is painted and has a node for the screen reader. Main thread.

mod arrow;
mod canvas;
mod card;
mod condition;
mod counter;
mod elsewhere;
mod lanes;
mod layout;
mod notes;
mod stage;

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use eframe::egui::{self, PointerButton, Rect, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::model::graph::{Cell, StageGraph, StageNode};
use crate::model::ids::{ActionKey, ExecutionId, StageName};
use crate::model::pipeline::ConditionKind;
use crate::model::time::Timestamp;

use canvas::{Canvas, Placed};
pub use card::text as line_of_text;
pub use elsewhere::Named;
pub use lanes::{lanes_height, lanes_ui};
use layout::StageBox;
pub use layout::{Layout, layout};
pub use notes::{execution_link, notes_ui};

/// What a key or a button zooms by.
const STEP: f32 = 1.2;
/// What stands off the path is so much fainter.
const DIMMED: f32 = 0.38;

/// What a person did to the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GraphEvent {
    Select(ActionKey),
    /// Double click: what the selection's key `Enter` does.
    Open(ActionKey),
    /// The account or region an action runs in.
    There(ActionKey),
    /// The switch on the way into a stage.
    Transition(StageName),
    /// A stage's condition.
    Condition {
        stage: StageName,
        kind: ConditionKind,
    },
    /// An execution named beside the graph.
    Execution(ExecutionId),
}

/// What was done to a fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoldEvent {
    /// Show these actions.
    Open(Vec<ActionKey>),
    /// Show the actions of these stages.
    OpenStages(Range<usize>),
    /// Fold what is done in a stage again.
    Close(usize),
}

/// What is drawn.
#[derive(Clone, Copy)]
pub struct Drawing<'a> {
    pub graph: &'a StageGraph,
    pub layout: &'a Layout,
    /// Moves when the graph does.
    pub revision: u64,
    pub selected: Option<&'a ActionKey>,
    /// What a person chose: what is off its path is dimmed, as for what the pointer is on.
    pub chosen: Option<&'a ActionKey>,
    /// Stages with actions that would fold, had they not been opened.
    pub opened: &'a BTreeSet<usize>,
    /// Accounts that are signed in.
    pub accounts: &'a [Named],
    pub now: Timestamp,
}

/// What was done in one frame.
#[derive(Default)]
pub struct Done {
    pub event: Option<GraphEvent>,
    pub fold: Option<FoldEvent>,
}

/// The look at the graph: where a person panned and zoomed to.
#[derive(Default)]
pub struct StageGraphWidget {
    canvas: Canvas,
    reveal: Option<ActionKey>,
    hovered: Option<ActionKey>,
    path: Option<Path>,
}

/// The path of an action, for as long as the graph is the same.
struct Path {
    of: ActionKey,
    revision: u64,
    keys: BTreeSet<ActionKey>,
}

impl StageGraphWidget {
    /// Brings an action into sight in the next frame: after a step of the keyboard.
    pub fn reveal(&mut self, action: ActionKey) {
        self.reveal = Some(action);
    }

    pub fn is_fitted(&self) -> bool {
        self.canvas.is_fitted()
    }

    pub fn fit(&mut self) {
        self.canvas.fit();
    }

    /// The height that shows the whole of a layout where it fits into this width.
    pub fn natural_height(layout: &Layout, width: f32) -> f32 {
        Canvas::fitted_height(layout.size, width) + 2.0
    }

    /// Zooms a step about the middle of the room.
    pub fn zoom(&mut self, closer: bool) {
        self.canvas
            .zoom_next(if closer { STEP } else { 1.0 / STEP });
    }

    /// Paints the graph into a room of this height and returns what was done to it.
    pub fn ui(&mut self, ui: &mut Ui, drawing: Drawing<'_>, height: f32) -> Done {
        let size = Vec2::new(ui.available_width(), height);
        let (room, background) = ui.allocate_exact_size(size, Sense::drag());
        let name = format!("Stage graph, {} stages", drawing.graph.stages.len());
        background.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &name));
        self.steer(ui, &background, room, drawing);
        self.follow_path(drawing);
        let placed = self.canvas.placed(drawing.layout.size, room);
        let builder = egui::UiBuilder::new().max_rect(room).id_salt("stages");
        let painted = ui.scope_builder(builder, |ui| {
            // A hair of room, for the ring around a selected card at the edge and for a badge on a frame.
            ui.shrink_clip_rect(room.expand2(Vec2::new(10.0, 2.0)));
            let path = self.path.as_ref().map(|path| &path.keys);
            stages_ui(ui, placed, drawing, path)
        });
        let painted = painted.inner;
        if painted.hovered != self.hovered {
            self.hovered = painted.hovered;
            // The path is drawn from the next frame on.
            ui.ctx().request_repaint_after(Duration::from_millis(1));
        }
        painted.done
    }

    /// The path of what the pointer is on, else of what was chosen.
    fn follow_path(&mut self, drawing: Drawing<'_>) {
        let hovered = self.hovered.as_ref();
        let of = hovered
            .filter(|key| drawing.graph.action(key).is_some())
            .or(drawing.chosen);
        let Some(of) = of else {
            self.path = None;
            return;
        };
        let is_known = self
            .path
            .as_ref()
            .is_some_and(|path| path.of == *of && path.revision == drawing.revision);
        if !is_known {
            self.path = Some(Path {
                of: of.clone(),
                revision: drawing.revision,
                keys: drawing.graph.path(of),
            });
        }
    }

    fn steer(&mut self, ui: &Ui, background: &egui::Response, room: Rect, drawing: Drawing<'_>) {
        let whole = drawing.layout.size;
        self.canvas.settle(whole, room.size());
        if let Some(action) = self.reveal.take()
            && let Some(part) = place_of(drawing, &action)
        {
            self.canvas.reveal(part, whole, room.size());
        }
        if background.dragged_by(PointerButton::Primary)
            || background.dragged_by(PointerButton::Middle)
        {
            self.canvas.pan(background.drag_delta(), whole, room.size());
        }
        let pointer = ui.input(|input| input.pointer.hover_pos());
        let Some(pointer) =
            pointer.filter(|at| room.contains(*at) && background.contains_pointer())
        else {
            return;
        };
        let (zoom, scroll) = ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta()));
        if (zoom - 1.0).abs() > f32::EPSILON {
            self.canvas
                .zoom_at(zoom, pointer - room.min, whole, room.size());
        } else if scroll != Vec2::ZERO {
            // A wheel without a second axis goes along the pipeline where there is nothing below.
            if !self.canvas.pan(scroll, whole, room.size()) && scroll.x == 0.0 {
                self.canvas
                    .pan(Vec2::new(scroll.y, 0.0), whole, room.size());
            }
        }
    }
}

/// The card of an action with a margin, so that what is revealed comes with its stage's name.
fn place_of(drawing: Drawing<'_>, action: &ActionKey) -> Option<Rect> {
    let stages = &drawing.graph.stages;
    let index = stages.iter().position(|stage| stage.name == action.stage)?;
    let placed = drawing.layout.boxes.iter();
    let placed = placed.clone().find(|it| it.stages.contains(&index))?;
    let node = stages.get(index)?;
    let card = placed.cells.iter().find(|cell| {
        let row = node.rows.get(cell.row);
        row.and_then(|row| cell.cell.action(row))
            .is_some_and(|node| node.key == *action)
    })?;
    Some(card.rect.expand(12.0))
}

#[derive(Default)]
struct Painted {
    done: Done,
    hovered: Option<ActionKey>,
}

fn stages_ui(
    ui: &mut Ui,
    placed: Placed,
    drawing: Drawing<'_>,
    path: Option<&BTreeSet<ActionKey>>,
) -> Painted {
    let mut painted = Painted::default();
    for place in &drawing.layout.boxes {
        let Some(stages) = drawing.graph.stages.get(place.stages.clone()) else {
            continue;
        };
        let Some(node) = stages.first() else {
            continue;
        };
        if let Some(arrow) = place.arrow {
            let arrow = placed.rect(arrow);
            if ui.is_rect_visible(arrow) {
                let event = arrow::arrow_ui(ui, arrow, placed.scale, node, drawing);
                painted.done.event = event.or_else(|| painted.done.event.take());
            }
        }
        let rect = placed.rect(place.rect);
        if !ui.is_rect_visible(rect.expand(12.0)) {
            continue;
        }
        if place.is_folded {
            if counter::stages_ui(ui, rect, placed.scale, stages) {
                painted.done.fold = Some(FoldEvent::OpenStages(place.stages.clone()));
            }
            continue;
        }
        stage_ui(ui, placed, drawing, path, (node, place), &mut painted);
    }
    painted
}

fn stage_ui(
    ui: &mut Ui,
    placed: Placed,
    drawing: Drawing<'_>,
    path: Option<&BTreeSet<ActionKey>>,
    (node, place): (&StageNode, &StageBox),
    painted: &mut Painted,
) {
    let foldable = drawing.opened.contains(&place.stages.start);
    if stage::frame_ui(ui, placed, node, place, foldable) {
        painted.done.fold = Some(FoldEvent::Close(place.stages.start));
    }
    let whole = ui.opacity();
    for cell in &place.cells {
        let rect = placed.rect(cell.rect);
        let Some(row) = node.rows.get(cell.row).filter(|_| ui.is_rect_visible(rect)) else {
            continue;
        };
        match &cell.cell {
            Cell::Action(column) => {
                let Some(action) = row.actions.get(*column) else {
                    continue;
                };
                if path.is_some_and(|path| !path.contains(&action.key)) {
                    ui.set_opacity(whole * DIMMED);
                }
                let (event, hovered) = card::action_ui(ui, rect, placed.scale, action, drawing);
                ui.set_opacity(whole);
                painted.done.event = event.or_else(|| painted.done.event.take());
                if hovered {
                    painted.hovered = Some(action.key.clone());
                }
            }
            Cell::Counter(hidden) => {
                let hidden: Vec<_> = hidden
                    .iter()
                    .filter_map(|column| row.actions.get(*column))
                    .collect();
                if counter::actions_ui(ui, rect, placed.scale, node, &hidden) {
                    let keys = hidden.iter().map(|action| action.key.clone());
                    painted.done.fold = Some(FoldEvent::Open(keys.collect()));
                }
            }
        }
    }
    let frame = placed.rect(place.rect);
    let event = condition::badges_ui(ui, frame, placed.scale, node);
    painted.done.event = event.or_else(|| painted.done.event.take());
}
