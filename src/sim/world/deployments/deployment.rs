//! One deployment: what it is, how its instances stand, and what CodeDeploy says about their events.
//!
//! Times of events are told from the moment an instance was begun and the plan, so a finished deployment
//! keeps a few words an instance. `walk` moves it on.

use std::sync::Arc;

use crate::sim::clock::Pace;
use crate::sim::random::Random;
use crate::sim::wire::Millis;

use super::fleet::{AutoRollback, EventPlan, Failure, Revision};

/// The most CodeDeploy keeps of a script's output.
const LOG_TAIL_BYTES: usize = 4 * 1024;

/// How a deployment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentStatus {
    Created,
    InProgress,
    Succeeded,
    Failed,
    Stopped,
}

impl DeploymentStatus {
    /// CodeDeploy's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::InProgress => "InProgress",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Stopped => "Stopped",
        }
    }

    pub fn complete(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Stopped)
    }
}

/// How an instance, or one event on it, stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetStatus {
    Pending,
    InProgress,
    Succeeded,
    Failed,
    Skipped,
}

impl TargetStatus {
    /// CodeDeploy's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
        }
    }
}

/// One instance of a deployment.
#[derive(Clone, Debug)]
pub struct Target {
    pub instance: String,
    pub ip: String,
    pub zone: String,
    pub status: TargetStatus,
    /// When its status or an event's last changed.
    pub updated: Millis,
    pub(super) started: Option<Millis>,
    /// Events that are over, the failed one included.
    pub(super) finished: usize,
    /// Whether it served before it was begun.
    healthy: bool,
}

/// What CodeDeploy says about one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics {
    pub code: String,
    pub script: String,
    pub message: String,
    /// At most the last 4 KiB.
    pub log_tail: String,
}

/// One event on one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    pub name: &'static str,
    pub status: TargetStatus,
    pub started: Option<Millis>,
    pub ended: Option<Millis>,
    /// Once it is over.
    pub diagnostics: Option<Diagnostics>,
}

/// Who made a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creator {
    User,
    Rollback,
}

/// How a deployment hangs together with the one that rolls it back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RollbackInfo {
    pub rollback: Option<String>,
    pub triggering: Option<String>,
    pub message: Option<String>,
}

/// How many instances stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    pub pending: usize,
    pub in_progress: usize,
    pub succeeded: usize,
    pub failed: usize,
    pub skipped: usize,
}

/// One deployment.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// `d-` and nine capitals and digits.
    pub id: String,
    pub application: String,
    pub group: String,
    pub config: String,
    pub revision: Revision,
    pub previous_revision: Option<Revision>,
    pub description: Option<String>,
    pub creator: Creator,
    pub created: Millis,
    pub started: Option<Millis>,
    pub completed: Option<Millis>,
    pub status: DeploymentStatus,
    /// Code and message.
    pub error: Option<(&'static str, String)>,
    pub rollback: RollbackInfo,
    pub auto_rollback: AutoRollback,
    pub targets: Vec<Target>,
    /// Healthy hosts that must be kept.
    pub minimum: usize,
    pub(super) events: Arc<[EventPlan]>,
    pub(super) failures: Vec<Failure>,
    pub(super) pace: Pace,
    pub(super) begins: Millis,
    /// Somebody asked to stop it, and whether to roll back then.
    pub(super) stop: Option<bool>,
}

impl Target {
    pub(super) fn new(instance: &super::fleet::Instance, healthy: bool, now: Millis) -> Self {
        Self {
            instance: instance.id.clone(),
            ip: instance.ip.clone(),
            zone: instance.zone.clone(),
            status: TargetStatus::Pending,
            updated: now,
            started: None,
            finished: 0,
            healthy,
        }
    }

    /// Whether it serves: new and sound, or old and not begun.
    pub fn serves(&self) -> bool {
        match self.status {
            TargetStatus::Succeeded => true,
            TargetStatus::Pending => self.healthy,
            TargetStatus::Skipped => self.healthy && self.started.is_none(),
            TargetStatus::InProgress | TargetStatus::Failed => false,
        }
    }

    /// Whether it was begun and not brought to a good end.
    pub(super) fn unfinished(&self) -> bool {
        match self.status {
            TargetStatus::Succeeded => false,
            TargetStatus::Pending | TargetStatus::Skipped => {
                self.started.is_some() || !self.healthy
            }
            TargetStatus::InProgress | TargetStatus::Failed => true,
        }
    }
}

