//! Logs over the wire: the tail through the SDK against the simulated account, with every way in which pages of log
//! events are known to mislead a reader.
//!
//! The story `flood` on a hand-turned clock.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use starboard::aws::Aws;
use starboard::engine::search_tail::SearchTail;
use starboard::engine::source::{LogReader, LogSearch, LogSearcher};
use starboard::engine::tail::{Step, Tail};
use starboard::model::fault::FaultClass;
use starboard::model::ids::{LogKey, Scope};
use starboard::model::log::TailPosition;
use starboard::sim::world::logs::Logs;
use starboard::sim::{Fault, Options, Simulator};

use crate::account::signed_in;

const START: i64 = 1_900_000_000_000;

struct Flood {
    sim: Simulator,
    aws: Aws,
    now: Arc<AtomicI64>,
    reader: Arc<dyn LogReader>,
    searcher: Arc<dyn LogSearcher>,
}

impl Flood {
    async fn start() -> Self {
        let (sim, aws, now) = signed_in(Options::named("flood"), START).await;
        Self {
            reader: aws.log_reader(),
            searcher: aws.log_searcher(),
            aws,
            sim,
            now,
        }
    }

    fn scope(&self) -> Scope {
        let account = &self.sim.accounts()[0];
        Scope {
            account: account.name.as_str().into(),
            region: account.regions[0].as_str().into(),
        }
    }

    fn tail(&self, group: &str) -> Tail {
        Tail::new(LogKey {
            scope: self.scope(),
            group: group.into(),
            stream: "lines".into(),
        })
    }

    fn search(&self, group: &str, pattern: &str) -> SearchTail {
        let search = LogSearch {
            scope: self.scope(),
            group: group.into(),
            stream: None,
            pattern: pattern.to_owned(),
        };
        SearchTail::new(search, None)
    }

    fn pass(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::AcqRel);
    }

    fn logs<T>(&self, act: impl FnOnce(&mut Logs, i64) -> T) -> T {
        let account = &self.sim.accounts()[0];
        self.sim.world(|world| {
            let now = world.now();
            let place = world.place_mut(&account.account_id, &account.regions[0]);
            act(&mut place.logs, now)
        })
    }

    fn write(&self, group: &str, message: &str) {
        self.logs(|logs, now| logs.append(group, "lines", now, message, now));
    }

    fn inject(&self, fault: Fault, times: Option<u32>) {
        self.sim.faults().inject("logs", fault, times);
    }

    /// Every message up to the end, for now.
    async fn rest(&self, tail: &mut Tail) -> Vec<String> {
        let mut messages = Vec::new();
        for _ in 0..1_000 {
            let step = tail.step(&*self.reader).await.unwrap();
            messages.extend(texts(&step));
            if step.position == TailPosition::CaughtUp {
                return messages;
            }
        }
        panic!("the log does not end");
    }
}

fn texts(step: &Step) -> Vec<String> {
    let events = step.events.iter();
    events.map(|event| event.message.to_owned()).collect()
}

/// The generated lines begin with their number.
fn assert_each_once(messages: &[String], count: usize) {
    let numbers: Vec<usize> = messages
        .iter()
        .map(|text| text.get(..8).unwrap().parse().unwrap())
        .collect();
    assert!(
        numbers.iter().copied().eq(0..count),
        "{} messages",
        numbers.len()
    );
}

#[tokio::test]
async fn gaps_overlaps_and_disorder_bring_every_line_once_and_in_its_order() {
    let flood = Flood::start().await;
    for group in ["/flood/gaps", "/flood/overlap", "/flood/disorder"] {
        let messages = flood.rest(&mut flood.tail(group)).await;
        assert_each_once(&messages, 100_000);
    }
}

#[tokio::test]
async fn a_burst_is_read_while_it_lasts_and_nothing_of_it_is_lost() {
    let flood = Flood::start().await;
    let mut tail = flood.tail("/flood/burst");
    assert!(flood.rest(&mut tail).await.is_empty());
    let mut messages = Vec::new();
    // Its first second: a hundred lines a millisecond.
    flood.pass(10_000);
    for _ in 0..4 {
        flood.pass(250);
        messages.extend(flood.rest(&mut tail).await);
    }
    assert_each_once(&messages, 92_100);
}

