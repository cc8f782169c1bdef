//! Saving a log as a file, and handing a file of it to the person's editor. All of it on the blocking pool.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::app::editor::{self, Surroundings};
use crate::app::window::App;
use crate::model::ansi;
use crate::model::fault::Fault;
use crate::model::ids::LogKey;
use crate::model::log::{LineNo, LogSnapshot};
use crate::model::mask;
use crate::model::oneshot::{EditedLog, Oneshot, Request, Response, SavedLog};
use crate::model::time::Timestamp;

/// So long a file that was made for an editor stays in the cache after it was written last.
const KEPT: Duration = Duration::from_hours(24);

impl App {
    /// Saves a log, clean or `raw`, unless it is being saved already.
    pub(super) fn save_log(&mut self, key: LogKey, log: LogSnapshot, raw: bool) {
        let now = self.boot.clock.now();
        let folder = self.boot.desk.documents();
        let name = file_name(&key);
        let request = Request::SaveLog { key };
        self.forget(&request);
        self.asked.ask(request, now, async move {
            let saved = tokio::task::spawn_blocking(move || {
                folder.and_then(|folder| save(&folder, &name, &log, raw))
            });
            match saved.await {
                Ok(Ok(saved)) => Ok(Response::SavedLog(saved)),
                Ok(Err(error)) => Err(fault("save", &error.to_string(), now)),
                Err(error) => Err(fault("save", &error.to_string(), now)),
            }
        });
    }

    /// Writes a clean copy of a log into the cache and opens it with the person's editor, at this line.
    pub(super) fn edit_log(&mut self, key: LogKey, log: LogSnapshot, line: LineNo) {
        let now = self.boot.clock.now();
        let folder = self.boot.desk.cache();
        let name = file_name(&key);
        let request = Request::EditLog { key };
        self.forget(&request);
        self.asked.ask(request, now, async move {
            let begun = tokio::task::spawn_blocking(move || {
                let file = for_editor(&folder?.join("opened"), &name, &log)?;
                let line = line.0 + 1;
                let opener = editor::opener(&Surroundings::here(), &file, Some(line));
                let told = EditedLog {
                    editor: opener.name.clone(),
                    line: opener.at_line.then_some(line),
                };
                Ok((editor::start(&opener)?, told))
            });
            let opened = match begun.await {
                Ok(Ok((begun, told))) => editor::has_opened(begun).await.map(|()| told),
                Ok(Err(error)) => Err(error),
                Err(error) => Err(io::Error::other(error)),
            };
            match opened {
                Ok(told) => Ok(Response::EditedLog(told)),
                Err(error) => Err(fault("open", &error.to_string(), now)),
            }
        });
    }

    /// Puts away what became of the same before; what is pending goes on.
    fn forget(&mut self, request: &Request) {
        let state = self.asked.states().get(request);
        if let Some(Oneshot::Ready { .. } | Oneshot::Failed { .. }) = state {
            self.asked.dismiss(request);
        }
    }

    /// Opens a file that was saved here, and no other.
    pub(super) fn open_file(&mut self, path: String) {
        let is_ours = self.asked.states().values().any(|state| {
            matches!(state, Oneshot::Ready { response: Response::SavedLog(saved), .. } if saved.path == path)
        });
        if !is_ours {
            return;
        }
        let now = self.boot.clock.now();
        let request = Request::OpenFile { path: path.clone() };
        self.asked.dismiss(&request);
        self.asked.ask(request, now, async move {
            let begun = tokio::task::spawn_blocking(move || {
                let around = Surroundings::here();
                editor::start(&editor::opener(&around, Path::new(&path), None))
            });
            let opened = match begun.await {
                Ok(Ok(begun)) => editor::has_opened(begun).await,
                Ok(Err(error)) => Err(error),
                Err(error) => Err(io::Error::other(error)),
            };
            match opened {
                Ok(()) => Ok(Response::Opened),
                Err(error) => Err(fault("open", &error.to_string(), now)),
            }
        });
    }
}

