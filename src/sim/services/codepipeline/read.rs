//! The operations that only look.

use serde_json::{Value, json};

use super::declare::declaration;
use super::{bad_token, members, name, refused, uuid, with_pipeline};
use super::{shapes, states};
use crate::sim::wire::{Answer, Call, Members, WireError, page, seconds};
use crate::sim::world::World;
use crate::sim::world::pipelines::commands::Refusal;
use crate::sim::world::pipelines::execution::{ActionRun, ConditionRun, Execution, StageStatus};
use crate::sim::world::pipelines::machine::Pipeline;

/// The page asked for: its items as `list`, and the token of the next.
pub fn paged<T>(
    call: &Call<'_>,
    members: &Members<'_>,
    items: &[T],
    (list, most, scope): (&str, i64, &str),
    shape: impl Fn(&T) -> Value,
) -> Answer {
    let limit = members
        .optional_bounded_integer("maxResults", 1, most)?
        .unwrap_or(most);
    let token = members.optional_bounded_text("nextToken", 1, 2048)?;
    let scope = format!(
        "{}/{}/{}/{scope}",
        call.operation, call.account, call.region
    );
    let (range, next) = page(items, token, limit as usize, &scope).map_err(bad_token)?;
    let shaped: Vec<Value> = items
        .get(range)
        .unwrap_or_default()
        .iter()
        .map(shape)
        .collect();
    Ok(shapes::Structure::default()
        .with(list, shaped)
        .maybe("nextToken", next)
        .value())
}

pub fn list_pipelines(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let definitions: Vec<_> = world
        .place_mut(call.account, call.region)
        .pipelines
        .definitions()
        .collect();
    paged(
        call,
        &members,
        &definitions,
        ("pipelines", 1000, ""),
        |definition| shapes::pipeline_summary(definition),
    )
}

pub fn get_pipeline(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let wanted = name(&members, "name")?;
    let version = members.optional_bounded_integer("version", 1, i64::from(i32::MAX))?;
    with_pipeline(call, world, wanted, |pipeline, _| {
        let version = version.map_or(pipeline.definition.version, |version| version as u32);
        let Some(definition) = pipeline.edition(version) else {
            return Err(WireError::new(
                "PipelineVersionNotFoundException",
                format!("Pipeline '{wanted}' does not have a version '{version}'"),
            ));
        };
        Ok(json!({
            "pipeline": declaration(&definition),
            "metadata": {
                "pipelineArn": pipeline.arn(),
                "created": seconds(definition.created),
                "updated": seconds(definition.updated),
            },
        }))
    })
}

pub fn get_pipeline_state(call: &Call<'_>, world: &mut World) -> Answer {
    let wanted = name(&members(call.input), "name")?;
    with_pipeline(call, world, wanted, |pipeline, _| {
        let definition = &pipeline.definition;
        let stages: Vec<Value> = (0..definition.stages.len())
            .map(|stage| states::stage_state(pipeline, stage))
            .collect();
        Ok(json!({
            "pipelineName": definition.name,
            "pipelineVersion": definition.version,
            "stageStates": stages,
            "created": seconds(definition.created),
            "updated": seconds(definition.updated),
        }))
    })
}

pub fn list_pipeline_executions(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let wanted = name(&members, "pipelineName")?;
    let filter = members.optional_structure("filter")?;
    let succeeded = filter
        .and_then(|filter| filter.optional_structure("succeededInStage").transpose())
        .transpose()?;
    let stage_name = succeeded
        .and_then(|inner| inner.optional_text("stageName").transpose())
        .transpose()?;
    with_pipeline(call, world, wanted, |pipeline, _| {
        let stage = match stage_name {
            None => None,
            Some(stage) => {
                let message =
                    || format!("Pipeline '{wanted}' does not have a stage named '{stage}'");
                Some(
                    pipeline
                        .definition
                        .stage_index(stage)
                        .ok_or_else(|| WireError::new("ValidationException", message()))?,
                )
            }
        };
        // Only executions of the current version can be asked for by stage: those that it can be rolled back to.
        let version = pipeline.definition.version;
        let passed = |execution: &&Execution| {
            stage.is_none_or(|stage| {
                let run = execution.stages.get(stage);
                execution.version == version
                    && run.is_some_and(|run| run.status == Some(StageStatus::Succeeded))
            })
        };
        let newest_first: Vec<&Execution> =
            pipeline.executions().iter().rev().filter(passed).collect();
        let scope = format!("{wanted}/{}", stage_name.unwrap_or_default());
        paged(
            call,
            &members,
            &newest_first,
            ("pipelineExecutionSummaries", 100, &scope),
            |execution| shapes::execution_summary(execution),
        )
    })
}

