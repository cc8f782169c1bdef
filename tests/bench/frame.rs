//! What a frame costs, headless: the whole window laid out and tessellated. The Board at three sizes of account, and while
//! its filter is typed; a pipeline of fifty stages of fifty actions through each lens. Painting is left to the graphics
//! card and is not in these numbers.

mod account;
mod aim;
mod large;
mod measure;
mod threads;

use std::collections::BTreeSet;
use std::hint::black_box;
use std::io::{self, Write as _};
use std::time::Duration;

use eframe::egui::{
    self, Event, Modifiers, MouseWheelSource, MouseWheelUnit, RawInput, TouchPhase, pos2, vec2,
};
use starboard::engine::store::Published;
use starboard::model::graph::{Folding, StageGraph, fold};
use starboard::model::issue::IssueFinder;
use starboard::model::kept::Kept;
use starboard::model::ledger::Journal;
use starboard::model::oneshot::Oneshots;
use starboard::model::settings::{GraphFold, Lens, Settings};
use starboard::model::waterfall::Waterfall;
use starboard::ui::action::FoundProfiles;
use starboard::ui::route::{ProjectRoute, Route};
use starboard::ui::shell::{FrameInput, Window};
use starboard::ui::theme;
use starboard::ui::widgets::stage_graph::layout;

use account::NOW;
use aim::aim;
use measure::{Cost, SIZES, measure, measure_after, micros, print};
use threads::Threads;

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
                journal: &Journal::default(),
                kept: &Kept::default(),
                profiles,
                background: &Threads,
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
    filter()?;
    large_pipeline()
}

/// The frame in which a letter of a filter is typed, and the rows are found, sorted and shown.
fn filter() -> io::Result<()> {
    const FILTERED: usize = 5_000;
    const TYPED: &str = "failed service-04 push";
    let (_store, published) = account::store(FILTERED);
    let mut screen = Screen::new(published)?;
    screen.frame(Vec::new());
    let letters: Vec<char> = TYPED.chars().collect();
    let mut keystrokes: Vec<Duration> = Vec::new();
    screen.frame(vec![Event::Text("/".to_owned())]);
    screen.frame(Vec::new());
    for _ in 0..20 {
        let cost = measure_each(letters.len(), |at| {
            screen.frame(vec![Event::Text(letters[at].to_string())]);
        });
        keystrokes.extend(cost);
        // Once more to the end, so that every round begins with an empty field.
        for _ in &letters {
            screen.frame(vec![press(egui::Key::Backspace)]);
        }
    }
    if screen.window.route() != &Route::Board {
        return Err(io::Error::other("what was typed did not reach the filter"));
    }
    keystrokes.sort();
    let (middle, worst) = (
        keystrokes[keystrokes.len() / 2],
        keystrokes[keystrokes.len() - 1],
    );
    writeln!(
        io::stdout().lock(),
        "A keystroke in the Board's filter, {FILTERED} pipelines\n  p50 {:>9.1} µs  worst {:>9.1} µs",
        micros(middle),
        micros(worst)
    )?;
    aim(
        "16 ms a keystroke, the worst of them",
        worst < Duration::from_millis(16),
    )
}

fn measure_each(rounds: usize, mut work: impl FnMut(usize)) -> Vec<Duration> {
    (0..rounds)
        .map(|round| {
            let started = std::time::Instant::now();
            work(round);
            started.elapsed()
        })
        .collect()
}

fn press(key: egui::Key) -> Event {
    Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    }
}

/// A pipeline of fifty stages of fifty actions: joined and laid out, and a frame of it through each lens.
fn large_pipeline() -> io::Result<()> {
    let published = large::published();
    let snapshot = published.load();
    let Some(pipeline) = snapshot.pipelines.get(&large::key()) else {
        return Err(io::Error::other("the large pipeline is not in the store"));
    };
    let Some(graph) = StageGraph::of(pipeline, None) else {
        return Err(io::Error::other("the large pipeline has no graph"));
    };
    let attempts = pipeline.actions.value().map(|all| all.as_slice());
    let attempts = attempts.unwrap_or_default();
    let kept = BTreeSet::new();
    let folding = |on| Folding {
        on,
        kept: &kept,
        selected: None,
    };
    let laid_out = |on| layout(&fold(&graph, folding(on)));
    let selected = graph.first_to_look_at().map(|action| action.key.clone());
    let mut costs = vec![
        (
            "joined",
            measure(50, |_| drop(black_box(StageGraph::of(pipeline, None)))),
        ),
        (
            "laid out, folded",
            measure(ROUNDS, |_| drop(black_box(laid_out(true)))),
        ),
        (
            "laid out, whole",
            measure(ROUNDS, |_| drop(black_box(laid_out(false)))),
        ),
    ];
    if let Some(selected) = &selected {
        costs.push((
            "the path of an action",
            measure(50, |_| drop(black_box(graph.path(selected)))),
        ));
    }
    if let Some(execution) = &graph.execution {
        let make = |_| drop(black_box(Waterfall::of(&graph, attempts, execution)));
        costs.push(("its waterfall", measure(50, make)));
    }
    for (words, lens, fold) in [
        ("a frame of the graph, folded", Lens::Graph, GraphFold::Auto),
        ("a frame of the graph, whole", Lens::Graph, GraphFold::Never),
        ("a frame of the waterfall", Lens::Waterfall, GraphFold::Auto),
        ("a frame of the list", Lens::List, GraphFold::Auto),
    ] {
        let mut screen = Screen::new(published.clone())?;
        screen.settings.views.project_lens = lens;
        screen.settings.views.project_fold = fold;
        screen
            .window
            .go(Route::Project(ProjectRoute::new(large::key())));
        for _ in 0..10 {
            screen.frame(Vec::new());
        }
        costs.push((words, measure(ROUNDS / 2, |_| screen.frame(Vec::new()))));
    }
    let mut out = io::stdout().lock();
    writeln!(out, "A pipeline of fifty stages of fifty actions")?;
    for (words, cost) in &costs {
        writeln!(
            out,
            "  {words:<30} median {:>9.1} µs  p99 {:>9.1} µs  worst {:>9.1} µs",
            micros(cost.median),
            micros(cost.p99),
            micros(cost.worst)
        )?;
    }
    drop(out);
    let slowest = costs.iter().map(|(_, cost)| cost.median).max();
    aim(
        "under 16 ms, each of them",
        slowest.is_some_and(|slowest| slowest < Duration::from_millis(16)),
    )
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
