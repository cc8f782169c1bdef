//! One action as a card: its state, name, place and clock, and a strip of its last results.

use eframe::egui::{
    self, Align2, Color32, CornerRadius, FontId, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui,
    Vec2, WidgetInfo,
};

use crate::model::graph::{ActionNode, ActionTime, RECENT};
use crate::model::ids::ActionKey;
use crate::model::pipeline::ActionCategory;
use crate::model::status::Status;
use crate::model::time::{self, duration};
use crate::ui::theme::{self, font, size};
use crate::ui::widgets::stage_graph::{Drawing, GraphEvent, elsewhere};
use crate::ui::widgets::{age, glyph, safe_text};

/// Paints one card and tells what was done to it, and whether the pointer is on it.
pub fn action_ui(
    ui: &Ui,
    rect: Rect,
    scale: f32,
    action: &ActionNode,
    drawing: Drawing<'_>,
) -> (Option<GraphEvent>, bool) {
    let id = ui.scope_id().with(("action", &action.key));
    let response = ui.interact(rect, id, Sense::click());
    let is_selected = drawing.selected == Some(&action.key);
    let clock = action.clock(drawing.now);
    response.widget_info(|| {
        let name = spoken_name(action, &clock, drawing);
        WidgetInfo::selected(Role::Button, true, is_selected, name)
    });
    paint_frame(ui, rect, is_selected, &response);
    paint_words(ui, rect, scale, action, &clock, drawing);
    paint_strip(ui, rect, scale, &action.recent);
    if let Some(progress) = action.progress(drawing.now) {
        paint_progress(ui, rect, scale, progress);
    }
    tick(ui, action, drawing);
    let there = elsewhere::link_ui(ui, rect, scale, action, drawing);
    let (clicked, opened) = (response.clicked(), response.double_clicked());
    let hovered = response.hovered();
    response.on_hover_ui(|ui| {
        ui.label(theme::of(ui).body(hint(action, drawing)));
    });
    let event = if there {
        Some(GraphEvent::There(action.key.clone()))
    } else if opened {
        Some(GraphEvent::Open(action.key.clone()))
    } else {
        clicked.then(|| GraphEvent::Select(action.key.clone()))
    };
    (event, hovered)
}

/// `Build / unit: succeeded, CodeBuild, 1 m 58 s`.
fn spoken_name(action: &ActionNode, clock: &str, drawing: Drawing<'_>) -> String {
    let key = &action.key;
    let mut name = format!(
        "{} / {}: {}",
        safe_text::line(key.stage.as_str()),
        safe_text::line(key.action.as_str()),
        action.state.status.label()
    );
    let attempt = attempt_words(action).unwrap_or_default();
    let elsewhere = elsewhere::words(action, drawing.accounts).unwrap_or_default();
    let slow = if action.is_slow(drawing.now) {
        SLOW
    } else {
        ""
    };
    for more in [action.place().as_str(), &elsewhere, &attempt, clock, slow] {
        if !more.is_empty() {
            name.push_str(", ");
            name.push_str(&safe_text::line(more));
        }
    }
    name
}

/// What stands in the provider's place when an action runs longer than nine in ten of its runs.
const SLOW: &str = "slower than usual";

/// Which attempt it is, if not the first.
fn attempt_words(action: &ActionNode) -> Option<String> {
    (action.attempts > 1).then(|| format!("attempt {}", action.attempts))
}

fn paint_frame(ui: &Ui, rect: Rect, is_selected: bool, response: &egui::Response) {
    let theme = theme::of(ui);
    let line = if is_selected {
        Stroke::new(2.0, theme.accent)
    } else if response.hovered() || response.has_focus() {
        Stroke::new(1.0, theme.faint)
    } else {
        theme.outline()
    };
    let kind = if is_selected {
        StrokeKind::Middle
    } else {
        StrokeKind::Inside
    };
    let fill = if response.hovered() {
        theme.hover
    } else {
        theme.raised
    };
    let radius = CornerRadius::same(size::RADIUS);
    ui.painter().rect(rect, radius, fill, line, kind);
}

