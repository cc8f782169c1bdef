//! What became of a gate since its card was read: decided from here, decided elsewhere, or still open.

use std::sync::Arc;

use eframe::egui::{self, Margin, Ui};

use crate::model::command::{Command, CommandRecord, Decision, Gate, Progress};
use crate::model::ids::RevisionId;
use crate::model::ledger::person;
use crate::model::oneshot::Review;
use crate::model::pipeline::{ExecutionMode, Pipeline};
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
            Self::Taken(record) => Some((
                Status::Succeeded,
                format!(
                    "{}. It is written down under Approvals, Decided.",
                    record.progress.words(now)
                ),
            )),
            Self::Stopped(record) => Some((
                Status::Failed,
                format!("{}: {}", verb(record), record.progress.words(now)),
            )),
            Self::Elsewhere(words) => Some((Status::Unknown, words.clone())),
        }
    }
}

/// How a fresh reading differs from the gate that a person saw; none if it is the same.
pub(super) fn changed(seen: &Gate, fresh: &Gate) -> Option<String> {
    let names = |gate: &Gate| {
        let short: Vec<&str> = gate.revisions.iter().map(RevisionId::short).collect();
        if short.is_empty() {
            format!("execution {}", gate.execution.short())
        } else {
            format!(
                "execution {} with {}",
                gate.execution.short(),
                short.join(", ")
            )
        }
    };
    if seen.execution != fresh.execution {
        return Some(format!(
            "This gate has moved on since you saw it: it held {}. Now it holds {}, which is what you read here.",
            names(seen),
            names(fresh)
        ));
    }
    let both_known = !seen.revisions.is_empty() && !fresh.revisions.is_empty();
    if both_known && seen.revisions != fresh.revisions {
        return Some(format!(
            "What this execution brings has changed since you saw it: it was {}, now it is {}.",
            names(seen),
            names(fresh)
        ));
    }
    (seen.token != fresh.token).then(|| {
        "This gate has been asked anew since you saw it, for example after a retry of its stage."
            .to_owned()
    })
}

/// The gate as polled after the review no longer waits with the token that was reviewed.
fn moved_on(pipeline: &Pipeline, review: &Review) -> Option<String> {
    if review.mode == ExecutionMode::Parallel {
        return moved_on_alone(pipeline, review);
    }
    let polled_later = pipeline.stages.fetched_at() > Some(review.read_at);
    let state = pipeline
        .stage(&review.gate.action.stage)?
        .action(&review.gate.action.action)?;
    if !polled_later || state.token.as_ref() == Some(&review.gate.token) {
        return None;
    }
    Some(ended(state.state.status, state.updated_by.as_deref()))
}

/// A PARALLEL pipeline has no polled state; the attempts of its executions tell.
fn moved_on_alone(pipeline: &Pipeline, review: &Review) -> Option<String> {
    if pipeline.actions.fetched_at() <= Some(review.read_at) {
        return None;
    }
    let attempt = pipeline
        .attempts(&review.gate.action)
        .find(|attempt| attempt.execution == review.gate.execution)?;
    let token = attempt.external_id.as_deref();
    let waits =
        attempt.state.status == Status::Waiting && token == Some(review.gate.token.as_str());
    (!waits).then(|| ended(attempt.state.status, attempt.updated_by.as_deref()))
}

fn ended(status: Status, by: Option<&str>) -> String {
    let by = by.map_or_else(String::new, |by| {
        format!(" by {}", safe_text::line(person(by)))
    });
    match status {
        Status::Succeeded => format!("This gate was approved meanwhile{by}."),
        Status::Failed if by.is_empty() => {
            "This gate was rejected meanwhile, or its time ran out.".to_owned()
        }
        Status::Failed => format!("This gate was rejected meanwhile{by}."),
        Status::Waiting => "This gate now waits with another execution.".to_owned(),
        status => format!("This gate moved on meanwhile: it is {}.", status.label()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{ActionKey, PipelineKey, Scope};

    fn gate(execution: &str, token: &str, revisions: &[&str]) -> Gate {
        Gate {
            pipeline: PipelineKey {
                scope: Scope {
                    account: "prod".into(),
                    region: "eu-west-1".into(),
                },
                name: "pier".into(),
            },
            action: ActionKey {
                stage: "Gate".into(),
                action: "Approve".into(),
            },
            execution: execution.into(),
            token: token.into(),
            revisions: revisions.iter().map(RevisionId::from).collect(),
        }
    }

    #[test]
    fn what_differs_from_what_was_seen_is_told_and_the_unknown_is_no_difference() {
        let seen = gate("e1", "t1", &["f3a91c2"]);
        assert_eq!(changed(&seen, &seen), None);
        assert_eq!(changed(&gate("e1", "t1", &[]), &seen), None);
        let moved = changed(&seen, &gate("e2", "t2", &["d1e90f5"])).unwrap();
        assert!(moved.contains("e1 with f3a91c2") && moved.contains("e2 with d1e90f5"));
        let other = changed(&seen, &gate("e1", "t1", &["88c0e5d"])).unwrap();
        assert!(other.contains("88c0e5d"), "{other}");
        let anew = changed(&seen, &gate("e1", "t2", &["f3a91c2"])).unwrap();
        assert!(anew.contains("asked anew"), "{anew}");
    }
}