#[tokio::test]
async fn hostile_text_and_an_event_of_ten_megabytes_arrive_byte_for_byte() {
    let flood = Flood::start().await;
    let messages = flood.rest(&mut flood.tail("/flood/hostile")).await;
    assert_eq!(messages.first().unwrap(), "plain first line");
    assert!(messages.iter().any(|text| text.contains("nul\u{0}inside")));
    assert!(
        messages
            .iter()
            .any(|text| text == "two\nlines in one event")
    );
    let huge = messages.iter().map(String::len).max().unwrap();
    assert_eq!(huge, 10 * 1024 * 1024);
    let sent = flood.logs(|logs, now| {
        let stream = logs.stream("/flood/hostile", "lines").unwrap();
        let events = (0..stream.count(now)).map(|index| stream.event(index, now).unwrap());
        events.map(|event| event.message).collect::<Vec<_>>()
    });
    assert!(messages == sent);
}

#[tokio::test]
async fn bytes_that_are_no_text_cost_themselves_and_not_their_page() {
    let flood = Flood::start().await;
    flood.inject(Fault::InvalidUtf8, Some(1));
    let mut tail = flood.tail("/flood/gaps");
    let step = tail.step(&*flood.reader).await.unwrap();
    let messages = texts(&step);
    assert_eq!(messages.len(), 1_000);
    assert!(messages[0].starts_with("\u{fffd}\u{fffd} caf\u{fffd}( 00000000 "));
    assert!(messages[999].starts_with("00000999 "));
}

#[tokio::test]
async fn a_token_that_never_changes_is_the_end_of_a_stream_and_a_fault_of_a_search() {
    let flood = Flood::start().await;
    flood.inject(Fault::RepeatedToken, None);
    let mut tail = flood.tail("/flood/gaps");
    assert_eq!(flood.rest(&mut tail).await.len(), 2);
    assert_eq!(flood.sim.request_count("GetLogEvents"), 2);
    let mut search = flood.search("/flood/gaps", "");
    search.step(&*flood.searcher).await.unwrap();
    let fault = search.step(&*flood.searcher).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::Unreadable);
    assert!(fault.message.contains("same token"), "{}", fault.message);
    assert_eq!(flood.sim.request_count("FilterLogEvents"), 2);
}

#[tokio::test]
async fn endless_empty_pages_are_told_and_paced_and_the_log_goes_on_after_them() {
    let flood = Flood::start().await;
    let mut tail = flood.tail("/flood/gaps");
    let mut messages = texts(&tail.step(&*flood.reader).await.unwrap());
    flood.inject(Fault::EmptyPages, Some(60));
    let mut rests = 0;
    for page in 1..=60 {
        let step = tail.step(&*flood.reader).await.unwrap();
        assert_eq!(step.position, TailPosition::Empty { pages: page });
        rests += u32::from(step.wait.as_secs() >= 5);
    }
    assert_eq!(rests, 3);
    // The last of their tokens is refused.
    messages.extend(flood.rest(&mut tail).await);
    assert_each_once(&messages, 100_000);
}

#[tokio::test]
async fn after_a_day_a_log_goes_on_where_its_token_ended() {
    let flood = Flood::start().await;
    let mut tail = flood.tail("/flood/gaps");
    flood.rest(&mut tail).await;
    flood.write("/flood/gaps", "the same");
    flood.write("/flood/gaps", "the same");
    assert_eq!(flood.rest(&mut tail).await, ["the same", "the same"]);
    flood.pass(25 * 3_600_000);
    assert!(flood.rest(&mut tail).await.is_empty());
    flood.pass(25 * 3_600_000);
    flood.write("/flood/gaps", "the next day");
    assert_eq!(flood.rest(&mut tail).await, ["the next day"]);
}

