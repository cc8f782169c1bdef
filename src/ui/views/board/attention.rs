//! The head of the Board: the gates that wait for a person, and what fails or is stuck, each with the reason and one
//! thing to do.

use eframe::egui::{
    self, Align, CornerRadius, Layout, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, Vec2,
    WidgetInfo,
};

use crate::model::board::{Board, Failing, Need, Stuck, StuckAt};
use crate::model::graph::StageGraph;
use crate::model::ids::{BuildKey, PipelineKey, Scope};
use crate::model::snapshot::Snapshot;
use crate::model::status::Status;
use crate::model::there;
use crate::model::time;
use crate::ui::action::UiAction;
use crate::ui::route::{ApprovalsTab, ProjectRoute, Route};
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::{age, glyph, safe_text};

const ROW: f32 = 62.0;
const SHOWN: usize = 3;
const READING: &str = "Not known yet: reading…";

/// The gate that `a` opens: the marked pipeline's, else the first that waits.
pub fn need_at(board: &Board, marked: Option<&PipelineKey>) -> usize {
    let needs = &mut board.needs.iter();
    needs
        .position(|need| Some(&need.gate.pipeline) == marked)
        .unwrap_or(0)
}

/// The failure that `w` leads to: the marked pipeline's, else the newest.
pub fn failing_at(board: &Board, marked: Option<&PipelineKey>) -> usize {
    let failing = &mut board.failing.iter();
    failing
        .position(|failing| Some(&failing.pipeline) == marked)
        .unwrap_or(0)
}

/// Both panels, side by side; below each other in a narrow window. The keys stand at the rows they act on.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, marked: Option<&PipelineKey>) {
    let board = &cx.snapshot.board;
    let (with_a, with_w) = (need_at(board, marked), failing_at(board, marked));
    let (needs, failing) = (board.needs.len(), board.failing.len());
    let stuck = board.stuck_at(cx.now).len();
    if let Some(next) = board.next_stuck(cx.now) {
        ui.ctx().request_repaint_after(cx.now.age(next));
    }
    let rows = needs.max(failing + stuck).clamp(1, SHOWN);
    // What has not been read may wait or fail: nothing is said of it.
    let reading = super::states::is_reading(cx);
    let known = |count: usize| (!reading || count > 0).then_some(count);
    let width = (ui.available_width() - space::L) / 2.0;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        section(ui, "needs", width, |ui| {
            let theme = theme::of(ui);
            let words = match known(needs) {
                None => "Needs you",
                Some(1) => "needs you",
                Some(_) => "need you",
            };
            let said = caption(ui, &[(known(needs), words, theme.wait)]);
            if said.is_some_and(|link| link.clicked()) {
                let approvals = Route::Approvals(ApprovalsTab::Waiting);
                cx.actions.push(UiAction::Go(approvals));
            }
            panel(
                ui,
                rows,
                needs,
                if reading {
                    READING
                } else {
                    "Nothing waits for a person."
                },
                |ui, index| {
                    if let Some(need) = cx.snapshot.board.needs.get(index).cloned() {
                        need_ui(ui, cx, &need, index == with_a);
                    }
                },
            );
        });
        section(ui, "failing", width, |ui| {
            let theme = theme::of(ui);
            let words = if known(failing).is_some() {
                "failing"
            } else {
                "Failing"
            };
            let fails = (known(failing), words, theme.fail);
            if stuck > 0 {
                caption(ui, &[fails, (Some(stuck), "stuck", theme.text)]);
            } else {
                caption(ui, &[fails]);
            }
            panel(
                ui,
                rows,
                failing + stuck,
                if reading {
                    READING
                } else {
                    "Nothing fails, and nothing is stuck."
                },
                |ui, index| {
                    let board = &cx.snapshot.board;
                    if let Some(failing) = board.failing.get(index).cloned() {
                        failing_ui(ui, cx, &failing, index == with_w);
                    } else if let Some(stuck) = board.stuck.get(index - failing).cloned() {
                        stuck_ui(ui, cx, &stuck);
                    }
                },
            );
        });
    });
}

