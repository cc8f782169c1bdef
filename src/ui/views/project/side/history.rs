//! Every execution as far back as it was read, newest first, found by a few letters. A click shows what it did.
//!
//! The polled ones are there at once; older ones are read when a person asks (Request::History), and then the previous
//! and next execution lead over them too.

use std::sync::Arc;

use eframe::egui::{
    self, Align2, CornerRadius, Margin, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2,
};

use crate::model::board::subject;
use crate::model::graph::neighbour_execution;
use crate::model::history::{History, known};
use crate::model::ids::{BuildProjectKey, ExecutionId};
use crate::model::oneshot::{Oneshot, Request, Response};
use crate::model::pipeline::{ActionExecution, Execution};
use crate::model::status::Status;
use crate::model::time::{ago, duration};
use crate::ui::action::UiAction;
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::past_builds;
use crate::ui::views::project::scene::Scene;
use crate::ui::views::project::side::past::{Past, Read};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::stage_graph::line_of_text;
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{age, empty, fault_banner, glyph, safe_text, skeleton};

const ROW: f32 = 50.0;
/// Attempts shown above the list at most; Details has them all.
const ATTEMPTS: usize = 4;

/// The look at the history.
#[derive(Default)]
pub struct HistoryTab {
    filter: String,
    shown: Option<Shown>,
}

/// The rows, kept until what they are made of changes.
struct Shown {
    polled: Arc<Vec<Execution>>,
    history: Option<Arc<History>>,
    wanted: String,
    rows: Vec<Execution>,
}

impl Shown {
    fn new(polled: &Arc<Vec<Execution>>, history: Option<&Arc<History>>, wanted: String) -> Self {
        let rows = known(polled, history.map(Arc::as_ref))
            .into_iter()
            .filter(|execution| wanted.is_empty() || matches(execution, &wanted))
            .cloned()
            .collect();
        Self {
            polled: Arc::clone(polled),
            history: history.cloned(),
            wanted,
            rows,
        }
    }

    fn is_of(
        &self,
        polled: &Arc<Vec<Execution>>,
        history: Option<&Arc<History>>,
        wanted: &str,
    ) -> bool {
        Arc::ptr_eq(&self.polled, polled)
            && self.history.as_ref().map(Arc::as_ptr) == history.map(Arc::as_ptr)
            && self.wanted == wanted
    }
}

/// What History was asked, and what it answered.
pub fn older<'a>(scene: Scene<'_>, cx: &'a ViewContext<'_>) -> Option<&'a Oneshot> {
    cx.oneshots.get(&request(scene))
}

pub fn request(scene: Scene<'_>) -> Request {
    Request::History {
        pipeline: scene.pipeline.key.clone(),
    }
}

/// The history read so far beyond what is polled.
pub fn read<'a>(scene: Scene<'_>, cx: &'a ViewContext<'_>) -> Option<&'a Arc<History>> {
    match older(scene, cx) {
        Some(Oneshot::Ready {
            response: Response::History(history),
            ..
        }) => Some(history),
        _ => None,
    }
}

/// The execution before or after the one looked at, over all that were read. The inner none is "now".
#[expect(
    clippy::option_option,
    reason = "no neighbour, or the neighbour that is now"
)]
pub fn neighbour(
    scene: Scene<'_>,
    cx: &ViewContext<'_>,
    newer: bool,
) -> Option<Option<ExecutionId>> {
    let polled = scene.pipeline.executions.value()?;
    let history = read(scene, cx).map(Arc::as_ref);
    let all = known(polled, history);
    neighbour_execution(scene.pipeline, &all, scene.route.execution.as_ref(), newer)
}

impl HistoryTab {
    /// Paints it; returns the project whose past builds are to be searched.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        scene: Scene<'_>,
        past: &mut Past,
        cx: &mut ViewContext<'_>,
    ) -> Option<BuildProjectKey> {
        let Some(polled) = scene.pipeline.executions.value().map(Arc::clone) else {
            egui::Frame::new().inner_margin(12).show(ui, |ui| {
                skeleton::rows(ui, "Reading the executions…", 5);
            });
            return None;
        };
        if polled.is_empty() {
            empty::show(
                ui,
                "No execution yet",
                "Release a change, or push to the source, and it is listed here.",
                |_| {},
            );
            return None;
        }
        attempts_ui(ui, scene, cx);
        let projects = past_builds::projects(scene);
        let searched = egui::Frame::new()
            .inner_margin(Margin::symmetric(12, 6))
            .show(ui, |ui| self.tools_ui(ui, &projects))
            .inner;
        let read = past.of(scene, &polled, cx);
        let history = read.as_ref().map(|read| &read.history);
        let wanted = self.filter.trim().to_lowercase();
        let is_filtered = !wanted.is_empty();
        let kept = self.shown.take();
        let kept = kept.filter(|shown| shown.is_of(&polled, history, &wanted));
        let shown = kept.unwrap_or_else(|| Shown::new(&polled, history, wanted));
        let all = &self.shown.insert(shown).rows;
        // One row more tells how far back this goes.
        egui::ScrollArea::vertical()
            .id_salt("history")
            .auto_shrink(false)
            .show_rows(ui, ROW, all.len() + 1, |ui, rows| {
                for row in rows {
                    match all.get(row) {
                        Some(execution) => row_ui(ui, scene, execution, cx),
                        None => end_ui(ui, scene, (all.len(), is_filtered), read.as_ref(), cx),
                    }
                }
            });
        searched
    }

    /// The filter, and the way to the logs of what the pipeline has built before.
    fn tools_ui(&mut self, ui: &mut Ui, projects: &[BuildProjectKey]) -> Option<BuildProjectKey> {
        let room = Vec2::new(ui.available_width(), size::BUTTON);
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        let tools = ui.allocate_ui_with_layout(room, layout, |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let searched = if projects.is_empty() {
                None
            } else {
                past_builds::button_ui(ui, projects)
            };
            TextField::new(&mut self.filter, "Filter by commit, text, person or state")
                .width(ui.available_width())
                .show(ui);
            searched
        });
        tools.inner
    }
}

