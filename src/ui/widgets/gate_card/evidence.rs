//! What speaks for a release: what it went through, what is in alarm where it goes, which files it changes.

use std::sync::Arc;

use eframe::egui::text::LayoutJob;
use eframe::egui::{self, Id, Role, Sense, Ui, Vec2, WidgetInfo};

use super::{Card, passed};
use crate::model::alarm::Alarms;
use crate::model::fault::{Fault, FaultClass};
use crate::model::oneshot::{ChangedFiles, Evidence, TestCounts};
use crate::model::status::Status;
use crate::model::time;
use crate::ui::theme::{self, font, size, space};
use crate::ui::widgets::{age, fault_banner, glyph, safe_text};

/// Alarms and files shown before the rest is counted.
const ALARMS: usize = 4;
const FILES: usize = 200;

/// What this very execution has passed on its way here: builds, tests and deployments, each by its last attempt.
pub fn evidence_ui(ui: &mut Ui, card: Card<'_>) {
    let theme = theme::of(ui);
    let facts: Vec<(String, Status, String)> = if card.review.evidence.is_empty() {
        let Some(graph) = card.graph else { return };
        passed(graph, &card.review.gate.action)
    } else {
        let all = card.review.evidence.iter();
        all.map(|evidence| {
            let name = evidence.action.action.to_string();
            (name, evidence.state.status, words(evidence))
        })
        .collect()
    };
    if facts.is_empty() {
        return;
    }
    ui.label(theme.caption("What this execution went through"));
    ui.add_space(space::XS);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(6.0, 4.0);
        for (name, status, words) in facts {
            fact_ui(ui, &safe_text::line(&name), status, &words);
        }
    });
    ui.add_space(space::M);
}

/// One unit, so that a line breaks between facts and not within one.
fn fact_ui(ui: &mut Ui, name: &str, status: Status, words: &str) {
    let theme = theme::of(ui);
    let mut job = LayoutJob::default();
    let look = |face, colour| egui::TextFormat::simple(face, colour);
    job.append(name, 0.0, look(font::body(), theme.text));
    job.append(words, 6.0, look(font::small(), theme.faint));
    let glyph = size::SMALL_GLYPH + 6.0;
    let most = ui.max_rect().width() - glyph;
    job.wrap = egui::text::TextWrapping::truncate_at_width(most);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let wanted = Vec2::new(glyph + galley.size().x + space::M, size::LINE);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::hover());
    let label = format!("{name}: {} {words}", status.label());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, label.trim_end()));
    let mark = egui::pos2(rect.left() + size::SMALL_GLYPH / 2.0, rect.center().y);
    let mark = egui::Rect::from_center_size(mark, Vec2::splat(size::SMALL_GLYPH));
    glyph::paint(ui, mark, status);
    let at = egui::pos2(rect.left() + glyph, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.text);
}

/// `3 m 25 s, 312 tests passed, failed before: attempt 2`.
fn words(evidence: &Evidence) -> String {
    let mut words = Vec::new();
    if !matches!(evidence.state.status, Status::Succeeded) {
        words.push(evidence.state.to_string());
    }
    if let Some(took) = evidence.took {
        words.push(time::duration(took));
    }
    if let Some(tests) = evidence.tests {
        words.push(tests_words(tests));
    }
    match (evidence.attempts, evidence.failed_before) {
        (0 | 1, _) => {}
        (attempts, 0) => words.push(format!("attempt {attempts}")),
        (attempts, _) => words.push(format!("failed before: attempt {attempts}")),
    }
    safe_text::line(&words.join(", ")).into_owned()
}

fn tests_words(tests: TestCounts) -> String {
    let TestCounts {
        passed,
        failed,
        skipped,
    } = tests;
    let mut words = match (passed, failed) {
        (1, 0) => "1 test passed".to_owned(),
        (passed, 0) => format!("{passed} tests passed"),
        (passed, failed) => format!("{failed} tests failed, {passed} passed"),
    };
    if skipped > 0 {
        words.push_str(&format!(", {skipped} skipped"));
    }
    words
}

/// The alarms in ALARM where the execution goes next, or why that cannot be told.
pub fn alarms_ui(ui: &mut Ui, card: Card<'_>) {
    match &card.review.alarms {
        Ok(alarms) => known_ui(ui, alarms, card),
        Err(fault) => unknown_ui(ui, fault),
    }
    ui.add_space(space::M);
}

fn known_ui(ui: &mut Ui, alarms: &Alarms, card: Card<'_>) {
    let theme = theme::of(ui);
    let place = safe_text::line(&alarms.scope.to_string()).into_owned();
    let (status, words) = match (alarms.in_alarm.len(), alarms.known) {
        (0, 0) => (Status::NotRun, format!("{place} has no CloudWatch alarm")),
        (0, 1) => (
            Status::Succeeded,
            format!("The one alarm in {place} is not in ALARM"),
        ),
        (0, known) => (
            Status::Succeeded,
            format!("None of the {known} alarms in {place} is in ALARM"),
        ),
        (1, _) => (Status::Failed, format!("1 alarm is in ALARM in {place}")),
        (several, _) => (
            Status::Failed,
            format!("{several} alarms are in ALARM in {place}"),
        ),
    };
    line_ui(ui, status, &words);
    for alarm in alarms.in_alarm.iter().take(ALARMS) {
        ui.horizontal(|ui| {
            ui.add_space(size::SMALL_GLYPH + 6.0);
            if let Some(since) = alarm.since {
                let words = format!("since {}", time::rough(since.age(card.now)));
                age::show(ui, theme.small(words), since, card.now);
            }
            let reason = alarm.reason.as_deref().unwrap_or_default();
            let words = format!("{} · {reason}", alarm.name);
            let label = egui::Label::new(theme.soft(safe_text::line(&words))).truncate();
            ui.add(label);
        });
    }
    let more = alarms.in_alarm.len().saturating_sub(ALARMS);
    if more > 0 {
        ui.label(theme.small(format!("and {more} more")));
    }
}

