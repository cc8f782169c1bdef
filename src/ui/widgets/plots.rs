//! Small plots of the past of a pipeline or a build project: how long its runs took, and how many there were a week.
//!
//! States differ by shape as well as by hue. Each plot says in words, for a screen reader, what it shows.

use std::time::Duration;

use eframe::egui::{self, Role, Ui, WidgetInfo};
use egui_plot::{Bar, BarChart, GridMark, HLine, LineStyle, MarkerShape, Plot, Points};

use crate::model::ids::ExecutionId;
use crate::model::numbers::{Numbers, Run, Spread, Week};
use crate::model::status::Status;
use crate::model::time::{Timestamp, ago, duration, rough};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::age;

/// What the runs of a past are called.
pub struct Runs<Id> {
    /// `executions`
    pub many: &'static str,
    /// One of them, shortly.
    pub short: fn(&Id) -> &str,
}

impl<Id> Clone for Runs<Id> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Id> Copy for Runs<Id> {}

pub const EXECUTIONS: Runs<ExecutionId> = Runs {
    many: "executions",
    short: ExecutionId::short,
};

const HEIGHT: f32 = 120.0;
/// A line of words below an axis.
const LABEL: f32 = 20.0;
const DAY: f64 = 86_400_000.0;

/// A point for each execution that succeeded or failed, over time, with the median as a line. Pointed at, an execution
/// says its own; a click returns its index in `numbers.runs`.
pub fn durations<Id>(
    ui: &mut Ui,
    numbers: &Numbers<Id>,
    runs: Runs<Id>,
    now: Timestamp,
) -> Option<usize> {
    let theme = theme::of(ui);
    ui.visuals_mut().override_text_color = Some(theme.faint);
    let x = |at: Timestamp| (at.millis() - now.millis()) as f64 / DAY;
    let unit = Unit::of(
        numbers
            .runs
            .iter()
            .map(|run| run.took)
            .max()
            .unwrap_or_default(),
    );
    let points = |wanted: fn(Status) -> bool| -> Vec<[f64; 2]> {
        let runs = numbers.runs.iter().filter(|run| wanted(run.status));
        runs.map(|run| [x(run.started), unit.value(run.took)])
            .collect()
    };
    let succeeded = points(|status| status == Status::Succeeded);
    let failed = points(|status| status != Status::Succeeded);
    let median = numbers.lead.map(|lead| unit.value(lead.median));
    let response = plain("durations", theme)
        .height(HEIGHT + LABEL)
        .x_axis_label(theme.small(format!("when the {} started", runs.many)))
        .include_y(0.0)
        .include_x(0.0)
        .y_axis_formatter(move |mark, _| unit.words(mark.value))
        .x_axis_formatter(|mark, _| days(mark.value))
        .y_grid_spacer(|input| marks(input.bounds.1, 0.0, input.bounds.1))
        .x_grid_spacer(|input| marks(-input.bounds.0, input.bounds.0, 0.0))
        .show(ui, |plot| {
            if let Some(median) = median {
                let line = HLine::new("median", median)
                    .color(theme.soft)
                    .width(1.0)
                    .style(LineStyle::dashed_loose())
                    .allow_hover(false);
                plot.hline(line);
            }
            plot.points(
                Points::new("succeeded", succeeded)
                    .shape(MarkerShape::Circle)
                    .color(theme.ok)
                    .radius(2.5)
                    .allow_hover(false),
            );
            plot.points(
                Points::new("failed", failed)
                    .shape(MarkerShape::Cross)
                    .color(theme.fail)
                    .radius(4.0)
                    .allow_hover(false),
            );
        });
    let words = durations_words(numbers, runs, now);
    response
        .response
        .widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    let pointer = response.response.hover_pos()?;
    let nearest = nearest(&numbers.runs, |run| {
        let at = [x(run.started), unit.value(run.took)];
        let point = response.transform.position_from_point(&at.into());
        point.distance(pointer)
    })?;
    let run = numbers.runs.get(nearest)?;
    let clicked = response.response.clicked();
    response
        .response
        .on_hover_text_at_pointer(run_words(run, runs, now));
    clicked.then_some(nearest)
}

