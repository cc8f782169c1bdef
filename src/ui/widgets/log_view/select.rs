//! Selecting lines or a part of one, by hand and by keys, and what is copied of it.

use std::ops::{Range, RangeInclusive};

use eframe::egui::{self, Rect, Ui, pos2};

use super::lines::Lines;
use super::rows::Row;
use super::{LogInput, LogView, Move, grouped, line, paint};
use crate::model::ansi;
use crate::model::log::LineNo;
use crate::model::mask;
use crate::ui::action::{Actions, UiAction};

/// More lines than this are not copied at once: the clipboard is no export, and a frame waits for them.
const COPY_LIMIT: u32 = 5_000;
/// After so many bytes no further line is copied, for lines may be long.
const COPY_BYTES: usize = 2 * 1024 * 1024;

/// Lines, or characters of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    pub from: LineNo,
    pub to: LineNo,
    /// Characters of the one line, as it is drawn.
    pub part: Option<Range<usize>>,
}

impl Selection {
    pub const fn line(line: LineNo) -> Self {
        Self {
            from: line,
            to: line,
            part: None,
        }
    }

    pub fn lines(&self) -> RangeInclusive<u32> {
        self.from.0.min(self.to.0)..=self.from.0.max(self.to.0)
    }

    pub fn has(&self, line: LineNo) -> bool {
        self.lines().contains(&line.0)
    }

    /// How many lines.
    pub fn len(&self) -> u32 {
        self.lines().end() - self.lines().start() + 1
    }
}

/// A place under the pointer: the line, and the character of it as drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    line: LineNo,
    character: usize,
}

/// Selects what is dragged over, clicked, or clicked with Shift. A double click takes a word.
pub fn hand(
    view: &mut LogView,
    ui: &Ui,
    response: &egui::Response,
    room: Rect,
    input: &LogInput<'_>,
) {
    let Some(pointer) = response.interact_pointer_pos() else {
        view.pressed = None;
        return;
    };
    if response.secondary_clicked() {
        choose_for_menu(view, ui, room, pointer, input);
        return;
    }
    if !response.dragged_by(egui::PointerButton::Primary) && !response.clicked() {
        return;
    }
    if response.double_clicked() && !view.clicked {
        // Its first click opened the log, on the row of a list that was here before: nothing of the log was meant.
        return;
    }
    view.clicked |= response.clicked();
    let inside = pos2(pointer.x, pointer.y.clamp(room.top(), room.bottom() - 1.0));
    if response.drag_started() {
        let origin = ui.input(|input| input.pointer.press_origin());
        view.pressed = spot(view, ui, room, origin.unwrap_or(inside), input);
    }
    let Some(at) = spot(view, ui, room, inside, input) else {
        return;
    };
    let shift = ui.input(|input| input.modifiers.shift);
    if response.double_clicked() {
        view.selected = Some(word(view, at, input));
    } else if response.clicked() {
        view.selected = clicked(view.selected.take(), at.line, shift);
    } else if let Some(pressed) = view.pressed {
        view.selected = Some(dragged(pressed, at));
        scroll_along(view, ui, room, pointer.y);
    }
    if view.selected.is_some() {
        view.moves.push(Move::LetGo);
    }
}

/// A second click on the one line takes the mark away; Shift reaches from where the selection began.
fn clicked(before: Option<Selection>, line: LineNo, shift: bool) -> Option<Selection> {
    match before {
        Some(before) if shift => Some(Selection {
            from: before.from,
            to: line,
            part: None,
        }),
        Some(before) if before == Selection::line(line) => None,
        _ => Some(Selection::line(line)),
    }
}

fn dragged(pressed: Spot, at: Spot) -> Selection {
    let part = (pressed.line == at.line && pressed.character != at.character)
        .then(|| pressed.character.min(at.character)..pressed.character.max(at.character));
    Selection {
        from: pressed.line,
        to: at.line,
        part,
    }
}

/// A drag beyond an edge moves the log along, faster further out.
fn scroll_along(view: &mut LogView, ui: &Ui, room: Rect, y: f32) {
    let beyond = if y < room.top() {
        y - room.top()
    } else {
        (y - room.bottom()).max(0.0)
    };
    if beyond != 0.0 {
        view.moves.push(Move::By((beyond / 2.0).clamp(-60.0, 60.0)));
        ui.ctx()
            .request_repaint_after(std::time::Duration::from_millis(16));
    }
}

