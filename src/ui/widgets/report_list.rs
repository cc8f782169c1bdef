//! Test and coverage reports: what failed first, with what the runner said, then counts, trend and the rest.
//!
//! Everything is one list of rows of one height, of which only those in sight are laid out: a report holds up to a
//! thousand cases. Main thread.

mod rows;
mod trend;

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{self, Align2, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::stage_graph::line_of_text;
use super::{copyable, glyph, safe_text};
use crate::model::build::{Report, ReportContent, ReportTrend, TestCase};
use crate::model::time::duration;
use crate::ui::action::{Actions, UiAction};
use crate::ui::theme::{self, font, size};
use rows::Row;

const ROW: f32 = 22.0;
const INDENT: f32 = 20.0;

/// The look at a build's reports: what is unfolded.
#[derive(Default)]
pub struct ReportList {
    open: Open,
    rows: Vec<Row>,
    /// What the rows were made from.
    of: Option<(Arc<Vec<Report>>, Open)>,
}

/// What a person opened or closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// Messages shown whole, by report and case.
    pub messages: BTreeSet<(usize, usize)>,
    /// Reports whose passed cases, or covered files, are shown.
    pub rest: BTreeSet<usize>,
}

impl ReportList {
    /// Paints the reports into all the room there is. `trend` gives a report group's past, once it is read.
    pub fn ui<'a>(
        &mut self,
        ui: &mut Ui,
        reports: &Arc<Vec<Report>>,
        actions: &mut Actions,
        trend: impl Fn(&Report) -> Option<&'a ReportTrend>,
    ) {
        let is_same = self
            .of
            .as_ref()
            .is_some_and(|(of, open)| Arc::ptr_eq(of, reports) && *open == self.open);
        if !is_same {
            self.rows = rows::of(reports, &self.open);
            self.of = Some((Arc::clone(reports), self.open.clone()));
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let rows = std::mem::take(&mut self.rows);
        egui::ScrollArea::vertical()
            .id_salt("reports")
            .auto_shrink(false)
            .show_rows(ui, ROW, rows.len(), |ui, range| {
                for row in rows.get(range).unwrap_or_default() {
                    let wanted = vec2(ui.available_width(), ROW);
                    let (rect, _) = ui.allocate_exact_size(wanted, Sense::hover());
                    let rect = rect.shrink2(vec2(12.0, 0.0));
                    self.row_ui(ui, rect, row, reports, actions, &trend);
                }
            });
        self.rows = rows;
    }

    fn row_ui<'a>(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        row: &Row,
        reports: &[Report],
        actions: &mut Actions,
        trend: &impl Fn(&Report) -> Option<&'a ReportTrend>,
    ) {
        let report = |index: usize| reports.get(index);
        match row {
            Row::Gap => {}
            Row::Head(index) => {
                if let Some(report) = report(*index) {
                    head_ui(ui, rect, report, actions);
                }
            }
            Row::Counts(words) | Row::Note(words) => {
                let at = rect.left_center();
                let colour = theme::of(ui).soft;
                text(ui, at, words, font::small(), colour, rect.width());
            }
            Row::Trend(index) => {
                if let Some(report) = report(*index) {
                    trend::show(ui, rect, trend(report));
                }
            }
            Row::Case { report: of, case } => {
                let found = report(*of).and_then(|report| rows::case(report, *case));
                if let Some(found) = found {
                    case_ui(ui, rect, found, actions);
                }
            }
            Row::Said(line) => {
                let left = rect.left() + INDENT;
                let colour = theme::of(ui).soft;
                let at = pos2(left, rect.center().y);
                text(ui, at, line, font::mono(), colour, rect.right() - left);
            }
            Row::More {
                report,
                case,
                lines,
            } => {
                let words = match lines {
                    0 => "Show less".to_owned(),
                    lines => format!("Show {lines} more lines"),
                };
                if link_ui(ui, rect, INDENT, &words)
                    && !self.open.messages.remove(&(*report, *case))
                {
                    self.open.messages.insert((*report, *case));
                }
            }
            Row::Rest { report, words } => {
                let is_open = self.open.rest.contains(report);
                let arrow = if is_open { "▾" } else { "▸" };
                if link_ui(ui, rect, 0.0, &format!("{arrow} {words}"))
                    && !self.open.rest.remove(report)
                {
                    self.open.rest.insert(*report);
                }
            }
            Row::File { report: of, file } => {
                if let Some(ReportContent::Coverage(coverage)) = report(*of).map(|it| &it.content)
                    && let Some(file) = coverage.files.get(*file)
                {
                    file_ui(ui, rect, file);
                }
            }
        }
    }
}

