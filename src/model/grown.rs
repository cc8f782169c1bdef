//! A list that only grows, and whose copies cost nothing: what background work has found so far, for the window to
//! read while more is being found.

use std::sync::Arc;

/// A part that has fewer items than this is copied once more when the next ones come, so that a list that grew by
/// single items does not become a list of parts.
const SMALL: usize = 4 * 1024;

/// Copies share their items.
#[derive(Clone, Debug)]
pub struct Grown<T> {
    parts: Vec<Part<T>>,
    len: usize,
}

#[derive(Clone, Debug)]
struct Part<T> {
    /// How many items come before.
    start: usize,
    items: Arc<[T]>,
}

impl<T> Default for Grown<T> {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            len: 0,
        }
    }
}

impl<T: Copy> Grown<T> {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends items in order: O(items), and at most `SMALL` more.
    pub fn extend(&mut self, items: &[T]) {
        if items.is_empty() {
            return;
        }
        let small = self.parts.pop_if(|last| last.items.len() < SMALL);
        let part = match small {
            Some(last) => Part {
                start: last.start,
                items: last.items.iter().chain(items).copied().collect(),
            },
            None => Part {
                start: self.len,
                items: items.into(),
            },
        };
        self.parts.push(part);
        self.len += items.len();
    }

    /// Forgets all items but the first so many. Copies keep theirs.
    pub fn truncate(&mut self, len: usize) {
        while let Some(last) = self
            .parts
            .pop_if(|last| last.start + last.items.len() > len)
        {
            if last.start < len {
                let kept = last.items.iter().take(len - last.start).copied();
                self.parts.push(Part {
                    start: last.start,
                    items: kept.collect(),
                });
                break;
            }
        }
        self.len = self.len.min(len);
    }

    /// O(log parts).
    pub fn get(&self, index: usize) -> Option<T> {
        let part = self
            .parts
            .partition_point(|part| part.start <= index)
            .checked_sub(1)?;
        let part = self.parts.get(part)?;
        part.items.get(index - part.start).copied()
    }

    pub fn last(&self) -> Option<T> {
        self.parts.last()?.items.last().copied()
    }

    /// How many of the first items satisfy what holds for none after one it does not hold for: O(log items).
    pub fn partition_point(&self, holds: impl Fn(&T) -> bool) -> usize {
        let part = self
            .parts
            .partition_point(|part| part.items.last().is_some_and(&holds));
        self.parts.get(part).map_or(self.len, |part| {
            part.start + part.items.partition_point(&holds)
        })
    }

    /// The items from one place on.
    pub fn iter_from(&self, index: usize) -> impl Iterator<Item = T> {
        let part = self
            .parts
            .partition_point(|part| part.start + part.items.len() <= index);
        self.parts.iter().skip(part).flat_map(move |part| {
            let skipped = index.saturating_sub(part.start);
            part.items.iter().skip(skipped).copied()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn it_is_the_list_that_was_appended(
            steps in proptest::collection::vec((0..3_usize, 0..9_000_usize), 0..12),
        ) {
            let mut grown = Grown::default();
            let mut expected: Vec<u32> = Vec::new();
            for (kind, count) in steps {
                let count = if kind == 0 { count } else { count % 5 };
                let from = expected.len() as u32;
                let items: Vec<u32> = (from..from + count as u32).map(|item| item * 3).collect();
                let before = grown.clone();
                grown.extend(&items);
                proptest::prop_assert_eq!(before.len(), expected.len());
                expected.extend(items);
                if kind == 2 && count == 4 {
                    grown.truncate(expected.len() / 2);
                    expected.truncate(expected.len() / 2);
                }
            }
            proptest::prop_assert_eq!(grown.len(), expected.len());
            proptest::prop_assert_eq!(grown.last(), expected.last().copied());
            let wanted = [0, 1, expected.len() / 2, expected.len().saturating_sub(1), expected.len()];
            for index in wanted {
                proptest::prop_assert_eq!(grown.get(index), expected.get(index).copied());
                let limit = index as u32 * 3 + 1;
                proptest::prop_assert_eq!(
                    grown.partition_point(|&item| item < limit),
                    expected.partition_point(|&item| item < limit)
                );
                proptest::prop_assert!(grown.iter_from(index).eq(expected.iter().copied().skip(index)));
            }
        }
    }
}
