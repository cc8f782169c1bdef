//! Writes: the fresh read before each, the one request, and the look-up when its answer was lost.
//!
//! The engine's command task calls the three steps in order and never repeats the second. A gate's token is its
//! idempotency key: it opens one gate of one execution once, so what a person saw is what gets decided, or nothing.

mod builds;
mod pipeline;
mod words;

use std::sync::Arc;

use crate::aws::calls::Calls;
use crate::aws::{Sessions, codedeploy};
use crate::engine::source::{BoxFuture, Checked, Found, Seen, Sent, Writer};
use crate::model::command::Command;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::DeploymentId;
use crate::model::status::Status;

pub(super) struct Writes {
    pub sessions: Arc<Sessions>,
}

impl Writer for Writes {
    fn check<'a>(&'a self, command: &'a Command) -> BoxFuture<'a, Result<Checked, Fault>> {
        Box::pin(async move {
            let calls = self.sessions.calls(command.scope()).await?;
            match command {
                Command::StopBuild { .. }
                | Command::RetryBuild { .. }
                | Command::StartBuild { .. }
                | Command::StartBatch { .. }
                | Command::StopBatch { .. }
                | Command::RetryBatch { .. } => builds::check(&calls, command).await,
                Command::StopDeployment { deployment, .. } => {
                    check_stop_deployment(&calls, deployment).await
                }
                command => pipeline::check(&calls, command).await,
            }
        })
    }

    fn send<'a>(&'a self, command: &'a Command) -> BoxFuture<'a, Sent> {
        Box::pin(async move {
            let calls = match self.sessions.calls(command.scope()).await {
                Ok(calls) => calls,
                Err(fault) => return Sent::Refused(fault),
            };
            match command {
                Command::StopBuild { .. }
                | Command::RetryBuild { .. }
                | Command::StartBuild { .. }
                | Command::StartBatch { .. }
                | Command::StopBatch { .. }
                | Command::RetryBatch { .. } => builds::send(&calls, command).await,
                Command::StopDeployment {
                    deployment,
                    roll_back,
                    ..
                } => stop_deployment(&calls, deployment, *roll_back).await,
                command => pipeline::send(&calls, command).await,
            }
        })
    }

    fn look_up<'a>(
        &'a self,
        command: &'a Command,
        seen: &'a Seen,
    ) -> BoxFuture<'a, Result<Option<Found>, Fault>> {
        Box::pin(async move {
            let calls = self.sessions.calls(command.scope()).await?;
            match command {
                Command::StopBuild { .. }
                | Command::RetryBuild { .. }
                | Command::StartBuild { .. }
                | Command::StartBatch { .. }
                | Command::StopBatch { .. }
                | Command::RetryBatch { .. } => builds::look_up(&calls, command, seen).await,
                Command::StopDeployment { deployment, .. } => {
                    let deployment = codedeploy::one(&calls, deployment).await?;
                    let state = &deployment.state;
                    Ok(stopped(state.status, state.word(), "the deployment"))
                }
                command => pipeline::look_up(&calls, command, seen).await,
            }
        })
    }
}

/// The outcome of a request that was sent: refused for certain, or nobody knows.
fn failed(fault: Fault) -> Sent {
    match fault.class {
        // The service answered, and said no.
        FaultClass::Throttled
        | FaultClass::SignIn
        | FaultClass::Denied
        | FaultClass::NotFound
        | FaultClass::Refused
        | FaultClass::Local => Sent::Refused(fault),
        // Lost on the way there or back, or broken behind the door: it may have been applied.
        FaultClass::Offline
        | FaultClass::TimedOut
        | FaultClass::Service
        | FaultClass::Unreadable => Sent::Unknown(fault),
    }
}

async fn check_stop_deployment(calls: &Calls<'_>, id: &DeploymentId) -> Result<Checked, Fault> {
    let deployment = codedeploy::one(calls, id).await?;
    let status = deployment.state.status;
    if status.is_moving() || status == Status::Waiting {
        return Ok(Checked::Go(Seen::default()));
    }
    Ok(Checked::Changed(format!(
        "the deployment has ended meanwhile: {}",
        deployment.state
    )))
}

async fn stop_deployment(calls: &Calls<'_>, id: &DeploymentId, roll_back: bool) -> Sent {
    let request = calls
        .clients
        .codedeploy
        .stop_deployment()
        .deployment_id(id.as_str())
        .auto_rollback_enabled(roll_back);
    let answer = calls
        .call(codedeploy::SERVICE, "StopDeployment", request.send())
        .await;
    match answer {
        Ok(answer) => Sent::Accepted(
            answer
                .status_message()
                .filter(|said| !said.is_empty())
                .unwrap_or("the deployment is being stopped")
                .to_owned(),
        ),
        Err(fault) => failed(fault),
    }
}

/// What a stop came to, from the state of the thing. Still moving: AWS does not tell yet.
fn stopped(status: Status, word: &str, what: &str) -> Option<Found> {
    match status {
        Status::Stopped => Some(Found {
            applied: true,
            message: format!("{what} was stopped"),
        }),
        Status::Running | Status::Queued | Status::Waiting | Status::NotRun => None,
        _ => Some(Found {
            applied: false,
            message: format!("{what} ended by itself: {word}"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Timestamp;

    #[test]
    fn only_what_aws_answered_is_refused_for_certain() {
        let fault = |class| {
            let mut fault = Fault::local("s", "o", "m", Timestamp::from_millis(1));
            fault.class = class;
            fault
        };
        for class in [
            FaultClass::Denied,
            FaultClass::Refused,
            FaultClass::Throttled,
        ] {
            assert!(
                matches!(failed(fault(class)), Sent::Refused(_)),
                "{class:?}"
            );
        }
        for class in [
            FaultClass::TimedOut,
            FaultClass::Offline,
            FaultClass::Service,
        ] {
            assert!(
                matches!(failed(fault(class)), Sent::Unknown(_)),
                "{class:?}"
            );
        }
    }
}
