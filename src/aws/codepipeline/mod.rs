//! CodePipeline: what there is to read, when, and the reads themselves.
//!
//! One item is one pipeline. Reading it costs a call for its executions; state and actions follow only where they can
//! have changed, because no operation tells of several pipelines at once and AWS throttles who asks for each.

mod map;
mod read;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::aws::calls::Calls;
use crate::aws::{Sessions, class_of};
use crate::engine::source::{
    BoxFuture, Change, Item, Pace, PipelinePart, PlanView, Planned, Reader, Source,
};
use crate::model::fault::{Fault, FaultClass};
use crate::model::focus::Focus;
use crate::model::ids::{ExecutionId, PipelineKey, PipelineName};
use crate::model::pipeline::{ActionExecution, Execution, ExecutionMode, Pipeline};
use crate::model::status::Status;
use crate::model::time::Timestamp;

pub(super) use read::{
    action_types, actions, actions_of, actions_until, definition, execution, executions, history,
    list, parallel_executions, rules, rules_of, stages, succeeded_in,
};

pub(super) const SERVICE: &str = "codepipeline";

/// One page of attempts.
const ACTIONS: i32 = 100;
/// Executions in flight that are read one by one when the page does not hold them.
const MOST_IN_FLIGHT: usize = 10;
/// As many as AWS lets be in flight at once in PARALLEL mode.
const MOST_PARALLEL: usize = 50;
/// A pipeline at rest is read whole this often; in between its executions alone tell whether it moved.
const WHOLE_EVERY: Duration = Duration::from_mins(5);
/// After a command the pipeline is read whole for this long: a closed transition shows in no execution.
const AFTER_COMMAND: Duration = Duration::from_mins(2);

pub(super) struct Pipelines {
    sessions: Arc<Sessions>,
}

impl Pipelines {
    pub(super) fn source(sessions: &Arc<Sessions>) -> Arc<dyn Source> {
        Arc::new(Self {
            sessions: Arc::clone(sessions),
        })
    }
}

impl Source for Pipelines {
    fn service(&self) -> &'static str {
        SERVICE
    }

    fn plan(&self, view: &PlanView<'_>) -> Vec<Planned> {
        let mut plan = vec![Planned {
            item: Item::Listing,
            pace: Pace::Listing,
        }];
        let rows = view.snapshot.pipelines.rows();
        let here = rows.iter().filter(|row| row.key.scope == *view.scope);
        let building = building(view);
        plan.extend(here.map(|pipeline| Planned {
            item: Item::One(Arc::from(pipeline.key.name.as_str())),
            pace: match pace(pipeline, view.focus) {
                Pace::InTurn if building.contains(pipeline.key.name.as_str()) => Pace::Near,
                pace => pace,
            },
        }));
        plan
    }

    fn read<'a>(
        &'a self,
        item: &'a Item,
        reader: &'a Reader,
    ) -> BoxFuture<'a, Result<(), FaultClass>> {
        Box::pin(async move {
            let calls = match self.sessions.reading(reader).await {
                Ok(calls) => calls,
                Err(fault) => return self.unreachable(item, reader, fault).await,
            };
            let class = match item {
                Item::Listing => {
                    let listed = list(&calls).await;
                    let class = class_of(&listed);
                    reader.send(Change::Pipelines(listed)).await;
                    class
                }
                Item::One(name) | Item::Detail(name) => {
                    read_one(&calls, reader, &PipelineName::from(name)).await
                }
            };
            self.sessions.after(reader, class)
        })
    }
}

impl Pipelines {
    async fn unreachable(
        &self,
        item: &Item,
        reader: &Reader,
        fault: Fault,
    ) -> Result<(), FaultClass> {
        let class = fault.class;
        let change = match item {
            Item::Listing => Change::Pipelines(Err(fault)),
            Item::One(name) | Item::Detail(name) => {
                Change::Pipeline(name.as_ref().into(), PipelinePart::Executions(Err(fault)))
            }
        };
        reader.send(change).await;
        Err(class)
    }
}

/// The pipelines of which a build runs: they move, whatever their own last reading said.
fn building(view: &PlanView<'_>) -> BTreeSet<String> {
    let rows = view.snapshot.builds.rows().iter();
    let here = rows.filter(|row| row.key.scope == *view.scope);
    let builds = here.filter_map(|row| row.build.value());
    let moving = builds.filter(|build| build.state.status.is_moving());
    moving
        .filter_map(|build| build.pipeline().map(str::to_owned))
        .collect()
}

/// How often a pipeline is read: what a person looks at first, what waits or moves next, the rest in turn.
fn pace(pipeline: &Pipeline, focus: &Focus) -> Pace {
    let selected = focus.pipeline.as_ref() == Some(&pipeline.key);
    let moving = is_moving(pipeline);
    match (selected, moving) {
        (true, true) => Pace::Watched,
        (true, false) => Pace::Near,
        (false, true) if focus.visible.contains(&pipeline.key) || is_waiting(pipeline) => {
            Pace::Near
        }
        (false, _) => Pace::InTurn,
    }
}

