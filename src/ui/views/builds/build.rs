//! One build on one screen: its phases, its log at the left, everything else about it at the right.

use std::sync::Arc;

use eframe::egui::{Align, Key, Layout, Rect, Sense, Ui, Vec2, pos2};

use super::row;
use super::side::Side;
use super::usual::Usuals;
use crate::model::build::{Build, Initiator, Usual};
use crate::model::ids::{BatchKey, BuildKey, BuildProjectKey, RevisionId};
use crate::model::status::Status;
use crate::model::time::{duration, rough};
use crate::ui::action::UiAction;
use crate::ui::keys;
use crate::ui::route::{BuildTab, BuildsRoute, Route};
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::build_pane::BuildPane;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::splitter::{self, Moves};
use crate::ui::widgets::{age, build_verbs, copyable, glyph, phase_strip, safe_text};

const GAP: f32 = space::M;
const LEAST_SIDE: f32 = 280.0;
const LEAST_MAIN: f32 = 420.0;
/// From this width on the side pane is open by itself: narrower, the log needs the room.
const WIDE: f32 = 1_100.0;
/// The width of the side pane where it is closed.
const STRIP: f32 = 36.0;

pub struct BuildPage {
    of: Option<BuildKey>,
    pane: BuildPane,
    side: Side,
    /// Whether the side pane is open, once a person has said so; before, it is where there is room.
    side_open: Option<bool>,
    /// While the splitter is dragged; let go, the settings have it.
    dragged: Option<f32>,
}

impl Default for BuildPage {
    fn default() -> Self {
        Self {
            of: None,
            pane: BuildPane::beside(),
            side: Side::default(),
            side_open: None,
            dragged: None,
        }
    }
}

impl BuildPage {
    /// Letters are the log's.
    pub fn has_focus(&self) -> bool {
        self.pane.has_focus()
    }

    pub fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        key: &BuildKey,
        tab: BuildTab,
        usuals: &Usuals,
    ) {
        if self.of.as_ref() != Some(key) {
            *self = Self {
                of: Some(key.clone()),
                side_open: self.side_open,
                ..Self::default()
            };
        }
        cx.focus.build = Some(key.clone());
        let row = cx.snapshot.builds.get(key);
        let build = row.and_then(|row| row.build.value()).cloned();
        let project = BuildProjectKey {
            scope: key.scope.clone(),
            name: project_of(key, build.as_deref()).into(),
        };
        if !cx.covered {
            self.obey(ui, cx, key, tab);
        }
        header_ui(ui, cx, key, &project, build.as_deref());
        if let Some(build) = build.as_deref() {
            ui.add_space(space::S);
            let usual = usuals.of(&project);
            summary_ui(ui, cx, key, build, usual);
            ui.add_space(space::S);
            phase_strip::show(ui, build, usual, cx.now);
        }
        ui.add_space(GAP);
        self.lower_ui(ui, cx, key, tab, build.as_ref());
    }

    fn obey(&mut self, ui: &Ui, cx: &mut ViewContext<'_>, key: &BuildKey, tab: BuildTab) {
        let context = ui.ctx();
        super::verbs::keys(context, key, cx, self.pane.has_focus());
        if keys::pressed(context, Key::D) {
            self.side_open = Some(!self.is_side_open(ui.available_width()));
        }
        let tabs = super::side::TABS;
        let at = tabs.iter().position(|(one, _)| *one == tab).unwrap_or(0);
        for (stroke, to) in [("[", at.checked_sub(1)), ("]", Some(at + 1))] {
            if keys::typed(context, stroke)
                && let Some((tab, _)) = to.and_then(|to| tabs.get(to))
            {
                self.side_open = Some(true);
                cx.actions.push(UiAction::Replace(place(key, *tab)));
            }
        }
    }

    fn is_side_open(&self, width: f32) -> bool {
        self.side_open.unwrap_or(width >= WIDE)
    }

    fn lower_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        key: &BuildKey,
        tab: BuildTab,
        build: Option<&Arc<Build>>,
    ) {
        let room = ui.available_rect_before_wrap();
        if !self.is_side_open(room.width()) {
            let strip = room.with_min_x(room.right() - STRIP);
            let left = room.with_max_x(strip.left() - GAP);
            super::pane_ui(ui, left, "log", |ui| {
                self.pane.ui(ui, cx, key);
            });
            if strip_ui(ui, strip) {
                self.side_open = Some(true);
            }
            return;
        }
        let most = (room.width() - GAP - LEAST_MAIN).max(LEAST_SIDE);
        let width = self
            .dragged
            .unwrap_or(cx.settings.views.builds_side_width)
            .clamp(LEAST_SIDE, most);
        let middle = room.right() - width;
        let left = Rect::from_min_max(room.min, pos2(middle - GAP, room.bottom()));
        let gap = Rect::from_min_max(pos2(left.right(), room.top()), pos2(middle, room.bottom()));
        let right = Rect::from_min_max(pos2(middle, room.top()), room.max);
        super::pane_ui(ui, left, "log", |ui| {
            self.pane.ui(ui, cx, key);
        });
        super::pane_ui(ui, right, "side", |ui| {
            if self.side.ui(ui, cx, key, tab, build) {
                self.side_open = Some(false);
            }
        });
        let moved = splitter::ui(ui, gap, Moves::Sideways, "Resize the side pane");
        if moved.by != 0.0 {
            self.dragged = Some((width - moved.by).clamp(LEAST_SIDE, most));
        }
        let chosen = if moved.reset {
            self.dragged = None;
            Some(crate::model::settings::ViewSettings::default().builds_side_width)
        } else if moved.released {
            self.dragged.take()
        } else {
            None
        };
        if let Some(width) = chosen {
            cx.actions
                .push(UiAction::Settings(Box::new(move |settings| {
                    settings.views.builds_side_width = width.round();
                })));
        }
    }
}

