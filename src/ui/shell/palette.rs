//! The palette: every pipeline, waiting gate, repository, view and verb, found by a few letters.
//!
//! What it offers is gathered once when it opens or the tables change, and matched once for each change of the query.

use eframe::egui::{
    self, Align, Id, Key, Layout, Modifiers, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo,
};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::dialog;
use crate::model::snapshot::Snapshot;
use crate::model::status::Status;
use crate::ui::action::{Actions, UiAction};
use crate::ui::route::{ProjectRoute, Route};
use crate::ui::theme::{self, size, space};
use crate::ui::views::VIEWS;
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{glyph, safe_text};

const SHOWN: usize = 10;
const KEPT: usize = 100;

/// Something the palette can do.
struct Entry {
    /// What is matched: the words and where they belong.
    haystack: String,
    words: String,
    place: String,
    status: Option<Status>,
    does: Does,
}

enum Does {
    Go(Route),
    Review(crate::model::command::Gate),
    Verb(fn() -> UiAction),
}

/// Verbs beside the views: what they are called and what they ask for.
const VERBS: &[(&str, fn() -> UiAction)] = &[
    ("Read again now", || UiAction::Refresh),
    ("Keys of this view", || UiAction::OpenKeys),
    ("Dark theme", || {
        set_theme(crate::model::settings::ThemeChoice::Dark)
    }),
    ("Light theme", || {
        set_theme(crate::model::settings::ThemeChoice::Light)
    }),
    ("Theme of the system", || {
        set_theme(crate::model::settings::ThemeChoice::System)
    }),
    ("Larger", || UiAction::ZoomIn),
    ("Smaller", || UiAction::ZoomOut),
    ("Size of the system", || UiAction::ZoomReset),
    ("Full screen", || UiAction::FullScreen),
    ("Back", || UiAction::Back),
    ("Forward", || UiAction::Forward),
    ("Quit", || UiAction::Quit),
];

fn set_theme(choice: crate::model::settings::ThemeChoice) -> UiAction {
    UiAction::Settings(Box::new(move |settings| settings.theme = choice))
}

/// The open palette.
pub struct Palette {
    query: String,
    matched_query: Option<String>,
    entries: Vec<Entry>,
    /// The board's and the repositories' revisions the entries were gathered from.
    gathered: (u64, u64),
    /// Indices into `entries`, best first.
    found: Vec<usize>,
    selected: usize,
    matcher: Matcher,
    fresh: bool,
}

impl Palette {
    pub fn new(snapshot: &Snapshot) -> Self {
        Self {
            query: String::new(),
            matched_query: None,
            entries: gather(snapshot),
            gathered: revisions(snapshot),
            found: Vec::new(),
            selected: 0,
            matcher: Matcher::new(Config::DEFAULT),
            fresh: true,
        }
    }

    /// Shows it; returns whether it stays open.
    pub fn ui(
        &mut self,
        context: &egui::Context,
        snapshot: &Snapshot,
        actions: &mut Actions,
    ) -> bool {
        if self.gathered != revisions(snapshot) {
            self.entries = gather(snapshot);
            self.gathered = revisions(snapshot);
            self.matched_query = None;
        }
        let last = self.found.len().saturating_sub(1);
        let (down, up, enter) = context.input_mut(|input| {
            (
                input.count_and_consume_key(Modifiers::NONE, Key::ArrowDown),
                input.count_and_consume_key(Modifiers::NONE, Key::ArrowUp),
                input.consume_key(Modifiers::NONE, Key::Enter),
            )
        });
        self.selected = (self.selected + down).saturating_sub(up).min(last);
        let mut chosen = enter.then_some(self.selected);
        let moved = down + up > 0;
        let closed = dialog::show(context, "palette", 640.0, 72.0, |ui| {
            ui.add_space(space::M);
            ui.horizontal(|ui| {
                ui.add_space(space::M);
                let id = Id::unique("palette field");
                let response =
                    TextField::new(&mut self.query, "A pipeline, a view, or something to do")
                        .width(ui.available_width() - space::M)
                        .height(36.0)
                        .id(id)
                        .show(ui);
                if std::mem::take(&mut self.fresh) {
                    response.request_focus();
                }
            });
            ui.add_space(space::S);
            self.find();
            if let Some(row) = self.list(ui, moved) {
                chosen = Some(row);
            }
            ui.add_space(space::S);
        });
        let entry = chosen
            .and_then(|row| self.found.get(row))
            .and_then(|index| self.entries.get(*index));
        if let Some(entry) = entry {
            actions.push(match &entry.does {
                Does::Go(route) => UiAction::Go(route.clone()),
                Does::Review(gate) => UiAction::OpenGate {
                    pipeline: gate.pipeline.clone(),
                    action: gate.action.clone(),
                },
                Does::Verb(ask) => ask(),
            });
            return false;
        }
        !closed
    }

