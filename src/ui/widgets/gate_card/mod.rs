//! What a person reads before deciding at a gate: what goes out, what it has passed, and what waits behind it.
//!
//! Shared by the approval dialog, which adds the decision, and by the Project view's pane, which only shows.

use eframe::egui::{self, FontId, Margin, Ui, text::LayoutJob};

use crate::model::graph::{StageGraph, label};
use crate::model::ids::{ActionKey, ExecutionId};
use crate::model::issue::IssueFinder;
use crate::model::oneshot::Review;
use crate::model::pipeline::{ExecutionMode, Pipeline};
use crate::model::status::Status;
use crate::model::time::{Timestamp, rough};
use crate::ui::action::{Actions, UiAction};
use crate::ui::theme::{self, font, size, space};
use crate::ui::widgets::{age, commit_list, copyable, glyph, safe_text};

/// What the card is about, all of it read already.
#[derive(Clone, Copy)]
pub struct Card<'a> {
    pub review: &'a Review,
    /// As polled, if it is: its mode, and the names of its executions.
    pub pipeline: Option<&'a Pipeline>,
    /// Of the gate's execution: what it has passed.
    pub graph: Option<&'a StageGraph>,
    pub now: Timestamp,
    pub issues: &'a IssueFinder,
}

/// `Execution 4be1…77d0, waiting 18 min, expires in 6 d 23 h. “Check dashboards” · review link ↗`
pub fn facts_ui(ui: &mut Ui, card: Card<'_>, actions: &mut Actions) {
    let theme = theme::of(ui);
    let review = card.review;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(theme.soft("Execution"));
        let id = review.gate.execution.as_str();
        copyable::id(ui, &safe_text::elide_middle(id, 9), id, actions);
        if let Some(since) = review.waiting_since {
            let waited = since.age(card.now);
            let words = format!("has waited {}", rough(waited));
            age::show(ui, theme.soft(words), since, card.now);
        }
        if let Some(expires) = review.expires {
            let left = card.now.age(expires);
            let text = if left.is_zero() {
                theme.soft("· has expired").color(theme.fail)
            } else {
                theme.soft(format!("· expires in {}", long(left)))
            };
            ui.label(text).on_hover_text(age::exact(expires));
        }
        if let Some(link) = &review.review_link {
            let text = theme.body("· review link ↗").color(theme.accent);
            let response = ui.add(egui::Label::new(text).sense(egui::Sense::click()));
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Link, true, "Open the review link")
            });
            let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
            if response.on_hover_text(safe_text::line(link)).clicked() {
                actions.push(UiAction::OpenLink(link.clone()));
            }
        }
    });
    if let Some(words) = review.custom_data.as_deref().filter(|it| !it.is_empty()) {
        let words = theme.soft(format!("“{}”", safe_text::line(words)));
        ui.add(egui::Label::new(words).wrap());
    }
}

/// Two units, for what lies ahead: `6 d 23 h`.
fn long(span: std::time::Duration) -> String {
    let minutes = span.as_secs() / 60;
    match minutes {
        0..60 => rough(span),
        60..1_440 => format!("{} h {:02} min", minutes / 60, minutes % 60),
        _ => format!("{} d {} h", minutes / 1_440, minutes % 1_440 / 60),
    }
}

/// What the commits are: `Goes out with this: 3 commits since …`.
pub fn caption_ui(ui: &mut Ui, card: Card<'_>) {
    let theme = theme::of(ui);
    let changes = &card.review.changes;
    let gate = card.review.gate.action.action.as_str();
    let since = commit_list::since_words(changes, gate, card.now);
    let caption = format!("Goes out with this: {}", lower_first(&since));
    ui.add(egui::Label::new(theme.caption(caption)).wrap());
}

/// The commits, in at most this height.
pub fn commits_ui(ui: &mut Ui, card: Card<'_>, most: f32, actions: &mut Actions) {
    let changes = &card.review.changes;
    egui::ScrollArea::vertical()
        .id_salt("commits of the gate")
        .max_height(most)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for commit in &changes.commits {
                commit_list::commit_ui(ui, commit, card.now, card.issues, actions);
            }
        });
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(characters).collect()
    })
}

