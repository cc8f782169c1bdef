//! Links, paths, estimates and conditions of small pipelines.

use proptest::prelude::*;

use super::*;
use crate::model::pipeline::{
    ConditionDeclaration, ConditionKind, ConditionState, RuleDeclaration, RuleExecution, RuleState,
};

fn takes_and_gives(name: &str, order: u32, takes: &[&str], gives: &[&str]) -> ActionDeclaration {
    ActionDeclaration {
        input_artifacts: takes.iter().map(|it| (*it).to_owned()).collect(),
        output_artifacts: gives.iter().map(|it| (*it).to_owned()).collect(),
        ..declared(name, "Build", order)
    }
}

/// Two sources; two builds beside each other, each of its own source; a gate; two deployments beside each other.
fn two_ways() -> Pipeline {
    let mut tag = takes_and_gives("deploy-web", 1, &["web-out"], &[]);
    tag.configuration
        .insert("Image".to_owned(), "repo:#{web.TAG}-#{web.SHA}".to_owned());
    let mut web = takes_and_gives("build-web", 1, &["web"], &["web-out"]);
    web.namespace = Some("web".to_owned());
    let stages = [
        (
            "Source",
            vec![
                takes_and_gives("git-web", 1, &[], &["web"]),
                takes_and_gives("git-api", 1, &[], &["api"]),
            ],
        ),
        (
            "Build",
            vec![web, takes_and_gives("build-api", 1, &["api"], &["api-out"])],
        ),
        ("Gate", vec![declared("approve", "Approval", 1)]),
        (
            "Deploy",
            vec![tag, takes_and_gives("deploy-api", 1, &["api-out"], &[])],
        ),
    ];
    let stages = stages
        .into_iter()
        .map(|(name, actions)| StageDeclaration::new(name.into(), actions))
        .collect();
    let mut pipeline = pipeline("SUPERSEDED");
    let definition = Definition::new(1, ExecutionMode::Superseded, stages);
    pipeline.definition = Remote::ready(Arc::new(definition), at(0));
    pipeline
}

fn names(path: &std::collections::BTreeSet<ActionKey>) -> Vec<&str> {
    path.iter().map(|key| key.action.as_str()).collect()
}

#[test]
fn a_path_follows_artifacts_both_ways_and_passes_every_gate() {
    let graph = StageGraph::of(&two_ways(), None).unwrap();
    let path = graph.path(&key("Build", "build-web"));
    assert_eq!(
        names(&path),
        ["build-web", "deploy-web", "approve", "git-web"],
        "neither the other build nor what hangs on it"
    );
    let of_gate = graph.path(&key("Gate", "approve"));
    assert_eq!(of_gate.len(), 7, "everything passes the gate");
}

#[test]
fn what_enters_a_stage_is_told_with_who_gives_and_who_takes_it() {
    let graph = StageGraph::of(&two_ways(), None).unwrap();
    let entering: Vec<(String, &str, usize)> = graph
        .entering(&"Deploy".into())
        .into_iter()
        .map(|(what, from, to)| (what.words(), from.action.as_str(), to.len()))
        .collect();
    assert_eq!(
        entering,
        [
            ("artifact web-out".to_owned(), "build-web", 1),
            ("variables web.SHA, web.TAG".to_owned(), "build-web", 1),
            ("artifact api-out".to_owned(), "build-api", 1),
        ]
    );
    assert_eq!(graph.entering(&"Source".into()), []);
}

/// Stages of rows of so many actions; an action takes what one before it gives, if any.
fn random() -> impl Strategy<Value = (StageGraph, ActionKey)> {
    let shape = prop::collection::vec(prop::collection::vec(1_usize..5, 1..4), 1..6);
    (shape, any::<u64>()).prop_map(|(shape, seed)| {
        let mut seed = seed;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % below.max(1)
        };
        let mut stages = Vec::new();
        let mut earlier: Vec<ActionKey> = Vec::new();
        let mut links = Vec::new();
        for (stage, rows) in shape.iter().enumerate() {
            let mut nodes = Vec::new();
            for (row, count) in rows.iter().enumerate() {
                let keys: Vec<ActionKey> = (0..*count)
                    .map(|column| key(&format!("s{stage}"), &format!("a{row}-{column}")))
                    .collect();
                for to in &keys {
                    if let Some(from) = earlier.get(next(earlier.len() * 2)) {
                        links.push(Link {
                            from: from.clone(),
                            to: to.clone(),
                            what: Passed::Artifact("out".to_owned()),
                        });
                    }
                }
                let actions = keys
                    .iter()
                    .map(|key| ActionNode::new(key.clone(), ActionCategory::Build, String::new()))
                    .collect();
                nodes.push(ActionRow {
                    run_order: row as u32,
                    actions,
                });
                earlier.extend(keys);
            }
            stages.push(StageNode::new(format!("s{stage}").as_str().into(), nodes));
        }
        let of = earlier[next(earlier.len())].clone();
        let mut graph = StageGraph::new(ExecutionMode::Superseded, stages);
        graph.links = links;
        (graph, of)
    })
}

