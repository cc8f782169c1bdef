//! One build as a row of a table, painted by hand: a row costs its texts and nothing else.

use std::time::Duration;

use eframe::egui::{
    self, Align2, Color32, CornerRadius, FontId, Rect, Response, Role, Sense, Stroke, StrokeKind,
    Ui, Vec2, WidgetInfo, pos2,
};

use super::columns::{Column, Columns};
use crate::model::build::{Build, BuildRow, Initiator, Usual};
use crate::model::ids::{RevisionId, Scope};
use crate::model::status::Status;
use crate::model::time::{self, Timestamp};
use crate::ui::theme::{self, Theme, font, size};
use crate::ui::view::ViewContext;
use crate::ui::widgets::stage_graph::line_of_text;
use crate::ui::widgets::{age, fault_banner, glyph, phase_strip, safe_text, skeleton};

/// A reading of what still moves that is older than this is shown as old: the polling table promises a younger one.
const STALE: Duration = Duration::from_mins(20);

/// What a row is painted from.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    pub row: &'a BuildRow,
    pub usual: Option<&'a Usual>,
    pub selected: bool,
}

/// Paints a row and answers clicks on it.
pub fn show(ui: &mut Ui, cx: &ViewContext<'_>, shown: Shown<'_>, columns: &Columns) -> Response {
    let wanted = Vec2::new(ui.available_width(), size::ROW);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    let name = name(shown.row);
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, shown.selected, &name));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_description(description(shown.row, cx.now));
    });
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let theme = theme::of(ui);
    if shown.selected {
        ui.painter().rect_filled(rect, 0, theme.accent_bg);
    } else if response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect, 0, theme.faded(theme.hover, 0.6));
    }
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, theme.row_line());
    let pen = Pen {
        ui,
        theme,
        now: cx.now,
        strength: if is_stale(shown.row, cx.now) {
            0.55
        } else {
            1.0
        },
    };
    for (column, cell) in columns.cells(rect) {
        pen.cell(cx, shown, column, cell);
    }
    hint(cx, shown, columns, rect, &response);
    response
}

/// What has ended changes no more, however long ago it was read.
fn is_stale(row: &BuildRow, now: Timestamp) -> bool {
    let moving = row
        .build
        .value()
        .is_some_and(|build| build.state.status.is_moving());
    let old = row.build.fetched_at().is_some_and(|at| at.age(now) > STALE);
    row.build.fault().is_some() || (moving && old)
}

/// `web-shop #412`, or the id where AWS gives no number.
pub fn name(row: &BuildRow) -> String {
    match row.build.value() {
        Some(build) => build_name(build),
        None => safe_text::line(row.key.id.as_str()).into_owned(),
    }
}

pub fn build_name(build: &Build) -> String {
    let project = safe_text::line(build.project.as_str());
    format!("{project} {}", number(build))
}

/// `#412`, or the beginning of the id.
pub fn number(build: &Build) -> String {
    if let Some(number) = build.number {
        return format!("#{number}");
    }
    let id = build.id.as_str();
    let uuid = id.rsplit_once(':').map_or(id, |(_, uuid)| uuid);
    safe_text::elide(&safe_text::line(uuid), 9).into_owned()
}

/// What a screen reader says after the name.
fn description(row: &BuildRow, now: Timestamp) -> String {
    let Some(build) = row.build.value() else {
        return format!("in {}", row.key.scope);
    };
    let took = build.elapsed(now).map(time::duration).unwrap_or_default();
    let says = says(build).unwrap_or_default();
    format!(
        "{} in {}; {took}; {says}",
        build.status().label(),
        row.key.scope
    )
}

