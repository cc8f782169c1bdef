//! The events that a tail read last, so that reading some of them again brings none twice.
//!
//! GetLogEvents gives its events no ids. What is told apart here is (time, fingerprint), and how often each was there:
//! a log may well say the same twice in one millisecond.

use std::collections::{BTreeMap, VecDeque};

use crate::model::log_events::LogEvents;

/// How far back is remembered: a log that is read again is read from here.
const REACH_MILLIS: i64 = 2_000;
/// More events than a burst has in that time. Past it the oldest are forgotten: then a line may come twice, and none is lost.
const MOST: usize = 1 << 18;

/// The newest events, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    events: VecDeque<(i64, u64)>,
    newest: Option<i64>,
}

/// Events that were there when a reading began anew, and how many of each have not come again.
#[derive(Debug)]
pub(crate) struct Known {
    left: BTreeMap<(i64, u64), u32>,
    /// All of them together.
    count: usize,
}

impl Recent {
    /// Remembers a page. Only what lies within reach of its newest event is looked at.
    pub(crate) fn note(&mut self, events: &LogEvents) {
        let Some(newest) = events.newest().max(self.newest) else {
            return;
        };
        self.newest = Some(newest);
        let floor = newest - REACH_MILLIS;
        let near = events.iter().filter(|event| event.time >= floor);
        self.events
            .extend(near.map(|event| (event.time, event.fingerprint())));
        let is_far = |first: &(i64, u64)| first.0 < floor;
        while self.events.len() > MOST || self.events.front().is_some_and(is_far) {
            self.events.pop_front();
        }
    }

    /// From where to read again so that nothing is missed; none when nothing was read.
    pub(crate) fn since(&self) -> Option<i64> {
        self.newest.map(|newest| newest - REACH_MILLIS)
    }

    /// What a reading from [`Self::since`] on will bring again.
    pub(crate) fn known(&self) -> Known {
        let floor = self.since().unwrap_or(i64::MIN);
        let (mut left, mut count) = (BTreeMap::new(), 0);
        for event in self.events.iter().filter(|(time, _)| *time >= floor) {
            *left.entry(*event).or_default() += 1;
            count += 1;
        }
        Known { left, count }
    }

    /// How many events at the beginning of a page are those that the page before ended with.
    ///
    /// Pages that overlap have been seen from CloudWatch Logs. The page has to go back in time for it: a log that says
    /// the same again within one millisecond looks just like an overlap there, and a line lost is worse than one twice.
    pub(crate) fn repeated(&self, page: &LogEvents) -> usize {
        let (Some(first), Some(last)) = (page.get(0), self.events.back()) else {
            return 0;
        };
        if first.time >= last.0 {
            return 0;
        }
        // Hashed once; and no overlap is longer than the page.
        let all = self.events.len();
        let most = page.len().min(all);
        let again: Vec<_> = page
            .iter()
            .take(most)
            .map(|event| (event.time, event.fingerprint()))
            .collect();
        overlap(self.events.range(all - most..), &again)
    }
}

/// The length of the longest beginning of `page` that `before` ends with. No more than four comparisons an event of the
/// two, whatever they repeat: a log that says one line again and again is the worst case of any simpler search.
fn overlap<'e, E: PartialEq + 'e>(before: impl Iterator<Item = &'e E>, page: &[E]) -> usize {
    // Of each beginning of the page, the longest shorter one that it also ends with (Knuth, Morris and Pratt).
    let mut borders = Vec::with_capacity(page.len());
    for (at, event) in page.iter().enumerate() {
        let shorter = match at.checked_sub(1).and_then(|last| borders.get(last)) {
            Some(longest) => longer(page, &borders, *longest, event),
            None => 0,
        };
        borders.push(shorter);
    }
    before.fold(0, |length, event| longer(page, &borders, length, event))
}

/// How much of the page's beginning a text ends with once `event` has come, if it ended with `length` of it before.
fn longer<E: PartialEq>(page: &[E], borders: &[usize], mut length: usize, event: &E) -> usize {
    loop {
        if page.get(length) == Some(event) {
            return length + 1;
        }
        let Some(shorter) = length.checked_sub(1).and_then(|last| borders.get(last)) else {
            return 0;
        };
        length = *shorter;
    }
}

