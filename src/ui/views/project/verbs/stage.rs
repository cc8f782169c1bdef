//! The verbs that concern a stage: retry, roll back, override a condition, open and close the way into it.

use crate::model::command::{Command, RetryMode};
use crate::model::graph::{StageNode, label};
use crate::model::ids::ExecutionId;
use crate::model::pipeline::{ConditionKind, ConditionState, ExecutionMode, StageState};
use crate::model::status::Status;
use crate::model::time::ago;
use crate::ui::action::{Choice, Confirmation, UiAction, Way};
use crate::ui::offer::{Offer, confirm};
use crate::ui::view::ViewContext;
use crate::ui::views::project::scene::Scene;
use crate::ui::views::project::verbs::{place_and_name, stage_of};
use crate::ui::widgets::safe_text;

/// DisableStageTransition takes so many characters of reason.
const REASON: usize = 300;

/// The failed stage: that of the selection, else the first. AWS retries only the newest execution in a stage.
pub fn retry(scene: Scene<'_>, cx: &ViewContext<'_>) -> Offer {
    let selected = stage_of(scene).filter(|stage| stage.status.is_bad());
    let stage = selected.or_else(|| scene.graph.failed_stage());
    Offer {
        words: stage.map_or_else(
            || "Retry…".to_owned(),
            |stage| format!("Retry {}…", safe_text::elide(stage.name.as_str(), 24)),
        ),
        key: "r",
        ask: match stage {
            Some(stage) => ways_to_retry(scene, stage, cx).map(UiAction::Choose),
            None => Err("Nothing failed in this execution".to_owned()),
        },
    }
}

fn ways_to_retry(
    scene: Scene<'_>,
    stage: &StageNode,
    cx: &ViewContext<'_>,
) -> Result<Choice, String> {
    // In PARALLEL mode the state shows at most what stood there before the mode was changed.
    let definition = scene.pipeline.definition.value();
    let is_told = definition.is_none_or(|it| it.mode != ExecutionMode::Parallel);
    let latest = scene
        .pipeline
        .stage(&stage.name)
        .filter(|_| is_told)
        .and_then(|state| state.latest.as_ref())
        .map(|(latest, _)| latest);
    // A stage that a condition kept closed has had no action run in it.
    let drawn = stage.occupant.as_ref().map(|occupant| &occupant.execution);
    let Some(execution) = drawn.or(latest) else {
        return Err("It is not known which execution failed here".to_owned());
    };
    if latest.is_some_and(|latest| latest != execution) {
        return Err(format!(
            "Another execution has entered {} since; AWS retries only the newest",
            stage.name
        ));
    }
    let (place, name) = place_and_name(scene, cx);
    let label = safe_text::line(&label(scene.pipeline, execution)).into_owned();
    let shown = safe_text::line(stage.name.as_str()).into_owned();
    let names = |wanted: fn(Status) -> bool| -> Vec<String> {
        let actions = stage.actions().filter(|action| wanted(action.state.status));
        actions
            .map(|action| safe_text::line(action.key.action.as_str()).into_owned())
            .collect()
    };
    let failed = names(Status::is_bad);
    let next = scene
        .graph
        .stages
        .iter()
        .skip_while(|other| other.name != stage.name)
        .nth(1);
    let onward = match next {
        None => "If it succeeds, the execution has gone through the pipeline.".to_owned(),
        Some(next) if !next.transition.enabled => format!(
            "If it succeeds, the execution waits before {}, the way into which is closed.",
            safe_text::line(next.name.as_str())
        ),
        Some(next) => format!(
            "If it succeeds, the execution goes on to {}.",
            safe_text::line(next.name.as_str())
        ),
    };
    let way = |mode: RetryMode, name_of: &str, first: String, object: &str| {
        let command = Command::RetryStage {
            pipeline: scene.pipeline.key.clone(),
            stage: stage.name.clone(),
            execution: execution.clone(),
            mode,
        };
        Way {
            name: name_of.to_owned(),
            consequences: vec![first, onward.clone()],
            button: format!("Retry {object}: {shown} of {name} in {}", place.object()),
            dangerous: false,
            refusal: cx.snapshot.refusal(&command, cx.now),
            command,
        }
    };
    let again = if failed.is_empty() {
        "Evaluates again what did not pass. What succeeded is kept.".to_owned()
    } else {
        format!("Runs again: {}. What succeeded is kept.", failed.join(", "))
    };
    let all = names(|_| true);
    let ways = vec![
        way(
            RetryMode::FailedActions,
            "Failed actions",
            again,
            "failed actions",
        ),
        way(
            RetryMode::AllActions,
            "The whole stage",
            format!(
                "Runs every action of the stage again, also what succeeded before: {}.",
                all.join(", ")
            ),
            "the whole stage",
        ),
    ];
    if let Some(reason) = ways.first().and_then(|way| way.refusal.clone()) {
        return Err(reason);
    }
    Ok(Choice {
        title: format!("Retry {shown} of {name} with {label}"),
        ways,
        reason: None,
    })
}

