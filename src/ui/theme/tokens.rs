//! The tokens: colours read from `assets/themes`, sizes and spacings as constants on a four-point grid.

use eframe::egui::Color32;
use serde::Deserialize;
use serde::de::Error as _;

/// The colours of one theme.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    #[serde(skip)]
    pub dark: bool,
    /// Behind everything.
    #[serde(deserialize_with = "colour")]
    pub bg: Color32,
    #[serde(deserialize_with = "colour")]
    pub panel: Color32,
    /// Controls and cards on a panel.
    #[serde(deserialize_with = "colour")]
    pub raised: Color32,
    /// A control under the pointer.
    #[serde(deserialize_with = "colour")]
    pub hover: Color32,
    /// Text fields and logs.
    #[serde(deserialize_with = "colour")]
    pub sunk: Color32,
    #[serde(deserialize_with = "colour")]
    pub line: Color32,
    #[serde(deserialize_with = "colour")]
    pub text: Color32,
    #[serde(deserialize_with = "colour")]
    pub soft: Color32,
    #[serde(deserialize_with = "colour")]
    pub faint: Color32,
    #[serde(deserialize_with = "colour")]
    pub accent: Color32,
    /// The selected row.
    #[serde(deserialize_with = "colour")]
    pub accent_bg: Color32,
    #[serde(deserialize_with = "colour")]
    pub on_accent: Color32,
    #[serde(deserialize_with = "colour")]
    pub on_wait: Color32,
    /// Over the window while a dialog is open.
    #[serde(deserialize_with = "colour")]
    pub shade: Color32,
    #[serde(deserialize_with = "colour")]
    pub shadow: Color32,
    /// The tab that is on.
    #[serde(deserialize_with = "colour")]
    pub tab_bg: Color32,
    #[serde(deserialize_with = "colour")]
    pub tab_text: Color32,
    #[serde(deserialize_with = "colour")]
    pub run: Color32,
    #[serde(deserialize_with = "colour")]
    pub wait: Color32,
    #[serde(deserialize_with = "colour")]
    pub ok: Color32,
    #[serde(deserialize_with = "colour")]
    pub fail: Color32,
    #[serde(deserialize_with = "colour")]
    pub err: Color32,
    #[serde(deserialize_with = "colour")]
    pub back: Color32,
    #[serde(deserialize_with = "colour")]
    pub stop: Color32,
    #[serde(deserialize_with = "colour")]
    pub wait_bg: Color32,
    #[serde(deserialize_with = "colour")]
    pub fail_bg: Color32,
    #[serde(deserialize_with = "colour")]
    pub run_bg: Color32,
    #[serde(deserialize_with = "colour")]
    pub ok_bg: Color32,
    /// A terminal's sixteen colours: eight plain, eight bright.
    #[serde(deserialize_with = "sixteen")]
    pub ansi: [Color32; 16],
}

impl Theme {
    /// A colour of a terminal's palette of 256: sixteen of the theme, a cube of 216, 24 greys.
    pub fn ansi256(&self, index: u8) -> Color32 {
        const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
        let step = |part: u8| STEPS.get(usize::from(part)).copied().unwrap_or(255);
        match index {
            0..16 => self
                .ansi
                .get(usize::from(index))
                .copied()
                .unwrap_or(self.text),
            16..232 => {
                let cube = index - 16;
                Color32::from_rgb(step(cube / 36), step(cube / 6 % 6), step(cube % 6))
            }
            232.. => Color32::from_gray(8 + (index - 232) * 10),
        }
    }

    /// A colour a log line asked for by its parts.
    pub const fn true_colour(&self, red: u8, green: u8, blue: u8) -> Color32 {
        Color32::from_rgb(red, green, blue)
    }

