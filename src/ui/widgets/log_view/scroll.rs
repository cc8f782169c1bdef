//! Where in the rows a person is: a row and a part of it, so that nothing is lost to rounding far down.
//!
//! egui's own scroll area keeps points in an `f32`, which skips rows beyond some hundred thousand; here a place is
//! exact to a part of a pixel at any length. Rows have one height, unless long lines wrap: then a move walks the rows
//! it passes, and no other row is ever measured.

use super::rows::RowNo;

/// The height of a row that does not wrap, in points.
pub const ROW: f32 = 20.0;

/// All rows, and the window through which they are seen.
#[derive(Clone, Copy)]
pub struct Span<'a> {
    pub rows: u32,
    /// Of the window, in points.
    pub height: f32,
    /// The height of one row where they differ; a multiple of [`ROW`].
    pub tall: Option<&'a dyn Fn(RowNo) -> f32>,
}

impl Span<'_> {
    pub fn tall(&self, row: RowNo) -> f32 {
        self.tall.map_or(ROW, |tall| tall(row).max(ROW))
    }
}

/// What stands at the upper edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub row: RowNo,
    /// Points of that row above the edge: from zero to less than its height.
    pub offset: f32,
}

impl Place {
    pub const TOP: Self = Self {
        row: RowNo(0),
        offset: 0.0,
    };

    /// The lowest place: the last row stands at the lower edge.
    pub fn bottom(span: Span<'_>) -> Self {
        if span.tall.is_none() {
            return Self::even(f64::INFINITY, span);
        }
        let mut left = span.height;
        for row in (0..span.rows).rev().map(RowNo) {
            let tall = span.tall(row);
            if tall >= left {
                return Self {
                    row,
                    offset: tall - left,
                };
            }
            left -= tall;
        }
        Self::TOP
    }

    pub fn is_bottom(self, span: Span<'_>) -> bool {
        let bottom = Self::bottom(span);
        (self.row, self.offset + 0.5) >= (bottom.row, bottom.offset)
    }

    /// So many points further down, or up where negative.
    pub fn moved(self, points: f32, span: Span<'_>) -> Self {
        if span.tall.is_none() {
            return Self::even(self.points() + f64::from(points), span);
        }
        let mut place = Self {
            row: RowNo(self.row.0.min(span.rows.saturating_sub(1))),
            offset: self.offset + points,
        };
        while place.offset < 0.0 && place.row.0 > 0 {
            place.row.0 -= 1;
            place.offset += span.tall(place.row);
        }
        place.offset = place.offset.max(0.0);
        while place.row.0 + 1 < span.rows && place.offset >= span.tall(place.row) {
            place.offset -= span.tall(place.row);
            place.row.0 += 1;
        }
        let bottom = Self::bottom(span);
        if (place.row, place.offset) > (bottom.row, bottom.offset) {
            bottom
        } else {
            place
        }
    }

    /// The nearest allowed place, after rows came or went.
    pub fn kept(self, span: Span<'_>) -> Self {
        self.moved(0.0, span)
    }

    /// The place that shows a row a third from the top; unchanged where the row is well in view.
    pub fn showing(self, row: RowNo, span: Span<'_>) -> Self {
        if self.sees(row, span) {
            self.kept(span)
        } else {
            Self { row, offset: 0.0 }.moved(-(span.height / 3.0), span)
        }
    }

    fn sees(self, row: RowNo, span: Span<'_>) -> bool {
        // A row at the very edge is not well in view.
        let top = if self.offset > 0.0 {
            self.row.0 + 1
        } else {
            self.row.0
        };
        if row.0 < top.saturating_add(u32::from(top > 0)) {
            return false;
        }
        let most = (span.height / ROW) as u32;
        if row.0 - self.row.0 > most {
            return false;
        }
        let above: f32 = (self.row.0..row.0).map(|row| span.tall(RowNo(row))).sum();
        above - self.offset + 2.0 * ROW <= span.height
    }

    /// How far down, from 0 to 1; by rows where their heights differ.
    pub fn part(self, span: Span<'_>) -> f32 {
        let bottom = Self::bottom(span);
        let whole = bottom.by_row(span);
        if whole <= 0.0 {
            0.0
        } else {
            (self.by_row(span) / whole).min(1.0) as f32
        }
    }

