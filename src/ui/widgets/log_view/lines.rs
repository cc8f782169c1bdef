//! What a view reads its lines from: one log, or several merged by time.

use std::rc::Rc;

use super::looks::{Identity, Masks};
use super::merging::Joined;
use crate::model::log::{LineNo, LineText, LogSnapshot};
use crate::model::mask;

/// Lines by their numbers. A `LineNo` of a view is a number of these: of merged logs it is a place among all lines.
#[derive(Clone)]
pub struct Lines<'a> {
    log: &'a LogSnapshot,
    joined: Option<Rc<Joined>>,
}

impl<'a> Lines<'a> {
    #[cfg(test)]
    pub const fn of(log: &'a LogSnapshot) -> Self {
        Self { log, joined: None }
    }

    pub const fn new(log: &'a LogSnapshot, joined: Option<Rc<Joined>>) -> Self {
        Self { log, joined }
    }

    pub fn len(&self) -> u32 {
        self.joined
            .as_ref()
            .map_or_else(|| self.log.len(), |joined| joined.len())
    }

    pub fn text(&self, line: LineNo) -> Option<LineText> {
        let (log, line) = self.at(line)?;
        self.log(log)?.text(line)
    }

    /// Milliseconds since 1970.
    pub fn time(&self, line: LineNo) -> Option<i64> {
        let (log, line) = self.at(line)?;
        self.log(log)?.time(line)
    }

    /// The lines above one in its own log, the nearest first.
    pub fn before(&self, line: LineNo) -> impl Iterator<Item = LineText> {
        let at = self.at(line);
        let log = at.and_then(|(log, _)| self.log(log));
        let end = at.map_or(0, |(_, line)| line.0);
        (0..end)
            .rev()
            .map_while(move |line| log?.text(LineNo(line)))
    }

    /// What of a line is covered, where secrets are masked.
    pub fn masks(&self, line: LineNo, raw: &str, masks: bool) -> Masks {
        if !masks {
            Masks::Nothing
        } else if mask::is_in_private_key(raw, self.before(line)) {
            Masks::All
        } else {
            Masks::Secrets
        }
    }

    /// The logs they are of.
    pub fn logs(&self) -> &[LogSnapshot] {
        self.joined
            .as_ref()
            .map_or_else(|| std::slice::from_ref(self.log), |joined| joined.logs())
    }

    /// What a line is, wherever it stands.
    pub fn identity(&self, line: LineNo) -> Option<Identity> {
        let (log, line) = self.at(line)?;
        let joined = self.joined.as_ref();
        Some((joined.map_or(0, |joined| joined.source(log)), line))
    }

    /// Where a line of one of the logs stands.
    pub fn place(&self, log: usize, line: LineNo) -> Option<LineNo> {
        match &self.joined {
            Some(joined) => joined.place(log, line),
            None => Some(line),
        }
    }

    fn at(&self, line: LineNo) -> Option<(usize, LineNo)> {
        match &self.joined {
            Some(joined) => joined.at(line),
            None => Some((0, line)),
        }
    }

    fn log(&self, log: usize) -> Option<&LogSnapshot> {
        self.logs().get(log)
    }
}
