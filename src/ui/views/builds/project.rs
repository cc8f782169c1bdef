//! One project: its builds as far back as AWS keeps them, and beside them its trend, alarms, definition, variables and
//! batches.

mod alarms;
mod batches;
mod definition;
mod trend;

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{self, Align, Id, Key, Layout, Margin, Rect, Ui, Vec2, pos2};

use super::asked;
use super::order::{Only, Wish};
use super::table::{BuildTable, Done};
use super::usual::Usuals;
use crate::model::build::BuildRow;
use crate::model::console;
use crate::model::ids::{BuildKey, BuildProjectKey};
use crate::model::oneshot::{Oneshot, Response};
use crate::model::remote::Remote;
use crate::model::settings::{BuildGroup, BuildSort};
use crate::ui::action::UiAction;
use crate::ui::keys;
use crate::ui::route::{BuildsRoute, ProjectTab, Route};
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::build_pages::BuildPages;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::past_builds::{self, PastBuilds};
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::segments::segment;
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{build_verbs, empty, skeleton};

const GAP: f32 = space::M;
const LEAST_SIDE: f32 = 300.0;
const LEAST_MAIN: f32 = 480.0;

const TABS: [(ProjectTab, &str); 6] = [
    (ProjectTab::Trend, "Trend"),
    (ProjectTab::Alarms, "Alarms"),
    (ProjectTab::Definition, "Definition"),
    (ProjectTab::Variables, "Variables"),
    (ProjectTab::Batches, "Batches"),
    (ProjectTab::Local, "Local"),
];

pub struct ProjectPage {
    of: Option<BuildProjectKey>,
    filter: String,
    only: Only,
    sort: BuildSort,
    reversed: bool,
    table: BuildTable,
    rows: Rows,
    trend: trend::Trend,
    variables: super::side::variables::Variables,
    local: super::side::local::Local,
    /// The search in past builds, while it stands in place of all this.
    past: Option<Box<PastBuilds>>,
}

impl Default for ProjectPage {
    fn default() -> Self {
        Self {
            of: None,
            filter: String::new(),
            only: Only::All,
            sort: BuildSort::Newest,
            reversed: false,
            table: BuildTable::new("project builds"),
            rows: Rows::default(),
            trend: trend::Trend::default(),
            variables: super::side::variables::Variables::default(),
            local: super::side::local::Local::default(),
            past: None,
        }
    }
}

/// The project's builds, gathered from the snapshot and from the pages of its history that were read.
#[derive(Default)]
pub struct Rows {
    pub all: Vec<Arc<BuildRow>>,
    /// Moves when they do.
    pub revision: u64,
    of: Option<(u64, usize)>,
    pages: BuildPages,
    /// AWS has no older ones.
    pub is_complete: bool,
    /// Something of them is known.
    is_read: bool,
}

impl Rows {
    /// Asks for the first page, and gathers anew if the builds or the pages changed.
    fn follow(&mut self, cx: &mut ViewContext<'_>, key: &BuildProjectKey) {
        let read = self.pages.read(cx, key);
        self.is_complete = read.last().is_some_and(|(_, page)| page.next.is_none());
        let of = (cx.snapshot.builds.revision(), read.len());
        if self.of == Some(of) {
            return;
        }
        let has_page = !read.is_empty();
        self.of = Some(of);
        let mut all: BTreeMap<BuildKey, Arc<BuildRow>> = BTreeMap::new();
        for (at, history) in read {
            for build in &history.builds {
                let key = BuildKey {
                    scope: key.scope.clone(),
                    id: build.id.clone(),
                };
                let build = Remote::ready(Arc::clone(build), at);
                all.insert(key.clone(), Arc::new(BuildRow { key, build }));
            }
        }
        // What is polled is newer than what was read once.
        for row in cx.snapshot.builds.rows() {
            let build = row.build.value();
            let is_own =
                row.key.scope == key.scope && build.is_some_and(|build| build.project == key.name);
            if is_own {
                all.insert(row.key.clone(), Arc::clone(row));
            }
        }
        self.all = all.into_values().collect();
        self.is_read = has_page || !self.all.is_empty();
        self.revision += 1;
    }

    /// Below the last row: older ones, what went wrong, or that there are none.
    fn older_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildProjectKey) {
        let theme = theme::of(ui);
        let (_, state) = self.pages.last(cx, key);
        let room = Vec2::new(ui.available_width(), size::ROW);
        ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
            ui.add_space(space::M);
            match state {
                Some(Oneshot::Ready {
                    response: Response::BuildHistory(history),
                    ..
                }) if history.next.is_none() => {
                    ui.label(
                        theme.small(
                            "These are all that CodeBuild keeps; it keeps builds for a year.",
                        ),
                    );
                }
                Some(Oneshot::Ready { .. }) => {
                    if ui.add(Button::new("Older builds").small()).clicked() {
                        self.pages.go_on(cx, key);
                    }
                }
                Some(Oneshot::Failed { fault, .. }) => {
                    if ui.add(Button::new("Try again").small()).clicked() {
                        self.pages.go_on(cx, key);
                    }
                    ui.label(theme.small(fault.headline()));
                }
                _ => {
                    ui.label(theme.small("Reading older builds…"));
                }
            }
        });
    }
}

