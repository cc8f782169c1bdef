//! Where everything of a stage graph stands, in points at scale one, from its top left corner.
//!
//! Pure: the same graph always stands the same way, and what is added to it moves nothing that stands left of or above
//! it. Stages run left to right and never wrap; a stage is as wide as its widest line of actions. Actions of one run
//! order stand beside each other, [`COLUMNS`] to a line, so that a stage with fifty of them grows down instead of pushing
//! the rest of the pipeline out of sight. The last card of a short row reaches to the stage's edge.

use std::ops::Range;

use eframe::egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::model::graph::{Cell, Folded, Piece};

pub const CARD: Vec2 = vec2(168.0, 64.0);
/// Actions beside each other before a line breaks.
pub const COLUMNS: usize = 3;
/// Between cards, and between a stage's name and its first card.
const GAP: f32 = 8.0;
const PADDING: f32 = 10.0;
/// The bar in the stage's colour.
pub const BAR: f32 = 2.0;
const TITLE: f32 = 20.0;
/// Between stages: room for the arrow, what waits on it and what passes over it.
const BETWEEN: f32 = 62.0;
/// Folded stages.
const FOLDED: f32 = 104.0;
/// The middle of a stage's first line of cards, at which the arrows run.
pub const LINE: f32 = BAR + PADDING + TITLE + GAP + CARD.y / 2.0;
/// How far an arrow's words reach above and below its line.
const ABOVE: f32 = LINE;
const BELOW: f32 = 40.0;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    pub size: Vec2,
    /// One for each piece that is shown, in order.
    pub boxes: Vec<StageBox>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageBox {
    /// The stages it stands for: one, or several that are folded.
    pub stages: Range<usize>,
    pub is_folded: bool,
    pub rect: Rect,
    pub title: Rect,
    /// The way in from the stage before; none for the first.
    pub arrow: Option<Rect>,
    pub cells: Vec<CellBox>,
}

/// A card or a counter, with its row in [`crate::model::graph::StageNode::rows`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellBox {
    pub row: usize,
    pub cell: Cell,
    pub rect: Rect,
}

/// Cost: linear in what is shown.
pub fn layout(folded: &Folded) -> Layout {
    let mut boxes: Vec<StageBox> = Vec::with_capacity(folded.pieces.len());
    let mut left = 0.0;
    for piece in &folded.pieces {
        let arrow_left = left;
        if !boxes.is_empty() {
            left += BETWEEN;
        }
        let placed = match piece {
            Piece::Stage { stage, rows } => place_stage(left, *stage, rows),
            Piece::Stages(stages) => place_folded(left, stages.clone()),
        };
        let arrow = (!boxes.is_empty()).then(|| {
            let across = arrow_left..=placed.rect.left();
            Rect::from_x_y_ranges(across, LINE - ABOVE..=LINE + BELOW)
        });
        left = placed.rect.right();
        boxes.push(StageBox { arrow, ..placed });
    }
    let height = boxes
        .iter()
        .map(|stage| stage.rect.height())
        .fold(0.0, f32::max);
    Layout {
        size: vec2(left, height),
        boxes,
    }
}

fn place_folded(left: f32, stages: Range<usize>) -> StageBox {
    let bottom = BAR + PADDING + TITLE + GAP + CARD.y + PADDING;
    let rect = Rect::from_min_max(pos2(left, 0.0), pos2(left + FOLDED, bottom));
    StageBox {
        stages,
        is_folded: true,
        rect,
        title: Rect::from_min_size(
            pos2(left + PADDING, BAR + PADDING),
            vec2(FOLDED - 2.0 * PADDING, TITLE),
        ),
        arrow: None,
        cells: Vec::new(),
    }
}

fn place_stage(left: f32, stage: usize, rows: &[Vec<Cell>]) -> StageBox {
    let columns = rows
        .iter()
        .map(|row| row.len().min(COLUMNS))
        .max()
        .unwrap_or(0)
        .max(1);
    let inner = CARD.x * columns as f32 + GAP * (columns - 1) as f32;
    let title = Rect::from_min_size(pos2(left + PADDING, BAR + PADDING), vec2(inner, TITLE));
    let mut cells = Vec::new();
    let mut top = title.bottom() + GAP;
    for (row_index, row) in rows.iter().enumerate() {
        for line in row.chunks(COLUMNS) {
            for (column, cell) in line.iter().enumerate() {
                let corner = Pos2::new(title.left() + (CARD.x + GAP) * column as f32, top);
                // A row of one line fills the stage; a last line keeps the columns of the lines above it.
                let is_last = column + 1 == line.len() && row.len() <= COLUMNS;
                let right = if is_last {
                    title.right()
                } else {
                    corner.x + CARD.x
                };
                cells.push(CellBox {
                    row: row_index,
                    cell: cell.clone(),
                    rect: Rect::from_min_max(corner, pos2(right, top + CARD.y)),
                });
            }
            top += CARD.y + GAP;
        }
    }
    let bottom = (top - GAP + PADDING).max(title.bottom() + PADDING);
    StageBox {
        stages: stage..stage + 1,
        is_folded: false,
        rect: Rect::from_min_max(pos2(left, 0.0), pos2(title.right() + PADDING, bottom)),
        title,
        arrow: None,
        cells,
    }
}

#[cfg(test)]
mod tests;
