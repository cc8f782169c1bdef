//! The graph room: one execution through one of three lenses, what goes on beside it in words, and PARALLEL mode's lanes.

use std::collections::{BTreeMap, BTreeSet};

use eframe::egui::{
    self, Align, CornerRadius, Key, Layout, Rect, Role, Sense, Ui, Vec2, WidgetInfo,
};

use crate::model::graph::{StageNode, is_large};
use crate::model::ids::{ActionExecutionId, ActionKey, ExecutionId, PipelineKey};
use crate::model::settings::{GraphFold, Lens};
use crate::model::waterfall::Bar;
use crate::ui::action::UiAction;
use crate::ui::keys::{self, Move};
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::drawn::Drawn;
use crate::ui::views::project::header;
use crate::ui::views::project::scene::{Scene, signed_in};
use crate::ui::widgets::attempts::Attempts;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::execution_list::ExecutionList;
use crate::ui::widgets::stage_graph::{
    Done, Drawing, FoldEvent, GraphEvent, StageGraphWidget, lanes_height, lanes_ui, notes_ui,
};
use crate::ui::widgets::{empty, safe_text, skeleton, waterfall};

/// The line of words and controls over the graph, with the gap below it.
pub const BAR: f32 = 24.0 + space::S;

/// What a person did to the look of the graph room, in this run.
#[derive(Default)]
pub struct Room {
    looks: BTreeMap<PipelineKey, Look>,
    list: ExecutionList,
    /// The attempt that the waterfall and the list have selected.
    cursor: Option<ActionExecutionId>,
    /// It was moved by key.
    reveal: bool,
    /// Lanes that were in sight in the last frame.
    pub in_sight: Vec<ExecutionId>,
}

/// The look at one pipeline's graph: pan, zoom, and what was opened of its folds.
#[derive(Default)]
pub struct Look {
    pub graph: StageGraphWidget,
    pub kept: BTreeSet<ActionKey>,
}

/// What is painted in a frame, and how much room there is for it.
#[derive(Clone, Copy)]
pub struct Painting {
    pub height: f32,
    pub is_stale: bool,
    /// Attempts of the execution are still being read.
    pub is_reading: bool,
}

impl Room {
    pub fn look(&mut self, pipeline: &PipelineKey) -> &mut Look {
        self.looks.entry(pipeline.clone()).or_default()
    }

    /// Another execution: what was seen of the last one does not count.
    pub fn leave_execution(&mut self, pipeline: &PipelineKey) {
        self.look(pipeline).kept.clear();
        self.cursor = None;
    }

    /// The height that shows everything in a room of this width.
    pub fn natural_height(drawn: &Drawn, lens: Lens, width: f32) -> f32 {
        match lens {
            Lens::Graph => StageGraphWidget::natural_height(&drawn.laid.layout, width),
            Lens::Waterfall => waterfall::natural_height(&drawn.waterfall),
            Lens::List => ExecutionList::natural_height(drawn.waterfall.bars.len()),
        }
    }

    /// `g` changes the lens; in the waterfall and the list `j` and `k` walk over the attempts.
    pub fn keys(
        &mut self,
        ui: &Ui,
        drawn: &Drawn,
        scene: Scene<'_>,
        cx: &mut ViewContext<'_>,
        in_pane: bool,
    ) {
        let context = ui.ctx();
        if keys::pressed(context, Key::G) {
            set_lens(cx, cx.settings.views.project_lens.next());
        }
        if cx.settings.views.project_lens == Lens::Graph {
            self.graph_keys(ui, drawn, cx, in_pane);
        } else if !in_pane {
            self.walk(ui, drawn, scene, cx);
        }
    }

    fn graph_keys(&mut self, ui: &Ui, drawn: &Drawn, cx: &mut ViewContext<'_>, in_pane: bool) {
        let context = ui.ctx();
        let graph = &mut self.look(&drawn.pipeline.key).graph;
        if keys::typed(context, "+") {
            graph.zoom(true);
        }
        if keys::typed(context, "-") || keys::typed(context, "−") {
            graph.zoom(false);
        }
        if keys::typed(context, "0") {
            graph.fit();
        }
        // In a log it is the level that is shown.
        if !in_pane && is_large(&drawn.graph) && keys::pressed(context, Key::E) {
            self.turn_fold(drawn, cx);
        }
    }

