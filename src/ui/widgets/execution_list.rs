//! An execution as a table: a row for each attempt, sorted as a person likes.
//!
//! Rows are virtual, and the order is worked out when the attempts or the wish change. Main thread.

use std::cmp::Reverse;

use eframe::egui::{
    self, Align2, Color32, Id, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::model::status::Status;
use crate::model::time::{Timestamp, ago};
use crate::model::waterfall::{Bar, Waterfall};
use crate::ui::theme::{self, font, size};
use crate::ui::widgets::attempts::{Attempts, against_usual, attempt_words, hint, took_words};
use crate::ui::widgets::stage_graph::line_of_text;
use crate::ui::widgets::{age, glyph, safe_text};

pub const ROW: f32 = 26.0;
const PADDING: f32 = 12.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    State,
    Stage,
    Action,
    Provider,
    Started,
    Took,
    Usual,
    Who,
    Error,
}

impl Column {
    const ALL: [Self; 9] = [
        Self::State,
        Self::Stage,
        Self::Action,
        Self::Provider,
        Self::Started,
        Self::Took,
        Self::Usual,
        Self::Who,
        Self::Error,
    ];

    const fn title(self) -> &'static str {
        match self {
            Self::State => "State",
            Self::Stage => "Stage",
            Self::Action => "Action",
            Self::Provider => "Provider",
            Self::Started => "Started",
            Self::Took => "Took",
            Self::Usual => "Against usual",
            Self::Who => "Who",
            Self::Error => "Error",
        }
    }

    /// Its part of the room.
    const fn share(self) -> f32 {
        match self {
            Self::State => 0.11,
            Self::Stage => 0.12,
            Self::Action => 0.17,
            Self::Provider => 0.10,
            Self::Started | Self::Took | Self::Who => 0.08,
            Self::Usual | Self::Error => 0.13,
        }
    }
}

/// The table's look: how it is sorted.
pub struct ExecutionList {
    sort: Column,
    /// Against the column's natural direction.
    reversed: bool,
    order: Vec<usize>,
    /// What the order was worked out for.
    of: Option<(u64, Column, bool)>,
}

impl Default for ExecutionList {
    fn default() -> Self {
        Self {
            sort: Column::Started,
            reversed: false,
            order: Vec::new(),
            of: None,
        }
    }
}

impl ExecutionList {
    /// The room that all rows would take.
    pub fn natural_height(rows: usize) -> f32 {
        size::TABLE_HEADER + rows as f32 * ROW + 8.0
    }

    /// The attempts as they are sorted: indices of bars.
    pub fn order(&mut self, waterfall: &Waterfall, revision: u64) -> &[usize] {
        let wish = (revision, self.sort, self.reversed);
        if self.of != Some(wish) {
            self.order = (0..waterfall.bars.len()).collect();
            let bars = &waterfall.bars;
            let sort = self.sort;
            self.order
                .sort_by(|a, b| match (bars.get(*a), bars.get(*b)) {
                    (Some(a), Some(b)) => compare(a, b, sort),
                    _ => std::cmp::Ordering::Equal,
                });
            if self.reversed {
                self.order.reverse();
            }
            self.of = Some(wish);
        }
        &self.order
    }

    /// Paints the table into a room of this height; returns the bar that was clicked.
    pub fn ui(&mut self, ui: &mut Ui, shown: Attempts<'_>, height: f32) -> Option<usize> {
        let (room, area) =
            ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        area.widget_info(|| {
            let name = format!("List of {} attempts", shown.waterfall.bars.len());
            WidgetInfo::labeled(Role::Table, true, name)
        });
        let theme = theme::of(ui);
        ui.painter().add(theme.panel_frame().paint(room));
        self.head_ui(ui, room);
        self.order(shown.waterfall, shown.revision);
        let top = room.top() + size::TABLE_HEADER;
        let body = Rect::from_min_max(pos2(room.left(), top), room.max).shrink(1.0);
        let mut clicked = None;
        let builder = egui::UiBuilder::new().max_rect(body).id_salt("attempts");
        ui.scope_builder(builder, |ui| {
            ui.shrink_clip_rect(body);
            ui.spacing_mut().item_spacing.y = 0.0;
            let mut scroll = egui::ScrollArea::vertical()
                .id_salt("rows")
                .auto_shrink(false);
            let row = self.order.iter().position(|index| {
                let bar = shown.waterfall.bars.get(*index);
                bar.is_some_and(|bar| shown.is_selected(bar))
            });
            let kept = Id::unique("attempts scroll");
            if let Some(offset) = shown.offset(ui.ctx(), kept, row, (ROW, body.height())) {
                scroll = scroll.vertical_scroll_offset(offset);
            }
            let output = scroll.show_rows(ui, ROW, self.order.len(), |ui, rows| {
                for index in self.order.get(rows).unwrap_or_default() {
                    if let Some(bar) = shown.waterfall.bars.get(*index)
                        && row_ui(ui, room, bar, shown)
                    {
                        clicked = Some(*index);
                    }
                }
            });
            let offset = output.state.clamped_offset().y;
            ui.ctx().data_mut(|data| data.insert_temp(kept, offset));
        });
        clicked
    }

