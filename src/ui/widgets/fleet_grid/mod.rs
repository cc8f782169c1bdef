//! The fleet of a deployment: a row an instance, a column a lifecycle event, a cell its state and time.
//!
//! Rows are virtual: a frame paints those in view, whatever the fleet's size. The grid is one stop for the keyboard;
//! arrows move the selected cell. Main thread, inside a frame.

mod columns;
pub mod diagnostics;

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{
    self, CornerRadius, Key, Modifiers, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use super::log_view::ARROWS;
use super::{age, glyph, safe_text};
use crate::model::deployment::{LifecycleEvent, Target};
use crate::model::ids::TargetId;
use crate::model::status::Status;
use crate::model::time::{self, Timestamp};
use crate::ui::theme::{self, font, size};

/// A row with its gap.
pub const ROW: f32 = 26.0;
/// The row of column names.
pub const HEAD: f32 = 24.0;
const PADDING: f32 = 12.0;
const GAP: f32 = 4.0;
/// The column of targets, where there is room for it.
const NAME: f32 = 220.0;
/// The column of ages.
const AGE: f32 = 84.0;

/// A target and one of its events, by name: both survive a new order of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub target: TargetId,
    pub event: String,
}

#[derive(Default)]
pub struct FleetGrid {
    /// The targets the columns were made of.
    of: Option<Arc<Vec<Target>>>,
    columns: Vec<String>,
    selected: Option<Cell>,
    /// A person chose the cell; otherwise it moves on with the failures.
    chosen: bool,
}

/// Where things stand from left to right.
struct Measures {
    left: f32,
    name: f32,
    cell: f32,
    right: f32,
}

impl Measures {
    fn of(room: Rect, columns: usize) -> Self {
        let left = room.left() + PADDING;
        let right = room.right() - PADDING;
        let name = NAME.min((right - left) * 0.3);
        let cells = right - left - name - AGE;
        Self {
            left,
            name,
            cell: (cells / columns.max(1) as f32).max(16.0),
            right,
        }
    }

    fn column(&self, column: usize) -> f32 {
        self.left + self.name + column as f32 * self.cell
    }
}

