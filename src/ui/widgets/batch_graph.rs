//! A batch build as a graph: its groups from left to right by what they wait for, each with its state and its time.
//!
//! Only nodes in sight are painted and have a name for the screen reader. Main thread.

mod layout;

use eframe::egui::{
    self, Align2, CornerRadius, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    epaint::CubicBezierShape, pos2, vec2,
};

use super::stage_graph::line_of_text;
use super::{age, glyph, safe_text};
use crate::model::build::{Batch, BatchGroup};
use crate::model::status::{State, Status};
use crate::model::time::{Timestamp, duration};
use crate::ui::theme::{self, Theme, font, size};
use layout::Layout;

pub use layout::step;

/// The look at a graph: where everything stands, for as long as its groups are the same.
#[derive(Default)]
pub struct BatchGraph {
    laid_out: Option<(Vec<(String, Vec<String>)>, Layout)>,
    reveal: bool,
}

/// What was done to it.
pub enum Event {
    Select(usize),
    /// Double click: what Enter does.
    Open(usize),
}

impl BatchGraph {
    /// Brings the selected group into sight in the next frame.
    pub fn reveal(&mut self) {
        self.reveal = true;
    }

    /// The height that everything takes.
    pub fn natural_height(&mut self, batch: &Batch) -> f32 {
        // Two points for the border of its panel.
        self.follow(batch).size.y + 26.0
    }

    fn follow(&mut self, batch: &Batch) -> &Layout {
        let is_same = self.laid_out.as_ref().is_some_and(|(of, _)| {
            of.len() == batch.groups.len()
                && of.iter().zip(&batch.groups).all(|((name, needs), group)| {
                    *name == group.identifier && *needs == group.depends_on
                })
        });
        if !is_same {
            self.laid_out = None;
        }
        let (_, layout) = self.laid_out.get_or_insert_with(|| {
            let groups = batch.groups.iter();
            let of: Vec<(String, Vec<String>)> = groups
                .map(|group| (group.identifier.clone(), group.depends_on.clone()))
                .collect();
            let layout = Layout::of(&of);
            (of, layout)
        });
        layout
    }

    /// Paints it into all the room there is.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        batch: &Batch,
        selected: Option<usize>,
        now: Timestamp,
    ) -> Option<Event> {
        let reveal = std::mem::take(&mut self.reveal);
        let layout = self.follow(batch);
        let mut event = None;
        egui::ScrollArea::both()
            .id_salt("batch graph")
            .auto_shrink(false)
            .show(ui, |ui| {
                let wanted = layout.size + Vec2::splat(24.0);
                let (room, area) = ui.allocate_exact_size(wanted, Sense::hover());
                let name = format!("Graph of {} builds", batch.groups.len());
                area.widget_info(|| WidgetInfo::labeled(Role::Group, true, &name));
                let origin = room.min + Vec2::splat(12.0);
                let place = |rect: Rect| rect.translate(origin.to_vec2());
                for edge in &layout.edges {
                    let ends = layout.nodes.get(edge.from).zip(layout.nodes.get(edge.to));
                    if let Some((from, to)) = ends {
                        let lane = edge.lane.map(place);
                        edge_ui(ui, place(*from), place(*to), lane);
                    }
                }
                for (index, (group, rect)) in batch.groups.iter().zip(&layout.nodes).enumerate() {
                    let rect = place(*rect);
                    let is_on = selected == Some(index);
                    if is_on && reveal {
                        ui.scroll_to_rect(rect.expand(12.0), None);
                    }
                    if !ui.is_rect_visible(rect) {
                        continue;
                    }
                    match node_ui(ui, rect, batch, group, is_on, now) {
                        Some(true) => event = Some(Event::Open(index)),
                        Some(false) => event = Some(Event::Select(index)),
                        None => {}
                    }
                }
            });
        event
    }
}

/// What a group does now: its build's state, or that it waits.
pub fn state(group: &BatchGroup) -> State {
    match &group.current {
        Some(build) => build.state.clone(),
        None => State::not_run(),
    }
}

/// What a group that has no build yet waits for: the groups before it that have not succeeded; empty where it waits for
/// CodeBuild alone. None once it has a build, or will have none because the batch has ended.
pub fn waits_for(batch: &Batch, group: &BatchGroup) -> Option<Vec<String>> {
    if group.current.is_some() || !batch.state.status.is_moving() {
        return None;
    }
    let is_open = |name: &&String| {
        let of_name = |other: &&BatchGroup| other.identifier == **name;
        let before = batch.groups.iter().find(of_name);
        before.is_none_or(|before| {
            let status = state(before).status;
            let may_fail = before.ignore_failure && status.is_bad();
            status != Status::Succeeded && !may_fail
        })
    };
    Some(group.depends_on.iter().filter(is_open).cloned().collect())
}

/// What is told of a group that has no build: `waiting for test_arm`, or that it did not run.
pub fn waiting_words(batch: &Batch, group: &BatchGroup) -> String {
    match waits_for(batch, group) {
        None => state(group).status.label().to_owned(),
        Some(open) if open.is_empty() => "waiting to begin".to_owned(),
        Some(open) => format!("waiting for {}", safe_text::line(&open.join(", "))),
    }
}

