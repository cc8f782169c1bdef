//! Logs of finished builds, kept on this computer: in the state folder, compressed, within the settings' budget.
//!
//! [`KeptLogs`] is what the engine, the window and the reading of past builds share. Its work on files runs on the
//! blocking pool; what the window sees is swapped in whole. Logs can hold secrets that a build printed: the folder is
//! its user's alone, and the settings say that logs are kept, where, and turn it off.

pub mod file;
pub mod folder;
mod reading;
mod search;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::app::kept::file::Bad;
use crate::app::kept::folder::{Folder, Found, Opened, Put, Scan};
use crate::engine::archive::{Archive, FinishedLog, FoundLog};
use crate::engine::clock::Clock;
use crate::engine::source::BoxFuture;
use crate::engine::waker::Waker;
use crate::model::fault::Fault;
use crate::model::ids::{BuildProjectKey, LogKey};
use crate::model::kept::{Kept, KeptLog};
use crate::model::past::{PastQuery, PastSearch};
use crate::model::settings::KeptLogSettings;

pub use reading::Means;

pub struct KeptLogs {
    /// None where this user has no such folder: nothing is kept.
    folder: Option<Folder>,
    policy: ArcSwap<KeptLogSettings>,
    shown: ArcSwap<Kept>,
    /// Two scans at once could swap the older one in last.
    scanning: Mutex<()>,
    /// The number of the newest search; older ones end.
    newest_search: AtomicU64,
    reading: Mutex<Option<tokio_util::sync::CancellationToken>>,
    waker: Waker,
    clock: Clock,
}

impl KeptLogs {
    pub fn new(folder: Option<PathBuf>, waker: Waker, clock: Clock) -> Arc<Self> {
        let shown = Kept {
            place: folder.as_ref().map(|path| path.display().to_string()),
            ..Kept::default()
        };
        Arc::new(Self {
            folder: folder.map(Folder::new),
            policy: ArcSwap::default(),
            shown: ArcSwap::from_pointee(shown),
            scanning: Mutex::default(),
            newest_search: AtomicU64::default(),
            reading: Mutex::default(),
            waker,
            clock,
        })
    }

    /// What is known of it. Lock-free.
    pub fn shown(&self) -> Arc<Kept> {
        self.shown.load_full()
    }

    /// Looks at the folder again: other windows keep logs too. On the blocking pool; the window is woken if it differs.
    pub fn look(self: &Arc<Self>, runtime: &tokio::runtime::Handle) {
        let kept = Arc::clone(self);
        runtime.spawn_blocking(move || kept.scan());
    }

    /// Takes changed settings; a smaller budget is made true at once, on the blocking pool.
    pub fn settle(self: &Arc<Self>, settings: KeptLogSettings, runtime: &tokio::runtime::Handle) {
        let before = self.policy.swap(Arc::new(settings));
        if settings.limit() < before.limit() {
            let kept = Arc::clone(self);
            runtime.spawn_blocking(move || {
                kept.remove(|folder| folder.shrink(settings.limit()).map(|_| ()));
            });
        }
    }

    /// Removes every kept log, on the blocking pool.
    pub fn clear(self: &Arc<Self>, runtime: &tokio::runtime::Handle) {
        let kept = Arc::clone(self);
        runtime.spawn_blocking(move || kept.remove(Folder::clear));
    }

    /// Searches the kept logs of a project on the blocking pool; the search before it ends. None only ends it.
    pub fn search(self: &Arc<Self>, query: Option<PastQuery>, runtime: &tokio::runtime::Handle) {
        let mine = self.newest_search.fetch_add(1, Ordering::AcqRel) + 1;
        let pattern = query.as_ref().and_then(|past| past.query.pattern().ok());
        let (Some(query), Some(pattern)) =
            (query.filter(|past| !past.query.text.is_empty()), pattern)
        else {
            self.change(|shown| shown.search = None);
            return;
        };
        let kept = Arc::clone(self);
        runtime.spawn_blocking(move || search::run(&kept, query, &pattern, mine));
    }

    fn is_current(&self, search: u64) -> bool {
        self.newest_search.load(Ordering::Acquire) == search
    }

    /// Shows what a search has found, unless another one has begun.
    fn publish_search(&self, search: &PastSearch, mine: u64) {
        let search = Arc::new(search.clone());
        self.change_while(
            || self.is_current(mine),
            |shown| shown.search = Some(Arc::clone(&search)),
        );
    }

    /// The files of a project's kept logs, newest build first.
    fn found_of(&self, project: &BuildProjectKey) -> Vec<Found> {
        let mut found = self.scan().logs;
        found.retain(|found| {
            let log = &found.log;
            log.key.scope == project.scope && log.build.project == project.name
        });
        found.sort_by(|one, two| newest_first(&one.log, &two.log));
        found
    }

    fn change(&self, change: impl Fn(&mut Kept)) {
        self.change_while(|| true, change);
    }

    /// Changes what is shown if `still` holds when it is swapped in. Whoever ends something makes `still` false first and
    /// then changes what is shown: asked before the swap alone, a task that is just being ended would show itself again.
    fn change_while(&self, still: impl Fn() -> bool, change: impl Fn(&mut Kept)) {
        let mut changed = false;
        self.shown.rcu(|shown| {
            changed = still();
            if !changed {
                return Arc::clone(shown);
            }
            let mut shown = Kept::clone(shown);
            change(&mut shown);
            Arc::new(shown)
        });
        if changed {
            self.waker.wake();
        }
    }

