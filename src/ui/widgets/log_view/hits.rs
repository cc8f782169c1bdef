//! The matches of a search, in one log or in several that are merged, in the order of their places.

use std::ops::Range;
use std::sync::Arc;

use super::lines::Lines;
use crate::model::find::{Matches, Search};
use crate::model::log::LineNo;
use crate::model::pattern::Pattern;
use crate::model::sweep::{Progress, Sweep};
use crate::ui::background::{Background, sweep};

#[derive(Default)]
pub struct Hits {
    /// One for each log.
    sweeps: Vec<Sweep<Search>>,
    /// What had been found in each when this frame began.
    found: Vec<Arc<Progress<Matches>>>,
}

/// A match: in which of the logs, and which there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    log: usize,
    number: usize,
}

impl Hits {
    /// Has the logs read on, and takes what has been found.
    pub fn update(&mut self, pattern: &Pattern, lines: &Lines<'_>, background: &dyn Background) {
        let logs = lines.logs();
        self.sweeps
            .resize_with(logs.len(), || Sweep::new(Search::new(pattern.clone())));
        for (search, log) in self.sweeps.iter_mut().zip(logs) {
            sweep(background, search, log);
        }
        self.found = self.sweeps.iter().map(Sweep::progress).collect();
    }

    /// Whether lines are left that have not been searched.
    pub fn is_reading(&self, lines: &Lines<'_>) -> bool {
        let mut both = self.found.iter().zip(lines.logs());
        both.any(|(found, log)| found.read_to < log.len())
    }

    /// How much has been searched.
    pub fn percent(&self, lines: &Lines<'_>) -> u64 {
        let read = self.found.iter().map(|found| u64::from(found.read_to));
        let all = lines.logs().iter().map(|log| u64::from(log.len()));
        read.sum::<u64>() * 100 / all.sum::<u64>().max(1)
    }

    /// How many have been found.
    pub fn len(&self) -> usize {
        self.found.iter().map(|found| found.found.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.found.iter().all(|found| found.found.is_empty())
    }

    /// Where a match stands.
    pub fn place(&self, hit: Hit, lines: &Lines<'_>) -> Option<LineNo> {
        let line = self.found.get(hit.log)?.found.line(hit.number)?;
        lines.place(hit.log, line)
    }

    /// Which of the matches in its line a match is; none if it stands in another.
    pub fn place_in_line(&self, hit: Hit, line: LineNo, lines: &Lines<'_>) -> Option<usize> {
        if self.place(hit, lines)? != line {
            return None;
        }
        let found = &self.found.get(hit.log)?.found;
        Some(found.place_in_line(hit.number))
    }

    /// The first match at a place or after it, or the last before it: O(log matches) for each log.
    pub fn nearest(&self, lines: &Lines<'_>, forward: bool, place: LineNo) -> Option<Hit> {
        let hits = (0..self.found.len()).filter_map(|log| {
            let before = self.before(log, place, lines);
            let number = if forward {
                before
            } else {
                before.checked_sub(1)?
            };
            let hit = Hit { log, number };
            Some((self.place(hit, lines)?, hit))
        });
        let nearest = if forward {
            hits.min_by_key(|(place, _)| *place)
        } else {
            hits.max_by_key(|(place, _)| *place)
        };
        nearest.map(|(_, hit)| hit)
    }

    /// The match after one or before it, going round at the ends.
    pub fn beside(&self, hit: Hit, forward: bool, lines: &Lines<'_>) -> Option<Hit> {
        let place = self.place(hit, lines)?;
        let number = if forward {
            Some(hit.number + 1)
        } else {
            hit.number.checked_sub(1)
        };
        // Of one line there may be several, all in one log.
        let here = number.map(|number| Hit { number, ..hit });
        if let Some(here) = here.filter(|here| self.place(*here, lines) == Some(place)) {
            return Some(here);
        }
        let beyond = LineNo(place.0 + u32::from(forward));
        self.nearest(lines, forward, beyond).or_else(|| {
            let end = if forward { 0 } else { u32::MAX };
            self.nearest(lines, forward, LineNo(end))
        })
    }

    /// The match to go on with from a line that repeats `first`: the first one after all `times` of them, or
    /// the last of `first` itself, which is drawn as they are.
    pub fn beyond(
        &self,
        first: LineNo,
        times: u32,
        forward: bool,
        lines: &Lines<'_>,
    ) -> Option<Hit> {
        if !forward {
            return self
                .nearest(lines, false, LineNo(first.0 + 1))
                .or_else(|| self.nearest(lines, false, LineNo(u32::MAX)));
        }
        self.nearest(lines, true, LineNo(first.0 + times))
            .or_else(|| self.nearest(lines, true, LineNo(0)))
    }

    /// The first of these places that has a match.
    pub fn first_in(&self, places: Range<u32>, lines: &Lines<'_>) -> Option<LineNo> {
        let hit = self.nearest(lines, true, LineNo(places.start))?;
        self.place(hit, lines)
            .filter(|place| places.contains(&place.0))
    }

    /// Which of all matches one is, from one.
    pub fn rank(&self, hit: Hit, lines: &Lines<'_>) -> Option<usize> {
        let place = self.place(hit, lines)?;
        let others = (0..self.found.len()).filter(|log| *log != hit.log);
        let before: usize = others.map(|log| self.before(log, place, lines)).sum();
        Some(before + hit.number + 1)
    }

    /// How many matches of a log stand before a place.
    fn before(&self, log: usize, place: LineNo, lines: &Lines<'_>) -> usize {
        let (mut low, mut high) = (0, self.found.get(log).map_or(0, |found| found.found.len()));
        while low < high {
            let middle = low + (high - low) / 2;
            let hit = Hit {
                log,
                number: middle,
            };
            if self.place(hit, lines).is_some_and(|at| at < place) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}
