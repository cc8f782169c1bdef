//! Why a build failed, on one card: what AWS says, the line of the log that says it, and the lines around it.
//!
//! What is known is shown at once; the log's part joins when the log has been read. It paints facts it is given and
//! decides nothing: [`WhyCard::ui`] returns what a person asked for. Main thread, inside a frame.

use std::time::Duration;

use eframe::egui::{
    self, CornerRadius, Margin, Role, Sense, Ui, Vec2, WidgetInfo, text::LayoutJob,
};

use super::button::Button;
use super::log_view::line_of;
use super::{copyable, fault_banner, glyph, safe_text, skeleton};
use crate::model::ansi;
use crate::model::build::Build;
use crate::model::fault::Fault;
use crate::model::ids::BuildKey;
use crate::model::link::BuildLink;
use crate::model::log::{LineNo, LineText, LogSnapshot};
use crate::model::mask;
use crate::model::status::Status;
use crate::model::time::{self, Timestamp};
use crate::model::why::{Confidence, Explanation, Told, Why, exit};
use crate::ui::action::{Actions, UiAction};
use crate::ui::theme::{self, font, size, space};

/// The height of a line of the log.
const LINE: f32 = 18.0;
/// Names of failed tests that are shown; the rest is counted.
const TESTS: usize = 6;
/// Further causes that are shown.
const FURTHER: usize = 3;
/// Characters of a line that are drawn.
const COLUMNS: usize = 240;

/// The log's part of the card.
#[derive(Clone, Copy)]
pub enum Log<'a> {
    /// The build writes none, or it ended before it wrote one.
    None,
    /// CloudWatch keeps it no longer.
    Gone,
    /// It is being read; how much of it is there, where that can be told.
    Reading(Option<f32>),
    /// It is there, and what it says is being looked for.
    Looking,
    Read {
        log: &'a LogSnapshot,
        found: &'a Explanation,
    },
}

#[derive(Clone, Copy)]
pub struct WhyCard<'a> {
    pub build: &'a Build,
    pub told: &'a Told,
    pub log: Log<'a>,
    /// The log cannot be read now.
    pub fault: Option<&'a Fault>,
    pub now: Timestamp,
}

impl WhyCard<'_> {
    /// The body of the card, in the width there is.
    pub fn ui(&self, ui: &mut Ui, actions: &mut Actions) {
        self.sentence_ui(ui);
        if let Some(fault) = self.fault {
            fault_banner::show(ui, fault, self.now);
        }
        match self.log {
            Log::None => no_log_ui(
                ui,
                "There is no log: the build wrote none, or ended before it could.",
            ),
            Log::Gone => no_log_ui(
                ui,
                "The log is gone: CloudWatch keeps it no longer, and no copy is on this disk.",
            ),
            Log::Reading(part) => {
                let words = part.map_or_else(
                    || "Reading the log…".to_owned(),
                    |part| format!("Reading the log… {:.0} %", part * 100.0),
                );
                skeleton::rows(ui, &words, 5);
            }
            Log::Looking => {
                skeleton::rows(ui, "Looking for the line that says why…", 5);
            }
            Log::Read { log, found } => found_ui(ui, log, found, actions),
        }
    }

    /// What failed, where, and what AWS says of it.
    fn sentence_ui(&self, ui: &mut Ui) {
        let theme = theme::of(ui);
        let found = match self.log {
            Log::Read { found, .. } => Some(found),
            Log::None | Log::Gone | Log::Reading(_) | Log::Looking => None,
        };
        ui.add(egui::Label::new(theme.strong(sentence(self.build, self.told, found))).wrap());
        let status = self.told.exit.or_else(|| found?.exit);
        if let Some(status) = status {
            let words = exit::words(status).map_or_else(
                || format!("Exit status {status}."),
                |words| format!("Exit status {status}: {words}."),
            );
            ui.add(egui::Label::new(theme.body(words)).wrap());
        }
        let said = [self.told.code.as_str(), self.told.message.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(mask::masked_text)
            .collect::<Vec<_>>()
            .join(": ");
        if !said.is_empty() {
            let words = theme.soft(format!(
                "AWS says: {}",
                safe_text::elide(&safe_text::line(&said), 400)
            ));
            ui.add(egui::Label::new(words).wrap().selectable(true));
        }
        let hint = self.hint(found);
        if !hint.is_empty() {
            hint_ui(ui, hint);
        }
        ui.add_space(space::S);
    }

    /// What to do: the line's own advice, else that of the exit status, else that of AWS's code.
    fn hint(&self, found: Option<&Explanation>) -> &'static str {
        let of_line = found
            .and_then(|found| found.why.as_ref())
            .filter(|why| why.confidence != Confidence::Unsure)
            .map_or("", |why| why.hint);
        let of_exit = self.told.exit.map_or("", exit::hint);
        [of_line, self.told.hint, of_exit]
            .into_iter()
            .find(|hint| !hint.is_empty())
            .unwrap_or("")
    }
}

