//! Text from outside, taken apart: what may be drawn, which colours it asks for, and what has to become a mark.
//!
//! Build logs carry colours (SGR) and, at worst, cursor movements, hidden links and characters that turn the reading
//! direction round (CVE-2021-42574). Only colours are honoured; all else is shown as what it is. Used by the log view,
//! by every text that comes from AWS, and by `starboard tail` on a terminal. Pure, and linear in the text.

use std::fmt::Write as _;

/// A stretch of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// Nothing but characters that show as themselves, and tabs.
    Text(&'a str),
    /// The parameters of a colour sequence: digits, `;` and `:` only.
    Sgr(&'a str),
    /// Something that must not act, and must not vanish either.
    Mark(Mark),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A control character without a sequence: shown as its picture.
    Control(char),
    /// A character that has no shape or turns the direction of what follows: shown as its number.
    Invisible(char),
    /// An escape sequence other than a colour: a cursor movement, a title, a link.
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
        Some(0x40..=0x7e) => (mark, after.get(length + 1..).unwrap_or("")),
        // Broken off: only what belonged to it goes.
        _ => (mark, after.get(length..).unwrap_or("")),
    }
}

/// The rest after BEL or ST; without either, the sequence takes all that is left of the line.
fn string_end(after: &str) -> &str {
    let mut previous_is_escape = false;
    for (index, character) in after.char_indices() {
        match character {
            '\u{7}' | '\u{9c}' => return after.get(index + character.len_utf8()..).unwrap_or(""),
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

/// What a terminal would show of a line with carriage returns: its last state. Progress bars write hundreds.
pub fn last_state(line: &str) -> &str {
    if memchr::memchr(b'\r', line.as_bytes()).is_none() {
        return line;
    }
    line.rsplit('\r')
        .find(|state| !state.is_empty())
        .unwrap_or("")
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    #[default]
    Default,
    /// 0-7 the normal, 8-15 the bright colours, then the cube and the greys of 256 colours.
    Indexed(u8),
    Rgb(u8, u8, u8),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    pub foreground: Colour,
    pub background: Colour,
    pub bold: bool,
    pub faint: bool,
    pub italic: bool,
    pub underline: bool,
    pub strike: bool,
    pub inverse: bool,
}

impl Style {
    /// Takes the parameters of one colour sequence. What it does not know it leaves out.
    pub fn apply(&mut self, parameters: &str) {
        // ISO 8613-6 separates the parts of one colour with colons, xterm with semicolons; both are read alike.
        let mut numbers = parameters
            .split([';', ':'])
            .map(|number| number.parse::<u16>().unwrap_or(0));
        while let Some(number) = numbers.next() {
            match number {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.faint = true,
                3 => self.italic = true,
                4 => self.underline = true,
                7 => self.inverse = true,
                9 => self.strike = true,
                22 => {
                    self.bold = false;
                    self.faint = false;
                }
                23 => self.italic = false,
                24 => self.underline = false,
                27 => self.inverse = false,
                29 => self.strike = false,
                30..=37 => self.foreground = Colour::Indexed((number - 30) as u8),
                38 => self.foreground = extended(&mut numbers).unwrap_or(self.foreground),
                39 => self.foreground = Colour::Default,
                40..=47 => self.background = Colour::Indexed((number - 40) as u8),
                48 => self.background = extended(&mut numbers).unwrap_or(self.background),
                49 => self.background = Colour::Default,
                90..=97 => self.foreground = Colour::Indexed((number - 90 + 8) as u8),
                100..=107 => self.background = Colour::Indexed((number - 100 + 8) as u8),
                _ => {}
            }
        }
    }
}

fn extended(numbers: &mut impl Iterator<Item = u16>) -> Option<Colour> {
    let byte = |number: Option<u16>| number.map(|number| number.min(255) as u8);
    match numbers.next()? {
        5 => byte(numbers.next()).map(Colour::Indexed),
        2 => {
            let red = byte(numbers.next())?;
            let green = byte(numbers.next())?;
            let blue = byte(numbers.next())?;
            Some(Colour::Rgb(red, green, blue))
        }
        _ => None,
    }
}

/// A line as it is drawn: safe text, and where its looks change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    pub text: String,
    pub spans: Vec<Span>,
    /// Characters of the line that were left out because of the limit.
    pub cut: usize,
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
pub fn draw(line: &str, limit: usize) -> Drawn {
    let mut drawn = Drawn::default();
    let mut style = Style::default();
    let mut column = 0;
    for token in tokens(last_state(line)) {
        let mark = match token {
            Token::Sgr(parameters) => {
                style.apply(parameters);
                continue;
            }
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
        let drawn = draw("\u{1b}[1;31mFAILED\u{1b}[0m in \u{1b}[2Ktime", usize::MAX);
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
    }

    #[test]
    fn tabs_reach_the_next_eighth_column_and_long_lines_are_cut() {
        assert_eq!(plain("a\tb"), "a       b");
        let drawn = draw("0123456789", 4);
        assert_eq!((drawn.text.as_str(), drawn.cut), ("0123", 6));
    }

    #[test]
    fn every_form_of_an_extended_colour_is_read() {
        let mut style = Style::default();
        style.apply("38;5;208");
        assert_eq!(style.foreground, Colour::Indexed(208));
        style.apply("48:2:1:2:3");
        assert_eq!(style.background, Colour::Rgb(1, 2, 3));
        style.apply("97");
        assert_eq!(style.foreground, Colour::Indexed(15));
        style.apply("");
        assert_eq!(style, Style::default());
        style.apply("38;5");
        assert_eq!(style, Style::default());
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_acts_is_ever_drawn(line in "(\\PC|\u{1b}|\\[|\\]|m|;|[0-9]|\\r|\u{202e}|\u{9b}|\u{7}){0,80}") {
            let drawn = draw(&line, 40);
            proptest::prop_assert!(drawn.text.chars().all(|character| !character.is_control() && !is_invisible(character)));
            proptest::prop_assert_eq!(drawn.spans.last().map_or(0, |span| span.end), drawn.text.len());
        }
    }
}
