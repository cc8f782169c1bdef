//! What a log looks like: headers, lines with their numbers, colours and times. Touches only the rows in view.

use std::sync::Arc;

use eframe::egui::{
    self, Color32, CornerRadius, FontFamily, FontId, Galley, Rect, Role, Sense, Stroke, Ui,
    WidgetInfo, pos2, text::LayoutJob, text::TextFormat, vec2,
};

use super::input::BAR;
use super::rows::{Row, RowNo};
use super::scroll::ROW;
use super::{LogInput, LogView};
use crate::model::ansi::{self, Colour, Drawn, Span};
use crate::model::build::Phase;
use crate::model::fold::{SectionKind, SectionNo, container_line};
use crate::model::log::LineNo;
use crate::model::settings::LogClock;
use crate::model::status::{State, Status};
use crate::model::time::{self, Timestamp};
use crate::ui::action::{Actions, UiAction};
use crate::ui::theme::{self, MONO_BOLD, Theme, font, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{age, glyph};

/// Where a line's text begins.
const TEXT: f32 = 70.0;
/// Where the right column ends, from the scroll bar.
const RIGHT: f32 = 4.0;
/// The room for a time at the right.
const CLOCK: f32 = 84.0;
/// A line laid out when it is expanded has at most so many characters.
const EXPANDED: usize = 8 * 1024;

/// Paints the rows in view.
pub fn rows(view: &mut LogView, ui: &mut Ui, room: Rect, input: &LogInput<'_>) {
    let theme = theme::of(ui);
    ui.painter()
        .rect_filled(room, CornerRadius::ZERO, theme.sunk);
    let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(room));
    inside.set_clip_rect(room.intersect(ui.clip_rect()));
    let count = ((room.height() + view.place.offset) / ROW).ceil() as u32;
    let first = view.place.row.0;
    for number in first..first.saturating_add(count).min(view.rows.len()) {
        let top = room.top() + (number - first) as f32 * ROW - view.place.offset;
        let rect = Rect::from_min_size(pos2(room.left(), top), vec2(room.width(), ROW));
        match view.rows.get(RowNo(number)) {
            Some(Row::Section(section)) => section_header(view, &inside, rect, section, input),
            Some(Row::Phase(phase)) => {
                if let Some(phase) = input.phases.get(phase) {
                    phase_row(&inside, rect, phase, input.now);
                }
            }
            Some(Row::Line(line)) => line_row(view, &inside, rect, line, input),
            None => {}
        }
    }
    pinned(view, &inside, room, input);
}

/// Where the first row in view lies inside a fold, that fold's header stays at the upper edge: a person always sees
/// in which command they are reading.
fn pinned(view: &mut LogView, ui: &Ui, room: Rect, input: &LogInput<'_>) {
    let Some(Row::Line(line)) = view.rows.get(view.place.row) else {
        return;
    };
    let Some(section) = view.index.section_of(line) else {
        return;
    };
    // At its very end the next header takes over without a jump.
    let left = match view.rows.get(RowNo(view.place.row.0 + 1)) {
        Some(Row::Line(_)) | None => ROW,
        Some(Row::Section(_) | Row::Phase(_)) => ROW - view.place.offset,
    };
    let rect = Rect::from_min_size(
        pos2(room.left(), room.top() - (ROW - left)),
        vec2(room.width(), ROW),
    );
    section_header(view, ui, rect, section, input);
}

struct Header<'a> {
    name: &'a str,
    state: &'a State,
    duration: Option<std::time::Duration>,
    /// Where the fold's triangle points; none where there is nothing to unfold.
    open: Option<bool>,
    kind: SectionKind,
    /// In how many others it lies.
    depth: u8,
}

fn section_header(
    view: &mut LogView,
    ui: &Ui,
    rect: Rect,
    number: SectionNo,
    input: &LogInput<'_>,
) {
    let Some(section) = view.index.get(number) else {
        return;
    };
    let phase = input
        .phases
        .iter()
        .find(|phase| section.kind == SectionKind::Phase && phase.name == section.name);
    // AWS's word counts; the log's stands in until AWS has one, and for commands, of which AWS does not tell.
    let state = phase
        .map(|phase| phase.state.clone())
        .filter(|state| !state.status.is_moving() && state.status != Status::NotRun)
        .unwrap_or_else(|| view.state(number, input.complete));
    let duration = phase
        .and_then(|phase| phase.duration)
        .or_else(|| section.duration(input.now.millis()));
    let open = view.is_open(number, input.complete);
    let response = ui.interact(rect, ui.scope_id().with(("fold", number.0)), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::DisclosureTriangle,
            true,
            open,
            match (section.kind, state.status) {
                (SectionKind::Group, Status::Unknown) => ansi::plain(&section.name),
                _ => format!("{}, {}", ansi::plain(&section.name), state.status.label()),
            },
        )
    });
    if state.status == Status::Running && duration.is_some() && ui.is_rect_visible(rect) {
        age::tick_second(ui, duration.unwrap_or_default());
    }
    header(
        ui,
        rect,
        &Header {
            name: &section.name,
            state: &state,
            duration,
            open: Some(open),
            kind: section.kind,
            depth: section.depth,
        },
        response.hovered() || response.has_focus(),
    );
    let current = view.find.current().map(|(line, _)| line) == Some(LineNo(section.start));
    if current && section.opened {
        edge(ui, rect);
    }
    if response.clicked() {
        view.set_open(number, !open);
        if view.following {
            view.follow(false, input);
        }
    }
}

