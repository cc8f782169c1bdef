//! Joins of small pipelines, each with one trap of AWS's in it.

mod paths;

use std::sync::Arc;

use super::*;
use crate::model::ids::{PipelineKey, Scope};
use crate::model::pipeline::{
    ActionDeclaration, ActionExecution, ActionState, Definition, SourceRevision, StageDeclaration,
    StageState,
};
use crate::model::remote::Remote;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn declared(name: &str, category: &str, run_order: u32) -> ActionDeclaration {
    ActionDeclaration {
        run_order,
        ..ActionDeclaration::new(name.into(), ActionCategory::of(category), "CodeBuild")
    }
}

fn execution(id: &str, word: &str, started: i64) -> Execution {
    Execution {
        started: Some(at(started)),
        updated: Some(at(started + 60)),
        revisions: vec![SourceRevision {
            action: "Source".into(),
            id: format!("{id}-rev").as_str().into(),
            summary: format!("Change {id}"),
            url: None,
        }],
        ..Execution::new(id.into(), State::of_pipeline(word))
    }
}

fn attempt(execution: &str, stage: &str, action: &str, word: &str, from: i64) -> ActionExecution {
    let key = ActionKey {
        stage: stage.into(),
        action: action.into(),
    };
    let id = format!("{execution}/{action}/{from}");
    ActionExecution {
        started: Some(at(from)),
        updated: Some(at(from + 30)),
        ..ActionExecution::new(
            execution.into(),
            key,
            id.as_str().into(),
            State::of_pipeline(word),
        )
    }
}

fn state(action: &str, word: &str, id: Option<&str>, changed: i64) -> ActionState {
    ActionState {
        execution_id: id.map(Into::into),
        changed_at: Some(at(changed)),
        ..ActionState::new(action.into(), State::of_pipeline(word))
    }
}

fn stage(name: &str, latest: Option<(&str, &str)>, actions: Vec<ActionState>) -> StageState {
    StageState {
        latest: latest.map(|(id, word)| (id.into(), State::of_pipeline(word))),
        actions,
        ..StageState::new(name.into())
    }
}

/// Source, then Build with `compile` and `unit` beside each other and `package` after them, then Deploy.
fn pipeline(mode: &str) -> Pipeline {
    let mut pipeline = Pipeline::new(PipelineKey {
        scope: Scope {
            account: "dev".into(),
            region: "eu-west-1".into(),
        },
        name: "orders".into(),
    });
    let stages = [
        ("Source", vec![declared("git", "Source", 1)]),
        (
            "Build",
            vec![
                declared("package", "Build", 2),
                declared("compile", "Build", 1),
                declared("unit", "Build", 1),
            ],
        ),
        ("Deploy", vec![declared("fleet", "Deploy", 1)]),
    ];
    let stages = stages
        .into_iter()
        .map(|(name, actions)| StageDeclaration::new(name.into(), actions))
        .collect();
    let definition = Definition::new(1, ExecutionMode::of(mode), stages);
    pipeline.definition = Remote::ready(Arc::new(definition), at(0));
    pipeline
}

fn with(
    mode: &str,
    stages: Vec<StageState>,
    executions: Vec<Execution>,
    attempts: Vec<ActionExecution>,
) -> Pipeline {
    let mut pipeline = pipeline(mode);
    pipeline.stages = Remote::ready(Arc::new(stages), at(0));
    pipeline.executions = Remote::ready(Arc::new(executions), at(0));
    pipeline.actions = Remote::ready(Arc::new(attempts), at(0));
    pipeline
}

fn key(stage: &str, action: &str) -> ActionKey {
    ActionKey {
        stage: stage.into(),
        action: action.into(),
    }
}

fn statuses(graph: &StageGraph) -> Vec<Status> {
    graph.stages.iter().map(|stage| stage.status).collect()
}

#[test]
fn actions_of_one_run_order_stand_beside_each_other() {
    let graph = StageGraph::of(&pipeline("QUEUED"), None).unwrap();
    let names: Vec<Vec<&str>> = graph.stages[1]
        .rows
        .iter()
        .map(|row| {
            row.actions
                .iter()
                .map(|action| action.key.action.as_str())
                .collect()
        })
        .collect();
    assert_eq!(names, [vec!["compile", "unit"], vec!["package"]]);
    assert_eq!(statuses(&graph), [Status::NotRun; 3]);
}

