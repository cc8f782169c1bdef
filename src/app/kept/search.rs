//! Searching the kept logs of a project, newest build first, a block of text at a time. Blocking.
//!
//! What is searched is what is drawn, as in an open log. Only the block at hand is in memory, and a newer search ends an
//! older one between two blocks.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use regex::Regex;

use super::KeptLogs;
use super::file::{Bad, Block, Reader};
use crate::model::ansi;
use crate::model::kept::KeptLog;
use crate::model::log::LineNo;
use crate::model::past::{PastHit, PastHits, PastQuery, PastSearch};

/// Lines with a match that are shown of one build.
const FIRST: usize = 5;
/// Bytes of a line that are shown, and how many of them before the match.
const SHOWN: usize = 240;
const BEFORE: usize = 80;
/// What was found is shown at most this often.
const PUBLISH_EVERY: Duration = Duration::from_millis(33);

/// Runs a search to its end, or until another one has begun. `mine` is its number.
pub(super) fn run(kept: &KeptLogs, query: PastQuery, pattern: &Regex, mine: u64) {
    let logs = kept.found_of(&query.project);
    let begun = Instant::now();
    let mut search = PastSearch {
        query,
        found: Arc::default(),
        searched: 0,
        of: logs.len() as u32,
        bytes: 0,
        took: Duration::ZERO,
        done: false,
    };
    let mut published = Instant::now();
    for found in logs {
        let read = File::open(&found.path)
            .map_err(Bad::from)
            .and_then(Reader::open);
        let hits = read.and_then(|mut reader| {
            in_log(&mut reader, &found.log, pattern, || kept.is_current(mine))
        });
        if !kept.is_current(mine) {
            return;
        }
        match hits {
            Ok(hits) => {
                search.bytes += found.log.bytes;
                if hits.hits > 0 {
                    Arc::make_mut(&mut search.found).push(Arc::new(hits));
                }
            }
            // Another window made room meanwhile.
            Err(Bad::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(bad) => kept.tell_unreadable(&found, &bad),
        }
        search.searched += 1;
        search.took = begun.elapsed();
        if published.elapsed() >= PUBLISH_EVERY {
            published = Instant::now();
            kept.publish_search(&search, mine);
        }
    }
    search.took = begun.elapsed();
    search.done = true;
    kept.publish_search(&search, mine);
}

/// All matches of one log, with its first lines.
pub(super) fn in_log(
    reader: &mut Reader<File>,
    log: &Arc<KeptLog>,
    pattern: &Regex,
    go_on: impl Fn() -> bool,
) -> Result<PastHits, Bad> {
    let mut hits = PastHits {
        log: Arc::clone(log),
        hits: 0,
        first: Vec::new(),
    };
    let mut text = Vec::new();
    for block in reader.blocks().to_vec() {
        if !go_on() {
            break;
        }
        reader.text(block, &mut text)?;
        let text = std::str::from_utf8(&text).map_err(|_| Bad::Damaged)?;
        if block.plain {
            in_plain(text, block, pattern, &mut hits);
        } else {
            for (number, line) in (block.first.0..).zip(text.lines()) {
                if ansi::is_plain(line) {
                    in_line(line, LineNo(number), pattern, &mut hits);
                } else {
                    in_line(&ansi::plain(line), LineNo(number), pattern, &mut hits);
                }
            }
        }
    }
    Ok(hits)
}

/// Searches lines that are drawn as they stand as one text, which is many times faster than line by line.
fn in_plain(text: &str, block: Block, pattern: &Regex, hits: &mut PastHits) {
    let (mut at, mut counted, mut number) = (0, 0, block.first.0);
    while let Some(found) = pattern.find_at(text, at) {
        let passed = text.get(counted..found.start()).unwrap_or("");
        number += memchr::memchr_iter(b'\n', passed.as_bytes()).count() as u32;
        let begin = counted + memchr::memrchr(b'\n', passed.as_bytes()).map_or(0, |last| last + 1);
        let rest = text.get(found.start()..).unwrap_or("");
        let end = memchr::memchr(b'\n', rest.as_bytes())
            .map_or(text.len(), |length| found.start() + length);
        let line = text.get(begin..end).unwrap_or("");
        // From the first match of a line on, the line is searched alone: a match must not reach into the next.
        in_line(line, LineNo(number), pattern, hits);
        (at, counted) = (end + 1, end.min(text.len()));
        if at > text.len() {
            return;
        }
    }
}

/// Counts the matches in a line, empty ones not.
fn in_line(line: &str, number: LineNo, pattern: &Regex, hits: &mut PastHits) {
    let mut matches = pattern.find_iter(line).filter(|found| !found.is_empty());
    let Some(first) = matches.next() else { return };
    hits.hits += 1 + matches.count() as u64;
    if hits.first.len() < FIRST {
        let (text, at) = clip(line, first.range());
        hits.first.push(PastHit {
            line: number,
            text,
            at,
        });
    }
}

/// The part of a line around its match, and where the match is in it.
fn clip(line: &str, at: Range<usize>) -> (String, Range<usize>) {
    let from = if line.len() <= SHOWN {
        0
    } else {
        line.floor_char_boundary(at.start.saturating_sub(BEFORE))
    };
    let to = line.floor_char_boundary((from + SHOWN).min(line.len()));
    let mut text = line.get(from..to).unwrap_or("").to_owned();
    let (mut start, mut end) = (at.start - from, at.end.min(to).max(at.start) - from);
    if from > 0 {
        text.insert(0, '…');
        (start, end) = (start + '…'.len_utf8(), end + '…'.len_utf8());
    }
    if to < line.len() {
        text.push('…');
    }
    (text, start..end)
}

#[cfg(test)]
mod tests;
