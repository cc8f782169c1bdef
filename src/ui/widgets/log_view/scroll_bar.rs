//! The bar at the right edge, the rail of matches in it, and the way back to the end.

use eframe::egui::{
    self, CornerRadius, CursorIcon, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};

use super::lines::Lines;
use super::rows::RowNo;
use super::scroll::{Place, ROW};
use super::shown::Shown;
use super::{LogInput, LogView, Move, grouped};
use crate::model::log::LineNo;
use crate::ui::theme;
use crate::ui::widgets::button::Button;

/// The width of the scroll bar's strip.
pub const BAR: f32 = 14.0;
/// A press on the rail takes the nearest match within so many points.
const REACH: f32 = 4.0;

/// The bar between its two halves: what a hand does to it comes before the rows are painted, its looks after.
pub struct Bar {
    strip: Rect,
    response: Response,
    ticks: Vec<(f32, LineNo)>,
}

/// Dragged or pressed the bar moves the log, and a press beside a match goes to it.
pub fn hand(view: &mut LogView, ui: &Ui, room: Rect, lines: &Lines<'_>) -> Bar {
    let strip = Rect::from_min_max(pos2(room.right() - BAR, room.top()), room.max);
    let response = ui.interact(
        strip,
        ui.scope_id().with("log scroll bar"),
        Sense::click_and_drag(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, "Scroll the log"));
    let bar = Bar {
        ticks: ticks(view, strip, lines),
        strip,
        response,
    };
    let Some(pointer) = bar.response.interact_pointer_pos() else {
        return bar;
    };
    let hit = if bar.response.clicked() {
        nearest(&bar.ticks, pointer.y)
    } else {
        None
    };
    let way = view.height - length(view);
    if let Some(line) = hit {
        view.find.be_at(line, lines);
        view.moves.push(Move::Show(line));
    } else if way > 0.0 && (bar.response.dragged() || bar.response.clicked()) {
        let part = (pointer.y - strip.top() - length(view) / 2.0) / way;
        view.moves.push(Move::Part(part.clamp(0.0, 1.0)));
    }
    bar
}

/// The height of the handle; as high as the view where all of the log is seen.
fn length(view: &LogView) -> f32 {
    if view.bottom == Place::TOP {
        return view.height;
    }
    let total = (view.rows.len() as f32 * ROW).max(view.height + ROW);
    (view.height / total * view.height).max(24.0)
}

/// Paints the handle and the rail of matches.
pub fn paint(view: &LogView, ui: &Ui, bar: &Bar, part: f32) {
    let theme = theme::of(ui);
    for &(y, _) in &bar.ticks {
        ui.painter().rect_filled(
            Rect::from_center_size(pos2(bar.strip.right() - 3.0, y), vec2(6.0, 2.0)),
            CornerRadius::ZERO,
            theme.accent,
        );
    }
    let length = length(view);
    let way = view.height - length;
    if way <= 0.0 {
        return;
    }
    let top = bar.strip.top() + part * way;
    let handle = Rect::from_min_size(pos2(bar.strip.left() + 2.0, top), vec2(6.0, length));
    let strength = if bar.response.hovered() || bar.response.dragged() {
        0.9
    } else {
        0.4
    };
    ui.painter().rect_filled(
        handle.shrink2(vec2(0.0, 2.0)),
        CornerRadius::same(3),
        theme.faded(theme.faint, strength),
    );
}

