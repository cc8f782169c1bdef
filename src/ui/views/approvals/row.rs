//! One gate of the inbox: two lines, and the button that opens its card.

use std::time::Duration;

use eframe::egui::{
    self, Align, Align2, Color32, CornerRadius, FontId, Layout, Rangef, Rect, Role, Sense, Ui,
    UiBuilder, Vec2, WidgetInfo,
};

use crate::model::board::Need;
use crate::model::ids::AccountName;
use crate::model::pipeline::ExecutionMode;
use crate::model::status::Status;
use crate::model::time::{self, Timestamp, rough};
use crate::ui::theme::{self, Theme, font, size};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::{age, glyph, safe_text};

pub const HEIGHT: f32 = 58.0;
pub const GROUP: f32 = 32.0;

/// Nearer than this, the end of a gate is said loudly.
const NEAR: Duration = Duration::from_hours(1);
/// As on the Board: what was read longer ago is shown as old.
const STALE: Duration = Duration::from_mins(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Gate,
    Place,
    Brings,
    Behind,
    Waits,
    Review,
}

/// The columns that have room, each with its place from left to right.
pub struct Columns(Vec<(Column, Rangef)>);

impl Columns {
    /// In a narrow window what queues behind goes first, then the account, which stands under the name too.
    pub fn new(width: f32) -> Self {
        let mut wanted = vec![
            (Column::Gate, 270.0),
            (Column::Place, 190.0),
            (Column::Brings, 260.0),
            (Column::Behind, 190.0),
            (Column::Waits, 150.0),
            (Column::Review, 116.0),
        ];
        let total = |columns: &[(Column, f32)]| columns.iter().map(|(_, it)| it).sum::<f32>();
        for column in [Column::Behind, Column::Place] {
            if total(&wanted) > width {
                wanted.retain(|(other, _)| *other != column);
            }
        }
        let spare = (width - total(&wanted)).max(0.0);
        let mut left = 0.0;
        let columns = wanted
            .into_iter()
            .map(|(column, wide)| {
                let wide = if column == Column::Brings {
                    wide + spare
                } else {
                    wide
                };
                let range = Rangef::new(left, left + wide);
                left += wide;
                (column, range)
            })
            .collect();
        Self(columns)
    }

    fn cells(&self, row: Rect) -> impl Iterator<Item = (Column, Rect)> + '_ {
        self.0.iter().map(move |(column, range)| {
            let span = Rangef::new(row.left() + range.min + 10.0, row.left() + range.max - 8.0);
            (*column, Rect::from_x_y_ranges(span, row.y_range()))
        })
    }

    fn has(&self, column: Column) -> bool {
        self.0.iter().any(|(other, _)| *other == column)
    }
}

pub fn header(ui: &mut Ui, columns: &Columns) {
    let theme = theme::of(ui);
    let wanted = Vec2::new(ui.available_width(), size::TABLE_HEADER);
    let (rect, _) = ui.allocate_exact_size(wanted, Sense::hover());
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, theme.outline());
    for (column, cell) in columns.cells(rect) {
        let (title, indent) = match column {
            Column::Gate => ("Gate", 30.0),
            Column::Place => ("Account and region", 0.0),
            Column::Brings => ("Would let through", 0.0),
            Column::Behind => ("Waits behind it", 0.0),
            Column::Waits => ("Waits", 0.0),
            Column::Review => ("", 0.0),
        };
        let at = egui::pos2(cell.left() + indent, cell.center().y);
        ui.painter().text(
            at,
            Align2::LEFT_CENTER,
            title,
            font::small_medium(),
            theme.faint,
        );
    }
}

