//! Every project of every account and region, also those without a recent build.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{
    self, Align2, CornerRadius, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2,
};

use super::asked::{self, Asked};
use super::order::began;
use super::row::{account_ui, text_in, usual_words};
use super::usual::Usuals;
use crate::model::build::{Build, BuildAbout, BuildProject};
use crate::model::ids::{BuildProjectKey, Scope};
use crate::model::oneshot::{Request, Response};
use crate::model::status::Status;
use crate::model::time::{Timestamp, rough};
use crate::ui::keys;
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{age, empty, fault_banner, glyph, panel, safe_text, skeleton};

/// Outcomes shown of each project, the newest at the right.
const RECENT: usize = 10;

/// A project with what is known of its builds.
struct Known {
    key: BuildProjectKey,
    /// None where only its builds tell of it.
    project: Option<BuildProject>,
    /// Newest first.
    recent: Vec<Status>,
    newest: Option<Timestamp>,
    /// What a filter finds, in lower case.
    words: String,
}

#[derive(Default)]
pub struct Projects {
    all: Vec<Known>,
    /// What they were gathered from: the builds' revision, and the listings by their addresses.
    of: Option<(u64, Vec<usize>)>,
    found: Vec<usize>,
    found_for: Option<String>,
    selected: Option<BuildProjectKey>,
    reveal: bool,
    page: usize,
}

impl Projects {
    /// `12 projects`, `3 of 12 projects`.
    pub fn count_words(&self) -> String {
        match (self.found.len(), self.all.len()) {
            (_, 0) => "Projects".to_owned(),
            (_, 1) => "1 project".to_owned(),
            (found, all) if found == all => format!("{all} projects"),
            (found, all) => format!("{found} of {all} projects"),
        }
    }

    /// Asks for the projects of each scope, and gathers what is known.
    pub fn follow(&mut self, cx: &mut ViewContext<'_>, filter: &str) {
        let scopes: Vec<Scope> = cx.snapshot.listings.keys().cloned().collect();
        let mut listed: Vec<(Scope, &Arc<Vec<BuildProject>>)> = Vec::new();
        for scope in scopes {
            let request = Request::BuildProjects {
                scope: scope.clone(),
            };
            if let Asked::Ready(_, Response::BuildProjects(projects)) = asked::ask(cx, &request) {
                listed.push((scope, projects));
            }
        }
        let addresses: Vec<usize> = listed
            .iter()
            .map(|(_, projects)| Arc::as_ptr(projects) as usize)
            .collect();
        let of = (cx.snapshot.builds.revision(), addresses);
        if self.of.as_ref() != Some(&of) {
            self.all = gather(cx, &listed);
            self.of = Some(of);
            self.found_for = None;
        }
        if self.found_for.as_deref() != Some(filter) {
            let terms: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
            let passes = |known: &Known| terms.iter().all(|term| known.words.contains(term));
            let all = self.all.iter().enumerate();
            self.found = all
                .filter(|(_, known)| passes(known))
                .map(|(index, _)| index)
                .collect();
            self.found_for = Some(filter.to_owned());
        }
    }

    /// Paints them into all the room there is; returns the project that was opened.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        usuals: &Usuals,
        filter: &str,
    ) -> Option<BuildProjectKey> {
        let is_reading = faults_ui(ui, cx);
        let mut ui = panel::whole(ui);
        if self.found.is_empty() {
            nothing_ui(&mut ui, is_reading, filter);
            return None;
        }
        let columns = Columns::new(&ui);
        columns.head_ui(&mut ui);
        let mut scroll = ScrollArea::vertical()
            .id_salt("projects")
            .auto_shrink([false, false]);
        if std::mem::take(&mut self.reveal)
            && let Some(index) = self.position()
        {
            let top = index as f32 * size::ROW - ui.available_height() / 2.0;
            scroll = scroll.vertical_scroll_offset(top.max(0.0));
        }
        let mut opened = None;
        let output = scroll.show_rows(&mut ui, size::ROW, self.found.len(), |ui, range| {
            for index in self.found.get(range).unwrap_or_default() {
                let Some(known) = self.all.get(*index) else {
                    continue;
                };
                let is_on = self.selected.as_ref() == Some(&known.key);
                if row_ui(ui, cx, known, usuals, &columns, is_on) {
                    opened = Some(known.key.clone());
                }
            }
        });
        self.page = (output.inner_rect.height() / size::ROW) as usize;
        if let Some(opened) = &opened {
            self.selected = Some(opened.clone());
        }
        opened
    }

    fn position(&self) -> Option<usize> {
        let selected = self.selected.as_ref()?;
        self.found.iter().position(|index| {
            self.all
                .get(*index)
                .is_some_and(|known| known.key == *selected)
        })
    }

    /// The selected project, where it is among those found.
    pub fn selected(&self) -> Option<&BuildProjectKey> {
        self.position().and(self.selected.as_ref())
    }

    /// Whether the selected project can be built in batches, where that is known.
    pub fn batches(&self) -> Option<bool> {
        let selected = self.selected()?;
        let known = self.all.iter().find(|known| known.key == *selected)?;
        known.project.as_ref().map(|project| project.batches)
    }

    /// Moves the selection; returns the project that Enter opens.
    pub fn obey(&mut self, context: &egui::Context) -> Option<BuildProjectKey> {
        if let Some(step) = keys::moves(context, self.found.len(), self.page) {
            let to = step.from(self.position(), self.found.len());
            let known = self.found.get(to).and_then(|index| self.all.get(*index));
            self.selected = known.map(|known| known.key.clone());
            self.reveal = true;
        }
        let selected = self.selected()?.clone();
        keys::enter(context).then_some(selected)
    }
}

