//! Conditions: when they are asked, what their rules look at, what follows, and who may override them.

use super::*;
use crate::sim::world::alarms::{Alarm, AlarmState, Change, Watches};
use crate::sim::world::pipelines::execution::ConditionStatus;
use crate::sim::world::pipelines::rules::{Condition, ConditionKind, Consequence, OnFailure, Rule};

fn rule(name: &str, provider: &str, settings: &[(&str, &str)]) -> Rule {
    let settings = settings.iter();
    let settings = settings.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Rule {
        name: name.to_owned(),
        provider: provider.to_owned(),
        configuration: settings.collect(),
        behaviour: Behaviour {
            scenarios: vec![(
                "breaks".to_owned(),
                Scripted {
                    outcome: Outcome::Fails {
                        code: "JobFailed".to_owned(),
                        message: "No".to_owned(),
                    },
                    ..Scripted::default()
                },
            )],
            ..Behaviour::default()
        },
        ..Rule::default()
    }
}

fn condition(result: Consequence, rules: Vec<Rule>) -> Condition {
    Condition { result, rules }
}

fn lambda() -> Rule {
    rule("ask", "LambdaInvoke", &[("FunctionName", "guard")])
}

/// The usual pipeline, its Build stage changed.
fn with_build(mode: Mode, change: impl FnOnce(&mut StageDefinition)) -> Bench {
    let mut bench = pipeline(mode);
    let mut definition = bench.with(|pipeline, _| pipeline.definition.clone());
    let mut stages = (*definition.stages).clone();
    change(&mut stages[1]);
    definition.stages = Arc::new(stages);
    bench.place.pipelines.add(definition);
    bench
}

impl Bench {
    fn condition(&mut self, id: &str, kind: ConditionKind) -> Option<ConditionStatus> {
        self.with(|pipeline, _| Some(pipeline.execution(id)?.condition(1, kind)?.status))
    }

    fn stage_status(&mut self, id: &str, stage: usize) -> Option<StageStatus> {
        self.with(|pipeline, _| pipeline.execution(id).unwrap().stages[stage].status)
    }

    fn overrides(&mut self, id: &str, stage: &str, kind: ConditionKind) -> Result<(), Refusal> {
        let now = self.now;
        self.with(|pipeline, outside| {
            pipeline.override_condition(id, stage, kind, "arn:me", now, outside)
        })
    }

    fn alarm(&mut self, changes: &[(Millis, AlarmState)]) {
        let now = self.now;
        self.place.alarms.add(Alarm {
            name: "errors".to_owned(),
            description: None,
            watches: Watches::Alarms {
                rule: "TRUE".to_owned(),
            },
            actions: Vec::new(),
            created: 0,
            changes: changes
                .iter()
                .map(|(after, state)| Change {
                    at: now + after * SECOND,
                    state: *state,
                    reason: String::new(),
                })
                .collect(),
        });
    }
}

#[test]
fn a_failed_entry_condition_fails_or_skips_the_stage() {
    for (result, stage, execution) in [
        (
            Consequence::Fail,
            StageStatus::Failed,
            ExecutionStatus::Failed,
        ),
        (
            Consequence::Skip,
            StageStatus::Skipped,
            ExecutionStatus::InProgress,
        ),
    ] {
        let mut bench = with_build(Mode::Superseded, |stage| {
            stage.before_entry = Some(condition(result, vec![lambda()]));
        });
        let id = bench.start(&[("Build/ask", "breaks")]);
        bench.wait(3);
        assert_eq!(
            bench.condition(&id, ConditionKind::BeforeEntry),
            Some(ConditionStatus::InProgress)
        );
        assert!(bench.attempts(&id, 1).is_empty(), "no action before it");
        bench.wait(10);
        assert_eq!(bench.stage_status(&id, 1), Some(stage));
        assert_eq!(bench.status(&id), execution);
        assert!(bench.attempts(&id, 1).is_empty());
        if result == Consequence::Skip {
            assert_eq!(bench.position(&id), Position::In { stage: 2 });
        }
    }
}