impl FleetGrid {
    /// The cell whose diagnostics are shown: the one chosen, else the first failure, else what runs.
    pub fn selected<'a>(&self, targets: &'a [Target]) -> Option<(&'a Target, &'a LifecycleEvent)> {
        let cell = self.selected.as_ref()?;
        let target = targets.iter().find(|target| target.id == cell.target)?;
        let event = target
            .events
            .iter()
            .find(|event| event.name == cell.event)?;
        Some((target, event))
    }

    /// The height all rows would take.
    pub fn natural_height(targets: usize) -> f32 {
        HEAD + targets as f32 * ROW + 12.0
    }

    /// Paints the grid in all the room there is.
    pub fn ui(&mut self, ui: &mut Ui, targets: &Arc<Vec<Target>>, now: Timestamp, covered: bool) {
        self.take_in(targets);
        let room = ui.available_rect_before_wrap();
        let measures = Measures::of(room, self.columns.len());
        self.head(ui, room, &measures, targets);
        let body = Rect::from_min_max(pos2(room.left(), room.top() + HEAD), room.max);
        let response = ui.interact(
            body,
            ui.scope_id().with("fleet"),
            Sense::CLICK | Sense::FOCUSABLE,
        );
        response.widget_info(|| {
            WidgetInfo::labeled(
                Role::Grid,
                true,
                format!("Fleet of {} targets", targets.len()),
            )
        });
        if response.clicked() {
            response.request_focus();
        }
        if response.has_focus() {
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, ARROWS));
        }
        let moved = response.has_focus() && !covered && self.keys(ui, targets);
        let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(body));
        let mut area = egui::ScrollArea::vertical()
            .id_salt("fleet rows")
            .auto_shrink([false, false]);
        if moved && let Some(row) = self.selected_row(targets) {
            // Bring the row to the middle; the area keeps it within its ends.
            area = area.vertical_scroll_offset((row as f32 * ROW - body.height() / 2.0).max(0.0));
        }
        inside.spacing_mut().item_spacing.y = 0.0;
        area.show_rows(&mut inside, ROW, targets.len(), |ui, rows| {
            for index in rows {
                if let Some(target) = targets.get(index) {
                    let (rect, _) =
                        ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
                    self.row(ui, rect, &measures, target, now);
                }
            }
        });
        if response.has_focus() {
            ui.painter().rect_stroke(
                body.shrink(1.0),
                CornerRadius::same(size::RADIUS),
                Stroke::new(1.0, theme::of(ui).accent),
                StrokeKind::Inside,
            );
        }
        ui.advance_cursor_after_rect(room);
    }

    fn take_in(&mut self, targets: &Arc<Vec<Target>>) {
        let same = self
            .of
            .as_ref()
            .is_some_and(|before| Arc::ptr_eq(before, targets));
        if same {
            return;
        }
        self.columns = columns::of(targets);
        self.of = Some(Arc::clone(targets));
        if !self.chosen || self.selected(targets).is_none() {
            self.chosen = false;
            self.selected = first_look(targets);
        }
    }

    fn head(&self, ui: &Ui, room: Rect, measures: &Measures, targets: &[Target]) {
        let theme = theme::of(ui);
        let y = room.top() + HEAD / 2.0 + 2.0;
        let kind = match targets.first().map(|target| target.kind.as_str()) {
            Some("InstanceTarget") => "Instance",
            Some("LambdaTarget") => "Function",
            Some("ECSTarget") => "Service",
            _ => "Target",
        };
        let put = |x: f32, width: f32, text: &str, hint: &str| {
            let rect = Rect::from_min_size(pos2(x, room.top()), vec2(width, HEAD));
            let response = ui.interact(rect, ui.scope_id().with(("head", hint)), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, hint));
            let mut job = egui::text::LayoutJob::simple_singleline(
                text.to_owned(),
                font::small(),
                theme.faint,
            );
            job.wrap = egui::text::TextWrapping::truncate_at_width(width - GAP);
            let galley = ui.painter().layout_job(job);
            ui.painter()
                .galley(pos2(x, y - galley.size().y / 2.0), galley, theme.faint);
            response.on_hover_text(safe_text::line(hint));
        };
        put(measures.left, measures.name, kind, kind);
        for (column, event) in self.columns.iter().enumerate() {
            put(
                measures.column(column),
                measures.cell,
                &safe_text::line(columns::short(event)),
                event,
            );
        }
        let galley = ui
            .painter()
            .layout_no_wrap("Updated".to_owned(), font::small(), theme.faint);
        let at = pos2(measures.right - galley.size().x, y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, theme.faint);
    }

    fn row(&mut self, ui: &Ui, rect: Rect, measures: &Measures, target: &Target, now: Timestamp) {
        let theme = theme::of(ui);
        let middle = rect.center().y;
        let place = Rect::from_min_max(rect.min, pos2(measures.column(0), rect.bottom()));
        let response = ui.interact(
            place,
            ui.scope_id().with(("target", target.id.as_str())),
            Sense::CLICK,
        );
        response.widget_info(|| {
            WidgetInfo::labeled(
                Role::RowHeader,
                true,
                format!("{}, {}", target.id, target.state),
            )
        });
        glyph::paint(
            ui,
            Rect::from_center_size(
                pos2(measures.left + 6.0, middle),
                vec2(size::SMALL_GLYPH, size::SMALL_GLYPH),
            ),
            target.state.status,
        );
        let name = safe_text::elide_middle(&safe_text::line(target.id.as_str()), 26).into_owned();
        let galley = ui.painter().layout_no_wrap(name, font::mono(), theme.text);
        let after = measures.left + 20.0 + galley.size().x + 8.0;
        ui.painter().galley(
            pos2(measures.left + 20.0, middle - galley.size().y / 2.0),
            galley,
            theme.text,
        );
        if let Some(label) = &target.label {
            let label = safe_text::line(label).into_owned();
            let galley = ui
                .painter()
                .layout_no_wrap(label, font::small(), theme.faint);
            if after + galley.size().x < measures.column(0) {
                let at = pos2(after, middle - galley.size().y / 2.0);
                ui.painter().galley(at, galley, theme.faint);
            }
        }
        if response.clicked() {
            self.chosen = true;
            self.selected = event_of_interest(target).map(|event| Cell {
                target: target.id.clone(),
                event: event.name.clone(),
            });
        }
        response.on_hover_text(safe_text::line(&format!("{}: {}", target.id, target.state)));
        for column in 0..self.columns.len() {
            let cell = Rect::from_min_size(
                pos2(measures.column(column), rect.top() + 2.0),
                vec2(measures.cell - GAP, ROW - 4.0),
            );
            self.cell(ui, cell, column, target, now);
        }
        if let Some(updated) = target.updated {
            let text = time::ago(updated, now);
            let galley = ui
                .painter()
                .layout_no_wrap(text, font::small(), theme.faint);
            let at = pos2(
                measures.right - galley.size().x,
                middle - galley.size().y / 2.0,
            );
            ui.painter().galley(at, galley, theme.faint);
            age::tick(ui, updated.age(now));
        }
    }

    fn cell(&mut self, ui: &Ui, rect: Rect, column: usize, target: &Target, now: Timestamp) {
        let Some(name) = self.columns.get(column) else {
            return;
        };
        let theme = theme::of(ui);
        let radius = CornerRadius::same(size::CELL_RADIUS);
        let painter = ui.painter();
        let Some(event) = target.events.iter().find(|event| event.name == *name) else {
            // This target does not go through that event.
            painter.hline(
                rect.center().x - 4.0..=rect.center().x + 4.0,
                rect.center().y,
                theme.outline(),
            );
            return;
        };
        let status = event.state.status;
        let spent = spent(event, now);
        match theme.status_tint(status) {
            Some(tint) => {
                painter.rect_filled(rect, radius, tint);
            }
            None => {
                painter.rect_stroke(rect, radius, theme.outline(), StrokeKind::Inside);
            }
        }
        if status != Status::NotRun {
            let side = 10.0;
            glyph::paint(
                ui,
                Rect::from_center_size(
                    pos2(rect.left() + 6.0 + side / 2.0, rect.center().y),
                    vec2(side, side),
                ),
                status,
            );
            let words = spent.map(short_duration).unwrap_or_default();
            let colour = theme.status(status);
            let galley = painter.layout_no_wrap(words, font::tiny_plain(), colour);
            if galley.size().x + 24.0 <= rect.width() {
                let at = pos2(rect.left() + 20.0, rect.center().y - galley.size().y / 2.0);
                painter.galley(at, galley, colour);
            }
        }
        if status == Status::Running
            && let Some(spent) = spent
        {
            age::tick_second(ui, spent);
        }
        let selected = self
            .selected
            .as_ref()
            .is_some_and(|cell| cell.target == target.id && cell.event == *name);
        if selected {
            let line = Stroke::new(1.5, theme.accent);
            painter.rect_stroke(rect, radius, line, StrokeKind::Inside);
        }
        let response = ui.interact(
            rect,
            ui.scope_id().with(("cell", target.id.as_str(), column)),
            Sense::CLICK,
        );
        let words = || {
            let took = spent.map(|spent| format!(", {}", time::duration(spent)));
            format!(
                "{} {}: {}{}",
                target.id,
                name,
                event.state,
                took.unwrap_or_default()
            )
        };
        response.widget_info(|| WidgetInfo::selected(Role::Cell, true, selected, words()));
        if response.clicked() {
            self.chosen = true;
            self.selected = Some(Cell {
                target: target.id.clone(),
                event: name.clone(),
            });
        }
        response.on_hover_ui(|ui| {
            ui.label(safe_text::line(&words()).into_owned());
        });
    }

    /// Arrows move the selected cell; returns whether it moved.
    fn keys(&mut self, ui: &Ui, targets: &[Target]) -> bool {
        let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let down = i64::from(pressed(Key::ArrowDown)) - i64::from(pressed(Key::ArrowUp));
        let right = i64::from(pressed(Key::ArrowRight)) - i64::from(pressed(Key::ArrowLeft));
        if down == 0 && right == 0 {
            return false;
        }
        let row = self.selected_row(targets).unwrap_or(0);
        let column = self
            .selected
            .as_ref()
            .and_then(|cell| self.columns.iter().position(|name| *name == cell.event))
            .unwrap_or(0);
        let step = |at: usize, by: i64, count: usize| {
            (at as i64 + by).clamp(0, count.saturating_sub(1) as i64) as usize
        };
        let row = step(row, down, targets.len());
        let column = step(column, right, self.columns.len());
        if let (Some(target), Some(event)) = (targets.get(row), self.columns.get(column)) {
            self.chosen = true;
            self.selected = Some(Cell {
                target: target.id.clone(),
                event: event.clone(),
            });
        }
        true
    }

    fn selected_row(&self, targets: &[Target]) -> Option<usize> {
        let selected = self.selected.as_ref()?;
        targets
            .iter()
            .position(|target| target.id == selected.target)
    }
}