    fn walk(&mut self, ui: &Ui, drawn: &Drawn, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
        let order: Vec<usize> = match cx.settings.views.project_lens {
            Lens::List => self.list.order(&drawn.waterfall, drawn.revision).to_vec(),
            Lens::Waterfall | Lens::Graph => (0..drawn.waterfall.bars.len()).collect(),
        };
        let page = 8;
        let context = ui.ctx();
        // A focused button or list takes its own arrows.
        let Some(step) = keys::moves(context, order.len(), page) else {
            return;
        };
        let bars = &drawn.waterfall.bars;
        let at = self.cursor.as_ref().and_then(|cursor| {
            let is_it = |index: &usize| bars.get(*index).is_some_and(|bar| bar.id == *cursor);
            order.iter().position(is_it)
        });
        let to = Move::from(step, at, order.len());
        if let Some(bar) = order.get(to).and_then(|index| bars.get(*index)) {
            self.select(bar, scene, cx);
            self.reveal = true;
        }
    }

    fn select(&mut self, bar: &Bar, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
        self.cursor = Some(bar.id.clone());
        let route = scene.with_action(bar.key.clone());
        cx.actions.push(UiAction::Replace(route));
    }

    /// The cursor is on an attempt of the selected action: the latest, unless another was chosen.
    fn follow_selection(&mut self, drawn: &Drawn, scene: Scene<'_>) {
        let selected = scene.selected.map(|action| &action.key);
        let bars = &drawn.waterfall.bars;
        let holds = self.cursor.as_ref().is_some_and(|cursor| {
            bars.iter()
                .any(|bar| bar.id == *cursor && Some(&bar.key) == selected)
        });
        if !holds {
            let latest = bars.iter().find(|bar| Some(&bar.key) == selected);
            self.reveal = latest.is_some();
            self.cursor = latest.map(|bar| bar.id.clone());
        }
    }

