//! A report group's past in one row: a bar for each report, up for what passed, down for what failed.

use eframe::egui::{self, Align2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2};

use super::rows::percent;
use crate::model::build::{ReportTrend, TrendPoint};
use crate::ui::theme::{self, font};
use crate::ui::widgets::stage_graph::line_of_text;

const BAR: f32 = 5.0;
const STEP: f32 = 7.0;
/// Reports shown, the newest at the right.
const MOST: usize = 30;

/// Nothing where it is not read yet.
pub fn show(ui: &Ui, rect: Rect, trend: Option<&ReportTrend>) {
    let Some(trend) = trend.filter(|trend| !trend.points.is_empty()) else {
        return;
    };
    let from = trend.points.len().saturating_sub(MOST);
    let points = trend.points.get(from..).unwrap_or_default();
    let id = ui.scope_id().with(("trend", rect.top() as i32));
    let response = ui.interact(rect, id, Sense::hover());
    let words = words(points);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    let is_coverage = points.iter().all(|point| point.lines.is_some());
    let end = if is_coverage {
        coverage_ui(ui, rect, points)
    } else {
        tests_ui(ui, rect, points)
    };
    let theme = theme::of(ui);
    let at = pos2(end + 8.0, rect.center().y);
    let room = rect.right() - at.x;
    line_of_text(
        ui,
        at,
        Align2::LEFT_CENTER,
        &words,
        font::small(),
        theme.faint,
        room,
    );
    if let Some(hover) = response.hover_pos() {
        let index = ((hover.x - rect.left()) / STEP).max(0.0) as usize;
        if let Some(point) = points.get(index) {
            response.on_hover_text_at_pointer(point_words(point));
        }
    }
}

fn tests_ui(ui: &Ui, rect: Rect, points: &[TrendPoint]) -> f32 {
    let theme = theme::of(ui);
    let most = points.iter().map(|it| it.passed.max(it.failed)).max();
    let most = most.unwrap_or(1).max(1) as f32;
    let base = rect.top() + rect.height() * 0.62;
    let (up, down) = (base - rect.top() - 2.0, rect.bottom() - base - 2.0);
    let mut left = rect.left();
    for point in points {
        let passed = (up * point.passed as f32 / most).max(1.0);
        let bar = Rect::from_min_max(pos2(left, base - passed), pos2(left + BAR, base));
        ui.painter().rect_filled(bar, 1, theme.ok);
        if point.failed > 0 {
            // Even one of thousands is seen.
            let failed = (down * point.failed as f32 / most).max(4.0);
            let bar = Rect::from_min_max(
                pos2(left, base + 1.0),
                pos2(left + BAR, base + 1.0 + failed),
            );
            ui.painter().rect_filled(bar, 1, theme.fail);
        }
        left += STEP;
    }
    left
}

fn coverage_ui(ui: &Ui, rect: Rect, points: &[TrendPoint]) -> f32 {
    let theme = theme::of(ui);
    let values = || points.iter().filter_map(|point| point.lines);
    let (least, most) = (
        values().fold(f64::INFINITY, f64::min),
        values().fold(f64::NEG_INFINITY, f64::max),
    );
    // A tenth of a per cent more is not to look like a mountain.
    let span = (most - least).max(5.0);
    let y = |value: f64| {
        let part = ((value - least) / span) as f32;
        rect.bottom() - 4.0 - part * (rect.height() - 8.0)
    };
    let line: Vec<egui::Pos2> = points
        .iter()
        .enumerate()
        .map(|(index, point)| {
            let x = rect.left() + index as f32 * STEP + BAR / 2.0;
            pos2(x, y(point.lines.unwrap_or(least)))
        })
        .collect();
    let end = line.last().map_or_else(|| rect.left(), |last| last.x);
    if let Some(last) = line.last() {
        ui.painter().circle_filled(*last, 2.5, theme.soft);
    }
    ui.painter()
        .add(egui::Shape::line(line, Stroke::new(1.5, theme.soft)));
    end
}

/// `30 reports, 3 of them with failures`, `83.4 % of lines, 81.0 % 12 reports before`.
fn words(points: &[TrendPoint]) -> String {
    let count = points.len();
    if let (Some(first), Some(last)) = (
        points.first().and_then(|point| point.lines),
        points.last().and_then(|point| point.lines),
    ) {
        let before = count.saturating_sub(1);
        return match before {
            0 => format!("{} of lines", percent(Some(last))),
            1 => format!(
                "{} of lines, {} before",
                percent(Some(last)),
                percent(Some(first))
            ),
            _ => format!(
                "{} of lines, {} {before} reports before",
                percent(Some(last)),
                percent(Some(first))
            ),
        };
    }
    let failed = points.iter().filter(|point| point.failed > 0).count();
    match (count, failed) {
        (1, 0) => "the first report".to_owned(),
        (count, 0) => format!("{count} reports, none with failures"),
        (count, failed) => format!("{count} reports, {failed} with failures"),
    }
}

fn point_words(point: &TrendPoint) -> String {
    let said = match point.lines {
        Some(lines) => format!("{} of lines", percent(Some(lines))),
        None => format!(
            "{} passed, {} failed, {} skipped",
            point.passed, point.failed, point.skipped
        ),
    };
    format!("{said}\n{}", point.at.local())
}
