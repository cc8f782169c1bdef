//! The dialog that rolls a stage back: to which earlier execution, what runs again and what is taken back.
//!
//! The candidates are read when it opens (Request::RollbackCandidates). Enter never answers it.

use std::sync::Arc;

use eframe::egui::{self, Ui, Vec2, WidgetInfo};

use super::{confirm, dialog};
use crate::model::board::subject;
use crate::model::command::Command;
use crate::model::graph::label;
use crate::model::ids::{ExecutionId, PipelineKey, StageName};
use crate::model::oneshot::{Oneshot, Request, Response};
use crate::model::pipeline::{Execution, Pipeline};
use crate::model::status::Status;
use crate::model::time::ago;
use crate::ui::action::UiAction;
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::stage_graph::line_of_text;
use crate::ui::widgets::{age, fault_banner, safe_text, skeleton};

const TOP: f32 = 72.0;
const ROW: f32 = 44.0;

pub struct RollbackDialog {
    pipeline: PipelineKey,
    stage: StageName,
    picked: Option<ExecutionId>,
}

impl RollbackDialog {
    /// With what it asks for on opening: the candidates, as they are now.
    pub fn open(pipeline: PipelineKey, stage: StageName) -> (Self, [UiAction; 2]) {
        let dialog = Self {
            pipeline,
            stage,
            picked: None,
        };
        let request = dialog.request();
        (
            dialog,
            [UiAction::Dismiss(request.clone()), UiAction::Ask(request)],
        )
    }

    pub fn pipeline(&self) -> &PipelineKey {
        &self.pipeline
    }

    fn request(&self) -> Request {
        Request::RollbackCandidates {
            pipeline: self.pipeline.clone(),
            stage: self.stage.clone(),
        }
    }

    /// Shows it; returns whether it stays open.
    pub fn ui(&mut self, context: &egui::Context, cx: &mut ViewContext<'_>) -> bool {
        let snapshot = cx.snapshot;
        let pipeline = snapshot.pipelines.get(&self.pipeline).cloned();
        let place = Place::of(snapshot, cx.settings, &self.pipeline.scope);
        let mut decided = None;
        let closed = dialog::show(context, "rollback", 680.0, TOP, |ui| {
            let title = format!("Roll {} of {} back", self.stage, self.pipeline.name);
            confirm::head(ui, &title, &self.pipeline.scope, snapshot);
            let room = context.content_rect().height() - TOP - 300.0;
            dialog::body(ui, |ui| {
                let theme = theme::of(ui);
                ui.label(theme.caption("Executions that succeeded in this stage"));
                self.candidates_ui(ui, room.clamp(ROW * 2.0, ROW * 7.0), cx);
                ui.add_space(space::S);
                if let Some(pipeline) = &pipeline {
                    self.consequences_ui(ui, pipeline, cx);
                }
            });
            let command = self.command();
            let refused = match &command {
                None => Some("Pick the execution to go back to".to_owned()),
                Some(command) => snapshot.refusal(command, cx.now),
            };
            let words = self.button(&place, cx);
            decided = confirm::foot_ui(ui, &words, true, refused);
        });
        if let (Some(true), Some(command)) = (decided, self.command()) {
            cx.actions.push(UiAction::Send(command));
        }
        decided.is_none() && !closed
    }

    fn command(&self) -> Option<Command> {
        Some(Command::RollbackStage {
            pipeline: self.pipeline.clone(),
            stage: self.stage.clone(),
            target: self.picked.clone()?,
        })
    }

    fn button(&self, place: &Place, cx: &ViewContext<'_>) -> String {
        let to = self.candidate(cx).map_or_else(
            || "an earlier execution".to_owned(),
            |execution| brought(&execution),
        );
        format!(
            "Roll back to {to}: {} of {} in {}",
            self.stage,
            self.pipeline.name,
            place.object()
        )
    }

    fn candidate(&self, cx: &ViewContext<'_>) -> Option<Execution> {
        let picked = self.picked.as_ref()?;
        let Some(Oneshot::Ready {
            response: Response::RollbackCandidates(all),
            ..
        }) = cx.oneshots.get(&self.request())
        else {
            return None;
        };
        all.iter()
            .find(|execution| execution.id == *picked)
            .cloned()
    }

    fn candidates_ui(&mut self, ui: &mut Ui, height: f32, cx: &mut ViewContext<'_>) {
        let theme = theme::of(ui);
        let request = self.request();
        match cx.oneshots.get(&request) {
            Some(Oneshot::Ready {
                response: Response::RollbackCandidates(all),
                ..
            }) if all.is_empty() => {
                let words = "None can be gone back to. AWS rolls back only to executions of the pipeline's current version that succeeded in this stage, not counting rollbacks.";
                ui.add(egui::Label::new(theme.soft(words)).wrap());
            }
            Some(Oneshot::Ready {
                response: Response::RollbackCandidates(all),
                ..
            }) => {
                let all = Arc::clone(all);
                let shown = height.min(ROW * all.len() as f32);
                egui::ScrollArea::vertical()
                    .id_salt("candidates")
                    .max_height(shown)
                    .min_scrolled_height(shown)
                    .auto_shrink([false, true])
                    .show_rows(ui, ROW, all.len(), |ui, rows| {
                        ui.spacing_mut().item_spacing.y = 0.0;
                        for execution in all.get(rows).unwrap_or_default() {
                            let is_on = self.picked.as_ref() == Some(&execution.id);
                            if candidate_ui(ui, execution, is_on, cx) {
                                self.picked = Some(execution.id.clone());
                            }
                        }
                    });
            }
            Some(Oneshot::Failed { fault, .. }) => {
                fault_banner::show(ui, fault, cx.now);
                ui.add_space(space::S);
                if ui.add(Button::new("Try again").small()).clicked() {
                    cx.actions.push(UiAction::Dismiss(request.clone()));
                    cx.actions.push(UiAction::Ask(request));
                }
            }
            _ => {
                skeleton::rows(ui, "Reading what it can go back to…", 3);
            }
        }
    }

