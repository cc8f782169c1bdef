//! When each item is read next: the pure part of the scheduler, in instants that are handed in.
//!
//! The spans come from the polling table; faults stretch them, a short budget serves the nearest pace first.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::engine::limiter::allowance;
use crate::engine::source::{Item, Pace, Planned};
use crate::model::fault::FaultClass;
use crate::model::ids::Scope;

/// Readings under way at once for one service of one scope. The budget paces their calls.
const IN_FLIGHT: usize = 4;
const HIDDEN_FACTOR: u32 = 6;
const LONGEST_TURN: Duration = Duration::from_mins(15);
/// Calls one reading in turn costs, about: it sets how far a large account is stretched.
const CALLS_A_TURN: f64 = 2.0;
/// The share of a budget that readings in turn may use.
const TURN_SHARE: f64 = 0.5;
const OFFLINE_PROBE: Duration = Duration::from_secs(15);
const SIGN_IN_PROBE: Duration = Duration::from_mins(1);

/// One reading's place: scope, index of the source, item.
pub(crate) type Slot = (Scope, usize, Item);

#[derive(Debug)]
struct Entry {
    pace: Pace,
    started: Option<Instant>,
    in_flight: bool,
    /// Whether it has ended at least once, well or badly.
    read: bool,
    failures: u32,
    not_before: Option<Instant>,
}

#[derive(Debug, Default)]
pub(crate) struct Schedule {
    entries: BTreeMap<Slot, Entry>,
    offline_until: BTreeMap<Scope, Instant>,
    pub(crate) hidden: bool,
}

impl Schedule {
    /// Takes a new plan of one source in one scope: adds what is new, drops what is gone.
    pub(crate) fn plan(&mut self, scope: &Scope, source: usize, planned: Vec<Planned>) {
        let mut paces: BTreeMap<Item, Pace> = planned
            .into_iter()
            .map(|planned| (planned.item, planned.pace))
            .collect();
        self.entries.retain(|(of, index, item), entry| {
            if of != scope || *index != source {
                return true;
            }
            match paces.remove(item) {
                Some(pace) => {
                    entry.pace = pace;
                    true
                }
                None => entry.in_flight,
            }
        });
        for (item, pace) in paces {
            let entry = Entry {
                pace,
                started: None,
                in_flight: false,
                read: false,
                failures: 0,
                not_before: None,
            };
            self.entries.insert((scope.clone(), source, item), entry);
        }
    }

    /// Forgets a scope; readings still under way end into nothing.
    pub(crate) fn remove(&mut self, keep: impl Fn(&Scope) -> bool) {
        self.entries.retain(|(scope, _, _), _| keep(scope));
        self.offline_until.retain(|scope, _| keep(scope));
    }

    /// Whether everything planned has been read at least once.
    /// What may not be read just now (a signed-out account's) is not waited for.
    pub(crate) fn is_complete(&self, allowed: impl Fn(&Slot) -> bool) -> bool {
        self.entries
            .iter()
            .all(|(slot, entry)| entry.read || !allowed(slot))
    }

    /// Makes an item due now, for instance after a write that touched it.
    pub(crate) fn touch(&mut self, matches: impl Fn(&Slot, Pace) -> bool) {
        for (slot, entry) in &mut self.entries {
            if matches(slot, entry.pace) {
                entry.started = None;
                entry.not_before = None;
            }
        }
    }

    /// Takes what is to be started now, nearest pace first, and marks it as under way.
    pub(crate) fn start(
        &mut self,
        now: Instant,
        service: impl Fn(usize) -> &'static str,
        allowed: impl Fn(&Slot) -> bool,
    ) -> Vec<Slot> {
        let turns = self.turns(&service);
        let mut under_way = self.under_way();
        let mut due: Vec<(Pace, Option<Instant>, Slot)> = Vec::new();
        for (slot, entry) in &self.entries {
            if !entry.in_flight && self.due(slot, entry, &turns) <= now && allowed(slot) {
                due.push((entry.pace, entry.started, slot.clone()));
            }
        }
        due.sort();
        let mut starting = Vec::new();
        for (_, _, slot) in due {
            let place = (slot.0.clone(), slot.1);
            let count = under_way.entry(place).or_default();
            let probing = self.offline_until.get(&slot.0).copied();
            if *count >= IN_FLIGHT || probing.is_some_and(|until| until > now) {
                continue;
            }
            if probing.is_some() {
                // One probe for a scope that is offline; its outcome decides about the rest.
                self.offline_until
                    .insert(slot.0.clone(), now + OFFLINE_PROBE);
            }
            *count += 1;
            if let Some(entry) = self.entries.get_mut(&slot) {
                entry.in_flight = true;
                entry.started = Some(now);
            }
            starting.push(slot);
        }
        starting
    }