/// An account's head.
pub fn group(ui: &Ui, cx: &ViewContext<'_>, rect: Rect, account: &AccountName, gates: usize) {
    let theme = theme::of(ui);
    ui.painter()
        .rect_filled(rect, CornerRadius::ZERO, theme.faded(theme.raised, 0.6));
    let known = cx.snapshot.accounts.get(account);
    let mut words = safe_text::line(account.as_str()).into_owned();
    if let Some(number) = known.and_then(|account| account.number()) {
        words = format!("{words} · {}", number.grouped());
    }
    if known.is_some_and(|account| account.production) {
        words.push_str(" · production");
    }
    let count = match gates {
        1 => "1 gate".to_owned(),
        several => format!("{several} gates"),
    };
    let at = egui::pos2(rect.left() + 16.0, rect.center().y);
    let end = ui
        .painter()
        .text(at, Align2::LEFT_CENTER, words, font::caption(), theme.soft);
    let at = egui::pos2(end.right() + 10.0, rect.center().y);
    ui.painter()
        .text(at, Align2::LEFT_CENTER, count, font::small(), theme.faint);
}

/// What was done to a row.
pub struct Shown {
    pub open: bool,
    pub review: bool,
}

pub fn show(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    rect: Rect,
    need: &Need,
    columns: &Columns,
    (selected, keyed): (bool, bool),
) -> Shown {
    let theme = theme::of(ui);
    let gate = &need.gate;
    let id = ui
        .scope_id()
        .with((&gate.pipeline, &gate.action, &gate.execution));
    let response = ui.interact(rect, id, Sense::click());
    let place = Place::of(cx.snapshot, cx.settings, &gate.pipeline.scope);
    let name = describe(need, &place, cx.now);
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, selected, &name));
    if selected {
        ui.painter()
            .rect_filled(rect, CornerRadius::ZERO, theme.accent_bg);
    } else if response.hovered() || response.has_focus() {
        let fill = theme.faded(theme.hover, 0.6);
        ui.painter().rect_filled(rect, CornerRadius::ZERO, fill);
    }
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, theme.row_line());
    let read = read_at(cx, need);
    let stale = read.is_some_and(|at| at.age(cx.now) > STALE);
    let pen = Pen {
        theme,
        strength: if stale { 0.55 } else { 1.0 },
    };
    let mut review = false;
    for (column, cell) in columns.cells(rect) {
        match column {
            Column::Gate => pen.gate(ui, need, &place, cell, columns, read.filter(|_| stale), cx),
            Column::Place => {
                let mut ui = child(ui, cell, "place");
                let words = format!("{} · {}", place.name, place.region);
                let most = ((cell.width() - 20.0) / 6.4) as usize;
                let chip = Chip::new(safe_text::elide(&words, most)).production(place.production);
                ui.add(chip).on_hover_text(place.words());
            }
            Column::Brings => pen.brings(ui, need, cell),
            Column::Behind => pen.behind(ui, need, cell),
            Column::Waits => pen.waits(ui, need, cell, cx.now),
            Column::Review => {
                let mut ui = child(ui, cell, "review");
                let name = format!("Review {} {}", gate.pipeline.name, gate.execution.short());
                let button = Button::new("Review").named(name);
                let button = if keyed { button.key("a") } else { button };
                review = ui.add(button).clicked();
            }
        }
    }
    Shown {
        open: response.clicked() && !review,
        review,
    }
}

/// What a screen reader says of the row.
fn describe(need: &Need, place: &Place, now: Timestamp) -> String {
    let gate = &need.gate;
    let mut words = format!(
        "{} {}: {} waits in {}",
        gate.pipeline.name,
        gate.action.action,
        what(need),
        place.words()
    );
    if let Some(expires) = need.expires {
        words = format!("{words}, {}", expiry(expires, now));
    }
    safe_text::line(&words).into_owned()
}

fn what(need: &Need) -> String {
    let short = need.gate.revisions.first().map_or_else(
        || need.gate.execution.short().to_owned(),
        |revision| revision.short().to_owned(),
    );
    format!("{short} {}", need.change).trim_end().to_owned()
}

/// When its pipeline was last read.
fn read_at(cx: &ViewContext<'_>, need: &Need) -> Option<Timestamp> {
    let rows = &cx.snapshot.board.rows;
    let index = rows
        .binary_search_by(|row| row.key.cmp(&need.gate.pipeline))
        .ok()?;
    rows.get(index)?.fetched_at
}

