//! A small language for flows: open a story, press what is named, expect what should appear. Every wait has a limit.
//!
//! Engine, SDK and simulator share one clock that only the test turns; what a flow waits for is the wire, never time.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use starboard::app::boot;
use starboard::app::journal::Folders;
use starboard::app::window::{App, Keeper};
use starboard::engine::clock::Clock;
use starboard::engine::waker::Waker;
use starboard::model::settings::Settings;
use starboard::model::snapshot::Snapshot;
use starboard::secrets::Vaults;
use starboard::sim::world::story::StorySource;
use starboard::sim::{self, Simulator};
use starboard::ui::route::{ProjectRoute, Route};

use crate::harness::{WINDOW, builder};

/// How long anything may take to appear. Generous: a loaded machine must not fail a flow.
const PATIENCE: Duration = Duration::from_mins(1);
/// 2026-11-23 16:00 UTC.
const START: i64 = 1_795_449_600_000;

pub struct Driver {
    pub harness: Harness<'static, App>,
    pub sim: Simulator,
    pub waker: Waker,
    hand: Arc<AtomicI64>,
    /// Where the windows keep their decisions and claims.
    pub folder: tempfile::TempDir,
    // Dropped last: the tasks of the others run on it.
    runtime: tokio::runtime::Runtime,
}

impl Driver {
    /// Opens the window on a story and waits until everything has been read once.
    pub fn open(story: &str) -> Self {
        let mut driver = Self::open_at_once(story);
        driver.read_once();
        driver
    }

    fn read_once(&mut self) {
        self.until("the first complete reading", |snapshot| {
            let listings = snapshot.listings.values();
            let mut all = listings.flat_map(starboard::model::snapshot::Listings::all);
            let rows = snapshot.pipelines.rows();
            !snapshot.listings.is_empty()
                && all.all(|listing| listing.value().is_some())
                && rows
                    .iter()
                    .all(|row| row.stages.value().is_some() && row.actions.value().is_some())
        });
    }

    /// Opens the window on a story of the test's own, and waits as [`Self::open`] does.
    pub fn open_text(name: &str, text: &str) -> Self {
        let mut driver = Self::on(StorySource::Text {
            name: name.to_owned(),
            text: text.to_owned(),
        });
        driver.read_once();
        driver
    }

    /// Opens the window without waiting for any data.
    pub fn open_at_once(story: &str) -> Self {
        Self::on(StorySource::Named(story.to_owned()))
    }

    fn on(story: StorySource) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let hand = Arc::new(AtomicI64::new(START));
        let waker = Waker::none();
        let _inside = runtime.enter();
        let options = sim::Options {
            clock: sim::Clock::manual(Arc::clone(&hand)),
            story,
            ..sim::Options::named("")
        };
        let sim = runtime.block_on(Simulator::start(options)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let harness = window(&sim, &hand, folder.path(), &runtime, &waker);
        Self {
            harness,
            sim,
            waker,
            hand,
            folder,
            runtime,
        }
    }

