//! The structure of one version of a pipeline, as GetPipeline tells it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::ids::{AccountNumber, ActionName, Region, RuleName, StageName};
use crate::model::pipeline::ExecutionMode;

/// The structure of one version of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    pub version: u32,
    pub arn: String,
    /// `V1`, `V2`.
    pub pipeline_type: String,
    pub mode: ExecutionMode,
    pub role_arn: String,
    /// One, or one for each region that actions run in.
    pub artifact_stores: Vec<ArtifactStore>,
    /// V2 only: what a release may be given.
    pub variables: Vec<VariableDeclaration>,
    /// V2 only: what starts it, beside a person.
    pub triggers: Vec<TriggerDeclaration>,
    pub stages: Vec<StageDeclaration>,
}

impl Definition {
    /// A structure of these stages and nothing else.
    pub fn new(version: u32, mode: ExecutionMode, stages: Vec<StageDeclaration>) -> Self {
        Self {
            version,
            arn: String::new(),
            pipeline_type: "V2".to_owned(),
            mode,
            role_arn: String::new(),
            artifact_stores: Vec::new(),
            variables: Vec::new(),
            triggers: Vec::new(),
            stages,
        }
    }

    pub fn stage(&self, name: &StageName) -> Option<&StageDeclaration> {
        self.stages.iter().find(|stage| stage.name == *name)
    }

    pub fn has_conditions(&self) -> bool {
        self.stages.iter().any(|stage| !stage.conditions.is_empty())
    }
}

/// Where artifacts are kept between actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactStore {
    /// None: of the pipeline's own region.
    pub region: Option<Region>,
    /// `S3`.
    pub kind: String,
    pub bucket: String,
    /// Id, ARN or alias of a KMS key; none: the default key of S3 in the account.
    pub encryption_key: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableDeclaration {
    pub name: String,
    pub default: Option<String>,
    pub description: Option<String>,
}

/// A Git trigger of a V2 pipeline, its filters in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerDeclaration {
    pub source_action: ActionName,
    /// `push to branches main, release/*`, `pull requests opened, updated on main`, ...
    pub filters: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageDeclaration {
    pub name: StageName,
    /// In AWS's order; actions of one `run_order` run beside each other, the next order after all of them.
    pub actions: Vec<ActionDeclaration>,
    pub conditions: Vec<ConditionDeclaration>,
    pub on_failure: Option<FailureHandling>,
}

impl StageDeclaration {
    /// A stage of these actions, without conditions.
    pub fn new(name: StageName, actions: Vec<ActionDeclaration>) -> Self {
        Self {
            name,
            actions,
            conditions: Vec::new(),
            on_failure: None,
        }
    }
}

/// What AWS does by itself when a stage has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureHandling {
    /// AWS's word: `ROLLBACK`, `RETRY`, `FAIL`, `SKIP`.
    pub result: String,
    /// Of a retry: `FAILED_ACTIONS` or `ALL_ACTIONS`.
    pub retry_mode: Option<String>,
}

/// Rules that let an execution into a stage, out of it, or decide what its failure means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionDeclaration {
    pub kind: ConditionKind,
    /// What happens when a rule fails: `FAIL`, `ROLLBACK`, `RETRY`, `SKIP`.
    pub result: String,
    pub rules: Vec<RuleDeclaration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionKind {
    BeforeEntry,
    OnSuccess,
    OnFailure,
}

