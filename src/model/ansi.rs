//! Text from outside, taken apart: what may be drawn, which colours it asks for, and what has to become a mark.
//!
//! Build logs carry colours (SGR), the returns and erasing of progress bars and, at worst, cursor movements, hidden links
//! and characters that turn the reading direction round (CVE-2021-42574). Colours are honoured, a progress bar shows its
//! last state; all else is shown as what it is. Used by the log view, by every text that comes from AWS, and by
//! `starboard tail` on a terminal. Pure, and linear in the text.
//!
//! The crate `vte` parses for a terminal: it acts on what it knows and swallows the rest without telling where it stood,
//! and here nothing may vanish without a mark and every byte is accounted for. A test holds this against it.

mod style;

use std::fmt::Write as _;

pub use style::{Colour, Style};

/// A stretch of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// Nothing but characters that show as themselves, and tabs.
    Text(&'a str),
    /// The parameters of a colour sequence: digits, `;` and `:` only.
    Sgr(&'a str),
    /// Back to the start of the line: what comes next overwrites it.
    Return,
    Erase(Erase),
    /// Something that must not act, and must not vanish either.
    Mark(Mark),
}

/// Erasing within the line, which progress bars do beside returning to its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erase {
    ToEnd,
    /// All of it, or all before.
    Line,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A control character without a sequence: shown as its picture.
    Control(char),
    /// A character that has no shape or turns the direction of what follows: shown as its number.
    Invisible(char),
    /// An escape sequence that is neither a colour nor erases the line: a cursor movement, a title, a link.
    Escape,
}

impl Mark {
    /// Appends what is shown in the mark's place.
    pub fn write(self, out: &mut String) {
        match self {
            Self::Control(control) => out.push(match control as u32 {
                code @ 0..0x20 => char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'),
                0x7f => '\u{2421}',
                _ => '\u{fffd}',
            }),
            Self::Invisible(character) => {
                // Writing to a string cannot fail.
                write!(out, "‹U+{:04X}›", character as u32).ok();
            }
            Self::Escape => out.push('\u{241b}'),
        }
    }
}

/// A sequence that does not end within this many bytes is not one; a hostile line must not hide the rest of itself.
const SEQUENCE_LIMIT: usize = 4 * 1024;
/// Colour parameters longer than this are no colours.
const SGR_LIMIT: usize = 64;

/// Takes a line apart, without its line feed.
pub fn tokens(line: &str) -> Tokens<'_> {
    Tokens { rest: line }
}

#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    /// What has not been taken apart yet. Each token takes a part from its front, and at the end nothing is left.
    pub fn rest(&self) -> &'a str {
        self.rest
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let length = plain_length(self.rest);
        if length > 0 {
            let (text, rest) = self.rest.split_at(length);
            self.rest = rest;
            return Some(Token::Text(text));
        }
        let special = self.rest.chars().next()?;
        let after = self.rest.get(special.len_utf8()..).unwrap_or("");
        let (token, rest) = match special {
            '\r' => (Token::Return, after),
            '\u{1b}' => escape(after),
            '\u{9b}' => control_sequence(after),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => {
                (Token::Mark(Mark::Escape), string_end(after))
            }
            _ if is_invisible(special) => (Token::Mark(Mark::Invisible(special)), after),
            _ => (Token::Mark(Mark::Control(special)), after),
        };
        self.rest = rest;
        Some(token)
    }
}

/// How many bytes from the start show as themselves.
fn plain_length(text: &str) -> usize {
    // Nearly every line is printable ASCII; that is decided byte by byte, without decoding.
    let ascii = text
        .bytes()
        .position(|byte| !matches!(byte, b'\t' | 0x20..=0x7e))
        .unwrap_or(text.len());
    let Some(rest) = text.get(ascii..) else {
        return ascii;
    };
    let more = rest
        .char_indices()
        .find(|&(_, character)| {
            (character.is_control() && character != '\t') || is_invisible(character)
        })
        .map_or(rest.len(), |(index, _)| index);
    ascii + more
}

/// Whether a line is drawn exactly as it stands: no colours, marks, tabs or carriage returns.
pub fn is_plain(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, 0x20..=0x7e))
        || !line.chars().any(|character| {
            character.is_control()
                || is_invisible(character)
                || matches!(character, '\u{fe00}'..='\u{fe0f}')
        })
}

