//! The window around the views: top bar, body, status line, dialogs, and the way from one place to the next.
//!
//! [`Window::ui`] is one frame. It needs no engine: a hand-made snapshot does, so pictures and benches use it as `app`
//! does. What it cannot do itself (writes, one-shots, settings, keys) it hands back. Main thread.

mod confirm;
mod dialog;
pub mod gate;
mod history;
mod keys;
mod palette;
mod release;
mod rollback;
mod start;
mod status_line;
pub mod title;
mod top_bar;
mod typed_name;
mod why;

use std::collections::BTreeMap;

use eframe::egui::{self, Key, Margin, PointerButton, Ui, ViewportCommand};

use crate::model::command::{CommandId, Progress};
use crate::model::focus::Focus;
use crate::model::ids::{ActionKey, BuildKey, ExecutionId, PipelineKey};
use crate::model::issue::IssueFinder;
use crate::model::kept::Kept;
use crate::model::ledger::Journal;
use crate::model::oneshot::Oneshots;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::model::time::Timestamp;
use crate::ui::action::{Actions, FoundProfiles, UiAction};
use crate::ui::background::Background;
use crate::ui::route::Route;
use crate::ui::theme::{self, size};
use crate::ui::view::{LogKeys, Verb, View, ViewContext};
use crate::ui::views::VIEWS;
use crate::ui::widgets::safe_text;
use crate::ui::widgets::toast::Toasts;

/// What a frame is painted from.
pub struct FrameInput<'a> {
    pub snapshot: &'a Snapshot,
    pub now: Timestamp,
    pub settings: &'a Settings,
    pub issues: &'a IssueFinder,
    pub oneshots: &'a Oneshots,
    /// This program's own record of decisions.
    pub journal: &'a Journal,
    /// Logs of finished builds on this computer.
    pub kept: &'a Kept,
    pub profiles: &'a FoundProfiles,
    pub background: &'a dyn Background,
}

impl FrameInput<'_> {
    /// What a view or a dialog over it may see.
    fn context<'a>(
        &'a self,
        route: &'a Route,
        covered: bool,
        actions: &'a mut Actions,
        focus: &'a mut Focus,
    ) -> ViewContext<'a> {
        ViewContext {
            snapshot: self.snapshot,
            now: self.now,
            route,
            settings: self.settings,
            issues: self.issues,
            oneshots: self.oneshots,
            journal: self.journal,
            kept: self.kept,
            profiles: self.profiles,
            background: self.background,
            covered,
            actions,
            focus,
        }
    }
}

/// What a frame asks for.
pub struct FrameOutput {
    /// Actions that need the engine, the disk or the keyring: `Send`, `Ask`, `Dismiss`, `Refresh`, `Settings`,
    /// `PutAccount`, `RemoveAccount`, `StoreKey`, `ForgetKey`, `ReadJournal`, `Export`, `Kept`, `SaveLog`,
    /// `EditLog`, `OpenFile`.
    pub actions: Vec<UiAction>,
    /// What was on screen, for the engine's polling.
    pub focus: Focus,
}

/// The window's own state: where it is, and what is open above.
pub struct Window {
    history: History,
    /// One for each entry of [`VIEWS`], kept so that a place is found as it was left.
    views: Vec<Box<dyn View>>,
    open: Option<Dialog>,
    /// The approval card, while a link opened from it is being confirmed: what was typed on it is kept.
    under: Option<Dialog>,
    toasts: Toasts,
    /// The commands whose end has been said, or which had ended before this window looked.
    said: BTreeMap<CommandId, bool>,
}

use history::History;

/// At most one is open.
enum Dialog {
    Palette(Box<palette::Palette>),
    Keys(Box<keys::Sheet>),
    Confirm(Box<confirm::Question>),
    Link(String),
    Gate(Box<gate::GateDialog>),
    Release(Box<release::ReleaseDialog>),
    Rollback(Box<rollback::RollbackDialog>),
    Why(Box<why::WhyDialog>),
    Start(Box<start::StartDialog>),
}

impl Default for Window {
    fn default() -> Self {
        Self {
            history: History::default(),
            views: VIEWS.iter().map(|entry| (entry.make)()).collect(),
            open: None,
            under: None,
            toasts: Toasts::default(),
            said: BTreeMap::new(),
        }
    }
}

impl Window {
    /// Where the window is.
    pub fn route(&self) -> &Route {
        self.history.current()
    }

    /// Goes somewhere, as a link does.
    pub fn go(&mut self, route: Route) {
        self.history.go(route);
    }