#[test]
fn nothing_known_is_no_graph_and_not_an_empty_one() {
    let mut unknown = pipeline("");
    unknown.definition = Remote::default();
    assert_eq!(StageGraph::of(&unknown, None), None);
}

#[test]
fn what_an_older_execution_left_is_not_told_as_news() {
    let pipeline = with(
        "SUPERSEDED",
        vec![
            stage(
                "Source",
                Some(("new", "Succeeded")),
                vec![state("git", "Succeeded", Some("new/git/100"), 130)],
            ),
            stage(
                "Build",
                Some(("new", "Failed")),
                vec![state("compile", "Failed", Some("new/compile/140"), 170)],
            ),
            stage(
                "Deploy",
                Some(("old", "Succeeded")),
                vec![state("fleet", "Succeeded", Some("old/fleet/30"), 60)],
            ),
        ],
        vec![
            execution("new", "Failed", 100),
            execution("old", "Succeeded", 0),
        ],
        vec![
            attempt("new", "Build", "compile", "Failed", 140),
            attempt("new", "Source", "git", "Succeeded", 100),
            attempt("old", "Deploy", "fleet", "Succeeded", 30),
        ],
    );
    let now = StageGraph::of(&pipeline, None).unwrap();
    assert_eq!(
        statuses(&now),
        [Status::Succeeded, Status::Failed, Status::NotRun]
    );
    let deploy = &now.stages[2];
    assert_eq!(
        deploy.occupant.as_ref().map(|it| it.label.as_str()),
        Some("old-rev")
    );
    assert_eq!(
        deploy.leftover.as_ref().map(|it| it.status),
        Some(Status::Succeeded)
    );
    assert_eq!(
        now.action(&key("Deploy", "fleet")).unwrap().recent,
        [Status::Succeeded, Status::NotRun]
    );
    assert_eq!(
        now.first_to_look_at().map(|it| &it.key),
        Some(&key("Build", "compile"))
    );

    let then = StageGraph::of(&pipeline, Some(&"old".into())).unwrap();
    assert_eq!(then.stages[2].status, Status::Succeeded);
    assert_eq!(
        then.stages[1].status,
        Status::NotRun,
        "old left no attempt there"
    );
}

#[test]
fn a_gate_that_has_not_begun_does_not_show_the_last_decision() {
    let pipeline = with(
        "QUEUED",
        vec![stage(
            "Deploy",
            Some(("new", "InProgress")),
            vec![state("fleet", "Succeeded", Some("old/fleet/30"), 60)],
        )],
        vec![
            execution("new", "InProgress", 100),
            execution("old", "Succeeded", 0),
        ],
        vec![attempt("old", "Deploy", "fleet", "Succeeded", 30)],
    );
    let graph = StageGraph::of(&pipeline, None).unwrap();
    assert_eq!(
        graph.action(&key("Deploy", "fleet")).unwrap().state.status,
        Status::NotRun
    );
}

#[test]
fn a_state_newer_than_the_listing_counts_and_an_older_one_does_not() {
    let stages = |word: &str, changed| {
        vec![stage(
            "Build",
            Some(("new", "InProgress")),
            vec![state("compile", word, Some("new/compile/140"), changed)],
        )]
    };
    let executions = || vec![execution("new", "InProgress", 100)];
    let not_listed = with("", stages("InProgress", 140), executions(), Vec::new());
    let graph = StageGraph::of(&not_listed, None).unwrap();
    let node = graph.action(&key("Build", "compile")).unwrap();
    assert_eq!(
        (node.state.status, node.time),
        (Status::Running, ActionTime::Since(at(140)))
    );

    let ended = with(
        "",
        stages("InProgress", 140),
        executions(),
        vec![attempt("new", "Build", "compile", "Succeeded", 140)],
    );
    let graph = StageGraph::of(&ended, None).unwrap();
    let node = graph.action(&key("Build", "compile")).unwrap();
    assert_eq!(
        (node.state.status, node.time),
        (Status::Succeeded, ActionTime::Took(Duration::from_secs(30)))
    );
}