proptest! {
    #[test]
    fn a_path_passes_every_row_and_holds_whoever_gives_to_it((graph, of) in random()) {
        let path = graph.path(&of);
        prop_assert!(path.contains(&of));
        for row in graph.stages.iter().flat_map(|stage| &stage.rows) {
            let on = row.actions.iter().filter(|it| path.contains(&it.key)).count();
            prop_assert!(on > 0, "an execution passes every row");
            if row.actions.iter().any(|it| it.key == of) {
                prop_assert_eq!(on, 1, "what runs beside it is off its path");
            }
        }
        for link in &graph.links {
            if link.to == of {
                prop_assert!(path.contains(&link.from));
            }
            if link.from == of {
                prop_assert!(path.contains(&link.to));
            }
        }
    }
}

fn running(action: &str, usual: &[i64]) -> Pipeline {
    let mut attempts = vec![attempt("new", "Build", action, "InProgress", 1_000)];
    for (back, took) in (1..).zip(usual) {
        for name in ["compile", "unit", "package"] {
            let mut past = attempt(&format!("past-{back}"), "Build", name, "Succeeded", 100);
            past.updated = Some(at(100 + took));
            attempts.push(past);
        }
    }
    let state = state(
        action,
        "InProgress",
        Some(&format!("new/{action}/1000")),
        1_000,
    );
    with(
        "QUEUED",
        vec![stage("Build", Some(("new", "InProgress")), vec![state])],
        vec![execution("new", "InProgress", 990)],
        attempts,
    )
}

#[test]
fn an_estimate_counts_the_longest_of_what_runs_beside_and_says_what_it_does_not_know() {
    let pipeline = running("compile", &[100, 100, 100, 100, 120]);
    let graph = StageGraph::of(&pipeline, None).unwrap();
    let node = graph.action(&key("Build", "compile")).unwrap();
    assert_eq!(node.usual, Some(Duration::from_secs(100)));
    assert_eq!(node.slow, Some(Duration::from_mins(2)));
    assert_eq!(node.progress(at(1_050)), Some(0.5));
    let estimate = graph.estimate(at(1_050)).unwrap();
    // 50 of compile (unit has not run, 100 beside it), then 100 of package; of fleet and git nothing is known.
    assert_eq!(estimate.left, Duration::from_secs(200));
    assert_eq!(estimate.unknown, 2);
    assert_eq!(estimate.words(), "at least 3 min to go");
    assert!(!estimate.slow && !node.is_slow(at(1_110)));
    assert!(node.is_slow(at(1_121)));
    let late = graph.estimate(at(1_121)).unwrap();
    assert_eq!(late.words(), "at least 3 min to go, slower than usual");
}

#[test]
fn what_has_ended_or_failed_is_not_estimated() {
    let mut pipeline = running("compile", &[100, 100, 100]);
    pipeline.stages = Remote::ready(
        Arc::new(vec![stage(
            "Build",
            Some(("new", "Failed")),
            vec![state("compile", "Failed", Some("new/compile/1000"), 1_060)],
        )]),
        at(0),
    );
    pipeline.executions = Remote::ready(Arc::new(vec![execution("new", "Failed", 990)]), at(0));
    let graph = StageGraph::of(&pipeline, None).unwrap();
    assert_eq!(graph.estimate(at(1_070)), None);
}

#[test]
fn few_runs_make_nothing_slow() {
    let graph = StageGraph::of(&running("unit", &[10, 10, 10, 10]), None).unwrap();
    let node = graph.action(&key("Build", "unit")).unwrap();
    assert_eq!(
        (node.usual, node.slow),
        (Some(Duration::from_secs(10)), None)
    );
    assert!(!node.is_slow(at(9_000)));
}

fn guarded() -> Pipeline {
    let rule = |name: &str| RuleDeclaration {
        name: name.into(),
        provider: "CloudWatchAlarm".to_owned(),
        configuration: std::collections::BTreeMap::new(),
        commands: Vec::new(),
        input_artifacts: Vec::new(),
        role_arn: None,
        region: None,
        timeout_minutes: None,
    };
    let mut pipeline = pipeline("SUPERSEDED");
    let mut definition = Definition::clone(pipeline.definition.value().unwrap());
    definition.stages[2].conditions = vec![
        ConditionDeclaration {
            kind: ConditionKind::OnSuccess,
            result: "ROLLBACK".to_owned(),
            rules: vec![rule("errors")],
        },
        ConditionDeclaration {
            kind: ConditionKind::BeforeEntry,
            result: "FAIL".to_owned(),
            rules: vec![rule("window"), rule("alarm")],
        },
    ];
    pipeline.definition = Remote::ready(Arc::new(definition), at(0));
    pipeline
}

