//! What a log of ten million lines costs: to hold, to search, to scroll, and to follow while it grows. Peers run on the
//! same text, in turn with Starboard; one that is not installed is left out with a word.

#[path = "../aim.rs"]
mod aim;
#[path = "../threads.rs"]
mod threads;

mod burst;
mod hold;
mod pane;
mod pause;
mod peer;
mod say;
mod scroll;
mod search;
mod text;

use std::env;
use std::io::{self, Write as _};

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
    let mut log = text::buffer(text::LINES, |_| {});
    text::export(&log.snapshot(), &path)?;
    hold::run(&path)?;
    search::run(&mut log, &path)?;
    scroll::run(log.snapshot())?;
    drop(log);
    scroll::far_down()?;
    burst::run()
}
