//! What a project's builds come to: how often they succeed, how long they take, what was billed.

use eframe::egui::{self, Ui, Vec2};

use crate::model::build::{Billed, Build};
use crate::model::ids::{BuildId, BuildKey, BuildProjectKey};
use crate::model::numbers::{LEAST, Numbers, Spread};
use crate::model::time::{Timestamp, ago, duration, rough};
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::builds::{open, project::Rows};
use crate::ui::widgets::{empty, plots};

const BUILDS: plots::Runs<BuildId> = plots::Runs {
    many: "builds",
    short: |id| {
        let id = id.as_str();
        let uuid = id.rsplit_once(':').map_or(id, |(_, uuid)| uuid);
        uuid.get(..8).unwrap_or(uuid)
    },
};

/// The figures, kept until the builds change or an hour has passed.
#[derive(Default)]
pub struct Trend {
    made: Option<Made>,
}

struct Made {
    of: (u64, i64),
    numbers: Numbers<BuildId>,
    billed: Sum,
}

/// What was billed for the builds that were read.
#[derive(Clone, Copy, Default)]
struct Sum {
    minutes: u64,
    seconds: u64,
    /// Minutes of the last thirty days.
    month: u64,
}

impl Trend {
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        key: &BuildProjectKey,
        rows: &Rows,
    ) {
        let of = (rows.revision, cx.now.millis() / 3_600_000);
        if self.made.as_ref().is_none_or(|made| made.of != of) {
            let builds = || rows.all.iter().filter_map(|row| row.build.value());
            self.made = Some(Made {
                of,
                numbers: Numbers::of_builds(builds().map(AsRef::as_ref), cx.now),
                billed: sum(builds().map(AsRef::as_ref), cx.now),
            });
        }
        let Some(made) = &self.made else { return };
        if made.numbers.runs.is_empty() {
            let how =
                "No build has succeeded or failed yet. The figures appear with the first ones.";
            empty::show(ui, "Too little to count", how, |_| {});
            return;
        }
        tiles_ui(ui, made, cx.now);
        let theme = theme::of(ui);
        ui.label(theme.caption("Duration of each build"));
        ui.label(theme.small("● succeeded, ✗ failed, dashed the median"));
        let numbers = &made.numbers;
        let picked = ui
            .scope(|ui| plots::durations(ui, numbers, BUILDS, cx.now))
            .inner;
        ui.add_space(space::S);
        ui.label(theme.caption("Builds a week"));
        ui.label(theme.small("From the bottom: succeeded, failed, others"));
        ui.scope(|ui| plots::weeks(ui, numbers, BUILDS, cx.now));
        ui.add_space(space::XS);
        let since = numbers
            .oldest
            .map_or_else(String::new, |at| format!(" since {}", at.day()));
        let more = if rows.is_complete {
            ""
        } else {
            " “Older builds” below the table reads on."
        };
        let words = format!("From the {} builds read{since}.{more}", rows.all.len());
        ui.add(egui::Label::new(theme.small(words)).wrap());
        if let Some(run) = picked.and_then(|index| numbers.runs.get(index)) {
            cx.actions.push(open(BuildKey {
                scope: key.scope.clone(),
                id: run.id.clone(),
            }));
        }
    }
}

fn sum<'a>(builds: impl Iterator<Item = &'a Build>, now: Timestamp) -> Sum {
    const MONTH: u64 = 30 * 86_400;
    let mut sum = Sum::default();
    for build in builds {
        match build.billed(now) {
            Some(Billed::Minutes(minutes)) => {
                sum.minutes += minutes;
                if build
                    .started
                    .is_some_and(|at| at.age(now).as_secs() < MONTH)
                {
                    sum.month += minutes;
                }
            }
            Some(Billed::Seconds(seconds)) => sum.seconds += seconds,
            Some(Billed::Fleet) | None => {}
        }
    }
    sum
}

fn tiles_ui(ui: &mut Ui, made: &Made, now: Timestamp) {
    let theme = theme::of(ui);
    ui.add_space(space::S);
    let width = (ui.available_width() - space::S) / 2.0;
    for pair in tiles(made, now).chunks(2) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing = Vec2::new(space::S, 2.0);
            for (name, figure, from, hint) in pair {
                let frame = egui::Frame::new()
                    .fill(theme.raised)
                    .stroke(theme.outline())
                    .corner_radius(size::RADIUS)
                    .inner_margin(egui::Margin::symmetric(10, 8));
                let response = frame
                    .show(ui, |ui| {
                        ui.set_width(width - 20.0);
                        ui.vertical(|ui| {
                            ui.label(theme.caption(*name));
                            let text = egui::RichText::new(figure)
                                .font(font::title())
                                .color(theme.text);
                            ui.label(text);
                            ui.add(egui::Label::new(theme.small(from)).truncate());
                        });
                    })
                    .response;
                response.on_hover_text(*hint);
            }
        });
        ui.add_space(space::S);
    }
}

type Tile = (&'static str, String, String, &'static str);

fn tiles(made: &Made, now: Timestamp) -> [Tile; 4] {
    let Made {
        numbers, billed, ..
    } = made;
    let too_few = || ("—".to_owned(), format!("needs {LEAST}"));
    let ended = numbers.succeeded + numbers.failed;
    let (took, took_from) = match numbers.lead {
        Some(Spread { median, p90, count }) => (
            duration(median),
            format!("90 % within {}, of {count}", rough(p90)),
        ),
        None => too_few(),
    };
    let (recovery, recovery_from) = match (numbers.recovery, numbers.broken_since) {
        (spread, Some(since)) => (
            spread.map_or_else(|| "—".to_owned(), |spread| duration(spread.median)),
            format!("broken since {}", ago(since, now)),
        ),
        (Some(Spread { median, count, .. }), None) => (duration(median), format!("of {count}")),
        (None, None) => too_few(),
    };
    let (billed_words, billed_from) = if billed.seconds > 0 && billed.minutes == 0 {
        (format!("{} s", billed.seconds), "on Lambda".to_owned())
    } else {
        (
            format!("{} min", billed.month),
            format!("{} min of all read", billed.minutes),
        )
    };
    [
        (
            "Success rate",
            numbers
                .success_rate()
                .map_or_else(|| "—".to_owned(), |rate| format!("{rate:.0} %")),
            format!("{} of {ended}", numbers.succeeded),
            "Builds that succeeded, of those that succeeded or failed. Stopped ones are not counted.",
        ),
        (
            "Takes",
            took,
            took_from,
            "From the start of a build to its end; the median of those that succeeded, and within how long nine of ten did.",
        ),
        (
            "Time to recover",
            recovery,
            recovery_from,
            "From the end of the first failed build in a row to the end of the next that succeeded: the median.",
        ),
        (
            "Billed in 30 days",
            billed_words,
            billed_from,
            "Begun minutes of each build from its submission to its end, as AWS bills them, of the builds that were read. What a minute costs depends on the compute and the region.",
        ),
    ]
}
