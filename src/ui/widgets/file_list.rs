//! A list of files, found by a few letters: only rows in sight are laid out, the filter runs once a change.

use eframe::egui::{
    self, Align2, Color32, CornerRadius, Key, Role, Sense, Ui, Vec2, WidgetInfo, pos2,
};

use crate::ui::theme::{self, font, size, space};
use crate::ui::widgets::safe_text;
use crate::ui::widgets::stage_graph::line_of_text;
use crate::ui::widgets::text_field::TextField;

const ROW: f32 = 24.0;

/// One file.
pub struct FileRow<'a> {
    pub path: &'a str,
    /// `1.2 kB`, or sizes of both sides.
    pub detail: String,
    /// A sign of what became of it, its colour, and the word for it.
    pub mark: Option<(&'static str, Color32, &'static str)>,
}

/// The look at a list.
#[derive(Default)]
pub struct FileList {
    filter: String,
    /// Indices that match, for these letters over so many files.
    found: Option<(String, usize, Vec<usize>)>,
}

impl FileList {
    /// Paints it into the room there is; returns the index of the file that was picked.
    pub fn ui<'a>(
        &mut self,
        ui: &mut Ui,
        count: usize,
        picked: Option<&str>,
        file: impl Fn(usize) -> Option<FileRow<'a>>,
    ) -> Option<usize> {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add_space(space::S);
        TextField::new(&mut self.filter, "Filter the files")
            .width(ui.available_width())
            .show(ui);
        ui.add_space(space::XS);
        self.find(count, &file);
        let found = self.found.as_ref().map_or(&[][..], |found| &found.2);
        if found.is_empty() {
            ui.label(theme::of(ui).small("No file's path has these letters."));
            return None;
        }
        let mut chosen = step(ui, found, picked, &file);
        egui::ScrollArea::vertical()
            .id_salt("files")
            .auto_shrink(false)
            .show_rows(ui, ROW, found.len(), |ui, rows| {
                for &index in found.get(rows).unwrap_or_default() {
                    if let Some(row) = file(index)
                        && row_ui(ui, &row, picked == Some(row.path))
                    {
                        chosen = Some(index);
                    }
                }
            });
        chosen
    }

    fn find<'a>(&mut self, count: usize, file: &impl Fn(usize) -> Option<FileRow<'a>>) {
        let is_same =
            |found: &(String, usize, Vec<usize>)| found.0 == self.filter && found.1 == count;
        if self.found.as_ref().is_some_and(is_same) {
            return;
        }
        let wanted = self.filter.trim().to_lowercase();
        let matches = |index: &usize| {
            wanted.is_empty()
                || file(*index).is_some_and(|row| row.path.to_lowercase().contains(&wanted))
        };
        let found = (0..count).filter(matches).collect();
        self.found = Some((self.filter.clone(), count, found));
    }
}

/// The arrows move the pick while a row has the keyboard's focus.
fn step<'a>(
    ui: &Ui,
    found: &[usize],
    picked: Option<&str>,
    file: &impl Fn(usize) -> Option<FileRow<'a>>,
) -> Option<usize> {
    if ui.ctx().text_edit_focused() {
        return None;
    }
    let (down, up) = ui.input(|input| {
        let held = input.modifiers.alt;
        (
            held && input.key_pressed(Key::ArrowDown),
            held && input.key_pressed(Key::ArrowUp),
        )
    });
    if !down && !up {
        return None;
    }
    let at = found
        .iter()
        .position(|&index| file(index).is_some_and(|row| Some(row.path) == picked));
    let to = match at {
        None => 0,
        Some(at) if down => at + 1,
        Some(at) => at.checked_sub(1)?,
    };
    found.get(to).copied()
}

fn row_ui(ui: &mut Ui, row: &FileRow<'_>, is_on: bool) -> bool {
    let theme = theme::of(ui);
    let wanted = Vec2::new(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    let path = safe_text::line(row.path);
    let word = row
        .mark
        .map_or_else(String::new, |mark| format!("{}, ", mark.2));
    let name = format!("{path}: {word}{}", row.detail);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_on, &name));
    if is_on || response.hovered() || response.has_focus() {
        let fill = if is_on { theme.accent_bg } else { theme.hover };
        ui.painter()
            .rect_filled(rect, CornerRadius::same(size::CELL_RADIUS), fill);
    }
    let mut left = rect.left() + 6.0;
    let middle = rect.center().y;
    if let Some((sign, colour, _)) = row.mark {
        let at = pos2(left, middle);
        line_of_text(
            ui,
            at,
            Align2::LEFT_CENTER,
            sign,
            font::mono_bold(),
            colour,
            12.0,
        );
        left += 16.0;
    }
    // Clear of the bar that scrolls.
    let at = pos2(rect.right() - 14.0, middle);
    let detail = line_of_text(
        ui,
        at,
        Align2::RIGHT_CENTER,
        &row.detail,
        font::small(),
        theme.faint,
        140.0,
    );
    // The end of a path tells files apart.
    let room = detail.left() - left - space::S;
    let fits = (room / 7.3).max(8.0) as usize;
    let shown = safe_text::elide_middle(&path, fits);
    let at = pos2(left, middle);
    line_of_text(
        ui,
        at,
        Align2::LEFT_CENTER,
        &shown,
        font::mono(),
        theme.text,
        room,
    );
    response.on_hover_text(path).clicked()
}
