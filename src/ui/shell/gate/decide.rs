//! The part of the card that decides: the comment, the name of a production pipeline, the two buttons, and what became
//! of them.

use std::sync::Arc;

use eframe::egui::{self, Align, Key, Layout, Margin, Ui};

use super::outcome::{Outcome, outcome_ui};
use super::{Answer, GateDialog, close_ui};
use crate::model::command::{COMMENT_LIMIT, Command, Decision, Gate};
use crate::model::ids::PipelineKey;
use crate::model::oneshot::Review;
use crate::model::pipeline::Pipeline;
use crate::ui::action::UiAction;
use crate::ui::route::Route;
use crate::ui::shell::confirm::keeping_place;
use crate::ui::shell::typed_name::Wanted;
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::gate_card;
use crate::ui::widgets::scope_chip::Place;

impl GateDialog {
    fn comment_ui(&mut self, ui: &mut Ui) {
        let theme = theme::of(ui);
        let count = self.comment.chars().count();
        let frame = egui::Frame::new()
            .fill(theme.sunk)
            .stroke(if count > COMMENT_LIMIT {
                egui::Stroke::new(1.0, theme.fail)
            } else {
                theme.outline()
            })
            .corner_radius(size::RADIUS)
            .inner_margin(Margin::symmetric(10, 8));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            let hint = format!("Comment (needed to reject), 0 of {COMMENT_LIMIT}");
            let edit = egui::TextEdit::multiline(&mut self.comment)
                .hint_text(egui::RichText::new(hint).color(theme.faint))
                .font(font::body())
                .text_color(theme.text)
                .frame(egui::Frame::NONE)
                .margin(Margin::ZERO)
                .desired_rows(2)
                .desired_width(f32::INFINITY);
            egui::ScrollArea::vertical()
                .id_salt("comment")
                .max_height(60.0)
                .show(ui, |ui| ui.add(edit).accessible_name("Comment"));
            if count > 0 {
                let text = theme.small(format!("{count} of {COMMENT_LIMIT}"));
                ui.label(if count > COMMENT_LIMIT {
                    text.color(theme.fail)
                } else {
                    text
                });
            }
        });
    }

    pub(super) fn foot_ui(
        &mut self,
        ui: &mut Ui,
        place: &Place,
        cx: &mut ViewContext<'_>,
        answer: &Answer,
        pipeline: Option<&Pipeline>,
    ) {
        ui.set_width(ui.available_width());
        let Some(review) = self.review.clone() else {
            ui.horizontal(|ui| {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    close_ui(ui, cx.actions);
                    if matches!(answer, Answer::Failed(_))
                        && ui.add(Button::new("Try again")).clicked()
                    {
                        self.read_again(cx);
                    }
                });
            });
            return;
        };
        let record = cx
            .snapshot
            .command_like(&self.decide(&review.gate, Decision::Approve));
        let outcome = Outcome::of(record, &review, pipeline);
        if let Some((status, words)) = outcome.words(cx.now) {
            outcome_ui(ui, status, &words);
            ui.add_space(space::S);
        }
        if outcome.is_final() {
            ui.horizontal(|ui| {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    close_ui(ui, cx.actions);
                });
            });
            return;
        }
        if place.read_only {
            read_only_ui(ui, place, cx);
        } else {
            self.comment_ui(ui);
            if let Some(wanted) = Self::wanted(&self.pipeline, place) {
                ui.add_space(space::S);
                self.typed.ui(ui, wanted);
            }
        }
        ui.add_space(space::S);
        let blocked = self.blocked(cx, &review, answer, &outcome);
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.buttons_ui(ui, place, cx, &review, blocked.as_deref());
            });
        });
    }

    /// The pipeline's name, which is typed to approve in a production account.
    fn wanted<'a>(pipeline: &'a PipelineKey, place: &'a Place) -> Option<Wanted<'a>> {
        place.production.then(|| Wanted {
            name: pipeline.name.as_str(),
            kind: "pipeline",
            verb: "approve",
            account: &place.name,
        })
    }

    fn buttons_ui(
        &mut self,
        ui: &mut Ui,
        place: &Place,
        cx: &mut ViewContext<'_>,
        review: &Arc<Review>,
        blocked: Option<&str>,
    ) {
        // A button that has the focus would take Enter for a click; a decision must be meant.
        let entered = ui.input(|input| input.key_pressed(Key::Enter));
        let too_long = (self.comment.chars().count() > COMMENT_LIMIT)
            .then(|| format!("The comment is longer than {COMMENT_LIMIT} characters"));
        let wants_name =
            Self::wanted(&self.pipeline, place).and_then(|wanted| self.typed.refusal(wanted));
        let wants_comment = self
            .comment
            .trim()
            .is_empty()
            .then(|| "A rejection needs a comment: it is all the others will read".to_owned());
        let blocked = blocked.map(str::to_owned).or(too_long);
        let words = format!(
            "Approve: {} to {}",
            gate_card::sends_words(review),
            place.object()
        );
        let room = (ui.available_width() - 230.0).max(200.0);
        // The account and region must never be what is cut off, however many sources the execution brings.
        let approve = Button::new(keeping_place(ui, &words, room - 24.0, &[" to "]))
            .named(words)
            .go()
            .most_width(room)
            .disabled_because(blocked.clone().or(wants_name));
        if ui.add(approve).clicked() && !entered {
            self.send(cx, review, Decision::Approve);
        }
        let reject = Button::new("Reject: execution fails here")
            .danger()
            .disabled_because(blocked.or(wants_comment));
        if ui.add(reject).clicked() && !entered {
            self.send(cx, review, Decision::Reject);
        }
    }

    fn decide(&self, gate: &Gate, decision: Decision) -> Command {
        Command::Decide {
            gate: gate.clone(),
            decision,
            comment: self.comment.trim().to_owned(),
        }
    }

    fn send(&mut self, cx: &mut ViewContext<'_>, review: &Review, decision: Decision) {
        if self.answered.as_ref() == Some(&review.gate.token) {
            return;
        }
        self.answered = Some(review.gate.token.clone());
        cx.actions
            .push(UiAction::Send(self.decide(&review.gate, decision)));
    }

    /// Why nothing can be decided now, whatever is typed.
    fn blocked(
        &self,
        cx: &ViewContext<'_>,
        review: &Review,
        answer: &Answer,
        outcome: &Outcome<'_>,
    ) -> Option<String> {
        if matches!(answer, Answer::Reading) {
            return Some("The gate is being read again".to_owned());
        }
        let decide = self.decide(&review.gate, Decision::Approve);
        if let Some(reason) = cx.snapshot.refusal(&decide, cx.now) {
            return Some(reason);
        }
        if matches!(outcome, Outcome::Stopped(_) | Outcome::Elsewhere(_)) {
            return Some("Read the gate again first".to_owned());
        }
        (self.answered.as_ref() == Some(&review.gate.token))
            .then(|| "Decided with the last click; being sent".to_owned())
    }
}

/// Where a read-only account is opened for writes, in the place of what could not be used.
fn read_only_ui(ui: &mut Ui, place: &Place, cx: &mut ViewContext<'_>) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        if ui.add(Button::new("Open Accounts")).clicked() {
            cx.actions.push(UiAction::CloseGate);
            cx.actions.push(UiAction::Go(Route::Accounts));
        }
        let words = format!(
            "{} is read-only in Starboard. Its switch is on its card under Accounts.",
            place.name
        );
        ui.add(egui::Label::new(theme.soft(words)).wrap());
    });
}
