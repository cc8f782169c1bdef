//! What is measured, line by line.

use std::io::{self, Write as _};

pub fn say(words: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{words}")
}