fn phase_row(ui: &Ui, rect: Rect, phase: &Phase, now: Timestamp) {
    let duration = phase.duration.or_else(|| {
        (phase.state.status == Status::Running)
            .then(|| phase.started.map(|started| started.age(now)))
            .flatten()
    });
    let response = ui.interact(
        rect,
        ui.scope_id().with(("phase", &phase.name)),
        Sense::hover(),
    );
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::Label,
            true,
            format!("{}, {}", phase.name, phase.state.status.label()),
        )
    });
    if phase.state.status == Status::Running
        && let Some(duration) = duration
    {
        age::tick_second(ui, duration);
    }
    header(
        ui,
        rect,
        &Header {
            name: &phase.name,
            state: &phase.state,
            duration,
            open: None,
            kind: SectionKind::Phase,
            depth: 0,
        },
        false,
    );
}

fn header(ui: &Ui, rect: Rect, header: &Header<'_>, lit: bool) {
    let theme = theme::of(ui);
    let is_phase = header.kind == SectionKind::Phase;
    let fill = match (lit, is_phase) {
        (true, _) => theme.hover,
        (false, true) => theme.raised,
        (false, false) => theme.panel,
    };
    let painter = ui.painter();
    painter.rect_filled(rect, CornerRadius::ZERO, fill);
    painter.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, theme.sunk),
    );
    let mut x = rect.left() + 12.0 + 22.0 * f32::from(header.depth);
    if let Some(open) = header.open {
        let mark = if open { "▾" } else { "▸" };
        let galley = painter.layout_no_wrap(mark.to_owned(), font::small(), theme.faint);
        centred(ui, pos2(x, rect.center().y), galley, theme.faint);
    }
    x += 18.0;
    // Of a group that has ended nobody says how.
    if header.kind != SectionKind::Group || header.state.status != Status::Unknown {
        let side = size::SMALL_GLYPH;
        glyph::paint(
            ui,
            Rect::from_center_size(pos2(x + side / 2.0, rect.center().y), vec2(side, side)),
            header.state.status,
        );
        x += 20.0;
    }
    let right = rect.right() - BAR - RIGHT;
    let duration = header.duration.map(time::duration).unwrap_or_default();
    let face = if is_phase {
        font::small()
    } else {
        font::mono()
    };
    let galley = painter.layout_no_wrap(duration, face, theme.faint);
    let duration_left = right - galley.size().x;
    centred(
        ui,
        pos2(duration_left, rect.center().y),
        galley,
        theme.faint,
    );
    let name = ansi::draw(header.name, 512).text;
    let (text, face) = match header.kind {
        SectionKind::Phase => (name, font::strong()),
        SectionKind::Command => (format!("$ {name}"), font::mono()),
        SectionKind::Group => (name, font::body()),
    };
    let mut job = LayoutJob::simple_singleline(text, face, theme.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width((duration_left - x - 12.0).max(24.0));
    let galley = painter.layout_job(job);
    centred(ui, pos2(x, rect.center().y), galley, theme.text);
}

fn centred(ui: &Ui, at: egui::Pos2, galley: Arc<Galley>, colour: Color32) {
    let at = pos2(at.x, at.y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, colour);
}

/// The accent's edge at the row of the current match.
fn edge(ui: &Ui, rect: Rect) {
    let theme = theme::of(ui);
    ui.painter().rect_filled(
        Rect::from_min_size(rect.min, vec2(3.0, rect.height())),
        CornerRadius::ZERO,
        theme.accent,
    );
}