fn section(ui: &mut Ui, name: &str, width: f32, content: impl FnOnce(&mut Ui)) {
    ui.push_id(name, |ui| {
        ui.vertical(|ui| {
            ui.set_width(width);
            content(ui);
        });
    });
}

/// Counts with their words, each count in its colour. What waits for a person leads to the place of its own, which is
/// what is handed back.
fn caption(ui: &mut Ui, parts: &[(Option<usize>, &str, egui::Color32)]) -> Option<egui::Response> {
    let theme = theme::of(ui);
    let room = Vec2::new(ui.available_width(), 16.0);
    let mut link = None;
    ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        for (count, words, colour) in parts {
            if let Some(count) = count {
                let colour = if *count == 0 { theme.faint } else { *colour };
                ui.label(theme.caption(count.to_string()).color(colour));
            }
            ui.label(theme.caption(*words));
            ui.add_space(space::S);
        }
        if parts.iter().any(|(_, _, colour)| *colour == theme.wait) {
            let words = egui::Label::new(theme.small("all approvals →")).sense(Sense::click());
            let response = ui
                .add(words)
                .on_hover_cursor(egui::CursorIcon::PointingHand);
            response.widget_info(|| WidgetInfo::labeled(Role::Link, true, "All approvals"));
            link = Some(response);
        }
    });
    ui.add_space(space::XS);
    link
}

/// A panel of as many rows as both sides show; more can be scrolled to.
fn panel(ui: &mut Ui, rows: usize, count: usize, empty: &str, mut row: impl FnMut(&mut Ui, usize)) {
    let theme = theme::of(ui);
    theme.panel_frame().show(ui, |ui| {
        let width = ui.available_width();
        let height = ROW * rows as f32;
        ui.set_width(width);
        ui.set_height(height);
        ui.spacing_mut().item_spacing.y = 0.0;
        if count == 0 {
            let inside = Layout::left_to_right(Align::Center);
            ui.allocate_ui_with_layout(Vec2::new(width, ROW), inside, |ui| {
                ui.add_space(space::L);
                ui.label(theme.soft(empty));
            });
            return;
        }
        ScrollArea::vertical()
            .id_salt("rows")
            .max_height(height)
            .auto_shrink([false, false])
            .show_rows(ui, ROW, count, |ui, range| {
                for index in range {
                    row(ui, index);
                    if index + 1 < count {
                        let y = ui.cursor().top() - 0.5;
                        let line = theme.row_line();
                        ui.painter().hline(ui.max_rect().x_range(), y, line);
                    }
                }
            });
    });
}

/// One row: a glyph, two lines, a button at the right. A click beside the button opens the pipeline.
fn row_ui(
    ui: &mut Ui,
    status: Status,
    name: &str,
    button: Button,
    first: impl FnOnce(&mut Ui),
    second: impl FnOnce(&mut Ui),
) -> (egui::Response, egui::Response) {
    let theme = theme::of(ui);
    let wanted = Vec2::new(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, name));
    if response.hovered() || response.has_focus() {
        let radius = CornerRadius::same(size::PANEL_RADIUS);
        let fill = theme.faded(theme.hover, 0.5);
        ui.painter().rect_filled(rect.shrink(1.0), radius, fill);
    }
    let side = 16.0;
    let mark = Rect::from_center_size(
        egui::pos2(rect.left() + 20.0, rect.center().y),
        Vec2::splat(side),
    );
    glyph::paint(ui, mark, status);
    let inside = Rect::from_min_max(
        egui::pos2(rect.left() + 40.0, rect.top()),
        egui::pos2(rect.right() - 12.0, rect.bottom()),
    );
    let layout = Layout::right_to_left(Align::Center);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(inside).layout(layout));
    ui.spacing_mut().item_spacing.x = space::S;
    let pressed = ui.add(button);
    ui.add_space(space::XS);
    let text = Rect::from_min_max(
        egui::pos2(inside.left(), inside.center().y - size::LINE - 1.0),
        egui::pos2(ui.cursor().right(), inside.center().y + size::LINE + 1.0),
    );
    for (line, content) in [
        (0.0, Box::new(first) as Box<dyn FnOnce(&mut Ui)>),
        (size::LINE + 1.0, Box::new(second)),
    ] {
        let top = text.top() + line;
        let room = Rect::from_min_size(
            egui::pos2(text.left(), top),
            Vec2::new(text.width(), size::LINE),
        );
        let layout = Layout::left_to_right(Align::Center);
        let mut line = ui.new_child(UiBuilder::new().max_rect(room).layout(layout));
        line.set_clip_rect(room.intersect(line.clip_rect()));
        content(&mut line);
    }
    (response, pressed)
}

