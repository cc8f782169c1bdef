//! How a deployment walks its fleet, instance by instance and event by event.
//!
//! `Deployments` calls [`Deployment::step`] when it is due. As many instances are taken out at once as the
//! minimum of healthy hosts leaves room for; a failed one keeps its place, so failures narrow the front
//! until nothing more can be begun.

use crate::sim::wire::Millis;

use super::deployment::{Deployment, DeploymentStatus, TargetStatus};

impl Deployment {
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
