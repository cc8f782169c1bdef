//! What was found behind a reference: there, there but of no use, missing, or not to be told.

use eframe::egui::{self, Ui};

use super::{age, fault_banner, glyph, safe_text};
use crate::model::build::{Reference, ReferenceKind, ReferenceOutcome};
use crate::model::status::Status;
use crate::model::time::{Timestamp, ago};
use crate::ui::theme::{self, size};

/// How references stand, together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub there: usize,
    /// Missing, or there and of no use: a build that needs it fails.
    pub broken: usize,
    pub unknown: usize,
}

impl Tally {
    pub fn of(references: &[Reference]) -> Self {
        let mut tally = Self::default();
        for reference in references {
            match status(reference) {
                Status::Succeeded => tally.there += 1,
                Status::Failed => tally.broken += 1,
                _ => tally.unknown += 1,
            }
        }
        tally
    }

    /// `3 references: 2 there, 1 missing or of no use`
    pub fn words(self) -> String {
        let all = self.there + self.broken + self.unknown;
        let noun = if all == 1 { "reference" } else { "references" };
        let mut parts = Vec::new();
        for (count, words) in [
            (self.broken, "missing or of no use"),
            (self.unknown, "not to be told"),
            (self.there, "there"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {words}"));
            }
        }
        format!("{all} {noun}: {}", parts.join(", "))
    }
}

pub const fn status(reference: &Reference) -> Status {
    match &reference.outcome {
        ReferenceOutcome::There { trouble: None, .. } => Status::Succeeded,
        ReferenceOutcome::There { .. } | ReferenceOutcome::Missing => Status::Failed,
        ReferenceOutcome::Unknown(_) => Status::Unknown,
    }
}

pub const fn kind(reference: &Reference) -> &'static str {
    match reference.kind {
        ReferenceKind::Parameter => "parameter",
        ReferenceKind::Secret => "secret",
        ReferenceKind::Key => "key",
    }
}

/// One line: the glyph and what was found.
pub fn outcome(ui: &mut Ui, reference: &Reference, now: Timestamp) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(size::LINE);
        glyph::status(ui, status(reference), size::SMALL_GLYPH);
        let (words, hint) = words(reference, now);
        let text = if status(reference) == Status::Failed {
            theme.body(&words)
        } else {
            theme.small(&words)
        };
        let response = ui.add(egui::Label::new(text).truncate());
        if let ReferenceOutcome::There {
            changed: Some(changed),
            ..
        } = &reference.outcome
        {
            age::tick(ui, changed.age(now));
        }
        response.on_hover_text(hint);
    });
}

fn words(reference: &Reference, now: Timestamp) -> (String, String) {
    let kind_word = kind(reference);
    match &reference.outcome {
        ReferenceOutcome::There {
            kind,
            changed,
            key,
            trouble,
        } => {
            let mut words = format!("there, {}", safe_text::line(kind));
            if let Some(trouble) = trouble {
                words = format!("there, but {}", safe_text::line(trouble));
            } else if let Some(changed) = changed {
                words.push_str(&format!(", changed {}", ago(*changed, now)));
            }
            let key = key.as_deref().map_or_else(String::new, |key| {
                format!("\nencrypted with {}", safe_text::line(key))
            });
            let hint = format!("The {kind_word} is there. Its value was not read.{key}");
            (words, hint)
        }
        ReferenceOutcome::Missing => {
            let hint = format!(
                "{} finds no {kind_word} of this name in the region.",
                service(reference)
            );
            (format!("no such {kind_word}"), hint)
        }
        ReferenceOutcome::Unknown(fault) => {
            let words = format!(
                "not to be told: {}",
                safe_text::line(&fault_banner::advice(fault))
            );
            (words, fault_banner::details(fault))
        }
    }
}

const fn service(reference: &Reference) -> &'static str {
    match reference.kind {
        ReferenceKind::Parameter => "Parameter Store",
        ReferenceKind::Secret => "Secrets Manager",
        ReferenceKind::Key => "KMS",
    }
}
