//! Claims on gates: a file each, so that of all windows of this computer one answers.
//!
//! A claim is a file made with `create_new` and named by the token's hash; all work on the folder is done under a lock
//! of its own. While its window lives it holds a lock on the claim: whoever gets that lock knows that the window has
//! gone. Blocking; called from the blocking pool.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::time::Timestamp;

/// Longer than a gate waits unless somebody configured more: the answer it stood for has been taken or refused.
const KEPT: Duration = Duration::from_hours(8 * 24);

/// What a claim file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    /// Milliseconds since 1970.
    at: i64,
    /// The request may have left. Until then a claim ends with its window.
    sent: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    Ours,
    /// Another window lives and has it.
    Answering,
    /// A window had sent an answer, then, and none has said what became of it.
    Answered(Timestamp),
}

/// The folder of claims, with those this window holds.
pub struct ClaimFolder {
    folder: PathBuf,
    held: Mutex<BTreeMap<String, File>>,
}

impl ClaimFolder {
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            held: Mutex::default(),
        }
    }

    /// Claims a gate by the hash of its token. Claims that nobody needs any more are cleaned away first.
    pub fn take(&self, hash: &str, now: Timestamp) -> io::Result<Taken> {
        fs::create_dir_all(&self.folder)?;
        let _alone = self.lock()?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // What this window claimed and has not given back is its own: the engine knows whether it may send again.
        if held.contains_key(hash) {
            return Ok(Taken::Ours);
        }
        self.clean(now)?;
        let path = self.path(hash);
        match create_new(&path) {
            Ok(file) => {
                let file = begin(&path, file, Note::new(now, false))?;
                held.insert(hash.to_owned(), file);
                Ok(Taken::Ours)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let file = File::open(&path)?;
                Ok(match (file.try_lock(), read(&file)) {
                    (Ok(()), Some(note)) => Taken::Answered(Timestamp::from_millis(note.at)),
                    (Ok(()), None) => Taken::Answered(modified(&file).unwrap_or(now)),
                    (Err(_), _) => Taken::Answering,
                })
            }
            Err(error) => Err(error),
        }
    }

    /// From here on the request may have left: the claim outlives its window.
    pub fn sending(&self, hash: &str, now: Timestamp) -> io::Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(hash) {
            Some(file) => write(file, Note::new(now, true)),
            None => Err(io::Error::new(
                io::ErrorKind::NotFound,
                "the claim on this gate is gone",
            )),
        }
    }

    /// Gives the gate back: it is still open, and nothing was done to it.
    pub fn release(&self, hash: &str) -> io::Result<()> {
        let _alone = self.lock()?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = held.remove(hash) {
            drop(file);
            fs::remove_file(self.path(hash))?;
        }
        Ok(())
    }

    fn lock(&self) -> io::Result<File> {
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.folder.join("lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    fn path(&self, hash: &str) -> PathBuf {
        self.folder.join(format!("{hash}.claim"))
    }

    /// Removes claims older than eight days, and those of a window that has gone with nothing sent.
    fn clean(&self, now: Timestamp) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let is_claim = path.extension().is_some_and(|ending| ending == "claim");
            if !is_claim {
                continue;
            }
            let Ok(file) = File::open(&path) else {
                continue;
            };
            // Held: its window lives.
            if file.try_lock().is_err() {
                continue;
            }
            let note = read(&file);
            let at = note.map_or_else(
                || modified(&file).unwrap_or(now),
                |note| Timestamp::from_millis(note.at),
            );
            // A window writes its note before it sends: a claim without a byte sent nothing.
            let nothing_sent = note.is_some_and(|note| !note.sent) || is_empty(&file);
            if nothing_sent || at.age(now) > KEPT {
                drop(file);
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

impl Note {
    const fn new(now: Timestamp, sent: bool) -> Self {
        Self {
            at: now.millis(),
            sent,
        }
    }
}

fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Locks and writes a new claim; one that cannot be is taken away again, lest it keep the gate from every window.
fn begin(path: &Path, mut file: File, note: Note) -> io::Result<File> {
    let begun = file
        .try_lock()
        .map_err(io::Error::from)
        .and_then(|()| write(&mut file, note));
    match begun {
        Ok(()) => Ok(file),
        Err(error) => {
            drop(file);
            // The first error is the one to tell.
            fs::remove_file(path).ok();
            Err(error)
        }
    }
}

/// Both notes are of one length, so that one write replaces the other whole.
fn write(file: &mut File, note: Note) -> io::Result<()> {
    use std::io::{Seek as _, SeekFrom};
    let text = serde_json::to_string(&note).map_err(io::Error::other)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(format!("{text:<64}\n").as_bytes())?;
    file.sync_all()
}

fn is_empty(file: &File) -> bool {
    file.metadata().is_ok_and(|about| about.len() == 0)
}

/// None for what was cut off, which is then taken for an answer that was sent.
fn read(mut file: &File) -> Option<Note> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(text.trim()).ok()
}

fn modified(file: &File) -> Option<Timestamp> {
    let modified = file.metadata().ok()?.modified().ok()?;
    let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis())
        .ok()
        .map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_449_600_000);

    fn window(folder: &tempfile::TempDir) -> ClaimFolder {
        ClaimFolder::new(folder.path().join("claims"))
    }

    #[test]
    fn of_windows_that_claim_at_once_exactly_one_has_it() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let start = Arc::new(Barrier::new(4));
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let (window, start) = (window(&folder), Arc::clone(&start));
                    let claim = move || {
                        start.wait();
                        let taken = window.take("h", NOW).unwrap();
                        // The window lives on: its lock must be held until all have asked.
                        (window, taken)
                    };
                    std::thread::Builder::new().spawn(claim).unwrap()
                })
                .collect();
            let ended: Vec<_> = threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect();
            let count = |wanted: &Taken| ended.iter().filter(|(_, taken)| taken == wanted).count();
            assert_eq!((count(&Taken::Ours), count(&Taken::Answering)), (1, 3));
        }
    }

    #[test]
    fn a_claim_given_back_is_free_and_one_that_was_sent_outlives_its_window() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (window(&folder), window(&folder));
        assert_eq!(one.take("h", NOW).unwrap(), Taken::Ours);
        assert_eq!(two.take("h", NOW).unwrap(), Taken::Answering);
        one.release("h").unwrap();
        assert_eq!(two.take("h", NOW).unwrap(), Taken::Ours);
        two.sending("h", NOW).unwrap();
        assert_eq!(one.take("h", NOW).unwrap(), Taken::Answering);
        drop(two);
        assert_eq!(one.take("h", NOW).unwrap(), Taken::Answered(NOW));
    }

    #[test]
    fn what_nobody_needs_is_cleaned_away() {
        let folder = tempfile::tempdir().unwrap();
        let gone = window(&folder);
        gone.take("nothing sent", NOW).unwrap();
        drop(gone);
        let other = window(&folder);
        assert_eq!(other.take("nothing sent", NOW).unwrap(), Taken::Ours);
        other.take("sent", NOW).unwrap();
        other.sending("sent", NOW).unwrap();
        drop(other);
        let later = NOW.plus(Duration::from_hours(8 * 24 - 1));
        assert_eq!(
            window(&folder).take("sent", later).unwrap(),
            Taken::Answered(NOW)
        );
        let much_later = NOW.plus(Duration::from_hours(8 * 24 + 1));
        assert_eq!(
            window(&folder).take("sent", much_later).unwrap(),
            Taken::Ours
        );
    }

    #[test]
    fn a_claim_that_cannot_be_written_leaves_the_gate_free() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("h.claim");
        drop(create_new(&path).unwrap());
        // A file that is open for reading only stands for a full disk.
        let unwritable = File::open(&path).unwrap();
        assert!(begin(&path, unwritable, Note::new(NOW, false)).is_err());
        assert!(!path.exists());
    }

    #[test]
    fn an_empty_claim_that_nobody_holds_sent_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let one = window(&folder);
        fs::create_dir_all(&one.folder).unwrap();
        drop(create_new(&one.path("h")).unwrap());
        assert_eq!(one.take("h", NOW).unwrap(), Taken::Ours);
    }

    #[test]
    fn a_claim_cut_off_within_its_note_is_taken_for_an_answer_that_was_sent() {
        let folder = tempfile::tempdir().unwrap();
        let one = window(&folder);
        one.take("h", NOW).unwrap();
        one.sending("h", NOW).unwrap();
        let path = one.path("h");
        drop(one);
        let whole = fs::read(&path).unwrap();
        for end in 1..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            let taken = window(&folder).take("h", NOW).unwrap();
            assert!(
                matches!(taken, Taken::Answered(_)),
                "cut at {end}: {taken:?}"
            );
        }
    }
}
