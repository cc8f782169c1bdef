//! Alarms: what they watch, and when they change.

use super::super::grammar;
use super::{Builder, Fault};
use crate::sim::wire::Millis;
use crate::sim::world::alarms::{Alarm, AlarmState, Change, Metric, Watches};

const DAY: Millis = 86_400_000;

impl Builder<'_> {
    pub(super) fn alarms(&mut self) -> Result<(), Fault> {
        for alarm in &self.story.alarm {
            let place = self.place(&alarm.account, &alarm.region)?;
            let name = alarm.name.get_ref();
            let created = self.start - 190 * DAY;
            let mut changes = vec![Change {
                at: created + 300_000,
                state: AlarmState::Ok,
                reason: quiet(alarm),
            }];
            for entry in &alarm.states {
                changes.push(Change {
                    at: self.moment(entry.at.0),
                    state: state(entry)?,
                    reason: entry.reason.clone().unwrap_or_else(|| quiet(alarm)),
                });
            }
            let made = Alarm {
                name: name.clone(),
                description: alarm.description.clone(),
                watches: watches(alarm)?,
                actions: alarm.notifies.iter().cloned().collect(),
                created,
                changes,
            };
            let at = self.world.place_mut(&place.account, &place.region);
            if at.alarms.get(name).is_some() {
                return Err(Fault::at(
                    &alarm.name,
                    format!("there are two alarms named {name:?} in this place"),
                ));
            }
            at.alarms.add(made);
        }
        Ok(())
    }
}

fn state(entry: &grammar::AlarmChange) -> Result<AlarmState, Fault> {
    let word = entry.state.get_ref();
    AlarmState::of_word(word).ok_or_else(|| {
        let words = AlarmState::ALL.map(AlarmState::word).join(", ");
        Fault::at(
            &entry.state,
            format!("{word:?} is no state of an alarm; expected {words}"),
        )
    })
}

fn watches(alarm: &grammar::Alarm) -> Result<Watches, Fault> {
    match (&alarm.metric, &alarm.rule) {
        (Some(metric), None) => Ok(Watches::Metric(Metric {
            namespace: alarm.namespace.clone(),
            name: metric.clone(),
            dimensions: alarm
                .dimensions
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            statistic: alarm.statistic.clone(),
            period_seconds: 60,
            periods: 3,
            threshold: alarm.threshold,
            comparison: "GreaterThanThreshold".to_owned(),
        })),
        (None, Some(rule)) => Ok(Watches::Alarms { rule: rule.clone() }),
        _ => Err(Fault::at(
            &alarm.name,
            "an alarm has either a `metric` or a `rule`",
        )),
    }
}

/// The reason of an alarm that nothing is wrong with.
fn quiet(alarm: &grammar::Alarm) -> String {
    if alarm.rule.is_some() {
        return "The alarm rule evaluates to OK".to_owned();
    }
    format!(
        "Threshold Crossed: 3 datapoints were not greater than the threshold ({:.1}).",
        alarm.threshold
    )
}
