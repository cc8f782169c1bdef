//! Scrolling by wheel, page, end and bar: what a frame costs at ten thousand lines and at ten million, and whether the
//! rows are the right ones at both ends and where single precision ends.

use std::io;
use std::time::Duration;

use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Rect, TouchPhase, pos2, vec2,
};
use starboard::model::log::LogSnapshot;

use super::aim::aim;
use super::pane::{Pane, beside, button, key};
use super::say::say;
use super::text;

const STEPS: usize = 2_000;
const ROUNDS: usize = 3;
const SMALL: u32 = 10_000;
/// The first whole number that single precision cannot tell from the one before.
const FAR_DOWN: u32 = (1 << 24) + 1;

pub fn run(log: LogSnapshot) -> io::Result<()> {
    say("Scroll by wheel, page, end and bar: layout and tessellation of a frame")?;
    let mut panes = [
        Scrolled::new(SMALL, text::buffer(SMALL, |_| {}).snapshot())?,
        Scrolled::new(text::LINES, log)?,
    ];
    for _ in 0..ROUNDS {
        for pane in &mut panes {
            pane.scroll();
        }
    }
    let [small, large] = panes.map(|pane| {
        let mut least = pane.least;
        least.sort();
        (pane.lines, least)
    });
    let at = |times: &[Duration], share: f64| {
        times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3
    };
    for (lines, times) in [&small, &large] {
        say(&format!(
            "  {lines:>8} lines  p50 {:.2} ms  p99 {:.2} ms  worst {:.2} ms",
            at(times, 0.5),
            at(times, 0.99),
            at(times, 1.0)
        ))?;
    }
    let (of_small, of_large) = (at(&small.1, 0.99), at(&large.1, 0.99));
    let ratio = of_large / of_small;
    aim("p99 at most 8.3 ms", of_large <= 8.3)?;
    aim(
        &format!("p99 within 1.2 of that of {SMALL} lines: {ratio:.2}"),
        ratio <= 1.2,
    )
}

/// A pane, and the least that each step took: what other programs took of the processor is not in it.
struct Scrolled {
    lines: u32,
    pane: Pane,
    bar: Rect,
    least: Vec<Duration>,
}

impl Scrolled {
    fn new(lines: u32, log: LogSnapshot) -> io::Result<Self> {
        let mut pane = Pane::with(log)?;
        let bar = pane.open_at()?;
        Ok(Self {
            lines,
            pane,
            bar,
            least: vec![Duration::MAX; STEPS],
        })
    }

    fn scroll(&mut self) {
        for (step, least) in self.least.iter_mut().enumerate() {
            let frame = self.pane.frame(events(step, self.bar));
            *least = frame.took.min(*least);
        }
    }
}

/// Four ways in turn, a hundred steps each.
fn events(step: usize, bar: Rect) -> Vec<Event> {
    let middle = beside(bar);
    let (way, nth) = (step / 100 % 4, step % 100);
    match way {
        0 => vec![
            Event::PointerMoved(middle),
            Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta: vec2(0.0, if nth < 50 { -90.0 } else { 90.0 }),
                phase: TouchPhase::Move,
                source: MouseWheelSource::Wheel,
                modifiers: Modifiers::NONE,
            },
        ],
        1 => key(if nth < 50 { Key::PageDown } else { Key::PageUp }),
        2 => key(if nth.is_multiple_of(2) {
            Key::End
        } else {
            Key::Home
        }),
        _ => {
            let at = pos2(
                bar.center().x,
                bar.top() + bar.height() * (nth as f32 + 0.5) / 100.0,
            );
            match nth {
                0 => vec![Event::PointerMoved(at), button(at, true)],
                99 => vec![Event::PointerMoved(at), button(at, false)],
                _ => vec![Event::PointerMoved(at)],
            }
        }
    }
}

/// A log that is longer than single precision can count, of short lines.
pub fn far_down() -> io::Result<()> {
    let lines = FAR_DOWN + 20_000;
    let mut buffer = starboard::model::log::LogBuffer::default();
    for number in 0..lines {
        buffer.append(0, &format!("#{number}#"));
    }
    let mut pane = Pane::with(buffer.snapshot())?;
    pane.open_at()?;

    pane.frame(key(Key::Home));
    let top = pane.settle().lines();
    pane.frame(key(Key::End));
    let bottom = pane.settle().lines();
    pane.frame(vec![Event::Text("/".to_owned())]);
    pane.frame(Vec::new());
    pane.frame(vec![Event::Text(format!("#{FAR_DOWN}#"))]);
    let found = pane.settle().lines();

    let in_order = |lines: &[(f32, u32)]| {
        !lines.is_empty() && lines.is_sorted_by(|one, other| one.1 + 1 == other.1)
    };
    aim("the first row is line 0", in_order(&top) && top[0].1 == 0)?;
    aim(
        "the last row is the last line",
        in_order(&bottom) && bottom[bottom.len() - 1].1 == lines - 1,
    )?;
    aim(
        &format!("line {FAR_DOWN} is found, its neighbours around it"),
        in_order(&found) && found.iter().any(|line| line.1 == FAR_DOWN),
    )
}
