//! The rules of stages, queues, gates, retries and stops, with a clock turned by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::commands::{Decision, Refusal, RetryMode, Side};
use super::definition::{
    ActionDefinition, Behaviour, Definition, Mode, Outcome, Scripted, StageDefinition, UsualAnswer,
    provider_kind,
};
use super::execution::{ActionStatus, ExecutionStatus, Position, Revision, StageStatus, Trigger};
use crate::sim::wire::Millis;
use crate::sim::world::pipelines::machine::Pipeline;
use crate::sim::world::{Owner, Place};

mod conditions;
mod elsewhere;
mod versions;

const SECOND: Millis = 1_000;

fn action(name: &str, provider: &str, order: u32, seconds: Millis) -> ActionDefinition {
    let (category, owner) = provider_kind(provider).unwrap();
    let usual = Scripted {
        duration: seconds * SECOND,
        ..Scripted::default()
    };
    let broken = Scripted {
        outcome: Outcome::Fails {
            code: "JobFailed".to_owned(),
            message: "It broke".to_owned(),
        },
        ..usual.clone()
    };
    ActionDefinition {
        name: name.to_owned(),
        category,
        owner,
        provider: provider.to_owned(),
        run_order: order,
        behaviour: Behaviour {
            usual,
            scenarios: vec![("breaks".to_owned(), broken)],
            ..Behaviour::default()
        },
        ..ActionDefinition::default()
    }
}

/// Source, Build (two in parallel, then one), Gate, Production.
fn pipeline(mode: Mode) -> Bench {
    let stage = |name: &str, actions: Vec<ActionDefinition>| StageDefinition {
        name: name.to_owned(),
        actions,
        ..StageDefinition::default()
    };
    let stages = vec![
        stage("Source", vec![action("source", "ECR", 1, 2)]),
        stage(
            "Build",
            vec![
                action("left", "Lambda", 1, 60),
                action("right", "Lambda", 1, 30),
                action("pack", "Lambda", 2, 100),
            ],
        ),
        stage("Gate", vec![action("Approve", "Manual", 1, 0)]),
        stage("Production", vec![action("deploy", "ECS", 1, 100)]),
    ];
    let owner = Owner {
        account: "482100937715".to_owned(),
        region: "eu-west-1".to_owned(),
        ..Owner::default()
    };
    let definition = Definition {
        name: "pier".to_owned(),
        version: 1,
        pipeline_type: "V2",
        mode,
        role_arn: String::new(),
        artifact_bucket: "bucket".to_owned(),
        regional_buckets: BTreeMap::new(),
        encryption_key: None,
        created: 0,
        updated: 0,
        variables: Vec::new(),
        triggers: Vec::new(),
        stages: Arc::new(stages),
    };
    let mut place = Place::new(&owner);
    place.pipelines.add(definition);
    Bench {
        place,
        now: 1_000_000,
    }
}

struct Bench {
    place: Place,
    now: Millis,
}

