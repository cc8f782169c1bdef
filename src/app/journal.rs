//! This program's own record of decisions, and the claims that keep two windows from answering one gate.
//!
//! The record is `decisions.jsonl`: a JSON document a line, appended in one write and synced before a decision is sent
//! and after its outcome, never rewritten. [`Desk`] is what the engine and the window share; its work on files runs on
//! the blocking pool, and what the window sees is swapped in whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::app::claims::{ClaimFolder, Taken};
use crate::engine::claims::{Claimed, Claims};
use crate::engine::clock::Clock;
use crate::engine::source::BoxFuture;
use crate::engine::waker::Waker;
use crate::model::fault::Fault;
use crate::model::ledger::{Export, Journal, OwnOutcome, OwnRecord, parse};

const FILE: &str = "decisions.jsonl";

/// Where decisions are kept.
pub struct Folders {
    /// None where this user has no such folder.
    places: Option<Places>,
    /// Gone with the program.
    throw_away: bool,
}

#[derive(Clone)]
struct Places {
    data: PathBuf,
    state: PathBuf,
    /// Where an export goes.
    documents: PathBuf,
    cache: PathBuf,
}

impl Folders {
    /// `$XDG_DATA_HOME/starboard` and `$XDG_STATE_HOME/starboard`, and their like on other systems.
    pub fn of_user() -> Self {
        let folders = directories::ProjectDirs::from("dev", "starboard", "starboard");
        let user = directories::UserDirs::new();
        let documents = user.as_ref().and_then(|user| {
            let downloads = user.download_dir().filter(|folder| folder.is_dir());
            downloads.or_else(|| user.document_dir().filter(|folder| folder.is_dir()))
        });
        let places = folders.map(|folders| {
            let data = folders.data_dir().to_owned();
            let state = folders
                .state_dir()
                .map_or_else(|| folders.data_local_dir().join("state"), Path::to_owned);
            Places {
                documents: documents.map_or_else(|| data.clone(), Path::to_owned),
                cache: folders.cache_dir().to_owned(),
                data,
                state,
            }
        });
        Self {
            places,
            throw_away: false,
        }
    }

    /// All in one folder: of a test, or of nobody.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            places: Some(Places {
                data: folder.join("data"),
                state: folder.join("state"),
                documents: folder.join("documents"),
                cache: folder.join("cache"),
            }),
            throw_away: false,
        }
    }

    /// Where logs of finished builds are kept: beside the state, because caches are emptied by others.
    pub fn logs(&self) -> Option<PathBuf> {
        Some(self.places.as_ref()?.state.join("logs"))
    }

    /// Nowhere: nothing can be decided.
    pub const fn none() -> Self {
        Self {
            places: None,
            throw_away: false,
        }
    }

    /// A new folder that goes with the program: the demo's decisions are nobody's.
    pub fn throw_away() -> Self {
        let own = |number: u32| {
            let name = format!("starboard-demo-{}-{number}", std::process::id());
            std::env::temp_dir().join(name)
        };
        // A folder that is there already may be somebody else's.
        let made = (0..100).map(own).find(|folder| make_own(folder).is_ok());
        let Some(folder) = made else {
            return Self::none();
        };
        let mut folders = Self::in_folder(&folder);
        folders.throw_away = true;
        folders
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        if self.throw_away
            && let Some(folder) = self.places.as_ref().and_then(|it| it.data.parent())
        {
            // Left behind, it is an empty folder's worth in a place that is cleaned.
            fs::remove_dir_all(folder).ok();
        }
    }
}