    pub fn of_part(part: f32, span: Span<'_>) -> Self {
        let at = f64::from(part) * Self::bottom(span).by_row(span);
        let row = RowNo(at.floor() as u32);
        Self {
            row,
            offset: ((at - at.floor()) * f64::from(span.tall(row))) as f32,
        }
        .kept(span)
    }

    /// Rows above the edge, with the part of the first one.
    fn by_row(self, span: Span<'_>) -> f64 {
        f64::from(self.row.0) + f64::from(self.offset) / f64::from(span.tall(self.row))
    }

    /// Where all rows have one height: so many points below the first row's edge, within what there is.
    fn even(points: f64, span: Span<'_>) -> Self {
        let room = (f64::from(span.rows) * f64::from(ROW) - f64::from(span.height)).max(0.0);
        let points = points.clamp(0.0, room);
        let row = (points / f64::from(ROW)).floor();
        Self {
            row: RowNo(row as u32),
            offset: (points - row * f64::from(ROW)) as f32,
        }
    }

    fn points(self) -> f64 {
        f64::from(self.row.0) * f64::from(ROW) + f64::from(self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn even(rows: u32, height: f32) -> Span<'static> {
        Span {
            rows,
            height,
            tall: None,
        }
    }

    #[test]
    fn a_place_is_exact_ten_million_rows_down() {
        let span = even(16_777_217, 200.0);
        let mut place = Place::bottom(span);
        assert_eq!(place.row, RowNo(span.rows - 10));
        for _ in 0..ROW as u32 {
            place = place.moved(-1.0, span);
        }
        assert_eq!((place.row, place.offset), (RowNo(span.rows - 11), 0.0));
        assert!(!place.is_bottom(span));
        assert!(place.moved(20.0, span).is_bottom(span));
    }

    #[test]
    fn a_short_log_cannot_be_scrolled() {
        let span = even(3, 200.0);
        assert_eq!(Place::TOP.moved(500.0, span), Place::TOP);
        assert!(Place::TOP.is_bottom(span));
        assert_eq!(Place::of_part(0.7, span), Place::TOP);
        let tall = |_: RowNo| 2.0 * ROW;
        let span = Span {
            tall: Some(&tall),
            ..span
        };
        assert_eq!(Place::TOP.moved(500.0, span), Place::TOP);
        assert!(Place::TOP.is_bottom(span));
    }

    #[test]
    fn showing_a_row_moves_only_if_it_is_out_of_view() {
        let span = even(1_000, 200.0);
        let place = Place::TOP;
        assert_eq!(place.showing(RowNo(5), span), place);
        let moved = place.showing(RowNo(500), span);
        assert!(moved.row < RowNo(500) && moved.row > RowNo(490));
        assert_eq!(moved.showing(RowNo(501), span), moved);
    }

    #[test]
    fn the_scroll_bar_and_the_place_agree() {
        let tall = |row: RowNo| ROW * (1 + row.0 % 3) as f32;
        for tall in [None, Some(&tall as &dyn Fn(RowNo) -> f32)] {
            let span = Span {
                rows: 10_000,
                height: 300.0,
                tall,
            };
            for part in [0.0, 0.25, 0.5, 1.0] {
                let place = Place::of_part(part, span);
                assert!((place.part(span) - part).abs() < 0.001, "{part}");
            }
        }
    }

    #[test]
    fn rows_of_several_heights_are_walked_exactly_there_and_back() {
        let tall = |row: RowNo| {
            if row.0.is_multiple_of(5) {
                7.0 * ROW
            } else {
                ROW
            }
        };
        let span = Span {
            rows: 10_000_000,
            height: 300.0,
            tall: Some(&tall),
        };
        let start = Place {
            row: RowNo(9_000_001),
            offset: 3.0,
        };
        let mut place = start;
        for _ in 0..100 {
            place = place.moved(33.0, span);
        }
        assert!(place.row > start.row && place.offset < span.tall(place.row));
        for _ in 0..100 {
            place = place.moved(-33.0, span);
        }
        assert_eq!(place, start);
        let bottom = Place::bottom(span);
        let below: f32 = (bottom.row.0..span.rows)
            .map(|row| span.tall(RowNo(row)))
            .sum();
        assert!((below - bottom.offset - span.height).abs() < 0.01);
        assert!(bottom.is_bottom(span) && bottom.moved(1e6, span) == bottom);
    }
}
