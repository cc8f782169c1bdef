//! Text from outside, made safe to show: names, commit messages, log lines, errors.
//!
//! Control characters become their pictures (`␛`), characters that turn or hide text become their names (`‹RLO›`), so
//! that what is shown is what is there. Nothing is dropped.

use std::borrow::Cow;

/// One line: a line break is shown as a mark. Borrowed if there is nothing to mark.
pub fn line(text: &str) -> Cow<'_, str> {
    let text = text.trim_end_matches(['\n', '\r']);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\t' => safe.push(' '),
            _ => push(&mut safe, character),
        }
    }
    Cow::Owned(safe)
}

/// Several lines: line breaks stay, tabs become four spaces.
pub fn block(text: &str) -> Cow<'_, str> {
    let text = text.trim_end();
    if text.chars().all(|c| is_plain(c) || c == '\n') {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' => safe.push('\n'),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\t' => safe.push_str("    "),
            _ => push(&mut safe, character),
        }
    }
    Cow::Owned(safe)
}

/// At most so many characters, the end replaced by an ellipsis.
pub fn elide(text: &str, most: usize) -> Cow<'_, str> {
    if text.chars().count() <= most {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    Cow::Owned(format!("{}…", kept.trim_end()))
}

/// At most so many characters, the middle replaced by an ellipsis: for ids, whose ends tell them apart.
pub fn elide_middle(text: &str, most: usize) -> Cow<'_, str> {
    let count = text.chars().count();
    if count <= most || most < 3 {
        return Cow::Borrowed(text);
    }
    let (head, tail) = ((most - 1).div_ceil(2), (most - 1) / 2);
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(count - tail).collect();
    Cow::Owned(format!("{start}…{end}"))
}

/// Appends a character, or the mark that stands for it.
pub fn push(safe: &mut String, character: char) {
    match mark(character) {
        Some(Mark::Picture(picture)) => safe.push(picture),
        Some(Mark::Name(name)) => {
            safe.push('‹');
            safe.push_str(name);
            safe.push('›');
        }
        Some(Mark::Code) => {
            let code = format!("‹U+{:04X}›", u32::from(character));
            safe.push_str(&code);
        }
        None => safe.push(character),
    }
}

/// What stands for a character that must not act on the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Picture(char),
    Name(&'static str),
    /// Its code point.
    Code,
}

pub fn is_plain(character: char) -> bool {
    mark(character).is_none()
}

/// The mark for a control, direction or invisible character; none for what may be shown as it is.
pub fn mark(character: char) -> Option<Mark> {
    if matches!(character, ' '..='~') {
        return None;
    }
    let name = match character {
        '\0'..='\u{1f}' => {
            return char::from_u32(0x2400 + u32::from(character)).map(Mark::Picture);
        }
        '\u{7f}' => return Some(Mark::Picture('␡')),
        '\u{61c}' => "ALM",
        '\u{200b}' => "ZWSP",
        '\u{200e}' => "LRM",
        '\u{200f}' => "RLM",
        '\u{2028}' => "LS",
        '\u{2029}' => "PS",
        '\u{202a}' => "LRE",
        '\u{202b}' => "RLE",
        '\u{202c}' => "PDF",
        '\u{202d}' => "LRO",
        '\u{202e}' => "RLO",
        '\u{2060}' => "WJ",
        '\u{2066}' => "LRI",
        '\u{2067}' => "RLI",
        '\u{2068}' => "FSI",
        '\u{2069}' => "PDI",
        '\u{feff}' => "BOM",
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{2061}'..='\u{2064}'
        | '\u{206a}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => {
            return Some(Mark::Code);
        }
        _ => return None,
    };
    Some(Mark::Name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_act_on_the_text_is_shown_as_a_mark() {
        assert_eq!(line("a\u{1b}[31mb\u{0}"), "a␛[31mb␀");
        assert_eq!(line("user\u{202e}txt.exe"), "user‹RLO›txt.exe");
        assert_eq!(line("x\u{9b}1m"), "x‹U+009B›1m");
        assert_eq!(line("one\ntwo\n"), "one␊two");
        assert_eq!(block("one\r\n\ttwo\r"), "one\n    two");
    }

    #[test]
    fn plain_text_of_any_language_is_left_and_not_copied() {
        let text = "Größe «Ω» приклад 日本語 🚀";
        assert!(matches!(line(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn nothing_that_is_shown_still_acts() {
        let hostile: String = (0..0x3000).filter_map(char::from_u32).collect();
        assert!(line(&hostile).chars().all(is_plain));
        assert!(block(&hostile).chars().all(|c| is_plain(c) || c == '\n'));
    }

    #[test]
    fn a_long_text_is_cut_at_characters() {
        assert_eq!(elide("größer", 4), "grö…");
        assert_eq!(elide_middle("i-0c31e7d2f9af", 9), "i-0c…f9af");
        assert_eq!(elide_middle("short", 9), "short");
    }
}
