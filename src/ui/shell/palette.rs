//! The palette: every pipeline, waiting gate, repository, view and verb, found by a few letters.
//!
//! Only what is shown of an entry is matched. What it offers is gathered once when it opens or the tables change, and matched once for each change of the query.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use eframe::egui::{
    self, Align, Id, Key, Layout, Modifiers, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo,
};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::{FrameInput, dialog, title};
use crate::model::board::{BoardRow, Need};
use crate::model::build::Build;
use crate::model::command::Gate;
use crate::model::graph::label;
use crate::model::ids::{BuildProjectKey, ExecutionId, PipelineKey};
use crate::model::link::BuildLink;
use crate::model::snapshot::Snapshot;
use crate::model::status::Status;
use crate::model::time::{self, Timestamp};
use crate::ui::action::{Actions, UiAction};
use crate::ui::route::{BuildTab, BuildsRoute, ProjectRoute, ProjectTab, Route};
use crate::ui::theme::{self, size, space};
use crate::ui::view::Verb;
use crate::ui::views::VIEWS;
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{age, glyph, log_view, safe_text};

const SHOWN: usize = 10;
const KEPT: usize = 100;
/// Of a change no more is shown, and matched, than this many characters.
const DETAIL: usize = 48;

/// Something the palette can do.
struct Entry {
    /// What is matched: all the words that are shown.
    haystack: String,
    words: String,
    /// What tells it from others of the same words.
    detail: String,
    place: String,
    status: Option<Status>,
    /// Since when it waits.
    since: Option<Timestamp>,
    does: Does,
}

impl Entry {
    fn new(words: &str, place: String, does: Does) -> Self {
        let words = safe_text::line(words).into_owned();
        Self {
            haystack: format!("{words} {place}"),
            words,
            detail: String::new(),
            place,
            status: None,
            since: None,
            does,
        }
    }

    /// `Review checkout-api · Approve`, with the revision and the change that wait there.
    fn gate(need: &Need, snapshot: &Snapshot) -> Self {
        let gate = &need.gate;
        let words = format!("Review {} · {}", gate.pipeline.name, gate.action.action);
        let place = gate.pipeline.scope.to_string();
        let entry = Self::new(&words, place, Does::Review(gate.clone(), need.execution()));
        let revision = snapshot.pipelines.get(&gate.pipeline).map_or_else(
            || gate.execution.short().to_owned(),
            |pipeline| label(pipeline, &gate.execution),
        );
        let detail = format!("{revision} {}", need.change);
        let detail = safe_text::elide(&safe_text::line(detail.trim()), DETAIL).into_owned();
        Self {
            haystack: format!("{} {detail} {}", entry.words, entry.place),
            detail,
            status: Some(Status::Waiting),
            since: need.since,
            ..entry
        }
    }

    /// `Approvals`, with how many gates wait.
    fn count(&mut self, waiting: usize) {
        self.detail = match waiting {
            0 => "nothing waits".to_owned(),
            several => title::gates(several),
        };
        self.status = (waiting > 0).then_some(Status::Waiting);
    }

    /// A link that was pasted.
    fn link(link: BuildLink) -> Self {
        let id = safe_text::elide(link.build.id.as_str(), DETAIL).into_owned();
        let words = match link.line {
            Some(line) => format!("Line {} of build {id}", u64::from(line.0) + 1),
            None => format!("Build {id}"),
        };
        Self::new(&words, link.build.scope.to_string(), Does::Link(link))
    }

    fn pipeline(row: &BoardRow) -> Self {
        let route = Route::Project(ProjectRoute::new(row.key.clone()));
        let place = row.key.scope.to_string();
        Self {
            status: Some(row.status),
            ..Self::new(row.key.name.as_str(), place, Does::Go(route))
        }
    }
}

enum Does {
    Go(Route),
    Review(Gate, Option<ExecutionId>),
    Verb(fn() -> UiAction),
    /// To the build of a link, and its line.
    Link(BuildLink),
    /// Of the view on screen.
    Here(Vec<UiAction>),
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
    /// The board's and the repositories' revisions and the count of builds the entries were gathered from.
    gathered: (u64, u64, usize),
    /// Indices into `entries`, best first.
    found: Vec<usize>,
    selected: usize,
    matcher: Matcher,
    fresh: bool,
}

