//! Instants and spans as Starboard counts them, and the words it shows for them.
//!
//! The model never reads a clock: `now` is always handed in.

use std::fmt;
use std::time::Duration;

/// Milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    /// How long ago this was at `now`; zero for what lies ahead, because AWS's clock and ours may differ.
    pub fn age(self, now: Self) -> Duration {
        Duration::from_millis(u64::try_from(now.0.saturating_sub(self.0)).unwrap_or(0))
    }

    pub fn plus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// RFC 3339 in UTC with milliseconds only where there are any: `2026-11-23T16:20:00Z`.
    pub fn rfc3339(self) -> String {
        jiff::Timestamp::from_millisecond(self.0)
            .map_or_else(|_| format!("{} ms", self.0), |time| time.to_string())
    }

    /// The exact instant for a hint, in the time zone of this computer: `2026-11-23 17:20:05 CET`.
    pub fn local(self) -> String {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => time
                .to_zoned(jiff::tz::TimeZone::system())
                .strftime("%Y-%m-%d %H:%M:%S %Z")
                .to_string(),
            Err(_) => format!("{} ms", self.0),
        }
    }

    /// The day in the time zone of this computer: `7 December 2026`.
    pub fn day(self) -> String {
        jiff::Timestamp::from_millisecond(self.0).map_or_else(
            |_| format!("{} ms", self.0),
            |time| {
                let zoned = time.to_zoned(jiff::tz::TimeZone::system());
                zoned.strftime("%-d %B %Y").to_string()
            },
        )
    }

    /// The time of day in the time zone of this computer: `17:20:05`.
    pub fn clock_local(self) -> String {
        self.clock(jiff::tz::TimeZone::system())
    }

    /// The time of day in UTC: `16:20:05`.
    pub fn clock_utc(self) -> String {
        self.clock(jiff::tz::TimeZone::UTC)
    }

    fn clock(self, zone: jiff::tz::TimeZone) -> String {
        jiff::Timestamp::from_millisecond(self.0).map_or_else(
            |_| String::new(),
            |time| time.to_zoned(zone).strftime("%H:%M:%S").to_string(),
        )
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// A span as a measured duration: `38 s`, `2 m 41 s`, `2 h 04 m`, `3 d 04 h`.
pub fn duration(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {:02} m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {:02} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// A span in one unit, for ages and estimates: `9 s`, `18 min`, `2 h`, `3 d`.
pub fn rough(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// How long ago, in words: `now` under ten seconds, then `18 min ago`.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    let age = then.age(now);
    if age.as_secs() < 10 {
        "now".to_owned()
    } else {
        format!("{} ago", rough(age))
    }
}

/// When the text of [`ago`] or [`rough`] next changes: the only reason to paint again for an age.
///
/// Under a minute a second, under an hour a minute, then an hour.
pub fn next_change(age: Duration) -> Duration {
    let unit: u64 = match age.as_secs() {
        0..60 => 1,
        60..3_600 => 60,
        _ => 3_600,
    };
    let unit_millis = u128::from(unit) * 1_000;
    let left = unit_millis - age.as_millis() % unit_millis;
    Duration::from_millis(u64::try_from(left).unwrap_or(1_000).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_a_person_says_them() {
        let said: Vec<String> = [4, 161, 7_440, 273_600]
            .map(Duration::from_secs)
            .map(duration)
            .into();
        assert_eq!(said, ["4 s", "2 m 41 s", "2 h 04 m", "3 d 04 h"]);
    }

    #[test]
    fn an_instant_ahead_of_us_is_now_and_not_a_negative_age() {
        let now = Timestamp::from_millis(1_000);
        assert_eq!(ago(Timestamp::from_millis(5_000), now), "now");
    }

    #[test]
    fn a_time_of_day_in_utc_and_none_outside_the_calendar() {
        assert_eq!(
            Timestamp::from_millis(1_795_449_605_250).clock_utc(),
            "16:00:05"
        );
        assert_eq!(Timestamp::from_millis(i64::MAX).clock_utc(), "");
    }

    #[test]
    fn the_next_change_of_an_age_is_its_unit_away() {
        assert_eq!(
            next_change(Duration::from_millis(2_400)),
            Duration::from_millis(600)
        );
        assert_eq!(
            next_change(Duration::from_secs(61)),
            Duration::from_secs(59)
        );
        assert_eq!(
            next_change(Duration::from_hours(1)),
            Duration::from_hours(1)
        );
    }
}