fn is_moving(pipeline: &Pipeline) -> bool {
    let executions = pipeline.executions.value();
    executions.is_some_and(|all| all.iter().any(|one| one.state.status.is_moving()))
}

fn is_waiting(pipeline: &Pipeline) -> bool {
    let stages = pipeline.stages.value().into_iter();
    let mut actions = stages.flat_map(|all| all.iter().flat_map(|stage| &stage.actions));
    let attempts = pipeline.actions.value().into_iter();
    actions.any(|action| action.state.status == Status::Waiting)
        || attempts
            .flat_map(|all| all.iter())
            .any(|attempt| attempt.state.status == Status::Waiting)
}

/// Reads a pipeline's executions, whatever may have moved with them, and its structure if it changed.
///
/// Returns what ails the reading as a whole. A part that is refused (a permission, an emulator without the operation)
/// has its own fault and lets the others go on.
async fn read_one(calls: &Calls<'_>, reader: &Reader, name: &PipelineName) -> Option<FaultClass> {
    let key = PipelineKey {
        scope: reader.scope.clone(),
        name: name.clone(),
    };
    let known = reader.snapshot.pipelines.get(&key).cloned();
    let known = known.as_deref();

    let mode = known.and_then(mode_of);
    let executions = match mode {
        Some(ExecutionMode::Parallel) => parallel_executions(calls, name).await,
        _ => executions(calls, name).await,
    };
    let ails = class_of(&executions);
    let all = executions.as_ref().map(Vec::as_slice).unwrap_or_default();
    let whole = known.is_none_or(|known| ails.is_some() || needs_whole(known, all, reader));
    let moving = moving_of(all, mode.as_ref());
    let parts = Parts {
        calls,
        reader,
        name,
    };
    parts.send(PipelinePart::Executions(executions)).await;
    if ails.is_some_and(is_of_the_account) {
        return ails;
    }
    parts.read(known, whole, moving).await.err().or(ails)
}

fn mode_of(pipeline: &Pipeline) -> Option<ExecutionMode> {
    let definition = pipeline.definition.value();
    definition.map(|definition| definition.mode.clone())
}

/// The reading of one pipeline's parts. Each step fails only with what is of the whole account.
struct Parts<'a> {
    calls: &'a Calls<'a>,
    reader: &'a Reader,
    name: &'a PipelineName,
}

impl Parts<'_> {
    async fn read(
        &self,
        known: Option<&Pipeline>,
        whole: bool,
        moving: Vec<Execution>,
    ) -> Result<(), FaultClass> {
        let Self { calls, name, .. } = self;
        if whole {
            let read = Box::pin(stages(calls, name));
            self.part("GetPipelineState", read, PipelinePart::Stages)
                .await?;
            let read = Box::pin(all_actions(calls, name, moving));
            self.part("ListActionExecutions", read, PipelinePart::Actions)
                .await?;
        }
        let current = known.and_then(|known| known.definition.value());
        let mut declares = current.is_some_and(|current| current.has_conditions());
        let stale = known.is_none_or(|known| {
            known.definition.fault().is_some()
                || current.is_none_or(|current| current.version < known.version)
        });
        if stale {
            let read = Box::pin(async {
                let definition = definition(calls, name, None).await?;
                declares = definition.has_conditions();
                Ok(definition)
            });
            self.part("GetPipeline", read, PipelinePart::Definition)
                .await?;
        }
        // Most pipelines declare no condition, and have nothing to tell of rules.
        if whole && declares {
            let read = Box::pin(rules(calls, name));
            self.part("ListRuleExecutions", read, PipelinePart::Rules)
                .await?;
        }
        Ok(())
    }

    /// Reads a part and sends it on, its fault too.
    async fn part<T>(
        &self,
        operation: &'static str,
        read: impl Future<Output = Result<T, Fault>>,
        part: impl FnOnce(Result<T, Fault>) -> PipelinePart,
    ) -> Result<(), FaultClass> {
        let thing = self.name.as_str();
        let result = self.calls.spared(operation, thing, read).await;
        let grave = class_of(&result).filter(|class| is_of_the_account(*class));
        self.send(part(result)).await;
        grave.map_or(Ok(()), Err)
    }

    async fn send(&self, part: PipelinePart) {
        let change = Change::Pipeline(self.name.clone(), part);
        self.reader.send(change).await;
    }
}

/// Holds for everything that is asked of the account, so that asking on is in vain.
const fn is_of_the_account(class: FaultClass) -> bool {
    matches!(
        class,
        FaultClass::SignIn | FaultClass::Offline | FaultClass::TimedOut | FaultClass::Throttled
    )
}

