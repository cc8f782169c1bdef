//! What a hand does to a log: wheel, scroll bar, selection, copying, keys, and the way back to the end.

use eframe::egui::{
    self, CornerRadius, CursorIcon, Event, Key, Modifiers, Rect, Role, Sense, Ui, WidgetInfo, pos2,
    vec2,
};

use super::find::{Find, area_id};
use super::rows::{Row, RowNo};
use super::scroll::{Place, ROW};
use super::{LogInput, LogView, Selection};
use crate::model::ansi;
use crate::model::log::LineNo;
use crate::ui::action::{Actions, UiAction};
use crate::ui::keys;
use crate::ui::theme;
use crate::ui::widgets::button::Button;

/// The width of the scroll bar's strip.
pub const BAR: f32 = 12.0;
/// More lines than this are not copied at once: the clipboard is no export.
const COPY_LIMIT: u32 = 100_000;

/// The arrows belong to what has the focus; Tab and Esc lead away from it.
pub const ARROWS: egui::EventFilter = egui::EventFilter {
    tab: false,
    horizontal_arrows: true,
    vertical_arrows: true,
    escape: false,
};

/// The whole area: wheel, selecting lines, keys while it has the focus.
pub fn area(view: &mut LogView, ui: &Ui, room: Rect, input: &LogInput<'_>, actions: &mut Actions) {
    let id = area_id(ui);
    let response = ui.interact(room, id, Sense::click_and_drag());
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::Document,
            true,
            format!("Log {}, {} lines", input.key.stream, input.log.len()),
        )
    });
    if response.contains_pointer() {
        let wheel = ui.input(|input| input.smooth_scroll_delta().y);
        if wheel != 0.0 {
            scroll(view, -wheel, input);
        }
    }
    select(view, ui, &response, room);
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    view.focused = response.has_focus();
    if view.focused && !input.covered {
        // The arrows scroll here; without this they would move the focus on.
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, ARROWS));
        area_keys(view, ui, input);
        let copy = ui.input_mut(|input| {
            input
                .events
                .iter()
                .any(|event| matches!(event, Event::Copy))
                || input.consume_key(Modifiers::NONE, Key::Y)
        });
        if copy && let Some(selected) = view.selected {
            copy_lines(selected, input, actions);
        }
    }
}

fn scroll(view: &mut LogView, points: f32, input: &LogInput<'_>) {
    let rows = view.rows.len();
    let place = view.place.moved(points, rows, view.height);
    if points < 0.0 && view.following && place != view.place {
        view.follow(false, input);
    }
    view.place = place;
    if points > 0.0 && !input.complete && place.is_bottom(rows, view.height) {
        view.follow(true, input);
    }
}

fn select(view: &mut LogView, ui: &Ui, response: &egui::Response, room: Rect) {
    let Some(pointer) = response.interact_pointer_pos() else {
        return;
    };
    let row = row_at(view, room, pointer.y);
    let Some(Row::Line(line)) = view.rows.get(row) else {
        return;
    };
    let extend = ui.input(|input| input.modifiers.shift);
    let begins = response.drag_started() || (response.clicked() && !extend);
    view.selected = match view.selected {
        Some(selected) if !begins && (response.dragged() || response.clicked()) => {
            Some(Selection {
                to: line,
                ..selected
            })
        }
        // A second click on the one line takes the mark away.
        Some(Selection { from, to })
            if response.clicked() && !response.double_clicked() && from == line && to == line =>
        {
            None
        }
        _ if begins => Some(Selection {
            from: line,
            to: line,
        }),
        other => other,
    };
}

fn row_at(view: &LogView, room: Rect, y: f32) -> RowNo {
    let below = (y - room.top() + view.place.offset).max(0.0) / ROW;
    RowNo(view.place.row.0.saturating_add(below as u32))
}

fn copy_lines(selected: Selection, input: &LogInput<'_>, actions: &mut Actions) {
    let lines = selected.lines();
    let count = lines.end() - lines.start() + 1;
    let mut text = String::new();
    for (_, _, raw) in input
        .log
        .iter_from(LineNo(*lines.start()))
        .take(count.min(COPY_LIMIT) as usize)
    {
        text.push_str(&ansi::plain(&raw));
        text.push('\n');
    }
    if count == 1 {
        text.pop();
    }
    if count > COPY_LIMIT {
        actions.push(UiAction::Say(format!(
            "Copied the first {COPY_LIMIT} of {count} lines"
        )));
    }
    actions.push(UiAction::Copy(text));
}

