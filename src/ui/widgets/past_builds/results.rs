//! What was found: a row for each build with a hit, and below it one for each of its first lines.
//!
//! Rows are virtual and of one height; they are counted anew when the search has found more. Main thread.

use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    self, CornerRadius, Id, Key, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2,
};

use crate::model::ids::{BuildKey, LogKey};
use crate::model::log::LineNo;
use crate::model::past::{PastHit, PastHits, PastSearch};
use crate::model::time;
use crate::ui::keys;
use crate::ui::theme::{self, font, size};
use crate::ui::view::ViewContext;
use crate::ui::widgets::attempts::reveal;
use crate::ui::widgets::log_view::grouped;
use crate::ui::widgets::{glyph, safe_text};

const ROW: f32 = 24.0;
const PADDING: f32 = 12.0;
/// The room of a line's number.
const NUMBER: f32 = 64.0;

/// A row: a build among those found, and one of its lines or its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    build: usize,
    hit: Option<usize>,
}

#[derive(Default)]
pub struct Results {
    rows: Vec<Row>,
    /// What the rows were counted for.
    of: Option<Arc<Vec<Arc<PastHits>>>>,
    /// The row that the keyboard is at.
    cursor: Option<usize>,
    /// The cursor moved and has to be brought into sight.
    reveal: bool,
    /// The first line is to be picked as soon as there is one.
    first: bool,
}

impl Results {
    /// Counts the rows of what has been found so far. Costs a pass over the builds found, when there are more.
    pub fn update(&mut self, search: Option<&PastSearch>) {
        let found = search.map(|search| &search.found);
        let same = match (found, &self.of) {
            (Some(now), Some(before)) => Arc::ptr_eq(now, before),
            (None, None) => true,
            _ => false,
        };
        if same {
            return;
        }
        let grown = match (found, &self.of) {
            (Some(now), Some(before)) => now.starts_with(before),
            _ => false,
        };
        if !grown {
            self.cursor = None;
        }
        self.of = found.cloned();
        self.rows = found.map_or_else(Vec::new, |found| rows(found));
    }

    /// Picks the first line that is found.
    pub fn pick_first(&mut self) {
        self.first = true;
    }

    /// Paints the rows, and takes the keyboard's if they are not the log's; returns the line that was picked.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &ViewContext<'_>,
        search: &PastSearch,
        open: Option<(&LogKey, LineNo)>,
        has_keys: bool,
    ) -> Option<(LogKey, BuildKey, LineNo)> {
        let height = ui.available_height();
        let mut picked = self.keys(ui, has_keys, (height / ROW) as usize);
        let id = Id::unique("past builds results");
        let mut area = ScrollArea::vertical()
            .id_salt("past builds")
            .auto_shrink([false, false]);
        let offset: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(0.0);
        let wanted = self.cursor.filter(|_| std::mem::take(&mut self.reveal));
        if let Some(to) = wanted.and_then(|row| reveal(row, ROW, offset, height)) {
            area = area.vertical_scroll_offset(to);
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let output = area.show_rows(ui, ROW, self.rows.len(), |ui, visible| {
            for number in visible {
                let Some(row) = self.rows.get(number).copied() else {
                    continue;
                };
                if row_ui(ui, cx, search, row, self.cursor == Some(number), open) {
                    self.cursor = Some(number);
                    picked = Some(number);
                }
            }
        });
        ui.data_mut(|data| data.insert_temp(id, output.state.clamped_offset().y));
        self.line_of(search, picked?)
    }

    fn keys(&mut self, ui: &Ui, has_keys: bool, page: usize) -> Option<usize> {
        if self.first && self.rows.len() > 1 {
            self.first = false;
            self.cursor = Some(1);
            return Some(1);
        }
        if !has_keys {
            return None;
        }
        if let Some(to) = keys::moves(ui.ctx(), self.rows.len(), page) {
            self.cursor = Some(to.from(self.cursor, self.rows.len()));
            self.reveal = true;
        }
        self.cursor.filter(|_| keys::pressed(ui.ctx(), Key::Enter))
    }

    /// The place that a row stands for; a build's head for its first line.
    fn line_of(&self, search: &PastSearch, row: usize) -> Option<(LogKey, BuildKey, LineNo)> {
        let row = self.rows.get(row)?;
        let found = search.found.get(row.build)?;
        let line = found.first.get(row.hit.unwrap_or(0))?.line;
        let build = BuildKey {
            scope: found.log.key.scope.clone(),
            id: found.log.build.id.clone(),
        };
        Some((found.log.key.clone(), build, line))
    }
}

