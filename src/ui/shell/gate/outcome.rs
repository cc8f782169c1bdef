//! What became of a gate since its card was read: decided from here, decided elsewhere, or still open.

use std::sync::Arc;

use eframe::egui::{self, Margin, Ui};

use crate::model::command::{Command, CommandRecord, Decision, Progress};
use crate::model::oneshot::Review;
use crate::model::pipeline::Pipeline;
use crate::model::status::Status;
use crate::model::time::Timestamp;
use crate::ui::theme::{self, size};
use crate::ui::widgets::{glyph, safe_text};

/// What became of the gate since it was read.
pub(super) enum Outcome<'a> {
    Undecided,
    UnderWay(&'a CommandRecord),
    /// Decided by us, and AWS took it.
    Taken(&'a CommandRecord),
    /// Asked by us and not done; the reading it stood on is used up.
    Stopped(&'a CommandRecord),
    /// The gate moved on without us.
    Elsewhere(String),
}

impl<'a> Outcome<'a> {
    pub(super) fn of(
        record: Option<&'a Arc<CommandRecord>>,
        review: &Review,
        pipeline: Option<&Pipeline>,
    ) -> Self {
        if let Some(record) = record {
            let since_read = record.progress.ended_at() >= Some(review.read_at);
            match &record.progress {
                progress if progress.is_open() => return Self::UnderWay(record),
                Progress::Accepted { .. } | Progress::Found { applied: true, .. } => {
                    return Self::Taken(record);
                }
                _ if since_read => return Self::Stopped(record),
                _ => {}
            }
        }
        pipeline
            .and_then(|pipeline| moved_on(pipeline, review))
            .map_or(Self::Undecided, Self::Elsewhere)
    }

    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Taken(_))
    }

    pub(super) fn words(&self, now: Timestamp) -> Option<(Status, String)> {
        let verb = |record: &CommandRecord| match &*record.command {
            Command::Decide {
                decision: Decision::Reject,
                ..
            } => "Reject",
            _ => "Approve",
        };
        match self {
            Self::Undecided => None,
            Self::UnderWay(record) => Some((
                Status::Running,
                format!("{}: {}", verb(record), record.progress.words(now)),
            )),
            Self::Taken(record) => Some((Status::Succeeded, record.progress.words(now))),
            Self::Stopped(record) => Some((
                Status::Failed,
                format!("{}: {}", verb(record), record.progress.words(now)),
            )),
            Self::Elsewhere(words) => Some((Status::Unknown, words.clone())),
        }
    }
}

/// The gate as polled after the review no longer holds the token that was reviewed. PARALLEL pipelines have no polled
/// state; there the engine's own reading before the write is what notices.
fn moved_on(pipeline: &Pipeline, review: &Review) -> Option<String> {
    let polled_later = pipeline.stages.fetched_at() > Some(review.read_at);
    let state = pipeline
        .stage(&review.gate.action.stage)?
        .action(&review.gate.action.action)?;
    if !polled_later || state.token.as_ref() == Some(&review.gate.token) {
        return None;
    }
    let by = state.updated_by.as_deref().map_or_else(String::new, |by| {
        let name = by.rsplit('/').next().unwrap_or(by);
        format!(" by {}", safe_text::line(name))
    });
    Some(match state.state.status {
        Status::Succeeded => format!("This gate was approved meanwhile{by}."),
        Status::Failed => format!("This gate was rejected meanwhile{by}."),
        Status::Waiting => "This gate now waits with another execution.".to_owned(),
        status => format!("This gate moved on meanwhile: it is {}.", status.label()),
    })
}

pub(super) fn outcome_ui(ui: &mut Ui, status: Status, words: &str) {
    let theme = theme::of(ui);
    let fill = theme.status_tint(status).unwrap_or(theme.raised);
    let frame = egui::Frame::new()
        .fill(fill)
        .corner_radius(size::RADIUS)
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            glyph::status(ui, status, size::GLYPH);
            ui.add(egui::Label::new(theme.body(safe_text::line(words))).wrap());
        });
    });
}
