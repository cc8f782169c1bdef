//! What is shown of a log and what is hidden: the choices as chips in words, and the menus that make them.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::Ui;

use crate::model::filter::{Filter, Left, Sieve};
use crate::model::level::Level;
use crate::model::log::LogSnapshot;
use crate::model::pattern::Query;
use crate::model::sweep::{Progress, Sweep};
use crate::ui::background::{Background, sweep};
use crate::ui::theme;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::log_view::grouped;
use crate::ui::widgets::log_view::left::Only;
use crate::ui::widgets::log_view::shown::Shown;
use crate::ui::widgets::{menu, safe_text};

/// Characters of a chip's words.
const WORDS: usize = 40;
/// The choices of lines around each that is shown.
const AROUND: [u32; 4] = [0, 2, 5, 20];
const MENU: f32 = 320.0;
/// Of a gap with more lines than this, a press shows only so many at each end.
pub const ALL: u32 = 100;
pub const ENDS: u32 = 20;

/// The filters of one log view.
#[derive(Default)]
pub struct Filters {
    chosen: Filter,
    /// Counts every change of `chosen`.
    revision: u64,
    running: Option<Running>,
    /// What is on screen: of which choice, and what it leaves.
    applied: Option<(u64, Arc<Progress<Left>>)>,
    /// Which choice cannot be followed, and why.
    fault: Option<(u64, String)>,
    /// Hidden lines that a person had shown, of the choice at that time.
    revealed: (u64, Vec<Range<u32>>),
}

struct Running {
    revision: u64,
    sweep: Sweep<Sieve>,
    /// It is shown once it has read so far; what was on screen stays until then.
    goal: u32,
}

impl Filters {
    /// The same choice for another log.
    pub fn restarted(self) -> Self {
        Self {
            chosen: self.chosen,
            revision: self.revision + 1,
            ..Self::default()
        }
    }

    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// Has the log looked through elsewhere than on this thread, and takes what has been found.
    pub fn update(&mut self, log: &LogSnapshot, background: &dyn Background) {
        if self.chosen.is_empty() {
            (self.running, self.applied, self.fault) = (None, None, None);
            return;
        }
        if self.has_changed() {
            self.begin(log);
        }
        let Some(running) = &mut self.running else {
            return;
        };
        sweep(background, &mut running.sweep, log);
        let progress = running.sweep.progress();
        if progress.read_to >= running.goal {
            running.goal = 0;
            self.applied = Some((running.revision, progress));
        }
    }

    /// Whether the choice has not been tried yet. One that is faulty is tried once.
    fn has_changed(&self) -> bool {
        let running = self.running.as_ref().map(|running| running.revision);
        let failed = self.fault.as_ref().map(|(revision, _)| *revision);
        running.or(failed) != Some(self.revision)
    }

    fn begin(&mut self, log: &LogSnapshot) {
        self.running = match self.chosen.sieve() {
            Ok(sieve) => {
                self.fault = None;
                Some(Running {
                    revision: self.revision,
                    sweep: Sweep::new(sieve),
                    goal: log.len(),
                })
            }
            Err(fault) => {
                self.fault = Some((self.revision, fault));
                None
            }
        };
    }

    /// What is left, and these lines too; none while nothing is filtered.
    pub fn left(&self, gathers: bool, also: &[Range<u32>]) -> Option<Shown> {
        let (_, left) = self.applied.as_ref()?;
        Some(Shown::Only(Only::of(&left.found, gathers, also)))
    }

    /// Lines are left out because of their level.
    pub const fn has_level(&self) -> bool {
        self.chosen.level.is_some()
    }

    /// Shows hidden lines; of many only those at both ends.
    pub fn reveal(&mut self, lines: Range<u32>) {
        if self.revealed.0 != self.revision {
            self.revealed = (self.revision, Vec::new());
        }
        if lines.len() as u32 <= ALL {
            self.revealed.1.push(lines);
        } else {
            self.revealed.1.push(lines.start..lines.start + ENDS);
            self.revealed.1.push(lines.end - ENDS..lines.end);
        }
    }

