//! The verbs that concern a pipeline or an execution as a whole: release, stop.

use crate::model::command::Command;
use crate::model::graph::label;
use crate::model::pipeline::Execution;
use crate::model::status::Status;
use crate::ui::action::{Choice, UiAction, Way};
use crate::ui::view::ViewContext;
use crate::ui::views::project::scene::Scene;
use crate::ui::views::project::verbs::{Offer, place_and_name};
use crate::ui::widgets::safe_text;

/// StopPipelineExecution takes so many characters of reason.
const REASON: usize = 200;

/// A new execution; its dialog takes revisions and variables.
pub fn release(scene: Scene<'_>, cx: &ViewContext<'_>) -> Offer {
    let key = &scene.pipeline.key;
    let command = Command::ReleaseChange {
        pipeline: key.clone(),
        revisions: Vec::new(),
        variables: Vec::new(),
    };
    Offer {
        words: "Release change…".to_owned(),
        key: "c",
        ask: match cx.snapshot.refusal(&command, cx.now) {
            Some(reason) => Err(reason),
            None => Ok(UiAction::OpenRelease(key.clone())),
        },
    }
}

/// Ends the execution drawn: after what runs now, or at once.
pub fn stop(scene: Scene<'_>, cx: &ViewContext<'_>) -> Offer {
    Offer {
        words: "Stop…".to_owned(),
        key: "s",
        ask: ways_to_stop(scene, cx).map(UiAction::Choose),
    }
}

fn ways_to_stop(scene: Scene<'_>, cx: &ViewContext<'_>) -> Result<Choice, String> {
    let moving = |execution: &&Execution| {
        execution.state.status.is_moving() || execution.state.status == Status::Waiting
    };
    let Some(execution) = scene.execution().filter(moving) else {
        return Err("Nothing runs in this execution".to_owned());
    };
    let (place, name) = place_and_name(scene, cx);
    let label = safe_text::line(&label(scene.pipeline, &execution.id)).into_owned();
    let runs: Vec<String> = scene
        .graph
        .actions()
        .filter(|action| matches!(action.state.status, Status::Running | Status::Waiting))
        .map(|action| safe_text::line(action.key.action.as_str()).into_owned())
        .collect();
    let running = if runs.is_empty() {
        "what runs now".to_owned()
    } else {
        runs.join(", ")
    };
    let way = |abandon: bool| {
        let command = Command::StopExecution {
            pipeline: scene.pipeline.key.clone(),
            execution: execution.id.clone(),
            abandon,
            reason: String::new(),
        };
        let refusal = cx.snapshot.refusal(&command, cx.now);
        let object = place.object();
        if abandon {
            Way {
                name: "Abandon".to_owned(),
                consequences: vec![
                    format!("The execution ends at once; {running} shows as abandoned."),
                    "What its actions have begun, a build or a deployment, goes on unwatched."
                        .to_owned(),
                ],
                button: format!("Abandon: {label} of {name} in {object}"),
                dangerous: true,
                refusal,
                command,
            }
        } else {
            // AWS lets an execution that is stopping only be abandoned.
            let stops = execution.state.word() == "Stopping";
            Way {
                name: "Stop after what runs".to_owned(),
                consequences: vec![
                    format!("Finished first: {running}. Nothing after that starts."),
                    "It can be retried from the stage where it stops.".to_owned(),
                ],
                button: format!("Stop: {label} of {name} in {object}"),
                dangerous: true,
                refusal: if stops {
                    Some("It is stopping already, and waits for its running actions".to_owned())
                } else {
                    refusal
                },
                command,
            }
        }
    };
    let ways = vec![way(false), way(true)];
    // Only while both are refused is there nothing to ask.
    if let [first, second] = ways.as_slice()
        && let (Some(_), Some(reason)) = (&first.refusal, &second.refusal)
    {
        return Err(reason.clone());
    }
    Ok(Choice {
        title: format!("Stop the execution of {label} in {name}"),
        ways,
        reason: Some(("Reason (others will read it)".to_owned(), REASON)),
    })
}
