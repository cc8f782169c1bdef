//! CodeCommit repositories of every account: at the left the list, at the right one of them with its branches, latest
//! commits and open pull requests. Main thread.

mod detail;

use std::sync::Arc;

use eframe::egui::{
    self, Align, CornerRadius, Id, Key, Layout, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, Vec2,
    WidgetInfo,
};

use crate::model::ids::RepositoryKey;
use crate::model::repository::Repository;
use crate::ui::action::UiAction;
use crate::ui::keys;
use crate::ui::route::Route;
use crate::ui::theme::{self, size, space};
use crate::ui::view::{View, ViewContext};
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{empty, fault_banner, safe_text, skeleton};

const LIST: f32 = 340.0;
const ROW: f32 = 52.0;

#[derive(Default)]
pub struct RepositoriesView {
    filter: String,
    found: Arc<Vec<Arc<Repository>>>,
    /// The table's revision and the filter that `found` stands for.
    found_for: Option<(u64, String)>,
}

const KEYS: &[(&str, &str)] = &[
    ("j k ↓ ↑", "the repository below or above"),
    ("/", "filter"),
    ("Esc", "clear the filter"),
    ("y", "copy the address to clone from"),
];

impl View for RepositoriesView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let margin = egui::Margin::same(space::L as i8);
        egui::Frame::new()
            .inner_margin(margin)
            .show(ui, |ui| self.body(ui, cx));
    }

    fn keys(&self, _route: &Route) -> &'static [(&'static str, &'static str)] {
        KEYS
    }
}

impl RepositoriesView {
    fn body(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        for fault in cx
            .snapshot
            .listings
            .values()
            .filter_map(|listings| listings.repositories.fault())
        {
            fault_banner::show(ui, fault, cx.now);
            ui.add_space(space::S);
        }
        if cx.snapshot.repositories.is_empty() {
            nothing(ui, cx);
            return;
        }
        let shown = self.passing(cx);
        let selected = selected(cx, &shown);
        if let Some(key) = &selected {
            cx.focus.repository = Some(key.clone());
        }
        let room = ui.available_rect_before_wrap();
        let list = Rect::from_min_size(room.min, Vec2::new(LIST, room.height()));
        let rest = Rect::from_min_max(egui::pos2(list.right() + space::L, room.top()), room.max);
        self.list(&mut child(ui, list), cx, &shown, selected.as_ref());
        let theme = theme::of(ui);
        ui.painter()
            .add(theme.panel_frame().paint(rest.shrink(1.0)));
        let mut right = child(ui, rest.shrink(1.0));
        match selected
            .as_ref()
            .and_then(|key| cx.snapshot.repositories.get(key))
            .cloned()
        {
            Some(repository) => detail::show(&mut right, cx, &repository),
            None => empty::show(
                &mut right,
                "Nothing passes the filter",
                "Clear it to see every repository.",
                |_| {},
            ),
        }
        if !cx.covered {
            self.obey(ui.ctx(), cx, &shown, selected.as_ref());
        }
    }

    /// The repositories that pass the filter; found anew only when the table or the filter changed.
    fn passing(&mut self, cx: &ViewContext<'_>) -> Arc<Vec<Arc<Repository>>> {
        let wish = (cx.snapshot.repositories.revision(), self.filter.clone());
        if self.found_for.as_ref() != Some(&wish) {
            let terms: Vec<String> = self
                .filter
                .split_whitespace()
                .map(str::to_lowercase)
                .collect();
            let passes = |repository: &Repository| {
                let text =
                    format!("{} {}", repository.key.name, repository.key.scope).to_lowercase();
                terms.iter().all(|term| text.contains(term.as_str()))
            };
            let rows = cx.snapshot.repositories.rows();
            self.found = Arc::new(rows.iter().filter(|row| passes(row)).cloned().collect());
            self.found_for = Some(wish);
        }
        Arc::clone(&self.found)
    }

