//! The keys of the Project view.

use eframe::egui::{Key, Ui};

use crate::model::console;
use crate::model::graph::Step;
use crate::model::oneshot::Oneshot;
use crate::ui::action::UiAction;
use crate::ui::keys;
use crate::ui::view::ViewContext;
use crate::ui::views::project::scene::Scene;
use crate::ui::views::project::side::history;
use crate::ui::views::project::verbs::{self, Offer};
use crate::ui::widgets::log_view;
use crate::ui::widgets::stage_graph::StageGraphWidget;

pub const KEYS: &[(&str, &str)] = &[
    ("h l", "previous, next stage"),
    ("j k", "next, previous action"),
    ("[ ]", "previous, next execution"),
    ("g", "graph, waterfall or list"),
    ("+ − 0", "zoom the graph, fit it"),
    ("e", "fold what is done, or show it"),
    ("w", "why it failed, at the first failed action"),
    ("a", "approve card of the gate that waits"),
    ("c", "release a change"),
    ("r", "retry what failed"),
    ("s", "stop the execution"),
    ("b", "roll the stage back"),
    ("t", "open or close the way into the stage"),
    ("v", "override a condition of the stage"),
    ("o", "open in the AWS console"),
    ("y", "copy the pipeline's ARN"),
    ("d", "everything else about the build"),
];

/// Runs what was pressed in this frame, unless somebody is typing. While someone is `in_pane`, the letters that move and
/// copy are the pane's.
pub fn run(
    ui: &Ui,
    scene: Scene<'_>,
    cx: &mut ViewContext<'_>,
    graph: &mut StageGraphWidget,
    in_pane: bool,
) {
    let pressed = |key| log_view::pressed_beside(ui.ctx(), key, in_pane);
    for (key, step) in [
        (Key::H, Step::PreviousStage),
        (Key::L, Step::NextStage),
        (Key::K, Step::PreviousAction),
        (Key::J, Step::NextAction),
    ] {
        if pressed(key)
            && let Some(action) = scene
                .selected
                .and_then(|selected| scene.step(&selected.key, step))
        {
            graph.reveal(action.clone());
            cx.actions
                .push(UiAction::Replace(scene.with_action(action.clone())));
        }
    }
    for (key, newer) in [("[", false), ("]", true)] {
        if keys::typed(ui.ctx(), key) {
            step(scene, cx, newer);
        }
    }
    // Of a failed build the pane itself shows why.
    let is_at_failure = scene
        .selected
        .is_some_and(|action| action.state.status.is_bad());
    if !is_at_failure && pressed(Key::W) {
        let failed = scene
            .graph
            .actions()
            .find(|action| action.state.status.is_bad());
        match failed {
            Some(action) => {
                graph.reveal(action.key.clone());
                cx.actions
                    .push(UiAction::Replace(scene.with_action(action.key.clone())));
                if let Some(build) = scene.build_of(action) {
                    cx.actions.push(UiAction::OpenWhy { build, place: None });
                }
            }
            None => cx
                .actions
                .push(UiAction::Say("Nothing failed here".to_owned())),
        }
    }
    if pressed(Key::A) {
        match scene.open_gate() {
            Some(action) => cx.actions.push(UiAction::OpenGate {
                pipeline: scene.pipeline.key.clone(),
                action: action.clone(),
                execution: scene.gate_execution(),
            }),
            None => cx
                .actions
                .push(UiAction::Say("No gate waits here".to_owned())),
        }
    }
    verb_keys(scene, cx, pressed);
    if pressed(Key::O) {
        cx.actions.push(UiAction::OpenLink(console(scene)));
    }
    if pressed(Key::Y) {
        for action in copy_arn(scene).into_iter().flatten() {
            cx.actions.push(action);
        }
    }
}

/// To the execution before or after. Beyond the polled ones the older are read first.
fn step(scene: Scene<'_>, cx: &mut ViewContext<'_>, newer: bool) {
    let asked = match history::neighbour(scene, cx, newer) {
        Some(place) => UiAction::Replace(scene.with_execution(place)),
        None if newer => UiAction::Say("This is the newest".to_owned()),
        None => match history::older(scene, cx) {
            None => {
                cx.actions.push(UiAction::Ask(history::request(scene)));
                UiAction::Say("Reading older executions…".to_owned())
            }
            Some(Oneshot::Pending { .. }) => UiAction::Say("Reading older executions…".to_owned()),
            Some(Oneshot::Failed { fault, .. }) => UiAction::Say(fault.headline()),
            Some(Oneshot::Ready { .. }) => UiAction::Say("No older execution is known".to_owned()),
        },
    };
    cx.actions.push(asked);
}

/// The verbs: each opens its dialog, or says why there is none.
fn verb_keys(scene: Scene<'_>, cx: &mut ViewContext<'_>, pressed: impl Fn(Key) -> bool) {
    type Make = for<'a> fn(Scene<'a>, &ViewContext<'_>) -> Option<Offer>;
    let verbs: [(Key, Make); 6] = [
        (Key::C, |scene, cx| Some(verbs::release(scene, cx))),
        (Key::R, |scene, cx| Some(verbs::retry(scene, cx))),
        (Key::S, |scene, cx| Some(verbs::stop(scene, cx))),
        (Key::B, |scene, cx| {
            Some(verbs::roll_back(scene, verbs::stage_of(scene)?, cx))
        }),
        (Key::T, |scene, cx| {
            Some(verbs::transition(scene, verbs::stage_of(scene)?, cx))
        }),
        (Key::V, |scene, cx| {
            Some(verbs::override_condition(
                scene,
                verbs::stage_of(scene)?,
                cx,
            ))
        }),
    ];
    for (key, make) in verbs {
        if pressed(key)
            && let Some(offer) = make(scene, cx)
        {
            cx.actions.push(offer.into_action());
        }
    }
}

/// Copies the pipeline's ARN and says so; none before its definition was read.
pub fn copy_arn(scene: Scene<'_>) -> Option<[UiAction; 2]> {
    let definition = scene.pipeline.definition.value()?;
    Some([
        UiAction::Copy(definition.arn.clone()),
        UiAction::Say("Copied the pipeline's ARN".to_owned()),
    ])
}

/// The pipeline's page in the AWS console.
pub fn console(scene: Scene<'_>) -> String {
    let key = &scene.pipeline.key;
    let region = &key.scope.region;
    let host = console::host(region);
    let name: String = url::form_urlencoded::byte_serialize(key.name.as_str().as_bytes()).collect();
    format!("https://{host}/codesuite/codepipeline/pipelines/{name}/view?region={region}")
}