/// The project's name: AWS's own word, else the part of the id before the colon.
fn project_of<'a>(key: &'a BuildKey, build: Option<&'a Build>) -> &'a str {
    let id = key.id.as_str();
    build.map_or_else(
        || id.rsplit_once(':').map_or(id, |(project, _)| project),
        |build| build.project.as_str(),
    )
}

/// What is left of the side pane where it is closed; returns whether it is to open.
fn strip_ui(ui: &mut Ui, rect: Rect) -> bool {
    let mut opens = false;
    super::pane_ui(ui, rect, "side strip", |ui| {
        ui.vertical_centered(|ui| {
            ui.add_space(space::S);
            let button = Button::new("‹").quiet().small().named("Show the details");
            let hint = "Environment, variables, reports, batch, and how to run it locally (d)";
            opens = ui.add(button).on_hover_text(hint).clicked();
        });
    });
    opens
}

pub fn place(key: &BuildKey, tab: BuildTab) -> Route {
    Route::Builds(BuildsRoute::Build {
        build: key.clone(),
        tab,
    })
}

/// Where one is, and what can be done.
fn header_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    key: &BuildKey,
    project: &BuildProjectKey,
    build: Option<&Build>,
) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(28.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            if let Some(build) = build {
                buttons_ui(ui, cx, key, build);
            }
            ui.add_space(space::M);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                super::crumbs(ui, cx, project);
                let title = build.map_or_else(|| key.id.to_string(), row::number);
                ui.label(theme.title(safe_text::line(&title)));
                Place::of(cx.snapshot, cx.settings, &key.scope).chip(ui);
            });
        });
    });
}

/// From the right, the weightiest first.
fn buttons_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildKey, build: &Build) {
    let (offer, _) = build_verbs::first(key, build, cx);
    let moving = build.state.status.is_moving();
    let button = Button::new(offer.words.clone())
        .key(offer.key)
        .disabled_because(offer.refusal().map(str::to_owned));
    let button = if moving { button.danger() } else { button };
    if ui.add(button).clicked() {
        cx.actions.push(offer.into_action());
    }
    let console = Button::new("Console ↗")
        .key("o")
        .named("Open in the AWS console");
    if ui.add(console).clicked() {
        cx.actions.push(build_verbs::open_in_console(key));
    }
}