/// What to look at first: a failure, else what runs, else nothing.
fn first_look(targets: &[Target]) -> Option<Cell> {
    let found = targets
        .iter()
        .find_map(|target| Some((target, target.failed_event()?)))
        .or_else(|| {
            targets.iter().find_map(|target| {
                let running = target
                    .events
                    .iter()
                    .find(|event| event.state.status == Status::Running)?;
                Some((target, running))
            })
        });
    found.map(|(target, event)| Cell {
        target: target.id.clone(),
        event: event.name.clone(),
    })
}

/// The event that says most of a target: what failed, what runs, what ended last, the first.
fn event_of_interest(target: &Target) -> Option<&LifecycleEvent> {
    target
        .failed_event()
        .or_else(|| {
            target
                .events
                .iter()
                .find(|event| event.state.status == Status::Running)
        })
        .or_else(|| {
            target
                .events
                .iter()
                .rfind(|event| event.state.status == Status::Succeeded)
        })
        .or_else(|| target.events.first())
}

/// How long an event took, or has been running. AWS's end can lie before its start; that is no time.
fn spent(event: &LifecycleEvent, now: Timestamp) -> Option<Duration> {
    let started = event.started?;
    match event.ended {
        Some(ended) => Some(started.age(ended)),
        None if event.state.status == Status::Running => Some(started.age(now)),
        None => None,
    }
}