/// Why it failed, or the phase it is in.
pub fn says(build: &Build) -> Option<String> {
    if let Some(failure) = build.failure() {
        return Some(safe_text::line(&failure).into_owned());
    }
    match build.status() {
        Status::Running => Some(safe_text::line(&build.current_phase).into_owned()),
        Status::Queued => Some("waits for a place to run".to_owned()),
        Status::Unknown => Some(format!("AWS says {}", safe_text::line(build.state.word()))),
        _ => None,
    }
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

    fn cell(&self, cx: &ViewContext<'_>, shown: Shown<'_>, column: Column, room: Rect) {
        let theme = self.theme;
        match column {
            Column::Account => {
                let scope = &shown.row.key.scope;
                return account_ui(self.ui, cx, scope, room, self.strength);
            }
            Column::Status => return self.status(shown.row, room),
            _ => {}
        }
        let Some(build) = shown.row.build.value() else {
            if column == Column::Build {
                self.text(room, &name(shown.row), font::mono(), theme.soft);
            } else {
                let bar = Vec2::new(room.width() * 0.6, 10.0);
                skeleton::paint(self.ui, Rect::from_center_size(room.center(), bar));
            }
            return;
        };
        match column {
            Column::Build => self.name(build, room),
            Column::Phases => phase_strip::paint(self.ui, room, build, self.now, self.strength),
            Column::Source => self.source(build, room),
            Column::By => {
                let words = build.started_by().map(Initiator::words).unwrap_or_default();
                self.text(room, &safe_text::line(&words), font::body(), theme.soft);
            }
            Column::Says => {
                let colour = if build.state.status.is_bad() {
                    theme.text
                } else {
                    theme.soft
                };
                self.text(room, &says(build).unwrap_or_default(), font::body(), colour);
            }
            Column::Elapsed => self.elapsed(build, shown.usual, room),
            Column::Started => self.started(shown.row, build, room),
            Column::Status | Column::Account => {}
        }
    }

    /// Cut to its room; returns where it ended.
    fn text(&self, room: Rect, text: &str, font: FontId, colour: Color32) -> f32 {
        text_in(self.ui, room, text, font, self.colour(colour))
    }

    fn status(&self, row: &BuildRow, room: Rect) {
        let at = pos2(room.left() + size::GLYPH / 2.0, room.center().y);
        let mark = Rect::from_center_size(at, Vec2::splat(size::GLYPH));
        let status = super::order::status_of(row);
        if self.strength < 1.0 {
            let colour = self.colour(self.theme.status(status));
            glyph::paint_as(self.ui.painter(), mark, status, colour);
        } else {
            glyph::paint(self.ui, mark, status);
        }
    }

    fn name(&self, build: &Build, room: Rect) {
        let theme = self.theme;
        let number = number(build);
        let width = 8.0 + number.chars().count() as f32 * 7.3;
        let name = room.with_max_x((room.right() - width).max(room.left()));
        // Within one project the number says it all.
        let left = if room.width() < 100.0 {
            room.left()
        } else {
            let project = safe_text::line(build.project.as_str());
            self.text(name, &project, font::strong(), theme.text) + 7.0
        };
        let rest = room.with_min_x(left);
        self.text(rest, &number, font::mono(), theme.soft);
    }

    /// The branch and the commit, of what is known.
    fn source(&self, build: &Build, room: Rect) {
        let theme = self.theme;
        let revision = build.revision();
        let short = revision.as_ref().map_or("", RevisionId::short);
        let short = safe_text::line(short);
        let width = short.chars().count() as f32 * 7.3;
        let mut left = room.left();
        if let Some(branch) = build.branch() {
            let most = if short.is_empty() { 0.0 } else { width + 8.0 };
            let name = room.with_max_x((room.right() - most).max(room.left()));
            left = self.text(name, &safe_text::line(branch), font::body(), theme.text) + 8.0;
        }
        self.text(room.with_min_x(left), &short, font::mono(), theme.soft);
    }

    fn elapsed(&self, build: &Build, usual: Option<&Usual>, room: Rect) {
        let Some(span) = build.elapsed(self.now) else {
            if build.status() == Status::Queued
                && let Some(usual) = usual
            {
                let words = format!("usually {}", time::rough(usual.took));
                self.text(room, &words, font::body(), self.theme.faint);
            }
            return;
        };
        let moving = build.state.status.is_moving();
        if moving {
            age::tick_second(self.ui, span);
        }
        let middle = if moving && usual.is_some() { -3.0 } else { 0.0 };
        let line = room.translate(Vec2::new(0.0, middle));
        let end = self.text(line, &time::duration(span), font::body(), self.theme.text);
        let Some(usual) = usual else { return };
        let words = if moving {
            format!("of ~{}", usual_words(usual.took))
        } else {
            format!("usual {}", usual_words(usual.took))
        };
        let rest = line.with_min_x(end + 5.0);
        self.text(rest, &words, font::body(), self.theme.faint);
        if moving {
            let bar = Rect::from_min_size(
                pos2(room.left(), room.center().y + 8.0),
                Vec2::new(room.width().min(120.0), 3.0),
            );
            against_usual(self.ui, bar, span, usual.took);
        }
    }

    fn started(&self, row: &BuildRow, build: &Build, room: Rect) {
        let old = self.strength < 1.0;
        let instant = if old {
            row.build.fetched_at()
        } else {
            build.started
        };
        let Some(at) = instant else { return };
        let span = at.age(self.now);
        age::tick(self.ui, span);
        let words = match (old, span.as_secs()) {
            (true, _) => format!("as of {}", time::rough(span)),
            (false, 0..10) => "now".to_owned(),
            (false, _) => time::rough(span),
        };
        let colour = self.colour(self.theme.faint);
        let at = room.right_center();
        self.ui
            .painter()
            .text(at, Align2::RIGHT_CENTER, words, font::body(), colour);
    }
}

/// To the second where a minute more or less says something.
pub fn usual_words(usual: Duration) -> String {
    if usual < Duration::from_mins(10) {
        time::duration(usual)
    } else {
        time::rough(usual)
    }
}

