//! The ledger's table: its columns, its head, and one decision.

use std::cmp::Ordering;

use eframe::egui::{
    self, Align2, CornerRadius, Id, Rangef, Rect, Role, Sense, Ui, Vec2, WidgetInfo,
};

use super::row::line_of;
use crate::model::ledger::LedgerRow;
use crate::model::time::{self, Timestamp};
use crate::ui::theme::{self, font, size};
use crate::ui::view::ViewContext;
use crate::ui::widgets::{age, glyph, safe_text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Decision,
    When,
    Who,
    Gate,
    Account,
    Execution,
    Brings,
    Comment,
    Sources,
}

impl Column {
    const fn title(self) -> &'static str {
        match self {
            Self::Decision => "Decision",
            Self::When => "When",
            Self::Who => "Who",
            Self::Gate => "Gate",
            Self::Account => "Account",
            Self::Execution => "Execution",
            Self::Brings => "With",
            Self::Comment => "Comment",
            Self::Sources => "Told by",
        }
    }

    const fn sorts(self) -> bool {
        matches!(
            self,
            Self::Decision | Self::When | Self::Who | Self::Gate | Self::Account
        )
    }

    /// The column's natural order: newest first, else by name.
    pub fn compare(self, a: &LedgerRow, b: &LedgerRow) -> Ordering {
        match self {
            Self::Decision => a.ruling.cmp(&b.ruling),
            Self::Who => a.person().cmp(b.person()),
            Self::Gate => (&a.pipeline.name, &a.action).cmp(&(&b.pipeline.name, &b.action)),
            Self::Account => a.pipeline.scope.cmp(&b.pipeline.scope),
            Self::When | Self::Execution | Self::Brings | Self::Comment | Self::Sources => {
                b.at.cmp(&a.at)
            }
        }
    }
}

pub struct Columns(Vec<(Column, Rangef)>);

impl Columns {
    /// In a narrow window who tells goes first, then the execution, the account and the comment.
    pub fn new(width: f32) -> Self {
        let mut wanted = vec![
            (Column::Decision, 142.0),
            (Column::When, 96.0),
            (Column::Who, 130.0),
            (Column::Gate, 250.0),
            (Column::Account, 140.0),
            (Column::Execution, 96.0),
            (Column::Brings, 190.0),
            (Column::Comment, 170.0),
            (Column::Sources, 150.0),
        ];
        let total = |columns: &[(Column, f32)]| columns.iter().map(|(_, it)| it).sum::<f32>();
        for column in [
            Column::Sources,
            Column::Execution,
            Column::Account,
            Column::Comment,
        ] {
            if total(&wanted) > width {
                wanted.retain(|(other, _)| *other != column);
            }
        }
        let wide = |column: Column| matches!(column, Column::Brings | Column::Comment);
        let flexible = wanted
            .iter()
            .filter(|(column, _)| wide(*column))
            .count()
            .max(1);
        let spare = (width - total(&wanted)).max(0.0) / flexible as f32;
        let mut left = 0.0;
        let columns = wanted
            .into_iter()
            .map(|(column, span)| {
                let span = if wide(column) { span + spare } else { span };
                let range = Rangef::new(left, left + span);
                left += span;
                (column, range)
            })
            .collect();
        Self(columns)
    }

    fn cells(&self, row: Rect) -> impl Iterator<Item = (Column, Rect)> + '_ {
        self.0.iter().map(move |(column, range)| {
            let span = Rangef::new(row.left() + range.min + 10.0, row.left() + range.max - 6.0);
            (*column, Rect::from_x_y_ranges(span, row.y_range()))
        })
    }
}

/// The head; a column that was clicked is handed back.
pub fn header(ui: &mut Ui, columns: &Columns, sorted: Column) -> Option<Column> {
    let theme = theme::of(ui);
    let wanted = Vec2::new(ui.available_width(), size::TABLE_HEADER);
    let (rect, _) = ui.allocate_exact_size(wanted, Sense::hover());
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, theme.outline());
    let mut clicked = None;
    for (column, cell) in columns.cells(rect) {
        let mut colour = theme.faint;
        if column.sorts() {
            let id = Id::unique(("decisions head", column.title()));
            let response = ui.interact(cell, id, Sense::click());
            response.widget_info(|| {
                let words = format!("Sort by {}", column.title());
                WidgetInfo::labeled(Role::ColumnHeader, true, words)
            });
            if response.hovered() || response.has_focus() || column == sorted {
                colour = theme.soft;
            }
            if response.clicked() {
                clicked = Some(column);
            }
        }
        ui.painter().text(
            cell.left_center(),
            Align2::LEFT_CENTER,
            column.title(),
            font::small_medium(),
            colour,
        );
    }
    clicked
}