impl ConditionKind {
    /// `before entry`, as a person reads it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::BeforeEntry => "before entry",
            Self::OnSuccess => "on success",
            Self::OnFailure => "on failure",
        }
    }

    /// AWS's word where OverrideStageCondition takes one; a condition on failure cannot be overridden.
    pub const fn override_word(self) -> Option<&'static str> {
        match self {
            Self::BeforeEntry => Some("BEFORE_ENTRY"),
            Self::OnSuccess => Some("ON_SUCCESS"),
            Self::OnFailure => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleDeclaration {
    pub name: RuleName,
    /// `CloudWatchAlarm`, `DeploymentWindow`, `LambdaInvoke`, `VariableCheck`, `Commands`, ...
    pub provider: String,
    pub configuration: BTreeMap<String, String>,
    pub commands: Vec<String>,
    pub input_artifacts: Vec<String>,
    pub role_arn: Option<String>,
    pub region: Option<Region>,
    pub timeout_minutes: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionDeclaration {
    pub name: ActionName,
    pub category: ActionCategory,
    /// `AWS`, `ThirdParty`, `Custom`.
    pub owner: String,
    /// `CodeBuild`, `CodeDeploy`, `CodeStarSourceConnection`, `ECS`, ...
    pub provider: String,
    pub run_order: u32,
    /// As configured. Secrets of third-party actions arrive masked by AWS.
    pub configuration: BTreeMap<String, String>,
    /// The shell lines of a Commands action.
    pub commands: Vec<String>,
    pub input_artifacts: Vec<String>,
    pub output_artifacts: Vec<String>,
    /// Under which its output variables are known to later actions.
    pub namespace: Option<String>,
    pub output_variables: Vec<String>,
    /// Where it runs, if elsewhere than the pipeline.
    pub region: Option<Region>,
    pub role_arn: Option<String>,
}

impl ActionDeclaration {
    /// AWS's own action of this provider, first in its stage and without configuration.
    pub fn new(name: ActionName, category: ActionCategory, provider: &str) -> Self {
        Self {
            name,
            category,
            owner: "AWS".to_owned(),
            provider: provider.to_owned(),
            run_order: 1,
            configuration: BTreeMap::new(),
            commands: Vec::new(),
            input_artifacts: Vec::new(),
            output_artifacts: Vec::new(),
            namespace: None,
            output_variables: Vec::new(),
            region: None,
            role_arn: None,
        }
    }

    /// The account it runs in, if its role is of another account than `pipeline_arn`'s.
    pub fn foreign_account(&self, pipeline_arn: &str) -> Option<AccountNumber> {
        let account = account_of(self.role_arn.as_deref()?)?;
        (account_of(pipeline_arn) != Some(account)).then(|| account.into())
    }
}

/// The twelve digits in an ARN.
pub fn account_of(arn: &str) -> Option<&str> {
    arn.split(':')
        .nth(4)
        .filter(|account| account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()))
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionCategory {
    Source,
    Build,
    Deploy,
    Test,
    Invoke,
    Approval,
    Compute,
    Other(Arc<str>),
}

impl ActionCategory {
    pub fn of(word: &str) -> Self {
        match word {
            "Source" => Self::Source,
            "Build" => Self::Build,
            "Deploy" => Self::Deploy,
            "Test" => Self::Test,
            "Invoke" => Self::Invoke,
            "Approval" => Self::Approval,
            "Compute" => Self::Compute,
            other => Self::Other(Arc::from(other)),
        }
    }

    pub fn label(&self) -> &str {
        match self {
            Self::Source => "Source",
            Self::Build => "Build",
            Self::Deploy => "Deploy",
            Self::Test => "Test",
            Self::Invoke => "Invoke",
            Self::Approval => "Approval",
            Self::Compute => "Compute",
            Self::Other(word) => word,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_foreign_only_by_a_role_of_another_account() {
        let mut action =
            ActionDeclaration::new("deploy".into(), ActionCategory::Deploy, "CodeDeploy");
        let pipeline = "arn:aws:codepipeline:eu-west-1:111122223333:pier";
        assert_eq!(action.foreign_account(pipeline), None);
        action.role_arn = Some("arn:aws:iam::111122223333:role/deploy".to_owned());
        assert_eq!(action.foreign_account(pipeline), None);
        action.role_arn = Some("arn:aws:iam::444455556666:role/deploy".to_owned());
        assert_eq!(
            action.foreign_account(pipeline),
            Some("444455556666".into())
        );
        action.role_arn = Some("deploy".to_owned());
        assert_eq!(action.foreign_account(pipeline), None);
    }
}
