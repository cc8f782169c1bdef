//! All about one build: what it is, why it failed, its live log. The Project view shows it under a selected build.
//!
//! While it is painted it tells the engine, through `cx.focus`, to poll this build and to tail its log.

use std::sync::Arc;

use eframe::egui::{self, Align, Key, Layout, Margin, Stroke};

use super::build_header;
use super::button::Button;
use super::log_view::{LogInput, LogView, grouped};
use super::{age, empty, fault_banner, glyph, jump, safe_text, skeleton, split};
use crate::model::build::{Build, BuildRow};
use crate::model::ids::{BuildKey, LogKey};
use crate::model::log::{InCloud, LineNo, LogOrigin, LogTail, TailPosition};
use crate::model::remote::Remote;
use crate::model::status::Status;
use crate::model::time::{self, Timestamp};
use crate::ui::action::UiAction;
use crate::ui::keys;
use crate::ui::theme::{self, size};
use crate::ui::view::ViewContext;

/// The keys of the pane, for the `?` sheet of the view that shows it.
pub const KEYS: &[(&str, &str)] = &[
    ("/", "find in the log; Enter goes to the next match"),
    ("n N", "next, previous match"),
    ("f", "follow the end of the log"),
    ("w", "why did it fail"),
    ("d", "everything else about the build"),
];

const FOOTER: f32 = 28.0;

#[derive(Default)]
pub struct BuildPane {
    log: LogView,
    /// Everything else about the build stands beside it, and needs no way there.
    is_beside: bool,
}

impl BuildPane {
    /// For the view that shows the rest of the build beside its log.
    pub fn beside() -> Self {
        Self {
            is_beside: true,
            ..Self::default()
        }
    }

