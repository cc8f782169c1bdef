//! What the pipeline's past says in figures, each with its definition in the hint and from how many executions it is.

use std::sync::Arc;

use eframe::egui::{self, Ui, Vec2};

use crate::model::history::{History, known};
use crate::model::numbers::{LEAST, Numbers, Spread};
use crate::model::oneshot::Oneshot;
use crate::model::pipeline::Execution;
use crate::model::time::{Timestamp, ago, duration, rough};
use crate::ui::action::UiAction;
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::scene::Scene;
use crate::ui::views::project::side::history;
use crate::ui::views::project::side::past::Past;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{age, empty, fault_banner, plots, skeleton};

/// The figures, kept until the history changes or an hour has passed.
#[derive(Default)]
pub struct NumbersTab {
    made: Option<Made>,
}

struct Made {
    polled: Arc<Vec<Execution>>,
    history: Option<Arc<History>>,
    hour: i64,
    numbers: Numbers,
}

impl NumbersTab {
    pub fn ui(&mut self, ui: &mut Ui, scene: Scene<'_>, past: &mut Past, cx: &mut ViewContext<'_>) {
        let Some(polled) = scene.pipeline.executions.value().map(Arc::clone) else {
            ui.add_space(space::S);
            skeleton::rows(ui, "Reading the executions…", 4);
            return;
        };
        let request = history::request(scene);
        let state = cx.oneshots.get(&request).cloned();
        if state.is_none() {
            // Thirty executions say little; the rest is read when someone looks here.
            cx.actions.push(UiAction::Ask(request.clone()));
        }
        let read = past.of(scene, &polled, cx);
        let history = read.as_ref().map(|read| &read.history);
        let numbers = self.numbers(&polled, history, cx.now);
        if numbers.runs.is_empty() {
            empty::show(
                ui,
                "Too little to count",
                "No execution has succeeded or failed yet. The figures appear with the first ones.",
                |_| {},
            );
            return;
        }
        tiles_ui(ui, numbers, cx.now);
        let picked = plots_ui(ui, numbers, cx);
        from_ui(ui, numbers, history.map(Arc::as_ref));
        if let Some(Oneshot::Failed { fault, .. }) = &state {
            ui.add_space(space::S);
            fault_banner::show(ui, fault, cx.now);
            ui.add_space(space::XS);
            if ui.add(Button::new("Try again").small()).clicked() {
                cx.actions.push(UiAction::Dismiss(request.clone()));
                cx.actions.push(UiAction::Ask(request));
            }
        } else if let Some(read) = &read {
            ui.horizontal(|ui| read.age_ui(ui, scene, cx));
        } else {
            ui.label(theme::of(ui).small("Reading older executions…"));
        }
        ui.add_space(space::S);
        let run = picked.and_then(|index| numbers.runs.get(index));
        if let Some(run) = run {
            let route = scene.with_execution(Some(run.id.clone()));
            cx.actions.push(UiAction::Go(route));
        }
    }

    fn numbers(
        &mut self,
        polled: &Arc<Vec<Execution>>,
        history: Option<&Arc<History>>,
        now: Timestamp,
    ) -> &Numbers {
        let hour = now.millis() / 3_600_000;
        let same = |made: &Made| {
            Arc::ptr_eq(&made.polled, polled)
                && made.hour == hour
                && match (&made.history, history) {
                    (Some(made), Some(history)) => Arc::ptr_eq(made, history),
                    (None, None) => true,
                    _ => false,
                }
        };
        if !self.made.as_ref().is_some_and(same) {
            self.made = None;
        }
        let made = self.made.get_or_insert_with(|| {
            let all: Vec<Execution> = known(polled, history.map(Arc::as_ref))
                .into_iter()
                .cloned()
                .collect();
            Made {
                polled: Arc::clone(polled),
                history: history.map(Arc::clone),
                hour,
                numbers: Numbers::of(&all, now),
            }
        });
        &made.numbers
    }
}

/// A figure with what it counts and from how many.
struct Tile {
    name: &'static str,
    figure: String,
    from: String,
    hint: &'static str,
}

