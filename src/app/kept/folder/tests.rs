//! The budget, two windows, a full disk, files of others: what the folder has to bear.

use std::sync::Barrier;

use super::*;
use crate::app::kept::file::tests::kept;
use crate::model::log::LogBuffer;

const NOW: Timestamp = Timestamp::from_millis(1_795_449_600_000);
const MUCH: u64 = 1 << 40;

fn folder(of: &tempfile::TempDir) -> Folder {
    Folder::new(of.path().join("state").join("logs"))
}

/// A log of a stream of this name, of text that does not compress.
fn log(stream: &str, lines: u32) -> (KeptLog, LogSnapshot) {
    let mut buffer = LogBuffer::default();
    for number in 0..lines {
        let noise = file::hex(&Sha256::digest(format!("{stream} {number}")));
        buffer.append(i64::from(number), &noise);
    }
    let text = buffer.snapshot();
    let mut log = kept(text.len(), text.bytes());
    log.key.stream = stream.into();
    (log, text)
}

fn put(folder: &Folder, stream: &str, limit: u64, at: Timestamp) -> Put {
    let (log, text) = log(stream, 200);
    folder.put(&log, &text, limit, at).unwrap()
}

fn streams(folder: &Folder) -> Vec<String> {
    let scan = folder.scan().unwrap();
    let mut streams: Vec<String> = scan
        .logs
        .iter()
        .map(|found| found.log.key.stream.as_str().to_owned())
        .collect();
    streams.sort();
    streams
}

fn files(folder: &Folder) -> Vec<String> {
    let entries = fs::read_dir(&folder.path).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn what_is_kept_is_found_by_every_window_and_only_its_user_can_read_it() {
    let place = tempfile::tempdir().unwrap();
    let (one, two) = (folder(&place), folder(&place));
    let (log, text) = log("a", 50);
    assert_eq!(
        one.put(&log, &text, MUCH, NOW).unwrap(),
        Put::Kept { removed: 0 }
    );
    let mut reader = two.open(&log.key, NOW).unwrap().unwrap().reader;
    assert_eq!(reader.log(), &log);
    assert!(reader.whole().unwrap() == text);
    let mut other = log.key.clone();
    other.scope.region = "us-east-1".into();
    assert!(two.open(&other, NOW).unwrap().is_none());
    assert_eq!(files(&one).len(), 2, "the log and the lock");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&one.path), 0o700);
        assert_eq!(mode(&one.file_of(&log.key)), 0o600);
        fs::set_permissions(&one.path, fs::Permissions::from_mode(0o755)).unwrap();
        put(&one, "b", MUCH, NOW);
        assert_eq!(mode(&one.path), 0o700, "taken back");
    }
}

#[test]
fn the_log_read_longest_ago_goes_first_and_the_budget_holds() {
    let place = tempfile::tempdir().unwrap();
    let folder = folder(&place);
    let at = |seconds| NOW.plus(Duration::from_secs(seconds));
    for (second, stream) in (0..).zip(["a", "b", "c"]) {
        put(&folder, stream, MUCH, at(second));
    }
    let used = folder.scan().unwrap().used();
    // Reading a log makes it the youngest.
    folder.open(&log("a", 1).0.key, at(10)).unwrap().unwrap();
    let limit = used + 100;
    assert_eq!(put(&folder, "d", limit, at(11)), Put::Kept { removed: 1 });
    assert_eq!(streams(&folder), ["a", "c", "d"]);
    assert!(folder.scan().unwrap().used() <= limit);
    assert_eq!(put(&folder, "e", 100, at(12)), Put::TooLarge);
    assert_eq!(streams(&folder), ["a", "c", "d"], "nothing went for it");
    assert_eq!(folder.shrink(used / 2).unwrap(), 2);
    assert_eq!(streams(&folder), ["d"]);
    assert_eq!(folder.shrink(0).unwrap(), 1);
    assert_eq!(files(&folder), ["lock"]);
}

#[test]
fn the_newest_logs_stay_and_one_that_is_open_in_any_window_whatever_its_age() {
    let place = tempfile::tempdir().unwrap();
    let (one, two) = (folder(&place), folder(&place));
    let at = |seconds| NOW.plus(Duration::from_secs(seconds));
    for (second, stream) in (0..).zip(["a", "b", "c"]) {
        put(&one, stream, MUCH, at(second));
    }
    let limit = one.scan().unwrap().used() + 100;
    let open = two.open(&log("a", 1).0.key, at(3)).unwrap().unwrap();
    for (second, stream) in (4..).zip(["d", "e", "f"]) {
        assert_eq!(
            put(&one, stream, limit, at(second)),
            Put::Kept { removed: 1 }
        );
    }
    assert_eq!(streams(&one), ["a", "e", "f"]);
    // Nothing goes for what there can be no room for.
    let half = limit / 2;
    let large = log("g", 200);
    let put_large = one.put(&large.0, &large.1, half, at(7));
    assert_eq!(put_large.unwrap(), Put::NoRoom);
    assert_eq!(streams(&one), ["a", "e", "f"]);
    drop(open);
    assert_eq!(put(&one, "h", limit, at(8)), Put::Kept { removed: 1 });
    assert_eq!(streams(&one), ["e", "f", "h"]);
    let _open = two.open(&log("e", 1).0.key, at(9)).unwrap().unwrap();
    assert_eq!(one.shrink(0).unwrap(), 2);
    assert_eq!(streams(&one), ["e"]);
    one.clear().unwrap();
    assert_eq!(files(&one), ["lock"], "a person said so");
}