impl ProjectPage {
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        key: &BuildProjectKey,
        tab: ProjectTab,
        usuals: &Usuals,
    ) {
        if self.of.as_ref() != Some(key) {
            *self = Self {
                of: Some(key.clone()),
                ..Self::default()
            };
        }
        let batches = definition::known(cx, key).map(|project| project.batches);
        header_ui(ui, cx, key, batches);
        ui.add_space(space::S);
        if !cx.covered && past_builds::asked_for(ui.ctx()) {
            self.past.get_or_insert_default();
        }
        if let Some(past) = &mut self.past {
            let mut left = false;
            let room = ui.available_rect_before_wrap();
            super::pane_ui(ui, room, "past", |ui| left = past.ui(ui, cx, key));
            if left {
                self.past = None;
            }
            return;
        }
        self.rows.follow(cx, key);
        let wish = Wish {
            revision: self.rows.revision,
            filter: self.filter.clone(),
            only: self.only,
            group: BuildGroup::None,
            sort: self.sort,
            reversed: self.reversed,
            ..Wish::default()
        };
        self.table.follow(&self.rows.all, wish, cx);
        self.tools_ui(ui, cx);
        ui.add_space(space::XS);
        let room = ui.available_rect_before_wrap();
        let most = (room.width() - GAP - LEAST_MAIN).max(LEAST_SIDE);
        let width = cx.settings.views.builds_side_width.clamp(LEAST_SIDE, most);
        let middle = room.right() - width;
        let left = Rect::from_min_max(room.min, pos2(middle - GAP, room.bottom()));
        let right = Rect::from_min_max(pos2(middle, room.top()), room.max);
        self.table_ui(ui, cx, key, left, usuals);
        super::pane_ui(ui, right, "side", |ui| self.side_ui(ui, cx, key, tab));
        if !cx.covered {
            self.obey(ui.ctx(), cx, key, tab, batches);
        }
    }

    fn tools_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let theme = theme::of(ui);
        let room = Vec2::new(ui.available_width(), size::BUTTON);
        let side = cx.settings.views.builds_side_width;
        ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let count = match self.table.order.passing {
                _ if !self.rows.is_read => "Builds".to_owned(),
                1 => "1 build".to_owned(),
                count => format!("{count} builds"),
            };
            ui.label(theme.caption(count));
            ui.scope(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                let is_read = self.rows.is_read;
                super::list::states_ui(ui, &self.table.order, is_read, &mut self.only);
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(
                    (side.clamp(LEAST_SIDE, 700.0) + GAP)
                        .min(ui.available_width() - 240.0)
                        .max(0.0),
                );
                TextField::new(&mut self.filter, "Filter")
                    .key("/")
                    .id(filter_id())
                    .show(ui);
            });
        });
    }

    fn table_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        key: &BuildProjectKey,
        rect: Rect,
        usuals: &Usuals,
    ) {
        let builder = egui::UiBuilder::new().max_rect(rect).id_salt("history");
        let mut done = None;
        let (rows, table, is_empty) = (&mut self.rows, &mut self.table, self.filter.is_empty());
        let all = std::mem::take(&mut rows.all);
        ui.scope_builder(builder, |ui| {
            done = table.ui(ui, cx, &all, usuals, true, |ui, cx, _| {
                if all.is_empty() {
                    empty_ui(ui, cx, rows, key);
                } else if !is_empty && ui.available_height() > 200.0 {
                    let how = "Clear the filter to see every build that was read.";
                    empty::show(ui, "Nothing passes the filter", how, |_| {});
                } else {
                    rows.older_ui(ui, cx, key);
                }
            });
        });
        rows.all = all;
        match done {
            Some(Done::Open(build)) => cx.actions.push(super::open(build)),
            Some(Done::Sort(sort)) if self.sort == sort => self.reversed = !self.reversed,
            Some(Done::Sort(sort)) => (self.sort, self.reversed) = (sort, false),
            Some(Done::OpenProject(_)) | None => {}
        }
    }

    fn side_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        key: &BuildProjectKey,
        tab: ProjectTab,
    ) {
        tabs_ui(ui, cx, key, tab);
        egui::ScrollArea::vertical()
            .id_salt(("project side", tab as u8))
            .auto_shrink(false)
            .show(ui, |ui| {
                egui::Frame::new()
                    .inner_margin(Margin::symmetric(12, 4))
                    .show(ui, |ui| {
                        match tab {
                            ProjectTab::Trend => self.trend.ui(ui, cx, key, &self.rows),
                            ProjectTab::Alarms => alarms::ui(ui, cx, key),
                            ProjectTab::Definition => definition::ui(ui, cx, key),
                            ProjectTab::Variables => {
                                if let Some(project) = definition::read(ui, cx, key) {
                                    self.variables.ui(ui, cx, key, &project.about);
                                }
                            }
                            ProjectTab::Batches => batches::ui(ui, cx, key),
                            ProjectTab::Local => {
                                if let Some(project) = definition::read(ui, cx, key) {
                                    let about = &project.about;
                                    self.local.ui(ui, cx, &key.scope, about, None);
                                }
                            }
                        }
                        ui.add_space(space::M);
                    });
            });
    }

    fn obey(
        &mut self,
        context: &egui::Context,
        cx: &mut ViewContext<'_>,
        key: &BuildProjectKey,
        tab: ProjectTab,
        batches: Option<bool>,
    ) {
        if keys::typed(context, "/") {
            context.memory_mut(|memory| memory.request_focus(filter_id()));
        }
        if !self.filter.is_empty() && keys::pressed(context, Key::Escape) {
            self.filter.clear();
        }
        super::list::only_keys(context, &mut self.only);
        let at = TABS.iter().position(|(one, _)| *one == tab).unwrap_or(0);
        for (stroke, to) in [("[", at.checked_sub(1)), ("]", Some(at + 1))] {
            if keys::typed(context, stroke)
                && let Some((tab, _)) = to.and_then(|to| TABS.get(to))
            {
                go(cx, key, *tab);
            }
        }
        super::verbs::project_keys(context, key, batches, cx);
        if let Some(build) = self.table.obey(context, &self.rows.all) {
            cx.actions.push(super::open(build));
        }
        if let Some(selected) = self.table.selected(&self.rows.all).cloned() {
            super::verbs::keys(context, &selected, cx, false);
        }
        if keys::pressed(context, Key::O) {
            cx.actions
                .push(UiAction::OpenLink(console::build_project(key)));
        }
    }
}