fn tiles(numbers: &Numbers, now: Timestamp) -> [Tile; 4] {
    let too_few = format!("needs {LEAST}");
    let ended = numbers.succeeded + numbers.failed;
    let spread = |spread: Option<Spread>| match spread {
        Some(Spread { median, p90, count }) => (
            duration(median),
            format!("90 % within {}, of {count}", rough(p90)),
        ),
        None => ("—".to_owned(), too_few.clone()),
    };
    let (lead, lead_from) = spread(numbers.lead);
    let (recovery, recovery_from) = spread(numbers.recovery);
    let whole: Vec<usize> = numbers.weeks.iter().map(|week| week.executions).collect();
    let count: usize = whole.iter().sum();
    let weeks = whole.len().max(1);
    [
        Tile {
            name: "Success rate",
            figure: numbers
                .success_rate()
                .map_or_else(|| "—".to_owned(), |rate| format!("{rate:.0} %")),
            from: format!("{} of {ended}", numbers.succeeded),
            hint: "Executions that succeeded, of those that succeeded or failed. Stopped, superseded and cancelled ones and rollbacks are not counted.",
        },
        Tile {
            name: "Lead time",
            figure: lead,
            from: lead_from,
            hint: "From the start of an execution to the success of its last stage, gates and waiting included; the median of those that succeeded, and within how long nine of ten did.",
        },
        Tile {
            name: "Time to recover",
            figure: recovery,
            from: match numbers.broken_since {
                Some(since) => format!("broken since {}", ago(since, now)),
                None => recovery_from,
            },
            hint: "From the end of the first failed execution in a row to the end of the next that succeeded: the median, and within how long nine of ten recovered.",
        },
        Tile {
            name: "Executions a week",
            figure: format!("{:.1}", count as f64 / weeks as f64),
            from: format!("{count} in {weeks} weeks"),
            hint: "Executions started in the weeks shown below, rollbacks not counted.",
        },
    ]
}

fn tiles_ui(ui: &mut Ui, numbers: &Numbers, now: Timestamp) {
    let theme = theme::of(ui);
    ui.add_space(space::S);
    let width = (ui.available_width() - space::S) / 2.0;
    let tiles = tiles(numbers, now);
    for pair in tiles.chunks(2) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing = Vec2::new(space::S, 2.0);
            for tile in pair {
                let frame = egui::Frame::new()
                    .fill(theme.raised)
                    .stroke(theme.outline())
                    .corner_radius(size::RADIUS)
                    .inner_margin(egui::Margin::symmetric(10, 8));
                let response = frame
                    .show(ui, |ui| {
                        ui.set_width(width - 20.0);
                        ui.vertical(|ui| {
                            ui.label(theme.caption(tile.name));
                            let figure = egui::RichText::new(&tile.figure)
                                .font(font::title())
                                .color(theme.text);
                            ui.label(figure);
                            ui.add(egui::Label::new(theme.small(&tile.from)).truncate());
                        });
                    })
                    .response;
                response.on_hover_text(tile.hint);
            }
        });
        ui.add_space(space::S);
    }
    if let Some(since) = numbers.broken_since {
        age::tick(ui, since.age(now));
    }
}

fn plots_ui(ui: &mut Ui, numbers: &Numbers, cx: &ViewContext<'_>) -> Option<usize> {
    let theme = theme::of(ui);
    let words = "How long each took: ● succeeded, ✗ failed, dashed the median";
    ui.label(theme.caption("Duration")).on_hover_text(words);
    ui.add(egui::Label::new(theme.small(words)).truncate());
    let picked = ui
        .scope(|ui| plots::durations(ui, numbers, plots::EXECUTIONS, cx.now))
        .inner;
    if numbers.lead.is_none() {
        let words = format!("A median is told from {LEAST} successes on.");
        ui.label(theme.small(words));
    }
    ui.add_space(space::S);
    ui.label(theme.caption("Executions a week"));
    let words = "From the bottom: succeeded, failed, others";
    ui.add(egui::Label::new(theme.small(words)).truncate());
    ui.scope(|ui| plots::weeks(ui, numbers, plots::EXECUTIONS, cx.now));
    picked
}

/// From which executions this is.
fn from_ui(ui: &mut Ui, numbers: &Numbers, history: Option<&History>) {
    let theme = theme::of(ui);
    ui.add_space(space::XS);
    let all = numbers.succeeded + numbers.failed + numbers.uncounted + numbers.rollbacks;
    let since = numbers.oldest.map_or_else(String::new, |at| {
        format!(" since {}", at.local().chars().take(10).collect::<String>())
    });
    let cut = match history {
        Some(history) if history.cut => "; AWS has older ones",
        _ => "",
    };
    let words = format!(
        "From {all} executions{since}, {} of them rollbacks{cut}.",
        numbers.rollbacks
    );
    ui.add(egui::Label::new(theme.small(words)).wrap());
}
