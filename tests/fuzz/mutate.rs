//! Inputs from a seed: a text of the corpus, torn, joined with another and strewn with pieces that mean something.

/// Small, fast and the same everywhere: splitmix64.
pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From zero up to, not including, `end`; zero for zero.
    fn below(&mut self, end: usize) -> usize {
        if end == 0 {
            0
        } else {
            (self.next() % end as u64) as usize
        }
    }
}

/// Pieces that some reader of logs takes for more than text.
const DICTIONARY: &[&[u8]] = &[
    b"\x1b[",
    b"\x1b[31m",
    b"\x1b[0m",
    b"\x1b[38;2;1;2;3m",
    b"\x1b[38:5:",
    b"\x1b[2K",
    b"\x1b[0K",
    b"\x1b[1G",
    b"\x1b]0;",
    b"\x1b]8;;http://x\x07",
    b"\x07",
    b"\x1b\\",
    b"\x1bP",
    b"\x1b_",
    b"\xc2\x9b",
    b"\xc2\x90",
    b"\xc2\x9c",
    b"\r",
    b"\r\r",
    b"\n",
    b"\r\n",
    b"\t",
    b"\0",
    b"\x7f",
    b"\x08",
    b"\xe2\x80\xae",
    b"\xe2\x80\x8b",
    b"\xef\xbb\xbf",
    b"\xf3\xa0\x80\x81",
    b"\xff",
    b"\xc3",
    b"\xf0\x9f\x94\xa8",
    b"::group::A\n",
    b"::endgroup::\n",
    b"##[group]B\n",
    b"##[endgroup]\n",
    b"##[error]x\n",
    b"section_start:1700000000:a\r\x1b[0KTitle\n",
    b"section_end:1700000009:a\r\x1b[0K\n",
    b"--- Heading\n",
    b"+++ Open\n",
    b"~~~ Muted\n",
    b"^^^ +++\n",
    b"--- a/file\n+++ b/file\n",
    b"\x1b_bk;t=1700000000000\x07",
    b"2024-05-22T12:43:46.962646Z 00O ",
    b"[Container] 2026/11/23 02:04:05 Entering phase BUILD\n",
    b"[Container] 2026/11/23 02:04:06.5 Running command make\n",
    b"[Container] 2026/11/23 02:04:07 Command did not exit successfully make exit status 2\n",
    b"[Container] 2026/11/23 02:04:08 Phase complete: BUILD State: FAILED\n",
    b"[Container] 2026/11/23 02:04:08 Phase context status code: X Message: y\n",
    b"AKIAIOSFODNN7EXAMPLE",
    b"password=hunter2",
    b"\"token\": \"abc\"",
    b"Authorization: Bearer abcdef0123456789",
    b"https://u:p@h/",
    b"-----BEGIN RSA PRIVATE KEY-----\n",
    b"-----END RSA PRIVATE KEY-----\n",
    b"MIIEpAIBAAKCAQEA\n",
    b"error: ",
    b"error[E0308]: x\n --> a.rs:1:2\n",
    b"FAILED",
    b"thread 'a' panicked at b.rs:1:2:\n",
    b"Traceback (most recent call last):\n",
    b"E   assert 0\n",
    b"#12 3.4 ",
    b"0 failed",
];

pub struct Mutator<'a> {
    random: Random,
    corpus: &'a [Vec<u8>],
}

impl<'a> Mutator<'a> {
    pub const fn new(random: Random, corpus: &'a [Vec<u8>]) -> Self {
        Self { random, corpus }
    }

    /// An input of at most `largest` bytes.
    pub fn input(mut self, largest: usize) -> Vec<u8> {
        let mut input = self.text();
        for _ in 0..=self.random.below(24) {
            self.change(&mut input);
            input.truncate(largest);
        }
        input
    }

    fn text(&mut self) -> Vec<u8> {
        let which = self.random.below(self.corpus.len());
        self.corpus.get(which).cloned().unwrap_or_default()
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.random.below(input.len() + 1);
        let length = self.random.below(48).min(input.len() - at);
        match self.random.below(8) {
            0 => {
                input.drain(at..at + length);
            }
            1 => {
                let copy = input[at..at + length].to_vec();
                for _ in 0..=self.random.below(12) {
                    input.splice(at..at, copy.iter().copied());
                }
            }
            2 => {
                let byte = self.random.next() as u8;
                input.insert(at, byte);
            }
            3 => {
                let other = self.text();
                let from = self.random.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            4 => input[at..at + length].reverse(),
            _ => {
                let piece = DICTIONARY[self.random.below(DICTIONARY.len())];
                input.splice(at..at, piece.iter().copied());
            }
        }
    }
}
