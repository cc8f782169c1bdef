//! Which program opens a text file, and how it is told the line: `$VISUAL`, `$EDITOR`, else the system's own.
//!
//! An editor that needs a terminal gets one, for a window has none. Pure up to [`start`], which runs on the blocking
//! pool.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// A program that is still there after this long has opened what it was given.
const STARTED: Duration = Duration::from_secs(2);

/// What of the person's surroundings decides.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    visual: Option<String>,
    editor: Option<String>,
    terminal: Option<String>,
    /// The folders of programs.
    folders: Vec<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    pub fn here() -> Self {
        let named = |name| {
            std::env::var(name)
                .ok()
                .filter(|value| !value.trim().is_empty())
        };
        let folders = std::env::var_os("PATH").unwrap_or_default();
        Self {
            visual: named("VISUAL"),
            editor: named("EDITOR"),
            terminal: named("TERMINAL"),
            folders: std::env::split_paths(&folders).collect(),
        }
    }

    /// Whether a program is there to be started: by its path, or by its name in a folder of programs.
    fn has(&self, program: &str) -> bool {
        if program.contains(['/', '\\']) {
            return Path::new(program).is_file();
        }
        let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
        self.folders
            .iter()
            .any(|folder| folder.join(&file).is_file())
    }
}

/// A program and all it is told, ready to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opener {
    words: Vec<OsString>,
    /// What a person calls it: the editor, not the terminal around it.
    pub name: String,
    /// It was told the line.
    pub at_line: bool,
}

/// How an editor is told a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `+211 FILE`
    Plus,
    /// `FILE:211`
    Colon,
    /// `-g FILE:211`
    Goto,
    /// `--line 211 FILE`
    Line,
    /// `-l 211 FILE`
    Short,
    /// `-n211 FILE`
    Glued,
}

/// Editors with a window of their own, by the names of their programs.
const GRAPHICAL: &[(&str, Form)] = &[
    ("bbedit", Form::Plus),
    ("clion", Form::Line),
    ("code", Form::Goto),
    ("code-insiders", Form::Goto),
    ("codium", Form::Goto),
    ("cursor", Form::Goto),
    ("gedit", Form::Plus),
    ("geany", Form::Plus),
    ("goland", Form::Line),
    ("gvim", Form::Plus),
    ("idea", Form::Line),
    ("kate", Form::Line),
    ("kwrite", Form::Line),
    ("mate", Form::Short),
    ("mousepad", Form::Line),
    ("mvim", Form::Plus),
    ("notepad++", Form::Glued),
    ("phpstorm", Form::Line),
    ("pluma", Form::Plus),
    ("pycharm", Form::Line),
    ("rubymine", Form::Line),
    ("rustrover", Form::Line),
    ("subl", Form::Colon),
    ("vscodium", Form::Goto),
    ("webstorm", Form::Line),
    ("windsurf", Form::Goto),
    ("xed", Form::Plus),
    ("zed", Form::Colon),
    ("zeditor", Form::Colon),
];

/// Editors that write in a terminal.
const IN_TERMINAL: &[(&str, Form)] = &[
    ("helix", Form::Colon),
    ("hx", Form::Colon),
    ("jed", Form::Plus),
    ("joe", Form::Plus),
    ("kak", Form::Plus),
    ("less", Form::Plus),
    ("mcedit", Form::Plus),
    ("micro", Form::Plus),
    ("nano", Form::Plus),
    ("ne", Form::Plus),
    ("nvim", Form::Plus),
    ("pico", Form::Plus),
    ("vi", Form::Plus),
    ("view", Form::Plus),
    ("vim", Form::Plus),
];

/// Terminals, the likeliest to be wanted first, and what stands between them and the program they are to run.
const TERMINALS: &[(&str, &[&str])] = &[
    ("kitty", &[]),
    ("ghostty", &["-e"]),
    ("alacritty", &["-e"]),
    ("foot", &[]),
    ("wezterm", &["start", "--"]),
    ("ptyxis", &["--"]),
    ("gnome-terminal", &["--"]),
    ("konsole", &["-e"]),
    ("xfce4-terminal", &["-x"]),
    ("x-terminal-emulator", &["-e"]),
    ("xterm", &["-e"]),
];

/// What opens this file, at this line (from one) where the program's way of being told is known.
pub fn opener(around: &Surroundings, file: &Path, line: Option<u32>) -> Opener {
    let mut chosen = around.visual.iter().chain(&around.editor);
    chosen
        .find_map(|words| of_choice(around, words, file, line))
        .unwrap_or_else(|| of_system(file))
}

