//! What the store computes from the tables before it publishes: the Board, row by row, only where something changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::board::{self, Board, BoardRow, CommitAuthors, Failing, Need, Stuck};
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
    let attention = attention(board, pipelines, authors, touched, all_touched);
    let same_attention = board.needs == attention.needs
        && board.failing == attention.failing
        && board.stuck == attention.stuck;
    if changed || !same_attention {
        let Attention {
            needs,
            failing,
            stuck,
        } = attention;
        *board = Arc::new(Board {
            revision: board.revision + 1,
            rows,
            needs,
            failing,
            stuck,
        });
    }
}

struct Attention {
    needs: Vec<Arc<Need>>,
    failing: Vec<Arc<Failing>>,
    stuck: Vec<Arc<Stuck>>,
}

fn attention(
    board: &Board,
    pipelines: &Table<Pipeline>,
    authors: &CommitAuthors,
    touched: &BTreeSet<PipelineKey>,
    all_touched: bool,
) -> Attention {
    let keeps =
        |key: &PipelineKey| !all_touched && !touched.contains(key) && pipelines.get(key).is_some();
    let mut needs = kept(&board.needs, |need| keeps(&need.gate.pipeline));
    let mut failing = kept(&board.failing, |failing| keeps(&failing.pipeline));
    let mut stuck = kept(&board.stuck, |stuck| keeps(&stuck.pipeline));
    for pipeline in pipelines
        .rows()
        .iter()
        .filter(|pipeline| all_touched || touched.contains(&pipeline.key))
    {
        needs.extend(board::needs(pipeline, authors).into_iter().map(Arc::new));
        failing.extend(board::failing(pipeline).map(Arc::new));
        stuck.extend(board::stuck(pipeline).into_iter().map(Arc::new));
    }
    needs.sort_by(|a, b| {
        (a.expires, &a.gate.pipeline, &a.gate.action).cmp(&(
            b.expires,
            &b.gate.pipeline,
            &b.gate.action,
        ))
    });
    failing.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.pipeline.cmp(&b.pipeline)));
    stuck.sort_by(|a, b| {
        (a.from, &a.pipeline, &a.execution).cmp(&(b.from, &b.pipeline, &b.execution))
    });
    Attention {
        needs,
        failing,
        stuck,
    }
}

fn kept<T>(all: &[Arc<T>], keeps: impl Fn(&T) -> bool) -> Vec<Arc<T>> {
    all.iter().filter(|one| keeps(one)).cloned().collect()
}
