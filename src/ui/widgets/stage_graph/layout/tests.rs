//! Layouts of random pipelines: nothing overlaps, nothing moves for what is added, and nothing important is folded.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::model::graph::{ActionNode, ActionRow, Folding, StageGraph, StageNode, fold};
use crate::model::ids::ActionKey;
use crate::model::pipeline::{ActionCategory, ExecutionMode};
use crate::model::status::{State, Status};

/// Rows of actions for each stage, an action by its state.
type Shape = Vec<Vec<Vec<Status>>>;

fn key(stage: usize, row: usize, column: usize) -> ActionKey {
    ActionKey {
        stage: format!("s{stage}").as_str().into(),
        action: format!("a{row}-{column}").as_str().into(),
    }
}

fn graph(shape: &[Vec<Vec<Status>>]) -> StageGraph {
    let stages = shape.iter().enumerate().map(|(stage, rows)| {
        let rows_of = rows.iter().enumerate().map(|(row, actions)| ActionRow {
            run_order: row as u32 + 1,
            actions: actions
                .iter()
                .enumerate()
                .map(|(column, status)| ActionNode {
                    state: State::new(*status, ""),
                    ..ActionNode::new(
                        key(stage, row, column),
                        ActionCategory::Build,
                        String::new(),
                    )
                })
                .collect(),
        });
        let statuses = || rows.iter().flatten().copied();
        StageNode {
            status: statuses().min().unwrap_or(Status::Succeeded),
            ..StageNode::new(format!("s{stage}").as_str().into(), rows_of.collect())
        }
    });
    StageGraph::new(ExecutionMode::Superseded, stages.collect())
}

fn unfolded(graph: &StageGraph) -> Layout {
    layout(&folded(graph, false, None))
}

