//! Where the first lines of a stream come from: a script whose lines are due one after another, or a generator.
//!
//! Nothing is held of either beyond its definition: a line is made when it is read, so that a stream of ten million
//! lines costs what its definition costs.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;

use crate::sim::clock::Pace;
use crate::sim::random::Random;
use crate::sim::wire::Millis;

/// One line of a script, due `offset` after the stream's start at normal speed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptLine {
    pub offset: Millis,
    /// CodeBuild's own line: written as `[Container] 2026/11/23 02:04:08.786311 TEXT`.
    pub stamped: bool,
    /// `{name}` stands for the stream's value of that name.
    pub text: String,
}

/// Where the first lines of a stream come from.
#[derive(Clone, Debug)]
pub enum Source {
    None,
    /// The lines of a script, shared between all streams that follow it.
    Script {
        lines: Arc<[ScriptLine]>,
        start: Millis,
        /// Above 1 this stream takes longer than its script says.
        stretch: f64,
        pace: Pace,
        /// What the names in braces stand for.
        values: Vec<(&'static str, String)>,
    },
    Generated(Generated),
}

/// `count` request lines of a service, spread evenly over a span.
#[derive(Clone, Debug)]
pub struct Generated {
    pub seed: u64,
    pub start: Millis,
    /// From the first line to one after the last; shorter than `count`, several lines share a millisecond.
    pub span: Millis,
    pub count: u64,
    /// Lines tell times up to so much earlier than their place in the stream, as lines of several threads do.
    pub disorder: Millis,
}

impl Generated {
    /// When the line at `index` comes: the time of its place.
    fn at(&self, index: u64) -> Millis {
        let passed = i128::from(index) * i128::from(self.span) / i128::from(self.count.max(1));
        self.start + passed as Millis
    }

    /// Lines that have come by `until`.
    fn due(&self, until: Millis) -> u64 {
        if until < self.start {
            return 0;
        }
        let passed = i128::from(until - self.start);
        let count = i128::from(self.count);
        // The largest index whose `at` is not past: index * span / count, rounded down, <= passed.
        let reached = ((passed + 1) * count - 1).checked_div(i128::from(self.span));
        reached.map_or(self.count, |last| (last + 1).min(count) as u64)
    }

    /// The time that the line at `index` tells.
    fn told(&self, index: u64) -> Millis {
        if self.disorder == 0 {
            return self.at(index);
        }
        let back = Random::new(self.seed ^ !index).below(self.disorder as u64 + 1);
        self.at(index) - back as Millis
    }
}

impl Source {
    /// Lines that exist at `until`.
    pub(super) fn due(&self, until: Millis) -> usize {
        match self {
            Self::None => 0,
            Self::Script {
                lines,
                start,
                stretch,
                pace,
                ..
            } => lines.partition_point(|line| {
                pace.after(*start, stretched(line.offset, *stretch)) <= until
            }),
            Self::Generated(generated) => generated.due(until) as usize,
        }
    }

    /// When the line at `index` comes.
    pub(super) fn at(&self, index: usize) -> Millis {
        match self {
            Self::None => 0,
            Self::Script {
                lines,
                start,
                stretch,
                pace,
                ..
            } => lines.get(index).map_or(*start, |line| {
                pace.after(*start, stretched(line.offset, *stretch))
            }),
            Self::Generated(generated) => generated.at(index as u64),
        }
    }

    /// The time that the line at `index` tells, and its text.
    pub(super) fn line(&self, index: usize) -> Option<(Millis, String)> {
        match self {
            Self::None => None,
            Self::Script { lines, values, .. } => {
                let at = self.at(index);
                Some((at, written(lines.get(index)?, at, values, index)))
            }
            Self::Generated(generated) => {
                let index = index as u64;
                Some((generated.told(index), request_line(generated.seed, index)))
            }
        }
    }

    /// Lines it will ever have.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Script { lines, .. } => lines.len(),
            Self::Generated(generated) => generated.count as usize,
        }
    }
}

/// A duration of a script in a run that takes `stretch` times as long.
pub fn stretched(duration: Millis, stretch: f64) -> Millis {
    (duration as f64 * stretch).round() as Millis
}

