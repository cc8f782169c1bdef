//! What a log view is shown with.

use std::collections::BTreeMap;

use super::OtherLog;
use crate::model::build::Phase;
use crate::model::ids::{BuildKey, LogKey};
use crate::model::log::{LogOrigin, LogSnapshot, LogTail, TailPosition};
use crate::model::oneshot::Oneshots;
use crate::model::remote::Remote;
use crate::model::settings::LogClock;
use crate::model::time::Timestamp;
use crate::ui::background::Background;
use crate::ui::view::ViewContext;

/// A log, whose it is and how it stands, for one frame.
#[derive(Clone, Copy)]
pub struct LogInput<'a> {
    pub key: &'a LogKey,
    pub log: &'a LogSnapshot,
    pub position: TailPosition,
    pub origin: LogOrigin,
    /// Everything written so far is here.
    pub caught_up: bool,
    /// Nothing more will come.
    pub complete: bool,
    /// What writes it has not ended, so that its end is worth following.
    pub running: bool,
    /// How much of it is here, from 0 to 1, where that can be told.
    pub part_read: Option<f32>,
    /// What AWS tells of the phases; it knows more than the log of those that wrote nothing.
    pub phases: &'a [Phase],
    /// Whose log it is; a link to a line names it.
    pub build: Option<&'a BuildKey>,
    /// What a person calls it, beside others it is merged with.
    pub name: &'a str,
    /// Logs that belong together with it, and can be merged with it.
    pub others: &'a [OtherLog],
    /// Every log that is tailed.
    pub logs: &'a BTreeMap<LogKey, Remote<LogTail>>,
    pub clock: LogClock,
    pub now: Timestamp,
    pub oneshots: &'a Oneshots,
    pub background: &'a dyn Background,
    /// A dialog is open above: keys are not ours.
    pub covered: bool,
}

impl<'a> LogInput<'a> {
    /// A log of no build, at this position of its reading.
    pub fn of(
        key: &'a LogKey,
        log: &'a LogSnapshot,
        position: TailPosition,
        cx: &ViewContext<'a>,
    ) -> Self {
        let complete = position.is_complete();
        Self {
            key,
            log,
            position,
            origin: LogOrigin::Service,
            caught_up: complete || position == TailPosition::CaughtUp,
            complete,
            running: !complete,
            part_read: None,
            phases: &[],
            build: None,
            name: "",
            others: &[],
            logs: &cx.snapshot.logs,
            clock: cx.settings.views.log_clock,
            now: cx.now,
            oneshots: cx.oneshots,
            background: cx.background,
            covered: cx.covered,
        }
    }

    /// Lines are still being written, and the end can be followed.
    pub const fn is_growing(&self) -> bool {
        self.running && !self.complete
    }
}
