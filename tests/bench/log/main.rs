//! What a log of ten million lines costs: to hold, to search, to scroll, and to follow while it grows. Peers run on the
//! same text, in turn with Starboard; one that is not installed is left out with a word.

#[path = "../aim.rs"]
mod aim;
#[path = "../threads.rs"]
mod threads;

mod burst;
mod busy;
mod hold;
mod pane;
mod pause;
mod peer;
mod processor;
mod say;
mod scroll;
mod search;
mod text;

use std::env;
use std::io::{self, Write as _};

/// Runs all parts, or those whose names are given: `hold`, `search`, `scroll`, `far`, `burst`.
fn main() -> io::Result<()> {
    let mut arguments = env::args()
        .skip_while(|argument| argument != hold::CHILD)
        .skip(1);
    if let Some(how) = arguments.next() {
        return hold::child(&how);
    }
    writeln!(
        io::stdout().lock(),
        "{} lines on {} processors, load {}",
        text::LINES,
        std::thread::available_parallelism()?,
        std::fs::read_to_string("/proc/loadavg")
            .unwrap_or_default()
            .trim()
    )?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("lines.log");
    let mut log = text::buffer(text::LINES, |buffer| text::tend(buffer, u64::MAX));
    text::export(&log.snapshot(), &path)?;
    if is_asked_for("hold") {
        hold::run(&path)?;
    }
    if is_asked_for("search") {
        search::run(&mut log, &path)?;
    }
    if is_asked_for("scroll") {
        scroll::run(log.snapshot())?;
    }
    drop(log);
    if is_asked_for("far") {
        scroll::far_down()?;
    }
    if is_asked_for("burst") {
        burst::run()?;
    }
    Ok(())
}

fn is_asked_for(part: &str) -> bool {
    // Cargo hands its own words on, which begin with dashes.
    let mut parts = env::args().skip(1).filter(|word| !word.starts_with('-'));
    let first = parts.next();
    first.is_none_or(|first| first == part || parts.any(|word| word == part))
}
