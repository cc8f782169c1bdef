//! Over the graph: what goes on beside the execution drawn, as a sentence whose executions are links.

use eframe::egui::{self, Role, Sense, Ui, WidgetInfo};

use crate::model::graph::{Note, Occupant, StageGraph, StageNode, WaitReason};
use crate::model::ids::ExecutionId;
use crate::model::pipeline::ExecutionMode;
use crate::model::status::Status;
use crate::model::time::{Timestamp, ago};
use crate::ui::theme::{self, font, size, space};
use crate::ui::widgets::stage_graph::GraphEvent;
use crate::ui::widgets::{age, glyph, safe_text};

/// The room of the mark that stands for what does not fit.
const ELLIPSIS: f32 = 18.0;

/// A part of the sentence.
enum Part<'a> {
    Mark(Status),
    Words(String),
    Execution(&'a ExecutionId, &'a str),
}

/// The sentence on one line; nothing if there is nothing to say. What does not fit is in the hint.
pub fn notes_ui(ui: &mut Ui, graph: &StageGraph, now: Timestamp) -> Option<GraphEvent> {
    let parts = story(graph, now);
    if parts.is_empty() {
        return None;
    }
    for note in &graph.notes {
        if let Note::Superseded { at: Some(at), .. } = note {
            age::tick(ui, at.age(now));
        }
    }
    let whole = sentence(&parts);
    let room = ui.available_rect_before_wrap();
    let mut event = None;
    // A child that takes no room of its parent's: what does not fit must not widen the window's content.
    let builder = egui::UiBuilder::new().max_rect(room).layout(*ui.layout());
    let mut line = ui.new_child(builder);
    let ui = &mut line;
    ui.shrink_clip_rect(room);
    ui.spacing_mut().item_spacing.x = 5.0;
    let theme = theme::of(ui);
    for part in parts {
        if ui.cursor().left() + width(ui, &part) > room.right() - ELLIPSIS {
            let rest = theme.small("…").color(theme.soft);
            ui.label(rest).on_hover_text(&whole);
            break;
        }
        match part {
            Part::Mark(status) => {
                ui.add_space(space::XS);
                glyph::status(ui, status, size::SMALL_GLYPH);
            }
            Part::Words(words) => {
                let words = theme.small(words).color(theme.soft);
                ui.add(egui::Label::new(words).extend())
                    .on_hover_text(&whole);
            }
            Part::Execution(execution, label) => {
                if execution_link(ui, execution, label) {
                    event = Some(GraphEvent::Execution(execution.clone()));
                }
            }
        }
    }
    event
}

fn width(ui: &Ui, part: &Part<'_>) -> f32 {
    let (words, face) = match part {
        Part::Mark(_) => return space::XS + size::SMALL_GLYPH,
        Part::Words(words) => (words.clone(), font::small()),
        Part::Execution(_, label) => (safe_text::line(label).into_owned(), font::mono()),
    };
    let colour = theme::of(ui).soft;
    ui.painter().layout_no_wrap(words, face, colour).size().x
}

fn sentence(parts: &[Part<'_>]) -> String {
    let mut whole = String::new();
    for part in parts {
        let words = match part {
            Part::Mark(_) => continue,
            Part::Words(words) => words,
            Part::Execution(_, label) => &*safe_text::line(label).into_owned(),
        };
        if !whole.is_empty() && !words.starts_with([';', ',']) {
            whole.push(' ');
        }
        whole.push_str(words);
    }
    whole
}

/// What a person would say of the executions beside each other.
fn story(graph: &StageGraph, now: Timestamp) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    if graph.mode == ExecutionMode::Parallel {
        return flight(graph);
    }
    for stage in graph.stages.iter().filter(|stage| stage.status.is_bad()) {
        held(&mut parts, stage);
    }
    let gate = graph
        .stages
        .iter()
        .find(|stage| stage.status == Status::Waiting && !graph.chosen);
    let told = gate.and_then(|stage| stage.occupant.as_ref().map(|it| (stage, it)));
    if let Some((stage, occupant)) = told {
        parts.push(Part::Mark(Status::Waiting));
        parts.push(Part::Words("Approving sends".to_owned()));
        parts.push(Part::Execution(&occupant.execution, &occupant.label));
        parts.push(Part::Words("on".to_owned()));
        next_ui(&mut parts, graph, stage);
    }
    let told = told.map(|(stage, _)| &stage.name);
    for stage in graph.stages.iter().filter(|it| Some(&it.name) != told) {
        waiting(&mut parts, graph, stage);
    }
    for note in &graph.notes {
        if let Note::Superseded {
            execution,
            label,
            at,
        } = note
        {
            parts.push(Part::Mark(Status::Superseded));
            parts.push(Part::Execution(execution, label));
            parts.push(Part::Words(at.map_or_else(
                || "was superseded".to_owned(),
                |at| format!("was superseded {}", ago(at, now)),
            )));
        }
    }
    parts
}

