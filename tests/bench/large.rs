//! One pipeline as large as CodePipeline allows: fifty stages of fifty actions, each of which ran in the newest execution
//! and in four before it.

use starboard::engine::clock::Clock;
use starboard::engine::store::{Published, Store};
use starboard::engine::update::{Change, PipelineListed, PipelinePart};
use starboard::engine::waker::Waker;
use starboard::model::ids::{ActionKey, PipelineKey};
use starboard::model::pipeline::{
    ActionCategory, ActionDeclaration, ActionExecution, ActionState, Definition, Execution,
    ExecutionMode, StageDeclaration, StageState,
};
use starboard::model::status::State;
use std::sync::Arc;

use crate::account::{GENERATION, NOW, account, ago, finding, scope};

const STAGES: usize = 50;
const ACTIONS: usize = 50;
const EXECUTIONS: usize = 5;
/// The newest execution is in this stage.
const REACHED: usize = 30;

pub fn key() -> PipelineKey {
    PipelineKey {
        scope: scope(),
        name: "monolith-delivery".into(),
    }
}

/// A store that has read the pipeline.
pub fn published() -> Published {
    let clock = Clock::Manual(Arc::new(NOW.millis().into()));
    let (mut store, _sender, published) = Store::new(Waker::none(), clock);
    store.put_account(account(), GENERATION);
    let listed = PipelineListed {
        name: key().name,
        version: 1,
        updated: Some(ago(86_400)),
    };
    let parts = [
        PipelinePart::Definition(Ok(definition())),
        PipelinePart::Executions(Ok((0..EXECUTIONS).map(execution).collect())),
        PipelinePart::Actions(Ok((0..EXECUTIONS).flat_map(attempts).collect())),
        PipelinePart::Stages(Ok((0..STAGES).map(state).collect())),
    ];
    store.apply(finding(Change::Pipelines(Ok(vec![listed]))));
    for part in parts {
        store.apply(finding(Change::Pipeline(key().name, part)));
    }
    store.publish();
    published
}

fn stage_name(stage: usize) -> String {
    format!("Stage-{stage:02}")
}

fn action_name(action: usize) -> String {
    format!("check-{action:02}")
}

/// The first action of a stage gives what every action of the next takes.
fn definition() -> Definition {
    let stages = (0..STAGES).map(|stage| {
        let action = |action: usize| ActionDeclaration {
            run_order: 1 + action as u32 / 25,
            output_artifacts: (action == 0)
                .then(|| format!("out-{stage}"))
                .into_iter()
                .collect(),
            input_artifacts: stage
                .checked_sub(1)
                .map(|before| format!("out-{before}"))
                .into_iter()
                .collect(),
            ..ActionDeclaration::new(
                action_name(action).as_str().into(),
                ActionCategory::Test,
                "CodeBuild",
            )
        };
        let actions = (0..ACTIONS).map(action).collect();
        StageDeclaration::new(stage_name(stage).as_str().into(), actions)
    });
    Definition::new(1, ExecutionMode::Superseded, stages.collect())
}

fn execution_id(nth: usize) -> String {
    format!("{nth:08x}-0000-4000-8000-000000000000")
}

fn execution(nth: usize) -> Execution {
    let word = if nth == 0 { "InProgress" } else { "Succeeded" };
    let started = 6_000 + nth as u64 * 14_000;
    Execution {
        started: Some(ago(started)),
        updated: Some(ago(started - 5_900)),
        ..Execution::new(execution_id(nth).as_str().into(), State::of_pipeline(word))
    }
}

/// How an action stands in the newest execution.
fn word(stage: usize, action: usize) -> &'static str {
    match (stage, action) {
        (REACHED, 7) => "Failed",
        (REACHED, 40..) => "InProgress",
        _ => "Succeeded",
    }
}

fn attempt_id(nth: usize, stage: usize, action: usize) -> String {
    format!("{nth}-{stage}-{action}")
}

fn attempts(nth: usize) -> Vec<ActionExecution> {
    let stages = if nth == 0 { REACHED + 1 } else { STAGES };
    let mut all = Vec::with_capacity(stages * ACTIONS);
    for stage in (0..stages).rev() {
        for action in 0..ACTIONS {
            let started = 5_990 + nth as u64 * 14_000 - stage as u64 * 110;
            let took = 40 + (action as u64 * 37 + nth as u64 * 11) % 60;
            let word = if nth == 0 {
                word(stage, action)
            } else {
                "Succeeded"
            };
            let key = ActionKey {
                stage: stage_name(stage).as_str().into(),
                action: action_name(action).as_str().into(),
            };
            all.push(ActionExecution {
                started: Some(ago(started)),
                updated: Some(ago(started - took)),
                ..ActionExecution::new(
                    execution_id(nth).as_str().into(),
                    key,
                    attempt_id(nth, stage, action).as_str().into(),
                    State::of_pipeline(word),
                )
            });
        }
    }
    all
}

fn state(stage: usize) -> StageState {
    let nth = usize::from(stage > REACHED);
    let word_of = |action| {
        if nth == 0 {
            word(stage, action)
        } else {
            "Succeeded"
        }
    };
    let stands = if stage == REACHED {
        "InProgress"
    } else {
        "Succeeded"
    };
    let action = |action: usize| ActionState {
        execution_id: Some(attempt_id(nth, stage, action).as_str().into()),
        ..ActionState::new(
            action_name(action).as_str().into(),
            State::of_pipeline(word_of(action)),
        )
    };
    StageState {
        latest: Some((
            execution_id(nth).as_str().into(),
            State::of_pipeline(stands),
        )),
        actions: (0..ACTIONS).map(action).collect(),
        ..StageState::new(stage_name(stage).as_str().into())
    }
}
