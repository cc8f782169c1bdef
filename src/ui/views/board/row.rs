//! One pipeline as a row of the table, painted by hand: a row costs its texts and nothing else.

use std::time::Duration;

use eframe::egui::{
    self, Align2, Color32, CornerRadius, FontId, Rect, Response, Role, Sense, Stroke, StrokeKind,
    Ui, Vec2, WidgetInfo,
};

use super::columns::{CELL_GAP, Column, Columns, MOST_CELLS};
use crate::model::board::{BoardRow, StageCell};
use crate::model::status::Status;
use crate::model::time::{self, Timestamp};
use crate::ui::theme::{self, Theme, font, size};
use crate::ui::view::ViewContext;
use crate::ui::widgets::{age, fault_banner, glyph, safe_text, skeleton};

/// A reading older than this is shown as old: the polling table promises a younger one.
const STALE: Duration = Duration::from_mins(20);

/// Paints a row and answers clicks on it.
pub fn show(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    row: &BoardRow,
    columns: &Columns,
    selected: bool,
) -> Response {
    let wanted = Vec2::new(ui.available_width(), size::ROW);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, selected, row.key.name.as_str()));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_description(description(row));
    });
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let theme = theme::of(ui);
    if selected {
        ui.painter().rect_filled(rect, 0, theme.accent_bg);
    } else if response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect, 0, theme.faded(theme.hover, 0.6));
    }
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, theme.row_line());
    let stale = stale(row, cx.now);
    let pen = Pen {
        ui,
        theme,
        now: cx.now,
        strength: if stale { 0.55 } else { 1.0 },
    };
    for (column, cell) in columns.cells(rect) {
        pen.cell(cx, row, column, cell);
    }
    hint(cx, row, columns, rect, &response);
    response
}

fn stale(row: &BoardRow, now: Timestamp) -> bool {
    row.fault.is_some() || row.fetched_at.is_some_and(|at| at.age(now) > STALE)
}

/// What a screen reader says after the name.
fn description(row: &BoardRow) -> String {
    let stages = row.stages.iter().map(|stage| {
        let closed = if stage.disabled {
            ", transition off"
        } else {
            ""
        };
        format!("{} {}{closed}", stage.name, stage.status.label())
    });
    format!(
        "{} in {}; {}; {}",
        row.status.label(),
        row.key.scope,
        row.change,
        stages.collect::<Vec<_>>().join("; ")
    )
}

struct Pen<'a> {
    ui: &'a Ui,
    theme: &'static Theme,
    now: Timestamp,
    /// Below one for what is old.
    strength: f32,
}

