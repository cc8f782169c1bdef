//! What the README promises to scripts: the document it shows is the one that `status --json` prints, field by field.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Every field of a document: `.builds[].log.group`.
fn fields(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let path = format!("{path}.{name}");
                fields(value, &path, found);
                found.insert(path);
            }
        }
        Value::Array(all) => {
            for value in all {
                fields(value, &format!("{path}[]"), found);
            }
        }
        _ => {}
    }
}

fn fields_of(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    fields(&serde_json::from_str(text).unwrap(), "", &mut found);
    found
}

#[test]
fn the_json_of_status_is_the_one_that_the_readme_shows() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let shown = readme.split("```json\n").nth(1).unwrap();
    let shown = fields_of(shown.split("```").next().unwrap());

    // A small account is read within its budget of calls in some seconds, and has a thing of every kind.
    let output = Command::new(env!("CARGO_BIN_EXE_starboard"))
        .args(["status", "--demo", "--json", "--pipelines", "4"])
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let printed = fields_of(std::str::from_utf8(&output.stdout).unwrap());

    let untold: Vec<&String> = printed.difference(&shown).collect();
    assert!(
        untold.is_empty(),
        "printed, but not in the README: {untold:#?}"
    );
    // Below an empty list or a null the story has nothing to print.
    let parent_is_printed = |field: &String| {
        let (parent, _) = field.rsplit_once('.').unwrap();
        parent.is_empty()
            || printed
                .iter()
                .any(|other| other.starts_with(&format!("{parent}.")))
    };
    let gone: Vec<&String> = shown
        .difference(&printed)
        .filter(|field| parent_is_printed(field))
        .collect();
    assert!(gone.is_empty(), "in the README, but not printed: {gone:#?}");
}