    /// Takes how a reading ended.
    pub(crate) fn ended(&mut self, slot: &Slot, outcome: Result<(), FaultClass>, now: Instant) {
        match outcome {
            Err(FaultClass::Offline) => {
                self.offline_until
                    .insert(slot.0.clone(), now + OFFLINE_PROBE);
            }
            _ => {
                self.offline_until.remove(&slot.0);
            }
        }
        let Some(entry) = self.entries.get_mut(slot) else {
            return;
        };
        entry.in_flight = false;
        entry.read = true;
        entry.failures = if outcome.is_err() {
            entry.failures + 1
        } else {
            0
        };
        entry.not_before = outcome
            .err()
            .map(|class| now + back_off(class, entry.failures));
    }

    /// Readings under way, by place.
    fn under_way(&self) -> BTreeMap<(Scope, usize), usize> {
        let mut counts: BTreeMap<(Scope, usize), usize> = BTreeMap::new();
        for ((scope, source, _), entry) in &self.entries {
            if entry.in_flight {
                *counts.entry((scope.clone(), *source)).or_default() += 1;
            }
        }
        counts
    }

    /// When the next item is due for which there is a place; one that ends makes room by itself.
    pub(crate) fn next_due(
        &self,
        service: impl Fn(usize) -> &'static str,
        allowed: impl Fn(&Slot) -> bool,
    ) -> Option<Instant> {
        let turns = self.turns(&service);
        let under_way = self.under_way();
        let has_room = |slot: &Slot| {
            let count = under_way.get(&(slot.0.clone(), slot.1));
            count.is_none_or(|count| *count < IN_FLIGHT)
        };
        let due = |(slot, entry): (&Slot, &Entry)| {
            let due = self.due(slot, entry, &turns);
            self.offline_until
                .get(&slot.0)
                .map_or(due, |until| due.max(*until))
        };
        self.entries
            .iter()
            .filter(|(slot, entry)| !entry.in_flight && allowed(slot) && has_room(slot))
            .map(due)
            .min()
    }

    fn due(
        &self,
        slot: &Slot,
        entry: &Entry,
        turns: &BTreeMap<(Scope, usize), Duration>,
    ) -> Instant {
        let Some(started) = entry.started else {
            return entry
                .not_before
                .unwrap_or_else(|| Instant::now() - Duration::from_millis(1));
        };
        let mut every = entry.pace.every();
        if entry.pace == Pace::InTurn {
            every = turns
                .get(&(slot.0.clone(), slot.1))
                .copied()
                .unwrap_or(every)
                .max(every);
        }
        if self.hidden {
            every = (every * HIDDEN_FACTOR).min(LONGEST_TURN.max(every));
        }
        (started + every).max(entry.not_before.unwrap_or(started))
    }

    /// How long a turn takes where many wait for theirs: within the share of the budget, at most 15 minutes.
    fn turns(
        &self,
        service: &impl Fn(usize) -> &'static str,
    ) -> BTreeMap<(Scope, usize), Duration> {
        let mut counts: BTreeMap<(Scope, usize), f64> = BTreeMap::new();
        for ((scope, source, _), entry) in &self.entries {
            if entry.pace == Pace::InTurn {
                *counts.entry((scope.clone(), *source)).or_default() += 1.0;
            }
        }
        let turn = |((scope, source), count): ((Scope, usize), f64)| {
            let rate = allowance(service(source)).per_second * TURN_SHARE;
            let turn = Duration::from_secs_f64(count * CALLS_A_TURN / rate);
            ((scope, source), turn.min(LONGEST_TURN))
        };
        counts.into_iter().map(turn).collect()
    }
}