fn paint_words(
    ui: &Ui,
    rect: Rect,
    scale: f32,
    action: &ActionNode,
    clock: &str,
    drawing: Drawing<'_>,
) {
    let theme = theme::of(ui);
    let at = |x: f32, y: f32| rect.min + Vec2::new(x, y) * scale;
    let status = action.state.status;
    let mark = Rect::from_center_size(at(17.0, 18.0), Vec2::splat(size::GLYPH * scale));
    glyph::paint(ui, mark, status);
    let (left, right) = (at(10.0, 0.0).x, rect.right() - 10.0 * scale);
    let small = || sized(font::small(), scale);
    let mut name_right = right;
    if let Some(words) = attempt_words(action) {
        let place = Pos2::new(right, at(0.0, 18.0).y);
        let width = (right - left) * 0.5;
        let colour = theme.soft;
        let drawn = text(
            ui,
            place,
            Align2::RIGHT_CENTER,
            &words,
            small(),
            colour,
            width,
        );
        name_right = drawn.left() - 6.0 * scale;
    }
    let name = safe_text::line(action.key.action.as_str());
    let name_left = at(32.0, 0.0).x;
    let name_colour = if status == Status::NotRun && !action.declared {
        theme.faint
    } else {
        theme.text
    };
    text(
        ui,
        Pos2::new(name_left, at(0.0, 18.0).y),
        Align2::LEFT_CENTER,
        &name,
        sized(font::strong(), scale),
        name_colour,
        name_right - name_left,
    );
    let second = at(0.0, 36.0).y;
    let is_slow = action.is_slow(drawing.now);
    let so_far = match action.time {
        ActionTime::Since(then) if is_slow => time::rough(then.age(drawing.now)),
        _ => String::new(),
    };
    // Of what is slow the usual time is in the hint, so that the words fit.
    let clock = if is_slow { &so_far } else { clock };
    let clock_colour = match status {
        Status::Waiting => theme.wait,
        Status::Running if is_slow => theme.text,
        Status::Running => theme.soft,
        _ => theme.faint,
    };
    let clock_rect = text(
        ui,
        Pos2::new(right, second),
        Align2::RIGHT_CENTER,
        clock,
        small(),
        clock_colour,
        right - left,
    );
    let room = clock_rect.left() - left - 6.0 * scale;
    let (place, place_colour) = if is_slow {
        (SLOW.to_owned(), theme.text)
    } else {
        let elsewhere = elsewhere::words(action, drawing.accounts).map(|it| format!("↗ {it}"));
        (elsewhere.unwrap_or_else(|| action.place()), theme.faint)
    };
    text(
        ui,
        Pos2::new(left, second),
        Align2::LEFT_CENTER,
        &safe_text::line(&place),
        small(),
        place_colour,
        room,
    );
}

/// How far it is of its usual time, along the card's lower edge.
fn paint_progress(ui: &Ui, rect: Rect, scale: f32, progress: f32) {
    let theme = theme::of(ui);
    let height = (3.0 * scale).max(2.0);
    let inside = rect.shrink2(Vec2::new(f32::from(size::RADIUS), 1.0));
    let track = Rect::from_min_max(
        Pos2::new(inside.left(), inside.bottom() - height),
        inside.max,
    );
    let middle = track.left() + track.width() * progress;
    let done = track.with_max_x(middle);
    let rest = track.with_min_x(middle);
    let radius = CornerRadius::same(1);
    ui.painter().rect_filled(rest, radius, theme.line);
    ui.painter().rect_filled(done, radius, theme.run);
}

/// The last results, the newest at the right. A slot without a result is a quiet line.
fn paint_strip(ui: &Ui, rect: Rect, scale: f32, recent: &[Status]) {
    let theme = theme::of(ui);
    let gap = 2.0 * scale;
    let inside = rect.shrink2(Vec2::new(10.0 * scale, 0.0));
    let each = (inside.width() - gap * (RECENT - 1) as f32) / RECENT as f32;
    let top = rect.top() + 51.0 * scale;
    let blank = RECENT - recent.len().min(RECENT);
    for slot in 0..RECENT {
        let status = slot
            .checked_sub(blank)
            .and_then(|index| recent.get(index))
            .copied();
        let colour = match status {
            None | Some(Status::NotRun | Status::Queued) => theme.line,
            Some(status) => theme.status(status),
        };
        let left = inside.left() + (each + gap) * slot as f32;
        let segment = Rect::from_min_size(
            Pos2::new(left, top),
            Vec2::new(each, (3.0 * scale).max(2.0)),
        );
        ui.painter()
            .rect_filled(segment, CornerRadius::same(1), colour);
    }
}

