//! How text looks: the parameters of a colour sequence, read.

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
        let mut parts = parameters.split(';');
        while let Some(part) = parts.next() {
            // ISO 8613-6 keeps the parts of one attribute together with colons; xterm strings them out.
            let (number, more) = part.split_once(':').unwrap_or((part, ""));
            let number = number.parse().unwrap_or(0);
            match (number, more) {
                (38 | 48 | 58, "") => {
                    let colour = extended(&mut parts.by_ref().map(parse));
                    self.colour(number, colour);
                }
                (38 | 48 | 58, more) => self.colour(number, with_colons(more)),
                // 4:0 is no underline, 4:3 a curly one.
                (4, more) => self.underline = more != "0",
                (number, "") => self.attribute(number),
                _ => {}
            }
        }
    }

    fn attribute(&mut self, number: u16) {
        match number {
            0 => *self = Self::default(),
            1 => self.bold = true,
            2 => self.faint = true,
            3 => self.italic = true,
            7 => self.inverse = true,
            9 => self.strike = true,
            21 => self.underline = true,
            22 => {
                self.bold = false;
                self.faint = false;
            }
            23 => self.italic = false,
            24 => self.underline = false,
            27 => self.inverse = false,
            29 => self.strike = false,
            30..=37 => self.foreground = Colour::Indexed((number - 30) as u8),
            39 => self.foreground = Colour::Default,
            40..=47 => self.background = Colour::Indexed((number - 40) as u8),
            49 => self.background = Colour::Default,
            90..=97 => self.foreground = Colour::Indexed((number - 90 + 8) as u8),
            100..=107 => self.background = Colour::Indexed((number - 100 + 8) as u8),
            _ => {}
        }
    }

    /// A colour of its own; that of an underline (58) is read so that its parts are not taken for attributes.
    const fn colour(&mut self, of: u16, colour: Option<Colour>) {
        if let Some(colour) = colour {
            match of {
                38 => self.foreground = colour,
                48 => self.background = colour,
                _ => {}
            }
        }
    }
}

fn parse(number: &str) -> u16 {
    number.parse().unwrap_or(0)
}

/// `5:208`, `2:1:2:3`, and `2::1:2:3` with the colour space that nobody fills in.
fn with_colons(parts: &str) -> Option<Colour> {
    let numbers: Vec<u16> = parts.split(':').map(parse).collect();
    match numbers.as_slice() {
        [2, _, rest @ ..] if rest.len() >= 3 => {
            extended(&mut std::iter::once(2).chain(rest.iter().copied()))
        }
        all => extended(&mut all.iter().copied()),
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn parts_of_one_attribute_are_no_attributes() {
        let mut style = Style::default();
        style.apply("58;5;1;4:3");
        assert_eq!(
            (style.bold, style.italic, style.underline),
            (false, false, true)
        );
        style.apply("38:2::10:20:30;4:0");
        assert_eq!(style.foreground, Colour::Rgb(10, 20, 30));
        assert!(!style.underline);
        style.apply("38;2;1;2;3;1");
        assert_eq!((style.foreground, style.bold), (Colour::Rgb(1, 2, 3), true));
    }
}
