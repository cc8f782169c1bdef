//! An account of any size, as the sources would tell it to the store: the same findings, without a wire. Each pipeline
//! has ten executions behind it; most are green, every seventh failed, every eleventh waits at its gate.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use starboard::engine::clock::Clock;
use starboard::engine::store::{Published, Store};
use starboard::engine::update::{Change, PipelineListed, PipelinePart, Update};
use starboard::engine::waker::Waker;
use starboard::model::account::Account;
use starboard::model::ids::{ActionKey, PipelineName, Scope};
use starboard::model::pipeline::{
    ActionCategory, ActionDeclaration, ActionExecution, ActionState, Definition, Execution,
    ExecutionMode, SourceRevision, StageDeclaration, StageState, Transition, Trigger,
};
use starboard::model::remote::Remote;
use starboard::model::status::{State, Status};
use starboard::model::time::Timestamp;

/// 2026-11-23 16:00 UTC.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_449_600_000);

const EXECUTIONS: usize = 10;
pub const GENERATION: u64 = 1;

const STAGES: [(&str, &str, ActionCategory, &str); 5] = [
    ("Source", "source", ActionCategory::Source, "CodeCommit"),
    ("Build", "compile", ActionCategory::Build, "CodeBuild"),
    ("Staging", "ecs-staging", ActionCategory::Deploy, "ECS"),
    ("Gate", "Approve", ActionCategory::Approval, "Manual"),
    ("Production", "fleet", ActionCategory::Deploy, "CodeDeploy"),
];

/// A store that has read `pipelines` pipelines, with the way to what it publishes.
pub fn store(pipelines: usize) -> (Store, Published) {
    let clock = Clock::Manual(Arc::new(NOW.millis().into()));
    let (mut store, _sender, published) = Store::new(Waker::none(), clock);
    store.put_account(account(), GENERATION);
    for update in everything(pipelines) {
        store.apply(update);
    }
    store.publish();
    (store, published)
}

/// All findings about an account of this size.
pub fn everything(pipelines: usize) -> impl Iterator<Item = Update> {
    let listing = (0..pipelines)
        .map(|index| PipelineListed {
            name: name(index),
            version: 3,
            updated: Some(ago(86_400)),
        })
        .collect();
    std::iter::once(finding(Change::Pipelines(Ok(listing))))
        .chain((0..pipelines).flat_map(|index| parts(index, 0)))
}

/// One of the findings about one pipeline, different from the last for each `round`.
pub fn one_change(index: usize, round: usize) -> Update {
    part(index, PipelinePart::Stages(Ok(stages(index, round))))
}

pub fn scope() -> Scope {
    Scope {
        account: "prod".into(),
        region: "eu-west-1".into(),
    }
}

pub fn account() -> Account {
    Account {
        name: "prod".into(),
        regions: vec!["eu-west-1".into()],
        source: "AWS profile \"prod\"".to_owned(),
        secret_place: "the AWS files".to_owned(),
        read_only: false,
        production: true,
        simulated: false,
        endpoint: None,
        identity: Remote::default(),
    }
}

pub fn finding(change: Change) -> Update {
    Update {
        scope: scope(),
        generation: GENERATION,
        at: NOW,
        change,
    }
}

fn part(index: usize, part: PipelinePart) -> Update {
    finding(Change::Pipeline(name(index), part))
}

fn parts(index: usize, round: usize) -> [Update; 4] {
    [
        part(index, PipelinePart::Definition(Ok(definition(index)))),
        part(index, PipelinePart::Executions(Ok(executions(index)))),
        part(index, PipelinePart::Actions(Ok(actions(index)))),
        part(index, PipelinePart::Stages(Ok(stages(index, round)))),
    ]
}

fn name(index: usize) -> PipelineName {
    PipelineName::from(format!("service-{index:05}-delivery"))
}

pub fn ago(seconds: u64) -> Timestamp {
    Timestamp::from_millis(NOW.millis() - i64::try_from(seconds * 1_000).unwrap_or_default())
}

