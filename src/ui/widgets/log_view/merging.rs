//! Several logs told as one by time: which they are, and how their lines are marked.

use std::rc::Rc;
use std::sync::Arc;

use eframe::egui::{Color32, CornerRadius, Rect, Ui, pos2, vec2};

use super::paint::centred;
use super::{LogInput, LogView, bar, grouped};
use crate::model::ids::{BuildKey, LogKey};
use crate::model::log::{LineNo, LogSnapshot};
use crate::model::merge::{Merge, Merged};
use crate::model::remote::Remote;
use crate::ui::theme::{self, Theme, font, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::{menu, safe_text};

/// More logs than this have no letter and no colour of their own.
const MOST: usize = 8;
/// Characters of a log's name.
const NAME: usize = 40;

/// A log that belongs together with the one on screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherLog {
    pub key: LogKey,
    /// Whose log it is; a link to a line names it.
    pub build: Option<BuildKey>,
    /// What a person calls it: `search-indexer #412`.
    pub name: String,
}

/// The logs that are merged, the one of the view first.
pub struct Merging {
    sources: Vec<Source>,
    merge: Merge,
    joined: Rc<Joined>,
}

struct Source {
    other: OtherLog,
    hidden: bool,
}

/// The lines of all that are not hidden.
#[derive(Default)]
pub struct Joined {
    merged: Arc<Merged>,
    logs: Vec<LogSnapshot>,
    /// Which of the sources each log is.
    sources: Vec<usize>,
}

impl Joined {
    pub fn len(&self) -> u32 {
        self.merged.len() as u32
    }

    pub fn logs(&self) -> &[LogSnapshot] {
        &self.logs
    }

    /// The log that a place is of, and its line there.
    pub fn at(&self, place: LineNo) -> Option<(usize, LineNo)> {
        let (log, line) = self.merged.get(place.0 as usize)?;
        Some((usize::from(log.0), line))
    }

    /// Where a line of a log stands.
    pub fn place(&self, log: usize, line: LineNo) -> Option<LineNo> {
        let log = crate::model::merge::SourceNo(u8::try_from(log).ok()?);
        self.merged
            .place(log, line)
            .map(|place| LineNo(place as u32))
    }

    /// Which of the sources a log is, the hidden ones counted too.
    pub fn source(&self, log: usize) -> usize {
        self.sources.get(log).copied().unwrap_or(0)
    }
}

impl Merging {
    fn of(own: OtherLog, other: OtherLog) -> Self {
        let sources = [own, other].map(|other| Source {
            other,
            hidden: false,
        });
        Self {
            sources: sources.into(),
            merge: Merge::default(),
            joined: Rc::default(),
        }
    }

    pub const fn joined(&self) -> &Rc<Joined> {
        &self.joined
    }

    /// The logs beside the view's own, which have to be read too.
    fn wanted(&self) -> impl Iterator<Item = &LogKey> {
        self.sources.iter().skip(1).map(|source| &source.other.key)
    }

    /// Takes in what has come, and has it merged elsewhere than on this thread.
    fn update(&mut self, input: &LogInput<'_>) {
        let mut joined = Joined::default();
        for (number, source) in self.sources.iter().enumerate() {
            if source.hidden {
                continue;
            }
            let log = if number == 0 {
                Some(input.log)
            } else {
                let tail = input.logs.get(&source.other.key).and_then(Remote::value);
                tail.map(|tail| &tail.log)
            };
            joined.logs.push(log.cloned().unwrap_or_default());
            joined.sources.push(number);
        }
        if let Some(pass) = self.merge.pass(&joined.logs) {
            input.background.run(Box::new(move || pass.run()));
        }
        joined.merged = self.merge.merged();
        self.joined = Rc::new(joined);
    }

    /// Merges anew: other logs are shown than before.
    fn begin(&mut self) {
        self.merge = Merge::default();
    }
}