fn title(ui: &mut Ui, pipeline: &str, what: &str) {
    let theme = theme::of(ui);
    let words = format!("{} · {}", safe_text::line(pipeline), safe_text::line(what));
    let most = (ui.available_width() * 0.6).max(80.0);
    let mut job = egui::text::LayoutJob::simple_singleline(words, font::strong(), theme.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width(most);
    ui.add(egui::Label::new(job));
}

fn place(ui: &mut Ui, cx: &ViewContext<'_>, scope: &Scope) {
    let account = cx.snapshot.accounts.get(&scope.account);
    let production = account.is_some_and(|account| account.production);
    let chip = Chip::new(super::account_words(cx, scope)).production(production);
    ui.add(chip.small()).on_hover_text(scope.to_string());
}

fn need_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, need: &Need, keyed: bool) {
    let gate = &need.gate;
    let name = format!("{} waits at {}", gate.pipeline.name, gate.action.action);
    let button = Button::new("Review").named(format!("Review {}", gate.pipeline.name));
    let button = if keyed { button.key("a") } else { button };
    let (row, pressed) = row_ui(
        ui,
        Status::Waiting,
        &name,
        button,
        |ui| {
            title(ui, gate.pipeline.name.as_str(), gate.action.action.as_str());
            place(ui, cx, &gate.pipeline.scope);
            waiting(ui, cx, need);
        },
        |ui| {
            let theme = theme::of(ui);
            let text = egui::Label::new(theme.soft(what_goes_out(need))).truncate();
            ui.add(text)
                .on_hover_text(safe_text::line(&need.change).as_ref());
        },
    );
    if pressed.clicked() {
        cx.actions.push(UiAction::OpenGate {
            pipeline: gate.pipeline.clone(),
            action: gate.action.clone(),
            execution: need.execution(),
        });
    } else if row.clicked() {
        cx.actions.push(UiAction::Go(Route::Project(ProjectRoute {
            action: Some(gate.action.clone()),
            ..ProjectRoute::new(gate.pipeline.clone())
        })));
    }
}

fn waiting(ui: &mut Ui, cx: &ViewContext<'_>, need: &Need) {
    let theme = theme::of(ui);
    let mut words = Vec::new();
    if let Some(since) = need.since {
        words.push(format!("since {}", time::rough(since.age(cx.now))));
    }
    if let Some(expires) = need.expires {
        let left = cx.now.age(expires);
        words.push(if left.is_zero() {
            "expires now".to_owned()
        } else {
            format!("expires in {}", time::rough(left))
        });
    }
    let Some(instant) = need.since.or(need.expires) else {
        return;
    };
    let text = theme.small(words.join(", "));
    age::show(ui, text, instant, cx.now);
}

/// `3 changes · “Retry idempotent captures only” by Ines Okafor · 1 newer waits behind`.
fn what_goes_out(need: &Need) -> String {
    let count = match need.executions {
        0 | 1 => String::new(),
        several => format!("{several} changes · "),
    };
    let change = if need.change.is_empty() {
        "what is in it is not known yet".to_owned()
    } else {
        format!("“{}”", safe_text::line(&need.change))
    };
    let author = match &need.author {
        Some(author) => format!(" by {}", safe_text::line(author)),
        None => String::new(),
    };
    let behind = match need.behind {
        0 => String::new(),
        1 => " · 1 newer waits behind".to_owned(),
        several => format!(" · {several} newer wait behind"),
    };
    format!("{count}{change}{author}{behind}")
}

