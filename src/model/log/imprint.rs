//! Which texts a chunk may hold, told without reading it: the trace that every three bytes in a row leave.
//!
//! A search for a text that is in few chunks then reads few, and unpacks few. An imprint never denies what is there; of
//! what is not there, three bytes in a row pass for one in three or so, and a word of ten for hardly ever.

use crate::model::ansi;

/// At most so many bytes: for a chunk's 64 KiB of text, a thirty-second part.
const MOST_BYTES: usize = 2 * 1024;
const LEAST_BYTES: usize = 64;

/// Of the drawn lines, in small letters.
#[derive(Debug)]
pub struct Imprint {
    /// A power of two of words.
    bits: Box<[u64]>,
    ascii: bool,
}

impl Imprint {
    /// Some hundred microseconds for a full chunk. `lines`: each line, and whether it is drawn as it stands.
    pub fn of<'t>(bytes: usize, lines: impl Iterator<Item = (&'t str, bool)>) -> Self {
        let size = (bytes / 32)
            .clamp(LEAST_BYTES, MOST_BYTES)
            .next_power_of_two();
        let mut imprint = Self {
            bits: vec![0; size / 8].into_boxed_slice(),
            ascii: true,
        };
        for (line, plain) in lines {
            if plain {
                imprint.press(line);
            } else {
                imprint.press(&ansi::plain(line));
            }
        }
        imprint
    }

    fn press(&mut self, drawn: &str) {
        self.ascii = self.ascii && drawn.is_ascii();
        for trace in traces(drawn) {
            let bit = self.bit(trace);
            if let Some(word) = self.bits.get_mut(bit / 64) {
                *word |= 1 << (bit % 64);
            }
        }
    }

    /// False only if no drawn line has what is sought.
    pub fn may_hold(&self, sought: &Sought) -> bool {
        // Outside ASCII two small letters have more than one capital: nothing can be said.
        (sought.any_case && !self.ascii)
            || sought.traces.iter().all(|&trace| {
                let bit = self.bit(trace);
                let word = self.bits.get(bit / 64);
                word.is_some_and(|word| word & (1 << (bit % 64)) != 0)
            })
    }

    fn bit(&self, trace: u32) -> usize {
        trace as usize & (self.bits.len() * 64 - 1)
    }
}

/// A text that is looked for in imprints.
#[derive(Clone, Debug)]
pub struct Sought {
    traces: Vec<u32>,
    any_case: bool,
}

impl Sought {
    /// None if an imprint can tell nothing of such a text.
    pub fn new(text: &str, match_case: bool) -> Option<Self> {
        let tells = text.len() >= 3 && (match_case || text.is_ascii());
        tells.then(|| Self {
            traces: traces(text).collect(),
            any_case: !match_case,
        })
    }
}

/// A number for every three bytes in a row.
fn traces(text: &str) -> impl Iterator<Item = u32> {
    let mut window = 0_u32;
    let rolled = text.bytes().map(move |byte| {
        window = (window << 8 | u32::from(byte.to_ascii_lowercase())) & 0x00ff_ffff;
        // The upper half of a product is mixed best.
        window.wrapping_mul(0x9e37_79b1) >> 16 ^ window.wrapping_mul(0x85eb_ca6b) >> 8
    });
    rolled.skip(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imprint(lines: &[&str]) -> Imprint {
        let bytes = lines.iter().map(|line| line.len() + 1).sum();
        Imprint::of(
            bytes,
            lines.iter().map(|line| (*line, ansi::is_plain(line))),
        )
    }

    fn may_hold(imprint: &Imprint, text: &str, match_case: bool) -> bool {
        Sought::new(text, match_case).is_none_or(|sought| imprint.may_hold(&sought))
    }

    #[test]
    fn what_is_there_is_never_denied_and_what_is_not_mostly_is() {
        let own = imprint(&["compile crate_42", "\u{1b}[31mfai\u{1b}[0mled"]);
        for text in ["crate_42", "failed", "ile cra", "42", ""] {
            assert!(may_hold(&own, text, true), "{text}");
        }
        assert!(may_hold(&own, "FAILED", false));
        let absent = ["needle in hay", "crate_43 and more", "failure!", "zzz zzz"];
        assert!(absent.iter().any(|text| !may_hold(&own, text, true)));
        // The Kelvin sign is a capital k.
        assert!(may_hold(&imprint(&["\u{212a}elvin"]), "kelvin", false));
    }

    proptest::proptest! {
        #[test]
        fn every_part_of_a_line_may_be_held(line in "[a-zA-Z é]{0,40}", from in 0..40_usize, length in 0..12_usize) {
            let own = imprint(&[&line]);
            let part: String = line.chars().skip(from).take(length).collect();
            proptest::prop_assert!(may_hold(&own, &part, true));
            proptest::prop_assert!(may_hold(&own, &part.to_ascii_uppercase(), false));
        }
    }
}
