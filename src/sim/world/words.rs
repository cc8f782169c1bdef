//! Commit messages and names for what no story spells out.

use crate::sim::random::Random;
use crate::sim::world::repositories::Person;

const VERBS: [&str; 12] = [
    "Retry", "Cache", "Drop", "Log", "Bound", "Split", "Rename", "Validate", "Batch", "Expose",
    "Tidy", "Speed up",
];
const OBJECTS: [&str; 20] = [
    "idempotency keys",
    "stale session lookups",
    "the legacy tariff path",
    "request ids in every error",
    "connection pools per tenant",
    "rounding in invoice totals",
    "feature flags at start-up",
    "slow address lookups",
    "health checks behind the mesh",
    "webhook deliveries",
    "currency conversions",
    "the nightly export",
    "rate limits for partners",
    "cursor paging in search",
    "unused indexes",
    "audit events",
    "image thumbnails",
    "token refresh",
    "queue consumers",
    "schema migrations",
];
const REASONS: [&str; 5] = [
    "\n\nSeen in production twice this week.",
    "\n\nThe old behaviour hid timeouts from the caller.",
    "",
    "",
    "\n\nNo functional change.",
];
const PEOPLE: [(&str, &str); 8] = [
    ("Ines Okafor", "ines.okafor"),
    ("Tom Lindqvist", "tom.lindqvist"),
    ("Mei Tanaka", "mei.tanaka"),
    ("Aiko Mori", "aiko.mori"),
    ("Sam Reyes", "sam.reyes"),
    ("Priya Nair", "priya.nair"),
    ("Jonas Weber", "jonas.weber"),
    ("Lea Martin", "lea.martin"),
];

/// A message as people write them, most with an issue key.
pub fn commit_message(random: &mut Random) -> String {
    let verb = random.pick(&VERBS).copied().unwrap_or_default();
    let object = random.pick(&OBJECTS).copied().unwrap_or_default();
    let reason = random.pick(&REASONS).copied().unwrap_or_default();
    match random.below(10) {
        0..6 => format!(
            "{verb} {object} (HARB-{}){reason}",
            random.between(1800, 2260)
        ),
        6 => format!("{verb} {object} (#{}){reason}", random.between(120, 420)),
        _ => format!("{verb} {object}{reason}"),
    }
}

/// Somebody, and the user name behind the mail address.
pub fn person(random: &mut Random) -> (Person, &'static str) {
    let (name, user) = random
        .pick(&PEOPLE)
        .copied()
        .unwrap_or(("Ines Okafor", "ines.okafor"));
    (
        Person {
            name: name.to_owned(),
            email: format!("{user}@harbour.example"),
        },
        user,
    )
}
