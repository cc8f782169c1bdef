//! How one line looks: its number, text in its colours, what was found in it, its time, and the marks of what is left out.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::{
    self, Color32, CornerRadius, Galley, Pos2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};

use super::clock::{self, Time};
use super::colour;
use super::looks::Looks;
use super::paint::{RIGHT, centred, edge};
use super::rows::{Row, RowNo};
use super::scroll::ROW;
use super::scroll_bar::BAR;
use super::{LogInput, LogView};
use crate::model::log::LineNo;
use crate::model::settings::LogClock;
use crate::ui::theme::{self, Theme, font, size, space};
use crate::ui::widgets::log_view::grouped;

/// The room for a time at the right.
const CLOCK: f32 = 88.0;
/// Characters of a wrapped line that are shown in place; the rest opens below.
const WRAPPED: usize = 4 * 1024;

/// Where things stand in a row of this log, at this width.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Columns {
    /// The text's left and right edge.
    pub text: (f32, f32),
    /// Where the right column ends.
    right: f32,
    /// Characters of a line that are laid out.
    pub limit: usize,
    wraps: bool,
}

impl Columns {
    pub fn of(view: &LogView, ui: &Ui, room: Rect, input: &LogInput<'_>) -> Self {
        let glyph = ui
            .fonts_mut(|fonts| fonts.glyph_width(&font::mono(), '0'))
            .max(1.0);
        let digits = view.lines(input).len().max(1).ilog10() + 1;
        let gutter = (digits as f32 * glyph + 32.0).max(70.0) + view.source_column();
        let right = room.right() - BAR - RIGHT;
        let clock = if input.clock == LogClock::Off {
            space::S
        } else {
            CLOCK
        };
        let text = (room.left() + gutter, right - clock);
        let fits = ((text.1 - text.0) / glyph).max(8.0) as usize;
        Self {
            text,
            right,
            limit: if view.wraps { WRAPPED } else { fits },
            wraps: view.wraps,
        }
    }
}

/// The looks of a line, from the frame before where it was in view then.
pub fn looks(view: &LogView, line: LineNo, input: &LogInput<'_>) -> Option<Arc<Looks>> {
    let lines = view.lines(input);
    let (limit, masks) = (view.columns.limit, !view.unmasked);
    let identity = lines.identity(line)?;
    view.kept.borrow_mut().get(identity, (limit, masks), || {
        let raw = lines.text(line)?;
        Some(Looks::of(&raw, limit, lines.masks(line, &raw, masks)))
    })
}

