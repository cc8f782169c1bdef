//! Live Tail over the wire: the SDK's event stream against the simulated account, and the engine's one session.
//!
//! The story `flood` on a hand-turned clock; the simulated account tells once a second of the machine's time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use starboard::aws::Aws;
use starboard::engine::clock::Clock;
use starboard::engine::source::{LiveNews, LiveSession, LiveUpdate};
use starboard::engine::{AccountChange, Engine};
use starboard::model::account::Account;
use starboard::model::fault::FaultClass;
use starboard::model::focus::Focus;
use starboard::model::ids::Scope;
use starboard::model::live::{LiveAsk, LiveEnd, LiveState, LiveTail};
use starboard::model::log::LineNo;
use starboard::model::remote::Remote;
use starboard::sim::{Fault, Options, Simulator};

use crate::account::{engine, signed_in};

const START: i64 = 1_900_000_000_000;
const GROUP: &str = "/starboard/live";

struct Shore {
    sim: Simulator,
    aws: Aws,
    now: Arc<AtomicI64>,
}

impl Shore {
    async fn open() -> Self {
        let (sim, aws, now) = signed_in(Options::named("flood"), START).await;
        let shore = Self { sim, aws, now };
        shore.write("one", "before the session");
        shore
    }

    fn scope(&self) -> Scope {
        let account = &self.sim.accounts()[0];
        Scope {
            account: account.name.as_str().into(),
            region: account.regions[0].as_str().into(),
        }
    }

    fn ask(&self, stream: Option<&str>, pattern: &str) -> LiveAsk {
        LiveAsk {
            scope: self.scope(),
            group: GROUP.into(),
            stream: stream.map(Into::into),
            pattern: pattern.to_owned(),
        }
    }

    /// Writes an event a second after whatever was before.
    fn write(&self, stream: &str, message: &str) {
        self.now.fetch_add(1_000, Ordering::AcqRel);
        let account = &self.sim.accounts()[0];
        self.sim.world(|world| {
            let now = world.now();
            let place = world.place_mut(&account.account_id, &account.regions[0]);
            place.logs.append(GROUP, stream, now, message, now);
        });
    }

    async fn session(&self, ask: &LiveAsk) -> Box<dyn LiveSession> {
        let tailer = self.aws.live_tailer();
        let mut session = tailer.open(ask).await.unwrap();
        assert_eq!(session.next().await, Ok(LiveNews::Begun));
        session
    }

    fn engine(&self) -> Engine {
        let clock = Clock::Manual(Arc::clone(&self.now));
        let engine = engine(&self.aws, Vec::new(), clock);
        engine.put_account(self.account(), AccountChange::Credentials);
        engine
    }

    fn account(&self) -> Account {
        let Scope { account, region } = self.scope();
        Account {
            name: account,
            regions: vec![region],
            source: String::new(),
            secret_place: String::new(),
            read_only: true,
            production: false,
            simulated: true,
            endpoint: Some(self.sim.url()),
            identity: Remote::default(),
        }
    }
}

/// The next update that tells anything.
async fn told(session: &mut dyn LiveSession) -> LiveUpdate {
    for _ in 0..20 {
        match session.next().await.unwrap() {
            LiveNews::Update(update) if update.events.is_empty() => {}
            LiveNews::Update(update) => return update,
            other => panic!("{other:?}"),
        }
    }
    panic!("twenty updates without an event");
}

fn texts(update: &LiveUpdate) -> Vec<String> {
    let events = update.events.iter();
    events.map(|event| event.message.to_owned()).collect()
}

async fn until<T>(engine: &Engine, what: &str, look: impl Fn(Option<&LiveTail>) -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look(engine.published().load().live.as_deref()) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_mins(1), found).await;
    waited.unwrap_or_else(|_| panic!("{what} within a minute"))
}

#[tokio::test]
async fn a_session_tells_what_is_written_after_its_start() {
    let shore = Shore::open().await;
    let mut session = shore.session(&shore.ask(Some("one"), "-noise")).await;
    shore.write("one", "first \u{1b}[31mred\u{1b}[0m");
    shore.write("one", "noise");
    shore.write("two", "of another stream");
    shore.write("one", "second");
    let mut all = texts(&told(&mut *session).await);
    if all.len() < 2 {
        all.extend(texts(&told(&mut *session).await));
    }
    assert_eq!(all, ["first \u{1b}[31mred\u{1b}[0m", "second"]);
}

#[tokio::test]
async fn of_a_whole_group_each_line_begins_with_its_stream() {
    let shore = Shore::open().await;
    let mut session = shore.session(&shore.ask(None, "")).await;
    shore.write("a-stream-that-begins-later", "hello");
    assert_eq!(texts(&told(&mut *session).await), ["begins-later  hello"]);
}

