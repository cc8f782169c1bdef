//! A terminal's colours in the theme's: every line stays readable on the log's ground, whatever colour it asks for.

use eframe::egui::{
    Align, Color32, FontFamily, FontId, Stroke,
    text::{LayoutJob, TextFormat},
};

use super::lines::Lines;
use super::looks::Looks;
use super::scroll::ROW;
use crate::model::ansi::{Colour, Drawn, Span};
use crate::model::log::{LineNo, LogSnapshot};
use crate::ui::theme::{MONO_BOLD, Theme, font};

/// A line's looks as egui lays them out, in one row.
pub fn job(theme: &Theme, drawn: &Drawn, plain: Color32) -> LayoutJob {
    let mut job = LayoutJob {
        break_on_newline: false,
        ..LayoutJob::default()
    };
    job.wrap.max_width = f32::INFINITY;
    let mut start = 0;
    for span in &drawn.spans {
        let text = drawn.text.get(start..span.end).unwrap_or("");
        job.append(text, 0.0, format(theme, *span, plain));
        start = span.end;
    }
    job
}

/// A line of a log elsewhere than in its window: its colours and its words, drawn up to so many characters, secrets masked.
pub fn line_of(
    theme: &Theme,
    log: &LogSnapshot,
    line: LineNo,
    most: usize,
    plain: Color32,
) -> Option<(LayoutJob, String)> {
    let lines = Lines::new(log, None);
    let raw = lines.text(line)?;
    let looks = Looks::of(&raw, most, lines.masks(line, &raw, true));
    Some((job(theme, &looks.drawn, plain), looks.drawn.text))
}

/// The same over as many rows of the log's height as it takes.
pub fn wrapped(theme: &Theme, drawn: &Drawn, plain: Color32, width: f32) -> LayoutJob {
    let mut job = job(theme, drawn, plain);
    for section in &mut job.sections {
        section.format.line_height = Some(ROW);
        section.format.valign = Align::Center;
    }
    job.wrap.max_width = width;
    job.wrap.break_anywhere = true;
    job
}

fn format(theme: &Theme, span: Span, plain: Color32) -> TextFormat {
    let style = span.style;
    let colour = |colour: Colour, default: Color32| match colour {
        Colour::Default => default,
        Colour::Indexed(index) => theme.ansi256(index),
        Colour::Rgb(red, green, blue) => theme.true_colour(red, green, blue),
    };
    let mut foreground = colour(style.foreground, plain);
    let mut background = colour(style.background, Color32::TRANSPARENT);
    if style.background != Colour::Default && style.foreground == Colour::Default {
        // The palette's colours stand out from the log's ground, so the ground stands out from them.
        foreground = theme.sunk;
    }
    if style.inverse {
        (foreground, background) = (
            colour(style.background, theme.sunk),
            colour(style.foreground, plain),
        );
    }
    let ground = if background == Color32::TRANSPARENT {
        theme.sunk
    } else {
        background
    };
    foreground = theme.readable(foreground, ground);
    if style.faint {
        foreground = foreground.lerp_to_gamma(ground, 0.3);
    }
    if span.mark {
        foreground = theme.faint;
        background = theme.raised;
    }
    let line = |on: bool| {
        if on {
            Stroke::new(1.0, foreground)
        } else {
            Stroke::NONE
        }
    };
    TextFormat {
        font_id: if style.bold {
            FontId::new(12.0, FontFamily::Name(MONO_BOLD.into()))
        } else {
            font::mono()
        },
        color: foreground,
        background,
        italics: style.italic,
        underline: line(style.underline),
        strikethrough: line(style.strike),
        ..TextFormat::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ansi;
    use crate::ui::theme;

    #[test]
    fn no_colour_a_line_asks_for_makes_it_unreadable() {
        for dark in [true, false] {
            let theme = theme::named(dark);
            for line in [
                "\u{1b}[38;2;0;0;0mblack",
                "\u{1b}[38;2;255;255;255mwhite",
                "\u{1b}[38;5;232mnearly black",
                "\u{1b}[48;2;255;255;0mon yellow",
                "\u{1b}[38;2;90;90;90;48;2;100;100;100mgrey on grey",
                "\u{1b}[7minverse",
            ] {
                let job = job(theme, &ansi::draw(line, 80), theme.text);
                let format = &job.sections[0].format;
                let ground = if format.background == Color32::TRANSPARENT {
                    theme.sunk
                } else {
                    format.background
                };
                let contrast = theme::contrast(format.color, ground);
                assert!(contrast >= 4.5, "{line:?} dark {dark}: {contrast}");
            }
        }
    }
}
