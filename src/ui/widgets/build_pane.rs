//! All about one build: what it is, why it failed, its live log. The Project view shows it under a selected build.
//!
//! While it is painted it tells the engine, through `cx.focus`, to poll this build and to tail its log.

use std::sync::Arc;

use eframe::egui::{self, Align, Key, Layout, Margin, Stroke};

use super::build_family::{self, Family};
use super::build_header;
use super::button::Button;
use super::live_pane::{self, LivePane};
use super::log_view::{LogInput, LogView};
use super::past_builds::{self, PastBuilds};
use super::{age, empty, fault_banner, jump, safe_text, skeleton, split};
use crate::model::build::{Build, BuildRow};
use crate::model::ids::{BuildKey, BuildProjectKey, LogKey};
use crate::model::log::{LogTail, TailPosition};
use crate::model::remote::Remote;
use crate::model::time::{self, Timestamp};
use crate::ui::action::UiAction;
use crate::ui::keys;
use crate::ui::theme::{self, size};
use crate::ui::view::ViewContext;

/// The height of the line below a log.
pub const FOOTER: f32 = 28.0;

#[derive(Default)]
pub struct BuildPane {
    log: LogView,
    family: Family,
    /// Everything else about the build stands beside it, and needs no way there.
    is_beside: bool,
    /// The search in past builds, while it stands in place of the log.
    past: Option<Box<PastBuilds>>,
    /// Live Tail, while it stands in place of the log.
    live: Option<Box<LivePane>>,
}

impl BuildPane {
    /// For the view that shows the rest of the build beside its log.
    pub fn beside() -> Self {
        Self {
            is_beside: true,
            ..Self::default()
        }
    }

    /// Letters are the log's, because it has the keyboard's focus, or the search's: the view leaves them alone.
    pub fn has_focus(&self) -> bool {
        // What stands in place of the log keeps it from being painted, and from letting go.
        match (&self.past, &self.live) {
            (Some(_), _) => true,
            (None, Some(live)) => live.has_focus(),
            (None, None) => self.log.has_focus(),
        }
    }

    /// Paints the pane in all the room there is; returns whether everything else about the build was asked for.
    pub fn ui(&mut self, ui: &mut egui::Ui, cx: &mut ViewContext<'_>, key: &BuildKey) -> bool {
        cx.focus.build = Some(key.clone());
        ui.spacing_mut().item_spacing.y = 0.0;
        let snapshot = cx.snapshot;
        let row = snapshot.builds.get(key);
        let Some(build) = row.and_then(|row| row.build.value()) else {
            missing(ui, cx, key, row.map(Arc::as_ref));
            return false;
        };
        if !cx.covered && past_builds::asked_for(ui.ctx()) {
            self.past.get_or_insert_default();
        }
        if let Some(past) = &mut self.past {
            let project = BuildProjectKey {
                scope: key.scope.clone(),
                name: build.project.clone(),
            };
            if past.ui(ui, cx, &project) {
                self.past = None;
            }
            return false;
        }
        let log_key = build_family::log_of(key, build);
        if self.live_ui(ui, cx, key, log_key.as_ref()) {
            return false;
        }
        cx.focus.logs.extend(self.log.wanted().cloned());
        let name = build_family::name(build);
        let tail = log_key.as_ref().and_then(|key| {
            cx.focus.logs.push(key.clone());
            snapshot.logs.get(key)
        });
        let ended = !build.state.status.is_moving();
        let read = log_key.as_ref().zip(tail.and_then(Remote::value));
        let others = self.family.of(snapshot, key, build);
        let input = read.map(|(log, tail)| LogInput {
            name: &name,
            others: &others,
            ..log_input(log, tail, key, build, cx)
        });
        if let Some(input) = &input {
            self.log.update(ui, input);
            if let Some(line) = jump::take(ui.ctx(), input.key) {
                self.log.go_to(line);
            }
        }
        let written = input.as_ref().filter(|input| !input.log.is_empty());
        build_header::show(ui, cx, build, |ui, cx| {
            if let Some(input) = written {
                self.log.bar_ui(ui, HEADER, input, cx.actions);
            }
        });
        if let Some(row) = row
            && let Some(fault) = row.build.fault()
        {
            fault_banner::show(ui, fault, cx.now);
        }
        if let Some(fault) = tail.and_then(Remote::fault) {
            fault_banner::show(ui, fault, cx.now);
        }
        if build.state.status.is_bad() {
            if build_header::why(ui, cx, key, build, &self.log) {
                self.log.show_why();
            }
            if !cx.covered && keys::pressed(ui.ctx(), Key::W) {
                cx.actions.push(UiAction::OpenWhy {
                    build: key.clone(),
                    place: None,
                });
            }
        }
        if let Some(input) = written {
            self.log.notes_ui(ui, input, cx.actions);
        }
        let room = ui.available_size() - egui::vec2(0.0, FOOTER);
        // What stands before the log may be higher than a low pane; the foot keeps its place.
        let (rect, _) = ui.allocate_exact_size(room, egui::Sense::hover());
        let builder = egui::UiBuilder::new()
            .max_rect(rect)
            .layout(Layout::top_down(Align::Min));
        // A child, not a scope: what is painted in it must not move the foot up after it.
        let mut inside = ui.new_child(builder);
        inside.shrink_clip_rect(rect);
        match written {
            Some(input) => self.log.ui(&mut inside, input, cx.actions),
            None => before_the_log(
                &mut inside,
                build,
                tail.and_then(Remote::value),
                ended,
                cx.now,
            ),
        }
        let asked = self.footer_ui(ui, cx, (key, build), written);
        if let Some(input) = written {
            self.log.keys(ui, input, cx.actions);
        }
        asked
    }

