//! Downloaded artifacts, kept in memory by their ETag: a listing, its files and a comparison cost one download.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Semaphore;

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

/// What is kept, and the order in which more is downloaded. No lock on what is kept is held while anything is waited
/// for: a slow download keeps up only those who want the same object, or more than there is room for.
pub(in crate::aws) struct Kept {
    store: Mutex<Store>,
    /// A permit for each MB that may be on its way.
    room: Semaphore,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            store: Mutex::default(),
            room: Semaphore::new(megabytes(MOST_BYTES) as usize),
        }
    }
}

impl Kept {
    /// What is kept, else what `download` brings. Whoever wants one object at once waits for one download. Dropped, it
    /// gives its room back.
    pub(super) async fn get_or<E>(
        &self,
        id: Id,
        size: u64,
        download: impl Future<Output = Result<Vec<u8>, E>>,
    ) -> Result<Bytes, E> {
        let turn = self.store().turn(&id);
        let _alone = turn.lock().await;
        if let Some(bytes) = self.store().get(&id) {
            return Ok(bytes);
        }
        let wanted = megabytes(size.min(MOST_BYTES));
        // It is never closed.
        let _room = self.room.acquire_many(wanted).await;
        self.store().make_room(size);
        let bytes = Bytes::from(download.await?);
        self.store().put(id, Bytes::clone(&bytes));
        Ok(bytes)
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rounded up; nothing takes no room at all.
fn megabytes(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(1 << 20)).map_or(u32::MAX, |some| some.max(1))
}

/// Used last comes last; what was used longest ago goes first.
#[derive(Default)]
struct Store {
    entries: VecDeque<(Id, Bytes)>,
    /// Objects on their way, each with the lock of those who want it.
    turns: Vec<(Id, Weak<Turn>)>,
}

type Turn = tokio::sync::Mutex<()>;

impl Store {
    fn turn(&mut self, id: &Id) -> Arc<Turn> {
        self.turns.retain(|(_, turn)| turn.strong_count() > 0);
        let known = self.turns.iter().find(|(known, _)| known == id);
        if let Some(turn) = known.and_then(|(_, turn)| turn.upgrade()) {
            return turn;
        }
        let turn = Arc::default();
        self.turns.push((id.clone(), Arc::downgrade(&turn)));
        turn
    }

    /// An object without an ETag could be any: it is never found again.
    fn get(&mut self, id: &Id) -> Option<Bytes> {
        let place = self.entries.iter().position(|(known, _)| known == id)?;
        let entry = self.entries.remove(place)?;
        let bytes = Arc::clone(&entry.1);
        self.entries.push_back(entry);
        (!id.etag.is_empty()).then_some(bytes)
    }

    /// Lets go until so many bytes more fit.
    fn make_room(&mut self, wanted: u64) {
        while self.bytes().saturating_add(wanted) > MOST_BYTES && self.entries.pop_front().is_some()
        {
        }
    }

    fn put(&mut self, id: Id, bytes: Bytes) {
        self.entries
            .retain(|(known, _)| known.account != id.account || known.location != id.location);
        self.make_room(bytes.len() as u64);
        if bytes.len() as u64 <= MOST_BYTES {
            self.entries.push_back((id, bytes));
        }
    }

    fn bytes(&self) -> u64 {
        self.entries
            .iter()
            .map(|(_, bytes)| bytes.len() as u64)
            .sum()
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
        let mut kept = Store::default();
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
        let mut kept = Store::default();
        kept.put(id("one", "1"), some(1));
        assert!(kept.get(&id("one", "2")).is_none());
        kept.put(id("one", "2"), some(1));
        assert!(kept.get(&id("one", "1")).is_none());
        kept.put(id("two", ""), some(1));
        assert!(kept.get(&id("two", "")).is_none(), "no ETag, no telling");
    }

    async fn settled() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_slow_download_keeps_up_nobody_else_and_is_made_once() {
        let kept = Arc::new(Kept::default());
        let (arrive, arrived) = tokio::sync::oneshot::channel::<Vec<u8>>();
        let get = |id: Id, size, download| {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move { kept.get_or(id, size, download).await })
        };
        type Download =
            std::pin::Pin<Box<dyn Future<Output = Result<Vec<u8>, &'static str>> + Send>>;
        let slow: Download = Box::pin(async { Ok(arrived.await.unwrap_or_default()) });
        let first = get(id("slow", "1"), 10, slow);
        settled().await;
        let never: Download = Box::pin(async { Err("downloaded twice") });
        let second = get(id("slow", "1"), 10, never);
        settled().await;
        let quick: Download = Box::pin(async { Ok(vec![2]) });
        let other = get(id("quick", "1"), 1, quick).await.unwrap();
        assert_eq!(other.as_deref(), Ok(&vec![2]));
        assert!(!first.is_finished() && !second.is_finished());
        arrive.send(vec![1]).unwrap();
        assert_eq!(first.await.unwrap().as_deref(), Ok(&vec![1]));
        assert_eq!(second.await.unwrap().as_deref(), Ok(&vec![1]));
    }

    #[tokio::test]
    async fn no_more_is_on_its_way_than_there_is_room_for_and_what_is_left_gives_it_back() {
        let kept = Arc::new(Kept::default());
        let endless = {
            let kept = Arc::clone(&kept);
            let never = std::future::pending::<Result<Vec<u8>, ()>>();
            tokio::spawn(async move { kept.get_or(id("large", "1"), MOST_BYTES, never).await })
        };
        settled().await;
        let waiting = {
            let kept = Arc::clone(&kept);
            let brings = async { Ok::<_, ()>(vec![1]) };
            tokio::spawn(async move { kept.get_or(id("small", "1"), 1, brings).await })
        };
        settled().await;
        assert!(!waiting.is_finished());
        endless.abort();
        assert!(waiting.await.unwrap().is_ok());
    }
}
