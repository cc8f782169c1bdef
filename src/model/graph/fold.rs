//! Folding: what has succeeded or was skipped gives way to a counter where there is much of it.
//!
//! Pure. What failed, runs, waits, was not reached or is selected is never folded, nor a stage with something on its way
//! in. What was once seen open stays open ([`Folding::kept`]), so that nothing vanishes under the pointer when it ends.
//! Cost: linear in the actions.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::model::graph::{ActionNode, ActionRow, StageGraph, StageNode};
use crate::model::ids::ActionKey;
use crate::model::status::Status;

/// A stage with more actions than this folds those that are done.
const MANY_ACTIONS: usize = 8;
/// A pipeline with more stages than this folds whole stages that are done.
const MANY_STAGES: usize = 8;
/// Fewer than this in a row are not worth a counter.
const LEAST_ACTIONS: usize = 3;
const LEAST_STAGES: usize = 2;

/// How a graph is to be folded.
#[derive(Clone, Copy)]
pub struct Folding<'a> {
    /// Off: everything is shown.
    pub on: bool,
    pub kept: &'a BTreeSet<ActionKey>,
    pub selected: Option<&'a ActionKey>,
}

/// What is shown of a graph, from left to right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    pub pieces: Vec<Piece>,
    /// Actions behind counters, those of folded stages included.
    pub actions: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A stage, with the cells of each of its rows.
    Stage { stage: usize, rows: Vec<Vec<Cell>> },
    /// Stages after each other, all done.
    Stages(Range<usize>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// An action, by its place in the row.
    Action(usize),
    /// The last of its row: those of it that are folded.
    Counter(Vec<usize>),
}

/// Whether any part of the graph would fold if its actions had all succeeded.
pub fn is_large(graph: &StageGraph) -> bool {
    graph.stages.len() > MANY_STAGES
        || graph
            .stages
            .iter()
            .any(|stage| stage.actions().nth(MANY_ACTIONS).is_some())
}

pub fn fold(graph: &StageGraph, folding: Folding<'_>) -> Folded {
    let mut folded = Folded::default();
    let may_fold_stages = folding.on && graph.stages.len() > MANY_STAGES;
    let mut at = 0;
    while let Some(stage) = graph.stages.get(at) {
        let rest = graph.stages.get(at..).unwrap_or_default();
        let done = if may_fold_stages {
            rest.iter().take_while(|it| folding.is_done(it)).count()
        } else {
            0
        };
        if done >= LEAST_STAGES {
            folded.actions += rest
                .iter()
                .take(done)
                .map(|it| it.actions().count())
                .sum::<usize>();
            folded.pieces.push(Piece::Stages(at..at + done));
            at += done;
            continue;
        }
        let may_fold = folding.on && stage.actions().nth(MANY_ACTIONS).is_some();
        let rows = stage.rows.iter().map(|row| {
            let cells = folding.cells(row, may_fold);
            if let Some(Cell::Counter(hidden)) = cells.last() {
                folded.actions += hidden.len();
            }
            cells
        });
        let rows = rows.collect();
        folded.pieces.push(Piece::Stage { stage: at, rows });
        at += 1;
    }
    folded
}

impl Folded {
    /// The actions that are shown, to be kept so.
    pub fn shown<'a>(&'a self, graph: &'a StageGraph) -> impl Iterator<Item = &'a ActionNode> {
        self.pieces.iter().flat_map(|piece| match piece {
            Piece::Stage { stage, rows } => graph
                .stages
                .get(*stage)
                .into_iter()
                .flat_map(|stage| stage.rows.iter().zip(rows))
                .flat_map(|(row, cells)| cells.iter().filter_map(|cell| cell.action(row)))
                .collect(),
            Piece::Stages(_) => Vec::new(),
        })
    }
}

impl Cell {
    /// The action of a cell that is one.
    pub fn action<'a>(&self, row: &'a ActionRow) -> Option<&'a ActionNode> {
        match self {
            Self::Action(column) => row.actions.get(*column),
            Self::Counter(_) => None,
        }
    }
}

impl Folding<'_> {
    fn may_hide(self, action: &ActionNode) -> bool {
        matches!(action.state.status, Status::Succeeded | Status::Skipped)
            && self.selected != Some(&action.key)
            && !self.kept.contains(&action.key)
    }

    fn is_done(self, stage: &StageNode) -> bool {
        let quiet = stage.inbound.is_empty()
            && stage.transition.enabled
            && stage.leftover.is_none()
            && !stage.is_rollback
            && stage.conditions.iter().all(|condition| {
                matches!(
                    condition.state.status,
                    Status::Succeeded | Status::NotRun | Status::Skipped
                )
            });
        quiet
            && matches!(stage.status, Status::Succeeded | Status::Skipped)
            && stage.actions().all(|action| {
                // A skipped stage has not run its actions.
                self.may_hide(action)
                    || (stage.status == Status::Skipped
                        && action.state.status == Status::NotRun
                        && self.selected != Some(&action.key)
                        && !self.kept.contains(&action.key))
            })
    }

    fn cells(self, row: &ActionRow, may_fold: bool) -> Vec<Cell> {
        let (hidden, shown): (Vec<usize>, Vec<usize>) = (0..row.actions.len()).partition(|index| {
            may_fold
                && row
                    .actions
                    .get(*index)
                    .is_some_and(|action| self.may_hide(action))
        });
        if hidden.len() < LEAST_ACTIONS {
            return (0..row.actions.len()).map(Cell::Action).collect();
        }
        let mut cells: Vec<Cell> = shown.into_iter().map(Cell::Action).collect();
        cells.push(Cell::Counter(hidden));
        cells
    }
}
