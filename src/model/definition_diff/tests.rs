//! Two versions of one pipeline, and what is told of them.

use super::*;
use crate::model::artifact::LineSide;
use crate::model::pipeline::{
    ActionCategory, ConditionDeclaration, ConditionKind, ExecutionMode, RuleDeclaration,
    VariableDeclaration,
};

fn action(name: &str, provider: &str) -> ActionDeclaration {
    ActionDeclaration::new(name.into(), ActionCategory::Build, provider)
}

fn stage(name: &str, actions: Vec<ActionDeclaration>) -> StageDeclaration {
    StageDeclaration::new(name.into(), actions)
}

fn pier() -> Definition {
    let mut source = action("source", "CodeCommit");
    source.configuration = [("BranchName".to_owned(), "main".to_owned())].into();
    Definition::new(
        1,
        ExecutionMode::Superseded,
        vec![
            stage("Source", vec![source]),
            stage(
                "Build",
                vec![action("compile", "CodeBuild"), action("lint", "CodeBuild")],
            ),
            stage("Staging", vec![action("deploy", "ECS")]),
            stage("Production", vec![action("deploy-prod", "ECS")]),
        ],
    )
}

fn words(older: &Definition, newer: &Definition) -> Vec<String> {
    let all = differences(older, newer);
    all.iter()
        .map(|it| format!("{}: {}", it.place, it.words))
        .collect()
}

#[test]
fn a_version_alone_is_no_difference() {
    let newer = Definition {
        version: 2,
        ..pier()
    };
    assert_eq!(differences(&pier(), &newer), []);
}

#[test]
fn differences_are_told_in_the_words_of_the_pipeline() {
    let mut newer = pier();
    newer.mode = ExecutionMode::Queued;
    newer.role_arn = "arn:aws:iam::1:role/new".to_owned();
    newer.variables.push(VariableDeclaration {
        name: "Region".into(),
        default: Some("north".into()),
        description: None,
    });
    newer.stages[0].actions[0]
        .configuration
        .insert("BranchName".into(), "release".into());
    newer.stages[1].actions[1].run_order = 2;
    newer.stages[2].actions.push(action("smoke", "CodeBuild"));
    newer.stages[3].actions[0].role_arn = Some("arn:aws:iam::2:role/deploy".into());
    assert_eq!(
        words(&pier(), &newer),
        [
            "Pipeline: execution mode: superseded → queued",
            "Pipeline: service role added: arn:aws:iam::1:role/new",
            "Pipeline: variable Region added: north",
            "Source / source: configuration BranchName: main → release",
            "Build / lint: run order: 1 → 2",
            "Staging / smoke: action smoke added in Staging (Build by CodeBuild)",
            "Production / deploy-prod: role added: arn:aws:iam::2:role/deploy",
        ]
    );
}

#[test]
fn what_moved_is_told_once_and_what_stood_still_is_not() {
    let mut newer = pier();
    let staging = newer.stages.remove(2);
    newer.stages.insert(1, staging);
    let lint = newer.stages[2].actions.remove(1);
    newer.stages[1].actions.push(lint);
    assert_eq!(
        words(&pier(), &newer),
        [
            "Staging: stage Staging moved after Source",
            "Staging / lint: action lint moved from Build to Staging",
        ]
    );
    newer.stages.remove(3);
    assert_eq!(
        words(&pier(), &newer)[0],
        "Production: stage Production removed with its 1 action"
    );
}

#[test]
fn a_secret_is_told_as_changed_and_long_texts_line_by_line() {
    let (mut older, mut newer) = (pier(), pier());
    let set = |definition: &mut Definition, name: &str, value: &str| {
        let configuration = &mut definition.stages[0].actions[0].configuration;
        configuration.insert(name.into(), value.into());
    };
    set(&mut older, "OAuthToken", "one");
    set(&mut newer, "OAuthToken", "two");
    let long = "a\n".repeat(40);
    set(&mut older, "Template", &long);
    set(&mut newer, "Template", &format!("{long}b"));
    let all = differences(&older, &newer);
    assert_eq!(
        all[0].words,
        "configuration OAuthToken changed (a secret, not shown)"
    );
    assert!(
        all[1]
            .texts
            .as_ref()
            .is_some_and(|(was, is)| *was == long && is.ends_with('b'))
    );
    assert!(!format!("{all:?}").contains("two"));
}

#[test]
fn conditions_and_their_rules_are_compared() {
    let rule = |name: &str, alarm: &str| RuleDeclaration {
        name: name.into(),
        provider: "CloudWatchAlarm".into(),
        configuration: [("AlarmName".to_owned(), alarm.to_owned())].into(),
        commands: Vec::new(),
        input_artifacts: Vec::new(),
        role_arn: None,
        region: None,
        timeout_minutes: None,
    };
    let with = |rules: Vec<RuleDeclaration>, result: &str| {
        let mut definition = pier();
        definition.stages[3].conditions = vec![ConditionDeclaration {
            kind: ConditionKind::BeforeEntry,
            result: result.into(),
            rules,
        }];
        definition
    };
    let (older, newer) = (
        with(vec![rule("quiet", "latency"), rule("old", "x")], "FAIL"),
        with(vec![rule("quiet", "errors"), rule("tide", "tide")], "SKIP"),
    );
    assert_eq!(
        words(&older, &newer),
        [
            "Production: condition before entry, when a rule fails: FAIL → SKIP",
            "Production: rule old removed from condition before entry",
            "Production: rule quiet, configuration AlarmName: latency → errors",
            "Production: rule tide (CloudWatchAlarm) added to condition before entry",
        ]
    );
    assert_eq!(
        words(&pier(), &newer),
        ["Production: condition before entry added, rules quiet, tide"]
    );
}

#[test]
fn long_texts_are_told_around_what_differs() {
    let older: Vec<String> = (0..20).map(|line| format!("line {line}\n")).collect();
    let older = older.concat();
    let newer = older.replace("line 10\n", "line ten\n");
    let told: Vec<(LineSide, String)> = lines(&older, &newer)
        .into_iter()
        .map(|line| (line.side, line.text))
        .collect();
    assert_eq!(told.len(), 2 + 6 + 2);
    assert_eq!(
        told[0],
        (LineSide::Skipped, "7 lines are the same".to_owned())
    );
    assert_eq!(told[4], (LineSide::Older, "line 10".to_owned()));
    assert_eq!(told[5], (LineSide::Newer, "line ten".to_owned()));
    assert_eq!(
        told[9],
        (LineSide::Skipped, "6 lines are the same".to_owned())
    );
    assert_eq!(lines(&older, &older), []);
}
