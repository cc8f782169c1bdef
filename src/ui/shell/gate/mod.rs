//! The approval dialog: the one place where a gate is decided.
//!
//! It reads the gate afresh when it opens and shows only what that reading said; the engine reads once more before it
//! sends. A decision names its object on its own button, is sent at most once for a token, and is followed by what AWS
//! makes of it. `Enter` never decides. The shell owns one dialog at a time and hands it the frame. Main thread.

mod outcome;

use std::sync::Arc;

use eframe::egui::{self, Align, Align2, Context, Id, Key, Layout, Margin, Modal, Modifiers, Ui};

use crate::model::command::{COMMENT_LIMIT, Command, Decision, Gate};
use crate::model::graph::StageGraph;
use crate::model::ids::{ActionKey, ApprovalToken, ExecutionId, PipelineKey};
use crate::model::oneshot::{Oneshot, Request, Response, Review};
use crate::model::pipeline::Pipeline;
use crate::model::status::Status;
use crate::model::time::{Timestamp, ago};
use crate::ui::action::{Actions, UiAction};
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::gate_card::{self, Card};
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{age, commit_list, fault_banner, glyph, safe_text, skeleton};
use outcome::{Outcome, outcome_ui};

const WIDTH: f32 = 720.0;
const TOP: f32 = 92.0;

pub struct GateDialog {
    pipeline: PipelineKey,
    action: ActionKey,
    /// Named where several executions may wait at the action.
    execution: Option<ExecutionId>,
    comment: String,
    /// The pipeline's name, as typed to approve in a production account.
    typed: String,
    /// What was read last. It stays on screen while it is read again.
    review: Option<Arc<Review>>,
    /// What the gate's execution has passed, for as long as the pipeline is the same allocation.
    passed: Option<(Arc<Pipeline>, ExecutionId, StageGraph)>,
    /// An answer that was there before we asked.
    stale: Option<Timestamp>,
    /// The gate this dialog has decided: its buttons stay off from the first click on.
    answered: Option<ApprovalToken>,
    /// Whether an answer is waited for: what comes otherwise is not this dialog's.
    asked: bool,
}

impl GateDialog {
    /// Opens on a gate and asks for the fresh reading.
    pub fn open(
        pipeline: PipelineKey,
        action: ActionKey,
        execution: Option<ExecutionId>,
        cx: &mut ViewContext<'_>,
    ) -> Self {
        let mut dialog = Self {
            pipeline,
            action,
            execution,
            comment: String::new(),
            typed: String::new(),
            review: None,
            passed: None,
            stale: None,
            answered: None,
            asked: false,
        };
        dialog.read_again(cx);
        dialog
    }

    pub fn pipeline(&self) -> &PipelineKey {
        &self.pipeline
    }

    /// Paints the dialog; pushes [`UiAction::CloseGate`] when it is to go.
    pub fn ui(&mut self, context: &Context, cx: &mut ViewContext<'_>) {
        let theme = theme::named(context.global_style().visuals.dark_mode);
        let id = Id::unique("approval dialog");
        let area = Modal::default_area(id)
            .anchor(Align2::CENTER_TOP, egui::vec2(0.0, TOP))
            .accessible_name("Approval");
        let frame = egui::Frame::new()
            .fill(theme.panel)
            .stroke(theme.outline())
            .corner_radius(size::DIALOG_RADIUS)
            .shadow(context.global_style().visuals.window_shadow);
        let answer = self.take_answer(cx);
        let modal = Modal::new(id)
            .area(area)
            .frame(frame)
            .backdrop_color(theme.shade);
        let shown = modal.show(context, |ui| {
            ui.set_width(WIDTH.min(context.content_rect().width() - 2.0 * space::L));
            self.card_ui(ui, cx, &answer);
        });
        let escape = shown.is_top_modal
            && !shown.any_popup_open
            && context.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        // A click beside the card must not throw away what was typed.
        let left =
            shown.backdrop_response.clicked() && self.comment.is_empty() && self.typed.is_empty();
        if escape || left {
            cx.actions.push(UiAction::CloseGate);
        }
    }

