//! Searching the kept logs of a project, newest build first, a block of text at a time. Blocking.
//!
//! What is searched is what is drawn, as in an open log. Only the block at hand is in memory, and a newer search ends an
//! older one between two blocks.

use std::borrow::Cow;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::KeptLogs;
use super::file::{Bad, Block, Reader};
use crate::model::ansi;
use crate::model::find::Pattern;
use crate::model::kept::KeptLog;
use crate::model::log::LineNo;
use crate::model::mask;
use crate::model::past::{PastHit, PastHits, PastQuery, PastSearch};

/// Lines with a match that are shown of one build.
const FIRST: usize = 5;
/// Bytes of a line that are shown, and how many of them before the match.
const SHOWN: usize = 240;
const BEFORE: usize = 32;
/// Bytes of a block that are looked at again for what comes below it.
const ABOVE: usize = 32 * 1024;
/// What was found is shown at most this often.
const PUBLISH_EVERY: Duration = Duration::from_millis(33);

/// Runs a search to its end, or until another one has begun. `mine` is its number.
pub(super) fn run(kept: &KeptLogs, query: PastQuery, pattern: &Pattern, mine: u64) {
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
    pattern: &Pattern,
    go_on: impl Fn() -> bool,
) -> Result<PastHits, Bad> {
    let mut hits = PastHits {
        log: Arc::clone(log),
        hits: 0,
        first: Vec::new(),
    };
    let (mut text, mut before) = (Vec::new(), String::new());
    for block in reader.blocks().to_vec() {
        if !go_on() {
            break;
        }
        reader.text(block, &mut text)?;
        let text = std::str::from_utf8(&text)?;
        if block.plain {
            in_plain(text, &before, block, pattern, &mut hits);
        } else {
            let mut begin = 0;
            for (number, line) in (block.first.0..).zip(text.split('\n')) {
                let above = || above(text, begin, &before);
                if ansi::is_plain(line) {
                    in_line(line, above, LineNo(number), pattern, &mut hits);
                } else {
                    let line = ansi::plain(line);
                    in_line(&line, above, LineNo(number), pattern, &mut hits);
                }
                begin += line.len() + 1;
            }
        }
        // Of the lines above the next block those will do that a private key may have.
        let from = text.floor_char_boundary(text.len().saturating_sub(ABOVE));
        before.clear();
        before.push_str(text.get(from..).unwrap_or(""));
    }
    Ok(hits)
}

/// The lines above a place in a block's text, the nearest first, and on in what the end of the block before was.
fn above<'t>(text: &'t str, begin: usize, before: &'t str) -> impl Iterator<Item = &'t str> {
    let here = text.get(..begin).unwrap_or("").lines().rev();
    here.chain(before.lines().rev())
}

/// Searches lines that are drawn as they stand as one text, which is many times faster than line by line.
fn in_plain(text: &str, before: &str, block: Block, pattern: &Pattern, hits: &mut PastHits) {
    // Where the line after the last one that is shown begins, and its number.
    let (mut next, mut number) = (0, block.first.0);
    pattern.search_plain(text, &mut |at| {
        hits.hits += 1;
        if hits.first.len() == FIRST || at < next {
            return;
        }
        let passed = text.get(next..at).unwrap_or("").as_bytes();
        number += memchr::memchr_iter(b'\n', passed).count() as u32;
        let begin = next + memchr::memrchr(b'\n', passed).map_or(0, |last| last + 1);
        let rest = text.get(begin..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("");
        let above = above(text, begin, before);
        show(line, above, LineNo(number), pattern, hits);
        next = begin + line.len() + 1;
        number += 1;
    });
}

/// Counts the matches in a line as it is drawn.
fn in_line<'t, A: Iterator<Item = &'t str>>(
    line: &str,
    above: impl FnOnce() -> A,
    number: LineNo,
    pattern: &Pattern,
    hits: &mut PastHits,
) {
    let count = pattern.ranges(line).count();
    hits.hits += count as u64;
    if count > 0 && hits.first.len() < FIRST {
        show(line, above(), number, pattern, hits);
    }
}

/// Takes a line with a match among those that are shown. `above`: the lines above it, where a private key may have begun.
fn show<'t>(
    line: &str,
    above: impl Iterator<Item = &'t str>,
    number: LineNo,
    pattern: &Pattern,
    hits: &mut PastHits,
) {
    if let Some(first) = pattern.ranges(line).next() {
        let (line, at) = if mask::is_in_private_key(line, above) {
            (Cow::Borrowed(mask::MASK), 0..mask::MASK.len())
        } else {
            masked(line, first)
        };
        let (text, at) = clip(&line, at);
        hits.first.push(PastHit {
            line: number,
            text,
            at,
        });
    }
}

/// The line with its secrets masked, and where the match is in it. A match within a secret is the whole mask: what is
/// masked is not told by what was looked for.
fn masked(line: &str, at: Range<usize>) -> (Cow<'_, str>, Range<usize>) {
    let mut secrets = mask::secrets(line).peekable();
    if secrets.peek().is_none() {
        return (Cow::Borrowed(line), at);
    }
    let (mut text, mut from) = (String::with_capacity(line.len()), 0);
    let (mut start, mut end) = (None, None);
    for secret in secrets {
        let before = text.len();
        text.push_str(line.get(from..secret.start).unwrap_or(""));
        // A place before the secret moves as far as the text before it did; one within it goes to the mask's edge.
        if at.start < secret.end {
            start.get_or_insert_with(|| before + at.start.min(secret.start).saturating_sub(from));
        }
        text.push_str(mask::MASK);
        if at.end <= secret.start {
            end.get_or_insert_with(|| before + at.end.saturating_sub(from));
        } else if at.end <= secret.end {
            end.get_or_insert(text.len());
        }
        from = secret.end;
    }
    let before = text.len();
    text.push_str(line.get(from..).unwrap_or(""));
    let start = start.unwrap_or_else(|| before + at.start.saturating_sub(from));
    let end = end.unwrap_or_else(|| before + at.end.saturating_sub(from));
    (Cow::Owned(text), start..end)
}

/// The part of a line around its match, and where the match is in it.
fn clip(line: &str, at: Range<usize>) -> (String, Range<usize>) {
    let from = if at.start <= BEFORE {
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
