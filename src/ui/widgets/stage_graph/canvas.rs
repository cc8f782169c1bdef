//! Pan and zoom over a drawing: which part of it is seen, and how large.
//!
//! Pure. A new canvas fits its drawing into the room, never larger than life; it moves only when a person moves it.

use eframe::egui::{Pos2, Rect, Vec2};

const SMALLEST: f32 = 0.4;
const LARGEST: f32 = 2.0;
/// Fitting shrinks no further than text can be read; past it the drawing is panned.
const SMALLEST_FIT: f32 = 0.7;

#[derive(Clone, Debug, Default)]
pub struct Canvas {
    /// None: fits the room.
    zoom: Option<f32>,
    /// From the drawing's corner to the corner of the room, in points of the screen.
    offset: Vec2,
    /// By a key or a button, when the room was not at hand.
    next: Option<f32>,
}

/// From the drawing's points to the screen's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    pub origin: Pos2,
    pub scale: f32,
}

impl Placed {
    pub fn rect(&self, rect: Rect) -> Rect {
        let corner = |at: Pos2| self.origin + at.to_vec2() * self.scale;
        Rect::from_min_max(corner(rect.min), corner(rect.max))
    }
}

impl Canvas {
    pub fn is_fitted(&self) -> bool {
        self.zoom.is_none() && self.offset == Vec2::ZERO
    }

    pub fn fit(&mut self) {
        *self = Self::default();
    }

    pub fn placed(&self, drawing: Vec2, room: Rect) -> Placed {
        Placed {
            origin: room.min - self.clamped(drawing, room.size()),
            scale: self.scale(drawing, room.size()),
        }
    }

    /// Moves the drawing with the hand. Returns whether there was anywhere to go.
    pub fn pan(&mut self, delta: Vec2, drawing: Vec2, room: Vec2) -> bool {
        let before = self.clamped(drawing, room);
        self.offset = before - delta;
        self.offset = self.clamped(drawing, room);
        self.offset != before
    }

    /// Zooms about a point of the room, which stays where it is as far as the edges allow.
    pub fn zoom_at(&mut self, factor: f32, anchor: Vec2, drawing: Vec2, room: Vec2) {
        let before = self.scale(drawing, room);
        let after = (before * factor).clamp(SMALLEST, LARGEST);
        let held = (self.clamped(drawing, room) + anchor) / before;
        self.zoom = Some(after);
        self.offset = held * after - anchor;
        self.offset = self.clamped(drawing, room);
    }

    /// The height of a drawing that is fitted into a width.
    pub fn fitted_height(drawing: Vec2, width: f32) -> f32 {
        drawing.y * (width / drawing.x.max(1.0)).clamp(SMALLEST_FIT, 1.0)
    }

    /// Zooms about the middle in the next frame.
    pub fn zoom_next(&mut self, factor: f32) {
        self.next = Some(self.next.unwrap_or(1.0) * factor);
    }

    /// Does what was asked for since the last frame.
    pub fn settle(&mut self, drawing: Vec2, room: Vec2) {
        if let Some(factor) = self.next.take() {
            self.zoom_at(factor, room / 2.0, drawing, room);
        }
    }

    /// Moves as little as shows a part of the drawing.
    pub fn reveal(&mut self, part: Rect, drawing: Vec2, room: Vec2) {
        let scale = self.scale(drawing, room);
        let offset = self.clamped(drawing, room);
        let along = |offset: f32, from: f32, to: f32, room: f32| {
            let (from, to) = (from * scale, to * scale);
            if from < offset {
                from
            } else if to > offset + room {
                (to - room).min(from)
            } else {
                offset
            }
        };
        self.offset = Vec2::new(
            along(offset.x, part.left(), part.right(), room.x),
            along(offset.y, part.top(), part.bottom(), room.y),
        );
        self.offset = self.clamped(drawing, room);
    }

    fn scale(&self, drawing: Vec2, room: Vec2) -> f32 {
        self.zoom.unwrap_or_else(|| {
            let fits = (room / drawing.max(Vec2::splat(1.0))).min_elem();
            fits.clamp(SMALLEST_FIT, 1.0)
        })
    }

    /// The offset that shows no emptiness beyond the drawing.
    fn clamped(&self, drawing: Vec2, room: Vec2) -> Vec2 {
        let most = (drawing * self.scale(drawing, room) - room).max(Vec2::ZERO);
        self.offset.clamp(Vec2::ZERO, most)
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::{pos2, vec2};

    use super::*;

    const ROOM: Rect = Rect {
        min: pos2(10.0, 10.0),
        max: pos2(410.0, 110.0),
    };

    #[test]
    fn a_small_drawing_stands_at_its_own_size_in_the_corner() {
        let placed = Canvas::default().placed(vec2(200.0, 50.0), ROOM);
        assert_eq!((placed.origin, placed.scale), (ROOM.min, 1.0));
    }

    #[test]
    fn a_large_drawing_shrinks_no_further_than_it_can_be_read_and_is_then_panned() {
        let drawing = vec2(4_000.0, 100.0);
        let mut canvas = Canvas::default();
        assert!((canvas.placed(drawing, ROOM).scale - SMALLEST_FIT).abs() < 1e-6);
        assert!(canvas.pan(vec2(-10_000.0, 5.0), drawing, ROOM.size()));
        let end = canvas
            .placed(drawing, ROOM)
            .rect(Rect::from_min_size(Pos2::ZERO, drawing));
        assert!((end.right() - ROOM.right()).abs() < 0.1);
        assert!((end.top() - ROOM.top()).abs() < 0.1);
        assert!(!canvas.pan(vec2(-1.0, 0.0), drawing, ROOM.size()));
        canvas.fit();
        assert!(canvas.is_fitted());
    }

    #[test]
    fn what_is_under_the_pointer_stays_there_while_zooming() {
        let drawing = vec2(4_000.0, 4_000.0);
        let mut canvas = Canvas::default();
        canvas.pan(vec2(-500.0, -500.0), drawing, ROOM.size());
        let anchor = vec2(120.0, 40.0);
        let at = |canvas: &Canvas| {
            let placed = canvas.placed(drawing, ROOM);
            (ROOM.min + anchor - placed.origin) / placed.scale
        };
        let before = at(&canvas);
        canvas.zoom_at(1.3, anchor, drawing, ROOM.size());
        assert!((at(&canvas) - before).length() < 0.01);
    }

    #[test]
    fn revealing_moves_only_as_far_as_needed() {
        let drawing = vec2(4_000.0, 100.0);
        let mut canvas = Canvas::default();
        let part = Rect::from_min_size(pos2(1_000.0, 0.0), vec2(168.0, 64.0));
        canvas.reveal(part, drawing, ROOM.size());
        let seen = canvas.placed(drawing, ROOM).rect(part);
        assert!((seen.right() - ROOM.right()).abs() < 0.1);
        let before = canvas.placed(drawing, ROOM);
        canvas.reveal(part, drawing, ROOM.size());
        assert_eq!(canvas.placed(drawing, ROOM), before);
    }
}
