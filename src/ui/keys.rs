//! Keys without a text field in the way: a view asks here, so that a letter typed into a filter never acts.

use eframe::egui::{Context, Event, Key, KeyboardShortcut, Memory, Modifiers};

/// One way to type something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// Works inside a text field too: what has a modifier or writes no letter.
    With(Modifiers, Key),
    /// A character, wherever the keyboard's layout has it.
    Character(&'static str),
    Plain(Key),
    /// Whatever the system types to copy.
    Copy,
}

impl Stroke {
    /// Whether it was typed in this frame. Takes it, but for [`Self::Copy`], which every selection on screen hears.
    pub fn struck(self, context: &Context) -> bool {
        match self {
            // Shift alone writes a letter too.
            Self::With(Modifiers::SHIFT, key) => {
                !context.text_edit_focused() && shortcut(context, Modifiers::SHIFT, key)
            }
            Self::With(modifiers, key) => shortcut(context, modifiers, key),
            Self::Character(character) => typed(context, character),
            Self::Plain(key) => pressed(context, key),
            Self::Copy => context.input(|input| input.events.contains(&Event::Copy)),
        }
    }

    /// The name on a sheet: `j`, `Shift+↓`, `Ctrl+A`.
    pub fn name(self) -> String {
        let (modifiers, key) = match self {
            Self::With(modifiers, key) => (modifiers, key),
            Self::Plain(key) => (Modifiers::NONE, key),
            Self::Character(character) => return character.to_owned(),
            Self::Copy => (Modifiers::COMMAND, Key::C),
        };
        let mut name = String::new();
        for (held, word) in [
            (modifiers.command || modifiers.ctrl, "Ctrl+"),
            (modifiers.alt, "Alt+"),
            (modifiers.shift, "Shift+"),
        ] {
            if held {
                name.push_str(word);
            }
        }
        let key = match key {
            Key::Escape => "Esc",
            Key::PageDown => "PgDn",
            Key::PageUp => "PgUp",
            Key::ArrowDown => "↓",
            Key::ArrowUp => "↑",
            Key::ArrowLeft => "←",
            Key::ArrowRight => "→",
            key => key.name(),
        };
        if name.is_empty() && key.len() == 1 {
            key.to_lowercase()
        } else {
            name + key
        }
    }

    /// Whether another one without modifiers would take it too: it has to be asked first.
    pub fn is_modified(self) -> bool {
        match self {
            Self::With(modifiers, _) => modifiers.any(),
            Self::Character(_) | Self::Plain(_) | Self::Copy => false,
        }
    }
}

/// A plain key was pressed (or is held and repeats), and no text field has the focus. Takes the key.
pub fn pressed(context: &Context, key: Key) -> bool {
    !context.text_edit_focused()
        && context.input_mut(|input| input.consume_key(Modifiers::NONE, key))
}

/// A character was typed, wherever the layout keeps it (`?`, `:`, `[`), and no text field has the focus.
pub fn typed(context: &Context, character: &str) -> bool {
    if context.text_edit_focused() {
        return false;
    }
    context.input_mut(|input| {
        let modified = input.modifiers.ctrl || input.modifiers.command || input.modifiers.alt;
        let before = input.events.len();
        if !modified {
            input
                .events
                .retain(|event| !matches!(event, Event::Text(text) if text == character));
        }
        input.events.len() != before
    })
}

/// A shortcut was pressed, also inside a text field. Takes it.
pub fn shortcut(context: &Context, modifiers: Modifiers, key: Key) -> bool {
    context.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)))
}

/// Enter, where no widget has the focus that would take it as a press of itself.
pub fn enter(context: &Context) -> bool {
    context.memory(Memory::focused).is_none() && pressed(context, Key::Enter)
}

/// How far `j`, `k`, the arrows, page keys, Home and End move a selection among `count` rows of which `page` are seen.
pub fn moves(context: &Context, count: usize, page: usize) -> Option<Move> {
    let step = |key| pressed(context, key);
    if count == 0 {
        return None;
    }
    if step(Key::J) || step(Key::ArrowDown) {
        Some(Move::By(1))
    } else if step(Key::K) || step(Key::ArrowUp) {
        Some(Move::By(-1))
    } else if step(Key::PageDown) {
        Some(Move::By(page.max(1) as isize))
    } else if step(Key::PageUp) {
        Some(Move::By(-(page.max(1) as isize)))
    } else if step(Key::Home) {
        Some(Move::First)
    } else if step(Key::End) {
        Some(Move::Last)
    } else {
        None
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    By(isize),
    First,
    Last,
}

impl Move {
    /// The row reached from `at`; from nowhere, the first.
    pub fn from(self, at: Option<usize>, count: usize) -> usize {
        let last = count.saturating_sub(1);
        match (self, at) {
            (Self::First, _) | (Self::By(_), None) => 0,
            (Self::Last, _) => last,
            (Self::By(rows), Some(at)) => at.saturating_add_signed(rows).min(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_stays_within_the_rows() {
        assert_eq!(Move::By(1).from(None, 3), 0);
        assert_eq!(Move::By(1).from(Some(2), 3), 2);
        assert_eq!(Move::By(-5).from(Some(2), 3), 0);
        assert_eq!(Move::Last.from(None, 3), 2);
        assert_eq!(Move::Last.from(None, 0), 0);
    }
}