/// What follows an ESC.
fn escape(after: &str) -> (Token<'_>, &str) {
    let mark = Token::Mark(Mark::Escape);
    match after.as_bytes().first() {
        Some(b'[') => control_sequence(after.get(1..).unwrap_or("")),
        // OSC, DCS, SOS, PM, APC: a text up to its terminator.
        Some(b']' | b'P' | b'X' | b'^' | b'_') => (mark, string_end(after.get(1..).unwrap_or(""))),
        // Intermediates and one final byte, such as the choice of a character set.
        Some(0x20..=0x2f) => {
            let length = after
                .bytes()
                .take_while(|byte| matches!(byte, 0x20..=0x2f))
                .count();
            let ends = after
                .as_bytes()
                .get(length)
                .is_some_and(|byte| matches!(byte, 0x30..=0x7e));
            (mark, after.get(length + usize::from(ends)..).unwrap_or(""))
        }
        Some(0x30..=0x7e) => (mark, after.get(1..).unwrap_or("")),
        _ => (mark, after),
    }
}

/// What follows `ESC [`: parameters, intermediates, a final byte.
fn control_sequence(after: &str) -> (Token<'_>, &str) {
    let mark = Token::Mark(Mark::Escape);
    let length = after
        .bytes()
        .take(SEQUENCE_LIMIT)
        .take_while(|byte| matches!(byte, 0x20..=0x3f))
        .count();
    let parameters = after.get(..length).unwrap_or("");
    match after.as_bytes().get(length) {
        Some(b'm')
            if length <= SGR_LIMIT
                && parameters
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':')) =>
        {
            (
                Token::Sgr(parameters),
                after.get(length + 1..).unwrap_or(""),
            )
        }
        Some(&last @ 0x40..=0x7e) => {
            let token = match (last, parameters) {
                (b'K', "" | "0") => Token::Erase(Erase::ToEnd),
                (b'K', "1" | "2") => Token::Erase(Erase::Line),
                (b'G', "" | "0" | "1") => Token::Return,
                _ => mark,
            };
            (token, after.get(length + 1..).unwrap_or(""))
        }
        // Broken off: only what belonged to it goes.
        _ => (mark, after.get(length..).unwrap_or("")),
    }
}

/// The rest after BEL or ST; without either, the sequence takes all up to a carriage return or the line's end.
fn string_end(after: &str) -> &str {
    let mut previous_is_escape = false;
    for (index, character) in after.char_indices() {
        match character {
            '\u{7}' | '\u{9c}' => return after.get(index + character.len_utf8()..).unwrap_or(""),
            '\r' => return after.get(index..).unwrap_or(""),
            '\\' if previous_is_escape => return after.get(index + 1..).unwrap_or(""),
            _ => {}
        }
        previous_is_escape = character == '\u{1b}';
    }
    ""
}

/// Characters without a shape of their own that change what a person reads: direction, joining, tags, blanks of no
/// width. Variation selectors are not among them; they only choose between two pictures of one character.
pub const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e01ef}'
    )
}

/// A line as it is drawn: safe text, and where its looks change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    pub text: String,
    pub spans: Vec<Span>,
    /// Characters of the line that were left out because of the limit.
    pub cut: usize,
    /// Earlier states of the line were overwritten or erased by later ones; they are in the raw text alone.
    pub overwritten: bool,
}

