//! What the manifest and the lock file may hold: no crate that nothing uses, none that would bring a C library or a
//! second copy of the frame's or the network's foundations.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use super::expect_none;
use super::source::{Source, root, sources};

/// In the manifest for their features alone, never named in code.
const FEATURES_ONLY: &[(&str, &str)] = &[(
    "winit",
    "chooses Wayland's window frame and how libwayland is found, which eframe leaves open",
)];

/// Would need a C library, a build tool that a fresh machine lacks, or draw a second window toolkit in.
const ABSENT: &[&str] = &[
    "aws-lc-rs",
    "aws-lc-sys",
    "cmake",
    "gtk",
    "gtk-sys",
    "native-tls",
    "onig_sys",
    "openssl",
    "openssl-sys",
];

/// Two copies of these would not see each other's types, threads or certificates.
const SINGLE: &[&str] = &[
    "accesskit",
    "eframe",
    "egui",
    "egui-winit",
    "egui_extras",
    "epaint",
    "hyper",
    "jiff",
    "keyring-core",
    "rustls",
    "tokio",
    "wgpu",
    "winit",
    "zbus",
];

fn manifest(file: &str) -> toml::Table {
    fs::read_to_string(root().join(file))
        .unwrap()
        .parse()
        .unwrap()
}

fn names(manifest: &toml::Table, table: &str) -> Vec<String> {
    manifest
        .get(table)
        .and_then(toml::Value::as_table)
        .map(|table| table.keys().cloned().collect())
        .unwrap_or_default()
}

fn is_named(name: &str, sources: &[Source]) -> bool {
    let name = name.replace('-', "_");
    sources.iter().any(|source| {
        source.named().iter().any(|named| named.segments[0] == name)
            || source.code.contains(&format!("use {name};"))
            || source.code.contains(&format!("use {name} as "))
    })
}

#[test]
fn every_dependency_is_used() {
    let manifest = manifest("Cargo.toml");
    let own = sources("src");
    let tests = sources("tests");
    let mut breaches = Vec::new();
    for name in names(&manifest, "dependencies") {
        let excused = FEATURES_ONLY.iter().any(|(excused, _)| *excused == name);
        if !excused && !is_named(&name, &own) {
            breaches.push(format!("{name}: nothing in src names it"));
        }
        if excused && is_named(&name, &own) {
            breaches.push(format!("{name}: is excused as unnamed, but named"));
        }
    }
    for name in names(&manifest, "dev-dependencies") {
        if !is_named(&name, &own) && !is_named(&name, &tests) {
            breaches.push(format!("{name}: no test names it"));
        }
    }
    expect_none("unused dependencies", &breaches);
}

fn locked() -> BTreeMap<String, Vec<String>> {
    let mut versions = BTreeMap::<String, Vec<String>>::new();
    for package in manifest("Cargo.lock")["package"].as_array().unwrap() {
        let text = |key: &str| package[key].as_str().unwrap().to_owned();
        versions
            .entry(text("name"))
            .or_default()
            .push(text("version"));
    }
    versions
}

#[test]
fn the_lock_file_holds_no_unwanted_crate() {
    let locked = locked();
    let breaches: Vec<String> = ABSENT
        .iter()
        .filter(|name| locked.contains_key(**name))
        .map(|name| (*name).to_owned())
        .collect();
    expect_none("crates that must not come back", &breaches);
}

#[test]
fn foundations_are_there_once() {
    let locked = locked();
    let breaches: Vec<String> = SINGLE
        .iter()
        .filter(|name| {
            locked
                .get(**name)
                .is_none_or(|versions| versions.len() != 1)
        })
        .map(|name| format!("{name}: {:?}", locked.get(*name)))
        .collect();
    expect_none("crates of which there must be exactly one", &breaches);
}

/// The keyring's D-Bus client, driven by tokio, would panic on our plain keyring thread: with that feature zbus asks
/// for a running tokio wherever it is called.
#[test]
fn the_keyrings_bus_client_stays_off_tokio() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--edges",
            "features",
            "--invert",
            "zbus",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        tree.contains("zbus feature \"async-io\""),
        "cargo's words changed:\n{tree}"
    );
    assert!(!tree.contains("zbus feature \"tokio\""), "{tree}");
}
