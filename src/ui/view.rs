//! What a view is, and what it may see.

use eframe::egui;

use crate::model::focus::Focus;
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

/// One place in the window. Views keep only what concerns their own look (scroll, filter text, caches keyed by table
/// revision); facts come from the snapshot, and where they are comes from the route.
pub trait View {
    /// Paints the view and pushes what the person asked for.
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut ViewContext<'_>);

    /// The keys this view understands at a place it shows, for the `?` sheet: keys set apart by blanks, and what they do.
    /// Those of a log on the page are told by the log.
    fn keys(&self, route: &Route) -> &'static [(&'static str, &'static str)];

    /// Whether a log is on screen there, and whether it has the keyboard.
    fn log(&self, _route: &Route) -> LogKeys {
        LogKeys::None
    }

    /// What can be done with what is on screen, for the palette.
    fn verbs(&self, _cx: &ViewContext<'_>) -> Vec<Verb> {
        Vec::new()
    }
}

/// Whose a letter is on a page that may show a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKeys {
    /// The page's: it shows no log.
    None,
    /// The page's, until the log is pressed or Tab reaches it.
    Beside,
    /// The log's, until Escape.
    Focused,
}

impl LogKeys {
    /// Of a page with a log.
    pub const fn of(focused: bool) -> Self {
        if focused { Self::Focused } else { Self::Beside }
    }
}

/// Something a person can do to the object on screen.
pub struct Verb {
    pub words: String,
    /// What it is done to.
    pub object: String,
    /// What is asked for when it is chosen.
    pub actions: Vec<UiAction>,
}

/// Everything a view may read, and the queue it writes to.
pub struct ViewContext<'a> {
    pub snapshot: &'a Snapshot,
    pub now: Timestamp,
    pub route: &'a Route,
    pub settings: &'a Settings,
    pub issues: &'a IssueFinder,
    pub oneshots: &'a Oneshots,
    /// This program's own record of decisions.
    pub journal: &'a Journal,
    /// Logs of finished builds on this computer.
    pub kept: &'a Kept,
    pub profiles: &'a FoundProfiles,
    /// Runs what is too much for a frame.
    pub background: &'a dyn Background,
    /// A dialog is open above: views ignore keys.
    pub covered: bool,
    pub actions: &'a mut Actions,
    /// What is on screen now, so that the engine polls it first. Views add to it while they paint.
    pub focus: &'a mut Focus,
}