#[tokio::test]
async fn a_token_of_another_stream_is_let_go_of_and_doubles_nothing() {
    let flood = Flood::start().await;
    let mut tail = flood.tail("/flood/gaps");
    let mut messages = texts(&tail.step(&*flood.reader).await.unwrap());
    // One page of another stream's words: its token comes back to this one.
    flood.inject(
        Fault::Body {
            text: r#"{"events":[],"nextForwardToken":"f/1","nextBackwardToken":"b/1"}"#.to_owned(),
        },
        Some(1),
    );
    messages.extend(flood.rest(&mut tail).await);
    assert_each_once(&messages, 100_000);
}

#[tokio::test]
async fn a_stream_that_is_deleted_says_so() {
    let flood = Flood::start().await;
    let mut tail = flood.tail("/flood/gaps");
    flood.rest(&mut tail).await;
    flood.logs(|logs, _| logs.delete_stream("/flood/gaps", "lines"));
    let step = tail.step(&*flood.reader).await.unwrap();
    assert_eq!(step.position, TailPosition::Gone);
    let mut never = flood.tail("/flood/nowhere");
    let step = never.step(&*flood.reader).await.unwrap();
    assert_eq!(step.position, TailPosition::Waiting);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_fault_and_no_end() {
    let flood = Flood::start().await;
    let mut tail = flood.tail("/flood/gaps");
    flood.inject(Fault::Truncated, Some(1));
    let fault = tail.step(&*flood.reader).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::Unreadable, "{fault:?}");
    assert_each_once(&flood.rest(&mut tail).await, 100_000);
}

#[tokio::test]
async fn a_log_in_s3_is_read_as_a_stream_is() {
    let flood = Flood::start().await;
    let account = flood.sim.accounts()[0].clone();
    let (id, written) = flood.sim.world(|world| {
        let place = world.place_mut(&account.account_id, &account.regions[0]);
        let id = place.builds.ids_of("spillway")[0].clone();
        let build = place.builds.get(&id).unwrap();
        let text = build.log_text(&place.owner);
        (id, text)
    });
    let build = flood
        .aws
        .build(&flood.scope(), &id.as_str().into())
        .await
        .unwrap();
    let log = build.log.unwrap();
    assert_eq!(log.group.as_str(), "s3://flood-logs");
    let mut tail = Tail::new(LogKey {
        scope: flood.scope(),
        group: log.group.clone(),
        stream: log.stream,
    });
    let messages = flood.rest(&mut tail).await;
    assert_eq!(messages.join("\n") + "\n", written);
    assert!(messages.iter().any(|text| text == "caf\u{e9}"));
    assert!(flood.rest(&mut tail).await.is_empty());

    // One that is not there yet, or no more, is waited for.
    let mut never = Tail::new(LogKey {
        scope: flood.scope(),
        group: log.group,
        stream: "spillway/none.gz".into(),
    });
    let step = never.step(&*flood.reader).await.unwrap();
    assert_eq!(step.position, TailPosition::Waiting);
}

#[tokio::test]
async fn a_search_over_a_group_brings_each_match_once_and_goes_on() {
    let flood = Flood::start().await;
    let mut search = flood.search("/flood/gaps", "\"status=503\"");
    let mut found = BTreeSet::new();
    let mut count = 0;
    loop {
        let step = search.step(&*flood.searcher).await.unwrap();
        let messages = texts(&step);
        count += messages.len();
        found.extend(messages);
        if step.position == TailPosition::CaughtUp {
            break;
        }
    }
    assert!(count > 5_000 && found.len() == count, "{count}");
    assert!(found.iter().all(|text| text.contains("status=503")));
    flood.write("/flood/gaps", "status=200");
    flood.write("/flood/gaps", "status=503 at last");
    let step = search.step(&*flood.searcher).await.unwrap();
    assert_eq!(texts(&step), ["status=503 at last"]);
    assert!(
        search
            .step(&*flood.searcher)
            .await
            .unwrap()
            .events
            .is_empty()
    );
}