/// What the log says: the reason, the lines around it, the tests that failed, and what else names a defect.
fn found_ui(ui: &mut Ui, log: &LogSnapshot, found: &Explanation, actions: &mut Actions) {
    let theme = theme::of(ui);
    if let Some(why) = &found.why {
        reason_ui(ui, why, actions);
    } else {
        let words = "No line says why in words that are known here. These are the last lines of what failed.";
        ui.add(egui::Label::new(theme.body(words)).wrap());
    }
    ui.add_space(space::S);
    lines_ui(ui, log, found);
    ui.add_space(space::S);
    tests_ui(ui, found);
    for why in found.further.iter().take(FURTHER) {
        let words = format!(
            "Line {}: {}",
            why.line.0 + 1,
            safe_text::elide(&mask::masked(&why.text), 160)
        );
        ui.add(egui::Label::new(theme.small(words)).truncate());
    }
    if found.further.len() > FURTHER {
        let more = found.further.len() - FURTHER;
        ui.label(theme.small(format!("and {more} more lines like these")));
    }
}

/// `2 tests failed in BUILD: cargo test --locked`.
fn sentence(build: &Build, told: &Told, found: Option<&Explanation>) -> String {
    let what = match found.and_then(|found| found.why.as_ref()?.failed_tests) {
        Some(1) => "1 test failed".to_owned(),
        Some(count) => format!("{count} tests failed"),
        None => match build.state.word() {
            "TIMED_OUT" => "It took too long and was ended".to_owned(),
            "FAULT" => "CodeBuild itself failed".to_owned(),
            _ if build.state.status == Status::Errored => "CodeBuild could not run it".to_owned(),
            _ => "It failed".to_owned(),
        },
    };
    let phase = if told.phase.is_empty() {
        String::new()
    } else {
        format!(" in {}", safe_text::line(&told.phase))
    };
    let command = found
        .and_then(|found| found.command.as_deref())
        .map(|command| {
            let command = ansi::plain(command);
            format!(": {}", safe_text::elide(&mask::masked(&command), 160))
        })
        .unwrap_or_default();
    let took = build
        .failing_phase()
        .and_then(|phase| phase.duration)
        .filter(|took| *took >= Duration::from_secs(1))
        .map(|took| format!(", after {}", time::duration(took)))
        .unwrap_or_default();
    format!("{what}{phase}{took}{command}")
}

fn hint_ui(ui: &mut Ui, hint: &str) {
    let theme = theme::of(ui);
    ui.add_space(space::XS);
    let frame = egui::Frame::new()
        .fill(theme.raised)
        .corner_radius(size::RADIUS)
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(theme.caption("What to do"));
        ui.add(egui::Label::new(theme.body(hint)).wrap());
    });
}

/// Where there is no log: what AWS says is all there is.
fn no_log_ui(ui: &mut Ui, words: &str) {
    let theme = theme::of(ui);
    ui.add(egui::Label::new(theme.soft(words)).wrap());
}