fn execution<'a>(pipeline: &'a Pipeline, id: &str) -> Result<&'a Execution, WireError> {
    let missing = || refused(Refusal::NoSuchExecution, &pipeline.definition.name, id);
    pipeline.execution(id).ok_or_else(missing)
}

pub fn get_pipeline_execution(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let wanted = name(&members, "pipelineName")?;
    let id = uuid(&members, "pipelineExecutionId")?;
    with_pipeline(call, world, wanted, |pipeline, _| {
        Ok(
            json!({"pipelineExecution": shapes::execution_detail(pipeline, execution(pipeline, id)?)}),
        )
    })
}

/// The execution that a list is narrowed to, and whether only the latest attempts are wanted.
fn narrowed<'a>(members: &Members<'a>) -> Result<(Option<&'a str>, bool), WireError> {
    let (mut id, mut latest_only) = (None, false);
    if let Some(filter) = members.optional_structure("filter")? {
        if filter.optional_text("pipelineExecutionId")?.is_some() {
            id = Some(uuid(&filter, "pipelineExecutionId")?);
        }
        if let Some(latest) = filter.optional_structure("latestInPipelineExecution")? {
            if id.is_some() {
                return Err(WireError::new(
                    "ValidationException",
                    "Only one of pipelineExecutionId and latestInPipelineExecution can be specified in the filter",
                ));
            }
            id = Some(uuid(&latest, "pipelineExecutionId")?);
            latest_only = latest.word("startTimeRange", &["Latest", "All"])? == "Latest";
        }
    }
    Ok((id, latest_only))
}

pub fn list_action_executions(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let wanted = name(&members, "pipelineName")?;
    let (id, latest_only) = narrowed(&members)?;
    with_pipeline(call, world, wanted, |pipeline, _| {
        let mut rows: Vec<(&Execution, &ActionRun)> = match id {
            Some(id) => rows_of(execution(pipeline, id)?, latest_only),
            None => pipeline
                .executions()
                .iter()
                .flat_map(|execution| rows_of(execution, false))
                .collect(),
        };
        // The sort is stable, so that actions which began together keep the order they were begun in.
        rows.sort_by_key(|(_, run)| run.started);
        rows.reverse();
        let scope = format!("{wanted}/{}/{latest_only}", id.unwrap_or_default());
        paged(
            call,
            &members,
            &rows,
            ("actionExecutionDetails", 100, &scope),
            |(execution, run)| shapes::action_execution_detail(pipeline, execution, run),
        )
    })
}

/// An execution's runs in the order they began; the latest attempt at each action only, if so asked.
fn rows_of(execution: &Execution, latest_only: bool) -> Vec<(&Execution, &ActionRun)> {
    let last = |at: usize, run: &ActionRun| {
        let later = execution.runs.get(at + 1..).unwrap_or_default();
        !later
            .iter()
            .any(|other| (other.stage, other.action) == (run.stage, run.action))
    };
    let wanted = execution
        .runs
        .iter()
        .enumerate()
        .filter(|(at, run)| !latest_only || last(*at, run));
    wanted.map(|(_, run)| (execution, run)).collect()
}

pub fn list_rule_executions(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let wanted = name(&members, "pipelineName")?;
    let (id, latest_only) = narrowed(&members)?;
    with_pipeline(call, world, wanted, |pipeline, _| {
        let executions: Vec<&Execution> = match id {
            Some(id) => vec![execution(pipeline, id)?],
            None => pipeline.executions().iter().collect(),
        };
        let asked = executions.iter().flat_map(|execution| {
            let conditions = execution.conditions.iter().enumerate();
            let wanted = conditions.filter(move |(at, run)| {
                let later = execution.conditions.get(at + 1..).unwrap_or_default();
                let last =
                    |other: &ConditionRun| (other.stage, other.kind) != (run.stage, run.kind);
                !latest_only || later.iter().all(last)
            });
            wanted.map(move |(_, run)| (*execution, run))
        });
        let mut rows: Vec<_> = asked
            .flat_map(|(execution, condition)| {
                let stage = execution.structure.get(condition.stage);
                let declared = stage.and_then(|stage| stage.condition(condition.kind));
                let rules = declared.into_iter().flat_map(|declared| &declared.rules);
                let pairs = rules.zip(&condition.rules);
                pairs.map(move |pair| (execution, condition, pair))
            })
            .collect();
        rows.sort_by_key(|(_, _, (_, run))| run.started);
        rows.reverse();
        let scope = format!("{wanted}/{}/{latest_only}", id.unwrap_or_default());
        paged(
            call,
            &members,
            &rows,
            ("ruleExecutionDetails", 100, &scope),
            |(execution, condition, pair)| {
                states::rule_execution_detail(pipeline, execution, condition, *pair)
            },
        )
    })
}
