//! Applications, deployment groups with their fleets, and how a deployment to them goes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::sim::wire::Millis;

/// An application and its groups by name.
#[derive(Debug)]
pub struct Application {
    pub name: String,
    /// A UUID.
    pub id: String,
    pub created: Millis,
    pub(super) groups: BTreeMap<String, Group>,
}

impl Application {
    /// The groups in order of name.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }
}

/// What is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revision {
    S3 {
        bucket: String,
        key: String,
        /// tar, tgz, zip, YAML or JSON.
        bundle: String,
        version: Option<String>,
        etag: Option<String>,
    },
    GitHub {
        repository: String,
        commit: String,
    },
}

/// One machine of a fleet.
#[derive(Clone, Debug)]
pub struct Instance {
    /// `i-…`
    pub id: String,
    /// Stands for `{ip}` in the texts of scripts.
    pub ip: String,
    /// Stands for `{zone}` in the texts of scripts.
    pub zone: String,
    /// What runs on it.
    pub revision: Option<Revision>,
}

/// How many hosts must serve while a deployment goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MinimumHealthy {
    HostCount(u32),
    FleetPercent(u32),
}

impl MinimumHealthy {
    /// Hosts of a fleet that must stay healthy. A percentage is rounded up, but never to the whole fleet:
    /// `CodeDeployDefault.OneAtATime` is 99 percent.
    pub fn hosts(self, fleet: usize) -> usize {
        match self {
            Self::HostCount(hosts) => hosts as usize,
            Self::FleetPercent(percent) => (fleet * percent as usize)
                .div_ceil(100)
                .min(fleet.saturating_sub(1)),
        }
    }
}

/// A deployment configuration.
#[derive(Clone, Debug)]
pub struct DeploymentConfig {
    pub name: String,
    /// A UUID.
    pub id: String,
    pub minimum: MinimumHealthy,
    pub created: Millis,
}

/// One lifecycle event as a group runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPlan {
    /// AWS's name: `ApplicationStop`, `DownloadBundle`, `BeforeInstall`, …
    pub name: &'static str,
    pub lasts: Millis,
    /// The hook's script in the bundle.
    pub script: Option<String>,
}

/// The names of the events that a hook can be put on or the agent performs, in the order they run; the
/// traffic events belong to groups behind a load balancer.
pub const EVENT_NAMES: [&str; 13] = [
    "BeforeBlockTraffic",
    "BlockTraffic",
    "AfterBlockTraffic",
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
];

/// The events of a group without a load balancer, each with the time it usually takes.
pub fn standard_events() -> Vec<EventPlan> {
    [
        ("ApplicationStop", 3_000),
        ("DownloadBundle", 6_000),
        ("BeforeInstall", 2_000),
        ("Install", 11_000),
        ("AfterInstall", 4_000),
        ("ApplicationStart", 9_000),
        ("ValidateService", 20_000),
    ]
    .into_iter()
    .map(|(name, lasts)| EventPlan {
        name,
        lasts,
        script: None,
    })
    .collect()
}

/// The events of a group behind a load balancer.
pub fn balanced_events() -> Vec<EventPlan> {
    let traffic = |name, lasts| EventPlan {
        name,
        lasts,
        script: None,
    };
    let mut events = vec![
        traffic("BeforeBlockTraffic", 500),
        traffic("BlockTraffic", 15_000),
        traffic("AfterBlockTraffic", 500),
    ];
    events.extend(standard_events());
    events.extend([
        traffic("BeforeAllowTraffic", 500),
        traffic("AllowTraffic", 18_000),
        traffic("AfterAllowTraffic", 500),
    ]);
    events
}

/// An event that will fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Absent: on every instance.
    pub instance: Option<String>,
    /// The event's name.
    pub event: String,
    /// `ScriptFailed`, `ScriptTimedOut`, `ScriptMissing`, `ScriptNotExecutable` or `UnknownError`.
    pub code: String,
    /// In place of the hook's script.
    pub script: Option<String>,
    pub message: String,
    /// What the script wrote, each line with its `[stdout]` or `[stderr]`.
    pub log: Vec<String>,
}

/// When a failed or stopped deployment is rolled back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AutoRollback {
    pub on_failure: bool,
    pub on_alarm: bool,
    pub on_stop: bool,
}

impl AutoRollback {
    pub fn enabled(self) -> bool {
        self.on_failure || self.on_alarm || self.on_stop
    }

    /// AWS's words for the events.
    pub fn events(self) -> Vec<&'static str> {
        [
            (self.on_failure, "DEPLOYMENT_FAILURE"),
            (self.on_alarm, "DEPLOYMENT_STOP_ON_ALARM"),
            (self.on_stop, "DEPLOYMENT_STOP_ON_REQUEST"),
        ]
        .into_iter()
        .filter_map(|(on, word)| on.then_some(word))
        .collect()
    }
}

/// A deployment group: a fleet and how to deploy to it.
#[derive(Debug)]
pub struct Group {
    pub name: String,
    /// A UUID.
    pub id: String,
    /// The name of a [`DeploymentConfig`].
    pub config: String,
    /// The name of the service role.
    pub role: String,
    pub fleet: Vec<Instance>,
    /// The tag that makes an instance part of the fleet.
    pub tag: (String, String),
    /// The target group in front of it, if any; its events should then be [`balanced_events`].
    pub target_group: Option<String>,
    pub events: Arc<[EventPlan]>,
    pub auto_rollback: AutoRollback,
    /// CloudWatch alarms that are watched.
    pub alarms: Vec<String>,
    /// Deployments, oldest first.
    pub(super) deployments: Vec<String>,
    pub(super) last_succeeded: Option<String>,
    /// Instances that the last deployment did not finish.
    pub(super) unhealthy: BTreeSet<String>,
}

impl Group {
    /// A group with the standard events, one instance at a time, rolled back by nobody; every public field
    /// can be set afterwards.
    pub fn new(name: &str, fleet: Vec<Instance>) -> Self {
        Self {
            name: name.to_owned(),
            id: String::new(),
            config: "CodeDeployDefault.OneAtATime".to_owned(),
            role: "CodeDeployServiceRole".to_owned(),
            fleet,
            tag: ("Name".to_owned(), name.to_owned()),
            target_group: None,
            events: standard_events().into(),
            auto_rollback: AutoRollback::default(),
            alarms: Vec::new(),
            deployments: Vec::new(),
            last_succeeded: None,
            unhealthy: BTreeSet::new(),
        }
    }

    /// The newest deployment.
    pub fn last_attempted(&self) -> Option<&str> {
        self.deployments.last().map(String::as_str)
    }

    /// The newest deployment that succeeded.
    pub fn last_succeeded(&self) -> Option<&str> {
        self.last_succeeded.as_deref()
    }

    /// The ids of its deployments, oldest first.
    pub fn deployments(&self) -> &[String] {
        &self.deployments
    }
}

#[cfg(test)]
mod tests {
    use super::MinimumHealthy;

    #[test]
    fn the_predefined_configurations_mean_what_aws_says() {
        assert_eq!(MinimumHealthy::FleetPercent(99).hosts(12), 11);
        assert_eq!(MinimumHealthy::FleetPercent(50).hosts(5), 3);
        assert_eq!(MinimumHealthy::FleetPercent(0).hosts(5), 0);
        assert_eq!(MinimumHealthy::FleetPercent(75).hosts(12), 9);
        assert_eq!(MinimumHealthy::FleetPercent(99).hosts(1), 0);
        assert_eq!(MinimumHealthy::HostCount(3).hosts(12), 3);
    }
}
