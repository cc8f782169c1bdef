//! A log line on its way to a person's terminal: colours stay, whatever else could act becomes a mark.
//!
//! `starboard tail` calls this for each line when its output is a terminal; into a file or pipe it writes the raw bytes.

use std::borrow::Cow;

use crate::model::ansi::{Erase, Token, tokens};

/// Makes a line safe for a terminal. Without `colours` (`NO_COLOR`) colour sequences are left out as well.
///
/// Carriage returns, erasing within the line and tabs stay: a terminal shows the last state of a progress bar by itself.
/// A line that coloured anything ends with a reset, so that no colour runs into the next line. Borrows when nothing changes.
pub fn safe_line(line: &str, colours: bool) -> Cow<'_, str> {
    if line.bytes().all(|byte| matches!(byte, b'\t' | 0x20..=0x7e)) {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len() + 8);
    let mut coloured = false;
    for token in tokens(line) {
        match token {
            Token::Text(text) => out.push_str(text),
            Token::Sgr(parameters) if colours => {
                out.push_str("\u{1b}[");
                out.push_str(parameters);
                out.push('m');
                coloured = !matches!(parameters, "" | "0");
            }
            Token::Sgr(_) => {}
            Token::Return => out.push('\r'),
            Token::Erase(Erase::ToEnd) => out.push_str("\u{1b}[K"),
            Token::Erase(Erase::Line) => out.push_str("\u{1b}[2K"),
            Token::Mark(mark) => mark.write(&mut out),
        }
    }
    if coloured {
        out.push_str("\u{1b}[0m");
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_stay_unless_they_are_not_wanted() {
        let line = "\u{1b}[31mred\u{1b}[0m plain";
        assert_eq!(safe_line(line, true), line);
        assert_eq!(safe_line(line, false), "red plain");
        assert_eq!(safe_line("\u{1b}[32mopen", true), "\u{1b}[32mopen\u{1b}[0m");
    }

    #[test]
    fn what_would_move_the_cursor_or_set_the_title_is_shown_instead() {
        assert_eq!(
            safe_line("\u{1b}]0;owned\u{7}\u{1b}[2Jhello\u{202e}", true),
            "\u{241b}\u{241b}hello‹U+202E›"
        );
        assert_eq!(
            safe_line("10 %\r\u{1b}[K20 %\t.", true),
            "10 %\r\u{1b}[K20 %\t."
        );
    }

    #[test]
    fn an_ordinary_line_is_not_copied() {
        assert!(matches!(safe_line("a\tb", true), Cow::Borrowed(_)));
    }
}