/// Back to what an earlier execution brought; its dialog has the candidates.
pub fn roll_back(scene: Scene<'_>, stage: &StageNode, cx: &ViewContext<'_>) -> Offer {
    Offer {
        words: format!("Roll {} back…", safe_text::elide(stage.name.as_str(), 24)),
        key: "b",
        ask: can_roll_back(scene, stage, cx).map(|()| UiAction::OpenRollback {
            pipeline: scene.pipeline.key.clone(),
            stage: stage.name.clone(),
        }),
    }
}

fn can_roll_back(scene: Scene<'_>, stage: &StageNode, cx: &ViewContext<'_>) -> Result<(), String> {
    let pipeline = scene.pipeline;
    if pipeline.mode() == ExecutionMode::Parallel {
        return Err("AWS does not roll back stages of a PARALLEL pipeline".to_owned());
    }
    let definition = pipeline.definition.value();
    if definition.is_some_and(|definition| definition.pipeline_type == "V1") {
        return Err("Only V2 pipelines can roll a stage back; this one is V1".to_owned());
    }
    let is_first = definition
        .and_then(|definition| definition.stages.first())
        .is_some_and(|first| first.name == stage.name);
    if is_first {
        return Err("The source stage brings changes in; it cannot be rolled back".to_owned());
    }
    let state = pipeline.stage(&stage.name);
    if state
        .and_then(|state| state.latest.as_ref())
        .is_some_and(|(_, state)| state.status.is_moving() || state.status == Status::Waiting)
    {
        return Err(format!(
            "An execution is in {} now; AWS rolls back only a stage at rest",
            stage.name
        ));
    }
    let command = Command::RollbackStage {
        pipeline: pipeline.key.clone(),
        stage: stage.name.clone(),
        target: ExecutionId::from(""),
    };
    cx.snapshot.refusal(&command, cx.now).map_or(Ok(()), Err)
}

/// Lets an execution pass a condition that failed.
pub fn override_condition(scene: Scene<'_>, stage: &StageNode, cx: &ViewContext<'_>) -> Offer {
    Offer {
        words: format!(
            "Override a condition of {}…",
            safe_text::elide(stage.name.as_str(), 24)
        ),
        key: "v",
        ask: failed_condition(scene, stage).and_then(|(state, condition, execution)| {
            let write = overriding(scene, state, condition, execution, cx);
            confirm(write, cx)
        }),
    }
}

fn failed_condition<'a>(
    scene: Scene<'a>,
    stage: &StageNode,
) -> Result<(&'a StageState, &'a ConditionState, &'a ExecutionId), String> {
    let name = &stage.name;
    if scene.pipeline.mode() == ExecutionMode::Parallel {
        return Err("AWS tells nothing of the conditions of a PARALLEL pipeline".to_owned());
    }
    let state = scene.pipeline.stage(name);
    let failed = |condition: &&ConditionState| condition.state.status.is_bad();
    let Some((state, failed)) =
        state.and_then(|state| Some((state, state.conditions.iter().find(failed)?)))
    else {
        return Err(format!("No condition of {name} has failed"));
    };
    let can = state.conditions.iter().find(|condition| {
        condition.state.status.is_bad() && condition.kind.override_word().is_some()
    });
    let Some(condition) = can else {
        return Err(format!(
            "AWS does not override a condition {}",
            failed.kind.label()
        ));
    };
    match state.latest.as_ref() {
        Some((execution, _)) => Ok((state, condition, execution)),
        None => Err(format!("It is not known which execution is at {name}")),
    }
}

