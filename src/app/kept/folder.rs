//! The folder of kept logs: a file each, within a budget, shared by every window of this computer.
//!
//! Only its user can read it. A log is written to a file of its own, synced, and renamed into place; what is removed is
//! removed under the folder's lock, so that two windows make room once. A file's time of change is when the log was
//! last read: the one read longest ago goes first, but none that a window has open, whose file is locked for as long.
//! What cannot be read as a kept log is never removed; where a new log needs its name it is set aside. Blocking.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};

use super::file::{self, Bad, Reader};
use crate::model::ids::LogKey;
use crate::model::kept::KeptLog;
use crate::model::log::LogSnapshot;
use crate::model::time::Timestamp;

/// How a kept log's file ends; what any Zstandard tool knows.
const ENDING: &str = ".log.zst";
/// A log on its way into the folder. Locked by the window that writes it.
const PART: &str = ".part";

/// Tells the unfinished files of one process apart.
static PARTS: AtomicU32 = AtomicU32::new(0);

pub struct Folder {
    path: PathBuf,
    /// What was found last: files never change in place, so only new ones are read.
    known: Mutex<BTreeMap<PathBuf, Found>>,
}

/// What was found in the folder.
#[derive(Default)]
pub struct Scan {
    pub logs: Vec<Found>,
    /// Files named like a kept log that cannot be read as one.
    pub unreadable: Vec<(PathBuf, Bad)>,
}

#[derive(Clone)]
pub struct Found {
    pub path: PathBuf,
    pub log: Arc<KeptLog>,
    /// On disk.
    pub size: u64,
    pub last_read: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// Kept, after so many others were removed for it.
    Kept { removed: u32 },
    /// Larger than all there may be.
    TooLarge,
    /// All the room that could be made is taken by logs that are open.
    NoRoom,
}

/// A kept log that was opened. While its file is, no window removes it to make room.
pub struct Opened {
    pub reader: Reader<File>,
    pub file: File,
}

impl Scan {
    pub fn used(&self) -> u64 {
        self.logs.iter().map(|found| found.size).sum()
    }
}

impl Folder {
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            known: Mutex::default(),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of a stream: a hash, because the names of groups and streams are other people's words.
    fn file_of(&self, key: &LogKey) -> PathBuf {
        let mut hash = Sha256::new();
        for part in [
            key.scope.account.as_str(),
            key.scope.region.as_str(),
            key.group.as_str(),
            key.stream.as_str(),
        ] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let name = file::hex(&hash.finalize());
        let name = name.get(..40).unwrap_or(&name);
        self.path.join(format!("{name}{ENDING}"))
    }

