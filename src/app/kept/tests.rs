//! Kept logs as the window and the engine see them: budget, switches, faults, searches that end.

use std::time::Duration;

use super::*;
use crate::model::find::Query;
use crate::model::kept::KeptBuild;
use crate::model::log::{LineNo, LogBuffer};
use crate::model::status::State;
use crate::model::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_795_449_600_000);

pub(super) fn kept_in(place: &tempfile::TempDir) -> Arc<KeptLogs> {
    let hand = Arc::new(std::sync::atomic::AtomicI64::new(NOW.millis()));
    let folder = place.path().join("logs");
    KeptLogs::new(Some(folder), Waker::none(), Clock::Manual(hand))
}

pub(super) fn project() -> BuildProjectKey {
    BuildProjectKey {
        scope: file::tests::kept(0, 0).key.scope,
        name: "pier".into(),
    }
}

/// The log of build `number`, with a line that says so.
pub(super) fn finished(number: i64) -> FinishedLog {
    let mut buffer = LogBuffer::default();
    for line in 0..100 {
        buffer.append(line, &format!("line {line} of build {number}"));
    }
    let mut key = file::tests::kept(0, 0).key;
    key.stream = format!("stream-{number}").into();
    FinishedLog {
        key,
        build: KeptBuild {
            id: format!("pier:{number}").into(),
            project: "pier".into(),
            number: Some(number),
            state: State::of_build("SUCCEEDED"),
            started: Some(NOW.plus(Duration::from_secs(number as u64))),
            ended: None,
        },
        log: buffer.snapshot(),
        production: false,
    }
}

pub(super) fn query(text: &str) -> PastQuery {
    PastQuery {
        project: project(),
        query: Query {
            text: text.to_owned(),
            regex: false,
            match_case: true,
        },
    }
}

fn search(kept: &KeptLogs, text: &str) -> Arc<PastSearch> {
    let query = query(text);
    let pattern = query.query.pattern().unwrap();
    let mine = kept.newest_search.fetch_add(1, Ordering::AcqRel) + 1;
    search::run(kept, query, &pattern, mine);
    kept.shown().search.clone().unwrap()
}

#[test]
fn what_one_window_keeps_every_window_finds_and_searches_newest_first() {
    let place = tempfile::tempdir().unwrap();
    let (one, two) = (kept_in(&place), kept_in(&place));
    for number in [2, 3, 1] {
        one.keep_now(&finished(number));
    }
    assert_eq!(one.shown().logs.len(), 3);
    let found = two.find_now(&finished(2).key).unwrap();
    assert!(found.log == finished(2).log && found.read == NOW);
    let search = search(&two, "line 7 ");
    assert!(search.done);
    assert_eq!((search.searched, search.of, search.hits()), (3, 3, 3));
    let builds: Vec<_> = search
        .found
        .iter()
        .map(|hits| hits.log.build.number)
        .collect();
    assert_eq!(builds, [Some(3), Some(2), Some(1)]);
    assert_eq!(search.found[0].first[0].line, LineNo(7));
    let shown = two.shown();
    assert_eq!(shown.of_project(&project()).count(), 3);
    assert!(shown.used > 0 && shown.fault.is_none());
}

#[test]
fn a_search_that_another_has_followed_shows_nothing() {
    let place = tempfile::tempdir().unwrap();
    let kept = kept_in(&place);
    kept.keep_now(&finished(1));
    let query = query("line");
    let pattern = query.query.pattern().unwrap();
    kept.newest_search.store(2, Ordering::Release);
    search::run(&kept, query, &pattern, 1);
    assert!(kept.shown().search.is_none());
}

#[test]
fn the_switches_hold() {
    let place = tempfile::tempdir().unwrap();
    let kept = kept_in(&place);
    let set = |keep, production| {
        kept.policy.store(Arc::new(KeptLogSettings {
            keep,
            production,
            ..KeptLogSettings::default()
        }));
    };
    let of_production = FinishedLog {
        production: true,
        ..finished(1)
    };
    set(false, true);
    kept.keep_now(&finished(1));
    set(true, false);
    kept.keep_now(&of_production);
    assert!(kept.shown().logs.is_empty());
    kept.keep_now(&finished(2));
    set(true, true);
    kept.keep_now(&of_production);
    assert_eq!(kept.shown().logs.len(), 2);
    kept.remove(Folder::clear);
    assert_eq!((kept.shown().logs.len(), kept.shown().used), (0, 0));
}

#[test]
fn a_log_that_is_open_is_not_removed_for_another() {
    let place = tempfile::tempdir().unwrap();
    let kept = kept_in(&place);
    kept.keep_now(&finished(1));
    let open = kept.find_now(&finished(1).key).unwrap();
    // Room for none but this one, as the settings would count it in larger units.
    kept.remove(|folder| folder.shrink(1).map(|_| ()));
    assert_eq!(kept.shown().logs.len(), 1);
    drop(open);
    kept.remove(|folder| folder.shrink(1).map(|_| ()));
    assert!(kept.shown().logs.is_empty());
}

#[test]
fn a_place_that_cannot_be_written_is_told_once_and_everything_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let kept = kept_in(&place);
    std::fs::write(place.path().join("logs"), "in the way").unwrap();
    kept.keep_now(&finished(1));
    let first = kept.shown().fault.clone().unwrap();
    assert!(first.message.contains("pier:1"), "{}", first.message);
    kept.keep_now(&finished(2));
    assert!(Arc::ptr_eq(&first, kept.shown().fault.as_ref().unwrap()));
    std::fs::remove_file(place.path().join("logs")).unwrap();
    kept.keep_now(&finished(2));
    assert!(kept.shown().fault.is_none());
    assert_eq!(kept.shown().logs.len(), 1);
}

#[test]
fn a_damaged_log_is_told_not_searched_and_not_shown() {
    let place = tempfile::tempdir().unwrap();
    let kept = kept_in(&place);
    kept.keep_now(&finished(1));
    let file = kept.scan().logs[0].path.clone();
    let mut bytes = std::fs::read(&file).unwrap();
    // Within the text: the end that an opening reads is whole.
    bytes[60] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(search(&kept, "line").hits(), 0);
    assert!(kept.shown().fault.is_some());
    assert!(kept.find_now(&finished(1).key).is_none());
}

#[test]
fn without_a_folder_nothing_is_kept_and_nothing_fails() {
    let kept = KeptLogs::new(None, Waker::none(), Clock::Wall);
    kept.keep_now(&finished(1));
    kept.remove(Folder::clear);
    assert!(kept.find_now(&finished(1).key).is_none());
    assert!(kept.shown().fault.is_none() && kept.shown().place.is_none());
}
