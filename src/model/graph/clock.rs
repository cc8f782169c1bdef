//! An action's times in words, and how they compare with its past.

use crate::model::graph::{ActionNode, ActionTime};
use crate::model::pipeline::ActionCategory;
use crate::model::status::Status;
use crate::model::time::{Timestamp, duration, rough};

impl ActionNode {
    /// The text of the action's clock at `now`: `2 m 41 s`, `4 of ~6 min`, `waited 41 min`, `since 18 min`.
    pub fn clock(&self, now: Timestamp) -> String {
        let is_gate = self.category == ActionCategory::Approval;
        match self.time {
            ActionTime::Unknown => String::new(),
            ActionTime::Took(span) if is_gate => format!("waited {}", rough(span)),
            ActionTime::Took(span) => duration(span),
            ActionTime::Since(then) if self.state.status == Status::Waiting => {
                format!("since {}", rough(then.age(now)))
            }
            ActionTime::Since(then) => match self.usual {
                Some(usual) => {
                    let (so_far, usual) = (rough(then.age(now)), rough(usual));
                    // One unit is said once.
                    let same = so_far.rsplit(' ').next() == usual.rsplit(' ').next();
                    match so_far.split_once(' ') {
                        Some((number, _)) if same => format!("{number} of ~{usual}"),
                        _ => format!("{so_far} of ~{usual}"),
                    }
                }
                None => duration(then.age(now)),
            },
        }
    }

    /// How far a running action is of its usual time, from 0 to 1; none where the usual is not known.
    pub fn progress(&self, now: Timestamp) -> Option<f32> {
        let (ActionTime::Since(then), Status::Running) = (self.time, self.state.status) else {
            return None;
        };
        let usual = self.usual?.as_secs_f32().max(1.0);
        Some((then.age(now).as_secs_f32() / usual).min(1.0))
    }

    /// It runs longer than nine in ten of its successful runs took.
    pub fn is_slow(&self, now: Timestamp) -> bool {
        match (self.time, self.slow) {
            (ActionTime::Since(then), Some(slow)) => {
                self.state.status == Status::Running && then.age(now) > slow
            }
            _ => false,
        }
    }

    /// The line under the name: who decided, else the provider and where it runs.
    pub fn place(&self) -> String {
        let decided =
            self.category == ActionCategory::Approval && !matches!(self.time, ActionTime::Since(_));
        let provider = match self.provider.as_str() {
            // The connection knows whether it is GitHub's, GitLab's or Bitbucket's; the action does not.
            "CodeStarSourceConnection" => "Connection",
            other => other,
        };
        match (&self.by, &self.region) {
            (Some(by), _) if decided => format!("by {by}"),
            (_, Some(region)) => format!("{provider} · {region}"),
            _ => provider.to_owned(),
        }
    }
}
