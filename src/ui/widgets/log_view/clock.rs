//! The times beside the lines: the clock's time, since the start, or since the line before, where slow steps stand out.

use super::lines::Lines;
use crate::model::log::LineNo;
use crate::model::settings::LogClock;
use crate::model::time::Timestamp;
use crate::ui::action::{Actions, UiAction};

/// A gap before a line that stands out.
const SLOW_MILLIS: i64 = 10_000;
/// A shorter gap is no slow step, and a column of noise.
const GAP_MILLIS: i64 = 100;

/// Counts from now on what comes after this in turn.
pub fn go_on(clock: LogClock, actions: &mut Actions) {
    let next = next(clock);
    actions.push(UiAction::Settings(Box::new(move |settings| {
        settings.views.log_clock = next;
    })));
}

/// What stands in the time column of a line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Time {
    pub words: String,
    /// The step before it took long.
    pub slow: bool,
}

/// The time of a line. `before` is the line shown above it, which a filter may have brought there.
pub fn time(lines: &Lines<'_>, clock: LogClock, line: LineNo, before: Option<LineNo>) -> Time {
    let Some(at) = lines.time(line) else {
        return Time::default();
    };
    let words = match clock {
        LogClock::Off => String::new(),
        LogClock::Local => Timestamp::from_millis(at).clock_local(),
        LogClock::Utc => Timestamp::from_millis(at).clock_utc(),
        LogClock::SinceStart => {
            let first = lines.time(LineNo(0)).unwrap_or(at);
            since_start((at - first).max(0))
        }
        LogClock::SinceLine => {
            let gap = before
                .and_then(|before| lines.time(before))
                .map_or(0, |before| at - before);
            return Time {
                words: gap_words(gap),
                slow: gap >= SLOW_MILLIS,
            };
        }
    };
    Time { words, slow: false }
}

/// `3.2 s`, `4:07.5`, `1:02:03`: tenths only where they tell something.
fn since_start(millis: i64) -> String {
    let (seconds, tenths) = (millis / 1_000, millis % 1_000 / 100);
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}.{tenths} s"),
        (0, _) => format!("{minutes}:{:02}.{tenths}", seconds % 60),
        _ => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
    }
}

/// `+0.4 s`, `+2:05`.
fn gap_words(millis: i64) -> String {
    match millis {
        ..GAP_MILLIS => String::new(),
        GAP_MILLIS..60_000 => format!("+{}.{} s", millis / 1_000, millis % 1_000 / 100),
        _ => format!(
            "+{}",
            since_start(millis / 1_000 * 1_000).trim_end_matches(".0")
        ),
    }
}

/// The mode after this one.
pub const fn next(clock: LogClock) -> LogClock {
    match clock {
        LogClock::SinceLine => LogClock::SinceStart,
        LogClock::SinceStart => LogClock::Local,
        LogClock::Local => LogClock::Utc,
        LogClock::Utc => LogClock::Off,
        LogClock::Off => LogClock::SinceLine,
    }
}

/// What the chip calls it.
pub const fn word(clock: LogClock) -> &'static str {
    match clock {
        LogClock::Off => "no times",
        LogClock::Local => "local time",
        LogClock::Utc => "UTC",
        LogClock::SinceStart => "since start",
        LogClock::SinceLine => "since last line",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::LogBuffer;

    #[test]
    fn the_clock_goes_round_all_its_readings() {
        let mut clock = LogClock::default();
        let mut words = std::collections::BTreeSet::new();
        for _ in 0..5 {
            words.insert(word(clock));
            clock = next(clock);
        }
        assert_eq!((words.len(), clock), (5, LogClock::default()));
    }

    #[test]
    fn a_slow_step_is_told_by_its_gap_and_counts_from_the_line_above() {
        let mut buffer = LogBuffer::default();
        for at in [0, 50, 450, 11_450, 136_450] {
            buffer.append(at, "line");
        }
        let log = buffer.snapshot();
        let told = |line: u32, before: u32| {
            let (line, before) = (LineNo(line), Some(LineNo(before)));
            let time = time(&Lines::of(&log), LogClock::SinceLine, line, before);
            (time.words, time.slow)
        };
        assert_eq!(told(1, 0), (String::new(), false));
        assert_eq!(told(2, 1), ("+0.4 s".to_owned(), false));
        assert_eq!(told(3, 2), ("+11.0 s".to_owned(), true));
        assert_eq!(told(4, 3), ("+2:05".to_owned(), true));
        assert_eq!(
            told(3, 0),
            ("+11.4 s".to_owned(), true),
            "a filter left out what was between"
        );
        let first = time(&Lines::of(&log), LogClock::SinceLine, LineNo(0), None);
        assert_eq!(first, Time::default());
        let start = time(&Lines::of(&log), LogClock::SinceStart, LineNo(4), None);
        assert_eq!(start.words, "2:16.4");
        assert_eq!(since_start(3_723_400), "1:02:03");
    }
}