fn definition(index: usize) -> Definition {
    let declared = |(stage, action, category, provider): (&str, &str, ActionCategory, &str)| {
        let action = ActionDeclaration {
            configuration: BTreeMap::from([(
                "RepositoryName".to_owned(),
                format!("service-{index:05}"),
            )]),
            ..ActionDeclaration::new(action.into(), category, provider)
        };
        StageDeclaration::new(stage.into(), vec![action])
    };
    let stages = STAGES.into_iter().map(declared).collect();
    Definition {
        arn: format!(
            "arn:aws:codepipeline:eu-west-1:482100937715:{}",
            name(index)
        ),
        role_arn: "arn:aws:iam::482100937715:role/pipeline".to_owned(),
        ..Definition::new(3, ExecutionMode::Superseded, stages)
    }
}

/// How the newest execution of a pipeline stands, and at which stage.
fn newest(index: usize) -> (&'static str, usize) {
    match index {
        index if index % 11 == 3 => ("InProgress", 3),
        index if index % 7 == 2 => ("Failed", 1),
        index if index % 23 == 5 => ("InProgress", 4),
        _ => ("Succeeded", STAGES.len()),
    }
}

fn execution_id(index: usize, nth: usize) -> String {
    format!("{index:08x}-0000-4000-8000-{nth:012x}")
}

fn executions(index: usize) -> Vec<Execution> {
    (0..EXECUTIONS)
        .map(|nth| {
            let word = if nth == 0 {
                newest(index).0
            } else {
                "Succeeded"
            };
            let started = 1_200 + nth as u64 * 14_000 + index as u64 % 900;
            Execution {
                started: Some(ago(started)),
                updated: Some(ago(started - 1_100)),
                revisions: vec![SourceRevision {
                    action: "source".into(),
                    id: format!("{index:08x}{nth:032x}").into(),
                    summary: "Split reservation from payment (HARB-2240)".to_owned(),
                    url: None,
                }],
                trigger: Trigger {
                    kind: "CloudWatchEvent".to_owned(),
                    detail: String::new(),
                },
                ..Execution::new(execution_id(index, nth).into(), State::of_pipeline(word))
            }
        })
        .collect()
}

fn actions(index: usize) -> Vec<ActionExecution> {
    let mut all = Vec::with_capacity(EXECUTIONS * STAGES.len());
    for nth in 0..EXECUTIONS {
        let (word, reached) = if nth == 0 {
            newest(index)
        } else {
            ("Succeeded", STAGES.len())
        };
        for (at, (stage, action, _, _)) in STAGES.iter().enumerate().rev() {
            if at > reached {
                continue;
            }
            let word = if at == reached { word } else { "Succeeded" };
            let started = 1_100 + nth as u64 * 14_000 - at as u64 * 150;
            let key = ActionKey {
                stage: (*stage).into(),
                action: (*action).into(),
            };
            all.push(ActionExecution {
                started: Some(ago(started)),
                updated: Some(ago(started - 120)),
                ..ActionExecution::new(
                    execution_id(index, nth).into(),
                    key,
                    format!("{index:08x}-{at:04x}-4000-8000-{nth:012x}").into(),
                    State::of_pipeline(word),
                )
            });
        }
    }
    all
}

fn stages(index: usize, round: usize) -> Vec<StageState> {
    let (word, reached) = newest(index);
    STAGES
        .iter()
        .enumerate()
        .map(|(at, (stage, action, category, _))| {
            let state = match at.cmp(&reached) {
                Ordering::Less => State::of_pipeline("Succeeded"),
                Ordering::Equal => State::of_pipeline(word),
                Ordering::Greater => State::not_run(),
            };
            let waits = *category == ActionCategory::Approval && state.status == Status::Running;
            let shown = if waits {
                State::new(Status::Waiting, "InProgress")
            } else {
                state.clone()
            };
            StageState {
                latest: Some((execution_id(index, 0).into(), state)),
                transition: Transition {
                    // What a round changes: someone turns the last switch.
                    enabled: at + 1 < STAGES.len() || round.is_multiple_of(2),
                    ..Transition::default()
                },
                actions: vec![ActionState {
                    changed_at: Some(NOW.plus(Duration::from_secs(round as u64))),
                    token: waits.then(|| format!("token-{index}").into()),
                    ..ActionState::new((*action).into(), shown)
                }],
                ..StageState::new((*stage).into())
            }
        })
        .collect()
}