/// A line's text, laid out.
pub fn galley(view: &LogView, ui: &Ui, looks: &Looks) -> Arc<Galley> {
    let theme = theme::of(ui);
    // The container's own lines step back behind what the build says.
    let plain = if looks.container {
        theme.faint
    } else {
        theme.text
    };
    let job = if view.columns.wraps {
        let width = (view.columns.text.1 - view.columns.text.0).max(80.0);
        colour::wrapped(theme, &looks.drawn, plain, width)
    } else {
        colour::job(theme, &looks.drawn, plain)
    };
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

/// The height of a line where long ones wrap.
pub fn tall(view: &LogView, ui: &Ui, line: LineNo, input: &LogInput<'_>) -> f32 {
    looks(view, line, input).map_or(ROW, |looks| {
        galley(view, ui, &looks).rows.len().max(1) as f32 * ROW
    })
}

/// Paints a line and everything beside it.
pub fn row(
    view: &mut LogView,
    ui: &Ui,
    row: RowNo,
    rect: Rect,
    line: LineNo,
    input: &LogInput<'_>,
) {
    let Some(looks) = looks(view, line, input) else {
        return;
    };
    let theme = theme::of(ui);
    let painter = ui.painter().clone();
    let first = Rect::from_min_size(rect.min, vec2(rect.width(), ROW));
    let response = ui.interact(rect, ui.scope_id().with(("line", line.0)), Sense::hover());
    let (number, times) = (view.number(line), view.rows.times(line));
    let told = told(view.letter(line), &number, &looks, times);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &told));
    if view.is_why(line) {
        painter.rect_filled(rect, CornerRadius::ZERO, theme.fail_bg);
    }
    let selected = view.selected.as_ref().filter(|it| {
        let told = line.0..=line.0.saturating_add(times - 1);
        it.lines().start() <= told.end() && told.start() <= it.lines().end()
    });
    let part = selected.and_then(|selected| selected.part.clone());
    if selected.is_some() && part.is_none() {
        painter.rect_filled(rect, CornerRadius::ZERO, theme.accent_bg);
    }
    let number = painter.layout_no_wrap(number, font::mono(), theme.faint);
    let number_left = view.columns.text.0 - 14.0 - number.size().x;
    centred(ui, pos2(number_left, first.center().y), number, theme.faint);
    view.source_mark(ui, first, line);

    let galley = galley(view, ui, &looks);
    let above = (rect.height() - galley.size().y).max(0.0) / 2.0;
    let at = pos2(view.columns.text.0, rect.top() + above);
    if let Some(part) = part {
        marked(ui, &galley, at, part, theme.faded(theme.accent, 0.35));
    }
    let current = view.find.current(line, &view.lines(input), &view.shown);
    for (place, range) in view.find.ranges(&looks.drawn.text).enumerate() {
        let is_current = current == Some(place);
        let strength = if is_current { 0.7 } else { 0.3 };
        let range = characters(&looks.drawn.text, &range);
        marked(ui, &galley, at, range, theme.faded(theme.accent, strength));
    }
    if current.is_some() {
        edge(ui, rect);
    }
    let text = painter.with_clip_rect(
        painter
            .clip_rect()
            .intersect(Rect::everything_left_of(view.columns.text.1.max(at.x))),
    );
    text.galley(at, Arc::clone(&galley), theme.text);
    let end = pos2(
        at.x + galley.size().x.min(view.columns.text.1 - at.x),
        first.center().y,
    );
    marks(ui, end, &looks, times);
    let before = before(view, row, line);
    let time = clock::time(&view.lines(input), input.clock, line, before);
    time_ui(ui, first, view.columns.right, &time);
    if looks.drawn.cut > 0 {
        more(view, ui, rect, line, looks.drawn.cut);
    }
}

/// What a screen reader says of a line.
fn told(letter: Option<char>, number: &str, looks: &Looks, times: u32) -> String {
    let mut told = letter.map_or_else(String::new, |letter| format!("{letter} "));
    told.push_str(&format!("{number}: {}", looks.drawn.text));
    if times > 1 {
        told.push_str(&format!(", {} times", grouped(u64::from(times))));
    }
    told
}

/// The line that the gap before this one counts from.
fn before(view: &LogView, row: RowNo, line: LineNo) -> Option<LineNo> {
    if !view.rows.is_filtered() {
        return line.0.checked_sub(1).map(LineNo);
    }
    let above = view.rows.get(RowNo(row.0.checked_sub(1)?))?;
    let above = match above {
        Row::Gap(..) => view.rows.get(RowNo(row.0.checked_sub(2)?))?,
        above => above,
    };
    match above {
        Row::Line(before) => Some(before),
        Row::Section(_) | Row::Phase(_) | Row::Gap(..) => None,
    }
}

/// Characters of a text, for a range of its bytes.
pub fn characters(text: &str, bytes: &Range<usize>) -> Range<usize> {
    let count = |end: usize| text.get(..end).map_or(0, |text| text.chars().count());
    count(bytes.start)..count(bytes.end)
}

/// A ground behind some characters, on each row they lie on.
fn marked(ui: &Ui, galley: &Galley, at: Pos2, characters: Range<usize>, colour: Color32) {
    let place = |character| galley.pos_from_cursor(egui::text::CCursor::new(character));
    let (from, to) = (place(characters.start), place(characters.end));
    let tall = from.height();
    let mut top = from.top();
    let mut left = from.left();
    loop {
        let is_last = top + tall / 2.0 >= to.top();
        let right = if is_last { to.left() } else { galley.size().x };
        let rect = Rect::from_min_max(pos2(left, top), pos2(right, top + tall));
        ui.painter()
            .rect_filled(rect.translate(at.to_vec2()), CornerRadius::same(2), colour);
        if is_last {
            return;
        }
        top += tall;
        left = 0.0;
    }
}

