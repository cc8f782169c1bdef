//! Finding the folds of a log in the background: stretches are read side by side, and what they say is put together in
//! order.

use std::ops::Range;
use std::sync::Arc;

use super::FoldIndex;
use super::marker::may_mark;
use crate::model::sweep::{Scan, Stretch};

/// Finds the sections.
#[derive(Clone, Copy, Debug, Default)]
pub struct Folding;

/// A line that the folds have to hear of.
#[derive(Debug)]
pub struct Said {
    line: u32,
    time: i64,
    /// Empty for an ordinary line: it ends what the line before it began. Those that follow it mean no more.
    text: Box<str>,
}

impl Scan for Folding {
    type Part = Vec<Said>;
    type State = Arc<FoldIndex>;
    type Found = Arc<FoldIndex>;

    fn read(&self, stretch: &Stretch<'_>) -> Vec<Said> {
        let mut said: Vec<Said> = Vec::new();
        for piece in stretch.pieces() {
            for (line, time, text) in piece.lines() {
                let text = if text.starts_with("[Container] ") || may_mark(text) {
                    text
                } else if said.last().is_some_and(|last| last.text.is_empty()) {
                    continue;
                } else {
                    ""
                };
                said.push(Said {
                    line: line.0,
                    time,
                    text: text.into(),
                });
            }
        }
        said
    }

    fn join(&self, state: &mut Arc<FoldIndex>, _lines: Range<u32>, part: Vec<Said>) {
        for Said { line, time, text } in part {
            // Lines that change nothing leave the window's own copy shared.
            if !text.is_empty() || !state.is_at_rest() {
                Arc::make_mut(state).read(line, time, &text);
            }
        }
    }

    fn found(&self, state: &Arc<FoldIndex>) -> Arc<FoldIndex> {
        Arc::clone(state)
    }
}

impl FoldIndex {
    /// An ordinary line would change nothing.
    fn is_at_rest(&self) -> bool {
        (self.phase.is_some() || self.loose_is_mixed)
            && self.just_completed.is_none()
            && self.groups.is_at_rest()
    }
}
