//! The operations that only look.

use serde_json::{Value, json};

use super::shapes;
use super::{bad_token, members, name, refused, uuid, with_pipeline};
use crate::sim::wire::{Answer, Call, Members, WireError, page, seconds};
use crate::sim::world::World;
use crate::sim::world::pipelines::commands::Refusal;
use crate::sim::world::pipelines::execution::{ActionRun, Execution, StageStatus};
use crate::sim::world::pipelines::machine::Pipeline;

/// The page asked for: its items as `list`, and the token of the next.
fn paged<T>(
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
        let definition = &pipeline.definition;
        // The simulated pipelines were never edited under anyone's eyes; earlier versions had the same shape.
        if version.is_some_and(|version| version > i64::from(definition.version)) {
            let version = version.unwrap_or_default();
            return Err(WireError::new(
                "PipelineVersionNotFoundException",
                format!("Pipeline '{wanted}' does not have a version '{version}'"),
            ));
        }
        let mut declaration = shapes::declaration(definition);
        if let (Some(version), Some(members)) = (version, declaration.as_object_mut()) {
            members.insert("version".to_owned(), Value::from(version));
        }
        Ok(json!({
            "pipeline": declaration,
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
            .map(|stage| shapes::stage_state(pipeline, stage))
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
        let passed = |execution: &&Execution| {
            let status = stage.map(|stage| execution.stages.get(stage).and_then(|run| run.status));
            status.is_none_or(|status| status == Some(StageStatus::Succeeded))
        };
        let newest_first: Vec<&Execution> =
            pipeline.executions().iter().rev().filter(passed).collect();
        let scope = format!("{wanted}/{}", stage_name.unwrap_or_default());
        paged(
            call,
            &members,
            &newest_first,
            ("pipelineExecutionSummaries", 100, &scope),
            |execution| shapes::execution_summary(pipeline, execution),
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

pub fn list_action_executions(call: &Call<'_>, world: &mut World) -> Answer {
    let members = members(call.input);
    let wanted = name(&members, "pipelineName")?;
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
