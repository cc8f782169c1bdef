//! A text of any length, line by line: numbered, in the mono face, to be selected and copied. Only lines in sight are
//! laid out. Text comes from outside, so what would act on it is shown as a mark.

use eframe::egui::{self, Align, Color32, Layout, Ui, Vec2};

use crate::model::artifact::{DifferenceLine, LineSide};
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::safe_text;

/// The height of a line.
const LINE: f32 = 18.0;
/// Of a longer line so much is shown; copying the whole text keeps it.
const MOST: usize = 2_000;

/// Where each line begins and ends, found once for a text and kept with it.
#[derive(Default)]
pub struct Lines {
    of: (usize, usize),
    ranges: Vec<(usize, usize)>,
}

impl Lines {
    /// Finds the lines anew if it is another text.
    pub fn follow(&mut self, text: &str) {
        let of = (text.as_ptr() as usize, text.len());
        if self.of == of && !self.ranges.is_empty() {
            return;
        }
        self.of = of;
        self.ranges.clear();
        let mut start = 0;
        for line in text.split('\n') {
            self.ranges.push((start, start + line.len()));
            start += line.len() + 1;
        }
        // A line feed at the end begins no line.
        if text.ends_with('\n') {
            self.ranges.pop();
        }
    }

    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

/// The text in all the room there is.
pub fn show(ui: &mut Ui, id: &str, text: &str, lines: &mut Lines) {
    lines.follow(text);
    let digits = lines.len().max(1).ilog10() as usize + 1;
    let theme = theme::of(ui);
    rows(ui, id, lines.len(), |ui, row| {
        let Some(&(start, end)) = lines.ranges.get(row) else {
            return;
        };
        number_ui(ui, &format!("{:>digits$}", row + 1), theme.faint);
        text_ui(ui, text.get(start..end).unwrap_or(""), theme.text);
    });
}

/// A difference in all the room there is: a sign, a tint and a word for the screen reader tell the side of a line.
pub fn difference(ui: &mut Ui, id: &str, lines: &[DifferenceLine]) {
    let theme = theme::of(ui);
    rows(ui, id, lines.len(), |ui, row| {
        let Some(line) = lines.get(row) else {
            return;
        };
        let (sign, colour, tint) = match line.side {
            LineSide::Both => (" ", theme.soft, None),
            LineSide::Older => ("−", theme.fail, Some(theme.fail_bg)),
            LineSide::Newer => ("+", theme.ok, Some(theme.ok_bg)),
            LineSide::Skipped => ("⋯", theme.faint, Some(theme.raised)),
        };
        if let Some(tint) = tint {
            let rect = ui.max_rect();
            ui.painter().rect_filled(rect, 0.0, tint);
        }
        number_ui(ui, if sign == "⋯" { "·" } else { sign }, colour);
        let colour = if line.side == LineSide::Skipped {
            theme.faint
        } else {
            theme.text
        };
        text_ui(ui, &line.text, colour);
    });
}

fn rows(ui: &mut Ui, id: &str, count: usize, mut row_ui: impl FnMut(&mut Ui, usize)) {
    ui.spacing_mut().item_spacing = Vec2::ZERO;
    egui::ScrollArea::both()
        .id_salt(id)
        .auto_shrink(false)
        .show_rows(ui, LINE, count, |ui, rows| {
            for row in rows {
                let width = ui.available_width();
                let layout = Layout::left_to_right(Align::Center);
                ui.allocate_ui_with_layout(Vec2::new(width, LINE), layout, |ui| {
                    ui.set_min_size(Vec2::new(width, LINE));
                    ui.add_space(space::S);
                    row_ui(ui, row);
                });
            }
        });
}

fn number_ui(ui: &mut Ui, words: &str, colour: Color32) {
    let text = egui::RichText::new(words).font(font::mono()).color(colour);
    ui.add(egui::Label::new(text).selectable(false).extend());
    ui.add_space(space::M);
}

fn text_ui(ui: &mut Ui, text: &str, colour: Color32) {
    let safe = safe_text::line(text.trim_end_matches('\r'));
    let shown = safe_text::elide(&safe, MOST);
    let text = egui::RichText::new(shown.into_owned())
        .font(font::mono())
        .color(colour);
    ui.add(egui::Label::new(text).selectable(true).extend());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_an_editor_counts() {
        let mut lines = Lines::default();
        for (text, count) in [("", 1), ("a", 1), ("a\n", 1), ("a\nb", 2), ("\n\n", 2)] {
            lines.of = (0, 0);
            lines.ranges.clear();
            lines.follow(text);
            assert_eq!(lines.len(), count, "{text:?}");
        }
    }
}
