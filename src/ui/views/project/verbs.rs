//! What can be done with the pipeline on screen, each where its state allows it, else with the reason why not.
//!
//! The header's buttons, the stage's menu, the keys and the palette all offer these, so that a verb has one condition and
//! one wording wherever it is reached from. Nothing is sent from here: each opens the dialog that asks.

mod pipeline;
mod stage;

use crate::model::command::{Command, Decision};
use crate::model::graph::StageNode;
use crate::ui::action::UiAction;
use crate::ui::view::{Verb, ViewContext};
use crate::ui::views::project::keys;
use crate::ui::views::project::scene::Scene;
use crate::ui::widgets::safe_text;
use crate::ui::widgets::scope_chip::Place;

pub use crate::ui::offer::Offer;
pub use pipeline::{release, stop};
pub use stage::{override_condition, retry, roll_back, transition};

/// The stage that the stage's verbs are about: that of the selected action.
pub fn stage_of(scene: Scene<'_>) -> Option<&StageNode> {
    scene
        .selected
        .and_then(|action| scene.graph.stage(&action.key.stage))
        .or_else(|| scene.graph.stages.first())
}

/// What can be done with the stage of the selected action.
pub fn of_stage(scene: Scene<'_>, cx: &ViewContext<'_>) -> Vec<Offer> {
    let Some(stage) = stage_of(scene) else {
        return Vec::new();
    };
    vec![
        roll_back(scene, stage, cx),
        override_condition(scene, stage, cx),
        transition(scene, stage, cx),
    ]
}

/// All of them for the palette, also those that cannot be done now: chosen, they say why.
pub fn of(scene: Scene<'_>, cx: &ViewContext<'_>) -> Vec<Verb> {
    let object = safe_text::line(scene.pipeline.key.name.as_str()).into_owned();
    let verb = |words: String, actions: Vec<UiAction>| Verb {
        words,
        object: object.clone(),
        actions,
    };
    let mut offers = vec![release(scene, cx), retry(scene, cx), stop(scene, cx)];
    offers.extend(of_stage(scene, cx));
    let mut verbs: Vec<Verb> = offers
        .into_iter()
        .map(|offer| {
            let words = offer.words.trim_end_matches('…').to_owned();
            verb(words, vec![offer.into_action()])
        })
        .collect();
    let console = UiAction::OpenLink(keys::console(scene));
    verbs.push(verb("Open in the AWS console".to_owned(), vec![console]));
    if let Some(copy) = keys::copy_arn(scene) {
        verbs.push(verb("Copy the ARN".to_owned(), copy.into()));
    }
    verbs
}

/// Where the pipeline lives, and its name made safe.
fn place_and_name(scene: Scene<'_>, cx: &ViewContext<'_>) -> (Place, String) {
    let key = &scene.pipeline.key;
    let place = Place::of(cx.snapshot, cx.settings, &key.scope);
    (place, safe_text::line(key.name.as_str()).into_owned())
}

/// What a command was, for the line that tells what became of it.
pub fn name(command: &Command) -> String {
    match command {
        Command::Decide {
            decision: Decision::Approve,
            gate,
            ..
        } => format!("Approve {}", gate.action.action),
        Command::Decide { gate, .. } => format!("Reject {}", gate.action.action),
        Command::ReleaseChange { .. } => "Release change".to_owned(),
        Command::StopExecution { abandon: true, .. } => "Abandon".to_owned(),
        Command::StopExecution { .. } => "Stop".to_owned(),
        Command::RetryStage { stage, .. } => format!("Retry {stage}"),
        Command::RollbackStage { stage, .. } => format!("Roll {stage} back"),
        Command::OverrideCondition {
            stage, condition, ..
        } => format!("Override the condition {} of {stage}", condition.label()),
        Command::SetTransition {
            stage,
            enabled: true,
            ..
        } => format!("Open the way into {stage}"),
        Command::SetTransition { stage, .. } => format!("Close the way into {stage}"),
        Command::StopBuild { .. } => "Stop build".to_owned(),
        Command::RetryBuild { .. } => "Retry build".to_owned(),
        Command::StartBuild { project, .. } => format!("Start a build of {project}"),
        Command::StartBatch { project, .. } => format!("Start a batch of {project}"),
        Command::StopBatch { .. } => "Stop batch".to_owned(),
        Command::RetryBatch { all: true, .. } => "Retry all builds of the batch".to_owned(),
        Command::RetryBatch { .. } => "Retry the failed builds of the batch".to_owned(),
        Command::StopDeployment { .. } => "Stop deployment".to_owned(),
    }
}
