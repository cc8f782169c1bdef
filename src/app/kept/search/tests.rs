//! What a search over a kept log's blocks finds is what a search line by line would.

use super::*;
use crate::app::kept::file::tests::kept;
use crate::app::kept::file::{hex, write};
use crate::model::find::Query;
use crate::model::log::{LogBuffer, LogSnapshot};

fn pattern(text: &str, regex: bool) -> Pattern {
    let query = Query {
        text: text.to_owned(),
        regex,
        match_case: false,
    };
    query.pattern().unwrap()
}

fn search(log: &LogSnapshot, pattern: &Pattern) -> PastHits {
    let mut file = tempfile::tempfile().unwrap();
    let about = kept(log.len(), log.bytes());
    write(&mut file, &about, log).unwrap();
    let mut reader = Reader::open(file).unwrap();
    in_log(&mut reader, &Arc::new(about), pattern, || true).unwrap()
}

fn of(lines: &[&str]) -> LogSnapshot {
    let mut buffer = LogBuffer::default();
    for line in lines {
        buffer.append(0, line);
    }
    buffer.snapshot()
}

fn places(hits: &PastHits) -> Vec<u32> {
    hits.first.iter().map(|hit| hit.line.0).collect()
}

#[test]
fn every_match_is_counted_and_the_first_lines_are_shown() {
    let log = of(&["an error", "", "Error, error", "no", "x", "ERROR"]);
    let hits = search(&log, &pattern("error", false));
    assert_eq!((hits.hits, places(&hits)), (4, vec![0, 2, 5]));
    let shown = &hits.first[0];
    assert_eq!(shown.text.get(shown.at.clone()), Some("error"));
    let many: Vec<String> = (0..50).map(|number| format!("error {number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let hits = search(&of(&many), &pattern("error", false));
    assert_eq!((hits.hits, hits.first.len()), (50, FIRST));
}

#[test]
fn a_match_never_reaches_into_the_next_line() {
    let log = of(&["foo", "bar", "foo bar", "end foo"]);
    assert_eq!(search(&log, &pattern(r"foo\s+bar", true)).hits, 1);
    assert_eq!(search(&log, &pattern(r"foo\s*", true)).hits, 3);
    assert_eq!(places(&search(&log, &pattern("^foo$", true))), [0]);
    assert_eq!(search(&log, &pattern("[^x]{5,}", true)).hits, 2);
}

#[test]
fn an_empty_match_is_no_hit() {
    assert_eq!(search(&of(&["abc", ""]), &pattern("x*", true)).hits, 0);
    assert_eq!(search(&of(&["abc", ""]), &pattern("b*", true)).hits, 1);
    assert_eq!(search(&LogSnapshot::default(), &pattern("b", true)).hits, 0);
}

#[test]
fn what_is_searched_is_what_is_drawn() {
    let log = of(&["plain", "a \u{1b}[31mfai\u{1b}[1mled\u{1b}[0m test", "[31m"]);
    let hits = search(&log, &pattern("failed", false));
    assert_eq!((hits.hits, places(&hits)), (1, vec![1]));
    assert_eq!(hits.first[0].text, "a failed test");
    assert_eq!(search(&log, &pattern("[31m", false)).hits, 1);
}

#[test]
fn blocks_are_searched_as_lines_would_be() {
    let mut buffer = LogBuffer::default();
    for number in 0..30_000_u32 {
        let noise = hex(&number.to_le_bytes());
        let mark = if number % 7_000 == 6_999 {
            "needle"
        } else {
            ""
        };
        let colour = if number == 20_000 { "\u{1b}[31m" } else { "" };
        buffer.append(0, &format!("{number} {noise} {colour}{mark}{noise}"));
    }
    let log = buffer.snapshot();
    for pattern in [
        pattern("needle", false),
        pattern(r"\d9 ", true),
        pattern("e[0-9]f", true),
    ] {
        let mut wanted = (0, Vec::new());
        for (line, _, text) in log.iter_from(LineNo(0)) {
            let count = pattern.ranges(&ansi::plain(&text)).count();
            wanted.0 += count as u64;
            if count > 0 && wanted.1.len() < FIRST {
                wanted.1.push(line.0);
            }
        }
        let hits = search(&log, &pattern);
        assert_eq!((hits.hits, places(&hits)), wanted, "{pattern:?}");
        assert!(hits.hits > 0);
    }
}

#[test]
fn a_long_line_is_shown_around_its_match() {
    let line = format!("{}needle{}", "é".repeat(5_000), "ü".repeat(5_000));
    let hits = search(&of(&[&line]), &pattern("needle", false));
    let hit = &hits.first[0];
    assert_eq!(hit.text.get(hit.at.clone()), Some("needle"));
    assert!(hit.text.starts_with('…') && hit.text.ends_with('…'));
    assert!(hit.text.len() < SHOWN + 10);
    // A match longer than what is shown is marked as far as it is.
    let hits = search(&of(&[&line]), &pattern(".*", true));
    let hit = &hits.first[0];
    assert!(
        hit.text
            .get(hit.at.clone())
            .is_some_and(|shown| shown.len() > 200)
    );
}

#[test]
fn a_secret_is_masked_and_a_match_within_it_is_the_mask() {
    let key = concat!("AKIA", "QX7ZL2MNB4PTRWVK");
    let line = format!("export KEY={key} before needle, {key} after");
    let shown = |text: &str| {
        let hits = search(&of(&[&line]), &pattern(text, false));
        let hit = hits.first[0].clone();
        assert!(!hit.text.contains(key), "{}", hit.text);
        hit.text.get(hit.at).unwrap().to_owned()
    };
    assert_eq!(shown("needle"), "needle");
    assert_eq!(shown("export"), "export");
    assert_eq!(shown("after"), "after");
    assert_eq!(shown("B4PTRW"), mask::MASK);
    assert_eq!(
        shown(&format!("{key} before")),
        format!("{} before", mask::MASK)
    );
}

#[test]
fn a_line_of_a_private_key_is_masked_as_a_whole() {
    let body = "MIIEpAIBAAKCAQEAa1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVwXyZ";
    let coloured = format!("\u{1b}[32m{body}\u{1b}[0m");
    for body in [body, &coloured] {
        let log = of(&[
            "-----BEGIN PRIVATE KEY-----",
            body,
            body,
            "it is done",
            body,
        ]);
        let hits = search(&log, &pattern("MIIE", false));
        let masked = |hit: &PastHit| hit.text == mask::MASK;
        let masks: Vec<bool> = hits.first.iter().map(masked).collect();
        assert_eq!(masks, [true, true, false]);
    }
}