#[test]
fn one_failed_rule_fails_the_condition_and_abandons_the_others() {
    let mut bench = with_build(Mode::Superseded, |stage| {
        let alarm = rule(
            "alarm",
            "CloudWatchAlarm",
            &[("AlarmName", "errors"), ("WaitTime", "30")],
        );
        stage.on_success = Some(condition(Consequence::Fail, vec![alarm, lambda()]));
    });
    bench.alarm(&[(0, AlarmState::Ok)]);
    let id = bench.start(&[("Build/ask", "breaks")]);
    bench.wait(200);
    assert_eq!(bench.status(&id), ExecutionStatus::Failed);
    let rules = bench.with(|pipeline, _| {
        let run = pipeline.execution(&id).unwrap();
        let run = run.condition(1, ConditionKind::OnSuccess).unwrap();
        run.rules.iter().map(|rule| rule.status).collect::<Vec<_>>()
    });
    assert_eq!(rules, [ActionStatus::Abandoned, ActionStatus::Failed]);
}

#[test]
fn an_alarm_is_waited_for_before_entry_and_watched_after_success() {
    let watch = || {
        let settings = [("AlarmName", "errors"), ("WaitTime", "10")];
        vec![rule("alarm", "CloudWatchAlarm", &settings)]
    };
    let mut entry = with_build(Mode::Superseded, |stage| {
        stage.before_entry = Some(condition(Consequence::Fail, watch()));
    });
    entry.alarm(&[(0, AlarmState::Alarm), (240, AlarmState::Ok)]);
    let id = entry.start(&[]);
    entry.wait(200);
    assert_eq!(
        entry.condition(&id, ConditionKind::BeforeEntry),
        Some(ConditionStatus::InProgress)
    );
    entry.wait(120);
    assert_eq!(
        entry.condition(&id, ConditionKind::BeforeEntry),
        Some(ConditionStatus::Succeeded)
    );

    let mut success = with_build(Mode::Superseded, |stage| {
        stage.on_success = Some(condition(Consequence::Fail, watch()));
    });
    success.alarm(&[(0, AlarmState::Ok), (400, AlarmState::Alarm)]);
    let id = success.start(&[]);
    success.wait(380);
    assert_eq!(
        success.condition(&id, ConditionKind::OnSuccess),
        Some(ConditionStatus::InProgress)
    );
    success.wait(120);
    assert_eq!(success.status(&id), ExecutionStatus::Failed);

    let mut quiet = with_build(Mode::Superseded, |stage| {
        stage.on_success = Some(condition(Consequence::Fail, watch()));
    });
    quiet.alarm(&[(0, AlarmState::Ok)]);
    let id = quiet.start(&[]);
    quiet.wait(900);
    assert_eq!(quiet.position(&id), Position::In { stage: 2 });
}

#[test]
fn a_missing_alarm_fails_the_rule_with_a_reason() {
    let mut bench = with_build(Mode::Superseded, |stage| {
        let gone = rule("alarm", "CloudWatchAlarm", &[("AlarmName", "gone")]);
        stage.before_entry = Some(condition(Consequence::Fail, vec![gone]));
    });
    let id = bench.start(&[]);
    bench.wait(20);
    bench.with(|pipeline, _| {
        let execution = pipeline.execution(&id).unwrap();
        let run = execution.condition(1, ConditionKind::BeforeEntry).unwrap();
        let (code, message) = run.rules[0].error.clone().unwrap();
        assert_eq!(code, "ConfigurationError");
        assert!(message.contains("gone"), "{message}");
    });
}