/// Whether these letters, in lower case, stand in what a row shows.
fn matches(execution: &Execution, wanted: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(wanted);
    has(execution.id.as_str())
        || has(shape(execution).label())
        || has(execution.state.word())
        || has(&execution.trigger.words())
        || execution.stop_reason.as_deref().is_some_and(has)
        || execution.rollback_of.is_some() && has("rollback")
        || execution
            .revisions
            .iter()
            .any(|revision| has(revision.id.as_str()) || has(&revision.summary))
}

/// What an execution is called: the short id of its first revision, else of itself.
fn label(execution: &Execution) -> &str {
    execution
        .revisions
        .first()
        .map_or_else(|| execution.id.short(), |revision| revision.id.short())
}

/// A rollback that succeeded undid something: that is never shown as a success.
pub fn shape(execution: &Execution) -> Status {
    match execution.state.status {
        Status::Succeeded if execution.rollback_of.is_some() => Status::RolledBack,
        status => status,
    }
}

/// What is told below the subject: what was special about it first.
fn facts(scene: Scene<'_>, execution: &Execution) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(of) = &execution.rollback_of {
        let to = crate::model::graph::label(scene.pipeline, of);
        facts.push(format!("rollback to {to}"));
    }
    if let Some(reason) = execution.stop_reason.as_ref().filter(|it| !it.is_empty()) {
        facts.push(format!("stopped: {reason}"));
    }
    facts.push(execution.trigger.words());
    facts.retain(|fact| !fact.is_empty());
    facts
}

fn row_ui(ui: &mut Ui, scene: Scene<'_>, execution: &Execution, cx: &mut ViewContext<'_>) {
    let is_drawn = scene.graph.execution.as_ref() == Some(&execution.id);
    if !execution_ui(ui, scene, execution, is_drawn, cx) {
        return;
    }
    if scene.graph.chosen || !is_drawn {
        let route = scene.with_execution(Some(execution.id.clone()));
        cx.actions.push(UiAction::Go(route));
    }
}

fn execution_ui(
    ui: &mut Ui,
    scene: Scene<'_>,
    execution: &Execution,
    is_drawn: bool,
    cx: &ViewContext<'_>,
) -> bool {
    let theme = theme::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::click());
    let status = shape(execution);
    let label = safe_text::line(label(execution)).into_owned();
    let what = execution
        .revisions
        .first()
        .map(|revision| subject(&revision.summary))
        .unwrap_or_default();
    let what = safe_text::line(&what).into_owned();
    let mut told = facts(scene, execution);
    if let Some(started) = execution.started {
        told.push(ago(started, cx.now));
        age::tick(ui, started.age(cx.now));
    }
    let told = safe_text::line(&told.join(" · ")).into_owned();
    let name = format!("Execution {label}: {}, {what}, {told}", status.label());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_drawn, &name));
    if is_drawn || response.hovered() || response.has_focus() {
        let fill = if is_drawn {
            theme.accent_bg
        } else {
            theme.hover
        };
        let inside = rect.shrink2(Vec2::new(4.0, 1.0));
        ui.painter()
            .rect_filled(inside, CornerRadius::same(size::RADIUS), fill);
    }
    let (left, right) = (rect.left() + 12.0, rect.right() - 14.0);
    let (first, second) = (rect.top() + 16.0, rect.top() + 35.0);
    let centre = pos2(left + size::SMALL_GLYPH / 2.0, first);
    let mark = Rect::from_center_size(centre, Vec2::splat(size::SMALL_GLYPH));
    glyph::paint(ui, mark, status);
    let from_left = |x: f32, y: f32, words: &str, font, colour, width: f32| {
        let at = pos2(x, y);
        line_of_text(ui, at, Align2::LEFT_CENTER, words, font, colour, width)
    };
    let words_left = left + 20.0;
    let id = from_left(words_left, first, &label, font::mono(), theme.soft, 110.0);
    let subject_left = id.right() + space::S;
    let room = right - subject_left;
    from_left(subject_left, first, &what, font::body(), theme.text, room);
    let took = match (execution.started, execution.updated) {
        (Some(started), Some(updated)) if !execution.state.status.is_moving() => {
            let took = duration(started.age(updated));
            match status {
                Status::Succeeded | Status::Failed => took,
                other => format!("{} · {took}", other.label()),
            }
        }
        _ => status.label().to_owned(),
    };
    let at = pos2(right, second);
    let align = Align2::RIGHT_CENTER;
    let took = line_of_text(ui, at, align, &took, font::small(), theme.faint, 170.0);
    let room = took.left() - words_left - space::S;
    from_left(words_left, second, &told, font::small(), theme.faint, room);
    let hint = hint(execution, &told);
    response.on_hover_text(hint).clicked()
}