/// What a variable names; none where it needs a terminal and none is known.
fn of_choice(
    around: &Surroundings,
    choice: &str,
    file: &Path,
    line: Option<u32>,
) -> Option<Opener> {
    let mut words: Vec<OsString> = choice.split_whitespace().map(OsString::from).collect();
    let name = program_name(words.first()?);
    let wants_terminal = form(IN_TERMINAL, &name).is_some() || in_terminal(&name, choice);
    let form = form(GRAPHICAL, &name)
        .or_else(|| form(IN_TERMINAL, &name))
        .or_else(|| name.starts_with("emacs").then_some(Form::Plus));
    let at = form.zip(line);
    match at {
        Some((form, line)) => words.extend(told(form, file, line)),
        None => words.push(file.into()),
    }
    if wants_terminal {
        let mut around_it = terminal(around)?;
        around_it.append(&mut words);
        words = around_it;
    }
    Some(Opener {
        words,
        name,
        at_line: at.is_some(),
    })
}

/// `emacs -nw` and `emacsclient -t` write in a terminal, `emacs` has a window.
fn in_terminal(name: &str, choice: &str) -> bool {
    let asks = |word| matches!(word, "-nw" | "-t" | "-tty" | "--tty" | "--no-window-system");
    name.starts_with("emacs") && choice.split_whitespace().any(asks)
}

fn form(editors: &[(&str, Form)], name: &str) -> Option<Form> {
    let found = editors.iter().find(|(editor, _)| *editor == name);
    found.map(|(_, form)| *form)
}

/// `code` for `/usr/bin/code` and `code.cmd`.
fn program_name(program: &OsStr) -> String {
    let name = Path::new(program).file_name().unwrap_or(program);
    let name = name.to_string_lossy();
    let stem = [".exe", ".cmd", ".bat", ".sh"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending));
    stem.unwrap_or(&name).to_owned()
}

fn told(form: Form, file: &Path, line: u32) -> Vec<OsString> {
    let path = file.as_os_str().to_owned();
    let mut with_line = path.clone();
    with_line.push(format!(":{line}"));
    match form {
        Form::Plus => vec![format!("+{line}").into(), path],
        Form::Colon => vec![with_line],
        Form::Goto => vec!["-g".into(), with_line],
        Form::Line => vec!["--line".into(), line.to_string().into(), path],
        Form::Short => vec!["-l".into(), line.to_string().into(), path],
        Form::Glued => vec![format!("-n{line}").into(), path],
    }
}

/// A terminal and what it is told before the program it runs: `$TERMINAL`, else the first that is there.
fn terminal(around: &Surroundings) -> Option<Vec<OsString>> {
    let known = |name: &str| TERMINALS.iter().find(|(terminal, _)| *terminal == name);
    if let Some(chosen) = &around.terminal {
        let mut words: Vec<OsString> = chosen.split_whitespace().map(OsString::from).collect();
        let before = known(&program_name(words.first()?)).map_or(&["-e"][..], |(_, before)| before);
        words.extend(before.iter().map(OsString::from));
        return Some(words);
    }
    if cfg!(any(target_os = "macos", windows)) {
        return None;
    }
    let (terminal, before) = TERMINALS.iter().find(|(name, _)| around.has(name))?;
    let words = std::iter::once(terminal).chain(*before);
    Some(words.map(OsString::from).collect())
}

fn of_system(file: &Path) -> Opener {
    let system: &[&str] = if cfg!(target_os = "macos") {
        &["open", "-t"]
    } else if cfg!(windows) {
        &["notepad.exe"]
    } else {
        &["xdg-open"]
    };
    let mut words: Vec<OsString> = system.iter().map(OsString::from).collect();
    words.push(file.into());
    Opener {
        name: system.first().map_or("", |name| *name).to_owned(),
        words,
        at_line: false,
    }
}

/// A program that was started on a file.
pub struct Begun {
    name: String,
    child: Child,
}

/// Starts the program; blocking.
pub fn start(opener: &Opener) -> io::Result<Begun> {
    let Some((program, arguments)) = opener.words.split_first() else {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "no program to open it with",
        ));
    };
    let name = program.to_string_lossy().into_owned();
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| io::Error::new(error.kind(), not_started(&name, &error)))?;
    Ok(Begun { name, child })
}

fn not_started(name: &str, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        format!(
            "there is no program {name}; set $VISUAL to your editor, for example to code or gvim"
        )
    } else {
        format!("{name} could not be started: {error}")
    }
}

