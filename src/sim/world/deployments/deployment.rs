//! One deployment walking its fleet, instance by instance and event by event.
//!
//! Times of events are told from the moment an instance was begun and the plan, so a finished deployment
//! keeps a few words an instance. [`Deployment::step`] is the machine; `Deployments` calls it when it is due.

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
    started: Option<Millis>,
    /// Events that are over, the failed one included.
    finished: usize,
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

    fn failure(&self, target: &Target, event: &EventPlan) -> Option<&Failure> {
        self.failures.iter().find(|failure| {
            failure.event == event.name
                && failure
                    .instance
                    .as_ref()
                    .is_none_or(|instance| *instance == target.instance)
        })
    }

    /// When the event at `index` begins on an instance: no two machines are equally fast.
    fn boundary(&self, target: &Target, index: usize) -> Millis {
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

    /// When the next thing happens by itself.
    pub(super) fn next_event(&self) -> Option<Millis> {
        match self.status {
            DeploymentStatus::Created => Some(self.begins),
            DeploymentStatus::InProgress => self
                .targets
                .iter()
                .filter(|target| target.status == TargetStatus::InProgress)
                .map(|target| self.boundary(target, target.finished + 1))
                .min(),
            _ => None,
        }
    }

    /// Does what is due at `now`.
    pub(super) fn step(&mut self, now: Millis) {
        if self.status == DeploymentStatus::Created {
            self.status = DeploymentStatus::InProgress;
            self.started = Some(now);
            if let Some((code, message)) = self.impossible() {
                self.skip_pending(now);
                self.finish(now, DeploymentStatus::Failed, Some((code, message)));
                return;
            }
        }
        for index in 0..self.targets.len() {
            self.step_target(index, now);
        }
        if self.stop.is_none() {
            self.begin_more(now);
        }
        self.conclude(now);
    }

    fn impossible(&self) -> Option<(&'static str, String)> {
        if self.targets.is_empty() {
            return Some((
                "NO_INSTANCES",
                "The deployment failed because no instances were found for your deployment group. Check \
                 your deployment group settings to make sure the tags for your Amazon EC2 instances or Auto \
                 Scaling groups correctly identify the instances you want to deploy to, and then try again."
                    .to_owned(),
            ));
        }
        (self.minimum >= self.targets.len()).then(|| {
            (
                "HEALTH_CONSTRAINTS_INVALID",
                format!(
                    "The deployment can't succeed, as specified. Your deployment group contains {} instance(s), \
                     but the deployment configuration requires at least {} healthy instance(s).",
                    self.targets.len(),
                    self.minimum
                ),
            )
        })
    }

    fn step_target(&mut self, index: usize, now: Millis) {
        loop {
            let Some(target) = self.targets.get(index) else {
                return;
            };
            if target.status != TargetStatus::InProgress {
                return;
            }
            let ends = self.boundary(target, target.finished + 1);
            if ends > now {
                return;
            }
            let failed = self
                .events
                .get(target.finished)
                .is_some_and(|event| self.failure(target, event).is_some());
            let last = target.finished + 1 == self.events.len();
            let stopping = self.stop.is_some();
            let Some(target) = self.targets.get_mut(index) else {
                return;
            };
            target.finished += 1;
            target.updated = ends;
            if failed {
                target.status = TargetStatus::Failed;
            } else if last {
                target.status = TargetStatus::Succeeded;
            } else if stopping {
                target.status = TargetStatus::Skipped;
            }
        }
    }

    /// Begins instances as long as enough others serve; those that do not serve anyway come first.
    fn begin_more(&mut self, now: Millis) {
        let mut serving = self.targets.iter().filter(|target| target.serves()).count();
        let at_once = self.targets.len().saturating_sub(self.minimum).max(1);
        let mut running = self.overview().in_progress;
        for target in &mut self.targets {
            if target.status != TargetStatus::Pending {
                continue;
            }
            let cost = usize::from(target.serves());
            if running == at_once || serving < self.minimum + cost {
                break;
            }
            serving -= cost;
            running += 1;
            target.status = TargetStatus::InProgress;
            target.started = Some(now);
            target.updated = now;
        }
    }

    /// Ends the deployment when nothing runs and nothing more can be begun.
    fn conclude(&mut self, now: Millis) {
        let overview = self.overview();
        if overview.in_progress > 0 {
            return;
        }
        if self.stop.is_some() {
            self.skip_pending(now);
            let error = (
                "MANUAL_STOP",
                "The deployment was stopped manually.".to_owned(),
            );
            self.finish(now, DeploymentStatus::Stopped, Some(error));
            return;
        }
        let serving = self.targets.iter().filter(|target| target.serves()).count();
        if overview.pending == 0 && overview.succeeded > 0 && serving >= self.minimum {
            self.finish(now, DeploymentStatus::Succeeded, None);
            return;
        }
        self.skip_pending(now);
        let message = if overview.succeeded == 0 && overview.pending == 0 {
            "Deployment failed: Constraint default violated: No hosts succeeded."
        } else {
            "The overall deployment failed because too many individual instances failed deployment, too few \
             healthy instances are available for deployment, or some instances in your deployment group are \
             experiencing problems."
        };
        let error = ("HEALTH_CONSTRAINTS", message.to_owned());
        self.finish(now, DeploymentStatus::Failed, Some(error));
    }

    fn skip_pending(&mut self, now: Millis) {
        for target in &mut self.targets {
            if target.status == TargetStatus::Pending {
                target.status = TargetStatus::Skipped;
                target.updated = now;
            }
        }
    }

    fn finish(
        &mut self,
        now: Millis,
        status: DeploymentStatus,
        error: Option<(&'static str, String)>,
    ) {
        self.status = status;
        self.completed = Some(now);
        self.error = error;
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