    /// Reads the folder and shows what is new; blocking.
    fn scan(&self) -> Scan {
        let Some(folder) = &self.folder else {
            return Scan::default();
        };
        let _alone = self.scanning.lock().unwrap_or_else(PoisonError::into_inner);
        let scan = match folder.scan() {
            Ok(scan) => scan,
            Err(error) => {
                self.fail("read", format!("the kept logs could not be read: {error}"));
                return Scan::default();
            }
        };
        let mut logs: Vec<Arc<KeptLog>> = scan
            .logs
            .iter()
            .map(|found| Arc::clone(&found.log))
            .collect();
        logs.sort_by(|one, two| newest_first(one, two));
        let (used, unreadable) = (scan.used(), scan.unreadable.len() as u32);
        let known = self.shown();
        if *known.logs != logs || known.used != used || known.unreadable != unreadable {
            let logs = Arc::new(logs);
            self.change(|shown| {
                shown.revision += 1;
                shown.logs = Arc::clone(&logs);
                (shown.used, shown.unreadable) = (used, unreadable);
            });
        }
        scan
    }

    /// Removes what `remove` does, and shows what is left; blocking.
    fn remove(&self, remove: impl FnOnce(&Folder) -> std::io::Result<()>) {
        let Some(folder) = &self.folder else { return };
        match remove(folder) {
            Ok(()) => self.recover(),
            Err(error) => self.fail("remove", format!("kept logs could not be removed: {error}")),
        }
        self.scan();
    }

    /// Shows why something failed, once for as long as it goes on.
    fn fail(&self, operation: &'static str, message: String) {
        let fault = Fault::local("kept logs", operation, message, self.clock.now());
        let known = self.shown().fault.clone();
        if known.is_none_or(|known| !fault.continues(&known)) {
            tracing::warn!(message = fault.message, "kept logs");
            let fault = Arc::new(fault);
            self.change(|shown| shown.fault = Some(Arc::clone(&fault)));
        }
    }

    fn recover(&self) {
        if self.shown().fault.is_some() {
            self.change(|shown| shown.fault = None);
        }
    }

    fn tell_unreadable(&self, found: &Found, bad: &Bad) {
        self.fail(
            "read",
            format!("{} is not searched: {bad}", found.path.display()),
        );
    }

    /// A kept log, whole; blocking.
    fn find_now(&self, key: &LogKey) -> Option<FoundLog> {
        let folder = self.folder.as_ref()?;
        let read = folder.open(key, self.clock.now()).and_then(|opened| {
            opened
                .map(|Opened { mut reader, file }| {
                    let log = reader.whole()?;
                    Ok(FoundLog {
                        log,
                        read: reader.log().read,
                        build: reader.log().build.clone(),
                        hold: Some(Arc::new(file)),
                    })
                })
                .transpose()
        });
        read.unwrap_or_else(|bad| {
            let message = format!("a kept log cannot be read, and is read from AWS: {bad}");
            self.fail("read", message);
            self.scan();
            None
        })
    }

    /// Keeps a log if the settings allow it; blocking.
    fn keep_now(&self, finished: &FinishedLog) {
        let policy = **self.policy.load();
        let Some(folder) = &self.folder else { return };
        if !policy.keep || finished.production && !policy.production {
            return;
        }
        let now = self.clock.now();
        let log = KeptLog {
            key: finished.key.clone(),
            build: finished.build.clone(),
            read: now,
            lines: finished.log.len(),
            bytes: finished.log.bytes(),
        };
        let build = &log.build.id;
        match folder.put(&log, &finished.log, policy.limit(), now) {
            Ok(Put::Kept { .. }) => {
                self.recover();
                self.scan();
            }
            Ok(Put::TooLarge) => self.fail(
                "fit",
                format!("the log of build {build} is larger than all that may be kept"),
            ),
            Ok(Put::NoRoom) => self.fail(
                "fit",
                format!(
                    "the log of build {build} is not kept: logs that are open take all the room"
                ),
            ),
            Err(error) => self.fail(
                "keep",
                format!("the log of build {build} could not be kept: {error}"),
            ),
        }
    }
}

fn newest_first(one: &KeptLog, two: &KeptLog) -> std::cmp::Ordering {
    let age = |log: &KeptLog| (log.build.started, log.build.number, log.key.clone());
    age(two).cmp(&age(one))
}

/// The same on the blocking pool, for the engine.
pub struct KeptArchive(pub Arc<KeptLogs>);

impl Archive for KeptArchive {
    fn find<'a>(&'a self, key: &'a LogKey) -> BoxFuture<'a, Option<FoundLog>> {
        let (kept, key) = (Arc::clone(&self.0), key.clone());
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || kept.find_now(&key)).await;
            // Broken off inside the program; the crash report says where, and AWS still has the log.
            found.ok().flatten()
        })
    }

    fn keep(&self, log: FinishedLog) -> BoxFuture<'_, ()> {
        let kept = Arc::clone(&self.0);
        Box::pin(async move {
            // Broken off inside the program, it is not kept.
            tokio::task::spawn_blocking(move || kept.keep_now(&log))
                .await
                .ok();
        })
    }
}

#[cfg(test)]
mod tests;