fn make_own(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// The record and the claims of one window. Cheap to clone as an `Arc`; methods that work on files say so.
pub struct Desk {
    folders: Folders,
    claims: Option<ClaimFolder>,
    journal: ArcSwap<Journal>,
    /// Two readings at once could swap the older one in last.
    reading: Mutex<()>,
    waker: Waker,
    clock: Clock,
}

impl Desk {
    pub fn new(folders: Folders, waker: Waker, clock: Clock) -> Arc<Self> {
        let places = folders.places.as_ref();
        let journal = Journal {
            path: places.map(|places| places.data.join(FILE).display().to_string()),
            ..Journal::default()
        };
        Arc::new(Self {
            claims: places.map(|places| ClaimFolder::new(places.state.join("claims"))),
            folders,
            journal: ArcSwap::from_pointee(journal),
            reading: Mutex::default(),
            waker,
            clock,
        })
    }

    /// What was read last. Lock-free.
    pub fn journal(&self) -> Arc<Journal> {
        self.journal.load_full()
    }

    /// Reads the file again: other windows write to it too. On the blocking pool; the window is woken if it differs.
    pub fn read_again(self: &Arc<Self>, runtime: &tokio::runtime::Handle) {
        let desk = Arc::clone(self);
        runtime.spawn_blocking(move || desk.read());
    }

    /// Saves a text where people find what they saved, on the blocking pool.
    pub fn export(self: &Arc<Self>, name: String, text: String, runtime: &tokio::runtime::Handle) {
        let desk = Arc::clone(self);
        runtime.spawn_blocking(move || {
            let now = desk.clock.now();
            let export = match desk.save(&name, &text) {
                Ok(path) => Export::Saved {
                    path: path.display().to_string(),
                    at: now,
                },
                Err(error) => Export::Failed(Arc::new(Fault::local(
                    "ledger",
                    "export",
                    format!("{name} could not be saved: {error}"),
                    now,
                ))),
            };
            desk.change(|journal| journal.export = Some(export.clone()));
        });
    }

    fn change(&self, change: impl Fn(&mut Journal)) {
        self.journal.rcu(|journal| {
            let mut journal = Journal::clone(journal);
            change(&mut journal);
            journal
        });
        self.waker.wake();
    }

    /// The folder where people find what they saved.
    pub fn documents(&self) -> io::Result<PathBuf> {
        self.places().map(|places| places.documents.clone())
    }

    /// The folder for what can be made again.
    pub fn cache(&self) -> io::Result<PathBuf> {
        self.places().map(|places| places.cache.clone())
    }

    fn places(&self) -> io::Result<&Places> {
        self.folders
            .places
            .as_ref()
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "this user has no data folder"))
    }

    fn read(&self) {
        let Ok(places) = self.places() else { return };
        let _alone = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let read = match fs::read(places.data.join(FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            read => read,
        };
        let known = self.journal();
        match read {
            Ok(bytes) => {
                let (records, unreadable) = parse(&bytes);
                let same = *known.records == records
                    && known.unreadable == unreadable
                    && known.fault.is_none();
                if same {
                    return;
                }
                let records = Arc::new(records);
                self.change(|journal| {
                    journal.revision += 1;
                    journal.records = Arc::clone(&records);
                    journal.unreadable = unreadable;
                    journal.fault = None;
                });
            }
            Err(error) => {
                let message = format!("the record of decisions could not be read: {error}");
                let fault = Fault::local("journal", "read", message, self.clock.now());
                let again = known
                    .fault
                    .as_ref()
                    .is_some_and(|it| it.message == fault.message);
                if !again {
                    let fault = Arc::new(fault);
                    self.change(|journal| journal.fault = Some(Arc::clone(&fault)));
                }
            }
        }
    }

    fn save(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let folder = &self.places()?.documents;
        fs::create_dir_all(folder)?;
        let path = free_name(folder, name);
        let temporary = path.with_extension(format!("{}.new", std::process::id()));
        let written =
            write_whole(&temporary, text.as_bytes()).and_then(|()| fs::rename(&temporary, &path));
        if written.is_err() {
            // The first error is the one to tell.
            fs::remove_file(&temporary).ok();
        }
        written.map(|()| path)
    }

    fn append(&self, record: &OwnRecord) -> io::Result<()> {
        append(&self.places()?.data.join(FILE), record)
    }

    /// Claims, then writes down; blocking.
    fn begin(&self, record: &OwnRecord) -> Result<Claimed, Fault> {
        let now = self.clock.now();
        let hash = record.token_sha256.as_str();
        let broken = |doing: &str, error: &io::Error| {
            let message = format!("not sent, because {doing}: {error}");
            Fault::local("journal", "PutApprovalResult", message, now)
        };
        let no_folder = || {
            let error = io::Error::new(io::ErrorKind::NotFound, "this user has no data folder");
            broken("the decision cannot be written down", &error)
        };
        let claims = self.claims.as_ref().ok_or_else(no_folder)?;
        let taken = claims
            .take(hash, now)
            .map_err(|error| broken("the gate could not be claimed for this window", &error))?;
        match taken {
            Taken::Ours => {}
            Taken::Answering => {
                return Ok(Claimed::Elsewhere(
                    "another window of Starboard is answering this gate".to_owned(),
                ));
            }
            Taken::Answered(at) => {
                return Ok(Claimed::Elsewhere(format!(
                    "another window of Starboard is answering this gate, or was when it ended: it sent a decision at {}. If AWS shows nothing of it, decide in the AWS console",
                    at.rfc3339()
                )));
            }
        }
        let written = self
            .append(record)
            .map_err(|error| broken("the decision could not be written down", &error))
            .and_then(|()| {
                claims
                    .sending(hash, now)
                    .map_err(|error| broken("the claim on the gate could not be kept", &error))
            });
        if written.is_err() {
            // Nothing was sent; what cannot be given back ends with this window.
            claims.release(hash).ok();
        }
        written.map(|()| Claimed::Ours)
    }

    /// Writes down the end and gives back what is still open; blocking.
    fn end(&self, record: &OwnRecord) -> Result<(), Fault> {
        let open = matches!(record.outcome, OwnOutcome::Refused | OwnOutcome::NotApplied);
        if open && let Some(claims) = &self.claims {
            // A claim that stays refuses a second try, and says so.
            claims.release(&record.token_sha256).ok();
        }
        let written = self.append(record).map_err(|error| {
            Fault::local("journal", "append", error.to_string(), self.clock.now())
        });
        self.read();
        written
    }
}