impl LogView {
    /// The other logs that this view needs, to be tailed while it is on screen.
    pub fn wanted(&self) -> impl Iterator<Item = &LogKey> {
        self.merging.iter().flat_map(Merging::wanted)
    }

    pub(super) fn update_merging(&mut self, input: &LogInput<'_>) {
        if let Some(merging) = &mut self.merging {
            merging.update(input);
        }
    }

    /// What the menu offers: each log that belongs together with this one.
    pub(super) fn merge_menu_ui(&mut self, ui: &mut Ui, input: &LogInput<'_>) {
        menu::caption(ui, "Merge by time with");
        if input.others.is_empty() {
            let why = "no other log of its execution or batch is known";
            menu::item(ui, "Another log", None, Some(why));
        }
        for other in input.others {
            let name = safe_text::line(&other.name);
            let merged = self.wanted().any(|key| *key == other.key);
            if menu::check(ui, &safe_text::elide(&name, NAME), merged, None) {
                self.toggle(other, merged, input);
            }
        }
    }

    fn toggle(&mut self, other: &OtherLog, merged: bool, input: &LogInput<'_>) {
        // The place is kept by the line that stands at the upper edge.
        let top = self.own_line(self.first_visible_line());
        match &mut self.merging {
            Some(merging) if merged => {
                merging
                    .sources
                    .retain(|source| source.other.key != other.key);
                merging.begin();
                if merging.sources.len() < 2 {
                    self.merging = None;
                }
            }
            Some(merging) if merging.sources.len() < MOST => {
                merging.sources.push(Source {
                    other: other.clone(),
                    hidden: false,
                });
                merging.begin();
            }
            Some(_) => return,
            None => {
                let own = OtherLog {
                    key: input.key.clone(),
                    build: input.build.cloned(),
                    name: input.name.to_owned(),
                };
                self.merging = Some(Merging::of(own, other.clone()));
            }
        }
        self.remerged(top);
    }

    /// Other lines stand where lines stood: what referred to places is let go, and the reading place is looked up again
    /// once the lines are merged.
    fn remerged(&mut self, top: Option<LineNo>) {
        self.selected = None;
        self.opened = None;
        self.before_filter = None;
        self.find.restart();
        self.return_to = top;
    }

    /// The line of the view's own log at a place or before it.
    pub(super) fn own_line(&self, place: LineNo) -> Option<LineNo> {
        let Some(merging) = &self.merging else {
            return Some(place);
        };
        let joined = merging.joined();
        let own = |place: u32| {
            let (log, line) = joined.at(LineNo(place))?;
            (joined.source(log) == 0).then_some(line)
        };
        (place.0.saturating_sub(10_000)..=place.0)
            .rev()
            .find_map(own)
    }

    /// Goes back to the line that was read before the logs were merged or taken apart, once it has its place.
    pub(super) fn come_back(&mut self) {
        let Some(line) = self.return_to else {
            return;
        };
        let place = match &self.merging {
            None => Some(line),
            Some(merging) => {
                let joined = merging.joined();
                let own = joined.sources.iter().position(|source| *source == 0);
                own.map_or(Some(LineNo(0)), |own| joined.place(own, line))
            }
        };
        if let Some(place) = place {
            self.return_to = None;
            self.moves.push(super::Move::Show(place));
        }
    }

    /// Whose a line is, and its number in that log: what a link names.
    pub(super) fn linked(
        &self,
        place: LineNo,
        own: Option<&BuildKey>,
    ) -> Option<(BuildKey, LineNo)> {
        let Some(merging) = &self.merging else {
            return Some((own?.clone(), place));
        };
        let (log, line) = merging.joined.at(place)?;
        let source = merging.sources.get(merging.joined.source(log))?;
        Some((source.other.build.clone()?, line))
    }

