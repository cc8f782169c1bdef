//! Every execution that AWS still lists, newest first. A click shows what it did.

use eframe::egui::{self, Align2, CornerRadius, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2};

use crate::model::board::subject;
use crate::model::graph::label;
use crate::model::pipeline::Execution;
use crate::model::time::{ago, duration};
use crate::ui::action::UiAction;
use crate::ui::theme::{self, font, size};
use crate::ui::view::ViewContext;
use crate::ui::views::project::scene::Scene;
use crate::ui::widgets::stage_graph::line_of_text;
use crate::ui::widgets::{age, empty, glyph, safe_text, skeleton};

const ROW: f32 = 48.0;

pub fn ui(ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
    let Some(executions) = scene.pipeline.executions.value() else {
        egui::Frame::new().inner_margin(12).show(ui, |ui| {
            skeleton::rows(ui, "Reading the executions…", 5);
        });
        return;
    };
    if executions.is_empty() {
        empty::show(
            ui,
            "No execution yet",
            "Release a change, or push to the source, and it is listed here.",
            |_| {},
        );
        return;
    }
    egui::ScrollArea::vertical()
        .id_salt("history")
        .auto_shrink(false)
        .show_rows(ui, ROW, executions.len(), |ui, rows| {
            for execution in executions.get(rows).unwrap_or_default() {
                if execution_ui(ui, scene, execution, cx) {
                    let is_current = !scene.graph.chosen
                        && scene.graph.execution.as_ref() == Some(&execution.id);
                    if !is_current {
                        cx.actions.push(UiAction::Go(
                            scene.with_execution(Some(execution.id.clone())),
                        ));
                    }
                }
            }
        });
}

fn execution_ui(
    ui: &mut Ui,
    scene: Scene<'_>,
    execution: &Execution,
    cx: &ViewContext<'_>,
) -> bool {
    let theme = theme::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::click());
    let is_drawn = scene.graph.execution.as_ref() == Some(&execution.id);
    let label = safe_text::line(&label(scene.pipeline, &execution.id)).into_owned();
    let what = execution
        .revisions
        .first()
        .map(|revision| subject(&revision.summary))
        .unwrap_or_default();
    let what = safe_text::line(&what).into_owned();
    let name = format!(
        "Execution {label}: {}, {what}",
        execution.state.status.label()
    );
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_drawn, &name));
    if is_drawn || response.hovered() || response.has_focus() {
        let fill = if is_drawn {
            theme.accent_bg
        } else {
            theme.hover
        };
        ui.painter().rect_filled(
            rect.shrink2(Vec2::new(4.0, 1.0)),
            CornerRadius::same(size::RADIUS),
            fill,
        );
    }
    let (left, right) = (rect.left() + 12.0, rect.right() - 14.0);
    let (first, second) = (rect.top() + 16.0, rect.top() + 34.0);
    let mark = Rect::from_center_size(
        pos2(left + size::SMALL_GLYPH / 2.0, first),
        Vec2::splat(size::SMALL_GLYPH),
    );
    glyph::paint(ui, mark, execution.state.status);
    let text = |x: f32, y: f32, align, words: &str, font, colour, width: f32| {
        line_of_text(ui, pos2(x, y), align, words, font, colour, width)
    };
    let name_left = left + 20.0;
    let id = text(
        name_left,
        first,
        Align2::LEFT_CENTER,
        &label,
        font::mono(),
        theme.soft,
        110.0,
    );
    let subject_left = id.right() + 8.0;
    text(
        subject_left,
        first,
        Align2::LEFT_CENTER,
        &what,
        font::body(),
        theme.text,
        right - subject_left,
    );
    let mut facts = vec![execution.trigger.label().to_owned()];
    if let Some(started) = execution.started {
        facts.push(ago(started, cx.now));
        age::tick(ui, started.age(cx.now));
    }
    if execution.rollback_of.is_some() {
        facts.push("a rollback".to_owned());
    }
    let took = match (execution.started, execution.updated) {
        (Some(started), Some(updated)) if !execution.state.status.is_moving() => {
            duration(started.age(updated))
        }
        _ => execution.state.status.label().to_owned(),
    };
    let took = text(
        right,
        second,
        Align2::RIGHT_CENTER,
        &took,
        font::small(),
        theme.faint,
        120.0,
    );
    facts.retain(|fact| !fact.is_empty());
    text(
        name_left,
        second,
        Align2::LEFT_CENTER,
        &safe_text::line(&facts.join(" · ")),
        font::small(),
        theme.faint,
        took.left() - name_left - 8.0,
    );
    let hint = execution
        .started
        .map_or_else(String::new, |at| format!("\n{}", age::exact(at)));
    response
        .on_hover_text(format!("{}{hint}", execution.id))
        .clicked()
}
