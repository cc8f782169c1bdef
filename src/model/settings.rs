//! What a person chose, as `settings.toml` keeps it. Never a secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::ids::{AccountName, Region};
use crate::model::issue::IssuePattern;

/// The current form of the file. A newer one is refused rather than overwritten.
pub const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub version: u32,
    #[serde(default)]
    pub theme: ThemeChoice,
    /// Points to pixels, beyond the screen's own scale: 0.5 to 3.
    #[serde(default = "one")]
    pub zoom: f32,
    #[serde(default)]
    pub accounts: Vec<AccountSettings>,
    /// Where issue keys lead, tried in order before the built-in forms.
    #[serde(default)]
    pub issue_patterns: Vec<IssuePattern>,
    /// By pipeline name.
    #[serde(default)]
    pub projects: BTreeMap<String, ProjectSettings>,
    #[serde(default)]
    pub window: WindowSettings,
    #[serde(default)]
    pub views: ViewSettings,
    #[serde(default)]
    pub kept_logs: KeptLogSettings,
}

const fn one() -> f32 {
    1.0
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            theme: ThemeChoice::default(),
            zoom: 1.0,
            accounts: Vec::new(),
            issue_patterns: Vec::new(),
            projects: BTreeMap::new(),
            window: WindowSettings::default(),
            views: ViewSettings::default(),
            kept_logs: KeptLogSettings::default(),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeChoice {
    #[default]
    System,
    Dark,
    Light,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSettings {
    pub name: AccountName,
    pub source: CredentialSource,
    pub regions: Vec<Region>,
    /// Shown in place of `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(default)]
    pub production: bool,
    /// A new real account is read-only until its card's switch is turned.
    #[serde(default = "yes")]
    pub read_only: bool,
}

const fn yes() -> bool {
    true
}

/// Where an account's credentials come from; only the name of the place, never what lies there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CredentialSource {
    /// An AWS profile of the config or credentials file.
    Profile(String),
    /// The entry `aws:NAME` of the system's keyring.
    Keyring(String),
    /// The environment variables this program was started with.
    Environment,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectSettings {
    /// Where what the pipeline delivers can be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowSettings {
    /// Inner size in points.
    pub width: f32,
    pub height: f32,
    pub maximized: bool,
}

impl Default for WindowSettings {
    fn default() -> Self {
        Self {
            width: 1440.0,
            height: 900.0,
            maximized: false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewSettings {
    #[serde(default)]
    pub board_group: BoardGroup,
    #[serde(default)]
    pub board_sort: BoardSort,
    /// The width of the Project's side pane, in points.
    #[serde(default = "side_width")]
    pub project_side_width: f32,
    /// The height of the Project's stage graph, in points; none while it fits itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_graph_height: Option<f32>,
    /// How the Project shows an execution.
    #[serde(default)]
    pub project_lens: Lens,
    /// Whether finished parts of large graphs fold.
    #[serde(default)]
    pub project_fold: GraphFold,
    #[serde(default)]
    pub log_clock: LogClock,
    #[serde(default)]
    pub builds_group: BuildGroup,
    #[serde(default)]
    pub builds_sort: BuildSort,
    /// The width of the pane beside a build's log, in points.
    #[serde(default = "side_width")]
    pub builds_side_width: f32,
}

const fn side_width() -> f32 {
    400.0
}

impl Default for ViewSettings {
    fn default() -> Self {
        Self {
            board_group: BoardGroup::default(),
            board_sort: BoardSort::default(),
            project_side_width: side_width(),
            project_graph_height: None,
            project_lens: Lens::default(),
            project_fold: GraphFold::default(),
            log_clock: LogClock::default(),
            builds_group: BuildGroup::default(),
            builds_sort: BuildSort::default(),
            builds_side_width: side_width(),
        }
    }
}

/// Whether logs of finished builds are kept on this computer, and how much room they may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptLogSettings {
    #[serde(default = "yes")]
    pub keep: bool,
    /// Those of accounts marked as production, too.
    #[serde(default = "yes")]
    pub production: bool,
    /// On disk, in millions of bytes.
    #[serde(default = "limit_megabytes")]
    pub limit_megabytes: u32,
}

const fn limit_megabytes() -> u32 {
    2_000
}

impl Default for KeptLogSettings {
    fn default() -> Self {
        Self {
            keep: true,
            production: true,
            limit_megabytes: limit_megabytes(),
        }
    }
}

impl KeptLogSettings {
    /// What may be asked for: less keeps next to nothing, more is no budget.
    pub const LIMITS: std::ops::RangeInclusive<u32> = 10..=1_000_000;

    /// In bytes.
    pub const fn limit(self) -> u64 {
        self.limit_megabytes as u64 * 1_000_000
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BoardGroup {
    #[default]
    None,
    Account,
    Repository,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BoardSort {
    /// What needs a look first, then what changed last.
    #[default]
    Attention,
    Name,
    Account,
    Changed,
    Elapsed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BuildGroup {
    #[default]
    None,
    Project,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BuildSort {
    #[default]
    Newest,
    /// What needs a look first, then the newest.
    Attention,
    Project,
    Longest,
}

/// One execution, seen in one of three ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lens {
    #[default]
    Graph,
    /// Attempts as bars over time.
    Waterfall,
    /// Attempts as a table.
    List,
}

impl Lens {
    pub const ALL: [Self; 3] = [Self::Graph, Self::Waterfall, Self::List];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Graph => "Graph",
            Self::Waterfall => "Waterfall",
            Self::List => "List",
        }
    }

    pub const fn next(self) -> Self {
        match self {
            Self::Graph => Self::Waterfall,
            Self::Waterfall => Self::List,
            Self::List => Self::Graph,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GraphFold {
    /// Of large graphs, and says so.
    #[default]
    Auto,
    Never,
}

/// What the log's time column shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogClock {
    Off,
    Local,
    Utc,
    /// Since the log's first line.
    SinceStart,
    /// Since the line before: finds the slow step.
    #[default]
    SinceLine,
}
