//! What the store computes from the tables before it publishes: the Board, row by row, only where something changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::board::{self, Board, BoardRow, CommitAuthors};
use crate::model::ids::PipelineKey;
use crate::model::pipeline::Pipeline;
use crate::model::table::Table;

/// Brings the Board up to date: O(touched + rows that came or went); unchanged rows keep their allocation.
pub(super) fn board(
    board: &mut Arc<Board>,
    pipelines: &Table<Pipeline>,
    authors: &CommitAuthors,
    touched: &BTreeSet<PipelineKey>,
    all_touched: bool,
) {
    if touched.is_empty() && !all_touched {
        return;
    }
    let mut rows: Vec<Arc<BoardRow>> = Vec::with_capacity(pipelines.len());
    let mut earlier = board.rows.iter().peekable();
    let mut changed = board.rows.len() != pipelines.len();
    for pipeline in pipelines.rows() {
        while earlier.next_if(|row| row.key < pipeline.key).is_some() {
            changed = true;
        }
        let same = earlier.next_if(|row| row.key == pipeline.key);
        match same {
            Some(row) if !all_touched && !touched.contains(&pipeline.key) => {
                rows.push(Arc::clone(row));
            }
            same => {
                let row = board::row(pipeline, authors);
                if let Some(kept) = same.filter(|kept| ***kept == row) {
                    rows.push(Arc::clone(kept));
                } else {
                    changed = true;
                    rows.push(Arc::new(row));
                }
            }
        }
    }
    let (needs, failing) = attention(board, pipelines, authors, touched, all_touched);
    let same_attention = board.needs == needs && board.failing == failing;
    if changed || !same_attention {
        *board = Arc::new(Board {
            revision: board.revision + 1,
            rows,
            needs,
            failing,
        });
    }
}

type Attention = (Vec<Arc<board::Need>>, Vec<Arc<board::Failing>>);

fn attention(
    board: &Board,
    pipelines: &Table<Pipeline>,
    authors: &CommitAuthors,
    touched: &BTreeSet<PipelineKey>,
    all_touched: bool,
) -> Attention {
    let keeps =
        |key: &PipelineKey| !all_touched && !touched.contains(key) && pipelines.get(key).is_some();
    let mut needs: Vec<_> = board
        .needs
        .iter()
        .filter(|need| keeps(&need.gate.pipeline))
        .cloned()
        .collect();
    let mut failing: Vec<_> = board
        .failing
        .iter()
        .filter(|failing| keeps(&failing.pipeline))
        .cloned()
        .collect();
    for pipeline in pipelines
        .rows()
        .iter()
        .filter(|pipeline| all_touched || touched.contains(&pipeline.key))
    {
        needs.extend(board::needs(pipeline, authors).into_iter().map(Arc::new));
        failing.extend(board::failing(pipeline).map(Arc::new));
    }
    needs.sort_by(|a, b| {
        (a.expires, &a.gate.pipeline, &a.gate.action).cmp(&(
            b.expires,
            &b.gate.pipeline,
            &b.gate.action,
        ))
    });
    failing.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.pipeline.cmp(&b.pipeline)));
    (needs, failing)
}
