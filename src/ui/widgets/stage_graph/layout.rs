//! Where everything of a stage graph stands, in points at scale one, from its top left corner.
//!
//! Pure: the same graph always stands the same way. Stages run left to right and never wrap; a stage is as wide as its
//! widest line of actions. Actions of one run order stand beside each other, [`COLUMNS`] to a line, so that a stage with
//! fifty of them grows down instead of pushing the rest of the pipeline out of sight.

use eframe::egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::model::graph::{ActionRow, StageGraph};

pub const CARD: Vec2 = vec2(168.0, 64.0);
/// Actions beside each other before a line breaks.
pub const COLUMNS: usize = 3;
/// Between cards, and between a stage's name and its first card.
const GAP: f32 = 8.0;
const PADDING: f32 = 10.0;
/// The bar in the stage's colour.
pub const BAR: f32 = 2.0;
const TITLE: f32 = 20.0;
/// Between stages: room for the arrow and the words of a closed transition.
const BETWEEN: f32 = 42.0;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    pub size: Vec2,
    /// One for each stage, in order.
    pub stages: Vec<StageBox>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageBox {
    pub rect: Rect,
    pub title: Rect,
    /// The way in from the stage before; none for the first.
    pub arrow: Option<Rect>,
    pub actions: Vec<ActionBox>,
}

/// A card, with its place in [`crate::model::graph::StageNode::rows`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionBox {
    pub row: usize,
    pub column: usize,
    pub rect: Rect,
}

/// Cost: linear in the actions.
pub fn layout(graph: &StageGraph) -> Layout {
    let mut stages: Vec<StageBox> = Vec::with_capacity(graph.stages.len());
    let mut left = 0.0;
    for stage in &graph.stages {
        let arrow_left = left;
        if !stages.is_empty() {
            left += BETWEEN;
        }
        let placed = place_stage(left, &stage.rows);
        let arrow = (!stages.is_empty()).then_some((arrow_left, placed.rect.left()));
        left = placed.rect.right();
        stages.push(StageBox {
            arrow: arrow.map(|(from, to)| Rect::from_x_y_ranges(from..=to, 0.0..=0.0)),
            ..placed
        });
    }
    let height = stages
        .iter()
        .map(|stage| stage.rect.height())
        .fold(0.0, f32::max);
    // Arrows run at one height, the middle of the tallest stage, as the eye follows them.
    for stage in &mut stages {
        if let Some(arrow) = &mut stage.arrow {
            *arrow = Rect::from_x_y_ranges(arrow.x_range(), 0.0..=height);
        }
    }
    Layout {
        size: vec2(left, height),
        stages,
    }
}

fn place_stage(left: f32, rows: &[ActionRow]) -> StageBox {
    let columns = rows
        .iter()
        .map(|row| row.actions.len().min(COLUMNS))
        .max()
        .unwrap_or(0)
        .max(1);
    let inner = spread(columns, CARD.x);
    let title = Rect::from_min_size(pos2(left + PADDING, BAR + PADDING), vec2(inner, TITLE));
    let mut actions = Vec::new();
    let mut top = title.bottom() + GAP;
    for (row_index, row) in rows.iter().enumerate() {
        let mut start = 0;
        while start < row.actions.len() {
            let in_line = (row.actions.len() - start).min(COLUMNS);
            // A last line keeps the columns of the lines above it; a short row by itself fills the stage.
            let shared = if row.actions.len() > COLUMNS {
                columns
            } else {
                in_line
            };
            let width = (inner - GAP * (shared - 1) as f32) / shared as f32;
            for offset in 0..in_line {
                let corner = Pos2::new(title.left() + (width + GAP) * offset as f32, top);
                actions.push(ActionBox {
                    row: row_index,
                    column: start + offset,
                    rect: Rect::from_min_size(corner, vec2(width, CARD.y)),
                });
            }
            top += CARD.y + GAP;
            start += in_line;
        }
    }
    let bottom = top - GAP + PADDING;
    StageBox {
        rect: Rect::from_min_max(pos2(left, 0.0), pos2(title.right() + PADDING, bottom)),
        title,
        arrow: None,
        actions,
    }
}

