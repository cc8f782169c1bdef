//! Where in the rows a person is: a row and a part of it, so that nothing is lost to rounding far down.
//!
//! egui's own scroll area keeps points in an `f32`, which skips rows beyond some hundred thousand; here a place is
//! exact to a part of a pixel at any length.

use super::rows::RowNo;

/// The height of every row, in points.
pub const ROW: f32 = 20.0;

/// What stands at the upper edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub row: RowNo,
    /// Points of that row above the edge: from zero to less than [`ROW`].
    pub offset: f32,
}

impl Place {
    pub const TOP: Self = Self {
        row: RowNo(0),
        offset: 0.0,
    };

    /// A place so many points below the first row's edge, within what `rows` rows and a view of this height allow.
    fn at(points: f64, rows: u32, height: f32) -> Self {
        let points = points.clamp(0.0, room(rows, height));
        let row = (points / f64::from(ROW)).floor();
        Self {
            row: RowNo(row as u32),
            offset: (points - row * f64::from(ROW)) as f32,
        }
    }

    /// The lowest place: the last row stands at the lower edge.
    pub fn bottom(rows: u32, height: f32) -> Self {
        Self::at(f64::INFINITY, rows, height)
    }

    pub fn is_bottom(self, rows: u32, height: f32) -> bool {
        self.points() >= room(rows, height) - 0.5
    }

    /// So many points further down, or up where negative.
    pub fn moved(self, points: f32, rows: u32, height: f32) -> Self {
        Self::at(self.points() + f64::from(points), rows, height)
    }

    /// The nearest allowed place, after rows came or went.
    pub fn kept(self, rows: u32, height: f32) -> Self {
        self.moved(0.0, rows, height)
    }

    /// The place that shows a row a third from the top; unchanged where the row is well in view.
    pub fn showing(self, row: RowNo, rows: u32, height: f32) -> Self {
        let target = f64::from(row.0) * f64::from(ROW);
        let margin = f64::from(ROW);
        let top = self.points();
        let seen = top + margin <= target && target + 2.0 * margin <= top + f64::from(height);
        if seen {
            self
        } else {
            Self::at(target - f64::from(height) / 3.0, rows, height)
        }
    }

    /// How far down, from zero to one.
    pub fn part(self, rows: u32, height: f32) -> f32 {
        let room = room(rows, height);
        if room <= 0.0 {
            0.0
        } else {
            (self.points() / room) as f32
        }
    }

    pub fn of_part(part: f32, rows: u32, height: f32) -> Self {
        Self::at(f64::from(part) * room(rows, height), rows, height)
    }

    fn points(self) -> f64 {
        f64::from(self.row.0) * f64::from(ROW) + f64::from(self.offset)
    }
}

fn room(rows: u32, height: f32) -> f64 {
    (f64::from(rows) * f64::from(ROW) - f64::from(height)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_exact_ten_million_rows_down() {
        let rows = 16_777_217;
        let mut place = Place::bottom(rows, 200.0);
        assert_eq!(place.row, RowNo(rows - 10));
        for _ in 0..ROW as u32 {
            place = place.moved(-1.0, rows, 200.0);
        }
        assert_eq!((place.row, place.offset), (RowNo(rows - 11), 0.0));
        assert!(!place.is_bottom(rows, 200.0));
        assert!(place.moved(20.0, rows, 200.0).is_bottom(rows, 200.0));
    }

    #[test]
    fn a_short_log_cannot_be_scrolled() {
        assert_eq!(Place::TOP.moved(500.0, 3, 200.0), Place::TOP);
        assert!(Place::TOP.is_bottom(3, 200.0));
        assert_eq!(Place::of_part(0.7, 3, 200.0), Place::TOP);
    }

    #[test]
    fn showing_a_row_moves_only_if_it_is_out_of_view() {
        let place = Place::TOP;
        assert_eq!(place.showing(RowNo(5), 1_000, 200.0), place);
        let moved = place.showing(RowNo(500), 1_000, 200.0);
        assert!(moved.row < RowNo(500) && moved.row > RowNo(490));
        assert_eq!(moved.showing(RowNo(501), 1_000, 200.0), moved);
    }

    #[test]
    fn the_scroll_bar_and_the_place_agree() {
        for part in [0.0, 0.25, 0.5, 1.0] {
            let place = Place::of_part(part, 10_000, 300.0);
            assert!((place.part(10_000, 300.0) - part).abs() < 0.001);
        }
    }
}
