//! Colours that others chose, made readable on the ground they stand on.
//!
//! A log asks for any of sixteen million colours without knowing our themes. Contrast is reckoned as WCAG 2 does, and a
//! colour with too little of it is moved towards white or black until it has enough; its hue stays.

use eframe::egui::{Color32, Rgba};

/// What WCAG asks of text.
const LEAST: f32 = 4.5;
/// A step of sixteen is finer than an eye tells apart in text.
const STEPS: u8 = 16;

/// The colour itself, or the nearest one towards white or black that can be read on `ground` (opaque).
pub fn readable(colour: Color32, ground: Color32) -> Color32 {
    if contrast(colour, ground) >= LEAST {
        return colour;
    }
    let end = if contrast(Color32::WHITE, ground) > contrast(Color32::BLACK, ground) {
        Color32::WHITE
    } else {
        Color32::BLACK
    };
    (1..=STEPS)
        .map(|step| colour.lerp_to_gamma(end, f32::from(step) / f32::from(STEPS)))
        .find(|moved| contrast(*moved, ground) >= LEAST)
        .unwrap_or(end)
}

/// From 1 (the same) to 21 (black on white).
fn contrast(one: Color32, other: Color32) -> f32 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Color32) -> f32 {
    let colour = Rgba::from(colour);
    0.2126 * colour.r() + 0.7152 * colour.g() + 0.0722 * colour.b()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_without_contrast_is_moved_and_others_stay() {
        let (night, day) = (
            Color32::from_rgb(12, 16, 24),
            Color32::from_rgb(250, 250, 252),
        );
        let navy = Color32::from_rgb(0, 0, 95);
        assert_eq!(readable(navy, day), navy);
        let moved = readable(navy, night);
        assert!(contrast(moved, night) >= LEAST && moved.b() > moved.r());
        assert_eq!(readable(Color32::WHITE, day), readable(Color32::WHITE, day));
        assert!(contrast(readable(Color32::YELLOW, day), day) >= LEAST);
    }

    #[test]
    fn every_colour_of_the_cube_is_readable_on_every_other() {
        for colour in [0, 95, 135, 175, 215, 255] {
            for ground in 0..=255 {
                let (colour, ground) = (Color32::from_gray(colour), Color32::from_gray(ground));
                assert!(contrast(readable(colour, ground), ground) >= LEAST);
            }
        }
    }
}
