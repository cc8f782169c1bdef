//! What a tail does with logs that come late, are replaced, or are let go of, against a reader that answers by a script.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};

use super::*;
use crate::engine::archive::{FinishedLog, FoundLog};
use crate::engine::source::{BoxFuture, LogAsk, LogPage};
use crate::model::build::{BuildAbout, BuildRow, LogLocation};
use crate::model::fault::Fault;
use crate::model::ids::{BuildKey, Scope};
use crate::model::remote::Remote;
use crate::model::snapshot::Snapshot;
use crate::model::status::State;
use crate::model::table::Table;

const NOW: Timestamp = Timestamp::from_millis(1_795_449_600_000);

/// Answers in turn, then with nothing for ever.
struct Script(Mutex<VecDeque<Result<LogPage, FaultClass>>>);

impl LogReader for Script {
    fn read<'a>(
        &'a self,
        _key: &'a LogKey,
        ask: LogAsk<'a>,
    ) -> BoxFuture<'a, Result<LogPage, Fault>> {
        Box::pin(async move {
            let answer = self.0.lock().await.pop_front();
            let end = || Ok(page(&[], ask.token.unwrap_or("f/0")));
            answer.unwrap_or_else(end).map_err(|class| {
                let mut fault = Fault::local("logs", "read", "", NOW);
                fault.class = class;
                fault
            })
        })
    }
}

fn script(answers: Vec<Result<LogPage, FaultClass>>) -> Arc<Script> {
    Arc::new(Script(Mutex::new(answers.into())))
}

fn page(messages: &[&str], next: &str) -> LogPage {
    let mut page = LogPage {
        next: next.to_owned(),
        ..LogPage::default()
    };
    for message in messages {
        page.events.push(1, 0, message);
    }
    page
}

/// Has one log or none, and passes on what it is to keep.
struct Keeper(Option<FoundLog>, mpsc::Sender<FinishedLog>);

impl Archive for Keeper {
    fn find<'a>(&'a self, _key: &'a LogKey) -> BoxFuture<'a, Option<FoundLog>> {
        Box::pin(std::future::ready(self.0.clone()))
    }

    fn keep(&self, log: FinishedLog) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.1.send(log).await.unwrap() })
    }
}

fn key(group: &str) -> LogKey {
    LogKey {
        scope: Scope {
            account: "a".into(),
            region: "r".into(),
        },
        group: group.into(),
        stream: "s".into(),
    }
}

/// What is published: the build that writes the log, which ended so long ago.
fn ended(key: &LogKey, ago: Duration) -> Published {
    let build = Build {
        id: "pier:1".into(),
        arn: String::new(),
        project: "pier".into(),
        number: Some(1),
        state: State::of_build("SUCCEEDED"),
        current_phase: "COMPLETED".to_owned(),
        started: None,
        ended: Some(Timestamp::from_millis(
            NOW.millis() - ago.as_millis() as i64,
        )),
        source_version: None,
        resolved_source_version: None,
        initiator: None,
        phases: Vec::new(),
        log: Some(LogLocation {
            group: key.group.clone(),
            stream: key.stream.clone(),
        }),
        log_url: None,
        log_s3: None,
        about: BuildAbout::default(),
        batch: None,
        reports: Vec::new(),
        exported: Vec::new(),
    };
    let mut builds = Table::default();
    builds.insert(BuildRow {
        key: BuildKey {
            scope: key.scope.clone(),
            id: build.id.clone(),
        },
        build: Remote::ready(Arc::new(build), NOW),
    });
    Published::fixed(Snapshot {
        builds: Arc::new(builds),
        ..Snapshot::default()
    })
}

struct Stage {
    tails: Tails,
    said: mpsc::Receiver<Message>,
    kept: mpsc::Receiver<FinishedLog>,
    hand: Arc<AtomicI64>,
}

impl Stage {
    fn new(reader: Arc<dyn LogReader>, published: Published) -> Self {
        Self::with(None, reader, published)
    }

    fn with(found: Option<FoundLog>, reader: Arc<dyn LogReader>, published: Published) -> Self {
        let (updates, said) = mpsc::channel(64);
        let (keep, kept) = mpsc::channel(8);
        let hand = Arc::new(AtomicI64::new(NOW.millis()));
        let tails = Tails::new(
            reader,
            Arc::new(Keeper(found, keep)),
            UpdateSender(updates),
            Limiter::wide(),
            published,
            Clock::Manual(Arc::clone(&hand)),
        );
        Self {
            tails,
            said,
            kept,
            hand,
        }
    }

    /// What is said next of the one log: its position and its lines.
    async fn next(&mut self) -> (TailPosition, Vec<String>) {
        let message = tokio::time::timeout(Duration::from_mins(1), self.said.recv());
        let Message::Log { result, .. } = message.await.unwrap().unwrap() else {
            panic!("only of the log");
        };
        let tail = result.unwrap();
        (tail.position, lines(&tail.log))
    }
}

fn lines(log: &crate::model::log::LogSnapshot) -> Vec<String> {
    let all = log.iter_from(crate::model::log::LineNo(0));
    all.map(|(_, _, line)| String::from(&*line)).collect()
}