fn hint(execution: &Execution, told: &str) -> String {
    let mut lines = vec![execution.id.to_string(), told.to_owned()];
    lines.extend(execution.revisions.iter().map(|revision| {
        let subject = subject(&revision.summary);
        format!("{}: {} {subject}", revision.action, revision.id)
    }));
    lines.extend(execution.status_summary.clone());
    lines.extend(execution.started.map(age::exact));
    lines.retain(|line| !line.is_empty());
    safe_text::block(&lines.join("\n")).into_owned()
}

/// How far back the list goes, and the way further back.
fn end_ui(
    ui: &mut Ui,
    scene: Scene<'_>,
    (shown, is_filtered): (usize, bool),
    read: Option<&Read>,
    cx: &mut ViewContext<'_>,
) {
    let theme = theme::of(ui);
    let request = request(scene);
    let state = cx.oneshots.get(&request).cloned();
    let wanted = Vec2::new(ui.available_width(), ROW);
    ui.allocate_ui_with_layout(
        wanted,
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.set_min_size(wanted);
            ui.add_space(12.0);
            match (state, read) {
                (Some(Oneshot::Ready { .. } | Oneshot::Pending { .. }), Some(read)) => {
                    let history = &read.history;
                    let end = if history.cut {
                        "AWS has older ones, up to twelve months"
                    } else {
                        "AWS lists no older ones"
                    };
                    let words = if is_filtered {
                        format!("{shown} found in {}", history.executions.len())
                    } else {
                        format!("{shown} executions; {end}")
                    };
                    ui.label(theme.small(words));
                    read.age_ui(ui, scene, cx);
                }
                (Some(Oneshot::Pending { .. }), None) => {
                    ui.label(theme.small("Reading older executions…"));
                }
                (Some(Oneshot::Failed { fault, .. }), _) => {
                    if ui.add(Button::new("Try again").small()).clicked() {
                        cx.actions.push(UiAction::Dismiss(request.clone()));
                        cx.actions.push(UiAction::Ask(request));
                    }
                    fault_banner::inline(ui, &fault);
                }
                _ => {
                    let button = Button::new("Read older executions").small();
                    let hint = "Up to five hundred, at most five calls";
                    if ui.add(button).on_hover_text(hint).clicked() {
                        cx.actions.push(UiAction::Ask(request));
                    }
                    if is_filtered {
                        ui.label(theme.small(format!("{shown} found so far")));
                    }
                }
            }
        },
    );
}

/// The attempts of the selected action in the execution drawn, where it was retried; latest first.
fn attempts_ui(ui: &mut Ui, scene: Scene<'_>, cx: &ViewContext<'_>) {
    let Some(action) = scene.selected else {
        return;
    };
    let attempts = scene.attempts_of(action);
    if attempts.len() < 2 {
        return;
    }
    let theme = theme::of(ui);
    egui::Frame::new()
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.spacing_mut().interact_size.y = size::LINE;
            let name = safe_text::line(action.key.action.as_str());
            let words = format!("{} attempts of {name}, latest first", attempts.len());
            ui.label(theme.caption(words));
            for (index, attempt) in attempts.iter().take(ATTEMPTS).enumerate() {
                attempt_ui(ui, attempts.len() - index, attempt, cx);
            }
            if attempts.len() > ATTEMPTS {
                let more = attempts.len() - ATTEMPTS;
                ui.label(theme.small(format!("and {more} earlier")));
            }
        });
    let line = ui.max_rect().x_range();
    ui.painter().hline(line, ui.cursor().top(), theme.outline());
}

/// An attempt on a line: its number, its state, when, how long, what it said.
pub fn attempt_ui(ui: &mut Ui, number: usize, attempt: &ActionExecution, cx: &ViewContext<'_>) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        glyph::status(ui, attempt.status(), size::SMALL_GLYPH);
        ui.label(theme.body(format!("Attempt {number}")));
        if let Some(started) = attempt.started {
            age::ago(ui, started, cx.now);
        }
        if let Some(took) = attempt.duration() {
            ui.label(theme.small(format!("took {}", duration(took))));
        }
        let said = attempt.error.as_ref().map(|error| &error.message);
        if let Some(said) = said.or(attempt.external_summary.as_ref()) {
            let words = theme.small(safe_text::line(said));
            ui.add(egui::Label::new(words).truncate())
                .on_hover_text(safe_text::block(said));
        }
    });
}