impl Drawn {
    fn start_over(&mut self) {
        self.overwritten |= !self.text.is_empty();
        self.text.clear();
        self.spans.clear();
        self.cut = 0;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where in [`Drawn::text`] it ends, in bytes; it begins where the one before ends.
    pub end: usize,
    pub style: Style,
    /// A mark in place of something that is not drawn.
    pub mark: bool,
}

const TAB: usize = 8;

/// Draws at most `limit` characters of a line in its last state; tabs become blanks up to the next eighth column.
///
/// After a return the next text takes the place of all before it. A terminal would leave what is longer standing;
/// progress bars erase it or write over it, so it is never meant to be read. A return at the end changes nothing.
pub fn draw(line: &str, limit: usize) -> Drawn {
    let mut drawn = Drawn::default();
    let mut style = Style::default();
    let mut column = 0;
    let mut returned = false;
    for token in tokens(line) {
        match token {
            Token::Sgr(parameters) => {
                style.apply(parameters);
                continue;
            }
            Token::Return => {
                returned = true;
                continue;
            }
            Token::Erase(Erase::ToEnd) if !returned => continue,
            _ if returned || token == Token::Erase(Erase::Line) => {
                returned = false;
                drawn.start_over();
                column = 0;
            }
            _ => {}
        }
        let mark = match token {
            Token::Sgr(_) | Token::Return | Token::Erase(_) => continue,
            Token::Text(text) => {
                let mut characters = text.chars();
                while column < limit {
                    match characters.next() {
                        Some('\t') => {
                            let blanks = (TAB - column % TAB).min(limit - column);
                            drawn.text.extend(std::iter::repeat_n(' ', blanks));
                            column += blanks;
                        }
                        // A variation selector has no place of its own.
                        Some('\u{fe00}'..='\u{fe0f}') => {}
                        Some(character) => {
                            drawn.text.push(character);
                            column += 1;
                        }
                        None => break,
                    }
                }
                // The rest is only counted: a line may be a megabyte long.
                drawn.cut += characters.as_str().chars().count();
                false
            }
            Token::Mark(mark) => {
                if column >= limit {
                    drawn.cut += 1;
                    continue;
                }
                let before = drawn.text.len();
                mark.write(&mut drawn.text);
                column += drawn
                    .text
                    .get(before..)
                    .map_or(0, |shown| shown.chars().count());
                true
            }
        };
        let end = drawn.text.len();
        match drawn.spans.last_mut() {
            Some(last) if last.style == style && last.mark == mark => last.end = end,
            _ => drawn.spans.push(Span { end, style, mark }),
        }
    }
    drawn
}

/// The safe text of a line alone, without a limit: for search, copying and a screen reader.
pub fn plain(line: &str) -> String {
    draw(line, usize::MAX).text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_kept_and_everything_else_becomes_a_mark() {
        let drawn = draw("\u{1b}[1;31mFAILED\u{1b}[0m in \u{1b}[2Jtime", usize::MAX);
        assert_eq!(drawn.text, "FAILED in \u{241b}time");
        assert_eq!(drawn.spans[0].end, 6);
        assert!(drawn.spans[0].style.bold);
        assert_eq!(drawn.spans[0].style.foreground, Colour::Indexed(1));
        assert_eq!(drawn.spans[1].style, Style::default());
        assert!(drawn.spans[2].mark);
    }

    #[test]
    fn a_hidden_link_a_title_and_an_unterminated_sequence_leave_no_text_behind() {
        assert_eq!(
            plain("a\u{1b}]8;;https://evil.example\u{7}click\u{1b}]8;;\u{1b}\\b"),
            "a\u{241b}click\u{241b}b"
        );
        assert_eq!(plain("a\u{1b}]0;title without an end"), "a\u{241b}");
        assert_eq!(plain("a\u{9b}2Jb\u{90}q\u{9c}c"), "a\u{241b}b\u{241b}c");
        assert_eq!(plain("a\u{1b}(Bb\u{1b}7c"), "a\u{241b}b\u{241b}c");
        assert_eq!(plain("end\u{1b}"), "end\u{241b}");
    }

    #[test]
    fn controls_and_characters_without_a_shape_are_shown() {
        assert_eq!(
            plain("a\u{0}b\u{7f}c\u{85}d"),
            "a\u{2400}b\u{2421}c\u{fffd}d"
        );
        assert_eq!(
            plain("if \u{202e}}nimda\u{200b}"),
            "if ‹U+202E›}nimda‹U+200B›"
        );
        assert_eq!(plain("ok \u{2714}\u{fe0f} déjà"), "ok \u{2714} déjà");
    }

    #[test]
    fn a_progress_bar_shows_its_last_state() {
        assert_eq!(plain(" 10 %\r 50 %\r100 %\r"), "100 %");
        assert_eq!(plain("\r\r"), "");
        assert_eq!(plain("a\u{1b}[2K\u{1b}[1Gb\u{1b}[0K"), "b");
        assert_eq!(plain("fetching\r\u{1b}[K"), "");
        assert_eq!(plain("done\r\u{1b}[0m"), "done");
        let drawn = draw("\u{1b}[32m10 %\r20 %", usize::MAX);
        assert_eq!(drawn.spans[0].style.foreground, Colour::Indexed(2));
        assert!(drawn.overwritten && !draw("20 %\r", usize::MAX).overwritten);
        assert_eq!(plain("a\u{1b}]0;title\rb"), "b");
    }

    #[test]
    fn tabs_reach_the_next_eighth_column_and_long_lines_are_cut() {
        assert_eq!(plain("a\tb"), "a       b");
        let drawn = draw("0123456789", 4);
        assert_eq!((drawn.text.as_str(), drawn.cut), ("0123", 6));
    }

    /// What escape sequences are made of, and what stands around them.
    const HOSTILE: &str = "(\\PC|\u{1b}|\u{1b}\\[|\\[|\\]|m|K|G|;|[0-9]{1,3}|\\r|\\t|\u{0}|\u{202e}|\u{9b}|\u{90}|\u{9c}|\u{7}){0,80}";

    proptest::proptest! {
        #[test]
        fn nothing_that_acts_is_ever_drawn(line in HOSTILE) {
            let drawn = draw(&line, 40);
            proptest::prop_assert!(drawn.text.chars().all(|character| !character.is_control() && !is_invisible(character)));
            proptest::prop_assert_eq!(drawn.spans.last().map_or(0, |span| span.end), drawn.text.len());
        }

        #[test]
        fn tokens_cover_every_byte_and_say_where_they_stood(line in HOSTILE) {
            let mut all = tokens(&line);
            let mut taken = 0;
            loop {
                let before = all.rest().len();
                let Some(token) = all.next() else { break };
                let length = before - all.rest().len();
                proptest::prop_assert!(length > 0, "a token takes something");
                let raw = line.get(taken..taken + length).unwrap();
                match token {
                    Token::Text(text) => proptest::prop_assert_eq!(text, raw),
                    Token::Sgr(parameters) => proptest::prop_assert!(raw.contains(parameters) && raw.ends_with('m')),
                    Token::Mark(Mark::Control(sign) | Mark::Invisible(sign)) => {
                        proptest::prop_assert_eq!(sign.to_string(), raw);
                    }
                    Token::Mark(Mark::Escape) | Token::Return | Token::Erase(_) => {}
                }
                taken += length;
            }
            proptest::prop_assert_eq!(taken, line.len());
        }

        #[test]
        fn what_is_drawn_is_drawn_the_same_again(line in HOSTILE) {
            let once = plain(&line);
            proptest::prop_assert_eq!(plain(&once), once.clone());
            proptest::prop_assert!(is_plain(&once));
        }

        /// Where a sequence is whole, a terminal's own parser finds the same text and the same colours.
        #[test]
        fn a_terminal_reads_the_same_text(
            parts in proptest::collection::vec("[ -~]{1,8}|\u{1b}\\[[0-9;]{0,8}[a-zA-Z]|\u{1b}\\]0;[a-z]{0,5}\u{7}|\u{1b}P[a-z]{1,4}\u{1b}\\\\|\u{1b}\\([AB]", 0..12)
        ) {
            let line: String = parts.concat();
            let mut theirs = Terminal::default();
            vte::Parser::new().advance(&mut theirs, line.as_bytes());
            let mut ours = Terminal::default();
            for token in tokens(&line) {
                match token {
                    Token::Text(text) => ours.text.push_str(text),
                    Token::Sgr(_) => ours.colours += 1,
                    Token::Mark(_) | Token::Return | Token::Erase(_) => {}
                }
            }
            proptest::prop_assert_eq!(theirs, ours, "{:?}", line);
        }
    }

    /// What `vte` makes of a line.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct Terminal {
        text: String,
        colours: usize,
    }

    impl vte::Perform for Terminal {
        fn print(&mut self, character: char) {
            self.text.push(character);
        }

        fn csi_dispatch(&mut self, _: &vte::Params, between: &[u8], _: bool, last: char) {
            self.colours += usize::from(last == 'm' && between.is_empty());
        }
    }
}
