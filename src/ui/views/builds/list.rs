//! Every build that is known, newest first, narrowed by words, account and state.

use eframe::egui::{self, Align, Id, Key, Layout, Popup, Ui, Vec2};

use super::order::{Only, Order, Wish};
use super::projects::Projects;
use super::states;
use super::table::{BuildTable, Done};
use super::usual::Usuals;
use crate::model::ids::AccountName;
use crate::model::settings::{BuildGroup, BuildSort};
use crate::ui::action::UiAction;
use crate::ui::keys;
use crate::ui::route::{BuildsRoute, Route};
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::segments::segment;
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{pick, safe_text};

pub struct List {
    projects: Projects,
    filter: String,
    account: Option<AccountName>,
    only: Only,
    reversed: bool,
    table: BuildTable,
}

impl Default for List {
    fn default() -> Self {
        Self {
            projects: Projects::default(),
            filter: String::new(),
            account: None,
            only: Only::All,
            reversed: false,
            table: BuildTable::new("all builds"),
        }
    }
}

impl List {
    /// All builds, newest first.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, usuals: &Usuals) {
        states::faults(ui, cx);
        self.follow(cx);
        self.tools(ui, cx);
        ui.add_space(space::XS);
        let rows = cx.snapshot.builds.rows();
        let filter = self.filter.clone();
        let only = self.only;
        let done = self
            .table
            .ui(ui, cx, rows, usuals, false, |ui, cx, columns| {
                states::no_rows(ui, cx, &filter, only, columns);
            });
        self.obey_done(done, cx);
        if !cx.covered {
            self.obey(ui.ctx(), cx);
        }
    }

    /// All projects, by name.
    pub fn projects_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, usuals: &Usuals) {
        self.projects.follow(cx, &self.filter);
        let room = Vec2::new(ui.available_width(), size::BUTTON);
        ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            which_ui(ui, cx, true);
            ui.label(theme::of(ui).caption(self.projects.count_words()));
            self.filter_ui(ui);
        });
        ui.add_space(space::XS);
        if let Some(project) = self.projects.ui(ui, cx, usuals, &self.filter) {
            cx.actions.push(super::open_project(project));
        }
        if !cx.covered {
            self.obey_projects(ui.ctx(), cx);
        }
    }

    fn obey_projects(&mut self, context: &egui::Context, cx: &mut ViewContext<'_>) {
        self.filter_keys(context);
        if let Some(project) = self.projects.obey(context) {
            cx.actions.push(super::open_project(project));
        }
        if let Some(selected) = self.projects.selected().cloned() {
            let batches = self.projects.batches();
            super::verbs::project_keys(context, &selected, batches, cx);
        }
        if keys::pressed(context, Key::P) {
            go(cx, BuildsRoute::All);
        }
    }

    fn filter_keys(&mut self, context: &egui::Context) {
        if keys::typed(context, "/") {
            context.memory_mut(|memory| memory.request_focus(filter_id()));
        }
        if !self.filter.is_empty() && keys::pressed(context, Key::Escape) {
            self.filter.clear();
        }
    }

    /// At the right end of the row.
    fn filter_ui(&mut self, ui: &mut Ui) {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let field = TextField::new(&mut self.filter, "Filter")
                .key("/")
                .id(filter_id())
                .show(ui);
            let enter =
                |input: &mut egui::InputState| input.consume_key(egui::Modifiers::NONE, Key::Enter);
            if field.has_focus() && ui.input_mut(enter) {
                field.surrender_focus();
            }
        });
    }

    fn follow(&mut self, cx: &ViewContext<'_>) {
        if let Some(account) = &self.account
            && cx.snapshot.accounts.get(account).is_none()
        {
            self.account = None;
        }
        let wish = Wish {
            revision: cx.snapshot.builds.revision(),
            filter: self.filter.clone(),
            account: self.account.clone(),
            only: self.only,
            group: cx.settings.views.builds_group,
            sort: cx.settings.views.builds_sort,
            reversed: self.reversed,
            folded: self.table.folded.clone(),
        };
        self.table.follow(cx.snapshot.builds.rows(), wish, cx);
    }

    fn tools(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let theme = theme::of(ui);
        let room = Vec2::new(ui.available_width(), size::BUTTON);
        ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            which_ui(ui, cx, false);
            let all = cx.snapshot.builds.len();
            let count = match (self.table.order.passing, all) {
                (_, 0) => "Builds".to_owned(),
                (_, 1) => "1 build".to_owned(),
                (passing, all) if passing == all => format!("{all} builds"),
                (passing, all) => format!("{passing} of {all} builds"),
            };
            ui.label(theme.caption(count)).on_hover_text(
                "The newest hundred of every account and region. Older ones stand in their project.",
            );
            ui.scope(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                states_ui(ui, &self.table.order, states::is_read(cx), &mut self.only);
            });
            self.account_menu(ui, cx);
            group_chip(ui, cx);
            self.sort_menu(ui, cx);
            self.filter_ui(ui);
        });
    }

    fn account_menu(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let words = match &self.account {
            Some(account) => safe_text::line(account.as_str()).into_owned(),
            None => "all accounts".to_owned(),
        };
        let chip = ui.add(Chip::new(words).clickable());
        let mut chosen = None;
        Popup::menu(&chip).accessible_name("Account").show(|ui| {
            if pick::item(ui, "all accounts", self.account.is_none()) {
                chosen = Some(None);
            }
            for account in cx.snapshot.accounts.rows() {
                let on = self.account.as_ref() == Some(&account.name);
                if pick::item(ui, &safe_text::line(account.name.as_str()), on) {
                    chosen = Some(Some(account.name.clone()));
                }
            }
        });
        if let Some(account) = chosen {
            self.account = account;
        }
    }

    fn sort_menu(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let sort = cx.settings.views.builds_sort;
        let direction = if self.reversed { ", reversed" } else { "" };
        let chip = ui.add(Chip::new(format!("{}{direction}", sort_words(sort))).clickable());
        let mut chosen = None;
        Popup::menu(&chip).accessible_name("Order").show(|ui| {
            for other in [
                BuildSort::Newest,
                BuildSort::Attention,
                BuildSort::Project,
                BuildSort::Longest,
            ] {
                if pick::item(ui, sort_words(other), other == sort) {
                    chosen = Some(other);
                }
            }
        });
        if let Some(chosen) = chosen {
            self.sort_by(chosen, cx);
        }
    }

    /// The same order asked for again is turned round.
    fn sort_by(&mut self, sort: BuildSort, cx: &mut ViewContext<'_>) {
        if cx.settings.views.builds_sort == sort {
            self.reversed = !self.reversed;
            return;
        }
        self.reversed = false;
        cx.actions
            .push(UiAction::Settings(Box::new(move |settings| {
                settings.views.builds_sort = sort;
            })));
    }

    fn obey_done(&mut self, done: Option<Done>, cx: &mut ViewContext<'_>) {
        match done {
            Some(Done::Open(build)) => cx.actions.push(super::open(build)),
            Some(Done::OpenProject(project)) => cx.actions.push(super::open_project(project)),
            Some(Done::Sort(sort)) => self.sort_by(sort, cx),
            None => {}
        }
    }

    fn obey(&mut self, context: &egui::Context, cx: &mut ViewContext<'_>) {
        self.filter_keys(context);
        only_keys(context, &mut self.only);
        if keys::pressed(context, Key::G) {
            cx.actions.push(regroup(cx.settings.views.builds_group));
        }
        let rows = cx.snapshot.builds.rows();
        if let Some(build) = self.table.obey(context, rows) {
            cx.actions.push(super::open(build));
        }
        if let Some(selected) = self.table.selected(rows).cloned() {
            super::verbs::keys(context, &selected, cx, false);
        } else if keys::pressed(context, Key::P) {
            go(cx, BuildsRoute::Projects);
        }
    }
}

