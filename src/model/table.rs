//! A sorted, shared collection of records of one kind.
//!
//! Rows are `Arc`s in key order: cloning a table of 10 000 rows for a change copies pointers, and a row that did not
//! change stays the same allocation, so a view can tell by pointer or by `revision` whether to lay out again.

use std::sync::Arc;

/// A record that knows its own key.
pub trait Record {
    type Key: Ord + Clone;

    fn key(&self) -> &Self::Key;
}

#[derive(Debug)]
pub struct Table<R> {
    rows: Vec<Arc<R>>,
    revision: u64,
}

impl<R> Clone for Table<R> {
    fn clone(&self) -> Self {
        Self {
            rows: self.rows.clone(),
            revision: self.revision,
        }
    }
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            revision: 0,
        }
    }
}

impl<R: Record> Table<R> {
    pub fn rows(&self) -> &[Arc<R>] {
        &self.rows
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Moves with every change of any row: the key of a view's caches.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Binary search: O(log n).
    pub fn get(&self, key: &R::Key) -> Option<&Arc<R>> {
        self.position(key)
            .ok()
            .and_then(|index| self.rows.get(index))
    }

    pub fn insert(&mut self, record: R) {
        self.revision += 1;
        match self.position(record.key()) {
            Ok(index) => self.rows[index] = Arc::new(record),
            Err(index) => self.rows.insert(index, Arc::new(record)),
        }
    }

    /// Keeps the rows for which `keep` holds; returns whether any went.
    pub fn retain(&mut self, keep: impl Fn(&R) -> bool) -> bool {
        let before = self.rows.len();
        self.rows.retain(|row| keep(row));
        let changed = self.rows.len() != before;
        if changed {
            self.revision += 1;
        }
        changed
    }

    fn position(&self, key: &R::Key) -> Result<usize, usize> {
        self.rows.binary_search_by(|row| row.key().cmp(key))
    }
}

impl<R: Record + Clone> Table<R> {
    /// Changes one row in place (made by `new` if absent) and tells what `change` returned; the revision moves only
    /// when that is true.
    pub fn update(
        &mut self,
        key: &R::Key,
        new: impl FnOnce() -> R,
        change: impl FnOnce(&mut R) -> bool,
    ) -> bool {
        let index = match self.position(key) {
            Ok(index) => index,
            Err(index) => {
                self.rows.insert(index, Arc::new(new()));
                self.revision += 1;
                index
            }
        };
        let changed = change(Arc::make_mut(&mut self.rows[index]));
        if changed {
            self.revision += 1;
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Row(u32, &'static str);

    impl Record for Row {
        type Key = u32;
        fn key(&self) -> &u32 {
            &self.0
        }
    }

    #[test]
    fn rows_stay_sorted_and_untouched_rows_keep_their_allocation() {
        let mut table = Table::default();
        for id in [3, 1, 2] {
            table.insert(Row(id, "a"));
        }
        let before = table.clone();
        table.insert(Row(2, "b"));
        assert_eq!(
            table.rows().iter().map(|row| row.0).collect::<Vec<_>>(),
            [1, 2, 3]
        );
        assert!(Arc::ptr_eq(&before.rows()[0], &table.rows()[0]));
        assert_eq!(table.get(&2).map(|row| row.1), Some("b"));
        assert_ne!(before.revision(), table.revision());
    }
}