#[test]
fn conditions_are_told_by_the_state_of_the_occupant_and_by_the_rules_of_another() {
    let mut pipeline = guarded();
    let mut deploy = stage("Deploy", Some(("new", "Failed")), Vec::new());
    deploy.conditions = vec![ConditionState {
        kind: ConditionKind::BeforeEntry,
        state: State::of_pipeline("Failed"),
        summary: Some("1 rule failed".to_owned()),
        changed_at: Some(at(210)),
        rules: vec![RuleState {
            name: "alarm".into(),
            state: State::of_pipeline("Failed"),
            summary: Some("in ALARM".to_owned()),
            changed_at: None,
            updated_by: None,
            external_id: None,
            external_url: None,
            error: None,
        }],
    }];
    pipeline.stages = Remote::ready(Arc::new(vec![deploy]), at(0));
    let executions = vec![
        execution("new", "Failed", 200),
        execution("old", "Succeeded", 0),
    ];
    pipeline.executions = Remote::ready(Arc::new(executions), at(0));
    let run = RuleExecution {
        execution: "old".into(),
        stage: "Deploy".into(),
        rule: "errors".into(),
        id: "r1".to_owned(),
        state: State::of_pipeline("Succeeded"),
        started: Some(at(50)),
        updated: Some(at(55)),
        updated_by: None,
        provider: "CloudWatchAlarm".to_owned(),
        configuration: std::collections::BTreeMap::new(),
        external_id: None,
        external_url: None,
        external_summary: None,
        error: None,
    };
    pipeline.rules = Remote::ready(Arc::new(vec![run]), at(0));
    let told = |graph: &StageGraph| -> Vec<(ConditionKind, Status)> {
        let conditions = graph.stages[2].conditions.iter();
        conditions.map(|it| (it.kind, it.state.status)).collect()
    };
    let now = StageGraph::of(&pipeline, None).unwrap();
    assert_eq!(
        told(&now),
        [
            (ConditionKind::BeforeEntry, Status::Failed),
            (ConditionKind::OnSuccess, Status::NotRun)
        ]
    );
    let rules = &now.stages[2].conditions[0].rules;
    assert_eq!(rules.len(), 2);
    assert_eq!(
        rules[1].provider, "CloudWatchAlarm",
        "kept from the structure"
    );
    let then = StageGraph::of(&pipeline, Some(&"old".into())).unwrap();
    assert_eq!(
        told(&then),
        [
            (ConditionKind::BeforeEntry, Status::NotRun),
            (ConditionKind::OnSuccess, Status::Succeeded)
        ]
    );
}

#[test]
fn a_rollback_is_never_shown_as_success() {
    let mut deploy = stage(
        "Deploy",
        Some(("back", "Succeeded")),
        vec![state("fleet", "Succeeded", Some("back/fleet/300"), 330)],
    );
    deploy.is_rollback = true;
    let mut back = execution("back", "Succeeded", 290);
    back.rollback_of = Some("old".into());
    let pipeline = with(
        "SUPERSEDED",
        vec![deploy],
        vec![back, execution("old", "Succeeded", 0)],
        vec![
            attempt("back", "Deploy", "fleet", "Succeeded", 300),
            attempt("old", "Deploy", "fleet", "Succeeded", 30),
        ],
    );
    let graph = StageGraph::of(&pipeline, None).unwrap();
    let stage = &graph.stages[2];
    assert_eq!(
        (stage.status, stage.is_rollback),
        (Status::RolledBack, true)
    );
    let then = StageGraph::of(&pipeline, Some(&"old".into())).unwrap();
    assert_eq!(then.stages[2].status, Status::Succeeded);
}

#[test]
fn where_a_superseded_execution_gave_up_is_known() {
    let pipeline = with(
        "SUPERSEDED",
        Vec::new(),
        vec![
            execution("new", "Succeeded", 100),
            execution("old", "Superseded", 0),
        ],
        vec![
            attempt("new", "Source", "git", "Succeeded", 100),
            attempt("old", "Source", "git", "Succeeded", 0),
        ],
    );
    let then = StageGraph::of(&pipeline, Some(&"old".into())).unwrap();
    assert_eq!(
        then.ended_before,
        Some(("Build".into(), Status::Superseded))
    );
    assert_eq!(StageGraph::of(&pipeline, None).unwrap().ended_before, None);
}

#[test]
fn a_gate_of_a_parallel_execution_waits_for_a_person() {
    let mut pipeline = with(
        "PARALLEL",
        Vec::new(),
        vec![
            execution("two", "InProgress", 100),
            execution("one", "InProgress", 0),
        ],
        vec![
            attempt("two", "Build", "compile", "InProgress", 110),
            attempt("one", "Deploy", "fleet", "InProgress", 50),
        ],
    );
    let mut definition = Definition::clone(pipeline.definition.value().unwrap());
    definition.stages[2].actions[0].category = ActionCategory::Approval;
    pipeline.definition = Remote::ready(Arc::new(definition), at(0));
    let graph = StageGraph::of(&pipeline, None).unwrap();
    let lanes: Vec<Status> = graph.lanes.iter().map(|lane| lane.status).collect();
    assert_eq!(lanes, [Status::Running, Status::Waiting]);
}