#[tokio::test]
async fn a_sample_is_said_to_be_one() {
    let shore = Shore::open().await;
    let mut session = shore.session(&shore.ask(None, "")).await;
    let account = &shore.sim.accounts()[0];
    shore.sim.world(|world| {
        let now = world.now();
        let place = world.place_mut(&account.account_id, &account.regions[0]);
        for number in 0..2_000 {
            let line = number.to_string();
            place.logs.append(GROUP, "one", now, &line, now);
        }
    });
    let update = told(&mut *session).await;
    assert!(update.sampled);
    assert_eq!(update.events.iter().count(), 500);
}

#[tokio::test]
async fn after_three_hours_aws_ends_it() {
    let shore = Shore::open().await;
    let mut session = shore.session(&shore.ask(None, "")).await;
    shore.now.fetch_add(3 * 3_600_000, Ordering::AcqRel);
    loop {
        match session.next().await.unwrap() {
            LiveNews::Update(_) => {}
            news => {
                assert_eq!(news, LiveNews::Ended(LiveEnd::ThreeHours));
                return;
            }
        }
    }
}

#[tokio::test]
async fn a_session_that_breaks_off_is_a_fault_and_one_that_is_refused_says_why() {
    let shore = Shore::open().await;
    let faults = shore.sim.faults();
    faults.inject("StartLiveTail", Fault::Truncated, Some(1));
    let mut session = shore.session(&shore.ask(None, "")).await;
    let fault = loop {
        match session.next().await {
            Ok(LiveNews::Update(_)) => {}
            Ok(news) => panic!("{news:?}"),
            Err(fault) => break fault,
        }
    };
    assert_eq!(
        (fault.class, fault.operation),
        (FaultClass::Offline, "StartLiveTail")
    );
    let action = "logs:StartLiveTail".to_owned();
    faults.inject("StartLiveTail", Fault::AccessDenied { action }, Some(1));
    let tailer = shore.aws.live_tailer();
    let fault = tailer.open(&shore.ask(None, "")).await.err().unwrap();
    assert_eq!(fault.class, FaultClass::Denied);
    let mut ask = shore.ask(None, "");
    ask.group = "/none".into();
    let fault = tailer.open(&ask).await.err().unwrap();
    assert_eq!(fault.class, FaultClass::NotFound);
    assert_eq!(fault.code.as_deref(), Some("ResourceNotFoundException"));
}

#[tokio::test]
async fn the_engine_ends_a_session_that_has_left_the_screen_and_never_opens_another() {
    let shore = Shore::open().await;
    let engine = shore.engine();
    let ask = shore.ask(Some("one"), "");
    let on_screen = Focus {
        live: Some(ask.clone()),
        ..Focus::default()
    };
    engine.start_live_tail(ask);
    engine.look_at(on_screen.clone());
    until(&engine, "a session", |live| {
        matches!(live?.state, LiveState::Running { .. }).then_some(())
    })
    .await;
    shore.write("one", "seen");
    let line = until(&engine, "a line", |live| {
        live?.log.text(LineNo(0)).map(|line| line.to_string())
    })
    .await;
    assert_eq!(line, "seen");
    engine.look_at(Focus::default());
    until(&engine, "no session", |live| live.is_none().then_some(())).await;
    engine.look_at(on_screen);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(engine.published().load().live.is_none());
    assert_eq!(shore.sim.request_count("StartLiveTail"), 1);
}

#[tokio::test]
async fn what_a_stopped_session_brought_stays_with_how_it_ended() {
    let shore = Shore::open().await;
    let engine = shore.engine();
    let ask = shore.ask(Some("one"), "");
    engine.look_at(Focus {
        live: Some(ask.clone()),
        ..Focus::default()
    });
    engine.start_live_tail(ask);
    until(&engine, "a session", |live| {
        matches!(live?.state, LiveState::Running { .. }).then_some(())
    })
    .await;
    shore.write("one", "kept");
    until(&engine, "a line", |live| {
        (live?.log.len() == 1).then_some(())
    })
    .await;
    engine.stop_live_tail();
    let how = until(&engine, "an end", |live| match live?.state {
        LiveState::Ended { how, .. } => Some(how),
        _ => None,
    })
    .await;
    assert_eq!(how, LiveEnd::Stopped);
    shore.write("one", "unheard");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let live = engine.published().load().live.clone().unwrap();
    assert_eq!(live.log.len(), 1);
    // The connection is closed: nothing is billed any more.
    let account = &shore.sim.accounts()[0];
    let open = shore.sim.world(|world| {
        let place = world.place_mut(&account.account_id, &account.regions[0]);
        Arc::strong_count(place.logs.live_tails()) - 1
    });
    assert_eq!(open, 0);
}