    fn list(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        shown: &[Arc<Repository>],
        selected: Option<&RepositoryKey>,
    ) {
        let theme = theme::of(ui);
        let room = Vec2::new(ui.available_width(), size::BUTTON);
        ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
            let all = cx.snapshot.repositories.len();
            let words = if shown.len() == all {
                format!("{all} repositories")
            } else {
                format!("{} of {all} repositories", shown.len())
            };
            ui.label(theme.caption(words));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                TextField::new(&mut self.filter, "Filter")
                    .key("/")
                    .width(160.0)
                    .id(filter_id())
                    .show(ui);
            });
        });
        ui.add_space(space::XS);
        let panel = ui.available_rect_before_wrap();
        ui.painter()
            .add(theme.panel_frame().paint(panel.shrink(1.0)));
        let mut ui = child(ui, panel.shrink(1.0));
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical()
            .auto_shrink([false, false])
            .show_rows(&mut ui, ROW, shown.len(), |ui, range| {
                for repository in shown.get(range).unwrap_or_default() {
                    let on = selected == Some(&repository.key);
                    if row(ui, cx, repository, on).clicked() {
                        go(cx, &repository.key);
                    }
                }
            });
    }

    fn obey(
        &mut self,
        context: &egui::Context,
        cx: &mut ViewContext<'_>,
        shown: &[Arc<Repository>],
        selected: Option<&RepositoryKey>,
    ) {
        if keys::typed(context, "/") {
            context.memory_mut(|memory| memory.request_focus(filter_id()));
        }
        if !self.filter.is_empty() && keys::pressed(context, Key::Escape) {
            self.filter.clear();
        }
        if let Some(step) = keys::moves(context, shown.len(), 8) {
            let at = shown.iter().position(|row| Some(&row.key) == selected);
            if let Some(repository) = shown.get(step.from(at, shown.len())) {
                go(cx, &repository.key);
            }
        }
        let address = selected
            .and_then(|key| cx.snapshot.repositories.get(key))
            .and_then(|repository| repository.metadata.value())
            .map(|metadata| metadata.clone_url_http.clone());
        if let Some(address) = address
            && keys::pressed(context, Key::Y)
        {
            cx.actions.push(UiAction::Say(format!("Copied {address}")));
            cx.actions.push(UiAction::Copy(address));
        }
    }
}

fn filter_id() -> Id {
    Id::unique("repositories filter")
}

fn child(ui: &mut Ui, rect: Rect) -> Ui {
    let mut child = ui.new_child(
        UiBuilder::new()
            .id_salt(("part", rect.left() as i32))
            .max_rect(rect)
            .layout(Layout::top_down(Align::Min)),
    );
    child.set_clip_rect(rect.intersect(ui.clip_rect()));
    child
}

/// A choice in the list is a selection, not a step of the history.
fn go(cx: &mut ViewContext<'_>, key: &RepositoryKey) {
    cx.actions
        .push(UiAction::Replace(Route::Repositories(Some(key.clone()))));
}

/// The route's repository, else the first one.
fn selected(cx: &ViewContext<'_>, shown: &[Arc<Repository>]) -> Option<RepositoryKey> {
    match cx.route {
        Route::Repositories(Some(key)) if cx.snapshot.repositories.get(key).is_some() => {
            Some(key.clone())
        }
        _ => shown.first().map(|repository| repository.key.clone()),
    }
}

fn row(ui: &mut Ui, cx: &ViewContext<'_>, repository: &Repository, on: bool) -> egui::Response {
    let theme = theme::of(ui);
    let wanted = Vec2::new(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(Role::Row, true, on, repository.key.name.as_str()));
    if on {
        ui.painter()
            .rect_filled(rect, CornerRadius::ZERO, theme.accent_bg);
    } else if response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect, CornerRadius::ZERO, theme.faded(theme.hover, 0.6));
    }
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, theme.row_line());
    let inside = rect.shrink2(Vec2::new(12.0, 7.0));
    let mut ui = ui.new_child(
        UiBuilder::new()
            .max_rect(inside)
            .layout(Layout::top_down(Align::Min)),
    );
    ui.spacing_mut().item_spacing.y = 2.0;
    let name = safe_text::line(repository.key.name.as_str());
    ui.add(egui::Label::new(theme.strong(name.as_ref())).truncate());
    let place = &repository.key.scope;
    let newest = repository
        .commits
        .value()
        .and_then(|commits| commits.first());
    let words = match newest.and_then(|commit| commit.at) {
        Some(at) => format!("{place} · {}", crate::model::time::ago(at, cx.now)),
        None => place.to_string(),
    };
    ui.add(egui::Label::new(theme.small(words)).truncate());
    response
}

fn nothing(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let listings = cx.snapshot.listings.values();
    if cx.snapshot.accounts.is_empty() {
        empty::show(
            ui,
            "No account yet",
            "Repositories come with an account.",
            |ui| {
                let add = crate::ui::widgets::button::Button::new("Add an account").go();
                if ui.add(add).clicked() {
                    cx.actions.push(UiAction::Go(Route::Accounts));
                }
            },
        );
    } else if cx.snapshot.listings.is_empty()
        || listings
            .clone()
            .any(|listings| listings.repositories.is_loading())
    {
        skeleton::rows(ui, "Reading the CodeCommit repositories…", 8);
    } else {
        empty::show(
            ui,
            "No CodeCommit repositories here",
            "Repositories of GitHub, GitLab and Bitbucket are shown as the sources of their pipelines.",
            |_| {},
        );
    }
}