impl Pen<'_> {
    fn colour(&self, colour: Color32) -> Color32 {
        if self.strength < 1.0 {
            self.theme.faded(colour, self.strength)
        } else {
            colour
        }
    }

    fn cell(&self, cx: &ViewContext<'_>, row: &BoardRow, column: Column, room: Rect) {
        let theme = self.theme;
        let waits_for_data =
            row.loading && !matches!(column, Column::Status | Column::Pipeline | Column::Account);
        if waits_for_data {
            let bar = Rect::from_center_size(room.center(), Vec2::new(room.width() * 0.7, 10.0));
            skeleton::paint(self.ui, bar);
            return;
        }
        match column {
            Column::Status => self.status(row, room),
            Column::Pipeline => {
                let name = safe_text::line(row.key.name.as_str());
                self.text(room, &name, font::strong(), theme.text);
            }
            Column::Account => self.account(cx, row, room),
            Column::Stages => self.stages(row, room),
            Column::Revision => {
                if let Some(revision) = &row.revision {
                    let short = safe_text::line(revision.id.short());
                    self.text(room, &short, font::mono(), theme.soft);
                }
            }
            Column::Change => {
                if row.execution.is_none() {
                    self.text(room, "no execution yet", font::body(), theme.faint);
                } else {
                    let change = safe_text::line(&row.change);
                    self.text(room, &change, font::body(), theme.text);
                }
            }
            Column::Author => {
                let author = safe_text::line(row.author.as_deref().unwrap_or_default());
                self.text(room, &author, font::body(), theme.soft);
            }
            Column::Trigger => {
                let trigger = safe_text::line(&row.trigger);
                self.text(room, &trigger, font::body(), theme.faint);
            }
            Column::Elapsed => self.elapsed(row, room),
            Column::Changed => self.changed(row, room),
        }
    }

    /// Cut to its room; returns where it ended.
    fn text(&self, room: Rect, text: &str, font: FontId, colour: Color32) -> f32 {
        if text.is_empty() {
            return room.left();
        }
        let colour = self.colour(colour);
        let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, colour);
        job.wrap = egui::text::TextWrapping::truncate_at_width(room.width());
        let galley = self.ui.fonts_mut(|fonts| fonts.layout_job(job));
        let at = egui::pos2(room.left(), room.center().y - galley.size().y / 2.0);
        let end = at.x + galley.size().x;
        self.ui.painter().galley(at, galley, colour);
        end
    }

    fn status(&self, row: &BoardRow, room: Rect) {
        let at = egui::pos2(room.left() + size::GLYPH / 2.0, room.center().y);
        let mark = Rect::from_center_size(at, Vec2::splat(size::GLYPH));
        if self.strength < 1.0 {
            let colour = self.colour(self.theme.status(row.status));
            glyph::paint_as(self.ui.painter(), mark, row.status, colour);
        } else {
            glyph::paint(self.ui, mark, row.status);
        }
    }

    fn account(&self, cx: &ViewContext<'_>, row: &BoardRow, room: Rect) {
        const PADDING: f32 = 9.0;
        let theme = self.theme;
        let scope = &row.key.scope;
        let account = cx.snapshot.accounts.get(&scope.account);
        let production = account.is_some_and(|account| account.production);
        let (face, colour, fill, line) = if production {
            (
                font::caption(),
                theme.bg,
                self.colour(theme.text),
                Stroke::NONE,
            )
        } else {
            (
                font::small(),
                self.colour(theme.soft),
                Color32::TRANSPARENT,
                theme.outline(),
            )
        };
        let words = super::account_words(cx, scope);
        let mut job = egui::text::LayoutJob::simple_singleline(words, face, colour);
        job.wrap = egui::text::TextWrapping::truncate_at_width(room.width() - 2.0 * PADDING);
        let galley = self.ui.fonts_mut(|fonts| fonts.layout_job(job));
        let pill = Rect::from_min_size(
            egui::pos2(room.left(), room.center().y - size::CHIP / 2.0),
            Vec2::new(galley.size().x + 2.0 * PADDING, size::CHIP),
        );
        let radius = CornerRadius::same((size::CHIP / 2.0) as u8);
        self.ui
            .painter()
            .rect(pill, radius, fill, line, StrokeKind::Inside);
        let at = pill.center() - galley.size() / 2.0;
        self.ui.painter().galley(at, galley, colour);
    }

    fn stages(&self, row: &BoardRow, room: Rect) {
        let many = row.stages.len() > MOST_CELLS;
        // With too many stages those around the one that matters are shown, and how many are left out.
        let (skipped, cells) = if many {
            let start = window_start(&row.stages);
            let end = (start + MOST_CELLS).min(row.stages.len());
            (start, row.stages.get(start..end).unwrap_or_default())
        } else {
            (0, row.stages.as_slice())
        };
        let mut left = room.left();
        for stage in cells {
            let cell = Rect::from_min_size(
                egui::pos2(left, room.center().y - size::CELL_HEIGHT / 2.0),
                Vec2::new(size::CELL_WIDTH, size::CELL_HEIGHT),
            );
            self.stage(stage, cell);
            left += size::CELL_WIDTH + CELL_GAP;
        }
        if many {
            let words = match (skipped, row.stages.len() - skipped - cells.len()) {
                (0, after) => format!("+{after}"),
                (before, 0) => format!("{before}+"),
                (before, after) => format!("+{}", before + after),
            };
            let end = Rect::from_min_max(egui::pos2(left, room.top()), room.max);
            self.text(end, &words, font::small(), self.theme.faint);
        }
    }

    fn stage(&self, stage: &StageCell, cell: Rect) {
        let theme = self.theme;
        let radius = CornerRadius::same(size::CELL_RADIUS);
        match theme.status_tint(stage.status) {
            Some(tint) => {
                self.ui
                    .painter()
                    .rect_filled(cell, radius, self.colour(tint));
            }
            None => {
                self.ui
                    .painter()
                    .rect_stroke(cell, radius, theme.outline(), StrokeKind::Inside);
            }
        }
        let mark = Rect::from_center_size(cell.center(), Vec2::splat(size::SMALL_GLYPH));
        if self.strength < 1.0 {
            let colour = self.colour(theme.status(stage.status));
            glyph::paint_as(self.ui.painter(), mark, stage.status, colour);
        } else {
            glyph::paint(self.ui, mark, stage.status);
        }
        // A closed way into the stage: a bar before its cell.
        if stage.disabled {
            let x = cell.left() - CELL_GAP / 2.0;
            let bar = Stroke::new(2.0, self.colour(theme.fail));
            self.ui.painter().vline(x, cell.y_range(), bar);
        }
    }

    fn elapsed(&self, row: &BoardRow, room: Rect) {
        let Some(started) = row.started else { return };
        let span = started.age(row.ended.unwrap_or(self.now));
        let open = row.ended.is_none();
        if open && row.status.is_moving() {
            age::tick_second(self.ui, span);
        } else if open {
            age::tick(self.ui, span);
        }
        // Seconds tell something only of what is short or runs now.
        let exact = span < Duration::from_mins(10) || (open && row.status.is_moving());
        let minutes = !exact && span < Duration::from_hours(1);
        let words = if minutes {
            time::rough(span)
        } else {
            time::duration(span)
        };
        let end = self.text(room, &words, font::body(), self.theme.text);
        if let Some(usual) = row.usual {
            let usual_words =
                if minutes && usual.as_secs() / 60 > 0 && usual < Duration::from_hours(1) {
                    (usual.as_secs() / 60).to_string()
                } else {
                    time::rough(usual)
                };
            let words = if open {
                format!("of ~{usual_words}")
            } else {
                format!("usual {usual_words}")
            };
            let rest = Rect::from_min_max(egui::pos2(end + 5.0, room.top()), room.max);
            self.text(rest, &words, font::body(), self.theme.faint);
        }
    }

    /// When it changed; for what is old, when it was read.
    fn changed(&self, row: &BoardRow, room: Rect) {
        let old = self.strength < 1.0;
        let instant = if old { row.fetched_at } else { row.changed };
        let Some(at) = instant else { return };
        let span = at.age(self.now);
        age::tick(self.ui, span);
        let words = match (old, span.as_secs()) {
            (true, _) => format!("as of {}", time::rough(span)),
            (false, 0..10) => "now".to_owned(),
            (false, _) => time::rough(span),
        };
        let colour = self.colour(self.theme.faint);
        self.ui.painter().text(
            room.right_center(),
            Align2::RIGHT_CENTER,
            words,
            font::body(),
            colour,
        );
    }
}