impl Palette {
    /// `verbs` are those of the view on screen.
    pub fn new(snapshot: &Snapshot, verbs: Vec<Verb>) -> Self {
        Self {
            query: String::new(),
            matched_query: None,
            entries: gather(snapshot, verbs),
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
        input: &FrameInput<'_>,
        verbs: impl FnOnce() -> Vec<Verb>,
        actions: &mut Actions,
    ) -> bool {
        let snapshot = input.snapshot;
        if self.gathered != revisions(snapshot) {
            self.entries = gather(snapshot, verbs());
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
            if let Some(row) = self.list(ui, input.now, moved) {
                chosen = Some(row);
            }
            ui.add_space(space::S);
        });
        let index = chosen.and_then(|row| self.found.get(row)).copied();
        if let Some(index) = index.filter(|index| *index < self.entries.len()) {
            // The palette closes, so that what is chosen can be taken out of it.
            match self.entries.swap_remove(index).does {
                Does::Go(route) => actions.push(UiAction::Go(route)),
                Does::Review(gate, execution) => actions.push(UiAction::OpenGate {
                    pipeline: gate.pipeline,
                    action: gate.action,
                    execution,
                }),
                Does::Verb(ask) => actions.push(ask()),
                Does::Link(link) => {
                    actions.push(UiAction::Go(Route::Builds(BuildsRoute::Build {
                        build: link.build.clone(),
                        tab: BuildTab::default(),
                    })));
                    log_view::ask_for(context, link);
                }
                Does::Here(all) => {
                    for action in all {
                        actions.push(action);
                    }
                }
            }
            return false;
        }
        !closed
    }

    fn find(&mut self) {
        if self.matched_query.as_ref() == Some(&self.query) {
            return;
        }
        self.entries
            .retain(|entry| !matches!(entry.does, Does::Link(_)));
        if let Some(link) = BuildLink::parse(&self.query) {
            self.found = vec![self.entries.len()];
            self.entries.push(Entry::link(link));
            self.selected = 0;
            self.matched_query = Some(self.query.clone());
            return;
        }
        let pattern = Pattern::parse(&self.query, CaseMatching::Ignore, Normalization::Smart);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        let mut by_name: BTreeMap<&PipelineKey, u32> = BTreeMap::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let haystack = Utf32Str::new(&entry.haystack, &mut buffer);
            if let Some(score) = pattern.score(haystack, &mut self.matcher) {
                scored.push((score, index));
                if let Does::Go(Route::Project(route)) = &entry.does {
                    by_name.insert(&route.pipeline, score);
                }
            }
        }
        // Who types a pipeline's name means the pipeline: its gates come after it, whatever else of them matches.
        let named = |index: usize| match &self.entries.get(index)?.does {
            Does::Review(gate, _) if !self.query.trim().is_empty() => by_name.get(&gate.pipeline),
            _ => None,
        };
        let mut scored: Vec<(u32, bool, usize)> = scored
            .into_iter()
            .map(|(score, index)| match named(index) {
                Some(name) => (score.min(*name), true, index),
                None => (score, false, index),
            })
            .collect();
        // Equal scores keep the order they were gathered in: gates, failures and movers first.
        scored.sort_by_key(|(score, after, index)| (Reverse(*score), *after, *index));
        // Letters strewn over a long name are no match beside a name that holds them together.
        let least = scored.first().map_or(0, |(best, ..)| best / 2);
        self.found = scored
            .into_iter()
            .take_while(|(score, ..)| *score >= least)
            .take(KEPT)
            .map(|(_, _, index)| index)
            .collect();
        self.selected = 0;
        self.matched_query = Some(self.query.clone());
    }

    fn list(&self, ui: &mut Ui, now: Timestamp, moved: bool) -> Option<usize> {
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
                        && self.row(ui, entry, row, now, moved)
                    {
                        chosen = Some(row);
                    }
                }
            });
        chosen
    }

    fn row(&self, ui: &mut Ui, entry: &Entry, row: usize, now: Timestamp, moved: bool) -> bool {
        let theme = theme::of(ui);
        let selected = row == self.selected;
        let room = Vec2::new(ui.available_width(), size::ROW);
        let (rect, response) = ui.allocate_exact_size(room, Sense::click());
        response.widget_info(|| {
            let words = [entry.words.as_str(), entry.detail.as_str()].join(" ");
            WidgetInfo::selected(Role::ListBoxOption, true, selected, words.trim_end())
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
            if let Some(since) = entry.since {
                let words = format!("since {}", time::rough(since.age(now)));
                age::show(ui, theme.small(words), since, now);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(theme.body(entry.words.as_str())).truncate());
                if !entry.detail.is_empty() {
                    ui.add(egui::Label::new(theme.small(entry.detail.as_str())).truncate());
                }
            });
        });
        response.clicked()
    }
}