/// A stage that a condition does not let pass: no action of it tells why.
fn held(parts: &mut Vec<Part<'_>>, stage: &StageNode) {
    let refused = stage
        .conditions
        .iter()
        .find_map(|condition| Some((condition, condition.refusal()?)));
    let Some((condition, why)) = refused else {
        return;
    };
    let why = if why.is_empty() {
        String::new()
    } else {
        // The rest is in the condition's own hint.
        format!(": {}", safe_text::elide(&safe_text::line(&why), 72))
    };
    let name = safe_text::line(stage.name.as_str());
    let kind = condition.kind.label();
    parts.push(Part::Mark(Status::Failed));
    parts.push(Part::Words(format!(
        "{name} is held by its condition {kind}{why}"
    )));
}

/// What enters the stage of a gate when its execution has gone on.
fn next_ui<'a>(parts: &mut Vec<Part<'a>>, graph: &StageGraph, stage: &'a StageNode) {
    let Some(first) = stage.inbound.first() else {
        return;
    };
    parts.push(Part::Mark(Status::Queued));
    parts.push(Part::Execution(&first.execution, &first.label));
    let words = if !stage.transition.enabled {
        "waits before a closed way"
    } else if graph.mode == ExecutionMode::Superseded {
        "comes next, unless a newer one supersedes it"
    } else {
        "comes next"
    };
    parts.push(Part::Words(words.to_owned()));
    queue(parts, stage);
}

/// The rest of a queue: `; then c and 4 more`.
fn queue<'a>(parts: &mut Vec<Part<'a>>, stage: &'a StageNode) {
    let Some((Occupant { execution, label }, rest)) =
        stage.inbound.get(1..).and_then(<[_]>::split_first)
    else {
        return;
    };
    if let Some(Part::Words(words)) = parts.last_mut() {
        words.push_str("; then");
    }
    parts.push(Part::Execution(execution, label));
    if !rest.is_empty() {
        parts.push(Part::Words(format!("and {} more", rest.len())));
    }
}

fn waiting<'a>(parts: &mut Vec<Part<'a>>, graph: &'a StageGraph, stage: &'a StageNode) {
    let Some(first) = stage.inbound.first() else {
        return;
    };
    let reason = graph.notes.iter().find_map(|note| match note {
        Note::Waiting {
            execution, reason, ..
        } if *execution == first.execution => Some(reason),
        _ => None,
    });
    let name = safe_text::line(stage.name.as_str());
    let why = match reason {
        Some(WaitReason::Closed) => "which is closed".to_owned(),
        _ if graph.mode == ExecutionMode::Superseded => {
            "sent on when what is in it ends, unless a newer one supersedes it".to_owned()
        }
        _ => "sent on when what is in it ends".to_owned(),
    };
    parts.push(Part::Mark(Status::Queued));
    parts.push(Part::Execution(&first.execution, &first.label));
    parts.push(Part::Words(format!("waits before {name}, {why}")));
    queue(parts, stage);
}

/// PARALLEL mode: how many, and how many wait for a person.
fn flight(graph: &StageGraph) -> Vec<Part<'_>> {
    let count = graph.lanes.len();
    if count == 0 {
        return Vec::new();
    }
    let waits = graph
        .lanes
        .iter()
        .filter(|lane| lane.status == Status::Waiting)
        .count();
    let noun = if count == 1 {
        "execution"
    } else {
        "executions"
    };
    let mut parts = vec![Part::Words(format!("{count} {noun} in flight"))];
    if waits > 0 {
        let verb = if waits == 1 { "waits" } else { "wait" };
        parts.push(Part::Mark(Status::Waiting));
        parts.push(Part::Words(format!("{waits} {verb} for a person")));
    }
    parts
}

/// The short name of an execution, as a quiet link to it; returns whether it was clicked.
pub fn execution_link(ui: &mut Ui, execution: &ExecutionId, label: &str) -> bool {
    let theme = theme::of(ui);
    let label = safe_text::line(label).into_owned();
    let galley = ui
        .painter()
        .layout_no_wrap(label.clone(), font::mono(), theme.soft);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::click());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("Show execution {label}")));
    let colour = if response.hovered() || response.has_focus() {
        theme.accent
    } else {
        theme.text
    };
    ui.painter()
        .galley_with_override_text_color(rect.min, galley, colour);
    response.on_hover_text(execution.as_str()).clicked()
}
