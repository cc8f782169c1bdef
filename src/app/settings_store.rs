//! Where the settings live: one TOML file, written whole.
//!
//! A write goes to a temporary file beside it, is synced, and renamed over the old one, so that a crash or a full disk
//! leaves either the old or the new settings. A file that cannot be understood is kept aside, never overwritten.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::engine::clock::Clock;
use crate::model::fault::Fault;
use crate::model::settings::{Settings, VERSION};

const FILE: &str = "settings.toml";

/// Two saves of this process never write at once: they share the temporary file, and the later one must win.
static SAVING: Mutex<()> = Mutex::new(());

/// What was found at the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    pub settings: Settings,
    /// Said once in the window: the file was unreadable, and where it is now.
    pub notice: Option<String>,
}

/// Reads the settings of this user; blocking, and meant for the start. Nothing here fails: what cannot be read is said.
pub fn load() -> Loaded {
    folder().map_or_else(Loaded::default, |folder| load_from(&folder))
}

/// Reads the settings without touching the file, whatever is in it: for commands on a terminal.
pub fn peek() -> Loaded {
    let Some(folder) = folder() else {
        return Loaded::default();
    };
    let path = folder.join(FILE);
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Loaded::default(),
        read => {
            let parsed = read.map_err(|error| error.to_string());
            match parsed.and_then(|text| parse(&text)) {
                Ok(settings) => Loaded {
                    settings,
                    notice: None,
                },
                Err(problem) => Loaded {
                    settings: Settings::default(),
                    notice: Some(format!("{} could not be read: {problem}", path.display())),
                },
            }
        }
    }
}

/// Saves the settings of this user. Blocking: from a blocking thread, or at the very end.
pub fn save(settings: &Settings) -> Result<(), Box<Fault>> {
    let _alone = SAVING.lock().unwrap_or_else(PoisonError::into_inner);
    let saved = match folder() {
        Some(folder) => save_to(&folder, settings),
        None => Err(io::Error::new(
            io::ErrorKind::NotFound,
            "this user has no configuration folder",
        )),
    };
    saved.map_err(|error| {
        Box::new(Fault::local(
            "settings",
            "save",
            format!("the settings could not be saved: {error}"),
            Clock::Wall.now(),
        ))
    })
}

/// `$XDG_CONFIG_HOME/starboard`, and its like on other systems.
fn folder() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("dev", "starboard", "starboard")?;
    Some(folders.config_dir().to_owned())
}

fn load_from(folder: &Path) -> Loaded {
    let path = folder.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Loaded::default(),
        Err(error) => return set_aside(&path, &error.to_string()),
    };
    match parse(&text) {
        Ok(settings) => Loaded {
            settings,
            notice: None,
        },
        Err(problem) => set_aside(&path, &problem),
    }
}

fn parse(text: &str) -> Result<Settings, String> {
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| one_line(&error))?;
    match table.get("version").and_then(toml::Value::as_integer) {
        Some(version) if version > i64::from(VERSION) => {
            return Err(format!(
                "it has version {version}, written by a newer Starboard"
            ));
        }
        Some(_) => {}
        None => return Err("it has no version".to_owned()),
    }
    toml::from_str(text).map_err(|error| one_line(&error))
}

fn one_line(error: &toml::de::Error) -> String {
    error
        .message()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Renames the file to the first free `settings.toml.corrupt`, `.corrupt-2`, ... and says so.
fn set_aside(path: &Path, problem: &str) -> Loaded {
    let name = |number: u32| match number {
        1 => path.with_extension("toml.corrupt"),
        more => path.with_extension(format!("toml.corrupt-{more}")),
    };
    let aside = (1..1_000)
        .map(name)
        .find(|aside| !aside.exists())
        .unwrap_or_else(|| name(1));
    let kept = match fs::rename(path, &aside) {
        Ok(()) => format!("it is kept as {}", aside.display()),
        Err(error) => format!("it could not be kept aside ({error})"),
    };
    Loaded {
        settings: Settings::default(),
        notice: Some(format!(
            "The settings could not be read: {problem}. Starting with new ones; {kept}"
        )),
    }
}

fn save_to(folder: &Path, settings: &Settings) -> io::Result<()> {
    let text = toml::to_string_pretty(settings).map_err(io::Error::other)?;
    fs::create_dir_all(folder)?;
    let path = folder.join(FILE);
    // The process id keeps two windows from writing into each other's file.
    let temporary = folder.join(format!("{FILE}.{}.new", std::process::id()));
    let written =
        write_whole(&temporary, text.as_bytes()).and_then(|()| fs::rename(&temporary, &path));
    if written.is_err() {
        // The first error is the one to tell.
        fs::remove_file(&temporary).ok();
    }
    written?;
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::{AccountSettings, CredentialSource, ThemeChoice};

    fn some() -> Settings {
        Settings {
            theme: ThemeChoice::Light,
            accounts: vec![AccountSettings {
                name: "prod".into(),
                source: CredentialSource::Profile("team".into()),
                regions: vec!["eu-west-1".into()],
                display_name: Some("Production".into()),
                production: true,
                read_only: true,
            }],
            ..Settings::default()
        }
    }

    #[test]
    fn what_is_saved_comes_back_and_only_the_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        save_to(folder.path(), &some()).unwrap();
        assert_eq!(
            load_from(folder.path()),
            Loaded {
                settings: some(),
                notice: None
            }
        );
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no temporary file stays"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.path().join(FILE))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_cut_off_anywhere_is_read_or_kept_aside_and_never_lost() {
        let folder = tempfile::tempdir().unwrap();
        let text = toml::to_string_pretty(&some()).unwrap();
        for end in 0..text.len() {
            let path = folder.path().join(FILE);
            let cut = text.get(..end).unwrap();
            fs::write(&path, cut).unwrap();
            let loaded = load_from(folder.path());
            if loaded.notice.is_some() {
                let aside = folder.path().join("settings.toml.corrupt");
                assert_eq!(
                    fs::read_to_string(&aside).unwrap(),
                    cut,
                    "cut at byte {end}"
                );
                assert_eq!(loaded.settings, Settings::default());
                fs::remove_file(aside).unwrap();
            }
        }
    }

    #[test]
    fn a_newer_file_is_kept_aside_and_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "version = 99\n").unwrap();
        let notice = load_from(folder.path()).notice.unwrap();
        assert!(notice.contains("version 99"), "{notice}");
        assert!(folder.path().join("settings.toml.corrupt").exists());
        fs::write(folder.path().join(FILE), "version = 98\n").unwrap();
        load_from(folder.path());
        assert!(
            folder.path().join("settings.toml.corrupt-2").exists(),
            "an earlier one is not overwritten"
        );
    }

    #[test]
    fn a_folder_that_cannot_be_written_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("in-the-way");
        fs::write(&file, "x").unwrap();
        assert!(save_to(&file, &some()).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "x");
    }
}
