//! What the waterfall and the list of an execution share: a row's words, and its place in the keyboard's walk.

use eframe::egui::{self, CornerRadius, Id, Role, WidgetInfo};

use crate::model::ids::ActionExecutionId;
use crate::model::status::Status;
use crate::model::time::{Timestamp, duration, rough};
use crate::model::waterfall::{Bar, Waterfall};
use crate::ui::theme::{self, size};
use crate::ui::widgets::safe_text;

/// What is shown of an execution.
#[derive(Clone, Copy)]
pub struct Attempts<'a> {
    pub waterfall: &'a Waterfall,
    /// Moves when the waterfall does.
    pub revision: u64,
    /// The attempt that is selected.
    pub cursor: Option<&'a ActionExecutionId>,
    /// The cursor was moved by key and has to be brought into sight.
    pub reveal: bool,
    pub now: Timestamp,
}

/// How far to scroll from `offset` so that a row is in sight, with a row of its neighbours; none if it is.
pub fn reveal(row: usize, height: f32, offset: f32, body: f32) -> Option<f32> {
    let (top, bottom) = (row as f32 * height, (row + 1) as f32 * height);
    if top < offset {
        Some((top - height).max(0.0))
    } else if bottom > offset + body {
        Some(bottom + height - body)
    } else {
        None
    }
}

impl Attempts<'_> {
    /// What [`Self::reveal`] asks for, of a table whose scroll is kept under `id`.
    pub fn offset(
        &self,
        context: &egui::Context,
        id: Id,
        row: Option<usize>,
        (height, body): (f32, f32),
    ) -> Option<f32> {
        let offset: f32 = context.data(|data| data.get_temp(id)).unwrap_or(0.0);
        reveal(row.filter(|_| self.reveal)?, height, offset, body)
    }

    pub fn is_selected(&self, bar: &Bar) -> bool {
        self.cursor == Some(&bar.id)
    }

    /// Names an attempt's row for a screen reader, and lights it where it is selected or pointed at.
    pub fn light(&self, ui: &egui::Ui, response: &egui::Response, bar: &Bar) {
        let theme = theme::of(ui);
        let is_selected = self.is_selected(bar);
        response.widget_info(|| {
            let name = spoken_name(bar, self.now);
            WidgetInfo::selected(Role::Button, true, is_selected, name)
        });
        if is_selected || response.hovered() || response.has_focus() {
            let fill = if is_selected {
                theme.accent_bg
            } else {
                theme.hover
            };
            let behind = response.rect.shrink2(egui::vec2(4.0, 1.0));
            ui.painter()
                .rect_filled(behind, CornerRadius::same(size::CELL_RADIUS), fill);
        }
    }
}

/// `attempt 2 of 3`; none where there is one alone.
pub fn attempt_words(bar: &Bar) -> Option<String> {
    (bar.attempts > 1).then(|| {
        let latest = if bar.is_latest() { ", the latest" } else { "" };
        format!("attempt {} of {}{latest}", bar.attempt, bar.attempts)
    })
}

/// How it compares with its past: `as usual`, `+40 %`, `slower than usual, +80 %`, `4 of ~6 min`.
pub fn against_usual(bar: &Bar, now: Timestamp) -> String {
    let Some(usual) = bar.usual.filter(|_| !bar.is_gate()) else {
        return String::new();
    };
    if bar.ended.is_none() {
        let words = format!("{} of ~{}", rough(bar.took(now)), rough(usual));
        return if bar.is_slow(now) {
            format!("{words}, slower than usual")
        } else {
            words
        };
    }
    if bar.state.status != Status::Succeeded {
        return String::new();
    }
    let percent = (bar.took(now).as_secs_f64() / usual.as_secs_f64().max(1.0) - 1.0) * 100.0;
    let words = match percent.round() as i64 {
        -10..=10 => return "as usual".to_owned(),
        less @ ..-10 => format!("−{} %", -less),
        more => format!("+{more} %"),
    };
    if bar.is_slow(now) {
        format!("slower than usual, {words}")
    } else {
        words
    }
}

/// `waited 41 min` for a gate, else `2 m 41 s`.
pub fn took_words(bar: &Bar, now: Timestamp) -> String {
    let took = bar.took(now);
    match (bar.is_gate(), bar.ended.is_some()) {
        (true, true) => format!("waited {}", rough(took)),
        (true, false) => format!("waits {}", rough(took)),
        (false, _) => duration(took),
    }
}

/// The whole of a row in words, for its name.
pub fn spoken_name(bar: &Bar, now: Timestamp) -> String {
    let mut parts = vec![format!(
        "{} / {}: {}",
        safe_text::line(bar.key.stage.as_str()),
        safe_text::line(bar.key.action.as_str()),
        bar.state.status.label()
    )];
    parts.extend(attempt_words(bar));
    parts.push(took_words(bar, now));
    parts.push(against_usual(bar, now));
    if bar.is_critical {
        parts.push("on the critical path".to_owned());
    }
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// [`spoken_name`], and what there is no room for.
pub fn hint(bar: &Bar, now: Timestamp) -> String {
    let mut lines = vec![spoken_name(bar, now)];
    if !bar.state.word().is_empty() {
        lines.push(format!("AWS says {}", safe_text::line(bar.state.word())));
    }
    lines.push(format!("Began {}", bar.started.local()));
    if let Some(ended) = bar.ended {
        lines.push(format!("Ended {}", ended.local()));
    }
    if let Some(usual) = bar.usual.filter(|_| !bar.is_gate()) {
        lines.push(format!("Usually {}", duration(usual)));
    }
    if let Some(by) = &bar.by {
        lines.push(format!("By {}", safe_text::line(by)));
    }
    if let Some(error) = &bar.error {
        let words = format!("{}: {}", error.code, error.message);
        lines.push(safe_text::elide(&safe_text::line(&words), 240).into_owned());
    }
    lines.join("\n")
}