/// The same on the blocking pool, for the engine.
pub struct DeskClaims(pub Arc<Desk>);

impl Claims for DeskClaims {
    fn claim<'a>(&'a self, record: &'a OwnRecord) -> BoxFuture<'a, Result<Claimed, Fault>> {
        self.off(record, Desk::begin)
    }

    fn settle<'a>(&'a self, record: &'a OwnRecord) -> BoxFuture<'a, Result<(), Fault>> {
        self.off(record, Desk::end)
    }
}

impl DeskClaims {
    fn off<'a, T: Send + 'static>(
        &'a self,
        record: &OwnRecord,
        work: fn(&Desk, &OwnRecord) -> Result<T, Fault>,
    ) -> BoxFuture<'a, Result<T, Fault>> {
        let (desk, record) = (Arc::clone(&self.0), record.clone());
        Box::pin(async move {
            let now = desk.clock.now();
            let done = tokio::task::spawn_blocking(move || work(&desk, &record)).await;
            done.unwrap_or_else(|_| {
                let message = "writing the decision down broke off; the crash report says where";
                Err(Fault::local("journal", "append", message, now))
            })
        })
    }
}

/// One line in one write, synced. What an earlier crash left without an end is closed first, so that it spoils no line
/// but its own.
fn append(path: &Path, record: &OwnRecord) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    let mut line = serde_json::to_vec(record).map_err(io::Error::other)?;
    line.push(b'\n');
    if !ends_whole(&mut file)? {
        line.insert(0, b'\n');
    }
    file.write_all(&line)?;
    file.sync_all()
}

