//! What a frame of the Board costs, headless: the whole window laid out and tessellated, at three sizes of account.
//! Painting is left to the graphics card and is not in these numbers.

mod account;
mod measure;

use std::hint::black_box;
use std::io;
use std::time::Duration;

use eframe::egui::{
    self, Event, Modifiers, MouseWheelSource, MouseWheelUnit, RawInput, TouchPhase, pos2, vec2,
};
use starboard::engine::store::Published;
use starboard::model::issue::IssueFinder;
use starboard::model::oneshot::Oneshots;
use starboard::model::settings::Settings;
use starboard::ui::action::FoundProfiles;
use starboard::ui::shell::{FrameInput, Window};
use starboard::ui::theme;

use account::NOW;
use measure::{Cost, SIZES, aim, measure, measure_after, print};

const ROUNDS: usize = 500;

/// The window on an account, painted into nothing.
struct Screen {
    context: egui::Context,
    window: Window,
    published: Published,
    settings: Settings,
    issues: IssueFinder,
    oneshots: Oneshots,
    profiles: FoundProfiles,
    frames: u32,
}

impl Screen {
    fn new(published: Published) -> io::Result<Self> {
        let context = egui::Context::default();
        theme::install(&context);
        Ok(Self {
            context,
            window: Window::default(),
            published,
            settings: Settings::default(),
            issues: IssueFinder::new(&[]).map_err(io::Error::other)?,
            oneshots: Oneshots::default(),
            profiles: FoundProfiles::default(),
            frames: 0,
        })
    }

    /// One frame at 60 a second, with these events.
    fn frame(&mut self, events: Vec<Event>) {
        self.frames += 1;
        let raw = RawInput {
            screen_rect: Some(egui::Rect::from_min_size(
                pos2(0.0, 0.0),
                vec2(1440.0, 900.0),
            )),
            time: Some(f64::from(self.frames) / 60.0),
            events,
            ..RawInput::default()
        };
        let snapshot = self.published.load();
        let Self {
            context,
            window,
            settings,
            issues,
            oneshots,
            profiles,
            ..
        } = self;
        let mut output = context.run_ui(raw, |ui| {
            let input = FrameInput {
                snapshot: &snapshot,
                now: NOW,
                settings,
                issues,
                oneshots,
                profiles,
            };
            black_box(window.ui(ui, &input));
        });
        // No card takes them here.
        output.textures_delta.clear();
        black_box(context.tessellate(output.shapes, output.pixels_per_point));
    }
}

/// The wheel turned over the table, down and up in turn so that the end is never reached.
fn wheel(round: usize) -> Vec<Event> {
    let down = (round / 40).is_multiple_of(2);
    vec![
        Event::PointerMoved(pos2(700.0, 700.0)),
        Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: vec2(0.0, if down { -90.0 } else { 90.0 }),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        },
    ]
}

fn main() -> io::Result<()> {
    let mut still = Vec::new();
    let mut scrolled = Vec::new();
    let mut changed = Vec::new();
    for size in SIZES {
        let (mut store, published) = account::store(size);
        let mut screen = Screen::new(published)?;
        for _ in 0..10 {
            screen.frame(Vec::new());
        }
        still.push((size, measure(ROUNDS, |_| screen.frame(Vec::new()))));
        scrolled.push((size, measure(ROUNDS, |round| screen.frame(wheel(round)))));
        let cost = measure_after(
            &mut screen,
            ROUNDS,
            |_, round| {
                store.apply(account::one_change(round % size, round + 1));
                store.publish();
            },
            |screen, _| screen.frame(Vec::new()),
        );
        changed.push((size, cost));
    }
    let flat = print("A frame of the Board, nothing changed", &still)?;
    judge(&still, flat)?;
    print("A frame of the Board while its table scrolls", &scrolled)?;
    print("The frame after a change of one pipeline", &changed)?;
    Ok(())
}

fn judge(costs: &[(usize, Cost)], ratio: f64) -> io::Result<()> {
    let Some((_, largest)) = costs.last() else {
        return Ok(());
    };
    aim(
        "under 4 ms at 10 000 pipelines",
        largest.median < Duration::from_millis(4),
    )?;
    // Ten rows leave a part of the window empty, so they cost less than a full one.
    aim("flat: at most twice the cost of ten rows", ratio <= 2.0)
}