/// A bar for each week: what succeeded, what failed on top of it, and the rest.
pub fn weeks<Id>(ui: &mut Ui, numbers: &Numbers<Id>, runs: Runs<Id>, now: Timestamp) {
    let theme = theme::of(ui);
    ui.visuals_mut().override_text_color = Some(theme.faint);
    let bars = |height: fn(&Week) -> usize, base: fn(&Week) -> usize| -> Vec<Bar> {
        let of = |(index, week): (usize, &Week)| {
            Bar::new(index as f64, height(week) as f64)
                .base_offset(base(week) as f64)
                .width(0.7)
        };
        numbers.weeks.iter().enumerate().map(of).collect()
    };
    let chart = |name: &str, bars: Vec<Bar>, colour: egui::Color32| {
        BarChart::new(name, bars).color(colour).allow_hover(false)
    };
    let count = numbers.weeks.len();
    let response = plain("weeks", theme)
        .include_y(0.0)
        .include_y(1.0)
        .y_axis_formatter(|mark, _| whole(mark.value))
        .x_axis_formatter(move |mark, _| week_words(mark.value, count))
        .y_grid_spacer(|input| marks(input.bounds.1, 0.0, input.bounds.1))
        .x_grid_spacer(move |_| ends(count))
        .show(ui, |plot| {
            plot.bar_chart(chart(
                "succeeded",
                bars(|week| week.succeeded, |_| 0),
                theme.ok,
            ));
            plot.bar_chart(chart(
                "failed",
                bars(|week| week.failed, |week| week.succeeded),
                theme.fail,
            ));
            plot.bar_chart(chart(
                "others",
                bars(
                    |week| week.executions - week.succeeded - week.failed,
                    |week| week.succeeded + week.failed,
                ),
                theme.faint,
            ));
        });
    let words = weeks_words(numbers, runs);
    response
        .response
        .widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    let Some(pointer) = response.response.hover_pos() else {
        return;
    };
    let at = response.transform.value_from_position(pointer).x.round();
    if at < 0.0 {
        return;
    }
    if let Some(week) = numbers.weeks.get(at as usize) {
        let words = one_week(week, runs.many);
        let words = format!("From {}: {words}", ago(week.from, now));
        response.response.on_hover_text_at_pointer(words);
    }
}

/// Without a hand on it: it is looked at, not moved.
fn plain<'a>(id: &'static str, theme: &Theme) -> Plot<'a> {
    Plot::new(id)
        .grid_color(theme.line)
        .height(HEIGHT)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .show_background(false)
        .show_crosshair(false)
        .show_x(false)
        .show_y(false)
        .show_grid([false, true])
        .grid_spacing(egui::Rangef::new(4.0, 24.0))
        .set_margin_fraction(egui::vec2(0.03, 0.08))
        .sense(egui::Sense::click())
}

/// Lines at a step a person counts in, some three of them over such a width.
fn marks(width: f64, from: f64, to: f64) -> Vec<GridMark> {
    let rough = (width / 3.0).max(1e-9);
    let power = 10f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    let step = steps.into_iter().find(|step| *step >= rough);
    // Nobody counts executions, minutes or days in parts.
    let step = step.unwrap_or(10.0 * power).max(1.0);
    let (first, last) = ((from / step).ceil() as i64, (to / step).floor() as i64);
    let at = |index: i64| GridMark {
        value: index as f64 * step,
        step_size: step,
    };
    (first..=last).map(at).collect()
}

/// The first week and this one.
fn ends(count: usize) -> Vec<GridMark> {
    let last = count.saturating_sub(1) as f64;
    let at = |value: f64| GridMark {
        value,
        step_size: last.max(1.0),
    };
    vec![at(0.0), at(last)]
}

/// The nearest run within a finger's breadth.
fn nearest<Id>(runs: &[Run<Id>], distance: impl Fn(&Run<Id>) -> f32) -> Option<usize> {
    const REACH: f32 = 12.0;
    let with = runs
        .iter()
        .enumerate()
        .map(|(index, run)| (index, distance(run)));
    with.filter(|(_, distance)| *distance <= REACH)
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(index, _)| index)
}

fn run_words<Id>(run: &Run<Id>, runs: Runs<Id>, now: Timestamp) -> String {
    format!(
        "{} {} in {}\n{}",
        (runs.short)(&run.id),
        run.status.label(),
        duration(run.took),
        age::exact(run.started)
    ) + &format!("\n{}", ago(run.started, now))
}

