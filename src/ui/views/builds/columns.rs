//! Where the columns of a table of builds stand, worked out from what all rows need, so that nothing moves while one
//! scrolls.

use eframe::egui::{Rangef, Rect};

use super::order::Order;
use crate::model::settings::BuildSort;

const PADDING: f32 = 8.0;
/// Of a semibold letter at 13 points and a plain one at 12, on average.
const NAME_LETTER: f32 = 7.6;
const PLACE_LETTER: f32 = 6.6;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Status,
    Build,
    Account,
    Phases,
    Source,
    By,
    /// Why it failed, or what it does now.
    Says,
    Elapsed,
    Started,
}

impl Column {
    pub const fn title(self) -> &'static str {
        match self {
            Self::Status => "",
            Self::Build => "Build",
            Self::Account => "Account",
            Self::Phases => "Phases",
            Self::Source => "Source",
            Self::By => "Started by",
            Self::Says => "What it says",
            Self::Elapsed => "Elapsed",
            Self::Started => "Started",
        }
    }

    /// The order a click on its head asks for.
    pub const fn sort(self) -> Option<BuildSort> {
        match self {
            Self::Build => Some(BuildSort::Project),
            Self::Elapsed => Some(BuildSort::Longest),
            Self::Started => Some(BuildSort::Newest),
            Self::Status | Self::Account | Self::Phases | Self::Source | Self::By | Self::Says => {
                None
            }
        }
    }
}

/// The columns that have room, each with its place from left to right.
#[derive(Clone, Debug)]
pub struct Columns(Vec<(Column, Rangef)>);

impl Columns {
    /// In a narrow room who started it goes first, then the account, the source, the phases. Within one project its
    /// name and place go without saying.
    pub fn new(width: f32, order: &Order, within_project: bool) -> Self {
        let name = if within_project {
            76.0
        } else {
            (order.longest_name as f32 * NAME_LETTER + 2.0 * PADDING).clamp(140.0, 260.0)
        };
        let place = order.longest_place as f32 * PLACE_LETTER + 18.0 + 2.0 * PADDING;
        let fixed = [
            (Column::Status, 42.0),
            (Column::Build, name),
            (Column::Account, place.clamp(84.0, 190.0)),
            (Column::Phases, 140.0),
            (Column::Source, 156.0),
            (Column::By, 156.0),
            (Column::Says, 110.0),
            (Column::Elapsed, 172.0),
            (Column::Started, 80.0),
        ];
        let mut shown = fixed.to_vec();
        if within_project {
            shown.retain(|(column, _)| *column != Column::Account);
        }
        for column in [Column::By, Column::Account, Column::Source, Column::Phases] {
            if total(&shown) > width {
                shown.retain(|(other, _)| *other != column);
            }
        }
        let spare = (width - total(&shown)).max(0.0);
        let mut left = 0.0;
        let columns = shown
            .into_iter()
            .map(|(column, wanted)| {
                let wanted = wanted + if column == Column::Says { spare } else { 0.0 };
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

    #[test]
    fn columns_do_not_overlap_and_the_least_of_them_goes_first() {
        for (width, count) in [(600.0, 5), (1000.0, 8), (1408.0, 9), (2600.0, 9)] {
            let row = Rect::from_min_max(pos2(0.0, 0.0), pos2(width, 34.0));
            let columns = Columns::new(width, &Order::default(), false);
            let cells: Vec<(Column, Rect)> = columns.cells(row).collect();
            for pair in cells.windows(2) {
                assert!(pair[0].1.right() <= pair[1].1.left());
            }
            assert!(cells.last().unwrap().1.right() <= width + 0.01, "{width}");
            assert_eq!(cells.len(), count, "{width}");
        }
    }
}
