//! One run of a pipeline, and the runs of its actions.
//!
//! These are records with AWS's own words for states; `machine` alone moves them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sim::wire::Millis;
use crate::sim::world::Owner;
use crate::sim::world::pipelines::definition::{Definition, Mode, StageDefinition};
use crate::sim::world::pipelines::rules::ConditionKind;

/// PipelineExecutionStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutionStatus {
    InProgress,
    Stopping,
    Stopped,
    Succeeded,
    Superseded,
    Failed,
    /// The pipeline was edited while it was under way.
    Cancelled,
}

impl ExecutionStatus {
    pub fn word(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
            Self::Succeeded => "Succeeded",
            Self::Superseded => "Superseded",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }

    pub fn is_over(self) -> bool {
        !matches!(self, Self::InProgress | Self::Stopping)
    }
}

/// StageExecutionStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageStatus {
    InProgress,
    Stopping,
    Stopped,
    Succeeded,
    Failed,
    Cancelled,
    /// A condition let the execution pass by.
    Skipped,
}

impl StageStatus {
    pub fn word(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Skipped => "Skipped",
        }
    }
}

/// ActionExecutionStatus, and RuleExecutionStatus, whose words are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionStatus {
    InProgress,
    Abandoned,
    Succeeded,
    Failed,
}

impl ActionStatus {
    pub fn word(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Abandoned => "Abandoned",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}

/// What began an execution, and what is to happen in it.
#[derive(Clone, Debug)]
pub struct Trigger {
    pub kind: &'static str,
    pub detail: String,
    /// Gates are answered by the colleagues named in the definition.
    pub attended: bool,
    /// `Stage/action` to the name of a scenario, good for the first attempt.
    pub scenarios: BTreeMap<String, String>,
    /// `Stage/action` to the id that its build or deployment is to have, for stories that name one.
    pub ids: BTreeMap<String, String>,
    /// Source action to kinds and values of revision, in place of the newest one.
    pub overrides: BTreeMap<String, Vec<(&'static str, String)>>,
    pub variables: Vec<(String, String)>,
    /// The revision that scripted sources find. None for sources that a repository answers.
    pub revision: Option<Revision>,
    /// A fixed execution id, for stories that name one.
    pub execution_id: Option<String>,
}

impl Trigger {
    pub fn new(kind: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            attended: false,
            scenarios: BTreeMap::new(),
            ids: BTreeMap::new(),
            overrides: BTreeMap::new(),
            variables: Vec::new(),
            revision: None,
            execution_id: None,
        }
    }
}

impl Trigger {
    /// As AWS reports what noticed a push or a time of day: a rule, a poll, a connection or a webhook.
    #[must_use]
    pub fn noticed(mut self, owner: &Owner, definition: &Definition, codecommit: bool) -> Self {
        let (account, region, name) = (&owner.account, &owner.region, &definition.name);
        let source = definition
            .stages
            .iter()
            .flat_map(|stage| &stage.actions)
            .next();
        let setting = |key| source.map_or("", |action| action.setting(key));
        if self.kind.is_empty() {
            let polls = setting("PollForSourceChanges") == "true";
            self.kind = match (codecommit, definition.pipeline_type) {
                (true, _) if polls => "PollForSourceChanges",
                (true, _) => "CloudWatchEvent",
                (false, "V2") => "WebhookV2",
                (false, _) => "Webhook",
            };
        }
        if self.detail.is_empty() {
            self.detail = match self.kind {
                "WebhookV2" => setting("ConnectionArn").to_owned(),
                "PollForSourceChanges" => {
                    source.map(|action| action.name.clone()).unwrap_or_default()
                }
                "Webhook" => {
                    format!("arn:aws:codepipeline:{region}:{account}:webhook:{name}-webhook")
                }
                _ => format!("arn:aws:events:{region}:{account}:rule/codepipeline-{name}-rule"),
            };
        }
        self
    }
}

/// A revision found by a source action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    pub id: String,
    pub summary: String,
    pub url: Option<String>,
}

impl Revision {
    /// Who keeps it, as a connection names them, and their address.
    pub fn host(&self) -> (&'static str, &'static str) {
        let url = self.url.as_deref().unwrap_or_default();
        HOSTS
            .into_iter()
            .find(|(_, address)| url.starts_with(address))
            .unwrap_or(HOSTS[0])
    }
}

/// The hosts that a connection leads to.
pub const HOSTS: [(&str, &str); 3] = [
    ("GitHub", "https://github.com"),
    ("Bitbucket", "https://bitbucket.org"),
    ("GitLab", "https://gitlab.com"),
];

/// Where an execution is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Waits in front of a stage; `arrival` orders those who wait.
    Before {
        stage: usize,
        arrival: u64,
    },
    In {
        stage: usize,
    },
    Over,
}

/// What a stage of one execution came to.
#[derive(Clone, Debug, Default)]
pub struct StageRun {
    /// None while the execution has not entered it.
    pub status: Option<StageStatus>,
    pub manual_retries: u32,
    /// AWS allows one.
    pub automatic_retries: u32,
    /// AWS's word for what retried it last.
    pub last_retry: Option<&'static str>,
}