    /// The row that says which logs are merged: a press hides one or shows it again.
    pub(super) fn merged_ui(&mut self, ui: &mut Ui) {
        let Some(merging) = &mut self.merging else {
            return;
        };
        let mut touched = false;
        let mut leave = false;
        bar::row(ui, |ui| {
            let theme = theme::of(ui);
            ui.label(theme.small("Merged by time:"));
            for (number, source) in merging.sources.iter_mut().enumerate() {
                let name = safe_text::line(&source.other.name);
                let state = if source.hidden { ", hidden" } else { "" };
                let words = format!(
                    "{} {}{state}",
                    letter(number),
                    safe_text::elide(&name, NAME)
                );
                let chip = Chip::new(words).dot(colour(theme, number)).clickable();
                let hint = if source.hidden {
                    "Show its lines again"
                } else {
                    "Hide its lines"
                };
                if ui.add(chip).on_hover_text(hint).clicked() {
                    source.hidden = !source.hidden;
                    touched = true;
                }
            }
            let lines = grouped(u64::from(merging.joined.len()));
            ui.label(theme.small(format!("{lines} lines")));
            let button = Button::new("Take apart").quiet().small();
            leave = ui.add(button).clicked();
        });
        if touched || leave {
            let top = self.own_line(self.first_visible_line());
            if leave {
                self.merging = None;
            } else if let Some(merging) = &mut self.merging {
                merging.begin();
            }
            self.remerged(top);
        }
    }

    /// The room for the letter of a line's log.
    pub(super) const fn source_column(&self) -> f32 {
        if self.merging.is_some() {
            space::L
        } else {
            0.0
        }
    }

    /// A line's log: its letter, and its colour at the edge.
    pub(super) fn source_mark(&self, ui: &Ui, first: Rect, line: LineNo) {
        let Some(merging) = &self.merging else {
            return;
        };
        let Some((log, _)) = merging.joined.at(line) else {
            return;
        };
        let theme = theme::of(ui);
        let source = merging.joined.source(log);
        let colour = colour(theme, source);
        let edge = Rect::from_min_size(first.min, vec2(3.0, first.height()));
        ui.painter().rect_filled(edge, CornerRadius::ZERO, colour);
        let galley =
            ui.painter()
                .layout_no_wrap(letter(source).to_string(), font::mono_bold(), colour);
        centred(
            ui,
            pos2(first.left() + 9.0, first.center().y),
            galley,
            colour,
        );
    }

    /// A line's number in its own log, as a person counts; behind the letter of its log for a screen reader.
    pub(super) fn number(&self, line: LineNo) -> String {
        let own = self
            .merging
            .as_ref()
            .and_then(|merging| merging.joined.at(line))
            .map_or(line, |(_, own)| own);
        (u64::from(own.0) + 1).to_string()
    }

    /// The letter of a line's log, where several are merged.
    pub(super) fn letter(&self, line: LineNo) -> Option<char> {
        let joined = self.merging.as_ref()?.joined();
        joined.at(line).map(|(log, _)| letter(joined.source(log)))
    }
}

/// `A` for the log of the view itself.
fn letter(source: usize) -> char {
    char::from(b'A' + u8::try_from(source).unwrap_or(25).min(25))
}

/// The hues of a terminal, which both themes have; the letter tells the same.
fn colour(theme: &Theme, source: usize) -> Color32 {
    const ORDER: [usize; MOST] = [4, 2, 5, 6, 1, 12, 10, 13];
    let index = ORDER.get(source % MOST).copied().unwrap_or(4);
    theme.ansi.get(index).copied().unwrap_or(theme.accent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_log_has_a_letter_and_the_first_ones_a_colour() {
        let letters: String = (0..4).map(letter).collect();
        assert_eq!(letters, "ABCD");
        for theme in [theme::named(true), theme::named(false)] {
            let mut colours: Vec<_> = (0..MOST).map(|source| colour(theme, source)).collect();
            colours.sort_by_key(Color32::to_array);
            colours.dedup();
            assert_eq!(colours.len(), MOST);
        }
    }
}
