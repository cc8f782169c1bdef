//! The build's pane with a log, painted into nothing.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::{Node, NodeId, TreeUpdate};
use eframe::egui::{self, Event, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2};
use starboard::app::background::Pool;
use starboard::model::build::{Build, BuildAbout, BuildRow, LogLocation};
use starboard::model::focus::Focus;
use starboard::model::ids::{BuildKey, LogKey, Scope};
use starboard::model::issue::IssueFinder;
use starboard::model::kept::Kept;
use starboard::model::ledger::Journal;
use starboard::model::log::{LogOrigin, LogSnapshot, LogTail, TailPosition};
use starboard::model::oneshot::Oneshots;
use starboard::model::remote::Remote;
use starboard::model::settings::Settings;
use starboard::model::snapshot::Snapshot;
use starboard::model::status::State;
use starboard::model::time::Timestamp;
use starboard::ui::action::{Actions, FoundProfiles};
use starboard::ui::background::Background;
use starboard::ui::route::Route;
use starboard::ui::theme;
use starboard::ui::view::ViewContext;
use starboard::ui::widgets::build_pane::BuildPane;

use super::busy::Busy;
use super::pause::pause;
use super::processor;

/// 2026-11-23 16:00 UTC.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_449_600_000);
/// More than the folds of any log here take to be read.
const MOST_FRAMES: u32 = 5_000;
const SIZE: egui::Vec2 = vec2(1440.0, 900.0);

pub struct Pane {
    context: egui::Context,
    build: BuildPane,
    pub snapshot: Snapshot,
    pub focus: Focus,
    issues: IssueFinder,
    /// Where its jobs run, if not on threads of their own.
    pub pool: Option<Pool>,
    busy: Busy,
    frames: u32,
}

/// What a frame cost and asked for.
pub struct Frame {
    /// Layout and tessellation.
    pub took: Duration,
    /// The same of the processor's time, where the system tells it.
    pub worked: Option<Duration>,
    /// When it wants to be painted anew.
    pub again: Duration,
    /// What a screen reader is told, if one listens.
    tree: Option<TreeUpdate>,
}

fn scope() -> Scope {
    Scope {
        account: "dev".into(),
        region: "eu-west-1".into(),
    }
}

fn build_key() -> BuildKey {
    BuildKey {
        scope: scope(),
        id: "monolith:1".into(),
    }
}

pub fn log_key() -> LogKey {
    LogKey {
        scope: scope(),
        group: "/aws/codebuild/monolith".into(),
        stream: "1".into(),
    }
}

fn build(state: &str) -> Build {
    let key = log_key();
    Build {
        id: build_key().id,
        arn: "arn:aws:codebuild:eu-west-1:220744100831:build/monolith:1".to_owned(),
        project: "monolith".into(),
        number: Some(1),
        state: State::of_build(state),
        current_phase: "BUILD".to_owned(),
        started: Some(NOW),
        ended: None,
        source_version: None,
        resolved_source_version: None,
        initiator: None,
        phases: Vec::new(),
        log: Some(LogLocation {
            group: key.group,
            stream: key.stream,
        }),
        log_url: None,
        log_s3: None,
        about: BuildAbout::default(),
        batch: None,
        reports: Vec::new(),
        exported: Vec::new(),
    }
}

impl Pane {
    /// Of a build in this state, by AWS's word.
    pub fn new(state: &str) -> io::Result<Self> {
        let context = egui::Context::default();
        theme::install(&context);
        let mut snapshot = Snapshot::default();
        let mut builds = (*snapshot.builds).clone();
        builds.insert(BuildRow {
            key: build_key(),
            build: Remote::ready(Arc::new(build(state)), NOW),
        });
        snapshot.builds = Arc::new(builds);
        Ok(Self {
            context,
            build: BuildPane::default(),
            snapshot,
            focus: Focus::default(),
            issues: IssueFinder::new(&[]).map_err(io::Error::other)?,
            pool: None,
            busy: Busy::default(),
            frames: 0,
        })
    }

    pub fn with(log: LogSnapshot) -> io::Result<Self> {
        let mut pane = Self::new("SUCCEEDED")?;
        let tail = LogTail {
            log,
            position: TailPosition::Complete,
            origin: LogOrigin::Service,
        };
        Arc::make_mut(&mut pane.snapshot.logs).insert(log_key(), Remote::ready(tail, NOW));
        Ok(pane)
    }