#[test]
fn a_parallel_pipeline_is_told_by_its_actions_and_has_a_lane_for_each_execution_in_flight() {
    let pipeline = with(
        "PARALLEL",
        Vec::new(),
        vec![
            execution("two", "InProgress", 100),
            execution("one", "InProgress", 0),
            execution("zero", "Succeeded", -100),
        ],
        vec![
            attempt("two", "Source", "git", "Succeeded", 100),
            attempt("one", "Build", "compile", "InProgress", 40),
            attempt("one", "Source", "git", "Succeeded", 0),
        ],
    );
    let graph = StageGraph::of(&pipeline, None).unwrap();
    assert_eq!(
        statuses(&graph),
        [Status::Succeeded, Status::NotRun, Status::NotRun]
    );
    let lanes: Vec<(&str, Vec<Status>)> = graph
        .lanes
        .iter()
        .map(|lane| {
            let stages = lane.stages.iter().map(|(_, status)| *status).collect();
            (lane.execution.as_str(), stages)
        })
        .collect();
    assert_eq!(
        lanes,
        [
            (
                "two",
                vec![Status::Succeeded, Status::NotRun, Status::NotRun]
            ),
            (
                "one",
                vec![Status::Succeeded, Status::Running, Status::NotRun]
            ),
        ]
    );
}

#[test]
fn what_waits_says_why() {
    let mut deploy = stage("Deploy", Some(("one", "InProgress")), Vec::new());
    deploy.inbound = vec!["two".into(), "three".into()];
    let mut build = stage("Build", None, Vec::new());
    build.inbound = vec!["four".into()];
    build.transition.enabled = false;
    let pipeline = with(
        "QUEUED",
        vec![build, deploy],
        vec![
            execution("four", "InProgress", 4),
            execution("one", "InProgress", 1),
        ],
        Vec::new(),
    );
    let graph = StageGraph::of(&pipeline, None).unwrap();
    let reasons: Vec<_> = graph
        .notes
        .iter()
        .filter_map(|note| match note {
            Note::Waiting { label, reason, .. } => Some((label.as_str(), reason.clone())),
            Note::Superseded { .. } => None,
        })
        .collect();
    assert_eq!(
        reasons,
        [
            ("four-rev", WaitReason::Closed),
            ("two", WaitReason::Busy),
            ("three", WaitReason::Behind(1)),
        ]
    );
    assert_eq!(graph.stages[1].status, Status::Queued);
}

#[test]
fn an_action_removed_since_is_still_drawn_for_the_execution_that_ran_it() {
    let pipeline = with(
        "",
        Vec::new(),
        vec![execution("old", "Failed", 0)],
        vec![attempt("old", "Scan", "snyk", "Failed", 10)],
    );
    let graph = StageGraph::of(&pipeline, Some(&"old".into())).unwrap();
    let node = graph.action(&key("Scan", "snyk")).unwrap();
    assert_eq!((node.declared, node.state.status), (false, Status::Failed));
    assert_eq!(graph.stages.len(), 4);
}

#[test]
fn a_retried_action_has_its_newest_result_and_one_slot_on_the_strip() {
    let mut undone = attempt("a", "Deploy", "fleet", "Failed", 0);
    undone.external_summary = Some("Rolled back by circuit breaker".into());
    let pipeline = with(
        "",
        Vec::new(),
        vec![
            execution("b", "Succeeded", 100),
            execution("a", "Failed", 0),
        ],
        vec![
            attempt("b", "Deploy", "fleet", "Succeeded", 160),
            attempt("b", "Deploy", "fleet", "Failed", 100),
            undone,
        ],
    );
    let graph = StageGraph::of(&pipeline, Some(&"b".into())).unwrap();
    let node = graph.action(&key("Deploy", "fleet")).unwrap();
    assert_eq!(node.recent, [Status::RolledBack, Status::Succeeded]);
    assert_eq!((node.attempts, node.state.status), (2, Status::Succeeded));
}

#[test]
fn a_gate_that_waits_is_amber_on_its_strip_too() {
    let mut gate = state("fleet", "InProgress", Some("new/fleet/100"), 100);
    gate.state = State::new(Status::Waiting, "InProgress");
    gate.token = Some("token".into());
    let mut stage = stage("Deploy", Some(("new", "InProgress")), vec![gate]);
    stage.inbound = vec!["newest".into()];
    let pipeline = with(
        "QUEUED",
        vec![stage],
        vec![
            execution("newest", "InProgress", 200),
            execution("new", "InProgress", 90),
        ],
        vec![attempt("new", "Deploy", "fleet", "InProgress", 100)],
    );
    let now = StageGraph::of(&pipeline, None).unwrap();
    let node = now.action(&key("Deploy", "fleet")).unwrap();
    assert_eq!(node.recent, [Status::Waiting]);
    assert_eq!(
        (now.stages[2].status, now.notes.len()),
        (Status::Waiting, 1)
    );
    let then = StageGraph::of(&pipeline, Some(&"new".into())).unwrap();
    assert_eq!(then.notes, [], "what waits behind it is of now");
}