#[test]
fn a_variable_is_checked_as_it_was_resolved() {
    for (wanted, passes) in [("revision", true), ("nothing", false)] {
        let mut bench = with_build(Mode::Superseded, |stage| {
            let settings = [
                (
                    "Variable",
                    "#{Src.RepositoryName}#{codepipeline.PipelineExecutionId}",
                ),
                ("Operator", "CONTAINS"),
                ("Value", "-"),
            ];
            let id = rule("id", "VariableCheck", &settings);
            let settings = [
                ("Variable", "#{Src.ImageDigest}"),
                ("Operator", "CONTAINS"),
                ("Value", wanted),
            ];
            let digest = rule("digest", "VariableCheck", &settings);
            stage.before_entry = Some(condition(Consequence::Fail, vec![id, digest]));
        });
        let mut definition = bench.with(|pipeline, _| pipeline.definition.clone());
        let mut stages = (*definition.stages).clone();
        stages[0].actions[0].namespace = Some("Src".to_owned());
        definition.stages = Arc::new(stages);
        bench.place.pipelines.add(definition);
        let id = bench.start(&[]);
        bench.wait(10);
        let expected = if passes {
            ConditionStatus::Succeeded
        } else {
            ConditionStatus::Failed
        };
        assert_eq!(
            bench.condition(&id, ConditionKind::BeforeEntry),
            Some(expected),
            "{wanted}"
        );
    }
}

#[test]
fn an_override_lets_a_failed_execution_in_and_is_remembered() {
    let mut bench = with_build(Mode::Superseded, |stage| {
        stage.before_entry = Some(condition(Consequence::Fail, vec![lambda()]));
    });
    let id = bench.start(&[("Build/ask", "breaks")]);
    bench.wait(20);
    assert_eq!(bench.status(&id), ExecutionStatus::Failed);
    assert_eq!(
        bench.overrides(&id, "Build", ConditionKind::OnSuccess),
        Err(Refusal::NotOverridable)
    );
    assert_eq!(
        bench.overrides(&id, "Source", ConditionKind::BeforeEntry),
        Err(Refusal::NotOverridable)
    );
    assert_eq!(
        bench.overrides(&id, "Nowhere", ConditionKind::BeforeEntry),
        Err(Refusal::NoSuchStage)
    );
    bench
        .overrides(&id, "Build", ConditionKind::BeforeEntry)
        .unwrap();
    assert_eq!(
        bench.condition(&id, ConditionKind::BeforeEntry),
        Some(ConditionStatus::Overridden)
    );
    assert_eq!(bench.attempts(&id, 1).len(), 2);
    bench.with(|pipeline, _| {
        let execution = pipeline.execution(&id).unwrap();
        let run = execution.condition(1, ConditionKind::BeforeEntry).unwrap();
        assert_eq!(run.rules[0].updated_by.as_deref(), Some("arn:me"));
        assert_eq!(execution.summary, None);
    });
    assert_eq!(
        bench.overrides(&id, "Build", ConditionKind::BeforeEntry),
        Err(Refusal::NotOverridable)
    );
    bench.wait(200);
    assert_eq!(bench.position(&id), Position::In { stage: 2 });
}

#[test]
fn a_later_execution_in_the_stage_forbids_the_override() {
    let mut bench = with_build(Mode::Superseded, |stage| {
        stage.before_entry = Some(condition(Consequence::Fail, vec![lambda()]));
    });
    let first = bench.start(&[("Build/ask", "breaks")]);
    bench.wait(20);
    bench.start(&[]);
    bench.wait(20);
    assert_eq!(
        bench.overrides(&first, "Build", ConditionKind::BeforeEntry),
        Err(Refusal::NotLatest)
    );
    let nobody = "00000000-0000-4000-8000-000000000000";
    assert_eq!(
        bench.overrides(nobody, "Build", ConditionKind::BeforeEntry),
        Err(Refusal::NotLatest)
    );
}

