//! The writes of CodePipeline, a file a verb: each with its fresh read, its one request, and what tells afterwards
//! whether a request whose answer was lost was applied.

mod condition;
mod gate;
mod release;
mod retry;
mod rollback;
mod stop;
mod transition;
mod words;

use crate::aws::calls::Calls;
use crate::aws::codepipeline::SERVICE;
use crate::aws::write::failed;
use crate::aws::write::words::plain;
use crate::engine::source::{Checked, Found, Seen, Sent};
use crate::model::command::Command;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{ExecutionId, StageName};
use crate::model::pipeline::StageState;

/// The fresh read before a write: what the person saw must still be so.
pub(super) async fn check(calls: &Calls<'_>, command: &Command) -> Result<Checked, Fault> {
    match command {
        Command::Decide { gate, .. } => gate::check(calls, gate).await,
        Command::ReleaseChange {
            pipeline,
            revisions,
            variables,
        } => release::check(calls, &pipeline.name, revisions, variables).await,
        Command::StopExecution {
            pipeline,
            execution,
            ..
        } => stop::check(calls, &pipeline.name, execution).await,
        Command::RetryStage {
            pipeline,
            stage,
            execution,
            ..
        } => retry::check(calls, &pipeline.name, stage, execution).await,
        Command::RollbackStage {
            pipeline,
            stage,
            target,
        } => rollback::check(calls, &pipeline.name, stage, target).await,
        Command::OverrideCondition { .. } => match condition::Override::of(command) {
            Some(asked) => asked.check(calls).await,
            None => Err(misdirected(calls)),
        },
        Command::SetTransition {
            pipeline,
            stage,
            enabled,
            ..
        } => transition::check(calls, &pipeline.name, stage, *enabled).await,
        Command::StopBuild { .. }
        | Command::RetryBuild { .. }
        | Command::StartBuild { .. }
        | Command::StartBatch { .. }
        | Command::StopBatch { .. }
        | Command::RetryBatch { .. }
        | Command::StopDeployment { .. } => Err(misdirected(calls)),
    }
}

/// The write: one request.
pub(super) async fn send(calls: &Calls<'_>, command: &Command) -> Sent {
    let sent = match command {
        Command::Decide {
            gate,
            decision,
            comment,
        } => return gate::send(calls, gate, *decision, comment).await,
        Command::ReleaseChange {
            pipeline,
            revisions,
            variables,
        } => release::send(calls, &pipeline.name, revisions, variables).await,
        Command::StopExecution {
            pipeline,
            execution,
            abandon,
            reason,
        } => stop::send(calls, &pipeline.name, execution, *abandon, reason).await,
        Command::RetryStage {
            pipeline,
            stage,
            execution,
            mode,
        } => retry::send(calls, &pipeline.name, stage, execution, *mode).await,
        Command::RollbackStage {
            pipeline,
            stage,
            target,
        } => rollback::send(calls, &pipeline.name, stage, target).await,
        Command::OverrideCondition { .. } => match condition::Override::of(command) {
            Some(asked) => asked.send(calls).await,
            None => Err(misdirected(calls)),
        },
        Command::SetTransition {
            pipeline,
            stage,
            enabled,
            reason,
        } => transition::send(calls, &pipeline.name, stage, *enabled, reason).await,
        Command::StopBuild { .. }
        | Command::RetryBuild { .. }
        | Command::StartBuild { .. }
        | Command::StartBatch { .. }
        | Command::StopBatch { .. }
        | Command::RetryBatch { .. }
        | Command::StopDeployment { .. } => Err(misdirected(calls)),
    };
    match sent {
        Ok(message) => Sent::Accepted(message),
        Err(fault) => failed(plain(fault, words::words)),
    }
}

/// After a lost answer: what AWS shows now. None while it shows nothing that decides.
pub(super) async fn look_up(
    calls: &Calls<'_>,
    command: &Command,
    seen: &Seen,
) -> Result<Option<Found>, Fault> {
    match command {
        Command::Decide { gate, decision, .. } => gate::look_up(calls, gate, *decision).await,
        Command::ReleaseChange {
            pipeline,
            revisions,
            ..
        } => release::look_up(calls, &pipeline.name, revisions, seen).await,
        Command::StopExecution {
            pipeline,
            execution,
            abandon,
            ..
        } => stop::look_up(calls, &pipeline.name, execution, *abandon).await,
        Command::RetryStage {
            pipeline,
            stage,
            execution,
            ..
        } => retry::look_up(calls, &pipeline.name, stage, execution, seen).await,
        Command::RollbackStage {
            pipeline, target, ..
        } => rollback::look_up(calls, &pipeline.name, target, seen).await,
        Command::OverrideCondition { .. } => match condition::Override::of(command) {
            Some(asked) => asked.look_up(calls).await,
            None => Err(misdirected(calls)),
        },
        Command::SetTransition {
            pipeline,
            stage,
            enabled,
            ..
        } => transition::look_up(calls, &pipeline.name, stage, *enabled).await,
        Command::StopBuild { .. }
        | Command::RetryBuild { .. }
        | Command::StartBuild { .. }
        | Command::StartBatch { .. }
        | Command::StopBatch { .. }
        | Command::RetryBatch { .. }
        | Command::StopDeployment { .. } => Err(misdirected(calls)),
    }
}

/// A command of another service, or one that CodePipeline has no request for.
fn misdirected(calls: &Calls<'_>) -> Fault {
    calls
        .place(SERVICE, "send")
        .fault(FaultClass::Local, "CodePipeline has no such request")
}

fn find<'a>(stages: &'a [StageState], name: &StageName) -> Option<&'a StageState> {
    stages.iter().find(|stage| stage.name == *name)
}

fn no_stage(stage: &StageName) -> Checked {
    Checked::Changed(format!("there is no stage {stage} any more"))
}

/// Why a stage that must be at rest with this execution is not; none if it is.
fn not_at_rest(stage: &StageState, execution: &ExecutionId) -> Option<Checked> {
    match &stage.latest {
        Some((latest, state)) if latest == execution && state.status.is_moving() => Some(
            Checked::Changed(format!("the stage is not at rest: {state}")),
        ),
        Some((latest, _)) if latest != execution => Some(Checked::Changed(format!(
            "another execution has entered the stage meanwhile: {}",
            latest.short()
        ))),
        // PARALLEL pipelines tell no state.
        Some(_) | None => None,
    }
}

fn found(applied: bool, if_so: &str, if_not: &str) -> Found {
    Found {
        applied,
        message: if applied { if_so } else { if_not }.to_owned(),
    }
}