/// Everything known of each project, by name and then by place.
fn gather(cx: &ViewContext<'_>, listed: &[(Scope, &Arc<Vec<BuildProject>>)]) -> Vec<Known> {
    let mut builds: BTreeMap<BuildProjectKey, Vec<&Build>> = BTreeMap::new();
    for row in cx.snapshot.builds.rows() {
        if let Some(build) = row.build.value() {
            let key = row.project_key(build);
            builds.entry(key).or_default().push(build);
        }
    }
    let mut projects: BTreeMap<BuildProjectKey, Option<&BuildProject>> =
        builds.keys().map(|key| (key.clone(), None)).collect();
    for (scope, all) in listed {
        for project in all.iter() {
            let key = BuildProjectKey {
                scope: scope.clone(),
                name: project.name.clone(),
            };
            projects.insert(key, Some(project));
        }
    }
    let mut all: Vec<Known> = projects
        .into_iter()
        .map(|(key, project)| {
            let mut own = builds.remove(&key).unwrap_or_default();
            own.sort_by_key(|build| Reverse(began(build)));
            known(cx, key, project, &own)
        })
        .collect();
    all.sort_by(|a, b| (&a.key.name, &a.key.scope).cmp(&(&b.key.name, &b.key.scope)));
    all
}

fn known(
    cx: &ViewContext<'_>,
    key: BuildProjectKey,
    project: Option<&BuildProject>,
    newest_first: &[&Build],
) -> Known {
    let about = project.map(|project| &project.about);
    let words = [
        key.name.to_string(),
        super::account_words(cx, &key.scope),
        key.scope.region.to_string(),
        project
            .and_then(|project| project.description.clone())
            .unwrap_or_default(),
        about.map(source_words).unwrap_or_default(),
        about
            .map(|about| about.environment.image.clone())
            .unwrap_or_default(),
    ];
    Known {
        recent: newest_first
            .iter()
            .take(RECENT)
            .map(|build| build.status())
            .collect(),
        newest: newest_first.iter().find_map(|build| build.started),
        project: project.cloned(),
        words: words.join("\n").to_lowercase(),
        key,
    }
}

/// `GITHUB harbour/web-shop`
fn source_words(about: &BuildAbout) -> String {
    let Some(source) = about.sources.first() else {
        return String::new();
    };
    let place = source.location.as_deref().unwrap_or_default();
    let place = place.strip_prefix("https://").unwrap_or(place);
    let place = place.strip_suffix(".git").unwrap_or(place);
    match source.kind.as_str() {
        "CODEPIPELINE" => "from its pipeline".to_owned(),
        "NO_SOURCE" => "without a source".to_owned(),
        _ => place.to_owned(),
    }
}

/// What could not be listed; returns whether something is still being read.
fn faults_ui(ui: &mut Ui, cx: &mut ViewContext<'_>) -> bool {
    let mut is_reading = cx.snapshot.listings.is_empty();
    let scopes: Vec<Scope> = cx.snapshot.listings.keys().cloned().collect();
    for scope in scopes {
        let request = Request::BuildProjects { scope };
        match asked::ask(cx, &request) {
            Asked::Reading => is_reading = true,
            Asked::Failed(fault) => {
                fault_banner::show(ui, fault, cx.now);
                ui.add_space(space::XS);
                let again = Button::new("Try again").small();
                if ui.add(again).clicked() {
                    asked::ask_again(cx, &request);
                }
                ui.add_space(space::S);
            }
            Asked::Ready(..) => {}
        }
    }
    is_reading
}

fn nothing_ui(ui: &mut Ui, is_reading: bool, filter: &str) {
    if is_reading {
        egui::Frame::new()
            .inner_margin(egui::Margin::same(12))
            .show(ui, |ui| {
                skeleton::rows(ui, "Reading the projects…", 8);
            });
    } else if filter.trim().is_empty() {
        let how = "A project made in CodeBuild appears here when it is read again.";
        empty::show(ui, "No projects in these accounts and regions", how, |_| {});
    } else {
        let how = format!(
            "No project has “{}” in its name, account, description, source or image.",
            safe_text::line(filter)
        );
        empty::show(ui, "Nothing passes the filter", &how, |_| {});
    }
}

/// Left edges of the columns, worked out from the width.
struct Columns {
    edges: [f32; 7],
}