    /// A foreign colour as it can be read on a ground: moved towards the theme's lightest or darkest as far as it must.
    pub fn readable(&self, colour: Color32, ground: Color32) -> Color32 {
        const LEAST: f32 = 4.5;
        if contrast(colour, ground) >= LEAST {
            return colour;
        }
        let ends = [Color32::WHITE, Color32::BLACK];
        let far = if contrast(ends[0], ground) >= contrast(ends[1], ground) {
            ends[0]
        } else {
            ends[1]
        };
        (1..8)
            .map(|step| colour.lerp_to_gamma(far, step as f32 / 8.0))
            .find(|mixed| contrast(*mixed, ground) >= LEAST)
            .unwrap_or(far)
    }
}

/// Sizes in points.
pub mod size {
    /// The one corner radius of controls.
    pub const RADIUS: u8 = 6;
    pub const PANEL_RADIUS: u8 = 8;
    pub const DIALOG_RADIUS: u8 = 10;
    pub const CELL_RADIUS: u8 = 4;
    pub const TOP_BAR: f32 = 44.0;
    pub const STATUS_LINE: f32 = 26.0;
    pub const BUTTON: f32 = 26.0;
    pub const CHIP: f32 = 22.0;
    pub const FIELD: f32 = 28.0;
    /// A line of plain text.
    pub const LINE: f32 = 20.0;
    /// A row of a table.
    pub const ROW: f32 = 34.0;
    pub const TABLE_HEADER: f32 = 28.0;
    /// A state glyph in a table.
    pub const GLYPH: f32 = 14.0;
    pub const SMALL_GLYPH: f32 = 12.0;
    /// A stage's cell in a strip.
    pub const CELL_WIDTH: f32 = 20.0;
    pub const CELL_HEIGHT: f32 = 18.0;
}

/// Distances in points.
pub mod space {
    pub const XS: f32 = 4.0;
    pub const S: f32 = 8.0;
    pub const M: f32 = 12.0;
    pub const L: f32 = 16.0;
    pub const XL: f32 = 24.0;
}

/// Reads a theme's file. The files are embedded and a test reads both, so a fault here cannot reach a person; it would
/// show as colours that are missing.
pub fn read(text: &str, dark: bool) -> Theme {
    let read = toml::from_str::<Theme>(text);
    if let Err(error) = &read {
        tracing::error!(%error, dark, "theme cannot be read");
    }
    Theme {
        dark,
        ..read.unwrap_or_default()
    }
}

fn colour<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Color32, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is not a colour like #0e1116")))
}

fn sixteen<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<[Color32; 16], D::Error> {
    let texts = <[String; 16]>::deserialize(deserializer)?;
    let mut colours = [Color32::TRANSPARENT; 16];
    for (colour, text) in colours.iter_mut().zip(&texts) {
        *colour = parse(text)
            .ok_or_else(|| D::Error::custom(format!("{text:?} is not a colour like #0e1116")))?;
    }
    Ok(colours)
}

fn parse(text: &str) -> Option<Color32> {
    text.starts_with('#')
        .then(|| Color32::from_hex(text).ok())
        .flatten()
}

/// WCAG 2 contrast of two opaque colours, 1 to 21.
pub fn contrast(a: Color32, b: Color32) -> f32 {
    let luminance = |colour: Color32| {
        let [r, g, b, _] = eframe::egui::Rgba::from(colour).to_array();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_a_missing_or_misspelt_colour_is_not_taken() {
        assert!(toml::from_str::<Theme>("bg = \"#0e1116\"").is_err());
        assert_eq!(parse("0e1116"), None);
        assert_eq!(parse("#0e11"), Color32::from_hex("#0e11").ok());
    }

    #[test]
    fn the_palette_of_256_is_xterms() {
        let theme = Theme::default();
        assert_eq!(theme.ansi256(16), Color32::from_rgb(0, 0, 0));
        assert_eq!(theme.ansi256(196), Color32::from_rgb(255, 0, 0));
        assert_eq!(theme.ansi256(231), Color32::from_rgb(255, 255, 255));
        assert_eq!(theme.ansi256(255), Color32::from_gray(238));
    }
}