/// The menu is about what lies under the pointer, unless that is selected already.
fn choose_for_menu(
    view: &mut LogView,
    ui: &Ui,
    room: Rect,
    pointer: egui::Pos2,
    input: &LogInput<'_>,
) {
    let Some(at) = spot(view, ui, room, pointer, input) else {
        return;
    };
    if !view.selected.as_ref().is_some_and(|it| it.has(at.line)) {
        view.selected = Some(Selection::line(at.line));
        view.moves.push(Move::LetGo);
    }
}

fn spot(
    view: &LogView,
    ui: &Ui,
    room: Rect,
    pointer: egui::Pos2,
    input: &LogInput<'_>,
) -> Option<Spot> {
    let (row, top) = paint::row_at(view, ui, room, pointer.y, input);
    let Row::Line(line) = view.rows.get(row)? else {
        return None;
    };
    let looks = line::looks(view, line, input)?;
    let galley = line::galley(view, ui, &looks);
    let inside = pointer - pos2(view.columns.text.0, top);
    Some(Spot {
        line,
        character: galley.cursor_from_pos(inside).index.0,
    })
}

fn word(view: &LogView, at: Spot, input: &LogInput<'_>) -> Selection {
    let part = line::looks(view, at.line, input)
        .and_then(|looks| word_at(&looks.drawn.text, at.character));
    Selection {
        part,
        ..Selection::line(at.line)
    }
}

/// The word around a character: letters, digits and what joins them in names and paths.
fn word_at(text: &str, character: usize) -> Option<Range<usize>> {
    let is_word = |character: char| character.is_alphanumeric() || "_-./".contains(character);
    let characters: Vec<char> = text.chars().collect();
    characters.get(character).filter(|it| is_word(**it))?;
    let before = characters.iter().take(character).rev();
    let after = characters.iter().skip(character);
    let start = character - before.take_while(|it| is_word(**it)).count();
    let end = character + after.take_while(|it| is_word(**it)).count();
    Some(start..end)
}

/// The words that are selected in one line: a part of it, or all of it without the blanks around.
pub fn words(view: &LogView, input: &LogInput<'_>) -> Option<String> {
    let selected = view.selected.clone()?;
    if selected.len() != 1 {
        return None;
    }
    let looks = line::looks(view, selected.from, input)?;
    let text = &looks.drawn.text;
    let words = match selected.part {
        Some(part) => text.chars().skip(part.start).take(part.len()).collect(),
        None => text.trim().to_owned(),
    };
    (!words.is_empty()).then_some(words)
}

/// What a copy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copying {
    /// As it is drawn: without colours, in its last state, secrets masked as on screen.
    Clean,
    /// Every byte as it came.
    Raw,
}

/// Copies what is selected, and says how much that is.
pub fn copy(view: &LogView, how: Copying, input: &LogInput<'_>, actions: &mut Actions) {
    let Some(selected) = view.selected.clone() else {
        return;
    };
    if selected.part.is_some()
        && how == Copying::Clean
        && let Some(words) = words(view, input)
    {
        let count = counted(words.chars().count() as u64, "character");
        actions.push(UiAction::Say(format!("Copied {count}")));
        actions.push(UiAction::Copy(words));
        return;
    }
    let lines = view.lines(input);
    let shown = view.shown_of(&selected, COPY_LIMIT);
    let (text, copied) = text(&lines, &shown, how, !view.unmasked);
    let count = view.count_of(&selected);
    actions.push(UiAction::Say(copied_words(copied, count, how)));
    actions.push(UiAction::Copy(text));
}

/// `Copied 12 lines`, and what there is to mind about them.
fn copied_words(copied: u32, of: u32, how: Copying) -> String {
    if copied < of {
        return format!(
            "Copied the first {} of {} lines; Save takes all",
            grouped(u64::from(copied)),
            grouped(u64::from(of))
        );
    }
    let count = counted(u64::from(of), "line");
    match how {
        Copying::Clean => format!("Copied {count}"),
        Copying::Raw => format!("Copied {count} as it came, with control characters and secrets"),
    }
}

/// `1 line`, `1 204 lines`.
fn counted(count: u64, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {what}{ending}", grouped(count))
}

/// The text of the lines, and of how many of them it is. A line masks as it does on screen, whatever is copied with it.
fn text(lines: &Lines<'_>, which: &[LineNo], how: Copying, masks: bool) -> (String, u32) {
    let mut text = String::new();
    let mut copied = 0;
    for line in which {
        if text.len() >= COPY_BYTES {
            break;
        }
        if copied > 0 {
            text.push('\n');
        }
        copied += 1;
        let Some(raw) = lines.text(*line) else {
            continue;
        };
        match how {
            Copying::Raw => text.push_str(&raw),
            Copying::Clean => text.push_str(&clean(&raw, *line, lines, masks)),
        }
    }
    (text, copied)
}

