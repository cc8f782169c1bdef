//! Says whether what was measured is what was aimed at.

use std::io::{self, Write as _};

/// Says whether an aim is met. The aims are for a quiet machine, so a miss is printed and fails nothing.
pub fn aim(what: &str, met: bool) -> io::Result<()> {
    let word = if met { "met   " } else { "missed" };
    writeln!(io::stdout().lock(), "  {word} {what}")
}
