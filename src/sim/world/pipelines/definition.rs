//! What a pipeline is: its stages, their actions, and how an action behaves that no other part plays.
//!
//! Definitions come from a story or from the generator and never change while the world runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sim::wire::Millis;

/// How executions of one pipeline share its stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Superseded,
    Queued,
    Parallel,
}

impl Mode {
    /// AWS's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Superseded => "SUPERSEDED",
            Self::Queued => "QUEUED",
            Self::Parallel => "PARALLEL",
        }
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
    pub created: Millis,
    pub updated: Millis,
    /// Variables with their default values.
    pub variables: Vec<(String, String)>,
    /// Shared, since a generated account has thousands of pipelines of the same few shapes.
    pub stages: Arc<Vec<StageDefinition>>,
}

impl Definition {
    pub fn stage_index(&self, name: &str) -> Option<usize> {
        self.stages.iter().position(|stage| stage.name == name)
    }
}

#[derive(Clone, Debug)]
pub struct StageDefinition {
    pub name: String,
    pub actions: Vec<ActionDefinition>,
}

impl StageDefinition {
    pub fn action_index(&self, name: &str) -> Option<usize> {
        self.actions.iter().position(|action| action.name == name)
    }

    /// The run orders in use, ascending.
    pub fn run_orders(&self) -> Vec<u32> {
        let mut orders: Vec<u32> = self.actions.iter().map(|action| action.run_order).collect();
        orders.sort_unstable();
        orders.dedup();
        orders
    }
}

#[derive(Clone, Debug)]
pub struct ActionDefinition {
    pub name: String,
    pub category: &'static str,
    pub owner: &'static str,
    pub provider: String,
    pub run_order: u32,
    pub configuration: BTreeMap<String, String>,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub namespace: Option<String>,
    pub timeout_minutes: Option<u32>,
    /// The shell lines of a Commands action.
    pub commands: Vec<String>,
    pub behaviour: Behaviour,
}

impl ActionDefinition {
    pub fn is_gate(&self) -> bool {
        self.category == "Approval"
    }

    pub fn setting(&self, key: &str) -> &str {
        self.configuration.get(key).map_or("", String::as_str)
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
        "Jenkins" => ("Test", "Custom"),
        "DeviceFarm" => ("Test", "AWS"),
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
        "Lambda" | "StepFunctions" | "InspectorScan" => ("Invoke", "AWS"),
        "Commands" => ("Compute", "AWS"),
        "Manual" => ("Approval", "AWS"),
        _ => return None,
    })
}