#[test]
fn the_same_log_again_replaces_itself_and_pushes_nothing_out() {
    let place = tempfile::tempdir().unwrap();
    let folder = folder(&place);
    put(&folder, "a", MUCH, NOW);
    put(&folder, "b", MUCH, NOW);
    let used = folder.scan().unwrap().used();
    assert_eq!(put(&folder, "b", used, NOW), Put::Kept { removed: 0 });
    assert_eq!(streams(&folder), ["a", "b"]);
}

#[test]
fn windows_that_keep_at_once_lose_nothing_and_stay_within_the_budget() {
    let place = tempfile::tempdir().unwrap();
    put(&folder(&place), "0-0", MUCH, NOW);
    let one = folder(&place).scan().unwrap().used();
    let limit = one * 5 + one / 2;
    let start = Arc::new(Barrier::new(4));
    let windows: Vec<_> = (0..4)
        .map(|window| {
            let (folder, start) = (folder(&place), Arc::clone(&start));
            let keep = move || {
                start.wait();
                for number in 0..6 {
                    // Two of them write the same logs.
                    put(&folder, &format!("{}-{number}", window / 2), limit, NOW);
                }
            };
            std::thread::Builder::new().spawn(keep).unwrap()
        })
        .collect();
    for window in windows {
        window.join().unwrap();
    }
    let scan = folder(&place).scan().unwrap();
    assert!(scan.unreadable.is_empty() && scan.used() <= limit);
    assert_eq!(scan.logs.len(), 5);
    for found in &scan.logs {
        let file = File::open(&found.path).unwrap();
        Reader::open(file).unwrap().whole().unwrap();
    }
    assert_eq!(files(&folder(&place)).len(), 6, "no unfinished file stays");
}

#[test]
fn a_disk_that_is_full_leaves_what_was_there() {
    let place = tempfile::tempdir().unwrap();
    let folder = folder(&place);
    put(&folder, "a", MUCH, NOW);
    let (log, text) = log("a", 400);
    for room in [0, 1, 100, 5_000] {
        let kept = folder.put_by(&log, MUCH, NOW, |file| {
            let mut disk = Full { file, room };
            file::write(&mut disk, &log, &text)
        });
        assert_eq!(kept.unwrap_err().kind(), io::ErrorKind::StorageFull);
        let mut reader = folder.open(&log.key, NOW).unwrap().unwrap().reader;
        assert_eq!(reader.whole().unwrap().len(), 200);
        assert_eq!(files(&folder).len(), 2);
    }
}

/// A disk with room for so many bytes.
struct Full<'a> {
    file: &'a File,
    room: usize,
}

impl io::Write for Full<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let written = self.file.write(&bytes[..bytes.len().min(self.room)])?;
        self.room -= written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("state"), "in the way").unwrap();
    let folder = folder(&place);
    let (log, text) = log("a", 1);
    assert!(folder.put(&log, &text, MUCH, NOW).is_err());
    assert_eq!(
        fs::read_to_string(place.path().join("state")).unwrap(),
        "in the way"
    );
}

#[test]
fn a_file_cut_off_anywhere_is_told_never_believed_and_set_aside_for_a_new_one() {
    let place = tempfile::tempdir().unwrap();
    let folder = folder(&place);
    let (log, text) = log("a", 3);
    folder.put(&log, &text, MUCH, NOW).unwrap();
    let path = folder.file_of(&log.key);
    let whole = fs::read(&path).unwrap();
    for end in 0..whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        assert!(folder.open(&log.key, NOW).is_err(), "cut at {end}");
        let scan = folder.scan().unwrap();
        assert_eq!((scan.logs.len(), scan.unreadable.len()), (0, 1));
        assert_eq!(folder.shrink(0).unwrap(), 0, "it is not removed");
    }
    folder.put(&log, &text, MUCH, NOW).unwrap();
    assert!(folder.open(&log.key, NOW).unwrap().is_some());
    let aside = PathBuf::from(format!("{}.corrupt", path.display()));
    assert_eq!(fs::read(aside).unwrap(), whole[..whole.len() - 1]);
}

#[test]
fn files_of_others_and_of_a_newer_version_stay_untouched() {
    let place = tempfile::tempdir().unwrap();
    let folder = folder(&place);
    put(&folder, "a", MUCH, NOW);
    let (log, _) = log("a", 1);
    let mut newer = fs::read(folder.file_of(&log.key)).unwrap();
    newer[16] = 2;
    fs::write(folder.path.join("of-tomorrow.log.zst"), &newer).unwrap();
    fs::write(folder.path.join("mine.log.zst"), "something else").unwrap();
    fs::write(folder.path.join("notes.txt"), "keep").unwrap();
    // A log under the name of another is not that log.
    fs::copy(folder.file_of(&log.key), folder.path.join("renamed")).unwrap();
    let scan = folder.scan().unwrap();
    assert_eq!((scan.logs.len(), scan.unreadable.len()), (1, 2));
    folder.shrink(0).unwrap();
    assert_eq!(
        files(&folder),
        [
            "lock",
            "mine.log.zst",
            "notes.txt",
            "of-tomorrow.log.zst",
            "renamed"
        ]
    );
}

#[test]
fn what_a_window_that_has_gone_left_unfinished_is_cleaned_away() {
    let place = tempfile::tempdir().unwrap();
    let folder = folder(&place);
    put(&folder, "a", MUCH, NOW);
    fs::write(folder.path.join("77-0.part"), "half a log").unwrap();
    let written = File::create(folder.path.join("78-0.part")).unwrap();
    written.lock().unwrap();
    put(&folder, "b", MUCH, NOW);
    let left = files(&folder);
    assert!(left.contains(&"78-0.part".to_owned()), "somebody writes it");
    assert!(!left.contains(&"77-0.part".to_owned()));
}