    /// A second window on the same account and the same folders, as of a second start of the program. To use it, swap it
    /// with [`Self::harness`].
    pub fn another_window(&self) -> Harness<'static, App> {
        let _inside = self.runtime.enter();
        window(
            &self.sim,
            &self.hand,
            self.folder.path(),
            &self.runtime,
            &Waker::none(),
        )
    }

    pub fn now(&self) -> i64 {
        self.hand.load(Ordering::SeqCst)
    }

    /// Picks what has these words in its name, of whatever kind, once it is there.
    pub fn choose(&mut self, words: &str) {
        let can = |node: &egui_kittest::Node<'_>| {
            has_words(node, words) && node.accesskit_node().role() != Role::Label
        };
        self.wait(words, |harness| {
            harness
                .query_all_by_label_contains(words)
                .any(|node| can(&node))
        });
        let mut all = self.harness.query_all_by_label_contains(words);
        if let Some(node) = all.find(|node| can(node)) {
            node.click();
        }
        drop(all);
        self.harness.step();
        self.harness.step();
    }

    /// Turns the clock of everything.
    pub fn turn(&self, by: Duration) {
        self.hand
            .fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Turns the clock in small steps, reading in between, so that the story happens as it would over time.
    pub fn live(&mut self, by: Duration) {
        for _ in 0..by.as_secs() {
            self.turn(Duration::from_secs(1));
            self.harness.step();
            nap();
        }
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.harness.state().snapshot()
    }

    /// Steps frames until the published state is as wanted.
    pub fn until(&mut self, what: &str, mut condition: impl FnMut(&Snapshot) -> bool) {
        self.wait(what, |harness| condition(&harness.state().snapshot()));
    }

    fn wait(&mut self, what: &str, mut condition: impl FnMut(&Harness<'static, App>) -> bool) {
        let limit = Instant::now() + PATIENCE;
        loop {
            self.harness.step();
            if condition(&self.harness) {
                return;
            }
            assert!(
                Instant::now() < limit,
                "waited in vain for {what}; on screen:\n{}",
                self.on_screen()
            );
            nap();
        }
    }

    /// Every name in the accessibility tree, for the message of a failure.
    fn on_screen(&self) -> String {
        let root = self.harness.root();
        let names = root.children_recursive().filter_map(|node| {
            node.accesskit_node()
                .label()
                .or_else(|| node.accesskit_node().value())
        });
        names.collect::<Vec<_>>().join("\n")
    }

    /// Waits until something on screen has a name with these words in it.
    pub fn expect(&mut self, words: &str) {
        self.wait(words, |harness| {
            harness.query_all_by_label_contains(words).next().is_some()
        });
    }

    /// Waits until nothing on screen has a name with these words in it any more.
    pub fn expect_gone(&mut self, words: &str) {
        self.wait(words, |harness| {
            harness.query_all_by_label_contains(words).next().is_none()
        });
    }

    /// Presses the first enabled button whose name has these words in it, once it is there.
    pub fn press(&mut self, words: &str) {
        self.wait(&format!("an enabled button {words}"), |harness| {
            enabled(harness, words)
        });
        let buttons = self.harness.query_all_by_role(Role::Button);
        let button = buttons
            .into_iter()
            .find(|node| has_words(node, words))
            .unwrap();
        button.click();
        self.harness.step();
    }

    /// Two presses within one frame, as a nervous hand does.
    pub fn press_twice(&mut self, words: &str) {
        self.wait(&format!("an enabled button {words}"), |harness| {
            enabled(harness, words)
        });
        for _ in 0..2 {
            let mut buttons = self.harness.query_all_by_role(Role::Button);
            if let Some(button) = buttons.find(|node| has_words(node, words)) {
                button.click();
            }
        }
        self.harness.step();
        self.harness.step();
    }

    pub fn is_enabled(&self, words: &str) -> bool {
        enabled(&self.harness, words)
    }

    /// Types into the text field of this name.
    pub fn type_into(&mut self, field: &str, text: &str) {
        self.expect(field);
        let fields = self.harness.query_all_by_label_contains(field);
        let input = fields.into_iter().find(|node| {
            matches!(
                node.accesskit_node().role(),
                Role::TextInput | Role::MultilineTextInput | Role::SearchInput
            )
        });
        let input = input.unwrap_or_else(|| panic!("{field} is no text field"));
        input.focus();
        self.harness.step();
        let fields = self.harness.query_all_by_label_contains(field);
        let input = fields.into_iter().find(|node| {
            matches!(
                node.accesskit_node().role(),
                Role::TextInput | Role::MultilineTextInput | Role::SearchInput
            )
        });
        input.unwrap().type_text(text);
        self.harness.step();
    }

    /// Opens a pipeline's Project, wherever it lives.
    pub fn go_to_project(&mut self, pipeline: &str) {
        let snapshot = self.snapshot();
        let row = snapshot
            .pipelines
            .rows()
            .iter()
            .find(|row| row.key.name.as_str() == pipeline);
        let key = row
            .unwrap_or_else(|| panic!("no pipeline {pipeline}"))
            .key
            .clone();
        self.harness
            .state_mut()
            .go(Route::Project(ProjectRoute::new(key)));
        self.harness.step();
    }

    pub fn key(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.step();
    }

    /// Lets another person answer the gate of the story `gates`.
    pub fn another_person_answers(&self, approved: bool) {
        use starboard::sim::world::happenings::{Happening, Where};
        let now = self.hand.load(Ordering::SeqCst);
        self.sim.world(|world| {
            let place = Where {
                account: "482100937715".to_owned(),
                region: "eu-west-1".to_owned(),
            };
            let answer = Happening::Answer {
                pipeline: "pier".to_owned(),
                stage: "Gate".to_owned(),
                action: "Approve".to_owned(),
                approved,
                by: "Priya Nair".to_owned(),
                comment: "Looked at the dashboards".to_owned(),
            };
            world.plan(now, place, answer);
            world.advance(now);
        });
    }
}

/// An engine and a window of its own on a simulated account.
fn window(
    sim: &Simulator,
    hand: &Arc<AtomicI64>,
    folder: &Path,
    runtime: &tokio::runtime::Runtime,
    waker: &Waker,
) -> Harness<'static, App> {
    let entries = boot::simulated(sim, &[]).unwrap();
    let clock = Clock::Manual(Arc::clone(hand));
    let folders = Folders::in_folder(folder);
    let boot = boot::start(
        entries,
        Vaults::new(None),
        waker.clone(),
        clock,
        None,
        folders,
    );
    let (handle, woken) = (runtime.handle().clone(), waker.clone());
    builder(WINDOW, true).build_eframe(move |creation| {
        App::new(
            &creation.egui_ctx,
            boot,
            woken,
            Settings::default(),
            Keeper::Nothing,
            None,
            handle,
        )
    })
}

fn has_words(node: &egui_kittest::Node<'_>, words: &str) -> bool {
    let node = node.accesskit_node();
    !node.is_disabled() && node.label().is_some_and(|label| label.contains(words))
}

fn enabled(harness: &Harness<'static, App>, words: &str) -> bool {
    harness
        .query_all_by_role(Role::Button)
        .any(|node| has_words(&node, words))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test's own thread waits for the engine's"
)]
pub fn nap() {
    std::thread::sleep(Duration::from_millis(15));
}