    /// The hidden lines that a person had shown.
    pub fn revealed(&self) -> &[Range<u32>] {
        let (revision, lines) = &self.revealed;
        if *revision == self.revision {
            lines
        } else {
            &[]
        }
    }

    /// Which choice [`Self::left`] is of, and how far it reaches.
    pub fn stamp(&self) -> Option<(u64, u32)> {
        let (revision, left) = self.applied.as_ref()?;
        Some((*revision, left.read_to))
    }

    /// What there is to say of it: how many lines are left of how many, or how far the log has been looked through.
    pub fn told(&self, of: u32) -> String {
        if let Some((_, fault)) = &self.fault {
            return fault.clone();
        }
        let is_applied = self
            .applied
            .as_ref()
            .filter(|(revision, _)| *revision == self.revision);
        match (is_applied, &self.running) {
            (Some((_, left)), _) => count_words(left.found.lines.len() as u32, of),
            (None, Some(running)) => progress_words(running.sweep.progress().read_to, of),
            (None, None) => progress_words(0, of),
        }
    }

    /// The whole log has been looked through, and no line passes.
    pub fn leaves_nothing(&self) -> bool {
        let current = self.applied.as_ref();
        current.is_some_and(|(revision, left)| {
            *revision == self.revision && left.found.lines.is_empty()
        })
    }

    /// All that is chosen, in words: `show only: errors, hide: retry`.
    pub fn words(&self) -> String {
        let only = self.chosen.only.iter();
        let hide = self.chosen.hide.iter();
        let only = only.map(|query| term_words("show only", query));
        let mut words: Vec<String> = only
            .chain(hide.map(|query| term_words("hide", query)))
            .collect();
        if let Some(level) = self.chosen.level {
            words.push(format!("show only: {}", level_words(level)));
        }
        words.join(", ")
    }

    /// Shows only lines with a text, or hides them; once, however often it is asked.
    pub fn add(&mut self, hides: bool, words: String) {
        self.add_query(hides, Query::literal(words));
    }

    pub fn add_query(&mut self, hides: bool, query: Query) {
        let terms = if hides {
            &mut self.chosen.hide
        } else {
            &mut self.chosen.only
        };
        if !terms.contains(&query) {
            terms.push(query);
            self.revision += 1;
        }
    }

    pub fn next_level(&mut self) {
        self.set_level(match self.chosen.level {
            None => Some(Level::Warning),
            Some(Level::Warning) => Some(Level::Error),
            Some(Level::Debug | Level::Info | Level::Error) => None,
        });
    }

    fn set_level(&mut self, level: Option<Level>) {
        if self.chosen.level != level {
            self.chosen.level = level;
            self.revision += 1;
        }
    }

    fn set_around(&mut self, around: u32) {
        if self.chosen.around != around {
            self.chosen.around = around;
            self.revision += 1;
        }
    }

    pub fn clear(&mut self) {
        self.chosen = Filter::default();
        self.revision += 1;
    }

    /// The chip in the bar, with its menu. `sought` is what the search field holds.
    pub fn menu_ui(&mut self, ui: &mut Ui, sought: Option<&Query>) {
        let words = match self.chosen.level {
            None => "filter".to_owned(),
            Some(level) => level_words(level).to_owned(),
        };
        let chip = ui
            .add(Chip::new(words).clickable())
            .on_hover_text("Show only some lines, or hide some");
        menu::show(&chip, MENU, |ui| {
            menu::caption(ui, "Lines");
            for (level, key) in [
                (None, Some("e")),
                (Some(Level::Warning), None),
                (Some(Level::Error), None),
            ] {
                let words = level.map_or("All lines", level_words);
                if menu::check(ui, words, self.chosen.level == level, key) {
                    self.set_level(level);
                }
            }
            menu::caption(ui, "What is in the search field");
            let nothing = "type it into the search field first";
            let refusal = sought.is_none().then_some(nothing);
            let text = sought.map_or("…", |query| query.text.as_str());
            let text = safe_text::elide(text, WORDS);
            for (words, hides) in [
                (format!("Show only lines with “{text}”"), false),
                (format!("Hide lines with “{text}”"), true),
            ] {
                if menu::item(ui, &words, None, refusal)
                    && let Some(query) = sought
                {
                    self.add_query(hides, query.clone());
                }
            }
            menu::caption(ui, "Around each line that is shown");
            for around in AROUND {
                if menu::check(
                    ui,
                    &around_words(around),
                    self.chosen.around == around,
                    None,
                ) {
                    self.set_around(around);
                }
            }
        });
    }

