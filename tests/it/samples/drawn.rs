//! Strangers' pipelines are drawn as they are: every stage and action of the public answers stands in the graph, in
//! order, in the state that AWS told.

use serde_json::Value;
use starboard::model::graph::StageGraph;
use starboard::model::ids::ActionKey;
use starboard::model::pipeline::Pipeline;
use starboard::model::remote::Remote;
use starboard::model::status::Status;

use super::{Sample, observe, samples};

fn of(operation: &str) -> Vec<Sample> {
    let all = samples().into_iter();
    let found: Vec<Sample> = all.filter(|sample| sample.operation == operation).collect();
    assert!(!found.is_empty(), "no public sample of {operation}");
    found
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    let list = value.pointer(path).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

fn word<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or("")
}

async fn drawn(sample: &Sample) -> StageGraph {
    let snapshot = observe(sample, "codepipeline").await;
    let row = snapshot.pipelines.rows().first();
    let mut pipeline = Pipeline::clone(row.expect("the replayed pipeline"));
    let structure = pipeline.definition.value();
    if structure.is_some_and(|structure| structure.stages.is_empty()) {
        // The replay answers what it holds no sample of with an empty object, which is no pipeline's structure.
        pipeline.definition = Remote::default();
    }
    let graph = StageGraph::of(&pipeline, None);
    graph.unwrap_or_else(|| panic!("{}: nothing is drawn", sample.name))
}

/// Holds the graph's stages against the sample's; returns each of its actions with the sample's own words.
fn actions<'a>(
    sample: &Sample,
    graph: &StageGraph,
    stages: &'a [Value],
    names: [&str; 3],
) -> Vec<(ActionKey, &'a Value)> {
    let [stage_name, list_of, action_name] = names;
    let told: Vec<&str> = stages.iter().map(|stage| word(stage, stage_name)).collect();
    let shown: Vec<&str> = graph
        .stages
        .iter()
        .map(|stage| stage.name.as_str())
        .collect();
    assert_eq!(shown, told, "{}", sample.name);
    let of_stage = |stage: &'a Value| {
        list(stage, list_of).iter().map(move |action| {
            let key = ActionKey {
                stage: word(stage, stage_name).into(),
                action: word(action, action_name).into(),
            };
            (key, action)
        })
    };
    stages.iter().flat_map(of_stage).collect()
}

#[tokio::test]
async fn a_public_structure_is_drawn_whole() {
    for sample in of("GetPipeline") {
        let graph = drawn(&sample).await;
        let stages = list(&sample.json, "/pipeline/stages");
        for (key, action) in actions(&sample, &graph, stages, ["/name", "/actions", "/name"]) {
            let node = graph.action(&key);
            let node = node.unwrap_or_else(|| panic!("{}: {key:?} is missing", sample.name));
            assert_eq!(
                node.provider,
                word(action, "/actionTypeId/provider"),
                "{}",
                sample.name
            );
            assert_eq!(
                node.state.status,
                Status::NotRun,
                "nothing ran: {}",
                sample.name
            );
        }
    }
}

#[tokio::test]
async fn a_public_state_is_drawn_in_awss_words() {
    for sample in of("GetPipelineState") {
        let graph = drawn(&sample).await;
        let stages = list(&sample.json, "/stageStates");
        let names = ["/stageName", "/actionStates", "/actionName"];
        for (key, action) in actions(&sample, &graph, stages, names) {
            let node = graph.action(&key);
            let node = node.unwrap_or_else(|| panic!("{}: {key:?} is missing", sample.name));
            let stage = graph.stage(&key.stage).unwrap();
            // Answers of before 2016 do not say which execution is in a stage, so nothing is told of any.
            let is_placed = stages.iter().any(|told| {
                word(told, "/stageName") == key.stage.as_str()
                    && !word(told, "/latestExecution/pipelineExecutionId").is_empty()
            });
            if stage.leftover.is_some() || !is_placed {
                assert_eq!(node.state.status, Status::NotRun, "{}", sample.name);
                continue;
            }
            let told = word(action, "/latestExecution/status");
            assert_eq!(node.state.word(), told, "{}: {key:?}", sample.name);
            let waits = !word(action, "/latestExecution/token").is_empty()
                && matches!(told, "" | "InProgress");
            assert_eq!(
                node.state.status == Status::Waiting,
                waits,
                "{}: {key:?}",
                sample.name
            );
        }
    }
}

#[tokio::test]
async fn public_executions_and_attempts_are_listed_whole_and_in_order() {
    for (operation, path, id) in [
        (
            "ListPipelineExecutions",
            "/pipelineExecutionSummaries",
            "/pipelineExecutionId",
        ),
        (
            "ListActionExecutions",
            "/actionExecutionDetails",
            "/actionExecutionId",
        ),
    ] {
        for sample in of(operation) {
            let snapshot = observe(&sample, "codepipeline").await;
            let row = snapshot
                .pipelines
                .rows()
                .first()
                .expect("the replayed pipeline");
            let shown: Vec<&str> = if operation == "ListPipelineExecutions" {
                let all = row.executions.value().unwrap();
                all.iter().map(|execution| execution.id.as_str()).collect()
            } else {
                let all = row.actions.value().unwrap();
                all.iter().map(|attempt| attempt.id.as_str()).collect()
            };
            let told: Vec<&str> = list(&sample.json, path)
                .iter()
                .map(|one| word(one, id))
                .collect();
            assert_eq!(shown, told, "{}", sample.name);
        }
    }
}
