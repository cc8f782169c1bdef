//! MD5 (RFC 1321): CodeBuild tells it of an artifact, beside the sum that is worth something.

/// How far each step of a round turns.
const TURNS: [[u32; 4]; 4] = [
    [7, 12, 17, 22],
    [5, 9, 14, 20],
    [4, 11, 16, 23],
    [6, 10, 15, 21],
];

/// The sum of a text.
pub fn md5(bytes: &[u8]) -> [u8; 16] {
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((bytes.len() as u64).wrapping_mul(8).to_le_bytes());
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded.chunks_exact(64) {
        state = mixed(state, block);
    }
    let mut sum = [0; 16];
    let words = state.iter().flat_map(|word| word.to_le_bytes());
    for (slot, byte) in sum.iter_mut().zip(words) {
        *slot = byte;
    }
    sum
}

/// The state after one block of 64 bytes.
fn mixed(state: [u32; 4], block: &[u8]) -> [u32; 4] {
    let words: Vec<u32> = block
        .chunks_exact(4)
        .map(|four| {
            four.iter()
                .rev()
                .fold(0, |word, byte| word << 8 | u32::from(*byte))
        })
        .collect();
    let [mut a, mut b, mut c, mut d] = state;
    for step in 0..64_usize {
        let (mix, index) = match step / 16 {
            0 => (b & c | !b & d, step),
            1 => (d & b | !d & c, 5 * step + 1),
            2 => (b ^ c ^ d, 3 * step + 5),
            _ => (c ^ (b | !d), 7 * step),
        };
        // The sine of each step, as the RFC makes its table.
        let constant = (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
        let word = words.get(index % 16).copied().unwrap_or(0);
        let turn = TURNS.get(step / 16).and_then(|turns| turns.get(step % 4));
        let turned = a
            .wrapping_add(mix)
            .wrapping_add(constant)
            .wrapping_add(word)
            .rotate_left(turn.copied().unwrap_or(0));
        (a, d, c, b) = (d, c, b, b.wrapping_add(turned));
    }
    let [one, two, three, four] = state;
    [
        one.wrapping_add(a),
        two.wrapping_add(b),
        three.wrapping_add(c),
        four.wrapping_add(d),
    ]
}

#[cfg(test)]
mod tests {
    use super::md5;

    /// The sums that the RFC gives.
    #[test]
    fn the_sums_are_those_of_the_rfc() {
        for (text, sum) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
        ] {
            let mut digits = String::new();
            for byte in md5(text.as_bytes()) {
                digits.push_str(&format!("{byte:02x}"));
            }
            assert_eq!(digits, sum, "{text}");
        }
    }
}
