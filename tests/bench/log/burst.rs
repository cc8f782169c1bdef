//! A million events in ten seconds, while the pane follows: through the engine's tail and its store, page by page as
//! GetLogEvents gives them.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use starboard::app::background::Pool;
use starboard::app::journal::{Desk, DeskClaims, Folders};
use starboard::aws::Aws;
use starboard::engine::archive::NoArchive;
use starboard::engine::clock::Clock;
use starboard::engine::limiter::Limiter;
use starboard::engine::pace::Pace;
use starboard::engine::source::{BoxFuture, LogAsk, LogPage, LogReader};
use starboard::engine::waker::Waker;
use starboard::engine::{AccountChange, Engine, Parts};
use starboard::model::account::Account;
use starboard::model::fault::Fault;
use starboard::model::ids::LogKey;
use starboard::model::log::{LineNo, LogSnapshot};
use starboard::model::log_events::LogEvents;
use starboard::model::remote::Remote;
use starboard::secrets::Vaults;

use super::aim::aim;
use super::pane::{Pane, log_key};
use super::pause::pause;
use super::say::say;
use super::{peer, text};

const EVENTS: u32 = 1_000_000;
const PAGE: u32 = 10_000;
const SECONDS: u32 = 10;
/// Wakes that may come during one frame.
const WAKES: usize = 256;

/// Gives a page as soon as its events have been written, a hundred thousand a second.
struct Writing {
    began: Instant,
}

impl LogReader for Writing {
    fn read<'a>(
        &'a self,
        _key: &'a LogKey,
        ask: LogAsk<'a>,
    ) -> BoxFuture<'a, Result<LogPage, Fault>> {
        Box::pin(async move {
            let from: u32 = ask.token.and_then(|token| token.parse().ok()).unwrap_or(0);
            let to = EVENTS.min(from + PAGE);
            let written = self.began + Duration::from_secs(1) * to / (EVENTS / SECONDS);
            tokio::time::sleep_until(written.into()).await;
            let mut events = LogEvents::default();
            let mut line = String::new();
            for number in from..to {
                let time = text::line(number, false, &mut line);
                events.push(time, u64::from(number), &line);
            }
            Ok(LogPage {
                events,
                next: to.to_string(),
            })
        })
    }
}

pub fn run() -> io::Result<()> {
    say(&format!("Follow {EVENTS} events in {SECONDS} s"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let (wake, woken) = sync_channel(WAKES);
    let pace = Pace::default();
    let waker = Waker::new(move || {
        wake.try_send(Instant::now() + pace.wait()).ok();
    });
    let engine = {
        let _inside = runtime.enter();
        engine(waker.clone(), runtime.handle())
    };
    engine.put_account(account(), AccountChange::Credentials);
    let mut pane = Pane::new("IN_PROGRESS")?;
    pane.pool = Some(Pool::new(runtime.handle().clone(), waker));
    pane.frame(Vec::new());
    engine.look_at(pane.focus.clone());
    let before = peer::own_memory("self");

    let (mut frames, mut worked) = (Vec::new(), Vec::new());
    let mut recent = VecDeque::new();
    let mut most_in_a_second = 0;
    let deadline = Instant::now() + Duration::from_secs(3 * u64::from(SECONDS));
    let mut last = Instant::now();
    let mut due = None;
    while lines(&pane) < EVENTS && Instant::now() < deadline {
        let until = due.unwrap_or(last + Duration::from_secs(1));
        if let Ok(at) = woken.recv_timeout(until.saturating_duration_since(Instant::now())) {
            due = due.map_or(Some(at), |due| Some(at.min(due)));
            continue;
        }
        // As the desktop does: a frame when asked for one, and sixty a second at most.
        pause(Duration::from_micros(16_667).saturating_sub(last.elapsed()));
        last = Instant::now();
        // What they had to show is in this frame.
        while woken.try_recv().is_ok() {}
        pane.snapshot.logs = Arc::clone(&engine.published().load().logs);
        let frame = pane.frame(Vec::new());
        engine.look_at(pane.focus.clone());
        due = Instant::now()
            .checked_add(frame.again)
            .filter(|_| frame.again < Duration::from_secs(1));
        frames.push(frame.took);
        worked.extend(frame.worked);
        recent.push_back(last);
        while recent
            .front()
            .is_some_and(|&first| last - first >= Duration::from_secs(1))
        {
            recent.pop_front();
        }
        most_in_a_second = most_in_a_second.max(recent.len());
    }
    let p99 = share(&mut frames, 0.99);
    say(&format!(
        "  {} frames, p50 {:.2} ms, p99 {p99:.2} ms, at most {most_in_a_second} in a second",
        frames.len(),
        share(&mut frames, 0.5)
    ))?;
    if !worked.is_empty() {
        say(&format!(
            "  of the processor's time p50 {:.2} ms, p99 {:.2} ms",
            share(&mut worked, 0.5),
            share(&mut worked, 0.99)
        ))?;
    }
    if let (Some(before), Some(after)) = (before, peer::own_memory("self")) {
        say(&format!(
            "  {} MB more memory",
            after.saturating_sub(before) / 1_000_000
        ))?;
    }
    aim("nothing is lost: same count and hash", is_whole(&pane))?;
    aim("p99 of a frame at most 16.6 ms", p99 <= 16.6)?;
    aim("at most 30 repaints a second", most_in_a_second <= 30)
}

/// The time that so great a part of them stays within, in milliseconds.
fn share(times: &mut [Duration], part: f64) -> f64 {
    times.sort();
    let at = (times.len().saturating_sub(1)) as f64 * part;
    times.get(at as usize).map_or(0.0, Duration::as_secs_f64) * 1e3
}

fn account() -> Account {
    Account {
        name: "dev".into(),
        regions: vec!["eu-west-1".into()],
        source: "none".to_owned(),
        secret_place: String::new(),
        read_only: false,
        production: false,
        simulated: false,
        endpoint: None,
        identity: Remote::default(),
    }
}

fn engine(waker: Waker, runtime: &tokio::runtime::Handle) -> Engine {
    let aws = Aws::new(Vaults::new(None), Clock::Wall);
    let desk = Desk::new(Folders::none(), Waker::none(), Clock::Wall);
    let parts = Parts {
        sources: Vec::new(),
        logs: Arc::new(Writing {
            began: Instant::now(),
        }),
        live: aws.live_tailer(),
        writer: aws.writer(),
        claims: Arc::new(DeskClaims(desk)),
        archive: Arc::new(NoArchive),
        waker,
        clock: Clock::Wall,
        limiter: Limiter::wide(),
    };
    Engine::start(parts, runtime)
}

fn log(pane: &Pane) -> Option<&LogSnapshot> {
    let tail = pane.snapshot.logs.get(&log_key())?.value()?;
    Some(&tail.log)
}

fn lines(pane: &Pane) -> u32 {
    log(pane).map_or(0, LogSnapshot::len)
}

fn is_whole(pane: &Pane) -> bool {
    let mut wanted = DefaultHasher::new();
    let mut line = String::new();
    for number in 0..EVENTS {
        text::line(number, false, &mut line);
        line.hash(&mut wanted);
    }
    let mut held = DefaultHasher::new();
    let mut count = 0;
    for piece in log(pane)
        .into_iter()
        .flat_map(|log| log.pieces_from(LineNo(0)))
    {
        for (_, _, text) in piece.lines() {
            text.hash(&mut held);
            count += 1;
        }
    }
    count == EVENTS && wanted.finish() == held.finish()
}
