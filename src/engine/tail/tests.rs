//! Every rule of the tokens, against a reader that answers by a script.

use std::collections::VecDeque;

use tokio::sync::Mutex;

use super::*;
use crate::engine::source::BoxFuture;
use crate::model::ids::Scope;
use crate::model::time::Timestamp;

/// Answers in turn, and what was asked.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Result<LogPage, FaultClass>>>,
    asked: Mutex<Vec<(Option<String>, Option<i64>)>>,
}

impl Script {
    fn of(answers: Vec<Result<LogPage, FaultClass>>) -> Self {
        Self {
            answers: Mutex::new(answers.into()),
            ..Self::default()
        }
    }
}

impl LogReader for Script {
    fn read<'a>(
        &'a self,
        _key: &'a LogKey,
        ask: LogAsk<'a>,
    ) -> BoxFuture<'a, Result<LogPage, Fault>> {
        Box::pin(async move {
            let asked = (ask.token.map(str::to_owned), ask.since);
            self.asked.lock().await.push(asked);
            let answer = self.answers.lock().await.pop_front().unwrap();
            answer.map_err(|class| {
                let mut fault = Fault::local("logs", "read", "", Timestamp::from_millis(0));
                fault.class = class;
                fault
            })
        })
    }
}

fn page(events: &[(i64, &str)], next: &str) -> LogPage {
    let mut page = LogPage {
        next: next.into(),
        ..LogPage::default()
    };
    for (time, message) in events {
        page.events.push(*time, 0, message);
    }
    page
}

fn tail() -> Tail {
    let scope = Scope {
        account: "a".into(),
        region: "r".into(),
    };
    Tail::new(LogKey {
        scope,
        group: "g".into(),
        stream: "s".into(),
    })
}

/// Every message that the script's answers bring, in order, and the positions.
async fn all(script: &Script) -> (Vec<String>, Vec<TailPosition>) {
    let mut tail = tail();
    let (mut messages, mut positions) = (Vec::new(), Vec::new());
    let steps = script.answers.lock().await.len();
    for _ in 0..steps {
        let step = tail.step(script).await.unwrap();
        messages.extend(step.events.iter().map(|event| event.message.to_owned()));
        positions.push(step.position);
    }
    (messages, positions)
}

#[tokio::test]
async fn an_empty_page_is_not_the_end_and_a_repeated_token_is_only_for_now() {
    let script = Script::of(vec![
        Ok(page(&[(1, "one")], "f/1")),
        Ok(page(&[], "f/2")),
        Ok(page(&[], "f/3")),
        Ok(page(&[(2, "two")], "f/4")),
        Ok(page(&[], "f/4")),
        Ok(page(&[(3, "three")], "f/5")),
    ]);
    let (messages, positions) = all(&script).await;
    assert_eq!(messages, ["one", "two", "three"]);
    use TailPosition::{CaughtUp, Empty, Reading};
    assert_eq!(
        positions,
        [
            Reading,
            Empty { pages: 1 },
            Empty { pages: 2 },
            Reading,
            CaughtUp,
            Reading
        ]
    );
}

#[test]
fn endless_empty_pages_are_counted_and_rest_longer_after_each_twenty() {
    let mut tail = tail();
    let steps: Vec<_> = (0..45)
        .map(|number| tail.advance(page(&[], &format!("f/{number}"))))
        .collect();
    let rests = steps.iter().map(|step| step.wait);
    let rests: Vec<_> = rests.filter(|wait| !wait.is_zero()).collect();
    assert_eq!(rests, [QUIET, QUIET * 2]);
    assert_eq!(rest_after(2_000), LONGEST_REST);
    assert_eq!(steps[44].position, TailPosition::Empty { pages: 45 });
    assert_eq!(
        tail.advance(page(&[(1, "at last")], "f/x")).wait,
        CATCHING_UP
    );
}

#[test]
fn the_pace_drops_when_nothing_comes_and_rises_when_something_does() {
    let mut tail = tail();
    tail.advance(page(&[(1, "one")], "f/1"));
    let waits: Vec<_> = (0..6)
        .map(|_| tail.advance(page(&[], "f/1")).wait)
        .collect();
    assert_eq!(waits, [LIVELY, LIVELY, LIVELY, LIVELY, QUIET, QUIET]);
    tail.advance(page(&[(2, "two")], "f/2"));
    assert_eq!(tail.advance(page(&[], "f/2")).wait, LIVELY);
}

