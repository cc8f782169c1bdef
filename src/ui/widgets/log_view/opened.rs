//! One line in full, wrapped, below the log: what stands above it does not move.

use std::rc::Rc;

use eframe::egui::{self, Align, CornerRadius, Layout, Margin, Stroke, Ui};

use super::line::size_words;
use super::lines::Lines;
use super::looks::{Identity, Looks};
use super::{colour, grouped, select};
use crate::model::log::LineNo;
use crate::ui::action::{Actions, UiAction};
use crate::ui::theme::{self, font, size, space};
use crate::ui::widgets::button::Button;

/// So many characters are laid out; a line may have megabytes.
const MOST: usize = 16 * 1024;
/// The height of it all.
pub const HEIGHT: f32 = 184.0;

/// The opened line, read.
pub struct Opened {
    of: (Identity, bool),
    looks: Looks,
    /// Set out over lines, where it holds a document.
    pretty: Option<String>,
}

/// Reads a line, or gives back what was read before of the same line with the same masks; none where it is not here.
pub fn read(
    before: Option<Rc<Opened>>,
    line: LineNo,
    masks: bool,
    lines: &Lines<'_>,
) -> Option<Rc<Opened>> {
    let of = (lines.identity(line)?, masks);
    if let Some(before) = before.filter(|before| before.of == of) {
        return Some(before);
    }
    let raw = lines.text(line)?;
    let looks = Looks::of(&raw, MOST, lines.masks(line, &raw, masks));
    let pretty = pretty(&looks.drawn.text).filter(|_| looks.drawn.cut == 0);
    Some(Rc::new(Opened { of, looks, pretty }))
}

/// Paints the line in the lower part of the room; returns whether it stays open.
pub fn ui(
    ui: &mut Ui,
    opened: &Opened,
    line: LineNo,
    number: &str,
    lines: &Lines<'_>,
    actions: &mut Actions,
) -> bool {
    let theme = theme::of(ui);
    let looks = &opened.looks;
    let (_, masks) = opened.of;
    let mut open = true;
    let frame = egui::Frame::new()
        .fill(theme.panel)
        .inner_margin(Margin::symmetric(12, 6));
    let top = ui.cursor().top();
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.label(theme.strong(format!("Line {number}")));
            ui.label(theme.small(told(looks)));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                open = !ui.add(Button::new("Close").small().key("Esc")).clicked();
                let copies = ui.add(Button::new("Copy").small()).clicked();
                if copies && let Some(raw) = lines.text(line) {
                    let text = select::clean(&raw, line, lines, masks);
                    actions.push(UiAction::Copy(text));
                }
            });
        });
        ui.add_space(space::XS);
        egui::ScrollArea::vertical()
            .id_salt("opened line")
            .auto_shrink([false, false])
            .show(ui, |ui| {
                let width = ui.available_width() - space::M;
                let text = if let Some(text) = opened.pretty.clone() {
                    egui::text::LayoutJob::simple(text, font::mono(), theme.text, width)
                } else {
                    colour::wrapped(theme, &looks.drawn, theme.text, width)
                };
                ui.add(egui::Label::new(text).selectable(true).wrap());
            });
    });
    ui.painter()
        .hline(ui.max_rect().x_range(), top, Stroke::new(1.0, theme.line));
    ui.painter().rect_filled(
        egui::Rect::from_min_size(
            egui::pos2(ui.max_rect().center().x - 16.0, top - 1.0),
            egui::vec2(32.0, 2.0),
        ),
        CornerRadius::same(size::CELL_RADIUS),
        theme.line,
    );
    open
}

/// `2 000 characters`, and how many of them are shown.
fn told(looks: &Looks) -> String {
    let shown = looks.drawn.text.chars().count();
    let count = grouped((shown + looks.drawn.cut) as u64);
    let mut told = match looks.drawn.cut {
        0 => format!("{count} characters"),
        cut => format!(
            "{count} characters, the last {} not shown; Copy and Save take all",
            size_words(cut)
        ),
    };
    if looks.overwritten {
        told.push_str(", the last state of several");
    }
    if looks.masked {
        told.push_str(", secrets masked");
    }
    told
}

/// A JSON document set out over lines, where the line holds one.
fn pretty(text: &str) -> Option<String> {
    let start = text.find('{')?;
    let (before, document) = text.split_at(start);
    let value: serde_json::Value = serde_json::from_str(document.trim_end()).ok()?;
    let set_out = serde_json::to_string_pretty(&value).ok()?;
    let before = before.trim_end();
    Some(if before.is_empty() {
        set_out
    } else {
        format!("{before}\n{set_out}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::LogBuffer;
    use crate::ui::widgets::log_view::looks::Masks;

    #[test]
    fn a_document_is_set_out_and_everything_else_left_as_it_is() {
        let set_out = pretty("INFO {\"a\":1,\"b\":[true]}").unwrap();
        assert!(set_out.starts_with("INFO\n{\n  \"a\": 1,"), "{set_out}");
        assert_eq!(pretty("fn main() { println!() }"), None);
        assert_eq!(pretty("no document"), None);
    }

    #[test]
    fn what_is_not_shown_is_told() {
        let long = Looks::of(&"x".repeat(20_000), 16_384, Masks::Secrets);
        assert_eq!(
            told(&long),
            "20 000 characters, the last 3 KB not shown; Copy and Save take all"
        );
        let progress = Looks::of("1 %\r2 %", 80, Masks::Secrets);
        assert_eq!(told(&progress), "3 characters, the last state of several");
    }

    #[test]
    fn a_line_is_read_once_while_it_is_open() {
        let mut buffer = LogBuffer::default();
        for line in ["one", "two"] {
            buffer.append(0, line);
        }
        let log = buffer.snapshot();
        let lines = Lines::of(&log);
        let first = read(None, LineNo(0), true, &lines).unwrap();
        let read = |line, masks| read(Some(Rc::clone(&first)), line, masks, &lines).unwrap();
        assert!(Rc::ptr_eq(&read(LineNo(0), true), &first));
        assert!(!Rc::ptr_eq(&read(LineNo(0), false), &first));
        assert_eq!(read(LineNo(1), true).looks.drawn.text, "two");
    }

    #[test]
    fn a_line_of_a_private_key_is_covered_and_copied_masked() {
        let mut buffer = LogBuffer::default();
        let body = "MIIEpAIBAAKCAQEAa1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVwXyZ";
        for line in ["-----BEGIN PRIVATE KEY-----", body] {
            buffer.append(0, line);
        }
        let log = buffer.snapshot();
        let lines = Lines::of(&log);
        let opened = read(None, LineNo(1), true, &lines).unwrap();
        assert_eq!(opened.looks.drawn.text, "*".repeat(body.len()));
        assert_eq!(
            select::clean(body, LineNo(1), &lines, true),
            crate::model::mask::MASK
        );
        assert_eq!(select::clean(body, LineNo(1), &lines, false), body);
    }
}
