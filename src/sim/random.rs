//! Deterministic pseudo-random numbers and the identifiers made of them.
//!
//! The same seed and name give the same sequence, so that a story reads the same at every start and a
//! failing test repeats. Nothing here is fit for secrets.

use std::fmt::Write as _;

/// A `SplitMix64` sequence.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The sequence of a number.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The sequence of a number and a name, independent of every other name's.
    pub fn named(seed: u64, name: &str) -> Self {
        // FNV-1a: short, stable between releases, unlike the standard library's hasher.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let mut random = Self { state: hash };
        random.next_u64();
        random
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, and without, `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next_u64().checked_rem(bound).unwrap_or(0)
    }

    /// A number between two, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).saturating_add(1).max(1);
        low + self.below(width as u64) as i64
    }

    /// True in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the items; none when there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let index = self.below(items.len() as u64) as usize;
        items.get(index)
    }

    /// `digits` lower-case hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            let _ = write!(text, "{:016x}", self.next_u64());
        }
        text.truncate(digits);
        text
    }

    /// A version 4 UUID, as AWS's execution and request ids are.
    pub fn uuid(&mut self) -> String {
        let high = (self.next_u64() & 0xffff_ffff_ffff_0fff) | 0x4000;
        let low = (self.next_u64() & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }

    /// `length` letters of both cases and digits, as in the keys of artifacts.
    pub fn letters(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 62] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..length)
            .filter_map(|_| self.pick(ALPHABET).copied())
            .map(char::from)
            .collect()
    }

    /// `length` capital letters and digits, as in access key ids and CodeDeploy's deployment ids.
    pub fn capitals(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        (0..length)
            .filter_map(|_| self.pick(ALPHABET).copied())
            .map(char::from)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_same_name_gives_the_same_sequence_and_another_name_another() {
        let sequence = |name: &str| {
            (0..4)
                .map(|_| Random::named(7, name).next_u64())
                .collect::<Vec<_>>()
        };
        assert_eq!(sequence("checkout-api"), sequence("checkout-api"));
        assert_ne!(sequence("checkout-api"), sequence("orders-api"));
    }

    #[test]
    fn identifiers_have_the_shape_aws_gives_them() {
        let mut random = Random::new(1);
        for _ in 0..200 {
            let uuid = random.uuid();
            assert_eq!(uuid.len(), 36, "{uuid}");
            assert_eq!(uuid.as_bytes()[14], b'4', "{uuid}");
            assert!(
                matches!(uuid.as_bytes()[19], b'8' | b'9' | b'a' | b'b'),
                "{uuid}"
            );
        }
        assert_eq!(random.hex(40).len(), 40);
        assert_eq!(random.capitals(9).len(), 9);
    }
}