fn ends_whole(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// `decisions.csv`, `decisions-2.csv`, ...: nothing that is there is overwritten.
fn free_name(folder: &Path, name: &str) -> PathBuf {
    let plain = folder.join(name);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "csv"));
    let numbered = (2..10_000).map(|number| folder.join(format!("{stem}-{number}.{ending}")));
    std::iter::once(plain.clone())
        .chain(numbered)
        .find(|path| !path.exists())
        .unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ledger::{Decided, VERSION};
    use crate::model::time::Timestamp;

    fn record(id: &str) -> OwnRecord {
        OwnRecord {
            version: VERSION,
            id: id.to_owned(),
            at: Timestamp::from_millis(1_795_449_600_000),
            identity: None,
            account: "prod".into(),
            number: None,
            region: "eu-west-1".into(),
            pipeline: "pier".into(),
            stage: "Gate".into(),
            action: "Approve".into(),
            execution: "e1".into(),
            revisions: Vec::new(),
            decision: Decided::Approve,
            comment: "ß\n".repeat(200),
            token_sha256: format!("hash-of-{id}"),
            outcome: OwnOutcome::Sending,
            note: String::new(),
        }
    }

    fn desk(folder: &Path) -> Arc<Desk> {
        Desk::new(Folders::in_folder(folder), Waker::none(), Clock::Wall)
    }

    fn read(folder: &Path) -> (Vec<OwnRecord>, usize) {
        parse(&fs::read(folder.join("data").join(FILE)).unwrap())
    }

    #[test]
    fn a_file_cut_off_anywhere_loses_at_most_the_line_that_was_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data").join(FILE);
        append(&path, &record("1")).unwrap();
        let first = fs::metadata(&path).unwrap().len() as usize;
        append(&path, &record("2")).unwrap();
        let whole = fs::read(&path).unwrap();
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            append(&path, &record("3")).unwrap();
            let (records, unreadable) = read(folder.path());
            let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
            assert_eq!(ids.last(), Some(&"3"), "cut at {end}");
            let cut_inside = end != 0 && end != first;
            assert_eq!(
                ids.contains(&"1"),
                end >= first - 1,
                "cut at {end}: the first line stands once it is whole"
            );
            assert!(unreadable <= usize::from(cut_inside), "cut at {end}");
            let bytes = fs::read(&path).unwrap();
            assert!(bytes.starts_with(&whole[..end]), "nothing is dropped");
        }
    }

    #[test]
    fn two_writers_at_once_lose_nothing_and_the_file_is_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let threads: Vec<_> = ["a", "b"]
            .map(|writer| {
                let path = folder.path().join("data").join(FILE);
                let write = move || {
                    for number in 0..50 {
                        append(&path, &record(&format!("{writer}{number}"))).unwrap();
                    }
                };
                std::thread::Builder::new().spawn(write).unwrap()
            })
            .into();
        for thread in threads {
            thread.join().unwrap();
        }
        let (records, unreadable) = read(folder.path());
        assert_eq!((records.len(), unreadable), (100, 0));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let file = folder.path().join("data").join(FILE);
            let mode = fs::metadata(file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn what_cannot_be_written_down_is_not_sent_and_the_claim_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        // A file where the folder should be stands for a folder that cannot be written, also for root.
        fs::write(folder.path().join("data"), "in the way").unwrap();
        let one = desk(folder.path());
        let fault = one.begin(&record("1")).unwrap_err();
        assert!(fault.message.starts_with("not sent, because"), "{fault:?}");
        fs::remove_file(folder.path().join("data")).unwrap();
        assert_eq!(desk(folder.path()).begin(&record("1")), Ok(Claimed::Ours));
    }

    #[test]
    fn a_second_window_is_told_and_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (desk(folder.path()), desk(folder.path()));
        assert_eq!(one.begin(&record("1")), Ok(Claimed::Ours));
        let Ok(Claimed::Elsewhere(words)) = two.begin(&record("1")) else {
            panic!("the gate is claimed");
        };
        assert_eq!(words, "another window of Starboard is answering this gate");
        assert_eq!(read(folder.path()).0.len(), 1);
        let refused = OwnRecord {
            outcome: OwnOutcome::Refused,
            ..record("1")
        };
        one.end(&refused).unwrap();
        assert_eq!(two.begin(&record("1")), Ok(Claimed::Ours), "still open");
        let accepted = OwnRecord {
            outcome: OwnOutcome::Accepted,
            ..record("1")
        };
        two.end(&accepted).unwrap();
        assert!(matches!(one.begin(&record("1")), Ok(Claimed::Elsewhere(_))));
        assert_eq!(two.journal().records.len(), 4);
    }

    #[test]
    fn an_export_is_whole_and_overwrites_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let desk = desk(folder.path());
        let first = desk.save("decisions.csv", "a").unwrap();
        let second = desk.save("decisions.csv", "b").unwrap();
        assert_eq!(fs::read_to_string(first).unwrap(), "a");
        assert!(second.ends_with("decisions-2.csv"), "{second:?}");
        let files = fs::read_dir(folder.path().join("documents")).unwrap();
        assert_eq!(files.count(), 2, "no temporary file stays");
    }

    #[test]
    fn the_demos_folder_goes_with_it() {
        let folders = Folders::throw_away();
        let data = folders.places.as_ref().unwrap().data.clone();
        append(&data.join(FILE), &record("1")).unwrap();
        let folder = data.parent().unwrap().to_owned();
        assert!(folder.is_dir());
        drop(folders);
        assert!(!folder.exists());
    }
}