const TITLES: [&str; 7] = [
    "Project",
    "Account",
    "Last builds",
    "Source",
    "Image",
    "Usual",
    "Last build",
];

impl Columns {
    fn new(ui: &Ui) -> Self {
        let width = ui.max_rect().width() - 10.0;
        let spare = (width - 270.0 - 160.0 - 190.0 - 90.0 - 110.0).max(200.0);
        let mut left = 12.0;
        let widths = [258.0, 160.0, 190.0, spare * 0.55, spare * 0.45, 90.0];
        let mut edges = [left; 7];
        for (edge, width) in edges.iter_mut().skip(1).zip(widths) {
            left += width;
            *edge = left;
        }
        Self { edges }
    }

    fn cell(&self, row: Rect, index: usize) -> Rect {
        let edge = |index: usize| self.edges.get(index).copied();
        let left = row.left() + edge(index).unwrap_or(0.0);
        let right =
            edge(index + 1).map_or_else(|| row.right() - 18.0, |edge| row.left() + edge - 12.0);
        Rect::from_x_y_ranges(left..=right.max(left), row.y_range())
    }

    fn head_ui(&self, ui: &mut Ui) {
        let theme = theme::of(ui);
        let wanted = Vec2::new(ui.available_width(), size::TABLE_HEADER);
        let (rect, _) = ui.allocate_exact_size(wanted, Sense::hover());
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 0.5, theme.outline());
        for (index, title) in TITLES.into_iter().enumerate() {
            let cell = self.cell(rect, index);
            let (at, align) = if index + 1 == TITLES.len() {
                (cell.right_center(), Align2::RIGHT_CENTER)
            } else {
                (cell.left_center(), Align2::LEFT_CENTER)
            };
            ui.painter()
                .text(at, align, title, font::small_medium(), theme.faint);
        }
    }
}

fn row_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    known: &Known,
    usuals: &Usuals,
    columns: &Columns,
    is_on: bool,
) -> bool {
    let theme = theme::of(ui);
    let wanted = Vec2::new(ui.available_width(), size::ROW);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    let name = safe_text::line(known.key.name.as_str()).into_owned();
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, is_on, &name));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_description(description(known));
    });
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    if is_on {
        ui.painter()
            .rect_filled(rect, CornerRadius::ZERO, theme.accent_bg);
    } else if response.hovered() || response.has_focus() {
        let fill = theme.faded(theme.hover, 0.6);
        ui.painter().rect_filled(rect, CornerRadius::ZERO, fill);
    }
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, theme.row_line());
    text_in(ui, columns.cell(rect, 0), &name, font::strong(), theme.text);
    account_ui(ui, cx, &known.key.scope, columns.cell(rect, 1), 1.0);
    recent_ui(ui, columns.cell(rect, 2), &known.recent);
    if let Some(project) = &known.project {
        let source = source_words(&project.about);
        let source = safe_text::line(&source).into_owned();
        text_in(ui, columns.cell(rect, 3), &source, font::body(), theme.soft);
        let image = safe_text::line(&project.about.environment.image).into_owned();
        text_in(ui, columns.cell(rect, 4), &image, font::body(), theme.faint);
    }
    if let Some(usual) = usuals.of(&known.key) {
        let words = usual_words(usual.took);
        text_in(ui, columns.cell(rect, 5), &words, font::body(), theme.text);
    }
    let cell = columns.cell(rect, 6);
    let words = match known.newest {
        Some(newest) => {
            let span = newest.age(cx.now);
            age::tick(ui, span);
            rough(span)
        }
        None if known.recent.is_empty() => "no recent build".to_owned(),
        None => "queued".to_owned(),
    };
    let at = cell.right_center();
    ui.painter()
        .text(at, Align2::RIGHT_CENTER, words, font::body(), theme.faint);
    let hint = known
        .project
        .as_ref()
        .and_then(|project| project.description.as_deref());
    let response = match hint.filter(|words| !words.is_empty()) {
        Some(words) => response.on_hover_text(safe_text::block(words)),
        None => response,
    };
    response.clicked()
}

fn description(known: &Known) -> String {
    let said: Vec<&str> = known.recent.iter().map(|status| status.label()).collect();
    if said.is_empty() {
        format!("in {}; no recent build", known.key.scope)
    } else {
        format!("in {}; newest first: {}", known.key.scope, said.join(", "))
    }
}

/// The last outcomes as glyphs, the newest at the right.
fn recent_ui(ui: &Ui, room: Rect, recent: &[Status]) {
    const STEP: f32 = 17.0;
    let shown = recent
        .iter()
        .take(((room.width() / STEP) as usize).min(RECENT));
    let count = shown.clone().count();
    for (index, status) in shown.enumerate() {
        let x = room.left() + (count - 1 - index) as f32 * STEP + size::SMALL_GLYPH / 2.0;
        let centre = pos2(x, room.center().y);
        let mark = Rect::from_center_size(centre, Vec2::splat(size::SMALL_GLYPH));
        glyph::paint(ui, mark, *status);
    }
}
