//! `starboard status` for a person: what needs you, what fails, every pipeline in a line.

use std::fmt::Write as _;

use crate::model::board::BoardRow;
use crate::model::snapshot::Snapshot;
use crate::model::status::Status;
use crate::model::terminal;
use crate::model::time::{self, Timestamp};

pub(super) fn page(snapshot: &Snapshot) -> String {
    let now = snapshot.published_at;
    let mut text = String::new();
    for need in &snapshot.board.needs {
        let gate = &need.gate;
        let since = need
            .since
            .map(|since| format!(", waiting {}", time::rough(since.age(now))))
            .unwrap_or_default();
        line(
            &mut text,
            &format!(
                "needs you  {} · {} ({}){since}: {}",
                gate.pipeline.name, gate.action.action, gate.pipeline.scope, need.change
            ),
        );
    }
    for failing in &snapshot.board.failing {
        let at = failing
            .at
            .map(|at| format!(", {}", time::ago(at, now)))
            .unwrap_or_default();
        line(
            &mut text,
            &format!(
                "{:9}  {} · {} ({}){at}: {}",
                failing.status.label(),
                failing.pipeline.name,
                failing.what,
                failing.pipeline.scope,
                failing.reason
            ),
        );
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let width = |of: fn(&BoardRow) -> usize| {
        snapshot
            .board
            .rows
            .iter()
            .map(|row| of(row))
            .max()
            .unwrap_or(0)
    };
    let name = width(|row| row.key.name.as_str().chars().count());
    let place = width(|row| row.key.scope.to_string().chars().count());
    let strip = width(|row| row.stages.len());
    for row in &snapshot.board.rows {
        let stages: String = row.stages.iter().map(|stage| mark(stage.status)).collect();
        let revision = row
            .revision
            .as_ref()
            .map_or("", |revision| revision.id.short());
        let place_text = row.key.scope.to_string();
        line(
            &mut text,
            &format!(
                "{} {:name$}  {place_text:place$}  {stages:strip$}  {revision:7}  {:>8}  {}",
                mark(row.status),
                row.key.name,
                changed(row.changed, now),
                row.change,
            ),
        );
    }
    if snapshot.board.rows.is_empty() {
        text.push_str("no pipeline\n");
    }
    text.push_str(LEGEND);
    text
}

const LEGEND: &str = "\n◆ waits for a person  ✗ failed  ! errored  ↩ rolled back  ▶ running  → queued  ■ stopped  ✓ succeeded  ○ not run\n";

fn line(text: &mut String, content: &str) {
    // Names and messages come from outside: what could move a cursor is shown as a mark.
    let safe = terminal::safe_line(content, false);
    writeln!(text, "{}", safe.trim_end()).ok();
}

fn changed(at: Option<Timestamp>, now: Timestamp) -> String {
    at.map(|at| time::rough(at.age(now))).unwrap_or_default()
}

/// One character for each state; no two states share one.
fn mark(status: Status) -> char {
    match status {
        Status::Waiting => '◆',
        Status::Failed => '✗',
        Status::Errored => '!',
        Status::RolledBack => '↩',
        Status::Running => '▶',
        Status::Queued => '→',
        Status::Stopped => '■',
        Status::Unknown => '?',
        Status::Superseded => '≈',
        Status::Skipped => '–',
        Status::Succeeded => '✓',
        Status::NotRun => '○',
    }
}
