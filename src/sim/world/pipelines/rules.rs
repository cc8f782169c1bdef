//! What a stage's conditions are: their rules, when they are asked, and what follows when one fails.
//!
//! `conditions` asks them while an execution is in the stage; this file knows the declarations and what each
//! provider's rule makes of its configuration.

use std::collections::BTreeMap;

use crate::sim::wire::Millis;
use crate::sim::world::alarms::AlarmState;
use crate::sim::world::pipelines::commands::RetryMode;
use crate::sim::world::pipelines::definition::Behaviour;

/// The providers of rules that CodePipeline has.
pub const PROVIDERS: [&str; 6] = [
    "CloudWatchAlarm",
    "CodeBuild",
    "Commands",
    "DeploymentWindow",
    "LambdaInvoke",
    "VariableCheck",
];

/// When a condition is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConditionKind {
    BeforeEntry,
    OnSuccess,
    OnFailure,
}

/// What follows when a condition fails, or a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    Fail,
    RollBack,
    Retry,
    Skip,
}

impl Consequence {
    pub const ALL: [Self; 4] = [Self::RollBack, Self::Fail, Self::Retry, Self::Skip];

    /// AWS's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "FAIL",
            Self::RollBack => "ROLLBACK",
            Self::Retry => "RETRY",
            Self::Skip => "SKIP",
        }
    }

    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|result| result.word() == word)
    }
}

/// Rules that are asked together: one that fails fails the condition.
#[derive(Clone, Debug)]
pub struct Condition {
    pub result: Consequence,
    pub rules: Vec<Rule>,
}

/// One rule of a condition.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    pub name: String,
    pub provider: String,
    pub configuration: BTreeMap<String, String>,
    pub commands: Vec<String>,
    pub inputs: Vec<String>,
    pub role_arn: Option<String>,
    pub region: Option<String>,
    pub timeout_minutes: Option<u32>,
    /// How it goes where nothing in the world answers it: LambdaInvoke and Commands, or a named scenario.
    pub behaviour: Behaviour,
}

impl Rule {
    pub fn setting(&self, key: &str) -> &str {
        self.configuration.get(key).map_or("", String::as_str)
    }

    /// The minutes that a CloudWatchAlarm rule watches its alarm.
    pub fn wait(&self) -> Millis {
        self.setting("WaitTime").parse().unwrap_or(0) * 60_000
    }

    /// Whether an alarm's state is one that a CloudWatchAlarm rule is to catch; ALARM unless it names others.
    pub fn catches(&self, state: AlarmState) -> bool {
        let named = self.setting("AlarmStates");
        if named.is_empty() {
            return state == AlarmState::Alarm;
        }
        named.split(',').any(|word| word.trim() == state.word())
    }
}

/// What a stage does by itself once it has failed.
#[derive(Clone, Debug, Default)]
pub struct OnFailure {
    pub result: Option<Consequence>,
    /// Of a retry.
    pub retry: Option<RetryMode>,
    pub condition: Option<Condition>,
}

/// Whether a value passes a VariableCheck rule; none for an operator that AWS does not know.
pub fn check_variable(operator: &str, value: &str, wanted: &str) -> Option<bool> {
    Some(match operator {
        "EQ" => value == wanted,
        "NE" => value != wanted,
        "CONTAINS" => value.contains(wanted),
        "MATCHES" => regex::Regex::new(wanted).is_ok_and(|pattern| pattern.is_match(value)),
        _ => return None,
    })
}