/// A line as a copy has it: as it is drawn, secrets masked where they are on screen.
pub fn clean(raw: &str, line: LineNo, lines: &Lines<'_>, masks: bool) -> String {
    let plain = ansi::plain(raw);
    if masks {
        mask::masked_below(&plain, lines.before(line)).into_owned()
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::LogBuffer;

    #[test]
    fn a_drag_in_one_line_takes_characters_and_over_lines_takes_lines() {
        let spot = |line, character| Spot {
            line: LineNo(line),
            character,
        };
        let part = dragged(spot(3, 9), spot(3, 4));
        assert_eq!((part.len(), part.part), (1, Some(4..9)));
        let lines = dragged(spot(7, 9), spot(3, 4));
        assert_eq!((lines.lines(), lines.part), (3..=7, None));
        assert_eq!(dragged(spot(3, 4), spot(3, 4)), Selection::line(LineNo(3)));
    }

    #[test]
    fn shift_reaches_and_a_second_click_takes_the_mark_away() {
        let first = clicked(None, LineNo(3), false);
        let reached = clicked(first.clone(), LineNo(9), true).unwrap();
        assert_eq!(reached.lines(), 3..=9);
        assert_eq!(clicked(first, LineNo(3), false), None);
        assert_eq!(
            clicked(Some(reached), LineNo(9), false),
            Some(Selection::line(LineNo(9)))
        );
    }

    #[test]
    fn a_word_is_what_a_name_or_a_path_is_made_of() {
        let text = "panicked at src/synonyms.rs:88:9";
        assert_eq!(word_at(text, 14), Some(12..27));
        assert_eq!(word_at(text, 27), None);
        assert_eq!(word_at(text, 99), None);
    }

    #[test]
    fn copies_are_clean_unless_the_bytes_are_asked_for() {
        let mut buffer = LogBuffer::default();
        buffer.append(0, "10 %\r100 %");
        buffer.append(0, "\u{1b}[31mkey\u{1b}[0m AKIAIOSFODNN7EXAMPLE");
        let log = buffer.snapshot();
        let which = [LineNo(0), LineNo(1)];
        let copied = |how, masks| text(&Lines::of(&log), &which, how, masks).0;
        assert_eq!(copied(Copying::Clean, true), "100 %\nkey ****");
        assert_eq!(
            copied(Copying::Clean, false),
            "100 %\nkey AKIAIOSFODNN7EXAMPLE"
        );
        assert_eq!(
            copied(Copying::Raw, true),
            "10 %\r100 %\n\u{1b}[31mkey\u{1b}[0m AKIAIOSFODNN7EXAMPLE"
        );
    }

    #[test]
    fn a_copy_is_told_with_its_length() {
        assert_eq!(copied_words(1, 1, Copying::Clean), "Copied 1 line");
        assert_eq!(
            copied_words(1_204, 1_204, Copying::Clean),
            "Copied 1 204 lines"
        );
        assert_eq!(
            copied_words(2, 2, Copying::Raw),
            "Copied 2 lines as it came, with control characters and secrets"
        );
        assert_eq!(
            copied_words(5_000, 5_001, Copying::Clean),
            "Copied the first 5 000 of 5 001 lines; Save takes all"
        );
    }

    #[test]
    fn a_part_of_a_private_key_is_copied_masked() {
        let mut buffer = LogBuffer::default();
        let body = "MIIEpAIBAAKCAQEAa1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVwXyZ";
        for line in ["-----BEGIN PRIVATE KEY-----", body, body, "it is done"] {
            buffer.append(0, line);
        }
        let log = buffer.snapshot();
        let copied = |which: &[LineNo]| text(&Lines::of(&log), which, Copying::Clean, true).0;
        assert_eq!(copied(&[LineNo(2)]), mask::MASK);
        // A filter has left out the line between.
        assert_eq!(copied(&[LineNo(2), LineNo(3)]), "****\nit is done");
    }

    #[test]
    fn a_copy_ends_with_the_line_that_fills_it() {
        let mut buffer = LogBuffer::default();
        let long = "x".repeat(COPY_BYTES);
        for line in ["one", long.as_str(), "three"] {
            buffer.append(0, line);
        }
        let log = buffer.snapshot();
        let which = [0, 1, 2].map(LineNo);
        let (text, copied) = text(&Lines::of(&log), &which, Copying::Raw, true);
        assert_eq!((text.len(), copied), (COPY_BYTES + 4, 2));
    }
}