    /// Opens the card that says why a build failed; `place` shows it whole, none where it is on screen.
    pub fn explain(&mut self, build: BuildKey, place: Option<Route>) {
        self.open = Some(Dialog::Why(Box::new(why::WhyDialog::new(build, place))));
    }

    /// Says something in a toast.
    pub fn say(&mut self, text: impl Into<String>, now: Timestamp) {
        self.toasts.say(text, now);
    }

    /// Paints one frame over the whole of `ui` and runs what concerns the window alone.
    pub fn ui(&mut self, ui: &mut Ui, input: &FrameInput<'_>) -> FrameOutput {
        let context = ui.ctx().clone();
        theme::choose(&context, input.settings.theme);
        zoom(&context, input.settings.zoom);
        let mut actions = Actions::default();
        let mut focus = Focus::default();
        let covered = self.open.is_some();
        if !covered {
            close_menus(&context);
        }
        keys::obey(&context, covered, &mut actions);
        self.say_outcomes(input);
        self.frame(ui, input, covered, &mut actions, &mut focus);
        self.dialogs(&context, input, &mut actions, &mut focus);
        self.toasts.ui(&context, input.now);
        if !covered {
            leave(&context, &mut actions);
        }
        let rest = self.run(&context, input, actions.take());
        FrameOutput {
            actions: rest,
            focus,
        }
    }

    fn frame(
        &mut self,
        ui: &mut Ui,
        input: &FrameInput<'_>,
        covered: bool,
        actions: &mut Actions,
        focus: &mut Focus,
    ) {
        let theme = theme::of(ui);
        let bar = egui::Frame::new()
            .fill(theme.panel)
            .inner_margin(Margin::symmetric(16, 0));
        egui::Panel::top("top bar")
            .exact_size(size::TOP_BAR)
            .frame(bar)
            .show_separator_line(true)
            .resizable(false)
            .show(ui, |ui| top_bar::show(ui, input, &self.history, actions));
        // The line below needs what the view is about to put on screen, so its room is kept and painted afterwards.
        let mut line = None;
        egui::Panel::bottom("status line")
            .exact_size(size::STATUS_LINE)
            .frame(bar)
            .show_separator_line(true)
            .resizable(false)
            .show(ui, |ui| {
                line = Some(ui.new_child(egui::UiBuilder::new().id_salt("line")));
                ui.allocate_space(ui.available_size());
            });
        let body = egui::Frame::new().fill(theme.bg);
        egui::CentralPanel::no_frame().frame(body).show(ui, |ui| {
            let route = self.history.current().clone();
            if let Some(view) = self.views.get_mut(shown(&route)) {
                let mut cx = input.context(&route, covered, actions, focus);
                view.ui(ui, &mut cx);
            }
        });
        if let Some(mut line) = line {
            status_line::show(&mut line, input.snapshot, focus, input.now);
        }
    }

    fn dialogs(
        &mut self,
        context: &egui::Context,
        input: &FrameInput<'_>,
        actions: &mut Actions,
        focus: &mut Focus,
    ) {
        self.open = match self.open.take() {
            Some(Dialog::Palette(mut palette)) => palette
                .ui(context, input, || self.verbs(input), actions)
                .then_some(Dialog::Palette(palette)),
            Some(Dialog::Keys(sheet)) => {
                keys::sheet(context, &sheet).then_some(Dialog::Keys(sheet))
            }
            Some(Dialog::Confirm(question)) => {
                let route = self.history.current().clone();
                let mut cx = input.context(&route, false, actions, focus);
                confirm::ask(context, *question, &mut cx)
                    .map(|question| Dialog::Confirm(Box::new(question)))
            }
            Some(Dialog::Link(address)) => {
                let link = confirm::ask_link(context, address, actions);
                link.map(Dialog::Link).or_else(|| self.under.take())
            }
            Some(Dialog::Gate(mut gate)) => {
                let route = self.history.current().clone();
                focus.pipeline = Some(gate.pipeline().clone());
                gate.ui(context, &mut input.context(&route, false, actions, focus));
                Some(Dialog::Gate(gate))
            }
            Some(Dialog::Release(mut release)) => {
                let route = self.history.current().clone();
                focus.pipeline = Some(release.pipeline().clone());
                let mut cx = input.context(&route, false, actions, focus);
                let stays = release.ui(context, &mut cx);
                stays.then_some(Dialog::Release(release))
            }
            Some(Dialog::Rollback(mut rollback)) => {
                let route = self.history.current().clone();
                focus.pipeline = Some(rollback.pipeline().clone());
                let mut cx = input.context(&route, false, actions, focus);
                let stays = rollback.ui(context, &mut cx);
                stays.then_some(Dialog::Rollback(rollback))
            }
            Some(Dialog::Why(mut why)) => {
                let route = self.history.current().clone();
                let mut cx = input.context(&route, false, actions, focus);
                let stays = why.ui(context, &mut cx);
                stays.then_some(Dialog::Why(why))
            }
            Some(Dialog::Start(mut start)) => {
                let route = self.history.current().clone();
                let mut cx = input.context(&route, false, actions, focus);
                let stays = start.ui(context, &mut cx);
                stays.then_some(Dialog::Start(start))
            }
            None => None,
        };
    }

