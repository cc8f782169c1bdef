//! What the history of a pipeline or a build project says in figures: how often it succeeds, how long it takes, how
//! fast it recovers.
//!
//! Pure, from the executions that were read; each figure says from how many. One pass over the history, made when the
//! history changes, never once a frame.

use std::time::Duration;

use crate::model::build::Build;
use crate::model::ids::{BuildId, ExecutionId};
use crate::model::pipeline::Execution;
use crate::model::status::Status;
use crate::model::time::Timestamp;

/// Medians of fewer values than this are not told.
pub const LEAST: usize = 3;
/// Weeks told at most, the newest last.
pub const WEEKS: usize = 12;
const WEEK: Duration = Duration::from_hours(7 * 24);

/// Of executions, or of whatever else has runs with ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers<Id = ExecutionId> {
    pub succeeded: usize,
    pub failed: usize,
    /// Stopped, superseded, cancelled, running: they tell nothing of success or failure.
    pub uncounted: usize,
    /// Rollbacks, counted nowhere else.
    pub rollbacks: usize,
    /// Start to success of the last stage, of the executions that succeeded.
    pub lead: Option<Spread>,
    /// Succeeded and failed executions, oldest first.
    pub runs: Vec<Run<Id>>,
    /// End of the first failure in a row to the end of the next success.
    pub recovery: Option<Spread>,
    /// The newest that ended has failed: since when.
    pub broken_since: Option<Timestamp>,
    /// Seven days each, the last one ends now; at most [`WEEKS`], none before the oldest execution.
    pub weeks: Vec<Week>,
    pub oldest: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run<Id = ExecutionId> {
    pub id: Id,
    pub started: Timestamp,
    pub took: Duration,
    pub status: Status,
}

/// The middle and the slow end of some durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    pub median: Duration,
    /// Nine of ten took no longer.
    pub p90: Duration,
    pub count: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Week {
    pub from: Timestamp,
    /// Of every kind but rollbacks.
    pub executions: usize,
    pub succeeded: usize,
    pub failed: usize,
}

/// One run, as far as the figures need it.
struct Past<Id> {
    id: Id,
    status: Status,
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
    is_rollback: bool,
}

impl Numbers {
    /// Of executions in any order.
    pub fn of(executions: &[Execution], now: Timestamp) -> Self {
        let past = executions.iter().map(|execution| Past {
            id: execution.id.clone(),
            status: execution.state.status,
            started: execution.started,
            ended: execution.updated,
            is_rollback: execution.rollback_of.is_some(),
        });
        Self::of_past(past.collect(), now)
    }
}

impl Numbers<BuildId> {
    /// Of builds in any order.
    pub fn of_builds<'a>(builds: impl IntoIterator<Item = &'a Build>, now: Timestamp) -> Self {
        let past = builds.into_iter().map(|build| Past {
            id: build.id.clone(),
            status: build.state.status,
            started: build.started,
            ended: build.ended,
            is_rollback: false,
        });
        Self::of_past(past.collect(), now)
    }
}

impl<Id: Clone> Numbers<Id> {
    fn of_past(mut sorted: Vec<Past<Id>>, now: Timestamp) -> Self {
        sorted.sort_by_key(|past| past.started);
        let oldest = sorted.iter().find_map(|past| past.started);
        let mut numbers = Self {
            succeeded: 0,
            failed: 0,
            uncounted: 0,
            rollbacks: 0,
            lead: None,
            runs: Vec::new(),
            recovery: None,
            broken_since: None,
            weeks: weeks(&sorted, oldest, now),
            oldest,
        };
        for past in &sorted {
            numbers.count(past);
        }
        numbers.lead = Spread::of(
            numbers
                .runs
                .iter()
                .filter(|run| run.status == Status::Succeeded)
                .map(|run| run.took),
        );
        numbers.recover();
        numbers
    }

    /// Of those that succeeded or failed, how many of a hundred succeeded.
    pub fn success_rate(&self) -> Option<f32> {
        let ended = self.succeeded + self.failed;
        (ended > 0).then(|| self.succeeded as f32 * 100.0 / ended as f32)
    }

    fn count(&mut self, past: &Past<Id>) {
        if past.is_rollback {
            self.rollbacks += 1;
            return;
        }
        match past.status {
            Status::Succeeded => self.succeeded += 1,
            status if status.is_bad() => self.failed += 1,
            _ => {
                self.uncounted += 1;
                return;
            }
        }
        if let (Some(started), Some(ended)) = (past.started, past.ended) {
            self.runs.push(Run {
                id: past.id.clone(),
                started,
                took: started.age(ended),
                status: past.status,
            });
        }
    }

    /// By when they ended, because executions overtake each other.
    fn recover(&mut self) {
        let mut ends: Vec<(Timestamp, bool)> = self
            .runs
            .iter()
            .map(|run| (run.started.plus(run.took), run.status == Status::Succeeded))
            .collect();
        ends.sort();
        let mut spans = Vec::new();
        let mut broken = None;
        for (at, succeeded) in ends {
            match (broken, succeeded) {
                (None, false) => broken = Some(at),
                (Some(since), true) => {
                    spans.push(Timestamp::age(since, at));
                    broken = None;
                }
                _ => {}
            }
        }
        self.broken_since = broken;
        self.recovery = Spread::of(spans.into_iter());
    }
}

