//! Searching all of it, in turn with ripgrep on the same text.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use starboard::model::find::{Query, Search};
use starboard::model::log::{LogBuffer, LogSnapshot};
use starboard::model::sweep::Sweep;
use starboard::ui::background;

use super::aim::aim;
use super::pause::pause;
use super::say::say;
use super::threads::Threads;
use super::{peer, text};

const ROUNDS: usize = 7;

struct Case {
    what: &'static str,
    text: &'static str,
    regex: bool,
    exact: bool,
    matches: usize,
    /// So many times what ripgrep takes.
    most: f64,
}

const CASES: [Case; 4] = [
    Case {
        what: "a text in the last line",
        text: text::NEEDLE,
        regex: false,
        exact: true,
        matches: 1,
        most: 1.5,
    },
    Case {
        what: "a text that is nowhere",
        text: "nothing like this",
        regex: false,
        exact: true,
        matches: 0,
        most: 1.5,
    },
    Case {
        what: "a text in any case, 1.25 M matches",
        text: "warning",
        regex: false,
        exact: false,
        matches: (text::LINES / text::WARNING_EVERY) as usize,
        most: 2.0,
    },
    Case {
        what: "an expression in any case, 1.25 M matches",
        text: "warning +worker-[0-9]+ #",
        regex: true,
        exact: false,
        matches: (text::LINES / text::WARNING_EVERY) as usize,
        most: 2.0,
    },
];

/// From the query to the first match that can be shown, and to the last.
struct Took {
    first: Duration,
    all: Duration,
}

pub fn run(log: &mut LogBuffer, path: &Path) -> io::Result<()> {
    let has_peer = peer::is_installed("rg")?;
    let hot = log.snapshot();
    let mut measured: Vec<Vec<[Took; 2]>> = Vec::new();
    for case in &CASES {
        measured.push(in_turn(case, &hot, path, has_peer)?);
    }
    text::tend(log, 0);
    for (case, hot_and_peer) in CASES.iter().zip(measured) {
        let packed = (0..ROUNDS).map(|_| search(case, &hot));
        let packed = packed.collect::<io::Result<Vec<Took>>>()?;
        let (ours, theirs): (Vec<Took>, Vec<Took>) = hot_and_peer
            .into_iter()
            .map(|[ours, theirs]| (ours, theirs))
            .unzip();
        print(case, &ours, &packed, has_peer.then_some(&theirs))?;
    }
    Ok(())
}

fn in_turn(
    case: &Case,
    log: &LogSnapshot,
    path: &Path,
    has_peer: bool,
) -> io::Result<Vec<[Took; 2]>> {
    let mut arguments = Vec::new();
    if !case.exact {
        arguments.push("-i");
    }
    if !case.regex {
        arguments.push("-F");
    }
    arguments.extend(["-e", case.text]);
    let round = |_| {
        let ours = search(case, log)?;
        let started = Instant::now();
        if has_peer {
            let counted = peer::ripgrep(&arguments, path)?;
            assert_eq!(counted, case.matches, "ripgrep counts what we count");
        }
        let all = started.elapsed();
        Ok([ours, Took { first: all, all }])
    };
    (0..ROUNDS).map(round).collect()
}

fn search(case: &Case, log: &LogSnapshot) -> io::Result<Took> {
    let started = Instant::now();
    let query = Query {
        text: case.text.to_owned(),
        regex: case.regex,
        match_case: case.exact,
    };
    let pattern = query.pattern().map_err(io::Error::other)?;
    let mut sweep = Sweep::new(Search::new(pattern));
    background::sweep(&Threads, &mut sweep, log);
    let mut first = None;
    while !sweep.is_done(log) {
        if first.is_none() && !sweep.progress().found.is_empty() {
            first = Some(started.elapsed());
        }
        pause(Duration::from_micros(200));
    }
    let all = started.elapsed();
    assert_eq!(sweep.progress().found.len(), case.matches, "{}", case.what);
    Ok(Took {
        first: first.unwrap_or(all),
        all,
    })
}

fn print(case: &Case, ours: &[Took], packed: &[Took], theirs: Option<&[Took]>) -> io::Result<()> {
    say(&format!("Search for {}", case.what))?;
    let hot = line("Starboard", ours)?;
    let packed = line("Starboard, packed", packed)?;
    let Some(theirs) = theirs else {
        return Ok(());
    };
    let theirs = line("rg --no-mmap -c", theirs)?;
    for (ours, how) in [(hot, "with text"), (packed, "packed")] {
        let ratio = ours / theirs;
        aim(
            &format!("{how}: {ratio:.2} of what ripgrep takes, aim {}", case.most),
            ratio <= case.most,
        )?;
    }
    Ok(())
}

/// Prints what rounds took; returns the median in milliseconds.
fn line(who: &str, took: &[Took]) -> io::Result<f64> {
    let sorted = |time: fn(&Took) -> Duration| {
        let mut times: Vec<f64> = took
            .iter()
            .map(|took| time(took).as_secs_f64() * 1e3)
            .collect();
        times.sort_by(f64::total_cmp);
        times
    };
    let (all, first) = (sorted(|took| took.all), sorted(|took| took.first));
    let middle = all[all.len() / 2];
    say(&format!(
        "  {who:18} median {middle:7.1} ms ({:.1} to {:.1}), first match after {:.1} ms",
        all[0],
        all[all.len() - 1],
        first[first.len() / 2]
    ))?;
    Ok(middle)
}