    fn consequences_ui(&self, ui: &mut Ui, pipeline: &Pipeline, cx: &ViewContext<'_>) {
        let theme = theme::of(ui);
        ui.label(theme.caption("What happens"));
        let to = self.candidate(cx);
        for sentence in consequences(pipeline, &self.stage, to.as_ref()) {
            ui.add(egui::Label::new(theme.soft(safe_text::line(&sentence))).wrap());
        }
    }
}

/// The short ids of what an execution brought; of one without revisions, its own.
fn brought(execution: &Execution) -> String {
    let ids: Vec<&str> = execution.revisions.iter().map(|it| it.id.short()).collect();
    if ids.is_empty() {
        execution.id.short().to_owned()
    } else {
        ids.join(", ")
    }
}

fn candidate_ui(ui: &mut Ui, execution: &Execution, is_on: bool, cx: &ViewContext<'_>) -> bool {
    let theme = theme::of(ui);
    let size = Vec2::new(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, egui::Sense::click());
    let ids = safe_text::line(&brought(execution)).into_owned();
    let says = execution.revisions.first().map(|it| subject(&it.summary));
    let says = safe_text::line(&says.unwrap_or_default()).into_owned();
    let when = execution.updated.or(execution.started);
    let mut facts = when.map_or_else(String::new, |at| ago(at, cx.now));
    if let Some(by) = execution.trigger.person() {
        facts.push_str(&format!(" · started by {}", safe_text::line(&by)));
    } else if !execution.trigger.label().is_empty() {
        facts.push_str(&format!(" · {}", execution.trigger.label()));
    }
    let name = format!("Go back to {ids}: {says}, {facts}");
    response.widget_info(|| WidgetInfo::selected(egui::Role::RadioButton, true, is_on, &name));
    if is_on || response.hovered() || response.has_focus() {
        let fill = if is_on { theme.accent_bg } else { theme.hover };
        let radius = egui::CornerRadius::same(size::RADIUS);
        ui.painter()
            .rect_filled(rect.shrink2(Vec2::new(0.0, 1.0)), radius, fill);
    }
    let mark = egui::pos2(rect.left() + 14.0, rect.center().y);
    let ring = egui::Stroke::new(1.0, theme.soft);
    ui.painter().circle_stroke(mark, 6.0, ring);
    if is_on {
        ui.painter().circle_filled(mark, 3.5, theme.accent);
    }
    let (left, right) = (rect.left() + 30.0, rect.right() - 8.0);
    let (first, second) = (rect.top() + 14.0, rect.top() + 31.0);
    let text = |x: f32, y: f32, words: &str, font, colour| {
        let align = egui::Align2::LEFT_CENTER;
        line_of_text(ui, egui::pos2(x, y), align, words, font, colour, right - x)
    };
    let id = text(left, first, &ids, font::mono(), theme.soft);
    text(
        id.right() + space::S,
        first,
        &says,
        font::body(),
        theme.text,
    );
    text(left, second, &facts, font::small(), theme.faint);
    if let Some(at) = when {
        age::tick(ui, at.age(cx.now));
    }
    let exact = when.map_or_else(String::new, |at| format!("\n{}", age::exact(at)));
    response
        .on_hover_text(format!("{}{exact}", execution.id))
        .clicked()
}

/// The execution that last went through a stage: the newest of which its last actions succeeded.
fn runs_now<'a>(pipeline: &'a Pipeline, stage: &StageName) -> Option<&'a ExecutionId> {
    let declared = pipeline.definition.value()?.stage(stage)?;
    let last = declared
        .actions
        .iter()
        .map(|action| action.run_order)
        .max()?;
    let last = declared
        .actions
        .iter()
        .filter(|action| action.run_order == last);
    let names: Vec<_> = last.map(|action| &action.name).collect();
    let attempts = pipeline.actions.value()?;
    let passed = attempts.iter().find(|attempt| {
        attempt.action.stage == *stage
            && attempt.state.status == Status::Succeeded
            && names.contains(&&attempt.action.action)
    })?;
    Some(&passed.execution)
}

/// What runs again, and what the stage runs before and after.
fn consequences(pipeline: &Pipeline, stage: &StageName, to: Option<&Execution>) -> Vec<String> {
    let declared = pipeline
        .definition
        .value()
        .and_then(|definition| definition.stage(stage));
    let actions: Vec<&str> = declared
        .into_iter()
        .flat_map(|stage| &stage.actions)
        .map(|action| action.name.as_str())
        .collect();
    let what = to.map_or_else(|| "that execution".to_owned(), brought);
    let mut said = vec![format!(
        "Every action of {stage} runs again, deployments included, with what {what} brought: {}.",
        actions.join(", ")
    )];
    said.push(match runs_now(pipeline, stage) {
        Some(now) if to.is_some_and(|to| to.id == *now) => {
            format!("{stage} runs {what} already, as far as is known: it would bring the same again.")
        }
        Some(now) => format!(
            "{stage} now runs what {} brought; then it runs what {what} brought. Other stages stay as they are.",
            label(pipeline, now)
        ),
        None => format!("{stage} then runs what {what} brought. Other stages stay as they are."),
    });
    said.push(
        "A new execution of type ROLLBACK does it and ends with this stage; the next release brings the newest again.".to_owned(),
    );
    said
}
