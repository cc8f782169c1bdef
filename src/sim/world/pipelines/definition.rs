//! What a pipeline is: its stages, their actions, and how an action behaves that no other part plays.
//!
//! Definitions come from a story, from the generator or from UpdatePipeline; one version never changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::sim::wire::Millis;
use crate::sim::world::pipelines::rules::{Condition, ConditionKind, OnFailure};

/// How executions of one pipeline share its stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Superseded,
    Queued,
    Parallel,
}

impl Mode {
    pub const ALL: [Self; 3] = [Self::Queued, Self::Superseded, Self::Parallel];

    /// AWS's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Superseded => "SUPERSEDED",
            Self::Queued => "QUEUED",
            Self::Parallel => "PARALLEL",
        }
    }

    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.word() == word)
    }
}

/// A pipeline as GetPipeline tells it.
#[derive(Clone, Debug)]
pub struct Definition {
    pub name: String,
    pub version: u32,
    /// `V1` or `V2`.
    pub pipeline_type: &'static str,
    pub mode: Mode,
    pub role_arn: String,
    pub artifact_bucket: String,
    /// Buckets of the other regions that actions run in.
    pub regional_buckets: BTreeMap<String, String>,
    /// A KMS key in place of S3's own.
    pub encryption_key: Option<String>,
    pub created: Millis,
    pub updated: Millis,
    pub variables: Vec<Variable>,
    /// PipelineTriggerDeclarations, kept as they were given: pushes are matched by repository and branch.
    pub triggers: Vec<Value>,
    /// Shared, since a generated account has thousands of pipelines of the same few shapes.
    pub stages: Arc<Vec<StageDefinition>>,
}

impl Definition {
    pub fn stage_index(&self, name: &str) -> Option<usize> {
        self.stages.iter().position(|stage| stage.name == name)
    }
}

/// A variable that an execution can be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub default: Option<String>,
    pub description: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct StageDefinition {
    pub name: String,
    pub actions: Vec<ActionDefinition>,
    pub before_entry: Option<Condition>,
    pub on_success: Option<Condition>,
    pub on_failure: Option<OnFailure>,
}

impl StageDefinition {
    pub fn action_index(&self, name: &str) -> Option<usize> {
        self.actions.iter().position(|action| action.name == name)
    }

    /// Its condition of a kind, if it has one.
    pub fn condition(&self, kind: ConditionKind) -> Option<&Condition> {
        match kind {
            ConditionKind::BeforeEntry => self.before_entry.as_ref(),
            ConditionKind::OnSuccess => self.on_success.as_ref(),
            ConditionKind::OnFailure => self.on_failure.as_ref()?.condition.as_ref(),
        }
    }

    /// Whether it reads sources. Such a stage cannot be rolled back.
    pub fn is_source(&self) -> bool {
        self.actions
            .iter()
            .any(|action| action.category == "Source")
    }

    /// The run orders in use, ascending.
    pub fn run_orders(&self) -> Vec<u32> {
        let mut orders: Vec<u32> = self.actions.iter().map(|action| action.run_order).collect();
        orders.sort_unstable();
        orders.dedup();
        orders
    }
}

#[derive(Clone, Debug, Default)]
pub struct ActionDefinition {
    pub name: String,
    pub category: &'static str,
    pub owner: &'static str,
    pub provider: String,
    /// Of the action's type; empty stands for `1`.
    pub type_version: String,
    pub run_order: u32,
    pub configuration: BTreeMap<String, String>,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub namespace: Option<String>,
    pub timeout_minutes: Option<u32>,
    /// The shell lines of a Commands action.
    pub commands: Vec<String>,
    /// What a Commands action hands on.
    pub output_variables: Vec<String>,
    pub environment: Vec<EnvironmentVariable>,
    /// Where it runs, if elsewhere than the pipeline.
    pub region: Option<String>,
    /// The role it runs with; of another account, that is where its build or deployment lives.
    pub role_arn: Option<String>,
    pub behaviour: Behaviour,
}