    /// Paints the line of words, the lens and the lanes.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        drawn: &Drawn,
        scene: Scene<'_>,
        cx: &mut ViewContext<'_>,
        painting: Painting,
    ) {
        let lens = cx.settings.views.project_lens;
        let mut events: Vec<GraphEvent> = Vec::new();
        events.extend(self.bar_ui(ui, drawn, cx, painting.is_reading));
        ui.add_space(space::S);
        ui.scope(|ui| {
            if painting.is_stale {
                ui.multiply_opacity(0.6);
            }
            match lens {
                Lens::Graph => events.extend(self.graph_ui(ui, drawn, scene, cx, painting)),
                Lens::Waterfall | Lens::List => self.attempts_ui(ui, drawn, scene, cx, painting),
            }
        });
        ui.spacing_mut().item_spacing.y = 0.0;
        if lanes_height(&drawn.graph) > 0.0 {
            ui.add_space(space::S);
        }
        let lanes = lanes_ui(ui, &drawn.graph, cx.now);
        self.in_sight = lanes.in_sight;
        events.extend(lanes.event);
        for event in events {
            header::graph_event(event, scene, cx);
        }
    }

    fn graph_ui(
        &mut self,
        ui: &mut Ui,
        drawn: &Drawn,
        scene: Scene<'_>,
        cx: &ViewContext<'_>,
        painting: Painting,
    ) -> Option<GraphEvent> {
        let accounts = signed_in(scene, cx);
        let drawing = Drawing {
            graph: &drawn.graph,
            layout: &drawn.laid.layout,
            revision: drawn.revision,
            selected: scene.selected.map(|action| &action.key),
            chosen: scene
                .route
                .action
                .as_ref()
                .filter(|key| drawn.graph.action(key).is_some()),
            opened: &drawn.laid.opened,
            accounts: &accounts,
            now: cx.now,
        };
        let look = self.look(&drawn.pipeline.key);
        let Done { event, fold } = look.graph.ui(ui, drawing, painting.height);
        match fold {
            Some(FoldEvent::Open(actions)) => look.kept.extend(actions),
            Some(FoldEvent::OpenStages(stages)) => {
                let stages = drawn.graph.stages.get(stages).unwrap_or_default();
                let actions = stages.iter().flat_map(StageNode::actions);
                look.kept.extend(actions.map(|action| action.key.clone()));
            }
            Some(FoldEvent::Close(stage)) => {
                if let Some(stage) = drawn.graph.stages.get(stage) {
                    look.kept.retain(|key| key.stage != stage.name);
                }
            }
            None => {}
        }
        event
    }

    fn attempts_ui(
        &mut self,
        ui: &mut Ui,
        drawn: &Drawn,
        scene: Scene<'_>,
        cx: &mut ViewContext<'_>,
        painting: Painting,
    ) {
        if drawn.waterfall.bars.is_empty() {
            no_attempts_ui(ui, painting);
            return;
        }
        self.follow_selection(drawn, scene);
        let cursor = self.cursor.clone();
        let shown = Attempts {
            waterfall: &drawn.waterfall,
            revision: drawn.revision,
            cursor: cursor.as_ref(),
            reveal: std::mem::take(&mut self.reveal),
            now: cx.now,
        };
        let clicked = match cx.settings.views.project_lens {
            Lens::List => self.list.ui(ui, shown, painting.height),
            Lens::Waterfall | Lens::Graph => waterfall::ui(ui, shown, painting.height),
        };
        if let Some(bar) = clicked.and_then(|index| drawn.waterfall.bars.get(index)) {
            self.select(bar, scene, cx);
        }
    }

    /// What goes on beside the execution at the left; at the right what is to come, the fold, the zoom and the lens.
    fn bar_ui(
        &mut self,
        ui: &mut Ui,
        drawn: &Drawn,
        cx: &mut ViewContext<'_>,
        is_reading: bool,
    ) -> Option<GraphEvent> {
        let mut event = None;
        let wanted = Vec2::new(ui.available_width(), BAR - space::S);
        ui.allocate_ui_with_layout(wanted, Layout::right_to_left(Align::Center), |ui| {
            ui.set_min_height(wanted.y);
            ui.spacing_mut().item_spacing.x = 6.0;
            lens_ui(ui, cx);
            if cx.settings.views.project_lens == Lens::Graph {
                ui.add_space(space::XS);
                self.zoom_ui(ui, drawn);
                self.fold_ui(ui, drawn, cx);
            }
            ui.add_space(space::S);
            if is_reading {
                ui.label(theme::of(ui).small("Reading every attempt…"));
            }
            estimate_ui(ui, drawn, cx);
            ui.add_space(space::S);
            let rest = ui.available_rect_before_wrap();
            let builder = egui::UiBuilder::new()
                .max_rect(rest)
                .layout(Layout::left_to_right(Align::Center));
            ui.scope_builder(builder, |ui| {
                event = notes_ui(ui, &drawn.graph, cx.now);
            });
        });
        event
    }

    fn zoom_ui(&mut self, ui: &mut Ui, drawn: &Drawn) {
        let graph = &mut self.look(&drawn.pipeline.key).graph;
        let button = |words: &str, name: &str| Button::new(words).small().quiet().named(name);
        let closer = ui.add(button("+", "Zoom the stage graph in"));
        if closer.on_hover_text("Closer (+)").clicked() {
            graph.zoom(true);
        }
        if !graph.is_fitted() {
            let fit = ui.add(button("Fit", "Fit the stage graph"));
            if fit.on_hover_text("Fit the whole graph (0)").clicked() {
                graph.fit();
            }
        }
        let further = ui.add(button("−", "Zoom the stage graph out"));
        if further.on_hover_text("Further away (−)").clicked() {
            graph.zoom(false);
        }
    }

    /// Says how much is folded; a click shows all, or folds again.
    fn fold_ui(&mut self, ui: &mut Ui, drawn: &Drawn, cx: &mut ViewContext<'_>) {
        if !is_large(&drawn.graph) {
            return;
        }
        let hidden = drawn.laid.folded.actions;
        let could = drawn.laid.could_fold;
        let (words, hint) = if hidden > 0 {
            let all = drawn.graph.actions().count();
            (
                format!("{hidden} of {all} actions folded"),
                "What succeeded or was skipped is folded. Show all of it (e)",
            )
        } else if could > 0 {
            (
                format!("Fold {could} that are done"),
                "Fold what succeeded or was skipped (e)",
            )
        } else {
            return;
        };
        let button = Button::new(words).small();
        if ui.add(button).on_hover_text(hint).clicked() {
            self.turn_fold(drawn, cx);
        }
    }

    /// Folded: shows all from now on. Shown: folds all that is done.
    fn turn_fold(&mut self, drawn: &Drawn, cx: &mut ViewContext<'_>) {
        let to = if drawn.laid.folded.actions > 0 {
            GraphFold::Never
        } else {
            self.look(&drawn.pipeline.key).kept.clear();
            GraphFold::Auto
        };
        if cx.settings.views.project_fold != to {
            cx.actions
                .push(UiAction::Settings(Box::new(move |settings| {
                    settings.views.project_fold = to;
                })));
        }
    }
}