/// ConditionExecutionStatus, as far as this world reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionStatus {
    InProgress,
    Succeeded,
    Failed,
    Cancelled,
    Abandoned,
    Overridden,
}

impl ConditionStatus {
    pub fn word(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Abandoned => "Abandoned",
            Self::Overridden => "Overridden",
        }
    }
}

/// One time that a stage's condition was asked.
#[derive(Clone, Debug)]
pub struct ConditionRun {
    pub stage: usize,
    pub kind: ConditionKind,
    pub status: ConditionStatus,
    pub changed: Millis,
    pub summary: Option<String>,
    /// In the order of the condition's rules.
    pub rules: Vec<RuleRun>,
    /// Set aside by a retry of the stage.
    pub retried: bool,
}

/// One time that a rule was asked.
#[derive(Clone, Debug)]
pub struct RuleRun {
    pub id: String,
    pub status: ActionStatus,
    pub started: Millis,
    pub updated: Millis,
    pub updated_by: Option<String>,
    pub summary: Option<String>,
    pub external_id: Option<String>,
    pub external_url: Option<String>,
    pub error: Option<(String, String)>,
    pub following: Following,
    pub scenario: Option<String>,
}

impl RuleRun {
    pub fn is_running(&self) -> bool {
        self.status == ActionStatus::InProgress
    }
}

#[derive(Clone, Debug)]
pub struct Execution {
    pub id: String,
    /// Counts up in a pipeline; a higher one is the more recent.
    pub number: u64,
    pub status: ExecutionStatus,
    pub started: Millis,
    pub updated: Millis,
    pub trigger: Trigger,
    /// The pipeline's version, mode and structure when it began; `runs` and `stages` point into the last.
    pub version: u32,
    pub mode: Mode,
    pub structure: Arc<Vec<StageDefinition>>,
    /// As resolved at its start.
    pub variables: Vec<(String, String)>,
    /// The execution whose revisions, variables and artifacts a rollback brings back.
    pub rollback_of: Option<String>,
    /// Why it ended so, where AWS says more than the status.
    pub summary: Option<String>,
    /// By source action, in the order they were found.
    pub revisions: Vec<(String, Revision)>,
    pub stop_reason: Option<String>,
    pub position: Position,
    pub stages: Vec<StageRun>,
    /// In the order they started, retried attempts included.
    pub runs: Vec<ActionRun>,
    /// In the order they were asked.
    pub conditions: Vec<ConditionRun>,
}

impl Execution {
    /// The run that counts now for an action: its last one not set aside by a retry.
    pub fn current_run(&self, stage: usize, action: usize) -> Option<&ActionRun> {
        self.runs
            .iter()
            .rev()
            .find(|run| run.stage == stage && run.action == action && !run.retried)
    }

    /// What came of a stage's condition, if it was asked and no retry set that aside.
    pub fn condition(&self, stage: usize, kind: ConditionKind) -> Option<&ConditionRun> {
        self.conditions
            .iter()
            .rev()
            .find(|run| run.stage == stage && run.kind == kind && !run.retried)
    }

    /// STANDARD or ROLLBACK.
    pub fn kind(&self) -> &'static str {
        if self.rollback_of.is_some() {
            "ROLLBACK"
        } else {
            "STANDARD"
        }
    }

    /// The execution under whose id its artifacts are kept: a rollback takes those of its target.
    pub fn artifact_execution(&self) -> &str {
        self.rollback_of.as_deref().unwrap_or(&self.id)
    }

    /// The stage it is in.
    pub fn stage_entered(&self) -> Option<usize> {
        match self.position {
            Position::In { stage } => Some(stage),
            Position::Before { .. } | Position::Over => None,
        }
    }
}

/// What an action in progress waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Following {
    /// Its own end, at a known time.
    Time(Millis),
    /// A CodeBuild build.
    Build(String),
    /// A CodeDeploy deployment.
    Deployment(String),
    /// A build or a deployment in another account or region, as `errands` carries it there.
    Away,
    /// A person, until the time given.
    Answer {
        expires: Millis,
        colleague: Option<Millis>,
    },
    /// Nothing more.
    Nothing,
}

/// One attempt at one action.
#[derive(Clone, Debug)]
pub struct ActionRun {
    pub id: String,
    pub stage: usize,
    pub action: usize,
    pub status: ActionStatus,
    pub started: Millis,
    pub updated: Millis,
    pub summary: Option<String>,
    /// The approval token; kept after the answer to tell a late answer from a wrong one.
    pub token: Option<String>,
    pub updated_by: Option<String>,
    pub external_id: Option<String>,
    pub external_url: Option<String>,
    pub error: Option<(String, String)>,
    /// The log stream of a Commands action.
    pub log_stream_arn: Option<String>,
    pub following: Following,
    pub scenario: Option<String>,
    /// Set aside: a retry of the stage ran the action again or will.
    pub retried: bool,
}

impl ActionRun {
    pub fn is_running(&self) -> bool {
        self.status == ActionStatus::InProgress
    }
}