    fn request(&self) -> Request {
        Request::Review {
            pipeline: self.pipeline.clone(),
            action: self.action.clone(),
            execution: self.execution.clone(),
        }
    }

    fn read_again(&mut self, cx: &mut ViewContext<'_>) {
        let request = self.request();
        self.stale = match cx.oneshots.get(&request) {
            Some(Oneshot::Ready { at, .. } | Oneshot::Failed { at, .. }) => Some(*at),
            Some(Oneshot::Pending { .. }) | None => None,
        };
        self.answered = None;
        self.asked = true;
        cx.actions.push(UiAction::Dismiss(request.clone()));
        cx.actions.push(UiAction::Ask(request));
    }

    /// Takes over a fresh reading and tells how the asking stands.
    ///
    /// Only what this dialog asked for is taken: the view below reads the same gate when it moves on, and what then
    /// waits must never slip under a hand that is about to decide on something else.
    fn take_answer(&mut self, cx: &ViewContext<'_>) -> Answer {
        if !self.asked {
            return Answer::Fresh;
        }
        match cx.oneshots.get(&self.request()) {
            Some(Oneshot::Ready { at, response }) if self.stale != Some(*at) => {
                if let Response::Review(review) = response {
                    let before = self.review.replace(Arc::clone(review));
                    if before.is_some_and(|before| before.gate.token != review.gate.token) {
                        self.typed.clear();
                        self.comment.clear();
                    }
                    self.asked = false;
                }
                Answer::Fresh
            }
            Some(Oneshot::Failed { at, fault }) if self.stale != Some(*at) => {
                Answer::Failed(Arc::clone(fault))
            }
            _ => Answer::Reading,
        }
    }