/// `expires in 40 min`, said with the minutes when near.
pub fn expiry(expires: Timestamp, now: Timestamp) -> String {
    let left = now.age(expires);
    let minutes = left.as_secs() / 60;
    match minutes {
        _ if left.is_zero() => "has expired".to_owned(),
        60..1_440 => format!("expires in {} h {:02} min", minutes / 60, minutes % 60),
        _ => format!("expires in {}", rough(left)),
    }
}

/// When those words change next.
fn expiry_changes(left: Duration) -> Duration {
    let unit: u64 = match left.as_secs() {
        0..60 => 1_000,
        60..86_400 => 60_000,
        _ => 3_600_000,
    };
    let rest = left.as_millis() % u128::from(unit);
    Duration::from_millis(u64::try_from(rest).unwrap_or(unit) + 1)
}

fn child(ui: &mut Ui, cell: Rect, salt: &str) -> Ui {
    let builder = UiBuilder::new()
        .id_salt((salt, cell.top() as i32))
        .max_rect(cell)
        .layout(Layout::left_to_right(Align::Center));
    ui.new_child(builder)
}

/// Paints a line cut to its room; returns where it ended.
pub fn line_of(ui: &Ui, room: Rect, text: &str, (face, colour): (FontId, Color32)) -> f32 {
    if text.is_empty() || room.width() < 8.0 {
        return room.left();
    }
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), face, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.width());
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let at = egui::pos2(room.left(), room.center().y - galley.size().y / 2.0);
    let end = at.x + galley.size().x;
    ui.painter().galley(at, galley, colour);
    end
}

struct Pen {
    theme: &'static Theme,
    /// Below one for what is old.
    strength: f32,
}

impl Pen {
    fn line(&self, ui: &Ui, room: Rect, text: &str, (face, colour): (FontId, Color32)) -> f32 {
        let colour = self.theme.faded(colour, self.strength);
        line_of(ui, room, text, (face, colour))
    }

    fn gate(
        &self,
        ui: &Ui,
        need: &Need,
        place: &Place,
        cell: Rect,
        columns: &Columns,
        stale: Option<Timestamp>,
        cx: &ViewContext<'_>,
    ) {
        let theme = self.theme;
        let mark = Rect::from_center_size(
            egui::pos2(cell.left() + 8.0, cell.center().y),
            Vec2::splat(16.0),
        );
        let colour = theme.faded(theme.status(Status::Waiting), self.strength);
        glyph::paint_as(ui.painter(), mark, Status::Waiting, colour);
        let (first, second) = lines(cell, 30.0);
        let gate = &need.gate;
        let name = safe_text::line(gate.pipeline.name.as_str());
        self.line(ui, first, &name, (font::strong(), theme.text));
        let mut words = format!("{} / {}", gate.action.stage, gate.action.action);
        if need.rollback_of.is_some() {
            words = format!("rollback · {words}");
        }
        if !columns.has(Column::Place) {
            words = format!("{} · {} · {words}", place.name, place.region);
        }
        if let Some(at) = stale {
            words = format!("as read {} · {words}", time::ago(at, cx.now));
        }
        self.line(
            ui,
            second,
            &safe_text::line(&words),
            (font::small(), theme.soft),
        );
    }

    fn brings(&self, ui: &Ui, need: &Need, cell: Rect) {
        let theme = self.theme;
        let (first, second) = lines(cell, 0.0);
        let mut left = first.left();
        if let Some(revision) = need.gate.revisions.first() {
            let short = safe_text::line(revision.short());
            left = self.line(ui, first, &short, (font::mono(), theme.soft)) + 8.0;
        }
        let rest = Rect::from_min_max(egui::pos2(left, first.top()), first.max);
        let change = if need.change.is_empty() {
            "what is in it is not known yet".to_owned()
        } else {
            safe_text::line(&need.change).into_owned()
        };
        self.line(ui, rest, &change, (font::body(), theme.text));
        let mut words = Vec::new();
        if let Some(author) = &need.author {
            words.push(safe_text::line(author).into_owned());
        }
        words.push(match need.executions {
            0 | 1 => "1 execution since it last passed".to_owned(),
            several => format!("{several} executions since it last passed"),
        });
        if need.mode == ExecutionMode::Parallel {
            words.push(format!("execution {}", need.gate.execution.short()));
        }
        self.line(ui, second, &words.join(" · "), (font::small(), theme.faint));
    }

