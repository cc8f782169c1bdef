//! The line below a log: which stream it is and where it comes from, how much of it is here, how old its end is.

use eframe::egui::Ui;

use super::{LogInput, LogView, grouped};
use crate::model::ids::LogKey;
use crate::model::log::{InCloud, LineNo, LogOrigin, TailPosition};
use crate::model::time::{self, Timestamp};
use crate::ui::action::Actions;
use crate::ui::theme;
use crate::ui::widgets::{age, copyable, safe_text};

/// Characters of a stream's name.
const STREAM: usize = 26;

impl LogView {
    /// Paints the words one after another; the caller says how they are laid out.
    pub fn status_ui(&self, ui: &mut Ui, input: &LogInput<'_>, actions: &mut Actions) {
        let theme = theme::of(ui);
        let lines = self.lines(input).len();
        let counted = format!(
            "{} lines, {}",
            grouped(u64::from(lines)),
            bytes(input.log.bytes())
        );
        ui.label(theme.small(counted));
        let (words, hint) = reading(input, self.following);
        ui.label(theme.small(words)).on_hover_text(hint);
        if !input.complete
            && let Some(last) = lines.checked_sub(1)
            && let Some(at) = input.log.time(LineNo(last))
        {
            let at = Timestamp::from_millis(at);
            let text = format!("last line {}", time::ago(at, input.now));
            age::show(ui, theme.small(text), at, input.now);
        }
        if let Some(folds) = self.folds.told() {
            ui.label(theme.small(folds));
        }
        origin_ui(ui, input);
        let stream = safe_text::line(input.key.stream.as_str()).into_owned();
        let short = safe_text::elide_middle(&stream, STREAM);
        copyable::id(ui, &short, &stream, actions);
    }
}

/// How far the log on screen is that of the stream, in a word and in a sentence.
fn reading(input: &LogInput<'_>, following: bool) -> (String, &'static str) {
    let (words, hint) = match (input.position, input.complete, input.caught_up, following) {
        (TailPosition::Gone, ..) => (
            "gone from its source",
            "CloudWatch Logs has no such stream any more: its retention took it, or somebody deleted it. What was read before stays here.",
        ),
        (TailPosition::Empty { pages }, ..) => {
            return (
                format!("reading on, {} empty pages", grouped(u64::from(pages))),
                "The stream answers with empty pages; what a retention took leaves such pages, and lines may follow.",
            );
        }
        (_, true, ..) => (
            "complete",
            "Every line of the stream is here, and nothing more will come.",
        ),
        (_, false, false, _) => (
            "reading on",
            "Pages of the stream are still being read, the oldest lines first.",
        ),
        (_, false, true, true) => (
            "following",
            "Everything written so far is here, and the end stays in view.",
        ),
        (_, false, true, false) => (
            "paused here",
            "Everything written so far is here and more is read; what you look at stays where it is.",
        ),
    };
    (words.to_owned(), hint)
}

/// Where the lines were read, and of a copy whether it is the last.
fn origin_ui(ui: &mut Ui, input: &LogInput<'_>) {
    let theme = theme::of(ui);
    let LogOrigin::Kept { read, cloud } = input.origin else {
        ui.label(theme.small(source(input.key)));
        return;
    };
    let since = time::ago(read, input.now);
    let text = match cloud {
        InCloud::Expired => theme
            .small(format!(
                "expired in CloudWatch: kept on this computer, read {since}"
            ))
            .color(theme.text),
        InCloud::NotAsked | InCloud::There => {
            theme.small(format!("kept on this computer, read {since}"))
        }
    };
    age::show(ui, text, read, input.now);
}

/// Where the lines come from.
fn source(key: &LogKey) -> &'static str {
    if key.group.as_str().starts_with("s3://") {
        "S3"
    } else {
        "CloudWatch Logs"
    }
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
