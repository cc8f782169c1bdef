//! Which rows there are: built anew when lines came, or when folds, filters or repeats changed.

use std::ops::Range;
use std::rc::Rc;

use super::moves::Move;
use super::rows::{Outside, Rows};
use super::scroll::Place;
use super::shown::Shown;
use super::{LogInput, LogView};
use crate::model::fold::FoldIndex;
use crate::model::log::LineNo;

/// What the rows were last built from.
#[derive(Clone, PartialEq, Eq)]
pub struct Layout {
    lines: u32,
    touched: u64,
    complete: bool,
    outside: Outside,
    filter: Option<(u64, u32)>,
    /// Lines that a filter leaves out and that are shown all the same.
    also: Vec<Range<u32>>,
    gathered: Option<u32>,
    merged: bool,
}

impl LogView {
    /// Lays out the rows anew if anything they were built from has changed. The row at the upper edge stays there, but for
    /// the beginning of a log that nobody has moved from.
    pub(super) fn lay_out(&mut self, input: &LogInput<'_>) {
        let layout = self.layout(input);
        if self.laid_out.as_ref() == Some(&layout) {
            return;
        }
        let filter_of = |layout: &Layout| layout.filter.map(|(revision, _)| revision);
        let refiltered = self.laid_out.as_ref().and_then(filter_of) != filter_of(&layout);
        let top = self.rows.get(self.place.row);
        let height = self.top - self.place.offset;
        let home = self.before_filter.take_if(|_| refiltered);
        if refiltered && layout.filter.is_some() {
            self.before_filter = home.or_else(|| top.map(|top| (top, height)));
        }
        self.shown = match self.filters.left(self.gathers, &layout.also) {
            _ if layout.merged => Shown::All,
            Some(left) => left,
            None if self.gathers => Shown::Gathered(self.repeats.progress().found.clone()),
            None => Shown::All,
        };
        let unfolded = FoldIndex::default();
        let index = if layout.merged {
            &unfolded
        } else {
            self.folds.index()
        };
        // Of a filtered log every line that is left is in sight: nothing is folded.
        let flat = self.shown.is_filtered();
        let is_open = |section| flat || self.folds.is_open(section, input.complete);
        let shown = self.shown.clone();
        // Of lines that the filter has not looked at nobody knows whether they are hidden.
        let looked_at = layout
            .filter
            .map_or(layout.lines, |(_, to)| to.min(layout.lines));
        let rows = Rows::build(index, looked_at, &layout.outside, shown, is_open);
        if let Some((row, height)) = home {
            // At the height on the screen where it was, whatever has come above the log since.
            self.place = Place {
                row: rows.of(row, index),
                offset: 0.0,
            };
            self.moves.push(Move::Along(self.top - height));
        } else if let Some(top) = top
            && (self.settled || self.place != Place::TOP)
        {
            self.place.row = rows.of(top, index);
        }
        self.rows = Rc::new(rows);
        self.laid_out = Some(layout);
    }

    /// Whether a line has come of which the folds are not known yet.
    pub(super) fn is_unread(&self, line: LineNo, input: &LogInput<'_>) -> bool {
        let unread = self.folds.read_to()..input.log.len();
        self.merging.is_none() && unread.contains(&line.0)
    }

    /// What a person had shown of what is hidden; and the lines that say why, which need not say it at a level.
    fn also(&self) -> Vec<Range<u32>> {
        let mut also = self.filters.revealed().to_vec();
        if let Some(why) = self.why().filter(|_| self.filters.has_level()) {
            let end = why.line.0 + 1 + u32::from(why.with_next);
            also.push(why.line.0..end);
        }
        also
    }

    fn layout(&self, input: &LogInput<'_>) -> Layout {
        let merged = self.merging.is_some();
        Layout {
            // Lines whose folds are not known yet would stand there openly, and be folded away a moment later.
            lines: if merged {
                self.lines(input).len()
            } else {
                self.folds.read_to()
            },
            touched: self.folds.touched(),
            complete: input.complete,
            outside: if merged {
                Outside::default()
            } else {
                self.folds.outside(input.phases)
            },
            filter: self.filters.stamp().filter(|_| !merged),
            also: self.also(),
            gathered: self.gathers.then(|| self.repeats.progress().read_to),
            merged,
        }
    }
}
