//! The lines: 92 bytes each with their line feed, of words and of numbers that do not pack well.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use starboard::model::log::{LineNo, LogBuffer, LogSnapshot};

pub const LINES: u32 = 10_000_000;
/// Every line whose number divides by this is a warning.
pub const WARNING_EVERY: u32 = 8;
/// In the last line alone.
pub const NEEDLE: &str = "everything is said and done";

/// 2026-11-23 16:00 UTC.
const START: i64 = 1_795_449_600_000;
const STEPS: [&str; 5] = ["resolve", "compile", "link", "test", "package"];

/// Writes a line without its line feed, and returns its time.
pub fn line(number: u32, last: bool, out: &mut String) -> i64 {
    out.clear();
    let hash = u64::from(number)
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = hash ^ (hash >> 29);
    let level = if number.is_multiple_of(WARNING_EVERY) {
        "Warning"
    } else {
        "info"
    };
    let step = STEPS[(hash % 5) as usize];
    let crates = hash >> 8 & 0xff;
    let took = hash >> 16 & 0xfff;
    // Writing to a string cannot fail.
    write!(
        out,
        "{level:7} worker-{:02} #{number:08}# {step:8} crate_{crates:03} in {took:4} ms, artifact {:016x}",
        number % 16,
        hash
    )
    .ok();
    if last {
        out.push(' ');
        out.push_str(NEEDLE);
    } else {
        while out.len() < 91 {
            out.push('.');
        }
    }
    START + i64::from(number) * 3 + (hash >> 61) as i64
}

/// A log of so many lines; `grown` sees it after every ten thousand.
pub fn buffer(lines: u32, mut grown: impl FnMut(&mut LogBuffer)) -> LogBuffer {
    let mut buffer = LogBuffer::default();
    let mut text = String::new();
    for number in 0..lines {
        let time = line(number, number + 1 == lines, &mut text);
        buffer.append(time, &text);
        if number.is_multiple_of(10_000) {
            grown(&mut buffer);
        }
    }
    buffer
}

/// Does what a tail has done elsewhere, with so many bytes of the newest text left as they are.
pub fn tend(buffer: &mut LogBuffer, hot: u64) {
    if let Some(chores) = buffer.chores(hot) {
        chores.run();
    }
}

pub fn export(log: &LogSnapshot, path: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for piece in log.pieces_from(LineNo(0)) {
        file.write_all(piece.text().as_bytes())?;
    }
    file.flush()
}