/// A line cut to its room; returns where it ended.
pub fn text_in(ui: &Ui, room: Rect, text: &str, font: FontId, colour: Color32) -> f32 {
    if text.is_empty() {
        return room.left();
    }
    let at = pos2(room.left(), room.center().y);
    let width = room.width();
    line_of_text(ui, at, Align2::LEFT_CENTER, text, font, colour, width).right()
}

/// The account as a pill, cut to its room.
pub fn account_ui(ui: &Ui, cx: &ViewContext<'_>, scope: &Scope, room: Rect, strength: f32) {
    const PADDING: f32 = 9.0;
    let theme = theme::of(ui);
    let faded = |colour: Color32| {
        if strength < 1.0 {
            theme.faded(colour, strength)
        } else {
            colour
        }
    };
    let account = cx.snapshot.accounts.get(&scope.account);
    let production = account.is_some_and(|account| account.production);
    let (face, colour, fill, line) = if production {
        (font::caption(), theme.bg, faded(theme.text), Stroke::NONE)
    } else {
        let colour = faded(theme.soft);
        (font::small(), colour, Color32::TRANSPARENT, theme.outline())
    };
    let words = super::account_words(cx, scope);
    let mut job = egui::text::LayoutJob::simple_singleline(words, face, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.width() - 2.0 * PADDING);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let pill = Rect::from_min_size(
        pos2(room.left(), room.center().y - size::CHIP / 2.0),
        Vec2::new(galley.size().x + 2.0 * PADDING, size::CHIP),
    );
    let radius = CornerRadius::same((size::CHIP / 2.0) as u8);
    ui.painter()
        .rect(pill, radius, fill, line, StrokeKind::Inside);
    let at = pill.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, colour);
}

/// How far it is of its usual time; beyond it, the bar is full and what is over is marked.
pub fn against_usual(ui: &Ui, bar: Rect, span: Duration, usual: Duration) {
    let theme = theme::of(ui);
    let radius = CornerRadius::same(1);
    ui.painter().rect_filled(bar, radius, theme.line);
    let part = span.as_secs_f32() / usual.as_secs_f32().max(1.0);
    if part <= 1.0 {
        let done = bar.with_max_x(bar.left() + bar.width() * part);
        ui.painter().rect_filled(done, radius, theme.run);
    } else {
        ui.painter().rect_filled(bar, radius, theme.run);
        // Where the usual time ended.
        let x = bar.left() + bar.width() / part;
        let end = bar.y_range().expand(2.0);
        ui.painter().vline(x, end, Stroke::new(1.5, theme.text));
    }
}

/// The hint of whatever cell is under the pointer. Worked out for one row only.
fn hint(
    cx: &ViewContext<'_>,
    shown: Shown<'_>,
    columns: &Columns,
    rect: Rect,
    response: &Response,
) {
    let Some(pointer) = response.hover_pos() else {
        return;
    };
    let mut cells = columns.cells(rect);
    let under = cells.find(|(_, cell)| cell.expand(8.0).contains(pointer));
    let Some((column, _)) = under else { return };
    let words = match shown.row.build.value() {
        Some(build) => build_hint(cx, shown, column, build),
        None => shown.row.key.id.to_string(),
    };
    if !words.is_empty() {
        response.clone().on_hover_text_at_pointer(words);
    }
}

fn build_hint(cx: &ViewContext<'_>, shown: Shown<'_>, column: Column, build: &Build) -> String {
    match column {
        Column::Status => match shown.row.build.fault() {
            Some(fault) => fault_banner::details(fault),
            None => format!(
                "{}: AWS says {}",
                build.state.status.label(),
                build.state.word()
            ),
        },
        Column::Build => safe_text::line(build.id.as_str()).into_owned(),
        Column::Account => shown.row.key.scope.to_string(),
        Column::Phases => phase_strip::phases(build)
            .map(|phase| {
                let took = phase_strip::took(phase, cx.now).map(time::duration);
                let name = safe_text::line(&phase.name);
                format!(
                    "{name}: {} {}",
                    phase.state.status.label(),
                    took.unwrap_or_default()
                )
            })
            .collect::<Vec<_>>()
            .join("\n"),
        Column::Source => {
            let version = build.source_version.as_deref().unwrap_or_default();
            let resolved = build.resolved_source_version.as_deref().unwrap_or_default();
            safe_text::block(&format!("{version}\n{resolved}")).into_owned()
        }
        Column::By => safe_text::line(build.initiator.as_deref().unwrap_or_default()).into_owned(),
        Column::Says => says(build)
            .map(|words| safe_text::elide(&words, 600).into_owned())
            .unwrap_or_default(),
        Column::Elapsed => match shown.usual {
            Some(usual) => format!(
                "Usually {}: the median of the last {} that succeeded",
                time::duration(usual.took),
                usual.of
            ),
            None => String::new(),
        },
        Column::Started => build.started.map(age::exact).unwrap_or_default(),
    }
}
