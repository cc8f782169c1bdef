//! Live Tail in place of a log: first the page that tells its price and what it leaves out, then what comes, marked all
//! along as no log.
//!
//! While it is painted it tells the engine, through `cx.focus`, that its session is looked at; the engine ends a session
//! that is not. Main thread.

mod offer;

use std::time::Duration;

use eframe::egui::{self, Context, Id, Key, Modifiers, Rect, Stroke, Ui, pos2};

use crate::model::ids::{BuildKey, LogKey};
use crate::model::live::{self, LiveAsk, LiveState, LiveTail};
use crate::model::log::TailPosition;
use crate::model::time;
use crate::ui::action::UiAction;
use crate::ui::keys;
use crate::ui::theme;
use crate::ui::view::ViewContext;
use crate::ui::widgets::build_pane::{FOOTER, HEADER};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::log_view::{LogInput, LogView, bytes, grouped};
use crate::ui::widgets::{age, empty, fault_banner, safe_text, skeleton, split};
use offer::Offer;

/// The keys of the pane, for the `?` sheet.
pub const KEYS: &[(&str, &str)] = &[("Ctrl+Shift+L", "Live Tail of a running build")];

/// The state of the pane. One per log it was opened from.
pub struct LivePane {
    of: LogKey,
    offer: Offer,
    /// What was started here last.
    started: Option<LiveAsk>,
    log: LogView,
}

/// Asks for the pane in the next frame: the entry of a log's menu.
pub fn ask(context: &Context) {
    context.data_mut(|data| data.insert_temp(pressed(), true));
    context.request_repaint_after(Duration::from_millis(1));
}

/// Whether the pane was asked for, by its keys or from the menu.
pub fn asked_for(context: &Context) -> bool {
    let pressed = context.data_mut(|data| data.remove_temp::<bool>(pressed()).is_some());
    keys::shortcut(context, Modifiers::CTRL | Modifiers::SHIFT, Key::L) || pressed
}

/// Why a log has no Live Tail, for the entry of its menu.
pub fn refusal(log: &LogKey, complete: bool) -> Option<&'static str> {
    if log.s3().is_some() {
        Some("only CloudWatch Logs has it, and this log lies in S3")
    } else if complete {
        Some("the build has ended: nothing more will come")
    } else {
        None
    }
}

fn pressed() -> Id {
    Id::unique("live tail pressed")
}

impl LivePane {
    pub fn new(of: LogKey) -> Self {
        Self {
            of,
            offer: Offer::default(),
            started: None,
            log: LogView::default(),
        }
    }

    pub fn is_of(&self, log: &LogKey) -> bool {
        self.of == *log
    }

    /// Letters are the log's, because it has the keyboard's focus.
    pub fn has_focus(&self) -> bool {
        self.log.has_focus()
    }