/// Asks for the frame in which this card's clock says something new.
fn tick(ui: &Ui, action: &ActionNode, drawing: Drawing<'_>) {
    let ActionTime::Since(then) = action.time else {
        return;
    };
    let elapsed = then.age(drawing.now);
    if action.state.status == Status::Running && action.usual.is_none() {
        age::tick_second(ui, elapsed);
    } else {
        age::tick(ui, elapsed);
    }
}

fn hint(action: &ActionNode, drawing: Drawing<'_>) -> String {
    let mut lines = vec![format!(
        "{}: {}",
        safe_text::line(action.key.action.as_str()),
        action.state.status.label()
    )];
    if !action.state.word().is_empty() {
        lines.push(format!("AWS says {}", safe_text::line(action.state.word())));
    }
    match action.time {
        ActionTime::Since(then) => lines.push(format!("Since {}", then.local())),
        ActionTime::Took(span) if action.category == ActionCategory::Approval => {
            lines.push(format!("Waited {}", duration(span)));
        }
        ActionTime::Took(span) => lines.push(format!("Took {}", duration(span))),
        ActionTime::Unknown => {}
    }
    if let Some(usual) = action.usual {
        lines.push(format!("Usually {}", time::rough(usual)));
    }
    if let Some(slow) = action.slow.filter(|_| action.is_slow(drawing.now)) {
        lines.push(format!(
            "Slower than usual: nine in ten runs took at most {}",
            duration(slow)
        ));
    }
    if action.attempts > 1 {
        lines.push(format!("Attempt {}", action.attempts));
    }
    if let Some(words) = elsewhere::words(action, drawing.accounts) {
        lines.push(format!("Runs in {}", safe_text::line(&words)));
    }
    if let Some(percent) = action
        .percent_complete
        .filter(|_| action.state.status == Status::Running)
    {
        lines.push(format!("{percent} % complete"));
    }
    let said = action.error.as_ref().map(|error| &error.message);
    if let Some(said) = said.or(action.summary.as_ref()) {
        lines.push(safe_text::elide(&safe_text::line(said), 200).into_owned());
    }
    lines.extend(passed(action, drawing));
    let stage = drawing.graph.stage(&action.key.stage);
    if let Some(left) = stage.and_then(|stage| stage.leftover.as_ref()) {
        lines.push(format!(
            "An older execution was here last: {}",
            left.status.label()
        ));
    }
    if !action.declared {
        lines.push("No longer part of the pipeline".to_owned());
    }
    lines.join("\n")
}

/// What it takes and gives, a line for each: `Takes artifact source from Source / orders`.
fn passed(action: &ActionNode, drawing: Drawing<'_>) -> Vec<String> {
    const SHOWN: usize = 6;
    let name = |key: &ActionKey| format!("{} / {}", key.stage, key.action);
    let links = || drawing.graph.links.iter();
    let takes = links()
        .filter(|link| link.to == action.key)
        .map(|link| format!("Takes {} from {}", link.what.words(), name(&link.from)));
    let gives = links()
        .filter(|link| link.from == action.key)
        .map(|link| format!("Gives {} to {}", link.what.words(), name(&link.to)));
    let mut all: Vec<String> = takes
        .chain(gives)
        .map(|line| safe_text::line(&line).into_owned())
        .collect();
    let more = all.len().saturating_sub(SHOWN);
    all.truncate(SHOWN);
    if more > 0 {
        all.push(format!("and {more} more"));
    }
    all
}

/// A face at the drawing's scale.
pub fn sized(font: FontId, scale: f32) -> FontId {
    FontId::new(font.size * scale, font.family)
}

/// Paints one line, cut to a width with an ellipsis; returns where it stands.
pub fn text(
    ui: &Ui,
    at: Pos2,
    align: Align2,
    words: &str,
    font: FontId,
    colour: Color32,
    width: f32,
) -> Rect {
    let mut job = egui::text::LayoutJob::simple_singleline(words.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(0.0));
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let rect = align.anchor_size(at, galley.size());
    ui.painter().galley(rect.min, galley, colour);
    rect
}