/// Whether a moment lies in a DeploymentWindow: a cron expression of AWS's six or seven fields, in UTC or a
/// fixed offset such as `UTC+02:00`. None when the expression is none.
///
/// Seconds, minutes and the year are not looked at: windows are told in hours and days.
pub fn in_window(cron: &str, zone: &str, at: Millis) -> Option<bool> {
    let fields: Vec<&str> = cron.split_whitespace().collect();
    // With seven fields seconds come first.
    let [_, hours, days, months, weekdays, ..] = *fields.get(fields.len().checked_sub(6)?..)?
    else {
        return None;
    };
    let local = at + offset(zone)?;
    let moment = jiff::Timestamp::from_millisecond(local).ok()?;
    let moment = moment.to_zoned(jiff::tz::TimeZone::UTC);
    let hit = |field: &str, names: &[&str], value: i8| hits(field, names, i64::from(value));
    Some(
        hit(hours, &[], moment.hour())?
            && hit(days, &[], moment.day())?
            && hit(months, &MONTHS, moment.month())?
            && hit(weekdays, &WEEKDAYS, moment.weekday().to_sunday_one_offset())?,
    )
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

fn offset(zone: &str) -> Option<Millis> {
    let rest = match zone {
        "" => return Some(0),
        zone => zone
            .strip_prefix("UTC")
            .or_else(|| zone.strip_prefix("GMT"))?,
    };
    if rest.is_empty() {
        return Some(0);
    }
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let sign = if hours.starts_with('-') { -1 } else { 1 };
    let hours: Millis = hours.trim_start_matches('+').parse().ok()?;
    let minutes: Millis = minutes.parse().ok()?;
    Some(hours * 3_600_000 + sign * minutes * 60_000)
}

/// One field of a cron expression: `*`, `?`, numbers, names, ranges, lists and steps.
fn hits(field: &str, names: &[&str], value: i64) -> Option<bool> {
    let number = |text: &str| -> Option<i64> {
        let named = names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        named.map_or_else(|| text.parse().ok(), |at| Some(at as i64 + 1))
    };
    for part in field.split(',') {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let step: i64 = step.parse().ok().filter(|step| *step > 0)?;
        let (low, high) = match range {
            "*" | "?" => (0, i64::MAX),
            range => match range.split_once('-') {
                Some((low, high)) => (number(low)?, number(high)?),
                None if part.contains('/') => (number(range)?, i64::MAX),
                None => (number(range)?, number(range)?),
            },
        };
        if (low..=high).contains(&value) && (value - low) % step == 0 {
            return Some(true);
        }
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::{check_variable, in_window};

    /// Wednesday, 2026-11-25 13:30 UTC.
    const WEDNESDAY: i64 = 1_795_613_400_000;

    #[test]
    fn a_window_is_open_in_its_hours_and_on_its_days() {
        let open = |cron, zone| in_window(cron, zone, WEDNESDAY);
        assert_eq!(open("0 9-17 ? * MON-FRI *", "UTC"), Some(true));
        assert_eq!(open("0 0 9-17 ? * MON-FRI *", "UTC"), Some(true));
        assert_eq!(open("0 9-12 ? * MON-FRI *", "UTC"), Some(false));
        assert_eq!(open("0 9-12 ? * MON-FRI *", "UTC-02:00"), Some(true));
        assert_eq!(open("0 15 ? * * *", "UTC+01:30"), Some(true));
        assert_eq!(open("0 * ? * SAT,SUN *", ""), Some(false));
        assert_eq!(open("0 */2 25 11 ? *", ""), Some(false));
        assert_eq!(open("0 1/4 25 NOV ? *", ""), Some(true));
        for wrong in ["", "* * *", "0 nine ? * * *"] {
            assert_eq!(open(wrong, "UTC"), None, "{wrong:?}");
        }
        assert_eq!(open("0 9-17 ? * MON-FRI *", "Mars"), None);
    }

    #[test]
    fn a_variable_is_checked_by_four_operators() {
        assert_eq!(check_variable("EQ", "main", "main"), Some(true));
        assert_eq!(check_variable("NE", "main", "main"), Some(false));
        assert_eq!(
            check_variable("CONTAINS", "release/7", "release"),
            Some(true)
        );
        assert_eq!(
            check_variable("MATCHES", "v1.20", r"^v\d+\.\d+$"),
            Some(true)
        );
        assert_eq!(check_variable("MATCHES", "v1.20", "("), Some(false));
        assert_eq!(check_variable("LIKE", "a", "a"), None);
    }
}