    /// Live Tail in place of the log, where it was asked for; returns whether it stands there. The log itself is read on.
    fn live_ui(
        &mut self,
        ui: &mut egui::Ui,
        cx: &mut ViewContext<'_>,
        key: &BuildKey,
        log: Option<&LogKey>,
    ) -> bool {
        let asked = !cx.covered && live_pane::asked_for(ui.ctx());
        self.live
            .take_if(|live| log.is_none_or(|log| !live.is_of(log)));
        let Some(log) = log else {
            return false;
        };
        if asked && self.live.is_none() {
            let tail = cx.snapshot.logs.get(log).and_then(Remote::value);
            let complete = tail.is_some_and(|tail| tail.position.is_complete());
            match live_pane::refusal(log, complete) {
                Some(why) => cx
                    .actions
                    .push(UiAction::Say(format!("No Live Tail: {why}"))),
                None => self.live = Some(Box::new(LivePane::new(log.clone()))),
            }
        }
        let Some(live) = &mut self.live else {
            return false;
        };
        cx.focus.logs.push(log.clone());
        if live.ui(ui, cx, key) {
            self.live = None;
        }
        true
    }

    /// The foot of the pane; returns whether everything else about the build was asked for.
    fn footer_ui(
        &self,
        ui: &mut egui::Ui,
        cx: &mut ViewContext<'_>,
        (key, build): (&BuildKey, &Build),
        input: Option<&LogInput<'_>>,
    ) -> bool {
        let theme = theme::of(ui);
        let top = ui.cursor().top();
        ui.painter()
            .hline(ui.max_rect().x_range(), top, Stroke::new(1.0, theme.line));
        let leads_on = !self.is_beside;
        let mut asked = leads_on && !cx.covered && keys::pressed(ui.ctx(), Key::D);
        let mut both = (cx, &mut asked);
        split::row(
            ui,
            FOOTER,
            12.0,
            &mut both,
            |ui, (cx, asked)| {
                if leads_on {
                    let button = Button::new("Build details").small().key("d");
                    let hint = "Environment, variables, reports, batch, and how to run it locally";
                    **asked |= ui.add(button).on_hover_text(hint).clicked();
                }
                past_builds::button_ui(ui, Button::new("Past builds").small());
                build_header::writes(ui, cx, key, build);
            },
            |ui, (cx, _)| {
                ui.spacing_mut().item_spacing.x = 12.0;
                if let Some(input) = input {
                    self.log.status_ui(ui, input, cx.actions);
                }
                if let Some(ended) = build.ended {
                    age_ui(ui, "ended", ended, cx.now);
                    if let Some(took) = build.elapsed(cx.now) {
                        ui.label(theme.small(format!("took {}", time::duration(took))));
                    }
                } else if let Some(started) = build.started {
                    age_ui(ui, "started", started, cx.now);
                }
            },
        );
        asked
    }
}

