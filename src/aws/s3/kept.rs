//! Downloaded artifacts, kept in memory by their ETag: a listing, its files and a comparison cost one download.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::ids::AccountName;
use crate::model::pipeline::ArtifactLocation;

/// All that is kept together.
const MOST_BYTES: u64 = 256 << 20;

/// Shared with whoever reads them just now.
pub(super) type Bytes = Arc<Vec<u8>>;

/// One state of one object, as one account may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id {
    pub account: AccountName,
    pub location: ArtifactLocation,
    pub etag: String,
}

/// Used last comes last; what was used longest ago goes first.
#[derive(Default)]
pub(in crate::aws) struct Kept(VecDeque<(Id, Bytes)>);

impl Kept {
    /// An object without an ETag could be any: it is never found again.
    pub(super) fn get(&mut self, id: &Id) -> Option<Bytes> {
        let place = self.0.iter().position(|(known, _)| known == id)?;
        let entry = self.0.remove(place)?;
        let bytes = Arc::clone(&entry.1);
        self.0.push_back(entry);
        (!id.etag.is_empty()).then_some(bytes)
    }

    /// Lets go until so many bytes more fit.
    pub(super) fn make_room(&mut self, wanted: u64) {
        while self.bytes().saturating_add(wanted) > MOST_BYTES && self.0.pop_front().is_some() {}
    }

    pub(super) fn put(&mut self, id: Id, bytes: Bytes) {
        self.0
            .retain(|(known, _)| known.account != id.account || known.location != id.location);
        self.make_room(bytes.len() as u64);
        if bytes.len() as u64 <= MOST_BYTES {
            self.0.push_back((id, bytes));
        }
    }

    fn bytes(&self) -> u64 {
        self.0.iter().map(|(_, bytes)| bytes.len() as u64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(key: &str, etag: &str) -> Id {
        Id {
            account: "a".into(),
            location: ArtifactLocation {
                name: "Source".to_owned(),
                bucket: "b".to_owned(),
                key: key.to_owned(),
            },
            etag: etag.to_owned(),
        }
    }

    fn some(megabytes: usize) -> Bytes {
        Arc::new(vec![0; megabytes << 20])
    }

    #[test]
    fn what_was_used_longest_ago_goes_first_and_the_whole_stays_small() {
        let mut kept = Kept::default();
        kept.put(id("one", "1"), some(100));
        kept.put(id("two", "2"), some(100));
        assert!(kept.get(&id("one", "1")).is_some(), "used: now the newest");
        kept.put(id("three", "3"), some(100));
        assert!(kept.get(&id("two", "2")).is_none());
        assert!(kept.get(&id("one", "1")).is_some());
        assert!(kept.bytes() <= MOST_BYTES);
    }

    #[test]
    fn a_new_state_of_an_object_replaces_the_old_one() {
        let mut kept = Kept::default();
        kept.put(id("one", "1"), some(1));
        assert!(kept.get(&id("one", "2")).is_none());
        kept.put(id("one", "2"), some(1));
        assert!(kept.get(&id("one", "1")).is_none());
        kept.put(id("two", ""), some(1));
        assert!(kept.get(&id("two", "")).is_none(), "no ETag, no telling");
    }
}