/// `×48` behind a line that came so many times in a row, and a mark where a progress bar's earlier states are not shown.
fn marks(ui: &Ui, end: Pos2, looks: &Looks, times: u32) {
    let theme = theme::of(ui);
    let mut words = Vec::new();
    if looks.overwritten {
        words.push("last state".to_owned());
    }
    if times > 1 {
        words.push(format!("×{}", grouped(u64::from(times))));
    }
    let mut left = end.x + 10.0;
    for word in words {
        let galley = ui
            .painter()
            .layout_no_wrap(word, font::tiny_mono(), theme.soft);
        let room = Rect::from_min_size(pos2(left, end.y - 8.0), vec2(galley.size().x + 10.0, 16.0));
        ui.painter()
            .rect_filled(room, CornerRadius::same(size::CELL_RADIUS), theme.raised);
        centred(ui, pos2(left + 5.0, end.y), galley, theme.soft);
        left = room.right() + 6.0;
    }
}

/// The time, and behind a slow step a ground and a heavier face.
fn time_ui(ui: &Ui, first: Rect, right: f32, time: &Time) {
    if time.words.is_empty() {
        return;
    }
    let theme = theme::of(ui);
    let (face, colour) = if time.slow {
        (font::mono_bold(), theme.text)
    } else {
        (font::mono(), theme.faint)
    };
    let galley = ui
        .painter()
        .layout_no_wrap(time.words.clone(), face, colour);
    let at = pos2(right - galley.size().x, first.center().y);
    if time.slow {
        let ground = Rect::from_center_size(
            pos2(at.x + galley.size().x / 2.0, at.y),
            galley.size() + vec2(10.0, 2.0),
        );
        ui.painter()
            .rect_filled(ground, CornerRadius::same(size::CELL_RADIUS), theme.raised);
    }
    centred(ui, at, galley, colour);
}

/// The button at the end of a line that does not fit.
fn more(view: &mut LogView, ui: &Ui, rect: Rect, line: LineNo, cut: usize) {
    let theme = theme::of(ui);
    let galley = ui.painter().layout_no_wrap(
        format!(" … +{} ", size_words(cut)),
        font::tiny_mono(),
        theme.accent,
    );
    let place = Rect::from_min_size(
        pos2(
            view.columns.text.1 - galley.size().x,
            rect.bottom() - ROW + 2.0,
        ),
        vec2(galley.size().x, ROW - 4.0),
    );
    let response = ui.interact(place, ui.scope_id().with(("more", line.0)), Sense::click());
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::Button,
            true,
            format!("Show all of line {}", line.0 + 1),
        )
    });
    let fill = ground(theme, response.hovered() || response.has_focus());
    ui.painter()
        .rect_filled(place, CornerRadius::same(size::CELL_RADIUS), fill);
    centred(
        ui,
        pos2(place.left(), place.center().y),
        galley,
        theme.accent,
    );
    if response.clicked() {
        view.opened = Some(line);
    }
}

const fn ground(theme: &Theme, lit: bool) -> Color32 {
    if lit { theme.hover } else { theme.raised }
}

/// `340` characters, `12 KB`: as long as a person needs to know.
pub fn size_words(characters: usize) -> String {
    match characters {
        0..1_000 => characters.to_string(),
        1_000..1_000_000 => format!("{} KB", characters / 1_000),
        _ => format!("{:.1} MB", characters as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_told_in_the_unit_of_its_size() {
        let told = [340, 12_300, 10_400_000].map(size_words);
        assert_eq!(told, ["340", "12 KB", "10.4 MB"]);
    }

    #[test]
    fn bytes_become_characters() {
        assert_eq!(characters("é×ab", &(2..5)), 1..3);
    }
}