fn fault(operation: &'static str, what: &str, now: Timestamp) -> Fault {
    let verb = if operation == "save" {
        "saved"
    } else {
        "opened"
    };
    Fault::local(
        "log",
        operation,
        format!("The log could not be {verb}: {what}"),
        now,
    )
}

/// `search-indexer-3f9c0e12.log`: the last words of group and stream, of which nothing leads out of the folder.
fn file_name(key: &LogKey) -> String {
    let last = |text: &str| {
        let last = text.rsplit('/').find(|part| !part.is_empty());
        let safe = last.unwrap_or("log").chars().take(64).map(|character| {
            if character.is_ascii_alphanumeric() || "-_".contains(character) {
                character
            } else {
                '-'
            }
        });
        safe.collect::<String>()
    };
    let group = last(key.group.as_str());
    let stream = last(key.stream.as_str());
    let stream = stream
        .get(..8)
        .filter(|_| stream.len() == 36)
        .unwrap_or(&stream);
    format!("{group}-{stream}.log")
}

/// Writes all lines, as they came where `raw`, into a new file; what is there already stays as it is. The file has its
/// name only once it is whole: a program that ends amid it leaves a `.part`.
fn save(folder: &Path, name: &str, log: &LogSnapshot, raw: bool) -> io::Result<SavedLog> {
    fs::create_dir_all(folder)?;
    let (part, file) = new_part(folder, name)?;
    let saved = write(file, log, raw).and_then(|()| name_it(&part, folder, name));
    // What is told is whether the log was saved; a link made of it has left the part behind.
    fs::remove_file(&part).ok();
    let path = saved?;
    Ok(SavedLog {
        opener: editor::opener(&Surroundings::here(), &path, None).name,
        path: path.display().to_string(),
        lines: log.len(),
        bytes: log.bytes(),
        raw,
    })
}

/// Writes a clean copy into a folder that only its owner reads, in place of an earlier one of the same log. Copies that
/// are a day old go: an editor has read them long since.
fn for_editor(folder: &Path, name: &str, log: &LogSnapshot) -> io::Result<PathBuf> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)?;
    remove_old(folder);
    let (part, file) = new_part(folder, name)?;
    let path = folder.join(name);
    let written = write(file, log, false).and_then(|()| fs::rename(&part, &path));
    if written.is_err() {
        // The fault that is told is the first one.
        fs::remove_file(&part).ok();
    }
    written.map(|()| path)
}

/// A file that cannot be removed is met again by the next copy.
fn remove_old(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let written = entry.metadata().and_then(|about| about.modified());
        let age = written.ok().and_then(|written| written.elapsed().ok());
        if age.is_some_and(|age| age > KEPT) {
            fs::remove_file(entry.path()).ok();
        }
    }
}

fn write(file: File, log: &LogSnapshot, raw: bool) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(256 * 1024, file);
    for (number, _, line) in log.iter_from(LineNo(0)) {
        if raw {
            out.write_all(line.as_bytes())?;
        } else {
            let drawn = ansi::plain(&line);
            let above = (0..number.0).rev();
            let above = above.map_while(|line| log.text(LineNo(line)));
            out.write_all(mask::masked_below(&drawn, above).as_bytes())?;
        }
        out.write_all(b"\n")?;
    }
    out.into_inner()?.sync_all()
}

/// The first of `name.log.part`, `name-2.log.part`, ... that is not there, made in the same step.
fn new_part(folder: &Path, name: &str) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // It may hold secrets, which only its owner has seen so far.
        options.mode(0o600);
    }
    first_free(folder, name, ".part", |path| options.open(path))
}

/// Gives a whole file the first of `name.log`, `name-2.log`, ... that is not there. A link never takes another file's
/// place; where the file system knows none, the name is taken first and then renamed over.
fn name_it(part: &Path, folder: &Path, name: &str) -> io::Result<PathBuf> {
    let linked = first_free(folder, name, "", |path| fs::hard_link(part, path));
    if let Ok((path, ())) = linked {
        return Ok(path);
    }
    let (path, _taken) = first_free(folder, name, "", |path| File::create_new(path))?;
    fs::rename(part, &path)?;
    Ok(path)
}

