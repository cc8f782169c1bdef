//! The alarms that watch a project, and what CloudWatch keeps of its builds.

use std::time::Duration;

use eframe::egui::{Align2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2};

use crate::model::alarm::Alarm;
use crate::model::build::{MetricSeries, MetricUnit};
use crate::model::ids::BuildProjectKey;
use crate::model::oneshot::{Request, Response};
use crate::model::status::Status;
use crate::model::time::{Timestamp, ago, duration};
use crate::ui::theme::{self, font, size};
use crate::ui::view::ViewContext;
use crate::ui::views::builds::asked;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::stage_graph::line_of_text;
use crate::ui::widgets::{age, copyable, facts, glyph, safe_text};

const DAYS: u64 = 14;

pub fn ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildProjectKey) {
    facts::prepare(ui);
    facts::section(ui, "Alarms that watch this project");
    let request = Request::BuildAlarms {
        project: key.clone(),
    };
    if let Some((at, Response::BuildAlarms(alarms))) =
        asked::show(ui, cx, &request, "Reading the alarms…")
    {
        if alarms.is_empty() {
            facts::note(ui, "No CloudWatch alarm watches a metric of this project.");
        }
        for alarm in alarms.iter() {
            alarm_ui(ui, cx, alarm);
        }
        asked::age_ui(ui, cx, &request, at);
    }
    facts::section(ui, "Metrics");
    metrics_ui(ui, cx, key);
}

/// `OK` is fine, `ALARM` is not; the word stands beside the glyph.
fn status(alarm: &Alarm) -> Status {
    match alarm.state.word() {
        "OK" => Status::Succeeded,
        "ALARM" => Status::Failed,
        _ => alarm.state.status,
    }
}

fn alarm_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, alarm: &Alarm) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(size::LINE);
        glyph::status(ui, status(alarm), size::SMALL_GLYPH);
        ui.label(theme.small(safe_text::line(alarm.state.word())));
        let face = (font::strong(), theme.text);
        copyable::text(ui, &alarm.name, &alarm.arn, face, cx.actions);
        if let Some(since) = alarm.since {
            let words = format!("since {}", ago(since, cx.now));
            age::show(ui, theme.small(words), since, cx.now);
        }
    });
    for words in [&alarm.reason, &alarm.description].into_iter().flatten() {
        if !words.is_empty() {
            facts::note(ui, words);
        }
    }
}

/// Asked for only by a press: CloudWatch charges for each metric.
fn metrics_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildProjectKey) {
    // By the day, so that the same question stays the same.
    let day = 86_400_000;
    let from = Timestamp::from_millis(cx.now.millis() / day * day - DAYS as i64 * day);
    let request = Request::BuildMetrics {
        project: key.clone(),
        from,
    };
    if cx.oneshots.get(&request).is_none() {
        let words = format!("Read the last {DAYS} days");
        if ui.add(Button::new(words).small()).clicked() {
            cx.actions.push(crate::ui::action::UiAction::Ask(request));
        }
        facts::note(
            ui,
            "CloudWatch charges for GetMetricData, about a cent for a thousand metrics; this reads a handful.",
        );
        return;
    }
    let shown = asked::show(ui, cx, &request, "Reading the metrics…");
    let Some((at, Response::BuildMetrics(metrics))) = shown else {
        return;
    };
    let mut is_empty = true;
    for series in &metrics.series {
        if !series.points.is_empty() {
            is_empty = false;
            series_ui(ui, series, (metrics.from, metrics.until), metrics.period);
        }
    }
    if is_empty {
        facts::note(ui, "CloudWatch has no point of this project in these days.");
    }
    for note in &metrics.notes {
        facts::note(ui, note);
    }
    asked::age_ui(ui, cx, &request, at);
}

/// A metric in one row: its name, its figures as bars over time, and what they come to.
fn series_ui(
    ui: &mut Ui,
    series: &MetricSeries,
    (from, until): (Timestamp, Timestamp),
    period: Duration,
) {
    let theme = theme::of(ui);
    let wanted = Vec2::new(ui.available_width(), 30.0);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::hover());
    let sum = series_words(series);
    let name = series.metric;
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::Image,
            true,
            format!("{name}, {}: {sum}", series.statistic),
        )
    });
    let at = pos2(rect.left(), rect.top() + 8.0);
    line_of_text(
        ui,
        at,
        Align2::LEFT_CENTER,
        name,
        font::body(),
        theme.text,
        120.0,
    );
    let at = pos2(rect.left(), rect.bottom() - 7.0);
    line_of_text(
        ui,
        at,
        Align2::LEFT_CENTER,
        &sum,
        font::small(),
        theme.faint,
        120.0,
    );
    let plot = Rect::from_min_max(pos2(rect.left() + 128.0, rect.top() + 2.0), rect.max);
    ui.painter()
        .hline(plot.x_range(), plot.bottom(), Stroke::new(1.0, theme.line));
    let whole = from.age(until).as_secs_f32().max(1.0);
    let width = (plot.width() * period.as_secs_f32() / whole - 1.0).clamp(1.5, 14.0);
    let most = series
        .points
        .iter()
        .map(|(_, value)| *value)
        .fold(0.0, f64::max);
    let mut hint = None;
    for (at, value) in &series.points {
        let x = plot.left() + plot.width() * (from.age(*at).as_secs_f32() / whole);
        let part = if most > 0.0 {
            (value / most) as f32
        } else {
            0.0
        };
        let top = plot.bottom() - (plot.height() * part).max(1.0);
        let bar = Rect::from_min_max(pos2(x, top), pos2(x + width, plot.bottom()));
        let colour = if name == "FailedBuilds" {
            theme.fail
        } else {
            theme.soft
        };
        ui.painter().rect_filled(bar, 1, colour);
        let reach = bar.with_min_y(plot.top());
        if response
            .hover_pos()
            .is_some_and(|hover| reach.contains(hover))
        {
            hint = Some(format!(
                "{}\n{}",
                value_words(series.unit, *value),
                at.local()
            ));
        }
    }
    if let Some(hint) = hint {
        response.on_hover_text_at_pointer(hint);
    } else {
        response.on_hover_text(format!(
            "{} of each period: AWS says {}",
            series.statistic, series.state
        ));
    }
}

fn series_words(series: &MetricSeries) -> String {
    if series.statistic == "Sum" {
        let total = value_words(series.unit, series.total());
        return format!("{total} in all");
    }
    let most = series
        .points
        .iter()
        .map(|(_, value)| *value)
        .fold(0.0, f64::max);
    format!("{} at most", value_words(series.unit, most))
}

fn value_words(unit: MetricUnit, value: f64) -> String {
    match unit {
        MetricUnit::Count => format!("{value:.0}"),
        MetricUnit::Seconds => duration(Duration::from_secs_f64(value.max(0.0))),
        MetricUnit::Percent => format!("{value:.0} %"),
    }
}