impl Spread {
    /// None of fewer than [`LEAST`] values.
    fn of(values: impl Iterator<Item = Duration>) -> Option<Self> {
        let mut values: Vec<Duration> = values.collect();
        values.sort();
        let count = values.len();
        if count < LEAST {
            return None;
        }
        let (low, high) = (values.get((count - 1) / 2)?, values.get(count / 2)?);
        Some(Self {
            median: (*low + *high) / 2,
            p90: *values.get((count * 9).div_ceil(10) - 1)?,
            count,
        })
    }
}

fn weeks<Id>(sorted: &[Past<Id>], oldest: Option<Timestamp>, now: Timestamp) -> Vec<Week> {
    let Some(oldest) = oldest else {
        return Vec::new();
    };
    let back = |at: Timestamp| (at.age(now).as_millis() / WEEK.as_millis()) as usize;
    let count = (back(oldest) + 1).min(WEEKS);
    let millis = WEEK.as_millis() as i64;
    let mut weeks: Vec<Week> = (0..count)
        .map(|index| Week {
            from: Timestamp::from_millis(now.millis() - millis * (count - index) as i64),
            ..Week::default()
        })
        .collect();
    for past in sorted {
        let Some(started) = past.started.filter(|_| !past.is_rollback) else {
            continue;
        };
        let index = count.checked_sub(back(started) + 1);
        let Some(week) = index.and_then(|index| weeks.get_mut(index)) else {
            continue;
        };
        week.executions += 1;
        match past.status {
            Status::Succeeded => week.succeeded += 1,
            status if status.is_bad() => week.failed += 1,
            _ => {}
        }
    }
    weeks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::status::State;

    const NOW: Timestamp = Timestamp::from_millis(1_795_449_600_000);

    fn ago(minutes: i64) -> Timestamp {
        Timestamp::from_millis(NOW.millis() - minutes * 60_000)
    }

    fn ran(number: usize, word: &str, started: i64, took: i64) -> Execution {
        Execution {
            started: Some(ago(started)),
            updated: Some(ago(started - took)),
            ..Execution::new(format!("e{number}").into(), State::of_pipeline(word))
        }
    }

    fn minutes(count: u64) -> Duration {
        Duration::from_mins(count)
    }

    #[test]
    fn success_counts_only_what_succeeded_or_failed() {
        let mut rollback = ran(5, "Succeeded", 10, 1);
        rollback.rollback_of = Some("e0".into());
        let all = [
            ran(0, "Succeeded", 500, 10),
            ran(1, "Failed", 400, 10),
            ran(2, "Superseded", 300, 10),
            ran(3, "InProgress", 200, 10),
            ran(4, "Succeeded", 100, 10),
            rollback,
        ];
        let numbers = Numbers::of(&all, NOW);
        assert_eq!((numbers.succeeded, numbers.failed), (2, 1));
        assert_eq!((numbers.uncounted, numbers.rollbacks), (2, 1));
        let rate = numbers.success_rate().expect("a rate");
        assert!((rate - 66.666).abs() < 0.01);
        assert_eq!(Numbers::of(&[], NOW).success_rate(), None);
    }

    #[test]
    fn the_lead_time_is_told_from_three_successes_on_and_ignores_failures() {
        let mut all = vec![
            ran(0, "Succeeded", 500, 10),
            ran(1, "Succeeded", 400, 30),
            ran(2, "Failed", 300, 200),
        ];
        assert_eq!(Numbers::of(&all, NOW).lead, None);
        all.push(ran(3, "Succeeded", 90, 20));
        let lead = Numbers::of(&all, NOW).lead.expect("three");
        assert_eq!((lead.median, lead.p90), (minutes(20), minutes(30)));
        all.push(ran(4, "Succeeded", 50, 40));
        let lead = Numbers::of(&all, NOW).lead.expect("four");
        assert_eq!(lead.median, minutes(25), "between the two in the middle");
    }

    #[test]
    fn recovery_is_from_the_first_failure_in_a_row_to_the_next_success() {
        let all = [
            ran(0, "Failed", 600, 10),
            ran(1, "Failed", 550, 10),
            ran(2, "Succeeded", 500, 10),
            ran(3, "Failed", 400, 10),
            ran(4, "Succeeded", 380, 10),
            ran(5, "Failed", 300, 10),
            ran(6, "Succeeded", 200, 10),
            ran(7, "Failed", 60, 10),
        ];
        let numbers = Numbers::of(&all, NOW);
        let recovery = numbers.recovery.expect("three recoveries");
        assert_eq!(recovery.count, 3);
        assert_eq!(recovery.median, minutes(100));
        assert_eq!(numbers.broken_since, Some(ago(50)));
    }

    #[test]
    fn a_week_ends_now_and_none_is_before_the_oldest() {
        let day = 24 * 60;
        let all = [
            ran(0, "Succeeded", 1, 1),
            ran(1, "Failed", 6 * day, 1),
            ran(2, "Succeeded", 8 * day, 1),
        ];
        let weeks = Numbers::of(&all, NOW).weeks;
        let counts: Vec<usize> = weeks.iter().map(|week| week.executions).collect();
        assert_eq!(counts, [1, 2]);
        assert_eq!(weeks[1].from, ago(7 * day));
        assert_eq!((weeks[1].succeeded, weeks[1].failed), (1, 1));
        let old = [ran(0, "Succeeded", 400 * day, 1)];
        assert_eq!(Numbers::of(&old, NOW).weeks.len(), WEEKS);
    }
}