fn line_row(view: &mut LogView, ui: &Ui, rect: Rect, line: LineNo, input: &LogInput<'_>) {
    let Some(raw) = input.log.text(line) else {
        return;
    };
    let theme = theme::of(ui);
    let clock = clock(input, line);
    let right = rect.right() - BAR - RIGHT;
    let width = right - rect.left() - TEXT - if clock.is_empty() { 8.0 } else { CLOCK };
    let glyph_width = ui
        .fonts_mut(|fonts| fonts.glyph_width(&font::mono(), '0'))
        .max(1.0);
    let columns = (width / glyph_width).max(8.0) as usize;
    let drawn = ansi::draw(&raw, columns);
    let response = ui.interact(rect, ui.scope_id().with(("line", line.0)), Sense::hover());
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Label, true, format!("{}: {}", line.0 + 1, drawn.text))
    });
    let painter = ui.painter().clone();
    let is_why = view
        .why
        .as_ref()
        .is_some_and(|why| line.0 == why.line.0 || (why.with_next && line.0 == why.line.0 + 1));
    if is_why {
        painter.rect_filled(rect, CornerRadius::ZERO, theme.fail_bg);
    }
    if view
        .selected
        .is_some_and(|selected| selected.lines().contains(&line.0))
    {
        painter.rect_filled(rect, CornerRadius::ZERO, theme.accent_bg);
    }
    let number = painter.layout_no_wrap((line.0 + 1).to_string(), font::mono(), theme.faint);
    let number_left = rect.left() + TEXT - 14.0 - number.size().x;
    centred(ui, pos2(number_left, rect.center().y), number, theme.faint);

    // The container's own lines step back behind what the build says.
    let plain = if container_line(&raw).is_some() {
        theme.faint
    } else {
        theme.text
    };
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job(theme, &drawn, plain)));
    let at = pos2(rect.left() + TEXT, rect.center().y - galley.size().y / 2.0);
    let current = view.find.current().filter(|(found, _)| *found == line);
    if let Some(pattern) = view.find.pattern() {
        for (place, range) in pattern.ranges(&drawn.text).enumerate() {
            let strength = if current.is_some_and(|(_, which)| which == place) {
                0.7
            } else {
                0.3
            };
            highlight(ui, &galley, at, &drawn.text, range, strength);
        }
    }
    if current.is_some() {
        edge(ui, rect);
    }
    painter.galley(at, galley, theme.text);
    if !clock.is_empty() {
        let colour = if is_slow(input, line) {
            theme.text
        } else {
            theme.faint
        };
        let clock = painter.layout_no_wrap(clock, font::mono(), colour);
        centred(
            ui,
            pos2(right - clock.size().x, rect.center().y),
            clock,
            colour,
        );
    }
    if drawn.cut > 0 {
        more(view, ui, rect, line, drawn.cut);
    }
}

