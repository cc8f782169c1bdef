//! One place's CloudWatch alarms: what each watches, and the states it goes through.
//!
//! A story says when an alarm changes; where it stands is told from the time, so alarms cost nothing while
//! nobody asks. `services::cloudwatch` reads, and a pipeline's rules ask for [`Alarms::state`].

use std::collections::BTreeMap;

use crate::sim::wire::Millis;

/// One place's alarms.
#[derive(Debug, Default)]
pub struct Alarms {
    by_name: BTreeMap<String, Alarm>,
}

/// An alarm and everything that becomes of it.
#[derive(Clone, Debug)]
pub struct Alarm {
    pub name: String,
    pub description: Option<String>,
    pub watches: Watches,
    /// Topics that are told of an ALARM.
    pub actions: Vec<String>,
    pub created: Millis,
    /// In order of time.
    pub changes: Vec<Change>,
}

/// What an alarm judges.
#[derive(Clone, Debug)]
pub enum Watches {
    Metric(Metric),
    /// Other alarms, by a rule: `ALARM("a") OR ALARM("b")`.
    Alarms {
        rule: String,
    },
}

/// A metric and the line it must not cross.
#[derive(Clone, Debug)]
pub struct Metric {
    pub namespace: String,
    pub name: String,
    pub dimensions: Vec<(String, String)>,
    pub statistic: String,
    pub period_seconds: u32,
    pub periods: u32,
    pub threshold: f64,
    pub comparison: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmState {
    Ok,
    Alarm,
    InsufficientData,
}

impl AlarmState {
    pub const ALL: [Self; 3] = [Self::Ok, Self::Alarm, Self::InsufficientData];

    /// CloudWatch's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }

    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A state, from when on, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub at: Millis,
    pub state: AlarmState,
    pub reason: String,
}

impl Alarm {
    /// The state it is in: INSUFFICIENT_DATA from its making to the first change.
    pub fn change(&self, now: Millis) -> Change {
        let last = self.changes.iter().rev().find(|change| change.at <= now);
        last.cloned().unwrap_or_else(|| Change {
            at: self.created,
            state: AlarmState::InsufficientData,
            reason: "Unchecked: Initial alarm creation".to_owned(),
        })
    }
}

impl Alarms {
    /// Adds an alarm, or replaces the one of this name. Its changes are put in order.
    pub fn add(&mut self, mut alarm: Alarm) {
        alarm.changes.sort_by_key(|change| change.at);
        self.by_name.insert(alarm.name.clone(), alarm);
    }

    /// The alarms in order of name.
    pub fn iter(&self) -> impl Iterator<Item = &Alarm> {
        self.by_name.values()
    }

    pub fn get(&self, name: &str) -> Option<&Alarm> {
        self.by_name.get(name)
    }

    /// How an alarm stands; none when there is no such alarm.
    pub fn state(&self, name: &str, now: Millis) -> Option<AlarmState> {
        Some(self.get(name)?.change(now).state)
    }
}

#[cfg(test)]
mod tests {
    use super::{Alarm, AlarmState, Alarms, Change, Watches};

    fn change(at: i64, state: AlarmState) -> Change {
        Change {
            at,
            state,
            reason: String::new(),
        }
    }

    #[test]
    fn an_alarm_stands_where_its_last_change_left_it() {
        let mut alarms = Alarms::default();
        alarms.add(Alarm {
            name: "checkout-api-5xx".to_owned(),
            description: None,
            watches: Watches::Alarms {
                rule: "TRUE".to_owned(),
            },
            actions: Vec::new(),
            created: 10,
            changes: vec![
                change(40, AlarmState::Alarm),
                change(20, AlarmState::Ok),
                change(90, AlarmState::Ok),
            ],
        });
        let state = |now| alarms.state("checkout-api-5xx", now).unwrap();
        assert_eq!(
            [state(19), state(20), state(89), state(90)],
            [
                AlarmState::InsufficientData,
                AlarmState::Ok,
                AlarmState::Alarm,
                AlarmState::Ok
            ]
        );
        assert_eq!(alarms.get("checkout-api-5xx").unwrap().change(60).at, 40);
        assert_eq!(alarms.state("nobody", 60), None);
        assert_eq!(AlarmState::of_word("ALARM"), Some(AlarmState::Alarm));
        assert_eq!(AlarmState::of_word("alarm"), None);
    }
}