/// Makes the first of `name.log`, `name-2.log`, ... (each with `ending`) that is not there.
fn first_free<T>(
    folder: &Path,
    name: &str,
    ending: &str,
    make: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(PathBuf, T)> {
    let stem = name.trim_end_matches(".log");
    for number in 1..10_000 {
        let name = match number {
            1 => format!("{stem}.log{ending}"),
            _ => format!("{stem}-{number}.log{ending}"),
        };
        let path = folder.join(name);
        match make(&path) {
            Ok(made) => return Ok((path, made)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AlreadyExists,
        "every name for it is taken",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::Scope;
    use crate::model::log::LogBuffer;

    fn key(group: &str, stream: &str) -> LogKey {
        LogKey {
            scope: Scope {
                account: "dev".into(),
                region: "eu-west-1".into(),
            },
            group: group.into(),
            stream: stream.into(),
        }
    }

    #[test]
    fn a_log_is_saved_as_it_came_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let mut buffer = LogBuffer::default();
        buffer.append(0, "\u{1b}[31mred\u{1b}[0m 1 %\r2 %");
        buffer.append(0, "AKIAIOSFODNN7EXAMPLE");
        let log = buffer.snapshot();
        let first = save(folder.path(), "pier.log", &log, true).unwrap();
        let second = save(folder.path(), "pier.log", &log, true).unwrap();
        assert_ne!(first.path, second.path);
        assert_eq!((first.lines, first.bytes), (2, log.bytes()));
        for saved in [first, second] {
            assert_eq!(
                fs::read_to_string(saved.path).unwrap(),
                "\u{1b}[31mred\u{1b}[0m 1 %\r2 %\nAKIAIOSFODNN7EXAMPLE\n"
            );
        }
        let files = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 2, "no part is left");
        let clean = save(folder.path(), "pier.log", &log, false).unwrap();
        assert_eq!(fs::read_to_string(clean.path).unwrap(), "2 %\n****\n");
    }

    #[test]
    fn a_log_has_its_name_only_once_it_is_whole_and_takes_nobody_elses() {
        let folder = tempfile::tempdir().unwrap();
        let (part, file) = new_part(folder.path(), "pier.log").unwrap();
        assert!(!folder.path().join("pier.log").exists());
        // Another program takes the name while it is written.
        fs::write(folder.path().join("pier.log"), "theirs").unwrap();
        drop(file);
        let path = name_it(&part, folder.path(), "pier.log").unwrap();
        assert_eq!(path, folder.path().join("pier-2.log"));
        let theirs = fs::read_to_string(folder.path().join("pier.log")).unwrap();
        assert_eq!(theirs, "theirs");
    }

    #[test]
    fn names_of_streams_lead_nowhere_else() {
        let uuid = "3f9c0e12-6c1b-4d0e-9d5e-2f6f0a7c1b11";
        let named = |group, stream| file_name(&key(group, stream));
        assert_eq!(
            named("/aws/codebuild/search-indexer", uuid),
            "search-indexer-3f9c0e12.log"
        );
        assert_eq!(named("../..", "../../etc/pass wd"), "---pass-wd.log");
        assert_eq!(named("", ""), "log-log.log");
    }
    #[test]
    fn an_editors_copy_is_clean_private_and_one_a_log() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("opened");
        let mut buffer = LogBuffer::default();
        buffer.append(0, "\u{1b}[31mkey\u{1b}[0m AKIAIOSFODNN7EXAMPLE");
        let first = for_editor(&folder, "pier.log", &buffer.snapshot()).unwrap();
        buffer.append(0, "1 %\r2 %");
        let second = for_editor(&folder, "pier.log", &buffer.snapshot()).unwrap();
        assert_eq!(first, second);
        assert_eq!(fs::read_to_string(&second).unwrap(), "key ****\n2 %\n");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no part is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&folder), mode(&second)), (0o700, 0o600));
        }
        let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1);
        let old = File::options().write(true).open(&second).unwrap();
        old.set_modified(long_ago).unwrap();
        for_editor(&folder, "other.log", &buffer.snapshot()).unwrap();
        assert!(!second.exists(), "it was a day old");
    }
}