    /// Paints the pane in all the room there is; returns whether a person has left it.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, build: &BuildKey) -> bool {
        ui.spacing_mut().item_spacing.y = 0.0;
        let snapshot = cx.snapshot;
        let session = self.started.as_ref().and_then(|ask| {
            let live = snapshot.live.as_deref();
            live.filter(|live| live.ask == *ask)
        });
        let escape = !cx.covered && !self.log.has_focus() && keys::pressed(ui.ctx(), Key::Escape);
        let left = self.header_ui(ui, cx, session) | escape;
        match session {
            Some(session) => self.session_ui(ui, cx, session),
            None if self.started.is_some() => {
                skeleton::rows(ui, "Opening the Live Tail session…", 6);
            }
            None => {
                if let Some(ask) = self.offer.ui(ui, cx, &self.of, build) {
                    self.start(cx, ask);
                }
            }
        }
        if !left {
            cx.focus.live.clone_from(&self.started);
        }
        left
    }

    fn start(&mut self, cx: &mut ViewContext<'_>, ask: LiveAsk) {
        self.started = Some(ask.clone());
        self.log = LogView::default();
        cx.actions.push(UiAction::StartLiveTail(ask));
    }

    /// What this is, the way back, and what can be done with the session.
    fn header_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        session: Option<&LiveTail>,
    ) -> bool {
        let theme = theme::of(ui);
        let input = session
            .filter(|session| !session.log.is_empty())
            .map(|session| (session.key(), session));
        let mut left = false;
        let mut both = (self, cx, &mut left);
        split::row(
            ui,
            HEADER,
            12.0,
            &mut both,
            |ui, (this, cx, left)| {
                let back = Button::new("Back to the log").small().key("Esc");
                **left = ui.add(back).clicked();
                if session.is_some_and(|session| session.state.is_open()) {
                    let stop = Button::new("Stop").danger().small();
                    if ui.add(stop.named("Stop Live Tail")).clicked() {
                        cx.actions.push(UiAction::StopLiveTail);
                    }
                }
                if let Some((key, session)) = &input {
                    let input = log_input(key, session, cx);
                    this.log.bar_ui(ui, HEADER, &input, cx.actions);
                }
            },
            |ui, _| {
                ui.add(Chip::new("Live Tail").colour(theme.wait).dot(theme.wait));
                ui.label(theme.strong("a sample, not the log"));
            },
        );
        let line = Stroke::new(1.0, theme.line);
        let bottom = ui.cursor().top() - 0.5;
        ui.painter().hline(ui.max_rect().x_range(), bottom, line);
        left
    }

    fn session_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, session: &LiveTail) {
        let key = session.key();
        let input = log_input(&key, session, cx);
        self.log.update(ui, &input);
        if let LiveState::Failed(fault) = &session.state {
            fault_banner::show(ui, fault, cx.now);
        }
        if !session.log.is_empty() {
            self.log.notes_ui(ui, &input, cx.actions);
        }
        let room = ui.available_rect_before_wrap();
        let foot = pos2(room.left(), (room.bottom() - FOOTER).max(room.top()));
        let text = Rect::from_min_max(room.min, pos2(room.right(), foot.y));
        let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(text));
        inside.shrink_clip_rect(text);
        if session.log.is_empty() {
            nothing_yet(&mut inside, session);
        } else {
            self.log.ui(&mut inside, &input, cx.actions);
        }
        let below = Rect::from_min_max(foot, room.max);
        let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(below));
        self.foot_ui(&mut inside, cx, session);
        ui.advance_cursor_after_rect(room);
        self.log.keys(ui, &input, cx.actions);
    }

    /// How the session stands: what it is about, since when, what it costs, what was left out.
    fn foot_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, session: &LiveTail) {
        let theme = theme::of(ui);
        let line = Stroke::new(1.0, theme.line);
        let top = ui.max_rect().top();
        ui.painter().hline(ui.max_rect().x_range(), top, line);
        let open = session.state.is_open();
        let mut both = (self, cx);
        split::row(
            ui,
            FOOTER,
            12.0,
            &mut both,
            |ui, (this, cx)| {
                if !open {
                    let again = Button::new("Start again").small();
                    let hint = "Back to the page with its price";
                    if ui.add(again).on_hover_text(hint).clicked() {
                        this.started = None;
                    }
                }
                sampled_ui(ui, session, cx.now);
            },
            |ui, (_, cx)| {
                ui.spacing_mut().item_spacing.x = 12.0;
                state_ui(ui, session, cx.now);
                let counted = format!(
                    "{} lines, {}",
                    grouped(u64::from(session.log.len())),
                    bytes(session.log.bytes())
                );
                ui.label(theme.small(counted));
                let of = safe_text::line(&words_of(&session.ask)).into_owned();
                ui.label(theme.small(safe_text::elide_middle(&of, 60)))
                    .on_hover_text(of);
            },
        );
    }
}