impl Bench {
    fn with<T>(&mut self, act: impl FnOnce(&mut Pipeline, &mut super::Outside<'_>) -> T) -> T {
        self.place.with_pipeline("pier", self.now, act).unwrap()
    }

    fn start(&mut self, scenarios: &[(&str, &str)]) -> String {
        let now = self.now;
        let mut trigger = Trigger::new("StartPipelineExecution", "me");
        trigger.scenarios = scenarios
            .iter()
            .map(|(at, name)| ((*at).to_owned(), (*name).to_owned()))
            .collect();
        trigger.revision = Some(Revision {
            id: format!("revision of {now}"),
            summary: "A change".to_owned(),
            url: None,
        });
        self.with(|pipeline, outside| pipeline.start(trigger, now, outside))
    }

    fn wait(&mut self, seconds: Millis) {
        self.now += seconds * SECOND;
        self.with(|_, _| ());
    }

    fn status(&mut self, id: &str) -> ExecutionStatus {
        self.with(|pipeline, _| pipeline.execution(id).unwrap().status)
    }

    fn position(&mut self, id: &str) -> Position {
        self.with(|pipeline, _| pipeline.execution(id).unwrap().position)
    }

    fn waits_before(&mut self, id: &str, wanted: usize) -> bool {
        matches!(self.position(id), Position::Before { stage, .. } if stage == wanted)
    }

    fn token(&mut self) -> Result<String, Refusal> {
        self.with(|pipeline, _| pipeline.open_token("Gate", "Approve"))
    }

    fn answer(&mut self, token: &str, approved: bool) -> Result<(), Refusal> {
        let now = self.now;
        let decision = Decision {
            approved,
            summary: "because",
            by: "arn:me",
        };
        self.with(|pipeline, outside| {
            pipeline.answer("Gate", "Approve", token, decision, now, outside)
        })
    }

    fn stop(&mut self, id: &str, abandon: bool) -> Result<(), Refusal> {
        let now = self.now;
        self.with(|pipeline, outside| pipeline.stop(id, abandon, "enough", now, outside))
    }

    fn retry(&mut self, id: &str, stage: &str, mode: RetryMode) -> Result<(), Refusal> {
        let now = self.now;
        self.with(|pipeline, outside| pipeline.retry(id, stage, mode, now, outside))
    }

    fn attempts(&mut self, id: &str, stage: usize) -> Vec<(usize, ActionStatus)> {
        self.with(|pipeline, _| {
            let runs = &pipeline.execution(id).unwrap().runs;
            runs.iter()
                .filter(|run| run.stage == stage)
                .map(|run| (run.action, run.status))
                .collect()
        })
    }
}

#[test]
fn actions_of_one_run_order_run_side_by_side_and_the_next_wait_for_all() {
    let mut bench = pipeline(Mode::Superseded);
    let id = bench.start(&[]);
    bench.wait(3);
    assert_eq!(
        bench.attempts(&id, 1),
        [(0, ActionStatus::InProgress), (1, ActionStatus::InProgress)]
    );
    bench.wait(40);
    assert_eq!(
        bench.attempts(&id, 1),
        [(0, ActionStatus::InProgress), (1, ActionStatus::Succeeded)]
    );
    bench.wait(27);
    assert_eq!(bench.attempts(&id, 1)[2], (2, ActionStatus::InProgress));
    bench.wait(120);
    let token = bench.token().unwrap();
    bench.answer(&token, true).unwrap();
    bench.wait(120);
    assert_eq!(bench.status(&id), ExecutionStatus::Succeeded);
}

#[test]
fn the_most_recent_supersedes_those_who_wait_but_not_the_one_at_the_gate() {
    let mut bench = pipeline(Mode::Superseded);
    let first = bench.start(&[]);
    bench.wait(200);
    let second = bench.start(&[]);
    bench.wait(200);
    assert!(bench.waits_before(&second, 2));
    let third = bench.start(&[]);
    bench.wait(200);
    assert_eq!(bench.status(&first), ExecutionStatus::InProgress);
    assert_eq!(bench.status(&second), ExecutionStatus::Superseded);
    assert!(bench.waits_before(&third, 2));
    let token = bench.token().unwrap();
    bench.answer(&token, true).unwrap();
    assert_eq!(bench.position(&third), Position::In { stage: 2 });
    assert_ne!(bench.token().unwrap(), token);
}

#[test]
fn a_queue_keeps_everyone_in_order() {
    let mut bench = pipeline(Mode::Queued);
    let ids: Vec<String> = (0..4)
        .map(|_| {
            bench.wait(100);
            bench.start(&[])
        })
        .collect();
    bench.wait(800);
    let waiting = bench.with(|pipeline, _| {
        pipeline
            .waiting(2)
            .iter()
            .map(|execution| execution.id.clone())
            .collect::<Vec<_>>()
    });
    assert_eq!(waiting, ids[1..]);
    let token = bench.token().unwrap();
    bench.answer(&token, false).unwrap();
    assert_eq!(bench.status(&ids[0]), ExecutionStatus::Failed);
    assert_eq!(bench.position(&ids[1]), Position::In { stage: 2 });
}

#[test]
fn parallel_executions_share_nothing_and_their_gates_have_their_own_tokens() {
    let mut bench = pipeline(Mode::Parallel);
    let (first, second) = (bench.start(&[]), bench.start(&[]));
    bench.wait(200);
    assert_eq!(
        (bench.position(&first), bench.position(&second)),
        (Position::In { stage: 2 }, Position::In { stage: 2 })
    );
    let tokens = bench.with(|pipeline, _| {
        let gate = |id: &str| {
            pipeline
                .execution(id)
                .unwrap()
                .runs
                .last()
                .unwrap()
                .external_id
                .clone()
                .unwrap()
        };
        [gate(&first), gate(&second)]
    });
    bench.answer(&tokens[1], true).unwrap();
    assert_eq!(bench.position(&first), Position::In { stage: 2 });
    assert_eq!(bench.position(&second), Position::In { stage: 3 });
}

#[test]
fn a_parallel_pipeline_has_room_for_fifty() {
    let mut bench = pipeline(Mode::Parallel);
    for _ in 0..50 {
        assert_eq!(bench.with(|pipeline, _| pipeline.check_room()), Ok(()));
        bench.start(&[]);
    }
    assert_eq!(
        bench.with(|pipeline, _| pipeline.check_room()),
        Err(Refusal::TooManyExecutions)
    );
}

#[test]
fn a_token_is_good_for_one_answer_to_one_gate() {
    let mut bench = pipeline(Mode::Superseded);
    let id = bench.start(&[]);
    assert_eq!(bench.token(), Err(Refusal::WrongToken));
    bench.wait(200);
    let token = bench.token().unwrap();
    assert_eq!(
        bench.answer("00000000-0000-0000-0000-000000000000", true),
        Err(Refusal::WrongToken)
    );
    bench.answer(&token, false).unwrap();
    assert_eq!(bench.answer(&token, true), Err(Refusal::AlreadyAnswered));
    bench.with(|pipeline, _| {
        let run = pipeline
            .execution(&id)
            .unwrap()
            .runs
            .last()
            .unwrap()
            .clone();
        assert_eq!(
            (
                run.status,
                run.summary.as_deref(),
                run.updated_by.as_deref()
            ),
            (ActionStatus::Failed, Some("because"), Some("arn:me"))
        );
    });
}

#[test]
fn an_unanswered_gate_expires_after_seven_days() {
    let mut bench = pipeline(Mode::Superseded);
    let id = bench.start(&[]);
    bench.wait(200);
    let token = bench.token().unwrap();
    bench.wait(7 * 24 * 3600 - 200);
    assert_eq!(bench.status(&id), ExecutionStatus::InProgress);
    bench.wait(200);
    assert_eq!(bench.status(&id), ExecutionStatus::Failed);
    assert_eq!(bench.answer(&token, true), Err(Refusal::WrongToken));
}

#[test]
fn a_colleague_answers_unless_the_gate_has_expired_before() {
    for (after, timeout, expected) in [
        (60, None, ActionStatus::Succeeded),
        (3_600, Some(5), ActionStatus::Failed),
    ] {
        let mut bench = pipeline(Mode::Superseded);
        let mut definition = bench.with(|pipeline, _| pipeline.definition.clone());
        let mut stages = (*definition.stages).clone();
        stages[2].actions[0].timeout_minutes = timeout;
        stages[2].actions[0].behaviour.answer = Some(UsualAnswer {
            after: after * SECOND,
            by: "priya.nair".to_owned(),
            comment: "Go".to_owned(),
        });
        definition.stages = Arc::new(stages);
        bench.place.pipelines.add(definition);
        let now = bench.now;
        let mut trigger = Trigger::new("StartPipelineExecution", "me");
        trigger.attended = true;
        trigger.revision = Some(Revision {
            id: "r".to_owned(),
            summary: "A change".to_owned(),
            url: None,
        });
        let id = bench.with(|pipeline, outside| pipeline.start(trigger, now, outside));
        bench.wait(4_000);
        let gate = bench.attempts(&id, 2);
        assert_eq!(gate, [(0, expected)], "answered after {after} s");
    }
}

#[test]
fn failed_actions_are_retried_alone_or_with_the_whole_stage() {
    let mut bench = pipeline(Mode::Superseded);
    let id = bench.start(&[("Build/right", "breaks")]);
    bench.wait(80);
    assert_eq!(bench.status(&id), ExecutionStatus::Failed);
    assert_eq!(
        bench.attempts(&id, 1),
        [(0, ActionStatus::Succeeded), (1, ActionStatus::Failed)]
    );
    assert_eq!(
        bench.retry(&id, "Source", RetryMode::AllActions),
        Err(Refusal::NotRetryable)
    );
    assert_eq!(
        bench.retry(&id, "Nowhere", RetryMode::AllActions),
        Err(Refusal::NoSuchStage)
    );
    bench.retry(&id, "Build", RetryMode::FailedActions).unwrap();
    assert_eq!(bench.status(&id), ExecutionStatus::InProgress);
    assert_eq!(bench.attempts(&id, 1).len(), 3);
    bench.wait(160);
    // The scenario was good for the first attempt, so the retry goes through to the gate.
    assert_eq!(bench.position(&id), Position::In { stage: 2 });
    assert_eq!(
        bench.with(|pipeline, _| pipeline.execution(&id).unwrap().stages[1].manual_retries),
        1
    );

    let second = bench.start(&[("Build/right", "breaks")]);
    bench.wait(80);
    bench
        .retry(&second, "Build", RetryMode::AllActions)
        .unwrap();
    assert_eq!(bench.attempts(&second, 1).len(), 4);
}

#[test]
fn a_later_execution_in_the_stage_forbids_the_retry() {
    let mut bench = pipeline(Mode::Superseded);
    let first = bench.start(&[("Build/left", "breaks")]);
    bench.wait(80);
    bench.start(&[]);
    bench.wait(10);
    assert_eq!(
        bench.retry(&first, "Build", RetryMode::FailedActions),
        Err(Refusal::NotLatest)
    );
}

#[test]
fn stop_waits_for_running_actions_and_abandon_does_not() {
    let mut bench = pipeline(Mode::Superseded);
    let id = bench.start(&[]);
    bench.wait(10);
    bench.stop(&id, false).unwrap();
    assert_eq!(bench.status(&id), ExecutionStatus::Stopping);
    assert_eq!(bench.stop(&id, false), Err(Refusal::StopAlreadyRequested));
    bench.wait(80);
    assert_eq!(bench.status(&id), ExecutionStatus::Stopped);
    assert_eq!(
        bench.attempts(&id, 1),
        [(0, ActionStatus::Succeeded), (1, ActionStatus::Succeeded)]
    );
    assert_eq!(bench.stop(&id, true), Err(Refusal::NotStoppable));

    let second = bench.start(&[]);
    bench.wait(10);
    bench.stop(&second, false).unwrap();
    bench.stop(&second, true).unwrap();
    assert_eq!(bench.status(&second), ExecutionStatus::Stopped);
    assert!(
        bench
            .attempts(&second, 1)
            .iter()
            .all(|(_, status)| *status == ActionStatus::Abandoned)
    );
    bench
        .retry(&second, "Build", RetryMode::FailedActions)
        .unwrap();
    assert_eq!(bench.status(&second), ExecutionStatus::InProgress);
}

#[test]
fn a_stopped_execution_frees_its_stage_for_the_next() {
    let mut bench = pipeline(Mode::Superseded);
    let first = bench.start(&[]);
    bench.wait(200);
    let second = bench.start(&[]);
    bench.wait(200);
    bench.stop(&first, true).unwrap();
    assert_eq!(bench.position(&second), Position::In { stage: 2 });
    let third = bench.start(&[]);
    bench.wait(200);
    bench.stop(&third, false).unwrap();
    assert_eq!(bench.status(&third), ExecutionStatus::Stopped);
}

#[test]
fn a_closed_transition_holds_executions_back() {
    for side in [Side::Inbound, Side::Outbound] {
        let mut bench = pipeline(Mode::Superseded);
        let stage = if side == Side::Inbound {
            "Gate"
        } else {
            "Build"
        };
        let switch = |bench: &mut Bench, reason: Option<&str>| {
            let now = bench.now;
            bench.with(|pipeline, outside| {
                pipeline.set_transition(stage, side, reason, "arn:me", now, outside)
            })
        };
        switch(&mut bench, Some("maintenance")).unwrap();
        let id = bench.start(&[]);
        bench.wait(200);
        assert!(bench.waits_before(&id, 2));
        switch(&mut bench, None).unwrap();
        assert_eq!(bench.position(&id), Position::In { stage: 2 });
        let slot = bench.with(|pipeline, _| {
            pipeline.slots()[pipeline.definition.stage_index(stage).unwrap()].clone()
        });
        let transition = if side == Side::Inbound {
            slot.inbound
        } else {
            slot.outbound
        };
        assert_eq!(
            (
                transition.enabled,
                transition.reason,
                transition.changed.unwrap().1.as_str()
            ),
            (true, None, "arn:me")
        );
    }
}

#[test]
fn a_stage_keeps_the_state_of_the_last_execution_that_entered() {
    let mut bench = pipeline(Mode::Superseded);
    let id = bench.start(&[("Build/pack", "breaks")]);
    bench.wait(200);
    bench.with(|pipeline, _| {
        let execution = pipeline.execution(&id).unwrap();
        assert_eq!(execution.stages[1].status, Some(StageStatus::Failed));
        assert_eq!(execution.stages[2].status, None);
        let (_, run) = pipeline.latest_run(1, 2).unwrap();
        assert_eq!(run.error.as_ref().unwrap().1, "It broke");
    });
}
