//! The field that searches a log: what is looked for, which match is current, and how many there are.

use std::sync::Arc;

use eframe::egui::{self, Id, Key, Modifiers};

use crate::model::find::{Matches, Pattern, Query, Search};
use crate::model::log::{LineNo, LogSnapshot};
use crate::model::sweep::{Progress, Sweep};
use crate::ui::background::{self, Background};
use crate::ui::theme;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::text_field::TextField;

/// The room of the field in a pane's header.
const WIDTH: f32 = 200.0;

#[derive(Default)]
pub struct Find {
    text: String,
    match_case: bool,
    search: Option<Sweep<Search>>,
    /// What the search had found when this frame began.
    found: Arc<Progress<Matches>>,
    /// The match a person is at.
    current: Option<usize>,
    /// What was typed has not been gone to yet.
    jump: bool,
}

/// The id of the log itself, so that the keyboard can be handed to it from the field.
pub fn area_id(ui: &egui::Ui) -> Id {
    ui.ctx().viewport_id().0.with("log")
}

impl Find {
    /// The same words for another log.
    pub fn restarted(mut self) -> Self {
        self.begin();
        self
    }

    fn begin(&mut self) {
        let query = Query {
            text: self.text.clone(),
            regex: false,
            match_case: self.match_case,
        };
        let pattern = query.pattern().ok();
        self.search = pattern.map(|pattern| Sweep::new(Search::new(pattern)));
        self.found = Arc::default();
        self.current = None;
    }

    /// Has what came searched, and takes in what has been found.
    pub fn update(&mut self, log: &LogSnapshot, background: &dyn Background) {
        if self.text.is_empty() {
            return;
        }
        if let Some(search) = &mut self.search {
            background::sweep(background, search, log);
            self.found = search.progress();
        }
    }

    pub fn matches(&self) -> &Matches {
        &self.found.found
    }

    /// What is looked for, to mark it where it is drawn.
    pub fn pattern(&self) -> Option<&Pattern> {
        let search = self.search.as_ref().filter(|_| !self.text.is_empty())?;
        Some(search.scan().pattern())
    }

    /// The line of the current match, and which one in that line.
    pub fn current(&self) -> Option<(LineNo, usize)> {
        let current = self.current?;
        let matches = self.matches();
        Some((matches.line(current)?, matches.place_in_line(current)))
    }

    /// The id of the text field, so that a key can move the focus there.
    pub fn id(ui: &egui::Ui) -> Id {
        ui.ctx().viewport_id().0.with("log find")
    }

    /// The next match, or the one before, going round at the ends.
    pub fn step(&mut self, forward: bool, from: LineNo) -> Option<LineNo> {
        let last = self.matches().len().checked_sub(1)?;
        let next = match (self.current, forward) {
            (None, _) => self.matches().from_line(from)?,
            (Some(current), true) if current >= last => 0,
            (Some(current), true) => current + 1,
            (Some(0), false) => last,
            (Some(current), false) => current - 1,
        };
        self.current = Some(next);
        self.matches().line(next)
    }

    /// The room that field, count and case switch need.
    pub fn width(&self) -> f32 {
        if self.text.is_empty() {
            WIDTH
        } else {
            WIDTH + 128.0
        }
    }

    /// Paints field, count and case switch; returns the line to go to.
    pub fn ui(&mut self, ui: &mut egui::Ui, log: &LogSnapshot, from: LineNo) -> Option<LineNo> {
        let theme = theme::of(ui);
        let id = Self::id(ui);
        let field = TextField::new(&mut self.text, "Find in the log")
            .key("/")
            .width(WIDTH)
            .height(24.0)
            .mono()
            .id(id)
            .show(ui);
        let mut target = None;
        if field.changed() {
            self.begin();
            self.jump = true;
        }
        if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            // The log gets the keyboard, not the Enter: `n` and `N` go on from here.
            let back = ui.input_mut(|input| {
                let modifiers = input.modifiers;
                input.consume_key(modifiers, Key::Enter);
                modifiers.shift
            });
            target = self.step(!back, from);
            let log = area_id(ui);
            ui.memory_mut(|memory| memory.request_focus(log));
        }
        if field.has_focus()
            && ui.input_mut(|input| {
                input.consume_key(Modifiers::NONE, Key::F3)
                    || input.consume_key(Modifiers::NONE, Key::ArrowDown)
            })
        {
            target = self.step(true, from);
        }
        if self.text.is_empty() {
            return None;
        }
        if self.jump && !self.matches().is_empty() {
            self.jump = false;
            target = self.step(true, from);
        }
        ui.add_space(8.0);
        ui.label(theme.small(self.count(log)));
        let case = Button::new("Aa").quiet().small().named(if self.match_case {
            "Match case: on"
        } else {
            "Match case: off"
        });
        let case = ui.add(case).on_hover_text("Match upper and lower case");
        if self.match_case {
            let line = case.rect.shrink2(egui::vec2(6.0, 2.0));
            ui.painter().hline(
                line.x_range(),
                line.bottom(),
                egui::Stroke::new(2.0, theme.accent),
            );
        }
        if case.clicked() {
            self.match_case = !self.match_case;
            self.begin();
            self.jump = true;
        }
        target
    }

    fn count(&self, log: &LogSnapshot) -> String {
        if self.search.is_none() {
            return "too long to search".to_owned();
        }
        let found = self.matches().len();
        let more = if self.found.read_to < log.len() {
            " so far"
        } else {
            ""
        };
        match (self.current, found) {
            (_, 0) if more.is_empty() => "no match".to_owned(),
            (_, 0) => "searching".to_owned(),
            (Some(current), _) => format!("{} of {found}{more}", current + 1),
            (None, _) => format!("{found}{more}"),
        }
    }
}