    fn behind(&self, ui: &Ui, need: &Need, cell: Rect) {
        let theme = self.theme;
        let (first, second) = lines(cell, 0.0);
        let words = match (need.behind, &need.mode) {
            (_, ExecutionMode::Parallel) => "others go their own way".to_owned(),
            (0, _) => "nothing".to_owned(),
            (1, _) => "1 newer execution".to_owned(),
            (several, _) => format!("{several} newer executions"),
        };
        if need.behind == 0 {
            let room = Rect::from_x_y_ranges(first.x_range(), cell.y_range());
            self.line(ui, room, &words, (font::body(), theme.faint));
            return;
        }
        self.line(ui, first, &words, (font::body(), theme.text));
        let shown: Vec<&str> = need.queue.iter().take(3).map(String::as_str).collect();
        let more = need.queue.len().saturating_sub(shown.len());
        let mut names = shown.join("  ");
        if more > 0 {
            names.push_str(&format!("  +{more}"));
        }
        self.line(
            ui,
            second,
            &safe_text::line(&names),
            (font::mono(), theme.faint),
        );
    }

    fn waits(&self, ui: &Ui, need: &Need, cell: Rect, now: Timestamp) {
        let theme = self.theme;
        let (first, second) = lines(cell, 0.0);
        if let Some(since) = need.since {
            let words = format!("since {}", rough(since.age(now)));
            self.line(ui, first, &words, (font::body(), theme.text));
            age::tick(ui, since.age(now));
        }
        let Some(expires) = need.expires else { return };
        let left = now.age(expires);
        let words = expiry(expires, now);
        let look = if left < NEAR {
            (font::caption(), theme.fail)
        } else {
            (font::small(), theme.faint)
        };
        self.line(ui, second, &words, look);
        if !left.is_zero() {
            ui.ctx().request_repaint_after(expiry_changes(left));
        }
        let hint = match need.since {
            Some(since) => format!(
                "Waits since {}\nExpires {}",
                age::exact(since),
                age::exact(expires)
            ),
            None => format!("Expires {}", age::exact(expires)),
        };
        let id = ui.scope_id().with(("waits", cell.top() as i32));
        ui.interact(cell, id, Sense::hover()).on_hover_text(hint);
    }
}

/// The rooms of a row's two lines.
fn lines(cell: Rect, indent: f32) -> (Rect, Rect) {
    let left = cell.left() + indent;
    let middle = cell.center().y;
    let line = |top: f32| {
        Rect::from_min_max(
            egui::pos2(left, top),
            egui::pos2(cell.right(), top + size::LINE),
        )
    };
    (line(middle - size::LINE), line(middle + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_that_is_near_is_told_to_the_minute() {
        let now = Timestamp::from_millis(0);
        let said = [0, 40, 2_400, 4_500, 180_000]
            .map(|seconds| expiry(Timestamp::from_millis(seconds * 1_000), now));
        assert_eq!(
            said,
            [
                "has expired",
                "expires in 40 s",
                "expires in 40 min",
                "expires in 1 h 15 min",
                "expires in 2 d"
            ]
        );
    }

    #[test]
    fn a_narrow_window_keeps_what_decides() {
        let wide = Columns::new(1_400.0);
        assert!(wide.has(Column::Behind) && wide.has(Column::Place));
        let narrow = Columns::new(860.0);
        assert!(!narrow.has(Column::Behind) && narrow.has(Column::Waits));
        assert!(narrow.has(Column::Review));
    }
}
