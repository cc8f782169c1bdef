//! A line ready to be painted: its text in its last state, secrets masked, cut to what fits.
//!
//! What is in view is kept from one frame to the next, so that a line of megabytes is read once and not in every frame.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::model::ansi::{self, Drawn};
use crate::model::fold::container_line;
use crate::model::log::LineNo;
use crate::model::mask;

/// A secret that reaches over the cut must be known as one: so much more is read than is shown.
const BEYOND: usize = 512;

/// What of a line is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masks {
    /// A person asked to see it.
    Nothing,
    Secrets,
    /// It lies within a private key that began above.
    All,
}

/// A line as it is shown.
#[derive(Debug)]
pub struct Looks {
    pub drawn: Drawn,
    /// Something before a carriage return is not shown: a progress bar's earlier states.
    pub overwritten: bool,
    /// CodeBuild's own words, not the build's.
    pub container: bool,
    /// Secrets are masked in it.
    pub masked: bool,
}

impl Looks {
    /// Reads a line, at most `limit` characters of it.
    pub fn of(raw: &str, limit: usize, masks: Masks) -> Self {
        let mut drawn = ansi::draw(raw, limit.saturating_add(BEYOND));
        let masked = match masks {
            Masks::All => {
                let all = 0..drawn.text.len();
                cover(&mut drawn, &[all]);
                true
            }
            Masks::Secrets => cover_secrets(&mut drawn),
            Masks::Nothing => false,
        };
        cut(&mut drawn, limit);
        Self {
            drawn,
            overwritten: raw.trim_end_matches('\r').contains('\r'),
            container: container_line(raw).is_some(),
            masked,
        }
    }
}

/// Covers the secrets, and what comes to light beside a cover, as [`mask::masked`] does; returns whether there were any.
fn cover_secrets(drawn: &mut Drawn) -> bool {
    const PASSES: usize = 8;
    for pass in 0..PASSES {
        let is_covered = |range: &Range<usize>| {
            let text = drawn.text.get(range.clone()).unwrap_or("");
            text.bytes().all(|byte| byte == b'*')
        };
        let secrets: Vec<_> = mask::secrets(&drawn.text)
            .filter(|range| !is_covered(range))
            .collect();
        if secrets.is_empty() {
            return pass > 0;
        }
        cover(drawn, &secrets);
    }
    true
}

/// Puts a star in the place of every character of the secrets.
fn cover(drawn: &mut Drawn, secrets: &[Range<usize>]) {
    let mut text = String::with_capacity(drawn.text.len());
    let mut spans = drawn.spans.iter_mut().peekable();
    for (index, character) in drawn.text.char_indices() {
        while spans.peek().is_some_and(|span| span.end <= index) {
            if let Some(span) = spans.next() {
                span.end = text.len();
            }
        }
        let hidden = secrets.iter().any(|secret| secret.contains(&index));
        text.push(if hidden { '*' } else { character });
    }
    for span in spans {
        span.end = text.len();
    }
    drawn.text = text;
}

/// Leaves the first `limit` characters.
fn cut(drawn: &mut Drawn, limit: usize) {
    let Some((end, _)) = drawn.text.char_indices().nth(limit) else {
        return;
    };
    drawn.cut += drawn.text.get(end..).map_or(0, |rest| rest.chars().count());
    drawn.text.truncate(end);
    let whole = drawn.spans.partition_point(|span| span.end < end);
    drawn.spans.truncate(whole + 1);
    if let Some(last) = drawn.spans.last_mut() {
        last.end = last.end.min(end);
    }
}

/// Which of the view's logs a line is of, and its number there.
pub type Identity = (usize, LineNo);

/// What is in view, and what was in the frame before.
#[derive(Default)]
pub struct Kept {
    now: BTreeMap<Identity, Arc<Looks>>,
    before: BTreeMap<Identity, Arc<Looks>>,
    /// How the kept ones were read: characters, and whether secrets were masked.
    read: (usize, bool),
}

impl Kept {
    /// Lets go of what the last frame did not look at.
    pub fn next_frame(&mut self) {
        self.before = std::mem::take(&mut self.now);
    }

    /// The looks of a line, read if they are not here yet.
    pub fn get(
        &mut self,
        line: Identity,
        read: (usize, bool),
        looks: impl FnOnce() -> Option<Looks>,
    ) -> Option<Arc<Looks>> {
        if self.read != read {
            self.read = read;
            self.now.clear();
            self.before.clear();
        }
        if let Some(kept) = self.now.get(&line) {
            return Some(Arc::clone(kept));
        }
        let looks = match self.before.remove(&line) {
            Some(kept) => kept,
            None => Arc::new(looks()?),
        };
        self.now.insert(line, Arc::clone(&looks));
        Some(looks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

    #[test]
    fn a_secret_is_covered_where_it_is_cut_and_between_colours() {
        let raw = format!("\u{1b}[31mkey\u{1b}[0m {KEY} end");
        let looks = Looks::of(&raw, 10, Masks::Secrets);
        assert_eq!(looks.drawn.text, "key ******");
        assert_eq!(looks.drawn.cut, 18);
        assert_eq!(looks.drawn.spans[0].end, 3);
        assert_eq!(looks.drawn.spans.last().unwrap().end, 10);
        assert!(looks.masked);
        assert_eq!(Looks::of(&raw, 10, Masks::Nothing).drawn.text, "key AKIAIO");
    }

    #[test]
    fn what_a_cover_brings_to_light_is_covered_too() {
        for line in [
            "https://a:b=c@host/x",
            "u=://u:password=abc1@x token=://a:bcd@e",
        ] {
            let drawn = Looks::of(line, 200, Masks::Secrets).drawn.text;
            let again = mask::secrets(&drawn);
            for range in again {
                assert!(
                    drawn.get(range).unwrap().bytes().all(|byte| byte == b'*'),
                    "{drawn}"
                );
            }
        }
    }

    #[test]
    fn covering_keeps_every_character_in_its_colour() {
        let mut drawn = ansi::draw("é\u{1b}[31méé\u{1b}[0mé", usize::MAX);
        cover(&mut drawn, std::slice::from_ref(&(2..4)));
        assert_eq!(drawn.text, "é*éé");
        let ends: Vec<usize> = drawn.spans.iter().map(|span| span.end).collect();
        assert_eq!(ends, [2, 5, 7]);
    }

    #[test]
    fn only_what_was_overwritten_is_marked() {
        assert!(Looks::of(" 10 %\r100 %\r", 80, Masks::Secrets).overwritten);
        assert!(!Looks::of("done\r", 80, Masks::Secrets).overwritten);
    }

    #[test]
    fn what_is_in_view_is_read_once() {
        let mut kept = Kept::default();
        let get = |kept: &mut Kept, limit| {
            let read = || Some(Looks::of("one", limit, Masks::Secrets));
            kept.get((0, LineNo(1)), (limit, true), read).unwrap()
        };
        let first = get(&mut kept, 80);
        kept.next_frame();
        let again = get(&mut kept, 80);
        assert!(Arc::ptr_eq(&first, &again));
        let wider = get(&mut kept, 120);
        assert!(!Arc::ptr_eq(&first, &wider));
        kept.next_frame();
        kept.next_frame();
        assert!(kept.before.is_empty() && kept.now.is_empty());
    }
}