#[tokio::test]
async fn a_log_that_appears_late_is_waited_for_and_is_gone_only_when_nothing_can_come_any_more() {
    let key = key("g");
    let reader = script(vec![
        Err(FaultClass::NotFound),
        Ok(page(&["late"], "f/1")),
        Ok(page(&[], "f/1")),
    ]);
    let mut late = Stage::new(reader, ended(&key, Duration::from_secs(5)));
    late.tails.look_at(std::slice::from_ref(&key)).await;
    assert_eq!(late.next().await, (TailPosition::Waiting, vec![]));
    let there = vec!["late".to_owned()];
    assert_eq!(late.next().await, (TailPosition::Reading, there.clone()));
    assert_eq!(late.next().await, (TailPosition::Complete, there));

    let reader = script(vec![Err(FaultClass::NotFound)]);
    let mut gone = Stage::new(reader, ended(&key, Duration::from_mins(5)));
    gone.tails.look_at(std::slice::from_ref(&key)).await;
    assert_eq!(gone.next().await, (TailPosition::Gone, vec![]));
}

#[tokio::test]
async fn an_object_that_was_replaced_after_its_build_ended_is_read_again_and_kept_as_it_is_then() {
    let key = key("s3://bucket");
    let reader = script(vec![
        Ok(page(&["begun"], "f/1")),
        Ok(page(&[], "f/1")),
        Ok(page(&["begun", "ended"], "f/1")),
    ]);
    // A tenth of a second before nothing of it is on its way any more.
    let almost = Duration::from_millis(59_900);
    let mut stage = Stage::new(reader, ended(&key, almost));
    stage.tails.look_at(std::slice::from_ref(&key)).await;
    let first = vec!["begun".to_owned()];
    assert_eq!(stage.next().await, (TailPosition::Reading, first.clone()));
    assert_eq!(stage.next().await, (TailPosition::Complete, first));
    let whole = vec!["begun".to_owned(), "ended".to_owned()];
    assert_eq!(stage.next().await, (TailPosition::Complete, whole.clone()));
    assert_eq!(lines(&stage.kept.recv().await.unwrap().log), whole);
}

#[tokio::test]
async fn an_object_that_was_read_when_all_had_been_written_is_kept_without_another_call() {
    let key = key("s3://bucket");
    let reader = script(vec![
        Ok(page(&["whole"], "f/1")),
        Ok(page(&[], "f/1")),
        Ok(page(&["another"], "f/1")),
    ]);
    let mut stage = Stage::new(reader, ended(&key, Duration::from_secs(59)));
    stage.hand.fetch_add(2_000, Ordering::AcqRel);
    stage.tails.look_at(std::slice::from_ref(&key)).await;
    let kept = stage.kept.recv().await.unwrap();
    assert_eq!(lines(&kept.log), ["whole"]);
    assert_eq!(kept.key, key);
}

#[tokio::test]
async fn a_kept_copy_is_held_for_as_long_as_its_log_is_looked_at() {
    let key = key("g");
    let hold = Arc::new(tempfile::tempfile().unwrap());
    let mut buffer = crate::model::log::LogBuffer::default();
    buffer.append(1, "kept");
    let found = FoundLog {
        log: buffer.snapshot(),
        read: NOW,
        build: crate::model::kept::KeptBuild {
            id: "pier:1".into(),
            project: "pier".into(),
            number: Some(1),
            state: State::of_build("SUCCEEDED"),
            started: None,
            ended: Some(NOW),
        },
        hold: Some(Arc::clone(&hold)),
    };
    let published = ended(&key, Duration::ZERO);
    let mut stage = Stage::with(Some(found), script(Vec::new()), published);
    stage.tails.look_at(std::slice::from_ref(&key)).await;
    assert_eq!(
        stage.next().await,
        (TailPosition::Complete, vec!["kept".to_owned()])
    );
    // The archive's own, and the task's.
    assert_eq!(Arc::strong_count(&hold), 3);
    stage.tails.forget(|_| false).await;
    assert_eq!(Arc::strong_count(&hold), 2);
}

/// Holds its thread in the middle of an answer, as work that cannot be broken off does.
struct Held {
    begun: SyncSender<()>,
    go_on: std::sync::Mutex<std::sync::mpsc::Receiver<()>>,
}

impl LogReader for Held {
    fn read<'a>(
        &'a self,
        _key: &'a LogKey,
        _ask: LogAsk<'a>,
    ) -> BoxFuture<'a, Result<LogPage, Fault>> {
        Box::pin(async move {
            self.begun.send(()).unwrap();
            self.go_on.lock().unwrap().recv().unwrap();
            Ok(page(&["of another account"], "f/1"))
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_was_let_go_of_says_nothing_afterwards() {
    let key = key("g");
    let (begun, has_begun) = sync_channel(8);
    let (release, go_on) = sync_channel(8);
    let reader = Arc::new(Held {
        begun,
        go_on: std::sync::Mutex::new(go_on),
    });
    let held: Arc<dyn LogReader> = Arc::clone(&reader) as _;
    let mut stage = Stage::new(held, ended(&key, Duration::from_secs(5)));
    stage.tails.look_at(std::slice::from_ref(&key)).await;
    let has_begun = tokio::task::spawn_blocking(move || has_begun.recv());
    has_begun.await.unwrap().unwrap();
    let let_go = stage.tails.forget(|_| false);
    tokio::join!(let_go, async { release.send(()).unwrap() });
    // The test holds the reader, and the tails do; no task does any more.
    assert_eq!(Arc::strong_count(&reader), 2);
    while stage.said.try_recv().is_ok() {}
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(stage.said.try_recv().is_err());
}
