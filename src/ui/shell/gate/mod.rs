//! The approval dialog: the one place where a gate is decided.
//!
//! It reads the gate afresh when it opens and shows only what that reading said; the engine reads once more before it
//! sends. A decision names its object on its own button, is sent at most once for a token, and is followed by what AWS
//! makes of it. `Enter` never decides. The shell owns one dialog at a time and hands it the frame. Main thread.

mod decide;
mod outcome;

use std::sync::Arc;

use eframe::egui::{self, Align, Align2, Context, Id, Key, Layout, Margin, Modal, Modifiers, Ui};

use crate::model::command::Gate;
use crate::model::fault::{Fault, FaultClass};
use crate::model::graph::StageGraph;
use crate::model::ids::{ActionKey, ApprovalToken, ExecutionId, PipelineKey};
use crate::model::oneshot::{Oneshot, Request, Response, Review};
use crate::model::pipeline::Pipeline;
use crate::model::status::Status;
use crate::model::time::{Timestamp, ago};
use crate::model::two_person;
use crate::ui::action::{Actions, UiAction};
use crate::ui::shell::typed_name::TypedName;
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::gate_card::{self, Card};
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::{age, fault_banner, glyph, safe_text, skeleton};
use outcome::outcome_ui;

const WIDTH: f32 = 720.0;
const TOP: f32 = 92.0;

/// Lower in a high window, near the edge in a small one.
fn top_of(screen: f32) -> f32 {
    ((screen - 580.0) / 3.0).clamp(space::L, TOP)
}

pub struct GateDialog {
    pipeline: PipelineKey,
    action: ActionKey,
    /// Named where several executions may wait at the action.
    execution: Option<ExecutionId>,
    comment: String,
    /// The pipeline's name, as typed to approve in a production account.
    typed: TypedName,
    /// What was read last. It stays on screen while it is read again.
    review: Option<Arc<Review>>,
    /// What the gate's execution has passed, for as long as the pipeline is the same allocation.
    passed: Option<(Arc<Pipeline>, ExecutionId, StageGraph)>,
    /// An answer that was there before we asked.
    stale: Option<Timestamp>,
    /// The gate as a person last saw it: in the window when the dialog opened, then on the card.
    seen: Option<Gate>,
    /// How the fresh reading differs from that.
    changed: Option<String>,
    /// How high the part below the scrolling one is.
    foot: f32,
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
            typed: TypedName::default(),
            review: None,
            passed: None,
            stale: None,
            seen: None,
            changed: None,
            foot: 210.0,
            answered: None,
            asked: false,
        };
        let waits = cx.snapshot.board.needs.iter().find(|need| {
            let gate = &need.gate;
            gate.pipeline == dialog.pipeline
                && gate.action == dialog.action
                && dialog
                    .execution
                    .as_ref()
                    .is_none_or(|execution| *execution == gate.execution)
        });
        dialog.seen = waits.map(|need| need.gate.clone());
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
        let top = top_of(context.content_rect().height());
        let area = Modal::default_area(id)
            .anchor(Align2::CENTER_TOP, egui::vec2(0.0, top))
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
                    self.changed = self
                        .seen
                        .as_ref()
                        .and_then(|seen| outcome::changed(seen, &review.gate));
                    let before = self.review.replace(Arc::clone(review));
                    if before.is_some_and(|before| before.gate.token != review.gate.token) {
                        self.typed.clear();
                        self.comment.clear();
                    }
                    self.seen = Some(review.gate.clone());
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
        let top = ui.cursor().top();
        padded(14).show(ui, |ui| self.head_ui(ui, &place, cx, pipeline.as_deref()));
        line_ui(ui);
        let head = ui.cursor().top() - top;
        // What decides stays in sight, however small the window: the rest scrolls between head and foot.
        let screen = ui.ctx().content_rect().height();
        let room = screen - top_of(screen) - space::L - head - self.foot;
        egui::ScrollArea::vertical()
            .id_salt("card")
            .max_height(room.max(96.0))
            // A dialog grows with what is in it, up to this.
            .min_scrolled_height(room.max(96.0))
            .auto_shrink([false, true])
            .show(ui, |ui| {
                padded(12).show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    self.middle_ui(ui, cx, answer, pipeline.as_deref());
                });
            });
        let foot = ui.cursor().top();
        line_ui(ui);
        padded(12).show(ui, |ui| {
            self.foot_ui(ui, &place, cx, answer, pipeline.as_deref());
        });
        let foot = ui.cursor().top() - foot;
        if (foot - self.foot).abs() > 0.5 {
            self.foot = foot;
            ui.ctx()
                .request_discard("the card's foot changed its height");
        }
    }

    fn middle_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        answer: &Answer,
        pipeline: Option<&Pipeline>,
    ) {
        if let Answer::Failed(fault) = answer {
            if fault.class == FaultClass::Refused {
                // Somebody was first, or the gate is gone: news, not a fault.
                outcome_ui(ui, Status::Unknown, &fault.message);
            } else {
                fault_banner::show(ui, fault, cx.now);
            }
            ui.add_space(space::S);
        }
        match self.review.clone() {
            Some(review) => {
                let passed = self.passed.take();
                let card = Card {
                    review: &review,
                    pipeline,
                    graph: passed.as_ref().map(|(_, _, graph)| graph),
                    now: cx.now,
                    issues: cx.issues,
                };
                self.body_ui(ui, card, cx, answer);
                self.passed = passed;
            }
            None if matches!(answer, Answer::Failed(_)) => {}
            None => {
                skeleton::rows(ui, "Reading the gate and what goes out with it…", 5);
            }
        }
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

    fn body_ui(&mut self, ui: &mut Ui, card: Card<'_>, cx: &mut ViewContext<'_>, answer: &Answer) {
        let mut notices: Vec<String> = self.changed.iter().cloned().collect();
        if let Some(ended) = card.review.expires.filter(|ended| *ended <= cx.now) {
            notices.push(format!(
                "The time to answer ran out {}: AWS ends this gate as failed, and takes no answer any more.",
                ago(ended, cx.now)
            ));
        }
        let account = cx.snapshot.accounts.get(&self.pipeline.scope.account);
        if let Some(identity) = account.and_then(|account| account.identity.value()) {
            notices.extend(two_person::notices(card.review, &identity.arn));
        }
        // What waits behind comes first: a gate holds the older execution, and that is what goes out.
        gate_card::behind_ui(ui, card);
        gate_card::notices_ui(ui, card, &notices);
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.freshness_ui(ui, card.review, cx, answer);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    gate_card::caption_ui(ui, card);
                });
            });
        });
        gate_card::commits_ui(ui, card, cx.actions);
        gate_card::evidence_ui(ui, card);
        gate_card::alarms_ui(ui, card);
        gate_card::files_ui(ui, card);
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
}

/// How the fresh reading stands.
enum Answer {
    Reading,
    Fresh,
    Failed(Arc<Fault>),
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
