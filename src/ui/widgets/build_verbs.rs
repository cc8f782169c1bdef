//! What can be done with a build, each where its state allows it, else with the reason why not.
//!
//! The build's pane, the Builds view's header, its keys and the palette all offer these, so that a verb has one condition
//! and one wording wherever it is reached from.

use crate::model::build::{Batch, Build, BuildOverrides};
use crate::model::command::Command;
use crate::model::console;
use crate::model::ids::{BatchKey, BuildKey, BuildProjectKey, Scope};
use crate::ui::action::{Choice, Confirmation, UiAction, Way};
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

/// A build of a project that may differ from what it says.
pub fn start(project: &BuildProjectKey, cx: &ViewContext<'_>) -> Offer {
    let command = Command::StartBuild {
        scope: project.scope.clone(),
        project: project.name.clone(),
        overrides: BuildOverrides::default(),
    };
    Offer {
        words: "Start build…".to_owned(),
        key: "c",
        ask: opens(project, false, &command, cx),
    }
}

/// A batch of a project. `batches` tells whether it has a configuration for them, where that is known.
pub fn start_batch(
    project: &BuildProjectKey,
    batches: Option<bool>,
    cx: &ViewContext<'_>,
) -> Offer {
    let command = Command::StartBatch {
        scope: project.scope.clone(),
        project: project.name.clone(),
        overrides: BuildOverrides::default(),
    };
    Offer {
        words: "Start batch…".to_owned(),
        key: "b",
        ask: if batches == Some(false) {
            Err("The project has no batch configuration".to_owned())
        } else {
            opens(project, true, &command, cx)
        },
    }
}

fn opens(
    project: &BuildProjectKey,
    batch: bool,
    command: &Command,
    cx: &ViewContext<'_>,
) -> Result<UiAction, String> {
    match cx.snapshot.refusal(command, cx.now) {
        Some(reason) => Err(reason),
        None => Ok(UiAction::OpenStart {
            project: project.clone(),
            batch,
        }),
    }
}

/// Stop every build of a batch that runs.
pub fn stop_batch(key: &BatchKey, batch: &Batch, cx: &ViewContext<'_>) -> Offer {
    let object = batch_object(key, batch, cx);
    let write = Confirmation {
        title: format!("Stop batch {object}"),
        consequences: vec![
            "Every build of it that runs ends as STOPPED where it is; those that have not begun do not begin."
                .to_owned(),
            "What has already been pushed or written stays.".to_owned(),
        ],
        button: format!("Stop batch: {object}"),
        dangerous: true,
        reason: None,
        command: Command::StopBatch {
            scope: key.scope.clone(),
            batch: key.id.clone(),
        },
    };
    Offer {
        words: "Stop batch…".to_owned(),
        key: "s",
        ask: if batch.state.status.is_moving() {
            confirm(write, cx)
        } else {
            Err("It has ended: there is nothing to stop".to_owned())
        },
    }
}

/// Run what failed of a batch again, or all of it.
pub fn retry_batch(key: &BatchKey, batch: &Batch, cx: &ViewContext<'_>) -> Offer {
    let object = batch_object(key, batch, cx);
    let command = |all| Command::RetryBatch {
        scope: key.scope.clone(),
        batch: key.id.clone(),
        all,
    };
    let way = |name: &str, consequence: &str, verb: &str, all: bool| Way {
        name: name.to_owned(),
        consequences: vec![consequence.to_owned()],
        button: format!("{verb}: {object}"),
        dangerous: false,
        refusal: None,
        command: command(all),
    };
    let failed = way(
        "Failed builds",
        "The builds that failed run again, and those that waited for them; what succeeded stays.",
        "Retry failed builds",
        false,
    );
    let all = way(
        "All builds",
        "The whole batch runs again from its beginning, what succeeded as well.",
        "Retry all builds",
        true,
    );
    let choice = Choice {
        title: format!("Retry batch {object}"),
        ways: vec![failed, all],
        reason: None,
    };
    // RetryBuildBatch: "Only batch builds that have failed can be retried."
    let refusal = match batch.state.status {
        status if status.is_moving() => {
            Some("It has not ended yet: stop it first, or wait".to_owned())
        }
        status if !status.is_bad() => {
            Some("CodeBuild retries only a batch that failed: start another one".to_owned())
        }
        _ => cx.snapshot.refusal(&command(false), cx.now),
    };
    Offer {
        words: "Retry batch…".to_owned(),
        key: "r",
        ask: refusal.map_or(Ok(UiAction::Choose(choice)), Err),
    }
}

fn batch_object(key: &BatchKey, batch: &Batch, cx: &ViewContext<'_>) -> String {
    let name = safe_text::line(batch.project.as_str());
    let number = batch
        .number
        .map(|number| format!(" #{number}"))
        .unwrap_or_default();
    format!("{name}{number} in {}", place(&key.scope, cx))
}