fn spread(count: usize, each: f32) -> f32 {
    each * count as f32 + GAP * count.saturating_sub(1) as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::graph::{ActionNode, ActionTime, StageNode};
    use crate::model::ids::ActionKey;
    use crate::model::pipeline::{ActionCategory, ExecutionMode, Transition};
    use crate::model::status::{State, Status};

    /// Rows of so many actions for each stage.
    fn graph(shape: &[Vec<usize>]) -> StageGraph {
        let action = |stage: usize, row: usize, column: usize| ActionNode {
            key: ActionKey {
                stage: format!("s{stage}").as_str().into(),
                action: format!("a{row}-{column}").as_str().into(),
            },
            category: ActionCategory::Build,
            provider: String::new(),
            region: None,
            state: State::not_run(),
            time: ActionTime::Unknown,
            usual: None,
            by: None,
            recent: Vec::new(),
            attempts: 0,
            attempt: None,
            percent_complete: None,
            summary: None,
            error: None,
            external_id: None,
            external_url: None,
            declared: true,
        };
        let stages = shape.iter().enumerate().map(|(stage, rows)| StageNode {
            name: format!("s{stage}").as_str().into(),
            status: Status::NotRun,
            occupant: None,
            leftover: None,
            transition: Transition::default(),
            inbound: Vec::new(),
            rows: (1..)
                .zip(rows)
                .map(|(run_order, count)| ActionRow {
                    run_order,
                    actions: (0..*count)
                        .map(|column| action(stage, run_order as usize, column))
                        .collect(),
                })
                .collect(),
        });
        StageGraph {
            mode: ExecutionMode::Superseded,
            execution: None,
            chosen: false,
            stages: stages.collect(),
            lanes: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn shape() -> impl Strategy<Value = Vec<Vec<usize>>> {
        prop::collection::vec(prop::collection::vec(0_usize..12, 0..8), 0..12)
    }

    proptest! {
        #[test]
        fn nothing_overlaps_and_everything_is_inside_its_parent(shape in shape()) {
            let graph = graph(&shape);
            let placed = layout(&graph);
            let whole = Rect::from_min_size(Pos2::ZERO, placed.size).expand(0.01);
            for (index, stage) in placed.stages.iter().enumerate() {
                prop_assert!(whole.contains_rect(stage.rect));
                prop_assert!(stage.rect.contains_rect(stage.title));
                for (number, action) in stage.actions.iter().enumerate() {
                    prop_assert!(stage.rect.expand(0.01).contains_rect(action.rect));
                    prop_assert!(!action.rect.intersects(stage.title.shrink(0.01)));
                    for other in &stage.actions[number + 1..] {
                        prop_assert!(!action.rect.shrink(0.01).intersects(other.rect.shrink(0.01)));
                    }
                }
                if let Some(next) = placed.stages.get(index + 1) {
                    prop_assert!(stage.rect.right() < next.rect.left());
                }
            }
        }

        #[test]
        fn every_action_has_one_card_and_the_layout_is_stable(shape in shape()) {
            let graph = graph(&shape);
            let placed = layout(&graph);
            prop_assert_eq!(&placed, &layout(&graph));
            for (stage, node) in placed.stages.iter().zip(&graph.stages) {
                prop_assert_eq!(stage.actions.len(), node.actions().count());
                for action in &stage.actions {
                    prop_assert!(node.rows[action.row].actions.get(action.column).is_some());
                }
            }
        }
    }

    #[test]
    fn fifty_stages_of_fifty_actions_stay_bounded() {
        let beside = layout(&graph(&vec![vec![50]; 50]));
        assert!(beside.size.x < 50.0 * 600.0, "{:?}", beside.size);
        assert!(beside.size.y < 17.0 * 80.0, "{:?}", beside.size);
        let below = layout(&graph(&vec![vec![1; 50]; 50]));
        assert!(below.size.x < 50.0 * 240.0 && below.size.y < 50.0 * 80.0);
    }

    #[test]
    fn an_action_alone_after_two_beside_each_other_is_as_wide_as_both() {
        let placed = layout(&graph(&[vec![2, 1]]));
        let widths: Vec<f32> = placed.stages[0]
            .actions
            .iter()
            .map(|action| action.rect.width())
            .collect();
        assert_eq!(widths, [168.0, 168.0, 344.0]);
    }
}