impl Known {
    /// Takes away what has come before.
    pub(crate) fn drop_from(&mut self, events: &mut LogEvents) {
        events.retain(|event| {
            let known = self.left.get_mut(&(event.time, event.fingerprint()));
            let Some(left) = known.filter(|left| **left > 0) else {
                return true;
            };
            *left -= 1;
            self.count -= 1;
            false
        });
    }

    /// Nothing known is still to come.
    pub(crate) fn is_spent(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(events: &[(i64, &str)]) -> LogEvents {
        let mut page = LogEvents::default();
        for (time, message) in events {
            page.push(*time, 0, message);
        }
        page
    }

    fn texts(events: &LogEvents) -> Vec<&str> {
        events.iter().map(|event| event.message).collect()
    }

    #[test]
    fn a_line_said_twice_in_a_millisecond_is_known_twice() {
        let mut recent = Recent::default();
        recent.note(&page(&[
            (1, "a"),
            (5_000, "dot"),
            (5_000, "dot"),
            (5_001, "b"),
        ]));
        assert_eq!(recent.since(), Some(3_001));
        let mut known = recent.known();
        let mut again = page(&[
            (5_000, "dot"),
            (5_000, "dot"),
            (5_000, "dot"),
            (5_001, "b"),
            (5_002, "c"),
        ]);
        known.drop_from(&mut again);
        assert_eq!(texts(&again), ["dot", "c"]);
        assert!(known.is_spent());
    }

    #[test]
    fn an_overlap_is_found_and_a_repetition_within_a_millisecond_is_not() {
        let mut recent = Recent::default();
        recent.note(&page(&[(1, "a"), (2, "b"), (3, "c"), (3, "c")]));
        assert_eq!(
            recent.repeated(&page(&[(2, "b"), (3, "c"), (3, "c"), (4, "d")])),
            3
        );
        assert_eq!(recent.repeated(&page(&[(3, "c"), (3, "c"), (4, "d")])), 0);
        assert_eq!(recent.repeated(&page(&[(2, "late"), (3, "c")])), 0);
        assert_eq!(
            recent.repeated(&page(&[(2, "b"), (4, "d")])),
            0,
            "it does not reach the end"
        );
        assert_eq!(recent.repeated(&page(&[])), 0);
    }

    /// An event that counts how often it is compared.
    struct Counted<'c>(u8, &'c std::cell::Cell<usize>);

    impl PartialEq for Counted<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.1.set(self.1.get() + 1);
            self.0 == other.0
        }
    }

    #[test]
    fn an_overlap_costs_no_more_than_the_two_pages_are_long() {
        const LENGTH: usize = 1_000;
        let count = std::cell::Cell::new(0);
        let said = |differs: usize| -> Vec<Counted<'_>> {
            let event = |at| Counted(u8::from(at == differs), &count);
            (0..LENGTH).map(event).collect()
        };
        // The same line a thousand times, with another one where it hurts most.
        for (known, again, longest) in [
            (LENGTH - 1, LENGTH / 2, LENGTH / 2 + 1),
            (LENGTH / 2, LENGTH - 1, LENGTH / 2 - 1),
            (0, LENGTH - 1, LENGTH - 1),
        ] {
            count.set(0);
            assert_eq!(overlap(said(known).iter(), &said(again)), longest);
            assert!(count.get() <= 4 * LENGTH, "{}", count.get());
        }
    }

    proptest::proptest! {
        #[test]
        fn the_longest_overlap_is_found(
            before in proptest::collection::vec(0_u8..3, 0..12),
            page in proptest::collection::vec(0_u8..3, 0..12),
        ) {
            let naive = (0..=page.len().min(before.len()))
                .rev()
                .find(|length| before.ends_with(&page[..*length]));
            proptest::prop_assert_eq!(Some(overlap(before.iter(), &page)), naive);
        }
    }

    #[test]
    fn only_what_is_near_the_newest_is_remembered() {
        let mut recent = Recent::default();
        for second in 0..100 {
            let time = second * 1_000;
            recent.note(&page(&[(time, "x"), (time + 500, "y")]));
        }
        assert_eq!(recent.events.len(), 5);
        // Out of order: the earlier one is within reach still.
        recent.note(&page(&[(98_000, "late")]));
        let mut again = page(&[(98_000, "late"), (99_500, "y")]);
        recent.known().drop_from(&mut again);
        assert!(again.is_empty());
    }
}