fn revisions(snapshot: &Snapshot) -> (u64, u64, usize) {
    // Of builds only the projects matter here, which come with new builds and never with the progress of one.
    let builds = snapshot.builds.len();
    (
        snapshot.board.revision,
        snapshot.repositories.revision(),
        builds,
    )
}

/// The projects that builds are known of, with the state of the newest.
fn build_projects(snapshot: &Snapshot) -> Vec<Entry> {
    let mut newest: BTreeMap<BuildProjectKey, &Build> = BTreeMap::new();
    for row in snapshot.builds.rows() {
        let Some(build) = row.build.value() else {
            continue;
        };
        let known = newest.entry(row.project_key(build)).or_insert(build);
        if build.started > known.started {
            *known = build;
        }
    }
    let entry = |(project, build): (BuildProjectKey, &Build)| {
        let place = format!("builds · {}", project.scope);
        let name = project.name.to_string();
        let tab = ProjectTab::default();
        let route = Route::Builds(BuildsRoute::Project { project, tab });
        Entry {
            status: Some(build.state.status),
            ..Entry::new(&name, place, Does::Go(route))
        }
    };
    newest.into_iter().map(entry).collect()
}

fn gather(snapshot: &Snapshot, verbs: Vec<Verb>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for need in &snapshot.board.needs {
        entries.push(Entry::gate(need, snapshot));
    }
    for verb in verbs {
        let does = Does::Here(verb.actions);
        entries.push(Entry::new(&verb.words, verb.object, does));
    }
    for entry in VIEWS {
        if let Some(route) = (entry.home)() {
            let mut view = Entry::new(entry.title, "view".to_owned(), Does::Go(route.clone()));
            if matches!(route, Route::Approvals(_)) {
                view.count(snapshot.board.needs.len());
            }
            entries.push(view);
        }
    }
    let mut rows: Vec<_> = snapshot.board.rows.iter().collect();
    rows.sort_by_key(|row| row.status);
    entries.extend(rows.into_iter().map(|row| Entry::pipeline(row)));
    for repository in snapshot.repositories.rows() {
        let place = format!("repository · {}", repository.key.scope);
        let route = Route::Repositories(Some(repository.key.clone()));
        entries.push(Entry::new(
            repository.key.name.as_str(),
            place,
            Does::Go(route),
        ));
    }
    entries.extend(build_projects(snapshot));
    for (words, ask) in VERBS {
        entries.push(Entry::new(words, "do".to_owned(), Does::Verb(*ask)));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_and_verbs_are_found_by_a_few_letters() {
        let mut palette = Palette::new(&Snapshot::default(), Vec::new());
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

    #[test]
    fn a_pasted_link_is_the_only_thing_offered() {
        let mut palette = Palette::new(&Snapshot::default(), Vec::new());
        let count = palette.entries.len();
        palette.query = "starboard://build/dev/eu-west-1/search-indexer:3f9c#L265".to_owned();
        palette.find();
        let only = palette
            .found
            .first()
            .and_then(|at| palette.entries.get(*at));
        assert_eq!(
            only.map(|entry| entry.words.as_str()),
            Some("Line 265 of build search-indexer:3f9c")
        );
        palette.query = "accounts".to_owned();
        palette.find();
        assert_eq!(palette.entries.len(), count);
    }
}