/// Sees for a moment that it does not end with an error.
pub async fn has_opened(begun: Begun) -> io::Result<()> {
    let Begun { name, mut child } = begun;
    let step = Duration::from_millis(50);
    for _ in 0..STARTED.as_millis() / step.as_millis() {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(io::Error::other(ended(&name, status))),
            None => tokio::time::sleep(step).await,
        }
    }
    // It lives as long as the person's editor does; somebody has to see it end.
    let waiting = std::thread::Builder::new().name("opened file".to_owned());
    waiting.spawn(move || child.wait()).map(|_| ())
}

/// What an end with an error means; xdg-open has numbers for what it lacks.
fn ended(name: &str, status: ExitStatus) -> String {
    match (name, status.code()) {
        ("xdg-open", Some(3 | 4)) => {
            "the system knows no program for text files (xdg-open found none); set $VISUAL to your editor, for example to code or gvim".to_owned()
        }
        (_, Some(code)) => format!("{name} ended at once with status {code}"),
        (_, None) => format!("{name} ended at once: {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(around: &Surroundings, line: Option<u32>) -> String {
        let opener = opener(around, Path::new("/tmp/a b.log"), line);
        let words: Vec<_> = opener
            .words
            .iter()
            .map(|word| word.to_string_lossy())
            .collect();
        words.join("|")
    }

    fn chosen(visual: &str) -> Surroundings {
        Surroundings {
            visual: Some(visual.to_owned()),
            terminal: Some("kitty --single-instance".to_owned()),
            ..Surroundings::default()
        }
    }

    #[test]
    fn every_known_editor_is_told_the_line_in_its_own_way() {
        for (visual, told) in [
            ("code", "code|-g|/tmp/a b.log:211"),
            (
                "/opt/bin/code --wait",
                "/opt/bin/code|--wait|-g|/tmp/a b.log:211",
            ),
            ("subl", "subl|/tmp/a b.log:211"),
            ("kate", "kate|--line|211|/tmp/a b.log"),
            ("gvim", "gvim|+211|/tmp/a b.log"),
            ("emacs", "emacs|+211|/tmp/a b.log"),
            ("mate", "mate|-l|211|/tmp/a b.log"),
            ("notepad++.exe", "notepad++.exe|-n211|/tmp/a b.log"),
            ("somebodys-own", "somebodys-own|/tmp/a b.log"),
        ] {
            assert_eq!(words(&chosen(visual), Some(211)), told);
        }
        assert_eq!(words(&chosen("code"), None), "code|/tmp/a b.log");
    }

    #[test]
    fn an_editor_of_a_terminal_gets_one() {
        assert_eq!(
            words(&chosen("vim -R"), Some(7)),
            "kitty|--single-instance|vim|-R|+7|/tmp/a b.log"
        );
        assert_eq!(
            words(&chosen("emacsclient -t"), Some(7)),
            "kitty|--single-instance|emacsclient|-t|+7|/tmp/a b.log"
        );
        let own = Surroundings {
            terminal: Some("my-terminal".to_owned()),
            ..chosen("nano")
        };
        assert_eq!(words(&own, Some(7)), "my-terminal|-e|nano|+7|/tmp/a b.log");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn terminals_are_looked_for_and_without_one_the_system_opens_it() {
        let none = Surroundings {
            editor: Some("vim".to_owned()),
            ..Surroundings::default()
        };
        assert_eq!(words(&none, Some(7)), "xdg-open|/tmp/a b.log");
        assert!(!opener(&none, Path::new("a"), Some(7)).at_line);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("xterm"), "").unwrap();
        let found = Surroundings {
            folders: vec![folder.path().to_owned()],
            ..none
        };
        assert_eq!(words(&found, Some(7)), "xterm|-e|vim|+7|/tmp/a b.log");
        let opener = opener(&found, Path::new("a"), Some(7));
        assert_eq!((opener.name.as_str(), opener.at_line), ("vim", true));
    }

    #[test]
    fn a_program_that_cannot_open_it_is_told_by_name() {
        let around = Surroundings {
            visual: Some("no-such-editor-here".to_owned()),
            ..Surroundings::default()
        };
        let opener = opener(&around, Path::new("/nonexistent.log"), None);
        let error = start(&opener).err().unwrap().to_string();
        assert!(error.contains("no program no-such-editor-here"), "{error}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn an_editor_that_ends_with_an_error_is_told() {
        let around = Surroundings {
            visual: Some("false".to_owned()),
            ..Surroundings::default()
        };
        let begun = start(&opener(&around, Path::new("/nonexistent.log"), None)).unwrap();
        let error = has_opened(begun).await.unwrap_err().to_string();
        assert_eq!(error, "false ended at once with status 1");
    }
}