/// The first cell of a window of [`MOST_CELLS`] that holds the stage a person looks for.
fn window_start(stages: &[StageCell]) -> usize {
    let matters = stages
        .iter()
        .enumerate()
        .filter(|(_, stage)| stage.status < Status::Succeeded)
        .min_by_key(|(_, stage)| stage.status)
        .map_or(0, |(index, _)| index);
    matters
        .saturating_sub(MOST_CELLS / 2)
        .min(stages.len().saturating_sub(MOST_CELLS))
}

/// The hint of whatever cell is under the pointer. Worked out for one row only.
fn hint(cx: &ViewContext<'_>, row: &BoardRow, columns: &Columns, rect: Rect, response: &Response) {
    let Some(pointer) = response.hover_pos() else {
        return;
    };
    let under = columns
        .cells(rect)
        .find(|(_, cell)| cell.expand(8.0).contains(pointer));
    let Some((column, cell)) = under else { return };
    let words = match column {
        Column::Status => match &row.fault {
            Some(fault) => format!("{}\n{}", row.status.label(), fault_banner::details(fault)),
            None => row.status.label().to_owned(),
        },
        // A name that is cut.
        Column::Pipeline if row.key.name.as_str().chars().count() > 34 => row.key.name.to_string(),
        Column::Pipeline => String::new(),
        Column::Account => scope_words(cx, row),
        Column::Stages => stage_words(row, pointer.x - cell.left()),
        Column::Revision => row
            .revision
            .as_ref()
            .map(|revision| revision.id.to_string())
            .unwrap_or_default(),
        Column::Change => safe_text::line(&row.change).into_owned(),
        Column::Author => row.author.clone().unwrap_or_default(),
        Column::Trigger => row.trigger.clone(),
        Column::Elapsed => row
            .started
            .map(|at| format!("since {}", at.local()))
            .unwrap_or_default(),
        Column::Changed => match (&row.fault, row.fetched_at) {
            (Some(fault), _) => fault_banner::details(fault),
            (None, Some(read)) => {
                let changed = row.changed.map(age::exact).unwrap_or_default();
                format!("{changed}\nread {}", time::ago(read, cx.now))
            }
            (None, None) => String::new(),
        },
    };
    if !words.is_empty() {
        response.clone().on_hover_text_at_pointer(words);
    }
}

fn scope_words(cx: &ViewContext<'_>, row: &BoardRow) -> String {
    let scope = &row.key.scope;
    let number = cx
        .snapshot
        .accounts
        .get(&scope.account)
        .and_then(|account| account.number())
        .map(|number| format!(" · {}", number.grouped()))
        .unwrap_or_default();
    format!("{}{number} · {}", scope.account, scope.region)
}

fn stage_words(row: &BoardRow, x: f32) -> String {
    let start = if row.stages.len() > MOST_CELLS {
        window_start(&row.stages)
    } else {
        0
    };
    let index = start + (x / (size::CELL_WIDTH + CELL_GAP)).max(0.0) as usize;
    row.stages
        .get(index)
        .map(|stage| {
            let closed = if stage.disabled {
                "\nthe way into it is off"
            } else {
                ""
            };
            format!(
                "{}: {}{closed}",
                safe_text::line(stage.name.as_str()),
                stage.status.label()
            )
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_stages_those_around_the_one_that_matters_are_shown() {
        let stages = |failed: usize| -> Vec<StageCell> {
            (0..50)
                .map(|index| StageCell {
                    name: format!("s{index}").as_str().into(),
                    status: if index == failed {
                        Status::Failed
                    } else {
                        Status::Succeeded
                    },
                    disabled: false,
                })
                .collect()
        };
        for failed in [0, 3, 20, 49] {
            let start = window_start(&stages(failed));
            assert!(
                (start..start + MOST_CELLS).contains(&failed),
                "{failed}: {start}"
            );
            assert!(start + MOST_CELLS <= 50);
        }
    }
}
