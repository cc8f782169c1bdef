//! The house rules, held by reading the package's own files: who may import whom, what the manifest may hold, and what
//! must not be left lying about. Each test lists every breach at once, with file and line.

mod keys;
mod layout;
mod manifest;
mod operations;
mod rooms;
mod source;

/// Fails with all breaches, one a line, so that one run shows the whole work.
fn expect_none(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}:\n  {}", breaches.join("\n  "));
}