    /// Reads the head of every file that is new here. A folder that is not there is empty.
    pub fn scan(&self) -> io::Result<Scan> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let scan = self.scan_beyond(&known)?;
        *known = scan
            .logs
            .iter()
            .map(|found| (found.path.clone(), found.clone()))
            .collect();
        Ok(scan)
    }

    fn scan_beyond(&self, known: &BTreeMap<PathBuf, Found>) -> io::Result<Scan> {
        let mut scan = Scan::default();
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(scan),
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            let named = path
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.ends_with(ENDING));
            // A link could lead anywhere.
            let about = match fs::symlink_metadata(&path) {
                Ok(about) if named && about.is_file() => about,
                // Not ours, or removed by another window meanwhile.
                _ => continue,
            };
            let (size, last_read) = (about.len(), modified(&about));
            if let Some(same) = known.get(&path).filter(|found| found.size == size) {
                scan.logs.push(Found {
                    last_read,
                    ..same.clone()
                });
                continue;
            }
            let opened = File::open(&path).map_err(Bad::from).and_then(Reader::open);
            match opened {
                Ok(reader) => scan.logs.push(Found {
                    log: Arc::new(reader.log().clone()),
                    path,
                    size,
                    last_read,
                }),
                Err(Bad::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                Err(bad) => scan.unreadable.push((path, bad)),
            }
        }
        Ok(scan)
    }

    /// Opens the log of a stream and notes that it was read now. None if it is not kept.
    pub fn open(&self, key: &LogKey, now: Timestamp) -> Result<Option<Opened>, Bad> {
        // Windows sets times only through a handle that may write.
        let file = match private().open(self.file_of(key)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        // Without it the log would be removed as any other.
        file.lock_shared()?;
        let reader = Reader::open(file.try_clone()?)?;
        if reader.log().key != *key {
            return Err(Bad::Foreign);
        }
        // Without it the log would be among the first to go, however often it is read.
        file.set_modified(system_time(now))?;
        Ok(Some(Opened { reader, file }))
    }

    /// Keeps a log, and makes room for it within `limit` bytes.
    pub fn put(
        &self,
        log: &KeptLog,
        text: &LogSnapshot,
        limit: u64,
        now: Timestamp,
    ) -> io::Result<Put> {
        self.put_by(log, limit, now, |file| {
            let mut out = io::BufWriter::new(file);
            file::write(&mut out, log, text)?;
            out.into_inner()
                .map_err(io::IntoInnerError::into_error)
                .map(|_| ())
        })
    }

    /// The same with another hand that writes the file.
    fn put_by(
        &self,
        log: &KeptLog,
        limit: u64,
        now: Timestamp,
        write: impl FnOnce(&File) -> io::Result<()>,
    ) -> io::Result<Put> {
        self.make()?;
        let number = PARTS.fetch_add(1, Ordering::Relaxed);
        let part = self
            .path
            .join(format!("{}-{number}{PART}", std::process::id()));
        let kept = self.write_part(&part, now, write).and_then(|file| {
            let size = file.metadata()?.len();
            self.put_in(&part, &self.file_of(&log.key), size, limit)
        });
        if !matches!(kept, Ok(Put::Kept { .. })) {
            // The first error is the one to tell.
            fs::remove_file(&part).ok();
        }
        kept
    }

    fn write_part(
        &self,
        part: &Path,
        now: Timestamp,
        write: impl FnOnce(&File) -> io::Result<()>,
    ) -> io::Result<File> {
        let file = {
            // Nobody cleans up between the making and the locking.
            let _alone = self.lock()?;
            let file = private().create_new(true).open(part)?;
            file.lock()?;
            file
        };
        write(&file)?;
        file.set_modified(system_time(now))?;
        file.sync_all()?;
        Ok(file)
    }

    /// Makes room and gives a finished file its name, alone among all windows.
    fn put_in(&self, part: &Path, path: &Path, size: u64, limit: u64) -> io::Result<Put> {
        if size > limit {
            return Ok(Put::TooLarge);
        }
        let _alone = self.lock()?;
        self.clean()?;
        let mut scan = self.scan()?;
        if scan.unreadable.iter().any(|(bad, _)| bad == path) {
            set_aside(path)?;
        }
        scan.logs.retain(|found| found.path != path);
        let removed = match remove_oldest(&scan, limit - size, Short::RemovesNone)? {
            Removed::Enough(removed) => removed,
            Removed::TooFew(_) => return Ok(Put::NoRoom),
        };
        fs::rename(part, path)?;
        #[cfg(unix)]
        File::open(&self.path)?.sync_all()?;
        Ok(Put::Kept { removed })
    }

    /// Removes the logs read longest ago, but none that is open in a window, until all are within `limit` bytes. Returns how
    /// many went.
    pub fn shrink(&self, limit: u64) -> io::Result<u32> {
        if !self.path.exists() {
            return Ok(0);
        }
        let _alone = self.lock()?;
        self.clean()?;
        let (Removed::Enough(count) | Removed::TooFew(count)) =
            remove_oldest(&self.scan()?, limit, Short::RemovesAll)?;
        Ok(count)
    }

    /// Removes every log, open or not: a person said so.
    pub fn clear(&self) -> io::Result<()> {
        if !self.path.exists() {
            return Ok(());
        }
        let _alone = self.lock()?;
        self.clean()?;
        let all = self.scan()?.logs;
        all.iter()
            .try_for_each(|found| fs::remove_file(&found.path))
    }

    fn make(&self) -> io::Result<()> {
        if let Some(above) = self.path.parent() {
            fs::create_dir_all(above)?;
        }
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        match builder.create(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => own(&self.path),
            made => made,
        }
    }

    fn lock(&self) -> io::Result<File> {
        let lock = private().create(true).open(self.path.join("lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    /// Removes what windows that have gone did not finish.
    fn clean(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            let is_part = path
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.ends_with(PART));
            if !is_part {
                continue;
            }
            // A file that is locked is being written.
            if File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

/// What is done when those that may be removed are too few.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Short {
    RemovesNone,
    RemovesAll,
}

/// How many logs went.
enum Removed {
    Enough(u32),
    TooFew(u32),
}

/// Removes the logs read longest ago, but none that is open in a window, until the rest is within `limit` bytes.
fn remove_oldest(scan: &Scan, limit: u64, short: Short) -> io::Result<Removed> {
    let mut used = scan.used();
    if used <= limit {
        return Ok(Removed::Enough(0));
    }
    let closed = scan.logs.iter().filter(|found| !is_open(&found.path));
    let mut closed: Vec<&Found> = closed.collect();
    let most: u64 = closed.iter().map(|found| found.size).sum();
    if short == Short::RemovesNone && used.saturating_sub(most) > limit {
        return Ok(Removed::TooFew(0));
    }
    closed.sort_by_key(|found| found.last_read);
    let mut count = 0;
    for oldest in closed {
        if used <= limit {
            break;
        }
        fs::remove_file(&oldest.path)?;
        used -= oldest.size;
        count += 1;
    }
    Ok(if used <= limit {
        Removed::Enough(count)
    } else {
        Removed::TooFew(count)
    })
}

/// Whether a window, this one or another, has the log open.
fn is_open(path: &Path) -> bool {
    let is_locked = |file: File| matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock));
    File::open(path).is_ok_and(is_locked)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Takes the folder from everybody else, should somebody have opened it.
#[cfg(unix)]
fn own(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let about = fs::metadata(path)?;
    if about.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn own(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Renames a file that cannot be read to the first free `NAME.corrupt`, `NAME.corrupt-2`, ...
fn set_aside(path: &Path) -> io::Result<()> {
    let name = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(match number {
            1 => ".corrupt".to_owned(),
            more => format!(".corrupt-{more}"),
        });
        PathBuf::from(name)
    };
    let free = (1..1_000).map(name).find(|aside| !aside.exists());
    fs::rename(path, free.unwrap_or_else(|| name(1_000)))
}

fn modified(about: &fs::Metadata) -> Timestamp {
    let since = about
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn system_time(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(at.millis()).unwrap_or(0))
}

#[cfg(test)]
mod tests;