fn rows(found: &[Arc<PastHits>]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (build, hits) in found.iter().enumerate() {
        rows.push(Row { build, hit: None });
        rows.extend((0..hits.first.len()).map(|hit| Row {
            build,
            hit: Some(hit),
        }));
    }
    rows
}

/// Paints a row; returns whether it was pressed.
fn row_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    search: &PastSearch,
    row: Row,
    at_cursor: bool,
    open: Option<(&LogKey, LineNo)>,
) -> bool {
    let theme = theme::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::click());
    let Some(found) = search.found.get(row.build) else {
        return false;
    };
    let hit = row.hit.and_then(|hit| found.first.get(hit));
    let is_open = hit.is_some_and(|hit| open == Some((&found.log.key, hit.line)));
    response.widget_info(|| {
        let name = match hit {
            Some(hit) => format!(
                "Build {}, line {}: {}",
                found.log.build.name(),
                hit.line.0 + 1,
                safe_text::line(&hit.text)
            ),
            None => head_words(cx, found),
        };
        WidgetInfo::selected(Role::Button, true, is_open, name)
    });
    if is_open || at_cursor || response.hovered() || response.has_focus() {
        let fill = if is_open {
            theme.accent_bg
        } else {
            theme.hover
        };
        let behind = rect.shrink2(Vec2::new(4.0, 1.0));
        let radius = CornerRadius::same(size::CELL_RADIUS);
        ui.painter().rect_filled(behind, radius, fill);
    }
    match hit {
        Some(hit) => hit_ui(ui, rect, hit),
        None => head_ui(ui, cx, rect, found),
    }
    response.clicked()
}

/// `Build #412, failed, 3 d ago, 14 hits`.
fn head_words(cx: &ViewContext<'_>, found: &PastHits) -> String {
    let build = &found.log.build;
    let when = build
        .started
        .map_or_else(String::new, |at| format!(", {}", time::ago(at, cx.now)));
    format!(
        "Build {}, {}{when}, {}",
        build.name(),
        build.state.status.label(),
        count(found.hits)
    )
}

fn count(hits: u64) -> String {
    match hits {
        1 => "1 hit".to_owned(),
        several => format!("{} hits", grouped(several)),
    }
}

fn head_ui(ui: &mut Ui, cx: &ViewContext<'_>, rect: Rect, found: &PastHits) {
    let theme = theme::of(ui);
    let build = &found.log.build;
    let mut room = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(rect.shrink2(Vec2::new(PADDING, 0.0)))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    glyph::state(&mut room, &build.state, size::GLYPH);
    room.label(theme.strong(safe_text::line(&build.name())));
    room.label(theme.small(count(found.hits)));
    if let Some(started) = build.started {
        room.label(theme.faint(started.local()))
            .on_hover_text(time::ago(started, cx.now));
    }
}

fn hit_ui(ui: &Ui, rect: Rect, hit: &PastHit) {
    let theme = theme::of(ui);
    let number = grouped(u64::from(hit.line.0) + 1);
    ui.painter().text(
        pos2(rect.left() + PADDING + NUMBER, rect.center().y),
        egui::Align2::RIGHT_CENTER,
        number,
        font::mono(),
        theme.faint,
    );
    let plain = TextFormat::simple(font::mono(), theme.text);
    let marked = TextFormat {
        background: theme.accent_bg,
        color: theme.text,
        ..plain.clone()
    };
    let mut job = LayoutJob::default();
    let part = |range: std::ops::Range<usize>| hit.text.get(range).unwrap_or_default();
    for (text, format) in [
        (part(0..hit.at.start), &plain),
        (part(hit.at.clone()), &marked),
        (part(hit.at.end..hit.text.len()), &plain),
    ] {
        job.append(&safe_text::line(text), 0.0, format.clone());
    }
    let left = rect.left() + PADDING + NUMBER + PADDING;
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.right() - PADDING - left);
    let galley = ui.painter().layout_job(job);
    let at = pos2(left, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.text);
}
