//! Times a piece of work many times over and prints what it cost, size beside size.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

/// The sizes of account that are measured.
pub const SIZES: [usize; 3] = [10, 1_000, 10_000];

/// What many rounds of one piece of work took.
#[derive(Clone, Copy)]
pub struct Cost {
    pub median: Duration,
    pub p99: Duration,
    pub worst: Duration,
}

/// Runs the work a tenth as often to warm up, then `rounds` times, each timed. The round is handed in.
pub fn measure(rounds: usize, mut work: impl FnMut(usize)) -> Cost {
    measure_after(&mut (), rounds, |(), _| {}, |(), round| work(round))
}

/// As [`measure`]; what comes before the work of a round is not timed.
pub fn measure_after<T>(
    on: &mut T,
    rounds: usize,
    mut before: impl FnMut(&mut T, usize),
    mut work: impl FnMut(&mut T, usize),
) -> Cost {
    for round in 0..rounds / 10 {
        before(on, round);
        work(on, round);
    }
    let mut taken: Vec<Duration> = (0..rounds)
        .map(|round| {
            before(on, round);
            let started = Instant::now();
            work(on, round);
            started.elapsed()
        })
        .collect();
    taken.sort();
    let at = |share: f64| taken[((taken.len() - 1) as f64 * share) as usize];
    Cost {
        median: at(0.5),
        p99: at(0.99),
        worst: at(1.0),
    }
}

/// Prints a line for each size, and what the largest costs beside the smallest. Returns that ratio.
pub fn print(what: &str, costs: &[(usize, Cost)]) -> io::Result<f64> {
    let mut out = io::stdout().lock();
    writeln!(out, "{what}")?;
    for (size, cost) in costs {
        writeln!(
            out,
            "  {size:>6} pipelines  median {:>9.1} µs  p99 {:>9.1} µs  worst {:>9.1} µs",
            micros(cost.median),
            micros(cost.p99),
            micros(cost.worst)
        )?;
    }
    let (Some((small, first)), Some((large, last))) = (costs.first(), costs.last()) else {
        return Ok(1.0);
    };
    let ratio = micros(last.median) / micros(first.median).max(0.1);
    writeln!(out, "  {large} costs {ratio:.1} times what {small} costs")?;
    Ok(ratio)
}

pub fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
