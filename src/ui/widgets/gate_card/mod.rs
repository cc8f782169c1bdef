//! What a person reads before deciding at a gate: what goes out, what it has passed, and what waits behind it.
//!
//! Shared by the approval dialog, which adds the decision, and by the Project view's pane, which only shows.

mod evidence;
mod sources;

use eframe::egui::{self, FontId, Margin, Ui, text::LayoutJob};

use crate::model::graph::{StageGraph, label};
use crate::model::ids::{ActionKey, ExecutionId};
use crate::model::issue::IssueFinder;
use crate::model::ledger::person;
use crate::model::oneshot::Review;
use crate::model::pipeline::{ExecutionMode, Pipeline};
use crate::model::status::Status;
use crate::model::time::{Timestamp, rough};
use crate::ui::action::{Actions, UiAction};
use crate::ui::theme::{self, font, size, space};
use crate::ui::widgets::{age, copyable, glyph, safe_text};

pub use evidence::{alarms_ui, evidence_ui, files_ui};
pub use sources::{caption_ui, commits_ui, sends_words};

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
        let stage = safe_text::line(review.gate.action.stage.as_str());
        ui.label(theme.soft(format!("Stage {stage} ·")));
        ui.label(theme.soft("execution"));
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
    let mut words = started(review);
    if let Some(said) = review.custom_data.as_deref().filter(|it| !it.is_empty()) {
        words = format!("{words} · “{}”", safe_text::line(said));
    }
    ui.add(egui::Label::new(theme.soft(words)).wrap());
}

/// What set the execution going, and who where AWS tells it: `Started by ines`.
fn started(review: &Review) -> String {
    let trigger = &review.trigger;
    let by = person(&trigger.detail);
    let words = match trigger.label() {
        "manual" if trigger.detail.starts_with("arn:") => format!("Started by {by}"),
        "manual" => "Started by hand".to_owned(),
        "push" => "Started by a change".to_owned(),
        "" => "What started it is not told".to_owned(),
        other => format!("Started by: {other}"),
    };
    safe_text::elide(&safe_text::line(&words), 60).into_owned()
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

/// Everything that is said in words before a decision: a rollback, and what else a person should know.
pub fn notices_ui(ui: &mut Ui, card: Card<'_>, notices: &[String]) {
    let rollback = card.review.rollback_of.as_ref().map(|target| {
        let name = card
            .pipeline
            .map_or_else(|| target.short().to_owned(), |it| label(it, target));
        format!("This is a rollback: approving brings back what execution {name} brought.")
    });
    for words in rollback.iter().chain(notices) {
        notice_ui(ui, words);
        ui.add_space(space::S);
    }
}

fn notice_ui(ui: &mut Ui, words: &str) {
    let theme = theme::of(ui);
    let frame = egui::Frame::new()
        .fill(theme.raised)
        .stroke(theme.outline())
        .corner_radius(size::RADIUS)
        .inner_margin(Margin::symmetric(12, 7));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(egui::Label::new(theme.body(safe_text::line(words))).wrap());
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
    let mode = &card.review.mode;
    if behind.is_empty() && *mode != ExecutionMode::Parallel {
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
            let job = behind_words(ui, &names, &this, mode);
            ui.add(egui::Label::new(job).wrap());
        });
    });
    ui.add_space(space::S);
}

fn behind_words(ui: &Ui, names: &[String], this: &str, mode: &ExecutionMode) -> LayoutJob {
    let theme = theme::of(ui);
    let mut job = LayoutJob::default();
    let mut add = |text: &str, font: FontId| {
        job.append(text, 0.0, egui::TextFormat::simple(font, theme.text));
    };
    if *mode == ExecutionMode::Parallel {
        add("Approving sends ", font::body());
        add(this, font::mono());
        add(
            " and concerns no other execution: in PARALLEL mode each goes its own way.",
            font::body(),
        );
        return job;
    }
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
        (ExecutionMode::Queued, [only]) => {
            add("; ", font::body());
            add(only, font::mono());
            add(
                " comes to the gate after it. None is dropped.",
                font::body(),
            );
        }
        (ExecutionMode::Queued, _) => add(
            "; they come to the gate after it, one by one. None is dropped.",
            font::body(),
        ),
        (_, [only]) => {
            add("; ", font::body());
            add(only, font::mono());
            add(
                " comes to the gate next, unless a newer one takes its place: then it is dropped.",
                font::body(),
            );
        }
        _ => add(
            "; the newest of them comes to the gate next, and the others are dropped.",
            font::body(),
        ),
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
}