impl Deployment {
    pub fn target(&self, instance: &str) -> Option<&Target> {
        self.targets
            .iter()
            .find(|target| target.instance == instance)
    }

    pub fn overview(&self) -> Overview {
        let mut overview = Overview::default();
        for target in &self.targets {
            *match target.status {
                TargetStatus::Pending => &mut overview.pending,
                TargetStatus::InProgress => &mut overview.in_progress,
                TargetStatus::Succeeded => &mut overview.succeeded,
                TargetStatus::Failed => &mut overview.failed,
                TargetStatus::Skipped => &mut overview.skipped,
            } += 1;
        }
        overview
    }

    /// The events of one instance, in the order they run.
    pub fn event_records(&self, target: &Target) -> Vec<EventRecord> {
        self.events
            .iter()
            .enumerate()
            .map(|(index, event)| {
                let failed = target.status == TargetStatus::Failed && index + 1 == target.finished;
                let status = if failed {
                    TargetStatus::Failed
                } else if index < target.finished {
                    TargetStatus::Succeeded
                } else {
                    match target.status {
                        TargetStatus::InProgress if index == target.finished => {
                            TargetStatus::InProgress
                        }
                        TargetStatus::InProgress | TargetStatus::Pending => TargetStatus::Pending,
                        _ => TargetStatus::Skipped,
                    }
                };
                let over = index < target.finished;
                let ran = over || status == TargetStatus::InProgress;
                EventRecord {
                    name: event.name,
                    status,
                    started: ran.then(|| self.boundary(target, index)),
                    ended: over.then(|| self.boundary(target, index + 1)),
                    diagnostics: over.then(|| self.diagnostics(target, event, failed)),
                }
            })
            .collect()
    }

    fn diagnostics(&self, target: &Target, event: &EventPlan, failed: bool) -> Diagnostics {
        match self.failure(target, event).filter(|_| failed) {
            None => Diagnostics {
                code: "Success".to_owned(),
                script: String::new(),
                message: "Succeeded".to_owned(),
                log_tail: String::new(),
            },
            Some(failure) => {
                let script = failure
                    .script
                    .clone()
                    .or_else(|| event.script.clone())
                    .unwrap_or_default();
                let told = |text: &str| {
                    text.replace("{instance}", &target.instance)
                        .replace("{ip}", &target.ip)
                        .replace("{zone}", &target.zone)
                        .replace("{script}", &script)
                };
                let mut log = vec![format!("LifecycleEvent - {}", event.name)];
                if !script.is_empty() {
                    log.push(format!("Script - {script}"));
                }
                log.extend(failure.log.iter().map(|line| told(line)));
                let log = log.join("\n") + "\n";
                Diagnostics {
                    code: failure.code.clone(),
                    message: told(&failure.message),
                    log_tail: last_bytes(&log, LOG_TAIL_BYTES).to_owned(),
                    script,
                }
            }
        }
    }

    pub(super) fn failure(&self, target: &Target, event: &EventPlan) -> Option<&Failure> {
        self.failures.iter().find(|failure| {
            failure.event == event.name
                && failure
                    .instance
                    .as_ref()
                    .is_none_or(|instance| *instance == target.instance)
        })
    }

    /// When the event at `index` begins on an instance: no two machines are equally fast.
    pub(super) fn boundary(&self, target: &Target, index: usize) -> Millis {
        let mut random = Random::named(self.begins as u64, &target.instance);
        let lasts: Millis = self
            .events
            .iter()
            .take(index)
            .map(|event| event.lasts * random.between(930, 1_080) / 1_000)
            .sum();
        self.pace
            .after(target.started.unwrap_or(self.begins), lasts)
    }
}

/// The end of a text, at most this long, cut between characters.
fn last_bytes(text: &str, most: usize) -> &str {
    let mut from = text.len().saturating_sub(most);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::last_bytes;

    #[test]
    fn a_log_tail_is_cut_between_characters() {
        assert_eq!(last_bytes("short", 4096), "short");
        let long = "é".repeat(3000);
        let tail = last_bytes(&long, LOG_TAIL);
        assert!(tail.len() <= LOG_TAIL && tail.chars().all(|letter| letter == 'é'));
    }

    const LOG_TAIL: usize = super::LOG_TAIL_BYTES - 1;
}