fn folded(graph: &StageGraph, on: bool, selected: Option<&ActionKey>) -> Folded {
    let kept = BTreeSet::new();
    let folding = Folding {
        on,
        kept: &kept,
        selected,
    };
    fold(graph, folding)
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![
        8 => Just(Status::Succeeded),
        2 => Just(Status::Skipped),
        3 => prop::sample::select(Status::ALL.to_vec()),
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    let row = prop::collection::vec(status(), 0..14);
    prop::collection::vec(prop::collection::vec(row, 0..6), 0..14)
}

fn even(shape: &[Vec<usize>]) -> Shape {
    let row = |count: &usize| vec![Status::NotRun; *count];
    shape
        .iter()
        .map(|rows| rows.iter().map(row).collect())
        .collect()
}

/// Where the corners of stages, cards and arrows stand.
fn corners(layout: &Layout) -> Vec<(usize, Vec<Pos2>)> {
    layout
        .boxes
        .iter()
        .map(|place| {
            let mut corners = vec![place.rect.min];
            corners.extend(place.arrow.map(|arrow| arrow.min));
            corners.extend(place.cells.iter().map(|cell| cell.rect.min));
            (place.stages.start, corners)
        })
        .collect()
}

proptest! {
    #[test]
    fn nothing_overlaps_and_everything_is_inside_its_parent(shape in shape(), on in any::<bool>()) {
        let graph = graph(&shape);
        let placed = layout(&folded(&graph, on, None));
        let whole = Rect::from_min_size(Pos2::ZERO, placed.size).expand(0.01);
        for (index, stage) in placed.boxes.iter().enumerate() {
            prop_assert!(whole.contains_rect(stage.rect));
            prop_assert!(stage.rect.contains_rect(stage.title));
            for (number, cell) in stage.cells.iter().enumerate() {
                prop_assert!(stage.rect.expand(0.01).contains_rect(cell.rect));
                prop_assert!(!cell.rect.intersects(stage.title.shrink(0.01)));
                for other in &stage.cells[number + 1..] {
                    prop_assert!(!cell.rect.shrink(0.01).intersects(other.rect.shrink(0.01)));
                }
            }
            if let Some(next) = placed.boxes.get(index + 1) {
                let arrow = next.arrow.unwrap();
                prop_assert_eq!((arrow.left(), arrow.right()), (stage.rect.right(), next.rect.left()));
                prop_assert!(stage.rect.right() < next.rect.left());
            }
        }
    }

    #[test]
    fn every_action_has_one_card_or_is_counted(shape in shape(), on in any::<bool>()) {
        let graph = graph(&shape);
        let folded = folded(&graph, on, None);
        let placed = layout(&folded);
        let mut seen = vec![0; graph.stages.len()];
        let mut counted = 0;
        for place in &placed.boxes {
            for stage in place.stages.clone() {
                if place.is_folded {
                    seen[stage] += graph.stages[stage].actions().count();
                    counted += graph.stages[stage].actions().count();
                }
            }
            for cell in &place.cells {
                let row = &graph.stages[place.stages.start].rows[cell.row];
                match &cell.cell {
                    Cell::Action(column) => {
                        prop_assert!(row.actions.get(*column).is_some());
                        seen[place.stages.start] += 1;
                    }
                    Cell::Counter(hidden) => {
                        seen[place.stages.start] += hidden.len();
                        counted += hidden.len();
                    }
                }
            }
        }
        let all: Vec<usize> = graph.stages.iter().map(|stage| stage.actions().count()).collect();
        prop_assert_eq!(seen, all);
        prop_assert_eq!(counted, folded.actions);
        prop_assert!(on || counted == 0);
    }

    #[test]
    fn what_needs_a_look_or_is_selected_is_never_folded(shape in shape(), pick in any::<prop::sample::Index>()) {
        let graph = graph(&shape);
        let all: Vec<&ActionNode> = graph.actions().collect();
        let selected = (!all.is_empty()).then(|| all[pick.index(all.len())].key.clone());
        let folded = folded(&graph, true, selected.as_ref());
        let shown: BTreeSet<&ActionKey> = folded.shown(&graph).map(|action| &action.key).collect();
        for action in graph.actions() {
            let status = action.state.status;
            // A stage that was skipped has not run its actions.
            let is_skipped = graph
                .stage(&action.key.stage)
                .is_some_and(|stage| stage.status == Status::Skipped)
                && status == Status::NotRun;
            let may_fold = (is_skipped || matches!(status, Status::Succeeded | Status::Skipped))
                && selected.as_ref() != Some(&action.key);
            prop_assert!(may_fold || shown.contains(&action.key), "{:?} is hidden", action.key);
        }
    }

    #[test]
    fn what_was_seen_stays_open_when_it_is_done(shape in shape()) {
        let before = graph(&shape);
        let kept: BTreeSet<ActionKey> = folded(&before, true, None)
            .shown(&before)
            .map(|action| action.key.clone())
            .collect();
        let done: Shape = shape
            .iter()
            .map(|rows| rows.iter().map(|row| vec![Status::Succeeded; row.len()]).collect())
            .collect();
        let after = graph(&done);
        let folded = fold(&after, Folding { on: true, kept: &kept, selected: None });
        let shown: BTreeSet<ActionKey> = folded.shown(&after).map(|action| action.key.clone()).collect();
        prop_assert!(kept.is_subset(&shown));
    }

    #[test]
    fn what_is_added_moves_nothing_left_of_or_above_it(
        shape in shape(),
        stage in any::<prop::sample::Index>(),
        row in any::<prop::sample::Index>(),
        whole_stage in any::<bool>(),
    ) {
        let mut grown = shape.clone();
        let place = if whole_stage || shape.is_empty() {
            grown.push(vec![vec![Status::NotRun]]);
            None
        } else {
            let stage = stage.index(shape.len());
            let row = row.index(shape[stage].len() + 1);
            if row == shape[stage].len() {
                grown[stage].push(vec![Status::NotRun]);
            } else {
                grown[stage][row].push(Status::NotRun);
            }
            Some((stage, row, grown[stage][row].len() - 1))
        };
        let (before, after) = (unfolded(&graph(&shape)), unfolded(&graph(&grown)));
        let added = place.map(|(stage, row, column)| {
            let cells = after.boxes[stage].cells.iter();
            let is_new = |cell: &&CellBox| cell.row == row && cell.cell == Cell::Action(column);
            (stage, cells.clone().find(is_new).unwrap().rect.min)
        });
        for (old, new) in corners(&before).into_iter().zip(corners(&after)) {
            match added {
                // In its own stage what comes before it, line by line, stays.
                Some((stage, at)) if stage == old.0 => {
                    let first = old.1.iter().filter(|it| (it.y, it.x) < (at.y, at.x));
                    for corner in first {
                        prop_assert!(new.1.contains(corner), "{corner:?} moved");
                    }
                }
                // A wider stage pushes those at its right along, and never down.
                Some((stage, _)) if stage < old.0 => {
                    let along = new.1[0].x - old.1[0].x;
                    for (one, other) in old.1.iter().zip(&new.1) {
                        prop_assert!((one.y - other.y).abs() < 0.01);
                        prop_assert!((other.x - one.x - along).abs() < 0.5);
                    }
                }
                _ => prop_assert_eq!(old.1, new.1),
            }
        }
    }
}

#[test]
fn fifty_stages_of_fifty_actions_stay_bounded() {
    let beside = unfolded(&graph(&even(&vec![vec![50]; 50])));
    assert!(beside.size.x < 50.0 * 620.0, "{:?}", beside.size);
    assert!(beside.size.y < 17.0 * 80.0, "{:?}", beside.size);
    let below = unfolded(&graph(&even(&vec![vec![1; 50]; 50])));
    assert!(below.size.x < 50.0 * 260.0 && below.size.y < 50.0 * 80.0);
}

#[test]
fn fifty_stages_that_are_done_are_one_box_beside_the_one_that_runs() {
    let mut shape: Shape = vec![vec![vec![Status::Succeeded; 50]]; 49];
    shape.push(vec![vec![Status::Running]]);
    let placed = layout(&folded(&graph(&shape), true, None));
    assert_eq!(placed.boxes.len(), 2);
    assert!(placed.boxes[0].is_folded && placed.size.x < 400.0);
}

#[test]
fn a_wide_stage_counts_what_is_done_and_shows_what_failed() {
    let mut row = vec![Status::Succeeded; 12];
    row[4] = Status::Failed;
    let placed = layout(&folded(&graph(&[vec![row]]), true, None));
    let cells: Vec<&Cell> = placed.boxes[0].cells.iter().map(|it| &it.cell).collect();
    assert_eq!(cells[0], &Cell::Action(4));
    assert!(matches!(cells[1], Cell::Counter(hidden) if hidden.len() == 11));
    assert_eq!(cells.len(), 2);
}

#[test]
fn an_action_alone_after_two_beside_each_other_is_as_wide_as_both() {
    let placed = unfolded(&graph(&even(&[vec![2, 1]])));
    let widths: Vec<f32> = placed.boxes[0]
        .cells
        .iter()
        .map(|cell| cell.rect.width())
        .collect();
    assert_eq!(widths, [168.0, 168.0, 344.0]);
}