#[test]
fn a_stage_that_a_newer_execution_has_passed_tells_of_the_newer() {
    let mut gate = state("fleet", "InProgress", Some("held/fleet/100"), 100);
    gate.state = State::new(Status::Waiting, "InProgress");
    let build = state("compile", "Failed", Some("newer/compile/200"), 230);
    let pipeline = with(
        "SUPERSEDED",
        vec![
            stage("Build", Some(("newer", "Failed")), vec![build]),
            stage("Deploy", Some(("held", "InProgress")), vec![gate]),
        ],
        vec![
            execution("newer", "Failed", 190),
            execution("held", "InProgress", 90),
        ],
        vec![
            attempt("newer", "Build", "compile", "Failed", 200),
            attempt("held", "Deploy", "fleet", "InProgress", 100),
        ],
    );
    let graph = StageGraph::of(&pipeline, None).unwrap();
    assert_eq!(graph.execution, Some("held".into()));
    assert_eq!(graph.stages[1].status, Status::Failed);
    assert_eq!(
        graph.stages[1].occupant.as_ref().map(|it| &it.execution),
        Some(&"newer".into())
    );
}

#[test]
fn steps_keep_their_height_and_end_at_the_edges() {
    let graph = StageGraph::of(&pipeline(""), None).unwrap();
    let package = key("Build", "package");
    assert_eq!(
        graph.step(&package, Step::NextStage),
        Some(&key("Deploy", "fleet"))
    );
    assert_eq!(graph.step(&package, Step::NextAction), None);
    assert_eq!(
        graph.step(&package, Step::PreviousAction),
        Some(&key("Build", "unit"))
    );
    assert_eq!(
        graph.step(&key("Deploy", "fleet"), Step::PreviousStage),
        Some(&key("Build", "compile"))
    );
    assert_eq!(graph.step(&key("Source", "git"), Step::PreviousStage), None);
    let shown = |action: &ActionKey| !["unit", "compile"].contains(&action.action.as_str());
    assert_eq!(
        graph.step_among(&key("Source", "git"), Step::NextStage, shown),
        Some(&package),
        "past what is folded"
    );
    assert_eq!(
        graph.step_among(&package, Step::PreviousAction, shown),
        None
    );
}

#[test]
fn executions_are_stepped_through_from_now_and_back() {
    let pipeline = with(
        "",
        Vec::new(),
        vec![
            execution("new", "Failed", 100),
            execution("old", "Succeeded", 0),
        ],
        Vec::new(),
    );
    let all: Vec<&Execution> = pipeline.executions.value().unwrap().iter().collect();
    let old = Some("old".into());
    assert_eq!(
        neighbour_execution(&pipeline, &all, None, false),
        Some(old.clone())
    );
    assert_eq!(
        neighbour_execution(&pipeline, &all, old.as_ref(), false),
        None
    );
    assert_eq!(
        neighbour_execution(&pipeline, &all, old.as_ref(), true),
        Some(Some("new".into()))
    );
    assert_eq!(
        neighbour_execution(&pipeline, &all, Some(&"new".into()), true),
        Some(None)
    );
}

#[test]
fn a_decider_is_named_by_the_end_of_the_arn() {
    for (arn, name) in [
        ("arn:aws:iam::123456789012:user/ops/priya", "priya"),
        ("arn:aws:sts::123456789012:assumed-role/Dev/tom", "tom"),
        ("arn:aws:iam::123456789012:root", "root"),
    ] {
        assert_eq!(join::who(arn), name);
    }
}

#[test]
fn the_clock_says_what_kind_of_time_it_is() {
    let mut graph = StageGraph::of(&pipeline(""), None).unwrap();
    let node = &mut graph.stages[2].rows[0].actions[0];
    node.state = State::of_pipeline("InProgress");
    node.time = ActionTime::Since(at(0));
    node.usual = Some(Duration::from_secs(370));
    assert_eq!(node.clock(at(250)), "4 of ~6 min");
    assert_eq!(node.clock(at(50)), "50 s of ~6 min");
    node.category = ActionCategory::Approval;
    node.time = ActionTime::Took(Duration::from_mins(41));
    node.by = Some("priya".into());
    assert_eq!(
        (node.clock(at(0)), node.place()),
        ("waited 41 min".to_owned(), "by priya".to_owned())
    );
}
