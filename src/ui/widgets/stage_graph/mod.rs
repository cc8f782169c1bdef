//! The stage graph: a pipeline's stages from left to right, what runs in them, and what is on its way.
//!
//! The Project view owns a [`StageGraphWidget`] and hands it the joined graph with its layout once a frame. Only what is
//! in sight is painted and has a node for the screen reader. Main thread.

mod canvas;
mod card;
mod layout;
mod notes;
mod stage;

use eframe::egui::{self, PointerButton, Pos2, Rect, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::model::graph::StageGraph;
use crate::model::ids::{ActionKey, ExecutionId, StageName};
use crate::model::time::Timestamp;
use crate::ui::widgets::button::Button;

use canvas::{Canvas, Placed};
pub use card::text as line_of_text;
pub use layout::{Layout, layout};
pub use notes::{execution_link, lanes_height, lanes_ui, notes_ui};

/// What a person did to the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GraphEvent {
    Select(ActionKey),
    /// Double click: what the selection's key `Enter` does.
    Open(ActionKey),
    /// The switch on the way into a stage.
    Transition(StageName),
    /// An execution named beside the graph.
    Execution(ExecutionId),
}

/// What is drawn.
#[derive(Clone, Copy)]
pub struct Drawing<'a> {
    pub graph: &'a StageGraph,
    pub layout: &'a Layout,
    pub selected: Option<&'a ActionKey>,
    pub now: Timestamp,
}

/// The look at the graph: where a person panned and zoomed to.
#[derive(Default)]
pub struct StageGraphWidget {
    canvas: Canvas,
    reveal: Option<ActionKey>,
}

impl StageGraphWidget {
    /// Another graph: fits it.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Brings an action into sight in the next frame: after a step of the keyboard.
    pub fn reveal(&mut self, action: ActionKey) {
        self.reveal = Some(action);
    }

    /// Paints the graph into a room of this height and returns what was done to it.
    pub fn ui(&mut self, ui: &mut Ui, drawing: Drawing<'_>, height: f32) -> Option<GraphEvent> {
        let size = Vec2::new(ui.available_width(), height);
        let (room, background) = ui.allocate_exact_size(size, Sense::drag());
        let name = format!("Stage graph, {} stages", drawing.graph.stages.len());
        background.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &name));
        self.steer(ui, &background, room, drawing);
        let placed = self.canvas.placed(drawing.layout.size, room);

        let event = ui
            .scope_builder(
                egui::UiBuilder::new().max_rect(room).id_salt("stages"),
                |ui| {
                    // A hair of room, for the ring around a selected card at the edge.
                    ui.shrink_clip_rect(room.expand(2.0));
                    stages_ui(ui, placed, drawing)
                },
            )
            .inner;
        if !self.canvas.is_fitted() {
            let corner = Rect::from_min_size(
                Pos2::new(room.right() - 48.0, room.top()),
                Vec2::new(48.0, 22.0),
            );
            let button = Button::new("Fit").small().named("Fit the stage graph");
            if ui.place(corner, button).clicked() {
                self.canvas.fit();
            }
        }
        event
    }

    fn steer(&mut self, ui: &Ui, background: &egui::Response, room: Rect, drawing: Drawing<'_>) {
        let whole = drawing.layout.size;
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

/// The stage and the card of an action, so that what is revealed comes with its stage's name.
fn place_of(drawing: Drawing<'_>, action: &ActionKey) -> Option<Rect> {
    let index = drawing
        .graph
        .stages
        .iter()
        .position(|stage| stage.name == action.stage)?;
    let placed = drawing.layout.stages.get(index)?;
    let node = drawing.graph.stages.get(index)?;
    let card = placed.actions.iter().find(|card| {
        let row = node.rows.get(card.row);
        row.and_then(|row| row.actions.get(card.column))
            .is_some_and(|node| node.key == *action)
    })?;
    Some(card.rect.expand(12.0))
}

fn stages_ui(ui: &Ui, placed: Placed, drawing: Drawing<'_>) -> Option<GraphEvent> {
    let mut event = None;
    let stages = drawing.graph.stages.iter().zip(&drawing.layout.stages);
    for (node, place) in stages {
        if let Some(arrow) = place.arrow {
            let arrow = placed.rect(arrow);
            if ui.is_rect_visible(arrow) {
                event = stage::arrow_ui(ui, arrow, placed.scale, node, drawing.now).or(event);
            }
        }
        if !ui.is_rect_visible(placed.rect(place.rect)) {
            continue;
        }
        stage::frame_ui(ui, placed, node, place);
        for card in &place.actions {
            let rect = placed.rect(card.rect);
            let action = node
                .rows
                .get(card.row)
                .and_then(|row| row.actions.get(card.column));
            if let Some(action) = action.filter(|_| ui.is_rect_visible(rect)) {
                event = card::action_ui(ui, rect, placed.scale, action, drawing).or(event);
            }
        }
    }
    event
}
