//! The state glyphs: a shape and a hue for each of the twelve states, painted as vectors in a box of twelve units.
//!
//! The running one turns two steps a second, and only where it can be seen and in a window that has the focus: each
//! step is a frame of the whole window. With `animation_time` zero (reduced motion, pictures) it stands still.

use std::f32::consts::TAU;
use std::time::Duration;

use eframe::egui::{
    self, Color32, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Vec2,
    WidgetInfo, pos2,
};

use crate::model::status::{State, Status};
use crate::ui::theme::{self, Theme};

const STEPS_A_SECOND: f64 = 2.0;
const STEPS_A_TURN: f64 = 8.0;

/// A state with AWS's own word in its hint.
pub fn state(ui: &mut egui::Ui, state: &State, size: f32) -> Response {
    let response = status(ui, state.status, size);
    if state.word().is_empty() {
        response
    } else {
        response.on_hover_text(format!(
            "{}: AWS says {}",
            state.status.label(),
            state.word()
        ))
    }
}

/// A glyph that takes its room in the layout and names itself.
pub fn status(ui: &mut egui::Ui, status: Status, size: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, status.label()));
    paint(ui, rect, status);
    response
}

/// Paints a state's glyph in its hue; asks for the next turn if it runs and is visible.
pub fn paint(ui: &egui::Ui, rect: Rect, status: Status) {
    if ui.is_rect_visible(rect) {
        let step = if status == Status::Running {
            turn(ui)
        } else {
            0.0
        };
        shape(ui.painter(), theme::of(ui), rect, status, step);
    }
}

/// Paints a state's glyph in a given colour and without motion: for what is stale, or drawn in bulk.
pub fn paint_as(painter: &Painter, rect: Rect, status: Status, colour: Color32) {
    Pen::new(painter, rect, colour).draw(status, 0.0);
}

fn turn(ui: &egui::Ui) -> f32 {
    let (time, focused) = ui.input(|input| (input.time, input.focused));
    let steps = (time * STEPS_A_SECOND).floor();
    if ui.style().animation_time <= 0.0 || !focused {
        return 0.0;
    }
    let left = (steps + 1.0) / STEPS_A_SECOND - time;
    ui.ctx()
        .request_repaint_after(Duration::from_secs_f64(left.max(0.01)));
    ((steps % STEPS_A_TURN) / STEPS_A_TURN) as f32 * TAU
}

fn shape(painter: &Painter, theme: &Theme, rect: Rect, status: Status, angle: f32) {
    Pen::new(painter, rect, theme.status(status)).draw(status, angle);
}

/// Draws in units of a twelfth of the box.
struct Pen<'a> {
    painter: &'a Painter,
    origin: Pos2,
    unit: f32,
    colour: Color32,
}

