//! What the AWS room reads and writes of pipelines and approvals, against the simulated account over a real socket.
//!
//! The stories `harbour` and `races` on a hand-turned clock.

mod artifacts;
mod gates;
mod stages;
mod trail;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use starboard::aws::Aws;
use starboard::engine::source::{Checked, Found, Seen, Sent, Writer};
use starboard::model::command::{Command, Decision, Gate};
use starboard::model::fault::Fault;
use starboard::model::ids::{ActionKey, ExecutionId, PipelineKey, Scope};
use starboard::model::oneshot::Review;
use starboard::sim::{Options, Simulator};

use crate::account::signed_in;

const START: i64 = 1_900_000_000_000;

/// All accounts of a story, signed in to.
struct Story {
    sim: Simulator,
    aws: Aws,
    writer: Arc<dyn Writer>,
    now: Arc<AtomicI64>,
    /// What the last fresh read saw.
    seen: Mutex<Seen>,
}

impl Story {
    async fn start(name: &str) -> Self {
        let (sim, aws, now) = signed_in(Options::named(name), START).await;
        Self {
            writer: aws.writer(),
            sim,
            aws,
            now,
            seen: Mutex::default(),
        }
    }

    fn pass(&self, span: Duration) {
        self.now
            .fetch_add(span.as_millis() as i64, Ordering::AcqRel);
    }

    async fn checked(&self, command: &Command) -> Checked {
        let checked = self.writer.check(command).await.unwrap();
        if let Checked::Go(seen) = &checked {
            *self.seen.lock().unwrap() = seen.clone();
        }
        checked
    }

    async fn not_sent(&self, command: &Command) -> String {
        match self.checked(command).await {
            Checked::Changed(said) => said,
            Checked::Go(_) => panic!("the fresh read must stop {command:?}"),
        }
    }

    async fn refused(&self, command: &Command) -> Fault {
        match self.writer.send(command).await {
            Sent::Refused(fault) => fault,
            other => panic!("{command:?}: {other:?}"),
        }
    }

    async fn found(&self, command: &Command) -> Option<Found> {
        let seen = self.seen.lock().unwrap().clone();
        self.writer.look_up(command, &seen).await.unwrap()
    }

    /// Checks, sends and looks up; returns what AWS's acceptance is told as.
    async fn goes_through(&self, command: &Command) -> String {
        assert!(
            matches!(self.checked(command).await, Checked::Go(_)),
            "{command:?}"
        );
        let message = match self.writer.send(command).await {
            Sent::Accepted(message) => message,
            other => panic!("{command:?}: {other:?}"),
        };
        let found = self.found(command).await;
        assert!(found.is_some_and(|found| found.applied), "{command:?}");
        message
    }

    async fn review(
        &self,
        pipeline: &PipelineKey,
        action: &ActionKey,
        execution: Option<&str>,
    ) -> Result<Review, Fault> {
        let execution = execution.map(ExecutionId::from);
        self.aws
            .review(pipeline, action, execution.as_ref(), &pipeline.scope)
            .await
    }
}

fn key(account: &str, region: &str, name: &str) -> PipelineKey {
    PipelineKey {
        scope: Scope {
            account: account.into(),
            region: region.into(),
        },
        name: name.into(),
    }
}

fn action(stage: &str, action: &str) -> ActionKey {
    ActionKey {
        stage: stage.into(),
        action: action.into(),
    }
}

fn approve(gate: &Gate) -> Command {
    Command::Decide {
        gate: gate.clone(),
        decision: Decision::Approve,
        comment: "from the wire test".into(),
    }
}