    fn card_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, answer: &Answer) {
        let place = Place::of(cx.snapshot, cx.settings, &self.pipeline.scope);
        let pipeline = cx.snapshot.pipelines.get(&self.pipeline).cloned();
        self.follow(pipeline.as_ref());
        let padded = |vertical| egui::Frame::new().inner_margin(Margin::symmetric(20, vertical));
        padded(16).show(ui, |ui| self.head_ui(ui, &place, cx, pipeline.as_deref()));
        line_ui(ui);
        padded(12).show(ui, |ui| {
            ui.set_width(ui.available_width());
            if let Answer::Failed(fault) = answer {
                fault_banner::show(ui, fault, cx.now);
                ui.add_space(space::S);
            }
            match self.review.clone() {
                Some(review) => {
                    let passed = self.passed.take();
                    let card = Card {
                        review: &review,
                        pipeline: pipeline.as_deref(),
                        graph: passed.as_ref().map(|(_, _, graph)| graph),
                        now: cx.now,
                        issues: cx.issues,
                    };
                    self.body_ui(ui, card, &place, cx, answer);
                    self.passed = passed;
                }
                None if matches!(answer, Answer::Failed(_)) => {}
                None => {
                    skeleton::rows(ui, "Reading the gate and what goes out with it…", 5);
                }
            }
        });
        line_ui(ui);
        padded(12).show(ui, |ui| {
            self.foot_ui(ui, &place, cx, answer, pipeline.as_deref());
        });
    }

    /// Joins the graph anew if the pipeline or the gate's execution changed.
    fn follow(&mut self, pipeline: Option<&Arc<Pipeline>>) {
        let (Some(pipeline), Some(review)) = (pipeline, &self.review) else {
            self.passed = None;
            return;
        };
        let execution = &review.gate.execution;
        let is_same = self
            .passed
            .as_ref()
            .is_some_and(|(of, at, _)| Arc::ptr_eq(of, pipeline) && at == execution);
        if !is_same {
            self.passed = StageGraph::of(pipeline, Some(execution))
                .map(|graph| (Arc::clone(pipeline), execution.clone(), graph));
        }
    }

    fn head_ui(
        &self,
        ui: &mut Ui,
        place: &Place,
        cx: &mut ViewContext<'_>,
        pipeline: Option<&Pipeline>,
    ) {
        let theme = theme::of(ui);
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            glyph::status(ui, Status::Waiting, 16.0);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                place.chip(ui);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let title = format!("{}: {}", self.pipeline.name, self.action.action);
                    let title = egui::RichText::new(safe_text::line(&title))
                        .font(font::heading())
                        .color(theme.text);
                    ui.add(egui::Label::new(title).truncate());
                });
            });
        });
        if let Some(review) = &self.review {
            let card = Card {
                review,
                pipeline,
                graph: None,
                now: cx.now,
                issues: cx.issues,
            };
            gate_card::facts_ui(ui, card, cx.actions);
        }
    }

    fn body_ui(
        &mut self,
        ui: &mut Ui,
        card: Card<'_>,
        place: &Place,
        cx: &mut ViewContext<'_>,
        answer: &Answer,
    ) {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.freshness_ui(ui, card.review, cx, answer);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    gate_card::caption_ui(ui, card);
                });
            });
        });
        let screen = ui.ctx().content_rect().height();
        gate_card::commits_ui(
            ui,
            card,
            (screen - TOP - 430.0).clamp(80.0, 360.0),
            cx.actions,
        );
        ui.add_space(space::S);
        gate_card::passed_ui(ui, card);
        ui.add_space(space::S);
        gate_card::behind_ui(ui, card);
        ui.add_space(space::M);
        self.comment_ui(ui);
        if place.production {
            ui.add_space(space::S);
            ui.horizontal(|ui| {
                let theme = theme::of(ui);
                let name = safe_text::line(self.pipeline.name.as_str()).into_owned();
                ui.label(theme.soft(format!("{} is a production account. Type", place.name)));
                ui.label(theme.mono(&name));
                ui.label(theme.soft("to approve:"));
                TextField::new(&mut self.typed, "pipeline's name")
                    .mono()
                    .width(ui.available_width())
                    .show(ui)
                    .accessible_name("Name of the pipeline");
            });
        }
    }

    /// When the gate was read, which a click does again.
    fn freshness_ui(
        &mut self,
        ui: &mut Ui,
        review: &Review,
        cx: &mut ViewContext<'_>,
        answer: &Answer,
    ) {
        let is_reading = matches!(answer, Answer::Reading);
        let words = if is_reading {
            "Reading again…".to_owned()
        } else {
            format!("Read {}", ago(review.read_at, cx.now))
        };
        let button = Button::new(words)
            .quiet()
            .small()
            .named("Read the gate again")
            .disabled_because(is_reading.then(|| "It is being read".to_owned()));
        let response = ui
            .add(button)
            .on_hover_text("Read again. It is also read once more before anything is sent.");
        if response.clicked() {
            self.read_again(cx);
        }
        age::tick(ui, review.read_at.age(cx.now));
    }

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

    fn foot_ui(
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
        let blocked = self.blocked(cx, &review, answer, &outcome);
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.buttons_ui(ui, place, cx, &review, blocked.as_deref());
            });
        });
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
        let wants_name = (place.production && self.typed.trim() != self.pipeline.name.as_str())
            .then(|| {
                format!(
                    "Type {} above: {} is a production account",
                    self.pipeline.name, place.name
                )
            });
        let wants_comment = self
            .comment
            .trim()
            .is_empty()
            .then(|| "A rejection needs a comment: it is all the others will read".to_owned());
        let blocked = blocked.map(str::to_owned).or(too_long);
        let approve = format!(
            "Approve: {} to {}",
            commit_list::count_words(&review.changes),
            place.object()
        );
        let approve = Button::new(approve)
            .go()
            .most_width((ui.available_width() - 190.0).max(200.0))
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

/// How the fresh reading stands.
enum Answer {
    Reading,
    Fresh,
    Failed(Arc<crate::model::fault::Fault>),
}

fn close_ui(ui: &mut Ui, actions: &mut Actions) {
    if ui.add(Button::new("Close").key("Esc")).clicked() {
        actions.push(UiAction::CloseGate);
    }
}

fn line_ui(ui: &mut Ui) {
    let theme = theme::of(ui);
    let line = ui.max_rect().x_range();
    ui.painter().hline(line, ui.cursor().top(), theme.outline());
    ui.add_space(1.0);
}