/// An edge; where nodes stand in between, along a lane beside their rows.
fn edge_ui(ui: &Ui, from: Rect, to: Rect, lane: Option<Rect>) {
    let (start, end) = (from.right_center(), to.left_center() - vec2(5.0, 0.0));
    let around = Rect::from_two_pos(start, end);
    let around = lane.map_or(around, |lane| around.union(lane));
    if !ui.is_rect_visible(around.expand(4.0)) {
        return;
    }
    let colour = theme::of(ui).faint;
    let stroke = Stroke::new(1.2, colour);
    let curve = |start: egui::Pos2, end: egui::Pos2, least: f32| {
        let bend = vec2(((end.x - start.x) / 2.0).max(least), 0.0);
        let points = [start, start + bend, end - bend, end];
        let none = egui::Color32::TRANSPARENT;
        ui.painter().add(CubicBezierShape::from_points_stroke(
            points, false, none, stroke,
        ));
    };
    match lane {
        None => curve(start, end, 16.0),
        Some(lane) => {
            let (enter, leave) = (lane.left_center(), lane.right_center());
            curve(start, enter, 0.0);
            ui.painter().line_segment([enter, leave], stroke);
            curve(leave, end, 0.0);
        }
    }
    let tip = end + vec2(4.0, 0.0);
    let head = vec![tip, end + vec2(-2.0, -3.5), end + vec2(-2.0, 3.5)];
    ui.painter()
        .add(Shape::convex_polygon(head, colour, Stroke::NONE));
}

/// Paints a node; returns whether it was pressed, and if so whether twice.
fn node_ui(
    ui: &Ui,
    rect: Rect,
    batch: &Batch,
    group: &BatchGroup,
    is_on: bool,
    now: Timestamp,
) -> Option<bool> {
    let theme = theme::of(ui);
    let id = ui.scope_id().with(("group", &group.identifier));
    let response = ui.interact(rect, id, Sense::click());
    let state = state(group);
    let name = safe_text::line(&group.identifier).into_owned();
    let took = took_words(ui, group, now);
    let does = if group.current.is_some() {
        state.status.label().to_owned()
    } else {
        waiting_words(batch, group)
    };
    response.widget_info(|| {
        let words = format!("{name}: {does} {took}");
        WidgetInfo::selected(Role::Button, true, is_on, words.trim_end())
    });
    let lit = response.hovered() || response.has_focus();
    frame_ui(ui, theme, rect, state.status, (is_on, lit));
    let inside = rect.shrink2(vec2(10.0, 8.0));
    let mark = Rect::from_min_size(
        pos2(inside.left(), inside.top() + 3.0),
        Vec2::splat(size::GLYPH),
    );
    glyph::paint(ui, mark, state.status);
    let left = mark.right() + 6.0;
    let at = pos2(left, mark.center().y);
    let room = inside.right() - left;
    line_of_text(
        ui,
        at,
        Align2::LEFT_CENTER,
        &name,
        font::strong(),
        theme.text,
        room,
    );
    let at = pos2(inside.left(), inside.bottom() - 7.0);
    let words = second_line(group, &does, &took);
    let room = inside.width();
    line_of_text(
        ui,
        at,
        Align2::LEFT_CENTER,
        &words,
        font::small(),
        theme.soft,
        room,
    );
    let pressed = response.clicked();
    let twice = response.double_clicked();
    response.on_hover_text(hint(group, &state, &does));
    (pressed || twice).then_some(twice)
}

fn frame_ui(ui: &Ui, theme: &Theme, rect: Rect, status: Status, (is_on, lit): (bool, bool)) {
    let radius = CornerRadius::same(size::RADIUS);
    let fill = if lit { theme.hover } else { theme.raised };
    let line = if is_on {
        Stroke::new(1.5, theme.accent)
    } else {
        theme.outline()
    };
    ui.painter()
        .rect(rect, radius, fill, line, StrokeKind::Inside);
    if theme.status_tint(status).is_some() {
        let bar = rect.with_max_y(rect.top() + 2.0).shrink2(vec2(5.0, 0.0));
        ui.painter().rect_filled(bar, 1, theme.status(status));
    }
}

fn second_line(group: &BatchGroup, does: &str, took: &str) -> String {
    let mut parts = Vec::new();
    if took.is_empty() {
        parts.push(does.to_owned());
    } else {
        parts.push(took.to_owned());
    }
    if !group.prior.is_empty() {
        parts.push(format!("try {}", group.prior.len() + 1));
    }
    if group.ignore_failure {
        parts.push("may fail".to_owned());
    }
    parts.join(" · ")
}

fn took_words(ui: &Ui, group: &BatchGroup, now: Timestamp) -> String {
    let Some(build) = &group.current else {
        return String::new();
    };
    let Some(started) = build.started else {
        return String::new();
    };
    let took = started.age(build.ended.unwrap_or(now));
    if build.ended.is_none() && build.state.status.is_moving() {
        age::tick_second(ui, took);
    }
    duration(took)
}

fn hint(group: &BatchGroup, state: &State, does: &str) -> String {
    let mut lines = vec![format!("{}: {does}", safe_text::line(&group.identifier))];
    if !state.word().is_empty() {
        lines.push(format!("AWS says {}", safe_text::line(state.word())));
    }
    if !group.depends_on.is_empty() {
        let names = group.depends_on.join(", ");
        lines.push(format!("comes after {}", safe_text::line(&names)));
    }
    if group.ignore_failure {
        lines.push("its failure does not fail the batch".to_owned());
    }
    lines.join("\n")
}
