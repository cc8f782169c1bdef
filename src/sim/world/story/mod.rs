//! Stories: files that say what the simulated accounts contain, what happened in them, and what will.
//!
//! A story is read (`grammar`), checked and turned into a world (`build`), and its past is then lived
//! through by the same state machines as its present, so that histories, builds and logs hang together.

mod build;
mod grammar;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::sim::clock::Pace;
use crate::sim::wire::Millis;
use crate::sim::world::World;
use crate::sim::world::generator;

/// Which story is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorySource {
    /// One of those that come along: `harbour`, `builds`, `gates`, `races`, `empty`, `flood`.
    Named(String),
    /// A file; the log texts it names lie beside it.
    Path(PathBuf),
    /// A text held by a test. It may name the log texts that come along.
    Text { name: String, text: String },
    /// As many pipelines, made from the seed.
    Generated { pipelines: usize },
}

/// One account of a story, with its fixed key pair.
#[derive(Clone, PartialEq, Eq)]
pub struct SimAccount {
    pub name: String,
    /// Twelve digits.
    pub account_id: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    pub regions: Vec<String>,
    pub production: bool,
}

impl fmt::Debug for SimAccount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SimAccount")
            .field("name", &self.name)
            .field("account_id", &self.account_id)
            .finish_non_exhaustive()
    }
}

/// A world at the start of its story.
#[derive(Debug)]
pub struct Told {
    pub name: String,
    pub accounts: Vec<SimAccount>,
    pub world: World,
}

/// What is wrong with a story, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryError {
    pub file: String,
    /// Line and column, both from 1, when the fault has a place.
    pub at: Option<(usize, usize)>,
    pub message: String,
}

impl fmt::Display for StoryError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => write!(out, "{}:{line}:{column}: {}", self.file, self.message),
            None => write!(out, "{}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for StoryError {}

/// The stories that come along.
const STORIES: [(&str, &str); 6] = [
    (
        "harbour",
        include_str!("../../../../assets/stories/harbour.toml"),
    ),
    (
        "builds",
        include_str!("../../../../assets/stories/builds.toml"),
    ),
    (
        "gates",
        include_str!("../../../../assets/stories/gates.toml"),
    ),
    (
        "races",
        include_str!("../../../../assets/stories/races.toml"),
    ),
    (
        "empty",
        include_str!("../../../../assets/stories/empty.toml"),
    ),
    (
        "flood",
        include_str!("../../../../assets/stories/flood.toml"),
    ),
];

/// Where a story's log texts are found.
#[derive(Debug)]
enum Texts {
    Along,
    Beside(PathBuf),
}

impl Texts {
    fn read(&self, name: &str) -> Result<String, String> {
        match self {
            Self::Along => {
                let found = texts::LOGS.iter().find(|(along, _)| *along == name);
                found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| {
                    let names: Vec<&str> = texts::LOGS.iter().map(|(name, _)| *name).collect();
                    format!("no log text named {name:?}; there are {}", names.join(", "))
                })
            }
            Self::Beside(folder) => {
                let path = folder.join(name);
                fs::read_to_string(&path)
                    .map_err(|fault| format!("the log text {}: {fault}", path.display()))
            }
        }
    }
}

mod texts {
    //! The log texts of the stories that come along.

    macro_rules! along {
        ($($name:literal),* $(,)?) => {
            &[$((concat!("logs/", $name), include_str!(concat!("../../../../assets/stories/logs/", $name)))),*]
        };
    }

    pub const LOGS: &[(&str, &str)] = along![
        "cargo-build.log",
        "cargo-build-failed.log",
        "cargo-clippy.log",
        "cargo-nextest.log",
        "cargo-test.log",
        "cargo-test-failed.log",
        "docker-build.log",
        "docker-build-failed.log",
        "go-test.log",
        "go-test-failed.log",
        "gradle-build.log",
        "integration-long.log",
        "jest.log",
        "jest-failed.log",
        "maven.log",
        "maven-compile-failed.log",
        "maven-failed.log",
        "npm-ci.log",
        "npm-eresolve.log",
        "pip-install.log",
        "pytest.log",
        "pytest-failed.log",
        "terraform-plan.log",
        "webpack.log",
    ];
}

/// Tells a story that starts at `start`, its durations `speed` times shorter from then on.
pub fn tell(
    source: &StorySource,
    seed: u64,
    start: Millis,
    speed: f64,
) -> Result<Told, StoryError> {
    let pace = Pace::new(start, speed);
    let (file, text, texts) = match source {
        StorySource::Generated { pipelines } => {
            check_size(*pipelines)?;
            return Ok(generator::generate(*pipelines, seed, start, pace));
        }
        StorySource::Named(name) => {
            let found = STORIES.iter().find(|(known, _)| known == name);
            let (_, text) = found.ok_or_else(|| unknown_story(name))?;
            (format!("{name}.toml"), (*text).to_owned(), Texts::Along)
        }
        StorySource::Path(path) => (path.display().to_string(), read_file(path)?, beside(path)),
        StorySource::Text { name, text } => (name.clone(), text.clone(), Texts::Along),
    };
    let story: grammar::Story = toml::from_str(&text).map_err(|fault| StoryError {
        at: fault.span().map(|span| line_and_column(&text, span.start)),
        file: file.clone(),
        message: fault.message().to_owned(),
    })?;
    build::build(story, &texts, seed, start, pace).map_err(|fault| StoryError {
        at: fault.span.map(|span| line_and_column(&text, span.start)),
        file,
        message: fault.message,
    })
}

fn check_size(pipelines: usize) -> Result<(), StoryError> {
    if (1..=generator::MOST).contains(&pipelines) {
        return Ok(());
    }
    Err(StoryError {
        file: format!("{pipelines} pipelines"),
        at: None,
        message: format!(
            "an account can be generated of 1 to {} pipelines",
            generator::MOST
        ),
    })
}

fn unknown_story(name: &str) -> StoryError {
    let names: Vec<&str> = STORIES.iter().map(|(name, _)| *name).collect();
    StoryError {
        file: name.to_owned(),
        at: None,
        message: format!(
            "no story of this name; expected {} or the path of a file",
            names.join(", ")
        ),
    }
}

fn read_file(path: &Path) -> Result<String, StoryError> {
    fs::read_to_string(path).map_err(|fault| StoryError {
        file: path.display().to_string(),
        at: None,
        message: fault.to_string(),
    })
}

fn beside(path: &Path) -> Texts {
    Texts::Beside(path.parent().map(Path::to_path_buf).unwrap_or_default())
}

/// Both from 1; the column counts characters.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (line, column)
}

#[cfg(test)]
mod tests;