fn log_input<'a>(key: &'a LogKey, session: &'a LiveTail, cx: &ViewContext<'a>) -> LogInput<'a> {
    let position = if session.state.is_open() {
        TailPosition::CaughtUp
    } else {
        TailPosition::Complete
    };
    LogInput::of(key, &session.log, position, cx)
}

/// `stream 0f3a…, only "ERROR"`.
fn words_of(ask: &LiveAsk) -> String {
    let of = match &ask.stream {
        Some(stream) => format!("stream {stream}"),
        None => format!("all streams of {}", ask.group),
    };
    if ask.pattern.is_empty() {
        of
    } else {
        format!("{of}, only what matches {}", ask.pattern)
    }
}

fn nothing_yet(ui: &mut Ui, session: &LiveTail) {
    ui.painter()
        .rect_filled(ui.max_rect(), egui::CornerRadius::ZERO, theme::of(ui).sunk);
    match &session.state {
        LiveState::Opening => {
            skeleton::rows(ui, "Opening the Live Tail session…", 6);
        }
        LiveState::Running { .. } => empty::show(
            ui,
            "Nothing came yet",
            "The session runs and is billed. What is written from now on stands here within about a second.",
            |_| {},
        ),
        LiveState::Ended { how, .. } => empty::show(ui, "Nothing came", how.words(), |_| {}),
        LiveState::Failed(_) => empty::show(
            ui,
            "Live Tail is not open",
            "Nothing more is billed. The log itself is read as before, without Live Tail.",
            |_| {},
        ),
    }
}

/// How long it has run and what that costs at most, or how it ended.
fn state_ui(ui: &mut Ui, session: &LiveTail, now: time::Timestamp) {
    let theme = theme::of(ui);
    match &session.state {
        LiveState::Opening => {
            ui.label(theme.small("opening"));
        }
        LiveState::Running { since } => {
            let ran = since.age(now);
            let words = format!("running {}, {}", time::duration(ran), price(ran));
            age::show(ui, theme.small(words).color(theme.wait), *since, now);
            age::tick_second(ui, ran);
        }
        LiveState::Ended { at, how } => {
            let words = format!("ended {}: {}", time::ago(*at, now), how.words());
            age::show(ui, theme.small(words), *at, now);
        }
        LiveState::Failed(fault) => {
            let words = format!("failed {}", time::ago(fault.since, now));
            age::show(ui, theme.small(words).color(theme.fail), fault.since, now);
        }
    }
}

/// What the free minutes leave of it only the bill tells.
fn price(ran: Duration) -> String {
    let cents = live::cents(ran);
    format!("about ${}.{:02} unless free", cents / 100, cents % 100)
}

fn sampled_ui(ui: &mut Ui, session: &LiveTail, now: time::Timestamp) {
    let theme = theme::of(ui);
    let Some(last) = session.sampled.last else {
        ui.label(theme.small("nothing left out so far"))
            .on_hover_text("AWS says of each update whether it left events out.");
        return;
    };
    let words = format!(
        "lines left out in {} updates, last {}",
        grouped(u64::from(session.sampled.updates)),
        time::ago(last, now)
    );
    let text = theme.small(words).color(theme.fail);
    age::show(ui, text, last, now);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_said_in_dollars() {
        assert_eq!(price(Duration::from_secs(61)), "about $0.02 unless free");
        assert_eq!(price(Duration::from_hours(3)), "about $1.80 unless free");
    }

    #[test]
    fn a_log_in_s3_and_one_that_has_ended_have_no_live_tail() {
        let key = |group: &str| LogKey {
            scope: crate::model::ids::Scope {
                account: "prod".into(),
                region: "eu-west-1".into(),
            },
            group: group.into(),
            stream: "0f3a".into(),
        };
        assert_eq!(refusal(&key("/aws/codebuild/web"), false), None);
        assert!(refusal(&key("/aws/codebuild/web"), true).is_some());
        assert!(refusal(&key("s3://logs"), false).is_some());
    }
}