fn area_keys(view: &mut LogView, ui: &Ui, input: &LogInput<'_>) {
    let page = (view.height - 2.0 * ROW).max(ROW);
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    for (key, points) in [
        (Key::ArrowDown, ROW),
        (Key::J, ROW),
        (Key::ArrowUp, -ROW),
        (Key::K, -ROW),
        (Key::PageDown, page),
        (Key::Space, page),
        (Key::PageUp, -page),
    ] {
        if pressed(key) {
            scroll(view, points, input);
        }
    }
    if pressed(Key::Home) {
        view.follow(false, input);
        view.place = Place::TOP;
    }
    if pressed(Key::End) {
        if input.complete {
            view.place = Place::bottom(view.rows.len(), view.height);
        } else {
            view.follow(true, input);
        }
    }
}

/// `/` finds, `n` and `N` step through the matches, `f` follows, `w` shows why it failed.
pub fn keys(view: &mut LogView, ui: &Ui, input: &LogInput<'_>) {
    if input.covered || ui.ctx().text_edit_focused() {
        return;
    }
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if keys::typed(ui.ctx(), "/") {
        let id = Find::id(ui);
        ui.ctx().memory_mut(|memory| memory.request_focus(id));
    }
    for (modifiers, key, forward) in [
        (Modifiers::SHIFT, Key::N, false),
        (Modifiers::NONE, Key::N, true),
        (Modifiers::SHIFT, Key::F3, false),
        (Modifiers::NONE, Key::F3, true),
    ] {
        if pressed(modifiers, key)
            && let Some(line) = view.find.step(forward, view.first_visible_line())
        {
            view.show_line(line, input);
        }
    }
    if pressed(Modifiers::NONE, Key::F) && !input.complete {
        view.follow(!view.following, input);
    }
    if pressed(Modifiers::NONE, Key::W) {
        view.show_why(input);
    }
}

/// The bar at the right edge, with a rail of matches in it.
pub fn scroll_bar(view: &mut LogView, ui: &Ui, room: Rect, input: &LogInput<'_>) {
    let rows = view.rows.len();
    let theme = theme::of(ui);
    let strip = Rect::from_min_max(pos2(room.right() - BAR, room.top()), room.max);
    rail(view, ui, strip);
    let total = rows as f32 * ROW;
    if total <= view.height {
        return;
    }
    let response = ui.interact(
        strip,
        ui.scope_id().with("log scroll bar"),
        Sense::click_and_drag(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, "Scroll the log"));
    let length = (view.height * view.height / total).max(24.0);
    let way = view.height - length;
    if let Some(pointer) = response.interact_pointer_pos()
        && (response.dragged() || response.clicked())
        && way > 0.0
    {
        let part = ((pointer.y - strip.top() - length / 2.0) / way).clamp(0.0, 1.0);
        view.follow(false, input);
        view.place = Place::of_part(part, rows, view.height);
        if part >= 1.0 && !input.complete {
            view.follow(true, input);
        }
    }
    let top = strip.top() + view.place.part(rows, view.height) * way;
    let handle = Rect::from_min_size(pos2(strip.left() + 4.0, top), vec2(BAR - 6.0, length));
    let strength = if response.hovered() || response.dragged() {
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

/// A tick for every place with a match; at most one a point, so the cost is the height's and not the matches'.
fn rail(view: &LogView, ui: &Ui, strip: Rect) {
    let theme = theme::of(ui);
    let rows = view.rows.len().max(1);
    let (found, matches) = (view.find.matches(), view.find.matches().len());
    let ticks = (strip.height() as usize / 2).max(1);
    let mut last = f32::NEG_INFINITY;
    for tick in 0..matches.min(ticks) {
        let number = if matches <= ticks {
            tick
        } else {
            tick * matches / ticks
        };
        let Some(line) = found.line(number) else {
            continue;
        };
        let part = view.rows.of_line(line).0 as f32 / rows as f32;
        let shown = (rows as f32 * ROW).min(strip.height());
        let y = strip.top() + part * shown + ROW.min(shown) / 2.0;
        if y - last >= 2.0 {
            last = y;
            ui.painter().rect_filled(
                Rect::from_center_size(pos2(strip.right() - 2.5, y), vec2(5.0, 2.0)),
                CornerRadius::ZERO,
                theme.accent,
            );
        }
    }
}

/// The way back to the end, once following was let go and more has come.
pub fn new_lines(view: &mut LogView, ui: &mut Ui, room: Rect, input: &LogInput<'_>) {
    if view.following || input.complete {
        return;
    }
    let new = input.log.len().saturating_sub(view.let_go_at);
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
        .clicked()
    {
        view.follow(true, input);
    }
}

/// `1 204 112`: groups of three, set apart by blanks.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_204, "1 204"),
            (16_777_217, "16 777 217"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
