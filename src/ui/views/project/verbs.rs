//! What can be done with the pipeline on screen, for the palette: the header's buttons and the keys, by name.

use crate::model::command::Command;
use crate::ui::action::UiAction;
use crate::ui::view::{Verb, ViewContext};
use crate::ui::views::project::scene::Scene;
use crate::ui::views::project::{header, keys};
use crate::ui::widgets::safe_text;
use crate::ui::widgets::scope_chip::Place;

/// All of them, also those that cannot be done now: chosen, they say why.
pub fn of(scene: Scene<'_>, cx: &ViewContext<'_>) -> Vec<Verb> {
    let place = Place::of(cx.snapshot, cx.settings, &scene.pipeline.key.scope);
    let object = safe_text::line(scene.pipeline.key.name.as_str());
    let stop = header::stop(scene, &place);
    let stops = match stop.as_ref().map(|stop| &stop.command) {
        Ok(Command::StopExecution { abandon: true, .. }) => "Abandon the execution",
        _ => "Stop the execution",
    };
    let mut verbs = Vec::new();
    let mut add = |words: &str, actions: Vec<UiAction>| {
        verbs.push(Verb {
            words: words.to_owned(),
            object: object.clone().into_owned(),
            actions,
        });
    };
    for (words, write) in [
        ("Release change", Ok(header::release(scene, &place))),
        ("Retry failed", header::retry(scene, &place)),
        (stops, stop),
    ] {
        add(words, vec![header::confirm_or_say(write, cx)]);
    }
    let console = UiAction::OpenLink(keys::console(scene));
    add("Open in the AWS console", vec![console]);
    if let Some(copy) = keys::copy_arn(scene) {
        add("Copy the ARN", copy.into());
    }
    verbs
}