/// How long to leave an item alone after its `failures`-th fault in a row.
fn back_off(class: FaultClass, failures: u32) -> Duration {
    let doubling = |first: u64, most: u64| {
        Duration::from_secs((first << failures.saturating_sub(1).min(8)).min(most))
    };
    match class {
        FaultClass::Offline => OFFLINE_PROBE,
        FaultClass::SignIn => SIGN_IN_PROBE,
        // A missing permission comes back by an administrator's hand.
        FaultClass::Denied => Duration::from_mins(10),
        FaultClass::Throttled
        | FaultClass::TimedOut
        | FaultClass::Service
        | FaultClass::Unreadable => doubling(5, 120),
        FaultClass::NotFound | FaultClass::Refused | FaultClass::Local => Duration::from_mins(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope {
            account: "a".into(),
            region: "r".into(),
        }
    }

    fn items(count: usize, pace: Pace) -> Vec<Planned> {
        (0..count)
            .map(|index| Planned {
                item: Item::One(index.to_string().into()),
                pace,
            })
            .collect()
    }

    fn start(schedule: &mut Schedule, now: Instant) -> Vec<Slot> {
        schedule.start(now, |_| "codepipeline", |_| true)
    }

    #[test]
    fn the_nearest_pace_is_served_first_and_few_run_at_once() {
        let mut schedule = Schedule::default();
        let mut plan = items(8, Pace::InTurn);
        plan.push(Planned {
            item: Item::One("watched".into()),
            pace: Pace::Watched,
        });
        schedule.plan(&scope(), 0, plan);
        let now = Instant::now();
        let first = start(&mut schedule, now);
        assert_eq!(first.len(), IN_FLIGHT);
        assert_eq!(first[0].2, Item::One("watched".into()));
        assert!(start(&mut schedule, now).is_empty(), "all places are taken");
        schedule.ended(&first[0], Ok(()), now);
        assert_eq!(start(&mut schedule, now).len(), 1);
        assert!(!schedule.is_complete(|_| true));
    }

    #[test]
    fn an_item_comes_back_after_its_pace_and_sixfold_while_hidden() {
        let mut schedule = Schedule::default();
        schedule.plan(&scope(), 0, items(1, Pace::Watched));
        let now = Instant::now();
        let slot = start(&mut schedule, now).remove(0);
        schedule.ended(&slot, Ok(()), now);
        assert!(schedule.is_complete(|_| true));
        assert!(start(&mut schedule, now + Duration::from_secs(2)).is_empty());
        schedule.hidden = true;
        assert!(start(&mut schedule, now + Duration::from_secs(17)).is_empty());
        assert_eq!(start(&mut schedule, now + Duration::from_secs(18)).len(), 1);
    }

    #[test]
    fn offline_means_one_probe_and_not_a_storm() {
        let mut schedule = Schedule::default();
        schedule.plan(&scope(), 0, items(3, Pace::Near));
        let now = Instant::now();
        for slot in start(&mut schedule, now) {
            schedule.ended(&slot, Err(FaultClass::Offline), now);
        }
        assert!(start(&mut schedule, now + Duration::from_secs(14)).is_empty());
        let probes = start(&mut schedule, now + Duration::from_secs(16));
        assert_eq!(probes.len(), 1);
        schedule.ended(&probes[0], Ok(()), now + Duration::from_secs(17));
        assert_eq!(
            start(&mut schedule, now + Duration::from_secs(17)).len(),
            2,
            "the others follow once it answers"
        );
    }

    #[test]
    fn a_large_account_is_stretched_to_the_budget_and_no_further_than_a_quarter_of_an_hour() {
        let mut schedule = Schedule::default();
        schedule.plan(&scope(), 0, items(10_000, Pace::InTurn));
        let turns = schedule.turns(&|_| "codepipeline");
        assert_eq!(turns.get(&(scope(), 0)), Some(&LONGEST_TURN));
    }

    #[test]
    fn faults_are_left_alone_for_longer_each_time() {
        assert_eq!(back_off(FaultClass::Service, 1), Duration::from_secs(5));
        assert_eq!(back_off(FaultClass::Service, 3), Duration::from_secs(20));
        assert_eq!(back_off(FaultClass::Service, 40), Duration::from_mins(2));
        assert_eq!(back_off(FaultClass::Denied, 1), Duration::from_mins(10));
    }
}