/// An environment variable of a Commands action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentVariable {
    pub name: String,
    pub value: String,
    /// `PLAINTEXT` or `SECRETS_MANAGER`.
    pub kind: &'static str,
}

impl ActionDefinition {
    pub fn is_gate(&self) -> bool {
        self.category == "Approval"
    }

    pub fn setting(&self, key: &str) -> &str {
        self.configuration.get(key).map_or("", String::as_str)
    }

    /// The account that its role is of.
    pub fn role_account(&self) -> Option<&str> {
        self.role_arn.as_deref()?.split(':').nth(4)
    }

    /// The repository and branch a source action reads, whatever its provider calls them.
    pub fn source(&self) -> Option<(&str, &str)> {
        if self.category != "Source" {
            return None;
        }
        let repository = ["RepositoryName", "FullRepositoryId", "Repo", "S3Bucket"];
        let branch = ["BranchName", "Branch", "ImageTag", "S3ObjectKey"];
        let first = |keys: [&str; 4]| {
            keys.into_iter()
                .find_map(|key| self.configuration.get(key))
                .map_or("", String::as_str)
        };
        Some((first(repository), first(branch)))
    }
}

/// How an action passes when the simulator has no service behind its provider, and who answers a gate.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    pub usual: Scripted,
    /// Other courses, named by the trigger of an execution. For CodeBuild and CodeDeploy the name is handed
    /// on to the project or the deployment group, and no entry is needed here.
    pub scenarios: Vec<(String, Scripted)>,
    /// The colleague who answers this gate in executions that are attended.
    pub answer: Option<UsualAnswer>,
    /// What the action hands on when it succeeds.
    pub variables: BTreeMap<String, String>,
}

impl Behaviour {
    /// The course of this name, if there is one.
    pub fn scenario(&self, name: &str) -> Option<&Scripted> {
        self.scenarios
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, course)| course)
    }
}

/// The course of one action that is a state of the pipeline only.
#[derive(Clone, Debug)]
pub struct Scripted {
    pub duration: Millis,
    pub outcome: Outcome,
    pub summary: Option<String>,
    pub link: Option<String>,
}

impl Default for Scripted {
    fn default() -> Self {
        Self {
            duration: 3_000,
            outcome: Outcome::Succeeds,
            summary: None,
            link: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeds,
    Fails { code: String, message: String },
}

#[derive(Clone, Debug)]
pub struct UsualAnswer {
    pub after: Millis,
    /// The user's name, from which the ARN is made.
    pub by: String,
    pub comment: String,
}

/// The category and owner that AWS gives a provider; none for a provider unknown to CodePipeline.
pub fn provider_kind(provider: &str) -> Option<(&'static str, &'static str)> {
    Some(match provider {
        "CodeCommit" | "CodeStarSourceConnection" | "ECR" => ("Source", "AWS"),
        "GitHub" => ("Source", "ThirdParty"),
        "CodeBuild" | "ECRBuildAndPublish" => ("Build", "AWS"),
        "CloudBees" | "TeamCity" => ("Build", "ThirdParty"),
        "Jenkins" => ("Test", "Custom"),
        "DeviceFarm" => ("Test", "AWS"),
        "BlazeMeter" | "GhostInspector" | "Micro-Focus-StormRunner-Load" | "Runscope" | "Apica" => {
            ("Test", "ThirdParty")
        }
        "S3"
        | "CodeDeploy"
        | "CloudFormation"
        | "CloudFormationStackSet"
        | "ECS"
        | "CodeDeployToECS"
        | "ElasticBeanstalk"
        | "AppConfig"
        | "EKS"
        | "EC2"
        | "ServiceCatalog" => ("Deploy", "AWS"),
        "XebiaLabs" => ("Deploy", "ThirdParty"),
        "Lambda" | "StepFunctions" | "InspectorScan" | "CodePipeline" => ("Invoke", "AWS"),
        "Snyk" => ("Invoke", "ThirdParty"),
        "Commands" => ("Compute", "AWS"),
        "Manual" => ("Approval", "AWS"),
        _ => return None,
    })
}
