//! One run of a pipeline, and the runs of its actions.
//!
//! These are records with AWS's own words for states; `machine` alone moves them.

use std::collections::BTreeMap;

use crate::sim::wire::Millis;
use crate::sim::world::Owner;
use crate::sim::world::pipelines::definition::Definition;

/// PipelineExecutionStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutionStatus {
    InProgress,
    Stopping,
    Stopped,
    Succeeded,
    Superseded,
    Failed,
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
        }
    }

    pub fn is_over(self) -> bool {
        !matches!(self, Self::InProgress | Self::Stopping)
    }
}

/// StageExecutionStatus, as far as this world reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageStatus {
    InProgress,
    Stopping,
    Stopped,
    Succeeded,
    Failed,
}

impl StageStatus {
    pub fn word(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}

/// ActionExecutionStatus.
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
    /// Source action to revision, in place of the newest one.
    pub overrides: BTreeMap<String, String>,
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
    /// By source action, in the order they were found.
    pub revisions: Vec<(String, Revision)>,
    pub stop_reason: Option<String>,
    pub position: Position,
    pub stages: Vec<StageRun>,
    /// In the order they started, retried attempts included.
    pub runs: Vec<ActionRun>,
}

impl Execution {
    /// The run that counts now for an action: its last one not set aside by a retry.
    pub fn current_run(&self, stage: usize, action: usize) -> Option<&ActionRun> {
        self.runs
            .iter()
            .rev()
            .find(|run| run.stage == stage && run.action == action && !run.retried)
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
