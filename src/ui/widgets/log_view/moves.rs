//! Where a log view goes: what was asked for in a frame, carried out once its rows are known.
//!
//! Nothing here moves what a person reads unless they asked: rows that come and go leave the row at the upper edge
//! where it is, and a change above the log (a banner, a row of chips) leaves it at its height on the screen.

use std::rc::Rc;

use eframe::egui::{Rect, Ui};

use super::line;
use super::rows::{Row, RowNo};
use super::scroll::{Place, ROW, Span};
use super::{LogInput, LogView};
use crate::model::log::LineNo;

/// One move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Move {
    /// So many points down, or up where negative.
    By(f32),
    /// So many points with what is above the log.
    Along(f32),
    /// To this part of the whole, from 0 to 1.
    Part(f32),
    /// To where a line is seen, all unfolded that hides it.
    Show(LineNo),
    /// Follows the end, or lets go of it.
    Follow(bool),
    /// A person is reading here: the end is no longer followed.
    LetGo,
}

impl LogView {
    /// Follows the end from now on, or lets go of it.
    pub(super) fn follow(&mut self, following: bool, input: &LogInput<'_>) {
        if self.following && !following {
            self.let_go_at = self.lines(input).len();
        }
        self.following = following;
    }

    /// Takes the room for this frame. Where its upper edge has moved, the log stays where it is on the screen.
    pub(super) fn stay(&mut self, room: Rect) {
        let moved = room.top() - self.top;
        let is_placed = self.height > 0.0 && self.place != Place::TOP && !self.following;
        // One move with what is asked for already: two in turn could meet an end of the log between them.
        let asked = self.moves.iter_mut().find_map(|asked| match asked {
            Move::Along(points) => Some(points),
            _ => None,
        });
        if let Some(points) = asked {
            *points += moved;
        } else if is_placed && moved != 0.0 && moved.abs() < room.height() / 2.0 {
            self.moves.push(Move::Along(moved));
        }
        (self.top, self.height) = (room.top(), room.height());
    }

    /// Carries out what was asked; returns how far down the log is then, from 0 to 1.
    pub(super) fn carry_out(&mut self, ui: &Ui, input: &LogInput<'_>) -> f32 {
        let (later, moves) = std::mem::take(&mut self.moves)
            .into_iter()
            .partition::<Vec<_>, _>(|asked| match asked {
                Move::Show(line) => self.is_unread(*line, input),
                _ => false,
            });
        self.moves = later;
        // Where a person went they stay, whatever is found out about the log later.
        self.settled |= moves.iter().any(|asked| !matches!(asked, Move::Along(_)));
        for asked in &moves {
            if let Move::Show(line) = asked {
                self.reveal(*line, input);
            }
        }
        self.lay_out(input);
        let rows = Rc::clone(&self.rows);
        let (wraps, height) = (self.wraps, self.height);
        for asked in moves {
            let before = self.place;
            let (place, follows) = {
                let tall = |row: RowNo| tall(self, ui, row, input);
                let span = Span {
                    rows: rows.len(),
                    height,
                    tall: wraps.then_some(&tall),
                };
                self.moved(asked, span, input)
            };
            self.place = place;
            self.follow(follows, input);
            if self.place != before && matches!(asked, Move::By(_) | Move::Part(_)) {
                self.before_filter = None;
            }
        }
        let (bottom, place) = {
            let tall = |row: RowNo| tall(self, ui, row, input);
            let span = Span {
                rows: rows.len(),
                height,
                tall: wraps.then_some(&tall),
            };
            let bottom = Place::bottom(span);
            (
                bottom,
                if self.following {
                    bottom
                } else {
                    self.place.kept(span)
                },
            )
        };
        (self.bottom, self.place) = (bottom, place);
        let tall = |row: RowNo| tall(self, ui, row, input);
        self.place.part(Span {
            rows: rows.len(),
            height,
            tall: wraps.then_some(&tall),
        })
    }

    /// Where a move leads, and whether the end is followed there.
    fn moved(&self, asked: Move, span: Span<'_>, input: &LogInput<'_>) -> (Place, bool) {
        let from = if self.following {
            Place::bottom(span)
        } else {
            self.place
        };
        match asked {
            Move::By(points) => {
                let place = from.moved(points, span);
                let arrived = points > 0.0 && input.is_growing() && place.is_bottom(span);
                let stays = self.following && (points > 0.0 || place == from);
                (place, stays || arrived)
            }
            Move::Along(points) => (from.moved(points, span), self.following),
            Move::Part(part) => {
                let follows = part >= 1.0 && input.is_growing();
                (Place::of_part(part, span), follows)
            }
            Move::Show(line) => (from.showing(self.rows.of_line(line), span), false),
            Move::Follow(follows) => (from, follows),
            Move::LetGo => (from, false),
        }
    }

    /// Makes a line have a row: opens what hides it, and takes the filters away that leave it out.
    fn reveal(&mut self, line: LineNo, input: &LogInput<'_>) {
        if self.merging.is_some() {
            return;
        }
        if self.shown.leaves_out(line) {
            self.filters.clear();
        }
        self.folds.unfold(line, input.complete);
    }
}

/// The height of a row where lines wrap.
fn tall(view: &LogView, ui: &Ui, row: RowNo, input: &LogInput<'_>) -> f32 {
    match view.rows.get(row) {
        Some(Row::Line(line)) => line::tall(view, ui, line, input),
        Some(Row::Section(_) | Row::Phase(_) | Row::Gap(..)) | None => ROW,
    }
}
