//! Whether a structure can be a pipeline, in the words and with the exceptions of AWS.

use std::collections::BTreeSet;

use crate::sim::wire::WireError;
use crate::sim::world::pipelines::definition::{Definition, Mode, StageDefinition, provider_kind};
use crate::sim::world::pipelines::rules::{Condition, ConditionKind, Consequence, PROVIDERS};

/// The most stages of a pipeline, and actions of a stage.
const MOST: usize = 50;

/// InvalidStructureException.
pub fn invalid(message: impl Into<String>) -> WireError {
    WireError::new("InvalidStructureException", message)
}

fn bad_stage(message: impl Into<String>) -> WireError {
    WireError::new("InvalidStageDeclarationException", message)
}

fn bad_action(message: impl Into<String>) -> WireError {
    WireError::new("InvalidActionDeclarationException", message)
}

/// Refuses what AWS refuses.
pub fn structure(definition: &Definition) -> Result<(), WireError> {
    let stages = &definition.stages;
    if stages.len() < 2 {
        return Err(invalid(format!(
            "Pipeline has {} stage(s). There should be a minimum of 2 stages in a pipeline",
            stages.len()
        )));
    }
    if stages.len() > MOST {
        return Err(WireError::new(
            "LimitExceededException",
            format!("The pipeline has more than {MOST} stages"),
        ));
    }
    if definition.pipeline_type == "V1" {
        v1(definition)?;
    }
    let (mut names, mut made) = (BTreeSet::new(), BTreeSet::new());
    for (index, stage) in stages.iter().enumerate() {
        if !names.insert(stage.name.as_str()) {
            return Err(bad_stage(format!(
                "Stage name {} is used more than once in the pipeline",
                stage.name
            )));
        }
        actions(stage, index == 0, &mut made)?;
        conditions(stage, definition.mode)?;
    }
    Ok(())
}

/// What only pipelines of type V2 may have.
fn v1(definition: &Definition) -> Result<(), WireError> {
    let conditions = definition.stages.iter().any(|stage| {
        stage.before_entry.is_some() || stage.on_success.is_some() || stage.on_failure.is_some()
    });
    let why = if definition.mode != Mode::Superseded {
        "The execution modes QUEUED and PARALLEL"
    } else if !definition.variables.is_empty() {
        "Variables"
    } else if !definition.triggers.is_empty() {
        "Triggers"
    } else if conditions {
        "Stage conditions"
    } else {
        return Ok(());
    };
    Err(invalid(format!("{why} require the pipeline type V2")))
}

fn actions<'a>(
    stage: &'a StageDefinition,
    first: bool,
    made: &mut BTreeSet<&'a str>,
) -> Result<(), WireError> {
    if stage.actions.is_empty() {
        return Err(bad_stage(format!("Stage {} has no actions", stage.name)));
    }
    if stage.actions.len() > MOST {
        return Err(WireError::new(
            "LimitExceededException",
            format!("The stage {} has more than {MOST} actions", stage.name),
        ));
    }
    let mut names = BTreeSet::new();
    let mut ordered: Vec<_> = stage.actions.iter().collect();
    ordered.sort_by_key(|action| action.run_order);
    for action in ordered {
        if !names.insert(action.name.as_str()) {
            return Err(bad_action(format!(
                "Action name {} is used more than once in the stage {}",
                action.name, stage.name
            )));
        }
        if (action.category == "Source") != first {
            return Err(bad_stage(if first {
                format!(
                    "Pipeline must start with a source stage; the action {} is no source action",
                    action.name
                )
            } else {
                format!(
                    "Source actions are allowed in the first stage only; {} is in {}",
                    action.name, stage.name
                )
            }));
        }
        if action.owner != "Custom" && provider_kind(&action.provider).is_none() {
            return Err(bad_action(format!(
                "ActionType (Category: '{}', Provider: '{}', Owner: '{}', Version: '1') in action {} is not available in region",
                action.category, action.provider, action.owner, action.name
            )));
        }
        for input in &action.inputs {
            if !made.contains(input.as_str()) {
                return Err(bad_action(format!(
                    "Input Artifact Bundle {input} in action {} is not the output artifact of any action before it",
                    action.name
                )));
            }
        }
        for output in &action.outputs {
            if !made.insert(output) {
                return Err(bad_action(format!(
                    "Output Artifact Bundle name must be unique within the pipeline. {output} in action {} has been used already",
                    action.name
                )));
            }
        }
    }
    Ok(())
}

fn conditions(stage: &StageDefinition, mode: Mode) -> Result<(), WireError> {
    let kinds = [
        (
            ConditionKind::BeforeEntry,
            &[Consequence::Fail, Consequence::Skip][..],
        ),
        (
            ConditionKind::OnSuccess,
            &[Consequence::Fail, Consequence::RollBack],
        ),
        (ConditionKind::OnFailure, &[Consequence::RollBack]),
    ];
    for (kind, results) in kinds {
        if let Some(condition) = stage.condition(kind) {
            condition_of(stage, condition, results)?;
        }
    }
    let on_failure = stage.on_failure.as_ref();
    if on_failure.is_some_and(|handling| handling.retry.is_some())
        && on_failure.and_then(|handling| handling.result) != Some(Consequence::Retry)
    {
        return Err(bad_stage(format!(
            "The retry configuration of the stage {} needs the result RETRY",
            stage.name
        )));
    }
    let rolls_back = on_failure.and_then(|handling| handling.result) == Some(Consequence::RollBack)
        || [ConditionKind::OnSuccess, ConditionKind::OnFailure]
            .into_iter()
            .filter_map(|kind| stage.condition(kind))
            .any(|condition| condition.result == Consequence::RollBack);
    if rolls_back && mode == Mode::Parallel {
        return Err(bad_stage(format!(
            "The result ROLLBACK of the stage {} is not available in PARALLEL mode",
            stage.name
        )));
    }
    Ok(())
}

fn condition_of(
    stage: &StageDefinition,
    condition: &Condition,
    results: &[Consequence],
) -> Result<(), WireError> {
    if !results.contains(&condition.result) {
        return Err(bad_stage(format!(
            "The result {} is not supported for this condition of the stage {}",
            condition.result.word(),
            stage.name
        )));
    }
    match condition
        .rules
        .iter()
        .find(|rule| !PROVIDERS.contains(&rule.provider.as_str()))
    {
        Some(rule) => Err(bad_stage(format!(
            "RuleType (Provider: '{}') in the rule {} is not available",
            rule.provider, rule.name
        ))),
        None => Ok(()),
    }
}