fn set_lens(cx: &mut ViewContext<'_>, lens: Lens) {
    cx.actions
        .push(UiAction::Settings(Box::new(move |settings| {
            settings.views.project_lens = lens;
        })));
}

/// The three lenses, the one in use marked.
fn lens_ui(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let theme = theme::of(ui);
    let now = cx.settings.views.project_lens;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for lens in Lens::ALL.into_iter().rev() {
            let is_on = lens == now;
            let colour = if is_on { theme.tab_text } else { theme.soft };
            let label = lens.label().to_owned();
            let galley = ui
                .painter()
                .layout_no_wrap(label, font::small_medium(), colour);
            let wanted = Vec2::new(galley.size().x + 18.0, 22.0);
            let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
            let name = format!("Show the execution as {}", lens.label().to_lowercase());
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_on, &name));
            let radius = CornerRadius::same(size::RADIUS);
            if is_on {
                let line = theme.outline();
                let inside = egui::StrokeKind::Inside;
                ui.painter().rect(rect, radius, theme.tab_bg, line, inside);
            } else if response.hovered() || response.has_focus() {
                ui.painter().rect_filled(rect, radius, theme.hover);
            }
            let at = rect.center() - galley.size() / 2.0;
            ui.painter().galley(at, galley, colour);
            if response.on_hover_text(format!("{name} (g)")).clicked() && !is_on {
                set_lens(cx, lens);
            }
        }
    });
}

/// What is left of the execution, by what its actions usually take.
fn estimate_ui(ui: &mut Ui, drawn: &Drawn, cx: &ViewContext<'_>) {
    let Some(estimate) = drawn.graph.estimate(cx.now) else {
        return;
    };
    let words = estimate.words();
    let words = safe_text::line(&words);
    if words.is_empty() {
        return;
    }
    let words = safe_text::elide(&words, 60);
    let label = ui.label(theme::of(ui).small(words).color(theme::of(ui).soft));
    label.on_hover_text(
        "By the median of the last successful runs of what is left; of actions beside each other the longest counts. People at gates are not estimated.",
    );
}

/// Where the bars and rows would be.
fn no_attempts_ui(ui: &mut Ui, painting: Painting) {
    let (rect, _) = ui.allocate_exact_size(
        Vec2::new(ui.available_width(), painting.height),
        Sense::hover(),
    );
    let theme = theme::of(ui);
    ui.painter().add(theme.panel_frame().paint(rect));
    let inside = Rect::from_min_max(rect.min, rect.max).shrink(space::M);
    ui.scope_builder(egui::UiBuilder::new().max_rect(inside), |ui| {
        if painting.is_reading {
            skeleton::rows(ui, "Reading every attempt of this execution…", 3);
        } else {
            empty::show(
                ui,
                "No attempt is known",
                "An execution shows its attempts here as soon as its first action begins.",
                |_| {},
            );
        }
    });
}
