//! A deployment as CodeDeploy tells it, and the fleet it walks.

use std::sync::Arc;

use crate::model::ids::{DeploymentId, DeploymentKey, TargetId};
use crate::model::remote::Remote;
use crate::model::status::{State, Status};
use crate::model::table::Record;
use crate::model::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentRow {
    pub key: DeploymentKey,
    pub deployment: Remote<Arc<Deployment>>,
    /// ListDeploymentTargets and BatchGetDeploymentTargets, sorted by attention and then by id.
    pub targets: Remote<Arc<Vec<Target>>>,
    /// GetDeploymentConfig of the deployment's configuration.
    pub minimum_healthy: Remote<MinimumHealthyHosts>,
}

impl Record for DeploymentRow {
    type Key = DeploymentKey;

    fn key(&self) -> &DeploymentKey {
        &self.key
    }
}

impl DeploymentRow {
    pub fn new(key: DeploymentKey) -> Self {
        Self {
            key,
            deployment: Remote::default(),
            targets: Remote::default(),
            minimum_healthy: Remote::default(),
        }
    }

    /// How many may still fail before the deployment does: needs the targets and the configuration.
    pub fn health(&self) -> Option<FleetHealth> {
        let targets = self.targets.value()?;
        let total = targets.len();
        let failed = targets
            .iter()
            .filter(|target| target.state.status.is_bad())
            .count();
        // An instance being deployed to is not serving by CodeDeploy's count (instances-health, CodeDeploy user guide).
        let moving = targets
            .iter()
            .filter(|target| target.state.status == Status::Running)
            .count();
        let minimum = self.minimum_healthy.value()?.hosts(total);
        Some(FleetHealth {
            total,
            serving: total - failed - moving,
            failed,
            minimum,
            may_still_fail: (total - failed).saturating_sub(minimum),
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FleetHealth {
    pub total: usize,
    pub serving: usize,
    pub failed: usize,
    /// The least that must stay healthy.
    pub minimum: usize,
    pub may_still_fail: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MinimumHealthyHosts {
    Count(usize),
    Percent(usize),
    /// Lambda and ECS configurations have none.
    None,
}

impl MinimumHealthyHosts {
    /// CodeDeploy rounds a percentage up (deployment-configurations, CodeDeploy user guide).
    pub fn hosts(&self, total: usize) -> usize {
        match self {
            Self::Count(count) => (*count).min(total),
            Self::Percent(percent) => (total * percent).div_ceil(100).min(total),
            Self::None => 0,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    pub id: DeploymentId,
    pub application: String,
    pub group: String,
    pub configuration: String,
    pub state: State,
    /// `Server`, `Lambda`, `ECS`.
    pub compute_platform: String,
    /// `IN_PLACE`, `BLUE_GREEN`.
    pub style: String,
    pub created: Option<Timestamp>,
    pub started: Option<Timestamp>,
    pub completed: Option<Timestamp>,
    /// `user`, `codeDeployRollback`, `autoscaling`, ...
    pub creator: String,
    pub description: Option<String>,
    /// The revision in one line: `s3://bucket/key`, `owner/repository@commit`.
    pub revision: Option<String>,
    pub error: Option<DeploymentError>,
    pub overview: Option<Overview>,
    /// Automatic rollback on failure is on.
    pub rolls_back_on_failure: bool,
    pub rollback: Rollback,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentError {
    pub code: String,
    pub message: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    pub pending: i64,
    pub in_progress: i64,
    pub succeeded: i64,
    pub failed: i64,
    pub skipped: i64,
    pub ready: i64,
}

/// How this deployment and another undo each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollback {
    /// The deployment that rolls this one back.
    pub rolled_back_by: Option<DeploymentId>,
    /// The deployment whose failure started this one.
    pub rolls_back: Option<DeploymentId>,
    pub message: Option<String>,
}

impl Deployment {
    /// A failed deployment that was rolled back is shown as that, never as success.
    pub fn status(&self) -> Status {
        if self.rollback.rolled_back_by.is_some() {
            Status::RolledBack
        } else {
            self.state.status
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub id: TargetId,
    /// `InstanceTarget`, `LambdaTarget`, `ECSTarget`, `CloudFormationTarget`.
    pub kind: String,
    pub state: State,
    /// `Blue`, `Green`, where it matters.
    pub label: Option<String>,
    pub updated: Option<Timestamp>,
    /// In AWS's order.
    pub events: Vec<LifecycleEvent>,
}

impl Target {
    pub fn failed_event(&self) -> Option<&LifecycleEvent> {
        self.events.iter().find(|event| event.state.status.is_bad())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifecycleEvent {
    /// `ApplicationStop`, `ValidateService`, ...
    pub name: String,
    pub state: State,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub diagnostics: Option<Diagnostics>,
}

/// What a lifecycle event's script left behind; the tail is at most 4 KB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics {
    pub error_code: String,
    pub script: String,
    pub message: String,
    pub log_tail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_of_hosts_rounds_up() {
        assert_eq!(MinimumHealthyHosts::Percent(75).hosts(12), 9);
        assert_eq!(MinimumHealthyHosts::Percent(50).hosts(3), 2);
        assert_eq!(MinimumHealthyHosts::Count(5).hosts(3), 3);
    }
}
