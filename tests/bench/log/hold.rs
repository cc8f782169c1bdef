//! What a held line costs in memory, as it is and packed. Each way is measured in a process of its own, because what one
//! lets go of the next would take up.

use std::env;
use std::hint::black_box;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use super::aim::aim;
use super::say::say;
use super::{peer, text};

/// The argument that makes this program hold a log and tell what that costs.
pub const CHILD: &str = "--hold";

/// Prints the bytes a line and the seconds that it took to come by it.
pub fn child(how: &str) -> io::Result<()> {
    let before = peer::own_memory("self").unwrap_or(0);
    let started = Instant::now();
    let hot = if how == "packed" { 0 } else { u64::MAX };
    let log = text::buffer(text::LINES, |buffer| text::tend(buffer, hot));
    let took = started.elapsed().as_secs_f64();
    let after = peer::own_memory("self").unwrap_or(0);
    let each = after.saturating_sub(before) as f64 / f64::from(text::LINES);
    black_box(&log);
    writeln!(io::stdout().lock(), "{each:.1} {took:.1}")
}

pub fn run(path: &Path) -> io::Result<()> {
    say(&format!(
        "Hold {} lines of 92 bytes, memory of its own",
        text::LINES
    ))?;
    for (how, most) in [("with text", 102.0), ("packed", 40.0)] {
        let output = Command::new(env::current_exe()?)
            .args([CHILD, how])
            .output()?;
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut numbers = told.split_whitespace();
        let each: f64 = numbers
            .next()
            .and_then(|number| number.parse().ok())
            .unwrap_or(f64::NAN);
        let took = numbers.next().unwrap_or("?");
        say(&format!(
            "  Starboard, {how:9} {each:6.1} B a line, read and held in {took} s"
        ))?;
        aim(
            &format!("at most {most} B a line {how}"),
            each > 0.0 && each <= most,
        )?;
    }
    if peer::is_installed("lnav")? {
        let home = tempfile::tempdir()?;
        let most = peer::lnav(path, home.path())?;
        let each = most as f64 / f64::from(text::LINES);
        say(&format!(
            "  lnav                 {each:6.1} B a line, and the file beside it"
        ))?;
    }
    Ok(())
}
