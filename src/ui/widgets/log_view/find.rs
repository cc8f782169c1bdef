//! The field that searches a log: what is looked for and how, which match is current, and how many there are.

use std::ops::Range;

use eframe::egui::{self, Id, Key, Modifiers, Ui};

use super::hits::{Hit, Hits};
use super::lines::Lines;
use super::shown::Shown;
use crate::model::log::LineNo;
use crate::model::pattern::{Pattern, Query};
use crate::ui::background::Background;
use crate::ui::theme;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::log_view::grouped;
use crate::ui::widgets::text_field::TextField;

/// The room of the text in a pane's header.
const WIDTH: f32 = 200.0;
const SWITCH: f32 = 30.0;
const COUNT: f32 = 112.0;
/// Matches in lines that filters leave out are passed over, at most so many with one key.
const STEPS: usize = 100_000;

/// So many matches are held against the filters to tell whether one is in sight.
const LOOKED_AT: usize = 200;

#[derive(Default)]
pub struct Find {
    query: Query,
    /// To mark matches in the lines that are drawn, and to search each log with.
    pattern: Option<Pattern>,
    hits: Hits,
    /// Why the words cannot be searched for.
    fault: Option<String>,
    /// The match a person is at.
    current: Option<Hit>,
    /// What was typed has not been gone to yet.
    jump: bool,
}

/// The id of the log itself, so that the keyboard can be handed to it from the field.
pub fn area_id(ui: &Ui) -> Id {
    ui.ctx().viewport_id().0.with("log")
}

impl Find {
    /// The id of the text field, so that a key can move the focus there.
    pub fn id(ui: &Ui) -> Id {
        ui.ctx().viewport_id().0.with("log find")
    }

    /// The same words for another log.
    pub fn restarted(self) -> Self {
        let mut fresh = Self {
            query: self.query,
            ..Self::default()
        };
        fresh.begin();
        fresh
    }

    /// What is looked for; none while the field is empty or cannot be understood.
    pub fn sought(&self) -> Option<&Query> {
        (!self.query.text.is_empty() && self.fault.is_none()).then_some(&self.query)
    }

    /// Looks for something else.
    pub fn look_for(&mut self, text: String) {
        self.query = Query {
            text,
            regex: false,
            match_case: true,
        };
        self.begin();
        self.jump = true;
    }

    fn begin(&mut self) {
        self.current = None;
        self.fault = None;
        self.pattern = None;
        self.hits = Hits::default();
        if self.query.text.is_empty() {
            return;
        }
        match self.query.pattern() {
            Ok(pattern) => self.pattern = Some(pattern),
            Err(fault) => self.fault = Some(fault),
        }
    }

    /// Searches anew: other lines stand where lines stood.
    pub fn restart(&mut self) {
        self.begin();
    }

    /// Has the logs read on elsewhere than on this thread. Returns the line of the first match after `from` once there
    /// is one for what was just typed.
    pub fn update(
        &mut self,
        lines: &Lines<'_>,
        background: &dyn Background,
        from: LineNo,
        shown: &Shown,
    ) -> Option<LineNo> {
        self.hits.update(self.pattern.as_ref()?, lines, background);
        if !self.jump || self.hits.is_empty() {
            return None;
        }
        // The first match in view is the one to go to, also if an earlier one is found first.
        if self.hits.nearest(lines, true, from).is_none() && self.hits.is_reading(lines) {
            return None;
        }
        self.jump = false;
        self.step(true, from, lines, shown)
    }

    /// Which match of a line, or of those its row stands for, is the current one.
    pub fn current(&self, line: LineNo, lines: &Lines<'_>, shown: &Shown) -> Option<usize> {
        let current = self.current?;
        let at = self.hits.place(current, lines)?;
        (shown.told_by(at) == line)
            .then(|| self.hits.place_in_line(current, at, lines))
            .flatten()
    }

