//! What a search across a project's kept logs costs, beside `rg -z` and `zstdgrep` on the very same files.
//!
//! The peers are run where they are installed, in the same run; each figure is the middle of five.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use starboard::app::kept::{KeptArchive, KeptLogs};
use starboard::engine::archive::{Archive as _, FinishedLog};
use starboard::engine::clock::Clock;
use starboard::engine::waker::Waker;
use starboard::model::find::Query;
use starboard::model::ids::{BuildProjectKey, LogKey, Scope};
use starboard::model::kept::KeptBuild;
use starboard::model::log::LogBuffer;
use starboard::model::past::{PastQuery, PastSearch};
use starboard::model::status::State;
use starboard::model::time::Timestamp;

const BUILDS: u64 = 100;
/// About a megabyte each.
const LINES: u64 = 11_000;
const ROUNDS: usize = 5;

fn project() -> BuildProjectKey {
    BuildProjectKey {
        scope: Scope {
            account: "bench".into(),
            region: "eu-west-1".into(),
        },
        name: "pier".into(),
    }
}

/// The log of a build: 92 bytes a line, of which a third is noise, and in every tenth build a hit at the end.
fn finished(build: u64) -> FinishedLog {
    let mut buffer = LogBuffer::default();
    let mut state = build + 1;
    for line in 0..LINES {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let message = format!(
            "[Container] 2026/11/23 15:52:14.{:03} Compiling crate number {line:06} with id {:016x}{:08x}",
            line % 1_000,
            state,
            state >> 13
        );
        buffer.append(1_795_449_600_000 + line as i64 * 7, &message);
    }
    if build.is_multiple_of(10) {
        buffer.append(0, "error: the needle is here");
    }
    let project = project();
    FinishedLog {
        key: LogKey {
            scope: project.scope,
            group: "/aws/codebuild/pier".into(),
            stream: format!("{build:08x}").into(),
        },
        build: KeptBuild {
            id: format!("pier:{build:08x}").into(),
            project: project.name,
            number: Some(build as i64),
            state: State::of_build("FAILED"),
            started: Some(Timestamp::from_millis(build as i64)),
            ended: None,
        },
        log: buffer.snapshot(),
        production: false,
    }
}

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let place = tempfile::tempdir()?;
    let folder = place.path().join("logs");
    let kept = KeptLogs::new(Some(folder.clone()), Waker::none(), Clock::Wall);
    let archive = KeptArchive(Arc::clone(&kept));
    let mut out = io::stdout().lock();
    let mut text = 0;
    let begun = Instant::now();
    for build in 0..BUILDS {
        let log = finished(build);
        text += log.log.bytes();
        runtime.block_on(archive.keep(log));
    }
    let took = begun.elapsed();
    writeln!(
        out,
        "{BUILDS} logs, {:.1} MB of text, {:.1} MB on disk, kept in {:.1} ms each (made up and synced)",
        text as f64 / 1e6,
        kept.shown().used as f64 / 1e6,
        took.as_secs_f64() * 1e3 / BUILDS as f64
    )?;
    let cases = [
        ("literal, hits in 10 builds", "needle", false, true),
        ("literal, case ignored", "NEEDLE", false, false),
        (
            "expression, case ignored",
            r"needle\s+is|number 00999[0-9] ",
            true,
            false,
        ),
    ];
    for (name, text, regex, match_case) in cases {
        let query = Query {
            text: text.to_owned(),
            regex,
            match_case,
        };
        let mut times = Vec::new();
        let mut hits = 0;
        for _ in 0..ROUNDS {
            let search = search(&kept, &query, runtime.handle());
            hits = search.hits();
            times.push(search.took);
        }
        let ours = middle(times);
        writeln!(
            out,
            "{name}: {hits} hits, {:.2} ms a build, {:.0} ms in all",
            ours.as_secs_f64() * 1e3 / BUILDS as f64,
            ours.as_secs_f64() * 1e3
        )?;
        let case = if match_case { "-s" } else { "-i" };
        peer(
            &mut out,
            "rg",
            &["-z", "--no-messages", "-c", case, "-e", text],
            &folder,
            ours,
        )?;
        let mut arguments = vec!["-c", "-E", "-e", text];
        if !match_case {
            arguments.push("-i");
        }
        peer(&mut out, "zstdgrep", &arguments, &folder, ours)?;
    }
    Ok(())
}

/// Runs a search to its end.
fn search(
    kept: &Arc<KeptLogs>,
    query: &Query,
    runtime: &tokio::runtime::Handle,
) -> Arc<PastSearch> {
    kept.search(None, runtime);
    let past = PastQuery {
        project: project(),
        query: query.clone(),
    };
    kept.search(Some(past), runtime);
    loop {
        if let Some(search) = kept.shown().search.as_ref().filter(|search| search.done) {
            return Arc::clone(search);
        }
        std::thread::yield_now();
    }
}

/// The same search by another tool, over all files in one call.
fn peer(
    out: &mut impl io::Write,
    tool: &str,
    arguments: &[&str],
    folder: &Path,
    ours: Duration,
) -> io::Result<()> {
    let mut files: Vec<_> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "zst"));
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let mut command = Command::new(tool);
        command.args(arguments).args(&files);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let begun = Instant::now();
        if command.status().is_err() {
            return writeln!(out, "  {tool}: not installed");
        }
        times.push(begun.elapsed());
    }
    let took = middle(times);
    writeln!(
        out,
        "  {tool}: {:.2} ms a build, {:.1} x ours",
        took.as_secs_f64() * 1e3 / files.len() as f64,
        took.as_secs_f64() / ours.as_secs_f64()
    )
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