    /// Runs what concerns the window alone; returns the rest.
    fn run(
        &mut self,
        context: &egui::Context,
        input: &FrameInput<'_>,
        actions: Vec<UiAction>,
    ) -> Vec<UiAction> {
        let mut rest = Vec::new();
        // What copies often says itself what it was.
        let is_told = actions.iter().any(|it| matches!(it, UiAction::Say(_)));
        for action in actions {
            match action {
                UiAction::Go(route) => self.history.go(route),
                UiAction::Replace(route) => self.history.replace(route),
                UiAction::Back => self.history.back(),
                UiAction::Forward => self.history.forward(),
                UiAction::OpenGate {
                    pipeline,
                    action,
                    execution,
                } => {
                    rest.extend(self.open_gate(pipeline, action, execution, input));
                }
                UiAction::CloseGate => {
                    if matches!(self.open, Some(Dialog::Gate(_))) {
                        self.open = None;
                    }
                }
                UiAction::Confirm(confirmation) => {
                    let question = confirm::Question::new(confirmation);
                    self.open = Some(Dialog::Confirm(Box::new(question)));
                }
                UiAction::Choose(choice) => {
                    let question = confirm::Question::new(choice);
                    self.open = Some(Dialog::Confirm(Box::new(question)));
                }
                UiAction::OpenRelease(pipeline) => {
                    let dialog = release::ReleaseDialog::open(pipeline, input.snapshot);
                    self.open = Some(Dialog::Release(Box::new(dialog)));
                }
                UiAction::OpenRollback { pipeline, stage } => {
                    let (dialog, asked) = rollback::RollbackDialog::open(pipeline, stage);
                    rest.extend(asked);
                    self.open = Some(Dialog::Rollback(Box::new(dialog)));
                }
                UiAction::OpenWhy { build, place } => self.explain(build, place),
                UiAction::OpenStart { project, batch } => {
                    let (dialog, asked) = start::StartDialog::open(project, batch, input.snapshot);
                    rest.extend(asked);
                    self.open = Some(Dialog::Start(Box::new(dialog)));
                }
                UiAction::OpenLink(address) => {
                    self.under = self
                        .open
                        .take()
                        .filter(|open| matches!(open, Dialog::Gate(_)));
                    self.open = Some(Dialog::Link(address));
                }
                UiAction::OpenPalette => {
                    let palette = palette::Palette::new(input.snapshot, self.verbs(input));
                    self.open = Some(Dialog::Palette(Box::new(palette)));
                }
                UiAction::OpenKeys => self.open = Some(Dialog::Keys(Box::new(self.sheet()))),
                UiAction::Say(text) => self.toasts.say(text, input.now),
                UiAction::Copy(text) => {
                    if !is_told {
                        self.toasts.say(copied_words(&text), input.now);
                    }
                    context.copy_text(text);
                }
                UiAction::ZoomIn => rest.push(zoom_to(input.settings.zoom + 0.1)),
                UiAction::ZoomOut => rest.push(zoom_to(input.settings.zoom - 0.1)),
                UiAction::ZoomReset => rest.push(zoom_to(1.0)),
                UiAction::FullScreen => {
                    let full = context.input(|input| input.viewport().fullscreen.unwrap_or(false));
                    context.send_viewport_cmd(ViewportCommand::Fullscreen(!full));
                }
                UiAction::Quit => context.send_viewport_cmd(ViewportCommand::Close),
                other => rest.push(other),
            }
        }
        rest
    }