    /// Where matches are in a drawn text.
    pub fn ranges<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        self.pattern
            .iter()
            .flat_map(move |pattern| pattern.ranges(text))
    }

    pub const fn hits(&self) -> &Hits {
        &self.hits
    }

    /// Makes the first match of a line the current one.
    pub fn be_at(&mut self, line: LineNo, lines: &Lines<'_>) {
        self.current = self.hits.nearest(lines, true, line);
    }

    /// The next match in a line that is `shown`, or the one before, going round at the ends. Of lines that are gathered
    /// to one row only the first counts, else a key would move nothing as often as they repeat.
    pub fn step(
        &mut self,
        forward: bool,
        from: LineNo,
        lines: &Lines<'_>,
        shown: &Shown,
    ) -> Option<LineNo> {
        let hits = &self.hits;
        let mut next = match self.current {
            None => hits
                .nearest(lines, true, from)
                .or_else(|| hits.nearest(lines, true, LineNo(0)))?,
            Some(current) => hits.beside(current, forward, lines)?,
        };
        for _ in 0..hits.len().min(STEPS) {
            let line = hits.place(next, lines)?;
            let first = shown.told_by(line);
            if first == line && !shown.leaves_out(line) {
                self.current = Some(next);
                return Some(line);
            }
            next = if first == line {
                hits.beside(next, forward, lines)?
            } else {
                hits.beyond(first, shown.times(line), forward, lines)?
            };
        }
        None
    }

    /// The room that field, count and switches need.
    pub fn width(&self) -> f32 {
        let count = if self.query.text.is_empty() {
            0.0
        } else {
            COUNT
        };
        WIDTH + 2.0 * SWITCH + 8.0 + count
    }

    /// Why the words cannot be searched for, in the words of who reads them.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Paints field, count and switches; returns the line to go to.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        lines: &Lines<'_>,
        from: LineNo,
        shown: &Shown,
    ) -> Option<LineNo> {
        let theme = theme::of(ui);
        ui.spacing_mut().item_spacing.x = 4.0;
        // The count stands before the field: nothing moves to the side as someone begins to type.
        let told = (!self.query.text.is_empty()).then(|| {
            let room = egui::vec2(COUNT - 4.0, 24.0);
            ui.allocate_exact_size(room, egui::Sense::hover()).0
        });
        let field = TextField::new(&mut self.query.text, "Find in the log")
            .key("/")
            .width(WIDTH)
            .height(24.0)
            .mono()
            .faulty(self.fault.is_some())
            .id(Self::id(ui))
            .show(ui);
        let mut changed = field.changed();
        let mut target = None;
        if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            // The log gets the keyboard, not the Enter: `n` and `N` go on from here.
            let back = ui.input_mut(|input| {
                let modifiers = input.modifiers;
                input.consume_key(modifiers, Key::Enter);
                modifiers.shift
            });
            target = self.step(!back, from, lines, shown);
            let log = area_id(ui);
            ui.memory_mut(|memory| memory.request_focus(log));
        }
        for (modifiers, key, forward) in [
            (Modifiers::SHIFT, Key::F3, false),
            (Modifiers::NONE, Key::F3, true),
            (Modifiers::NONE, Key::ArrowDown, true),
            (Modifiers::NONE, Key::ArrowUp, false),
        ] {
            if field.has_focus() && ui.input_mut(|input| input.consume_key(modifiers, key)) {
                target = self.step(forward, from, lines, shown);
            }
        }
        if let Some(room) = told {
            let layout = egui::Layout::right_to_left(egui::Align::Center);
            let builder = egui::UiBuilder::new().max_rect(room).layout(layout);
            let mut inside = ui.new_child(builder);
            inside.add_space(4.0);
            inside.label(theme.small(self.count(lines, shown)));
        }
        changed |= switch(ui, ".*", "Regular expression", &mut self.query.regex);
        changed |= switch(ui, "Aa", "Match case", &mut self.query.match_case);
        if changed {
            self.begin();
            self.jump = true;
        }
        target
    }

    /// Whether matches are few and each is in a line that the filters leave out.
    fn all_hidden(&self, lines: &Lines<'_>, shown: &Shown) -> bool {
        if !shown.is_filtered() || self.hits.is_empty() || self.hits.len() > LOOKED_AT {
            return false;
        }
        let mut hit = self.hits.nearest(lines, true, LineNo(0));
        for _ in 0..self.hits.len() {
            let Some(here) = hit else { break };
            let line = self.hits.place(here, lines);
            if line.is_some_and(|line| !shown.leaves_out(line)) {
                return false;
            }
            hit = self.hits.beside(here, true, lines);
        }
        true
    }

    fn count(&self, lines: &Lines<'_>, shown: &Shown) -> String {
        if self.pattern.is_none() {
            return "not understood".to_owned();
        }
        let count = grouped(self.hits.len() as u64);
        let reading = self.hits.is_reading(lines);
        let more = if reading { "…" } else { "" };
        if self.all_hidden(lines, shown) {
            return format!("{count} hidden by filter");
        }
        // A match whose line is left out is no place a person is at.
        let in_sight = self.current.filter(|hit| {
            let line = self.hits.place(*hit, lines);
            line.is_none_or(|line| !shown.leaves_out(line))
        });
        let rank = in_sight.and_then(|hit| self.hits.rank(hit, lines));
        match (rank, self.hits.is_empty()) {
            (_, true) if reading => format!("searching, {} %", self.hits.percent(lines)),
            (_, true) => "no match".to_owned(),
            (Some(rank), false) => format!("{} of {count}{more}", grouped(rank as u64)),
            (None, false) => format!("{count}{more}"),
        }
    }
}

