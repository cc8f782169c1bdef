//! What can be done with a build, each where its state allows it, else with the reason why not.
//!
//! The build's pane, the Builds view's header, its keys and the palette all offer these, so that a verb has one condition
//! and one wording wherever it is reached from.

use crate::model::build::Build;
use crate::model::command::Command;
use crate::model::console;
use crate::model::ids::{BuildKey, Scope};
use crate::ui::action::{Confirmation, UiAction};
use crate::ui::offer::{Offer, confirm};
use crate::ui::view::ViewContext;
use crate::ui::widgets::build_header::short_id;
use crate::ui::widgets::safe_text;
use crate::ui::widgets::scope_chip::Place;

/// Stop while it runs or waits.
pub fn stop(key: &BuildKey, build: &Build, cx: &ViewContext<'_>) -> Offer {
    let object = object(key, build, cx);
    let write = Confirmation {
        title: format!("Stop build {} of {}", short_id(build), project(build)),
        consequences: vec![
            "The build ends as STOPPED where it is; what it has already pushed or written stays."
                .to_owned(),
            "An action of a pipeline that waits for it fails.".to_owned(),
        ],
        button: format!("Stop build: {object}"),
        dangerous: true,
        reason: None,
        command: stop_command(key),
    };
    Offer {
        words: "Stop build…".to_owned(),
        key: "s",
        ask: if build.state.status.is_moving() {
            confirm(write, cx)
        } else {
            Err("It has ended: there is nothing to stop".to_owned())
        },
    }
}

/// Run it again, once it has ended.
pub fn retry(key: &BuildKey, build: &Build, cx: &ViewContext<'_>) -> Offer {
    let object = object(key, build, cx);
    let write = Confirmation {
        title: format!("Retry build {} of {}", short_id(build), project(build)),
        consequences: vec![
            "CodeBuild runs the same build again, with the same source and variables, outside any pipeline execution."
                .to_owned(),
        ],
        button: format!("Retry build: {object}"),
        dangerous: false,
        reason: None,
        command: retry_command(key),
    };
    Offer {
        words: "Retry build…".to_owned(),
        key: "r",
        ask: if build.state.status.is_moving() {
            Err("It has not ended yet: stop it first, or wait".to_owned())
        } else {
            confirm(write, cx)
        },
    }
}

/// Stop or retry, whichever its state allows, and the command that it would be.
pub fn first(key: &BuildKey, build: &Build, cx: &ViewContext<'_>) -> (Offer, Command) {
    if build.state.status.is_moving() {
        (stop(key, build, cx), stop_command(key))
    } else {
        (retry(key, build, cx), retry_command(key))
    }
}

pub fn open_in_console(key: &BuildKey) -> UiAction {
    UiAction::OpenLink(console::build(key))
}

/// Copies the ARN and says so.
pub fn copy_arn(build: &Build) -> [UiAction; 2] {
    [
        UiAction::Copy(build.arn.clone()),
        UiAction::Say("Copied the build's ARN".to_owned()),
    ]
}

fn stop_command(key: &BuildKey) -> Command {
    Command::StopBuild {
        scope: key.scope.clone(),
        build: key.id.clone(),
    }
}

fn retry_command(key: &BuildKey) -> Command {
    Command::RetryBuild {
        scope: key.scope.clone(),
        build: key.id.clone(),
    }
}

fn project(build: &Build) -> String {
    safe_text::line(build.project.as_str()).into_owned()
}

/// `web-shop #412 in prod (4821-0093-7715, eu-west-1)`.
fn object(key: &BuildKey, build: &Build, cx: &ViewContext<'_>) -> String {
    let number = build
        .number
        .map(|number| format!(" #{number}"))
        .unwrap_or_default();
    format!("{}{number} in {}", project(build), place(&key.scope, cx))
}

fn place(scope: &Scope, cx: &ViewContext<'_>) -> String {
    Place::of(cx.snapshot, cx.settings, scope).object()
}
