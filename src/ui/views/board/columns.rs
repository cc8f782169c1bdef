//! Where the table's columns stand, worked out from what all rows need, so that nothing moves while one scrolls.

use eframe::egui::{Rangef, Rect};

use super::order::Order;
use crate::model::settings::BoardSort;
use crate::ui::theme::size;

const PADDING: f32 = 8.0;
/// Of a semibold letter at 13 points and a plain one at 12, on average.
const NAME_LETTER: f32 = 7.4;
const PLACE_LETTER: f32 = 6.6;
/// Cells of a stage strip before the rest is counted.
pub const MOST_CELLS: usize = 8;
pub const CELL_GAP: f32 = 3.0;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Status,
    Pipeline,
    Account,
    Stages,
    Revision,
    Change,
    Author,
    Trigger,
    Elapsed,
    Changed,
}

impl Column {
    pub const fn title(self) -> &'static str {
        match self {
            Self::Status => "",
            Self::Pipeline => "Pipeline",
            Self::Account => "Account",
            Self::Stages => "Stages",
            Self::Revision => "Revision",
            Self::Change => "Change",
            Self::Author => "Author",
            Self::Trigger => "Trigger",
            Self::Elapsed => "Elapsed",
            Self::Changed => "Changed",
        }
    }

    /// The order a click on its head asks for.
    pub const fn sort(self) -> Option<BoardSort> {
        match self {
            Self::Status => Some(BoardSort::Attention),
            Self::Pipeline => Some(BoardSort::Name),
            Self::Account => Some(BoardSort::Account),
            Self::Elapsed => Some(BoardSort::Elapsed),
            Self::Changed => Some(BoardSort::Changed),
            Self::Stages | Self::Revision | Self::Change | Self::Author | Self::Trigger => None,
        }
    }
}

/// The columns that have room, each with its place from left to right.
#[derive(Clone, Debug)]
pub struct Columns(Vec<(Column, Rangef)>);

impl Columns {
    /// In a narrow window the trigger goes first, then the author, the revision, the elapsed time.
    pub fn new(width: f32, order: &Order) -> Self {
        let cells = order.most_stages.clamp(3, MOST_CELLS) as f32;
        let more = if order.most_stages > MOST_CELLS {
            30.0
        } else {
            0.0
        };
        let fixed = [
            (Column::Status, 42.0),
            (
                Column::Pipeline,
                (order.longest_name as f32 * NAME_LETTER + 2.0 * PADDING).clamp(150.0, 280.0),
            ),
            (
                Column::Account,
                (order.longest_place as f32 * PLACE_LETTER + 18.0 + 2.0 * PADDING)
                    .clamp(84.0, 190.0),
            ),
            (
                Column::Stages,
                cells * (size::CELL_WIDTH + CELL_GAP) + more + 2.0 * PADDING,
            ),
            (Column::Revision, 84.0),
            (Column::Change, 220.0),
            (Column::Author, 120.0),
            (Column::Trigger, 110.0),
            (Column::Elapsed, 156.0),
            (Column::Changed, 88.0),
        ];
        let mut shown = fixed.to_vec();
        for column in [
            Column::Trigger,
            Column::Author,
            Column::Revision,
            Column::Elapsed,
        ] {
            if total(&shown) > width {
                shown.retain(|(other, _)| *other != column);
            }
        }
        let spare = (width - total(&shown)).max(0.0);
        let mut left = 0.0;
        let columns = shown
            .into_iter()
            .map(|(column, wanted)| {
                let wanted = if column == Column::Change {
                    wanted + spare
                } else {
                    wanted
                };
                let range = Rangef::new(left, left + wanted);
                left += wanted;
                (column, range)
            })
            .collect();
        Self(columns)
    }

    /// Each column with its room in a row, without the padding.
    pub fn cells(&self, row: Rect) -> impl Iterator<Item = (Column, Rect)> + '_ {
        self.0.iter().map(move |(column, range)| {
            let span = Rangef::new(
                row.left() + range.min + PADDING,
                row.left() + range.max - PADDING,
            );
            (*column, Rect::from_x_y_ranges(span, row.y_range()))
        })
    }
}

fn total(columns: &[(Column, f32)]) -> f32 {
    columns.iter().map(|(_, width)| width).sum()
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;

    fn columns(width: f32) -> Vec<(Column, Rect)> {
        let row = Rect::from_min_max(pos2(0.0, 0.0), pos2(width, 34.0));
        Columns::new(width, &Order::default()).cells(row).collect()
    }

    #[test]
    fn columns_do_not_overlap_and_fill_the_width() {
        for width in [700.0, 1000.0, 1408.0, 2600.0] {
            let columns = columns(width);
            for pair in columns.windows(2) {
                assert!(pair[0].1.right() <= pair[1].1.left());
            }
            let last = columns.last().unwrap().1;
            assert!(last.right() <= width + 0.01, "{width}");
        }
    }

    #[test]
    fn a_narrow_window_drops_the_least_of_them_first() {
        let names = |width| {
            columns(width)
                .into_iter()
                .map(|(column, _)| column)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(1408.0).len(), 10);
        assert!(!names(1000.0).contains(&Column::Trigger));
        assert!(names(700.0).contains(&Column::Change));
    }
}