    fn head_ui(&mut self, ui: &Ui, room: Rect) {
        let theme = theme::of(ui);
        for (column, left, width) in columns(room) {
            let rect = Rect::from_min_size(
                pos2(left, room.top() + 1.0),
                vec2(width, size::TABLE_HEADER - 1.0),
            );
            let id = ui.scope_id().with(("head", column.title()));
            let response = ui.interact(rect, id, Sense::click());
            let is_on = self.sort == column;
            let direction = match (is_on, self.reversed) {
                (false, _) => "",
                (true, false) => ", sorted by it",
                (true, true) => ", sorted by it, reversed",
            };
            let name = format!("Sort attempts by {}{direction}", column.title());
            response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, &name));
            let colour = if is_on || response.hovered() || response.has_focus() {
                theme.soft
            } else {
                theme.faint
            };
            let mark = match (is_on, self.reversed) {
                (false, _) => "",
                (true, false) => " ↓",
                (true, true) => " ↑",
            };
            let words = format!("{}{mark}", column.title());
            let at = pos2(left, rect.center().y);
            let face = font::small_medium();
            line_of_text(
                ui,
                at,
                Align2::LEFT_CENTER,
                &words,
                face,
                colour,
                width - 6.0,
            );
            if response.clicked() {
                self.reversed = is_on && !self.reversed;
                self.sort = column;
            }
        }
        let line = room.top() + size::TABLE_HEADER - 0.5;
        let across = room.x_range().shrink(1.0);
        ui.painter().hline(across, line, theme.row_line());
    }
}

fn columns(room: Rect) -> impl Iterator<Item = (Column, f32, f32)> {
    let whole = room.width() - 2.0 * PADDING;
    let mut left = room.left() + PADDING;
    Column::ALL.into_iter().map(move |column| {
        let width = whole * column.share();
        let at = left;
        left += width;
        (column, at, width)
    })
}

fn row_ui(ui: &mut Ui, room: Rect, bar: &Bar, shown: Attempts<'_>) -> bool {
    let theme = theme::of(ui);
    let wanted = vec2(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    shown.light(ui, &response, bar);
    let line = rect.center().y;
    for (column, left, width) in columns(room) {
        let mut left = left;
        if column == Column::State {
            let mark = Rect::from_center_size(
                pos2(left + size::SMALL_GLYPH / 2.0, line),
                Vec2::splat(size::SMALL_GLYPH),
            );
            glyph::paint(ui, mark, bar.state.status);
            left = mark.right() + 6.0;
        }
        let (words, colour) = cell(column, bar, shown.now, theme);
        let room = width - 8.0 - if column == Column::State { 18.0 } else { 0.0 };
        let face = match column {
            Column::Action => font::body(),
            _ => font::small(),
        };
        let at = pos2(left, line);
        let words = safe_text::line(&words);
        line_of_text(ui, at, Align2::LEFT_CENTER, &words, face, colour, room);
    }
    if bar.ended.is_none() {
        age::tick_second(ui, bar.took(shown.now));
    }
    age::tick(ui, bar.started.age(shown.now));
    let clicked = response.clicked();
    response.on_hover_ui(|ui| {
        ui.label(theme::of(ui).body(hint(bar, shown.now)));
    });
    clicked
}

fn cell(column: Column, bar: &Bar, now: Timestamp, theme: &theme::Theme) -> (String, Color32) {
    let by = || bar.by.clone().unwrap_or_default();
    match column {
        Column::State => {
            let waits = bar.state.status == Status::Waiting;
            let colour = if waits { theme.wait } else { theme.soft };
            let words = if waits {
                "waiting"
            } else {
                bar.state.status.label()
            };
            (words.to_owned(), colour)
        }
        Column::Stage => (bar.key.stage.to_string(), theme.soft),
        Column::Action => {
            let attempt = attempt_words(bar).map(|words| {
                let first = words.split(", ").next().unwrap_or_default().to_owned();
                format!(" · {first}")
            });
            let words = format!("{}{}", bar.key.action, attempt.unwrap_or_default());
            let colour = if bar.is_latest() {
                theme.text
            } else {
                theme.faint
            };
            (words, colour)
        }
        Column::Provider => (bar.provider.clone(), theme.faint),
        Column::Started => (ago(bar.started, now), theme.faint),
        Column::Took => (took_words(bar, now), theme.soft),
        Column::Usual => (
            against_usual(bar, now),
            if bar.is_slow(now) {
                theme.text
            } else {
                theme.faint
            },
        ),
        Column::Who => (by(), theme.faint),
        Column::Error => (
            bar.error
                .as_ref()
                .map_or_else(String::new, |error| error.message.clone()),
            theme.fail,
        ),
    }
}

/// In the column's natural direction: times newest and longest first, states by how much they need a look.
fn compare(a: &Bar, b: &Bar, sort: Column) -> std::cmp::Ordering {
    let newest = |bar: &Bar| Reverse((bar.started, bar.attempt));
    let took = |bar: &Bar| Reverse(bar.ended.map(|ended| bar.started.age(ended)));
    let against = |bar: &Bar| {
        let ratio = bar.ended.zip(bar.usual.filter(|_| !bar.is_gate()));
        let ratio = ratio.map(|(ended, usual)| {
            bar.started.age(ended).as_millis() * 1_000 / usual.as_millis().max(1)
        });
        Reverse(ratio)
    };
    let order = match sort {
        Column::State => a.state.status.cmp(&b.state.status),
        Column::Stage => a.key.stage.cmp(&b.key.stage),
        Column::Action => a.key.action.cmp(&b.key.action),
        Column::Provider => a.provider.cmp(&b.provider),
        Column::Started => newest(a).cmp(&newest(b)),
        // What goes on has no end yet; it stands last.
        Column::Took => took(a).cmp(&took(b)),
        Column::Usual => against(a).cmp(&against(b)),
        Column::Who => (a.by.is_none(), &a.by).cmp(&(b.by.is_none(), &b.by)),
        Column::Error => {
            let error = |bar: &Bar| bar.error.as_ref().map(|error| error.message.clone());
            (error(a).is_none(), error(a)).cmp(&(error(b).is_none(), error(b)))
        }
    };
    order.then_with(|| newest(a).cmp(&newest(b)))
}
