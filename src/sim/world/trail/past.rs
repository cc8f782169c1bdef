//! What colleagues of the story did in the console, told from the pipelines they did it to.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Event, KEPT, Who, in_words, late};
use crate::sim::random::Random;
use crate::sim::wire::Millis;
use crate::sim::world::Place;
use crate::sim::world::pipelines::execution::{ActionRun, ActionStatus, Execution};
use crate::sim::world::pipelines::machine::Pipeline;

/// Browsers that people sit at.
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/// Calls that begin an execution.
const STARTS: [&str; 2] = ["StartPipelineExecution", "RollbackStage"];

impl Place {
    /// Everything that can be looked up at `now`, newest first.
    pub fn trail_events(&self, now: Millis) -> Vec<Event> {
        let mut events: Vec<Event> = self.trail.recorded().cloned().collect();
        let recorded = self.recorded();
        for pipeline in self.pipelines.iter() {
            for execution in pipeline.executions() {
                if !recorded.contains(execution.id.as_str()) {
                    events.extend(self.started(pipeline, execution));
                }
                for run in &execution.runs {
                    let token = run.token.as_deref().unwrap_or_default();
                    if !recorded.contains(token) {
                        events.extend(self.decided(pipeline, execution, run));
                    }
                }
            }
        }
        events.retain(|event| event.seen <= now && event.at + KEPT > now);
        events.sort_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
        events
    }

    /// The tokens of gates that calls answered, and the executions that calls started: the events of these
    /// are there already.
    fn recorded(&self) -> BTreeSet<&str> {
        let done = self.trail.recorded().filter(|event| event.error.is_none());
        done.flat_map(|event| {
            let token = event.request.get("token");
            let started = event.response.get("pipelineExecutionId");
            token
                .into_iter()
                .chain(started.filter(|_| STARTS.contains(&event.name.as_str())))
        })
        .filter_map(Value::as_str)
        .collect()
    }

    /// The answer to a gate.
    fn decided(
        &self,
        pipeline: &Pipeline,
        execution: &Execution,
        run: &ActionRun,
    ) -> Option<Event> {
        let (token, by) = (run.token.as_ref()?, run.updated_by.as_ref()?);
        let status = match run.status {
            ActionStatus::Succeeded => "Approved",
            ActionStatus::Failed => "Rejected",
            _ => return None,
        };
        let stage = execution.structure.get(run.stage)?;
        let action = stage.actions.get(run.action)?;
        let request = json!({
            "pipelineName": pipeline.definition.name,
            "stageName": stage.name,
            "actionName": action.name,
            "result": {"status": status, "summary": run.summary.clone().unwrap_or_default()},
            "token": token,
        });
        let mut event = self.in_console("PutApprovalResult", run.updated, by, &run.id);
        event.response = json!({"approvedAt": in_words(run.updated)});
        event.request = request;
        Some(event)
    }

    /// The start of an execution by hand, or of a rollback.
    fn started(&self, pipeline: &Pipeline, execution: &Execution) -> Option<Event> {
        let by = execution.trigger.detail.as_str();
        let pipeline = &pipeline.definition.name;
        let (name, request) = match execution.trigger.kind {
            "StartPipelineExecution" => ("StartPipelineExecution", json!({"name": pipeline})),
            "ManualRollback" => {
                let stage = execution.runs.first().map(|run| run.stage);
                let stage = stage.and_then(|stage| execution.structure.get(stage))?;
                let request = json!({
                    "pipelineName": pipeline,
                    "stageName": stage.name,
                    "targetPipelineExecutionId": execution.rollback_of,
                });
                ("RollbackStage", request)
            }
            _ => return None,
        };
        if !by.starts_with("arn:") {
            return None;
        }
        let mut event = self.in_console(name, execution.started, by, &execution.id);
        event.request = request;
        event.response = json!({"pipelineExecutionId": execution.id});
        Some(event)
    }

    fn in_console(&self, name: &str, at: Millis, by: &str, of: &str) -> Event {
        let mut random = Random::named(self.owner.seed, &format!("{name} {of}"));
        let mut person = Random::named(0, by);
        Event {
            id: random.uuid(),
            at,
            seen: late(at, &mut random, self.owner.pace),
            service: "codepipeline".to_owned(),
            name: name.to_owned(),
            who: Who {
                account: self.owner.account.clone(),
                arn: by.to_owned(),
                principal: format!("AIDA{}", person.capitals(17)),
                access_key: Some(format!("ASIA{}", random.capitals(16))),
            },
            address: format!("203.0.113.{}", person.between(2, 250)),
            agent: AGENT.to_owned(),
            request: Value::Null,
            response: Value::Null,
            error: None,
            request_id: random.uuid(),
            console: true,
        }
    }
}
