//! The embedded faces: Inter in three weights, JetBrains Mono in two, and a face of the marks the program draws.
//!
//! `assets/fonts/subset.py` says how they were made. Systems' own faces come after these (eframe's `system_fonts`).

use std::sync::Arc;

use eframe::egui::{FontData, FontDefinitions, FontFamily, FontId};

pub const MEDIUM: &str = "medium";
pub const SEMIBOLD: &str = "semibold";
pub const MONO_BOLD: &str = "mono-bold";

/// The faces and sizes in use.
pub mod font {
    use super::{FontFamily, FontId, MEDIUM, MONO_BOLD, SEMIBOLD};

    fn named(size: f32, family: &'static str) -> FontId {
        FontId::new(size, FontFamily::Name(family.into()))
    }

    pub fn body() -> FontId {
        FontId::proportional(13.0)
    }

    /// Buttons.
    pub fn medium() -> FontId {
        named(13.0, MEDIUM)
    }

    pub fn strong() -> FontId {
        named(13.0, SEMIBOLD)
    }

    pub fn small() -> FontId {
        FontId::proportional(12.0)
    }

    /// Heads of table columns.
    pub fn small_medium() -> FontId {
        named(12.0, MEDIUM)
    }

    /// Captions of sections, and production chips.
    pub fn caption() -> FontId {
        named(12.0, SEMIBOLD)
    }

    /// Counts in a pill.
    pub fn tiny() -> FontId {
        named(11.0, SEMIBOLD)
    }

    /// Times in the cells of a fleet.
    pub fn tiny_plain() -> FontId {
        FontId::proportional(11.0)
    }

    pub fn logo() -> FontId {
        named(14.0, SEMIBOLD)
    }

    /// A dialog's title.
    pub fn heading() -> FontId {
        named(15.0, SEMIBOLD)
    }

    /// A page's title.
    pub fn title() -> FontId {
        named(16.0, SEMIBOLD)
    }

    pub fn mono() -> FontId {
        FontId::monospace(12.0)
    }

    pub fn mono_bold() -> FontId {
        named(12.0, MONO_BOLD)
    }

    /// Keys.
    pub fn tiny_mono() -> FontId {
        FontId::monospace(11.0)
    }
}

const FACES: [(&str, &[u8]); 6] = [
    (
        "inter",
        include_bytes!("../../../assets/fonts/Inter-Regular.otf"),
    ),
    (
        MEDIUM,
        include_bytes!("../../../assets/fonts/Inter-Medium.otf"),
    ),
    (
        SEMIBOLD,
        include_bytes!("../../../assets/fonts/Inter-SemiBold.otf"),
    ),
    (
        "mono",
        include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf"),
    ),
    (
        MONO_BOLD,
        include_bytes!("../../../assets/fonts/JetBrainsMono-Bold.ttf"),
    ),
    (
        "symbols",
        include_bytes!("../../../assets/fonts/StarboardSymbols.ttf"),
    ),
];

pub fn definitions() -> FontDefinitions {
    let mut definitions = FontDefinitions::empty();
    for (name, bytes) in FACES {
        definitions
            .font_data
            .insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let families = [
        (FontFamily::Proportional, "inter"),
        (FontFamily::Monospace, "mono"),
        (FontFamily::Name(MEDIUM.into()), MEDIUM),
        (FontFamily::Name(SEMIBOLD.into()), SEMIBOLD),
        (FontFamily::Name(MONO_BOLD.into()), MONO_BOLD),
    ];
    for (family, face) in families {
        let mut faces = vec![face.to_owned()];
        // A mono line may hold what only Inter draws, and the other way round.
        faces.extend(
            ["symbols", "inter", "mono"]
                .iter()
                .filter(|other| **other != face)
                .map(|other| (*other).to_owned()),
        );
        definitions.families.insert(family, faces);
    }
    definitions
}

#[cfg(test)]
mod tests {
    use eframe::egui;

    use super::*;

    /// Marks the program itself draws as text, beside letters and figures.
    const MARKS: &str = "·…“”‘’×✗✓→←↗▸▾●◆↵⏎−–—~≈°§←→↑↓⌘⇧⇥␛\u{fffd}‹›│└─";

    #[test]
    fn every_mark_the_program_draws_has_a_glyph_in_every_family() {
        let context = egui::Context::default();
        context.set_fonts(definitions());
        let mut missing = Vec::new();
        let mut look = |ui: &mut egui::Ui| {
            let controls = (0x2400..=0x2426).filter_map(char::from_u32);
            let letters = (' '..='~')
                .chain('\u{a0}'..='ÿ')
                .chain("ŁłŐőŠšŽžΩЖя€".chars());
            for mark in MARKS.chars().chain(controls).chain(letters) {
                for id in [
                    font::body(),
                    font::medium(),
                    font::strong(),
                    font::mono(),
                    font::mono_bold(),
                ] {
                    if !ui.fonts_mut(|fonts| fonts.has_glyph(&id, mark)) {
                        missing.push((mark, id.family));
                    }
                }
            }
        };
        // Nobody paints here, so the glyphs' textures are let go.
        let mut frame = context.run_ui(egui::RawInput::default(), &mut look);
        frame.textures_delta.clear();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn figures_are_of_one_width_so_that_numbers_stand_in_columns() {
        let context = egui::Context::default();
        context.set_fonts(definitions());
        let mut widths = Vec::new();
        let mut frame = context.run_ui(egui::RawInput::default(), |ui| {
            for id in [font::body(), font::medium(), font::strong()] {
                widths.push(
                    ('0'..='9')
                        .map(|figure| ui.fonts_mut(|fonts| fonts.glyph_width(&id, figure)))
                        .collect::<Vec<_>>(),
                );
            }
        });
        frame.textures_delta.clear();
        for widths in widths {
            assert!(
                widths
                    .windows(2)
                    .all(|pair| (pair[0] - pair[1]).abs() < 0.02),
                "{widths:?}"
            );
        }
    }
}