    /// Reads the log, gives it the keyboard, and tells where its scroll bar is. A screen reader listens from here on.
    pub fn open_at(&mut self) -> io::Result<Rect> {
        self.context.enable_accesskit();
        let bar = self.settle().place_of("Scroll the log");
        let bar = bar.ok_or_else(|| io::Error::other("there is no scroll bar"))?;
        let middle = beside(bar);
        self.frame(vec![Event::PointerMoved(middle), button(middle, true)]);
        self.frame(vec![button(middle, false)]);
        Ok(bar)
    }

    /// One frame at 60 a second, with these events.
    pub fn frame(&mut self, events: Vec<Event>) -> Frame {
        self.frames += 1;
        let raw = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE)),
            time: Some(f64::from(self.frames) / 60.0),
            focused: true,
            events,
            ..RawInput::default()
        };
        let Self {
            context,
            build: pane,
            snapshot,
            focus,
            issues,
            pool,
            busy,
            ..
        } = self;
        let background: &dyn Background = match pool {
            Some(pool) => pool,
            None => busy,
        };
        *focus = Focus::default();
        let before = processor::time();
        let started = Instant::now();
        let mut output = context.run_ui(raw, |ui| {
            let mut actions = Actions::default();
            let mut cx = ViewContext {
                snapshot,
                now: NOW,
                route: &Route::Board,
                settings: &Settings::default(),
                issues,
                oneshots: &Oneshots::new(),
                journal: &Journal::default(),
                kept: &Kept::default(),
                profiles: &FoundProfiles::default(),
                background,
                covered: false,
                actions: &mut actions,
                focus,
            };
            pane.ui(ui, &mut cx, &build_key());
        });
        // No card takes them here.
        output.textures_delta.clear();
        std::hint::black_box(context.tessellate(output.shapes, output.pixels_per_point));
        let took = started.elapsed();
        Frame {
            took,
            worked: before.and_then(|before| processor::time()?.checked_sub(before)),
            again: output
                .viewport_output
                .values()
                .map(|viewport| viewport.repaint_delay)
                .min()
                .unwrap_or(Duration::MAX),
            tree: output.platform_output.accesskit_update,
        }
    }

    /// Frames until nothing is left to be read, and at most [`MOST_FRAMES`]; the last one. A caret that blinks wants a
    /// frame now and then.
    pub fn settle(&mut self) -> Frame {
        let mut quiet = 0;
        let until = self.frames + MOST_FRAMES;
        loop {
            let frame = self.frame(Vec::new());
            if quiet > 15 || self.frames > until {
                return frame;
            }
            if frame.again < Duration::from_millis(50) || self.busy.is_busy() {
                quiet = 0;
            }
            quiet += 1;
            // Jobs that run elsewhere have the processor, too.
            pause(Duration::from_millis(2));
        }
    }
}

impl Frame {
    fn nodes(&self) -> impl Iterator<Item = &(NodeId, Node)> {
        self.tree.iter().flat_map(|tree| &tree.nodes)
    }

    /// Where the control of this name is.
    pub fn place_of(&self, name: &str) -> Option<Rect> {
        let (_, node) = self.nodes().find(|(_, node)| node.label() == Some(name))?;
        let bounds = node.bounds()?;
        Some(Rect::from_min_max(
            pos2(bounds.x0 as f32, bounds.y0 as f32),
            pos2(bounds.x1 as f32, bounds.y1 as f32),
        ))
    }

    /// The numbers in lines like `#7#` on screen, with where they are, from the top.
    pub fn lines(&self) -> Vec<(f32, u32)> {
        let mut lines: Vec<_> = self
            .nodes()
            .filter_map(|(_, node)| {
                // A label tells its text as its value.
                let (_, text) = node.value()?.split_once(": #")?;
                let number = text.strip_suffix('#')?.parse().ok()?;
                Some((node.bounds()?.y0 as f32, number))
            })
            .collect();
        lines.sort_by(|one, other| one.0.total_cmp(&other.0));
        lines
    }
}

/// A place in the log.
pub fn beside(bar: Rect) -> Pos2 {
    pos2(bar.left() - 300.0, bar.center().y)
}

pub fn key(key: Key) -> Vec<Event> {
    let event = |pressed| Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    vec![event(true), event(false)]
}

pub fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    }
}
