//! How the files are kept: where they may lie, how long they grow, and what is not left in them.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use super::expect_none;
use super::source::{root, sources};

const TOP_LEVEL: &[&str] = &[
    ".cargo",
    ".ci",
    ".clippy.toml",
    ".gitignore",
    ".rustfmt.toml",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "assets",
    "icons",
    "packaging",
    "src",
    "tests",
];

/// In lines. A file that comes near has a seam somewhere.
const LONGEST: usize = 600;

/// What belongs to the package: known to git, or new and not ignored.
fn files() -> Vec<String> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let list = String::from_utf8(output.stdout).unwrap();
    let mut files: Vec<String> = list
        .split_terminator('\0')
        .filter(|file| root().join(file).is_file())
        .map(str::to_owned)
        .collect();
    files.sort();
    files
}

/// Texts that people write, with their path. Fixtures and stories are other people's words.
fn texts() -> Vec<(String, String)> {
    files()
        .into_iter()
        .filter(|file| {
            !file.starts_with("tests/fixtures/")
                && !file.starts_with("assets/")
                && file != "Cargo.lock"
        })
        .filter_map(|file| {
            let text = fs::read_to_string(root().join(&file)).ok()?;
            Some((file, text))
        })
        .collect()
}

#[test]
fn the_top_level_stays_orderly() {
    let found: BTreeSet<String> = files()
        .iter()
        .filter_map(|file| file.split('/').next())
        .map(str::to_owned)
        .collect();
    let breaches: Vec<String> = found
        .into_iter()
        .filter(|entry| !TOP_LEVEL.contains(&entry.as_str()))
        .collect();
    expect_none("there is no place for this at the top", &breaches);
}

#[test]
fn no_file_grows_too_long() {
    let breaches: Vec<String> = texts()
        .into_iter()
        .filter(|(file, _)| {
            [".rs", ".py", ".sh"]
                .iter()
                .any(|ending| file.ends_with(ending))
        })
        .map(|(file, text)| (file, text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(file, lines)| format!("{file}: {lines} lines"))
        .collect();
    expect_none("find a seam", &breaches);
}

#[test]
fn every_module_says_what_it_is() {
    let breaches: Vec<String> = sources("src")
        .into_iter()
        .filter(|source| !source.text.starts_with("//!"))
        .map(|source| source.path)
        .collect();
    expect_none("files without a module doc", &breaches);
}

#[test]
fn nothing_is_left_for_later() {
    // Spelled in two halves, so that this file does not find itself.
    let notes = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ];
    let breaches = lines_with(|line| notes.iter().any(|note| line.contains(note)));
    expect_none("notes for later belong in an issue", &breaches);
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let folders = [
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
        concat!("/home", "/"),
        concat!("/tmp", "/bash"),
    ];
    let breaches = lines_with(|line| {
        folders.iter().any(|folder| {
            line.match_indices(folder).any(|(at, _)| {
                let before = line.as_bytes()[..at].last();
                before.is_none_or(|byte| !byte.is_ascii_alphanumeric())
            })
        })
    });
    expect_none("paths of one machine", &breaches);
}

fn lines_with(is_breach: impl Fn(&str) -> bool) -> Vec<String> {
    let mut breaches = Vec::new();
    for (file, text) in texts() {
        for (index, line) in text.lines().enumerate() {
            if is_breach(line) {
                breaches.push(format!("{file}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    breaches
}

/// A link or a picture that leads nowhere.
#[test]
fn the_readme_points_only_at_what_is_there() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let links = regex::Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let breaches: Vec<String> = links
        .captures_iter(&readme)
        .map(|found| found[1].to_owned())
        .filter(|link| !link.contains("://") && !link.starts_with('#'))
        .filter(|link| !root().join(link).exists())
        .collect();
    expect_none("dead links", &breaches);
}
