//! What is folded: a card that counts the actions behind it, and a box that counts whole stages. A click opens it.

use std::collections::BTreeMap;

use eframe::egui::{
    Align2, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
};

use crate::model::graph::{ActionNode, StageNode};
use crate::model::status::Status;
use crate::ui::theme::{self, font, size};
use crate::ui::widgets::stage_graph::card::{sized, text};
use crate::ui::widgets::{glyph, safe_text};

/// Names in a hint; the rest is counted.
const NAMED: usize = 12;

/// The actions of a row that are done. Returns whether they are to be shown.
pub fn actions_ui(
    ui: &Ui,
    rect: Rect,
    scale: f32,
    stage: &StageNode,
    hidden: &[&ActionNode],
) -> bool {
    let statuses = hidden.iter().map(|action| action.state.status);
    let words = counted(statuses);
    let stage = safe_text::line(stage.name.as_str()).into_owned();
    let name = format!("Show the actions of {stage} that are folded: {words}");
    let names = hidden.iter().map(|action| action.key.action.as_str());
    let Some(first) = hidden.first() else {
        return false;
    };
    let id = ui
        .scope_id()
        .with(("counter", &first.key.stage, rect_key(hidden)));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    paint_card(ui, rect, response.hovered() || response.has_focus());
    let theme = theme::of(ui);
    let worst = hidden.iter().map(|action| action.state.status).min();
    let mark = Rect::from_center_size(
        rect.min + Vec2::new(17.0, 18.0) * scale,
        Vec2::splat(size::GLYPH * scale),
    );
    glyph::paint_as(
        ui.painter(),
        mark,
        worst.unwrap_or(Status::Succeeded),
        theme.soft,
    );
    let at = rect.min + Vec2::new(32.0, 18.0) * scale;
    let room = rect.width() - 42.0 * scale;
    let strong = sized(font::strong(), scale);
    text(
        ui,
        at,
        Align2::LEFT_CENTER,
        &words,
        strong,
        theme.soft,
        room,
    );
    let at = rect.min + Vec2::new(10.0, 40.0) * scale;
    let small = sized(font::small(), scale);
    let room = rect.width() - 20.0 * scale;
    text(
        ui,
        at,
        Align2::LEFT_CENTER,
        "folded; click to show",
        small,
        theme.faint,
        room,
    );
    let hint = hint(&words, names);
    response.on_hover_text(hint).clicked()
}

/// Stages after each other that are done. Returns whether they are to be shown.
pub fn stages_ui(ui: &Ui, rect: Rect, scale: f32, stages: &[StageNode]) -> bool {
    let words = counted(stages.iter().map(|stage| stage.status));
    let count = stages.len();
    let Some(first) = stages.first() else {
        return false;
    };
    let id = ui.scope_id().with(("folded stages", &first.name));
    let response = ui.interact(rect, id, Sense::click());
    let name = format!("Show {count} folded stages: {words}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    paint_card(ui, rect, response.hovered() || response.has_focus());
    let theme = theme::of(ui);
    let worst = stages.iter().map(|stage| stage.status).min();
    let centre = rect.center();
    let mark = Rect::from_center_size(
        centre - Vec2::new(0.0, 26.0 * scale),
        Vec2::splat(size::GLYPH * scale),
    );
    glyph::paint_as(
        ui.painter(),
        mark,
        worst.unwrap_or(Status::Succeeded),
        theme.soft,
    );
    let room = rect.width() - 12.0 * scale;
    // All alike is said once.
    let kind = match words.strip_prefix(&format!("{count} ")) {
        Some(kind) => kind.to_owned(),
        None => words.clone(),
    };
    for (line, words, face, colour) in [
        (0.0, format!("{count} stages"), font::strong(), theme.soft),
        (18.0, kind, font::small(), theme.faint),
    ] {
        let at = centre + Vec2::new(0.0, line * scale);
        let face = sized(face, scale);
        text(ui, at, Align2::CENTER_CENTER, &words, face, colour, room);
    }
    let names = stages.iter().map(|stage| stage.name.as_str());
    response.on_hover_text(hint(&words, names)).clicked()
}

/// Tells two counters of one stage apart.
fn rect_key(hidden: &[&ActionNode]) -> String {
    hidden
        .first()
        .map(|action| action.key.action.to_string())
        .unwrap_or_default()
}

/// A dashed edge: there is more behind it.
fn paint_card(ui: &Ui, rect: Rect, lit: bool) {
    let theme = theme::of(ui);
    let fill = if lit { theme.hover } else { theme.panel };
    let line = if lit { theme.faint } else { theme.line };
    let radius = CornerRadius::same(size::RADIUS);
    let painter = ui.painter();
    painter.rect(
        rect,
        radius,
        fill,
        Stroke::new(1.0, line),
        StrokeKind::Inside,
    );
    // A second edge peeps out, as of cards in a pile.
    let under = rect.shrink2(Vec2::new(6.0, 0.0));
    painter.hline(under.x_range(), rect.bottom() + 2.0, Stroke::new(1.0, line));
}

/// `10 succeeded, 2 skipped`.
fn counted(statuses: impl Iterator<Item = Status>) -> String {
    let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
    for status in statuses {
        *counts.entry(status).or_default() += 1;
    }
    // The largest first: what is rare follows.
    let mut counts: Vec<(Status, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let words = counts
        .iter()
        .map(|(status, count)| format!("{count} {}", status.label()));
    words.collect::<Vec<_>>().join(", ")
}

fn hint<'a>(words: &str, names: impl Iterator<Item = &'a str>) -> String {
    let mut lines = vec![format!("{words}; click to show them")];
    let names: Vec<&str> = names.collect();
    lines.extend(
        names
            .iter()
            .take(NAMED)
            .map(|name| safe_text::elide(&safe_text::line(name), 60).into_owned()),
    );
    if names.len() > NAMED {
        lines.push(format!("and {} more", names.len() - NAMED));
    }
    lines.join("\n")
}