    fn find(&mut self) {
        if self.matched_query.as_ref() == Some(&self.query) {
            return;
        }
        let pattern = Pattern::parse(&self.query, CaseMatching::Ignore, Normalization::Smart);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let haystack = Utf32Str::new(&entry.haystack, &mut buffer);
            if let Some(score) = pattern.score(haystack, &mut self.matcher) {
                scored.push((score, index));
            }
        }
        // Equal scores keep the order they were gathered in: gates, failures and movers first.
        scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        // Letters strewn over a long name are no match beside a name that holds them together.
        let least = scored.first().map_or(0, |(best, _)| best / 2);
        self.found = scored
            .into_iter()
            .take_while(|(score, _)| *score >= least)
            .take(KEPT)
            .map(|(_, index)| index)
            .collect();
        self.selected = 0;
        self.matched_query = Some(self.query.clone());
    }

    fn list(&self, ui: &mut Ui, moved: bool) -> Option<usize> {
        let theme = theme::of(ui);
        if self.found.is_empty() {
            ui.horizontal(|ui| {
                ui.add_space(space::XL);
                ui.label(theme.soft("Nothing by that name."));
            });
            return None;
        }
        let mut chosen = None;
        let height = SHOWN as f32 * size::ROW;
        ScrollArea::vertical()
            .max_height(height)
            .auto_shrink([false, true])
            .show_rows(ui, size::ROW, self.found.len(), |ui, range| {
                for row in range {
                    let entry = self
                        .found
                        .get(row)
                        .and_then(|index| self.entries.get(*index));
                    if let Some(entry) = entry
                        && self.row(ui, entry, row, moved)
                    {
                        chosen = Some(row);
                    }
                }
            });
        chosen
    }

    fn row(&self, ui: &mut Ui, entry: &Entry, row: usize, moved: bool) -> bool {
        let theme = theme::of(ui);
        let selected = row == self.selected;
        let room = Vec2::new(ui.available_width(), size::ROW);
        let (rect, response) = ui.allocate_exact_size(room, Sense::click());
        response.widget_info(|| {
            WidgetInfo::selected(Role::ListBoxOption, true, selected, &entry.words)
        });
        if selected && moved {
            response.scroll_to_me(None);
        }
        let inside = rect.shrink2(Vec2::new(space::S, 0.0));
        if selected {
            ui.painter()
                .rect_filled(inside, size::RADIUS, theme.accent_bg);
        } else if response.hovered() {
            ui.painter().rect_filled(inside, size::RADIUS, theme.hover);
        }
        let content = inside.shrink2(Vec2::new(space::M, 0.0));
        let mut ui = ui.new_child(
            egui::UiBuilder::new()
                .max_rect(content)
                .layout(Layout::left_to_right(Align::Center)),
        );
        match entry.status {
            Some(status) => {
                glyph::status(&mut ui, status, size::GLYPH);
            }
            None => ui.add_space(size::GLYPH + ui.spacing().item_spacing.x),
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(theme.small(entry.place.as_str()));
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(theme.body(entry.words.as_str())).truncate());
            });
        });
        response.clicked()
    }
}

fn revisions(snapshot: &Snapshot) -> (u64, u64) {
    (snapshot.board.revision, snapshot.repositories.revision())
}

fn gather(snapshot: &Snapshot) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut add = |words: String, place: String, status, does| {
        entries.push(Entry {
            haystack: format!("{words} {place}"),
            words,
            place,
            status,
            does,
        });
    };
    for need in &snapshot.board.needs {
        let gate = &need.gate;
        let words = format!("Review {} · {}", gate.pipeline.name, gate.action.action);
        add(
            safe_text::line(&words).into_owned(),
            gate.pipeline.scope.to_string(),
            Some(Status::Waiting),
            Does::Review(gate.clone()),
        );
    }
    for entry in VIEWS {
        if let Some(route) = (entry.home)() {
            add(
                entry.title.to_owned(),
                "view".to_owned(),
                None,
                Does::Go(route),
            );
        }
    }
    let mut rows: Vec<_> = snapshot.board.rows.iter().collect();
    rows.sort_by_key(|row| row.status);
    for row in rows {
        add(
            safe_text::line(row.key.name.as_str()).into_owned(),
            row.key.scope.to_string(),
            Some(row.status),
            Does::Go(Route::Project(ProjectRoute::new(row.key.clone()))),
        );
    }
    for repository in snapshot.repositories.rows() {
        add(
            safe_text::line(repository.key.name.as_str()).into_owned(),
            format!("repository · {}", repository.key.scope),
            None,
            Does::Go(Route::Repositories(Some(repository.key.clone()))),
        );
    }
    for (words, ask) in VERBS {
        add((*words).to_owned(), "do".to_owned(), None, Does::Verb(*ask));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_and_verbs_are_found_by_a_few_letters() {
        let mut palette = Palette::new(&Snapshot::default());
        palette.query = "lght".to_owned();
        palette.find();
        let words: Vec<&str> = palette
            .found
            .iter()
            .filter_map(|index| palette.entries.get(*index))
            .map(|entry| entry.words.as_str())
            .collect();
        assert_eq!(words.first(), Some(&"Light theme"));
        palette.query = "accounts".to_owned();
        palette.find();
        let first = palette
            .found
            .first()
            .and_then(|index| palette.entries.get(*index));
        assert_eq!(first.map(|entry| entry.words.as_str()), Some("Accounts"));
    }
}