fn filter_id() -> Id {
    Id::unique("project builds filter")
}

fn go(cx: &mut ViewContext<'_>, key: &BuildProjectKey, tab: ProjectTab) {
    let route = BuildsRoute::Project {
        project: key.clone(),
        tab,
    };
    cx.actions.push(UiAction::Replace(Route::Builds(route)));
}

fn empty_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, rows: &Rows, key: &BuildProjectKey) {
    let (request, state) = rows.pages.last(cx, key);
    match state {
        Some(Oneshot::Failed { fault, .. }) => {
            egui::Frame::new()
                .inner_margin(Margin::same(12))
                .show(ui, |ui| asked::failed(ui, cx, &request, fault));
        }
        Some(Oneshot::Ready { .. }) => {
            let how = "CodeBuild keeps builds for a year. Start one with c.";
            empty::show(ui, "This project has no builds", how, |_| {});
        }
        _ => {
            egui::Frame::new()
                .inner_margin(Margin::same(12))
                .show(ui, |ui| {
                    skeleton::rows(ui, "Reading the builds of the project…", 8);
                });
        }
    }
}

fn header_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildProjectKey, batches: Option<bool>) {
    ui.horizontal(|ui| {
        ui.set_height(28.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let start = build_verbs::start(key, cx);
            let button = Button::new(start.words.clone())
                .go()
                .disabled_because(start.refusal().map(str::to_owned));
            if ui.add(button).clicked() {
                cx.actions.push(start.into_action());
            }
            let batch = build_verbs::start_batch(key, batches, cx);
            let button = Button::new(batch.words.clone())
                .key(batch.key)
                .disabled_because(batch.refusal().map(str::to_owned));
            if ui.add(button).clicked() {
                cx.actions.push(batch.into_action());
            }
            let console = Button::new("Console ↗")
                .key("o")
                .named("Open in the AWS console");
            if ui.add(console).clicked() {
                let address = console::build_project(key);
                cx.actions.push(UiAction::OpenLink(address));
            }
            past_builds::button_ui(ui, Button::new("Past builds"));
            ui.add_space(space::M);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                super::all_crumb(ui, cx);
                let name = crate::ui::widgets::safe_text::line(key.name.as_str());
                let name = crate::ui::widgets::safe_text::elide(&name, 60);
                ui.label(theme::of(ui).title(name));
                Place::of(cx.snapshot, cx.settings, &key.scope).chip(ui);
            });
        });
    });
}

fn tabs_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildProjectKey, on: ProjectTab) {
    let theme = theme::of(ui);
    egui::Frame::new()
        .inner_margin(Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                for (tab, name) in TABS {
                    if segment(ui, name, on == tab, 28.0) {
                        go(cx, key, tab);
                    }
                }
            });
        });
    let line = ui.max_rect().x_range();
    ui.painter().hline(line, ui.cursor().top(), theme.outline());
    ui.add_space(1.0);
}