fn failing_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, failing: &Failing, keyed: bool) {
    let pipeline = &failing.pipeline;
    let words = if failing.is_fleet && failing.status != Status::RolledBack {
        "Fleet"
    } else {
        "Why"
    };
    let name = format!(
        "{} {} at {}",
        pipeline.name,
        failing.status.label(),
        failing.what
    );
    let button = Button::new(words).named(format!("{words} {}", pipeline.name));
    let button = if keyed { button.key("w") } else { button };
    let (row, pressed) = row_ui(
        ui,
        failing.status,
        &name,
        button,
        |ui| {
            let theme = theme::of(ui);
            title(ui, pipeline.name.as_str(), &failing.what);
            place(ui, cx, &pipeline.scope);
            if let Some(at) = failing.at {
                age::show(ui, theme.small(time::ago(at, cx.now)), at, cx.now);
            }
        },
        |ui| {
            let theme = theme::of(ui);
            let reason = if failing.reason.is_empty() {
                "AWS gives no reason; the action's page may tell more"
            } else {
                &failing.reason
            };
            let reason = safe_text::line(reason);
            let label = egui::Label::new(theme.soft(reason.as_ref())).truncate();
            ui.add(label).on_hover_text(reason.as_ref());
        },
    );
    if pressed.clicked() {
        cx.actions.push(explain(failing, cx));
    } else if row.clicked() {
        cx.actions.push(UiAction::Go(why(failing)));
    }
}

fn stuck_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, stuck: &Stuck) {
    let pipeline = &stuck.pipeline;
    let (status, what, reason) = match &stuck.why {
        StuckAt::Slow { action, usual } => (
            Status::Running,
            action.action.as_str(),
            format!(
                "{} runs far longer than usual, which is {}",
                stuck.label,
                time::duration(*usual)
            ),
        ),
        StuckAt::Closed { stage, reason } => (
            Status::Queued,
            stage.as_str(),
            match reason {
                Some(reason) => format!("{} waits, the way in is closed: {reason}", stuck.label),
                None => format!("{} waits, the way in is closed", stuck.label),
            },
        ),
    };
    let name = format!("{} is stuck at {what}", pipeline.name);
    let button = Button::new("Look").named(format!("Look at {}", pipeline.name));
    let (row, pressed) = row_ui(
        ui,
        status,
        &name,
        button,
        |ui| {
            let theme = theme::of(ui);
            title(ui, pipeline.name.as_str(), what);
            place(ui, cx, &pipeline.scope);
            let words = format!("since {}", time::rough(stuck.since.age(cx.now)));
            age::show(ui, theme.small(words), stuck.since, cx.now);
        },
        |ui| {
            let theme = theme::of(ui);
            let reason = safe_text::line(&reason);
            let label = egui::Label::new(theme.soft(reason.as_ref())).truncate();
            ui.add(label).on_hover_text(reason.as_ref());
        },
    );
    if pressed.clicked() || row.clicked() {
        let action = match &stuck.why {
            StuckAt::Slow { action, .. } => Some(action.clone()),
            StuckAt::Closed { .. } => None,
        };
        cx.actions.push(UiAction::Go(Route::Project(ProjectRoute {
            action,
            ..ProjectRoute::new(pipeline.clone())
        })));
    }
}

/// Says why it failed: of a build the card, over the Board; of anything else its place.
pub fn explain(failing: &Failing, cx: &ViewContext<'_>) -> UiAction {
    match failed_build(failing, cx.snapshot) {
        Some(build) => UiAction::OpenWhy {
            build,
            place: Some(why(failing)),
        },
        None => UiAction::Go(why(failing)),
    }
}

/// The build that made a pipeline fail, if one did. Reads one pipeline's graph: for a press, not for each row.
fn failed_build(failing: &Failing, snapshot: &Snapshot) -> Option<BuildKey> {
    let pipeline = snapshot.pipelines.get(&failing.pipeline)?;
    let graph = StageGraph::of(pipeline, Some(&failing.execution))?;
    let failed = failing.action.as_ref()?;
    let action = graph.actions().find(|action| action.key == *failed)?;
    there::build_of(action, &failing.pipeline.scope, &snapshot.accounts)
}

/// The place that shows why: the failed action of the failed execution.
pub fn why(failing: &Failing) -> Route {
    Route::Project(ProjectRoute {
        execution: Some(failing.execution.clone()),
        action: failing.action.clone(),
        ..ProjectRoute::new(failing.pipeline.clone())
    })
}
