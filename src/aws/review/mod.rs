//! What goes through a gate: the card a person reads before deciding, all of it read when it is asked for.
//!
//! What cannot be read beside the gate itself (commits, evidence, alarms, tests, files) leaves its place empty or says
//! why; the rest stands.

mod changes;
mod evidence;
mod gates;

use std::future::Future;
use std::sync::Arc;

use crate::aws::calls::Calls;
use crate::aws::{cloudwatch, codecommit, codepipeline};
use crate::model::alarm::Alarms;
use crate::model::board;
use crate::model::command::Gate;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{ActionKey, ExecutionId, PipelineKey};
use crate::model::oneshot::{Behind, ChangedFiles, Changes, Review};
use crate::model::pipeline::{ActionExecution, Definition, Execution, StageState};
use crate::model::status::Status;

pub(super) use changes::changes;
pub(super) use gates::{OpenGate, decided, open_attempt, open_gate, person};

/// The approval card: state, attempts, structure and executions, a call each; then what surrounds them, side by side.
///
/// More calls are made where they are needed: further pages of attempts back to the last that passed and of this
/// execution's own, GetPipelineExecution for this execution and the one that passed if the listing no longer has them,
/// BatchGetCommits and GetDifferences of a CodeCommit repository, BatchGetBuilds and BatchGetReports for the tests of
/// builds, and DescribeAlarms with `next`: the sign-in to the account and region the execution goes to next, which the
/// gate does not wait for.
pub(super) async fn review(
    calls: &Calls<'_>,
    pipeline: &PipelineKey,
    action: &ActionKey,
    execution: Option<&ExecutionId>,
    next: impl Future<Output = Result<Calls<'static>, Fault>>,
) -> Result<Review, Fault> {
    let name = &pipeline.name;
    let stages = codepipeline::stages(calls, name).await?;
    let passed = |attempt: &ActionExecution| {
        attempt.action == *action && attempt.state.status == Status::Succeeded
    };
    let attempts = codepipeline::actions_until(calls, name, passed).await?;
    let gate = waiting(calls, pipeline, action, execution, &stages, &attempts).await?;
    let definition = codepipeline::definition(calls, name, None).await?;
    let executions = codepipeline::executions(calls, name).await?;
    let execution =
        changes::find_execution(calls, name, &definition, &executions, &gate.execution).await?;
    let before = changes::before(
        calls,
        name,
        action,
        &definition,
        &executions,
        &attempts,
        &execution,
    );
    let past = changes::Past {
        definition: &definition,
        executions: &executions,
        execution: &execution,
        before: before.await,
    };
    let brought = Box::pin(past.first(calls)).await;
    let others = Box::pin(past.others(calls)).await;
    let (evidence, files, alarms) = tokio::join!(
        Box::pin(evidence::evidence(
            calls,
            name,
            &execution.id,
            action,
            &definition
        )),
        Box::pin(files(calls, &definition, &execution, &brought)),
        Box::pin(alarms(next)),
    );
    let declared = definition
        .stage(&action.stage)
        .and_then(|stage| stage.actions.iter().find(|one| one.name == action.action));
    let configured = |name: &str| {
        let value = declared?.configuration.get(name)?;
        (!value.is_empty()).then(|| value.clone())
    };
    let timeout = board::timeout_in_minutes(configured("timeoutInMinutes").as_ref());
    let revisions = execution.revisions.iter();
    Ok(Review {
        waiting_since: gate.since,
        expires: gate.since.map(|since| since.plus(timeout)),
        custom_data: configured("CustomData"),
        review_link: configured("ExternalEntityLink").filter(|link| is_web(link)),
        changes: brought,
        others,
        behind: behind(&stages, action, &executions),
        mode: definition.mode.clone(),
        trigger: execution.trigger.clone(),
        rollback_of: execution.rollback_of.clone(),
        // Without it the card tells what was polled.
        evidence: evidence.unwrap_or_default(),
        alarms,
        files,
        read_at: calls.now(),
        gate: Gate {
            revisions: revisions.map(|revision| revision.id.clone()).collect(),
            pipeline: pipeline.clone(),
            action: action.clone(),
            execution: gate.execution,
            token: gate.token,
        },
        revisions: execution.revisions,
    })
}

/// The gate that waits: of one execution, or of whichever stands there. In PARALLEL mode only attempts tell, and the
/// state may show what stood there before the mode was changed.
async fn waiting(
    calls: &Calls<'_>,
    pipeline: &PipelineKey,
    action: &ActionKey,
    execution: Option<&ExecutionId>,
    stages: &[StageState],
    attempts: &[ActionExecution],
) -> Result<OpenGate, Fault> {
    let is_wanted =
        |gate: &OpenGate| execution.is_none_or(|execution| gate.execution == *execution);
    if let Some(gate) = open_gate(stages, action).filter(is_wanted) {
        return Ok(gate);
    }
    if let Some((gate, _)) = open_attempt(attempts, action, execution) {
        return Ok(gate);
    }
    let Some(execution) = execution else {
        return Err(nothing_waits(calls, action, None, stages, attempts));
    };
    // Newer attempts of other executions may have pushed it off the pages read.
    let its = codepipeline::actions(calls, &pipeline.name, Some(execution)).await?;
    match open_attempt(&its, action, Some(execution)) {
        Some((gate, _)) => Ok(gate),
        None => Err(nothing_waits(calls, action, Some(execution), stages, &its)),
    }
}

/// Nobody can decide here now; who did, or that it is gone.
fn nothing_waits(
    calls: &Calls<'_>,
    action: &ActionKey,
    execution: Option<&ExecutionId>,
    stages: &[StageState],
    attempts: &[ActionExecution],
) -> Fault {
    let decided = decided(stages, attempts, action, execution);
    let message = decided.unwrap_or_else(|| match execution {
        Some(execution) => format!(
            "execution {} no longer waits at this gate",
            execution.short()
        ),
        None => "no execution waits at this gate now".to_owned(),
    });
    calls
        .place(codepipeline::SERVICE, "GetPipelineState")
        .fault(FaultClass::Refused, message)
}

fn is_web(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with("http://")
}

/// Executions that wait to enter the gate's stage, with what they bring.
fn behind(stages: &[StageState], action: &ActionKey, executions: &[Execution]) -> Vec<Behind> {
    let stage = stages.iter().find(|stage| stage.name == action.stage);
    let inbound = stage.map(|stage| stage.inbound.as_slice());
    let describe = |id: &ExecutionId| Behind {
        execution: id.clone(),
        revisions: executions
            .iter()
            .find(|execution| execution.id == *id)
            .map(|execution| execution.revisions.clone())
            .unwrap_or_default(),
    };
    inbound.unwrap_or_default().iter().map(describe).collect()
}

async fn alarms(
    next: impl Future<Output = Result<Calls<'static>, Fault>>,
) -> Result<Alarms, Arc<Fault>> {
    cloudwatch::in_alarm(&next.await.map_err(Arc::new)?)
        .await
        .map_err(Arc::new)
}

/// What differs between the commit that passed last and this one; none where the source is not CodeCommit, or nothing
/// passed before.
async fn files(
    calls: &Calls<'_>,
    definition: &Definition,
    execution: &Execution,
    changes: &Changes,
) -> Option<Result<ChangedFiles, Arc<Fault>>> {
    let head = execution.revisions.first()?;
    let since = changes.since.as_ref()?;
    let repository = changes::codecommit_repository(definition, head)?;
    let read = codecommit::differences(calls, &repository, since, &head.id);
    Some(read.await.map_err(Arc::new))
}