    /// What the view on screen offers.
    fn verbs(&self, input: &FrameInput<'_>) -> Vec<Verb> {
        let route = self.history.current();
        let (mut actions, mut focus) = (Actions::default(), Focus::default());
        let cx = input.context(route, true, &mut actions, &mut focus);
        let view = self.views.get(shown(route));
        view.map(|view| view.verbs(&cx)).unwrap_or_default()
    }

    /// The keys of where the window is, as they act now.
    fn sheet(&self) -> keys::Sheet {
        let route = self.history.current();
        let index = shown(route);
        let view = self.views.get(index);
        keys::Sheet {
            view: VIEWS.get(index).map_or("", |entry| entry.title),
            of_view: view.map_or(&[][..], |view| view.keys(route)),
            log: view.map_or(LogKeys::None, |view| view.log(route)),
        }
    }

    /// Opens the approval card; what it asks for on opening is handed back.
    fn open_gate(
        &mut self,
        pipeline: PipelineKey,
        action: ActionKey,
        execution: Option<ExecutionId>,
        input: &FrameInput<'_>,
    ) -> Vec<UiAction> {
        let mut actions = Actions::default();
        let mut focus = Focus::default();
        let route = self.history.current().clone();
        let mut cx = input.context(&route, true, &mut actions, &mut focus);
        let dialog = gate::GateDialog::open(pipeline, action, execution, &mut cx);
        self.open = Some(Dialog::Gate(Box::new(dialog)));
        actions.take()
    }

    /// Says once how each command ended, wherever the person has gone meanwhile.
    fn say_outcomes(&mut self, input: &FrameInput<'_>) {
        for record in input.snapshot.commands.rows() {
            let open = record.progress.is_open();
            let was_open = self.said.insert(record.id, open);
            let words = match &record.progress {
                Progress::Accepted { message, .. }
                | Progress::Changed { message, .. }
                | Progress::Unknown { message, .. }
                | Progress::Found { message, .. } => message.clone(),
                Progress::Refused { fault, .. } => fault.headline(),
                Progress::Reading | Progress::Sent { .. } | Progress::Checking { .. } => continue,
            };
            if was_open == Some(true) {
                self.toasts.say(words, input.now);
            }
        }
    }
}

/// What a toast says of a copy: the words, where they are few.
fn copied_words(text: &str) -> String {
    let lines = text.lines().count();
    if lines > 1 {
        return format!("Copied {lines} lines");
    }
    let words = safe_text::line(text.trim());
    format!("Copied {}", safe_text::elide_middle(&words, 64))
}

/// The index in [`VIEWS`] of what shows a route; the Board where nothing does.
fn shown(route: &Route) -> usize {
    VIEWS
        .iter()
        .position(|entry| (entry.shows)(route))
        .unwrap_or(0)
}

/// Escape closes an open menu and no more.
fn close_menus(context: &egui::Context) {
    if is_menu_on_screen(context)
        && context.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Escape))
    {
        egui::Popup::close_all(context);
    }
}

/// Whether a menu was painted in the frame before. The toolkit's own word is not enough: it forgets a menu whose button
/// was not painted in between, while the menu is still what a person sees.
fn is_menu_on_screen(context: &egui::Context) -> bool {
    let is_painted = || {
        context.memory(|memory| {
            let layers = memory.areas().visible_layer_ids();
            layers
                .iter()
                .any(|layer| layer.order == egui::Order::Foreground)
        })
    };
    egui::Popup::is_any_open(context) || is_painted()
}

/// Escape steps out, unless a text field or a view took it; the mouse's side buttons lead as in a browser.
fn leave(context: &egui::Context, actions: &mut Actions) {
    if crate::ui::keys::pressed(context, Key::Escape) {
        actions.push(UiAction::Back);
    }
    let (back, forward) = context.input(|input| {
        (
            input.pointer.button_clicked(PointerButton::Extra1),
            input.pointer.button_clicked(PointerButton::Extra2),
        )
    });
    if back {
        actions.push(UiAction::Back);
    }
    if forward {
        actions.push(UiAction::Forward);
    }
}

fn zoom(context: &egui::Context, wanted: f32) {
    context.options_mut(|options| options.zoom_with_keyboard = false);
    let wanted = wanted.clamp(0.5, 3.0);
    if (context.zoom_factor() - wanted).abs() > 0.001 {
        context.set_zoom_factor(wanted);
    }
}

fn zoom_to(zoom: f32) -> UiAction {
    let zoom = ((zoom * 10.0).round() / 10.0).clamp(0.5, 3.0);
    UiAction::Settings(Box::new(move |settings| settings.zoom = zoom))
}