fn unknown_ui(ui: &mut Ui, fault: &Arc<Fault>) {
    let why = if fault.class == FaultClass::Denied {
        fault_banner::advice(fault)
    } else {
        fault.headline()
    };
    let place = fault
        .scope
        .as_ref()
        .map_or_else(String::new, |scope| format!(" in {scope}"));
    let words = format!("Which alarms are in ALARM{place} could not be read. {why}");
    line_ui(ui, Status::Unknown, &safe_text::line(&words));
}

fn line_ui(ui: &mut Ui, status: Status, words: &str) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        glyph::status(ui, status, size::SMALL_GLYPH);
        ui.add(egui::Label::new(theme.body(words)).wrap());
    });
}

/// How many files differ from what passed last, and which.
pub fn files_ui(ui: &mut Ui, card: Card<'_>) {
    let theme = theme::of(ui);
    match &card.review.files {
        None => return,
        Some(Err(fault)) => {
            let why = if fault.class == FaultClass::Denied {
                fault_banner::advice(fault)
            } else {
                fault.headline()
            };
            let words = format!("Which files change could not be read. {why}");
            line_ui(ui, Status::Unknown, &safe_text::line(&words));
        }
        Some(Ok(files)) => {
            let id = Id::unique(("files of", card.review.gate.execution.as_str()));
            let mut words = count(files);
            if let [first, _, ..] = card.review.revisions.as_slice() {
                let source = safe_text::line(first.action.as_str());
                words = format!("{words} in source {}", safe_text::elide(&source, 40));
            }
            if toggle_ui(ui, id, &words) {
                for file in files.files.iter().take(FILES) {
                    ui.horizontal(|ui| {
                        ui.add_space(space::L);
                        let change = match file.change.as_str() {
                            "A" => "added",
                            "M" => "changed",
                            "D" => "deleted",
                            other => other,
                        };
                        ui.label(theme.small(format!("{change:<8}")).font(font::mono()));
                        let path = safe_text::line(&file.path);
                        ui.add(egui::Label::new(theme.mono(path.as_ref())).truncate());
                    });
                }
                let more = files.files.len().saturating_sub(FILES);
                if more > 0 {
                    ui.label(theme.small(format!("and {more} more")));
                }
            }
        }
    }
    ui.add_space(space::M);
}

fn count(files: &ChangedFiles) -> String {
    match (files.files.len(), files.cut) {
        (0, _) => "No file differs from what passed last".to_owned(),
        (1, false) => "1 file changes".to_owned(),
        (count, false) => format!("{count} files change"),
        (count, true) => format!("More than {count} files change"),
    }
}

/// A line that opens what is below it; tells whether it is open.
pub fn toggle_ui(ui: &mut Ui, id: Id, words: &str) -> bool {
    let theme = theme::of(ui);
    let mut open = ui.data(|data| data.get_temp(id).unwrap_or(false));
    let mark = if open { "▾" } else { "▸" };
    let text = theme.body(format!("{mark} {words}"));
    let response = ui.add(egui::Label::new(text).sense(Sense::click()));
    response.widget_info(|| WidgetInfo::selected(Role::DisclosureTriangle, true, open, words));
    let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
    if response.has_focus() {
        let under = response.rect.bottom();
        let line = egui::Stroke::new(1.0, theme.accent);
        ui.painter().hline(response.rect.x_range(), under, line);
    }
    if response.clicked() {
        open = !open;
        ui.data_mut(|data| data.insert_temp(id, open));
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::ActionKey;
    use crate::model::pipeline::ActionCategory;
    use crate::model::status::State;

    #[test]
    fn only_what_failed_is_said_to_have_failed_before() {
        let said = |attempts, failed_before| {
            words(&Evidence {
                action: ActionKey {
                    stage: "Build".into(),
                    action: "unit".into(),
                },
                category: ActionCategory::Test,
                provider: "CodeBuild".to_owned(),
                state: State::of_pipeline("Succeeded"),
                took: None,
                attempts,
                failed_before,
                external_id: None,
                tests: None,
            })
        };
        assert_eq!(said(1, 0), "");
        assert_eq!(said(2, 0), "attempt 2");
        assert_eq!(said(2, 1), "failed before: attempt 2");
    }

    #[test]
    fn tests_are_counted_and_failures_come_first() {
        let said = [(312, 0, 0), (1, 0, 0), (310, 2, 4)].map(|(passed, failed, skipped)| {
            tests_words(TestCounts {
                passed,
                failed,
                skipped,
            })
        });
        assert_eq!(
            said,
            [
                "312 tests passed",
                "1 test passed",
                "2 tests failed, 310 passed, 4 skipped"
            ]
        );
    }
}
