//! Who may import whom. The rules are those of the architecture; a room that is not listed here is refused, so that a
//! new one is thought about.

use super::expect_none;
use super::source::{Named, Source, sources};

struct Room {
    name: &'static str,
    /// Paths of this crate that it may name, besides itself. None: all of them.
    may: Option<&'static [&'static str]>,
    /// What it must never name of other crates and of `std`.
    never: &'static [&'static str],
}

/// Stands for all crates of the AWS SDK.
const AWS: &str = "the AWS SDK";

/// How their names begin. `aws_` alone would also be the simulated account's own modules.
const AWS_CRATES: &[&str] = &[
    "aws_config",
    "aws_credential_types",
    "aws_runtime",
    "aws_sdk_",
    "aws_sigv4",
    "aws_smithy_",
    "aws_types",
];

const ROOMS: &[Room] = &[
    Room {
        name: "model",
        may: Some(&[]),
        never: &[
            AWS,
            "eframe",
            "egui",
            "egui_extras",
            "hyper",
            "std::env",
            "std::fs",
            "std::net",
            "std::thread",
            "std::time::Instant",
            "std::time::SystemTime",
            "tokio",
        ],
    },
    // An independent judge: a mistake in our own mapping must not cancel itself out.
    Room {
        name: "sim",
        may: Some(&[]),
        never: &[AWS, "eframe", "egui"],
    },
    Room {
        name: "secrets",
        may: Some(&["model"]),
        never: &[AWS, "eframe", "egui"],
    },
    Room {
        name: "engine",
        may: Some(&["model"]),
        never: &[AWS, "eframe", "egui"],
    },
    Room {
        name: "aws",
        may: Some(&["model", "engine::source", "secrets"]),
        never: &["eframe", "egui"],
    },
    Room {
        name: "trackers",
        may: Some(&["model", "engine::source", "secrets"]),
        never: &[AWS, "eframe", "egui"],
    },
    // Paint: no runtime, no disk, no network, no surroundings.
    Room {
        name: "ui",
        may: Some(&["model"]),
        never: &[
            AWS,
            "hyper",
            "std::env",
            "std::fs",
            "std::net",
            "std::thread",
            "tokio",
        ],
    },
    Room {
        name: "app",
        may: None,
        never: &[AWS],
    },
    Room {
        name: "cli",
        may: None,
        never: &[AWS, "egui"],
    },
];

fn starts(named: &Named, path: &str) -> bool {
    if path == AWS {
        return AWS_CRATES
            .iter()
            .any(|name| named.segments[0].starts_with(name));
    }
    path.split("::")
        .enumerate()
        .all(|(index, segment)| named.segments.get(index).is_some_and(|own| own == segment))
}

fn breach(source: &Source, named: &Named) -> String {
    format!(
        "{}:{}: {}",
        source.path,
        named.line,
        named.segments.join("::")
    )
}

#[test]
fn every_room_imports_only_what_it_may() {
    let mut breaches = Vec::new();
    for source in sources("src") {
        let module = source.module();
        let Some(room) = module.first().filter(|first| *first != "main") else {
            continue;
        };
        let Some(room) = ROOMS.iter().find(|known| known.name == room) else {
            breaches.push(format!("{}: the room `{room}` has no rule", source.path));
            continue;
        };
        for named in source.named() {
            let own = named.segments[0] == "crate";
            let allowed = room.may.is_none_or(|may| {
                starts(&named, &format!("crate::{}", room.name))
                    || may
                        .iter()
                        .any(|path| starts(&named, &format!("crate::{path}")))
            });
            if own && !allowed || room.never.iter().any(|path| starts(&named, path)) {
                breaches.push(breach(&source, &named));
            }
        }
    }
    expect_none("a room names what it must not", &breaches);
}

#[test]
fn a_view_never_imports_another_view() {
    let mut breaches = Vec::new();
    for source in sources("src/ui/views") {
        let module = source.module();
        let Some(view) = module.get(2) else {
            // The registry names them all.
            continue;
        };
        for named in source.named() {
            let of_views = starts(&named, "crate::ui::views") && named.segments.len() > 3;
            if of_views && named.segments[3] != *view {
                breaches.push(breach(&source, &named));
            }
        }
    }
    expect_none(
        "views talk through routes and actions, not to each other",
        &breaches,
    );
}

#[test]
fn nothing_prints_past_the_locked_output() {
    let mut breaches = Vec::new();
    for source in sources("src") {
        for name in ["dbg", "eprint", "eprintln", "print", "println"] {
            for line in source.macro_calls(name) {
                breaches.push(format!("{}:{line}: {name}!", source.path));
            }
        }
    }
    expect_none("print with writeln to a locked stream", &breaches);
}
