//! Random log text against everything that reads it: escape sequences, group markers, carriage returns, secrets, reasons.
//!
//! `cargo test --test fuzz` runs a fixed number of rounds from a fixed seed, in a second or two, as CI does. To look
//! further: `cargo test --test fuzz -- --seconds 600 --seed 7`. Inputs begin at the texts of `corpus` and are torn, joined and
//! strewn with the pieces of the dictionary below. What fails is written beside the build, with the seed that finds it
//! again. Needs no nightly compiler; a debug build checks overflow and slicing as well.

mod checks;
mod mutate;

use std::fs;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mutate::{Mutator, Random};

/// Rounds without `--seconds`.
const ROUNDS: u64 = 3_000;
/// Bytes of one input at most.
const LARGEST: usize = 64 * 1024;

struct Options {
    seed: u64,
    seconds: Option<u64>,
}

fn main() -> io::Result<()> {
    let options = options();
    let corpus = corpus()?;
    let mut out = io::stdout();
    let start = Instant::now();
    let mut slowest = (Duration::ZERO, 0);
    let mut round = 0;
    loop {
        let is_over = options.seconds.map_or(round >= ROUNDS, |seconds| {
            start.elapsed() >= Duration::from_secs(seconds)
        });
        if is_over {
            break;
        }
        let seed = options.seed.wrapping_add(round);
        let input = Mutator::new(Random::new(seed), &corpus).input(LARGEST);
        let begun = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| checks::all(&input))).is_err() {
            let place = keep(&input, seed)?;
            writeln!(
                out,
                "FAILED with --seed {seed}, {} bytes kept in {}",
                input.len(),
                place.display()
            )?;
            return Err(io::Error::other("an input failed"));
        }
        let took = begun.elapsed();
        if took > slowest.0 {
            slowest = (took, input.len());
        }
        round += 1;
    }
    // Nothing is asserted about time; whoever looks for a slow input finds it here.
    writeln!(
        out,
        "{round} inputs from seed {} in {:.1} s; the slowest took {:.1} ms for {} bytes",
        options.seed,
        start.elapsed().as_secs_f64(),
        slowest.0.as_secs_f64() * 1_000.0,
        slowest.1
    )
}

/// What is not ours is the test runner's, and left alone.
fn options() -> Options {
    let mut options = Options {
        seed: 1,
        seconds: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seed" => {
                if let Some(seed) = arguments.next().and_then(|seed| seed.parse().ok()) {
                    options.seed = seed;
                }
            }
            "--seconds" => {
                options.seconds = arguments.next().and_then(|seconds| seconds.parse().ok());
            }
            _ => {}
        }
    }
    options
}

/// The texts that inputs begin at, in the order of their names, so that a seed always means the same.
fn corpus() -> io::Result<Vec<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    files.sort();
    files.iter().map(fs::read).collect()
}

fn keep(input: &[u8], seed: u64) -> io::Result<PathBuf> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{seed}.log"));
    fs::write(&place, input)?;
    Ok(place)
}