/// The button at the end of a line that does not fit.
fn more(view: &mut LogView, ui: &Ui, rect: Rect, line: LineNo, cut: usize) {
    let theme = theme::of(ui);
    let text = format!(" … {cut} more ");
    let galley = ui
        .painter()
        .layout_no_wrap(text, font::tiny_mono(), theme.accent);
    let right = rect.right() - BAR - RIGHT;
    let place = Rect::from_min_size(
        pos2(right - galley.size().x, rect.top() + 2.0),
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
    let fill = if response.hovered() || response.has_focus() {
        theme.hover
    } else {
        theme.raised
    };
    ui.painter()
        .rect_filled(place, CornerRadius::same(size::CELL_RADIUS), fill);
    centred(
        ui,
        pos2(place.left(), place.center().y),
        galley,
        theme.accent,
    );
    if response.clicked() {
        view.expanded = Some(line);
    }
}

fn highlight(
    ui: &Ui,
    galley: &Galley,
    at: egui::Pos2,
    text: &str,
    range: std::ops::Range<usize>,
    strength: f32,
) {
    let theme = theme::of(ui);
    let characters = |bytes: usize| text.get(..bytes).map_or(0, |text| text.chars().count());
    let x = |bytes: usize| {
        galley
            .pos_from_cursor(egui::text::CCursor::new(characters(bytes)))
            .left()
    };
    let rect = Rect::from_min_max(
        pos2(at.x + x(range.start), at.y),
        pos2(at.x + x(range.end), at.y + galley.size().y),
    );
    ui.painter().rect_filled(
        rect,
        CornerRadius::same(2),
        theme.faded(theme.accent, strength),
    );
}

/// A line's looks as egui lays them out: one row, never wrapped.
fn job(theme: &Theme, drawn: &Drawn, plain: Color32) -> LayoutJob {
    let mut job = LayoutJob {
        break_on_newline: false,
        ..LayoutJob::default()
    };
    job.wrap.max_width = f32::INFINITY;
    let mut start = 0;
    for span in &drawn.spans {
        let text = drawn.text.get(start..span.end).unwrap_or("");
        job.append(text, 0.0, format(theme, *span, plain));
        start = span.end;
    }
    job
}

fn format(theme: &Theme, span: Span, plain: Color32) -> TextFormat {
    let style = span.style;
    let colour = |colour: Colour, default: Color32| match colour {
        Colour::Default => default,
        Colour::Indexed(index) => theme.ansi256(index),
        Colour::Rgb(red, green, blue) => theme.true_colour(red, green, blue),
    };
    let mut foreground = colour(style.foreground, plain);
    let mut background = colour(style.background, Color32::TRANSPARENT);
    if style.background != Colour::Default && style.foreground == Colour::Default {
        // The palette's colours stand out from the log's ground, so the ground stands out from them.
        foreground = theme.sunk;
    }
    if style.inverse {
        (foreground, background) = (
            colour(style.background, theme.sunk),
            colour(style.foreground, plain),
        );
    }
    let ground = if background == Color32::TRANSPARENT {
        theme.sunk
    } else {
        background
    };
    if style.foreground != Colour::Default || style.background != Colour::Default {
        foreground = theme::readable(foreground, ground);
    }
    if style.faint {
        foreground = theme.faded(foreground, 0.7);
    }
    if span.mark {
        foreground = theme.faint;
        background = theme.raised;
    }
    let line = |on: bool| {
        if on {
            Stroke::new(1.0, foreground)
        } else {
            Stroke::NONE
        }
    };
    TextFormat {
        font_id: if style.bold {
            FontId::new(12.0, FontFamily::Name(MONO_BOLD.into()))
        } else {
            font::mono()
        },
        color: foreground,
        background,
        italics: style.italic,
        underline: line(style.underline),
        strikethrough: line(style.strike),
        ..TextFormat::default()
    }
}

/// A gap before a line that stands out while gaps are shown.
fn is_slow(input: &LogInput<'_>, line: LineNo) -> bool {
    const SLOW_MILLIS: i64 = 10_000;
    let before = line
        .0
        .checked_sub(1)
        .and_then(|before| input.log.time(LineNo(before)));
    let gap = before.zip(input.log.time(line)).map(|(from, to)| to - from);
    input.clock == LogClock::SinceLine && gap.is_some_and(|gap| gap >= SLOW_MILLIS)
}

/// The time column of a line.
fn clock(input: &LogInput<'_>, line: LineNo) -> String {
    let Some(at) = input.log.time(line) else {
        return String::new();
    };
    match input.clock {
        LogClock::Off => String::new(),
        LogClock::Local => Timestamp::from_millis(at).clock_local(),
        LogClock::Utc => Timestamp::from_millis(at).clock_utc(),
        LogClock::SinceStart => input
            .log
            .time(LineNo(0))
            .map(|first| format!("{:.1} s", (at - first).max(0) as f64 / 1_000.0))
            .unwrap_or_default(),
        LogClock::SinceLine => {
            let before = line
                .0
                .checked_sub(1)
                .and_then(|before| input.log.time(LineNo(before)));
            // Less than a tenth of a second is no slow step, and a column of noise.
            match before.map(|before| at - before) {
                Some(gap) if gap >= 100 => format!("+{:.1} s", gap as f64 / 1_000.0),
                _ => String::new(),
            }
        }
    }
}

/// A whole line, wrapped, above the log. Returns whether it stays open.
pub fn expanded(ui: &mut Ui, line: LineNo, raw: &str, actions: &mut Actions) -> bool {
    let theme = theme::of(ui);
    let mut open = true;
    let drawn = ansi::draw(raw, EXPANDED);
    egui::Frame::new()
        .fill(theme.raised)
        .inner_margin(egui::Margin::symmetric(12, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                ui.label(theme.strong(format!("Line {}", line.0 + 1)));
                let count = raw.chars().count();
                let words = if drawn.cut > 0 {
                    format!("{count} characters, the first {EXPANDED} shown")
                } else {
                    format!("{count} characters")
                };
                ui.label(theme.small(words));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    open = !ui.add(Button::new("Close").small()).clicked();
                    if ui.add(Button::new("Copy").small()).clicked() {
                        actions.push(UiAction::Copy(ansi::plain(raw)));
                    }
                });
            });
            egui::ScrollArea::vertical()
                .id_salt("expanded line")
                .max_height(120.0)
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    let mut job = job(theme, &drawn, theme.text);
                    job.wrap.max_width = ui.available_width() - space::M;
                    job.wrap.break_anywhere = true;
                    ui.add(egui::Label::new(job).selectable(true).wrap());
                });
        });
    open
}