/// `60 s`, `2 m 05`, `1 h 04`: as long as a cell is wide.
fn short_duration(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..100 => format!("{seconds} s"),
        100..3_600 => format!("{} m {:02}", seconds / 60, seconds % 60),
        _ => format!("{} h {:02}", seconds / 3_600, seconds % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::State;

    fn event(name: &str, word: &str, started: i64, ended: Option<i64>) -> LifecycleEvent {
        LifecycleEvent {
            name: name.to_owned(),
            state: State::of_deployment(word),
            started: Some(Timestamp::from_millis(started)),
            ended: ended.map(Timestamp::from_millis),
            diagnostics: None,
        }
    }

    fn target(id: &str, events: Vec<LifecycleEvent>) -> Target {
        Target {
            id: id.into(),
            kind: "InstanceTarget".to_owned(),
            state: State::of_deployment("InProgress"),
            label: None,
            updated: None,
            events,
        }
    }

    #[test]
    fn the_first_look_is_at_a_failure_and_moves_to_it_until_a_person_chooses() {
        let running = Arc::new(vec![target(
            "i-1",
            vec![
                event("Install", "Succeeded", 0, Some(9)),
                event("ApplicationStart", "InProgress", 9, None),
            ],
        )]);
        let mut grid = FleetGrid::default();
        grid.take_in(&running);
        let name = |grid: &FleetGrid, targets: &[Target]| {
            grid.selected(targets)
                .map(|(target, event)| format!("{} {}", target.id, event.name))
        };
        assert_eq!(
            name(&grid, &running).as_deref(),
            Some("i-1 ApplicationStart")
        );
        let failed = Arc::new(vec![
            target("i-2", vec![event("Install", "Failed", 0, Some(9))]),
            running[0].clone(),
        ]);
        grid.take_in(&failed);
        assert_eq!(name(&grid, &failed).as_deref(), Some("i-2 Install"));
        grid.chosen = true;
        grid.selected = Some(Cell {
            target: "i-1".into(),
            event: "Install".to_owned(),
        });
        let again = Arc::new(failed.to_vec());
        grid.take_in(&again);
        assert_eq!(name(&grid, &again).as_deref(), Some("i-1 Install"));
    }

    #[test]
    fn an_end_before_its_start_is_no_time_and_running_counts_on() {
        let now = Timestamp::from_millis(70_000);
        let took = |event: &LifecycleEvent| spent(event, now).map(short_duration);
        assert_eq!(
            took(&event("a", "Succeeded", 5_000, Some(1_000))).as_deref(),
            Some("0 s")
        );
        assert_eq!(
            took(&event("a", "InProgress", 10_000, None)).as_deref(),
            Some("60 s")
        );
        assert_eq!(took(&event("a", "Pending", 10_000, None)), None);
        assert_eq!(short_duration(Duration::from_secs(125)), "2 m 05");
        assert_eq!(short_duration(Duration::from_mins(64)), "1 h 04");
    }
}