/// The stages and actions this execution has passed on its way here.
pub fn passed_ui(ui: &mut Ui, card: Card<'_>) {
    let Some(graph) = card.graph else { return };
    let passed = passed(graph, &card.review.gate.action);
    if passed.is_empty() {
        return;
    }
    let theme = theme::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (name, status, took) in passed {
            glyph::status(ui, status, size::SMALL_GLYPH);
            ui.label(theme.body(safe_text::line(&name)));
            if !took.is_empty() {
                ui.label(theme.small(took));
            }
            ui.add_space(space::M);
        }
    });
}

/// Each stage before the gate's, then each action before the gate in its own stage.
fn passed(graph: &StageGraph, gate: &ActionKey) -> Vec<(String, Status, String)> {
    let mut passed = Vec::new();
    for stage in &graph.stages {
        if stage.name == gate.stage {
            let before = stage
                .rows
                .iter()
                .take_while(|row| row.actions.iter().all(|action| action.key != *gate));
            for action in before.flat_map(|row| &row.actions) {
                passed.push((
                    action.key.action.to_string(),
                    action.state.status,
                    String::new(),
                ));
            }
            break;
        }
        passed.push((stage.name.to_string(), stage.status, String::new()));
    }
    passed
}

/// What waits behind the gate, and what a decision means for it. Nothing if nothing waits.
pub fn behind_ui(ui: &mut Ui, card: Card<'_>) {
    let behind = &card.review.behind;
    if behind.is_empty() {
        return;
    }
    let theme = theme::of(ui);
    let name_of = |execution: &ExecutionId,
                   revisions: &[crate::model::pipeline::SourceRevision]| {
        let name = revisions.first().map_or_else(
            || match card.pipeline {
                Some(pipeline) => label(pipeline, execution),
                None => execution.short().to_owned(),
            },
            |it| it.id.short().to_owned(),
        );
        safe_text::line(&name).into_owned()
    };
    let names: Vec<String> = behind
        .iter()
        .map(|behind| name_of(&behind.execution, &behind.revisions))
        .collect();
    let this = name_of(&card.review.gate.execution, &card.review.revisions);
    let frame = egui::Frame::new()
        .fill(theme.wait_bg)
        .corner_radius(size::RADIUS)
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_top(|ui| {
            let (rect, _) = ui.allocate_exact_size(
                egui::vec2(size::SMALL_GLYPH, size::LINE),
                egui::Sense::hover(),
            );
            let mark =
                egui::Rect::from_center_size(rect.center(), egui::Vec2::splat(size::SMALL_GLYPH));
            glyph::paint_as(ui.painter(), mark, Status::Queued, theme.wait);
            let mode = card
                .pipeline
                .map_or(ExecutionMode::Superseded, Pipeline::mode);
            let job = behind_words(ui, &names, &this, &mode);
            ui.add(egui::Label::new(job).wrap());
        });
    });
}

fn behind_words(ui: &Ui, names: &[String], this: &str, mode: &ExecutionMode) -> LayoutJob {
    let theme = theme::of(ui);
    let mut job = LayoutJob::default();
    let mut add = |text: &str, font: FontId| {
        job.append(text, 0.0, egui::TextFormat::simple(font, theme.text));
    };
    let shown = 4;
    for (index, name) in names.iter().take(shown).enumerate() {
        if index > 0 {
            add(", ", font::body());
        }
        add(name, font::mono());
    }
    if names.len() > shown {
        add(&format!(" and {} more", names.len() - shown), font::body());
    }
    let waits = if names.len() == 1 { "waits" } else { "wait" };
    add(
        &format!(" {waits} behind this gate. Approving sends "),
        font::body(),
    );
    add(this, font::mono());
    match (mode, names) {
        (ExecutionMode::Queued, [_, _, ..]) => {
            add(
                "; they come to the gate after it, one by one.",
                font::body(),
            );
        }
        (_, [only]) => {
            add("; ", font::body());
            add(only, font::mono());
            add(" comes to the gate next.", font::body());
        }
        _ => add("; the newest of them comes to the gate next.", font::body()),
    }
    job
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_deadline_is_said_in_two_units() {
        let said = [40, 3_900, 600_000].map(|seconds| long(Duration::from_secs(seconds)));
        assert_eq!(said, ["40 s", "1 h 05 min", "6 d 22 h"]);
    }

    #[test]
    fn a_sentence_goes_on_in_lower_case() {
        assert_eq!(lower_first("Nothing new"), "nothing new");
        assert_eq!(lower_first(""), "");
    }
}