fn head_ui(ui: &Ui, rect: Rect, report: &Report, actions: &mut Actions) {
    let theme = theme::of(ui);
    let mark = Rect::from_center_size(
        pos2(rect.left() + size::GLYPH / 2.0, rect.center().y),
        Vec2::splat(size::GLYPH),
    );
    glyph::paint(ui, mark, report.state.status);
    let left = mark.right() + 6.0;
    let name = safe_text::line(&report.name);
    let id = ui.scope_id().with(("report", &report.arn));
    let response = ui.interact(rect, id, Sense::click());
    let label = format!("Report {name}: {}", report.state.status.label());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    let colour = if response.hovered() || response.has_focus() {
        theme.accent
    } else {
        theme.text
    };
    let at = pos2(left, rect.center().y);
    let end = text(ui, at, &name, font::strong(), colour, rect.right() - left);
    let word = format!("AWS says {}", safe_text::line(report.state.word()));
    let at = pos2(end.right() + 8.0, rect.center().y);
    text(
        ui,
        at,
        &word,
        font::small(),
        theme.faint,
        rect.right() - at.x,
    );
    if response.clicked() {
        actions.push(UiAction::Copy(report.arn.clone()));
        actions.push(UiAction::Say("Copied the report's ARN".to_owned()));
    }
    response.on_hover_text(format!("{}\nClick to copy", report.arn));
}

fn case_ui(ui: &mut Ui, rect: Rect, case: &TestCase, actions: &mut Actions) {
    let theme = theme::of(ui);
    let mark = Rect::from_center_size(
        pos2(rect.left() + size::SMALL_GLYPH / 2.0, rect.center().y),
        Vec2::splat(size::SMALL_GLYPH),
    );
    glyph::paint(ui, mark, case.state.status);
    let took = case.duration.map(took_words).unwrap_or_default();
    let end = line_of_text(
        ui,
        rect.right_center(),
        Align2::RIGHT_CENTER,
        &took,
        font::small(),
        theme.faint,
        80.0,
    );
    let left = mark.right() + 6.0;
    let room = Rect::from_min_max(
        pos2(left, rect.top() + 2.0),
        pos2(end.left() - 8.0, rect.bottom()),
    );
    let builder = egui::UiBuilder::new().max_rect(room).id_salt(&case.name);
    ui.scope_builder(builder, |ui| {
        let colour = if case.state.status.is_bad() {
            theme.text
        } else {
            theme.soft
        };
        let response = copyable::text(ui, &case.name, &case.name, (font::mono(), colour), actions);
        let mut hint: Vec<String> = vec![format!(
            "{}: AWS says {}",
            case.state.status.label(),
            case.state.word()
        )];
        hint.extend(
            case.suite
                .iter()
                .map(|suite| format!("Suite {}", safe_text::line(suite))),
        );
        hint.extend(
            case.raw_path
                .iter()
                .map(|path| format!("From {}", safe_text::line(path))),
        );
        response.on_hover_text(hint.join("\n"));
    });
}

/// Tests are counted in fractions of a second.
fn took_words(took: std::time::Duration) -> String {
    match took.as_millis() {
        0 => String::new(),
        1..1_000 => format!("{} ms", took.as_millis()),
        1_000..60_000 => format!("{:.1} s", took.as_secs_f64()),
        _ => duration(took),
    }
}

fn file_ui(ui: &Ui, rect: Rect, file: &crate::model::build::CoverageFile) {
    let theme = theme::of(ui);
    let percent = rows::percent(file.lines);
    let words = format!("{percent} · {} lines missed", file.lines_missed);
    let end = line_of_text(
        ui,
        rect.right_center(),
        Align2::RIGHT_CENTER,
        &words,
        font::small(),
        theme.soft,
        190.0,
    );
    let room = end.left() - 8.0 - rect.left();
    let fits = (room / 7.3).max(8.0) as usize;
    let path = safe_text::line(&file.path).into_owned();
    let path = safe_text::elide_middle(&path, fits);
    text(
        ui,
        rect.left_center(),
        &path,
        font::mono(),
        theme.text,
        room,
    );
}

/// Words that unfold something.
fn link_ui(ui: &Ui, rect: Rect, indent: f32, words: &str) -> bool {
    let theme = theme::of(ui);
    let rect = rect.with_min_x(rect.left() + indent);
    let id = ui.scope_id().with(("fold", rect.top() as i32, words));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, words));
    let lit = response.hovered() || response.has_focus();
    let colour = if lit { theme.text } else { theme.faint };
    text(
        ui,
        rect.left_center(),
        words,
        font::small_medium(),
        colour,
        rect.width(),
    );
    response.clicked()
}

fn text(
    ui: &Ui,
    at: egui::Pos2,
    words: &str,
    face: egui::FontId,
    colour: egui::Color32,
    width: f32,
) -> Rect {
    line_of_text(ui, at, Align2::LEFT_CENTER, words, face, colour, width)
}