#[test]
fn a_failed_success_condition_can_roll_the_stage_back() {
    let mut bench = with_build(Mode::Superseded, |stage| {
        stage.on_success = Some(condition(Consequence::RollBack, vec![lambda()]));
    });
    let good = bench.start(&[]);
    bench.wait(250);
    let bad = bench.start(&[("Build/ask", "breaks")]);
    bench.wait(170);
    assert_eq!(bench.status(&bad), ExecutionStatus::Failed);
    assert_eq!(
        bench.overrides(&bad, "Build", ConditionKind::OnSuccess),
        Err(Refusal::NotLatest)
    );
    bench.with(|pipeline, _| {
        let last = pipeline.executions().last().unwrap();
        assert_eq!(last.rollback_of.as_deref(), Some(good.as_str()));
        assert_eq!(last.trigger.kind, "AutomatedRollback");
        assert_eq!(
            last.trigger.detail,
            format!(r#"{{"FailedPipelineExecutionId":"{bad}"}}"#)
        );
    });
}

#[test]
fn a_failed_stage_is_retried_by_itself_once() {
    let mut bench = with_build(Mode::Superseded, |stage| {
        stage.on_failure = Some(OnFailure {
            result: Some(Consequence::Retry),
            retry: Some(RetryMode::FailedActions),
            condition: None,
        });
        // Breaks each time.
        stage.actions[1].behaviour.usual = stage.actions[1].behaviour.scenarios[0].1.clone();
    });
    let id = bench.start(&[]);
    bench.wait(200);
    assert_eq!(bench.status(&id), ExecutionStatus::Failed);
    let run = bench.with(|pipeline, _| pipeline.execution(&id).unwrap().stages[1].clone());
    assert_eq!(
        (run.automatic_retries, run.manual_retries, run.last_retry),
        (1, 0, Some("AutomatedStageRetry"))
    );
    let right = bench.attempts(&id, 1);
    let right = right.iter().filter(|(action, _)| *action == 1).count();
    assert_eq!(right, 2);
    bench.retry(&id, "Build", RetryMode::FailedActions).unwrap();
    let run = bench.with(|pipeline, _| pipeline.execution(&id).unwrap().stages[1].clone());
    assert_eq!(
        (run.automatic_retries, run.manual_retries, run.last_retry),
        (1, 1, Some("ManualStageRetry"))
    );
}

#[test]
fn a_failure_condition_rolls_back_only_when_a_rule_fails() {
    for (scenario, rolls_back) in [(None, false), (Some(("Build/ask", "breaks")), true)] {
        let mut bench = with_build(Mode::Superseded, |stage| {
            stage.on_failure = Some(OnFailure {
                result: None,
                retry: None,
                condition: Some(condition(Consequence::RollBack, vec![lambda()])),
            });
        });
        bench.start(&[]);
        bench.wait(250);
        let mut scenarios = vec![("Build/left", "breaks")];
        scenarios.extend(scenario);
        let bad = bench.start(&scenarios);
        bench.wait(80);
        assert_eq!(bench.status(&bad), ExecutionStatus::Failed);
        let last = bench.with(|pipeline, _| pipeline.executions().last().unwrap().clone());
        assert_eq!(last.rollback_of.is_some(), rolls_back);
    }
}

#[test]
fn stopping_abandons_what_a_condition_still_asks() {
    let mut bench = with_build(Mode::Superseded, |stage| {
        stage.before_entry = Some(condition(Consequence::Fail, vec![lambda()]));
    });
    let id = bench.start(&[]);
    bench.wait(3);
    bench.stop(&id, true).unwrap();
    assert_eq!(bench.status(&id), ExecutionStatus::Stopped);
    assert_eq!(
        bench.condition(&id, ConditionKind::BeforeEntry),
        Some(ConditionStatus::Abandoned)
    );
}

#[test]
fn a_retry_asks_the_conditions_after_the_stage_again() {
    let mut bench = with_build(Mode::Superseded, |stage| {
        stage.before_entry = Some(condition(Consequence::Fail, vec![lambda()]));
        stage.on_success = Some(condition(
            Consequence::Fail,
            vec![rule("after", "LambdaInvoke", &[])],
        ));
    });
    let id = bench.start(&[("Build/left", "breaks")]);
    bench.wait(90);
    bench.retry(&id, "Build", RetryMode::AllActions).unwrap();
    bench.wait(200);
    let asked = bench.with(|pipeline, _| {
        let conditions = &pipeline.execution(&id).unwrap().conditions;
        conditions.iter().map(|run| run.kind).collect::<Vec<_>>()
    });
    assert_eq!(
        asked,
        [ConditionKind::BeforeEntry, ConditionKind::OnSuccess]
    );
    assert_eq!(bench.position(&id), Position::In { stage: 2 });
}