fn age_ui(ui: &mut egui::Ui, what: &str, then: Timestamp, now: Timestamp) {
    let theme = theme::of(ui);
    let text = format!("{what} {}", time::ago(then, now));
    age::show(ui, theme.small(text), then, now);
}

fn log_input<'a>(
    key: &'a LogKey,
    tail: &'a LogTail,
    of: &'a BuildKey,
    build: &'a Build,
    cx: &ViewContext<'a>,
) -> LogInput<'a> {
    LogInput {
        origin: tail.origin,
        running: build.state.status.is_moving(),
        part_read: build.part_read(&tail.log),
        phases: &build.phases,
        build: Some(of),
        ..LogInput::of(key, &tail.log, tail.position, cx)
    }
}

/// The build itself is not known: not read yet, gone, or a fault.
fn missing(ui: &mut egui::Ui, cx: &ViewContext<'_>, key: &BuildKey, row: Option<&BuildRow>) {
    egui::Frame::new()
        .inner_margin(Margin::same(12))
        .show(ui, |ui| match row.and_then(|row| row.build.fault()) {
            Some(fault) => {
                fault_banner::show(ui, fault, cx.now);
            }
            None => {
                skeleton::rows(ui, &format!("Reading build {}…", key.id), 6);
            }
        });
}

/// What stands where the log will be.
fn before_the_log(
    ui: &mut egui::Ui,
    build: &Build,
    tail: Option<&LogTail>,
    ended: bool,
    now: Timestamp,
) {
    let theme = theme::of(ui);
    ui.painter()
        .rect_filled(ui.max_rect(), egui::CornerRadius::ZERO, theme.sunk);
    build_header::phases(ui, build, now);
    let waiting = tail.is_none_or(|tail| tail.position == TailPosition::Waiting);
    if let Some(log) = &build.log
        && tail.is_some_and(|tail| tail.position == TailPosition::Gone)
    {
        let how = format!(
            "CloudWatch Logs has no stream {} of {}: its retention took it, or somebody deleted it. It was not kept on this computer.",
            log.stream, log.group
        );
        empty::show(ui, "The log is gone", &safe_text::line(&how), |_| {});
        return;
    }
    let no_stream = build.about.logs.cloudwatch.as_deref() == Some("DISABLED");
    match (&build.log, ended) {
        (None, true) => empty::show(
            ui,
            "No log",
            "CodeBuild names no log stream for this build: its project writes none to CloudWatch Logs or S3, or it ended before PROVISIONING.",
            |_| {},
        ),
        (None, false) if build.log_s3.is_some() && no_stream => empty::show(
            ui,
            "No log yet",
            "CodeBuild writes this build's log to S3 when the build ends; it stands here then.",
            |_| {},
        ),
        (None, false) => empty::show(
            ui,
            "No log yet",
            "CodeBuild makes the log stream while it provisions the container; the log begins here by itself.",
            |_| {},
        ),
        (Some(_), true) if !waiting => {
            empty::show(ui, "An empty log", "The build wrote nothing.", |_| {});
        }
        (Some(log), _) if tail.is_some() => empty::show(
            ui,
            "Waiting for the first line",
            &format!("Stream {} of {}.", log.stream, log.group),
            |_| {},
        ),
        (Some(_), _) => {
            egui::Frame::new()
                .inner_margin(Margin::same(12))
                .show(ui, |ui| {
                    skeleton::rows(ui, "Reading the log…", 8);
                });
        }
    }
}

/// The height of the row that heads a pane.
pub const HEADER: f32 = size::TABLE_HEADER + 12.0;