/// One decision; tells whether it was clicked.
pub fn show(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    row: &LedgerRow,
    columns: &Columns,
    selected: bool,
) -> bool {
    let theme = theme::of(ui);
    let wanted = Vec2::new(ui.available_width(), size::ROW);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, selected, describe(row, cx.now)));
    if selected {
        ui.painter()
            .rect_filled(rect, CornerRadius::ZERO, theme.accent_bg);
    } else if response.hovered() || response.has_focus() {
        let fill = theme.faded(theme.hover, 0.6);
        ui.painter().rect_filled(rect, CornerRadius::ZERO, fill);
    }
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, theme.row_line());
    for (column, cell) in columns.cells(rect) {
        cell_ui(ui, cx, row, column, cell);
    }
    age::tick(ui, row.at.age(cx.now));
    response.on_hover_ui(|ui| hint(ui, row)).clicked()
}

fn cell_ui(ui: &Ui, cx: &ViewContext<'_>, row: &LedgerRow, column: Column, cell: Rect) {
    let theme = theme::of(ui);
    let line = |room: Rect, text: &str, look: (egui::FontId, egui::Color32)| {
        line_of(ui, room, &safe_text::line(text), look)
    };
    match column {
        Column::Decision => {
            let status = row.ruling.status();
            let at = egui::pos2(cell.left() + size::GLYPH / 2.0, cell.center().y);
            glyph::paint(
                ui,
                Rect::from_center_size(at, Vec2::splat(size::GLYPH)),
                status,
            );
            let room = cell.with_min_x(cell.left() + size::GLYPH + 8.0);
            line(room, row.ruling.label(), (font::body(), theme.text));
        }
        Column::When => {
            line(cell, &time::ago(row.at, cx.now), (font::body(), theme.soft));
        }
        Column::Who => {
            line(cell, row.person(), (font::body(), theme.text));
        }
        Column::Gate => {
            let name = row.pipeline.name.as_str();
            let end = line(cell, name, (font::strong(), theme.text));
            let room = cell.with_min_x(end + 8.0);
            let gate = format!("{} / {}", row.action.stage, row.action.action);
            line(room, &gate, (font::small(), theme.faint));
        }
        Column::Account => {
            let words = row.pipeline.scope.to_string();
            line(cell, &words, (font::small(), theme.soft));
        }
        Column::Execution => {
            let short = row.execution.as_ref().map_or("", |it| it.short());
            line(cell, short, (font::mono(), theme.soft));
        }
        Column::Brings => {
            let Some(revision) = row.revisions.first() else {
                return;
            };
            let end = line(cell, revision.id.short(), (font::mono(), theme.soft));
            let room = cell.with_min_x(end + 8.0);
            let more = match row.revisions.len() {
                1 => String::new(),
                several => format!(" (+{})", several - 1),
            };
            let subject = format!("{}{more}", revision.subject);
            line(room, &subject, (font::body(), theme.soft));
        }
        Column::Comment => {
            let words = if row.comment.is_empty() {
                &row.note
            } else {
                &row.comment
            };
            line(cell, &words.replace('\n', " "), (font::body(), theme.soft));
        }
        Column::Sources => {
            line(cell, &row.sources.words(), (font::small(), theme.faint));
        }
    }
}

/// What a screen reader says of the row.
fn describe(row: &LedgerRow, now: Timestamp) -> String {
    let words = format!(
        "{} {} {} {} of {} in {}: {}; told by {}",
        time::ago(row.at, now),
        row.person(),
        row.ruling.label(),
        row.action.action,
        row.pipeline.name,
        row.pipeline.scope,
        row.comment,
        row.sources.words()
    );
    safe_text::line(&words).into_owned()
}

/// All that is known of it.
fn hint(ui: &mut Ui, row: &LedgerRow) {
    let theme = theme::of(ui);
    ui.set_max_width(520.0);
    let mut say = |text: String| {
        ui.add(egui::Label::new(theme.body(safe_text::block(&text))).wrap());
    };
    say(format!(
        "{} by {}",
        row.ruling.label(),
        row.who.as_deref().unwrap_or("nobody")
    ));
    say(age::exact(row.at));
    if let Some(address) = &row.address {
        say(format!("Sent from {address}"));
    }
    for revision in &row.revisions {
        say(format!("{} {}", revision.id, revision.subject));
    }
    if let Some(execution) = &row.execution {
        say(format!("Execution {execution}"));
    }
    for words in [&row.comment, &row.note] {
        if !words.is_empty() {
            say(words.clone());
        }
    }
    say(format!("Told by {}", row.sources.words()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_window_keeps_who_decided_what_and_when() {
        for width in [620.0, 860.0, 1_100.0, 1_408.0, 2_500.0] {
            let columns = Columns::new(width);
            let row = Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(width, 34.0));
            let cells: Vec<(Column, Rect)> = columns.cells(row).collect();
            for pair in cells.windows(2) {
                assert!(pair[0].1.right() <= pair[1].1.left(), "{width}");
            }
            for kept in [Column::Decision, Column::When, Column::Who, Column::Gate] {
                assert!(cells.iter().any(|(column, _)| *column == kept), "{width}");
            }
        }
        let all = Columns::new(1_408.0);
        assert_eq!(all.0.len(), 9);
    }
}
