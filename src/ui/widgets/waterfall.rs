//! An execution as bars over time, with the chain that made it take as long as it did.
//!
//! Rows are virtual: a frame paints those in sight. What runs grows at most once a second. Main thread.

use std::time::Duration;

use eframe::egui::{
    self, Align2, CornerRadius, Id, Painter, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use crate::model::status::Status;
use crate::model::time::{Timestamp, duration, rough};
use crate::model::waterfall::{Bar, Span, Waterfall, ticks};
use crate::ui::theme::{self, Theme, font, size};
use crate::ui::widgets::attempts::{Attempts, attempt_words, hint, took_words};
use crate::ui::widgets::stage_graph::line_of_text;
use crate::ui::widgets::{glyph, safe_text};

pub const ROW: f32 = 24.0;
/// The summary and the axis above the rows.
pub const HEAD: f32 = 52.0;
const PADDING: f32 = 12.0;
const NAMES: f32 = 260.0;
const TOOK: f32 = 96.0;
/// Between marks of the axis, at least.
const TICK: f32 = 90.0;
const BAR: f32 = 14.0;

/// A row of the chart.
#[derive(Clone, Copy)]
enum Line {
    Stage(usize),
    Bar(usize),
}

/// From instants to points.
#[derive(Clone, Copy)]
struct Axis {
    from: Timestamp,
    whole: Duration,
    left: f32,
    width: f32,
}

impl Axis {
    fn x(&self, at: Timestamp) -> f32 {
        let part = self.from.age(at).as_secs_f32() / self.whole.as_secs_f32().max(0.001);
        self.left + self.width * part.clamp(0.0, 1.0)
    }
}

/// The room that all rows would take.
pub fn natural_height(waterfall: &Waterfall) -> f32 {
    HEAD + (waterfall.bars.len() + waterfall.stages.len()) as f32 * ROW + 8.0
}

/// Paints the chart into a room of this height; returns the bar that was clicked.
pub fn ui(ui: &mut Ui, shown: Attempts<'_>, height: f32) -> Option<usize> {
    let waterfall = shown.waterfall;
    let (room, area) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    area.widget_info(|| {
        let name = format!("Waterfall of {} attempts", waterfall.bars.len());
        WidgetInfo::labeled(Role::Group, true, name)
    });
    let theme = theme::of(ui);
    ui.painter().add(theme.panel_frame().paint(room));
    let axis = axis(waterfall, room, shown.now)?;
    head_ui(ui, room, axis, shown);
    let lines = lines(waterfall);
    let body = Rect::from_min_max(pos2(room.left(), room.top() + HEAD), room.max).shrink(1.0);
    let mut clicked = None;
    let builder = egui::UiBuilder::new().max_rect(body).id_salt("waterfall");
    ui.scope_builder(builder, |ui| {
        ui.shrink_clip_rect(body);
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut scroll = egui::ScrollArea::vertical()
            .id_salt("bars")
            .auto_shrink(false);
        let row = lines.iter().position(|line| is_cursor(*line, shown));
        let kept = Id::unique("waterfall scroll");
        if let Some(offset) = shown.offset(ui.ctx(), kept, row, (ROW, body.height())) {
            scroll = scroll.vertical_scroll_offset(offset);
        }
        let output = scroll.show_rows(ui, ROW, lines.len(), |ui, rows| {
            for line in lines.get(rows).unwrap_or_default() {
                let (rect, _) =
                    ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
                match *line {
                    Line::Stage(index) => stage_ui(ui, rect, axis, index, shown),
                    Line::Bar(index) => {
                        if bar_ui(ui, rect, axis, index, shown) {
                            clicked = Some(index);
                        }
                    }
                }
            }
        });
        let offset = output.state.clamped_offset().y;
        ui.ctx().data_mut(|data| data.insert_temp(kept, offset));
        let top = body.top() - offset;
        links_ui(ui.painter(), theme, (top, body), axis, &lines, shown);
    });
    if waterfall.is_open() {
        // A point of the chart, but at most a frame a second.
        let point = axis.whole.as_secs_f32() / axis.width.max(1.0);
        ui.ctx()
            .request_repaint_after(Duration::from_secs_f32(point.clamp(1.0, 60.0)));
    }
    clicked
}

fn is_cursor(line: Line, shown: Attempts<'_>) -> bool {
    match line {
        Line::Stage(_) => false,
        Line::Bar(index) => {
            let bar = shown.waterfall.bars.get(index);
            bar.is_some_and(|bar| shown.is_selected(bar))
        }
    }
}

fn lines(waterfall: &Waterfall) -> Vec<Line> {
    let mut lines = Vec::with_capacity(waterfall.bars.len() + waterfall.stages.len());
    for (index, span) in waterfall.stages.iter().enumerate() {
        lines.push(Line::Stage(index));
        lines.extend((span.first..span.first + span.bars).map(Line::Bar));
    }
    lines
}

/// To the end of the last bar, or to where what runs is expected to end.
fn axis(waterfall: &Waterfall, room: Rect, now: Timestamp) -> Option<Axis> {
    let from = waterfall.from?;
    let expected = waterfall
        .bars
        .iter()
        .filter(|bar| bar.ended.is_none() && !bar.is_gate())
        .filter_map(|bar| Some(bar.started.plus(bar.usual?)))
        .max();
    let until = waterfall.until(now).max(expected)?;
    let names = NAMES.min(room.width() * 0.3);
    let left = room.left() + PADDING + names;
    let right = room.right() - PADDING - TOOK;
    Some(Axis {
        from,
        whole: from.age(until).max(Duration::from_secs(1)),
        left,
        width: (right - left).max(40.0),
    })
}

/// What the time went to, and the marks of the axis.
fn head_ui(ui: &Ui, room: Rect, axis: Axis, shown: Attempts<'_>) {
    let theme = theme::of(ui);
    let shares = shown.waterfall.shares(shown.now);
    let mut words = vec![format!("{} of work", duration(shares.work))];
    if !shares.gates.is_zero() {
        words.push(format!("{} at gates", duration(shares.gates)));
    }
    if !shares.waits.is_zero() {
        words.push(format!("{} between", duration(shares.waits)));
    }
    let line = room.top() + 15.0;
    let left = room.left() + PADDING;
    let key = Rect::from_min_size(pos2(left, line - 1.5), vec2(18.0, 3.0));
    ui.painter()
        .rect_filled(key, CornerRadius::ZERO, theme.text);
    let at = pos2(key.right() + 8.0, line);
    let whole = format!("Critical path, {}", duration(shares.whole()));
    let strong = font::caption();
    let drawn = line_of_text(
        ui,
        at,
        Align2::LEFT_CENTER,
        &whole,
        strong,
        theme.soft,
        300.0,
    );
    let at = pos2(drawn.right() + 12.0, line);
    let words = words.join(", ");
    let room_left = room.right() - PADDING - at.x;
    line_of_text(
        ui,
        at,
        Align2::LEFT_CENTER,
        &words,
        font::small(),
        theme.faint,
        room_left,
    );
    let rect = Rect::from_min_max(room.min, pos2(room.right(), room.top() + 28.0));
    let response = ui.interact(rect, ui.scope_id().with("critical path"), Sense::hover());
    let spoken = format!("{whole}: {words}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    response.on_hover_text(
        "The chain of attempts, each begun when the one before it ended, that made the execution take so long. What is not on it could have taken longer without delaying anything.",
    );
    let about = (axis.width / TICK) as usize;
    for tick in ticks(axis.whole, about) {
        let x = axis.x(axis.from.plus(tick));
        let words = if tick.is_zero() {
            axis.from.clock_local()
        } else {
            format!("+{}", short(tick))
        };
        let at = pos2(x + 3.0, room.top() + HEAD - 12.0);
        let tiny = font::tiny_plain();
        line_of_text(ui, at, Align2::LEFT_CENTER, &words, tiny, theme.faint, TICK);
        let grid = room.top() + HEAD - 18.0..=room.bottom() - 1.0;
        ui.painter().vline(x, grid, theme.row_line());
    }
    let across = room.x_range().shrink(1.0);
    ui.painter()
        .hline(across, room.top() + HEAD - 0.5, theme.row_line());
}

/// `30 s`, `5 min`, `1 h 30`, `2 d`.
fn short(span: Duration) -> String {
    let seconds = span.as_secs();
    if (3_600..86_400).contains(&seconds) && !seconds.is_multiple_of(3_600) {
        format!("{} h {:02}", seconds / 3_600, seconds % 3_600 / 60)
    } else {
        rough(span)
    }
}

/// The stage's name, its extent as a thin line, and how long it was waited for.
fn stage_ui(ui: &Ui, rect: Rect, axis: Axis, index: usize, shown: Attempts<'_>) {
    let Some(span) = shown.waterfall.stages.get(index) else {
        return;
    };
    let theme = theme::of(ui);
    let line = rect.center().y + 2.0;
    let left = rect.left() + PADDING;
    let name = safe_text::line(span.name.as_str());
    let room = axis.left - left - 8.0;
    let at = pos2(left, line);
    line_of_text(
        ui,
        at,
        Align2::LEFT_CENTER,
        &name,
        font::caption(),
        theme.soft,
        room,
    );
    let end = span.ended.unwrap_or(shown.now);
    let (from, to) = (axis.x(span.started), axis.x(end));
    let extent = Rect::from_min_max(pos2(from, line - 1.0), pos2(to.max(from + 2.0), line + 1.0));
    ui.painter()
        .rect_filled(extent, CornerRadius::same(1), theme.line);
    let Some(since) = span.waited_since else {
        return;
    };
    let gap = Rect::from_min_max(pos2(axis.x(since), line - 5.0), pos2(from, line + 5.0));
    hatch(ui.painter(), gap, theme.faint);
    let words = waited_words(span, since);
    let id = ui.scope_id().with(("gap", index));
    let response = ui.interact(gap.expand(2.0), id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    response.on_hover_text(words);
}

fn waited_words(span: &Span, since: Timestamp) -> String {
    format!(
        "{} began {} after the stage before it had ended",
        safe_text::line(span.name.as_str()),
        duration(since.age(span.started))
    )
}

fn bar_ui(ui: &Ui, rect: Rect, axis: Axis, index: usize, shown: Attempts<'_>) -> bool {
    let Some(bar) = shown.waterfall.bars.get(index) else {
        return false;
    };
    let theme = theme::of(ui);
    let id = ui.scope_id().with(("bar", &bar.id));
    let response = ui.interact(rect, id, Sense::click());
    shown.light(ui, &response, bar);
    name_ui(ui, rect, axis, bar);
    paint_bar(ui, rect, axis, bar, shown.now);
    let at = pos2(rect.right() - PADDING, rect.center().y);
    let took = took_words(bar, shown.now);
    let colour = match bar.state.status {
        Status::Waiting => theme.wait,
        _ if bar.is_critical => theme.text,
        _ => theme.faint,
    };
    let small = font::small();
    line_of_text(
        ui,
        at,
        Align2::RIGHT_CENTER,
        &took,
        small,
        colour,
        TOOK - 8.0,
    );
    let clicked = response.clicked();
    response.on_hover_ui(|ui| {
        ui.label(theme::of(ui).body(hint(bar, shown.now)));
    });
    clicked
}

fn name_ui(ui: &Ui, rect: Rect, axis: Axis, bar: &Bar) {
    let theme = theme::of(ui);
    let line = rect.center().y;
    let left = rect.left() + PADDING + 12.0;
    let mark = Rect::from_center_size(
        pos2(left + size::SMALL_GLYPH / 2.0, line),
        Vec2::splat(size::SMALL_GLYPH),
    );
    glyph::paint(ui, mark, bar.state.status);
    let mut right = axis.left - 8.0;
    if let Some(words) = attempt_words(bar) {
        let words = words.split(", ").next().unwrap_or_default().to_owned();
        let at = pos2(right, line);
        let small = font::small();
        let drawn = line_of_text(
            ui,
            at,
            Align2::RIGHT_CENTER,
            &words,
            small,
            theme.faint,
            96.0,
        );
        right = drawn.left() - 8.0;
    }
    let face = if bar.is_critical {
        font::strong()
    } else {
        font::body()
    };
    let colour = if bar.is_latest() {
        theme.text
    } else {
        theme.faint
    };
    let name = safe_text::line(bar.key.action.as_str());
    let at = pos2(mark.right() + 8.0, line);
    line_of_text(
        ui,
        at,
        Align2::LEFT_CENTER,
        &name,
        face,
        colour,
        right - at.x,
    );
}

fn paint_bar(ui: &Ui, rect: Rect, axis: Axis, bar: &Bar, now: Timestamp) {
    let theme = theme::of(ui);
    let (from, to) = (axis.x(bar.started), axis.x(bar.end(now)));
    let middle = rect.center().y;
    let place = Rect::from_min_max(
        pos2(from, middle - BAR / 2.0),
        pos2(to.max(from + 3.0), middle + BAR / 2.0),
    );
    let hue = theme.status(bar.state.status);
    let tint = theme
        .status_tint(bar.state.status)
        .unwrap_or_else(|| theme.faded(theme.faint, 0.15));
    let radius = CornerRadius::same(3);
    ui.painter().rect_filled(place, radius, tint);
    if bar.is_gate() {
        hatch(ui.painter(), place, theme.faded(hue, 0.7));
    }
    let line = Stroke::new(1.0, theme.faded(hue, 0.8));
    ui.painter()
        .rect_stroke(place, radius, line, StrokeKind::Inside);
    if bar.ended.is_none()
        && !bar.is_gate()
        && let Some(usual) = bar.usual
    {
        // Where it usually ends.
        let end = axis.x(bar.started.plus(usual));
        if end > place.right() + 2.0 {
            let rest =
                Rect::from_min_max(pos2(place.right(), place.top()), pos2(end, place.bottom()));
            let outline = Stroke::new(1.0, theme.faded(hue, 0.35));
            ui.painter()
                .rect_stroke(rest, radius, outline, StrokeKind::Inside);
        }
    }
    if bar.is_critical {
        let under = Rect::from_min_max(
            pos2(place.left(), place.bottom() - 1.0),
            pos2(place.right(), place.bottom() + 2.0),
        );
        ui.painter()
            .rect_filled(under, CornerRadius::ZERO, theme.text);
    }
}

/// From the end of each bar of the chain down, or up, to the start of the next.
fn links_ui(
    painter: &Painter,
    theme: &Theme,
    (top, body): (f32, Rect),
    axis: Axis,
    lines: &[Line],
    shown: Attempts<'_>,
) {
    let painter = painter.with_clip_rect(body);
    let mut rows = vec![None; shown.waterfall.bars.len()];
    for (row, line) in lines.iter().enumerate() {
        if let Line::Bar(index) = line
            && let Some(place) = rows.get_mut(*index)
        {
            *place = Some(row);
        }
    }
    let y = |index: usize| -> Option<f32> {
        let row = rows.get(index).copied().flatten()?;
        Some(top + row as f32 * ROW + ROW / 2.0 + BAR / 2.0 + 0.5)
    };
    let stroke = Stroke::new(1.5, theme.text);
    let parts = shown.waterfall.parts(shown.now);
    for pair in parts.windows(2) {
        let [(one, _, end), (other, start, _)] = pair else {
            continue;
        };
        let (Some(one), Some(other)) = (y(*one), y(*other)) else {
            continue;
        };
        if one.max(other) < body.top() || one.min(other) > body.bottom() {
            continue;
        }
        let (from, to) = (axis.x(*end), axis.x(*start));
        let waits = to - from > 1.0;
        if waits {
            // Time in which nothing ran is dotted.
            let mut x = from;
            while x < to {
                painter.hline(x..=(x + 2.0).min(to), one, stroke);
                x += 5.0;
            }
        }
        painter.vline(
            to,
            one.min(other)..=one.max(other),
            Stroke::new(1.0, theme.text),
        );
    }
}

/// Slanted lines: time in which nothing works.
pub fn hatch(painter: &Painter, rect: Rect, colour: egui::Color32) {
    if rect.width() <= 0.0 {
        return;
    }
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    let height = rect.height();
    let mut x = rect.left() - height;
    while x < rect.right() {
        painter.line_segment(
            [pos2(x, rect.bottom()), pos2(x + height, rect.top())],
            Stroke::new(1.0, colour),
        );
        x += 5.0;
    }
}