fn written(
    line: &ScriptLine,
    at: Millis,
    values: &[(&'static str, String)],
    index: usize,
) -> String {
    let mut text = line.text.clone();
    for (name, value) in values {
        if text.contains('{') {
            text = text.replace(&format!("{{{name}}}"), value);
        }
    }
    if line.stamped {
        // The agent stamps microseconds; the index stands for those below the millisecond.
        let micros = Random::new(index as u64).below(1000);
        format!("[Container] {}{micros:03} {text}\n", stamp(at))
    } else {
        format!("{text}\n")
    }
}

/// `2026/11/23 02:04:08.786`
fn stamp(at: Millis) -> String {
    Timestamp::from_millisecond(at).map_or_else(
        |_| at.to_string(),
        |time| time.strftime("%Y/%m/%d %H:%M:%S.%3f").to_string(),
    )
}

/// A line of about 92 bytes, the same for a seed and an index, made at the cost of copying it.
fn request_line(seed: u64, index: u64) -> String {
    const PATHS: [&str; 6] = [
        "/v1/orders",
        "/v1/orders/9f2c/lines",
        "/v1/reservations",
        "/health",
        "/v1/stock/sku-20417",
        "/v1/payments/captures",
    ];
    const STATUSES: [&str; 8] = ["200", "200", "200", "200", "201", "204", "404", "503"];
    let mut random = Random::new(seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let drawn = random.next_u64();
    let pick = |items: &[&'static str], at: u32| {
        let number = (drawn >> at) as usize % items.len();
        items.get(number).copied().unwrap_or_default()
    };
    let mut line = String::with_capacity(112);
    push_padded(&mut line, index, 8);
    line.push_str(" level=info path=");
    line.push_str(pick(&PATHS, 0));
    line.push_str(" status=");
    line.push_str(pick(&STATUSES, 16));
    line.push_str(" duration=");
    let _ = write!(line, "{}", 1 + (drawn >> 32) % 900);
    line.push_str("ms request=");
    push_hexadecimal(&mut line, random.next_u64());
    line
}

/// Decimal digits, with leading zeros up to a width.
fn push_padded(line: &mut String, number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut rest = number;
    let mut first = digits.len();
    while rest > 0 || digits.len() - first < width {
        first -= 1;
        if let Some(digit) = digits.get_mut(first) {
            *digit = b'0' + (rest % 10) as u8;
        }
        rest /= 10;
    }
    line.extend(digits.iter().skip(first).map(|digit| char::from(*digit)));
}

fn push_hexadecimal(line: &mut String, number: u64) {
    for at in (0..16).rev() {
        let digit = (number >> (at * 4)) as u32 & 0xf;
        line.push(char::from_digit(digit, 16).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::{Generated, Source};

    fn burst(disorder: i64) -> Generated {
        Generated {
            seed: 7,
            start: 1_000,
            span: 10_000,
            count: 1_000_000,
            disorder,
        }
    }

    #[test]
    fn a_burst_has_many_lines_a_millisecond_and_each_is_due_at_its_time() {
        let burst = burst(0);
        assert_eq!(
            (burst.due(999), burst.due(1_000), burst.due(1_001)),
            (0, 100, 200)
        );
        assert_eq!(
            (burst.due(10_999), burst.due(20_000)),
            (1_000_000, 1_000_000)
        );
        for index in [0, 99, 100, 777_777, 999_999] {
            let at = burst.at(index);
            assert!(
                burst.due(at) > index && burst.due(at - 1) <= index,
                "{index}"
            );
        }
    }

    #[test]
    fn disorder_tells_earlier_times_and_moves_no_line() {
        let (plain, mixed) = (burst(0), burst(40));
        let back = (0..1_000).map(|index| plain.at(index) - mixed.told(index));
        let back: Vec<i64> = back.collect();
        assert!(back.iter().all(|back| (0..=40).contains(back)));
        assert!(back.iter().any(|back| *back > 20));
        let text = |generated: Generated| Source::Generated(generated).line(5).unwrap().1;
        assert_eq!(text(plain), text(mixed));
    }

    #[test]
    fn lines_are_92_bytes_in_the_mean() {
        let source = Source::Generated(burst(0));
        let bytes: usize = (0..1_000)
            .map(|index| source.line(index).unwrap().1.len())
            .sum();
        assert!((90_000..94_000).contains(&bytes), "{bytes}");
        let (_, line) = source.line(777_000).unwrap();
        assert!(line.starts_with("00777000 level=info path=/"), "{line}");
    }
}