/// Whether state and actions must be read again: something moves, moved, was asked for, or is old.
fn needs_whole(known: &Pipeline, executions: &[Execution], reader: &Reader) -> bool {
    let now = reader.now();
    let moving = executions.iter().any(|one| one.state.status.is_moving());
    let same = known
        .executions
        .value()
        .is_some_and(|before| before.as_slice() == executions);
    let parts = [
        (known.stages.fetched_at(), known.stages.fault()),
        (known.actions.fetched_at(), known.actions.fault()),
    ];
    let old = parts
        .into_iter()
        .any(|(at, fault)| fault.is_some() || at.is_none_or(|at| at.age(now) >= WHOLE_EVERY));
    moving || !same || old || is_waiting(known) || was_commanded(known, reader, now)
}

fn was_commanded(known: &Pipeline, reader: &Reader, now: Timestamp) -> bool {
    let mut commands = reader.snapshot.commands.rows().iter();
    commands.any(|record| {
        record.command.pipeline() == Some(&known.key) && record.asked_at.age(now) < AFTER_COMMAND
    })
}

/// Executions whose attempts must be complete: in PARALLEL mode their gates show nowhere else, so none is left out
/// there, nor where the mode is not known yet.
fn moving_of(executions: &[Execution], mode: Option<&ExecutionMode>) -> Vec<Execution> {
    let most = match mode {
        Some(ExecutionMode::Parallel) | None => MOST_PARALLEL,
        Some(_) => MOST_IN_FLIGHT,
    };
    let moving = executions
        .iter()
        .filter(|execution| execution.state.status.is_moving());
    moving.take(most).cloned().collect()
}

/// The executions of which a full page of the newest attempts may lack some: those that began no later than its oldest
/// attempt. Executions beside each other have their attempts mixed, so that to hold one of them proves nothing.
fn cut_off<'a>(moving: &'a [Execution], page: &[ActionExecution]) -> Vec<&'a ExecutionId> {
    let oldest = page.iter().map(|attempt| attempt.started).min().flatten();
    let is_whole = |execution: &&Execution| matches!((execution.started, oldest), (Some(began), Some(oldest)) if began > oldest);
    let cut = moving.iter().filter(|execution| !is_whole(execution));
    cut.map(|execution| &execution.id).collect()
}

/// The pipeline's newest attempts, and all of those executions in flight that a full page cut off.
async fn all_actions(
    calls: &Calls<'_>,
    name: &PipelineName,
    moving: Vec<Execution>,
) -> Result<Vec<ActionExecution>, Fault> {
    let mut all = actions(calls, name, None).await?;
    if all.len() < ACTIONS as usize {
        return Ok(all);
    }
    for execution in cut_off(&moving, &all) {
        let its = actions(calls, name, Some(execution)).await?;
        all.retain(|attempt| attempt.execution != *execution);
        all.extend(its);
    }
    all.sort_by_key(|attempt| std::cmp::Reverse(attempt.started));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::ActionKey;
    use crate::model::status::State;

    fn execution(id: usize, began: i64) -> Execution {
        Execution {
            started: Some(Timestamp::from_millis(began)),
            ..Execution::new(
                id.to_string().as_str().into(),
                State::of_pipeline("InProgress"),
            )
        }
    }

    fn attempt(of: &Execution, at: i64) -> ActionExecution {
        let key = ActionKey {
            stage: "Gate".into(),
            action: "approve".into(),
        };
        let id = format!("{at}");
        ActionExecution {
            started: Some(Timestamp::from_millis(at)),
            ..ActionExecution::new(
                of.id.clone(),
                key,
                id.as_str().into(),
                State::of_pipeline("InProgress"),
            )
        }
    }

    #[test]
    fn every_execution_in_flight_counts_where_they_run_side_by_side() {
        let all: Vec<Execution> = (0..30).map(|it| execution(it, 0)).collect();
        let count = |mode| moving_of(&all, mode).len();
        assert_eq!(count(Some(&ExecutionMode::Parallel)), 30);
        assert_eq!(count(None), 30, "its mode is not known yet");
        assert_eq!(count(Some(&ExecutionMode::Queued)), MOST_IN_FLIGHT);
    }

    #[test]
    fn an_execution_is_whole_only_if_it_began_after_the_pages_oldest_attempt() {
        let moving = [
            execution(4, 40),
            execution(3, 30),
            execution(2, 20),
            execution(1, 10),
        ];
        // The second and the third run beside each other; the first's gate has waited since long before.
        let page = [
            attempt(&moving[0], 45),
            attempt(&moving[2], 36),
            attempt(&moving[1], 35),
            attempt(&moving[2], 25),
        ];
        let cut: Vec<&str> = cut_off(&moving, &page)
            .into_iter()
            .map(ExecutionId::as_str)
            .collect();
        assert_eq!(cut, ["2", "1"]);
    }
}