/// A tick for every place with a match: its height, and a line that matches there. At most one for two points, so the
/// cost is the height's and not the matches'.
fn ticks(view: &LogView, strip: Rect, lines: &Lines<'_>) -> Vec<(f32, LineNo)> {
    let rows = view.rows.len();
    if rows == 0 || view.find.hits().is_empty() {
        return Vec::new();
    }
    let steps = rows.min((strip.height() / 2.0).max(1.0) as u32);
    let shown = (rows as f32 * ROW).min(strip.height());
    let row = |step: u32| RowNo((u64::from(step) * u64::from(rows) / u64::from(steps)) as u32);
    let mut ticks = Vec::new();
    let mut from = 0;
    for step in 0..steps {
        let to = view
            .line_from(row(step + 1))
            .map_or(u32::MAX, |line| line.0);
        // Lines that a fold hides show at its header.
        let next_hit = |from: u32| view.find.hits().first_in(from..to, lines);
        if let Some(line) = first_shown(from, next_hit, &view.shown) {
            let part = (step as f32 + 0.5) / steps as f32;
            ticks.push((strip.top() + part * shown, line));
        }
        from = to;
    }
    ticks
}

/// The first match from a line on that is shown. Goes by turns from match to shown line, so that it passes over many of
/// either at once, and gives up after some turns: a frame has hundreds of ticks.
fn first_shown(
    from: u32,
    next_hit: impl Fn(u32) -> Option<LineNo>,
    shown: &Shown,
) -> Option<LineNo> {
    const TURNS: usize = 64;
    let mut hit = next_hit(from)?;
    for _ in 0..TURNS {
        if !shown.leaves_out(hit) {
            return Some(hit);
        }
        hit = next_hit(shown.next(hit)?.0)?;
    }
    None
}

fn nearest(ticks: &[(f32, LineNo)], y: f32) -> Option<LineNo> {
    let away = |tick: &(f32, LineNo)| (tick.0 - y).abs();
    ticks
        .iter()
        .filter(|tick| away(tick) <= REACH)
        .min_by(|a, b| away(a).total_cmp(&away(b)))
        .map(|(_, line)| *line)
}

/// The way back to the end, once following was let go and more has come.
pub fn new_lines(view: &mut LogView, ui: &mut Ui, room: Rect, input: &LogInput<'_>) {
    if view.following || !input.is_growing() {
        return;
    }
    let new = view.lines(input).len().saturating_sub(view.let_go_at);
    let words = match new {
        0 => "Follow the end".to_owned(),
        1 => "1 new line".to_owned(),
        _ => format!("{} new lines", grouped(u64::from(new))),
    };
    let width = 220.0_f32.min(room.width());
    let place = Rect::from_center_size(
        pos2(room.center().x, room.bottom() - 24.0),
        vec2(width, 28.0),
    );
    let mut above = ui.new_child(egui::UiBuilder::new().max_rect(place).layout(
        egui::Layout::centered_and_justified(egui::Direction::LeftToRight),
    ));
    let button = Button::new(words).key("f");
    if above
        .add(button)
        .on_hover_cursor(CursorIcon::PointingHand)
        .on_hover_text("Follow the end of the log")
        .clicked()
    {
        view.moves.push(Move::Follow(true));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::filter::Left;
    use crate::ui::widgets::log_view::left::Only;

    #[test]
    fn a_match_that_a_filter_leaves_out_does_not_hide_the_next() {
        let mut left = Left::default();
        left.lines.extend(&[2, 5, 9]);
        let shown = Shown::Only(Only::of(&left, true, &[]));
        let next_hit = |from: u32| [1, 3, 5, 7].map(LineNo).into_iter().find(|it| it.0 >= from);
        assert_eq!(first_shown(0, next_hit, &shown), Some(LineNo(5)));
        assert_eq!(first_shown(6, next_hit, &shown), None);
        assert_eq!(first_shown(0, next_hit, &Shown::All), Some(LineNo(1)));
    }

    #[test]
    fn a_press_beside_a_match_means_it_and_one_far_off_does_not() {
        let ticks = [(10.0, LineNo(1)), (14.0, LineNo(2)), (90.0, LineNo(3))];
        assert_eq!(nearest(&ticks, 13.0), Some(LineNo(2)));
        assert_eq!(nearest(&ticks, 6.5), Some(LineNo(1)));
        assert_eq!(nearest(&ticks, 50.0), None);
    }
}