/// The line that says why, how sure that is, and where in the source code.
fn reason_ui(ui: &mut Ui, why: &Why, actions: &mut Actions) {
    let theme = theme::of(ui);
    let frame = egui::Frame::new()
        .fill(theme.fail_bg)
        .corner_radius(size::RADIUS)
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            glyph::status(ui, Status::Failed, size::SMALL_GLYPH);
            ui.label(theme.caption(confidence_words(why)));
            if let Some(place) = &why.place.as_ref().map(ToString::to_string)
                && !why.text.contains(place.as_str())
            {
                let shown = safe_text::line(place).into_owned();
                copyable::id(ui, &safe_text::elide(&shown, 70), place, actions);
            }
        });
        let text = mask::masked(&why.text);
        let words = egui::RichText::new(safe_text::elide(&safe_text::line(&text), 500))
            .font(font::mono())
            .color(theme.text);
        ui.add(egui::Label::new(words).wrap().selectable(true));
    });
}

/// `jest says so, line 31`, `Not sure: line 31 may be it`.
fn confidence_words(why: &Why) -> String {
    let line = why.line.0 + 1;
    match (why.confidence, why.tool) {
        (Confidence::Unsure, "") => format!("Not sure; line {line} sounds like it"),
        (Confidence::Unsure, tool) => {
            format!("Not sure; {tool} only says that something failed, line {line}")
        }
        (confidence, "") => format!("Line {line} {}", confidence.words()),
        (Confidence::Sure, tool) => format!("{tool} says so, line {line}"),
        (Confidence::Likely, tool) => format!("Most likely: {tool}, line {line}"),
    }
}

/// The lines around, as they stand in the log, with their numbers; the one that says it is marked.
fn lines_ui(ui: &mut Ui, log: &LogSnapshot, found: &Explanation) {
    let theme = theme::of(ui);
    let frame = egui::Frame::new()
        .fill(theme.sunk)
        .stroke(theme.outline())
        .corner_radius(size::RADIUS)
        .inner_margin(Margin::symmetric(0, 6));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 0.0;
        for line in found.around.clone() {
            let is_hit = found
                .why
                .as_ref()
                .is_some_and(|why| line == why.line.0 || (why.with_next && line == why.line.0 + 1));
            let plain = if is_hit { theme.text } else { theme.soft };
            let Some(drawn) = line_of(theme, log, LineNo(line), COLUMNS, plain) else {
                break;
            };
            line_ui(ui, line, drawn, is_hit);
        }
    });
}

/// The lines above one, the nearest first: a private key may have begun there.
fn above(log: &LogSnapshot, line: u32) -> impl Iterator<Item = LineText> {
    (0..line).rev().map_while(|line| log.text(LineNo(line)))
}

fn line_ui(ui: &mut Ui, line: u32, (job, text): (LayoutJob, String), is_hit: bool) {
    let theme = theme::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), LINE), Sense::hover());
    response.widget_info(|| {
        let mark = if is_hit { ", this one" } else { "" };
        WidgetInfo::labeled(Role::Label, true, format!("{}{mark}: {text}", line + 1))
    });
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    if is_hit {
        painter.rect_filled(rect, CornerRadius::ZERO, theme.fail_bg);
        painter.text(
            rect.left_center() + Vec2::new(6.0, 0.0),
            egui::Align2::LEFT_CENTER,
            "▸",
            font::small(),
            theme.fail,
        );
    }
    let number = rect.left() + 62.0;
    painter.text(
        egui::pos2(number, rect.center().y),
        egui::Align2::RIGHT_CENTER,
        line + 1,
        font::mono(),
        theme.faint,
    );
    let galley = painter.layout_job(job);
    let at = egui::pos2(number + 14.0, rect.center().y - galley.size().y / 2.0);
    painter.galley(at, galley, theme.text);
}

fn tests_ui(ui: &mut Ui, found: &Explanation) {
    if found.failed_tests.is_empty() {
        return;
    }
    let theme = theme::of(ui);
    ui.label(theme.caption("Failed tests"));
    for test in found.failed_tests.iter().take(TESTS) {
        ui.horizontal(|ui| {
            glyph::status(ui, Status::Failed, size::SMALL_GLYPH);
            let words = egui::RichText::new(safe_text::elide(&safe_text::line(test), 160))
                .font(font::mono())
                .color(theme.text);
            ui.add(egui::Label::new(words).truncate().selectable(true));
        });
    }
    if found.failed_tests.len() > TESTS {
        let more = found.failed_tests.len() - TESTS;
        ui.label(theme.small(format!("and {more} more")));
    }
}

