//! Why a build failed, in its own words: from the phase that failed over the command to the line that says it.
//!
//! CodeBuild's phase context tells which command ended with which status; the reason stands some lines above, in the
//! words of the tool that gave up. What those words are is data (`rules`); this holds them against the lines of what
//! failed. It points, it does not judge: what it finds is shown with its line number and how sure it is, beside what AWS
//! says; where nothing speaks, it says so and leaves the last lines. Pure; costs one pass over at most [`LINES`] lines,
//! a few microseconds each.

mod context;
pub mod exit;
mod finder;
mod place;
mod rule;
mod rules;

use std::ops::Range;

use crate::model::fold::{FoldIndex, SectionKind};
use crate::model::log::{LineNo, LogSnapshot};

pub use context::{Told, told};
pub(in crate::model) use finder::is_harmless;
pub use place::SourcePlace;

/// How many lines before the end of what failed are looked at.
pub const LINES: u32 = 20_000;
/// How many lines stand before and after the one that says why.
const BEFORE: u32 = 4;
const AFTER: u32 = 8;
/// How many last lines stand for a reason that was not found.
const TAIL: u32 = 14;

/// How much a line can be trusted to be the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// A known tool names the defect.
    Sure,
    /// A known tool names the step or the test that failed.
    Likely,
    /// Only what follows from a failure was found, or a word that sounds like one.
    Unsure,
}

impl Confidence {
    pub const fn words(self) -> &'static str {
        match self {
            Self::Sure => "says so",
            Self::Likely => "most likely",
            Self::Unsure => "not sure",
        }
    }
}

/// A line that says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    pub line: LineNo,
    /// The line after it belongs to it.
    pub with_next: bool,
    /// What it says, safe to show.
    pub text: String,
    /// How many tests failed, where a test runner counts them.
    pub failed_tests: Option<u32>,
    /// Whose words they are; empty for words that any tool may use.
    pub tool: &'static str,
    pub confidence: Confidence,
    /// Where in the source code.
    pub place: Option<SourcePlace>,
    /// What a person can do about it; empty where the line says all.
    pub hint: &'static str,
}

/// All that a log tells of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// None where no line says why.
    pub why: Option<Why>,
    /// Other lines that name a defect, in order.
    pub further: Vec<Why>,
    /// AWS's word for the phase that failed, as the log has it.
    pub phase: Option<String>,
    /// The command that failed, as written.
    pub command: Option<String>,
    pub exit: Option<i32>,
    /// Names of tests that failed, as their runner calls them.
    pub failed_tests: Vec<String>,
    /// The lines to show: around the one that says why, else the last ones of what failed.
    pub around: Range<u32>,
}

/// Makes the rules ready, which takes some tens of milliseconds once: called ahead, off the main thread.
pub fn prepare() {
    finder::prepare();
}

/// Finds the line that says why, in the command or phase that failed.
pub fn find(log: &LogSnapshot, index: &FoldIndex) -> Option<Why> {
    index.failed()?;
    explain(log, index).why
}

/// Reads what failed: the command or phase that the log says so of, else the command that ran last, else the end.
pub fn explain(log: &LogSnapshot, index: &FoldIndex) -> Explanation {
    let section = index
        .failed()
        .or_else(|| index.last_command())
        .or_else(|| index.open().next())
        .and_then(|section| index.get(section));
    let body = section.map_or(0..log.len(), |section| section.body(log.len()));
    let body = body.start.max(body.end.saturating_sub(LINES))..body.end;
    let found = finder::read(log, body.clone());
    let mut why = found.why(log, &body);
    if let Some(why) = &mut why {
        why.failed_tests = found.tests_failed;
    }
    let around = why.as_ref().map_or_else(
        || body.end.saturating_sub(TAIL).max(body.start)..body.end,
        |why| {
            let line = why.line.0;
            line.saturating_sub(BEFORE).max(body.start)..(line + 1 + AFTER).min(body.end)
        },
    );
    let parent = section
        .and_then(|section| section.parent)
        .and_then(|parent| index.get(parent));
    let command = section.filter(|section| section.kind == SectionKind::Command);
    let phase = [parent, section]
        .into_iter()
        .flatten()
        .find(|section| section.kind == SectionKind::Phase);
    // The container tells the status in the command's last line, or where that was too long for one, below it.
    let exit = (body.end.saturating_sub(3)..body.end)
        .rev()
        .find_map(|line| exit::status_in(&log.text(LineNo(line))?));
    Explanation {
        further: found.further(log, &body),
        phase: phase.map(|phase| phase.name.clone()),
        command: command.map(|command| command.name.clone()),
        exit,
        failed_tests: found.failed_tests,
        around,
        why,
    }
}

#[cfg(test)]
mod tests;