    /// Letters are the log's, because it has the keyboard's focus: the view leaves them alone.
    pub fn has_focus(&self) -> bool {
        self.log.has_focus()
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
        let log_key = build.log.as_ref().map(|log| LogKey {
            scope: key.scope.clone(),
            group: log.group.clone(),
            stream: log.stream.clone(),
        });
        let tail = log_key.as_ref().and_then(|key| {
            cx.focus.logs.push(key.clone());
            snapshot.logs.get(key)
        });
        let ended = !build.state.status.is_moving();
        let read = log_key.as_ref().zip(tail.and_then(Remote::value));
        let input = read.map(|(key, tail)| log_input(key, tail, build, cx));
        if let Some(input) = &input {
            self.log.update(ui, input);
            if let Some(line) = jump::take(ui.ctx(), input.key) {
                self.log.show_line(line, input);
            }
        }
        let searchable = input.as_ref().filter(|input| !input.log.is_empty());
        let find_width = searchable.map_or(0.0, |_| self.log.find_width());
        build_header::show(ui, cx, build, find_width, |ui| {
            if let Some(input) = searchable {
                self.log.find_ui(ui, input);
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
            if build_header::why(ui, cx, key, build, &self.log)
                && let Some(input) = &input
            {
                self.log.show_why(input);
            }
            if !cx.covered && keys::pressed(ui.ctx(), Key::W) {
                cx.actions.push(UiAction::OpenWhy {
                    build: key.clone(),
                    place: None,
                });
            }
        }
        let footer = self.footer_words(build, input.as_ref(), tail.and_then(Remote::value), cx.now);
        let room = ui.available_size() - egui::vec2(0.0, FOOTER);
        ui.allocate_ui_with_layout(room, Layout::top_down(Align::Min), |ui| {
            ui.set_min_size(room);
            match &input {
                Some(input) if !input.log.is_empty() => self.log.ui(ui, input, cx.actions),
                _ => before_the_log(ui, build, tail.and_then(Remote::value), ended, cx.now),
            }
        });
        let asked = footer_ui(ui, cx, (key, build), footer, !self.is_beside);
        if let Some(input) = &input {
            self.log.keys(ui, input);
        }
        asked
    }

    fn footer_words(
        &self,
        build: &Build,
        input: Option<&LogInput<'_>>,
        tail: Option<&LogTail>,
        now: Timestamp,
    ) -> Vec<Word> {
        let mut words = Vec::new();
        if let Some(input) = input.filter(|input| !input.log.is_empty()) {
            words.push(Word::Text(format!(
                "{} lines, {}",
                grouped(u64::from(input.log.len())),
                bytes(input.log.bytes())
            )));
            words.push(Word::Text(
                if input.complete {
                    "complete"
                } else if !input.caught_up {
                    "reading on"
                } else if self.log.is_following() {
                    "following"
                } else {
                    "paused here"
                }
                .to_owned(),
            ));
            words.extend(tail.and_then(|tail| origin(tail, now)));
            let last = input
                .log
                .len()
                .checked_sub(1)
                .and_then(|line| input.log.time(LineNo(line)));
            if let Some(last) = last.filter(|_| !input.complete) {
                words.push(Word::Age("last line", Timestamp::from_millis(last)));
            }
        }
        match (build.ended, build.elapsed(now)) {
            (Some(ended), took) => {
                words.push(Word::Age("ended", ended));
                words.extend(took.map(|took| Word::Text(format!("took {}", time::duration(took)))));
            }
            (None, Some(_)) => words.extend(build.started.map(|at| Word::Age("started", at))),
            (None, None) => {}
        }
        words
    }
}

/// Where a log that is kept on this computer was read, and whether it is the last copy.
fn origin(tail: &LogTail, now: Timestamp) -> Option<Word> {
    let LogOrigin::Kept { read, cloud } = tail.origin else {
        return None;
    };
    Some(match cloud {
        InCloud::Expired => Word::Marked(format!(
            "expired in CloudWatch: kept on this computer, read {}",
            time::ago(read, now)
        )),
        InCloud::NotAsked | InCloud::There => Word::Age("kept on this computer, read", read),
    })
}

/// A part of the footer.
enum Word {
    /// What a person must not miss.
    Marked(String),
    Text(String),
    Age(&'static str, Timestamp),
}

fn log_input<'a>(
    key: &'a LogKey,
    tail: &'a LogTail,
    build: &'a Build,
    cx: &ViewContext<'a>,
) -> LogInput<'a> {
    LogInput {
        key,
        log: &tail.log,
        caught_up: matches!(
            tail.position,
            TailPosition::CaughtUp | TailPosition::Complete
        ),
        complete: tail.position == TailPosition::Complete,
        phases: &build.phases,
        clock: cx.settings.views.log_clock,
        now: cx.now,
        background: cx.background,
        covered: cx.covered,
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

/// The foot of the pane; returns whether everything else about the build was asked for.
fn footer_ui(
    ui: &mut egui::Ui,
    cx: &mut ViewContext<'_>,
    (key, build): (&BuildKey, &Build),
    words: Vec<Word>,
    leads_on: bool,
) -> bool {
    let theme = theme::of(ui);
    let top = ui.cursor().top();
    ui.painter()
        .hline(ui.max_rect().x_range(), top, Stroke::new(1.0, theme.line));
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
            build_header::writes(ui, cx, key, build);
        },
        |ui, (cx, _)| {
            ui.spacing_mut().item_spacing.x = 12.0;
            for word in words {
                match word {
                    Word::Text(text) => {
                        ui.label(theme.small(text));
                    }
                    Word::Marked(text) => {
                        glyph::status(ui, Status::Waiting, size::GLYPH);
                        ui.label(theme.small(text).color(theme.text));
                    }
                    Word::Age(what, then) => {
                        let text = format!("{what} {}", time::ago(then, cx.now));
                        age::show(ui, theme.small(text), then, cx.now);
                    }
                }
            }
        },
    );
    asked
}

/// `19 KB`, in the units of a file manager.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// The height of the row that heads a pane.
pub const HEADER: f32 = size::TABLE_HEADER + 12.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_a_person_says_them() {
        for (count, text) in [
            (999, "999 B"),
            (19_400, "19 KB"),
            (2_450_000, "2.5 MB"),
            (3_000_000_000, "3.0 GB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }
}
