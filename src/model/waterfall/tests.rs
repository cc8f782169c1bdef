//! Waterfalls of random executions, and of small ones with one trap each.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::model::graph::{ActionNode, ActionRow, StageNode};
use crate::model::pipeline::ExecutionMode;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn key(stage: usize, action: usize) -> ActionKey {
    ActionKey {
        stage: format!("s{stage}").as_str().into(),
        action: format!("a{action}").as_str().into(),
    }
}

/// Five stages of three actions.
fn graph() -> StageGraph {
    let stages = (0..5).map(|stage| {
        let actions = (0..3)
            .map(|action| ActionNode::new(key(stage, action), ActionCategory::Build, String::new()))
            .collect();
        let rows = vec![ActionRow {
            run_order: 1,
            actions,
        }];
        StageNode::new(format!("s{stage}").as_str().into(), rows)
    });
    StageGraph::new(ExecutionMode::Superseded, stages.collect())
}

fn attempt(stage: usize, action: usize, word: &str, from: i64, to: i64) -> ActionExecution {
    let id = format!("{stage}/{action}/{from}/{to}/{word}");
    ActionExecution {
        started: Some(at(from)),
        updated: Some(at(to)),
        ..ActionExecution::new(
            "run".into(),
            key(stage, action),
            id.as_str().into(),
            State::of_pipeline(word),
        )
    }
}

fn of(attempts: &[ActionExecution]) -> Waterfall {
    Waterfall::of(&graph(), attempts, &"run".into())
}

fn attempts() -> impl Strategy<Value = Vec<ActionExecution>> {
    let word = prop::sample::select(vec![
        "Succeeded",
        "Succeeded",
        "Failed",
        "InProgress",
        "New?",
    ]);
    // Times may run backwards, as AWS's do.
    let one = (0..5_usize, 0..3_usize, word, 0..1_000_i64, -20..400_i64).prop_map(
        |(stage, action, word, from, span)| attempt(stage, action, word, from, from + span),
    );
    prop::collection::vec(one, 0..40)
}

const NOW: Timestamp = Timestamp::from_millis(2_000_000);

proptest! {
    #[test]
    fn every_attempt_has_a_bar_inside_the_whole(attempts in attempts()) {
        let waterfall = of(&attempts);
        prop_assert_eq!(waterfall.bars.len(), attempts.len());
        let (Some(from), Some(until)) = (waterfall.from, waterfall.until(NOW)) else {
            prop_assert!(attempts.is_empty());
            return Ok(());
        };
        for bar in &waterfall.bars {
            prop_assert!(from <= bar.started && bar.started <= bar.end(NOW) && bar.end(NOW) <= until);
            prop_assert!((1..=bar.attempts).contains(&bar.attempt));
        }
        let covered: usize = waterfall.stages.iter().map(|span| span.bars).sum();
        prop_assert_eq!(covered, waterfall.bars.len());
        for span in &waterfall.stages {
            for bar in &waterfall.bars[span.first..span.first + span.bars] {
                prop_assert_eq!(&bar.key.stage, &span.name);
                prop_assert!(span.started <= bar.started);
            }
        }
    }

    #[test]
    fn the_critical_path_is_a_chain_whose_lengths_add_up_to_the_whole(attempts in attempts()) {
        let waterfall = of(&attempts);
        let parts = waterfall.parts(NOW);
        for pair in parts.windows(2) {
            prop_assert!(pair[0].1 <= pair[0].2, "a part runs forwards");
            prop_assert!(pair[0].2 <= pair[1].1, "the next begins after it");
            prop_assert!(pair[0].1 < pair[1].1, "the chain goes on");
        }
        if let (Some(first), Some(last)) = (parts.first(), parts.last()) {
            prop_assert_eq!(waterfall.shares(NOW).whole(), first.1.age(last.2));
            let open = waterfall.is_open();
            prop_assert!(open || Some(last.2) == waterfall.until(NOW), "it ends with the last to end");
        }
        let marked = waterfall.bars.iter().filter(|bar| bar.is_critical).count();
        prop_assert_eq!(marked, parts.len());
    }

    #[test]
    fn marks_of_an_axis_are_round_and_few(seconds in 0_u64..40_000_000, about in 1_usize..14) {
        let ticks = ticks(Duration::from_secs(seconds), about);
        prop_assert!(ticks.len() <= 14 + about, "{ticks:?}");
        prop_assert!(ticks.iter().all(|tick| tick.as_secs() <= seconds));
        prop_assert_eq!(ticks.first(), Some(&Duration::ZERO));
    }
}

#[test]
fn the_chain_leads_through_the_slower_of_two_and_tells_what_was_waited() {
    let waterfall = of(&[
        attempt(0, 0, "Succeeded", 0, 10),
        attempt(1, 0, "Succeeded", 10, 60),
        attempt(1, 1, "Succeeded", 10, 200),
        attempt(2, 0, "Succeeded", 260, 300),
    ]);
    let chain: Vec<&str> = waterfall
        .critical
        .chain
        .iter()
        .map(|index| waterfall.bars[*index].key.action.as_str())
        .collect();
    assert_eq!(chain, ["a0", "a1", "a0"]);
    let shares = waterfall.shares(NOW);
    assert_eq!(shares.work, Duration::from_mins(4));
    assert_eq!(shares.waits, Duration::from_mins(1));
    assert_eq!(waterfall.stages[2].waited_since, Some(at(200)));
    assert_eq!(waterfall.stages[1].waited_since, None);
}

#[test]
fn retried_attempts_are_all_there_the_latest_first() {
    let waterfall = of(&[
        attempt(1, 0, "Failed", 10, 20),
        attempt(1, 0, "Succeeded", 90, 95),
        attempt(1, 0, "Failed", 40, 60),
    ]);
    let told: Vec<(usize, &str)> = waterfall
        .bars
        .iter()
        .map(|bar| (bar.attempt, bar.state.word()))
        .collect();
    assert_eq!(told, [(3, "Succeeded"), (2, "Failed"), (1, "Failed")]);
    assert!(waterfall.bars[0].is_latest() && !waterfall.bars[1].is_latest());
}

#[test]
fn a_gate_that_waits_counts_for_people_and_not_for_work() {
    let mut graph = graph();
    let gate = &mut graph.stages[1].rows[0].actions[0];
    gate.category = ActionCategory::Approval;
    gate.state = State::new(Status::Waiting, "InProgress");
    let open = attempt(1, 0, "InProgress", 10, 10);
    gate.attempt = Some(open.id.clone());
    let attempts = Arc::new(vec![attempt(0, 0, "Succeeded", 0, 10), open]);
    let waterfall = Waterfall::of(&graph, &attempts, &"run".into());
    let shares = waterfall.shares(at(110));
    assert_eq!((shares.work.as_secs(), shares.gates.as_secs()), (10, 100));
    assert!(waterfall.is_open());
}

#[test]
fn an_attempt_of_another_execution_or_without_a_start_is_left_out() {
    let mut other = attempt(0, 0, "Succeeded", 0, 10);
    other.execution = "another".into();
    let mut unborn = attempt(0, 1, "InProgress", 0, 10);
    unborn.started = None;
    assert_eq!(of(&[other, unborn]), Waterfall::default());
}
