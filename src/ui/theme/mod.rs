//! How the window looks: colours, sizes, faces, each a named token.
//!
//! `app` (and every picture test) calls [`install`] once; views and widgets ask [`of`] for the theme in force. No other
//! module names a raw colour, so that both themes stay whole. Main thread.

mod fonts;
mod style;
mod tokens;

use std::sync::LazyLock;

use eframe::egui;

use crate::model::settings::ThemeChoice;
use crate::model::status::Status;

pub use fonts::{MEDIUM, MONO_BOLD, SEMIBOLD, font};
pub use tokens::{Theme, contrast, size, space};

static DARK: LazyLock<Theme> =
    LazyLock::new(|| tokens::read(include_str!("../../../assets/themes/dark.toml"), true));
static LIGHT: LazyLock<Theme> =
    LazyLock::new(|| tokens::read(include_str!("../../../assets/themes/light.toml"), false));

/// Gives a context the embedded faces and both themes' styles.
pub fn install(context: &egui::Context) {
    context.set_fonts(fonts::definitions());
    context.set_style_of(egui::Theme::Dark, style::style(&DARK));
    context.set_style_of(egui::Theme::Light, style::style(&LIGHT));
}

/// Follows the person's choice; `System` follows the desktop, and is dark where the desktop says nothing.
pub fn choose(context: &egui::Context, choice: ThemeChoice) {
    let preference = match choice {
        ThemeChoice::System => egui::ThemePreference::System,
        ThemeChoice::Dark => egui::ThemePreference::Dark,
        ThemeChoice::Light => egui::ThemePreference::Light,
    };
    if context.options(|options| options.theme_preference) != preference {
        context.set_theme(preference);
    }
}

/// The theme in force.
pub fn of(ui: &egui::Ui) -> &'static Theme {
    named(ui.visuals().dark_mode)
}

/// The dark or the light theme, for painters without a `Ui`.
pub fn named(dark: bool) -> &'static Theme {
    if dark { &DARK } else { &LIGHT }
}

impl Theme {
    /// The hue of a state. Amber stands for "a person is needed" and for nothing else.
    pub const fn status(&self, status: Status) -> egui::Color32 {
        match status {
            Status::Waiting => self.wait,
            Status::Failed => self.fail,
            Status::Errored => self.err,
            Status::RolledBack => self.back,
            Status::Running => self.run,
            Status::Succeeded => self.ok,
            Status::Stopped => self.stop,
            Status::Queued
            | Status::Unknown
            | Status::Superseded
            | Status::Skipped
            | Status::NotRun => self.faint,
        }
    }

    /// The tint behind a state's cell; none where the cell is an outline.
    pub fn status_tint(&self, status: Status) -> Option<egui::Color32> {
        match status {
            Status::Waiting => Some(self.wait_bg),
            Status::Failed => Some(self.fail_bg),
            Status::Running => Some(self.run_bg),
            Status::Succeeded => Some(self.ok_bg),
            Status::Errored => Some(self.faded(self.err, 0.18)),
            Status::RolledBack => Some(self.faded(self.back, 0.18)),
            Status::Stopped => Some(self.faded(self.stop, 0.18)),
            Status::Queued
            | Status::Unknown
            | Status::Superseded
            | Status::Skipped
            | Status::NotRun => None,
        }
    }

    /// A colour at a part of its strength, as CSS mixes it with transparent.
    pub fn faded(&self, colour: egui::Color32, part: f32) -> egui::Color32 {
        colour.gamma_multiply(part)
    }

    /// The quiet line between rows of one panel.
    pub fn row_line(&self) -> egui::Stroke {
        egui::Stroke::new(1.0, self.faded(self.line, 0.6))
    }

    /// The line around panels and controls.
    pub fn outline(&self) -> egui::Stroke {
        egui::Stroke::new(1.0, self.line)
    }

    /// Text in the plain face, 13 points.
    pub fn body(&self, text: impl Into<String>) -> egui::RichText {
        egui::RichText::new(text)
            .font(font::body())
            .color(self.text)
    }

    pub fn strong(&self, text: impl Into<String>) -> egui::RichText {
        egui::RichText::new(text)
            .font(font::strong())
            .color(self.text)
    }

    pub fn soft(&self, text: impl Into<String>) -> egui::RichText {
        self.body(text).color(self.soft)
    }

    pub fn faint(&self, text: impl Into<String>) -> egui::RichText {
        self.body(text).color(self.faint)
    }

    /// Faint, 12 points: ages, counts, captions.
    pub fn small(&self, text: impl Into<String>) -> egui::RichText {
        egui::RichText::new(text)
            .font(font::small())
            .color(self.faint)
    }

    /// Ids, shas and log lines, 12 points.
    pub fn mono(&self, text: impl Into<String>) -> egui::RichText {
        egui::RichText::new(text)
            .font(font::mono())
            .color(self.soft)
    }

    /// The caption over a section: 12 points, semibold, faint.
    pub fn caption(&self, text: impl Into<String>) -> egui::RichText {
        egui::RichText::new(text)
            .font(font::caption())
            .color(self.faint)
    }

    pub fn title(&self, text: impl Into<String>) -> egui::RichText {
        egui::RichText::new(text)
            .font(font::title())
            .color(self.text)
    }

    /// The frame of a panel: its tone, a quiet line, the panel's radius.
    pub fn panel_frame(&self) -> egui::Frame {
        egui::Frame::new()
            .fill(self.panel)
            .stroke(self.outline())
            .corner_radius(size::PANEL_RADIUS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_themes_are_read_and_text_can_be_read_on_them() {
        for (theme, dark) in [(named(true), true), (named(false), false)] {
            assert_eq!(theme.dark, dark);
            for (text, least) in [
                (theme.text, 12.0),
                (theme.soft, 5.5),
                (theme.faint, 4.0),
                (theme.accent, 4.5),
                (theme.wait, 4.5),
                (theme.fail, 4.5),
                (theme.ok, 4.5),
            ] {
                let contrast = tokens::contrast(text, theme.panel);
                assert!(
                    contrast >= least,
                    "{text:?} on {:?}: {contrast}",
                    theme.panel
                );
            }
        }
    }

    #[test]
    fn amber_means_a_person_and_nothing_else() {
        for theme in [named(true), named(false)] {
            for status in Status::ALL {
                assert_eq!(
                    theme.status(status) == theme.wait,
                    status == Status::Waiting,
                    "{status:?}"
                );
            }
        }
    }
}