fn overriding(
    scene: Scene<'_>,
    state: &StageState,
    condition: &ConditionState,
    execution: &ExecutionId,
    cx: &ViewContext<'_>,
) -> Confirmation {
    let (place, name) = place_and_name(scene, cx);
    let label = safe_text::line(&label(scene.pipeline, execution)).into_owned();
    let kind = condition.kind.label();
    let stage = safe_text::line(state.name.as_str()).into_owned();
    let mut consequences: Vec<String> = condition
        .rules
        .iter()
        .filter(|rule| rule.state.status != Status::Succeeded)
        .map(|rule| {
            let said = rule
                .summary
                .as_deref()
                .or_else(|| rule.error.as_ref().map(|it| it.message.as_str()));
            match said.filter(|said| !said.is_empty()) {
                Some(said) => format!("Rule {}: {}. {said}", rule.name, rule.state),
                None => format!("Rule {}: {}.", rule.name, rule.state),
            }
        })
        .collect();
    consequences.push(match condition.kind {
        ConditionKind::BeforeEntry => {
            format!("{label} enters {stage} though this did not hold; its actions start at once.")
        }
        _ => format!("{label} leaves {stage} as succeeded though this did not hold, and goes on."),
    });
    consequences.push("AWS keeps that you overrode it.".to_owned());
    Confirmation {
        title: format!("Override the condition {kind} of {stage} in {name}"),
        consequences,
        button: format!(
            "Override: let {label} pass {stage} of {name} in {}",
            place.object()
        ),
        dangerous: true,
        reason: None,
        command: Command::OverrideCondition {
            pipeline: scene.pipeline.key.clone(),
            stage: state.name.clone(),
            execution: execution.clone(),
            condition: condition.kind,
        },
    }
}

/// Opens or closes the way into a stage.
pub fn transition(scene: Scene<'_>, stage: &StageNode, cx: &ViewContext<'_>) -> Offer {
    let verb = if stage.transition.enabled {
        "Close"
    } else {
        "Open"
    };
    let shown = safe_text::elide(stage.name.as_str(), 24);
    let is_first = scene
        .graph
        .stages
        .first()
        .is_some_and(|first| first.name == stage.name);
    Offer {
        words: format!("{verb} the way into {shown}…"),
        key: "t",
        ask: if is_first {
            Err("Nothing leads into the first stage".to_owned())
        } else {
            confirm(switching(scene, stage, cx), cx)
        },
    }
}

fn switching(scene: Scene<'_>, stage: &StageNode, cx: &ViewContext<'_>) -> Confirmation {
    let (place, name) = place_and_name(scene, cx);
    let shown = safe_text::line(stage.name.as_str()).into_owned();
    let enabled = !stage.transition.enabled;
    let verb = if enabled { "Open" } else { "Close" };
    let mut consequences = Vec::new();
    if enabled {
        let by = stage.transition.changed_by.as_deref().map(person);
        let at = stage.transition.changed_at.map(|at| ago(at, cx.now));
        let closed = match (by, at) {
            (Some(by), Some(at)) => format!("Closed by {by} {at}"),
            (Some(by), None) => format!("Closed by {by}"),
            (None, Some(at)) => format!("Closed {at}"),
            (None, None) => "It is closed".to_owned(),
        };
        consequences.push(match stage.transition.reason.as_deref() {
            Some(reason) if !reason.is_empty() => format!("{closed}: {reason}"),
            _ => format!("{closed}, without a reason."),
        });
        consequences.push(match stage.inbound.as_slice() {
            [] => {
                "Nothing waits there now; the next execution that comes enters at once.".to_owned()
            }
            [one] => format!("{} waits there and enters at once.", one.label),
            [first, rest @ ..] => {
                format!(
                    "{} enters at once; {} wait behind it.",
                    first.label,
                    rest.len()
                )
            }
        });
    } else {
        consequences.push(format!(
            "Executions end their stage before {shown} and wait there until it is opened again."
        ));
        consequences.push(format!("What is in {shown} now goes on."));
        if scene.pipeline.mode() == ExecutionMode::Superseded {
            consequences.push("Of those that wait, only the newest is kept.".to_owned());
        }
    }
    Confirmation {
        title: format!("{verb} the way into {shown} of {name}"),
        consequences,
        button: format!("{verb}: {shown} of {name} in {}", place.object()),
        dangerous: !enabled,
        reason: (!enabled).then(|| ("Reason (others will read it)".to_owned(), REASON)),
        command: Command::SetTransition {
            pipeline: scene.pipeline.key.clone(),
            stage: stage.name.clone(),
            enabled,
            reason: String::new(),
        },
    }
}

/// The end of an ARN, or the name as it is.
fn person(by: &str) -> &str {
    by.rsplit(['/', ':']).next().unwrap_or(by)
}