#[tokio::test]
async fn after_a_refused_token_the_log_goes_on_without_a_line_lost_or_doubled() {
    let script = Script::of(vec![
        Ok(page(
            &[(1_000, "old"), (9_000, "dot"), (9_000, "dot")],
            "f/1",
        )),
        Err(FaultClass::Refused),
        // The same again from two seconds before the last, over two pages, and more.
        Ok(page(&[(9_000, "dot")], "f/8")),
        Ok(page(
            &[(9_000, "dot"), (9_000, "dot"), (9_001, "new")],
            "f/9",
        )),
        Ok(page(&[(9_001, "new"), (9_002, "newer")], "f/10")),
    ]);
    let (messages, _) = all(&script).await;
    assert_eq!(
        messages,
        ["old", "dot", "dot", "dot", "new", "new", "newer"]
    );
    let asked = script.asked.lock().await;
    let token = |text: &str| Some(text.to_owned());
    assert_eq!(asked[1], (token("f/1"), None));
    assert_eq!(asked[2], (None, Some(7_000)));
    assert_eq!(asked[3], (token("f/8"), Some(7_000)));
}

#[tokio::test]
async fn a_refusal_without_a_token_and_one_that_does_not_end_are_faults() {
    let refused = Script::of(vec![Err(FaultClass::Refused)]);
    assert!(tail().step(&refused).await.is_err());

    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(Ok(page(&[(1, "one")], "f/1")));
        answers.push(Err(FaultClass::Refused));
    }
    let script = Script::of(answers);
    let mut tail = tail();
    let mut lines = 0;
    for _ in 0..7 {
        lines += tail.step(&script).await.unwrap().events.len();
    }
    assert_eq!(lines, 1);
    assert_eq!(
        tail.step(&script).await.unwrap_err().class,
        FaultClass::Refused
    );
}

#[tokio::test]
async fn a_stream_that_is_not_there_is_waited_for_and_one_that_goes_away_is_told() {
    let script = Script::of(vec![
        Err(FaultClass::NotFound),
        Ok(page(&[(1, "one")], "f/1")),
        Err(FaultClass::NotFound),
    ]);
    let (messages, positions) = all(&script).await;
    assert_eq!(messages, ["one"]);
    use TailPosition::{Gone, Reading, Waiting};
    assert_eq!(positions, [Waiting, Reading, Gone]);
}

#[tokio::test]
async fn overlapping_pages_bring_each_line_once() {
    let script = Script::of(vec![
        Ok(page(&[(1, "a"), (2, "b"), (3, "c")], "f/1")),
        Ok(page(&[(2, "b"), (3, "c"), (4, "d")], "f/2")),
        Ok(page(&[(4, "d"), (4, "d"), (5, "e")], "f/3")),
    ]);
    let (messages, _) = all(&script).await;
    // The last page does not go back in time: its lines are taken for lines.
    assert_eq!(messages, ["a", "b", "c", "d", "d", "d", "e"]);
}

#[tokio::test]
async fn events_out_of_order_stay_as_they_came() {
    let script = Script::of(vec![
        Ok(page(&[(5, "a"), (3, "b"), (5, "c")], "f/1")),
        Ok(page(&[(4, "d"), (6, "e")], "f/2")),
    ]);
    assert_eq!(all(&script).await.0, ["a", "b", "c", "d", "e"]);
}

#[tokio::test]
async fn a_fault_leaves_the_position() {
    let script = Script::of(vec![
        Ok(page(&[(1, "one")], "f/1")),
        Err(FaultClass::TimedOut),
        Ok(page(&[(2, "two")], "f/2")),
    ]);
    let mut tail = tail();
    tail.step(&script).await.unwrap();
    assert!(tail.step(&script).await.is_err());
    assert_eq!(tail.step(&script).await.unwrap().events.len(), 1);
    assert_eq!(script.asked.lock().await[2].0.as_deref(), Some("f/1"));
}