/// The buttons that need what was found: copy it, copy a link to its line, and go there. Returns the line a person wants
/// to see.
pub fn buttons(
    ui: &mut Ui,
    card: &WhyCard<'_>,
    key: &BuildKey,
    actions: &mut Actions,
) -> Option<LineNo> {
    let line = line(card);
    let jump = Button::new(line.map_or_else(
        || "Show in the log".to_owned(),
        |line| format!("Show line {} in the log", line.0 + 1),
    ))
    .key("Enter")
    .disabled_because(
        line.is_none()
            .then(|| "The log has not been read yet".to_owned()),
    )
    .go();
    let jumped = ui.add(jump).clicked();
    if ui.add(Button::new("Copy").key("y")).clicked() {
        copy(card, actions);
    }
    if ui.add(Button::new("Copy link").key("l")).clicked() {
        copy_link(card, key, actions);
    }
    if jumped { line } else { None }
}

/// The line to go to: the one that says why, else the first of those shown; none before the log has been read.
pub fn line(card: &WhyCard<'_>) -> Option<LineNo> {
    match card.log {
        Log::Read { found, .. } => Some(
            found
                .why
                .as_ref()
                .map_or(LineNo(found.around.start), |why| why.line),
        ),
        Log::None | Log::Gone | Log::Reading(_) | Log::Looking => None,
    }
}

/// Puts the card's words into the clipboard, as a text to send to someone.
pub fn copy(card: &WhyCard<'_>, actions: &mut Actions) {
    actions.push(UiAction::Copy(words(card)));
    actions.push(UiAction::Say("Copied why it failed".to_owned()));
}

/// Copies a link to the line, or to the build before its log has been read.
pub fn copy_link(card: &WhyCard<'_>, key: &BuildKey, actions: &mut Actions) {
    let link = BuildLink {
        build: key.clone(),
        line: line(card),
    };
    let to = link.line.map_or_else(
        || "the build".to_owned(),
        |line| format!("line {}", line.0 + 1),
    );
    let said = format!("Copied a link to {to}; paste it into the palette");
    actions.push(UiAction::Say(said));
    actions.push(UiAction::Copy(link.to_string()));
}

/// The card as plain text, secrets masked.
fn words(card: &WhyCard<'_>) -> String {
    let found = match card.log {
        Log::Read { found, .. } => Some(found),
        Log::None | Log::Gone | Log::Reading(_) | Log::Looking => None,
    };
    let mut text = format!(
        "{}\n{}\n",
        card.build.id,
        sentence(card.build, card.told, found)
    );
    if !card.told.message.is_empty() {
        text.push_str(&format!(
            "AWS says: {}: {}\n",
            card.told.code,
            mask::masked_text(&card.told.message).replace('\n', " ")
        ));
    }
    if let Log::Read { log, found } = card.log {
        if let Some(why) = &found.why {
            let place = why.place.as_ref().map(ToString::to_string);
            let place = place
                .filter(|place| !why.text.contains(place.as_str()))
                .map(|place| format!(" ({place})"));
            text.push_str(&format!(
                "{}: {}{}\n",
                confidence_words(why),
                mask::masked(&why.text),
                place.unwrap_or_default()
            ));
        }
        for line in found.around.clone() {
            if let Some(raw) = log.text(LineNo(line)) {
                let drawn = ansi::plain(&raw);
                text.push_str(&format!(
                    "{:>7}  {}\n",
                    line + 1,
                    mask::masked_below(&drawn, above(log, line))
                ));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::LogBuffer;

    #[test]
    fn a_line_of_the_card_knows_of_a_private_key_that_began_above_it() {
        let mut buffer = LogBuffer::default();
        let body = "MIIEpAIBAAKCAQEAa1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVwXyZ";
        for line in ["-----BEGIN PRIVATE KEY-----", body, body] {
            buffer.append(0, line);
        }
        let log = buffer.snapshot();
        assert_eq!(mask::masked_below(body, above(&log, 2)), mask::MASK);
        assert_eq!(mask::masked_below(body, above(&log, 0)), body);
    }
}