/// State, source, who, how long against the usual, what is billed: a line of it.
fn summary_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    key: &BuildKey,
    build: &Build,
    usual: Option<&Usual>,
) {
    let theme = theme::of(ui);
    let room = Vec2::new(ui.available_width(), size::LINE);
    ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let status = build.status();
            let word = format!("AWS says {}", build.state.word());
            glyph::status(ui, status, size::GLYPH).on_hover_text(&word);
            ui.label(theme.strong(status.label())).on_hover_text(word);
        });
        if let Some(took) = build.elapsed(cx.now) {
            time_ui(ui, build, took, usual);
        } else if let (Status::Queued, Some(usual)) = (build.status(), usual) {
            ui.label(theme.soft(format!("usually takes {}", rough(usual.took))));
        }
        if let Some(started) = build.started {
            let words = format!("started {}", crate::model::time::ago(started, cx.now));
            age::show(ui, theme.soft(words), started, cx.now);
        }
        if let Some(branch) = build.branch() {
            ui.label(theme.body(safe_text::elide(&safe_text::line(branch), 40)));
        }
        if let Some(revision) = build.revision() {
            copyable::id(ui, RevisionId::short(&revision), revision.as_str(), cx.actions);
        }
        initiator_ui(ui, cx, key, build);
        if let Some(batch) = &build.batch
            && super::crumb(ui, "in a batch", "Open the batch")
        {
            let route = BuildsRoute::Batch(BatchKey {
                scope: key.scope.clone(),
                id: batch.clone(),
            });
            cx.actions.push(UiAction::Go(Route::Builds(route)));
        }
        if let Some(billed) = build.billed(cx.now) {
            let words = format!("billed {}", billed.words());
            ui.label(theme.soft(words)).on_hover_text(
                "From the submission to the end, in begun minutes; compute on Lambda in seconds. What a minute costs depends on the compute and the region.",
            );
        }
    });
}

fn time_ui(ui: &mut Ui, build: &Build, took: std::time::Duration, usual: Option<&Usual>) {
    let theme = theme::of(ui);
    let moving = build.state.status.is_moving();
    if moving {
        age::tick_second(ui, took);
    }
    let words = match usual {
        Some(usual) if moving => {
            format!("{} of ~{}", duration(took), row::usual_words(usual.took))
        }
        Some(usual) => format!(
            "{}, usually {}",
            duration(took),
            row::usual_words(usual.took)
        ),
        None => duration(took),
    };
    let response = ui.label(theme.body(words));
    if let Some(usual) = usual {
        response.on_hover_text(format!(
            "Usually {}: the median of the last {} that succeeded",
            duration(usual.took),
            usual.of
        ));
        if moving {
            let (bar, _) = ui.allocate_exact_size(Vec2::new(120.0, 4.0), Sense::hover());
            row::against_usual(ui, bar, took, usual.took);
        }
    }
}

/// Who started it; a pipeline is a way there.
fn initiator_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildKey, build: &Build) {
    let theme = theme::of(ui);
    let Some(by) = build.started_by() else { return };
    let words = safe_text::line(&format!("by {}", by.words())).into_owned();
    let words = safe_text::elide(&words, 48).into_owned();
    let Initiator::Pipeline(name) = by else {
        ui.label(theme.soft(words));
        return;
    };
    let pipeline = crate::model::ids::PipelineKey {
        scope: key.scope.clone(),
        name: name.into(),
    };
    if cx.snapshot.pipelines.get(&pipeline).is_none() {
        ui.label(theme.soft(words));
    } else if super::crumb(ui, &words, "Open the pipeline") {
        let route = crate::ui::route::ProjectRoute::new(pipeline);
        cx.actions.push(UiAction::Go(Route::Project(route)));
    }
}