fn durations_words<Id>(numbers: &Numbers<Id>, runs: Runs<Id>, now: Timestamp) -> String {
    let mut words = format!(
        "Duration of {} {}: {} succeeded, {} failed",
        numbers.runs.len(),
        runs.many,
        numbers.succeeded,
        numbers.failed
    );
    if let Some(Spread { median, p90, .. }) = numbers.lead {
        words.push_str(&format!(
            "; median {}, nine of ten within {}",
            duration(median),
            duration(p90)
        ));
    }
    if let Some(last) = numbers.runs.last() {
        let word = last.status.label();
        let when = ago(last.started, now);
        words.push_str(&format!(
            "; the last, {when}, {word} in {}",
            duration(last.took)
        ));
    }
    words
}

fn weeks_words<Id>(numbers: &Numbers<Id>, runs: Runs<Id>) -> String {
    let weeks = numbers.weeks.iter().rev();
    let weeks: Vec<String> = weeks.map(|week| one_week(week, runs.many)).collect();
    let many = runs.many;
    let (first, rest) = many.split_at_checked(1).unwrap_or(("", many));
    let first = first.to_uppercase();
    format!(
        "{first}{rest} a week, the newest first: {}",
        weeks.join("; ")
    )
}

fn one_week(week: &Week, many: &str) -> String {
    format!(
        "{} {many}, {} succeeded, {} failed",
        week.executions, week.succeeded, week.failed
    )
}

/// What the axis of durations counts in.
#[derive(Clone, Copy)]
struct Unit {
    millis: f64,
    name: &'static str,
}

impl Unit {
    const fn of(longest: Duration) -> Self {
        match longest.as_secs() {
            0..180 => Self {
                millis: 1_000.0,
                name: "s",
            },
            180..10_800 => Self {
                millis: 60_000.0,
                name: "min",
            },
            10_800..259_200 => Self {
                millis: 3_600_000.0,
                name: "h",
            },
            _ => Self {
                millis: DAY,
                name: "d",
            },
        }
    }

    fn value(self, span: Duration) -> f64 {
        span.as_millis() as f64 / self.millis
    }

    fn words(self, value: f64) -> String {
        let number = whole(value);
        if number.is_empty() {
            number
        } else {
            format!("{number} {}", self.name)
        }
    }
}

/// Only whole numbers stand on an axis of counts.
fn whole(value: f64) -> String {
    if value < 0.0 || (value - value.round()).abs() > 0.01 {
        return String::new();
    }
    format!("{}", value.round() as i64)
}

fn days(value: f64) -> String {
    if value > -0.01 {
        return "now".to_owned();
    }
    let millis = (-value * DAY) as u64;
    format!("{} ago", rough(Duration::from_millis(millis)))
}

fn week_words(value: f64, count: usize) -> String {
    if (value - value.round()).abs() > 0.01 || value < 0.0 || value as usize >= count {
        return String::new();
    }
    match count - 1 - value as usize {
        0 => "this week".to_owned(),
        1 => "last week".to_owned(),
        back => format!("{back} weeks ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_counts_in_a_unit_that_fits() {
        let words = |seconds: u64| {
            let span = Duration::from_secs(seconds);
            let unit = Unit::of(span);
            unit.words(unit.value(span).round())
        };
        let said = [90, 600, 36_000, 864_000].map(words);
        assert_eq!(said, ["90 s", "10 min", "10 h", "10 d"]);
        assert_eq!(Unit::of(Duration::from_secs(9)).words(0.5), "", "no halves");
    }

    #[test]
    fn an_axis_has_a_few_marks_at_round_steps() {
        let values = |width: f64| -> Vec<f64> {
            let marks = marks(width, 0.0, width);
            marks.iter().map(|mark| mark.value).collect()
        };
        assert_eq!(values(55.0), [0.0, 20.0, 40.0]);
        assert_eq!(values(14.0), [0.0, 5.0, 10.0]);
        assert_eq!(values(1.2), [0.0, 1.0], "whole ones");
    }

    #[test]
    fn an_axis_of_weeks_ends_with_this_one() {
        let said = [0.0, 2.0, 3.0, 0.5].map(|value| week_words(value, 3));
        assert_eq!(said, ["2 weeks ago", "this week", "", ""]);
    }
}