impl<'a> Pen<'a> {
    fn new(painter: &'a Painter, rect: Rect, colour: Color32) -> Self {
        let side = rect.width().min(rect.height());
        Self {
            painter,
            origin: rect.center() - Vec2::splat(side / 2.0),
            unit: side / 12.0,
            colour,
        }
    }

    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        self.origin + Vec2::new(x, y) * self.unit
    }

    fn stroke(&self, width: f32) -> Stroke {
        Stroke::new((width * self.unit).max(1.0), self.colour)
    }

    fn line(&self, points: &[(f32, f32)], width: f32) {
        let points: Vec<Pos2> = points.iter().map(|point| self.at(*point)).collect();
        // Round ends, which egui's lines have not.
        let radius = self.stroke(width).width / 2.0;
        for end in [points.first(), points.last()].into_iter().flatten() {
            self.painter.circle_filled(*end, radius, self.colour);
        }
        self.painter.add(Shape::line(points, self.stroke(width)));
    }

    fn arc(&self, radius: f32, from: f32, span: f32, width: f32) {
        const PARTS: u8 = 14;
        let points: Vec<(f32, f32)> = (0..=PARTS)
            .map(|part| {
                let angle = from + span * f32::from(part) / f32::from(PARTS);
                (6.0 + radius * angle.cos(), 6.0 + radius * angle.sin())
            })
            .collect();
        self.line(&points, width);
    }

    fn ring(&self, radius: f32, width: f32, part: f32) {
        self.painter.circle_stroke(
            self.at((6.0, 6.0)),
            radius * self.unit,
            Stroke::new(
                (width * self.unit).max(1.0),
                self.colour.gamma_multiply(part),
            ),
        );
    }

    fn filled(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|point| self.at(*point)).collect();
        self.painter
            .add(Shape::convex_polygon(points, self.colour, Stroke::NONE));
    }

    fn draw(&self, status: Status, angle: f32) {
        match status {
            Status::Succeeded => self.line(&[(2.5, 6.5), (5.0, 9.0), (9.5, 3.0)], 1.8),
            Status::Failed => {
                self.line(&[(3.0, 3.0), (9.0, 9.0)], 1.8);
                self.line(&[(9.0, 3.0), (3.0, 9.0)], 1.8);
            }
            Status::Running => {
                self.ring(4.0, 1.8, 0.35);
                self.arc(4.0, angle - TAU / 4.0, TAU / 4.0, 1.8);
            }
            Status::Waiting => self.filled(&[(6.0, 1.2), (10.8, 6.0), (6.0, 10.8), (1.2, 6.0)]),
            Status::NotRun => self.ring(2.6, 1.4, 1.0),
            Status::RolledBack => {
                self.line(&[(4.5, 2.5), (2.0, 5.0), (4.5, 7.5)], 1.6);
                self.line(&[(2.0, 5.0), (7.0, 5.0)], 1.6);
                let bend: Vec<(f32, f32)> = (0..=12_u8)
                    .map(|part| {
                        let angle = -TAU / 4.0 + TAU / 2.0 * f32::from(part) / 12.0;
                        (7.0 + 2.5 * angle.cos(), 7.5 + 2.5 * angle.sin())
                    })
                    .collect();
                self.line(&bend, 1.6);
                self.line(&[(7.0, 10.0), (5.0, 10.0)], 1.6);
            }
            Status::Skipped => self.line(&[(3.0, 6.0), (9.0, 6.0)], 1.8),
            Status::Stopped => {
                self.painter.rect_filled(
                    Rect::from_two_pos(self.at((3.0, 3.0)), self.at((9.0, 9.0))),
                    self.unit,
                    self.colour,
                );
            }
            Status::Queued => {
                self.line(&[(2.0, 6.0), (8.0, 6.0)], 1.6);
                self.line(&[(5.5, 3.5), (8.0, 6.0), (5.5, 8.5)], 1.6);
                self.line(&[(10.2, 2.8), (10.2, 9.2)], 1.4);
            }
            Status::Errored => {
                self.outline(&[(6.0, 1.6), (10.8, 10.2), (1.2, 10.2)], 1.4);
                self.line(&[(6.0, 4.8), (6.0, 7.0)], 1.3);
                self.dot((6.0, 8.7), 0.75);
            }
            Status::Superseded => self.hatched(),
            Status::Unknown => {
                self.line(
                    &[
                        (4.0, 4.2),
                        (4.4, 2.9),
                        (6.0, 2.2),
                        (7.6, 2.9),
                        (8.0, 4.2),
                        (7.4, 5.4),
                        (6.0, 6.4),
                        (6.0, 7.4),
                    ],
                    1.5,
                );
                self.dot((6.0, 9.7), 0.95);
            }
        }
    }

    fn dot(&self, at: (f32, f32), radius: f32) {
        self.painter
            .circle_filled(self.at(at), radius * self.unit, self.colour);
    }

    fn outline(&self, points: &[(f32, f32)], width: f32) {
        let points = points.iter().map(|point| self.at(*point)).collect();
        self.painter
            .add(Shape::closed_line(points, self.stroke(width)));
    }

    fn hatched(&self) {
        let frame = Rect::from_two_pos(self.at((2.0, 2.0)), self.at((10.0, 10.0)));
        self.painter
            .rect_stroke(frame, self.unit, self.stroke(1.2), StrokeKind::Inside);
        for (from, to) in [
            ((2.5, 6.5), (6.5, 2.5)),
            ((2.5, 9.5), (9.5, 2.5)),
            ((5.5, 9.5), (9.5, 5.5)),
        ] {
            self.painter
                .line_segment([self.at(from), self.at(to)], self.stroke(1.0));
        }
    }
}

/// The star of the logo, in a box of eighteen units.
pub fn logo(ui: &mut egui::Ui, size: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Starboard"));
    let theme = theme::of(ui);
    let unit = size / 18.0;
    let star = |outer: f32, waist: f32, colour: Color32| {
        let points: Vec<Pos2> = (0..8_u8)
            .map(|part| {
                let radius = if part % 2 == 0 { outer } else { waist };
                let angle = TAU * f32::from(part) / 8.0 - TAU / 4.0;
                rect.center() + Vec2::angled(angle) * radius * unit
            })
            .collect();
        // A star is not convex: a fan of triangles from its centre is.
        for (index, point) in points.iter().enumerate() {
            let next = points.get((index + 1) % points.len()).copied();
            ui.painter().add(Shape::convex_polygon(
                vec![rect.center(), *point, next.unwrap_or(pos2(0.0, 0.0))],
                colour,
                Stroke::NONE,
            ));
        }
    };
    star(8.0, 3.1, theme.accent);
    star(4.0, 1.4, theme.panel);
    response
}
