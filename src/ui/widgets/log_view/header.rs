//! The headers of folds, and the phases that AWS tells of though they wrote no line.

use std::ops::Range;
use std::time::Duration;

use eframe::egui::{
    self, CornerRadius, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, text::LayoutJob, vec2,
};

use super::filters::{ALL, ENDS};
use super::paint::{RIGHT, centred, edge};
use super::scroll_bar::BAR;
use super::{LogInput, LogView, Move, grouped};
use crate::model::ansi;
use crate::model::build::Phase;
use crate::model::fold::{SectionKind, SectionNo};
use crate::model::log::LineNo;
use crate::model::mask;
use crate::model::status::{State, Status};
use crate::model::time::{self, Timestamp};
use crate::ui::theme::{self, font, size};
use crate::ui::widgets::{age, glyph};

struct Header<'a> {
    name: &'a str,
    state: &'a State,
    duration: Option<Duration>,
    /// Where the fold's triangle points; none where there is nothing to unfold.
    open: Option<bool>,
    kind: SectionKind,
    /// In how many others it lies.
    depth: u8,
}

pub fn section(view: &mut LogView, ui: &Ui, rect: Rect, number: SectionNo, input: &LogInput<'_>) {
    let Some(section) = view.folds.get(number) else {
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
        .unwrap_or_else(|| view.folds.state(number, input.complete));
    let duration = phase
        .and_then(|phase| phase.duration)
        .or_else(|| view.folds.duration(number, input.now.millis()));
    let flat = view.rows.is_filtered();
    let open = flat || view.folds.is_open(number, input.complete);
    let name = name(&section.name, !view.unmasked);
    let response = ui.interact(rect, ui.scope_id().with(("fold", number.0)), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::DisclosureTriangle,
            true,
            open,
            match (section.kind, state.status) {
                (SectionKind::Group, Status::Unknown) => name.clone(),
                _ => format!("{name}, {}", state.status.label()),
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
            name: &name,
            state: &state,
            duration,
            open: Some(open),
            kind: section.kind,
            depth: section.depth,
        },
        response.hovered() || response.has_focus(),
    );
    if section.opened
        && view
            .find
            .current(LineNo(section.start), &view.lines(input), &view.shown)
            .is_some()
    {
        edge(ui, rect);
    }
    if response.clicked() {
        view.folds.set_open(number, !open);
        view.moves.push(Move::LetGo);
        // The row was painted as it was.
        ui.ctx()
            .request_repaint_after(std::time::Duration::from_millis(1));
    }
}

pub fn phase(ui: &Ui, rect: Rect, phase: &Phase, now: Timestamp) {
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
            name: &name(&phase.name, true),
            state: &phase.state,
            duration,
            open: None,
            kind: SectionKind::Phase,
            depth: 0,
        },
        false,
    );
}

/// That lines are hidden, and how many: a press shows them.
pub fn gap(view: &mut LogView, ui: &Ui, rect: Rect, lines: Range<u32>) {
    let theme = theme::of(ui);
    let count = lines.len() as u32;
    let noun = if count == 1 { "line" } else { "lines" };
    let words = format!("{} {noun} hidden", grouped(u64::from(count)));
    let id = ui.scope_id().with(("gap", lines.start));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &words));
    let lit = response.hovered() || response.has_focus();
    let colour = if lit { theme.accent } else { theme.faint };
    let painter = ui.painter();
    if lit {
        painter.rect_filled(rect, CornerRadius::ZERO, theme.hover);
    }
    let galley = painter.layout_no_wrap(format!("⋯  {words}"), font::small(), colour);
    let left = view.columns.text.0;
    let end = left + galley.size().x + 12.0;
    centred(ui, pos2(left, rect.center().y), galley, colour);
    let line = Stroke::new(1.0, theme.line);
    let right = rect.right() - BAR - RIGHT;
    painter.hline(end..=right.max(end), rect.center().y, line);
    let hint = if count > ALL {
        format!("Show {ENDS} of them at each end")
    } else {
        "Show them".to_owned()
    };
    if response.on_hover_text(hint).clicked() {
        view.filters.reveal(lines);
        view.before_filter = None;
        view.moves.push(Move::LetGo);
        ui.ctx()
            .request_repaint_after(std::time::Duration::from_millis(1));
    }
}

/// A section's name as it is shown and told: in its last state, its secrets masked.
fn name(raw: &str, masks: bool) -> String {
    let name = ansi::draw(raw, 512).text;
    if masks {
        mask::masked(&name).into_owned()
    } else {
        name
    }
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
    let name = header.name;
    let (text, face) = match header.kind {
        SectionKind::Phase => (name.to_owned(), font::strong()),
        SectionKind::Command => (format!("$ {name}"), font::mono()),
        SectionKind::Group => (name.to_owned(), font::body()),
    };
    let mut job = LayoutJob::simple_singleline(text, face, theme.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width((duration_left - x - 12.0).max(24.0));
    let galley = painter.layout_job(job);
    centred(ui, pos2(x, rect.center().y), galley, theme.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_without_its_secrets_until_a_person_asks_for_them() {
        let command = "\u{1b}[1mdeploy --password hunter2\u{1b}[0m";
        assert_eq!(name(command, true), "deploy --password ****");
        assert_eq!(name(command, false), "deploy --password hunter2");
    }
}