/// A small switch, underlined while it is on; returns whether it was pressed.
fn switch(ui: &mut Ui, words: &str, what: &str, on: &mut bool) -> bool {
    let theme = theme::of(ui);
    let state = if *on { "on" } else { "off" };
    let button = Button::new(words)
        .quiet()
        .small()
        .named(format!("{what}: {state}"));
    let response = ui.add(button).on_hover_text(format!("{what}: {state}"));
    if *on {
        let line = response.rect.shrink2(egui::vec2(6.0, 2.0));
        ui.painter().hline(
            line.x_range(),
            line.bottom(),
            egui::Stroke::new(2.0, theme.accent),
        );
    }
    if response.clicked() {
        *on = !*on;
    }
    response.clicked()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::log::LogBuffer;
    use crate::model::repeat::Gathering;
    use crate::model::sweep::Sweep;
    use crate::ui::background::{Job, Wake};

    struct AtOnce;

    impl Background for AtOnce {
        fn run(&self, job: Job) {
            job();
        }

        fn wake(&self) -> Wake {
            Arc::new(|| {})
        }

        fn workers(&self) -> usize {
            1
        }
    }

    #[test]
    fn each_step_moves_and_lines_gathered_to_one_row_count_once() {
        let mut buffer = LogBuffer::default();
        for line in ["warn", "text", "warn", "warn", "warn", "end", "warn"] {
            buffer.append(0, line);
        }
        let log = buffer.snapshot();
        let mut gathering = Sweep::new(Gathering);
        crate::ui::background::sweep(&AtOnce, &mut gathering, &log);
        let shown = Shown::Gathered(gathering.progress().found.clone());
        let lines = Lines::of(&log);
        let mut find = Find::default();
        find.look_for("warn".to_owned());
        find.update(&lines, &AtOnce, LineNo(0), &shown);
        let mut steps = |forward| {
            let step = |_| {
                find.step(forward, LineNo(0), &lines, &shown)
                    .map(|line| line.0)
            };
            (0..3).map(step).collect::<Vec<_>>()
        };
        assert_eq!(steps(true), [Some(2), Some(6), Some(0)]);
        assert_eq!(steps(false), [Some(6), Some(2), Some(0)]);
        // A match in a line that is not drawn itself is marked in the row that stands for it.
        find.be_at(LineNo(4), &lines);
        assert_eq!(find.current(LineNo(2), &lines, &shown), Some(0));
        assert_eq!(find.current(LineNo(0), &lines, &shown), None);
        assert_eq!(find.current(LineNo(4), &lines, &Shown::All), Some(0));
    }
}