    /// The chips of what is chosen, each removable by a press. `told`: how many lines are left of how many.
    pub fn chips_ui(&mut self, ui: &mut Ui, told: &str) {
        let theme = theme::of(ui);
        let mut chosen = self.chosen.clone();
        chosen
            .only
            .retain(|query| !removable(ui, "show only", query));
        chosen.hide.retain(|query| !removable(ui, "hide", query));
        if let Some(level) = chosen.level
            && chip(ui, &format!("show only: {}", level_words(level)))
        {
            chosen.level = None;
        }
        if chosen.around > 0 && chip(ui, &around_words(chosen.around)) {
            chosen.around = 0;
        }
        if chosen != self.chosen {
            self.chosen = chosen;
            self.revision += 1;
        }
        ui.label(theme.small(told));
        let clear = Button::new("Clear all").quiet().small();
        if ui.add(clear.named("Clear all filters")).clicked() {
            self.clear();
        }
    }
}

fn removable(ui: &mut Ui, what: &str, query: &Query) -> bool {
    chip(ui, &term_words(what, query))
}

fn term_words(what: &str, query: &Query) -> String {
    let text = safe_text::line(&query.text);
    let text = safe_text::elide(&text, WORDS);
    let (open, close) = if query.regex { ("/", "/") } else { ("", "") };
    format!("{what}: {open}{text}{close}")
}

fn chip(ui: &mut Ui, words: &str) -> bool {
    ui.add(Chip::new(format!("{words}  ×")).clickable())
        .on_hover_text("Take this filter away")
        .clicked()
}

const fn level_words(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug and above",
        Level::Info => "information and above",
        Level::Warning => "warnings and errors",
        Level::Error => "errors",
    }
}

fn around_words(around: u32) -> String {
    match around {
        0 => "no lines around".to_owned(),
        around => format!("{around} lines around"),
    }
}

/// `312 of 40 211 lines shown`.
fn count_words(shown: u32, of: u32) -> String {
    format!(
        "{} of {} lines shown",
        grouped(u64::from(shown)),
        grouped(u64::from(of))
    )
}

/// So much of a log has been looked through.
fn progress_words(done: u32, of: u32) -> String {
    let part = u64::from(done) * 100 / u64::from(of.max(1));
    format!("looking through the log, {part} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_chosen_once_and_every_change_is_counted() {
        let mut filters = Filters::default();
        filters.add(false, "WARN".to_owned());
        filters.add(false, "WARN".to_owned());
        filters.add(true, "WARN".to_owned());
        assert_eq!(
            (filters.chosen.only.len(), filters.chosen.hide.len()),
            (1, 1)
        );
        assert_eq!(filters.revision, 2);
        for _ in 0..3 {
            filters.next_level();
        }
        assert_eq!(filters.chosen.level, None);
        filters.clear();
        assert!(filters.is_empty());
    }

    #[test]
    fn a_faulty_choice_is_tried_once_and_told_until_it_changes() {
        let log = LogSnapshot::default();
        let mut filters = Filters::default();
        filters.add_query(
            false,
            Query {
                text: "(".to_owned(),
                regex: true,
                match_case: true,
            },
        );
        assert!(filters.has_changed());
        filters.begin(&log);
        assert!(!filters.has_changed() && filters.told(1) != progress_words(0, 1));
        filters.add(true, "noise".to_owned());
        assert!(filters.has_changed());
    }

    #[test]
    fn counts_are_honest_words() {
        assert_eq!(count_words(312, 40_211), "312 of 40 211 lines shown");
        assert_eq!(progress_words(1, 0), "looking through the log, 100 %");
    }
}