/// Builds or projects.
fn which_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, projects: bool) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (words, is_on, route) in [
            ("Builds", !projects, BuildsRoute::All),
            ("Projects", projects, BuildsRoute::Projects),
        ] {
            if segment(ui, words, is_on, size::BUTTON) {
                go(cx, route);
            }
        }
    });
    ui.add_space(space::S);
}

fn go(cx: &mut ViewContext<'_>, route: BuildsRoute) {
    cx.actions.push(UiAction::Replace(Route::Builds(route)));
}

/// The states as words with their counts, which are none before anything `is_read`; one of them is on.
pub fn states_ui(ui: &mut Ui, order: &Order, is_read: bool, on: &mut Only) {
    for (only, count) in Only::ALL.into_iter().zip(order.counts) {
        let words = match (only, is_read) {
            (Only::All, _) => only.words().to_owned(),
            (_, true) => format!("{} {count}", only.words()),
            (_, false) => format!("{} —", only.words()),
        };
        if segment(ui, &words, *on == only, size::BUTTON) {
            *on = only;
        }
    }
}

/// `1` all, `2` failed, `3` running, `4` queued.
pub fn only_keys(context: &egui::Context, on: &mut Only) {
    for (key, only) in ["1", "2", "3", "4"].into_iter().zip(Only::ALL) {
        if keys::typed(context, key) {
            *on = only;
        }
    }
}

fn filter_id() -> Id {
    Id::unique("builds filter")
}

const fn sort_words(sort: BuildSort) -> &'static str {
    match sort {
        BuildSort::Newest => "newest first",
        BuildSort::Attention => "not green first",
        BuildSort::Project => "by project",
        BuildSort::Longest => "longest first",
    }
}

const fn group_words(group: BuildGroup) -> &'static str {
    match group {
        BuildGroup::None => "not grouped",
        BuildGroup::Project => "grouped by project",
    }
}

fn group_chip(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let group = cx.settings.views.builds_group;
    let chip = ui.add(Chip::new(group_words(group)).clickable());
    if chip.on_hover_text("Group by project, or not (g)").clicked() {
        cx.actions.push(regroup(group));
    }
}

fn regroup(group: BuildGroup) -> UiAction {
    let other = match group {
        BuildGroup::None => BuildGroup::Project,
        BuildGroup::Project => BuildGroup::None,
    };
    UiAction::Settings(Box::new(move |settings| {
        settings.views.builds_group = other;
    }))
}
